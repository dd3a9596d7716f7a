from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingPlansConfig(AppConfig):
    name = "training_plans"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Planning")

    def ready(self) -> None:
        from staff.domain.registry import record_revoked

        from . import notices, rules, tasks  # noqa: F401  (they register themselves)
        from .domain.verification import follow_revocation

        record_revoked.connect(follow_revocation, dispatch_uid="documents follow revoked records")

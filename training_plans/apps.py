from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingPlansConfig(AppConfig):
    name = "training_plans"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Planning")

    def ready(self) -> None:
        from . import notices, rules, tasks  # noqa: F401  (they register themselves)

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "staff"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Staff")

    def ready(self) -> None:
        from . import notices, rules, tasks  # noqa: F401  (they register themselves)

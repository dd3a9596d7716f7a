from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "skma_qualification"
    label = "skma_qualification"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (they register themselves)
        from .demo import accounts  # noqa: F401

"""``compile_catalogs``: translations for use, without gettext being installed."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from interface.catalogs import compile_catalogues


class Command(BaseCommand):
    help = "Compiles the translation catalogues that changed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        made = compile_catalogues(Path(settings.BASE_DIR) / "locale")
        self.stdout.write(f"{made} catalogues compiled.")

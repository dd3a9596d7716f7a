"""``check_catalogs``: Kazakh and Russian are complete and fit the code (needs gettext)."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from interface.catalogs import LANGUAGES, catalogues, keys, mistakes

SOURCES = [
    "interface",
    "workflow",
    "staff",
    "training_plans",
    "internships",
    "reports",
    "skma_qualification",
    "templates",
]


class Command(BaseCommand):
    help = "Lists what is missing, fuzzy or stale in the catalogues; exit code 1 if anything is."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        base = Path(settings.BASE_DIR)
        found = [
            f"{path.relative_to(base)}: {mistake}"
            for path in catalogues(base / "locale")
            for mistake in mistakes(path)
        ]
        if shutil.which("xgettext"):
            found += self._stale(base)
        else:
            self.stderr.write("gettext is not installed: not compared with the code.")
        for line in found:
            self.stdout.write(line)
        if found:
            sys.exit(1)
        self.stdout.write("The catalogues are complete.")

    @staticmethod
    def _stale(base: Path) -> list[str]:
        """Texts of the code that no catalogue has, and the other way round."""
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            for name in SOURCES:
                shutil.copytree(base / name, scratch / name)
            (scratch / "locale").mkdir()
            before = Path.cwd()
            os.chdir(scratch)
            try:
                call_command("makemessages", locale=list(LANGUAGES), verbosity=0)
            finally:
                os.chdir(before)
            found = []
            for language in LANGUAGES:
                tail = Path("locale") / language / "LC_MESSAGES" / "django.po"
                ours, code = keys(base / tail), keys(scratch / tail)
                found += [f"{tail}: not in the catalogue: {text}" for _c, text in code - ours]
                found += [f"{tail}: no longer in the code: {text}" for _c, text in ours - code]
            return found

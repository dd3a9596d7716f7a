"""A report as a file: ``make_report 002 --application NUMBER [--output F.pdf] [--format F]``.

Exit codes: 0 made, 1 no such case or the file cannot be made, 2 wrong usage.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reports.documents import kind_of
from reports.documents.kinds import Data
from reports.documents.rendering import PaperNotMade, PapersNeedPango, html_of, pdf_of
from training_plans.case_papers import trainee_report_data
from training_plans.models import TraineeReport, TrainingApplication
from workflow.calendar import today
from workflow.models import IssuedPaper

_NUMBER = re.compile(r"(\d{4})-(\d{1,6})")


def _number(text: str) -> tuple[int, int]:
    """Year and number of an application, «2026-0143»."""
    found = _NUMBER.fullmatch(text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is no number of an application; write it as 2026-0143")
    return int(found[1]), int(found[2])


class Command(BaseCommand):
    help = (
        "002: the trainee's report of an application. As it was issued; a draft before that, the "
        "form with all that is known where it is not begun yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", choices=["002"], help="002: a trainee's report")
        parser.add_argument("--application", type=_number, metavar="NUMBER", required=True)
        parser.add_argument(
            "--output", type=Path, metavar="F", help="where to; 002-NUMBER.pdf if not given"
        )
        parser.add_argument("--format", choices=["pdf", "json"], default="pdf")
        languages = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", choices=languages, default="kk", help="of the PDF")

    def handle(self, *args: Any, **options: Any) -> None:
        report = _report_of(*options["application"])
        paper = report.paper
        data = paper.data if paper else trainee_report_data(report, on=today())
        target: Path | None = options["output"]
        if options["format"] == "json":
            written = json.dumps(data, ensure_ascii=False, indent=1)
            if target is None:
                self.stdout.write(written)
                return
            _into(target).write_text(f"{written}\n", encoding="utf-8")
        else:
            number = report.application.number_text
            target = _into(target or Path(f"002-{number}.pdf"))
            _print(data, target, paper, options["language"])
        self.stdout.write(str(target))


def _report_of(year: int, number: int) -> TraineeReport:
    """The report of that application; one not begun is not saved either."""
    application = TrainingApplication.objects.filter(year=year, number=number).first()
    if application is None:
        raise CommandError(f"There is no application {year}-{number:04d}.")
    reports = TraineeReport.objects.select_related("paper", "application")
    found = reports.filter(application=application).first()
    return found or TraineeReport(application=application)


def _into(target: Path) -> Path:
    if not target.parent.is_dir():
        raise CommandError(f"There is no folder {target.parent} to write {target.name} into.")
    return target


def _print(data: Data, target: Path, paper: IssuedPaper | None, language: str) -> None:
    html = html_of(kind_of("trainee_report"), data, language, paper=paper)
    try:
        pdf_of(html, target, identifier=paper.fingerprint if paper else "")
    except PapersNeedPango:
        raise CommandError(
            "Papers need Pango, which is missing on this machine; --format json works without it."
        ) from None
    except PaperNotMade as error:
        raise CommandError(f"The report could not be made: {error}") from error

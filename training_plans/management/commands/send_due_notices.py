"""Every reminder due, once, however often it is run: ``send_due_notices [--on D]``."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from training_plans.domain import reminders
from workflow.calendar import today


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; write it as 2026-11-22") from None


class Command(BaseCommand):
    help = "Writes every reminder that is due and was not written yet. Exit code 0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=_day, metavar="YYYY-MM-DD", help="today if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or today()
        reminders.follow_cases(on=on)
        self.stdout.write(f"letters written: {reminders.remind(on=on)}")

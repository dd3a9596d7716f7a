"""Everybody's standing on a day: ``check_compliance [--on D] [--unit CODE] [--format F]``."""

from __future__ import annotations

import csv
import datetime as dt
import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staff.domain.standings import statuses
from staff.models import Person, Post, Unit
from workflow.calendar import today


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; write it as 2026-11-22") from None


def _whole(centihours: int) -> int | float:
    return centihours // 100 if centihours % 100 == 0 else centihours / 100


COLUMNS = (
    "personnel_number",
    "requirement",
    "state",
    "due_on",
    "counted_hours",
    "required_hours",
)


class Command(BaseCommand):
    help = "Prints the standing of everybody employed on a day. Exit code 0 whatever it finds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=_day, metavar="YYYY-MM-DD", help="today if not given")
        parser.add_argument("--unit", metavar="CODE", help="this unit and everything below it")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or today()
        rows = sorted(self._rows(on, options["unit"]), key=lambda row: (row[0], row[1]))
        listed = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        if options["format"] == "json":
            answer = {"on": on.isoformat(), "statuses": listed}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
        elif options["format"] == "csv":
            writer = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(listed)
        else:
            for row in rows:
                self.stdout.write("{:<12} {:<22} {:<10} {} {:>7} / {}".format(*row))

    def _rows(self, on: dt.date, code: str | None) -> Iterator[tuple[Any, ...]]:
        numbers = dict(Person.objects.values_list("pk", "personnel_number"))
        allowed: set[int] | None = None
        if code is not None:
            unit = Unit.objects.filter(code=code).first()
            if unit is None:
                raise CommandError(f"There is no unit with the code {code}.", returncode=2)
            posts = Post.objects.held(on).filter(unit__path__startswith=unit.path)
            allowed = set(posts.values_list("person_id", flat=True))
        for status in statuses(on=on):
            if allowed is None or status.person_id in allowed:
                verdict = status.verdict
                yield (
                    numbers[status.person_id] or "",
                    verdict.norm.code,
                    verdict.state,
                    verdict.judged.due_on.isoformat(),
                    _whole(verdict.counted),
                    _whole(verdict.norm.centihours),
                )

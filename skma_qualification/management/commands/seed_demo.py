"""The demo academy: ``seed_demo [--people N] [--seed N] [--if-empty]``."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from skma_qualification.demo.accounts import PASSWORD, table_of_accounts
from skma_qualification.demo.seeding import NotSeeded, refuse_unless_empty, seed
from workflow.calendar import today


class Command(BaseCommand):
    help = "Fills an empty database with a demo academy: real units, invented people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=600, metavar="N")
        parser.add_argument("--seed", type=int, default=464, metavar="N", help="another academy")
        parser.add_argument(
            "--if-empty", action="store_true", help="exit with 0 where there are people already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["if_empty"] and settings.DEMO_ACCOUNTS_ALLOWED:
                try:
                    refuse_unless_empty()
                except NotSeeded as full:
                    self.stdout.write(f"{full} Nothing was added.")
                    self._print_accounts()
                    return
            seeded = seed(people=options["people"], seed_number=options["seed"], on=today())
        except NotSeeded as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"The demo academy has {seeded.people} people in {seeded.units} units "
            f"and {seeded.records} training records."
        )
        self._print_accounts()

    def _print_accounts(self) -> None:
        rows = table_of_accounts()
        if not rows:
            return
        self.stdout.write(f"\nDemo accounts, each with the password {PASSWORD}:")
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
            self.stdout.write("  " + "  ".join([*cells, row[3]]))

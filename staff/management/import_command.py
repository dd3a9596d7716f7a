"""What ``import_staff`` and ``import_training`` share: options, exit codes, what is printed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from interface.workbook import XLSX
from staff.domain import import_messages
from staff.domain.import_plan import ImportRefused, Plan
from staff.domain.import_rejects import rejected_of, write_rejected
from staff.domain.imports import bring_in, plan_rows, read_file, start_run
from staff.domain.workbooks import Workbook
from staff.models import ImportEntry
from workflow.calendar import today
from workflow.models import StoredFile


class ImportCommand(BaseCommand):
    """Exit codes: 0 brought in (also with rows left out), 1 refused, 2 wrong usage."""

    kind: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.xlsx")
        parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")
        parser.add_argument(
            "--skip-invalid", action="store_true", help="bring in good rows, leave out bad ones"
        )
        parser.add_argument(
            "--rejected", type=Path, metavar="PATH", help="where the rejected rows go"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        on = today()
        path: Path = options["file"]
        try:
            workbook = read_file(path=path, kind=self.kind)
            if options["dry_run"]:
                plan = plan_rows(workbook=workbook, kind=self.kind, on=on)
                rejected = plan.count(ImportEntry.Outcome.REJECTED)
                if rejected:
                    raise ImportRefused("rows_refused", plan=plan, count=rejected)
            else:
                plan = self._bring_in(path, workbook, options)
        except ImportRefused as refused:
            if refused.plan:
                self._print_rows(refused.plan)
                self._print_counts(refused.plan)
            self.stderr.write(import_messages.refusal(refused.problem))
            sys.exit(1)
        self._print_rows(plan)
        self._print_counts(plan)
        if plan.count(ImportEntry.Outcome.REJECTED):
            target = options["rejected"] or path.with_name(f"{path.stem}.rejected.xlsx")
            write_rejected(
                workbook=plan.workbook,
                problems=rejected_of(plan),
                target=target,
                reason_heading=_("Reason for rejection"),
            )
            self.stdout.write(_("Rejected rows: %(path)s") % {"path": target})

    def _bring_in(self, path: Path, workbook: Workbook, options: dict[str, Any]) -> Plan:
        with transaction.atomic(), path.open("rb") as file:
            kept = StoredFile.keep(File(file), name=path.name, content_type=XLSX, by=None)
            run = start_run(
                kind=self.kind,
                actor=None,
                file=kept,
                file_name=path.name,
                skip_invalid=options["skip_invalid"],
            )
            plan = bring_in(run=run, workbook=workbook, on=today())
        if plan is None:
            raise ImportRefused("interrupted")
        return plan

    def _print_rows(self, plan: Plan) -> None:
        for row in plan.rows:
            for entry in row.problems:
                kind = _("notice") if entry.get("notice") else _("error")
                self.stdout.write(
                    _("row %(row)s, %(column)s, «%(value)s»: %(kind)s: %(reason)s")
                    % {
                        "row": row.number,
                        "column": import_messages.heading(entry["column"]) or "–",
                        "value": entry["value"],
                        "kind": kind,
                        "reason": import_messages.problem(entry),
                    }
                )
        for entry in plan.notices:
            self.stdout.write(import_messages.notice(entry))

    def _print_counts(self, plan: Plan) -> None:
        self.stdout.write(
            _("new: %(new)s, changed: %(changed)s, unchanged: %(same)s, rejected: %(bad)s")
            % {
                "new": plan.count(ImportEntry.Outcome.NEW),
                "changed": plan.count(ImportEntry.Outcome.CHANGED),
                "same": plan.count(ImportEntry.Outcome.UNCHANGED),
                "bad": plan.count(ImportEntry.Outcome.REJECTED),
            }
        )

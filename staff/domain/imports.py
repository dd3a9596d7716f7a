"""Excel in: check, preview, bring in, undo (clauses 3.9, 3.10; contracts.md).

A workbook is first turned into a ``Plan`` without touching the database; bringing it in plans
again inside the transaction, so what is written always fits the registry of that moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from interface.workbook_reader import UnreadableWorkbook
from staff.models import ImportEntry, ImportRun, Person, Provider, Unit
from workflow.jobs import collector_off
from workflow.models import StoredFile
from workflow.saving import signed

from . import standings
from .import_plan import ImportRefused, Outcome, Plan, derived_columns
from .import_undo import take_back
from .workbooks import NoHeader, Workbook, open_workbook

BATCH = 1_000
Planner = Callable[[Workbook, dt.date], Plan]
Progress = Callable[[int, int], None]


def planner_of(kind: str) -> Planner:
    from .staff_import import plan_staff
    from .training_import import plan_training

    return {ImportRun.Kind.STAFF: plan_staff, ImportRun.Kind.TRAINING: plan_training}[
        ImportRun.Kind(kind)
    ]


def read_file(*, path: Path, kind: str) -> Workbook:
    """The rows of a workbook, before the registry is asked. Raises ``ImportRefused``."""
    try:
        workbook = open_workbook(path, kind)
    except UnreadableWorkbook as error:
        params = {"limit": settings.IMPORT_MAX_ROWS} if error.problem == "too_many_rows" else {}
        raise ImportRefused(error.problem, **params) from None
    except NoHeader as error:
        raise ImportRefused("no_columns", fields=error.missing) from None
    except OSError:
        raise ImportRefused("not_found") from None
    if not workbook.rows:
        raise ImportRefused("empty")
    return workbook


def plan_rows(*, workbook: Workbook, kind: str, on: dt.date) -> Plan:
    """What bringing ``workbook`` in on that day would do; nothing is written."""
    plan = planner_of(kind)(workbook, on)
    if workbook.unknown:
        plan.notices.insert(
            0, {"reason": "unknown_columns", "params": {"names": ", ".join(workbook.unknown)}}
        )
    return plan


def start_run(
    *, kind: str, actor: Any, file: StoredFile | None, file_name: str, skip_invalid: bool = False
) -> ImportRun:
    """The row that says somebody brings a file; the check takes it from there."""
    return ImportRun.objects.create(
        kind=kind,
        file=file,
        file_name=Path(file_name).name[:200],
        created_by=actor,
        skip_invalid=skip_invalid,
    )


def check(*, run: ImportRun, on: dt.date) -> None:
    """Fill ``run`` with the preview of its file; nothing of the registry changes."""
    if not _move(run, {"queued", "checking"}, "checking"):
        return
    try:
        workbook = read_file(path=run.path, kind=run.kind)
    except ImportRefused as refused:
        _move(run, {"checking"}, "refused", problem=refused.problem)
        return
    with transaction.atomic():
        plan = plan_rows(workbook=workbook, kind=run.kind, on=on)
        run.entries.all().delete()
        _keep_counts(run, plan)
        ImportEntry.objects.bulk_create(
            [
                ImportEntry(
                    run=run,
                    row=row.number,
                    outcome=row.outcome,
                    label=row.label[:260],
                    problems=row.problems,
                    differences=row.differences,
                )
                for row in plan.rows
                if row.outcome != Outcome.UNCHANGED or row.problems
            ],
            batch_size=BATCH,
        )
        _move(run, {"checking"}, "checked")


def confirm(*, run: ImportRun, skip_invalid: bool, actor: Any) -> bool:
    """Say yes to a preview; ``False`` where it was decided already or has errors to leave out."""
    if run.count_rejected and not skip_invalid:
        return False
    return _move(run, {"checked"}, "confirmed", skip_invalid=skip_invalid, created_by=actor)


def discard(*, run: ImportRun) -> bool:
    """Say no to a preview; nothing was written."""
    return _move(run, {"checked"}, "discarded")


def apply(*, run: ImportRun, on: dt.date, progress: Progress | None = None) -> None:
    """Bring a confirmed file in, as a whole or not at all."""
    if not _move(run, {"confirmed", "applying"}, "applying"):
        return
    try:
        workbook = read_file(path=run.path, kind=run.kind)
        bring_in(run=run, workbook=workbook, on=on, progress=progress)
    except ImportRefused as refused:
        _move(run, {"applying"}, "refused", problem=refused.problem)


@collector_off()
@transaction.atomic
def bring_in(
    *, run: ImportRun, workbook: Workbook, on: dt.date, progress: Progress | None = None
) -> Plan | None:
    """Plan and write in one transaction, with what ``undo`` needs and the standings.

    Raises ``ImportRefused`` (with the plan, where rows are the reason). ``None``: another worker
    has done it. The people are held meanwhile, so nobody's correction is overwritten unseen.
    """
    # Holds the run's row until the end, so a second worker waits here and then finds it done.
    if not _move(run, {"queued", "applying"}, "applying"):
        return None
    standings.hold(Person.objects.all())
    plan = plan_rows(workbook=workbook, kind=run.kind, on=on)
    rejected = plan.count(Outcome.REJECTED)
    if rejected and not run.skip_invalid:
        raise ImportRefused("rows_refused", plan=plan, count=rejected)
    _write(run, plan, on, progress)
    return plan


def _write(run: ImportRun, plan: Plan, on: dt.date, progress: Progress | None) -> None:
    reason = f"import {run.pk}"
    steps = len(plan.new) + len(plan.changed) + 2
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, steps)

    by = {"default_user": run.created_by, "default_change_reason": reason}
    for model, objects in plan.new.items():
        _link(objects)
        if model in (Unit, Provider):  # few, and their derived columns want ``save``
            for obj in objects:
                signed(obj, actor=run.created_by, reason=reason).save()
        else:
            bulk_create_with_history(objects, model, batch_size=BATCH, **by)
        step()
    for model, by_key in plan.changed.items():
        # Only what differs is written: a group of objects for each set of columns.
        groups: dict[frozenset[str], list[Any]] = {}
        for pk, obj in by_key.items():
            groups.setdefault(frozenset(plan.before[model._meta.label, pk]), []).append(obj)
        for names, objects in groups.items():
            columns = sorted(names | derived_columns(model))
            bulk_update_with_history(objects, model, columns, batch_size=BATCH, **by)
        step()
    _keep_counts(run, plan)
    run.entries.all().delete()
    ImportEntry.objects.bulk_create(_entries(run, plan), batch_size=BATCH)
    step()
    people = plan.people | {person.pk for person in plan.new_people}
    standings.restate(people=sorted(people), on=on)
    step()
    _move(run, {"applying"}, "done", finished_at=timezone.now(), notices=plan.notices)


def _link(objects: Sequence[models.Model]) -> None:
    """Take over keys of related objects written a step before."""
    relations = [
        column
        for column in (objects[0]._meta.concrete_fields if objects else ())
        if isinstance(column, models.ForeignKey)
    ]
    for obj in objects:
        for column in relations:
            if getattr(obj, column.attname) is None and column.is_cached(obj):
                related = column.get_cached_value(obj)
                setattr(obj, column.attname, related.pk if related is not None else None)


def _entries(run: ImportRun, plan: Plan) -> list[ImportEntry]:
    return [
        ImportEntry(
            run=run,
            row=row.number,
            outcome=row.outcome,
            label=row.label[:260],
            problems=row.problems,
            differences=row.differences,
            changes=[_change(plan, obj) for obj in row.touched],
        )
        for row in plan.rows
        if row.outcome != Outcome.UNCHANGED or row.problems
    ]


def _change(plan: Plan, obj: models.Model) -> list[Any]:
    """[model label, key, old values or None for a new object], as JSON keeps it."""
    before = plan.before.get((obj._meta.label, obj.pk))
    if before is None:
        return [obj._meta.label, obj.pk, None]
    return [obj._meta.label, obj.pk, {name: _kept(value) for name, value in before.items()}]


def _kept(value: Any) -> str | int | bool | None:
    """An old value as JSON keeps it; ``Field.to_python`` reads it back when undoing."""
    if isinstance(value, models.Model):
        return int(value.pk)
    return value if value is None or isinstance(value, bool | int) else str(value)


def _keep_counts(run: ImportRun, plan: Plan) -> None:
    run.count_new = plan.count(Outcome.NEW)
    run.count_changed = plan.count(Outcome.CHANGED)
    run.count_unchanged = plan.count(Outcome.UNCHANGED)
    run.count_rejected = plan.count(Outcome.REJECTED)
    run.notices = plan.notices
    run.save(
        update_fields=[
            "count_new",
            "count_changed",
            "count_unchanged",
            "count_rejected",
            "notices",
            "touched_at",
        ]
    )


def _move(run: ImportRun, sources: set[str], target: str, **values: Any) -> bool:
    """Change the state where it still is one of ``sources``; whether it was."""
    values |= {"state": target, "touched_at": timezone.now()}
    if not ImportRun.objects.filter(pk=run.pk, state__in=sources).update(**values):
        return False
    for name, value in values.items():
        setattr(run, name, value)
    return True


def ask_undo(*, run: ImportRun, actor: Any) -> bool:
    return _move(run, {"done"}, "undoing", undone_by=actor)


def undo(*, run: ImportRun, on: dt.date) -> None:
    """Take an import back as a whole; refused where anything it touched was changed since."""
    if run.state != ImportRun.State.UNDOING:
        return
    try:
        with transaction.atomic():
            people = take_back(run=run)
            standings.restate(people=sorted(people), on=on)
            _move(run, {"undoing"}, "undone", undone_at=timezone.now())
    except ImportRefused as refused:
        _move(run, {"undoing"}, "done", problem=refused.problem)

"""Adapters for the worker: parse, call the verb. Every task may die and be run again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.core.cache import cache
from django.utils import timezone

from workflow import jobs
from workflow.calendar import today
from workflow.models import JobRun

from .domain import accounts, imports, standings
from .models import ImportRun

log = logging.getLogger(__name__)
NIGHTLY_CHECK = "nightly check"
PAST_DAY = "past day"


def _work_of(job: JobRun) -> jobs.Work:
    if job.name == NIGHTLY_CHECK:

        def check(progress: jobs.Progress) -> dict[str, Any]:
            found = standings.restate_everybody(on=today(), progress=progress)
            standings.forget_stale_days()
            accounts.switch_off_left(on=today())
            if found.total:
                log.warning("nightly check: %s standings differed", found.total)
            return found._asdict()

        return check
    if job.name == PAST_DAY:

        def past(progress: jobs.Progress) -> dict[str, Any]:
            standings.past_day(day=dt.date.fromisoformat(job.key), progress=progress)
            return {}

        return past
    raise ValueError(f"no work is known for the job {job.name!r}")


@shared_task
def run_job(job_id: int) -> None:
    job = JobRun.objects.get(pk=job_id)
    jobs.run(job=job, work=_work_of(job))


@shared_task
def nightly_check() -> None:
    """Recompute everybody, mend and report what differed (architecture, idea 3)."""
    job, _made = jobs.ask(name=NIGHTLY_CHECK, key=today().isoformat())
    jobs.run(job=job, work=_work_of(job))


def import_progress(run_id: int) -> int:
    """Per cent of an import being brought in: its transaction shows nothing before it ends."""
    return int(cache.get(f"import-{run_id}", 0))


def _with_import(run_id: int, work: Callable[[ImportRun], None]) -> None:
    run = ImportRun.objects.get(pk=run_id)
    try:
        work(run)
    except Exception:
        log.exception("import %s failed", run_id)
        ImportRun.objects.filter(pk=run_id).update(
            state=ImportRun.State.FAILED,
            problem={"reason": "interrupted", "params": {}},
            touched_at=timezone.now(),
        )


@shared_task
def check_import(run_id: int) -> None:
    _with_import(run_id, lambda run: imports.check(run=run, on=today()))


@shared_task
def apply_import(run_id: int) -> None:
    def progress(done: int, total: int) -> None:
        cache.set(f"import-{run_id}", 100 * done // total, 3600)

    _with_import(run_id, lambda run: imports.apply(run=run, on=today(), progress=progress))


@shared_task
def undo_import(run_id: int) -> None:
    _with_import(run_id, lambda run: imports.undo(run=run, on=today()))


@worker_ready.connect
def take_up_at_start(**kwargs: Any) -> None:
    """A worker that starts looks at once for what the last one left."""
    take_up_left.delay()


@shared_task
def take_up_left() -> None:
    """Take up what a stopped worker left: jobs and imports without a sign of life."""
    before = timezone.now() - jobs.LEFT_BEHIND
    for job in JobRun.objects.left_behind(before=before):
        jobs.run(job=job, work=_work_of(job), taking_over=True)
    left = ImportRun.objects.filter(touched_at__lt=before)
    for state, task in (
        ("queued", check_import),
        ("checking", check_import),
        ("confirmed", apply_import),
        ("applying", apply_import),
        ("undoing", undo_import),
    ):
        for run_id in left.filter(state=state, file__isnull=False).values_list("pk", flat=True):
            task(run_id)

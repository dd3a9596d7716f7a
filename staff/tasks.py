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

from .domain import accounts, imports, requirements, standings
from .models import ImportRun

log = logging.getLogger(__name__)
NIGHTLY_CHECK = "nightly check"
# A day, and an hour for the work itself: older, and a night has been missed.
NIGHTLY_CHECK_AGE = dt.timedelta(hours=25)
PAST_DAY = "past day"


@jobs.register(NIGHTLY_CHECK)
def _check(key: str, progress: jobs.Progress) -> dict[str, Any]:
    found = standings.restate_everybody(on=today(), progress=progress)
    standings.forget_stale_days()
    accounts.switch_off_left(on=today())
    if found.total:
        log.warning("nightly check: %s standings differed", found.total)
    return found._asdict()


@jobs.register(requirements.RESTATED)
def _restate(key: str, progress: jobs.Progress) -> dict[str, Any]:
    return standings.restate_everybody(on=today(), progress=progress)._asdict()


@shared_task
def send_password_link(name: str) -> None:
    accounts.ask_password_reset(name=name, now=timezone.now())


@jobs.register(PAST_DAY)
def _past_day(key: str, progress: jobs.Progress) -> dict[str, Any]:
    standings.past_day(day=dt.date.fromisoformat(key), progress=progress)
    return {}


@shared_task
def nightly_check() -> None:
    """Recompute everybody, mend and report what differed (architecture, idea 3)."""
    job, _made = jobs.ask(name=NIGHTLY_CHECK, key=today().isoformat())
    jobs.run(job=job, work=jobs.work_of(job))


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
    """Take up the imports a stopped worker left without a sign of life."""
    before = timezone.now() - jobs.LEFT_BEHIND
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

"""Jobs of consequence: each has its row, is taken up after a crash, never runs twice at once."""

from __future__ import annotations

import datetime as dt
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from .models import JobRun

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]
Work = Callable[[Progress], dict[str, Any]]
Named = Callable[[str, Progress], dict[str, Any]]
LEFT_BEHIND = dt.timedelta(minutes=10)
_works: dict[str, Named] = {}


def register(name: str) -> Callable[[Named], Named]:
    """Register what jobs called ``name`` do: a function of the job's key and its progress.

    The floor that asks for such jobs registers it, in its ``tasks.py``, which its app imports
    when it is ready; so whoever finds a job left behind can do it.
    """

    def keep(named: Named) -> Named:
        _works[name] = named
        return named

    return keep


def work_of(job: JobRun) -> Work:
    """What ``job`` does; one nobody registered fails with ``KeyError`` when it is done."""
    return lambda progress: _works[job.name](job.key, progress)


@contextmanager
def collector_off() -> Iterator[None]:
    """Without the cycle collector, for bulk work that makes many objects and no cycles.

    Walking half a million small objects again and again is two fifths of such work.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def ask(*, name: str, key: str) -> tuple[JobRun, bool]:
    """The open job of that name and key, made where there is none; whether it was made."""
    for _attempt in range(2):
        open_job = JobRun.objects.filter(
            name=name, key=key, state__in=[JobRun.State.QUEUED, JobRun.State.RUNNING]
        ).first()
        if open_job:
            return open_job, False
        try:
            with transaction.atomic():
                return JobRun.objects.create(name=name, key=key), True
        except IntegrityError:  # somebody asked in the same moment: theirs is ours
            continue
    raise RuntimeError(f"job {name} {key} ends and begins faster than it can be asked for")


def run(
    *,
    job: JobRun,
    work: Work,
    taking_over: bool = False,
    now: Callable[[], dt.datetime] = timezone.now,
) -> None:
    """Do ``work`` under the job's row: progress while it runs, result or error at the end.

    Only a job that waits is claimed, so a message delivered twice does nothing the second time;
    ``taking_over`` claims one a stopped worker left running, if nobody touched it meanwhile.
    """
    started = now()
    mine = JobRun.objects.filter(pk=job.pk, state=JobRun.State.QUEUED)
    if taking_over:
        mine = JobRun.objects.filter(
            pk=job.pk,
            state__in=[JobRun.State.QUEUED, JobRun.State.RUNNING],
            touched_at=job.touched_at,
        )
    claimed = mine.update(state=JobRun.State.RUNNING, started_at=started, touched_at=started)
    if not claimed:
        return

    def progress(done: int, total: int) -> None:
        JobRun.objects.filter(pk=job.pk).update(
            progress_done=done, progress_total=total, touched_at=now()
        )

    try:
        result = work(progress)
    except Exception as error:
        log.exception("job %s failed", job.pk)
        JobRun.objects.filter(pk=job.pk).update(
            state=JobRun.State.FAILED,
            error=type(error).__name__,
            finished_at=now(),
            touched_at=now(),
        )
    else:
        JobRun.objects.filter(pk=job.pk).update(
            state=JobRun.State.DONE, result=result, finished_at=now(), touched_at=now()
        )

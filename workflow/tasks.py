"""Adapters for the worker: parse, call the verb. Every task may die and be run again."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone

from . import files, jobs, mail
from .models import JobRun

log = logging.getLogger(__name__)


@shared_task
def deliver_letters() -> None:
    while mail.deliver(now=timezone.now()):
        pass  # a batch at a time, until nothing that is due goes out any more


@shared_task
def run_job(job_id: int) -> None:
    job = JobRun.objects.get(pk=job_id)
    jobs.run(job=job, work=jobs.work_of(job))


@worker_ready.connect
def take_up_at_start(**kwargs: Any) -> None:
    """A worker that starts looks at once for what the last one left."""
    take_up_left_jobs.delay()


@shared_task
def take_up_left_jobs() -> None:
    """Take up the jobs a stopped worker left without a sign of life."""
    for job in JobRun.objects.left_behind(before=timezone.now() - jobs.LEFT_BEHIND):
        jobs.run(job=job, work=jobs.work_of(job), taking_over=True)


@shared_task
def sweep_files() -> None:
    """Take away files of no case; the log gets the numbers."""
    swept = files.sweep(now=timezone.now())
    if any(swept):
        log.info("swept %s unreferenced files and %s without a row", swept.rows, swept.files)

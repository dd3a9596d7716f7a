"""Adapters for the worker: what the days bring to cases."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from workflow import jobs
from workflow.calendar import today

from .domain import reminders

DUE_NOTICES = "due notices"


@jobs.register(DUE_NOTICES)
def _due_notices(key: str, progress: jobs.Progress) -> dict[str, Any]:
    on = today()
    return {"lines": reminders.follow_cases(on=on), "letters": reminders.remind(on=on)}


@shared_task
def send_due_notices() -> None:
    """Every reminder due, once; and the plan lines of trainings that began or ended."""
    job, _made = jobs.ask(name=DUE_NOTICES, key=today().isoformat())
    jobs.run(job=job, work=jobs.work_of(job))

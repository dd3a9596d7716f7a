"""Jobs by name: whoever finds one left behind can do it; one nobody knows stops no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from workflow import jobs, tasks
from workflow.models import JobRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def done() -> Iterator[list[str]]:
    """Keys of the jobs «tell» that were done."""
    keys: list[str] = []

    def tell(key: str, progress: jobs.Progress) -> dict[str, Any]:
        progress(1, 2)
        keys.append(key)
        return {"told": key}

    jobs.register("tell")(tell)
    yield keys
    jobs._works.pop("tell")


def left(name: str, key: str, state: str = "running") -> JobRun:
    job = JobRun.objects.create(name=name, key=key, state=state)
    JobRun.objects.filter(pk=job.pk).update(touched_at=timezone.now() - dt.timedelta(minutes=11))
    return job


def test_a_job_is_done_by_its_name_and_key(done: list[str]) -> None:
    job, _made = jobs.ask(name="tell", key="2026")
    tasks.run_job(job.pk)
    job.refresh_from_db()
    assert (done, job.state, job.result) == (["2026"], "done", {"told": "2026"})
    assert job.percent == 50
    tasks.run_job(job.pk)  # the message came twice
    assert done == ["2026"]


def test_what_a_stopped_worker_left_is_taken_up(done: list[str]) -> None:
    left("tell", "1")
    left("tell", "2", state="queued")
    JobRun.objects.create(name="tell", key="3", state="running")  # still at work
    tasks.take_up_left_jobs()
    assert sorted(done) == ["1", "2"]
    assert JobRun.objects.get(key="3").state == "running"


def test_a_job_nobody_knows_fails_and_stops_no_other(done: list[str]) -> None:
    unknown = left("forgotten", "1")
    left("tell", "1")
    tasks.take_up_left_jobs()
    unknown.refresh_from_db()
    assert (unknown.state, unknown.error) == ("failed", "KeyError")
    assert done == ["1"]


def test_the_floors_have_registered_their_jobs() -> None:
    assert {"nightly check", "past day", "paper", "draft paper"} <= set(jobs._works)

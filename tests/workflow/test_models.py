"""Stored files keep what came; a job of consequence survives a killed worker."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from workflow.models import JobRun, StoredFile

pytestmark = pytest.mark.django_db


def keep(content: bytes = b"%PDF-1.7", name: str = "сертификат.pdf") -> StoredFile:
    return StoredFile.keep(ContentFile(content), name=name, content_type="application/pdf", by=None)


def test_a_file_is_kept_under_a_random_name_with_its_fingerprint():
    stored = keep()
    assert stored.original_name == "сертификат.pdf"
    assert stored.sha256 == hashlib.sha256(b"%PDF-1.7").hexdigest()
    with stored.content.open() as content:
        assert (stored.size, content.read()) == (8, b"%PDF-1.7")
    assert "сертификат" not in stored.content.name
    assert stored.content.name.endswith(stored.uuid.hex)


def test_the_same_file_twice_is_stored_twice_and_overwrites_nothing():
    assert keep().content.name != keep().content.name


def test_a_path_in_the_name_is_not_kept():
    assert keep(name="../../etc/passwd").original_name == "passwd"


def test_one_open_job_for_one_thing():
    JobRun.objects.create(name="past day", key="2026-01-31")
    with pytest.raises(IntegrityError), transaction.atomic():
        JobRun.objects.create(name="past day", key="2026-01-31")
    JobRun.objects.filter(key="2026-01-31").update(state=JobRun.State.DONE)
    JobRun.objects.create(name="past day", key="2026-01-31")


def test_jobs_left_behind_are_open_ones_without_a_sign_of_life():
    left, done, fresh = (JobRun.objects.create(name="x", key=key) for key in "abc")
    long_ago = timezone.now() - dt.timedelta(hours=1)
    JobRun.objects.filter(pk__in=[left.pk, done.pk]).update(touched_at=long_ago)
    JobRun.objects.filter(pk=done.pk).update(state=JobRun.State.DONE)
    before = timezone.now() - dt.timedelta(minutes=10)
    assert list(JobRun.objects.left_behind(before=before)) == [left]
    assert fresh.state == JobRun.State.QUEUED


def test_the_last_finished_run_of_a_job():
    now = timezone.now()
    for days, state in [(3, "done"), (2, "done"), (1, "failed")]:
        JobRun.objects.create(
            name="nightly check",
            key=str(days),
            state=state,
            finished_at=now - dt.timedelta(days=days),
        )
    assert JobRun.objects.last_finished("nightly check").key == "2"
    assert JobRun.objects.last_finished("another") is None


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 0, 0), (1, 3, 33), (5, 4, 100)])
def test_percent_of_a_job(done, total, percent):
    assert JobRun(progress_done=done, progress_total=total).percent == percent

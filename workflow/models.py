"""Files, jobs, mail and calendar exceptions: what every case needs, whatever it is about."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


def _random_name(instance: StoredFile, filename: str) -> str:
    return f"{instance.uuid.hex[:2]}/{instance.uuid.hex}"


class StoredFile(models.Model):
    """A file as it came: random name, SHA-256, never overwritten (architecture, idea 5).

    It is served by nobody but a view that has checked who asks.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content = models.FileField(_("file"), upload_to=_random_name, max_length=80)
    original_name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("kind"), max_length=100)
    size = models.PositiveBigIntegerField(_("size, bytes"))
    sha256 = models.CharField(max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")

    def __str__(self) -> str:
        return self.original_name

    @classmethod
    def keep(cls, file: File[bytes], *, name: str, content_type: str, by: Any) -> StoredFile:
        """Store ``file`` (read in chunks) and its fingerprint; ``by`` is a user or ``None``."""
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
        stored = cls(
            original_name=Path(name).name[:200],
            content_type=content_type,
            size=file.size,
            sha256=digest.hexdigest(),
            uploaded_by=by,
        )
        stored.content.save(name, file, save=False)
        stored.save()
        return stored


class CalendarException(models.Model):
    """A day whose work differs from the public calendar, by order (Labour Code art. 85(3))."""

    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("worked"))
    basis = models.CharField(_("basis"), max_length=200)
    history = HistoricalRecords()

    class Meta:
        ordering = ["day"]
        verbose_name = _("calendar exception")
        verbose_name_plural = _("calendar exceptions")

    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y}"

    @classmethod
    def as_mapping(cls) -> dict[dt.date, bool]:
        return dict(cls.objects.values_list("day", "is_working"))


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def last_finished(self, name: str) -> JobRun | None:
        return (
            self.filter(name=name, state=JobRun.State.DONE).order_by("-finished_at", "-pk").first()
        )

    def left_behind(self, *, before: dt.datetime) -> JobRunQuerySet:
        """Jobs a stopped worker never ended: last sign of life before ``before``."""
        return self.filter(
            state__in=[JobRun.State.QUEUED, JobRun.State.RUNNING], touched_at__lt=before
        )


class JobRun(models.Model):
    """A job of consequence: what, for when, how far, how it ended. Survives a killed worker."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("finished")
        FAILED = "failed", _("failed")

    name = models.CharField(_("job"), max_length=60)
    key = models.CharField(_("for"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "key"],
                condition=Q(state__in=["queued", "running"]),
                name="one_open_job_for_one_thing",
            )
        ]
        indexes = [models.Index(fields=["name", "state", "-finished_at"])]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"

    @property
    def percent(self) -> int:
        return min(100, 100 * self.progress_done // max(self.progress_total, 1))


class OutgoingMail(models.Model):
    """A letter to be sent: who and why, not its text; it is written when it goes out.

    So no password link ever lies in the database, and the letter speaks the receiver's language
    of that moment. Delivered by a task that may die and be run again.
    """

    kind = models.CharField(_("letter"), max_length=60)
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters"
    )
    context = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    next_attempt_at = models.DateTimeField(null=True, db_index=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

"""Files, jobs, mail, decisions, registers, papers: what every case needs, whatever it is about."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
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


class DecisionQuerySet(models.QuerySet["Decision"]):
    def about(self, case: models.Model) -> DecisionQuerySet:
        kind = ContentType.objects.get_for_model(type(case))
        return self.filter(subject_type=kind, subject_id=case.pk)


class Decision(models.Model):
    """Somebody moved a case: who, from where to where, when, why (architecture, idea 1).

    Never changed. ``on_behalf_of``: whom a substitute signed for.
    """

    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    transition = models.CharField(max_length=40)
    source = models.CharField(max_length=30)
    target = models.CharField(max_length=30)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_on = models.DateField(_("day"))
    decided_at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField(_("reason"), blank=True)
    words = ""  # what it did, as the table of its case says (``Transitions.decisions``)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [models.Index(fields=["subject_type", "subject_id", "-id"])]

    def __str__(self) -> str:
        return f"{self.transition} {self.decided_on:%d.%m.%Y}"


class NumberRegister(models.Model):
    """The last number given in a register of a year: without gaps, without doubles."""

    name = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("register of numbers")
        verbose_name_plural = _("registers of numbers")
        constraints = [models.UniqueConstraint(fields=["name", "year"], name="register_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.year}: {self.last}"


def _token() -> str:
    return secrets.token_urlsafe(16)


class IssuedPaper(models.Model):
    """A paper that left the program: its data, frozen (architecture, idea 6). Never changed.

    ``token`` is the address of its public verification page; ``fingerprint`` the SHA-256 of kind,
    number, version, day and data. ``subject`` is the case it belongs to.
    """

    kind = models.CharField(_("kind of paper"), max_length=40)
    number = models.CharField(_("number"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    issued_on = models.DateField(_("issued on"))
    data = models.JSONField()
    fingerprint = models.CharField(_("fingerprint"), max_length=64, db_index=True)
    token = models.CharField(max_length=32, unique=True, default=_token, editable=False)
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("issued paper")
        verbose_name_plural = _("issued papers")
        constraints = [
            models.UniqueConstraint(fields=["kind", "number", "version"], name="paper_number_once")
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class RenderedPaper(models.Model):
    """An issued paper as a PDF in one language: made once, served for ever."""

    paper = models.ForeignKey(IssuedPaper, on_delete=models.PROTECT, related_name="rendered")
    language = models.CharField(max_length=2)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("rendered paper")
        verbose_name_plural = _("rendered papers")
        constraints = [
            models.UniqueConstraint(fields=["paper", "language"], name="paper_rendered_once")
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.language}"


class SubstitutionQuerySet(models.QuerySet["Substitution"]):
    def running(self, on: dt.date) -> SubstitutionQuerySet:
        """Those of that day; both days of the period are inclusive."""
        return self.filter(ended=False, starts_on__lte=on, ends_on__gte=on)


class Substitution(models.Model):
    """Somebody is away and another signs for them, for a period (forms.md §6).

    ``capacities``: as what the substitute may sign (codes of the app that asks; empty: everything
    the absent one signs). It ends by itself after ``ends_on``; ``ended`` ends it sooner.
    """

    absent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="substituted_by",
        verbose_name=_("who is away"),
    )
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="substitutes_for",
        verbose_name=_("substitute"),
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    capacities = models.JSONField(_("signs as"), default=list, blank=True)
    because = models.CharField(_("reason"), max_length=200, blank=True)
    ended = models.BooleanField(_("ended"), default=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    history = HistoricalRecords()
    objects = SubstitutionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        verbose_name = _("substitution")
        verbose_name_plural = _("substitutions")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")),
                name="substitution_ends_after_start",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(absent=models.F("substitute")),
                name="nobody_substitutes_themselves",
                violation_error_message=_("Nobody stands in for themselves. Choose somebody else."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%d.%m.%Y}–{self.ends_on:%d.%m.%Y}"

    def covers(self, capacity: str) -> bool:
        return not self.capacities or capacity in self.capacities

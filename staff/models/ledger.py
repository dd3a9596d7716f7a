"""The ledger of training records (clauses 3.10, 3.13): kept, verified, corrected, never lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from interface.text import search_key

from .people import Person
from .requirements import Area

HOURS_A_CREDIT = 30  # order ДСМ-303/2020


class Provider(models.Model):
    """Where training is held (clause 3.5)."""

    class Kind(models.TextChoices):
        ACADEMY = "academy", _("the academy itself")
        UNIVERSITY = "university", _("university")
        SCIENTIFIC = "scientific", _("scientific centre")
        MEDICAL = "medical", _("medical organisation")
        TRAINING_CENTRE = "training_centre", pgettext_lazy("kind of provider", "training centre")
        ONLINE = "online", _("online platform")
        OTHER = "other", _("other organisation")

    name = models.CharField(_("name"), max_length=250)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.OTHER)
    country = models.CharField(_("country"), max_length=80, blank=True)
    search_key = models.CharField(max_length=300, unique=True, editable=False)

    history = HistoricalRecords(excluded_fields=["search_key"])

    class Meta:
        ordering = ["name"]
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_key = search_key(self.name)[:300]
        super().save(*args, **kwargs)


class RecordQuerySet(models.QuerySet["TrainingRecord"]):
    def counting(self) -> RecordQuerySet:
        """Only verified records count (readings, «Certificates and reports»)."""
        return self.filter(state=TrainingRecord.State.VERIFIED)

    def visible_to(self, user: Any) -> RecordQuerySet:
        if user.sees_everybody:
            return self
        return self.filter(person__in=Person.objects.visible_to(user))


class TrainingRecord(models.Model):
    """One completed training of one person, with the document that proves it."""

    class Form(models.TextChoices):
        COURSE = "course", _("course")
        INTERNSHIP = "internship", _("internship")

    class Mode(models.TextChoices):
        ON_SITE = "on_site", _("on site")
        DISTANCE = "distance", _("distance")
        BLENDED = "blended", _("blended")

    class Source(models.TextChoices):
        IMPORT = "import", _("Excel import")
        HR = "hr", _("entered by HR")
        CASE = "case", _("case")
        EMPLOYEE = "employee", _("handed in by the employee")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for verification")
        VERIFIED = "verified", _("verified")
        REVOKED = "revoked", _("revoked")

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="records", verbose_name=_("employee")
    )
    title = models.CharField(_("topic"), max_length=300)
    form = models.CharField(_("form"), max_length=10, choices=Form, default=Form.COURSE)
    area = models.CharField(_("area"), max_length=12, choices=Area)
    hours = models.DecimalField(
        _("volume, hours"), max_digits=6, decimal_places=1, validators=[MinValueValidator(0.1)]
    )
    credits = models.DecimalField(
        _("credits"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    starts_on = models.DateField(_("start"))
    ends_on = models.DateField(_("end"))
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="records", verbose_name=_("provider")
    )
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    cost = models.DecimalField(
        _("cost, tenge"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    document_number = models.CharField(_("document number"), max_length=80, blank=True)
    document_date = models.DateField(_("document date"), null=True, blank=True)
    document = models.ForeignKey(
        "workflow.StoredFile",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
    )
    source = models.CharField(_("source"), max_length=10, choices=Source)
    state = models.CharField(_("verification"), max_length=10, choices=State)
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    title_key = models.CharField(max_length=300, editable=False)
    document_key = models.CharField(max_length=80, editable=False, blank=True)

    history = HistoricalRecords(excluded_fields=["title_key", "document_key"])
    objects = RecordQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_on", "-pk"]
        verbose_name = _("training record")
        verbose_name_plural = _("training records")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "ends_on", "title_key", "document_key"],
                condition=~Q(state="revoked"),
                name="record_identity",
                violation_error_message=_(
                    "This training is in the ledger already: the same topic, end and document."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="record_ends_after_start",
                violation_error_message=_("The training ends before it begins."),
            ),
            models.CheckConstraint(condition=Q(hours__gt=0), name="record_hours_positive"),
        ]
        indexes = [
            # Covers what standing is computed from, so the walk never reads the wide rows.
            models.Index(
                fields=["person", "-ends_on", "-id", "state", "area", "hours"],
                name="record_walk",
            ),
            models.Index(fields=["-ends_on", "-id"], name="record_newest"),
            # The few that wait for HR, counted on every home page of HR.
            models.Index(fields=["state"], condition=Q(state="pending"), name="record_pending"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)

    def set_keys(self) -> None:
        """Renew the derived columns; ``bulk_create`` does not call ``save``."""
        self.title_key = search_key(self.title)[:300]
        self.document_key = search_key(self.document_number)[:80]

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on + dt.timedelta(days=1)).days

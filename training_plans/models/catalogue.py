"""The course catalogue and the dated events held of it (clauses 3.5, 3.11, 3.15)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from interface.text import search_key, search_words
from staff.models import Area, Person, Provider, TrainingRecord
from workflow.models import IssuedPaper

from .terms import Kind, Language


class CourseQuerySet(models.QuerySet["Course"]):
    def offered(self) -> CourseQuerySet:
        return self.filter(is_offered=True)

    def matching(self, text: str) -> CourseQuerySet:
        found = self
        for word in search_words(text):
            found = found.filter(search_key__contains=word)
        return found


class Course(models.Model):
    """A course or internship somebody may be sent to, the academy's own or another's."""

    title = models.CharField(_("topic"), max_length=300)
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="courses", verbose_name=_("provider")
    )
    area = models.CharField(_("area"), max_length=12, choices=Area)
    form = models.CharField(
        _("form"), max_length=10, choices=TrainingRecord.Form, default=TrainingRecord.Form.COURSE
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Kind, default=Kind.COURSE)
    hours = models.DecimalField(
        _("volume, hours"),
        max_digits=6,
        decimal_places=1,
        validators=[MinValueValidator(Decimal("0.1"))],
    )
    credits = models.DecimalField(
        _("credits"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    mode = models.CharField(_("mode"), max_length=10, choices=TrainingRecord.Mode, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=Language, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    price = models.DecimalField(
        _("price for one person, tenge"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal(0), message=_("Money cannot be negative. 0 is free."))
        ],
    )
    outcomes = models.TextField(_("what is learnt"), blank=True)
    is_offered = models.BooleanField(_("offered"), default=True)
    search_key = models.CharField(max_length=600, editable=False, default="")

    history = HistoricalRecords(excluded_fields=["search_key"])
    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="course_hours_positive"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="course_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_key = search_key(self.title, self.provider.name, self.city)[:600]
        super().save(*args, **kwargs)

    @property
    def is_own(self) -> bool:
        """Held by the academy itself (clause 3.11)."""
        return self.provider.kind == Provider.Kind.ACADEMY


class EventQuerySet(models.QuerySet["Event"]):
    def with_places(self) -> EventQuerySet:
        """Each with ``taken``: how many places are given away; who withdrew leaves theirs free."""
        taken = (
            Participant.objects.on_the_list()
            .filter(event=OuterRef("pk"))
            .order_by()
            .values("event")
            .annotate(count=Count("pk"))
            .values("count")
        )
        return self.annotate(taken=Coalesce(Subquery(taken), 0))

    def awaiting_hr(self) -> EventQuerySet:
        """Handed over by the Centre, to be checked by HR (clause 3.10)."""
        return self.filter(state=Event.State.HELD)

    def not_over(self, on: dt.date) -> EventQuerySet:
        """Planned events that last until ``on`` or later."""
        return self.filter(state=Event.State.PLANNED, ends_on__gte=on)


class Event(models.Model):
    """A course held in certain days for one group. The Centre's own yield records (3.11)."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held, waiting for HR")
        VERIFIED = "verified", _("verified")
        CANCELLED = "cancelled", _("cancelled")

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="events", verbose_name=_("course")
    )
    group = models.CharField(_("group"), max_length=60, blank=True)
    starts_on = models.DateField(_("start"))
    ends_on = models.DateField(_("end"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    places = models.PositiveSmallIntegerField(
        _("places"), default=25, validators=[MinValueValidator(1)]
    )
    trainer = models.CharField(_("trainer"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)

    history = HistoricalRecords()
    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="event_ends_after_start",
                violation_error_message=_("The training ends before it begins."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.course} {self.starts_on:%d.%m.%Y}"


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def on_the_list(self) -> ParticipantQuerySet:
        """Who takes a place, whether they came or not."""
        return self.exclude(state=Participant.State.WITHDRAWN)

    def attended(self) -> ParticipantQuerySet:
        return self.filter(state=Participant.State.ATTENDED)

    def visible_to(self, user: Any) -> ParticipantQuerySet:
        """Oneself, and those of the people one may see."""
        if user.sees_everybody:
            return self
        return self.filter(person__in=Person.objects.visible_to(user))


class Participant(models.Model):
    """Somebody's place in an event; who attended gets a record and a certificate from it."""

    class State(models.TextChoices):
        ENROLLED = "enrolled", _("enrolled")
        ATTENDED = "attended", _("attended")
        ABSENT = "absent", _("absent")
        WITHDRAWN = "withdrawn", _("withdrawn")

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="participants", verbose_name=_("event")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="events", verbose_name=_("employee")
    )
    plan_line = models.ForeignKey(
        "training_plans.PlanLine",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="places",
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ENROLLED)
    record = models.OneToOneField(
        TrainingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="attendance"
    )
    certificate = models.OneToOneField(
        IssuedPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    history = HistoricalRecords()
    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["person__sort_key", "pk"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person"],
                name="participant_once",
                violation_error_message=_("This employee is on the list already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.event_id}"

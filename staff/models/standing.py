"""Standing is a date, not a flag (architecture, idea 3): the state is compared in the query."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from workflow.calendar import today

from .ledger import TrainingRecord
from .people import DeadlineExtension, Person, Post
from .requirements import TrainingRequirement
from .units import Unit

EXPIRING_DAYS = 180


class State(models.TextChoices):
    """Readings, «States»."""

    COMPLIANT = "compliant", _("satisfied")
    EXPIRING = "expiring", _("falls due soon")
    PENDING = "pending", _("first three years")
    OVERDUE = "overdue", _("overdue")
    EXEMPT = "exempt", _("extended")


class PastDay(models.Model):
    """A past day somebody asked for: its standings are computed once, kept until data change."""

    day = models.DateField()
    stale = models.BooleanField(default=False)
    complete = models.BooleanField(default=False)
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day"], condition=Q(complete=True), name="past_day_complete_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y}"


class StandingQuerySet(models.QuerySet["Standing"]):
    def on(self, day: dt.date, *, now: dt.date | None = None) -> StandingQuerySet:
        """Standings that judge ``day``, each with its ``state`` on that day.

        Today and later come from the stored rows, a past day from its ``PastDay``, which must
        have been computed (``domain.standings.past_day``); else there are none.
        """
        if day >= (now or today()):
            rows = self.filter(past_day__isnull=True)
        else:
            rows = self.filter(past_day__day=day, past_day__complete=True)
        rows = rows.filter(
            Q(holds_until__isnull=True) | Q(holds_until__gte=day), holds_from__lte=day
        )
        return rows.with_state(day)

    def with_state(self, day: dt.date) -> StandingQuerySet:
        exempt = DeadlineExtension.objects.filter(starts_on__lte=day, ends_on__gte=day)
        reached = Q(reached_until__gte=day)
        return self.annotate(
            state=Case(
                When(person_id__in=exempt.values("person_id"), then=Value(State.EXEMPT.value)),
                When(
                    reached & Q(due_on__gt=day + dt.timedelta(days=EXPIRING_DAYS)),
                    then=Value(State.COMPLIANT.value),
                ),
                When(reached, then=Value(State.EXPIRING.value)),
                When(due_on__gte=day, then=Value(State.PENDING.value)),
                default=Value(State.OVERDUE.value),
                output_field=CharField(),
            )
        )

    def falling_due(self, year: int) -> StandingQuerySet:
        """Whose norm falls due in the year, and who is overdue from before it (clause 8.1)."""
        return self.filter(due_on__lte=dt.date(year, 12, 31))

    def visible_to(self, user: Any) -> StandingQuerySet:
        """Those of the units one is in charge of; everybody's for who watches the whole academy."""
        if user.sees_everybody:
            return self
        return self.filter(unit__in=Unit.objects.in_charge_of(user))


class Standing(models.Model):
    """One person under one requirement, for the days from ``holds_from`` to ``holds_until``.

    Rows without ``past_day`` answer for today and later; they are rewritten in the transaction
    that changes a record, a post, an extension or a requirement. ``post`` is the one it is
    counted under: the main job before the second, then the larger share, then the older.
    """

    past_day = models.ForeignKey(
        PastDay, on_delete=models.CASCADE, null=True, related_name="standings"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="standings")
    requirement = models.ForeignKey(
        TrainingRequirement, on_delete=models.CASCADE, related_name="standings"
    )
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="standings")
    category = models.CharField(max_length=20, choices=Post.Category)
    holds_from = models.DateField()
    holds_until = models.DateField(null=True)
    decisive = models.ForeignKey(
        TrainingRecord, on_delete=models.CASCADE, null=True, related_name="+"
    )
    reached_until = models.DateField(null=True)
    base_on = models.DateField()
    due_on = models.DateField()
    plain_due_on = models.DateField()

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "requirement", "holds_from"],
                condition=Q(past_day__isnull=True),
                name="standing_once",
            ),
            models.CheckConstraint(
                condition=Q(holds_until__isnull=True) | Q(holds_until__gte=F("holds_from")),
                name="standing_holds_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["past_day", "due_on"]),
            models.Index(fields=["past_day", "unit"]),
            models.Index(fields=["person", "past_day"]),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.requirement_id} {self.due_on:%d.%m.%Y}"

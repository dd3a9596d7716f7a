"""Standing is a date, not a flag (architecture, idea 3): the state is compared in the query."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Case, CharField, Count, F, Q, Value, When
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


def _on_leave(day: dt.date) -> models.QuerySet[Any, Any]:
    """Keys of the people whose deadlines stand still on that day."""
    leaves = DeadlineExtension.objects.filter(starts_on__lte=day, ends_on__gte=day)
    return leaves.order_by().values("person_id")


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
        reached = Q(reached_until__gte=day)
        return self.annotate(
            state=Case(
                When(person_id__in=_on_leave(day), then=Value(State.EXEMPT.value)),
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

    def numbers(self, *fields: str, on: dt.date) -> dict[tuple[Any, ...], dict[str, int]]:
        """How many are in each state on a day, by ``fields``: the states of ``with_state``.

        Grouping by that expression makes the database sort or hash every row by a text it has
        just made. So it counts by the dates alone, then moves those on leave, who are few.
        """
        found = self._numbers_by_dates(fields, on)
        for key, moved in (
            self.filter(person_id__in=_on_leave(on))._numbers_by_dates(fields, on).items()
        ):
            left = {state: count - moved.get(state, 0) for state, count in found[key].items()}
            found[key] = left | {State.EXEMPT.value: sum(moved.values())}
        return found

    def _numbers_by_dates(
        self, fields: tuple[str, ...], day: dt.date
    ) -> dict[tuple[Any, ...], dict[str, int]]:
        """As ``numbers``, were nobody on leave."""
        soon = Q(due_on__gt=day + dt.timedelta(days=EXPIRING_DAYS))
        reached = Q(reached_until__gte=day)
        lost = Q(reached_until__isnull=True) | Q(reached_until__lt=day)
        rows = (
            self.order_by()
            .values_list(*fields)
            .annotate(
                everybody=Count("pk"),
                reached=Count("pk", filter=reached),
                compliant=Count("pk", filter=reached & soon),
                pending=Count("pk", filter=lost & Q(due_on__gte=day)),
            )
        )
        names = [s.value for s in (State.COMPLIANT, State.EXPIRING, State.PENDING, State.OVERDUE)]
        return {
            tuple(key): dict(
                zip(names, (good, held - good, waiting, all_ - held - waiting), strict=True)
            )
            for *key, all_, held, good, waiting in rows
        }

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
        PastDay, on_delete=models.CASCADE, null=True, related_name="standings", db_index=False
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
            # Covers the figures, so that counting never reads the rows.
            models.Index(
                fields=[
                    *("past_day", "unit", "category", "requirement", "due_on"),
                    *("reached_until", "holds_from", "holds_until", "person"),
                ],
                name="standing_figures",
            ),
            # Covers the count of people, each once.
            models.Index(
                fields=["past_day", "person", "holds_from", "holds_until"], name="standing_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.requirement_id} {self.due_on:%d.%m.%Y}"

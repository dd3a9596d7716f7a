"""A unit's request: who must be trained next year, in what, where, when, for what money (5.4)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from staff.models import Person, Post, Role, TrainingRequirement, Unit

from .terms import Terms
from .years import PlanningYear

TEACHERS = frozenset({Post.Category.UNIVERSITY_TEACHER, Post.Category.COLLEGE_TEACHER})


def sees_all_planning(user: Any) -> bool:
    """Who watches the whole academy, and finance, who account the money set aside (8.1)."""
    return bool(user.sees_everybody or user.has_role(Role.FINANCE))


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: Any) -> RequestQuerySet:
        """Everybody's for who sees all planning, else those of the units in charge of."""
        if sees_all_planning(user):
            return self
        return self.filter(unit__in=Unit.objects.in_charge_of(user))


class Request(models.Model):
    """One unit, one year. Who files is the unit that has a head and people."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SENT = "sent", _("sent")
        RETURNED = "returned", _("returned with remarks")
        ACCEPTED = "accepted", _("accepted")

    planning_year = models.ForeignKey(
        PlanningYear,
        on_delete=models.PROTECT,
        related_name="requests",
        verbose_name=_("planning year"),
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="requests", verbose_name=_("unit")
    )
    number = models.PositiveIntegerField(_("number"), null=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    minutes_number = models.CharField(_("minutes of the department No."), max_length=40, blank=True)
    minutes_date = models.DateField(_("date of the minutes"), null=True, blank=True)
    remark = models.TextField(_("remark of the Centre"), blank=True)
    first_sent_on = models.DateField(_("first sent on"), null=True, blank=True)
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_late = models.BooleanField(_("late"), default=False)

    history = HistoricalRecords()
    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["unit__sort_key", "pk"]
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.UniqueConstraint(
                fields=["planning_year", "unit"],
                name="request_once",
                violation_error_message=_("This unit has a request for this year already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.planning_year}"

    @property
    def can_be_edited(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.RETURNED)


class RequestLine(Terms):
    """One person to be trained; prefilled lines say why: the norm, the day, what is missing.

    ``left_out`` lines stay, with their reason: a person falling due never vanishes from sight.
    """

    request = models.ForeignKey(
        Request, on_delete=models.PROTECT, related_name="lines", verbose_name=_("request")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="request_lines", verbose_name=_("employee")
    )
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("post")
    )
    requirement = models.ForeignKey(
        TrainingRequirement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requirement"),
    )
    due_on = models.DateField(_("due by the norm"), null=True, blank=True)
    missing_hours = models.DecimalField(
        _("missing hours"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    is_suggested = models.BooleanField(_("falls due in the year"), default=False)
    added_because = models.CharField(_("why added"), max_length=300, blank=True)
    left_out = models.BooleanField(_("left out"), default=False)
    left_out_because = models.CharField(_("why left out"), max_length=300, blank=True)
    remark = models.CharField(_("remark of the Centre"), max_length=500, blank=True)
    not_planned_because = models.CharField(_("why not in the plan"), max_length=300, blank=True)

    history = HistoricalRecords()

    class Meta(Terms.Meta):
        ordering = ["pk"]
        verbose_name = _("line of a request")
        verbose_name_plural = _("lines of requests")
        constraints = [
            *Terms.Meta.constraints,
            models.CheckConstraint(
                condition=Q(left_out=False) | ~Q(left_out_because=""),
                name="left_out_with_reason",
                violation_error_message=_("Say why this person is left out."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.topic}"

    @property
    def is_teacher(self) -> bool:
        """Clause 5.3: their terms are agreed with the Centre; the head alone sets others'."""
        return self.post.category in TEACHERS

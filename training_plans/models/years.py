"""A planning year: its dates, its money, its priorities, and what people wish to learn."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from staff.models import Area, Person

from .terms import Funding


class PlanningYearQuerySet(models.QuerySet["PlanningYear"]):
    def current(self) -> PlanningYear | None:
        """The newest year that was opened: the one being planned."""
        return self.order_by("-year").first()


class PlanningYear(models.Model):
    """One calendar year as it is planned (clauses 3.12, 5.4, 5.5)."""

    class Approver(models.TextChoices):
        CENTRE_HEAD = "centre_head", _("head of the training centre")
        RECTOR = "rector", _("rector")

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    requests_due = models.DateField(_("requests by"))
    plan_due = models.DateField(_("plan by"))
    approver = models.CharField(
        _("who approves the plan"), max_length=12, choices=Approver, default=Approver.CENTRE_HEAD
    )
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    history = HistoricalRecords()
    objects = PlanningYearQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]
        verbose_name = _("planning year")
        verbose_name_plural = _("planning years")

    def __str__(self) -> str:
        return str(self.year)

    @property
    def plan_in_time_until(self) -> dt.date:
        """1 December of the year before (5.5), whatever earlier day the Centre set itself."""
        return dt.date(self.year - 1, 12, 1)

    @property
    def first_day(self) -> dt.date:
        return dt.date(self.year, 1, 1)

    @property
    def last_day(self) -> dt.date:
        return dt.date(self.year, 12, 31)


class Budget(models.Model):
    """What is set aside for a year from one source (clauses 3.7, 8.1)."""

    planning_year = models.ForeignKey(
        PlanningYear,
        on_delete=models.PROTECT,
        related_name="budgets",
        verbose_name=_("planning year"),
    )
    source = models.CharField(_("funding source"), max_length=8, choices=Funding)
    amount = models.DecimalField(
        _("set aside, tenge"),
        max_digits=14,
        decimal_places=2,
        validators=[
            MinValueValidator(Decimal(0), message=_("Money cannot be negative. 0 is free."))
        ],
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.UniqueConstraint(fields=["planning_year", "source"], name="budget_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.amount}"


class Priority(models.Model):
    """A strategic topic of the year, set by the Centre (clause 3.12)."""

    planning_year = models.ForeignKey(
        PlanningYear,
        on_delete=models.PROTECT,
        related_name="priorities",
        verbose_name=_("planning year"),
    )
    topic_kk = models.CharField(_("topic in Kazakh"), max_length=300)
    topic_ru = models.CharField(_("topic in Russian"), max_length=300, blank=True)
    area = models.CharField(_("area"), max_length=12, choices=Area, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("priority")
        verbose_name_plural = _("priorities")

    def __str__(self) -> str:
        return self.topic

    @property
    def topic(self) -> str:
        return (self.topic_ru if get_language() == "ru" else "") or self.topic_kk


class TrainingWishQuerySet(models.QuerySet["TrainingWish"]):
    def visible_to(self, user: Any) -> TrainingWishQuerySet:
        return self.filter(person__in=Person.objects.visible_to(user))


class TrainingWish(models.Model):
    """A topic an employee would like to be trained in, in a year (clause 3.15)."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="wishes", verbose_name=_("employee")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    topic = models.CharField(_("topic"), max_length=300)
    area = models.CharField(_("area"), max_length=12, choices=Area, blank=True)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)

    history = HistoricalRecords()
    objects = TrainingWishQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "pk"]
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        indexes = [models.Index(fields=["year", "person"])]

    def __str__(self) -> str:
        return self.topic

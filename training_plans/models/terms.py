"""What, where, when and for what money somebody is to be trained (forms.md §1.3, §4, §5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from staff.models import Area, Provider, TrainingRecord


class Kind(models.TextChoices):
    """Kinds of courses and internships (clauses 6.1, 7.4, 7.7)."""

    COURSE = "course", _("professional development course")
    MASTER_CLASS = "master_class", _("master class")
    WORKSHOP = "workshop", _("training session")
    SEMINAR = "seminar", _("seminar")
    MOOC = "mooc", _("open online course")
    CERTIFICATION = "certification", _("certification course")
    INDIVIDUAL = "individual", _("individual internship")
    GROUP = "group", _("group internship")


KINDS_OF_INTERNSHIP = frozenset({Kind.INDIVIDUAL, Kind.GROUP})


class Funding(models.TextChoices):
    """Where the money comes from (clause 3.7)."""

    EMPLOYER = "employer", _("employer's funds")
    OWN = "own", _("own funds")
    GRANT = "grant", _("grant or project")
    HOST = "host", _("host organisation")
    STATE = "state", _("republican budget")
    FREE = "free", _("free of charge")


class Precision(models.TextChoices):
    """How exactly the time is known: the days then are those of the quarter or the month."""

    QUARTER = "quarter", _("quarter")
    MONTH = "month", _("month")
    DAYS = "days", _("days")


class Language(models.TextChoices):
    KAZAKH = "kk", _("Kazakh")
    RUSSIAN = "ru", _("Russian")
    ENGLISH = "en", _("English")
    OTHER = "other", _("another language")


class Importance(models.TextChoices):
    """Obligatory is who falls due in the year (forms.md §5)."""

    OBLIGATORY = "obligatory", _("obligatory")
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")


class Goal(models.TextChoices):
    """The aims and tasks of clauses 4.1 and 4.2, in their order."""

    UP_TO_DATE = "4.1.1", _("knowledge and skills that keep up with the labour market and the law")
    COMPETENCE = "4.1.2", _("key competences, responsibility and independence at work")
    QUALITY = "4.1.3", _("productivity and quality for the strategic aims")
    CHANGE = "4.1.4", _("adapting to change, new technologies and methods")
    CAREER = "4.1.5", _("career growth, motivation and satisfaction")
    RENEWAL = "4.2.1", _("renewing outdated knowledge in one's own field")
    LEADERSHIP = "4.2.2", _("management and leadership skills")
    SAFETY = "4.2.3", _("fewer errors, better processes, safety at work")
    COOPERATION = "4.2.4", _("common approaches and cooperation of units")
    METHODS = "4.2.5", _("modern methods, new technologies and information systems")
    GROWTH = "4.2.6", _("opportunities for professional growth and long-term loyalty")


class Terms(models.Model):
    """The terms of one training. Abstract: request lines, plan lines and amendments carry them.

    ``starts_on`` and ``ends_on`` are always both there or both missing; for a quarter or a month
    they are its first and last day. ``cost`` is in tenge for one person, all kinds of cost.
    """

    topic = models.CharField(_("topic"), max_length=300, blank=True)
    area = models.CharField(_("area"), max_length=12, choices=Area, blank=True)
    form = models.CharField(
        _("form"),
        max_length=10,
        choices=TrainingRecord.Form,
        default=TrainingRecord.Form.COURSE,
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Kind, default=Kind.COURSE)
    course = models.ForeignKey(
        "training_plans.Course",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("course of the catalogue"),
    )
    provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("provider"),
    )
    country = models.CharField(_("country"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    mode = models.CharField(_("mode"), max_length=10, choices=TrainingRecord.Mode, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=Language, blank=True)
    precision = models.CharField(
        _("time is known to the"), max_length=8, choices=Precision, default=Precision.MONTH
    )
    starts_on = models.DateField(_("start"), null=True, blank=True)
    ends_on = models.DateField(_("end"), null=True, blank=True)
    hours = models.DecimalField(
        _("volume, hours"),
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1"))],
    )
    credits = models.DecimalField(
        _("credits"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1"))],
    )
    funding = models.CharField(_("funding source"), max_length=8, choices=Funding, blank=True)
    cost = models.DecimalField(
        _("planned cost, tenge"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal(0), message=_("Money cannot be negative. 0 is free."))
        ],
    )
    importance = models.CharField(
        _("priority"), max_length=10, choices=Importance, default=Importance.MEDIUM
    )
    goal = models.CharField(_("goal (4.1–4.2)"), max_length=5, choices=Goal, blank=True)
    justification = models.CharField(_("justification"), max_length=500, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True, ends_on__isnull=True)
                | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="%(class)s_ends_after_start",
                violation_error_message=_("The training ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0),
                name="%(class)s_cost_not_negative",
                violation_error_message=_("Money cannot be negative. 0 is free."),
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(hours__gt=0),
                name="%(class)s_hours_positive",
                violation_error_message=_("The volume must be more than nothing."),
            ),
        ]

    @property
    def terms(self) -> dict[str, Any]:
        """The terms alone, by field name: what a plan line takes over from a request line."""
        return {name: getattr(self, name) for name in TERMS}

    @property
    def period(self) -> tuple[dt.date, dt.date] | None:
        if self.starts_on is None or self.ends_on is None:
            return None
        return self.starts_on, self.ends_on

    @property
    def is_abroad(self) -> bool:
        """Whether it is held outside Kazakhstan: a country is named and is another."""
        return bool(self.country) and self.country.casefold() not in _KAZAKHSTAN


_KAZAKHSTAN = {"қазақстан", "казахстан", "kazakhstan", "қр", "рк", "kz"}
TERMS = tuple(field.name for field in Terms._meta.local_fields)

"""The norms of clauses 3.4 and 4.3–4.5 as dated data: each version has its days and its basis."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Area(models.TextChoices):
    """The subject area of a training (forms.md §1.3)."""

    PROFILE = "profile", _("profile of the disciplines")
    PEDAGOGICAL = "pedagogical", _("pedagogical")
    DIGITAL = "digital", _("digital")
    MANAGEMENT = "management", _("management")
    RESEARCH = "research", _("research")
    LANGUAGE = "language", _("languages")
    CLINICAL = "clinical", _("clinical")
    OTHER = "other", _("other area")


class TrainingRequirement(models.Model):
    """One version of a norm. Versions of one ``code`` follow each other without overlap.

    Whom it judges: posts of ``categories`` (with ``leaders_only`` only those carrying the leader
    flag); ``residual`` makes it judge every post no other requirement covers (readings,
    «General»). What counts: verified records of ``areas`` (none named: any area).
    """

    class Code(models.TextChoices):
        UNIVERSITY_TEACHER = "university_teacher", _("university teachers")
        COLLEGE_TEACHER = "college_teacher", _("college teachers")
        ADMINISTRATIVE_LEADER = "administrative_leader", _("heads in the administration")
        GENERAL = "general", _("everybody else")

    class Counting(models.TextChoices):
        ACCUMULATED = "accumulated", _("sum of the courses")
        SINGLE = "single", _("one course")

    code = models.CharField(_("requirement"), max_length=30, choices=Code)
    name_kk = models.CharField(_("name in Kazakh"), max_length=200)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    clause = models.CharField(_("clause"), max_length=10)
    categories = models.JSONField(_("staff categories"), default=list, blank=True)
    leaders_only = models.BooleanField(_("leaders only"), default=False)
    residual = models.BooleanField(_("posts no other requirement covers"), default=False)
    months = models.PositiveSmallIntegerField(
        _("window, months"),
        default=36,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )
    hours = models.PositiveSmallIntegerField(
        _("norm, hours"),
        default=0,
        validators=[MaxValueValidator(2000)],
        help_text=_("0: one training of any volume"),
    )
    areas = models.JSONField(_("accepted areas"), default=list, blank=True)
    counting = models.CharField(
        _("how hours are counted"), max_length=12, choices=Counting, default=Counting.ACCUMULATED
    )
    valid_from = models.DateField(_("in force from"), null=True, blank=True)
    valid_until = models.DateField(_("in force until"), null=True, blank=True)
    basis = models.CharField(_("basis (minutes, order)"), max_length=300)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="requirement_version"),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(valid_from__isnull=True),
                name="requirement_one_first_version",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(valid_until__isnull=True),
                name="requirement_one_open_version",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="requirement_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return getattr(self, f"name_{get_language() or 'kk'}", "") or self.name_kk

    @property
    def area_labels(self) -> list[str]:
        return [str(Area(area).label) for area in self.areas]

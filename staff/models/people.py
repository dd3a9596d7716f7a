"""People, the posts they hold, and extensions of their deadlines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from interface.text import search_key, search_words, sort_key
from workflow.calendar import today

from .units import Unit


class PersonQuerySet(models.QuerySet["Person"]):
    def employed(self, on: dt.date) -> PersonQuerySet:
        """Who holds a post on that day (the last day of work included)."""
        return self.filter(Exists(Post.objects.held(on).filter(person_id=OuterRef("pk"))))

    def visible_to(self, user: Any) -> PersonQuerySet:
        """Oneself; a head or secretary the unit and below; a vice-rector theirs; HR everybody.

        Who has left a unit is no longer seen by its head.
        """
        if user.sees_everybody:
            return self
        if not user.person_id:
            return self.none()
        posts = Post.objects.not_over(today()).filter(unit__in=Unit.objects.in_charge_of(user))
        return self.filter(Q(pk=user.person_id) | Q(pk__in=posts.values("person_id")))

    def matching(self, text: str) -> PersonQuerySet:
        """Found by name or personnel number, whatever case or keyboard it was typed with."""
        found = self
        for word in search_words(text):
            found = found.filter(search_key__contains=word)
        return found


class Person(models.Model):
    """An employee (clause 3.1). Nobody is deleted: who leaves has ``left_on`` and ended posts."""

    personnel_number = models.CharField(
        _("personnel number"), max_length=20, unique=True, null=True, blank=True
    )
    iin = models.CharField(_("IIN"), max_length=12, unique=True, null=True, blank=True)
    last_name = models.CharField(_("last name"), max_length=80)
    first_name = models.CharField(_("first name"), max_length=80)
    patronymic = models.CharField(_("patronymic"), max_length=80, blank=True)
    degree = models.CharField(_("degree"), max_length=120, blank=True)
    academic_title = models.CharField(_("academic title"), max_length=120, blank=True)
    disciplines = models.CharField(_("disciplines taught"), max_length=300, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    photo = models.ForeignKey(
        "workflow.StoredFile",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("photo"),
    )
    hired_on = models.DateField(_("hired on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    search_key = models.CharField(max_length=320, editable=False, default="")
    sort_key = models.CharField(max_length=120, editable=False, default="", db_index=True)

    history = HistoricalRecords(excluded_fields=["search_key", "sort_key"])
    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "pk"]
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on__isnull=True)
                | Q(hired_on__isnull=True)
                | Q(left_on__gte=F("hired_on")),
                name="person_left_after_hired",
                violation_error_message=_("The day of leaving is before the day of hiring."),
            ),
            models.CheckConstraint(
                condition=Q(personnel_number__isnull=False) | Q(iin__isnull=False),
                name="person_has_number_or_iin",
                violation_error_message=_("Give the personnel number or the IIN."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.personnel_number = self.personnel_number or None
        self.iin = self.iin or None
        self.set_keys()
        super().save(*args, **kwargs)

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, [self.last_name, self.first_name, self.patronymic]))

    @property
    def short_name(self) -> str:
        """«Әлиева Ә.С.», with one initial where there is no patronymic."""
        initials = "".join(f"{name[0]}." for name in (self.first_name, self.patronymic) if name)
        return f"{self.last_name} {initials}".strip()

    @property
    def initials(self) -> str:
        return (self.last_name[:1] + self.first_name[:1]).upper()

    @property
    def masked_iin(self) -> str:
        """The last four digits only: «********1234» (law.md §4)."""
        return f"********{self.iin[-4:]}" if self.iin else ""

    def set_keys(self) -> None:
        """Renew the derived columns; ``bulk_create`` does not call ``save``."""
        self.search_key = search_key(self.full_name, self.personnel_number)[:320]
        self.sort_key = sort_key(self.last_name, self.first_name, self.patronymic)


class PostQuerySet(models.QuerySet["Post"]):
    def held(self, on: dt.date) -> PostQuerySet:
        """Posts held on that day; the last day is inclusive (contracts.md)."""
        return self.not_over(on).filter(starts_on__lte=on)

    def not_over(self, on: dt.date) -> PostQuerySet:
        """Posts held on that day or to be taken up later."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))


class Post(models.Model):
    """What a person is employed as, where, since when; its category decides the norm (4.3–4.5)."""

    class Category(models.TextChoices):
        UNIVERSITY_TEACHER = "university_teacher", _("university teacher")
        COLLEGE_TEACHER = "college_teacher", _("college teacher")
        ADMINISTRATIVE = "administrative", _("administrative staff")
        RESEARCHER = "researcher", _("researcher")

    class Kind(models.TextChoices):
        MAIN = "main", _("main job")
        SECOND = "second", _("second job")

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="posts", verbose_name=_("employee")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="posts", verbose_name=_("unit")
    )
    position = models.CharField(_("position"), max_length=200)
    category = models.CharField(_("staff category"), max_length=20, choices=Category)
    is_leader = models.BooleanField(_("head in the administration or deputy (4.5)"), default=False)
    share = models.DecimalField(
        _("share of a full post"),
        max_digits=3,
        decimal_places=2,
        default=Decimal("1.00"),
        validators=[MinValueValidator(Decimal("0.05")), MaxValueValidator(Decimal("2.00"))],
    )
    kind = models.CharField(_("main or second job"), max_length=6, choices=Kind, default=Kind.MAIN)
    health_care = models.BooleanField(_("health-care direction (4.3)"), default=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("until (last day of work)"), null=True, blank=True)

    history = HistoricalRecords()
    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-share", "starts_on", "pk"]
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="post_ends_after_start",
                violation_error_message=_("The post ends before it begins."),
            )
        ]
        indexes = [
            # Cover who is employed on a day, and how many where.
            models.Index(fields=["person", "starts_on", "ends_on", "unit"], name="post_walk"),
            models.Index(fields=["unit", "starts_on", "ends_on", "person"], name="post_places"),
        ]

    def __str__(self) -> str:
        return self.position

    def is_held(self, on: dt.date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or self.ends_on >= on)


class DeadlineExtension(models.Model):
    """A leave that moves the due date by its days (readings, «Extensions»)."""

    class Reason(models.TextChoices):
        MATERNITY = "maternity", _("maternity leave")
        PARENTAL = "parental", _("parental leave")
        SICK = "sick", _("sick leave over two months")
        STUDY = "study", _("long study")
        MILITARY = "military", _("military service")

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="extensions", verbose_name=_("employee")
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    basis = models.CharField(_("basis (order, its number and date)"), max_length=200)

    history = HistoricalRecords()

    class Meta:
        ordering = ["starts_on"]
        verbose_name = _("extension of the deadline")
        verbose_name_plural = _("extensions of deadlines")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="extension_ends_after_start",
                violation_error_message=_("The leave ends before it begins."),
            ),
            models.UniqueConstraint(
                fields=["person", "starts_on", "ends_on", "reason"],
                name="extension_once",
                violation_error_message=_("This leave is entered already."),
            ),
        ]
        indexes = [models.Index(fields=["starts_on", "ends_on"])]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.starts_on:%d.%m.%Y}–{self.ends_on:%d.%m.%Y}"

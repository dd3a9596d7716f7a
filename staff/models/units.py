"""The tree of structural units; its head, secretary and supervising vice-rector (clause 5.1)."""

from __future__ import annotations

import re
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from interface.text import search_key, sort_key
from workflow.calendar import today


def _holds_a_post(person_id: int) -> Exists:
    held = apps.get_model("staff", "Post").objects.held(today())
    return Exists(held.filter(person_id=person_id))


class UnitQuerySet(models.QuerySet["Unit"]):
    def open(self) -> UnitQuerySet:
        return self.filter(closed_on__isnull=True)

    def led_by(self, person_id: int) -> UnitQuerySet:
        """Units whose head or secretary the person is.

        Who holds no post today leads nothing, whatever the unit's field still says.
        """
        named = Q(head_id=person_id) | Q(secretary_id=person_id)
        return self.filter(named, _holds_a_post(person_id))

    def headed_by(self, person_id: int) -> UnitQuerySet:
        """Units whose head the person is, as long as they hold a post."""
        return self.filter(_holds_a_post(person_id), head_id=person_id)

    def supervised_by(self, person_id: int) -> UnitQuerySet:
        """Units the vice-rector supervises, as long as they hold a post."""
        return self.filter(_holds_a_post(person_id), supervising_vice_rector_id=person_id)

    def in_charge_of(self, user: Any) -> UnitQuerySet:
        """Units the account's person leads or, as vice-rector, supervises; with those below."""
        condition = Q(pk__in=[])
        for path in user.charge_paths:
            condition |= Q(path__startswith=path)
        return self.filter(condition)

    def visible_to(self, user: Any) -> UnitQuerySet:
        """Every unit for who watches the whole academy, else one's own and those in charge of."""
        if user.sees_everybody:
            return self
        if not user.person_id:
            return self.none()
        own = Unit.objects.filter(posts__person_id=user.person_id).values("pk")
        return self.filter(Q(pk__in=own) | Q(pk__in=Unit.objects.in_charge_of(user).values("pk")))


class Unit(models.Model):
    """A structural unit. ``path`` holds the keys from the root down, so a subtree is a prefix."""

    class Kind(models.TextChoices):
        ACADEMY = "academy", _("academy")
        FACULTY = "faculty", _("faculty")
        DEANERY = "deanery", _("dean's office")
        DEPARTMENT = "department", _("department")
        DIRECTORATE = "directorate", _("directorate")
        DIVISION = "division", _("division")
        SECTOR = "sector", _("sector")
        CENTRE = "centre", _("centre")
        OFFICE = "office", _("office")
        COLLEGE = "college", _("college")
        OTHER = "other", _("other unit")

    code = models.CharField(_("unit code"), max_length=20, unique=True)
    kind = models.CharField(_("kind of unit"), max_length=12, choices=Kind)
    name_kk = models.CharField(_("name in Kazakh"), max_length=250)
    name_ru = models.CharField(_("name in Russian"), max_length=250, blank=True)
    name_en = models.CharField(_("name in English"), max_length=250, blank=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    head = models.ForeignKey(
        "Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="heads",
        verbose_name=_("head of unit"),
    )
    secretary = models.ForeignKey(
        "Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="secretary_of",
        verbose_name=_("department secretary"),
    )
    supervising_vice_rector = models.ForeignKey(
        "Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supervises",
        verbose_name=_("supervising vice-rector"),
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    path = models.CharField(max_length=200, editable=False, default="", db_index=True)
    search_key = models.CharField(max_length=800, editable=False, default="")
    sort_key = models.CharField(max_length=120, editable=False, default="", db_index=True)

    history = HistoricalRecords(excluded_fields=["path", "search_key", "sort_key"])
    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "pk"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_key = search_key(self.code, self.name_kk, self.name_ru, self.name_en)[:800]
        self.sort_key = sort_key(self.name_kk)
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._settle_path()

    @property
    def name(self) -> str:
        """The name in the language of the page; Kazakh where that one is missing."""
        return getattr(self, f"name_{get_language() or 'kk'}", "") or self.name_kk

    def _settle_path(self) -> None:
        parent_path = self.parent.path if self.parent else "/"
        path = f"{parent_path}{self.pk}/"
        if path == self.path:
            return
        old, self.path = self.path, path
        Unit.objects.filter(pk=self.pk).update(path=path)
        if old:
            for child in Unit.objects.filter(path__startswith=old).exclude(pk=self.pk):
                Unit.objects.filter(pk=child.pk).update(path=path + child.path.removeprefix(old))

    @property
    def level(self) -> int:
        """How deep in the tree: 0 for a root."""
        return max(self.path.count("/") - 2, 0)


# The letter of a made code, and the words by which a unit's kind is known from its name.
CODE_LETTERS = {
    Unit.Kind.ACADEMY: "A",
    Unit.Kind.FACULTY: "F",
    Unit.Kind.DEANERY: "N",
    Unit.Kind.DEPARTMENT: "D",
    Unit.Kind.DIRECTORATE: "B",
    Unit.Kind.DIVISION: "V",
    Unit.Kind.SECTOR: "S",
    Unit.Kind.CENTRE: "C",
    Unit.Kind.OFFICE: "O",
    Unit.Kind.COLLEGE: "K",
    Unit.Kind.OTHER: "U",
}
_KIND_WORDS = [
    (Unit.Kind.DEPARTMENT, "кафедра department"),
    (Unit.Kind.FACULTY, "факультет faculty"),
    (Unit.Kind.DEANERY, "деканат deanery"),
    (Unit.Kind.COLLEGE, "колледж college"),
    (Unit.Kind.DIRECTORATE, "басқарма управление департамент directorate"),
    (Unit.Kind.SECTOR, "сектор sector"),
    (Unit.Kind.CENTRE, "орталы центр centre center"),
    (Unit.Kind.OFFICE, "офис кеңсе канцелярия пресс-служба қызметі office"),
    (Unit.Kind.DIVISION, "бөлім отдел division"),
]


def kind_from_name(name: str) -> Unit.Kind:
    """The kind a unit's name tells («… кафедрасы», «Отдел …»); ``OTHER`` where it tells none."""
    words = re.split(r"\s+", name.casefold())
    for kind, stems in _KIND_WORDS:
        if any(word.startswith(stem) for stem in stems.split() for word in words):
            return kind
    return Unit.Kind.OTHER

"""What the lists of the registry and the ledger can be narrowed down by."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import ChoicesFilter, DateFilter, ListFilter, YesNoFilter
from interface.text import search_words
from staff.domain.unit_tree import in_tree_order
from staff.models import (
    Area,
    Person,
    Post,
    Standing,
    TrainingRecord,
    TrainingRequirement,
    Unit,
)
from staff.models.standing import EXPIRING_DAYS, State
from workflow.calendar import today

_INDENT = "\u2003"


class UnitScope(ListFilter):
    """A filter by unit with everything below it. The URL names the unit's code, or its key."""

    unit = django_filters.ChoiceFilter(
        label=_("Unit"), method="in_unit", empty_label=_("all units")
    )
    unit_path = ""

    def __init__(
        self, data: QueryDict | None, queryset: QuerySet[Any], *, request: HttpRequest
    ) -> None:
        super().__init__(data, queryset, request=request)
        self.units = in_tree_order(
            self.offered(request.user).only(
                "code", "name_kk", "name_ru", "name_en", "path", "sort_key", "closed_on"
            )
        )
        self.by_code = {unit.code: unit for unit in self.units}
        self.filters["unit"].extra["choices"] = [
            (unit.code, _INDENT * unit.depth + self._called(unit))  # type: ignore[attr-defined]
            for unit in self.units
        ]
        asked = self.data.get("unit", "")
        if asked and asked not in self.by_code and asked.isdecimal() and len(asked) < 19:
            for unit in self.units:
                if unit.pk == int(asked):
                    self.data["unit"] = unit.code
        self._name_requirement()

    def offered(self, user: Any) -> QuerySet[Unit]:
        """The units the list may be narrowed down to."""
        return Unit.objects.visible_to(user)

    @staticmethod
    def _called(unit: Unit) -> str:
        return f"{unit.name} ({gettext('closed')})" if unit.closed_on else unit.name

    def _name_requirement(self) -> None:
        """A link may name one version of a requirement by its key; the list knows its code."""
        asked = self.data.get("requirement", "")
        if "requirement" in self.filters and asked.isdecimal() and len(asked) < 10:
            code = TrainingRequirement.objects.filter(pk=asked).values_list("code", flat=True)
            self.data["requirement"] = code.first() or asked

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.unit_path}path__startswith": self.by_code[code].path})


class PersonFilter(UnitScope):
    """People: found by name or number; standing, state and due date of one requirement at once."""

    class Employed:
        TODAY, WITHOUT_POST, LEFT, ALL = "today", "without_post", "left", "all"

    q = django_filters.CharFilter(label=_("Name or personnel number"), method="matching")
    category = django_filters.ChoiceFilter(
        label=_("Staff category"), choices=Post.Category.choices, method="together"
    )
    state = ChoicesFilter(label=_("State"), choices=State.choices, method="together")
    requirement = django_filters.ChoiceFilter(
        label=_("Requirement"), choices=TrainingRequirement.Code.choices, method="together"
    )
    due_from = DateFilter(label=_("Due from"), method="together")
    due_to = DateFilter(label=_("Due until"), method="together")
    leader = YesNoFilter(label=_("Head or deputy (4.5)"), method="together")
    health_care = YesNoFilter(label=_("Health-care direction (4.3)"), method="together")
    employed = django_filters.ChoiceFilter(
        label=_("Employed"),
        choices=[
            (Employed.TODAY, _("today")),
            (Employed.WITHOUT_POST, _("without a post")),
            (Employed.LEFT, _("left")),
            (Employed.ALL, _("all")),
        ],
        empty_label=None,
        method="being_employed",
    )
    first = ("q", "unit", "category", "employed")
    defaults = {"employed": Employed.TODAY}

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[Person]:
        return queryset.matching(text)

    def together(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Left to ``filter_queryset``: these speak of one and the same post, or standing."""
        return queryset

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        return self.together(queryset, name, code)

    def being_employed(self, queryset: Any, name: str, value: str) -> QuerySet[Person]:
        on = today()
        if value == self.Employed.TODAY:
            return queryset.employed(on)
        if value == self.Employed.LEFT:
            return queryset.filter(left_on__lt=on)
        if value == self.Employed.WITHOUT_POST:
            at_work = Post.objects.held(on).values("person_id")
            return queryset.exclude(pk__in=at_work).filter(
                Q(left_on__isnull=True) | Q(left_on__gte=on)
            )
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queryset = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        posts = self._posts_asked(asked)
        if posts is not None:
            queryset = queryset.filter(pk__in=posts.values("person_id"))
        standings = standings_narrowed(Standing.objects.on(today()), asked, on=today())
        if standings is not None:
            queryset = queryset.filter(pk__in=standings.order_by().values("person_id"))
        return queryset

    def _posts_asked(self, asked: dict[str, Any]) -> QuerySet[Post] | None:
        """Posts that fit; of those held today unless the list looks back."""
        unit = self.by_code.get(asked.get("unit", ""))
        conditions = {
            "unit__path__startswith": unit.path if unit else "",
            "category": asked.get("category", ""),
            "is_leader": asked.get("leader", ""),
            "health_care": asked.get("health_care", ""),
        }
        given = {name: value for name, value in conditions.items() if value != ""}
        if not given:
            return None
        posts = Post.objects.filter(**given)
        looks_back = asked.get("employed") in {self.Employed.LEFT, self.Employed.ALL}
        return posts.order_by() if looks_back else posts.held(today()).order_by()


def standings_narrowed(
    standings: QuerySet[Standing], asked: dict[str, Any], *, on: dt.date
) -> QuerySet[Standing] | None:
    """Standings of ``on`` by requirement, state and due date as asked; ``None``: none is asked."""
    conditions = {
        "requirement__code": asked.get("requirement"),
        "state__in": asked.get("state"),
        "due_on__gte": asked.get("due_from"),
        "due_on__lte": asked.get("due_to"),
    }
    given = {name: value for name, value in conditions.items() if value}
    if not given:
        return None
    return standings.filter(_due_dates_of(asked.get("state") or [], on), **given)


def _due_dates_of(states: Sequence[str], on: dt.date) -> Q:
    """Between which due dates such states lie. It says nothing new, but an index knows dates."""
    soon = on + dt.timedelta(days=EXPIRING_DAYS)
    spans = {
        State.OVERDUE: Q(due_on__lt=on),
        State.EXPIRING: Q(due_on__gte=on, due_on__lte=soon),
        State.COMPLIANT: Q(due_on__gt=soon),
        State.PENDING: Q(due_on__gte=on),
    }
    if not states or State.EXEMPT in states:
        return Q()
    return functools.reduce(operator.or_, (spans[State(state)] for state in states))


class UnitFilter(UnitScope):
    """Units: by name or code, by kind, below another one; closed ones only when asked for."""

    class Open:
        OPEN, CLOSED, ALL = "open", "closed", "all"

    q = django_filters.CharFilter(label=_("Name or code"), method="matching")
    kind = django_filters.ChoiceFilter(label=_("Kind of unit"), choices=Unit.Kind.choices)
    status = django_filters.ChoiceFilter(
        label=_("Open or closed"),
        choices=[(Open.OPEN, _("open")), (Open.CLOSED, _("closed")), (Open.ALL, _("all"))],
        empty_label=None,
        method="being_open",
    )
    head = django_filters.ChoiceFilter(
        label=_("Head of unit"),
        choices=[("none", _("not named, though people work there"))],
        method="without_head",
    )
    first = ("q", "unit", "kind", "status")
    defaults = {"status": Open.OPEN}

    def matching(self, queryset: QuerySet[Unit], name: str, text: str) -> QuerySet[Unit]:
        for word in search_words(text):
            queryset = queryset.filter(search_key__contains=word)
        return queryset

    def without_head(self, queryset: QuerySet[Unit], name: str, value: str) -> QuerySet[Unit]:
        peopled = Exists(Post.objects.filter(unit=OuterRef("pk")))
        return queryset.filter(peopled, head__isnull=True)

    def being_open(self, queryset: QuerySet[Unit], name: str, value: str) -> QuerySet[Unit]:
        if value == self.Open.ALL:
            return queryset
        return queryset.filter(closed_on__isnull=value == self.Open.OPEN)


class RecordFilter(UnitScope):
    """Training records: by person, topic or document number, by what they are and when."""

    q = django_filters.CharFilter(label=_("Employee, topic or document number"), method="matching")
    form = django_filters.ChoiceFilter(label=_("Form"), choices=TrainingRecord.Form.choices)
    area = ChoicesFilter(label=_("Area"), choices=Area.choices)
    ended_from = DateFilter(label=_("Ended from"), field_name="ends_on", lookup_expr="gte")
    ended_to = DateFilter(label=_("Ended until"), field_name="ends_on", lookup_expr="lte")
    provider = django_filters.CharFilter(label=_("Provider"), method="by_provider")
    mode = django_filters.ChoiceFilter(label=_("Mode"), choices=TrainingRecord.Mode.choices)
    source = django_filters.ChoiceFilter(label=_("Source"), choices=TrainingRecord.Source.choices)
    state = django_filters.ChoiceFilter(
        label=_("Verification"), choices=TrainingRecord.State.choices
    )
    document = YesNoFilter(
        label=_("Document on file (3.10)"),
        field_name="document",
        lookup_expr="isnull",
        exclude=True,
    )
    first = ("q", "unit", "form", "ended_from", "ended_to")

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[TrainingRecord]:
        for word in search_words(text):
            queryset = queryset.filter(
                Q(person__search_key__contains=word)
                | Q(title_key__contains=word)
                | Q(document_key__contains=word)
            )
        return queryset

    def by_provider(self, queryset: Any, name: str, text: str) -> QuerySet[TrainingRecord]:
        for word in search_words(text):
            queryset = queryset.filter(provider__search_key__contains=word)
        return queryset

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        held = Post.objects.filter(unit__path__startswith=self.by_code[code].path).held(today())
        return queryset.filter(person__in=held.values("person_id"))

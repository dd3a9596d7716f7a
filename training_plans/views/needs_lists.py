"""The lists behind the figures: everybody falling due, and the lines of requests (3.15, 5.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.figures import in_figures
from interface.lists import (
    Column,
    DateColumn,
    ListFilter,
    ListPage,
    ListTable,
    NumberColumn,
    YesNoFilter,
)
from interface.templatetags.interface import badge
from interface.text import search_key, search_words
from staff.filters import UnitScope
from staff.models import Area, Person, Post, TrainingRequirement, Unit
from staff.tables import due_cell
from training_plans.domain import analysis, needs, years
from training_plans.domain.analysis import ANY_AREA, IN_A_REQUEST, Asked, Followed
from training_plans.domain.planned import period_of
from training_plans.models import (
    Funding,
    Goal,
    PlanningYear,
    Request,
    RequestLine,
    sees_all_planning,
)
from training_plans.templatetags.planning import STATES
from workflow.calendar import today

from .needs import BEFORE, NONE
from .years import OfYear

NOT_ASKED = frozenset(Asked) - IN_A_REQUEST
OF_REQUEST = {
    "yes": IN_A_REQUEST,
    "no": NOT_ASKED,
    "none": frozenset({Asked.MISSING, Asked.NOBODY}),
    **{fate.value: frozenset({fate}) for fate in Asked},
}


def filing_choices(planning_year: PlanningYear, user: Any, on: dt.date) -> list[tuple[str, str]]:
    """Units that file, by key, as the filters of both lists offer them."""
    units = Unit.objects.filter(pk__in=years.units_that_file(planning_year=planning_year, on=on))
    if not sees_all_planning(user):
        units = units.filter(pk__in=Unit.objects.visible_to(user).order_by().values("pk"))
    return [(str(unit.pk), unit.name) for unit in units]


class PlanningScope(UnitScope):
    """Filters of a list of one year; the page hands the year over by the request."""

    filing = django_filters.ChoiceFilter(label=_("Request of unit"), method="asked_elsewhere")

    def __init__(
        self, data: QueryDict | None, queryset: QuerySet[Any], *, request: HttpRequest
    ) -> None:
        super().__init__(data, queryset, request=request)
        planning_year: PlanningYear = request.planning_year  # type: ignore[attr-defined]
        self.filters["filing"].extra["choices"] = [
            *filing_choices(planning_year, request.user, today()),
            (NONE, gettext("nobody files for them")),
        ]

    def asked_elsewhere(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """By the page, once it is known what became of each need."""
        return queryset


class NeedFilter(PlanningScope):
    q = django_filters.CharFilter(label=_("Name or personnel number"), method="matching")
    category = django_filters.ChoiceFilter(
        label=_("Staff category"), choices=Post.Category.choices, method="asked_elsewhere"
    )
    requirement = django_filters.ChoiceFilter(
        label=_("Requirement"), choices=TrainingRequirement.Code.choices, method="asked_elsewhere"
    )
    due = django_filters.ChoiceFilter(
        label=_("Falls due"),
        choices=[(BEFORE, _("before the year")), *((str(n), name) for n, name in MONTHS.items())],
        method="asked_elsewhere",
    )
    area = django_filters.ChoiceFilter(
        label=_("Area needed"),
        choices=[*Area.choices, (ANY_AREA, _("any area"))],
        method="asked_elsewhere",
    )
    in_request = django_filters.ChoiceFilter(
        label=_("In a request"),
        choices=[
            ("yes", _("yes")),
            ("no", _("no")),
            *Asked.choices[:3],
            ("none", _("in no request")),
            (Asked.NOBODY.value, Asked.NOBODY.label),
        ],
        method="asked_elsewhere",
    )
    in_plan = YesNoFilter(label=_("In the plan"), method="asked_elsewhere")
    first = ("q", "unit", "due", "in_request", "in_plan")
    unit_path = "unit__"

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        for word in search_words(text):
            queryset = queryset.filter(person__search_key__contains=word)
        return queryset

    def fits(self, row: Followed) -> bool:
        """Whether a need is among those asked for; the same words as the bars of the charts."""
        asked = self.form.cleaned_data
        need = row.need
        return all(
            (
                asked.get("category") in ("", need.category),
                asked.get("requirement") in ("", row.code),
                asked.get("due") in ("", str(row.month or BEFORE)),
                not asked.get("area") or asked["area"] in analysis.areas_of(row),
                asked.get("filing") in ("", str(need.filing_unit_id or NONE)),
                not asked.get("in_request") or row.asked in OF_REQUEST[asked["in_request"]],
                asked.get("in_plan") in ("", row.in_plan),
            )
        )


class NeedRow:
    """A need as the list shows it; ``prepare`` puts in person, unit, post and missing hours."""

    person: Person
    unit: Unit
    post: Post
    missing: Decimal | None = None

    def __init__(self, pk: int, row: Followed, person_key: str, unit_key: str) -> None:
        self.pk = pk
        self.row = row
        self.person_key = person_key
        self.unit_key = unit_key
        self.category = row.need.category
        self.requirement = row.code
        self.due_on = row.need.due_on
        self.asked = row.asked.value
        self.in_plan = row.in_plan


TONES = {
    Asked.SENT: ("ok", "check-lg"),
    Asked.DRAFT: ("wait", "pencil"),
    Asked.LEFT_OUT: ("warn", "dash-circle"),
    Asked.MISSING: ("bad", "x-lg"),
    Asked.NOBODY: ("bad", "person-x"),
}


class NeedTable(ListTable):
    links_people = True

    person = Column(_("Employee"), empty_values=(), fixed=True, width=36, order_by="person_key")
    personnel_number = Column(
        _("Personnel number"), accessor="person__personnel_number", hidden=True, orderable=False
    )
    unit = Column(_("Unit"), empty_values=(), width=40, order_by="unit_key")
    position = Column(_("Position"), accessor="post__position", orderable=False, hidden=True)
    category = Column(_("Staff category"), width=22)
    requirement = Column(_("Requirement"), width=26, hidden=True)
    due_on = DateColumn(_("Due by the norm"))
    missing = NumberColumn(_("Missing hours"), empty_values=(), orderable=False)
    areas = Column(_("Area needed"), empty_values=(), orderable=False, width=26)
    asked = Column(_("In a request"), width=24)
    in_plan = Column(_("In the plan"), empty_values=())

    class Meta(ListTable.Meta):
        order_by = ("due_on",)

    def render_person(self, record: NeedRow) -> Any:
        if not self.links_people:
            return record.person.full_name
        url = reverse("person", args=[record.person.pk])
        return format_html('<a href="{}">{}</a>', url, record.person.full_name)

    def value_person(self, record: NeedRow) -> str:
        return record.person.full_name

    def render_unit(self, record: NeedRow) -> str:
        return record.unit.name

    def render_category(self, value: str) -> str:
        return str(Post.Category(value).label)

    def render_requirement(self, value: str) -> str:
        return str(TrainingRequirement.Code(value).label)

    def render_due_on(self, value: dt.date) -> Any:
        return due_cell(value, today())

    def value_due_on(self, value: dt.date) -> dt.date:
        return value

    def render_missing(self, record: NeedRow) -> str:
        return gettext("one training") if record.missing is None else in_figures(record.missing)

    def value_missing(self, record: NeedRow) -> Decimal | None:
        return record.missing

    def render_areas(self, record: NeedRow) -> str:
        areas = [str(Area(area).label) for area in record.row.need.areas]
        return ", ".join(areas) or gettext("any area")

    def render_asked(self, value: str) -> Any:
        fate = Asked(value)
        return as_badge(fate.label, *TONES[fate])

    def value_asked(self, value: str) -> str:
        return str(Asked(value).label)

    def render_in_plan(self, record: NeedRow) -> Any:
        if record.in_plan:
            return as_badge(_("in the plan"), "ok", "check-lg")
        return self.default

    def value_in_plan(self, record: NeedRow) -> str:
        return gettext("yes") if record.in_plan else gettext("no")


class ListOfYear(OfYear, ListPage):
    """A list of one year; its filters and its title know the year."""

    def get_permission_object(self) -> Any:
        self.request.planning_year = super().get_permission_object()  # type: ignore[attr-defined]
        return self.planning_year


class NeedListPage(ListOfYear):
    name = "needs_list"
    clause = "8.1"
    help_text = _(
        "One row for every norm somebody's training falls due under in the year, or fell due "
        "before it. Missing hours are those that lack on 31 December."
    )
    table_class = NeedTable
    filter_class: type[ListFilter] = NeedFilter
    nothing_yet = _("Nobody's norm falls due in this year.")

    def get_title(self) -> str:
        return gettext("Falling due in %(year)s") % {"year": self.planning_year.year}

    def get_queryset(self) -> QuerySet[Any]:
        return analysis.standings_of(self.request.user)

    def arrange(self, queryset: QuerySet[Any]) -> list[NeedRow]:
        self.filter.form.is_valid()
        found = [
            row
            for row in analysis.followed(
                planning_year=self.planning_year, on=today(), rows=queryset
            )
            if self.filter.fits(row)
        ]
        people = {row.need.person_id for row in found}
        people_keys = dict(Person.objects.filter(pk__in=people).values_list("pk", "sort_key"))
        unit_keys = dict(Unit.objects.order_by().values_list("pk", "sort_key"))
        return [
            NeedRow(number, row, people_keys[row.need.person_id], unit_keys[row.need.unit_id])
            for number, row in enumerate(found)
        ]

    def prepare(self, rows: list[Any]) -> None:
        self.table.links_people = self.user.watches_others
        people = Person.objects.in_bulk({row.row.need.person_id for row in rows})
        units = Unit.objects.in_bulk({row.row.need.unit_id for row in rows})
        posts = Post.objects.in_bulk({row.row.need.post_id for row in rows})
        missing = needs.missing_hours(year=self.planning_year.year, people=list(people))
        for row in rows:
            need = row.row.need
            row.person, row.unit = people[need.person_id], units[need.unit_id]
            row.post = posts[need.post_id]
            row.missing = missing.get((need.person_id, row.row.code))


def as_badge(word: Any, tone: str, icon_name: str) -> Any:
    """A state in a word, as a cell."""
    return render_to_string("components/badge.html", badge(word, tone, icon_name))


# --- lines of requests ------------------------------------------------------------------------
class AskedFilter(PlanningScope):
    q = django_filters.CharFilter(label=_("Employee or topic"), method="matching")
    topic = django_filters.CharFilter(label=_("Exactly this topic"), method="of_topic")
    area = django_filters.ChoiceFilter(label=_("Area"), choices=Area.choices)
    goal = django_filters.ChoiceFilter(
        label=_("Goal (4.1–4.2)"),
        choices=[*Goal.choices, (NONE, _("no goal named"))],
        method="or_none",
    )
    funding = django_filters.ChoiceFilter(
        label=_("Funding source"),
        choices=[*Funding.choices, (NONE, _("not chosen yet"))],
        method="or_none",
    )
    state = django_filters.ChoiceFilter(
        label=_("State of the request"),
        choices=Request.State.choices,
        field_name="request__state",
    )
    priority = django_filters.ChoiceFilter(label=_("Priority of the year"), method="of_priority")
    first = ("q", "unit", "area", "state")
    unit_path = "request__unit__"

    def __init__(
        self, data: QueryDict | None, queryset: QuerySet[Any], *, request: HttpRequest
    ) -> None:
        super().__init__(data, queryset, request=request)
        planning_year: PlanningYear = request.planning_year  # type: ignore[attr-defined]
        self.of_year = {str(row.pk): row for row in planning_year.priorities.all()}
        self.filters["priority"].extra["choices"] = [
            (key, row.topic) for key, row in self.of_year.items()
        ]

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        words = search_words(text)
        return _those(
            queryset,
            lambda topic, _area, person: all(
                word in person or word in search_key(topic) for word in words
            ),
        )

    def of_topic(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        key = search_key(text)
        return _those(queryset, lambda topic, _area, _person: search_key(topic) == key)

    def of_priority(self, queryset: QuerySet[Any], name: str, key: str) -> QuerySet[Any]:
        priority = self.of_year[key]
        return _those(
            queryset,
            lambda topic, area, _person: analysis.serves_priority(
                topic=topic, area=area, priority=priority
            ),
        )

    def or_none(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(**{name: "" if value == NONE else value})

    def asked_elsewhere(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return queryset.none() if value == NONE else queryset.filter(request__unit_id=value)


def _those(queryset: QuerySet[Any], fits: Callable[[str, str, str], bool]) -> QuerySet[Any]:
    """Rows whose topic, area and person fit; a year has hundreds of lines, not thousands."""
    known = queryset.order_by().values_list("pk", "topic", "area", "person__search_key")
    return queryset.filter(pk__in=[pk for pk, *rest in known if fits(*rest)])


class AskedTable(ListTable):
    links_people = True

    person = Column(_("Employee"), fixed=True, width=36, order_by=("person__sort_key", "person_id"))
    unit = Column(
        _("Request of unit"),
        accessor="request__unit__name",
        order_by=("request__unit__sort_key", "request__unit_id"),
        width=40,
    )
    topic = Column(_("Topic"), width=44)
    area = Column(_("Area"), width=22)
    form = Column(_("Form"), hidden=True)
    provider = Column(_("Provider"), accessor="provider__name", hidden=True, width=32)
    period = Column(_("When"), empty_values=(), order_by="starts_on", width=20)
    hours = NumberColumn(_("Hours"))
    funding = Column(_("Funding source"), hidden=True, width=22)
    cost = NumberColumn(_("Cost, tenge"))
    goal = Column(_("Goal (4.1–4.2)"), hidden=True, width=44)
    state = Column(_("Request"), accessor="request__state")

    class Meta(ListTable.Meta):
        order_by = ("unit", "person")

    def render_person(self, record: RequestLine) -> Any:
        if not self.links_people:
            return record.person.full_name
        url = reverse("person", args=[record.person_id])
        return format_html('<a href="{}">{}</a>', url, record.person.full_name)

    def value_person(self, record: RequestLine) -> str:
        return record.person.full_name

    def render_area(self, record: RequestLine) -> str:
        return record.get_area_display() or str(self.default)

    def render_form(self, record: RequestLine) -> str:
        return record.get_form_display()

    def render_funding(self, record: RequestLine) -> str:
        return record.get_funding_display() or str(self.default)

    def render_goal(self, record: RequestLine) -> str:
        return f"{record.goal} {record.get_goal_display()}" if record.goal else str(self.default)

    def render_period(self, record: RequestLine) -> str:
        return period_of(record) or str(self.default)

    def render_state(self, record: RequestLine) -> Any:
        return as_badge(*STATES[record.request.state])

    def value_state(self, record: RequestLine) -> str:
        return str(record.request.get_state_display())


class AskedListPage(ListOfYear):
    name = "needs_asked"
    clause = "5.4"
    help_text = _("What the requests of the year ask for, a line for every person to be trained.")
    table_class = AskedTable
    filter_class: type[ListFilter] = AskedFilter
    nothing_yet = _("No request asks for anything yet.")

    def get_title(self) -> str:
        return gettext("Asked for in %(year)s") % {"year": self.planning_year.year}

    def get_queryset(self) -> QuerySet[RequestLine]:
        return analysis.asked_lines(planning_year=self.planning_year, user=self.request.user)

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("person", "request__unit", "provider")

    def prepare(self, rows: list[Any]) -> None:
        self.table.links_people = self.user.watches_others

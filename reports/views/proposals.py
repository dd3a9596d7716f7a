"""HR's proposals: who needs training this year, and how much of what (clause 8.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.figures import in_figures
from interface.lists import (
    ChoicesFilter,
    Column,
    DateColumn,
    ListPage,
    ListTable,
    NumberColumn,
)
from interface.text import search_words
from staff.domain.standing import Completed, explain
from staff.domain.standings import facts, norms
from staff.filters import UnitScope
from staff.models import Post, Standing, TrainingRequirement
from staff.models.standing import State
from staff.tables import badge_of, due_cell
from workflow.calendar import today

YEARS_AHEAD = 3


class Need(NamedTuple):
    """What somebody lacks. Hours × 100; ``last`` is the newest training that was accepted."""

    last: Completed | None
    missing: int


def needs(rows: list[Standing], *, on: dt.date) -> dict[int, Need]:
    """By the key of each standing: hours missing when the norm falls due, at a constant cost.

    Where the norm is reached today, what is missing on the day after it lapses; else what is
    missing today.
    """
    people = {row.person_id for row in rows}
    known = facts(lambda some: some.filter(person_id__in=people)) if people else {}
    by_key = {norm.key: norm for norm in norms()}
    result = {}
    for row in rows:
        norm = by_key[row.requirement_id]
        if row.person_id not in known:
            continue
        of_person = known[row.person_id]
        verdict = explain(
            norm=norm,
            records=of_person.newest_first,
            held_since=row.holds_from,
            leaves=of_person.leaves,
            on=on,
        )
        accepted = [r for r in of_person.newest_first if norm.accepts(r) and r.ends_on <= on]
        still = verdict.counted_after_lapse if verdict.judged.reached_until else verdict.counted
        if norm.single:
            still = 0
        result[row.pk] = Need(accepted[0] if accepted else None, max(norm.centihours - still, 0))
    return result


class ProposalFilter(UnitScope):
    q = django_filters.CharFilter(label=_("Name or personnel number"), method="matching")
    year = django_filters.ChoiceFilter(label=_("Year"), method="in_year", empty_label=None)
    category = django_filters.ChoiceFilter(label=_("Staff category"), choices=Post.Category.choices)
    requirement = django_filters.ChoiceFilter(
        label=_("Requirement"),
        choices=TrainingRequirement.Code.choices,
        field_name="requirement__code",
    )
    state = ChoicesFilter(label=_("State"), choices=State.choices, method="in_state")
    first = ("year", "q", "unit", "requirement")
    unit_path = "unit__"

    def __init__(
        self, data: QueryDict | None, queryset: QuerySet[Any], *, request: HttpRequest
    ) -> None:
        year = today().year
        self.defaults = {"year": str(year)}
        super().__init__(data, queryset, request=request)
        self.filters["year"].extra["choices"] = [
            (str(y), str(y)) for y in range(year, year + YEARS_AHEAD)
        ]

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        for word in search_words(text):
            queryset = queryset.filter(person__search_key__contains=word)
        return queryset

    def in_year(self, queryset: QuerySet[Any], name: str, year: str) -> QuerySet[Any]:
        return queryset.falling_due(int(year))

    def in_state(self, queryset: QuerySet[Any], name: str, states: list[str]) -> QuerySet[Any]:
        return queryset.filter(state__in=states) if states else queryset


class ProposalTable(ListTable):
    person = Column(_("Employee"), fixed=True, width=36, order_by=("person__sort_key", "person_id"))
    personnel_number = Column(
        _("Personnel number"), accessor="person__personnel_number", hidden=True, width=12
    )
    unit = Column(_("Unit"), order_by=("unit__sort_key", "unit_id"), width=40)
    position = Column(_("Position"), accessor="post__position", orderable=False, width=28)
    last_on = DateColumn(_("Last training"), empty_values=(), orderable=False)
    last_hours = NumberColumn(_("Its hours"), empty_values=(), orderable=False, hidden=True)
    due_on = DateColumn(_("Due by the norm"))
    days_late = NumberColumn(_("Days late"), empty_values=(), order_by="due_on", hidden=True)
    state = Column(_("State"), orderable=False, width=16)
    proposal = Column(_("Proposal"), empty_values=(), orderable=False, width=44)

    class Meta(ListTable.Meta):
        order_by = ("due_on",)

    def render_person(self, record: Standing) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("person", args=[record.person_id]),
            record.person.full_name,
        )

    def value_person(self, record: Standing) -> str:
        return record.person.full_name

    def value_last_on(self, record: Standing) -> dt.date | None:
        last = record.need.last if record.need else None  # type: ignore[attr-defined]
        return last.ends_on if last else None

    def render_last_on(self, record: Standing) -> str:
        day = self.value_last_on(record)
        return date_format(day, "SHORT_DATE_FORMAT") if day else gettext("none yet")

    def value_last_hours(self, record: Standing) -> float | None:
        last = record.need.last if record.need else None  # type: ignore[attr-defined]
        return last.centihours / 100 if last else None

    def render_last_hours(self, record: Standing) -> Any:
        hours = self.value_last_hours(record)
        return self.default if hours is None else in_figures(hours)

    def render_due_on(self, value: dt.date) -> SafeString:
        return due_cell(value, today())

    def value_due_on(self, value: dt.date) -> dt.date:
        return value

    def value_days_late(self, record: Standing) -> int:
        return max((today() - record.due_on).days, 0)

    def render_days_late(self, record: Standing) -> str:
        return in_figures(self.value_days_late(record))

    def render_state(self, value: str) -> SafeString:
        return badge_of(value)

    def value_state(self, value: str) -> str:
        return str(State(value).label)

    def render_proposal(self, record: Standing) -> str:
        """«72 hours, profile of the disciplines»: what is missing and in which area."""
        need: Need | None = record.need  # type: ignore[attr-defined]
        areas = ", ".join(record.requirement.area_labels)
        if need is None or not record.requirement.hours:
            what = gettext("one training")
        else:
            what = gettext("%(hours)s hours") % {"hours": in_figures(need.missing / 100)}
        return f"{what}, {areas}" if areas else what

    def value_proposal(self, record: Standing) -> str:
        return self.render_proposal(record)


class ProposalListPage(ListPage):
    name = "proposals"
    permission = "reports.view_proposals"
    title = _("Proposals: who needs training")
    clause = "8.1"
    help_text = _(
        "Everybody whose norm falls due by the end of the chosen year, those already overdue "
        "first. The proposal names what is missing on the day the norm falls due."
    )
    table_class = ProposalTable
    filter_class = ProposalFilter
    nothing_yet = _("Nobody's norm falls due by the end of this year.")

    def get_title(self) -> Any:
        year = self.request.GET.get("year", "")
        year = year if year.isdecimal() else str(today().year)
        return gettext("Proposals: who needs training in %(year)s") % {"year": year}

    def get_queryset(self) -> QuerySet[Standing]:
        return Standing.objects.on(today()).visible_to(self.request.user)

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("person", "unit", "post", "requirement")

    def prepare(self, rows: list[Any]) -> None:
        found = needs(rows, on=today())
        for row in rows:
            row.need = found.get(row.pk)

"""The list behind every figure of the dashboard: everybody's standing on any day (3.9, 5.2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

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
    DateFilter,
    ListPage,
    ListTable,
    NumberColumn,
)
from interface.text import search_words
from reports.days import DayMixin
from staff.domain.counted import Counted, counted
from staff.filters import UnitScope, standings_narrowed
from staff.models import Post, Standing, TrainingRequirement
from staff.models.standing import State
from staff.tables import Ordered, badge_of, due_cell, sorted_by
from workflow.calendar import today
from workflow.days import day_asked


class StandingFilter(UnitScope):
    q = django_filters.CharFilter(label=_("Name or personnel number"), method="matching")
    on = DateFilter(label=_("On the day"), method="asked_elsewhere")
    only = django_filters.ChoiceFilter(
        label=_("Units below"),
        choices=[("yes", _("without them"))],
        empty_label=_("with them"),
        method="asked_elsewhere",
    )
    category = django_filters.ChoiceFilter(label=_("Staff category"), choices=Post.Category.choices)
    requirement = django_filters.ChoiceFilter(
        label=_("Requirement"),
        choices=TrainingRequirement.Code.choices,
        method="asked_elsewhere",
    )
    state = ChoicesFilter(label=_("State"), choices=State.choices, method="asked_elsewhere")
    due_from = DateFilter(label=_("Due from"), method="asked_elsewhere")
    due_to = DateFilter(label=_("Due until"), method="asked_elsewhere")
    first = ("q", "unit", "requirement", "on", "state")
    unit_path = "unit__"

    def __init__(
        self, data: QueryDict | None, queryset: QuerySet[Any], *, request: HttpRequest
    ) -> None:
        self.defaults = {"on": today().isoformat()}
        self.day, _form = day_asked(request.GET)
        super().__init__(data, queryset, request=request)

    def asked_elsewhere(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """The day by the page; the others together, below."""
        return queryset

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        if self.data.get("only") == "yes":
            return queryset.filter(unit=self.by_code[code])
        return super().in_unit(queryset, name, code)

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        for word in search_words(text):
            queryset = queryset.filter(person__search_key__contains=word)
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queryset = super().filter_queryset(queryset)
        narrowed = standings_narrowed(queryset, self.form.cleaned_data, on=self.day)
        return queryset if narrowed is None else narrowed

    def is_default(self, name: str, value: Any) -> bool:
        return name == "on" and value == today()


class StandingTable(ListTable):
    """One person under one requirement a row."""

    on: dt.date

    person = Column(_("Employee"), fixed=True, width=36, order_by=("person__sort_key", "person_id"))
    personnel_number = Column(
        _("Personnel number"), accessor="person__personnel_number", hidden=True, width=12
    )
    unit = Column(_("Unit"), order_by=("unit__sort_key", "unit_id"), width=40)
    position = Column(_("Position"), accessor="post__position", orderable=False, width=28)
    category = Column(_("Staff category"), hidden=True, width=22)
    requirement = Column(
        _("Requirement"),
        accessor="requirement__get_code_display",
        width=26,
        order_by="requirement__code",
    )
    state = Column(_("State"), orderable=False, width=16)
    due_on = DateColumn(_("Due"))
    days_left = NumberColumn(_("Days left"), empty_values=(), order_by="due_on", hidden=True)
    counted = NumberColumn(_("Counted hours"), empty_values=(), orderable=False)
    required = NumberColumn(_("Norm, hours"), empty_values=(), orderable=False, hidden=True)
    decisive = DateColumn(_("Decisive training ended"), accessor="decisive__ends_on")
    plain_due_on = DateColumn(_("Due without extensions"), hidden=True)
    phone = Column(_("Phone"), accessor="person__phone", hidden=True, orderable=False)
    email = Column(_("E-mail"), accessor="person__email", hidden=True, orderable=False)

    class Meta(ListTable.Meta):
        order_by = ("person",)

    def render_person(self, record: Standing) -> SafeString:
        url = reverse("person", args=[record.person_id])
        if self.on != today():
            url = f"{url}?on={self.on.isoformat()}"
        return format_html('<a href="{}">{}</a>', url, record.person.full_name)

    def value_person(self, record: Standing) -> str:
        return record.person.full_name

    def render_state(self, value: str) -> SafeString:
        return badge_of(value)

    def value_state(self, value: str) -> str:
        return str(State(value).label)

    def render_due_on(self, value: dt.date) -> SafeString:
        return due_cell(value, self.on)

    def value_due_on(self, value: dt.date) -> dt.date:
        return value

    def value_days_left(self, record: Standing) -> int:
        return (record.due_on - self.on).days

    def render_days_left(self, record: Standing) -> str:
        return in_figures(self.value_days_left(record))

    @staticmethod
    def _counted(record: Standing) -> Counted:
        return record.counted_hours  # type: ignore[attr-defined]

    def render_counted(self, record: Standing) -> Any:
        found = self._counted(record)
        towards, required = in_figures(_hours(found.towards)), in_figures(_hours(found.required))
        if not found.required:
            return towards
        return format_html('{}<span class="muted"> / {}</span>', towards, required)

    def value_counted(self, record: Standing) -> Decimal:
        return _hours(self._counted(record).towards)

    def render_required(self, record: Standing) -> str:
        return in_figures(self.value_required(record))

    def value_required(self, record: Standing) -> Decimal:
        return _hours(self._counted(record).required)

    def order_decisive(self, queryset: QuerySet[Any], is_descending: bool) -> Ordered:
        return sorted_by(queryset, "decisive__ends_on", descending=is_descending)

    def order_due_on(self, queryset: QuerySet[Any], is_descending: bool) -> Ordered:
        sign = "-" if is_descending else ""
        return queryset.order_by(f"{sign}due_on", "person__sort_key"), True


def _hours(centihours: int) -> Decimal:
    hours = Decimal(centihours) / 100
    return hours.quantize(Decimal(1)) if hours == hours.to_integral_value() else hours


class StandingListPage(DayMixin, ListPage):
    name = "compliance_list"
    permission = "reports.view_compliance"
    title = _("Compliance by employee")
    clause = "3.4"
    help_text = _(
        "One row for every requirement an employee falls under. Any day can be asked: a past one "
        "is computed from the ledger and the posts of that day."
    )
    table_class = StandingTable
    filter_class = StandingFilter
    nothing_yet = _("Nobody is judged by a requirement on this day.")

    def get_title(self) -> Any:
        if self.on == today():
            return self.title
        return gettext("Compliance by employee on %(day)s") % {
            "day": date_format(self.on, "SHORT_DATE_FORMAT")
        }

    def get_queryset(self) -> QuerySet[Standing]:
        return Standing.objects.on(self.on).visible_to(self.request.user)

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("person", "unit", "post", "requirement", "decisive")

    def prepare(self, rows: list[Any]) -> None:
        self.table.on = self.on
        found = counted(rows, on=self.on)
        for row in rows:
            row.counted_hours = found[row.pk]

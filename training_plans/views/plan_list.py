"""The list of the lines of the plan: its filters, its columns, what is offered for many."""

from __future__ import annotations

import functools
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import BulkAction, Column, DateColumn, ListPage, ListTable, NumberColumn
from interface.templatetags.interface import badge
from interface.text import search_key, search_words
from staff.filters import UnitScope
from staff.models import Area, Post, Unit
from training_plans.domain.checks import Finding
from training_plans.domain.coverage import Cover
from training_plans.domain.planned import period_of
from training_plans.domain.terms import month_days, quarter_days
from training_plans.models import Funding, PlanLine, Precision, sees_all_planning
from training_plans.templatetags.planning import tenge

from .plan import PlanDesk
from .plan_sections import COVER_LOOKS

SHORT = {
    "incomplete": _("incomplete"),
    "unpriced": _("no cost"),
    "left": _("has left"),
    "moved": _("another post"),
    "unit": _("wrong unit"),
    "twice": _("at the same time"),
    "hours": _("too few hours"),
    "area": _("area does not count"),
    "after_due": _("after the due date"),
    "group": _("differs from the group"),
    "returned": _("request returned"),
}
RANK = {"open": 0, "partly": 1, "covered": 2}


def label_of(words: Any, tone: str, icon: str = "") -> SafeString:
    return render_to_string("components/badge.html", badge(words, tone, icon))


class PlanLineFilter(UnitScope):
    """Lines of one plan. What rests on calculations is asked of the desk the list stands on."""

    q = django_filters.CharFilter(label=_("Employee or topic"), method="matching")
    only = django_filters.ChoiceFilter(
        label=_("Units below"),
        choices=[("yes", _("without them"))],
        empty_label=_("with them"),
        method="with_unit",
    )
    month = django_filters.ChoiceFilter(
        label=_("Month"),
        choices=[(str(number), name) for number, name in MONTHS.items()],
        empty_label=_("all"),
        method="in_month",
    )
    covered = django_filters.ChoiceFilter(
        label=_("The norm"),
        choices=[
            ("covered", _("covered")),
            ("partly", _("in part")),
            ("open", _("not covered")),
            ("none", _("does not fall due")),
        ],
        empty_label=_("all"),
        method="by_cover",
    )
    problem = django_filters.ChoiceFilter(
        label=_("Checks"),
        choices=[
            ("any", _("something to look at")),
            ("blocking", _("stands in the way")),
            *((code, words) for code, words in SHORT.items()),
        ],
        empty_label=_("all"),
        method="with_problem",
    )
    category = django_filters.ChoiceFilter(
        label=_("Staff category"), choices=Post.Category.choices, field_name="post__category"
    )
    area = django_filters.ChoiceFilter(label=_("Area"), choices=Area.choices)
    provider = django_filters.CharFilter(label=_("Provider"), method="by_provider")
    funding = django_filters.ChoiceFilter(
        label=_("Funding source"),
        choices=[*Funding.choices, ("none", _("not chosen yet"))],
        method="by_funding",
    )
    quarter = django_filters.ChoiceFilter(
        label=_("Begins in quarter"),
        choices=[("1", "I"), ("2", "II"), ("3", "III"), ("4", "IV"), ("none", _("no time yet"))],
        method="in_quarter",
    )
    group = django_filters.ChoiceFilter(label=_("Group course"), method="in_group")
    origin = django_filters.ChoiceFilter(
        label=_("Basis"),
        choices=[("request", _("request of a unit")), ("centre", _("added by the Centre"))],
        method="by_origin",
    )
    standing = django_filters.ChoiceFilter(
        label=_("In the plan"),
        choices=[("planned", _("yes")), ("out", _("taken out"))],
        empty_label=None,
        method="by_standing",
    )
    first = ("q", "unit", "month", "problem")
    defaults = {"standing": "planned"}
    unit_path = "unit__"

    def __init__(self, *args: Any, desk: PlanListPage, **kwargs: Any) -> None:
        self.desk = desk
        super().__init__(*args, **kwargs)
        groups = desk.plan.groups.values_list("pk", "name") if desk.plan else []
        self.filters["group"].extra["choices"] = [
            ("any", _("in one")),
            *((str(key), name) for key, name in groups),
        ]
        if not desk.sees_all:
            del self.filters["problem"]

    def offered(self, user: Any) -> QuerySet[Unit]:
        return Unit.objects.all() if sees_all_planning(user) else Unit.objects.visible_to(user)

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        if self.data.get("only") == "yes":
            return queryset.filter(unit=self.by_code[code])
        return super().in_unit(queryset, name, code)

    def with_unit(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        for word in search_words(text):
            queryset = queryset.filter(
                Q(person__search_key__contains=word) | Q(pk__in=self._topics_with(word))
            )
        return queryset

    def _topics_with(self, word: str) -> list[int]:
        """Topics have no search key of their own; there are a few hundred of them."""
        if self.desk.plan is None:
            return []
        rows = self.desk.plan.lines.order_by().values_list("pk", "topic")
        return [key for key, topic in rows if word in search_key(topic)]

    def in_month(self, queryset: QuerySet[Any], name: str, month: str) -> QuerySet[Any]:
        """As the load counts: a quarter is its first month (``domain.load``)."""
        first, last = month_days(self.desk.planning_year.year, int(month))
        of_quarter = Q(precision=Precision.QUARTER)
        return queryset.filter(
            (of_quarter & Q(starts_on__gte=first, starts_on__lte=last))
            | (~of_quarter & Q(starts_on__lte=last, ends_on__gte=first))
        )

    def in_quarter(self, queryset: QuerySet[Any], name: str, quarter: str) -> QuerySet[Any]:
        if quarter == "none":
            return queryset.filter(starts_on__isnull=True)
        first, last = quarter_days(self.desk.planning_year.year, int(quarter))
        return queryset.filter(starts_on__gte=first, starts_on__lte=last)

    def by_cover(self, queryset: QuerySet[Any], name: str, state: str) -> QuerySet[Any]:
        states = self.desk.cover_of
        if state == "none":
            return queryset.exclude(person__in=list(states))
        people = [person for person, cover in states.items() if cover.state == state]
        return queryset.filter(person__in=people)

    def with_problem(self, queryset: QuerySet[Any], name: str, asked: str) -> QuerySet[Any]:
        keys = [
            finding.line
            for finding in self.desk.findings
            if finding.line is not None and asked in ("any", finding.severity, finding.code)
        ]
        return queryset.filter(pk__in=keys)

    def by_provider(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        for word in search_words(text):
            queryset = queryset.filter(provider__search_key__contains=word)
        return queryset

    def by_funding(self, queryset: QuerySet[Any], name: str, source: str) -> QuerySet[Any]:
        return queryset.filter(funding="" if source == "none" else source)

    def in_group(self, queryset: QuerySet[Any], name: str, group: str) -> QuerySet[Any]:
        if group == "any":
            return queryset.filter(group__isnull=False)
        return queryset.filter(group=int(group))

    def by_origin(self, queryset: QuerySet[Any], name: str, origin: str) -> QuerySet[Any]:
        return queryset.filter(request_line__isnull=origin == "centre")

    def by_standing(self, queryset: QuerySet[Any], name: str, standing: str) -> QuerySet[Any]:
        return queryset.filter(taken_out=standing == "out")


class PlanLineTable(ListTable):
    """Lines with what the desk knows of them (``PlanListPage.prepare``)."""

    person = Column(
        _("Employee"), empty_values=(), fixed=True, width=36, order_by="person__sort_key"
    )
    topic = Column(_("Topic"), empty_values=(), width=50, order_by="topic", classes="topic")
    time = Column(
        _("Time"), empty_values=(), width=22, classes="nowrap", order_by=("starts_on", "ends_on")
    )
    hours = NumberColumn(_("Hours"))
    cost = NumberColumn(_("Cost, tenge"), empty_values=())
    covered = Column(_("The norm"), empty_values=(), width=20, order_by="due_on")
    problems = Column(
        _("To look at"),
        empty_values=(),
        orderable=False,
        width=30,
        classes="problems",
        permission="training_plans.view_whole_plan",
    )
    due_on = DateColumn(_("Due"), hidden=True)
    unit = Column(_("Unit"), hidden=True, width=40, order_by="unit__sort_key")
    position = Column(_("Position"), accessor="post__position", hidden=True, width=24)
    category = Column(_("Staff category"), empty_values=(), hidden=True, orderable=False, width=22)
    area = Column(_("Area"), hidden=True, width=20)
    form = Column(_("Form"), hidden=True)
    kind = Column(_("Kind"), hidden=True, width=26)
    provider = Column(_("Provider"), hidden=True, width=36, order_by="provider__name")
    country = Column(_("Country"), hidden=True)
    city = Column(_("City"), hidden=True)
    mode = Column(_("Mode"), hidden=True)
    funding = Column(_("Funding source"), hidden=True, width=22)
    credits = NumberColumn(_("Credits"), hidden=True)
    missing_hours = NumberColumn(_("Missing hours"), hidden=True)
    group = Column(_("Group course"), hidden=True, width=30, orderable=False)
    basis = Column(_("Basis"), empty_values=(), hidden=True, orderable=False, width=30)
    importance = Column(_("Priority"), hidden=True)
    note = Column(_("Note"), hidden=True, orderable=False, width=30)

    class Meta(ListTable.Meta):
        model = PlanLine
        fields: tuple[str, ...] = ()

    def render_person(self, record: PlanLine) -> SafeString:
        return format_html(
            '<a href="{}">{}</a><small>{}</small>',
            reverse("plan_line", args=[record.pk]),
            record.person.full_name,
            record.unit.name,
        )

    def value_person(self, record: PlanLine) -> str:
        return record.person.full_name

    def render_topic(self, record: PlanLine) -> SafeString:
        about = [
            record.provider.name if record.provider else "",
            record.get_area_display() if record.area else "",
        ]
        second = " · ".join(filter(None, about))
        group = (
            format_html(' <span class="chip info">{}</span>', record.group.name)
            if record.group
            else ""
        )
        topic = record.topic or "—"
        return format_html("{}{}<small>{}</small>", topic, group, second)

    def value_topic(self, record: PlanLine) -> str:
        return record.topic

    def render_time(self, record: PlanLine) -> str:
        return period_of(record) or "—"

    def render_cost(self, record: PlanLine) -> SafeString:
        source = record.get_funding_display() if record.funding else ""
        return format_html("{}<small>{}</small>", tenge(record.cost), source)

    def value_cost(self, record: PlanLine) -> Any:
        return record.cost

    def render_covered(self, record: PlanLine) -> Any:
        cover: Cover | None = record.cover
        if cover is None:
            return "—"
        words, tone, icon = COVER_LOOKS[cover.state]
        return format_html(
            '{}<small class="nowrap">{}</small>',
            label_of(words, tone, icon),
            date_format(cover.need.due_on, "SHORT_DATE_FORMAT"),
        )

    def value_covered(self, record: PlanLine) -> str:
        return str(COVER_LOOKS[record.cover.state][0]) if record.cover else ""

    def render_problems(self, record: PlanLine) -> Any:
        if not record.findings:
            return "—"
        return format_html_join(
            " ",
            '<span title="{}">{}</span>',
            (
                (
                    finding.words,
                    label_of(SHORT[finding.code], _TONES[finding.severity], "exclamation-triangle"),
                )
                for finding in record.findings
            ),
        )

    def value_problems(self, record: PlanLine) -> str:
        return "; ".join(finding.words for finding in record.findings)

    def render_category(self, record: PlanLine) -> str:
        return record.post.get_category_display()

    def render_basis(self, record: PlanLine) -> str:
        if record.request_line is None:
            return record.added_because
        return request_called(record.request_line.request)


_TONES = {"blocking": "bad", "warning": "warn", "info": "info"}


def request_called(request: Any) -> str:
    if request.number:
        return gettext("request No. %(number)s") % {"number": request.number}
    return gettext("request of the unit")


class PlanListPage(PlanDesk, ListPage):
    name = "plan"
    section = "plan"
    template_name = "training_plans/plan.html"
    table_class = PlanLineTable
    nothing_yet = _(
        "Nothing stands in the plan yet. Take in the lines of the requests the Centre accepted."
    )
    help_text = _(
        "The plan is built of the lines of accepted requests. Choose lines to move them, to change "
        "the provider, to make one group course of them, or to take them out. Until it is "
        "approved everything can be changed here; afterwards by amendments only (5.5)."
    )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.filter_class = functools.partial(PlanLineFilter, desk=self)  # type: ignore[assignment]
        return super().dispatch(request, *args, **kwargs)

    def _read_request(self) -> None:
        self.bulk = BULK if self.may_build else ()
        super()._read_request()

    def get_queryset(self) -> QuerySet[PlanLine]:
        rows = PlanLine.objects.filter(plan=self.plan) if self.plan else PlanLine.objects.none()
        if self.units is not None:
            rows = rows.filter(unit__in=self.units)
        return rows.order_by("unit__sort_key", "person__sort_key", "starts_on")

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related(
            "person", "unit", "post", "provider", "group", "request_line__request"
        )

    @functools.cached_property
    def cover_of(self) -> dict[int, Cover]:
        """By person the need that is covered least."""
        found: dict[int, Cover] = {}
        for cover in self.covers:
            person = cover.need.person_id
            if person not in found or RANK[cover.state] < RANK[found[person].state]:
                found[person] = cover
        return found

    def prepare(self, rows: list[Any]) -> None:
        by_line: dict[int, list[Finding]] = {}
        for finding in self.findings:
            if finding.line is not None:
                by_line.setdefault(finding.line, []).append(finding)
        for row in rows:
            row.cover = self.cover_of.get(row.person_id)
            row.findings = by_line.get(row.pk, [])


BULK = [
    BulkAction(_("Move"), "plan_move", "training_plans.build_plan"),
    BulkAction(_("Change the provider"), "plan_provider", "training_plans.build_plan"),
    BulkAction(_("Make a group course"), "plan_merge", "training_plans.build_plan"),
    BulkAction(_("Take out"), "plan_take_out", "training_plans.build_plan"),
]

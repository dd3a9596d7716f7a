"""The list of cases: its filters, its columns."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from interface.lists import (
    Action,
    ChoicesFilter,
    Column,
    DateColumn,
    ListPage,
    ListTable,
    NumberColumn,
    YesNoFilter,
)
from interface.templatetags.interface import badge_markup, deadline_chip
from staff.filters import UnitScope
from staff.models import TrainingRecord, Unit
from training_plans.domain import case_waiting
from training_plans.models import (
    Contract,
    Funding,
    OrderLine,
    RouteStep,
    TrainingApplication,
    sees_all_cases,
)
from training_plans.templatetags.cases import look_of, marks_of
from training_plans.templatetags.planning import tenge
from workflow.calendar import today

from .case_links import link

State = TrainingApplication.State
Kind = RouteStep.Kind
VISA = "visa_"


class CaseFilter(UnitScope):
    """Cases by state and by what they wait for. ``phase`` is what somebody looks after."""

    q = django_filters.CharFilter(label=_("Employee, topic, provider or number"), method="matching")
    phase = django_filters.ChoiceFilter(
        label=_("Waits for"),
        choices=[
            *((f"{VISA}{kind.value}", _("visa: %(step)s")) for kind in Kind),
            ("late_asked", _("admission of a late application")),
            ("order", _("the order")),
            ("acquaint", _("the employee to acknowledge the order")),
            ("in_training", _("the end: in training")),
            ("documents", _("certificate and report")),
            ("documents_late", _("certificate and report, late")),
            ("interrupted", _("an order after an interruption")),
            ("check", _("HR or the Centre to check")),
            ("contract", _("the contract's signature")),
        ],
        empty_label=_("anything"),
        method="in_phase",
    )
    standing = django_filters.ChoiceFilter(
        label=_("Cases"),
        choices=[
            ("open", pgettext_lazy("cases", "open")),
            ("ended", pgettext_lazy("cases", "ended")),
            ("all", _("all")),
        ],
        empty_label=None,
        method="by_standing",
    )
    state = ChoicesFilter(label=_("State"), choices=State.choices)
    mine = django_filters.ChoiceFilter(
        label=_("Whose"), choices=[("yes", _("my own"))], empty_label=_("all"), method="being_mine"
    )
    year = django_filters.ChoiceFilter(label=_("Year"), method="of_year")
    form = django_filters.ChoiceFilter(label=_("Form"), choices=TrainingRecord.Form.choices)
    funding = django_filters.ChoiceFilter(label=_("Funding source"), choices=Funding.choices)
    late = YesNoFilter(label=_("Applied late"), field_name="is_late")
    unplanned = YesNoFilter(label=_("Outside the plan"), method="being_unplanned")
    group = YesNoFilter(
        label=_("Group application"), field_name="group", lookup_expr="isnull", exclude=True
    )
    late_documents = YesNoFilter(label=_("Documents handed in late"), method="with_late_documents")
    first = ("q", "unit", "phase", "standing")
    defaults = {"standing": "open"}
    unit_path = "unit__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("state"):
            self.data["standing"] = "all"
        self.filters["phase"].extra["choices"] = [
            (code, words % {"step": Kind(code.removeprefix(VISA)).label})
            if code.startswith(VISA)
            else (code, words)
            for code, words in self.filters["phase"].extra["choices"]
        ]
        years = TrainingApplication.objects.order_by("-year").values_list("year", flat=True)
        self.filters["year"].extra["choices"] = [
            (str(year), str(year)) for year in years.distinct()
        ]

    def offered(self, user: Any) -> QuerySet[Unit]:
        return Unit.objects.all() if sees_all_cases(user) else Unit.objects.visible_to(user)

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[TrainingApplication]:
        found: QuerySet[TrainingApplication] = queryset.matching(text)
        return found

    def of_year(self, queryset: QuerySet[Any], name: str, year: str) -> QuerySet[Any]:
        return queryset.filter(year=int(year))

    def by_standing(self, queryset: QuerySet[Any], name: str, which: str) -> QuerySet[Any]:
        if which == "open":
            return queryset.filter(state__in=TrainingApplication.OPEN)
        return (
            queryset.exclude(state__in=TrainingApplication.OPEN) if which == "ended" else queryset
        )

    def being_mine(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(person_id=self.request.user.person_id or 0)

    def being_unplanned(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        outside = Q(plan_line__isnull=True) | Q(plan_line__since_version__gt=1)
        return queryset.filter(outside) if value else queryset.exclude(outside)

    def with_late_documents(self, queryset: QuerySet[Any], name: str, value: bool) -> Any:
        late = Q(documents_late_days__gt=0)
        return queryset.filter(late) if value else queryset.exclude(late)

    def in_phase(self, queryset: Any, name: str, phase: str) -> QuerySet[Any]:
        on = today()
        if phase.startswith(VISA):
            steps = RouteStep.objects.waiting().filter(kind=phase.removeprefix(VISA))
            return queryset.filter(pk__in=steps.values("application"))
        if phase == "documents_late":
            return queryset.documents_late(on)
        if phase == "in_training":
            return queryset.in_training(on)
        if phase == "documents":
            return queryset.filter(state=State.ORDERED, interrupted_on__isnull=True, ends_on__lt=on)
        if phase == "check":
            return queryset.filter(state=State.DOCUMENTS_SUBMITTED)
        if phase == "contract":
            unsigned = Contract.objects.filter(signed_on__isnull=True).exclude(state="void")
            return queryset.filter(pk__in=unsigned.values("application"))
        if phase == "acquaint":
            unread = OrderLine.objects.filter(
                withdrawn=False,
                acquainted_on__isnull=True,
                order__state__in=["issued", "changed"],
            )
            return queryset.filter(pk__in=unread.values("application"))
        found = {
            "late_asked": case_waiting.late_to_admit,
            "order": case_waiting.to_order,
            "interrupted": case_waiting.interrupted,
        }[phase]()
        return queryset.filter(pk__in=found.values("pk"))


class CaseTable(ListTable):
    """Cases with the step that waits (``waiting``) attached by ``CaseListPage.prepare``."""

    person = Column(
        _("Employee"), empty_values=(), fixed=True, width=36, order_by="person__sort_key"
    )
    topic = Column(_("Topic"), empty_values=(), width=50, order_by="topic", classes="topic")
    days = Column(_("Days"), empty_values=(), width=24, order_by=("starts_on", "ends_on"))
    hours = NumberColumn(_("Hours"))
    cost = NumberColumn(_("Cost, tenge"), empty_values=())
    state = Column(_("State"), empty_values=(), width=24)
    waits = Column(_("Waits for"), empty_values=(), orderable=False, width=30, classes="waits")
    number = Column(_("Number"), empty_values=(), hidden=True, order_by=("year", "number"))
    unit = Column(_("Unit"), hidden=True, width=40, order_by="unit__sort_key")
    position = Column(_("Position"), accessor="post__position", hidden=True, width=24)
    provider = Column(_("Provider"), hidden=True, width=36, order_by="provider__name")
    country = Column(_("Country"), hidden=True)
    city = Column(_("City"), hidden=True)
    form = Column(_("Form"), hidden=True)
    area = Column(_("Area"), hidden=True, width=20)
    funding = Column(_("Funding source"), hidden=True, width=22)
    marks = Column(_("Marks"), empty_values=(), hidden=True, orderable=False, width=30)
    applied_on = DateColumn(_("Applied on"), hidden=True)
    apply_by = DateColumn(_("Last day to apply"), hidden=True)
    documents_due_on = DateColumn(_("Documents due"), hidden=True)
    documents_sent_on = DateColumn(_("Documents handed in"), hidden=True)
    closed_on = DateColumn(_("Closed on"), hidden=True)

    class Meta(ListTable.Meta):
        model = TrainingApplication
        fields: tuple[str, ...] = ()

    def render_person(self, record: TrainingApplication) -> SafeString:
        return format_html(
            '<a href="{}">{}</a><small>{}</small>',
            reverse("case", args=[record.pk]),
            record.person.full_name,
            record.unit.name,
        )

    def value_person(self, record: TrainingApplication) -> str:
        return record.person.full_name

    def render_topic(self, record: TrainingApplication) -> SafeString:
        about = [
            record.number_text,
            record.provider.name if record.provider else "",
            record.city,
        ]
        return format_html(
            '{}<small>{}</small><span class="case-marks">{}</span>',
            record.topic or "—",
            " · ".join(filter(None, about)),
            format_html_join(" ", "{}", ((badge_markup(*mark),) for mark in marks_of(record))),
        )

    def value_topic(self, record: TrainingApplication) -> str:
        return record.topic

    def render_days(self, record: TrainingApplication) -> str:
        if record.starts_on is None or record.ends_on is None:
            return "—"
        return f"{record.starts_on:%d.%m.%Y}\u00a0– {record.ends_on:%d.%m.%Y}"

    def render_cost(self, record: TrainingApplication) -> SafeString:
        source = record.get_funding_display() if record.funding else ""
        return format_html("{}<small>{}</small>", tenge(record.cost), source)

    def value_cost(self, record: TrainingApplication) -> Any:
        return record.cost

    def render_state(self, record: TrainingApplication) -> SafeString:
        return badge_markup(*look_of(record))

    def value_state(self, record: TrainingApplication) -> str:
        return record.get_state_display()

    def render_number(self, record: TrainingApplication) -> str:
        return record.number_text or "—"

    def value_marks(self, record: TrainingApplication) -> str:
        return ", ".join(word for word, _tone, _icon in marks_of(record))

    def render_marks(self, record: TrainingApplication) -> str:
        return self.value_marks(record) or "—"

    def render_waits(self, record: Any) -> Any:
        words, due = waits_for(record)
        if due is None:
            return words or "—"
        chip = render_to_string("components/deadline_chip.html", deadline_chip(due, today()))
        return format_html("{}<small>{}</small>", words, chip)

    def value_waits(self, record: Any) -> str:
        words, due = waits_for(record)
        return f"{words} ({due:%d.%m.%Y})" if due else words


def waits_for(case: Any) -> tuple[str, Any]:
    """What a case waits for, and until when; both may be empty. No query."""
    steps = case.waiting_steps
    if steps:
        return gettext("visa: %(step)s") % {"step": steps[0].get_kind_display()}, steps[0].due_on
    if case.state in TrainingApplication.EDITABLE:
        if case.late_asked_on and not case.late_admitted_on:
            return gettext("admission by the Centre"), None
        return gettext("the employee"), None
    if case.state == State.APPROVED:
        return gettext("the order"), case.starts_on
    if case.state == State.ORDERED:
        return _after_the_order(case)
    if case.state == State.DOCUMENTS_SUBMITTED:
        return gettext("HR and the Centre"), None
    if case.state == State.ACCEPTED:
        return gettext("the contract's signature"), None
    return "", None


def _after_the_order(case: Any) -> tuple[str, Any]:
    on = today()
    if case.interrupted_on:
        return gettext("an order after the interruption"), None
    if case.starts_on and case.starts_on > on:
        begins = date_format(case.starts_on, "SHORT_DATE_FORMAT")
        return gettext("begins on %(day)s") % {"day": begins}, None
    if case.ends_on and case.ends_on >= on:
        ends = date_format(case.ends_on, "SHORT_DATE_FORMAT")
        return gettext("in training until %(day)s") % {"day": ends}, None
    return gettext("certificate and report"), case.documents_due_on


class CaseListPage(ListPage):
    name = "cases"
    template_name = "training_plans/case_list.html"
    permission = "training_plans.view_cases"
    title = _("Cases")
    clause = "7.1"
    help_text = _(
        "Every training from the application to the verified hours. You see your own cases, those "
        "of units in your charge, and those that wait for you; the offices of the route see all."
    )
    table_class = CaseTable
    filter_class = CaseFilter
    nothing_yet = _(
        "No case is open. An application is begun from a line of the plan, or from «New "
        "application»."
    )
    actions = [Action(_("Slow visas"), "case_slow", "training_plans.see_slow_visas")]

    def get_queryset(self) -> QuerySet[TrainingApplication]:
        rows = TrainingApplication.objects.visible_to(self.request.user)
        return rows.order_by("-pk")

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        waiting = RouteStep.objects.waiting()
        return queryset.select_related(
            "person", "unit", "post", "provider", "plan_line"
        ).prefetch_related(Prefetch("steps", queryset=waiting, to_attr="waiting_steps"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        may_begin = bool(user.person_id) or user.has_perm("training_plans.apply")
        return super().get_context_data(**kwargs) | {
            "new_url": link("application_new") if may_begin else "",
        }

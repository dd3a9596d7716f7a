"""Plan against fact: the figures, the lines behind them, and what the Centre marks (5.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import (
    ChoicesFilter,
    Column,
    DateColumn,
    ListPage,
    ListTable,
    NumberColumn,
    YesNoFilter,
)
from interface.pages import Page
from staff.domain.unit_tree import in_tree_order
from staff.filters import UnitScope
from staff.models import TrainingRecord, Unit
from staff.views.editing import EditPage
from training_plans.domain import execution
from training_plans.domain.execution import Figures, Outcome, Row
from training_plans.domain.planned import ROMAN, period_of
from training_plans.forms.amendments import ExecutionForm
from training_plans.models import Funding, Plan, PlanLine, sees_all_planning
from workflow.calendar import today

from .versions import OfPlan, plan_of

Execution = PlanLine.Execution
TONES: dict[str, tuple[str, str]] = {
    Outcome.COMPLETED: ("ok", "check-circle-fill"),
    Outcome.IN_PROGRESS: ("info", "arrow-repeat"),
    Outcome.POSTPONED: ("warn", "calendar-event"),
    Outcome.CANCELLED: ("bad", "x-circle"),
    Outcome.NOT_BEGUN: ("wait", "circle"),
}
MARKED_BY_CENTRE = (Execution.POSTPONED, Execution.NOT_HELD, Execution.NOT_BEGUN)


# --- figures ------------------------------------------------------------------------------------
@dataclass
class Piece:
    """A part of a bar: so many persons of one outcome, from ``start`` on, in percent."""

    outcome: str
    label: str
    tone: str
    count: int
    start: str
    width: str
    url: str


@dataclass
class FigureLine:
    """Figures of one unit, quarter or source, with the addresses of the lists behind them."""

    label: str
    figures: Figures
    pieces: list[Piece]
    query: str
    depth: int = 0
    set_aside: Decimal | None = None
    bars: list[tuple[str, str]] = field(default_factory=list)


def pieces_of(figures: Figures, query: str) -> list[Piece]:
    """The planned by outcome, to scale."""
    found, start = [], Decimal(0)
    for outcome in Outcome:
        count = figures.by_outcome[outcome]
        if not count:
            continue
        width = Decimal(100) * count / figures.planned
        url = f"{query}&outcome={outcome.value}&planned=yes"
        found.append(
            Piece(
                outcome.value,
                str(outcome.label),
                TONES[outcome][0],
                count,
                f"{start:.3f}",
                f"{width:.3f}",
                url,
            )
        )
        start += width
    return found


def _is_carried_out(plan: Plan) -> bool:
    """Whether its lines may still be marked: approved, the year not closed."""
    return plan.state == Plan.State.APPROVED


class ExecutionPage(OfPlan):
    """How much of the plan is carried out, by unit, quarter and source."""

    title = _("Plan against fact")
    clause = "5.5"
    template_name = "training_plans/execution.html"
    help_text = _(
        "Planned are the lines of version 1, whatever became of them; unplanned came in by "
        "amendments. Percent: carried out ÷ planned. Lines an amendment took out did not take "
        "place. Every figure opens the lines behind it."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on = today()
        lines = execution.lines_of(self.plan).visible_to(self.user)
        rows = execution.rows_of(lines=lines, on=on)
        total = execution.figures_of(rows)
        list_url = reverse("plan_execution_list", args=[self.year])
        may_mark = self.user.has_perm("training_plans.build_plan") and _is_carried_out(self.plan)
        return super().get_context_data(**kwargs) | {
            "on": on,
            "total": total,
            "tiles": self._tiles(total, list_url),
            "by_unit": self._by_unit(rows, list_url),
            "by_quarter": self._by_quarter(rows, list_url),
            "by_funding": self._by_funding(rows, list_url),
            "list_url": list_url,
            "unproved": lines.filter(execution.unproved()).count(),
            "fits": len(execution.fitting(plan=self.plan, lines=lines)) if may_mark else 0,
            "may_mark": may_mark,
            "legend": [(TONES[outcome][0], outcome.label) for outcome in Outcome],
        }

    def _tiles(self, total: Figures, list_url: str) -> list[dict[str, Any]]:
        tiles: list[dict[str, Any]] = [
            {
                "label": _("Planned"),
                "count": total.planned,
                "url": f"{list_url}?planned=yes",
                "note": gettext("lines of version 1"),
            }
        ]
        for outcome in Outcome:
            count = total.by_outcome[outcome]
            tiles.append(
                {
                    "label": outcome.label,
                    "tone": TONES[outcome][0],
                    "count": count,
                    "url": f"{list_url}?planned=yes&outcome={outcome.value}",
                    "note": _share(count, total.planned),
                }
            )
        tiles.append(
            {
                "label": _("Unplanned"),
                "count": total.unplanned,
                "url": f"{list_url}?planned=no",
                "note": gettext("carried out: %(count)s") % {"count": total.unplanned_completed},
            }
        )
        return tiles

    def _by_unit(self, rows: list[Row], list_url: str) -> list[FigureLine]:
        found = execution.figures_by_unit(rows)
        units = Unit.objects.visible_to(self.user).filter(pk__in=found)
        lines = []
        for unit in in_tree_order(units):
            query = f"{list_url}?{urlencode({'unit': unit.code})}"
            line = self._line(unit.name, found[unit.pk], query)
            line.depth = min(unit.depth, 4)
            lines.append(line)
        return lines

    def _by_quarter(self, rows: list[Row], list_url: str) -> list[FigureLine]:
        found = execution.figures_by(rows, lambda row: row.quarter)
        return [
            self._line(
                ROMAN[quarter - 1],
                found.get(quarter, Figures()),
                f"{list_url}?quarter={quarter}",
            )
            for quarter in (1, 2, 3, 4)
        ]

    def _by_funding(self, rows: list[Row], list_url: str) -> list[FigureLine]:
        found = execution.figures_by(rows, lambda row: row.funding)
        budgets = {}
        if sees_all_planning(self.user):  # the academy's money beside one unit's would mislead
            budgets = {b.source: b.amount for b in self.plan.planning_year.budgets.all()}
        lines = []
        for source in Funding:
            if source.value not in found and source.value not in budgets:
                continue
            figures = found.get(source.value, Figures())
            line = self._line(str(source.label), figures, f"{list_url}?funding={source.value}")
            line.set_aside = budgets.get(source.value)
            lines.append(line)
        scale = max((_dearest(line) for line in lines), default=Decimal(0))
        for line in lines:
            line.bars = _bars(line, scale)
        return lines

    @staticmethod
    def _line(label: str, figures: Figures, query: str) -> FigureLine:
        return FigureLine(label, figures, pieces_of(figures, query), query)


def _dearest(line: FigureLine) -> Decimal:
    figures = line.figures
    return max(line.set_aside or Decimal(0), figures.planned_cost, figures.actual_cost)


def _bars(line: FigureLine, scale: Decimal) -> list[tuple[str, str]]:
    """Set aside, planned and spent, one drawn over the other, to the scale of the dearest."""
    sums = [
        ("set-aside", line.set_aside or Decimal(0)),
        ("planned", line.figures.planned_cost),
        ("spent", line.figures.actual_cost),
    ]
    return [(name, f"{100 * amount / scale:.2f}") for name, amount in sums if amount]


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.0f} %" if of else "–"


# --- the lines behind the figures ---------------------------------------------------------------
class ExecutionFilter(UnitScope):
    """Lines of the plan by what became of them. The words are those of the figures."""

    q = django_filters.CharFilter(label=_("Employee, unit, topic or provider"), method="matching")
    outcome = ChoicesFilter(label=_("Outcome"), choices=Outcome.choices, method="by_outcome")
    execution = ChoicesFilter(label=_("Execution"), choices=Execution.choices)
    planned = YesNoFilter(label=_("In version 1"), method="since_the_first")
    quarter = django_filters.ChoiceFilter(
        label=_("Quarter"),
        choices=[(str(n), ROMAN[n - 1]) for n in (1, 2, 3, 4)],
        method="in_quarter",
    )
    funding = django_filters.ChoiceFilter(label=_("Funding source"), choices=Funding.choices)
    late = YesNoFilter(label=_("Late, nothing known"), method="being_late")
    proved = django_filters.ChoiceFilter(
        label=_("Record"),
        choices=[("no", _("done, but the record is revoked"))],
        method="without_proof",
    )
    first = ("q", "unit", "planned", "quarter")
    unit_path = "unit__"

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[PlanLine]:
        return queryset.matching(text)

    def by_outcome(
        self, queryset: QuerySet[PlanLine], name: str, value: list[str]
    ) -> QuerySet[PlanLine]:
        wanted = Q()
        for outcome in value:
            wanted |= execution.having(outcome)
        return queryset.filter(wanted)

    def since_the_first(
        self, queryset: QuerySet[PlanLine], name: str, value: bool
    ) -> QuerySet[PlanLine]:
        if value:
            return queryset.filter(since_version=1)
        return queryset.filter(since_version__gt=1, taken_out=False)

    def in_quarter(self, queryset: QuerySet[PlanLine], name: str, value: str) -> QuerySet[PlanLine]:
        return queryset.filter(starts_on__quarter=int(value))

    def being_late(
        self, queryset: QuerySet[PlanLine], name: str, value: bool
    ) -> QuerySet[PlanLine]:
        late = execution.nothing_known(today())
        return queryset.filter(late) if value else queryset.exclude(late)

    def without_proof(
        self, queryset: QuerySet[PlanLine], name: str, value: str
    ) -> QuerySet[PlanLine]:
        return queryset.filter(execution.unproved())


def outcome_badge(line: PlanLine) -> SafeString:
    outcome = execution.outcome_of(execution=line.execution, taken_out=line.taken_out)
    word = gettext("taken out") if line.taken_out else line.get_execution_display()
    return format_html('<span class="chip {}">{}</span>', TONES[outcome][0], word)


class ExecutionTable(ListTable):
    person = Column(_("Employee"), fixed=True, width=36, order_by=("person__sort_key", "pk"))
    unit = Column(_("Unit"), order_by=("unit__sort_key", "unit_id"), width=36)
    topic = Column(_("Topic"), width=44, classes="roomy")
    time = Column(_("Time"), empty_values=(), order_by=("starts_on", "ends_on"), width=24)
    hours = NumberColumn(_("Hours"), hidden=True)
    funding = Column(_("Funding source"), accessor="get_funding_display", hidden=True, width=22)
    cost = NumberColumn(_("Planned cost, tenge"))
    actual = NumberColumn(_("Actual cost, tenge"), accessor="record__cost", hidden=True)
    execution = Column(_("Execution"), order_by=("taken_out", "execution"), width=20)
    note = Column(_("Note"), empty_values=(), orderable=False, hidden=True, width=40)
    since_version = NumberColumn(_("Since version"), hidden=True)
    record = Column(_("Training record"), orderable=False, hidden=True, width=40)
    ends_on = DateColumn(_("Planned end"), hidden=True)

    class Meta(ListTable.Meta):
        order_by = ("time",)

    may_mark = False

    def render_person(self, record: PlanLine) -> SafeString:
        if self.may_mark and not record.taken_out:
            url = reverse("execution_mark", args=[record.pk])
        else:
            url = reverse("person", args=[record.person_id])
        return format_html('<a href="{}">{}</a>', url, record.person.full_name)

    def value_person(self, record: PlanLine) -> str:
        return record.person.full_name

    def value_time(self, record: PlanLine) -> str:
        return period_of(record)

    def render_time(self, record: PlanLine) -> SafeString:
        if record.is_late:
            late = gettext("late, nothing known")
            chip = format_html(' <span class="chip bad">{}</span>', late)
            return format_html("{}{}", self.value_time(record), chip)
        return format_html("{}", self.value_time(record))

    def render_execution(self, record: PlanLine) -> SafeString:
        return outcome_badge(record)

    def value_execution(self, record: PlanLine) -> str:
        return gettext("taken out") if record.taken_out else record.get_execution_display()

    def value_note(self, record: PlanLine) -> str:
        return record.taken_out_because if record.taken_out else record.note

    def render_note(self, record: PlanLine) -> str:
        return self.value_note(record)

    def render_record(self, value: TrainingRecord) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("record", args=[value.pk]), value.title)

    def value_record(self, value: TrainingRecord) -> str:
        return value.title


class ExecutionListPage(ListPage):
    """The lines behind every figure of the execution."""

    name = "plan_execution_list"
    permission = "training_plans.view_plan"
    clause = "5.5"
    table_class = ExecutionTable
    filter_class = ExecutionFilter
    nothing_yet = _("No line stands in the plan yet.")

    def get_permission_object(self) -> Plan:
        self.plan = plan_of(self.kwargs["year"])
        return self.plan

    def get_title(self) -> str:
        return gettext("Execution of the plan of %(year)s") % {"year": self.plan.planning_year.year}

    def get_queryset(self) -> QuerySet[PlanLine]:
        late = When(execution.nothing_known(today()), then=Value(True))
        return (
            execution.lines_of(self.plan)
            .visible_to(self.request.user)
            .annotate(is_late=Case(late, default=Value(False)))
        )

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("person", "unit", "record")

    def prepare(self, rows: list[Any]) -> None:
        user: Any = self.request.user
        self.table.may_mark = user.has_perm("training_plans.build_plan")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = self.plan.planning_year.year
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                (_("Planning"), reverse("planning")),
                (str(year), reverse("planning_year", args=[year])),
                (_("Plan against fact"), reverse("plan_execution", args=[year])),
            ]
        }


# --- records that fit ---------------------------------------------------------------------------
class ExecutionRecordsPage(OfPlan):
    """Verified records that fit open lines: one click says the line is done."""

    permission = "training_plans.build_plan"
    title = _("Records that fit the plan")
    clause = "3.10"
    template_name = "training_plans/execution_records.html"
    help_text = _(
        "A verified record of the same employee fits a line by its topic, or because its days "
        "overlap and its area is the same. Linking them says that the line is done."
    )

    def crumbs(self) -> list[tuple[Any, str]]:
        here = (_("Plan against fact"), reverse("plan_execution", args=[self.year]))
        return [*super().crumbs(), here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = self.plan.lines.visible_to(self.user)
        found = execution.fitting(plan=self.plan, lines=lines) if _is_carried_out(self.plan) else []
        fits = [(fit, period_of(fit.line)) for fit in found]
        return super().get_context_data(**kwargs) | {"fits": fits}


def visible_line(request: HttpRequest, pk: int) -> PlanLine:
    rows = PlanLine.objects.visible_to(request.user).select_related(
        "person", "unit", "provider", "plan__planning_year", "record"
    )
    return get_object_or_404(rows, pk=pk)


class ExecutionLinkPage(Page):
    """One click on a record that fits; the verb judges it again."""

    permission = "training_plans.build_plan"
    http_method_names = ["post"]

    def get_permission_object(self) -> PlanLine:
        self.line = visible_line(self.request, self.kwargs["pk"])
        return self.line

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        key = request.POST.get("record", "")
        record = None
        if key.isdecimal() and len(key) < 19:
            record = TrainingRecord.objects.filter(pk=int(key), person=self.line.person).first()
        try:
            execution.set_execution(
                line=self.line, state=Execution.DONE, record=record, actor=request.user, on=today()
            )
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            words = {"person": self.line.person.short_name, "topic": self.line.topic}
            messages.success(request, gettext("%(person)s, «%(topic)s»: done.") % words)
        year = self.line.plan.planning_year.year
        return HttpResponseRedirect(reverse("plan_execution_records", args=[year]))


class ExecutionMarkPage(EditPage):
    """What the Centre says of a line itself: done by a record, postponed, not held, not begun."""

    permission = "training_plans.build_plan"
    title = _("Execution of a line")
    clause = "5.5"
    template_name = "training_plans/execution_mark.html"
    form_class = ExecutionForm
    watches_version = True
    done = _("The execution is marked.")
    thing: Any

    def find(self) -> PlanLine:
        return visible_line(self.request, self.kwargs["pk"])

    def form_arguments(self) -> dict[str, Any]:
        line = self.thing
        after = execution.NEXT[line.execution]
        states = [line.execution, *(s for s in MARKED_BY_CENTRE if s in after)]
        if line.execution != Execution.DONE:
            states.append(Execution.DONE)
        return {"line": line, "states": states, "records": execution.records_for(line)}

    def verb(self, form: forms.Form) -> PlanLine:
        return execution.set_execution(
            line=self.thing,
            state=form.cleaned_data["state"],
            record=form.cleaned_data["record"],
            note=form.cleaned_data["note"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )

    def after(self, result: Any) -> str:
        return reverse("plan_execution_list", args=[self.thing.plan.planning_year.year])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        line = self.thing
        year = line.plan.planning_year.year
        return super().get_context_data(**kwargs) | {
            "line": line,
            "period": period_of(line),
            "badge": outcome_badge(line),
            "closed": (execution.year_is_closed() if line.plan.state == Plan.State.CLOSED else ""),
            "crumbs": [
                (_("Planning"), reverse("planning")),
                (str(year), reverse("planning_year", args=[year])),
                (_("Plan against fact"), reverse("plan_execution", args=[year])),
            ],
        }

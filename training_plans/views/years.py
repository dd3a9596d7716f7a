"""The planning year: opened by the Centre, followed by everybody in charge (5.3–5.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from interface.chart import bar
from interface.pages import Page
from staff.models import Unit
from staff.views.editing import EditPage
from training_plans.domain import years
from training_plans.domain.analysis import Asked, UnitLine, YearFigures, year_figures
from training_plans.forms.years import YearForm, initial_of
from training_plans.models import Plan, PlanningYear, sees_all_planning
from training_plans.templatetags.planning import STATES, tenge
from workflow.calendar import today
from workflow.saving import ChangedMeanwhile, version_of


def address(name: str, *arguments: Any) -> str:
    """The address of another page."""
    return reverse(name, args=arguments)


class OfYear(Page):
    """A page about one year, named in its address; ``self.planning_year``."""

    permission = "training_plans.view_planning"
    request: HttpRequest
    kwargs: dict[str, Any]

    def get_permission_object(self) -> Any:
        self.planning_year = get_object_or_404(PlanningYear, year=self.kwargs["year"])
        return self.planning_year

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = self.planning_year.year
        return super().get_context_data(**kwargs) | {
            "planning_year": self.planning_year,
            "crumbs": [(gettext("Planning of %(year)s") % {"year": year}, self.year_url)],
        }

    @property
    def year_url(self) -> str:
        return reverse("planning_year", args=[self.planning_year.year])


class PlanningPage(Page, TemplateView):
    """Leads to the newest year; before any was opened says what comes."""

    permission = "training_plans.view_planning"
    template_name = "training_plans/year_none.html"
    title = _("Planning")
    clause = "5.5"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        newest = PlanningYear.objects.current()
        if newest is not None:
            return HttpResponseRedirect(reverse("planning_year", args=[newest.year]))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_open = self.request.user.has_perm("training_plans.open_year")
        return super().get_context_data(**kwargs) | {"may_open": may_open}


class NewestYear(Page, View):
    """The newest year's page called ``leads_to``."""

    permission = "training_plans.view_planning"
    leads_to = "planning_year"

    def get(self, request: HttpRequest) -> HttpResponse:
        newest = PlanningYear.objects.current()
        url = address(self.leads_to, newest.year) if newest else address("planning")
        return HttpResponseRedirect(url)


# --- the page of a year -----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Step:
    """One step of the year's road: done, the present one, or still to come."""

    name: Any
    note: str
    done: bool
    is_present: bool = False


class YearPage(OfYear, TemplateView):
    template_name = "training_plans/year.html"
    clause = "5.5"
    help_text = _(
        "Units send their requests to the training centre, which makes one plan of them. A unit "
        "files when it has a head; people of units without one belong to the unit above. Somebody "
        "under two norms is counted twice. Every figure opens the list behind it."
    )

    def get_title(self) -> str:
        return gettext("Planning of %(year)s") % {"year": self.planning_year.year}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        on = today()
        year = self.planning_year
        figures = year_figures(planning_year=year, user=user, on=on)
        plan = Plan.objects.filter(planning_year=year).prefetch_related("versions").first()
        may_change = user.has_perm("training_plans.change_year")
        being_made = plan is None or plan.state == Plan.State.DRAFT
        return super().get_context_data(**kwargs) | {
            "crumbs": [],
            "on": on,
            "figures": figures,
            "sees_all": sees_all_planning(user),
            "steps": _road(year, plan, figures),
            "requests_done": figures.owed == 0 and bool(figures.units),
            "being_made": being_made,
            "plan_done": plan is not None and plan.version > 0,
            "plan_late": plan is not None and any(v.is_late for v in plan.versions.all()),
            "own": self._own(figures, user) if being_made else [],
            "tiles": [self._tile(state, figures) for state in STATES],
            "people": _people(figures),
            "money": _drawn_money(figures, sees_all_planning(user)),
            "priorities": list(year.priorities.all()),
            "may_change": may_change,
            "is_closed": plan is not None and plan.state == Plan.State.CLOSED,
            "plan_state": plan.get_state_display() if plan else "",
            "may_remind": user.has_perm("training_plans.open_year")
            and being_made
            and figures.owed > 0,
            "advice": years.advice(planning_year=year, on=on) if may_change and being_made else [],
            "other_years": list(
                PlanningYear.objects.exclude(pk=year.pk).values_list("year", flat=True)
            ),
        }

    def _own(self, figures: YearFigures, user: Any) -> list[UnitLine]:
        """Units whose request is the account's own to file."""
        if not user.person_id:
            return []
        keys = set(Unit.objects.led_by(user.person_id).order_by().values_list("pk", flat=True))
        return [line for line in figures.units if line.unit and line.unit.pk in keys]

    def _tile(self, state: str, figures: YearFigures) -> dict[str, Any]:
        label, tone, _icon = STATES[state]
        requests = address("request_list", self.planning_year.year)
        return {
            "label": label,
            "tone": tone,
            "count": figures.states[state],
            "url": f"{requests}?state={state}",
        }


def _road(year: PlanningYear, plan: Plan | None, figures: YearFigures) -> list[Step]:
    """Opened → requests → plan built → approved → amendments; one step is the present one."""
    day = "%d.%m.%Y"
    lines = plan.lines.planned().count() if plan else 0
    versions = list(plan.versions.all()) if plan else []
    first = min(versions, key=lambda version: version.number, default=None)
    submitted = plan is not None and plan.state != Plan.State.DRAFT
    approved = plan is not None and plan.version > 0
    amended = sum(version.number > 1 for version in versions)
    steps = [
        (_("Opened"), year.opened_on.strftime(day), True),
        (
            _("Requests"),
            gettext("%(came)s of %(all)s have come")
            % {"came": figures.came, "all": figures.came + figures.owed},
            submitted or (bool(figures.units) and figures.owed == 0),
        ),
        (
            _("Plan built"),
            ngettext("%(count)s line", "%(count)s lines", lines) % {"count": lines},
            submitted,
        ),
        (_("Approved"), first.approved_on.strftime(day) if first else "", approved),
        (
            _("Amendments"),
            ngettext("%(count)s approved", "%(count)s approved", amended) % {"count": amended},
            plan is not None and plan.state == Plan.State.CLOSED,
        ),
    ]
    present = next((place for place, step in enumerate(steps) if not step[2]), None)
    return [
        Step(name, note, done, place == present) for place, (name, note, done) in enumerate(steps)
    ]


def _people(figures: YearFigures) -> dict[str, Any]:
    """Those falling due, drawn as one bar, and each part with the filter that lists it."""
    parts = [
        (_("in a request"), "accent", figures.whole.in_request, "in_request=yes"),
        (
            _("left out with a reason"),
            "soft",
            figures.whole.left_out,
            f"in_request={Asked.LEFT_OUT}",
        ),
        (_("in no request"), "bad", figures.whole.uncovered, "in_request=none"),
    ]
    drawn = bar([count for _label, _tone, count, _query in parts], of=figures.whole.falling)
    return {
        "parts": [
            {"label": label, "tone": tone, "count": count, "query": query}
            for label, tone, count, query in parts
        ],
        "bar": [(part, parts[part.place]) for part in drawn],
    }


def _drawn_money(figures: YearFigures, with_budget: bool) -> list[dict[str, Any]]:
    """For each source what is set aside and what is asked, to one scale.

    The academy's budget is compared with what the whole academy asks for only.
    """
    money = [row for row in figures.money if with_budget or row.asked]
    most = max(
        (max((row.set_aside or 0) if with_budget else 0, row.asked) for row in money), default=0
    )
    rows = []
    for row in money:
        within = row.asked - row.over
        rows.append(
            {
                "row": row,
                "set_aside": bar([int(row.set_aside or 0)], of=int(most)),
                "asked": bar([int(within), int(row.over)], of=int(most)),
            }
        )
    return rows


# --- the Centre opens, changes, reminds -------------------------------------------------------
class YearForms(EditPage):
    """What opening and changing share: the form with money and priorities, and «More rows»."""

    permission = "training_plans.open_year"
    template_name = "training_plans/year_form.html"
    form_class = YearForm
    clause = "5.5"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "more_rows" in request.POST:
            return self.show(self.make_form(request.POST))
        return super().post(request, *args, **kwargs)

    def after(self, result: Any) -> str:
        if isinstance(result, PlanningYear) and result.pk:
            return reverse("planning_year", args=[result.year])
        return reverse("planning")

    def say(self, planning_year: PlanningYear) -> None:
        for sentence in years.advice(planning_year=planning_year, on=self.on):
            messages.warning(self.request, sentence)


class OpenYearPage(YearForms):
    title = _("Open the planning of a year")
    submit = _("Open and tell the heads")
    done = _("The year is open. Every head of a unit that files gets a letter.")
    help_text = _(
        "Requests are usually due on 15 November and the plan on 1 December of the year before. "
        "Budget and priorities may be added later."
    )

    def find(self) -> Any:
        return PlanningYear()

    def form_arguments(self) -> dict[str, Any]:
        newest = PlanningYear.objects.current()
        year = max(self.on.year + 1, newest.year + 1 if newest else 0)
        initial = {"year": year, "approver": PlanningYear.Approver.CENTRE_HEAD}
        if newest:
            initial["approver"] = newest.approver
        return {"initial": initial | years.usual_dates(year)}

    def verb(self, form: Any) -> PlanningYear:
        opened = years.open_year(
            values=form.values,
            budgets=form.budgets,
            priorities=form.priority_values,
            actor=self.actor,
            on=self.on,
        )
        self.say(opened)
        return opened


class EditYearPage(YearForms):
    permission = "training_plans.change_year"
    submit = _("Save")
    done = _("The planning year is changed.")
    thing: PlanningYear
    watches_version = True
    was_changed = False
    differences: Sequence[Difference] = ()
    help_text = _(
        "If the day for requests changes, every head of a unit that files gets a letter. "
        "Priorities marked to be removed go; the history keeps them."
    )

    def find(self) -> PlanningYear:
        return get_object_or_404(PlanningYear, year=self.kwargs["year"])

    def get_title(self) -> str:
        return gettext("Dates, money and priorities of %(year)s") % {"year": self.thing.year}

    def form_arguments(self) -> dict[str, Any]:
        initial, rows = initial_of(self.thing)
        return {"initial": initial, "priorities": rows, "is_new": False}

    def verb(self, form: Any) -> PlanningYear:
        try:
            changed = years.change_year(
                planning_year=self.thing,
                values=form.values,
                budgets=form.budgets,
                priorities=form.priority_values,
                actor=self.actor,
                on=self.on,
                version=self.asked_version,
            )
        except ChangedMeanwhile:
            self.was_changed = True
            self.differences = _differences(form, initial_of(self.find()))
            raise
        self.say(changed)
        return changed

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"differences": self.differences}

    def _version_to_carry(self) -> int:
        """Money and priorities count too: once the difference is shown, the newest."""
        return version_of(self.thing) if self.was_changed else super()._version_to_carry()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what stands now, and what was typed."""

    label: Any
    now: str
    typed: str


def _differences(form: YearForm, stored: tuple[dict[str, Any], list[dict[str, Any]]]) -> Any:
    """Where the year as it stands now differs from what was typed."""
    fields, rows = stored
    found = []
    for name, field in form.fields.items():
        now, typed = fields.get(name), form.cleaned_data.get(name)
        if now != typed:
            found.append(Difference(field.label, _shown(field, now), _shown(field, typed)))
    now_rows = [row["topic_kk"] for row in rows]
    typed_rows = [row["topic_kk"] for row in form.priority_values]
    if now_rows != typed_rows:
        found.append(Difference(_("Priorities"), "; ".join(now_rows), "; ".join(typed_rows)))
    return found


def _shown(field: Any, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, dt.date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, Decimal):
        return tenge(value)
    return str(dict(field.choices).get(value, value))


class RemindView(OfYear, View):
    """The button «Remind those who have not sent»."""

    permission = "training_plans.open_year"

    def post(self, request: HttpRequest, year: int) -> HttpResponse:
        try:
            count = years.remind(planning_year=self.planning_year, actor=request.user, on=today())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            if count:
                words = ngettext(
                    "A reminder went to %(count)s head.",
                    "Reminders went to %(count)s heads.",
                    count,
                )
                messages.success(request, words % {"count": count})
            else:
                messages.info(
                    request,
                    gettext(
                        "Nobody was written to: the heads of these units have been reminded today, "
                        "or have no account with an e-mail."
                    ),
                )
        return HttpResponseRedirect(self.year_url)

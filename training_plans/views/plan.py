"""The working desk of the annual plan: whose figures, its head, its buttons (3.12, 5.5)."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from staff.models import Standing, Unit
from staff.views.editing import is_safe
from staff.views.people import PersonSuggestionsPage
from training_plans.domain import plan
from training_plans.domain.approval import lateness, returned_with
from training_plans.domain.checks import Finding, Situation, findings, situation_of
from training_plans.domain.coverage import Cover, covers, in_one_course
from training_plans.domain.forecast import Forecast, forecast
from training_plans.domain.money import Money, money
from training_plans.domain.needs import Need, falling_due
from training_plans.domain.planned import Planned, planned
from training_plans.models import Funding, Plan, sees_all_planning
from training_plans.transitions import PLAN
from workflow.calendar import today

from .years import OfYear, address


class PlanDesk(OfYear):
    """What every page of the plan shares: the plan, whose figures, the head with its figures.

    Everything is worked out when a page first asks for it, from lines read once.
    """

    permission = "training_plans.view_plan"
    section = ""
    clause = "3.12"

    def get_permission_object(self) -> Any:
        super().get_permission_object()
        self.on = today()
        self.actor: Any = self.request.user
        self.plan: Any = Plan.objects.filter(planning_year=self.planning_year).first()
        if self.plan is not None:
            self.plan.planning_year = self.planning_year
        return self.plan

    def get_title(self) -> str:
        return self.desk_title

    @property
    def desk_title(self) -> str:
        return gettext("Plan of %(year)s") % {"year": self.planning_year.year}

    @property
    def desk_url(self) -> str:
        return reverse("plan", args=[self.planning_year.year])

    # -- whose figures
    @cached_property
    def sees_all(self) -> bool:
        return sees_all_planning(self.actor)

    @cached_property
    def units(self) -> frozenset[int] | None:
        """Keys of the units whose figures these are; ``None`` for the whole academy."""
        if self.sees_all:
            return None
        rows = Unit.objects.in_charge_of(self.actor).order_by()
        return frozenset(rows.values_list("pk", flat=True))

    @property
    def may_build(self) -> bool:
        """Whether the account builds the plan, and it can still be built."""
        builds = self.actor.has_perm("training_plans.build_plan")
        return bool(builds and self.plan is not None and self.plan.can_be_built)

    # -- what the figures are made of
    looks_at_every_month = False

    @cached_property
    def lines(self) -> list[Planned]:
        if self.plan is None:
            return []
        rows = self.plan.lines.planned()
        if self.units is not None:
            rows = rows.filter(unit__in=self.units)
        return planned(rows)

    @cached_property
    def needs(self) -> list[Need]:
        rows = None if self.sees_all else Standing.objects.visible_to(self.actor)
        return falling_due(year=self.planning_year.year, on=self.on, rows=rows)

    @cached_property
    def situation(self) -> Situation:
        return situation_of(self.plan, on=self.on, lines=self.lines, needs=self.needs)

    @cached_property
    def covers(self) -> list[Cover]:
        if self.sees_all and self.plan is not None:
            return self.situation.covers
        return covers(needs=self.needs, lines=self.lines, in_one=in_one_course())

    @cached_property
    def findings(self) -> list[Finding]:
        return findings(self.situation) if self.plan is not None and self.sees_all else []

    @cached_property
    def money(self) -> Money:
        budgets = self.planning_year.budgets.order_by().values_list("source", "amount")
        return money(lines=self.lines, budgets=dict(budgets) if self.sees_all else {})

    @cached_property
    def forecast(self) -> Forecast:
        return forecast(
            year=self.planning_year.year,
            lines=self.lines,
            units=self.units,
            only_the_end=not self.looks_at_every_month,
        )

    # -- the head of every page
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        year = self.planning_year.year
        return context | {
            "plan": self.plan,
            "on": self.on,
            "section": self.section,
            "sees_all": self.sees_all,
            "may_build": self.may_build,
            "late_words": lateness(self.plan, self.on) if self._is_awaited else "",
            "is_awaited": self._is_awaited,
            "crumbs": [
                *context["crumbs"],
                *([] if self.section == "plan" else [(self.desk_title, self.desk_url)]),
            ],
            "tabs": self._tabs(),
            "tiles": self._tiles() if self.plan is not None else [],
            "returned": returned_with(self.plan) if self.plan and self.sees_all else None,
            "steps_open": self._steps_open(),
            "version_url": address("plan_version", year, self.plan.version)
            if self.plan is not None and self.plan.version
            else "",
            "amendments_url": address("amendment_list", year),
            "draft_url": address("plan_draft", year)
            if self.sees_all and self.lines and self._is_awaited
            else "",
        }

    @property
    def _is_awaited(self) -> bool:
        states = (Plan.State.DRAFT, Plan.State.IN_AGREEMENT)
        return self.plan is not None and self.plan.state in states

    def _steps_open(self) -> set[str]:
        """Steps this account may take from here; what stands in the way their pages say."""
        if self.plan is None:
            return set()
        return {
            name
            for name, step in PLAN.by_name.items()
            if self.plan.state in step.sources
            and self.actor.has_perm(step.permission, self.plan)
            and (name != "close" or self.on > self.planning_year.last_day)
        }

    def _tabs(self) -> list[dict[str, Any]]:
        if self.plan is None:
            return []
        tabs = [
            ("plan", _("Lines"), True),
            ("plan_waiting", _("Waiting"), self.sees_all and self._is_awaited),
            ("plan_coverage", _("Coverage"), True),
            ("plan_load", _("Load"), True),
            ("plan_money", _("Money"), True),
            ("plan_checks", _("Checks"), self.sees_all and self._is_awaited),
            ("plan_forecast", _("Forecast"), True),
            ("plan_execution", _("Execution"), self.plan.version > 0),
            ("plan_versions", _("Versions"), self.plan.version > 0),
        ]
        return [
            {"name": name, "label": label, "url": url, "is_current": name == self.section}
            for name, label, is_shown in tabs
            if is_shown and (url := address(name, self.planning_year.year))
        ]

    def _tiles(self) -> list[dict[str, Any]]:
        """The figures of the plan at this moment; each leads to what it counts."""
        tiles = [self._coverage_tile(), self._lines_tile(), self._money_tile()]
        if self.sees_all and self._is_awaited:
            tiles.append(self._checks_tile())
        return [*tiles, self._forecast_tile()]

    def _coverage_tile(self) -> dict[str, Any]:
        states = Counter(cover.state for cover in self.covers)
        rest = len(self.covers) - states["covered"]
        words = ngettext("%(count)s not covered", "%(count)s not covered", rest)
        return {
            "label": _("Falling due, covered"),
            "figure": states["covered"],
            "of": len(self.covers),
            "note": words % {"count": rest} if rest else gettext("everybody is covered"),
            "url": self._url("plan_coverage", "?state=covered#needs"),
            "note_url": self._url("plan_coverage", "?state=missing#needs") if rest else "",
        }

    def _lines_tile(self) -> dict[str, Any]:
        people = len({line.person_id for line in self.lines})
        words = ngettext("%(count)s employee", "%(count)s employees", people)
        return {
            "label": _("Lines of the plan"),
            "figure": len(self.lines),
            "note": words % {"count": people},
            "url": self.desk_url,
        }

    def _money_tile(self) -> dict[str, Any]:
        source = self.money.of(Funding.EMPLOYER)
        tile = {
            "label": _("Employer's funds"),
            "money": source.cost,
            "url": self._url("plan_money"),
            "tone": "bad" if source.is_over else "",
        }
        if source.budget is not None:
            tile["budget"] = source.budget
            tile["percent"] = source.percent
        return tile

    def _checks_tile(self) -> dict[str, Any]:
        counts = Counter(finding.severity for finding in self.findings)
        blocking = counts["blocking"] or int(not self.lines)  # an empty plan is not approved
        words = ngettext(
            "%(count)s more to look at", "%(count)s more to look at", counts["warning"]
        )
        return {
            "label": _("Stand in the way"),
            "figure": blocking,
            "note": words % {"count": counts["warning"]},
            "tone": "bad" if blocking else "ok",
            "url": self._url("plan_checks"),
        }

    def _forecast_tile(self) -> dict[str, Any]:
        end = self.forecast.year_end
        if not end.with_plan.total:
            return {
                "label": _("The norm on 31 December"),
                "words": "–",
                "note": gettext("Nobody falls under a requirement then."),
                "url": self._url("plan_forecast"),
            }
        return {
            "label": _("The norm on 31 December"),
            "percent_figure": end.with_plan.percent,
            "without": end.without.percent,
            "url": self._url("plan_forecast"),
        }

    def _url(self, name: str, query: str = "") -> str:
        return reverse(name, args=[self.planning_year.year]) + query

    def unit_names(self, keys: Any) -> dict[int, Unit]:
        return Unit.objects.in_bulk(set(keys))


class Section(PlanDesk, TemplateView):
    """One section of the desk; before there is a plan all of them lead to its beginning."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.plan is None:
            return HttpResponseRedirect(self.desk_url)
        return super().get(request, *args, **kwargs)


class OfWholePlan(Section):
    """For those whose figures are the whole plan's."""

    permission = "training_plans.view_whole_plan"


class PlanAction(PlanDesk, View):
    """A button of the desk: posts, then back. What is refused is said on the page one was on."""

    permission = "training_plans.build_plan"
    http_method_names = ["post"]

    def act(self, request: HttpRequest) -> str:
        """Do it and say what was done; may raise ``ValidationError``."""
        raise NotImplementedError

    def there_must_be_a_plan(self) -> Plan:
        if self.plan is None:
            raise Http404
        return self.plan

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            words = self.act(request)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, words)
        back = request.POST.get("next", "")
        return HttpResponseRedirect(back if is_safe(request, back) else self.desk_url)


class PlanBeginView(PlanAction):
    """«Begin the plan»."""

    def act(self, request: HttpRequest) -> str:
        plan.open_plan(planning_year=self.planning_year, actor=self.actor, on=self.on)
        return gettext("The plan is begun. Take in the lines of the requests accepted.")


class PlanPeoplePage(PersonSuggestionsPage):
    """What the field for an employee offers the Centre while one types."""

    permission = "training_plans.build_plan"

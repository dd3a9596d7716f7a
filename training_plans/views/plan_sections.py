"""Coverage, load, money, checks and forecast of the plan (3.4, 3.7, 3.12, 8.1)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staff.domain.unit_tree import in_tree_order
from staff.models import Person, Post, TrainingRequirement, Unit
from training_plans.domain import intake, load
from training_plans.domain.checks import SEVERITIES, Finding, people_by_unit
from training_plans.domain.coverage import Cover, by_unit
from training_plans.domain.forecast import chart_of, in_the_end
from training_plans.domain.needs import falling_due
from training_plans.domain.planned import Planned, planned
from training_plans.models import Funding, PlanLine
from workflow.calendar import month_start

from .plan import OfWholePlan, PlanAction, Section
from .years import address

PER_PAGE = 100


# --- coverage -----------------------------------------------------------------------------------
COVER_LOOKS = {
    "covered": (_("covered"), "ok", "check-circle-fill"),
    "partly": (_("in part"), "warn", "clock"),
    "open": (_("not covered"), "bad", "exclamation-triangle-fill"),
}
BECAUSE = {
    "hours": _("too few hours"),
    "late": _("planned after the due date"),
    "area": _("the area planned does not count"),
    "unfinished": _("planned without time or hours yet"),
    "": _("no line in the plan"),
}


class CoveragePage(Section):
    section = "plan_coverage"
    template_name = "training_plans/plan_coverage.html"
    help_text = _(
        "Covered: the hours planned in an accepted area end by the due date and reach what is "
        "missing. For who is overdue any time counts. Somebody under two norms is counted twice."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        everywhere = Unit.objects.all()
        if not self.sees_all:
            everywhere = everywhere.in_charge_of(self.actor)
        units = in_tree_order(everywhere)
        rows = by_unit(self.covers, units)
        unit = next((u for u in units if str(u.pk) == self.request.GET.get("unit")), None)
        asked = self.request.GET.get("state", "missing")
        chosen = [cover for cover in self.covers if _is_asked(cover, asked, unit, units)]
        page = max(_number(self.request.GET.get("page")), 1)
        shown = chosen[(page - 1) * PER_PAGE : page * PER_PAGE]
        counts = Counter[str](cover.state for cover in self.covers)
        return super().get_context_data(**kwargs) | {
            "unit_rows": rows,
            "unit": unit,
            "state": asked,
            "states": [
                ("all", _("all"), len(self.covers)),
                ("missing", _("in part or not"), counts["partly"] + counts["open"]),
                *((name, words[0], counts[name]) for name, words in COVER_LOOKS.items()),
            ],
            "rows": _told(shown, self.lines),
            "count": len(chosen),
            "first": (page - 1) * PER_PAGE + 1,
            "last": (page - 1) * PER_PAGE + len(shown),
            "next_page": page + 1 if page * PER_PAGE < len(chosen) else 0,
            "previous_page": page - 1,
        }


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


def _is_asked(cover: Cover, state: str, unit: Unit | None, units: list[Unit]) -> bool:
    if state == "missing" and cover.state == "covered":
        return False
    if state in COVER_LOOKS and cover.state != state:
        return False
    if unit is None:
        return True
    return cover.need.unit_id in _below(unit, units)


def _below(unit: Unit, units: list[Unit]) -> set[int]:
    """Keys of a unit and everything below it."""
    known: set[int] | None = getattr(unit, "_below", None)
    if known is None:
        known = {other.pk for other in units if other.path.startswith(unit.path)}
        unit._below = known
    return known


def _told(found: list[Cover], lines: list[Planned]) -> list[dict[str, Any]]:
    """Needs with the words their row says."""
    people = Person.objects.in_bulk({cover.need.person_id for cover in found})
    units = Unit.objects.in_bulk({cover.need.unit_id for cover in found})
    norms = TrainingRequirement.objects.in_bulk({cover.need.requirement_id for cover in found})
    planned_for = {line.person_id for line in lines}
    return [
        {
            "cover": cover,
            "need": cover.need,
            "person": people[cover.need.person_id],
            "unit": units[cover.need.unit_id],
            "norm": norms[cover.need.requirement_id],
            "badge": COVER_LOOKS[cover.state],
            "because": BECAUSE[cover.because] if cover.state != "covered" else "",
            "category": Post.Category(cover.need.category).label,
            "has_lines": cover.need.person_id in planned_for,
        }
        for cover in found
    ]


class CoverView(PlanAction):
    """«Add to the plan»: the need of one person, by their accepted line or what fits best."""

    def act(self, request: HttpRequest) -> str:
        found = self.there_must_be_a_plan()
        person = _number_of_row(request.POST.get("person"))
        norm = _number_of_row(request.POST.get("requirement"))
        needs = falling_due(year=self.planning_year.year, on=self.on, people=[person])
        need = next((need for need in needs if need.requirement_id == norm), None)
        if need is None:
            raise ValidationError(
                gettext("This employee does not fall due in the year any more. Look again.")
            )
        self.made = intake.cover(
            plan=found,
            need=need,
            because=gettext("Falls due in the year; no request asks for it (8.1)."),
            actor=self.actor,
            on=self.on,
        )
        words = gettext("%(name)s is in the plan: «%(topic)s», %(time)s.")
        return words % {
            "name": self.made.person.full_name,
            "topic": self.made.topic or "…",
            "time": planned(PlanLine.objects.filter(pk=self.made.pk))[0].period,
        }


def _number_of_row(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


# --- load ---------------------------------------------------------------------------------------
class LoadPage(Section):
    section = "plan_load"
    template_name = "training_plans/plan_load.html"
    help_text = _(
        "How many lines are held in a month, and the most people of the unit away on one day. A "
        "month counts as the whole of it, a quarter as its first month, until days are named. "
        "Marked is where more than a fifth of the unit is away at once; in units of fewer than "
        "five, more than one."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = self.planning_year.year
        cells = load.load(lines=self.lines, headcounts=people_by_unit(on=self.on), year=year)
        units = in_tree_order(self.unit_names(cells).values())
        rows: list[Any] = [{"unit": unit, "cells": cells[unit.pk]} for unit in units]
        only = self.request.GET.get("only") == "too_much"
        crowded = [row for row in rows if any(cell.is_too_much for cell in row["cells"])]
        return super().get_context_data(**kwargs) | {
            "rows": crowded if only else rows,
            "months": [dt.date(year, month, 1) for month in range(1, 13)],
            "totals": [sum(row["cells"][month].lines for row in rows) for month in range(12)],
            "too_much": sum(cell.is_too_much for row in rows for cell in row["cells"]),
            "crowded_units": len(crowded),
            "unit_count": len(rows),
            "only": only,
            "undated": sum(1 for line in self.lines if load.away(line) is None),
            "present": month_start(self.on),
        }


# --- money --------------------------------------------------------------------------------------
class MoneyPage(Section):
    section = "plan_money"
    template_name = "training_plans/plan_money.html"
    clause = "3.7"
    help_text = _(
        "What the lines cost, for everybody together. What is set aside stands with the dates of "
        "the year; sources without a figure there are not watched."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        units = self.unit_names(row.key for row in self.money.by_unit)
        most = max((row.cost for row in self.money.by_unit), default=0)
        quarter_most = max((row.cost for row in self.money.by_quarter), default=0)
        return super().get_context_data(**kwargs) | {
            "money": self.money,
            "sources": [
                {
                    "row": row,
                    "key": row.source or "none",
                    "label": Funding(row.source).label if row.source else _("not chosen yet"),
                    "bar": min(row.percent or 0, 100),
                }
                for row in self.money.by_source
            ],
            "unit_rows": [
                {"unit": units[row.key], "row": row, "share": _share(row.cost, most)}
                for row in self.money.by_unit
            ],
            "quarters": [
                {
                    "number": row.key,
                    "label": ("", "I", "II", "III", "IV")[row.key],
                    "row": row,
                    "share": _share(row.cost, quarter_most),
                }
                for row in self.money.by_quarter
            ],
            "may_set_budget": self.actor.has_perm("training_plans.open_year"),
            "edit_year_url": address("planning_edit", self.planning_year.year),
        }


def _share(part: Any, of: Any) -> str:
    return f"{100 * part / of:.1f}" if of else "0"


# --- checks -------------------------------------------------------------------------------------
class ChecksPage(OfWholePlan):
    section = "plan_checks"
    template_name = "training_plans/plan_checks.html"
    help_text = _(
        "What stands in the way keeps the plan from being submitted and approved. The rest is for "
        "whoever decides to know."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        groups = [
            {
                "severity": severity,
                "findings": [
                    {"finding": found, "url": self._where(found)}
                    for found in self.findings
                    if found.severity == severity
                ],
            }
            for severity in SEVERITIES
        ]
        return super().get_context_data(**kwargs) | {
            "groups": [group for group in groups if group["findings"]],
            "lines": len(self.lines),
        }

    def _where(self, found: Finding) -> str:
        if found.line is not None:
            return reverse("plan_line", args=[found.line])
        return address(found.section, self.planning_year.year) if found.section else ""


# --- forecast -----------------------------------------------------------------------------------
class ForecastPage(Section):
    looks_at_every_month = True
    section = "plan_forecast"
    template_name = "training_plans/plan_forecast.html"
    clause = "3.4"
    help_text = _(
        "The three-year rule worked out anew for the last day of every month: once from the "
        "records there are, once as though every line of the plan had been completed on its last "
        "day."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "forecast": self.forecast,
            "chart": chart_of(self.forecast),
            "states": in_the_end(self.forecast),
        }

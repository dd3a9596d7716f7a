"""The analysis of needs: who falls due when, what is asked and wished for (clause 3.15)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.chart import bar, columns
from staff.models import Area, Post, Unit
from training_plans.domain import analysis
from training_plans.domain.analysis import ANY_AREA, Bar, Followed
from training_plans.models import RequestLine, TrainingWish
from workflow.calendar import today

from .years import OfYear

TOPICS_SHOWN = 12
UNITS_SHOWN = 12
BEFORE = "before"
NONE = "none"
PARTS = [
    ("accent", _("in the plan"), "in_plan=yes"),
    ("calm", _("in a request, not in the plan"), "in_plan=no&in_request=yes"),
    ("warn", _("in neither"), "in_plan=no&in_request=no"),
]


def _sizes(counted: Bar) -> list[int]:
    return [counted.in_plan, counted.in_request, counted.open]


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar with its label, the address of its list and its parts to scale."""

    bar: Bar
    label: Any
    query: str
    parts: list[Any]


def drawn(bars: Iterable[Bar], parameter: str, label: Callable[[str], Any]) -> list[DrawnBar]:
    """``bars`` to one scale; each leads to the list narrowed down by ``parameter``."""
    bars = list(bars)
    most = max((one.total for one in bars), default=0)
    return [
        DrawnBar(
            one,
            label(one.key),
            urlencode({parameter: one.key}),
            [(part, PARTS[part.place]) for part in bar(_sizes(one), of=most)],
        )
        for one in bars
    ]


def _most_first(bars: dict[str, Bar]) -> list[Bar]:
    return sorted(bars.values(), key=lambda one: (-one.total, one.key))


class NeedsPage(OfYear, TemplateView):
    template_name = "training_plans/needs.html"
    clause = "3.15"
    help_text = _(
        "Who falls due comes from everybody's standing, so those are here too whose hours drop out "
        "in the year. Somebody under two norms is counted twice. Every bar opens its list."
    )

    def get_title(self) -> str:
        return gettext("Needs of %(year)s") % {"year": self.planning_year.year}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        on = today()
        unit = self._unit()
        rows = analysis.standings_of(user)
        lines = analysis.asked_lines(planning_year=self.planning_year, user=user)
        if unit is not None:
            rows = rows.filter(unit__path__startswith=unit.path)
            lines = lines.filter(request__unit__path__startswith=unit.path)
        found = analysis.followed(planning_year=self.planning_year, on=on, rows=rows)
        asked = list(lines.select_related("request"))
        return (
            super().get_context_data(**kwargs)
            | {
                "on": on,
                "unit": unit,
                "unit_query": f"&unit={unit.code}" if unit else "",
                "total": len(found),
                "people": len({row.need.person_id for row in found}),
                "list_url": reverse("needs_list", args=[self.planning_year.year]),
                "asked_url": reverse("needs_asked", args=[self.planning_year.year]),
                "knows_records": user.sees_everybody,
            }
            | self._charts(found)
            | self._asked(asked, unit, on)
        )

    def _unit(self) -> Unit | None:
        code = self.request.GET.get("unit", "")
        if not code:
            return None
        return get_object_or_404(Unit.objects.visible_to(self.request.user), code=code)

    def _charts(self, found: list[Followed]) -> dict[str, Any]:
        by_month = analysis.bars(found, lambda row: [str(row.month)])
        months = [by_month.get(str(number), Bar(str(number))) for number in range(13)]
        chart = columns([_sizes(one) for one in months], width=700)
        by_unit = _most_first(
            analysis.bars(found, lambda row: [str(row.need.filing_unit_id or NONE)])
        )
        names = {str(key): unit.name for key, unit in self._units(by_unit[:UNITS_SHOWN]).items()}
        names[NONE] = gettext("nobody files for them")
        whole = Bar("")
        for row in found:
            whole.count(row)
        return {
            "chart": chart,
            "months": [
                {
                    "column": column,
                    "parts": [(part, PARTS[part.place]) for part in column.parts],
                    "due": BEFORE if number == 0 else number,
                    "label": gettext("earlier") if number == 0 else MONTHS_3[number],
                    "name": gettext("before the year") if number == 0 else MONTHS[number],
                }
                for number, column in enumerate(chart.columns)
            ],
            "legend": [
                {"tone": tone, "label": label, "query": query, "count": size}
                for (tone, label, query), size in zip(PARTS, _sizes(whole), strict=True)
            ],
            "by_unit": drawn(by_unit[:UNITS_SHOWN], "filing", lambda key: names.get(key, key)),
            "units_more": max(len(by_unit) - UNITS_SHOWN, 0),
            "by_category": drawn(
                _most_first(analysis.bars(found, lambda row: [row.need.category])),
                "category",
                lambda key: Post.Category(key).label,
            ),
            "by_area": drawn(
                _most_first(analysis.bars(found, analysis.areas_of)),
                "area",
                lambda key: _("any area") if key == ANY_AREA else Area(key).label,
            ),
        }

    @staticmethod
    def _units(bars: list[Bar]) -> dict[int, Unit]:
        return Unit.objects.in_bulk([int(one.key) for one in bars if one.key.isdecimal()])

    def _asked(self, lines: list[RequestLine], unit: Unit | None, on: dt.date) -> dict[str, Any]:
        """Topics with their past, goals, priorities: by lines of requests and by wishes."""
        wishes = TrainingWish.objects.visible_to(self.request.user).filter(
            year=self.planning_year.year, withdrawn=False
        )
        if unit is not None:
            held = Post.objects.held(on).filter(unit__path__startswith=unit.path)
            wishes = wishes.filter(person__in=held.values("person_id"))
        topics, count = analysis.topics(lines=lines, wishes=wishes, limit=TOPICS_SHOWN, on=on)
        served = analysis.goals(lines)
        most = max((size for _goal, size in served), default=0)
        return {
            "lines": len(lines),
            "topics": topics,
            "topics_more": max(count - TOPICS_SHOWN, 0),
            "goals": [
                {
                    "label": goal.label if goal else _("no goal named"),
                    "clause": goal.value if goal else "",
                    "query": urlencode({"goal": goal.value if goal else NONE}),
                    "count": size,
                    "bar": bar([size], of=most),
                }
                for goal, size in served
            ],
            "priorities": [
                (
                    priority,
                    sum(
                        analysis.serves_priority(
                            topic=line.topic, area=line.area, priority=priority
                        )
                        for line in lines
                    ),
                )
                for priority in self.planning_year.priorities.all()
            ],
            "since": analysis.past_since(on).isoformat(),
        }

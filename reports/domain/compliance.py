"""The figures of the compliance dashboard (clauses 3.9, 5.2, 8.1).

Every figure is a count of ``Standing`` rows, one per person and requirement, so each can be
opened as the list of the same rows with the same filter.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count

from interface import chart
from staff.models import Post, Standing, TrainingRequirement, Unit
from staff.models.standing import State
from workflow.calendar import DAY, add_months, months_from

STATES = [State.COMPLIANT, State.EXPIRING, State.PENDING, State.OVERDUE, State.EXEMPT]


class Line(NamedTuple):
    """Standings of one unit, category or requirement, by state."""

    subject: Any
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def overdue(self) -> int:
        return self.counts.get(State.OVERDUE, 0)

    @property
    def percent(self) -> float:
        """Share that satisfies the norm today, per cent: compliant and expiring of all."""
        good = self.counts.get(State.COMPLIANT, 0) + self.counts.get(State.EXPIRING, 0)
        return 100 * good / self.total if self.total else 0.0


class Month(NamedTuple):
    """How many fall due in a month; ``until`` is its last day."""

    start: dt.date
    until: dt.date
    falling: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The dashboard of one day. ``people`` counts persons, everything else standings."""

    on: dt.date
    people: int
    total: Line
    by_unit: list[Line]
    by_category: list[Line]
    by_requirement: list[Line]


def figures(*, rows: Any, on: dt.date) -> Figures:
    """Counts over ``rows``, standings of ``on``, in five queries."""
    units: defaultdict[int, Counter[str]] = defaultdict(Counter)
    categories: defaultdict[str, Counter[str]] = defaultdict(Counter)
    requirements: defaultdict[int, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    numbers = rows.numbers("unit_id", "category", "requirement_id", on=on)
    for (unit, category, requirement), counts in numbers.items():
        for state, count in counts.items():
            if count:
                units[unit][state] += count
                categories[category][state] += count
                requirements[requirement][state] += count
                total[state] += count
    known_units = Unit.objects.in_bulk(units)
    known_norms = TrainingRequirement.objects.in_bulk(requirements)
    return Figures(
        on=on,
        people=rows.aggregate(people=Count("person_id", distinct=True))["people"],
        total=Line(None, dict(total)),
        by_unit=_worst_first(Line(known_units[key], dict(c)) for key, c in units.items()),
        by_category=[
            Line(Post.Category(key), dict(categories[key]))
            for key in Post.Category.values
            if key in categories
        ],
        by_requirement=[
            Line(known_norms[key], dict(requirements[key])) for key in sorted(requirements)
        ],
    )


def _worst_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.overdue, line.subject.sort_key))


def falling_due_by_month(*, rows: Any, on: dt.date, months: int) -> list[Month]:
    """How many of ``rows`` fall due in each of the coming months, from ``on``."""
    starts = months_from(on, months)
    end = add_months(starts[-1], 1)
    falling: Counter[dt.date] = Counter()
    for day, number in (
        rows.order_by()
        .filter(due_on__gte=on, due_on__lt=end)
        .exclude(state=State.EXEMPT)
        .values_list("due_on")
        .annotate(number=Count("pk"))
    ):
        falling[day.replace(day=1)] += number
    return [Month(start, add_months(start, 1) - DAY, falling[start]) for start in starts]


# --- the columns drawn -------------------------------------------------------------------------

FOOT = 44  # room for the months and the years below the ground


class Column(NamedTuple):
    """One column of the chart in the coordinates of its drawing."""

    month: Month
    x: float
    width: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Chart:
    width: int
    height: int
    columns: list[Column]
    lines: list[tuple[int, float]]
    years: list[tuple[int, float]]


def columns_of(months: list[Month], *, width: int = 460) -> Chart:
    """The columns of ``interface.chart``, each with its month, and where a year begins."""
    drawn = chart.columns([[month.falling] for month in months], width=width)
    columns = [
        Column(month, column.x, column.width, column.y, round(drawn.ground - column.y, 1))
        for month, column in zip(months, drawn.columns, strict=True)
    ]
    years = [
        (column.month.start.year, column.x)
        for place, column in enumerate(columns)
        if place == 0 or column.month.start.month == 1
    ]
    return Chart(width, drawn.ground + FOOT, columns, drawn.lines, years)


def visible(*, user: Any, on: dt.date, unit: Unit | None = None) -> Any:
    """Standings of ``on`` the account may see, of one unit and below where one is named."""
    rows = Standing.objects.on(on).visible_to(user)
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    return rows

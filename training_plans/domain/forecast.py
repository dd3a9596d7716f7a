"""How the norm will stand at the end of the year, with the plan carried out and without (3.12).

The same pure functions as standing itself, with a completed record in place of every planned line.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from staff.domain.standing import (
    Completed,
    Judged,
    Norm,
    Stretch,
    judge,
    state_on,
)
from staff.domain.standings import Facts, facts, norms, stretches_of, times_of
from staff.models import Post
from workflow.calendar import DAY, add_months

from .planned import Planned, by_person

SATISFIED = ("compliant", "expiring")
# Keys of planned trainings stand above those of all records: of one day the later entered is newer.
ABOVE_ALL_RECORDS = 1 << 62


class Share(NamedTuple):
    """Standings by state on one day."""

    counts: Counter[str]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def satisfied(self) -> int:
        return sum(self.counts[state] for state in SATISFIED)

    @property
    def overdue(self) -> int:
        return self.counts["overdue"]

    @property
    def percent(self) -> float:
        """Satisfied of all, per cent, as the dashboard counts it."""
        return 100 * self.satisfied / self.total if self.total else 0.0


class Day(NamedTuple):
    """One day of the year, with the plan and without it."""

    on: dt.date
    without: Share
    with_plan: Share


@dataclass(frozen=True, slots=True)
class Forecast:
    """The last day of every month of the year; the last of them is 31 December."""

    months: list[Day]

    @property
    def year_end(self) -> Day:
        return self.months[-1]

    @property
    def gain(self) -> int:
        """How many more satisfy the norm on 31 December thanks to the plan."""
        return self.year_end.with_plan.satisfied - self.year_end.without.satisfied


def month_ends(year: int) -> list[dt.date]:
    return [add_months(dt.date(year, month, 1), 1) - DAY for month in range(1, 13)]


def coming(line: Planned) -> Completed | None:
    """The record a line is to become; nothing where it already is one, or says too little."""
    if not (line.is_to_come and line.ends_on and line.hours):
        return None
    return Completed(ABOVE_ALL_RECORDS + line.key, line.ends_on, int(line.hours * 100), line.area)


def forecast(
    *,
    year: int,
    lines: Iterable[Planned],
    units: Collection[int] | None = None,
    only_the_end: bool = False,
) -> Forecast:
    """Standings at the end of every month of ``year``, recomputed from the ledger.

    ``units`` narrows to those counted under one of these units; ``only_the_end`` asks for
    31 December alone. Four queries, whatever the number of people and lines.
    """
    coming_of = {
        person: [record for line in of_person if (record := coming(line))]
        for person, of_person in by_person(list(lines)).items()
    }
    ends = month_ends(year)[-1:] if only_the_end else month_ends(year)
    without = {day: Counter[str]() for day in ends}
    with_plan = {day: Counter[str]() for day in ends}
    versions = norms()
    times = times_of(versions)
    for person, known in _known(units).items():
        more = coming_of.get(person)
        ahead = _newest_first([*known.newest_first, *more]) if more else known.newest_first
        for stretch in stretches_of(known.posts, versions, times, ends[0]):
            if units is not None and stretch.post.unit not in units:
                continue
            days = [day for day in ends if _holds(stretch, day)]
            plain = _states(stretch, known.newest_first, known, days)
            planned = _states(stretch, ahead, known, days) if more else plain
            for day, state, better in zip(days, plain, planned, strict=True):
                without[day][state] += 1
                with_plan[day][better] += 1
    return Forecast([Day(day, Share(without[day]), Share(with_plan[day])) for day in ends])


def _known(units: Collection[int] | None) -> dict[int, Facts]:
    if units is None:
        return facts(lambda rows: rows)
    people = Post.objects.filter(unit__in=units).order_by().values("person_id")
    return facts(lambda rows: rows.filter(person_id__in=people))


def _holds(stretch: Stretch, day: dt.date) -> bool:
    return stretch.holds_from <= day and (stretch.holds_until is None or day <= stretch.holds_until)


def _newest_first(records: Iterable[Completed]) -> list[Completed]:
    return sorted(records, key=lambda record: (record.ends_on, record.key), reverse=True)


def _states(
    stretch: Stretch, newest_first: Sequence[Completed], known: Facts, days: Sequence[dt.date]
) -> list[str]:
    """The state on each of ``days``; judged anew only where another record has ended by then."""
    found: list[str] = []
    judged: Judged | None = None
    ended = -1
    all_ended = not newest_first or not days or newest_first[0].ends_on <= days[0]
    for day in days:
        now_ended = 0 if all_ended else sum(record.ends_on <= day for record in newest_first)
        if judged is None or now_ended != ended:
            judged = _judged(stretch.norm, newest_first, stretch.held_since, known, day)
            ended = now_ended
        exempt = any(start <= day <= end for start, end in known.leaves)
        found.append(state_on(judged, day, exempt=exempt))
    return found


def _judged(
    norm: Norm, newest_first: Sequence[Completed], since: dt.date, known: Facts, day: dt.date
) -> Judged:
    return judge(
        norm=norm, newest_first=newest_first, held_since=since, leaves=known.leaves, on=day
    )


# --- drawn ------------------------------------------------------------------------------------
WIDTH, HEIGHT, LEFT, TOP, FOOT = 640, 220, 40, 14, 30


class Point(NamedTuple):
    """One month's end in the coordinates of the drawing."""

    day: Day
    x: float
    without_y: float
    with_y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Two lines over the months; ``grid`` are per cents and where they stand."""

    width: int
    height: int
    points: list[Point]
    grid: list[tuple[int, float]]

    @property
    def without_path(self) -> str:
        return " ".join(f"{point.x},{point.without_y}" for point in self.points)

    @property
    def with_path(self) -> str:
        return " ".join(f"{point.x},{point.with_y}" for point in self.points)


def chart_of(found: Forecast) -> Chart:
    """The curve of the year. The scale begins at the ten below the lowest figure."""
    shares = [share.percent for day in found.months for share in (day.without, day.with_plan)]
    floor = max(int(min(shares)) // 10 * 10 - 10, 0)
    drawn = HEIGHT - TOP - FOOT

    def y(percent: float) -> float:
        return round(TOP + drawn * (100 - percent) / (100 - floor), 1)

    step = (WIDTH - LEFT - 20) / 11
    points = [
        Point(
            day, round(LEFT + 8 + place * step, 1), y(day.without.percent), y(day.with_plan.percent)
        )
        for place, day in enumerate(found.months)
    ]
    every = 10 if 100 - floor <= 50 else 20
    return Chart(WIDTH, HEIGHT, points, [(n, y(n)) for n in range(100, floor - 1, -every)])


def in_the_end(found: Forecast) -> dict[str, Any]:
    """States of 31 December, with and without, in the order of urgency, for the table."""
    end = found.year_end
    states = ("compliant", "expiring", "pending", "overdue", "exempt")
    return {state: (end.without.counts[state], end.with_plan.counts[state]) for state in states}

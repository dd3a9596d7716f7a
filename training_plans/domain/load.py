"""Who is away when: by month and unit, with a warning where too many are at once (clause 3.12).

Pure. How the time of a line is read: exact days are those days; a month is the whole of it, as
though everybody planned for it were away together; a quarter is the whole of its first month,
until the Centre says which one. The mode makes no difference: who learns at a distance is busy too.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from training_plans.models import Precision
from workflow.calendar import DAY, add_months, merged, month_start

from .planned import Planned

Span = tuple[dt.date, dt.date]
SHARE = Fraction(1, 5)
SMALL = 5


class Cell(NamedTuple):
    """One unit in one month. ``lines`` are held in it, ``at_once``: most people away on one day."""

    lines: int
    at_once: int
    headcount: int

    @property
    def percent(self) -> int:
        """Share of the unit away at once, rounded."""
        return round(100 * self.at_once / self.headcount) if self.headcount else 0

    @property
    def is_too_much(self) -> bool:
        return self.at_once > most_at_once(self.headcount)


NOTHING = Cell(0, 0, 0)


def most_at_once(headcount: int) -> Fraction:
    """How many of a unit may be away at once: a fifth; of fewer than five people, one."""
    return Fraction(1) if headcount < SMALL else headcount * SHARE


def away(line: Planned) -> Span | None:
    """The days a line keeps somebody away, as this module reads them; nothing without days."""
    if line.starts_on is None or line.ends_on is None:
        return None
    if line.precision == Precision.QUARTER:
        return line.starts_on, add_months(month_start(line.starts_on), 1) - DAY
    return line.starts_on, line.ends_on


def load(
    *, lines: Iterable[Planned], headcounts: Mapping[int, int], year: int
) -> dict[int, list[Cell]]:
    """For every unit with lines twelve cells. ``headcounts``: people of the unit itself."""
    spans: defaultdict[int, list[tuple[int, Span]]] = defaultdict(list)
    for line in lines:
        if (days := away(line)) is not None:
            spans[line.unit_id].append((line.person_id, days))
    months = [dt.date(year, month, 1) for month in range(1, 13)]
    return {
        unit: [_cell(of_unit, month, headcounts.get(unit, 0)) for month in months]
        for unit, of_unit in spans.items()
    }


def _cell(spans: Sequence[tuple[int, Span]], month: dt.date, headcount: int) -> Cell:
    last = add_months(month, 1) - DAY
    within = [
        (person, (max(start, month), min(end, last)))
        for person, (start, end) in spans
        if start <= last and end >= month
    ]
    return Cell(len(within), _peak(within), headcount)


def _peak(spans: Iterable[tuple[int, Span]]) -> int:
    """The most people away on one day; who has two trainings on it counts once."""
    of_person: defaultdict[int, list[Span]] = defaultdict(list)
    for person, span in spans:
        of_person[person].append(span)
    steps: defaultdict[dt.date, int] = defaultdict(int)
    for days in of_person.values():
        for start, end in merged(days):
            steps[start] += 1
            steps[end + DAY] -= 1
    now = most = 0
    for day in sorted(steps):
        now += steps[day]
        most = max(most, now)
    return most

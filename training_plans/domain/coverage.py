"""Who of those falling due is covered by the plan, in part or not at all (clauses 3.12, 5.4, 8.1).

Pure: needs (``domain.needs``) and lines in, the answer out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from staff.domain.unit_tree import with_everything_below
from staff.models import TrainingRequirement

from .needs import Need
from .planned import Planned, by_person

State = Literal["covered", "partly", "open"]
Because = Literal["", "late", "area", "unfinished", "hours"]


@dataclass(frozen=True, slots=True)
class Cover:
    """One need and what the plan does for it.

    ``hours``: volume of the lines that count. ``because``: why planned lines do not make it —
    too late, an area that is not accepted, still without day or volume, not enough hours.
    """

    need: Need
    state: State
    hours: Decimal
    lines: tuple[int, ...]
    because: Because = ""


def in_time(line: Planned, need: Need) -> bool:
    """Whether it ends by the due date; who is overdue already is helped by any day."""
    return line.ends_on is not None and (need.is_overdue or line.ends_on <= need.due_on)


def accepted(line: Planned, need: Need) -> bool:
    return not need.areas or line.area in need.areas


def covers(
    *,
    needs: Iterable[Need],
    lines: Sequence[Planned],
    in_one: Mapping[int, Decimal] | None = None,
) -> list[Cover]:
    """For every need whether the person's lines reach what is missing, in the order of the needs.

    Only lines still to come count: hours of those done are in the ledger and miss no more.
    ``in_one``: volume one training alone must have, by requirement (``in_one_course``).
    """
    of_person = by_person([line for line in lines if line.is_to_come])
    return [
        _cover(need, of_person.get(need.person_id, ()), (in_one or {}).get(need.requirement_id))
        for need in needs
    ]


def _cover(need: Need, lines: Sequence[Planned], alone: Decimal | None) -> Cover:
    counting = [
        line for line in lines if line.hours and accepted(line, need) and in_time(line, need)
    ]
    keys = tuple(line.key for line in counting)
    volumes = [line.hours for line in counting if line.hours]
    hours = sum(volumes, Decimal(0))
    if alone is not None:
        reached = any(volume >= alone for volume in volumes)
    else:
        reached = bool(volumes) and (need.missing_hours is None or hours >= need.missing_hours)
    if reached:
        return Cover(need, "covered", hours, keys)
    if counting:
        return Cover(need, "partly", hours, keys, "hours")
    return Cover(need, "open", hours, (), _why_not(need, lines))


def _why_not(need: Need, lines: Sequence[Planned]) -> Because:
    """Why none of the person's lines counts; empty where there is none."""
    if not lines:
        return ""
    fitting = [line for line in lines if accepted(line, need)]
    if not fitting:
        return "area" if any(line.area for line in lines) else "unfinished"
    if any(line.ends_on is None or not line.hours for line in fitting):
        return "unfinished"
    return "late"


def in_one_course() -> dict[int, Decimal]:
    """Requirements that one single course must reach, with its hours (readings, first line)."""
    single = TrainingRequirement.objects.filter(counting=TrainingRequirement.Counting.SINGLE)
    return {row.pk: Decimal(row.hours) for row in single if row.hours}


class UnitCover(NamedTuple):
    """Needs of a unit and everything below it, by what the plan does for them."""

    unit: Any
    total: int
    covered: int
    partly: int
    open: int

    @property
    def counts(self) -> dict[str, int]:
        """For the stacked bar: its colours mean covered, in part, not."""
        return {"compliant": self.covered, "expiring": self.partly, "overdue": self.open}


def by_unit(found: Iterable[Cover], units: Sequence[Any]) -> list[UnitCover]:
    """Sums up the tree; units in the order given, those nobody of whom falls due left out.

    ``units`` must hold every unit of a need.
    """
    own: dict[str, Counter[int]] = {"covered": Counter(), "partly": Counter(), "open": Counter()}
    for cover in found:
        own[cover.state][cover.need.unit_id] += 1
    sums = {state: with_everything_below(units, counts) for state, counts in own.items()}
    rows = []
    for unit in units:
        figures = [sums[state].get(unit.pk, 0) for state in ("covered", "partly", "open")]
        if any(figures):
            rows.append(UnitCover(unit, sum(figures), *figures))
    return rows


def by_month(found: Iterable[Cover], *, year: int) -> list[tuple[dt.date, int, int]]:
    """For each month: how many fall due in it, and how many of these are covered.

    Who fell due before the year is counted in January.
    """
    due, covered = Counter[int](), Counter[int]()
    for cover in found:
        month = 1 if cover.need.is_overdue else cover.need.due_on.month
        due[month] += 1
        covered[month] += cover.state == "covered"
    return [(dt.date(year, month, 1), due[month], covered[month]) for month in range(1, 13)]

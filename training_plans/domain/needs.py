"""Who falls due in a year, when, and what is missing (clauses 3.15, 5.4, 8.1).

One definition for the year page, the needs analysis, requests and the plan, so their figures agree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Greatest

from staff.domain.standing import explain
from staff.domain.standings import facts, norms, stretches_of, times_of
from staff.domain.unit_tree import above
from staff.models import Person, Post, Standing, TrainingRequirement, Unit


@dataclass(frozen=True, slots=True)
class Need:
    """One person under one norm that falls due in the year, or fell due before it.

    ``missing_hours``: volume to be added so that the norm is reached on 31 December as well;
    ``None`` where one training of any volume is enough. ``areas``: accepted, empty for any.
    ``filing_unit_id``: whose request the person belongs into; ``None`` where nobody files.
    """

    person_id: int
    requirement_id: int
    post_id: int
    unit_id: int
    filing_unit_id: int | None
    category: str
    due_on: dt.date
    is_overdue: bool
    missing_hours: Decimal | None
    areas: tuple[str, ...]


def filing_units(*, on: dt.date) -> dict[int, int | None]:
    """For every unit the one that files its request: the nearest upwards with a head and people.

    A head counts as long as they hold a post. ``None``: no unit above has one. Two queries.
    """
    held = Post.objects.held(on)
    units = list(Unit.objects.order_by().only("pk", "path", "closed_on", "head_id"))
    heads = set(
        held.filter(person_id__in=[u.head_id for u in units if u.head_id]).values_list(
            "person_id", flat=True
        )
    )
    headed = {u.pk for u in units if u.closed_on is None and u.head_id in heads}
    return {u.pk: next((key for key in reversed(above(u)) if key in headed), None) for u in units}


def falling_due(
    *,
    year: int,
    on: dt.date,
    people: Collection[int] | None = None,
    rows: Any = None,
    with_missing: bool = True,
) -> list[Need]:
    """Everybody whose norm falls due by 31 December of ``year``, the most urgent first.

    From standing, so also who becomes due by records dropping out. ``people`` narrows to some;
    ``rows`` are standings to start from (those an account may see). ``with_missing=False`` leaves
    the missing hours out, which cost most. A constant number of queries.
    """
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    found = standings_due(year=year, rows=Standing.objects.all() if rows is None else rows)
    if people is not None:
        found = found.filter(person_id__in=people)
    standings = list(
        found.order_by("due_on", "person__sort_key", "requirement_id").values_list(
            "person_id",
            "requirement_id",
            "requirement__code",
            "post_id",
            "unit_id",
            "category",
            "due_on",
            named=True,
        )
    )
    if not standings:
        return []
    filing = filing_units(on=on)
    missing = _missing(found.order_by().values("person_id"), last) if with_missing else {}
    areas = {row.pk: tuple(row.areas) for row in TrainingRequirement.objects.all()}
    needs, seen = [], set()
    for row in standings:
        key = (row.person_id, row.requirement__code)
        if key in seen:  # a norm with several versions is one need
            continue
        seen.add(key)
        needs.append(
            Need(
                person_id=row.person_id,
                requirement_id=row.requirement_id,
                post_id=row.post_id,
                unit_id=row.unit_id,
                filing_unit_id=filing.get(row.unit_id),
                category=row.category,
                due_on=row.due_on,
                is_overdue=row.due_on < first,
                missing_hours=missing.get(key),
                areas=areas[row.requirement_id],
            )
        )
    return needs


def standings_due(*, year: int, rows: Any) -> Any:
    """Those of ``rows`` (standings) that fall due by 31 December of ``year``: one need each."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    found = rows.filter(past_day__isnull=True, holds_from__lte=last).falling_due(year)
    return found.filter(
        Q(holds_until__isnull=True) | Q(holds_until__gte=Greatest(F("due_on"), first))
    )


def missing_hours(*, year: int, people: Collection[int]) -> dict[tuple[int, str], Decimal]:
    """By person and code of the norm: what is missing on 31 December, as in ``falling_due``."""
    return _missing(people, dt.date(year, 12, 31)) if people else {}


def _missing(wanted: Any, last: dt.date) -> dict[tuple[int, str], Decimal]:
    """Of people (keys, or a query of them), as ``missing_hours``."""
    known = facts(lambda rows: rows.filter(person_id__in=wanted))
    versions = norms()
    times = times_of(versions)
    missing = {}
    for person, fact in known.items():
        for stretch in stretches_of(fact.posts, versions, times, last):
            if stretch.holds_from > last or not stretch.norm.centihours:
                continue
            verdict = explain(
                norm=stretch.norm,
                records=fact.newest_first,
                held_since=stretch.held_since,
                leaves=fact.leaves,
                on=last,
            )
            missing[person, stretch.norm.code] = Decimal(verdict.shortfall) / 100
    return missing


def people_of(filing_unit_id: int, *, on: dt.date) -> Any:
    """Employees a unit's request may name: those of the units that file through it."""
    units = [key for key, files in filing_units(on=on).items() if files == filing_unit_id]
    return Person.objects.filter(
        pk__in=Post.objects.not_over(on).filter(unit_id__in=units).values("person_id")
    )

"""The tree of units as people read it, and what stands in a subtree."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count

from staff.models import Post, Standing, Unit


def in_tree_order(units: Iterable[Unit]) -> list[Unit]:
    """``units`` parents first, siblings in Kazakh order; one whose parent is missing is a root.

    Each gets ``depth``: how deep it stands among those given.
    """
    given = sorted(units, key=lambda unit: (unit.sort_key, unit.pk))
    keys = {unit.pk for unit in given}
    children: defaultdict[int | None, list[Unit]] = defaultdict(list)
    for unit in given:
        children[_nearest_above(unit, keys)].append(unit)
    ordered: list[Unit] = []
    waiting = [(unit, 0) for unit in reversed(children[None])]
    while waiting:
        unit, depth = waiting.pop()
        unit.depth = depth  # type: ignore[attr-defined]
        ordered.append(unit)
        waiting.extend((child, depth + 1) for child in reversed(children[unit.pk]))
    return ordered


def above(unit: Unit) -> list[int]:
    """Keys of the units ``unit`` belongs to, the root first, itself last."""
    return [int(key) for key in unit.path.strip("/").split("/") if key]


def _nearest_above(unit: Unit, keys: set[int]) -> int | None:
    return next((key for key in reversed(above(unit)[:-1]) if key in keys), None)


def with_everything_below(units: Sequence[Unit], own: Counter[int]) -> dict[int, int]:
    """``own`` figures of units summed up the tree; ``units`` must hold every unit counted."""
    total: Counter[int] = Counter()
    for unit in units:
        figure = own.get(unit.pk, 0)
        if figure:
            for key in above(unit):
                total[key] += figure
    return dict(total)


def headcounts(units: Sequence[Unit], *, on: dt.date, below: bool = False) -> dict[int, int]:
    """People who hold a post in the unit or below it on that day, each counted once a unit.

    ``below``: ``units`` are a subtree, and only posts held there are counted. Two queries: posts
    by unit, and the posts of those few who hold several, who would be counted more than once.
    """
    everywhere = Post.objects.held(on).order_by()
    held = everywhere.filter(unit_id__in=[unit.pk for unit in units]) if below else everywhere
    own = Counter(dict(held.values_list("unit_id").annotate(count=Count("pk"))))
    total = with_everything_below(units, own)
    # Asked of everybody: an index has them in order, which it has not for some units.
    several = everywhere.values("person_id").annotate(posts=Count("pk")).filter(posts__gt=1)
    among_those = held.filter(person_id__in=several.values("person_id"))
    path = {unit.pk: above(unit) for unit in units}
    seen: defaultdict[int, list[int]] = defaultdict(list)
    for person, unit in among_those.values_list("person_id", "unit_id"):
        seen[person].append(unit)
    # Many hold their posts in the same units as others do: each combination is looked at once.
    for places, people in Counter(tuple(sorted(places)) for places in seen.values()).items():
        passed = Counter(key for place in places for key in path.get(place, ()))
        for key, times in passed.items():
            total[key] -= people * (times - 1)
    return total


def overdue(units: Sequence[Unit], *, on: dt.date) -> dict[int, int]:
    """Overdue standings of the unit and below, as the dashboard counts them."""
    rows: Any = Standing.objects.on(on).order_by()
    # The state says as much; the date alone spares asking who is on leave for all the others.
    rows = rows.filter(due_on__lt=on, state="overdue")
    own = Counter(dict(rows.values_list("unit_id").annotate(count=Count("pk"))))
    return with_everything_below(units, own)

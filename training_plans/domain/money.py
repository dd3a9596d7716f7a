"""What the plan costs, against what is set aside (clauses 3.7, 8.1). Pure; money in tenge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from training_plans.models import Funding

from .planned import Planned, quarter_of


class Cost(NamedTuple):
    """Lines of one source, unit or quarter: how many, how many of them unpriced, the money."""

    key: Any
    lines: int
    unpriced: int
    cost: Decimal


class Source(NamedTuple):
    """One source of money: its lines against what is set aside; ``None``: nothing was said."""

    source: str
    lines: int
    unpriced: int
    cost: Decimal
    budget: Decimal | None

    @property
    def left(self) -> Decimal | None:
        return None if self.budget is None else self.budget - self.cost

    @property
    def is_over(self) -> bool:
        return self.left is not None and self.left < 0

    @property
    def percent(self) -> int | None:
        """How much of what is set aside is planned, per cent; at most 999."""
        if not self.budget:
            return None
        return min(int(100 * self.cost / self.budget), 999)


@dataclass(frozen=True, slots=True)
class Money:
    """The plan's money: by source (with those that have a budget only), unit and quarter.

    ``by_quarter`` ends with key 0 where lines have no days yet.
    """

    total: Cost
    by_source: list[Source]
    by_unit: list[Cost]
    by_quarter: list[Cost]

    def of(self, source: str) -> Source:
        """One source; all naughts where nothing is planned or set aside."""
        found = (row for row in self.by_source if row.source == source)
        return next(found, Source(source, 0, 0, Decimal(0), None))


def _summed(lines: Iterable[Planned], key: Callable[[Planned], Any]) -> dict[Any, Cost]:
    sums: dict[Any, Cost] = {}
    for line in lines:
        name = key(line)
        before = sums.get(name) or Cost(name, 0, 0, Decimal(0))
        sums[name] = Cost(
            name,
            before.lines + 1,
            before.unpriced + (line.cost is None),
            before.cost + (line.cost or 0),
        )
    return sums


def money(*, lines: Iterable[Planned], budgets: Mapping[str, Decimal]) -> Money:
    """Planned cost of ``lines``; the dearest unit first."""
    lines = list(lines)
    sources = _summed(lines, lambda line: line.funding)
    by_source = []
    for source in ["", *Funding.values]:
        if source in sources or source in budgets:
            cost = sources.get(source) or Cost(source, 0, 0, Decimal(0))
            by_source.append(Source(*cost, budgets.get(source)))
    quarters = _summed(lines, lambda line: quarter_of(line.starts_on) if line.starts_on else 0)
    whole = _summed(lines, lambda line: None).get(None) or Cost(None, 0, 0, Decimal(0))
    return Money(
        total=whole,
        by_source=by_source,
        by_unit=sorted(
            _summed(lines, lambda line: line.unit_id).values(), key=lambda row: (-row.cost, row.key)
        ),
        by_quarter=[
            quarters.get(number) or Cost(number, 0, 0, Decimal(0))
            for number in ([1, 2, 3, 4, 0] if 0 in quarters else [1, 2, 3, 4])
        ],
    )

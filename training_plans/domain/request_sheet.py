"""A request as its page shows it: lines with what they lack, sums, who fell due since (5.4).

Whatever the number of people, a constant number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Max

from staff.models import Person
from training_plans.models import Request, RequestLine
from training_plans.request_paper import in_order

from .request_checks import advice, codes_of_norms, needs_of
from .requests import wanted_by
from .suggestions import Suggestion, gather
from .terms import labels_of, missing


@dataclass
class SheetLine:
    """One line with what is worth knowing about it; ``version`` is what its form carries."""

    line: RequestLine
    version: int
    lacks: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    is_due_no_more: bool = False

    @property
    def pk(self) -> int:
        return self.line.pk

    @property
    def is_complete(self) -> bool:
        return not self.lacks

    @property
    def best(self) -> list[Suggestion]:
        """As many as a closed line has room for."""
        return self.suggestions[:3]

    @property
    def others(self) -> list[Suggestion]:
        """Suggestions but for the one the line has taken."""
        return [s for s in self.suggestions if s.topic != self.line.topic]


@dataclass
class Sheet:
    """The whole request. ``newcomers`` fall due and are not on it yet."""

    request: Request
    lines: list[SheetLine]
    left_out: list[SheetLine]
    newcomers: list[Person]
    falling_due: int

    def row(self, key: int) -> SheetLine:
        """The line with that key."""
        return next(row for row in [*self.lines, *self.left_out] if row.pk == key)

    @property
    def due_people(self) -> int:
        """How many who fall due are asked for."""
        return len({row.line.person_id for row in self.lines if row.line.is_suggested})

    @property
    def due_left_out(self) -> int:
        kept = {row.line.person_id for row in self.lines if row.line.is_suggested}
        return len({r.line.person_id for r in self.left_out if r.line.is_suggested} - kept)

    @property
    def added(self) -> int:
        return sum(not row.line.is_suggested for row in self.lines)

    @property
    def people(self) -> int:
        return len({row.line.person_id for row in self.lines})

    @property
    def complete(self) -> int:
        return sum(row.is_complete for row in self.lines)

    @property
    def hours(self) -> Decimal:
        return sum((row.line.hours or Decimal(0) for row in self.lines), Decimal(0))

    @property
    def cost(self) -> Decimal:
        return sum((row.line.cost or Decimal(0) for row in self.lines), Decimal(0))

    @property
    def by_funding(self) -> list[tuple[str, Decimal]]:
        """What is asked from each source, the largest first; sources without money left out."""
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in self.lines:
            if row.line.cost:
                sums[str(row.line.get_funding_display())] += row.line.cost
        return sorted(sums.items(), key=lambda item: -item[1])


def sheet(
    *, request: Request, on: dt.date, only: RequestLine | None = None, suggesting: bool = True
) -> Sheet:
    """The request as it stands on a day. Suggestions are made for ``only`` that line, or for all;
    ``suggesting=False`` makes none.
    """
    lines = in_order(request)
    asked = [line for line in lines if not line.left_out]
    words = advice(asked)
    versions = _versions(lines)
    codes = codes_of_norms()
    needs = needs_of(request=request, on=on)
    due = {(need.person_id, codes[need.requirement_id]) for need in needs}
    on_it = {(line.person_id, _code(line)) for line in lines}
    wanting = [line for line in asked if only is None or line.pk == only.pk]
    offered = _suggestions(request, wanting, on) if suggesting else {}
    rows = [
        SheetLine(
            line=line,
            version=versions.get(line.pk, 0),
            lacks=[] if line.left_out else labels_of(missing(line)),
            advice=words.get(line.pk, []),
            suggestions=offered.get(line.pk, []),
            is_due_no_more=line.is_suggested and (line.person_id, _code(line)) not in due,
        )
        for line in lines
    ]
    return Sheet(
        request=request,
        lines=[row for row in rows if not row.line.left_out],
        left_out=[row for row in rows if row.line.left_out],
        newcomers=list(Person.objects.filter(pk__in={person for person, _code in due - on_it})),
        falling_due=len({need.person_id for need in needs}),
    )


def _code(line: RequestLine) -> str:
    return line.requirement.code if line.requirement else ""


def _versions(lines: Sequence[RequestLine]) -> dict[int, int]:
    rows = RequestLine.history.filter(id__in=[line.pk for line in lines]).order_by()
    return dict(rows.values_list("id").annotate(newest=Max("history_id")))


def _suggestions(
    request: Request, lines: Sequence[RequestLine], on: dt.date
) -> dict[int, list[Suggestion]]:
    if not lines:
        return {}
    known = gather(
        planning_year=request.planning_year,
        unit=request.unit,
        people={line.person_id for line in lines},
        on=on,
    )
    return {line.pk: known.fitting(wanted_by(line)) for line in lines}

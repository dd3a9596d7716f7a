"""The lines of the plan as the calculations want them: light rows, read in one query.

Coverage, load, money, checks and the forecast are pure functions over these rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from training_plans.models import Funding, PlanLine, Precision
from training_plans.models.requests import TEACHERS

ROMAN = ("I", "II", "III", "IV")
BRINGS_NOTHING_MORE = frozenset({PlanLine.Execution.DONE, PlanLine.Execution.NOT_HELD})


class Planned(NamedTuple):
    """One line of the plan. ``cost`` is in tenge, ``hours`` academic hours.

    ``post_ends_on``, ``left_on``, ``unit_closed_on``: last days of the post, of the employment, of
    the unit. ``request_state`` is empty for a line the Centre added.
    """

    key: int
    person_id: int
    last_name: str
    first_name: str
    patronymic: str
    left_on: dt.date | None
    post_id: int
    post_ends_on: dt.date | None
    post_unit_id: int
    category: str
    unit_id: int
    unit_closed_on: dt.date | None
    requirement_id: int | None
    due_on: dt.date | None
    missing_hours: Decimal | None
    topic: str
    area: str
    provider_id: int | None
    precision: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    hours: Decimal | None
    funding: str
    cost: Decimal | None
    group_id: int | None
    request_line_id: int | None
    request_state: str | None
    execution: str
    record_id: int | None

    @property
    def name(self) -> str:
        return " ".join(filter(None, [self.last_name, self.first_name, self.patronymic]))

    @property
    def is_teacher(self) -> bool:
        return self.category in TEACHERS

    @property
    def is_to_come(self) -> bool:
        """Whether it may still bring hours: what is done counts by its record, in the ledger."""
        return self.record_id is None and self.execution not in BRINGS_NOTHING_MORE

    @property
    def period(self) -> str:
        return period_of(self)


_COLUMNS = (
    "pk",
    "person_id",
    "person__last_name",
    "person__first_name",
    "person__patronymic",
    "person__left_on",
    "post_id",
    "post__ends_on",
    "post__unit_id",
    "post__category",
    "unit_id",
    "unit__closed_on",
    "requirement_id",
    "due_on",
    "missing_hours",
    "topic",
    "area",
    "provider_id",
    "precision",
    "starts_on",
    "ends_on",
    "hours",
    "funding",
    "cost",
    "group_id",
    "request_line_id",
    "request_line__request__state",
    "execution",
    "record_id",
)


def planned(rows: Any) -> list[Planned]:
    """``rows`` (a queryset of plan lines) as light rows, in the order of their keys; one query."""
    return [Planned(*row) for row in rows.order_by("pk").values_list(*_COLUMNS)]


def period_in_words(*, precision: str, starts_on: dt.date | None, ends_on: dt.date | None) -> str:
    """When a training is held: «II quarter of 2027», «March 2027», «01.03.2027 – 12.03.2027»."""
    if starts_on is None or ends_on is None:
        return ""
    if precision == Precision.QUARTER:
        return _("quarter %(number)s of %(year)s") % {
            "number": ROMAN[(starts_on.month - 1) // 3],
            "year": starts_on.year,
        }
    if precision == Precision.MONTH:
        return date_format(starts_on, "YEAR_MONTH_FORMAT")
    first = date_format(starts_on, "SHORT_DATE_FORMAT")
    last = date_format(ends_on, "SHORT_DATE_FORMAT")
    return first if first == last else f"{first} – {last}"


def period_of(terms: Any) -> str:
    """``period_in_words`` of whatever carries terms: a line, a change, a row of history."""
    return period_in_words(
        precision=terms.precision, starts_on=terms.starts_on, ends_on=terms.ends_on
    )


def quarter_of(day: dt.date) -> int:
    return (day.month + 2) // 3


def by_person(lines: Sequence[Planned]) -> dict[int, list[Planned]]:
    """Lines by the person they stand for, each person's in the order given."""
    found: dict[int, list[Planned]] = {}
    for line in lines:
        found.setdefault(line.person_id, []).append(line)
    return found


def source_label(source: str) -> str:
    """What a funding source is called; a line may have none yet."""
    return str(Funding(source).label) if source else _("source not chosen")

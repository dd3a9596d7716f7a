"""What the application being typed means, before it is sent (clauses 3.7, 3.8, 7.1, 7.5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from training_plans.models import CaseRules, TrainingApplication
from workflow.calendar import earliest_start, last_day_to_apply
from workflow.transitions import Refusal

from .application_checks import (
    MOST_HOURS_A_DAY,
    applies_late,
    is_admitted,
    lead_days,
    overlaps,
)
from .route import Stop, stops_of

MANY_HOURS_A_DAY = 10


@dataclass(frozen=True, slots=True)
class Outlook:
    """Days, volume, money and route of an application as typed so far; money in tenge.

    ``lead`` is how many days before the start one applies. ``earliest`` and ``earliest_end`` are
    the same length moved to the first start still in time, within the year of the plan; ``None``
    where no day is given.
    """

    lead: int
    apply_by: dt.date | None
    earliest: dt.date
    earliest_end: dt.date | None
    is_reversed: bool
    has_begun: bool
    is_late: bool
    is_admitted: bool
    days: int
    hours_a_day: Decimal | None
    overlaps: list[Refusal]
    total: Decimal
    wants_contract: bool
    obligation_months: int
    stops: list[Stop]

    @property
    def is_much(self) -> bool:
        return self.hours_a_day is not None and self.hours_a_day > MANY_HOURS_A_DAY

    @property
    def is_impossible(self) -> bool:
        return self.hours_a_day is not None and self.hours_a_day > MOST_HOURS_A_DAY


def outlook_of(application: TrainingApplication, on: dt.date) -> Outlook:
    """Look ahead for an application that need not be kept yet; a constant number of queries."""
    rules = CaseRules.in_force()
    lead = lead_days(application, rules)
    start, end = application.starts_on, application.ends_on
    is_reversed = bool(start and end and end < start)
    days = (end - start).days + 1 if start and end and not is_reversed else 0
    hours = application.hours
    earliest = earliest_start(on, lead)
    line = application.plan_line
    if line is not None:  # a line is carried out in the year of its plan (5.5)
        earliest = max(earliest, dt.date(line.plan.planning_year.year, 1, 1))
    application.cost = sum(application.costs.values(), Decimal(0))
    admitted = is_admitted(application)
    return Outlook(
        lead=lead,
        apply_by=last_day_to_apply(start, lead) if start else None,
        earliest=earliest,
        earliest_end=earliest + (end - start) if start and end and days else None,
        is_reversed=is_reversed,
        has_begun=bool(start and start <= on),
        is_late=applies_late(application, on) and not admitted,
        is_admitted=admitted,
        days=days,
        hours_a_day=round(Decimal(hours) / days, 1) if hours and days else None,
        overlaps=overlaps(application) if days else [],
        total=application.cost,
        wants_contract=application.wants_contract,
        obligation_months=rules.obligation_months,
        stops=stops_of(application),
    )

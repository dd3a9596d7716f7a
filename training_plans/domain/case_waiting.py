"""What of the cases waits for somebody: tasks of the home page, counts of the navigation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, QuerySet

from staff.models import Role, Unit
from training_plans.models import (
    CaseRules,
    Contract,
    Evidence,
    Order,
    OrderLine,
    Plan,
    PlanLine,
    Precision,
    Refund,
    RouteStep,
    TraineeReport,
    TrainingApplication,
    capacities_of,
)
from workflow.calendar import DAY, last_day_to_apply
from workflow.counting import counted

from .application_checks import lead_days

APPLY_SOON_DAYS = 30
State = TrainingApplication.State
Applications = QuerySet[TrainingApplication]


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for one account. ``visas`` is ``None`` for who gives none at all.

    ``offices``: by name of a question of this module, only those of the account's roles.
    """

    visas: int | None
    offices: Mapping[str, int]

    def of(self, name: str) -> int:
        return self.offices.get(name, 0)


def counts_for(user: Any, on: dt.date) -> Counts:
    """What the navigation counts, in three queries; the home page asks the same.

    Kept with the account as long as the request lasts: both stand on one page.
    """
    kept: dict[dt.date, Counts] = user.__dict__.setdefault("_case_counts", {})
    if on not in kept:
        kept[on] = _counts(user, on)
    return kept[on]


def _counts(user: Any, on: dt.date) -> Counts:
    questions = _everywhere(user)
    if capacities := capacities_of(user, on):
        questions["visas"] = RouteStep.objects.awaiting(user, on, capacities=capacities)
    found = counted(questions)
    return Counts(found.pop("visas", None), found)


def _everywhere(user: Any) -> dict[str, QuerySet[Any]]:
    """The questions of the account's offices that every page counts."""
    found: dict[str, QuerySet[Any]] = {}
    if user.has_role(Role.TRAINING_CENTRE, Role.HR):
        found["to_order"] = to_order()
    if user.has_role(Role.TRAINING_CENTRE):
        found["reports_to_accept"] = reports_to_accept()
    if user.has_role(Role.HR):
        found["evidence_to_verify"] = evidence_to_verify()
    if user.has_role(Role.LEGAL):
        found["contracts_to_do"] = contracts_to_do()
    return found


def at_home(user: Any, on: dt.date, *, rules: CaseRules) -> Counts:
    """The same, and what only the home page counts."""
    counts = counts_for(user, on)
    found: dict[str, QuerySet[Any]] = {}
    if user.has_role(Role.TRAINING_CENTRE):
        found["late_to_admit"] = late_to_admit()
    if user.has_role(Role.TRAINING_CENTRE, Role.HR):
        found["interrupted"] = interrupted()
    if user.has_role(Role.HR):
        found["documents_late"] = documents_late(on, days=rules.hr_told_after)
        found["to_close"] = to_close()
    elif user.person_id and user.charge_paths:
        late = documents_late(on, days=rules.head_told_after)
        found["documents_late"] = of_units_led(late, user)
    if user.has_role(Role.LEGAL, Role.FINANCE):
        found["refunds_due"] = refunds_due()
    return Counts(counts.visas, {**counts.offices, **counted(found)})


def oldest_visa(user: Any, on: dt.date) -> dt.date | None:
    """The earliest target day of the visas that wait for the account."""
    steps = RouteStep.objects.awaiting(user, on).order_by()
    oldest: dt.date | None = steps.aggregate(day=Min("due_on"))["day"]
    return oldest


# --- the offices --------------------------------------------------------------------------------
def late_to_admit() -> Applications:
    """Late applications whose admission was asked for and not given (7.1)."""
    return TrainingApplication.objects.filter(
        state__in=TrainingApplication.EDITABLE,
        late_asked_on__isnull=False,
        late_admitted_on__isnull=True,
    )


def to_order() -> Applications:
    """With the rector's visa, and in no draft of an order yet (7.1)."""
    drafted = OrderLine.objects.filter(withdrawn=False, order__state=Order.State.DRAFT)
    return TrainingApplication.objects.filter(state=State.APPROVED).exclude(
        pk__in=drafted.values("application")
    )


def interrupted() -> Applications:
    """Interrupted, so the order has to be changed or cancelled (7.1)."""
    return TrainingApplication.objects.filter(state=State.ORDERED, interrupted_on__isnull=False)


def to_close() -> Applications:
    """Accepted by both receivers; what is missing is the contract's signature (3.8)."""
    return TrainingApplication.objects.filter(state=State.ACCEPTED)


def contracts_to_do() -> QuerySet[Contract]:
    return Contract.objects.to_do()


def refunds_due() -> QuerySet[Refund]:
    return Refund.objects.filter(state=Refund.State.DUE)


def evidence_to_verify() -> QuerySet[Evidence]:
    return Evidence.objects.awaiting_hr()


def reports_to_accept() -> QuerySet[TraineeReport]:
    return TraineeReport.objects.awaiting_centre()


# --- oneself ------------------------------------------------------------------------------------
def own_cases(person_id: int) -> Applications:
    """The person's own open cases, the soonest first."""
    rows = TrainingApplication.objects.open().filter(person_id=person_id)
    return rows.select_related("evidence", "report").order_by("starts_on", "pk")


def own_orders(person_id: int) -> QuerySet[OrderLine]:
    """Orders the person has not been acquainted with (7.1)."""
    return (
        OrderLine.objects.filter(
            application__person_id=person_id,
            withdrawn=False,
            acquainted_on__isnull=True,
            order__state__in=[Order.State.ISSUED, Order.State.CHANGED],
        )
        .exclude(order__kind=Order.Kind.CANCEL)
        .select_related("order", "application")
    )


def own_returned_evidence(person_id: int) -> QuerySet[Evidence]:
    """Documents of no case that HR returned; those of a case are seen with it."""
    return Evidence.objects.filter(
        person_id=person_id, application__isnull=True, state=Evidence.State.RETURNED
    )


def to_apply_for(
    person_id: int, *, on: dt.date, rules: CaseRules
) -> list[tuple[PlanLine, dt.date]]:
    """The person's lines of the plan with the last day to apply, where it comes soon (7.1).

    Also those it has passed, as long as the training has not begun: the Centre may still admit.
    """
    waiting = (PlanLine.Execution.NOT_BEGUN, PlanLine.Execution.POSTPONED)
    begun = TrainingApplication.objects.filter(
        plan_line__isnull=False, person_id=person_id, state__in=TrainingApplication.OPEN
    )
    lines = (
        PlanLine.objects.planned()
        .filter(
            person_id=person_id,
            plan__state=Plan.State.APPROVED,
            execution__in=waiting,
            starts_on__gt=on,
            starts_on__lte=on + (rules.abroad_days + rules.apply_days + APPLY_SOON_DAYS) * DAY,
        )
        .exclude(pk__in=begun.values("plan_line"))
        .order_by("starts_on", "pk")
    )
    found = []
    for line in lines:
        if line.starts_on is None or line.precision == Precision.QUARTER:
            continue
        last = last_day_to_apply(line.starts_on, lead_days(line, rules))
        if (last - on).days <= APPLY_SOON_DAYS:
            found.append((line, last))
    return found


# --- who can still remind -----------------------------------------------------------------------
def documents_late(on: dt.date, *, days: int) -> Applications:
    """Nothing handed in, and the term of 7.2 over for at least ``days`` days (at least one)."""
    return TrainingApplication.objects.documents_late(on - (max(days, 1) - 1) * DAY)


def of_units_led(rows: Applications, user: Any) -> Applications:
    """Cases of the units the person leads, as the letters go: head first, then HR; not one's own.

    Whoever supervises or stands further up sees them in the list, and has nothing to do.
    """
    units = Unit.objects.led_by(user.person_id)
    return rows.filter(unit__in=units).exclude(person_id=user.person_id)


def oldest_missing(user: Any, on: dt.date, *, rules: CaseRules) -> dt.date | None:
    """The earliest due day of the documents the account has to remind of."""
    if user.has_role(Role.HR):
        rows = documents_late(on, days=rules.hr_told_after)
    else:
        rows = of_units_led(documents_late(on, days=rules.head_told_after), user)
    oldest: dt.date | None = rows.order_by().aggregate(day=Min("documents_due_on"))["day"]
    return oldest

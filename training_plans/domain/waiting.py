"""What of the planning waits for somebody: the tasks on the home page, counts in the navigation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from staff.models import Role, Unit
from training_plans.models import Plan, PlanLine, PlanningYear, Request
from training_plans.rules import heads_a_centre, is_centre

from .years import NOT_SENT, not_sent, units_that_file


def year_being_planned() -> PlanningYear | None:
    """The newest year, as long as its plan has not been submitted; else ``None``."""
    newest = PlanningYear.objects.select_related("plan").order_by("-year").first()
    plan = getattr(newest, "plan", None)
    if newest is None or (plan is not None and plan.state != Plan.State.DRAFT):
        return None
    return newest


def requests_to_decide() -> Any:
    """Requests that lie before the Centre (5.4)."""
    return Request.objects.filter(state=Request.State.SENT)


def plans_to_decide(user: Any) -> Any:
    """Plans that, themselves or by an amendment, lie before the account's decision (5.5)."""
    approvers = []
    if user.has_role(Role.RECTOR):
        approvers.append(PlanningYear.Approver.RECTOR)
    waiting = Plan.objects.awaiting_decision()
    if is_centre(user) and waiting.exists() and heads_a_centre(user):
        approvers.append(PlanningYear.Approver.CENTRE_HEAD)
    return waiting.filter(planning_year__approver__in=approvers)


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A unit whose request the account owes; ``request`` is ``None`` where none was begun."""

    planning_year: PlanningYear
    unit: Unit
    request: Request | None


def own_requests(*, user: Any, on: dt.date) -> list[OwnRequest]:
    """Requests of the account's own units that have not been sent, or came back."""
    if not user.charge_paths or user.person_id is None:
        return []
    year = year_being_planned()
    if year is None:
        return []
    led = Unit.objects.led_by(user.person_id)
    filing = units_that_file(planning_year=year, on=on)
    units = [unit for unit in led if unit.pk in filing]
    begun = {row.unit_id: row for row in year.requests.filter(unit__in=[u.pk for u in units])}
    return [
        OwnRequest(year, unit, request)
        for unit in units
        if (request := begun.get(unit.pk)) is None or request.state in NOT_SENT
    ]


def units_owing(*, planning_year: PlanningYear, on: dt.date) -> int:
    """How many units have not sent their request."""
    return len(not_sent(planning_year=planning_year, on=on))


def own_plan_lines(*, user: Any, on: dt.date) -> list[PlanLine]:
    """What the plan in force has for the account's own person, from this day on."""
    if user.person_id is None:
        return []
    lines = (
        PlanLine.objects.planned()
        .filter(person_id=user.person_id, plan__version__gt=0)
        .filter(
            Q(ends_on__isnull=True, plan__planning_year__year__gte=on.year) | Q(ends_on__gte=on)
        )
    )
    related = ("plan__planning_year", "provider")
    return list(lines.select_related(*related).order_by("starts_on", "pk"))

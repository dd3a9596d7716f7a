"""Who may, in the planning year (clauses 3.12, 5.3–5.5, 8.1)."""

from __future__ import annotations

from typing import Any

import rules

from staff.models import Role, Unit
from staff.rules import has_role, is_centre, is_hr, watches_others

from .models import (
    Amendment,
    Event,
    Plan,
    PlanLine,
    PlanningYear,
    Request,
    sees_all_planning,
)

is_finance = has_role(Role.FINANCE)
is_rector = has_role(Role.RECTOR)


@rules.predicate
def leads_unit_of(user: Any, request: Request | None) -> bool:
    """Head or secretary of the very unit that files; those above see, but do not file."""
    return (
        request is not None
        and user.person_id is not None
        and Unit.objects.led_by(user.person_id).filter(pk=request.unit_id).exists()
    )


@rules.predicate
def leads_unit(user: Any, unit: Unit | None) -> bool:
    """Head or secretary of that unit, who may begin its request (5.4)."""
    return (
        unit is not None
        and user.person_id is not None
        and Unit.objects.led_by(user.person_id).filter(pk=unit.pk).exists()
    )


@rules.predicate
def may_see_request(user: Any, request: Request | None) -> bool:
    return request is not None and (
        Request.objects.visible_to(user).filter(pk=request.pk).exists()
        or leads_unit_of(user, request)
    )


def _approver_of(case: Plan | Amendment) -> str:
    plan = case if isinstance(case, Plan) else case.plan
    return plan.planning_year.approver


@rules.predicate
def approves(user: Any, case: Plan | Amendment | None) -> bool:
    """The configured approver (readings, «Plan approval»): head of the Centre, or the rector."""
    if case is None:
        return False
    if _approver_of(case) == PlanningYear.Approver.RECTOR:
        return bool(is_rector(user))
    return bool(is_centre(user)) and heads_a_centre(user)


def heads_a_centre(user: Any) -> bool:
    """Head of a unit that is a centre, as long as they hold a post."""
    return (
        user.person_id is not None
        and Unit.objects.led_by(user.person_id)
        .filter(kind=Unit.Kind.CENTRE, head_id=user.person_id)
        .exists()
    )


@rules.predicate
def sees_whole_plan(user: Any) -> bool:
    """Whose figures are those of the whole plan: its checks and what waits are theirs to see."""
    return sees_all_planning(user)


@rules.predicate
def may_see_line(user: Any, line: PlanLine | None) -> bool:
    return line is not None and PlanLine.objects.visible_to(user).filter(pk=line.pk).exists()


@rules.predicate
def may_verify_event(user: Any, event: Event | None) -> bool:
    """HR, and only what the academy itself held (clause 3.11)."""
    return bool(is_hr(user)) and (event is None or event.course.is_own)


rules.add_perm("training_plans.open_year", is_centre)
rules.add_perm("training_plans.view_planning", watches_others | is_finance)
rules.add_perm("training_plans.view_request", may_see_request)
rules.add_perm("training_plans.begin_request", leads_unit)
rules.add_perm("training_plans.file_request", leads_unit_of)
rules.add_perm("training_plans.decide_request", is_centre)
rules.add_perm("training_plans.view_plan", watches_others | is_finance)
rules.add_perm("training_plans.view_whole_plan", sees_whole_plan)
rules.add_perm("training_plans.view_plan_line", may_see_line)
rules.add_perm("training_plans.build_plan", is_centre)
rules.add_perm("training_plans.approve_plan", approves)
rules.add_perm("training_plans.view_catalogue", rules.is_authenticated)
rules.add_perm("training_plans.change_catalogue", is_centre)
rules.add_perm("training_plans.verify_event", may_verify_event)
rules.add_perm("training_plans.print_event", is_centre | is_hr)
rules.add_perm("training_plans.change_wish", rules.is_authenticated)

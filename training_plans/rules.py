"""Who may, in the planning year and in a case (clauses 3.8, 3.10, 3.12, 5.3–5.5, 7.1, 8.1)."""

from __future__ import annotations

from typing import Any

import rules

from staff.models import Role, Unit
from staff.rules import has_role, is_centre, is_hr, watches_others
from workflow.calendar import today

from .models import (
    Amendment,
    Event,
    Evidence,
    Order,
    Plan,
    PlanLine,
    PlanningYear,
    Request,
    RouteStep,
    TrainingApplication,
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
rules.add_perm("training_plans.change_year", is_centre | is_rector)
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


# --- the case -----------------------------------------------------------------------------------
is_legal = has_role(Role.LEGAL)


def case_of(thing: Any) -> TrainingApplication | None:
    """The application a line, contract, document or report belongs to; itself if it is one."""
    if thing is None or isinstance(thing, TrainingApplication):
        return thing
    found: TrainingApplication | None = thing.application
    return found


@rules.predicate
def may_see_case(user: Any, thing: Any) -> bool:
    case = case_of(thing)
    return (
        case is not None
        and TrainingApplication.objects.visible_to(user).filter(pk=case.pk).exists()
    )


@rules.predicate
def is_about_me(user: Any, thing: Any) -> bool:
    """The employee whose case, document or report it is."""
    return thing is not None and user.person_id is not None and _person_of(thing) == user.person_id


def _person_of(thing: Any) -> int | None:
    found: int | None = getattr(thing, "person_id", None) or case_of(thing).person_id  # type: ignore[union-attr]
    return found


@rules.predicate
def leads_its_unit(user: Any, thing: Any) -> bool:
    """Head or secretary of the unit of a case or of a line of the plan, as they file for people."""
    return (
        thing is not None
        and user.person_id is not None
        and Unit.objects.led_by(user.person_id).filter(pk=thing.unit_id).exists()
    )


@rules.predicate
def filed_it(user: Any, thing: Any) -> bool:
    """Who filed the case a thing belongs to."""
    case = case_of(thing)
    return case is not None and case.filed_by_id == user.pk


@rules.predicate
def decides_its_step(user: Any, case: TrainingApplication | None) -> bool:
    """Whose turn it is, in one's own right or as a substitute; never about oneself."""
    return (
        case is not None
        and RouteStep.objects.awaiting(user, today()).filter(application=case).exists()
    )


@rules.predicate
def may_see_order(user: Any, order: Order | None) -> bool:
    return order is not None and Order.objects.visible_to(user).filter(pk=order.pk).exists()


@rules.predicate
def may_see_evidence(user: Any, evidence: Evidence | None) -> bool:
    return (
        evidence is not None and Evidence.objects.visible_to(user).filter(pk=evidence.pk).exists()
    )


rules.add_perm("training_plans.view_case", may_see_case)
rules.add_perm("training_plans.view_cases", rules.is_authenticated)
rules.add_perm("training_plans.apply", is_about_me | leads_its_unit | is_centre)
rules.add_perm("training_plans.file_case", is_about_me | filed_it | leads_its_unit | is_centre)
rules.add_perm("training_plans.withdraw_case", is_about_me | filed_it)
rules.add_perm("training_plans.give_consent", is_about_me)
rules.add_perm("training_plans.admit_late", is_centre & ~is_about_me)
rules.add_perm("training_plans.decide_step", decides_its_step)
rules.add_perm("training_plans.call_off", is_centre | is_hr)
rules.add_perm("training_plans.see_slow_visas", is_centre | is_hr | is_rector)
rules.add_perm("training_plans.interrupt", is_about_me | is_hr | leads_its_unit)
rules.add_perm("training_plans.issue_order", is_hr | is_centre)
rules.add_perm("training_plans.view_order", may_see_order)
rules.add_perm("training_plans.acquaint", is_about_me)
rules.add_perm("training_plans.view_contract", is_about_me | is_legal | is_hr)
rules.add_perm("training_plans.keep_contract", is_legal & ~is_about_me)
rules.add_perm(
    "training_plans.drop_contract", is_legal | is_hr | is_centre | is_about_me | filed_it
)
rules.add_perm("training_plans.account_refund", (is_legal | is_finance) & ~is_about_me)
rules.add_perm("training_plans.hand_in", is_about_me | is_hr | is_centre)
rules.add_perm("training_plans.hand_in_document", is_about_me | is_hr)
rules.add_perm("training_plans.write_report", is_about_me)
rules.add_perm("training_plans.view_evidence", may_see_evidence)
rules.add_perm("training_plans.verify_evidence", is_hr & ~is_about_me)
rules.add_perm("training_plans.judge_report", is_centre & ~is_about_me)
rules.add_perm("training_plans.judge_documents", (is_hr | is_centre) & ~is_about_me)
rules.add_perm("training_plans.close_case", is_hr | is_centre | is_legal)
rules.add_perm("training_plans.set_case_rules", has_role(Role.ADMINISTRATOR, Role.HR))
rules.add_perm("training_plans.name_substitute", rules.is_authenticated)
rules.add_perm("training_plans.manage_substitutes", has_role(Role.ADMINISTRATOR))

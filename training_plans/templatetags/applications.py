"""What a line of the plan says to who may apply for it: the last day, and the way there (7.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django import template

from training_plans.domain.application_checks import FREE_LINE, lead_days
from training_plans.models import (
    CaseRules,
    Plan,
    PlanLine,
    Precision,
    RouteStep,
    TrainingApplication,
)
from workflow.calendar import DAY, last_day_to_apply, today

register = template.Library()
APPLIED = frozenset(
    {
        PlanLine.Execution.APPLIED,
        PlanLine.Execution.ORDERED,
        PlanLine.Execution.IN_TRAINING,
        PlanLine.Execution.DOCUMENTS_DUE,
    }
)


class WayToApply(NamedTuple):
    """``by``: the last day to apply, while the line is free. ``has_case``: at least begun."""

    by: dt.date | None
    has_case: bool


@register.simple_tag(takes_context=True)
def way_to_apply(context: Any, line: PlanLine) -> WayToApply | None:
    """How one applies for ``line``; ``None`` where one does not. Two queries for a whole list."""
    if line.taken_out or line.plan.state != Plan.State.APPROVED:
        return None
    if line.execution in APPLIED:
        return WayToApply(None, True)
    if line.execution not in FREE_LINE or line.ends_on is None or line.ends_on <= today():
        return None
    if line.starts_on is None:
        return None
    rules = context.render_context.get("case rules")
    if rules is None:
        rules = context.render_context["case rules"] = CaseRules.in_force()
    days = lead_days(line, rules)
    by = last_day_to_apply(line.starts_on, days)
    if by < today() and line.precision != Precision.DAYS:  # later in the month is in time still
        length = -(-int(line.hours or 8) // 8)
        by = max(by, last_day_to_apply(line.ends_on - (length - 1) * DAY, days))
    return WayToApply(by, line.pk in _begun(context, line.person_id))


def _begun(context: Any, person: int) -> frozenset[int | None]:
    """The lines this person has begun to apply for, or has to correct."""
    kept: dict[int, frozenset[int | None]] = context.render_context.setdefault("begun", {})
    if person not in kept:
        begun = TrainingApplication.objects.filter(
            person=person, state__in=TrainingApplication.EDITABLE, plan_line__isnull=False
        )
        kept[person] = frozenset(begun.values_list("plan_line_id", flat=True))
    return kept[person]


@register.simple_tag
def may_apply(user: Any, line: PlanLine) -> bool:
    """Whether the account may apply for this line, for itself or for who holds the post."""
    return bool(user.has_perm("training_plans.apply", line))


@register.filter
def stop_name(kind: str) -> str:
    """What a step of the route is called."""
    return str(RouteStep.Kind(kind).label)

"""A plan that is in force, without the way that leads there."""

from __future__ import annotations

import datetime as dt
from typing import Any

from training_plans.models import Plan, PlanVersion
from training_plans.papers import plan_data, plan_number, signed_by
from workflow.papers import issue

APPROVED_ON = dt.date(2026, 11, 20)


def in_force(plan: Plan, *, by: Any, on: dt.date = APPROVED_ON) -> Plan:
    """``plan`` with version 1 frozen as its lines are."""
    plan.state, plan.version = Plan.State.APPROVED, 1
    plan.save()
    signature = signed_by(by, on=on)
    paper = issue(
        kind="annual_plan",
        number=plan_number(plan.planning_year.year),
        data=plan_data(plan, version=1, on=on, approved_by=signature, is_late=False),
        subject=plan,
        actor=by,
        on=on,
    )
    PlanVersion.objects.create(plan=plan, number=1, paper=paper, approved_on=on, approved_by=by)
    return plan

"""The plan line follows its case: applied for, ordered, in training, documents due (3.14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from training_plans.models import AmendmentItem, Plan, PlanLine, TrainingApplication
from workflow.saving import put, save, take

from . import execution

State = TrainingApplication.State
Execution = PlanLine.Execution
_BEGUN = frozenset({Execution.IN_TRAINING, Execution.DOCUMENTS_DUE})


def execution_of(application: TrainingApplication, on: dt.date) -> str:
    """How far the plan line of a case is on that day (3.14)."""
    state = application.state
    if state == State.DRAFT or state in (State.WITHDRAWN, State.REJECTED, State.CANCELLED):
        return str(Execution.NOT_BEGUN)
    if state in (State.SUBMITTED, State.RETURNED, State.ENDORSED, State.APPROVED):
        return str(Execution.APPLIED)
    if state == State.ORDERED and application.starts_on and application.starts_on > on:
        return str(Execution.ORDERED)
    if state == State.ORDERED and application.ends_on and application.ends_on >= on:
        return str(Execution.IN_TRAINING)
    return str(Execution.DOCUMENTS_DUE)


def follow(application: TrainingApplication, *, actor: Any, on: dt.date) -> bool:
    """Let the plan line say how far its case is; whether it moved. Never stands in a case's way.

    What the case says counts, whatever the line said before. Left as they are: a line taken out,
    a year that is closed, what a verified record proves, and what the Centre marked as postponed or
    not held where the case ended without training. Done is said by ``verification``.
    """
    if application.plan_line is None:
        return False  # outside the plan
    line = take(application.plan_line)
    if line.taken_out or line.plan.state != Plan.State.APPROVED or execution.is_proved(line):
        return False
    target, note = execution_of(application, on), ""
    if target == Execution.NOT_BEGUN and line.execution in execution.WANTS_NOTE:
        return False
    if target == Execution.NOT_BEGUN and line.execution in _BEGUN:
        target, note = str(Execution.NOT_HELD), _("the order was cancelled")
    if line.execution == target:
        return False
    return execution.mark(line=line, state=target, actor=actor, note=note)


def take_into_plan(*, item: AmendmentItem, line: PlanLine, actor: Any, on: dt.date) -> None:
    """The proposed addition was approved: the case that waits for it has its line now (5.5)."""
    application = TrainingApplication.objects.filter(amendment_item=item).first()
    if application is None:
        return
    application = take(application)
    if application.state in TrainingApplication.OPEN and application.plan_line_id is None:
        put(application, {"plan_line": line})
        save(application, actor=actor)
        follow(application, actor=actor, on=on)

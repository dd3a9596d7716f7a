"""Reminders of the clocks of a case (clauses 7.1, 7.2, 7.14): each once, however often it is run.

A letter is its own memory: the row in the outbox says which stage of which case was written to
whom. After missed days only the last stage reached is written, never a flood of the earlier ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from staff.models import Role, Unit, User
from training_plans.models import (
    CaseRules,
    PlanLine,
    Precision,
    RouteStep,
    TrainingApplication,
)
from workflow.calendar import DAY, last_day_to_apply
from workflow.mail import post_many
from workflow.models import OutgoingMail
from workflow.saving import take

from .application_checks import lead_days
from .case_lines import execution_of, follow
from .execution import IN_PROGRESS
from .telling import account_of, deciders_of

BEFORE_DUE = (3, 1, 0)
BEFORE_LAST_DAY = (14, 3)
MEMORY = 400 * DAY  # how far back letters are looked at
Reminder = tuple[str, list[User], dict[str, object]]


@transaction.atomic
def remind(*, on: dt.date) -> int:
    """Write every reminder due on that day that was not written yet. Returns how many letters."""
    written = _written()
    count = 0
    for kind, receivers, context in _due(on):
        key = tuple(sorted(context.items()))
        new = [user for user in receivers if user.email and (kind, user.pk, key) not in written]
        if new:
            post_many(kind=kind, receivers=new, context=context)
            written |= {(kind, user.pk, key) for user in new}
            count += len(new)
    return count


KINDS = ("documents_due", "documents_overdue", "documents_missing", "apply_by", "case_slow")


def _written() -> set[tuple[str, int, tuple[tuple[str, object], ...]]]:
    rows = OutgoingMail.objects.filter(kind__in=KINDS, created_at__gte=timezone.now() - MEMORY)
    return {
        (kind, receiver, tuple(sorted(context.items())))
        for kind, receiver, context in rows.values_list("kind", "receiver_id", "context")
    }


def _due(on: dt.date) -> Iterator[Reminder]:
    yield from _of_documents(on)
    yield from _of_visas(on)
    yield from _of_applying(on)


# --- documents ----------------------------------------------------------------------------------
def stage_of(*, ended_on: dt.date, due_on: dt.date, on: dt.date) -> str:
    """The last stage reached: «end», «3», «1», «0» days before the due day, «overdue»; or none."""
    if on > due_on:
        return "overdue"
    for days in reversed(BEFORE_DUE):
        if on >= due_on - days * DAY:
            return str(days)
    return "end" if on >= ended_on else ""


def _of_documents(on: dt.date) -> Iterator[Reminder]:
    rules = CaseRules.in_force()
    owing = (
        TrainingApplication.objects.filter(
            state=TrainingApplication.State.ORDERED,
            interrupted_on__isnull=True,
            documents_due_on__isnull=False,
            ends_on__lte=on,
        )
        .select_related("person", "unit")
        .order_by("pk")
    )
    hr: list[User] | None = None
    for application in owing:
        if application.ends_on is None or application.documents_due_on is None:
            continue
        due = application.documents_due_on
        stage = stage_of(ended_on=application.ends_on, due_on=due, on=on)
        # The due day is part of the key: another due day by a changed order begins anew.
        context: dict[str, object] = {"application": application.pk, "due": due.isoformat()}
        kind = "documents_overdue" if stage == "overdue" else "documents_due"
        yield kind, account_of(application), {**context, "stage": stage}
        if on >= due + rules.head_told_after * DAY and on > due:
            yield "documents_missing", _head_of(application), {**context, "to": "head"}
        if on >= due + rules.hr_told_after * DAY and on > due:
            if hr is None:
                hr = list(User.objects.filter(is_active=True, groups__name=Role.HR))
            yield "documents_missing", hr, {**context, "to": "hr"}


def _head_of(application: TrainingApplication) -> list[User]:
    """The head of the unit as it is today; never the employee, who is told already."""
    head = application.unit.head_id
    if head is None or head == application.person_id:
        return []
    if not Unit.objects.led_by(head).filter(pk=application.unit_id).exists():
        return []
    return list(User.objects.filter(is_active=True, person_id=head))


# --- visas and applying -------------------------------------------------------------------------
def _of_visas(on: dt.date) -> Iterator[Reminder]:
    late = RouteStep.objects.waiting().filter(due_on__lt=on).select_related("application", "unit")
    for step in late.order_by("pk"):
        context = {"application": step.application_id, "step": step.pk}
        yield "case_slow", deciders_of(step, on), dict[str, object](context)


def _of_applying(on: dt.date) -> Iterator[Reminder]:
    """Lines nobody has applied for, whose last day to apply comes near."""
    rules = CaseRules.in_force()
    longest = max(rules.apply_days, rules.abroad_days) + max(BEFORE_LAST_DAY)
    lines = (
        PlanLine.objects.planned()
        .filter(
            plan__state="approved",
            execution__in=[PlanLine.Execution.NOT_BEGUN, PlanLine.Execution.POSTPONED],
            starts_on__gt=on,
            starts_on__lte=on + longest * DAY,
            person__account__is_active=True,
        )
        .exclude(precision=Precision.QUARTER)
        .select_related("person__account")
        .order_by("pk")
    )
    begun = set(
        TrainingApplication.objects.open()
        .filter(plan_line__isnull=False)
        .exclude(state="draft")
        .values_list("plan_line_id", flat=True)
    )
    for line in lines:
        if line.pk in begun or line.starts_on is None:
            continue
        last = last_day_to_apply(line.starts_on, lead_days(line, rules))
        reached = [days for days in BEFORE_LAST_DAY if 0 <= (last - on).days <= days]
        if reached:
            context = {"line": line.pk, "last": last.isoformat(), "stage": min(reached)}
            yield "apply_by", [line.person.account], dict[str, object](context)


# --- lines of the plan --------------------------------------------------------------------------
def follow_cases(*, on: dt.date) -> int:
    """Let the plan say which ordered trainings run and which have ended. Returns how many moved.

    What the Centre marked by hand meanwhile stays until something new happens to the case.
    """
    moved = 0
    ordered = (
        TrainingApplication.objects.filter(
            state=TrainingApplication.State.ORDERED,
            plan_line__plan__state="approved",
            plan_line__taken_out=False,
            plan_line__execution__in=IN_PROGRESS,
        )
        .select_related("plan_line__plan")
        .order_by("pk")
    )
    for application in ordered:
        line = application.plan_line
        if line is not None and line.execution != execution_of(application, on):
            with transaction.atomic():
                moved += follow(take(application), actor=None, on=on)
    return moved

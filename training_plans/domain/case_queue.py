"""What waits for somebody's visa, and who is slow (forms.md §6). Constant numbers of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from staff.models import User
from training_plans.models import (
    ROLE_OF_STEP,
    Attachment,
    Capacity,
    RouteStep,
    TrainingApplication,
    capacities_of,
)
from workflow.calendar import DAY, previous_working_day
from workflow.models import CalendarException

from . import route

Kind = RouteStep.Kind


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits for the reader. ``for_whom``: whom the reader stands in for, if anybody.

    ``earlier`` are the steps of this round already decided; ``order_by_day`` the last working day
    on which the order can still be issued; ``blocked`` why agreeing has to wait.
    """

    step: RouteStep
    for_whom: Any
    earlier: Sequence[RouteStep]
    days: int
    order_by_day: dt.date | None
    blocked: str

    @property
    def application(self) -> TrainingApplication:
        return self.step.application


def waiting_steps(
    user: Any, on: dt.date, *, capacities: Iterable[Capacity] | None = None
) -> QuerySet[RouteStep]:
    """The steps ``user`` may decide, the soonest training first."""
    found = RouteStep.objects.awaiting(user, on, capacities=capacities)
    return found.order_by("application__starts_on", "pk")


def described(
    steps: Sequence[RouteStep],
    *,
    user: Any,
    on: dt.date,
    capacities: Iterable[Capacity] | None = None,
) -> list[Waiting]:
    """Everything needed to decide each of ``steps``; ``capacities`` where the caller has them."""
    capacities = capacities_of(user, on) if capacities is None else capacities
    calendar = CalendarException.as_mapping()
    keys = [step.pk for step in steps]
    rows = RouteStep.objects.filter(pk__in=keys).select_related(
        "unit",
        "application__person",
        "application__post",
        "application__unit",
        "application__provider",
        "application__plan_line",
        "application__amendment_item__amendment",
        "application__replaced_by",
        "application__group",
    )
    decided = RouteStep.objects.filter(decision__isnull=False).select_related(
        "decision__actor__person", "decision__on_behalf_of__person"
    )
    rows = rows.prefetch_related(
        Prefetch("application__steps", queryset=decided, to_attr="decided_steps"),
        Prefetch(
            "application__attachments",
            queryset=Attachment.objects.standing(),
            to_attr="standing_attachments",
        ),
    )
    by_key = {step.pk: step for step in rows}
    return [_waiting(by_key[key], capacities, calendar, user, on) for key in keys if key in by_key]


def _waiting(
    step: RouteStep, capacities: Iterable[Capacity], calendar: Any, user: Any, on: dt.date
) -> Waiting:
    case = step.application
    start = case.starts_on
    return Waiting(
        step=step,
        for_whom=_for_whom(step, capacities),
        earlier=[row for row in case.decided_steps if row.round == step.round],  # type: ignore[attr-defined]
        days=max((on - step.waiting_since).days, 0) if step.waiting_since else 0,
        order_by_day=previous_working_day(start - DAY, calendar) if start else None,
        blocked=_blocked(step),
    )


def _for_whom(step: RouteStep, capacities: Iterable[Capacity]) -> Any:
    """As ``route.capacity_for`` chooses: own right first, never about the absent one."""
    for capacity in capacities:
        absent = capacity.on_behalf_of
        if capacity.covers(step) and (
            absent is None or absent.person_id != step.application.person_id
        ):
            return absent
    return None


def _blocked(step: RouteStep) -> str:
    """Outside the plan the Centre waits for the amendment (5.5), as ``is_in_the_plan`` says."""
    case = step.application
    if step.kind != Kind.CENTRE or case.plan_line_id is not None:
        return ""
    return _("The amendment of the plan has to be approved first (5.5).")


# --- deciding many ------------------------------------------------------------------------------
@dataclass(slots=True)
class Outcome:
    """How many were agreed, and what was refused: the case with every reason."""

    agreed: int = 0
    refused: list[tuple[TrainingApplication, list[str]]] = field(default_factory=list)


def agree_to_many(steps: Iterable[RouteStep], *, actor: Any, on: dt.date) -> Outcome:
    """Agree to each step in a transaction of its own: one refusal stops no other."""
    outcome = Outcome()
    for step in steps:
        try:
            route.decide(step=step, answer="agree", actor=actor, on=on)
        except ValidationError as refusal:
            outcome.refused.append((step.application, refusal.messages))
        else:
            outcome.agreed += 1
    return outcome


# --- who is slow --------------------------------------------------------------------------------
@dataclass(slots=True)
class Slow:
    """One who decides, with the steps past their target day, the slowest first."""

    office: str
    people: str
    steps: list[RouteStep]
    on: dt.date

    @property
    def worst(self) -> int:
        """Days over the target of the slowest."""
        return max(over(step, self.on) for step in self.steps)


def over(step: RouteStep, on: dt.date) -> int:
    return (on - step.due_on).days if step.due_on else 0


def slow_deciders(on: dt.date) -> list[Slow]:
    """Steps over their target by who decides them; the longest queue first."""
    steps = route.slow(on).select_related(
        "unit__head", "unit__supervising_vice_rector", "application__unit"
    )
    holders = _holders()
    found: dict[tuple[str, int | None], Slow] = {}
    for step in steps:
        key = (step.kind, step.unit_id)
        if key not in found:
            found[key] = Slow(_office(step), _people(step, holders), [], on)
        found[key].steps.append(step)
    return sorted(found.values(), key=lambda row: (-len(row.steps), -row.worst))


def _holders() -> dict[str, list[str]]:
    """By role the names of its active accounts."""
    roles = [str(role) for role in ROLE_OF_STEP.values()]
    accounts = User.objects.filter(is_active=True, groups__name__in=roles)
    found: dict[str, list[str]] = {}
    for account in accounts.select_related("person").prefetch_related("groups").distinct():
        for group in account.groups.all():
            found.setdefault(group.name, []).append(account.display_name)
    return found


def _office(step: RouteStep) -> str:
    label = capfirst(step.get_kind_display())
    return f"{label}: {step.unit.name}" if step.unit else label


def _people(step: RouteStep, holders: dict[str, list[str]]) -> str:
    role = ROLE_OF_STEP.get(Kind(step.kind))
    if role is not None:
        return ", ".join(sorted(holders.get(role, [])))
    if step.unit is None:
        return ""
    is_head = step.kind == Kind.HEAD
    leader = step.unit.head if is_head else step.unit.supervising_vice_rector
    return leader.short_name if leader else ""

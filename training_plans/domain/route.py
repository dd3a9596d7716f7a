"""The route of visas: which steps apply, whose turn it is, and how each decides (forms.md §6).

Steps are data, made when the application is sent; only those that apply are made. Old rounds stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from staff.models import Unit
from training_plans.models import (
    Capacity,
    CaseRules,
    Funding,
    RouteStep,
    TrainingApplication,
    capacities_of,
)
from training_plans.transitions import APPLICATION
from workflow.calendar import DAY, next_working_day
from workflow.models import CalendarException, Decision
from workflow.saving import take
from workflow.transitions import Refusal, Refused

from . import telling
from .case_guards import next_step, waiting_step

Answer = Literal["agree", "return", "reject"]
Kind = RouteStep.Kind


@dataclass(frozen=True, slots=True)
class Stop:
    """One step to be made: its kind and, for head and vice-rector, the unit whose they are."""

    kind: str
    unit: Unit | None = None


def stops_of(application: TrainingApplication) -> list[Stop]:
    """The steps that apply, in their order. Nobody decides about themselves, nobody decides twice.

    Head of the unit, or of the next above where that is the applicant; the Centre; finance where
    the employer pays; the international office where it is abroad; the supervising vice-rector;
    the rector.
    """
    line = _upwards(application.unit)
    above = [unit for unit in line if unit.parent_id is not None]  # the root is the rector's
    head = _first(above, "head_id", application.person_id)
    vice_rector = _first(line, "supervising_vice_rector_id", application.person_id)
    if head and vice_rector and head.head_id == vice_rector.supervising_vice_rector_id:
        head = None
    found = [Stop(Kind.HEAD, head)] if head else []
    found.append(Stop(Kind.CENTRE))
    if application.funding == Funding.EMPLOYER and application.cost:
        found.append(Stop(Kind.FINANCE))
    if application.is_abroad:
        found.append(Stop(Kind.INTERNATIONAL))
    if vice_rector:
        found.append(Stop(Kind.VICE_RECTOR, vice_rector))
    return [*found, Stop(Kind.RECTOR)]


def _upwards(unit: Unit) -> list[Unit]:
    """The unit and those above it, the nearest first; one query."""
    keys = [int(key) for key in unit.path.split("/") if key]
    units = Unit.objects.in_bulk(keys)
    return [units[key] for key in reversed(keys) if key in units]


def _first(units: Iterable[Unit], field: str, not_person: int) -> Unit | None:
    """The nearest unit whose ``field`` names a person who leads today and is not ``not_person``."""
    for unit in units:
        person = getattr(unit, field)
        if person is None or person == not_person:
            continue
        named = (
            Unit.objects.led_by(person)
            if field == "head_id"
            else Unit.objects.supervised_by(person)
        )
        if named.filter(pk=unit.pk).exists():
            return unit
    return None


def make_steps(application: TrainingApplication, *, on: dt.date) -> None:
    """A new round of steps; what was left of the one before is dropped. The first waits at once."""
    drop_steps(application)
    last = application.steps.aggregate(last=Max("round"))["last"] or 0
    RouteStep.objects.bulk_create(
        RouteStep(
            application=application, round=last + 1, place=place, kind=stop.kind, unit=stop.unit
        )
        for place, stop in enumerate(stops_of(application), start=1)
    )
    give_turn(application, on=on)


def drop_steps(application: TrainingApplication) -> None:
    """What has not been decided is no longer needed."""
    left = application.steps.filter(state__in=[RouteStep.State.AHEAD, RouteStep.State.WAITING])
    left.update(state=RouteStep.State.DROPPED)


def give_turn(application: TrainingApplication, *, on: dt.date) -> RouteStep | None:
    """The next step begins to wait, with its target day; whoever decides it is told."""
    step = next_step(application)
    if step is None:
        return None
    due = next_working_day(
        on + CaseRules.in_force().step_days * DAY, CalendarException.as_mapping()
    )
    step.state, step.waiting_since, step.due_on = RouteStep.State.WAITING, on, due
    step.save(update_fields=["state", "waiting_since", "due_on"])
    telling.tell_turn(step, on=on)
    return step


def capacity_for(step: RouteStep, *, actor: Any, on: dt.date) -> Capacity | None:
    """As what ``actor`` may decide ``step``; own right before a substitution; ``None`` if not."""
    about = step.application.person_id
    if actor.person_id == about:
        return None
    for capacity in capacities_of(actor, on):
        if capacity.covers(step) and capacity.never_about != about:
            return capacity
    return None


def transition_of(step: RouteStep, answer: Answer) -> str:
    """Which transition of the application an answer to this step is."""
    if answer != "agree":
        return answer
    if step.kind == Kind.RECTOR:
        return "approve"
    following = next_step(step.application)
    is_last = following is None or following.kind == Kind.RECTOR
    return "endorse" if is_last else "agree"


def refusals_of(step: RouteStep, answer: Answer, *, actor: Any, on: dt.date) -> list[Refusal]:
    """Why ``actor`` cannot give this answer now; empty where nothing stands in the way."""
    name = transition_of(step, answer)
    return APPLICATION.refusals(step.application, name, actor=actor, on=on)


@transaction.atomic
def decide(
    *,
    step: RouteStep,
    answer: Answer,
    actor: Any,
    on: dt.date,
    reason: str = "",
) -> TrainingApplication:
    """Give the answer of one step: agree, return to the employee, or refuse.

    The case is locked first, so of many at once exactly one decides; the others are told who did.
    Raises ``Refused``; then nothing is written.
    """
    application = take(step.application)
    step = RouteStep.objects.select_related("decision__actor__person").get(pk=step.pk)
    step.application = application
    if step.state != RouteStep.State.WAITING:
        raise Refused([_decided_already(step)])
    capacity = capacity_for(step, actor=actor, on=on)
    if capacity is None:
        raise Refused([Refusal(_("This is not yours to decide."), because="permission")])
    name = transition_of(step, answer)

    def move(case: TrainingApplication) -> None:
        step.state = {
            "agree": RouteStep.State.AGREED,
            "return": RouteStep.State.RETURNED,
            "reject": RouteStep.State.REFUSED,
        }[answer]
        step.save(update_fields=["state"])

    application = APPLICATION.apply(
        application,
        name,
        actor=actor,
        on=on,
        reason=reason,
        effect=move,
        on_behalf_of=capacity.on_behalf_of,
    )
    step.decision = Decision.objects.about(application).first()
    step.save(update_fields=["decision"])
    _after(application, step, answer, actor=actor, on=on)
    return application


def _after(
    application: TrainingApplication, step: RouteStep, answer: Answer, *, actor: Any, on: dt.date
) -> None:
    from . import applications

    if answer == "agree" and step.kind != Kind.RECTOR:
        give_turn(application, on=on)
    elif answer == "agree":
        applications.after_visa(application, actor=actor, on=on)
    else:
        drop_steps(application)
        if answer == "reject":
            applications.let_go(application, actor=actor, on=on)
        telling.tell("case_returned" if answer == "return" else "case_rejected", application, on=on)


def _decided_already(step: RouteStep) -> Refusal:
    decision = step.decision
    if decision is None:
        words = _("This step is no longer needed: the case has moved on. Open it again and look.")
    else:
        words = _("%(person)s has decided this already: %(state)s.") % {
            "person": decision.actor.display_name,
            "state": step.get_state_display(),
        }
    return Refusal(words, "7.1", "state")


def current(application: TrainingApplication) -> RouteStep | None:
    """The step that waits."""
    return waiting_step(application)


def slow(on: dt.date) -> Any:
    """Waiting steps past their target day, the slowest first."""
    return (
        RouteStep.objects.waiting()
        .filter(due_on__lt=on)
        .select_related("application__person", "unit")
        .order_by("due_on", "pk")
    )

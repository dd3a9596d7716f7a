"""Cases brought to a state by the verbs themselves, as people would bring them there."""

from __future__ import annotations

import datetime as dt
from typing import Any

from training_plans.domain import applications, route
from training_plans.models import Plan, PlanLine, Precision, RouteStep, TrainingApplication

from ..factories import PlanFactory, PlanLineFactory

START, END = dt.date(2027, 3, 1), dt.date(2027, 3, 12)
APPLIED_ON = dt.date(2027, 1, 11)


def a_plan() -> Plan:
    """The approved plan of 2027, without its papers; the one there is, if there is one."""
    return Plan.objects.first() or PlanFactory(state=Plan.State.APPROVED, version=1)


def a_line(person: Any, **traits: Any) -> PlanLine:
    """A course of 72 hours in March 2027 for the first post of ``person``, paid by the employer."""
    days = {"precision": Precision.DAYS, "starts_on": START, "ends_on": END}
    return PlanLineFactory(plan=a_plan(), post=person.posts.first(), **{**days, **traits})


def drafted(user: Any, *, on: dt.date = APPLIED_ON, **traits: Any) -> TrainingApplication:
    """The account's own application of a line, consent given, not sent."""
    applications.give_consent(person=user.person, actor=user, on=on)
    return applications.begin(line=a_line(user.person, **traits), actor=user, on=on)


def submitted(user: Any, *, on: dt.date = APPLIED_ON, **traits: Any) -> TrainingApplication:
    """Sent: the first step of its route waits."""
    return applications.submit(application=drafted(user, on=on, **traits), actor=user, on=on)


def step_of(application: TrainingApplication) -> RouteStep:
    step = route.current(application)
    assert step is not None
    return step


def agreed(
    application: TrainingApplication, accounts: Any, *, until: str = "", on: dt.date = APPLIED_ON
) -> TrainingApplication:
    """Every step agreed by whose turn it is, up to the step ``until`` (left waiting) or the end."""
    who = {
        "head": "head",
        "centre": "centre",
        "finance": "finance",
        "international": "international",
        "vice_rector": "vicerector",
        "rector": "rector",
    }
    while (step := route.current(application)) is not None and step.kind != until:
        application = route.decide(step=step, answer="agree", actor=accounts[who[step.kind]], on=on)
    return application


def approved(
    user: Any, accounts: Any, *, on: dt.date = APPLIED_ON, **traits: Any
) -> TrainingApplication:
    """With the rector's visa: waits for the order."""
    for name in ("head", "centre", "finance", "international", "vicerector", "rector"):
        accounts[name]
    return agreed(submitted(user, on=on, **traits), accounts, on=on)

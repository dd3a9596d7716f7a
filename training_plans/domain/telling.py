"""Who is told by letter when a case moves; the letters themselves stand in ``notices``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from staff.models import Role, Unit, User
from training_plans.models import ROLE_OF_STEP, RouteStep, TrainingApplication
from workflow.mail import post_many
from workflow.models import Substitution


def deciders_of(step: RouteStep, on: dt.date) -> list[User]:
    """Accounts whose turn a step is, with those who stand in for them; never the employee's own."""
    role = ROLE_OF_STEP.get(RouteStep.Kind(step.kind))
    if role is not None:
        own = User.objects.filter(is_active=True, groups__name=role)
    else:
        leader = _leader_of(step.unit, step.kind)
        own = User.objects.filter(is_active=True, person__in=[leader] if leader else [])
    keys = set(own.values_list("pk", flat=True))
    keys |= {
        row.substitute_id
        for row in Substitution.objects.running(on).filter(absent__in=keys)
        if row.covers(step.kind)
    }
    about = Q(person_id=step.application.person_id)
    return list(User.objects.filter(pk__in=keys, is_active=True).exclude(about))


def _leader_of(unit: Unit | None, kind: str) -> int | None:
    if unit is None:
        return None
    return unit.head_id if kind == RouteStep.Kind.HEAD else unit.supervising_vice_rector_id


def account_of(application: TrainingApplication) -> list[User]:
    """The employee's account, where there is one."""
    return list(User.objects.filter(is_active=True, person_id=application.person_id))


def tell_turn(step: RouteStep, *, on: dt.date) -> None:
    """«A case waits for you»: to everybody who may decide the step."""
    write("case_turn", deciders_of(step, on), application=step.application_id, step=step.pk)


def tell(kind: str, application: TrainingApplication, *, on: dt.date, **about: int) -> None:
    """A letter about the case to the employee, and to who filed it for them.

    ``about``: keys of what else the letter speaks of, as its writer in ``case_notices`` asks.
    """
    receivers = {user.pk: user for user in account_of(application)}
    if application.filed_by.is_active:
        receivers[application.filed_by_id] = application.filed_by
    write(kind, receivers.values(), application=application.pk, **about)


def tell_centre(kind: str, application: TrainingApplication) -> None:
    """A letter about the case to everybody of the Centre."""
    write(kind, _with_role(Role.TRAINING_CENTRE), application=application.pk)


def tell_hr(kind: str, application: TrainingApplication) -> None:
    """A letter about the case to everybody of HR."""
    write(kind, _with_role(Role.HR), application=application.pk)


def tell_offices(kind: str, application: TrainingApplication) -> None:
    """A letter to who issues orders and, where the employer pays, to who draws up contracts."""
    offices = [Role.HR, Role.LEGAL] if application.wants_contract else [Role.HR]
    write(kind, _with_role(*offices), application=application.pk)


def _with_role(*roles: str) -> list[User]:
    return list(User.objects.filter(is_active=True, groups__name__in=roles).distinct())


def write(kind: str, receivers: Iterable[User], **context: object) -> None:
    """Into the outbox, for those who have an address; in the transaction that causes it."""
    found = [user for user in receivers if user.email]
    if found:
        post_many(kind=kind, receivers=found, context=context)

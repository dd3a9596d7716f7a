"""What stops a training: illness in its middle, a course cancelled by its provider (7.1, 7.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from interface.text import search_key
from training_plans.models import Attachment, Order, OrderLine, TrainingApplication
from workflow.models import StoredFile
from workflow.saving import put, save, take
from workflow.transitions import Refusal, Refused

from . import applications, orders, telling
from .application_checks import day

State = TrainingApplication.State


# --- one training is interrupted ----------------------------------------------------------------
def why_not_interrupted(application: TrainingApplication, on: dt.date) -> str:
    """Why the training cannot be marked as interrupted; empty where it can."""
    start = application.starts_on
    if application.state != State.ORDERED:
        return _(
            "Only a training that was ordered can be interrupted. State: %(state)s. Before the "
            "order the application is withdrawn (7.1)."
        ) % {"state": application.get_state_display()}
    if start is None or start > on:
        return _(
            "The training has not begun yet: ask HR to move it or to cancel the order instead "
            "(7.1)."
        )
    if application.interrupted_on is not None:
        return _("It is marked as interrupted on %(day)s already.") % {
            "day": day(application.interrupted_on)
        }
    return ""


@transaction.atomic
def interrupt(
    *,
    application: TrainingApplication,
    interrupted_on: dt.date,
    reason: str,
    paper: StoredFile | None,
    actor: Any,
    on: dt.date,
) -> TrainingApplication:
    """The employee fell ill or had to leave: mark the case, so that the order is changed (7.1).

    ``interrupted_on`` is the first day missed. The order itself stays until HR, told by letter,
    changes or cancels it; documents wait for that. Raises ``ValidationError``, ``Refused``.
    """
    if not actor.has_perm("training_plans.interrupt", application):
        raise Refused([Refusal(_("This is not yours to decide."), because="permission")])
    application = take(application)
    if words := why_not_interrupted(application, on):
        raise ValidationError(words)
    _check_day(application, interrupted_on, on)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why: the reason is part of the decision.")})
    put(
        application,
        {"interrupted_on": interrupted_on, "interrupted_because": reason.strip()[:500]},
    )
    save(application, actor=actor, reason=reason)
    if paper is not None:
        kind = Attachment.Kind.INTERRUPTION
        applications.attach(application=application, kind=kind, file=paper, actor=actor, on=on)
    telling.tell_hr("case_interrupted", application)
    return application


def _check_day(application: TrainingApplication, interrupted_on: dt.date, on: dt.date) -> None:
    if application.period is None:
        return
    first, last = application.period[0], min(application.period[1], on)
    if not first <= interrupted_on <= last:
        words = _("Choose a day of the training that has come: %(first)s – %(last)s.")
        raise ValidationError({"interrupted_on": words % {"first": day(first), "last": day(last)}})


@transaction.atomic
def go_on(
    *, application: TrainingApplication, reason: str, actor: Any, on: dt.date
) -> TrainingApplication:
    """The mark was a mistake, or the training went on after all: the order stands as it is."""
    if not actor.has_perm("training_plans.interrupt", application):
        raise Refused([Refusal(_("This is not yours to decide."), because="permission")])
    application = take(application)
    if application.interrupted_on is None or application.state != State.ORDERED:
        raise ValidationError(_("This training is not marked as interrupted."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why: the reason is part of the decision.")})
    put(application, {"interrupted_on": None, "interrupted_because": ""})
    save(application, actor=actor, reason=reason)
    return application


# --- a course is cancelled by its provider ------------------------------------------------------
@dataclass
class CourseCases:
    """All open cases of one course: same topic, provider and first day."""

    before: list[TrainingApplication] = field(default_factory=list)  # called off at once
    ordered: list[TrainingApplication] = field(default_factory=list)  # by a cancelling order
    stays: list[TrainingApplication] = field(default_factory=list)  # documents are there already

    @property
    def shown(self) -> str:
        """What a page showed, to notice that cases came or moved since."""
        rows = [*self.before, *self.ordered, *self.stays]
        return " ".join(sorted(f"{row.pk}:{row.state}" for row in rows))


def cases_of_course(application: TrainingApplication) -> CourseCases:
    """Everybody who goes to the same course on the same day as ``application``."""
    found = CourseCases()
    topic = search_key(application.topic)
    rows = (
        TrainingApplication.objects.open()
        .filter(provider=application.provider, starts_on=application.starts_on)
        .select_related("person", "unit", "post", "plan_line__plan", "amendment_item__amendment")
        .order_by("person__sort_key", "pk")
    )
    for row in rows:
        if search_key(row.topic) != topic:
            continue
        if row.state in TrainingApplication.BEFORE_ORDER:
            found.before.append(row)
        elif row.state == State.ORDERED:
            found.ordered.append(row)
        else:
            found.stays.append(row)
    return found


@transaction.atomic
def call_off_course(
    *, application: TrainingApplication, shown: str, reason: str, actor: Any, on: dt.date
) -> tuple[CourseCases, list[Order]]:
    """The provider cancelled the course: all its cases in one transaction, or none.

    Before the order a case is called off; those ordered go into a draft that cancels their order,
    one for each order they stand in. ``shown`` is ``CourseCases.shown`` of the page. Raises
    ``ValidationError`` naming whose case stands in the way.
    """
    firsts = _lock(cases_of_course(application))
    cases = cases_of_course(application)
    if cases.shown != shown:
        raise ValidationError(
            _("The cases of this course have changed meanwhile. Look at the list and press again."),
            code="changed_meanwhile",
        )
    if not cases.before and not cases.ordered:
        raise ValidationError(_("No case of this course is left to be called off."))
    for case in [*cases.before, *cases.ordered]:
        for line in _drafted_lines([case]):
            orders.take_out(line=line, actor=actor, on=on)
    for case in cases.before:
        try:
            applications.call_off(application=case, reason=reason, actor=actor, on=on)
        except ValidationError as refusal:
            raise _about(case, refusal) from refusal
    return cases, _cancelling(cases.ordered, firsts, reason=reason, actor=actor, on=on)


def _lock(cases: CourseCases) -> dict[int, Order]:
    """Orders by key, then cases by key, as ``orders`` does; by case the order that sends it."""
    rows = [*cases.before, *cases.ordered]
    lines = list(_sending_lines(rows))
    found = {line.order_id for line in [*lines, *_drafted_lines(rows)]}
    locked = {pk: take(Order(pk=pk)) for pk in sorted(found)}
    for row in sorted(rows, key=lambda row: row.pk):
        take(row)
    return {line.application_id: locked[line.order_id] for line in lines}


def _sending_lines(cases: Iterable[TrainingApplication]) -> models.QuerySet[OrderLine]:
    """Lines by which these employees are sent, of orders in force, the newest last."""
    return OrderLine.objects.filter(
        application__in=[case.pk for case in cases],
        withdrawn=False,
        order__kind=Order.Kind.SEND,
        order__state__in=[Order.State.ISSUED, Order.State.CHANGED],
    ).order_by("pk")


def _drafted_lines(cases: Iterable[TrainingApplication]) -> models.QuerySet[OrderLine]:
    """Lines of orders being drafted: what ends is not ordered or changed any more."""
    return OrderLine.objects.filter(
        application__in=[case.pk for case in cases],
        withdrawn=False,
        order__state=Order.State.DRAFT,
    ).select_related("order", "application")


def _cancelling(
    cases: Iterable[TrainingApplication],
    firsts: Mapping[int, Order],
    *,
    reason: str,
    actor: Any,
    on: dt.date,
) -> list[Order]:
    by_order: dict[int, list[TrainingApplication]] = {}
    for case in cases:
        if case.pk not in firsts:
            raise _about(case, ValidationError(_("No order in force is found. Ask HR.")))
        by_order.setdefault(firsts[case.pk].pk, []).append(case)
    return [
        orders.draft_order(
            applications=group,
            kind=Order.Kind.CANCEL,
            refers_to=firsts[group[0].pk],
            because=reason,
            actor=actor,
            on=on,
        )
        for group in by_order.values()
    ]


def _about(case: TrainingApplication, refusal: ValidationError) -> ValidationError:
    return ValidationError([f"{case.person.full_name}: {message}" for message in refusal.messages])

"""The verbs of orders: drafted from cases, issued with a number, changed, cancelled (7.1).

Locks are taken in one order everywhere: orders by key, then applications by key, then what belongs
to them; the register of numbers last. So nobody waits for somebody who waits for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from staff.models import Person, Role, User
from training_plans.case_papers import order_data
from training_plans.models import (
    CaseRules,
    Contract,
    Order,
    OrderLine,
    TrainingApplication,
)
from training_plans.transitions import APPLICATION, ORDER
from workflow.calendar import DAY, add_months, documents_due
from workflow.models import CalendarException, StoredFile, Substitution
from workflow.papers import issue, next_number
from workflow.saving import Values, put, save, take
from workflow.transitions import Refusal, Refused

from . import case_lines, telling
from .applications import let_go

Kind = Order.Kind
State = TrainingApplication.State
REGISTER = "order"
PAPER = "order"
LINE_VALUES = ("starts_on", "ends_on", "hours")
YEARS_AHEAD = 5  # a training moved further away was typed wrong
# From which states of a case an order of a kind may be drafted.
SOURCES: dict[str, frozenset[str]] = {
    Kind.SEND: frozenset({State.APPROVED}),
    Kind.CHANGE: frozenset({State.ORDERED}),
    Kind.CANCEL: frozenset({State.ORDERED, State.DOCUMENTS_SUBMITTED}),
}


# --- who signs ----------------------------------------------------------------------------------
def rector() -> Person | None:
    """Whose account has the role of the rector: who signs unless somebody acts for them."""
    accounts = User.objects.filter(
        is_active=True, groups__name=Role.RECTOR, person__isnull=False
    ).select_related("person")
    account = accounts.order_by("pk").first()
    return account.person if account else None


def may_sign(on: dt.date) -> list[Person]:
    """The rector first, then who stands in for them on that day, then the vice-rectors."""
    first = User.objects.filter(is_active=True, groups__name=Role.RECTOR)
    acting = Substitution.objects.running(on).filter(absent__in=first).values("substitute")
    groups = [
        first,
        User.objects.filter(is_active=True, pk__in=acting),
        User.objects.filter(is_active=True, groups__name=Role.VICE_RECTOR),
    ]
    found: dict[int, Person] = {}
    for accounts in groups:
        for account in accounts.select_related("person").order_by("person__sort_key"):
            if account.person is not None:
                found.setdefault(account.person.pk, account.person)
    return list(found.values())


# --- drafting -----------------------------------------------------------------------------------
@transaction.atomic
def draft_order(
    *,
    applications: Iterable[TrainingApplication],
    actor: Any,
    on: dt.date,
    kind: str = Kind.SEND,
    refers_to: Order | None = None,
    because: str = "",
) -> Order:
    """A draft for these cases: one order for one or several people.

    One that changes or cancels names the first order; where ``refers_to`` is such an order itself,
    the one it refers to is taken. Raises ``ValidationError`` with a sentence for every person who
    does not fit; then nothing is drafted.
    """
    _check_drafter(actor)
    if (kind == Kind.SEND) != (refers_to is None):
        raise TypeError("an order of sending refers to none, the others to the first")
    if refers_to is not None:
        refers_to = take(refers_to.refers_to or refers_to)
        if not refers_to.is_in_force:
            raise ValidationError(
                _("The order is not in force: only one in force is changed or cancelled (7.1).")
            )
    taken = _taken(applications)
    if not taken:
        raise ValidationError(_("Choose at least one case."))
    before = Order.objects.filter(kind=Kind.SEND, number__isnull=False).order_by("-pk").first()
    order = Order(
        kind=kind,
        refers_to=refers_to,
        because=because.strip()[:500],
        control=refers_to.control if refers_to else (before.control if before else ""),
        signatory=rector(),
        drafted_by=actor,
        drafted_on=on,
    )
    save(order, actor=actor)
    _add(order, taken, actor=actor)
    return order


@transaction.atomic
def add_cases(
    *, order: Order, applications: Iterable[TrainingApplication], actor: Any, on: dt.date
) -> Order:
    """More people into a draft. Raises ``ValidationError``."""
    order = _draft(order, actor=actor)
    _add(order, _taken(applications), actor=actor)
    save(order, actor=actor)  # who stands in it is part of the draft: its version counts
    return order


@transaction.atomic
def take_out(*, line: OrderLine, actor: Any, on: dt.date) -> OrderLine:
    """Somebody out of a draft; their case waits for an order again."""
    order = _draft(line.order, actor=actor)
    take(line.application)
    line = take(line)
    if put(line, {"withdrawn": True}):
        save(line, actor=actor)
        save(order, actor=actor)
    return line


@transaction.atomic
def change_draft(
    *,
    order: Order,
    values: Values,
    lines: Mapping[int, Values] | None = None,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> Order:
    """Change a draft: ``signatory``, ``control``, ``because``; of a change order also its lines.

    ``lines`` maps keys of lines to new ``starts_on``, ``ends_on`` and ``hours``. What the rector
    has signed is not changed by an order of sending. Raises ``ValidationError`` with the fields
    ``starts_on_<key>`` …, ``ChangedMeanwhile``.
    """
    order = _draft(order, actor=actor, version=version)
    if lines and order.kind != Kind.CHANGE:
        raise ValidationError(_("Days and hours stand as the rector has signed them (7.1)."))
    changed = put(order, {name: values[name] for name in values if name in _OWN_VALUES})
    errors: dict[str, list[str]] = {}
    named = order.lines.filter(withdrawn=False, pk__in=lines or {})
    for line in named.select_related("application__person"):
        new = dict((lines or {})[line.pk])
        try:
            _check_line(line, new)
            if put(line, new):
                save(line, actor=actor)
                changed = True
        except ValidationError as refusal:
            person = line.application.person.full_name
            for name, sentences in _by_field(refusal).items():
                said = [f"{person}: {sentence}" for sentence in sentences]
                errors.setdefault(f"{name}_{line.pk}", []).extend(said)
    if errors:
        raise ValidationError(errors)
    if changed:
        save(order, actor=actor)  # a line changed is a change of the draft: its version counts
    return order


_OWN_VALUES = frozenset({"signatory", "control", "because"})


def _by_field(refusal: ValidationError) -> dict[str, list[str]]:
    if hasattr(refusal, "error_dict"):
        return refusal.message_dict
    return {"starts_on": refusal.messages}


def _check_line(line: OrderLine, values: Values) -> None:
    start = values.get("starts_on") or line.starts_on
    end = values.get("ends_on") or line.ends_on
    hours = values.get("hours") or line.hours
    if end < start:
        raise ValidationError(
            {"ends_on": _("The training ends before it begins. Correct one of the two days.")}
        )
    if end.year > line.application.year + YEARS_AHEAD:
        raise ValidationError({"ends_on": _("Look at the year of this day.")})
    if hours <= 0:
        raise ValidationError({"hours": _("The volume must be more than nothing.")})
    days = (end - start).days + 1
    if hours > days * 24:
        raise ValidationError(
            {"hours": _("So many hours do not fit into these days. Look at both again.")}
        )


def _check_drafter(actor: Any) -> None:
    if not actor.has_perm("training_plans.issue_order"):
        raise Refused([Refusal(_("This is not yours to decide."), because="permission")])


def _draft(order: Order, *, actor: Any, version: int | None = None) -> Order:
    """``order`` locked, while it is a draft."""
    _check_drafter(actor)
    order = take(order, version)
    if order.state != Order.State.DRAFT:
        raise ValidationError(
            _("This order is no draft any more. What was issued is changed by another order (7.1).")
        )
    return order


def _taken(applications: Iterable[TrainingApplication]) -> list[TrainingApplication]:
    """The cases locked, in the order of their keys."""
    return [take(application) for application in sorted(applications, key=lambda case: case.pk)]


def _add(order: Order, applications: Sequence[TrainingApplication], *, actor: Any) -> None:
    refusals = [words for case in applications for words in _why_not(order, case)]
    if refusals:
        raise ValidationError(refusals)
    for case in applications:
        line = OrderLine(order=order, application=case, hours=case.hours or Decimal(0))
        if case.period is not None:  # as in every case that was sent
            line.starts_on, line.ends_on = case.period
        save(line, actor=actor)


def _why_not(order: Order, case: TrainingApplication) -> Iterable[str]:
    words = {"person": case.person.full_name, "state": case.get_state_display()}
    if case.state not in SOURCES[order.kind]:
        if order.kind == Kind.SEND:
            yield _("%(person)s: no order without the rector's visa (7.1). State: %(state)s.") % (
                words
            )
        else:
            yield _("%(person)s: this case cannot be changed by an order. State: %(state)s.") % (
                words
            )
        return
    if order.refers_to_id and not _is_of(case, order.refers_to_id):
        yield _("%(person)s is not in the order that is changed or cancelled (7.1).") % words
    if case.order_lines.filter(withdrawn=False, order__state=Order.State.DRAFT).exists():
        yield _("%(person)s: an order is being drafted for this case already. Open that one.") % (
            words
        )


def _is_of(case: TrainingApplication, first: int) -> bool:
    return case.order_lines.filter(withdrawn=False, order_id=first).exists()


@transaction.atomic
def discard_order(*, order: Order, actor: Any, on: dt.date) -> Order:
    """Give up a draft; its cases wait for an order again. It never had a number."""
    return ORDER.apply(order, "discard", actor=actor, on=on)


# --- issuing ------------------------------------------------------------------------------------
@transaction.atomic
def issue_order(*, order: Order, actor: Any, on: dt.date, version: int | None = None) -> Order:
    """Register and issue a draft: number, paper, and what it does to every case; all or nothing.

    Number of the register of the year of ``on``. Refused as a whole, with a sentence for every
    case that has no visa any more (``Refused``); a draft changed meanwhile: ``ChangedMeanwhile``.
    """
    order = _family_locked(order, version=version)
    lines = list(order.lines.filter(withdrawn=False).order_by("application_id"))
    cases = {case.pk: case for case in _taken(line.application for line in lines)}

    def register(drafted: Order) -> None:
        drafted.issued_on, drafted.year = on, on.year
        drafted.number = next_number(register=REGISTER, year=on.year)
        drafted.paper = issue(
            kind=PAPER,
            number=drafted.number_text,
            data=order_data(drafted, on=on),
            subject=drafted,
            actor=actor,
            on=on,
        )

    _check_not_oneself(cases.values(), actor)
    _check_changes(order, lines)
    order = ORDER.apply(order, "issue", actor=actor, on=on, effect=register)
    carry_out = {Kind.SEND: _send, Kind.CHANGE: _change, Kind.CANCEL: _cancel}[Kind(order.kind)]
    for line in lines:
        carry_out(cases[line.application_id], line, order=order, actor=actor, on=on)
    _mark_earlier(order, actor=actor, on=on)
    return order


def _family_locked(order: Order, *, version: int | None = None) -> Order:
    """``order`` as it is now, locked with the first one and all that followed it."""
    first = order.refers_to_id
    if first is not None:
        family = Order.objects.filter(pk=first) | Order.objects.filter(refers_to=first)
        for relative in family.order_by("pk"):
            if relative.pk != order.pk:
                take(relative)
    return take(order, version)


def _check_not_oneself(cases: Iterable[TrainingApplication], actor: Any) -> None:
    """As with visas, documents and contracts: nobody acts officially about themselves."""
    if any(case.person_id == actor.person_id for case in cases):
        words = _("You stand in this order yourself: somebody else of HR or the Centre issues it.")
        raise Refused([Refusal(words, "7.1", "permission")])


def _check_changes(order: Order, lines: Sequence[OrderLine]) -> None:
    """An order of change says something new of each person, or it is none."""
    if order.kind != Kind.CHANGE or order.state != Order.State.DRAFT:
        return
    same = [
        line.application
        for line in lines
        if all(getattr(line, name) == getattr(line.application, name) for name in LINE_VALUES)
    ]
    if not same:
        return
    words = _(
        "Nothing changes for: %(people)s. Give the new days or hours, or take them out of the "
        "order."
    )
    said = [words % {"people": ", ".join(case.person.full_name for case in same)}]
    if any(case.interrupted_on for case in same):
        said.append(
            _("If the training went on as ordered, take the mark of the interruption back instead.")
        )
    raise ValidationError(said)


def _due(end: dt.date | None) -> dt.date | None:
    """Last day for certificate and report (7.2, 7.14)."""
    if end is None:
        return None
    days = CaseRules.in_force().documents_days
    return documents_due(end, CalendarException.as_mapping(), days)


def _send(
    case: TrainingApplication, line: OrderLine, *, order: Order, actor: Any, on: dt.date
) -> None:
    def move(application: TrainingApplication) -> None:
        application.documents_due_on = _due(application.ends_on)

    case = APPLICATION.apply(case, "order", actor=actor, on=on, effect=move)
    case_lines.follow(case, actor=actor, on=on)
    telling.tell("case_ordered", case, on=on)


def _change(
    case: TrainingApplication, line: OrderLine, *, order: Order, actor: Any, on: dt.date
) -> None:
    def move(application: TrainingApplication) -> None:
        application.starts_on, application.ends_on = line.starts_on, line.ends_on
        if application.hours != line.hours:
            application.hours, application.credits = line.hours, None
        application.interrupted_on, application.interrupted_because = None, ""
        application.documents_due_on = _due(line.ends_on)

    case = APPLICATION.apply(
        case, "change_order", actor=actor, on=on, effect=move, reason=order.because
    )
    _move_obligation(case, actor=actor)
    case_lines.follow(case, actor=actor, on=on)
    telling.tell("case_changed", case, on=on)


def _move_obligation(case: TrainingApplication, *, actor: Any) -> None:
    """The obligation begins the day after the training ends, also after a change (3.8)."""
    contract = Contract.objects.filter(application=case).first()
    if contract is None or case.ends_on is None:
        return
    contract = take(contract)
    if contract.state not in (
        Contract.State.DRAFT,
        Contract.State.ISSUED,
        Contract.State.SIGNED,
    ):
        return
    start = case.ends_on + DAY
    end = add_months(start, contract.obligation_months) - DAY
    if put(contract, {"service_from": start, "service_to": end}):
        save(contract, actor=actor)


def _cancel(
    case: TrainingApplication, line: OrderLine, *, order: Order, actor: Any, on: dt.date
) -> None:
    case = APPLICATION.apply(case, "cancel", actor=actor, on=on, reason=order.because)
    let_go(case, actor=actor, on=on)
    telling.tell("case_cancelled", case, on=on)


def _mark_earlier(order: Order, *, actor: Any, on: dt.date) -> None:
    """The first order is changed, or no longer in force once nobody of it is sent any more."""
    first = order.refers_to
    if first is None:
        return
    if order.kind == Kind.CHANGE:
        ORDER.apply(first, "change", actor=actor, on=on)
        return
    _after_cancelling(first, actor=actor, on=on)
    for later in first.followed_by.in_force().filter(kind=Kind.CHANGE).order_by("pk"):
        if not _sends_somebody(later):
            ORDER.apply(later, "annul", actor=actor, on=on)


def _after_cancelling(first: Order, *, actor: Any, on: dt.date) -> None:
    name = "change" if _sends_somebody(first) else "annul"
    ORDER.apply(first, name, actor=actor, on=on)


def _sends_somebody(order: Order) -> bool:
    lines = order.lines.filter(withdrawn=False)
    return lines.exclude(application__state=State.CANCELLED).exists()


# --- afterwards ---------------------------------------------------------------------------------
@transaction.atomic
def keep_scan(*, order: Order, file: StoredFile, actor: Any, on: dt.date) -> Order:
    """The signed order as it was scanned; a better scan takes the place of the first, both stay."""
    _check_drafter(actor)
    order = take(order)
    if order.number is None:
        raise ValidationError(_("Issue the order first: only what has a number is signed (7.1)."))
    if put(order, {"scan": file}):
        save(order, actor=actor)
    return order


@transaction.atomic
def acquaint(*, line: OrderLine, actor: Any, on: dt.date) -> OrderLine:
    """«Бұйрықпен таныстым»: the employee alone says so; twice changes nothing (forms.md §7)."""
    if not actor.has_perm("training_plans.acquaint", line):
        raise Refused(
            [
                Refusal(
                    _("Only the employee says to have read the order (7.1)."), "7.1", "permission"
                )
            ]
        )
    order = take(line.order)
    line = take(line)
    if order.number is None or line.withdrawn:
        raise ValidationError(_("The order is not issued: there is nothing to read yet (7.1)."))
    if line.acquainted_on is None:
        put(line, {"acquainted_on": on, "acquainted_by": actor})
        save(line, actor=actor)
    return line


# --- what waits ---------------------------------------------------------------------------------
def awaiting_order() -> Any:
    """Cases with the rector's visa that stand in no draft, those that begin first before."""
    drafted = OrderLine.objects.filter(withdrawn=False, order__state=Order.State.DRAFT)
    return (
        TrainingApplication.objects.filter(state=State.APPROVED)
        .exclude(pk__in=drafted.values("application"))
        .select_related("person", "post", "unit", "provider", "plan_line", "group")
        .order_by("starts_on", "topic", "person__sort_key", "pk")
    )


def together(cases: Iterable[TrainingApplication]) -> list[list[TrainingApplication]]:
    """Cases that one order would serve: applied for together, or the same course on the same days.

    In the order in which the first of each comes.
    """
    found: dict[Any, list[TrainingApplication]] = {}
    for case in cases:
        key: Any = case.group_id or (
            case.course_id or case.topic.casefold().strip(),
            case.provider_id,
            case.starts_on,
            case.ends_on,
        )
        found.setdefault(key, []).append(case)
    return list(found.values())


def open_to_change(order: Order, kind: str) -> list[TrainingApplication]:
    """Whom of the first order a change or a cancellation may still concern."""
    first = order.refers_to or order
    drafted = OrderLine.objects.filter(withdrawn=False, order__state=Order.State.DRAFT)
    cases = TrainingApplication.objects.filter(
        state__in=SOURCES[kind],
        order_lines__in=first.lines.filter(withdrawn=False),
    ).exclude(pk__in=drafted.values("application"))
    return list(cases.select_related("person", "post", "unit").order_by("person__sort_key", "pk"))

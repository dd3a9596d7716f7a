"""The verbs of training contracts: drawn up, signed, served out or refunded (clause 3.8; law §2).

The case is locked first, then its contract.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.figures import to_the_tiyn
from staff.models import DeadlineExtension
from training_plans.case_papers import contract_data
from training_plans.models import COSTS, Contract, Refund
from training_plans.transitions import CONTRACT
from workflow.calendar import DAY, add_months, next_working_day
from workflow.models import CalendarException, IssuedPaper, StoredFile
from workflow.papers import issue, next_number
from workflow.saving import Values, put, save, take
from workflow.transitions import Refusal, Refused

from .case_closing import close_if_complete
from .case_settings import LIMITS
from .orders import rector
from .refunds import RefundSum, Span, refund_of

State = Contract.State
Ground = Refund.Ground
REGISTER = "contract"
PAPER = "contract"
REQUISITES = ("identity_document", "address", "signatory", "authority")
# On these grounds a refund is due unless somebody says why not; on the others it is not (law §2).
OWED_ON = frozenset({Ground.OWN_WISH, Ground.FAULT})
# Leaves that by some contracts do not count as served.
LEAVES = (DeadlineExtension.Reason.MATERNITY, DeadlineExtension.Reason.PARENTAL)


# --- drawing up ---------------------------------------------------------------------------------
def proposed(contract: Contract) -> dict[str, str]:
    """Requisites to begin with where they are still empty.

    Of the employee as in their last contract, of the employer as in the last one of all; where
    there is none, the rector signs.
    """
    others = Contract.objects.exclude(pk=contract.pk).order_by("-issued_on", "-pk")
    own = others.filter(application__person=contract.application.person_id).exclude(address="")
    last = others.filter(issued_on__isnull=False).exclude(signatory="")
    found: dict[str, str] = {}
    for rows, names in ((own, REQUISITES[:2]), (last, REQUISITES[2:])):
        known = rows.values(*names).first() or {}
        found |= {name: known.get(name, "") for name in names}
    if not found["signatory"] and (first := rector()) is not None:
        found["signatory"] = first.full_name
    return {name: getattr(contract, name) or value for name, value in found.items()}


@transaction.atomic
def change_contract(
    *, contract: Contract, values: Values, actor: Any, on: dt.date, version: int | None = None
) -> Contract:
    """Fill in what is being drawn up; the obligation follows its months.

    No kind of cost above what was approved in the application. Raises ``ValidationError`` by field,
    ``ChangedMeanwhile``.
    """
    _check_keeper(actor, contract)
    contract = _taken(contract, version)
    if contract.state != State.DRAFT:
        raise ValidationError(
            _("This contract is drawn up. Take it back to the draft before changing it (3.8).")
        )
    errors: dict[str, str] = {}
    for name in COSTS:
        approved = getattr(contract.application, name)
        given = values.get(name)
        if given is not None and given > approved:
            errors[name] = _("More than was approved in the application: %(sum)s ₸ (7.1).") % {
                "sum": to_the_tiyn(approved)
            }
        elif given is not None and given < 0:
            errors[name] = _("Money cannot be negative. 0 is free.")
    for name in ("obligation_months", "refund_days"):
        least, most, _clause = LIMITS[name]
        if not least <= values.get(name, least) <= most:
            words = _("Between %(least)s and %(most)s (3.8).")
            errors[name] = words % {"least": least, "most": most}
    if errors:
        raise ValidationError(errors)
    changed = put(contract, values)
    end = add_months(contract.service_from, contract.obligation_months) - DAY
    if put(contract, {"service_to": end}) or changed:
        save(contract, actor=actor)
    return contract


@transaction.atomic
def issue_contract(
    *, contract: Contract, actor: Any, on: dt.date, version: int | None = None
) -> Contract:
    """Draw up and register: number of the year's register, the text frozen as a paper (3.8).

    One that was taken back keeps its number; its paper is the next version. Raises ``Refused``.
    """
    contract = _taken(contract, version)

    def register(drafted: Contract) -> None:
        if drafted.number is None:
            drafted.year = on.year
            drafted.number = next_number(register=REGISTER, year=on.year)
        drafted.issued_on = on
        earlier = IssuedPaper.objects.filter(kind=PAPER, number=drafted.number_text)
        drafted.paper = issue(
            kind=PAPER,
            number=drafted.number_text,
            version=earlier.count() + 1,
            data=contract_data(drafted, on=on),
            subject=drafted,
            actor=actor,
            on=on,
        )

    return CONTRACT.apply(contract, "issue", actor=actor, on=on, effect=register)


@transaction.atomic
def rewrite_contract(*, contract: Contract, reason: str, actor: Any, on: dt.date) -> Contract:
    """Back to the draft before it is signed, with the reason; the paper made so far stays."""
    contract = _taken(contract)
    return CONTRACT.apply(contract, "rewrite", actor=actor, on=on, reason=reason)


def is_outdated(contract: Contract) -> bool:
    """Whether the training was moved after it was drawn up: its paper names other days."""
    if contract.paper is None:
        return False
    frozen = contract.paper.data
    return bool(
        frozen.get("service_from") != contract.service_from.isoformat()
        or frozen.get("service_to") != contract.service_to.isoformat()
    )


@transaction.atomic
def sign_contract(
    *, contract: Contract, signed_on: dt.date, scan: StoredFile, actor: Any, on: dt.date
) -> Contract:
    """Signed by both sides on ``signed_on``, the signed copy attached: in force.

    The case is closed where only this was missing. Raises ``ValidationError`` by field.
    """
    _check_keeper(actor, contract)
    contract = _taken(contract)
    if signed_on > on:
        raise ValidationError({"signed_on": _("That day is still to come.")})
    if contract.issued_on and signed_on < contract.issued_on:
        raise ValidationError(
            {
                "signed_on": _("The contract was drawn up on %(day)s: it is signed later (3.8).")
                % {"day": _day(contract.issued_on)}
            }
        )
    if contract.state == State.ISSUED and is_outdated(contract):
        raise ValidationError(
            _(
                "The days of the training were changed by an order: the contract names others. "
                "Take it back to the draft and issue it anew (3.8)."
            )
        )
    if contract.state == State.ISSUED and put(contract, {"signed_on": signed_on, "scan": scan}):
        save(contract, actor=actor)
    contract = CONTRACT.apply(contract, "sign", actor=actor, on=on)
    close_if_complete(contract.application, actor=actor, on=on)
    return contract


@transaction.atomic
def fulfil_contract(*, contract: Contract, actor: Any, on: dt.date) -> Contract:
    """The obligation is over and was served. Raises ``Refused`` while it runs."""
    contract = _taken(contract)
    left = contract.application.person.left_on
    if left is not None and left < contract.service_to:
        raise ValidationError(
            _("The employee left on %(day)s, within the obligation: settle the refund first (3.8).")
            % {"day": _day(left)}
        )
    return CONTRACT.apply(contract, "fulfil", actor=actor, on=on)


# --- leaving ------------------------------------------------------------------------------------
def leaves_of(contract: Contract) -> list[Span]:
    """Leaves of the employee that touch the obligation, whether or not they count."""
    rows = DeadlineExtension.objects.filter(
        person=contract.application.person_id,
        reason__in=LEAVES,
        starts_on__lte=contract.service_to,
        ends_on__gte=contract.service_from,
    )
    return list(rows.values_list("starts_on", "ends_on"))


def compute(contract: Contract, *, terminated_on: dt.date, applies: bool) -> RefundSum:
    """What would be refunded, step by step; nothing is kept."""
    return refund_of(
        cost_base=contract.cost_base,
        service_from=contract.service_from,
        service_to=contract.service_to,
        terminated_on=terminated_on,
        applies=applies,
        away=leaves_of(contract) if contract.leave_does_not_count else (),
    )


def pays_by(contract: Contract, terminated_on: dt.date) -> dt.date:
    """By when: so many calendar days after the last day of work, moved off days not worked."""
    return next_working_day(
        terminated_on + contract.refund_days * DAY, CalendarException.as_mapping()
    )


@transaction.atomic
def settle_leaving(
    *,
    contract: Contract,
    terminated_on: dt.date,
    ground: str,
    applies: bool,
    because: str,
    actor: Any,
    on: dt.date,
) -> Refund:
    """The employee leaves within the obligation: the refund is claimed, or none is due.

    What was computed is recorded either way. ``because`` is obligatory where ``applies`` differs
    from what the ground says, and where nothing is refunded. Raises ``ValidationError`` by field.
    """
    _check_keeper(actor, contract)
    contract = _taken(contract)
    because = because.strip()[:300]
    _check_last_day(contract, terminated_on)
    if applies != (ground in OWED_ON) and not because:
        raise ValidationError(
            {"because": _("Say why it is otherwise than the ground of termination has it (3.8).")}
        )
    found = compute(contract, terminated_on=terminated_on, applies=applies)
    claimed = applies and found.amount > 0
    if not claimed and not because:
        raise ValidationError(
            {"because": _("Say why nothing is refunded: the reason stays (3.8).")}
        )
    name = "claim" if claimed else "end"
    CONTRACT.apply(contract, name, actor=actor, on=on, reason=because)
    refund = Refund.objects.filter(contract=contract).first() or Refund(contract=contract)
    put(
        refund,
        {
            "state": Refund.State.DUE if claimed else Refund.State.WAIVED,
            "terminated_on": terminated_on,
            "ground": ground,
            "applies": applies,
            "because": because,
            "cost_base": found.cost_base,
            "total_days": found.total_days,
            "served_days": found.served_days,
            "unserved_days": found.unserved_days,
            "amount": found.amount,
            "due_on": pays_by(contract, terminated_on) if claimed else None,
            "waived_because": "" if claimed else because,
        },
    )
    save(refund, actor=actor, reason=because)
    return refund


def _check_last_day(contract: Contract, terminated_on: dt.date) -> None:
    """Within the obligation, and not before it was signed for."""
    if terminated_on >= contract.service_to:
        raise ValidationError(
            {
                "terminated_on": _(
                    "The obligation is served until %(day)s: nothing is to be refunded (3.8)."
                )
                % {"day": _day(contract.service_to)}
            }
        )
    if contract.signed_on and terminated_on < contract.signed_on:
        raise ValidationError(
            {
                "terminated_on": _("The contract was signed on %(day)s, after this day.")
                % {"day": _day(contract.signed_on)}
            }
        )


@transaction.atomic
def take_back_claim(*, contract: Contract, reason: str, actor: Any, on: dt.date) -> Refund:
    """The claim was a mistake: the contract is in force again, the reason stays. ``Refused``."""
    contract = _taken(contract)
    CONTRACT.apply(contract, "take_back", actor=actor, on=on, reason=reason)
    refund = take(contract.refund)
    put(refund, {"state": Refund.State.RECALLED, "due_on": None})
    save(refund, actor=actor, reason=reason)
    return refund


@transaction.atomic
def pay_refund(
    *, contract: Contract, paid_on: dt.date, document: str, actor: Any, on: dt.date
) -> Refund:
    """The refund has come in: on which day, by which document. Raises ``ValidationError``."""
    contract = _taken(contract)
    if paid_on > on:
        raise ValidationError({"paid_on": _("That day is still to come.")})
    if not document.strip():
        raise ValidationError({"paid_by_document": _("Name the payment document.")})
    CONTRACT.apply(contract, "pay", actor=actor, on=on, reason=document)
    refund = take(contract.refund)
    put(
        refund,
        {
            "state": Refund.State.PAID,
            "paid_on": paid_on,
            "paid_by_document": document.strip()[:120],
        },
    )
    save(refund, actor=actor)
    return refund


@transaction.atomic
def waive_refund(*, contract: Contract, reason: str, actor: Any, on: dt.date) -> Refund:
    """The academy gives the refund up, with a reason. Raises ``Refused``."""
    contract = _taken(contract)
    CONTRACT.apply(contract, "waive", actor=actor, on=on, reason=reason)
    refund = take(contract.refund)
    put(refund, {"state": Refund.State.WAIVED, "waived_because": reason.strip()[:500]})
    save(refund, actor=actor, reason=reason)
    return refund


# --- the queue ----------------------------------------------------------------------------------
def left_within(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """In force, of somebody who left before the obligation was over."""
    return contracts.filter(state=State.SIGNED, application__person__left_on__lt=F("service_to"))


def served_out(contracts: QuerySet[Contract], on: dt.date) -> QuerySet[Contract]:
    """In force, the obligation over, and nobody left within it: to be marked fulfilled."""
    stayed = Q(application__person__left_on__isnull=True) | Q(
        application__person__left_on__gte=F("service_to")
    )
    return contracts.filter(stayed, state=State.SIGNED, service_to__lt=on)


# --- shared -------------------------------------------------------------------------------------
def _taken(contract: Contract, version: int | None = None) -> Contract:
    case = take(contract.application)
    contract = take(contract, version)
    contract.application = case
    return contract


def _check_keeper(actor: Any, contract: Contract) -> None:
    if not actor.has_perm("training_plans.keep_contract", contract):
        raise Refused([Refusal(_("This is not yours to decide."), because="permission")])


def _day(day: dt.date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")

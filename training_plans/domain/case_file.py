"""What lies in a case and what is missing: each paper with who owes it and by which clause.

``read`` asks a constant number of queries; everything else here is a pure calculation on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from training_plans.models import (
    Amendment,
    Attachment,
    Contract,
    Evidence,
    Order,
    OrderLine,
    PersonalDataConsent,
    Refund,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from workflow.models import Decision, IssuedPaper

from .application_checks import CONSENT_TEXT

State = TrainingApplication.State
NEVER_HELD = (State.WITHDRAWN, State.REJECTED, State.CANCELLED)


class Presence(StrEnum):
    """Whether a paper is there. ``LATER``: nobody owes it yet. ``SENT``: it waits for a check."""

    PRESENT = "present"
    SENT = "sent"
    MISSING = "missing"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a case. ``name`` is what it is, ``of`` the thing it belongs to, if there is one.

    ``owner`` says who owes it where it is not there; ``on`` since when it is there.
    """

    name: str
    label: str
    clause: str
    presence: Presence
    owner: str = ""
    on: dt.date | None = None
    note: str = ""
    of: Any = None


@dataclass(slots=True)
class CaseFile:
    """A case with everything that hangs on it; read once, asked often.

    ``steps`` are those of the round that counts, in their order; ``lines`` the standing lines of
    orders, the oldest first, drafts among them.
    """

    application: TrainingApplication
    rounds: int = 0
    steps: list[RouteStep] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    contract: Contract | None = None
    refund: Refund | None = None
    evidence: Evidence | None = None
    report: TraineeReport | None = None
    consent: PersonalDataConsent | None = None
    statement: IssuedPaper | None = None

    @property
    def waiting(self) -> RouteStep | None:
        """The step whose turn it is."""
        return next((step for step in self.steps if step.state == RouteStep.State.WAITING), None)

    @property
    def issued(self) -> list[OrderLine]:
        """The person's lines in orders that have left the draft."""
        return [
            line
            for line in self.lines
            if line.order.state not in (Order.State.DRAFT, Order.State.DISCARDED)
        ]

    @property
    def order(self) -> OrderLine | None:
        """The line of the order that sends, where it is issued."""
        return next((line for line in self.issued if line.order.kind == Order.Kind.SEND), None)

    @property
    def draft(self) -> OrderLine | None:
        """The line of an order being drafted."""
        return next((row for row in self.lines if row.order.state == Order.State.DRAFT), None)


def read(application: TrainingApplication) -> CaseFile:
    """The whole file of a case; the same number of queries however thick it is."""
    steps = list(
        application.steps.select_related(
            "unit__head",
            "unit__supervising_vice_rector",
            "decision__actor__person",
            "decision__on_behalf_of__person",
        )
    )
    rounds = max((step.round for step in steps), default=0)
    contract = (
        Contract.objects.filter(application=application)
        .select_related("refund", "paper", "scan")
        .defer("paper__data")
        .first()
    )
    return CaseFile(
        application=application,
        rounds=rounds,
        steps=[step for step in steps if step.round == rounds],
        lines=list(
            application.order_lines.filter(withdrawn=False)
            .exclude(order__state=Order.State.DISCARDED)
            .select_related("order__paper", "order__scan")
            .defer("order__paper__data")
        ),
        attachments=list(application.attachments.standing().select_related("file")),
        contract=contract,
        refund=contract.standing_refund if contract else None,
        evidence=Evidence.objects.filter(application=application)
        .select_related("file", "record")
        .first(),
        report=TraineeReport.objects.filter(application=application)
        .select_related("paper")
        .defer("paper__data")
        .first(),
        consent=PersonalDataConsent.objects.filter(
            person=application.person_id, text_version=CONSENT_TEXT, withdrawn_on__isnull=True
        ).first(),
        statement=_statement(application),
    )


def _statement(application: TrainingApplication) -> IssuedPaper | None:
    """The application as a paper, where it was issued."""
    kind = ContentType.objects.get_for_model(TrainingApplication)
    papers = IssuedPaper.objects.filter(
        subject_type=kind, subject_id=application.pk, kind="application"
    )
    return papers.defer("data").order_by("-version").first()


# --- the papers ---------------------------------------------------------------------------------
def papers_of(file: CaseFile, on: dt.date) -> list[Paper]:
    """Every paper the case has, lacks, or will need, in the order they arise."""
    return [
        *_of_the_application(file),
        *_of_the_orders(file),
        *_of_the_contract(file),
        *_of_the_end(file, on),
    ]


def counted(papers: list[Paper]) -> tuple[int, int]:
    """How many of the papers owed by now are there, and how many are owed."""
    owed = [paper for paper in papers if paper.presence != Presence.LATER]
    return sum(paper.presence != Presence.MISSING for paper in owed), len(owed)


def _of_the_application(file: CaseFile) -> Iterator[Paper]:
    case = file.application
    employee = _("the employee")
    yield Paper(
        "application",
        _("Application to the rector"),
        "7.1",
        Presence.PRESENT if case.applied_on else Presence.MISSING,
        employee,
        case.applied_on,
        of=file.statement,
    )
    yield Paper(
        "consent",
        _("Consent to the use of personal data"),
        "7.1",
        Presence.PRESENT if file.consent else Presence.MISSING,
        employee,
        file.consent.given_on if file.consent else None,
    )
    if case.is_unplanned:
        yield _amendment(case)
    if case.late_asked_on or case.is_late:
        yield Paper(
            "late",
            _("Admission of the late application"),
            "7.1",
            Presence.PRESENT if case.late_admitted_on else Presence.MISSING,
            _("the Centre"),
            case.late_admitted_on,
            case.late_admitted_because or case.late_reason,
        )
    for attachment in file.attachments:
        yield Paper(
            "attachment",
            capfirst(attachment.get_kind_display()),
            "7.1",
            Presence.PRESENT,
            on=attachment.added_on,
            note=attachment.file.original_name,
            of=attachment,
        )


def _amendment(case: TrainingApplication) -> Paper:
    """Outside the plan: the amendment that takes the training in (5.5)."""
    item = case.amendment_item
    amendment = item.amendment if item else None
    approved = case.plan_line_id is not None
    note = ""
    if amendment is not None:
        note = _("Amendment No. %(number)s: %(state)s") % {
            "number": amendment.number,
            "state": amendment.get_state_display(),
        }
    given_up = amendment is None or amendment.state == Amendment.State.WITHDRAWN
    return Paper(
        "amendment",
        _("Amendment of the plan"),
        "5.5",
        Presence.PRESENT
        if approved
        else (Presence.LATER if given_up and not case.applied_on else Presence.MISSING),
        _("the Centre"),
        note=note,
        of=amendment,
    )


def _of_the_orders(file: CaseFile) -> Iterator[Paper]:
    case = file.application
    for line in file.issued:
        order = line.order
        notes = []
        if order.kind != Order.Kind.CANCEL and line.acquainted_on is None:
            notes.append(_("the employee has not acknowledged it yet"))
        if order.scan_id is None:
            notes.append(_("the signed scan is missing"))
        if order.state in (Order.State.CHANGED, Order.State.CANCELLED):
            notes.append(str(order.get_state_display()))
        yield Paper(
            "order",
            f"{pgettext('paper', 'Order')} № {order.number_text}: {order.get_kind_display()}",
            "7.1",
            Presence.PRESENT,
            on=order.issued_on,
            note="; ".join(notes),
            of=order,
        )
    if file.draft is not None:
        order = file.draft.order
        yield Paper(
            "order",
            capfirst(order.get_kind_display()),
            "7.1",
            Presence.MISSING,
            _("HR or the Centre"),
            note=_("being drafted"),
            of=order,
        )
    elif file.order is None and case.state not in NEVER_HELD:
        is_due = case.state == State.APPROVED
        yield Paper(
            "order",
            pgettext("paper", "Order"),
            "7.1",
            Presence.MISSING if is_due else Presence.LATER,
            _("HR or the Centre"),
            note="" if is_due else _("after the rector's visa"),
        )


def _of_the_contract(file: CaseFile) -> Iterator[Paper]:
    case, contract = file.application, file.contract
    if contract is None and (not case.wants_contract or case.state in NEVER_HELD):
        return
    label = _("Training contract")
    if contract is None:
        yield Paper(
            "contract",
            label,
            "3.8",
            Presence.LATER,
            _("legal support"),
            note=_("after the rector's visa"),
        )
        return
    is_over = contract.is_signed or contract.state == Contract.State.VOID
    number = f" № {contract.number_text}" if contract.number else ""
    yield Paper(
        "contract",
        f"{label}{number}",
        "3.8",
        Presence.PRESENT if is_over else Presence.MISSING,
        _("legal support"),
        contract.signed_on,
        str(contract.get_state_display()),
        of=contract,
    )


def _of_the_end(file: CaseFile, on: dt.date) -> Iterator[Paper]:
    case = file.application
    if case.state in NEVER_HELD:
        return
    has_ended = (
        case.state in TrainingApplication.AFTER_ORDER
        and case.ends_on is not None
        and case.ends_on <= on
        and not (case.state == State.ORDERED and case.interrupted_on is not None)
    )
    yield _handed_in(
        "certificate",
        _("Certificate or other confirming document"),
        "7.14",
        file.evidence,
        has_ended,
        done=Evidence.State.VERIFIED,
        checker=_("waits for HR"),
    )
    yield _handed_in(
        "report",
        _("Report Ү 464-002-2025"),
        "7.2",
        file.report,
        has_ended,
        done=TraineeReport.State.ACCEPTED,
        checker=_("waits for the Centre"),
    )
    record = file.evidence.record if file.evidence else None
    yield Paper(
        "record",
        _("Training record in the ledger"),
        "3.10",
        Presence.PRESENT
        if record
        else (Presence.MISSING if file.evidence and file.evidence.sent_on else Presence.LATER),
        _("HR"),
        record.ends_on if record else None,
        of=record,
    )


def _handed_in(
    name: str,
    label: str,
    clause: str,
    part: Evidence | TraineeReport | None,
    has_ended: bool,
    *,
    done: str,
    checker: str,
) -> Paper:
    """The certificate or the report: missing, sent, returned with a remark, or accepted."""
    owner = _("the employee")
    if part is None or part.state == "draft":
        presence = Presence.MISSING if has_ended else Presence.LATER
        note = "" if has_ended else _("after the training")
        if part is not None:
            note = str(part.get_state_display())
        return Paper(name, label, clause, presence, owner, note=note, of=part)
    if part.state == "returned":
        note = f"{part.get_state_display()}: {part.remark}" if part.remark else ""
        note = note or str(part.get_state_display())
        return Paper(name, label, clause, Presence.MISSING, owner, note=note, of=part)
    presence = Presence.PRESENT if part.state == done else Presence.SENT
    note = "" if presence == Presence.PRESENT else checker
    return Paper(name, label, clause, presence, on=part.sent_on, note=note, of=part)


# --- where it stands ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Milestone:
    """One stop on the way of a case. ``state``: done, current, ahead, stopped.

    ``who`` decided, ``for_whom`` where a substitute signed; ``days`` it has been waiting.
    """

    name: str
    label: str
    state: str
    who: str = ""
    for_whom: str = ""
    on: dt.date | None = None
    days: int = 0
    slow: bool = False
    note: str = ""


_AFTER = {
    State.ORDERED: 1,
    State.DOCUMENTS_SUBMITTED: 3,
    State.ACCEPTED: 4,
    State.CLOSED: 5,
}


def milestones(file: CaseFile, on: dt.date) -> list[Milestone]:
    """The way of a case: applied, the visas of the round that counts, order … closed."""
    case = file.application
    stopped = case.state in NEVER_HELD
    applied = Milestone(
        "applied",
        _("Applied"),
        "done" if case.applied_on else "current",
        on=case.applied_on,
        note=""
        if case.applied_on is None or file.rounds < 2
        else _("round %(number)s") % {"number": file.rounds},
    )
    visas = [_visa(step, on) for step in file.steps]
    if case.state == State.RETURNED:
        visas = [row for row in visas if row.state != "ahead"]
    found = [applied, *visas]
    if stopped:
        word = capfirst(case.get_state_display())
        return [
            *(row for row in found if row.state != "ahead"),
            Milestone(case.state, word, "stopped"),
        ]
    return [*found, *_afterwards(file, on)]


def _visa(step: RouteStep, on: dt.date) -> Milestone:
    label = short_name(step.kind)
    decision: Decision | None = step.decision
    if decision is not None:
        agreed = step.state == RouteStep.State.AGREED
        absent = decision.on_behalf_of
        return Milestone(
            step.kind,
            label,
            "done" if agreed else "stopped",
            who=decision.actor.display_name,
            for_whom=absent.display_name if absent else "",
            on=decision.decided_on,
            days=(decision.decided_on - step.waiting_since).days if step.waiting_since else 0,
            slow=bool(step.due_on and decision.decided_on > step.due_on),
            note="" if agreed else str(step.get_state_display()),
        )
    if step.state == RouteStep.State.WAITING and step.waiting_since:
        return Milestone(
            step.kind,
            label,
            "current",
            who=_leader(step),
            days=max((on - step.waiting_since).days, 0),
            slow=bool(step.due_on and step.due_on < on),
        )
    return Milestone(step.kind, label, "ahead", who=_leader(step))


def short_name(kind: str) -> str:
    """A visa in one word: there are up to six beside each other."""
    return {
        RouteStep.Kind.HEAD.value: pgettext("short name of a visa", "Head"),
        RouteStep.Kind.CENTRE.value: pgettext("short name of a visa", "Centre"),
        RouteStep.Kind.FINANCE.value: pgettext("short name of a visa", "Finance"),
        RouteStep.Kind.INTERNATIONAL.value: pgettext("short name of a visa", "International"),
        RouteStep.Kind.VICE_RECTOR.value: pgettext("short name of a visa", "Vice-rector"),
        RouteStep.Kind.RECTOR.value: pgettext("short name of a visa", "Rector"),
    }[kind]


def _leader(step: RouteStep) -> str:
    """Who decides, where it is one person of the registry."""
    if step.unit is None:
        return ""
    is_head = step.kind == RouteStep.Kind.HEAD
    leader = step.unit.head if is_head else step.unit.supervising_vice_rector
    return leader.short_name if leader else ""


def _afterwards(file: CaseFile, on: dt.date) -> Iterator[Milestone]:
    """Order, training, documents, accepted, closed."""
    case = file.application
    reached = _AFTER.get(State(case.state), 0)
    stopped = case.state == State.ORDERED and case.interrupted_on is not None
    if case.state == State.ORDERED and case.ends_on and case.ends_on < on and not stopped:
        reached = 2
    order = file.order
    days: dict[str, dt.date | None] = {
        "order": order.order.issued_on if order else None,
        "training": case.starts_on,
        "documents": case.documents_sent_on if reached >= 3 else case.documents_due_on,
        "accepted": None,
        "closed": case.closed_on,
    }
    labels = {
        "order": pgettext("paper", "Order"),
        "training": _("Training"),
        "documents": _("Documents"),
        "accepted": _("Accepted"),
        "closed": _("Closed"),
    }
    notes = {"order": f"№ {order.order.number_text}" if order else ""}
    if reached == 2 and case.documents_due_on and case.documents_due_on < on:
        notes["documents"] = _("late")
    if stopped:
        notes["training"] = _("interrupted")
    for place, (name, label) in enumerate(labels.items()):
        state = "ahead"
        if place < reached:
            state = "done"
        elif place == reached and (reached or case.state == State.APPROVED):
            state = "current"
        yield Milestone(
            name,
            label,
            state,
            on=days[name],
            note=notes.get(name, ""),
            slow=name in ("training", "documents") and bool(notes.get(name)),
        )

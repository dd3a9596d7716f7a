"""When a case, an order, a contract and documents may move (clauses 3.8, 5.5, 7.1, 7.2, 7.14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interface.figures import in_figures
from training_plans.models import (
    RATINGS,
    Amendment,
    Contract,
    Evidence,
    Order,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from workflow.transitions import Refusal

from .application_checks import day

Application = TrainingApplication


# --- the route ----------------------------------------------------------------------------------
def waiting_step(application: Application) -> RouteStep | None:
    """The step whose turn it is; at most one, the database sees to it."""
    return application.steps.filter(state=RouteStep.State.WAITING).first()


def next_step(application: Application) -> RouteStep | None:
    steps = application.steps.filter(state=RouteStep.State.AHEAD).order_by("round", "place")
    return steps.first()


def is_in_the_plan(application: Application, on: dt.date) -> Iterator[Refusal]:
    """Outside the plan the Centre agrees only when the amendment is approved (5.5)."""
    step = waiting_step(application)
    if step is None or step.kind != RouteStep.Kind.CENTRE or application.plan_line_id:
        return
    item = application.amendment_item
    if item is None or item.withdrawn or item.amendment.state == Amendment.State.WITHDRAWN:
        words = _(
            "The training is not in the plan, and no amendment proposes it any more. Return the "
            "application or refuse it (5.5)."
        )
    else:
        words = _(
            "The training is not in the plan yet: amendment No. %(number)s waits to be approved "
            "(5.5)."
        ) % {"number": item.amendment.number}
    yield Refusal(words, "5.5")


def more_before_the_rector(application: Application, on: dt.date) -> Iterator[Refusal]:
    step = next_step(application)
    if step is None or step.kind == RouteStep.Kind.RECTOR:
        yield Refusal(_("The rector is next."), "7.1")


def rector_is_next(application: Application, on: dt.date) -> Iterator[Refusal]:
    step = next_step(application)
    if step is None or step.kind != RouteStep.Kind.RECTOR:
        yield Refusal(_("Others decide before the rector."), "7.1")


def rectors_turn(application: Application, on: dt.date) -> Iterator[Refusal]:
    step = waiting_step(application)
    if step is None or step.kind != RouteStep.Kind.RECTOR:
        yield Refusal(_("It is not the rector's turn yet (7.1)."), "7.1")


# --- orders -------------------------------------------------------------------------------------
def in_no_draft_order(application: Application, on: dt.date) -> Iterator[Refusal]:
    lines = application.order_lines.filter(withdrawn=False, order__state=Order.State.DRAFT)
    if lines.exists():
        yield Refusal(
            _("An order is being drafted for this case. Ask who drafts it to take it out first."),
            "7.1",
        )


def nothing_is_verified(application: Application, on: dt.date) -> Iterator[Refusal]:
    evidence = Evidence.objects.filter(application=application).first()
    if evidence is not None and evidence.state == Evidence.State.VERIFIED:
        yield Refusal(
            _("HR has verified the certificate: this training took place and stays (3.10)."),
            "3.10",
        )


def _standing(order: Order) -> list[Application]:
    lines = order.lines.filter(withdrawn=False).select_related("application__person")
    return [line.application for line in lines]


def order_names_people(order: Order, on: dt.date) -> Iterator[Refusal]:
    if not order.lines.filter(withdrawn=False).exists():
        yield Refusal(_("Nobody stands in this order. Add at least one case."), "7.1")


def order_has_a_signatory(order: Order, on: dt.date) -> Iterator[Refusal]:
    if order.signatory_id is None:
        yield Refusal(_("Name who signs the order: the rector, or who acts for them."), "7.1")
    if order.kind != Order.Kind.SEND and not order.because.strip():
        yield Refusal(_("Say why the order is changed or cancelled (7.1)."), "7.1")


def people_fit(order: Order, on: dt.date) -> Iterator[Refusal]:
    """No order without the visa; only what is ordered can be changed or cancelled (7.1)."""
    sources = {
        Order.Kind.SEND.value: {"approved"},
        Order.Kind.CHANGE.value: {"ordered"},
        Order.Kind.CANCEL.value: {"ordered", "documents_submitted"},
    }[order.kind]
    for application in _standing(order):
        if application.state not in sources:
            words = {
                "person": application.person.full_name,
                "state": application.get_state_display(),
            }
            sentence = (
                _("%(person)s: no order without the rector's visa (7.1). State: %(state)s.")
                if order.kind == Order.Kind.SEND
                else _("%(person)s: this case cannot be changed by an order. State: %(state)s.")
            )
            yield Refusal(sentence % words, "7.1")


# --- contracts ----------------------------------------------------------------------------------
def contract_is_complete(contract: Contract, on: dt.date) -> Iterator[Refusal]:
    names = ("identity_document", "address", "signatory", "authority")
    empty = [
        str(contract._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in names
        if not getattr(contract, name).strip()
    ]
    if not contract.application.person.iin:
        empty.append(_("IIN (in the registry, by HR)"))
    if empty:
        yield Refusal(_("Still to be filled in: %(fields)s.") % {"fields": ", ".join(empty)}, "3.8")
    if contract.cost_base <= 0:
        yield Refusal(_("A contract is made where the employer pays (3.8). Give the sums."), "3.8")


def signed_copy_is_there(contract: Contract, on: dt.date) -> Iterator[Refusal]:
    if contract.scan_id is None:
        yield Refusal(_("The signed copy is missing. Attach the scan (3.8)."), "3.8")
    if contract.signed_on is None:
        yield Refusal(_("Give the day on which it was signed (3.8)."), "3.8")


def obligation_is_over(contract: Contract, on: dt.date) -> Iterator[Refusal]:
    if contract.service_to >= on:
        yield Refusal(
            _("The obligation runs until %(day)s (3.8).") % {"day": day(contract.service_to)}, "3.8"
        )


def training_is_off(contract: Contract, on: dt.date) -> Iterator[Refusal]:
    if contract.application.state not in ("rejected", "withdrawn", "cancelled"):
        yield Refusal(_("The training is not cancelled: the contract is needed (3.8)."), "3.8")


def contract_is_signed(application: Application, on: dt.date) -> Iterator[Refusal]:
    """Clause 3.8: a missing signature does not hold up the order, but the case stays open."""
    contract = Contract.objects.filter(application=application).first()
    if contract is None:
        if application.wants_contract:
            yield Refusal(_("The training contract is missing (3.8)."), "3.8")
    elif not contract.is_signed and contract.state != Contract.State.VOID:
        yield Refusal(_("The training contract is not signed (3.8). Legal support has it."), "3.8")


# --- documents ----------------------------------------------------------------------------------
def parts_of(application: Application) -> tuple[Evidence | None, TraineeReport | None]:
    """The confirming document and the report of a case, where they are begun."""
    evidence = Evidence.objects.filter(application=application).first()
    return evidence, TraineeReport.objects.filter(application=application).first()


def both_are_sent(application: Application, on: dt.date) -> Iterator[Refusal]:
    evidence, report = parts_of(application)
    if evidence is None or evidence.state not in ("sent", "verified"):
        yield Refusal(_("The certificate is not handed in yet (7.14)."), "7.14")
    if report is None or report.state not in ("sent", "accepted"):
        yield Refusal(_("The report Ү 464-002-2025 is not handed in yet (7.2)."), "7.2")


def both_are_accepted(application: Application, on: dt.date) -> Iterator[Refusal]:
    evidence, report = parts_of(application)
    if evidence is None or evidence.state != Evidence.State.VERIFIED:
        yield Refusal(_("HR has not verified the certificate yet (7.14)."), "7.14")
    if report is None or report.state != TraineeReport.State.ACCEPTED:
        yield Refusal(_("The Centre has not accepted the report yet (7.2)."), "7.2")


def is_of_no_case(evidence: Evidence, on: dt.date) -> Iterator[Refusal]:
    if evidence.application_id:
        yield Refusal(_("This document belongs to a case: correct it instead."), "7.14")


def _has_ended(application: Application, on: dt.date) -> Iterator[Refusal]:
    if application.state not in TrainingApplication.AFTER_ORDER:
        yield Refusal(_("There is no order yet: documents follow the training (7.1)."), "7.1")
    elif application.interrupted_on is not None:
        yield Refusal(
            _("The training is interrupted. HR changes or cancels the order first (7.1)."), "7.1"
        )


def training_has_ended(evidence: Evidence, on: dt.date) -> Iterator[Refusal]:
    """The actual end decides: a course that ended before the ordered day is handed in at once."""
    if evidence.application is not None:
        yield from _has_ended(evidence.application, on)
    if evidence.ends_on is not None and evidence.ends_on > on:
        yield Refusal(
            _("The training ends on %(day)s. Hand the document in after that day (7.2).")
            % {"day": day(evidence.ends_on)},
            "7.2",
        )


def reported_training_has_ended(report: TraineeReport, on: dt.date) -> Iterator[Refusal]:
    application = report.application
    yield from _has_ended(application, on)
    evidence = Evidence.objects.filter(application=application).first()
    ended = (evidence.ends_on if evidence else None) or application.ends_on
    if ended is not None and ended > on:
        yield Refusal(
            _("The training ends on %(day)s. Send the report after that day (7.2).")
            % {"day": day(ended)},
            "7.2",
        )


EVIDENCE_FIELDS = (
    "topic",
    "area",
    "provider",
    "starts_on",
    "ends_on",
    "hours",
    "document_number",
    "document_date",
)
MOST_HOURS_A_DAY = 24


def document_is_complete(evidence: Evidence, on: dt.date) -> Iterator[Refusal]:
    """Everything named, no day in the future, no document older than the course (forms.md §3)."""
    empty = [
        str(evidence._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in EVIDENCE_FIELDS
        if getattr(evidence, name) in (None, "")
    ]
    if evidence.file_id is None:
        empty.append(_("the document itself: a photo or a PDF"))
    if empty:
        yield Refusal(
            _("Still to be filled in: %(fields)s.") % {"fields": ", ".join(empty)}, "7.14"
        )
    start, end, dated = evidence.starts_on, evidence.ends_on, evidence.document_date
    if dated and start and dated < start:
        yield Refusal(
            _(
                "The document is dated %(dated)s, before the course began on %(start)s. Look at "
                "both days again (7.14)."
            )
            % {"dated": day(dated), "start": day(start)},
            "7.14",
        )
    if dated and dated > on:
        yield Refusal(_("The document is dated in the future: look at its date."), "7.14")
    if start and end and evidence.hours:
        days = (end - start).days + 1
        if days > 0 and evidence.hours > days * MOST_HOURS_A_DAY:
            words = ngettext(
                "%(hours)s hours do not fit into %(count)s day. Look at the hours and the days.",
                "%(hours)s hours do not fit into %(count)s days. Look at the hours and the days.",
                days,
            )
            yield Refusal(words % {"hours": in_figures(evidence.hours), "count": days}, "7.14")


def report_is_complete(report: TraineeReport, on: dt.date) -> Iterator[Refusal]:
    empty = [
        str(report._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in ("goals", "knowledge", *RATINGS)
        if getattr(report, name) in (None, "")
    ]
    application = report.application
    if not report.modules and not application.is_internship:
        empty.append(str(TraineeReport._meta.get_field("modules").verbose_name))
    if not report.proposals and application.is_teacher:
        empty.append(str(TraineeReport._meta.get_field("proposals").verbose_name))
    if empty:
        yield Refusal(_("Still to be filled in: %(fields)s.") % {"fields": ", ".join(empty)}, "7.2")

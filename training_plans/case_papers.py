"""The frozen data of a case's papers: application, order, contract, trainee's report.

As ``papers`` does for the plan: codes stay codes, days are ISO, decimals text; words are given when
a paper is printed, in its language (architecture, idea 6; forms.md §3, 6–8). The full IIN stands in
the contract and nowhere else (law.md §4). Each function asks a constant number of queries and
changes nothing. ``host_supervisor``, ``diary``, ``events`` and ``hearing`` are what the floor of
internships knows; here they are empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from staff.models import Person, Post, Role, Unit, User
from workflow.models import Decision

from .models import (
    COSTS,
    RATINGS,
    CaseRules,
    Contract,
    Evidence,
    Funding,
    Order,
    OrderLine,
    PersonalDataConsent,
    PlanLine,
    PlanVersion,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)

# What the academy itself pays out; one's own money and the host's never pass through it.
PAID_BY_THE_ACADEMY = (Funding.EMPLOYER, Funding.GRANT, Funding.STATE)


# --- what the papers share ----------------------------------------------------------------------
def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _unit(unit: Unit) -> dict[str, str]:
    return {"unit_kk": unit.name_kk, "unit_ru": unit.name_ru, "unit_en": unit.name_en}


def _employee(application: TrainingApplication) -> dict[str, Any]:
    """Who it is about: name, post and unit as the case has them."""
    return {
        "person": application.person.full_name,
        "personnel_number": application.person.personnel_number or "",
        "position": application.post.position,
        "category": application.post.category,
        **_unit(application.unit),
    }


def _training(application: TrainingApplication) -> dict[str, Any]:
    return {
        "topic": application.topic,
        "area": application.area,
        "form": application.form,
        "kind": application.kind,
        "provider": application.provider.name if application.provider else "",
        "country": application.country,
        "city": application.city,
        "mode": application.mode,
        "language": application.language,
        "starts_on": _iso(application.starts_on),
        "ends_on": _iso(application.ends_on),
        "hours": _text(application.hours),
        "credits": _text(application.credits),
        "funding": application.funding,
    }


def _costs(thing: TrainingApplication | Contract, total: Decimal) -> dict[str, str]:
    return {name: str(getattr(thing, name)) for name in COSTS} | {"cost": str(total)}


def _plan_items(lines: Iterable[PlanLine | None]) -> dict[int, dict[str, Any]]:
    """By line where it stands in the last approved version of its plan. Two queries."""
    wanted = [line for line in lines if line is not None]
    newest: dict[int, int] = {}
    rows = PlanVersion.objects.filter(plan__in={line.plan_id for line in wanted})
    for plan, pk in rows.order_by("plan", "number").values_list("plan", "pk"):
        newest[plan] = pk
    found: dict[int, dict[str, Any]] = {}
    for version in PlanVersion.objects.filter(pk__in=newest.values()).select_related("paper"):
        for row in version.paper.data.get("lines", []):
            found[row["id"]] = {
                "year": version.paper.data["year"],
                "number": version.paper.number,
                "version": version.number,
                "item": row["no"],
            }
    return found


def _basis(
    application: TrainingApplication, items: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    """Planned or not, and where it stands in the plan."""
    item = items.get(application.plan_line_id) if application.plan_line_id else None
    return {
        "is_unplanned": application.is_unplanned,
        "unplanned_because": application.unplanned_because,
        "plan": dict(item) if item else None,
    }


class _Posts:
    """Which post each of some people held on a day: one query for all of them."""

    def __init__(self, people: Iterable[Person | None]) -> None:
        known = {person.pk for person in people if person is not None}
        self._held: dict[int, list[Post]] = {}
        for post in Post.objects.filter(person__in=known):  # the main one first, as posts are kept
            self._held.setdefault(post.person_id, []).append(post)

    def signed(self, person: Person | None, on: dt.date, *, called: str = "") -> dict[str, str]:
        """Name and position; ``called`` is the account's name where nobody stands behind it."""
        if person is None:
            return {"name": called, "position": ""}
        held = (post for post in self._held.get(person.pk, []) if post.is_held(on))
        post = next(held, None)
        return {"name": person.full_name, "position": post.position if post else ""}

    def account(self, user: User | None, on: dt.date) -> dict[str, str] | None:
        return self.signed(user.person, on, called=user.display_name) if user else None


def _rector() -> Person | None:
    """Whom the application is addressed to, and who signs unless an order says otherwise."""
    accounts = User.objects.filter(
        is_active=True, groups__name=Role.RECTOR, person__isnull=False
    ).select_related("person")
    account = accounts.order_by("pk").first()
    return account.person if account else None


# --- the application (forms.md §6) --------------------------------------------------------------
def application_data(application: TrainingApplication, *, on: dt.date) -> dict[str, Any]:
    """The application with every visa decided so far, earlier rounds first (clause 7.1)."""
    application = _cases().get(pk=application.pk)
    steps = list(
        application.steps.filter(decision__isnull=False)
        .select_related("unit", "decision__actor__person", "decision__on_behalf_of__person")
        .order_by("round", "place")
    )
    rector = _rector()
    decisions = [step.decision for step in steps if step.decision is not None]
    admitted_by = application.late_admitted_by
    people = [person for decision in decisions for person in _signers(decision)]
    posts = _Posts(
        [*people, rector, application.replaced_by, admitted_by.person if admitted_by else None]
    )
    consent = (
        PersonalDataConsent.objects.filter(
            person=application.person_id, withdrawn_on__isnull=True, given_on__lte=on
        )
        .order_by("-text_version")
        .first()
    )
    substitute = application.replaced_by
    return {
        "number": application.number_text,
        "applied_on": _iso(application.applied_on or on),
        "to": posts.signed(rector, on),
        **_employee(application),
        **_training(application),
        **_basis(application, _plan_items([application.plan_line])),
        **_costs(application, application.cost or Decimal(0)),
        "substitute": posts.signed(substitute, on) if substitute else None,
        "replaced_how": application.replaced_how,
        "is_late": application.is_late,
        "apply_by": _iso(application.apply_by),
        "late_reason": application.late_reason,
        "late_admitted_on": _iso(application.late_admitted_on),
        "late_admitted_by": posts.account(admitted_by, application.late_admitted_on or on),
        "late_admitted_because": application.late_admitted_because,
        "attachments": [
            {"kind": row.kind, "sha256": row.file.sha256}
            for row in application.attachments.standing().select_related("file")
        ],
        "consent_on": _iso(consent.given_on) if consent else None,
        "visas": [_visa(step, step.decision, posts) for step in steps if step.decision],
    }


def _cases() -> Any:
    return TrainingApplication.objects.select_related(
        "person",
        "post",
        "unit",
        "provider",
        "plan_line",
        "replaced_by",
        "late_admitted_by__person",
    )


def _signers(decision: Decision) -> list[Person | None]:
    absent = decision.on_behalf_of
    return [decision.actor.person, absent.person if absent else None]


def _visa(step: RouteStep, decision: Decision, posts: _Posts) -> dict[str, Any]:
    """One decided step; ``for`` is whom a substitute signed for."""
    unit = {"unit_kk": "", "unit_ru": "", "unit_en": ""} | (_unit(step.unit) if step.unit else {})
    return unit | {
        "round": step.round,
        "kind": step.kind,
        "state": step.state,
        "by": posts.account(decision.actor, decision.decided_on),
        "for": posts.account(decision.on_behalf_of, decision.decided_on),
        "on": _iso(decision.decided_on),
        "reason": decision.reason,
    }


# --- the order (forms.md §7) --------------------------------------------------------------------
def order_data(order: Order, *, on: dt.date) -> dict[str, Any]:
    """The order with its people by name; of a change, what was ordered before stands beside it."""
    lines = sorted(
        order.lines.filter(withdrawn=False)
        .select_related(
            "application__person",
            "application__post",
            "application__unit",
            "application__provider",
            "application__plan_line",
        )
        .prefetch_related("application__attachments"),
        key=lambda line: (line.application.person.sort_key, line.pk),
    )
    cases = [line.application for line in lines]
    items = _plan_items([case.plan_line for case in cases])
    before = _ordered_before(order, lines)
    signatory = order.signatory or _rector()
    first = order.refers_to
    return {
        "kind": order.kind,
        "number": order.number_text,
        "issued_on": _iso(order.issued_on or on),
        "refers_to": (
            {"number": first.number_text, "issued_on": _iso(first.issued_on)} if first else None
        ),
        "is_whole": _covers(first, cases) if first else True,
        "because": order.because,
        "control": order.control,
        "signatory": _Posts([signatory]).signed(signatory, on),
        "documents_days": CaseRules.in_force().documents_days,
        "lines": [_ordered(line, items, before.get(line.application_id)) for line in lines],
        "finance": _by_source(cases),
        "wants_contract": any(case.wants_contract for case in cases),
        "host_supervisor": "",
    }


def _ordered(
    line: OrderLine, items: Mapping[int, Mapping[str, Any]], before: OrderLine | None
) -> dict[str, Any]:
    case = line.application
    kinds = [row.kind for row in case.attachments.all() if not row.withdrawn]
    return {
        **_employee(case),
        **_training(case),
        **_basis(case, items),
        **_span(line),
        "application": case.number_text,
        "applied_on": _iso(case.applied_on),
        "attachments": list(dict.fromkeys(kinds)),
        "before": _span(before) if before else None,
    }


def _span(line: OrderLine) -> dict[str, Any]:
    return {
        "starts_on": _iso(line.starts_on),
        "ends_on": _iso(line.ends_on),
        "hours": _text(line.hours),
    }


def _ordered_before(order: Order, lines: Iterable[OrderLine]) -> dict[int, OrderLine]:
    """By case what the last registered order before this one said of it."""
    if order.refers_to_id is None:
        return {}
    rows = OrderLine.objects.filter(
        application__in=[line.application_id for line in lines],
        withdrawn=False,
        order__number__isnull=False,
        order_id__lt=order.pk,
    )
    return {row.application_id: row for row in rows.order_by("pk")}


def _covers(first: Order, cases: Iterable[TrainingApplication]) -> bool:
    """Whether everybody of the first order is in this one."""
    ordered = first.lines.filter(withdrawn=False).values_list("application", flat=True)
    return set(ordered) <= {case.pk for case in cases}


def _by_source(cases: Iterable[TrainingApplication]) -> list[dict[str, str]]:
    """What the academy pays, by source, where it is more than nothing."""
    sums: dict[str, Decimal] = {}
    for case in cases:
        if case.funding in PAID_BY_THE_ACADEMY and case.cost:
            sums[case.funding] = sums.get(case.funding, Decimal(0)) + case.cost
    return [{"funding": source, "cost": str(cost)} for source, cost in sorted(sums.items())]


# --- the contract (forms.md §8) -----------------------------------------------------------------
def contract_data(contract: Contract, *, on: dt.date) -> dict[str, Any]:
    """The contract of training at the employer's expense, with the full IIN (clause 3.8)."""
    application = _cases().get(pk=contract.application_id)
    return {
        "number": contract.number_text,
        "issued_on": _iso(contract.issued_on or on),
        **_employee(application),
        **_training(application),
        "iin": application.person.iin or "",
        "identity_document": contract.identity_document,
        "address": contract.address,
        "phone": application.person.phone,
        "signatory": contract.signatory,
        "authority": contract.authority,
        **_costs(contract, contract.cost_base),
        "obligation_months": contract.obligation_months,
        "service_from": _iso(contract.service_from),
        "service_to": _iso(contract.service_to),
        "leave_does_not_count": contract.leave_does_not_count,
        "refund_days": contract.refund_days,
        "documents_days": CaseRules.in_force().documents_days,
        "application": application.number_text,
        "order": _order_in_force(application),
    }


def _order_in_force(application: TrainingApplication) -> dict[str, Any] | None:
    """Number and day of the order that sent the person, whatever changed it later."""
    line = (
        application.order_lines.filter(
            withdrawn=False, order__kind=Order.Kind.SEND, order__number__isnull=False
        )
        .select_related("order")
        .order_by("-pk")
        .first()
    )
    if line is None:
        return None
    return {"number": line.order.number_text, "issued_on": _iso(line.order.issued_on)}


# --- the trainee's report, Ү 464-002-2025 (forms.md §3) -----------------------------------------
def trainee_report_data(report: TraineeReport, *, on: dt.date) -> dict[str, Any]:
    """The report beside all that is known; one not yet begun gives the form filled so far."""
    application = _cases().get(pk=report.application_id)
    person, post = application.person, application.post
    evidence = Evidence.objects.filter(application=application).select_related("file").first()
    contract = Contract.objects.filter(application=application).first()
    head = Person.objects.filter(heads=application.unit_id).first()
    posts = _Posts([head, report.accepted_by.person if report.accepted_by else None])
    return {
        "application": application.number_text,
        **_employee(application),
        "masked_iin": person.masked_iin,
        "faculty": _faculty(application.unit),
        "degree": person.degree,
        "academic_title": person.academic_title,
        "disciplines": person.disciplines,
        "is_teacher": application.is_teacher,
        "health_care": post.health_care,
        "employment": post.kind,
        "share": str(post.share),
        "phone": person.phone,
        "email": person.email,
        "order": _order_in_force(application),
        **_basis(application, _plan_items([application.plan_line])),
        "contract": (
            {"number": contract.number_text, "issued_on": _iso(contract.issued_on)}
            if contract and contract.number
            else None
        ),
        **_training(application),
        **_costs(application, application.cost or Decimal(0)),
        "document": _document(evidence) if evidence else None,
        "goals": report.goals,
        "modules": report.modules,
        "diary": [],
        "host_supervisor": "",
        "events": [],
        "knowledge": report.knowledge,
        "fulfilment": report.fulfilment,
        "materials": report.materials,
        "proposals": report.proposals,
        "ratings": {name.removeprefix("rating_"): getattr(report, name) for name in RATINGS},
        "recommend": report.recommend,
        "future_needs": report.future_needs,
        "hearing": None,
        "head": posts.signed(head, on),
        "due_on": _iso(application.documents_due_on),
        "sent_on": _iso(report.sent_on or application.documents_sent_on),
        "late_days": application.documents_late_days,
        "late_because": application.documents_late_because,
        "accepted_on": _iso(report.accepted_on),
        "accepted_by": posts.account(report.accepted_by, report.accepted_on or on),
    }


def _document(evidence: Evidence) -> dict[str, Any]:
    """The confirming document with the days and hours it gives, which are the actual ones."""
    return {
        "type": evidence.document_type,
        "number": evidence.document_number,
        "date": _iso(evidence.document_date),
        "issuer": evidence.document_issuer,
        "hours": _text(evidence.hours),
        "starts_on": _iso(evidence.starts_on),
        "ends_on": _iso(evidence.ends_on),
        "verify_url": evidence.verify_url,
        "sha256": evidence.file.sha256 if evidence.file else "",
        "sent_on": _iso(evidence.sent_on),
    }


def _faculty(unit: Unit) -> dict[str, str] | None:
    """The faculty the unit belongs to, the nearest above."""
    keys = [int(key) for key in unit.path.split("/") if key]
    found = Unit.objects.filter(pk__in=keys, kind=Unit.Kind.FACULTY).order_by("path").last()
    return _unit(found) if found else None

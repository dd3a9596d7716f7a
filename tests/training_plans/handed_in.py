"""Cases whose documents are handed in, brought there by the verbs themselves.

The course is of October 2026, so that pages of 22 November have something to verify.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.base import ContentFile

from training_plans.domain import handing_in, orders
from training_plans.models import Evidence, Plan, TraineeReport, TrainingApplication
from workflow.models import StoredFile

from ..factories import PlanFactory, PlanningYearFactory, ProviderFactory
from . import cases

START, END = dt.date(2026, 10, 12), dt.date(2026, 10, 23)
APPLIED_ON, ORDERED_ON = dt.date(2026, 9, 1), dt.date(2026, 9, 10)
DUE_ON = dt.date(2026, 10, 28)
SENT_ON = dt.date(2026, 10, 26)
LATE_ON = dt.date(2026, 11, 2)  # five days after the term
PDF_BYTES = b"%PDF-1.4 a certificate"
WRITTEN: dict[str, Any] = {
    "goals": "Жаңа әдістерді меңгеру",
    "modules": [{"topic": "Эхокардиография", "hours": "36", "content": "Негіздері"}],
    "knowledge": "Жаңа әдістер",
    "proposals": [
        {"what": "Семинар", "where": "Кафедра", "how": "Дәріс", "due": "2027-02-01", "effect": "+"}
    ],
    "rating_relevance": 5,
    "rating_content": 4,
    "rating_trainer": 5,
    "rating_organisation": 3,
    "rating_applicability": 4,
}


def a_file(content: bytes = PDF_BYTES, by: Any = None) -> StoredFile:
    return StoredFile.keep(
        ContentFile(content), name="сертификат.pdf", content_type="application/pdf", by=by
    )


def a_plan_of_2026() -> Plan:
    return Plan.objects.first() or PlanFactory(
        planning_year=PlanningYearFactory(year=2026), state=Plan.State.APPROVED, version=1
    )


def ordered(user: Any, accounts: Any, **traits: Any) -> TrainingApplication:
    """With an order, the training over; nothing handed in yet. Free, so no contract hinders."""
    a_plan_of_2026()
    free = {
        "funding": "free",
        "cost": 0,
        "starts_on": START,
        "ends_on": END,
        "topic": "Кардиология",
    }
    case = cases.approved(user, accounts, on=APPLIED_ON, **free | traits)
    order = orders.draft_order(applications=[case], actor=accounts["hr"], on=ORDERED_ON)
    orders.issue_order(order=order, actor=accounts["hr"], on=ORDERED_ON)
    case.refresh_from_db()
    return case


def certificate(
    case: TrainingApplication,
    user: Any,
    *,
    on: dt.date = SENT_ON,
    content: bytes = b"",
    **typed: Any,
) -> Evidence:
    """The document of the case, sent to HR."""
    evidence = handing_in.begin_evidence(application=case, actor=user, on=on)
    values = {"document_number": f"KZ-{case.pk}", "document_date": END, **typed}
    evidence = handing_in.save_evidence(
        evidence=evidence,
        values=values,
        file=a_file(content or f"{PDF_BYTES!r} {case.pk}".encode(), user),
        actor=user,
        on=on,
    )
    return handing_in.send_evidence(evidence=evidence, actor=user, on=on, because="Ауырып қалдым")


def reported(case: TrainingApplication, user: Any, *, on: dt.date = SENT_ON) -> TraineeReport:
    """The report of the case, sent to the Centre."""
    report = handing_in.save_report(application=case, values=WRITTEN, actor=user, on=on)
    return handing_in.send_report(report=report, actor=user, on=on, because="Ауырып қалдым")


def handed_in(
    user: Any, accounts: Any, *, on: dt.date = SENT_ON, **traits: Any
) -> TrainingApplication:
    """Certificate and report are with HR and the Centre."""
    case = ordered(user, accounts, **traits)
    certificate(case, user, on=on)
    reported(case, user, on=on)
    case.refresh_from_db()
    return case


def on_ones_own(user: Any, *, on: dt.date = SENT_ON, **typed: Any) -> Evidence:
    """Training without a case, sent to HR."""
    values = {
        "topic": "Өз бетімен оқу",
        "area": "profile",
        "form": "course",
        "provider": ProviderFactory(),
        "starts_on": dt.date(2026, 9, 7),
        "ends_on": dt.date(2026, 9, 11),
        "hours": 36,
        "document_number": "OWN-1",
        "document_date": dt.date(2026, 9, 11),
    }
    return handing_in.hand_in_own(
        person=user.person,
        values=values | typed,
        file=a_file(b"own certificate", user),
        actor=user,
        on=on,
    )

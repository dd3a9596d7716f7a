"""HR and the documents: verified into the ledger, returned, revoked (3.10, 7.14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from staff.domain import registry, standings
from staff.models import Standing, TrainingRecord
from training_plans.domain import handing_in, telling, verification
from training_plans.domain.verification import Check
from training_plans.models import Evidence, PlanLine, TraineeReport, TrainingApplication
from workflow import mail
from workflow.models import Decision, IssuedPaper, NumberRegister, OutgoingMail
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refused

from ..factories import TrainingRecordFactory, UserFactory
from . import handed_in
from .test_races import at_once

pytestmark = pytest.mark.django_db
State = TrainingApplication.State
ALL = set(Check.values)
ON = dt.date(2026, 10, 30)


@pytest.fixture
def case(accounts: Any, teacher: Any) -> TrainingApplication:
    return handed_in.handed_in(teacher, accounts)


def verify(evidence: Evidence, actor: Any, **more: Any) -> Evidence:
    given = {"ticked": ALL, "reasons": {}, "compared_on": ON, "on": ON} | more
    return verification.verify_evidence(evidence=evidence, actor=actor, **given)


def again(thing: Any) -> Any:
    return type(thing).objects.get(pk=thing.pk)


# --- verified -------------------------------------------------------------------------------------
def test_verification_makes_the_record_and_the_standing_follows(
    case: TrainingApplication, hr: Any
) -> None:
    evidence = verify(case.evidence, hr, kept_at="Жеке іс, 3-том")
    record = evidence.record
    assert record is not None
    assert (record.state, record.source) == ("verified", "case")
    assert (record.hours, record.starts_on, record.ends_on) == (
        Decimal(72),
        handed_in.START,
        handed_in.END,
    )
    assert record.document == evidence.file
    assert record.verified_by == hr
    assert (evidence.compared_by, evidence.compared_on, evidence.kept_at) == (
        hr,
        ON,
        "Жеке іс, 3-том",
    )
    line = again(case.plan_line)
    assert (line.execution, line.record) == (PlanLine.Execution.DONE, record)
    assert Standing.objects.filter(person=case.person, decisive=record).exists()


def test_accepted_when_both_have_accepted_and_closed_when_nothing_hinders(
    case: TrainingApplication, hr: Any, centre: Any, teacher: Any
) -> None:
    verify(case.evidence, hr)
    assert again(case).state == State.DOCUMENTS_SUBMITTED
    report = verification.accept_report(report=case.report, actor=centre, on=ON)
    fresh = again(case)
    assert (fresh.state, fresh.closed_on) == (State.CLOSED, ON)
    assert report.paper is not None and report.paper.kind == "trainee_report"
    assert report.paper.number == "1-ТЕ/2026"
    assert report.paper.data["accepted_by"]["name"] == centre.person.full_name
    kinds = set(OutgoingMail.objects.filter(receiver=teacher).values_list("kind", flat=True))
    assert "case_accepted" in kinds


def test_the_other_way_round_comes_to_the_same(
    case: TrainingApplication, hr: Any, centre: Any
) -> None:
    verification.accept_report(report=case.report, actor=centre, on=ON)
    assert again(case).state == State.DOCUMENTS_SUBMITTED
    verify(case.evidence, hr)
    assert again(case).state == State.CLOSED


def test_without_the_contract_it_stays_open(
    accounts: Any, teacher: Any, hr: Any, centre: Any
) -> None:
    case = handed_in.handed_in(teacher, accounts, funding="employer", cost=100_000)
    verify(case.evidence, hr)
    verification.accept_report(report=case.report, actor=centre, on=ON)
    assert again(case).state == State.ACCEPTED
    assert again(case.evidence).record.cost == Decimal(100_000)


def test_the_certificate_alone_is_verified_before_the_report_comes(
    accounts: Any, teacher: Any, hr: Any, centre: Any
) -> None:
    case = handed_in.ordered(teacher, accounts)
    verify(handed_in.certificate(case, teacher), hr)
    assert again(case).state == State.ORDERED
    report = handed_in.reported(case, teacher, on=ON)
    verification.accept_report(report=report, actor=centre, on=ON)
    assert again(case).state == State.CLOSED
    assert again(case.plan_line).execution == PlanLine.Execution.DONE


def test_days_and_hours_that_came_out_different_are_the_actual_ones(
    accounts: Any, teacher: Any, hr: Any
) -> None:
    case = handed_in.ordered(teacher, accounts)
    earlier = dt.date(2026, 10, 21)
    evidence = handed_in.certificate(case, teacher, hours=Decimal(60), ends_on=earlier)
    found = {f.check for f in verification.findings(evidence, on=ON)}
    assert found == {Check.HOURS, Check.DATES}
    record = verify(evidence, hr).record
    assert record is not None
    assert (record.hours, record.ends_on) == (Decimal(60), earlier)
    assert (again(case).hours, again(case).ends_on) == (Decimal(72), handed_in.END)


def test_hr_puts_typing_right_and_the_history_knows(case: TrainingApplication, hr: Any) -> None:
    evidence = verify(case.evidence, hr, values={"hours": Decimal(70), "state": "draft"})
    assert evidence.record is not None and evidence.record.hours == Decimal(70)
    corrected = evidence.history.filter(history_change_reason__isnull=False).first()
    assert corrected.history_user == hr
    assert [row.hours for row in evidence.history.order_by("history_id")][-2:] == [
        Decimal(70),
        Decimal(70),
    ]


def test_correcting_alone_decides_nothing(case: TrainingApplication, hr: Any) -> None:
    verification.correct_evidence(
        evidence=case.evidence, values={"document_number": "KZ-777"}, actor=hr, on=ON
    )
    fresh = again(case.evidence)
    assert (fresh.document_number, fresh.state, fresh.record) == ("KZ-777", "sent", None)


def test_training_on_ones_own_needs_no_case(teacher: Any, hr: Any) -> None:
    evidence = verify(handed_in.on_ones_own(teacher), hr)
    assert evidence.record is not None and evidence.record.source == "employee"
    assert evidence.record.person == teacher.person


# --- refused --------------------------------------------------------------------------------------
def nothing_happened(evidence: Evidence) -> None:
    fresh = again(evidence)
    assert (fresh.state, fresh.record, fresh.compared_on) == ("sent", None, None)
    assert not TrainingRecord.objects.filter(person=evidence.person).exists()


@pytest.mark.parametrize("left_out", Check.values)
def test_every_line_is_ticked_or_says_why_not(
    left_out: str, case: TrainingApplication, hr: Any
) -> None:
    evidence = case.evidence
    with pytest.raises(ValidationError) as refusal:
        verify(evidence, hr, ticked=ALL - {left_out})
    assert set(refusal.value.error_dict) == {f"reason_{left_out}"}
    nothing_happened(evidence)
    verify(evidence, hr, ticked=ALL - {left_out}, reasons={left_out: "Электрондық құжат"})
    decision = Decision.objects.about(evidence).get(transition="verify")
    assert "Электрондық құжат" in decision.reason


@pytest.mark.parametrize("name", ["centre", "head", "teacher", "administrator", "methodologist"])
def test_only_hr_verifies(name: str, case: TrainingApplication, accounts: Any) -> None:
    with pytest.raises(Refused):
        verify(case.evidence, accounts[name])
    nothing_happened(case.evidence)


def test_hr_does_not_verify_an_own_document(accounts: Any, hr: Any) -> None:
    evidence = handed_in.on_ones_own(hr)
    with pytest.raises(Refused):
        verify(evidence, hr)
    nothing_happened(evidence)


@pytest.mark.parametrize(
    "typed",
    [
        {"hours": Decimal(500), "starts_on": dt.date(2026, 10, 21)},
        {"document_date": dt.date(2026, 10, 1)},
        {"document_date": dt.date(2027, 1, 1)},
        {"document_number": ""},
        {"ends_on": dt.date(2026, 10, 1)},
        {"ends_on": dt.date(2026, 11, 20), "document_date": dt.date(2026, 10, 29)},
    ],
)
def test_what_cannot_be_true_cannot_be_verified(
    typed: dict[str, Any], case: TrainingApplication, hr: Any
) -> None:
    with pytest.raises(ValidationError):
        verify(case.evidence, hr, values=typed, reasons={"hours": "Солай"})
    nothing_happened(case.evidence)


def test_too_many_hours_a_day_need_a_reason(case: TrainingApplication, hr: Any) -> None:
    values = {"hours": Decimal(144)}
    with pytest.raises(ValidationError) as refusal:
        verify(case.evidence, hr, values=values)
    assert set(refusal.value.error_dict) == {"reason_hours"}
    verify(case.evidence, hr, values=values, reasons={"hours": "Құжатта солай жазылған"})


def test_what_is_in_the_ledger_is_not_entered_twice(case: TrainingApplication, hr: Any) -> None:
    evidence = case.evidence
    twin = TrainingRecordFactory(
        person=case.person,
        title="КАРДИОЛОГИЯ",
        ends_on=handed_in.END,
        document_number=evidence.document_number,
    )
    found = [f for f in verification.findings(evidence, on=ON) if f.about == twin]
    assert Check.NUMBER in {f.check for f in found}
    with pytest.raises(ValidationError) as refusal:
        verify(evidence, hr, reasons={"number": "Сол", "dates": "Сол"})
    error = refusal.value.error_dict["__all__"][0]
    assert (error.code, error.params) == ("twin", {"twin": twin.pk})
    assert TrainingRecord.objects.count() == 1


def test_a_stale_form_is_told_and_a_second_click_too(case: TrainingApplication, hr: Any) -> None:
    version = version_of(case.evidence)
    verification.correct_evidence(
        evidence=case.evidence, values={"cost": Decimal(5)}, actor=hr, on=ON
    )
    with pytest.raises(ChangedMeanwhile):
        verify(case.evidence, hr, version=version)
    verify(case.evidence, hr)
    with pytest.raises(Refused):
        verify(case.evidence, hr)
    assert TrainingRecord.objects.count() == 1


def test_a_document_whose_order_was_cancelled_waits_for_nobody(
    case: TrainingApplication, hr: Any
) -> None:
    assert list(verification.evidence_to_verify(hr)) == [case.evidence]
    TrainingApplication.objects.filter(pk=case.pk).update(state=State.CANCELLED)
    assert not verification.evidence_to_verify(hr).exists()
    with pytest.raises(Refused):
        verify(again(case.evidence), hr)


# --- what strikes one -----------------------------------------------------------------------------
def test_the_same_number_and_file_elsewhere_are_flagged(
    accounts: Any, teacher: Any, researcher: Any, hr: Any
) -> None:
    accounts["head"]
    mine = handed_in.ordered(teacher, accounts)
    theirs = handed_in.ordered(researcher, accounts)
    provider = mine.provider
    first = handed_in.certificate(
        mine, teacher, content=b"same", document_number="KZ-15", provider=provider
    )
    second = handed_in.certificate(
        theirs, researcher, content=b"same", document_number="kz-15", provider=provider
    )
    found = {f.check: f for f in verification.findings(second, on=ON) if f.about == first}
    assert set(found) == {Check.NAME, Check.NUMBER}
    assert teacher.person.full_name in found[Check.NAME].words
    verify(first, hr, reasons={"name": "Бір парақта екеуі", "number": "Ортақ сертификат"})
    about = {f.about for f in verification.findings(again(second), on=ON) if f.wants_why}
    assert about == {again(first).record}  # its record stands for it now
    with pytest.raises(ValidationError) as refusal:
        verify(second, hr)
    assert set(refusal.value.error_dict) == {"reason_name", "reason_number"}


def test_another_draft_is_nobodys_business(accounts: Any, teacher: Any, researcher: Any) -> None:
    accounts["head"]
    mine = handed_in.certificate(handed_in.ordered(teacher, accounts), teacher, document_number="7")
    other = handed_in.ordered(researcher, accounts)
    draft = handing_in.begin_evidence(application=other, actor=researcher, on=ON)
    handing_in.save_evidence(
        evidence=draft, values={"document_number": "7"}, actor=researcher, on=ON
    )
    assert verification.findings(mine, on=ON) == []


def test_days_of_another_training_are_named(case: TrainingApplication) -> None:
    other = TrainingRecordFactory(
        person=case.person, starts_on=dt.date(2026, 10, 20), ends_on=dt.date(2026, 10, 28)
    )
    assert [f.about for f in verification.findings(case.evidence, on=ON)] == [other]


# --- returned -------------------------------------------------------------------------------------
def test_returned_with_a_reason_and_sent_again(
    case: TrainingApplication, hr: Any, centre: Any, teacher: Any
) -> None:
    evidence = case.evidence
    with pytest.raises(Refused):
        verification.return_evidence(evidence=evidence, reason=" ", actor=hr, on=ON)
    assert again(case).state == State.DOCUMENTS_SUBMITTED
    evidence = verification.return_evidence(evidence=evidence, reason="Бұлыңғыр", actor=hr, on=ON)
    assert (evidence.state, evidence.remark) == ("returned", "Бұлыңғыр")
    assert again(case).state == State.ORDERED
    assert OutgoingMail.objects.filter(kind="evidence_returned", receiver=teacher).exists()
    with pytest.raises(Refused):
        verify(again(evidence), hr)
    verification.accept_report(report=case.report, actor=centre, on=ON)
    handing_in.send_evidence(evidence=again(evidence), actor=teacher, on=ON)
    assert again(case).state == State.DOCUMENTS_SUBMITTED
    verify(again(evidence), hr)
    assert again(case).state == State.CLOSED


def test_both_may_return(case: TrainingApplication, hr: Any, centre: Any) -> None:
    verification.return_report(
        report=case.report,
        reason="Толықтырыңыз",
        hints={"goals": "Нақтырақ", "modules": " "},
        actor=centre,
        on=ON,
    )
    verification.return_evidence(evidence=case.evidence, reason="Бұлыңғыр", actor=hr, on=ON)
    report = again(case.report)
    assert report.state == "returned"
    assert report.remark.splitlines()[0] == "Толықтырыңыз"
    assert len(report.remark.splitlines()) == 2 and "Нақтырақ" in report.remark
    assert again(case).state == State.ORDERED


def test_the_letters_of_what_was_returned_go_out(
    case: TrainingApplication, hr: Any, centre: Any, teacher: Any
) -> None:
    verification.return_evidence(evidence=case.evidence, reason="Бұлыңғыр", actor=hr, on=ON)
    verification.return_report(report=case.report, reason="Толықтырыңыз", actor=centre, on=ON)
    mail.deliver(now=timezone.now())
    left = OutgoingMail.objects.filter(sent_at__isnull=True)
    assert not left.exists()
    for remark in ("Бұлыңғыр", "Толықтырыңыз"):
        letters = [letter for letter in django_mail.outbox if remark in letter.body]
        assert [letter.to for letter in letters] == [[teacher.email]]
        assert f"/cases/{case.pk}/documents/" in letters[0].body


def test_ones_own_training_is_returned_by_letter(teacher: Any, hr: Any) -> None:
    evidence = handed_in.on_ones_own(teacher)
    verification.return_evidence(evidence=evidence, reason="Бұлыңғыр", actor=hr, on=ON)
    letter = OutgoingMail.objects.get(kind="evidence_returned")
    assert (letter.receiver, letter.context) == (teacher, {"evidence": evidence.pk})


# --- revoked --------------------------------------------------------------------------------------
def test_a_revoked_record_opens_the_case_again(
    case: TrainingApplication, hr: Any, centre: Any, teacher: Any
) -> None:
    verify(case.evidence, hr)
    verification.accept_report(report=case.report, actor=centre, on=ON)
    record = again(case.evidence).record
    registry.revoke_record(record=record, reason="Жалған құжат", actor=hr, on=ON)
    evidence, fresh = again(case.evidence), again(case)
    assert (evidence.state, evidence.record, evidence.remark) == ("returned", None, "Жалған құжат")
    assert (fresh.state, fresh.closed_on) == (State.ORDERED, None)
    assert again(case.report).state == "accepted"
    line = again(case.plan_line)
    assert (line.execution, line.record) == (PlanLine.Execution.DOCUMENTS_DUE, None)
    assert not Standing.objects.filter(person=case.person, decisive__isnull=False).exists()
    handing_in.send_evidence(evidence=evidence, actor=teacher, on=ON)
    verify(again(evidence), hr)
    assert again(case).state == State.CLOSED
    assert again(evidence).record != record


def test_a_revoked_record_of_ones_own_training_returns_the_document(teacher: Any, hr: Any) -> None:
    evidence = verify(handed_in.on_ones_own(teacher), hr)
    registry.revoke_record(record=evidence.record, reason="Қате", actor=hr, on=ON)
    assert (again(evidence).state, again(evidence).record) == ("returned", None)


def test_a_record_without_a_document_is_revoked_as_before(teacher: Any, hr: Any) -> None:
    record = TrainingRecordFactory(person=teacher.person)
    registry.revoke_record(record=record, reason="Қате", actor=hr, on=ON)
    assert again(record).state == "revoked"


# --- broken off -----------------------------------------------------------------------------------
def everything() -> list[Any]:
    """All that a verification touches, as it stands in the database."""
    models = [
        Evidence,
        TraineeReport,
        TrainingApplication,
        TrainingRecord,
        PlanLine,
        Standing,
        Decision,
        IssuedPaper,
        NumberRegister,
        OutgoingMail,
        Evidence.history.model,
        TrainingApplication.history.model,
        PlanLine.history.model,
        TrainingRecord.history.model,
    ]
    return [list(model._base_manager.order_by("pk").values()) for model in models]


class KilledError(Exception):
    """Stands for the end of the process."""


STEPS: list[tuple[Any, str]] = [
    (registry, "enter_record"),
    (registry, "twin_of"),
    (standings, "restate"),
    (verification, "_correct"),
    (verification, "_prove_line"),
    (verification, "_settle"),
    (verification, "close_if_complete"),
    (telling, "tell"),
]


@pytest.mark.parametrize(("where", "name"), STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_point_nothing_is_half_done(
    where: Any,
    name: str,
    after: bool,
    case: TrainingApplication,
    hr: Any,
    centre: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verification.accept_report(report=case.report, actor=centre, on=ON)
    before = everything()
    real: Callable[..., Any] = getattr(where, name)

    def killed(*given: Any, **named: Any) -> Any:
        if after:
            real(*given, **named)
        raise KilledError

    monkeypatch.setattr(where, name, killed)
    with pytest.raises(KilledError), transaction.atomic():
        verify(case.evidence, hr, values={"cost": Decimal(7)})
    assert everything() == before


@pytest.mark.parametrize("name", ["issue", "next_number", "_settle", "_prove_line"])
def test_a_report_killed_while_being_accepted_leaves_no_number(
    name: str,
    case: TrainingApplication,
    hr: Any,
    centre: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verify(case.evidence, hr)
    before = everything()
    real: Callable[..., Any] = getattr(verification, name)

    def killed(*given: Any, **named: Any) -> Any:
        real(*given, **named)
        raise KilledError

    monkeypatch.setattr(verification, name, killed)
    with pytest.raises(KilledError), transaction.atomic():
        verification.accept_report(report=case.report, actor=centre, on=ON)
    assert everything() == before


# --- at once --------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: the second waits anyway"
)
def test_two_inspectors_verify_at_once_and_one_record_is_made(
    case: TrainingApplication, hr: Any, units: Any
) -> None:
    other = UserFactory(username="hr2", roles=["hr"])
    evidence = case.evidence
    refusal = at_once(lambda: verify(evidence, hr), lambda: verify(evidence, other))
    assert isinstance(refusal, Refused)
    assert TrainingRecord.objects.filter(person=case.person).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: the second waits anyway"
)
def test_hr_and_the_centre_at_once_accept_the_case_once(
    case: TrainingApplication, hr: Any, centre: Any
) -> None:
    refusal = at_once(
        lambda: verify(case.evidence, hr),
        lambda: verification.accept_report(report=case.report, actor=centre, on=ON),
    )
    assert refusal is None
    assert again(case).state == State.CLOSED
    assert Decision.objects.about(case).filter(transition="accept").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: the second waits anyway"
)
def test_a_record_is_revoked_while_the_centre_accepts(
    case: TrainingApplication, hr: Any, centre: Any
) -> None:
    record = verify(case.evidence, hr).record
    refusal = at_once(
        lambda: registry.revoke_record(record=record, reason="Жалған", actor=hr, on=ON),
        lambda: verification.accept_report(report=case.report, actor=centre, on=ON),
    )
    assert refusal is None
    assert (again(case).state, again(case.report).state) == (State.ORDERED, "accepted")

"""Certificate and report: prepared, sent, late, returned, sent again (clauses 7.2, 7.14, 3.10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import translation

from training_plans.domain import handing_in, orders
from training_plans.models import RATINGS, Evidence, TraineeReport, TrainingApplication
from training_plans.transitions import APPLICATION, EVIDENCE, REPORT
from workflow.models import Decision, StoredFile
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refused

from ..factories import ProviderFactory, TrainingRecordFactory
from . import cases

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


AFTER = dt.date(2027, 3, 15)  # the training ended on 12 March; due on 17 March
LATE = dt.date(2027, 3, 20)
NUMBER = {"document_number": "KZ 00-17", "document_date": dt.date(2027, 3, 12)}


def ordered(user: Any, accounts: Any, **traits: Any) -> TrainingApplication:
    """A case whose order is issued, the clock of its documents set."""
    case, hr, on = cases.approved(user, accounts, **traits), accounts["hr"], dt.date(2027, 2, 1)
    order = orders.draft_order(applications=[case], actor=hr, on=on)
    orders.issue_order(order=order, actor=hr, on=on)
    case.refresh_from_db()
    assert (case.state, case.documents_due_on) == ("ordered", dt.date(2027, 3, 17))
    return case


def a_file(by: Any, content: bytes = b"%PDF-1.4 one") -> StoredFile:
    return StoredFile.keep(
        ContentFile(content), name="scan.pdf", content_type="application/pdf", by=by
    )


def prepared(case: TrainingApplication, user: Any, *, on: dt.date = AFTER) -> Evidence:
    return handing_in.save_evidence(
        evidence=handing_in.proposed_evidence(case),
        values=NUMBER,
        file=a_file(user),
        actor=user,
        on=on,
    )


WRITTEN: dict[str, Any] = {
    "goals": "Жаңа әдістер",
    "knowledge": "ОҚҚЕ құрастыру",
    "modules": [{"topic": "ОҚҚЕ", "hours": "72", "content": ""}],
    "proposals": [{"what": "ОҚҚЕ", "where": "силлабус", "how": "", "due": "", "effect": ""}],
    **dict.fromkeys(RATINGS, 4),
}


def written(case: TrainingApplication, user: Any, *, on: dt.date = AFTER) -> TraineeReport:
    return handing_in.save_report(application=case, values=WRITTEN, actor=user, on=on)


# --- prefilled ----------------------------------------------------------------------------------
def test_everything_the_order_says_is_filled_in(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    evidence = handing_in.begin_evidence(application=case, actor=teacher, on=AFTER)
    assert evidence.person == teacher.person
    assert (evidence.topic, evidence.area, evidence.provider) == (
        case.topic,
        case.area,
        case.provider,
    )
    assert (evidence.starts_on, evidence.ends_on, evidence.hours) == (
        case.starts_on,
        case.ends_on,
        case.hours,
    )
    again = handing_in.begin_evidence(application=case, actor=teacher, on=AFTER)
    assert again == evidence


def test_goals_come_from_the_plan(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts, goal="4.2.1")
    goals = handing_in.proposed_report(case).goals
    assert case.topic in goals
    assert str(case.get_goal_display()) in goals


def test_no_documents_before_the_order(accounts: Any, teacher: Any) -> None:
    case = cases.approved(teacher, accounts)
    with pytest.raises(ValidationError, match=r"7\.1"):
        prepared(case, teacher)
    with pytest.raises(ValidationError, match=r"7\.1"):
        written(case, teacher)
    assert not Evidence.objects.exists()


# --- the actual days ----------------------------------------------------------------------------
def test_what_came_out_different_is_kept_and_the_order_stays(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    evidence = prepared(case, teacher)
    evidence = handing_in.save_evidence(
        evidence=evidence,
        values={"hours": Decimal(60), "ends_on": dt.date(2027, 3, 11)},
        actor=teacher,
        on=AFTER,
    )
    case.refresh_from_db()
    assert (case.hours, case.ends_on) == (72, cases.END)
    assert {(found.name, found.actual) for found in handing_in.differences(evidence)} == {
        ("hours", Decimal(60)),
        ("ends_on", dt.date(2027, 3, 11)),
    }


# --- sending ------------------------------------------------------------------------------------
def test_each_part_alone_and_the_second_one_hands_in(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    evidence = handing_in.send_evidence(evidence=prepared(case, teacher), actor=teacher, on=AFTER)
    assert (evidence.state, evidence.sent_on) == ("sent", AFTER)
    case.refresh_from_db()
    assert case.state == "ordered"
    handing_in.send_report(report=written(case, teacher), actor=teacher, on=AFTER)
    case.refresh_from_db()
    assert (case.state, case.documents_sent_on, case.documents_late_days) == (
        "documents_submitted",
        AFTER,
        0,
    )
    assert case.plan_line is not None
    case.plan_line.refresh_from_db()
    assert case.plan_line.execution == "documents_due"


def test_both_with_one_button(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    prepared(case, teacher)
    written(case, teacher)
    case = handing_in.send_both(application=case, actor=teacher, on=AFTER)
    assert case.state == "documents_submitted"


def test_both_or_none(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    evidence = prepared(case, teacher)
    handing_in.save_report(
        application=case, values={"goals": "Жаңа әдістер"}, actor=teacher, on=AFTER
    )
    with pytest.raises(Refused) as refused:
        handing_in.send_both(application=case, actor=teacher, on=AFTER)
    assert "7.2" in {refusal.clause for refusal in refused.value.refusals}
    evidence.refresh_from_db()
    assert evidence.state == "draft"


def test_a_second_click_is_refused_and_changes_nothing(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    evidence = prepared(case, teacher)
    written(case, teacher)
    handing_in.send_both(application=case, actor=teacher, on=AFTER)
    count = Decision.objects.count()
    with pytest.raises(ValidationError):
        handing_in.send_both(application=case, actor=teacher, on=AFTER)
    with pytest.raises(Refused):
        handing_in.send_evidence(evidence=evidence, actor=teacher, on=AFTER)
    assert Decision.objects.count() == count


def test_not_before_the_last_day(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    before = dt.date(2027, 3, 10)
    evidence = prepared(case, teacher, on=before)  # preparing is allowed
    report = written(case, teacher, on=before)
    with pytest.raises(ValidationError, match=r"7\.2"):
        handing_in.send_evidence(evidence=evidence, actor=teacher, on=before)
    with pytest.raises(Refused, match=r"7\.2"):
        handing_in.send_report(report=report, actor=teacher, on=before)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"document_date": dt.date(2027, 2, 20)}, "dated"),
        (
            {
                "hours": Decimal(500),
                "ends_on": dt.date(2027, 3, 3),
                "document_date": dt.date(2027, 3, 3),
            },
            "500",
        ),
        ({"document_number": ""}, "filled in"),
    ],
)
def test_bad_documents_stay_drafts(
    accounts: Any, teacher: Any, values: dict[str, Any], word: str
) -> None:
    case = ordered(teacher, accounts)
    evidence = handing_in.save_evidence(
        evidence=prepared(case, teacher), values=values, actor=teacher, on=AFTER
    )
    with pytest.raises(ValidationError, match=word):
        handing_in.send_evidence(evidence=evidence, actor=teacher, on=AFTER)
    evidence.refresh_from_db()
    assert evidence.state == "draft"
    assert evidence.file_id


# --- late ---------------------------------------------------------------------------------------
def test_late_ones_are_accepted_with_a_reason_and_marked(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    prepared(case, teacher)
    written(case, teacher)
    with pytest.raises(ValidationError) as refused:
        handing_in.send_both(application=case, actor=teacher, on=LATE)
    assert "late_because" in refused.value.error_dict
    assert Evidence.objects.get().state == "draft"
    case = handing_in.send_both(
        application=case, actor=teacher, on=LATE, because="сертификат кеш берілді"
    )
    assert (case.documents_late_days, case.documents_late_because) == (3, "сертификат кеш берілді")


def test_the_reason_is_asked_once(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    handing_in.send_evidence(
        evidence=prepared(case, teacher), actor=teacher, on=LATE, because="ауырып қалдым"
    )
    handing_in.send_report(report=written(case, teacher), actor=teacher, on=LATE)
    case.refresh_from_db()
    assert (case.state, case.documents_late_because) == ("documents_submitted", "ауырып қалдым")


def test_the_last_day_is_in_time(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    prepared(case, teacher)
    written(case, teacher)
    assert case.documents_due_on is not None
    case = handing_in.send_both(application=case, actor=teacher, on=case.documents_due_on)
    assert case.documents_late_days == 0


# --- returned -----------------------------------------------------------------------------------
def test_a_returned_part_is_sent_again_and_the_other_stays(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    evidence = prepared(case, teacher)
    report = written(case, teacher)
    case = handing_in.send_both(application=case, actor=teacher, on=AFTER)
    report = REPORT.apply(report, "accept", actor=accounts["centre"], on=AFTER)
    evidence = EVIDENCE.apply(evidence, "return", actor=accounts["hr"], on=AFTER, reason="бұлыңғыр")
    case = APPLICATION.apply(
        case, "return_documents", actor=accounts["hr"], on=AFTER, reason="бұлыңғыр"
    )
    handing_in.save_evidence(
        evidence=evidence, values={}, file=a_file(teacher, b"%PDF two"), actor=teacher, on=LATE
    )
    case = handing_in.send_both(application=case, actor=teacher, on=LATE)
    report.refresh_from_db()
    assert case.state == "documents_submitted"
    assert (case.documents_sent_on, case.documents_late_days) == (AFTER, 0)
    assert report.state == "accepted"


# --- who ----------------------------------------------------------------------------------------
def test_hr_hands_in_paper_for_somebody_but_writes_no_report(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    hr = accounts["hr"]
    sent = handing_in.send_evidence(evidence=prepared(case, hr), actor=hr, on=AFTER)
    assert sent.state == "sent"
    with pytest.raises(Refused, match=r"7\.2"):
        written(case, hr)


@pytest.mark.parametrize("name", ["head", "centre", "stranger", "rector"])
def test_nobody_else_hands_in(accounts: Any, teacher: Any, name: str) -> None:
    case = ordered(teacher, accounts)
    with pytest.raises(Refused):
        prepared(case, accounts[name])
    assert not Evidence.objects.exists()


# --- stale, killed ------------------------------------------------------------------------------
def test_a_stale_form_is_refused(accounts: Any, teacher: Any) -> None:
    case = ordered(teacher, accounts)
    evidence = prepared(case, teacher)
    seen = version_of(evidence)
    handing_in.save_evidence(
        evidence=evidence, values={"document_number": "2"}, actor=teacher, on=AFTER, version=seen
    )
    with pytest.raises(ChangedMeanwhile):
        handing_in.save_evidence(
            evidence=evidence,
            values={"document_number": "3"},
            actor=teacher,
            on=AFTER,
            version=seen,
        )
    with pytest.raises(ChangedMeanwhile):  # a form opened before there was a document
        handing_in.save_evidence(
            evidence=handing_in.proposed_evidence(case),
            values={"document_number": "4"},
            actor=teacher,
            on=AFTER,
            version=0,
        )
    assert Evidence.objects.get().document_number == "2"


def test_killed_after_the_upload_leaves_no_half_evidence(
    accounts: Any, teacher: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ordered(teacher, accounts)
    file = a_file(teacher)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(handing_in, "save", die)
    with pytest.raises(KeyboardInterrupt):
        handing_in.save_evidence(
            evidence=handing_in.proposed_evidence(case),
            values=NUMBER,
            file=file,
            actor=teacher,
            on=AFTER,
        )
    assert StoredFile.objects.filter(pk=file.pk).exists()
    assert not Evidence.objects.filter(file=file).exists()


def test_killed_while_sending_leaves_the_draft(
    accounts: Any, teacher: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ordered(teacher, accounts)
    prepared(case, teacher)
    written(case, teacher)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(handing_in, "follow", die)
    with pytest.raises(KeyboardInterrupt):
        handing_in.send_both(application=case, actor=teacher, on=AFTER)
    case.refresh_from_db()
    assert case.state == "ordered"
    assert (Evidence.objects.get().state, TraineeReport.objects.get().state) == ("draft", "draft")


# --- how much is ready --------------------------------------------------------------------------
def test_progress_counts_what_sending_asks(accounts: Any, teacher: Any, researcher: Any) -> None:
    case = ordered(teacher, accounts)
    empty = handing_in.progress_of(handing_in.proposed_report(case))
    assert (empty.done, empty.total) == (0, 9)
    report = written(case, teacher)
    full = handing_in.progress_of(report)
    assert (full.percent, full.missing) == (100, ())
    assert REPORT.refusals(report, "send", actor=teacher, on=AFTER) == []
    report.proposals = []
    almost = handing_in.progress_of(report)
    assert (almost.percent, almost.missing) == (88, ("proposals",))
    assert REPORT.refusals(report, "send", actor=teacher, on=AFTER)


def test_who_does_not_teach_need_propose_nothing(accounts: Any, researcher: Any) -> None:
    case = ordered(researcher, accounts)
    values = {**WRITTEN, "proposals": []}
    report = handing_in.save_report(application=case, values=values, actor=researcher, on=AFTER)
    assert handing_in.progress_of(report).percent == 100
    handing_in.send_report(report=report, actor=researcher, on=AFTER)


# --- training taken on one's own ----------------------------------------------------------------
def own(user: Any, *, on: dt.date = AFTER, content: bytes = b"%PDF own", **values: Any) -> Evidence:
    """A course of February 2027 taken without an application, sent."""
    terms = {
        "topic": "Scopus",
        "area": "research",
        "provider": ProviderFactory(),
        "starts_on": dt.date(2027, 2, 1),
        "ends_on": dt.date(2027, 2, 5),
        "hours": Decimal(36),
        **{"document_number": "WOS 12", "document_date": dt.date(2027, 2, 5)},
    }
    return handing_in.hand_in_own(
        person=user.person,
        values=terms | values,
        file=a_file(user, content),
        actor=user,
        on=on,
    )


def test_training_of_ones_own_needs_no_application(teacher: Any) -> None:
    evidence = own(teacher)
    assert (evidence.state, evidence.application) == ("sent", None)
    withdrawn = handing_in.withdraw(evidence=evidence, reason="қате файл", actor=teacher, on=AFTER)
    assert withdrawn.state == "withdrawn"
    assert own(teacher).state == "sent"  # the withdrawn one is no twin


@pytest.mark.parametrize(
    "values",
    [
        {"ends_on": dt.date(2027, 5, 1), "document_date": dt.date(2027, 3, 1)},
        {"ends_on": dt.date(2027, 2, 3), "hours": Decimal(500)},
        {"document_date": dt.date(2027, 1, 31)},
        {"document_number": ""},
    ],
)
def test_what_cannot_be_is_not_taken(teacher: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        own(teacher, **values)
    assert not Evidence.objects.exists()


def test_the_same_document_twice_is_refused_naming_the_first(teacher: Any) -> None:
    first = own(teacher)
    with pytest.raises(ValidationError) as refused:
        own(teacher, topic="Басқа", document_number="7", ends_on=dt.date(2027, 2, 6))
    assert refused.value.params == {"evidence": first.pk}
    assert Evidence.objects.count() == 1


def test_what_is_in_the_ledger_is_not_handed_in_again(teacher: Any, stranger: Any) -> None:
    record = TrainingRecordFactory(
        person=teacher.person, document_number="WOS 12", ends_on=dt.date(2027, 2, 5)
    )
    with pytest.raises(ValidationError) as refused:
        own(teacher)
    assert refused.value.params == {"record": record.pk}
    assert own(stranger).state == "sent"  # nothing is said about another person's records


def test_a_number_of_another_provider_is_no_twin(teacher: Any) -> None:
    TrainingRecordFactory(
        person=teacher.person,
        document_number="WOS 12",
        ends_on=dt.date(2025, 2, 5),
        provider=ProviderFactory(name="Басқа ұйым"),
    )
    assert own(teacher).state == "sent"


def test_a_document_of_a_case_is_not_withdrawn(accounts: Any, teacher: Any) -> None:
    evidence = prepared(ordered(teacher, accounts), teacher)
    with pytest.raises(Refused, match="case"):
        handing_in.withdraw(evidence=evidence, reason="қате", actor=teacher, on=AFTER)

"""Two or many who act on one case at once: one of them does it, the others are told so.

«At once» are real threads on both databases. «While» is stricter and wants PostgreSQL: the second
begins before the first is committed; on SQLite, whose writers wait anyway, it follows the first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from training_plans.domain import applications, handing_in, orders, route, verification
from training_plans.models import Evidence, Order, TrainingApplication
from workflow.models import Decision
from workflow.papers import paper_issued
from workflow.transitions import Refused

from ..factories import PersonFactory, PostFactory, UserFactory
from . import cases, handed_in
from .test_orders import all_at_once, rows_of
from .test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
SUBMITTERS = 20
ON = handed_in.SENT_ON + dt.timedelta(days=1)
Act = Callable[[], Any]


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_issued, "receivers", [])


def second_of(first: Act, second: Act) -> BaseException | None:
    """What ``second`` raised, begun while ``first`` was not committed yet."""
    if connection.vendor == "postgresql":
        return at_once(first, second)
    first()
    try:
        second()
    except ValidationError as refusal:
        return refusal
    return None


def colleagues(count: int, unit: Any) -> list[Any]:
    found = []
    for number in range(count):
        person = PersonFactory()
        PostFactory(person=person, unit=unit)
        found.append(UserFactory(username=f"colleague{number}", person=person))
    return found


# --- applying -----------------------------------------------------------------------------------
def test_twenty_who_apply_at_once_leave_no_gap_and_no_double(
    accounts: Any, units: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fifth fails after its number was given: that number goes to another."""
    for name in ("head", "centre", "finance", "vicerector", "rector"):
        accounts[name]
    users = colleagues(SUBMITTERS, units.department)
    drafts = [cases.drafted(user) for user in users]
    doomed = {draft.pk for draft in drafts[::5]}
    make_steps = route.make_steps

    def sometimes(application: TrainingApplication, *, on: dt.date) -> None:
        assert application.number is not None
        if application.pk in doomed:
            raise RuntimeError("the power is gone")
        make_steps(application, on=on)

    monkeypatch.setattr(route, "make_steps", sometimes)

    def sending(place: int) -> Act:
        return lambda: (
            applications.submit(
                application=drafts[place], actor=users[place], on=cases.APPLIED_ON
            ).number
        )

    database = tmp_path / "cases.sqlite3"
    results = all_at_once([sending(place) for place in range(SUBMITTERS)], database=database)
    assert sorted(n for n in results if isinstance(n, int)) == list(range(1, 17)), results
    assert sum(isinstance(result, RuntimeError) for result in results) == len(doomed)

    rows = rows_of(database)
    assert rows("SELECT last FROM workflow_numberregister WHERE name = 'application'") == [16]
    table = "training_plans_trainingapplication"
    numbers = rows(f"SELECT number FROM {table} WHERE number IS NOT NULL")
    assert sorted(numbers) == list(range(1, 17))
    assert rows(f"SELECT count(*) FROM {table} WHERE state = 'draft'") == [4]
    waiting = "SELECT count(*) FROM training_plans_routestep WHERE state = 'waiting'"
    assert rows(waiting) == [16]


def test_one_draft_sent_five_times_at_once_is_sent_once(
    accounts: Any, teacher: Any, head: Any, tmp_path: Path
) -> None:
    draft = cases.drafted(teacher)

    def send() -> Any:
        mine = TrainingApplication.objects.get(pk=draft.pk)
        return applications.submit(application=mine, actor=teacher, on=cases.APPLIED_ON)

    database = tmp_path / "cases.sqlite3"
    results = all_at_once([send] * 5, database=database)
    assert sum(isinstance(result, TrainingApplication) for result in results) == 1, results
    assert sum(isinstance(result, ValidationError) for result in results) == 4, results
    rows = rows_of(database)
    assert rows("SELECT last FROM workflow_numberregister WHERE name = 'application'") == [1]
    assert set(rows("SELECT round FROM training_plans_routestep")) == {1}
    submitted = "SELECT count(*) FROM workflow_decision WHERE transition = 'submit'"
    assert rows(submitted) == [1]


def test_a_draft_is_not_sent_twice_while_it_is_being_sent(teacher: Any, head: Any) -> None:
    draft = cases.drafted(teacher)

    def send() -> Any:
        return applications.submit(application=draft, actor=teacher, on=cases.APPLIED_ON)

    assert isinstance(second_of(send, send), Refused)
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("submitted", 1)


def test_two_drafts_of_one_line_become_one(teacher: Any) -> None:
    """Begun on the phone and on the computer."""
    line = cases.a_line(teacher.person)

    def begin() -> Any:
        return applications.begin(line=line, actor=teacher, on=cases.APPLIED_ON)

    second_of(begin, begin)
    assert TrainingApplication.objects.filter(plan_line=line).count() == 1


# --- the rector signs, the employee withdraws -----------------------------------------------------
def test_withdrawn_while_the_rector_signs(accounts: Any, teacher: Any) -> None:
    case = cases.agreed(cases.submitted(teacher), accounts, until="rector")
    step, rector = cases.step_of(case), accounts["rector"]
    withdrawn = second_of(
        lambda: route.decide(step=step, answer="agree", actor=rector, on=cases.APPLIED_ON),
        lambda: applications.withdraw(
            application=case, reason="ауырдым", actor=teacher, on=cases.APPLIED_ON
        ),
    )
    assert withdrawn is None  # before the order the employee may
    case.refresh_from_db()
    assert (case.state, case.contract.state) == ("withdrawn", "void")


def test_signed_while_the_employee_withdraws(accounts: Any, teacher: Any) -> None:
    case = cases.agreed(cases.submitted(teacher), accounts, until="rector")
    step, rector = cases.step_of(case), accounts["rector"]
    refusal = second_of(
        lambda: applications.withdraw(
            application=case, reason="ауырдым", actor=teacher, on=cases.APPLIED_ON
        ),
        lambda: route.decide(step=step, answer="agree", actor=rector, on=cases.APPLIED_ON),
    )
    assert isinstance(refusal, Refused)
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert not hasattr(case, "contract")


# --- handing in ---------------------------------------------------------------------------------
def prepared(user: Any, accounts: Any) -> tuple[TrainingApplication, Act, Act]:
    """A case whose two parts are ready, and the verbs that send each."""
    case = handed_in.ordered(user, accounts)
    evidence = handing_in.begin_evidence(application=case, actor=user, on=ON)
    evidence = handing_in.save_evidence(
        evidence=evidence,
        values={"document_number": "KZ-1", "document_date": handed_in.END},
        file=handed_in.a_file(by=user),
        actor=user,
        on=ON,
    )
    report = handing_in.save_report(application=case, values=handed_in.WRITTEN, actor=user, on=ON)
    return (
        case,
        lambda: handing_in.send_evidence(evidence=evidence, actor=user, on=ON),
        lambda: handing_in.send_report(report=report, actor=user, on=ON),
    )


@pytest.mark.parametrize("report_first", [False, True])
def test_both_parts_sent_at_the_same_moment_hand_the_case_in(
    accounts: Any, teacher: Any, report_first: bool
) -> None:
    case, certificate, report = prepared(teacher, accounts)
    first, second = (report, certificate) if report_first else (certificate, report)
    assert second_of(first, second) is None
    case.refresh_from_db()
    assert (case.state, case.documents_sent_on) == ("documents_submitted", ON)
    assert (case.evidence.state, case.report.state) == ("sent", "sent")
    assert Decision.objects.about(case).filter(transition="hand_in").count() == 1


def test_the_same_part_sent_twice_counts_once(accounts: Any, teacher: Any) -> None:
    case, certificate, _report = prepared(teacher, accounts)
    assert isinstance(second_of(certificate, certificate), Refused)
    evidence = Evidence.objects.get(application=case)
    assert Decision.objects.about(evidence).filter(transition="send").count() == 1


def test_a_certificate_begun_on_two_phones_is_one(accounts: Any, teacher: Any) -> None:
    case = handed_in.ordered(teacher, accounts)

    def begin() -> Any:
        return handing_in.begin_evidence(application=case, actor=teacher, on=ON)

    refusal = second_of(begin, begin)
    assert refusal is None or isinstance(refusal, ValidationError)
    assert Evidence.objects.filter(application=case).count() == 1


# --- verifying ----------------------------------------------------------------------------------
def verifying(evidence: Evidence, hr: Any) -> Act:
    return lambda: verification.verify_evidence(
        evidence=evidence,
        ticked=list(verification.Check),
        reasons={},
        compared_on=ON,
        actor=hr,
        on=ON,
    )


def test_ten_who_verify_at_once_enter_one_record(
    accounts: Any, hr: Any, teacher: Any, tmp_path: Path
) -> None:
    case = handed_in.handed_in(teacher, accounts)
    verify = verifying(case.evidence, hr)
    database = tmp_path / "cases.sqlite3"
    results = all_at_once([verify] * 10, database=database)
    assert sum(isinstance(result, Evidence) for result in results) == 1, results
    assert sum(isinstance(result, ValidationError) for result in results) == 9, results
    rows = rows_of(database)
    records = "SELECT count(*) FROM staff_trainingrecord WHERE source = 'case'"
    assert rows(records) == [1]
    assert rows("SELECT state FROM training_plans_evidence") == ["verified"]


@pytest.mark.parametrize("withdrawn_first", [False, True])
def test_withdrawn_or_verified_but_never_both(hr: Any, teacher: Any, withdrawn_first: bool) -> None:
    evidence = handed_in.on_ones_own(teacher)

    def withdraw() -> Any:
        return handing_in.withdraw(evidence=evidence, reason="қате", actor=teacher, on=ON)

    verify = verifying(evidence, hr)
    first, second = (withdraw, verify) if withdrawn_first else (verify, withdraw)
    assert isinstance(second_of(first, second), Refused)
    evidence.refresh_from_db()
    expected = ("withdrawn", True) if withdrawn_first else ("verified", False)
    assert (evidence.state, evidence.record is None) == expected


@pytest.mark.parametrize("cancelled_first", [False, True])
def test_verified_or_cancelled_but_never_both(
    accounts: Any, hr: Any, teacher: Any, cancelled_first: bool
) -> None:
    case = handed_in.handed_in(teacher, accounts)
    first_order = case.order_lines.get().order
    draft = drafting(case, first_order, hr, Order.Kind.CANCEL)()

    def cancel() -> Any:
        return orders.issue_order(order=draft, actor=hr, on=ON)

    verify = verifying(case.evidence, hr)
    first, second = (cancel, verify) if cancelled_first else (verify, cancel)
    assert isinstance(second_of(first, second), Refused)
    case.refresh_from_db()
    draft.refresh_from_db()
    evidence = Evidence.objects.get(application=case)
    if cancelled_first:
        assert (case.state, evidence.state, draft.state) == ("cancelled", "sent", "issued")
        assert evidence.record is None
    else:
        assert (case.state, evidence.state) == ("documents_submitted", "verified")
        assert (draft.state, draft.number) == ("draft", None)


@pytest.mark.parametrize("report_first", [False, True])
def test_both_receivers_at_the_same_moment_accept_the_case(
    accounts: Any, hr: Any, centre: Any, teacher: Any, report_first: bool
) -> None:
    case = handed_in.handed_in(teacher, accounts)

    def accept() -> Any:
        return verification.accept_report(report=case.report, actor=centre, on=ON)

    verify = verifying(case.evidence, hr)
    first, second = (accept, verify) if report_first else (verify, accept)
    assert second_of(first, second) is None
    case.refresh_from_db()
    assert case.state == "closed"  # free, so no contract is waited for
    assert Decision.objects.about(case).filter(transition="accept").count() == 1


def test_returned_while_it_is_verified(accounts: Any, hr: Any, teacher: Any) -> None:
    case = handed_in.handed_in(teacher, accounts)
    refusal = second_of(
        verifying(case.evidence, hr),
        lambda: verification.return_evidence(
            evidence=case.evidence, reason="анық емес", actor=hr, on=ON
        ),
    )
    assert isinstance(refusal, Refused)
    case.evidence.refresh_from_db()
    assert case.evidence.state == "verified"


# --- orders that change an order ------------------------------------------------------------------
def drafting(case: TrainingApplication, first: Order, hr: Any, kind: str) -> Act:
    return lambda: orders.draft_order(
        applications=[case], kind=kind, refers_to=first, because="мерзімі ауысты", actor=hr, on=ON
    )


@pytest.mark.parametrize("second_kind", [Order.Kind.CHANGE, Order.Kind.CANCEL])
def test_one_case_stands_in_one_draft_of_a_change(
    accounts: Any, hr: Any, teacher: Any, second_kind: str
) -> None:
    case = handed_in.ordered(teacher, accounts)
    first = case.order_lines.get().order
    refusal = second_of(
        drafting(case, first, hr, Order.Kind.CHANGE), drafting(case, first, hr, second_kind)
    )
    assert isinstance(refusal, ValidationError)
    assert list(first.followed_by.values_list("kind", flat=True)) == ["change"]


def test_a_change_issued_twice_at_once_has_one_number(accounts: Any, hr: Any, teacher: Any) -> None:
    case = handed_in.ordered(teacher, accounts)
    draft = drafting(case, case.order_lines.get().order, hr, Order.Kind.CHANGE)()
    later = {"starts_on": dt.date(2026, 11, 2), "ends_on": dt.date(2026, 11, 13)}
    line = draft.lines.get()
    draft = orders.change_draft(order=draft, values={}, lines={line.pk: later}, actor=hr, on=ON)

    def issue() -> Any:
        return orders.issue_order(order=draft, actor=hr, on=ON)

    assert isinstance(second_of(issue, issue), Refused)
    numbers = Order.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [1, 2]
    case.refresh_from_db()
    assert (case.starts_on, case.ends_on) == (later["starts_on"], later["ends_on"])
    assert Decision.objects.about(case).filter(transition="change_order").count() == 1

"""The line of the plan follows its case, and never stands in its way (3.14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from training_plans.domain import execution, orders, reminders, verification
from training_plans.models import Plan, PlanLine, TrainingApplication

from . import handed_in
from .test_verification import ALL

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 5)


def line_of(case: TrainingApplication) -> PlanLine:
    assert case.plan_line_id is not None
    return PlanLine.objects.get(pk=case.plan_line_id)


def hand_in(case: TrainingApplication, teacher: Any) -> str:
    handed_in.certificate(case, teacher)
    handed_in.reported(case, teacher)
    case.refresh_from_db()
    return case.state


def verify(case: TrainingApplication, hr: Any) -> Any:
    return verification.verify_evidence(
        evidence=case.evidence,
        ticked=ALL,
        reasons={},
        compared_on=ON,
        actor=hr,
        on=ON,
    )


@pytest.mark.parametrize("mark", ["postponed", "not_held"])
def test_a_mark_of_the_centre_hinders_no_documents(
    accounts: Any, teacher: Any, centre: Any, mark: str
) -> None:
    """Marked by hand while the case runs: what is handed in shows that it took place."""
    case = handed_in.ordered(teacher, accounts)
    PlanLine.objects.filter(pk=case.plan_line_id).update(execution=mark, note="Қате")
    assert hand_in(case, teacher) == "documents_submitted"
    line = line_of(case)
    assert (line.execution, line.note) == ("documents_due", "")


@pytest.mark.parametrize("mark", ["postponed", "not_held"])
def test_a_mark_of_the_centre_hinders_no_order(accounts: Any, teacher: Any, mark: str) -> None:
    handed_in.a_plan_of_2026()
    free = {"funding": "free", "cost": 0, "starts_on": handed_in.START, "ends_on": handed_in.END}
    case = handed_in.cases.approved(teacher, accounts, on=handed_in.APPLIED_ON, **free)
    PlanLine.objects.filter(pk=case.plan_line_id).update(execution=mark, note="Қате")
    hr, on = accounts["hr"], handed_in.ORDERED_ON
    orders.issue_order(
        order=orders.draft_order(applications=[case], actor=hr, on=on), actor=hr, on=on
    )
    assert line_of(case).execution == "ordered"


def test_a_line_taken_out_is_left_alone(accounts: Any, teacher: Any) -> None:
    case = handed_in.ordered(teacher, accounts)
    PlanLine.objects.filter(pk=case.plan_line_id).update(
        taken_out=True, taken_out_because="Қажет емес"
    )
    before = line_of(case).execution
    assert hand_in(case, teacher) == "documents_submitted"
    assert line_of(case).execution == before
    assert reminders.follow_cases(on=ON) == 0


def test_a_closed_year_is_left_alone(accounts: Any, teacher: Any) -> None:
    case = handed_in.ordered(teacher, accounts)
    Plan.objects.update(state=Plan.State.CLOSED)
    before = line_of(case).execution
    assert hand_in(case, teacher) == "documents_submitted"
    assert line_of(case).execution == before


def test_what_a_record_proves_is_not_taken_back(accounts: Any, teacher: Any, hr: Any) -> None:
    """HR is quicker than the report: handing it in changes nothing about the line."""
    case = handed_in.ordered(teacher, accounts)
    handed_in.certificate(case, teacher)
    record = verify(case, hr).record
    assert line_of(case).execution == "done"
    assert reminders.follow_cases(on=ON) == 0
    assert line_of(case).record == record
    handed_in.reported(case, teacher)
    line = line_of(case)
    assert (line.execution, line.record) == ("done", record)
    assert line.history.filter(execution="done").count() == 1


def test_not_held_stays_where_the_case_ends_without_training(
    accounts: Any, teacher: Any, centre: Any, hr: Any
) -> None:
    case = handed_in.ordered(teacher, accounts)
    first = case.order_lines.get().order
    execution.set_execution(
        line=line_of(case), state="not_held", note="Курс болмады", actor=centre, on=ON
    )
    assert reminders.follow_cases(on=ON) == 0  # and no reminder of the night takes it back
    draft = orders.draft_order(
        applications=[case], kind="cancel", refers_to=first, because="Болмады", actor=hr, on=ON
    )
    orders.issue_order(order=draft, actor=hr, on=ON)
    line = line_of(case)
    assert (line.execution, line.note) == ("not_held", "Курс болмады")


def test_the_night_moves_what_runs_and_ends(accounts: Any, teacher: Any) -> None:
    case = handed_in.ordered(teacher, accounts)
    for on, expected, moved in (
        (handed_in.START - dt.timedelta(days=1), "ordered", 0),
        (handed_in.START, "in_training", 1),
        (handed_in.END, "in_training", 0),
        (handed_in.END + dt.timedelta(days=1), "documents_due", 1),
    ):
        assert reminders.follow_cases(on=on) == moved
        assert line_of(case).execution == expected


def test_a_case_cancelled_in_training_says_why(accounts: Any, teacher: Any, hr: Any) -> None:
    case = handed_in.ordered(teacher, accounts)
    reminders.follow_cases(on=handed_in.START)
    first = case.order_lines.get().order
    draft = orders.draft_order(
        applications=[case], kind="cancel", refers_to=first, because="Ауру", actor=hr, on=ON
    )
    orders.issue_order(order=draft, actor=hr, on=ON)
    line = line_of(case)
    assert line.execution == "not_held" and line.note


def test_a_cancelled_case_leaves_every_queue(accounts: Any, teacher: Any, hr: Any) -> None:
    """Handed in, then the order was cancelled: nobody waits for its papers, nothing is counted."""
    from training_plans.domain import case_waiting

    case = handed_in.handed_in(teacher, accounts)
    assert case_waiting.evidence_to_verify().count() == 1
    assert case_waiting.reports_to_accept().count() == 1
    first = case.order_lines.get().order
    draft = orders.draft_order(
        applications=[case], kind="cancel", refers_to=first, because="Қате", actor=hr, on=ON
    )
    orders.issue_order(order=draft, actor=hr, on=ON)
    assert not verification.evidence_to_verify(hr).exists()
    assert not verification.reports_to_accept(accounts["centre"]).exists()
    assert not case_waiting.evidence_to_verify().exists()
    assert not case_waiting.reports_to_accept().exists()
    own = handed_in.on_ones_own(teacher)
    assert list(verification.evidence_to_verify(hr)) == [own]

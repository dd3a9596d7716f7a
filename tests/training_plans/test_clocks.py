"""The clocks of a case, what is in its file, and where it stands (3.8, 7.1, 7.2, 7.5, 7.14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from training_plans.domain import route
from training_plans.domain.case_file import Presence, counted, milestones, papers_of, read
from training_plans.domain.clocks import Clock, Run, clock, clocks_of
from training_plans.models import CaseRules, Contract, Order, OrderLine, TrainingApplication
from workflow.models import Substitution

from . import cases

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
DUE = dt.date(2027, 2, 9)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("on", "done_on", "begun", "run", "days"),
    [
        (DUE - 5 * DAY, None, True, Run.RUNNING, 5),
        (DUE, None, True, Run.RUNNING, 0),
        (DUE + DAY, None, True, Run.OVER, 1),
        (DUE + DAY, DUE, True, Run.MET, 0),
        (DUE + 90 * DAY, DUE - 41 * DAY, True, Run.MET, 41),
        (DUE + 9 * DAY, DUE + 3 * DAY, True, Run.MISSED, 3),
        (DUE - DAY, None, False, Run.AHEAD, 0),
        (DUE - DAY, DUE - 2 * DAY, False, Run.MET, 2),
    ],
)
def test_a_duty_is_done_or_runs_or_is_over(
    on: dt.date, done_on: dt.date | None, begun: bool, run: Run, days: int
) -> None:
    found = clock("apply", "Apply", due=DUE, clause="7.1", on=on, done_on=done_on, begun=begun)
    assert (found.run, found.days) == (run, days)


def clocks(application: TrainingApplication, on: dt.date, **calendar: Any) -> dict[str, Clock]:
    found = clocks_of(read(application), rules=CaseRules.in_force(), calendar={}, on=on)
    assert [row.due for row in found] == sorted(row.due for row in found)
    return {row.name: row for row in found}


def test_a_draft_counts_down_to_the_last_day_to_apply(teacher: Any) -> None:
    application = cases.drafted(teacher, starts_on=dt.date(2027, 3, 7), ends_on=cases.END)
    found = clocks(application, dt.date(2027, 2, 1))
    assert (found["apply"].due, found["apply"].days) == (dt.date(2027, 2, 15), 14)
    assert found["apply"].note == ""  # a Monday
    sunday = cases.drafted(
        teacher, starts_on=dt.date(2027, 6, 26), ends_on=dt.date(2027, 6, 28), topic="Басқа"
    )
    apply = clocks(sunday, dt.date(2027, 2, 1))["apply"]
    assert apply.due == dt.date(2027, 6, 6)  # a Sunday: counted backwards it is not moved
    assert "2027" in apply.note
    assert "step" not in found


def test_the_route_has_its_target_and_the_order_waits_for_the_visa(
    accounts: Any, teacher: Any
) -> None:
    accounts["head"], accounts["vicerector"]
    application = cases.submitted(teacher)
    found = clocks(application, cases.APPLIED_ON + 4 * DAY)
    assert (found["apply"].run, found["apply"].days) == (Run.MET, 29)
    assert (found["step"].due, found["step"].run) == (dt.date(2027, 1, 13), Run.OVER)
    assert found["step"].clause == ""  # the academy's own target, not the regulation's
    assert found["order"].run == Run.AHEAD
    assert found["order"].due == dt.date(2027, 2, 26)  # the working day before 1 March
    assert (found["start"].due, found["start"].is_event) == (cases.START, True)
    assert (found["documents"].run, found["documents"].due) == (Run.AHEAD, dt.date(2027, 3, 17))
    assert "contract" not in found


def test_after_the_visa_order_and_contract_run(accounts: Any, teacher: Any) -> None:
    application = cases.approved(teacher, accounts)
    found = clocks(application, cases.APPLIED_ON + 2 * DAY)
    assert "step" not in found
    assert found["order"].run == Run.RUNNING
    assert (found["contract"].run, found["contract"].due) == (Run.RUNNING, dt.date(2027, 2, 28))
    signed = dt.date(2027, 3, 3)
    Contract.objects.update(state="signed", signed_on=signed)
    found = clocks(application, dt.date(2027, 4, 1))
    assert (found["contract"].run, found["contract"].days) == (Run.MISSED, 3)
    assert (found["obligation"].run, found["obligation"].due) == (
        Run.RUNNING,
        application.contract.service_to,
    )


def ordered(application: Any, user: Any, **values: Any) -> Any:
    """With an order, as the row alone: the verbs of orders have tests of their own."""
    order = Order.objects.create(
        state="issued",
        year=2027,
        number=12,
        issued_on=dt.date(2027, 2, 1),
        drafted_by=user,
        drafted_on=dt.date(2027, 2, 1),
    )
    OrderLine.objects.create(
        order=order,
        application=application,
        starts_on=application.starts_on,
        ends_on=application.ends_on,
        hours=application.hours,
    )
    values = {"state": "ordered", "documents_due_on": dt.date(2027, 3, 17)} | values
    TrainingApplication.objects.filter(pk=application.pk).update(**values)
    application.refresh_from_db()
    return application


@pytest.mark.parametrize(
    ("on", "start", "documents"),
    [
        (dt.date(2027, 2, 20), Run.RUNNING, Run.AHEAD),
        (cases.END, Run.RUNNING, Run.AHEAD),
        (cases.END + DAY, Run.MET, Run.RUNNING),
        (dt.date(2027, 3, 17), Run.MET, Run.RUNNING),
        (dt.date(2027, 3, 18), Run.MET, Run.OVER),
    ],
)
def test_the_clock_of_the_documents_begins_after_the_end(
    accounts: Any, teacher: Any, on: dt.date, start: Run, documents: Run
) -> None:
    application = ordered(cases.approved(teacher, accounts), teacher)
    found = clocks(application, on)
    assert (found["start"].run, found["documents"].run) == (start, documents)
    assert (found["order"].run, found["order"].days) == (Run.MET, 25)


def test_an_interrupted_training_owes_nothing_until_its_order_is_changed(
    accounts: Any, teacher: Any
) -> None:
    application = ordered(cases.approved(teacher, accounts), teacher)
    later = application.documents_due_on + 10 * DAY
    late = TrainingApplication.objects.documents_late(later)
    assert clocks(application, later)["documents"].run == Run.OVER
    assert list(late) == [application]
    application.interrupted_on = application.starts_on + DAY
    application.save()
    found = clocks(application, later)
    assert (found["documents"].run, found["start"].run) == (Run.AHEAD, Run.AHEAD)
    assert found["start"].due == application.interrupted_on
    assert not late.all()
    step = next(row for row in milestones(read(application), later) if row.state == "current")
    assert (step.name, step.note, step.slow) == ("training", "interrupted", True)


def test_what_was_handed_in_late_says_by_how_much(accounts: Any, teacher: Any) -> None:
    application = ordered(
        cases.approved(teacher, accounts),
        teacher,
        state="documents_submitted",
        documents_sent_on=dt.date(2027, 3, 20),
    )
    found = clocks(application, dt.date(2027, 5, 1))["documents"]
    assert (found.run, found.days, found.done_on) == (Run.MISSED, 3, dt.date(2027, 3, 20))


def test_what_ended_without_training_has_no_clocks_left(accounts: Any, teacher: Any) -> None:
    application = cases.submitted(teacher)
    TrainingApplication.objects.update(state="withdrawn")
    application.refresh_from_db()
    assert set(clocks(application, cases.APPLIED_ON)) == {"apply"}


# --- the papers -----------------------------------------------------------------------------------
def presence(application: TrainingApplication, on: dt.date) -> dict[str, str]:
    return {paper.name: str(paper.presence) for paper in papers_of(read(application), on)}


def test_papers_say_what_is_there_missing_and_not_yet_due(accounts: Any, teacher: Any) -> None:
    draft = cases.drafted(teacher)
    assert presence(draft, cases.APPLIED_ON) == {
        "application": "missing",
        "consent": "present",
        "order": "later",
        "contract": "later",
        "certificate": "later",
        "report": "later",
        "record": "later",
    }


def test_after_the_visa_order_and_contract_are_owed(accounts: Any, teacher: Any) -> None:
    application = cases.approved(teacher, accounts)
    found = presence(application, cases.APPLIED_ON)
    assert (found["order"], found["contract"]) == ("missing", "missing")
    papers = papers_of(read(application), cases.APPLIED_ON)
    assert counted(papers) == (2, 4)
    owed = {paper.name: paper.owner for paper in papers if paper.presence == Presence.MISSING}
    assert owed == {"order": "HR or the Centre", "contract": "legal support"}
    ordered(application, teacher)
    after = presence(application, cases.END)
    assert (after["order"], after["certificate"], after["report"]) == (
        "present",
        "missing",
        "missing",
    )


def test_what_the_employer_does_not_pay_needs_no_contract(accounts: Any, teacher: Any) -> None:
    application = cases.drafted(teacher, funding="free", cost=0)
    assert "contract" not in presence(application, cases.APPLIED_ON)


def test_outside_the_plan_the_amendment_is_owed_by_the_centre(teacher: Any) -> None:
    application = cases.submitted(teacher)
    TrainingApplication.objects.update(plan_line=None)
    application.refresh_from_db()
    amendment = next(p for p in papers_of(read(application), DUE) if p.name == "amendment")
    assert (amendment.presence, amendment.clause) == (Presence.MISSING, "5.5")


# --- where it stands ------------------------------------------------------------------------------
def way(application: TrainingApplication, on: dt.date) -> list[tuple[str, str]]:
    return [(stop.name, stop.state) for stop in milestones(read(application), on)]


def test_the_way_names_who_decided_for_whom_and_how_long_it_waits(
    accounts: Any, teacher: Any, head: Any, today: dt.date
) -> None:
    accounts["vicerector"], accounts["finance"]
    secretary, centre = accounts["secretary"], accounts["centre"]
    Substitution.objects.create(
        absent=head,
        substitute=secretary,
        starts_on=today,
        ends_on=cases.APPLIED_ON,
        entered_by=head,
    )
    application = cases.submitted(teacher)
    route.decide(
        step=cases.step_of(application), answer="agree", actor=secretary, on=cases.APPLIED_ON
    )
    application.refresh_from_db()
    stops = milestones(read(application), cases.APPLIED_ON + 7 * DAY)
    assert [(stop.name, stop.state) for stop in stops[:4]] == [
        ("applied", "done"),
        ("head", "done"),
        ("centre", "current"),
        ("finance", "ahead"),
    ]
    first, second = stops[1], stops[2]
    assert (first.who, first.for_whom) == (secretary.display_name, head.display_name)
    assert (second.days, second.slow) == (7, True)
    assert [stop.name for stop in stops[-5:]] == [
        "order",
        "training",
        "documents",
        "accepted",
        "closed",
    ]
    assert centre.is_active


def test_a_refused_case_stops_where_it_was_refused(teacher: Any, head: Any) -> None:
    application = cases.submitted(teacher)
    application = route.decide(
        step=cases.step_of(application),
        answer="reject",
        actor=head,
        on=cases.APPLIED_ON,
        reason="Қажет емес",
    )
    assert way(application, cases.APPLIED_ON) == [
        ("applied", "done"),
        ("head", "stopped"),
        ("rejected", "stopped"),
    ]


@pytest.mark.parametrize(
    ("state", "on", "current"),
    [
        ("approved", cases.APPLIED_ON, "order"),
        ("ordered", cases.APPLIED_ON, "training"),
        ("ordered", cases.END + DAY, "documents"),
        ("documents_submitted", cases.END + DAY, "accepted"),
        ("accepted", cases.END + DAY, "closed"),
        ("closed", cases.END + DAY, ""),
    ],
)
def test_after_the_visa_one_thing_is_next(
    accounts: Any, teacher: Any, state: str, on: dt.date, current: str
) -> None:
    application = cases.approved(teacher, accounts)
    TrainingApplication.objects.update(state=state)
    application.refresh_from_db()
    found = [name for name, stop in way(application, on) if stop == "current"]
    assert found == ([current] if current else [])

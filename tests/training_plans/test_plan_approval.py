"""Submitting, returning, approving: who, from where, and what is frozen (3.12, 5.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from training_plans.domain import approval, intake
from training_plans.domain import plan as building
from training_plans.domain.approval import PlanChangedMeanwhile, seen_of
from training_plans.models import Amendment, Plan, PlanningYear, PlanVersion
from training_plans.papers import plan_data, signed_by
from training_plans.transitions import PLAN
from workflow.models import Decision, IssuedPaper
from workflow.papers import is_whole
from workflow.transitions import Refused

from ..conftest import ROLES_WITH_ACCOUNTS
from ..factories import (
    PersonFactory,
    PlanFactory,
    PlanLineFactory,
    PostFactory,
    ProviderFactory,
    TrainingRecordFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def plan(centre: Any) -> Plan:
    found = PlanFactory()
    PlanLineFactory.create_batch(2, plan=found)
    return found


@pytest.fixture
def submitted(plan: Plan, centre: Any, today: dt.date) -> Plan:
    return approval.submit(plan=plan, actor=centre, on=today)


# --- transitions × states × roles -------------------------------------------------------------
CENTRE = {"centre", "methodologist"}
WHO = {
    "submit": CENTRE,
    "take_back": CENTRE,
    "return": {"centre"},
    "approve": {"centre"},
    "close": CENTRE,
}
FROM = {
    "submit": {"draft"},
    "take_back": {"in_agreement"},
    "return": {"in_agreement"},
    "approve": {"in_agreement"},
    "close": {"approved"},
}


@pytest.mark.parametrize("role", ROLES_WITH_ACCOUNTS)
def test_who_moves_the_plan_from_where(role: str, accounts: Any, plan: Plan) -> None:
    actor, over = accounts[role], dt.date(2028, 1, 10)
    found = {}
    for state in Plan.State.values:
        plan.state = state
        for name in PLAN.by_name:
            reasons = {r.because for r in PLAN.refusals(plan, name, actor=actor, on=over)}
            found[name, state] = not reasons & {"permission", "state"}
    assert found == {
        (name, state): role in WHO[name] and state in FROM[name]
        for name in PLAN.by_name
        for state in Plan.State.values
    }


@pytest.mark.parametrize("role", ROLES_WITH_ACCOUNTS)
def test_where_the_rector_approves_nobody_else_does(role: str, accounts: Any, plan: Plan) -> None:
    PlanningYear.objects.update(approver=PlanningYear.Approver.RECTOR)
    plan = Plan.objects.get()
    assert accounts[role].has_perm("training_plans.approve_plan", plan) == (role == "rector")


def test_the_year_is_closed_when_it_is_over(plan: Plan, centre: Any) -> None:
    plan.state = Plan.State.APPROVED
    plan.save()
    with pytest.raises(Refused):
        approval.close(plan=plan, actor=centre, on=dt.date(2027, 12, 31))
    waiting = Amendment.objects.create(plan=plan, number=1, state="in_agreement")
    with pytest.raises(Refused) as refusal:
        approval.close(plan=plan, actor=centre, on=dt.date(2028, 1, 1))
    assert refusal.value.messages == [
        "Amendments waiting for a decision: 1. Decide or withdraw them first."
    ]
    Amendment.objects.filter(pk=waiting.pk).update(state="withdrawn")
    closed = approval.close(plan=plan, actor=centre, on=dt.date(2028, 1, 1))
    assert closed.state == "closed"


# --- what stands in the way -------------------------------------------------------------------
def test_an_empty_or_unfinished_plan_is_not_submitted(
    plan: Plan, centre: Any, today: dt.date
) -> None:
    PlanLineFactory(plan=plan, topic="")
    with pytest.raises(Refused) as refusal:
        approval.submit(plan=plan, actor=centre, on=today)
    assert "still missing" in refusal.value.messages[0]
    plan.lines.update(taken_out=True, taken_out_because="Жоқ")
    with pytest.raises(Refused) as refusal:
        approval.submit(plan=plan, actor=centre, on=today)
    assert refusal.value.messages == [
        "Nothing stands in the plan yet. Take in the lines of the requests first."
    ]
    plan.refresh_from_db()
    assert (plan.state, Decision.objects.count()) == ("draft", 0)


def test_returning_wants_a_remark_and_the_centre_builds_on(
    submitted: Plan, centre: Any, today: dt.date
) -> None:
    with pytest.raises(Refused):
        approval.give_back(plan=submitted, reason=" ", actor=centre, on=today)
    returned = approval.give_back(plan=submitted, reason="Қаржы артық", actor=centre, on=today)
    assert (returned.state, returned.can_be_built) == ("draft", True)
    assert Decision.objects.about(returned).first().reason == "Қаржы артық"


# --- approval ---------------------------------------------------------------------------------
def test_approval_freezes_version_one(submitted: Plan, centre: Any, today: dt.date) -> None:
    version = approval.approve_plan(plan=submitted, actor=centre, on=today, seen=seen_of(submitted))
    submitted.refresh_from_db()
    assert (submitted.state, submitted.version) == ("approved", 1)
    assert (version.number, version.approved_by, version.is_late) == (1, centre, False)
    paper = version.paper
    assert (paper.kind, paper.number, paper.version) == ("annual_plan", "БАЖ-2027", 1)
    assert is_whole(paper)
    assert [line["id"] for line in paper.data["lines"]] == list(
        submitted.lines.order_by("unit__sort_key", "person__sort_key").values_list("pk", flat=True)
    )
    assert paper.data["approved_by"] == signed_by(centre, on=today)
    before = paper.data
    submitted.lines.update(topic="Басқа")
    paper.refresh_from_db()
    assert paper.data == before


@pytest.mark.parametrize(
    ("day", "late"), [(dt.date(2026, 12, 1), False), (dt.date(2026, 12, 2), True)]
)
def test_after_the_first_of_december_it_is_approved_as_late(
    day: dt.date, late: bool, submitted: Plan, centre: Any
) -> None:
    """Whatever day the year sets itself: the clause names the day."""
    PlanningYear.objects.update(plan_due=dt.date(2026, 12, 20))
    submitted.refresh_from_db()
    version = approval.approve_plan(plan=submitted, actor=centre, on=day, seen=seen_of(submitted))
    assert (version.is_late, version.paper.data["is_late"]) == (late, late)


@pytest.mark.parametrize("role", ["methodologist", "rector", "hr"])
def test_nobody_but_the_approver_approves(
    role: str, accounts: Any, submitted: Plan, today: dt.date
) -> None:
    with pytest.raises(Refused):
        approval.approve_plan(
            plan=submitted, actor=accounts[role], on=today, seen=seen_of(submitted)
        )
    assert PlanVersion.objects.count() == IssuedPaper.objects.count() == 0


def test_a_plan_changed_meanwhile_is_not_approved_unseen(
    submitted: Plan, centre: Any, methodologist: Any, today: dt.date
) -> None:
    seen = seen_of(submitted)
    by = {"actor": methodologist, "on": today}
    plan = approval.take_back(plan=submitted, **by)
    one, two = plan.lines.order_by("pk")
    building.change_line(line=one, values={"topic": "Жаңа", "cost": Decimal(70_000)}, **by)
    building.take_out(plan=plan, lines=[two], reason="Қаражат жоқ", **by)
    post = PostFactory(person=PersonFactory(last_name="Қосылған"))
    new = intake.add(
        plan=plan,
        person=post.person,
        values=one.terms | {"topic": "Қосымша", "provider": ProviderFactory()},
        because="Керек",
        **by,
    )
    plan = approval.submit(plan=plan, **by)
    with pytest.raises(PlanChangedMeanwhile) as refusal:
        approval.approve_plan(plan=plan, actor=centre, on=today, seen=seen)
    changes = {change.kind: change for change in refusal.value.changes}
    assert changes["added"].topic == new.topic
    assert changes["taken_out"].topic == two.topic
    assert changes["changed"].parts == (
        ("topic", one.topic, "Жаңа"),
        ("planned cost, tenge", "60,000", "70,000"),
    )
    plan.refresh_from_db()
    assert (plan.state, PlanVersion.objects.count()) == ("in_agreement", 0)
    approval.approve_plan(plan=plan, actor=centre, on=today, seen=seen_of(plan))
    assert PlanVersion.objects.count() == 1


def test_a_plan_taken_back_and_submitted_unchanged_is_the_one_that_was_read(
    submitted: Plan, centre: Any, today: dt.date
) -> None:
    seen = seen_of(submitted)
    approval.take_back(plan=submitted, actor=centre, on=today)
    plan = approval.submit(plan=submitted, actor=centre, on=today)
    approval.approve_plan(plan=plan, actor=centre, on=today, seen=seen)


@pytest.mark.parametrize("seen", ["", "x", "0-", "999999999999999999999-abc"])
def test_what_nobody_can_have_read_is_not_approved(
    seen: str, submitted: Plan, centre: Any, today: dt.date
) -> None:
    with pytest.raises(ValidationError):
        approval.approve_plan(plan=submitted, actor=centre, on=today, seen=seen)
    assert IssuedPaper.objects.count() == 0


# --- the frozen data --------------------------------------------------------------------------
def test_the_frozen_data_say_what_the_form_asks(plan: Plan, centre: Any, today: dt.date) -> None:
    line = plan.lines.first()
    TrainingRecordFactory(person=line.person, ends_on=dt.date(2023, 1, 31))
    TrainingRecordFactory(person=line.person, document_number="№ 9")
    TrainingRecordFactory(person=line.person, pending=True, ends_on=dt.date(2026, 9, 1))
    data = plan_data(
        plan, version=1, on=today, approved_by=signed_by(centre, on=today), is_late=False
    )
    [row] = [row for row in data["lines"] if row["id"] == line.pk]
    assert row["last_training"] == {
        "ended_on": "2026-06-30",
        "hours": "72.0",
        "document": "№ 9",
    }
    assert (row["category"], row["position"], row["hours"], row["cost"]) == (
        "university_teacher", "Доцент", "72.0", "60000.00",
    )  # fmt: skip
    assert [row["no"] for row in data["lines"]] == [1, 2]
    totals = data["totals"]
    [quarter] = totals["by_quarter"]
    assert quarter == {
        "key": "1", "label_kk": "I", "label_ru": "I", "label_en": "I",
        "people": 2, "hours": "144.0", "cost": "120000.00",
    }  # fmt: skip
    assert {name: sum(row["people"] for row in rows) for name, rows in totals.items()} == (
        dict.fromkeys(["by_category", "by_unit", "by_quarter", "by_form", "by_funding"], 2)
    )


def test_freezing_asks_the_same_number_of_questions(
    plan: Plan, centre: Any, today: dt.date
) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            plan_data(plan, version=1, on=today, approved_by={}, is_late=False)
        return len(asked)

    few = questions()
    PlanLineFactory.create_batch(20, plan=plan)
    assert questions() == few

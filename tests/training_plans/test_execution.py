"""Plan against fact: what may follow what, the figures, the records that fit (5.5, form 001 §1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from staff.models import TrainingRecord
from training_plans.domain import execution
from training_plans.domain.execution import NEXT, Figures, Outcome, Row
from training_plans.models import AmendmentItem, Plan, PlanLine
from workflow.saving import ChangedMeanwhile

from ..conftest import examples
from ..factories import (
    PlanFactory,
    PlanLineFactory,
    TrainingRecordFactory,
    UnitFactory,
)
from .approved_plans import in_force

pytestmark = pytest.mark.django_db
Execution = PlanLine.Execution
IN_SUMMER = dt.date(2027, 7, 1)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def plan(centre: Any) -> Plan:
    return in_force(PlanFactory(), by=centre)


@pytest.fixture
def line(plan: Plan) -> PlanLine:
    return PlanLineFactory(plan=plan)


def proof(line: PlanLine, **more: Any) -> Any:
    return TrainingRecordFactory(
        person=line.person, **({"ends_on": dt.date(2027, 3, 19), "cost": Decimal(55_000)} | more)
    )


def refused(**arguments: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        execution.set_execution(**arguments)
    error = caught.value
    return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}


# --- what may follow what -----------------------------------------------------------------------
@pytest.mark.parametrize("before", Execution.values)
@pytest.mark.parametrize("after", Execution.values)
def test_steps(line, centre, before, after):
    PlanLine.objects.filter(pk=line.pk).update(execution=before)
    arguments = {
        "line": line,
        "state": after,
        "record": proof(line),
        "note": "Себебі",
        "actor": centre,
        "on": IN_SUMMER,
    }
    if after in (before, "done") or after in NEXT[before]:
        changed = execution.set_execution(**arguments)
        assert (changed.execution, changed.record is not None) == (after, after == "done")
    else:
        assert list(refused(**arguments)) == ["state"]


@pytest.mark.parametrize("state", [Execution.POSTPONED, Execution.NOT_HELD])
def test_a_mark_of_the_centre_says_why(line, centre, state):
    assert list(refused(line=line, state=state, note=" ", actor=centre, on=IN_SUMMER)) == ["note"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda line: None, "Choose a training record of this employee"),
        (lambda line: TrainingRecordFactory(ends_on=dt.date(2027, 3, 19)), "of this employee"),
        (lambda line: proof(line, pending=True), "has not verified"),
        (lambda line: proof(line, revoked=True), "has not verified"),
        (lambda line: proof(line, ends_on=dt.date(2026, 12, 31)), "not training of 2027"),
    ],
)
def test_done_is_proved_by_a_verified_record_of_the_person_and_year(line, centre, spoil, words):
    said = refused(line=line, state=Execution.DONE, record=spoil(line), actor=centre, on=IN_SUMMER)
    assert words in said["record"][0]
    line.refresh_from_db()
    assert line.execution == "not_begun"


def test_a_record_proves_one_line(plan, line, centre):
    record = proof(line)
    execution.set_execution(
        line=line, state=Execution.DONE, record=record, actor=centre, on=IN_SUMMER
    )
    second = PlanLineFactory(plan=plan, post=line.post)
    said = refused(line=second, state=Execution.DONE, record=record, actor=centre, on=IN_SUMMER)
    assert "another line" in said["record"][0]


def test_a_record_revoked_since_the_page_was_opened_proves_nothing(line, centre):
    record = proof(line)
    TrainingRecord.objects.filter(pk=record.pk).update(state=TrainingRecord.State.REVOKED)
    said = refused(line=line, state=Execution.DONE, record=record, actor=centre, on=IN_SUMMER)
    assert "not verified" in said["record"][0]


def test_only_lines_of_a_plan_in_force_are_carried_out(plan, line, centre):
    PlanLine.objects.update(taken_out=True, taken_out_because="Кетті")
    assert "no longer" in refused(line=line, state="applied", actor=centre, on=IN_SUMMER)[""][0]
    for state, words in ((Plan.State.CLOSED, "year is closed"), (Plan.State.DRAFT, "open year")):
        Plan.objects.update(state=state)
        assert words in refused(line=line, state="applied", actor=centre, on=IN_SUMMER)[""][0]


def test_two_people_marking_the_same_line_do_not_overwrite_each_other(line, centre):
    with pytest.raises(ChangedMeanwhile):
        execution.set_execution(
            line=line, state="not_held", note="x", actor=centre, on=IN_SUMMER, version=0
        )


# --- figures ------------------------------------------------------------------------------------
def row(**more: Any) -> Row:
    values = {
        "unit_path": "/1/2/",
        "since_version": 1,
        "taken_out": False,
        "execution": "not_begun",
        "starts_on": dt.date(2027, 3, 1),
        "funding": "employer",
        "cost": Decimal(10),
        "record_cost": None,
        "is_late": False,
    }
    return Row(**(values | more))


_rows = st.lists(
    st.builds(
        Row,
        unit_path=st.sampled_from(["/1/", "/1/2/", "/1/2/3/", "/1/4/"]),
        since_version=st.integers(1, 3),
        taken_out=st.booleans(),
        execution=st.sampled_from(Execution.values),
        starts_on=st.none() | st.dates(dt.date(2027, 1, 1), dt.date(2027, 12, 31)),
        funding=st.sampled_from(["employer", "own"]),
        cost=st.none() | st.integers(0, 9).map(Decimal),
        record_cost=st.none() | st.integers(0, 9).map(Decimal),
        is_late=st.booleans(),
    ),
    max_size=12,
)


@given(_rows)
@hypothesis_settings(max_examples=examples(150))
def test_every_planned_line_has_one_outcome_and_parts_make_the_whole(rows):
    total = execution.figures_of(rows)
    assert total.planned == sum(total.by_outcome.values())
    assert total.planned == sum(row.since_version == 1 for row in rows)
    for key in (lambda row: row.quarter, lambda row: row.funding):
        parts = execution.figures_by(rows, key).values()
        for name in ("planned", "unplanned", "late", "planned_cost", "actual_cost", "completed"):
            assert sum(getattr(part, name) for part in parts) == getattr(total, name)
    by_unit = execution.figures_by_unit(rows)
    assert by_unit.get(1, Figures()) == total
    assert by_unit.get(2, Figures()) == execution.figures_of(
        row for row in rows if row.unit_path.startswith("/1/2/")
    )


def test_percent_is_carried_out_by_planned():
    done = row(execution="done", record_cost=Decimal(9))
    late_comer = row(execution="done", since_version=2)
    figures = execution.figures_of([done, row(), row(taken_out=True), late_comer])
    assert (figures.planned, figures.completed, figures.percent) == (3, 1, Decimal("33.3"))
    assert figures.by_outcome["cancelled"] == 1
    assert (figures.unplanned, figures.unplanned_completed) == (1, 1)
    assert (figures.planned_cost, figures.actual_cost) == (Decimal(30), Decimal(9))
    assert figures.done_without_cost == 1
    assert execution.figures_of([]).percent is None


def test_an_unplanned_line_taken_out_again_is_no_figure():
    assert execution.figures_of([row(since_version=2, taken_out=True)]) == Figures()


@pytest.mark.parametrize("state", Execution.values)
@pytest.mark.parametrize("taken_out", [False, True])
def test_the_condition_finds_what_the_function_says(plan, state, taken_out):
    line = PlanLineFactory(
        plan=plan, execution=state, taken_out=taken_out, taken_out_because="x" * taken_out
    )
    found = {
        outcome
        for outcome in Outcome.values
        if PlanLine.objects.filter(execution.having(outcome), pk=line.pk).exists()
    }
    assert found == {execution.outcome_of(execution=state, taken_out=taken_out)}


def test_what_was_taken_out_before_the_approval_was_never_planned(plan, line, centre):
    before = PlanLineFactory(plan=plan, taken_out=True, taken_out_because="Кетті")
    since = PlanLineFactory(plan=plan, taken_out=True, taken_out_because="Кетті")
    amendment = plan.amendments.create(number=1, state="approved")
    AmendmentItem.objects.create(
        amendment=amendment,
        change="take_out",
        line=since,
        person=since.person,
        post=since.post,
        because="Кетті",
    )
    assert set(execution.lines_of(plan)) == {line, since}
    assert before.taken_out
    rows = execution.rows_of(lines=execution.lines_of(plan), on=IN_SUMMER)
    assert execution.figures_of(rows).planned == 2


def test_late_is_what_has_passed_without_a_word(plan, centre):
    """The time is over and neither application nor record nor mark says anything."""
    for state in Execution.values:
        PlanLineFactory(plan=plan, execution=state, topic=state)
    PlanLineFactory(plan=plan, topic="not yet", ends_on=IN_SUMMER)
    lines = plan.lines.filter(execution.nothing_known(IN_SUMMER))
    assert {line.topic for line in lines} == {"not_begun", "postponed"}
    rows = execution.rows_of(lines=plan.lines.all(), on=IN_SUMMER)
    assert execution.figures_of(rows).late == 2


def test_done_by_a_record_that_was_revoked_is_unproved(plan, line, centre):
    record = proof(line)
    execution.set_execution(line=line, state="done", record=record, actor=centre, on=IN_SUMMER)
    assert not plan.lines.filter(execution.unproved()).exists()
    type(record).objects.update(state="revoked")
    assert plan.lines.get(execution.unproved()) == line


# --- records that fit ---------------------------------------------------------------------------
def fits(plan: Plan) -> list[tuple[PlanLine, Any, bool, bool]]:
    found = execution.fitting(plan=plan, lines=PlanLine.objects.all())
    return [(fit.line, fit.record, fit.same_topic, fit.same_time) for fit in found]


def test_records_fit_by_topic_or_by_time(plan):
    by_topic = PlanLineFactory(plan=plan, topic="Сепсис")
    by_time = PlanLineFactory(plan=plan)
    by_both = PlanLineFactory(plan=plan, topic="Инсульт")
    other_area = PlanLineFactory(plan=plan)
    topic = proof(by_topic, title="СЕПСИС", ends_on=dt.date(2027, 9, 17))
    time = proof(by_time)
    both = proof(by_both, title="Инсульт")
    proof(other_area, digital=True)
    assert fits(plan) == [
        (by_both, both, True, True),
        (by_topic, topic, True, False),
        (by_time, time, False, True),
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"pending": True},
        {"revoked": True},
        {"ends_on": dt.date(2026, 3, 19)},
        {"ends_on": dt.date(2027, 5, 19)},
    ],
)
def test_other_records_do_not_fit(plan, line, more):
    proof(line, **more)
    assert fits(plan) == []


def test_the_record_of_somebody_else_does_not_fit(plan, line):
    TrainingRecordFactory(title=line.topic, ends_on=dt.date(2027, 3, 19))
    assert fits(plan) == []


def test_a_line_and_a_record_are_proposed_once(plan, line):
    second = PlanLineFactory(plan=plan, post=line.post, topic="Сепсис")
    record = proof(line, title="Сепсис")
    assert fits(plan) == [(second, record, True, True)]


def test_what_proves_a_line_is_not_proposed_again(plan, line, centre):
    record = proof(line)
    execution.set_execution(line=line, state="done", record=record, actor=centre, on=IN_SUMMER)
    PlanLineFactory(plan=plan, post=line.post)
    assert fits(plan) == []
    assert list(execution.records_for(line)) == [record]


def test_figures_of_units_count_what_is_below(plan):
    faculty = UnitFactory(faculty=True)
    department = UnitFactory(parent=faculty)
    PlanLineFactory(plan=plan, unit=department, execution="not_held")
    PlanLineFactory(plan=plan, unit=faculty)
    found = execution.figures_by_unit(
        execution.rows_of(lines=execution.lines_of(plan), on=IN_SUMMER)
    )
    assert (found[faculty.pk].planned, found[department.pk].planned) == (2, 1)
    assert found[faculty.pk].by_outcome["cancelled"] == 1

"""``bench`` measures the right things, and never in a database that is in use."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from skma_qualification.demo import crowd, crowd_cases, measures
from staff.domain.iin import iin_is_valid
from staff.domain.standings import restate_everybody
from staff.models import Person, Post, Standing, TrainingRecord, Unit
from tests.reports.papers_data import needs_pango
from training_plans.models import Order, Plan, RequestLine, RouteStep, TrainingApplication

ON = dt.date(2026, 11, 22)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC), tick=False)


@pytest.fixture
def crowded():
    crowd.build(people=400, records=2_000, on=ON)
    restate_everybody(on=ON)


def test_the_crowd_is_complete(crowded):
    assert Person.objects.count() == 400
    assert TrainingRecord.objects.count() == 2_000
    assert set(Post.objects.values_list("category", flat=True)) == set(Post.Category.values)
    assert all(iin_is_valid(iin) for iin in Person.objects.values_list("iin", flat=True))
    assert Unit.objects.filter(path="").count() == 0
    # New rows get keys of their own after those poured in.
    Person.objects.create(personnel_number="new", last_name="Әлиева", first_name="Әсел")
    assert TrainingRecord.objects.first().title_key != ""


def test_the_bare_query_finds_the_decisive_records(crowded):
    with connection.cursor() as cursor:
        cursor.execute(measures.bare_query(ON))
        bare = {(person, requirement): record for person, requirement, record, _ in cursor}
    stored = Standing.objects.on(ON).filter(decisive__isnull=False)
    assert bare == {
        (person, requirement): record
        for person, requirement, record in stored.values_list(
            "person_id", "requirement_id", "decisive_id"
        )
    }


def test_the_comparison_writes_the_same_rows_as_the_import(crowded, tmp_path):
    path = tmp_path / "staff.xlsx"
    measures.write_workbook(path, 30, ON)
    units = {unit.name_kk: unit for unit in Unit.objects.all()}
    columns = ("personnel_number", "iin", "last_name", "patronymic", "hired_on", "search_key")

    def written() -> list[tuple[object, ...]]:
        people = Person.objects.filter(personnel_number__startswith="N")
        found = list(
            people.order_by("personnel_number").values_list(
                *columns, "posts__unit_id", "posts__position", "posts__category"
            )
        )
        assert Person.history.filter(personnel_number__startswith="N").count() == 30
        return found

    seen = []
    measures.taken_back(lambda: (measures.bare_import(path, units), seen.append(written())))
    measures.taken_back(lambda: (call_command("import_staff", str(path)), seen.append(written())))
    assert seen[0] == seen[1]
    assert not Person.objects.filter(personnel_number__startswith="N").exists()


def test_every_page_that_is_measured_answers(crowded):
    measured = measures.pages(on=ON, rounds=1)
    assert {"home", "compliance", "a person", "the academy", "compliance, past day"} <= {
        page["page"] for page in measured
    }
    assert [page["page"] for page in measured if page["status"] != 200] == []
    assert [page["page"] for page in measured if page["queries"] > 15] == []


@pytest.fixture
def planned(crowded):
    crowd.plan(lines=12, on=ON)


def test_the_planning_year_is_complete(planned):
    approved, built = Plan.objects.order_by("planning_year__year")
    assert (approved.state, approved.version, approved.lines.count()) == ("approved", 1, 12)
    assert (built.state, built.lines.count()) == ("draft", 12)
    waiting = RequestLine.objects.filter(request__state="accepted", plan_line=None)
    assert waiting.count() == 3


def test_every_planning_page_that_is_measured_answers(planned):
    measured = measures.planning_pages(on=ON, rounds=1)
    assert {"planning_year", "plan", "one request", "execution", "event_list"} <= {
        page["page"] for page in measured
    }
    assert [page["page"] for page in measured if page["status"] != 200] == []


@needs_pango
def test_the_plan_is_measured_on_paper(planned):
    found = measures.plan_paper()
    assert found["lines"] == 12
    assert 0 < found["seconds"] < 60
    assert found["memory"] > 0


@pytest.fixture
def fates(crowded):
    crowd.plan(lines=120, on=ON)  # heads, who are the first, have no case
    return crowd_cases.pour_cases(cases=50, on=ON)


def test_there_are_cases_in_every_state(fates):
    assert TrainingApplication.objects.open().count() == 50
    states = TrainingApplication.objects.values_list("state", flat=True)
    assert set(states) == set(TrainingApplication.State.values)
    assert set(fates) == set(crowd_cases.FATES)
    waiting = RouteStep.objects.waiting()
    assert waiting.filter(kind="rector").count() == 6
    assert (
        waiting.count()
        == TrainingApplication.objects.filter(state__in=TrainingApplication.ON_THE_ROUTE).count()
    )
    assert set(Order.objects.values_list("state", flat=True)) == {"draft", "issued", "changed"}


def test_every_page_of_the_case_that_is_measured_answers(fates):
    measured = measures.case_pages(on=ON, rounds=1, fates=fates)
    assert {
        "case closed, hr",
        "case_queue, rector",
        "order issued, hr",
        "hand_in documents due, own",
    } <= {page["page"] for page in measured}
    assert [page["page"] for page in measured if page["status"] != 200] == []


def test_a_step_by_hand_is_refused():
    with pytest.raises(CommandError, match="a database the bench has made"):
        call_command("bench", inside="build", people=1)
    assert not Person.objects.exists()

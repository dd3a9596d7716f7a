"""Plan against fact on screen: every figure equals the list behind it; what the Centre marks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import execution
from training_plans.models import AmendmentItem, Funding, Plan, PlanLine

from ..factories import (
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    TrainingRecordFactory,
)
from .approved_plans import in_force

pytestmark = pytest.mark.django_db
STATES = ["not_begun", "applied", "in_training", "done", "postponed", "not_held", "done"]


@pytest.fixture
def plan(centre: Any, units: Any) -> Plan:
    """The plan of the running year: a line of every kind in two departments and a section."""
    plan = PlanFactory(planning_year=PlanningYearFactory(year=2026))
    in_force(plan, by=centre, on=dt.date(2025, 11, 28))
    places = [units.department, units.section, units.other_department]
    for number, state in enumerate(STATES * 2):
        first = dt.date(2026, 1 + number % 12, 1)
        line = PlanLineFactory(
            plan=plan,
            post=PostFactory(unit=places[number % 3]),
            execution=state,
            starts_on=first,
            ends_on=first + dt.timedelta(days=11),
            funding=[Funding.EMPLOYER, Funding.GRANT][number % 2],
            since_version=1 + number // 10,
        )
        if state == "done":
            record = TrainingRecordFactory(
                person=line.person, ends_on=line.ends_on, cost=Decimal(50_000)
            )
            PlanLine.objects.filter(pk=line.pk).update(record=record)
    out = PlanLineFactory(
        plan=plan,
        post=PostFactory(unit=units.department),
        taken_out=True,
        taken_out_because="Кетті",
        starts_on=dt.date(2026, 2, 1),
        ends_on=dt.date(2026, 2, 28),
    )
    AmendmentItem.objects.create(
        amendment=plan.amendments.create(number=1, state="approved"),
        change="take_out",
        line=out,
        person=out.person,
        post=out.post,
        because="Кетті",
    )
    return plan


def figures(page: Any) -> list[tuple[int, str]]:
    """Every figure of the page with the address of its list."""
    context = page.context
    found = [(tile["count"], tile["url"]) for tile in context["tiles"]]
    for line in (*context["by_unit"], *context["by_quarter"], *context["by_funding"]):
        found += [(piece.count, piece.url) for piece in line.pieces]
        found += [
            (line.figures.planned, f"{line.query}&planned=yes"),
            (line.figures.unplanned, f"{line.query}&planned=no"),
            (line.figures.completed, f"{line.query}&planned=yes&outcome=completed"),
        ]
    return [*found, (context["total"].late, f"{context['list_url']}?late=yes")]


@pytest.mark.parametrize("role", ["centre", "finance", "dean", "head", "stranger_head"])
def test_every_figure_is_the_length_of_its_list(signed_in, accounts, plan, role):
    browser = signed_in(accounts[role])
    page = browser.get(reverse("plan_execution", args=[2026]))
    wrong = [
        (count, url) for count, url in figures(page) if browser.get(url).context["count"] != count
    ]
    assert wrong == []


def test_the_whole_and_its_parts(signed_in, accounts, plan):
    page = signed_in(accounts["centre"]).get(reverse("plan_execution", args=[2026]))
    total = page.context["total"]
    assert (total.planned, total.unplanned, total.completed) == (11, 4, 2)
    assert (total.percent, total.actual_cost) == (Decimal("18.2"), Decimal(200_000))
    root = page.context["by_unit"][0]
    assert root.figures == total
    assert sum(line.figures.planned for line in page.context["by_quarter"]) == total.planned
    assert sum(line.figures.planned_cost for line in page.context["by_funding"]) == (
        total.planned_cost
    )


def test_a_head_sees_the_unit_and_what_is_below(signed_in, accounts, plan, units):
    page = signed_in(accounts["head"]).get(reverse("plan_execution", args=[2026]))
    seen = {line.label for line in page.context["by_unit"]}
    assert seen == {unit.name_en for unit in (units.department, units.section)}
    lines = signed_in(accounts["head"]).get(reverse("plan_execution_list", args=[2026]))
    assert lines.context["count"] == page.context["total"].planned + page.context["total"].unplanned


def test_the_budget_of_the_academy_stands_beside_the_whole_plan_only(signed_in, accounts, plan):
    plan.planning_year.budgets.create(source=Funding.EMPLOYER, amount=Decimal(9_000_000))
    for role, expected in (("finance", Decimal(9_000_000)), ("head", None)):
        page = signed_in(accounts[role]).get(reverse("plan_execution", args=[2026]))
        assert page.context["by_funding"][0].set_aside == expected


def test_a_plan_without_version_and_units_without_lines_say_so(signed_in, accounts, centre):
    plan = PlanFactory()
    url = reverse("plan_execution", args=[2027])
    assert "not approved yet" in signed_in(centre).get(url).content.decode()
    in_force(plan, by=centre)
    assert "concerns your units" in signed_in(accounts["head"]).get(url).content.decode()


def test_the_list_is_exported_with_its_words(signed_in, accounts, plan):
    url = reverse("plan_execution_list", args=[2026])
    response = signed_in(accounts["hr"]).get(url, {"export": "xlsx"})
    assert response.status_code == 200
    assert b"".join(response)[:2] == b"PK"


def test_pages_ask_as_often_for_many_lines_as_for_few(signed_in, accounts, plan, units):
    browser = signed_in(accounts["centre"])
    urls = [
        reverse(name, args=[2026])
        for name in ("plan_execution", "plan_execution_list", "plan_execution_records")
    ]

    def asked() -> list[int]:
        counts = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(url).status_code == 200
            counts.append(len(queries))
        return counts

    asked()
    few = asked()
    for _n in range(3):
        PlanLineFactory(
            plan=plan,
            post=PostFactory(unit=units.section),
            starts_on=dt.date(2026, 5, 1),
            ends_on=dt.date(2026, 5, 31),
        )
    assert asked() == few


# --- what the Centre marks ----------------------------------------------------------------------
@pytest.fixture
def line(plan: Plan) -> PlanLine:
    return plan.lines.filter(execution="not_begun", taken_out=False).order_by("pk")[0]


def test_the_centre_marks_what_was_not_held(signed_in, centre, line):
    browser = signed_in(centre)
    url = reverse("execution_mark", args=[line.pk])
    page = browser.get(url)
    offered = [state for state, _label in page.context["form"].fields["state"].choices]
    assert offered == ["not_begun", "postponed", "not_held", "done"]
    version = dict(page.context["hidden"])["version"]
    refused = browser.post(url, {"state": "not_held", "version": version})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["note"])
    browser.post(url, {"state": "not_held", "note": "Курс болмады", "version": version})
    line.refresh_from_db()
    assert (line.execution, line.note) == ("not_held", "Курс болмады")
    stale = browser.post(url, {"state": "postponed", "note": "Ауырды", "version": version})
    assert (stale.status_code, "Курс болмады" in stale.content.decode()) == (409, True)


def test_a_record_that_fits_is_linked_in_one_click(signed_in, centre, plan, line):
    record = TrainingRecordFactory(
        person=line.person, title=line.topic, ends_on=line.ends_on, cost=Decimal(1)
    )
    browser = signed_in(centre)
    records = reverse("plan_execution_records", args=[2026])
    ((fit, _period),) = browser.get(records).context["fits"]
    assert (fit.line, fit.record) == (line, record)
    assert browser.get(reverse("plan_execution", args=[2026])).context["fits"] == 1
    response = browser.post(reverse("execution_link", args=[line.pk]), {"record": record.pk})
    assert response["Location"] == records
    line.refresh_from_db()
    assert (line.execution, line.record) == ("done", record)
    assert browser.get(records).context["fits"] == []


@pytest.mark.parametrize("key", ["", "x", "9" * 40])
def test_a_record_that_is_none_is_refused_in_words(signed_in, centre, line, key):
    url = reverse("execution_link", args=[line.pk])
    response = signed_in(centre).post(url, {"record": key}, follow=True)
    assert "Choose a training record of this employee" in response.content.decode()


def test_the_record_of_somebody_else_cannot_be_linked(signed_in, centre, line):
    foreign = TrainingRecordFactory(ends_on=line.ends_on)
    signed_in(centre).post(reverse("execution_link", args=[line.pk]), {"record": foreign.pk})
    line.refresh_from_db()
    assert line.execution == "not_begun"


def test_a_record_revoked_later_is_told(signed_in, centre, plan, line, today):
    record = TrainingRecordFactory(person=line.person, ends_on=line.ends_on)
    execution.set_execution(line=line, state="done", record=record, actor=centre, on=today)
    type(record).objects.filter(pk=record.pk).update(state="revoked")
    browser = signed_in(centre)
    assert browser.get(reverse("plan_execution", args=[2026])).context["unproved"] == 1
    listed = browser.get(reverse("plan_execution_list", args=[2026]), {"proved": "no"})
    assert listed.context["count"] == 1

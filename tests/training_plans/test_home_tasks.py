"""What planning puts onto the home page and into the navigation, by role (5.1, 5.4, 5.5)."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import approval
from training_plans.models import Amendment, Plan, Request

from ..factories import (
    EventFactory,
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    RequestFactory,
    UnitFactory,
)


def home(client: Any) -> Any:
    return client.get(reverse("home")).context


def tasks(client: Any) -> list[str]:
    return [task.what for task in home(client)["planning_tasks"]]


@pytest.fixture
def year(db: None) -> Any:
    return PlanningYearFactory()


def test_a_head_owes_the_request_until_it_is_sent(
    year: Any, head: Any, stranger_head: Any, units: SimpleNamespace, signed_in: Any
) -> None:
    client = signed_in(head)
    [task] = home(client)["planning_tasks"]
    assert task.what == "Request for 2027: Терапия кафедрасы (en)"
    assert (task.due, task.clause) == (dt.date(2026, 11, 15), "5.4")
    assert task.begin == reverse("request_begin", args=[2027, units.department.pk])
    page = client.get(reverse("home")).content.decode()
    assert "7 days late" in page
    request = RequestFactory(planning_year=year, unit=units.department)
    for state, words in (
        ("draft", "The request is begun, but not sent"),
        ("returned", "Returned by the Centre with remarks"),
    ):
        Request.objects.filter(pk=request.pk).update(state=state)
        [task] = home(client)["planning_tasks"]
        assert (task.about, task.begin) == (words, "")
        assert task.url == reverse("request", args=[request.pk])
    for state in ("sent", "accepted"):
        Request.objects.filter(pk=request.pk).update(state=state)
        assert tasks(client) == []
    assert len(tasks(signed_in(stranger_head))) == 1


def test_a_head_owes_nothing_once_the_plan_is_submitted(
    year: Any, head: Any, signed_in: Any
) -> None:
    PlanFactory(planning_year=year, state=Plan.State.IN_AGREEMENT)
    assert tasks(signed_in(head)) == []


def test_the_centre_decides_waits_and_makes_the_plan(
    year: Any, methodologist: Any, head: Any, stranger_head: Any, units: Any, signed_in: Any
) -> None:
    client = signed_in(methodologist)
    assert tasks(client) == ["2 units have not sent their requests", "Plan for 2027"]
    RequestFactory(planning_year=year, unit=units.department, state=Request.State.SENT)
    waiting, owing, plan = home(client)["planning_tasks"]
    assert waiting.what == "1 request waits for you"
    assert client.get(waiting.url).context["count"] == 1
    assert owing.what == "1 unit has not sent its request"
    assert client.get(owing.url).context["count"] == 1
    assert (plan.due, plan.url) == (dt.date(2026, 12, 1), reverse("plan", args=[2027]))
    PlanFactory(planning_year=year, state=Plan.State.APPROVED, version=1)
    assert tasks(client) == ["1 request waits for you"]


@pytest.mark.parametrize(("approver", "asked"), [("centre_head", "centre"), ("rector", "rector")])
def test_the_approver_and_nobody_else_is_asked_to_decide(
    accounts: Any, signed_in: Any, approver: str, asked: str
) -> None:
    year = PlanningYearFactory(approver=approver)
    plan = PlanFactory(planning_year=year, state=Plan.State.IN_AGREEMENT)
    for name in ("centre", "methodologist", "rector", "hr", "head"):
        client = signed_in(accounts[name])
        expected = ["The plan of 2027"] if name == asked else []
        assert tasks(client) == expected, name
        entries = {e.name: e for e in home(client)["navigation"].entries}
        assert entries["planning_plan"].count == (1 if name == asked else None)
        assert entries["planning_plan"].urgent is (name == asked)
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.APPROVED, version=1)
    for number in (1, 2):
        Amendment.objects.create(plan=plan, number=number, state=Amendment.State.IN_AGREEMENT)
    Amendment.objects.create(plan=plan, number=3)
    client = signed_in(accounts[asked])
    assert tasks(client) == ["Amendment of the plan 2027"] * 2
    entries = {e.name: e for e in home(client)["navigation"].entries}
    assert entries["planning_plan"].count == 2


def test_requests_that_wait_are_counted_in_the_navigation_of_the_centre(
    year: Any, methodologist: Any, hr: Any, signed_in: Any
) -> None:
    for state in ("sent", "sent", "accepted", "draft"):
        RequestFactory(planning_year=year, state=state)
    for user, count in ((methodologist, 2), (hr, None)):
        entries = {e.name: e for e in home(signed_in(user))["navigation"].entries}
        assert entries["planning_requests"].count == count
        assert not entries["planning_requests"].urgent


def test_everybody_sees_their_own_training_of_the_plan_in_force(
    year: Any, teacher: Any, stranger: Any, signed_in: Any
) -> None:
    plan = PlanFactory(planning_year=year, state=Plan.State.APPROVED, version=1)
    past = PlanFactory(
        planning_year=PlanningYearFactory(year=2026), state=Plan.State.APPROVED, version=1
    )
    post = teacher.person.posts.get()
    mine = PlanLineFactory(plan=plan, post=post, topic="Дәлелді медицина")
    PlanLineFactory(plan=plan, post=post, taken_out=True, taken_out_because="Қажет емес")
    PlanLineFactory(
        plan=past, post=post, starts_on=dt.date(2026, 3, 1), ends_on=dt.date(2026, 3, 31)
    )
    client = signed_in(teacher)
    assert [line.pk for line in home(client)["plan_lines"]] == [mine.pk]
    page = client.get(reverse("home")).content.decode()
    assert "March 2027" in page
    assert client.get(reverse("plan_line", args=[mine.pk])).status_code == 200
    assert home(signed_in(stranger))["plan_lines"] == []
    Plan.objects.filter(pk=plan.pk).update(version=0, state=Plan.State.DRAFT)
    assert home(client)["plan_lines"] == []


def test_the_home_page_costs_the_same_however_many_units(
    year: Any, centre: Any, head: Any, signed_in: Any, units: SimpleNamespace
) -> None:
    def cost(user: Any) -> int:
        client = signed_in(user)
        client.get(reverse("home"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("home"))
        return len(queries)

    RequestFactory(planning_year=year, unit=units.other_department, state="sent")
    few = [cost(centre), cost(head)]
    for _number in range(3):
        unit = UnitFactory(parent=units.faculty, head=head.person)
        PostFactory(unit=unit)
        RequestFactory(planning_year=year, state="sent")
    assert [cost(centre), cost(head)] == few


def test_hr_verifies_what_the_centre_handed_over(
    hr: Any, centre: Any, units: SimpleNamespace, signed_in: Any
) -> None:
    EventFactory(state="planned")
    assert tasks(signed_in(hr)) == []
    EventFactory(state="held")
    [task] = home(signed_in(hr))["planning_tasks"]
    assert (task.what, task.clause) == ("1 event waits to be verified", "3.10")
    listed = signed_in(hr).get(task.url)
    assert len(listed.context["page"].object_list) == 1
    assert tasks(signed_in(centre)) == []


def test_the_centre_reads_why_the_plan_came_back(
    year: Any, centre: Any, today: dt.date, signed_in: Any
) -> None:
    plan = PlanFactory(planning_year=year)
    PlanLineFactory(plan=plan)

    def next_step() -> str:
        found: list[str] = [
            task.about
            for task in home(signed_in(centre))["planning_tasks"]
            if task.what == "Plan for 2027"
        ]
        return found[-1]

    assert next_step() == "To be built of the requests and submitted for approval"
    approval.submit(plan=plan, actor=centre, on=today)
    approval.give_back(plan=plan, reason="Қаржы артық", actor=centre, on=today)
    assert next_step() == "Returned with a remark: Қаржы артық"

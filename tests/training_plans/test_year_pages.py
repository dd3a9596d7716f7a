"""The page of a planning year and its forms: by role, figures equal lists, a constant cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from staff.domain import standings
from training_plans.models import Plan, PlanningYear, Request
from workflow.models import OutgoingMail
from workflow.saving import version_of

from ..factories import PlanFactory, PlanningYearFactory, RequestFactory, UnitFactory
from .autumn import teacher_of, the_autumn

PAGE = "/planning/2027/"


@pytest.fixture
def autumn(units: SimpleNamespace, head: Any, stranger_head: Any, today: dt.date) -> Any:
    return the_autumn(units, today)


def shown(client: Any, url: str = PAGE) -> Any:
    response = client.get(url)
    assert response.status_code == 200
    return response.context


def counted(client: Any, url: str) -> int:
    return client.get(url).context["count"]


# --- what it shows ------------------------------------------------------------------------------
def test_each_unit_stands_with_its_request_people_and_money(
    autumn: Any, hr: Any, signed_in: Any, units: SimpleNamespace
) -> None:
    figures = shown(signed_in(hr))["figures"]
    by_code = {line.unit.code: line for line in figures.units}
    department = by_code["D-001"]
    # The head and whoever has an account are people too: the head falls due here.
    assert (department.state, department.lines) == ("sent", 2)
    assert (department.in_request, department.left_out, department.in_plan) == (2, 1, 1)
    assert department.money == Decimal(120_000)
    other = by_code["D-002"]
    assert (other.state, other.in_request, other.money) == ("draft", 1, Decimal(25_000))
    assert dict(figures.states) == {"sent": 1, "draft": 1}
    assert figures.nobody == figures.unfiled.falling > 0
    whole = figures.whole
    assert whole.falling == sum(line.falling for line in figures.units) + figures.unfiled.falling
    assert (whole.in_request, whole.left_out, whole.in_plan) == (3, 1, 1)
    assert {(m.source, m.set_aside, m.asked, m.planned, m.over) for m in figures.money} == {
        ("employer", Decimal(50_000), Decimal(60_000), Decimal(0), Decimal(10_000)),
        ("grant", None, Decimal(60_000), Decimal(60_000), Decimal(0)),
        ("none", None, Decimal(25_000), Decimal(0), Decimal(0)),
    }


def test_every_figure_is_the_length_of_its_list(
    autumn: Any, hr: Any, finance: Any, head: Any, signed_in: Any
) -> None:
    needs, asked = f"{PAGE}needs/list/", f"{PAGE}needs/asked/"
    for user in (hr, finance, head):
        client = signed_in(user)
        figures = shown(client)["figures"]
        parts = [("", figures.whole), ("&filing=none", figures.unfiled)]
        parts += [(f"&filing={line.unit.pk}", line) for line in figures.units]
        for query, line in parts:
            assert counted(client, f"{needs}?x=1{query}") == line.falling
            assert counted(client, f"{needs}?in_request=yes{query}") == line.in_request
            assert counted(client, f"{needs}?in_request=left_out{query}") == line.left_out
            assert counted(client, f"{needs}?in_request=none{query}") == line.uncovered
            assert counted(client, f"{needs}?in_plan=yes{query}") == line.in_plan
        assert counted(client, f"{needs}?in_request=nobody") == figures.nobody
        for line in figures.units:
            rows = client.get(f"{asked}?filing={line.unit.pk}").context["table"].rows
            assert len(rows) == line.lines
            assert sum(row.record.cost for row in rows) == line.money
        for money in figures.money:
            rows = client.get(f"{asked}?funding={money.source}").context["table"].rows
            assert sum(row.record.cost for row in rows) == money.asked
        for state, count in figures.states.items():
            assert counted(client, f"{PAGE}requests/?state={state}") == count


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("centre", {"C-001", "D-001", "D-002"}),
        ("finance", {"D-001", "D-002"}),
        ("rector", {"D-001", "D-002"}),
        ("vicerector", {"D-001", "D-002"}),
        ("dean", {"F-001", "D-001", "D-002"}),
        ("head", {"D-001"}),
        ("secretary", {"D-001"}),
        ("stranger_head", {"D-002"}),
    ],
)
def test_everybody_sees_what_they_are_in_charge_of(
    autumn: Any, accounts: Any, signed_in: Any, name: str, codes: set[str]
) -> None:
    context = shown(signed_in(accounts[name]))
    assert {line.unit.code for line in context["figures"].units} == codes


def test_a_request_a_near_miss_may_not_see_is_in_no_figure_of_theirs(
    autumn: Any, stranger_head: Any, signed_in: Any
) -> None:
    client = signed_in(stranger_head)
    figures = shown(client)["figures"]
    assert (figures.asked_money, figures.lines) == (Decimal(25_000), 1)
    names = {
        row.record.person.last_name
        for row in client.get(f"{PAGE}needs/list/").context["table"].rows
    }
    assert "Басталған" in names
    assert not names & {"Сұралған", "Ұмытылған", "Бөлек"}


def test_the_one_action_of_a_head_is_the_next_step_of_the_request(
    units: SimpleNamespace, head: Any, secretary: Any, dean: Any, signed_in: Any
) -> None:
    year = PlanningYearFactory()
    for user in (head, secretary):
        [own] = shown(signed_in(user))["own"]
        assert (own.unit, own.state) == (units.department, "not_begun")
    begin = reverse("request_begin", args=[2027, units.department.pk])
    assert f'action="{begin}"' in signed_in(head).get(PAGE).content.decode()
    assert [own.unit for own in shown(signed_in(dean))["own"]] == [units.faculty]
    request = RequestFactory(planning_year=year, unit=units.department)
    for state, words in (
        ("draft", "Go on with the request"),
        ("returned", "Go on with the request"),
        ("sent", "Look at the request"),
    ):
        Request.objects.filter(pk=request.pk).update(state=state)
        page = signed_in(head).get(PAGE).content.decode()
        assert words in page
        assert f'href="{reverse("request", args=[request.pk])}"' in page
    PlanFactory(planning_year=year, state=Plan.State.APPROVED)
    assert shown(signed_in(head))["own"] == []


def test_the_road_has_one_present_step(
    units: SimpleNamespace, centre: Any, signed_in: Any, today: dt.date
) -> None:
    year = PlanningYearFactory()
    client = signed_in(centre)

    def road() -> list[str]:
        steps = shown(client)["steps"]
        assert sum(step.is_present for step in steps) <= 1
        return ["done" if s.done else "here" if s.is_present else "-" for s in steps]

    assert road() == ["done", "here", "-", "-", "-"]
    RequestFactory(planning_year=year, unit=centre.person.heads.get(), state="accepted")
    assert road() == ["done", "done", "here", "-", "-"]
    plan = PlanFactory(planning_year=year, state="in_agreement")
    assert road() == ["done", "done", "done", "here", "-"]
    Plan.objects.filter(pk=plan.pk).update(state="approved", version=1)
    assert road() == ["done", "done", "done", "done", "here"]
    Plan.objects.filter(pk=plan.pk).update(state="closed")
    assert road() == ["done"] * 5


def test_both_dates_are_counted_down(autumn: Any, hr: Any, signed_in: Any) -> None:
    page = signed_in(hr).get(PAGE).content.decode()
    assert "15.11.2026</time> · 7 days late" in page
    assert "01.12.2026</time> · in 9 days" in page


def test_a_constant_number_of_queries(
    autumn: Any, centre: Any, head: Any, signed_in: Any, units: SimpleNamespace, today: dt.date
) -> None:
    names = ("planning_year", "needs", "needs_list", "needs_asked")

    def cost(user: Any) -> list[int]:
        client = signed_in(user)
        found = []
        for name in names:
            client.get(reverse(name, args=[2027]))
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse(name, args=[2027]))
            found.append(len(queries))
        return found

    few = [cost(centre), cost(head)]
    for _number in range(2):
        leader = teacher_of(units.department, "Жаңа басшы")
        unit = UnitFactory(parent=units.department, head=leader)
        RequestFactory(planning_year=autumn.year, unit=unit)
        teacher_of(unit, "Жаңа")
    standings.restate_everybody(on=today)
    assert [cost(centre), cost(head)] == few
    assert max(few[0]) <= 40


# --- before and around it -----------------------------------------------------------------------
def test_without_a_year_the_centre_is_asked_to_open_one(
    centre: Any, head: Any, signed_in: Any
) -> None:
    assert reverse("planning_open") in signed_in(centre).get("/planning/").content.decode()
    assert reverse("planning_open") not in signed_in(head).get("/planning/").content.decode()
    for name in ("planning_requests", "planning_plan", "planning_needs"):
        assert signed_in(head).get(reverse(name))["Location"] == "/planning/"
    assert signed_in(head).get(PAGE).status_code == 404


def test_addresses_without_a_year_lead_to_the_newest(centre: Any, signed_in: Any) -> None:
    PlanningYearFactory(year=2026)
    PlanningYearFactory(year=2027)
    client = signed_in(centre)
    for name, url in (
        ("planning", PAGE),
        ("planning_requests", f"{PAGE}requests/"),
        ("planning_plan", f"{PAGE}plan/"),
        ("planning_needs", f"{PAGE}needs/"),
    ):
        assert client.get(reverse(name))["Location"] == url


def test_an_empty_year_says_so(administrator: Any, signed_in: Any) -> None:
    PlanningYearFactory(year=2027)
    client = signed_in(administrator)
    for url in (PAGE, f"{PAGE}needs/", f"{PAGE}needs/list/"):
        assert "s norm falls due in this year." in client.get(url).content.decode()
    assert "No money is set aside and none is asked for yet." in client.get(PAGE).content.decode()
    page = client.get(f"{PAGE}needs/").content.decode()
    assert "No request and no wish names a topic yet." in page
    assert "The training centre has named no priorities for this year." in page
    assert counted(client, f"{PAGE}needs/asked/") == 0


# --- the Centre's forms -------------------------------------------------------------------------
def typed(**values: str) -> dict[str, str]:
    return {
        "year": "2027",
        "requests_due": "2026-11-15",
        "plan_due": "2026-12-01",
        "approver": "centre_head",
        "priorities-TOTAL_FORMS": "3",
        "priorities-INITIAL_FORMS": "0",
    } | values


def test_the_centre_opens_a_year(methodologist: Any, head: Any, signed_in: Any) -> None:
    client = signed_in(methodologist)
    form = shown(client, reverse("planning_open"))["form"]
    assert (form["year"].value(), form["requests_due"].value()) == (2027, dt.date(2026, 11, 15))
    response = client.post(
        reverse("planning_open"),
        typed(
            **{
                "budget_employer": "12 500 000,50",
                "priorities-0-topic_kk": "Симуляциялық оқыту",
                "priorities-2-topic_kk": "Дәлелді медицина",
                "priorities-2-area": "profile",
            }
        ),
        follow=True,
    )
    year = PlanningYear.objects.get()
    assert year.budgets.get().amount == Decimal("12500000.50")
    assert [p.topic_kk for p in year.priorities.all()] == ["Симуляциялық оқыту", "Дәлелді медицина"]
    assert [m.message for m in response.context["messages"]][-1].startswith("The year is open.")
    assert OutgoingMail.objects.get().receiver == head


def test_what_is_refused_stands_at_its_field_and_nothing_typed_is_lost(
    centre: Any, signed_in: Any
) -> None:
    response = signed_in(centre).post(
        reverse("planning_open"),
        typed(
            plan_due="2027-01-15",
            **{"budget_grant": "-5", "priorities-1-topic_ru": "Без казахского"},
        ),
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "Name the topic in Kazakh, or empty the row." in page
    assert 'value="Без казахского"' in page
    response = signed_in(centre).post(
        reverse("planning_open"), typed(plan_due="2027-01-15", budget_grant="-5")
    )
    assert "plan_due" in response.context["form"].errors
    response = signed_in(centre).post(reverse("planning_open"), typed(budget_grant="-5"))
    assert "cannot be negative" in str(response.context["form"].errors["budget_grant"])
    assert PlanningYear.objects.count() == 0


def test_more_rows_come_by_a_button_and_save_nothing(centre: Any, signed_in: Any) -> None:
    response = signed_in(centre).post(
        reverse("planning_open"),
        typed(**{"more_rows": "1", "priorities-0-topic_kk": "Симуляциялық оқыту"}),
    )
    assert response.status_code == 200
    assert len(response.context["form"].priorities.forms) == 6
    assert 'value="Симуляциялық оқыту"' in response.content.decode()
    assert PlanningYear.objects.count() == 0


def test_the_centre_changes_a_year_and_removes_a_priority(
    autumn: Any, centre: Any, signed_in: Any
) -> None:
    client, url = signed_in(centre), reverse("planning_edit", args=[2027])
    form = shown(client, url)["form"]
    assert form["budget_employer"].value() == "50\u00a0000"
    priority = autumn.year.priorities.get()
    response = client.post(
        url,
        typed(
            version=str(version_of(autumn.year)),
            budget_employer="70000",
            approver="rector",
            **{
                "priorities-INITIAL_FORMS": "1",
                "priorities-0-pk": str(priority.pk),
                "priorities-0-topic_kk": priority.topic_kk,
                "priorities-0-DELETE": "on",
            },
        ),
    )
    assert (response.status_code, response["Location"]) == (302, PAGE)
    autumn.year.refresh_from_db()
    assert (autumn.year.approver, autumn.year.budgets.get().amount) == ("rector", Decimal(70_000))
    assert autumn.year.priorities.count() == 0


def test_the_second_of_two_is_told_and_shown_the_difference(
    autumn: Any, centre: Any, methodologist: Any, signed_in: Any
) -> None:
    url = reverse("planning_edit", args=[2027])
    old = str(version_of(autumn.year))
    first = signed_in(methodologist).post(url, typed(version=old, budget_employer="80000"))
    assert first.status_code == 302
    client = signed_in(centre)
    second = client.post(url, typed(version=old, budget_employer="90000"))
    assert second.status_code == 409
    [difference] = second.context["differences"]
    assert (difference.now, difference.typed) == ("80\u00a0000\u00a0₸", "90\u00a0000\u00a0₸")
    assert autumn.year.budgets.get().amount == Decimal(80_000)
    carried = dict(second.context["hidden"])["version"]
    third = client.post(url, typed(version=carried, budget_employer="90000"))
    assert third.status_code == 302
    assert autumn.year.budgets.get().amount == Decimal(90_000)


def test_the_centre_reminds_and_is_told_how_many(
    autumn: Any, centre: Any, head: Any, signed_in: Any
) -> None:
    client, url = signed_in(centre), reverse("planning_remind", args=[2027])
    said = client.post(url, follow=True).context["messages"]
    assert [m.message for m in said] == ["Reminders went to 2 heads."]
    said = client.post(url, follow=True).context["messages"]
    assert [m.level_tag for m in said] == ["info"]
    assert OutgoingMail.objects.filter(kind="planning_reminder").count() == 2
    for user in (head,):
        assert signed_in(user).post(url).status_code == 403


@pytest.mark.parametrize("name", ["head", "hr", "rector", "finance", "teacher"])
def test_nobody_else_opens_or_changes_a_year(accounts: Any, signed_in: Any, name: str) -> None:
    PlanningYearFactory(year=2027)
    client = signed_in(accounts[name])
    assert client.post(reverse("planning_open"), typed(year="2028")).status_code == 403
    if name != "rector":  # who may hand the decision over, and so sees that page
        assert client.post(reverse("planning_edit", args=[2027]), typed()).status_code == 403
    assert PlanningYear.objects.count() == 1

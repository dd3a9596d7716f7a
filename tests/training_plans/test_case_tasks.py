"""What cases put onto the home page and into the navigation, by role (3.8, 3.10, 7.1, 7.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import applications, route
from training_plans.models import Contract, Evidence, TraineeReport, TrainingApplication

from . import cases
from .test_case_queue import colleague
from .test_clocks import ordered

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def tasks(client: Any) -> list[Any]:
    found: list[Any] = client.get(reverse("home")).context["planning_tasks"]
    return found


def about_cases(client: Any) -> list[str]:
    """Sentences of the cases alone: those of the planning year have tests of their own."""
    return [task.what for task in tasks(client) if task.clause not in ("5.4", "5.5")]


def entries(client: Any) -> dict[str, Any]:
    page = client.get(reverse("home"))
    return {entry.name: entry for entry in page.context["navigation"].entries}


def test_a_visa_waits_at_whose_turn_it_is(
    accounts: Any, teacher: Any, head: Any, signed_in: Any
) -> None:
    centre = accounts["centre"]
    application = cases.submitted(teacher)
    [task] = tasks(signed_in(head))
    assert (task.what, task.url, task.clause) == (
        "1 application waits for your visa",
        reverse("case_queue"),
        "7.1",
    )
    assert task.due == cases.step_of(application).due_on
    assert "1 application waits for your visa" not in about_cases(signed_in(centre))
    assert (entries(signed_in(head))["case_queue"].count) == 1
    cases.agreed(application, accounts, until="centre")
    assert about_cases(signed_in(head)) == []
    assert about_cases(signed_in(centre)) == ["1 application waits for your visa"]
    assert "case_queue" not in entries(signed_in(teacher))
    assert "case_list" in entries(signed_in(teacher))


def test_the_employee_is_told_to_apply_in_time(teacher: Any, signed_in: Any) -> None:
    client = signed_in(teacher)
    today = dt.date(2026, 11, 22)
    soon = cases.a_line(
        teacher.person, starts_on=today + 50 * DAY, ends_on=today + 52 * DAY, topic="Жақын"
    )
    cases.a_line(teacher.person, starts_on=today + 51 * DAY, ends_on=today + 52 * DAY)
    [task] = tasks(client)
    assert (task.due, task.clause) == (today + 30 * DAY, "7.1")
    assert task.url == reverse("application_begin", args=[soon.pk])
    applications.begin(line=soon, actor=teacher, on=today)
    [task] = tasks(client)
    assert task.what == "Your application is begun, but not sent"
    assert task.due == today + 30 * DAY


def test_a_returned_application_comes_back_to_the_employee(
    teacher: Any, head: Any, signed_in: Any
) -> None:
    application = cases.submitted(teacher)
    route.decide(
        step=cases.step_of(application),
        answer="return",
        actor=head,
        on=cases.APPLIED_ON,
        reason="Бағдарлама жоқ",
    )
    [task] = tasks(signed_in(teacher))
    assert (task.what, task.url) == (
        "Your application was returned",
        reverse("case", args=[application.pk]),
    )


def test_a_late_application_waits_for_the_centre_alone(
    accounts: Any, teacher: Any, head: Any, signed_in: Any, today: dt.date
) -> None:
    application = cases.drafted(
        teacher, on=today, starts_on=dt.date(2027, 1, 4), ends_on=dt.date(2027, 1, 5)
    )
    TrainingApplication.objects.filter(pk=application.pk).update(
        starts_on=today + 5 * DAY, ends_on=today + 6 * DAY, late_asked_on=today, late_reason="Кеш"
    )
    words = "1 late application asks to be admitted"
    assert words in about_cases(signed_in(accounts["centre"]))
    assert about_cases(signed_in(head)) == []
    assert about_cases(signed_in(teacher)) == []
    [task] = [t for t in tasks(signed_in(accounts["centre"])) if t.what == words]
    listed = signed_in(accounts["centre"]).get(task.url)
    assert [row.pk for row in listed.context["page"].object_list] == [application.pk]


def test_after_the_visa_order_and_contract_wait(
    accounts: Any, teacher: Any, signed_in: Any
) -> None:
    cases.approved(teacher, accounts)
    words = "1 case has the rector's visa and no order"
    for name, expected in (
        ("hr", [words]),
        ("centre", [words]),
        ("legal", ["1 training contract waits"]),
        ("finance", []),
        ("teacher", []),
    ):
        assert about_cases(signed_in(accounts[name])) == expected, name
    found = entries(signed_in(accounts["legal"]))
    assert found["contract_list"].count == 1
    assert entries(signed_in(accounts["hr"]))["order_list"].count == 1
    Contract.objects.update(state="signed", signed_on=cases.APPLIED_ON)
    assert about_cases(signed_in(accounts["legal"])) == []


@pytest.mark.parametrize(
    ("days_over", "head_sees", "hr_sees"), [(0, 0, 0), (1, 1, 0), (4, 1, 0), (5, 1, 1), (30, 1, 1)]
)
def test_missing_documents_escalate_to_the_head_and_then_to_hr(
    accounts: Any,
    teacher: Any,
    signed_in: Any,
    today: dt.date,
    days_over: int,
    head_sees: int,
    hr_sees: int,
) -> None:
    due = today - days_over * DAY
    application = ordered(
        cases.approved(teacher, accounts),
        teacher,
        starts_on=due - 9 * DAY,
        ends_on=due - 5 * DAY,
        documents_due_on=due,
    )
    words = "1 employee has not handed in the certificate and the report"
    assert about_cases(signed_in(accounts["head"])).count(words) == head_sees
    assert about_cases(signed_in(accounts["hr"])).count(words) == hr_sees
    assert words not in about_cases(signed_in(accounts["stranger_head"]))
    for above in ("vicerector", "rector"):  # they see it in the list, but remind nobody
        assert words not in about_cases(signed_in(accounts[above]))
    mine = {task.what: task for task in tasks(signed_in(teacher))}
    assert mine["Hand in the certificate and the report"].due == due
    assert "Order № 12-БА/2027: read it and confirm" in mine
    if head_sees:
        [task] = [task for task in tasks(signed_in(accounts["head"])) if task.what == words]
        assert task.due == due
        listed = signed_in(accounts["head"]).get(task.url)
        assert [row.pk for row in listed.context["page"].object_list] == [application.pk]


def test_who_checks_documents_is_told_and_who_has_to_correct_them(
    accounts: Any, teacher: Any, signed_in: Any, today: dt.date
) -> None:
    application = ordered(
        cases.approved(teacher, accounts),
        teacher,
        starts_on=today - 9 * DAY,
        ends_on=today - 2 * DAY,
        documents_due_on=today + 3 * DAY,
    )
    evidence = Evidence.objects.create(
        application=application, person=teacher.person, state="sent", sent_on=today
    )
    report = TraineeReport.objects.create(application=application, state="sent", sent_on=today)
    assert about_cases(signed_in(accounts["hr"])) == ["1 certificate to verify"]
    assert about_cases(signed_in(accounts["centre"])) == ["1 report to accept"]
    assert entries(signed_in(accounts["hr"]))["evidence_queue"].count == 1
    assert entries(signed_in(accounts["centre"]))["report_queue"].count == 1
    Evidence.objects.filter(pk=evidence.pk).update(state="returned", remark="Күні жоқ")
    TraineeReport.objects.filter(pk=report.pk).update(state="draft")
    mine = {task.what: task.about for task in tasks(signed_in(teacher))}
    assert mine["Your documents were returned: correct them"] == "Күні жоқ"
    assert about_cases(signed_in(accounts["hr"])) == []


def test_the_home_page_costs_the_same_however_many_cases(
    accounts: Any, units: Any, signed_in: Any
) -> None:
    people = ("hr", "centre", "head", "legal", "rector")

    def cost(name: str) -> int:
        client = signed_in(accounts[name])
        client.get(reverse("home"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("home"))
        return len(queries)

    for name in people:
        accounts[name]
    cases.approved(colleague(units.department), accounts)
    cases.submitted(colleague(units.department))
    few = {name: cost(name) for name in people}
    for _number in range(4):
        cases.approved(colleague(units.department), accounts)
        cases.submitted(colleague(units.department))
    assert {name: cost(name) for name in people} == few

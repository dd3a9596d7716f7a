"""The Centre's pages: the queue of reports, one to read, accept or return (7.2, 7.14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import verification
from training_plans.models import TraineeReport, TrainingApplication
from workflow.models import IssuedPaper
from workflow.saving import version_of
from workflow.transitions import Refused

from ..factories import PersonFactory, PostFactory
from . import handed_in

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db
ON = dt.date(2026, 10, 30)


@pytest.fixture
def case(accounts: Any, teacher: Any) -> TrainingApplication:
    return handed_in.handed_in(teacher, accounts)


def address(name: str, report: TraineeReport) -> str:
    return reverse(name, args=[report.pk])


def sent(report: TraineeReport, **more: Any) -> dict[str, Any]:
    return {"version": version_of(report)} | more


def listed(client: Client, **query: Any) -> list[int]:
    response = client.get(reverse("report_queue"), query)
    assert response.status_code == 200
    return [row.record.pk for row in response.context["table"].rows]


# --- the verbs ------------------------------------------------------------------------------------
def test_numbers_go_without_a_gap(
    accounts: Any, teacher: Any, researcher: Any, centre: Any
) -> None:
    for user in (teacher, researcher):
        report = handed_in.handed_in(user, accounts).report
        verification.accept_report(report=report, actor=centre, on=ON)
    numbers = IssuedPaper.objects.filter(kind="trainee_report").values_list("number", flat=True)
    assert sorted(numbers) == ["1-ТЕ/2026", "2-ТЕ/2026"]


@pytest.mark.parametrize("name", ["hr", "head", "teacher", "administrator", "rector"])
def test_only_the_centre_judges(name: str, case: TrainingApplication, accounts: Any) -> None:
    with pytest.raises(Refused):
        verification.accept_report(report=case.report, actor=accounts[name], on=ON)
    with pytest.raises(Refused):
        verification.return_report(report=case.report, reason="Қайта", actor=accounts[name], on=ON)
    assert TraineeReport.objects.get().state == "sent"


def test_an_incomplete_report_is_not_accepted(case: TrainingApplication, centre: Any) -> None:
    TraineeReport.objects.update(knowledge="")
    with pytest.raises(Refused):
        verification.accept_report(report=case.report, actor=centre, on=ON)
    assert not IssuedPaper.objects.filter(kind="trainee_report").exists()


def test_what_is_accepted_is_not_accepted_again(case: TrainingApplication, centre: Any) -> None:
    verification.accept_report(report=case.report, actor=centre, on=ON)
    for again in (verification.accept_report, verification.return_report):
        more = {"reason": "Қайта"} if again is verification.return_report else {}
        with pytest.raises(ValidationError):
            again(report=case.report, actor=centre, on=ON, **more)  # type: ignore[operator]
    assert IssuedPaper.objects.filter(kind="trainee_report").count() == 1


# --- the pages ------------------------------------------------------------------------------------
def test_late_ones_first(
    accounts: Any, teacher: Any, researcher: Any, centre: Any, signed_in: SignIn
) -> None:
    in_time = handed_in.handed_in(teacher, accounts).report
    late = handed_in.handed_in(researcher, accounts, on=handed_in.LATE_ON).report
    client = signed_in(centre)
    assert listed(client) == [late.pk, in_time.pk]
    assert listed(client, late="no") == [in_time.pk]
    assert listed(client, q=teacher.person.last_name) == [in_time.pk]
    assert client.get(reverse("report_queue")).context["figures"]["late"] == 1
    assert "Ауырып қалдым" in client.get(address("trainee_report", late)).content.decode()


@pytest.mark.parametrize(
    "role", ["hr", "head", "teacher", "finance", "legal", "administrator", "rector"]
)
def test_nobody_but_the_centre_gets_in(
    role: str, case: TrainingApplication, accounts: Any, signed_in: SignIn
) -> None:
    client, report = signed_in(accounts[role]), case.report
    assert client.get(reverse("report_queue")).status_code == 403
    assert client.get(address("trainee_report", report)).status_code in (403, 404)
    for name in ("trainee_report_accept", "trainee_report_return"):
        response = client.post(address(name, report), sent(report, reason="Қайта"))
        assert response.status_code in (403, 404)
    assert TraineeReport.objects.get().state == "sent"


def test_the_centre_does_not_judge_its_own(
    accounts: Any, centre: Any, methodologist: Any, signed_in: SignIn
) -> None:
    case = handed_in.ordered(methodologist, {**_by_name(accounts), "hr": accounts["hr"]})
    handed_in.certificate(case, methodologist)
    report = handed_in.reported(case, methodologist)
    assert signed_in(methodologist).get(address("trainee_report", report)).status_code == 403
    assert signed_in(centre).get(address("trainee_report", report)).status_code == 200
    page = signed_in(methodologist).get(reverse("report_queue"))
    assert address("trainee_report", report) not in page.content.decode()


def _by_name(accounts: Any) -> dict[str, Any]:
    names = ("head", "centre", "finance", "international", "vicerector", "rector")
    return {name: accounts[name] for name in names}


def test_accepted_then_the_next(
    accounts: Any, teacher: Any, researcher: Any, centre: Any, signed_in: SignIn
) -> None:
    first = handed_in.handed_in(teacher, accounts).report
    second = handed_in.handed_in(researcher, accounts).report
    client = signed_in(centre)
    page = client.get(address("trainee_report", first)).content.decode()
    assert "Эхокардиография" in page and "01.02.2027" in page
    response = client.post(address("trainee_report_accept", first), sent(first))
    assert response["Location"] == address("trainee_report", second)
    first.refresh_from_db()
    assert (first.state, first.accepted_by) == ("accepted", centre)
    assert first.paper is not None
    assert first.paper.number in client.get(address("trainee_report", first)).content.decode()
    for user in (centre, teacher):
        paper = signed_in(user).get(reverse("paper", args=[first.paper.token]))
        assert paper.status_code in (200, 202)  # 202 while the PDF is being made
    again = client.post(address("trainee_report_accept", first), sent(first))
    assert again["Location"] == address("trainee_report", first)


def test_returned_with_remarks_by_section(
    case: TrainingApplication, centre: Any, signed_in: SignIn
) -> None:
    report, client = case.report, signed_in(centre)
    hints = {"hint_goals": "Нақтырақ жазыңыз"}
    response = client.post(address("trainee_report_accept", report), sent(report, **hints))
    assert response.status_code == 422
    assert "Нақтырақ жазыңыз" in response.content.decode()
    assert client.post(address("trainee_report_return", report), sent(report)).status_code == 422
    response = client.post(
        address("trainee_report_return", report), sent(report, reason="Толық емес", **hints)
    )
    assert response["Location"] == reverse("report_queue")
    report.refresh_from_db()
    assert report.state == "returned"
    assert report.remark.startswith("Толық емес\n") and "Нақтырақ жазыңыз" in report.remark
    assert listed(client, state="returned") == [report.pk]


def test_a_stale_page_is_told(case: TrainingApplication, centre: Any, signed_in: SignIn) -> None:
    data = sent(case.report) | {"version": 1}
    response = signed_in(centre).post(address("trainee_report_accept", case.report), data)
    assert response.status_code == 409


@pytest.mark.parametrize("url_name", ["report_queue", "trainee_report"])
def test_a_page_costs_the_same_however_many_wait(
    url_name: str, case: TrainingApplication, centre: Any, units: Any, signed_in: SignIn
) -> None:
    client, report = signed_in(centre), case.report
    url = reverse(url_name) if url_name == "report_queue" else address(url_name, report)

    def more() -> None:
        person = PersonFactory()
        post = PostFactory(person=person, unit=units.department)
        copy = TrainingApplication.objects.get(pk=case.pk)
        copy.pk, copy.plan_line, copy.number = None, None, TrainingApplication.objects.count() + 1
        copy.person, copy.post = person, post
        copy.save()
        TraineeReport.objects.create(
            application=copy, state="sent", sent_on=ON, goals="Мақсат", **_ratings()
        )

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    more()
    cost()
    few = cost()
    for _n in range(3):
        more()
    assert cost() == few


def _ratings() -> dict[str, int]:
    return {name: 4 for name in handed_in.WRITTEN if name.startswith("rating")}

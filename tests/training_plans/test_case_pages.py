"""The page of a case, its buttons and answers, the list of cases, the terms (7.1, 8.1)."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import applications, route
from training_plans.models import CaseRules, Contract, Evidence, TraineeReport, TrainingApplication
from workflow.models import Decision, Substitution

from . import cases
from .test_case_queue import colleague
from .test_clocks import ordered

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def page_of(client: Any, application: TrainingApplication) -> Any:
    return client.get(reverse("case", args=[application.pk]))


def acts(client: Any, application: TrainingApplication) -> dict[str, Any]:
    """The buttons of the reader by the last piece of their address."""
    context = page_of(client, application).context
    found = [*context["main_acts"], *context["other_acts"]]
    return {act.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]: act for act in found}


# --- who sees ------------------------------------------------------------------------------------
def test_who_may_see_a_case(accounts: Any, teacher: Any, signed_in: Any) -> None:
    seeing = {"teacher", "head", "secretary", "dean", "vicerector", "hr", "centre", "rector"}
    seeing |= {"methodologist", "finance", "international", "legal", "administrator"}
    blind = {"stranger", "stranger_head", "researcher"}
    for name in seeing | blind:
        accounts[name]
    application = cases.submitted(teacher)
    for name in seeing:
        assert page_of(signed_in(accounts[name]), application).status_code == 200, name
    for name in blind:
        assert page_of(signed_in(accounts[name]), application).status_code == 404, name
        listed = signed_in(accounts[name]).get(reverse("case_list"))
        assert listed.context["count"] == 0, name


def test_a_draft_is_its_makers_alone(accounts: Any, teacher: Any, signed_in: Any) -> None:
    application = cases.drafted(teacher)
    assert page_of(signed_in(teacher), application).status_code == 200
    for name in ("head", "hr", "centre", "rector"):
        assert page_of(signed_in(accounts[name]), application).status_code == 404, name


# --- the buttons ---------------------------------------------------------------------------------
def test_buttons_are_those_of_whose_turn_it_is(
    accounts: Any, teacher: Any, head: Any, signed_in: Any
) -> None:
    for name in ("centre", "hr", "vicerector", "finance"):
        accounts[name]
    application = cases.submitted(teacher)
    found = acts(signed_in(head), application)
    assert {"agree", "return", "reject"} <= set(found)
    assert found["agree"].is_main
    assert found["agree"].post
    context = page_of(signed_in(teacher), application).context
    assert head.person.short_name in context["turn"]
    assert context["main_acts"] == []
    assert set(acts(signed_in(teacher), application)) == {"withdraw"}
    centre = acts(signed_in(accounts["centre"]), application)
    assert set(centre) == {"new", "call-off"}
    assert "7.1" in centre["new"].reasons[0]
    assert set(acts(signed_in(accounts["finance"]), application)) == set()


def test_the_employee_sends_and_sees_why_not(teacher: Any, signed_in: Any) -> None:
    application = cases.drafted(teacher)
    found = acts(signed_in(teacher), application)
    assert {"send", "edit", "attach"} <= set(found)
    assert found["send"].reasons == ()
    TrainingApplication.objects.update(starts_on=dt.date(2026, 12, 1))
    found = acts(signed_in(teacher), application)
    assert any("7.1" in words for words in found["send"].reasons)
    assert "ask-late" in found


def test_buttons_after_the_visa(accounts: Any, teacher: Any, signed_in: Any) -> None:
    application = cases.approved(teacher, accounts)
    hr = acts(signed_in(accounts["hr"]), application)
    assert (hr["new"].is_main, hr["new"].reasons) == (True, ())
    contract = Contract.objects.get()
    assert str(contract.pk) in acts(signed_in(accounts["legal"]), application)
    assert set(acts(signed_in(accounts["rector"]), application)) == set()
    ordered(application, teacher)
    mine = acts(signed_in(teacher), application)
    assert {"acquaint", "documents", "interrupt"} == set(mine)
    assert mine["acquaint"].is_main
    assert "7.2" in mine["documents"].words
    assert {"change", "cancel", "interrupt"} == set(acts(signed_in(accounts["hr"]), application))


def test_buttons_after_the_end(accounts: Any, teacher: Any, signed_in: Any, today: dt.date) -> None:
    application = ordered(
        cases.approved(teacher, accounts),
        teacher,
        starts_on=today - 9 * DAY,
        ends_on=today - DAY,
    )
    assert acts(signed_in(teacher), application)["documents"].is_main
    evidence = Evidence.objects.create(
        application=application, person=teacher.person, state="sent", sent_on=today
    )
    report = TraineeReport.objects.create(application=application, state="sent", sent_on=today)
    page = reverse("case", args=[application.pk])
    turn = signed_in(teacher).get(page).context["turn"]
    assert turn == "HR verifies the certificate, the Centre reads the report."
    Evidence.objects.update(state="returned", remark="Екінші беті жоқ")
    returned = acts(signed_in(teacher), application)["documents"]
    assert (returned.is_main, returned.words) == (True, "Екінші беті жоқ")
    assert signed_in(teacher).get(page).context["turn"] == "The Centre reads the report."
    Evidence.objects.update(state="sent", remark="")
    hr, centre = acts(signed_in(accounts["hr"]), application), None
    assert reverse("evidence", args=[evidence.pk]) in {act.url for act in hr.values()}
    centre = acts(signed_in(accounts["centre"]), application)
    assert reverse("trainee_report", args=[report.pk]) in {act.url for act in centre.values()}
    TrainingApplication.objects.update(state="accepted")
    closing = acts(signed_in(accounts["hr"]), application)["close"]
    assert any("3.8" in words for words in closing.reasons)
    Contract.objects.update(state="signed", signed_on=today)
    assert acts(signed_in(accounts["hr"]), application)["close"].reasons == ()
    url = reverse("case_close", args=[application.pk])
    assert signed_in(teacher).post(url).status_code == 403
    assert signed_in(accounts["hr"]).post(url).status_code == 302
    application.refresh_from_db()
    assert (application.state, application.closed_on) == ("closed", today)


# --- answers -------------------------------------------------------------------------------------
def test_agreeing_is_one_click_and_a_second_click_decides_nothing(
    accounts: Any, teacher: Any, head: Any, signed_in: Any
) -> None:
    accounts["centre"]
    application = cases.submitted(teacher)
    # the head is in the Centre too: a double click must not take the step after
    head.groups.add(Group.objects.get(name="training_centre"))
    url = reverse("case_decide", args=[application.pk, "agree"])
    step = {"step": cases.step_of(application).pk}
    client = signed_in(head)
    assert client.post(url, step).status_code == 302
    page = client.post(url, step, follow=True)
    assert "has decided this already" in str(list(page.context["messages"])[-1])
    assert cases.step_of(application).kind == "centre"
    assert Decision.objects.about(application).filter(transition="agree").count() == 1


@pytest.mark.parametrize(("answer", "state"), [("return", "returned"), ("reject", "rejected")])
def test_returning_and_refusing_want_a_reason(
    teacher: Any, head: Any, signed_in: Any, answer: str, state: str
) -> None:
    application = cases.submitted(teacher)
    url = reverse("case_decide", args=[application.pk, answer])
    head.language = "kk"
    head.save()
    client = signed_in(head)
    asked = client.get(url)
    assert asked.status_code == 200
    # «cancel» and «refuse» are one word in Kazakh: no button may be called so here
    words = {"return": "Себебін көрсетіп қайтару", "reject": "Өтініштен бас тарту"}
    assert words[answer] in asked.content.decode()
    assert ">Бас тарту<" not in asked.content.decode()
    assert client.post(url, {"reason": "  "}).status_code == 422
    assert client.post(url, {"reason": "Бағдарлама жоқ"}).status_code == 302
    application.refresh_from_db()
    assert application.state == state
    assert page_of(signed_in(teacher), application).context["remark"] == "Бағдарлама жоқ"
    again = client.get(url, follow=True)
    assert again.redirect_chain
    assert client.get(reverse("case_decide", args=[application.pk, "burn"])).status_code == 404


def test_who_may_not_decide_is_refused_with_a_sentence(
    accounts: Any, teacher: Any, signed_in: Any, stranger_head: Any
) -> None:
    accounts["head"]
    application = cases.submitted(teacher)
    url = reverse("case_decide", args=[application.pk, "agree"])
    for name in ("teacher", "hr", "centre"):
        page = signed_in(accounts[name]).post(url, follow=True)
        assert "not yours to decide" in str(list(page.context["messages"])[-1]), name
    assert signed_in(stranger_head).post(url).status_code == 404
    assert cases.step_of(application).kind == "head"
    assert Decision.objects.about(application).count() == 1  # the sending


def test_a_substitute_is_led_to_the_queue_and_the_history_says_for_whom(
    teacher: Any, head: Any, stranger: Any, signed_in: Any, today: dt.date
) -> None:
    Substitution.objects.create(
        absent=head, substitute=stranger, starts_on=today, ends_on=today, entered_by=head
    )
    application = cases.submitted(teacher)
    client = signed_in(stranger)
    assert page_of(client, application).context["for_whom"] == head
    answer = client.post(reverse("case_decide", args=[application.pk, "agree"]))
    assert answer.headers["Location"] == reverse("case_queue")
    page = page_of(signed_in(teacher), application).content.decode()
    assert f"{stranger.display_name} for {head.display_name}" in " ".join(page.split())


def test_the_page_warns_of_other_trainings_in_these_days(teacher: Any, signed_in: Any) -> None:
    application = cases.submitted(teacher)
    assert page_of(signed_in(teacher), application).context["overlaps"] == []
    other = cases.submitted(
        teacher, topic="Басқа", starts_on=cases.END + 3 * DAY, ends_on=cases.END + 9 * DAY
    )
    TrainingApplication.objects.filter(pk=other.pk).update(starts_on=cases.START)
    assert len(page_of(signed_in(teacher), application).context["overlaps"]) == 1


def test_the_page_costs_the_same_however_thick_the_file(
    accounts: Any, teacher: Any, head: Any, signed_in: Any, today: dt.date
) -> None:
    def cost() -> int:
        client = signed_in(accounts["hr"])
        page_of(client, application)
        with CaptureQueriesContext(connection) as queries:
            assert page_of(client, application).status_code == 200
        return len(queries)

    application = cases.submitted(teacher)
    few = cost()
    for _round in range(4):
        application = route.decide(
            step=cases.step_of(application), answer="return", actor=head, on=today, reason="Жоқ"
        )
        application = applications.submit(application=application, actor=teacher, on=today)
    assert application.steps.count() >= 20
    assert cost() == few


# --- the list ------------------------------------------------------------------------------------
def found(client: Any, **query: str) -> set[int]:
    page = client.get(reverse("case_list"), query)
    return {row.pk for row in page.context["page"].object_list}


def test_the_list_is_narrowed_down_by_what_one_looks_after(
    accounts: Any, teacher: Any, units: Any, signed_in: Any, today: dt.date
) -> None:
    approved = cases.approved(teacher, accounts)
    at_head = cases.submitted(colleague(units.department), topic="Ерекше тақырып")
    gone = cases.submitted(colleague(units.department))
    abroad = cases.agreed(
        cases.submitted(colleague(units.section), country="Түркия"), accounts, until="international"
    )
    TrainingApplication.objects.filter(pk=gone.pk).update(state="withdrawn")
    gone.steps.update(state="dropped")
    client = signed_in(accounts["hr"])
    everything = {approved.pk, at_head.pk, abroad.pk}
    assert found(client) == everything
    assert found(client, standing="ended") == {gone.pk}
    assert found(client, standing="all") == {*everything, gone.pk}
    assert found(client, state="withdrawn") == {gone.pk}
    assert found(client, phase="visa_head") == {at_head.pk}
    assert found(client, phase="visa_international") == {abroad.pk}
    assert found(client, phase="order") == {approved.pk}
    assert found(client, phase="contract") == {approved.pk}
    assert found(client, q="ерекше") == {at_head.pk}
    assert found(client, q=approved.number_text) == {approved.pk}
    assert found(client, unit=units.section.code) == {abroad.pk}
    assert found(client, unit=units.department.code) == everything  # with those below
    assert found(client, year="2027") == everything
    assert found(client, year="2031") == everything  # not offered: restricts nothing
    assert found(client, late="yes") == set()
    assert found(client, unplanned="no") == everything
    TrainingApplication.objects.filter(pk=at_head.pk).update(is_late=True, plan_line=None)
    assert found(client, late="yes") == found(client, unplanned="yes") == {at_head.pk}
    assert found(signed_in(teacher)) == {approved.pk}
    assert found(signed_in(accounts["head"]), mine="yes") == set()
    ordered(
        approved,
        teacher,
        starts_on=today - 20 * DAY,
        ends_on=today - 15 * DAY,
        documents_due_on=today - 10 * DAY,
    )
    assert found(client, phase="documents_late") == {approved.pk}
    assert found(client, phase="acquaint") == {approved.pk}
    assert found(client, phase="in_training") == set()


def test_every_column_every_phase_and_the_workbook(
    accounts: Any, teacher: Any, signed_in: Any
) -> None:
    application = cases.approved(teacher, accounts)
    client = signed_in(accounts["centre"])
    page = client.get(reverse("case_list"))
    names = [name for name, *_rest in page.context["columns"]]
    shown = client.get(reverse("case_list"), {"columns": ",".join(names)})
    assert shown.status_code == 200
    for name in names:
        assert client.get(reverse("case_list"), {"sort": name}).status_code == 200, name
    phases = [code for code, _label in page.context["filter"].form.fields["phase"].choices if code]
    assert len(phases) > 12
    for code in phases:
        assert client.get(reverse("case_list"), {"phase": code}).status_code == 200, code
    answer = client.get(reverse("case_list"), {"export": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [[str(cell) for cell in row] for row in sheet.values]  # type: ignore[union-attr]
    assert any(application.person.full_name in row for row in rows)
    assert client.get(reverse("case_list"), {"view": "print"}).status_code == 200


def test_the_list_costs_the_same_however_long(accounts: Any, units: Any, signed_in: Any) -> None:
    def cost() -> int:
        client = signed_in(accounts["hr"])
        client.get(reverse("case_list"))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("case_list"))
            assert page.content
        return len(queries)

    for name in ("head", "centre", "vicerector"):
        accounts[name]
    for _number in range(2):
        cases.submitted(colleague(units.department))
    few = cost()
    for _number in range(18):
        cases.submitted(colleague(units.department))
    assert cost() == few


# --- the terms -----------------------------------------------------------------------------------
NUMBERS = {
    "apply_days": 20,
    "abroad_days": 30,
    "documents_days": 5,
    "step_days": 2,
    "head_told_after": 1,
    "hr_told_after": 5,
    "obligation_months": 12,
    "refund_days": 30,
}


def test_the_terms_are_changed_with_history(accounts: Any, signed_in: Any) -> None:
    client = signed_in(accounts["hr"])
    url = reverse("case_rules")
    assert client.get(url).status_code == 200
    assert not CaseRules.objects.exists()
    assert client.post(url, {**NUMBERS, "step_days": 3, "version": 0}).status_code == 302
    assert CaseRules.in_force().step_days == 3
    page = client.get(url)
    assert len(page.context["changes"]) == 1
    opened = page.context["hidden"][0][1]
    assert client.post(url, {**NUMBERS, "step_days": 4, "version": opened}).status_code == 302
    stale = client.post(url, {**NUMBERS, "step_days": 5, "version": opened})
    assert stale.status_code == 409
    assert CaseRules.in_force().step_days == 4
    assert CaseRules.objects.count() == 1
    assert [row.step_days for row in CaseRules.history.all()] == [4, 3]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("apply_days", 5),
        ("step_days", 0),
        ("documents_days", 31),
        ("obligation_months", 61),
        ("hr_told_after", 0),
    ],
)
def test_senseless_terms_are_refused(
    administrator: Any, signed_in: Any, name: str, number: int
) -> None:
    answer = signed_in(administrator).post(
        reverse("case_rules"), {**NUMBERS, name: number, "version": 0}
    )
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert not CaseRules.objects.exists()


def test_only_hr_and_the_administrator_set_the_terms(accounts: Any, signed_in: Any) -> None:
    for name in ("centre", "rector", "teacher", "head", "legal"):
        assert signed_in(accounts[name]).get(reverse("case_rules")).status_code == 403, name

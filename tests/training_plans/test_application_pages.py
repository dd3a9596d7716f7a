"""Pages of an application: written, sent, late, for several, ended (clauses 3.7, 5.5, 7.1)."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import applications, route
from training_plans.models import (
    Amendment,
    Attachment,
    PersonalDataConsent,
    PlanLine,
    Precision,
    TrainingApplication,
)
from workflow.models import StoredFile
from workflow.transitions import Refused

from .. import scan_files
from ..factories import DeadlineExtensionFactory, PersonFactory, PostFactory, ProviderFactory
from . import cases

pytestmark = pytest.mark.django_db
LATE_START = {"starts_on": dt.date(2027, 1, 11), "ends_on": dt.date(2027, 1, 22)}
JANUARY = dt.datetime(2027, 1, 4, 9, tzinfo=dt.UTC)
PROGRAM = b"MZ\x90\x00" + b"\x00" * 64
Application = TrainingApplication


@pytest.fixture
def time_machine_at(today: dt.date) -> Any:
    """Travel on from the day all tests begin on."""
    with contextlib.ExitStack() as journeys:

        def travel(moment: dt.datetime) -> None:
            journeys.enter_context(time_machine.travel(moment, tick=True))

        yield travel


def said(response: Any) -> str:
    return response.content.decode()  # type: ignore[no-any-return]


def begin_url(line: PlanLine) -> str:
    return reverse("application_begin", args=[line.pk])


def typed(browser: Any, url: str, **more: Any) -> dict[str, Any]:
    """What the browser would send of the form as it is shown, with ``more`` typed."""
    form = browser.get(url).context["form"]
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        shown = field.prepare_value(value)
        if shown not in (None, False, "") and name not in ("invitation", "programme"):
            data[name] = shown.isoformat() if isinstance(shown, dt.date) else str(shown)
    return data | {"agree": "on", "do": "send"} | more


def pdf(name: str = "шақыру.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, scan_files.pdf(), "application/pdf")


def only() -> TrainingApplication:
    return TrainingApplication.objects.get()


# --- two clicks ---------------------------------------------------------------------------------
def test_from_the_line_to_the_first_visa_in_two_clicks(signed_in, teacher, head):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    assert begin_url(line) in said(browser.get(reverse("plan_line", args=[line.pk])))
    response = browser.post(begin_url(line), typed(browser, begin_url(line)))
    application = only()
    assert response.url == reverse("case", args=[application.pk])
    assert (application.state, application.person) == ("submitted", teacher.person)
    assert (application.starts_on, application.hours) == (cases.START, line.hours)
    assert (application.cost_tuition, application.cost) == (line.cost, line.cost)
    assert application.steps.filter(kind="head", state="waiting").exists()
    assert PersonalDataConsent.objects.filter(person=teacher.person).exists()


def test_a_second_click_gives_the_case_that_exists(signed_in, teacher):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    data = typed(browser, begin_url(line))
    first = browser.post(begin_url(line), data)
    second = browser.post(begin_url(line), data, follow=False)
    assert second.status_code == 302
    assert second.url == first.url
    assert only().steps.filter(state="waiting").count() == 1


def test_a_second_click_outside_the_plan_gives_the_case_that_exists(signed_in, teacher):
    cases.a_plan()
    url = reverse("application_new_for", args=[teacher.person.posts.get().pk])
    browser = signed_in(teacher)
    data = typed(browser, url, **outside())
    first, second = browser.post(url, data), browser.post(url, data)
    assert first.status_code == 302, said(first)
    assert first.url == second.url
    assert only().state == "submitted"


def test_without_the_box_of_consent_nothing_is_kept_and_nothing_lost(signed_in, teacher):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    data = typed(browser, begin_url(line), replaced_how="Өзім", invitation=pdf())
    del data["agree"]
    response = browser.post(begin_url(line), data)
    assert response.status_code == 422
    assert not TrainingApplication.objects.exists()
    assert "Өзім" in said(response)
    assert "kept_invitation" in said(response)
    token = response.context["form"].fields["invitation"].widget.get_context("i", None, {})
    del data["invitation"]
    again = data | {"agree": "on", "kept_invitation": token["widget"]["kept_token"]}
    assert browser.post(begin_url(line), again).status_code == 302
    assert only().attachments.get().kind == Attachment.Kind.INVITATION
    assert StoredFile.objects.count() == 1


def test_a_program_named_pdf_is_refused(signed_in, teacher):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    file = SimpleUploadedFile("шақыру.pdf", PROGRAM, "application/pdf")
    response = browser.post(begin_url(line), typed(browser, begin_url(line), invitation=file))
    assert response.status_code == 422
    assert not TrainingApplication.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_draft_is_kept_and_opened_again_from_the_line(signed_in, teacher):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    browser.post(begin_url(line), typed(browser, begin_url(line), do="keep", city="Астана"))
    application = only()
    assert (application.state, application.city) == ("draft", "Астана")
    for page in ("/", reverse("plan_line", args=[line.pk])):
        assert "Open the case" in said(browser.get(page))
    edit = reverse("application_edit", args=[application.pk])
    assert browser.get(begin_url(line)).url == edit
    version = browser.get(edit).context["hidden"][0][1]
    response = browser.post(edit, typed(browser, edit, version=version))
    assert response.status_code == 302, said(response)
    assert only().state == "submitted"
    again = browser.post(edit, typed_again(application, version))
    assert again.url == reverse("case", args=[application.pk])


def typed_again(application: Application, version: str) -> dict[str, Any]:
    """The same form once more, from a page that was open before."""
    application = TrainingApplication.objects.get(pk=application.pk)
    names = ("mode", "language", "country", "city", "funding", "replaced_how")
    return {
        **{name: getattr(application, name) for name in names},
        **{name: str(getattr(application, name)) for name in application.costs},
        "hours": str(application.hours),
        "starts_on": application.starts_on.isoformat(),
        "ends_on": application.ends_on.isoformat(),
        "provider_name": application.provider.name if application.provider else "",
        "version": version,
        "do": "send",
    }


def test_a_stale_form_is_told_what_changed(signed_in, teacher, head):
    application = cases.drafted(teacher)
    edit = reverse("application_edit", args=[application.pk])
    browser = signed_in(teacher)
    version = browser.get(edit).context["hidden"][0][1]
    applications.change(
        application=application, values={"city": "Алматы"}, actor=head, on=cases.APPLIED_ON
    )
    response = browser.post(edit, typed(browser, edit, version=version, city="Тараз", do="keep"))
    assert response.status_code == 409
    assert "Тараз" in said(response)
    assert only().city == "Алматы"


def test_what_somebody_else_sent_meanwhile_keeps_what_was_typed(signed_in, teacher):
    application = cases.drafted(teacher)
    edit = reverse("application_edit", args=[application.pk])
    browser = signed_in(teacher)
    data = typed(browser, edit, version=browser.get(edit).context["hidden"][0][1], city="Тараз")
    applications.submit(application=application, actor=teacher, on=cases.APPLIED_ON)
    response = browser.post(edit, data)
    assert response.status_code in (409, 422)
    assert "Тараз" in said(response)


# --- late ---------------------------------------------------------------------------------------
def test_a_late_start_names_the_earliest_and_takes_it(signed_in, teacher, time_machine_at):
    line = cases.a_line(teacher.person, **LATE_START)
    time_machine_at(JANUARY)
    browser = signed_in(teacher)
    response = browser.post(begin_url(line), typed(browser, begin_url(line)))
    assert response.status_code == 422
    assert "24.01.2027" in said(response)
    assert not TrainingApplication.objects.exists()
    moved = browser.post(begin_url(line), typed(browser, begin_url(line), do="earliest"))
    form = moved.context["form"]
    assert (form["starts_on"].value(), form["ends_on"].value()) == ("2027-01-24", "2027-02-04")
    data = typed(browser, begin_url(line), starts_on="2027-01-24", ends_on="2027-02-04")
    assert browser.post(begin_url(line), data).status_code == 302
    assert only().is_late is False


def test_a_late_one_is_admitted_by_the_centre_and_stays_marked(
    signed_in, teacher, centre, time_machine_at
):
    line = cases.a_line(teacher.person, **LATE_START)
    time_machine_at(JANUARY)
    browser = signed_in(teacher)
    response = browser.post(begin_url(line), typed(browser, begin_url(line), do="ask"))
    application = only()
    ask = reverse("application_ask_late", args=[application.pk])
    assert response.url == ask
    admit = reverse("application_admit", args=[application.pk])
    assert signed_in(centre).get(admit).status_code == 404  # a draft is nobody else's
    assert browser.post(ask, {"late_reason": " "}).status_code == 422
    assert browser.post(ask, {"late_reason": "Шақыру кеш келді"}).status_code == 302
    waiting = said(browser.get(reverse("case", args=[application.pk])))
    assert "The Centre was asked on 04.01.2027" in waiting
    assert browser.get(admit).status_code == 403
    office = signed_in(centre)
    assert "Шақыру кеш келді" in said(office.get(admit))
    assert office.post(admit, {"reason": "Қажет"}).status_code == 422  # no paper
    assert office.post(admit, {"reason": "Қажет", "paper": pdf()}).status_code == 302
    assert "The Centre admits your late application: send it" in said(browser.get("/"))
    send = reverse("application_send", args=[application.pk])
    browser.post(send)
    application = only()
    assert (application.state, application.is_late) == ("submitted", True)
    assert application.attachments.get().kind == Attachment.Kind.LATE


def test_what_was_admitted_is_asked_anew_for_a_nearer_start(teacher, centre):
    on = dt.date(2027, 2, 15)
    application = cases.drafted(teacher)
    applications.ask_to_admit(application=application, reason="кеш", actor=teacher, on=on)
    paper = StoredFile.keep(pdf(), name="x.pdf", content_type="application/pdf", by=centre)
    admitted = applications.admit(
        application=application, reason="иә", paper=paper, actor=centre, on=on
    )
    nearer = {"starts_on": dt.date(2027, 2, 20), "ends_on": dt.date(2027, 2, 26)}
    changed = applications.change(application=admitted, values=nearer, actor=teacher, on=on)
    assert changed.late_admitted_on is None


def test_nobody_is_sent_to_what_has_begun_even_if_admitted(teacher, centre):
    on = dt.date(2027, 2, 15)
    application = cases.drafted(teacher)
    applications.ask_to_admit(application=application, reason="кеш", actor=teacher, on=on)
    paper = StoredFile.keep(pdf(), name="x.pdf", content_type="application/pdf", by=centre)
    admitted = applications.admit(
        application=application, reason="иә", paper=paper, actor=centre, on=on
    )
    with pytest.raises(Refused):
        applications.submit(application=admitted, actor=teacher, on=cases.START)


# --- the hint -----------------------------------------------------------------------------------
def hint(browser: Any, line: PlanLine, **typed: Any) -> str:
    return said(browser.get(reverse("application_hint"), {"line": line.pk} | typed))


def test_the_hint_says_last_day_load_money_and_route(signed_in, accounts, teacher):
    accounts["head"], accounts["vicerector"]
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    days = {"starts_on": "2027-03-01", "ends_on": "2027-03-02", "hours": "36"}
    words = hint(browser, line, **days)
    assert "09.02.2027" in words
    assert "18 hours a day" in words
    assert "training contract" in words
    words = hint(browser, line, **days, funding="own", cost_tuition="100", cost_travel="20,5x")
    assert "No training contract" in words
    assert "Finance" not in words
    assert "International office" in hint(browser, line, country="Германия")
    assert "International office" not in hint(browser, line, country="Қазақстан")


def test_an_internship_abroad_is_applied_for_thirty_days_before(signed_in, teacher):
    line = cases.a_line(teacher.person, form="internship", kind="individual", country="Германия")
    assert "30.01.2027" in hint(signed_in(teacher), line)


def test_what_cannot_be_read_is_left_out(signed_in, teacher):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    for wrong in ("0001-01-05", "9999-12-31", "x", "2027-02-31"):
        assert hint(browser, line, starts_on=wrong, ends_on=wrong, hours="1e9")
    address = reverse("application_hint")
    assert browser.get(address, {"line": "9" * 30}).status_code == 404
    assert browser.get(address).status_code == 404


def test_a_leave_refuses_and_is_said_while_typing(signed_in, teacher):
    line = cases.a_line(teacher.person)
    DeadlineExtensionFactory(
        person=teacher.person, starts_on=dt.date(2027, 3, 5), ends_on=dt.date(2027, 3, 20)
    )
    browser = signed_in(teacher)
    assert "there is a leave" in hint(browser, line)
    assert browser.post(begin_url(line), typed(browser, begin_url(line))).status_code == 422


def test_five_hundred_hours_in_three_days_are_refused(signed_in, teacher):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    days = {"starts_on": "2027-03-01", "ends_on": "2027-03-03", "hours": "500"}
    response = browser.post(begin_url(line), typed(browser, begin_url(line), **days))
    assert response.status_code == 422
    assert "do not fit" in said(response)


@pytest.mark.parametrize(
    ("field", "value"),
    [("starts_on", "2026-12-30"), ("ends_on", "2027-02-01"), ("cost_travel", "-1"), ("hours", "0")],
)
def test_wrong_values_are_refused_at_their_field(signed_in, teacher, field, value):
    line = cases.a_line(teacher.person)
    browser = signed_in(teacher)
    data = typed(browser, begin_url(line), do="keep", **{field: value})
    response = browser.post(begin_url(line), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not TrainingApplication.objects.exists()


# --- outside the plan ---------------------------------------------------------------------------
def outside() -> dict[str, Any]:
    return {
        "topic": "Жаңа әдіс",
        "area": "profile",
        "form": "course",
        "kind": "course",
        "starts_on": "2027-04-01",
        "ends_on": "2027-04-09",
        "hours": "72",
        "funding": "own",
        "cost_tuition": "50000",
        "provider_name": "Жаңа академия",
        "unplanned_because": "Жабдық келді",
    }


def test_outside_the_plan_the_amendment_is_proposed(signed_in, teacher):
    cases.a_plan()
    browser = signed_in(teacher)
    new = browser.get(reverse("application_new"))
    url = reverse("application_new_for", args=[teacher.person.posts.get().pk])
    assert new.url == url
    without = typed(browser, url, **outside() | {"unplanned_because": ""})
    assert browser.post(url, without).status_code == 422
    assert browser.post(url, typed(browser, url, **outside())).status_code == 302
    application = only()
    assert application.amendment_item.amendment.state == Amendment.State.DRAFT
    assert application.amendment_item.because == "Жабдық келді"
    assert application.provider.name == "Жаңа академия"


def test_a_head_chooses_among_people_of_the_unit(signed_in, head, teacher, stranger):
    page = said(signed_in(head).get(reverse("application_new")))
    assert teacher.person.full_name in page
    assert stranger.person.full_name not in page
    for who, status in ((teacher, 200), (stranger, 404)):
        post = who.person.posts.get()
        response = signed_in(head).get(reverse("application_new_for", args=[post.pk]))
        assert response.status_code == status


# --- who may ------------------------------------------------------------------------------------
def test_another_persons_line_and_case_do_not_exist(signed_in, teacher, stranger):
    line = cases.a_line(stranger.person)
    application = cases.drafted(
        stranger, starts_on=dt.date(2027, 5, 1), ends_on=dt.date(2027, 5, 5)
    )
    browser = signed_in(teacher)
    assert browser.get(begin_url(line)).status_code == 404
    assert browser.get(reverse("application_hint"), {"line": line.pk}).status_code == 404
    assert browser.get(reverse("application_hint"), {"case": application.pk}).status_code == 404
    for name in ("edit", "attach", "ask_late", "admit", "withdraw", "call_off"):
        url = reverse(f"application_{name}", args=[application.pk])
        assert browser.get(url).status_code == 404, name
        assert browser.post(url).status_code == 404, name
    for name in ("send", "consent"):
        assert (
            browser.post(reverse(f"application_{name}", args=[application.pk])).status_code == 404
        )
    assert browser.get(reverse("case_interrupt", args=[application.pk])).status_code == 404


def test_the_head_files_and_the_employee_agrees(signed_in, head, teacher):
    line = cases.a_line(teacher.person)
    browser = signed_in(head)
    assert browser.post(begin_url(line), typed(browser, begin_url(line))).status_code == 302
    application = only()
    assert application.state == "draft"
    consent = reverse("application_consent", args=[application.pk])
    assert browser.post(consent).status_code == 403
    own = signed_in(teacher)
    assert own.post(consent).status_code == 302
    own.post(reverse("application_send", args=[application.pk]))
    assert only().state == "submitted"
    own.post(reverse("application_send", args=[application.pk]))  # a second click
    assert only().steps.filter(state="waiting").count() == 1


# --- papers -------------------------------------------------------------------------------------
def test_papers_are_added_read_and_taken_away(signed_in, teacher, stranger):
    application = cases.drafted(teacher)
    browser = signed_in(teacher)
    attach = reverse("application_attach", args=[application.pk])
    assert browser.post(attach, {"kind": "programme"}).status_code == 422
    assert browser.post(attach, {"kind": "programme", "paper": pdf()}).status_code == 302
    row = Attachment.objects.get()
    file = reverse("application_attachment", args=[row.pk])
    response = browser.get(file)
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert signed_in(stranger).get(file).status_code == 404
    browser.post(reverse("application_detach", args=[row.pk]))
    assert browser.get(file).status_code == 404
    assert StoredFile.objects.exists()


def test_on_its_way_papers_stay(signed_in, teacher):
    application = cases.submitted(teacher)
    file = StoredFile.keep(pdf(), name="x.pdf", content_type="application/pdf", by=teacher)
    row = applications.attach(
        application=application, kind="other", file=file, actor=teacher, on=cases.APPLIED_ON
    )
    signed_in(teacher).post(reverse("application_detach", args=[row.pk]))
    row.refresh_from_db()
    assert not row.withdrawn


# --- for several --------------------------------------------------------------------------------
@pytest.fixture
def course(teacher: Any, units: Any) -> list[PlanLine]:
    """Three people of the teacher's department on one course; the teacher has agreed."""
    provider = ProviderFactory()
    people = [teacher.person]
    for _number in range(2):
        people.append(PostFactory(person=PersonFactory(), unit=units.department).person)
    applications.give_consent(person=teacher.person, actor=teacher, on=cases.APPLIED_ON)
    return [cases.a_line(who, topic="GMP негіздері", provider=provider) for who in people]


def test_one_form_for_several_gives_each_a_case(signed_in, head, course):
    browser = signed_in(head)
    listed = said(browser.get(reverse("application_group")))
    url = reverse("application_group_new", args=[course[0].pk])
    assert any(reverse("application_group_new", args=[line.pk]) in listed for line in course)
    data = typed(browser, url, lines=[str(line.pk) for line in course], city="Алматы")
    response = browser.post(url, data)
    rows = {row.plan_line_id: row for row in TrainingApplication.objects.all()}
    states = [rows[line.pk].state for line in course]
    assert states == ["submitted", "draft", "draft"]
    assert {row.city for row in rows.values()} == {"Алматы"}
    page = said(browser.get(response.url))
    assert page.count("has not agreed") == 2
    assert browser.post(url, data).url == response.url  # a second click
    assert TrainingApplication.objects.count() == 3


def test_a_group_that_is_late_keeps_nothing(signed_in, head, course, time_machine_at):
    time_machine_at(dt.datetime(2027, 2, 20, 9, tzinfo=dt.UTC))
    browser = signed_in(head)
    url = reverse("application_group_new", args=[course[0].pk])
    response = browser.post(url, typed(browser, url, lines=[str(line.pk) for line in course]))
    assert response.status_code == 422
    assert not TrainingApplication.objects.exists()


def test_only_who_files_for_people_files_for_several(signed_in, teacher, stranger_head, course):
    url = reverse("application_group_new", args=[course[0].pk])
    assert signed_in(teacher).get(url).status_code == 403
    assert signed_in(teacher).get(reverse("application_group")).status_code == 403
    assert signed_in(stranger_head).get(url).status_code == 404


def test_group_of_nobody_is_refused(signed_in, head, course):
    browser = signed_in(head)
    url = reverse("application_group_new", args=[course[0].pk])
    assert browser.post(url, typed(browser, url)).status_code == 422


# --- ended --------------------------------------------------------------------------------------
def test_withdrawn_with_a_reason_before_the_order(signed_in, teacher):
    application = cases.submitted(teacher)
    url = reverse("application_withdraw", args=[application.pk])
    browser = signed_in(teacher)
    assert browser.post(url, {"reason": ""}).status_code == 422
    assert browser.post(url, {"reason": "Ауырдым"}).status_code == 302
    assert only().state == "withdrawn"
    assert route.current(only()) is None
    again = browser.post(url, {"reason": "Ауырдым"})
    assert again.status_code == 422
    line = only().plan_line
    assert line.execution == PlanLine.Execution.NOT_BEGUN


def test_called_off_by_the_centre_alone(signed_in, teacher, centre):
    application = cases.submitted(teacher)
    url = reverse("application_call_off", args=[application.pk])
    assert signed_in(teacher).post(url, {"reason": "x"}).status_code == 403
    assert signed_in(centre).post(url, {"reason": "Курс өтпейді"}).status_code == 302
    assert only().state == "cancelled"


# --- what pages cost ----------------------------------------------------------------------------
def test_queries_do_not_grow_with_people(signed_in, head, course, units):
    url = reverse("application_group_new", args=[course[0].pk])
    browser = signed_in(head)
    browser.get(url)
    with CaptureQueriesContext(connection) as few:
        browser.get(url)
    for _number in range(4):
        person = PostFactory(person=PersonFactory(), unit=units.department).person
        cases.a_line(person, topic="GMP негіздері", provider=course[0].provider)
    with CaptureQueriesContext(connection) as many:
        assert len(browser.get(url).context["lines"]) == 7
    assert len(many) == len(few)


def test_a_month_of_the_plan_proposes_days_still_in_time(signed_in, teacher, time_machine_at):
    line = cases.a_line(
        teacher.person,
        precision=Precision.MONTH,
        starts_on=dt.date(2027, 1, 1),
        ends_on=dt.date(2027, 1, 31),
        hours=40,
    )
    time_machine_at(JANUARY)
    form = signed_in(teacher).get(begin_url(line)).context["form"]
    assert form["starts_on"].value() == dt.date(2027, 1, 24)
    assert form["ends_on"].value() == dt.date(2027, 1, 28)


def test_the_earliest_start_lies_in_the_year_of_the_plan(signed_in, teacher):
    line = cases.a_line(teacher.person)
    words = hint(signed_in(teacher), line, starts_on="2026-12-01", ends_on="2026-12-05")
    assert 'data-take-start="2027-01-01" data-take-end="2027-01-05"' in words


def test_the_paper_of_an_admission_is_not_taken_away(signed_in, teacher, centre):
    application = cases.drafted(teacher)
    file = StoredFile.keep(
        scan_files.upload(scan_files.pdf()), name="x.pdf", content_type="application/pdf", by=centre
    )
    row = applications.attach(
        application=application, kind="late", file=file, actor=centre, on=cases.APPLIED_ON
    )
    browser = signed_in(teacher)
    browser.post(reverse("application_detach", args=[row.pk]))
    row.refresh_from_db()
    assert not row.withdrawn
    edit = said(browser.get(reverse("application_edit", args=[application.pk])))
    assert reverse("application_attachment", args=[row.pk]) in edit
    assert f'form="detach-{row.pk}"' not in edit

"""Illness during the training, and a course cancelled for everybody at once (7.1, 7.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation

from training_plans.domain import interruptions, orders
from training_plans.models import Attachment, Order, PlanLine, TrainingApplication
from workflow import mail
from workflow.models import OutgoingMail
from workflow.transitions import Refused

from .. import scan_files
from ..factories import ProviderFactory
from . import cases

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


IN_BETWEEN = dt.date(2027, 3, 4)
ORDERED_ON = dt.date(2027, 1, 20)
TOPIC = "GMP негіздері"


def ordered(user: Any, accounts: Any, **traits: Any) -> TrainingApplication:
    application = cases.approved(user, accounts, **traits)
    issued([application], accounts)
    return TrainingApplication.objects.get(pk=application.pk)


def issued(applications: list[TrainingApplication], accounts: Any) -> Order:
    hr = accounts["hr"]
    order = orders.draft_order(applications=applications, actor=hr, on=ORDERED_ON)
    return orders.issue_order(order=order, actor=hr, on=ORDERED_ON)


def interrupt(application: TrainingApplication, actor: Any, **more: Any) -> TrainingApplication:
    given = {"interrupted_on": IN_BETWEEN, "reason": "Ауырды", "paper": None, "on": IN_BETWEEN}
    return interruptions.interrupt(application=application, actor=actor, **(given | more))


# --- one training -------------------------------------------------------------------------------
def test_the_employee_marks_the_case_and_hr_sees_it(signed_in, accounts, teacher, hr):
    application = ordered(teacher, accounts)
    url = reverse("case_interrupt", args=[application.pk])
    with time_machine.travel(dt.datetime(2027, 3, 4, 9, tzinfo=dt.UTC)):
        browser = signed_in(teacher)
        assert browser.post(url, {"interrupted_on": "2027-03-20", "reason": "x"}).status_code == 422
        given = {
            "interrupted_on": "2027-03-03",
            "reason": "Ауырып қалдым",
            "paper": scan_files.upload(scan_files.pdf(), "анықтама.pdf"),
        }
        assert browser.post(url, given).status_code == 302
        application.refresh_from_db()
        assert application.state == "ordered"
        assert application.interrupted_on == dt.date(2027, 3, 3)
        assert application.attachments.get().kind == Attachment.Kind.INTERRUPTION
        assert signed_in(hr).post(url, {"reason": "Қате"}).status_code == 302
    application.refresh_from_db()
    assert application.interrupted_on is None


def test_hr_is_told_and_the_reason_is_in_no_letter(accounts, teacher, hr):
    """Why somebody fell ill is read in the case alone."""
    application = ordered(teacher, accounts)
    OutgoingMail.objects.all().delete()
    interrupt(application, teacher, reason="Аппендицит")
    letter = OutgoingMail.objects.get()
    assert (letter.kind, letter.receiver) == ("case_interrupted", hr)
    mail.deliver(now=timezone.now())
    sent = django_mail.outbox[-1]
    assert sent.to == [hr.email]
    assert "04.03.2027" in sent.body
    assert "Аппендицит" not in sent.body
    assert reverse("case", args=[application.pk]) in sent.body


def test_nobody_else_marks_it(signed_in, accounts, teacher, stranger, centre):
    application = ordered(teacher, accounts)
    with pytest.raises(Refused):
        interrupt(application, stranger)
    with pytest.raises(Refused):
        interrupt(application, centre)
    url = reverse("case_interrupt", args=[application.pk])
    assert signed_in(stranger).post(url).status_code == 404
    assert signed_in(centre).post(url).status_code == 403


@pytest.mark.parametrize(
    ("day", "on"),
    [
        (dt.date(2027, 2, 28), IN_BETWEEN),  # before it began
        (dt.date(2027, 3, 5), IN_BETWEEN),  # tomorrow
        (dt.date(2027, 3, 13), dt.date(2027, 3, 20)),  # after its end
    ],
)
def test_only_a_day_of_the_training_that_has_come(accounts, teacher, day, on):
    application = ordered(teacher, accounts)
    with pytest.raises(ValidationError) as refusal:
        interrupt(application, teacher, interrupted_on=day, on=on)
    assert "interrupted_on" in refusal.value.message_dict


def test_not_before_the_order_and_not_before_it_begins(accounts, teacher):
    application = cases.approved(teacher, accounts)
    with pytest.raises(ValidationError, match="Only a training that was ordered"):
        interrupt(application, teacher)
    issued([application], accounts)
    with pytest.raises(ValidationError, match="not begun yet"):
        interrupt(application, teacher, on=dt.date(2027, 2, 20))


def test_twice_is_said(accounts, teacher):
    application = interrupt(ordered(teacher, accounts), teacher)
    with pytest.raises(ValidationError, match="already"):
        interrupt(application, teacher)


# --- a whole course -----------------------------------------------------------------------------
@pytest.fixture
def three(accounts: Any, teacher: Any, researcher: Any, stranger: Any) -> Any:
    """One ordered, one with the visa, one on its way; the same course, written differently."""
    provider = ProviderFactory()
    return (
        ordered(teacher, accounts, topic=TOPIC, provider=provider),
        cases.approved(researcher, accounts, topic="GMP  НЕГІЗДЕРІ", provider=provider),
        cases.submitted(stranger, topic=TOPIC, provider=provider),
    )


def call_off(application: Any, actor: Any, **more: Any) -> Any:
    found = interruptions.cases_of_course(application)
    given = {"shown": found.shown, "reason": "Курс өтпейді", "on": ORDERED_ON}
    return interruptions.call_off_course(application=application, actor=actor, **(given | more))


def states(three: Any) -> list[str]:
    return [TrainingApplication.objects.get(pk=case.pk).state for case in three]


def test_the_provider_cancels_for_everybody_at_once(three, accounts, centre):
    _cases, drafts = call_off(three[0], centre)
    assert states(three) == ["ordered", "cancelled", "cancelled"]
    (draft,) = drafts
    assert (draft.kind, draft.state, draft.because) == ("cancel", "draft", "Курс өтпейді")
    assert [line.application_id for line in draft.lines.all()] == [three[0].pk]
    assert draft.refers_to.lines.get().application_id == three[0].pk
    free = PlanLine.objects.get(pk=three[1].plan_line_id)
    assert free.execution == PlanLine.Execution.NOT_BEGUN
    orders.issue_order(order=draft, actor=accounts["hr"], on=ORDERED_ON)
    assert states(three)[0] == "cancelled"


def test_who_stands_in_a_draft_order_is_taken_out_of_it(three, accounts, centre):
    orders.draft_order(applications=[three[1]], actor=accounts["hr"], on=ORDERED_ON)
    call_off(three[0], centre)
    assert states(three) == ["ordered", "cancelled", "cancelled"]
    assert three[1].order_lines.get().withdrawn


def test_one_refusal_stops_all_of_it(three, centre, monkeypatch):
    def refuse(**_given: Any) -> None:
        raise ValidationError("no")

    monkeypatch.setattr(orders, "draft_order", refuse)
    with pytest.raises(ValidationError):
        call_off(three[0], centre)
    assert states(three) == ["ordered", "approved", "submitted"]
    assert not OutgoingMail.objects.filter(kind="case_called_off").exists()


def test_a_list_that_changed_meanwhile_is_shown_again(three, centre, teacher):
    with pytest.raises(ValidationError, match="changed meanwhile"):
        call_off(three[0], centre, shown="1:submitted")
    assert states(three) == ["ordered", "approved", "submitted"]


def test_another_start_or_provider_is_another_course(three, accounts, teacher, head):
    other = cases.submitted(head, topic=TOPIC, provider=ProviderFactory(name="Басқа"))
    found = interruptions.cases_of_course(three[0])
    rows = [*found.before, *found.ordered, *found.stays]
    assert other.pk not in {row.pk for row in rows}
    assert len(rows) == 3


def test_the_pages_of_the_centre(signed_in, three, centre, teacher):
    browser = signed_in(centre)
    listed = browser.get(reverse("course_call_off"))
    (course,) = listed.context["courses"]
    assert course.people == 3
    url = reverse("course_call_off_one", args=[course.pk])
    page = browser.get(url)
    assert page.content.decode().count("</b></a>") >= 3
    shown = dict(page.context["hidden"])["shown"]
    assert browser.post(url, {"shown": shown, "reason": ""}).status_code == 422
    done = browser.post(url, {"shown": shown, "reason": "Курс өтпейді"})
    assert done.url == reverse("order", args=[Order.objects.get(kind="cancel").pk])
    again = browser.post(url, {"shown": shown, "reason": "Курс өтпейді"})
    assert again.status_code == 422  # a second click changes nothing
    assert Order.objects.filter(kind="cancel").count() == 1
    assert signed_in(teacher).get(url).status_code == 404
    assert signed_in(teacher).get(reverse("course_call_off")).status_code == 403

"""The life of a case, by all who have a part in it: from the plan line to the closed file.

The employee is at the phone. What is pressed is found by its address and by the names of fields,
so that the words of the catalogue may change; what the program says is read in Kazakh.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from skma_qualification.demo.planning import nothing_is_printed
from staff.domain import standings
from staff.models import Standing, TrainingRecord
from training_plans.case_papers import application_data
from training_plans.domain import applications, orders, route
from training_plans.models import (
    RATINGS,
    Attachment,
    Contract,
    Evidence,
    Order,
    OrderLine,
    PlanLine,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from training_plans.tasks import send_due_notices
from workflow.models import Decision, OutgoingMail, Substitution

from ..conftest import NOON
from ..factories import ProviderFactory
from ..training_plans import cases
from ..training_plans.test_case_queue import colleague
from .inspection import PHONE
from .test_registry import PDF, scan

pytestmark = pytest.mark.browser

TOPIC = "Клиникалық хаттамалар"
APPLIED, AGREED, ORDERED = dt.date(2027, 1, 11), dt.date(2027, 1, 13), dt.date(2027, 1, 20)
SIGNED = dt.date(2027, 1, 25)
ENDED, HANDED_IN = dt.date(2027, 3, 12), dt.date(2027, 3, 15)
RETURNED, ACCEPTED = dt.date(2027, 3, 16), dt.date(2027, 3, 17)
DUE = dt.date(2027, 3, 17)
Desks = Callable[..., Page]
State = TrainingApplication.State


# --- pieces of the pages --------------------------------------------------------------------------
@contextmanager
def on(day: dt.date) -> Iterator[None]:
    """That day, from noon on."""
    noon = NOON.replace(year=day.year, month=day.month, day=day.day)
    with time_machine.travel(noon, tick=True):
        yield


def click(place: Locator) -> None:
    """What leads to another page; returns when that is there."""
    with place.page.expect_navigation():
        place.click()


def follow(page: Page, name: str, *args: Any) -> None:
    """A link of the page itself that leads to an address."""
    click(page.locator(f'main a[href^="{reverse(name, args=args)}"]').first)


def button(page: Page, name: str, *args: Any) -> Locator:
    """What posts to an address."""
    address = reverse(name, args=args)
    return page.locator(
        f'main form[action="{address}"] button[type=submit]:not([formaction]), '
        f'main button[formaction="{address}"]'
    ).first


def press(page: Page, name: str, *args: Any) -> None:
    click(button(page, name, *args))


def submit(page: Page, **attributes: str) -> None:
    """The button of the form the page is about, such as ``do="send"``."""
    wanted = "".join(f'[name="{key}"][value="{value}"]' for key, value in attributes.items())
    click(page.locator(f"main form button[type=submit].btn{wanted or '.btn-primary'}").first)


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f'main [name="{name}"]').fill(value)


def at(page: Page, name: str, *args: Any) -> None:
    """The page has this address."""
    assert page.url.split("?")[0].endswith(reverse(name, args=args)), page.url


def fits_the_phone(page: Page) -> None:
    """In Kazakh, and nothing is wider than the phone."""
    assert page.evaluate("document.documentElement.lang") == "kk"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def written(day: dt.date) -> str:
    return f"{day:%d.%m.%Y}"


def photo(name: str) -> Any:
    """A certificate as a phone photographs it."""
    picture = Image.new("RGB", (1600, 1200), "#fdfbf4")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((60, 60, 1540, 1140), outline="#204060", width=8)
    pen.text((200, 300), f"SERTIFIKAT № KZ-27/118 {name}", fill="#101010", font_size=48)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85)
    return scan("IMG_2027.jpg", "image/jpeg", kept.getvalue())


@pytest.fixture(autouse=True)
def _papers_are_drawn_when_opened() -> Iterator[None]:
    with nothing_is_printed():
        yield


# --- the academy ----------------------------------------------------------------------------------
@pytest.fixture
def cast(units: Any, accounts: Any) -> SimpleNamespace:
    """Everybody a case passes, and a colleague of the teacher."""
    names = ("teacher", "head", "centre", "finance", "vicerector", "rector", "hr", "legal")
    cast = SimpleNamespace(**{name: accounts[name] for name in names})
    cast.accounts, cast.secretary = accounts, accounts["secretary"]
    cast.colleague = colleague(units.department)
    return cast


def the_case() -> TrainingApplication:
    return TrainingApplication.objects.get(person__account__username="teacher")


# --- the scenes: up to the order ------------------------------------------------------------------
def the_teacher_applies_on_a_phone(page: Page, line: PlanLine) -> None:
    """Two clicks: «Apply», «Send»."""
    page.goto("/")
    fits_the_phone(page)
    click(page.locator(f'main a.btn[href="{reverse("application_begin", args=[line.pk])}"]'))
    fits_the_phone(page)
    expect(page.locator("#application-hint")).to_contain_text(written(dt.date(2027, 2, 9)))
    submit(page, do="send")
    case = the_case()
    at(page, "case", case.pk)
    fits_the_phone(page)
    assert (case.state, case.number_text) == (State.SUBMITTED, "2027-0002")
    expect(page.locator("main")).to_contain_text(case.number_text)


def agrees_from_the_queue(page: Page, case: TrainingApplication) -> None:
    page.goto("/")
    follow(page, "case_queue")
    line = page.locator(".queue-line").filter(has_text=case.person.full_name)
    click(line.locator(f'button[formaction="{reverse("case_decide", args=[case.pk, "agree"])}"]'))
    at(page, "case_queue")
    expect(page.locator(".queue-line").filter(has_text=case.person.full_name)).to_have_count(0)


def agrees_on_the_page_of_the_case(page: Page, case: TrainingApplication) -> None:
    page.goto(reverse("case", args=[case.pk]))
    press(page, "case_decide", case.pk, "agree")
    at(page, "case", case.pk)
    expect(button(page, "case_decide", case.pk, "agree")).to_have_count(0)


def the_rector_signs_many_at_once(page: Page) -> None:
    page.goto("/")
    follow(page, "case_queue")
    expect(page.locator(".queue-line")).to_have_count(2)
    page.locator('[data-pick-all="ids"]').check()
    expect(page.locator('[data-pick-count="ids"]')).to_have_text("2")
    click(page.locator(".queue-bar button[type=submit]"))
    expect(page.locator(".queue-line")).to_have_count(0)
    states = TrainingApplication.objects.values_list("state", flat=True)
    assert list(states) == [State.APPROVED, State.APPROVED]


def hr_orders_both(page: Page) -> Order:
    page.goto("/")
    follow(page, "order_new")
    expect(page.locator(".order-group")).to_have_count(1)
    click(page.locator(".order-group button[name=group]"))
    order = Order.objects.get()
    at(page, "order", order.pk)
    press(page, "order_issue", order.pk)
    order.refresh_from_db()
    assert (order.state, order.number, order.lines.count()) == (Order.State.ISSUED, 1, 2)
    expect(page.locator("h1")).to_contain_text(order.number_text)
    assert order.paper is not None
    follow(page, "paper", order.paper.token)
    expect(page.locator("iframe")).to_be_visible()
    return order


def the_teacher_acquaints_by_one_click(page: Page, order: Order) -> None:
    page.goto("/")
    case = the_case()
    follow(page, "case", case.pk)
    fits_the_phone(page)
    expect(page.locator(".case-page")).to_contain_text(written(DUE))
    line = OrderLine.objects.get(order=order, application=case)
    press(page, "order_acquaint", line.pk)
    expect(button(page, "order_acquaint", line.pk)).to_have_count(0)
    line.refresh_from_db()
    assert line.acquainted_on == ORDERED


def legal_draws_up_and_signs_the_contract(page: Page) -> None:
    page.goto("/")
    follow(page, "contract_list")
    contract = Contract.objects.get(application=the_case())
    follow(page, "contract", contract.pk)
    expect(page.locator(".contract-words[lang=kk]")).not_to_be_empty()
    follow(page, "contract_edit", contract.pk)
    fill(
        page,
        identity_document="№ 041234567, 12.05.2021, ІІМ",
        address="Шымкент, Абай көшесі, 1",
        signatory="Ректор",
        authority="Жарғы",
    )
    submit(page)
    press(page, "contract_issue", contract.pk)
    follow(page, "contract_sign", contract.pk)
    fill(page, signed_on=SIGNED.isoformat())
    page.locator("[data-scan-files]").set_input_files(scan("қол.pdf", "application/pdf", PDF))
    submit(page)
    contract.refresh_from_db()
    assert (contract.state, contract.signed_on) == (Contract.State.SIGNED, SIGNED)
    assert contract.number_text in page.locator("h1").inner_text()


# --- the scenes: after the end --------------------------------------------------------------------
def a_letter_came(kind: str, user: Any) -> None:
    assert OutgoingMail.objects.filter(kind=kind, receiver=user).count() == 1


def the_teacher_hands_in_by_phone(page: Page) -> None:
    case = the_case()
    page.goto("/")
    follow(page, "hand_in", case.pk)
    fits_the_phone(page)
    follow(page, "evidence_edit", case.pk)
    page.locator("[data-scan-camera]").set_input_files(photo("Teacherova"))
    expect(page.locator("[data-scan-list] li")).to_have_count(1)
    expect(page.locator("[name=hours]")).to_have_value("72")
    fill(page, document_number="KZ-27/118", document_date=ENDED.isoformat())
    fits_the_phone(page)
    submit(page, keep="1")
    evidence = Evidence.objects.get()
    assert evidence.file is not None
    assert evidence.file.content_type == "application/pdf"

    page.goto(reverse("hand_in", args=[case.pk]))
    expect(page.locator(".hand-in-foot button[name=part]")).to_be_disabled()
    follow(page, "report_edit", case.pk)
    fits_the_phone(page)
    the_report_is_written(page)
    click(page.locator("button[name=done]"))
    page.goto(reverse("hand_in", args=[case.pk]))
    click(page.locator(".hand-in-foot button[name=part]"))
    case.refresh_from_db()
    assert (case.state, case.documents_sent_on) == (State.DOCUMENTS_SUBMITTED, HANDED_IN)
    assert case.documents_late_days == 0


def the_report_is_written(page: Page) -> None:
    fill(page, goals="Жаңа хаттамаларды меңгеру", knowledge="Жүрек жеткіліксіздігі")
    module = {"topic": "Хаттамалар", "hours": "72", "content": "Негіздері"}
    fill(page, **{f"modules-0-{name}": value for name, value in module.items()})
    proposal = {"what": "Семинар", "where": "Кафедра", "how": "Дәріс", "due": "2027-05-20"}
    fill(page, **{f"proposals-0-{name}": value for name, value in proposal.items()})
    for name in RATINGS:
        page.locator(f'label:has([name="{name}"][value="5"])').click()
    page.locator('label:has([name="recommend"][value="yes"])').click()
    # kept as it is typed, without a button
    expect(page.locator("#report-state.ok")).to_be_visible()
    expect(page.locator("#report-ready")).to_contain_text("100")
    page.locator('button[name=add][value="modules"]').click()
    expect(page.locator(".rows-modules > li")).to_have_count(2)
    page.locator('button[name=remove][value="modules-1"]').click()
    expect(page.locator(".rows-modules > li")).to_have_count(1)


def the_centre_returns_the_report(page: Page) -> None:
    report = TraineeReport.objects.get()
    page.goto("/")
    follow(page, "report_queue")
    follow(page, "trainee_report", report.pk)
    page.locator(".return-box summary").click()
    fill(page, reason="Модульдің мазмұнын толық жазыңыз")
    press(page, "trainee_report_return", report.pk)
    report.refresh_from_db()
    assert report.state == TraineeReport.State.RETURNED


def the_teacher_resends_it(page: Page) -> None:
    case = the_case()
    page.goto("/")
    follow(page, "hand_in", case.pk)
    expect(page.locator("main")).to_contain_text("Модульдің мазмұнын толық жазыңыз")
    follow(page, "report_edit", case.pk)
    fill(page, **{"modules-0-content": "Диагностика, емдеу, диспансерлік бақылау"})
    # onto the button that takes the row away, which is not pressed by it
    page.locator('[name="modules-0-content"]').press("Tab")
    expect(page.locator('button[name=remove][value="modules-0"]')).to_be_focused()
    expect(page.locator("#report-state.ok")).to_be_visible()
    expect(page.locator('[name="modules-0-topic"]')).to_have_value("Хаттамалар")
    click(page.locator("button[name=send]"))
    assert TraineeReport.objects.get().state == TraineeReport.State.SENT


def the_centre_accepts_the_report(page: Page) -> None:
    report = TraineeReport.objects.get()
    page.goto("/")
    follow(page, "report_queue")
    follow(page, "trainee_report", report.pk)
    expect(page.locator("main")).to_contain_text("Диагностика, емдеу, диспансерлік бақылау")
    press(page, "trainee_report_accept", report.pk)
    report.refresh_from_db()
    assert report.state == TraineeReport.State.ACCEPTED
    assert report.paper is not None


def hr_verifies_beside_the_picture(page: Page) -> None:
    evidence = Evidence.objects.get()
    page.goto("/")
    follow(page, "evidence_queue")
    follow(page, "evidence", evidence.pk)
    picture = page.locator(".picture iframe, .picture img").bounding_box()
    checklist = page.locator("#checklist").bounding_box()
    assert picture and checklist
    assert picture["x"] + picture["width"] <= checklist["x"]
    for tick in page.locator("#checklist [name^=tick_]").all():
        tick.check()
    press(page, "evidence_verify", evidence.pk)
    evidence.refresh_from_db()
    assert evidence.state == Evidence.State.VERIFIED


def the_record_counts(page: Page) -> None:
    """The ring on the teacher's page is full, the line of the plan done, the case closed."""
    record = TrainingRecord.objects.get()
    assert (record.hours, record.source) == (72, TrainingRecord.Source.CASE)
    page.goto("/")
    fits_the_phone(page)
    expect(page.locator(".ring text").first).to_have_text("72")
    expect(page.locator(".ring-compliant")).to_have_count(1)
    case = the_case()
    assert (case.state, case.closed_on) == (State.CLOSED, ACCEPTED)
    assert case.plan_line is not None
    assert case.plan_line.execution == PlanLine.Execution.DONE
    page.goto(reverse("case", args=[case.pk]))
    expect(page.locator(".case-steps li.done").last).to_be_visible()
    expect(page.locator(".case-steps li.current")).to_have_count(0)
    fits_the_phone(page)


def test_the_life_of_a_case(desk_of: Desks, cast: Any) -> None:
    terms: dict[str, Any] = {"topic": TOPIC, "provider": ProviderFactory(name="ҚазҰМУ")}
    standings.restate_everybody(on=APPLIED)
    other = cases.agreed(cases.submitted(cast.colleague, **terms), cast.accounts, until="rector")
    line = cases.a_line(cast.teacher.person, **terms)
    applications.give_consent(person=cast.teacher.person, actor=cast.teacher, on=APPLIED)

    with on(APPLIED):
        phone = desk_of(cast.teacher, PHONE)
        phone.goto("/")
        expect(phone.locator(".ring-overdue")).to_have_count(1)
        the_teacher_applies_on_a_phone(phone, line)
        case = the_case()
        agrees_from_the_queue(desk_of(cast.head), case)
    with on(AGREED):
        agrees_from_the_queue(desk_of(cast.centre), case)
        agrees_on_the_page_of_the_case(desk_of(cast.finance), case)
        agrees_from_the_queue(desk_of(cast.vicerector), case)
        the_rector_signs_many_at_once(desk_of(cast.rector))
    assert [step.kind for step in case.steps.order_by("place")] == [
        "head",
        "centre",
        "finance",
        "vice_rector",
        "rector",
    ]
    with on(ORDERED):
        order = hr_orders_both(desk_of(cast.hr))
        a_letter_came("case_ordered", cast.teacher)
        a_letter_came("case_ordered", other.filed_by)
        the_teacher_acquaints_by_one_click(desk_of(cast.teacher, PHONE), order)
    with on(SIGNED):
        legal_draws_up_and_signs_the_contract(desk_of(cast.legal))
    with on(ENDED):
        send_due_notices()
        send_due_notices()
        a_letter_came("documents_due", cast.teacher)
    with on(HANDED_IN):
        the_teacher_hands_in_by_phone(desk_of(cast.teacher, PHONE))
    with on(RETURNED):
        the_centre_returns_the_report(desk_of(cast.centre))
        a_letter_came("report_returned", cast.teacher)
        the_teacher_resends_it(desk_of(cast.teacher, PHONE))
    with on(ACCEPTED):
        the_centre_accepts_the_report(desk_of(cast.centre))
        hr_verifies_beside_the_picture(desk_of(cast.hr))
        a_letter_came("case_accepted", cast.teacher)
        the_record_counts(desk_of(cast.teacher, PHONE))
    [standing] = Standing.objects.filter(person=cast.teacher.person).on(ACCEPTED)
    assert vars(standing)["state"] == "compliant"


# --- late -----------------------------------------------------------------------------------------
def test_a_late_application_is_refused_admitted_and_marked(desk_of: Desks, cast: Any) -> None:
    line = cases.a_line(cast.teacher.person, topic=TOPIC)
    late, earliest = dt.date(2027, 2, 15), dt.date(2027, 3, 7)
    with on(late):
        phone = desk_of(cast.teacher, PHONE)
        phone.goto(reverse("application_begin", args=[line.pk]))
        expect(phone.locator("#application-hint")).to_contain_text(written(earliest))
        phone.locator("[name=agree]").check()
        fill(phone, replaced_how="Семинарларды әріптесім жүргізеді")
        submit(phone, do="send")
        expect(phone.locator("main [role=alert]").first).to_contain_text(written(earliest))
        expect(phone.locator("[name=replaced_how]")).to_have_value(
            "Семинарларды әріптесім жүргізеді"
        )
        fits_the_phone(phone)
        assert not TrainingApplication.objects.exists()

        click(phone.locator("button[name=do][value=ask]"))
        case = the_case()
        at(phone, "application_ask_late", case.pk)
        fill(phone, late_reason="Шақыру хат кеше ғана келді")
        submit(phone)
        case.refresh_from_db()
        assert (case.state, case.late_asked_on) == (State.DRAFT, late)
        a_letter_came("case_late", cast.centre)

        centre = desk_of(cast.centre)
        centre.goto("/")
        follow(centre, "case_list")
        follow(centre, "case", case.pk)
        follow(centre, "application_admit", case.pk)
        expect(centre.locator("main")).to_contain_text("Шақыру хат кеше ғана келді")
        fill(centre, reason="Ұйымдастырушы шақыруды кеш жіберді")
        submit(centre)  # the paper is missing
        expect(centre.locator("[name=reason]")).to_have_value("Ұйымдастырушы шақыруды кеш жіберді")
        centre.locator("[data-scan-files]").set_input_files(scan("х.pdf", "application/pdf", PDF))
        submit(centre)
        assert case.attachments.get().kind == Attachment.Kind.LATE
        a_letter_came("case_admitted", cast.teacher)

        phone = desk_of(cast.teacher, PHONE)
        phone.goto("/")
        follow(phone, "case", case.pk)
        press(phone, "application_send", case.pk)
        case.refresh_from_db()
        assert (case.state, case.is_late) == (State.SUBMITTED, True)
        marked = str(phone.locator(".case-head .case-marks").inner_text()).strip()
        assert marked

        head = desk_of(cast.head)
        head.goto(reverse("case_queue"))
        for mark in filter(None, (part.strip() for part in marked.splitlines())):
            expect(head.locator(".queue-line .case-marks")).to_contain_text(mark)


# --- a substitute ---------------------------------------------------------------------------------
def test_a_substitute_signs_for_the_head(desk_of: Desks, cast: Any) -> None:
    with on(APPLIED):
        desk = desk_of(cast.head)
        desk.goto("/")
        desk.locator("details.account summary").click()
        click(desk.locator(f'details.account a[href="{reverse("substitutes")}"]'))
        follow(desk, "substitute_add")
        fill(
            desk,
            substitute=cast.secretary.person.personnel_number,
            starts_on=AGREED.isoformat(),
            ends_on=ORDERED.isoformat(),
            because="Іссапар",
        )
        submit(desk)
        at(desk, "substitutes")
        row = Substitution.objects.get()
        assert (row.absent, row.substitute) == (cast.head, cast.secretary)
        case = cases.submitted(cast.teacher, topic=TOPIC)
        desk = desk_of(cast.secretary)
        desk.goto(reverse("case", args=[case.pk]))
        expect(button(desk, "case_decide", case.pk, "agree")).to_have_count(0)
    with on(AGREED):
        desk = desk_of(cast.secretary)
        desk.goto(reverse("case_queue"))
        expect(desk.locator(".queue-who .chip")).to_contain_text(cast.head.display_name)
        agrees_from_the_queue(desk, case)
        step = case.steps.get(kind=RouteStep.Kind.HEAD)
        assert step.decision is not None
        assert (step.decision.actor, step.decision.on_behalf_of) == (cast.secretary, cast.head)

        phone = desk_of(cast.teacher, PHONE)
        phone.goto(reverse("case", args=[case.pk]))
        said = phone.locator(".decisions li").filter(has_text=cast.secretary.display_name)
        expect(said).to_contain_text(cast.head.display_name)
        fits_the_phone(phone)
        visa = application_data(case, on=AGREED)["visas"][0]
        assert visa["for"]["name"] == cast.head.person.full_name
        follow(phone, "application_draft_paper", case.pk)
        paper = phone.request.get(f"{reverse('application_draft_paper', args=[case.pk])}?pdf")
        assert paper.body().startswith(b"%PDF")
    with on(ORDERED + dt.timedelta(days=1)):
        again = cases.submitted(cast.colleague, topic=TOPIC, on=ORDERED)
        desk = desk_of(cast.secretary)
        assert desk.goto(reverse("case_queue")).status in (200, 403)  # type: ignore[union-attr]
        expect(desk.locator(".queue-line")).to_have_count(0)
        assert route.current(again) is not None


# --- the order changes ----------------------------------------------------------------------------
def test_an_order_is_changed_and_cancelled(desk_of: Desks, cast: Any) -> None:
    case = cases.approved(cast.teacher, cast.accounts, topic=TOPIC)
    first = orders.draft_order(applications=[case], actor=cast.hr, on=ORDERED)
    first = orders.issue_order(order=first, actor=cast.hr, on=ORDERED)
    with on(SIGNED):
        desk = desk_of(cast.hr)
        desk.goto(reverse("order", args=[first.pk]))
        follow(desk, "order_change", first.pk)
        desk.locator("[name=people]").check()
        fill(desk, because="Курс бір аптаға ауысты")
        submit(desk)
        change = Order.objects.get(kind=Order.Kind.CHANGE)
        at(desk, "order_edit", change.pk)
        key = change.lines.get().pk
        fill(desk, **{f"starts_on_{key}": "2027-03-08", f"ends_on_{key}": "2027-03-19"})
        submit(desk)
        case.refresh_from_db()
        assert case.ends_on == ENDED, "nothing changes before it is issued"
        press(desk, "order_issue", change.pk)
        case.refresh_from_db()
        assert (case.starts_on, case.ends_on) == (dt.date(2027, 3, 8), dt.date(2027, 3, 19))
        assert case.documents_due_on is not None
        assert case.documents_due_on > DUE
        a_letter_came("case_changed", cast.teacher)

        phone = desk_of(cast.teacher, PHONE)
        phone.goto(reverse("case", args=[case.pk]))
        expect(phone.locator(".case-line")).to_contain_text("19")
        press(phone, "order_acquaint", change.lines.get().pk)
        fits_the_phone(phone)

        desk.goto(reverse("order", args=[change.pk]))
        follow(desk, "order", first.pk)
        follow(desk, "order_cancel", first.pk)
        desk.locator("[name=people]").check()
        fill(desk, because="Ұйымдастырушы курсты өткізбейді")
        click(desk.locator("main form button.btn-danger"))
        cancel = Order.objects.get(kind=Order.Kind.CANCEL)
        at(desk, "order", cancel.pk)
        press(desk, "order_issue", cancel.pk)
        case.refresh_from_db()
        assert case.state == State.CANCELLED
        a_letter_came("case_cancelled", cast.teacher)
        assert set(Order.objects.values_list("number", flat=True)) == {1, 2, 3}

        # the line of the plan can be applied for again
        phone = desk_of(cast.teacher, PHONE)
        phone.goto("/")
        line = case.plan_line_id
        expect(
            phone.locator(f'main a[href="{reverse("application_begin", args=[line])}"]').first
        ).to_be_visible()
        phone.goto(reverse("case", args=[case.pk]))
        expect(phone.locator("main")).to_contain_text("Ұйымдастырушы курсты өткізбейді")
        fits_the_phone(phone)


# --- a stale form, a double click -----------------------------------------------------------------
def test_nothing_is_lost_by_a_stale_form_or_sent_twice(desk_of: Desks, cast: Any) -> None:
    with on(APPLIED):
        case = cases.drafted(cast.teacher, topic=TOPIC)
        edit = reverse("application_edit", args=[case.pk])
        phone, desk = desk_of(cast.teacher, PHONE), desk_of(cast.teacher)
        phone.goto(edit)
        desk.goto(edit)
        fill(desk, replaced_how="Аға оқытушы")
        submit(desk, do="keep")

        fill(phone, cost_travel="15000", replaced_how="Доцент")
        submit(phone, do="keep")
        expect(phone.locator(".meanwhile")).to_contain_text("Аға оқытушы")
        expect(phone.locator("[name=replaced_how]")).to_have_value("Доцент")
        fits_the_phone(phone)
        case.refresh_from_db()
        assert (case.replaced_how, case.cost_travel) == ("Аға оқытушы", 0)
        submit(phone, do="keep")
        case.refresh_from_db()
        assert (case.replaced_how, case.cost_travel) == ("Доцент", 15_000)

        # an impatient finger; and the other window, where the form stands open still
        phone.goto(edit)
        desk.goto(edit)
        with phone.expect_navigation():
            phone.locator("button[name=do][value=send].btn").dblclick()
        at(phone, "case", case.pk)
        submit(desk, do="send")
        at(desk, "case", case.pk)
        case.refresh_from_db()
        assert case.state == State.SUBMITTED
        assert case.steps.filter(state=RouteStep.State.WAITING).count() == 1
        assert case.steps.values("round").distinct().count() == 1
        assert Decision.objects.about(case).count() == 1
        assert OutgoingMail.objects.filter(kind="case_turn").count() == 1
        assert TrainingApplication.objects.count() == 1

        # two windows with the form of one line of the plan, both sent: one case
        line = cases.a_line(
            cast.teacher.person, starts_on=dt.date(2027, 5, 3), ends_on=dt.date(2027, 5, 14)
        )
        for page in (phone, desk):
            page.goto(reverse("application_begin", args=[line.pk]))
        submit(phone, do="send")
        submit(desk, do="send")
        twin = TrainingApplication.objects.get(plan_line=line)
        at(phone, "case", twin.pk)
        at(desk, "case", twin.pk)
        assert TrainingApplication.objects.count() == 2

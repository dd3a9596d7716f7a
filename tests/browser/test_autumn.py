"""The whole autumn: the year opened, requests, the plan approved, amended to version 2.

By those who do it, each in a window of their own; and an event of the Centre, up to certificates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from skma_qualification.demo.planning import nothing_is_printed
from staff.domain import standings
from staff.models import Area, Person, Provider
from staff.models.standing import State
from training_plans.models import (
    AmendmentItem,
    Event,
    Funding,
    Participant,
    Plan,
    PlanLine,
    PlanningYear,
    Request,
    RequestLine,
)
from workflow.models import IssuedPaper, OutgoingMail

from ..conftest import NOON
from ..factories import (
    CourseFactory,
    PersonFactory,
    PlanningYearFactory,
    PostFactory,
    TrainingRecordFactory,
)
from .inspection import PHONE
from .test_registry import PDF, scan
from .words import choose, field, go, heading, kk, label_of, link, name_of, press, told

pytestmark = pytest.mark.browser

YEAR = 2027
TOPIC = "Дәлелді медицина негіздері"
Desks = Callable[..., Page]


# --- pieces of the pages --------------------------------------------------------------------------
@contextmanager
def on(month: int, day: int) -> Iterator[None]:
    """A day of the autumn of 2026, from noon on."""
    with time_machine.travel(NOON.replace(month=month, day=day), tick=True):
        yield


def terms(page: Page | Locator, name: str) -> Locator:
    return field(page, name_of(RequestLine, name))


def line_of(page: Page, person: Any) -> Locator:
    """The line of somebody in a request, open or closed."""
    return page.locator("ol.lines > li").filter(has_text=person.full_name)


def row_of(page: Page, person: Any) -> Locator:
    """The row of somebody in the plan."""
    return page.get_by_role("row").filter(has_text=person.full_name)


def tile(page: Page, label: str) -> Locator:
    return page.locator(".tile").filter(has_text=label).locator(".tile-figure")


def number(words: str) -> int:
    """The first number of a text: «1 234 found»."""
    found = re.search(r"\d[\d\s]*", words)
    assert found, words
    return int("".join(found.group().split()))


def task(page: Page, words: str) -> Locator:
    """Something to do on the home page."""
    page.goto("/")
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=words)


def file_of(page: Page) -> bytes:
    """The PDF of the paper shown."""
    address = page.get_by_role("link", name=kk("Download PDF")).get_attribute("href")
    return page.request.get(str(address)).body()


def verified(page: Page, paper: IssuedPaper) -> None:
    """The public page of a paper, opened by nobody we know: number, fingerprint, no person."""
    page.goto(reverse("verification", args=[paper.token]))
    main = page.locator("body")
    expect(main).to_contain_text(
        kk("This paper was issued by the academy, and its data are unchanged.")
    )
    expect(main).to_contain_text(paper.number)
    said = main.inner_text()
    assert paper.fingerprint in "".join(said.split()).lower()
    for person in Person.objects.all():
        assert person.last_name not in said


@pytest.fixture(autouse=True)
def _papers_are_drawn_when_opened() -> Iterator[None]:
    """Without a queue they would be drawn before the browser gets its answer."""
    with nothing_is_printed():
        yield


# --- the academy ----------------------------------------------------------------------------------
def teacher_of(unit: Any, name: str, ended: dt.date | None = None, **post: Any) -> Any:
    """Somebody whose 72 hours ended on a day, three years before they are due again."""
    person = PersonFactory(last_name=name, with_email=True)
    PostFactory(person=person, unit=unit, **post)
    if ended is not None:
        TrainingRecordFactory(person=person, ends_on=ended)
    return person


@pytest.fixture
def cast(units: Any, accounts: Any) -> SimpleNamespace:
    """Who plays: the accounts, and people of two departments.

    Of the department fall due the head, who is overdue, ``march``, ``may``, ``autumn`` and the
    ``clerk``, who does not teach; ``fine`` does not. A course of the catalogue fits the teachers.
    """
    cast = SimpleNamespace(
        centre=accounts["centre"],
        methodologist=accounts["methodologist"],
        head=accounts["head"],
        other_head=accounts["stranger_head"],
        march=teacher_of(units.department, "Наурызова", dt.date(2024, 3, 20)),
        may=teacher_of(units.department, "Мамырова", dt.date(2024, 5, 28)),
        autumn=teacher_of(units.department, "Күзенова", dt.date(2024, 10, 30)),
        clerk=teacher_of(units.department, "Кеңсебекова", administrative=True),
        fine=teacher_of(units.department, "Дұрысова", dt.date(2026, 5, 1)),
        late=teacher_of(units.other_department, "Кешікова", dt.date(2024, 6, 30)),
        course=CourseFactory(
            title=TOPIC,
            provider__name="ОҚМА",
            provider__kind=Provider.Kind.ACADEMY,
            mode="on_site",
            city="Шымкент",
        ),
    )
    standings.restate_everybody(on=dt.date(2026, 10, 5))
    return cast


# --- the scenes -----------------------------------------------------------------------------------
def the_centre_opens_the_year(page: Page) -> None:
    page.goto("/")
    go(page, "Planning year")
    link(page, kk("Open a planning year")).click()
    expect(field(page, name_of(PlanningYear, "requests_due"))).to_have_value("2026-11-15")
    expect(field(page, name_of(PlanningYear, "plan_due"))).to_have_value("2026-12-01")
    field(page, name_of(PlanningYear, "year")).fill(str(YEAR))
    approver = field(page, name_of(PlanningYear, "approver"))
    choose(approver, label_of(PlanningYear.Approver.CENTRE_HEAD))
    field(page, label_of(Funding.EMPLOYER)).fill("1 000 000")
    first = page.get_by_role("group", name=kk("Priority %(number)s", number=1))
    field(first, kk("Topic in Kazakh")).fill("Симуляциялық оқыту")
    choose(field(first, kk("Area")), label_of(Area.PROFILE))
    press(page, kk("Open and tell the heads"))
    expect(heading(page)).to_contain_text(kk("Planning of %(year)s", year=YEAR))
    expect(page.get_by_text("Симуляциялық оқыту")).to_be_visible()


def the_head_fills_it_in(page: Page, cast: Any) -> None:
    todo = task(page, kk("The request is not begun"))
    todo.get_by_role("button", name=kk("Begin the request")).click()
    expect(heading(page)).to_contain_text(kk("Request for %(year)s", year=YEAR))
    everybody = [cast.head.person, cast.march, cast.may, cast.autumn, cast.clerk]
    expect(page.locator("ol.lines > li")).to_have_count(len(everybody))
    for person in everybody:
        expect(line_of(page, person)).to_be_visible()
    expect(line_of(page, cast.march)).to_contain_text(TOPIC)

    # A line is changed where it stands, and is kept without a button.
    march = line_of(page, cast.march)
    march.get_by_role("link", name=kk("Change")).click()
    terms(march, "topic").fill("Клиникалық хаттамалар")
    terms(march, "topic").press("Tab")
    expect(march.locator(".line-editor .save-state")).to_contain_text(kk("saved"))
    choose(field(march, kk("Month")), "Ақпан")
    expect(march.locator(".line-when")).to_contain_text("Ақпан", ignore_case=True)
    terms(march, "cost").fill("-5")
    terms(march, "cost").press("Tab")
    expect(march.get_by_role("alert")).to_be_visible()
    terms(march, "cost").fill("80000")
    terms(march, "cost").press("Tab")
    expect(march.locator(".line-editor .save-state")).to_contain_text(kk("saved"))
    march.get_by_role("button", name=kk("Done")).click()
    expect(march).to_contain_text("Клиникалық хаттамалар")
    line = RequestLine.objects.get(person=cast.march)
    assert (line.topic, line.starts_on, line.cost) == (
        "Клиникалық хаттамалар",
        dt.date(YEAR, 2, 1),
        Decimal(80_000),
    )

    # One is left out with the reason, one added with the reason.
    line_of(page, cast.autumn).get_by_role("link", name=kk("Change")).click()
    line_of(page, cast.autumn).get_by_role("link", name=kk("Leave out")).click()
    field(page, kk("Why")).fill("Декреттік демалысқа шығады")
    press(page, kk("Leave out"))
    page.locator("#left-out summary").click()
    expect(page.get_by_text("Декреттік демалысқа шығады")).to_be_visible()
    link(page, kk("Add somebody")).click()
    field(page, kk("Employee")).fill(cast.fine.personnel_number)
    field(page, kk("Why")).fill("Жаңа пән жүргізеді")
    press(page, kk("Add"))
    fine = line_of(page, cast.fine)
    expect(fine).to_contain_text("Жаңа пән жүргізеді")
    fine.get_by_role("button", name=TOPIC).click()
    expect(fine.locator(".line-what > b")).to_have_text(TOPIC)

    # What one training of any volume is enough for is chosen by the head alone (5.3).
    if not RequestLine.objects.get(person=cast.clerk).topic:
        line_of(page, cast.clerk).get_by_role("button", name=TOPIC).click()
    expect(line_of(page, cast.clerk).locator(".line-what > b")).to_have_text(TOPIC)

    page.locator("[name=minutes_number]").fill("4")
    page.locator("[name=minutes_date]").fill("2026-10-19")
    page.locator("[name=minutes_date]").press("Tab")
    expect(page.locator("#minutes-state")).to_contain_text(kk("saved"))
    press(page, kk("Send to the Centre"))
    words = kk("Sent to the Centre under No. %(number)s.", number=1)
    expect(told(page, words)).to_be_visible()


def the_centre_returns_it(page: Page, cast: Any) -> None:
    waiting = task(page, kk("To be accepted into the plan, or returned with remarks"))
    waiting.get_by_role("link").first.click()
    link(page, cast.unit.name_kk).click()
    march = line_of(page, cast.march)
    march.get_by_role("textbox").fill("Бұл курс биыл өткізілмейді")
    march.get_by_role("textbox").press("Tab")
    expect(march.locator(".save-state")).to_contain_text(kk("saved"))
    link(page, kk("Return with remarks")).click()
    field(page, kk("What is to be changed")).fill("Бір тақырыпты ауыстырыңыз")
    expect(page.locator("[name^='remark-'][value='Бұл курс биыл өткізілмейді']")).to_be_visible()
    press(page, kk("Return with remarks"))
    expect(told(page, kk("Returned; the head of the unit has been written to."))).to_be_visible()


def the_head_puts_it_right_on_a_phone(page: Page, cast: Any) -> None:
    task(page, kk("Returned by the Centre with remarks")).get_by_role("link").first.click()
    expect(page.get_by_text("Бір тақырыпты ауыстырыңыз").first).to_be_visible()
    march = line_of(page, cast.march)
    expect(march.get_by_text("Бұл курс биыл өткізілмейді")).to_be_visible()
    march.get_by_role("link", name=kk("Change")).click()
    march.get_by_role("button", name=TOPIC).click()
    expect(terms(march, "topic")).to_have_value(TOPIC)
    march.get_by_role("button", name=kk("Done")).click()
    expect(march.locator(".line-what > b")).to_have_text(TOPIC)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    press(page, kk("Send to the Centre"))
    expect(page.get_by_role("button", name=kk("Take back to change"))).to_be_visible()
    assert Request.objects.get(unit=cast.unit).state == Request.State.SENT


def the_centre_accepts(page: Page, unit: Any) -> None:
    page.goto(reverse("request_list", args=[YEAR]))
    link(page, unit.name_kk).click()
    press(page, kk("Accept"))
    expect(told(page, kk("Accepted: %(unit)s.", unit=unit.name_kk))).to_be_visible()


def another_unit_sends_late(page: Page) -> None:
    todo = task(page, kk("The request is not begun"))
    todo.get_by_role("button", name=kk("Begin the request")).click()
    page.locator("[name=minutes_number]").fill("7")
    page.locator("[name=minutes_date]").fill("2026-11-20")
    press(page, kk("Send to the Centre"))
    expect(page.locator(".request-state").get_by_text(kk("late"), exact=True)).to_be_visible()


def figures_agree_with_their_lists(page: Page) -> None:
    """Every figure of the year's page that is a link, against the list it opens."""
    page.goto(reverse("planning_year", args=[YEAR]))
    figures = {}
    for anchor in page.get_by_role("main").get_by_role("link").all():
        shown = anchor.locator(".tile-figure")
        words = (shown if shown.count() else anchor).inner_text().strip()
        url = str(anchor.get_attribute("href"))
        if re.fullmatch(r"\d[\d\s]*", words) and "?" in url:
            figures.setdefault(url, set()).add(number(words))
    assert len(figures) > 8
    found = {}
    for url in figures:
        counted = re.search(r'class="list-count"[^>]*>([^<]+)', page.request.get(url).text())
        assert counted, url
        found[url] = {number(counted.group(1))}
    assert found == figures


def the_plan_is_built(page: Page, cast: Any) -> None:
    page.goto("/")
    go(page, "Plan")
    link(page, kk("Look at what waits")).click()
    page.locator("button[name=value][value=all]").click()
    nothing = "Nothing waits: every line of the accepted requests is in the plan or left aside."
    expect(page.get_by_text(kk(nothing))).to_be_visible()
    link(page, kk("Lines")).click()
    expect(page.locator("tbody tr")).to_have_count(7)

    # Two on one topic become a group course; one moves to another month.
    for person in (cast.march, cast.may):
        row_of(page, person).get_by_role("checkbox").check()
    press(page, kk("Make a group course"))
    field(page, kk("Group course")).fill("Дәлелді медицина, 1-топ")
    choose(field(page, kk("Month")), "Ақпан")
    press(page, kk("Make one course of them"))
    for person in (cast.march, cast.may):
        expect(row_of(page, person)).to_contain_text("Дәлелді медицина, 1-топ")
        expect(row_of(page, person)).to_contain_text("ақпан")
    row_of(page, cast.late).get_by_role("checkbox").check()
    press(page, kk("Move"))
    choose(field(page, kk("To")), "Сәуір")
    press(page, kk("Move"))
    expect(row_of(page, cast.late)).to_contain_text("сәуір")


def what_the_desk_shows(page: Page, cast: Any) -> None:
    """Coverage, one click for who is not, load, money, checks, forecast."""
    sections = page.get_by_role("navigation", name=kk("Sections of the plan"))
    covered = tile(page, kk("Falling due, covered")).inner_text()
    sections.get_by_role("link", name=kk("Coverage")).click()
    assert number(covered) == PlanLine.objects.planned().count() - 1  # all but the one added
    row_of(page, cast.autumn).get_by_role("button").click()
    expect(page.get_by_role("status").filter(has_text=cast.autumn.full_name)).to_be_visible()
    assert number(tile(page, kk("Falling due, covered")).inner_text()) == number(covered) + 1
    money = PlanLine.objects.planned().values_list("cost", flat=True)
    sections.get_by_role("link", name=kk("Money")).click()
    total = sum(cost or 0 for cost in money)
    assert number(tile(page, kk("Employer's funds")).inner_text()) == total
    sections.get_by_role("link", name=kk("Load")).click()
    expect(page.get_by_role("row").filter(has_text=cast.unit.name_kk)).to_be_visible()
    sections.get_by_role("link", name=kk("Checks")).click()
    assert number(tile(page, kk("Stand in the way")).inner_text()) == 0
    sections.get_by_role("link", name=kk("Forecast")).click()
    expect(page.get_by_role("main").get_by_role("img").first).to_be_visible()


def two_of_the_centre_meet_on_one_line(page: Page, other: Page, cast: Any) -> None:
    line = PlanLine.objects.get(person=cast.late)
    edit = reverse("plan_line_edit", args=[line.pk])
    page.goto(edit)
    other.goto(edit)
    terms(page, "city").fill("Алматы")
    press(page, kk("Save"))
    expect(told(page, kk("The line has been changed."))).to_be_visible()

    terms(other, "cost").fill("75000")
    press(other, kk("Save"))
    meanwhile = other.get_by_role("heading", name=kk("Changed by somebody else meanwhile"))
    expect(meanwhile).to_be_visible()
    expect(other.locator(".meanwhile")).to_contain_text("Алматы")
    expect(other.locator(".meanwhile")).to_contain_text(cast.centre.display_name)
    assert Decimal(terms(other, "cost").input_value()) == 75_000
    line.refresh_from_db()
    assert (line.city, line.cost) == ("Алматы", Decimal(60_000))

    terms(other, "city").fill("Алматы")
    press(other, kk("Save"))
    expect(told(other, kk("The line has been changed."))).to_be_visible()
    line.refresh_from_db()
    assert (line.city, line.cost) == ("Алматы", Decimal(75_000))


def the_plan_is_approved(page: Page, other: Page, cast: Any) -> IssuedPaper:
    """Submitted; changed while the approver reads it; approved when that has been looked at."""
    edit = reverse("plan_line_edit", args=[PlanLine.objects.get(person=cast.late).pk])
    other.goto(reverse("plan", args=[YEAR]))
    link(other, kk("Submit for approval")).click()
    press(other, kk("Submit for approval"))
    expect(told(other, kk("The plan has been submitted for approval."))).to_be_visible()
    task(page, kk("Submitted, waiting for your decision")).get_by_role("link").first.click()
    link(page, kk("Read and approve")).click()

    other.goto(edit)
    terms(other, "cost").fill("90000")
    press(other, kk("Save"))
    expect(other.get_by_role("alert").first).to_be_visible()
    assert PlanLine.objects.get(person=cast.late).cost == Decimal(75_000)
    other.goto(reverse("plan", args=[YEAR]))
    link(other, kk("Take back to change")).click()
    press(other, kk("Take back to change"))
    other.goto(edit)
    terms(other, "cost").fill("90000")
    press(other, kk("Save"))
    other.goto(reverse("plan_submit", args=[YEAR]))
    press(other, kk("Submit for approval"))

    press(page, kk("Approve"))
    changed = page.locator(".meanwhile")
    expect(changed).to_contain_text(cast.late.full_name)
    expect(changed.locator("del")).to_contain_text(re.compile(r"75\s000"))
    expect(changed.locator("ins")).to_contain_text(re.compile(r"90\s000"))
    press(page, kk("Approve"))
    expect(told(page, kk("The plan is approved: version 1 is in force."))).to_be_visible()
    plan = Plan.objects.get()
    assert (plan.state, plan.version) == (Plan.State.APPROVED, 1)
    return plan.versions.get().paper


def the_paper_is_read(page: Page, paper: IssuedPaper) -> None:
    link(page, kk("what was approved")).click()
    expect(page.get_by_text(paper.fingerprint)).to_be_visible()
    link(page, kk("The plan on paper")).click()
    expect(heading(page)).to_contain_text(paper.number)
    expect(page.locator("iframe")).to_be_visible()
    assert file_of(page).startswith(b"%PDF")


def an_amendment_is_written(page: Page, cast: Any) -> None:
    """One line moved, one added, each with its reason and paper."""
    page.goto(reverse("plan", args=[YEAR]))
    link(page, kk("Amendments")).first.click()
    link(page, kk("Write a change")).first.click()
    page.get_by_role("searchbox", name=kk("Employee, unit, topic or provider")).fill(
        cast.late.last_name
    )
    press(page, kk("Find"))
    row_of(page, cast.late).get_by_role("link", name=kk("Move")).click()
    choose(field(page, kk("Month")), "Мамыр")
    field(page, kk("Production necessity")).fill("Курс мерзімі ауысты")
    press(page, kk("Write the change"))
    expect(page.get_by_role("alert")).to_contain_text(kk("Paper"))
    expect(field(page, kk("Production necessity"))).to_have_value("Курс мерзімі ауысты")
    choose(field(page, kk("Month")), "Мамыр")
    field(page, kk("Paper")).set_input_files(scan("хат.pdf", "application/pdf", PDF))
    press(page, kk("Write the change"))
    expect(told(page, kk("The change is written into the amendment."))).to_be_visible()

    link(page, kk("Write a change")).first.click()
    link(page, kk("Add training that is not in the plan")).click()
    field(page, kk("Employee")).fill(cast.clerk.personnel_number)
    terms(page, "topic").fill("Іс жүргізу негіздері")
    choose(terms(page, "area"), label_of(Area.MANAGEMENT))
    field(page, kk("Provider")).fill("ОҚМА")
    choose(terms(page, "precision"), label_of(PlanLine._meta.get_field("precision").default))
    choose(field(page, kk("Month")), "Қыркүйек")
    terms(page, "hours").fill("36")
    choose(terms(page, "funding"), label_of(Funding.EMPLOYER))
    terms(page, "cost").fill("30000")
    field(page, kk("Production necessity")).fill("Жаңа жүйе енгізілді")
    choose(field(page, kk("Or a paper of this amendment")), "хат.pdf")
    press(page, kk("Write the change"))
    expect(told(page, kk("The change is written into the amendment."))).to_be_visible()
    assert AmendmentItem.objects.standing().count() == 2

    press(page, kk("Submit for approval"))
    expect(told(page, kk("The amendment is submitted for approval."))).to_be_visible()
    expect(link(page, kk("Approve"))).to_have_count(0)


def the_amendment_is_approved(page: Page) -> None:
    task(page, kk("Submitted, waiting for your decision")).get_by_role("link").first.click()
    link(page, "№ 1").click()
    link(page, kk("Approve")).click()
    press(page, kk("Approve"))
    words = kk("Approved: version %(number)s of the plan is in force.", number=2)
    expect(told(page, words)).to_be_visible()


def the_versions_are_compared(page: Page, cast: Any) -> None:
    page.goto(reverse("plan_versions", args=[YEAR]))
    link(page, kk("Compare")).click()
    counts = {name: number(tile(page, kk(name)).inner_text()) for name in COMPARED}
    assert counts == {"Changed": 1, "Added": 1, "Taken out": 0}
    moved = page.locator(".changed-line")
    expect(moved.get_by_role("heading")).to_contain_text(cast.late.full_name)
    expect(moved.locator("tbody tr")).to_have_count(1)
    expect(moved.locator("del")).to_contain_text("сәуір")
    expect(moved.locator("ins")).to_contain_text("мамыр")
    added = page.locator("#added tbody tr")
    expect(added).to_have_count(1)
    expect(added).to_contain_text("Іс жүргізу негіздері")
    expect(added).to_contain_text(cast.clerk.full_name)

    page.goto(reverse("plan_versions", args=[YEAR]))
    link(page, kk("Change sheet")).click()
    expect(page.locator("iframe")).to_be_visible()
    assert file_of(page).startswith(b"%PDF")


COMPARED = ("Changed", "Added", "Taken out")


def test_the_whole_autumn(desk_of: Desks, cast: Any, units: Any) -> None:
    cast.unit = units.department
    with on(10, 5):
        the_centre_opens_the_year(desk_of(cast.centre))
        letters = OutgoingMail.objects.filter(kind="planning_opened")
        assert {letter.receiver for letter in letters} == {
            cast.centre,
            cast.head,
            cast.other_head,
        }
        letter = next(sent for sent in mail.outbox if cast.head.email in sent.to)
        assert str(YEAR) in letter.subject
        assert units.department.name_kk in str(letter.body)
    with on(10, 20):
        the_head_fills_it_in(desk_of(cast.head), cast)
    with on(10, 22):
        the_centre_returns_it(desk_of(cast.centre), cast)
    with on(10, 23):
        the_head_puts_it_right_on_a_phone(desk_of(cast.head, PHONE), cast)
    with on(11, 22):
        another_unit_sends_late(desk_of(cast.other_head))
        centre, methodologist = desk_of(cast.centre), desk_of(cast.methodologist)
        the_centre_accepts(centre, units.department)
        the_centre_accepts(centre, units.other_department)
        figures_agree_with_their_lists(centre)
        the_plan_is_built(centre, cast)
        what_the_desk_shows(centre, cast)
        two_of_the_centre_meet_on_one_line(centre, methodologist, cast)
    with on(11, 30):
        centre, methodologist = desk_of(cast.centre), desk_of(cast.methodologist)
        first = the_plan_is_approved(centre, methodologist, cast)
        the_paper_is_read(centre, first)
        verified(desk_of(None), first)
        assert not Plan.objects.get().versions.get().is_late
    with on(12, 14):
        an_amendment_is_written(desk_of(cast.methodologist), cast)
        centre = desk_of(cast.centre)
        the_amendment_is_approved(centre)
        the_versions_are_compared(centre, cast)
        figures_agree_with_their_lists(centre)
        verified(desk_of(None), first)
        expect(desk_of(None).locator("body")).to_contain_text("14.12.2026")


# --- the simple path ------------------------------------------------------------------------------
def test_a_request_for_25_people_takes_at_most_ten_clicks(
    page: Page, head: Any, centre: Any, units: Any, let_in: Callable[..., Any]
) -> None:
    CourseFactory(title=TOPIC, provider__name="ОҚМА", provider__kind=Provider.Kind.ACADEMY)
    for number_of_one in range(24):
        ended = dt.date(2024, 1 + number_of_one % 12, 15)
        teacher_of(units.department, f"Әріптесова{number_of_one}", ended)
    with on(10, 20):
        standings.restate_everybody(on=dt.date(2026, 10, 20))
        PlanningYearFactory()
        let_in(head)
        page.goto("/")
        clicks = 0

        def click(place: Locator) -> None:
            nonlocal clicks
            place.click()
            clicks += 1

        main = page.get_by_role("main")
        click(main.get_by_role("button", name=kk("Begin the request")))
        expect(page.locator("ol.lines > li")).to_have_count(25)
        click(page.locator("[name=minutes_number]"))
        page.keyboard.type("4")
        page.keyboard.press("Tab")
        page.locator("[name=minutes_date]").fill("2026-10-19")
        click(main.get_by_role("button", name=kk("Send to the Centre")))
        words = kk("Sent to the Centre under No. %(number)s.", number=1)
        expect(told(page, words)).to_be_visible()
    request = Request.objects.get()
    assert request.state == Request.State.SENT
    assert set(request.lines.values_list("topic", flat=True)) == {TOPIC}
    assert clicks <= 10


# --- an event of the Centre -----------------------------------------------------------------------
def the_event_is_planned(page: Page, course: Any, people: list[Any]) -> None:
    page.goto("/")
    go(page, "Courses")
    link(page, course.title).click()
    link(page, kk("Plan an event")).first.click()
    field(page, name_of(Event, "starts_on")).fill("2026-11-09")
    field(page, name_of(Event, "ends_on")).fill("2026-11-20")
    field(page, name_of(Event, "place")).fill("Симуляциялық орталық, 204")
    field(page, name_of(Event, "places")).fill("10")
    press(page, kk("Plan event"))
    for person in people:
        field(page, kk("Employee, by name or personnel number")).fill(person.personnel_number)
        press(page, kk("Enrol"))
        words = kk("Enrolled: %(person)s.", person=person.full_name)
        expect(told(page, words)).to_be_visible()


def attendance_is_marked(page: Page, absent: Any) -> None:
    page.goto("/events/")
    link(page, TOPIC).first.click()
    link(page, kk("Mark attendance")).click()
    page.get_by_role("group", name=absent.full_name).get_by_role("radio", name=kk("absent")).check()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    press(page, kk("All the others attended"))
    words = kk("Attendance saved. Marks changed: %(count)s.", count=3)
    expect(told(page, words)).to_be_visible()
    press(page, kk("Hand the attendance to HR"))
    expect(told(page, kk("The attendance is with HR now."))).to_be_visible()


def hr_verifies(page: Page, absent: Any) -> None:
    page.goto("/")
    go(page, "Events")
    link(page, TOPIC).first.click()
    link(page, kk("Verify and issue certificates")).click()
    expect(page.get_by_role("table")).not_to_contain_text(absent.full_name)
    press(page, kk("Verify and issue certificates"))
    words = kk("Records and certificates made: %(count)s.", count=2)
    expect(told(page, words)).to_be_visible()


def test_an_event_from_the_catalogue_to_the_certificate(
    desk_of: Desks, centre: Any, hr: Any, teacher: Any, units: Any
) -> None:
    course = CourseFactory(title=TOPIC, provider__name="ОҚМА", provider__kind="academy")
    colleague = teacher_of(units.department, "Сабақтасова")
    absent = teacher_of(units.department, "Келмегенова")
    with on(11, 2):
        the_event_is_planned(desk_of(centre), course, [teacher.person, colleague, absent])
    with on(11, 20):
        attendance_is_marked(desk_of(centre, PHONE), absent)
    with on(11, 23):
        hr_verifies(desk_of(hr), absent)
        page = desk_of(teacher)
        page.goto("/")
        go(page, "My page")
        expect(
            page.get_by_role("region").get_by_text(label_of(State.COMPLIANT), exact=True)
        ).to_be_visible()
        link(page, TOPIC).first.click()
        certificate = Participant.objects.get(person=teacher.person).certificate
        link(page, f"№ {certificate.number}").click()
        expect(heading(page)).to_contain_text(certificate.number)
        expect(page.locator("iframe")).to_be_visible()
        assert file_of(page).startswith(b"%PDF")
        verified(desk_of(None), certificate)
    assert not absent.records.exists()

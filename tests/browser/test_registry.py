"""HR takes somebody in, enters and revokes training; two inspectors meet on one person."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from staff.models import Area, DeadlineExtension, Person, Post, TrainingRecord
from staff.models.standing import State

from ..factories import PersonFactory, PostFactory, UserFactory, made_iin
from .words import choose, enter, field, go, heading, kk, label_of, link, name_of, press, told

pytestmark = pytest.mark.browser

# The smallest PDF a reader opens.
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
xref
0 4
0000000000 65535 f\x20
0000000009 00000 n\x20
0000000052 00000 n\x20
0000000101 00000 n\x20
trailer<</Size 4/Root 1 0 R>>
startxref
164
%%EOF
"""


def jpeg() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (320, 240), "ivory").save(target, "JPEG")
    return target.getvalue()


def scan(name: str, kind: str, content: bytes) -> Any:
    return {"name": name, "mimeType": kind, "buffer": content}


def badge(page: Page, state: State) -> Locator:
    """The state of the (only) standing on a person's page."""
    return page.get_by_role("region").get_by_text(label_of(state), exact=True)


def record_field(page: Page, name: str) -> Locator:
    return field(page, name_of(TrainingRecord, name))


def type_record(page: Page, *, title: str, area: Area, hours: int, day: str) -> None:
    record_field(page, "title").fill(title)
    choose(record_field(page, "area"), label_of(area))
    record_field(page, "starts_on").fill(day)
    record_field(page, "ends_on").fill(day)
    record_field(page, "hours").fill(str(hours))
    field(page, kk("Provider")).fill("Қарағанды медицина университеті")


def test_a_working_life_in_the_registry(page: Page, hr: Any, units: Any) -> None:
    hr.language = "kk"
    hr.save()
    enter(page, "hr")

    # Somebody is taken in with the first post.
    go(page, "Employees")
    link(page, kk("Add employee")).click()
    for name, value in {
        "last_name": "Өтегенова",
        "first_name": "Гүлжан",
        "patronymic": "Әділқызы",
        "personnel_number": "7001",
        "hired_on": "2020-09-01",
        "email": "7001@example.kz",
    }.items():
        field(page, name_of(Person, name)).fill(value)
    field(page, kk("IIN")).fill(made_iin(77))
    choose(field(page, kk("Unit")), units.department.name_kk)
    field(page, name_of(Post, "position")).fill("доцент")
    choose(field(page, name_of(Post, "category")), label_of(Post.Category.UNIVERSITY_TEACHER))
    press(page, kk("Add employee"))
    expect(heading(page)).to_contain_text("Өтегенова Гүлжан Әділқызы")
    expect(told(page, kk("The employee has been added."))).to_be_visible()
    expect(badge(page, State.OVERDUE)).to_be_visible()
    person_page = page.url

    # A second post, beside the first.
    link(page, kk("Add a post")).click()
    choose(field(page, kk("Unit")), units.other_department.name_kk)
    field(page, name_of(Post, "position")).fill("ассистент")
    choose(field(page, name_of(Post, "category")), label_of(Post.Category.UNIVERSITY_TEACHER))
    choose(field(page, name_of(Post, "kind")), label_of(Post.Kind.SECOND))
    field(page, name_of(Post, "share")).fill("0.25")
    press(page, kk("Add post"))
    expect(page.get_by_text("ассистент").first).to_be_visible()

    # 72 hours of the profile with a scan: the form says beforehand what they mean.
    link(page, kk("Add a record")).click()
    type_record(page, title="Дәлелді медицина", area=Area.PROFILE, hours=72, day="2026-06-30")
    expect(page.get_by_role("status").filter(has_text="30.06.2029")).to_be_visible()
    field(page, kk("Document (scan)")).set_input_files(scan("куәлік.pdf", "application/pdf", PDF))
    press(page, kk("Enter record"))
    expect(heading(page)).to_contain_text("Дәлелді медицина")
    expect(page.get_by_text("куәлік.pdf")).to_be_visible()
    with page.expect_download() as coming:
        link(page, kk("Download")).click()
    assert coming.value.path().read_bytes().startswith(b"%PDF-")
    page.goto(person_page)
    expect(badge(page, State.COMPLIANT)).to_be_visible()
    expect(page.get_by_text("30.06.2029").first).to_be_visible()

    # Another area does not count; its photo became a PDF, shown on the page.
    link(page, kk("Add a record")).click()
    type_record(page, title="Цифрлық құралдар", area=Area.DIGITAL, hours=18, day="2026-05-15")
    field(page, kk("Document (scan)")).set_input_files(scan("скан.jpg", "image/jpeg", jpeg()))
    press(page, kk("Enter record"))
    expect(page.get_by_title(kk("Scan of the document"))).to_be_visible()
    expect(page.get_by_text("скан.pdf")).to_be_visible()

    # The first record is put right with a reason, then revoked.
    page.goto(person_page)
    link(page, "Дәлелді медицина").first.click()
    link(page, kk("Correct")).click()
    record_field(page, "hours").fill("80")
    press(page, kk("Save"))
    expect(page.get_by_role("alert")).to_contain_text(kk("Reason"))
    field(page, kk("Reason")).fill("Сертификатта 80 сағат")
    press(page, kk("Save"))
    expect(told(page, kk("The record has been corrected."))).to_be_visible()
    link(page, kk("Revoke")).click()
    field(page, kk("Reason")).fill("Құжат жалған болып шықты")
    press(page, kk("Revoke"))
    expect(told(page, "Құжат жалған болып шықты").first).to_be_visible()
    page.goto(person_page)
    expect(badge(page, State.OVERDUE)).to_be_visible()

    # Other duties from today on, and a leave that moves the deadline.
    link(page, kk("Transfer")).first.click()
    choose(field(page, kk("Unit")), units.section.name_kk)
    field(page, name_of(Post, "position")).fill("аға оқытушы")
    field(page, kk("Reason")).fill("№ 45 бұйрық")
    press(page, kk("Change duties"))
    expect(page.get_by_text("аға оқытушы").first).to_be_visible()
    link(page, kk("Add an extension")).click()
    choose(field(page, kk("Kind of leave")), label_of(DeadlineExtension.Reason.PARENTAL))
    field(page, name_of(DeadlineExtension, "basis")).fill("№ 17-ж/қ бұйрық")
    field(page, name_of(DeadlineExtension, "starts_on")).fill("2026-09-01")
    field(page, name_of(DeadlineExtension, "ends_on")).fill("2027-08-31")
    press(page, kk("Add extension"))
    expect(page.get_by_text("№ 17-ж/қ бұйрық").first).to_be_visible()

    # All of it stands in the history.
    link(page, kk("History")).click()
    main = page.get_by_role("main")
    expect(main.get_by_role("listitem").filter(has_text=kk("entered"))).not_to_have_count(0)
    for text in (
        "Өтегенова Гүлжан Әділқызы",
        "ассистент",
        "аға оқытушы",
        "Дәлелді медицина",
        "Цифрлық құралдар",
        "Сертификатта 80 сағат",
        "Құжат жалған болып шықты",
        "№ 45 бұйрық",
    ):
        expect(main.get_by_text(text).first).to_be_visible()
    leave = label_of(DeadlineExtension.Reason.PARENTAL)
    expect(main.get_by_role("listitem").filter(has_text=leave).first).to_be_visible()


def test_two_inspectors_change_one_person(
    page: Page, hr: Any, units: Any, browser: Any, base_url: str
) -> None:
    hr.language = "kk"
    hr.save()
    UserFactory(username="second", language="kk", roles=["hr"])
    person = PersonFactory(with_email=True)
    PostFactory(person=person, unit=units.department)
    window = browser.new_context(base_url=base_url, locale="kk-KZ")
    other = window.new_page()
    enter(page, "hr")
    enter(other, "second")
    edit = reverse("person_edit", args=[person.pk])
    page.goto(edit)
    other.goto(edit)

    field(page, name_of(Person, "phone")).fill("+7 701 111 22 33")
    press(page, kk("Save"))
    expect(told(page, kk("Saved."))).to_be_visible()

    field(other, name_of(Person, "academic_title")).fill("доцент")
    press(other, kk("Save"))
    expect(heading(other)).to_contain_text(kk("Change employee"))
    told_meanwhile = other.get_by_role("heading", name=kk("Changed by somebody else meanwhile"))
    expect(told_meanwhile).to_be_visible()
    expect(other.get_by_text("+7 701 111 22 33").first).to_be_visible()
    expect(other.get_by_text(hr.display_name).first).to_be_visible()
    expect(field(other, name_of(Person, "academic_title"))).to_have_value("доцент")
    person.refresh_from_db()
    assert (person.phone, person.academic_title) == ("+7 701 111 22 33", "")

    field(other, name_of(Person, "phone")).fill("+7 701 111 22 33")
    press(other, kk("Save"))
    expect(told(other, kk("Saved."))).to_be_visible()
    person.refresh_from_db()
    assert (person.phone, person.academic_title) == ("+7 701 111 22 33", "доцент")
    window.close()

"""From the invitation to one's own page; who sees whom; the second factor a role obliges to."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Locator, Page, expect

from staff.domain import standings
from staff.models import Role, User

from ..factories import PersonFactory, PostFactory, TrainingRecordFactory
from .inspection import PHONE
from .words import enter, field, go, heading, kk, label_of, link, press, told

pytestmark = pytest.mark.browser
NEW_PASSWORD = "жеті өзен тоғызы"


def in_kazakh(*users: Any) -> None:
    User.objects.filter(pk__in=[user.pk for user in users]).update(language="kk")


def letter_to(address: str) -> str:
    """The path of the link in the only letter to this address."""
    [letter] = [letter for letter in mail.outbox if letter.to == [address]]
    found = re.search(r"https?://\S+", str(letter.body))
    assert found
    return urlsplit(found.group()).path


def test_an_invitation_leads_a_teacher_to_her_own_page(
    page: Page, hr: Any, units: Any, today: Any
) -> None:
    in_kazakh(hr)
    person = PersonFactory(last_name="Өмірова", first_name="Үміт", with_email=True)
    PostFactory(person=person, unit=units.department)
    TrainingRecordFactory(person=person, hours=54, title="Клиникалық ойлау")
    colleague = PostFactory(unit=units.department).person
    standings.restate_everybody(on=today)

    enter(page, "hr")
    go(page, "Invitations")
    page.get_by_role("checkbox", name=re.compile(re.escape(person.last_name))).check()
    press(page, kk("Invite the chosen"))
    expect(told(page, person.full_name)).to_be_visible()
    press(page, kk("Invite"))
    expect(heading(page)).to_contain_text(kk("Accounts"))
    path = letter_to(person.email)

    page.context.clear_cookies()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(path)
    field(page, kk("New password")).fill(NEW_PASSWORD)
    field(page, kk("New password once more")).fill(NEW_PASSWORD)
    press(page, kk("Set the password"))
    expect(told(page, kk("The password is set. Sign in with it."))).to_be_visible()
    enter(page, person.personnel_number, NEW_PASSWORD)

    # Home: her own ring, and the sentence that says how many hours are missing.
    expect(heading(page)).to_contain_text("Үміт")
    mine = page.get_by_role("region")
    expect(mine.get_by_text("54", exact=True)).to_be_visible()
    expect(mine.get_by_text(re.compile(r"54.*18")).first).to_be_visible()
    page.get_by_role("navigation", name=kk("Quick navigation")).get_by_role(
        "link", name=kk("My page")
    ).click()
    expect(heading(page)).to_contain_text(person.full_name)
    expect(link(page, "Клиникалық ойлау")).to_be_visible()
    expect(page.get_by_role("link", name=kk("Edit"))).to_have_count(0)

    # A colleague's page does not exist for her, and the refusal is calm.
    answer = page.goto(reverse("person", args=[colleague.pk]))
    assert answer is not None
    assert answer.status == 404
    expect(heading(page)).to_have_text(kk("There is no such page"))
    expect(page.get_by_text(colleague.last_name)).to_have_count(0)
    link(page, kk("To the home page")).click()
    expect(heading(page)).to_contain_text("Үміт")
    # The link of the letter works once.
    page.context.clear_cookies()
    page.goto(path)
    expect(heading(page)).to_have_text(kk("This link no longer works"))


def row_of(page: Page, person: Any) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=person.full_name)


def test_a_head_sees_what_is_below_and_not_the_neighbour(
    page: Page, head: Any, teacher: Any, researcher: Any, stranger: Any, units: Any, today: Any
) -> None:
    in_kazakh(head)
    standings.restate_everybody(on=today)
    enter(page, "head")
    go(page, "Employees")
    for mine in (teacher, researcher):
        expect(row_of(page, mine.person)).to_be_visible()
    expect(row_of(page, stranger.person)).to_have_count(0)
    go(page, "Units")
    expect(link(page, units.section.name_kk)).to_be_visible()
    link(page, units.department.name_kk).click()
    expect(heading(page)).to_contain_text(units.department.name_kk)
    link(page, units.section.name_kk).first.click()
    expect(row_of(page, researcher.person)).to_be_visible()
    go(page, "Compliance")
    main = page.get_by_role("main")
    expect(main.get_by_text(units.section.name_kk).first).to_be_visible()
    expect(main.get_by_text(units.other_department.name_kk)).to_have_count(0)
    for url in (
        reverse("person", args=[stranger.person_id]),
        reverse("compliance") + f"?unit={units.other_department.pk}",
    ):
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 404


def test_a_vice_rector_sees_the_faculty_she_supervises(
    page: Page, vicerector: Any, teacher: Any, stranger: Any, hr: Any, units: Any
) -> None:
    in_kazakh(vicerector)
    enter(page, "vicerector")
    go(page, "Employees")
    for below in (teacher, stranger):
        expect(row_of(page, below.person)).to_be_visible()
    expect(row_of(page, hr.person)).to_have_count(0)
    go(page, "Units")
    for unit in (units.faculty, units.department, units.section, units.other_department):
        expect(link(page, unit.name_kk)).to_be_visible()
    expect(link(page, units.directorate.name_kk)).to_have_count(0)


def test_a_role_obliges_to_a_second_factor(page: Page, administrator: Any, hr: Any) -> None:
    in_kazakh(administrator, hr)
    enter(page, "administrator")
    go(page, "Roles")
    role = re.compile(re.escape(label_of(Role.HR)), re.IGNORECASE)
    page.get_by_role("row", name=role).get_by_role("checkbox").check()
    press(page, kk("Save"))
    expect(told(page, kk("Saved."))).to_be_visible()

    page.context.clear_cookies()
    enter(page, "hr")
    expect(heading(page)).to_have_text(kk("Set up the second factor"))
    page.goto(reverse("person_list"))
    expect(heading(page)).to_have_text(kk("Set up the second factor"))
    expect(page.get_by_role("img", name=kk("QR code with the key"))).to_be_visible()
    field(page, kk("Code")).fill("000000")
    press(page, kk("Switch on"))
    expect(field(page, kk("Code"))).to_have_attribute("aria-invalid", "true")
    page.wait_for_timeout(1_100)  # so long a mistyped code makes one wait
    device = TOTPDevice.objects.get(user=hr)
    field(page, kk("Code")).fill(f"{totp(device.bin_key):06}")
    press(page, kk("Switch on"))
    expect(heading(page)).to_have_text(kk("Recovery codes"))
    code = page.get_by_role("main").get_by_role("listitem").first.inner_text()
    link(page, kk("I have kept them")).click()
    expect(heading(page)).to_have_text(kk("Employees"))

    # From now on the password alone opens nothing; a recovery code does, once.
    page.context.clear_cookies()
    enter(page, "hr")
    expect(heading(page)).to_have_text(kk("Second step"))
    page.goto(reverse("person_list"))
    expect(heading(page)).to_have_text(kk("Second step"))
    field(page, kk("Code")).fill(code)
    press(page, kk("Go on"))
    expect(heading(page)).to_have_text(kk("Employees"))

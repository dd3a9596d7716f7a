"""Every page, full, empty and refused, at 1366 and 360 pixels: what ``inspection`` demands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from staff.models import Role
from training_plans.models import Event, Participant

from ..factories import EventFactory, ParticipantFactory, UserFactory
from ..test_access import TABLE
from ..training_plans.autumn import the_autumn
from .inspection import PHONE, WIDE, faults
from .words import heading, kk, press

pytestmark = pytest.mark.browser
BOTH = (WIDE, PHONE)

# Addresses that answer with a file, a fragment, or to POST alone.
NO_PAGES = {
    "logout",
    "account_invite_again",
    "amendment_item_paper",
    "amendment_item_withdraw",
    "amendment_open",
    "amendment_submit",
    "course_offer",
    "day_progress",
    "event_enrol",
    "event_hold",
    "event_participant_withdraw",
    "event_people",
    "event_take_in",
    "execution_link",
    "import_confirm",
    "import_discard",
    "import_progress",
    "import_rejected",
    "import_template",
    "job_progress",
    "paper_file",
    "paper_progress",
    "paper_workbook",
    "people_health_care",
    "person_photo",
    "person_suggestions",
    "plan_begin",
    "plan_cover",
    "plan_people",
    "plan_put_back",
    "plan_split",
    "plan_take_in",
    "plan_take_over",
    "planning_remind",
    "provider_suggestions",
    "record_document",
    "record_hint",
    "record_verify",
    "request_accept",
    "request_begin",
    "request_copy",
    "request_line_remark",
    "request_line_suggestion",
    "request_line_take_in",
    "request_minutes",
    "request_people",
    "request_refresh",
    "request_send",
    "request_withdraw",
    "wish_withdraw",
    *("application_providers", "own_training_providers", "substitute_people"),
    *("application_attachment", "application_draft_paper", "contract_draft", "order_draft"),
    *("contract_scan_file", "evidence_file", "evidence_photo", "evidence_picture"),
    *("order_scan_file", "report_preview", "case_close", "case_decide_many"),
    *("application_consent", "application_detach", "application_send"),
    *("contract_fulfil", "contract_issue", "contract_leave_sum"),
    *("evidence_correct", "evidence_return", "evidence_verify"),
    *("order_acquaint", "order_discard", "order_issue", "order_take_out"),
    *("substitute_end", "trainee_report_accept", "trainee_report_return"),
}
# Addresses that lead on: without a second factor there is nothing to ask, renew or remove; the
# planning leads to its newest year; what is asked about lines needs lines that were chosen; what
# was sent is read, not edited, and a step is decided by whose turn it is.
LEAD_ON = {
    *("second_factor", "second_factor_codes", "second_factor_remove"),
    *("planning", "planning_needs", "planning_plan", "planning_requests"),
    *("plan_leave_aside", "plan_merge", "plan_move", "plan_provider", "plan_take_out"),
    *("event_verify", "request_many"),
    *("application_group_new", "application_new", "case_decide"),
    *("evidence_edit", "own_training_edit", "report_edit"),
}


def pages_of(role: str, *, but_not_of: str = "") -> list[str]:
    return sorted(
        name
        for name, allowed in TABLE.items()
        if role in allowed and but_not_of not in allowed and name not in NO_PAGES | LEAD_ON
    )


PAGES_OF_HR = pages_of("hr")
PAGES_OF_THE_CENTRE = pages_of("centre", but_not_of="hr")
PAGES_OF_A_FILER = pages_of("head", but_not_of="hr")
PAGES_OF_THE_ADMINISTRATOR = sorted(
    name for name, allowed in TABLE.items() if allowed == {"administrator"} and name not in NO_PAGES
)
PARTS = 8
# Pages with a form that is sent with nothing in it.
FORMS = [
    "person_create",
    "person_edit",
    "post_add",
    "post_change",
    "post_end",
    "extension_add",
    "extension_delete",
    "record_add",
    "record_correct",
    "record_revoke",
    "unit_create",
    "unit_close",
    "import_new",
    "requirement_change",
    "requirement_withdraw",
    "calendar_list",
    "password_change",
    "profile",
    "person_photo_change",
    "second_factor_setup",
]
EMPTY_THE_FORM = """() => {
    const form = document.querySelector("main form[method=post]:not(.languages)");
    for (const field of form.elements) {
        if (field.type === "checkbox" || field.type === "radio") field.checked = false;
        else if (field.type !== "hidden" && field.tagName !== "BUTTON") field.value = "";
    }
    form.requestSubmit();
}"""


def opened(page: Page, url: str, status: int = 200) -> Page:
    response = page.goto(url)
    assert response is not None
    assert response.status == status, url
    return page


def faults_of(page: Page, names: list[str], arguments: dict[str, list[Any]]) -> list[str]:
    """What is wrong with the pages of these addresses, wide and on a phone."""
    found: list[str] = []
    for name in names:
        page.set_viewport_size(WIDE)
        url = reverse(name, args=arguments.get(name, []))
        opened(page, url)
        assert page.url.endswith(url)
        found += faults(page, sizes=BOTH)
    return found


def test_every_address_is_a_page_or_known_not_to_be_one() -> None:
    assert set(TABLE) >= NO_PAGES | LEAD_ON


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_of_hr(
    part: int, page: Page, full: dict[str, list[Any]], hr: Any, let_in: Callable[..., Any]
) -> None:
    let_in(hr)
    assert faults_of(page, PAGES_OF_HR[part::PARTS], full) == []


@pytest.mark.parametrize("part", range(3))
def test_pages_of_the_centre(
    part: int, page: Page, full: dict[str, list[Any]], centre: Any, let_in: Callable[..., Any]
) -> None:
    let_in(centre)
    names = [*PAGES_OF_THE_CENTRE, "home", "plan", "plan_line", "event", "amendment", "request"]
    assert faults_of(page, names[part::3], full) == []


def test_pages_of_a_filer(
    page: Page, full: dict[str, list[Any]], head: Any, let_in: Callable[..., Any]
) -> None:
    let_in(head)
    names = [*PAGES_OF_A_FILER, "home", "planning_year", "request_list", "request", "plan"]
    assert faults_of(page, names, full) == []


@pytest.mark.parametrize("part", range(2))
def test_forms_with_errors(
    part: int, page: Page, full: dict[str, list[Any]], hr: Any, let_in: Callable[..., Any]
) -> None:
    let_in(hr)
    found: list[str] = []
    for name in FORMS[part::2]:
        page.set_viewport_size(WIDE)
        opened(page, reverse(name, args=full.get(name, [])))
        with page.expect_navigation():
            page.evaluate(EMPTY_THE_FORM)
        if not page.locator("[role=alert], .invalid-feedback").first.is_visible():
            found.append(f"{name}: nothing is said to be wrong")
        found += faults(page, sizes=BOTH)
    assert found == []


def test_pages_of_the_administrator(
    page: Page, full: dict[str, list[Any]], administrator: Any, let_in: Callable[..., Any]
) -> None:
    let_in(administrator)
    found: list[str] = []
    for name in [*PAGES_OF_THE_ADMINISTRATOR, "home", "accounts", "account"]:
        page.set_viewport_size(WIDE)
        found += faults(opened(page, reverse(name, args=full.get(name, []))), sizes=BOTH)
    assert found == []


@pytest.mark.parametrize("role", ["head", "teacher", "rector"])
def test_pages_of_others(
    role: str, page: Page, full: dict[str, list[Any]], accounts: Any, let_in: Callable[..., Any]
) -> None:
    user = let_in(accounts[role])
    names = ["home", "profile", "requirement_list"]
    if role == "teacher":
        names += ["record", "history", "unit"]
    else:
        names += ["compliance", "compliance_list", "person_list", "unit", "record"]
    urls = [reverse(name, args=full.get(name, [])) for name in names]
    found: list[str] = []
    for url in [*urls, reverse("person", args=[user.person_id])]:
        page.set_viewport_size(WIDE)
        found += faults(opened(page, url), sizes=BOTH)
    assert found == []


def test_what_is_done_with_chosen_lines(
    page: Page, units: Any, centre: Any, stranger_head: Any, today: Any, let_in: Callable[..., Any]
) -> None:
    """Pages that only come once something was chosen, empty and with what is wrong."""
    autumn = the_autumn(units, today)
    found: list[str] = []
    let_in(centre)
    for label, submit in [
        ("Move", "Move"),
        ("Change the provider", "Change"),
        ("Make a group course", "Make one course of them"),
        ("Take out", "Take out"),
    ]:
        page.set_viewport_size(WIDE)
        opened(page, reverse("plan", args=[autumn.year.year]))
        page.locator("tbody [name=ids]").first.check()
        press(page, kk(label))
        for name in page.locator("main [name=name], main [name=topic]").all():
            name.fill("")
        press(page, kk(submit))
        expect(page.get_by_role("alert").first).to_be_visible()
        found += faults(page, sizes=BOTH)

    let_in(stranger_head)
    page.set_viewport_size(WIDE)
    opened(page, reverse("request", args=[autumn.draft.pk]))
    line = page.locator("ol.lines > li").first
    line.get_by_role("link", name=kk("Change")).click()
    expect(line.locator(".line-editor")).to_be_visible()
    found += faults(page, sizes=BOTH)
    page.set_viewport_size(WIDE)
    page.locator("ol.lines [name=ids]").first.check()
    press(page, kk("Same training for the chosen"))
    expect(heading(page)).to_contain_text(kk("The same training for several"))
    found += faults(page, sizes=BOTH)
    assert found == []


def test_an_event_before_hr(
    page: Page, hr: Any, teacher: Any, today: Any, let_in: Callable[..., Any]
) -> None:
    event = EventFactory(state=Event.State.HELD)
    ParticipantFactory(event=event, person=teacher.person, state=Participant.State.ATTENDED)
    let_in(hr)
    arguments = {"event_verify": [event.pk], "event": [event.pk]}
    assert faults_of(page, list(arguments), arguments) == []


@pytest.mark.parametrize("size", BOTH, ids=["wide", "phone"])
def test_what_opens_on_a_page(
    size: dict[str, int],
    page: Page,
    full: dict[str, list[Any]],
    hr: Any,
    let_in: Callable[..., Any],
) -> None:
    """Menus, columns, more filters, help: each opened by itself."""
    let_in(hr)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    opened(page, reverse("person_list"))
    found: list[str] = []
    for summary in page.locator("summary:visible").all():
        summary.click()
        found += faults(page, sizes=(size,))
        summary.click()
    assert found == []


@pytest.mark.parametrize("part", range(2))
def test_pages_in_russian(
    part: int, page: Page, full: dict[str, list[Any]], hr: Any, let_in: Callable[..., Any]
) -> None:
    let_in(hr, "ru")
    names = [
        "home",
        "compliance",
        "compliance_list",
        "person_list",
        "person",
        "record",
        "record_add",
        "unit",
        "import",
        "import_new",
        "requirement_list",
        "proposals",
        "history",
        "accounts",
    ]
    found: list[str] = []
    for name in names[part::2]:
        found += faults(opened(page, reverse(name, args=full.get(name, []))), "ru")
    assert found == []


def test_pages_with_nothing_on_them(page: Page, db: None, let_in: Callable[..., Any]) -> None:
    let_in(UserFactory(username="first", roles=[Role.HR, Role.ADMINISTRATOR]))
    found: list[str] = []
    for name in [
        "home",
        "compliance",
        "compliance_units",
        "compliance_list",
        "person_list",
        "unit_list",
        "record_list",
        "import_list",
        "requirement_list",
        "proposals",
        "invite",
        "invite_people",
        "accounts",
        "calendar_list",
        "job_list",
        "profile",
    ]:
        page.set_viewport_size(WIDE)
        found += faults(opened(page, reverse(name)), sizes=BOTH)
    page.set_viewport_size(WIDE)
    found += faults(opened(page, reverse("person_list") + "?q=ешкім"), sizes=BOTH)
    assert found == []


def test_refusals(page: Page, teacher: Any, hr: Any, let_in: Callable[..., Any]) -> None:
    let_in(teacher)
    found: list[str] = []
    for url, status in [
        ("/there/is/no/such/page/", 404),
        (reverse("person", args=[hr.person_id]), 404),
        (reverse("import_list"), 403),
    ]:
        page.set_viewport_size(WIDE)
        found += faults(opened(page, url, status), sizes=BOTH)
    page.set_viewport_size(WIDE)
    opened(page, reverse("profile"))
    page.context.clear_cookies(name="csrftoken")
    with page.expect_navigation():
        page.evaluate(EMPTY_THE_FORM)
    found += faults(page, sizes=BOTH)
    assert found == []


def _link(user: Any) -> str:
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[key, default_token_generator.make_token(user)])


def test_pages_before_signing_in(page: Page, teacher: Any) -> None:
    teacher.language = "kk"
    teacher.save()
    found: list[str] = []
    for url in [
        reverse("login"),
        reverse("password_reset"),
        reverse("password_reset_done"),
        reverse("password_reset_confirm", args=["MQ", "set-password"]),
        _link(teacher),
    ]:
        page.set_viewport_size(WIDE)
        found += faults(opened(page, url), sizes=BOTH)
        if page.locator("main form[method=post]").count():
            page.set_viewport_size(WIDE)
            with page.expect_navigation():
                page.evaluate(EMPTY_THE_FORM)
            found += faults(page, sizes=BOTH)
    page.set_viewport_size(WIDE)
    for _attempt in range(5):
        opened(page, reverse("login"), 200)
        page.locator("[name=username]").fill(teacher.username)
        page.locator("[name=password]").fill("mistyped")
        with page.expect_navigation():
            page.locator("[name=password]").press("Enter")
    found += faults(page, sizes=BOTH)
    assert found == []


def test_pages_of_the_second_factor(page: Page, teacher: Any, let_in: Callable[..., Any]) -> None:
    let_in(teacher)
    opened(page, reverse("second_factor_setup"))
    found = faults(page, sizes=BOTH)
    device = TOTPDevice.objects.get(user=teacher)
    page.locator("[name=code]").fill(f"{totp(device.bin_key):06}")
    with page.expect_navigation():
        page.locator("[name=code]").press("Enter")
    found += faults(page, sizes=BOTH)
    for name in ("second_factor_codes", "second_factor_remove", "profile"):
        page.set_viewport_size(WIDE)
        found += faults(opened(page, reverse(name)), sizes=BOTH)
    let_in(teacher)
    page.set_viewport_size(WIDE)
    found += faults(opened(page, reverse("home")), sizes=BOTH)
    assert page.url.partition("?")[0].endswith(reverse("second_factor"))
    assert found == []

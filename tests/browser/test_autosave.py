"""What is typed into a line of a request is not lost: leaving at once, or without a connection."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect

from training_plans.models import RequestLine
from workflow.calendar import today

from ..factories import PostFactory, RequestFactory, RequestLineFactory
from .conftest import SECONDS, sign_in
from .inspection import WIDE

pytestmark = pytest.mark.browser


@pytest.fixture
def line(transactional_db: None, units: Any, accounts: Any) -> RequestLine:
    request = RequestFactory(unit=units.department, planning_year__year=today().year + 1)
    return RequestLineFactory(
        request=request, post=PostFactory(unit=units.department), added_because="Жаңа пән"
    )


@pytest.fixture
def page(browser: Browser, base_url: str, line: RequestLine, accounts: Any) -> Any:
    """The head's window; a lost connection complains into the console, which is asked for here."""
    context = browser.new_context(base_url=base_url, viewport=WIDE)  # type: ignore[arg-type]
    context.set_default_timeout(SECONDS * 1000)
    sign_in(context, accounts["head"], base_url)
    page = context.new_page()
    page.goto(reverse("request", args=[line.request_id]))
    page.locator(".line-act a").first.click()
    yield page
    context.close()


def justification(page: Page) -> Locator:
    return page.locator(".is-open [name=justification]")


def test_a_link_pressed_at_once_waits_until_it_is_kept(page: Page, line: RequestLine) -> None:
    justification(page).fill("Дереу басылды")
    page.locator(f"a[href='{reverse('request_person_add', args=[line.request_id])}']").click()
    page.wait_for_url("**/add/")
    line.refresh_from_db()
    assert line.justification == "Дереу басылды"


def test_what_is_refused_holds_the_request_back(page: Page, line: RequestLine) -> None:
    page.locator(".is-open [name=cost]").fill("-5")
    page.locator("[name=minutes_number]").fill("7")
    page.locator("[name=minutes_date]").fill(dt.date(today().year, 1, 12).isoformat())
    page.locator("#request-send button").click()
    expect(page.locator(".is-open .save-state.bad li")).to_have_count(1)
    line.request.refresh_from_db()
    assert line.request.state == "draft"


def test_without_a_connection_it_stays_and_is_kept_later(page: Page, line: RequestLine) -> None:
    justification(page).wait_for()
    page.context.set_offline(True)
    justification(page).fill("Желісіз жазылды")
    justification(page).press("Tab")
    state = page.locator(".is-open .save-state")
    expect(state).to_have_class("save-state bad")
    page.locator(".is-open .line-act a").click()
    expect(page.locator("#connection")).to_be_visible()
    page.context.set_offline(False)
    expect(state).to_have_class("save-state ok")
    expect(page.locator("#connection")).to_be_hidden()
    line.refresh_from_db()
    assert line.justification == "Желісіз жазылды"

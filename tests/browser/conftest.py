"""Chromium against the live server: one window for each worker, emptied between tests.

A page that complains into the console, breaks the content security policy or raises in its
script fails the test that opened it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from ..test_access import addresses  # noqa: F401  a fixture
from ..test_words_on_pages import full  # noqa: F401  a fixture
from .inspection import WIDE

# Patience, where the machine has other things to do; what comes sooner is not waited for.
SECONDS = 30
# What the browser itself writes when a page refuses, which tests ask for on purpose.
REFUSALS = re.compile(r"the server responded with a status of (403|404|409|422|429)")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file: in memory the server's threads would share one connection.

    And no connection outlives its request: they would hold the database that is to be removed.
    """
    given = connections["default"].settings_dict
    given["CONN_MAX_AGE"] = 0
    if given["ENGINE"].endswith("sqlite3"):
        given["TEST"]["NAME"] = str(settings.VAR_ROOT / "browser.sqlite3")


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture(scope="session")
def window(browser: Any, base_url: str) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=base_url, locale="kk-KZ", timezone_id=settings.TIME_ZONE, viewport=WIDE
    )
    context.set_default_timeout(SECONDS * 1000)
    expect.set_options(timeout=SECONDS * 1000)
    yield context
    context.close()


@pytest.fixture
def context(window: BrowserContext) -> Iterator[BrowserContext]:
    """Playwright's own fixture would make a new window for each test, and fetch fonts anew."""
    window.clear_cookies()
    yield window
    for page in window.pages:
        page.close()
    window.clear_cookies()


@contextmanager
def hearing(context: BrowserContext) -> Iterator[None]:
    """Fails at the end if a page of the window has complained meanwhile."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not REFUSALS.search(message.text):
            complaints.append(f"{message.page.url if message.page else '?'}: {message.text}")

    def hear_error(error: Any) -> None:
        complaints.append(str(error))

    context.on("console", hear)
    context.on("weberror", hear_error)
    yield
    context.remove_listener("console", hear)
    context.remove_listener("weberror", hear_error)
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    with hearing(context):
        yield context.new_page()


def sign_in(context: BrowserContext, user: Any, url: str, language: str = "kk") -> None:
    """Without typing a password."""
    user.language = language
    user.save()
    client = Client()
    client.force_login(user, backend="staff.backends.PasswordBackend")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


@pytest.fixture
def let_in(context: BrowserContext, base_url: str) -> Callable[..., Any]:
    """``let_in(user)``: signed in, in Kazakh unless told otherwise."""

    def let(user: Any, language: str = "kk") -> Any:
        sign_in(context, user, base_url, language)
        return user

    return let


@pytest.fixture
def desk_of(browser: Any, base_url: str) -> Iterator[Callable[..., Page]]:
    """``desk_of(user)``: the page in a window of this user's own, signed in for today, in Kazakh.

    ``desk_of(user, PHONE)`` is the same person's phone; ``desk_of(None)`` is nobody's.
    """
    expect.set_options(timeout=SECONDS * 1000)
    with ExitStack() as open_windows:
        desks: dict[Any, Page] = {}

        def desk(user: Any, size: dict[str, int] = WIDE) -> Page:
            key = (user and user.pk, size["width"])
            if key not in desks:
                context = browser.new_context(
                    base_url=base_url,
                    locale="kk-KZ",
                    timezone_id=settings.TIME_ZONE,
                    viewport=size,
                )
                context.set_default_timeout(SECONDS * 1000)
                open_windows.callback(context.close)
                open_windows.enter_context(hearing(context))
                desks[key] = context.new_page()
            if user is not None:
                sign_in(desks[key].context, user, base_url)
            return desks[key]

        yield desk

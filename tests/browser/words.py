"""The words on the page, by which a person finds what to press: Kazakh, by their English."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Model
from django.utils import translation
from playwright.sync_api import Locator, Page

from ..factories import PASSWORD


def kk(english: str, **values: Any) -> str:
    """The Kazakh of a text, which must exist."""
    with translation.override("kk"):
        text = translation.gettext(english)
    assert text != english, f"no Kazakh for «{english}»"
    return text % values if values else text


def name_of(model: type[Model], field: str) -> str:
    """How a field of the registry is called in Kazakh."""
    with translation.override("kk"):
        return str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def _whole(label: str) -> re.Pattern[str]:
    """A label as it is drawn: obligatory fields carry an asterisk."""
    return re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$", re.IGNORECASE)


def field(place: Page | Locator, label: str) -> Locator:
    """The field with this label and no longer one."""
    return place.get_by_label(_whole(label))


def link(place: Page | Locator, label: str) -> Locator:
    """A link of the page itself, not of the navigation beside it."""
    return place.get_by_role("main").get_by_role("link", name=label)


def press(page: Page, label: str) -> None:
    page.get_by_role("main").get_by_role("button", name=label, exact=True).click()


def go(page: Page, place: str) -> None:
    """Through the navigation at the side."""
    side = page.get_by_role("navigation", name=kk("Main navigation"))
    side.get_by_role("link", name=kk(place), exact=True).click()


def enter(page: Page, username: str, password: str = PASSWORD) -> None:
    """The door: user name, password, «Кіру»."""
    page.goto("/")
    field(page, kk("User name")).fill(username)
    field(page, kk("Password")).fill(password)
    press(page, kk("Sign in"))


def heading(page: Page, text: str | re.Pattern[str] | None = None) -> Locator:
    return page.get_by_role("heading", level=1, name=text)


def told(page: Page, text: str) -> Locator:
    """What the program says above the page's content."""
    return page.get_by_role("main").get_by_text(text)


def label_of(choice: Any) -> str:
    """A choice in Kazakh: ``label_of(Area.PROFILE)``."""
    with translation.override("kk"):
        return str(choice.label)


def choose(select: Locator, text: str) -> None:
    """The choice that says ``text``; the tree of units sets its choices in."""
    option = select.locator("option", has_text=text).first
    select.select_option(value=option.get_attribute("value"))

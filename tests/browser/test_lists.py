"""Finding: a past day, filters that stay in the address, columns, search, the keyboard alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from staff.domain import standings
from staff.models import Post
from staff.models.standing import State

from ..factories import PersonFactory, PostFactory, TrainingRecordFactory
from .test_imports import tile
from .words import choose, enter, field, go, heading, kk, label_of, link

pytestmark = pytest.mark.browser


@pytest.fixture
def people(hr: Any, units: Any, today: Any) -> dict[str, Any]:
    """Әлиева, in force until 30 April 2026; Бекова of the other department, satisfied."""
    hr.language = "kk"
    hr.save()
    found = {
        "Әлиева": PersonFactory(last_name="Әлиева", first_name="Гүлжан"),
        "Бекова": PersonFactory(last_name="Бекова", first_name="Дана"),
    }
    PostFactory(person=found["Әлиева"], unit=units.department)
    PostFactory(person=found["Бекова"], unit=units.other_department)
    TrainingRecordFactory(person=found["Әлиева"], ends_on=today.replace(2023, 4, 30))
    TrainingRecordFactory(person=found["Бекова"])
    standings.restate_everybody(on=today)
    return found


def test_the_figures_of_a_past_day(page: Page, people: dict[str, Any]) -> None:
    enter(page, "hr")
    go(page, "Compliance")
    assert tile(page, label_of(State.EXPIRING)) == 0
    main = page.get_by_role("main")
    main.get_by_text(kk("Another day"), exact=True).click()
    field(page, kk("As of")).fill("2026-01-31")
    main.get_by_role("button", name=kk("Show")).click()
    expect(main.get_by_text(re.compile("2026 жылғы 31 қаңтар")).first).to_be_visible()
    assert tile(page, label_of(State.EXPIRING)) == 1
    main.get_by_role("link", name=re.compile(f"^{label_of(State.EXPIRING)}", re.IGNORECASE)).click()
    expect(link(page, people["Әлиева"].full_name)).to_be_visible()
    link(page, people["Әлиева"].full_name).click()
    expect(main.get_by_text("31.01.2026").first).to_be_visible()
    expect(
        main.get_by_role("region").get_by_text(label_of(State.EXPIRING), exact=True)
    ).to_be_visible()


def test_filters_stay_in_the_address_and_columns_are_chosen(
    page: Page, people: dict[str, Any], units: Any
) -> None:
    enter(page, "hr")
    go(page, "Employees")
    filters = page.get_by_role("form", name=kk("Filters"))
    choose(field(filters, kk("Unit")), units.other_department.name_kk)
    choose(field(filters, kk("Staff category")), label_of(Post.Category.UNIVERSITY_TEACHER))
    filters.get_by_role("button", name=kk("Show")).click()
    expect(link(page, people["Әлиева"].full_name)).to_have_count(0)
    expect(link(page, people["Бекова"].full_name)).to_be_visible()
    page.reload()
    assert units.other_department.code in page.url
    expect(field(filters, kk("Unit"))).to_have_value(units.other_department.code)
    expect(link(page, people["Әлиева"].full_name)).to_have_count(0)

    main = page.get_by_role("main")
    shown = main.get_by_role("columnheader", name=kk("Personnel number"))
    expect(shown).to_be_visible()
    main.get_by_text(kk("Columns"), exact=True).click()
    main.get_by_role("checkbox", name=kk("Personnel number")).uncheck()
    main.get_by_role("button", name=kk("Show")).last.click()
    expect(shown).to_have_count(0)
    go(page, "Employees")
    expect(link(page, people["Әлиева"].full_name)).to_be_visible()
    expect(shown).to_have_count(0)


def test_search_forgives_letters_and_works_from_the_keyboard(
    page: Page, people: dict[str, Any]
) -> None:
    enter(page, "hr")
    expect(heading(page)).to_be_visible()
    page.wait_for_load_state("load")  # the key is listened for once the script is there
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name=kk("Find an employee"))
    expect(search).to_be_focused()
    page.keyboard.type("алиева гулжан")
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text(kk("Employees"))
    expect(link(page, people["Әлиева"].full_name)).to_be_visible()
    expect(link(page, people["Бекова"].full_name)).to_have_count(0)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.name"))


def test_everything_is_reached_by_the_keyboard(page: Page, people: dict[str, Any]) -> None:
    enter(page, "hr")
    page.goto(reverse("person", args=[people["Әлиева"].pk]))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name=kk("Skip to the content"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    walked = []
    for _step in range(8):
        page.keyboard.press("Tab")
        walked.append(focused(page).strip())
        if walked[-1] == kk("Add a record"):
            break
    assert walked[-1] == kk("Add a record")
    # What has the focus is seen to have it.
    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate(f"{style}.outlineStyle !== 'none' || {style}.boxShadow !== 'none'")
    page.keyboard.press("Enter")
    expect(heading(page)).to_contain_text(kk("New training record"))

    # A drop-down opens with Enter and closes with Escape, the focus staying with it.
    page.goto(reverse("compliance"))
    day = page.get_by_role("main").get_by_text(kk("Another day"), exact=True)
    day.focus()
    page.keyboard.press("Enter")
    expect(field(page, kk("As of"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(field(page, kk("As of"))).to_be_hidden()

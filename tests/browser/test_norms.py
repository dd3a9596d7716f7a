"""HR changes a requirement knowing what it does, and records a day the government moved."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from staff.domain import standings
from staff.models import Standing, TrainingRequirement
from staff.models.standing import State
from workflow.models import CalendarException

from ..factories import PostFactory, TrainingRecordFactory
from .words import enter, field, go, heading, kk, label_of, link, name_of, press, told

pytestmark = pytest.mark.browser


def test_a_new_version_of_a_requirement(page: Page, hr: Any, units: Any, today: Any) -> None:
    hr.language = "kk"
    hr.save()
    post = PostFactory(unit=units.department)
    TrainingRecordFactory(person=post.person)
    standings.restate_everybody(on=today)
    enter(page, "hr")
    go(page, "Requirements")
    link(page, kk("New version")).first.click()
    field(page, name_of(TrainingRequirement, "hours")).fill("144")
    field(page, name_of(TrainingRequirement, "valid_from")).fill("2026-11-01")
    press(page, kk("Show the effect"))
    expect(page.get_by_role("alert")).to_be_visible()
    field(page, name_of(TrainingRequirement, "basis")).fill("Ғылыми кеңес, № 3 хаттама")
    press(page, kk("Show the effect"))

    # The preview names who would change; nothing is written yet.
    change = page.get_by_role("row", name=re.compile(re.escape(post.person.full_name)))
    expect(change).to_contain_text(label_of(State.COMPLIANT))
    expect(change).to_contain_text(label_of(State.OVERDUE))
    versions = TrainingRequirement.objects.filter(code="university_teacher")
    assert versions.count() == 1
    press(page, kk("Put the new version into force"))
    expect(
        told(page, kk("The new version is recorded; standings were recomputed."))
    ).to_be_visible()
    expect(page.get_by_text("Ғылыми кеңес, № 3 хаттама").first).to_be_visible()
    assert versions.count() == 2
    assert Standing.objects.on(today).get(person=post.person).state == State.OVERDUE


def test_a_moved_day(page: Page, hr: Any) -> None:
    hr.language = "kk"
    hr.save()
    enter(page, "hr")
    go(page, "Calendar")
    field(page, name_of(CalendarException, "day")).fill("2027-01-09")  # a Saturday
    field(page, kk("This day is worked")).check()
    press(page, kk("Record"))
    expect(page.get_by_role("alert")).to_be_visible()
    field(page, name_of(CalendarException, "basis")).fill("Үкіметтің № 12 қаулысы")
    press(page, kk("Record"))
    moved = page.get_by_role("row", name=re.compile(r"09\.01\.2027"))
    expect(moved).to_contain_text("Үкіметтің № 12 қаулысы")
    [exception] = CalendarException.objects.all()
    assert (exception.day, exception.is_working) == (dt.date(2027, 1, 9), True)
    moved.get_by_role("link", name=kk("Remove")).click()
    expect(heading(page)).to_have_text(kk("Remove the day"))
    press(page, kk("Remove"))
    expect(moved).to_have_count(0)
    assert not CalendarException.objects.exists()

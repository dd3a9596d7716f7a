"""What somebody may try against planning who is signed in, or only knows an address."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import NoReverseMatch, reverse

from skma_qualification.checks import patterns
from training_plans.domain import amendments
from training_plans.domain.events import list_version, plan_event
from training_plans.models import Participant, Plan, PlanLine
from workflow.models import JobRun, StoredFile
from workflow.saving import version_of

from ..factories import (
    CourseFactory,
    ParticipantFactory,
    PlanFactory,
    PlanLineFactory,
    RequestFactory,
    RequestLineFactory,
)
from .approved_plans import in_force

pytestmark = pytest.mark.django_db


def page(response: Any) -> str:
    return str(response.content.decode())


# --- the whole plan is not every head's ---------------------------------------------------------
@pytest.fixture
def plan(centre: Any, teacher: Any, stranger: Any, today: Any) -> Plan:
    """Version 2: the stranger's line was taken out, the teacher's stands."""
    plan = PlanFactory()
    for user in (teacher, stranger):
        PlanLineFactory(plan=plan, post=user.person.posts.get())
    in_force(plan, by=centre)
    draft = amendments.open_amendment(plan=plan, actor=centre, on=today)
    amendments.add_item(
        amendment=draft,
        change="take_out",
        line=plan.lines.get(person=stranger.person),
        values={},
        because="Жұмыстан кетті",
        paper=_memo(centre),
        actor=centre,
        on=today,
    )
    draft = amendments.submit(amendment=draft, actor=centre, on=today)
    seen = amendments.seen_now(draft)
    amendments.approve(amendment=draft, actor=centre, on=today, seen=seen)
    return plan


def _memo(by: Any) -> StoredFile:
    return StoredFile.keep(
        ContentFile(b"%PDF-1.7", name="memo.pdf"),
        name="memo.pdf",
        content_type="application/pdf",
        by=by,
    )


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("centre", True),
        ("methodologist", True),
        ("finance", True),
        ("rector", True),
        ("vicerector", False),
        ("dean", False),
        ("head", False),
        ("stranger_head", False),
    ],
)
def test_papers_of_the_whole_plan_are_offered_to_who_sees_all_of_it(
    signed_in: Any, accounts: Any, plan: Plan, role: str, sees: bool
) -> None:
    browser = signed_in(accounts[role])
    version = plan.versions.get(number=2)
    tokens = {version.paper.token, version.change_sheet.token}
    year = plan.planning_year.year
    offered = "".join(
        page(browser.get(url))
        for url in (
            reverse("plan_versions", args=[year]),
            reverse("plan_version", args=[year, 2]),
            reverse("amendment", args=[version.amendment_id]),
        )
    )
    assert {token for token in tokens if token in offered} == (tokens if sees else set())
    answers = {
        browser.get(reverse(name, args=[token])).status_code
        for token in tokens
        for name in ("paper", "paper_progress", "paper_file")
    }
    assert (403 in answers, answers == {403}) == (not sees, not sees)


# --- what is typed to keep the server busy ------------------------------------------------------
SEARCHES = ["а " * 1500, " ".join(map(str, range(700))), "x" * 60_000, "а\x00"]


@pytest.mark.parametrize("text", SEARCHES, ids=["one letter", "numbers", "one word", "nul"])
def test_no_search_is_too_long(signed_in: Any, centre: Any, plan: Plan, text: str) -> None:
    """Thousands of words are no thousand conditions: the database refuses those, or takes long."""
    browser = signed_in(centre)
    year = [plan.planning_year.year]
    answers = {
        name: browser.get(reverse(name, args=given), {field: text}).status_code
        for name, given, field in (
            ("plan", year, "q"),
            ("plan", year, "provider"),
            ("plan_execution_list", year, "q"),
            ("plan_version", [*year, 1], "q"),
            ("amendment_add", year, "q"),
            ("request_list", year, "q"),
            ("needs_list", year, "q"),
            ("needs_asked", year, "q"),
            ("wishes", [], "q"),
            ("course_list", [], "q"),
            ("event_list", [], "q"),
            ("event_people", [], "person"),
            ("plan_people", [], "person"),
            ("provider_suggestions", [], "name"),
            ("person_list", [], "q"),
            ("record_list", [], "q"),
            ("compliance_list", [], "q"),
            ("proposals", [], "q"),
        )
    }
    assert {name: code for name, code in answers.items() if code != 200} == {}


def test_a_colleague_is_not_looked_for_by_a_thousand_words(
    signed_in: Any, head: Any, units: Any
) -> None:
    request = RequestFactory(unit=units.department)
    url = reverse("request_person_add", args=[request.pk])
    for text in SEARCHES[1:]:
        response = signed_in(head).post(url, {"person": text, "because": "Керек"})
        assert response.status_code == 422
    assert not request.lines.exists()


def test_a_mark_of_no_participant_is_passed_over(signed_in: Any, centre: Any) -> None:
    place = ParticipantFactory()
    url = reverse("event_attendance", args=[place.event_id])
    names = [f"mark-{'9' * 5000}", "mark-²", "mark--1", f"mark-{'9' * 18}"]
    for name in names:
        body = urlencode({name: "attended", "version": list_version(place.event)})
        response = signed_in(centre).post(
            url, body, content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code in (302, 422)
    place.refresh_from_db()
    assert place.state == Participant.State.ENROLLED


def test_an_event_does_not_last_for_centuries(centre: Any, today: Any) -> None:
    days = {"starts_on": today, "ends_on": dt.date(9999, 12, 31), "places": 10}
    with pytest.raises(ValidationError) as refusal:
        plan_event(course=CourseFactory(), values=days, actor=centre, on=today)
    assert list(refusal.value.error_dict) == ["ends_on"]


def test_looking_at_draft_after_draft_keeps_one_waiting(
    signed_in: Any, head: Any, secretary: Any, units: Any
) -> None:
    """Each look at other data asks for another draft; the ones nobody waits for are not made."""
    request = RequestLineFactory(request=RequestFactory(unit=units.department)).request
    address = reverse("request_draft", args=[request.pk])
    for topic in ("Бірінші", "Екінші", "Үшінші"):
        request.lines.update(topic=topic)
        assert signed_in(head).get(address).status_code == 202
    request.lines.update(topic="Төртінші")
    assert signed_in(secretary).get(address).status_code == 202
    asked = [cache.get(f"draft-data-{job.key}") for job in JobRun.objects.order_by("pk")]
    topics = [draft and draft["data"]["lines"][0]["topic"] for draft in asked]
    assert topics == [None, None, "Үшінші", "Төртінші"]


# --- addresses guessed --------------------------------------------------------------------------
@pytest.mark.parametrize("token", ["%00", "x" * 22, "..%2F..%2Fetc", "%FF", "a%0Ab"])
@pytest.mark.parametrize("path", ["/verify/{}/", "/papers/{}/", "/papers/{}/file/"])
def test_a_token_nobody_gave_leads_nowhere(
    signed_in: Any, centre: Any, path: str, token: str
) -> None:
    assert signed_in(centre).get(path.format(token)).status_code == 404


def test_the_public_page_says_nothing_personal(client: Client, plan: Plan) -> None:
    """Of the plan and its change sheet: no name, no topic, no unit, whatever host is claimed."""
    version = plan.versions.get(number=2)
    for paper in (version.paper, version.change_sheet):
        url = reverse("verification", args=[paper.token])
        shown = page(client.get(url, headers={"x-forwarded-host": "evil.example"}))
        assert paper.number in shown
        lines = PlanLine.objects.select_related("person", "unit")
        said = {w for line in lines for w in (line.person.last_name, line.topic, line.unit.name)}
        assert {words for words in said | {"evil.example"} if words in shown} == set()


# --- what a form may not carry ------------------------------------------------------------------
def test_a_line_takes_its_terms_and_nothing_else(
    signed_in: Any, head: Any, units: Any, teacher: Any, stranger: Any
) -> None:
    line = RequestLineFactory(
        request=RequestFactory(unit=units.department), post=teacher.person.posts.get()
    )
    foreign = RequestLineFactory(
        request=RequestFactory(unit=units.other_department), post=stranger.person.posts.get()
    )
    kept = ["person_id", "post_id", "request_id", "left_out", "due_on", "missing_hours", "remark"]
    kept += ["requirement_id", "is_suggested", "added_because", "not_planned_because"]
    before = {name: getattr(line, name) for name in kept}
    typed = {
        "topic": "Жаңа тақырып",
        "area": "profile",
        "form": "course",
        "kind": "course",
        "precision": "month",
        "month": "4",
        "importance": "medium",
        "version": version_of(line),
        "person": foreign.person_id,
        "post": foreign.post_id,
        "request": foreign.request_id,
        "left_out": "1",
        "left_out_because": "х",
        "due_on": "2030-01-01",
        "missing_hours": "0",
        "is_suggested": "1",
        "requirement": "",
        "added_because": "х",
        "not_planned_because": "х",
        "remark": "х",
        "state": "accepted",
    }
    browser = signed_in(head)
    response = browser.post(reverse("request_line", args=[line.pk]), typed)
    assert response.status_code == 302
    line.refresh_from_db()
    assert line.topic == "Жаңа тақырып"
    assert {name: getattr(line, name) for name in kept} == before
    many = reverse("request_many", args=[line.request_id])
    browser.post(many, typed | {"ids": [foreign.pk]})
    foreign.refresh_from_db()
    assert foreign.topic != "Жаңа тақырып"
    wanted = reverse("request_line", args=[foreign.pk])
    assert browser.post(wanted, typed).status_code == 404


@pytest.mark.parametrize("next_page", ["//evil.example", "https://evil.example", "javascript:x"])
def test_nobody_is_led_out_of_the_house(
    signed_in: Any, centre: Any, plan: Plan, next_page: str
) -> None:
    browser = signed_in(centre)
    year = [plan.planning_year.year]
    for name, given in (("plan_begin", year), ("plan_take_in", year), ("plan_move", [])):
        response = browser.post(reverse(name, args=given), {"next": next_page})
        assert (response.status_code, response["Location"][:10]) == (302, "/planning/")


def test_no_button_works_without_its_token(centre: Any, hr: Any, plan: Plan) -> None:
    """Every address of planning that takes a button's press asks for the CSRF token."""
    line = plan.lines.first()
    arguments: list[list[Any]] = [[], [plan.planning_year.year], [line.pk], [2027, line.unit_id]]
    for user in (centre, hr):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user, backend="staff.backends.PasswordBackend")
        for pattern in patterns():
            if not str(pattern.callback.__module__).startswith("training_plans."):
                continue
            for given in arguments:
                with contextlib.suppress(NoReverseMatch):
                    response = browser.post(reverse(str(pattern.name), args=given))
                    assert response.status_code == 403, pattern.name

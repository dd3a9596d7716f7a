"""The pages of events: who sees whom, what is pressed where, what is said when it is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from staff.models import TrainingRecord
from training_plans.domain import events
from training_plans.models import Event, Participant, Plan
from workflow.models import IssuedPaper

from ..factories import (
    CourseFactory,
    EventFactory,
    ParticipantFactory,
    PersonFactory,
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    TrainingRecordFactory,
)

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def page_of(client: Client, event: Event) -> str:
    response = client.get(reverse("event", args=[event.pk]))
    assert response.status_code == 200
    return response.content.decode()


def listed(client: Client, **query: Any) -> set[int]:
    response = client.get(reverse("event_list"), query)
    assert response.status_code == 200
    return {row.record.pk for row in response.context["table"].rows}


# --- the list ---------------------------------------------------------------------------------
@pytest.fixture
def four(today: dt.date) -> dict[str, Event]:
    """Coming and full, coming at another provider's, past with HR, past and verified."""
    soon = {"starts_on": today + DAY, "ends_on": today + 2 * DAY}
    full = ParticipantFactory(event=EventFactory(places=1, **soon)).event
    other = EventFactory(course=CourseFactory(title="Хирургия"), **soon)
    return {
        "full": full,
        "other": other,
        "held": EventFactory(state=Event.State.HELD),
        "verified": EventFactory(state=Event.State.VERIFIED),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"full", "other", "held"}),
        ({"when": "past"}, {"held", "verified"}),
        ({"when": "all"}, {"full", "other", "held", "verified"}),
        ({"state": "held"}, {"held"}),
        ({"state": "verified"}, {"verified"}),
        ({"state": "verified", "when": "open"}, set()),
        ({"whose": "other"}, {"other"}),
        ({"whose": "own"}, {"full", "held"}),
        ({"free": "yes"}, {"other", "held"}),
        ({"free": "no"}, {"full"}),
        ({"q": "хирургиа"}, set()),
        ({"q": "ХИРУРГИЯ"}, {"other"}),
        ({"mine": "yes"}, set()),
        ({"date_to": "2026-11-20"}, {"held", "verified"}),
    ],
)
def test_the_list_is_narrowed_down(
    query: dict[str, str],
    names: set[str],
    four: dict[str, Event],
    teacher: Any,
    signed_in: SignIn,
) -> None:
    assert listed(signed_in(teacher), **query) == {four[name].pk for name in names}


def test_one_finds_ones_own_events(four: dict[str, Event], teacher: Any, signed_in: SignIn) -> None:
    ParticipantFactory(event=four["other"], person=teacher.person)
    ParticipantFactory(event=four["held"], person=teacher.person, state="withdrawn")
    client = signed_in(teacher)
    assert listed(client, mine="yes") == {four["other"].pk}
    assert "you: enrolled" in client.get(reverse("event_list")).content.decode()


# --- who sees whom ----------------------------------------------------------------------------
SEEN_BY = {
    "centre": {"teacher", "stranger"},
    "hr": {"teacher", "stranger"},
    "rector": {"teacher", "stranger"},
    "dean": {"teacher", "stranger"},
    "head": {"teacher"},
    "stranger_head": {"stranger"},
    "teacher": set(),
    "stranger": set(),
    "finance": set(),
}


@pytest.mark.parametrize("role", SEEN_BY)
def test_names_are_seen_by_whose_people_they_are(
    role: str, accounts: Any, teacher: Any, stranger: Any, signed_in: SignIn
) -> None:
    event = EventFactory(state=Event.State.VERIFIED)
    for user in (teacher, stranger):
        ParticipantFactory(event=event, person=user.person, state="attended")
    page = page_of(signed_in(accounts[role]), event)
    content = page[page.index('id="content"') :]
    seen = {user.username for user in (teacher, stranger) if user.person.full_name in content}
    assert seen == SEEN_BY[role]


def test_an_employee_sees_the_event_and_their_own_place(
    teacher: Any, stranger: Any, signed_in: SignIn
) -> None:
    event = ParticipantFactory(person=teacher.person).event
    assert "My place" in page_of(signed_in(teacher), event)
    page = page_of(signed_in(stranger), event)
    assert "My place" not in page
    assert "How to take part" in page


def test_the_certificate_is_named_to_whom_it_belongs_and_on_the_record(
    hr: Any, teacher: Any, head: Any, stranger_head: Any, signed_in: SignIn, today: dt.date
) -> None:
    place = ParticipantFactory(
        person=teacher.person, event__state=Event.State.HELD, state="attended"
    )
    events.verify(event=place.event, actor=hr, on=today)
    number = "С-2026-00001"
    assert number in page_of(signed_in(teacher), place.event)
    assert number in page_of(signed_in(head), place.event)
    assert number not in page_of(signed_in(stranger_head), place.event)
    place.refresh_from_db()
    record = signed_in(teacher).get(reverse("record", args=[place.record_id])).content.decode()
    assert "Certificate of the academy" in record
    assert f"№ {number}" in record
    assert "No document is on file" not in record


# --- the Centre fills it ----------------------------------------------------------------------
def test_the_centre_plans_an_event(centre: Any, signed_in: SignIn) -> None:
    course, client = CourseFactory(), signed_in(centre)
    url = reverse("event_add", args=[course.pk])
    typed = {"starts_on": "2026-12-07", "ends_on": "2026-12-06", "places": "20", "place": "305"}
    refused = client.post(url, typed)
    assert refused.status_code == 422
    assert "ends before it begins" in refused.content.decode()
    assert 'value="305"' in refused.content.decode()
    response = client.post(url, typed | {"ends_on": "2026-12-18"})
    event = Event.objects.get()
    assert response["Location"] == reverse("event", args=[event.pk])
    assert (event.course, event.places) == (course, 20)
    twice = client.post(url, typed | {"ends_on": "2026-12-18"})
    assert (twice.status_code, Event.objects.count()) == (422, 1)


def test_the_second_editor_of_an_event_is_told(
    centre: Any, methodologist: Any, signed_in: SignIn
) -> None:
    event = EventFactory()
    url = reverse("event_edit", args=[event.pk])
    typed = {"starts_on": "2026-11-02", "ends_on": "2026-11-13", "places": "9"}
    mine = signed_in(centre)
    opened = dict(mine.get(url).context["hidden"])["version"]
    signed_in(methodologist).post(url, typed | {"place": "Басқа зал", "version": opened})
    response = mine.post(url, typed | {"place": "Менің залым", "version": opened})
    assert response.status_code == 409
    assert "Басқа зал" in response.content.decode()
    event.refresh_from_db()
    assert event.place == "Басқа зал"


def test_the_centre_enrols_by_name(centre: Any, signed_in: SignIn) -> None:
    event, client = EventFactory(places=1), signed_in(centre)
    one = PostFactory(person=PersonFactory(personnel_number="77")).person
    two = PostFactory(person=PersonFactory(personnel_number="78")).person
    url = reverse("event_enrol", args=[event.pk])
    assert client.post(url, {"person": "77"}).status_code == 302
    again = client.post(url, {"person": "77"})
    assert (again.status_code, "on the list already" in again.content.decode()) == (422, True)
    over = client.post(url, {"person": "78"})
    assert (over.status_code, "Places: 1, given away: 1" in over.content.decode()) == (422, True)
    nobody = client.post(url, {"person": "999"})
    assert (nobody.status_code, "Nobody in the registry" in nobody.content.decode()) == (422, True)
    assert [place.person for place in event.participants.all()] == [one]
    place = event.participants.get()
    client.post(reverse("event_participant_withdraw", args=[place.pk]))
    assert client.post(url, {"person": "78"}).status_code == 302
    assert {p.person: p.state for p in event.participants.all()} == {
        one: "withdrawn",
        two: "enrolled",
    }


def test_the_centre_takes_in_those_of_the_plan_in_one_click(centre: Any, signed_in: SignIn) -> None:
    event, client = EventFactory(places=2), signed_in(centre)
    plan = PlanFactory(planning_year=PlanningYearFactory(year=2026), state=Plan.State.APPROVED)
    lines = [PlanLineFactory(plan=plan, course=event.course) for _n in range(3)]
    response = client.get(reverse("event", args=[event.pk]))
    assert {line.pk for line in response.context["lines"]} == {line.pk for line in lines}
    url = reverse("event_take_in", args=[event.pk])
    over = client.post(url, {"ids": [line.pk for line in lines]})
    assert (over.status_code, "asked for: 3" in over.content.decode()) == (422, True)
    assert client.post(url, {"ids": [line.pk for line in lines[:2]]}).status_code == 302
    assert event.participants.count() == 2
    none = client.post(url, {"ids": [lines[0].pk]})
    assert (none.status_code, "have a place by now" in none.content.decode()) == (422, True)


# --- attendance -------------------------------------------------------------------------------
def test_attendance_is_marked_with_one_post(centre: Any, signed_in: SignIn) -> None:
    event, client = EventFactory(), signed_in(centre)
    places = [ParticipantFactory(event=event) for _n in range(3)]
    url = reverse("event_attendance", args=[event.pk])
    version = client.get(url).context["version"]
    marks = {f"mark-{place.pk}": "enrolled" for place in places}
    marks[f"mark-{places[0].pk}"] = "absent"
    response = client.post(url, marks | {"rest": "attended", "version": version})
    assert response["Location"] == reverse("event", args=[event.pk])
    states = {p.pk: p.state for p in event.participants.all()}
    assert states == {places[0].pk: "absent", places[1].pk: "attended", places[2].pk: "attended"}


def test_marks_made_meanwhile_are_shown_and_ones_own_are_kept(
    centre: Any, methodologist: Any, signed_in: SignIn
) -> None:
    place = ParticipantFactory()
    url = reverse("event_attendance", args=[place.event_id])
    mine = signed_in(centre)
    version = mine.get(url).context["version"]
    name = f"mark-{place.pk}"
    signed_in(methodologist).post(url, {name: "absent", "version": version})
    response = mine.post(url, {name: "attended", "version": version})
    assert response.status_code == 409
    [row] = response.context["participants"]
    assert (row.state, row.shown, row.differs) == ("absent", "attended", True)
    assert "Not saved. In the list now:" in response.content.decode()
    mine.post(url, {name: "attended", "version": response.context["version"]})
    place.refresh_from_db()
    assert place.state == "attended"


def test_too_early_attendance_is_refused_and_what_was_pressed_is_kept(
    centre: Any, signed_in: SignIn, today: dt.date
) -> None:
    place = ParticipantFactory(event__starts_on=today + DAY, event__ends_on=today + DAY)
    client, url = signed_in(centre), reverse("event_attendance", args=[place.event_id])
    version = client.get(url).context["version"]
    response = client.post(url, {f"mark-{place.pk}": "attended", "version": version})
    assert response.status_code == 422
    assert "attendance is marked from that day on" in response.content.decode()
    assert response.context["participants"][0].shown == "attended"


def test_a_list_that_is_with_hr_is_not_marked(centre: Any, signed_in: SignIn) -> None:
    event = EventFactory(state=Event.State.HELD)
    response = signed_in(centre).get(reverse("event_attendance", args=[event.pk]))
    assert response["Location"] == reverse("event", args=[event.pk])


# --- to HR and back ---------------------------------------------------------------------------
def test_from_the_lecture_room_to_the_ledger(centre: Any, hr: Any, signed_in: SignIn) -> None:
    event = ParticipantFactory(state="attended", person=PostFactory().person).event
    client, office = signed_in(centre), signed_in(hr)
    client.post(reverse("event_hold", args=[event.pk]))
    assert listed(office, state="held") == {event.pk}
    url = reverse("event_verify", args=[event.pk])
    response = office.get(url)
    assert response.status_code == 200
    version = dict(response.context["hidden"])["version"]
    response = office.post(url, {"version": version}, follow=True)
    assert "Records and certificates made: 1." in response.content.decode()
    assert (TrainingRecord.objects.count(), IssuedPaper.objects.count()) == (1, 1)
    assert office.get(url).status_code == 302
    assert office.post(url, {"version": version}).status_code in (409, 422)
    assert TrainingRecord.objects.count() == 1


def test_a_refused_handing_over_is_said_on_the_page(centre: Any, signed_in: SignIn) -> None:
    event, client = ParticipantFactory().event, signed_in(centre)
    assert "Participants not marked yet: 1" in page_of(client, event)  # beside the button
    response = client.post(reverse("event_hold", args=[event.pk]), follow=True)
    assert response.content.decode().count("Participants not marked yet: 1") == 2
    event.refresh_from_db()
    assert event.state == "planned"


def test_hr_sees_whose_training_is_known_and_returns_the_list(
    centre: Any, hr: Any, signed_in: SignIn
) -> None:
    person = PostFactory(person=PersonFactory(last_name="Әбенова")).person
    place = ParticipantFactory(person=person, state="attended", event__state=Event.State.HELD)
    event, client = place.event, signed_in(hr)
    TrainingRecordFactory(person=person, starts_on=event.starts_on, ends_on=event.ends_on)
    url = reverse("event_verify", args=[event.pk])
    response = client.get(url)
    assert response.context["is_stopped"] is True
    refused = client.post(url, {"version": dict(response.context["hidden"])["version"]})
    assert refused.status_code == 422
    assert f"{person.full_name}: in the ledger there is" in refused.content.decode()
    back = reverse("event_reopen", args=[event.pk])
    assert client.post(back, {"reason": ""}).status_code == 422
    assert client.post(back, {"reason": "Жазба бар"}).status_code == 302
    assert "Жазба бар" in page_of(signed_in(centre), event)


def test_a_cancelled_event_says_why(centre: Any, teacher: Any, signed_in: SignIn) -> None:
    event = ParticipantFactory(person=teacher.person).event
    url = reverse("event_cancel", args=[event.pk])
    assert signed_in(centre).post(url, {"reason": "Оқытушы ауырды"}).status_code == 302
    assert "Оқытушы ауырды" in page_of(signed_in(teacher), event)


# --- who may not ------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["teacher", "head", "stranger_head", "rector", "administrator"])
def test_who_is_neither_of_the_centre_nor_of_hr_changes_nothing(
    role: str, accounts: Any, teacher: Any, signed_in: SignIn
) -> None:
    place = ParticipantFactory(person=teacher.person)
    event, client = place.event, signed_in(accounts[role])
    before = (Participant.history.count(), Event.history.count())
    data = {"person": teacher.person.personnel_number, "reason": "Себебі", "ids": ["1"]}
    for name in (
        "edit",
        "cancel",
        "enrol",
        "take_in",
        "attendance",
        "hold",
        "reopen",
        "verify",
        "sheet",
    ):
        url = reverse(f"event_{name}", args=[event.pk])
        assert client.post(url, data).status_code == 403, name
    url = reverse("event_participant_withdraw", args=[place.pk])
    assert client.post(url).status_code == 403
    assert (Participant.history.count(), Event.history.count()) == before


@pytest.mark.parametrize(
    ("role", "names"), [("centre", ["verify", "reopen"]), ("hr", ["hold", "cancel", "enrol"])]
)
def test_neither_does_the_others_part(
    role: str, names: list[str], accounts: Any, signed_in: SignIn
) -> None:
    event = EventFactory()
    for name in names:
        url = reverse(f"event_{name}", args=[event.pk])
        assert signed_in(accounts[role]).post(url, {"reason": "Себебі"}).status_code == 403


def test_what_is_not_there_is_not_there(centre: Any, signed_in: SignIn) -> None:
    assert signed_in(centre).get(reverse("event", args=[999])).status_code == 404
    assert signed_in(centre).get(reverse("course", args=[999])).status_code == 404


# --- what a page costs ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "url_name", "state"),
    [
        ("centre", "event", "planned"),
        ("hr", "event", "held"),
        ("dean", "event", "verified"),
        ("centre", "event_attendance", "planned"),
        ("centre", "event_sheet", "planned"),
        ("hr", "event_verify", "held"),
    ],
)
def test_a_page_costs_the_same_however_many_take_part(
    role: str, url_name: str, state: str, accounts: Any, units: Any, signed_in: SignIn
) -> None:
    event = EventFactory(state=state)
    plan = PlanFactory(planning_year=PlanningYearFactory(year=2026), state=Plan.State.APPROVED)
    client = signed_in(accounts[role])

    def more() -> None:
        post = PostFactory(unit=units.department)
        ParticipantFactory(event=event, person=post.person, state="attended")
        TrainingRecordFactory(person=post.person, ends_on=event.starts_on)
        PlanLineFactory(plan=plan, post=PostFactory(unit=units.department), course=event.course)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(url_name, args=[event.pk])).status_code == 200
        return len(queries)

    more()
    cost()
    few = cost()
    for _n in range(4):
        more()
    assert cost() == few

"""Events: places, attendance, and the way from the Centre to HR's records and certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from staff.domain import standings
from staff.models import Person, Provider, Standing, TrainingRecord
from training_plans.domain import events
from training_plans.models import Event, Participant, Plan, PlanLine
from training_plans.transitions import EVENT
from workflow.models import Decision, IssuedPaper, NumberRegister
from workflow.papers import is_whole
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refused

from ..conftest import ROLES_WITH_ACCOUNTS
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

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


DAY = dt.timedelta(days=1)
State = Participant.State


def planned(**more: Any) -> dict[str, Any]:
    return {
        "starts_on": dt.date(2026, 12, 7),
        "ends_on": dt.date(2026, 12, 18),
        "places": 20,
        "group": "",
        "place": "305-аудитория",
    } | more


def employee(**person: Any) -> Person:
    return PostFactory(person=PersonFactory(**person)).person


def states(event: Event) -> dict[int, str]:
    return dict(event.participants.values_list("person_id", "state"))


def attended(event: Event, *people: Person) -> list[Participant]:
    return [ParticipantFactory(event=event, person=p, state=State.ATTENDED) for p in people]


def held(*people: Person, **event: Any) -> Event:
    made = EventFactory(state=Event.State.HELD, **event)
    attended(made, *people)
    return made


def line_for(event: Event, person: Person, **more: Any) -> PlanLine:
    """A line of the approved plan of the event's year, for its course."""
    year = PlanningYearFactory(year=event.starts_on.year)
    plan = Plan.objects.filter(planning_year=year).first() or PlanFactory(
        planning_year=year, state=Plan.State.APPROVED, version=1
    )
    more = {"course": event.course, "topic": event.course.title} | more
    return PlanLineFactory(plan=plan, post=person.posts.get(), **more)


# --- planned and changed ----------------------------------------------------------------------
def test_an_event_is_planned(centre: Any, today: dt.date) -> None:
    course = CourseFactory()
    event = events.plan_event(course=course, values=planned(), actor=centre, on=today)
    event.refresh_from_db()
    assert (event.course, event.state, event.places) == (course, "planned", 20)
    assert event.history.get().history_user == centre


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_on": dt.date(2026, 12, 6)}, "ends_on"),
        ({"starts_on": dt.date(226, 12, 7)}, "starts_on"),
        ({"starts_on": dt.date(2032, 12, 7), "ends_on": dt.date(2032, 12, 8)}, "starts_on"),
        ({"places": 0}, "places"),
    ],
)
def test_impossible_days_and_places_are_refused(
    wrong: dict[str, Any], field: str, centre: Any, today: dt.date
) -> None:
    with pytest.raises(ValidationError) as refusal:
        events.plan_event(course=CourseFactory(), values=planned(**wrong), actor=centre, on=today)
    assert list(refusal.value.error_dict) == [field]
    assert Event.objects.count() == 0


def test_no_event_of_a_withdrawn_course(centre: Any, today: dt.date) -> None:
    with pytest.raises(ValidationError, match="withdrawn from the catalogue"):
        events.plan_event(
            course=CourseFactory(is_offered=False), values=planned(), actor=centre, on=today
        )


def test_the_same_event_twice_is_refused_but_not_a_group_beside_it(
    centre: Any, today: dt.date
) -> None:
    course = CourseFactory()
    events.plan_event(course=course, values=planned(), actor=centre, on=today)
    with pytest.raises(ValidationError, match="planned already"):
        events.plan_event(course=course, values=planned(), actor=centre, on=today)
    events.plan_event(course=course, values=planned(group="Б"), actor=centre, on=today)
    assert Event.objects.count() == 2


def test_a_cancelled_event_does_not_stand_in_the_way(centre: Any, today: dt.date) -> None:
    course = CourseFactory()
    event = events.plan_event(course=course, values=planned(), actor=centre, on=today)
    events.cancel(event=event, reason="Оқытушы ауырды", actor=centre, on=today)
    events.plan_event(course=course, values=planned(), actor=centre, on=today)
    assert Event.objects.count() == 2


def test_places_do_not_fall_below_those_given_away(centre: Any, today: dt.date) -> None:
    event = EventFactory(places=3)
    for _n in range(2):
        ParticipantFactory(event=event)
    ParticipantFactory(event=event, state=State.WITHDRAWN)
    with pytest.raises(ValidationError, match="given away already: 2"):
        events.change_event(event=event, values={"places": 1}, actor=centre, on=today)
    events.change_event(event=event, values={"places": 2}, actor=centre, on=today)
    event.refresh_from_db()
    assert event.places == 2


def test_an_event_whose_attendance_is_marked_is_not_moved_into_the_future(
    centre: Any, today: dt.date
) -> None:
    event = EventFactory()
    attended(event, PersonFactory())
    moved = {"starts_on": today + DAY, "ends_on": today + DAY}
    with pytest.raises(ValidationError, match="marked already"):
        events.change_event(event=event, values=moved, actor=centre, on=today)


def test_moving_an_event_onto_another_of_a_participant_is_refused(
    centre: Any, today: dt.date
) -> None:
    person = employee(last_name="Әбенова")
    other = ParticipantFactory(
        person=person, event__starts_on=today + DAY, event__ends_on=today + 3 * DAY
    ).event
    event = ParticipantFactory(person=person).event
    moved = {"starts_on": today + 3 * DAY, "ends_on": today + 4 * DAY}
    with pytest.raises(ValidationError, match=f"Әбенова.*«{other.course.title}»"):
        events.change_event(event=event, values=moved, actor=centre, on=today)


def test_a_stale_edit_is_told(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    seen = version_of(event)
    events.change_event(event=event, values={"places": 9}, actor=centre, on=today, version=seen)
    with pytest.raises(ChangedMeanwhile):
        events.change_event(event=event, values={"places": 8}, actor=centre, on=today, version=seen)


@pytest.mark.parametrize("state", ["held", "verified", "cancelled"])
def test_only_a_planned_event_is_changed(state: str, centre: Any, today: dt.date) -> None:
    participant = ParticipantFactory(event__state=state)
    event, person = participant.event, employee()
    line = line_for(event, person)
    verbs: list[Callable[[], Any]] = [
        lambda: events.change_event(event=event, values={"places": 9}, actor=centre, on=today),
        lambda: events.enrol(event=event, people=[person], actor=centre, on=today),
        lambda: events.take_in(event=event, lines=[line], actor=centre, on=today),
        lambda: events.withdraw_participant(participant=participant, actor=centre, on=today),
        lambda: events.mark_attendance(
            event=event, marks={participant.pk: "absent"}, actor=centre, on=today
        ),
    ]
    before = Participant.history.count()
    for verb in verbs:
        with pytest.raises(ValidationError, match="Only a planned event"):
            verb()
    assert Participant.history.count() == before


# --- the list ---------------------------------------------------------------------------------
def test_people_are_enrolled(centre: Any, today: dt.date) -> None:
    event, one, two = EventFactory(), employee(), employee()
    events.enrol(event=event, people=[one, two], actor=centre, on=today)
    assert states(event) == {one.pk: "enrolled", two.pk: "enrolled"}


def test_nobody_gets_a_place_beyond_the_last_whatever_was_seen_before(
    centre: Any, methodologist: Any, today: dt.date
) -> None:
    """Both opened the page with one place left; the second presses a moment later."""
    event = EventFactory(places=1)
    seen_by_both = [Event.objects.with_places().get(pk=event.pk) for _n in range(2)]
    events.enrol(event=seen_by_both[0], people=[employee()], actor=centre, on=today)
    with pytest.raises(ValidationError, match="Places: 1, given away: 1, asked for: 1"):
        events.enrol(event=seen_by_both[1], people=[employee()], actor=methodologist, on=today)
    assert event.participants.count() == 1


def test_more_than_places_left_is_refused_whole(centre: Any, today: dt.date) -> None:
    event = EventFactory(places=2)
    with pytest.raises(ValidationError, match="asked for: 3"):
        events.enrol(event=event, people=[employee() for _n in range(3)], actor=centre, on=today)
    assert event.participants.count() == 0


def test_nobody_twice_and_nobody_who_does_not_work_here(centre: Any, today: dt.date) -> None:
    event, listed = EventFactory(), employee(last_name="Әбенова")
    gone = PostFactory(ended=True, person=PersonFactory(last_name="Бекова")).person
    events.enrol(event=event, people=[listed], actor=centre, on=today)
    with pytest.raises(ValidationError) as refusal:
        events.enrol(event=event, people=[listed, gone], actor=centre, on=today)
    assert refusal.value.messages == [
        f"{listed.full_name}: on the list already.",
        f"{gone.full_name}: holds no post at the academy in these days (3.1).",
    ]


def test_the_last_day_of_work_still_counts(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    leaves = PostFactory(ends_on=event.starts_on).person
    events.enrol(event=event, people=[leaves], actor=centre, on=today)
    assert states(event) == {leaves.pk: "enrolled"}


def test_nobody_sits_in_two_rooms_at_once_unless_one_is_at_a_distance(
    centre: Any, today: dt.date
) -> None:
    person = employee()
    first = EventFactory()
    events.enrol(event=first, people=[person], actor=centre, on=today)
    second = EventFactory(starts_on=first.ends_on, ends_on=first.ends_on)
    with pytest.raises(ValidationError, match=f"in these days at «{first.course.title}»"):
        events.enrol(event=second, people=[person], actor=centre, on=today)
    distance = EventFactory(course__mode=TrainingRecord.Mode.DISTANCE)
    events.enrol(event=distance, people=[person], actor=centre, on=today)
    events.cancel(event=first, reason="Орын жоқ", actor=centre, on=today)
    events.enrol(event=second, people=[person], actor=centre, on=today)
    assert states(second) == {person.pk: "enrolled"}


def test_a_withdrawn_place_is_free_and_can_be_taken_again(centre: Any, today: dt.date) -> None:
    event, one, two = EventFactory(places=1), employee(), employee()
    [place] = events.enrol(event=event, people=[one], actor=centre, on=today)
    events.withdraw_participant(participant=place, actor=centre, on=today)
    with pytest.raises(ValidationError, match="withdrawn already"):
        events.withdraw_participant(participant=place, actor=centre, on=today)
    events.enrol(event=event, people=[two], actor=centre, on=today)
    with pytest.raises(ValidationError, match="given away: 1"):
        events.enrol(event=event, people=[one], actor=centre, on=today)
    event.refresh_from_db()
    events.change_event(event=event, values={"places": 2}, actor=centre, on=today)
    events.enrol(event=event, people=[one], actor=centre, on=today)
    assert states(event) == {one.pk: "enrolled", two.pk: "enrolled"}


def test_who_attended_is_not_withdrawn(centre: Any, today: dt.date) -> None:
    [place] = attended(EventFactory(), employee())
    with pytest.raises(ValidationError, match="marked as attended"):
        events.withdraw_participant(participant=place, actor=centre, on=today)


# --- from the plan ----------------------------------------------------------------------------
def test_lines_of_the_plan_for_this_course_wait_for_a_place(today: dt.date) -> None:
    event = EventFactory()
    of_the_course = line_for(event, employee(last_name="Әбенова"))
    of_the_topic = line_for(
        event,
        employee(last_name="Бекова"),
        course=None,
        provider=None,
        topic=event.course.title.upper(),
    )
    line_for(event, employee(), course=None, provider=None, topic="Басқа тақырып")
    line_for(event, employee(), course=None, topic=event.course.title)  # another provider
    line_for(event, employee(), taken_out=True, taken_out_because="Демалыс")
    line_for(event, employee(), execution=PlanLine.Execution.DONE)
    line_for(event, employee(), execution=PlanLine.Execution.NOT_HELD)
    assert events.fitting_lines(event) == [of_the_course, of_the_topic]


@pytest.mark.parametrize("state", ["draft", "in_agreement", "closed"])
def test_a_plan_that_is_not_in_force_gives_no_lines(state: str) -> None:
    event = EventFactory()
    line_for(event, employee())
    Plan.objects.update(state=state)
    assert events.fitting_lines(event) == []


def test_the_plan_of_another_year_gives_no_lines() -> None:
    event = EventFactory()
    line = line_for(event, employee())
    line.plan.planning_year.year = 2031
    line.plan.planning_year.save()
    assert events.fitting_lines(event) == []


def test_those_in_the_plan_are_taken_in_at_once(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    lines = [line_for(event, employee()) for _n in range(3)]
    taken = events.take_in(event=event, lines=lines, actor=centre, on=today)
    assert {row.plan_line for row in taken} == set(lines)
    assert events.fitting_lines(event) == []
    with pytest.raises(ValidationError, match="have a place by now"):
        events.take_in(event=event, lines=lines[:1], actor=centre, on=today)


def test_a_line_of_another_course_is_not_taken_in(centre: Any, today: dt.date) -> None:
    event, other = EventFactory(), EventFactory()
    with pytest.raises(ValidationError, match="not for this course"):
        events.take_in(event=event, lines=[line_for(other, employee())], actor=centre, on=today)
    with pytest.raises(ValidationError, match="not for this course"):
        events.take_in(event=event, lines=[], actor=centre, on=today)


def test_who_is_enrolled_by_name_brings_the_line_along(centre: Any, today: dt.date) -> None:
    event, person = EventFactory(), employee()
    line = line_for(event, person)
    [place] = events.enrol(event=event, people=[person], actor=centre, on=today)
    assert place.plan_line == line


def test_a_line_whose_event_is_cancelled_or_missed_waits_again(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    line = line_for(event, employee())
    [place] = events.take_in(event=event, lines=[line], actor=centre, on=today)
    other = EventFactory(course=event.course, starts_on=today, ends_on=today)
    assert events.fitting_lines(other) == []
    events.mark_attendance(event=event, marks={place.pk: "absent"}, actor=centre, on=today)
    assert events.fitting_lines(other) == [line]
    events.mark_attendance(event=event, marks={place.pk: "enrolled"}, actor=centre, on=today)
    assert events.fitting_lines(other) == []
    events.cancel(event=event, reason="Орын жоқ", actor=centre, on=today)
    assert events.fitting_lines(other) == [line]


# --- attendance -------------------------------------------------------------------------------
def test_attendance_is_marked_in_one_go(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    one, two, three = (ParticipantFactory(event=event) for _n in range(3))
    marks = {one.pk: "attended", two.pk: "absent", three.pk: "enrolled"}
    assert events.mark_attendance(event=event, marks=marks, actor=centre, on=today) == 2
    assert states(event) == {
        one.person_id: "attended",
        two.person_id: "absent",
        three.person_id: "enrolled",
    }


def test_attendance_is_marked_from_the_first_day_on(centre: Any, today: dt.date) -> None:
    place = ParticipantFactory(event__starts_on=today + DAY, event__ends_on=today + DAY)
    marks = {place.pk: "attended"}
    with pytest.raises(ValidationError, match=r"begins on 23\.11\.2026"):
        events.mark_attendance(event=place.event, marks=marks, actor=centre, on=today)
    events.mark_attendance(event=place.event, marks=marks, actor=centre, on=today + DAY)
    assert states(place.event) == {place.person_id: "attended"}


def test_only_those_on_the_list_are_marked_and_only_so(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    place, gone = (
        ParticipantFactory(event=event),
        ParticipantFactory(event=event, state="withdrawn"),
    )
    stranger = ParticipantFactory()
    for marks in ({gone.pk: "attended"}, {stranger.pk: "attended"}, {place.pk: "withdrawn"}):
        with pytest.raises(ValidationError, match="not on the list any more"):
            events.mark_attendance(event=event, marks=marks, actor=centre, on=today)
    stranger.refresh_from_db()
    assert stranger.state == "enrolled"


def test_two_who_mark_at_once_do_not_overwrite_each_other_silently(
    centre: Any, methodologist: Any, today: dt.date
) -> None:
    place = ParticipantFactory()
    event = place.event
    seen = events.list_version(event)
    events.mark_attendance(
        event=event, marks={place.pk: "attended"}, actor=centre, on=today, version=seen
    )
    with pytest.raises(ChangedMeanwhile):
        events.mark_attendance(
            event=event, marks={place.pk: "absent"}, actor=methodologist, on=today, version=seen
        )
    assert states(event) == {place.person_id: "attended"}


# --- transitions × states × roles -------------------------------------------------------------
ROLES = ("centre", "methodologist", "hr", "rector", "head", "teacher", "administrator")
MAY = {
    "hold": ("planned", "held", {"centre", "methodologist"}),
    "reopen": ("held", "planned", {"hr"}),
    "verify": ("held", "verified", {"hr"}),
    "cancel": ("planned", "cancelled", {"centre", "methodologist"}),
}


def test_the_table_below_is_the_whole_table() -> None:
    assert set(EVENT.by_name) == set(MAY)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", Event.State.values)
@pytest.mark.parametrize("name", MAY)
def test_who_moves_an_event_from_where(
    name: str, state: str, role: str, accounts: Any, today: dt.date
) -> None:
    event = EventFactory(state=state)
    ParticipantFactory(event=event, state="absent" if name == "cancel" else "attended")
    user = accounts[role]
    source, target, roles = MAY[name]
    if role in roles and state == source:
        moved = EVENT.apply(event, name, actor=user, on=today, reason="Себебі")
        assert (moved.state, Decision.objects.about(event).get().actor) == (target, user)
        return
    with pytest.raises(Refused) as refused:
        EVENT.apply(event, name, actor=user, on=today, reason="Себебі")
    because = "state" if role in roles else "permission"
    assert [refusal.because for refusal in refused.value.refusals] == [because]
    event.refresh_from_db()
    assert (event.state, Decision.objects.count()) == (state, 0)


@pytest.mark.parametrize("name", MAY)
def test_no_other_role_moves_an_event(name: str, accounts: Any, today: dt.date) -> None:
    source, _target, roles = MAY[name]
    event = EventFactory(state=source)
    ParticipantFactory(event=event, state="absent" if name == "cancel" else "attended")
    open_to = {
        role
        for role in ROLES_WITH_ACCOUNTS
        if not EVENT.refusals(event, name, actor=accounts[role], on=today)
    }
    assert open_to == roles


@pytest.mark.parametrize("name", ["cancel", "reopen"])
def test_without_a_reason_it_is_refused(name: str, accounts: Any, today: dt.date) -> None:
    event = EventFactory(state=MAY[name][0])
    user = accounts["hr" if name == "reopen" else "centre"]
    with pytest.raises(Refused, match="Say why"):
        EVENT.apply(event, name, actor=user, on=today, reason="  ")


# --- handing over -----------------------------------------------------------------------------
def refusals(event: Event, name: str, actor: Any, on: dt.date) -> list[str]:
    return [refusal.clause for refusal in EVENT.refusals(event, name, actor=actor, on=on)]


def test_an_event_is_handed_over_on_its_last_day_not_before(centre: Any, today: dt.date) -> None:
    event = EventFactory(starts_on=today - DAY, ends_on=today + DAY)
    attended(event, employee())
    assert refusals(event, "hold", centre, today) == ["3.10"]
    with pytest.raises(Refused, match=r"lasts until 23\.11\.2026"):
        events.hold(event=event, actor=centre, on=today)
    assert events.hold(event=event, actor=centre, on=today + DAY).state == "held"


def test_an_event_with_somebody_unmarked_is_not_handed_over(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    attended(event, employee())
    ParticipantFactory(event=event)
    with pytest.raises(Refused, match="not marked yet: 1"):
        events.hold(event=event, actor=centre, on=today)


@pytest.mark.parametrize("state", [None, "absent", "withdrawn"])
def test_an_event_nobody_attended_is_not_handed_over(
    state: str | None, centre: Any, today: dt.date
) -> None:
    event = EventFactory()
    if state:
        ParticipantFactory(event=event, state=state)
    with pytest.raises(Refused, match="Nobody attended"):
        events.hold(event=event, actor=centre, on=today)


def test_what_others_hold_gives_no_records(centre: Any, hr: Any, today: dt.date) -> None:
    event = EventFactory(
        course__provider__name="Өзге", course__provider__kind=Provider.Kind.UNIVERSITY
    )
    attended(event, employee())
    with pytest.raises(Refused, match=r"academy's own courses only \(3\.11\)"):
        events.hold(event=event, actor=centre, on=today)
    Event.objects.update(state=Event.State.HELD)
    with pytest.raises(Refused, match="not yours"):
        events.verify(event=event, actor=hr, on=today)
    assert TrainingRecord.objects.count() == 0


def test_hr_returns_the_list_and_the_centre_puts_it_right(
    centre: Any, hr: Any, today: dt.date
) -> None:
    event = EventFactory()
    [place] = attended(event, employee())
    events.hold(event=event, actor=centre, on=today)
    events.reopen(event=event, reason="Қолтаңба жоқ", actor=hr, on=today)
    events.mark_attendance(event=event, marks={place.pk: "absent"}, actor=centre, on=today)
    assert Decision.objects.about(event).first().reason == "Қолтаңба жоқ"  # type: ignore[union-attr]
    assert states(event) == {place.person_id: "absent"}


def test_an_event_somebody_attended_is_not_cancelled(centre: Any, today: dt.date) -> None:
    event = EventFactory()
    attended(event, employee(), employee())
    with pytest.raises(Refused, match="attended: 2"):
        events.cancel(event=event, reason="Қате", actor=centre, on=today)


# --- verified ---------------------------------------------------------------------------------
def test_whoever_attended_gets_a_record_and_a_certificate(hr: Any, today: dt.date) -> None:
    one, two = employee(last_name="Әбенова"), employee(last_name="Бекова")
    event = held(one, two, course__credits=Decimal("2.4"), course__country="Қазақстан")
    ParticipantFactory(event=event, state="absent")
    ParticipantFactory(event=event, state="withdrawn")
    events.verify(event=event, actor=hr, on=today)
    event.refresh_from_db()
    course = event.course
    records = list(TrainingRecord.objects.order_by("person__sort_key"))
    assert [record.person for record in records] == [one, two]
    assert {
        (r.title, r.form, r.area, r.hours, r.credits, r.starts_on, r.ends_on, r.mode, r.country)
        for r in records
    } == {
        (
            course.title,
            "course",
            "profile",
            Decimal(72),
            Decimal("2.4"),
            dt.date(2026, 11, 2),
            dt.date(2026, 11, 13),
            "on_site",
            "Қазақстан",
        )
    }
    assert {(r.provider, r.state, r.source, r.verified_by, r.document_date) for r in records} == {
        (course.provider, "verified", "hr", hr, today)
    }
    assert [r.document_number for r in records] == ["С-2026-00001", "С-2026-00002"]
    places = list(event.participants.attended())
    assert [place.record for place in places] == records
    assert [place.certificate.number for place in places] == ["С-2026-00001", "С-2026-00002"]
    assert event.participants.filter(certificate__isnull=True).count() == 2
    assert event.state == "verified"


def test_the_certificate_is_frozen_data(hr: Any, today: dt.date, units: Any) -> None:
    person = PostFactory(unit=units.department, person=PersonFactory(last_name="Әбенова")).person
    event = held(person, trainer="Н. Әбдірахманов", course__outcomes="PICO", course__hours="4.5")
    events.verify(event=event, actor=hr, on=today)
    place = event.participants.get()
    paper = IssuedPaper.objects.get()
    assert (paper.kind, paper.subject, paper.issued_on) == ("certificate", place, today)
    assert is_whole(paper)
    assert paper.data == {
        "person": person.full_name,
        "personnel_number": person.personnel_number,
        "position": "Доцент",
        "unit_kk": "Терапия кафедрасы",
        "unit_ru": "Терапия кафедрасы (ру)",
        "unit_en": "Терапия кафедрасы (en)",
        "topic": event.course.title,
        "area": "profile",
        "form": "course",
        "kind": "course",
        "provider": "ОҚМА",
        "country": "",
        "city": "",
        "place": "",
        "mode": "on_site",
        "language": "",
        "starts_on": "2026-11-02",
        "ends_on": "2026-11-13",
        "hours": "4.5",
        "credits": None,
        "outcomes": "PICO",
        "trainer": "Н. Әбдірахманов",
        "group": "",
        "verified_by": hr.display_name,
    }


def test_numbers_run_on_without_gaps_and_anew_each_year(hr: Any, today: dt.date) -> None:
    events.verify(event=held(employee(), employee()), actor=hr, on=today)
    clash = employee()
    event = held(clash)
    TrainingRecordFactory(person=clash, starts_on=event.starts_on, ends_on=event.ends_on)
    with pytest.raises(Refused):
        events.verify(event=event, actor=hr, on=today)
    events.verify(event=held(employee()), actor=hr, on=today)
    events.verify(event=held(employee()), actor=hr, on=dt.date(2027, 1, 5))
    numbers = list(IssuedPaper.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == ["С-2026-00001", "С-2026-00002", "С-2026-00003", "С-2027-00001"]
    assert dict(NumberRegister.objects.values_list("year", "last")) == {2026: 3, 2027: 1}


def test_the_line_of_the_plan_is_done_by_the_record(hr: Any, today: dt.date) -> None:
    person = employee()
    event = held(person)
    line = line_for(event, person)
    event.participants.update(plan_line=line)
    events.verify(event=event, actor=hr, on=today)
    line.refresh_from_db()
    assert (line.execution, line.record) == ("done", TrainingRecord.objects.get())
    newest = line.history.first()
    assert (newest.history_user, newest.history_change_reason) == (hr, "С-2026-00001")


def test_a_line_done_by_something_else_stays_so(hr: Any, today: dt.date) -> None:
    person = employee()
    event = held(person)
    before = TrainingRecordFactory(person=person)
    line = line_for(event, person, record=before, execution=PlanLine.Execution.DONE)
    event.participants.update(plan_line=line)
    events.verify(event=event, actor=hr, on=today)
    line.refresh_from_db()
    assert line.record == before


def test_a_teacher_becomes_compliant_the_moment_hr_verifies(hr: Any, today: dt.date) -> None:
    person = PostFactory(starts_on=dt.date(2015, 9, 1)).person
    standings.restate_everybody(on=today)

    def state() -> str:
        return Standing.objects.on(today).get(person=person).state  # type: ignore[attr-defined]

    assert state() == "overdue"
    events.verify(event=held(person), actor=hr, on=today)
    assert state() == "compliant"
    assert standings.restate_everybody(on=today).total == 0


def test_verifying_twice_makes_nothing_twice(hr: Any, today: dt.date) -> None:
    event = held(employee())
    events.verify(event=event, actor=hr, on=today)
    with pytest.raises(Refused, match="State: verified"):
        events.verify(event=event, actor=hr, on=today)
    assert (TrainingRecord.objects.count(), IssuedPaper.objects.count()) == (1, 1)


def test_a_list_that_was_returned_meanwhile_is_not_verified_as_it_was_seen(
    centre: Any, hr: Any, today: dt.date
) -> None:
    event = held(employee())
    seen = version_of(event)
    events.reopen(event=event, reason="Тексеру", actor=hr, on=today)
    events.hold(event=event, actor=centre, on=today)
    with pytest.raises(ChangedMeanwhile):
        events.verify(event=event, actor=hr, on=today, version=seen)


SAME = [
    {"starts_on": dt.date(2026, 11, 2), "ends_on": dt.date(2026, 11, 13)},
    {"title": "ИНФЕКЦИЯЛЫҚ бақылау", "ends_on": dt.date(2026, 11, 13), "document_number": "77"},
    {"title": "Инфекциялық бақылау", "ends_on": dt.date(2026, 11, 5)},
    {"title": "Инфекциялық бақылау", "ends_on": dt.date(2026, 11, 13), "pending": True},
]


@pytest.mark.parametrize("record", SAME)
def test_training_that_is_in_the_ledger_already_stops_the_whole_list(
    record: dict[str, Any], hr: Any, today: dt.date
) -> None:
    one, two, three = (employee(last_name=name) for name in ("Әбенова", "Бекова", "Ғалиева"))
    event = held(one, two, three, course__title="Инфекциялық бақылау")
    for person in (one, three):
        TrainingRecordFactory(person=person, **record)
    with pytest.raises(Refused) as refused:
        events.verify(event=event, actor=hr, on=today)
    names = [message.split(":")[0] for message in refused.value.messages]
    assert names == [one.full_name, three.full_name]
    event.refresh_from_db()
    assert (event.state, TrainingRecord.objects.count()) == ("held", 2)
    assert (IssuedPaper.objects.count(), NumberRegister.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "record",
    [
        {"ends_on": dt.date(2026, 11, 13), "revoked": True},
        {"title": "Ұзақ онлайн курс", "ends_on": dt.date(2026, 11, 10)},  # overlaps: unusual
        {"title": "Инфекциялық бақылау", "ends_on": dt.date(2026, 10, 20)},  # a year of it
    ],
)
def test_what_is_not_the_same_training_does_not_stop_it(
    record: dict[str, Any], hr: Any, today: dt.date
) -> None:
    person = employee()
    event = held(person, course__title="Инфекциялық бақылау")
    TrainingRecordFactory(person=person, **record)
    assert events.verify(event=event, actor=hr, on=today).state == "verified"
    assert person.records.count() == 2


def test_records_entered_at_once_name_whose_is_wrong(hr: Any, today: dt.date) -> None:
    """Whatever the guards let through, the ledger's own rules still hold."""
    person = employee(last_name="Әбенова")
    event = held(person, ends_on=today + DAY)  # handed over by nobody who went through the verbs
    with pytest.raises(ValidationError, match=r"Әбенова.*has not ended yet"):
        events.verify(event=event, actor=hr, on=today)
    assert (TrainingRecord.objects.count(), IssuedPaper.objects.count()) == (0, 0)

"""Events of a course: planned, filled, held, verified by HR in bulk (clauses 3.10, 3.11).

Who attended gets, once HR has verified the list, a record of the ledger and a numbered
certificate; the line of the plan they came by is done. What stands in the way of the next step is
in ``attendance``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Max, Prefetch, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.text import search_key
from staff.domain import standings
from staff.domain.registry import enter_records
from staff.models import Person, Post, TrainingRecord
from training_plans.models import Course, Event, Participant, Plan, PlanLine
from training_plans.transitions import EVENT
from workflow.papers import issue
from workflow.saving import ChangedMeanwhile, Values, put, save, take

from .certificates import KIND as CERTIFICATE
from .certificates import certificate_data, next_certificate_number

YEARS_AWAY = 3
MOST_PLACES = 1000
MARKS = (Participant.State.ENROLLED, Participant.State.ATTENDED, Participant.State.ABSENT)
NOT_CARRIED_OUT_ANY_MORE = (PlanLine.Execution.DONE, PlanLine.Execution.NOT_HELD)


def _day(day: dt.date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


# --- the event itself -------------------------------------------------------------------------
@transaction.atomic
def plan_event(*, course: Course, values: Values, actor: Any, on: dt.date) -> Event:
    """Set a date for a course that is offered. An event held already may be entered afterwards."""
    course = take(course)
    if not course.is_offered:
        raise ValidationError(
            _("This course is withdrawn from the catalogue. Offer it again, then plan the event.")
        )
    event = Event(course=course)
    put(event, values)
    _check_event(event, on)
    save(event, actor=actor)
    return event


@transaction.atomic
def change_event(
    *,
    event: Event,
    values: Values,
    actor: Any,
    on: dt.date,
    reason: str = "",
    version: int | None = None,
) -> Event:
    """Change the days, the place, the trainer or the number of places of a planned event."""
    event = _take_planned(event, version)
    days = (event.starts_on, event.ends_on)
    if not put(event, values):
        return event
    _check_event(event, on)
    taken = event.participants.on_the_list().count()
    if event.places < taken:
        raise ValidationError(
            {
                "places": _("Places given away already: %(count)s. Withdraw participants first.")
                % {"count": taken}
            }
        )
    if days != (event.starts_on, event.ends_on):
        _check_moved(event, on)
    save(event, actor=actor, reason=reason)
    return event


def _take_planned(event: Event, version: int | None = None) -> Event:
    """``event``, locked; refused once it is handed over, verified or cancelled."""
    event = take(event, version)
    if event.state != Event.State.PLANNED:
        raise ValidationError(
            _("Only a planned event is changed. State: %(state)s.")
            % {"state": event.get_state_display()}
        )
    return event


def _check_event(event: Event, on: dt.date) -> None:
    errors: dict[str, Any] = {}
    start, end = event.starts_on, event.ends_on
    for name, day in (("starts_on", start), ("ends_on", end)):
        if day and not errors and abs(day.year - on.year) > YEARS_AWAY:
            errors[name] = _("%(day)s is years away from today. Look at the year again.") % {
                "day": _day(day)
            }
    if start and end and end < start:
        errors["ends_on"] = _("The event ends before it begins. Correct one of the two days.")
    if event.places is not None and event.places < 1:
        errors["places"] = _("An event has at least one place.")
    elif event.places is not None and event.places > MOST_PLACES:
        errors["places"] = _(
            "An event has %(most)s places at most. Plan a second group beside it."
        ) % {"most": MOST_PLACES}
    if start and end and not errors and _is_planned_already(event):
        errors[NON_FIELD_ERRORS] = _(
            "This event is planned already: the same course, days and group. For a group beside "
            "it give the group a name."
        )
    if errors:
        raise ValidationError(errors)


def _is_planned_already(event: Event) -> bool:
    same = Event.objects.filter(
        course_id=event.course_id, starts_on=event.starts_on, ends_on=event.ends_on
    ).exclude(state=Event.State.CANCELLED)
    groups = same.exclude(pk=event.pk).values_list("group", flat=True)
    return search_key(event.group) in {search_key(group) for group in groups}


def _check_moved(event: Event, on: dt.date) -> None:
    """Other days must suit those on the list, and what has been marked already."""
    people = list(event.participants.on_the_list().values_list("person_id", "state"))
    marked = [person for person, state in people if state != Participant.State.ENROLLED]
    if marked and event.starts_on > on:
        raise ValidationError(
            {
                "starts_on": _(
                    "Attendance has been marked already, so the event cannot begin in the future."
                )
            }
        )
    if busy := _busy(event, [person for person, _state in people]):
        raise ValidationError({"starts_on": busy})


# --- the list of participants -----------------------------------------------------------------
@transaction.atomic
def enrol(*, event: Event, people: Sequence[Person], actor: Any, on: dt.date) -> list[Participant]:
    """Give people a place; whose plan line is for this course, takes it along.

    Raises ``ValidationError`` naming everybody who cannot be enrolled and why; then nobody is.
    """
    event = _take_planned(event)
    lines = {line.person_id: line for line in reversed(fitting_lines(event))}
    return _enrol(event, [(person, lines.get(person.pk)) for person in people], actor=actor)


@transaction.atomic
def take_in(
    *, event: Event, lines: Sequence[PlanLine], actor: Any, on: dt.date
) -> list[Participant]:
    """Enrol those whom the approved plan has for this course (5.5), several at once."""
    event = _take_planned(event)
    fitting = {line.pk for line in fitting_lines(event)}
    if not lines or not {line.pk for line in lines} <= fitting:
        raise ValidationError(
            _(
                "These lines of the plan are not for this course, or have a place by now. Look at "
                "the list again and choose from it."
            )
        )
    wanted = {line.person_id: (line.person, line) for line in lines}
    return _enrol(event, list(wanted.values()), actor=actor)


def fitting_lines(event: Event) -> list[PlanLine]:
    """Lines of the approved plan for this course that have no place yet, by name; one query.

    For it: the course itself, or the same topic and area with no other provider named.
    """
    course = event.course
    with_place = (
        Participant.objects.on_the_list()
        .exclude(state=Participant.State.ABSENT)
        .exclude(event__state=Event.State.CANCELLED)
        .filter(plan_line__isnull=False)
    )
    same_kind = Q(course__isnull=True, area=course.area) & (
        Q(provider__isnull=True) | Q(provider_id=course.provider_id)
    )
    lines = (
        PlanLine.objects.planned()
        .filter(Q(course=course) | same_kind)
        .filter(
            plan__state=Plan.State.APPROVED,
            plan__planning_year__year=event.starts_on.year,
            record__isnull=True,
        )
        .exclude(execution__in=NOT_CARRIED_OUT_ANY_MORE)
        .exclude(pk__in=with_place.values("plan_line_id"))
        .exclude(person_id__in=event.participants.on_the_list().values("person_id"))
        .select_related("person", "unit")
        .order_by("person__sort_key", "pk")
    )
    topic = search_key(course.title)
    return [
        line for line in lines if line.course_id == course.pk or search_key(line.topic) == topic
    ]


def _enrol(
    event: Event, wanted: Sequence[tuple[Person, PlanLine | None]], *, actor: Any
) -> list[Participant]:
    _check_enrolment(event, [person for person, _line in wanted])
    gone = {
        row.person_id: row for row in event.participants.filter(state=Participant.State.WITHDRAWN)
    }
    enrolled = []
    for person, line in wanted:
        participant = gone.get(person.pk) or Participant(event=event, person=person)
        put(participant, {"state": Participant.State.ENROLLED, "plan_line": line})
        save(participant, actor=actor)
        enrolled.append(participant)
    return enrolled


def _check_enrolment(event: Event, people: Sequence[Person]) -> None:
    reasons: list[str] = []
    listed = set(event.participants.on_the_list().values_list("person_id", flat=True))
    employed = set(
        Post.objects.not_over(event.starts_on)
        .filter(starts_on__lte=event.ends_on, person__in=people)
        .values_list("person_id", flat=True)
    )
    for person in people:
        if person.pk in listed:
            reasons.append(_("%(person)s: on the list already.") % {"person": person.full_name})
        elif person.pk not in employed:
            reasons.append(
                _("%(person)s: holds no post at the academy in these days (3.1).")
                % {"person": person.full_name}
            )
    reasons += _busy(event, [person.pk for person in people if person.pk not in listed])
    left = event.places - len(listed)
    if not reasons and len(people) > left:
        reasons.append(
            _(
                "Places: %(places)s, given away: %(taken)s, asked for: %(asked)s. Give the event "
                "more places, withdraw somebody, or plan another event."
            )
            % {"places": event.places, "taken": len(listed), "asked": len(people)}
        )
    if reasons:
        raise ValidationError(reasons)


def _busy(event: Event, people: Collection[int]) -> list[str]:
    """Who sits in another event in these days. Distance learning leaves room for another (6.2)."""
    if event.course.mode == TrainingRecord.Mode.DISTANCE:
        return []
    elsewhere = (
        Participant.objects.filter(
            person_id__in=people,
            state__in=[Participant.State.ENROLLED, Participant.State.ATTENDED],
            event__starts_on__lte=event.ends_on,
            event__ends_on__gte=event.starts_on,
        )
        .exclude(event=event.pk)
        .exclude(event__state=Event.State.CANCELLED)
        .exclude(event__course__mode=TrainingRecord.Mode.DISTANCE)
        .select_related("person", "event__course")
        .order_by("person__sort_key", "pk")
    )
    return [
        _("%(person)s: in these days at «%(title)s», %(start)s – %(end)s.")
        % {
            "person": row.person.full_name,
            "title": row.event.course.title,
            "start": _day(row.event.starts_on),
            "end": _day(row.event.ends_on),
        }
        for row in elsewhere
    ]


@transaction.atomic
def withdraw_participant(*, participant: Participant, actor: Any, on: dt.date) -> Participant:
    """Take somebody off the list of a planned event; the place is free again."""
    _take_planned(participant.event)
    participant = take(participant)
    if participant.state == Participant.State.WITHDRAWN:
        raise ValidationError(_("This employee has been withdrawn already."))
    if participant.state == Participant.State.ATTENDED:
        raise ValidationError(
            _("This employee is marked as attended. Correct the mark first if it is wrong.")
        )
    put(participant, {"state": Participant.State.WITHDRAWN})
    save(participant, actor=actor)
    return participant


# --- attendance -------------------------------------------------------------------------------
def list_version(event: Event) -> int:
    """The number of the last change on the list of ``event``; a marking form carries it."""
    newest = Participant.history.filter(event_id=event.pk).aggregate(newest=Max("history_id"))
    return newest["newest"] or 0


@transaction.atomic
def mark_attendance(
    *, event: Event, marks: Mapping[int, str], actor: Any, on: dt.date, version: int | None = None
) -> int:
    """Mark participants, given by key, as attended, absent or not marked; how many were changed.

    Raises ``ChangedMeanwhile`` where somebody else changed the list since ``version``.
    """
    event = _take_planned(event)
    if version is not None and version != list_version(event):
        raise ChangedMeanwhile
    if on < event.starts_on:
        raise ValidationError(
            _("The event begins on %(day)s: attendance is marked from that day on.")
            % {"day": _day(event.starts_on)}
        )
    listed = {row.pk: row for row in event.participants.on_the_list()}
    if not set(marks) <= set(listed) or not set(marks.values()) <= set(MARKS):
        raise ValidationError(
            _("Somebody marked is not on the list any more. Open the list again and mark anew.")
        )
    changed = 0
    for key, state in marks.items():
        if put(listed[key], {"state": state}):
            save(listed[key], actor=actor)
            changed += 1
    return changed


# --- from hand to hand ------------------------------------------------------------------------
def hold(*, event: Event, actor: Any, on: dt.date, version: int | None = None) -> Event:
    """Hand the attendance to HR (3.11). From now on neither the list nor the course changes."""

    def keep_the_course(_event: Event) -> None:
        take(_event.course)

    return EVENT.apply(event, "hold", actor=actor, on=on, version=version, effect=keep_the_course)


def reopen(*, event: Event, reason: str, actor: Any, on: dt.date) -> Event:
    """HR returns the list to the Centre, which marks anew and hands it over again."""
    return EVENT.apply(event, "reopen", actor=actor, on=on, reason=reason)


def cancel(*, event: Event, reason: str, actor: Any, on: dt.date) -> Event:
    """The event will not take place; lines of the plan on its list wait for another one."""
    return EVENT.apply(event, "cancel", actor=actor, on=on, reason=reason)


@transaction.atomic
def verify(*, event: Event, actor: Any, on: dt.date, version: int | None = None) -> Event:
    """HR confirms the list: a verified record and a certificate for each who attended (3.10).

    All or nothing. Raises ``Refused`` naming everybody whose training is in the ledger already.
    """
    # People before anything of theirs, as everywhere; then the guard sees a ledger that stays.
    standings.hold(Person.objects.filter(events__in=event.participants.attended()))
    return EVENT.apply(
        event,
        "verify",
        actor=actor,
        on=on,
        version=version,
        effect=lambda case: _make_records(case, actor=actor, on=on),
    )


def _make_records(event: Event, *, actor: Any, on: dt.date) -> None:
    posts = Post.objects.held(event.ends_on).select_related("unit")
    attended = list(
        event.participants.attended()
        .select_related("person", "plan_line")
        .prefetch_related(Prefetch("person__posts", posts, to_attr="posts_then"))
    )
    numbers = [next_certificate_number(on=on) for _participant in attended]
    course = event.course
    said = {
        "title": course.title,
        "form": course.form,
        "area": course.area,
        "hours": course.hours,
        "credits": course.credits,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "provider": course.provider,
        "mode": course.mode,
        "country": course.country,
        "document_date": on,
    }
    records = enter_records(
        entries=[
            (participant.person, said | {"document_number": number})
            for participant, number in zip(attended, numbers, strict=True)
        ],
        actor=actor,
        on=on,
    )
    for participant, number, record in zip(attended, numbers, records, strict=True):
        post = next(iter(participant.person.posts_then), None)  # type: ignore[attr-defined]
        participant.record = record
        participant.certificate = issue(
            kind=CERTIFICATE,
            number=number,
            data=certificate_data(participant, event=event, post=post, actor=actor),
            subject=participant,
            actor=actor,
            on=on,
        )
        save(participant, actor=actor, reason=number)
        _carry_out(participant.plan_line, record, actor=actor, reason=number)


def _carry_out(line: PlanLine | None, record: TrainingRecord, *, actor: Any, reason: str) -> None:
    """The line of the plan is done by this record, unless another did it meanwhile."""
    if line is None:
        return
    line = take(line)
    if line.record_id is None:
        put(line, {"record": record, "execution": PlanLine.Execution.DONE})
        save(line, actor=actor, reason=reason)

"""Changing a thing: compared, validated, signed; a stale form overwrites nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation

from training_plans.models import Event, Participant
from workflow.saving import ChangedMeanwhile, put, save, take, version_of

from ..factories import EventFactory, ParticipantFactory


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def event(db: None) -> Event:
    return EventFactory()


def test_put_says_whether_anything_differs(event: Event) -> None:
    assert put(event, {"place": event.place, "places": event.places}) is False
    assert put(event, {"place": "Корпус 2"}) is True
    assert event.place == "Корпус 2"
    assert put(Event(), {}) is True  # a new thing differs from nothing


def test_save_names_who_and_why(event: Event, centre: Any) -> None:
    put(event, {"place": "Корпус 2"})
    save(event, actor=centre, reason="ж" * 150)
    newest = event.history.latest()
    assert (newest.history_user, newest.history_change_reason) == (centre, "ж" * 100)


def test_save_keeps_nothing_invalid(event: Event, centre: Any) -> None:
    put(event, {"ends_on": event.starts_on.replace(year=2025)})
    with pytest.raises(ValidationError):
        save(event, actor=centre)
    assert Event.objects.get().ends_on == event.starts_on.replace(day=13)


def test_what_only_the_database_refuses_is_said_in_words_too(event: Event, centre: Any) -> None:
    """Two people put the same employee on the list in one moment: validation saw neither."""
    first = ParticipantFactory(event=event)
    second = Participant(event=event, person=first.person)
    second.full_clean = lambda: None  # type: ignore[method-assign]  # the other was not there yet
    with pytest.raises(ValidationError, match="Somebody else has just saved the same"):
        save(second, actor=centre)
    assert Participant.objects.count() == 1


def test_take_gives_the_row_of_now(event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(place="Корпус 2")
    with transaction.atomic():
        assert take(event).place == "Корпус 2"


def test_take_tells_of_a_change_since_the_form_was_opened(event: Event, centre: Any) -> None:
    seen = version_of(event)
    with transaction.atomic():
        assert take(event, seen) == event
    put(event, {"place": "Корпус 2"})
    save(event, actor=centre)
    with transaction.atomic(), pytest.raises(ChangedMeanwhile):
        take(event, seen)
    with transaction.atomic():
        assert take(event, version_of(event)).place == "Корпус 2"

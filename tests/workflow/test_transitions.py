"""Transitions as data: allowed, refused with reasons, rolled back, each kept as a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from training_plans.models import Event
from workflow.models import Decision
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refusal, Refused, Transition, Transitions

from ..factories import EventFactory

FEW = Refusal("Nobody is enrolled.", clause="3.11")
LATE = Refusal("The year is over.", clause="5.5")


def somebody_is_enrolled(event: Event, on: dt.date) -> Iterator[Refusal]:
    if event.places < 2:
        yield FEW


def the_year_runs(event: Event, on: dt.date) -> Iterator[Refusal]:
    if on.year > event.starts_on.year:
        yield LATE


def table() -> Transitions[Event]:
    """Two ways of an event; the real tables are tested where their verbs are."""
    return Transitions(
        Event,
        [
            Transition(
                name="hold",
                label="Hold",
                done="moved",
                sources=frozenset({"planned"}),
                target="held",
                permission="training_plans.change_catalogue",
                guards=(somebody_is_enrolled,),
                tone="main",
                clause="3.11",
            ),
            Transition(
                name="cancel",
                label="Cancel",
                done="moved",
                sources=frozenset({"planned", "held"}),
                target="cancelled",
                permission="training_plans.change_catalogue",
                wants_reason=True,
            ),
        ],
    )


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def event(db: None) -> Event:
    return EventFactory()


def state_of(event: Event) -> str:
    return Event.objects.values_list("state", flat=True).get(pk=event.pk)


def because(found: list[Refusal]) -> list[str]:
    return [refusal.because for refusal in found]


def test_who_may_moves_it_and_the_decision_says_so(
    event: Event, centre: Any, today: dt.date
) -> None:
    moved = table().apply(event, "hold", actor=centre, on=today, reason=" бәрі келді ")
    assert (moved.state, state_of(event)) == ("held", "held")
    decision = Decision.objects.about(event).get()
    assert (decision.transition, decision.source, decision.target) == ("hold", "planned", "held")
    assert (decision.actor, decision.decided_on) == (centre, today)
    assert (decision.reason, decision.on_behalf_of) == ("бәрі келді", None)
    newest = event.history.latest()
    assert (newest.history_user, newest.history_change_reason) == (centre, "бәрі келді")


@pytest.mark.parametrize("near_miss", ["hr", "head", "administrator"])
def test_who_may_not_is_refused_before_anything_else_is_asked(
    event: Event, accounts: Any, near_miss: str, today: dt.date
) -> None:
    event.places = 1  # a guard would object as well
    actor = accounts[near_miss]
    assert because(table().refusals(event, "hold", actor=actor, on=today)) == ["permission"]
    with pytest.raises(Refused):
        table().apply(event, "hold", actor=actor, on=today)
    assert state_of(event) == "planned"
    assert not Decision.objects.exists()


def test_from_another_state_it_cannot_be_moved(event: Event, centre: Any, today: dt.date) -> None:
    table().apply(event, "hold", actor=centre, on=today)
    event.refresh_from_db()
    (refusal,) = table().refusals(event, "hold", actor=centre, on=today)
    assert refusal.because == "state"
    assert "held, waiting for HR" in str(refusal)
    with pytest.raises(Refused):
        table().apply(event, "hold", actor=centre, on=today)
    assert Decision.objects.about(event).count() == 1


def test_a_press_on_an_old_page_is_judged_by_the_state_of_now(
    event: Event, centre: Any, today: dt.date
) -> None:
    """``event`` in hand still says «planned»; the row does not."""
    table().apply(event, "cancel", actor=centre, on=today, reason="жөндеу")
    assert event.state == "planned"
    with pytest.raises(Refused) as refused:
        table().apply(event, "hold", actor=centre, on=today)
    assert because(refused.value.refusals) == ["state"]


def test_a_guard_says_not_yet(event: Event, centre: Any, today: dt.date) -> None:
    Event.objects.filter(pk=event.pk).update(places=1)
    with pytest.raises(Refused) as refused:
        table().apply(event, "hold", actor=centre, on=today)
    assert refused.value.refusals == [FEW]
    assert refused.value.messages == ["Nobody is enrolled."]
    assert state_of(event) == "planned"


def test_a_higher_floor_adds_its_guard_by_name(event: Event, centre: Any, today: dt.date) -> None:
    ways = table()
    ways.add_guard("hold", the_year_runs)
    Event.objects.filter(pk=event.pk).update(places=1)
    event.refresh_from_db()
    next_year = today.replace(year=2027)
    assert ways.refusals(event, "hold", actor=centre, on=next_year) == [FEW, LATE]
    assert ways.refusals(event, "hold", actor=centre, on=today) == [FEW]
    assert table().refusals(event, "hold", actor=centre, on=next_year) == [FEW]
    with pytest.raises(KeyError):
        ways.add_guard("fly", the_year_runs)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_part_of_some_decisions(
    event: Event, centre: Any, today: dt.date, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        table().apply(event, "cancel", actor=centre, on=today, reason=reason)
    assert because(refused.value.refusals) == ["reason"]
    assert state_of(event) == "planned"


def test_what_the_effect_changes_is_kept_with_it(event: Event, centre: Any, today: dt.date) -> None:
    def effect(case: Event) -> None:
        case.place = "Дәрісхана 3"

    table().apply(event, "hold", actor=centre, on=today, effect=effect)
    assert Event.objects.values_list("state", "place").get(pk=event.pk) == ("held", "Дәрісхана 3")


def test_nothing_is_written_when_the_effect_fails(
    event: Event, centre: Any, today: dt.date
) -> None:
    def effect(case: Event) -> None:
        EventFactory(course=case.course, group="екінші")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        table().apply(event, "hold", actor=centre, on=today, effect=effect)
    assert list(Event.objects.values_list("pk", "state")) == [(event.pk, "planned")]
    assert not Decision.objects.exists()


def test_a_form_opened_before_somebody_elses_change_is_stopped(
    event: Event, centre: Any, today: dt.date
) -> None:
    seen = version_of(event)
    event.place = "Корпус 2"
    event.save()
    with pytest.raises(ChangedMeanwhile):
        table().apply(event, "hold", actor=centre, on=today, version=seen)
    assert state_of(event) == "planned"
    table().apply(event, "hold", actor=centre, on=today, version=version_of(event))
    assert state_of(event) == "held"


def test_the_buttons_are_those_one_may_press_now_or_not_yet(
    event: Event, accounts: Any, today: dt.date
) -> None:
    event.places = 1
    offers = table().offers(event, actor=accounts["centre"], on=today)
    assert [(offer.transition.name, offer.is_open) for offer in offers] == [
        ("hold", False),
        ("cancel", True),
    ]
    assert offers[0].refusals == (FEW,)
    assert table().offers(event, actor=accounts["hr"], on=today) == []
    event.state = "held"
    offers = table().offers(event, actor=accounts["centre"], on=today)
    assert [offer.transition.name for offer in offers] == ["cancel"]

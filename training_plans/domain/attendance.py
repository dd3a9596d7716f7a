"""What stands in the way of an event's next step (clauses 3.10, 3.11).

The guards of ``transitions.EVENT``, apart from the verbs, which need that table themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.text import search_key
from staff.models import TrainingRecord
from training_plans.models import Event, Participant
from workflow.transitions import Refusal


@dataclass(frozen=True, slots=True)
class Clash:
    """A record of the ledger in the days of an event. ``is_same``: it is taken for the same
    training; otherwise it only overlaps, which is unusual but allowed (contracts, «Notices»).
    """

    participant: Participant
    record: TrainingRecord
    is_same: bool


def clashes(event: Event) -> list[Clash]:
    """Records of those who attended that lie in the days of ``event``, by name; two queries.

    The same training: the same topic in overlapping days, or any topic on the very same days.
    """
    attended = {
        row.person_id: row for row in event.participants.attended().select_related("person")
    }
    records = (
        TrainingRecord.objects.exclude(state=TrainingRecord.State.REVOKED)
        .filter(
            person_id__in=list(attended), starts_on__lte=event.ends_on, ends_on__gte=event.starts_on
        )
        .order_by("person__sort_key", "pk")
    )
    title = search_key(event.course.title)[:300]
    days = (event.starts_on, event.ends_on)
    return [
        Clash(
            participant=attended[record.person_id],
            record=record,
            is_same=record.title_key == title or (record.starts_on, record.ends_on) == days,
        )
        for record in records
    ]


# --- handing over to HR -----------------------------------------------------------------------
def is_the_academys_own(event: Event, on: dt.date) -> Iterator[Refusal]:
    if not event.course.is_own:
        yield Refusal(
            _(
                "Records are made of the academy's own courses only (3.11). Whoever was trained "
                "elsewhere hands in that provider's document (7.2)."
            ),
            "3.11",
        )


def has_ended(event: Event, on: dt.date) -> Iterator[Refusal]:
    if on < event.ends_on:
        yield Refusal(
            _(
                "The event lasts until %(day)s. Only completed training is recorded (3.10): hand "
                "it over on that day or later."
            )
            % {"day": date_format(event.ends_on, "SHORT_DATE_FORMAT")},
            "3.10",
        )


def is_marked(event: Event, on: dt.date) -> Iterator[Refusal]:
    states = list(event.participants.values_list("state", flat=True))
    unmarked = states.count(Participant.State.ENROLLED)
    if unmarked:
        yield Refusal(
            _("Participants not marked yet: %(count)s. Mark each as attended or absent.")
            % {"count": unmarked},
            "3.11",
        )
    elif Participant.State.ATTENDED not in states:
        yield Refusal(
            _("Nobody attended: there is nothing to verify. Mark who came, or cancel the event."),
            "3.11",
        )


# --- verifying, cancelling --------------------------------------------------------------------
def is_new_to_the_ledger(event: Event, on: dt.date) -> Iterator[Refusal]:
    for clash in clashes(event):
        if clash.is_same:
            yield Refusal(
                _(
                    "%(person)s: in the ledger there is «%(title)s», %(start)s – %(end)s. "
                    "Correct or revoke that record, or return the event to the Centre (3.10)."
                )
                % {
                    "person": clash.participant.person.full_name,
                    "title": clash.record.title,
                    "start": date_format(clash.record.starts_on, "SHORT_DATE_FORMAT"),
                    "end": date_format(clash.record.ends_on, "SHORT_DATE_FORMAT"),
                },
                "3.10",
            )


def nobody_attended(event: Event, on: dt.date) -> Iterator[Refusal]:
    count = event.participants.attended().count()
    if count:
        yield Refusal(
            _(
                "Marked as attended: %(count)s. An event that was held is not cancelled; correct "
                "the attendance first if the marks are wrong."
            )
            % {"count": count},
            "3.11",
        )

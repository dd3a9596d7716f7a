"""The academy's certificates for its own courses: their numbers and what is frozen in them (3.11).

Numbers run without gaps by the year of issue: «С-2026-00017». The data are plain JSON; choices
stay codes and get their words when the paper is printed.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from interface.figures import plainly
from staff.models import Post
from training_plans.models import Event, Participant
from workflow.papers import next_number

KIND = "certificate"


def next_certificate_number(*, on: dt.date) -> str:
    """The next number of the register of certificates, given with the caller's transaction."""
    return f"С-{on.year}-{next_number(register=KIND, year=on.year):05d}"


def certificate_data(
    participant: Participant, *, event: Event, post: Post | None, actor: Any
) -> dict[str, Any]:
    """What the certificate says for ever: who, what, how much, when, and who verified it."""
    course, person = event.course, participant.person
    return {
        "person": person.full_name,
        "personnel_number": person.personnel_number or "",
        "position": post.position if post else "",
        "unit_kk": post.unit.name_kk if post else "",
        "unit_ru": post.unit.name_ru if post else "",
        "unit_en": post.unit.name_en if post else "",
        "topic": course.title,
        "area": course.area,
        "form": course.form,
        "kind": course.kind,
        "provider": course.provider.name,
        "country": course.country,
        "city": course.city,
        "place": event.place,
        "mode": course.mode,
        "language": course.language,
        "starts_on": event.starts_on.isoformat(),
        "ends_on": event.ends_on.isoformat(),
        "hours": _plain(course.hours),
        "credits": _plain(course.credits),
        "outcomes": course.outcomes,
        "trainer": event.trainer,
        "group": event.group,
        "verified_by": actor.display_name,
    }


def _plain(value: Decimal | None) -> str | None:
    """«72», «4.5»; a number in a frozen paper is text without idle zeros."""
    return None if value is None else plainly(value)

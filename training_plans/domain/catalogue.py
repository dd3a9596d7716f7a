"""What the Centre may do to the course catalogue (clauses 3.5, 3.11, 3.15).

A record of the ledger takes over what the course says, so a course whose attendance lies with HR
stays as it is until HR has decided.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from interface.text import search_key
from staff.domain.registry import hours_of, provider_called
from staff.models import Provider, TrainingRecord
from training_plans.models import Course
from training_plans.models.terms import KINDS_OF_INTERNSHIP
from workflow.saving import Values, put, save, take

# What HR checks: of these a record is made.
GOES_INTO_RECORDS = frozenset(
    {"title", "provider", "area", "form", "kind", "hours", "credits", "mode", "country"}
)


@transaction.atomic
def add_course(*, values: Values, actor: Any, on: dt.date) -> Course:
    """Put a course into the catalogue. The volume is in academic hours, else credits × 30.

    Raises ``ValidationError`` by field; code ``twin`` with the key of the course there is already.
    """
    course = Course()
    _fill(course, values)
    _check(course)
    save(course, actor=actor)
    return course


@transaction.atomic
def change_course(
    *,
    course: Course,
    values: Values,
    actor: Any,
    on: dt.date,
    reason: str = "",
    version: int | None = None,
) -> Course:
    """Change what the catalogue says. Records made of it before stay as they were issued.

    Raises ``ChangedMeanwhile``, and ``ValidationError`` while an event of it waits for HR (3.10).
    """
    course = take(course, version)
    before = {name: getattr(course, name) for name in GOES_INTO_RECORDS}
    if not _fill(course, values):
        return course
    if any(getattr(course, name) != value for name, value in before.items()):
        _check_nothing_waits(course)
    _check(course)
    save(course, actor=actor, reason=reason)
    return course


@transaction.atomic
def set_offered(*, course: Course, offered: bool, actor: Any, on: dt.date) -> Course:
    """Withdraw a course from the offer, or offer it again; its events are not touched."""
    course = take(course)
    if put(course, {"is_offered": offered}):
        save(course, actor=actor)
    return course


def own_provider(*, actor: Any, name: str = "") -> Provider:
    """The academy as a provider (3.5); made, under ``name``, where the ledger knows none yet."""
    found = Provider.objects.filter(kind=Provider.Kind.ACADEMY).order_by("pk").first()
    if found is None:
        found = provider_called(
            name=name or "«Оңтүстік Қазақстан медицина академиясы» АҚ",
            actor=actor,
            kind=Provider.Kind.ACADEMY,
            country="Қазақстан",
        )
    return found


def _fill(course: Course, values: Values) -> bool:
    """Put ``values`` onto ``course``, the volume in hours and the form by the kind (6.1, 7.4)."""
    changes = dict(values)
    if "hours" in changes or "credits" in changes:
        changes["hours"] = hours_of(hours=changes.get("hours"), credits=changes.get("credits"))
    if "kind" in changes:
        is_internship = changes["kind"] in KINDS_OF_INTERNSHIP
        form = TrainingRecord.Form
        changes["form"] = form.INTERNSHIP if is_internship else form.COURSE
    return put(course, changes)


def _check(course: Course) -> None:
    errors: dict[str, Any] = {}
    if not search_key(course.title):
        errors["title"] = _("Name the topic of the course.")
    for name in ("hours", "credits"):
        value: Decimal | None = getattr(course, name)
        if value is not None and value <= 0:
            errors[name] = _("The volume must be more than nothing.")
    if course.price is not None and course.price < 0:
        errors["price"] = _("Money cannot be negative. 0 is free.")
    if not errors and (twin := _twin_of(course)) is not None:
        errors[NON_FIELD_ERRORS] = ValidationError(
            _(
                "This course is in the catalogue already: the same topic, provider, volume, mode "
                "and language. Change that one instead."
            ),
            code="twin",
            params={"twin": twin.pk},
        )
    if errors:
        raise ValidationError(errors)


def _twin_of(course: Course) -> Course | None:
    key = search_key(course.title)
    alike = Course.objects.filter(
        provider_id=course.provider_id,
        kind=course.kind,
        hours=course.hours,
        mode=course.mode,
        language=course.language,
        search_key__startswith=key[:600],
    ).exclude(pk=course.pk)
    return next((other for other in alike if search_key(other.title) == key), None)


def _check_nothing_waits(course: Course) -> None:
    if course.events.awaiting_hr().exists():
        raise ValidationError(
            _(
                "An event of this course waits for HR, who checks just this (3.10). Change the "
                "course once HR has verified the event or returned it."
            )
        )

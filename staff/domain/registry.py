"""What HR may do to the registry and the ledger (clauses 3.1, 3.10, 4.3–4.5, 5.2).

Every verb checks, writes with who and why into the history, and restates the standings of the
people concerned in the same transaction. What is refused is a ``ValidationError`` by field: what
is wrong, the rule, the next step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.text import search_key
from staff.models import (
    DeadlineExtension,
    Person,
    Post,
    Provider,
    TrainingRecord,
    Unit,
)
from staff.models.ledger import HOURS_A_CREDIT
from staff.models.units import CODE_LETTERS
from workflow.calendar import DAY, add_months
from workflow.models import StoredFile
from workflow.saving import Kept, Values, put, save, take

from . import standings
from .iin import iin_is_valid

# Sent in the transaction that revokes a record, with ``record``, ``reason``, ``actor``, ``on``:
# whoever owns the case it came from takes the case back to where its document is missing.
record_revoked = Signal()


# --- how things are saved ---------------------------------------------------------------------
def _take(thing: Kept, version: int | None) -> Kept:
    """``thing`` as it stands now, locked till the end of the transaction.

    Whose it is comes first: everybody locks person before post, record or extension.
    """
    if person_id := getattr(thing, "person_id", None):
        standings.hold(Person.objects.filter(pk=person_id))
    return take(thing, version)


def _restate(people: Sequence[int], on: dt.date) -> None:
    standings.restate(people=people, on=on)


def _day(day: dt.date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def _obligatory(reason: str, field: str = "reason") -> str:
    if not reason.strip():
        raise ValidationError({field: _("Say why: the reason stays in the history (3.10).")})
    return reason.strip()


# --- people -----------------------------------------------------------------------------------
@transaction.atomic
def create_person(*, values: Values, actor: Any, on: dt.date, post: Values | None = None) -> Person:
    """Take a person into the registry, with the first post where it is given."""
    person = Person()
    put(person, values)
    _check_person(person)
    save(person, actor=actor)
    if post is not None:
        _open_post(person, post, actor=actor)
    _restate([person.pk], on)
    return person


@transaction.atomic
def change_person(
    *,
    person: Person,
    values: Values,
    actor: Any,
    on: dt.date,
    reason: str = "",
    version: int | None = None,
) -> Person:
    """Change what is known of a person. A day of leaving ends the posts still held after it."""
    person = _take(person, version)
    if put(person, values):
        _check_person(person)
        save(person, actor=actor, reason=reason)
        if person.left_on:
            _end_posts_of(person, person.left_on, actor=actor)
        _restate([person.pk], on)
    return person


def _check_person(person: Person) -> None:
    errors: dict[str, str] = {}
    if person.iin and not iin_is_valid(person.iin):
        errors["iin"] = _(
            "The IIN is not valid: 12 digits with a right check digit are needed. Compare it with "
            "the identity card."
        )
    elif person.iin and Person.objects.filter(iin=person.iin).exclude(pk=person.pk).exists():
        errors["iin"] = _("This IIN belongs to another employee of the registry.")
    if (
        person.personnel_number
        and Person.objects.filter(personnel_number=person.personnel_number)
        .exclude(pk=person.pk)
        .exists()
    ):
        errors["personnel_number"] = _(
            "This personnel number belongs to another employee of the registry."
        )
    if errors:
        raise ValidationError(errors)


def _end_posts_of(person: Person, left_on: dt.date, *, actor: Any) -> None:
    for post in person.posts.filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=left_on)):
        if post.starts_on > left_on:
            raise ValidationError(
                {
                    "left_on": _(
                        "The post «%(post)s» begins on %(day)s, after the day of leaving. Correct "
                        "the post first."
                    )
                    % {"post": post.position, "day": _day(post.starts_on)}
                }
            )
        post.ends_on = left_on
        save(post, actor=actor, reason=_("the employee has left"))


@transaction.atomic
def set_photo(*, person: Person, photo: StoredFile | None, actor: Any, on: dt.date) -> Person:
    """Give the person another photo, or none. The file before it is kept."""
    person = _take(person, None)
    if put(person, {"photo": photo}):
        save(person, actor=actor)
    return person


@transaction.atomic
def set_health_care(*, people: Sequence[int], value: bool, actor: Any, on: dt.date) -> int:
    """Mark the posts these people hold now as of the health-care direction (4.3), or not.

    Returns how many posts were changed.
    """
    posts = list(
        Post.objects.held(on).filter(person_id__in=people, health_care=not value).order_by("pk")
    )
    for post in posts:
        post.health_care = value
        save(post, actor=actor)
    _restate(sorted({post.person_id for post in posts}), on)
    return len(posts)


# --- posts ------------------------------------------------------------------------------------
@transaction.atomic
def add_post(*, person: Person, values: Values, actor: Any, on: dt.date) -> Post:
    """Give a person one post more."""
    post = _open_post(_take(person, None), values, actor=actor)
    _restate([person.pk], on)
    return post


@transaction.atomic
def correct_post(
    *,
    post: Post,
    values: Values,
    actor: Any,
    on: dt.date,
    reason: str = "",
    version: int | None = None,
) -> Post:
    """Put right what was entered wrongly, as if it had always been so. For a new duty: change."""
    post = _take(post, version)
    if put(post, values):
        _check_post(post)
        save(post, actor=actor, reason=reason)
        _restate([post.person_id], on)
    return post


@transaction.atomic
def change_post(
    *,
    post: Post,
    values: Values,
    starts_on: dt.date,
    actor: Any,
    on: dt.date,
    reason: str = "",
    version: int | None = None,
) -> Post:
    """Move to other duties: the present post ends on the day before, a new one begins."""
    post = _take(post, version)
    if starts_on <= post.starts_on:
        raise ValidationError(
            {
                "starts_on": _(
                    "The present post began on %(day)s: the new one must begin later. If the "
                    "present one was entered wrongly, correct it instead."
                )
                % {"day": _day(post.starts_on)}
            }
        )
    if post.ends_on is not None and post.ends_on < starts_on - DAY:
        raise ValidationError(
            {
                "starts_on": _("This post ended on %(day)s. Add a new post instead.")
                % {"day": _day(post.ends_on)}
            }
        )
    ended_on = post.ends_on
    post.ends_on = starts_on - DAY
    save(post, actor=actor, reason=reason)
    unchanged = {
        name: getattr(post, name)
        for name in ("unit", "position", "category", "is_leader", "share", "kind", "health_care")
    }
    new = _open_post(
        post.person,
        unchanged | {"ends_on": ended_on} | dict(values) | {"starts_on": starts_on},
        actor=actor,
        reason=reason,
    )
    _restate([post.person_id], on)
    return new


@transaction.atomic
def end_post(
    *,
    post: Post,
    last_day: dt.date,
    actor: Any,
    on: dt.date,
    reason: str = "",
    leaves: bool = False,
    version: int | None = None,
) -> Post:
    """End a post; ``last_day`` is still worked. ``leaves``: the person leaves the academy then."""
    post = _take(post, version)
    if last_day < post.starts_on:
        raise ValidationError(
            {
                "last_day": _("The post began on %(day)s: it cannot end before.")
                % {"day": _day(post.starts_on)}
            }
        )
    post.ends_on = last_day
    save(post, actor=actor, reason=reason)
    if leaves:
        person = _take(post.person, None)
        put(person, {"left_on": last_day})
        save(person, actor=actor, reason=reason)
        _end_posts_of(person, last_day, actor=actor)
    _restate([post.person_id], on)
    return post


def _open_post(person: Person, values: Values, *, actor: Any, reason: str = "") -> Post:
    post = Post(person=person)
    put(post, values)
    _check_post(post)
    save(post, actor=actor, reason=reason)
    return post


def _check_post(post: Post) -> None:
    person = post.person
    errors: dict[str, str] = {}
    if person.hired_on and post.starts_on and post.starts_on < person.hired_on:
        errors["starts_on"] = _(
            "The employee was hired on %(day)s: a post cannot begin before. Correct one of the "
            "two days."
        ) % {"day": _day(person.hired_on)}
    if person.left_on and (post.ends_on is None or post.ends_on > person.left_on):
        errors["ends_on"] = _(
            "The employee left on %(day)s: no post lasts longer. Correct the day of leaving first."
        ) % {"day": _day(person.left_on)}
    if (
        post.unit_id
        and post.unit.closed_on
        and (post.ends_on is None or post.ends_on > post.unit.closed_on)
    ):
        errors["unit"] = _("This unit was closed on %(day)s. Choose another one.") % {
            "day": _day(post.unit.closed_on)
        }
    if not errors and post.starts_on and _is_held_already(post):
        errors[NON_FIELD_ERRORS] = _(
            "The employee already holds this position in this unit in these days. Correct that "
            "post instead of adding one."
        )
    if errors:
        raise ValidationError(errors)


def _is_held_already(post: Post) -> bool:
    same = Post.objects.filter(
        person_id=post.person_id,
        unit_id=post.unit_id,
        kind=post.kind,
        category=post.category,
        position__iexact=post.position,
    ).exclude(pk=post.pk)
    same = same.filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=post.starts_on))
    if post.ends_on:
        same = same.filter(starts_on__lte=post.ends_on)
    return same.exists()


# --- extensions -------------------------------------------------------------------------------
@transaction.atomic
def add_extension(*, person: Person, values: Values, actor: Any, on: dt.date) -> DeadlineExtension:
    """Record a leave whose days move the deadline (readings, «Extensions»)."""
    extension = DeadlineExtension(person=_take(person, None))
    put(extension, values)
    _check_extension(extension)
    save(extension, actor=actor)
    _restate([person.pk], on)
    return extension


@transaction.atomic
def change_extension(
    *,
    extension: DeadlineExtension,
    values: Values,
    actor: Any,
    on: dt.date,
    reason: str = "",
    version: int | None = None,
) -> DeadlineExtension:
    extension = _take(extension, version)
    if put(extension, values):
        _check_extension(extension)
        save(extension, actor=actor, reason=reason)
        _restate([extension.person_id], on)
    return extension


@transaction.atomic
def remove_extension(*, extension: DeadlineExtension, reason: str, actor: Any, on: dt.date) -> None:
    """Take away an extension that was wrong. The history keeps it, with the reason."""
    reason = _obligatory(reason)
    extension = _take(extension, None)
    extension._history_user = actor  # type: ignore[attr-defined]
    extension._change_reason = reason[:100]  # type: ignore[attr-defined]
    extension.delete()
    _restate([extension.person_id], on)


def _check_extension(extension: DeadlineExtension) -> None:
    sick = DeadlineExtension.Reason.SICK
    if (
        extension.reason == sick
        and extension.starts_on
        and extension.ends_on
        and extension.ends_on < add_months(extension.starts_on, 2)
    ):
        raise ValidationError(
            {
                "ends_on": _(
                    "Sick leave moves the deadline only where it lasts over two months. Give its "
                    "whole length."
                )
            }
        )


# --- the ledger -------------------------------------------------------------------------------
def provider_called(
    *, name: str, actor: Any, kind: str = Provider.Kind.OTHER, country: str = ""
) -> Provider:
    """The provider of that name, whatever case or keyboard; made where there is none yet."""
    key = search_key(name)[:300]
    found = Provider.objects.filter(search_key=key).first()
    if found is None:
        found = Provider(name=" ".join(name.split()), kind=kind, country=country, search_key=key)
        save(found, actor=actor)
    return found


def hours_of(*, hours: Decimal | None, credits: Decimal | None) -> Decimal:
    """The volume in academic hours: as given, else 30 a credit (ДСМ-303/2020)."""
    if hours is not None:
        return hours
    if credits is not None:
        return credits * HOURS_A_CREDIT
    raise ValidationError({"hours": _("Give the volume in hours or in credits (1 = 30 hours).")})


@transaction.atomic
def enter_record(
    *,
    person: Person,
    values: Values,
    actor: Any,
    on: dt.date,
    document: StoredFile | None = None,
    source: str = TrainingRecord.Source.HR,
) -> TrainingRecord:
    """Enter a completed training. What HR enters counts as verified (3.10)."""
    person = _take(person, None)
    record = _enter(person, values, actor=actor, on=on, document=document, source=source)
    _restate([person.pk], on)
    return record


@transaction.atomic
def enter_records(
    *,
    entries: Sequence[tuple[Person, Values]],
    actor: Any,
    on: dt.date,
    source: str = TrainingRecord.Source.HR,
) -> list[TrainingRecord]:
    """Enter trainings of several people at once, verified; standings are restated once for all.

    In the order given. One refused is all refused: the message names whose it is.
    """
    keys = sorted({person.pk for person, _values in entries})
    standings.hold(Person.objects.filter(pk__in=keys))
    records = []
    for person, values in entries:
        try:
            records.append(_enter(person, values, actor=actor, on=on, document=None, source=source))
        except ValidationError as refusal:
            raise ValidationError(
                [f"{person.full_name}: {message}" for message in refusal.messages]
            ) from refusal
    _restate(keys, on)
    return records


def _enter(
    person: Person,
    values: Values,
    *,
    actor: Any,
    on: dt.date,
    document: StoredFile | None,
    source: str,
) -> TrainingRecord:
    record = TrainingRecord(
        person=person,
        source=source,
        state=TrainingRecord.State.VERIFIED,
        verified_by=actor,
        verified_at=timezone.now(),
        document=document,
    )
    put(record, values)
    _check_record(record, on)
    save(record, actor=actor)
    return record


@transaction.atomic
def correct_record(
    *,
    record: TrainingRecord,
    values: Values,
    reason: str,
    actor: Any,
    on: dt.date,
    document: StoredFile | None = None,
    version: int | None = None,
) -> TrainingRecord:
    """Correct a record; the values before stay in the history with the reason (3.10)."""
    record = _take(record, version)
    if record.state == TrainingRecord.State.REVOKED:
        raise ValidationError(
            _("A revoked record is not corrected any more. Enter the training anew.")
        )
    changes = dict(values) | ({"document": document} if document else {})
    if put(record, changes):
        reason = _obligatory(reason)
        _check_record(record, on)
        save(record, actor=actor, reason=reason)
        _restate([record.person_id], on)
    return record


@transaction.atomic
def verify_record(*, record: TrainingRecord, actor: Any, on: dt.date) -> TrainingRecord:
    """HR has seen the document: from now on the record counts (3.10)."""
    record = _take(record, None)
    if record.state != TrainingRecord.State.PENDING:
        raise ValidationError(_("Only a record that waits for verification can be verified."))
    _check_record(record, on)
    record.state = TrainingRecord.State.VERIFIED
    record.verified_by, record.verified_at = actor, timezone.now()
    save(record, actor=actor)
    _restate([record.person_id], on)
    return record


@transaction.atomic
def revoke_record(
    *,
    record: TrainingRecord,
    reason: str,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> TrainingRecord:
    """Take a record out of the count for good; it stays in the ledger as revoked (3.10)."""
    reason = _obligatory(reason)
    record = _take(record, version)
    if record.state == TrainingRecord.State.REVOKED:
        raise ValidationError(_("This record has been revoked already."))
    record.state = TrainingRecord.State.REVOKED
    record.state_reason = reason[:300]
    save(record, actor=actor, reason=reason)
    _restate([record.person_id], on)
    record_revoked.send(sender=TrainingRecord, record=record, reason=reason, actor=actor, on=on)
    return record


def _check_record(record: TrainingRecord, on: dt.date) -> None:
    if record.ends_on and record.ends_on > on:
        raise ValidationError(
            {
                "ends_on": _(
                    "The training has not ended yet. Only completed training is recorded (3.10): "
                    "enter it after %(day)s."
                )
                % {"day": _day(record.ends_on)}
            }
        )
    if (twin := twin_of(record)) is not None:
        raise ValidationError(
            {
                NON_FIELD_ERRORS: ValidationError(
                    _(
                        "This training is in the ledger already: the same topic, end and document "
                        "number. Correct that record instead."
                    ),
                    code="twin",
                    params={"twin": twin.pk},
                )
            }
        )


def twin_of(record: TrainingRecord) -> TrainingRecord | None:
    """The record that is the same training: person, topic, end and document number."""
    record.set_keys()
    return (
        TrainingRecord.objects.filter(
            person_id=record.person_id,
            ends_on=record.ends_on,
            title_key=record.title_key,
            document_key=record.document_key,
        )
        .exclude(state=TrainingRecord.State.REVOKED)
        .exclude(pk=record.pk)
        .first()
    )


# --- units ------------------------------------------------------------------------------------
@transaction.atomic
def create_unit(*, values: Values, actor: Any, on: dt.date) -> Unit:
    """Set up a unit. No standing depends on it until somebody holds a post there."""
    unit = Unit()
    put(unit, values)
    unit.code = unit.code or next_unit_code(unit.kind)
    _check_unit(unit)
    save(unit, actor=actor)
    return unit


@transaction.atomic
def change_unit(
    *,
    unit: Unit,
    values: Values,
    actor: Any,
    on: dt.date,
    reason: str = "",
    version: int | None = None,
) -> Unit:
    """Rename, move or give a unit other leaders; what lies below it moves along."""
    unit = _take(unit, version)
    if put(unit, values):
        _check_unit(unit)
        save(unit, actor=actor, reason=reason)
    return unit


@transaction.atomic
def close_unit(*, unit: Unit, last_day: dt.date, actor: Any, on: dt.date, reason: str = "") -> Unit:
    """Close a unit in which nobody works after ``last_day`` and below which nothing is open."""
    unit = _take(unit, None)
    if reasons := reasons_not_to_close(unit, last_day=last_day):
        raise ValidationError(reasons)
    unit.closed_on = last_day
    save(unit, actor=actor, reason=reason)
    return unit


@transaction.atomic
def reopen_unit(*, unit: Unit, actor: Any, on: dt.date, reason: str = "") -> Unit:
    unit = _take(unit, None)
    unit.closed_on = None
    save(unit, actor=actor, reason=reason)
    return unit


def reasons_not_to_close(unit: Unit, *, last_day: dt.date) -> list[str]:
    """Why the unit cannot be closed on that day; empty where it can."""
    reasons = []
    holders = (
        Post.objects.filter(unit=unit)
        .filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=last_day))
        .values("person_id")
        .distinct()
        .count()
    )
    if holders:
        reasons.append(
            _(
                "People who hold posts here after that day: %(count)s. Move them or end their "
                "posts first."
            )
            % {"count": holders}
        )
    below = Unit.objects.filter(parent=unit).open().count()
    if below:
        reasons.append(
            _("Open units that belong to this one: %(count)s. Close or move them first.")
            % {"count": below}
        )
    return reasons


def next_unit_code(kind: str) -> str:
    """A code made once from the kind and a running number: ``D-017`` (contracts.md)."""
    letter = CODE_LETTERS[Unit.Kind(kind)]
    taken = Unit.objects.filter(code__startswith=f"{letter}-").values_list("code", flat=True)
    numbers = [int(code[2:]) for code in taken if code[2:].isdecimal()]
    return f"{letter}-{max(numbers, default=0) + 1:03d}"


def _check_unit(unit: Unit) -> None:
    if unit.pk and unit.parent and unit.parent.path.startswith(unit.path):
        raise ValidationError(
            {
                "parent": _(
                    "«%(parent)s» lies below this unit or is this unit itself: the tree would "
                    "close into a ring. Choose a unit outside it."
                )
                % {"parent": unit.parent.name}
            }
        )
    if unit.parent and unit.parent.closed_on and not unit.closed_on:
        raise ValidationError({"parent": _("That unit is closed. Choose an open one.")})

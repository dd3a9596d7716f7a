"""Who changed what, when and why, put into words for those who read it (clause 3.10).

Each kind of thing has strands: the history tables in which something about it may stand. So the
history of an employee tells of posts, extensions and records too, also of those taken away.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from staff.models import (
    Area,
    DeadlineExtension,
    Person,
    Post,
    TrainingRecord,
    TrainingRequirement,
    Unit,
)

EMPTY = "—"
MAX_ROWS = 300
# Which field of another history table points to the thing.
_ABOUT: dict[type[models.Model], list[tuple[type[models.Model], str]]] = {
    Person: [
        (Person, "id"),
        (Post, "person_id"),
        (DeadlineExtension, "person_id"),
        (TrainingRecord, "person_id"),
    ],
    Post: [(Post, "id")],
    DeadlineExtension: [(DeadlineExtension, "id")],
    TrainingRecord: [(TrainingRecord, "id")],
    Unit: [(Unit, "id")],
    TrainingRequirement: [(TrainingRequirement, "id")],
}
_WORDS_OF_LISTS: dict[str, type[models.TextChoices]] = {
    "areas": Area,
    "categories": Post.Category,
}
_SECRET = {"iin": "staff.view_iin"}
# Said by the row itself: who saved it and when.
_SAID_ALREADY = {"verified_by", "verified_at"}


@dataclass(frozen=True)
class Line:
    """One field: its name, the value before and the value after, in words."""

    label: str
    before: str
    after: str


@dataclass
class Change:
    """One saving of one thing. ``kind`` is ``+`` (entered), ``~`` (changed) or ``-`` (removed)."""

    key: int
    when: dt.datetime
    who: str
    kind: str
    what: str
    title: str
    reason: str
    lines: list[Line] = field(default_factory=list)


def changes_of(
    thing: models.Model, *, reader: Any, limit: int = MAX_ROWS
) -> tuple[list[Change], bool]:
    """Changes of ``thing`` and what belongs to it, newest first; whether older ones are left out.

    A constant number of queries: one a strand, one a kind of thing named in the values.
    """
    rows: list[tuple[Any, Any]] = []
    cut = False
    for model, column in _ABOUT[type(thing)]:
        strand = _rows_of(model, {column: thing.pk}, limit)
        cut = cut or len(strand) > limit
        rows.extend(_with_previous(strand)[:limit])
    rows.sort(key=lambda pair: (pair[0].history_date, pair[0].history_id), reverse=True)
    return _told(rows[:limit], reader), cut or len(rows) > limit


def changes_since(thing: models.Model, *, version: int, reader: Any) -> list[Change]:
    """What happened to ``thing`` itself after the change numbered ``version``."""
    rows = _rows_of(type(thing), {"id": thing.pk, "history_id__gte": version}, MAX_ROWS)
    pairs = [pair for pair in _with_previous(rows) if pair[0].history_id > version]
    return _told(pairs, reader)


def _rows_of(model: type[models.Model], conditions: dict[str, Any], limit: int) -> list[Any]:
    history: models.QuerySet[Any] = model.history.filter(**conditions)  # type: ignore[attr-defined]
    # One more than asked: the oldest shown is compared with the one before it.
    return list(
        history.select_related("history_user__person").order_by("-history_date", "-history_id")[
            : limit + 1
        ]
    )


def _with_previous(rows: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each row with the one before it of the same thing, ``None`` where there is none."""
    newer_of: dict[Any, int] = {}
    pairs: list[tuple[Any, Any]] = []
    for row in rows:
        if row.id in newer_of:
            place = newer_of[row.id]
            pairs[place] = (pairs[place][0], row)
        newer_of[row.id] = len(pairs)
        pairs.append((row, None))
    return pairs


def _told(pairs: list[tuple[Any, Any]], reader: Any) -> list[Change]:
    names = _Names(pairs)
    hidden = {name for name, permission in _SECRET.items() if not reader.has_perm(permission)}
    changes = []
    for row, previous in pairs:
        model = row.instance_type
        lines = [] if row.history_type == "-" else list(_lines(row, previous, names, hidden))
        if row.history_type == "~" and not lines and not row.history_change_reason:
            continue
        changes.append(
            Change(
                key=row.history_id,
                when=timezone.localtime(row.history_date),
                who=row.history_user.display_name if row.history_user else _("the program"),
                kind=row.history_type,
                what=str(model._meta.verbose_name),
                title=_title(row),
                reason=_reason(row.history_change_reason or ""),
                lines=lines,
            )
        )
    return changes


def _reason(reason: str) -> str:
    """The reason in words; what the program wrote itself in the reader's language."""
    kind, _space, number = reason.partition(" ")
    if kind != "import":
        return reason
    number, _space, undone = number.partition(" ")
    if undone:
        return _("import No. %(number)s undone") % {"number": number}
    return _("import No. %(number)s") % {"number": number}


def _title(row: Any) -> str:
    model = row.instance_type
    if model is Person:
        return " ".join(filter(None, [row.last_name, row.first_name, row.patronymic]))
    if model is DeadlineExtension:
        return str(DeadlineExtension.Reason(row.reason).label)
    for name in ("title", "position", "name_kk"):
        if hasattr(row, name):
            return str(getattr(row, name))
    return ""


def _lines(row: Any, previous: Any, names: _Names, hidden: set[str]) -> Iterable[Line]:
    for tracked in row.tracked_fields:
        if tracked.primary_key or tracked.name in _SAID_ALREADY:
            continue
        after = getattr(row, tracked.attname)
        before = getattr(previous, tracked.attname) if previous is not None else None
        if previous is None and (row.history_type == "~" or after in (None, "", False, [])):
            continue
        if before == after:
            continue
        yield Line(
            label=str(tracked.verbose_name),
            before=_value(tracked, before, names, hidden) if previous is not None else "",
            after=_value(tracked, after, names, hidden),
        )


def _value(tracked: Any, value: Any, names: _Names, hidden: set[str]) -> str:
    if value is None or value == "" or value == []:
        return EMPTY
    if tracked.name in hidden:
        return f"********{str(value)[-4:]}"
    if tracked.is_relation:
        return names.of(tracked.related_model, value)
    if tracked.choices:
        return str(dict(tracked.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, dt.date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return number_format(int(value) if whole else value.normalize())
    if isinstance(value, list):
        words = _WORDS_OF_LISTS.get(tracked.name)
        return ", ".join(str(words(item).label) if words else str(item) for item in value)
    return str(value)


class _Names:
    """What the keys in history rows are called: one query a kind of thing."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        wanted: defaultdict[type[models.Model], set[Any]] = defaultdict(set)
        for pair in pairs:
            for row in filter(None, pair):
                for tracked in row.tracked_fields:
                    if tracked.is_relation and (key := getattr(row, tracked.attname)) is not None:
                        wanted[tracked.related_model].add(key)
        self._found = {model: self._called(model, keys) for model, keys in wanted.items()}

    @staticmethod
    def _called(model: type[models.Model], keys: set[Any]) -> dict[Any, str]:
        rows = model._default_manager.filter(pk__in=keys)
        if hasattr(model, "display_name"):
            rows = rows.select_related("person")
        return {row.pk: str(row) for row in rows}

    def of(self, model: type[models.Model], key: Any) -> str:
        return self._found.get(model, {}).get(key, f"№ {key}")

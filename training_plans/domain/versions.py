"""What versions of the plan say, what an amendment changes, how two versions differ (5.5).

Versions are frozen data of papers (forms.md §4): codes, ISO days, decimals as text. Comparing is
pure and knows nothing but these data, so it says the same of a version in five years.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from staff.models import Person, Post, Unit
from training_plans.models import Amendment, AmendmentItem, Plan, PlanVersion, Terms

Line = Mapping[str, Any]

# What moves by itself between two versions: it is no change of the plan.
MOVING = frozenset({"no", "last_training", "due_on", "execution", "note"})


@dataclass(frozen=True, slots=True)
class Changed:
    """A line that stands in both versions and says something else; ``fields``: what differs."""

    before: Line
    after: Line
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one version to another, in the order of the lines."""

    added: tuple[Line, ...]
    taken_out: tuple[Line, ...]
    changed: tuple[Changed, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.taken_out or self.changed)


def compare(*, older: Mapping[str, Any], newer: Mapping[str, Any]) -> Difference:
    """The two versions line by line, a line known by its ``id``. Pure.

    Row numbers, execution with its note, and what is known of a person's last training and due
    day (``MOVING``) do not count as changes.
    """
    before = {line["id"]: line for line in older["lines"]}
    after = {line["id"]: line for line in newer["lines"]}
    changed = [
        Changed(before[key], line, fields)
        for key, line in after.items()
        if key in before and (fields := differing(before[key], line))
    ]
    kept = before.keys() & after.keys()
    return Difference(
        added=tuple(line for key, line in after.items() if key not in before),
        taken_out=tuple(line for key, line in before.items() if key not in after),
        changed=tuple(changed),
        same=len(kept) - len(changed),
    )


def differing(before: Line, after: Line) -> tuple[str, ...]:
    """Names of what two lines say differently, ``MOVING`` left out."""
    names = dict.fromkeys([*before, *after])
    return tuple(n for n in names if n not in MOVING and before.get(n) != after.get(n))


# --- what a line says ---------------------------------------------------------------------------
def said(terms: Terms, *, person: Person, post: Post, unit: Unit) -> dict[str, Any]:
    """A training as papers keep it: codes, ISO days, decimals as text."""
    return {
        "person": person.full_name,
        "personnel_number": person.personnel_number or "",
        "position": post.position,
        "unit_kk": unit.name_kk,
        "unit_ru": unit.name_ru,
        "unit_en": unit.name_en,
        "topic": terms.topic,
        "area": terms.area,
        "form": terms.form,
        "kind": terms.kind,
        "provider": terms.provider.name if terms.provider else "",
        "country": terms.country,
        "city": terms.city,
        "precision": terms.precision,
        "starts_on": _iso(terms.starts_on),
        "ends_on": _iso(terms.ends_on),
        "hours": _text(terms.hours),
        "credits": _text(terms.credits),
        "mode": terms.mode,
        "funding": terms.funding,
        "cost": _text(terms.cost),
    }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def before_and_after(item: AmendmentItem) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What the line of ``item`` says and what it is to say; ``None`` where it is not, or no more.

    Asked before the amendment is applied: afterwards the line of a move says the new time.
    """
    change = AmendmentItem.Change
    before = None
    if item.line is not None:
        before = said(item.line, person=item.line.person, post=item.line.post, unit=item.line.unit)
    if item.change == change.TAKE_OUT:
        return before, None
    unit = item.line.unit if item.line and item.change == change.MOVE else item.post.unit
    return before, said(item, person=item.person, post=item.post, unit=unit)


# --- the change sheet ---------------------------------------------------------------------------
def change_sheet_data(
    amendment: Amendment, *, version: int, on: dt.date, approved_by: Mapping[str, str]
) -> dict[str, Any]:
    """«Жоспарға өзгерістер мен толықтырулар»: the frozen data of the change sheet (forms.md §4).

    To be asked before the amendment is applied. ``approved_by`` has ``name`` and ``position``.
    """
    year = amendment.plan.planning_year
    rows = [
        _row(item, f"{amendment.number}.{place}", on, approved_by)
        for place, item in enumerate(amendment.items.standing().with_related(), start=1)
    ]
    return {
        "year": year.year,
        "version": version,
        "amendment": amendment.number,
        "approved_on": on.isoformat(),
        "approver": year.approver,
        "approved_by": dict(approved_by),
        "changes": rows,
    }


def _row(
    item: AmendmentItem, number: str, on: dt.date, approved_by: Mapping[str, str]
) -> dict[str, Any]:
    before, after = before_and_after(item)
    return {
        "number": number,
        "item": item.pk,
        "date": on.isoformat(),
        "change": item.change,
        "because": item.because,
        "paper": item.paper.original_name if item.paper else "",
        "approved_by": approved_by["name"],
        "person": item.person.full_name,
        "topic": item.topic,
        "line": item.line_id,
        "before": before,
        "after": after,
    }


def changes_so_far(plan: Plan) -> list[dict[str, Any]]:
    """Rows of the change sheets of every amendment approved, the oldest first. One query."""
    sheets = (
        PlanVersion.objects.filter(plan=plan, change_sheet__isnull=False)
        .order_by("number")
        .values_list("change_sheet__data", flat=True)
    )
    return [row for data in sheets for row in data["changes"]]

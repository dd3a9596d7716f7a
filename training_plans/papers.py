"""The frozen data of the planning year's papers (architecture, idea 6; forms.md §4, §5).

Codes stay codes, days are ISO, decimals text: words are given when a paper is printed, in its
language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Choices
from django.utils.translation import override

from staff.domain.unit_tree import in_tree_order
from staff.models import Post, TrainingRecord, Unit

from .domain.planned import ROMAN, quarter_of
from .models import Funding, Plan, PlanLine

PLAN_PREFIX = "БАЖ"
NO_QUARTER = "0"


def plan_number(year: int) -> str:
    """Under which number the plan of a year is issued, whatever its version: «БАЖ-2027»."""
    return f"{PLAN_PREFIX}-{year}"


def signed_by(actor: Any, *, on: dt.date) -> dict[str, str]:
    """Who signs: full name and the position of the main post held on that day."""
    person = actor.person
    if person is None:
        return {"name": actor.display_name, "position": ""}
    posts = Post.objects.held(on).filter(person=person).order_by("kind", "-share", "starts_on")
    post = posts.first()
    return {"name": person.full_name, "position": post.position if post else ""}


def plan_data(
    plan: Plan,
    *,
    version: int,
    on: dt.date,
    approved_by: Mapping[str, str],
    is_late: bool | None = None,
    changes: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The plan as it stands, for its paper: lines by unit and name, totals, changes so far.

    ``is_late``: whether version 1 was; asked of the versions where it is not given. A constant
    number of queries.
    """
    year = plan.planning_year
    if is_late is None:
        is_late = plan.versions.filter(is_late=True).exists()
    lines = _in_order(plan)
    last = last_trainings([line.person_id for line in lines])
    return {
        "year": year.year,
        "version": version,
        "approved_on": on.isoformat(),
        "approver": year.approver,
        "approved_by": dict(approved_by),
        "is_late": is_late,
        "lines": [
            _line(number, line, last.get(line.person_id))
            for number, line in enumerate(lines, start=1)
        ],
        "totals": _totals(lines),
        "changes": [dict(row) for row in changes],
    }


def _in_order(plan: Plan) -> list[PlanLine]:
    """Units in the order of their tree, the people of each by name."""
    lines = list(
        plan.lines.planned().select_related(
            "person", "unit", "post", "provider", "group", "request_line__request"
        )
    )
    units = in_tree_order(
        Unit.objects.only("code", "name_kk", "path", "sort_key").filter(closed_on__isnull=True)
    )
    place = {unit.pk: number for number, unit in enumerate(units)}
    lines.sort(
        key=lambda line: (
            place.get(line.unit_id, len(place)),
            line.person.sort_key,
            line.starts_on or dt.date.max,
            line.pk,
        )
    )
    return lines


def last_trainings(people: Iterable[int]) -> dict[int, dict[str, str]]:
    """By person the newest verified record: end, hours, document. One query."""
    rows = (
        TrainingRecord.objects.counting()
        .filter(person_id__in=set(people))
        .order_by("person_id", "-ends_on", "-pk")
        .values_list("person_id", "ends_on", "hours", "document_number")
    )
    newest: dict[int, dict[str, str]] = {}
    for person, ended_on, hours, document in rows:
        newest.setdefault(
            person,
            {"ended_on": ended_on.isoformat(), "hours": str(hours), "document": document},
        )
    return newest


def _line(number: int, line: PlanLine, last: Mapping[str, str] | None) -> dict[str, Any]:
    request = line.request_line.request if line.request_line else None
    return {
        "id": line.pk,
        "no": number,
        "person": line.person.full_name,
        "personnel_number": line.person.personnel_number or "",
        "position": line.post.position,
        "unit_kk": line.unit.name_kk,
        "unit_ru": line.unit.name_ru,
        "unit_en": line.unit.name_en,
        "category": line.post.category,
        "last_training": dict(last) if last else None,
        "due_on": _iso(line.due_on),
        "topic": line.topic,
        "area": line.area,
        "form": line.form,
        "kind": line.kind,
        "provider": line.provider.name if line.provider else "",
        "country": line.country,
        "city": line.city,
        "precision": line.precision,
        "starts_on": _iso(line.starts_on),
        "ends_on": _iso(line.ends_on),
        "hours": _text(line.hours),
        "credits": _text(line.credits),
        "mode": line.mode,
        "funding": line.funding,
        "cost": _text(line.cost),
        "request_number": request.number if request else None,
        "execution": line.execution,
        "note": line.note,
        "group": line.group.name if line.group else "",
    }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


# --- totals -------------------------------------------------------------------------------------
def _totals(lines: Sequence[PlanLine]) -> dict[str, list[dict[str, Any]]]:
    """Persons, hours and cost by category, unit, quarter, form and source (forms.md §4)."""
    names = {
        str(line.unit_id): {
            "label_kk": line.unit.name_kk,
            "label_ru": line.unit.name_ru or line.unit.name_kk,
            "label_en": line.unit.name_en or line.unit.name_kk,
        }
        for line in lines
    }
    quarters = {str(n): _same(ROMAN[n - 1]) for n in (1, 2, 3, 4)} | {NO_QUARTER: _same("–")}
    return {
        "by_category": _summed(lines, lambda line: line.post.category, _labels(Post.Category)),
        "by_unit": _summed(lines, lambda line: str(line.unit_id), names),
        "by_quarter": _summed(lines, _quarter, quarters),
        "by_form": _summed(lines, lambda line: line.form, _labels(TrainingRecord.Form)),
        "by_funding": _summed(lines, lambda line: line.funding, _labels(Funding)),
    }


def _quarter(line: PlanLine) -> str:
    return str(quarter_of(line.starts_on)) if line.starts_on else NO_QUARTER


def _same(label: str) -> dict[str, str]:
    return {"label_kk": label, "label_ru": label, "label_en": label}


def _labels(choices: type[Choices]) -> dict[str, dict[str, str]]:
    """What the codes are called in each language, in the order of the choices."""
    found: dict[str, dict[str, str]] = {str(code): {} for code in choices.values}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for code, label in choices.choices:
                found[str(code)][f"label_{language}"] = str(label)
    return found


def _summed(
    lines: Iterable[PlanLine],
    key: Callable[[PlanLine], str],
    labels: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Rows in the order of ``labels``, only those that have lines. A person counts once a row."""
    people: dict[str, set[int]] = {}
    hours: dict[str, Decimal] = {}
    cost: dict[str, Decimal] = {}
    for line in lines:
        name = key(line)
        people.setdefault(name, set()).add(line.person_id)
        hours[name] = hours.get(name, Decimal(0)) + (line.hours or 0)
        cost[name] = cost.get(name, Decimal(0)) + (line.cost or 0)
    order = [*labels, *(name for name in people if name not in labels)]
    return [
        {
            "key": name,
            **labels.get(name, _same("–")),
            "people": len(people[name]),
            "hours": str(hours[name]),
            "cost": str(cost[name]),
        }
        for name in order
        if name in people
    ]

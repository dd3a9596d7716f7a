"""The frozen data of a department's request (forms.md §5; architecture, idea 6).

Codes stay codes, days are ISO, decimals text: words are given when the paper is printed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from .models import Request, RequestLine
from .papers import last_trainings, signed_by


def request_data(request: Request, *, version: int, actor: Any, on: dt.date) -> dict[str, Any]:
    """The request as it is sent: its lines by urgency, who is left out and why, totals.

    ``actor`` sends it and signs. A constant number of queries.
    """
    lines = in_order(request)
    asked = [line for line in lines if not line.left_out]
    last = last_trainings(line.person_id for line in lines)
    unit = request.unit
    return {
        "year": request.planning_year.year,
        "number": request.number,
        "version": version,
        "sent_on": on.isoformat(),
        "is_late": request.is_late,
        "unit_kk": unit.name_kk,
        "unit_ru": unit.name_ru,
        "unit_en": unit.name_en,
        "unit_code": unit.code,
        "head": unit.head.full_name if unit.head else "",
        "sent_by": signed_by(actor, on=on),
        "minutes_number": request.minutes_number,
        "minutes_date": _iso(request.minutes_date),
        "lines": [
            _line(number, line, last.get(line.person_id))
            for number, line in enumerate(asked, start=1)
        ],
        "left_out": [
            _person(line) | {"due_on": _iso(line.due_on), "because": line.left_out_because}
            for line in lines
            if line.left_out
        ],
        "totals": _totals(asked),
    }


def in_order(request: Request) -> list[RequestLine]:
    """All lines: those the norm asks for by urgency, then those added, by name."""
    lines = request.lines.select_related(
        "person", "post", "requirement", "provider", "course__provider"
    )
    return sorted(
        lines,
        key=lambda line: (line.due_on or dt.date.max, line.person.sort_key, line.pk),
    )


def _person(line: RequestLine) -> dict[str, Any]:
    return {
        "person": line.person.full_name,
        "personnel_number": line.person.personnel_number or "",
        "position": line.post.position,
        "category": line.post.category,
    }


def _line(number: int, line: RequestLine, last: Mapping[str, str] | None) -> dict[str, Any]:
    return _person(line) | {
        "id": line.pk,
        "no": number,
        "is_teacher": line.is_teacher,
        "disciplines": line.person.disciplines,
        "last_training": dict(last) if last else None,
        "due_on": _iso(line.due_on),
        "missing_hours": _text(line.missing_hours),
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
        "language": line.language,
        "funding": line.funding,
        "cost": _text(line.cost),
        "importance": line.importance,
        "goal": line.goal,
        "justification": line.justification or line.added_because,
    }


def _totals(lines: Sequence[RequestLine]) -> dict[str, Any]:
    by_funding: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        by_funding[line.funding] += line.cost or 0
    return {
        "people": len({line.person_id for line in lines}),
        "hours": str(sum((line.hours or Decimal(0) for line in lines), Decimal(0))),
        "cost": str(sum(by_funding.values(), Decimal(0))),
        "by_funding": [
            {"key": source, "cost": str(cost)} for source, cost in sorted(by_funding.items())
        ],
    }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)

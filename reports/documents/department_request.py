"""A unit's request to the Centre (clause 5.4; forms.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from interface.trilingual import Said

from . import words
from .annual_plan import HEADINGS, form_and_kind, headings, money, place, rows, topic
from .kinds import Book, Data, Kind, register

_OF_REQUEST = (
    (
        "disciplines",
        Said("Оқытатын пәндері", "Преподаваемые дисциплины", "Disciplines"),
        "text",
        30,
    ),
    ("importance", Said("Басымдығы", "Приоритет", "Priority"), "text", 14),
    ("justification", Said("Негіздеме", "Обоснование", "Justification"), "text", 34),
)


def _row(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "no": line.get("no"),
        "person": line.get("person"),
        "post": words.together(line.get("position"), words.label("category", line.get("category"))),
        "disciplines": _listed(line.get("disciplines")),
        "last": words.last_training(line),
        "due": words.day(line.get("due_on")),
        "topic": topic(line),
        "kind": form_and_kind(line),
        "place": place(line),
        "period": words.period(line),
        "volume": words.volume(line),
        "money": money(line),
        "importance": words.label("importance", line.get("importance")),
        "justification": line.get("justification") or "",
    }


def _left_out(line: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody who falls due and is not asked for, with the reason: nobody vanishes (5.4)."""
    return {
        "person": line.get("person"),
        "position": line.get("position"),
        "due": words.day(line.get("due_on")),
        "because": line.get("because") or "",
    }


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _minutes(data: Data) -> str:
    number = str(data.get("minutes_number") or "")
    return words.together(f"№ {number}" if number else "", words.day(data.get("minutes_date")))


def context(data: Data) -> dict[str, Any]:
    lines = data.get("lines") or []
    signs = {"name": "", "position": ""} | (data.get("sent_by") or {})
    return {
        "year": data["year"],
        "number": data.get("number") or "",
        "unit": words.unit(data),
        "head": data.get("head") or "",
        "signs": signs,
        "minutes": _minutes(data),
        "sent_on": words.day(data.get("sent_on")),
        "is_late": bool(data.get("is_late")),
        "count": len(lines),
        "cost": sum((Decimal(line.get("cost") or 0) for line in lines), Decimal(0)),
        "rows": [_row(line) for line in lines],
        "left_out": [_left_out(line) for line in data.get("left_out") or []],
    }


def workbook(data: Data) -> Book:
    columns = (*HEADINGS, *_OF_REQUEST)
    title = Said(
        f"{data['year']} жылы біліктілігін арттырудан өтуі қажет қызметкерлер туралы өтінім",
        f"Заявка на повышение квалификации работников на {data['year']} год",
        f"Request for staff qualification improvement in {data['year']}",
    )
    unit = {name: data.get(name) for name in ("unit_kk", "unit_ru", "unit_en")}
    lines = [
        dict(line) | unit | {"disciplines": _listed(line.get("disciplines"))}
        for line in data.get("lines") or []
    ]
    found = context(data)
    about = [found["unit"]]
    if found["number"]:
        about.append(words.together(f"№ {found['number']}", found["sent_on"]))
    return Book(str(title), headings(columns), rows(lines, columns), about)


register(
    Kind(
        name="department_request",
        title=Said(
            "Біліктілікті арттыруға өтінім",
            "Заявка на повышение квалификации",
            "Request for professional development",
        ),
        issuer=Said("Құрылымдық бөлімше", "Структурное подразделение", "Structural unit"),
        template="papers/department_request.html",
        orientation="landscape",
        code="СТ 012-2025",
        context=context,
        workbook=workbook,
        permission="training_plans.view_request",
        subject=lambda paper: paper.subject,
    )
)

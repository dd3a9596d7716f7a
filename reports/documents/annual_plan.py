"""The annual plan of professional development, СТ 012-2025 (clauses 3.12, 5.5; forms.md §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from interface.trilingual import Said
from interface.workbook import Heading, Sheet
from staff.models import TrainingRecord
from training_plans.models import Funding, PlanLine
from training_plans.models import Kind as Training

from . import plan_changes, words
from .approval import CENTRE, approval
from .kinds import Book, Data, Kind, register

_TOTALS = {
    "by_category": Said(
        "Қызметкер санаты бойынша", "По категориям работников", "By staff category"
    ),
    "by_form": Said("Нысаны бойынша", "По формам", "By form"),
    "by_quarter": Said("Тоқсан бойынша", "По кварталам", "By quarter"),
    "by_funding": Said(
        "Қаржыландыру көзі бойынша", "По источникам финансирования", "By funding source"
    ),
    "by_unit": Said("Құрылымдық бөлімше бойынша", "По подразделениям", "By unit"),
}


def form_and_kind(line: Mapping[str, Any]) -> str:
    """Form and kind, the form left out where the name of the kind says it already."""
    form = words.label("form", line.get("form"))
    kind = words.label("kind", line.get("kind"))
    return kind if form.casefold() in kind.casefold() else words.together(form, kind)


def topic(line: Mapping[str, Any]) -> str:
    area = words.label("area", line.get("area"))
    name = str(line.get("topic") or "")
    return f"{name} ({area})" if area else name


def place(line: Mapping[str, Any]) -> str:
    return words.together(line.get("provider"), line.get("country"), line.get("city"))


def money(line: Mapping[str, Any]) -> str:
    funding = words.label("funding", line.get("funding"))
    return words.together(funding, words.sum_of_money(line.get("cost")), by=", ")


# What most lines say, said shortly: a line of print less in a row is pages less in the plan.
_SHORT = {
    Training.COURSE: Said("курс", "курс", "course"),
    Funding.EMPLOYER: Said("жұмыс беруші", "работодатель", "employer"),
}
# The longest word, in letters, that fits into a cell; looking for a place to break costs time, so
# only the rows that need it do.
_ROOM = {"person": 16, "post": 13, "topic": 32, "kind": 7, "place": 22, "mode": 13, "money": 13}
_ROOM_ELSEWHERE = 6


def _is_tight(row: Mapping[str, Any]) -> bool:
    return any(
        len(word) > _ROOM.get(name, _ROOM_ELSEWHERE)
        for name, value in row.items()
        if name not in ("last", "due", "period", "volume")
        for word in str(value or "").replace("-", " ").split(" ")
    )


def _figures(line: Mapping[str, Any]) -> str:
    """«72 / 2,4»: hours and credits, as the heading says."""
    figures = (words.number(line.get("hours")), words.number(line.get("credits")))
    return words.together(*figures, by=" / ").replace(" ", words.NARROW)


def _short(line: Mapping[str, Any]) -> tuple[str, str]:
    """Form with kind and money, with the short words."""
    kind, funding = line.get("kind"), line.get("funding")
    if kind in _SHORT and line.get("form") == TrainingRecord.Form.COURSE:
        said = str(_SHORT[kind])
    else:
        said = form_and_kind(line)
    if funding in _SHORT:
        return said, words.together(str(_SHORT[funding]), words.sum_of_money(line.get("cost")))
    return said, money(line)


def _row(line: Mapping[str, Any], *, with_unit: bool) -> dict[str, Any]:
    row = _cells(line, with_unit=with_unit)
    return row | {"tight": _is_tight(row)}


def _cells(line: Mapping[str, Any], *, with_unit: bool) -> dict[str, Any]:
    category = words.label("category", line.get("category"))
    done = line.get("execution")
    kind, paid = _short(line)
    return {
        "no": line.get("no"),
        "person": line.get("person"),
        "post": words.together(
            line.get("position"), words.unit(line) if with_unit else "", category
        ),
        "last": words.last_training(line),
        "due": words.day(line.get("due_on")),
        "topic": topic(line),
        "kind": kind,
        "place": place(line),
        "period": words.period(line),
        "volume": _figures(line),
        "mode": words.label("mode", line.get("mode")),
        "money": paid,
        "basis": line.get("request_number") or "",
        "done": words.label("execution", done) if done != PlanLine.Execution.NOT_BEGUN else "",
        "note": words.together(line.get("group"), line.get("note"), by="; "),
    }


def _bands(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines by unit where each unit's stand together; else all of them, unit by line."""
    if not words.same_units_stand_together(lines):
        return [{"unit": "", "rows": [_row(line, with_unit=True) for line in lines]}]
    bands: list[dict[str, Any]] = []
    for line in lines:
        unit = words.unit(line)
        if not bands or bands[-1]["unit"] != unit:
            bands.append({"unit": unit, "rows": []})
        bands[-1]["rows"].append(_row(line, with_unit=not unit))
    return bands


def _totals(totals: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name, title in _TOTALS.items():
        rows = [dict(row) | {"label": words.total_label(row)} for row in totals.get(name) or []]
        if rows:
            found.append({"title": title, "rows": rows})
    return found


def context(data: Data) -> dict[str, Any]:
    lines = data.get("lines") or []
    return approval(data) | {
        "year": data["year"],
        "version": data.get("version") or "",
        "is_late": bool(data.get("is_late")),
        "bands": _bands(lines),
        "count": len(lines),
        "people": len({line.get("personnel_number") or line.get("person") for line in lines}),
        "totals": _totals(data.get("totals") or {}),
        "changes": [plan_changes.row(change) for change in data.get("changes") or []],
    }


HEADINGS = (
    ("no", Said("№", "№ п/п", "No."), "number", 6),
    ("person", Said("Т.А.Ә.", "Ф.И.О.", "Name"), "text", 34),
    ("personnel_number", Said("Таб. №", "Таб. №", "Personnel No."), "text", 11),
    ("position", Said("Лауазымы", "Должность", "Position"), "text", 26),
    ("unit", Said("Бөлімшесі", "Подразделение", "Unit"), "text", 36),
    ("category", Said("Санаты", "Категория", "Category"), "text", 22),
    (
        "last_on",
        Said("Соңғы БА аяқталған күні", "Последнее ПК, дата", "Last training on"),
        "date",
        13,
    ),
    (
        "last_hours",
        Said("Соңғы БА, сағат", "Последнее ПК, часов", "Last training, hours"),
        "number",
        11,
    ),
    (
        "last_document",
        Said("Соңғы БА, құжат №", "Последнее ПК, № документа", "Last training, document"),
        "text",
        18,
    ),
    ("due_on", Said("Норма бойынша мерзімі", "Срок по нормативу", "Due by the norm"), "date", 13),
    ("topic", Said("Тақырыбы", "Тема", "Topic"), "text", 44),
    ("area", Said("Бағыты", "Направление", "Area"), "text", 18),
    ("form", Said("Нысаны", "Форма", "Form"), "text", 14),
    ("kind", Said("Түрі", "Вид", "Kind"), "text", 24),
    ("provider", Said("Өткізілетін ұйым", "Организация", "Provider"), "text", 34),
    ("country", Said("Ел", "Страна", "Country"), "text", 14),
    ("city", Said("Қала", "Город", "City"), "text", 14),
    ("period", Said("Өту мерзімі", "Сроки", "Period"), "text", 20),
    ("starts_on", Said("Басталуы", "Начало", "Start"), "date", 13),
    ("ends_on", Said("Аяқталуы", "Окончание", "End"), "date", 13),
    ("hours", Said("Көлемі, сағат", "Объём, часов", "Volume, hours"), "number", 10),
    ("credits", Said("Көлемі, кредит", "Объём, кредитов", "Volume, credits"), "number", 10),
    ("mode", Said("Оқыту нысаны", "Форма обучения", "Delivery mode"), "text", 14),
    ("funding", Said("Қаржыландыру көзі", "Источник финансирования", "Funding source"), "text", 22),
    (
        "cost",
        Said("Болжамды құны, теңге", "Плановая стоимость, тенге", "Planned cost, tenge"),
        "number",
        14,
    ),
)
_OF_PLAN = (
    (
        "request_number",
        Said("Негіздеме (өтінім №)", "Основание (заявка №)", "Basis (request No.)"),
        "text",
        14,
    ),
    ("execution", Said("Орындалу белгісі", "Отметка о выполнении", "Execution mark"), "text", 18),
    ("group", Said("Топ", "Группа", "Group"), "text", 24),
    ("note", Said("Ескертпе", "Примечание", "Note"), "text", 24),
)


def cells(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line as values of a workbook: numbers are numbers, days are days, codes are words."""
    last = line.get("last_training") or {}
    return (
        dict(line)
        | {name: words.label(name, line.get(name)) for name in words.LABELS if name in line}
        | {name: words.date_of(line.get(name)) for name in ("due_on", "starts_on", "ends_on")}
        | {name: words.figure(line.get(name)) for name in ("hours", "credits", "cost")}
        | {
            "unit": words.unit(line),
            "period": words.period(line),
            "last_on": words.date_of(last.get("ended_on")),
            "last_hours": words.figure(last.get("hours")),
            "last_document": last.get("document") or "",
        }
    )


def headings(columns: Sequence[tuple[str, Said, str, int]]) -> list[Heading]:
    return [Heading(str(text), kind, width) for _name, text, kind, width in columns]


def rows(
    lines: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, Said, str, int]]
) -> Iterator[list[Any]]:
    for line in lines:
        values = cells(line)
        yield [values.get(name) for name, *_more in columns]


def _totals_sheet(data: Data) -> Sheet:
    """Persons, hours and cost by category, form, quarter, source and unit (forms.md §4)."""
    headings = (
        Heading(str(Said("Көрсеткіш", "Показатель", "By what")), "text", 30),
        Heading(str(Said("Мәні", "Значение", "Which")), "text", 44),
        Heading(str(Said("Қызметкер саны", "Работников", "Persons")), "number", 13),
        Heading(str(Said("Сағат саны", "Часов", "Hours")), "number", 13),
        Heading(str(Said("Құны, теңге", "Стоимость, тенге", "Cost, tenge")), "number", 16),
    )
    rows = [
        [
            str(total["title"]),
            row["label"],
            row["people"],
            words.figure(row["hours"]),
            words.figure(row["cost"]),
        ]
        for total in _totals(data.get("totals") or {})
        for row in total["rows"]
    ]
    return Sheet(str(Said("Жиыны", "Итоги", "Totals")), headings, rows)


def workbook(data: Data) -> Book:
    columns = (*HEADINGS, *_OF_PLAN)
    found = context(data)
    title = Said(
        f"«ОҚМА» АҚ қызметкерлерінің {data['year']} жылға арналған біліктілікті арттыру жоспары",
        f"План повышения квалификации работников АО «ЮКМА» на {data['year']} год",
        f"Annual qualification-improvement plan of SKMA JSC for {data['year']}",
    )
    version = Said("Нұсқа:", "Версия:", "Version:")
    approved = Said("Бекітілді:", "Утверждён:", "Approved:")
    lines = [f"{version} {found['version']}"] if found["version"] else []
    if not found["approver_name"]:  # nobody has approved a draft
        lines.append(str(Said("Жоба: бекітілмеген", "Проект: не утверждён", "Draft: not approved")))
    elif found["approved_short"]:
        who = words.together(found["approver"], found["approver_name"])
        lines.append(f"{approved} {found['approved_short']}, {who}")
    return Book(
        str(title),
        headings(columns),
        rows(data.get("lines") or [], columns),
        lines,
        [_totals_sheet(data)],
    )


register(
    Kind(
        name="annual_plan",
        title=Said(
            "Біліктілікті арттырудың жылдық жоспары",
            "Годовой план повышения квалификации",
            "Annual plan of professional development",
        ),
        issuer=CENTRE,
        template="papers/annual_plan.html",
        orientation="landscape",
        code="СТ 012-2025",
        context=context,
        workbook=workbook,
        permission="training_plans.view_whole_plan",
        subject=lambda paper: paper.subject,
    )
)

"""The application to the rector with its visas (clauses 7.1, 7.10; forms.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interface.trilingual import Said
from training_plans.models import Attachment, Funding, RouteStep
from training_plans.models import Kind as Training

from . import words
from .kinds import Data, Kind, register

# What somebody is sent to, as the sentence needs it: «жіберуіңізді», «направить», «to send to».
INTO = {
    Training.COURSE: Said(
        "біліктілікті арттыру курсына",
        "на курс повышения квалификации",
        "the professional development course",
    ),
    Training.MASTER_CLASS: Said("шеберлік сабағына", "на мастер-класс", "the master class"),
    Training.WORKSHOP: Said("тренингке", "на тренинг", "the training session"),
    Training.SEMINAR: Said("семинарға", "на семинар", "the seminar"),
    Training.MOOC: Said("ашық онлайн курсқа", "на открытый онлайн-курс", "the open online course"),
    Training.CERTIFICATION: Said(
        "сертификаттау курсына", "на сертификационный курс", "the certification course"
    ),
    Training.INDIVIDUAL: Said(
        "жеке тағылымдамаға", "на индивидуальную стажировку", "the individual internship"
    ),
    Training.GROUP: Said(
        "ұжымдық тағылымдамаға", "на коллективную стажировку", "the group internship"
    ),
}
MODES = {
    "on_site": Said("күндізгі", "очная", "on-site"),
    "distance": Said("қашықтан", "дистанционная", "distance"),
    "blended": Said("аралас", "смешанная", "blended"),
}
COSTS = {
    "cost_tuition": Said("Оқу құны", "Стоимость обучения", "Tuition"),
    "cost_travel": Said("Жол шығыны", "Проезд", "Travel"),
    "cost_lodging": Said("Тұру шығыны", "Проживание", "Lodging"),
    "cost_daily": Said("Тәуліктік", "Суточные", "Per diem"),
    "cost": Said("Барлығы", "Всего", "Total"),
}
ATTACHED = {
    Attachment.Kind.INVITATION: Said("шақыру хаты", "приглашение", "invitation"),
    Attachment.Kind.PROGRAMME: Said("бағдарлама", "программа", "programme"),
    Attachment.Kind.LATE: Said(
        "кеш берудің негіздемесі", "обоснование поздней подачи", "paper for the late application"
    ),
    Attachment.Kind.INTERRUPTION: Said(
        "үзілудің негіздемесі", "обоснование перерыва", "paper of the interruption"
    ),
    Attachment.Kind.OTHER: Said("өзге құжат", "иной документ", "another paper"),
}
STEPS = {
    RouteStep.Kind.HEAD: Said(
        "Кафедра меңгерушісі / бөлімше басшысы",
        "Заведующий кафедрой / руководитель подразделения",
        "Head of the department / unit",
    ),
    RouteStep.Kind.CENTRE: Said(
        "ҚжҚКББ орталығы (жоспарға сәйкестігі)",
        "ЦКиДПО (соответствие плану)",
        "Centre (agreement with the plan)",
    ),
    RouteStep.Kind.FINANCE: Said(
        "Қаржы-экономикалық басқарма",
        "Финансово-экономическое управление",
        "Financial and economic directorate",
    ),
    RouteStep.Kind.INTERNATIONAL: Said(
        "Стратегиялық даму және халықаралық ынтымақтастық басқармасы",
        "Управление стратегического развития и международного сотрудничества",
        "Strategic development and international cooperation",
    ),
    RouteStep.Kind.VICE_RECTOR: Said(
        "Жетекшілік ететін проректор", "Курирующий проректор", "Supervising vice-rector"
    ),
    RouteStep.Kind.RECTOR: Said(
        "Ректордың бұрыштамасы (визасы)", "Резолюция (виза) ректора", "Rector's resolution"
    ),
}
_DECISIONS = {
    RouteStep.State.AGREED: Said("Келісілді", "Согласовано", "Agreed"),
    RouteStep.State.RETURNED: Said("Қайтарылды", "Возвращено", "Returned"),
    RouteStep.State.REFUSED: Said("Бас тартылды", "Отклонено", "Refused"),
}
_OF_THE_RECTOR = {
    RouteStep.State.AGREED: Said("Бұйрық шығарылсын", "Издать приказ", "Issue the order"),
    RouteStep.State.REFUSED: Said("Бас тартылсын", "Отказать", "Refuse"),
}


def said_of(names: Mapping[Any, Said], code: Any) -> str:
    """What a code is called; one unknown today is shown as it was frozen."""
    return str(names.get(code, code or ""))


def mode(data: Data) -> str:
    return said_of(MODES, data.get("mode"))


def body(data: Data) -> str:
    """The request itself, «Мені … жіберуіңізді сұраймын», names in the nominative."""
    into = said_of(INTO, data.get("kind"))
    volume, topic, at = words.hours_and_credits(data), data.get("topic") or "", words.place(data)
    first, last = words.day(data.get("starts_on")), words.day(data.get("ends_on"))
    between = first if first == last else f"{first}–{last}"
    form = mode(data)
    at_kk = f" {at} базасында" if at else ""
    at_ru, at_en = (f" Организация: {at}." if at else ""), (f" at {at}" if at else "")
    form_kk = f" {form} оқыту нысанында" if form else ""
    form_ru, form_en = (f", форма обучения – {form}" if form else ""), (f", {form}" if form else "")
    volume_kk = f" көлемі {volume}" if volume else ""
    when = f"{between} {'күні' if first == last else 'аралығында'}"
    return str(
        Said(
            f"Мені {when}{at_kk} «{topic}» тақырыбы бойынша{volume_kk} {into}{form_kk} "
            "жіберуіңізді сұраймын.",
            f"Прошу направить меня {into} по теме «{topic}» {words.from_to(data)}"
            f"{f' объёмом {volume}' if volume else ''}{form_ru}.{at_ru}",
            f"Please send me to {into} “{topic}”{at_en} {words.from_to(data)}"
            f"{f', {volume}' if volume else ''}{form_en}.",
        )
    )


def costs(data: Data) -> list[dict[str, Any]]:
    """The kinds of cost that are more than nothing, and their sum."""
    return [
        {"label": str(label), "sum": words.money(data.get(name)), "is_total": name == "cost"}
        for name, label in COSTS.items()
        if name == "cost" or float(data.get(name) or 0)
    ]


def who(by: Mapping[str, str] | None) -> str:
    return words.together(by.get("position"), by.get("name")) if by else ""


def _funding(data: Data) -> str:
    source = words.label("funding", data.get("funding"))
    return (
        source if data.get("funding") != Funding.FREE else str(Said("тегін", "бесплатно", "free"))
    )


def _visa(visa: Mapping[str, Any]) -> dict[str, Any]:
    names = _OF_THE_RECTOR if visa.get("kind") == RouteStep.Kind.RECTOR else {}
    instead = visa.get("for") or {}
    absent = instead.get("name") or ""
    return {
        "step": said_of(STEPS, visa.get("kind")),
        "unit": words.unit(visa),
        "name": (visa.get("by") or {}).get("name") or "",
        "position": (visa.get("by") or {}).get("position") or "",
        "instead": str(Said(f"{absent} үшін", f"за: {absent}", f"for {absent}")) if absent else "",
        "decision": said_of(_DECISIONS | names, visa.get("state")),
        "reason": visa.get("reason") or "",
        "on": words.day(visa.get("on")),
    }


def context(data: Data) -> dict[str, Any]:
    attached = [said_of(ATTACHED, row.get("kind")) for row in data.get("attachments") or []]
    counted = {name: attached.count(name) for name in attached}
    visas = [_visa(visa) for visa in data.get("visas") or []]
    return {
        "number": data.get("number") or "",
        "rector": (data.get("to") or {}).get("name") or "",
        "person": data["person"],
        "position": data.get("position") or "",
        "unit": words.unit(data),
        "body": body(data),
        "plan_item": words.plan_item(data),
        "unplanned_because": data.get("unplanned_because") or "",
        "funding": _funding(data),
        "costs": costs(data),
        "substitute": who(data.get("substitute")),
        "replaced_how": data.get("replaced_how") or "",
        "is_late": bool(data.get("is_late")),
        "late_reason": data.get("late_reason") or "",
        "apply_by": words.day(data.get("apply_by")),
        "admitted": words.together(
            who(data.get("late_admitted_by")), words.day(data.get("late_admitted_on"))
        ),
        "admitted_because": data.get("late_admitted_because") or "",
        "attachments": [
            name if count == 1 else f"{name} ({count})" for name, count in counted.items()
        ],
        "consent_on": words.day(data.get("consent_on")),
        "applied_on": words.day(data.get("applied_on")),
        "visas": visas,
    }


register(
    Kind(
        name="application",
        title=Said("Өтініш", "Заявление", "Application"),
        issuer=Said("Құрылымдық бөлімше", "Структурное подразделение", "Structural unit"),
        template="papers/application.html",
        context=context,
        permission="training_plans.view_case",
        subject=lambda paper: paper.subject,
    )
)

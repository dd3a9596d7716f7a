"""The trainee's report after a course or internship, Ү 464-002-2025 (7.2, 7.12, 7.14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from interface.trilingual import Said
from staff.models import Post
from training_plans.models import Evidence

from . import words
from .annual_plan import form_and_kind
from .application import MODES, said_of
from .approval import CENTRE
from .kinds import Data, Kind, register

_DOCUMENTS = {
    Evidence.Document.CERTIFICATE: Said("сертификат", "сертификат", "certificate"),
    Evidence.Document.TESTIMONIAL: Said("куәлік", "свидетельство", "certificate of qualification"),
    Evidence.Document.DIPLOMA: Said("диплом", "диплом", "diploma"),
    Evidence.Document.STATEMENT: Said("анықтама", "справка", "statement"),
    Evidence.Document.REVIEW: Said("пікір", "отзыв", "review"),
}
_EMPLOYED = {
    Post.Kind.MAIN: Said("негізгі", "основная", "main job"),
    Post.Kind.SECOND: Said("қоса атқарушы", "по совместительству", "second job"),
}
_RATINGS = {
    "relevance": Said("өзектілігі", "актуальность", "relevance"),
    "content": Said("мазмұны", "содержание", "content"),
    "trainer": Said("оқытушысы", "преподаватель", "trainer"),
    "organisation": Said("ұйымдастырылуы", "организация", "organisation"),
    "applicability": Said("қолданылуы", "применимость", "applicability"),
}
_HIGHEST = 5
Row = tuple[str, str]


def _rows(*rows: tuple[Said, str]) -> list[Row]:
    return [(str(label), value) for label, value in rows]


def _numbered(paper: Mapping[str, Any] | None) -> str:
    """«№ 12-БА/2027, 10.02.2027»."""
    if not paper:
        return ""
    return words.together(f"№{words.NARROW}{paper['number']}", words.day(paper.get("issued_on")))


def _trainee(data: Data) -> list[Row]:
    share = words.number(data.get("share"))
    employed = words.together(said_of(_EMPLOYED, data.get("employment")), share, by=" / ")
    degree = words.together(data.get("degree"), data.get("academic_title"), by=" / ")
    direction = Said("Денсаулық сақтау", "Здравоохранение", "Health care")
    contacts = words.together(data.get("phone"), data.get("email"))
    full_name = Said(
        "Тегі, аты, әкесінің аты (болған жағдайда)",
        "Фамилия, имя, отчество (при наличии)",
        "Full name",
    )
    unit = Said(
        "Кафедрасы / құрылымдық бөлімшесі",
        "Кафедра / структурное подразделение",
        "Department / unit",
    )
    degrees = Said(
        "Ғылыми (академиялық) дәрежесі / ғылыми атағы",
        "Учёная (академическая) степень / учёное звание",
        "Degree / academic title",
    )
    kind_of_work = Said(
        "Жұмыс түрі (негізгі / қоса атқарушы) / ставкасы",
        "Основная / по совместительству / ставка",
        "Employment type / FTE",
    )
    rows = _rows(
        (full_name, data["person"]),
        (Said("ЖСН", "ИИН", "IIN"), data.get("masked_iin") or ""),
        (Said("Лауазымы", "Должность", "Position"), data.get("position") or ""),
        (unit, words.unit(data)),
        (Said("Факультеті", "Факультет", "Faculty"), words.unit(data.get("faculty") or {})),
        (
            Said("Қызметкер санаты", "Категория работника", "Staff category"),
            words.label("category", data.get("category")),
        ),
        (degrees, degree),
        (
            Said("Оқытатын пәндері", "Преподаваемые дисциплины", "Disciplines taught"),
            data.get("disciplines") or "",
        ),
        (
            Said("Кадрларды даярлау бағыты", "Направление подготовки кадров", "Training direction"),
            str(direction) if data.get("health_care") else "",
        ),
        (kind_of_work, employed),
        (
            Said("Телефоны / электрондық поштасы", "Телефон / эл. почта", "Phone / e-mail"),
            contacts,
        ),
    )
    return [row for row in rows if row[1]]


def _basis(data: Data) -> list[Row]:
    return _rows(
        (Said("Бұйрық №, күні", "Приказ №, дата", "Order No., date"), _numbered(data.get("order"))),
        (
            Said(
                "Жылдық жоспардың тармағы / жоспардан тыс",
                "Пункт годового плана / вне плана",
                "Plan item / unplanned",
            ),
            words.plan_item(data),
        ),
        (
            Said(
                "Оқыту шартының № (болса)",
                "№ договора обучения (при наличии)",
                "Training contract No. (if any)",
            ),
            _numbered(data.get("contract")) or "–",
        ),
    )


def _training(data: Data) -> list[Row]:
    document = data.get("document") or {}
    actual = words.together(words.period(document), words.hours(document.get("hours")))
    money = words.together(
        words.label("funding", data.get("funding")), words.money(data.get("cost"))
    )
    where = words.together(data.get("country"), data.get("city"))
    form = Said("Біліктілікті арттыру нысаны, түрі", "Форма, вид обучения", "Form, kind")
    rows = _rows(
        (
            form,
            form_and_kind(data),
        ),
        (Said("Тақырыбы", "Тема", "Topic"), data.get("topic") or ""),
        (
            Said(
                "Оқытатын (қабылдаушы) ұйым",
                "Обучающая (принимающая) организация",
                "Provider / host",
            ),
            data.get("provider") or "",
        ),
        (Said("Ел, қала", "Страна, город", "Country, city"), where),
        (
            Said("Оқыту нысаны", "Форма обучения", "Delivery mode"),
            said_of(MODES, data.get("mode")),
        ),
        (
            Said("Оқыту тілі", "Язык обучения", "Language"),
            words.label("language", data.get("language")),
        ),
        (
            Said(
                "Басталу күні, аяқталу күні (бұйрық бойынша)",
                "Дата начала, окончания (по приказу)",
                "Start, end (by the order)",
            ),
            words.period(data),
        ),
        (
            Said("Көлемі, академиялық сағат", "Объём, академ. часов", "Volume, academic hours"),
            words.hours_and_credits(data),
        ),
        (
            Said("Нақты мерзімі мен көлемі", "Фактические сроки и объём", "Actual dates, hours"),
            actual or " ",
        ),
        (
            Said("Бағыты", "Направление тематики", "Subject area"),
            words.label("area", data.get("area")),
        ),
        (Said("Қаржыландыру көзі, құны", "Источник финансирования, стоимость", "Funding"), money),
    )
    return [row for row in rows if row[1]]


def _document(data: Data) -> list[Row]:
    document = data.get("document") or {}
    issued = words.together(
        document.get("number"), words.day(document.get("date")), document.get("issuer")
    )
    copy = Said("тіркелген", "приложена", "attached")
    rows = _rows(
        (
            Said("Растаушы құжаттың түрі", "Вид подтверждающего документа", "Document type"),
            said_of(_DOCUMENTS, document.get("type")),
        ),
        (
            Said(
                "Нөмірі, берілген күні, берген ұйым",
                "№, дата выдачи, кем выдан",
                "No., date, issuer",
            ),
            issued,
        ),
        (
            Said("Құжатта көрсетілген сағат", "Часы по документу", "Hours on the document"),
            words.hours(document.get("hours")),
        ),
        (
            Said("Құжаттың көшірмесі (файл)", "Копия документа (файл)", "Copy (file)"),
            str(copy) if document.get("sha256") else "",
        ),
    )
    if document.get("verify_url"):
        label = Said("Тексеру сілтемесі", "Ссылка проверки", "Verification link")
        rows.append((str(label), document["verify_url"]))
    return rows


def _modules(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "topic": str(row.get("topic") or ""),
            "hours": _figure(row.get("hours")),
            "content": str(row.get("content") or ""),
        }
        for row in rows
    ]


def _figure(typed: Any) -> str:
    """Hours as a number where they are one; else as they were typed."""
    try:
        return words.number(typed)
    except ArithmeticError:
        return str(typed)


def _proposals(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    names = ("what", "where", "how", "effect")
    return [
        {name: str(row.get(name) or "") for name in names} | {"due": _due(row.get("due"))}
        for row in rows
    ]


def _due(typed: Any) -> str:
    """A day where it is one; else as it was typed."""
    try:
        return words.day(str(typed or ""))
    except ValueError:
        return str(typed)


def _ratings(given: Mapping[str, int | None]) -> list[dict[str, Any]]:
    return [
        {
            "label": str(label),
            "marks": [mark if given.get(name) == mark else "" for mark in range(1, _HIGHEST + 1)],
        }
        for name, label in _RATINGS.items()
    ]


def _handing_in(data: Data) -> list[Row]:
    late = int(data.get("late_days") or 0)
    sent = data.get("sent_on")
    on_time = Said("мерзімінде", "в срок", "on time")
    count = words.days(late)
    after = Said(f"{count} кешіктірілді", f"с опозданием: {count}", f"late: {count}")
    because = data.get("late_because") or ""
    accepted = data.get("accepted_by") or {}
    document = data.get("document") or {}
    received = words.together(
        accepted.get("position"), accepted.get("name"), words.day(data.get("accepted_on"))
    )
    return _rows(
        (
            Said("Тапсыру мерзімі (5 күн)", "Срок (5 дней)", "Due (5 days)"),
            words.day(data.get("due_on")),
        ),
        (Said("Тапсырылған күні", "Дата сдачи", "Submitted on"), words.day(sent)),
        (
            Said("Мерзімінде ме", "В срок ли", "On time"),
            words.together(str(after) if late else str(on_time), because, by=": ") if sent else "",
        ),
        (Said("Орталықта қабылдаған", "Принял в Центре", "Received by the Centre"), received),
        (
            Said("КҚБ көшірмені алған күн", "Дата получения копии в ОК", "Copy received by HR on"),
            words.day(document.get("sent_on")),
        ),
    )


def context(data: Data) -> dict[str, Any]:
    hearing = data.get("hearing") or {}
    head = data.get("head") or {}
    recommend = data.get("recommend")
    yes, no = Said("иә", "да", "yes"), Said("жоқ", "нет", "no")
    return {
        "application": data.get("application") or "",
        "person": data["person"],
        "position": data.get("position") or "",
        "unit": words.unit(data),
        "is_internship": data.get("form") == "internship",
        "is_teacher": bool(data.get("is_teacher")),
        "trainee": _trainee(data),
        "basis": _basis(data),
        "training": _training(data),
        "document": _document(data),
        "goals": data.get("goals") or "",
        "modules": _modules(data.get("modules") or []),
        "diary": data.get("diary") or [],
        "host_supervisor": data.get("host_supervisor") or "",
        "events": data.get("events") or [],
        "knowledge": data.get("knowledge") or "",
        "fulfilment": data.get("fulfilment") or "",
        "materials": [
            str(row.get("name") or "") for row in data.get("materials") or [] if row.get("name")
        ],
        "proposals": _proposals(data.get("proposals") or []),
        "ratings": _ratings(data.get("ratings") or {}),
        "recommend": "" if recommend is None else str(yes if recommend else no),
        "future_needs": data.get("future_needs") or "",
        "hearing": hearing,
        "heard_on": words.day(hearing.get("presented_on")),
        "minutes": words.together(
            hearing.get("protocol_no"), words.day(hearing.get("protocol_date"))
        ),
        "handing_in": _handing_in(data),
        "head": {
            "name": head.get("name") or "",
            "position": head.get("position")
            or str(
                Said(
                    "Кафедра меңгерушісі (бөлімше басшысы)",
                    "Заведующий кафедрой (руководитель подразделения)",
                    "Head of the department (unit)",
                )
            ),
        },
        "receiver": (data.get("accepted_by") or {}).get("name") or "",
    }


register(
    Kind(
        name="trainee_report",
        title=Said("Тыңдаушының есебі", "Отчёт слушателя", "Trainee's report"),
        issuer=CENTRE,
        template="papers/trainee_report.html",
        code="Ү 464-002-2025",
        context=context,
        permission="training_plans.view_case",
        subject=lambda paper: paper.subject.application,  # type: ignore[union-attr]
    )
)

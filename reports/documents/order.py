"""The order: to send, to change an order, to cancel one (clauses 7.1, 7.10; forms.md §7).

The paragraphs are made here, because which there are depends on the people and the money.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from interface.sums import russian_form
from interface.trilingual import Said
from training_plans.models import Funding, Order

from . import words
from .application import ATTACHED, INTO, said_of
from .kinds import Data, Kind, register

# After «есебінен», «за счёт», «from».
_SOURCES = {
    Funding.EMPLOYER: Said(
        "жұмыс берушінің қаражаты", "средств работодателя", "the employer's funds"
    ),
    Funding.GRANT: Said("грант (жоба) қаражаты", "средств гранта (проекта)", "the grant (project)"),
    Funding.STATE: Said(
        "республикалық бюджет қаражаты", "средств республиканского бюджета", "the republican budget"
    ),
}
_COMMON = ("topic", "kind", "provider", "country", "city", "starts_on", "ends_on", "hours")
Line = Mapping[str, Any]


@dataclass(frozen=True)
class Paragraph:
    """One numbered paragraph and its numbered parts."""

    text: str
    parts: Sequence[str] = ()


def _person(line: Line) -> str:
    return words.together(line.get("person"), words.unit(line), line.get("position"))


def _purpose(data: Data) -> str:
    """«Біліктілікті арттыруға жіберу туралы»: courses, internships, or both."""
    forms = {line.get("form") for line in data.get("lines") or []}
    if forms == {"internship"}:
        return str(
            Said(
                "Тағылымдамаға жіберу туралы",
                "О направлении на стажировку",
                "On sending for an internship",
            )
        )
    if "internship" in forms:
        return str(
            Said(
                "Біліктілікті арттыруға (тағылымдамаға) жіберу туралы",
                "О направлении на повышение квалификации (стажировку)",
                "On sending for training (internship)",
            )
        )
    return str(
        Said(
            "Біліктілікті арттыруға жіберу туралы",
            "О направлении на повышение квалификации",
            "On sending for training",
        )
    )


def _first(data: Data) -> str:
    """«2027 жылғы 10 ақпандағы № 12-БА/2027»: the order this one refers to."""
    first = data.get("refers_to") or {}
    return f"{words.of_day(first.get('issued_on'))} №{words.NARROW}{first.get('number') or ''}"


def subject(data: Data) -> str:
    if data.get("kind") == Order.Kind.SEND:
        return _purpose(data)
    first = _first(data)
    if data.get("kind") == Order.Kind.CHANGE:
        return str(
            Said(
                f"{first} бұйрыққа өзгеріс енгізу туралы",
                f"О внесении изменения в приказ {first}",
                f"On changing the order {first}",
            )
        )
    return str(
        Said(
            f"{first} бұйрықтың күшін жою туралы",
            f"Об отмене приказа {first}",
            f"On cancelling the order {first}",
        )
    )


# --- sending ------------------------------------------------------------------------------------
def _terms(line: Line, *, who: str) -> str:
    """Paragraph 1 about the training, with ``who`` in its place where it is one person."""
    into, topic = said_of(INTO, line.get("kind")), line.get("topic") or ""
    at, span, volume = words.place(line), words.from_to(line), words.hours(line.get("hours"))
    at_kk, at_ru, at_en = (
        (f" {at} базасында", f", организация: {at}", f" at {at}") if at else ("", "", "")
    )
    volume_kk = f", көлемі {volume}," if volume else ""
    volume_ru, volume_en = (f" объёмом {volume}", f", {volume},") if volume else ("", "")
    person_kk = f"{who}, " if who else "мына қызметкерлер "
    return str(
        Said(
            f"{person_kk}{span}{at_kk} «{topic}» тақырыбы бойынша {into}{volume_kk} жіберілсін",
            f"направить {span} {into} по теме «{topic}»{volume_ru}{at_ru}, "
            + (f"работника: {who}" if who else "следующих работников"),
            f"to send {span} to {into} “{topic}”{at_en}{volume_en} "
            + (f"the employee: {who}" if who else "the following employees"),
        )
    )


def _short_terms(line: Line) -> str:
    """The training of one of several people who are sent to different ones."""
    return words.together(
        words.from_to(line),
        words.place(line),
        f"«{line.get('topic') or ''}»",
        words.label("kind", line.get("kind")),
        f"{Said('көлемі', 'объём', 'volume')} {words.hours(line.get('hours'))}",
    )


def _sending(lines: Sequence[Line]) -> Paragraph:
    if len(lines) == 1:
        return Paragraph(_sentence(_terms(lines[0], who=_person(lines[0]))))
    if lines and all(
        [line.get(name) for name in _COMMON] == [lines[0].get(name) for name in _COMMON]
        for line in lines
    ):
        return Paragraph(
            _sentence(_terms(lines[0], who=""), end=":"), [_person(line) for line in lines]
        )
    opening = Said(
        "мына қызметкерлер біліктілікті арттыруға (тағылымдамаға) жіберілсін",
        "направить на повышение квалификации (стажировку) следующих работников",
        "to send the following employees for training (internship)",
    )
    parts = [f"{_person(line)}: {_short_terms(line)}" for line in lines]
    return Paragraph(_sentence(str(opening), end=":"), parts)


def _sentence(text: str, *, end: str = ".") -> str:
    """With a capital letter and an end."""
    return f"{text[:1].upper()}{text[1:].removesuffix(end)}{end}"


def _finance(rows: Sequence[Mapping[str, str]]) -> str:
    """Who pays what from where; several sources are listed."""
    if len(rows) == 1:
        source, cost = said_of(_SOURCES, rows[0]["funding"]), _tenge(rows[0]["cost"])
        return str(
            Said(
                f"Қаржы-экономикалық басқарма шығындарды {source} есебінен төлесін: {cost}.",
                f"Финансово-экономическому управлению оплатить расходы за счёт {source}: {cost}.",
                f"The financial and economic directorate is to pay the costs from {source}: "
                f"{cost}.",
            )
        )
    listed = "; ".join(
        f"{said_of(_SOURCES, row['funding'])} – {_tenge(row['cost'])}" for row in rows
    )
    return str(
        Said(
            f"Қаржы-экономикалық басқарма шығындарды мына көздер есебінен төлесін: {listed}.",
            f"Финансово-экономическому управлению оплатить расходы за счёт: {listed}.",
            f"The financial and economic directorate is to pay the costs from: {listed}.",
        )
    )


def _tenge(cost: str) -> str:
    return f"{words.sum_of_money(cost)}{words.NARROW}{Said('теңге', 'тенге', 'tenge')}"


def _paragraphs_of_sending(data: Data, lines: Sequence[Line]) -> Iterator[Paragraph]:
    several = len(lines) > 1
    yield _sending(lines)
    yield Paragraph(
        str(
            Said(
                "Оқу кезеңінде жұмыс орны (лауазымы) және жалақысы сақталсын.",
                "На период обучения сохранить место работы (должность) и заработную плату.",
                "The job (position) and pay are kept during the training.",
            )
        )
    )
    if data.get("finance"):
        yield Paragraph(_finance(data["finance"]))
    if data.get("wants_contract"):
        yield Paragraph(
            str(
                Said(
                    "Құқықтық қамтамасыз ету бөлімі оқыту шартын жасасын.",
                    "Отделу правового обеспечения заключить договор обучения.",
                    "The legal support division is to conclude the training contract.",
                )
            )
        )
    if supervisor := data.get("host_supervisor"):
        yield Paragraph(
            str(
                Said(
                    f"Қабылдаушы ұйымдағы жетекші: {supervisor}.",
                    f"Руководитель стажировки от принимающей организации: {supervisor}.",
                    f"Supervisor at the host organisation: {supervisor}.",
                )
            )
        )
    count = int(data.get("documents_days") or 5)
    within = words.days(count)
    within_ru = f"{count} {russian_form(count, 'дня', 'дней', 'дней')}"
    who = (
        Said("Қызметкерлер", "Работникам", "The employees")
        if several
        else Said("Қызметкер", "Работнику", "The employee")
    )
    are = "are" if several else "is"
    yield Paragraph(
        str(
            Said(
                f"{who.kk} оқу аяқталғаннан кейін {within} ішінде растаушы құжаттың көшірмесін "
                "және Ү 464-002-2025 есебін тапсырсын.",
                f"{who.ru} в течение {within_ru} после окончания обучения сдать копию "
                "подтверждающего документа и отчёт по форме Ү 464-002-2025.",
                f"{who.en} {are} to hand in the copy of the confirming document and the report "
                f"Ү 464-002-2025 within {within} after the end of the training.",
            )
        )
    )


# --- changing and cancelling --------------------------------------------------------------------
def _changed(line: Line) -> str:
    """One person of a change: what is new, and what was before where it differs."""
    before = line.get("before") or {}
    new_period, old_period = words.period(line), words.period(before)
    new_hours, old_hours = words.hours(line.get("hours")), words.hours(before.get("hours"))
    said = [f"«{line.get('topic') or ''}»"]
    if new_period != old_period:
        label = Said("оқу мерзімі", "срок обучения", "period")
        said.append(f"{label} – {new_period}{_instead_of(old_period)}")
    if new_hours != old_hours:
        said.append(f"{Said('көлемі', 'объём', 'volume')} – {new_hours}{_instead_of(old_hours)}")
    return f"{_person(line)}: {'; '.join(said)}"


def _instead_of(before: str) -> str:
    return f" ({Said('бұрынғысы', 'было', 'before')}: {before})" if before else ""


def _paragraphs_of_change(data: Data, lines: Sequence[Line]) -> Iterator[Paragraph]:
    first = _first(data)
    yield Paragraph(
        str(
            Said(
                f"{first} бұйрыққа мынадай өзгеріс енгізілсін:",
                f"Внести в приказ {first} следующее изменение:",
                f"The order {first} is changed as follows:",
            )
        ),
        [_changed(line) for line in lines],
    )
    yield Paragraph(
        str(
            Said(
                "Бұйрықтың қалған бөлігі өзгеріссіз қалдырылсын.",
                "В остальной части приказ оставить без изменений.",
                "The rest of the order stays as it is.",
            )
        )
    )


def _paragraphs_of_cancelling(data: Data, lines: Sequence[Line]) -> Iterator[Paragraph]:
    first = _first(data)
    people = [f"{_person(line)}: «{line.get('topic') or ''}»" for line in lines]
    if data.get("is_whole"):
        text = Said(
            f"{first} бұйрықтың күші жойылды деп танылсын",
            f"Признать утратившим силу приказ {first}",
            f"The order {first} is declared no longer in force",
        )
    else:
        text = Said(
            f"{first} бұйрықтың мына қызметкерлерге қатысты бөлігінің күші жойылды деп танылсын",
            f"Признать утратившим силу приказ {first} в части следующих работников",
            f"The order {first} is declared no longer in force for the following employees",
        )
    yield Paragraph(_sentence(str(text), end=":"), people)


_PARAGRAPHS = {
    Order.Kind.SEND: _paragraphs_of_sending,
    Order.Kind.CHANGE: _paragraphs_of_change,
    Order.Kind.CANCEL: _paragraphs_of_cancelling,
}


def _control(data: Data) -> Paragraph:
    if control := data.get("control"):
        return Paragraph(
            str(
                Said(
                    f"Бұйрықтың орындалуын бақылау мына лауазымды адамға жүктелсін: {control}.",
                    f"Контроль за исполнением приказа возложить на: {control}.",
                    f"Control over the execution of the order is laid upon: {control}.",
                )
            )
        )
    return Paragraph(
        str(
            Said(
                "Бұйрықтың орындалуын бақылауды өзіме қалдырамын.",
                "Контроль за исполнением приказа оставляю за собой.",
                "I keep the control over the execution of the order to myself.",
            )
        )
    )


def basis(data: Data) -> str:
    """«Негіздеме»: applications, where they stand in the plan, what was attached, the reason."""
    lines = data.get("lines") or []
    return words.together(
        data.get("because"), _applications(lines), _plan(lines), _attached(lines), by="; "
    )


def _applications(lines: Sequence[Line]) -> str:
    found = [
        f"№{words.NARROW}{line['application']} ({words.day(line.get('applied_on'))})"
        for line in lines
        if line.get("application")
    ]
    if not found:
        return ""
    one = Said("өтініш", "заявление", "application")
    many = Said("өтініштер", "заявления", "applications")
    return f"{one if len(found) == 1 else many} {', '.join(found)}"


def _plan(lines: Sequence[Line]) -> str:
    """Where they stand in the plan; who is not in it is sent on the application alone."""
    planned = [line for line in lines if line.get("plan") or not line.get("is_unplanned")]
    return "; ".join(dict.fromkeys(words.plan_item(line) for line in planned))


def _attached(lines: Sequence[Line]) -> str:
    """Invitation and programme; the papers of a late application are none of the order's."""
    kinds = dict.fromkeys(kind for line in lines for kind in line.get("attachments") or [])
    return ", ".join(said_of(ATTACHED, kind) for kind in kinds if kind in _ATTACHED_TO_AN_ORDER)


_ATTACHED_TO_AN_ORDER = ("invitation", "programme")


def _position(held: str) -> str:
    """Of who signs, as their post is called; the rector's in the paper's language."""
    rector = Said("Ректор", "Ректор", "Rector")
    return str(rector) if held.casefold() in ("", rector.kk.casefold()) else held


def _punctuated(parts: Sequence[str]) -> list[str]:
    """The parts of a paragraph as one sentence; «м.а.» has its full stop already."""
    *others, last = parts or [""]
    ended = last if last.endswith(".") else f"{last}."
    return [*(f"{part};" for part in others), ended] if parts else []


def context(data: Data) -> dict[str, Any]:
    lines = data.get("lines") or []
    signatory = data.get("signatory") or {}
    paragraphs = [*_PARAGRAPHS[data["kind"]](data, lines), _control(data)]
    return {
        "number": data.get("number") or "",
        "issued_on": words.long_day(data.get("issued_on")),
        "subject": subject(data),
        "paragraphs": [replace(one, parts=_punctuated(one.parts)) for one in paragraphs],
        "basis": basis(data),
        "signs": {
            "position": _position(signatory.get("position") or ""),
            "name": signatory.get("name") or "",
        },
        "people": [line.get("person") for line in lines],
    }


register(
    Kind(
        name="order",
        title=Said("Бұйрық", "Приказ", "Order"),
        issuer=Said("Ректорат", "Ректорат", "Rectorate"),
        template="papers/order.html",
        context=context,
        permission="training_plans.view_order",
        subject=lambda paper: paper.subject,
    )
)

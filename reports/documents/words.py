"""How papers write days, months, money and codes, each in the current language.

Kazakh case endings are avoided: what is inserted stands in the nominative.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Choices
from django.utils.formats import number_format

from interface.sums import russian_form
from interface.trilingual import Said
from staff.models import Area, Post, TrainingRecord
from training_plans.models import AmendmentItem, Funding, Kind, PlanLine, Precision
from training_plans.models.terms import Importance, Language

NARROW = "\u00a0"
TENGE = "₸"
_MONTHS = (
    Said("қаңтар", "январь", "January"),
    Said("ақпан", "февраль", "February"),
    Said("наурыз", "март", "March"),
    Said("сәуір", "апрель", "April"),
    Said("мамыр", "май", "May"),
    Said("маусым", "июнь", "June"),
    Said("шілде", "июль", "July"),
    Said("тамыз", "август", "August"),
    Said("қыркүйек", "сентябрь", "September"),
    Said("қазан", "октябрь", "October"),
    Said("қараша", "ноябрь", "November"),
    Said("желтоқсан", "декабрь", "December"),
)
_OF_MONTHS_RU = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
# Months are a closed set, so their Kazakh endings are known: from, through, on.
_FROM_MONTHS_KK = (
    *("қаңтардан", "ақпаннан", "наурыздан", "сәуірден", "мамырдан", "маусымнан"),
    *("шілдеден", "тамыздан", "қыркүйектен", "қазаннан", "қарашадан", "желтоқсаннан"),
)
_THROUGH_MONTHS_KK = (
    *("қаңтарды", "ақпанды", "наурызды", "сәуірді", "мамырды", "маусымды"),
    *("шілдені", "тамызды", "қыркүйекті", "қазанды", "қарашаны", "желтоқсанды"),
)
_IN_MONTHS_KK = (
    *("қаңтарда", "ақпанда", "наурызда", "сәуірде", "мамырда", "маусымда"),
    *("шілдеде", "тамызда", "қыркүйекте", "қазанда", "қарашада", "желтоқсанда"),
)
_QUARTERS = ("I", "II", "III", "IV")
LABELS: dict[str, type[Choices]] = {
    "category": Post.Category,
    "area": Area,
    "form": TrainingRecord.Form,
    "kind": Kind,
    "mode": TrainingRecord.Mode,
    "language": Language,
    "funding": Funding,
    "importance": Importance,
    "execution": PlanLine.Execution,
    "change": AmendmentItem.Change,
}


def label(field: str, code: str | None) -> str:
    """What the code of ``field`` means; a code unknown today is shown as it was frozen."""
    if not code:
        return ""
    return str(dict(LABELS[field].choices).get(code, code))


def date_of(iso: str | None) -> dt.date | None:
    return dt.date.fromisoformat(iso[:10]) if iso else None


def day(iso: str | None) -> str:
    """«25.11.2026», empty where there is none."""
    found = date_of(iso)
    return f"{found:%d.%m.%Y}" if found else ""


def long_day(iso: str | None) -> str:
    """«2026 жылғы 25 қараша», «25 ноября 2026 г.», «25 November 2026»."""
    found = date_of(iso)
    if not found:
        return ""
    month = _MONTHS[found.month - 1]
    return str(
        Said(
            f"{found.year} жылғы {found.day} {month.kk}",
            f"{found.day} {_OF_MONTHS_RU[found.month - 1]} {found.year} г.",
            f"{found.day} {month.en} {found.year}",
        )
    ).replace(" ", NARROW)


def of_day(iso: str | None) -> str:
    """«2026 жылғы 25 қарашадағы», «от 25 ноября 2026 г.», «of 25 November 2026»."""
    found = date_of(iso)
    if not found:
        return ""
    month = _IN_MONTHS_KK[found.month - 1]
    month += "гі" if month.endswith("е") else "ғы"
    written = long_day(iso)
    return str(
        Said(
            f"{found.year} жылғы {found.day} {month}".replace(" ", NARROW),
            f"от{NARROW}{written}",
            f"of{NARROW}{written}",
        )
    )


def from_to(line: Any) -> str:
    """«2027 жылғы 1 наурыздан бастап 12 наурызды қоса алғанда»; of one day «… 12 наурызда»."""
    first, last = date_of(line.get("starts_on")), date_of(line.get("ends_on"))
    if not first or not last:
        return ""
    begins, ends = long_day(line["starts_on"]), long_day(line["ends_on"])
    if first == last:
        on = f"{first.year} жылғы {first.day} {_IN_MONTHS_KK[first.month - 1]}"
        return str(Said(on.replace(" ", NARROW), begins, f"on {begins}"))
    since = f"{first.year} жылғы {first.day} {_FROM_MONTHS_KK[first.month - 1]}"
    until = f"{last.day} {_THROUGH_MONTHS_KK[last.month - 1]}"
    if last.year != first.year:
        until = f"{last.year} жылғы {until}"
    return str(
        Said(
            f"{since.replace(' ', NARROW)} бастап {until.replace(' ', NARROW)} қоса алғанда",
            f"с {begins} по {ends} включительно",
            f"from {begins} to {ends} inclusive",
        )
    )


def period(line: Any) -> str:
    """When: the quarter, the month or the days, as exactly as the line knows."""
    first, last = date_of(line.get("starts_on")), date_of(line.get("ends_on"))
    if not first or not last:
        return ""
    if line.get("precision") == Precision.QUARTER:
        number = _QUARTERS[(first.month - 1) // 3]
        year = first.year
        return str(
            Said(
                f"{year} ж. {number} тоқсан",
                f"{number} квартал {year} г.",
                f"{number} quarter {year}",
            )
        )
    if line.get("precision") == Precision.MONTH:
        month = _MONTHS[first.month - 1]
        return str(
            Said(
                f"{first.year} ж. {month.kk}",
                f"{month.ru} {first.year} г.",
                f"{month.en} {first.year}",
            )
        )
    if first == last:
        return f"{first:%d.%m.%Y}"
    return f"{first:%d.%m.%Y} – {last:%d.%m.%Y}"


def number(value: str | int | float | Decimal | None) -> str:
    """A number without idle zeros, its thousands set apart; empty where there is none."""
    if value is None or value == "":
        return ""
    exact = Decimal(str(value)).normalize()
    if exact == exact.to_integral():
        return f"{int(exact):,}".replace(",", NARROW)
    whole, _point, rest = f"{exact:f}".partition(".")
    return f"{int(whole):,}".replace(",", NARROW) + number_format(f"0.{rest}", use_l10n=True)[1:]


def money(value: str | int | Decimal | None) -> str:
    """«60 000 ₸», «60 500,50 ₸»; empty where there is none."""
    written = sum_of_money(value)
    return f"{written}{NARROW}{TENGE}" if written else ""


def sum_of_money(value: str | int | Decimal | None) -> str:
    """Tenge without their sign; tiyn, where there are any, with both digits."""
    if value is None or value == "":
        return ""
    exact = Decimal(str(value))
    if exact == exact.to_integral():
        return number(exact)
    whole, _point, rest = f"{exact:.2f}".partition(".")
    return number(whole) + number_format(f"0.{rest}", use_l10n=True)[1:]


def volume(line: Any) -> str:
    """«72 сағ. / 2,4 кр.»; what is missing is left out."""
    parts = []
    if line.get("hours"):
        parts.append(f"{number(line['hours'])}{NARROW}{Said('сағ.', 'ч.', 'h')}")
    if line.get("credits"):
        parts.append(f"{number(line['credits'])}{NARROW}{Said('кр.', 'кр.', 'cr.')}")
    return " / ".join(parts)


def _counted(value: str, kk: str, ru: tuple[str, str, str], en: tuple[str, str]) -> str:
    exact = Decimal(value)
    whole = exact == exact.to_integral()
    russian = russian_form(int(exact), *ru) if whole else ru[1]
    word = Said(kk, russian, en[0] if exact == 1 else en[1])
    return f"{number(value)}{NARROW}{word}"


def hours(value: str | None) -> str:
    """«72 сағат», «72 часа», «72 hours»; empty where there are none."""
    return _counted(value, "сағат", ("час", "часа", "часов"), ("hour", "hours")) if value else ""


def credits(value: str | None) -> str:
    """«2,4 кредит», «2,4 кредита», «2.4 credits»; empty where there are none."""
    forms = ("кредит", "кредита", "кредитов")
    return _counted(value, "кредит", forms, ("credit", "credits")) if value else ""


def hours_and_credits(line: Any) -> str:
    """«72 сағат (2,4 кредит)»; what is missing is left out."""
    said, credited = hours(line.get("hours")), credits(line.get("credits"))
    return f"{said} ({credited})" if said and credited else said or credited


def days(count: int) -> str:
    """«5 күн», «5 дней», «5 days»."""
    return _counted(str(count), "күн", ("день", "дня", "дней"), ("day", "days"))


def place(line: Any) -> str:
    """«Астана медицина университеті (Астана, Қазақстан)»."""
    where = together(line.get("city"), line.get("country"))
    provider = line.get("provider") or ""
    return f"{provider} ({where})" if provider and where else provider or where


def plan_item(data: Any) -> str:
    """«Жылдық жоспардың 14-тармағы (БАЖ-2027, 2-нұсқа)»; «жоспардан тыс» where it is not in it."""
    item = data.get("plan")
    if data.get("is_unplanned") and not item:
        return str(Said("жоспардан тыс", "вне плана", "unplanned"))
    if not item:
        return str(Said("жылдық жоспар бойынша", "по годовому плану", "in the annual plan"))
    number, version = f"{item['number']}", item["version"]
    said = Said(
        f"жылдық жоспардың {item['item']}-тармағы ({number}, {version}-нұсқа)",
        f"пункт {item['item']} годового плана ({number}, версия {version})",
        f"item {item['item']} of the annual plan ({number}, version {version})",
    )
    if not data.get("is_unplanned"):
        return str(said)
    return f"{said}, {Said('өзгеріспен енгізілген', 'внесён изменением', 'by an amendment')}"


def together(*parts: str | None, by: str = ", ") -> str:
    """The parts that say something, joined."""
    return by.join(part for part in parts if part)


def unit(line: Any) -> str:
    return str(
        Said(
            line.get("unit_kk") or "",
            line.get("unit_ru") or line.get("unit_kk") or "",
            line.get("unit_en") or line.get("unit_kk") or "",
        )
    )


def total_label(row: Any) -> str:
    kk = row.get("label_kk") or str(row.get("key", ""))
    return str(Said(kk, row.get("label_ru") or kk, row.get("label_en") or kk))


def last_training(line: Any) -> str:
    """«30.06.2024, 72 сағ., № 00125»; empty where nothing was."""
    last = line.get("last_training") or {}
    return together(
        day(last.get("ended_on")), volume({"hours": last.get("hours")}), _number_of(last)
    )


def _number_of(last: Any) -> str:
    document = str(last.get("document") or "").strip()
    if not document:
        return ""
    return document if document.startswith("№") else f"№{NARROW}{document}"


def figure(value: str | None) -> Decimal | int | None:
    """A frozen number as a number for a workbook."""
    if value is None or value == "":
        return None
    exact = Decimal(str(value))
    return int(exact) if exact == exact.to_integral() else exact.normalize()


def same_units_stand_together(lines: Iterable[Any]) -> bool:
    """Whether each unit's lines are one run, so that the unit may stand above them once."""
    seen: set[str] = set()
    before = None
    for line in lines:
        this = line.get("unit_kk")
        if this != before:
            if this in seen:
                return False
            seen.add(this)
            before = this
    return True

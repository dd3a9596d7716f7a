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

from interface.trilingual import Said
from staff.models import Area, Post, TrainingRecord
from training_plans.models import AmendmentItem, Funding, Kind, PlanLine, Precision
from training_plans.models.terms import Importance

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
_QUARTERS = ("I", "II", "III", "IV")
LABELS: dict[str, type[Choices]] = {
    "category": Post.Category,
    "area": Area,
    "form": TrainingRecord.Form,
    "kind": Kind,
    "mode": TrainingRecord.Mode,
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

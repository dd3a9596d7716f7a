"""How a personnel department's workbook is understood: headings, values, rows that are not data.

Columns are known by name, in any order, in Kazakh, Russian or English (contracts.md). A cell
that cannot be read raises ``CellError`` with the key of a message; nothing is guessed silently.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from interface.text import cyrillic_name, in_one_script, search_key, squeeze, title_name
from interface.workbook_reader import Sheet, read_workbook
from staff.models.ledger import HOURS_A_CREDIT

from . import workbook_words as words

HEADER_WITHIN = 30

_TOTALS = ("барлығы", "итого", "всего", "жиыны", "жиынтығы", "total", "барлыгы")


def heading_key(text: object) -> str:
    """A heading without what people vary: case, dots, the sign №, brackets' punctuation."""
    text = re.sub(r"\bNo\b\.?|№", " номер ", str(text)) if text is not None else ""
    key = re.sub(r"[^\w\s]", "", search_key(text.replace("\n", " ").replace("/", " ")))
    key = key.replace("номири", "номер").replace("номир", "номер")
    return " ".join(key.split())


def _table(columns: Mapping[str, str]) -> dict[str, str]:
    return {
        heading_key(name): field for field, names in columns.items() for name in names.split("|")
    }


HEADINGS = {"staff": _table(words.STAFF), "training": _table(words.TRAINING)}
_IGNORED_KEYS = {heading_key(name) for name in words.IGNORED.split("|")}
OBLIGATORY = {
    "staff": ["unit", "position", "category", "hired_on"],
    "training": ["title", "form", "area", "starts_on", "ends_on", "provider"],
}


class Workbook(NamedTuple):
    """The sheet that holds the data. ``columns`` maps a field to its place in a row."""

    sheet: str
    header_row: int
    header: list[str]
    columns: dict[str, int]
    unknown: list[str]
    rows: list[tuple[int, list[Any]]]

    def cell(self, row: Sequence[Any], field: str) -> Any:
        place = self.columns.get(field)
        return row[place] if place is not None and place < len(row) else ""

    def heading(self, field: str) -> str:
        """The heading as it stands in the file; a field without a column goes by its key."""
        place = self.columns.get(field)
        return self.header[place] if place is not None else field


class NoHeader(Exception):  # noqa: N818
    """No sheet has the columns; ``missing`` names the fields the best one lacks."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def _missing(kind: str, found: Mapping[str, int]) -> list[str]:
    missing = [field for field in OBLIGATORY[kind] if field not in found]
    if "number" not in found and "iin" not in found:
        missing.insert(0, "number")
    if kind == "staff" and "full_name" not in found:
        missing += [field for field in ("last_name", "first_name") if field not in found]
    if kind == "training" and "volume" not in found and "credits" not in found:
        missing.append("volume")
    if kind == "staff" and "unit_code" in found and "unit" in missing:
        missing.remove("unit")
    return missing


def _recognise(kind: str, row: Sequence[Any]) -> tuple[dict[str, int], list[str]]:
    found: dict[str, int] = {}
    unknown = []
    for place, cell in enumerate(row):
        key = heading_key(cell)
        if not key or key in _IGNORED_KEYS:
            continue
        field = HEADINGS[kind].get(key) or HEADINGS[kind].get(
            heading_key(re.sub(r"\(.*?\)", "", str(cell)))
        )
        if field is None or field in found:
            unknown.append(squeeze(str(cell)))
        else:
            found[field] = place
    return found, unknown


def _is_total(row: Sequence[Any]) -> bool:
    words = [str(cell).casefold().strip() for cell in row if isinstance(cell, str) and cell.strip()]
    return bool(words) and len(words) <= 2 and words[0].startswith(_TOTALS)


def open_workbook(path: Path, kind: str) -> Workbook:
    """The data of the first sheet with the columns of ``kind`` («staff», «training»).

    Raises ``interface.workbook_reader.UnreadableWorkbook`` and ``NoHeader``.
    """
    best: tuple[int, list[str]] = (-1, [])
    for sheet in read_workbook(path, max_rows=settings.IMPORT_MAX_ROWS):
        for place, row in enumerate(sheet.rows[:HEADER_WITHIN]):
            found, unknown = _recognise(kind, row)
            missing = _missing(kind, found)
            if len(found) >= 3 and not missing:
                return _workbook(sheet, place, found, unknown)
            if len(found) > best[0]:
                best = (len(found), missing)
    raise NoHeader(best[1])


def _workbook(sheet: Sheet, place: int, found: dict[str, int], unknown: list[str]) -> Workbook:
    rows = [
        (number, row)
        for number, row in enumerate(sheet.rows[place + 1 :], start=place + 2)
        if any(cell not in ("", None) for cell in row) and not _is_total(row)
    ]
    header = [squeeze(str(cell)) for cell in sheet.rows[place]]
    return Workbook(sheet.name, place + 1, header, found, unknown, rows)


class CellError(Exception):
    """One cell cannot be read; ``reason`` is the key of a message in ``import_messages``."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = params


def text(cell: Any) -> str:
    """A cell as words: whole numbers without «.0», spaces squeezed, mixed scripts mended."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return in_one_script(squeeze(str(cell)))


def personal_name(cell: Any) -> str:
    return title_name(cyrillic_name(str(cell if cell is not None else "")))


def full_name(cell: Any) -> tuple[str, str, str]:
    """«Әлиева Әсел Серікқызы» in its three parts; the patronymic may be missing."""
    words = personal_name(cell).split(" ")
    if len(words) < 2:
        return words[0], "", ""
    return words[0], words[1], " ".join(words[2:])


def digits(cell: Any) -> str:
    """An IIN with the leading zeros Excel lost."""
    value = re.sub(r"[\s\-]", "", text(cell))
    if value.isdecimal() and 6 <= len(value) < 12:
        return value.zfill(12)
    return value


_MONTHS = {
    stem: number
    for number, stems in enumerate(
        [
            "қаңтар қан январ jan",
            "ақпан ақп феврал фев feb",
            "наурыз нау март мар mar",
            "сәуір сәу апрел апр apr",
            "мамыр мам мая май may",
            "маусым мау июн jun",
            "шілде шіл июл jul",
            "тамыз там август авг aug",
            "қыркүйек қыр сентябр сен sep",
            "қазан қаз октябр окт oct",
            "қараша қар ноябр ноя nov",
            "желтоқсан жел декабр дек dec",
        ],
        start=1,
    )
    for stem in stems.split()
}
_ISO = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d{2})")
_TAIL = re.compile(r"[\s,]*(?:жылғы|жылы|жыл|года|год|ж|г|y)?\.?\s*$", re.IGNORECASE)


def _month(word: str) -> int | None:
    word = word.casefold().strip(".,")
    matches = [number for stem, number in _MONTHS.items() if word.startswith(stem)]
    return matches[0] if matches else None


def _named_month(value: str) -> tuple[int, int, int] | None:
    """«2026 жылғы 22 қараша», «22 ноября 2026», «22 November 2026»."""
    numbers = re.findall(r"\d+", value)
    months = [m for m in (_month(word) for word in re.findall(r"[^\W\d_]+", value)) if m]
    if len(numbers) != 2 or len(months) != 1:
        return None
    year, day = sorted(map(int, numbers), reverse=True)
    return (year, months[0], day) if year > 1900 else None


def date(cell: Any) -> dt.date | None:
    """A day in any of the shapes Excel files hold; ``None`` for an empty cell.

    Raises ``CellError`` «not_a_date» or «no_such_date» (31.02).
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if 10_000 <= cell <= 80_000:  # Excel's serial numbers, 1927 to 2119
            return dt.date(1899, 12, 30) + dt.timedelta(days=int(cell))
        raise CellError("not_a_date")
    value = squeeze(str(cell or ""))
    if not value:
        return None
    if len(value) > 40:
        raise CellError("not_a_date")
    if value.isdecimal() and len(value) == 5:
        return date(float(value))
    bare = _TAIL.sub("", value)
    if match := _ISO.fullmatch(bare):
        year, month, day = map(int, match.groups())
    elif match := _DAY_FIRST.fullmatch(bare):
        day, month, year = map(int, match.groups())
        if year < 100:
            year += 2000 if year < 60 else 1900
    elif parts := _named_month(value):
        year, month, day = parts
    else:
        raise CellError("not_a_date")
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise CellError("no_such_date") from None


_NUMBER = re.compile(r"([+-]?\d[\d \u00a0]*(?:[.,]\d+)?)\s*([^\d]*)")


def number(cell: Any) -> tuple[Decimal, str]:
    """The number a cell begins with and the word after it. Raises ``CellError``."""
    if isinstance(cell, bool):
        raise CellError("not_a_number")
    match = _NUMBER.match(text(cell).replace("−", "-"))
    if not match:
        raise CellError("not_a_number")
    try:
        value = Decimal(re.sub(r"\s", "", match[1]).replace(",", "."))
    except InvalidOperation:
        raise CellError("not_a_number") from None
    return value, match[2].casefold().strip()


TENTH = Decimal("0.1")


def volume(cell: Any, credits_cell: Any = "") -> tuple[Decimal, Decimal | None]:
    """Hours and, where the volume was given so, credits (1 = 30 hours, ДСМ-303/2020)."""
    is_credits = text(cell) == "" and text(credits_cell) != ""
    value, unit = number(credits_cell if is_credits else cell)
    if is_credits or unit.startswith(("кр", "cr", "kr")):
        hours, credits = value * HOURS_A_CREDIT, value.quantize(TENTH)
    else:
        hours, credits = value, None
    if hours >= 10_000:
        raise CellError("too_many_hours")
    hours = hours.quantize(TENTH)
    if hours <= 0:
        raise CellError("not_positive")
    return hours, credits


def choice(cell: Any, table: Mapping[str, str], reason: str) -> str:
    key = heading_key(text(cell))
    if key not in table:
        raise CellError(reason)
    return table[key]


def _choices(names: Mapping[Any, str]) -> dict[str, str]:
    return {heading_key(name): value for value, many in names.items() for name in many.split("|")}


CATEGORIES = _choices(words.CATEGORIES)
FORMS = _choices(words.FORMS)
AREAS = _choices(words.AREAS)
MODES = _choices(words.MODES)
KINDS = _choices(words.KINDS)
_YES = {"иә", "ия", "да", "yes", "+", "1", "true", "истина", "y", "✓"}
_NO = {"", "жоқ", "нет", "no", "-", "–", "—", "0", "false", "ложь", "n"}


def leader(cell: Any) -> tuple[bool, bool]:
    """The flag, and whether the cell held something else («a person's name is no flag»)."""
    value = text(cell).casefold()
    if value in _YES:
        return True, False
    return False, value not in _NO


def share(cell: Any) -> Decimal | None:
    """The share of a full post, 0.05 to 2; ``None`` for an empty cell."""
    if text(cell) == "":
        return None
    value, _unit = number(cell)
    if not Decimal("0.05") <= value <= 2:
        raise CellError("share_out_of_range")
    return value.quantize(Decimal("0.01"))


def money(cell: Any) -> Decimal | None:
    if text(cell) == "":
        return None
    value, _unit = number(cell)
    if value < 0 or value >= 10**10:
        raise CellError("not_positive")
    return value.quantize(Decimal("0.01"))


def email(cell: Any) -> str:
    value = squeeze(str(cell or "")).lower()
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
        raise CellError("not_an_email")
    return value[:254]

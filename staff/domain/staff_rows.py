"""Rows of a staff workbook read into values; units found by name or made (contracts.md)."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import Any

from interface.text import search_key
from staff.models import Unit
from staff.models.units import CODE_LETTERS, kind_from_name

from . import workbooks as cells
from .iin import birth_date_of, iin_is_valid, sex_of
from .import_plan import Row, RowReader
from .workbooks import Workbook

_RUSSIAN_WORDS = re.compile(r"\b(кафедра|отдел|управление|центр|факультет|департамент)\b", re.I)
_KAZAKH_LETTERS = re.compile("[әғқңөұүһі]", re.I)


class UnitBook:
    """Units by code and by name in any language; makes the unknown ones."""

    def __init__(self) -> None:
        self.by_code: dict[str, Unit] = {}
        self.by_name: dict[str, Unit] = {}
        self.made: list[Unit] = []
        self._numbers: defaultdict[str, int] = defaultdict(int)
        units = list(Unit.objects.all())
        for unit in units:
            self.by_code[search_key(unit.code)] = unit
            for name in (unit.name_kk, unit.name_ru, unit.name_en):
                if name:
                    self.by_name.setdefault(_name_key(name), unit)
            letter, _dash, digits = unit.code.partition("-")
            if digits.isdecimal():
                self._numbers[letter] = max(self._numbers[letter], int(digits))
        roots = [unit for unit in units if unit.kind == Unit.Kind.ACADEMY]
        self.root = roots[0] if len(roots) == 1 else None

    def find(self, code: str, name: str) -> Unit | None:
        if code and (unit := self.by_code.get(search_key(code))):
            return unit
        return self.by_name.get(_name_key(name)) if name else None

    def make(self, code: str, name: str) -> Unit:
        kind = kind_from_name(name)
        russian = not _KAZAKH_LETTERS.search(name) or bool(_RUSSIAN_WORDS.search(name))
        unit = Unit(
            code=code or self._next_code(kind),
            kind=kind,
            name_kk=name,
            name_ru=name if russian else "",
            parent=self.root,
        )
        self.by_code[search_key(unit.code)] = unit
        self.by_name[_name_key(name)] = unit
        self.made.append(unit)
        return unit

    def _next_code(self, kind: Unit.Kind) -> str:
        letter = CODE_LETTERS[kind]
        self._numbers[letter] += 1
        return f"{letter}-{self._numbers[letter]:03d}"


def _name_key(name: str) -> str:
    return re.sub(r"\s*-\s*", "-", search_key(name))


class StaffRows:
    """Reads rows into values and refuses what cannot be read."""

    def __init__(self, workbook: Workbook, units: UnitBook, on: dt.date) -> None:
        self.workbook, self.units, self.on = workbook, units, on

    def read(self, row: Row) -> None:
        reader = RowReader(self.workbook, row)
        row.values = values = self._identity(reader)
        row.label = " ".join(
            filter(None, [values["last_name"], values["first_name"], values["patronymic"]])
        )
        self._dates(reader, values)
        self._post(reader, values)
        if not row.is_bad:
            self._notices(reader, values)

    def _identity(self, reader: RowReader) -> dict[str, Any]:
        if "full_name" in self.workbook.columns and "last_name" not in self.workbook.columns:
            last, first, patronymic = cells.full_name(reader.cell("full_name"))
            if not last or not first:
                reader.refuse("full_name", "missing_value")
        else:
            last = reader.read("last_name", cells.personal_name, limit=80, needed=True)
            first = reader.read("first_name", cells.personal_name, limit=80, needed=True)
            patronymic = reader.read("patronymic", cells.personal_name, limit=80)
        number = reader.read("number", cells.text, limit=20) or ""
        iin = cells.digits(reader.cell("iin"))
        if iin and not iin_is_valid(iin):
            reader.refuse("iin", "wrong_iin")
        elif not number and not iin:
            reader.refuse("number", "missing_number")
        return {
            "number": number,
            "iin": iin,
            "last_name": last,
            "first_name": first,
            "patronymic": patronymic or "",
            "email": reader.read("email", cells.email) or "",
            "phone": (reader.read("phone", cells.text, limit=40) or ""),
            "degree": (reader.read("degree", cells.text, limit=120) or ""),
            "academic_title": (reader.read("academic_title", cells.text, limit=120) or ""),
        }

    def _dates(self, reader: RowReader, values: dict[str, Any]) -> None:
        hired = reader.read("hired_on", cells.date, needed=True)
        left = reader.read("left_on", cells.date)
        appointed = reader.read("appointed_on", cells.date)
        if hired and left and left < hired:
            reader.refuse("left_on", "left_before_hired")
        if hired and appointed and appointed < hired:
            reader.refuse("appointed_on", "appointed_before_hired")
        if left and appointed and appointed > left:
            reader.refuse("appointed_on", "appointed_after_left")
        values |= {"hired_on": hired, "left_on": left, "appointed_on": appointed}

    def _post(self, reader: RowReader, values: dict[str, Any]) -> None:
        name = reader.read("unit", cells.text, limit=250) or ""
        code = reader.read("unit_code", cells.text, limit=20) or ""
        if not name and not code:
            reader.refuse("unit", "missing_value")
        elif not name and self.units.find(code, "") is None:
            reader.refuse("unit_code", "unknown_unit_code")
        else:
            self._refuse_closed(reader, self.units.find(code, name), values["left_on"])
        flag, odd = cells.leader(reader.cell("leader"))
        if odd:
            reader.notice("leader", "leader_not_a_flag")
        values |= {
            "unit_name": name,
            "unit_code": code,
            "position": reader.read("position", cells.text, limit=200, needed=True),
            "category": self._choice(reader, "category", cells.CATEGORIES, "unknown_category"),
            "is_leader": flag,
            "share": reader.read("share", cells.share),
            "kind": self._choice(reader, "kind", cells.KINDS, "unknown_kind", needed=False),
        }

    @staticmethod
    def _refuse_closed(reader: RowReader, unit: Unit | None, left: dt.date | None) -> None:
        """Nobody holds a post in a unit after it closed."""
        if unit is None or unit.closed_on is None:
            return
        if left is None or left > unit.closed_on:
            reader.refuse("unit", "closed_unit", day=f"{unit.closed_on:%d.%m.%Y}")

    def _choice(
        self,
        reader: RowReader,
        field: str,
        table: dict[str, str],
        reason: str,
        *,
        needed: bool = True,
    ) -> str | None:
        if cells.text(reader.cell(field)) == "":
            if needed:
                reader.refuse(field, "missing_value")
            return None
        value: str | None = reader.read(field, cells.choice, table, reason)
        return value

    def _notices(self, reader: RowReader, values: dict[str, Any]) -> None:
        if values["hired_on"] > self.on:
            reader.notice("hired_on", "hired_in_future")
        iin = values["iin"]
        if not iin:
            return
        born = birth_date_of(iin)
        try:
            told = cells.date(reader.cell("born_on"))
        except cells.CellError:
            told = None
        if told and born and told != born:
            reader.notice("iin", "iin_birth_date")
        if born and born.year >= 1900:
            age = self.on.year - born.year - ((self.on.month, self.on.day) < (born.month, born.day))
            if not 16 <= age <= 90:
                reader.notice("iin", "unlikely_age", age=age)
        sex = _sex_of_patronymic(values["patronymic"]) or _sex_of_word(reader.cell("sex"))
        if sex and (by_iin := sex_of(iin)) and by_iin != sex:
            reader.notice("iin", "iin_sex")


def _sex_of_patronymic(patronymic: str) -> str | None:
    name = patronymic.casefold()
    if name.endswith(("қызы", "кызы", "вна", "чна")):
        return "female"
    if name.endswith(("ұлы", "улы", "вич", "ьич")):
        return "male"
    return None


def _sex_of_word(cell: Any) -> str | None:
    word = cells.text(cell).casefold()
    if word.startswith(("ер", "муж", "male", "м")):
        return "male"
    if word.startswith(("әйел", "жен", "female", "ж", "f")):
        return "female"
    return None

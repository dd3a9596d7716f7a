"""The workbooks to fill in are understood by the import, in each language."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from staff.domain import workbooks
from staff.domain.template_workbooks import STAFF, TRAINING, staff_template, training_template

from ..factories import UnitFactory

LANGUAGES = ["kk", "ru", "en"]


def _filled(tmp_path: Path, make: Any, columns: Any, language: str) -> Path:
    """The template as somebody fills it: the example of each column in the first row."""
    target = io.BytesIO()
    make(target, language)
    target.seek(0)
    book = openpyxl.load_workbook(target)
    for place, column in enumerate(columns, start=1):
        book.worksheets[0].cell(2, place, column.example[language])
    path = tmp_path / "filled.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_the_staff_template_is_recognised(
    db: None, tmp_path: Path, language: str
) -> None:
    book = workbooks.open_workbook(_filled(tmp_path, staff_template, STAFF, language), "staff")

    assert book.unknown == []
    assert len(book.columns) == len(STAFF)
    assert len(book.rows) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_the_training_template_is_recognised(
    db: None, tmp_path: Path, language: str
) -> None:
    path = _filled(tmp_path, training_template, TRAINING, language)
    book = workbooks.open_workbook(path, "training")

    assert book.unknown == []
    assert len(book.columns) == len(TRAINING)
    row = book.rows[0][1]
    assert workbooks.volume(book.cell(row, "volume")) == (72, None)
    assert workbooks.date(book.cell(row, "ends_on")) == dt.date(2026, 3, 14)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_the_drop_downs_is_recognised(language: str) -> None:
    tables = {
        "Category": workbooks.CATEGORIES,
        "Main or second job": workbooks.KINDS,
        "Form": workbooks.FORMS,
        "Area": workbooks.AREAS,
        "Mode": workbooks.MODES,
    }
    seen = set()
    for column in (*STAFF, *TRAINING):
        table = tables.get(column.heading["en"])
        if table is not None:
            seen.add(column.heading["en"])
            found = [
                workbooks.choice(words[language], table, "unknown") for words in column.choices
            ]
            assert len(set(found)) == len(found)
            assert set(found) == set(table.values())
    assert seen == set(tables)
    leader = next(column for column in STAFF if column.heading["en"] == "Leader")
    flags = [workbooks.leader(words[language]) for words in leader.choices]
    assert flags == [(True, False), (False, False)]


def test_the_drop_downs_are_in_the_file(db: None) -> None:
    UnitFactory(code="D-001", name_kk="Терапия кафедрасы")
    target = io.BytesIO()
    staff_template(target, "kk")
    target.seek(0)
    book = openpyxl.load_workbook(target)
    found = book.worksheets[0].data_validations.dataValidation
    rules = {str(rule.sqref): rule for rule in found}

    assert rules["H2:H5000"].formula1 == '"ПОҚ,колледж ПОҚ,ӘБП,ғылыми қызметкер"'
    assert rules["F2:F5000"].formula1 == "'Бөлімшелер'!$B$2:$B$2"
    assert book["Бөлімшелер"]["B2"].value == "Терапия кафедрасы"
    assert book.worksheets[0].column_dimensions["A"].number_format == "@"


def test_an_unfilled_template_has_no_rows(db: None, tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    with path.open("wb") as target:
        staff_template(target, "ru")

    assert workbooks.open_workbook(path, "staff").rows == []

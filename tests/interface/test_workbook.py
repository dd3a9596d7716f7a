"""Workbooks that go out: real numbers and dates, no formula from anybody's name."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from interface.workbook import Heading, plain_text, sheet_title, write_workbook

HEADINGS = [Heading("Аты", width=20), Heading("Күні", "date"), Heading("Сағат", "number")]


def _sheet(rows: list[list[Any]], **kwargs: Any) -> Any:
    target = io.BytesIO()
    write_workbook(
        target=target,
        title="Қызметкерлер",
        headings=HEADINGS,
        rows=rows,
        lines=["Бөлімше: Терапия"],
        **kwargs,
    )
    target.seek(0)
    return openpyxl.load_workbook(target).active


def test_title_filters_head_and_rows_stand_in_their_places() -> None:
    sheet = _sheet([["Әлиева", dt.date(2026, 11, 22), Decimal("72")]])

    assert [row[0].value for row in sheet.iter_rows(max_row=4)] == [
        "Қызметкерлер",
        "Бөлімше: Терапия",
        None,
        "Аты",
    ]
    assert [cell.value for cell in sheet[5]] == ["Әлиева", dt.datetime(2026, 11, 22), 72]
    assert sheet["B5"].number_format == "dd.mm.yyyy"
    assert sheet["C5"].data_type == "n"
    assert sheet["A4"].font.bold is True
    assert sheet.freeze_panes == "A5"
    assert sheet.auto_filter.ref == "A4:C5"
    assert sheet.column_dimensions["A"].width == 20
    assert sheet.title == "Қызметкерлер"


@pytest.mark.parametrize(
    "text", ["=1+1", "+7 700 000 00 00", "-5", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1"]
)
def test_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    cell = _sheet([[text, None, None]])["A5"]

    assert cell.data_type == "s"
    assert cell.value == text
    assert cell.quotePrefix is True


def test_titles_and_headings_are_no_formulas_either() -> None:
    target = io.BytesIO()
    write_workbook(target=target, title="=1+1", headings=[Heading("=2")], rows=[], lines=["=3"])
    with zipfile.ZipFile(target) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()

    assert "<f>" not in xml and "<f " not in xml


def test_what_no_cell_can_hold_is_left_out() -> None:
    sheet = _sheet([["а\x00б\x1bв", None, None]])

    assert sheet["A5"].value == "абв"
    assert len(plain_text("а" * 40_000)) == 32_767


def test_rows_beyond_the_limit_are_left_out_and_it_is_said() -> None:
    sheet = _sheet([[str(n), None, n] for n in range(5)], limit=3, cut_line="Қалғаны жоқ")

    assert [sheet.cell(row, 1).value for row in range(5, 10)] == [
        "0",
        "1",
        "2",
        None,
        "Қалғаны жоқ",
    ]
    assert sheet.auto_filter.ref == "A4:C7"


def test_exactly_the_limit_is_not_cut() -> None:
    sheet = _sheet([[str(n), None, n] for n in range(3)], limit=3, cut_line="Қалғаны жоқ")

    assert sheet.max_row == 7


def test_moments_are_written_in_local_time() -> None:
    moment = dt.datetime(2026, 11, 22, 20, 30, tzinfo=dt.UTC)

    assert _sheet([["а", moment, None]])["B5"].value == dt.datetime(2026, 11, 23, 1, 30)


def test_sheet_names_are_what_excel_takes() -> None:
    assert sheet_title("Есеп: 2026/2027 [жоба]") == "Есеп  2026 2027  жоба"
    assert len(sheet_title("Ұзақ атау " * 10)) <= 31
    assert sheet_title("???") == "1"

"""Somebody else's file: read with bounded memory, or refused with one word."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from interface import workbook_reader
from interface.workbook_reader import UnreadableWorkbook, read_workbook

from ..workbooks import (
    corner_cells,
    damaged_sheet,
    encrypted_by_office,
    lying_bomb,
    saved,
    zip_bomb,
)


def problem_of(path: Path, *, max_rows: int = 1_000) -> str:
    with pytest.raises(UnreadableWorkbook) as refused:
        read_workbook(path, max_rows=max_rows)
    return refused.value.problem


def test_rows_are_numbered_as_excel_numbers_them(tmp_path):
    book = Workbook()
    book.active.title = "Тізім"
    book.active["B3"] = "тақырып"
    book.active["C5"] = 1042
    [sheet] = read_workbook(saved(book, tmp_path), max_rows=100)
    assert sheet.name == "Тізім"
    assert len(sheet.rows) == 5
    assert sheet.rows[0] == ["", "", ""]
    assert (sheet.rows[2][1], sheet.rows[4][2]) == ("тақырып", 1042.0)


def test_values_come_as_they_are(tmp_path):
    book = Workbook()
    cells: list[Any] = ["сөз", 72, 4.5, True, dt.date(2026, 2, 26), dt.datetime(2026, 2, 26, 9)]
    book.active.append(cells)
    [sheet] = read_workbook(saved(book, tmp_path), max_rows=100)
    assert sheet.rows == [["сөз", 72.0, 4.5, True, "2026-02-26", "2026-02-26"]]


def test_every_sheet_is_read(tmp_path):
    book = Workbook()
    book.create_sheet("Екінші").append(["бар"])
    sheets = read_workbook(saved(book, tmp_path), max_rows=100)
    assert [sheet.name for sheet in sheets] == ["Sheet", "Екінші"]
    assert sheets[1].rows == [["бар"]]


def test_an_empty_sheet_has_no_rows(tmp_path):
    [sheet] = read_workbook(saved(Workbook(), tmp_path), max_rows=100)
    assert sheet.rows == []


def test_a_formula_is_not_run(tmp_path):
    book = Workbook()
    book.active["A1"] = "=1+1"
    [sheet] = read_workbook(saved(book, tmp_path), max_rows=100)
    assert sheet.rows in ([[""]], [])


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"just text", b"%PDF-1.7\n", b"<html></html>", b"\x00" * 5000]
)
def test_no_excel_file(tmp_path, content):
    path = tmp_path / "staff.xlsx"
    path.write_bytes(content)
    assert problem_of(path) in {"not_excel", "damaged"}


def test_another_kind_of_archive_is_no_excel_file(tmp_path):
    path = tmp_path / "staff.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert problem_of(path) == "not_excel"


def test_a_file_cut_short_is_damaged(tmp_path):
    book = Workbook()
    for number in range(500):
        book.active.append([f"жол {number}", number])
    path = saved(book, tmp_path)
    path.write_bytes(path.read_bytes()[:-600])
    assert problem_of(path) == "damaged"


def test_a_sheet_that_is_no_xml_is_damaged(tmp_path):
    assert problem_of(damaged_sheet(tmp_path)) == "damaged"


def test_an_encrypted_workbook(tmp_path):
    assert problem_of(encrypted_by_office(tmp_path)) == "encrypted"


def test_an_archive_with_a_password(tmp_path):
    path = saved(Workbook(), tmp_path)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            flags = struct.unpack_from("<H", content, place + offset)[0] | 1
            struct.pack_into("<H", content, place + offset, flags)
            place = content.find(signature, place + 4)
    path.write_bytes(content)
    assert problem_of(path) == "encrypted"


def test_an_ole_file_that_is_no_workbook_is_damaged(tmp_path):
    path = tmp_path / "staff.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4000)
    assert problem_of(path) == "damaged"


def test_a_zip_bomb_is_too_large(tmp_path):
    assert problem_of(zip_bomb(tmp_path)) == "too_large"


def test_a_zip_bomb_that_lies_about_its_size_is_too_large(tmp_path):
    assert problem_of(lying_bomb(tmp_path)) in {"too_large", "damaged"}


def test_cells_at_opposite_corners_do_not_make_a_sheet_of_billions(tmp_path):
    assert problem_of(corner_cells(tmp_path)) in {"too_many_rows", "too_large"}
    assert problem_of(corner_cells(tmp_path), max_rows=2_000_000) == "too_large"


def test_more_rows_than_allowed(tmp_path):
    book = Workbook()
    for number in range(11):
        book.active.append([number])
    path = saved(book, tmp_path)
    assert problem_of(path, max_rows=10) == "too_many_rows"
    assert len(read_workbook(path, max_rows=11)[0].rows) == 11


def test_a_child_that_eats_too_much_is_stopped(tmp_path, monkeypatch):
    """The limit is the child's: with little memory it ends, and the parent says so."""
    path = saved(Workbook(), tmp_path)
    monkeypatch.setattr(workbook_reader, "SECONDS", 0.0001)
    assert problem_of(path) == "too_large"


def test_the_file_is_left_as_it_was(tmp_path):
    path = saved(Workbook(), tmp_path)
    before = path.read_bytes()
    read_workbook(path, max_rows=10)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_pythons_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_workbook(tmp_path / "nowhere.xlsx", max_rows=10)

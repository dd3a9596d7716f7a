"""Files that cannot be read: one clear sentence, exit code 1, nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from staff.models import ImportRun, Person
from workflow.models import StoredFile

from ..commands import run
from ..workbooks import (
    corner_cells,
    damaged_sheet,
    encrypted_by_office,
    lying_bomb,
    saved,
    written,
    zip_bomb,
)
from .test_import_staff import HEADINGS, USUAL

pytestmark = pytest.mark.django_db


def no_excel(folder: Path) -> Path:
    path = folder / "staff.xlsx"
    path.write_bytes(b"%PDF-1.7 and so on")
    return path


def cut_short(folder: Path) -> Path:
    path = written(folder, ["Таб. №"] * 5, [["1001"] * 5] * 400)
    path.write_bytes(path.read_bytes()[:-500])
    return path


def empty_workbook(folder: Path) -> Path:
    return saved(Workbook(), folder)


def empty_file(folder: Path) -> Path:
    path = folder / "staff.xlsx"
    path.touch()
    return path


def only_a_header(folder: Path) -> Path:
    return written(folder, [HEADINGS[name] for name in USUAL], [])


def other_columns(folder: Path) -> Path:
    return written(folder, ["Тауар", "Бағасы"], [["Қалам", 100]])


def nowhere(folder: Path) -> Path:
    return folder / "nowhere.xlsx"


def a_folder(folder: Path) -> Path:
    return folder


@pytest.mark.parametrize("command", ["import_staff", "import_training"])
@pytest.mark.parametrize(
    ("make", "word"),
    [
        (no_excel, "not an Excel file"),
        (cut_short, "damaged"),
        (damaged_sheet, "damaged"),
        (encrypted_by_office, "password"),
        (zip_bomb, "too large"),
        (lying_bomb, ""),
        (corner_cells, "too large"),
        (empty_workbook, "columns"),
        (empty_file, "not an Excel file"),
        (other_columns, "columns"),
        (nowhere, "no such file"),
        (a_folder, ""),
    ],
)
def test_one_sentence_exit_code_1_and_nothing_stored(
    command: str, make: Callable[[Path], Path], word: str, tmp_path: Path
):
    answer = run(command, make(tmp_path))
    assert (answer.code, answer.out) == (1, "")
    assert word in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert (ImportRun.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_a_header_without_rows_is_said(tmp_path):
    answer = run("import_staff", only_a_header(tmp_path))
    assert (answer.code, answer.out) == (1, "")
    assert "no rows" in answer.err


def test_more_rows_than_allowed_are_said_with_the_number(tmp_path, settings):
    settings.IMPORT_MAX_ROWS = 10
    path = written(tmp_path, [HEADINGS[name] for name in USUAL], [list(USUAL.values())] * 20)
    answer = run("import_staff", path)
    assert (answer.code, Person.objects.count()) == (1, 0)
    assert "10" in answer.err


def test_missing_columns_are_named(tmp_path):
    names = [name for name in USUAL if name not in {"category", "hired"}]
    path = written(tmp_path, [HEADINGS[n] for n in names], [[USUAL[n] for n in names]])
    answer = run("import_staff", path)
    assert answer.code == 1
    assert "staff category" in answer.err and "hired on" in answer.err


def test_what_looks_like_a_formula_is_text_in_the_rejected_rows(tmp_path):
    from openpyxl import load_workbook

    row = list((USUAL | {"category": "?", "position": '=HYPERLINK("http://x")'}).values())
    book = Workbook()
    book.active.append([HEADINGS[name] for name in USUAL])
    book.active.append(row)
    for cell in book.active[2]:
        cell.data_type = "s"
    path = saved(book, tmp_path, "staff.xlsx")
    assert run("import_staff", path, "--skip-invalid").code == 0
    back = load_workbook(tmp_path / "staff.rejected.xlsx")
    cell = back.active.cell(row=2, column=list(USUAL).index("position") + 1)
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')
    back.close()

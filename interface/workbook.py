"""Workbooks that go out: lists, papers, templates to fill in.

Numbers are numbers, dates are dates, and whatever text begins like a formula stays text.
Rows are written as they come (openpyxl's write-only mode), so memory does not grow with them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DATE_STYLE = "dd.mm.yyyy"
DATE_TIME_STYLE = "dd.mm.yyyy hh:mm"
MAX_TEXT = 32_767
_WIDTHS = {"text": 24, "date": 13, "number": 12}
# Beginning like this, a text would be taken for a formula when somebody edits the cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")

TITLE_FONT = Font(bold=True, size=14)
LINE_FONT = Font(color="475467")
HEAD_FONT = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="E3F0F1")
HEAD_BORDER = Border(bottom=Side(style="thin", color="0B5D6B"))
HEAD_ALIGNMENT = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True)
class Heading:
    """A column of a workbook: its heading, ``text``, ``date`` or ``number``, width in letters."""

    text: str
    kind: str = "text"
    width: int = 0

    @property
    def letters(self) -> int:
        return max(self.width or _WIDTHS[self.kind], min(len(self.text) + 3, 24))


@dataclass(frozen=True)
class Sheet:
    """One more sheet of a workbook, behind the first: its name, headings and rows."""

    name: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Any]]


def write_workbook(
    *,
    target: IO[bytes],
    title: str,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Any]],
    lines: Sequence[str] = (),
    sheet_name: str = "",
    limit: int = 1_000_000,
    cut_line: str = "",
    more: Sequence[Sheet] = (),
) -> int:
    """Write one sheet: title, ``lines`` below it, a frozen head with a filter, the rows.

    At most ``limit`` rows; ``cut_line`` stands below them where there were more. ``more`` are
    sheets behind it. Returns how many rows of the first were written. ``target`` is a binary file
    opened for writing.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_title(sheet_name or title))
    head = len(lines) + 3
    _set_up(sheet, headings, head)
    sheet.append([_cell(sheet, title, font=TITLE_FONT)])
    for line in lines:
        sheet.append([_cell(sheet, line, font=LINE_FONT)])
    sheet.append([])
    append_head(sheet, headings)
    count = 0
    walk = iter(rows)
    for row in itertools.islice(walk, limit):
        sheet.append([written(sheet, value) for value in row])
        count += 1
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(max(len(headings), 1))}{head + count}"
    if cut_line and next(walk, None) is not None:
        sheet.append([])
        sheet.append([_cell(sheet, cut_line, font=HEAD_FONT)])
    for other in more:
        behind = book.create_sheet(sheet_title(other.name))
        _set_up(behind, other.headings, 1)
        append_head(behind, other.headings)
        for row in other.rows:
            behind.append([written(behind, value) for value in row])
    book.save(target)
    return count


def _set_up(sheet: WriteOnlyWorksheet, headings: Sequence[Heading], head: int) -> None:
    """Widths, the frozen head and the page: all must stand before the first row is written."""
    set_widths(sheet, headings)
    sheet.freeze_panes = f"A{head + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{head}:{head}"


def set_widths(sheet: Any, headings: Sequence[Heading]) -> None:
    for place, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = heading.letters


def append_head(sheet: Any, headings: Sequence[Heading]) -> None:
    sheet.append(
        [
            _cell(
                sheet,
                heading.text,
                font=HEAD_FONT,
                fill=HEAD_FILL,
                border=HEAD_BORDER,
                alignment=HEAD_ALIGNMENT,
            )
            for heading in headings
        ]
    )


def sheet_title(text: str) -> str:
    """``text`` as Excel takes it for a sheet's name: 31 letters, without []:*?/\\."""
    return _SHEET_NAME.sub(" ", text).strip("' ")[:31].rstrip() or "1"


def plain_text(text: str) -> str:
    """``text`` without characters a workbook cannot hold, at most as long as a cell may be."""
    return _UNPRINTABLE.sub("", text)[:MAX_TEXT]


def written(sheet: Any, value: Any) -> Any:
    """``value`` as a cell: numbers and dates as such, everything else as text."""
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, dt.datetime):
        if timezone.is_aware(value):
            value = timezone.make_naive(value)
        return _cell(sheet, value, number_format=DATE_TIME_STYLE)
    if isinstance(value, dt.date):
        return _cell(sheet, value, number_format=DATE_STYLE)
    text = plain_text(str(value))
    return _cell(sheet, text) if text.startswith(_FORMULA) else text


def _cell(sheet: Any, value: Any, **style: Any) -> Any:
    if isinstance(value, str):
        value = plain_text(value)
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(_FORMULA):
            cell.quotePrefix = True
    for name, given in style.items():
        setattr(cell, name, given)
    return cell

"""The rows that were not taken, as a workbook with a column of reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook as NewWorkbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from .import_messages import heading
from .import_messages import problem as problem_text
from .import_plan import Outcome, Plan
from .workbooks import Workbook


def write_rejected(
    *,
    workbook: Workbook,
    problems: Mapping[int, Sequence[dict[str, Any]]],
    target: Path | IO[bytes],
    reason_heading: str,
) -> None:
    """The rows named in ``problems`` (by number) as they came, with a column of reasons."""
    book = NewWorkbook(write_only=True)
    sheet = book.create_sheet(workbook.sheet[:31] or "1")

    def cells(values: Sequence[Any], *, bold: bool = False) -> list[Any]:
        made = []
        for value in values:
            if isinstance(value, str):
                value = ILLEGAL_CHARACTERS_RE.sub(" ", value)
            cell = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula, whatever the cell begins with
            if bold:
                cell.font = Font(bold=True)
            made.append(cell)
        return made

    width = len(workbook.header)
    sheet.append(cells([*workbook.header, reason_heading], bold=True))
    for number, row in workbook.rows:
        if number in problems:
            padded = (row + [""] * width)[:width]
            sheet.append(cells([*padded, reasons(problems[number])]))
    book.save(target)


def rejected_of(plan: Plan) -> dict[int, list[dict[str, Any]]]:
    """Problems of the rejected rows by row number, as ``write_rejected`` wants them."""
    return {row.number: row.problems for row in plan.rows if row.outcome == Outcome.REJECTED}


def reasons(problems: Sequence[dict[str, Any]]) -> str:
    """What is wrong with a row, in one text: «column «value»: reason»."""
    return "; ".join(
        f"{heading(entry['column'])} «{entry['value']}»: {problem_text(entry)}"
        for entry in problems
        if not entry.get("notice")
    )

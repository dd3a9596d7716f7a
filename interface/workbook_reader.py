"""Reads an Excel file in a child process that ends, with bounded memory.

A workbook is somebody else's file: two cells at opposite corners, a zip bomb or a damaged sheet
must not take the program down. So the parent looks at the archive first, and a child that may
use only so much memory does the reading and prints JSON. Run as a script it is that child.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, Literal, NamedTuple

MAX_UNPACKED = 100 * 1024 * 1024
MAX_CHILD_MEMORY = 1536 * 1024 * 1024
MAX_COLUMNS = 200
# One shared text may stand in a million cells, so what comes out is counted too.
MAX_LETTERS = 30_000_000
SECONDS = 120
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Problem = Literal["not_excel", "damaged", "encrypted", "too_large", "too_many_rows"]


class UnreadableWorkbook(Exception):  # noqa: N818 (it is the workbook that fails, not we)
    """The file cannot be read; ``problem`` says why in one word."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class Sheet(NamedTuple):
    """Rows as Excel numbers them: ``rows[0]`` is row 1. Dates are ISO text."""

    name: str
    rows: list[list[Any]]


def read_workbook(path: Path, *, max_rows: int) -> list[Sheet]:
    """Every sheet of an xlsx or xls file.

    Raises ``UnreadableWorkbook``. Memory: a child of at most ``MAX_CHILD_MEMORY`` bytes, and
    here ``max_rows`` rows.
    """
    _look_at_archive(path)
    try:
        # The interpreter and this file: nothing of the command comes from outside but the path.
        child = subprocess.run(  # noqa: S603
            [sys.executable, __file__, str(path), str(max_rows)],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableWorkbook("too_large") from None
    if child.returncode < 0 or b"MemoryError" in child.stderr or b"memory" in child.stderr:
        raise UnreadableWorkbook("too_large")
    if child.returncode != 0:
        raise UnreadableWorkbook("damaged")
    answer = json.loads(child.stdout)
    if "problem" in answer:
        raise UnreadableWorkbook(answer["problem"])
    return [Sheet(name, rows) for name, rows in answer["sheets"]]


def _look_at_archive(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
        if start.startswith(_OLE):
            file.seek(0)
            # An encrypted xlsx is an OLE file that holds this stream; a plain xls does not.
            if "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20):
                raise UnreadableWorkbook("encrypted")
            return
        if not start.startswith(b"PK"):
            raise UnreadableWorkbook("not_excel")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if not any(name.startswith("xl/workbook") for name in names):
                raise UnreadableWorkbook("not_excel")
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise UnreadableWorkbook("too_large")
            _unpack_within_limit(path, archive)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError):
        raise UnreadableWorkbook("damaged") from None


def _unpack_within_limit(path: Path, archive: zipfile.ZipFile) -> None:
    """Count what really comes out: the sizes an archive declares may be lies."""
    total = 0
    with path.open("rb") as raw:
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise UnreadableWorkbook("encrypted")
            if info.compress_type != zipfile.ZIP_DEFLATED:
                total += info.compress_size
                continue
            raw.seek(info.header_offset + 26)
            name_length = int.from_bytes(raw.read(2), "little")
            extra_length = int.from_bytes(raw.read(2), "little")
            raw.seek(name_length + extra_length, 1)
            left, unpack = info.compress_size, zlib.decompressobj(-15)
            while left > 0 and not unpack.eof:
                chunk = raw.read(min(left, 1 << 16))
                if not chunk:
                    break
                left -= len(chunk)
                while chunk and total <= MAX_UNPACKED:
                    total += len(unpack.decompress(chunk, 1 << 20))
                    chunk = unpack.unconsumed_tail
                if total > MAX_UNPACKED:
                    raise UnreadableWorkbook("too_large")


def _plain(cell: Any) -> Any:
    if isinstance(cell, bool | int | float | str):
        return cell
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10]
    return str(cell)


def _child(path: str, max_rows: int) -> dict[str, Any]:
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
        sheets, total, letters = [], 0, 0
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            total += sheet.total_height + 1  # calamine counts from nought
            if total > max_rows:
                return {"problem": "too_many_rows"}
            if sheet.total_width + 1 > MAX_COLUMNS:
                return {"problem": "too_large"}
            rows = sheet.to_python(skip_empty_area=False)
            letters += sum(len(cell) for row in rows for cell in row if isinstance(cell, str))
            if letters > MAX_LETTERS:
                return {"problem": "too_large"}
            sheets.append([name, [[_plain(cell) for cell in row] for row in rows]])
    except calamine.PasswordError:
        return {"problem": "encrypted"}
    except (calamine.CalamineError, OSError, ValueError):
        return {"problem": "damaged"}
    return {"sheets": sheets}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_CHILD_MEMORY, MAX_CHILD_MEMORY))
    json.dump(_child(sys.argv[1], int(sys.argv[2])), sys.stdout, ensure_ascii=False)

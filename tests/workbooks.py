"""Workbooks for tests: right ones from rows, and the kinds that must be refused."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook


def saved(book: Workbook, folder: Path, name: str = "file.xlsx") -> Path:
    path = folder / name
    book.save(path)
    book.close()
    return path


def written(
    folder: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], name: str = "file.xlsx"
) -> Path:
    """A workbook with its header in row 1."""
    book = Workbook()
    book.active.append(list(header))
    for row in rows:
        book.active.append(list(row))
    return saved(book, folder, name)


def _rewritten(source: Path, target: Path, sheet: bytes) -> Path:
    """``source`` with another first sheet."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, sheet if "sheet1.xml" in info.filename else content)
    return target


def _sheet(rows: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()


def corner_cells(folder: Path) -> Path:
    """Two cells, A1 and XFD1048576: a sheet of seventeen billion."""
    cell = '<row r="{row}"><c r="{place}" t="inlineStr"><is><t>x</t></is></c></row>'
    rows = cell.format(row=1, place="A1") + cell.format(row=1_048_576, place="XFD1048576")
    source = saved(Workbook(), folder, "plain.xlsx")
    return _rewritten(source, folder / "corners.xlsx", _sheet(rows))


def damaged_sheet(folder: Path) -> Path:
    source = saved(Workbook(), folder, "plain.xlsx")
    return _rewritten(source, folder / "damaged.xlsx", b"<worksheet><sheetData><row><c")


def encrypted_by_office(folder: Path) -> Path:
    """What Excel makes of a workbook with a password: an OLE file with these two streams."""
    path = folder / "encrypted.xlsx"

    def entry(name: str, kind: int) -> bytes:
        text = name.encode("utf-16-le") + b"\x00\x00"
        numbers = struct.pack("<HBBIII", len(text), kind, 1, *(0xFFFFFFFF,) * 3)
        return text.ljust(64, b"\x00") + numbers + b"\x00" * (128 - 64 - len(numbers))

    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
    directory = entry("Root Entry", 5) + entry("EncryptionInfo", 2) + entry("EncryptedPackage", 2)
    path.write_bytes(header + directory.ljust(1024, b"\x00") + b"\x17" * 4096)
    return path


def zip_bomb(folder: Path, megabytes: int = 200) -> Path:
    """A sheet that unpacks to ``megabytes``, and says so."""
    source = saved(Workbook(), folder, "plain.xlsx")
    sheet = _sheet(" " * (megabytes * 1024 * 1024))
    return _rewritten(source, folder / "bomb.xlsx", sheet)


def lying_bomb(folder: Path) -> Path:
    """The same, but every size it declares is a hundred bytes."""
    path = zip_bomb(folder)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.find(signature)
        while place >= 0:
            if struct.unpack_from("<I", content, place + offset)[0] > 1024 * 1024:
                struct.pack_into("<I", content, place + offset, 100)
            place = content.find(signature, place + 4)
    path.write_bytes(content)
    return path

"""The photo on the first page of a document, for phones, which show no PDF within a page."""

from __future__ import annotations

import pikepdf

from interface.scans import PDF
from workflow.models import StoredFile

_PHOTO = "/Photo"  # as ``interface.scans`` calls the only picture of a photographed page


def first_photo(stored: StoredFile | None) -> bytes | None:
    """The JPEG of the first page where that is a photo; ``None`` for any other document.

    The file was made by ``interface.scans`` and is clean; nothing else is looked into.
    """
    if stored is None or stored.content_type != PDF:
        return None
    try:
        with stored.content.open("rb") as file, pikepdf.open(file.file) as document:
            drawn = document.pages[0].obj["/Resources"]["/XObject"]
            if list(drawn.keys()) != [_PHOTO]:
                return None
            picture = drawn[_PHOTO]
            is_jpeg = str(picture["/Filter"]) == "/DCTDecode"
            return picture.read_raw_bytes() if is_jpeg else None
    except (pikepdf.PdfError, OSError, LookupError):
        return None

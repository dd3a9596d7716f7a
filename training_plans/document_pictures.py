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
            pictures = document.pages[0].images
            picture = pictures.get(_PHOTO)
            if len(pictures) != 1 or picture is None:
                return None
            if str(picture.get("/Filter")) != "/DCTDecode":
                return None
            return picture.read_raw_bytes()
    except (pikepdf.PdfError, OSError, IndexError):
        return None

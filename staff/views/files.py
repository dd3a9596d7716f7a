"""Files go out through here alone, to those whose page has checked them (architecture, idea 5)."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag

from interface.lists import attachment
from workflow.models import StoredFile

_SUFFIXES = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
}
# What may be shown in the browser instead of saved. Its own viewer of PDFs does not work within a
# sandbox; it runs nothing of the academy's address, and scans are rebuilt without scripts anyway.
_SHOWN = {
    "application/pdf": "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "image/jpeg": "default-src 'none'; sandbox",
    "image/png": "default-src 'none'; sandbox",
}
_SAVED = "default-src 'none'; sandbox"


def served(
    request: HttpRequest, stored: StoredFile, *, name: str, inline: bool = False
) -> HttpResponse | FileResponse:
    """``stored`` as ``name``; nothing in it may run, no cache but the reader's own keeps it.

    ``inline`` is for pictures drawn into a page and PDFs shown within a frame of one of our pages;
    anything else is saved all the same.
    """
    inline = inline and stored.content_type in _SHOWN
    etag = quote_etag(stored.sha256)
    response: HttpResponse | FileResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = FileResponse(stored.content.open("rb"), content_type=stored.content_type)
        response["Content-Length"] = str(stored.size)
        suffix = _SUFFIXES.get(stored.content_type, "bin")
        how = attachment(f"{name}.{suffix}", f"document.{suffix}")
        response["Content-Disposition"] = how.replace("attachment", "inline", 1) if inline else how
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _SHOWN[stored.content_type] if inline else _SAVED
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Frame-Options"] = "SAMEORIGIN" if inline else "DENY"
    return response

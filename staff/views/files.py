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


def served(
    request: HttpRequest, stored: StoredFile, *, name: str, inline: bool = False
) -> HttpResponse | FileResponse:
    """``stored`` as ``name``; nothing in it may run, no cache but the reader's own keeps it.

    ``inline`` is for pictures drawn into a page.
    """
    etag = quote_etag(stored.sha256)
    response: HttpResponse | FileResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = FileResponse(stored.content.open("rb"), content_type=stored.content_type)
        response["Content-Length"] = str(stored.size)
        suffix = _SUFFIXES.get(stored.content_type, "bin")
        response["Content-Disposition"] = (
            "inline" if inline else attachment(f"{name}.{suffix}", f"document.{suffix}")
        )
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response

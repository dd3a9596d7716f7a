"""What is too large to be taken is refused before it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext as _

MB = 1024 * 1024
TOO_LARGE = 413
LENGTH_REQUIRED = 411


class BodySizeMiddleware:
    """Answers a request whose body is too large, or of a length nobody tells, without reading it.

    Stands behind the language and before everything that looks at the body: the check of the
    CSRF token, which reads it, comes only with the view. Who is not signed in has no file to send,
    so for them the limit is that of a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return _refusal(request, LENGTH_REQUIRED)
        if _announced(request) > body_limit(request):
            return _refusal(request, TOO_LARGE)
        return self.get_response(request)


def body_limit(request: HttpRequest) -> int:
    """Bytes a body may have."""
    user: Any = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return int(settings.BODY_MAX_MB * MB)
    return min(int(settings.BODY_MAX_MB * MB), int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


def _announced(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() and len(given) < 19 else 10**18


def _refusal(request: HttpRequest, status: int) -> HttpResponse:
    """A calm page; for htmx, which puts it into the page, the sentence alone."""
    sentence = _(
        "What you sent is larger than the %(limit)s MB that one file may have, so it was not read "
        "and nothing was changed. Go back, choose a smaller file or scan it with a lower "
        "resolution, and send it again."
    ) % {"limit": settings.UPLOAD_MAX_MB}
    if request.headers.get("HX-Request"):
        return HttpResponse(escape(sentence), status=status, content_type="text/html")
    number = getattr(request, "number", "")
    context = {"sentence": sentence, "number": number}
    return HttpResponse(render_to_string("413.html", context, request), status=status)

"""The number of a request, to be quoted when something fails; the language of the page."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGE_COOKIE = settings.LANGUAGE_COOKIE_NAME
_KNOWN = {code for code, _name in settings.LANGUAGES}


class RequestNumberMiddleware:
    """Gives each request a short number, shown on error pages and written to the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.number = secrets.token_hex(4).upper()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Number"] = request.number  # type: ignore[attr-defined]
        return response


class LanguageMiddleware:
    """The account's language; before signing in the one chosen here, else Kazakh.

    The browser's own preference is not asked: Kazakh is the first language (interface.md), and
    most browsers here are set to Russian or English by their makers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = request.user.language if request.user.is_authenticated else ""
        code = code or request.COOKIES.get(LANGUAGE_COOKIE, "")
        if code not in _KNOWN:
            code = settings.LANGUAGE_CODE
        with translation.override(code):
            request.LANGUAGE_CODE = code
            response = self.get_response(request)
        response.setdefault("Content-Language", code)
        if request.user.is_authenticated:
            response.setdefault("Cache-Control", "private, no-cache")
        return response

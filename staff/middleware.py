"""Keeps an account whose role must use a second factor on the pages that set it up or ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from .domain import second_factor

OPEN_NAMES = {
    "second_factor",
    "second_factor_setup",
    "logout",
    "set_language",
    "health_live",
    "health_ready",
}
PAGES = {"ask": "second_factor", "set up": "second_factor_setup"}


class SecondFactorMiddleware:
    """Once signed in by password, the code is asked where a device is set up or obligatory.

    Asked anew at every request, with the account: a session opened before must not outlive it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        user: Any = request.user
        name = request.resolver_match.url_name if request.resolver_match else None
        if not user.is_authenticated or user.is_verified() or name in OPEN_NAMES:
            return None
        duty = second_factor.duty(user)
        if not duty:
            return None
        back = request.get_full_path() if request.method == "GET" else reverse("home")
        return HttpResponseRedirect(f"{reverse(PAGES[duty])}?{urlencode({'next': back})}")

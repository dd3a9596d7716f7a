"""Rules of the house as system checks: ``manage.py check`` refuses what breaks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import URLPattern, URLResolver, get_resolver


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every address of the house, whatever it is included through."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def is_public(pattern: URLPattern) -> bool:
    """Whether it opens without signing in; said by ``login_not_required``, never by omission."""
    view: Any = pattern.callback
    return not getattr(view, "login_required", True)


@register(Tags.urls)
def every_page_names_its_permission(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Deny by default: a page without ``permission`` that is not public is a mistake."""
    found: list[CheckMessage] = []
    for pattern in patterns():
        view_class = getattr(pattern.callback, "view_class", None)
        permission = getattr(view_class, "permission", None) or getattr(
            pattern.callback, "permission", None
        )
        if permission is None and not is_public(pattern):
            found.append(
                Error(
                    f"The page {pattern.name!r} names no permission.",
                    hint="Derive it from interface.pages.Page and set permission.",
                    id="skma.E001",
                )
            )
    return found


@register(Tags.security, deploy=True)
def letters_go_out(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Invitations and password resets need a mail server."""
    if settings.EMAIL_BACKEND.endswith(("dummy.EmailBackend", "console.EmailBackend")):
        return [Warning("No letter leaves the program.", hint="Set EMAIL_URL.", id="skma.W003")]
    return []


@register(Tags.security, deploy=True)
def no_demo_accounts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Demo accounts belong to development only."""
    if settings.DEMO_ACCOUNTS_ALLOWED:
        return [Error("Demo accounts are allowed.", hint="Set DJANGO_DEBUG=0.", id="skma.E002")]
    return []

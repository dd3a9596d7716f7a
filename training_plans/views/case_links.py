"""Where the pages around a case are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def link(name: str, *args: Any, **query: Any) -> str:
    """The address of a page by its name, its arguments and what stands behind the «?»."""
    url = reverse(name, args=args)
    return f"{url}?{urlencode(query)}" if query else url

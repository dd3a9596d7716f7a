"""Who and why, put onto a thing before it is saved, so its history says so."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

Kept = TypeVar("Kept", bound=models.Model)


def signed(thing: Kept, *, actor: Any, reason: str = "") -> Kept:
    """``thing`` with the account and the reason its next row of history will name."""
    thing._history_user = actor  # type: ignore[attr-defined]
    thing._change_reason = reason[:100] or None  # type: ignore[attr-defined]
    return thing

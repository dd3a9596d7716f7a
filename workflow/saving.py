"""How a thing is changed: locked, compared with what the form was opened on, signed, kept.

What is refused is a ``ValidationError``: what is wrong, the rule, the next possible step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

Values = Mapping[str, Any]
Kept = TypeVar("Kept", bound=models.Model)


class ChangedMeanwhile(ValidationError):  # noqa: N818
    """Somebody else saved the same thing since the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody else has changed this meanwhile. Look at the difference and save again "
                "if yours should stand."
            ),
            code="changed_meanwhile",
        )


def signed(thing: Kept, *, actor: Any, reason: str = "") -> Kept:
    """``thing`` with the account and the reason its next row of history will name."""
    thing._history_user = actor  # type: ignore[attr-defined]
    thing._change_reason = reason[:100] or None  # type: ignore[attr-defined]
    return thing


def version_of(thing: models.Model) -> int:
    """The number of the last change of ``thing``; a form carries it to notice a stale edit."""
    newest = thing.history.order_by("-history_id").values_list("history_id", flat=True)  # type: ignore[attr-defined]
    return newest.first() or 0


def take(thing: Kept, version: int | None = None) -> Kept:
    """``thing`` as it stands now, locked till the end of the transaction.

    Raises ``ChangedMeanwhile`` where ``version`` is given and is not the newest. On SQLite the
    transaction itself is the lock (``IMMEDIATE``).
    """
    fresh = type(thing)._default_manager.select_for_update().get(pk=thing.pk)
    if version is not None and version != version_of(fresh):
        raise ChangedMeanwhile
    return fresh


def put(thing: models.Model, values: Values) -> bool:
    """Put ``values`` onto ``thing``; whether any of them differs."""
    differs = thing.pk is None
    for name, value in values.items():
        if getattr(thing, name, None) != value:  # a new thing lacks obligatory relations
            setattr(thing, name, value)
            differs = True
    return differs


def save(thing: models.Model, *, actor: Any, reason: str = "") -> None:
    """Validate and keep ``thing``, its history naming who and why."""
    signed(thing, actor=actor, reason=reason).full_clean()
    try:
        with transaction.atomic():
            thing.save()
    except IntegrityError as error:
        raise ValidationError(
            _("Somebody else has just saved the same. Open the page again and look.")
        ) from error

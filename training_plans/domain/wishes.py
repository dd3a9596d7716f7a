"""Topics employees would like to be trained in: part of the analysis of needs (clause 3.15)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from interface.text import search_key
from training_plans.models import TrainingWish
from workflow.saving import Values, save, take

YEARS_AHEAD = 3
MOST = 10  # open ones of a person for a year: more than that nobody reads


@transaction.atomic
def add_wish(*, values: Values, actor: Any, on: dt.date) -> TrainingWish:
    """A wish of the actor's own: ``values`` are year, topic, area (may be empty).

    Raises ``ValidationError``: by an account without an employee, for a year that is over or too
    far, of the same topic again, of more than ``MOST`` for a year.
    """
    if not actor.person_id:
        raise ValidationError(
            _("This account is not tied to an employee: a wish is always one's own (3.15).")
        )
    year = values.get("year")
    if year is None or not on.year <= year <= on.year + YEARS_AHEAD:
        raise ValidationError(
            {
                "year": _("Choose a year from %(first)s to %(last)s.")
                % {"first": on.year, "last": on.year + YEARS_AHEAD}
            }
        )
    wish = TrainingWish(
        person_id=actor.person_id,
        year=year,
        topic=values.get("topic", ""),
        area=values.get("area") or "",
    )
    others = TrainingWish.objects.filter(person_id=actor.person_id, year=year, withdrawn=False)
    key = search_key(wish.topic)
    if key and any(search_key(other.topic) == key for other in others):
        raise ValidationError(
            {"topic": _("You have wished for this topic already. Withdraw it, or name another.")}
        )
    if len(others) >= MOST:
        raise ValidationError(
            _(
                "You have %(most)s wishes for %(year)s already: that many are read at most. "
                "Withdraw one of them first (3.15)."
            )
            % {"most": MOST, "year": year}
        )
    save(wish, actor=actor)
    return wish


@transaction.atomic
def withdraw_wish(*, wish: TrainingWish, actor: Any) -> TrainingWish:
    """Take back a wish of one's own; it stays in the history. Nothing happens the second time."""
    wish = take(wish)
    if wish.person_id != actor.person_id:
        raise ValidationError(_("A wish is withdrawn by who made it (3.15)."))
    if not wish.withdrawn:
        wish.withdrawn = True
        save(wish, actor=actor)
    return wish

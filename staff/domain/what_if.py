"""What a training would change for a person, asked while it is being typed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from staff.models import Person

from .standing import Completed, Verdict, drops_out_after, explain, stretches
from .standings import facts, norms


class Effect(NamedTuple):
    """One requirement: whether the training counts for it, and the standing then."""

    requirement_id: int
    accepted: bool
    last_day: dt.date
    after: Verdict


def effects(
    *,
    person: Person,
    ends_on: dt.date,
    hours: Decimal,
    area: str,
    on: dt.date,
    instead_of: int | None = None,
) -> list[Effect]:
    """``instead_of``: the key of the record being corrected, which is left out of the count."""
    known = facts(lambda rows: rows.filter(person_id=person.pk)).get(person.pk)
    if known is None:
        return []
    training = Completed(0, ends_on, int(hours * 100), area)
    records = [record for record in known.newest_first if record.key != instead_of]
    return [
        Effect(
            requirement_id=stretch.norm.key,
            accepted=stretch.norm.accepts(training),
            last_day=drops_out_after(stretch.norm, training, known.leaves),
            after=explain(
                norm=stretch.norm,
                records=[*records, training],
                held_since=stretch.held_since,
                leaves=known.leaves,
                on=on,
            ),
        )
        for stretch in stretches(known.posts, norms(), since=on)
        if stretch.holds_from <= on
    ]

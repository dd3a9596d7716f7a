"""Who signs for somebody who is away (forms.md §6): named for a period, ended sooner if need be.

A substitute has the absent one's right, not more: what they decide is kept as «for» that person,
and a substitution is not passed on. So whoever is away in these days can stand in for nobody: that
refuses a ring (A for B, B for A) of whatever length, in which a case would wait for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from staff.models import User
from training_plans.models import RouteStep, capacities_of
from workflow.models import Substitution
from workflow.saving import put, save, take

from .application_checks import day

LONGEST_DAYS = 366
Kind = RouteStep.Kind


def capacities_to_lend(user: Any, on: dt.date) -> list[str]:
    """As what ``user`` signs in their own right, each once, in the order of the route."""
    own = {cap.kind for cap in capacities_of(user, on) if cap.on_behalf_of is None}
    return [kind.value for kind in Kind if kind.value in own]


def words_of(capacities: Iterable[str]) -> str:
    """What a substitution covers, in words; empty is everything."""
    labels = [str(Kind(code).label) for code in capacities if code in Kind.values]
    return ", ".join(labels) or _("everything")


@transaction.atomic
def name_substitute(
    *,
    absent: Any,
    substitute: Any,
    starts_on: dt.date,
    ends_on: dt.date,
    capacities: list[str],
    because: str,
    actor: Any,
    on: dt.date,
) -> Substitution:
    """Let ``substitute`` sign for ``absent`` on these days, both inclusive.

    ``capacities`` are kinds of steps; empty means everything the absent one signs. Raises
    ``ValidationError``; then nothing is written.
    """
    if actor.pk != absent.pk and not actor.has_perm("training_plans.manage_substitutes"):
        raise ValidationError(_("Only the administrator names substitutes for somebody else."))
    # Both accounts are locked, in one order, so that two at once cannot name each other.
    both = User.objects.select_for_update().filter(pk__in=[absent.pk, substitute.pk])
    list(both.order_by("pk"))
    _check_period(starts_on, ends_on, on)
    _check_people(absent, substitute)
    lent = capacities_to_lend(absent, on)
    if not lent:
        raise ValidationError(
            _("%(person)s signs nothing, so nobody needs to stand in.")
            % {"person": absent.display_name}
        )
    if unknown := [code for code in capacities if code not in lent]:
        raise ValidationError(
            {
                "capacities": _("%(person)s does not sign as: %(what)s.")
                % {"person": absent.display_name, "what": words_of(unknown)}
            }
        )
    _check_others(absent, substitute, starts_on, ends_on, capacities)
    substitution = Substitution(
        absent=absent,
        substitute=substitute,
        starts_on=starts_on,
        ends_on=ends_on,
        capacities=sorted(capacities, key=Kind.values.index),
        because=because.strip(),
        entered_by=actor,
    )
    save(substitution, actor=actor, reason=because)
    return substitution


def _check_period(starts_on: dt.date, ends_on: dt.date, on: dt.date) -> None:
    if ends_on < starts_on:
        raise ValidationError(
            {"ends_on": _("The last day is before the first. Correct one of the two.")}
        )
    if starts_on < on:
        raise ValidationError(
            {
                "starts_on": _(
                    "This day is over: nothing can be signed for it any more. Begin today, "
                    "%(today)s, or later."
                )
                % {"today": day(on)}
            }
        )
    if (ends_on - starts_on).days >= LONGEST_DAYS:
        raise ValidationError(
            {"ends_on": _("A substitution lasts a year at most. Name it again then.")}
        )


def _check_people(absent: Any, substitute: Any) -> None:
    if absent.pk == substitute.pk:
        raise ValidationError(
            {"substitute": _("Nobody stands in for themselves. Choose somebody else.")}
        )
    if not substitute.is_active:
        raise ValidationError(
            {
                "substitute": _("The account of %(person)s is switched off. Choose somebody else.")
                % {"person": substitute.display_name}
            }
        )


def _check_others(
    absent: Any, substitute: Any, starts_on: dt.date, ends_on: dt.date, capacities: list[str]
) -> None:
    standing = Substitution.objects.filter(
        ended=False, starts_on__lte=ends_on, ends_on__gte=starts_on
    ).select_related("substitute__person", "absent__person")
    for other in standing.filter(absent=absent):
        common = not capacities or not other.capacities or set(capacities) & set(other.capacities)
        if common:
            raise ValidationError(
                _(
                    "%(person)s stands in already from %(first)s to %(last)s (%(what)s). End that "
                    "one first, or choose other days."
                )
                % {
                    "person": other.substitute.display_name,
                    "first": day(other.starts_on),
                    "last": day(other.ends_on),
                    "what": words_of(other.capacities),
                }
            )
    away = standing.filter(absent=substitute).first()
    if away is not None:
        raise ValidationError(
            {
                "substitute": _(
                    "%(person)s is away from %(first)s to %(last)s too, and %(other)s stands in. "
                    "Choose somebody who is there."
                )
                % {
                    "person": substitute.display_name,
                    "first": day(away.starts_on),
                    "last": day(away.ends_on),
                    "other": away.substitute.display_name,
                }
            }
        )


def left_alone(
    *, absent: Any, starts_on: dt.date, ends_on: dt.date, on: dt.date
) -> list[Substitution]:
    """For whom ``absent`` was to stand in on these days: they need another substitute now.

    Allowed, since people fall ill; who names the absence is told.
    """
    rows = Substitution.objects.filter(
        ended=False,
        substitute=absent,
        starts_on__lte=ends_on,
        ends_on__gte=max(starts_on, on),
    )
    return list(rows.select_related("absent__person"))


@transaction.atomic
def end_substitution(*, substitution: Substitution, actor: Any, on: dt.date) -> Substitution:
    """End it now, or cancel it before it begins; what was signed stays signed."""
    may = actor.has_perm("training_plans.manage_substitutes")
    if actor.pk != substitution.absent_id and not may:
        raise ValidationError(_("Only who was away or the administrator ends a substitution."))
    substitution = take(substitution)
    if substitution.ended or substitution.ends_on < on:
        raise ValidationError(_("This substitution is over already."))
    put(substitution, {"ended": True})
    save(substitution, actor=actor)
    return substitution

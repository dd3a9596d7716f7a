"""Submitting and approving the plan; approval freezes version 1 (clauses 3.12, 5.5).

Who approves carries what they have read (``seen_of``): a plan changed since is not approved
unseen, they are told what changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.figures import in_figures
from staff.models import Person, Provider
from training_plans.models import Plan, PlanLine, PlanVersion
from training_plans.models.terms import TERMS
from training_plans.papers import plan_data, plan_number, signed_by
from training_plans.transitions import PLAN
from workflow.models import Decision
from workflow.papers import issue

from .planned import period_of

KIND = "annual_plan"
SHOWN = 30
_TIME = ("precision", "starts_on", "ends_on")


@dataclass(frozen=True, slots=True)
class LineChange:
    """What became of one line since the approver looked; ``parts``: field, before, after."""

    name: str
    topic: str
    kind: str
    parts: tuple[tuple[str, str, str], ...] = ()


class PlanChangedMeanwhile(ValidationError):  # noqa: N818
    """The plan is not the one the approver has read. ``changes`` says what is different."""

    def __init__(self, changes: list[LineChange]) -> None:
        self.changes = changes
        super().__init__(
            _(
                "The plan has been changed since you opened it. Look at what changed below, and "
                "approve again if it should stand (5.5)."
            ),
            code="changed_meanwhile",
        )


# --- what was read --------------------------------------------------------------------------------
def _history(plan: Plan) -> Any:
    return PlanLine.history.filter(plan_id=plan.pk)


def seen_of(plan: Plan) -> str:
    """What the plan says now, in one word a form carries: last change and a fingerprint of all.

    Made of every line with the number of its last change; taken together with ``since`` it tells
    what has changed. One query.
    """
    newest = dict(
        _history(plan).order_by("id").values_list("id").annotate(newest=Max("history_id"))
    )
    said = ",".join(f"{key}:{version}" for key, version in sorted(newest.items()))
    digest = hashlib.sha256(said.encode()).hexdigest()[:32]
    return f"{max(newest.values(), default=0)}-{digest}"


def changes_since(plan: Plan, seen: str) -> list[LineChange]:
    """What became of the lines after ``seen``, by the person's name. Four queries."""
    number, _dash, _digest = seen.partition("-")
    last = int(number) if number.isdecimal() and len(number) < 19 else 0
    return _changes(_history(plan), last)


def changes_of(lines: Iterable[PlanLine], *, after: int) -> list[LineChange]:
    """What became of these lines after the change numbered ``after``. Four queries."""
    return _changes(PlanLine.history.filter(id__in=[line.pk for line in lines]), after)


def _changes(rows: Any, last: int) -> list[LineChange]:
    newer = rows.filter(history_id__gt=last).values("id").annotate(key=Max("history_id"))
    after = {row.id: row for row in rows.filter(history_id__in=newer.order_by().values("key"))}
    older = (
        rows.filter(history_id__lte=last, id__in=list(after))
        .values("id")
        .annotate(key=Max("history_id"))
    )
    before = {row.id: row for row in rows.filter(history_id__in=older.order_by().values("key"))}
    people = Person.objects.in_bulk({row.person_id for row in after.values()})
    providers = {row.provider_id for row in [*after.values(), *before.values()] if row.provider_id}
    names = {key: provider.name for key, provider in Provider.objects.in_bulk(providers).items()}
    found = [
        _change(people[row.person_id].full_name, row, before.get(key), names)
        for key, row in after.items()
    ]
    return sorted((change for change in found if change is not None), key=lambda c: c.name)


def _change(name: str, row: Any, before: Any, providers: dict[int, str]) -> LineChange | None:
    if before is None or (before.taken_out and not row.taken_out):
        return None if row.taken_out else LineChange(name, row.topic, "added")
    if row.taken_out:
        return None if before.taken_out else LineChange(name, row.topic, "taken_out")
    old, new = _said(before, providers), _said(row, providers)
    parts = tuple((label, old[label], new[label]) for label in new if old[label] != new[label])
    return LineChange(name, row.topic, "changed", parts)


def _said(row: Any, providers: dict[int, str]) -> dict[str, str]:
    """The terms of a row of history in words, by the label of the field."""
    said = {_("time"): period_of(row)}
    for name in TERMS:
        if name in _TIME or name == "course":
            continue
        field = PlanLine._meta.get_field(name)
        value = getattr(row, field.attname)  # type: ignore[union-attr]
        if name == "provider":
            words = providers.get(value, "")
        elif getattr(field, "choices", None):
            words = str(dict(field.flatchoices).get(value, value))  # type: ignore[union-attr]
        elif value is None or isinstance(value, str):
            words = value or ""
        else:
            words = in_figures(value)
        said[str(field.verbose_name)] = words  # type: ignore[union-attr]
    return said


# --- moving it ------------------------------------------------------------------------------------
def submit(*, plan: Plan, actor: Any, on: dt.date) -> Plan:
    """To the approver. Raises ``Refused`` with every reason against it (``domain.checks``)."""
    return PLAN.apply(plan, "submit", actor=actor, on=on)


def take_back(*, plan: Plan, actor: Any, on: dt.date) -> Plan:
    """The Centre builds on; whoever reads the plan meanwhile will be told."""
    return PLAN.apply(plan, "take_back", actor=actor, on=on)


def give_back(*, plan: Plan, reason: str, actor: Any, on: dt.date) -> Plan:
    """The approver returns it with a remark."""
    return PLAN.apply(plan, "return", actor=actor, on=on, reason=reason)


def returned_with(plan: Plan) -> Decision | None:
    """Who returned the draft and with what remark; nothing once it was submitted again."""
    if plan.state != Plan.State.DRAFT:
        return None
    last = Decision.objects.about(plan).select_related("actor__person").first()
    return last if last is not None and last.transition == "return" else None


def close(*, plan: Plan, actor: Any, on: dt.date) -> Plan:
    """The year is over."""
    return PLAN.apply(plan, "close", actor=actor, on=on)


def is_late(plan: Plan, on: dt.date) -> bool:
    """On time is not later than 1 December, whatever day the year sets itself (5.5)."""
    return on > plan.planning_year.plan_in_time_until


@transaction.atomic
def approve_plan(*, plan: Plan, actor: Any, on: dt.date, seen: str) -> PlanVersion:
    """Version 1: its lines frozen as an official paper, for ever (5.5; forms.md §4).

    ``seen`` is what the approver read (``seen_of``). Raises ``PlanChangedMeanwhile`` where the
    plan says something else by now, ``Refused`` for every other reason; nothing is written then.
    """
    made: list[PlanVersion] = []
    PLAN.apply(
        plan,
        "approve",
        actor=actor,
        on=on,
        effect=lambda case: made.append(_frozen(case, actor=actor, on=on, seen=seen)),
    )
    return made[0]


def _frozen(plan: Plan, *, actor: Any, on: dt.date, seen: str) -> PlanVersion:
    if seen_of(plan) != seen:
        raise PlanChangedMeanwhile(changes_since(plan, seen))
    late = is_late(plan, on)
    plan.version = 1
    data = plan_data(plan, version=1, on=on, approved_by=signed_by(actor, on=on), is_late=late)
    paper = issue(
        kind=KIND,
        number=plan_number(plan.planning_year.year),
        version=1,
        data=data,
        subject=plan,
        actor=actor,
        on=on,
    )
    return PlanVersion.objects.create(
        plan=plan, number=1, paper=paper, approved_on=on, approved_by=actor, is_late=late
    )


def lateness(plan: Plan, on: dt.date) -> str:
    """The sentence that says an approval now is late; empty where it is in time."""
    if not is_late(plan, on):
        return ""
    return _("Due by %(day)s: an approval now is marked as late (5.5).") % {
        "day": date_format(plan.planning_year.plan_in_time_until, "SHORT_DATE_FORMAT")
    }

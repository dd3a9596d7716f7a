"""Changing a norm without a programmer (clause 9.1): a new version from a day, with its basis."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from staff.models import Person, TrainingRequirement
from workflow import jobs
from workflow.calendar import DAY
from workflow.models import JobRun
from workflow.saving import signed
from workflow.tasks import run_job

from . import standings
from .standing import Norm, StateName, Timetable, judge, state_on
from .standings import Facts

RESTATED = "standings after a change of requirement"
# What a version may change; whom the requirement judges stays with its code.
COLUMNS = ("months", "hours", "areas", "counting", "name_kk", "name_ru", "name_en")


class Change(NamedTuple):
    """One person whose state would change; a state is ``None`` where nothing judges them."""

    person: Person
    before: StateName | None
    after: StateName | None


class Effect(NamedTuple):
    """What a new version would do on ``day``: counts by state before and after, and who changes."""

    day: dt.date
    before: dict[str, int]
    after: dict[str, int]
    changes: list[Change]
    total_changes: int


def open_version(code: str) -> TrainingRequirement:
    return TrainingRequirement.objects.get(code=code, valid_until__isnull=True)


def draft(
    *, present: TrainingRequirement, values: dict[str, Any], valid_from: dt.date, basis: str
) -> TrainingRequirement:
    """The version that would follow ``present``; not saved. Raises ``ValidationError``."""
    if present.valid_from is not None and valid_from <= present.valid_from:
        raise ValidationError(
            {
                "valid_from": _(
                    "The present version began on %(day)s. Choose a later day, or withdraw it."
                )
                % {"day": f"{present.valid_from:%d.%m.%Y}"}
            }
        )
    if not basis.strip():
        raise ValidationError(
            {"basis": _("Name the minutes or the order this change rests on (cl. 9.1).")}
        )
    new = TrainingRequirement(
        code=present.code,
        clause=present.clause,
        categories=present.categories,
        leaders_only=present.leaders_only,
        residual=present.residual,
        valid_from=valid_from,
        basis=basis.strip(),
        **{name: values.get(name, getattr(present, name)) for name in COLUMNS},
    )
    if all(getattr(new, name) == getattr(present, name) for name in COLUMNS):
        raise ValidationError(_("Nothing differs from the present version."))
    if new.counting == TrainingRequirement.Counting.SINGLE and not new.hours:
        raise ValidationError(
            {"counting": _("Counting one course only makes sense with a norm in hours.")}
        )
    return new


@transaction.atomic
def change_requirement(
    *,
    code: str,
    values: dict[str, Any],
    valid_from: dt.date,
    basis: str,
    actor: Any,
    on: dt.date,
) -> TrainingRequirement:
    """Close the present version on the day before and open the new one; standings follow.

    ``being_restated`` tells whether the worker still has to see to them.
    """
    present = TrainingRequirement.objects.select_for_update().get(
        code=code, valid_until__isnull=True
    )
    new = draft(present=present, values=values, valid_from=valid_from, basis=basis)
    present.valid_until = valid_from - DAY
    signed(present, actor=actor, reason=basis).save()
    signed(new, actor=actor, reason=basis).save()
    _restate_everybody(key=f"{new.pk}", on=on)
    return new


@transaction.atomic
def withdraw_requirement(
    *, requirement: TrainingRequirement, reason: str, actor: Any, on: dt.date
) -> None:
    """Take back a version that is not in force yet; the one before it stays open."""
    if requirement.valid_from is None or requirement.valid_from <= on:
        raise ValidationError(
            _("This version is in force already. Make a new one instead (cl. 9.1).")
        )
    before = TrainingRequirement.objects.get(
        code=requirement.code, valid_until=requirement.valid_from - DAY
    )
    key = requirement.pk
    signed(requirement, actor=actor, reason=reason).delete()
    before.valid_until = None
    signed(before, actor=actor, reason=reason).save()
    _restate_everybody(key=f"{key} withdrawn", on=on)


def _restate_everybody(*, key: str, on: dt.date) -> None:
    """Standings follow: in this transaction, or where people are many, after it by the worker.

    ``key`` is new with every change: a job that already runs may have passed whom this one meets.
    """
    if Person.objects.count() <= standings.AT_ONCE:
        standings.restate_everybody(on=on)
        return
    job, _made = jobs.ask(name=RESTATED, key=key)
    transaction.on_commit(lambda: run_job.delay(job.pk), robust=True)


def being_restated() -> JobRun | None:
    """The job that makes standings follow a changed requirement, while there is one."""
    states = [JobRun.State.QUEUED, JobRun.State.RUNNING]
    return JobRun.objects.filter(name=RESTATED, state__in=states).order_by("pk").first()


def effect(*, new: TrainingRequirement, on: dt.date, listed: int = 200) -> Effect:
    """Who would change standing under ``new``, on the day it comes into force or today."""
    day = max(new.valid_from or on, on)
    now_norms = standings.norms()
    then_norms = _with_version(now_norms, new)
    now_times, then_times = standings.times_of(now_norms), standings.times_of(then_norms)
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    changed: dict[int, tuple[StateName | None, StateName | None]] = {}
    for low, high, _done, _of in standings.person_ranges():
        for person, known in standings.facts(
            lambda rows: rows.filter(person_id__gte=low, person_id__lte=high)  # noqa: B023
        ).items():
            old = _state(known, now_norms, now_times, new.code, day)
            fresh = _state(known, then_norms, then_times, new.code, day)
            before.update([old] if old else [])
            after.update([fresh] if fresh else [])
            if old != fresh:
                changed[person] = (old, fresh)
    people = Person.objects.filter(pk__in=list(changed)[: listed * 5])[:listed]
    return Effect(
        day=day,
        before=dict(before),
        after=dict(after),
        changes=[Change(person, *changed[person.pk]) for person in people],
        total_changes=len(changed),
    )


def _with_version(present: Sequence[Norm], new: TrainingRequirement) -> list[Norm]:
    assert new.valid_from is not None  # noqa: S101 (draft has seen to it)
    norms = []
    for norm in present:
        if norm.code == new.code and norm.valid_until is None:
            norm = Norm(
                **{
                    name: getattr(norm, name)
                    for name in Norm.__dataclass_fields__
                    if name != "valid_until"
                },
                valid_until=new.valid_from - DAY,
            )
        norms.append(norm)
    return [*norms, standings.norm_of(new)]


def _state(
    known: Facts, norms: Sequence[Norm], times: Timetable, code: str, day: dt.date
) -> StateName | None:
    for stretch in standings.stretches_of(known.posts, norms, times, day):
        if stretch.norm.code == code and stretch.holds_from <= day:
            judged = judge(
                norm=stretch.norm,
                newest_first=known.newest_first,
                held_since=stretch.held_since,
                leaves=known.leaves,
                on=day,
            )
            exempt = any(first <= day <= last for first, last in known.leaves)
            return state_on(judged, day, exempt=exempt)
    return None

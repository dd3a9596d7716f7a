"""Lines of the plan on one topic, made one course for a group (3.12; forms.md §4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from interface.text import squeeze
from training_plans.models import Plan, PlanGroup, PlanLine
from workflow.saving import put, save, take

from .plan import dissolve_singles, held, lines_of, with_terms
from .terms import settled


@transaction.atomic
def merge(
    *,
    plan: Plan,
    lines: Iterable[PlanLine],
    name: str,
    values: Mapping[str, Any],
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> PlanGroup:
    """Lines on one topic become one group course with one set of terms; cost is for one person.

    A group of that name takes the lines in, and its own lines the terms. ``version`` as in
    ``move``. Raises ``ValidationError`` for fewer than two lines, and as ``change_line`` does.
    """
    plan = held(plan)
    chosen = lines_of(plan, lines, version=version)
    name = squeeze(name)
    if not name:
        raise ValidationError({"name": _("Name the group course.")})
    terms = settled(values, year=plan.planning_year.year)
    group = PlanGroup.objects.filter(plan=plan, name=name).first()
    if group is not None:
        known = {line.pk for line in chosen}
        others = plan.lines.planned().filter(group=group).exclude(pk__in=known)
        chosen += others.select_related("person", "post", "course").order_by("pk")
    if len(chosen) < 2:
        raise ValidationError(_("A group course has at least two people. Choose more lines."))
    if group is None:
        group = PlanGroup(plan=plan, name=name)
        save(group, actor=actor)
    left = {line.group_id for line in chosen if line.group_id} - {group.pk}
    with_terms(chosen, terms | {"group": group}, actor=actor)
    dissolve_singles(plan, left, actor=actor)
    return group


@transaction.atomic
def change_group(
    *,
    group: PlanGroup,
    name: str,
    values: Mapping[str, Any],
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> PlanGroup:
    """Another name or other terms for a group course and all its lines.

    ``version`` is the ``newest_change`` of its lines the form was opened on.
    """
    plan = held(group.plan)
    group = take(group)
    name = squeeze(name)
    if not name:
        raise ValidationError({"name": _("Name the group course.")})
    if PlanGroup.objects.filter(plan=plan, name=name).exclude(pk=group.pk).exists():
        raise ValidationError(
            {"name": _("Another group course is called so. Merge the lines into that one.")}
        )
    terms = settled(values, year=plan.planning_year.year)
    members = lines_of(plan, plan.lines.planned().filter(group=group), version=version)
    with_terms(members, terms, actor=actor)
    if put(group, {"name": name}):
        save(group, actor=actor)
    return group


@transaction.atomic
def split(*, line: PlanLine, actor: Any, on: dt.date) -> PlanLine:
    """A line leaves its group course and keeps its terms; one left alone is no group any more."""
    plan = held(line.plan)
    line = take(line)
    group = line.group_id
    if group is None:
        raise ValidationError(_("This line is not part of a group course."))
    line.group = None
    save(line, actor=actor)
    dissolve_singles(plan, {group}, actor=actor)
    return line

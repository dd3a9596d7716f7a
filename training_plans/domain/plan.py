"""Building the annual plan until its first approval (clauses 3.12, 5.3–5.5; forms.md §4).

Every verb holds the plan, so nobody builds while somebody approves. After the approval only
amendments change it. Terms of those who do not teach are set by the head of their unit alone
(5.3): a line that came from a request keeps them; the Centre returns the request with a remark.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from interface.text import search_key, squeeze
from staff.models import Provider
from training_plans.models import Plan, PlanLine, PlanningYear, Request, RequestLine
from training_plans.models.terms import TERMS
from workflow.saving import ChangedMeanwhile, put, save, take

from .terms import settled

BATCH = 200
REASON_LENGTH = 300
# What one person's line may say differently though it is part of a group course.
PERSONAL = frozenset({"importance", "goal", "justification", "funding"})


@transaction.atomic
def open_plan(*, planning_year: PlanningYear, actor: Any, on: dt.date) -> Plan:
    """The plan of the year: a draft where there is none yet, else the one there is (3.12)."""
    year = take(planning_year)
    found = Plan.objects.filter(planning_year=year).first()
    if found is not None:
        return found
    plan = Plan(planning_year=year)
    save(plan, actor=actor)
    return plan


def why_not_built(plan: Plan) -> str:
    """Why nothing of the plan can be changed directly any more; empty while it is built."""
    if plan.can_be_built:
        return ""
    if plan.state == Plan.State.IN_AGREEMENT:
        return _("The plan has been submitted for approval. Take it back to change it (3.12).")
    return _(
        "The plan is approved. It is changed by an amendment, with the production reason (5.5)."
    )


def held(plan: Plan) -> Plan:
    """The plan, held till the end of the transaction. Refuses one that is not built any more."""
    plan = take(plan)
    if words := why_not_built(plan):
        raise ValidationError(words)
    return plan


def hold_requests(lines: Iterable[int | None]) -> None:
    """The requests of these request lines: none is returned while the plan decides on its lines.

    Always after the plan; who returns a request holds the request alone.
    """
    asked = RequestLine.objects.filter(pk__in=[key for key in lines if key]).order_by()
    requests = Request.objects.select_for_update().filter(pk__in=asked.values("request_id"))
    list(requests.order_by("pk").values_list("pk", flat=True))


def reason_of(text: str, field: str = "reason") -> str:
    text = squeeze(text)
    if not text:
        raise ValidationError({field: _("Say why: the reason stays with the line.")})
    return text[:REASON_LENGTH]


def keep_lines(
    lines: list[PlanLine], fields: Sequence[str], *, actor: Any, reason: str = ""
) -> None:
    if lines:
        bulk_update_with_history(
            lines,
            PlanLine,
            list(fields),
            batch_size=BATCH,
            default_user=actor,
            default_change_reason=reason[:100] or None,
        )


# --- changing -------------------------------------------------------------------------------------
def _refuse_of_the_head(line: PlanLine, values: Mapping[str, Any]) -> None:
    """Clause 5.3: the Centre does not change what the head of a unit has set alone."""
    if line.is_teacher or line.request_line_id is None:
        return
    if any(getattr(line, name) != value for name, value in values.items() if name in TERMS):
        raise ValidationError(
            _(
                "%(name)s: terms and form are set by the head of the unit alone, for those who do "
                "not teach (5.3). Return the request with a remark."
            )
            % {"name": line.person.full_name}
        )


@transaction.atomic
def change_line(
    *,
    line: PlanLine,
    values: Mapping[str, Any],
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> PlanLine:
    """Other terms or another note for a line. ``version``: what the form was opened on.

    Raises ``ChangedMeanwhile`` where somebody else saved the line since, ``ValidationError`` by
    field, and for terms the head of the unit sets alone (5.3).
    """
    plan = held(line.plan)
    line = take(line, version)
    refuse_taken_out(line)
    terms = settled(values, year=plan.planning_year.year)
    _refuse_of_the_head(line, terms)
    if "note" in values:
        terms["note"] = squeeze(values["note"])
    if put(line, terms):
        save(line, actor=actor)
    return line


def refuse_taken_out(line: PlanLine) -> None:
    if line.taken_out:
        raise ValidationError(_("This line is taken out of the plan. Put it back to change it."))


def newest_change(lines: Iterable[PlanLine]) -> int:
    """The number of the last change of any of ``lines``; a form about many of them carries it."""
    rows = PlanLine.history.filter(id__in=[line.pk for line in lines])
    return rows.aggregate(newest=Max("history_id"))["newest"] or 0


def lines_of(
    plan: Plan, lines: Iterable[PlanLine], *, version: int | None = None
) -> list[PlanLine]:
    """Those of ``lines`` that stand in ``plan``, fresh and held, in the order of their keys.

    Raises ``ChangedMeanwhile`` where one of them was changed after ``version``.
    """
    lines = list(lines)
    if version is not None and newest_change(lines) > version:
        raise ChangedMeanwhile
    found = list(
        plan.lines.planned()
        .filter(pk__in=[line.pk for line in lines])
        .select_for_update(of=("self",))
        .select_related("person", "post", "course")
        .order_by("pk")
    )
    if not found:
        raise ValidationError(_("None of these lines stands in the plan any more."))
    return found


def with_terms(
    lines: Sequence[PlanLine], terms: Mapping[str, Any], *, actor: Any, reason: str = ""
) -> list[PlanLine]:
    """Put ``terms`` onto lines; all of them or, where one may not change, none."""
    refused: list[str] = []
    for line in lines:
        try:
            _refuse_of_the_head(line, terms)
        except ValidationError as refusal:
            refused += refusal.messages
    if refused:
        raise ValidationError(refused)
    changed = [line for line in lines if put(line, {**terms, **_course_of(line, terms)})]
    keep_lines(changed, [*dict.fromkeys([*terms, "course"])], actor=actor, reason=reason)
    return changed


def _course_of(line: PlanLine, terms: Mapping[str, Any]) -> dict[str, Any]:
    """A line that gets another topic is not the catalogue's course it was any more."""
    if line.course is None or "course" in terms or terms.get("topic", line.topic) == line.topic:
        return {}
    same = search_key(line.course.title) == search_key(terms["topic"])
    return {} if same else {"course": None}


@transaction.atomic
def move(
    *,
    plan: Plan,
    lines: Iterable[PlanLine],
    values: Mapping[str, Any],
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> int:
    """Lines to another time: ``values`` are ``precision`` with ``month``, ``quarter`` or days.

    Returns how many moved. A group course moves with all its lines. Raises ``ChangedMeanwhile``
    where one of ``lines`` was changed after ``version`` (``newest_change``).
    """
    plan = held(plan)
    terms = settled(values, year=plan.planning_year.year)
    if terms.get("starts_on") is None:
        raise ValidationError({"time": _("Choose a month or a quarter of the year.")})
    whole = _with_their_groups(plan, lines_of(plan, lines, version=version))
    return len(with_terms(whole, terms, actor=actor))


def _with_their_groups(plan: Plan, lines: list[PlanLine]) -> list[PlanLine]:
    groups = {line.group_id for line in lines if line.group_id}
    if not groups:
        return lines
    known = {line.pk for line in lines}
    others = plan.lines.planned().filter(group__in=groups).exclude(pk__in=known)
    return [*lines, *others.select_related("person", "post", "course").order_by("pk")]


@transaction.atomic
def set_provider(
    *,
    plan: Plan,
    lines: Iterable[PlanLine],
    provider: Provider | None,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> int:
    """Another provider for lines, and for the group courses they are part of. Returns how many.

    ``version`` as in ``move``.
    """
    plan = held(plan)
    if provider is None:
        raise ValidationError({"provider_name": _("Name the provider.")})
    whole = _with_their_groups(plan, lines_of(plan, lines, version=version))
    return len(with_terms(whole, {"provider": provider, "course": None}, actor=actor))


def dissolve_singles(plan: Plan, groups: Iterable[int | None], *, actor: Any) -> None:
    """A group of one is none."""
    for group in groups:
        rest = list(plan.lines.planned().filter(group_id=group)[:2])
        if len(rest) == 1:
            rest[0].group = None
            keep_lines(rest, ["group"], actor=actor)


# --- out and back ---------------------------------------------------------------------------------
@transaction.atomic
def take_out(*, plan: Plan, lines: Iterable[PlanLine], reason: str, actor: Any, on: dt.date) -> int:
    """Lines leave the plan, each keeping the reason; the unit reads it at its request line.

    Returns how many. They can be put back as long as the plan is built.
    """
    plan = held(plan)
    reason = reason_of(reason)
    found = lines_of(plan, lines)
    hold_requests(line.request_line_id for line in found)
    left = {line.group_id for line in found if line.group_id}
    for line in found:
        put(line, {"taken_out": True, "taken_out_because": reason, "group": None})
    keep_lines(found, ["taken_out", "taken_out_because", "group"], actor=actor, reason=reason)
    dissolve_singles(plan, left, actor=actor)
    asked = list(RequestLine.objects.filter(plan_line__in=found))
    for row in asked:
        row.not_planned_because = reason
    if asked:
        bulk_update_with_history(
            asked, RequestLine, ["not_planned_because"], batch_size=BATCH, default_user=actor
        )
    return len(found)

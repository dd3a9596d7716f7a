"""What comes into the plan: lines of accepted requests, and whom the Centre adds (3.12, 5.4, 8.1).

Every verb holds the plan first, then the requests its lines come from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from interface.text import search_key
from staff.models import Person, Post, Unit
from training_plans.models import Plan, PlanLine, Precision, Request, RequestLine
from training_plans.models.terms import TERMS, Importance
from workflow.saving import put, save, take

from .checks import waiting_lines
from .coverage import covers, in_one_course
from .needs import Need, falling_due
from .plan import BATCH, held, hold_requests, keep_lines, reason_of, refuse_taken_out
from .planned import planned
from .suggestions import Wanted, gather
from .terms import month_days, settled


# --- from the requests ----------------------------------------------------------------------------
@transaction.atomic
def take_in(*, plan: Plan, lines: Iterable[RequestLine], actor: Any, on: dt.date) -> list[PlanLine]:
    """Lines of accepted requests become lines of the plan, with their terms and their basis.

    A line taken out of the plan or left aside before comes in again; one that stands in the plan
    stays as the Centre has it (``take_over`` is for that). Returns those that came in. Raises
    ``ValidationError`` where one of them is left out of its request, or the request is not accepted
    or of another year; then none comes in.
    """
    plan = held(plan)
    keys = [line.pk for line in lines]
    hold_requests(keys)
    found = list(
        RequestLine.objects.filter(pk__in=keys)
        .select_related("person", "post", "request")
        .order_by("pk")
    )
    for line in found:
        _refuse_foreign(plan, line)
    present = {line.request_line_id: line for line in plan.lines.filter(request_line__in=keys)}
    new, again = [], []
    for line in found:
        known = present.get(line.pk)
        if known is None:
            new.append(PlanLine(plan=plan, request_line=line, **_taken_over(line)))
        elif known.taken_out:
            put(known, _taken_over(line))
            again.append(known)
    made = _create(new, actor)
    keep_lines(again, [*_TAKEN_OVER], actor=actor)
    _wanted_again(found, actor)
    return [*made, *again]


_TAKEN_OVER = (
    *TERMS,
    "person",
    "post",
    "unit",
    "requirement",
    "due_on",
    "missing_hours",
    "taken_out",
    "taken_out_because",
)


def _taken_over(line: RequestLine) -> dict[str, Any]:
    return line.terms | {
        "person_id": line.person_id,
        "post_id": line.post_id,
        "unit_id": line.post.unit_id,
        "requirement_id": line.requirement_id,
        "due_on": line.due_on,
        "missing_hours": line.missing_hours,
        "taken_out": False,
        "taken_out_because": "",
    }


def _refuse_foreign(plan: Plan, line: RequestLine) -> None:
    words = {"name": line.person.full_name}
    if line.request.planning_year_id != plan.planning_year_id:
        raise ValidationError(
            _("%(name)s: the request is for another year. Take it into the plan of that year.")
            % words
        )
    if line.request.state != Request.State.ACCEPTED:
        raise ValidationError(
            _("%(name)s: the request is not accepted. Accept it first (5.4).") % words
        )
    if line.left_out:
        raise ValidationError(
            _(
                "%(name)s: the unit has left this employee out of its request. Return the request "
                "with a remark, or add the employee with a reason."
            )
            % words
        )


def _wanted_again(lines: Sequence[RequestLine], actor: Any) -> None:
    """What was left aside and comes in after all has no reason against it any more."""
    aside = [line for line in lines if line.not_planned_because]
    for line in aside:
        line.not_planned_because = ""
    if aside:
        bulk_update_with_history(
            aside, RequestLine, ["not_planned_because"], batch_size=BATCH, default_user=actor
        )


@transaction.atomic
def take_over(*, line: PlanLine, actor: Any, on: dt.date) -> PlanLine:
    """What the request says now, in place of the terms the line has.

    Raises ``ValidationError`` where no request, or none that is accepted, stands behind it.
    """
    plan = held(line.plan)
    hold_requests([line.request_line_id])
    line = take(line)
    refuse_taken_out(line)
    asked = line.request_line
    if asked is None:
        raise ValidationError(_("The Centre added this line: no request says anything of it."))
    _refuse_foreign(plan, asked)
    if put(line, _taken_over(asked)):
        save(line, actor=actor)
    return line


@transaction.atomic
def take_in_everything(
    *, plan: Plan, actor: Any, on: dt.date, request: Request | None = None
) -> list[PlanLine]:
    """All accepted lines that wait, or those of one request."""
    waiting = waiting_lines(plan)
    if request is not None:
        waiting = waiting.filter(request=request)
    return take_in(plan=plan, lines=list(waiting), actor=actor, on=on)


@transaction.atomic
def leave_aside(
    *, plan: Plan, lines: Iterable[RequestLine], reason: str, actor: Any, on: dt.date
) -> int:
    """«енгізілмеді»: accepted lines stay out of the plan, and the unit reads why (forms.md §5).

    Returns how many; those that stand in the plan or wait no more are passed over.
    """
    plan = held(plan)
    reason = reason_of(reason)
    keys = [line.pk for line in lines]
    hold_requests(keys)
    rows = list(waiting_lines(plan).filter(pk__in=keys))
    for row in rows:
        row.not_planned_because = reason
    if rows:
        bulk_update_with_history(
            rows,
            RequestLine,
            ["not_planned_because"],
            batch_size=BATCH,
            default_user=actor,
            default_change_reason=reason[:100],
        )
    return len(rows)


def _create(lines: list[PlanLine], actor: Any) -> list[PlanLine]:
    if not lines:
        return []
    return list(bulk_create_with_history(lines, PlanLine, batch_size=BATCH, default_user=actor))


# --- added by the Centre --------------------------------------------------------------------------
@transaction.atomic
def add(
    *,
    plan: Plan,
    person: Person,
    values: Mapping[str, Any],
    because: str,
    actor: Any,
    on: dt.date,
    need: Need | None = None,
) -> PlanLine:
    """A line for somebody whom no request names, with the reason.

    The norm it serves is ``need``, else the most urgent of the person's needs. Raises
    ``ValidationError`` for who works nowhere, and for whom an accepted line waits already.
    """
    plan = held(plan)
    year = plan.planning_year.year
    because = reason_of(because, "because")
    if waiting_lines(plan).filter(person=person).exists():
        raise ValidationError(
            {
                "person": _(
                    "An accepted request names this employee. Take that line in instead (5.4)."
                )
            }
        )
    if need is None:
        need = next(iter(falling_due(year=year, on=on, people=[person.pk])), None)
    post = _post_of(person, need, on)
    line = PlanLine(
        plan=plan,
        person=person,
        post=post,
        unit=post.unit,
        requirement_id=need.requirement_id if need else None,
        due_on=need.due_on if need else None,
        missing_hours=need.missing_hours if need else None,
        added_because=because,
    )
    put(line, settled(values, year=year))
    _refuse_twin(line)
    save(line, actor=actor, reason=because)
    return line


def _refuse_twin(line: PlanLine) -> None:
    """The same training of the same person once more: a form sent twice, or two of the Centre."""
    same = line.plan.lines.planned().filter(
        person=line.person, starts_on=line.starts_on, ends_on=line.ends_on
    )
    topic = search_key(line.topic)
    if any(search_key(other.topic) == topic for other in same):
        raise ValidationError(
            {
                "topic": _(
                    "%(name)s: this training stands in the plan already, at this time. Change "
                    "that line, or choose another training."
                )
                % {"name": line.person.full_name}
            }
        )


def _post_of(person: Person, need: Need | None, on: dt.date) -> Post:
    posts = Post.objects.not_over(on).filter(person=person).select_related("unit")
    if need is not None:
        posts = posts.filter(pk=need.post_id)
    post = posts.order_by("kind", "-share", "starts_on", "pk").first()
    if post is None:
        raise ValidationError(
            {"person": _("This employee holds no post. Only who works here is planned for.")}
        )
    return post


@transaction.atomic
def cover(*, plan: Plan, need: Need, actor: Any, on: dt.date, because: str) -> PlanLine:
    """One click for somebody not covered: their accepted line, else the training that fits best.

    Where the catalogue has nothing the line gets the volume and area of the norm and waits for the
    rest; approval is refused until it is complete.
    """
    plan = held(plan)
    present = plan.lines.planned().filter(person_id=need.person_id)
    done = covers(needs=[need], lines=planned(present), in_one=in_one_course())[0]
    if done.state == "covered":  # pressed twice, or by two people
        return present.get(pk=done.lines[0])
    waiting = waiting_lines(plan).filter(person_id=need.person_id)
    line = waiting.filter(requirement_id=need.requirement_id).first() or waiting.first()
    if line is not None:
        return take_in(plan=plan, lines=[line], actor=actor, on=on)[0]
    person = Person.objects.get(pk=need.person_id)
    values = suggestion(plan=plan, need=need, on=on)
    return add(
        plan=plan, person=person, values=values, because=because, actor=actor, on=on, need=need
    )


def suggestion(*, plan: Plan, need: Need, on: dt.date) -> dict[str, Any]:
    """Terms that would satisfy ``need``: a course of the catalogue, the last month in time."""
    year = plan.planning_year
    known = gather(
        planning_year=year,
        unit=Unit.objects.get(pk=need.unit_id),
        people=[need.person_id],
        on=on,
    )
    fitting = known.fitting(Wanted(need.person_id, need.areas, need.missing_hours))
    values: dict[str, Any] = dict(fitting[0].values) if fitting else {}
    if not values.get("area") and len(need.areas) == 1:
        values["area"] = need.areas[0]
    if not values.get("hours") and need.missing_hours:
        values["hours"] = need.missing_hours
    first, last = month_days(year.year, _month_for(need, year.year, on))
    values |= {"precision": Precision.MONTH, "starts_on": first, "ends_on": last}
    return values | {"importance": Importance.OBLIGATORY}  # who falls due (forms.md §5)


def _month_for(need: Need, year: int, on: dt.date) -> int:
    """The last month that ends by the due date; the first one not over for who is late anyway."""
    first = on.month % 12 + 1 if on.year == year else 1
    if need.is_overdue:
        return first
    due = need.due_on
    ends = due.month if due == month_days(due.year, due.month)[1] else due.month - 1
    return max(ends, first)


# --- back again -------------------------------------------------------------------------------
@transaction.atomic
def put_back(*, line: PlanLine, actor: Any, on: dt.date) -> PlanLine:
    """A line taken out stands in the plan again; one from a request as the request says now."""
    plan = held(line.plan)
    line = take(line)
    if not line.taken_out:
        return line
    if line.request_line is not None:
        return take_in(plan=plan, lines=[line.request_line], actor=actor, on=on)[0]
    put(line, {"taken_out": False, "taken_out_because": ""})
    save(line, actor=actor)
    return line

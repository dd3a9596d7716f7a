"""Amendments: the only way an approved plan changes (clauses 5.3, 5.5; forms.md §4).

Changes are collected in a draft, each with its production reason and paper, submitted, approved,
and give the next version. A line moved to a later time counts as postponed (form 001 §1,
«Кейінге қалдырылды»); one moved to an earlier time is not begun again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from staff.models import Person, Post
from training_plans.models import Amendment, AmendmentItem, Plan, PlanLine, PlanVersion, Precision
from training_plans.models.terms import TERMS
from training_plans.papers import plan_data, plan_number, signed_by
from training_plans.transitions import AMENDMENT
from workflow.models import IssuedPaper, StoredFile
from workflow.papers import issue
from workflow.saving import Values, put, save, take, version_of

from .case_lines import take_into_plan
from .changes import refusals_of_line, refusals_of_plan
from .needs import Need, falling_due
from .plan import dissolve_singles
from .terms import settled
from .versions import change_sheet_data, changes_so_far

Change = AmendmentItem.Change
TIME = ("precision", "starts_on", "ends_on")
PAPER_OF_PLAN, PAPER_OF_CHANGES = "annual_plan", "plan_changes"
NOTE_LENGTH = 300
_FIELD_OF_TIME = {Precision.QUARTER: "quarter", Precision.MONTH: "month"}


# --- writing one --------------------------------------------------------------------------------
@transaction.atomic
def open_amendment(*, plan: Plan, actor: Any, on: dt.date) -> Amendment:
    """The draft amendment of ``plan``; a new one, numbered within the plan, where there is none.

    Raises ``ValidationError`` unless the plan is approved and the year not closed (5.5).
    """
    plan = take(plan)
    if refusals := refusals_of_plan(plan):
        raise ValidationError([refusal.words for refusal in refusals])
    draft = plan.amendments.filter(state=Amendment.State.DRAFT).first()
    if draft is not None:
        return draft
    last = plan.amendments.aggregate(last=Max("number"))["last"] or 0
    amendment = Amendment(plan=plan, number=last + 1)
    save(amendment, actor=actor)
    return amendment


@transaction.atomic
def add_item(
    *,
    amendment: Amendment,
    change: str,
    line: PlanLine | None = None,
    person: Person | None = None,
    post: Post | None = None,
    values: Values,
    because: str,
    paper: StoredFile | None,
    actor: Any,
    on: dt.date,
) -> AmendmentItem:
    """Write one change into a draft amendment.

    ``line``: which line is replaced, moved or taken out; none for an addition. ``person`` and
    ``values`` (terms) say what it is to be: of a move only the time is looked at, of a line taken
    out nothing. ``post``: the person's main one unless given. Without a paper the amendment
    cannot be submitted. Raises ``ValidationError`` by field.
    """
    amendment = _draft(amendment)
    if line is not None:
        line = take(line)
    item = AmendmentItem(amendment=amendment, change=change, line=line, paper=paper)
    _settle(item, person=person, post=post, values=values, because=because, on=on)
    save(item, actor=actor)
    return item


@transaction.atomic
def change_item(
    *,
    item: AmendmentItem,
    person: Person | None = None,
    values: Values,
    because: str,
    paper: StoredFile | None,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> AmendmentItem:
    """Change what a change says while its amendment is a draft. No ``paper``: the one it has."""
    _draft(item.amendment)
    item = take(item, version)
    if item.withdrawn:
        raise ValidationError(_("This change is withdrawn. Write it anew."))
    if paper is not None:
        item.paper = paper
    _settle(item, person=person, post=None, values=values, because=because, on=on)
    save(item, actor=actor)
    return item


@transaction.atomic
def withdraw_item(*, item: AmendmentItem, actor: Any, on: dt.date) -> AmendmentItem:
    """Take a change out of its draft; it stays in the history."""
    _draft(item.amendment)
    item = take(item)
    if put(item, {"withdrawn": True}):
        save(item, actor=actor)
    return item


@transaction.atomic
def propose_addition(
    *,
    plan: Plan,
    person: Person,
    values: Values,
    because: str,
    actor: Any,
    on: dt.date,
    paper: StoredFile | None = None,
) -> AmendmentItem:
    """Training outside the plan: an addition in the draft amendment, opened where none is (5.5)."""
    return add_item(
        amendment=open_amendment(plan=plan, actor=actor, on=on),
        change=Change.ADD,
        person=person,
        values=values,
        because=because,
        paper=paper,
        actor=actor,
        on=on,
    )


def _draft(amendment: Amendment) -> Amendment:
    """``amendment``, locked; refused unless it is a draft of a plan in force."""
    amendment = take(amendment)
    if amendment.state != Amendment.State.DRAFT:
        raise ValidationError(
            _(
                "Amendment No. %(number)s is no draft any more. Have it returned, or write the "
                "change into a new amendment."
            )
            % {"number": amendment.number}
        )
    if refusals := refusals_of_plan(amendment.plan):
        raise ValidationError([refusal.words for refusal in refusals])
    return amendment


# --- judging one change -------------------------------------------------------------------------
def _settle(
    item: AmendmentItem,
    *,
    person: Person | None,
    post: Post | None,
    values: Values,
    because: str,
    on: dt.date,
) -> None:
    """Put what was typed onto ``item``; everything wrong with it is said at once."""
    errors: dict[str, list[str]] = {}
    item.because = because.strip()
    if not item.because:
        errors["because"] = [
            _("Say what production necessity requires the change: without one there is none (5.5).")
        ]
    if wrong := _wrong_with_line(item):
        errors[NON_FIELD_ERRORS] = wrong
    else:
        _settle_person(item, person, post, on, errors)
        _settle_terms(item, values, errors)
    if not errors and item.change == Change.REPLACE and _says_the_same(item):
        errors[NON_FIELD_ERRORS] = [
            _("Nothing differs from the line as it is. Change the person or the training.")
        ]
    if errors:
        raise ValidationError(errors)


def _wrong_with_line(item: AmendmentItem) -> list[str]:
    line = item.line
    if item.change == Change.ADD:
        return []
    if line is None:
        return [_("Choose the line of the plan that is to be changed.")]
    if line.plan_id != item.amendment.plan_id:
        return [_("This line belongs to the plan of another year. Choose one of this plan.")]
    twin = (
        AmendmentItem.objects.standing()
        .filter(
            line=line,
            amendment__state__in=[Amendment.State.DRAFT, Amendment.State.IN_AGREEMENT],
        )
        .exclude(pk=item.pk)
        .select_related("amendment")
        .first()
    )
    if twin is not None:
        sentence = _(
            "Amendment No. %(number)s changes this line already. Change or withdraw that change."
        )
        return [sentence % {"number": twin.amendment.number}]
    return [refusal.words for refusal in refusals_of_line(line, item.change)]


def _settle_person(
    item: AmendmentItem,
    person: Person | None,
    post: Post | None,
    on: dt.date,
    errors: dict[str, list[str]],
) -> None:
    line = item.line
    if line is not None and (item.change != Change.REPLACE or person in (None, line.person)):
        item.person, item.post = line.person, line.post
        return
    if person is None:
        errors["person"] = [_("Choose who is to be trained.")]
        return
    held = Post.objects.not_over(on).filter(person=person)
    found = held.filter(pk=post.pk).first() if post is not None else held.first()
    if found is None:
        errors["person"] = [
            _(
                "%(person)s holds no post: the plan names employees only (3.1). Choose somebody "
                "else, or have HR enter the post."
            )
            % {"person": person.full_name}
        ]
        return
    item.person, item.post = person, found


def _settle_terms(item: AmendmentItem, values: Values, errors: dict[str, list[str]]) -> None:
    if item.line is not None and item.pk is None:
        put(item, item.line.terms)
    if item.change == Change.TAKE_OUT:
        return
    if item.change == Change.MOVE:
        values = {name: values[name] for name in (*TIME, "quarter", "month") if name in values}
    try:
        put(item, settled(values, year=item.amendment.plan.planning_year.year))
    except ValidationError as refusal:
        errors.update(refusal.message_dict)
        return
    if item.change == Change.MOVE and item.line is not None:
        field = _FIELD_OF_TIME.get(Precision(item.precision), "starts_on")
        if item.starts_on is None:
            errors[field] = [_("Give the new time.")]
        elif all(getattr(item, name) == getattr(item.line, name) for name in TIME):
            errors[field] = [_("This is the time the line has now. Give the new one.")]


def _says_the_same(item: AmendmentItem) -> bool:
    return (
        item.line is not None
        and item.person_id == item.line.person_id
        and item.terms == item.line.terms
    )


# --- moving it ----------------------------------------------------------------------------------
def submit(*, amendment: Amendment, actor: Any, on: dt.date) -> Amendment:
    """Lay it before who approves. Raises ``Refused`` with everything still to be put right."""
    return AMENDMENT.apply(
        amendment, "submit", actor=actor, on=on, effect=lambda case: _remark(case, "")
    )


def give_back(*, amendment: Amendment, reason: str, actor: Any, on: dt.date) -> Amendment:
    """Return it with a remark; it is a draft again."""
    return AMENDMENT.apply(
        amendment,
        "return",
        actor=actor,
        on=on,
        reason=reason,
        effect=lambda case: _remark(case, reason.strip()),
    )


def withdraw(*, amendment: Amendment, reason: str, actor: Any, on: dt.date) -> Amendment:
    """Give it up; what was written stays readable."""
    return AMENDMENT.apply(amendment, "withdraw", actor=actor, on=on, reason=reason)


def _remark(amendment: Amendment, remark: str) -> None:
    amendment.remark = remark


# --- approving it -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Seen:
    """What the approver looked at: the last change of the amendment, the version of the plan."""

    amendment: int
    plan: int


def seen_now(amendment: Amendment) -> Seen:
    return Seen(version_of(amendment), amendment.plan.version)


@transaction.atomic
def approve(*, amendment: Amendment, actor: Any, on: dt.date, seen: Seen) -> PlanVersion:
    """Carry the changes out and freeze the next version, its paper and its change sheet.

    Raises ``ChangedMeanwhile`` or ``ValidationError`` where amendment or plan have changed since
    ``seen``, ``Refused`` where a change can no longer be made to its line.
    """
    plan = take(amendment.plan)
    _refuse_newer(plan, seen)
    amendment = take(amendment, seen.amendment)  # before its lines, as whoever writes a change does
    items = amendment.items.standing()
    list(PlanLine.objects.select_for_update().filter(changes__in=items).order_by("pk"))
    made: list[PlanVersion] = []
    AMENDMENT.apply(
        amendment,
        "approve",
        actor=actor,
        on=on,
        effect=lambda case: made.append(_put_in_force(case, plan, actor=actor, on=on)),
    )
    return made[0]


def _refuse_newer(plan: Plan, seen: Seen) -> None:
    if plan.version == seen.plan:
        return
    newer = PlanVersion.objects.filter(plan=plan, number__gt=seen.plan)
    numbers = ", ".join(str(version.number) for version in newer.order_by("number"))
    raise ValidationError(
        _(
            "The plan has changed since you looked at it. Newer versions: %(versions)s. Look at "
            "the difference and approve again if the amendment should stand."
        )
        % {"versions": numbers},
        code="changed_meanwhile",
    )


def _put_in_force(amendment: Amendment, plan: Plan, *, actor: Any, on: dt.date) -> PlanVersion:
    number = plan.version + 1
    signature = signed_by(actor, on=on)
    sheet_data = change_sheet_data(amendment, version=number, on=on, approved_by=signature)
    items = list(amendment.items.standing().with_related())
    needs = _needs_of(items, plan, on)
    groups = {item.line.group_id for item in items if item.line and item.line.group_id}
    for item in items:
        _carry_out(item, number, needs.get(item.person_id), actor=actor, on=on)
    dissolve_singles(plan, groups, actor=actor)
    put(plan, {"version": number})
    save(plan, actor=actor)
    sheet = issue(
        kind=PAPER_OF_CHANGES,
        number=f"{plan.planning_year.year}-{amendment.number}",
        data=sheet_data,
        subject=amendment,
        actor=actor,
        on=on,
    )
    return PlanVersion.objects.create(
        plan=plan,
        number=number,
        amendment=amendment,
        paper=_paper_of(plan, sheet_data, approved_by=signature, actor=actor, on=on),
        change_sheet=sheet,
        approved_on=on,
        approved_by=actor,
    )


def _paper_of(
    plan: Plan,
    sheet: Mapping[str, Any],
    *,
    approved_by: Mapping[str, str],
    actor: Any,
    on: dt.date,
) -> IssuedPaper:
    """The plan as it is now, with the changes of every amendment so far and of this one."""
    return issue(
        kind=PAPER_OF_PLAN,
        number=plan_number(plan.planning_year.year),
        version=plan.version,
        data=plan_data(
            plan,
            version=plan.version,
            on=on,
            approved_by=approved_by,
            changes=[*changes_so_far(plan), *sheet["changes"]],
        ),
        subject=plan,
        actor=actor,
        on=on,
    )


def _needs_of(items: list[AmendmentItem], plan: Plan, on: dt.date) -> dict[int, Need]:
    """The most urgent need of everybody who comes into the plan, by person."""
    people = [item.person_id for item in items if item.change in (Change.ADD, Change.REPLACE)]
    needs = falling_due(year=plan.planning_year.year, on=on, people=people) if people else []
    return {need.person_id: need for need in reversed(needs)}


def _carry_out(
    item: AmendmentItem, number: int, need: Need | None, *, actor: Any, on: dt.date
) -> None:
    line = item.line
    reason = item.because[:NOTE_LENGTH]
    if item.change == Change.MOVE and line is not None:
        _move(item, line, actor=actor)
        return
    if item.change in (Change.ADD, Change.REPLACE):
        new = PlanLine(
            plan=item.amendment.plan,
            person=item.person,
            post=item.post,
            unit=item.post.unit,
            requirement_id=need.requirement_id if need else None,
            due_on=need.due_on if need else None,
            missing_hours=need.missing_hours if need else None,
            added_because=reason,
            since_version=number,
            **{name: getattr(item, name) for name in TERMS},
        )
        save(new, actor=actor, reason=reason)
        take_into_plan(item=item, line=new, actor=actor, on=on)
    if line is not None:
        put(line, {"taken_out": True, "taken_out_because": reason, "group": None})
        save(line, actor=actor, reason=reason)


def _move(item: AmendmentItem, line: PlanLine, *, actor: Any) -> None:
    """Another time; a line held so far in its group leaves it, for the others keep theirs."""
    later = line.starts_on is None or (
        item.starts_on is not None and item.starts_on > line.starts_on
    )
    execution = PlanLine.Execution.POSTPONED if later else PlanLine.Execution.NOT_BEGUN
    put(line, {name: getattr(item, name) for name in TIME})
    put(line, {"execution": execution, "group": None})
    save(line, actor=actor, reason=item.because)

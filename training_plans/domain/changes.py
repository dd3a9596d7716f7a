"""What stands in the way of changing the approved plan (clause 5.5).

One judgement for the form of a change, for the buttons of an amendment and for its approval.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _

from training_plans.models import Amendment, AmendmentItem, Plan, PlanLine
from workflow.transitions import Refusal

from .terms import labels_of, missing

# Yields why a line may not be changed so; the second argument is an ``AmendmentItem.Change``.
LineGuard = Callable[[PlanLine, str], Iterable[Refusal]]

_line_guards: list[LineGuard] = []
BEGUN = frozenset(
    {
        PlanLine.Execution.APPLIED,
        PlanLine.Execution.ORDERED,
        PlanLine.Execution.IN_TRAINING,
        PlanLine.Execution.DOCUMENTS_DUE,
    }
)


def guards_lines(guard: LineGuard) -> LineGuard:
    """Register who else uses lines of the plan and has to be told before one is changed.

    A higher floor registers its guard once, when its app is ready.
    """
    _line_guards.append(guard)
    return guard


@guards_lines
def by_its_execution(line: PlanLine, change: str) -> Iterator[Refusal]:
    """What is done stays as it was; what has begun is ended first where it was begun."""
    words = {"person": line.person.full_name, "topic": line.topic}
    if line.execution == PlanLine.Execution.DONE:
        yield Refusal(
            _(
                "%(person)s, «%(topic)s»: this training is done and stays in the plan as it was "
                "(5.5). Add a new line instead."
            )
            % words,
            "5.5",
        )
    elif line.execution in BEGUN:
        state = {"state": line.get_execution_display()}
        yield Refusal(
            _(
                "%(person)s, «%(topic)s»: the line is in use (%(state)s). Cancel the application "
                "first, so that whoever applied is told (7.1)."
            )
            % (words | state),
            "7.1",
        )


def refusals_of_line(line: PlanLine, change: str) -> list[Refusal]:
    """Why ``line`` may not be changed so as it stands now; empty where it may."""
    if line.taken_out:
        words = {"person": line.person.full_name, "topic": line.topic}
        sentence = _(
            "%(person)s, «%(topic)s»: this line is no longer in the plan. Add it anew (5.5)."
        )
        return [Refusal(sentence % words, "5.5")]
    return [refusal for guard in _line_guards for refusal in guard(line, change)]


def refusals_of_plan(plan: Plan) -> list[Refusal]:
    """Why a plan cannot be amended; empty where it can."""
    if plan.state == Plan.State.APPROVED:
        return []
    if plan.state == Plan.State.CLOSED:
        return [Refusal(_("The year is closed: its plan stays as it is (5.5)."), "5.5")]
    return [
        Refusal(
            _("The plan is not approved yet: change its lines directly, no amendment is needed."),
            "5.5",
        )
    ]


# --- guards of transitions ----------------------------------------------------------------------
def of_the_plan(amendment: Amendment, on: dt.date) -> list[Refusal]:
    return refusals_of_plan(amendment.plan)


def something_changes(amendment: Amendment, on: dt.date) -> Iterator[Refusal]:
    if not amendment.items.standing().exists():
        yield Refusal(_("Nothing is changed yet. Write at least one change."), "5.5")


def every_change_holds(amendment: Amendment, on: dt.date) -> Iterator[Refusal]:
    """Each change is complete, lies in the year, and can still be made to its line."""
    items = list(amendment.items.standing().with_related())
    year = amendment.plan.planning_year.year
    for item in items:
        yield from _unfinished(item, year)
        if item.line is not None:
            yield from refusals_of_line(item.line, item.change)
    lines = Counter(item.line_id for item in items if item.line_id)
    for item in items:
        if item.line_id and lines.pop(item.line_id, 0) > 1:
            yield Refusal(
                _("%(person)s, «%(topic)s»: this line is changed twice. Withdraw one of the two.")
                % {"person": item.person.full_name, "topic": item.topic},
                "5.5",
            )


def _unfinished(item: AmendmentItem, year: int) -> Iterator[Refusal]:
    words = {"person": item.person.full_name}
    if item.paper_id is None:
        yield Refusal(
            _("%(person)s: the paper is missing. Attach what the change rests on (5.5).") % words,
            "5.5",
        )
    if item.change == AmendmentItem.Change.TAKE_OUT:
        return
    if empty := missing(item):
        fields = {"fields": ", ".join(labels_of(empty))}
        yield Refusal(_("%(person)s: still to be filled in: %(fields)s.") % (words | fields), "5.5")
    days = [day for day in (item.starts_on, item.ends_on) if day is not None]
    if any(day.year != year for day in days):
        yield Refusal(
            _("%(person)s: the time is not in %(year)s. Choose a time of that year (5.5).")
            % (words | {"year": year}),
            "5.5",
        )

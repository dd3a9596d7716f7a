"""What is looked at before the plan is approved, each finding a sentence (clauses 3.12, 5.5).

``findings`` is pure over a ``Situation``; ``situation_of`` reads it in a constant number of
queries. Blocking findings stand in the way of submitting and approving, warnings do not.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Any, Literal

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interface.figures import in_figures
from staff.models import Area, Post, TrainingRequirement
from training_plans.models import (
    Amendment,
    Funding,
    Plan,
    PlanLine,
    Precision,
    Request,
    RequestLine,
    TrainingApplication,
)
from workflow.transitions import Refusal

from .coverage import Cover, covers, in_one_course
from .load import load
from .money import Source, money
from .needs import Need, falling_due
from .planned import Planned, by_person, planned, source_label
from .terms import OBLIGATORY, PAID_BY_NOBODY_HERE, labels_of

Severity = Literal["blocking", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("blocking", "warning", "info")
EVERYBODY = "3.4"  # the clause of the three-year rule, where the norm names none of its own
# Of every kind of obstacle so many are named one by one when a step is refused.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. ``line`` is the line meant; ``section`` the page that shows more."""

    code: str
    severity: Severity
    words: str
    clause: str = ""
    line: int | None = None
    section: str = ""


@dataclass(frozen=True)
class Situation:
    """Everything the checks look at. ``areas``: accepted by each requirement, empty for any;
    ``clauses``: where the regulation sets it.

    ``moved``: people who hold a post elsewhere than the one their line names. ``undecided``:
    requests by state that are not accepted; ``not_begun`` is no state, they are not counted.
    ``waiting``: accepted lines neither taken in nor left aside.
    """

    year: int
    on: dt.date
    plan_due: dt.date
    lines: Sequence[Planned]
    needs: Sequence[Need] = ()
    areas: Mapping[int, Sequence[str]] = field(default_factory=dict)
    clauses: Mapping[int, str] = field(default_factory=dict)
    in_one: Mapping[int, Decimal] = field(default_factory=dict)
    budgets: Mapping[str, Decimal] = field(default_factory=dict)
    headcounts: Mapping[int, int] = field(default_factory=dict)
    posts: Mapping[int, Sequence[tuple[int, dt.date | None]]] = field(default_factory=dict)
    undecided: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0

    @cached_property
    def covers(self) -> list[Cover]:
        return covers(needs=self.needs, lines=self.lines, in_one=self.in_one)


def findings(situation: Situation) -> list[Finding]:
    """Everything found, what blocks first; within that by the order of the checks."""
    found = [finding for check in _CHECKS for finding in check(situation)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


# --- of single lines ------------------------------------------------------------------------------
def _incomplete(situation: Situation) -> Iterator[Finding]:
    """Terms a plan cannot do without; the cost has its own sentence."""
    for line in situation.lines:
        values = {
            "topic": line.topic,
            "area": line.area,
            "provider": line.provider_id,
            "starts_on": line.starts_on,
            "hours": line.hours,
            "funding": line.funding,
        }
        if empty := [name for name in OBLIGATORY if values[name] in (None, "")]:
            words = _("%(name)s: still missing: %(fields)s. Fill it in, or take the line out.")
            fields = ", ".join(labels_of(empty))
            yield Finding(
                "incomplete",
                "blocking",
                words % {"name": line.name, "fields": fields},
                "3.12",
                line.key,
            )


def _unpriced(situation: Situation) -> Iterator[Finding]:
    for line in situation.lines:
        if line.cost is None and line.funding and line.funding not in PAID_BY_NOBODY_HERE:
            words = _(
                "%(name)s: the cost is missing, though it is paid from: %(source)s. Name the "
                "money, or choose another source."
            ) % {"name": line.name, "source": source_label(line.funding)}
            yield Finding("unpriced", "blocking", words, "3.7", line.key)


def _left(situation: Situation) -> Iterator[Finding]:
    """People who will not be there any more when the training begins."""
    for line in situation.lines:
        begins = max(line.starts_on or situation.on, situation.on)
        words = {"name": line.name, "topic": line.topic}
        if line.left_on is not None and line.left_on < begins:
            yield Finding(
                "left",
                "blocking",
                _("%(name)s: leaves the academy on %(day)s, before «%(topic)s». Take the line out.")
                % (words | {"day": date_format(line.left_on, "SHORT_DATE_FORMAT")}),
                "3.12",
                line.key,
            )
        elif line.post_ends_on is not None and line.post_ends_on < begins:
            yield _post_over(situation, line, begins)


def _post_over(situation: Situation, line: Planned, begins: dt.date) -> Finding:
    others = [
        unit
        for unit, until in situation.posts.get(line.person_id, ())
        if until is None or until >= begins
    ]
    if others:
        words = _(
            "%(name)s: the post this line was planned for is over by then, another one is held. "
            "Look whether the training still fits."
        )
        return Finding("moved", "warning", words % {"name": line.name}, "5.3", line.key)
    words = _("%(name)s: holds no post any more when «%(topic)s» begins. Take the line out.")
    return Finding(
        "left", "blocking", words % {"name": line.name, "topic": line.topic}, "3.12", line.key
    )


def _wrong_unit(situation: Situation) -> Iterator[Finding]:
    """Lines that stand under a unit the post does not belong to, or that is closed by then."""
    for line in situation.lines:
        if line.unit_id != line.post_unit_id:
            words = _(
                "%(name)s: the line stands under another unit than the post. Take it out and add "
                "the employee again."
            )
            yield Finding("unit", "blocking", words % {"name": line.name}, "5.3", line.key)
        elif line.unit_closed_on is not None and line.unit_closed_on <= (
            line.starts_on or situation.on
        ):
            words = _("%(name)s: the unit is closed by then. Take the line out, or move it.")
            yield Finding("unit", "blocking", words % {"name": line.name}, "5.3", line.key)


def _wrong_area(situation: Situation) -> Iterator[Finding]:
    for line in situation.lines:
        areas = situation.areas.get(line.requirement_id or 0, ())
        if line.area and areas and line.area not in areas:
            words = _(
                "%(name)s: «%(area)s» does not count towards the norm; accepted: %(areas)s. "
                "Choose another training, or leave it as an extra one."
            ) % {
                "name": line.name,
                "area": Area(line.area).label,
                "areas": ", ".join(str(Area(area).label) for area in areas),
            }
            clause = situation.clauses.get(line.requirement_id or 0, EVERYBODY)
            yield Finding("area", "warning", words, clause, line.key)


def _after_due(situation: Situation) -> Iterator[Finding]:
    first = dt.date(situation.year, 1, 1)
    for line in situation.lines:
        if line.due_on is None or line.ends_on is None or line.due_on < first:
            continue
        if line.ends_on > line.due_on:
            words = _(
                "%(name)s: the training ends on %(end)s, the norm is due on %(due)s. Move it to an "
                "earlier time."
            ) % {
                "name": line.name,
                "end": date_format(line.ends_on, "SHORT_DATE_FORMAT"),
                "due": date_format(line.due_on, "SHORT_DATE_FORMAT"),
            }
            yield Finding("after_due", "warning", words, "3.4", line.key)


def _returned(situation: Situation) -> Iterator[Finding]:
    for line in situation.lines:
        if line.request_state is not None and line.request_state != Request.State.ACCEPTED:
            words = _(
                "%(name)s: the request this line came from has been returned to the unit. Wait "
                "until it is accepted again, or take the line out."
            )
            yield Finding("returned", "warning", words % {"name": line.name}, "5.4", line.key)


# --- of several lines together --------------------------------------------------------------------
def _twice(situation: Situation) -> Iterator[Finding]:
    """Somebody twice at the same time: on known days impossible, within a month to be looked at."""
    for lines in by_person(situation.lines).values():
        if len(lines) < 2:
            continue
        dated = [line for line in lines if line.starts_on and line.ends_on]
        for one, other in combinations(dated, 2):
            if one.starts_on <= other.ends_on and other.starts_on <= one.ends_on:  # type: ignore[operator]
                yield _collision(one, other)


def _collision(one: Planned, other: Planned) -> Finding:
    first, second = sorted((one, other), key=lambda line: (line.starts_on or dt.date.max, line.key))
    words = {"name": one.name, "first": first.topic, "second": second.topic}
    if one.precision == other.precision == Precision.DAYS:
        return Finding(
            "twice",
            "blocking",
            _("%(name)s: «%(first)s» and «%(second)s» fall on the same days. Move one of them.")
            % words,
            "3.12",
            second.key,
        )
    return Finding(
        "twice",
        "warning",
        _(
            "%(name)s: «%(first)s» and «%(second)s» may fall on the same days: %(period)s. Name "
            "the days, or move one of them."
        )
        % (words | {"period": second.period}),
        "3.12",
        second.key,
    )


def _too_few_hours(situation: Situation) -> Iterator[Finding]:
    names = {line.key: line.name for line in situation.lines}
    for cover in situation.covers:
        if cover.state != "partly":
            continue
        alone = situation.in_one.get(cover.need.requirement_id)
        words = _(
            "%(name)s: planned %(planned)s hours that count, %(missing)s are missing to the norm. "
            "Add hours, or another training."
        ) % {
            "name": names[cover.lines[0]],
            "planned": in_figures(cover.hours),
            "missing": in_figures(alone or cover.need.missing_hours or Decimal(0)),
        }
        clause = situation.clauses.get(cover.need.requirement_id, EVERYBODY)
        yield Finding("hours", "warning", words, clause, cover.lines[0])


def _groups_apart(situation: Situation) -> Iterator[Finding]:
    """Lines of one group course whose terms have come apart."""
    terms: dict[int, tuple[Any, ...]] = {}
    for line in situation.lines:
        if line.group_id is None:
            continue
        own = (line.topic, line.provider_id, line.starts_on, line.ends_on, line.hours)
        if terms.setdefault(line.group_id, own) != own:
            words = _(
                "%(name)s: differs from the group course in topic, place, time or hours. Make the "
                "terms the same, or split the line off."
            )
            yield Finding("group", "warning", words % {"name": line.name}, "3.12", line.key)


# --- of the plan as a whole -----------------------------------------------------------------------
def _not_covered(situation: Situation) -> Iterator[Finding]:
    number = sum(cover.state == "open" for cover in situation.covers)
    if number:
        words = ngettext(
            "%(count)s need that falls due is not covered by the plan.",
            "%(count)s needs that fall due are not covered by the plan.",
            number,
        ) % {"count": number}
        yield Finding("not_covered", "warning", words, "8.1", section="plan_coverage")


def _over_budget(situation: Situation) -> Iterator[Finding]:
    for row in money(lines=situation.lines, budgets=situation.budgets).by_source:
        if row.is_over:
            yield _no_money(row)
        elif row.source == Funding.EMPLOYER and row.budget is None and row.cost:
            words = _(
                "Employer's funds: %(cost)s tenge are planned, nothing is set aside. Enter the "
                "budget of the year."
            ) % {"cost": in_figures(row.cost)}
            yield Finding("budget", "warning", words, "3.7", section="plan_money")


def _no_money(row: Source) -> Finding:
    words = _(
        "Not enough money. Source: %(source)s; planned: %(cost)s tenge; set aside: %(budget)s "
        "tenge; short by %(short)s tenge. Raise the budget, change the source, or take lines out."
    ) % {
        "source": source_label(row.source),
        "cost": in_figures(row.cost),
        "budget": in_figures(row.budget or Decimal(0)),
        "short": in_figures(-(row.left or Decimal(0))),
    }
    return Finding("budget", "warning", words, "3.7", section="plan_money")


def _too_many_away(situation: Situation) -> Iterator[Finding]:
    cells = load(lines=situation.lines, headcounts=situation.headcounts, year=situation.year)
    months = sum(cell.is_too_much for row in cells.values() for cell in row)
    if months:
        words = ngettext(
            "More than a fifth of a unit is away at once, in %(count)s case.",
            "More than a fifth of a unit is away at once, in %(count)s cases.",
            months,
        ) % {"count": months}
        yield Finding("load", "warning", words, "3.12", section="plan_load")


def _undecided(situation: Situation) -> Iterator[Finding]:
    if number := sum(situation.undecided.values()):
        words = ngettext(
            "%(count)s request is not accepted yet; its people are not in the plan.",
            "%(count)s requests are not accepted yet; their people are not in the plan.",
            number,
        ) % {"count": number}
        yield Finding("undecided", "warning", words, "5.4", section="request_list")
    if situation.waiting:
        words = ngettext(
            "%(count)s accepted line is neither taken in nor left aside.",
            "%(count)s accepted lines are neither taken in nor left aside.",
            situation.waiting,
        ) % {"count": situation.waiting}
        yield Finding("waiting", "warning", words, "5.4", section="plan_waiting")


def _late(situation: Situation) -> Iterator[Finding]:
    if situation.on > situation.plan_due:
        words = _(
            "The plan was due by %(day)s. It can still be approved; it will be marked as late."
        ) % {"day": date_format(situation.plan_due, "SHORT_DATE_FORMAT")}
        yield Finding("late", "info", words, "5.5")


_CHECKS: tuple[Callable[[Situation], Iterator[Finding]], ...] = (
    _incomplete,
    _unpriced,
    _left,
    _wrong_unit,
    _twice,
    _not_covered,
    _too_few_hours,
    _wrong_area,
    _after_due,
    _over_budget,
    _too_many_away,
    _groups_apart,
    _returned,
    _undecided,
    _late,
)


# --- what there is --------------------------------------------------------------------------------
def situation_of(
    plan: Plan,
    *,
    on: dt.date,
    lines: Sequence[Planned] | None = None,
    needs: Sequence[Need] | None = None,
) -> Situation:
    """The plan as it stands, whole. What the caller has read already may be given."""
    year = plan.planning_year
    if lines is None:
        lines = planned(plan.lines.planned())
    if needs is None:
        needs = falling_due(year=year.year, on=on)
    norms = TrainingRequirement.objects.all()
    return Situation(
        year=year.year,
        on=on,
        plan_due=year.plan_in_time_until,
        lines=lines,
        needs=needs,
        areas={row.pk: tuple(row.areas) for row in norms},
        clauses={row.pk: row.clause for row in norms if row.clause},
        in_one=in_one_course(),
        budgets=dict(year.budgets.order_by().values_list("source", "amount")),
        headcounts=people_by_unit(on=on),
        posts=_other_posts(lines, on),
        undecided=_undecided_requests(plan),
        waiting=waiting_lines(plan).count(),
    )


def people_by_unit(*, on: dt.date) -> dict[int, int]:
    """People who hold a post in the unit itself on that day."""
    held = Post.objects.held(on).order_by()
    return dict(held.values_list("unit_id").annotate(count=Count("person_id", distinct=True)))


def _other_posts(
    lines: Sequence[Planned], on: dt.date
) -> dict[int, list[tuple[int, dt.date | None]]]:
    """Posts not over of the people whose planned post ends: unit and last day."""
    people = {line.person_id for line in lines if line.post_ends_on is not None}
    found: dict[int, list[tuple[int, dt.date | None]]] = {}
    rows = Post.objects.not_over(on).filter(person_id__in=people).order_by()
    for person, unit, until in rows.values_list("person_id", "unit_id", "ends_on"):
        found.setdefault(person, []).append((unit, until))
    return found


def _undecided_requests(plan: Plan) -> dict[str, int]:
    waiting = Request.objects.filter(planning_year=plan.planning_year).exclude(
        state=Request.State.ACCEPTED
    )
    return dict(Counter(waiting.order_by().values_list("state", flat=True)))


def waiting_lines(plan: Plan) -> Any:
    """Lines of accepted requests neither in the plan nor left aside with a reason."""
    return RequestLine.objects.filter(
        Q(plan_line__isnull=True) | Q(plan_line__taken_out=True),
        request__planning_year=plan.planning_year,
        request__state=Request.State.ACCEPTED,
        left_out=False,
        not_planned_because="",
    )


# --- guards ---------------------------------------------------------------------------------------
def has_lines(plan: Plan, on: dt.date) -> Iterator[Refusal]:
    if not PlanLine.objects.planned().filter(plan=plan).exists():
        yield Refusal(
            _("Nothing stands in the plan yet. Take in the lines of the requests first."), "3.12"
        )


def nothing_blocks(plan: Plan, on: dt.date) -> Iterator[Refusal]:
    """The blocking findings, the first of them one by one."""
    blocking = [f for f in findings(situation_of(plan, on=on)) if f.severity == "blocking"]
    for finding in blocking[:NAMED]:
        yield Refusal(finding.words, finding.clause)
    more = len(blocking) - NAMED
    if more > 0:
        words = ngettext(
            "%(count)s more is on the page of checks.",
            "%(count)s more are on the page of checks.",
            more,
        )
        yield Refusal(words % {"count": more}, "3.12")


def year_is_over(plan: Plan, on: dt.date) -> Iterator[Refusal]:
    last = plan.planning_year.last_day
    if on <= last:
        words = _("The year lasts until %(day)s. Close it afterwards.")
        yield Refusal(words % {"day": date_format(last, "SHORT_DATE_FORMAT")}, "5.5")


def no_amendment_waits(plan: Plan, on: dt.date) -> Iterator[Refusal]:
    """What lies before the approver is decided before the year is closed."""
    waiting = plan.amendments.filter(state=Amendment.State.IN_AGREEMENT).count()
    if waiting:
        words = _("Amendments waiting for a decision: %(count)s. Decide or withdraw them first.")
        yield Refusal(words % {"count": waiting}, "5.5")


def no_case_is_open(plan: Plan, on: dt.date) -> Iterator[Refusal]:
    """Documents of December come in January (7.2): their lines are still carried out."""
    open_ones = (
        TrainingApplication.objects.open()
        .filter(plan_line__plan=plan)
        .exclude(
            state=TrainingApplication.State.ACCEPTED  # its record is in the plan already
        )
    )
    count = open_ones.count()
    if count:
        words = _(
            "Cases of this year still on the way: %(count)s. Close the year when they are "
            "finished, or withdraw and call off what will not take place (7.2)."
        )
        yield Refusal(words % {"count": count}, "7.2")

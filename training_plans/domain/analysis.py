"""The figures of a planning year and the analysis of needs (clauses 3.15, 5.4, 8.1).

Everything counts the same rows: needs with what has become of each (``followed``), lines of
requests, wishes, records. So every figure can be opened as the list of what it counts.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, Max, Min, Sum
from django.utils.translation import gettext_lazy as _

from interface.text import search_key
from staff.models import Provider, Standing, TrainingRecord, TrainingRequirement, Unit
from training_plans.models import (
    Funding,
    Goal,
    PlanLine,
    PlanningYear,
    Priority,
    Request,
    RequestLine,
    TrainingWish,
    sees_all_planning,
)
from workflow.calendar import add_months

from .needs import Need, falling_due
from .years import units_that_file

SENT = frozenset({Request.State.SENT, Request.State.ACCEPTED})
PAST_MONTHS = 36
ZERO = Decimal(0)


class Asked(models.TextChoices):
    """What has become of a need in the requests."""

    SENT = "sent", _("in a request sent")
    DRAFT = "draft", _("in a request not sent yet")
    LEFT_OUT = "left_out", _("left out with a reason")
    MISSING = "missing", _("in no request")
    NOBODY = "nobody", _("nobody files for them")


IN_A_REQUEST = frozenset({Asked.SENT, Asked.DRAFT})


@dataclass(frozen=True, slots=True)
class Followed:
    """A need, and whether it is asked for in a request and stands in the plan."""

    need: Need
    code: str
    asked: Asked
    in_plan: bool

    @property
    def in_request(self) -> bool:
        return self.asked in IN_A_REQUEST

    @property
    def month(self) -> int:
        """Month of the year it falls due in; 0 where it was due before the year."""
        return 0 if self.need.is_overdue else self.need.due_on.month


class _Line(NamedTuple):
    """What must be known of a line to tell whether it serves a need."""

    code: str | None
    area: str

    def serves(self, need: Need, code: str) -> bool:
        """It was made for that norm; or for none, and its area counts towards it."""
        if self.code is not None:
            return self.code == code
        return not need.areas or self.area in need.areas


def standings_of(user: Any) -> Any:
    """Standings whose planning the account may see."""
    rows = Standing.objects.all()
    return rows if sees_all_planning(user) else rows.visible_to(user)


def followed(*, planning_year: PlanningYear, on: dt.date, rows: Any) -> list[Followed]:
    """The needs of the year among ``rows`` (standings), the most urgent first, and their fate.

    A constant number of queries.
    """
    found = falling_due(year=planning_year.year, on=on, rows=rows, with_missing=False)
    if not found:
        return []
    codes = dict(TrainingRequirement.objects.values_list("pk", "code"))
    by_fate: dict[Asked, dict[int, list[_Line]]] = {fate: defaultdict(list) for fate in Asked}
    for person, code, area, left_out, state in RequestLine.objects.filter(
        request__planning_year=planning_year
    ).values_list("person_id", "requirement__code", "area", "left_out", "request__state"):
        fate = Asked.LEFT_OUT if left_out else Asked.SENT if state in SENT else Asked.DRAFT
        by_fate[fate][person].append(_Line(code, area))
    planned: defaultdict[int, list[_Line]] = defaultdict(list)
    for person, code, area in (
        PlanLine.objects.planned()
        .filter(plan__planning_year=planning_year)
        .values_list("person_id", "requirement__code", "area")
    ):
        planned[person].append(_Line(code, area))
    return [
        Followed(
            need=need,
            code=(code := codes[need.requirement_id]),
            asked=_fate(need, code, by_fate),
            in_plan=any(line.serves(need, code) for line in planned.get(need.person_id, ())),
        )
        for need in found
    ]


def _fate(need: Need, code: str, by_fate: dict[Asked, dict[int, list[_Line]]]) -> Asked:
    for fate in (Asked.SENT, Asked.DRAFT, Asked.LEFT_OUT):
        if any(line.serves(need, code) for line in by_fate[fate].get(need.person_id, ())):
            return fate
    return Asked.NOBODY if need.filing_unit_id is None else Asked.MISSING


# --- the year ---------------------------------------------------------------------------------
NOT_BEGUN = "not_begun"


@dataclass(slots=True)
class UnitLine:
    """A unit that files and how its request stands. ``money`` is in tenge, of lines not left out.

    ``is_whole``: the account is in charge of the unit; else some of its people are theirs to
    see, the request is not.
    """

    unit: Unit | None = None
    request: Request | None = None
    is_whole: bool = True
    falling: int = 0
    in_request: int = 0
    left_out: int = 0
    in_plan: int = 0
    lines: int = 0
    money: Decimal = ZERO

    @property
    def state(self) -> str:
        return self.request.state if self.request else NOT_BEGUN

    @property
    def uncovered(self) -> int:
        """Who falls due and is neither asked for nor left out with a reason."""
        return self.falling - self.in_request - self.left_out

    def count(self, row: Followed) -> None:
        self.falling += 1
        self.in_request += row.in_request
        self.left_out += row.asked == Asked.LEFT_OUT
        self.in_plan += row.in_plan


NO_SOURCE = "none"


class Money(NamedTuple):
    """Tenge of one funding source: set aside, asked for in requests, standing in the plan.

    ``set_aside`` is ``None`` where no budget is named for the source; ``source`` is ``none`` for
    lines whose source is not chosen yet.
    """

    source: str
    set_aside: Decimal | None
    asked: Decimal
    planned: Decimal

    @property
    def label(self) -> Any:
        return _("not chosen yet") if self.source == NO_SOURCE else Funding(self.source).label

    @property
    def over(self) -> Decimal:
        """By how much the requests ask for more than is set aside; 0 where they do not."""
        return ZERO if self.set_aside is None else max(self.asked - self.set_aside, ZERO)


@dataclass(slots=True)
class YearFigures:
    """A planning year as an account sees it. ``whole`` and the others count needs.

    ``unfiled``: needs of units nobody files for; ``nobody``: those of them in no request at all.
    """

    people: int
    whole: UnitLine
    unfiled: UnitLine
    nobody: int
    units: list[UnitLine]
    states: Counter[str]
    money: list[Money]

    @property
    def asked_money(self) -> Decimal:
        return sum((line.money for line in self.units), ZERO)

    @property
    def lines(self) -> int:
        return sum(line.lines for line in self.units)

    @property
    def came(self) -> int:
        """How many requests have come to the Centre."""
        return self.states[Request.State.SENT] + self.states[Request.State.ACCEPTED]

    @property
    def requests(self) -> int:
        """How many requests have to come."""
        return sum(self.states.values())

    @property
    def owed(self) -> int:
        return self.requests - self.came


def year_figures(*, planning_year: PlanningYear, user: Any, on: dt.date) -> YearFigures:
    """What the account may see of the year, at a constant number of queries."""
    rows = followed(planning_year=planning_year, on=on, rows=standings_of(user))
    units = _unit_lines(planning_year, user, on, rows)
    whole, unfiled = UnitLine(), UnitLine()
    for row in rows:
        whole.count(row)
        if row.need.filing_unit_id is None:
            unfiled.count(row)
    return YearFigures(
        people=len({row.need.person_id for row in rows}),
        whole=whole,
        unfiled=unfiled,
        nobody=sum(row.asked == Asked.NOBODY for row in rows),
        units=units,
        states=Counter(line.state for line in units if line.is_whole),
        money=_money(planning_year, user),
    )


def _unit_lines(
    planning_year: PlanningYear, user: Any, on: dt.date, rows: Sequence[Followed]
) -> list[UnitLine]:
    filing = units_that_file(planning_year=planning_year, on=on)
    whole = filing if sees_all_planning(user) else _in_charge(user, filing)
    wanted = whole | {key for row in rows if (key := row.need.filing_unit_id)}
    lines = {
        unit.pk: UnitLine(unit, is_whole=unit.pk in whole)
        for unit in Unit.objects.filter(pk__in=wanted).select_related("head").order_by("sort_key")
    }
    for request in planning_year.requests.visible_to(user):
        if request.unit_id in lines:
            lines[request.unit_id].request = request
    for row in rows:
        if row.need.filing_unit_id is not None:
            lines[row.need.filing_unit_id].count(row)
    for unit, count, cost in (
        asked_lines(planning_year=planning_year, user=user)
        .order_by()
        .values_list("request__unit_id")
        .annotate(count=Count("pk"), cost=Sum("cost"))
    ):
        if unit in lines:
            lines[unit].lines, lines[unit].money = count, cost or ZERO
    return list(lines.values())


def _in_charge(user: Any, filing: Collection[int]) -> set[int]:
    found = Unit.objects.in_charge_of(user).filter(pk__in=filing)
    return set(found.order_by().values_list("pk", flat=True))


def asked_lines(*, planning_year: PlanningYear, user: Any) -> Any:
    """Lines of the year's requests the account may see, those left out apart."""
    requests = Request.objects.visible_to(user).filter(planning_year=planning_year)
    return RequestLine.objects.filter(request__in=requests.order_by(), left_out=False)


def _money(planning_year: PlanningYear, user: Any) -> list[Money]:
    """By source: the academy's money, and what is asked and planned of it where one may see."""
    by_source = _sums(asked_lines(planning_year=planning_year, user=user))
    planned = _sums(
        PlanLine.objects.planned().visible_to(user).filter(plan__planning_year=planning_year)
    )
    set_aside = dict(planning_year.budgets.order_by().values_list("source", "amount"))
    return [
        Money(
            source or NO_SOURCE,
            set_aside.get(source),
            by_source.get(source, ZERO),
            planned.get(source, ZERO),
        )
        for source in [*Funding.values, ""]
        if source in set_aside or by_source.get(source) or planned.get(source)
    ]


def _sums(lines: Any) -> dict[str, Decimal]:
    found = lines.order_by().values_list("funding").annotate(cost=Sum("cost"))
    return {source: cost or ZERO for source, cost in found}


# --- the analysis of needs --------------------------------------------------------------------
@dataclass(slots=True)
class Bar:
    """How many needs share a month, a unit, a category or an area, by what became of them."""

    key: str
    label: str = ""
    in_plan: int = 0
    in_request: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        return self.in_plan + self.in_request + self.open

    def count(self, row: Followed) -> None:
        if row.in_plan:
            self.in_plan += 1
        elif row.in_request:
            self.in_request += 1
        else:
            self.open += 1


def bars(rows: Iterable[Followed], keys: Any) -> dict[str, Bar]:
    """``rows`` counted under each of ``keys(row)``; a row may stand under several."""
    found: dict[str, Bar] = {}
    for row in rows:
        for key in keys(row):
            found.setdefault(key, Bar(key)).count(row)
    return found


ANY_AREA = "any"


def areas_of(row: Followed) -> tuple[str, ...]:
    """Areas that would meet the need; ``any`` where training of every area does."""
    return row.need.areas or (ANY_AREA,)


@dataclass(slots=True)
class Past:
    """Past courses of a topic: verified records of the last three years. Costs for one person."""

    people: int = 0
    average_cost: Decimal | None = None
    lowest_cost: Decimal | None = None
    highest_cost: Decimal | None = None
    shortest: Decimal | None = None
    longest: Decimal | None = None
    providers: list[str] = field(default_factory=list)

    @property
    def more_providers(self) -> int:
        """How many are not named where two are."""
        return max(len(self.providers) - 2, 0)


@dataclass(slots=True)
class Topic:
    """A topic, however it is written: who asked for it, who wished for it, what it cost before."""

    key: str
    name: str
    lines: int = 0
    units: int = 0
    money: Decimal = ZERO
    wishes: int = 0
    past: Past = field(default_factory=Past)


def topics(
    *, lines: Iterable[RequestLine], wishes: Iterable[TrainingWish], limit: int, on: dt.date
) -> tuple[list[Topic], int]:
    """The topics most asked and wished for, and how many there are in all. Two queries."""
    found: dict[str, Topic] = {}
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    units: defaultdict[str, set[int]] = defaultdict(set)
    for line in lines:
        if not (key := search_key(line.topic)):
            continue
        topic = found.setdefault(key, Topic(key, line.topic))
        topic.lines += 1
        topic.money += line.cost or ZERO
        names[key][line.topic] += 1
        units[key].add(line.request.unit_id)
    for wish in wishes:
        key = search_key(wish.topic)
        found.setdefault(key, Topic(key, wish.topic)).wishes += 1
        names[key][wish.topic] += 1
    for key, topic in found.items():
        topic.name = names[key].most_common(1)[0][0]
        topic.units = len(units[key])
    ordered = sorted(found.values(), key=lambda t: (-t.lines, -t.wishes, t.key))
    _remember(ordered[:limit], on)
    return ordered[:limit], len(ordered)


class _Course(NamedTuple):
    key: str
    provider: int
    hours: Decimal
    people: int
    paid: int
    cost: Decimal
    lowest: Decimal | None
    highest: Decimal | None


def past_since(on: dt.date) -> dt.date:
    """The first day of the three years before ``on``, whose courses are looked at."""
    return add_months(on, -PAST_MONTHS)


def past_records(on: dt.date) -> Any:
    """Verified records of the last three years, of which past courses are made."""
    return TrainingRecord.objects.counting().filter(ends_on__gte=past_since(on), ends_on__lte=on)


def _remember(found: Sequence[Topic], on: dt.date) -> None:
    """Give each topic its past courses: those whose title holds every word of it."""
    if not found:
        return
    courses = [
        _Course(*row)
        for row in past_records(on)
        .order_by()
        .values_list("title_key", "provider_id", "hours")
        .annotate(
            people=Count("pk"),
            paid=Count("cost"),
            sum=Sum("cost"),
            lowest=Min("cost"),
            highest=Max("cost"),
        )
    ]
    providers = Provider.objects.in_bulk({course.provider for course in courses})
    for topic in found:
        words = topic.key.split()
        same = [c for c in courses if all(word in c.key for word in words)]
        _tell(topic.past, same, providers)


def _tell(past: Past, courses: Sequence[_Course], providers: dict[int, Provider]) -> None:
    past.people = sum(course.people for course in courses)
    paid = sum(course.paid for course in courses)
    if paid:
        total = sum((course.cost or ZERO for course in courses), ZERO)
        past.average_cost = (total / paid).quantize(Decimal(1))
        past.lowest_cost = min(c.lowest for c in courses if c.lowest is not None)
        past.highest_cost = max(c.highest for c in courses if c.highest is not None)
    past.shortest = min((course.hours for course in courses), default=None)
    past.longest = max((course.hours for course in courses), default=None)
    by_people = Counter[int]()
    for course in courses:
        by_people[course.provider] += course.people
    past.providers = [providers[key].name for key, _people in by_people.most_common()]


def goals(lines: Iterable[RequestLine]) -> list[tuple[Goal | None, int]]:
    """How many lines serve each goal of 4.1–4.2, in their order; ``None``: none is named."""
    counts = Counter(line.goal for line in lines)
    named = [(goal, counts[goal]) for goal in Goal]
    return [*named, (None, counts[""])]


STEM = 6
SHORT = 4


def _stems(text: str) -> list[str]:
    """The longer words of ``text`` without their endings, of which Kazakh has many."""
    return [word[:STEM] for word in search_key(text).split() if len(word) >= SHORT]


def serves_priority(*, topic: str, area: str, priority: Priority) -> bool:
    """Whether a line serves a priority of the year: its topic holds the priority's longer words.

    In Kazakh or in Russian; where the priority names an area, the line's must be that.
    """
    if priority.area and area != priority.area:
        return False
    key = search_key(topic)
    return any(
        bool(stems) and all(stem in key for stem in stems)
        for stems in (_stems(priority.topic_kk), _stems(priority.topic_ru))
    )

"""The three-year rule as a pure calculation: dates and hours in, due date and reasons out.

Clauses 3.4, 4.3–4.5 as ``readings.md`` reads them. Nothing here asks the database or the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar

from staff.models.standing import EXPIRING_DAYS
from workflow.calendar import DAY, add_months, merged, prolonged

StateName = Literal["compliant", "expiring", "pending", "overdue", "exempt"]
Span = tuple[dt.date, dt.date]
Record = TypeVar("Record", bound=tuple[Any, ...])
Day = TypeVar("Day", dt.date, str)


class Completed(NamedTuple):
    """A verified training: its key, last day, volume and area. ``centihours`` = hours × 100."""

    key: int
    ends_on: dt.date
    centihours: int
    area: str


class Held(NamedTuple):
    """A post somebody holds. ``ends_on`` is the last day of work, ``None`` while it lasts."""

    key: int
    unit: int
    category: str
    is_leader: bool
    starts_on: dt.date
    ends_on: dt.date | None
    is_second: bool = False
    share: float = 1.0


# Held from a tuple of all its fields, without the call into Python a named tuple makes: a tenth
# of recomputing everybody was such calls.
as_held: Callable[[tuple[Any, ...]], Held] = partial(tuple.__new__, Held)


@dataclass(frozen=True, slots=True)
class Norm:
    """One version of a requirement, as far as the calculation needs it.

    ``centihours`` = norm × 100, 0 where any single training satisfies; no ``areas`` = any area.
    """

    key: int
    code: str
    months: int
    centihours: int
    areas: frozenset[str]
    single: bool
    categories: frozenset[str]
    leaders_only: bool
    residual: bool
    valid_from: dt.date | None
    valid_until: dt.date | None

    def accepts(self, record: Completed) -> bool:
        return not self.areas or record.area in self.areas

    def covers(self, post: Held) -> bool:
        """By category and flag alone; which posts are residual the other norms decide."""
        return (
            not self.residual
            and post.category in self.categories
            and (post.is_leader or not self.leaders_only)
        )

    def in_force(self, on: dt.date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on <= self.valid_until
        )


class Judged(NamedTuple):
    """What the ledger says of one person under one norm; valid until a fact changes.

    ``reached_until``: last day the decisive record covers, extended. ``due_on``: last day in
    time, extended; ``plain_due_on`` without extensions.
    """

    decisive: Completed | None
    reached_until: dt.date | None
    base_on: dt.date
    due_on: dt.date
    plain_due_on: dt.date


def decisive_record(norm: Norm, newest_first: Iterable[Record], on: Day) -> Record | None:
    """The record at which the walk back from ``on`` reaches the norm (readings, «Due date»).

    A record is ``Completed`` or a row of the database that begins like one, with its day as ISO
    text: such days compare as dates do, and most records need not become more than they are.
    """
    gathered, wanted, areas, single = 0, norm.centihours, norm.areas, norm.single
    for record in newest_first:
        _key, ends_on, centihours, area = record[:4]
        if ends_on > on or (areas and area not in areas):
            continue
        gathered = centihours if single else gathered + centihours
        if gathered >= wanted:
            return record
    return None


def judge(
    *,
    norm: Norm,
    newest_first: Iterable[Completed],
    held_since: dt.date,
    leaves: Sequence[Span],
    on: dt.date,
) -> Judged:
    """Decisive record and due date of somebody held to ``norm`` since ``held_since``.

    ``leaves`` are merged and in order (``workflow.calendar.merged``).
    """
    decisive = decisive_record(norm, newest_first, on)
    ended_on = decisive.ends_on if decisive else None
    return Judged(decisive, *dated(norm, ended_on, held_since, leaves))


def dated(
    norm: Norm, ended_on: dt.date | None, held_since: dt.date, leaves: Sequence[Span]
) -> tuple[dt.date | None, dt.date, dt.date, dt.date]:
    """The days of ``Judged``, where the decisive record ended on ``ended_on``."""
    plain_base = add_months(held_since, norm.months)
    if not leaves:
        if ended_on is None:
            return None, plain_base, plain_base, plain_base
        reached = add_months(ended_on, norm.months)
        due = reached if reached > plain_base else plain_base
        return reached, plain_base, due, due
    base = prolonged(held_since, plain_base, leaves)
    if ended_on is None:
        return None, base, base, plain_base
    plain = add_months(ended_on, norm.months)
    reached = prolonged(ended_on, plain, leaves)
    return reached, base, max(reached, base), max(plain, plain_base)


def state_on(judged: Judged, on: dt.date, *, exempt: bool) -> StateName:
    """The state of readings «States»; the same comparison the query makes."""
    if exempt:
        return "exempt"
    if judged.reached_until is not None and judged.reached_until >= on:
        return "compliant" if judged.due_on > on + EXPIRING_DAYS * DAY else "expiring"
    return "pending" if on <= judged.due_on else "overdue"


def drops_out_after(norm: Norm, record: Completed, leaves: Sequence[Span]) -> dt.date:
    """The last day on which ``record`` counts: its end + the window, extended by leave."""
    return prolonged(record.ends_on, add_months(record.ends_on, norm.months), leaves)


@dataclass(frozen=True, slots=True)
class Explained:
    """One record in the light of one norm, for people to read."""

    record: Completed
    counts: bool
    why_not: Literal["", "area", "dropped_out", "not_yet"]
    last_day: dt.date
    is_decisive: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A standing with its reasons. Hours are × 100; ``shortfall`` is what is missing on ``on``.

    ``next_drop`` is the first day after ``on`` on which hours are lost, with how many then count.
    """

    norm: Norm
    on: dt.date
    held_since: dt.date
    judged: Judged
    state: StateName
    counted: int
    largest_single: int
    records: tuple[Explained, ...]
    lapse_day: dt.date | None
    counted_after_lapse: int

    @property
    def shortfall(self) -> int:
        have = self.largest_single if self.norm.single else self.counted
        return max(self.norm.centihours - have, 0)


def explain(
    *,
    norm: Norm,
    records: Iterable[Completed],
    held_since: dt.date,
    leaves: Sequence[Span],
    on: dt.date,
) -> Verdict:
    """The standing on ``on`` with everything the page needs to say why."""
    newest_first = sorted(records, key=lambda r: (r.ends_on, r.key), reverse=True)
    judged = judge(
        norm=norm, newest_first=newest_first, held_since=held_since, leaves=leaves, on=on
    )
    explained = []
    for record in newest_first:
        last_day = drops_out_after(norm, record, leaves)
        why_not: Literal["", "area", "dropped_out", "not_yet"] = ""
        if record.ends_on > on:
            why_not = "not_yet"
        elif not norm.accepts(record):
            why_not = "area"
        elif last_day < on:
            why_not = "dropped_out"
        is_decisive = judged.decisive is not None and record.key == judged.decisive.key
        explained.append(Explained(record, not why_not, why_not, last_day, is_decisive))
    counted = [item for item in explained if item.counts]
    lapse = judged.reached_until + DAY if judged.reached_until else None
    after = [item.record.centihours for item in counted if lapse and item.last_day >= lapse]
    exempt = any(start <= on <= end for start, end in leaves)
    return Verdict(
        norm=norm,
        on=on,
        held_since=held_since,
        judged=judged,
        state=state_on(judged, on, exempt=exempt),
        counted=sum(item.record.centihours for item in counted),
        largest_single=max((item.record.centihours for item in counted), default=0),
        records=tuple(explained),
        lapse_day=lapse,
        counted_after_lapse=sum(after),
    )


class Stretch(NamedTuple):
    """Days during which somebody is held to one version of a norm through one post."""

    norm: Norm
    post: Held
    held_since: dt.date
    holds_from: dt.date
    holds_until: dt.date | None


_as_stretch: Callable[[tuple[Any, ...]], Stretch] = partial(tuple.__new__, Stretch)

Timetable = dict[tuple[str, bool], list[Stretch]]


def _judging(post: Held, in_force: Sequence[Norm]) -> list[Norm]:
    """Norms that judge ``post``, of those in force; the residual one where none covers it."""
    covering = [norm for norm in in_force if norm.covers(post)]
    return covering or [norm for norm in in_force if norm.residual]


def _rank(post: Held) -> tuple[bool, float, dt.date, int]:
    """The post somebody is counted under: main job, larger share, older."""
    return (post.is_second, -post.share, post.starts_on, post.key)


def stretches(posts: Sequence[Held], norms: Sequence[Norm], *, since: dt.date) -> list[Stretch]:
    """Whatever judges this person on ``since`` or later, cut where post or version changes.

    ``held_since`` is the start of the first post in an unbroken run of posts under the same
    requirement (readings, «Due date»): a post that begins the day after the last one ended, or
    earlier, does not break it. A requirement that comes to cover a post later judges it from the
    start of the post.
    """
    edges = sorted(
        {post.starts_on for post in posts}
        | {post.ends_on + DAY for post in posts if post.ends_on}
        | {norm.valid_from for norm in norms if norm.valid_from}
        | {norm.valid_until + DAY for norm in norms if norm.valid_until}
    )
    result: list[Stretch] = []
    run_start: dict[str, dt.date] = {}
    open_stretch: dict[str, Stretch] = {}
    first_start = min((post.starts_on for post in posts), default=None)
    edges = [day for day in edges if first_start is not None and day >= first_start]
    for place, day in enumerate(edges):
        until = edges[place + 1] - DAY if place + 1 < len(edges) else None
        in_force = [norm for norm in norms if norm.in_force(day)]
        held: dict[str, tuple[Norm, Held]] = {}
        since_when: dict[str, dt.date] = {}
        for post in posts:
            if post.starts_on <= day and (post.ends_on is None or post.ends_on >= day):
                for norm in _judging(post, in_force):
                    code = norm.code
                    since_when[code] = min(post.starts_on, since_when.get(code, day))
                    if code not in held or _rank(post) < _rank(held[code][1]):
                        held[code] = norm, post
        for code in run_start.keys() - held.keys():
            del run_start[code]
        for code in open_stretch.keys() - held.keys():
            result.append(open_stretch.pop(code))
        for code, (norm, post) in held.items():
            run_start.setdefault(code, since_when[code])
            current = open_stretch.get(code)
            if current and current.norm is norm and current.post is post:
                open_stretch[code] = current._replace(holds_until=until)
                continue
            if current:
                result.append(current)
            open_stretch[code] = Stretch(norm, post, run_start[code], day, until)
    result.extend(open_stretch.values())
    return [s for s in result if s.holds_until is None or s.holds_until >= since]


def timetable(norms: Sequence[Norm], categories: Iterable[str]) -> Timetable:
    """What judges posts of each kind when, as if they were held for ever."""
    return {
        (category, leader): stretches(
            [Held(0, 0, category, leader, dt.date.min, None)], norms, since=dt.date.min
        )
        for category in categories
        for leader in (False, True)
    }


def simple_stretches(post: Held, times: Timetable, *, since: dt.date) -> list[Stretch]:
    """The answer of ``stretches`` where there is one post, as most people have."""
    start, end = post.starts_on, post.ends_on
    result = []
    for norm, _post, _since, holds_from, holds_until in times[post.category, post.is_leader]:
        first = holds_from if holds_from > start else start
        last = holds_until if end is None or (holds_until and holds_until < end) else end
        if last is None or (last >= first and last >= since):
            result.append(_as_stretch((norm, post, start, first, last)))
    return result


def leaves_of(spans: Iterable[Span]) -> list[Span]:
    """Overlapping extensions count once (contracts.md)."""
    return merged(spans)

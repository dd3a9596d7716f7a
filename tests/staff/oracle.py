"""Standing a second time, by brute force: day by day, from readings.md and contracts.md alone.

Slow and plain on purpose, and it shares no line with ``staff.domain.standing``. Facts are the
simplest dataclasses that hold them; hours are ``Decimal``.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class APost:
    category: str
    leader: bool
    first: dt.date
    last: dt.date | None  # the last day of work, inclusive


@dataclass(frozen=True)
class ARecord:
    end: dt.date
    hours: Decimal
    area: str


@dataclass(frozen=True)
class ALeave:
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class AVersion:
    code: str
    hours: int
    areas: frozenset[str]
    categories: frozenset[str] = frozenset()
    leaders_only: bool = False
    residual: bool = False
    months: int = 36
    single: bool = False
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True)
class Answer:
    state: str
    due: dt.date
    plain_due: dt.date
    base: dt.date
    counted: Decimal
    largest: Decimal
    decisive_end: dt.date | None
    reached_until: dt.date | None


@dataclass
class Someone:
    posts: list[APost] = field(default_factory=list)
    records: list[ARecord] = field(default_factory=list)
    leaves: list[ALeave] = field(default_factory=list)
    _extended: dict[tuple[dt.date, int], dt.date] = field(default_factory=dict, repr=False)

    # --- days ---------------------------------------------------------------------------------
    @cached_property
    def leave_days(self) -> set[dt.date]:
        days: set[dt.date] = set()
        for leave in self.leaves:
            day = leave.first
            while day <= leave.last:
                days.add(day)
                day += DAY
        return days

    def extended(self, anchor: dt.date, months: int) -> dt.date:
        """Anchor + months, plus leave days after the anchor up to the date that grows by them."""
        if (anchor, months) not in self._extended:
            plain = months_later(anchor, months)
            due = plain
            while True:
                added = sum(1 for day in self.leave_days if anchor < day <= due)
                if plain + added * DAY == due:
                    break
                due = plain + added * DAY
            self._extended[anchor, months] = due
        return self._extended[anchor, months]

    # --- whom what judges -----------------------------------------------------------------------
    def judged_by(self, post: APost, day: dt.date, versions: list[AVersion]) -> list[AVersion]:
        """The versions that judge one post on a day it is held; none where it is not held."""
        if post.first > day or (post.last is not None and post.last < day):
            return []
        in_force = [v for v in versions if in_force_on(v, day)]
        fitting = [
            v
            for v in in_force
            if not v.residual
            and post.category in v.categories
            and (post.leader or not v.leaders_only)
        ]
        return fitting or [v for v in in_force if v.residual]

    def base_start(self, code: str, day: dt.date, versions: list[AVersion]) -> dt.date:
        """Start of the first post in the unbroken run of posts under ``code`` that reaches day."""
        first_post_start = day
        while True:
            held = [p for p in self.posts if p.first <= day and (p.last is None or day <= p.last)]
            under = [
                post
                for post in held
                if any(v.code == code for v in self.judged_by(post, day, versions))
            ]
            if not under:
                return first_post_start
            first_post_start = min(post.first for post in under)
            day -= DAY

    # --- the answer -----------------------------------------------------------------------------
    def standing(self, day: dt.date, versions: list[AVersion]) -> dict[str, Answer]:
        judging = {v.code: v for post in self.posts for v in self.judged_by(post, day, versions)}
        return {code: self._answer(v, day, versions) for code, v in judging.items()}

    def _answer(self, norm: AVersion, day: dt.date, versions: list[AVersion]) -> Answer:
        accepted = [
            r for r in self.records if r.end <= day and (not norm.areas or r.area in norm.areas)
        ]
        decisive = self._decisive(norm, accepted)
        start = self.base_start(norm.code, day, versions)
        due = self.extended(start, norm.months)
        plain = months_later(start, norm.months)
        reached_until = None
        if decisive is not None:
            reached_until = self.extended(decisive, norm.months)
            due = max(due, reached_until)
            plain = max(plain, months_later(decisive, norm.months))
        reached = reached_until is not None and reached_until >= day
        counted = [r.hours for r in accepted if self.extended(r.end, norm.months) >= day]
        return Answer(
            state=self._state(day, reached, due),
            due=due,
            plain_due=plain,
            base=self.extended(start, norm.months),
            counted=sum(counted, Decimal(0)),
            largest=max(counted, default=Decimal(0)),
            decisive_end=decisive,
            reached_until=reached_until,
        )

    @staticmethod
    def _decisive(norm: AVersion, accepted: list[ARecord]) -> dt.date | None:
        """The latest end such that what ended from then on reaches the norm."""
        for end in sorted({r.end for r in accepted}, reverse=True):
            if norm.single:
                reaches = any(r.end == end and r.hours >= norm.hours for r in accepted)
            else:
                reaches = sum(r.hours for r in accepted if r.end >= end) >= norm.hours
            if reaches:
                return end
        return None

    def _state(self, day: dt.date, reached: bool, due: dt.date) -> str:
        if any(leave.first <= day <= leave.last for leave in self.leaves):
            return "exempt"
        if reached:
            return "compliant" if (due - day).days > 180 else "expiring"
        return "pending" if day <= due else "overdue"


def in_force_on(version: AVersion, day: dt.date) -> bool:
    return (version.first is None or version.first <= day) and (
        version.last is None or day <= version.last
    )


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month, months later; the last of the month where there is none."""
    year, month = day.year, day.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


# The four of the regulation (4.3, 4.4, 4.5, 3.4) as the readings have them.
REGULATION = [
    AVersion(
        code="university_teacher",
        hours=72,
        areas=frozenset({"profile"}),
        categories=frozenset({"university_teacher"}),
    ),
    AVersion(
        code="college_teacher",
        hours=36,
        areas=frozenset({"profile"}),
        categories=frozenset({"college_teacher"}),
    ),
    AVersion(
        code="administrative_leader",
        hours=0,
        areas=frozenset({"management"}),
        categories=frozenset({"administrative", "university_teacher", "college_teacher"}),
        leaders_only=True,
    ),
    AVersion(code="general", hours=0, areas=frozenset(), residual=True),
]

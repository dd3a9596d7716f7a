"""Hypothesis strategies: people with posts, records and leaves, and norms with versions.

Days crowd around the judged day and the corners of the calendar, where mistakes live.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from .oracle import DAY, REGULATION, ALeave, APost, ARecord, AVersion, Someone, months_later

TODAY = dt.date(2026, 11, 22)
CORNERS = [
    dt.date(2020, 2, 29),
    dt.date(2021, 2, 28),
    dt.date(2023, 2, 28),
    dt.date(2023, 3, 1),
    dt.date(2023, 11, 21),
    dt.date(2023, 11, 22),
    dt.date(2023, 11, 23),
    dt.date(2024, 2, 28),
    dt.date(2024, 2, 29),
    dt.date(2024, 3, 1),
    dt.date(2024, 8, 31),
    dt.date(2025, 12, 31),
    dt.date(2026, 11, 22),
    dt.date(2027, 2, 28),
    dt.date(2028, 2, 29),
]
HOURS = [Decimal(hours) / 10 for hours in (24, 80, 160, 240, 355, 360, 365, 480, 719, 720, 1440)]
AREAS = ["profile", "profile", "management", "digital"]
CATEGORIES = [
    "university_teacher",
    "university_teacher",
    "college_teacher",
    "administrative",
    "researcher",
]


@dataclass(frozen=True)
class Case:
    """Somebody, the norms, and a day to judge."""

    someone: Someone
    versions: list[AVersion]
    day: dt.date


def days(near: dt.date = TODAY, first: int = 2018, last: int = 2030) -> Any:
    """Any day, a corner of the calendar, or one three years or half a year from ``near``."""
    three_years_ago = near.replace(day=min(near.day, 28), year=near.year - 3)
    around = [near, three_years_ago, three_years_ago + 180 * DAY, near + 180 * DAY]
    return st.one_of(
        st.dates(dt.date(first, 1, 1), dt.date(last, 12, 31)),
        st.sampled_from(CORNERS),
        st.builds(lambda day, by: day + by * DAY, st.sampled_from(around), st.integers(-2, 2)),
    )


@st.composite
def posts(draw: Any, near: dt.date) -> list[APost]:
    made: list[APost] = []
    for _ in range(draw(st.integers(1, 4))):
        first = draw(days(near, 2014, 2029))
        if made and made[-1].last is not None and draw(st.booleans()):
            # adjoining, overlapping by a day, or after a day or two without a post
            first = made[-1].last + draw(st.sampled_from([0, 1, 1, 2, 3])) * DAY
        category = draw(st.sampled_from(CATEGORIES))
        if made and draw(st.booleans()):
            category = made[-1].category
        lasts = draw(st.one_of(st.none(), st.sampled_from([0, 1, 200, 365, 1096, 2500])))
        made.append(
            APost(
                category=category,
                leader=draw(st.sampled_from([False, False, True])),
                first=first,
                last=None if lasts is None else first + lasts * DAY,
            )
        )
    return made


@st.composite
def records(draw: Any, near: dt.date, until: dt.date) -> list[ARecord]:
    made: list[ARecord] = []
    for _ in range(draw(st.integers(0, 7))):
        end = draw(days(near, 2016, 2029))
        if made and draw(st.sampled_from([False, False, True])):
            end = made[-1].end  # two on one day
        if end <= until:
            made.append(ARecord(end, draw(st.sampled_from(HOURS)), draw(st.sampled_from(AREAS))))
    return made


@st.composite
def leaves(draw: Any, near: dt.date, someone: Someone) -> list[ALeave]:
    anchors = [r.end for r in someone.records] + [p.first for p in someone.posts]
    made: list[ALeave] = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 2, 3]))):
        first = draw(days(near, 2015, 2030))
        where = draw(st.sampled_from(["anywhere", "anchor", "due", "before"]))
        if where == "anchor":
            first = draw(st.sampled_from(anchors)) + draw(st.integers(-3, 3)) * DAY
        elif where == "due":
            due = months_later(draw(st.sampled_from(anchors)), 36)
            first = due + draw(st.sampled_from([-30, -1, 0, 1, 2, 20])) * DAY
        elif made:
            first = made[-1].last + draw(st.sampled_from([-5, 0, 1, 2, 20])) * DAY
        length = draw(st.sampled_from([1, 2, 25, 61, 126, 365, 1095]))
        made.append(ALeave(first, first + (length - 1) * DAY))
    return made


@st.composite
def norms(draw: Any, near: dt.date) -> list[AVersion]:
    """The regulation's, some of them changed once or twice."""
    made: list[AVersion] = []
    for norm in REGULATION:
        changes = draw(st.sampled_from([0, 0, 1, 2])) if norm.code != "general" else 0
        for _ in range(changes):
            begins = draw(days(near, 2021, 2029))
            if norm.first is not None and begins <= norm.first:
                continue
            made.append(replace(norm, last=begins - DAY))
            norm = replace(
                norm,
                first=begins,
                hours=draw(st.sampled_from([norm.hours, 0, 36, 72, 108])),
                months=draw(st.sampled_from([36, 36, 24, 60])),
                single=draw(st.booleans()),
                areas=draw(st.sampled_from([norm.areas, frozenset(), norm.areas | {"digital"}])),
            )
        made.append(norm)
    return made


@st.composite
def regrouped_norms(draw: Any, near: dt.date) -> list[AVersion]:
    """The regulation's, each judging other categories from some day on, perhaps after a pause."""
    made: list[AVersion] = []
    for norm in REGULATION:
        if norm.residual:
            made.append(norm)
            continue
        begins = draw(days(near, 2019, 2028))
        pause = draw(st.sampled_from([0, 0, 0, 50]))
        categories = draw(st.sets(st.sampled_from(CATEGORIES), min_size=1))
        made.append(replace(norm, last=begins - DAY))
        made.append(replace(norm, first=begins + pause * DAY, categories=frozenset(categories)))
    return made


@st.composite
def people(draw: Any, near: dt.date, until: dt.date = dt.date.max) -> Someone:
    """``until``: no record ends after it."""
    someone = Someone(draw(posts(near)))
    someone.records = draw(records(near, until))
    someone.leaves = draw(leaves(near, someone))
    return someone


@st.composite
def cases(draw: Any, until: dt.date = dt.date.max) -> Case:
    day = draw(days())
    versions = draw(st.one_of(st.just(REGULATION), norms(day), regrouped_norms(day)))
    return Case(draw(people(day, until)), versions, day)

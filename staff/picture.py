"""The 36-month picture of one person under one requirement: geometry only, drawn by the template.

The window runs back from the day asked, a year is shown ahead; each record is a bar from its end
to the last day it counts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from interface.templatetags.interface import hours
from staff.domain.standing import Verdict
from staff.models import TrainingRecord
from workflow.calendar import add_months

MONTHS_AHEAD = 12
MOST_BARS = 12


class Bar(NamedTuple):
    record: TrainingRecord
    counts: bool
    is_decisive: bool
    x: float
    width: float
    y: float
    label: str
    label_inside: bool
    label_x: float
    label_end: bool


class Mark(NamedTuple):
    x: float
    day: dt.date
    kind: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Coordinates in a drawing ``width`` × ``height``."""

    width: int
    height: int
    floor: float
    window_x: float
    window_width: float
    bars: list[Bar]
    marks: list[Mark]
    years: list[tuple[int, float]]
    more: int
    narrow: bool


def picture(
    verdict: Verdict, records: dict[int, TrainingRecord], *, narrow: bool = False
) -> Picture:
    """Bars and marks of a verdict. ``records`` by key lends topics and hours."""
    width, left, right = (340, 6, 334) if narrow else (1060, 16, 1044)
    step, letter = (46, 6.4) if narrow else (38, 6.9)
    on = verdict.on
    first = add_months(on, -verdict.norm.months)
    last = max(add_months(on, MONTHS_AHEAD), min(verdict.judged.due_on, add_months(on, 36)))
    last = add_months(last, 1)
    span = (last - first).days

    def place(day: dt.date) -> float:
        return round(left + (right - left) * (min(max(day, first), last) - first).days / span, 1)

    shown = [
        item for item in verdict.records if item.last_day >= first and item.record.ends_on <= last
    ]
    bars = []
    for row, item in enumerate(shown[:MOST_BARS]):
        record = records[item.record.key]
        x = place(item.record.ends_on)
        bar_width = max(place(item.last_day) - x, 3.0)
        y = 40 + row * step + (18 if narrow else 0)
        label, inside, label_x, at_end = _label(
            record, x, bar_width, letter, left, right, narrow=narrow
        )
        bars.append(
            Bar(
                record,
                item.counts,
                item.is_decisive,
                x,
                round(bar_width, 1),
                y,
                label,
                inside,
                label_x,
                at_end,
            )
        )
    floor = 40 + max(len(bars), 1) * step + (8 if narrow else 4)
    marks = [Mark(place(on), on, "today", "end")]
    due = verdict.judged.due_on
    if first <= due <= last:
        marks.append(Mark(place(due), due, "due", "start" if place(due) < width * 0.8 else "end"))
    years = [
        (year, place(dt.date(year, 1, 1)))
        for year in range(first.year + 1, last.year + 1)
        if place(dt.date(year, 1, 1)) < width - 32
    ]
    return Picture(
        width=width,
        height=int(floor) + 26,
        floor=floor,
        window_x=place(first),
        window_width=round(place(on) - place(first), 1),
        bars=bars,
        marks=marks,
        years=years,
        more=max(len(shown) - MOST_BARS, 0),
        narrow=narrow,
    )


def _label(
    record: TrainingRecord,
    x: float,
    width: float,
    letter: float,
    left: float,
    right: float,
    *,
    narrow: bool,
) -> tuple[str, bool, float, bool]:
    """Text of a bar: inside where it fits, else beside it on the roomier side; above if narrow."""
    if narrow:
        return _cut(record, int((right - left) / letter)), False, left, False
    inside = int((width - 24) / letter)
    if inside >= min(len(record.title), 22):
        return _cut(record, inside), True, round(x + 14, 1), False
    after, before = right - (x + width), x - left
    if after >= before:
        return _cut(record, int((after - 8) / letter)), False, round(x + width + 8, 1), False
    return _cut(record, int((before - 12) / letter)), False, round(x - 12, 1), True


def _cut(record: TrainingRecord, room: int) -> str:
    """Topic and hours within ``room`` letters; the topic gives way, then the hours."""
    volume = f" · {hours(record.hours)}"
    for tail in (volume, ""):
        if len(record.title) + len(tail) <= room:
            return record.title + tail
        if room - len(tail) >= 16:
            return record.title[: room - len(tail) - 1].rstrip() + "…" + tail
    return record.title[: max(room - 1, 1)].rstrip() + "…"

"""The only place that knows arithmetic on dates (architecture, idea 4).

Calendar days and months throughout; working days are Kazakhstan's (package ``holidays``) with
the academy's own exceptions on top (Labour Code art. 85(3): days off may be moved by order).
"""

from __future__ import annotations

import calendar as _calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache

import holidays
from django.utils import timezone

DAY = dt.timedelta(days=1)


def today() -> dt.date:
    """The day in the academy's time zone. Verbs take ``on``; only edges of the house call this."""
    return timezone.localdate()


@lru_cache(maxsize=1 << 16)
def add_months(day: dt.date, months: int) -> dt.date:
    """The corresponding date ``months`` later; the month's last day where there is none.

    29 February + 36 months = 28 February (readings, «Window»).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(
        year=year, month=month + 1, day=min(day.day, _calendar.monthrange(year, month + 1)[1])
    )


def month_start(day: dt.date) -> dt.date:
    return day.replace(day=1)


def months_from(day: dt.date, count: int) -> list[dt.date]:
    """First days of ``count`` months, the month of ``day`` first."""
    first = month_start(day)
    return [add_months(first, n) for n in range(count)]


def merged(spans: Iterable[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    """Inclusive spans in order, overlapping and touching ones made one."""
    result: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + DAY:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def prolonged(anchor: dt.date, due: dt.date, leaves: Iterable[tuple[dt.date, dt.date]]) -> dt.date:
    """``due`` moved by the days of leave after ``anchor`` and up to it (readings, «Extensions»).

    ``leaves`` are inclusive, merged and in order. Leave that falls into the days so added counts
    too, so a leave that begins no later than the moving due date counts whole.
    """
    for start, end in leaves:
        first = max(start, anchor + DAY)
        if first > due:
            break
        if end >= first:
            due += end - first + DAY
    return due


@lru_cache(maxsize=64)
def _public_holidays(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("KZ", years=year))


@lru_cache(maxsize=64)
def _worked_weekends(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("KZ", years=year).weekend_workdays)


def is_working_day(day: dt.date, exceptions: Mapping[dt.date, bool] | None = None) -> bool:
    """Whether ``day`` is worked in Kazakhstan (five-day week).

    ``exceptions`` maps a day to whether it is worked and wins over the package.
    """
    if exceptions and day in exceptions:
        return exceptions[day]
    if day.weekday() >= 5:
        return day in _worked_weekends(day.year)
    return day not in _public_holidays(day.year)


def next_working_day(day: dt.date, exceptions: Mapping[dt.date, bool] | None = None) -> dt.date:
    """``day`` itself where it is worked, else the first worked one after it."""
    while not is_working_day(day, exceptions):
        day += DAY
    return day


def previous_working_day(day: dt.date, exceptions: Mapping[dt.date, bool] | None = None) -> dt.date:
    """``day`` itself where it is worked, else the last worked one before it."""
    while not is_working_day(day, exceptions):
        day -= DAY
    return day


def documents_due(
    end: dt.date, exceptions: Mapping[dt.date, bool] | None = None, days: int = 5
) -> dt.date:
    """Last day for certificate and report: end + 5 calendar days, moved off days not worked.

    Clauses 7.2 and 7.14.
    """
    return next_working_day(end + days * DAY, exceptions)


def earliest_start(applied: dt.date, days: int = 20) -> dt.date:
    """The first start an application of that day is still in time for (clause 7.1)."""
    return applied + days * DAY


def last_day_to_apply(start: dt.date, days: int = 20) -> dt.date:
    """Clause 7.1: start − 20 calendar days, counted backwards and therefore never moved."""
    return start - days * DAY

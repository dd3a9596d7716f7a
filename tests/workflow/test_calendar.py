"""Dates: months, working days, and the terms of clauses 7.1, 7.2 and 7.14 (law.md §3)."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow import calendar
from workflow.models import CalendarException

DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2032, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "months", "result"),
    [
        ("2023-11-22", 36, "2026-11-22"),
        ("2024-02-29", 36, "2027-02-28"),
        ("2025-02-28", 36, "2028-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-31", 1, "2027-01-31"),
        ("2026-01-15", -1, "2025-12-15"),
    ],
)
def test_months_are_calendar_months(start, months, result):
    assert calendar.add_months(day(start), months) == day(result)


@pytest.mark.parametrize(
    ("end", "due"),
    [
        ("2026-05-04", "2026-05-12"),  # 9 May on a Saturday, 11 May free in its place
        ("2026-03-18", "2026-03-26"),  # Nauryz and its moved days
        ("2026-12-11", "2026-12-17"),  # Independence day
        ("2026-11-16", "2026-11-23"),  # a Saturday
        ("2026-11-17", "2026-11-23"),  # a Sunday
        ("2026-11-18", "2026-11-23"),  # a Monday
        ("2026-08-25", "2026-08-31"),  # 30 August is no holiday from 2026; a Sunday
        ("2027-03-10", "2027-03-16"),  # the new Constitution day
    ],
)
def test_documents_are_due_five_days_after_the_end_on_a_working_day(end, due):
    assert calendar.documents_due(day(end)) == day(due)


@given(end=DAYS)
def test_documents_are_never_due_earlier_than_five_days_or_on_a_free_day(end):
    due = calendar.documents_due(end)
    assert due >= end + 5 * DAY
    assert calendar.is_working_day(due)
    between = (due - end).days
    assert not any(calendar.is_working_day(end + n * DAY) for n in range(5, between))


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2027-01-01", "2026-12-12"),  # a Saturday: counted backwards it is not moved
        ("2026-05-21", "2026-05-01"),  # a holiday
        ("2027-01-13", "2026-12-24"),
    ],
)
def test_an_application_comes_at_least_twenty_days_before_the_start(start, last):
    assert calendar.last_day_to_apply(day(start)) == day(last)


def test_the_working_day_before_is_advised():
    assert calendar.previous_working_day(day("2026-12-12")) == day("2026-12-11")
    assert calendar.previous_working_day(day("2026-12-11")) == day("2026-12-11")


@pytest.mark.parametrize(
    ("date", "worked"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
        ("2026-10-26", False),
        ("2026-01-07", False),
        ("2025-01-03", False),  # moved by order from
        ("2025-01-05", True),  # this Sunday
        ("2026-08-31", True),  # its holiday is none any more
    ],
)
def test_working_days_are_kazakhstans(date, worked):
    assert calendar.is_working_day(day(date)) is worked


def test_the_academys_exceptions_win_over_the_public_calendar():
    exceptions = {day("2026-12-16"): True, day("2026-12-17"): False}
    assert calendar.is_working_day(day("2026-12-16"), exceptions) is True
    assert calendar.is_working_day(day("2026-12-17"), exceptions) is False
    assert calendar.documents_due(day("2026-12-11"), exceptions) == day("2026-12-16")
    assert calendar.documents_due(day("2026-12-12"), exceptions) == day("2026-12-18")
    assert calendar.previous_working_day(day("2026-12-17"), exceptions) == day("2026-12-16")


@pytest.mark.django_db
def test_exceptions_are_rows_somebody_keeps():
    CalendarException.objects.create(
        day=day("2026-12-05"), is_working=True, basis="№ 100 бұйрық, 20.11.2026"
    )
    exceptions = CalendarException.as_mapping()
    assert exceptions == {day("2026-12-05"): True}
    assert calendar.documents_due(day("2026-11-30"), exceptions) == day("2026-12-05")
    assert calendar.documents_due(day("2026-11-30")) == day("2026-12-07")


def test_today_is_the_day_in_almaty(today):
    assert calendar.today() == today


def test_months_of_a_period_begin_with_the_month_of_the_day():
    assert calendar.months_from(day("2026-11-22"), 3) == [
        day("2026-11-01"),
        day("2026-12-01"),
        day("2027-01-01"),
    ]


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(
        lambda pair: (
            dt.date(2026, 1, 1) + pair[0] * DAY,
            dt.date(2026, 1, 1) + (pair[0] + pair[1] - 1) * DAY,
        )
    ),
    max_size=6,
)


def days_of(spans: list[tuple[dt.date, dt.date]]) -> list[dt.date]:
    return [start + n * DAY for start, end in spans for n in range((end - start).days + 1)]


@given(spans=SPANS)
def test_merged_spans_cover_the_same_days_once(spans):
    merged = calendar.merged(spans)
    assert days_of(merged) == sorted(set(days_of(spans)))
    for (_s, end), (start, _e) in itertools.pairwise(merged):
        assert start > end + DAY


@given(spans=SPANS, start=st.integers(0, 40), length=st.integers(1, 40))
def test_a_date_is_moved_by_every_day_of_leave_up_to_where_it_moves(spans, start, length):
    anchor = dt.date(2026, 1, 1) + start * DAY
    plain = anchor + length * DAY
    moved = calendar.prolonged(anchor, plain, calendar.merged(spans))
    leave_up_to_it = [d for d in set(days_of(spans)) if anchor < d <= moved]
    assert moved == plain + len(leave_up_to_it) * DAY

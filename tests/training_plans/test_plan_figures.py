"""Coverage, load and money of the plan against brute force; pure, without a database."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from training_plans.domain.coverage import by_month, by_unit, covers
from training_plans.domain.load import Cell, away, load, most_at_once
from training_plans.domain.money import money
from training_plans.domain.needs import Need
from training_plans.domain.planned import Planned, period_in_words
from training_plans.domain.terms import month_days, quarter_days

from ..conftest import examples

YEAR = 2027
FIRST, LAST = dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31)


def line(key: int = 1, **values: Any) -> Planned:
    """A line of 72 hours by the profile in March, paid by the employer."""
    given = {
        "key": key,
        "person_id": 1,
        "last_name": "Әлиева",
        "first_name": "Айгүл",
        "patronymic": "",
        "left_on": None,
        "post_id": 1,
        "post_ends_on": None,
        "post_unit_id": 1,
        "category": "university_teacher",
        "unit_id": 1,
        "unit_closed_on": None,
        "requirement_id": 1,
        "due_on": dt.date(YEAR, 6, 30),
        "missing_hours": Decimal(72),
        "topic": "Клиникалық хаттамалар",
        "area": "profile",
        "provider_id": 1,
        "precision": "month",
        "starts_on": dt.date(YEAR, 3, 1),
        "ends_on": dt.date(YEAR, 3, 31),
        "hours": Decimal(72),
        "funding": "employer",
        "cost": Decimal(60_000),
        "group_id": None,
        "request_line_id": 1,
        "request_state": "accepted",
        "execution": "not_begun",
        "record_id": None,
    }
    return Planned(**(given | values))


def need(**values: Any) -> Need:
    given = {
        "person_id": 1,
        "requirement_id": 1,
        "post_id": 1,
        "unit_id": 1,
        "filing_unit_id": 1,
        "category": "university_teacher",
        "due_on": dt.date(YEAR, 6, 30),
        "is_overdue": False,
        "missing_hours": Decimal(72),
        "areas": ("profile",),
    }
    return Need(**(given | values))


# --- coverage -------------------------------------------------------------------------------------
def the_state(a_need: Need, *lines: Planned, **more: Any) -> tuple[str, str]:
    [cover] = covers(needs=[a_need], lines=lines, **more)
    return cover.state, cover.because


def test_enough_hours_in_time_cover() -> None:
    assert the_state(need(), line()) == ("covered", "")


def test_the_sum_of_several_lines_counts() -> None:
    lines = [line(1, hours=Decimal(36)), line(2, hours=Decimal(36))]
    assert the_state(need(), *lines) == ("covered", "")
    assert the_state(need(), lines[0]) == ("partly", "hours")


@pytest.mark.parametrize("over", [{"execution": "done", "record_id": 9}, {"execution": "not_held"}])
def test_a_line_that_brings_nothing_more_covers_nothing(over: dict[str, Any]) -> None:
    missing = need(missing_hours=Decimal(36))
    half = line(1, hours=Decimal(36))
    assert the_state(missing, half) == ("covered", "")
    assert the_state(missing, half._replace(**over)) == ("open", "")
    assert the_state(missing, half._replace(**over), line(2, hours=Decimal(36))) == ("covered", "")


def test_nobody_else_s_line_counts() -> None:
    assert the_state(need(), line(person_id=2)) == ("open", "")


def test_what_ends_on_the_due_day_counts_and_a_day_later_does_not() -> None:
    end = dt.date(YEAR, 6, 30)
    on_the_day = line(precision="days", starts_on=end, ends_on=end)
    after = line(precision="days", starts_on=end, ends_on=end + dt.timedelta(1))
    assert the_state(need(), on_the_day) == ("covered", "")
    assert the_state(need(), after) == ("open", "late")


def test_who_is_overdue_is_helped_by_any_day() -> None:
    late = line(starts_on=dt.date(YEAR, 12, 1), ends_on=LAST)
    overdue = need(due_on=dt.date(YEAR - 1, 3, 1), is_overdue=True)
    assert the_state(overdue, late) == ("covered", "")


def test_an_area_that_is_not_accepted_does_not_count() -> None:
    assert the_state(need(), line(area="digital")) == ("open", "area")
    assert the_state(need(areas=()), line(area="digital")) == ("covered", "")


def test_any_volume_is_enough_where_the_norm_has_no_hours() -> None:
    assert the_state(need(missing_hours=None), line(hours=Decimal(6))) == ("covered", "")


def test_what_has_no_time_or_volume_yet_is_unfinished() -> None:
    assert the_state(need(), line(hours=None)) == ("open", "unfinished")
    assert the_state(need(), line(starts_on=None, ends_on=None)) == ("open", "unfinished")


def test_one_course_must_reach_the_norm_where_the_norm_says_so() -> None:
    lines = [line(1, hours=Decimal(36)), line(2, hours=Decimal(36))]
    alone = {1: Decimal(72)}
    assert the_state(need(), *lines, in_one=alone) == ("partly", "hours")
    assert the_state(need(), line(), in_one=alone) == ("covered", "")


DAYS = st.dates(FIRST, LAST)
LINES = st.lists(
    st.builds(
        lambda key, person, area, hours, span, missing: line(
            key,
            person_id=person,
            area=area,
            hours=None if missing else Decimal(hours),
            starts_on=min(span),
            ends_on=max(span),
            unit_id=person % 3,
        ),
        st.integers(1, 10_000),
        st.integers(1, 5),
        st.sampled_from(["profile", "digital"]),
        st.sampled_from([18, 36, 54, 72]),
        st.tuples(DAYS, DAYS),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row.key,
)
NEEDS = st.lists(
    st.builds(
        lambda person, due, hours, areas: need(
            person_id=person,
            due_on=due,
            is_overdue=due < FIRST,
            missing_hours=hours,
            areas=areas,
        ),
        st.integers(1, 5),
        st.dates(dt.date(YEAR - 1, 6, 1), LAST),
        st.sampled_from([None, Decimal(36), Decimal(72)]),
        st.sampled_from([(), ("profile",)]),
    ),
    max_size=6,
)


@given(needs=NEEDS, lines=LINES)
@settings(max_examples=examples(150))
def test_coverage_is_what_counting_by_hand_gives(needs: list[Need], lines: list[Planned]) -> None:
    found = covers(needs=needs, lines=lines)
    assert [cover.need for cover in found] == needs
    for cover in found:
        hours = Decimal(0)
        counted = False
        for row in lines:
            fits = row.person_id == cover.need.person_id and row.hours is not None
            if fits and cover.need.areas:
                fits = row.area in cover.need.areas
            if fits and not cover.need.is_overdue:
                fits = row.ends_on <= cover.need.due_on
            if fits:
                counted, hours = True, hours + row.hours
        wanted = cover.need.missing_hours
        state = "open" if not counted else "covered"
        if counted and wanted is not None and hours < wanted:
            state = "partly"
        assert (cover.state, cover.hours) == (state, hours)
        assert bool(cover.because) <= (state != "covered")


class OfTree:
    def __init__(self, pk: int, path: str) -> None:
        self.pk, self.path = pk, path


def test_units_sum_up_their_subtree() -> None:
    faculty, department, other = OfTree(1, "/1/"), OfTree(2, "/1/2/"), OfTree(3, "/3/")
    found = covers(
        needs=[need(unit_id=2), need(unit_id=1, person_id=2), need(unit_id=2, person_id=3)],
        lines=[line(), line(2, person_id=3, hours=Decimal(36))],
    )
    rows = by_unit(found, [faculty, department, other])
    assert [(row.unit.pk, row.total, row.covered, row.partly, row.open) for row in rows] == [
        (1, 3, 1, 1, 1),
        (2, 2, 1, 1, 0),
    ]


def test_months_count_the_overdue_in_january() -> None:
    overdue = need(due_on=dt.date(YEAR - 2, 3, 1), is_overdue=True)
    months = by_month(covers(needs=[need(), overdue], lines=[line()]), year=YEAR)
    assert [(month.month, due, covered) for month, due, covered in months if due] == [
        (1, 1, 1),
        (6, 1, 1),
    ]


# --- load -----------------------------------------------------------------------------------------
def test_a_month_is_the_whole_of_it_and_a_quarter_its_first_month() -> None:
    start, end = quarter_days(YEAR, 2)
    assert away(line(precision="quarter", starts_on=start, ends_on=end)) == month_days(YEAR, 4)
    assert away(line()) == month_days(YEAR, 3)
    days = (dt.date(YEAR, 3, 29), dt.date(YEAR, 4, 2))
    assert away(line(precision="days", starts_on=days[0], ends_on=days[1])) == days
    assert away(line(starts_on=None, ends_on=None)) is None


@pytest.mark.parametrize(
    ("people", "at_once", "too_much"),
    [(1, 1, False), (4, 1, False), (4, 2, True), (5, 1, False), (5, 2, True), (10, 2, False),
     (10, 3, True), (14, 2, False), (14, 3, True)],
)  # fmt: skip
def test_more_than_a_fifth_is_too_much(people: int, at_once: int, too_much: bool) -> None:
    assert Cell(at_once, at_once, people).is_too_much == too_much
    assert (at_once > most_at_once(people)) == too_much


def test_who_is_away_on_different_days_is_not_away_at_once() -> None:
    one = line(1, precision="days", starts_on=dt.date(YEAR, 3, 1), ends_on=dt.date(YEAR, 3, 5))
    two = line(2, person_id=2, precision="days", starts_on=dt.date(YEAR, 3, 6),
               ends_on=dt.date(YEAR, 3, 9))  # fmt: skip
    three = two._replace(key=3, person_id=3, starts_on=dt.date(YEAR, 3, 9))
    [march] = [load(lines=[one, two, three], headcounts={1: 8}, year=YEAR)[1][2]]
    assert march == Cell(3, 2, 8)
    assert march.percent == 25


@given(lines=LINES)
@settings(max_examples=examples(100))
def test_load_is_what_a_walk_over_the_days_gives(lines: list[Planned]) -> None:
    lines = [row._replace(precision="days") for row in lines]
    cells = load(lines=lines, headcounts={0: 5, 1: 6, 2: 7}, year=YEAR)
    people_on: defaultdict[tuple[int, dt.date], set[int]] = defaultdict(set)
    lines_in: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for row in lines:
        day = row.starts_on
        while day <= row.ends_on:
            people_on[row.unit_id, day].add(row.person_id)
            lines_in[row.unit_id, day.month].add(row.key)
            day += dt.timedelta(1)
    assert set(cells) == {row.unit_id for row in lines}
    for unit, months in cells.items():
        for number, cell in enumerate(months, start=1):
            most = max(
                (len(people) for (of, day), people in people_on.items()
                 if of == unit and day.month == number),
                default=0,
            )  # fmt: skip
            assert (cell.lines, cell.at_once) == (len(lines_in[unit, number]), most)


# --- money ----------------------------------------------------------------------------------------
MONEY = st.lists(
    st.builds(
        lambda key, source, unit, cost, month: line(
            key,
            funding=source,
            unit_id=unit,
            cost=cost,
            starts_on=dt.date(YEAR, month, 1) if month else None,
        ),
        st.integers(1, 10_000),
        st.sampled_from(["", "employer", "grant", "free"]),
        st.integers(1, 3),
        st.one_of(st.none(), st.decimals(0, 200_000, places=2)),
        st.integers(0, 12),
    ),
    max_size=15,
)


@given(lines=MONEY)
@settings(max_examples=examples(100))
def test_money_is_added_up_the_same_in_every_direction(lines: list[Planned]) -> None:
    found = money(lines=lines, budgets={"own": Decimal(5)})
    total = sum((row.cost for row in lines if row.cost), Decimal(0))
    for rows in (found.by_source, found.by_unit, found.by_quarter):
        assert sum((row.cost for row in rows), Decimal(0)) == total == found.total.cost
        assert sum(row.lines for row in rows) == len(lines) == found.total.lines
    for source in ("", "employer", "grant", "free"):
        own = [row for row in lines if row.funding == source]
        assert found.of(source).cost == sum((row.cost or 0 for row in own), Decimal(0))
        assert found.of(source).unpriced == sum(row.cost is None for row in own)
    assert found.of("own").left == Decimal(5)


def test_a_source_is_over_when_more_is_planned_than_set_aside() -> None:
    rows = [line(1), line(2, cost=Decimal(40_001))]
    source = money(lines=rows, budgets={"employer": Decimal(100_000)}).of("employer")
    assert (source.left, source.is_over, source.percent) == (Decimal(-1), True, 100)
    enough = money(lines=rows, budgets={"employer": Decimal(100_001)}).of("employer")
    assert (enough.left, enough.is_over) == (Decimal(0), False)
    assert money(lines=rows, budgets={}).of("employer").left is None


def said(precision: str, starts_on: dt.date | None, ends_on: dt.date | None) -> str:
    return period_in_words(precision=precision, starts_on=starts_on, ends_on=ends_on)


def test_the_time_is_said_as_exactly_as_it_is_known() -> None:
    with override("en"):
        start, end = quarter_days(YEAR, 3)
        assert "III" in said("quarter", start, end)
        assert said("month", *month_days(YEAR, 3)) == "March 2027"
        one = dt.date(YEAR, 3, 9)
        assert said("days", one, one) == "09.03.2027"
        assert said("days", one, one + dt.timedelta(1)) == "09.03.2027 – 10.03.2027"
        assert said("month", None, None) == ""

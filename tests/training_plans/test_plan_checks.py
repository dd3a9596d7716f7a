"""What is looked at before approval: every sentence, and the near miss that is fine (3.12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from training_plans.domain.checks import Situation, findings
from training_plans.domain.planned import Planned

from .test_plan_figures import line, need

ON = dt.date(2026, 11, 22)
DUE = dt.date(2026, 12, 1)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


def found(*lines: Planned, **more: Any) -> list[tuple[str, str, int | None]]:
    given = {"year": 2027, "on": ON, "plan_due": DUE, "budgets": {"employer": Decimal(10**9)}}
    situation = Situation(lines=lines, **(given | {"headcounts": {1: 20}} | more))
    return [(item.code, item.severity, item.line) for item in findings(situation)]


def day(month: int, number: int) -> dt.date:
    return dt.date(2027, month, number)


def on_days(key: int, start: dt.date, end: dt.date, **values: Any) -> Planned:
    return line(key, precision="days", starts_on=start, ends_on=end, **values)


def test_nothing_is_found_where_all_is_in_order() -> None:
    assert found(line(), needs=[need()], areas={1: ["profile"]}) == []


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"topic": ""}, ("incomplete", "blocking", 1)),
        ({"provider_id": None}, ("incomplete", "blocking", 1)),
        ({"hours": None}, ("incomplete", "blocking", 1)),
        ({"funding": "", "cost": None}, ("incomplete", "blocking", 1)),
        ({"cost": None}, ("unpriced", "blocking", 1)),
        ({"cost": None, "funding": "own"}, ("unpriced", "blocking", 1)),
        ({"left_on": dt.date(2027, 2, 28)}, ("left", "blocking", 1)),
        ({"post_ends_on": dt.date(2027, 2, 28)}, ("left", "blocking", 1)),
        ({"post_unit_id": 2}, ("unit", "blocking", 1)),
        ({"unit_closed_on": dt.date(2027, 3, 1)}, ("unit", "blocking", 1)),
        ({"area": "digital"}, ("area", "warning", 1)),
        ({"due_on": dt.date(2027, 3, 30)}, ("after_due", "warning", 1)),
        ({"request_state": "returned"}, ("returned", "warning", 1)),
    ],
)
def test_one_line(changed: dict[str, Any], finding: tuple[str, str, int]) -> None:
    assert found(line(**changed), areas={1: ["profile"]}) == [finding]


@pytest.mark.parametrize(
    "changed",
    [
        {"cost": None, "funding": "free"},
        {"left_on": dt.date(2027, 3, 1)},
        {"post_ends_on": dt.date(2027, 3, 1)},
        {"unit_closed_on": dt.date(2027, 3, 2)},
        {"area": "digital", "requirement_id": None},
        {"due_on": dt.date(2027, 3, 31)},
        {"due_on": dt.date(2026, 3, 31)},  # overdue already: any time helps
        {"request_state": None, "request_line_id": None},
    ],
)
def test_the_near_miss_is_fine(changed: dict[str, Any]) -> None:
    assert found(line(**changed), areas={1: ["profile"]}) == []


def test_who_changed_to_another_post_is_only_looked_at() -> None:
    moved = line(post_ends_on=dt.date(2027, 1, 31))
    assert found(moved, posts={1: [(2, None)]}) == [("moved", "warning", 1)]
    assert found(moved, posts={1: [(2, dt.date(2027, 2, 1))]}) == [("left", "blocking", 1)]


def test_twice_on_the_same_days_stands_in_the_way() -> None:
    one = on_days(1, day(3, 1), day(3, 10))
    assert found(one, on_days(2, day(3, 10), day(3, 12))) == [("twice", "blocking", 2)]
    assert found(one, on_days(2, day(3, 11), day(3, 12))) == []
    assert found(one, on_days(2, day(3, 10), day(3, 12), person_id=2)) == []


def test_twice_in_a_month_is_looked_at() -> None:
    assert found(on_days(1, day(3, 1), day(3, 10)), line(2)) == [("twice", "warning", 2)]


def test_hours_that_do_not_reach_the_norm() -> None:
    few = line(hours=Decimal(36))
    assert found(few, needs=[need()]) == [("hours", "warning", 1)]
    assert found(few, line(2, hours=Decimal(36), starts_on=day(4, 1), ends_on=day(4, 30)),
                 needs=[need()]) == []  # fmt: skip


def test_what_the_norm_asks_is_said_with_the_clause_of_that_norm() -> None:
    wrong = line(area="digital", hours=Decimal(36))
    situation = Situation(
        year=2027,
        on=DUE,
        plan_due=DUE,
        lines=[wrong, line(2, person_id=2, hours=Decimal(9))],
        needs=[need(), need(person_id=2)],
        areas={1: ["profile"]},
        clauses={1: "4.4"},
        budgets={"employer": Decimal(10**9)},
        headcounts={1: 20},
    )
    said = {found.code: found.clause for found in findings(situation)}
    assert (said["area"], said["hours"]) == ("4.4", "4.4")


def test_money_and_load_and_what_is_undecided_lead_to_their_pages() -> None:
    assert found(line(), budgets={"employer": Decimal(59_999)}) == [("budget", "warning", None)]
    assert found(line(), budgets={}) == [("budget", "warning", None)]
    assert found(line(), budgets={"employer": Decimal(60_000)}) == []
    two = [line(1), line(2, person_id=2)]
    assert found(*two, headcounts={1: 9}) == [("load", "warning", None)]
    assert found(*two, headcounts={1: 10}) == []
    assert found(line(), needs=[need(), need(person_id=2)]) == [("not_covered", "warning", None)]
    assert found(line(), undecided={"sent": 1}) == [("undecided", "warning", None)]
    assert found(line(), waiting=3) == [("waiting", "warning", None)]


def test_a_group_whose_terms_have_come_apart() -> None:
    together = [line(1, group_id=5), line(2, group_id=5, person_id=2, cost=Decimal(1))]
    assert found(*together) == []
    apart = together[1]._replace(hours=Decimal(36))
    assert found(together[0], apart) == [("group", "warning", 2)]


def test_late_is_told_not_refused() -> None:
    assert found(line(), on=DUE) == []
    assert found(line(), on=DUE + dt.timedelta(1)) == [("late", "info", None)]


def test_what_blocks_comes_first_and_every_finding_names_its_clause() -> None:
    situation = Situation(
        year=2027,
        on=DUE + dt.timedelta(1),
        plan_due=DUE,
        lines=[line(cost=None), line(2, person_id=2, request_state="sent")],
        budgets={"employer": Decimal(10**9)},
        headcounts={1: 20},
        waiting=1,
    )
    items = findings(situation)
    assert [item.severity for item in items] == ["blocking", "warning", "warning", "info"]
    assert all(item.clause and item.words and "%" not in item.words for item in items)
    assert all(item.line is not None or item.section or item.code == "late" for item in items)

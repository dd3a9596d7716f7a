"""What the terms of a training must be, in requests, the plan and amendments (5.3–5.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from staff.models import Provider
from training_plans.domain.terms import missing, settled
from training_plans.models import RequestLine

from ..factories import CourseFactory, ProviderFactory

YEAR = 2027


def day(month: int, number: int, year: int = YEAR) -> dt.date:
    return dt.date(year, month, number)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({"precision": "month", "month": 2}, (day(2, 1), day(2, 28))),
        ({"precision": "quarter", "quarter": 4}, (day(10, 1), day(12, 31))),
        ({"precision": "days", "starts_on": day(3, 5), "ends_on": day(3, 5)}, (day(3, 5),) * 2),
        # What a form still carries of days typed before the month was chosen.
        (
            {"precision": "month", "starts_on": day(3, 5), "ends_on": day(3, 9)},
            (day(3, 1), day(3, 31)),
        ),
        ({"precision": "quarter", "starts_on": day(5, 5)}, (day(4, 1), day(6, 30))),
        ({"precision": "month"}, (None, None)),
    ],
)
def test_the_time_is_kept_as_first_and_last_day(values: dict[str, Any], days: Any) -> None:
    terms = settled(values, year=YEAR)
    assert (terms["starts_on"], terms["ends_on"]) == days


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"precision": "days", "starts_on": day(3, 5)}, {"ends_on"}),
        ({"precision": "days", "ends_on": day(3, 5)}, {"starts_on"}),
        ({"precision": "days", "starts_on": day(3, 5), "ends_on": day(3, 4)}, {"ends_on"}),
        (
            {"precision": "days", "starts_on": day(12, 31, 2026), "ends_on": day(1, 4)},
            {"starts_on"},
        ),
        ({"precision": "days", "starts_on": day(12, 28), "ends_on": day(1, 4, 2028)}, {"ends_on"}),
        ({"precision": "month", "starts_on": day(3, 5), "ends_on": day(4, 9)}, {"month"}),
        ({"hours": Decimal(0)}, {"hours"}),
        ({"credits": Decimal(-1)}, {"credits"}),
        ({"hours": Decimal(72), "credits": Decimal(2)}, {"credits"}),
        ({"cost": Decimal("-0.01")}, {"cost"}),
        ({"cost": Decimal(1), "funding": "free"}, {"cost"}),
        ({"form": "course", "kind": "group"}, {"kind"}),
        ({"form": "internship", "kind": "seminar"}, {"kind"}),
        ({"cost": Decimal(-1), "hours": Decimal(-1)}, {"cost", "hours"}),
    ],
)
def test_what_cannot_be_is_refused_by_field(values: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(ValidationError) as refusal:
        settled(values, year=YEAR)
    assert set(refusal.value.error_dict) == fields


def test_the_first_and_the_last_day_of_the_year_are_days_of_it() -> None:
    values = {"precision": "days", "starts_on": day(1, 1), "ends_on": day(12, 31)}
    assert settled(values, year=YEAR) == values


def test_a_credit_is_thirty_hours() -> None:
    assert settled({"credits": Decimal("2.4")}, year=YEAR)["hours"] == Decimal(72)
    both = {"credits": Decimal("2.4"), "hours": Decimal(72)}
    assert settled(both, year=YEAR) == both


def test_an_internship_is_individual_where_a_course_was_proposed() -> None:
    values = {"form": "internship", "kind": "course"}
    assert settled(values, year=YEAR)["kind"] == "individual"


def test_what_is_no_term_is_not_kept() -> None:
    assert settled({"topic": "Биостатистика", "month": 3, "person": 1}, year=YEAR) == {
        "topic": "Биостатистика"
    }


@pytest.mark.parametrize(
    ("changed", "empty"),
    [
        ({}, []),
        ({"cost": None}, ["cost"]),
        ({"cost": None, "funding": "host"}, []),
        ({"cost": Decimal(0)}, []),
        ({"topic": "", "hours": None, "starts_on": None}, ["topic", "starts_on", "hours"]),
        ({"funding": "", "cost": None}, ["funding"]),
    ],
)
def test_what_is_still_missing_is_named(changed: dict[str, Any], empty: list[str]) -> None:
    whole = {
        "topic": "Биостатистика",
        "area": "profile",
        "provider": Provider(pk=1),
        "starts_on": day(3, 1),
        "hours": Decimal(72),
        "funding": "employer",
        "cost": Decimal(60_000),
    }
    assert missing(RequestLine(**whole | changed)) == empty


@pytest.mark.django_db
def test_a_course_beside_another_topic_or_provider_is_dropped() -> None:
    """Else the place in an event would be counted for a line that means something else."""
    course = CourseFactory(title="Дәлелді медицина")
    same = {"course": course, "topic": "дәлелді  МЕДИЦИНА", "provider": course.provider}
    assert settled(same, year=2027)["course"] == course
    assert settled(same | {"topic": "Кардиология"}, year=2027)["course"] is None
    other = ProviderFactory(name="Семей медицина университеті")
    assert settled(same | {"provider": other}, year=2027)["course"] is None

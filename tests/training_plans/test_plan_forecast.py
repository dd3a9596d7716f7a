"""The forecast is what standing says once the plan's trainings are in the ledger (3.4, 3.12)."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from staff.domain import standings
from staff.models import Area
from training_plans.domain.forecast import chart_of, forecast, in_the_end, month_ends
from training_plans.domain.planned import planned
from training_plans.models import Plan, PlanLine

from ..conftest import taken_back
from ..factories import (
    DeadlineExtensionFactory,
    PersonFactory,
    PlanFactory,
    PlanLineFactory,
    PostFactory,
    TrainingRecordFactory,
)

pytestmark = pytest.mark.django_db
TRAITS: list[dict[str, Any]] = [
    {},
    {},
    {"college_teacher": True},
    {"leader": True},
    {"researcher": True},
    {"starts_on": dt.date(2025, 2, 1)},
    {"ends_on": dt.date(2027, 8, 31)},
]


def an_academy(chance: random.Random, unit: Any) -> Plan:
    """Thirty people with records, leaves and several posts, most of them in the plan."""
    plan = PlanFactory()
    for _number in range(30):
        person = PersonFactory()
        post = PostFactory(person=person, unit=unit, **chance.choice(TRAITS))
        if chance.random() < 0.2:
            PostFactory(person=person, unit=unit, second=True, college_teacher=True)
        if chance.random() < 0.2:
            start = dt.date(2026, 1, 1) + dt.timedelta(chance.randrange(400))
            DeadlineExtensionFactory(
                person=person, starts_on=start, ends_on=start + dt.timedelta(120)
            )
        for _ in range(chance.randrange(3)):
            TrainingRecordFactory(
                person=person,
                area=chance.choice([Area.PROFILE, Area.MANAGEMENT, Area.DIGITAL]),
                hours=Decimal(chance.choice([18, 36, 72])),
                ends_on=dt.date(2023, 6, 1) + dt.timedelta(chance.randrange(1200)),
            )
        for _ in range(chance.randrange(3)):
            end = dt.date(2027, 1, 10) + dt.timedelta(chance.randrange(350))
            PlanLineFactory(
                plan=plan,
                post=post,
                area=chance.choice([Area.PROFILE, Area.MANAGEMENT]),
                hours=Decimal(chance.choice([36, 72])),
                starts_on=end - dt.timedelta(5),
                ends_on=end,
            )
    return plan


def states_on(day: dt.date) -> Counter[str]:
    return Counter(str(status.verdict.state) for status in standings.statuses(on=day))


@pytest.mark.parametrize("seed", range(4))
def test_the_forecast_equals_a_recomputation_with_the_records_added(
    seed: int, units: SimpleNamespace
) -> None:
    plan = an_academy(random.Random(seed), units.department)
    found = forecast(year=2027, lines=planned(plan.lines.planned()))
    assert [day.on for day in found.months] == month_ends(2027)
    assert found.year_end.on == dt.date(2027, 12, 31)
    for day in (found.months[2], found.months[7], found.year_end):
        assert +day.without.counts == states_on(day.on)
    with taken_back():
        for line in plan.lines.all():
            TrainingRecordFactory(
                person=line.person,
                area=line.area,
                hours=line.hours,
                starts_on=line.starts_on,
                ends_on=line.ends_on,
            )
        for day in found.months:
            assert +day.with_plan.counts == states_on(day.on)


def test_what_is_done_or_not_held_or_says_too_little_brings_nothing(units: SimpleNamespace) -> None:
    post = PostFactory(unit=units.department)
    nothing = forecast(year=2027, lines=[])
    extra: list[dict[str, Any]] = [
        {"execution": PlanLine.Execution.DONE},
        {"execution": PlanLine.Execution.NOT_HELD},
        {"hours": None},
        {"starts_on": None, "ends_on": None},
    ]
    plan = PlanFactory()
    for values in extra:
        PlanLineFactory(post=post, plan=plan, **values)
    assert forecast(year=2027, lines=planned(plan.lines.all())) == nothing
    PlanLineFactory(post=post, plan=plan)
    assert forecast(year=2027, lines=planned(plan.lines.all())).gain == 1


def test_a_head_s_forecast_counts_the_units_in_charge(units: SimpleNamespace) -> None:
    own = PostFactory(unit=units.department)
    PostFactory(unit=units.other_department)
    line = PlanLineFactory(post=own)
    narrow = forecast(year=2027, lines=planned(line.plan.lines.all()), units={units.department.pk})
    assert (narrow.year_end.with_plan.total, narrow.year_end.with_plan.satisfied) == (1, 1)
    assert (narrow.year_end.without.total, narrow.year_end.without.satisfied) == (1, 0)


def test_the_forecast_asks_the_same_number_of_questions(units: SimpleNamespace) -> None:
    def questions(plan: Plan) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            forecast(year=2027, lines=planned(plan.lines.all()))
        return len(asked)

    plan = PlanFactory()
    PlanLineFactory.create_batch(3, plan=plan)
    few = questions(plan)
    PlanLineFactory.create_batch(20, plan=plan)
    assert questions(plan) == few == 5


def test_the_drawing_has_a_point_for_each_month_within_its_frame(units: SimpleNamespace) -> None:
    plan = an_academy(random.Random(9), units.department)
    found = forecast(year=2027, lines=planned(plan.lines.all()))
    chart = chart_of(found)
    assert len(chart.points) == 12
    assert all(
        0 <= point.with_y <= point.without_y + 0.01 <= chart.height for point in chart.points
    )
    assert all(0 <= point.x <= chart.width for point in chart.points)
    states = in_the_end(found)
    assert sum(pair[1] for pair in states.values()) == found.year_end.with_plan.total

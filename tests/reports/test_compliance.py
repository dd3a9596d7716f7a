"""The dashboard: every figure equals the list behind it, on any day, at a constant cost (3.9)."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interface.chart import HEIGHT, TOP
from reports.domain import compliance
from staff.domain import standings
from staff.models import PastDay, Person, Standing
from workflow.models import JobRun

from ..factories import DeadlineExtensionFactory, PersonFactory, PostFactory, TrainingRecordFactory


def _enter(client: Client, user: Any) -> Client:
    client.force_login(user, backend="staff.backends.PasswordBackend")
    return client


@pytest.fixture
def people(units: SimpleNamespace, today: dt.date) -> list[Any]:
    """One person in each state in the department, one overdue in the other department."""
    made = []
    for number, (unit, ended, extra) in enumerate(
        [
            (units.department, dt.date(2026, 5, 1), {}),
            (units.department, dt.date(2024, 1, 31), {}),
            (units.department, None, {"new": True}),
            (units.department, None, {}),
            (units.section, None, {}),
            (units.other_department, None, {}),
        ]
    ):
        person = PersonFactory(last_name=f"Тестов{number}")
        PostFactory(person=person, unit=unit, **extra)
        if ended:
            TrainingRecordFactory(person=person, ends_on=ended)
        made.append(person)
    DeadlineExtensionFactory(person=made[4], running=True)
    standings.restate_everybody(on=today)
    return made


def test_figures_count_each_state(people: list[Any], hr: Any, today: dt.date) -> None:
    rows = Standing.objects.on(today).filter(person__in=people)
    figures = compliance.figures(rows=rows, on=today)
    assert figures.total.counts == {
        "compliant": 1,
        "expiring": 1,
        "pending": 1,
        "overdue": 2,
        "exempt": 1,
    }
    assert figures.people == 6
    assert sum(line.total for line in figures.by_unit) == 6
    assert [line.overdue for line in figures.by_unit] == [1, 1, 0]


def test_each_figure_is_the_length_of_its_list(
    people: list[Any], hr: Any, client: Client, today: dt.date
) -> None:
    _enter(client, hr)
    standings.restate_everybody(on=today)
    context = client.get(reverse("compliance")).context
    figures = context["figures"]
    base = f"{reverse('compliance_list')}?on={today}"

    def listed(query: str) -> int:
        return client.get(base + query).context["count"]

    assert listed("") == figures.total.total
    for state, count in figures.total.counts.items():
        assert listed(f"&state={state}") == count
    for line in figures.by_unit:
        assert listed(f"&unit={line.subject.pk}&only=yes") == line.total
        assert listed(f"&unit={line.subject.pk}&only=yes&state=overdue") == line.overdue
    for line in figures.by_category:
        assert listed(f"&category={line.subject.value}") == line.total
    for line in figures.by_requirement:
        assert listed(f"&requirement={line.subject.code}") == line.total
    for column in context["chart"].columns:
        month = column.month
        first = max(month.start, today)
        found = client.get(
            f"{base}&due_from={first}&due_to={month.until}"
            "&state=compliant&state=expiring&state=pending&state=overdue"
        )
        assert found.context["count"] == month.falling


def test_a_head_sees_the_unit_and_below_only(
    people: list[Any], head: Any, stranger_head: Any, client: Client, today: dt.date
) -> None:
    standings.restate_everybody(on=today)
    _enter(client, head)
    seen = {
        line.subject.code for line in client.get(reverse("compliance")).context["figures"].by_unit
    }
    assert seen == {"D-001", "S-001"}
    _enter(client, stranger_head)
    seen = {
        line.subject.code for line in client.get(reverse("compliance")).context["figures"].by_unit
    }
    assert seen == {"D-002"}


def test_a_foreign_unit_does_not_exist_for_a_head(
    people: list[Any], head: Any, units: SimpleNamespace, client: Client
) -> None:
    _enter(client, head)
    url = f"{reverse('compliance')}?unit={units.other_department.pk}"
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("name", ["compliance", "compliance_units", "compliance_list", "proposals"])
def test_a_constant_number_of_queries(
    name: str, people: list[Any], hr: Any, client: Client, today: dt.date, units: SimpleNamespace
) -> None:
    _enter(client, hr)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(name))
    for number in range(12):
        person = PersonFactory(last_name=f"Тағы{number}")
        PostFactory(person=person, unit=units.other_department)
        PostFactory(person=person, unit=units.section, researcher=True, second=True)
    standings.restate_everybody(on=today)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(name))
    assert len(many) == len(few)
    assert len(many) <= 15


def test_a_past_day_is_computed_and_kept_until_something_changes(
    people: list[Any],
    hr: Any,
    client: Client,
    today: dt.date,
    django_capture_on_commit_callbacks: Any,
) -> None:
    _enter(client, hr)
    url = f"{reverse('compliance')}?on=2025-06-01"
    first = client.get(url).context["figures"]
    day = PastDay.objects.get(day="2025-06-01")
    client.get(url)
    assert PastDay.objects.get().pk == day.pk
    with django_capture_on_commit_callbacks(execute=True):
        TrainingRecordFactory(person=people[3], ends_on=dt.date(2025, 5, 1))
        standings.restate(people=[people[3].pk], on=today)
    second = client.get(url).context["figures"]
    assert first.total.counts["overdue"] - second.total.counts["overdue"] == 1


def test_no_day_is_said_and_today_is_shown(hr: Any, client: Client, today: dt.date) -> None:
    _enter(client, hr)
    response = client.get(f"{reverse('compliance')}?on=2026-02-31")
    assert response.context["on"] == today
    assert response.context["day_form"].errors["on"]
    assert client.get(f"{reverse('compliance')}?on=1900-01-01").context["on"] == today


def test_the_dashboard_warns_when_the_nightly_check_is_old(
    people: list[Any], hr: Any, client: Client
) -> None:
    _enter(client, hr)
    assert client.get(reverse("compliance")).context["check_is_old"] is False
    now = dt.datetime.now(tz=dt.UTC)
    Person.history.update(history_date=now - dt.timedelta(hours=26))
    assert client.get(reverse("compliance")).context["check_is_old"] is True
    run = JobRun.objects.create(
        name="nightly check", key="x", state="done", finished_at=now - dt.timedelta(hours=26)
    )
    assert client.get(reverse("compliance")).context["check_is_old"] is True
    JobRun.objects.filter(pk=run.pk).update(finished_at=now - dt.timedelta(hours=2))
    assert client.get(reverse("compliance")).context["check_is_old"] is False


def test_proposals_hold_whoever_falls_due_by_the_end_of_the_year(
    people: list[Any], hr: Any, client: Client
) -> None:
    _enter(client, hr)

    def names(query: str = "") -> set[str]:
        rows = client.get(reverse("proposals") + query).context["table"].rows
        return {row.record.person.last_name for row in rows} & {p.last_name for p in people}

    assert names() == {"Тестов3", "Тестов4", "Тестов5"}
    assert "Тестов1" in names("?year=2027")


@pytest.mark.parametrize("counts", [[], [0, 0, 0], [1], [3, 17, 5], [0, 100_000]])
def test_columns_stay_within_the_drawing(counts: list[int]) -> None:
    months = [
        compliance.Month(dt.date(2026, 1 + n, 1), dt.date(2026, 1 + n, 28), count)
        for n, count in enumerate(counts)
    ]
    chart = compliance.columns_of(months)
    for column in chart.columns:
        assert 0 <= column.x <= column.x + column.width <= chart.width
        assert TOP <= column.y <= HEIGHT + TOP
        floor = HEIGHT + TOP
        assert column.y + column.height == pytest.approx(floor, abs=0.2)

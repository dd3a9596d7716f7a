"""Everybody's standing as a list: any day, exact hours, only whom one may see."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from staff.domain import standings
from staff.models import TrainingRequirement

from ..factories import (
    DeadlineExtensionFactory,
    PersonFactory,
    PostFactory,
    TrainingRecordFactory,
)

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(units: SimpleNamespace, hr: Any, today: dt.date) -> SimpleNamespace:
    """overdue; fine (72 h); extended: 36 h of 2023 still count because of a year's leave."""
    made = {}
    for name in ("overdue", "fine", "extended"):
        made[name] = PersonFactory(last_name=name.title())
        PostFactory(person=made[name], unit=units.department)
    TrainingRecordFactory(person=made["fine"])
    TrainingRecordFactory(person=made["overdue"], ends_on=dt.date(2023, 6, 30))
    TrainingRecordFactory(person=made["extended"], short=True, ends_on=dt.date(2023, 6, 30))
    TrainingRecordFactory(person=made["extended"], short=True, ends_on=dt.date(2026, 6, 30))
    DeadlineExtensionFactory(person=made["extended"])
    standings.restate_everybody(on=today)
    return SimpleNamespace(**made)


def rows(client: Client, **query: Any) -> dict[str, Any]:
    response = client.get(reverse("compliance_list"), query)
    assert response.status_code == 200
    found = [row.record for row in response.context["table"].rows]
    return {row.person.last_name: row for row in found}


def test_each_row_has_state_and_exact_hours_with_extensions(
    signed_in: SignIn, hr: Any, people: SimpleNamespace
) -> None:
    found = rows(signed_in(hr), unit="D-001")

    assert {name: row.state for name, row in found.items()} == {
        "Overdue": "overdue",
        "Fine": "compliant",
        "Extended": "compliant",
    }
    assert {name: row.counted_hours.towards for name, row in found.items()} == {
        "Overdue": 0,
        "Fine": 7200,
        "Extended": 7200,
    }
    for name, row in found.items():
        person = getattr(people, name.lower())
        [(_stretch, verdict)] = standings.verdicts(person=person, on=dt.date(2026, 11, 22))
        assert row.counted_hours.hours == verdict.counted
        assert row.due_on == verdict.judged.due_on


def test_any_other_day_can_be_asked(signed_in: SignIn, hr: Any, people: SimpleNamespace) -> None:
    past = rows(signed_in(hr), unit="D-001", on="2025-06-30")
    future = rows(signed_in(hr), unit="D-001", on="2029-07-01")

    assert past["Overdue"].state == "compliant"
    assert past["Overdue"].counted_hours.towards == 7200
    assert past["Fine"].state == "overdue"
    assert past["Extended"].state == "exempt"
    assert future["Fine"].state == "overdue"
    assert future["Fine"].counted_hours.towards == 0


def test_filters_narrow_and_agree_with_the_dashboards_links(
    signed_in: SignIn, hr: Any, people: SimpleNamespace
) -> None:
    client = signed_in(hr)
    requirement = TrainingRequirement.objects.get(code="university_teacher")

    assert set(rows(client, state="overdue", unit="D-001")) == {"Overdue"}
    assert set(rows(client, requirement=requirement.pk)) == {"Overdue", "Fine", "Extended"}
    assert set(rows(client, requirement="university_teacher", q="fine")) == {"Fine"}
    assert set(rows(client, category="researcher")) == set()
    assert set(rows(client, due_from="2026-11-22", due_to="2029-12-31", unit="D-001")) == {
        "Fine",
        "Extended",
    }


def test_one_course_is_held_against_the_norm_where_one_is_asked(
    signed_in: SignIn, hr: Any, people: SimpleNamespace, today: dt.date
) -> None:
    TrainingRequirement.objects.filter(code="university_teacher").update(counting="single")
    standings.restate_everybody(on=today)
    found = rows(signed_in(hr), unit="D-001")["Extended"]

    assert found.counted_hours.hours == 7200
    assert found.counted_hours.towards == 3600


def test_the_workbook_has_real_dates_and_hours(
    signed_in: SignIn, hr: Any, people: SimpleNamespace
) -> None:
    response = signed_in(hr).get(
        reverse("compliance_list"),
        {
            "unit": "D-001",
            "export": "xlsx",
            "sort": "person",
            "columns": "state,due_on,days_left,counted,required,decisive",
        },
    )
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    cells = [[c.value for c in row] for row in sheet.iter_rows(min_row=int(sheet.freeze_panes[1:]))]
    fine = next(row for row in cells if str(row[0]).startswith("Fine"))

    assert fine[1:] == [
        "satisfied",
        dt.datetime(2029, 6, 30),
        (dt.date(2029, 6, 30) - dt.date(2026, 11, 22)).days,
        72,
        72,
        dt.datetime(2026, 6, 30),
    ]


def test_a_head_sees_the_own_people_and_another_head_does_not(
    signed_in: SignIn, head: Any, stranger_head: Any, people: SimpleNamespace, today: dt.date
) -> None:
    standings.restate_everybody(on=today)

    assert {"Overdue", "Fine", "Extended"} <= set(rows(signed_in(head)))
    assert "Fine" not in rows(signed_in(stranger_head))


def test_what_is_shown_equals_the_norm_in_figures(
    signed_in: SignIn, hr: Any, people: SimpleNamespace
) -> None:
    TrainingRecordFactory(person=people.fine, hours=Decimal("4.5"), ends_on=dt.date(2026, 7, 30))
    page = signed_in(hr).get(reverse("compliance_list"), {"q": "fine"}).content.decode()

    assert "76.5<span" in page and "/ 72" in page

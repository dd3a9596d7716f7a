"""One person as one picture: the sentence, the bars, what counts and why not (3.6, 3.13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from staff.domain.standing import Completed, Norm, explain
from staff.models import TrainingRecord
from staff.picture import picture

from ..factories import DeadlineExtensionFactory, TrainingRecordFactory

TODAY = dt.date(2026, 11, 22)
NORM = Norm(
    key=1,
    code="university_teacher",
    months=36,
    centihours=7200,
    areas=frozenset({"profile"}),
    single=False,
    categories=frozenset({"university_teacher"}),
    leaders_only=False,
    residual=False,
    valid_from=None,
    valid_until=None,
)
days = st.dates(dt.date(2018, 1, 1), dt.date(2026, 11, 22))


@given(
    ends=st.lists(days, max_size=30),
    held=st.dates(dt.date(2000, 1, 1), TODAY),
    narrow=st.booleans(),
    title=st.text(alphabet="абвгд ", min_size=1, max_size=300),
)
def test_nothing_leaves_the_drawing(
    ends: list[dt.date], held: dt.date, narrow: bool, title: str
) -> None:
    records = {
        n: TrainingRecord(pk=n, title=title, hours=18, ends_on=day) for n, day in enumerate(ends)
    }
    verdict = explain(
        norm=NORM,
        records=[Completed(n, day, 1800, "profile") for n, day in enumerate(ends)],
        held_since=held,
        leaves=[],
        on=TODAY,
    )
    drawn = picture(verdict, records, narrow=narrow)
    assert len(drawn.bars) <= 12
    for bar in drawn.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= drawn.width
        assert 0 < bar.y < drawn.floor
        assert len(bar.label) * 6 <= drawn.width + 60
    for mark in drawn.marks:
        assert 0 <= mark.x <= drawn.width


def _page(client: Client, user: Any, person: Any, query: str = "") -> Any:
    client.force_login(user, backend="staff.backends.PasswordBackend")
    return client.get(reverse("person", args=[person.pk]) + query)


def test_the_sentence_tells_when_hours_drop_out(teacher: Any, hr: Any, client: Client) -> None:
    for ended, hours in ((dt.date(2024, 3, 14), 54), (dt.date(2025, 10, 9), 36)):
        TrainingRecordFactory(person=teacher.person, ends_on=ended, hours=hours)
    (judgement,) = _page(client, hr, teacher.person).context["judgements"]
    assert judgement.state == "expiring"
    assert judgement.verdict.judged.due_on == dt.date(2027, 3, 14)
    assert (judgement.counted, judgement.required, judgement.largest) == (90, 72, 54)
    assert (judgement.dropping, judgement.left_after, judgement.short_after) == (54, 36, 36)
    assert judgement.verdict.lapse_day == dt.date(2027, 3, 15)


def test_why_a_record_does_not_count(teacher: Any, hr: Any, client: Client) -> None:
    made = {
        "": TrainingRecordFactory(person=teacher.person, ends_on=dt.date(2026, 1, 1)),
        "area": TrainingRecordFactory(person=teacher.person, management=True),
        "dropped_out": TrainingRecordFactory(person=teacher.person, old=True),
    }
    lines = _page(client, hr, teacher.person).context["lines"]
    found = {line.record.pk: line.readings[0][1].why_not for line in lines}
    assert found == {record.pk: why for why, record in made.items()}


def test_pending_and_revoked_records_are_shown_and_do_not_count(
    teacher: Any, hr: Any, client: Client
) -> None:
    TrainingRecordFactory(person=teacher.person, pending=True)
    TrainingRecordFactory(person=teacher.person, revoked=True)
    context = _page(client, hr, teacher.person).context
    assert [line.counts for line in context["lines"]] == [False, False]
    assert context["judgements"][0].counted == 0
    assert context["pending"] == 1


def test_a_past_day_shows_the_standing_of_that_day(teacher: Any, hr: Any, client: Client) -> None:
    TrainingRecordFactory(person=teacher.person, ends_on=dt.date(2026, 5, 1))
    now = _page(client, hr, teacher.person).context["judgements"][0].state
    then = _page(client, hr, teacher.person, "?on=2026-04-30").context["judgements"][0].state
    assert (now, then) == ("compliant", "overdue")


def test_both_due_dates_are_said_where_leave_moves_one(
    teacher: Any, hr: Any, client: Client
) -> None:
    TrainingRecordFactory(person=teacher.person, ends_on=dt.date(2024, 1, 31))
    DeadlineExtensionFactory(
        person=teacher.person, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 1, 31)
    )
    response = _page(client, hr, teacher.person)
    judged = response.context["judgements"][0].verdict.judged
    assert (judged.plain_due_on, judged.due_on) == (dt.date(2027, 1, 31), dt.date(2027, 3, 3))
    page = response.content.decode()
    assert "31.01.2027" in page
    assert "03.03.2027" in page


@pytest.mark.parametrize("viewer", ["head", "teacher"])
def test_the_iin_is_hidden_from_who_is_not_hr(
    viewer: str, accounts: Any, teacher: Any, hr: Any, client: Client
) -> None:
    iin = teacher.person.iin
    assert iin in _page(client, hr, teacher.person).content.decode()
    page = _page(client, accounts[viewer], teacher.person).content.decode()
    assert iin not in page
    assert teacher.person.personnel_number in page


def test_a_constant_number_of_queries(teacher: Any, hr: Any, client: Client) -> None:
    TrainingRecordFactory(person=teacher.person)
    _page(client, hr, teacher.person)
    with CaptureQueriesContext(connection) as few:
        _page(client, hr, teacher.person)
    for number in range(9):
        TrainingRecordFactory(person=teacher.person, title=f"Тақырып {number}")
    with CaptureQueriesContext(connection) as many:
        _page(client, hr, teacher.person)
    assert len(many) == len(few)


def test_home_shows_ones_own_standing_and_the_units(
    teacher: Any, head: Any, client: Client, today: dt.date
) -> None:
    TrainingRecordFactory(person=teacher.person, ends_on=dt.date(2024, 1, 31))
    from staff.domain import standings

    standings.restate_everybody(on=today)
    client.force_login(teacher, backend="staff.backends.PasswordBackend")
    context = client.get("/").context
    assert context["judgements"][0].state == "expiring"
    assert "counts" not in context
    client.force_login(head, backend="staff.backends.PasswordBackend")
    context = client.get("/").context
    assert [row.person for row in context["urgent"]] == [teacher.person]
    assert context["counts"]["expiring"] == 1

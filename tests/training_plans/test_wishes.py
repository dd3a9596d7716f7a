"""Wishes: one's own to make and withdraw, one's people's to read (clause 3.15)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from training_plans.domain import wishes
from training_plans.models import TrainingWish

from ..factories import PlanningYearFactory, PostFactory

TOPIC = "Дәлелді медицина"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def added(actor: Any, on: dt.date, **values: Any) -> TrainingWish:
    return wishes.add_wish(values={"year": 2027, "topic": TOPIC} | values, actor=actor, on=on)


def test_a_wish_is_the_actors_own_and_has_a_history(teacher: Any, today: dt.date) -> None:
    wish = added(teacher, today, area="clinical")
    assert (wish.person, wish.year, wish.topic, wish.area) == (
        teacher.person,
        2027,
        TOPIC,
        "clinical",
    )
    assert wish.history.get().history_user == teacher


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"year": 2025}, "year", "from 2026 to 2029"),
        ({"year": 2030}, "year", "from 2026 to 2029"),
        ({"topic": ""}, "topic", "cannot be blank"),
        ({"topic": "«дәлелді  МЕДИЦИНА»"}, "topic", "already"),
    ],
)
def test_a_wish_that_says_nothing_new_is_refused(
    teacher: Any, today: dt.date, values: dict[str, Any], field: str, words: str
) -> None:
    added(teacher, today)
    with pytest.raises(ValidationError) as refusal:
        added(teacher, today, **values)
    assert list(refusal.value.message_dict) == [field]
    assert words in refusal.value.message_dict[field][0]
    assert TrainingWish.objects.count() == 1


def test_the_same_topic_may_be_wished_again_in_another_year_or_once_withdrawn(
    teacher: Any, head: Any, today: dt.date
) -> None:
    first = added(teacher, today)
    added(teacher, today, year=2028)
    added(head, today)
    wishes.withdraw_wish(wish=first, actor=teacher)
    added(teacher, today)
    assert TrainingWish.objects.filter(withdrawn=False).count() == 3


def test_an_account_without_an_employee_has_no_wishes(administrator: Any, today: dt.date) -> None:
    with pytest.raises(ValidationError, match="not tied to an employee"):
        added(administrator, today)


def test_only_who_made_it_withdraws_it(teacher: Any, head: Any, today: dt.date) -> None:
    wish = added(teacher, today)
    with pytest.raises(ValidationError, match="by who made it"):
        wishes.withdraw_wish(wish=wish, actor=head)
    wish = wishes.withdraw_wish(wish=wish, actor=teacher)
    assert wish.withdrawn
    assert wishes.withdraw_wish(wish=wish, actor=teacher).history.count() == 2


# --- pages --------------------------------------------------------------------------------------
def test_an_employee_adds_and_withdraws_on_the_page(teacher: Any, signed_in: Any) -> None:
    PlanningYearFactory(year=2027)
    client, url = signed_in(teacher), reverse("wishes")
    page = client.get(url)
    assert page.context["form"]["year"].value() is None
    assert page.context["form"].fields["year"].choices[0] == (2027, "2027")
    assert "list-table" not in page.content.decode()
    response = client.post(reverse("wish_add"), {"topic": f" {TOPIC} ", "year": "2027"})
    assert (response.status_code, response["Location"]) == (302, url)
    wish = TrainingWish.objects.get()
    assert [w.pk for w in client.get(url).context["own"]] == [wish.pk]
    again = client.post(reverse("wish_add"), {"topic": TOPIC, "year": "2027"})
    assert again.status_code == 422
    assert "topic" in again.context["form"].errors
    assert client.post(reverse("wish_withdraw", args=[wish.pk])).status_code == 302
    assert client.get(url).context["own"] == []


def test_nobody_withdraws_anothers_wish(
    teacher: Any, head: Any, hr: Any, signed_in: Any, today: dt.date
) -> None:
    wish = added(teacher, today)
    for user in (head, hr):
        assert signed_in(user).post(reverse("wish_withdraw", args=[wish.pk])).status_code == 404
    wish.refresh_from_db()
    assert not wish.withdrawn


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("head", {"Teacherова"}),
        ("secretary", {"Teacherова"}),
        ("stranger_head", {"Strangerова"}),
        ("dean", {"Teacherова", "Strangerова"}),
        ("centre", {"Teacherова", "Strangerова"}),
        ("hr", {"Teacherова", "Strangerова"}),
    ],
)
def test_wishes_are_read_by_who_is_in_charge(
    accounts: Any,
    teacher: Any,
    stranger: Any,
    signed_in: Any,
    today: dt.date,
    name: str,
    seen: set[str],
) -> None:
    added(teacher, today)
    added(stranger, today, topic="Академиялық жазу")
    wishes.withdraw_wish(wish=added(teacher, today, topic="Басқа"), actor=teacher)
    client = signed_in(accounts[name])
    rows = client.get(reverse("wishes")).context["table"].rows
    assert {row.record.person.last_name for row in rows} == seen


def test_the_list_of_wishes_is_narrowed_down(
    hr: Any, teacher: Any, stranger: Any, signed_in: Any, today: dt.date
) -> None:
    added(teacher, today)
    added(stranger, today, topic="Академиялық жазу", area="research", year=2028)
    client = signed_in(hr)

    def found(**query: str) -> list[str]:
        rows = client.get(reverse("wishes"), query).context["table"].rows
        return [row.record.person.last_name for row in rows]

    assert found(year="2027") == ["Teacherова"]
    assert found(unit="D-002") == ["Strangerова"]
    assert found(area="research") == ["Strangerова"]
    assert found(topic="ДӘЛЕЛДІ медицина") == ["Teacherова"]
    assert found(q="жазу") == ["Strangerова"]
    assert found(q="teacherова") == ["Teacherова"]


def test_the_list_of_wishes_costs_the_same_however_long(
    hr: Any, teacher: Any, signed_in: Any, today: dt.date
) -> None:
    added(teacher, today)
    client, url = signed_in(hr), reverse("wishes")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for number in range(3):
        TrainingWish.objects.create(
            person=PostFactory().person, year=2027, topic=f"Тақырып {number}"
        )
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)

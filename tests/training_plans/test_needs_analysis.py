"""The analysis of needs: every bar is the length of its list; topics and their past (3.15)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from django.urls import reverse

from interface.text import search_key
from staff.domain import standings
from training_plans.domain import analysis
from training_plans.domain.analysis import Asked
from training_plans.models import Priority, RequestLine, TrainingWish
from training_plans.views.needs_lists import OF_REQUEST, TONES

from ..factories import (
    DeadlineExtensionFactory,
    PlanningYearFactory,
    RequestFactory,
    RequestLineFactory,
    TrainingRecordFactory,
)
from .autumn import the_autumn

NEEDS = "/planning/2027/needs/"
LIST = "/planning/2027/needs/list/"
ASKED = "/planning/2027/needs/asked/"


@pytest.fixture
def autumn(units: SimpleNamespace, head: Any, stranger_head: Any, today: dt.date) -> Any:
    return the_autumn(units, today)


def rows(client: Any, url: str) -> list[Any]:
    return [row.record for row in client.get(url).context["table"].rows]


def names(client: Any, url: str) -> set[str]:
    """Last names of the people listed, of those of the autumn."""
    found = {row.person.last_name for row in rows(client, url)}
    return found & {
        "Сұралған",
        "Жоспарлы",
        "Қалдырылған",
        "Ұмытылған",
        "Басталған",
        "Бөлек",
        "Дұрыс",
    }


# --- what becomes of a need ---------------------------------------------------------------------
def fates(year: Any, user: Any, on: dt.date, people: Any) -> dict[str, tuple[str, bool]]:
    found = analysis.followed(planning_year=year, on=on, rows=analysis.standings_of(user))
    by_person = {row.need.person_id: (row.asked.value, row.in_plan) for row in found}
    return {
        name: by_person[p.pk]
        for name, p in vars(people).items()
        if getattr(p, "pk", 0) in by_person
    }


def test_each_need_is_followed_into_request_and_plan(autumn: Any, hr: Any, today: dt.date) -> None:
    people = SimpleNamespace(
        **{
            name: getattr(autumn, name)
            for name in ("asked", "planned", "left_out", "missed", "begun", "unfiled", "fine")
        }
    )
    assert fates(autumn.year, hr, today, people) == {
        "asked": ("sent", False),
        "planned": ("sent", True),
        "left_out": ("left_out", False),
        "missed": ("missing", False),
        "begun": ("draft", False),
        "unfiled": ("nobody", False),
    }


def test_a_line_made_for_no_norm_serves_where_its_area_counts(
    autumn: Any, hr: Any, today: dt.date
) -> None:
    people = SimpleNamespace(missed=autumn.missed)
    line = RequestLineFactory(
        request=autumn.sent, post=autumn.missed.posts.get(), area="digital", requirement=None
    )
    assert fates(autumn.year, hr, today, people) == {"missed": ("missing", False)}
    line.area = "profile"
    line.save()
    assert fates(autumn.year, hr, today, people) == {"missed": ("sent", False)}


def test_lines_of_another_year_and_lines_taken_out_serve_nothing(
    autumn: Any, hr: Any, today: dt.date
) -> None:
    people = SimpleNamespace(planned=autumn.planned)
    autumn.plan.lines.update(taken_out=True, taken_out_because="Өндірістік қажеттілік")
    assert fates(autumn.year, hr, today, people) == {"planned": ("sent", False)}
    RequestLine.objects.filter(pk=autumn.lines.planned.pk).update(
        request=RequestFactory(planning_year=PlanningYearFactory(year=2026), unit=autumn.sent.unit)
    )
    assert fates(autumn.year, hr, today, people) == {"planned": ("missing", False)}


# --- charts equal lists -------------------------------------------------------------------------
def test_every_bar_is_the_length_of_its_list(
    autumn: Any, hr: Any, finance: Any, head: Any, signed_in: Any
) -> None:
    for user in (hr, finance, head):
        client = signed_in(user)
        context = client.get(NEEDS).context

        def listed(query: str, client: Any = client) -> int:
            return client.get(f"{LIST}?{query}").context["count"]

        assert listed("") == context["total"] > 0
        assert sum(month["column"].total for month in context["months"]) == context["total"]
        for month in context["months"]:
            assert listed(f"due={month['due']}") == month["column"].total
        for part in context["legend"]:
            assert listed(part["query"]) == part["count"]
        for bars in ("by_unit", "by_category", "by_area"):
            assert context[bars]
            for bar in context[bars]:
                assert listed(bar.query) == bar.bar.total
        assert sum(bar.bar.total for bar in context["by_category"]) == context["total"]
        for goal in context["goals"]:
            assert client.get(f"{ASKED}?{goal['query']}").context["count"] == goal["count"]
        for priority, count in context["priorities"]:
            assert client.get(f"{ASKED}?priority={priority.pk}").context["count"] == count
        for topic in context["topics"]:
            assert client.get(f"{ASKED}?topic={quote(topic.key)}").context["count"] == topic.lines


def test_the_charts_of_one_unit_equal_its_lists(
    autumn: Any, hr: Any, signed_in: Any, units: SimpleNamespace
) -> None:
    client = signed_in(hr)
    context = client.get(f"{NEEDS}?unit=D-001").context
    assert client.get(f"{LIST}?unit=D-001").context["count"] == context["total"]
    for month in context["months"]:
        url = f"{LIST}?due={month['due']}{context['unit_query']}"
        assert client.get(url).context["count"] == month["column"].total
    assert client.get(f"{ASKED}?unit=D-001").context["count"] == context["lines"] == 2
    assert [topic.lines for topic in context["topics"]] == [2]


def test_a_foreign_unit_does_not_exist_for_a_head(autumn: Any, head: Any, signed_in: Any) -> None:
    assert signed_in(head).get(f"{NEEDS}?unit=D-002").status_code == 404
    assert signed_in(head).get(f"{NEEDS}?unit=S-001").status_code == 200


# --- the lists ----------------------------------------------------------------------------------
def test_the_list_is_narrowed_down_as_asked(
    autumn: Any, hr: Any, signed_in: Any, units: SimpleNamespace
) -> None:
    client = signed_in(hr)
    assert names(client, f"{LIST}?due=3") == {"Сұралған"}
    assert names(client, f"{LIST}?due=before") == {"Ұмытылған", "Басталған", "Бөлек"}
    assert names(client, f"{LIST}?unit=D-001&in_request=no") == {"Қалдырылған", "Ұмытылған"}
    assert names(client, f"{LIST}?unit=S-001") == {"Ұмытылған"}
    assert names(client, f"{LIST}?filing={units.department.pk}&in_plan=no") == {
        "Сұралған",
        "Қалдырылған",
        "Ұмытылған",
    }
    assert names(client, f"{LIST}?requirement=administrative_leader") == {"Бөлек"}
    assert names(client, f"{LIST}?category=college_teacher") == {"Басталған"}
    assert names(client, f"{LIST}?area=management") == {"Бөлек"}
    assert names(client, f"{LIST}?q=жоспарлы") == {"Жоспарлы"}
    assert names(client, f"{LIST}?in_request=draft") == {"Басталған"}
    assert names(client, f"{LIST}?in_plan=yes") == {"Жоспарлы"}


def test_rows_tell_what_is_missing_and_sort(autumn: Any, hr: Any, signed_in: Any) -> None:
    client = signed_in(hr)
    found = {row.person.last_name: row for row in rows(client, f"{LIST}?unit=F-001")}
    assert {n: found[n].missing for n in ("Сұралған", "Ұмытылған", "Басталған")} == {
        "Сұралған": Decimal(72),
        "Ұмытылған": Decimal(72),
        "Басталған": Decimal(36),
    }
    days = [row.due_on for row in rows(client, LIST)]
    assert days == sorted(days)
    keys = [row.person_key for row in rows(client, f"{LIST}?sort=-person")]
    assert keys == sorted(keys, reverse=True)


def test_an_extension_moves_somebody_out_of_the_year(
    autumn: Any, hr: Any, signed_in: Any, today: dt.date
) -> None:
    DeadlineExtensionFactory(
        person=autumn.asked, starts_on=dt.date(2027, 1, 10), ends_on=dt.date(2027, 12, 20)
    )
    standings.restate_everybody(on=today)
    assert names(signed_in(hr), f"{LIST}?due=3") == set()
    assert "Сұралған" not in names(signed_in(hr), LIST)


def test_the_list_goes_out_as_a_workbook(autumn: Any, hr: Any, signed_in: Any) -> None:
    response = signed_in(hr).get(f"{LIST}?export=xlsx&in_plan=yes")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    cells = [[c.value for c in row] for row in sheet.iter_rows(min_row=int(sheet.freeze_panes[1:]))]
    [row] = [row for row in cells if row[0]]
    assert row[0].startswith("Жоспарлы")
    assert dt.datetime(2027, 5, 20) in row
    assert 72 in row
    assert row[-2:] == ["in a request sent", "yes"]


def test_finance_sees_names_but_no_way_to_a_person(
    autumn: Any, finance: Any, hr: Any, signed_in: Any
) -> None:
    link = reverse("person", args=[autumn.asked.pk])
    for url in (LIST, ASKED):
        assert link in signed_in(hr).get(url).content.decode()
        page = signed_in(finance).get(url).content.decode()
        assert autumn.asked.full_name in page
        assert link not in page


def test_a_head_finds_no_line_of_another_unit(
    autumn: Any, head: Any, stranger_head: Any, signed_in: Any
) -> None:
    assert names(signed_in(head), ASKED) == {"Сұралған", "Жоспарлы"}
    assert names(signed_in(stranger_head), ASKED) == {"Басталған"}
    assert names(signed_in(stranger_head), f"{ASKED}?unit=D-001") == {"Басталған"}


# --- topics, goals, priorities ------------------------------------------------------------------
def test_topics_are_one_however_they_are_written(
    autumn: Any, hr: Any, teacher: Any, signed_in: Any, today: dt.date
) -> None:
    for title, cost, ended in (
        ("Дәлелді медицина негіздері", 40_000, dt.date(2026, 5, 1)),
        ("«Дәлелді медицина»", 60_000, dt.date(2025, 2, 1)),
        ("Дәлелді медицина", 90_000, dt.date(2023, 11, 21)),
        ("Медицина", 10_000, dt.date(2026, 5, 1)),
    ):
        TrainingRecordFactory(person=autumn.fine, title=title, cost=cost, ends_on=ended)
    TrainingRecordFactory(
        title="Дәлелді медицина", cost=None, hours=36, ends_on=dt.date(2026, 4, 1)
    )
    TrainingRecordFactory(title="Дәлелді медицина", pending=True)
    TrainingWish.objects.create(person=teacher.person, year=2027, topic="ДӘЛЕЛДІ МЕДИЦИНА")
    TrainingWish.objects.create(
        person=teacher.person, year=2027, topic="Дәлелді медицина", withdrawn=True
    )
    client = signed_in(hr)
    topic = client.get(NEEDS).context["topics"][0]
    assert topic.key == search_key("Дәлелді медицина")
    assert (topic.lines, topic.units, topic.wishes, topic.money) == (2, 1, 1, Decimal(120_000))
    assert (topic.past.people, topic.past.average_cost) == (3, Decimal(50_000))
    assert (topic.past.lowest_cost, topic.past.highest_cost) == (Decimal(40_000), Decimal(60_000))
    assert (topic.past.shortest, topic.past.longest) == (Decimal(36), Decimal(72))
    since = analysis.past_since(today).isoformat()
    url = f"{reverse('record_list')}?q={quote(topic.key)}&state=verified&ended_from={since}"
    assert client.get(url).context["count"] == topic.past.people
    url = f"{reverse('wishes')}?year=2027&topic={quote(topic.key)}"
    assert client.get(url).context["count"] == topic.wishes


@pytest.mark.django_db
def test_only_the_most_asked_topics_are_shown_and_the_others_counted(today: dt.date) -> None:
    wishes = [TrainingWish(year=2027, topic=f"Тақырып {number}") for number in range(5)]
    shown, count = analysis.topics(lines=[], wishes=[*wishes, wishes[3]], limit=2, on=today)
    assert (len(shown), count) == (2, 5)
    assert (shown[0].name, shown[0].wishes, shown[0].past.people) == ("Тақырып 3", 2, 0)


@pytest.mark.parametrize(
    ("topic", "area", "serves"),
    [
        ("Симуляциялық оқыту әдістері", "pedagogical", True),
        ("симуляциялық технологиямен оқытудың негіздері", "pedagogical", True),
        ("Симуляционное обучение в клинике", "pedagogical", True),
        ("Симуляциялық оқыту әдістері", "profile", False),
        ("Қашықтан оқыту", "pedagogical", False),
        ("", "pedagogical", False),
    ],
)
def test_a_line_serves_a_priority_by_its_words_and_area(
    topic: str, area: str, serves: bool
) -> None:
    priority = Priority(
        topic_kk="Симуляциялық оқыту", topic_ru="Симуляционное обучение", area="pedagogical"
    )
    assert analysis.serves_priority(topic=topic, area=area, priority=priority) is serves


def test_a_priority_without_a_word_long_enough_is_served_by_nothing() -> None:
    priority = Priority(topic_kk="ISO")
    assert analysis.serves_priority(topic="ISO", area="", priority=priority) is False


def test_every_fate_has_its_look() -> None:
    assert set(TONES) == set(Asked)
    assert set(Asked.values) <= set(OF_REQUEST)

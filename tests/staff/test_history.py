"""The history in words: who, when, from what to what, why; and what stays hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from staff.domain import registry
from staff.domain.history import Line, changes_of
from staff.models import Person, Post, TrainingRequirement

from ..factories import DeadlineExtensionFactory, PersonFactory, PostFactory, TrainingRecordFactory

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def person(units: SimpleNamespace) -> Person:
    person = PersonFactory(last_name="Бекова")
    PostFactory(person=person, unit=units.department)
    return person


def test_a_change_is_told_from_what_to_what(
    hr: Any, person: Person, units: SimpleNamespace, today: dt.date
) -> None:
    post = person.posts.get()
    registry.correct_post(
        post=post,
        values={
            "unit": units.section,
            "category": "researcher",
            "is_leader": True,
            "starts_on": dt.date(2021, 1, 10),
        },
        actor=hr,
        on=today,
        reason="бұйрық № 5",
    )
    [newest, first], more = changes_of(post, reader=hr)

    assert more is False
    assert (newest.who, newest.kind, newest.reason) == (hr.display_name, "~", "бұйрық № 5")
    assert newest.lines == [
        Line("unit", str(units.department), str(units.section)),
        Line("staff category", "university teacher", "researcher"),
        Line("head in the administration or deputy (4.5)", "no", "yes"),
        Line(str(Post._meta.get_field("starts_on").verbose_name), "01.09.2020", "10.01.2021"),
    ]
    assert first.kind == "+"
    assert Line("position", "", "Доцент") in first.lines


def test_the_history_of_a_person_tells_of_posts_leaves_and_records_too(
    hr: Any, person: Person, today: dt.date
) -> None:
    TrainingRecordFactory(person=person, title="Дәлелді медицина")
    extension = DeadlineExtensionFactory(person=person)
    registry.remove_extension(extension=extension, reason="қате", actor=hr, on=today)
    PersonFactory(last_name="Басқа")
    changes, _more = changes_of(person, reader=hr)

    assert [(change.kind, change.what) for change in changes] == [
        ("-", "extension of the deadline"),
        ("+", "extension of the deadline"),
        ("+", "training record"),
        ("+", "post"),
        ("+", "employee"),
    ]
    assert changes[0].reason == "қате"


def test_an_iin_is_masked_but_for_hr(
    signed_in: SignIn, hr: Any, head: Any, person: Person, today: dt.date
) -> None:
    old, new = person.iin, "061211600012"
    registry.change_person(person=person, values={"iin": new}, actor=hr, on=today)
    url = reverse("history", args=["person", person.pk])
    for_hr = signed_in(hr).get(url).content.decode()
    for_head = signed_in(head).get(url).content.decode()

    assert old in for_hr and new in for_hr
    assert old not in for_head and new not in for_head
    assert "********0012" in for_head


def test_it_costs_the_same_however_long_it_is(
    signed_in: SignIn, hr: Any, person: Person, units: SimpleNamespace, today: dt.date
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    client, url = signed_in(hr), reverse("history", args=["person", person.pk])
    TrainingRecordFactory(person=person)
    registry.add_post(
        person=person,
        values={
            "unit": units.section,
            "position": "А",
            "category": "researcher",
            "starts_on": today,
        },
        actor=hr,
        on=today,
    )
    cost()
    before = cost()
    for number in range(4):
        TrainingRecordFactory(person=person)
        registry.change_person(person=person, values={"degree": f"{number}"}, actor=hr, on=today)

    assert cost() == before
    assert before <= 17


def test_only_the_newest_are_told_and_it_is_said(hr: Any, person: Person, today: dt.date) -> None:
    for number in range(4):
        registry.change_person(person=person, values={"degree": str(number)}, actor=hr, on=today)
    changes, more = changes_of(person, reader=hr, limit=2)

    assert more is True
    assert [change.lines for change in changes] == [
        [Line("degree", "2", "3")],
        [Line("degree", "1", "2")],
    ]


@pytest.mark.parametrize("name", ["person", "post", "record", "extension", "unit"])
def test_who_sees_the_thing_sees_its_history(
    signed_in: SignIn,
    head: Any,
    stranger_head: Any,
    stranger: Any,
    person: Person,
    name: str,
) -> None:
    things = {
        "person": person,
        "post": person.posts.get(),
        "record": TrainingRecordFactory(person=person),
        "extension": DeadlineExtensionFactory(person=person),
        "unit": person.posts.get().unit,
    }
    url = reverse("history", args=[name, things[name].pk])

    assert signed_in(head).get(url).status_code == 200
    assert signed_in(stranger_head).get(url).status_code == 404
    assert signed_in(stranger).get(url).status_code == 404
    assert signed_in(None).get(url).status_code == 302


def test_requirements_have_a_history_for_all_and_other_things_have_none(
    signed_in: SignIn, teacher: Any
) -> None:
    requirement = TrainingRequirement.objects.get(code="general")
    client = signed_in(teacher)

    assert client.get(reverse("history", args=["requirement", requirement.pk])).status_code == 200
    assert client.get(reverse("history", args=["user", teacher.pk])).status_code == 404


def test_the_last_changes_lead_to_all(hr: Any, person: Person, today: dt.date) -> None:
    for number in range(7):
        registry.change_person(person=person, values={"degree": str(number)}, actor=hr, on=today)
    request = RequestFactory().get("/")
    request.user = hr
    html = Template("{% load registry %}{% last_changes person %}").render(
        Context({"user": hr, "person": person, "request": request})
    )

    assert html.count("<li>") == 5
    assert reverse("history", args=["person", person.pk]) in html

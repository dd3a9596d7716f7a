"""The course catalogue: what may be offered, what is found in it, who may change it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from staff.models import Area, Provider, TrainingRecord
from training_plans.domain import catalogue
from training_plans.models import Course, Event, Kind
from workflow.saving import ChangedMeanwhile, version_of

from ..factories import (
    CourseFactory,
    EventFactory,
    ParticipantFactory,
    PersonFactory,
    PostFactory,
    ProviderFactory,
    TrainingRecordFactory,
)

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def values(**more: Any) -> dict[str, Any]:
    return {
        "title": "Дәлелді медицина негіздері",
        "provider": ProviderFactory(),
        "area": Area.PROFILE,
        "kind": Kind.COURSE,
        "hours": Decimal(72),
        "credits": None,
        "price": Decimal(60_000),
    } | more


def typed(**more: Any) -> dict[str, Any]:
    """What the form posts."""
    return {
        "title": "Дәлелді медицина негіздері",
        "kind": "course",
        "area": "profile",
        "provider_name": "Астана медицина университеті",
        "hours": "72",
        "price": "60000",
    } | more


# --- the verbs --------------------------------------------------------------------------------
def test_a_course_is_added_with_its_history(centre: Any, today: dt.date) -> None:
    course = catalogue.add_course(values=values(), actor=centre, on=today)
    course.refresh_from_db()
    assert (course.title, course.hours, course.is_offered) == (
        "Дәлелді медицина негіздері",
        Decimal(72),
        True,
    )
    assert course.history.get().history_user == centre


def test_credits_alone_give_thirty_hours_each(centre: Any, today: dt.date) -> None:
    course = catalogue.add_course(
        values=values(hours=None, credits=Decimal("2.5")), actor=centre, on=today
    )
    assert (course.hours, course.credits) == (Decimal(75), Decimal("2.5"))


@pytest.mark.parametrize(
    ("kind", "form"),
    [(Kind.MOOC, "course"), (Kind.INDIVIDUAL, "internship"), (Kind.GROUP, "internship")],
)
def test_the_kind_says_whether_it_is_an_internship(
    kind: str, form: str, centre: Any, today: dt.date
) -> None:
    course = catalogue.add_course(values=values(kind=kind), actor=centre, on=today)
    assert course.form == form


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours": None, "credits": None}, "hours"),
        ({"hours": Decimal(0)}, "hours"),
        ({"hours": Decimal(-5)}, "hours"),
        ({"hours": None, "credits": Decimal(-1)}, "credits"),
        ({"price": Decimal(-1)}, "price"),
        ({"title": "«»"}, "title"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    wrong: dict[str, Any], field: str, centre: Any, today: dt.date
) -> None:
    with pytest.raises(ValidationError) as refusal:
        catalogue.add_course(values=values(**wrong), actor=centre, on=today)
    assert field in refusal.value.error_dict
    assert Course.objects.count() == 0


def test_the_same_course_twice_is_refused_and_leads_to_the_first(
    centre: Any, today: dt.date
) -> None:
    first = catalogue.add_course(values=values(), actor=centre, on=today)
    with pytest.raises(ValidationError) as refusal:
        catalogue.add_course(
            values=values(title="«ДӘЛЕЛДІ  медицина негіздері»"), actor=centre, on=today
        )
    [error] = refusal.value.error_dict["__all__"]
    assert (error.code, error.params) == ("twin", {"twin": first.pk})


@pytest.mark.parametrize(
    "other", [{"hours": Decimal(36)}, {"language": "ru"}, {"mode": "distance"}, {"kind": "mooc"}]
)
def test_another_volume_or_language_is_another_course(
    other: dict[str, Any], centre: Any, today: dt.date
) -> None:
    catalogue.add_course(values=values(), actor=centre, on=today)
    catalogue.add_course(values=values(**other), actor=centre, on=today)
    assert Course.objects.count() == 2


def test_a_stale_change_is_told_and_nothing_is_written(centre: Any, today: dt.date) -> None:
    course = CourseFactory()
    seen = version_of(course)
    catalogue.change_course(
        course=course, values={"price": Decimal(1)}, actor=centre, on=today, version=seen
    )
    with pytest.raises(ChangedMeanwhile):
        catalogue.change_course(
            course=course, values={"price": Decimal(2)}, actor=centre, on=today, version=seen
        )
    course.refresh_from_db()
    assert course.price == Decimal(1)


def test_what_hr_is_checking_does_not_change_under_its_hands(centre: Any, today: dt.date) -> None:
    course = EventFactory(state=Event.State.HELD).course
    with pytest.raises(ValidationError, match=r"waits for HR.*3\.10"):
        catalogue.change_course(
            course=course, values={"hours": Decimal(36)}, actor=centre, on=today
        )
    catalogue.change_course(course=course, values={"price": Decimal(0)}, actor=centre, on=today)
    course.refresh_from_db()
    assert (course.hours, course.price) == (Decimal(72), Decimal(0))


def test_a_course_is_withdrawn_and_offered_again(centre: Any, today: dt.date) -> None:
    course = CourseFactory()
    catalogue.set_offered(course=course, offered=False, actor=centre, on=today)
    assert list(Course.objects.offered()) == []
    catalogue.set_offered(course=course, offered=True, actor=centre, on=today)
    assert list(Course.objects.offered()) == [course]
    assert course.history.count() == 3


def test_the_academy_is_one_provider(centre: Any) -> None:
    made = catalogue.own_provider(actor=centre)
    assert (made.kind, catalogue.own_provider(actor=centre)) == (Provider.Kind.ACADEMY, made)


# --- the list ---------------------------------------------------------------------------------
def found(client: Client, url_name: str = "course_list", **query: Any) -> list[str]:
    response = client.get(reverse(url_name), query)
    assert response.status_code == 200
    return [row.record.title for row in response.context["table"].rows]


@pytest.fixture
def three(today: dt.date) -> None:
    CourseFactory(title="Ғылыми жазу", area=Area.RESEARCH, hours=36, price=0, language="kk")
    CourseFactory(
        title="Инфекциялық бақылау",
        provider__name="ОҚМА",
        provider__kind=Provider.Kind.ACADEMY,
        kind=Kind.SEMINAR,
        price=None,
        mode=TrainingRecord.Mode.DISTANCE,
    )
    CourseFactory(title="Хирургия", kind=Kind.GROUP, form="internship", is_offered=False)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, ["Инфекциялық бақылау", "Ғылыми жазу"]),
        ({"q": "гылыми"}, ["Ғылыми жазу"]),
        ({"q": "окма"}, ["Инфекциялық бақылау"]),
        ({"whose": "own"}, ["Инфекциялық бақылау"]),
        ({"whose": "other"}, ["Ғылыми жазу"]),
        ({"area": "research"}, ["Ғылыми жазу"]),
        ({"kind": "seminar"}, ["Инфекциялық бақылау"]),
        ({"mode": "distance"}, ["Инфекциялық бақылау"]),
        ({"language": "kk"}, ["Ғылыми жазу"]),
        ({"free": "yes"}, ["Ғылыми жазу"]),
        ({"free": "no"}, []),
        ({"hours_from": "40"}, ["Инфекциялық бақылау"]),
        ({"hours_to": "40"}, ["Ғылыми жазу"]),
        ({"price_to": "100"}, ["Ғылыми жазу"]),
        ({"price_from": "100", "offered": "all"}, ["Хирургия"]),
        ({"offered": "no"}, ["Хирургия"]),
        ({"form": "internship", "offered": "all"}, ["Хирургия"]),
    ],
)
def test_the_list_is_narrowed_down(
    query: dict[str, str], titles: list[str], teacher: Any, signed_in: SignIn
) -> None:
    assert sorted(found(signed_in(teacher), **query)) == sorted(titles)


def test_the_next_date_is_the_nearest_planned_one(
    teacher: Any, signed_in: SignIn, today: dt.date
) -> None:
    course = CourseFactory()
    for days, state in ((-20, "planned"), (5, "cancelled"), (30, "planned"), (60, "planned")):
        start = today + dt.timedelta(days=days)
        EventFactory(course=course, starts_on=start, ends_on=start, state=state)
    response = signed_in(teacher).get(reverse("course_list"), {"sort": "-next_on"})
    [row] = response.context["table"].rows
    assert row.record.next_on == today + dt.timedelta(days=30)


@pytest.mark.usefixtures("three")
def test_the_list_as_a_workbook(teacher: Any, signed_in: SignIn) -> None:
    response = signed_in(teacher).get(reverse("course_list"), {"export": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert "Ғылыми жазу" in cells
    assert "Хирургия" not in cells


@pytest.mark.parametrize("url_name", ["course_list", "event_list"])
def test_a_list_costs_the_same_however_long_it_is(
    url_name: str, centre: Any, signed_in: SignIn, today: dt.date
) -> None:
    client = signed_in(centre)

    def cost() -> int:
        client.get(reverse(url_name))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(url_name))
        return len(queries)

    ParticipantFactory(event__ends_on=today)
    few = cost()
    for _n in range(4):
        ParticipantFactory(event__ends_on=today)
    assert cost() == few


# --- the pages --------------------------------------------------------------------------------
def test_a_course_shows_heads_whom_of_theirs_it_taught(
    head: Any, stranger_head: Any, teacher: Any, signed_in: SignIn
) -> None:
    course = CourseFactory(title="Клиникалық ойлау")
    TrainingRecordFactory(person=teacher.person, title="КЛИНИКАЛЫҚ ойлау", provider=course.provider)
    TrainingRecordFactory(person=teacher.person, title="Клиникалық ойлау", pending=True)
    name = teacher.person.full_name
    url = reverse("course", args=[course.pk])
    response = signed_in(head).get(url)
    assert [r.person for r in response.context["trained"]] == [teacher.person]
    assert name in response.content.decode()
    assert name not in signed_in(stranger_head).get(url).content.decode()
    assert "trained" not in signed_in(teacher).get(url).context


def test_a_course_costs_the_same_however_many_it_taught(hr: Any, signed_in: SignIn) -> None:
    course = CourseFactory()
    client = signed_in(hr)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("course", args=[course.pk]))
        return len(queries)

    def more() -> None:
        record = TrainingRecordFactory(title=course.title, provider=course.provider)
        EventFactory(course=course, starts_on=record.starts_on, ends_on=record.ends_on)

    more()
    cost()
    few = cost()
    for _n in range(4):
        more()
    assert cost() == few


def test_the_centre_adds_a_course_of_the_academy_itself(centre: Any, signed_in: SignIn) -> None:
    response = signed_in(centre).post(
        reverse("course_add"), typed(provider_name="", held_by_academy="on", hours="", credits="2")
    )
    course = Course.objects.get()
    assert response["Location"] == reverse("course", args=[course.pk])
    assert (course.is_own, course.hours) == (True, Decimal(60))


def test_a_course_refused_keeps_what_was_typed(centre: Any, signed_in: SignIn) -> None:
    response = signed_in(centre).post(
        reverse("course_add"), typed(provider_name="", hours="", price="-1")
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="Дәлелді медицина негіздері"' in page
    assert "tick the academy itself" in page
    assert (Course.objects.count(), Provider.objects.count()) == (0, 0)


def test_a_course_refused_by_the_verb_leaves_no_provider_behind(
    centre: Any, signed_in: SignIn
) -> None:
    response = signed_in(centre).post(
        reverse("course_add"), typed(provider_name="Жаңа", price="-1")
    )
    assert response.status_code == 422
    assert "Money cannot be negative" in response.content.decode()
    assert Provider.objects.count() == 0


def test_the_same_course_leads_to_the_one_there_is(centre: Any, signed_in: SignIn) -> None:
    client = signed_in(centre)
    client.post(reverse("course_add"), typed())
    response = client.post(reverse("course_add"), typed())
    assert response.status_code == 422
    assert reverse("course", args=[Course.objects.get().pk]) in response.content.decode()


def test_the_second_editor_sees_what_the_first_changed(
    centre: Any, methodologist: Any, signed_in: SignIn
) -> None:
    course = CourseFactory()
    url = reverse("course_edit", args=[course.pk])
    mine, theirs = signed_in(centre), signed_in(methodologist)
    opened = dict(mine.get(url).context["hidden"])["version"]
    theirs.post(url, typed(title="Басқа атау", version=opened))
    response = mine.post(url, typed(title="Менің атауым", version=opened))
    assert response.status_code == 409
    page = response.content.decode()
    assert "Басқа атау" in page
    assert 'value="Менің атауым"' in page
    again = dict(response.context["hidden"])["version"]
    assert mine.post(url, typed(title="Менің атауым", version=again)).status_code == 302
    course.refresh_from_db()
    assert course.title == "Менің атауым"


def test_the_centre_stops_offering_and_offers_again(centre: Any, signed_in: SignIn) -> None:
    course, client = CourseFactory(), signed_in(centre)
    url = reverse("course_withdraw", args=[course.pk])
    assert client.get(url).status_code == 200
    client.post(url)
    course.refresh_from_db()
    assert course.is_offered is False
    client.post(reverse("course_offer", args=[course.pk]))
    course.refresh_from_db()
    assert course.is_offered is True


@pytest.mark.parametrize("role", ["teacher", "head", "hr", "rector", "administrator"])
def test_who_is_not_of_the_centre_changes_nothing(
    role: str, accounts: Any, signed_in: SignIn
) -> None:
    course = CourseFactory()
    client = signed_in(accounts[role])
    before = Course.history.count()
    assert client.post(reverse("course_add"), typed()).status_code == 403
    for name in ("course_edit", "course_withdraw", "course_offer", "event_add"):
        assert client.post(reverse(name, args=[course.pk]), typed()).status_code == 403
    assert Course.history.count() == before


def test_people_are_offered_by_name_to_the_centre(centre: Any, signed_in: SignIn) -> None:
    PostFactory(person=PersonFactory(last_name="Әбенова", personnel_number="77"))
    PersonFactory(last_name="Әбенова", personnel_number="78")  # holds no post
    page = signed_in(centre).get(reverse("event_people"), {"person": "абенов"}).content.decode()
    assert "77 · Әбенова" in page
    assert "78 · Әбенова" not in page

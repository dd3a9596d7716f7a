"""People by the hundred thousand for ``bench``: poured straight into an empty database.

No history and no stories: what counts is that every table has its size and every norm its people.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from interface.text import search_key, sort_key
from staff.models import (
    Area,
    DeadlineExtension,
    Person,
    Post,
    Provider,
    Role,
    Standing,
    TrainingRecord,
    Unit,
    User,
)
from training_plans.domain import approval, events, intake, years
from training_plans.domain.terms import month_days
from training_plans.models import (
    Course,
    Funding,
    PlanLine,
    PlanningYear,
    Request,
    RequestLine,
)
from workflow.calendar import DAY, add_months
from workflow.pouring import pour

from . import academy
from .courses import PROFILE_TOPICS, PROVIDERS, TOPICS
from .names import invent_name, synthetic_iin

PEOPLE_A_UNIT = 250
# Category, leader flag, share of the people.
CATEGORIES = [
    ("university_teacher", False, 58),
    ("college_teacher", False, 9),
    ("administrative", False, 22),
    ("administrative", True, 6),
    ("researcher", False, 5),
]


def _pour(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """``pour`` for rows that bring their own keys: new ones come after them."""
    pour(model, columns, rows)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def build(*, people: int, records: int, on: dt.date, seed_number: int = 464) -> None:
    """An academy of that many people and training records as of ``on``, and an HR account."""
    chance = random.Random(seed_number)  # noqa: S311
    units = _units(people)
    _pour(Person, _PERSON, _people(chance, people, on))
    posts = list(_posts(chance, people, units, on))
    _pour(Post, _POST, posts)
    _pour(DeadlineExtension, _LEAVE, _leaves(chance, people, on))
    providers = _providers()
    _pour(TrainingRecord, _RECORD, _records(chance, people, records, providers, on))
    _account("bench-hr", Role.HR)


def _account(name: str, role: Role) -> User:
    user = User(username=name)
    user.set_unusable_password()
    user.save()
    user.groups.add(user.groups.model.objects.get(name=role))
    return user


def settle() -> None:
    """What PostgreSQL does by itself after a while; outside a transaction only."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _units(people: int) -> list[int]:
    """The academy's units, and departments beside them, a unit for every 250 people."""
    made: dict[str, Unit] = {}
    for place, planned in enumerate(academy.UNITS):
        unit = Unit(
            code=f"Z-{place}",
            kind=planned.kind,
            name_kk=planned.kk,
            name_ru=planned.ru,
            name_en=planned.en,
            parent=made.get(planned.parent),
        )
        unit.save()
        made[planned.key] = unit
    faculties = [made["medicine"], made["pharmacy"], made["international"]]
    for number in range(people // PEOPLE_A_UNIT - len(made)):
        planned = academy.DEPARTMENTS[number % len(academy.DEPARTMENTS)]
        unit = Unit(
            code=f"D-{number + 1000}",
            kind=Unit.Kind.DEPARTMENT,
            name_kk=f"{planned.kk} – {number + 2}",
            name_ru=f"{planned.ru} – {number + 2}",
            name_en=f"{planned.en} – {number + 2}",
            parent=faculties[number % 3],
        )
        unit.save()
    return list(Unit.objects.exclude(kind__in=["academy", "other"]).values_list("pk", flat=True))


_PERSON = (
    *("id", "personnel_number", "iin", "last_name", "first_name", "patronymic", "degree"),
    *("academic_title", "disciplines", "email", "phone", "hired_on", "search_key", "sort_key"),
)


def _people(chance: random.Random, count: int, on: dt.date) -> Iterator[tuple[Any, ...]]:
    for key in range(1, count + 1):
        name = invent_name(chance, is_woman=chance.random() < 0.6)
        born = dt.date(1860, 1, 1) + key % 14_000 * DAY
        number = f"{key:06d}"
        hired = on - chance.randint(20, 9_000) * DAY
        yield (
            key,
            number,
            synthetic_iin(born, is_woman=name.is_woman, serial=key // 14_000 * 40),
            name.last,
            name.first,
            name.patronymic,
            "магистр",
            "",
            "Ішкі аурулар, Кардиология",
            f"{number}@example.kz",
            "+7 700 000 00 00",
            hired.isoformat(),
            search_key(name.last, name.first, name.patronymic, number),
            sort_key(name.last, name.first, name.patronymic),
        )


_POST = (
    *("person_id", "unit_id", "position", "category", "is_leader"),
    *("share", "kind", "health_care", "starts_on", "ends_on"),
)


def _posts(
    chance: random.Random, people: int, units: Sequence[int], on: dt.date
) -> Iterator[tuple[Any, ...]]:
    """One post each; a changed one for 8 in 100, a second job for 5, an ended one for 3."""
    weights = [weight for _category, _leader, weight in CATEGORIES]
    for person in range(1, people + 1):
        category, leader, _weight = chance.choices(CATEGORIES, weights)[0]
        unit = units[person % len(units)]
        start = on - chance.randint(20, 9_000) * DAY
        end = (on - chance.randint(1, 19) * DAY).isoformat() if chance.random() < 0.03 else None
        if chance.random() < 0.08:
            earlier = (start - 1 * DAY).isoformat()
            yield (
                person, unit, "ассистент", category, False, "1.00", "main", False,
                (start - 900 * DAY).isoformat(), earlier,
            )  # fmt: skip
        yield (
            person, unit, "аға оқытушы", category, leader, "1.00", "main", False,
            start.isoformat(), end,
        )  # fmt: skip
        if chance.random() < 0.05:
            yield (
                person, units[(person + 7) % len(units)], "оқытушы", "university_teacher", False,
                "0.25", "second", False, start.isoformat(), end,
            )  # fmt: skip


_LEAVE = ["person_id", "reason", "starts_on", "ends_on", "basis"]


def _leaves(chance: random.Random, people: int, on: dt.date) -> Iterator[tuple[Any, ...]]:
    for person in range(1, people + 1):
        if chance.random() < 0.03:
            start = on - chance.randint(-60, 900) * DAY
            end = start + chance.randint(100, 600) * DAY
            yield person, "parental", start.isoformat(), end.isoformat(), "№ 1-ж/қ бұйрық"


def _providers() -> list[tuple[int, str]]:
    found = []
    for name, kind, country in PROVIDERS:
        provider = Provider(name=name, kind=kind, country=country)
        provider.save()
        found.append((provider.pk, country))
    return found


_RECORD = (
    *("person_id", "title", "form", "area", "hours", "starts_on", "ends_on", "provider_id"),
    *("mode", "country", "document_number", "document_date", "source", "state", "state_reason"),
    *("verified_at", "title_key", "document_key"),
)
_AREAS = [
    (Area.PROFILE, 62),
    (Area.MANAGEMENT, 10),
    (Area.PEDAGOGICAL, 10),
    (Area.DIGITAL, 8),
    (Area.OTHER, 10),
]
_STATES = [("verified", 96), ("pending", 2), ("revoked", 2)]
_HOURS = [16, 18, 24, 36, 36, 54, 60, 72, 72, 90, 120]


def _records(
    chance: random.Random,
    people: int,
    count: int,
    providers: Sequence[tuple[int, str]],
    on: dt.date,
) -> Iterator[tuple[Any, ...]]:
    """Spread over six years and all people, in the order in which they would have come in."""
    areas, area_weights = [a for a, _w in _AREAS], [w for _a, w in _AREAS]
    states, state_weights = [s for s, _w in _STATES], [w for _s, w in _STATES]
    profile = [title for titles in PROFILE_TOPICS.values() for title in titles]
    others = [title for titles in TOPICS.values() for title in titles]
    keys = {title: search_key(title) for title in profile + others}
    now = timezone.now().isoformat(sep=" ")
    first = add_months(on, -72)
    days = (on - first).days
    for number in range(count):
        area = chance.choices(areas, area_weights)[0]
        title = chance.choice(profile if area == Area.PROFILE else TOPICS[area])
        end = first + (number * days // count) * DAY
        hours = chance.choice(_HOURS)
        provider, country = chance.choice(providers)
        document = f"{number:07d}"
        yield (
            chance.randint(1, people),
            title,
            "course",
            str(area),
            hours,
            (end - hours // 5 * DAY).isoformat(),
            end.isoformat(),
            provider,
            "on_site",
            country,
            document,
            end.isoformat(),
            "import",
            chance.choices(states, state_weights)[0],
            "",
            now,
            keys[title],
            document,
        )


# --- the planning year ----------------------------------------------------------------------------
def plan(*, lines: int, on: dt.date, seed_number: int = 464) -> None:
    """Two plans of that many lines: this year's approved, the coming year's being built.

    The coming year's stand in accepted requests, as do a quarter as many that wait for the Centre.
    After ``build`` and the first standings; with an account for the Centre.
    """
    chance = random.Random(seed_number)  # noqa: S311
    centre = _account("bench-centre", Role.TRAINING_CENTRE)
    held = Post.objects.held(on).filter(kind=Post.Kind.MAIN, ends_on=None)
    posts = list(held.select_related("person", "unit").order_by("person_id"))
    first = {post.unit_id: post for post in reversed(posts)}
    for unit, post in first.items():
        Unit.objects.filter(pk=unit).update(head_id=post.person_id)
    centre.person = Unit.objects.filter(kind=Unit.Kind.CENTRE, head__isnull=False)[0].head
    centre.save()
    courses = _courses(chance)
    _events(courses, centre, on)
    norms = {
        person: {"requirement_id": norm, "due_on": due}
        for person, norm, due in Standing.objects.on(on)
        .order_by("-due_on")
        .values_list("person_id", "requirement_id", "due_on")
    }
    terms = [(post, _terms(chance, courses, norms.get(post.person_id, {}))) for post in posts]
    _approved_plan(terms[:lines], centre, on)
    _plan_being_built(terms[: lines + lines // 4], lines, centre, on)


def _courses(chance: random.Random) -> list[Course]:
    providers = list(Provider.objects.order_by("pk"))
    offers = [(title, "profile") for titles in PROFILE_TOPICS.values() for title in titles]
    offers += [(title, str(area)) for area, titles in TOPICS.items() for title in titles]
    made = []
    for place, (title, area) in enumerate(offers):
        provider = providers[place % len(providers)]
        course = Course(
            title=title,
            provider=provider,
            area=area,
            hours=Decimal(chance.choice([36, 72, 108])),
            credits=Decimal("2.4"),
            mode="on_site",
            country=provider.country,
            price=Decimal(chance.randint(60, 190) * 500),
        )
        course.save()
        made.append(course)
    return made


def _events(courses: Sequence[Course], centre: User, on: dt.date) -> None:
    own = [course for course in courses if course.is_own]
    for place in range(30):
        start = on + (place + 5) * DAY
        events.plan_event(
            course=own[place % len(own)],
            values={"starts_on": start, "ends_on": start + 4 * DAY, "places": 20},
            actor=centre,
            on=on,
        )


def _terms(
    chance: random.Random, courses: Sequence[Course], norm: dict[str, Any]
) -> dict[str, Any]:
    course = chance.choice(courses)
    return norm | {
        "topic": course.title,
        "area": course.area,
        "course": course,
        "provider": course.provider,
        "country": course.country,
        "mode": course.mode,
        "hours": course.hours,
        "credits": course.credits,
        "funding": Funding.EMPLOYER,
        "cost": course.price,
        "precision": "month",
        "importance": "obligatory",
        "month": chance.randint(2, 11),
    }


_Planned = Sequence[tuple[Post, dict[str, Any]]]


def _in_year(terms: dict[str, Any], year: int) -> dict[str, Any]:
    start, end = month_days(year, terms["month"])
    given = {name: value for name, value in terms.items() if name != "month"}
    return given | {"starts_on": start, "ends_on": end}


def _year(year: int, centre: User, on: dt.date) -> PlanningYear:
    return years.open_year(
        values={"year": year, "approver": PlanningYear.Approver.CENTRE_HEAD}
        | years.usual_dates(year),
        budgets={Funding.EMPLOYER: Decimal(100_000_000)},
        priorities=[],
        actor=centre,
        on=on,
    )


def _approved_plan(planned: _Planned, centre: User, on: dt.date) -> None:
    year = on.year
    annual = _year(year, centre, dt.date(year - 1, 10, 1)).plan
    lines = [
        PlanLine(
            plan=annual,
            person=post.person,
            post=post,
            unit=post.unit,
            added_because="Норма мерзімі",
            **_in_year(terms, year),
        )
        for post, terms in planned
    ]
    bulk_create_with_history(lines, PlanLine, batch_size=500, default_user=centre)
    approved = dt.date(year - 1, 11, 27)
    annual = approval.submit(plan=annual, actor=centre, on=approved)
    approval.approve_plan(plan=annual, actor=centre, on=approved, seen=approval.seen_of(annual))


def _plan_being_built(planned: _Planned, taken_in: int, centre: User, on: dt.date) -> None:
    planning_year = _year(on.year + 1, centre, on - 50 * DAY)
    lines = []
    by_unit = sorted(planned, key=lambda pair: pair[0].unit_id)
    for number, (_unit, some) in enumerate(groupby(by_unit, lambda pair: pair[0].unit_id), 1):
        pairs = list(some)
        request = Request(
            planning_year=planning_year,
            unit=pairs[0][0].unit,
            number=number,
            state=Request.State.ACCEPTED,
            first_sent_on=on - 9 * DAY,
            sent_on=on - 9 * DAY,
            sent_by=centre,
        )
        request.save()
        for post, terms in pairs:
            wanted = _in_year(terms, on.year + 1)
            suggested = "due_on" in wanted and wanted["due_on"].year <= on.year + 1
            lines.append(
                RequestLine(
                    request=request,
                    person=post.person,
                    post=post,
                    is_suggested=suggested,
                    added_because="" if suggested else "Жаңа пән",
                    **wanted,
                )
            )
    bulk_create_with_history(lines, RequestLine, batch_size=500, default_user=centre)
    asked = RequestLine.objects.order_by("person_id")[:taken_in]
    intake.take_in(plan=planning_year.plan, lines=list(asked), actor=centre, on=on)

"""Fills an empty database with the demo academy, its history and everybody's standing."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from staff.domain.standing import Norm
from staff.domain.standings import norms, restate_everybody
from staff.models import (
    DeadlineExtension,
    Person,
    Post,
    Provider,
    TrainingRecord,
    Unit,
    User,
)
from staff.tasks import NIGHTLY_CHECK
from workflow.calendar import DAY, add_months
from workflow.models import JobRun

from . import academy, roster
from .accounts import USERNAMES, create_accounts
from .courses import PROVIDERS, record
from .planning import nothing_is_printed, plan_the_years
from .roster import Member
from .stories import Course, invent_story, story_of_the_past, the_teachers_story

FEWEST = 100
BATCH = 500
State = TrainingRecord.State
Source = TrainingRecord.Source
Stored = TypeVar("Stored", bound=models.Model)

REVOCATIONS = [
    "Құжат нөмірі ұйымның тізілімінен табылмады",
    "Сертификат басқа адамға берілген",
    "Жазба екі рет енгізілген",
]


class NotSeeded(Exception):  # noqa: N818
    """The demo data may not go into this database; the text says why in one sentence."""


class Seeded(NamedTuple):
    people: int
    units: int
    records: int


class Correction(NamedTuple):
    """A change of an object after it was entered: what stood there before, when, by whom, why."""

    thing: Any
    before: dict[str, Any]
    when: dt.datetime
    by: User | None
    reason: str = ""


def refuse_unless_empty() -> None:
    """Raises ``NotSeeded`` where somebody or something is in the registry already."""
    if Person.objects.exists():
        raise NotSeeded("There are people in this database; demo data goes into an empty one only.")
    if Unit.objects.exists():
        raise NotSeeded("There are units in this database; demo data goes into an empty one only.")
    taken = User.objects.filter(username__in=USERNAMES).values_list("username", flat=True)
    if taken:
        names = ", ".join(sorted(taken))
        raise NotSeeded(
            f"There are accounts in this database already that demo data makes: {names}."
        )


def at(day: dt.date, hour: int = 10, minute: int = 0) -> dt.datetime:
    """That hour of the day in the academy's time zone, never later than now."""
    moment = timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))
    return min(moment, timezone.now())


def seed(*, people: int, seed_number: int, on: dt.date) -> Seeded:
    """The demo academy as of ``on``, the same for the same ``seed_number`` and day.

    Raises ``NotSeeded`` outside DEBUG and where the database is not empty.
    """
    with nothing_is_printed():
        return _seed(people=people, seed_number=seed_number, on=on)


@transaction.atomic
def _seed(*, people: int, seed_number: int, on: dt.date) -> Seeded:
    if not settings.DEMO_ACCOUNTS_ALLOWED:
        raise NotSeeded("Demo data and its accounts are refused outside DEBUG.")
    if people < FEWEST:
        raise NotSeeded(f"A demo academy has at least {FEWEST} people.")
    refuse_unless_empty()
    chance = random.Random(seed_number)  # noqa: S311
    began = add_months(on, -40)
    staff = roster.invent_staff(chance, count=people, on=on)
    _add_people(staff, began, on)
    units = _add_units(staff, began)
    users = create_accounts({name: who.person for name, who in roster.by_account(staff).items()})
    _add_posts(staff, units, began, on, users["hr"])
    records = _add_records(chance, staff, began, on, users)
    restate_everybody(on=on)
    plan_the_years(chance, on=on, users=users)
    restate_everybody(on=on)  # verbs of the past judged the past
    _check_like_every_night(on, people)
    return Seeded(len(staff), len(units), len(records))


def _check_like_every_night(on: dt.date, people: int) -> None:
    """The check of the night over what was just filled; it must find nothing to mend."""
    found = restate_everybody(on=on)
    now = timezone.now()
    JobRun.objects.create(
        name=NIGHTLY_CHECK,
        key=on.isoformat(),
        state=JobRun.State.DONE,
        progress_done=people,
        progress_total=people,
        result={"added": found.added, "mended": found.mended, "removed": found.removed},
        started_at=now,
        finished_at=now,
    )


# --- history --------------------------------------------------------------------------------


def _add(
    things: Sequence[Stored],
    model: type[Stored],
    *,
    by: User | None = None,
    corrections: Iterable[Correction] = (),
) -> None:
    """Store ``things`` as they were first entered, then every correction with its day."""
    corrections = list(corrections)
    now_values = []
    for change in corrections:
        now_values.append({name: getattr(change.thing, name) for name in change.before})
        for name, value in change.before.items():
            setattr(change.thing, name, value)
    bulk_create_with_history(things, model, batch_size=BATCH, default_user=by)
    fields: set[str] = set()
    for change, values in zip(corrections, now_values, strict=True):
        for name, value in values.items():
            setattr(change.thing, name, value)
        fields |= values.keys()
        change.thing._history_date = change.when
        change.thing._history_user = change.by
        change.thing._change_reason = change.reason
    if corrections:
        bulk_update_with_history(
            [change.thing for change in corrections], model, sorted(fields), batch_size=BATCH
        )


# --- people, units, posts ---------------------------------------------------------------------


def _add_people(staff: Sequence[Member], began: dt.date, on: dt.date) -> None:
    corrections = []
    for place, who in enumerate(staff):
        person = who.person
        person.set_keys()
        entered = min(max(person.hired_on, began), on)
        person._history_date = at(entered, 9, place % 60)
        if person.left_on:
            corrections.append(
                Correction(person, {"left_on": None}, at(person.left_on, 16, place % 60), None)
            )
    _add([who.person for who in staff], Person, corrections=corrections)


def _add_units(staff: Sequence[Member], began: dt.date) -> dict[str, Unit]:
    """The tree from the root down, with heads, secretaries and supervising vice-rectors."""
    heads = {who.place.unit.key: who.person for who in staff if who.place.task == "head"}
    secretaries = {who.place.unit.key: who.person for who in staff if who.place.task == "secretary"}
    vice_rectors = {
        subject: who.person
        for subject, position in roster.VICE_RECTORS.items()
        for who in staff
        if who.place.position == position
    }
    heads["rectorate"] = heads["academy"]
    codes = academy.codes()
    units: dict[str, Unit] = {}
    for planned in academy.UNITS:
        unit = Unit(
            code=codes[planned.key],
            kind=planned.kind,
            name_kk=planned.kk,
            name_ru=planned.ru,
            name_en=planned.en,
            parent=units.get(planned.parent),
            head=heads.get(planned.key),
            secretary=secretaries.get(planned.key),
            supervising_vice_rector=vice_rectors.get(planned.vice_rector),
        )
        unit._history_date = at(began, 9)
        unit.save()
        units[planned.key] = unit
    return units


def _add_posts(
    staff: Sequence[Member], units: dict[str, Unit], began: dt.date, on: dt.date, hr: User
) -> None:
    posts, corrections = [], []
    for who in staff:
        for post, key in zip(who.posts, who.units, strict=True):
            post.unit = units[key]
            post._history_date = at(max(min(post.starts_on, on), began), 11)
            posts.append(post)
            if post.ends_on and post.ends_on > began:
                corrections.append(Correction(post, {"ends_on": None}, at(post.ends_on, 16), hr))
    _add(posts, Post, by=hr, corrections=corrections)
    leaves = [leave for who in staff for leave in who.leaves]
    for leave in leaves:
        leave._history_date = at(max(min(leave.starts_on, on), began), 12)
    _add(leaves, DeadlineExtension, by=hr)


# --- the ledger -------------------------------------------------------------------------------


def _providers() -> list[Provider]:
    providers = []
    for name, kind, country in PROVIDERS:
        provider = Provider(name=name, kind=kind, country=country)
        provider.save()
        providers.append(provider)
    return providers


def _courses(
    chance: random.Random, who: Member, all_norms: Sequence[Norm], on: dt.date
) -> list[Course]:
    if who.place.account == "teacher":
        return the_teachers_story(on)
    if who.place.presence == "coming":
        return []
    if who.place.presence == "left":
        return story_of_the_past(chance, who, all_norms, on)
    return invent_story(chance, who, all_norms, on)


def _unlike(records: list[TrainingRecord]) -> list[TrainingRecord]:
    """Without records that would be one and the same training of one person."""
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for row in records:
        row.set_keys()
        identity = (row.ends_on, row.title_key, row.document_key)
        if row.state == State.REVOKED or identity not in seen:
            kept.append(row)
            seen.add(identity)
    return kept


def _add_records(
    chance: random.Random,
    staff: Sequence[Member],
    began: dt.date,
    on: dt.date,
    users: dict[str, User],
) -> list[TrainingRecord]:
    providers, all_norms = _providers(), norms()
    records: list[TrainingRecord] = []
    corrections: list[Correction] = []
    for who in staff:
        own = [
            record(chance, course, who.place.unit, providers, on)
            for course in _courses(chance, who, all_norms, on)
        ]
        if who.place.account == "teacher":
            _word_the_teachers_records(own, providers)
        for row in _unlike(own):
            row.person = who.person
            corrections += _enter(chance, row, began, on, users)
            records.append(row)
    _add(records, TrainingRecord, by=users["hr"], corrections=corrections)
    return records


def _enter(
    chance: random.Random, row: TrainingRecord, began: dt.date, on: dt.date, users: dict[str, User]
) -> list[Correction]:
    """Who entered ``row`` and when, and what was mended in it later."""
    hr = users["hr"]
    entered = min(max(row.ends_on + chance.randint(1, 9) * DAY, began), on)
    row._history_date = at(entered, chance.randint(9, 16), chance.randint(0, 59))
    row._history_user = hr
    later = at(min(entered + chance.randint(1, 12) * DAY, on), 17, 30)
    if row.state == State.PENDING:
        row.source = Source.EMPLOYEE
        row._history_user = users["teacher"] if row.person == users["teacher"].person else None
        return []
    before: dict[str, Any]
    row.verified_by, row.verified_at = hr, row._history_date
    if row.state == State.REVOKED:
        row.state_reason = chance.choice(REVOCATIONS)
        before = {"state": State.VERIFIED, "state_reason": ""}
        return [Correction(row, before, later, hr, row.state_reason)]
    dice = chance.random()
    if dice < 0.12:
        row.source, row._history_user = Source.EMPLOYEE, None
        row.verified_at = later
        before = {"state": State.PENDING, "verified_by": None, "verified_at": None}
        return [Correction(row, before, later, hr)]
    if dice < 0.16:
        before = {"hours": row.hours + Decimal(chance.choice((-6, -4, 4, 18)))}
        return [Correction(row, before, later, hr, "Сағаты құжатпен салыстырылды")]
    return []


def _word_the_teachers_records(records: list[TrainingRecord], providers: list[Provider]) -> None:
    """The demo teacher's five records as the pictures of the design show them."""
    by_name = defaultdict(lambda: providers[0], {p.name.split()[0]: p for p in providers})
    words = [
        ("Дәлелді медицина негіздері", "С.Д.", "course", "distance", "771920"),
        ("Силлабус әзірлеу және оқыту нәтижелерін бағалау", "", "course", "on_site", "000417"),
        ("Симуляциялық оқыту әдістері", "Астана", "course", "blended", "048213"),
        ("Инфекциялық бақылау", "Қарағанды", "internship", "on_site", "220115"),
        ("Жасанды интеллектіні оқу процесінде қолдану", "Coursera", "course", "distance", "R7KQ2M"),
    ]
    for row, (title, provider, form, mode, number) in zip(records, words, strict=True):
        row.title, row.form, row.mode, row.document_number = title, form, mode, number
        row.provider = by_name[provider]
        row.country = row.provider.country

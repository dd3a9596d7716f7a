"""Stored standings, past days and ``statuses`` against the brute-force oracle, in the database."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from staff.domain import standings
from staff.models import (
    DeadlineExtension,
    Person,
    Post,
    Provider,
    Standing,
    TrainingRecord,
    TrainingRequirement,
    Unit,
)

from ..conftest import TODAY, examples, taken_back
from ..factories import (
    DeadlineExtensionFactory,
    PersonFactory,
    PostFactory,
    TrainingRecordFactory,
    UnitFactory,
)
from .invented import days, leaves, norms, people, records, regrouped_norms
from .oracle import DAY, REGULATION, ALeave, ARecord, AVersion, Someone

pytestmark = pytest.mark.django_db


# --- from the oracle's facts to rows ----------------------------------------------------------
def write_person(number: int, someone: Someone, unit: Unit, provider: Provider) -> Person:
    person = Person.objects.create(
        personnel_number=f"H{number}", last_name="Әлиева", first_name="Айгүл"
    )
    Post.objects.bulk_create(
        Post(
            person=person,
            unit=unit,
            position="Доцент",
            category=post.category,
            is_leader=post.leader,
            starts_on=post.first,
            ends_on=post.last,
        )
        for post in someone.posts
    )
    write_records(person, someone.records, provider)
    write_leaves(person, someone.leaves)
    return person


def write_records(person: Person, made: Iterable[ARecord], provider: Provider) -> None:
    count = TrainingRecord.objects.count()
    TrainingRecord.objects.bulk_create(
        TrainingRecord(
            person=person,
            title=f"Курс {number}",
            title_key=f"курс {number}",
            area=record.area,
            hours=record.hours,
            starts_on=record.end,
            ends_on=record.end,
            provider=provider,
            source="hr",
            state="verified",
        )
        for number, record in enumerate(made, start=count)
    )


def write_leaves(person: Person, made: Iterable[ALeave]) -> None:
    DeadlineExtension.objects.bulk_create(
        (
            DeadlineExtension(
                person=person,
                reason="parental",
                starts_on=leave.first,
                ends_on=leave.last,
                basis="№ 1",
            )
            for leave in made
        ),
        ignore_conflicts=True,  # the same leave twice is one
    )


def write_norms(versions: list[AVersion]) -> None:
    """The four of ``migrate`` replaced by these."""
    TrainingRequirement.objects.all().delete()
    for version in versions:
        TrainingRequirement.objects.create(
            code=version.code,
            name_kk=version.code,
            name_ru=version.code,
            name_en=version.code,
            clause="4.3",
            categories=sorted(version.categories),
            leaders_only=version.leaders_only,
            residual=version.residual,
            months=version.months,
            hours=version.hours,
            areas=sorted(version.areas),
            counting="single" if version.single else "accumulated",
            valid_from=version.first,
            valid_until=version.last,
            basis="№ 1 хаттама",
        )


# --- what is compared ---------------------------------------------------------------------------
Found = dict[tuple[int, str], dict[str, Any]]


def told_by_oracle(
    everybody: dict[int, Someone], versions: list[AVersion], day: dt.date, *names: str
) -> Found:
    return {
        (key, code): {name: getattr(answer, name) for name in names}
        for key, someone in everybody.items()
        for code, answer in someone.standing(day, versions).items()
    }


ROW = ("state", "due", "plain_due", "base", "decisive_end", "reached_until")
LINE = (*ROW, "counted", "largest")


def told_by_rows(day: dt.date, *, now: dt.date = TODAY) -> Found:
    """What stored rows say of a day on a machine whose clock says ``now``."""
    rows = list(Standing.objects.on(day, now=now).select_related("requirement", "decisive"))
    found = {
        (row.person_id, row.requirement.code): {
            "state": row.state,
            "due": row.due_on,
            "plain_due": row.plain_due_on,
            "base": row.base_on,
            "decisive_end": row.decisive.ends_on if row.decisive else None,
            "reached_until": row.reached_until,
        }
        for row in rows
    }
    assert len(found) == len(rows), "two rows answer for one person, requirement and day"
    return found


def told_by_statuses(day: dt.date) -> Found:
    lines = list(standings.statuses(on=day))
    found: Found = {}
    for line in lines:
        verdict, judged = line.verdict, line.verdict.judged
        found[line.person_id, verdict.norm.code] = {
            "state": verdict.state,
            "due": judged.due_on,
            "plain_due": judged.plain_due_on,
            "base": judged.base_on,
            "decisive_end": judged.decisive.ends_on if judged.decisive else None,
            "reached_until": judged.reached_until,
            "counted": Decimal(verdict.counted) / 100,
            "largest": Decimal(verdict.largest_single) / 100,
        }
    assert len(found) == len(lines), "two lines for one person and requirement"
    return found


def everybody_written(several: list[Someone], versions: list[AVersion]) -> dict[int, Someone]:
    """Written to the database, with their standings of today; by key."""
    unit, provider = UnitFactory(), Provider.objects.create(name="Академия")
    if versions is not REGULATION:
        write_norms(versions)
    everybody = {
        write_person(number, someone, unit, provider).pk: someone
        for number, someone in enumerate(several)
    }
    standings.restate(people=list(everybody), on=TODAY)
    return everybody


SEVERAL = st.lists(people(TODAY, TODAY), min_size=1, max_size=4)
VERSIONS = st.one_of(st.just(REGULATION), norms(TODAY), regrouped_norms(TODAY))
LATER = days().map(lambda day: day if day >= TODAY else TODAY + (TODAY - day))
EARLIER = days().map(lambda day: day if day < TODAY else TODAY - (day - TODAY) - DAY)


@settings(max_examples=examples(20))
@given(several=SEVERAL, versions=VERSIONS, later=LATER)
def test_stored_rows_answer_for_today_and_later(several, versions, later):
    with taken_back():
        everybody = everybody_written(several, versions)
        for day in (TODAY, later):
            assert told_by_rows(day) == told_by_oracle(everybody, versions, day, *ROW)


@settings(max_examples=examples(15))
@given(someone=people(TODAY, TODAY))
def test_stored_rows_change_their_state_on_the_right_day(someone):
    """The days on which something may change, and those before and after, for one person."""
    turns = {leave.last for leave in someone.leaves}
    for answer in someone.standing(TODAY, REGULATION).values():
        turns |= {answer.due, answer.due - 180 * DAY, answer.reached_until or answer.due}
    with taken_back():
        everybody = everybody_written([someone], REGULATION)
        for day in sorted({turn + by * DAY for turn in turns for by in (-1, 0, 1)}):
            if day >= TODAY:
                expected = told_by_oracle(everybody, REGULATION, day, *ROW)
                assert told_by_rows(day) == expected, day


@settings(max_examples=examples(20))
@given(several=SEVERAL, versions=VERSIONS, day=days())
def test_statuses_answer_for_any_day(several, versions, day):
    with taken_back():
        everybody = everybody_written(several, versions)
        assert told_by_statuses(day) == told_by_oracle(everybody, versions, day, *LINE)


@settings(max_examples=examples(20))
@given(several=SEVERAL, versions=VERSIONS, earlier=EARLIER)
def test_a_past_day_is_recomputed_from_what_was_then(several, versions, earlier):
    with taken_back():
        everybody = everybody_written(several, versions)
        assert told_by_rows(earlier) == {}
        standings.past_day(day=earlier)
        assert told_by_rows(earlier) == told_by_oracle(everybody, versions, earlier, *ROW)


@st.composite
def _changes(draw: Any) -> tuple[Someone, list[ARecord], list[ALeave], int]:
    someone = draw(people(TODAY, TODAY))
    return (
        someone,
        draw(records(TODAY, TODAY)),
        draw(leaves(TODAY, someone)),
        draw(st.integers(0, len(someone.records))),
    )


@settings(max_examples=examples(20))
@given(change=_changes(), later=LATER, earlier=EARLIER)
def test_after_a_change_rows_are_as_if_written_anew(change, later, earlier):
    """Records come and are revoked, leaves come; a past day asked for before is computed again."""
    someone, more_records, more_leaves, revoked = change
    with taken_back():
        [(key, _)] = everybody_written([someone], REGULATION).items()
        standings.past_day(day=earlier)
        person = Person.objects.get(pk=key)
        gone = list(TrainingRecord.objects.order_by("pk")[:revoked])
        TrainingRecord.objects.filter(pk__in=[r.pk for r in gone]).update(state="revoked")
        write_records(person, more_records, Provider.objects.get())
        write_leaves(person, more_leaves)
        standings.restate(people=[key], on=TODAY)
        now = Someone(
            someone.posts, someone.records[revoked:] + more_records, someone.leaves + more_leaves
        )
        for day in (TODAY, later):
            assert told_by_rows(day) == told_by_oracle({key: now}, REGULATION, day, *ROW)
        standings.past_day(day=earlier)
        assert told_by_rows(earlier) == told_by_oracle({key: now}, REGULATION, earlier, *ROW)
        assert standings.restate_everybody(on=TODAY).total == 0


@settings(max_examples=examples(15))
@given(several=SEVERAL, versions=VERSIONS, nights=st.integers(1, 1200))
def test_rows_written_today_still_answer_after_many_nights(several, versions, nights):
    """Nothing becomes stale at midnight: the check of a later night changes no answer."""
    night = TODAY + nights * DAY
    with taken_back():
        everybody = everybody_written(several, versions)
        before = told_by_rows(night, now=night)
        standings.restate_everybody(on=night)
        assert told_by_rows(night, now=night) == before
        assert before == told_by_oracle(everybody, versions, night, *ROW)


# --- what the properties do not say -------------------------------------------------------------
def test_only_verified_records_count():
    post = PostFactory()
    for trait in ("pending", "revoked"):
        TrainingRecordFactory(person=post.person, **{trait: True})
    standings.restate(people=[post.person_id], on=TODAY)
    row = Standing.objects.on(TODAY).get()
    assert (row.state, row.decisive, row.due_on) == ("overdue", None, dt.date(2023, 9, 1))


def test_the_newer_of_two_records_of_one_day_with_one_key_decides_nothing_else():
    """Same-day records: whichever comes first, the due date is the same."""
    post = PostFactory()
    TrainingRecordFactory(person=post.person, short=True)
    TrainingRecordFactory(person=post.person, short=True)
    standings.restate(people=[post.person_id], on=TODAY)
    row = Standing.objects.on(TODAY).get()
    assert (row.state, row.due_on) == ("compliant", dt.date(2029, 6, 30))


def test_a_standing_is_counted_under_the_main_job_then_the_larger_share_then_the_older():
    person = PersonFactory()
    PostFactory(person=person, second=True, share="0.75")
    main = PostFactory(person=person, share="0.50", starts_on=dt.date(2022, 1, 1))
    PostFactory(person=person, share="0.25")
    standings.restate(people=[person.pk], on=TODAY)
    row = Standing.objects.on(TODAY).get()
    assert (row.post, row.unit, row.base_on) == (main, main.unit, dt.date(2023, 9, 1))


def test_who_left_has_no_standing_afterwards():
    post = PostFactory(ends_on=TODAY)
    standings.restate(people=[post.person_id], on=TODAY)
    assert Standing.objects.on(TODAY).count() == 1
    assert Standing.objects.on(TODAY + DAY).count() == 0


def test_who_begins_later_has_a_standing_from_then_on():
    post = PostFactory(future=True)
    standings.restate(people=[post.person_id], on=TODAY)
    assert Standing.objects.on(TODAY).count() == 0
    row = Standing.objects.on(post.starts_on).get()
    assert (row.state, row.due_on) == ("pending", dt.date(2030, 1, 11))


def test_restate_touches_nobody_else():
    one, other = PostFactory(), PostFactory()
    standings.restate(people=[one.person_id, other.person_id], on=TODAY)
    TrainingRecordFactory(person=one.person)
    TrainingRecordFactory(person=other.person)
    assert standings.restate(people=[one.person_id], on=TODAY).mended == 1
    states = dict(Standing.objects.on(TODAY).values_list("person_id", "state"))
    assert states == {one.person_id: "compliant", other.person_id: "overdue"}


def test_the_nightly_check_mends_and_counts_what_differed():
    kept, spoilt, missing = PostFactory(), PostFactory(), PostFactory()
    people_keys = [kept.person_id, spoilt.person_id, missing.person_id]
    standings.restate(people=people_keys, on=TODAY)
    before = sorted(Standing.objects.values_list("person_id", "due_on"))
    Standing.objects.filter(person=spoilt.person).update(due_on=dt.date(2030, 1, 1))
    Standing.objects.filter(person=missing.person).delete()
    difference = standings.restate_everybody(on=TODAY)
    assert (difference.added, difference.mended, difference.removed) == (1, 1, 0)
    assert sorted(Standing.objects.values_list("person_id", "due_on")) == before
    assert standings.restate_everybody(on=TODAY).total == 0


def test_one_persons_recomputation_costs_the_same_however_many_others():
    post = PostFactory()
    costs = []
    for _ in range(2):
        for _ in range(8):
            TrainingRecordFactory(person=PostFactory().person)
        standings.restate_everybody(on=TODAY)
        TrainingRecordFactory(person=post.person)
        with CaptureQueriesContext(connection) as queries:
            standings.restate(people=[post.person_id], on=TODAY)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 10


def test_verdicts_of_one_person_say_what_the_row_says():
    post = PostFactory(leader=True)
    TrainingRecordFactory(person=post.person, management=True)
    DeadlineExtensionFactory(person=post.person)
    standings.restate(people=[post.person_id], on=TODAY)
    [(stretch, verdict)] = standings.verdicts(person=post.person, on=TODAY)
    row = Standing.objects.on(TODAY).get()
    assert (verdict.state, verdict.judged.due_on) == (row.state, row.due_on)
    assert (stretch.post.key, verdict.norm.key) == (row.post_id, row.requirement_id)


# --- the figures --------------------------------------------------------------------------------
@settings(max_examples=examples(20))
@given(
    crowd=st.lists(people(TODAY), min_size=1, max_size=6),
    later=st.sampled_from([0, 1, 200]),
)
def test_numbers_are_the_states_of_the_rows(crowd, later):
    """Counted by dates and leaves, they are what counting the rows by their state gives."""
    with taken_back():
        places = [UnitFactory(), UnitFactory()]
        provider = Provider.objects.create(name="Академия")
        for number, someone in enumerate(crowd):
            write_person(number, someone, places[number % 2], provider)
        standings.restate_everybody(on=TODAY)
        day = TODAY + later * DAY
        rows = Standing.objects.on(day, now=TODAY)
        counted: dict[tuple[int, str], Counter[str]] = {}
        for row in rows:
            counted.setdefault((row.unit_id, row.category), Counter())[row.state] += 1
        numbers = rows.numbers("unit_id", "category", on=day)
        assert {key: +Counter(states) for key, states in numbers.items()} == counted


# --- two at once --------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: the second waits anyway"
)
def test_two_who_enter_records_of_one_person_at_once_see_each_other(units: Any) -> None:
    """Each half of the norm: whichever is written last, the standing knows both."""
    person = PersonFactory()
    PostFactory(person=person, unit=units.department)
    provider = Provider.objects.create(name="Академия", search_key="академия")
    standings.restate(people=[person.pk], on=TODAY)
    written, go_on = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def enter(title: str, *, first: bool) -> None:
        try:
            with transaction.atomic():
                _enter_half(person, title, provider)
                if first:
                    written.set()
                    assert go_on.wait(20)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    one = threading.Thread(target=enter, args=("Бірінші",), kwargs={"first": True})
    other = threading.Thread(target=enter, args=("Екінші",), kwargs={"first": False})
    one.start()
    assert written.wait(20)
    other.start()
    _until(lambda: _somebody_waits() or not other.is_alive())
    go_on.set()
    for thread in (one, other):
        thread.join(20)
    assert failures == []
    assert Standing.objects.on(TODAY).get(person=person).state == "compliant"
    assert standings.restate(people=[person.pk], on=TODAY).total == 0


def _enter_half(person: Person, title: str, provider: Provider) -> None:
    TrainingRecordFactory(
        person=person, title=title, provider=provider, hours=36, ends_on=dt.date(2026, 5, 1)
    )
    standings.restate(people=[person.pk], on=TODAY)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def _until(happens: Callable[[], bool]) -> None:
    for _ in range(400):
        if happens():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")

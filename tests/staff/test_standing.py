"""The pure calculation of standing against the readings' examples and the brute-force oracle."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staff.domain.standing import (
    Completed,
    Held,
    Norm,
    Stretch,
    Verdict,
    explain,
    leaves_of,
    simple_stretches,
    stretches,
    timetable,
)

from ..conftest import examples
from .invented import CATEGORIES, Case, cases
from .oracle import DAY, REGULATION, ALeave, APost, ARecord, AVersion, Someone, months_later

TODAY = dt.date(2026, 11, 22)


# --- from the oracle's facts to the calculation's ---------------------------------------------
def as_norms(versions: list[AVersion]) -> list[Norm]:
    return [
        Norm(
            key=key,
            code=version.code,
            months=version.months,
            centihours=version.hours * 100,
            areas=version.areas,
            single=version.single,
            categories=version.categories,
            leaders_only=version.leaders_only,
            residual=version.residual,
            valid_from=version.first,
            valid_until=version.last,
        )
        for key, version in enumerate(versions, start=1)
    ]


def as_posts(someone: Someone) -> list[Held]:
    held = [
        Held(key, 1, post.category, post.leader, post.first, post.last)
        for key, post in enumerate(someone.posts, start=1)
    ]
    return sorted(held, key=lambda post: (post.starts_on, post.key))


def as_records(someone: Someone) -> list[Completed]:
    done = [
        Completed(key, record.end, int(record.hours * 100), record.area)
        for key, record in enumerate(someone.records, start=1)
    ]
    return sorted(done, key=lambda record: (record.ends_on, record.key), reverse=True)


def judged(
    someone: Someone, versions: list[AVersion], day: dt.date, since: dt.date | None = None
) -> dict[str, tuple[Stretch, Verdict]]:
    """What the product says of the day, by code; «since» is the day the stretches begin with."""
    found: dict[str, tuple[Stretch, Verdict]] = {}
    for stretch in stretches(as_posts(someone), as_norms(versions), since=since or day):
        if stretch.holds_from > day or (
            stretch.holds_until is not None and stretch.holds_until < day
        ):
            continue
        assert stretch.norm.code not in found, "two stretches of one requirement cover one day"
        verdict = explain(
            norm=stretch.norm,
            records=as_records(someone),
            held_since=stretch.held_since,
            leaves=leaves_of((leave.first, leave.last) for leave in someone.leaves),
            on=day,
        )
        found[stretch.norm.code] = (stretch, verdict)
    return found


def university_teacher(
    *records: tuple[str, float], since: str = "2015-09-01", leaves: list[ALeave] | None = None
) -> Someone:
    return Someone(
        posts=[APost("university_teacher", False, dt.date.fromisoformat(since), None)],
        records=[
            ARecord(dt.date.fromisoformat(end), Decimal(str(hours)), "profile")
            for end, hours in records
        ],
        leaves=leaves or [],
    )


def verdict_on(someone: Someone, day: str, versions: list[AVersion] = REGULATION) -> Verdict:
    """The one verdict on somebody who is under one requirement."""
    [(_stretch, verdict)] = judged(someone, versions, dt.date.fromisoformat(day)).values()
    return verdict


# --- the readings' own examples -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "state"),
    [("2026-05-26", "expiring"), ("2026-11-22", "expiring"), ("2026-11-23", "overdue")],
)
def test_training_that_ended_on_22_november_2023_covers_up_to_22_november_2026(day, state):
    verdict = verdict_on(university_teacher(("2023-11-22", 72)), day)
    assert (verdict.state, verdict.judged.due_on) == (state, dt.date(2026, 11, 22))


def test_29_february_and_36_months_is_28_february():
    verdict = verdict_on(university_teacher(("2024-02-29", 72)), "2026-11-22")
    assert verdict.judged.due_on == dt.date(2027, 2, 28)


def test_28_february_stays_28_february_in_a_leap_year():
    verdict = verdict_on(university_teacher(("2025-02-28", 72)), "2026-11-22")
    assert verdict.judged.due_on == dt.date(2028, 2, 28)


@pytest.mark.parametrize(
    ("day", "state"), [("2026-05-26", "compliant"), ("2026-05-27", "expiring")]
)
def test_within_180_days_is_expiring(day, state):
    """22 November is 180 days after 26 May."""
    someone = university_teacher(("2023-11-23", 72))
    assert verdict_on(someone, day).judged.due_on == dt.date(2026, 11, 23)
    assert verdict_on(someone, day).state == state


def test_hours_are_added_from_the_newest_back_until_the_norm_is_reached():
    someone = university_teacher(("2024-01-10", 36), ("2025-03-20", 24), ("2026-02-02", 48))
    verdict = verdict_on(someone, "2026-11-22")
    assert verdict.judged.decisive.ends_on == dt.date(2025, 3, 20)
    assert verdict.judged.due_on == dt.date(2028, 3, 20)
    assert (verdict.counted, verdict.largest_single) == (10_800, 4_800)


def test_one_course_can_be_demanded_instead_of_the_sum():
    someone = university_teacher(("2024-01-10", 72), ("2025-03-20", 40), ("2026-02-02", 40))
    versions = [AVersion(**(REGULATION[0].__dict__ | {"single": True}))]
    verdict = verdict_on(someone, "2026-11-22", versions)
    assert verdict.judged.decisive.ends_on == dt.date(2024, 1, 10)
    assert verdict.judged.due_on == dt.date(2027, 1, 10)
    assert (verdict.counted, verdict.largest_single) == (15_200, 7_200)


def test_hours_too_old_to_count_leave_the_norm_unreached():
    someone = university_teacher(("2020-01-10", 36), ("2026-02-02", 36))
    verdict = verdict_on(someone, "2026-11-22")
    assert (verdict.state, verdict.counted, verdict.shortfall) == ("overdue", 3_600, 3_600)
    assert verdict.judged.due_on == dt.date(2023, 1, 10)


def test_first_three_years_run_from_the_start_of_the_post():
    someone = university_teacher(since="2024-03-01")
    assert verdict_on(someone, "2026-11-22").state == "pending"
    assert verdict_on(someone, "2027-03-01").state == "pending"
    assert verdict_on(someone, "2027-03-02").state == "overdue"
    assert verdict_on(someone, "2027-03-02").judged.due_on == dt.date(2027, 3, 1)


def test_due_is_the_later_of_training_and_post():
    """Trained before hiring: normal, counts, and the first three years of the post still run."""
    someone = university_teacher(("2023-06-30", 72), since="2025-09-01")
    verdict = verdict_on(someone, "2026-11-22")
    assert verdict.judged.due_on == dt.date(2028, 9, 1)
    assert (verdict.state, verdict.counted) == ("pending", 0)
    assert verdict_on(someone, "2026-06-30").state == "compliant"


def test_a_post_that_begins_the_day_after_goes_on_the_run():
    someone = university_teacher(since="2019-09-01")
    someone.posts = [
        APost("university_teacher", False, dt.date(2019, 9, 1), dt.date(2025, 8, 31)),
        APost("university_teacher", False, dt.date(2025, 9, 1), None),
    ]
    assert verdict_on(someone, "2026-11-22").judged.due_on == dt.date(2022, 9, 1)


def test_a_day_without_a_post_begins_a_new_run():
    someone = university_teacher()
    someone.posts = [
        APost("university_teacher", False, dt.date(2019, 9, 1), dt.date(2025, 8, 30)),
        APost("university_teacher", False, dt.date(2025, 9, 1), None),
    ]
    assert verdict_on(someone, "2026-11-22").judged.due_on == dt.date(2028, 9, 1)


def test_the_last_day_of_work_is_inclusive():
    someone = university_teacher()
    someone.posts = [APost("university_teacher", False, dt.date(2020, 1, 1), TODAY)]
    assert set(judged(someone, REGULATION, TODAY)) == {"university_teacher"}
    assert judged(someone, REGULATION, TODAY + DAY) == {}


@pytest.mark.parametrize(
    ("category", "leader", "codes"),
    [
        ("university_teacher", False, {"university_teacher"}),
        ("college_teacher", False, {"college_teacher"}),
        ("university_teacher", True, {"university_teacher", "administrative_leader"}),
        ("college_teacher", True, {"college_teacher", "administrative_leader"}),
        ("administrative", True, {"administrative_leader"}),
        ("administrative", False, {"general"}),
        ("researcher", False, {"general"}),
        ("researcher", True, {"general"}),
    ],
)
def test_who_is_judged_by_what(category, leader, codes):
    someone = Someone([APost(category, leader, dt.date(2020, 1, 1), None)])
    assert set(judged(someone, REGULATION, TODAY)) == codes


def test_every_requirement_that_fits_has_its_own_standing_and_one_record_counts_for_both():
    someone = Someone(
        posts=[
            APost("university_teacher", False, dt.date(2018, 1, 1), None),
            APost("college_teacher", False, dt.date(2022, 1, 1), None),
        ],
        records=[ARecord(dt.date(2026, 1, 31), Decimal(40), "profile")],
    )
    answer = judged(someone, REGULATION, TODAY)
    assert {code: v.state for code, (_s, v) in answer.items()} == {
        "university_teacher": "overdue",
        "college_teacher": "compliant",
    }
    assert {v.counted for _s, v in answer.values()} == {4_000}


def test_areas_the_requirement_does_not_accept_count_nothing():
    someone = university_teacher()
    someone.records = [ARecord(dt.date(2026, 1, 31), Decimal(100), "digital")]
    verdict = verdict_on(someone, "2026-11-22")
    assert (verdict.counted, verdict.judged.decisive) == (0, None)
    assert [(r.counts, r.why_not) for r in verdict.records] == [(False, "area")]


# --- extensions ---------------------------------------------------------------------------------
def test_days_of_leave_are_added_and_the_plain_date_stays():
    leave = ALeave(dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    verdict = verdict_on(university_teacher(("2022-05-10", 72), leaves=[leave]), "2026-04-01")
    assert verdict.judged.plain_due_on == dt.date(2025, 5, 10)
    assert verdict.judged.due_on == dt.date(2025, 5, 10) + 366 * DAY
    assert (verdict.state, verdict.counted) == ("expiring", 7_200)


def test_overlapping_leaves_count_once():
    leaves = [
        ALeave(dt.date(2024, 1, 1), dt.date(2024, 3, 31)),
        ALeave(dt.date(2024, 3, 1), dt.date(2024, 4, 30)),
    ]
    verdict = verdict_on(university_teacher(("2022-05-10", 72), leaves=leaves), "2024-06-01")
    assert verdict.judged.due_on == dt.date(2025, 5, 10) + 121 * DAY


def test_leave_that_falls_into_the_days_added_counts_too():
    leaves = [
        ALeave(dt.date(2025, 5, 1), dt.date(2025, 5, 31)),  # 31 days, over the plain due date
        ALeave(dt.date(2025, 6, 10), dt.date(2025, 6, 14)),  # begins on the last day added
    ]
    verdict = verdict_on(university_teacher(("2022-05-10", 72), leaves=leaves), "2024-06-01")
    assert verdict.judged.due_on == dt.date(2025, 6, 15)


@pytest.mark.parametrize(
    ("first", "added"), [("2022-05-10", 1), ("2022-05-11", 2), ("2025-05-10", 2), ("2025-05-11", 0)]
)
def test_the_day_of_the_end_does_not_count_and_the_due_day_does(first, added):
    day = dt.date.fromisoformat(first)
    someone = university_teacher(("2022-05-10", 72), leaves=[ALeave(day, day + DAY)])
    assert verdict_on(someone, "2024-06-01").judged.due_on == dt.date(2025, 5, 10) + added * DAY


def test_extended_wins_over_every_state_while_the_leave_runs():
    leave = ALeave(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    someone = university_teacher(leaves=[leave])
    assert verdict_on(someone, "2026-10-31").state == "overdue"
    assert verdict_on(someone, "2026-11-01").state == "exempt"
    assert verdict_on(someone, "2026-11-30").state == "exempt"
    assert verdict_on(someone, "2026-12-01").state == "overdue"


# --- changes of a requirement -------------------------------------------------------------------
def test_the_version_of_the_day_judges():
    first, *_others = REGULATION
    versions = [
        AVersion(**(first.__dict__ | {"last": dt.date(2026, 12, 31)})),
        AVersion(**(first.__dict__ | {"first": dt.date(2027, 1, 1), "hours": 108})),
    ]
    someone = university_teacher(("2026-01-31", 72))
    assert verdict_on(someone, "2026-12-31", versions).state == "compliant"
    after = verdict_on(someone, "2027-01-01", versions)
    assert (after.state, after.judged.due_on) == ("overdue", dt.date(2018, 9, 1))


def test_a_requirement_that_comes_to_cover_a_post_later_judges_it_from_the_start_of_the_post():
    first, *others = REGULATION
    wider = first.categories | {"researcher"}
    versions = [
        AVersion(**(first.__dict__ | {"last": dt.date(2026, 12, 31)})),
        AVersion(**(first.__dict__ | {"first": dt.date(2027, 1, 1), "categories": wider})),
        *others,
    ]
    someone = Someone([APost("researcher", False, dt.date(2020, 9, 1), None)])
    assert verdict_on(someone, "2026-12-31", versions).norm.code == "general"
    after = verdict_on(someone, "2027-01-01", versions)
    assert (after.norm.code, after.judged.due_on) == ("university_teacher", dt.date(2023, 9, 1))


# --- the oracle ---------------------------------------------------------------------------------
def assert_same(case: Case, since: dt.date | None = None) -> None:
    someone, day = case.someone, case.day
    expected = someone.standing(day, case.versions)
    found = judged(someone, case.versions, day, since)
    assert set(found) == set(expected)
    for code, (stretch, verdict) in found.items():
        answer, decisive = expected[code], verdict.judged.decisive
        assert {
            "state": verdict.state,
            "due": verdict.judged.due_on,
            "plain_due": verdict.judged.plain_due_on,
            "base": verdict.judged.base_on,
            "counted": Decimal(verdict.counted) / 100,
            "largest": Decimal(verdict.largest_single) / 100,
            "decisive_end": decisive.ends_on if decisive else None,
            "reached_until": verdict.judged.reached_until,
        } == answer.__dict__, code
        post = someone.posts[stretch.post.key - 1]
        assert code in {v.code for v in someone.judged_by(post, day, case.versions)}


@settings(max_examples=examples(250))
@given(case=cases())
def test_as_the_oracle_says(case):
    assert_same(case)


@settings(max_examples=examples(80))
@given(case=cases(), earlier=st.integers(0, 1500))
def test_stretches_asked_from_an_earlier_day_say_the_same_of_a_later_one(case, earlier):
    """A stored standing answers for later days too."""
    assert_same(case, since=case.day - earlier * DAY)


@settings(max_examples=examples(80))
@given(case=cases())
def test_why_each_record_counts_or_does_not(case):
    someone, day = case.someone, case.day
    for _stretch, verdict in judged(someone, case.versions, day).values():
        norm = case.versions[verdict.norm.key - 1]
        for explained in verdict.records:
            record = someone.records[explained.record.key - 1]
            last_day = someone.extended(record.end, norm.months)
            accepted = not norm.areas or record.area in norm.areas
            reasons = {
                reason
                for reason, holds in {
                    "area": not accepted,
                    "not_yet": record.end > day,
                    "dropped_out": last_day < day,
                }.items()
                if holds
            }
            assert (explained.last_day, explained.counts) == (last_day, not reasons)
            assert explained.why_not in (reasons or {""})
        assert sum(e.is_decisive for e in verdict.records) == (verdict.judged.decisive is not None)


@settings(max_examples=examples(80))
@given(case=cases())
def test_what_people_are_counted_under_covers_every_day_once(case):
    """Stretches of one requirement never overlap, and each begins within its own post."""
    found = stretches(as_posts(case.someone), as_norms(case.versions), since=case.day)
    by_code: dict[str, list[Stretch]] = {}
    for stretch in found:
        by_code.setdefault(stretch.norm.code, []).append(stretch)
        assert stretch.holds_until is None or stretch.holds_from <= stretch.holds_until
        assert stretch.post.starts_on <= stretch.holds_from
        assert stretch.held_since <= stretch.holds_from
    for of_code in by_code.values():
        of_code.sort(key=lambda stretch: stretch.holds_from)
        for before, after in itertools.pairwise(of_code):
            assert before.holds_until is not None
            assert before.holds_until < after.holds_from


@settings(max_examples=examples(80))
@given(case=cases())
def test_the_short_way_for_one_post_is_the_long_one(case):
    norms = as_norms(case.versions)
    times = timetable(norms, CATEGORIES)
    for post in as_posts(case.someone):
        short = simple_stretches(post, times, since=case.day)
        assert sorted(short, key=_order) == sorted(
            stretches([post], norms, since=case.day), key=_order
        )


def _order(stretch: Stretch) -> tuple[int, dt.date]:
    return (stretch.norm.key, stretch.holds_from)


def test_months_later_of_the_oracle_itself():
    assert months_later(dt.date(2024, 2, 29), 36) == dt.date(2027, 2, 28)
    assert months_later(dt.date(2023, 11, 22), 36) == dt.date(2026, 11, 22)
    assert months_later(dt.date(2023, 8, 31), 6) == dt.date(2024, 2, 29)

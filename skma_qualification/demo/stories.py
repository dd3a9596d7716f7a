"""Which training leads to which state: courses are invented until the rule itself says so.

Clauses 3.4, 4.3–4.5; the judge is ``staff.domain.standing``, not a second opinion of this file.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from staff.domain.standing import (
    Completed,
    Held,
    Norm,
    judge,
    leaves_of,
    state_on,
    stretches,
)
from staff.models import Area, TrainingRecord
from workflow.calendar import DAY, add_months

from .courses import BESIDE_PROFILE, OF_THE_OFFICE, Course
from .roster import Member

State = TrainingRecord.State
TRIES = 60

# Norm in hours → how it is reached by small courses, the oldest first.
SUMS = {
    72: [(36, 36), (54, 18), (24, 24, 24), (40, 32), (36, 18, 18), (48, 24), (60, 16), (54, 36)],
    36: [(18, 18), (16, 20), (24, 16), (16, 16, 16)],
}
WHOLE = {72: (72, 72, 72, 90, 108, 120), 36: (36, 36, 40, 54, 72)}
PARTS = {72: ((36,), (54,), (24,), (18, 24), (36, 30)), 36: ((18,), (24,), (16,), (16, 16))}
ANY = (16, 24, 36, 36, 40, 72)


def _sizes(norm: Norm) -> int:
    """The table to take volumes from; 0 where any training will do."""
    hours = norm.centihours // 100
    return 0 if not hours else 36 if hours <= 36 else 72


def _area(chance: random.Random, norm: Norm) -> str:
    if norm.areas:
        return chance.choice(sorted(norm.areas))
    return chance.choice([Area.OTHER, Area.OTHER, Area.DIGITAL, Area.RESEARCH, Area.LANGUAGE])


def _day(chance: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """A day of the span: no Sunday, seldom in the summer holidays or early January."""
    span = max((last - first).days, 0)
    for _ in range(6):
        day = first + chance.randint(0, span) * DAY
        quiet = day.month in {7, 8} or (day.month == 1 and day.day < 10)
        if day.weekday() != 6 and (not quiet or chance.random() < 0.25):
            break
    return day


def reaching(chance: random.Random, norm: Norm, decisive: dt.date, on: dt.date) -> list[Course]:
    """Courses that fill the norm, whose decisive one ends on ``decisive``."""
    area, size = _area(chance, norm), _sizes(norm)
    if not size:
        return [Course(decisive, chance.choice(ANY), area)]
    if norm.single or chance.random() < 0.62:
        courses = [Course(decisive, chance.choice(WHOLE[size]), area)]
        if chance.random() < 0.25:
            part = chance.choice(PARTS[size])[0]
            courses.append(Course(_day(chance, decisive, on - 4 * DAY), part, area))
        return courses
    first, *later = chance.choice(SUMS[size])
    return [
        Course(decisive, first, area),
        *(Course(_day(chance, decisive + DAY, on - 4 * DAY), hours, area) for hours in later),
    ]


def _compliant(chance: random.Random, norm: Norm, since: dt.date, on: dt.date) -> list[Course]:
    window = add_months(on, -norm.months)
    # More have studied lately than long ago.
    first, last = window + 186 * DAY, on - 6 * DAY
    decisive = max(_day(chance, first, last), _day(chance, first, last))
    if chance.random() < 0.35:
        decisive = _day(chance, first, last)
    courses = reaching(chance, norm, decisive, on)
    if chance.random() < 0.15 and since < window:
        courses += reaching(chance, norm, _day(chance, window, decisive - DAY), on)[:1]
    return courses


def _expiring(chance: random.Random, norm: Norm, since: dt.date, on: dt.date) -> list[Course]:
    window = add_months(on, -norm.months)
    return reaching(chance, norm, _day(chance, window + 3 * DAY, window + 176 * DAY), on)


def _not_enough(chance: random.Random, norm: Norm, first: dt.date, on: dt.date) -> list[Course]:
    """Something that does not reach the norm: too few hours, a wrong area, no verification yet."""
    size, area, dice = _sizes(norm), _area(chance, norm), chance.random()
    if dice < 0.15:
        hours = WHOLE[size][0] if size else 36
        return [Course(on - chance.randint(3, 20) * DAY, hours, area, State.PENDING)]
    if dice < 0.22:
        hours = WHOLE[size][0] if size else 24
        return [Course(_day(chance, first, on - 60 * DAY), hours, area, State.REVOKED)]
    if size and dice < 0.65:
        return [
            Course(_day(chance, first, on - 5 * DAY), hours, area)
            for hours in chance.choice(PARTS[size])
        ]
    return _beside(chance, norm, first, on, chance.randint(1, 2))


def _pending(chance: random.Random, norm: Norm, since: dt.date, on: dt.date) -> list[Course]:
    if chance.random() < 0.4:
        return []
    return _not_enough(chance, norm, max(since, add_months(on, -norm.months)), on)


def _overdue(chance: random.Random, norm: Norm, since: dt.date, on: dt.date) -> list[Course]:
    window = add_months(on, -norm.months)
    dice = chance.random()
    if dice < 0.08:
        return []
    courses: list[Course] = []
    if dice < 0.8:
        courses = reaching(chance, norm, _day(chance, window - 420 * DAY, window - 5 * DAY), window)
    if dice > 0.5:
        courses += _not_enough(chance, norm, window + 20 * DAY, on)
    return courses


RECIPES = {
    "compliant": _compliant,
    "expiring": _expiring,
    "pending": _pending,
    "overdue": _overdue,
    "exempt": _compliant,
    "": _compliant,
}


def _beside(
    chance: random.Random, norm: Norm, first: dt.date, on: dt.date, count: int
) -> list[Course]:
    """Courses in areas the norm does not accept; none where it accepts every one."""
    if not norm.areas:
        return []
    areas = OF_THE_OFFICE if norm.leaders_only else BESIDE_PROFILE
    return [
        Course(_day(chance, first, on - 5 * DAY), chance.choice((18, 24, 36)), chance.choice(areas))
        for _ in range(count)
    ]


def _not_counting(chance: random.Random, norm: Norm, first: dt.date, on: dt.date) -> list[Course]:
    """Now and then a paper that waits for HR, or one HR did not accept."""
    dice = chance.random()
    if dice < 0.015:
        return [Course(on - chance.randint(2, 16) * DAY, 36, _area(chance, norm), State.PENDING)]
    if dice < 0.03:
        return [Course(_day(chance, first, on - 40 * DAY), 24, _area(chance, norm), State.REVOKED)]
    return []


def _earlier_cycles(
    chance: random.Random, norm: Norm, hired: dt.date, window: dt.date
) -> list[Course]:
    """What was learned for the norm in the threes of years before the present ones."""
    courses: list[Course] = []
    last = window - chance.randint(10, 500) * DAY
    while last > max(hired + 200 * DAY, window - 5 * 365 * DAY) and chance.random() < 0.85:
        courses += reaching(chance, norm, last, last + 9 * DAY)[:1]
        last = add_months(last, -chance.randint(30, 37))
    return courses


def _held(who: Member) -> list[Held]:
    return [
        Held(
            number,
            number,
            str(post.category),
            post.is_leader,
            post.starts_on,
            post.ends_on,
            post.kind == post.Kind.SECOND,
            float(post.share),
        )
        for number, post in enumerate(who.posts)
    ]


def states(
    who: Member, courses: Sequence[Course], norms: Sequence[Norm], on: dt.date
) -> dict[str, str]:
    """State by norm on ``on``, as the product will compute it."""
    newest_first = sorted(
        (
            Completed(number, course.ends_on, course.hours * 100, course.area)
            for number, course in enumerate(courses)
            if course.state == State.VERIFIED
        ),
        key=lambda done: (done.ends_on, done.key),
        reverse=True,
    )
    leaves = leaves_of((leave.starts_on, leave.ends_on) for leave in who.leaves)
    exempt = any(first <= on <= last for first, last in leaves)
    found: dict[str, str] = {}
    for stretch in stretches(_held(who), norms, since=on):
        if stretch.holds_from > on:
            continue
        judged = judge(
            norm=stretch.norm,
            newest_first=newest_first,
            held_since=stretch.held_since,
            leaves=leaves,
            on=on,
        )
        found[stretch.norm.code] = state_on(judged, on, exempt=exempt)
    return found


def _attempt(
    chance: random.Random, who: Member, norms: Sequence[Norm], on: dt.date
) -> list[Course]:
    by_code = {norm.code: norm for norm in norms if norm.in_force(on)}
    hired = who.person.hired_on
    courses: list[Course] = []
    for code, aim in who.aims.items():
        norm = by_code[code]
        window = add_months(on, -norm.months)
        since = max(hired, window)
        courses += RECIPES[aim](chance, norm, hired, on) if aim or not courses else []
        if aim != "overdue" and hired < window:
            courses += _earlier_cycles(chance, norm, hired, window)
        if chance.random() < 0.7:
            courses += _beside(chance, norm, since, on, chance.choice((1, 1, 2)))
        courses += _not_counting(chance, norm, since, on)
    return courses


def invent_story(
    chance: random.Random, who: Member, norms: Sequence[Norm], on: dt.date
) -> list[Course]:
    """Courses after which every norm shows the state it is meant to; nothing for newcomers to be.

    A leave moves the days, so the attempt is repeated until the rule agrees.
    """
    courses: list[Course] = []
    for _ in range(TRIES):
        courses = _attempt(chance, who, norms, on)
        found = states(who, courses, norms, on)
        if all(not aim or found.get(code) == aim for code, aim in who.aims.items()):
            break
    return courses


def story_of_the_past(
    chance: random.Random, who: Member, norms: Sequence[Norm], on: dt.date
) -> list[Course]:
    """Somebody who has left: a training or two while they worked here."""
    post = who.posts[-1]
    code = str(post.category) if "teacher" in post.category else "general"
    norm = next(norm for norm in norms if norm.code == code)
    last = min(post.ends_on or on, on)
    first = max(who.person.hired_on, add_months(last, -40))
    return reaching(chance, norm, _day(chance, first, last - 40 * DAY), last)[:1]


def the_teachers_story(on: dt.date) -> list[Course]:
    """The demo teacher: 90 of 72 hours, 54 of which fall out in 112 days; 18 of a wrong area."""
    return [
        Course(add_months(on + 112 * DAY, -36), 54, Area.PROFILE),
        Course(add_months(on, -19) - 2 * DAY, 18, Area.PEDAGOGICAL),
        Course(add_months(on, -13) - 13 * DAY, 36, Area.PROFILE),
        Course(add_months(on, -57) - 20 * DAY, 72, Area.PROFILE),
        Course(on - 4 * DAY, 16, Area.DIGITAL, State.PENDING),
    ]

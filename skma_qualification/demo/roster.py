"""Who works at the demo academy: places to fill, invented people to fill them, posts and leaves."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from staff.models import DeadlineExtension, Person, Post
from workflow.calendar import DAY, add_months

from .academy import HEADS, UNITS, Kind, Planned
from .names import Name, invent_name, synthetic_iin

Category = Post.Category
Code = str
Aim = str
Degree = Literal["", "doctor", "candidate", "phd", "master"]

# What part of a group is meant to be in which state.
SHARES = {
    "compliant": 0.735,
    "expiring": 0.09,
    "pending": 0.095,
    "overdue": 0.068,
    "exempt": 0.012,
}
LEADER = "administrative_leader"
SUBJECT_DEGREES = {
    "clinical": "м.ғ",
    "basic": "м.ғ",
    "nursing": "м.ғ",
    "pharmacy": "фарм.ғ",
    "language": "фил.ғ",
    "society": "т.ғ",
    "office": "э.ғ",
}


@dataclass(slots=True)
class Place:
    """A post to fill. ``task`` makes its holder head or secretary of the unit."""

    unit: Planned
    position: str
    category: Category
    is_leader: bool = False
    task: Literal["", "head", "secretary"] = ""
    account: str = ""
    ages: tuple[int, int] = (27, 62)
    degree: Degree = ""
    presence: Literal["here", "left", "coming"] = "here"

    @property
    def group(self) -> str:
        """People among whom the states are dealt out."""
        return LEADER if self.is_leader else str(self.category)


@dataclass(slots=True)
class Member:
    """An invented person with posts and leaves; ``aims`` says which state each norm should show."""

    place: Place
    name: Name
    person: Person
    aims: dict[Code, Aim] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    leaves: list[DeadlineExtension] = field(default_factory=list)


# Position, weight, ages, degree of university teachers.
TEACHERS: list[tuple[str, int, tuple[int, int], Degree]] = [
    ("профессор", 7, (52, 72), "doctor"),
    ("профессор м.а.", 3, (48, 66), "candidate"),
    ("қауымдастырылған профессор (доцент)", 16, (40, 68), "candidate"),
    ("доцент м.а.", 8, (38, 60), "phd"),
    ("аға оқытушы", 24, (32, 62), "phd"),
    ("оқытушы", 12, (28, 55), "master"),
    ("ассистент", 25, (25, 45), "master"),
    ("оқытушы-тағылымгер", 5, (23, 27), ""),
]
COLLEGE_TEACHERS = [
    "оқытушы",
    "аға оқытушы",
    "өндірістік оқыту шебері",
]
RESEARCHERS: list[tuple[str, tuple[int, int], Degree]] = [
    ("бас ғылыми қызметкер", (50, 70), "doctor"),
    ("жетекші ғылыми қызметкер", (42, 65), "candidate"),
    ("аға ғылыми қызметкер", (32, 60), "phd"),
    ("ғылыми қызметкер", (27, 50), "master"),
    ("кіші ғылыми қызметкер", (23, 32), "master"),
]
VICE_RECTORS = {
    "clinical": "клиникалық жұмыстар жөніндегі проректор",
    "academic": "академиялық жұмыстар жөніндегі проректор",
    "science": "ғылыми және стратегиялық даму жөніндегі проректор",
    "social": "тәрбие жұмыстары және әлеуметтік мәселелер жөніндегі проректор",
}
BY_KEY = {unit.key: unit for unit in UNITS}
# The twelve accounts' people, as far as headship does not name them.
EXTRA_ACCOUNTS = [
    ("therapy", "teacher", "аға оқытушы", Category.UNIVERSITY_TEACHER),
    ("research", "researcher", "аға ғылыми қызметкер", Category.RESEARCHER),
    ("strategy", "international", "бас маман", Category.ADMINISTRATIVE),
    ("digital", "admin", "жүйелік әкімші", Category.ADMINISTRATIVE),
]
HEAD_ACCOUNTS = {
    "academy": "rector",
    "therapy": "head",
    "personnel": "hr",
    "centre": "centre",
    "finance": "finance",
    "legal_support": "legal",
}
# States that make each account's page worth looking at.
ACCOUNT_AIMS = {
    "teacher": "expiring",
    "secretary": "pending",
    "researcher": "overdue",
    "head": "compliant",
    "rector": "compliant",
    "vicerector": "expiring",
    "hr": "compliant",
    "finance": "overdue",
    "legal": "pending",
    "international": "compliant",
    "centre": "compliant",
    "admin": "compliant",
}


def _head(unit: Planned) -> Place:
    account = HEAD_ACCOUNTS.get(unit.key, "")
    if unit.kind == Kind.DEPARTMENT:
        category = Category.COLLEGE_TEACHER if unit.is_college else Category.UNIVERSITY_TEACHER
        degree: Degree = "master" if unit.is_college else "doctor"
        # One head of department carries the leader flag too and so answers to two norms (4.3, 4.5).
        return Place(
            unit,
            HEADS[unit.kind],
            category,
            is_leader=unit.key == "surgery",
            task="head",
            account=account,
            ages=(42, 66),
            degree=degree,
        )
    position = "ректор" if unit.kind == Kind.ACADEMY else unit.head or HEADS[unit.kind]
    return Place(
        unit,
        position,
        Category.ADMINISTRATIVE,
        is_leader=True,
        task="head",
        account=account,
        ages=(38, 64),
        degree="candidate" if unit.kind in {Kind.ACADEMY, Kind.FACULTY, Kind.DEANERY} else "master",
    )


def _secretary(unit: Planned) -> Place:
    category = Category.COLLEGE_TEACHER if unit.is_college else Category.UNIVERSITY_TEACHER
    return Place(
        unit,
        "оқытушы" if unit.is_college else "ассистент",
        category,
        task="secretary",
        account="secretary" if unit.key == "therapy" else "",
        ages=(25, 45),
        degree="master",
    )


def leading_places() -> list[Place]:
    """The places an academy of any size has, those with an account first."""
    places = [_head(unit) for unit in UNITS if unit.kind != Kind.OTHER]
    for subject, position in VICE_RECTORS.items():
        account = "vicerector" if subject == "clinical" else ""
        places.append(
            Place(
                BY_KEY["rectorate"],
                position,
                Category.ADMINISTRATIVE,
                is_leader=True,
                account=account,
                ages=(44, 64),
                degree="doctor",
            )
        )
    places += [_secretary(unit) for unit in UNITS if unit.kind == Kind.DEPARTMENT]
    places += [
        Place(BY_KEY[unit], position, category, account=account, ages=(30, 52), degree="phd")
        for unit, account, position, category in EXTRA_ACCOUNTS
    ]
    places += [
        Place(
            unit,
            unit.deputy,
            Category.ADMINISTRATIVE,
            is_leader=True,
            ages=(33, 60),
            degree="master",
        )
        for unit in UNITS
        if unit.deputy
    ]
    return sorted(places, key=lambda place: not place.account)


def apportioned(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` in whole parts after ``weights``, by the largest remainder."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_rest = sorted(range(len(exact)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_rest[: total - sum(parts)]:
        parts[n] += 1
    return parts


def _teacher(chance: random.Random, unit: Planned) -> Place:
    if unit.is_college:
        return Place(
            unit,
            chance.choice(COLLEGE_TEACHERS),
            Category.COLLEGE_TEACHER,
            ages=(24, 62),
            degree=chance.choice(["", "", "master"]),
        )
    position, _weight, ages, degree = chance.choices(TEACHERS, [row[1] for row in TEACHERS])[0]
    if chance.random() < 0.25:
        degree = ""
    return Place(unit, position, Category.UNIVERSITY_TEACHER, ages=ages, degree=degree)


def _researcher(chance: random.Random, unit: Planned) -> Place:
    position, ages, degree = chance.choice(RESEARCHERS)
    return Place(unit, position, Category.RESEARCHER, ages=ages, degree=degree)


def ordinary_places(chance: random.Random, count: int) -> list[Place]:
    """Everybody else, spread over the units by what each wants."""
    wants: list[tuple[Planned, str, int]] = []
    for unit in UNITS:
        wants += [
            (unit, "teacher", max(unit.teachers - 2, 0)),
            (unit, "researcher", unit.researchers),
            (unit, "assistant", unit.assistants),
            (unit, "specialist", unit.specialists),
        ]
    wants = [want for want in wants if want[2]]
    places = []
    parts = apportioned(count, [weight for _unit, _sort, weight in wants])
    for (unit, sort, _weight), number in zip(wants, parts, strict=True):
        for _ in range(number):
            if sort == "teacher":
                places.append(_teacher(chance, unit))
            elif sort == "researcher":
                places.append(_researcher(chance, unit))
            else:
                positions = ("зертханашы", "әдіскер") if sort == "assistant" else unit.jobs
                places.append(
                    Place(unit, chance.choice(positions), Category.ADMINISTRATIVE, ages=(22, 62))
                )
    for place in places:
        dice = chance.random()
        place.presence = "left" if dice < 0.03 else "coming" if dice < 0.045 else "here"
    return places


def places_for(chance: random.Random, count: int) -> list[Place]:
    leading = leading_places()[:count]
    return leading + ordinary_places(chance, count - len(leading))


def deal_aims(chance: random.Random, places: Iterable[Place]) -> dict[int, Aim]:
    """A state for each place by its position in ``places``, in ``SHARES`` within every group.

    A group of ten or more shows every state at least once. Accounts have theirs given.
    """
    groups: defaultdict[str, list[int]] = defaultdict(list)
    aims: dict[int, Aim] = {}
    for number, place in enumerate(places):
        if place.account:
            aims[number] = ACCOUNT_AIMS[place.account]
        if place.presence == "here":
            groups[place.group].append(number)
    for numbers in groups.values():
        parts = dict(zip(SHARES, apportioned(len(numbers), list(SHARES.values())), strict=True))
        for state in SHARES:
            if not parts[state] and len(numbers) >= 10:
                parts[state] += 1
                parts["compliant"] -= 1
        free = [number for number in numbers if number not in aims]
        for number in numbers:
            if number in aims:
                parts[aims[number]] = max(parts[aims[number]] - 1, 0)
        dealt = [state for state, part in parts.items() for _ in range(part)]
        dealt += ["compliant"] * (len(free) - len(dealt))
        chance.shuffle(dealt)
        aims.update(zip(free, dealt, strict=False))
    return aims


# --- people ---------------------------------------------------------------------------------


def _between(chance: random.Random, first: dt.date, last: dt.date) -> dt.date:
    return first + chance.randint(0, max((last - first).days, 0)) * DAY


def _hiring_day(chance: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """Some day of the span, most often the first of September where it has one."""
    day = _between(chance, first, last)
    september = day.replace(month=9, day=1)
    return september if chance.random() < 0.5 and first <= september <= last else day


def hired_on(
    chance: random.Random, *, place: Place, aim: Aim, born: dt.date, on: dt.date
) -> dt.date:
    """A day of hiring that lets ``aim`` come true: within three years for ``pending``."""
    if place.presence == "coming":
        return on + chance.randint(5, 45) * DAY
    if aim == "pending":
        return _hiring_day(chance, add_months(on, -35), on - 10 * DAY)
    newcomer = aim == "compliant" and chance.random() < 0.1
    if newcomer:
        return _hiring_day(chance, add_months(on, -34), add_months(on, -3))
    years = 8 if aim == "overdue" else 28
    grown = max(add_months(born, 12 * 22), add_months(on, -12 * years))
    return _hiring_day(chance, min(grown, add_months(on, -45)), add_months(on, -39))


def _degree(place: Place) -> tuple[str, str]:
    """Degree and academic title that go with the place."""
    stem = SUBJECT_DEGREES[place.unit.subject]
    degree = {
        "doctor": f"{stem}.д.",
        "candidate": f"{stem}.к.",
        "phd": "философия докторы (PhD)",
        "master": "магистр",
        "": "",
    }[place.degree]
    title = ""
    if place.degree == "doctor":
        title = "профессор"
    elif place.degree == "candidate":
        title = "қауымдастырылған профессор (доцент)"
    return degree, title


def _sex(chance: random.Random, aim: Aim) -> bool:
    """Whether a woman; two thirds of a medical academy's staff are."""
    return chance.random() < (0.9 if aim == "exempt" else 0.66)


def member(chance: random.Random, *, place: Place, number: int, aim: Aim, on: dt.date) -> Member:
    """Somebody for ``place``; posts and leaves are added afterwards."""
    is_woman = _sex(chance, aim)
    name = invent_name(chance, is_woman=is_woman)
    if place.account == "teacher":
        name = Name("Қоңыратбаева", "Әсел", "Серікқызы", True)
    elif place.account == "international":
        name = Name("Мұхамедиярова-Әбдірахманова", "Гүлжаһан", "Құдайбергенқызы", True)
    youngest, oldest = place.ages
    if aim != "pending" and place.presence == "here":
        youngest = max(youngest, 27)
    if aim == "exempt":
        youngest, oldest = min(youngest, 29), min(max(oldest - 20, 36), 42)
    age = chance.randint(min(youngest, oldest), oldest)
    born = add_months(on, -12 * age) - chance.randint(1, 360) * DAY
    degree, title = _degree(place)
    person = Person(
        personnel_number=str(number),
        iin=synthetic_iin(
            born.replace(year=born.year - 100, day=min(born.day, 28)),
            is_woman=name.is_woman,
            serial=number,
        ),
        last_name=name.last,
        first_name=name.first,
        patronymic=name.patronymic,
        degree=degree,
        academic_title=title,
        disciplines=", ".join(place.unit.disciplines) if "teacher" in place.category else "",
        email=f"{number}@example.kz",
        phone=f"+7 700 000 {number // 100 % 100:02d} {number % 100:02d}",
        hired_on=hired_on(chance, place=place, aim=aim, born=born, on=on),
    )
    if place.account == "teacher":
        person.hired_on = on.replace(year=on.year - 12, month=9, day=1)
    if chance.random() < 0.02 and not place.account:
        person.iin = None
    if place.presence == "left":
        person.hired_on = min(person.hired_on, add_months(on, -30))
        person.left_on = on - chance.randint(8, 700) * DAY
    return Member(place, name, person)


# --- posts ----------------------------------------------------------------------------------


def _post(
    who: Member,
    *,
    unit: Planned,
    position: str,
    category: Category,
    starts_on: dt.date,
    ends_on: dt.date | None,
    is_leader: bool = False,
    share: str = "1.00",
    kind: Post.Kind = Post.Kind.MAIN,
) -> None:
    who.posts.append(
        Post(
            person=who.person,
            position=position,
            category=category,
            is_leader=is_leader,
            share=Decimal(share),
            kind=kind,
            health_care=category == Category.UNIVERSITY_TEACHER
            and unit.subject in {"clinical", "nursing"},
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    who.units.append(unit.key)


_EARLIER = {
    "профессор": "қауымдастырылған профессор (доцент)",
    "профессор м.а.": "доцент м.а.",
    "қауымдастырылған профессор (доцент)": "аға оқытушы",
    "доцент м.а.": "аға оқытушы",
    "аға оқытушы": "ассистент",
    "оқытушы": "оқытушы-тағылымгер",
    "ассистент": "оқытушы-тағылымгер",
    "аға ғылыми қызметкер": "ғылыми қызметкер",
    "ғылыми қызметкер": "кіші ғылыми қызметкер",
    "бас маман": "маман",
    "жетекші маман": "маман",
}


def _main_posts(chance: random.Random, who: Member, aim: Aim, on: dt.date) -> None:
    """The present post, and for some the one before it: promoted, moved, or away in between."""
    place, start, end = who.place, who.person.hired_on, who.person.left_on
    changed = add_months(on, -chance.randint(4, 60))
    dice = chance.random()
    may_change = not place.account and place.presence == "here" and changed > start + 400 * DAY
    if may_change and dice < 0.12 and place.position in _EARLIER:
        _post(
            who,
            unit=place.unit,
            position=_EARLIER[place.position],
            category=place.category,
            starts_on=start,
            ends_on=changed - DAY,
        )
        start = changed
    elif aim == "pending" and dice < 0.25 and not place.account:
        # Long at the academy, newly under this norm: the run of posts begins anew.
        moved = start
        who.person.hired_on = add_months(start, -chance.randint(20, 90))
        earlier = (
            ("зертханашы", Category.ADMINISTRATIVE)
            if place.category != Category.ADMINISTRATIVE
            else ("оқытушы", Category.UNIVERSITY_TEACHER)
        )
        _post(
            who,
            unit=place.unit if place.unit.teachers else BY_KEY["morphophysiology"],
            position=earlier[0],
            category=earlier[1],
            starts_on=who.person.hired_on,
            ends_on=moved - DAY,
        )
    _post(
        who,
        unit=place.unit,
        position=place.position,
        category=place.category,
        is_leader=place.is_leader,
        starts_on=start,
        ends_on=end,
    )


def _second_job(chance: random.Random, who: Member, on: dt.date) -> None:
    """Deans teach; one teacher in twenty and some specialists have a second post."""
    place = who.place
    start = max(who.person.hired_on, add_months(on, -chance.randint(2, 70)))
    teaches = chance.choice([u for u in UNITS if u.kind == Kind.DEPARTMENT and not u.is_college])
    if place.position == "декан" or (place.unit.key == "sport" and place.task == "head"):
        unit = BY_KEY["therapy"] if place.position == "декан" else place.unit
        position, category, share = "доцент м.а.", Category.UNIVERSITY_TEACHER, "0.50"
        start = who.person.hired_on
    elif place.presence != "here" or place.task or place.account or chance.random() > 0.05:
        return
    elif place.category == Category.UNIVERSITY_TEACHER and chance.random() < 0.3:
        unit = BY_KEY["research"]
        position, category, share = "ғылыми қызметкер", Category.RESEARCHER, "0.25"
    else:
        unit = teaches
        position, category, share = "оқытушы", Category.UNIVERSITY_TEACHER, "0.25"
    if unit.key == place.unit.key and not place.is_leader:
        return
    _post(
        who,
        unit=unit,
        position=position,
        category=category,
        starts_on=start,
        ends_on=None,
        share=share,
        kind=Post.Kind.SECOND,
    )


# --- leaves ---------------------------------------------------------------------------------

Reason = DeadlineExtension.Reason


def _leave(chance: random.Random, who: Member, when: str, on: dt.date) -> None:
    """A leave that is over, runs, or is to come."""
    reasons = [Reason.STUDY, Reason.SICK]
    if who.name.is_woman:
        reasons = [Reason.MATERNITY, Reason.PARENTAL, Reason.PARENTAL, Reason.STUDY]
    elif when == "runs":
        reasons = [Reason.STUDY, Reason.MILITARY]
    reason = chance.choice(reasons)
    days = {
        Reason.MATERNITY: 126,
        Reason.PARENTAL: chance.randint(300, 700),
        Reason.STUDY: chance.randint(180, 400),
        Reason.SICK: chance.randint(65, 110),
        Reason.MILITARY: 365,
    }[reason]
    if when == "runs":
        start = on - chance.randint(5, days - 20) * DAY
    elif when == "over":
        start = on - (days + chance.randint(20, 500)) * DAY
    else:
        start = on + chance.randint(8, 70) * DAY
    start = max(start, who.person.hired_on + 30 * DAY)
    ordered = start - 12 * DAY
    who.leaves.append(
        DeadlineExtension(
            person=who.person,
            reason=reason,
            starts_on=start,
            ends_on=max(start + (days - 1) * DAY, on + 20 * DAY if when == "runs" else start),
            basis=f"№ {chance.randint(40, 1900)}-ж/қ бұйрық, {ordered:%d.%m.%Y}",
        )
    )


def _leaves(chance: random.Random, who: Member, on: dt.date) -> None:
    dice = chance.random()
    if "exempt" in who.aims.values():
        _leave(chance, who, "runs", on)
    elif who.place.account or who.place.presence != "here":
        return
    elif dice < 0.03 and who.person.hired_on < add_months(on, -40):
        _leave(chance, who, "over", on)
    elif dice < 0.04:
        _leave(chance, who, "to come", on)


def codes_of(who: Member, on: dt.date) -> list[Code]:
    """The norms that judge the member on ``on``, those of the main post first."""
    found: list[Code] = []
    for post in who.posts:
        if not post.is_held(on):
            continue
        if post.category in {Category.UNIVERSITY_TEACHER, Category.COLLEGE_TEACHER}:
            found.append(str(post.category))
        if post.is_leader:
            found.append(LEADER)
        elif post.category not in {Category.UNIVERSITY_TEACHER, Category.COLLEGE_TEACHER}:
            found.append("general")
    return list(dict.fromkeys(found))


def invent_staff(chance: random.Random, *, count: int, on: dt.date) -> list[Member]:
    """``count`` people with posts, leaves and the states they are meant to show on ``on``."""
    places = places_for(chance, count)
    dealt = deal_aims(chance, places)
    numbers = _personnel_numbers(chance, places)
    staff = []
    for place_number, (place, number) in enumerate(zip(places, numbers, strict=True)):
        aim = dealt.get(place_number, "compliant")
        who = member(chance, place=place, number=number, aim=aim, on=on)
        _main_posts(chance, who, aim, on)
        _second_job(chance, who, on)
        codes = codes_of(who, on)
        who.aims = dict.fromkeys(codes[:1], aim)
        for code in codes[1:]:
            who.aims[code] = "exempt" if aim == "exempt" else second_aim(chance, aim, code)
        _leaves(chance, who, on)
        staff.append(who)
    return staff


def second_aim(chance: random.Random, first: Aim, code: Code) -> Aim:
    """The state under a further norm; ``general`` counts everything, so it is left open."""
    if code == "general":
        return ""
    return first if first == "pending" else chance.choice(["compliant", "compliant", "expiring"])


def _personnel_numbers(chance: random.Random, places: Sequence[Place]) -> list[int]:
    """1001 and on, in no order; the demo teacher is 1187 as in the pictures."""
    numbers = [number for number in range(1001, 1002 + len(places)) if number != 1187]
    chance.shuffle(numbers)
    return [1187 if place.account == "teacher" else numbers.pop() for place in places]


def by_account(staff: Sequence[Member]) -> Mapping[str, Member]:
    return {who.place.account: who for who in staff if who.place.account}

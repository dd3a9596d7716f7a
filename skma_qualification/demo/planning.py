"""The planning of the demo academy: the coming year half way, this year's plan carried out.

Made by the verbs people use, on the days they would have used them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.utils import timezone

from reports.tasks import make_the_kazakh_one
from staff.models import Area, Person, Post, Provider, TrainingRecord, Unit, User
from training_plans.domain import (
    amendments,
    approval,
    catalogue,
    events,
    intake,
    requests,
    years,
)
from training_plans.domain.needs import falling_due, filing_units
from training_plans.domain.requests import month_before
from training_plans.domain.terms import missing, month_days
from training_plans.domain.wishes import add_wish
from training_plans.models import (
    Amendment,
    AmendmentItem,
    Course,
    Event,
    Funding,
    Participant,
    Plan,
    PlanLine,
    PlanningYear,
    Request,
    RequestLine,
)
from workflow.calendar import DAY
from workflow.models import OutgoingMail, StoredFile
from workflow.papers import paper_issued

from .cases import open_cases
from .courses import ABROAD, ACADEMY, COURSERA, KAZAKHSTAN, PROFILE_TOPICS, PROVIDERS, TALAP, TOPICS

Execution = PlanLine.Execution
OWN_HOURS = (36, 72)
STRATEGIC = [
    ("Жасанды интеллектіні оқу процесінде қолдану", "Применение ИИ в учебном процессе", "digital"),
    ("Симуляциялық оқыту әдістері", "Методы симуляционного обучения", "profile"),
    ("Ғылыми мақала жазу және академиялық адалдық", "Научная статья и честность", "research"),
]
WISHES = [
    ("Ультрадыбыстық диагностиканың заманауи мүмкіндіктері", Area.PROFILE),
    ("Академиялық ағылшын тілі, B2", Area.LANGUAGE),
    ("Симуляциялық оқыту әдістері", Area.PROFILE),
    ("Scopus және Web of Science деректер базаларымен жұмыс", Area.RESEARCH),
]
NECESSITIES = [
    "Кафедрада жаңа пән енгізілді",
    "Оқытатын ұйым курс мерзімін ауыстырды",
    "Қызметкер ұзақ емделуде",
    "Жаңа жабдық алынды, оны пайдалану дағдысы қажет",
]


@contextmanager
def nothing_is_printed() -> Iterator[None]:
    """Papers of the past are made when somebody opens them, not two hundred at the first start."""
    paper_issued.disconnect(make_the_kazakh_one)
    try:
        yield
    finally:
        paper_issued.connect(make_the_kazakh_one)


def plan_the_years(chance: random.Random, *, on: dt.date, users: dict[str, User]) -> None:
    """Catalogue, events, this year's plan with its versions, the coming year's requests."""
    heads = _accounts_of_heads(on)
    courses = _catalogue(chance, users["centre"], on)
    _events(chance, courses, users, on)
    _plan_of_this_year(chance, users, on)
    _coming_year(chance, courses, heads, users, on)
    open_cases(chance, on=on, users=users)
    # Nobody gets a letter about what happened before the first start.
    OutgoingMail.objects.filter(sent_at=None).update(sent_at=timezone.now(), next_attempt_at=None)


def _accounts_of_heads(on: dt.date) -> dict[int, User]:
    """By unit that files: its head's account; nobody gets in with one before an invitation."""
    files = {unit for unit in filing_units(on=on).values() if unit is not None}
    found = {}
    nobody = make_password(None)
    for unit in Unit.objects.filter(pk__in=files).select_related("head__account"):
        head = unit.head
        account = getattr(head, "account", None) or User.objects.create(
            username=f"u{head.personnel_number}",
            password=nobody,
            person=head,
            first_name=head.first_name,
            last_name=head.last_name,
            email=head.email,
        )
        head.account = account
        found[unit.pk] = account
    return found


# --- the catalogue and its events -----------------------------------------------------------------
def _catalogue(chance: random.Random, centre: User, on: dt.date) -> list[Course]:
    providers = {p.name: p for p in Provider.objects.all()}
    ordered = [providers[name] for name, _kind, _country in PROVIDERS]
    offers: list[tuple[str, str, int, int]] = []
    for subject, topics in PROFILE_TOPICS.items():
        for place, topic in enumerate(topics):
            where = ACADEMY if place % 3 == 0 else TALAP if subject == "nursing" else 1 + place
            offers.append((topic, Area.PROFILE, chance.choice(OWN_HOURS), where))
    for theme, topics in TOPICS.items():
        for place, topic in enumerate(topics):
            where = ACADEMY if place % 2 == 0 else COURSERA if theme == Area.DIGITAL else 8
            offers.append((topic, theme, chance.choice(OWN_HOURS), where))
    offers.append(("Симуляциялық орталықтағы тағылымдама", Area.PROFILE, 108, ABROAD[2]))
    made, seen = [], set()
    for topic, area, hours, where in offers:
        provider = ordered[where]
        if (topic, provider.pk) in seen:
            continue
        seen.add((topic, provider.pk))
        own = provider.kind == Provider.Kind.ACADEMY
        online = provider.kind == Provider.Kind.ONLINE
        made.append(
            catalogue.add_course(
                values={
                    "title": topic,
                    "provider": provider,
                    "area": area,
                    "kind": "individual" if hours > 72 else "course",
                    "hours": Decimal(hours),
                    "mode": "distance" if online else chance.choice(["on_site", "blended"]),
                    "language": "en" if online else chance.choice(["kk", "kk", "ru"]),
                    "country": provider.country,
                    "city": "Шымкент" if own else "",
                    "price": Decimal(0) if own else Decimal(chance.randint(60, 190) * 500),
                    "outcomes": "Тыңдаушы тақырып бойынша білімін жаңартады және оны сабақта "
                    "қолдана алады.",
                },
                actor=centre,
                on=on,
            )
        )
    return made


def _events(
    chance: random.Random, courses: Sequence[Course], users: dict[str, User], on: dt.date
) -> None:
    """Own courses: one verified with certificates, one waiting for HR, two still to come."""
    own = [course for course in courses if course.is_own and course.form == "course"]
    centre, hr = users["centre"], users["hr"]
    days = [(-75, "verified"), (-14, "held"), (-4, "marked"), (18, "planned"), (60, "planned")]
    for place, (away, until) in enumerate(days):
        course = own[place % len(own)]
        end = on + away * DAY
        event = events.plan_event(
            course=course,
            values={
                "starts_on": end - 9 * DAY,
                "ends_on": end,
                "place": "Симуляциялық орталық, 204-дәрісхана",
                "places": 20,
                "group": f"{place + 1}-топ",
            },
            actor=centre,
            on=end - 40 * DAY,
        )
        people = _who_could_come(chance, event, count=14, first=users["teacher"].person)
        enrolled = events.enrol(event=event, people=people, actor=centre, on=end - 30 * DAY)
        if until == "planned":
            continue
        marks = {
            row.pk: Participant.State.ABSENT if n % 7 == 6 else Participant.State.ATTENDED
            for n, row in enumerate(enrolled)
        }
        events.mark_attendance(event=event, marks=marks, actor=centre, on=end)
        if until in ("held", "verified"):
            event = events.hold(event=event, actor=centre, on=end + DAY)
        if until == "verified":
            events.verify(event=event, actor=hr, on=end + 3 * DAY)


def _who_could_come(
    chance: random.Random, event: Event, *, count: int, first: Person
) -> list[Person]:
    """Teachers employed then, who have not just learned the same and sit in no other event."""
    busy = Participant.objects.values("person_id")
    records = TrainingRecord.objects.all()
    same = records.filter(title=event.course.title).values("person_id")
    then = records.filter(starts_on__lte=event.ends_on, ends_on__gte=event.starts_on)
    held = Post.objects.held(event.starts_on).filter(
        category=Post.Category.UNIVERSITY_TEACHER, ends_on=None
    )
    free = Person.objects.filter(pk__in=held.values("person_id")).exclude(pk__in=busy)
    free = free.exclude(pk__in=same).exclude(pk__in=then.values("person_id"))
    people = list(free.exclude(pk=first.pk).order_by("pk"))
    return chance.sample(people, min(count, len(people)))


# --- this year: approved, amended, carried out ----------------------------------------------------
def _plan_of_this_year(chance: random.Random, users: dict[str, User], on: dt.date) -> None:
    year = on.year
    centre = users["centre"]
    opened = dt.date(year - 1, 10, 1)
    planning_year = years.open_year(
        values={"year": year, "approver": PlanningYear.Approver.CENTRE_HEAD}
        | years.usual_dates(year),
        budgets={Funding.EMPLOYER: Decimal(24_000_000), Funding.GRANT: Decimal(3_000_000)},
        priorities=[{"topic_kk": kk, "topic_ru": ru, "area": area} for kk, ru, area in STRATEGIC],
        actor=centre,
        on=opened,
    )
    annual = planning_year.plan
    carried_out = _lines_carried_out(chance, annual, on)
    open_lines = _lines_still_open(chance, annual, on, carried_out)
    approved = dt.date(year - 1, 11, 27)
    for line, _state, _record in [*carried_out, *open_lines]:
        line._history_user = centre
        line.save()
    annual = approval.submit(plan=annual, actor=centre, on=approved)
    seen = approval.seen_of(annual)
    approval.approve_plan(plan=annual, actor=centre, on=approved, seen=seen)
    annual.refresh_from_db()
    _amend(chance, annual, [line for line, _s, _r in open_lines], users, on)
    _carry_out([*carried_out, *open_lines], centre)


Planned = tuple[PlanLine, str, TrainingRecord | None]


def _lines_carried_out(chance: random.Random, annual: Plan, on: dt.date) -> list[Planned]:
    """What was learned this year, as if it had been planned so: most of it was."""
    records = TrainingRecord.objects.counting().filter(
        ends_on__year=on.year, starts_on__year=on.year, ends_on__lt=on, cost__isnull=False
    )
    found: list[Planned] = []
    taken: set[int] = set()
    posts = _main_posts(on)
    for record in records.select_related("provider").order_by("pk"):
        post = posts.get(record.person_id)
        if post is None or record.person_id in taken or chance.random() < 0.15:
            continue
        taken.add(record.person_id)
        start, end = month_days(on.year, record.ends_on.month)
        line = _line(annual, post, start, end, on) | {
            "topic": record.title,
            "area": record.area,
            "form": record.form,
            "kind": "individual" if record.form == "internship" else "course",
            "provider": record.provider,
            "country": record.country,
            "mode": record.mode,
            "hours": record.hours,
            "cost": (record.cost / 1000).quantize(Decimal(1)) * 1000,
            "funding": Funding.EMPLOYER if record.cost else Funding.FREE,
        }
        found.append((PlanLine(**line), Execution.DONE, record))
    return found


def _lines_still_open(
    chance: random.Random, annual: Plan, on: dt.date, carried_out: Sequence[Planned]
) -> list[Planned]:
    """What did not happen, or not yet: the reason why a plan is watched."""
    taken = {line.person_id for line, _state, _record in carried_out}
    posts = [
        post
        for key, post in sorted(_main_posts(on).items())
        if key not in taken and post.category == Post.Category.UNIVERSITY_TEACHER
    ]
    provider = Provider.objects.get(name=PROVIDERS[1][0])
    states = [
        Execution.NOT_BEGUN,
        Execution.NOT_BEGUN,
        Execution.NOT_HELD,
        Execution.POSTPONED,
        Execution.NOT_BEGUN,
    ]
    found: list[Planned] = []
    for place, post in enumerate(chance.sample(posts, min(24, len(posts)))):
        state = states[place % len(states)]
        month = min(on.month + place % 3, 12)
        start, end = month_days(on.year, month)
        line = _line(annual, post, start, end, on) | {
            "topic": chance.choice(TOPICS[Area.PEDAGOGICAL]) if place % 4 else STRATEGIC[1][0],
            "area": Area.PEDAGOGICAL if place % 4 else Area.PROFILE,
            "form": "course",
            "kind": "course",
            "provider": provider,
            "country": KAZAKHSTAN,
            "mode": "on_site",
            "hours": Decimal(72),
            "cost": Decimal(85_000),
            "funding": Funding.EMPLOYER,
        }
        found.append((PlanLine(**line), state, None))
    return found


def _main_posts(on: dt.date) -> dict[int, Post]:
    held = Post.objects.held(on).filter(kind=Post.Kind.MAIN, ends_on=None)
    return {post.person_id: post for post in held.select_related("unit", "person")}


def _line(annual: Plan, post: Post, start: dt.date, end: dt.date, on: dt.date) -> dict[str, Any]:
    return {
        "plan": annual,
        "person": post.person,
        "unit": post.unit,
        "post": post,
        "precision": "month",
        "starts_on": start,
        "ends_on": end,
        "importance": "obligatory",
    }


def _amend(
    chance: random.Random,
    annual: Plan,
    lines: Sequence[PlanLine],
    users: dict[str, User],
    on: dt.date,
) -> None:
    """One approved amendment, which made version 2, and one being written."""
    centre = users["centre"]
    paper = _paper(centre)
    day = on - 40 * DAY
    later = [line for line in lines if line.starts_on.month < 12]
    if day.year != on.year or len(later) < 4:
        return
    change = AmendmentItem.Change

    def write(amendment: Amendment, what: str, line: PlanLine, on: dt.date, **values: Any) -> None:
        amendments.add_item(
            amendment=amendment,
            change=what,
            line=None if what == change.ADD else PlanLine.objects.get(pk=line.pk),
            person=line.person,
            values=values,
            because=chance.choice(NECESSITIES),
            paper=paper,
            actor=centre,
            on=on,
        )

    first = amendments.open_amendment(plan=annual, actor=centre, on=day)
    write(first, change.MOVE, later[0], day, precision="month", month=12)
    write(first, change.TAKE_OUT, later[1], day)
    added = later[3].terms | {
        "topic": "Клиникалық зерттеулердің дизайны (GCP)",
        "area": Area.RESEARCH,
        "precision": "month",
        "month": 12,
    }
    write(first, change.ADD, later[3], day, **added)
    first = amendments.submit(amendment=first, actor=centre, on=day)
    seen = amendments.seen_now(first)
    amendments.approve(amendment=first, actor=centre, on=day + 2 * DAY, seen=seen)
    annual.refresh_from_db()
    second = amendments.open_amendment(plan=annual, actor=centre, on=on - 3 * DAY)
    write(second, change.MOVE, later[2], on - 3 * DAY, precision="month", month=12)


def _paper(by: User) -> StoredFile:
    """The smallest PDF a reader opens."""
    content = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
    name = "Қызметтік хат № 118.pdf"
    return StoredFile.keep(
        ContentFile(content, name=name), name=name, content_type="application/pdf", by=by
    )


def _carry_out(planned: Sequence[Planned], centre: User) -> None:
    for line, state, record in planned:
        fresh = PlanLine.objects.get(pk=line.pk)
        if fresh.taken_out or fresh.execution != Execution.NOT_BEGUN:
            continue
        fresh.execution, fresh.record = state, record
        fresh._history_user = centre
        fresh.save()


# --- the coming year: requests half in, the plan half built ---------------------------------------
def _coming_year(
    chance: random.Random,
    courses: Sequence[Course],
    heads: dict[int, User],
    users: dict[str, User],
    on: dt.date,
) -> None:
    centre = users["centre"]
    opened = on - 50 * DAY
    planning_year = years.open_year(
        values={"year": on.year + 1, "approver": PlanningYear.Approver.CENTRE_HEAD}
        | years.usual_dates(on.year + 1),
        budgets={Funding.EMPLOYER: Decimal(28_000_000), Funding.GRANT: Decimal(4_000_000)},
        priorities=[{"topic_kk": kk, "topic_ru": ru, "area": area} for kk, ru, area in STRATEGIC],
        actor=centre,
        on=opened,
    )
    for place, name in enumerate(("teacher", "researcher", "secretary", "head")):
        topic, area = WISHES[place]
        values = {"year": on.year + 1, "topic": topic, "area": area}
        add_wish(values=values, actor=users[name], on=opened + 5 * DAY)
    own_unit = users["head"].person.heads.first()
    wanting = {need.filing_unit_id for need in falling_due(year=on.year + 1, on=on)}
    for place, (unit_id, head) in enumerate(sorted(heads.items())):
        if unit_id == getattr(own_unit, "pk", None):
            continue  # the demo head begins it
        if unit_id not in wanting and place % 4:
            continue  # most of those with nobody to train have not said so yet
        _request(chance, planning_year, unit_id, head, place, courses, users, on)
    accepted = RequestLine.objects.filter(
        request__planning_year=planning_year, request__state=Request.State.ACCEPTED, left_out=False
    )
    lines = list(accepted.order_by("pk"))
    intake.take_in(
        plan=planning_year.plan, lines=lines[: len(lines) * 3 // 4], actor=centre, on=on - 2 * DAY
    )


def _request(
    chance: random.Random,
    planning_year: PlanningYear,
    unit_id: int,
    head: User,
    place: int,
    courses: Sequence[Course],
    users: dict[str, User],
    on: dt.date,
) -> None:
    if place % 10 == 9:
        return  # not begun
    unit = Unit.objects.get(pk=unit_id)
    begun = on - chance.randint(12, 40) * DAY
    if filing_units(on=begun)[unit_id] != unit_id:
        return  # its head has only just come
    request = requests.begin(planning_year=planning_year, unit=unit, actor=head, on=begun)
    if place % 10 == 8:
        return  # being written
    nobody = not request.lines.exists()
    for line in request.lines.all():
        if missing(line):
            _fill(chance, line, courses, head, begun)
    if place % 5 == 1 and request.lines.count() > 2:
        last = request.lines.order_by("-pk").first()
        because = "Декреттік демалысқа шығады"
        requests.leave_out(line=last, reason=because, actor=head, on=begun)
    request = requests.set_minutes(
        request=request, number=str(3 + place % 4), date=begun - DAY, actor=head, on=begun
    )
    request = requests.send(request=request, actor=head, on=begun + 3 * DAY, nobody=nobody)
    decided = min(begun + 6 * DAY, on)
    if place % 10 == 7:
        return  # waits for the Centre
    if place % 10 == 6 and not nobody:
        first = request.lines.filter(left_out=False).first()
        requests.give_back(
            request=request,
            reason="Тақырыбы мен сағатын нақтылаңыз",
            remarks={first.pk: "Бұл курс биыл өткізілмейді"},
            actor=users["centre"],
            on=decided,
        )
        return
    requests.accept(request=request, actor=users["centre"], on=decided)


def _fill(
    chance: random.Random, line: RequestLine, courses: Sequence[Course], head: User, on: dt.date
) -> None:
    """A course of the catalogue that suits the norm; the time a month before it falls due."""
    wanted = line.missing_hours or Decimal(36)
    fitting = [
        course
        for course in courses
        if course.area == (line.area or Area.PROFILE) and course.hours >= wanted
    ]
    course = chance.choice(fitting or list(courses))
    year = line.request.planning_year.year
    values = {
        "topic": course.title,
        "area": course.area,
        "course": course,
        "provider": course.provider,
        "form": course.form,
        "kind": course.kind,
        "mode": course.mode,
        "country": course.country,
        "hours": max(course.hours, wanted),
        "credits": None,
        "funding": Funding.EMPLOYER if course.price else Funding.FREE,
        "cost": course.price,
        "precision": "month",
        "month": month_before(year=year, due_on=line.due_on, on=on),
    }
    requests.change_line(line=line, values=values, actor=head, on=on)

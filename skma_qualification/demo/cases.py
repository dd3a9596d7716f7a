"""Cases of the demo academy, in every state a case can be in, brought there by the verbs."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import fontpkg_pt_serif
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

from staff.models import Area, Person, Post, Provider, TrainingRecord, User
from training_plans.domain import (
    applications,
    contracts,
    handing_in,
    interruptions,
    orders,
    reminders,
    route,
    telling,
    verification,
)
from training_plans.models import (
    Attachment,
    Evidence,
    Funding,
    Order,
    Plan,
    PlanLine,
    Precision,
    TrainingApplication,
)
from workflow.calendar import DAY
from workflow.models import StoredFile, Substitution

from .courses import ABROAD, KAZAKHSTAN, PROVIDERS

State = TrainingApplication.State
COURSES = [
    ("Объективті құрылымдалған клиникалық емтихан", 72, 65_000),
    ("Кардиологиядағы заманауи әдістер", 108, 140_000),
    ("GMP және фармацевтикалық сапа жүйесі", 72, 90_000),
    ("Дәлелді медицина негіздері", 36, 0),
    ("Симуляциялық орталықта оқыту әдістемесі", 72, 75_000),
]


@dataclass(frozen=True)
class Fate:
    """How far a case goes. ``until``: the step that waits; ``starts``: days from today.

    ``earlier``: how many days more than usual before the start it was sent.
    """

    state: str
    starts: int
    until: str = ""
    abroad: bool = False
    free: bool = False
    end: str = ""
    earlier: int = 0


FATES = [
    Fate("draft", 26),
    Fate("submitted", 27, "head"),
    Fate("submitted", 28, "head", free=True, earlier=6),
    Fate("submitted", 26, "centre"),
    Fate("submitted", 30, "finance", earlier=3),
    Fate("submitted", 33, "international", abroad=True),
    Fate("submitted", 29, "vice_rector"),
    Fate("endorsed", 24, "rector"),
    Fate("endorsed", 25, "rector", free=True),
    Fate("endorsed", 31, "rector", abroad=True),
    Fate("returned", 30, "centre"),
    Fate("rejected", 30, "finance"),
    Fate("withdrawn", 32, "centre"),
    Fate("approved", 23),
    Fate("approved", 23, free=True),
    Fate("ordered", 12),
    Fate("ordered", 9, abroad=True),
    Fate("ordered", -3),
    Fate("ordered", -5, free=True),
    Fate("ordered", -12, end="due"),
    Fate("ordered", -15, end="due", free=True),
    Fate("ordered", -40, end="late"),
    Fate("ordered", -30, end="interrupted"),
    Fate("cancelled", 20),
    Fate("documents_submitted", -25),
    Fate("documents_submitted", -27, free=True),
    Fate("documents_submitted", -45, end="late"),
    Fate("documents_submitted", -33, end="report"),
    Fate("ordered", -34, end="returned"),
    Fate("accepted", -60),
    Fate("closed", -75, end="signed"),
    Fate("closed", -90, free=True),
]

# What the demo accounts find of their own.
OF_ACCOUNTS = {"teacher": [Fate("ordered", -12, end="due")]}


def open_cases(chance: random.Random, *, on: dt.date, users: dict[str, User]) -> None:
    """Lines of this year's plan with their cases; the first for the demo teacher."""
    annual = Plan.objects.filter(planning_year__year=on.year, state=Plan.State.APPROVED).first()
    if annual is None:
        return
    people = _people(chance, annual, users, on)
    made = _Cases(chance, annual, users, on)
    lives = list(zip(FATES, people, strict=False))
    for name, fates in OF_ACCOUNTS.items():
        if (post := _post_of(users[name], on)) is not None:
            lives += [(fate, post) for fate in fates]
    # By their days, so that numbers of applications and orders run with the calendar.
    for fate, post in sorted(lives, key=lambda life: life[0].starts - life[0].earlier):
        made.make(fate, post)
    made.own_training(users["researcher"])
    made.substitute()
    reminders.follow_cases(on=on)


def _post_of(user: User, on: dt.date) -> Post | None:
    held = Post.objects.held(on).filter(person_id=user.person_id or 0)
    return held.select_related("person", "unit").first()


def _people(chance: random.Random, annual: Plan, users: dict[str, User], on: dt.date) -> list[Post]:
    """Teachers who are in no line of the plan; those of the demo head's department first."""
    taken = set(annual.lines.values_list("person_id", flat=True))
    posts = list(
        Post.objects.held(on)
        .filter(kind=Post.Kind.MAIN, ends_on=None, category=Post.Category.UNIVERSITY_TEACHER)
        .exclude(person_id__in=taken | {user.person_id for user in users.values()})
        .exclude(person__heads__isnull=False)
        .exclude(person__extensions__ends_on__gte=on - 200 * DAY)
        .select_related("person", "unit")
        .order_by("pk")
    )
    chance.shuffle(posts)
    own = users["head"].person
    unit = own.heads.first() if own else None
    return sorted(posts, key=lambda post: unit is None or post.unit_id != unit.pk)


class _Cases:
    def __init__(
        self, chance: random.Random, annual: Plan, users: dict[str, User], on: dt.date
    ) -> None:
        self.chance, self.annual, self.users, self.on = chance, annual, users, on
        self.provider = Provider.objects.get(name=PROVIDERS[1][0])
        self.host = (
            Provider.objects.exclude(country__in=["", KAZAKHSTAN])
            .exclude(kind=Provider.Kind.ONLINE)
            .first()
            or self.provider
        )
        self.font = _font()
        self.number = 0

    # --- one case ---------------------------------------------------------------------------
    def make(self, fate: Fate, post: Post) -> None:
        start = self._start(fate)
        ahead = (35 if fate.abroad else 24) + fate.earlier
        applied = min(start - ahead * DAY, self.on - (1 + fate.earlier) * DAY)
        if start.year != self.annual.planning_year.year or applied.year != start.year:
            return
        topic, hours, cost = COURSES[self.number % len(COURSES)]
        self.number += 1
        days = -(-hours // 8)
        line = self._line(post, fate, topic, hours, 0 if fate.free else cost or 60_000, start, days)
        actor = self._account(post.person)
        applications.give_consent(person=post.person, actor=actor, on=applied)
        case = applications.begin(line=line, actor=actor, on=applied)
        if fate.abroad:
            self._attach(case, actor, applied)
        if fate.state == State.DRAFT:
            return
        case = applications.submit(application=case, actor=actor, on=applied)
        case = self._agree(case, fate.until, applied)
        self._finish(case, fate, actor, applied)

    def _start(self, fate: Fate) -> dt.date:
        """The day meant; before the order it must still be this year's, and 20 days ahead."""
        return self.on + fate.starts * DAY

    def _line(
        self, post: Post, fate: Fate, topic: str, hours: int, cost: int, start: dt.date, days: int
    ) -> PlanLine:
        line = PlanLine(
            plan=self.annual,
            person=post.person,
            unit=post.unit,
            post=post,
            topic=topic,
            area=Area.PROFILE,
            form="internship" if fate.abroad else "course",
            kind="individual" if fate.abroad else "course",
            provider=self.host if fate.abroad else self.provider,
            country=self.host.country or ABROAD[0] if fate.abroad else KAZAKHSTAN,
            mode="on_site",
            precision=Precision.DAYS,
            starts_on=start,
            ends_on=start + (days - 1) * DAY,
            hours=Decimal(hours),
            cost=Decimal(cost),
            funding=Funding.FREE if fate.free else Funding.EMPLOYER,
            importance="obligatory",
        )
        line._history_user = self.users["centre"]
        line.save()
        return line

    def _account(self, person: Person) -> User:
        found = getattr(person, "account", None)
        return found or User.objects.create(
            username=f"u{person.personnel_number}",
            password=make_password(None),
            person=person,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
        )

    def _agree(
        self, case: TrainingApplication, until: str, applied: dt.date
    ) -> TrainingApplication:
        """Each step a day after the one before, not later than yesterday."""
        day = applied
        while (step := route.current(case)) is not None and step.kind != until:
            day = min(day + DAY, self.on)
            decider = self._decider(step)
            if decider is None:
                break
            case = route.decide(step=step, answer="agree", actor=decider, on=day)
        return case

    def _decider(self, step: Any) -> User | None:
        demo = {
            "centre": "centre",
            "finance": "finance",
            "international": "international",
            "rector": "rector",
        }.get(step.kind)
        if demo:
            return self.users[demo]
        leader = step.unit.head if step.kind == "head" else step.unit.supervising_vice_rector
        if leader is not None:
            self._account(leader)
        return next(iter(telling.deciders_of(step, self.on)), None)

    def _finish(self, case: TrainingApplication, fate: Fate, actor: User, applied: dt.date) -> None:
        on, hr = self.on, self.users["hr"]
        step = route.current(case)
        if fate.state in (State.RETURNED, State.REJECTED) and step is not None:
            decider = self._decider(step)
            if decider is not None:
                because = (
                    "Оқу бағдарламасын қосыңыз"
                    if fate.state == State.RETURNED
                    else "Бұл бап бойынша қаражат жоқ"
                )
                answer: Any = "return" if fate.state == State.RETURNED else "reject"
                route.decide(step=step, answer=answer, actor=decider, on=on, reason=because)
        elif fate.state == State.WITHDRAWN:
            applications.withdraw(
                application=case, reason="Курс мерзімі ыңғайсыз", actor=actor, on=on
            )
        elif case.state == State.APPROVED and fate.state != State.APPROVED:
            self._order(case, fate, actor, hr, min(applied + 9 * DAY, on))

    # --- after the visa -----------------------------------------------------------------------
    def _order(
        self, case: TrainingApplication, fate: Fate, actor: User, hr: User, day: dt.date
    ) -> None:
        order = orders.draft_order(applications=[case], actor=hr, on=day)
        order = orders.issue_order(order=order, actor=hr, on=day)
        case.refresh_from_db()
        if fate.state == State.CANCELLED:
            cancelling = orders.draft_order(
                applications=[case],
                kind=Order.Kind.CANCEL,
                refers_to=order,
                because="Курс өткізілмейтін болды",
                actor=hr,
                on=self.on,
            )
            orders.issue_order(order=cancelling, actor=hr, on=self.on)
            return
        line = order.lines.get()
        if self.chance.random() < 0.7:
            orders.acquaint(line=line, actor=actor, on=min(day + DAY, self.on))
        if fate.end == "signed":
            self._sign(case, day)
        self._after_the_end(case, fate, actor)

    def _sign(self, case: TrainingApplication, day: dt.date) -> None:
        contract = getattr(case, "contract", None)
        if contract is None:
            return
        legal = self.users["legal"]
        values = {
            "identity_document": "№ 045678912, 12.03.2021, ҚР ІІМ",
            "address": "Шымкент қ., Тәуке хан даңғылы, 15-үй",
            "signatory": self.users["rector"].person.full_name,  # type: ignore[union-attr]
            "authority": "Жарғы",
        }
        contract = contracts.change_contract(contract=contract, values=values, actor=legal, on=day)
        contract = contracts.issue_contract(contract=contract, actor=legal, on=day)
        contracts.sign_contract(
            contract=contract,
            signed_on=day + DAY,
            scan=self._picture(case, "Қол қойылған шарт", legal),
            actor=legal,
            on=day + DAY,
        )

    def _after_the_end(self, case: TrainingApplication, fate: Fate, actor: User) -> None:
        hands_in = fate.state in (State.DOCUMENTS_SUBMITTED, State.ACCEPTED, State.CLOSED)
        if not hands_in and fate.end != "returned":
            if fate.end == "interrupted":
                self._interrupt(case, actor)
            return
        if case.ends_on is None:
            return
        day = min(case.ends_on + (11 if fate.end == "late" else 3) * DAY, self.on)
        self._evidence(case, actor, day)
        self._report(case, actor, day)
        case.refresh_from_db()
        hr, centre = self.users["hr"], self.users["centre"]
        evidence: Evidence = case.evidence  # type: ignore[attr-defined]
        if fate.end == "returned":
            verification.return_evidence(
                evidence=evidence,
                reason="Сурет анық емес: құжат нөмірі оқылмайды",
                actor=hr,
                on=min(day + DAY, self.on),
            )
        if fate.end == "report" or fate.state in (State.ACCEPTED, State.CLOSED):
            report = case.report  # type: ignore[attr-defined]
            verification.accept_report(report=report, actor=centre, on=min(day + DAY, self.on))
        if fate.state in (State.ACCEPTED, State.CLOSED):
            seen = min(day + DAY, self.on)
            evidence.refresh_from_db()
            verification.verify_evidence(
                evidence=evidence,
                ticked=list(verification.Check),
                reasons={},
                compared_on=seen,
                kept_at="Жеке іс, 2-том",
                actor=hr,
                on=seen,
            )

    def _interrupt(self, case: TrainingApplication, actor: User) -> None:
        if case.starts_on is None:
            return
        interruptions.interrupt(
            application=case,
            interrupted_on=case.starts_on + 2 * DAY,
            reason="Еңбекке уақытша жарамсыздық парағы",
            paper=self._picture(case, "Еңбекке жарамсыздық парағы", actor),
            actor=actor,
            on=min(case.starts_on + 3 * DAY, self.on),
        )

    def _evidence(self, case: TrainingApplication, actor: User, day: dt.date) -> None:
        evidence = handing_in.begin_evidence(application=case, actor=actor, on=day)
        number = f"KZ-{self.on.year}-{1000 + case.pk}"
        handing_in.save_evidence(
            evidence=evidence,
            values={"document_number": number, "document_date": case.ends_on},
            file=self._picture(case, number, actor),
            actor=actor,
            on=day,
        )
        evidence.refresh_from_db()
        handing_in.send_evidence(
            evidence=evidence,
            actor=actor,
            on=day,
            because="Сертификат кеш берілді",
        )

    def _report(self, case: TrainingApplication, actor: User, day: dt.date) -> None:
        hours = int(case.hours or 0)
        report = handing_in.save_report(
            application=case,
            values={
                "goals": "Клиникалық пәндерді оқыту сапасын арттыру",
                "modules": [
                    {"topic": case.topic, "hours": str(hours - 12), "content": "Дәріс, тренажер"},
                    {"topic": "Қорытынды бақылау", "hours": "12", "content": "Тест, кейс"},
                ],
                "knowledge": "Бағалау парағын құрастыру, станцияларды жоспарлау дағдылары",
                "proposals": [
                    {
                        "what": "ОҚҚЕ станциялары",
                        "where": "Ішкі аурулар пропедевтикасы",
                        "how": "силлабус, әдістемелік нұсқау",
                        "due": (day + 90 * DAY).isoformat(),
                        "effect": "Бағалаудың объективтілігі",
                    }
                ],
                **{
                    f"rating_{name}": self.chance.choice([4, 5, 5, 3])
                    for name in (
                        "relevance",
                        "content",
                        "trainer",
                        "organisation",
                        "applicability",
                    )
                },
                "recommend": True,
                "future_needs": "Симуляциялық оқыту",
            },
            actor=actor,
            on=day,
        )
        handing_in.send_report(report=report, actor=actor, on=day, because="Сертификат кеш берілді")

    # --- beside the cases -----------------------------------------------------------------------
    def own_training(self, user: User) -> None:
        """A course the researcher took on her own, waiting for HR."""
        person = user.person
        if person is None:
            return
        end = self.on - 20 * DAY
        handing_in.hand_in_own(
            person=person,
            values={
                "topic": "Scopus және Web of Science деректер базаларымен жұмыс",
                "area": Area.RESEARCH,
                "form": TrainingRecord.Form.COURSE,
                "mode": "distance",
                "provider": self.provider,
                "country": KAZAKHSTAN,
                "starts_on": end - 6 * DAY,
                "ends_on": end,
                "hours": Decimal(36),
                "document_number": "WOS-5512",
                "document_date": end,
            },
            file=self._picture(None, "WOS-5512", user),
            actor=user,
            on=self.on,
            send=True,
        )

    def substitute(self) -> None:
        """The rector is away for a week; the vice-rector signs for them."""
        Substitution.objects.create(
            absent=self.users["rector"],
            substitute=self.users["vicerector"],
            starts_on=self.on,
            ends_on=self.on + 6 * DAY,
            because="Іссапар",
            entered_by=self.users["rector"],
        )

    def _attach(self, case: TrainingApplication, actor: User, day: dt.date) -> None:
        applications.attach(
            application=case,
            kind=Attachment.Kind.INVITATION,
            file=self._picture(case, "Шақыру хаты", actor),
            actor=actor,
            on=day,
        )

    def _picture(self, case: TrainingApplication | None, number: str, by: User) -> StoredFile:
        """A certificate as a phone would bring it: one page, readable."""
        page = Image.new("RGB", (620, 438), "#fbf8f0")
        draw = ImageDraw.Draw(page)
        draw.rectangle((14, 14, 606, 424), outline="#0b5d6b", width=3)
        lines = ["СЕРТИФИКАТ", number]
        if case is not None:
            hours = f"{float(case.hours):g} сағат" if case.hours else ""
            days = f"{case.starts_on:%d.%m.%Y} – {case.ends_on:%d.%m.%Y}"
            lines += [case.person.full_name, case.topic, f"{hours} · {days}"]
            lines.append(case.provider.name if case.provider else "")
        for place, words in enumerate(lines):
            draw.text((310, 70 + 56 * place), words, "#1b2430", self.font(place), anchor="mm")
        content = io.BytesIO()
        page.save(content, "PDF", resolution=100.0)
        name = f"{number}.pdf"
        return StoredFile.keep(
            ContentFile(content.getvalue(), name=name),
            name=name,
            content_type="application/pdf",
            by=by,
        )


def _font() -> Callable[[int], Any]:
    """The typeface of the papers: large for the first line, smaller below."""
    path = fontpkg_pt_serif.ROOT / "files" / "PT_Serif-Web-Regular.ttf"
    fonts = [ImageFont.truetype(str(path), size) for size in (34, 18, 22, 16, 15, 14)]
    return lambda place: fonts[min(place, len(fonts) - 1)]

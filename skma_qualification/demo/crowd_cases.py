"""Cases by the hundred for ``bench``: poured beside the crowd, in every state a case can be in.

Only what stands at the end is written, with steps, decisions, orders, contracts and papers; none of
it went through the verbs, so there are no letters and no history but of the cases themselves.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import models
from PIL import Image, ImageDraw
from simple_history.utils import bulk_create_with_history

from interface.text import search_key
from staff.models import Person, Post, Role, TrainingRecord, Unit, User
from training_plans.case_papers import contract_data, order_data, trainee_report_data
from training_plans.domain.application_checks import CONSENT_TEXT
from training_plans.models import (
    Amendment,
    AmendmentItem,
    Attachment,
    Contract,
    Evidence,
    Order,
    OrderLine,
    PersonalDataConsent,
    Plan,
    PlanLine,
    Precision,
    Refund,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from workflow.calendar import DAY, add_months, documents_due, last_day_to_apply
from workflow.models import Decision, IssuedPaper, NumberRegister, StoredFile, Substitution
from workflow.papers import canonical, fingerprint_of

State = TrainingApplication.State
Kind = RouteStep.Kind
ABROAD = "Түркия"
DAYS_LONG = 10
_Cases = Sequence[TrainingApplication]


class Fate(NamedTuple):
    """How far a case is. ``start``: days from today; ``until``: the step that waits."""

    name: str
    state: str
    start: int
    until: str = ""
    of_fifty: int = 1
    abroad: bool = False
    unplanned: bool = False
    evidence: str = ""
    report: str = ""


# So many of every fifty in flight; for every five hundred sixty wait for the rector.
IN_FLIGHT = [
    Fate("draft", State.DRAFT, 40, of_fifty=3),
    Fate("at the head", State.SUBMITTED, 35, Kind.HEAD, 4),
    Fate("at the Centre", State.SUBMITTED, 34, Kind.CENTRE, 2),
    Fate("outside the plan", State.SUBMITTED, 36, Kind.CENTRE, 2, unplanned=True),
    Fate("at finance", State.SUBMITTED, 33, Kind.FINANCE, 2),
    Fate("abroad", State.SUBMITTED, 45, Kind.INTERNATIONAL, 2, abroad=True),
    Fate("at the vice-rector", State.SUBMITTED, 31, Kind.VICE_RECTOR, 3),
    Fate("returned", State.RETURNED, 37, Kind.FINANCE, 2),
    Fate("at the rector", State.ENDORSED, 28, Kind.RECTOR, 6),
    Fate("approved", State.APPROVED, 24, of_fifty=5),
    Fate("ordered", State.ORDERED, 12, of_fifty=4),
    Fate("in training", State.ORDERED, -3, of_fifty=4),
    Fate("documents due", State.ORDERED, -12, of_fifty=2, evidence="draft", report="draft"),
    Fate("documents late", State.ORDERED, -40, of_fifty=2),
    Fate("handed in", State.DOCUMENTS_SUBMITTED, -20, "", 4, evidence="sent", report="sent"),
    Fate("report accepted", State.DOCUMENTS_SUBMITTED, -25, evidence="sent", report="accepted"),
    Fate("accepted", State.ACCEPTED, -60, of_fifty=2, evidence="verified", report="accepted"),
]
ENDED = [
    Fate("closed", State.CLOSED, -90, evidence="verified", report="accepted"),
    Fate("rejected", State.REJECTED, 30, Kind.FINANCE),
    Fate("withdrawn", State.WITHDRAWN, 30, Kind.CENTRE),
    Fate("cancelled", State.CANCELLED, 15),
]
FATES = {fate.name: fate for fate in [*IN_FLIGHT, *ENDED]}
_CLOSING = {State.RETURNED: "return", State.REJECTED: "reject", State.WITHDRAWN: "withdraw"}


def pour_cases(*, cases: int, on: dt.date) -> dict[str, int]:
    """So many cases in flight as of ``on``, and a tenth as many that ended.

    After ``crowd.plan``, whose approved lines they are of (a line each). ``cases`` is a multiple
    of 50. Returns a case of every fate by its name.
    """
    return _Pouring(on).run(cases)


def _fates(cases: int) -> Iterator[Fate]:
    for fate in IN_FLIGHT:
        yield from [fate] * (fate.of_fifty * cases // 50)
    for number in range(cases // 10):
        yield ENDED[number % len(ENDED)]


class _Pouring:
    def __init__(self, on: dt.date) -> None:
        self.on = on
        self.plan = Plan.objects.get(planning_year__year=on.year)
        self.centre = User.objects.get(username="bench-centre")
        self.hr = User.objects.get(username="bench-hr")
        self.units = Unit.objects.in_bulk()
        self.cases: list[tuple[Fate, TrainingApplication]] = []
        self.numbers = {name: count(1) for name in ("order", "contract", "trainee_report")}
        self.page = _page()

    def run(self, cases: int) -> dict[str, int]:
        planned = self._planned(list(_fates(cases)))
        self._leaders(planned)
        self._applications(planned)
        self._route()
        self._consents()
        self._orders(together=max(2, cases // 25))
        self._contracts()
        self._documents()
        self._registers()
        return {fate.name: case.pk for fate, case in reversed(self.cases)}

    def _planned(self, fates: Sequence[Fate]) -> list[tuple[Fate, PlanLine]]:
        """A line of the plan for each; the first of every fate is of the first faculty."""
        lines = self.plan.lines.exclude(person__heads__isnull=False).order_by("pk")
        rest = list(lines.select_related("person", "post", "unit", "provider"))
        if len(rest) < len(fates):
            raise ValueError(f"{len(fates)} cases want as many lines of the plan")
        first = min(self._top(line.unit).pk for line in rest)
        own = [line for line in rest if self._top(line.unit).pk == first][: len(FATES)]
        rest = [line for line in rest if line not in own]
        seen: set[str] = set()
        planned = []
        for fate in fates:
            is_first = fate.name not in seen
            seen.add(fate.name)
            planned.append((fate, own.pop(0) if is_first and own else rest.pop(0)))
        self.faculty = self.units[first]
        return planned

    # --- who decides --------------------------------------------------------------------------
    def _leaders(self, planned: Sequence[tuple[Fate, PlanLine]]) -> None:
        """Offices with people behind them, the one head of a whole faculty, a substitute."""
        taken = {line.person_id for _fate, line in planned}
        held = Post.objects.held(self.on).filter(kind=Post.Kind.MAIN, ends_on=None)
        free = held.exclude(person__in=taken).exclude(person__heads__isnull=False)
        people = [post.person for post in free.select_related("person").order_by("-person_id")[:6]]
        roles = (Role.RECTOR, Role.VICE_RECTOR, Role.FINANCE, Role.INTERNATIONAL, Role.LEGAL)
        self.users = {
            str(role): _account(f"bench-{role}", role, person=person)
            for role, person in zip(roles, people, strict=False)
        }
        vice_rector = self.users["vice_rector"]
        Unit.objects.filter(parent__isnull=False, parent__parent=None).update(
            supervising_vice_rector=vice_rector.person
        )
        below = Unit.objects.filter(path__startswith=self.faculty.path)
        below.exclude(pk=self.faculty.pk).update(head=None)  # so theirs is the faculty's
        self.units = Unit.objects.select_related("head").in_bulk()
        self.users["head"] = _account("bench-head", person=self.units[self.faculty.pk].head)
        Substitution.objects.create(
            absent=self.users["vice_rector"],
            substitute=self.users["finance"],
            starts_on=self.on,
            ends_on=self.on + 6 * DAY,
            entered_by=self.users["vice_rector"],
        )

    def _top(self, unit: Unit) -> Unit:
        """The unit under the academy that ``unit`` is or belongs to."""
        keys = [int(key) for key in unit.path.split("/") if key]
        return self.units[keys[min(1, len(keys) - 1)]]

    # --- the application -----------------------------------------------------------------------
    def _applications(self, planned: Sequence[tuple[Fate, PlanLine]]) -> None:
        people = {line.person_id: line.person for _fate, line in planned}
        have = set(User.objects.filter(person__in=people).values_list("person_id", flat=True))
        User.objects.bulk_create(
            User(username=f"bench-{pk}", person=person, password=make_password(None))
            for pk, person in people.items()
            if pk not in have
        )
        self.accounts = {user.person_id: user for user in User.objects.filter(person__in=people)}
        amendment = Amendment.objects.create(plan=self.plan, number=1)
        found, done = [], []
        for number, (fate, line) in enumerate(planned, start=1):
            case = self._case(fate, line, number)
            if fate.unplanned:
                case.plan_line = None
                case.amendment_item = self._item(amendment, case)
            elif case.state in TrainingApplication.OPEN:
                line.execution = PlanLine.Execution.APPLIED
                done.append(line)
            found.append(case)
        PlanLine.objects.bulk_update(done, ["execution"], batch_size=500)
        bulk_create_with_history(
            found, TrainingApplication, batch_size=100, default_user=self.centre
        )
        self.cases = [(fate, case) for (fate, _line), case in zip(planned, found, strict=True)]

    def _case(self, fate: Fate, line: PlanLine, number: int) -> TrainingApplication:
        start = self.on + (fate.start + number % 3) * DAY
        end = start + (DAYS_LONG - 1) * DAY
        days = {"precision": Precision.DAYS, "starts_on": start, "ends_on": end}
        case = TrainingApplication(
            year=self.on.year,
            number=None if fate.state == State.DRAFT else number,
            person=line.person,
            post=line.post,
            unit=line.unit,
            plan_line=line,
            state=fate.state,
            filed_by=self.accounts[line.person_id],
            cost_tuition=line.cost or Decimal(0),
            **(line.terms | days),
        )
        case.apply_by = last_day_to_apply(start, 20)
        if fate.abroad:
            case.country = ABROAD
        if fate.unplanned:
            case.unplanned_because = "Жаңа пән ашылды"
        if fate.state != State.DRAFT:
            case.applied_on = min(start - 25 * DAY, self.on - 6 * DAY)
        if fate.state in TrainingApplication.AFTER_ORDER:
            case.documents_due_on = documents_due(end, {}, 5)
        if fate.state in TrainingApplication.AFTER_ORDER[1:]:
            case.documents_sent_on = case.documents_due_on
        if fate.state == State.CLOSED:
            case.closed_on = self.on - 60 * DAY
        case.search_key = search_key(case.number_text, case.topic)[:400]
        return case

    def _item(self, amendment: Amendment, case: TrainingApplication) -> AmendmentItem:
        return AmendmentItem.objects.create(
            amendment=amendment,
            change=AmendmentItem.Change.ADD,
            person=case.person,
            post=case.post,
            because=case.unplanned_because,
            **case.terms,
        )

    # --- the route -----------------------------------------------------------------------------
    def _route(self) -> None:
        subject = ContentType.objects.get_for_model(TrainingApplication)
        steps: list[RouteStep] = []
        decisions: list[Decision] = []
        for fate, case in self.cases:
            day = case.applied_on
            if day is None:
                continue
            filed = self.accounts[case.person_id]
            decided = _Decided(subject, case, decisions)
            decided.write("submit", "draft", "submitted", filed, day)
            turn = True
            for place, (kind, unit) in enumerate(self._stops(case), start=1):
                step = RouteStep(application=case, place=place, kind=kind, unit=unit)
                if not turn:
                    step.state = self._after_turn(fate)
                elif kind == fate.until:
                    turn = False
                    self._at_turn(step, fate, decided, day)
                else:
                    day = min(day + DAY, self.on)
                    self._agreed(step, decided, day)
                steps.append(step)
            if fate.state in (*TrainingApplication.AFTER_ORDER, State.CANCELLED):
                decided.write("order", "approved", "ordered", self.hr, min(day + DAY, self.on))
        Decision.objects.bulk_create(decisions, batch_size=200)
        for step in steps:
            step.decision_id = step.decision.pk if step.decision else None  # known only now
        RouteStep.objects.bulk_create(steps, batch_size=200)

    def _stops(self, case: TrainingApplication) -> Iterator[tuple[str, Unit | None]]:
        top = self._top(case.unit)
        yield Kind.HEAD, top if top == self.faculty else case.unit
        yield Kind.CENTRE, None
        yield Kind.FINANCE, None
        if case.is_abroad:
            yield Kind.INTERNATIONAL, None
        yield Kind.VICE_RECTOR, top
        yield Kind.RECTOR, None

    def _decider(self, step: RouteStep) -> User:
        return self.centre if step.kind == Kind.CENTRE else self.users.get(step.kind, self.centre)

    def _agreed(self, step: RouteStep, decided: _Decided, day: dt.date) -> None:
        step.state, step.waiting_since, step.due_on = RouteStep.State.AGREED, day, day + 2 * DAY
        name, source, target = {
            Kind.RECTOR.value: ("approve", "endorsed", "approved"),
            Kind.VICE_RECTOR.value: ("endorse", "submitted", "endorsed"),
        }.get(str(step.kind), ("agree", "submitted", "submitted"))
        step.decision = decided.write(name, source, target, self._decider(step), day)

    def _at_turn(self, step: RouteStep, fate: Fate, decided: _Decided, day: dt.date) -> None:
        step.waiting_since, step.due_on = day, self.on + (step.application.number or 0) % 5 * DAY
        step.due_on -= 3 * DAY
        step.state = RouteStep.State.WAITING
        name = _CLOSING.get(State(fate.state))
        if name is None:
            return
        by = decided.write(name, "submitted", fate.state, self._decider(step), day, "Себебі бар")
        if name == "withdraw":
            step.state = RouteStep.State.DROPPED
        else:
            step.state = RouteStep.State.RETURNED if name == "return" else RouteStep.State.REFUSED
            step.decision = by

    def _after_turn(self, fate: Fate) -> str:
        on_the_way = fate.state in TrainingApplication.ON_THE_ROUTE
        return str(RouteStep.State.AHEAD if on_the_way else RouteStep.State.DROPPED)

    def _consents(self) -> None:
        PersonalDataConsent.objects.bulk_create(
            PersonalDataConsent(
                person=case.person,
                text_version=CONSENT_TEXT,
                given_on=self.on - 200 * DAY,
                given_by=self.accounts[case.person_id],
            )
            for _fate, case in self.cases
        )
        Attachment.objects.bulk_create(
            Attachment(
                application=case,
                kind=Attachment.Kind.INVITATION,
                file=self._file(f"invitation {case.pk}", case),
                added_by=self.accounts[case.person_id],
                added_on=self.on,
            )
            for fate, case in self.cases
            if fate.abroad or fate.unplanned
        )

    # --- papers ---------------------------------------------------------------------------------
    def _file(self, name: str, case: TrainingApplication) -> StoredFile:
        """A page as a phone would bring it; each is another file."""
        return StoredFile.keep(
            ContentFile(self.page + b"\n%" + name.encode()),
            name=f"{name}.pdf",
            content_type="application/pdf",
            by=self.accounts[case.person_id],
        )

    def _issued(
        self, kind: str, number: str, data: dict[str, Any], subject: models.Model
    ) -> IssuedPaper:
        """As ``papers.issue``, but no PDF is asked for."""
        frozen = json.loads(canonical(data))
        return IssuedPaper.objects.create(
            kind=kind,
            number=number,
            issued_on=self.on,
            data=frozen,
            fingerprint=fingerprint_of(
                kind=kind, number=number, version=1, issued_on=self.on, data=frozen
            ),
            subject_type=ContentType.objects.get_for_model(type(subject)),
            subject_id=subject.pk,
            issued_by=self.hr,
        )

    # --- orders, contracts ------------------------------------------------------------------------
    def _of_states(self, *states: str) -> list[TrainingApplication]:
        return [case for _fate, case in self.cases if case.state in states]

    def _orders(self, *, together: int) -> None:
        """Orders of ``together`` people each; a draft for half of those with a visa."""
        ordered = self._of_states(*TrainingApplication.AFTER_ORDER, State.CANCELLED)
        first: dict[int, Order] = {}
        for some in _parts(ordered, together):
            order = self._order(some)
            first |= {case.pk: order for case in some}
        for case in self._of_states(State.CANCELLED):
            self._order([case], kind=Order.Kind.CANCEL, refers_to=first[case.pk])
            Order.objects.filter(pk=first[case.pk].pk).update(state=Order.State.CHANGED)
        approved = self._of_states(State.APPROVED)
        for some in _parts(approved[: len(approved) // 2], together):
            self._order(some, state=Order.State.DRAFT)

    def _order(
        self, cases: Iterable[TrainingApplication], *, state: str = "issued", **more: Any
    ) -> Order:
        order = Order(
            state=state,
            signatory=self.users["rector"].person,
            drafted_by=self.hr,
            drafted_on=self.on - 9 * DAY,
            **more,
        )
        if state != Order.State.DRAFT:
            order.issued_on, order.year = self.on - 9 * DAY, self.on.year
            order.number = next(self.numbers["order"])
        order.save()
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                application=case,
                starts_on=case.starts_on,
                ends_on=case.ends_on,
                hours=case.hours,
                acquainted_on=self.on if case.pk % 2 and state != "draft" else None,
            )
            for case in cases
        )
        if order.number:
            data = order_data(order, on=self.on)
            order.paper = self._issued("order", order.number_text, data, order)
            order.save()
        return order

    def _contracts(self) -> None:
        """To be drawn up after the visa, to be signed after the order, else in force."""
        for fate, case in self.cases:
            if case.state not in (*TrainingApplication.AFTER_ORDER, State.APPROVED):
                continue
            contract = _contract(case)
            if case.state != State.APPROVED:
                contract.year, contract.issued_on = self.on.year, self.on - 9 * DAY
                contract.number = next(self.numbers["contract"])
                contract.state = Contract.State.ISSUED
            if fate.name in ("in training", "handed in", "closed"):
                contract.state, contract.signed_on = Contract.State.SIGNED, self.on - 8 * DAY
                contract.scan = self._file(f"contract {case.pk}", case)
            if fate.name == "closed" and case.pk % 2:
                contract.state = Contract.State.REFUND_DUE
            contract.save()
            if contract.number:
                data = contract_data(contract, on=self.on)
                contract.paper = self._issued("contract", contract.number_text, data, contract)
                contract.save()
            if contract.state == Contract.State.REFUND_DUE:
                self._refund(contract)

    def _refund(self, contract: Contract) -> None:
        days = (contract.service_to - contract.service_from).days + 1
        Refund.objects.create(
            contract=contract,
            terminated_on=self.on - 5 * DAY,
            ground=Refund.Ground.OWN_WISH,
            cost_base=contract.cost_base,
            total_days=days,
            served_days=30,
            unserved_days=days - 30,
            amount=contract.cost_base,
            due_on=self.on + 25 * DAY,
        )

    # --- after the end ----------------------------------------------------------------------------
    def _documents(self) -> None:
        for fate, case in self.cases:
            if fate.evidence:
                self._evidence(fate, case)
            if fate.report:
                self._report(fate, case)

    def _evidence(self, fate: Fate, case: TrainingApplication) -> None:
        """Every seventh number was used before, as HR will find."""
        same = (
            *("topic", "area", "form", "mode", "provider", "country"),
            *("starts_on", "ends_on", "hours", "credits", "cost"),
        )
        evidence = Evidence(
            application=case,
            person=case.person,
            state=fate.evidence,
            document_number="KZ-100" if case.pk % 7 == 0 else f"KZ-{1000 + case.pk}",
            document_date=case.ends_on,
            document_issuer=case.provider.name if case.provider else "",
            file=self._file(f"certificate {case.pk}", case),
            sent_on=None if fate.evidence == "draft" else case.documents_sent_on,
            **{name: getattr(case, name) for name in same},
        )
        if fate.evidence == Evidence.State.VERIFIED:
            evidence.record = self._record(evidence)
        evidence.save()

    def _record(self, evidence: Evidence) -> TrainingRecord:
        same = (
            *("person", "form", "area", "mode", "country", "provider", "starts_on", "ends_on"),
            *("hours", "credits", "document_number", "document_date"),
        )
        record = TrainingRecord(
            title=evidence.topic,
            document=evidence.file,
            source=TrainingRecord.Source.CASE,
            state=TrainingRecord.State.VERIFIED,
            **{name: getattr(evidence, name) for name in same},
        )
        record.save()
        return record

    def _report(self, fate: Fate, case: TrainingApplication) -> None:
        ratings = ("relevance", "content", "trainer", "organisation", "applicability")
        report = TraineeReport(
            application=case,
            state=fate.report,
            goals="Клиникалық пәндерді оқыту сапасын арттыру",
            modules=[{"topic": case.topic, "hours": str(case.hours), "content": "Дәріс"}] * 4,
            knowledge="Бағалау парағын құрастыру дағдылары",
            proposals=[
                {
                    "what": "Станциялар",
                    "where": "Кафедра",
                    "how": "Силлабус",
                    "due": "",
                    "effect": "",
                }
            ],
            sent_on=None if fate.report == "draft" else case.documents_sent_on,
            **{f"rating_{name}": 5 for name in ratings},
        )
        if fate.report == TraineeReport.State.ACCEPTED:
            report.accepted_on, report.accepted_by = self.on, self.centre
        report.save()
        if fate.report == TraineeReport.State.ACCEPTED:
            number = f"{next(self.numbers['trainee_report'])}-ТЕ/{self.on.year}"
            data = trainee_report_data(report, on=self.on)
            report.paper = self._issued("trainee_report", number, data, report)
            report.save()

    def _registers(self) -> None:
        """The next number comes after those given."""
        last = {name: next(numbers) - 1 for name, numbers in self.numbers.items()}
        last["application"] = len(self.cases)
        NumberRegister.objects.bulk_create(
            NumberRegister(name=name, year=self.on.year, last=number)
            for name, number in last.items()
        )


class _Decided(NamedTuple):
    """Writes down who moved a case."""

    subject: ContentType
    case: TrainingApplication
    written: list[Decision]

    def write(
        self, name: str, source: str, target: str, by: User, day: dt.date, reason: str = ""
    ) -> Decision:
        decision = Decision(
            subject_type=self.subject,
            subject_id=self.case.pk,
            transition=name,
            source=source,
            target=target,
            actor=by,
            decided_on=day,
            reason=reason,
        )
        self.written.append(decision)
        return decision


def _contract(case: TrainingApplication) -> Contract:
    start = (case.ends_on or dt.date(case.year, 12, 31)) + DAY
    return Contract(
        application=case,
        **case.costs,
        identity_document="№ 045678912, 12.03.2021, ҚР ІІМ",
        address="Шымкент қ., Тәуке хан даңғылы, 15-үй",
        signatory="Ректор",
        authority="Жарғы",
        obligation_months=12,
        service_from=start,
        service_to=add_months(start, 12) - DAY,
    )


def _parts(cases: _Cases, size: int) -> Iterator[_Cases]:
    """``cases`` in rows of ``size``, the last one shorter."""
    return (cases[place : place + size] for place in range(0, len(cases), size))


def _account(name: str, *roles: str, person: Person | None = None) -> User:
    user = User(username=name, person=person)
    user.set_unusable_password()
    user.save()
    user.groups.set(user.groups.model.objects.filter(name__in=roles))
    return user


def _page() -> bytes:
    page = Image.new("RGB", (620, 438), "#fbf8f0")
    ImageDraw.Draw(page).rectangle((14, 14, 606, 424), outline="#0b5d6b", width=3)
    content = io.BytesIO()
    page.save(content, "PDF", resolution=100.0)
    return content.getvalue()

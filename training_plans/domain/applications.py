"""The verbs of an application: begun from a plan line, sent, withdrawn, called off (clause 7.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from staff.models import Person, Post
from training_plans.models import (
    Amendment,
    AmendmentItem,
    ApplicationGroup,
    Attachment,
    CaseRules,
    Contract,
    PersonalDataConsent,
    Plan,
    PlanLine,
    Precision,
    TrainingApplication,
)
from training_plans.models.terms import TERMS
from training_plans.transitions import APPLICATION, CONTRACT
from workflow.calendar import DAY, add_months, earliest_start, last_day_to_apply
from workflow.models import StoredFile
from workflow.papers import next_number
from workflow.saving import Values, put, save, take
from workflow.transitions import Refusal, Refused

from . import route, telling
from .amendments import open_amendment
from .application_checks import (
    CONSENT_TEXT,
    applies_late,
    has_consent,
    is_complete,
    is_in_time,
    lead_days,
)
from .case_lines import follow
from .terms import settled

State = TrainingApplication.State
REGISTER = "application"
MOST_MONEY = Decimal(10**10)  # tenge; what the four kinds of cost may come to stays below


# --- beginning ----------------------------------------------------------------------------------
def from_line(line: PlanLine) -> TrainingApplication:
    """An application of a line of the plan with everything filled in; not kept yet.

    A line known to the month or quarter proposes its first day; the whole cost is tuition until
    somebody divides it.
    """
    terms = {name: getattr(line, name) for name in TERMS}
    return TrainingApplication(
        **terms | {"precision": Precision.DAYS, "ends_on": _end_of(line)},
        plan_line=line,
        person=line.person,
        post=line.post,
        unit=line.unit,
        year=line.plan.planning_year.year,
        cost_tuition=line.cost or Decimal(0),
    )


def proposal(line: PlanLine, on: dt.date) -> TrainingApplication:
    """What the form shows first: of a month or quarter the earliest days still in time."""
    application = from_line(line)
    start, end = application.starts_on, application.ends_on
    earliest = earliest_start(on, lead_days(application))
    if line.precision != Precision.DAYS and start and end and start < earliest:
        later = min(earliest + (end - start), line.ends_on or end)
        if earliest <= later:
            application.starts_on, application.ends_on = earliest, later
    return application


def _end_of(line: PlanLine) -> dt.date | None:
    """The proposed last day: as planned, or by eight hours a day where only the month is known."""
    if line.precision == Precision.DAYS or line.starts_on is None or line.ends_on is None:
        return line.ends_on
    days = -(-int(line.hours or 8) // 8)
    return min(line.starts_on + (days - 1) * DAY, line.ends_on)


@transaction.atomic
def begin(
    *,
    line: PlanLine | None = None,
    post: Post | None = None,
    values: Values | None = None,
    actor: Any,
    on: dt.date,
    group: ApplicationGroup | None = None,
) -> TrainingApplication:
    """Begin an application: of a plan ``line``, or outside the plan for who holds ``post``.

    A second one for the same line is refused, naming the first. Raises ``ValidationError``.
    """
    if line is not None:
        line = take(line)
        first = TrainingApplication.objects.filter(
            plan_line=line, state__in=[*TrainingApplication.OPEN, State.CLOSED]
        ).first()
        if first is not None:
            raise ValidationError(
                _("There is an application for this line of the plan already."),
                code="twin",
                params={"twin": first.pk},
            )
        application = from_line(line)
    elif post is not None:
        take(post.person)
        _refuse_twin(post.person, values or {})
        application = TrainingApplication(
            person=post.person, post=post, unit=post.unit, year=on.year, precision=Precision.DAYS
        )
    else:
        raise TypeError("an application is begun of a plan line or of a post")
    application.filed_by, application.group = actor, group
    _put_terms(application, values or {})
    save(application, actor=actor)
    return application


def _refuse_twin(person: Person, values: Values) -> None:
    """Outside the plan a second click is known by its employee, topic and first day."""
    twin = TrainingApplication.objects.filter(
        person=person,
        plan_line=None,
        topic=values.get("topic", ""),
        starts_on=values.get("starts_on"),
        state__in=TrainingApplication.OPEN,
    ).first()
    if twin is not None:
        raise ValidationError(
            _("There is an application of this employee for this training already."),
            code="twin",
            params={"twin": twin.pk},
        )


@transaction.atomic
def change(
    *,
    application: TrainingApplication,
    values: Values,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> TrainingApplication:
    """Change what is being written: a draft, or what was returned. Raises ``ValidationError``."""
    application = take(application, version)
    if not application.can_be_edited:
        raise ValidationError(
            _(
                "This application is on its way and cannot be changed. Withdraw it, or ask who has "
                "it to return it."
            )
        )
    start = application.starts_on
    if _put_terms(application, values):
        if not (start and application.starts_on and application.starts_on >= start):
            put(application, CLOCK_ANEW)
        save(application, actor=actor)
    return application


# The day of the first sending and a late admission hold for that start and later ones: moved
# nearer, the 20 days are counted anew (7.1).
CLOCK_ANEW: Values = {
    "applied_on": None,
    "late_asked_on": None,
    "late_admitted_on": None,
    "late_admitted_by": None,
    "late_admitted_because": "",
}


def _put_terms(application: TrainingApplication, values: Values) -> bool:
    """Put checked ``values``: terms, costs by kind, substitute, reasons; the year by the start."""
    start = values.get("starts_on") or application.starts_on
    line = application.plan_line
    year = start.year if start else application.year
    if line is not None and start and start.year != line.plan.planning_year.year:
        raise ValidationError(
            {
                "starts_on": _(
                    "This line is of the plan of %(year)s: choose a day of that year, or ask the "
                    "Centre to move the line (5.5)."
                )
                % {"year": line.plan.planning_year.year}
            }
        )
    end = values.get("ends_on") or application.ends_on
    if start and end and end < start:
        raise ValidationError(
            {"ends_on": _("The training ends before it begins. Correct one of the two days.")}
        )
    terms = {name: value for name, value in values.items() if name in TERMS and name != "cost"}
    days: dict[str, Any] = {
        name: terms.pop(name) for name in ("starts_on", "ends_on") if name in terms
    }
    terms = settled(terms, year=year) if terms else {}
    rest = {name: value for name, value in values.items() if name not in TERMS}
    changed = put(application, {**terms, **days, **rest})
    if sum(application.costs.values()) >= MOST_MONEY:
        raise ValidationError(
            {"cost_tuition": _("These sums together cannot be right. Look at each again.")}
        )
    if application.plan_line_id is None and start and application.number is None:
        application.year = start.year  # once numbered, it is the year of the register
    return changed or application.pk is None


@transaction.atomic
def begin_group(
    *, lines: Sequence[PlanLine], name: str, values: Values, actor: Any, on: dt.date
) -> ApplicationGroup:
    """One application for several people on the same course; each gets an own case.

    ``values`` (days, hours, place …) are the same for all. Raises ``ValidationError`` naming whose
    line is refused; then nothing is written.
    """
    if not lines:
        raise ValidationError(_("Choose at least one line of the plan."))
    group = ApplicationGroup.objects.create(name=name[:300], filed_by=actor, filed_on=on)
    for line in lines:
        try:
            begin(line=line, values=values, actor=actor, on=on, group=group)
        except ValidationError as refusal:
            raise ValidationError(
                [f"{line.person.full_name}: {message}" for message in refusal.messages]
            ) from refusal
    return group


@dataclass(frozen=True)
class GroupOutcome:
    """A group application: the cases that were sent, and those left as drafts with what is missing.

    ``left`` says of each draft why it could not be sent.
    """

    group: ApplicationGroup
    sent: list[TrainingApplication]
    left: list[tuple[TrainingApplication, list[Refusal]]]


@transaction.atomic
def apply_group(
    *,
    lines: Sequence[PlanLine],
    name: str,
    values: Values,
    papers: Sequence[tuple[str, StoredFile]] = (),
    actor: Any,
    on: dt.date,
) -> GroupOutcome:
    """Begin a case for each of ``lines`` and send those that can be; ``papers`` go to each.

    What concerns all alike (something empty, too late) refuses the whole: ``Refused``. What
    concerns one (no consent, a leave in these days) leaves that one a draft.
    """
    group = begin_group(lines=lines, name=name, values=values, actor=actor, on=on)
    related = ("person", "post", "unit", "plan_line__plan__planning_year")
    cases = list(group.applications.select_related(*related).order_by("pk"))
    if common := [*is_complete(cases[0], on), *is_in_time(cases[0], on)]:
        raise Refused(common)
    outcome = GroupOutcome(group, [], [])
    for case in cases:
        for kind, file in papers:
            attach(application=case, kind=kind, file=file, actor=actor, on=on)
        try:
            with transaction.atomic():
                outcome.sent.append(submit(application=case, actor=actor, on=on))
        except Refused as refusal:
            outcome.left.append((case, refusal.refusals))
    return outcome


# --- consent, papers ----------------------------------------------------------------------------
@transaction.atomic
def give_consent(*, person: Person, actor: Any, on: dt.date) -> PersonalDataConsent:
    """The employee agrees to the use of personal data (law.md §4); twice changes nothing."""
    take(person)
    given = PersonalDataConsent.objects.filter(
        person=person, text_version=CONSENT_TEXT, withdrawn_on__isnull=True
    ).first()
    if given is None:
        given = PersonalDataConsent(
            person=person, text_version=CONSENT_TEXT, given_on=on, given_by=actor
        )
        save(given, actor=actor)
    return given


@transaction.atomic
def attach(
    *, application: TrainingApplication, kind: str, file: StoredFile, actor: Any, on: dt.date
) -> Attachment:
    """Add a paper to the case, whatever state it is in, as long as it is not ended."""
    application = take(application)
    if application.state not in TrainingApplication.OPEN:
        raise ValidationError(_("This case has ended: nothing is added to it any more."))
    attachment = Attachment(
        application=application, kind=kind, file=file, added_by=actor, added_on=on
    )
    save(attachment, actor=actor)
    item = application.amendment_item
    if item is not None and item.paper_id is None:
        put(item, {"paper": file})
        save(item, actor=actor)
    return attachment


@transaction.atomic
def detach(*, attachment: Attachment, actor: Any, on: dt.date) -> Attachment:
    """Take a paper out of sight while the application is being written; the file is kept."""
    application = take(attachment.application)
    attachment = take(attachment)
    if attachment.kind in (Attachment.Kind.LATE, Attachment.Kind.INTERRUPTION):
        raise ValidationError(_("A decision rests on this paper: it stays in the case."))
    if not application.can_be_edited:
        raise ValidationError(_("The application is on its way: its papers stay as they are."))
    if put(attachment, {"withdrawn": True}):
        save(attachment, actor=actor)
    return attachment


# --- late ---------------------------------------------------------------------------------------
@transaction.atomic
def ask_to_admit(
    *, application: TrainingApplication, reason: str, actor: Any, on: dt.date
) -> TrainingApplication:
    """Ask the Centre to admit a late application, saying why (readings, «Late application»)."""
    application = take(application)
    if not reason.strip():
        raise ValidationError({"late_reason": _("Say why the application comes so late (7.1).")})
    if not application.can_be_edited or not applies_late(application, on):
        raise ValidationError(_("This application is not late: it can simply be sent."))
    if put(application, {"late_reason": reason.strip()[:500], "late_asked_on": on}):
        save(application, actor=actor, reason=reason)
        telling.tell_centre("case_late", application)
    return application


@transaction.atomic
def admit(
    *,
    application: TrainingApplication,
    reason: str,
    paper: StoredFile,
    actor: Any,
    on: dt.date,
) -> TrainingApplication:
    """The Centre admits a late application, with reason and paper; it stays marked as late."""
    if not actor.has_perm("training_plans.admit_late", application):
        raise Refused([Refusal(_("Only the Centre admits a late application (7.1)."), "7.1")])
    application = take(application)
    if not application.can_be_edited or not applies_late(application, on):
        raise ValidationError(_("This application is not late: it can simply be sent."))
    if application.starts_on and application.starts_on <= on:
        raise ValidationError(_("The training has begun: nobody can be sent to it any more."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it is admitted: the reason stays (7.1).")})
    put(
        application,
        {
            "late_admitted_on": on,
            "late_admitted_by": actor,
            "late_admitted_because": reason.strip()[:500],
        },
    )
    save(application, actor=actor, reason=reason)
    attach(application=application, kind=Attachment.Kind.LATE, file=paper, actor=actor, on=on)
    telling.tell("case_admitted", application, on=on)
    return application


# --- sending and ending -------------------------------------------------------------------------
@transaction.atomic
def submit(
    *, application: TrainingApplication, actor: Any, on: dt.date, version: int | None = None
) -> TrainingApplication:
    """Apply (7.1): number, clock, route; outside the plan the amendment is proposed (5.5).

    A second click finds it sent already and is refused. Raises ``Refused``, ``ChangedMeanwhile``.
    """

    def move(case: TrainingApplication) -> None:
        if case.number is None:
            case.number = next_number(register=REGISTER, year=case.year)
        case.is_late = applies_late(case, on)
        case.applied_on = case.applied_on or on
        if case.starts_on:
            case.apply_by = last_day_to_apply(case.starts_on, lead_days(case))
        if case.plan_line_id is None:
            case.amendment_item = _proposed(case, actor=actor, on=on)

    application = APPLICATION.apply(
        application, "submit", actor=actor, on=on, version=version, effect=move
    )
    follow(application, actor=actor, on=on)
    route.make_steps(application, on=on)
    return application


def _is_proposed(application: TrainingApplication) -> bool:
    item = application.amendment_item
    return (
        item is not None
        and not item.withdrawn
        and item.amendment.state != Amendment.State.WITHDRAWN
    )


def _proposed(application: TrainingApplication, *, actor: Any, on: dt.date) -> AmendmentItem:
    """The addition to the plan this training needs, as the application says now (5.5).

    Sent again after it was changed, the item of an amendment still being drafted follows; moved
    into another year it is proposed there.
    """
    item = application.amendment_item
    if item is None or not _is_proposed(application):
        return _propose(application, actor=actor, on=on)
    if item.amendment.state != Amendment.State.DRAFT:
        return item
    if item.amendment.plan.planning_year.year != _year_of(application):
        put(item, {"withdrawn": True})
        save(item, actor=actor)
        return _propose(application, actor=actor, on=on)
    terms = {name: getattr(application, name) for name in TERMS}
    if put(item, {**terms, "because": application.unplanned_because}):
        save(item, actor=actor, reason=application.unplanned_because)
    return item


def _year_of(application: TrainingApplication) -> int:
    return application.starts_on.year if application.starts_on else application.year


def _propose(application: TrainingApplication, *, actor: Any, on: dt.date) -> AmendmentItem:
    """A new item in the amendment being drafted."""
    year = _year_of(application)
    plan = Plan.objects.get(planning_year__year=year)
    amendment = open_amendment(plan=plan, actor=actor, on=on)
    first = application.attachments.standing().select_related("file").first()
    item = AmendmentItem(
        amendment=amendment,
        change=AmendmentItem.Change.ADD,
        person=application.person,
        post=application.post,
        because=application.unplanned_because,
        paper=first.file if first else None,
        **{name: getattr(application, name) for name in TERMS},
    )
    save(item, actor=actor, reason=application.unplanned_because)
    return item


@transaction.atomic
def submit_or_keep(
    *, application: TrainingApplication, actor: Any, on: dt.date, version: int | None = None
) -> TrainingApplication:
    """Send it; filed for somebody who has not agreed to the use of their data yet, keep the draft.

    Nobody can agree for another, so that alone is no mistake of who files. Raises ``Refused``.
    """
    refusals = APPLICATION.refusals(application, "submit", actor=actor, on=on)
    missing_consent = {str(refusal) for refusal in has_consent(application, on)}
    is_another = actor.person_id != application.person_id
    if refusals and is_another and {str(refusal) for refusal in refusals} <= missing_consent:
        return application
    return submit(application=application, actor=actor, on=on, version=version)


@transaction.atomic
def withdraw(
    *, application: TrainingApplication, reason: str, actor: Any, on: dt.date
) -> TrainingApplication:
    """Withdrawn by the employee before the order; afterwards an order cancels it."""
    return _end("withdraw", application, reason=reason, actor=actor, on=on)


@transaction.atomic
def call_off(
    *, application: TrainingApplication, reason: str, actor: Any, on: dt.date
) -> TrainingApplication:
    """Called off by the Centre or HR before the order: the provider cancelled, the need ceased."""
    application = _end("call_off", application, reason=reason, actor=actor, on=on)
    telling.tell("case_called_off", application, on=on)
    return application


def _end(
    name: str, application: TrainingApplication, *, reason: str, actor: Any, on: dt.date
) -> TrainingApplication:
    application = APPLICATION.apply(application, name, actor=actor, on=on, reason=reason)
    route.drop_steps(application)
    let_go(application, actor=actor, on=on)
    return application


def after_visa(application: TrainingApplication, *, actor: Any, on: dt.date) -> None:
    """The rector has signed: the contract waits for legal support, the order for who issues it."""
    if application.wants_contract:
        open_contract(application, actor=actor)
    telling.tell_offices("case_approved", application)


def open_contract(application: TrainingApplication, *, actor: Any) -> Contract:
    """The contract of a case to be drawn up; the one there is, if there is one (3.8)."""
    found = Contract.objects.filter(application=application).first()
    if found is not None or application.ends_on is None:
        return found  # type: ignore[return-value]
    rules = CaseRules.in_force()
    start = application.ends_on + DAY
    contract = Contract(
        application=application,
        **application.costs,
        obligation_months=rules.obligation_months,
        service_from=start,
        service_to=add_months(start, rules.obligation_months) - DAY,
        refund_days=rules.refund_days,
    )
    save(contract, actor=actor)
    return contract


def let_go(application: TrainingApplication, *, actor: Any, on: dt.date) -> None:
    """The case has ended without training: the line is free again, the contract not needed."""
    item = application.amendment_item
    if item is not None and not item.withdrawn and item.amendment.state == Amendment.State.DRAFT:
        put(item, {"withdrawn": True})
        save(item, actor=actor)
    follow(application, actor=actor, on=on)
    contract = Contract.objects.filter(application=application).first()
    if contract is not None and contract.state in ("draft", "issued", "signed"):
        CONTRACT.apply(contract, "drop", actor=actor, on=on)

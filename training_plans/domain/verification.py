"""HR verifies the document, the Centre accepts the report: into the ledger (3.10, 7.2, 7.14).

Each verb is one transaction: the person, the case, then its parts are locked; what is refused or
interrupted leaves everything as it was. «Accepted» is a case when both receivers have accepted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interface.figures import in_figures
from staff.domain import registry, standings
from staff.models import Person, TrainingRecord, User
from training_plans.case_papers import trainee_report_data
from training_plans.models import (
    Evidence,
    Plan,
    PlanLine,
    TraineeReport,
    TrainingApplication,
)
from training_plans.transitions import APPLICATION, EVIDENCE, REPORT
from workflow.papers import issue, next_number
from workflow.saving import Values, put, save, take
from workflow.transitions import Refusal, Refused

from . import execution, telling
from .application_checks import day
from .case_closing import close_if_complete
from .case_guards import parts_of

State = TrainingApplication.State
PAPER = "trainee_report"
REGISTER = "trainee_report"
REPORT_MARK = "ТЕ"
MANY_HOURS_A_DAY = 10
RETURNABLE = (State.DOCUMENTS_SUBMITTED, State.ACCEPTED, State.CLOSED)
# What HR puts right of what the employee typed; the document is what counts.
CORRECTABLE = (
    "topic",
    "area",
    "form",
    "mode",
    "provider",
    "country",
    "starts_on",
    "ends_on",
    "hours",
    "credits",
    "cost",
    "document_type",
    "document_number",
    "document_date",
    "document_issuer",
)


class Check(models.TextChoices):
    """What HR compares on the document, one tick each (3.10)."""

    NAME = "name", gettext_lazy("Name, and whose document it is")
    TOPIC = "topic", gettext_lazy("Topic and area")
    HOURS = "hours", gettext_lazy("Volume")
    DATES = "dates", gettext_lazy("Days")
    PROVIDER = "provider", gettext_lazy("Provider")
    NUMBER = "number", gettext_lazy("Number and date of the document")
    ORIGINAL = "original", gettext_lazy("Compared with the original")


# --- what waits -----------------------------------------------------------------------------------
def evidence_to_verify(user: Any) -> models.QuerySet[Evidence]:
    """What waits for HR, the latest first, then the oldest; ``late_days`` are those of its case."""
    rows = Evidence.objects.awaiting_hr().visible_to(user)
    return with_late_days(rows).order_by("-late_days", "sent_on", "pk")


def with_late_days(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """``rows`` of documents or reports with the days their case handed in late, 0 in time."""
    days = Coalesce("application__documents_late_days", 0)
    found: models.QuerySet[Any] = rows.annotate(late_days=days)
    return found


def reports_to_accept(user: Any) -> models.QuerySet[TraineeReport]:
    """What waits for the Centre, in the same order."""
    rows = TraineeReport.objects.awaiting_centre().filter(
        application__in=TrainingApplication.objects.visible_to(user)
    )
    return with_late_days(rows).order_by("-late_days", "sent_on", "pk")


def next_after(waiting: models.QuerySet[Any], pk: int) -> int | None:
    """The key that follows ``pk`` in the queue, from its beginning again after the last one."""
    keys = list(waiting.values_list("pk", flat=True))
    place = keys.index(pk) + 1 if pk in keys else 0
    rest = [key for key in keys[place:] + keys[:place] if key != pk]
    return rest[0] if rest else None


# --- what strikes one about a document ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Finding:
    """Something HR should look at, beside the line of the checklist it belongs to.

    ``about`` is the record or document it speaks of. ``wants_why``: a tick is not enough, the
    inspector says why it is good all the same.
    """

    check: str
    words: str
    tone: Literal["bad", "warn", "info"] = "warn"
    about: TrainingRecord | Evidence | None = None
    wants_why: bool = False

    @property
    def is_record(self) -> bool:
        return isinstance(self.about, TrainingRecord)


def findings(evidence: Evidence, *, on: dt.date) -> list[Finding]:
    """Everything that strikes one about ``evidence`` as it is typed now; a constant number of
    queries.
    """
    return [
        *_differences(evidence),
        *_own_oddities(evidence, on),
        *_twins(evidence),
        *_same_number(evidence),
        *_same_file(evidence),
        *_overlaps(evidence),
    ]


def _differences(evidence: Evidence) -> Iterator[Finding]:
    """Where the document is another one than was ordered; the actual values count (7.14)."""
    case = evidence.application
    if case is None:
        return
    if case.person_id != evidence.person_id:
        yield Finding(
            Check.NAME, _("The case is about another employee."), tone="bad", wants_why=True
        )
    if evidence.hours is not None and case.hours is not None and evidence.hours != case.hours:
        words = {"ordered": in_figures(case.hours), "actual": in_figures(evidence.hours)}
        yield Finding(
            Check.HOURS,
            _("%(ordered)s h were ordered, %(actual)s h are typed: the document decides.") % words,
        )
    if (evidence.starts_on, evidence.ends_on) != (case.starts_on, case.ends_on):
        yield Finding(
            Check.DATES,
            _("Other days than ordered: those on the document count as the actual ones."),
        )
    if evidence.provider_id and case.provider_id and evidence.provider_id != case.provider_id:
        yield Finding(Check.PROVIDER, _("Another provider than ordered."))
    if evidence.area and evidence.area != case.area:
        yield Finding(
            Check.TOPIC, _("Another area than ordered: it may count for another norm (4.3–4.5).")
        )
    if evidence.topic.strip().casefold() != case.topic.strip().casefold():
        yield Finding(Check.TOPIC, _("Another topic than ordered."), tone="info")


def _own_oddities(evidence: Evidence, on: dt.date) -> Iterator[Finding]:
    start, end, dated = evidence.starts_on, evidence.ends_on, evidence.document_date
    if dated and start and dated < start:
        yield Finding(
            Check.NUMBER, _("The document is dated before the training began."), tone="bad"
        )
    if dated and dated > on:
        yield Finding(Check.NUMBER, _("The document is dated in the future."), tone="bad")
    if end and end > on:
        yield Finding(Check.DATES, _("The training has not ended yet (3.10)."), tone="bad")
    if start and end and evidence.hours and end >= start:
        a_day = evidence.hours / ((end - start).days + 1)
        if a_day > MANY_HOURS_A_DAY:
            yield Finding(
                Check.HOURS,
                _("%(hours)s hours a day: look at the hours and the days.")
                % {"hours": in_figures(round(a_day, 1))},
                tone="bad",
                wants_why=True,
            )


def _twins(evidence: Evidence) -> Iterator[Finding]:
    if evidence.state == Evidence.State.VERIFIED or not (evidence.topic and evidence.ends_on):
        return
    twin = registry.twin_of(
        TrainingRecord(
            person_id=evidence.person_id,
            title=evidence.topic,
            ends_on=evidence.ends_on,
            document_number=evidence.document_number,
        )
    )
    if twin is not None:
        yield Finding(
            Check.NUMBER,
            _("This very training is in the ledger already: it cannot be entered twice (3.10)."),
            tone="bad",
            about=twin,
        )


def _records(evidence: Evidence) -> models.QuerySet[TrainingRecord]:
    rows = TrainingRecord.objects.exclude(state=TrainingRecord.State.REVOKED)
    return rows.exclude(pk=evidence.record_id or 0).select_related("person", "provider")


def _other_documents(evidence: Evidence) -> models.QuerySet[Evidence]:
    """Those handed in that no record stands for yet."""
    unseen = [Evidence.State.DRAFT, Evidence.State.WITHDRAWN]
    rows = Evidence.objects.filter(record__isnull=True).exclude(state__in=unseen)
    return rows.exclude(pk=evidence.pk).select_related("person", "provider")


def _same_number(evidence: Evidence) -> Iterator[Finding]:
    """Numbers repeat between issuers (contracts), so the same provider's weighs more."""
    key = evidence.document_key
    if not key:
        return
    others: list[TrainingRecord | Evidence] = [
        *_records(evidence).filter(document_key=key)[:5],
        *_other_documents(evidence).filter(document_key=key)[:5],
    ]
    for found in others:
        same = found.provider_id == evidence.provider_id
        words = (
            _("The same number of the same provider: %(person)s.")
            if same
            else _("The same number, of another provider: %(person)s.")
        )
        yield Finding(
            Check.NUMBER,
            words % {"person": found.person.full_name},
            tone="bad" if same else "warn",
            about=found,
            wants_why=same,
        )


def _same_file(evidence: Evidence) -> Iterator[Finding]:
    if evidence.file is None:
        return
    digest = evidence.file.sha256
    others: list[TrainingRecord | Evidence] = [
        *_records(evidence).filter(document__sha256=digest)[:5],
        *_other_documents(evidence).filter(file__sha256=digest)[:5],
    ]
    for found in others:
        yield Finding(
            Check.NAME,
            _("The same file was handed in before: %(person)s.")
            % {"person": found.person.full_name},
            tone="bad",
            about=found,
            wants_why=True,
        )


def _overlaps(evidence: Evidence) -> Iterator[Finding]:
    start, end = evidence.starts_on, evidence.ends_on
    if not (start and end):
        return
    same_days = {"person_id": evidence.person_id, "starts_on__lte": end, "ends_on__gte": start}
    found: list[tuple[str, TrainingRecord | Evidence]] = [
        *((row.title, row) for row in _records(evidence).filter(**same_days)[:5]),
        *((row.topic, row) for row in _other_documents(evidence).filter(**same_days)[:5]),
    ]
    for title, other in found:
        first, last = other.starts_on, other.ends_on
        words = {"title": title, "start": first and day(first), "end": last and day(last)}
        same = (first, last) == (start, end)  # perhaps the same training under another number
        yield Finding(
            Check.DATES,
            _("In these days also «%(title)s», %(start)s – %(end)s.") % words,
            tone="bad" if same else "warn",
            about=other,
            wants_why=same,
        )


# --- the document: HR -----------------------------------------------------------------------------
def _hold(person_id: int) -> None:
    """Whose it is comes first, as in the ledger; then the case is taken, then its parts."""
    standings.hold(Person.objects.filter(pk=person_id))


def _case_of(evidence: Evidence) -> TrainingApplication | None:
    """The case a document belongs to, locked; ``None`` for training taken on one's own."""
    _hold(evidence.person_id)
    return take(evidence.application) if evidence.application is not None else None


def _correct(evidence: Evidence, values: Values | None, actor: Any) -> None:
    known = {name: value for name, value in (values or {}).items() if name in CORRECTABLE}
    if put(evidence, known):
        save(evidence, actor=actor, reason=_("typing corrected by HR"))


def _take_sent(evidence: Evidence, version: int | None) -> Evidence:
    """Locked; stale only while it still waits, else the transition says in which state it is."""
    fresh = take(evidence)
    return take(fresh, version) if fresh.state == Evidence.State.SENT else fresh


@transaction.atomic
def correct_evidence(
    *,
    evidence: Evidence,
    values: Values,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> Evidence:
    """HR puts right what was typed beside the document; the values before stay in the history."""
    _case_of(evidence)
    evidence = _take_sent(evidence, version)
    _ask(evidence, "return", actor=actor, on=on)
    _correct(evidence, values, actor)
    return evidence


def _ask(evidence: Evidence, name: str, *, actor: Any, on: dt.date) -> None:
    if refusals := EVIDENCE.refusals(evidence, name, actor=actor, on=on):
        raise Refused(refusals)


@transaction.atomic
def verify_evidence(
    *,
    evidence: Evidence,
    ticked: Collection[str],
    reasons: Mapping[str, str],
    actor: Any,
    on: dt.date,
    values: Values | None = None,
    compared_on: dt.date | None = None,
    kept_at: str = "",
    version: int | None = None,
) -> Evidence:
    """HR has compared the document: into the ledger, the standing follows (3.10, 7.14).

    ``ticked`` and ``reasons`` go by ``Check``: what is not ticked, and what strikes one so much
    that a tick is not enough, needs a reason. ``values`` corrects the typing. Raises ``Refused``,
    ``ChangedMeanwhile``, and ``ValidationError`` by field, of code «twin» with the record's key.
    """
    application = _case_of(evidence)
    if application is not None and application.state not in TrainingApplication.AFTER_ORDER:
        raise Refused([Refusal(_("The order of this case was cancelled: nothing is verified."))])
    evidence = _take_sent(evidence, version)
    if evidence.state == Evidence.State.SENT:
        _correct(evidence, values, actor)
        _check_list(evidence, ticked, reasons, compared_on, on)
    compared = Check.ORIGINAL in ticked

    def into_the_ledger(document: Evidence) -> None:
        document.compared_on = compared_on if compared else None
        document.compared_by = actor if compared else None
        document.kept_at = kept_at.strip()
        document.remark = ""
        document.record = registry.enter_record(
            person=document.person,
            values=_record_values(document),
            document=document.file,
            source=(TrainingRecord.Source.CASE if application else TrainingRecord.Source.EMPLOYEE),
            actor=actor,
            on=on,
        )

    evidence = EVIDENCE.apply(
        evidence,
        "verify",
        actor=actor,
        on=on,
        reason=_in_lines(reasons),
        effect=into_the_ledger,
    )
    if application is not None:
        _prove_line(application, evidence.record, actor=actor)
        _settle(application, actor=actor, on=on)
    return evidence


def _check_list(
    evidence: Evidence,
    ticked: Collection[str],
    reasons: Mapping[str, str],
    compared_on: dt.date | None,
    on: dt.date,
) -> None:
    """Every line is ticked, or says why not."""
    striking = {f.check: f.words for f in findings(evidence, on=on) if f.wants_why}
    errors: dict[str, str] = {}
    for check in Check:
        if reasons.get(check, "").strip():
            continue
        if check in striking:
            errors[f"reason_{check}"] = _("%(finding)s Say why it is good all the same.") % {
                "finding": striking[check]
            }
        elif check not in ticked:
            errors[f"reason_{check}"] = _("Tick it, or say why it is not ticked (3.10).")
    if Check.ORIGINAL in ticked and (compared_on is None or compared_on > on):
        errors["compared_on"] = _("Give the day of the comparison, not later than today.")
    if errors:
        raise ValidationError(errors)


def _in_lines(reasons: Mapping[str, str]) -> str:
    """«Volume: …», a line each: what the decision keeps of the checklist."""
    labels = dict(Check.choices)
    return "\n".join(
        f"{labels[check]}: {reasons[check].strip()}"
        for check in Check
        if reasons.get(check, "").strip()
    )


def _record_values(evidence: Evidence) -> dict[str, Any]:
    """The training as it was: actual days and hours; the cost of the case unless one is said."""
    case = evidence.application
    cost = evidence.cost if evidence.cost is not None or case is None else case.cost
    same = (
        "form",
        "area",
        "mode",
        "country",
        "provider",
        "starts_on",
        "ends_on",
        "hours",
        "credits",
        "document_number",
        "document_date",
    )
    return {name: getattr(evidence, name) for name in same} | {
        "title": evidence.topic,
        "cost": cost,
    }


def _prove_line(
    application: TrainingApplication, record: TrainingRecord | None, *, actor: Any
) -> None:
    """The line of the plan is done by this record, unless another did it meanwhile (3.14).

    Not by ``set_execution``: a course over New Year ends in another year and is done all the same.
    """
    line = application.plan_line
    if line is None or record is None or line.plan.state != Plan.State.APPROVED:
        return
    line = take(line)
    if not line.taken_out and not execution.is_proved(line):
        execution.mark(line=line, state=PlanLine.Execution.DONE, actor=actor, record=record)


def _settle(application: TrainingApplication, *, actor: Any, on: dt.date) -> TrainingApplication:
    """Accepted when both receivers have accepted; closed where nothing more is to follow (7.14)."""
    evidence, report = parts_of(application)
    if (
        application.state != State.DOCUMENTS_SUBMITTED
        or evidence is None
        or evidence.state != Evidence.State.VERIFIED
        or report is None
        or report.state != TraineeReport.State.ACCEPTED
    ):
        return application
    application = APPLICATION.apply(application, "accept", actor=actor, on=on)
    telling.tell("case_accepted", application, on=on)
    close_if_complete(application, actor=actor, on=on)
    return application


@transaction.atomic
def return_evidence(
    *, evidence: Evidence, reason: str, actor: Any, on: dt.date, version: int | None = None
) -> Evidence:
    """HR returns the document with a reason; the employee is told and hands it in again (7.14)."""
    application = _case_of(evidence)
    evidence = _take_sent(evidence, version)
    evidence = EVIDENCE.apply(
        evidence, "return", actor=actor, on=on, reason=reason, effect=_remarked(reason)
    )
    _send_back(evidence, application, reason=reason, actor=actor, on=on)
    return evidence


def _remarked(reason: str) -> Any:
    def remark(thing: Evidence | TraineeReport) -> None:
        thing.remark = reason.strip()

    return remark


def _send_back(
    evidence: Evidence,
    application: TrainingApplication | None,
    *,
    reason: str,
    actor: Any,
    on: dt.date,
) -> None:
    """The case waits for the document again; whose it is gets a letter."""
    if application is None:
        owners = User.objects.filter(is_active=True, person_id=evidence.person_id)
        telling.write("evidence_returned", owners, evidence=evidence.pk)
        return
    application = _return_case(application, reason=reason, actor=actor, on=on)
    telling.tell("evidence_returned", application, on=on, evidence=evidence.pk)


def _return_case(
    application: TrainingApplication, *, reason: str, actor: Any, on: dt.date
) -> TrainingApplication:
    def reopened(case: TrainingApplication) -> None:
        case.closed_on = None

    if application.state not in RETURNABLE:
        return application  # the other receiver has returned it already
    return APPLICATION.apply(
        application, "return_documents", actor=actor, on=on, reason=reason, effect=reopened
    )


# --- the report: the Centre -----------------------------------------------------------------------
@transaction.atomic
def accept_report(
    *, report: TraineeReport, actor: Any, on: dt.date, version: int | None = None
) -> TraineeReport:
    """The Centre accepts the report: numbered, frozen as Ү 464-002-2025 (7.2, 7.14)."""
    _hold(report.application.person_id)
    application = take(report.application)
    if application.state not in TrainingApplication.AFTER_ORDER:
        raise Refused([Refusal(_("The order of this case was cancelled: nothing is accepted."))])
    report = _take_sent_report(report, version)

    def issued(case: TraineeReport) -> None:
        case.accepted_on, case.accepted_by, case.remark = on, actor, ""
        count = next_number(register=REGISTER, year=on.year)
        case.paper = issue(
            kind=PAPER,
            number=f"{count}-{REPORT_MARK}/{on.year}",
            data=trainee_report_data(case, on=on),
            subject=case,
            actor=actor,
            on=on,
        )

    report = REPORT.apply(report, "accept", actor=actor, on=on, effect=issued)
    evidence, _report = parts_of(application)
    if evidence is not None:
        _prove_line(application, evidence.record, actor=actor)
    _settle(application, actor=actor, on=on)
    return report


@transaction.atomic
def return_report(
    *,
    report: TraineeReport,
    reason: str,
    actor: Any,
    on: dt.date,
    hints: Mapping[str, str] | None = None,
    version: int | None = None,
) -> TraineeReport:
    """The Centre returns the report. ``hints`` say by field what is wanted there (7.2)."""
    _hold(report.application.person_id)
    application = take(report.application)
    report = _take_sent_report(report, version)
    remark = _with_hints(reason, hints or {})
    report = REPORT.apply(
        report, "return", actor=actor, on=on, reason=remark, effect=_remarked(remark)
    )
    application = _return_case(application, reason=remark, actor=actor, on=on)
    telling.tell("report_returned", application, on=on, report=report.pk)
    return report


def _take_sent_report(report: TraineeReport, version: int | None) -> TraineeReport:
    fresh = take(report)
    return take(fresh, version) if fresh.state == TraineeReport.State.SENT else fresh


def _with_hints(reason: str, hints: Mapping[str, str]) -> str:
    """The reason, then a line for each section that has a hint: «goals: …»."""
    lines = [
        f"{TraineeReport._meta.get_field(name).verbose_name}: {hint.strip()}"  # type: ignore[union-attr]
        for name, hint in hints.items()
        if hint.strip()
    ]
    return "\n".join(filter(None, [reason.strip(), *lines]))


# --- revoked --------------------------------------------------------------------------------------
def follow_revocation(
    *, record: TrainingRecord, reason: str, actor: Any, on: dt.date, **_more: Any
) -> None:
    """The record of a document was revoked: the document is missing again, in the same transaction.

    Receiver of ``staff.domain.registry.record_revoked``.
    """
    evidence = Evidence.objects.filter(record=record).first()
    if evidence is None:
        return
    application = _case_of(evidence)

    def without_record(document: Evidence) -> None:
        document.record = None
        document.remark = reason.strip()

    evidence = EVIDENCE.apply(
        evidence, "reopen", actor=actor, on=on, reason=reason, effect=without_record
    )
    _send_back(evidence, application, reason=reason, actor=actor, on=on)
    line = application.plan_line if application is not None else None
    if line is None or line.record_id != record.pk or line.taken_out:
        return
    if line.plan.state == Plan.State.APPROVED:
        execution.set_execution(
            line=line, state=PlanLine.Execution.DOCUMENTS_DUE, actor=actor, on=on
        )

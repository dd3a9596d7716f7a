"""The verbs after the end: the certificate and the trainee's report (clauses 7.2, 7.14, 3.10).

Two parts of one case, each prepared and sent on its own; with the second one the case is handed
in. The case row is locked first, then its parts. Training taken on one's own has the first part
alone and no case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from interface.text import search_key
from staff.models import Person, TrainingRecord
from training_plans.models import RATINGS, Evidence, TraineeReport, TrainingApplication
from training_plans.transitions import APPLICATION, EVIDENCE, REPORT
from workflow.models import StoredFile
from workflow.saving import Values, put, save, take
from workflow.transitions import Refusal, Refused

from . import case_guards as guards
from .application_checks import day
from .case_lines import follow

ORDERED = (
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
)
COMPARED = ("topic", "area", "provider", "starts_on", "ends_on", "hours")
WRITTEN = (
    "goals",
    "modules",
    "knowledge",
    "fulfilment",
    "materials",
    "proposals",
    *RATINGS,
    "recommend",
    "future_needs",
)


# --- what is known already ----------------------------------------------------------------------
def proposed_evidence(application: TrainingApplication) -> Evidence:
    """The certificate of a case with everything the order says filled in; not kept yet."""
    provider = application.provider
    return Evidence(
        application=application,
        person=application.person,
        document_issuer=provider.name if provider else "",
        **{name: getattr(application, name) for name in ORDERED},
    )


def proposed_report(application: TrainingApplication) -> TraineeReport:
    """The report with the goals the plan and the catalogue know; not kept yet."""
    goal = str(application.get_goal_display()) if application.goal else ""
    lines = [f"«{application.topic}»: {goal}" if goal else ""]
    course = application.course
    if course is not None and course.outcomes.strip():
        lines.append(course.outcomes.strip())
    return TraineeReport(application=application, goals="\n".join(line for line in lines if line))


class Difference(NamedTuple):
    """A field in which the document differs from the order, and both values."""

    name: str
    label: str
    ordered: Any
    actual: Any


def differences(evidence: Evidence) -> list[Difference]:
    """Where the document says something else than the order; the order stays as it is."""
    application = evidence.application
    if application is None:
        return []
    found = []
    for name in COMPARED:
        ordered, actual = getattr(application, name), getattr(evidence, name)
        same = ordered == actual
        if name == "topic":
            same = search_key(ordered) == search_key(actual)
        if not same and ordered not in (None, "") and actual not in (None, ""):
            label = str(Evidence._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            found.append(Difference(name, label, ordered, actual))
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of what a report must say is there; ``missing`` by field name."""

    done: int
    total: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total

    @property
    def labels(self) -> list[str]:
        """What is missing, as the fields are called on screen."""
        return [
            str(TraineeReport._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            for name in self.missing
        ]


def progress_of(report: TraineeReport) -> Progress:
    """Counts what ``case_guards.report_is_complete`` asks for (forms.md §3)."""
    application = report.application
    asked = ["goals", "knowledge", *RATINGS]
    if not application.is_internship:
        asked.append("modules")
    if application.is_teacher:
        asked.append("proposals")
    missing = tuple(name for name in asked if getattr(report, name) in (None, "", []))
    return Progress(len(asked) - len(missing), len(asked), missing)


def hours_of_modules(report: TraineeReport) -> Decimal:
    """Academic hours of the modules together."""
    return sum((Decimal(row["hours"]) for row in report.modules if row.get("hours")), Decimal(0))


def owing(*, person: int | None, on: dt.date) -> QuerySet[TrainingApplication]:
    """Cases of ``person`` whose training is over and whose documents are not handed in."""
    return TrainingApplication.objects.filter(
        person=person, state=TrainingApplication.State.ORDERED, ends_on__lte=on
    ).order_by("documents_due_on", "pk")


def is_late(application: TrainingApplication, on: dt.date) -> bool:
    """Whether handing in on that day is late; what was handed in once stays as it was (7.2)."""
    due = application.documents_due_on
    return due is not None and application.documents_sent_on is None and on > due


# --- the confirming document --------------------------------------------------------------------
@transaction.atomic
def begin_evidence(*, application: TrainingApplication, actor: Any, on: dt.date) -> Evidence:
    """The certificate of the case: the one there is, or a new draft of what the order says."""
    found = Evidence.objects.filter(application=application).first()
    if found is not None:
        return found
    return save_evidence(
        evidence=proposed_evidence(application), values={}, actor=actor, on=on, version=0
    )


@transaction.atomic
def save_evidence(
    *,
    evidence: Evidence,
    values: Values,
    file: StoredFile | None = None,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> Evidence:
    """Keep the draft with what was typed and, where one came, its file; all or nothing.

    ``evidence`` may be one not kept yet. The order is never touched: days and hours that came out
    different are the actual ones. Raises ``ValidationError``, ``ChangedMeanwhile``.
    """
    evidence = _held(evidence, version)
    if not actor.has_perm("training_plans.hand_in_document", evidence):
        raise Refused([Refusal(_("This is not yours to decide."), because="permission")])
    if not evidence.can_be_edited:
        raise ValidationError(
            _("This document was sent already (%(state)s). Only a returned one can be changed.")
            % {"state": evidence.get_state_display()}
        )
    is_new = evidence.pk is None
    start, end = values.get("starts_on"), values.get("ends_on")
    if start and end and end < start:
        raise ValidationError(
            {"ends_on": _("The training ends before it begins. Correct one of the two days.")}
        )
    changes = dict(values) | ({"file": file} if file is not None else {})
    if put(evidence, changes):
        if is_new and evidence.application_id is None:
            refuse_twin(evidence)
        save(evidence, actor=actor)
    return evidence


def _held(evidence: Evidence, version: int | None) -> Evidence:
    """``evidence`` as it stands, its case locked before it; a new one of a person locks them."""
    if evidence.application is None:
        if evidence.pk is not None:
            return take(evidence, version)
        take(evidence.person)
        return evidence
    application = _open_case(evidence.application)
    found = Evidence.objects.filter(application=application).first()
    if found is not None:
        return take(found, version)
    return evidence


def _open_case(application: TrainingApplication) -> TrainingApplication:
    """The case, locked; refused where there is no order whose documents could be prepared."""
    application = take(application)
    if application.state not in TrainingApplication.AFTER_ORDER:
        raise ValidationError(
            _("There is no order yet: documents follow the training (7.1)."), code="no_order"
        )
    return application


@transaction.atomic
def send_evidence(
    *,
    evidence: Evidence,
    actor: Any,
    on: dt.date,
    because: str = "",
    version: int | None = None,
) -> Evidence:
    """Send the document to HR; with the report sent too, the case is handed in (7.14).

    ``because``: why it comes late, obligatory then. Training of one's own that is in the ledger or
    on its way already is refused (code ``twin``). Raises ``Refused``, ``ValidationError``.
    """
    application = take(evidence.application) if evidence.application else None

    def send(document: Evidence) -> None:
        if application is None:
            refuse_twin(document)
        document.sent_on, document.remark = on, ""

    evidence = EVIDENCE.apply(evidence, "send", actor=actor, on=on, version=version, effect=send)
    if application is not None:
        _hand_in(application, because=because, actor=actor, on=on)
    return evidence


# --- the trainee's report -----------------------------------------------------------------------
@transaction.atomic
def save_report(
    *,
    application: TrainingApplication,
    values: Values,
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> TraineeReport:
    """Keep what was written of the report so far, by the employee alone (7.2).

    Raises ``ValidationError``, and ``ChangedMeanwhile`` where another device was quicker.
    """
    application = _open_case(application)
    found = TraineeReport.objects.filter(application=application).first()
    report = take(found, version) if found is not None else proposed_report(application)
    if not actor.has_perm("training_plans.write_report", report):
        raise Refused([Refusal(_("The employee writes the report (7.2)."), "7.2", "permission")])
    if not report.can_be_edited:
        raise ValidationError(
            _("This report was sent already (%(state)s). Only a returned one can be changed.")
            % {"state": report.get_state_display()}
        )
    if put(report, {name: values[name] for name in WRITTEN if name in values}):
        save(report, actor=actor)
    return report


@transaction.atomic
def send_report(
    *,
    report: TraineeReport,
    actor: Any,
    on: dt.date,
    because: str = "",
    version: int | None = None,
) -> TraineeReport:
    """Send the report to the Centre; with the document sent too, the case is handed in (7.2)."""
    application = take(report.application)

    def send(written: TraineeReport) -> None:
        written.sent_on, written.remark = on, ""

    report = REPORT.apply(report, "send", actor=actor, on=on, version=version, effect=send)
    _hand_in(application, because=because, actor=actor, on=on)
    return report


# --- both ---------------------------------------------------------------------------------------
@transaction.atomic
def send_both(
    *, application: TrainingApplication, actor: Any, on: dt.date, because: str = ""
) -> TrainingApplication:
    """Send whichever part is still here, both or none. Raises ``Refused`` with every reason."""
    application = take(application)
    evidence, report = guards.parts_of(application)
    evidence = evidence or proposed_evidence(application)
    report = report or proposed_report(application)
    if not evidence.can_be_edited and not report.can_be_edited:
        raise ValidationError(_("Both parts were handed in already: nothing more is needed."))
    refusals = []
    if evidence.can_be_edited:
        refusals += EVIDENCE.refusals(evidence, "send", actor=actor, on=on)
    if report.can_be_edited:
        refusals += REPORT.refusals(report, "send", actor=actor, on=on)
    if refusals:
        raise Refused(list(dict.fromkeys(refusals)))
    if evidence.can_be_edited:
        send_evidence(evidence=evidence, actor=actor, on=on, because=because)
    if report.can_be_edited:
        send_report(report=report, actor=actor, on=on, because=because)
    application.refresh_from_db()
    return application


def _hand_in(
    application: TrainingApplication, *, because: str, actor: Any, on: dt.date
) -> TrainingApplication:
    """The case follows its parts: handed in with the second one; a late one says why (7.2)."""
    application.refresh_from_db()
    late = is_late(application, on)
    because = because.strip()[:500]
    if late and not because and not application.documents_late_because:
        due = application.documents_due_on
        raise ValidationError(
            {
                "late_because": _(
                    "The documents were due by %(day)s (7.2, 7.14). They are accepted; say why "
                    "they come late."
                )
                % {"day": day(due) if due else ""}
            },
            code="late",
        )
    if late and because and put(application, {"documents_late_because": because}):
        save(application, actor=actor, reason=because)
    if list(guards.both_are_sent(application, on)):
        return application

    def hand_in(case: TrainingApplication) -> None:
        if case.documents_sent_on is None:  # what was returned and sent again is not late again
            due = case.documents_due_on
            case.documents_late_days = max(0, (on - due).days) if due else 0
            case.documents_sent_on = on

    application = APPLICATION.apply(application, "hand_in", actor=actor, on=on, effect=hand_in)
    follow(application, actor=actor, on=on)
    return application


# --- training taken on one's own ----------------------------------------------------------------
@transaction.atomic
def hand_in_own(
    *,
    person: Person,
    values: Values,
    file: StoredFile | None,
    actor: Any,
    on: dt.date,
    send: bool = True,
) -> Evidence:
    """Training without an application: kept as a draft, or sent to HR at once (readings).

    Refused where the same document is in the ledger or on its way already (code ``twin``).
    """
    evidence = save_evidence(
        evidence=Evidence(person=person), values=values, file=file, actor=actor, on=on
    )
    return send_evidence(evidence=evidence, actor=actor, on=on) if send else evidence


def withdraw(*, evidence: Evidence, reason: str, actor: Any, on: dt.date) -> Evidence:
    """Take back training of one's own that HR has not verified; it stays in the history."""
    return EVIDENCE.apply(evidence, "withdraw", actor=actor, on=on, reason=reason)


def twins(evidence: Evidence) -> list[TrainingRecord | Evidence]:
    """The same person's records and documents that are the same file, document or training.

    Numbers repeat between issuers, so a number counts with the same provider or last day.
    """
    key, title = search_key(evidence.document_number)[:80], search_key(evidence.topic)[:300]
    sha = evidence.file.sha256 if evidence.file else ""
    near = Q(pk__in=[])
    if evidence.provider_id:
        near |= Q(provider=evidence.provider_id)
    if evidence.ends_on:
        near |= Q(ends_on=evidence.ends_on)
    same_number = Q(document_key=key) & near
    records = Q(title_key=title, ends_on=evidence.ends_on)
    documents = Q(topic=evidence.topic, ends_on=evidence.ends_on)
    if not (title and evidence.ends_on):
        records = documents = Q(pk__in=[])
    if key:
        records, documents = records | same_number, documents | same_number
    if sha:
        records, documents = records | Q(document__sha256=sha), documents | Q(file__sha256=sha)
    in_ledger = TrainingRecord.objects.filter(records, person=evidence.person_id)
    on_the_way = Evidence.objects.filter(
        documents,
        person=evidence.person_id,
        record__isnull=True,
    ).exclude(state=Evidence.State.WITHDRAWN)
    on_the_way = on_the_way.exclude(application__state=TrainingApplication.State.CANCELLED)
    return [
        *in_ledger.exclude(state=TrainingRecord.State.REVOKED).exclude(pk=evidence.record_id or 0),
        *on_the_way.exclude(pk=evidence.pk),
    ]


def refuse_twin(evidence: Evidence) -> None:
    """Raises ``ValidationError`` (code ``twin``; params ``record`` or ``evidence``)."""
    found = twins(evidence)
    if not found:
        return
    first = found[0]
    is_record = isinstance(first, TrainingRecord)
    sentence = (
        _(
            "This training is in the ledger already: the same document, number or training. Open "
            "that record and look."
        )
        if is_record
        else _("You have handed in or prepared this document already. Open that one and look.")
    )
    params: Mapping[str, Any] = {"record" if is_record else "evidence": first.pk}
    raise ValidationError(sentence, code="twin", params=dict(params))

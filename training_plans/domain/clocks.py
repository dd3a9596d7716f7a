"""The clocks of a case: what has to be done by when, and how it came out (3.8, 7.1, 7.2, 7.14).

Pure: days in, ``Clock``s out. Days are calendar days; ``days`` counts from the day itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from training_plans.models import CaseRules, Contract, TrainingApplication
from workflow.calendar import (
    DAY,
    documents_due,
    is_working_day,
    last_day_to_apply,
    previous_working_day,
)

from .application_checks import lead_days
from .case_file import NEVER_HELD, CaseFile, short_name

State = TrainingApplication.State


class Run(StrEnum):
    """How a clock stands: done in time or late, running, over, or not begun."""

    MET = "met"
    MISSED = "missed"
    RUNNING = "running"
    OVER = "over"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Clock:
    """One term. ``days``: left, or over; early or late where it is done; 0 before it begins.

    ``is_event`` is a day that comes by itself (the training begins), not a duty. ``note`` is a
    piece of advice or what the clock waits for.
    """

    name: str
    label: str
    due: dt.date
    clause: str
    run: Run
    days: int = 0
    done_on: dt.date | None = None
    note: str = ""
    is_event: bool = False


def clock(
    name: str,
    label: str,
    *,
    due: dt.date,
    clause: str,
    on: dt.date,
    done_on: dt.date | None = None,
    begun: bool = True,
    note: str = "",
) -> Clock:
    """A duty due on a day: done or not, early or late, compared with ``on``."""
    if done_on is not None:
        run = Run.MET if done_on <= due else Run.MISSED
        days = abs((due - done_on).days)
    elif not begun:
        run, days = Run.AHEAD, 0
    else:
        run = Run.RUNNING if on <= due else Run.OVER
        days = abs((due - on).days)
    return Clock(name, label, due, clause, run, days, done_on, note)


def clocks_of(
    file: CaseFile, *, rules: CaseRules, calendar: Mapping[dt.date, bool], on: dt.date
) -> list[Clock]:
    """The clocks of a case in the order they run out.

    ``calendar``: the academy's own exceptions. A case that ended without training keeps only
    what was done.
    """
    case = file.application
    found = [*_application(case, rules, calendar, on)]
    if case.state not in NEVER_HELD:
        found += [
            *_step(file, on),
            *_order(file, calendar, on),
            *_training(case, on),
            *_documents(case, rules, calendar, on),
        ]
    found += [*_contract(file, on)]
    return sorted(found, key=lambda row: row.due)


def _application(
    case: TrainingApplication, rules: CaseRules, calendar: Mapping[dt.date, bool], on: dt.date
) -> Iterator[Clock]:
    if case.starts_on is None:
        return
    days = lead_days(case, rules)
    due = case.apply_by or last_day_to_apply(case.starts_on, days)
    if case.applied_on is None and case.state in NEVER_HELD:
        return
    note = ""
    if case.applied_on is None and on <= due and not is_working_day(due, calendar):
        note = _("Not a working day: apply by %(day)s.") % {
            "day": date_format(previous_working_day(due, calendar), "SHORT_DATE_FORMAT")
        }
    clause = "7.5" if days == rules.abroad_days and case.is_internship else "7.1"
    yield clock(
        "apply", _("Apply"), due=due, clause=clause, on=on, done_on=case.applied_on, note=note
    )


def _step(file: CaseFile, on: dt.date) -> Iterator[Clock]:
    step = file.waiting
    if step is None or step.due_on is None:
        return
    label = _("Visa: %(step)s") % {"step": short_name(step.kind)}
    yield clock(
        "step", label, due=step.due_on, clause="", on=on, note=_("the academy's own target")
    )


def _order(file: CaseFile, calendar: Mapping[dt.date, bool], on: dt.date) -> Iterator[Clock]:
    case, line = file.application, file.order
    start = line.starts_on if line else case.starts_on
    if start is None:
        return
    due = previous_working_day(start - DAY, calendar)
    begun = case.state == State.APPROVED or due < on
    yield clock(
        "order",
        pgettext("paper", "Order"),
        due=due,
        clause="7.1",
        on=on,
        done_on=line.order.issued_on if line else None,
        begun=begun,
        note="" if line or begun else _("after the rector's visa"),
    )


def _training(case: TrainingApplication, on: dt.date) -> Iterator[Clock]:
    """The training itself: begins, runs, has ended. Nobody's duty, so never late."""
    if case.starts_on is None or case.ends_on is None:
        return
    if case.interrupted_on is not None and case.state == State.ORDERED:
        day, run, label = case.interrupted_on, Run.AHEAD, _("Training")
        note = _("interrupted")
    elif on < case.starts_on:
        day, run, note, label = case.starts_on, Run.RUNNING, "", _("Training begins")
    elif on <= case.ends_on and case.state in TrainingApplication.AFTER_ORDER:
        day, run, label = case.ends_on, Run.RUNNING, _("Training ends")
        note = _("in training")
    elif case.state in TrainingApplication.AFTER_ORDER:
        day, run, note, label = case.ends_on, Run.MET, "", _("Training ended")
    else:
        day, run, label = case.starts_on, Run.OVER, _("Training begins")
        note = _("no order was issued")
    yield Clock("start", label, day, "", run, abs((day - on).days), note=note, is_event=True)


def _documents(
    case: TrainingApplication, rules: CaseRules, calendar: Mapping[dt.date, bool], on: dt.date
) -> Iterator[Clock]:
    """End + 5 calendar days, moved off days not worked (7.2, 7.14)."""
    if case.ends_on is None:
        return
    due = case.documents_due_on or documents_due(case.ends_on, calendar, rules.documents_days)
    stopped = case.interrupted_on is not None and case.state == State.ORDERED
    begun = case.state in TrainingApplication.AFTER_ORDER and case.ends_on < on and not stopped
    sent = case.documents_sent_on if case.state != State.ORDERED else None
    waits_for = _("after the order is changed") if stopped else _("after the training")
    yield clock(
        "documents",
        _("Certificate and report"),
        due=due,
        clause="7.2",
        on=on,
        done_on=sent,
        begun=begun,
        note="" if begun or sent else waits_for,
    )


def _contract(file: CaseFile, on: dt.date) -> Iterator[Clock]:
    """Signed before the training begins; then the obligation, or what is to be refunded (3.8)."""
    case, contract = file.application, file.contract
    if contract is None or contract.state == Contract.State.VOID:
        return
    if case.starts_on is not None and case.state not in NEVER_HELD:
        label = _("Contract to be signed")
        yield clock(
            "contract",
            label,
            due=case.starts_on - DAY,
            clause="3.8",
            on=on,
            done_on=contract.signed_on,
        )
    if file.refund is not None and file.refund.due_on is not None:
        refund = file.refund
        done = refund.paid_on
        if refund.state == refund.State.DUE or done:
            yield clock(
                "refund", _("Refund"), due=file.refund.due_on, clause="3.8", on=on, done_on=done
            )
    elif contract.state in (Contract.State.SIGNED, Contract.State.FULFILLED):
        run = Run.AHEAD if on < contract.service_from else Run.RUNNING
        if contract.state == Contract.State.FULFILLED or on > contract.service_to:
            run = Run.MET
        days = abs((contract.service_to - on).days) if run == Run.RUNNING else 0
        note = _("from %(day)s") % {"day": date_format(contract.service_from, "SHORT_DATE_FORMAT")}
        yield Clock(
            "obligation",
            _("Obligation to work on until"),
            contract.service_to,
            "3.8",
            run,
            days,
            note=note if run == Run.AHEAD else "",
            is_event=True,
        )

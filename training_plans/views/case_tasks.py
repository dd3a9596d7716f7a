"""What cases put onto the home page, by role: one's own, those to decide, those of an office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Min
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from training_plans.domain import case_waiting
from training_plans.domain.application_checks import applies_late
from training_plans.domain.case_waiting import Counts
from training_plans.models import CaseRules, TrainingApplication
from workflow.calendar import last_day_to_apply

from .case_links import link
from .tasks import Task

State = TrainingApplication.State


def case_tasks(*, user: Any, on: dt.date) -> list[Task]:
    """Visas first, then what is one's own, then what the offices have to do."""
    rules = CaseRules.in_force()
    counts = case_waiting.at_home(user, on, rules=rules)
    tasks = list(_visas(counts, user, on))
    if user.person_id is not None:
        tasks += _own(user, on, rules)
    tasks += _of_the_centre(counts)
    tasks += _orders(counts)
    tasks += _of_hr(counts)
    tasks += _missing(counts.of("documents_late"), user, on, rules)
    tasks += _to_close(counts)
    tasks += _of_legal(counts)
    return tasks + _refunds(counts)


def _visas(counts: Counts, user: Any, on: dt.date) -> Iterator[Task]:
    count = counts.visas
    if not count:
        return
    words = ngettext(
        "%(count)s application waits for your visa",
        "%(count)s applications wait for your visa",
        count,
    )
    yield Task(
        what=words % {"count": count},
        about=gettext("To agree, to return with a reason, or to refuse"),
        url=link("case_queue"),
        clause="7.1",
        due=case_waiting.oldest_visa(user, on),
        word=gettext("to decide"),
    )


# --- oneself ------------------------------------------------------------------------------------
def _own(user: Any, on: dt.date, rules: CaseRules) -> Iterator[Task]:
    person = user.person_id
    for case in case_waiting.own_cases(person):
        yield from _own_case(case, on, rules)
    for row in case_waiting.own_orders(person):
        yield Task(
            what=gettext("Order № %(number)s: read it and confirm")
            % {"number": row.order.number_text},
            about=row.application.topic,
            url=link("case", row.application_id),
            clause="7.1",
            word=gettext("to acknowledge"),
        )
    for evidence in case_waiting.own_returned_evidence(person):
        yield Task(
            what=gettext("HR returned a certificate"),
            about=evidence.remark or evidence.topic,
            url=link("own_training", evidence.pk),
            clause="3.10",
            word=gettext("to correct"),
        )
    for line, last in case_waiting.to_apply_for(person, on=on, rules=rules):
        late = last < on
        starts = date_format(line.starts_on, "SHORT_DATE_FORMAT") if line.starts_on else ""
        about = gettext("«%(topic)s», begins on %(day)s") % {"topic": line.topic, "day": starts}
        if late:
            about += " · " + gettext("only the Centre can still admit it")
        yield Task(
            what=gettext("Apply for the training of the plan"),
            about=about,
            url=link("application_begin", line.pk),
            clause="7.1",
            due=last,
        )


def _own_case(case: TrainingApplication, on: dt.date, rules: CaseRules) -> Iterator[Task]:
    """What the employee has to do about one case of theirs, if anything."""
    page = link("case", case.pk)
    if case.state in TrainingApplication.EDITABLE:
        if case.late_asked_on and case.late_admitted_on is None:
            return  # it waits for the Centre
        returned = case.state == State.RETURNED
        admitted = case.late_admitted_on is not None and applies_late(case, on)
        last = None
        if case.starts_on is not None and not applies_late(case, on):
            last = last_day_to_apply(
                case.starts_on,
                rules.abroad_days if case.is_internship and case.is_abroad else rules.apply_days,
            )
        yield Task(
            what=gettext("Your application was returned")
            if returned
            else gettext("The Centre admits your late application: send it")
            if admitted
            else gettext("Your application is begun, but not sent"),
            about=case.topic,
            url=page,
            clause="7.1",
            due=None if returned else last,
            word=gettext("to correct") if returned else gettext("to send"),
        )
    elif case.state == State.ORDERED and case.ends_on is not None and case.ends_on <= on:
        if case.interrupted_on is not None:
            return
        returned_parts = [
            part
            for part in (getattr(case, "evidence", None), getattr(case, "report", None))
            if part is not None and part.state == "returned"
        ]
        if returned_parts:
            yield Task(
                what=gettext("Your documents were returned: correct them"),
                about=returned_parts[0].remark or case.topic,
                url=link("hand_in", case.pk),
                clause="7.2",
                due=case.documents_due_on,
                word=gettext("to correct"),
            )
        else:
            yield Task(
                what=gettext("Hand in the certificate and the report"),
                about=gettext("«%(topic)s», ended on %(day)s")
                % {
                    "topic": case.topic,
                    "day": date_format(case.ends_on, "SHORT_DATE_FORMAT"),
                },
                url=link("hand_in", case.pk),
                clause="7.2",
                due=case.documents_due_on,
                word=gettext("to hand in"),
            )


# --- the offices --------------------------------------------------------------------------------
def _counted(count: int, words: str, about: str, url: str, clause: str, word: str) -> list[Task]:
    if not count:
        return []
    return [Task(words % {"count": count}, about, url, clause, word=word)]


def _of_the_centre(counts: Counts) -> list[Task]:
    late = counts.of("late_to_admit")
    reports = counts.of("reports_to_accept")
    return _counted(
        late,
        ngettext(
            "%(count)s late application asks to be admitted",
            "%(count)s late applications ask to be admitted",
            late,
        ),
        gettext("Only the Centre admits them, with a reason and a paper"),
        link("case_list", phase="late_asked"),
        "7.1",
        gettext("to decide"),
    ) + _counted(
        reports,
        ngettext("%(count)s report to accept", "%(count)s reports to accept", reports),
        gettext("Trainees' reports Ү 464-002-2025"),
        link("report_queue"),
        "7.2",
        gettext("to accept"),
    )


def _orders(counts: Counts) -> list[Task]:
    count = counts.of("to_order")
    off = counts.of("interrupted")
    return _counted(
        count,
        ngettext(
            "%(count)s case has the rector's visa and no order",
            "%(count)s cases have the rector's visa and no order",
            count,
        ),
        gettext("One order may name several people"),
        link("order_new"),
        "7.1",
        gettext("to order"),
    ) + _counted(
        off,
        ngettext(
            "%(count)s training was interrupted",
            "%(count)s trainings were interrupted",
            off,
        ),
        gettext("The order has to be changed or cancelled"),
        link("case_list", phase="interrupted"),
        "7.1",
        gettext("to decide"),
    )


def _of_hr(counts: Counts) -> list[Task]:
    evidence = counts.of("evidence_to_verify")
    return _counted(
        evidence,
        ngettext("%(count)s certificate to verify", "%(count)s certificates to verify", evidence),
        gettext("Compared with the original, they enter the ledger"),
        link("evidence_queue"),
        "3.10",
        gettext("to verify"),
    )


def _to_close(counts: Counts) -> list[Task]:
    count = counts.of("to_close")
    return _counted(
        count,
        ngettext(
            "%(count)s case is accepted and not closed",
            "%(count)s cases are accepted and not closed",
            count,
        ),
        gettext("The signed training contract is missing"),
        link("case_list", state=State.ACCEPTED),
        "3.8",
        gettext("to close"),
    )


def _missing(count: int, user: Any, on: dt.date, rules: CaseRules) -> Iterator[Task]:
    if not count:
        return
    words = ngettext(
        "%(count)s employee has not handed in the certificate and the report",
        "%(count)s employees have not handed in the certificate and the report",
        count,
    )
    yield Task(
        words % {"count": count},
        gettext("The training has ended and the five days are over: remind them"),
        link("case_list", phase="documents_late"),
        "7.2",
        case_waiting.oldest_missing(user, on, rules=rules),
        gettext("late"),
    )


def _of_legal(counts: Counts) -> list[Task]:
    count = counts.of("contracts_to_do")
    return _counted(
        count,
        ngettext("%(count)s training contract waits", "%(count)s training contracts wait", count),
        gettext("To draw up, to sign, or to settle with who leaves"),
        link("contract_list"),
        "3.8",
        gettext("to do"),
    )


def _refunds(counts: Counts) -> list[Task]:
    count = counts.of("refunds_due")
    if not count:
        return []
    words = ngettext("%(count)s refund is due", "%(count)s refunds are due", count)
    return [
        Task(
            words % {"count": count},
            gettext("From employees who left before the obligation ended"),
            link("contract_list", queue="refund"),
            "3.8",
            case_waiting.refunds_due().aggregate(day=Min("due_on"))["day"],
            gettext("to be paid"),
        )
    ]

"""What an application must be before it is sent (clauses 3.7, 5.5, 7.1, 7.5).

Guards of ``submit``; the form asks the same functions while one types.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interface.figures import in_figures
from staff.models import TrainingRecord
from training_plans.models import (
    CaseRules,
    PersonalDataConsent,
    Plan,
    PlanLine,
    Precision,
    TrainingApplication,
)
from training_plans.models.terms import Terms
from workflow.calendar import earliest_start, last_day_to_apply
from workflow.transitions import Refusal

from .terms import labels_of, missing

FREE_LINE = frozenset(
    {PlanLine.Execution.NOT_BEGUN, PlanLine.Execution.POSTPONED, PlanLine.Execution.APPLIED}
)
CONSENT_TEXT = 1  # the edition of the text of consent in force
MOST_HOURS_A_DAY = 24
MAY_RUN_TOGETHER = frozenset({TrainingRecord.Mode.DISTANCE, TrainingRecord.Mode.BLENDED})


def day(value: dt.date) -> str:
    return date_format(value, "SHORT_DATE_FORMAT")


def lead_days(terms: Terms, rules: CaseRules | None = None) -> int:
    """How many days before the start one applies: 20, for an internship abroad 30 (7.1, 7.5).

    ``terms``: those of a line of the plan or of an application.
    """
    rules = rules or CaseRules.in_force()
    abroad = terms.form == TrainingRecord.Form.INTERNSHIP and terms.is_abroad
    return rules.abroad_days if abroad else rules.apply_days


def is_admitted(application: TrainingApplication) -> bool:
    return application.late_admitted_on is not None


def applies_late(application: TrainingApplication, on: dt.date) -> bool:
    """Whether it is later than 7.1 allows, counted from the day it was first sent."""
    if application.starts_on is None:
        return False
    applied = application.applied_on or on
    return applied > last_day_to_apply(application.starts_on, lead_days(application))


# --- guards -------------------------------------------------------------------------------------
def is_complete(application: TrainingApplication, on: dt.date) -> Iterator[Refusal]:
    if empty := missing(application):
        fields = ", ".join(labels_of(empty))
        yield Refusal(_("Still to be filled in: %(fields)s.") % {"fields": fields}, "7.1")
    if application.precision != Precision.DAYS and application.starts_on:
        yield Refusal(_("Give the exact days: the first and the last (7.1)."), "7.1")
    yield from hours_fit_the_days(application)
    if application.plan_line_id is None and not application.unplanned_because.strip():
        yield Refusal(
            _(
                "This training is not in the plan: say why it is needed. The plan is amended "
                "first (5.5)."
            ),
            "5.5",
        )


def hours_fit_the_days(application: TrainingApplication) -> Iterator[Refusal]:
    """No more hours than the days have: 500 hours in three days were typed wrong."""
    if application.period is None or not application.hours:
        return
    days = (application.period[1] - application.period[0]).days + 1
    if application.hours > days * MOST_HOURS_A_DAY:
        words = ngettext(
            "%(hours)s hours do not fit into %(days)s day. Look at the days and the volume again "
            "(7.1).",
            "%(hours)s hours do not fit into %(days)s days. Look at the days and the volume again "
            "(7.1).",
            days,
        )
        yield Refusal(words % {"hours": in_figures(application.hours), "days": days}, "7.1")


def line_is_free(application: TrainingApplication, on: dt.date) -> Iterator[Refusal]:
    line = application.plan_line
    if line is None:
        year = application.starts_on.year if application.starts_on else application.year
        plan = Plan.objects.filter(planning_year__year=year).first()
        if plan is None or plan.state != Plan.State.APPROVED:
            yield Refusal(
                _(
                    "The plan of %(year)s is not approved, so it cannot be amended. Ask the "
                    "Centre to take the training into the plan (5.5)."
                )
                % {"year": year},
                "5.5",
            )
        return
    if line.plan.state != Plan.State.APPROVED:
        yield Refusal(
            _("The plan is not approved yet. Apply when it is: the line stays as it is (7.1)."),
            "7.1",
        )
    elif line.taken_out or line.execution not in FREE_LINE:
        words = {"state": line.get_execution_display()}
        yield Refusal(
            _("This line of the plan is not free any more (%(state)s). Ask the Centre.") % words,
            "7.1",
        )


def is_in_time(application: TrainingApplication, on: dt.date) -> Iterator[Refusal]:
    """Clause 7.1; refused with the earliest start that would still be in time (readings).

    An admitted late one passes, unless the training has begun meanwhile.
    """
    if application.starts_on is None:
        return
    if application.starts_on <= on:
        yield Refusal(
            _(
                "The training begins on %(start)s, and today is %(today)s: nobody can be sent to "
                "what has begun. Hand in the certificate as training taken on one's own, or "
                "choose another start."
            )
            % {"start": day(application.starts_on), "today": day(on)},
            "7.1",
        )
    elif applies_late(application, on) and not is_admitted(application):
        days = lead_days(application)
        if application.late_asked_on:
            yield Refusal(
                _(
                    "The Centre was asked on %(asked)s to admit this late application (7.1): its "
                    "decision comes by letter. Without it the earliest start is %(earliest)s."
                )
                % {
                    "asked": day(application.late_asked_on),
                    "earliest": day(earliest_start(on, days)),
                },
                "7.1",
            )
            return
        yield Refusal(
            _(
                "One applies at least %(days)s days before the start (7.1): for a start on "
                "%(start)s that was %(last)s. The earliest start now is %(earliest)s. Choose it, "
                "or ask the Centre to admit a late application."
            )
            % {
                "days": days,
                "start": day(application.starts_on),
                "last": day(last_day_to_apply(application.starts_on, days)),
                "earliest": day(earliest_start(on, days)),
            },
            "7.1",
        )


def holds_the_post(application: TrainingApplication, on: dt.date) -> Iterator[Refusal]:
    post, start = application.post, application.starts_on
    if start and not post.is_held(max(start, on)):
        yield Refusal(
            _(
                "%(person)s does not hold the post «%(post)s» on %(day)s. Ask HR to look at the "
                "registry."
            )
            % {
                "person": application.person.full_name,
                "post": post.position,
                "day": day(max(start, on)),
            },
            "3.1",
        )


def is_not_away(application: TrainingApplication, on: dt.date) -> Iterator[Refusal]:
    """Known leaves and other trainings on the same days; see ``overlaps``."""
    for overlap in overlaps(application):
        if overlap.because == "guard":
            yield overlap


def overlaps(application: TrainingApplication) -> list[Refusal]:
    """What else is on these days: a leave or another case refuses, the rest warns (``reason``).

    Two distance trainings, or one beside other duties, may run together: that only warns.
    """
    start, end = application.starts_on, application.ends_on
    if start is None or end is None:
        return []
    return [
        *_leaves(application, start, end),
        *_other_cases(application, start, end),
        *_records(application, start, end),
    ]


def _leaves(application: TrainingApplication, start: dt.date, end: dt.date) -> Iterator[Refusal]:
    sentence = _(
        "In these days there is a leave: %(leave)s, %(first)s – %(last)s. Choose other days, or "
        "ask HR to correct the leave."
    )
    for leave in application.person.extensions.filter(starts_on__lte=end, ends_on__gte=start):
        words = {
            "leave": leave.get_reason_display(),
            "first": day(leave.starts_on),
            "last": day(leave.ends_on),
        }
        yield Refusal(sentence % words, "7.1")


def _other_cases(
    application: TrainingApplication, start: dt.date, end: dt.date
) -> Iterator[Refusal]:
    sentence = _(
        "In these days there is another training: «%(topic)s», %(first)s – %(last)s. Choose other "
        "days, or withdraw one of the two."
    )
    others = TrainingApplication.objects.filter(
        person_id=application.person_id,
        starts_on__lte=end,
        ends_on__gte=start,
        state__in=[*TrainingApplication.OPEN, TrainingApplication.State.CLOSED],
    ).exclude(state=TrainingApplication.State.DRAFT)
    for other in others.exclude(pk=application.pk):
        both_present = not MAY_RUN_TOGETHER & {application.mode, other.mode}
        words = {
            "topic": other.topic,
            "first": day(other.starts_on) if other.starts_on else "",
            "last": day(other.ends_on) if other.ends_on else "",
        }
        yield Refusal(sentence % words, "7.1", "guard" if both_present else "reason")


def _records(application: TrainingApplication, start: dt.date, end: dt.date) -> Iterator[Refusal]:
    sentence = _("The ledger has a training on these days: «%(topic)s», %(first)s – %(last)s.")
    rows = application.person.records.counting().filter(starts_on__lte=end, ends_on__gte=start)
    for record in rows:
        words = {"topic": record.title, "first": day(record.starts_on), "last": day(record.ends_on)}
        yield Refusal(sentence % words, "7.1", "reason")


def has_consent(application: TrainingApplication, on: dt.date) -> Iterator[Refusal]:
    given = PersonalDataConsent.objects.filter(
        person_id=application.person_id, text_version=CONSENT_TEXT, withdrawn_on__isnull=True
    )
    if not given.exists():
        yield Refusal(
            _(
                "%(person)s has not agreed to the collection and use of personal data yet. It is "
                "done once, on the page of the application."
            )
            % {"person": application.person.full_name},
            "7.1",
        )

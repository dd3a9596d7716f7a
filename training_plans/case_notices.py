"""The letters of a case (clauses 7.1, 7.2, 7.14): what each says, when it goes out, and its page.

Nothing personal beyond name, course and days stands in them; sums and documents do not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from staff.models import User
from workflow.mail import letter
from workflow.models import Decision

from .models import Evidence, PlanLine, RouteStep, TraineeReport, TrainingApplication

Said = dict[str, object]
Writer = Callable[[TrainingApplication, dict[str, Any]], Said]


def _day(day: dt.date | None) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _about(application: TrainingApplication) -> list[str]:
    """Who, what, when: the lines under the sentence."""
    days = f"{_day(application.starts_on)} – {_day(application.ends_on)}"
    lines = [application.person.full_name, f"«{application.topic}»", days]
    return [*lines, f"№ {application.number_text}"] if application.number else lines


def _letter(kind: str, *, page: str = "case") -> Callable[[Writer], Writer]:
    """A letter about one case: the writer gives ``title``, ``sentence``, and may add ``lines``."""

    def register(writer: Writer) -> Writer:
        def build(user: User, context: dict[str, Any]) -> Said:
            rows = TrainingApplication.objects.select_related("person", "unit", "provider")
            application = rows.get(pk=context["application"])
            said: Said = {
                "lines": _about(application),
                "label": _("Open the case"),
                "link": settings.SITE_URL + reverse(page, args=[application.pk]),
            }
            return said | writer(application, context)

        letter(kind, templates="case")(build)
        return writer

    return register


def _reason(application: TrainingApplication, transition: str) -> str:
    decided = Decision.objects.about(application).filter(transition=transition).first()
    return decided.reason if decided else ""


@_letter("case_turn")
def turn(application: TrainingApplication, context: dict[str, Any]) -> Said:
    """To whose visa is next, and who stands in for them."""
    step = RouteStep.objects.get(pk=context["step"])
    return {
        "title": _("An application waits for you: %(person)s")
        % {"person": application.person.short_name},
        "sentence": _(
            "an application for training waits for your decision as %(step)s. Target day: %(day)s "
            "(7.1)."
        )
        % {"step": step.get_kind_display(), "day": _day(step.due_on)},
    }


@_letter("case_slow")
def slow(application: TrainingApplication, context: dict[str, Any]) -> Said:
    """To the same, once, when the target day has passed."""
    step = RouteStep.objects.get(pk=context["step"])
    return {
        "title": _("An application still waits for you: %(person)s")
        % {"person": application.person.short_name},
        "sentence": _(
            "the target day of your decision was %(day)s. The training begins on %(start)s (7.1)."
        )
        % {"day": _day(step.due_on), "start": _day(application.starts_on)},
    }


@_letter("case_returned")
def returned(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("Your application was returned"),
        "sentence": _(
            "the application was returned to be changed. Correct it and send it again; the day of "
            "the first sending stays (7.1)."
        ),
        "lines": [*_about(application), _reason(application, "return")],
    }


@_letter("case_rejected")
def rejected(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("Your application was refused"),
        "sentence": _("the application was refused. The reason stands below (7.1)."),
        "lines": [*_about(application), _reason(application, "reject")],
    }


@_letter("case_called_off")
def called_off(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("The training was called off"),
        "sentence": _("the training you applied for does not take place (7.1)."),
        "lines": [*_about(application), _reason(application, "call_off")],
    }


@_letter("case_late")
def late(application: TrainingApplication, context: dict[str, Any]) -> Said:
    """To the Centre: somebody asks to be admitted late."""
    return {
        "title": _("A late application asks to be admitted"),
        "sentence": _(
            "the term of 20 days has passed. The Centre may admit it with a reason and a paper; it "
            "stays marked as late (7.1)."
        ),
        "lines": [*_about(application), application.late_reason],
    }


@_letter("case_admitted")
def admitted(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("Your late application was admitted"),
        "sentence": _("the Centre has admitted your application. Send it now (7.1)."),
        "lines": [*_about(application), application.late_admitted_because],
    }


@_letter("case_approved")
def approved(application: TrainingApplication, context: dict[str, Any]) -> Said:
    """To who issues orders, and to who draws up contracts where the employer pays."""
    return {
        "title": _("The rector has signed: %(person)s") % {"person": application.person.short_name},
        "sentence": _(
            "the application has the rector's visa. The order can be issued; where the employer "
            "pays, the training contract is drawn up (7.1, 3.8)."
        ),
    }


@_letter("case_ordered")
def ordered(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("The order for your training is issued"),
        "sentence": _(
            "the order is issued: read it and confirm with one click. Certificate and report are "
            "due by %(day)s (7.2)."
        )
        % {"day": _day(application.documents_due_on)},
    }


@_letter("case_changed")
def changed(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("The order for your training was changed"),
        "sentence": _("the order was changed: look at the new days and confirm with one click."),
    }


@_letter("case_cancelled")
def cancelled(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("The order for your training was cancelled"),
        "sentence": _("the order was cancelled: this training does not take place (7.1)."),
        "lines": [*_about(application), _reason(application, "cancel")],
    }


@_letter("case_interrupted")
def interrupted(application: TrainingApplication, context: dict[str, Any]) -> Said:
    """To HR. Why is read in the case alone: it may be an illness."""
    return {
        "title": _("The training was interrupted: %(person)s")
        % {"person": application.person.short_name},
        "sentence": _(
            "the training was interrupted on %(day)s. Change the order or cancel it: certificate "
            "and report wait for that (7.1)."
        )
        % {"day": _day(application.interrupted_on)},
    }


@_letter("case_accepted")
def accepted(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("Your documents are accepted"),
        "sentence": _(
            "HR has verified the certificate and the Centre has accepted the report: the hours "
            "count from now on (7.14)."
        ),
    }


@_letter("documents_due", page="hand_in")
def documents_due(application: TrainingApplication, context: dict[str, Any]) -> Said:
    """To the employee: at the end, three days and one day before, and when overdue (7.2)."""
    return {
        "title": _("Certificate and report by %(day)s")
        % {"day": _day(application.documents_due_on)},
        "sentence": _(
            "the training has ended. Hand in the copy of the certificate and the report Ү "
            "464-002-2025 by %(day)s (7.2, 7.14). A photo by phone is enough."
        )
        % {"day": _day(application.documents_due_on)},
        "label": _("Hand in"),
    }


@_letter("documents_overdue", page="hand_in")
def documents_overdue(application: TrainingApplication, context: dict[str, Any]) -> Said:
    return {
        "title": _("Certificate and report were due on %(day)s")
        % {"day": _day(application.documents_due_on)},
        "sentence": _(
            "the term has passed, but nothing is lost: hand them in now and say why they come late "
            "(7.2)."
        ),
        "label": _("Hand in"),
    }


@_letter("documents_missing")
def documents_missing(application: TrainingApplication, context: dict[str, Any]) -> Said:
    """To the head, and days later to HR: nothing was handed in (7.2, 7.14)."""
    return {
        "title": _("Documents are missing: %(person)s") % {"person": application.person.short_name},
        "sentence": _(
            "certificate and report were due on %(day)s and are not there (7.2, 7.14). Remind the "
            "employee."
        )
        % {"day": _day(application.documents_due_on)},
    }


@letter("apply_by", templates="case")
def apply_by(user: User, context: dict[str, Any]) -> Said:
    """To the employee: the last day to apply for a line of the plan comes near (7.1)."""
    line = PlanLine.objects.select_related("person").get(pk=context["line"])
    last = dt.date.fromisoformat(context["last"])
    return {
        "title": _("Apply by %(day)s") % {"day": _day(last)},
        "sentence": _(
            "the plan has a training for you. Apply by %(day)s at the latest (7.1): everything is "
            "filled in already."
        )
        % {"day": _day(last)},
        "lines": [f"«{line.topic}»", _day(line.starts_on)],
        "label": _("Apply"),
        "link": settings.SITE_URL + reverse("application_begin", args=[line.pk]),
    }


@letter("evidence_returned", templates="case")
def evidence_returned(user: User, context: dict[str, Any]) -> Said:
    """To the employee: HR wants something else of the document (3.10)."""
    evidence = Evidence.objects.select_related("application").get(pk=context["evidence"])
    if evidence.application_id:
        link = reverse("hand_in", args=[evidence.application_id])
    else:
        link = reverse("own_training", args=[evidence.pk])
    return {
        "title": _("HR has returned your certificate"),
        "sentence": _(
            "the document was returned. Put it right and send it again; nothing you typed is lost "
            "(3.10)."
        ),
        "lines": [f"«{evidence.topic}»", evidence.remark],
        "label": _("Open the document"),
        "link": settings.SITE_URL + link,
    }


@letter("report_returned", templates="case")
def report_returned(user: User, context: dict[str, Any]) -> Said:
    """To the employee: the Centre wants something else of the report (7.2)."""
    report = TraineeReport.objects.select_related("application").get(pk=context["report"])
    return {
        "title": _("The Centre has returned your report"),
        "sentence": _(
            "the report Ү 464-002-2025 was returned. Put it right and send it again; nothing you "
            "typed is lost (7.2)."
        ),
        "lines": [f"«{report.application.topic}»", report.remark],
        "label": _("Open the report"),
        "link": settings.SITE_URL + reverse("hand_in", args=[report.application_id]),
    }

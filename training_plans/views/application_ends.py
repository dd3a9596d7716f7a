"""Withdrawn, called off, interrupted; a course cancelled by its provider for all at once (7.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import Page
from interface.text import search_key
from staff.views.editing import EditPage
from training_plans.domain import applications, interruptions
from training_plans.forms.applications import InterruptForm, ReasonForm
from training_plans.models import TrainingApplication
from training_plans.transitions import APPLICATION
from workflow.calendar import today
from workflow.files import KeepsScans

from .application_papers import OfCase

COURSES_SHOWN = 60


class EndingPage(OfCase):
    """A transition that ends a case before its order, with the reason."""

    danger = True
    form_class: type[forms.BaseForm] = ReasonForm
    transition: str

    def why_not(self) -> list[str]:
        case = self.thing
        if case.state in TrainingApplication.AFTER_ORDER:
            return [
                gettext(
                    "The order is issued: from now on an order cancels it. Ask HR or the Centre "
                    "(7.1)."
                )
            ]
        refusals = APPLICATION.refusals(case, self.transition, actor=self.actor, on=self.on)
        return [str(refusal) for refusal in refusals]

    def consequences(self) -> list[str]:
        if self.why_not():
            return []
        case = self.thing
        found = [gettext("The case ends. It stays readable, with your reason.")]
        if case.plan_line_id:
            found.append(gettext("The line of the plan is free again: one can apply anew."))
        elif case.amendment_item_id:
            found.append(gettext("What it proposed for the plan is taken back."))
        if case.wants_contract and case.state == "approved":
            found.append(gettext("The training contract is not needed any more."))
        return found


class ApplicationWithdrawPage(EndingPage):
    permission = "training_plans.withdraw_case"
    title = _("Withdraw the application")
    submit = _("Withdraw")
    done = _("The application is withdrawn.")
    transition = "withdraw"

    def verb(self, form: Any) -> TrainingApplication:
        return applications.withdraw(
            application=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )


class ApplicationCallOffPage(EndingPage):
    permission = "training_plans.call_off"
    title = _("Call off the training")
    submit = _("Call off")
    done = _("The training is called off. The employee is told by letter.")
    transition = "call_off"

    def verb(self, form: Any) -> TrainingApplication:
        return applications.call_off(
            application=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )


# --- during the training ------------------------------------------------------------------------
class CaseInterruptPage(KeepsScans, OfCase):
    """Illness in the middle of the training: the day, why, the paper. Or the mark taken back."""

    permission = "training_plans.interrupt"
    clause = "7.1"
    danger = True

    @property
    def is_marked(self) -> bool:
        case = self.thing
        return case.state == "ordered" and case.interrupted_on is not None

    @property
    def form_class(self) -> type[forms.BaseForm]:  # type: ignore[override]
        return ReasonForm if self.is_marked else InterruptForm

    def get_title(self) -> Any:
        return (
            _("The training goes on after all") if self.is_marked else _("Interrupt the training")
        )

    @property
    def submit(self) -> Any:  # type: ignore[override]
        return _("Take the mark back") if self.is_marked else _("Mark as interrupted")

    @property
    def done(self) -> Any:  # type: ignore[override]
        if self.was_marked:
            return _("The mark is taken back: the order stands as it is.")
        return _("The training is marked as interrupted. HR changes or cancels the order.")

    was_marked = False

    def form_arguments(self) -> dict[str, Any]:
        self.was_marked = self.is_marked
        return {} if self.is_marked else {"initial": {"interrupted_on": self.on}}

    def verb(self, form: Any) -> TrainingApplication:
        given = form.cleaned_data
        if self.was_marked:
            return interruptions.go_on(
                application=self.thing, reason=given["reason"], actor=self.actor, on=self.on
            )
        return interruptions.interrupt(
            application=self.thing,
            interrupted_on=given["interrupted_on"],
            reason=given["reason"],
            paper=self.kept.get("paper"),
            actor=self.actor,
            on=self.on,
        )

    def why_not(self) -> list[str]:
        if self.is_marked:
            return []
        words = interruptions.why_not_interrupted(self.thing, self.on)
        return [words] if words else []

    def consequences(self) -> list[str]:
        if self.is_marked:
            return [gettext("The documents are due as the order says.")]
        if self.why_not():
            return []
        return [
            gettext("HR sees that the order has to be changed or cancelled."),
            gettext("Until then no documents are handed in (7.2)."),
        ]


# --- the course itself is cancelled -------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OpenCourse:
    """A course several go to: one of its cases stands for it in the address."""

    pk: int
    topic: str
    provider: str
    starts_on: Any
    people: int


def open_courses(on: dt.date) -> list[OpenCourse]:
    """Courses that have open cases and have not ended, the next to begin first."""
    rows = (
        TrainingApplication.objects.open()
        .filter(starts_on__isnull=False, ends_on__gte=on)
        .exclude(state__in=["draft", "documents_submitted", "accepted"])
        .values("topic", "provider", "provider__name", "starts_on")
        .annotate(first=models.Min("pk"), people=Count("pk"))
        .order_by("starts_on", "topic")
    )
    found: dict[Any, OpenCourse] = {}
    for row in rows:
        key = (search_key(row["topic"]), row["provider"], row["starts_on"])
        before = found.get(key)
        found[key] = OpenCourse(
            before.pk if before else row["first"],
            row["topic"],
            row["provider__name"] or "",
            row["starts_on"],
            row["people"] + (before.people if before else 0),
        )
    return list(found.values())


class CourseCallOffListPage(Page, TemplateView):
    """Which course was cancelled: chosen by topic, provider and first day."""

    permission = "training_plans.call_off"
    title = _("A course cancelled by its provider")
    clause = "7.1"
    template_name = "training_plans/application_courses.html"
    help_text = _(
        "Everybody who goes to it is called off at once. Those ordered already go into one draft "
        "order that cancels theirs."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("q", "").strip()
        courses = open_courses(today())
        for word in search_key(asked).split():
            courses = [c for c in courses if word in search_key(f"{c.topic} {c.provider}")]
        return super().get_context_data(**kwargs) | {
            "courses": courses[:COURSES_SHOWN],
            "more": len(courses) > COURSES_SHOWN,
            "asked": asked,
            "on": today(),
            "crumbs": [(_("Cases"), reverse("case_list"))],
        }


class CourseCallOffPage(EditPage):
    """Everybody of the course, what happens to each, the reason; then all in one transaction."""

    permission = "training_plans.call_off"
    title = _("Call off the course for everybody")
    clause = "7.1"
    submit = _("Call off for everybody")
    template_name = "training_plans/application_course.html"
    form_class = ReasonForm
    thing: Any

    def find(self) -> models.Model:
        rows = TrainingApplication.objects.visible_to(self.request.user).select_related("provider")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def verb(self, form: Any) -> Any:
        cases, drafts = interruptions.call_off_course(
            application=self.thing,
            shown=self.request.POST.get("shown", ""),
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )
        words = [
            ngettext(
                "%(count)s case is called off.",
                "%(count)s cases are called off.",
                len(cases.before),
            )
            % {"count": len(cases.before)}
        ]
        if drafts:
            words.append(
                gettext("The order that cancels is drafted: look at it and let it be issued.")
            )
        self.done = " ".join(words)
        return drafts

    def after(self, result: Any) -> str:
        if isinstance(result, list) and result:
            return reverse("order", args=[result[0].pk])
        return reverse("course_call_off")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cases = interruptions.cases_of_course(self.thing)
        seen = set(
            TrainingApplication.objects.visible_to(self.actor)
            .filter(pk__in=[row.pk for row in [*cases.before, *cases.ordered, *cases.stays]])
            .values_list("pk", flat=True)
        )
        return super().get_context_data(**kwargs) | {
            "course": self.thing,
            "cases": cases,
            "seen": seen,
            "hidden": [("shown", cases.shown)],
            "crumbs": [
                (_("Cases"), reverse("case_list")),
                (_("A course cancelled by its provider"), reverse("course_call_off")),
            ],
        }

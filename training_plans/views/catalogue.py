"""Courses of the catalogue: what one is, added, changed, withdrawn (clauses 3.5, 3.11)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import Page
from interface.text import search_key
from staff.models import TrainingRecord
from staff.views.editing import EditPage
from training_plans.domain import catalogue
from training_plans.forms.catalogue import CourseForm
from training_plans.models import Course
from workflow.calendar import today

from .catalogue_lists import look_of, price_in_words

EVENTS_SHOWN = 20
TRAINED_SHOWN = 15


def course_of(pk: int) -> Course:
    """The catalogue is everybody's to look at."""
    return get_object_or_404(Course.objects.select_related("provider"), pk=pk)


class CoursePage(Page, TemplateView):
    """One course: what it is, when it is held, who of one's people was trained in it."""

    permission = "training_plans.view_catalogue"
    template_name = "training_plans/course.html"

    def get_permission_object(self) -> Course:
        self.course = course_of(self.kwargs["pk"])
        return self.course

    def get_title(self) -> str:
        return self.course.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        on = today()
        events = list(self.course.events.with_places().order_by("-starts_on", "-pk")[:EVENTS_SHOWN])
        for event in events:
            event.course = self.course
            event.look = look_of(event, on)
        return (
            super().get_context_data(**kwargs)
            | {
                "course": self.course,
                "crumbs": [(_("Course catalogue"), reverse("course_list"))],
                "price": price_in_words(self.course.price),
                "outcomes": self.course.outcomes.splitlines(),
                "events": events,
                "events_shown": EVENTS_SHOWN,
                "may_change": user.has_perm("training_plans.change_catalogue"),
                "watches": user.watches_others,
            }
            | (self._trained() if user.watches_others else {})
        )

    def _trained(self) -> dict[str, Any]:
        """Verified records of this topic and provider, of people the user may see."""
        records = (
            TrainingRecord.objects.visible_to(self.request.user)
            .counting()
            .filter(provider=self.course.provider_id, title_key=search_key(self.course.title)[:300])
        )
        return {
            "trained": list(records.select_related("person")[:TRAINED_SHOWN]),
            "trained_count": records.order_by().values("person_id").distinct().count(),
            "trained_shown": TRAINED_SHOWN,
        }


class CourseFormPage(EditPage):
    """What adding and changing a course share."""

    permission = "training_plans.change_catalogue"
    template_name = "training_plans/course_form.html"
    form_class = CourseForm
    thing: Any

    def after(self, result: Any) -> str:
        course = result or self.thing
        return reverse("course", args=[course.pk]) if course else reverse("course_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs: list[tuple[Any, str]] = [(_("Course catalogue"), reverse("course_list"))]
        if self.thing:
            crumbs.append((self.thing.title, self.after(None)))
        context = super().get_context_data(**kwargs)
        return context | {"crumbs": crumbs, "twin_url": _twin_url(context["form"])}


class CourseAddPage(CourseFormPage):
    title = _("New course")
    clause = "3.11"
    submit = _("Add course")
    done = _("The course is in the catalogue.")

    def find(self) -> Any:
        return None

    def verb(self, form: Any) -> Course:
        with transaction.atomic():
            return catalogue.add_course(
                values=form.values_with_provider(self.actor), actor=self.actor, on=self.on
            )


class CourseEditPage(CourseFormPage):
    title = _("Change course")
    clause = "3.11"
    watches_version = True

    def find(self) -> Course:
        return course_of(self.kwargs["pk"])

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing}

    def verb(self, form: Any) -> Course:
        with transaction.atomic():
            return catalogue.change_course(
                course=self.thing,
                values=form.values_with_provider(self.actor),
                reason=form.cleaned_data["reason"],
                actor=self.actor,
                on=self.on,
                version=self.asked_version,
            )


class CourseWithdrawPage(EditPage):
    """Takes a course out of the offer, after asking."""

    permission = "training_plans.change_catalogue"
    template_name = "components/confirm.html"
    title = _("Stop offering the course")
    clause = "3.11"
    submit = _("Stop offering")
    done = _("The course is not offered any more.")
    form_class = forms.Form
    thing: Any

    def find(self) -> Course:
        return course_of(self.kwargs["pk"])

    def verb(self, form: forms.Form) -> Course:
        return catalogue.set_offered(course=self.thing, offered=False, actor=self.actor, on=self.on)

    def after(self, result: Any) -> str:
        return reverse("course", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": [
                (_("Course catalogue"), reverse("course_list")),
                (self.thing.title, self.after(None)),
            ],
            "sentence": gettext("«%(course)s» will not be offered any more.")
            % {"course": self.thing.title},
            "consequences": [
                gettext("It is not suggested for requests and the plan, and no event is planned."),
                gettext("Events planned already and lines of the plan stay as they are."),
                gettext("It can be offered again at any time."),
            ],
        }


class CourseOfferPage(Page):
    """Offers a withdrawn course again: one click on its page."""

    permission = "training_plans.change_catalogue"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        course = course_of(pk)
        catalogue.set_offered(course=course, offered=True, actor=request.user, on=today())
        return HttpResponseRedirect(reverse("course", args=[pk]))


def _twin_url(form: forms.Form) -> str:
    """Where the course is that was found to be the same; empty where none is."""
    for error in form.non_field_errors().as_data():
        if error.code == "twin" and error.params:
            return reverse("course", args=[error.params["twin"]])
    return ""

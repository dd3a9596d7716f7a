"""One line of the plan: what it says, and what the Centre does with it (3.12, 5.3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from interface.pages import Page
from staff.domain.history import changes_since
from staff.models import Person
from staff.views.editing import EditPage
from training_plans.domain import group_courses, intake, plan
from training_plans.domain.needs import falling_due
from training_plans.domain.planned import period_of
from training_plans.domain.terms import labels_of, missing
from training_plans.forms.plan import AddForm, NoteForm, PlanTermsForm
from training_plans.models import Plan, PlanLine
from workflow.calendar import today

from .plan import PlanDesk
from .plan_list import request_called
from .years import address


def line_of(request: HttpRequest, pk: int) -> PlanLine:
    rows = PlanLine.objects.visible_to(request.user).select_related(
        "person",
        "unit",
        "post",
        "requirement",
        "provider",
        "group",
        "plan__planning_year",
        "request_line__request__unit",
    )
    return get_object_or_404(rows, pk=pk)


def crumbs_of(found: Plan, user: Any) -> list[tuple[Any, str]]:
    year = found.planning_year.year
    sees = user.has_perm("training_plans.view_plan")
    return [
        (
            gettext("Planning of %(year)s") % {"year": year},
            address("planning_year", year) if sees else "",
        ),
        (
            gettext("Plan of %(year)s") % {"year": year},
            reverse("plan", args=[year]) if sees else "",
        ),
    ]


class PlanLinePage(Page, TemplateView):
    """One line: what is planned, why, what the norm says, who changed what."""

    permission = "training_plans.view_plan_line"
    template_name = "training_plans/plan_line.html"

    def get_permission_object(self) -> PlanLine:
        self.line = line_of(self.request, self.kwargs["pk"])
        return self.line

    def get_title(self) -> str:
        return self.line.topic or gettext("Topic not chosen yet")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        line, user = self.line, self.request.user
        found = line.plan
        builds = user.has_perm("training_plans.build_plan")
        request = line.request_line.request if line.request_line else None
        return super().get_context_data(**kwargs) | {
            "line": line,
            "plan": found,
            "on": today(),
            "crumbs": crumbs_of(found, user),
            "period": period_of(line),
            "empty": labels_of(missing(line)),
            "may_build": builds and found.can_be_built,
            "builds": builds and found.state != Plan.State.CLOSED,
            "is_of_the_head": not line.is_teacher and line.request_line is not None,
            "differs": _differing(line),
            "request": self.request,
            "asked": request,
            "asked_words": request_called(request) if request else "",
            "asked_url": address("request", request.pk)
            if request and user.has_perm("training_plans.view_request", request)
            else "",
            "person_url": address("person", line.person_id)
            if user.has_perm("staff.view_person", line.person)
            else "",
            "amendments_url": address("amendment_list", found.planning_year.year)
            if user.has_perm("training_plans.view_plan")
            else "",
            "changes": changes_since(line, version=0, reader=user),
        }


def _differing(line: PlanLine) -> list[str]:
    """Fields the request says otherwise by now."""
    asked = line.request_line
    if asked is None:
        return []
    return labels_of([name for name, value in asked.terms.items() if getattr(line, name) != value])


class AboutLine(EditPage):
    """A page on which the Centre changes one line of the plan."""

    permission = "training_plans.build_plan"
    template_name = "training_plans/plan_form.html"
    thing: PlanLine

    def find(self) -> models.Model:
        return line_of(self.request, self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return reverse("plan_line", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [
            *crumbs_of(self.thing.plan, self.actor),
            (self.thing.person.full_name, self.after(None)),
        ]
        return super().get_context_data(**kwargs) | {
            "crumbs": crumbs,
            "line": self.thing,
            "building_words": plan.why_not_built(self.thing.plan),
        }


class PlanLineEditPage(AboutLine):
    title = _("Change the line")
    done = _("The line has been changed.")
    clause = "5.3"
    watches_version = True

    @property
    def is_of_the_head(self) -> bool:
        """Clause 5.3: of these terms the Centre writes the note alone."""
        return not self.thing.is_teacher and self.thing.request_line_id is not None

    def make_form(self, data: Any = None, files: Any = None) -> Any:
        form = NoteForm if self.is_of_the_head else PlanTermsForm
        return form(data, instance=self.thing)

    @transaction.atomic
    def verb(self, form: Any) -> PlanLine:
        return plan.change_line(
            line=self.thing,
            values=form.terms(self.actor),
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"is_of_the_head": self.is_of_the_head}


class LineAction(Page, View):
    """A button at one line: posts, then back to it."""

    permission = "training_plans.build_plan"
    http_method_names = ["post"]

    def get_permission_object(self) -> PlanLine:
        self.line = line_of(self.request, self.kwargs["pk"])
        return self.line

    def act(self) -> Any:
        raise NotImplementedError

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            messages.success(request, self.act())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return HttpResponseRedirect(reverse("plan_line", args=[self.line.pk]))


class PlanSplitView(LineAction):
    def act(self) -> Any:
        group_courses.split(line=self.line, actor=self.request.user, on=today())
        return gettext("The line stands by itself again.")


class PlanPutBackView(LineAction):
    def act(self) -> Any:
        intake.put_back(line=self.line, actor=self.request.user, on=today())
        return gettext("The line stands in the plan again.")


class PlanTakeOverView(LineAction):
    """«Take over what the request says»."""

    def act(self) -> Any:
        intake.take_over(line=self.line, actor=self.request.user, on=today())
        return gettext("The line says what the request says.")


# --- somebody nobody asked for ------------------------------------------------------------------
class PlanAddPage(PlanDesk, EditPage):
    permission = "training_plans.build_plan"
    template_name = "training_plans/plan_form.html"
    submit = _("Add to the plan")
    done = _("The line has been added.")
    section = "plan_add"
    clause = "5.4"
    form_class = AddForm

    def get_permission_object(self) -> Any:
        self.thing = PlanDesk.get_permission_object(self)
        if self.thing is None:
            raise Http404
        return self.thing

    def get_title(self) -> str:
        return gettext("Add an employee to the plan")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return EditPage.get(self, request, *args, **kwargs)

    def make_form(self, data: Any = None, files: Any = None) -> Any:
        if data is not None:
            return AddForm(data)
        initial, shown = self._asked()
        return AddForm(instance=shown, initial=initial)

    def _asked(self) -> tuple[dict[str, Any], PlanLine]:
        """What the form begins with for the person named in the address: what would fit them."""
        key = self.request.GET.get("person", "")
        shown = PlanLine()
        if not key.isdecimal() or len(key) > 18:
            return {}, shown
        person = get_object_or_404(Person.objects.visible_to(self.actor), pk=int(key))
        initial: dict[str, Any] = {"person": person}
        year = self.planning_year.year
        need = next(iter(falling_due(year=year, on=self.on, people=[person.pk])), None)
        if need is not None:
            for name, value in intake.suggestion(plan=self.plan, need=need, on=self.on).items():
                setattr(shown, name, value)
            initial["because"] = gettext("Falls due in the year; no request asks for it (8.1).")
        return initial, shown

    @transaction.atomic
    def verb(self, form: Any) -> PlanLine:
        return intake.add(
            plan=self.plan,
            person=form.cleaned_data["person"],
            values=form.terms(self.actor),
            because=form.cleaned_data["because"],
            actor=self.actor,
            on=self.on,
        )

    def after(self, result: Any) -> str:
        return reverse("plan_line", args=[result.pk]) if result != self.thing else self.desk_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = EditPage.get_context_data(self, **kwargs)
        return context | {
            "crumbs": crumbs_of(self.plan, self.actor),
            "building_words": plan.why_not_built(self.plan),
            "is_of_the_head": False,
        }

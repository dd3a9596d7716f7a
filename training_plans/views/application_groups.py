"""One application for several people on the same course; each gets an own case (7.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import Page
from interface.text import search_key
from staff.models import Unit
from staff.rules import is_centre
from training_plans.domain import applications
from training_plans.domain.application_checks import CONSENT_TEXT, FREE_LINE
from training_plans.forms.applications import GroupApplicationForm
from training_plans.models import (
    ApplicationGroup,
    PersonalDataConsent,
    Plan,
    PlanLine,
    TrainingApplication,
)
from training_plans.transitions import APPLICATION
from workflow.calendar import today
from workflow.transitions import Refusal

from .application_form import PAPERS, THERE_IS_ONE, ApplicationFormPage
from .applications import files_for_others

KEPT = _("The drafts are kept. They are not sent yet.")


def lines_to_apply(user: Any) -> Any:
    """Free lines of approved plans the account may file for, not over yet."""
    taken = TrainingApplication.objects.filter(
        plan_line=OuterRef("pk"), state__in=[*TrainingApplication.OPEN, "closed"]
    )
    lines = PlanLine.objects.planned().filter(
        ~Exists(taken),
        Q(ends_on__gt=today()) | Q(ends_on__isnull=True),
        plan__state=Plan.State.APPROVED,
        plan__planning_year__year__gte=today().year,
        execution__in=FREE_LINE,
    )
    if not is_centre(user):
        lines = lines.filter(unit__in=Unit.objects.led_by(user.person_id))
    return lines.select_related(
        "person", "post", "unit", "provider", "course", "group", "plan__planning_year"
    ).order_by("starts_on", "topic", "person__sort_key")


@dataclass
class SharedCourse:
    """Free lines on one course: of one group course of the plan, or same topic and provider."""

    name: str
    lines: list[PlanLine] = field(default_factory=list)

    @property
    def first(self) -> PlanLine:
        return self.lines[0]


def course_key(line: PlanLine) -> Any:
    if line.group_id:
        return line.plan_id, line.group_id
    return line.plan_id, search_key(line.topic), line.provider_id


def shared_courses(user: Any) -> list[SharedCourse]:
    """Courses at least two people could be sent to together."""
    found: dict[Any, SharedCourse] = {}
    for line in lines_to_apply(user):
        name = line.group.name if line.group else line.topic
        found.setdefault(course_key(line), SharedCourse(name)).lines.append(line)
    return [course for course in found.values() if len(course.lines) > 1]


class ApplicationGroupListPage(Page, TemplateView):
    """Which course; then the people of it are chosen."""

    permission = "training_plans.view_cases"
    title = _("One application for several people")
    clause = "7.1"
    template_name = "training_plans/application_groups.html"
    help_text = _(
        "People whose lines of the plan are of the same course are applied for together: days, "
        "place and money are typed once, and each gets an own case."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not files_for_others(self.request.user):
            raise PermissionDenied
        return super().get_context_data(**kwargs) | {
            "courses": shared_courses(self.request.user),
            "crumbs": [(_("Cases"), reverse("case_list"))],
        }


class ApplicationGroupNewPage(ApplicationFormPage):
    """The people ticked and one form for all of them."""

    permission = "training_plans.apply"
    title = _("One application for several people")
    template_name = "training_plans/application_group.html"
    form_class = GroupApplicationForm
    thing: Any

    def find(self) -> PlanLine:
        if not files_for_others(self.request.user):
            raise PermissionDenied
        rows = PlanLine.objects.visible_to(self.request.user).select_related(
            "person", "post", "unit", "provider", "course", "group", "plan__planning_year"
        )
        return get_object_or_404(rows, pk=self.kwargs["line"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.lines:
            return HttpResponseRedirect(reverse("application_group"))
        return super().get(request, *args, **kwargs)

    @cached_property
    def lines(self) -> list[PlanLine]:
        """Everybody who may be chosen."""
        line, key = self.thing, course_key(self.thing)
        free = lines_to_apply(self.actor).filter(plan=line.plan)
        free = free.filter(group=line.group) if line.group else free.filter(provider=line.provider)
        return [row for row in free if course_key(row) == key]

    @property
    def chosen(self) -> set[int]:
        if self.request.method != "POST":
            return {line.pk for line in self.lines}
        asked = self.request.POST.getlist("lines")
        return {int(pk) for pk in asked if pk.isdecimal() and len(pk) < 19}

    def form_arguments(self) -> dict[str, Any]:
        return super().form_arguments() | {"asks_consent": False}

    def sketch(self) -> TrainingApplication:
        return applications.proposal(self.thing, self.on)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A second click finds the group that exists."""
        found = (
            TrainingApplication.objects.filter(
                plan_line__in=self.chosen, group__filed_by=self.actor
            )
            .exclude(state__in=["withdrawn", "rejected", "cancelled"])
            .values_list("group", "plan_line")
        )
        if {line for _group, line in found} == self.chosen and len({g for g, _line in found}) == 1:
            messages.info(request, THERE_IS_ONE)
            return HttpResponseRedirect(reverse("application_group_done", args=[found[0][0]]))
        return super().post(request, *args, **kwargs)

    def verb(self, form: Any) -> Any:
        chosen = [line for line in self.lines if line.pk in self.chosen]
        if len(chosen) < len(self.chosen):
            raise ValidationError(
                gettext(
                    "Some of the people chosen are applied for already. They are not in the list "
                    "any more: look at it and send again."
                )
            )
        group = self.thing.group
        papers = [(PAPERS[name], file) for name, file in self.kept.items()]
        with transaction.atomic():
            values = form.terms(self.actor)
            name = group.name if group else self.thing.topic
            if self.do == "send":
                outcome = applications.apply_group(
                    lines=chosen,
                    name=name,
                    values=values,
                    papers=papers,
                    actor=self.actor,
                    on=self.on,
                )
                self.done = ngettext(
                    "%(count)s application is sent.",
                    "%(count)s applications are sent.",
                    len(outcome.sent),
                ) % {"count": len(outcome.sent)}
                if not outcome.sent:
                    self.done = KEPT
                return outcome.group
            found = applications.begin_group(
                lines=chosen, name=name, values=values, actor=self.actor, on=self.on
            )
            for application in found.applications.all():
                for kind, file in papers:
                    applications.attach(
                        application=application, kind=kind, file=file, actor=self.actor, on=self.on
                    )
        self.done = KEPT
        return found

    def after(self, result: Any) -> str:
        if isinstance(result, ApplicationGroup):
            return reverse("application_group_done", args=[result.pk])
        return reverse("application_group")

    @property
    def hint_about(self) -> str:  # type: ignore[override]
        return f"line={self.thing.pk}&group=1"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = self.lines
        agreed = set(
            PersonalDataConsent.objects.filter(
                person__in=[line.person_id for line in lines],
                text_version=CONSENT_TEXT,
                withdrawn_on__isnull=True,
            ).values_list("person", flat=True)
        )
        return super().get_context_data(**kwargs) | {
            "lines": lines,
            "chosen": self.chosen,
            "agreed": agreed,
            "crumbs": [
                (_("Cases"), reverse("case_list")),
                (_("One application for several people"), reverse("application_group")),
            ],
        }


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A case of the group that is a draft still, with what is missing."""

    application: TrainingApplication
    refusals: list[Refusal]


class ApplicationGroupDonePage(Page, TemplateView):
    """The cases of a group: those on their way, and the drafts with what each still needs."""

    permission = "training_plans.view_cases"
    clause = "7.1"
    template_name = "training_plans/application_group_done.html"

    def get_title(self) -> str:
        return self.group.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        self.group = get_object_or_404(ApplicationGroup, pk=self.kwargs["pk"])
        rows = list(
            TrainingApplication.objects.visible_to(user)
            .filter(group=self.group)
            .select_related("person", "post", "unit", "plan_line__plan__planning_year")
            .order_by("person__sort_key", "pk")
        )
        if not rows:
            raise Http404
        on = today()
        return super().get_context_data(**kwargs) | {
            "group": self.group,
            "sent": [row for row in rows if not row.can_be_edited],
            "left": [
                LeftOver(row, APPLICATION.refusals(row, "submit", actor=user, on=on))
                for row in rows
                if row.can_be_edited
            ],
            "on": on,
            "crumbs": [(_("Cases"), reverse("case_list"))],
        }

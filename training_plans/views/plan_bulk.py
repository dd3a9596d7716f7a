"""Many lines of the plan at once, and group courses: moved, merged, taken out (3.12, 5.3)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin

from interface.lists import chosen_ids
from interface.pages import Page
from staff.views.editing import EditPage, is_safe, put_into
from training_plans.domain import group_courses, plan
from training_plans.domain.approval import LineChange, changes_of
from training_plans.forms.plan import (
    GroupForm,
    MoveForm,
    ProviderForm,
    WhyForm,
    name_of,
    shared_terms,
)
from training_plans.forms.terms import time_of
from training_plans.models import Plan, PlanGroup, PlanLine
from workflow.calendar import today
from workflow.saving import ChangedMeanwhile

from .plan_lines import crumbs_of


class BulkPage(TemplateResponseMixin, Page):
    """Asks what a bulk action needs, with the lines chosen in sight, then does it.

    The list posts the keys; the page posts them again with what was typed.
    """

    permission = "training_plans.build_plan"
    http_method_names = ["post"]
    template_name = "training_plans/plan_bulk.html"
    submit: Any = ""
    sentence: Any = ""
    lines: list[PlanLine]
    changes: Sequence[LineChange] = ()

    def make_form(self, data: Any) -> Any:
        raise NotImplementedError

    def act(self, form: Any) -> str:
        """Do it and say what was done; may raise ``ValidationError``."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.actor, self.on = request.user, today()
        self.lines = self.chosen()
        if not self.lines:
            messages.error(request, gettext("Nothing was chosen. Tick the lines first."))
            return HttpResponseRedirect(self.back)
        form = self.make_form(request.POST if "confirmed" in request.POST else None)
        if form.is_bound and form.is_valid():
            try:
                with transaction.atomic():
                    words = self.act(form)
            except ChangedMeanwhile as refusal:
                form.add_error(None, refusal)
                self.changes = changes_of(self.lines, after=self.version)
            except ValidationError as refusal:
                put_into(form, refusal)
            else:
                messages.success(request, words)
                return HttpResponseRedirect(self.back)
        status = 409 if self.changes else 422 if form.errors else 200
        return self.render_to_response(self.get_context_data(form=form), status=status)

    @property
    def version(self) -> int:
        """The last change of the lines the page was opened on."""
        given = self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 19 else 0

    def _version_to_carry(self) -> int:
        """The newest once the difference was shown; else the one the page was opened on."""
        if self.version and not self.changes:
            return self.version
        return plan.newest_change(self.lines)

    def chosen(self) -> list[PlanLine]:
        """Lines of one plan: that of the first of them."""
        rows = PlanLine.objects.planned().visible_to(self.request.user)
        rows = rows.filter(pk__in=chosen_ids(self.request)).select_related(
            "person", "post__unit", "provider", "group", "plan__planning_year"
        )
        found = list(rows.order_by("person__sort_key", "pk"))
        return [line for line in found if line.plan_id == found[0].plan_id]

    @property
    def plan(self) -> Plan:
        return self.lines[0].plan

    @property
    def year(self) -> int:
        return self.plan.planning_year.year

    @property
    def back(self) -> str:
        asked = self.request.POST.get("next", "")
        if is_safe(self.request, asked):
            return asked
        return reverse("plan", args=[self.year]) if self.lines else reverse("planning")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "lines": self.lines,
            "submit": self.submit,
            "sentence": self.sentence,
            "cancel_url": self.back,
            "next": self.back,
            "version": self._version_to_carry(),
            "changes": self.changes,
            "crumbs": crumbs_of(self.plan, self.request.user),
            "heads_alone": [
                line for line in self.lines if not line.is_teacher and line.request_line_id
            ],
        }


class PlanMovePage(BulkPage):
    title = _("Move lines")
    submit = _("Move")
    sentence = _("A group course moves with all its people.")

    def make_form(self, data: Any) -> MoveForm:
        return MoveForm(data, year=self.year)

    def act(self, form: MoveForm) -> str:
        count = plan.move(
            plan=self.plan,
            lines=self.lines,
            values=form.values,
            actor=self.actor,
            on=self.on,
            version=self.version,
        )
        return ngettext("%(count)s line moved.", "%(count)s lines moved.", count) % {"count": count}


class PlanProviderPage(BulkPage):
    title = _("Change the provider")
    submit = _("Change")
    sentence = _("A group course changes with all its people.")

    def make_form(self, data: Any) -> ProviderForm:
        return ProviderForm(data)

    def act(self, form: ProviderForm) -> str:
        count = plan.set_provider(
            plan=self.plan,
            lines=self.lines,
            provider=form.provider(self.actor),
            actor=self.actor,
            on=self.on,
            version=self.version,
        )
        return ngettext("%(count)s line changed.", "%(count)s lines changed.", count) % {
            "count": count
        }


class PlanMergePage(BulkPage):
    title = _("Make a group course")
    submit = _("Make one course of them")
    sentence = _("All these people get the same terms. Cost is for one person.")

    def make_form(self, data: Any) -> GroupForm:
        if data is not None:
            return GroupForm(data)
        groups = [line.group for line in self.lines if line.group is not None]
        shared = shared_terms(self.lines)
        return GroupForm(
            instance=shared, initial=time_of(shared) | {"name": name_of(self.lines, groups)}
        )

    def act(self, form: GroupForm) -> str:
        group = group_courses.merge(
            plan=self.plan,
            lines=self.lines,
            name=form.cleaned_data["name"],
            values=form.terms(self.actor),
            actor=self.actor,
            on=self.on,
            version=self.version,
        )
        count = group.lines.filter(taken_out=False).count()
        return ngettext(
            "«%(name)s»: %(count)s employee.", "«%(name)s»: %(count)s employees.", count
        ) % {"name": group.name, "count": count}


class PlanTakeOutPage(BulkPage):
    title = _("Take lines out of the plan")
    submit = _("Take out")
    sentence = _("They can be put back as long as the plan is built.")

    def make_form(self, data: Any) -> WhyForm:
        return WhyForm(data)

    def act(self, form: WhyForm) -> str:
        count = plan.take_out(
            plan=self.plan,
            lines=self.lines,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )
        return ngettext("%(count)s line taken out.", "%(count)s lines taken out.", count) % {
            "count": count
        }


class PlanGroupPage(EditPage):
    """A group course: its people, and the terms they share."""

    permission = "training_plans.build_plan"
    template_name = "training_plans/plan_form.html"
    title = _("Change the group course")
    done = _("The group course has been changed.")
    watches_version = True
    thing: PlanGroup

    def find(self) -> models.Model:
        rows = PlanGroup.objects.select_related("plan__planning_year")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @functools.cached_property
    def members(self) -> Sequence[PlanLine]:
        rows = PlanLine.objects.planned().filter(group=self.thing)
        return list(
            rows.select_related("person", "post__unit", "provider").order_by(
                "person__sort_key", "pk"
            )
        )

    def newest_version(self) -> int:
        return plan.newest_change(self.members)

    def changes_after(self, version: int) -> list[Any]:
        return changes_of(self.members, after=version)

    def make_form(self, data: Any = None, files: Any = None) -> Any:
        if data is not None:
            return GroupForm(data)
        return GroupForm(instance=shared_terms(self.members), initial={"name": self.thing.name})

    @transaction.atomic
    def verb(self, form: Any) -> PlanGroup:
        return group_courses.change_group(
            group=self.thing,
            name=form.cleaned_data["name"],
            values=form.terms(self.actor),
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )

    def after(self, result: Any) -> str:
        year = self.thing.plan.planning_year.year
        return f"{reverse('plan', args=[year])}?group={self.thing.pk}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": crumbs_of(self.thing.plan, self.actor),
            "members": self.members,
            "building_words": plan.why_not_built(self.thing.plan),
            "is_of_the_head": False,
        }

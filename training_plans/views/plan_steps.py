"""The steps of the plan: submitted, taken back, returned, approved, closed (3.12, 5.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from training_plans.domain import approval, execution
from training_plans.domain.approval import LineChange, PlanChangedMeanwhile
from training_plans.domain.execution import Outcome
from training_plans.domain.forecast import in_the_end
from training_plans.forms.plan import RemarkForm
from training_plans.models import Funding, Plan
from training_plans.transitions import PLAN

from .plan import PlanDesk
from .years import address

Verb = Callable[..., Any]


class PlanStep(PlanDesk, TemplateView):
    """Shows what a step means and what stands in its way, then takes it."""

    template_name = "training_plans/plan_step.html"
    section = "plan_step"
    step = ""
    sentence: Any = ""
    done: Any = ""

    def get_permission_object(self) -> Any:
        found = super().get_permission_object()
        if found is None:
            raise Http404
        return found

    def get_title(self) -> Any:
        return self.title

    def make_form(self, data: Any = None) -> forms.Form | None:
        return None

    def take(self, form: Any) -> Any:
        """Take the step; may raise ``ValidationError``."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = self.make_form(request.POST)
        if form is not None and not form.is_valid():
            return self.show(form, status=422)
        try:
            self.take(form)
        except PlanChangedMeanwhile as refusal:
            return self.show(form, status=409, changes=refusal.changes)
        except ValidationError as refusal:
            return self.show(form, status=422, refused=refusal.messages)
        messages.success(request, self.done)
        return HttpResponseRedirect(self.desk_url)

    def show(self, form: Any, *, status: int, **more: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form, **more), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        step = PLAN.by_name[self.step]
        in_the_way = PLAN.refusals(self.plan, self.step, actor=self.actor, on=self.on)
        changes: list[LineChange] = kwargs.pop("changes", [])
        kwargs.setdefault("form", self.make_form())
        return super().get_context_data(**kwargs) | {
            "step": step,
            "sentence": self.sentence,
            "in_the_way": in_the_way,
            "refused": kwargs.get("refused", []),
            "changes": changes[: approval.SHOWN],
            "more_changes": max(len(changes) - approval.SHOWN, 0),
            "seen": approval.seen_of(self.plan),
            "warnings": [found for found in self.findings if found.severity != "blocking"],
            "checks_url": reverse("plan_checks", args=[self.planning_year.year]),
            "money": self.money,
            "forecast": self.forecast,
            "sources": [
                {"row": row, "label": Funding(row.source).label if row.source else ""}
                for row in self.money.by_source
            ],
            "states": in_the_end(self.forecast),
            "shows_summary": self.step in ("submit", "approve"),
        }


class PlanSubmitPage(PlanStep):
    permission = "training_plans.build_plan"
    title = _("Submit the plan for approval")
    step = "submit"
    sentence = _(
        "The plan goes to who approves it. Until it is decided on nothing is changed; you can "
        "take it back."
    )
    done = _("The plan has been submitted for approval.")

    def take(self, form: Any) -> Any:
        approval.submit(plan=self.plan, actor=self.actor, on=self.on)


class PlanTakeBackPage(PlanStep):
    permission = "training_plans.build_plan"
    title = _("Take the plan back")
    step = "take_back"
    sentence = _("The plan is a draft again and can be changed. It has to be submitted anew.")
    done = _("The plan is a draft again.")

    def take(self, form: Any) -> Any:
        approval.take_back(plan=self.plan, actor=self.actor, on=self.on)


class PlanReturnPage(PlanStep):
    permission = "training_plans.approve_plan"
    title = _("Return the plan")
    step = "return"
    sentence = _("The Centre reads the remark, changes the plan and submits it again.")
    done = _("The plan has been returned to the Centre.")

    def make_form(self, data: Any = None) -> forms.Form:
        return RemarkForm(data)

    def take(self, form: Any) -> Any:
        approval.give_back(
            plan=self.plan, reason=form.cleaned_data["reason"], actor=self.actor, on=self.on
        )


class PlanApprovePage(PlanStep):
    permission = "training_plans.approve_plan"
    title = _("Approve the plan")
    clause = "5.5"
    step = "approve"
    sentence = _(
        "Approval freezes version 1 with all its lines, as a numbered paper with a fingerprint. "
        "Afterwards the plan changes by amendments only."
    )
    done = _("The plan is approved: version 1 is in force.")

    def take(self, form: Any) -> Any:
        version = approval.approve_plan(
            plan=self.plan, actor=self.actor, on=self.on, seen=self.request.POST.get("seen", "")
        )
        if version.is_late:
            messages.warning(self.request, gettext("It is marked as approved late (5.5)."))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "return_url": address("plan_return", self.planning_year.year)
        }


class PlanClosePage(PlanStep):
    permission = "training_plans.build_plan"
    title = _("Close the year")
    step = "close"
    sentence = _("No more amendments are made; execution stays as it is.")
    done = _("The year is closed.")

    def take(self, form: Any) -> Any:
        approval.close(plan=self.plan, actor=self.actor, on=self.on)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = self.planning_year.year
        return super().get_context_data(**kwargs) | {
            "stays_open": self._stays_open(),
            "lines_url": reverse("plan_execution_list", args=[year]),
            "fits_url": reverse("plan_execution_records", args=[year]),
        }

    def _stays_open(self) -> dict[str, int]:
        """What nobody can say of the lines any more once the year is closed (3.14)."""
        if self.plan.state != Plan.State.APPROVED:
            return {}
        lines = execution.lines_of(self.plan)
        open_ones = (Outcome.NOT_BEGUN, Outcome.IN_PROGRESS)
        counts = {str(o): lines.filter(execution.having(o)).count() for o in open_ones}
        if not any(counts.values()):
            return {}
        return counts | {"fits": len(execution.fitting(plan=self.plan, lines=lines))}

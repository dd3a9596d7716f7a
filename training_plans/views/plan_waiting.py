"""Accepted lines the plan has not decided on: taken in or left aside (3.12, 5.4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.lists import chosen_ids
from training_plans.domain import intake
from training_plans.domain.checks import waiting_lines
from training_plans.forms.plan import WhyForm
from training_plans.models import Plan, RequestLine

from .plan import OfWholePlan, PlanAction, PlanDesk
from .years import address


class WaitingPage(OfWholePlan):
    section = "plan_waiting"
    template_name = "training_plans/plan_waiting.html"
    help_text = _(
        "Lines of accepted requests the plan has not decided on. What is left aside keeps its "
        "reason, and the unit reads it. Lines of those who do not teach come in as their head has "
        "set them (5.3)."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        aside = self.request.GET.get("show") == "aside"
        waiting = waiting_lines(self.plan)
        left_aside = _left_aside(self.plan)
        rows = (left_aside if aside else waiting).select_related(
            "person", "post__unit", "provider", "request__unit"
        )
        rows = rows.order_by("request__unit__sort_key", "request_id", "person__sort_key", "pk")
        found: list[tuple[Any, list[RequestLine]]] = []
        for line in rows:
            if not found or found[-1][0].pk != line.request_id:
                found.append((line.request, []))
            found[-1][1].append(line)
        return super().get_context_data(**kwargs) | {
            "aside": aside,
            "requests": [
                {"request": request, "lines": lines, "url": address("request", request.pk)}
                for request, lines in found
            ],
            "waiting_count": waiting.count(),
            "aside_count": left_aside.count(),
        }


def _left_aside(found: Plan) -> Any:
    return RequestLine.objects.filter(
        request__planning_year=found.planning_year, left_out=False
    ).exclude(not_planned_because="")


class TakeInView(PlanAction):
    """Takes in all that waits, the lines of one request, or those chosen."""

    def act(self, request: HttpRequest) -> str:
        found = self.there_must_be_a_plan()
        keys = chosen_ids(request)
        whole = request.POST.get("request", "")
        if request.POST.get("value") == "all":
            made = intake.take_in_everything(plan=found, actor=self.actor, on=self.on)
        elif whole.isdecimal() and len(whole) < 19:
            asked = get_object_or_404(self.planning_year.requests, pk=int(whole))
            made = intake.take_in_everything(
                plan=found, request=asked, actor=self.actor, on=self.on
            )
        else:
            lines = RequestLine.objects.filter(pk__in=keys)
            made = intake.take_in(plan=found, lines=lines, actor=self.actor, on=self.on)
            if not made and not keys:
                raise ValidationError(gettext("Nothing was chosen. Tick the lines first."))
        if not made:
            raise ValidationError(gettext("These lines stand in the plan already."))
        return ngettext(
            "%(count)s line has come into the plan.",
            "%(count)s lines have come into the plan.",
            len(made),
        ) % {"count": len(made)}


class LeaveAsidePage(PlanDesk, TemplateView):
    """Asks for the reason, then leaves the lines chosen aside."""

    permission = "training_plans.build_plan"
    section = "plan_waiting"
    template_name = "training_plans/plan_bulk.html"
    http_method_names = ["post"]

    def get_title(self) -> str:
        return gettext("Leave aside")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = RequestLine.objects.filter(
            pk__in=chosen_ids(request), request__planning_year=self.planning_year
        ).select_related("person", "post__unit", "provider")
        lines = list(rows.order_by("person__sort_key", "pk"))
        back = self._url("plan_waiting")
        if not lines or self.plan is None:
            messages.error(request, gettext("Nothing was chosen. Tick the lines first."))
            return HttpResponseRedirect(back)
        form = WhyForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            try:
                count = intake.leave_aside(
                    plan=self.plan,
                    lines=lines,
                    reason=form.cleaned_data["reason"],
                    actor=self.actor,
                    on=self.on,
                )
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                words = ngettext(
                    "%(count)s line is left aside.", "%(count)s lines are left aside.", count
                )
                messages.success(request, words % {"count": count})
                return HttpResponseRedirect(back)
        context = self.get_context_data(
            form=form,
            lines=lines,
            submit=_("Leave aside"),
            cancel_url=back,
            sentence=_("These lines stay out of the plan; the reason is shown to the unit (5.4)."),
        )
        return self.render_to_response(context, status=422 if form.errors else 200)

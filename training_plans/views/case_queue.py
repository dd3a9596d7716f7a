"""What waits for my visa, agreed one by one or many at once; and who is slow (7.1)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.lists import chosen_ids
from interface.pages import Page
from training_plans.domain import case_queue
from training_plans.models import CaseRules, RouteStep, TrainingApplication, capacities_of
from workflow.calendar import today

PER_PAGE = 50
MANY = 200
SAID_AT_MOST = 20


class CaseQueuePage(TemplateResponseMixin, Page, View):
    """Everything needed to decide stands on one line; the rest opens below it."""

    permission = "training_plans.view_cases"
    template_name = "training_plans/case_queue.html"
    title = _("Waiting for my visa")
    clause = "7.1"
    help_text = _(
        "Applications whose turn is yours, the soonest training first, also those you sign for "
        "somebody who is away. Agree to one, or choose several and agree to all at once; each is "
        "decided by itself. To return or refuse, say why."
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        on = today()
        capacities = capacities_of(user, on)
        steps = case_queue.waiting_steps(user, on, capacities=capacities)
        page = Paginator(steps, PER_PAGE).get_page(request.GET.get("page"))
        rows = case_queue.described(list(page.object_list), user=user, on=on, capacities=capacities)
        return self.render_to_response(
            self.get_context_data(
                page=page,
                rows=rows,
                count=page.paginator.count,
                is_rector=any(row.step.kind == RouteStep.Kind.RECTOR for row in rows),
                on=on,
                here=request.get_full_path(),
            )
        )


class CaseDecideManyPage(Page):
    """Agree to all the chosen: each in a transaction of its own."""

    permission = "training_plans.view_cases"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        on = today()
        keys = chosen_ids(request)[:MANY]
        # What has been decided meanwhile is refused by the verb, naming who did so; a step that
        # never was this reader's is not looked at.
        # Read before anything is decided: what a substitute signs is out of sight afterwards.
        steps = list(
            RouteStep.objects.filter(pk__in=keys, application__in=self._visible(user))
            .select_related("application__person")
            .order_by("application__starts_on", "pk")
        )
        outcome = case_queue.agree_to_many(steps, actor=user, on=on)
        self._say(request, outcome, asked=len(keys), found=len(steps))
        return HttpResponseRedirect(reverse("case_queue"))

    @staticmethod
    def _visible(user: Any) -> Any:
        return TrainingApplication.objects.visible_to(user).values("pk")

    @staticmethod
    def _say(request: HttpRequest, outcome: Any, *, asked: int, found: int) -> None:
        if not asked:
            messages.warning(request, _("Nothing was chosen: tick the applications first."))
            return
        if outcome.agreed:
            words = ngettext(
                "%(count)s application agreed.", "%(count)s applications agreed.", outcome.agreed
            )
            messages.success(request, words % {"count": outcome.agreed})
        refused = len(outcome.refused) + asked - found
        if refused:
            words = ngettext("%(count)s refused:", "%(count)s refused:", refused)
            lines = [
                f"{case.person.full_name}: {' '.join(sentences)}"
                for case, sentences in outcome.refused[:SAID_AT_MOST]
            ]
            if asked > found:
                lines.append(gettext("what is not before you any more"))
            messages.error(request, f"{words % {'count': refused}} {' · '.join(lines)}")


class CaseSlowPage(TemplateResponseMixin, Page, View):
    """Steps over their target time, by who decides them."""

    permission = "training_plans.see_slow_visas"
    template_name = "training_plans/case_slow.html"
    title = _("Slow visas")
    help_text = _(
        "Visas that have waited longer than the academy's own target. Nothing is refused for it; "
        "a reminder helps."
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        on = today()
        deciders = case_queue.slow_deciders(on)
        return self.render_to_response(
            self.get_context_data(
                deciders=deciders,
                count=sum(len(row.steps) for row in deciders),
                target=CaseRules.in_force().step_days,
                on=on,
                crumbs=[(_("Cases"), reverse("case_list")), (_("Slow visas"), "")],
            )
        )

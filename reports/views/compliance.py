"""HR's look at the three-year rule: how many, where, when (clauses 3.9, 5.2)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from interface.pages import Page
from interface.templatetags.interface import STATES
from reports.days import DayMixin
from reports.domain import compliance
from staff.models import ImportRun, Person, Post, Role, TrainingRecord, Unit
from staff.models.standing import State
from staff.tasks import NIGHTLY_CHECK, NIGHTLY_CHECK_AGE, PAST_DAY
from workflow.calendar import today
from workflow.counting import counted
from workflow.models import JobRun

UNITS_SHOWN = 8


def _tiles(figures: compliance.Figures) -> list[dict[str, Any]]:
    """The state tiles: count, and the share or the rule in a few words."""
    counts, total = figures.total.counts, max(figures.total.total, 1)
    shares = {state: f"{100 * counts.get(state, 0) / total:.1f}" for state in counts}
    notes = {
        State.EXPIRING: _("within 180 days"),
        State.PENDING: _("term not reached yet"),
        State.EXEMPT: _("an extension is running"),
    }
    return [
        {
            "state": state.value,
            "tone": STATES[state].tone,
            "label": state.label,
            "count": counts.get(state, 0),
            "note": notes.get(state)
            or f"{number_format(shares.get(state, '0.0'), use_l10n=True)} %",
        }
        for state in compliance.STATES
    ]


class ComplianceView(DayMixin, Page, TemplateView):
    permission = "reports.view_compliance"
    template_name = "reports/compliance.html"
    title = _("Compliance with the norm")
    clause = "3.4"
    help_text = _(
        "Each person is judged by every requirement that fits their posts; a person with two "
        "requirements is counted twice. Satisfied and falling due soon together satisfy the norm "
        "today. Every figure opens the list behind it."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user: Any = self.request.user
        unit = self._unit()
        rows = compliance.visible(user=user, on=self.on, unit=unit)
        figures = compliance.figures(rows=rows, on=self.on)
        months = 36 if self.request.GET.get("months") == "36" else 12
        due = compliance.falling_due_by_month(rows=rows, on=self.on, months=months)
        check = JobRun.objects.last_finished(NIGHTLY_CHECK)
        return context | {
            "figures": figures,
            "tiles": _tiles(figures),
            "unit_query": f"&unit={unit.pk}" if unit else "",
            "perms_proposals": user.has_perm("reports.view_proposals"),
            "perms_import": user.has_perm("staff.import"),
            "units": figures.by_unit[:UNITS_SHOWN],
            "unit": unit,
            "months": months,
            "due_total": sum(month.falling for month in due),
            "chart": compliance.columns_of(due),
            "last_check": check,
            "check_is_old": self.on == today() and self._is_old(check, figures.total.total),
            "tasks": hr_tasks() if user.has_role(Role.HR) and self.on == today() else [],
        }

    def _unit(self) -> Unit | None:
        key = self.request.GET.get("unit", "")
        if not key.isdecimal():
            return None
        return get_object_or_404(Unit.objects.visible_to(self.request.user), pk=key)

    @staticmethod
    def _is_old(check: JobRun | None, total: int) -> bool:
        if check is None or check.finished_at is None:
            # A new installation has a night to wait for.
            first = Person.history.order_by("history_date").values_list("history_date").first()
            return bool(total and first and first[0] < timezone.now() - NIGHTLY_CHECK_AGE)
        return check.finished_at < timezone.now() - NIGHTLY_CHECK_AGE


def hr_tasks() -> list[dict[str, Any]]:
    """What waits for HR: documents to verify, imports to confirm, units without a head."""
    peopled = Exists(Post.objects.filter(unit=OuterRef("pk")))
    found = counted(
        {
            "pending": TrainingRecord.objects.filter(state=TrainingRecord.State.PENDING),
            "imports": ImportRun.objects.filter(state=ImportRun.State.CHECKED),
            "headless": Unit.objects.open().filter(peopled, head__isnull=True),
        }
    )
    return [{"kind": kind, "count": count} for kind, count in found.items() if count]


class ComplianceUnitsView(DayMixin, Page, TemplateView):
    permission = "reports.view_compliance"
    template_name = "reports/compliance_units.html"
    title = _("Compliance by unit")
    clause = "5.1"
    help_text = _(
        "Each person stands under the unit of the post they are counted by: the main job first, "
        "then the larger share. Units with most overdue come first."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = compliance.visible(user=self.request.user, on=self.on)
        figures = compliance.figures(rows=rows, on=self.on)
        return super().get_context_data(**kwargs) | {"figures": figures}


class DayProgressView(Page, View):
    """Polled while a past day is computed; tells the browser to come again when it is there."""

    permission = "reports.view_compliance"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = get_object_or_404(JobRun, pk=pk, name=PAST_DAY)
        if job.state == JobRun.State.DONE:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "reports/_computing.html", {"job": job, "poll": request.path})

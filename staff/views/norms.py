"""Requirements as dated data (9.1), calendar exceptions, and what the worker did."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from interface.pages import Page
from staff import tasks
from staff.domain import requirements
from staff.forms.norms import CalendarExceptionForm, RequirementForm, WithdrawForm
from staff.models import Standing, TrainingRequirement
from workflow import jobs
from workflow.calendar import today
from workflow.models import CalendarException, JobRun
from workflow.tasks import run_job


class RequirementListView(Page, TemplateView):
    permission = "staff.view_requirement"
    template_name = "staff/requirement_list.html"
    title = gettext_lazy("Requirements")
    clause = "9.1"
    help_text = gettext_lazy(
        "Each requirement has versions that follow each other. A change is a new version from a "
        "day, with the minutes or the order it rests on; you see who would change standing before "
        "you confirm it."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, on = self.request.user, today()
        versions: dict[str, list[TrainingRequirement]] = {}
        for row in TrainingRequirement.objects.order_by("pk"):
            versions.setdefault(row.code, []).append(row)
        for rows in versions.values():
            rows.sort(key=lambda row: (row.valid_from is not None, row.valid_from), reverse=True)
        return super().get_context_data(**kwargs) | {
            "requirements": list(versions.values()),
            "on": on,
            "may_change": user.has_perm("staff.change_requirement"),
            "restating": requirements.being_restated(),
        }


class RequirementChangeView(Page, FormView):
    """The form, then the preview of its effect, then the change itself."""

    permission = "staff.change_requirement"
    template_name = "staff/requirement_change.html"
    form_class = RequirementForm
    clause = "9.1"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["code"] not in TrainingRequirement.Code.values:
            raise Http404
        self.present = requirements.open_version(kwargs["code"])

    def get_title(self) -> str:
        return _("New version: %(name)s") % {"name": self.present.get_code_display()}

    def get_initial(self) -> dict[str, Any]:
        names = ("hours", "months", "counting", "areas", "name_kk", "name_ru", "name_en")
        return {name: getattr(self.present, name) for name in names}

    def form_valid(self, form: RequirementForm) -> HttpResponse:
        values = form.cleaned_data
        change = {"values": values, "valid_from": values["valid_from"], "basis": values["basis"]}
        try:
            if self.request.POST.get("confirmed") != "1":
                new = requirements.draft(present=self.present, **change)
                return self._preview(form, new)
            requirements.change_requirement(
                code=self.present.code, actor=self.request.user, on=today(), **change
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        if requirements.being_restated():
            messages.success(self.request, _("The new version is recorded."))
        else:
            messages.success(
                self.request, _("The new version is recorded; standings were recomputed.")
            )
        return redirect("requirement_list")

    def _preview(self, form: RequirementForm, new: TrainingRequirement) -> HttpResponse:
        effect = requirements.effect(new=new, on=today())
        context = self.get_context_data(form=form) | {
            "new": new,
            "effect": effect,
            "tally": [
                (state, effect.before.get(state, 0), effect.after.get(state, 0))
                for state in ("compliant", "expiring", "pending", "overdue", "exempt")
            ],
            "posted": [
                (name, value)
                for name, values in self.request.POST.lists()
                if name != "csrfmiddlewaretoken"
                for value in values
            ],
        }
        return render(self.request, "staff/requirement_preview.html", context)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "present": self.present,
            "crumbs": [(_("Requirements"), reverse("requirement_list"))],
        }


class RequirementWithdrawView(Page, FormView):
    permission = "staff.change_requirement"
    template_name = "components/confirm.html"
    form_class = WithdrawForm
    title = gettext_lazy("Withdraw the version")
    success_url = reverse_lazy("requirement_list")

    def version(self) -> TrainingRequirement:
        return get_object_or_404(TrainingRequirement, pk=self.kwargs["pk"])

    def form_valid(self, form: WithdrawForm) -> HttpResponse:
        try:
            requirements.withdraw_requirement(
                requirement=self.version(),
                reason=form.cleaned_data["reason"],
                actor=self.request.user,
                on=today(),
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        messages.success(self.request, _("The version was withdrawn; the one before it stays."))
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version = self.version()
        return super().get_context_data(**kwargs) | {
            "sentence": version.name,
            "submit": _("Withdraw"),
            "cancel_url": reverse("requirement_list"),
        }


class CalendarListView(Page, FormView):
    permission = "staff.change_calendar"
    template_name = "staff/calendar_list.html"
    form_class = CalendarExceptionForm
    title = gettext_lazy("Working days")
    clause = "7.2"
    help_text = gettext_lazy(
        "The public holidays of Kazakhstan are known to the program. Enter here only days moved "
        "by an order: a weekend that is worked, or a working day that is free."
    )
    success_url = reverse_lazy("calendar_list")

    def form_valid(self, form: CalendarExceptionForm) -> HttpResponse:
        form.save()
        messages.success(self.request, _("The day is recorded."))
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(CalendarException.objects.order_by("-day"), 50).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(**kwargs) | {"page": page}


class CalendarDeleteView(Page, TemplateView):
    permission = "staff.change_calendar"
    template_name = "components/confirm.html"
    title = gettext_lazy("Remove the day")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        exception = get_object_or_404(CalendarException, pk=self.kwargs["pk"])
        return super().get_context_data(**kwargs) | {
            "sentence": f"{exception} · {exception.basis}",
            "submit": _("Remove"),
            "cancel_url": reverse("calendar_list"),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(CalendarException, pk=pk).delete()
        messages.success(request, _("The day was removed; its history stays."))
        return redirect("calendar_list")


class JobListView(Page, TemplateView):
    permission = "staff.view_jobs"
    template_name = "staff/job_list.html"
    title = gettext_lazy("Jobs")
    help_text = gettext_lazy(
        "Every night the program recomputes everybody's standing, mends rows that differ and "
        "reports how many there were. A job a stopped worker left is taken up within minutes."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(JobRun.objects.order_by("-created_at", "-pk"), 50).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(**kwargs) | {
            "page": page,
            "nightly": tasks.NIGHTLY_CHECK,
            "now": timezone.now(),
            "standings": Standing.objects.filter(past_day__isnull=True).count(),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Run the nightly check now."""
        job, made = jobs.ask(name=tasks.NIGHTLY_CHECK, key=today().isoformat())
        if made:
            run_job.delay(job.pk)
        messages.info(request, _("The check was put into the queue; this page shows how it goes."))
        return redirect("job_list")


class JobProgressView(Page, View):
    """Polled while a job runs."""

    permission = "staff.view_jobs"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = get_object_or_404(JobRun, pk=pk)
        if job.state in (JobRun.State.DONE, JobRun.State.FAILED):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "staff/_import_progress.html", {"job": job, "poll": request.path})

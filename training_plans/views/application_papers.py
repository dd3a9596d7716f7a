"""Papers of a case, and the late application: asked for by who applies, admitted by the Centre."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.pages import Page
from staff.views.editing import EditPage
from staff.views.files import served
from training_plans.domain import applications
from training_plans.domain.application_checks import applies_late, day, is_admitted, lead_days
from training_plans.forms.applications import AdmitForm, AttachForm, LateForm
from training_plans.models import Attachment, TrainingApplication
from workflow.calendar import earliest_start, last_day_to_apply, today
from workflow.files import KeepsScans

from .application_form import case_url, visible_case


class OfCase(EditPage):
    """A page about one case: what is done stands in the case's own page afterwards.

    ``why_not`` says why the page has nothing to do for a case as it stands.
    """

    template_name = "training_plans/application_act.html"
    permission = "training_plans.file_case"
    clause = "7.1"
    danger = False
    thing: Any

    def find(self) -> models.Model:
        return visible_case(self.request, self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return case_url(self.thing)

    def why_not(self) -> list[str]:
        return []

    def consequences(self) -> list[str]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case = self.thing
        return super().get_context_data(**kwargs) | {
            "application": case,
            "danger": self.danger,
            "why_not": self.why_not(),
            "consequences": self.consequences(),
            "crumbs": [
                (_("Cases"), reverse("case_list")),
                (case.number_text or case.topic, case_url(case)),
            ],
        }


# --- papers -------------------------------------------------------------------------------------
class ApplicationAttachPage(KeepsScans, OfCase):
    title = _("Add a paper to the case")
    submit = _("Add")
    done = _("The paper is added.")
    form_class = AttachForm

    def verb(self, form: Any) -> Attachment:
        return applications.attach(
            application=self.thing,
            kind=form.cleaned_data["kind"],
            file=self.kept["paper"],
            actor=self.actor,
            on=self.on,
        )

    def why_not(self) -> list[str]:
        if self.thing.state in TrainingApplication.OPEN:
            return []
        return [gettext("This case has ended: nothing is added to it any more.")]


class OfAttachment(Page):
    """A page about one standing paper of a case one may see."""

    def get_permission_object(self) -> TrainingApplication:
        rows = Attachment.objects.standing().select_related("file", "application__person")
        seen = TrainingApplication.objects.visible_to(self.request.user)
        self.attachment = get_object_or_404(
            rows.filter(application__in=seen.values("pk")), pk=self.kwargs["pk"]
        )
        if not self.attachment.may_be_read_by(self.request.user):
            raise Http404
        return self.attachment.application


class ApplicationAttachmentPage(OfAttachment):
    """The paper itself, for whoever may see the case."""

    permission = "training_plans.view_case"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        row = self.attachment
        name = " ".join([row.application.person.short_name, str(row.get_kind_display())])
        return served(request, row.file, name=name, inline="view" in request.GET)


class ApplicationDetachPage(OfAttachment):
    """One click, while the application is being written; the file itself is kept."""

    permission = "training_plans.file_case"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = self.attachment.application
        try:
            applications.detach(attachment=self.attachment, actor=request.user, on=today())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("The paper is taken away."))
        name = "application_edit" if case.can_be_edited else "case"
        return HttpResponseRedirect(reverse(name, args=[case.pk]))


# --- late ---------------------------------------------------------------------------------------
def not_late(application: TrainingApplication, on: Any) -> list[str]:
    """Why there is nothing to admit."""
    if not application.can_be_edited:
        return [gettext("This application is on its way already.")]
    if not applies_late(application, on):
        return [gettext("This application is not late: it can simply be sent.")]
    if application.starts_on and application.starts_on <= on:
        return [gettext("The training has begun: nobody can be sent to it any more.")]
    if is_admitted(application):
        return [gettext("The Centre has admitted it already: it can be sent.")]
    return []


class ApplicationAskLatePage(OfCase):
    title = _("Ask the Centre to admit a late application")
    submit = _("Ask the Centre")
    done = _("The Centre is asked. You are told by letter; then the application can be sent.")
    form_class = LateForm

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"late_reason": self.thing.late_reason}}

    def verb(self, form: Any) -> TrainingApplication:
        return applications.ask_to_admit(
            application=self.thing,
            reason=form.cleaned_data["late_reason"],
            actor=self.actor,
            on=self.on,
        )

    def why_not(self) -> list[str]:
        return not_late(self.thing, self.on)

    def consequences(self) -> list[str]:
        if self.why_not():
            return []
        return [
            _late_words(self.thing, self.on),
            gettext("The draft is kept, the Centre sees it now. It stays marked as late."),
        ]


class ApplicationAdmitPage(KeepsScans, OfCase):
    permission = "training_plans.admit_late"
    title = _("Admit a late application")
    submit = _("Admit")
    done = _("The application is admitted: it can be sent now, and stays marked as late.")
    form_class = AdmitForm

    def verb(self, form: Any) -> TrainingApplication:
        return applications.admit(
            application=self.thing,
            reason=form.cleaned_data["reason"],
            paper=self.kept["paper"],
            actor=self.actor,
            on=self.on,
        )

    def why_not(self) -> list[str]:
        return not_late(self.thing, self.on)

    def consequences(self) -> list[str]:
        if self.why_not():
            return []
        return [
            _late_words(self.thing, self.on),
            gettext("Your reason and the paper stay in the case; it counts as late in report 001."),
        ]


def _late_words(application: TrainingApplication, on: Any) -> str:
    days = lead_days(application)
    start = application.starts_on
    return gettext(
        "A start on %(start)s had to be applied for by %(last)s, %(days)s days before. The "
        "earliest start still in time is %(earliest)s."
    ) % {
        "start": day(start) if start else "",
        "last": day(last_day_to_apply(start, days)) if start else "",
        "days": days,
        "earliest": day(earliest_start(on, days)),
    }

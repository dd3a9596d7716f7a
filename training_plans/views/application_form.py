"""What pages of an application share: the case one may see, and the form (7.1)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staff.models import Person
from staff.views.editing import EditPage
from training_plans.domain import applications
from training_plans.domain.application_checks import CONSENT_TEXT
from training_plans.domain.application_outlook import Outlook, outlook_of
from training_plans.forms.applications import ApplicationForm, ApplicationHintForm
from training_plans.models import Attachment, PersonalDataConsent, TrainingApplication
from workflow.files import KeepsScans

PAPERS = {"invitation": Attachment.Kind.INVITATION, "programme": Attachment.Kind.PROGRAMME}
THERE_IS_ONE = _("This training was applied for already: here is its case. Nothing was sent twice.")


def visible_case(request: HttpRequest, pk: int) -> TrainingApplication:
    """The case, with what its pages read of it; 404 where it may not be seen."""
    rows = TrainingApplication.objects.visible_to(request.user).select_related(
        "person",
        "post",
        "unit",
        "provider",
        "course",
        "group",
        "replaced_by",
        "filed_by__person",
        "plan_line__plan__planning_year",
        "amendment_item__amendment",
    )
    return get_object_or_404(rows, pk=pk)


def case_url(application: TrainingApplication) -> str:
    return reverse("case", args=[application.pk])


def lacks_consent(person: Person) -> bool:
    """Whether the employee has not agreed to the edition of the text in force."""
    return not PersonalDataConsent.objects.filter(
        person=person, text_version=CONSENT_TEXT, withdrawn_on__isnull=True
    ).exists()


# --- the form -----------------------------------------------------------------------------------
class ApplicationFormPage(KeepsScans, EditPage):
    """One calm page: what, when and where, money, who stands in, papers, consent.

    ``do`` of the button pressed: send, keep (as a draft), ask (the Centre, because it is late) or
    earliest (take the earliest start and look again).
    """

    clause = "7.1"
    template_name = "training_plans/application_form.html"
    form_class: type[ApplicationForm] = ApplicationForm
    application: TrainingApplication
    thing: Any

    # -- for pages to say
    def sketch(self) -> TrainingApplication:
        """The application as the form shows it first."""
        raise NotImplementedError

    def keep(self, values: dict[str, Any]) -> TrainingApplication:
        """Keep what was typed as a draft; may raise ``ValidationError``."""
        raise NotImplementedError

    hint_about: str

    # -- the machinery
    def form_arguments(self) -> dict[str, Any]:
        self.application = self.sketch()
        self.asks_consent = self.application.person_id == self.actor.person_id and lacks_consent(
            self.application.person
        )
        return {"instance": self.application, "asks_consent": self.asks_consent, "on": self.on}

    @property
    def do(self) -> str:
        return str(self.request.POST.get("do", "send"))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.do == "earliest":
            return self.show(self.make_form(self._moved(request.POST), request.FILES))
        return super().post(request, *args, **kwargs)

    def _moved(self, typed: QueryDict) -> QueryDict:
        """What was typed, moved to the earliest start still in time."""
        outlook = self.outlook(typed)
        moved = typed.copy()
        moved["starts_on"] = outlook.earliest.isoformat()
        moved["ends_on"] = (outlook.earliest_end or outlook.earliest).isoformat()
        return moved

    def outlook(self, typed: QueryDict | None) -> Outlook:
        sketch = self.sketch()
        if typed is not None:
            ApplicationHintForm(typed).put_onto(sketch)
        return outlook_of(sketch, self.on)

    def verb(self, form: Any) -> TrainingApplication:
        """Keep, agree, attach, send: everything or nothing. A second click gives the first case."""
        try:
            application = self._kept_and_sent(form)
        except ValidationError as refusal:
            twin = self.twin_of(refusal)
            if twin is None:
                raise
            self.done = THERE_IS_ONE
            return twin
        self.done = self._said(application)
        return application

    def _kept_and_sent(self, form: Any) -> TrainingApplication:
        if self.do == "send" and "agree" in form.fields and not form.cleaned_data["agree"]:
            raise ValidationError(
                {"agree": gettext("Tick this box: without consent nothing is sent (7.1).")}
            )
        with transaction.atomic():
            application = self.keep(form.terms(self.actor))
            if form.cleaned_data.get("agree"):
                applications.give_consent(person=application.person, actor=self.actor, on=self.on)
            for name, file in self.kept.items():
                applications.attach(
                    application=application,
                    kind=PAPERS[name],
                    file=file,
                    actor=self.actor,
                    on=self.on,
                )
            if self.do == "send":
                application = applications.submit_or_keep(
                    application=application, actor=self.actor, on=self.on
                )
        return application

    def _said(self, application: TrainingApplication) -> Any:
        if application.state in TrainingApplication.ON_THE_ROUTE:
            return _("The application is sent.")
        if self.do == "send":
            return gettext(
                "Kept as a draft: %(person)s has to agree to the use of personal data on the page "
                "of the application, and can send it there."
            ) % {"person": application.person.full_name}
        return _("The draft is kept. It is not sent yet.")

    def after(self, result: Any) -> str:
        if self.request.method == "POST" and isinstance(result, TrainingApplication) and result.pk:
            if self.do == "ask":
                return reverse("application_ask_late", args=[result.pk])
            return case_url(result)
        return reverse("case_list")

    def twin_of(self, refusal: ValidationError) -> TrainingApplication | None:
        """The case that exists already, as far as it may be seen."""
        params = getattr(refusal, "params", None) or {}
        if getattr(refusal, "code", "") != "twin" or "twin" not in params:
            return None
        rows = TrainingApplication.objects.visible_to(self.actor)
        return rows.filter(pk=params["twin"]).first()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        typed = form.data if form.is_bound else None
        application = self.application
        return context | {
            "application": application,
            "line": application.plan_line,
            "is_own": application.person_id == self.actor.person_id,
            "lacks_consent": lacks_consent(application.person),
            "outlook": self.outlook(typed),
            "hint_url": f"{reverse('application_hint')}?{self.hint_about}",
            "attachments": list(application.attachments.standing().select_related("file"))
            if application.pk
            else [],
            "crumbs": [(_("Cases"), reverse("case_list"))],
        }

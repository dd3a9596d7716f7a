"""Training taken on one's own: handed in for the same verification, without an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.pages import EVERYBODY, Page
from interface.text import search_words
from staff.models import Provider, TrainingRecord
from staff.views.editing import EditPage
from training_plans.document_pictures import first_photo
from training_plans.domain import handing_in
from training_plans.forms.documents import OwnTrainingForm, WithdrawForm
from training_plans.models import Evidence
from training_plans.transitions import EVIDENCE
from workflow.calendar import today

from .handing_in import LOOKS, CertificatePage, alike, url_of

SUGGESTIONS = 15
SHORTEST = 2  # letters before providers are offered


def _look(evidence: Evidence) -> dict[str, str]:
    tone, icon = LOOKS[evidence.state]
    return {"word": evidence.get_state_display(), "tone": tone, "icon_name": icon}


class OwnTrainingListPage(TemplateResponseMixin, Page):
    """What I handed in and how it stands, and my records in the ledger."""

    template_name = "training_plans/own_training_list.html"
    permission = EVERYBODY
    title = _("My trainings")
    clause = "3.10"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        documents = (
            Evidence.objects.filter(person=user.person_id or 0)
            .exclude(state__in=[Evidence.State.VERIFIED, Evidence.State.WITHDRAWN])
            .select_related("provider", "application")
            .order_by("-sent_on", "-pk")
        )
        records = TrainingRecord.objects.filter(person=user.person_id or 0)
        return super().get_context_data(**kwargs) | {
            "documents": [
                {"evidence": row, "url": url_of(row), "look": _look(row)} for row in documents
            ],
            "records": records.select_related("provider"),
            "owing": handing_in.owing(person=user.person_id, on=today()),
            "on": today(),
        }


class ProvidersPage(Page, View):
    """What the field for a provider offers while one types."""

    permission = EVERYBODY

    def get(self, request: HttpRequest) -> HttpResponse:
        typed = str(next(iter(request.GET.values()), ""))
        found = Provider.objects.none()
        if len(typed.strip()) >= SHORTEST:
            found = Provider.objects.all()
            for word in search_words(typed):
                found = found.filter(search_key__contains=word)
        return HttpResponse(
            format_html_join(
                "", '<option value="{}"></option>', ((row.name,) for row in found[:SUGGESTIONS])
            )
        )


class OwnCertificatePage(CertificatePage):
    """The certificate form with every field; ``thing`` is the document."""

    form_class: type[forms.BaseForm] = OwnTrainingForm
    clause = "3.10"
    thing: Evidence

    def evidence(self) -> Evidence:
        return self.thing

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.evidence()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": [(_("My trainings"), reverse("own_training_list"))]
        }


class OwnTrainingNewPage(OwnCertificatePage):
    """A new one: kept as a draft, or sent at once; refused, nothing is kept but its file."""

    title = _("Training taken on my own")
    watches_version = False

    def find(self) -> Evidence:
        person = self.request.user.person  # type: ignore[union-attr]
        if person is None:
            raise PermissionDenied
        return Evidence(person=person)

    def verb(self, form: Any) -> Evidence:
        send = "send" in self.request.POST
        with transaction.atomic():
            evidence = handing_in.hand_in_own(
                person=self.thing.person,
                values=form.evidence(self.actor),
                file=self.kept.get("scan"),
                actor=self.actor,
                on=self.on,
                send=send,
            )
        self.done = (
            gettext("The certificate is sent to HR.")
            if send
            else gettext("Kept. It is not sent yet.")
        )
        return evidence

    def after(self, result: Any) -> str:
        if isinstance(result, Evidence) and result.pk:
            return reverse("own_training", args=[result.pk])
        return reverse("own_training_list")


def find_own(user: Any, pk: int) -> Evidence:
    """A document of no case, as far as ``user`` may see it."""
    rows = Evidence.objects.visible_to(user).filter(application__isnull=True)
    return get_object_or_404(rows.select_related("person", "provider", "file", "record"), pk=pk)


class OwnTrainingEditPage(OwnCertificatePage):
    """A draft, or what HR returned."""

    title = _("Training taken on my own")

    def find(self) -> Evidence:
        return find_own(self.request.user, self.kwargs["pk"])

    def evidence(self) -> Evidence:
        return find_own(self.request.user, self.thing.pk)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.thing.can_be_edited:
            return HttpResponseRedirect(self.after(None))
        return super().get(request, *args, **kwargs)

    def after(self, result: Any) -> str:
        return reverse("own_training", args=[self.thing.pk])


class OwnTrainingPage(TemplateResponseMixin, Page):
    """One document: what it says, where it stands, and what can be done with it."""

    template_name = "training_plans/own_training.html"
    permission = "training_plans.view_evidence"
    clause = "3.10"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.on = today()
        self.wrong: list[str] = []
        return super().dispatch(request, *args, **kwargs)

    def get_permission_object(self) -> Evidence:
        self.thing = find_own(self.request.user, self.kwargs["pk"])
        return self.thing

    def get_title(self) -> str:
        return self.thing.topic or gettext("Training taken on my own")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The button «Send»."""
        try:
            handing_in.send_evidence(evidence=self.thing, actor=request.user, on=self.on)
        except ValidationError as refusal:
            self.wrong = list(refusal.messages)
            self.thing = find_own(request.user, pk)
            return self.render_to_response(self.get_context_data(), status=422)
        return HttpResponseRedirect(reverse("own_training", args=[pk]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        offers = EVIDENCE.offers(self.thing, actor=self.request.user, on=self.on)
        by_name = {offer.transition.name: offer for offer in offers}
        is_mine = self.request.user.person_id == self.thing.person_id  # type: ignore[union-attr]
        return super().get_context_data(**kwargs) | {
            "evidence": self.thing,
            "look": _look(self.thing),
            "is_photo": first_photo(self.thing.file) is not None,
            "send": by_name.get("send"),
            "may_withdraw": "withdraw" in by_name,
            "alike": alike(self.thing) if self.thing.can_be_edited else [],
            "wrong": self.wrong,
            "decisions": EVIDENCE.decisions(self.thing),
            "crumbs": [(_("My trainings"), reverse("own_training_list"))] if is_mine else [],
            "on": self.on,
        }


class OwnTrainingWithdrawPage(EditPage):
    template_name = "components/confirm.html"
    permission = "training_plans.hand_in_document"
    form_class: type[forms.BaseForm] = WithdrawForm
    title = _("Withdraw the document")
    submit = _("Withdraw")
    done = _("Withdrawn. It stays in the history.")
    clause = "3.10"
    thing: Evidence

    def find(self) -> Evidence:
        return find_own(self.request.user, self.kwargs["pk"])

    def verb(self, form: Any) -> Evidence:
        return handing_in.withdraw(
            evidence=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def after(self, result: Any) -> str:
        return reverse("own_training", args=[self.thing.pk])

    def next_url(self, result: Any) -> str:
        return reverse("own_training_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": gettext("«%(topic)s» is taken back; HR does not verify it.")
            % {"topic": self.thing.topic},
            "crumbs": [
                (_("My trainings"), reverse("own_training_list")),
                (self.thing.topic, self.after(None)),
            ],
        }

"""Training records: what HR enters, corrects and revokes; the document behind each (3.10)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.figures import in_figures
from interface.pages import Page
from interface.scans import PDF
from interface.text import search_words
from staff.domain import registry
from staff.domain.what_if import effects
from staff.forms.registry import (
    RecordCorrectionForm,
    RecordForm,
    RecordHintForm,
    RevocationForm,
    record_initial,
)
from staff.models import Person, Provider, TrainingRecord, TrainingRequirement
from staff.models.ledger import HOURS_A_CREDIT
from workflow.calendar import today
from workflow.files import KeepsScans

from .files import served
from .people import AboutPerson
from .posts import OfPerson

SUGGESTIONS = 15
HOURS_A_DAY = 10


def visible_record(request: HttpRequest, pk: int) -> TrainingRecord:
    rows = TrainingRecord.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("person", "provider", "document", "verified_by__person"), pk=pk
    )


def twin_url(form: forms.Form) -> str:
    """Where the record is that the verb found to be the same training; empty where none is."""
    for error in form.non_field_errors().as_data():
        if error.code == "twin" and error.params:
            return reverse("record", args=[error.params["twin"]])
    return ""


class RecordAddPage(KeepsScans, AboutPerson):
    permission = "staff.change_record"
    title = _("New training record")
    clause = "3.10"
    submit = _("Enter record")
    done = _("The record has been entered and counts as verified.")
    template_name = "staff/record_form.html"
    form_class = RecordForm

    def verb(self, form: Any) -> TrainingRecord:
        with transaction.atomic():
            return registry.enter_record(
                person=self.thing,
                values=form.values_with_provider(self.actor),
                document=self.kept.get("scan"),
                actor=self.actor,
                on=self.on,
            )

    def after(self, result: Any) -> str:
        if isinstance(result, TrainingRecord):
            return reverse("record", args=[result.pk])
        return super().after(result)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "person": self.thing,
            "twin_url": twin_url(context["form"]),
            "hint_url": reverse("record_hint", args=[self.thing.pk]),
        }


class RecordHintPage(Page, TemplateView):
    """What the training being typed means: hours, load a day, until when it counts."""

    permission = "staff.change_record"
    template_name = "staff/_record_hint.html"

    def get_permission_object(self) -> Person:
        self.person = get_object_or_404(
            Person.objects.visible_to(self.request.user), pk=self.kwargs["pk"]
        )
        return self.person

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        typed = RecordHintForm(self.request.GET)
        typed.is_valid()
        data = typed.cleaned_data
        start, end, credits = data.get("starts_on"), data.get("ends_on"), data.get("credits")
        hours = data.get("hours")
        if hours is None and credits is not None:
            hours = credits * HOURS_A_CREDIT
        on = today()
        days = (end - start).days + 1 if start and end and end >= start else 0
        found: list[dict[str, Any]] = []
        if hours and end and end <= on and data.get("area"):
            names = TrainingRequirement.objects.in_bulk()
            found = [
                {"effect": effect, "requirement": names[effect.requirement_id]}
                for effect in effects(
                    person=self.person,
                    ends_on=end,
                    hours=hours,
                    area=data["area"],
                    on=on,
                    instead_of=data.get("record"),
                )
            ]
        return super().get_context_data(**kwargs) | {
            "hours": hours,
            "from_credits": hours is not None and data.get("hours") is None,
            "in_future": bool(end and end > on),
            "reversed": bool(start and end and end < start),
            "a_day": in_figures(round(hours / days, 1)) if hours and days else "",
            "too_much": bool(hours and days and hours / days > HOURS_A_DAY),
            "effects": found,
        }


class OfRecord(OfPerson):
    """A page about one record."""

    model = TrainingRecord
    permission = "staff.change_record"
    watches_version = True

    def find(self) -> TrainingRecord:
        return visible_record(self.request, self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return reverse("record", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [
            (_("Employees"), reverse("person_list")),
            (self.person.full_name, reverse("person", args=[self.person.pk])),
            (self.thing.title, self.after(None)),
        ]
        return super().get_context_data(**kwargs) | {"crumbs": crumbs}


class RecordCorrectPage(KeepsScans, OfRecord):
    title = _("Correct training record")
    clause = "3.10"
    help_text = _(
        "The values before stay in the history with your reason. A new scan takes the place of "
        "the one before, which is kept."
    )
    done = _("The record has been corrected.")
    template_name = "staff/record_form.html"
    form_class = RecordCorrectionForm

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing, "initial": record_initial(self.thing)}

    def verb(self, form: Any) -> TrainingRecord:
        with transaction.atomic():
            return registry.correct_record(
                record=self.thing,
                values=form.values_with_provider(self.actor),
                document=self.kept.get("scan"),
                reason=form.cleaned_data["reason"],
                actor=self.actor,
                on=self.on,
                version=self.asked_version,
            )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        hint = reverse("record_hint", args=[self.person.pk])
        return context | {
            "twin_url": twin_url(context["form"]),
            "hint_url": f"{hint}?record={self.thing.pk}",
        }


class RecordRevokePage(OfRecord):
    template_name = "components/confirm.html"
    title = _("Revoke training record")
    clause = "3.10"
    submit = _("Revoke")
    done = _("The record has been revoked.")
    form_class = RevocationForm
    watches_version = False

    def verb(self, form: forms.Form) -> TrainingRecord:
        return registry.revoke_record(
            record=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": gettext("%(person)s: «%(title)s».")
            % {"person": self.person.full_name, "title": self.thing.title},
            "consequences": [
                gettext("Its hours do not count towards the norm any more."),
                gettext(
                    "It stays in the ledger as revoked, with your reason; it is never deleted."
                ),
            ],
        }


class RecordVerifyPage(Page):
    """One click on the record's page; a refusal is said there."""

    permission = "staff.change_record"
    http_method_names = ["post"]

    def get_permission_object(self) -> TrainingRecord:
        self.record = visible_record(self.request, self.kwargs["pk"])
        return self.record

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            registry.verify_record(record=self.record, actor=request.user, on=today())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("The record is verified and counts from now on."))
        return HttpResponseRedirect(reverse("record", args=[pk]))


class RecordPage(Page, TemplateView):
    """One record: what it says, the document, its history."""

    permission = "staff.view_record"
    template_name = "staff/record.html"

    def get_permission_object(self) -> TrainingRecord:
        self.record = visible_record(self.request, self.kwargs["pk"])
        return self.record

    def get_title(self) -> str:
        return self.record.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        record = self.record
        crumbs: list[tuple[Any, str]] = [
            (record.person.full_name, reverse("person", args=[record.person_id]))
        ]
        if user.watches_others:
            crumbs.insert(0, (_("Training records"), reverse("record_list")))
        return super().get_context_data(**kwargs) | {
            "record": record,
            "crumbs": crumbs,
            "may_change": user.has_perm("staff.change_record", record)
            and record.state != TrainingRecord.State.REVOKED,
            "is_picture": record.document is not None
            and record.document.content_type.startswith("image/"),
            "is_pdf": record.document is not None and record.document.content_type == PDF,
        }


class RecordDocumentPage(Page):
    """The document itself, for whoever may see the record."""

    permission = "staff.view_record"

    def get_permission_object(self) -> TrainingRecord:
        self.record = visible_record(self.request, self.kwargs["pk"])
        return self.record

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        record = self.record
        if record.document is None:
            raise Http404
        number = slugify(record.document_number, allow_unicode=True)
        name = " ".join(filter(None, [record.person.short_name, number]))
        return served(request, record.document, name=name, inline="view" in request.GET)


class ProviderSuggestionsPage(Page):
    """What the provider's field offers while one types."""

    permission = "staff.watch_others"

    def get(self, request: HttpRequest) -> HttpResponse:
        words = search_words(str(next(iter(request.GET.values()), "")))
        rows = Provider.objects.all()
        for word in words:
            rows = rows.filter(search_key__contains=word)
        is_enough = len("".join(words)) > 1
        names = rows.values_list("name", flat=True)[:SUGGESTIONS] if is_enough else []
        return HttpResponse(
            "".join(format_html('<option value="{}"></option>', name) for name in names)
        )

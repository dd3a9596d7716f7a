"""What all pages share on which HR changes something: form, refusals, stale edits, the way back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.pages import Page
from staff.domain.history import changes_since
from workflow.calendar import today
from workflow.saving import ChangedMeanwhile, version_of


class EditPage(TemplateResponseMixin, Page):
    """A form and the verb it calls. What the verb refuses stands in the form, nothing is lost."""

    template_name = "staff/edit.html"
    form_class: type[forms.BaseForm]
    submit: Any = _("Save")
    done: Any = _("Saved.")
    watches_version = False

    # -- for pages to say
    def find(self) -> models.Model:
        """What the page is about, as far as the user may see it; else ``Http404``."""
        raise NotImplementedError

    def verb(self, form: Any) -> Any:
        """Do it; may raise ``ValidationError``."""
        raise NotImplementedError

    def after(self, result: Any) -> str:
        """Where to go then."""
        raise NotImplementedError

    def form_arguments(self) -> dict[str, Any]:
        return {}

    # -- the machinery
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.on = today()
        self.actor: Any = request.user
        self.meanwhile: list[Any] = []
        return super().dispatch(request, *args, **kwargs)

    def get_permission_object(self) -> Any:
        self.thing = self.find()
        return self.thing

    @property
    def back_url(self) -> str:
        asked = self.request.GET.get("next") or self.request.POST.get("next") or ""
        return asked if is_safe(self.request, asked) else self.after(self.thing)

    def make_form(self, data: Any = None, files: Any = None) -> Any:
        return self.form_class(data, files, **self.form_arguments())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.make_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            result = self.verb(form)
        except ChangedMeanwhile as refusal:
            self.meanwhile = self.changes_after(self.asked_version or 0)
            form.add_error(None, refusal)
            return self.show(form, status=409)
        except ValidationError as refusal:
            put_into(form, refusal)
            return self.show(form, status=422)
        messages.success(request, self.done)
        return HttpResponseRedirect(self.next_url(result))

    def next_url(self, result: Any) -> str:
        return self.after(result)

    @property
    def asked_version(self) -> int | None:
        """The version the form was opened on; ``None`` where the page watches none."""
        if not self.watches_version:
            return None
        given = self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 19 else 0

    def show(self, form: Any, status: int = 200) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        hidden = []
        if self.watches_version:
            hidden.append(("version", str(self._version_to_carry())))
        return context | {
            "thing": self.thing,
            "submit": self.submit,
            "cancel_url": self.back_url,
            "hidden": hidden,
            "meanwhile": self.meanwhile,
            "on": self.on,
        }

    def _version_to_carry(self) -> int:
        """The newest once the difference was shown; else the one the form was opened on."""
        if self.request.method == "POST" and not self.meanwhile and self.asked_version:
            return self.asked_version
        return self.newest_version()

    def newest_version(self) -> int:
        """The number of the last change; a page about several things says theirs."""
        return version_of(self.thing)

    def changes_after(self, version: int) -> list[Any]:
        """What somebody else changed since; a page about several things says theirs."""
        return changes_since(self.thing, version=version, reader=self.actor)


def put_into(form: forms.BaseForm, refusal: ValidationError) -> None:
    """The verb's refusal as the form's: at its fields where the form has them, else on top."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        field = name if name in form.fields else None
        for error in errors:
            form.add_error(field, error)


def is_safe(request: HttpRequest, url: str) -> bool:
    return bool(url) and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


class ButtonPress(View):
    """Mixin of one click on a thing's page; a refusal is said there. ``url``: where the page is."""

    http_method_names = ["post"]
    url: Any

    def press(self, request: HttpRequest) -> str:
        """Do it; what is said then. May raise ``ValidationError``."""
        raise NotImplementedError

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            said = self.press(request)
        except ValidationError as refusal:
            for sentence in refusal.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, said)
        asked = request.POST.get("next", "")
        return HttpResponseRedirect(asked if is_safe(request, asked) else self.url)

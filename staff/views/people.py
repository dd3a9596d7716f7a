"""HR takes people in and changes what is known of them; their photos (clause 3.1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from interface.lists import chosen_ids
from interface.pages import Page
from staff.domain import registry
from staff.domain.photo import square_jpeg
from staff.forms.registry import FirstPostForm, PersonForm, PhotoForm, called, open_units
from staff.models import Person
from workflow.calendar import today
from workflow.models import StoredFile

from .editing import EditPage, is_safe, put_into
from .files import served

SUGGESTIONS = 12


class AboutPerson(EditPage):
    """A page about one person, found among those the user may see."""

    thing: Person
    permission = "staff.change_person"

    def find(self) -> models.Model:
        return get_object_or_404(Person.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return reverse("person", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [
            (_("Employees"), reverse("person_list")),
            (self.thing.full_name, reverse("person", args=[self.thing.pk])),
        ]
        return super().get_context_data(**kwargs) | {"crumbs": crumbs}


class PersonCreatePage(EditPage):
    permission = "staff.change_person"
    title = _("New employee")
    submit = _("Add employee")
    template_name = "staff/person_form.html"
    form_class = PersonForm

    def find(self) -> Any:
        return None

    def make_form(self, data: Any = None, files: Any = None) -> Any:
        self.post_form = FirstPostForm(data, prefix="post", units=open_units())
        return PersonForm(data, is_new=True)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form: Any = self.make_form(request.POST)
        # Both are asked, so that everything wrong is said at once.
        if not all([form.is_valid(), self.post_form.is_valid()]):
            return self.show(form, status=422)
        post = self.post_form.values
        post["starts_on"] = post["starts_on"] or form.cleaned_data["hired_on"]
        try:
            person = self._create(form, post)
        except ValidationError as refusal:
            names = set(getattr(refusal, "error_dict", {}))
            put_into(self.post_form if names and names <= set(post) else form, refusal)
            return self.show(form, status=422)
        messages.success(request, _("The employee has been added."))
        return HttpResponseRedirect(reverse("person", args=[person.pk]))

    def _create(self, form: PersonForm, post: dict[str, Any]) -> Person:
        return registry.create_person(values=form.values, post=post, actor=self.actor, on=self.on)

    @property
    def back_url(self) -> str:
        return reverse("person_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "post_form": self.post_form,
            "crumbs": [(_("Employees"), reverse("person_list"))],
        }


class PersonEditPage(AboutPerson):
    title = _("Change employee")
    template_name = "staff/person_form.html"
    form_class = PersonForm
    watches_version = True

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing}

    def verb(self, form: Any) -> Person:
        return registry.change_person(
            person=self.thing,
            values=form.values,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


class PhotoChangePage(AboutPerson):
    """Another photo, or none: the button «Remove» posts ``remove``."""

    title = _("Photo")
    template_name = "staff/photo_form.html"
    form_class = PhotoForm
    done = _("The photo has been saved.")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "remove" in request.POST:
            registry.set_photo(person=self.thing, photo=None, actor=self.actor, on=self.on)
            messages.success(request, _("The photo has been taken away."))
            return HttpResponseRedirect(self.after(None))
        return super().post(request, *args, **kwargs)

    def verb(self, form: forms.Form) -> Person:
        try:
            picture = square_jpeg(form.cleaned_data["photo"])
        except ValidationError as refusal:
            raise ValidationError({"photo": refusal.messages}) from refusal
        with transaction.atomic():
            stored = StoredFile.keep(
                picture, name="photo.jpg", content_type="image/jpeg", by=self.actor
            )
            return registry.set_photo(person=self.thing, photo=stored, actor=self.actor, on=self.on)


class PersonPhotoPage(Page):
    """The photo itself, for whoever may see the person."""

    permission = "staff.view_person"

    def get_permission_object(self) -> Person:
        self.person = get_object_or_404(
            Person.objects.visible_to(self.request.user).select_related("photo"),
            pk=self.kwargs["pk"],
        )
        return self.person

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if self.person.photo is None:
            raise Http404
        return served(request, self.person.photo, name="photo", inline=True)


class HealthCarePage(Page):
    """Marks present posts of the chosen people as of the health-care direction, or not (4.3)."""

    permission = "staff.change_post"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        people = Person.objects.visible_to(request.user).filter(pk__in=chosen_ids(request))
        count = registry.set_health_care(
            people=list(people.values_list("pk", flat=True)),
            value=request.POST.get("value") == "1",
            actor=request.user,
            on=today(),
        )
        messages.success(
            request,
            ngettext("%(count)s post changed.", "%(count)s posts changed.", count)
            % {"count": count},
        )
        back = request.POST.get("next", "")
        return HttpResponseRedirect(back if is_safe(request, back) else reverse("person_list"))


class PersonSuggestionsPage(Page):
    """What a field that takes a person offers while one types."""

    permission = "staff.change_unit"

    def get(self, request: HttpRequest) -> HttpResponse:
        typed = str(next(iter(request.GET.values()), "")).replace("·", " ")
        people = (
            Person.objects.visible_to(request.user).matching(typed)[:SUGGESTIONS]
            if len(typed.strip()) > 1
            else []
        )
        return HttpResponse(
            "".join(format_html('<option value="{}"></option>', called(p)) for p in people)
        )

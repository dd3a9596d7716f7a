"""Posts and extensions of one person: add, correct, change, end (clauses 4.3–4.5)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staff.domain import registry
from staff.domain.unit_tree import in_tree_order
from staff.forms.registry import (
    ExtensionCorrectionForm,
    ExtensionForm,
    PostChangeForm,
    PostCorrectionForm,
    PostEndForm,
    PostForm,
    ReasonForm,
    open_units,
)
from staff.models import DeadlineExtension, Person, Post, Unit

from .people import AboutPerson


class OfPerson(AboutPerson):
    """A page about something of a person; the way back leads to the person."""

    model: type[models.Model]
    thing: Any

    def find(self) -> models.Model:
        return get_object_or_404(
            self.model._default_manager.filter(
                person__in=Person.objects.visible_to(self.request.user)
            ).select_related("person"),
            pk=self.kwargs["pk"],
        )

    @property
    def person(self) -> Person:
        return self.thing.person

    def after(self, result: Any) -> str:
        return reverse("person", args=[self.person.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [
            (_("Employees"), reverse("person_list")),
            (self.person.full_name, self.after(None)),
        ]
        context = super(AboutPerson, self).get_context_data(**kwargs)
        return context | {"crumbs": crumbs, "person": self.person}


class PostAddPage(AboutPerson):
    permission = "staff.change_post"
    title = _("New post")
    submit = _("Add post")
    done = _("The post has been added.")
    template_name = "staff/post_form.html"
    form_class = PostForm

    def form_arguments(self) -> dict[str, Any]:
        return {"units": open_units(), "initial": {"starts_on": self.on}}

    def verb(self, form: Any) -> Post:
        return registry.add_post(
            person=self.thing, values=form.values, actor=self.actor, on=self.on
        )


def _units_for(post: Post) -> list[Unit]:
    """Open units, and the post's own even where it was closed."""
    units = Unit.objects.open() | Unit.objects.filter(pk=post.unit_id)
    return in_tree_order(units.distinct())


class PostCorrectPage(OfPerson):
    model = Post
    permission = "staff.change_post"
    title = _("Correct post")
    help_text = _(
        "For what was entered wrongly: the correction holds from the post's first day. For other "
        "duties from a certain day on, choose «Transfer»."
    )
    done = _("The post has been corrected.")
    template_name = "staff/post_form.html"
    form_class = PostCorrectionForm
    watches_version = True

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing, "units": _units_for(self.thing)}

    def verb(self, form: Any) -> Post:
        return registry.correct_post(
            post=self.thing,
            values=form.values,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


class PostChangePage(OfPerson):
    model = Post
    permission = "staff.change_post"
    title = _("Change duties")
    submit = _("Change duties")
    help_text = _(
        "The present post ends on the day before, a new one begins. Where both fall under the "
        "same requirement, its three years go on without a break."
    )
    done = _("The new post has been opened; the one before has ended.")
    template_name = "staff/post_form.html"
    form_class = PostChangeForm
    watches_version = True

    def form_arguments(self) -> dict[str, Any]:
        return {
            "instance": self.thing,
            "units": _units_for(self.thing),
            "initial": {"starts_on": self.on},
        }

    def verb(self, form: Any) -> Post:
        values = form.values
        return registry.change_post(
            post=self.thing,
            starts_on=values.pop("starts_on"),
            values=values,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


class PostEndPage(OfPerson):
    model = Post
    permission = "staff.change_post"
    title = _("End post")
    submit = _("End post")
    done = _("The end of the post has been recorded.")
    form_class = PostEndForm
    watches_version = True

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"last_day": self.thing.ends_on or self.on}}

    def verb(self, form: forms.Form) -> Post:
        return registry.end_post(
            post=self.thing,
            last_day=form.cleaned_data["last_day"],
            leaves=form.cleaned_data["leaves"],
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


# --- extensions -------------------------------------------------------------------------------
class ExtensionAddPage(AboutPerson):
    permission = "staff.change_extension"
    title = _("New extension of the deadline")
    submit = _("Add extension")
    help_text = _(
        "The days of the leave are added to the deadline; leaves that overlap count once. While "
        "the leave lasts, nobody is asked for training."
    )
    done = _("The extension has been added.")
    form_class = ExtensionForm

    def verb(self, form: Any) -> DeadlineExtension:
        return registry.add_extension(
            person=self.thing, values=form.values, actor=self.actor, on=self.on
        )


class ExtensionEditPage(OfPerson):
    model = DeadlineExtension
    permission = "staff.change_extension"
    title = _("Correct extension")
    form_class = ExtensionCorrectionForm
    watches_version = True

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing}

    def verb(self, form: Any) -> DeadlineExtension:
        return registry.change_extension(
            extension=self.thing,
            values=form.values,
            reason=form.cleaned_data["why"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


class ExtensionDeletePage(OfPerson):
    model = DeadlineExtension
    permission = "staff.change_extension"
    template_name = "components/confirm.html"
    title = _("Take the extension away")
    submit = _("Take away")
    done = _("The extension has been taken away; the history keeps it.")
    form_class = ReasonForm

    def verb(self, form: forms.Form) -> None:
        registry.remove_extension(
            extension=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": gettext("%(person)s: %(extension)s.")
            % {"person": self.person.full_name, "extension": self.thing},
            "consequences": [
                gettext("The deadline goes back by the days of this leave."),
                gettext("The history keeps the entry with your reason."),
            ],
        }

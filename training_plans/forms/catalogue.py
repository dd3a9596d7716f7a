"""Forms of the course catalogue and its events. They read what was typed; the verbs judge it."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.text import search_key, squeeze
from staff.domain.registry import provider_called
from staff.forms.registry import PersonField, RegistryForm, SuggestingInput, reason_field
from training_plans.domain.catalogue import own_provider
from training_plans.models import Course, Event


class CourseForm(RegistryForm):
    """A course; the provider by its name, or the academy itself by a tick."""

    held_by_academy = forms.BooleanField(
        label=_("The academy itself holds it (3.11)"), required=False
    )
    provider_name = forms.CharField(
        label=_("Provider"),
        required=False,
        max_length=250,
        widget=SuggestingInput("provider_suggestions"),
        help_text=_("One that is not known yet is added to the list."),
    )
    reason = reason_field(required=False)
    groups = [
        (_("Course"), ["title", "kind", "area", "outcomes"]),
        (_("Who holds it, and where"), ["held_by_academy", "provider_name", "country", "city"]),
        (_("How"), ["hours", "credits", "mode", "language", "price"]),
    ]
    wide = frozenset({"title", "outcomes", "held_by_academy", "provider_name", "reason"})

    class Meta:
        model = Course
        fields = [
            "title",
            "kind",
            "area",
            "outcomes",
            "country",
            "city",
            "hours",
            "credits",
            "mode",
            "language",
            "price",
        ]
        help_texts = {
            "hours": _("Empty where credits are given: 1 credit is 30 hours."),
            "area": _("Whether it counts towards the norm depends on the area (4.3–4.5)."),
            "outcomes": _("Knowledge and skills, each on a line of its own (3.13)."),
            "price": _("Empty: not known. 0: free of charge."),
        }
        widgets = {"outcomes": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        course: Course | None = kwargs.get("instance")
        if course is not None:
            kwargs["initial"] = {
                "held_by_academy": course.is_own,
                "provider_name": "" if course.is_own else course.provider.name,
            } | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["hours"].required = False
        for name in ("hours", "credits", "price"):
            self.fields[name].widget.attrs.setdefault("min", "0")
        if course is None:
            del self.fields["reason"]
            self.helper.layout = Layout(*self._fieldsets())

    def clean_title(self) -> str:
        return squeeze(self.cleaned_data["title"])

    def clean_provider_name(self) -> str:
        name = squeeze(self.cleaned_data["provider_name"])
        if not self.cleaned_data.get("held_by_academy") and not search_key(name):
            raise ValidationError(
                gettext("Name the organisation that holds the course, or tick the academy itself.")
            )
        return name

    def values_with_provider(self, actor: Any) -> dict[str, Any]:
        """Values for the verb; a provider not known yet is made in the caller's transaction."""
        if self.cleaned_data["held_by_academy"]:
            provider = own_provider(actor=actor)
        else:
            provider = provider_called(
                name=self.cleaned_data["provider_name"],
                actor=actor,
                country=self.cleaned_data.get("country", ""),
            )
        return self.values | {"provider": provider}


class EventForm(RegistryForm):
    """When, where, for how many, by whom an event is held."""

    reason = reason_field(required=False)
    groups = [
        (_("When and where"), ["starts_on", "ends_on", "place", "group"]),
        (_("Who"), ["places", "trainer"]),
    ]
    wide = frozenset({"place", "trainer", "reason"})

    class Meta:
        model = Event
        fields = ["starts_on", "ends_on", "place", "group", "places", "trainer"]
        help_texts = {
            "group": _("Where several groups are taught beside each other."),
            "ends_on": _("Handed to HR on that day or later (3.10)."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["places"].widget.attrs["min"] = "1"
        if kwargs.get("instance") is None:
            del self.fields["reason"]
            self.helper.layout = Layout(*self._fieldsets())

    def clean_group(self) -> str:
        return squeeze(self.cleaned_data["group"])


class EnrolForm(forms.Form):
    """One employee, by name or personnel number."""

    person = PersonField(
        label=_("Employee, by name or personnel number"),
        widget=SuggestingInput("event_people", {"class": "form-control"}),
    )


class ReasonForm(forms.Form):
    """Why an event is cancelled or returned; it is said to those concerned."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why: the reason is part of the decision.")},
    )

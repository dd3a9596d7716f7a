"""The form of a training's terms: request lines, plan lines and amendments share it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from interface.text import search_key, squeeze
from staff.domain.registry import provider_called
from staff.forms.registry import RegistryForm, SuggestingInput
from training_plans.models import Course, Precision, RequestLine

AMOUNTS = ("hours", "credits", "cost")
QUARTERS = [("1", "I"), ("2", "II"), ("3", "III"), ("4", "IV")]


def _number(key: str) -> int | None:
    return int(key) if key else None


class TermsForm(RegistryForm):
    """Terms as typed; ``terms`` are the values for the verb, which judges and settles them.

    The time is a quarter, a month or two days, as ``precision`` says. Give the form an
    ``instance`` and it shows the quarter or month its days mean.
    """

    quarter = forms.TypedChoiceField(
        label=_("Quarter"), required=False, choices=[("", "—"), *QUARTERS], coerce=_number
    )
    month = forms.TypedChoiceField(
        label=_("Month"),
        required=False,
        choices=[("", "—"), *((str(n), name) for n, name in MONTHS.items())],
        coerce=_number,
    )
    provider_name = forms.CharField(
        label=_("Provider"),
        required=False,
        max_length=250,
        widget=SuggestingInput("provider_suggestions"),
        help_text=_("One that is not known yet is added to the list."),
    )
    course = forms.ModelChoiceField(
        Course.objects.all(), required=False, widget=forms.HiddenInput()
    )
    groups = [
        (_("Training"), ["topic", "area", "form", "kind", "mode", "language"]),
        (
            _("When and how much"),
            [
                "precision",
                "quarter",
                "month",
                "starts_on",
                "ends_on",
                "hours",
                "credits",
            ],
        ),
        (_("Where it is held"), ["provider_name", "country", "city"]),
        (_("Money (3.7)"), ["funding", "cost"]),
        (_("Why"), ["importance", "goal", "justification"]),
    ]
    wide = frozenset({"topic", "provider_name", "goal", "justification"})

    class Meta:
        model: type[models.Model] = RequestLine
        fields = [
            "topic",
            "area",
            "form",
            "kind",
            "mode",
            "language",
            "precision",
            "starts_on",
            "ends_on",
            "hours",
            "credits",
            "country",
            "city",
            "funding",
            "cost",
            "importance",
            "goal",
            "justification",
        ]
        help_texts = {
            "hours": _("Empty where credits are given: 1 credit is 30 hours."),
            "area": _("Whether it counts towards the norm depends on the area (4.3–4.5)."),
            "cost": _("For one person, everything together."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None:
            kwargs["initial"] = time_of(instance) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        for name in AMOUNTS:
            self.fields[name].widget.attrs.setdefault("min", "0")
        for name in ("quarter", "month", "starts_on", "ends_on"):
            self.fields[name].widget.attrs["data-time"] = _PRECISION_OF[name]
        self.fields["precision"].widget.attrs["data-precision"] = ""

    def clean_topic(self) -> str:
        return squeeze(self.cleaned_data["topic"])

    def clean_provider_name(self) -> str:
        return squeeze(self.cleaned_data["provider_name"])

    def terms(self, actor: Any) -> dict[str, Any]:
        """Values for the verb; a provider not known yet is made in the caller's transaction."""
        name = self.cleaned_data["provider_name"]
        provider = None
        if search_key(name):
            provider = provider_called(
                name=name, actor=actor, country=self.cleaned_data.get("country", "")
            )
        return self.values | {
            "provider": provider,
            "course": self.cleaned_data.get("course"),
            "quarter": self.cleaned_data.get("quarter"),
            "month": self.cleaned_data.get("month"),
        }


_PRECISION_OF = {
    "quarter": Precision.QUARTER.value,
    "month": Precision.MONTH.value,
    "starts_on": Precision.DAYS.value,
    "ends_on": Precision.DAYS.value,
}


def _whole(amount: Decimal | None) -> Decimal | int | None:
    """An amount as people write it: 72, not 72.0."""
    return int(amount) if amount is not None and amount == int(amount) else amount


def time_of(terms: Any) -> dict[str, Any]:
    """The quarter or month the days of ``terms`` mean, the provider's name, whole amounts."""
    start: dt.date | None = terms.starts_on
    initial: dict[str, Any] = {
        **{name: _whole(getattr(terms, name)) for name in AMOUNTS},
        "provider_name": terms.provider.name if terms.provider_id else "",
        "course": terms.course_id,
    }
    if start and terms.precision == Precision.QUARTER:
        initial["quarter"] = str((start.month + 2) // 3)
    elif start and terms.precision == Precision.MONTH:
        initial["month"] = str(start.month)
    return initial

"""The form by which a substitute is named."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import DateInput
from staff.forms.registry import PersonField, SuggestingInput
from staff.models import Person
from training_plans.models import RouteStep

Kind = RouteStep.Kind


def account_of(person: Person | None) -> Any:
    """The account of a person; refused with a sentence where there is none that works."""
    if person is None:
        return None
    account = getattr(person, "account", None)
    if account is None or not account.is_active:
        raise ValidationError(
            gettext(
                "%(person)s has no working account. Ask the administrator to invite them, or "
                "choose somebody else."
            ),
            params={"person": person.full_name},
        )
    return account


class SubstituteForm(forms.Form):
    """Who is away (for the administrator), who signs, when, as what, and why.

    ``absent`` and ``substitute`` become accounts.
    """

    absent = PersonField(label=_("Who is away"), widget=SuggestingInput("substitute_people"))
    substitute = PersonField(
        label=_("Who signs instead"),
        widget=SuggestingInput("substitute_people"),
        help_text=_("By name or personnel number. They need an account of their own."),
    )
    starts_on = forms.DateField(label=_("First day"), widget=DateInput)
    ends_on = forms.DateField(label=_("Last day"), widget=DateInput)
    capacities = forms.MultipleChoiceField(
        label=_("Signs as"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: everything the absent one signs."),
    )
    because = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Leave, business trip, illness …")
    )

    def __init__(self, *args: Any, lends: list[str] | None, **kwargs: Any) -> None:
        """``lends``: as what the reader signs; ``None`` for who enters it for anybody."""
        super().__init__(*args, **kwargs)
        if lends is not None:
            del self.fields["absent"]
        codes = list(Kind) if lends is None else [Kind(code) for code in lends]
        self.fields["capacities"].choices = [  # type: ignore[attr-defined]
            (code.value, code.label) for code in codes
        ]
        if lends is not None and len(lends) < 2:
            del self.fields["capacities"]

    def clean_absent(self) -> Any:
        return account_of(self.cleaned_data["absent"])

    def clean_substitute(self) -> Any:
        return account_of(self.cleaned_data["substitute"])

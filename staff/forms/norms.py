"""Forms of requirements and of calendar exceptions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from staff.models import Area, TrainingRequirement
from workflow.models import CalendarException


def _date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RequirementForm(forms.ModelForm):
    areas = forms.MultipleChoiceField(
        label=_("Accepted areas"),
        choices=Area.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: training of any area counts."),
    )

    class Meta:
        model = TrainingRequirement
        fields = [
            "valid_from",
            "hours",
            "months",
            "counting",
            "areas",
            "name_kk",
            "name_ru",
            "name_en",
            "basis",
        ]
        widgets = {"valid_from": _date_input(), "counting": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].required = True
        self.fields["valid_from"].help_text = _("The present version ends on the day before.")
        self.fields["basis"].help_text = _(
            "Minutes of the Academic Council or order, number and date (cl. 9.1)."
        )

    def _post_clean(self) -> None:
        """The verb checks the version as a whole; this form only reads the fields."""


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=100, error_messages={"required": _("Say why.")}
    )


class CalendarExceptionForm(forms.ModelForm):
    class Meta:
        model = CalendarException
        fields = ["day", "is_working", "basis"]
        widgets = {"day": _date_input()}
        labels = {"is_working": _("This day is worked")}
        help_texts = {"basis": _("The order that moves the day, number and date.")}

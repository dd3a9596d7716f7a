"""Asking about another day: the field, its bounds, and what is said when it is no day."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from .calendar import add_months, today

YEARS = 10


class DayForm(forms.Form):
    on = forms.DateField(
        label=_("As of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a day. Write it as 31.12.2026.")},
    )

    def clean_on(self) -> dt.date:
        day = self.cleaned_data["on"] or today()
        first, last = add_months(today(), -12 * YEARS), add_months(today(), 12 * YEARS)
        if not first <= day <= last:
            raise forms.ValidationError(
                _("Choose a day between %(first)s and %(last)s.")
                % {"first": f"{first:%d.%m.%Y}", "last": f"{last:%d.%m.%Y}"}
            )
        return day


def day_asked(query: QueryDict) -> tuple[dt.date, DayForm]:
    """The day named by ``?on=``; today where none is, or where it is no day (the form says so)."""
    form = DayForm(query or None)
    if form.is_bound and form.is_valid():
        return form.cleaned_data["on"], form
    return today(), form

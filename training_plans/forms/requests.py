"""Forms of a request: one line, many lines at once, people, minutes, remarks (forms.md §5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import DateInput
from staff.forms.registry import SuggestingInput, called
from staff.models import Person
from training_plans.domain.needs import people_of
from training_plans.models import Request, RequestLine

from .terms import TermsForm

REASON_LENGTH = 300
REMARK_LENGTH = 500


class LineForm(TermsForm):
    """The terms of one line. Several stand on one page, so each has ids of its own."""

    def __init__(self, *args: Any, instance: RequestLine, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, auto_id=f"line-{instance.pk}-%s", **kwargs)
        self.fields["topic"].widget.attrs["data-focus"] = ""


class ManyForm(TermsForm):
    """One training for several lines: what is left empty stays as it is on each of them."""

    class Meta(TermsForm.Meta):
        fields = [name for name in TermsForm.Meta.fields if name != "importance"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("topic", "form", "kind"):
            self.fields[name].required = False
            self.initial.pop(name, None)
        for name in ("form", "kind"):
            field: Any = self.fields[name]
            field.initial = ""
            field.choices = [("", "—"), *field.choices]


class _PlainForm(forms.Form):
    """A form whose fields stand in the page's own form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class ColleagueField(forms.CharField):
    """Somebody of the units that file through one unit, by name or personnel number."""

    def __init__(self, *, request: Request, on: dt.date, **kwargs: Any) -> None:
        widget = SuggestingInput("request_people", about=request.pk)
        super().__init__(widget=widget, **kwargs)
        self.people = people_of(request.unit_id, on=on)

    def prepare_value(self, value: Any) -> Any:
        return called(value) if isinstance(value, Person) else value

    def clean(self, value: Any) -> Person | None:
        text = super().clean(value)
        if not text:
            return None
        number, _dot, _name = text.partition(" · ")
        found = self.people.filter(personnel_number=number.strip())
        if not found:
            found = self.people.matching(text.replace("·", " "))[:2]
        if not found:
            raise ValidationError(
                gettext(
                    "Nobody of your unit is found by «%(text)s». People of another unit are named "
                    "in the request of theirs (5.4)."
                ),
                params={"text": text},
            )
        if len(found) > 1:
            raise ValidationError(
                gettext("Several people are found by «%(text)s». Add the personnel number."),
                params={"text": text},
            )
        person: Person = found[0]
        return person


class PersonAddForm(_PlainForm):
    because = forms.CharField(
        label=_("Why"),
        max_length=REASON_LENGTH,
        help_text=_("Their norm does not fall due: the Centre reads the reason."),
    )

    def __init__(self, *args: Any, request: Request, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = ColleagueField(
            request=request,
            on=on,
            label=_("Employee"),
            help_text=_("Name or personnel number; people of your unit and of units below it."),
        )
        self.fields = {"person": person, "because": self.fields["because"]}


class LeaveOutForm(_PlainForm):
    reason = forms.CharField(
        label=_("Why"),
        max_length=REASON_LENGTH,
        help_text=_("The Centre and HR see who is left out, and this reason (5.4)."),
    )


class MinutesForm(forms.Form):
    """The fields stand beside the button «Send»."""

    minutes_number = forms.CharField(
        label=_("Minutes No."), required=False, max_length=40, widget=forms.TextInput()
    )
    minutes_date = forms.DateField(label=_("of"), required=False, widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control form-control-sm"


class ReturnForm(_PlainForm):
    """The reason, and a remark for each line that needs one."""

    reason = forms.CharField(
        label=_("What is to be changed"),
        max_length=REMARK_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "data-focus": ""}),
        help_text=_("The head and the secretary get a letter with these words."),
    )

    def __init__(self, *args: Any, lines: Sequence[RequestLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[f"remark-{line.pk}"] = forms.CharField(
                label="".join((line.person.short_name, " · ", line.topic or "—")),
                required=False,
                max_length=REMARK_LENGTH,
                initial=line.remark,
            )
        self.lines = list(lines)

    @property
    def remarks(self) -> dict[int, str]:
        """By key of the line."""
        return {line.pk: self.cleaned_data[f"remark-{line.pk}"] for line in self.lines}


class RemarkForm(forms.Form):
    remark = forms.CharField(required=False, max_length=REMARK_LENGTH)

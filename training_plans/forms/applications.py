"""Forms of an application. They read what was typed; the verbs judge it (clauses 3.7, 7.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import DateInput
from interface.text import search_key, squeeze
from staff.domain.registry import provider_called
from staff.forms.registry import RegistryForm, SuggestingInput
from staff.models import Person, Post
from training_plans.models import COSTS, Attachment, Funding, TrainingApplication
from workflow.files import ScansField

from .terms import time_of

WHAT = ("topic", "area", "form", "kind")
FIRST_YEAR, LAST_YEAR = 2000, 2100
REASON_LENGTH = 500
# The sections of the page, each with its fields.
SECTIONS: dict[str, list[str]] = {
    "what": [*WHAT],
    "when": ["starts_on", "ends_on", "hours", "credits"],
    "where": ["provider_name", "country", "city", "mode", "language"],
    "money": ["funding", *COSTS],
    "duties": ["replaced_by", "replaced_how"],
    "why": ["unplanned_because"],
    "papers": ["invitation", "programme"],
    "consent": ["agree"],
}


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_name)


class ApplicationForm(RegistryForm):
    """One application as typed; ``terms`` are the values for the verb.

    ``instance`` is the application as it would be, kept or not. Of a line of the plan the topic,
    area, form and kind are those of the plan. ``asks_consent``: the employee's own box is shown.
    """

    provider_name = forms.CharField(
        label=_("Provider"),
        required=False,
        max_length=250,
        widget=SuggestingInput("application_providers"),
        help_text=_("One that is not known yet is added to the list."),
    )
    replaced_by = PersonChoice(
        Person.objects.none(),
        label=_("Who stands in for the lessons or duties"),
        required=False,
        empty_label="—",
        help_text=_("Somebody of the same unit; anything else is said beside it."),
    )
    invitation = ScansField(label=_("Invitation"), required=False, help_text="")
    programme = ScansField(label=_("Programme"), required=False, help_text="")
    agree = forms.BooleanField(
        label=_("I agree to the collection and use of my personal data"), required=False
    )
    wide = frozenset({"topic", "provider_name", "unplanned_because", "funding", "agree"})

    class Meta:
        model = TrainingApplication
        fields = [
            *WHAT,
            "starts_on",
            "ends_on",
            "hours",
            "credits",
            "mode",
            "language",
            "country",
            "city",
            "funding",
            *COSTS,
            "replaced_by",
            "replaced_how",
            "unplanned_because",
        ]
        labels = {
            "cost_tuition": _("Tuition"),
            "cost_travel": _("Travel"),
            "cost_lodging": _("Lodging"),
            "cost_daily": _("Daily allowance"),
            "unplanned_because": _("Production necessity"),
            "starts_on": _("First day"),
            "ends_on": _("Last day"),
        }
        help_texts = {
            "area": _("Whether it counts towards the norm depends on the area (4.3–4.5)."),
            "unplanned_because": _(
                "It is the production necessity in the amendment of the plan (5.5)."
            ),
        }
        widgets = {"unplanned_because": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, asks_consent: bool, on: dt.date, **kwargs: Any) -> None:
        application: TrainingApplication = kwargs["instance"]
        kwargs["initial"] = _amounts(application) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.application = application
        for name in ("hours", "credits", *COSTS):
            self.fields[name].required = False
            self.fields[name].widget.attrs.update({"min": "0", "inputmode": "decimal"})
        for name in self._unasked(asks_consent):
            del self.fields[name]
        if "replaced_by" in self.fields:
            self.fields["replaced_by"].queryset = _colleagues(application, on)  # type: ignore[attr-defined]
        self.sections = {
            key: self._section([name for name in names if name in self.fields])
            for key, names in SECTIONS.items()
        }

    @property
    def opens_where(self) -> bool:
        """Whether the place is shown at once: not settled yet, or something is wrong in it."""
        wrong = self.is_bound and set(SECTIONS["where"]) & self.errors.keys()
        return bool(wrong) or self.application.provider_id is None

    @property
    def where_words(self) -> str:
        """Where it is held, in a line, as it stands in the form."""
        names = ("provider_name", "city", "country")
        return " · ".join(str(value) for name in names if (value := self[name].value()))

    def _unasked(self, asks_consent: bool) -> list[str]:
        """Fields this application does not have: the plan has settled them, or nobody is asked."""
        line = self.application.plan_line
        found = [] if line is None else ["unplanned_because"]
        if line is not None:
            found += [name for name in WHAT if getattr(line, name)]
        return found if asks_consent else [*found, "agree"]

    def _section(self, names: list[str]) -> FormHelper | None:
        if not names:
            return None
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.form_show_errors = True
        helper.layout = Layout(
            Div(
                *[Field(name, wrapper_class="wide" if name in self.wide else "") for name in names],
                css_class="form-columns",
            )
        )
        return helper

    def clean_topic(self) -> str:
        return squeeze(self.cleaned_data["topic"])

    def clean_provider_name(self) -> str:
        return squeeze(self.cleaned_data["provider_name"])

    def clean_starts_on(self) -> dt.date | None:
        return self._plausible("starts_on")

    def clean_ends_on(self) -> dt.date | None:
        return self._plausible("ends_on")

    def _plausible(self, name: str) -> dt.date | None:
        day: dt.date | None = self.cleaned_data[name]
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(gettext("Look at the year of this day."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in COSTS:
            if name in data and data[name] is None:
                data[name] = Decimal(0)
        start, end = data.get("starts_on"), data.get("ends_on")
        if not self.errors.keys() & {"starts_on", "ends_on"} and (start is None) != (end is None):
            empty = "ends_on" if end is None else "starts_on"
            self.add_error(empty, gettext("Give both days: the first and the last."))
        costs = [data[name] for name in COSTS if data.get(name)]
        if costs and data.get("funding") == Funding.FREE:
            self.add_error(
                "funding",
                gettext("What is free of charge costs nothing (3.7). Choose who pays, or give 0."),
            )
        return data

    def terms(self, actor: Any) -> dict[str, Any]:
        """Values for the verb; a provider not known yet is made in the caller's transaction."""
        name = self.cleaned_data["provider_name"]
        provider = None
        if search_key(name):
            provider = provider_called(
                name=name, actor=actor, country=self.cleaned_data.get("country", "")
            )
        topic = self.cleaned_data.get("topic", self.application.topic)
        course = self.application.course
        return self.values | {"provider": provider, "course": course, "topic": topic}


class GroupApplicationForm(ApplicationForm):
    """What is the same for several people of one course."""

    def _unasked(self, asks_consent: bool) -> list[str]:
        return [*super()._unasked(asks_consent), "replaced_by"]


def _amounts(application: TrainingApplication) -> dict[str, Any]:
    """Amounts as people write them: 72, not 72.0; 0 of money is left empty where others are not."""
    found = {**time_of(application)}
    for name in COSTS:
        cost = getattr(application, name)
        found[name] = int(cost) if cost == int(cost) else cost
    return found


def _colleagues(application: TrainingApplication, on: dt.date) -> Any:
    """Who of the unit may stand in; who was named before stays to be chosen."""
    posts = Post.objects.held(on).filter(unit_id=application.unit_id)
    named = [pk for pk in [application.replaced_by_id] if pk is not None]
    people = Person.objects.filter(Q(pk__in=posts.values("person")) | Q(pk__in=named))
    return people.exclude(pk=application.person_id).order_by("sort_key")


class ApplicationHintForm(forms.Form):
    """The few fields the hint looks at; what cannot be read is left out."""

    starts_on = forms.DateField(required=False)
    ends_on = forms.DateField(required=False)
    hours = forms.DecimalField(required=False, min_value=0, max_digits=6)
    credits = forms.DecimalField(required=False, min_value=0, max_digits=4)
    form = forms.CharField(required=False, max_length=10)
    mode = forms.CharField(required=False, max_length=10)
    country = forms.CharField(required=False, max_length=80)
    funding = forms.CharField(required=False, max_length=8)
    cost_tuition = forms.DecimalField(required=False, min_value=0, max_digits=12)
    cost_travel = forms.DecimalField(required=False, min_value=0, max_digits=12)
    cost_lodging = forms.DecimalField(required=False, min_value=0, max_digits=12)
    cost_daily = forms.DecimalField(required=False, min_value=0, max_digits=12)

    def put_onto(self, application: TrainingApplication) -> None:
        """Everything typed that can be read, onto an application that is not kept."""
        self.is_valid()
        for name in self.fields:
            if name not in self.data or name == "credits":
                continue
            value = self.cleaned_data.get(name)
            if isinstance(value, dt.date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
                value = None
            if name in COSTS:
                value = value or Decimal(0)
            setattr(application, name, value)


# --- what happens to an application -------------------------------------------------------------
class ReasonForm(forms.Form):
    """The reason of a decision, in full."""

    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class LateForm(forms.Form):
    """Why the application comes later than 7.1 allows."""

    late_reason = forms.CharField(
        label=_("Why so late"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The Centre decides by it; it stays in the case and in the report (7.1)."),
    )


class AdmitForm(ReasonForm):
    """Why a late application is admitted, with the paper it rests on."""

    paper = ScansField(label=_("Paper the decision rests on"))


class InterruptForm(ReasonForm):
    """The first day missed, why, and the paper where it is there already."""

    interrupted_on = forms.DateField(label=_("First day missed"), widget=DateInput())
    paper = ScansField(
        label=_("Paper"),
        required=False,
        help_text=_("A sick note, for example. It can be brought later, too."),
    )
    field_order = ["interrupted_on", "reason", "paper"]


class AttachForm(forms.Form):
    """One more paper of a case."""

    kind = forms.ChoiceField(
        label=_("Kind of paper"),
        choices=[
            (kind.value, kind.label)
            for kind in (
                Attachment.Kind.INVITATION,
                Attachment.Kind.PROGRAMME,
                Attachment.Kind.INTERRUPTION,
                Attachment.Kind.OTHER,
            )
        ],
    )
    paper = ScansField(label=_("Document"))

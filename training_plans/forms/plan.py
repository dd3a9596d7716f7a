"""Forms of building the plan. They read what was typed; the verbs judge it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from interface.text import squeeze
from staff.domain.registry import provider_called
from staff.forms.registry import PersonField, SuggestingInput
from training_plans.domain.plan import PERSONAL, REASON_LENGTH
from training_plans.domain.planned import period_in_words
from training_plans.domain.terms import month_days, quarter_days
from training_plans.models import PlanGroup, PlanLine, Precision

from .terms import TermsForm


class PlanTermsForm(TermsForm):
    """The terms of a line, and a note that is the plan's alone."""

    groups = [*TermsForm.groups, (_("In the plan"), ["note"])]
    wide = TermsForm.wide | {"note"}

    class Meta(TermsForm.Meta):
        model = PlanLine
        fields = [*TermsForm.Meta.fields, "note"]


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the Centre may write to a line whose terms the head of the unit sets alone (5.3)."""

    class Meta:
        model = PlanLine
        fields = ["note"]

    def _post_clean(self) -> None:
        """The verb judges a fresh copy."""

    def terms(self, actor: Any) -> dict[str, Any]:
        return {"note": self.cleaned_data["note"]}


class AddForm(TermsForm):
    """Somebody no request names: who, why, and the terms."""

    person = PersonField(label=_("Employee"), widget=SuggestingInput("plan_people"))
    because = forms.CharField(
        label=_("Why added"),
        max_length=REASON_LENGTH,
        help_text=_("Nobody asked for this line in a request: the reason stays with it (5.4)."),
    )
    groups = [(_("Who and why"), ["person", "because"]), *TermsForm.groups]
    wide = TermsForm.wide | {"person", "because"}

    class Meta(TermsForm.Meta):
        model = PlanLine


class GroupForm(TermsForm):
    """One group course: its name and the terms all its people share."""

    name = forms.CharField(
        label=_("Group course"),
        max_length=300,
        help_text=_("A group of that name takes these lines in; its people get these terms."),
    )
    groups = [
        (_("Group course"), ["name"]),
        (_("Training"), ["topic", "area", "form", "kind", "mode", "language"]),
        *[group for group in TermsForm.groups if "precision" in group[1]],
        (_("Where it is held"), ["provider_name", "country", "city"]),
        (_("Money (3.7)"), ["cost"]),
    ]
    wide = TermsForm.wide | {"name"}

    class Meta(TermsForm.Meta):
        model = PlanLine
        fields = [name for name in TermsForm.Meta.fields if name not in PERSONAL]

    def terms(self, actor: Any) -> dict[str, Any]:
        """Only what the group shares; the catalogue's course is not asked for."""
        return {name: value for name, value in super().terms(actor).items() if name != "course"}


def _times(kind: str, precision: Precision, year: int) -> list[tuple[str, str]]:
    """Every month or quarter of the year, called as lists and papers call it."""
    spans = (
        [month_days(year, number) for number in range(1, 13)]
        if precision == Precision.MONTH
        else [quarter_days(year, number) for number in range(1, 5)]
    )
    return [
        (f"{kind}-{number}", period_in_words(precision=precision, starts_on=first, ends_on=last))
        for number, (first, last) in enumerate(spans, start=1)
    ]


class MoveForm(forms.Form):
    """Another month or quarter for the lines chosen."""

    time = forms.ChoiceField(label=_("To"))

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["time"]
        field.choices = [
            ("", _("choose")),
            (_("Month"), _times("month", Precision.MONTH, year)),
            (_("Quarter"), _times("quarter", Precision.QUARTER, year)),
        ]

    @property
    def values(self) -> dict[str, Any]:
        kind, _dash, number = self.cleaned_data["time"].partition("-")
        precision = Precision.MONTH if kind == "month" else Precision.QUARTER
        return {"precision": precision, kind: int(number)}


class ProviderForm(forms.Form):
    provider_name = forms.CharField(
        label=_("Provider"),
        max_length=250,
        widget=SuggestingInput("provider_suggestions"),
        help_text=_("One that is not known yet is added to the list."),
    )

    def provider(self, actor: Any) -> Any:
        return provider_called(
            name=squeeze(self.cleaned_data["provider_name"]), actor=actor, country=""
        )


class WhyForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The unit reads it at its request."),
    )


class RemarkForm(forms.Form):
    """Why the plan goes back to the Centre."""

    reason = forms.CharField(
        label=_("Remark"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


_TIME = ("precision", "starts_on", "ends_on")


def shared_terms(lines: Sequence[PlanLine]) -> PlanLine:
    """What a new group course begins with: a line (not kept) with the terms most of them have."""
    shared = PlanLine()
    for name in [*GroupForm.Meta.fields, "provider"]:
        values = [getattr(line, name) for line in lines]
        filled = [value for value in values if value not in (None, "")]
        if filled and name not in _TIME:
            setattr(shared, name, max(filled, key=filled.count))
    times = [tuple(getattr(line, name) for name in _TIME) for line in lines if line.starts_on]
    if times:
        shared.precision, shared.starts_on, shared.ends_on = max(times, key=times.count)
    return shared


def name_of(lines: Sequence[PlanLine], groups: Sequence[PlanGroup]) -> str:
    """The name proposed: that of a group among the lines, else their commonest topic."""
    if groups:
        return groups[0].name
    topics = [line.topic for line in lines if line.topic]
    return max(topics, key=topics.count) if topics else ""

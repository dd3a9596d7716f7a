"""Forms of amendments and of execution. They read what was typed; the verbs judge it."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from staff.forms.registry import PersonField, SuggestingInput
from staff.models import TrainingRecord
from training_plans.domain.amendments import NOTE_LENGTH
from training_plans.models import AmendmentItem, PlanLine
from workflow.files import ScansField
from workflow.models import StoredFile

from .terms import TermsForm

Change = AmendmentItem.Change
_TIME = ["precision", "quarter", "month", "starts_on", "ends_on"]
_REASON = ["because", "scan", "same_paper"]


class PaperField(forms.ModelChoiceField):
    """A paper another change of the same amendment rests on."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.original_name)


class AmendmentItemForm(TermsForm):
    """One change. Which fields it has depends on the kind of change."""

    person = PersonField(label=_("Employee"), required=False, widget=SuggestingInput("plan_people"))
    because = forms.CharField(
        label=_("Production necessity"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why the plan has to change. It stands in the change sheet (5.5)."),
    )
    scan = ScansField(
        label=_("Paper"),
        required=False,
        help_text=_("The memo, letter or order the change rests on: photos or PDF."),
    )
    same_paper = PaperField(
        StoredFile.objects.none(),
        label=_("Or a paper of this amendment"),
        required=False,
        empty_label="—",
    )
    groups = [
        (_("Who"), ["person"]),
        *[(label, names) for label, names in TermsForm.groups if "justification" not in names],
        (_("Why (5.5)"), _REASON),
    ]
    wide = TermsForm.wide | {"person", "because", "scan", "same_paper"}

    class Meta(TermsForm.Meta):
        model = AmendmentItem
        fields = [
            name
            for name in TermsForm.Meta.fields
            if name not in {"importance", "goal", "justification"}
        ]

    def __init__(
        self, *args: Any, change: str, papers: Any, has_paper: bool = False, **kwargs: Any
    ) -> None:
        instance = kwargs.get("instance")
        if instance is not None:
            kwargs["initial"] = {"person": instance.person} | (kwargs.get("initial") or {})
        self.change = change
        super().__init__(*args, **kwargs)
        self.has_paper = has_paper
        self.fields["same_paper"].queryset = papers  # type: ignore[attr-defined]
        self.fields["person"].required = change == Change.ADD
        for name in list(self.fields):
            if name not in self._wanted(bool(papers)):
                del self.fields[name]
        self.helper.layout = Layout(*self._fieldsets())

    def _wanted(self, has_papers: bool) -> set[str]:
        reason = {"because", "scan"} | ({"same_paper"} if has_papers else set())
        if self.change == Change.TAKE_OUT:
            return reason
        if self.change == Change.MOVE:
            return reason | set(_TIME)
        return reason | (self.fields.keys() - {"same_paper"})

    def terms(self, actor: Any) -> dict[str, Any]:
        if self.change == Change.TAKE_OUT:
            return {}
        if self.change == Change.MOVE:
            return {name: self.cleaned_data.get(name) for name in _TIME}
        return super().terms(actor)


class ReasonForm(forms.Form):
    """The reason of a decision, in full."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RecordField(forms.ModelChoiceField):
    def label_from_instance(self, obj: TrainingRecord) -> str:
        return f"{obj.title} · {obj.starts_on:%d.%m.%Y}–{obj.ends_on:%d.%m.%Y} · {obj.provider}"


class ExecutionForm(forms.Form):
    """What the Centre itself may say of a line: done by a record, postponed, not held."""

    state = forms.ChoiceField(label=_("Execution"), widget=forms.RadioSelect)
    record = RecordField(
        TrainingRecord.objects.none(),
        label=_("Training record"),
        required=False,
        empty_label="—",
        help_text=_("For «done»: the verified record that proves it (3.10)."),
    )
    note = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Needed for «postponed» and «not held»."),
    )

    def __init__(self, *args: Any, line: PlanLine, states: list[str], records: Any, **kwargs: Any):
        kwargs.setdefault(
            "initial", {"state": line.execution, "record": line.record_id, "note": line.note}
        )
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            (state, PlanLine.Execution(state).label) for state in states
        ]
        self.fields["record"].queryset = records  # type: ignore[attr-defined]

"""Forms of who receives documents: HR beside the certificate, the Centre beside the report."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.figures import plainly
from interface.lists import DateInput
from interface.text import search_key, squeeze
from staff.domain.registry import provider_called
from staff.forms.registry import RegistryForm, SuggestingInput
from training_plans.domain.verification import CORRECTABLE, Check
from training_plans.models import Evidence, TraineeReport

REASON_LENGTH = 300
TEXT_LENGTH = 1000
# What a document is most often returned for; said to the employee in these words.
RETURN_REASONS = {
    "unreadable": _("The picture cannot be read: photograph the document again, whole and sharp."),
    "incomplete": _("Not all pages of the document are there."),
    "name": _("The name on the document is another one than in the registry."),
    "typing": _("Hours, days or number are typed otherwise than on the document."),
    "other": _("This is the document of another training than the one ordered."),
    "unsigned": _("The document has no signature, stamp or number."),
}


def _plainly(number: Decimal | None) -> str:
    """Without idle zeros: «72»; empty where there is none."""
    return "" if number is None else plainly(number)


class EvidenceForm(RegistryForm):
    """What the employee typed, put right beside the picture; a tick and a reason for each check."""

    provider_name = forms.CharField(
        label=_("Provider"), max_length=250, widget=SuggestingInput("provider_suggestions")
    )
    compared_on = forms.DateField(label=_("Compared on"), required=False, widget=DateInput())
    kept_at = forms.CharField(
        label=_("Where the copy is kept"),
        max_length=120,
        required=False,
        help_text=_("Personal file, volume; empty where it is kept in this program alone."),
    )
    presets = forms.MultipleChoiceField(
        label=_("Why it is returned"),
        choices=list(RETURN_REASONS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
    )
    reason = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # What stands in which line of the checklist.
    inside = {
        Check.NAME: [],
        Check.TOPIC: ["topic", "area", "form", "mode"],
        Check.HOURS: ["hours", "credits", "cost"],
        Check.DATES: ["starts_on", "ends_on"],
        Check.PROVIDER: ["provider_name", "country"],
        Check.NUMBER: ["document_number", "document_date", "document_type", "document_issuer"],
        Check.ORIGINAL: ["compared_on", "kept_at"],
    }

    class Meta:
        model = Evidence
        fields = [name for name in CORRECTABLE if name != "provider"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        evidence: Evidence = kwargs["instance"]
        kwargs["initial"] = {
            "provider_name": evidence.provider.name if evidence.provider else "",
            "kept_at": evidence.kept_at,
            **{name: _plainly(getattr(evidence, name)) for name in ("hours", "credits", "cost")},
        } | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        for name in ("topic", "area", "starts_on", "ends_on", "hours", "document_number"):
            self.fields[name].required = True
        self.fields["document_date"].required = True
        for name in ("hours", "credits", "cost"):
            self.fields[name].widget.attrs.setdefault("min", "0")
        for check in Check:
            self.fields[f"tick_{check}"] = forms.BooleanField(
                label=_("compared") if check == Check.ORIGINAL else _("matches"),
                required=False,
                widget=forms.CheckboxInput(),
            )
            self.fields[f"reason_{check}"] = forms.CharField(
                label=check.label,
                required=False,
                max_length=REASON_LENGTH,
                widget=forms.TextInput(
                    attrs={
                        "class": "form-control form-control-sm",
                        "aria-label": format_lazy("{}: {}", check.label, _("reason")),
                    }
                ),
            )

    def clean_topic(self) -> str:
        return squeeze(self.cleaned_data["topic"])

    def clean_provider_name(self) -> str:
        name = squeeze(self.cleaned_data["provider_name"])
        if not search_key(name):
            raise ValidationError(gettext("Name the organisation that held the training."))
        return name

    def values_with_provider(self, actor: Any) -> dict[str, Any]:
        """Values for the verb; a provider not known yet is made in the caller's transaction."""
        provider = self.instance.provider
        name = self.cleaned_data["provider_name"]
        if provider is None or provider.name != name:
            provider = provider_called(
                name=name, actor=actor, country=self.cleaned_data.get("country", "")
            )
        return self.values | {"provider": provider}

    @property
    def ticked(self) -> set[str]:
        return {check.value for check in Check if self.cleaned_data.get(f"tick_{check}")}

    @property
    def reasons(self) -> dict[str, str]:
        return {check.value: self.cleaned_data.get(f"reason_{check}", "") for check in Check}

    @property
    def return_reason(self) -> str:
        """The reasons chosen and the words added, a line each."""
        chosen = [str(RETURN_REASONS[key]) for key in self.cleaned_data.get("presets", [])]
        return "\n".join(filter(None, [*chosen, self.cleaned_data.get("reason", "").strip()]))


class ReturnEvidenceForm(EvidenceForm):
    """The same page sent back: only the reason is judged, the rest is carried along."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean_provider_name(self) -> str:
        return squeeze(self.cleaned_data["provider_name"])

    def clean(self) -> dict[str, Any]:
        for name in [name for name in self.errors if name not in ("presets", "reason")]:
            del self.errors[name]
        data = super().clean() or self.cleaned_data
        if not self.return_reason:
            self.add_error("reason", gettext("Choose a reason, or say it in your own words."))
        return data


# --- the report -----------------------------------------------------------------------------------
class Section(NamedTuple):
    """A section of Ү 464-002-2025 that can be remarked upon; ``field`` is the report's."""

    field: str
    number: int


SECTIONS = [
    Section("goals", 3),
    Section("modules", 3),
    Section("knowledge", 4),
    Section("fulfilment", 4),
    Section("materials", 4),
    Section("proposals", 5),
    Section("rating_relevance", 6),
    Section("future_needs", 6),
]


class ReportForm(forms.Form):
    """A remark for each section, and the reason for which a report is returned."""

    reason = forms.CharField(
        label=_("Why it is returned"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in SECTIONS:
            label = TraineeReport._meta.get_field(section.field).verbose_name  # type: ignore[union-attr]
            self.fields[f"hint_{section.field}"] = forms.CharField(
                label=label,
                required=False,
                max_length=REASON_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
            )

    @property
    def hints(self) -> dict[str, str]:
        """By field of the report, without empty ones."""
        found = {s.field: self.cleaned_data.get(f"hint_{s.field}", "").strip() for s in SECTIONS}
        return {name: hint for name, hint in found.items() if hint}

    def hint_fields(self) -> Iterator[tuple[str, forms.BoundField]]:
        for section in SECTIONS:
            yield section.field, self[f"hint_{section.field}"]

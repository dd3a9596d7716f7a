"""Forms of training contracts. They read what was typed; the verbs judge it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from interface.lists import DateInput
from staff.forms.registry import RegistryForm
from training_plans.models import COSTS, Contract, Refund
from workflow.files import ScansField


class ContractForm(RegistryForm):
    """What the legal department fills in; the rest is known from the case."""

    groups = [
        (_("The employee"), ["identity_document", "address"]),
        (_("The employer"), ["signatory", "authority"]),
        (_("Cost and expenses (3.8)"), list(COSTS)),
        (_("Obligation and refund"), ["obligation_months", "refund_days", "leave_does_not_count"]),
    ]
    wide = frozenset(
        {"identity_document", "address", "signatory", "authority", "leave_does_not_count"}
    )

    class Meta:
        model = Contract
        fields = [
            "identity_document",
            "address",
            "signatory",
            "authority",
            *COSTS,
            "obligation_months",
            "refund_days",
            "leave_does_not_count",
        ]
        help_texts = {
            "identity_document": _("Number, date of issue and issuer. No copy of it is kept."),
            "signatory": _("Position and name, as the contract names them."),
            "cost_tuition": _("Not more than was approved in the application."),
            "leave_does_not_count": _(
                "Then days of such leave are refunded as not served when the employee leaves early."
            ),
        }


class ContractReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class ContractSignForm(forms.Form):
    signed_on = forms.DateField(label=_("Signed on"), widget=DateInput())
    scan = ScansField(label=_("Signed copy"))


class LeaveForm(forms.Form):
    """The employee leaves: when, on what ground, whether a refund applies."""

    BY_GROUND = ""
    terminated_on = forms.DateField(label=_("Last day of work"), widget=DateInput())
    ground = forms.ChoiceField(label=_("Ground of termination"), choices=Refund.Ground.choices)
    applies = forms.ChoiceField(
        label=_("Refund"),
        required=False,
        choices=[
            (BY_GROUND, _("as the ground of termination has it")),
            ("yes", _("applies")),
            ("no", _("does not apply")),
        ],
        help_text=_(
            "By the contract it is due at the employee's own wish or for their fault, and on no "
            "other ground."
        ),
    )
    because = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where nothing is refunded, or other than by the ground."),
    )

    def applies_on(self, ground: str, owed_on: Any) -> bool:
        """What was chosen, or what ``ground`` says."""
        chosen = self.cleaned_data.get("applies", self.BY_GROUND)
        return chosen == "yes" if chosen else ground in owed_on


class PaidForm(forms.Form):
    paid_on = forms.DateField(label=_("Paid on"), widget=DateInput())
    paid_by_document = forms.CharField(
        label=_("Payment document"), max_length=120, help_text=_("Kind, number and date.")
    )

    def values(self) -> dict[str, Any]:
        return {
            "paid_on": self.cleaned_data["paid_on"],
            "document": self.cleaned_data["paid_by_document"],
        }

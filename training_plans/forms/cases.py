"""Forms of cases: the reason of an answer, and the terms the academy sets itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training_plans.domain.case_settings import LIMITS
from training_plans.models import CaseRules


class DecisionForm(forms.Form):
    """Why a case is returned or refused; the employee reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is wrong, and what has to be done. The employee reads it."),
        error_messages={"required": _("Say why: the reason is part of the decision.")},
    )


SAID = {
    "apply_days": _("The regulation says 20 calendar days before the start (7.1)."),
    "abroad_days": _("For internships abroad: passports and papers take longer (7.5)."),
    "documents_days": _("The regulation says 5 days; moved off days that are not worked (7.2)."),
    "step_days": _("Slower visas are shown as slow; nothing is refused for it."),
    "head_told_after": _("Days after the last day for certificate and report (7.2)."),
    "hr_told_after": _("Days after the last day for certificate and report (7.2)."),
    "obligation_months": _("Counted from the day after the training, if the employer pays (3.8)."),
    "refund_days": _("After the last day of work of who leaves before the time (3.8)."),
}


class CaseRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """The numbers, each with its clause and what it may be."""

    class Meta:
        model = CaseRules
        fields = list(LIMITS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most, _clause) in LIMITS.items():
            field = self.fields[name]
            field.help_text = SAID[name]
            field.widget.attrs |= {"min": least, "max": most, "inputmode": "numeric"}

    def _post_clean(self) -> None:
        """The row is the verb's to change, after it has been locked."""

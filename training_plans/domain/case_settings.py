"""The terms of cases that the academy sets itself: changed here, with history (readings)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from training_plans.models import CaseRules
from workflow.saving import Values, put, save, take

# What a number may be, both inclusive, and the clause or reading it rests on.
LIMITS: dict[str, tuple[int, int, str]] = {
    "apply_days": (10, 90, "7.1"),
    "abroad_days": (10, 180, "7.5"),
    "documents_days": (1, 30, "7.2"),
    "step_days": (1, 14, ""),
    "head_told_after": (0, 30, "7.2"),
    "hr_told_after": (0, 60, "7.2"),
    "obligation_months": (1, 60, "3.8"),
    "refund_days": (1, 365, "3.8"),
}


@transaction.atomic
def set_rules(*, values: Values, actor: Any, version: int | None = None) -> CaseRules:
    """Set the terms. They hold for what is computed from now on; kept days stay as they are.

    Raises ``ValidationError`` by field, and ``ChangedMeanwhile``.
    """
    wrong = {
        name: _("From %(least)s to %(most)s.") % {"least": least, "most": most}
        for name, (least, most, _clause) in LIMITS.items()
        if name in values and not least <= values[name] <= most
    }
    if wrong:
        raise ValidationError(wrong)
    kept = CaseRules.objects.order_by("pk").first()
    rules = take(kept, version) if kept else CaseRules(pk=1)
    put(rules, values)
    if rules.hr_told_after < rules.head_told_after:
        raise ValidationError(
            {"hr_told_after": _("HR is told after the head, not before. Raise this number.")}
        )
    save(rules, actor=actor)
    return rules

"""What the page of a training record shows of the document it came from."""

from __future__ import annotations

from typing import Any

from django import template

from staff.models import TrainingRecord
from training_plans.models import Evidence

register = template.Library()


@register.inclusion_tag("training_plans/_record_evidence.html", takes_context=True)
def evidence_of(context: template.Context, record: TrainingRecord) -> dict[str, Any]:
    """The case and the verified document behind ``record``, as far as the reader may open them."""
    user = context["user"]
    rows = Evidence.objects.filter(record=record)
    evidence = rows.select_related("application", "compared_by__person").first()
    case = evidence.application if evidence else None
    return {
        "evidence": evidence,
        "case": case if case and user.has_perm("training_plans.view_case", case) else None,
        "may_open": evidence is not None
        and user.has_perm("training_plans.verify_evidence", evidence),
    }

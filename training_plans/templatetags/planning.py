"""How planning says its times and sums."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from interface.figures import in_tenge
from interface.templatetags.interface import badge
from training_plans.domain.analysis import NOT_BEGUN
from training_plans.domain.planned import period_of
from training_plans.models import Request

register = template.Library()

# How far a request is, the farthest first: the word, the tone and the icon.
STATES: dict[str, tuple[Any, str, str]] = {
    Request.State.ACCEPTED: (_("accepted"), "ok", "check-circle-fill"),
    Request.State.SENT: (_("sent"), "info", "send"),
    Request.State.RETURNED: (_("returned with remarks"), "warn", "arrow-return-left"),
    Request.State.DRAFT: (_("begun"), "wait", "pencil"),
    NOT_BEGUN: (_("not begun"), "bad", "circle"),
}


@register.inclusion_tag("components/badge.html")
def request_state(state: str) -> dict[str, Any]:
    """How far a unit's request is; ``not_begun`` where there is none."""
    return badge(*STATES[state])


@register.simple_tag
def period(terms: Any) -> str:
    """When a training is held, as exactly as it is known; a dash where nothing is."""
    return period_of(terms) or "–"


@register.simple_tag
def tenge(amount: Decimal | int | None) -> str:
    """Money with its sign: «1 250 000 ₸», tiyn only where there are any; a dash for none."""
    if amount is None:
        return "–"
    return in_tenge(amount)

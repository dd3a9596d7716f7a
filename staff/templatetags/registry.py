"""What pages about a person, a unit or a record share."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from interface.figures import in_figures
from staff.domain.history import changes_of
from staff.tables import RECORD_TONES
from staff.tables import due_cell as cell_of_due

register = template.Library()

HISTORY_NAMES = {
    "Person": "person",
    "Post": "post",
    "DeadlineExtension": "extension",
    "TrainingRecord": "record",
    "Unit": "unit",
    "TrainingRequirement": "requirement",
}


@register.simple_tag
def history_url(thing: Any) -> str:
    return reverse("history", args=[HISTORY_NAMES[type(thing).__name__], thing.pk])


@register.inclusion_tag("staff/_last_changes.html", takes_context=True)
def last_changes(context: template.Context, thing: Any, count: int = 5) -> dict[str, Any]:
    """The last few changes of ``thing`` with a link to all of them."""
    changes, more = changes_of(thing, reader=context["user"], limit=count)
    return {"changes": changes, "more": more, "url": history_url(thing)}


@register.inclusion_tag("components/badge.html")
def record_state(record: Any) -> dict[str, Any]:
    """Whether a record is verified, waiting or revoked."""
    tone, icon = RECORD_TONES[record.state]
    return {"word": record.get_state_display(), "tone": tone, "icon_name": icon}


@register.simple_tag
def amount(value: Decimal) -> str:
    """A number by thousands, without idle zeros: «21 000»."""
    return in_figures(value)


@register.simple_tag
def due_cell(day: dt.date, on: dt.date) -> SafeString:
    """A due date as lists show it: the day, and how far away it is."""
    return cell_of_due(day, on)

"""What pages of other floors show of the catalogue."""

from __future__ import annotations

from django import template

from staff.models import TrainingRecord
from training_plans.models import Participant
from workflow.models import IssuedPaper

register = template.Library()


@register.simple_tag
def certificate_of(record: TrainingRecord) -> IssuedPaper | None:
    """The academy's own certificate behind a record; ``None`` where another document proves it."""
    place = Participant.objects.filter(record=record).select_related("certificate").first()
    return place.certificate if place else None

"""The letters of this floor: one function a message. Registered by name with ``workflow.mail``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse

from staff.models import Unit, User
from workflow.mail import letter

from . import case_notices  # noqa: F401  (they register themselves)
from .models import PlanningYear, Request


def _about_year(user: User, context: dict[str, Any]) -> dict[str, object]:
    """The year as it is when the letter goes out, and the units the receiver files for."""
    planning_year = PlanningYear.objects.get(year=context["year"])
    units = Unit.objects.filter(pk__in=context["units"], head_id=user.person_id)
    return {
        "planning_year": planning_year,
        "units": [unit.name for unit in units],
        "link": settings.SITE_URL + reverse("planning_year", args=[planning_year.year]),
    }


@letter("planning_opened")
def planning_opened(user: User, context: dict[str, Any]) -> dict[str, object]:
    """To the head of every unit that files: the planning of a year is open (5.4)."""
    return _about_year(user, context)


@letter("planning_dates_changed")
def planning_dates_changed(user: User, context: dict[str, Any]) -> dict[str, object]:
    """To the same heads: requests are due on another day than was written."""
    return _about_year(user, context) | {"before": dt.date.fromisoformat(context["before"])}


@letter("planning_reminder")
def planning_reminder(user: User, context: dict[str, Any]) -> dict[str, object]:
    """To the head of a unit whose request has not come (5.4)."""
    return _about_year(user, context)


@letter("request_returned")
def request_returned(user: User, context: dict[str, Any]) -> dict[str, object]:
    """To head and secretary: the Centre has returned the request of their unit (5.3)."""
    request = Request.objects.select_related("unit", "planning_year").get(pk=context["request"])
    return {
        "unit": request.unit.name,
        "year": request.planning_year.year,
        "remark": request.remark,
        "lines": list(
            request.lines.exclude(remark="").select_related("person").order_by("person__sort_key")
        ),
        "link": settings.SITE_URL + reverse("request", args=[request.pk]),
    }

"""What the terms of a training must be (clauses 5.3–5.5; forms.md §1.3).

One judgement for request lines, plan lines and amendments. Half-filled terms are allowed while a
request is being written; ``missing`` says what is still to be filled in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.text import search_key
from staff.models import TrainingRecord
from staff.models.ledger import HOURS_A_CREDIT
from training_plans.models.terms import KINDS_OF_INTERNSHIP, TERMS, Funding, Kind, Precision, Terms
from workflow.calendar import DAY, add_months

PAID_BY_NOBODY_HERE = frozenset({Funding.FREE, Funding.HOST, Funding.STATE})
OBLIGATORY = ("topic", "area", "provider", "starts_on", "hours", "funding")


def quarter_days(year: int, quarter: int) -> tuple[dt.date, dt.date]:
    """First and last day of quarter 1–4."""
    start = dt.date(year, 3 * quarter - 2, 1)
    return start, add_months(start, 3) - DAY


def month_days(year: int, month: int) -> tuple[dt.date, dt.date]:
    """First and last day of month 1–12."""
    start = dt.date(year, month, 1)
    return start, add_months(start, 1) - DAY


def settled(values: Mapping[str, Any], *, year: int) -> dict[str, Any]:
    """``values`` as the terms keep them: days from ``quarter`` or ``month``, hours from credits.

    ``values`` are terms by field name, with ``quarter`` or ``month`` where the time is known to
    that only. Raises ``ValidationError`` by field, all of what is wrong at once.
    """
    terms = {name: value for name, value in values.items() if name in TERMS}
    errors: dict[str, str] = {}
    if "precision" in values:
        terms["starts_on"], terms["ends_on"] = _days(values, year)
    _check_days(terms, year, errors)
    _check_volume(terms, errors)
    _check_money(terms, errors)
    _check_kind(terms, errors)
    if errors:
        raise ValidationError(errors)
    if _is_another_training(terms):
        terms["course"] = None
    return terms


def _is_another_training(terms: Mapping[str, Any]) -> bool:
    """Whether the topic or the provider is not that of the course of the catalogue named beside."""
    course = terms.get("course")
    if course is None or "topic" not in terms:
        return False
    provider = terms.get("provider")
    return search_key(terms["topic"]) != search_key(course.title) or (
        provider is not None and provider.pk != course.provider_id
    )


def _days(values: Mapping[str, Any], year: int) -> tuple[dt.date | None, dt.date | None]:
    precision = values["precision"]
    start, end = values.get("starts_on"), values.get("ends_on")
    if precision == Precision.QUARTER and values.get("quarter"):
        return quarter_days(year, int(values["quarter"]))
    if precision == Precision.MONTH and values.get("month"):
        return month_days(year, int(values["month"]))
    if precision == Precision.DAYS or start is None:
        return start, end
    whole = _whole(precision, start)
    return whole if whole[0] <= (end or start) <= whole[1] else (start, end)


def _whole(precision: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month or quarter ``day`` lies in."""
    if precision == Precision.QUARTER:
        return quarter_days(day.year, (day.month + 2) // 3)
    return month_days(day.year, day.month)


def _check_days(terms: Mapping[str, Any], year: int, errors: dict[str, str]) -> None:
    start, end = terms.get("starts_on"), terms.get("ends_on")
    if (start is None) != (end is None):
        missing = "ends_on" if end is None else "starts_on"
        errors[missing] = _("Give both days: the first and the last.")
    for name, day in (("starts_on", start), ("ends_on", end)):
        if day is not None and day.year != year:
            errors[name] = _(
                "%(day)s is not in %(year)s. The plan is made for one calendar year (5.5): choose "
                "a day of that year."
            ) % {"day": date_format(day, "SHORT_DATE_FORMAT"), "year": year}
    precision = terms.get("precision", Precision.DAYS)
    if start and end and precision != Precision.DAYS and (start, end) != _whole(precision, start):
        errors[Precision(precision).value] = _(
            "These days are no whole month or quarter. Choose one, or give the days."
        )
    elif start and end and end < start and not errors.keys() & {"starts_on", "ends_on"}:
        errors["ends_on"] = _("The training ends before it begins. Correct one of the two days.")


def _check_volume(terms: dict[str, Any], errors: dict[str, str]) -> None:
    hours, credits = terms.get("hours"), terms.get("credits")
    if hours is not None and hours <= 0:
        errors["hours"] = _("The volume must be more than nothing.")
    if credits is not None and credits <= 0:
        errors["credits"] = _("The volume must be more than nothing.")
    if credits is None or errors.keys() & {"hours", "credits"}:
        return
    of_credits = Decimal(credits) * HOURS_A_CREDIT
    if hours is None:
        terms["hours"] = of_credits
    elif hours != of_credits:
        errors["credits"] = _(
            "1 credit is 30 hours: these credits are %(hours)s hours. Give only one of the two."
        ) % {"hours": f"{of_credits.normalize():f}"}


def _check_money(terms: Mapping[str, Any], errors: dict[str, str]) -> None:
    cost = terms.get("cost")
    if cost is None:
        return
    if cost < 0:
        errors["cost"] = _("Money cannot be negative. 0 is free.")
    elif cost > 0 and terms.get("funding") == Funding.FREE:
        errors["cost"] = _(
            "What is free of charge costs nothing (3.7). Choose who pays, or give 0."
        )


def _check_kind(terms: dict[str, Any], errors: dict[str, str]) -> None:
    if "form" not in terms or "kind" not in terms:
        return
    is_internship = terms["form"] == TrainingRecord.Form.INTERNSHIP
    if is_internship and terms["kind"] == Kind.COURSE:  # what a new form proposes
        terms["kind"] = Kind.INDIVIDUAL
    elif is_internship != (terms["kind"] in KINDS_OF_INTERNSHIP):
        errors["kind"] = _("This kind does not belong to the form chosen (6.1). Choose another.")


def missing(terms: Terms) -> list[str]:
    """Names of the fields still empty that a request and a plan cannot do without."""
    empty = [name for name in OBLIGATORY if getattr(terms, name) in (None, "")]
    if terms.cost is None and terms.funding and terms.funding not in PAID_BY_NOBODY_HERE:
        empty.append("cost")
    return empty


def labels_of(names: list[str]) -> list[str]:
    """What the fields are called on screen."""
    return [str(Terms._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]

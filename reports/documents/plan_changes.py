"""The change sheet of an amendment of the annual plan (clause 5.5; forms.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interface.trilingual import Said

from . import words
from .approval import CENTRE, approval
from .kinds import Data, Kind, register


def _terms(terms: Mapping[str, Any] | None) -> str:
    """The terms of a line in one sentence; a dash where there is no line."""
    if not terms:
        return "–"
    return words.together(
        terms.get("topic"),
        terms.get("provider"),
        words.period(terms),
        words.volume(terms),
        words.money(terms.get("cost")),
        by="; ",
    )


def _who(by: Any) -> str:
    return (
        words.together(by.get("position"), by.get("name"))
        if isinstance(by, Mapping)
        else str(by or "")
    )


def row(change: Mapping[str, Any]) -> dict[str, Any]:
    """One change as the sheet shows it."""
    return {
        "number": change.get("number") or "",
        "date": words.day(change.get("date")),
        "change": words.label("change", change.get("change")),
        "person": change.get("person") or "",
        "before": _terms(change.get("before")),
        "after": _terms(change.get("after")),
        "because": change.get("because") or "",
        "by": _who(change.get("approved_by")),
    }


def context(data: Data) -> dict[str, Any]:
    return approval(data) | {
        "year": data["year"],
        "version": data.get("version") or "",
        "changes": [row(change) for change in data.get("changes") or []],
    }


register(
    Kind(
        name="plan_changes",
        title=Said(
            "Жоспарға өзгерістер мен толықтырулар",
            "Изменения и дополнения к плану",
            "Changes and additions to the plan",
        ),
        issuer=CENTRE,
        template="papers/plan_changes.html",
        orientation="landscape",
        code="СТ 012-2025",
        context=context,
        permission="training_plans.view_whole_plan",
        subject=lambda paper: paper.subject,
    )
)

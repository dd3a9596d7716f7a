"""How a case is shown: its state, its marks, its clocks and papers."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from interface.templatetags.interface import SOON_DAYS, badge, days_in_words
from training_plans.domain.case_file import Paper, Presence
from training_plans.domain.clocks import Clock, Run
from training_plans.models import TrainingApplication

register = template.Library()
State = TrainingApplication.State

# By state the tone and the icon; the word is the state's own.
LOOKS: dict[str, tuple[str, str]] = {
    State.DRAFT: ("wait", "pencil"),
    State.SUBMITTED: ("info", "arrow-right-circle"),
    State.RETURNED: ("warn", "arrow-return-left"),
    State.ENDORSED: ("info", "pen"),
    State.APPROVED: ("ok", "check2"),
    State.REJECTED: ("bad", "x-circle"),
    State.WITHDRAWN: ("wait", "slash-circle"),
    State.CANCELLED: ("wait", "slash-circle"),
    State.ORDERED: ("ok", "file-earmark-check"),
    State.DOCUMENTS_SUBMITTED: ("info", "inbox"),
    State.ACCEPTED: ("ok", "check2-all"),
    State.CLOSED: ("ok", "check-circle-fill"),
}


def look_of(application: TrainingApplication) -> tuple[str, str, str]:
    """Word, tone and icon of the state of a case."""
    tone, icon = LOOKS[application.state]
    return str(application.get_state_display()), tone, icon


@register.inclusion_tag("components/badge.html")
def case_state(application: TrainingApplication, size: str = "") -> dict[str, Any]:
    """The state of a case: word, icon, colour. ``size`` may be «big»."""
    word, tone, icon = look_of(application)
    return badge(word, f"{tone} {size}".strip(), icon)


def marks_of(application: TrainingApplication) -> list[tuple[str, str, str]]:
    """What is particular about a case: word, tone and icon of each mark."""
    found = []
    if application.is_late or application.late_asked_on:
        found.append((gettext("applied late"), "bad", "clock-history"))
    if application.documents_late_days:
        days = application.documents_late_days
        words = ngettext("documents %(days)d day late", "documents %(days)d days late", days)
        found.append((words % {"days": days}, "bad", "hourglass-bottom"))
    if application.interrupted_on:
        found.append((gettext("interrupted"), "bad", "pause-circle"))
    if application.is_unplanned:
        found.append((gettext("unplanned"), "warn", "plus-circle"))
    if application.group_id:
        found.append((gettext("group"), "info", "people"))
    if application.is_abroad:
        found.append((gettext("abroad"), "info", "globe"))
    return found


@register.inclusion_tag("training_plans/_case_marks.html")
def case_marks(application: TrainingApplication) -> dict[str, Any]:
    return {"marks": marks_of(application)}


@register.inclusion_tag("components/badge.html")
def clock_chip(clock: Clock) -> dict[str, Any]:
    """How a clock stands, in words: «41 days early», «in 3 days», «2 days late»."""
    days = clock.days
    if clock.run == Run.MET:
        if clock.done_on is None:
            return badge(gettext("done"), "ok", "check-lg")
        words = ngettext("%(days)d day early", "%(days)d days early", days) % {"days": days}
        return badge(words if days else gettext("on the last day"), "ok", "check-lg")
    if clock.run == Run.MISSED:
        words = ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}
        return badge(words, "bad", "check-lg")
    if clock.run == Run.AHEAD:
        return badge(clock.note or gettext("not yet"), "wait", "hourglass")
    if clock.run == Run.OVER:
        return badge(days_in_words(-days), "bad", "exclamation-triangle-fill")
    if clock.is_event:
        return badge(days_in_words(days), "info", "calendar-event")
    soon = days <= SOON_DAYS
    return badge(days_in_words(days), "warn" if soon else "ok", "clock")


# By presence the word, the tone and the icon.
PRESENCE: dict[Presence, tuple[Any, str, str]] = {
    Presence.PRESENT: (_("there"), "ok", "check-lg"),
    Presence.SENT: (_("being checked"), "info", "inbox"),
    Presence.MISSING: (pgettext_lazy("a paper", "missing"), "bad", "x-lg"),
    Presence.LATER: (_("not yet"), "wait", "hourglass"),
}


@register.inclusion_tag("components/badge.html")
def paper_mark(paper: Paper) -> dict[str, Any]:
    """Whether a paper of a case is there."""
    return badge(*PRESENCE[paper.presence])

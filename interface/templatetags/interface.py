"""The components pages are made of; each has its template in ``templates/components/``.

Every state and deadline is said in words, with an icon and a colour, never by colour alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import js_lib_bootstrap_icons
from django import template
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext

register = template.Library()

ICONS = Path(js_lib_bootstrap_icons.__path__[0]) / "static" / "bootstrap-icons"
SOON_DAYS = 30
LONG_DAYS = 730


class Look(NamedTuple):
    """How a state is shown: its word, colour class and icon."""

    word: str | Promise
    tone: str
    icon: str


# The words are those of the standing's states; a test keeps both lists together.
STATES: dict[str, Look] = {
    "compliant": Look(gettext_lazy("satisfied"), "ok", "check-circle-fill"),
    "expiring": Look(gettext_lazy("falls due soon"), "warn", "clock"),
    "pending": Look(gettext_lazy("first three years"), "wait", "hourglass-split"),
    "overdue": Look(gettext_lazy("overdue"), "bad", "exclamation-triangle-fill"),
    "exempt": Look(gettext_lazy("extended"), "info", "pause-circle"),
}


@lru_cache(maxsize=512)
def _drawing(name: str) -> str:
    if not name.replace("-", "").isalnum():
        raise ValueError(f"No icon is called {name!r}.")
    drawing = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    inner = drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")]
    return "".join(line.strip() for line in inner.splitlines())


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A Bootstrap icon drawn into the page; decoration unless it has a ``label``."""
    drawing = mark_safe(_drawing(name))  # noqa: S308  # nosec: a file of the package
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>',
            label,
            drawing,
        )
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', drawing)


@register.inclusion_tag("components/badge.html")
def state_badge(state: str) -> dict[str, Any]:
    """The state of a standing: word, icon, colour."""
    look = STATES[str(state)]
    return {"word": look.word, "tone": look.tone, "icon_name": look.icon}


@register.inclusion_tag("components/badge.html")
def badge(word: str, tone: str = "wait", icon_name: str = "") -> dict[str, Any]:
    """Any other state in a word; ``tone`` is ok, warn, bad, wait or info."""
    return {"word": word, "tone": tone, "icon_name": icon_name}


@lru_cache(maxsize=256)
def badge_markup(word: str, tone: str, icon_name: str) -> SafeString:
    """A badge for code that writes many: there are few different ones, each is rendered once."""
    return render_to_string("components/badge.html", badge(word, tone, icon_name))


def days_in_words(left: int) -> str:
    """How far off a day is: «in 5 days», «2 days late»; beyond two years in whole years."""
    years = abs(left) // 365
    if left <= -LONG_DAYS:
        return ngettext("%(years)d year late", "%(years)d years late", years) % {"years": years}
    if left == 0:
        return gettext("today")
    if left > 0:
        return ngettext("in %(days)d day", "in %(days)d days", left) % {"days": left}
    return ngettext("%(days)d day late", "%(days)d days late", -left) % {"days": -left}


@register.simple_tag
def days_left(day: dt.date, on: dt.date | None = None) -> str:
    """How far off a day is, in words: «in 5 days», «2 days late»."""
    return days_in_words((day - (on or timezone.localdate())).days)


@register.inclusion_tag("components/deadline_chip.html")
def deadline_chip(
    day: dt.date | None, on: dt.date | None = None, clause: str = "", done: bool = False
) -> dict[str, Any]:
    """A deadline: the day, the days left, the clause. ``on`` is today unless told otherwise."""
    if day is None:
        return {"day": None}
    left = (day - (on or timezone.localdate())).days
    if done:
        tone, icon_name, words = "ok", "check-lg", gettext("done")
    else:
        words = days_in_words(left)
        if left < 0:
            tone, icon_name = "bad", "exclamation-triangle-fill"
        elif left <= SOON_DAYS:
            tone, icon_name = "warn", "clock"
        else:
            tone, icon_name = "ok", "calendar-check"
    return {"day": day, "words": words, "tone": tone, "icon_name": icon_name, "clause": clause}


@register.simple_tag
def clause(number: str) -> SafeString:
    """A small mark naming the clause of the regulation: «cl. 4.3»."""
    if not number:
        return SafeString("")
    return format_html(
        '<span class="clause">{}</span>', gettext("cl. %(clause)s") % {"clause": number}
    )


@register.simple_tag
def day(date: dt.date | None) -> str:
    """A date as the academy writes it in figures; a dash where there is none."""
    if date is None:
        return "–"
    if isinstance(date, dt.datetime):
        date = timezone.localtime(date) if timezone.is_aware(date) else date
    return f"{date:%d.%m.%Y}"


@register.filter
def isoday(text: str) -> str:
    """An ISO day as the academy writes it; any other text as it is."""
    try:
        return f"{dt.date.fromisoformat(text):%d.%m.%Y}"
    except ValueError:
        return text


@register.simple_tag
def moment(when: dt.datetime | None) -> str:
    """Day and time of day in the academy's time zone; a dash where there is none."""
    return f"{timezone.localtime(when):%d.%m.%Y %H:%M}" if when else "–"


@register.simple_tag
def hours(value: Decimal | float | int | None) -> str:
    """A volume with its unit, without idle zeros: «36 h», «4.5 h»."""
    if value is None:
        return "–"
    exact = Decimal(str(value)).normalize()
    if exact == exact.to_integral():
        exact = exact.quantize(Decimal(1))
    return gettext("%(hours)s h") % {"hours": number_format(exact)}


@register.simple_tag
def figure(value: int | None) -> str:
    """A whole number with its thousands set apart: «1 486»."""
    return "–" if value is None else f"{value:,}".replace(",", "\u00a0")


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    sentence: str, icon_name: str = "inbox", action_url: str = "", action: str = ""
) -> dict[str, Any]:
    """What a list says when nothing is in it, and the next step."""
    return {
        "sentence": sentence,
        "icon_name": icon_name,
        "action_url": action_url,
        "action": action,
    }


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """Initials of a person or an account in a circle; decoration beside the name."""
    owner = getattr(person, "person", None) or person
    letters = getattr(owner, "initials", "") or str(owner)[:2].upper()
    return format_html(
        '<span class="avatar{}" aria-hidden="true">{}</span>', f" {size}" if size else "", letters
    )


class Piece(NamedTuple):
    tone: str
    word: str | Promise
    people: int
    start: str
    width: str


@register.inclusion_tag("components/stacked_bar.html")
def stacked_bar(counts: Mapping[str, int]) -> dict[str, Any]:
    """How many are in each state, to scale. ``counts`` maps states to numbers."""
    total = sum(counts.get(state, 0) for state in STATES)
    pieces: list[Piece] = []
    start = 0.0
    for state, look in STATES.items():
        count = counts.get(state, 0)
        if not count:
            continue
        width = 100 * count / total
        pieces.append(Piece(look.tone, look.word, count, f"{start:.3f}", f"{width:.3f}"))
        start += width
    return {
        "pieces": pieces,
        "label": ", ".join(f"{piece.word}: {piece.people}" for piece in pieces),
    }


@register.inclusion_tag("components/progress.html")
def progress(job: Any, url: str = "") -> dict[str, Any]:
    """How far a job is; asks ``url`` (or the page named ``job_progress``) until it has ended.

    ``job`` has ``state`` (queued, running, done, failed), ``percent``, ``progress_done``,
    ``progress_total``.
    """
    if not url:
        try:
            url = reverse("job_progress", args=[job.pk])
        except NoReverseMatch:
            url = ""
    return {"job": job, "url": url, "working": str(job.state) in {"queued", "running"}}


@register.filter
def has_required(form: Any) -> bool:
    """Whether a visible field of ``form`` is obligatory."""
    return any(field.field.required for field in form.visible_fields())

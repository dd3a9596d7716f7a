"""What stands in the way of a request, and what is worth knowing about it (clauses 5.3–5.5).

Guards refuse; advice does not: a line that will not satisfy the norm may be sent, and the Centre
sees the same words.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.figures import in_figures
from staff.models import Person, Standing, TrainingRequirement, Unit
from training_plans.models import Plan, PlanLine, Precision, Request, RequestLine
from workflow.calendar import DAY
from workflow.transitions import Refusal

from .needs import Need, falling_due, filing_units
from .terms import labels_of, missing


@dataclass(frozen=True, slots=True)
class LineRefusal(Refusal):
    """A refusal that one line of the request is the reason of."""

    line_id: int = 0


@dataclass(frozen=True, slots=True)
class MinutesRefusal(Refusal):
    """A refusal that what is typed beside the button would lift."""


def needs_of(*, request: Request, on: dt.date) -> list[Need]:
    """Who falls due in the year among the people of the unit that files (5.4), urgent first."""
    filing = filing_units(on=on)
    area = [key for key, files in filing.items() if files == request.unit_id]
    rows = Standing.objects.filter(unit_id__in=area)
    year = request.planning_year.year
    return [
        need
        for need in falling_due(year=year, on=on, rows=rows)
        if need.filing_unit_id == request.unit_id
    ]


def included(request: Request) -> Any:
    """The lines that ask for a training, with what words about them need."""
    return request.lines.filter(left_out=False).select_related("person", "requirement", "provider")


# --- guards -----------------------------------------------------------------------------------
def plan_is_not_approved(request: Request, on: dt.date) -> Iterator[Refusal]:
    """After the approval there are amendments only (5.5)."""
    year = request.planning_year.year
    decided = Plan.objects.filter(
        planning_year=request.planning_year, state__in=[Plan.State.APPROVED, Plan.State.CLOSED]
    )
    if decided.exists():
        yield Refusal(after_approval(year), "5.5")


def after_approval(year: int) -> str:
    return _(
        "The plan of %(year)s is approved. What is missing is added to it by amendment (5.5): "
        "tell the Centre the reason."
    ) % {"year": year}


def has_minutes(request: Request, on: dt.date) -> Iterator[Refusal]:
    """A department files what its meeting decided (forms.md §5)."""
    if request.unit.kind != Unit.Kind.DEPARTMENT:
        return
    if not (request.minutes_number and request.minutes_date):
        yield MinutesRefusal(
            _(
                "The request of a department rests on its meeting: give the number and the date "
                "of the minutes."
            ),
            "5.4",
        )


def everybody_is_in(request: Request, on: dt.date) -> Iterator[Refusal]:
    """Who falls due is in the request, or left out with a reason."""
    known = {
        (person, code)
        for person, code in request.lines.values_list("person_id", "requirement__code")
    }
    codes = codes_of_norms()
    absent = {
        need.person_id
        for need in needs_of(request=request, on=on)
        if (need.person_id, codes[need.requirement_id]) not in known
    }
    if absent:
        names = Person.objects.filter(pk__in=absent)
        yield Refusal(
            _("Falls due too and is not in the request yet: %(names)s. Press «Add them».")
            % {"names": ", ".join(person.short_name for person in names)},
            "5.4",
        )


def codes_of_norms() -> dict[int, str]:
    """Codes by key: versions of one norm are the same need."""
    return dict(TrainingRequirement.objects.values_list("pk", "code"))


def lines_are_complete(request: Request, on: dt.date) -> Iterator[Refusal]:
    for line in included(request):
        if empty := missing(line):
            words = _("%(person)s: still to be filled in: %(fields)s.") % {
                "person": line.person.short_name,
                "fields": ", ".join(labels_of(empty)),
            }
            yield LineRefusal(words, "5.4", line_id=line.pk)


def nobody_is_twice_away(request: Request, on: dt.date) -> Iterator[Refusal]:
    """Two trainings of one person on the same days; known only where days are given."""
    by_person: defaultdict[int, list[RequestLine]] = defaultdict(list)
    for line in included(request).filter(precision=Precision.DAYS, starts_on__isnull=False):
        by_person[line.person_id].append(line)
    for lines in by_person.values():
        lines.sort(key=lambda line: (line.starts_on, line.pk))
        away_until: dt.date | None = None
        for line in lines:
            if away_until and line.starts_on and line.starts_on <= away_until:
                words = _(
                    "%(person)s is in two trainings at once, from %(day)s on. Move one of them."
                ) % {"person": line.person.short_name, "day": _day(line.starts_on)}
                yield LineRefusal(words, "5.4", line_id=line.pk)
            away_until = max(filter(None, [away_until, line.ends_on]))


def no_line_is_in_the_plan(request: Request, on: dt.date) -> Iterator[Refusal]:
    """What the plan has taken over is changed there."""
    taken = PlanLine.objects.planned().filter(request_line__request=request).count()
    if taken:
        yield Refusal(
            _(
                "Lines of this request stand in the plan already: %(count)s. Take them out of the "
                "plan first, or change them there."
            )
            % {"count": taken},
            "5.5",
        )


# --- advice -----------------------------------------------------------------------------------
def advice(lines: Sequence[RequestLine]) -> dict[int, list[str]]:
    """By line what is allowed but will not satisfy the norm: too few hours, wrong area, too late.

    ``lines`` are all included lines of a request with their ``requirement``: two lines of one
    person may reach the norm together. Asks the database nothing.
    """
    planned: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line in lines:
        for other in lines:
            if other.person_id == line.person_id and _counts(other, line):
                planned[line.person_id, line.pk] += other.hours or 0
    return {line.pk: _advice_of(line, planned[line.person_id, line.pk]) for line in lines}


def _counts(line: RequestLine, wanting: RequestLine) -> bool:
    """Whether the training of ``line`` counts for the norm that asks for ``wanting``."""
    norm = wanting.requirement
    return norm is not None and (not norm.areas or line.area in norm.areas)


def _advice_of(line: RequestLine, planned: Decimal) -> list[str]:
    found: list[str] = []
    norm = line.requirement
    if norm is None or not line.is_suggested:
        return found
    if line.area and not _counts(line, line):
        found.append(
            _("The area «%(area)s» does not count towards the norm (%(clause)s).")
            % {"area": line.get_area_display(), "clause": norm.clause}
        )
    elif line.hours is not None and line.missing_hours and planned < line.missing_hours:
        found.append(
            _("%(missing)s h are missing, %(planned)s h are asked for: the norm is not reached.")
            % {"missing": in_figures(line.missing_hours), "planned": in_figures(planned)}
        )
    due, end = line.due_on, line.ends_on
    if due and end and due.year == end.year and end > due:
        found.append(
            _("It ends after the norm falls due: from %(day)s on the norm is not satisfied.")
            % {"day": _day(due + DAY)}
        )
    return found


def _day(day: dt.date | None) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""

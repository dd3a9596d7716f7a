"""Versions of the plan: the list, one as it was frozen, two compared line by line (5.5)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.figures import in_figures
from interface.pages import Page
from interface.text import search_key, search_words
from staff.models import Area, Post, TrainingRecord
from training_plans.domain import versions
from training_plans.domain.planned import period_in_words
from training_plans.domain.versions import Line
from training_plans.models import (
    AmendmentItem,
    Funding,
    Kind,
    Plan,
    PlanLine,
    PlanVersion,
    sees_all_planning,
)

LINES_A_PAGE = 100
Change = AmendmentItem.Change
CHANGE_LOOKS = {
    Change.ADD: ("ok", "plus-lg"),
    Change.REPLACE: ("info", "arrow-left-right"),
    Change.MOVE: ("warn", "calendar-event"),
    Change.TAKE_OUT: ("bad", "dash-lg"),
}


# --- what a frozen line says, in words ----------------------------------------------------------
class Told(NamedTuple):
    """One thing a line says, before and after."""

    label: str
    before: str
    after: str


def _label(choices: Any, code: str | None) -> str:
    """What a code is called today; one that is known no more stays as it was frozen."""
    return str(dict(choices.choices).get(code, code)) if code else ""


def _number(text: str | None) -> str:
    return in_figures(Decimal(text)) if text else ""


def unit_of(line: Line) -> str:
    """The unit in the language of the page; Kazakh where that name is missing."""
    return str(line.get(f"unit_{get_language() or 'kk'}") or line["unit_kk"])


def period_of(line: Line) -> str:
    return period_in_words(
        precision=line["precision"],
        starts_on=_day(line["starts_on"]),
        ends_on=_day(line["ends_on"]),
    )


def _day(iso: str | None) -> dt.date | None:
    return dt.date.fromisoformat(iso) if iso else None


def place_of(line: Line) -> str:
    return ", ".join(filter(None, [line["provider"], line["city"], line["country"]]))


def volume_of(line: Line) -> str:
    hours, credits = _number(line["hours"]), _number(line["credits"])
    words = gettext("%(hours)s h") % {"hours": hours} if hours else ""
    if credits:
        words = " · ".join(filter(None, [words, gettext("credits: %(n)s") % {"n": credits}]))
    return words


def cost_of(line: Line) -> str:
    source = _label(Funding, line["funding"])
    money = f"{_number(line['cost'])} ₸" if line["cost"] else ""
    return " · ".join(filter(None, [money, source]))


def in_words(line: Line) -> dict[str, str]:
    """Everything a line says, by what it is called on screen."""
    kind = _label(Kind, line["kind"])
    form = _label(TrainingRecord.Form, line["form"])
    return {
        gettext("Employee"): line["person"],
        gettext("Unit"): unit_of(line),
        gettext("Position"): line["position"],
        gettext("Staff category"): _label(Post.Category, line.get("category")),
        gettext("Topic"): line["topic"],
        gettext("Area"): _label(Area, line["area"]),
        gettext("Form and kind"): ", ".join(filter(None, [form, kind])),
        gettext("Provider and place"): place_of(line),
        gettext("Time"): period_of(line),
        gettext("Volume"): volume_of(line),
        gettext("Mode"): _label(TrainingRecord.Mode, line["mode"]),
        gettext("Money"): cost_of(line),
        gettext("Group"): line.get("group") or "",
    }


def told(before: Line, after: Line) -> list[Told]:
    """What two lines say differently, in words."""
    was, now = in_words(before), in_words(after)
    return [Told(name, was[name], now[name]) for name in was if was[name] != now[name]]


# --- pages ----------------------------------------------------------------------------------------
def plan_of(year: int) -> Plan:
    return get_object_or_404(Plan.objects.select_related("planning_year"), planning_year__year=year)


class OfPlan(Page, TemplateView):
    """A page about the plan of the year in its address."""

    permission = "training_plans.view_plan"
    kwargs: dict[str, Any]

    def get_permission_object(self) -> Plan:
        self.plan = plan_of(self.kwargs["year"])
        self.user: Any = self.request.user
        return self.plan

    @property
    def year(self) -> int:
        return self.plan.planning_year.year

    def crumbs(self) -> list[tuple[Any, str]]:
        return [
            (_("Planning"), reverse("planning")),
            (str(self.year), reverse("planning_year", args=[self.year])),
            (_("Plan"), reverse("plan", args=[self.year])),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "plan": self.plan,
            "year": self.year,
            "crumbs": self.crumbs(),
            "sees_all": sees_all_planning(self.user),
        }

    def seen_by_user(self, lines: Sequence[Line]) -> list[Line]:
        """Those of frozen ``lines`` that stand for people the user may see. One query at most."""
        if sees_all_planning(self.user):
            return list(lines)
        visible = set(
            PlanLine.objects.visible_to(self.user)
            .filter(plan=self.plan)
            .values_list("pk", flat=True)
        )
        return [line for line in lines if line["id"] in visible]

    def version(self, number: int) -> PlanVersion:
        rows = PlanVersion.objects.select_related("paper", "approved_by__person")
        return get_object_or_404(rows, plan=self.plan, number=number)


def changes_by_amendment(plan: Plan) -> dict[int, Counter[str]]:
    """How many changes of each kind every amendment has, by its key. One query."""
    rows = (
        AmendmentItem.objects.filter(amendment__plan=plan, withdrawn=False)
        .order_by()
        .values_list("amendment_id", "change")
        .annotate(count=Count("pk"))
    )
    found: dict[int, Counter[str]] = {}
    for amendment, change, count in rows:
        found.setdefault(amendment, Counter())[change] = count
    return found


class ChangesOfKind(NamedTuple):
    """So many changes of one kind, and their look."""

    label: str
    tone: str
    icon: str
    number: int


def counted_changes(counts: Mapping[str, int]) -> list[ChangesOfKind]:
    return [
        ChangesOfKind(str(change.label), *CHANGE_LOOKS[change], counts[change])
        for change in Change
        if counts.get(change)
    ]


class VersionListPage(OfPlan):
    title = _("Versions of the plan")
    clause = "5.5"
    template_name = "training_plans/version_list.html"
    help_text = _(
        "Each approval freezes a version with its data and fingerprint. A later version says by "
        "which amendment it came and what changed."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = list(
            PlanVersion.objects.filter(plan=self.plan)
            .select_related("paper", "change_sheet", "amendment", "approved_by__person")
            .defer("paper__data", "change_sheet__data")
        )
        counts = changes_by_amendment(self.plan)
        for row in rows:
            row.changes = counted_changes(counts.get(row.amendment_id or 0, {}))
            row.before = row.number - 1
        return super().get_context_data(**kwargs) | {"versions": rows}


class VersionPage(OfPlan):
    """The lines of a version as they were frozen."""

    clause = "5.5"
    template_name = "training_plans/version.html"

    def get_title(self) -> str:
        words = {"year": self.year, "number": self.kwargs["number"]}
        return gettext("Plan of %(year)s, version %(number)s") % words

    def crumbs(self) -> list[tuple[Any, str]]:
        here = (_("Versions of the plan"), reverse("plan_versions", args=[self.year]))
        return [*super().crumbs(), here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version = self.version(self.kwargs["number"])
        lines = self.seen_by_user(version.paper.data["lines"])
        asked = self.request.GET.get("q", "")
        found = [line for line in lines if _speaks_of(line, search_words(asked))]
        page = Paginator(found, LINES_A_PAGE).get_page(self.request.GET.get("page"))
        rows = [in_rows(line) for line in page.object_list]
        return super().get_context_data(**kwargs) | {
            "version": version,
            "rows": rows,
            "page": page,
            "q": asked,
            "count": len(found),
            "of": len(lines),
            "before": version.number - 1,
        }


def _speaks_of(line: Line, words: Sequence[str]) -> bool:
    if not words:
        return True
    names = ("person", "personnel_number", "topic", "provider", "unit_kk", "unit_ru", "unit_en")
    text = search_key(*(line[name] for name in names))
    return all(word in text for word in words)


class ComparePage(OfPlan):
    """Two versions line by line: what differs, and how much is the same."""

    title = _("Versions compared")
    clause = "5.5"
    template_name = "training_plans/version_compare.html"
    help_text = _(
        "A line is known by its place in the plan, not by its number on paper. Execution and due "
        "days move by themselves and are no change of the plan."
    )

    def crumbs(self) -> list[tuple[Any, str]]:
        here = (_("Versions of the plan"), reverse("plan_versions", args=[self.year]))
        return [*super().crumbs(), here]

    def _asked(self, name: str, numbers: Sequence[int], default: int) -> int:
        given = self.request.GET.get(name, "")
        number = int(given) if given.isdecimal() and len(given) < 6 else default
        if number not in numbers:
            raise Http404
        return number

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        numbers = sorted(self.plan.versions.values_list("number", flat=True))
        if len(numbers) < 2:
            return context | {"numbers": numbers, "difference": None}
        first = self._asked("from", numbers, numbers[-2])
        last = self._asked("to", numbers, numbers[-1])
        older, newer = self.version(first), self.version(last)
        before = self.seen_by_user(older.paper.data["lines"])
        after = self.seen_by_user(newer.paper.data["lines"])
        found = versions.compare(older={"lines": before}, newer={"lines": after})
        return context | {
            "numbers": numbers,
            "older": older,
            "newer": newer,
            "difference": found,
            "added": [in_rows(line) for line in found.added],
            "taken_out": [in_rows(line) for line in found.taken_out],
            "changed": [(pair.after, told(pair.before, pair.after)) for pair in found.changed],
            "swap_url": f"?from={last}&to={first}",
        }


def in_rows(line: Line) -> dict[str, Any]:
    """A line as a row shows it: what is put together of several fields is put into words."""
    return {
        "line": line,
        "unit": unit_of(line),
        "period": period_of(line),
        "place": place_of(line),
        "volume": volume_of(line),
        "cost": cost_of(line),
    }

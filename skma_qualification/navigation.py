"""What stands in the navigation, by role. Asked once a page, and only if the page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from staff.models import Role
from staff.rules import is_centre
from training_plans.domain.waiting import plans_to_decide, requests_to_decide

MINE = "one's own page"
QUICK_ENTRIES = 4


class Place(NamedTuple):
    """A page the navigation may lead to. It is current on every page whose name begins so."""

    label: Promise
    url_name: str
    icon: str
    permission: str = ""
    covers: tuple[str, ...] = ()


MY_PAGE = Place(_("My page"), "person", "person-badge", MINE)
PLACES: list[tuple[str | Promise, list[Place]]] = [
    (
        "",
        [
            Place(_("Home"), "home", "house"),
            Place(
                _("Compliance"),
                "compliance",
                "clipboard-data",
                "reports.view_compliance",
                ("compliance", "standing"),
            ),
            Place(
                _("Employees"),
                "person_list",
                "people",
                "staff.watch_others",
                ("person", "post", "extension"),
            ),
            Place(_("Units"), "unit_list", "diagram-3", "staff.watch_others", ("unit",)),
            Place(
                _("Training records"),
                "record_list",
                "journal-check",
                "staff.watch_others",
                ("record",),
            ),
            MY_PAGE,
        ],
    ),
    (
        _("Planning"),
        [
            Place(
                _("Planning year"),
                "planning",
                "calendar2-week",
                "training_plans.view_planning",
                ("planning",),
            ),
            Place(
                _("Requests"),
                "planning_requests",
                "inboxes",
                "training_plans.view_planning",
                ("request",),
            ),
            Place(
                _("Plan"),
                "planning_plan",
                "journal-text",
                "training_plans.view_plan",
                ("plan", "amendment"),
            ),
            Place(
                _("Needs"),
                "planning_needs",
                "bar-chart",
                "training_plans.view_planning",
                ("needs",),
            ),
            Place(
                _("Courses"), "course_list", "book", "training_plans.view_catalogue", ("course",)
            ),
            Place(
                _("Events"),
                "event_list",
                "calendar-event",
                "training_plans.view_catalogue",
                ("event",),
            ),
            Place(
                _("Wishes"), "wishes", "chat-square-heart", "training_plans.change_wish", ("wish",)
            ),
        ],
    ),
    (
        _("Data"),
        [
            Place(
                _("Imports"), "import_list", "file-earmark-arrow-up", "staff.import", ("import",)
            ),
            Place(
                _("Requirements"),
                "requirement_list",
                "rulers",
                "staff.change_requirement",
                ("requirement",),
            ),
            Place(
                _("Proposal list"),
                "proposals",
                "list-check",
                "reports.view_proposals",
                ("proposals",),
            ),
            Place(_("Invitations"), "invite", "envelope-plus", "staff.invite", ("invite",)),
        ],
    ),
    (
        _("Administration"),
        [
            Place(_("Accounts"), "accounts", "person-lock", "staff.invite", ("account",)),
            Place(_("Roles"), "roles", "shield-check", "staff.manage_accounts", ("role",)),
            Place(
                _("Calendar"),
                "calendar_list",
                "calendar3",
                "staff.change_calendar",
                ("calendar",),
            ),
            Place(_("Jobs"), "job_list", "gear", "staff.view_jobs", ("job",)),
        ],
    ),
]


@dataclass
class Entry:
    name: str
    label: Promise
    url: str
    icon: str
    active: bool = False
    count: int | None = None
    urgent: bool = False


@dataclass
class Section:
    label: str | Promise
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Navigation:
    """``sections`` for the side, ``bottom`` for the phone."""

    sections: list[Section]

    @property
    def entries(self) -> list[Entry]:
        return [entry for section in self.sections for entry in section.entries]

    @property
    def bottom(self) -> list[Entry]:
        """Home, one's own page, then the others in their order."""
        first = ["home", "person"]
        ranked = sorted(
            self.entries, key=lambda e: first.index(e.name) if e.name in first else len(first)
        )
        return ranked[:QUICK_ENTRIES]

    @property
    def search_url(self) -> str:
        """Where the search field leads; empty for who has no list of employees."""
        return next((entry.url for entry in self.entries if entry.name == "person_list"), "")


def _address(place: Place, user: Any) -> str:
    """The place's address; empty where the user may not go, or it is not built yet."""
    arguments = []
    if place.permission == MINE:
        if not user.person_id:
            return ""
        arguments = [user.person_id]
    elif place.permission and not user.has_perm(place.permission):
        return ""
    try:
        return reverse(place.url_name, args=arguments)
    except NoReverseMatch:
        return ""


def _is_active(place: Place, url: str, request: HttpRequest, own_page: bool) -> bool:
    if url == request.path:
        return True
    match = request.resolver_match
    name = (match.url_name if match else None) or ""
    return not own_page and any(
        name == word or name.startswith(f"{word}_") for word in place.covers
    )


def navigation_of(request: HttpRequest) -> Navigation:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Navigation(sections=[])
    own_page = _address(MY_PAGE, user) == request.path
    sections = []
    for label, places in PLACES:
        section = Section(label)
        for place in places:
            url = _address(place, user)
            if url:
                active = _is_active(place, url, request, own_page)
                section.entries.append(Entry(place.url_name, place.label, url, place.icon, active))
        if section.entries:
            sections.append(section)
    found = Navigation(sections)
    _count(found, user)
    return found


def _count(found: Navigation, user: Any) -> None:
    """What waits for the account, at the places where it waits."""
    waiting = {}
    if is_centre(user):
        waiting["planning_requests"] = requests_to_decide().count()
    if is_centre(user) or user.has_role(Role.RECTOR):
        waiting["planning_plan"] = plans_to_decide(user).count()
    for entry in found.entries:
        entry.count = waiting.get(entry.name) or None
        entry.urgent = entry.name == "planning_plan" and bool(entry.count)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"navigation": SimpleLazyObject(lambda: navigation_of(request))}

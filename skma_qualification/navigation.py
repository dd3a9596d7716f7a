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
from training_plans.domain import case_waiting
from training_plans.domain.waiting import plans_to_decide, requests_to_decide
from workflow.calendar import today

MINE = "one's own page"
EMPLOYEE = "everybody with a post of their own"
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
        _("Cases"),
        [
            Place(
                _("Cases"),
                "case_list",
                "folder2-open",
                "training_plans.view_cases",
                ("case", "application", "hand_in", "course_call_off", "report"),
            ),
            Place(_("My visa"), "case_queue", "pen", "training_plans.view_cases"),
            Place(
                _("Orders"),
                "order_list",
                "file-earmark-check",
                "training_plans.issue_order",
                ("order",),
            ),
            Place(
                _("Contracts"),
                "contract_list",
                "file-earmark-ruled",
                "training_plans.account_refund",
                ("contract",),
            ),
            Place(
                _("Verification"),
                "evidence_queue",
                "patch-check",
                "training_plans.verify_evidence",
                ("evidence",),
            ),
            Place(
                _("Reports to accept"),
                "report_queue",
                "journal-check",
                "training_plans.judge_report",
                ("trainee_report",),
            ),
            Place(
                _("My own trainings"),
                "own_training_list",
                "patch-plus",
                EMPLOYEE,
                ("own_training",),
            ),
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
            Place(
                _("Substitutes"),
                "substitute_list",
                "person-up",
                "training_plans.manage_substitutes",
                ("substitute",),
            ),
            Place(_("Terms of cases"), "case_rules", "sliders", "training_plans.set_case_rules"),
            Place(_("Jobs"), "job_list", "gear", "staff.view_jobs", ("job",)),
        ],
    ),
]


NAMED = {
    place.url_name for _label, places in PLACES for place in places if place.permission != MINE
}
COVERED = {word for _label, places in PLACES for place in places for word in place.covers}


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
        """Home, what waits for one's visa, cases, one's own page, then the others in order."""
        first = ["home", "case_queue", "case_list", "person"]
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
    elif place.permission == EMPLOYEE:
        if not user.person_id:
            return ""
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
    if name in NAMED:  # a place of its own, whatever its name begins with
        return False
    return not own_page and _covering(name) in place.covers


def _covering(name: str) -> str:
    """The most exact of the words that pages are covered by; empty where none does."""
    found = [word for word in COVERED if name == word or name.startswith(f"{word}_")]
    return max(found, key=len, default="")


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
    """What waits for the account, at the places where it waits; who signs nothing has no queue."""
    counts = case_waiting.counts_for(user, today())
    waiting: dict[str, int] = {name: counts.of(question) for name, question in COUNTED.items()}
    if counts.visas is None:
        _take_out(found, "case_queue")
    waiting["case_queue"] = counts.visas or 0
    if is_centre(user):
        waiting["planning_requests"] = requests_to_decide().count()
    if is_centre(user) or user.has_role(Role.RECTOR):
        waiting["planning_plan"] = plans_to_decide(user).count()
    for entry in found.entries:
        entry.count = waiting.get(entry.name) or None
        entry.urgent = entry.name in URGENT and bool(entry.count)


COUNTED = {
    "order_list": "to_order",
    "contract_list": "contracts_to_do",
    "evidence_queue": "evidence_to_verify",
    "report_queue": "reports_to_accept",
}
URGENT = {"planning_plan", "case_queue"}


def _take_out(found: Navigation, name: str) -> None:
    for section in found.sections:
        section.entries = [entry for entry in section.entries if entry.name != name]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"navigation": SimpleLazyObject(lambda: navigation_of(request))}

"""What stands in the navigation: by role, without dead ends, at a constant price."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from .factories import PlanFactory, PlanningYearFactory

pytestmark = pytest.mark.django_db
EVERYBODY = [
    *("home", "person", "course_list", "event_list", "wishes"),
    *("case_list", "own_training_list"),
]
PLANNING = ["planning", "planning_requests", "planning_plan", "planning_needs"]
WATCHERS = ["compliance", "person_list", "unit_list", "record_list", *PLANNING]
HR = ["import_list", "requirement_list", "proposals", "invite", "accounts", "calendar_list"]


def entries(client: Client, user: Any, url: str = "/profile/") -> list[Any]:
    client.force_login(user)
    return list(client.get(url).context["navigation"].entries)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("teacher", EVERYBODY),
        ("head", [*EVERYBODY, *WATCHERS, "case_queue"]),
        ("secretary", [*EVERYBODY, *WATCHERS]),
        ("vicerector", [*EVERYBODY, *WATCHERS, "case_queue"]),
        ("rector", [*EVERYBODY, *WATCHERS, "case_queue"]),
        ("finance", [*EVERYBODY, *PLANNING, "case_queue", "contract_list"]),
        ("international", [*EVERYBODY, "case_queue"]),
        ("legal", [*EVERYBODY, "contract_list"]),
        (
            "centre",
            [
                *EVERYBODY,
                *WATCHERS,
                "proposals",
                "case_queue",
                "order_list",
                "report_queue",
            ],
        ),
        (
            "hr",
            [
                *EVERYBODY,
                *WATCHERS,
                *HR,
                "job_list",
                "order_list",
                "evidence_queue",
                "case_rules",
            ],
        ),
        (
            "administrator",
            [
                *(set(EVERYBODY) - {"person", "own_training_list"}),
                *WATCHERS,
                "invite",
                "accounts",
                "roles",
                "calendar_list",
                "job_list",
                "substitute_list",
                "case_rules",
            ],
        ),
    ],
)
def test_each_role_has_its_places_and_may_enter_them(
    client: Client, accounts: Any, name: str, names: list[str]
) -> None:
    found = entries(client, accounts[name])
    assert sorted(entry.name for entry in found) == sorted(names)
    PlanningYearFactory()
    for entry in found:
        assert client.get(entry.url, follow=True).status_code == 200


@pytest.mark.parametrize(
    ("url_name", "current"),
    [
        ("home", ["home"]),
        ("person_list", ["person_list"]),
        ("account_new", ["accounts"]),
        ("planning_year", ["planning"]),
        ("request_list", ["planning_requests"]),
        ("plan_coverage", ["planning_plan"]),
        ("amendment_list", ["planning_plan"]),
        ("needs_list", ["planning_needs"]),
        ("course_list", ["course_list"]),
        ("event_list", ["event_list"]),
        ("wishes", ["wishes"]),
        ("case_list", ["case_list"]),
        ("case_rules", ["case_rules"]),
        ("course_call_off", ["case_list"]),
        ("substitute_list", ["substitute_list"]),
        ("substitute_add", ["substitute_list"]),
    ],
)
def test_one_place_is_current(
    client: Client, administrator: Any, url_name: str, current: list[str]
) -> None:
    plan = PlanFactory()
    words = ("planning", "request", "plan", "amendment", "needs")
    of_year = [plan.planning_year.year] if url_name.startswith(words) else []
    found = entries(client, administrator, reverse(url_name, args=of_year))
    assert [entry.name for entry in found if entry.active] == current


def test_one_s_own_page_is_mine_and_another_s_is_an_employee_s(
    client: Client, head: Any, teacher: Any
) -> None:
    for person, current in ((head.person, ["person"]), (teacher.person, ["person_list"])):
        found = entries(client, head, reverse("person", args=[person.pk]))
        assert [entry.name for entry in found if entry.active] == current


def test_the_phone_has_four_places_and_search_is_for_those_with_a_list(
    client: Client, hr: Any, teacher: Any
) -> None:
    client.force_login(hr)
    page = client.get(reverse("profile"))
    navigation = page.context["navigation"]
    assert [entry.name for entry in navigation.bottom] == [
        "home",
        "case_list",
        "person",
        "compliance",
    ]
    assert navigation.search_url == reverse("person_list")
    client.force_login(teacher)
    assert 'role="search"' not in client.get(reverse("profile")).content.decode()


def test_who_is_not_signed_in_has_no_navigation(client: Client) -> None:
    assert client.get(reverse("login")).context["navigation"].entries == []

"""Health, and what is said when things fail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from skma_qualification import views
from workflow.models import JobRun

from .factories import PersonFactory


def ended(hours_ago: float, **values: Any) -> JobRun:
    when = timezone.now() - dt.timedelta(hours=hours_ago)
    return JobRun.objects.create(
        name="nightly check", key="x", finished_at=when, **({"state": "done"} | values)
    )


def test_live_asks_no_database(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        response = client.get(reverse("health_live"))
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_on_an_empty_registry(client: Client) -> None:
    response = client.get(reverse("health_ready"))
    assert response.status_code == 200
    assert response.json() == {
        "database": "ok",
        "migrations": "ok",
        "nightly_check": "not needed yet",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours_ago", "status", "said"),
    [(None, 503, "never"), (24.9, 200, "ok"), (25.1, 503, "older than a day")],
)
def test_ready_knows_last_night_s_check(
    client: Client, hours_ago: float | None, status: int, said: str
) -> None:
    PersonFactory()
    if hours_ago is not None:
        ended(hours_ago)
    ended(1, state="failed")  # a check that failed is no check
    response = client.get(reverse("health_ready"))
    assert (response.status_code, response.json()["nightly_check"]) == (status, said)


@pytest.mark.django_db
def test_ready_says_when_the_database_is_gone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("no such host")

    monkeypatch.setattr(connection, "ensure_connection", gone)
    monkeypatch.setattr(connection, "cursor", gone)
    response = client.get(reverse("health_ready"))
    assert (response.status_code, response.json()["database"]) == (503, "unreachable")


@pytest.mark.django_db
def test_a_page_that_is_not_there_names_the_request(client: Client, teacher: Any) -> None:
    client.force_login(teacher)
    response = client.get("/nothing/here/")
    assert response.status_code == 404
    assert response.headers["X-Request-Number"] in response.content.decode()


@pytest.mark.django_db
def test_a_refusal_says_whom_to_ask(client: Client, teacher: Any) -> None:
    client.force_login(teacher)
    response = client.get(reverse("roles"))
    assert response.status_code == 403
    assert "administrator" in response.content.decode()


@pytest.mark.django_db
def test_a_refusal_may_bring_its_own_sentence(rf: RequestFactory, teacher: Any) -> None:
    request = rf.get("/")
    request.user = teacher
    response = views.permission_denied(request, PermissionDenied("Closed for the night."))
    assert "Closed for the night." in response.content.decode()


def test_the_page_of_last_resort_needs_neither_user_nor_database(rf: RequestFactory) -> None:
    def never() -> None:
        raise AssertionError("somebody asked who it is")

    request = rf.get("/")
    request.user = SimpleLazyObject(never)  # type: ignore[assignment]
    request.number = "ABCD1234"  # type: ignore[attr-defined]
    response = views.server_error(request)
    assert response.status_code == 500
    assert "ABCD1234" in response.content.decode()


@pytest.mark.django_db
def test_a_form_that_became_too_old(teacher: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("login"), {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "403_csrf.html" in [template.name for template in response.templates]

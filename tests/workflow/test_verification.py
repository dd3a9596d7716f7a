"""The public page of a paper: whole or not, newest or not, and nothing personal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from workflow.models import IssuedPaper
from workflow.papers import issue

from ..factories import ParticipantFactory, PlanFactory

DAY = dt.date(2026, 11, 25)
SECRET = "Құрманғалиева Әсем Өмірбекқызы"


@pytest.fixture
def certificate(centre: Any) -> IssuedPaper:
    participant = ParticipantFactory()
    return issue(
        kind="certificate",
        number="С-2026-00017",
        data={"person": SECRET, "topic": "Дәлелді медицина негіздері", "hours": "72"},
        subject=participant,
        actor=centre,
        on=DAY,
    )


def page_of(client: Client, paper: IssuedPaper) -> Any:
    return client.get(reverse("verification", args=[paper.token]))


def test_whoever_holds_the_paper_sees_what_it_is_and_nothing_personal(
    client: Client, certificate: IssuedPaper, centre: Any
) -> None:
    response = page_of(client, certificate)
    page = response.content.decode()
    assert response.status_code == 200
    assert "С-2026-00017" in page
    assert "25.11.2026" in page
    assert certificate.fingerprint[:4].upper() in page
    personal = [*SECRET.split(), "Дәлелді", centre.person.last_name, centre.username]
    assert [word for word in personal if word in page] == []
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_it_costs_two_questions(
    client: Client, certificate: IssuedPaper, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        page_of(client, certificate)


@pytest.mark.parametrize(
    ("language", "title"), [("kk", "Сертификат"), ("ru", "Сертификат"), ("en", "Certificate")]
)
def test_it_speaks_three_languages(
    client: Client, certificate: IssuedPaper, language: str, title: str
) -> None:
    client.cookies["django_language"] = language
    response = page_of(client, certificate)
    assert response.context["LANGUAGE_CODE"] == language
    assert f"<h1>{title}</h1>" in response.content.decode()


def test_it_says_when_the_data_were_changed(client: Client, certificate: IssuedPaper) -> None:
    assert page_of(client, certificate).context["is_whole"] is True
    IssuedPaper.objects.filter(pk=certificate.pk).update(data=certificate.data | {"hours": "144"})
    response = page_of(client, certificate)
    assert response.context["is_whole"] is False
    assert 'class="verdict bad"' in response.content.decode()


def test_it_names_the_version_in_force(client: Client, centre: Any) -> None:
    plan = PlanFactory()

    def version(number: int, day: dt.date) -> IssuedPaper:
        return issue(
            kind="annual_plan",
            number="БАЖ-2027",
            version=number,
            data={"year": 2027, "lines": []},
            subject=plan,
            actor=centre,
            on=day,
        )

    first = version(1, DAY)
    assert page_of(client, first).context["newest"] is None
    assert "<dd>1</dd>" not in page_of(client, first).content.decode()
    second = version(2, dt.date(2027, 2, 10))
    response = page_of(client, first)
    assert response.context["newest"] == second
    assert "10.02.2027" in response.content.decode()
    assert "<dd>1</dd>" in response.content.decode()
    newest = page_of(client, second)
    assert newest.context["newest"] is None
    assert "<dd>2</dd>" in newest.content.decode()


def test_where_there_is_one_version_none_is_named(client: Client, certificate: IssuedPaper) -> None:
    assert "<dd>1</dd>" not in page_of(client, certificate).content.decode()


def test_an_unknown_address_is_answered_calmly(client: Client, db: None) -> None:
    response = client.get(reverse("verification", args=["x" * 22]))
    assert response.status_code == 404
    assert response["Cache-Control"] == "private, no-store"
    assert "workflow/verification_unknown.html" in [t.name for t in response.templates]


def test_it_only_answers_questions(client: Client, certificate: IssuedPaper) -> None:
    assert client.post(reverse("verification", args=[certificate.token])).status_code == 405

"""Training taken on one's own: handed in without an application, verified like any (readings)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.models import Evidence
from workflow.models import StoredFile

from ..factories import ProviderFactory, TrainingRecordFactory
from ..scan_files import pdf, photo, upload
from .test_handing_in import ordered, own, prepared

pytestmark = pytest.mark.django_db
Browser = Callable[[Any], Client]
NEW = "own_training_new"


def typed(**values: Any) -> dict[str, Any]:
    return {
        "document_type": "certificate",
        "document_number": "WOS 12",
        "document_date": "2026-11-06",
        "document_issuer": "Clarivate",
        "verify_url": "clarivate.com/12",
        "topic": "Scopus және Web of Science",
        "form": "course",
        "area": "research",
        "mode": "distance",
        "starts_on": "2026-11-02",
        "ends_on": "2026-11-06",
        "hours": "36",
        "credits": "",
        "provider_name": "Clarivate Analytics",
        "country": "Қазақстан",
        "cost": "0",
        "send": "1",
        **values,
    }


def test_a_course_of_ones_own_goes_to_hr(teacher: Any, hr: Any, signed_in: Browser) -> None:
    client = signed_in(teacher)
    answer = client.post(reverse(NEW), typed(scan=[upload(photo(), "a.jpg")]))
    evidence = Evidence.objects.select_related("provider", "file").get()
    assert answer.headers["Location"] == reverse("own_training", args=[evidence.pk])
    assert (evidence.state, evidence.application, evidence.person) == ("sent", None, teacher.person)
    assert evidence.provider is not None
    assert (evidence.provider.name, evidence.verify_url) == (
        "Clarivate Analytics",
        "https://clarivate.com/12",
    )
    assert "WOS 12" in client.get(answer.headers["Location"]).content.decode()
    assert evidence.topic in client.get(reverse("own_training_list")).content.decode()
    assert evidence in Evidence.objects.awaiting_hr()


def test_hours_from_credits(teacher: Any, signed_in: Browser) -> None:
    client = signed_in(teacher)
    wrong = client.post(reverse(NEW), typed(credits="2", scan=[upload(pdf())]))
    assert wrong.status_code == 422
    client.post(reverse(NEW), typed(hours="", credits="2", scan=[upload(pdf())]))
    assert Evidence.objects.get().hours == 60


@pytest.mark.parametrize(
    "values",
    [
        {"ends_on": "2026-12-20", "document_date": "2026-11-20"},  # not over yet
        {"hours": "500", "ends_on": "2026-11-04"},
        {"document_date": "2026-10-30"},
        {"ends_on": "2026-11-01"},
        {"provider_name": ""},
        {"hours": "көп"},
    ],
)
def test_refused_with_nothing_lost(
    teacher: Any, signed_in: Browser, values: dict[str, str]
) -> None:
    client = signed_in(teacher)
    answer = client.post(reverse(NEW), typed(scan=[upload(pdf(), "a.pdf")], **values))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Scopus және Web of Science" in page
    assert not Evidence.objects.exists()
    token = page.split('name="kept_scan" value="')[1].split('"')[0]
    again = client.post(reverse(NEW), typed(kept_scan=token))
    assert again.status_code == 302
    assert Evidence.objects.get().file == StoredFile.objects.get()


def test_a_draft_is_kept_corrected_and_sent(teacher: Any, hr: Any, signed_in: Browser) -> None:
    client = signed_in(teacher)
    draft = {"document_type": "certificate", "form": "course", "topic": "Scopus", "keep": "1"}
    answer = client.post(reverse(NEW), draft)
    evidence = Evidence.objects.get()
    assert (answer.status_code, evidence.state) == (302, "draft")
    url = reverse("own_training", args=[evidence.pk])
    assert signed_in(hr).get(url).status_code == 404  # HR sees what was sent
    assert client.post(url).status_code == 422
    edit = reverse("own_training_edit", args=[evidence.pk])
    version = evidence.history.first().history_id  # type: ignore[attr-defined]
    complete = typed(version=str(version), scan=[upload(pdf())])
    assert client.post(edit, complete).status_code == 302
    evidence.refresh_from_db()
    assert evidence.state == "sent"
    assert client.get(edit).status_code == 302  # nothing to correct any more
    assert signed_in(hr).get(url).status_code == 200


def test_the_same_document_leads_to_the_first(teacher: Any, signed_in: Browser) -> None:
    client = signed_in(teacher)
    client.post(reverse(NEW), typed(scan=[upload(pdf(), "a.pdf")]))
    first = Evidence.objects.get()
    again = client.post(reverse(NEW), typed(scan=[upload(pdf(), "a.pdf")]))  # a double click too
    assert again.status_code == 422
    assert reverse("own_training", args=[first.pk]) in again.content.decode()
    assert Evidence.objects.count() == 1


def test_what_is_in_the_ledger_leads_there(teacher: Any, signed_in: Browser) -> None:
    record = TrainingRecordFactory(
        person=teacher.person,
        document_number="wos  12",
        ends_on=dt.date(2026, 11, 6),
        provider=ProviderFactory(name="Басқа"),
    )
    answer = signed_in(teacher).post(reverse(NEW), typed(scan=[upload(pdf(3), "b.pdf")]))
    assert answer.status_code == 422
    assert reverse("record", args=[record.pk]) in answer.content.decode()


def test_withdrawn_with_a_reason(teacher: Any, signed_in: Browser) -> None:
    evidence = own(teacher, on=dt.date(2027, 3, 15))
    client, url = signed_in(teacher), reverse("own_training_withdraw", args=[evidence.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "қате файл"}).status_code == 302
    evidence.refresh_from_db()
    assert evidence.state == "withdrawn"
    assert client.post(url, {"reason": "тағы"}).status_code == 422


@pytest.mark.parametrize("name", ["own_training", "own_training_edit", "own_training_withdraw"])
@pytest.mark.parametrize("who", ["stranger", "head", "dean"])
def test_another_persons_training_does_not_exist(
    accounts: Any, teacher: Any, signed_in: Browser, name: str, who: str
) -> None:
    evidence = own(teacher, on=dt.date(2027, 3, 15))
    client, url = signed_in(accounts[who]), reverse(name, args=[evidence.pk])
    assert client.get(url).status_code == 404
    assert client.post(url, typed()).status_code == 404


def test_a_document_of_a_case_is_no_own_training(
    accounts: Any, teacher: Any, signed_in: Browser
) -> None:
    evidence = prepared(ordered(teacher, accounts), teacher)
    url = reverse("own_training", args=[evidence.pk])
    assert signed_in(teacher).get(url).status_code == 404
    page = signed_in(teacher).get(reverse("own_training_list")).content.decode()
    assert reverse("hand_in", args=[evidence.application_id]) in page


def test_an_account_of_nobody(administrator: Any, signed_in: Browser) -> None:
    client = signed_in(administrator)
    assert client.get(reverse("own_training_list")).status_code == 200
    assert client.get(reverse(NEW)).status_code == 403


def test_providers_are_offered_to_everybody(teacher: Any, signed_in: Browser) -> None:
    ProviderFactory(name="Clarivate Analytics")
    url = reverse("own_training_providers")
    client = signed_in(teacher)
    assert "Clarivate" in client.get(url, {"provider_name": "clariv"}).content.decode()
    assert client.get(url, {"provider_name": ""}).content == b""
    assert client.get(url).content == b""


def test_the_list_asks_a_constant_number_of_queries(teacher: Any, signed_in: Browser) -> None:
    client, url = signed_in(teacher), reverse("own_training_list")
    counts = []
    for number in range(3):
        for place in range(4):
            own(
                teacher,
                on=dt.date(2027, 3, 15),
                content=f"%PDF {number} {place}".encode(),
                document_number=f"{number}-{place}",
                ends_on=dt.date(2027, 2, 5) + dt.timedelta(days=number * 4 + place),
            )
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2]

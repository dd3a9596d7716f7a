"""HR's pages: the queue, one document beside its checklist, the buttons (3.10, 7.14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from staff.models import TrainingRecord
from training_plans.domain import verification
from training_plans.domain.verification import Check
from training_plans.forms.verification import EvidenceForm
from training_plans.models import Evidence, TrainingApplication
from workflow.saving import version_of

from ..factories import PersonFactory, PostFactory, TrainingRecordFactory, UserFactory
from . import handed_in

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db
LETTERS = ["head", "centre", "teacher", "researcher", "finance", "legal", "administrator", "rector"]


@pytest.fixture
def case(accounts: Any, teacher: Any) -> TrainingApplication:
    return handed_in.handed_in(teacher, accounts)


def address(name: str, evidence: Evidence) -> str:
    return reverse(name, args=[evidence.pk])


def filled(evidence: Evidence, **more: Any) -> dict[str, Any]:
    """What the browser sends: everything as it stands, every line ticked."""
    form = EvidenceForm(instance=evidence)
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value not in (None, "", [], False)}
    ticks = {f"tick_{check}": "on" for check in Check}
    return data | ticks | {"compared_on": "2026-11-20", "version": version_of(evidence)} | more


def listed(client: Client, **query: Any) -> list[int]:
    response = client.get(reverse("evidence_queue"), query)
    assert response.status_code == 200
    return [row.record.pk for row in response.context["table"].rows]


# --- the queue ------------------------------------------------------------------------------------
def test_late_ones_first_then_the_oldest(
    accounts: Any, teacher: Any, researcher: Any, hr: Any, signed_in: SignIn
) -> None:
    in_time = handed_in.handed_in(teacher, accounts).evidence
    late = handed_in.handed_in(researcher, accounts, on=handed_in.LATE_ON).evidence
    own = handed_in.on_ones_own(teacher, on=dt.date(2026, 10, 25))
    client = signed_in(hr)
    assert listed(client) == [late.pk, own.pk, in_time.pk]
    assert listed(client, late="yes") == [late.pk]
    assert listed(client, own="yes") == [own.pk]
    assert listed(client, q="KZ-") == [late.pk, in_time.pk]
    assert listed(client, state="verified") == []
    page = client.get(reverse("evidence_queue"))
    figures = page.context["figures"]
    assert (figures["waiting"], figures["late"], figures["own"]) == (3, 1, 1)
    assert page.context["first"] == late.pk


def test_what_is_decided_is_found_by_its_state(
    case: TrainingApplication, hr: Any, signed_in: SignIn
) -> None:
    verification.return_evidence(
        evidence=case.evidence, reason="Бұлыңғыр", actor=hr, on=dt.date(2026, 11, 20)
    )
    assert listed(signed_in(hr)) == []
    assert listed(signed_in(hr), state="returned") == [case.evidence.pk]


def test_the_list_as_a_workbook(case: TrainingApplication, hr: Any, signed_in: SignIn) -> None:
    response = signed_in(hr).get(reverse("evidence_queue"), {"export": "xlsx"})
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", LETTERS)
def test_nobody_but_hr_gets_in(
    role: str, case: TrainingApplication, accounts: Any, signed_in: SignIn
) -> None:
    client = signed_in(accounts[role])
    assert client.get(reverse("evidence_queue")).status_code == 403
    for name in ("evidence", "evidence_picture"):
        assert client.get(address(name, case.evidence)).status_code in (403, 404)
    for name in ("evidence_verify", "evidence_return", "evidence_correct"):
        response = client.post(address(name, case.evidence), filled(case.evidence))
        assert response.status_code in (403, 404)
    assert not TrainingRecord.objects.exists()


def test_a_draft_and_an_own_document_are_not_hrs(
    accounts: Any, teacher: Any, hr: Any, signed_in: SignIn
) -> None:
    own = handed_in.on_ones_own(hr)
    draft = Evidence.objects.create(person=teacher.person, topic="Жоба")
    client = signed_in(hr)
    assert client.get(address("evidence", draft)).status_code == 404
    assert client.get(address("evidence", own)).status_code == 403
    assert client.post(address("evidence_verify", own), filled(own)).status_code == 403
    page = client.get(reverse("evidence_queue"))
    assert address("evidence", own) not in page.content.decode()
    assert page.context["first"] is None


# --- one document ---------------------------------------------------------------------------------
def test_the_page_shows_order_document_and_what_strikes_one(
    accounts: Any, teacher: Any, hr: Any, signed_in: SignIn
) -> None:
    case = handed_in.ordered(teacher, accounts)
    evidence = handed_in.certificate(
        case, teacher, on=handed_in.LATE_ON, hours=60, verify_url="https://example.kz/c/1"
    )
    handed_in.reported(case, teacher, on=handed_in.LATE_ON)
    response = signed_in(hr).get(address("evidence", evidence))
    page = response.content.decode()
    assert 'href="https://example.kz/c/1" target="_blank" rel="noopener noreferrer"' in page
    assert address("evidence_picture", evidence) in page
    assert "Ауырып қалдым" in page
    lines = {line.check: line for line in response.context["lines"]}
    assert lines["hours"].findings and not lines["dates"].findings
    assert lines["hours"].ordered == [("hours", case.hours)]


def test_only_web_addresses_become_links(
    case: TrainingApplication, hr: Any, signed_in: SignIn
) -> None:
    Evidence.objects.update(verify_url="ftp://example.kz/c/1")
    page = signed_in(hr).get(address("evidence", case.evidence)).content.decode()
    assert "ftp://example.kz/c/1" in page and 'href="ftp' not in page


def test_the_picture_is_served_safely(
    case: TrainingApplication, hr: Any, signed_in: SignIn
) -> None:
    response = signed_in(hr).get(address("evidence_picture", case.evidence))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("inline")
    assert b"".join(response.streaming_content).startswith(b"b'%PDF")  # type: ignore[attr-defined]


def test_verified_then_the_next_document(
    accounts: Any, teacher: Any, researcher: Any, hr: Any, signed_in: SignIn
) -> None:
    first = handed_in.handed_in(teacher, accounts).evidence
    second = handed_in.handed_in(researcher, accounts).evidence
    client = signed_in(hr)
    response = client.post(address("evidence_verify", first), filled(first, hours="70"))
    assert response["Location"] == address("evidence", second)
    first.refresh_from_db()
    assert first.record is not None and first.record.hours == 70
    assert first.compared_on == dt.date(2026, 11, 20)
    page = client.get(response["Location"]).content.decode()
    assert reverse("record", args=[first.record.pk]) in page
    response = client.post(address("evidence_verify", second), filled(second))
    assert response["Location"] == reverse("evidence_queue")
    decided = client.get(address("evidence", first)).content.decode()
    assert "evidence_verify" not in decided and 'id="checklist"' not in decided
    record = client.get(reverse("record", args=[first.record.pk])).content.decode()
    assert address("evidence", first) in record


def test_what_is_refused_loses_nothing(
    case: TrainingApplication, hr: Any, signed_in: SignIn
) -> None:
    evidence, client = case.evidence, signed_in(hr)
    data = filled(evidence, hours="500", kept_at="3-том", reason_dates="Көшірілді")
    del data["tick_dates"]
    response = client.post(address("evidence_verify", evidence), data)
    page = response.content.decode()
    assert response.status_code == 422
    for kept in ('value="500"', 'value="3-том"', 'value="Көшірілді"'):
        assert kept in page
    assert response.context["form"].errors["reason_hours"]
    data |= {"reason_hours": "Солай"}
    response = client.post(address("evidence_verify", evidence), data)
    assert response.status_code == 422
    assert "500" in " ".join(response.context["form"].non_field_errors())
    assert not TrainingRecord.objects.exists()
    evidence.refresh_from_db()
    assert evidence.hours == 72


def test_a_twin_is_refused_with_the_way_to_it(
    case: TrainingApplication, hr: Any, signed_in: SignIn
) -> None:
    evidence = case.evidence
    twin = TrainingRecordFactory(
        person=case.person,
        title=evidence.topic,
        ends_on=evidence.ends_on,
        document_number=evidence.document_number,
    )
    data = filled(evidence, reason_number="Сол", reason_name="Сол", reason_dates="Сол")
    response = signed_in(hr).post(address("evidence_verify", evidence), data)
    assert response.status_code == 422
    assert response.context["twin_url"] == reverse("record", args=[twin.pk])


def test_corrections_alone_stay(case: TrainingApplication, hr: Any, signed_in: SignIn) -> None:
    evidence = case.evidence
    data = filled(evidence, provider_name="Жаңа орталық", hours="71.5")
    response = signed_in(hr).post(address("evidence_correct", evidence), data)
    assert response["Location"] == address("evidence", evidence)
    evidence.refresh_from_db()
    assert evidence.provider is not None
    assert (evidence.provider.name, evidence.state) == ("Жаңа орталық", "sent")


def test_returned_with_chosen_reasons(
    case: TrainingApplication, hr: Any, signed_in: SignIn
) -> None:
    evidence, client = case.evidence, signed_in(hr)
    response = client.post(address("evidence_return", evidence), {"version": version_of(evidence)})
    assert response.status_code == 422 and response.context["is_return"]
    data = filled(evidence, presets=["unreadable", "unsigned"], reason="Екінші бет", hours="")
    response = client.post(address("evidence_return", evidence), data)
    assert response["Location"] == reverse("evidence_queue")
    evidence.refresh_from_db()
    assert evidence.state == "returned"
    assert len(evidence.remark.splitlines()) == 3 and evidence.remark.endswith("Екінші бет")
    assert "Екінші бет" in client.get(address("evidence", evidence)).content.decode()


def test_a_stale_form_shows_what_the_colleague_changed(
    case: TrainingApplication, hr: Any, units: Any, signed_in: SignIn
) -> None:
    evidence = case.evidence
    data = filled(evidence)
    other = UserFactory(username="hr2", roles=["hr"])
    verification.correct_evidence(
        evidence=evidence, values={"topic": "Басқа"}, actor=other, on=dt.date(2026, 11, 20)
    )
    response = signed_in(hr).post(address("evidence_verify", evidence), data)
    assert response.status_code == 409 and response.context["meanwhile"]
    data["version"] = response.context["version"]
    assert signed_in(hr).post(address("evidence_verify", evidence), data).status_code == 302


def test_a_second_click_makes_no_second_record(
    case: TrainingApplication, hr: Any, signed_in: SignIn
) -> None:
    client, data = signed_in(hr), filled(case.evidence)
    for _click in range(2):
        assert client.post(address("evidence_verify", case.evidence), data).status_code == 302
    assert TrainingRecord.objects.count() == 1


# --- what a page costs ----------------------------------------------------------------------------
@pytest.mark.parametrize("url_name", ["evidence_queue", "evidence"])
def test_a_page_costs_the_same_however_many_wait(
    url_name: str, case: TrainingApplication, hr: Any, units: Any, signed_in: SignIn
) -> None:
    client, evidence = signed_in(hr), case.evidence
    url = reverse(url_name) if url_name == "evidence_queue" else address(url_name, evidence)

    def more() -> None:
        person = PersonFactory()
        PostFactory(person=person, unit=units.department)
        same = {
            "topic": "Өз бетімен",
            "hours": 36,
            "starts_on": handed_in.START,
            "ends_on": handed_in.END,
            "document_number": evidence.document_number,
            "file": evidence.file,
            "sent_on": handed_in.SENT_ON,
        }
        Evidence.objects.create(person=person, state="sent", **same)
        TrainingRecordFactory(person=case.person, ends_on=handed_in.END)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    more()
    cost()
    few = cost()
    for _n in range(3):
        more()
    assert cost() == few

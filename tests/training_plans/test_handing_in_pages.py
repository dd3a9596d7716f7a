"""The employee's pages after the end: what they show, take and refuse (clauses 7.2, 7.14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import handing_in
from training_plans.models import RATINGS, Evidence, TraineeReport, TrainingApplication
from training_plans.transitions import EVIDENCE
from workflow.models import StoredFile

from ..scan_files import pdf, photo, upload
from . import cases
from .test_handing_in import AFTER, LATE, WRITTEN, ordered, prepared, written

pytestmark = pytest.mark.django_db
Browser = Callable[[Any], Client]


def moved_to(day: dt.date) -> Any:
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Almaty"))
    return time_machine.travel(noon, tick=True)


@pytest.fixture
def case(accounts: Any, teacher: Any, after: None) -> TrainingApplication:
    return ordered(teacher, accounts)


@pytest.fixture
def after() -> Iterator[None]:
    """Three days after the end, two before the clock runs out."""
    with moved_to(AFTER):
        yield


def form_of(evidence: Evidence | None = None, **values: str) -> dict[str, str]:
    return {
        "version": str(version(evidence)),
        "document_type": "certificate",
        "document_number": "KZ 00-17",
        "document_date": "2027-03-12",
        "document_issuer": "Академия",
        "verify_url": "",
        "topic": "Клиникалық хаттамалар",
        "area": "profile",
        "starts_on": "2027-03-01",
        "ends_on": "2027-03-12",
        "hours": "72",
        "provider_name": "Астана медицина университеті",
        **values,
    }


def version(thing: Any) -> int:
    from workflow.saving import version_of

    return version_of(thing) if thing is not None else 0


def report_form(report: TraineeReport | None = None, **values: str) -> dict[str, str]:
    return {
        "version": str(version(report)),
        "goals": "Жаңа әдістер",
        "knowledge": "ОҚҚЕ құрастыру",
        "materials": "",
        "future_needs": "",
        "modules-0-topic": "ОҚҚЕ",
        "modules-0-hours": "72",
        "modules-0-content": "",
        "proposals-0-what": "ОҚҚЕ станциялары",
        "proposals-0-where": "силлабус",
        "proposals-0-how": "",
        "proposals-0-due": "2027-09-01",
        "proposals-0-effect": "",
        **dict.fromkeys(RATINGS, "4"),
        **values,
    }


# --- the page of both ---------------------------------------------------------------------------
def test_the_clock_and_both_parts(case: Any, teacher: Any, signed_in: Browser) -> None:
    page = signed_in(teacher).get(reverse("hand_in", args=[case.pk])).content.decode()
    assert "17.03.2027" in page
    assert reverse("evidence_edit", args=[case.pk]) in page
    assert reverse("report_edit", args=[case.pk]) in page


def test_before_the_end_drafts_are_prepared_and_nothing_is_sent(
    accounts: Any, teacher: Any, signed_in: Browser
) -> None:
    case = ordered(teacher, accounts)
    with moved_to(dt.date(2027, 3, 5)):
        prepared(case, teacher)
        client = signed_in(teacher)
        page = client.get(reverse("hand_in", args=[case.pk]))
        assert "12.03.2027" in page.content.decode()
        assert client.get(reverse("evidence_edit", args=[case.pk])).status_code == 200
        answer = client.post(reverse("hand_in", args=[case.pk]), {"part": "certificate"})
        assert answer.status_code == 422
        assert "7.2" in answer.content.decode()
    assert Evidence.objects.get().state == "draft"


def test_without_an_order_the_page_says_so(accounts: Any, teacher: Any, signed_in: Browser) -> None:
    case = cases.approved(teacher, accounts)
    client = signed_in(teacher)
    assert client.get(reverse("hand_in", args=[case.pk])).status_code == 200
    for name in ("evidence_edit", "report_edit"):
        answer = client.get(reverse(name, args=[case.pk]))
        assert answer.headers["Location"] == reverse("hand_in", args=[case.pk])
    answer = client.post(reverse("evidence_edit", args=[case.pk]), form_of())
    assert answer.status_code == 422
    assert not Evidence.objects.exists()


def test_both_with_one_button_and_a_double_click(
    case: Any, teacher: Any, signed_in: Browser
) -> None:
    prepared(case, teacher)
    written(case, teacher)
    client, url = signed_in(teacher), reverse("hand_in", args=[case.pk])
    assert client.post(url, {"part": "both"}).status_code == 302
    again = client.post(url, {"part": "both"})
    assert again.status_code == 422
    case.refresh_from_db()
    assert case.state == "documents_submitted"
    assert "alert" in again.content.decode()
    assert client.get(url).status_code == 200


def test_late_asks_why_and_keeps_the_answer(
    accounts: Any, teacher: Any, signed_in: Browser
) -> None:
    case = ordered(teacher, accounts)
    with moved_to(LATE):
        prepared(case, teacher)
        client, url = signed_in(teacher), reverse("hand_in", args=[case.pk])
        assert 'name="late_because"' in client.get(url).content.decode()
        written(case, teacher)
        assert client.post(url, {"part": "both"}).status_code == 422
        client.post(url, {"part": "both", "late_because": "ауырып қалдым"})
        case.refresh_from_db()
        assert (case.documents_late_days, case.documents_late_because) == (3, "ауырып қалдым")
        assert client.get(url).status_code == 200


def test_a_remark_stands_on_top_and_the_other_part_stays(
    case: Any, teacher: Any, accounts: Any, signed_in: Browser
) -> None:
    evidence = prepared(case, teacher)
    written(case, teacher)
    handing_in.send_both(application=case, actor=teacher, on=AFTER)

    def remark(document: Evidence) -> None:
        document.remark = "Екінші беті жоқ"

    EVIDENCE.apply(evidence, "return", actor=accounts["hr"], on=AFTER, reason="жоқ", effect=remark)
    client = signed_in(teacher)
    for name in ("hand_in", "evidence_edit"):
        assert "Екінші беті жоқ" in client.get(reverse(name, args=[case.pk])).content.decode()
    answer = client.get(reverse("report_edit", args=[case.pk]))
    assert answer.status_code == 302  # the sent report is not opened for writing


def test_a_constant_number_of_queries(
    case: Any, accounts: Any, teacher: Any, signed_in: Browser
) -> None:
    prepared(case, teacher)
    written(case, teacher)
    client = signed_in(teacher)
    for name in ("hand_in", "evidence_edit", "report_edit"):
        url = reverse(name, args=[case.pk])
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(url)
        assert len(asked) < 40, [query["sql"][:120] for query in asked]


# --- who ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["hand_in", "evidence_edit", "report_edit"])
@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("stranger_head", 404), ("head", 403), ("rector", 403)]
)
def test_another_persons_case(
    case: Any, accounts: Any, signed_in: Browser, name: str, who: str, status: int
) -> None:
    client, url = signed_in(accounts[who]), reverse(name, args=[case.pk])
    assert client.get(url).status_code == status
    assert client.post(url, form_of()).status_code == status
    assert not Evidence.objects.exists()


def test_hr_takes_paper_in_for_somebody(case: Any, accounts: Any, signed_in: Browser) -> None:
    client = signed_in(accounts["hr"])
    assert client.get(reverse("hand_in", args=[case.pk])).status_code == 200
    url = reverse("evidence_edit", args=[case.pk])
    answer = client.post(url, form_of(send="1", scan=upload(photo(), "a.jpg")))  # type: ignore[arg-type]
    assert answer.status_code == 302
    assert Evidence.objects.get().state == "sent"
    assert client.get(reverse("report_edit", args=[case.pk])).status_code == 403


def test_the_file_is_shown_to_its_readers_alone(
    case: Any, teacher: Any, accounts: Any, signed_in: Browser
) -> None:
    client = signed_in(teacher)
    url = reverse("evidence_edit", args=[case.pk])
    client.post(url, form_of(keep="1", scan=upload(photo(), "a.jpg")))  # type: ignore[arg-type]
    evidence = Evidence.objects.get()
    file = reverse("evidence_file", args=[evidence.pk])
    picture = reverse("evidence_photo", args=[evidence.pk])
    answer = client.get(file)
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert client.get(picture).content.startswith(b"\xff\xd8")
    for who in ("hr", "head", "stranger"):  # a draft is its owner's alone
        assert signed_in(accounts[who]).get(file).status_code == 404
        assert signed_in(accounts[who]).get(picture).status_code == 404
    handing_in.send_evidence(evidence=evidence, actor=teacher, on=AFTER)
    for who, status in (("hr", 200), ("head", 200), ("stranger", 404)):
        found = signed_in(accounts[who]).get(file)
        assert found.status_code == status
        if status == 200:
            b"".join(found.streaming_content)  # type: ignore[attr-defined]


# --- the certificate ----------------------------------------------------------------------------
def test_photos_become_one_pdf_and_the_document_is_sent(
    case: Any, teacher: Any, signed_in: Browser
) -> None:
    scans = [upload(photo(), "1.jpg"), upload(photo("PNG"), "2.png")]
    answer = signed_in(teacher).post(
        reverse("evidence_edit", args=[case.pk]),
        form_of(send="1", hours="60") | {"scan": scans},  # type: ignore[dict-item]
    )
    assert answer.status_code == 302
    evidence = Evidence.objects.select_related("file").get()
    assert (evidence.state, evidence.hours) == ("sent", 60)
    assert evidence.file is not None
    assert evidence.file.content_type == "application/pdf"
    case.refresh_from_db()
    assert case.hours == 72
    page = signed_in(teacher).get(reverse("hand_in", args=[case.pk])).content.decode()
    assert 'class="differences"' in page


def test_the_form_shows_what_the_order_says(case: Any, teacher: Any, signed_in: Browser) -> None:
    page = signed_in(teacher).get(reverse("evidence_edit", args=[case.pk])).content.decode()
    assert 'data-by-order="72"' in page
    assert 'value="2027-03-12"' in page


@pytest.mark.parametrize(
    "values",
    [
        {"document_date": "2027-02-20"},
        {"hours": "500", "ends_on": "2027-03-03", "document_date": "2027-03-03"},
        {"ends_on": "2027-02-01"},
        {"document_number": ""},
    ],
)
def test_bad_values_are_refused_and_nothing_is_lost(
    case: Any, teacher: Any, signed_in: Browser, values: dict[str, str]
) -> None:
    client, url = signed_in(teacher), reverse("evidence_edit", args=[case.pk])
    typed = form_of(send="1", document_issuer="Берген ұйым", **values)
    answer = client.post(url, typed | {"scan": upload(pdf(), "a.pdf")})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert "Берген ұйым" in page
    assert not Evidence.objects.filter(state="sent").exists()
    assert StoredFile.objects.count() == 1
    kept = Evidence.objects.filter(file__isnull=False).exists()
    assert kept or 'name="kept_scan"' in page


@pytest.mark.parametrize("content", [b"MZ\x90\x00" + b"\0" * 200, b"not at all a picture", b""])
def test_an_executable_named_pdf(
    case: Any, teacher: Any, signed_in: Browser, content: bytes
) -> None:
    answer = signed_in(teacher).post(
        reverse("evidence_edit", args=[case.pk]),
        form_of(send="1", scan=upload(content, "certificate.pdf")),  # type: ignore[arg-type]
    )
    assert answer.status_code == 422
    assert "KZ 00-17" in answer.content.decode()
    assert not Evidence.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_file_too_large(case: Any, teacher: Any, signed_in: Browser, settings: Any) -> None:
    settings.UPLOAD_MAX_MB = 0.001
    answer = signed_in(teacher).post(
        reverse("evidence_edit", args=[case.pk]),
        form_of(scan=upload(photo(size=(900, 900)), "a.jpg")),  # type: ignore[arg-type]
    )
    assert answer.status_code in (413, 422)
    assert not Evidence.objects.exists()


def test_a_stale_certificate_form(case: Any, teacher: Any, signed_in: Browser) -> None:
    evidence = prepared(case, teacher)
    typed = form_of(evidence, document_number="MINE 1", keep="1")
    handing_in.save_evidence(
        evidence=evidence, values={"document_number": "THEIRS 2"}, actor=teacher, on=AFTER
    )
    client, url = signed_in(teacher), reverse("evidence_edit", args=[case.pk])
    answer = client.post(url, typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "MINE 1" in page
    assert "THEIRS 2" in page
    assert Evidence.objects.get().document_number == "THEIRS 2"
    evidence.refresh_from_db()
    assert client.post(url, typed | {"version": str(version(evidence))}).status_code == 302
    assert Evidence.objects.get().document_number == "MINE 1"


def test_a_second_send_by_double_click(case: Any, teacher: Any, signed_in: Browser) -> None:
    client, url = signed_in(teacher), reverse("evidence_edit", args=[case.pk])
    typed = form_of(send="1")
    first = client.post(url, typed | {"scan": upload(pdf(), "a.pdf")})
    second = client.post(url, typed | {"scan": upload(pdf(), "a.pdf")})
    assert (first.status_code, second.status_code) == (302, 409)
    assert Evidence.objects.count() == 1


# --- the report ---------------------------------------------------------------------------------
def autosaved(client: Client, case: Any, typed: dict[str, str]) -> Any:
    return client.post(
        reverse("report_edit", args=[case.pk]), typed, headers={"HX-Request": "true"}
    )


def test_what_is_known_stands_there(case: Any, teacher: Any, signed_in: Browser) -> None:
    page = signed_in(teacher).get(reverse("report_edit", args=[case.pk])).content.decode()
    assert teacher.person.full_name in page
    assert "1-БА/2027" in page
    assert case.topic in page
    assert not TraineeReport.objects.exists()  # looking writes nothing


def test_the_report_is_kept_as_it_is_typed(case: Any, teacher: Any, signed_in: Browser) -> None:
    client = signed_in(teacher)
    answer = autosaved(client, case, {"version": "0", "goals": "Мақсат", "materials": "а\nб"})
    page = answer.content.decode()
    assert answer.status_code == 200
    report = TraineeReport.objects.get()
    assert report.goals == "Мақсат"
    assert report.materials == [{"name": "а"}, {"name": "б"}]
    assert f'value="{version(report)}"' in page
    assert 'hx-swap-oob="true"' in page
    page = client.get(reverse("report_edit", args=[case.pk])).content.decode()
    assert "Мақсат" in page


def test_another_device_was_quicker(case: Any, teacher: Any, signed_in: Browser) -> None:
    client = signed_in(teacher)
    autosaved(client, case, {"version": "0", "goals": "Телефоннан", "materials": ""})
    stale = {"version": "0", "goals": "Компьютерден", "materials": ""}
    answer = autosaved(client, case, stale)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Телефоннан" in page
    report = TraineeReport.objects.get()
    assert report.goals == "Телефоннан"
    over = autosaved(client, case, stale | {"over": str(version(report))})
    assert over.status_code == 200
    assert TraineeReport.objects.get().goals == "Компьютерден"


def test_rows_come_and_go_without_scripts(case: Any, teacher: Any, signed_in: Browser) -> None:
    client, url = signed_in(teacher), reverse("report_edit", args=[case.pk])
    page = client.post(url, report_form(add="modules")).content.decode()
    assert 'name="modules-1-topic"' in page
    report = TraineeReport.objects.get()
    assert [row["topic"] for row in report.modules] == ["ОҚҚЕ"]
    two = {"modules-1-topic": "Симуляция", "modules-1-hours": "10.5", "modules-1-content": ""}
    client.post(url, report_form(report, **two, keep="1"))
    report.refresh_from_db()
    assert [row["hours"] for row in report.modules] == ["72", "10.5"]
    client.post(url, report_form(report, **two, remove="modules-0"))
    report.refresh_from_db()
    assert [row["topic"] for row in report.modules] == ["Симуляция"]


def test_rows_for_htmx(case: Any, teacher: Any, signed_in: Browser) -> None:
    answer = autosaved(signed_in(teacher), case, report_form(add="proposals"))
    page = answer.content.decode()
    assert 'id="proposals-rows"' in page
    assert 'name="proposals-1-what"' in page
    assert 'id="modules-rows"' not in page


def test_a_wrong_cell_is_said_and_the_rest_stays(
    case: Any, teacher: Any, signed_in: Browser
) -> None:
    client, url = signed_in(teacher), reverse("report_edit", args=[case.pk])
    answer = client.post(url, report_form(**{"modules-0-hours": "көп"}, add="modules"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "көп" in page
    assert "ОҚҚЕ станциялары" in page
    assert 'name="modules-1-topic"' in page
    assert autosaved(client, case, report_form(rating_content="9")).status_code == 422
    assert not TraineeReport.objects.exists()


def test_a_report_is_sent(case: Any, teacher: Any, signed_in: Browser) -> None:
    client, url = signed_in(teacher), reverse("report_edit", args=[case.pk])
    answer = client.post(url, report_form(send="1"))
    assert answer.headers["Location"] == reverse("hand_in", args=[case.pk])
    report = TraineeReport.objects.get()
    assert (report.state, report.proposals[0]["due"]) == ("sent", "2027-09-01")
    again = client.post(url, report_form(send="1"))
    assert again.status_code == 409


def test_an_unfinished_report_is_not_sent_but_kept(
    case: Any, teacher: Any, signed_in: Browser
) -> None:
    answer = signed_in(teacher).post(
        reverse("report_edit", args=[case.pk]), report_form(send="1", knowledge="")
    )
    assert answer.status_code == 422
    report = TraineeReport.objects.get()
    assert (report.state, report.goals) == ("draft", WRITTEN["goals"])


def test_very_many_rows_are_no_harm(case: Any, teacher: Any, signed_in: Browser) -> None:
    rows = {f"modules-{n}-topic": f"т{n}" for n in range(100)}
    answer = autosaved(signed_in(teacher), case, report_form(**rows))
    assert answer.status_code == 200
    assert len(TraineeReport.objects.get().modules) == 40


def test_the_report_on_paper_before_it_is_sent(
    case: Any, accounts: Any, teacher: Any, signed_in: Browser
) -> None:
    url = reverse("report_preview", args=[case.pk])
    client = signed_in(teacher)
    assert client.get(url).status_code in (200, 202)  # one not begun, with what is known
    written(case, teacher)
    assert url in client.get(reverse("hand_in", args=[case.pk])).content.decode()
    assert client.get(url).status_code in (200, 202)
    assert signed_in(accounts["hr"]).get(url).status_code == 403
    assert signed_in(accounts["stranger"]).get(url).status_code == 404


def test_a_late_part_sent_from_its_own_page_asks_why(
    accounts: Any, teacher: Any, signed_in: Browser
) -> None:
    case = ordered(teacher, accounts)
    with moved_to(LATE):
        client = signed_in(teacher)
        url = reverse("evidence_edit", args=[case.pk])
        first = client.post(url, {**form_of(send="1"), "scan": [upload(pdf(), "a.pdf")]})
        assert first.status_code == 422
        evidence = Evidence.objects.get()  # what was typed is kept all the same
        assert (evidence.state, evidence.document_number) == ("draft", "KZ 00-17")
        again = form_of(evidence, send="1", late_because="кеш берілді")
        assert client.post(url, again).status_code == 302
        url = reverse("report_edit", args=[case.pk])
        assert client.post(url, report_form(send="1")).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.documents_late_because) == ("documents_submitted", "кеш берілді")


def test_changed_tables_are_told_in_a_word(case: Any, teacher: Any, signed_in: Browser) -> None:
    client = signed_in(teacher)
    autosaved(client, case, report_form())
    report = TraineeReport.objects.get()
    stale = report_form(report, goals="Менікі")
    autosaved(client, case, report_form(report, **{"modules-0-topic": "Басқа модуль"}))
    answer = autosaved(client, case, stale)
    assert answer.status_code == 409
    assert "&#x27;topic&#x27;" not in answer.content.decode()

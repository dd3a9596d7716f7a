"""Pages of papers: who sees which, made once and served for ever, drafts before that."""

from __future__ import annotations

import datetime as dt
import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reports.documents import ask, making
from training_plans.models import Plan
from training_plans.request_paper import request_data
from workflow import jobs, tasks
from workflow.models import IssuedPaper, JobRun, RenderedPaper, StoredFile
from workflow.papers import issue

from ..factories import ParticipantFactory, PlanFactory, RequestFactory, RequestLineFactory
from .papers_data import CERTIFICATE, CHANGES, needs_pango, plan

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 25)
EVERYBODY_ABOVE = {"hr", "centre", "methodologist", "rector", "administrator"}
CHIEFS = {"vicerector", "dean", "head", "secretary"}


@pytest.fixture
def request_paper(units: SimpleNamespace, head: Any) -> IssuedPaper:
    line = RequestLineFactory(request=RequestFactory(unit=units.department))
    data = request_data(line.request, version=1, actor=head, on=DAY)
    return issued("department_request", "2027-1", data, line.request, head)


def issued(kind: str, number: str, data: Any, subject: Any, actor: Any) -> IssuedPaper:
    return issue(kind=kind, number=number, data=data, subject=subject, actor=actor, on=DAY)


def page(client: Client, user: Any, name: str, paper: IssuedPaper, query: str = "") -> Any:
    client.force_login(user, backend="staff.backends.PasswordBackend")
    return client.get(f"{reverse(name, args=[paper.token])}{query}")


def who_sees(client: Client, accounts: Any, roles: tuple[str, ...], paper: IssuedPaper) -> set[str]:
    return {
        role for role in roles if page(client, accounts[role], "paper", paper).status_code == 202
    }


# --- who ----------------------------------------------------------------------------------------
ASKING = (
    *("hr", "centre", "methodologist", "rector", "administrator", "vicerector", "dean", "head"),
    *("secretary", "teacher", "stranger_head", "stranger", "finance", "legal"),
)


def test_a_request_is_its_departments_and_those_above(
    client: Client, accounts: Any, request_paper: IssuedPaper
) -> None:
    seen = EVERYBODY_ABOVE | CHIEFS | {"finance"}
    assert who_sees(client, accounts, ASKING, request_paper) == seen


def test_the_whole_plan_is_for_who_watches_the_whole_academy_and_finance(
    client: Client, accounts: Any
) -> None:
    """Who is in charge of some units reads their lines on the pages of the plan."""
    case = PlanFactory()
    seen = EVERYBODY_ABOVE | {"finance"}
    for kind, data in (("annual_plan", plan()), ("plan_changes", CHANGES)):
        paper = issued(kind, "1", data, case, accounts["centre"])
        assert who_sees(client, accounts, ASKING, paper) == seen


def test_a_certificate_is_its_persons_and_those_who_see_that_person(
    client: Client, accounts: Any, teacher: Any, researcher: Any
) -> None:
    participant = ParticipantFactory(person=teacher.person)
    paper = issued("certificate", "С-1", CERTIFICATE, participant, accounts["hr"])
    asking = (*ASKING, "researcher")
    assert who_sees(client, accounts, asking, paper) == EVERYBODY_ABOVE | CHIEFS | {"teacher"}


@pytest.mark.parametrize("name", ["paper", "paper_progress", "paper_file", "paper_workbook"])
def test_no_page_of_it_forgets_to_ask(
    client: Client, request_paper: IssuedPaper, stranger_head: Any, name: str
) -> None:
    assert page(client, stranger_head, name, request_paper).status_code == 403
    address = reverse(name, args=["x" * 22])
    assert client.get(address).status_code == 404


# --- made once ----------------------------------------------------------------------------------
@needs_pango
def test_kazakh_is_made_when_it_is_issued_others_when_asked_for(
    client: Client, head: Any, units: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    case = RequestFactory(unit=units.department)
    with django_capture_on_commit_callbacks(execute=True):
        data = request_data(case, version=1, actor=head, on=DAY)
        paper = issued("department_request", "2027-2", data, case, head)
    assert list(paper.rendered.values_list("language", flat=True)) == ["kk"]
    made = RenderedPaper.objects.get()
    with made.file.content.open() as kept:
        assert made.file.sha256 == hashlib.sha256(kept.read()).hexdigest()
    response = page(client, head, "paper", paper)
    assert (response.status_code, response.context["made"]) == (200, made)

    with django_capture_on_commit_callbacks(execute=True):
        assert page(client, head, "paper", paper, "?language=ru").status_code == 202
    assert page(client, head, "paper", paper, "?language=ru").status_code == 200
    polled = page(client, head, "paper_progress", paper, "?language=ru")
    assert polled["HX-Refresh"] == "true"
    assert set(paper.rendered.values_list("language", flat=True)) == {"kk", "ru"}


@needs_pango
def test_what_was_made_is_served_for_ever(
    client: Client, head: Any, request_paper: IssuedPaper
) -> None:
    key = f"{request_paper.pk}:kk"
    assert making.make(key, lambda done, total: None)["bytes"] > 10_000
    first = b"".join(page(client, head, "paper_file", request_paper))
    assert first.startswith(b"%PDF-1.7")
    request_paper.subject.unit.name_kk = "Басқа атау"
    request_paper.subject.unit.save()
    assert making.make(key, lambda done, total: None) == {}
    assert b"".join(page(client, head, "paper_file", request_paper)) == first
    assert StoredFile.objects.count() == 1
    response = page(client, head, "paper_file", request_paper)
    b"".join(response)
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    inside = page(client, head, "paper_file", request_paper, "?view")
    b"".join(inside)
    assert inside["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in inside["Content-Security-Policy"]


def test_two_who_ask_get_one_job(request_paper: IssuedPaper) -> None:
    first, second = ask(request_paper, "kk"), ask(request_paper, "kk")
    assert isinstance(first, JobRun)
    assert first == second
    assert ask(request_paper, "ru") != first
    with pytest.raises(ValueError, match="papers are made in"):
        ask(request_paper, "de")


def test_an_unknown_language_is_kazakh(
    client: Client, head: Any, request_paper: IssuedPaper
) -> None:
    response = page(client, head, "paper", request_paper, "?language=de")
    assert response.context["language"] == "kk"


def test_before_it_is_made_the_file_leads_to_the_page(
    client: Client, head: Any, request_paper: IssuedPaper
) -> None:
    response = page(client, head, "paper_file", request_paper, "?language=ru")
    address = reverse("paper", args=[request_paper.token])
    assert (response.status_code, response["Location"]) == (302, f"{address}?language=ru")


def test_a_certificate_has_no_workbook(client: Client, hr: Any, teacher: Any) -> None:
    participant = ParticipantFactory(person=teacher.person)
    paper = issued("certificate", "С-1", CERTIFICATE, participant, hr)
    assert page(client, hr, "paper_workbook", paper).status_code == 404
    assert page(client, hr, "paper", paper).context["workbook_url"] == ""


def test_a_later_version_is_told(client: Client, centre: Any) -> None:
    case = PlanFactory()
    first = issued("annual_plan", "БАЖ-2027", plan(), case, centre)
    assert page(client, centre, "paper", first).context["later"] is None
    second = issue(
        kind="annual_plan",
        number="БАЖ-2027",
        version=2,
        data=plan(),
        subject=case,
        actor=centre,
        on=DAY,
    )
    response = page(client, centre, "paper", first)
    assert response.context["later"] == second
    assert reverse("paper", args=[second.token]) in response.content.decode()


# --- when it cannot be made -----------------------------------------------------------------------
@needs_pango
def test_without_pango_the_page_says_what_to_install(
    client: Client,
    head: Any,
    request_paper: IssuedPaper,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    (tmp_path / "libpango-1.0.so.0").write_bytes(b"")
    (tmp_path / "libpango-1.0-0").write_bytes(b"")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    with django_capture_on_commit_callbacks(execute=True):
        page(client, head, "paper", request_paper)
    response = page(client, head, "paper_progress", request_paper)
    assert "libpango-1.0-0" in response.content.decode()
    assert "HX-Refresh" not in response
    assert "hx-get" not in response.content.decode()  # and nothing is asked again and again
    assert JobRun.objects.get(name="paper").error == "PapersNeedPango"
    assert not StoredFile.objects.exists()
    assert page(client, head, "paper_workbook", request_paper).status_code == 200


def test_a_paper_that_fails_shows_no_half_file(centre: Any) -> None:
    paper = issued("annual_plan", "1", {"lines": []}, PlanFactory(), centre)  # no year: cannot be
    job, _made = jobs.ask(name=making.PAPER, key=f"{paper.pk}:kk")
    tasks.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "KeyError")
    assert not RenderedPaper.objects.exists()


# --- drafts ---------------------------------------------------------------------------------------
@needs_pango
def test_a_draft_is_made_in_the_background_and_kept_for_a_while(
    client: Client, head: Any, units: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    case = RequestLineFactory(request=RequestFactory(unit=units.department)).request
    address = reverse("request_draft", args=[case.pk])
    client.force_login(head, backend="staff.backends.PasswordBackend")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.get(address).status_code == 202
    assert client.get(f"{address}?progress")["HX-Refresh"] == "true"
    assert client.get(address).status_code == 200
    response = client.get(f"{address}?pdf")
    assert response.content.startswith(b"%PDF")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert JobRun.objects.filter(name="draft paper").count() == 1
    assert not IssuedPaper.objects.exists()
    case.lines.update(topic="Басқа тақырып")
    assert client.get(address).status_code == 202  # other data: another draft


def test_a_draft_of_a_request_is_not_a_strangers(
    client: Client, stranger_head: Any, units: SimpleNamespace
) -> None:
    case = RequestFactory(unit=units.department)
    client.force_login(stranger_head, backend="staff.backends.PasswordBackend")
    assert client.get(reverse("request_draft", args=[case.pk])).status_code == 403


def test_looking_at_a_draft_that_failed_does_not_begin_it_again(
    client: Client, centre: Any
) -> None:
    case = PlanFactory()
    client.force_login(centre, backend="staff.backends.PasswordBackend")
    address = reverse("plan_draft", args=[case.planning_year.year])
    assert client.get(address).status_code == 202
    JobRun.objects.update(state="failed", error="PaperNotMade")
    response = client.get(f"{address}?progress")
    assert "hx-get" not in response.content.decode()
    assert JobRun.objects.count() == 1


def test_a_plan_nobody_began_has_no_draft(client: Client, centre: Any) -> None:
    client.force_login(centre, backend="staff.backends.PasswordBackend")
    assert not Plan.objects.exists()
    assert client.get(reverse("plan_draft", args=[2027])).status_code == 404

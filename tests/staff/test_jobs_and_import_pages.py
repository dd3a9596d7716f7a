"""Jobs survive a killed worker; the import pages lead from upload to undo (3.10)."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from staff import tasks
from staff.domain import standings
from staff.models import ImportRun, Person, Standing
from workflow import jobs
from workflow.models import JobRun

from ..factories import PersonFactory, PostFactory

HEADINGS = ["Таб. №", "Тегі", "Аты", "Бөлімше", "Лауазымы", "Санаты", "Қабылданған күні"]
GOOD = ["901", "Әлиева", "Әсел", "Гистология кафедрасы", "доцент", "ПОҚ", "01.09.2020"]
BAD = ["902", "Омаров", "Асан", "Гистология кафедрасы", "доцент", "космонавт", "01.09.2020"]


def _file(*rows: list[str], name: str = "staff.xlsx") -> SimpleUploadedFile:
    book, target = openpyxl.Workbook(), io.BytesIO()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    book.save(target)
    return SimpleUploadedFile(name, target.getvalue())


@pytest.fixture
def page(client: Client, hr: Any, django_capture_on_commit_callbacks: Any) -> Client:
    client.force_login(hr, backend="staff.backends.PasswordBackend")
    return client


def _upload(page: Client, *rows: list[str]) -> ImportRun:
    page.post(reverse("import_new"), {"kind": "staff", "file": _file(*rows)})
    return ImportRun.objects.latest("pk")


def test_upload_preview_confirm_undo(page: Client) -> None:
    run = _upload(page, GOOD)
    assert (run.state, run.count_new) == ("checked", 1)
    assert not Person.objects.filter(personnel_number="901").exists()
    assert "Әлиева Әсел" in page.get(reverse("import", args=[run.pk])).content.decode()
    page.post(reverse("import_confirm", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "done"
    person = Person.objects.get(personnel_number="901")
    assert Standing.objects.filter(person=person).count() == 1
    page.post(reverse("import_confirm", args=[run.pk]))
    assert Person.objects.filter(personnel_number="901").count() == 1
    assert page.get(reverse("import_undo", args=[run.pk])).status_code == 200
    page.post(reverse("import_undo", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "undone"
    assert not Person.objects.filter(personnel_number="901").exists()


def test_rows_with_errors_need_a_word(page: Client) -> None:
    run = _upload(page, GOOD, BAD)
    assert (run.count_new, run.count_rejected) == (1, 1)
    page.post(reverse("import_confirm", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "checked"
    page.post(reverse("import_confirm", args=[run.pk]), {"skip_invalid": "1"})
    run.refresh_from_db()
    assert run.state == "done"
    rejected = page.get(reverse("import_rejected", args=[run.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(rejected.content)).active
    assert [cell.value for cell in sheet[2]][:7] == BAD
    assert "космонавт" in sheet[2][7].value


def test_no_excel_file_gets_one_sentence(page: Client) -> None:
    page.post(
        reverse("import_new"),
        {"kind": "staff", "file": SimpleUploadedFile("staff.xlsx", b"MZ not a workbook")},
    )
    run = ImportRun.objects.latest("pk")
    assert run.state == "refused"
    assert page.get(reverse("import", args=[run.pk])).context["problem"]


def test_too_large_a_file_is_refused_before_it_is_kept(page: Client, settings: Any) -> None:
    settings.IMPORT_MAX_MB = 0
    response = page.post(reverse("import_new"), {"kind": "staff", "file": _file(GOOD)})
    assert response.context["form"].errors["file"]
    assert not ImportRun.objects.exists()


def test_a_preview_can_be_discarded(page: Client) -> None:
    run = _upload(page, GOOD)
    page.post(reverse("import_discard", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "discarded"


@pytest.mark.parametrize("kind", ["staff", "training"])
def test_the_template_is_understood_by_the_import(page: Client, kind: str, tmp_path: Any) -> None:
    from staff.domain.workbooks import open_workbook

    response = page.get(reverse("import_template", args=[kind]))
    path = tmp_path / "template.xlsx"
    path.write_bytes(response.content)
    workbook = open_workbook(path, kind)
    assert workbook.unknown == []


def test_what_a_killed_worker_left_is_taken_up(page: Client) -> None:
    run = _upload(page, GOOD)
    ImportRun.objects.filter(pk=run.pk).update(
        state="applying", touched_at=timezone.now() - dt.timedelta(minutes=11)
    )
    tasks.take_up_left()
    run.refresh_from_db()
    assert run.state == "done"
    assert Person.objects.filter(personnel_number="901").count() == 1


def test_the_nightly_check_mends_and_reports(units: Any, today: dt.date) -> None:
    person = PersonFactory()
    PostFactory(person=person, unit=units.department)
    tasks.nightly_check()
    assert JobRun.objects.latest("pk").result == {"added": 1, "mended": 0, "removed": 0}
    Standing.objects.update(due_on=dt.date(2000, 1, 1))
    tasks.nightly_check()
    assert JobRun.objects.latest("pk").result == {"added": 0, "mended": 1, "removed": 0}
    assert standings.restate_everybody(on=today).total == 0


def test_one_open_job_for_one_thing(db: None) -> None:
    first, made = jobs.ask(name="x", key="1")
    second, made_again = jobs.ask(name="x", key="1")
    assert (made, made_again) == (True, False)
    assert first.pk == second.pk


def test_a_failed_job_says_so_and_the_next_may_begin(db: None) -> None:
    def fail(progress: Any) -> dict[str, Any]:
        raise ValueError("secret name")

    job, _made = jobs.ask(name="x", key="1")
    jobs.run(job=job, work=fail)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "ValueError")
    assert jobs.ask(name="x", key="1")[1] is True

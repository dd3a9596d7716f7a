"""Every address × every role, and the near misses: who gets in, who does not.

``refused`` is 403 or 404; who is not signed in is led to the sign-in page. An address without a
line here fails the test, so does a line without an address.
"""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from skma_qualification.checks import is_public, patterns
from staff.domain import imports
from staff.models import TrainingRequirement
from staff.tasks import PAST_DAY
from workflow.models import CalendarException, JobRun, StoredFile

from .conftest import ROLES_WITH_ACCOUNTS
from .factories import DeadlineExtensionFactory, TrainingRecordFactory

EVERYBODY = set(ROLES_WITH_ACCOUNTS)
ALL_SEEING = {"hr", "centre", "rector", "administrator"}
HEADS = {"vicerector", "dean", "head", "secretary"}
WATCHERS = ALL_SEEING | HEADS | {"stranger_head"}
SEE_TEACHER = ALL_SEEING | HEADS | {"teacher"}
HR = {"hr"}
ADMINISTRATOR = {"administrator"}
HR_AND_ADMINISTRATOR = HR | ADMINISTRATOR

# Address → who gets in. The objects meant are the teacher's, and the teacher's department.
TABLE: dict[str, set[str]] = {
    "home": EVERYBODY,
    "logout": EVERYBODY,
    "password_change": EVERYBODY,
    "profile": EVERYBODY,
    "second_factor": EVERYBODY,
    "second_factor_setup": EVERYBODY,
    "second_factor_remove": EVERYBODY,
    "second_factor_codes": EVERYBODY,
    "accounts": HR_AND_ADMINISTRATOR,
    "account": HR_AND_ADMINISTRATOR,
    "account_invite_again": HR_AND_ADMINISTRATOR,
    "invite": HR_AND_ADMINISTRATOR,
    "invite_people": HR_AND_ADMINISTRATOR,
    "account_new": ADMINISTRATOR,
    "account_edit": ADMINISTRATOR,
    "account_second_factor_remove": ADMINISTRATOR,
    "roles": ADMINISTRATOR,
    "person_list": WATCHERS,
    "person": SEE_TEACHER,
    "person_photo": SEE_TEACHER,
    "history": SEE_TEACHER,
    "record_list": WATCHERS,
    "record": SEE_TEACHER,
    "record_document": SEE_TEACHER,
    "unit_list": WATCHERS,
    "unit": SEE_TEACHER,
    "requirement_list": EVERYBODY,
    "job_list": HR_AND_ADMINISTRATOR,
    "job_progress": HR_AND_ADMINISTRATOR,
    "calendar_list": HR_AND_ADMINISTRATOR,
    "calendar_remove": HR_AND_ADMINISTRATOR,
    "compliance": WATCHERS,
    "compliance_units": WATCHERS,
    "compliance_list": WATCHERS,
    "day_progress": WATCHERS,
    "proposals": {"hr", "centre"},
} | dict.fromkeys(
    [
        "person_create",
        "people_health_care",
        "person_suggestions",
        "person_edit",
        "person_photo_change",
        "post_add",
        "post_correct",
        "post_change",
        "post_end",
        "extension_add",
        "extension_edit",
        "extension_delete",
        "provider_suggestions",
        "record_add",
        "record_hint",
        "record_correct",
        "record_verify",
        "record_revoke",
        "unit_create",
        "unit_edit",
        "unit_close",
        "unit_reopen",
        "import_list",
        "import_new",
        "import_template",
        "import",
        "import_progress",
        "import_confirm",
        "import_discard",
        "import_undo",
        "import_rejected",
        "requirement_change",
        "requirement_withdraw",
    ],
    HR,
)

PUBLIC = {
    "login",
    "password_reset",
    "password_reset_done",
    "password_reset_confirm",
    "set_language",
    "favicon",
    "health_live",
    "health_ready",
}


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(target, "JPEG")
    return target.getvalue()


def _kept(name: str, content: bytes, kind: str) -> StoredFile:
    return StoredFile.keep(ContentFile(content, name=name), name=name, content_type=kind, by=None)


def _staff_file() -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.active.append(
        ["Таб. №", "Тегі", "Аты", "Бөлімше", "Лауазымы", "Санаты", "Қабылданған күні"]
    )
    book.active.append(["77", "Әлиев", "Әділ", "Хирургия кафедрасы", "доцент", "космонавт", "x"])
    book.save(target)
    return target.getvalue()


@pytest.fixture
def addresses(teacher: Any, units: SimpleNamespace, today: dt.date) -> dict[str, list[Any]]:
    """Arguments of every address that takes some."""
    person = teacher.person
    person.photo = _kept("photo.jpg", _picture(), "image/jpeg")
    person.save()
    post = person.posts.get()
    record = TrainingRecordFactory(
        person=person, document=_kept("document.jpg", _picture(), "image/jpeg")
    )
    pending = TrainingRecordFactory(person=person, pending=True)
    extension = DeadlineExtensionFactory(person=person)
    moved = CalendarException.objects.create(day=today, is_working=True, basis="№ 1")
    file = _kept("staff.xlsx", _staff_file(), "application/octet-stream")
    run = imports.start_run(kind="staff", actor=None, file=file, file_name="staff.xlsx")
    imports.check(run=run, on=today)
    job = JobRun.objects.create(name=PAST_DAY, key="2026-01-01")
    version = TrainingRequirement.objects.get(code="general")
    one = {name: [person.pk] for name in ("person", "person_edit", "person_photo", "post_add")}
    one |= {
        name: [person.pk]
        for name in ("person_photo_change", "extension_add", "record_add", "record_hint")
    }
    one |= {name: [post.pk] for name in ("post_correct", "post_change", "post_end")}
    one |= {name: [extension.pk] for name in ("extension_edit", "extension_delete")}
    one |= {
        name: [record.pk]
        for name in ("record", "record_document", "record_correct", "record_revoke")
    }
    one |= {name: [units.department.pk] for name in ("unit", "unit_edit", "unit_close")}
    one |= {
        name: [run.pk]
        for name in (
            "import",
            "import_progress",
            "import_confirm",
            "import_discard",
            "import_undo",
            "import_rejected",
        )
    }
    return one | {
        "unit_reopen": [units.department.pk],
        "record_verify": [pending.pk],
        "history": ["person", person.pk],
        "account": [teacher.pk],
        "account_edit": [teacher.pk],
        "account_second_factor_remove": [teacher.pk],
        "import_template": ["staff"],
        "requirement_change": ["general"],
        "requirement_withdraw": [version.pk],
        "calendar_remove": [moved.pk],
        "job_progress": [job.pk],
        "day_progress": [job.pk],
    }


def test_every_address_stands_in_the_table() -> None:
    names = {str(pattern.name) for pattern in patterns()}
    public = {str(pattern.name) for pattern in patterns() if is_public(pattern)}
    assert public == PUBLIC
    assert names == set(TABLE) | PUBLIC


@pytest.mark.parametrize("role", ROLES_WITH_ACCOUNTS)
def test_who_gets_in(
    role: str, accounts: Any, addresses: dict[str, list[Any]], client: Client
) -> None:
    client.force_login(accounts[role], backend="staff.backends.PasswordBackend")
    wrong = []
    for name, allowed in TABLE.items():
        if name == "logout":
            continue
        response = client.get(reverse(name, args=addresses.get(name, [])))
        if response.streaming:
            list(response)  # read to the end, which closes the file
        let_in = response.status_code in (200, 202, 302, 405)
        if let_in != (role in allowed) or response.status_code == 500:
            wrong.append((name, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", sorted(EVERYBODY - HR))
def test_who_may_not_change_cannot_by_post(
    role: str, accounts: Any, addresses: dict[str, list[Any]], client: Client
) -> None:
    client.force_login(accounts[role], backend="staff.backends.PasswordBackend")
    let_in = []
    for name, allowed in TABLE.items():
        if role in allowed or not allowed <= HR_AND_ADMINISTRATOR:
            continue
        response = client.post(reverse(name, args=addresses.get(name, [])), {"confirmed": "1"})
        if response.status_code not in (403, 404):
            let_in.append((name, response.status_code))
    assert let_in == []


def test_who_is_not_signed_in_is_led_to_sign_in(
    addresses: dict[str, list[Any]], client: Client
) -> None:
    for name in TABLE:
        response = client.get(reverse(name, args=addresses.get(name, [])))
        assert response.status_code == 302, name
        assert response["Location"].startswith("/login/"), name


def test_root_leads_to_the_sign_in_fields(client: Client, db: None) -> None:
    response = client.get("/", follow=True)
    page = response.content.decode()
    assert 'name="username"' in page
    assert 'name="password"' in page

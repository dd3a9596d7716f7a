"""Every address × every role, and the near misses: who gets in, who does not.

``refused`` is 403 or 404; who is not signed in is led to the sign-in page. An address without a
line here fails the test, so does a line without an address.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from interface.scans import clean_pdf
from skma_qualification.checks import is_public, patterns
from staff.domain import imports
from staff.models import TrainingRequirement
from staff.tasks import PAST_DAY
from training_plans.models import Plan, PlanGroup, PlanLine, Request, TrainingWish
from training_plans.papers import plan_data, signed_by
from training_plans.request_paper import request_data
from workflow.models import CalendarException, JobRun, StoredFile
from workflow.papers import issue

from . import case_access
from .conftest import ROLES_WITH_ACCOUNTS
from .factories import (
    DeadlineExtensionFactory,
    ParticipantFactory,
    PlanLineFactory,
    PlanningYearFactory,
    RequestLineFactory,
    TrainingRecordFactory,
)

EVERYBODY = set(ROLES_WITH_ACCOUNTS)
CENTRE = {"centre", "methodologist"}
ALL_SEEING = CENTRE | {"hr", "rector", "administrator"}
HEADS = {"vicerector", "dean", "head", "secretary"}
WATCHERS = ALL_SEEING | HEADS | {"stranger_head"}
FILERS = {"head", "secretary"}
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
    "provider_suggestions": WATCHERS,
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
    "proposals": {"hr"} | CENTRE,
    "plan_draft": ALL_SEEING | {"finance"},
    "request_draft": ALL_SEEING | HEADS | {"finance"},
    "paper": ALL_SEEING | HEADS | {"finance"},
    "paper_progress": ALL_SEEING | HEADS | {"finance"},
    "paper_file": ALL_SEEING | HEADS | {"finance"},
    "paper_workbook": ALL_SEEING | HEADS | {"finance"},
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
        "event_reopen",
        "event_verify",
    ],
    HR,
)
TABLE |= dict.fromkeys(["course_list", "course", "event_list", "event"], EVERYBODY)
TABLE |= {"event_sheet": CENTRE | HR}
TABLE |= dict.fromkeys(
    [
        "course_add",
        "course_edit",
        "course_withdraw",
        "course_offer",
        "event_add",
        "event_edit",
        "event_cancel",
        "event_enrol",
        "event_take_in",
        "event_participant_withdraw",
        "event_people",
        "event_attendance",
        "event_hold",
    ],
    CENTRE,
)

TABLE |= dict.fromkeys(
    ["plan", "plan_coverage", "plan_load", "plan_money", "plan_forecast"], WATCHERS | {"finance"}
)
TABLE |= dict.fromkeys(["plan_waiting", "plan_checks"], ALL_SEEING | {"finance"})
TABLE |= {"plan_line": SEE_TEACHER | {"finance"}}
TABLE |= {"plan_approve": {"centre"}, "plan_return": {"centre"}}
TABLE |= dict.fromkeys(
    [
        "plan_begin",
        "plan_take_in",
        "plan_leave_aside",
        "plan_cover",
        "plan_add",
        "plan_submit",
        "plan_take_back",
        "plan_close",
        "plan_people",
        "plan_move",
        "plan_provider",
        "plan_merge",
        "plan_take_out",
        "plan_line_edit",
        "plan_split",
        "plan_put_back",
        "plan_take_over",
        "plan_group",
    ],
    CENTRE,
)

TABLE |= dict.fromkeys(
    [
        "amendment_list",
        "amendment",
        "plan_versions",
        "plan_version",
        "plan_compare",
        "plan_execution",
        "plan_execution_list",
    ],
    WATCHERS | {"finance"},
)
TABLE |= {"amendment_item_paper": ALL_SEEING | HEADS | {"finance"}}
TABLE |= {key: {"centre"} for key in ["amendment_return", "amendment_approve"]}
TABLE |= dict.fromkeys(
    [
        "amendment_open",
        "amendment_add",
        "amendment_item",
        "amendment_submit",
        "amendment_withdraw",
        "amendment_item_change",
        "amendment_item_withdraw",
        "plan_execution_records",
        "execution_mark",
        "execution_link",
    ],
    CENTRE,
)

# Of requests: who reads, who files (head and secretary of the very unit), who decides.
TABLE |= {
    "request_list": WATCHERS | {"finance"},
    "request": ALL_SEEING | HEADS | {"finance"},
}
TABLE |= dict.fromkeys(
    [
        "request_begin",
        "request_send",
        "request_withdraw",
        "request_minutes",
        "request_refresh",
        "request_copy",
        "request_person_add",
        "request_people",
        "request_many",
        "request_line",
        "request_line_suggestion",
        "request_line_leave_out",
        "request_line_take_in",
    ],
    FILERS,
)
TABLE |= dict.fromkeys(["request_accept", "request_return", "request_line_remark"], CENTRE)

# The year and the analysis of needs are watched by all in charge; wishes are everybody's own.
TABLE |= dict.fromkeys(
    [
        "planning",
        "planning_requests",
        "planning_plan",
        "planning_needs",
        "planning_year",
        "needs",
        "needs_list",
        "needs_asked",
    ],
    WATCHERS | {"finance"},
)
TABLE |= dict.fromkeys(["planning_open", "planning_remind"], CENTRE)
TABLE["planning_edit"] = CENTRE | {"rector"}
TABLE |= {"wishes": EVERYBODY, "wish_add": EVERYBODY, "wish_withdraw": {"teacher"}}

TABLE |= case_access.TABLE

PUBLIC = {
    "login",
    "password_reset",
    "password_reset_done",
    "password_reset_confirm",
    "set_language",
    "favicon",
    "health_live",
    "health_ready",
    "verification",
}


@functools.cache
def _clean_scan() -> bytes:
    """A photo as it is kept: one page of PDF."""
    return clean_pdf([SimpleUploadedFile("photo.jpg", _picture())]).file.read()


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


def _papers(unit: Any, actor: Any, on: dt.date) -> dict[str, list[Any]]:
    """The department's request, sent on paper, and the plan it goes into."""
    year = PlanningYearFactory()
    plan, _made = Plan.objects.get_or_create(planning_year=year)
    request, _made = Request.objects.get_or_create(planning_year=year, unit=unit)
    data = request_data(request, version=1, actor=actor, on=on)
    paper = issue(
        kind="department_request", number="2027-900", data=data, subject=request, actor=actor, on=on
    )
    return {
        "plan_draft": [plan.planning_year.year],
        "request_draft": [request.pk],
        **{f"paper{part}": [paper.token] for part in ("", "_progress", "_file", "_workbook")},
    }


def _plan(post: Any) -> dict[str, list[Any]]:
    """The plan of the year ``_papers`` opened, with a line of the post in a group course."""
    plan = Plan.objects.get()
    group = PlanGroup.objects.create(plan=plan, name="Кардиология тобы")
    line = PlanLineFactory(plan=plan, post=post, group=group)
    of_line = ["plan_line", "plan_line_edit", "plan_split", "plan_put_back", "plan_take_over"]
    sections = "coverage load money forecast waiting checks"
    steps = "begin take_in leave_aside cover add submit take_back return approve close"
    of_year = ["plan", *(f"plan_{name}" for name in f"{sections} {steps}".split())]
    return (
        {name: [plan.planning_year.year] for name in of_year}
        | {name: [line.pk] for name in of_line}
        | {"plan_group": [group.pk]}
    )


def _amendment(line: PlanLine, actor: Any, on: dt.date) -> dict[str, list[Any]]:
    """A version of the plan, and a change of its line with the paper it rests on."""
    plan = line.plan
    paper = issue(
        kind="annual_plan",
        number="2027-901",
        data=plan_data(plan, version=1, on=on, approved_by=signed_by(actor, on=on)),
        subject=plan,
        actor=actor,
        on=on,
    )
    plan.versions.create(number=1, paper=paper, approved_on=on, approved_by=actor)
    amendment = plan.amendments.create(number=1)
    item = amendment.items.create(
        change="take_out",
        line=line,
        person=line.person,
        post=line.post,
        because="Кетті",
        paper=_kept("memo.pdf", b"%PDF-1.7", "application/pdf"),
    )
    year = [plan.planning_year.year]
    of_item = [name for name in TABLE if name.startswith("amendment_item_")]
    of_year = [
        "amendment_list",
        "amendment_open",
        "amendment_add",
        "amendment_item",
        "plan_versions",
        "plan_compare",
        "plan_execution",
        "plan_execution_list",
        "plan_execution_records",
    ]
    return (
        {name: [amendment.pk] for name in TABLE if name.startswith("amendment")}
        | {key: [item.pk] for key in of_item}
        | dict.fromkeys(of_year, year)
        | {"plan_version": [*year, 1], "execution_mark": [line.pk], "execution_link": [line.pk]}
    )


def _year(person: Any) -> dict[str, list[Any]]:
    """A planning year, and a wish of ``person``."""
    year = PlanningYearFactory().year
    wish = TrainingWish.objects.create(person=person, year=year, topic="Дәлелді медицина")
    pages = ["planning_year", "planning_edit", "planning_remind"]
    pages += ["needs", "needs_list", "needs_asked"]
    return {name: [year] for name in pages} | {"wish_withdraw": [wish.pk]}


def _requests(unit: Any, post: Any) -> dict[str, list[Any]]:
    """A line of the unit's request, about who holds ``post``."""
    year = PlanningYearFactory()
    request, _made = Request.objects.get_or_create(planning_year=year, unit=unit)
    line = RequestLineFactory(request=request, post=post)
    of_requests = [name for name in TABLE if name.startswith("request_") or name == "request"]
    return {
        name: [line.pk] if name.startswith("request_line") else [request.pk] for name in of_requests
    } | {"request_list": [year.year], "request_begin": [year.year, unit.pk]}


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
    participant = ParticipantFactory(person=person)
    event = participant.event
    one |= {
        name: [event.course_id]
        for name in ("course", "course_edit", "course_withdraw", "course_offer", "event_add")
    }
    one |= {
        name: [event.pk]
        for name in TABLE
        if name.startswith("event") and name not in ("event_list", "event_add", "event_people")
    }
    one["event_participant_withdraw"] = [participant.pk]
    one |= _papers(units.department, teacher, today)
    one |= _requests(units.department, post)
    one |= _year(person)
    one |= _plan(post)
    one |= _amendment(PlanLine.objects.get(), teacher, today)
    scan = _kept("scan.pdf", _clean_scan(), "application/pdf")
    one |= case_access.addresses_of_cases(teacher, scan, today)
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
    assert not wrong, f"{role}: {wrong}"


@pytest.mark.parametrize("role", ROLES_WITH_ACCOUNTS)
def test_who_may_not_change_cannot_by_post(
    role: str, accounts: Any, addresses: dict[str, list[Any]], client: Client
) -> None:
    client.force_login(accounts[role], backend="staff.backends.PasswordBackend")
    let_in = []
    for name, allowed in TABLE.items():
        if role in allowed:
            continue
        response = client.post(reverse(name, args=addresses.get(name, [])), {"confirmed": "1"})
        if response.status_code not in (403, 404, 405):  # 405: nothing is taken by POST there
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

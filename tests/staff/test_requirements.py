"""A norm is changed without a programmer: versions, basis, preview, standings (clause 9.1)."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from staff.domain import requirements, standings
from staff.models import Standing, TrainingRequirement
from workflow.models import JobRun

from ..factories import PersonFactory, PostFactory, TrainingRecordFactory

FROM = dt.date(2027, 1, 1)


@pytest.fixture
def teacher_with_72(units: SimpleNamespace, today: dt.date) -> Any:
    person = PersonFactory()
    PostFactory(person=person, unit=units.department)
    TrainingRecordFactory(person=person, ends_on=dt.date(2026, 5, 1), hours=72)
    standings.restate_everybody(on=today)
    return person


def _change(actor: Any, on: dt.date, **values: Any) -> TrainingRequirement:
    return requirements.change_requirement(
        code="university_teacher",
        values={"hours": 90} | values,
        valid_from=FROM,
        basis="Ғылыми кеңес, № 3 хаттама",
        actor=actor,
        on=on,
    )


def test_versions_follow_each_other_and_standings_follow(
    teacher_with_72: Any, hr: Any, today: dt.date
) -> None:
    new = _change(hr, today)
    old = TrainingRequirement.objects.get(code="university_teacher", valid_from=None)
    assert old.valid_until == dt.date(2026, 12, 31)
    assert new.valid_until is None
    mine = Standing.objects.filter(person=teacher_with_72, past_day=None)
    assert mine.on(dt.date(2026, 12, 31)).get().state == "compliant"
    assert mine.on(FROM).get().state == "overdue"
    assert new.history.get().history_user == hr


def test_the_preview_says_who_would_change(teacher_with_72: Any, hr: Any, today: dt.date) -> None:
    present = requirements.open_version("university_teacher")
    new = requirements.draft(
        present=present, values={"hours": 90}, valid_from=FROM, basis="№ 3 хаттама"
    )
    effect = requirements.effect(new=new, on=today)
    assert effect.day == FROM
    assert [(c.person, c.before, c.after) for c in effect.changes] == [
        (teacher_with_72, "compliant", "overdue")
    ]
    assert effect.total_changes == 1
    assert TrainingRequirement.objects.count() == 4


def test_what_the_preview_says_is_what_comes(teacher_with_72: Any, hr: Any, today: dt.date) -> None:
    present = requirements.open_version("university_teacher")
    new = requirements.draft(present=present, values={"hours": 90}, valid_from=FROM, basis="№ 3")
    foretold = requirements.effect(new=new, on=today).after
    _change(hr, today)
    rows = Standing.objects.on(FROM).filter(requirement__code="university_teacher")
    came: dict[str, int] = {}
    for row in rows:
        came[row.state] = came.get(row.state, 0) + 1
    assert came == foretold


@pytest.mark.parametrize(
    ("values", "basis", "field"),
    [
        ({"hours": 90}, "  ", "basis"),
        ({}, "№ 3", "__all__"),
        ({"hours": 0, "counting": "single"}, "№ 3", "counting"),
    ],
)
def test_refused_with_a_reason(values: dict[str, Any], basis: str, field: str, db: None) -> None:
    present = requirements.open_version("university_teacher")
    with pytest.raises(ValidationError) as refused:
        requirements.draft(present=present, values=values, valid_from=FROM, basis=basis)
    found = refused.value
    assert field in (found.message_dict if hasattr(found, "error_dict") else {"__all__": 1})


def test_a_version_may_not_begin_before_the_present_one(hr: Any, today: dt.date) -> None:
    _change(hr, today)
    with pytest.raises(ValidationError):
        _change(hr, today, hours=108)


def test_a_future_version_can_be_withdrawn(teacher_with_72: Any, hr: Any, today: dt.date) -> None:
    new = _change(hr, today)
    requirements.withdraw_requirement(requirement=new, reason="қате", actor=hr, on=today)
    assert requirements.open_version("university_teacher").valid_from is None
    assert Standing.objects.on(FROM).get(person=teacher_with_72).state == "compliant"
    with pytest.raises(ValidationError):
        requirements.withdraw_requirement(
            requirement=requirements.open_version("general"), reason="қате", actor=hr, on=today
        )


def test_in_the_browser_form_preview_and_change(
    teacher_with_72: Any, hr: Any, client: Client
) -> None:
    client.force_login(hr, backend="staff.backends.PasswordBackend")
    url = reverse("requirement_change", args=["university_teacher"])
    assert client.get(url).status_code == 200
    form = {
        "valid_from": "2027-01-01",
        "hours": "90",
        "months": "36",
        "counting": "accumulated",
        "areas": ["profile"],
        "name_kk": "ПОҚ: 90 сағат",
        "name_ru": "ППС: 90 часов",
        "name_en": "Teachers: 90 hours",
        "basis": "№ 3 хаттама",
    }
    preview = client.post(url, form)
    assert preview.context["effect"].total_changes == 1
    assert TrainingRequirement.objects.count() == 4
    done = client.post(url, form | {"confirmed": "1"})
    assert done.status_code == 302
    assert requirements.open_version("university_teacher").hours == 90
    again = client.post(url, form | {"basis": "", "hours": "abc"})
    assert again.status_code == 200
    assert set(again.context["form"].errors) == {"basis", "hours"}
    assert 'value="abc"' in again.content.decode()


def test_where_people_are_many_the_worker_sees_to_the_standings(
    teacher_with_72: Any,
    hr: Any,
    today: dt.date,
    monkeypatch: pytest.MonkeyPatch,
    signed_in: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(standings, "AT_ONCE", 0)
    page = reverse("requirement_list")
    with django_capture_on_commit_callbacks() as left:
        new = _change(hr, today)
    mine = Standing.objects.filter(person=teacher_with_72, past_day=None)
    assert mine.on(FROM).get().state == "compliant"
    assert "are being recomputed" in signed_in(hr).get(page).content.decode()
    key = new.pk
    for work in left:
        work()
    assert mine.on(FROM).get().state == "overdue"
    assert "are being recomputed" not in signed_in(hr).get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        requirements.withdraw_requirement(requirement=new, reason="қате", actor=hr, on=today)
    assert mine.on(FROM).get().state == "compliant"
    jobs = JobRun.objects.filter(name=requirements.RESTATED, state="done")
    assert [job.key for job in jobs.order_by("pk")] == [f"{key}", f"{key} withdrawn"]

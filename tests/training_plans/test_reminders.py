"""Reminders of a case: each once, the last stage only, to whom it concerns today (7.1, 7.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.management import call_command
from django.utils import timezone

from training_plans.domain import reminders
from training_plans.domain.case_lines import follow
from training_plans.models import PlanLine
from training_plans.transitions import APPLICATION
from workflow import mail
from workflow.models import OutgoingMail

from . import cases

pytestmark = pytest.mark.django_db
DUE = dt.date(2027, 3, 17)  # 12 March and five days
LATER = dt.timedelta(days=1)


@pytest.fixture
def ordered(accounts: Any, teacher: Any) -> Any:
    """The teacher's case, ordered for 1–12 March 2027; the letters so far are put aside."""
    case = cases.approved(teacher, accounts)
    case = APPLICATION.apply(
        case,
        "order",
        actor=accounts["hr"],
        on=cases.APPLIED_ON,
        effect=lambda it: setattr(it, "documents_due_on", DUE),
    )
    follow(case, actor=accounts["hr"], on=cases.APPLIED_ON)
    OutgoingMail.objects.all().delete()
    return case


def letters() -> list[tuple[str, str]]:
    rows = OutgoingMail.objects.order_by("pk").values_list("kind", "receiver__username")
    return list(rows)


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        ("2027-03-11", ""),
        ("2027-03-12", "end"),
        ("2027-03-13", "end"),
        ("2027-03-14", "3"),
        ("2027-03-15", "3"),
        ("2027-03-16", "1"),
        ("2027-03-17", "0"),
        ("2027-03-18", "overdue"),
        ("2027-06-01", "overdue"),
    ],
)
def test_stages_of_the_documents_clock(day: str, stage: str) -> None:
    on = dt.date.fromisoformat(day)
    assert reminders.stage_of(ended_on=cases.END, due_on=DUE, on=on) == stage


def test_each_stage_is_written_once(ordered: Any) -> None:
    assert reminders.remind(on=cases.END) == 1
    assert reminders.remind(on=cases.END) == 0
    assert reminders.remind(on=cases.END + LATER) == 0
    assert reminders.remind(on=DUE - 3 * LATER) == 1
    assert letters() == [("documents_due", "teacher")] * 2


def test_after_missed_days_only_the_last_stage_is_written(ordered: Any) -> None:
    assert reminders.remind(on=DUE) == 1
    assert OutgoingMail.objects.get().context["stage"] == "0"


def test_it_goes_up_to_the_head_and_then_to_hr(ordered: Any) -> None:
    reminders.remind(on=DUE + LATER)
    assert letters() == [("documents_overdue", "teacher"), ("documents_missing", "head")]
    reminders.remind(on=DUE + 4 * LATER)
    assert len(letters()) == 2
    reminders.remind(on=DUE + 5 * LATER)
    assert letters()[2:] == [("documents_missing", "hr")]


def test_another_head_is_told_anew(ordered: Any, units: Any, secretary: Any) -> None:
    reminders.remind(on=DUE + LATER)
    units.department.refresh_from_db()
    units.department.head = secretary.person
    units.department.save()
    reminders.remind(on=DUE + 2 * LATER)
    assert letters()[-1] == ("documents_missing", "secretary")


def test_it_stops_when_the_cause_is_gone(ordered: Any, accounts: Any) -> None:
    APPLICATION.apply(ordered, "cancel", actor=accounts["hr"], on=DUE, reason="өтпейді")
    assert reminders.remind(on=DUE + 9 * LATER) == 0


def test_the_plan_follows_the_days(ordered: Any) -> None:
    line = ordered.plan_line
    for day, expected in (
        (cases.START - LATER, PlanLine.Execution.ORDERED),
        (cases.START, PlanLine.Execution.IN_TRAINING),
        (cases.END, PlanLine.Execution.IN_TRAINING),
        (cases.END + LATER, PlanLine.Execution.DOCUMENTS_DUE),
    ):
        reminders.follow_cases(on=day)
        line.refresh_from_db()
        assert line.execution == expected, day
    assert reminders.follow_cases(on=cases.END + LATER) == 0


def test_who_has_not_applied_is_reminded_twice(teacher: Any) -> None:
    cases.a_line(teacher.person)
    last = dt.date(2027, 2, 9)
    assert reminders.remind(on=last - 15 * LATER) == 0
    assert reminders.remind(on=last - 14 * LATER) == 1
    assert reminders.remind(on=last - 4 * LATER) == 0
    assert reminders.remind(on=last) == 1
    assert reminders.remind(on=last + LATER) == 0


def test_a_slow_visa_is_told_once(teacher: Any, head: Any) -> None:
    step = cases.step_of(cases.submitted(teacher))
    assert step.due_on is not None
    OutgoingMail.objects.all().delete()
    assert reminders.remind(on=step.due_on) == 0
    assert reminders.remind(on=step.due_on + LATER) == 1
    assert reminders.remind(on=step.due_on + 2 * LATER) == 0
    assert letters() == [("case_slow", "head")]


def test_the_command_counts_and_the_letters_go_out(ordered: Any, capsys: Any) -> None:
    call_command("send_due_notices", "--on", "2027-03-18")
    assert "2" in capsys.readouterr().out
    call_command("send_due_notices", "--on", "2027-03-18")
    assert capsys.readouterr().out.strip().endswith("0")
    assert mail.deliver(now=timezone.now()) == 2
    bodies = [letter.body for letter in django_mail.outbox]
    assert any("17.03.2027" in body for body in bodies)
    assert all(f"/cases/{ordered.pk}/" in body for body in bodies)


# The last day to apply, and when one is reminded of it: 14 and 3 days before.
IN_TIME = {14: "2027-01-26", 3: "2027-02-06"}
LONG_BEFORE = {14: "2027-01-16", 3: "2027-01-27"}


@pytest.mark.parametrize(
    ("traits", "last", "stages"),
    [
        ({}, "2027-02-09", IN_TIME),
        ({"form": "internship", "country": "Түркия"}, "2027-01-30", LONG_BEFORE),  # 30 days (7.5)
        ({"form": "course", "country": "Түркия"}, "2027-02-09", IN_TIME),
        ({"form": "internship"}, "2027-02-09", IN_TIME),
        ({"precision": "quarter"}, "", {}),  # of a quarter nobody knows the last day yet
    ],
)
def test_the_last_day_to_apply_is_that_of_the_line(
    teacher: Any, traits: dict[str, Any], last: str, stages: dict[int, str]
) -> None:
    cases.a_line(teacher.person, **traits)
    found: dict[Any, str] = {}
    for number in range(90):
        on = dt.date(2027, 1, 1) + number * LATER
        reminders.remind(on=on)
        for letter in OutgoingMail.objects.filter(kind="apply_by"):
            assert letter.context["last"] == last
            found.setdefault(letter.context["stage"], on.isoformat())
    assert found == stages

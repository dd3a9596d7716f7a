"""Opening a planning year, changing it, writing to the heads (clauses 3.12, 5.4, 5.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from training_plans.domain import years
from training_plans.models import Plan, PlanningYear, Priority, Request
from workflow import mail
from workflow.models import OutgoingMail
from workflow.saving import ChangedMeanwhile, version_of

from ..factories import PlanFactory, PlanningYearFactory, PostFactory, RequestFactory, UnitFactory

OCTOBER = dt.date(2026, 10, 1)
USUAL = {"year": 2027, **years.usual_dates(2027), "approver": "centre_head"}


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def opened(
    actor: Any, on: dt.date = OCTOBER, budgets: Any = None, priorities: Any = (), **values: Any
) -> PlanningYear:
    return years.open_year(
        values=USUAL | values, budgets=budgets or {}, priorities=priorities, actor=actor, on=on
    )


def changed(year: PlanningYear, actor: Any, **values: Any) -> PlanningYear:
    return years.change_year(
        planning_year=year,
        values=values,
        budgets=values.pop("budgets", {}),
        priorities=values.pop("priorities", []),
        version=values.pop("version", None),
        actor=actor,
        on=OCTOBER,
    )


def refused(refusal: pytest.ExceptionInfo[ValidationError]) -> dict[str, str]:
    return {name: " ".join(words) for name, words in refusal.value.message_dict.items()}


# --- opening ------------------------------------------------------------------------------------
def test_the_usual_dates_are_15_november_and_1_december_of_the_year_before() -> None:
    assert years.usual_dates(2027) == {
        "requests_due": dt.date(2026, 11, 15),
        "plan_due": dt.date(2026, 12, 1),
    }


def test_a_year_is_opened_with_money_priorities_and_an_empty_plan(centre: Any) -> None:
    year = opened(
        centre,
        budgets={"employer": Decimal(9_000_000), "grant": Decimal(0), "own": None},
        priorities=[{"topic_kk": "Симуляциялық оқыту", "topic_ru": "", "area": "pedagogical"}],
    )
    assert (year.year, year.opened_on, year.opened_by) == (2027, OCTOBER, centre)
    assert dict(year.budgets.values_list("source", "amount")) == {
        "employer": Decimal(9_000_000),
        "grant": Decimal(0),
    }
    assert [(p.topic_kk, p.area) for p in year.priorities.all()] == [
        ("Симуляциялық оқыту", "pedagogical")
    ]
    assert (year.plan.state, year.plan.version) == (Plan.State.DRAFT, 0)
    assert year.history.get().history_user == centre


def test_a_year_is_opened_once(centre: Any) -> None:
    PlanningYearFactory(year=2027)
    with pytest.raises(ValidationError) as refusal:
        opened(centre)
    assert "open already" in refused(refusal)["year"]
    assert "(5.5)" in refused(refusal)["year"]


@pytest.mark.parametrize("year", [None, 2025, 2030])
def test_only_a_year_near_enough_is_opened(centre: Any, year: int | None) -> None:
    with pytest.raises(ValidationError) as refusal:
        opened(centre, year=year)
    assert refused(refusal)["year"] == "Choose a year from 2026 to 2029."


@pytest.mark.parametrize(
    ("values", "field", "clause"),
    [
        (
            {"requests_due": dt.date(2027, 1, 1), "plan_due": dt.date(2026, 12, 1)},
            "requests_due",
            "5.5",
        ),
        ({"plan_due": dt.date(2027, 1, 1)}, "plan_due", "5.5"),
        ({"requests_due": dt.date(2025, 12, 31)}, "requests_due", "5.4"),
        ({"plan_due": dt.date(2026, 11, 14)}, "plan_due", "5.4"),
    ],
)
def test_dates_lie_before_the_year_and_the_plan_after_the_requests(
    centre: Any, values: dict[str, Any], field: str, clause: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        opened(centre, **values)
    assert list(refused(refusal)) == [field]
    assert f"({clause})" in refused(refusal)[field]
    assert PlanningYear.objects.count() == 0


def test_money_is_not_negative_and_nothing_is_kept_then(centre: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        opened(centre, budgets={"employer": Decimal(-1)})
    assert "cannot be negative" in refused(refusal)["budget_employer"]
    assert PlanningYear.objects.count() == 0


def test_a_plan_after_1_december_is_advised_against_but_allowed(centre: Any) -> None:
    late = opened(centre, plan_due=dt.date(2026, 12, 2))
    [advice] = years.advice(planning_year=late, on=OCTOBER)
    assert "5.5" in advice
    on_time = PlanningYear(**USUAL)
    assert years.advice(planning_year=on_time, on=OCTOBER) == []
    [passed] = years.advice(planning_year=on_time, on=dt.date(2026, 11, 16))
    assert "5.4" in passed


# --- letters ------------------------------------------------------------------------------------
def letters(kind: str) -> list[str]:
    rows = OutgoingMail.objects.filter(kind=kind).order_by("receiver__username")
    return [row.receiver.username for row in rows]


def test_every_head_of_a_unit_that_files_gets_one_letter(
    centre: Any, head: Any, stranger_head: Any, secretary: Any, teacher: Any, hr: Any
) -> None:
    opened(centre)
    assert letters("planning_opened") == ["centre", "head", "stranger_head"]


def test_who_has_no_account_no_e_mail_or_no_people_gets_none(
    centre: Any, head: Any, stranger_head: Any, units: SimpleNamespace
) -> None:
    head.email = ""
    head.save()
    stranger_head.is_active = False
    stranger_head.save()
    units.directorate.head = PostFactory(unit=units.directorate).person
    units.directorate.save()
    UnitFactory(parent=units.academy, head=centre.person)
    opened(centre)
    [letter] = OutgoingMail.objects.all()
    assert letter.receiver == centre
    assert letter.context["units"] == [centre.person.heads.get(code="C-001").pk]


def test_the_letter_is_in_the_receivers_language_and_names_day_and_unit(
    centre: Any, head: Any, stranger_head: Any
) -> None:
    head.language = "kk"
    head.save()
    opened(centre)
    mail.deliver(now=timezone.now())
    by_address = {message.to[0]: message for message in django_mail.outbox}
    kazakh, english = by_address[head.email], by_address[stranger_head.email]
    assert "15.11.2026" in english.body
    assert "Хирургия кафедрасы" in english.body
    assert "/planning/2027/" in english.body
    assert english.subject == "Professional development: the planning of 2027 is open"
    with translation.override("kk"):
        greeting = translation.gettext("Dear %(name)s,") % {"name": head.person.full_name}
    assert greeting in kazakh.body
    assert "Терапия кафедрасы" in kazakh.body
    assert "Терапия кафедрасы" not in english.body


# --- changing -----------------------------------------------------------------------------------
def test_money_and_priorities_are_replaced_and_the_history_keeps_them(centre: Any) -> None:
    year = opened(
        centre,
        budgets={"employer": Decimal(100), "grant": Decimal(200)},
        priorities=[{"topic_kk": "Бірінші"}, {"topic_kk": "Екінші"}],
    )
    first, second = year.priorities.all()
    changed(
        year,
        centre,
        budgets={"employer": Decimal(150), "grant": None},
        priorities=[{"pk": first.pk, "topic_kk": "Бірінші тақырып"}, {"topic_kk": "Үшінші"}],
    )
    assert dict(year.budgets.values_list("source", "amount")) == {"employer": Decimal(150)}
    assert [p.topic_kk for p in year.priorities.all()] == ["Бірінші тақырып", "Үшінші"]
    gone = Priority.history.filter(id=second.pk).first()
    assert (gone.history_type, gone.history_user) == ("-", centre)


def test_another_years_priority_is_not_taken_over(centre: Any) -> None:
    year, other = opened(centre), PlanningYearFactory(year=2028)
    foreign = Priority.objects.create(planning_year=other, topic_kk="Бөтен")
    changed(year, centre, priorities=[{"pk": foreign.pk, "topic_kk": "Менікі"}])
    foreign.refresh_from_db()
    assert (foreign.topic_kk, foreign.planning_year) == ("Бөтен", other)
    assert [p.topic_kk for p in year.priorities.all()] == ["Менікі"]


def test_heads_hear_of_another_day_for_requests_and_of_nothing_else(centre: Any, head: Any) -> None:
    year = opened(centre)
    changed(year, centre, plan_due=dt.date(2026, 11, 30))
    assert letters("planning_dates_changed") == []
    changed(year, centre, requests_due=dt.date(2026, 11, 20))
    assert letters("planning_dates_changed") == ["centre", "head"]
    assert letters("planning_opened") == ["centre", "head"]
    mail.deliver(now=timezone.now())
    [told] = [m for m in django_mail.outbox if m.to == [head.email] and "another day" in m.subject]
    assert "15.11.2026" in told.body
    assert "20.11.2026" in told.body


def test_a_stale_change_is_refused_also_where_only_money_changed(centre: Any, hr: Any) -> None:
    year = opened(centre)
    version = version_of(year)
    changed(year, centre, budgets={"employer": Decimal(1)})
    with pytest.raises(ChangedMeanwhile):
        changed(year, centre, budgets={"employer": Decimal(2)}, version=version)
    assert year.budgets.get().amount == Decimal(1)


@pytest.mark.parametrize("state", ["in_agreement", "approved"])
def test_who_approves_stays_while_something_lies_before_them(centre: Any, state: str) -> None:
    year = PlanningYearFactory()
    PlanFactory(planning_year=year, state=state)
    if state == "approved":
        assert changed(year, centre, approver="rector").approver == "rector"
        return
    with pytest.raises(ValidationError) as refusal:
        changed(year, centre, approver="rector")
    assert "(5.5)" in refused(refusal)["approver"]


def test_nobody_takes_the_decision_over(centre: Any, methodologist: Any, rector: Any) -> None:
    year = opened(centre)
    with pytest.raises(ValidationError) as refusal:
        changed(year, methodologist, approver="rector")
    assert "(3.12)" in refused(refusal)["approver"]
    assert changed(year, centre, approver="rector").approver == "rector"
    with pytest.raises(ValidationError):
        changed(year, centre, approver="centre_head")
    assert changed(year, rector, approver="centre_head").approver == "centre_head"


# --- reminding ----------------------------------------------------------------------------------
def test_who_has_not_sent_is_reminded_once_a_day(
    centre: Any, head: Any, stranger_head: Any, units: SimpleNamespace
) -> None:
    year = opened(centre)
    RequestFactory(planning_year=year, unit=units.department, state=Request.State.SENT)
    RequestFactory(planning_year=year, unit=units.other_department, state=Request.State.RETURNED)
    day = dt.date(2026, 11, 16)
    assert years.remind(planning_year=year, actor=centre, on=day) == 2
    assert letters("planning_reminder") == ["centre", "stranger_head"]
    assert years.remind(planning_year=year, actor=centre, on=day) == 0
    Request.objects.filter(unit=units.department).update(state=Request.State.DRAFT)
    assert years.remind(planning_year=year, actor=centre, on=day) == 1
    assert years.remind(planning_year=year, actor=centre, on=day + dt.timedelta(days=1)) == 3


def test_nobody_is_reminded_once_all_have_sent_or_the_plan_is_submitted(
    centre: Any, units: SimpleNamespace
) -> None:
    year = opened(centre)
    centre_unit = centre.person.heads.get()
    request = RequestFactory(planning_year=year, unit=centre_unit, state=Request.State.ACCEPTED)
    with pytest.raises(ValidationError, match="Every unit has sent"):
        years.remind(planning_year=year, actor=centre, on=OCTOBER)
    Request.objects.filter(pk=request.pk).update(state=Request.State.DRAFT)
    Plan.objects.filter(planning_year=year).update(state=Plan.State.IN_AGREEMENT)
    with pytest.raises(ValidationError, match="amendment"):
        years.remind(planning_year=year, actor=centre, on=OCTOBER)
    assert letters("planning_reminder") == []

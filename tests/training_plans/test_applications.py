"""Applications and their route (clauses 5.5, 7.1, 7.5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from training_plans.domain import application_checks, applications, route
from training_plans.models import Plan, PlanLine
from training_plans.transitions import PLAN
from workflow.models import Decision, Substitution
from workflow.transitions import Refused

from ..factories import PlanFactory, PlanningYearFactory
from . import cases

pytestmark = pytest.mark.django_db


def kinds(application: Any) -> list[str]:
    return list(application.steps.values_list("kind", flat=True))


def test_the_whole_route_to_the_visa(accounts: Any, teacher: Any) -> None:
    application = cases.approved(teacher, accounts)
    assert application.state == "approved"
    assert kinds(application) == ["head", "centre", "finance", "vice_rector", "rector"]
    assert application.number_text == "2027-0001"
    assert application.apply_by == dt.date(2027, 2, 9)
    assert not application.is_late
    assert Decision.objects.about(application).count() == 6
    assert application.contract.state == "draft"
    line = application.plan_line
    assert line is not None
    line.refresh_from_db()
    assert line.execution == PlanLine.Execution.APPLIED


def test_only_steps_that_apply(accounts: Any, teacher: Any) -> None:
    accounts["head"], accounts["vicerector"]
    application = cases.submitted(teacher, funding="free", cost=0)
    assert kinds(application) == ["head", "centre", "vice_rector", "rector"]


def test_abroad_passes_the_international_office(accounts: Any, teacher: Any) -> None:
    accounts["head"]
    application = cases.submitted(teacher, country="Германия")
    assert "international" in kinds(application)


def test_the_head_applies_to_who_is_above(accounts: Any, head: Any, dean: Any) -> None:
    application = cases.submitted(head)
    first = cases.step_of(application)
    assert (first.kind, first.unit.head) == ("head", dean.person)  # type: ignore[union-attr]
    with pytest.raises(Refused):
        route.decide(step=first, answer="agree", actor=head, on=cases.APPLIED_ON)


def test_too_late_is_refused_with_the_earliest_start(teacher: Any) -> None:
    application = cases.drafted(teacher, on=dt.date(2027, 2, 10))
    with pytest.raises(Refused, match=r"02\.03\.2027"):
        applications.submit(application=application, actor=teacher, on=dt.date(2027, 2, 10))


def test_the_twentieth_day_before_is_in_time(teacher: Any) -> None:
    application = cases.submitted(teacher, on=dt.date(2027, 2, 9))
    assert not application.is_late


def test_a_return_begins_a_new_round(accounts: Any, teacher: Any, head: Any) -> None:
    application = cases.submitted(teacher)
    returned = route.decide(
        step=cases.step_of(application),
        answer="return",
        actor=head,
        on=cases.APPLIED_ON,
        reason="бағдарлама жоқ",
    )
    assert returned.state == "returned"
    again = applications.submit(application=returned, actor=teacher, on=cases.APPLIED_ON)
    assert again.steps.filter(round=2, state="waiting").count() == 1
    assert again.number == application.number


def test_a_decided_step_is_not_decided_twice(accounts: Any, teacher: Any, head: Any) -> None:
    application = cases.submitted(teacher)
    step = cases.step_of(application)
    route.decide(step=step, answer="agree", actor=head, on=cases.APPLIED_ON)
    with pytest.raises(Refused, match=head.display_name):
        route.decide(step=step, answer="agree", actor=head, on=cases.APPLIED_ON)
    assert Decision.objects.about(application).filter(transition="agree").count() == 1


def test_a_substitute_signs_for_who_is_away(
    accounts: Any, teacher: Any, head: Any, stranger: Any
) -> None:
    application = cases.submitted(teacher)
    step = cases.step_of(application)
    with pytest.raises(Refused):
        route.decide(step=step, answer="agree", actor=stranger, on=cases.APPLIED_ON)
    Substitution.objects.create(
        absent=head,
        substitute=stranger,
        starts_on=cases.APPLIED_ON,
        ends_on=cases.APPLIED_ON,
        entered_by=head,
    )
    on_the_day = dt.date(2027, 1, 11)
    assert route.capacity_for(step, actor=stranger, on=on_the_day + dt.timedelta(days=1)) is None
    capacity = route.capacity_for(step, actor=stranger, on=on_the_day)
    assert capacity is not None and capacity.on_behalf_of == head


def test_outside_the_plan_the_amendment_comes_first(accounts: Any, teacher: Any) -> None:
    for name in ("head", "centre", "rector"):
        accounts[name]
    plan = cases.a_plan()
    line = cases.a_line(teacher.person)
    terms = {name: getattr(line, name) for name in ("topic", "area", "provider", "hours")}
    PlanLine.objects.all().delete()
    applications.give_consent(person=teacher.person, actor=teacher, on=cases.APPLIED_ON)
    application = applications.begin(
        post=teacher.person.posts.get(),
        values={
            **terms,
            "starts_on": cases.START,
            "ends_on": cases.END,
            "funding": "free",
            "unplanned_because": "Жаңа бағдарлама ашылды",
        },
        actor=teacher,
        on=cases.APPLIED_ON,
    )
    application = applications.submit(application=application, actor=teacher, on=cases.APPLIED_ON)
    assert application.amendment_item.amendment.plan == plan  # type: ignore[union-attr]
    application = cases.agreed(application, accounts, until="centre")
    with pytest.raises(Refused, match=r"5\.5"):
        route.decide(
            step=cases.step_of(application),
            answer="agree",
            actor=accounts["centre"],
            on=cases.APPLIED_ON,
        )


def outside_the_plan(teacher: Any, **changes: Any) -> Any:
    line = cases.a_line(teacher.person)
    terms = {name: getattr(line, name) for name in ("topic", "area", "provider", "hours")}
    PlanLine.objects.all().delete()
    applications.give_consent(person=teacher.person, actor=teacher, on=cases.APPLIED_ON)
    values = {
        **terms,
        "starts_on": cases.START,
        "ends_on": cases.END,
        "funding": "free",
        "unplanned_because": "Жаңа бағдарлама ашылды",
    }
    return applications.begin(
        post=teacher.person.posts.get(), values=values | changes, actor=teacher, on=cases.APPLIED_ON
    )


def returned(application: Any, head: Any) -> Any:
    return route.decide(
        step=cases.step_of(application),
        answer="return",
        reason="Басқа күн",
        actor=head,
        on=cases.APPLIED_ON,
    )


def test_sent_again_the_amendment_says_what_the_application_says(teacher: Any, head: Any) -> None:
    application = applications.submit(
        application=outside_the_plan(teacher), actor=teacher, on=cases.APPLIED_ON
    )
    item = application.amendment_item
    application = returned(application, head)
    later = {"ends_on": dt.date(2027, 3, 19), "hours": 90}
    application = applications.change(
        application=application, values=later, actor=teacher, on=cases.APPLIED_ON
    )
    application = applications.submit(application=application, actor=teacher, on=cases.APPLIED_ON)
    assert application.amendment_item == item
    item = application.amendment_item
    assert (item.ends_on, item.hours) == (dt.date(2027, 3, 19), 90)


def test_over_new_year_the_number_stays_and_the_other_plan_is_amended(
    teacher: Any, head: Any
) -> None:
    """A number belongs to the register of its year, whenever the training is held (5.5)."""
    application = applications.submit(
        application=outside_the_plan(teacher), actor=teacher, on=cases.APPLIED_ON
    )
    number, first = application.number_text, application.amendment_item
    plan = PlanFactory(
        planning_year=PlanningYearFactory(year=2028), state=Plan.State.APPROVED, version=1
    )
    application = applications.change(
        application=returned(application, head),
        values={"starts_on": dt.date(2028, 1, 10), "ends_on": dt.date(2028, 1, 21)},
        actor=teacher,
        on=cases.APPLIED_ON,
    )
    assert application.number_text == number == "2027-0001"
    application = applications.submit(application=application, actor=teacher, on=cases.APPLIED_ON)
    assert application.number_text == number
    first.refresh_from_db()
    assert first.withdrawn
    assert application.amendment_item.amendment.plan == plan


def test_too_many_hours_are_said_without_idle_zeros(teacher: Any) -> None:
    application = outside_the_plan(teacher, hours=Decimal("500.0"), ends_on=cases.START)
    with translation.override("en"):
        found = list(application_checks.hours_fit_the_days(application))
    assert [str(refusal)[:10] for refusal in found] == ["500 hours "]


def test_a_year_is_not_closed_while_its_cases_are_open(accounts: Any, teacher: Any) -> None:
    application = cases.submitted(teacher)
    plan = application.plan_line.plan  # type: ignore[union-attr]
    later = dt.date(2028, 1, 10)
    found = PLAN.refusals(plan, "close", actor=accounts["centre"], on=later)
    assert ["1" in refusal.words for refusal in found] == [True]
    applications.withdraw(application=application, reason="ауырды", actor=teacher, on=later)
    assert PLAN.refusals(plan, "close", actor=accounts["centre"], on=later) == []


def test_the_rectors_own_case_is_signed_by_who_acts_as_rector(
    accounts: Any, rector: Any, vicerector: Any, centre: Any, head: Any
) -> None:
    application = cases.submitted(rector, funding="free", cost=0)
    application = cases.agreed(application, accounts, until="rector")
    step = cases.step_of(application)
    assert route.capacity_for(step, actor=vicerector, on=cases.APPLIED_ON) is None
    Substitution.objects.create(
        absent=rector,
        substitute=vicerector,
        starts_on=cases.APPLIED_ON,
        ends_on=cases.APPLIED_ON,
        entered_by=rector,
    )
    assert route.capacity_for(step, actor=rector, on=cases.APPLIED_ON) is None
    capacity = route.capacity_for(step, actor=vicerector, on=cases.APPLIED_ON)
    assert capacity is not None and capacity.on_behalf_of == rector
    # Of other steps the one who stands in stays away from whom they stand in for.
    Substitution.objects.create(
        absent=head,
        substitute=vicerector,
        starts_on=cases.APPLIED_ON,
        ends_on=cases.APPLIED_ON,
        entered_by=head,
    )
    own = cases.submitted(head)
    own.steps.filter(state="waiting").update(kind="head", unit=own.unit)
    waiting = cases.step_of(own)
    assert route.capacity_for(waiting, actor=vicerector, on=cases.APPLIED_ON) is None

"""What playing a whole year by hand has shown: closing it, marks taken back, bulk edits, limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from staff.domain import standings
from training_plans.domain import events, execution, requests, wishes, years
from training_plans.models import Plan, PlanLine, Request, TrainingWish
from workflow.saving import ChangedMeanwhile, version_of

from ..factories import (
    CourseFactory,
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    RequestFactory,
    RequestLineFactory,
    TrainingRecordFactory,
)
from .approved_plans import in_force

pytestmark = pytest.mark.django_db
AFTERWARDS = dt.date(2028, 1, 11)
DAYS = {"starts_on": dt.date(2026, 12, 7), "ends_on": dt.date(2026, 12, 11)}


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def plan(centre: Any) -> Plan:
    return in_force(PlanFactory(), by=centre)


@pytest.fixture
def closed(plan: Plan) -> Plan:
    PlanLineFactory(plan=plan)
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.CLOSED)
    plan.refresh_from_db()
    return plan


# --- limits -------------------------------------------------------------------------------------
def test_an_event_has_at_most_a_thousand_places(centre: Any, today: dt.date) -> None:
    course = CourseFactory()
    with pytest.raises(ValidationError) as refusal:
        events.plan_event(course=course, values=DAYS | {"places": 1001}, actor=centre, on=today)
    assert refusal.value.message_dict["places"] == [
        "An event has 1000 places at most. Plan a second group beside it."
    ]
    event = events.plan_event(course=course, values=DAYS | {"places": 1000}, actor=centre, on=today)
    with pytest.raises(ValidationError):
        events.change_event(event=event, values={"places": 30_000}, actor=centre, on=today)


def test_ten_wishes_a_year_are_enough(teacher: Any, today: dt.date) -> None:
    def wish(number: int, year: int = 2027) -> TrainingWish:
        values = {"year": year, "topic": f"Тақырып {number}"}
        return wishes.add_wish(values=values, actor=teacher, on=today)

    first = wish(0)
    for number in range(1, 10):
        wish(number)
    with pytest.raises(ValidationError) as refusal:
        wish(10)
    assert refusal.value.messages == [
        "You have 10 wishes for 2027 already: that many are read at most. Withdraw one of them "
        "first (3.15)."
    ]
    wish(10, year=2028)
    wishes.withdraw_wish(wish=first, actor=teacher)
    wish(10)


# --- a year that is closed ----------------------------------------------------------------------
def test_dates_and_money_of_a_closed_year_stay(closed: Plan, centre: Any, signed_in: Any) -> None:
    year = closed.planning_year
    with pytest.raises(ValidationError) as refusal:
        years.change_year(
            planning_year=year, values={}, budgets={}, priorities=[], actor=centre, on=AFTERWARDS
        )
    assert refusal.value.messages == [
        "The year 2027 is closed: its dates, money and priorities stay as they were (5.5)."
    ]
    page = signed_in(centre).get(reverse("planning_year", args=[year.year])).content.decode()
    assert reverse("planning_edit", args=[year.year]) not in page
    assert "closed" in page


def test_nothing_of_a_closed_year_leads_to_a_refusal(
    closed: Plan, centre: Any, signed_in: Any
) -> None:
    line = closed.lines.get()
    TrainingRecordFactory(person=line.person, title=line.topic, ends_on=dt.date(2027, 3, 19))
    client, year = signed_in(centre), closed.planning_year.year
    mark = reverse("execution_mark", args=[line.pk])
    item = reverse("amendment_item", args=[year])
    page = client.get(reverse("plan_line", args=[line.pk])).content.decode()
    assert [address for address in (mark, item) if address in page] == []
    assert client.get(reverse("plan_execution", args=[year])).context["fits"] == 0
    assert client.get(reverse("plan_execution_records", args=[year])).context["fits"] == []
    marking = client.get(mark)
    assert "The year is closed" in marking.content.decode()
    assert 'name="state"' not in marking.content.decode()
    typed = {"state": "not_held", "note": "Себебі", "version": version_of(line)}
    refused = client.post(mark, typed)
    assert refused.status_code == 422
    assert "The year is closed" in refused.content.decode()


def test_the_page_that_closes_says_what_stays_open(plan: Plan, centre: Any, signed_in: Any) -> None:
    for state in ("not_begun", "ordered", "documents_due", "postponed", "not_held"):
        PlanLineFactory(plan=plan, execution=state)
    record = TrainingRecordFactory(ends_on=dt.date(2027, 3, 19))
    PlanLineFactory(plan=plan, execution="done", record=record)
    page = signed_in(centre).get(reverse("plan_close", args=[plan.planning_year.year]))
    assert page.context["stays_open"] == {"not_begun": 1, "in_progress": 2, "fits": 0}
    text = page.content.decode()
    assert "Not begun: 1" in text
    assert "Being carried out: 2" in text


# --- marks --------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", [PlanLine.Execution.POSTPONED, PlanLine.Execution.NOT_HELD])
def test_the_reason_of_a_mark_goes_with_the_mark(plan: Plan, centre: Any, state: str) -> None:
    line = PlanLineFactory(plan=plan)
    mark = {"line": line, "actor": centre, "on": dt.date(2027, 7, 1)}
    assert execution.set_execution(state=state, note="Провайдер тоқтатты", **mark).note
    assert execution.set_execution(state="not_begun", **mark).note == ""
    PlanLine.objects.filter(pk=line.pk).update(note="Жоспардағы ескертпе")
    record = TrainingRecordFactory(person=line.person, ends_on=dt.date(2027, 3, 19))
    done = execution.set_execution(state="done", record=record, **mark)
    assert done.note == "Жоспардағы ескертпе"


# --- a plan without lines -----------------------------------------------------------------------
def test_an_empty_plan_is_not_said_to_be_in_order(centre: Any, signed_in: Any) -> None:
    plan = PlanFactory()
    page = signed_in(centre).get(reverse("plan_checks", args=[plan.planning_year.year]))
    text = page.content.decode()
    assert "Everything is in order" not in text
    assert "Nothing stands in the plan yet" in text
    assert reverse("plan_waiting", args=[plan.planning_year.year]) in text


# --- a request ----------------------------------------------------------------------------------
@pytest.fixture
def request_of(units: SimpleNamespace, head: Any, today: dt.date) -> Request:
    """The department's request: two who fall due, each with a course that fits."""
    TrainingRecordFactory(person=head.person)
    for name in ("Бірінші", "Екінші"):
        person = PostFactory(unit=units.department, person__last_name=name).person
        TrainingRecordFactory(person=person, ends_on=dt.date(2024, 3, 14))
    CourseFactory(title="Терапия: жаңа хаттамалар", hours=72)
    standings.restate_everybody(on=today)
    year = PlanningYearFactory()
    return requests.begin(planning_year=year, unit=units.department, actor=head, on=today)


def test_a_request_without_minutes_is_not_called_ready(
    request_of: Request, head: Any, signed_in: Any, today: dt.date
) -> None:
    client, url = signed_in(head), reverse("request", args=[request_of.pk])
    page = client.get(url).content.decode()
    assert "Ready to be sent" not in page
    assert "Only the minutes are missing" in page
    typed = {"minutes_number": "7", "minutes_date": today.isoformat()}
    kept = client.post(
        reverse("request_minutes", args=[request_of.pk]), typed, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Ready to be sent" in kept


def test_several_lines_are_not_changed_over_somebody_else(
    request_of: Request, head: Any, secretary: Any, signed_in: Any, today: dt.date
) -> None:
    line, other = request_of.lines.order_by("pk")
    keys, url = [line.pk, other.pk], reverse("request_many", args=[request_of.pk])
    client = signed_in(head)
    opened = dict(client.get(url, {"ids": keys}).context["hidden"])["version"]
    values = {"topic": "Хатшының тақырыбы", "precision": "month", "month": 2, "hours": 72}
    requests.change_line(line=line, values=values, actor=secretary, on=today)
    with pytest.raises(ChangedMeanwhile):
        requests.set_for_many(
            request=request_of,
            lines=keys,
            values={"topic": "Басқа"},
            actor=head,
            on=today,
            version=int(opened),
        )
    typed = {"ids": keys, "version": opened, "topic": "Ортақ тақырып", "precision": "month"}
    stale = client.post(url, typed)
    assert stale.status_code == 409
    assert "Хатшының тақырыбы" in stale.content.decode()
    assert line.person.short_name in stale.content.decode()
    line.refresh_from_db()
    assert line.topic == "Хатшының тақырыбы"
    course = CourseFactory(title="Терапия әліппесі", price=0)
    quick = {"ids": keys, "version": opened, "key": f"course-{course.pk}"}
    assert client.post(url, quick).status_code == 409
    newest = dict(stale.context["hidden"])["version"]
    assert client.post(url, typed | {"version": newest}).status_code == 302
    line.refresh_from_db()
    assert line.topic == "Ортақ тақырып"


def test_only_the_month_of_several_lines_is_changed(
    request_of: Request, head: Any, signed_in: Any
) -> None:
    request_of.lines.update(topic="Өз тақырыбы", form="internship", kind="individual")
    keys, url = (
        list(request_of.lines.values_list("pk", flat=True)),
        reverse("request_many", args=[request_of.pk]),
    )
    client = signed_in(head)
    version = dict(client.get(url, {"ids": keys}).context["hidden"])["version"]
    typed = {"ids": keys, "version": version, "precision": "month", "month": "5"}
    answer = client.post(url, typed)
    assert answer.status_code == 302, answer.context["form"].errors
    assert set(request_of.lines.values_list("topic", "form", "starts_on")) == {
        ("Өз тақырыбы", "internship", dt.date(2027, 5, 1))
    }
    nothing = client.post(url, {"ids": keys, "version": version, "precision": "month"})
    assert nothing.status_code in (409, 422)


def test_nothing_filled_in_changes_nothing_and_says_so(
    request_of: Request, head: Any, today: dt.date
) -> None:
    keys = list(request_of.lines.values_list("pk", flat=True))
    with pytest.raises(ValidationError) as refusal:
        requests.set_for_many(
            request=request_of, lines=keys, values={"precision": "month"}, actor=head, on=today
        )
    assert refusal.value.messages == ["Fill in what the chosen lines are to have in common."]


def test_of_two_trainings_of_last_year_the_one_for_the_norm_is_copied(
    request_of: Request, units: SimpleNamespace, head: Any, today: dt.date
) -> None:
    line = request_of.lines.order_by("pk").first()
    assert line is not None
    before = RequestFactory(
        planning_year=PlanningYearFactory(year=2026), unit=units.department, state="accepted"
    )
    last_year = {"request": before, "post": line.post, "starts_on": dt.date(2026, 2, 1)}
    last_year |= {"ends_on": dt.date(2026, 2, 28), "precision": "month"}
    RequestLineFactory(requirement=line.requirement, topic="Норма үшін", **last_year)
    RequestLineFactory(requirement=None, topic="Қосымша", **last_year)
    requests.copy_last_year(request=request_of, actor=head, on=today)
    line.refresh_from_db()
    assert line.topic == "Норма үшін"


# --- a plan approved late -----------------------------------------------------------------------
@pytest.mark.parametrize("late", [True, False])
def test_a_plan_approved_late_is_not_called_done_in_time(
    plan: Plan, centre: Any, signed_in: Any, late: bool
) -> None:
    plan.versions.update(is_late=late)
    page = signed_in(centre).get(reverse("planning_year", args=[plan.planning_year.year]))
    assert ("approved late" in page.content.decode()) is late
    assert page.context["plan_late"] is late

"""What waits for a visa: the queue, many at once, fifty at the same moment, who is slow (7.1)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from training_plans.domain import case_queue, route
from training_plans.models import RouteStep, TrainingApplication
from workflow.models import Decision, Substitution
from workflow.transitions import Refused

from ..factories import PostFactory, UserFactory
from . import cases

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
AT_ONCE = 50


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def colleague(unit: Any) -> Any:
    """Another teacher of ``unit`` with an account."""
    post = PostFactory(unit=unit)
    return UserFactory(person=post.person)


def waiting_for_the_rector(accounts: Any, unit: Any, count: int) -> list[TrainingApplication]:
    for name in ("head", "centre", "finance", "vicerector", "rector"):
        accounts[name]
    return [
        cases.agreed(cases.submitted(colleague(unit)), accounts, until="rector")
        for _number in range(count)
    ]


def test_the_queue_says_what_one_needs_to_decide(
    accounts: Any, teacher: Any, head: Any, signed_in: Any
) -> None:
    application = cases.submitted(teacher)
    [row] = signed_in(head).get(reverse("case_queue")).context["rows"]
    assert (row.application, row.for_whom, list(row.earlier), row.blocked) == (
        application,
        None,
        [],
        "",
    )
    assert row.order_by_day == dt.date(2027, 2, 26)
    centre = accounts["centre"]
    assert signed_in(centre).get(reverse("case_queue")).context["rows"] == []
    cases.agreed(application, accounts, until="centre")
    assert signed_in(head).get(reverse("case_queue")).context["rows"] == []
    [row] = signed_in(centre).get(reverse("case_queue")).context["rows"]
    assert [step.kind for step in row.earlier] == ["head"]
    assert row.earlier[0].decision.actor == head


def test_a_substitute_sees_for_whom_and_never_their_own_case(
    head: Any, secretary: Any, teacher: Any, signed_in: Any, today: dt.date
) -> None:
    Substitution.objects.create(
        absent=head, substitute=secretary, starts_on=today, ends_on=today, entered_by=head
    )
    cases.submitted(teacher)
    cases.submitted(secretary)
    [row] = signed_in(secretary).get(reverse("case_queue")).context["rows"]
    assert (row.application.person, row.for_whom) == (teacher.person, head)
    assert head.display_name in signed_in(secretary).get(reverse("case_queue")).content.decode()


def test_many_are_agreed_at_once_each_by_itself(
    accounts: Any, units: Any, signed_in: Any, today: dt.date
) -> None:
    first, second, third = waiting_for_the_rector(accounts, units.department, 3)
    keys = [cases.step_of(row).pk for row in (first, second, third)]
    route.decide(
        step=cases.step_of(second),
        answer="return",
        actor=accounts["rector"],
        on=today,
        reason="Нақтылаңыз",
    )
    client = signed_in(accounts["rector"])
    page = client.post(reverse("case_decide_many"), {"ids": keys}, follow=True)
    states = dict(TrainingApplication.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in (first, second, third)] == [
        "approved",
        "returned",
        "approved",
    ]
    said = [str(message) for message in page.context["messages"]]
    assert said[0] == "2 applications agreed."
    assert said[1].startswith("1 refused:")
    assert second.person.full_name in said[1]
    assert "has decided this already" in said[1]


def test_what_a_substitute_has_signed_and_sees_no_more_counts_as_agreed(
    accounts: Any, units: Any, stranger_head: Any, signed_in: Any, today: dt.date
) -> None:
    first, second = waiting_for_the_rector(accounts, units.department, 2)
    Substitution.objects.create(
        absent=accounts["rector"],
        substitute=stranger_head,
        starts_on=today,
        ends_on=today,
        entered_by=accounts["rector"],
    )
    keys = [cases.step_of(row).pk for row in (first, second)]
    client = signed_in(stranger_head)
    page = client.post(reverse("case_decide_many"), {"ids": keys}, follow=True)
    seen = TrainingApplication.objects.visible_to(stranger_head)
    assert not seen.filter(pk__in=[first.pk, second.pk]).exists()
    assert [str(message) for message in page.context["messages"]] == ["2 applications agreed."]


def test_nothing_chosen_and_nothing_of_others_is_decided(
    accounts: Any, units: Any, stranger_head: Any, teacher: Any, signed_in: Any
) -> None:
    [application] = waiting_for_the_rector(accounts, units.department, 1)
    key = cases.step_of(application).pk
    for user in (stranger_head, teacher):
        page = signed_in(user).post(reverse("case_decide_many"), {"ids": [key]}, follow=True)
        [said] = [str(message) for message in page.context["messages"]]
        assert said == "1 refused: what is not before you any more"
        assert application.person.full_name not in said
    page = signed_in(accounts["centre"]).post(
        reverse("case_decide_many"), {"ids": [key]}, follow=True
    )
    assert "not yours to decide" in str(next(iter(page.context["messages"])))
    page = signed_in(accounts["rector"]).post(reverse("case_decide_many"), {}, follow=True)
    assert "Nothing was chosen" in str(next(iter(page.context["messages"])))
    application.refresh_from_db()
    assert application.state == "endorsed"


def test_the_centre_waits_for_the_amendment(
    accounts: Any, teacher: Any, signed_in: Any, head: Any
) -> None:
    application = cases.agreed(cases.submitted(teacher), accounts, until="centre")
    TrainingApplication.objects.update(plan_line=None)
    client = signed_in(accounts["centre"])
    [row] = client.get(reverse("case_queue")).context["rows"]
    assert "5.5" in row.blocked
    outcome = case_queue.agree_to_many(
        [cases.step_of(application)], actor=accounts["centre"], on=cases.APPLIED_ON
    )
    assert (outcome.agreed, len(outcome.refused)) == (0, 1)


@pytest.mark.parametrize("many", [10])
def test_the_queue_costs_the_same_however_long(
    accounts: Any, units: Any, signed_in: Any, many: int
) -> None:
    def cost() -> int:
        client = signed_in(accounts["rector"])
        client.get(reverse("case_queue"))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("case_queue"))
            assert page.content
        return len(queries)

    waiting_for_the_rector(accounts, units.department, 1)
    few = cost()
    waiting_for_the_rector(accounts, units.department, many)
    assert RouteStep.objects.waiting().count() == many + 1
    assert cost() == few


def test_who_is_slow_is_shown_by_decider(
    accounts: Any, teacher: Any, head: Any, units: Any, signed_in: Any, today: dt.date
) -> None:
    accounts["finance"]
    application = cases.submitted(teacher)
    other = cases.agreed(cases.submitted(colleague(units.department)), accounts, until="finance")
    RouteStep.objects.filter(pk=cases.step_of(application).pk).update(due_on=today - 3 * DAY)
    RouteStep.objects.filter(pk=cases.step_of(other).pk).update(due_on=today)
    [slow] = case_queue.slow_deciders(today)
    assert (slow.people, slow.worst, len(slow.steps)) == (head.person.short_name, 3, 1)
    two = case_queue.slow_deciders(today + DAY)
    assert {row.people for row in two} == {
        head.person.short_name,
        accounts["finance"].display_name,
    }
    page = signed_in(accounts["hr"]).get(reverse("case_slow"))
    assert page.context["count"] == 1
    assert signed_in(accounts["rector"]).get(reverse("case_slow")).status_code == 200
    assert signed_in(head).get(reverse("case_slow")).status_code == 403


# --- one answer, whoever asks --------------------------------------------------------------------
def test_one_decision_of_fifty_who_saw_the_same(accounts: Any, units: Any) -> None:
    """Each had the page open before the first decided; the verb judges what is kept now."""
    [application] = waiting_for_the_rector(accounts, units.department, 1)
    stale = [RouteStep.objects.get(pk=cases.step_of(application).pk) for _ in range(AT_ONCE)]
    refused = 0
    for step in stale:
        try:
            route.decide(step=step, answer="agree", actor=accounts["rector"], on=cases.APPLIED_ON)
        except Refused as refusal:
            refused += 1
            assert accounts["rector"].display_name in refusal.messages[0]
    assert refused == AT_ONCE - 1
    assert Decision.objects.about(application).filter(transition="approve").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: the others wait anyway"
)
def test_fifty_at_the_same_moment_make_one_decision(accounts: Any, units: Any) -> None:
    [application] = waiting_for_the_rector(accounts, units.department, 1)
    step, rector = cases.step_of(application), accounts["rector"]
    ready = threading.Barrier(AT_ONCE)
    agreed: list[int] = []
    refused: list[str] = []
    broken: list[BaseException] = []

    def agree(number: int) -> None:
        try:
            mine = RouteStep.objects.select_related("application").get(pk=step.pk)
            ready.wait(30)
            with translation.override("en"):
                route.decide(step=mine, answer="agree", actor=rector, on=cases.APPLIED_ON)
            agreed.append(number)
        except ValidationError as refusal:
            refused.extend(refusal.messages)
        except BaseException as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not broken
    assert len(agreed) == 1
    assert len(refused) == AT_ONCE - 1
    assert all(rector.display_name in words for words in refused)
    application.refresh_from_db()
    assert application.state == "approved"
    assert Decision.objects.about(application).filter(transition="approve").count() == 1
    assert application.contract.state == "draft"

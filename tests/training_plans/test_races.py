"""Two who act at once: the second waits, and judges what the first has written."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from training_plans.domain import execution, intake, requests
from training_plans.models import PlanLine, Request
from workflow.transitions import Refused

from ..factories import (
    PlanFactory,
    PlanLineFactory,
    RequestFactory,
    RequestLineFactory,
    TrainingRecordFactory,
)
from .approved_plans import in_force

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer: the second waits anyway"
    ),
]


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def at_once(first: Callable[[], Any], second: Callable[[], Any]) -> BaseException | None:
    """Do ``first``, begin ``second`` before that is committed; what ``second`` raised."""
    done, go_on = threading.Event(), threading.Event()
    raised: dict[str, BaseException] = {}

    def run(name: str, act: Callable[[], Any], *, holds: bool) -> None:
        try:
            with transaction.atomic():
                act()
                if holds:
                    done.set()
                    assert go_on.wait(20)
        except BaseException as error:
            raised[name] = error
        finally:
            done.set()
            connection.close()

    threads = [
        threading.Thread(target=run, args=("first", first), kwargs={"holds": True}),
        threading.Thread(target=run, args=("second", second), kwargs={"holds": False}),
    ]
    threads[0].start()
    assert done.wait(20)
    threads[1].start()
    until = time.monotonic() + 20
    while threads[1].is_alive() and not somebody_waits() and time.monotonic() < until:
        time.sleep(0.05)
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert "first" not in raised, raised
    return raised.get("second")


def test_a_request_is_not_returned_while_its_lines_come_into_the_plan(
    centre: Any, methodologist: Any, today: dt.date
) -> None:
    plan = PlanFactory()
    request = RequestFactory(planning_year=plan.planning_year, state="accepted", number=1)
    line = RequestLineFactory(request=request)
    refusal = at_once(
        lambda: intake.take_in(plan=plan, lines=[line], actor=centre, on=today),
        lambda: requests.give_back(
            request=request, reason="Нақтылаңыз", actor=methodologist, on=today
        ),
    )
    assert isinstance(refusal, Refused)
    assert (Request.objects.get().state, PlanLine.objects.count()) == ("accepted", 1)


def test_lines_of_a_request_that_is_being_returned_do_not_come_into_the_plan(
    centre: Any, methodologist: Any, today: dt.date
) -> None:
    plan = PlanFactory()
    request = RequestFactory(planning_year=plan.planning_year, state="accepted", number=1)
    line = RequestLineFactory(request=request)
    refusal = at_once(
        lambda: requests.give_back(
            request=request, reason="Нақтылаңыз", actor=methodologist, on=today
        ),
        lambda: intake.take_in(plan=plan, lines=[line], actor=centre, on=today),
    )
    assert isinstance(refusal, ValidationError)
    assert (Request.objects.get().state, PlanLine.objects.count()) == ("returned", 0)


def test_one_record_does_not_prove_two_lines(centre: Any, methodologist: Any) -> None:
    plan = in_force(PlanFactory(), by=centre)
    one = PlanLineFactory(plan=plan)
    other = PlanLineFactory(plan=plan, post=one.post)
    record = TrainingRecordFactory(
        person=one.person, ends_on=dt.date(2027, 3, 19), cost=Decimal(55_000)
    )

    def prove(line: PlanLine, actor: Any) -> None:
        execution.set_execution(
            line=line, state="done", record=record, actor=actor, on=dt.date(2027, 7, 1)
        )

    refusal = at_once(lambda: prove(one, centre), lambda: prove(other, methodologist))
    assert isinstance(refusal, ValidationError)
    assert PlanLine.objects.filter(record=record).count() == 1

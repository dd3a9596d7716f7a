"""A planning year with people, requests and a plan, for the tests of its pages and figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from staff.domain import standings
from staff.models import TrainingRequirement
from training_plans.models import Budget, Priority, Request

from ..factories import (
    PersonFactory,
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    RequestFactory,
    RequestLineFactory,
    TrainingRecordFactory,
)

BETWEEN = {"starts_on": dt.date(2027, 3, 1), "ends_on": dt.date(2027, 3, 31)}


def teacher_of(unit: Any, name: str, *, ended: dt.date | None = None, **post: Any) -> Any:
    """Somebody of ``unit`` whose 72 hours ended on a day; overdue where there is none."""
    person = PersonFactory(last_name=name)
    PostFactory(person=person, unit=unit, **post)
    if ended is not None:
        TrainingRecordFactory(person=person, ends_on=ended)
    return person


def the_autumn(units: SimpleNamespace, today: dt.date) -> SimpleNamespace:
    """Six people who fall due in 2027 or before, and one who does not.

    ``asked`` and ``planned`` are in the department's request that was sent, ``planned`` in the
    plan; ``left_out`` stands there with a reason, ``missed`` (of the section) does not at all.
    ``begun`` is in the other department's draft; for ``unfiled`` (directorate) nobody files.
    """
    year = PlanningYearFactory()
    plan = PlanFactory(planning_year=year)
    march, may = dt.date(2024, 3, 15), dt.date(2024, 5, 20)
    people = SimpleNamespace(
        asked=teacher_of(units.department, "Сұралған", ended=march),
        planned=teacher_of(units.department, "Жоспарлы", ended=may),
        left_out=teacher_of(units.department, "Қалдырылған", ended=may),
        missed=teacher_of(units.section, "Ұмытылған"),
        begun=teacher_of(units.other_department, "Басталған", college_teacher=True),
        unfiled=teacher_of(units.directorate, "Бөлек", leader=True),
        fine=teacher_of(units.department, "Дұрыс", ended=dt.date(2026, 5, 1)),
    )
    standings.restate_everybody(on=today)
    norm = TrainingRequirement.objects.get(code="university_teacher")
    sent = RequestFactory(
        planning_year=year, unit=units.department, state=Request.State.SENT, sent_on=today
    )
    draft = RequestFactory(planning_year=year, unit=units.other_department)
    lines = {
        name: RequestLineFactory(
            request=sent, post=getattr(people, name).posts.get(), requirement=norm, **extra
        )
        for name, extra in (
            ("asked", {"topic": "Дәлелді медицина", "goal": "4.1.1"}),
            ("planned", {"topic": "дәлелді  МЕДИЦИНА", "funding": "grant"}),
            ("left_out", {"left_out": True, "left_out_because": "Декреттік демалыс"}),
        )
    }
    lines["begun"] = RequestLineFactory(
        request=draft,
        post=people.begun.posts.get(),
        topic="Симуляциялық оқыту әдістері",
        cost=Decimal(25_000),
        hours=Decimal(36),
        funding="",
    )
    PlanLineFactory(
        plan=plan,
        post=people.planned.posts.get(),
        requirement=norm,
        request_line=lines["planned"],
        funding="grant",
    )
    Budget.objects.create(planning_year=year, source="employer", amount=Decimal(50_000))
    Priority.objects.create(planning_year=year, topic_kk="Симуляциялық оқыту")
    return SimpleNamespace(
        year=year, plan=plan, sent=sent, draft=draft, lines=SimpleNamespace(**lines), **vars(people)
    )

"""The term of the documents as the order sets it: end + 5 days, off days not worked (7.2, 7.14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from training_plans.domain import orders
from workflow.models import CalendarException

from . import cases, handed_in

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def due_of(user: Any, accounts: Any, end: dt.date) -> dt.date | None:
    """Last day for the documents of a course of 2026 that ends on that day, by its order."""
    handed_in.a_plan_of_2026()
    start = end - 4 * DAY
    free = {"funding": "free", "cost": 0, "hours": 36, "starts_on": start, "ends_on": end}
    case = cases.approved(user, accounts, on=start - 30 * DAY, **free)
    ordered_on = start - 10 * DAY
    order = orders.draft_order(applications=[case], actor=accounts["hr"], on=ordered_on)
    orders.issue_order(order=order, actor=accounts["hr"], on=ordered_on)
    case.refresh_from_db()
    return case.documents_due_on


@pytest.mark.parametrize(
    ("end", "due"),
    [
        (dt.date(2026, 5, 4), dt.date(2026, 5, 12)),  # 9 May on a Saturday, 11 May free for it
        (dt.date(2026, 3, 18), dt.date(2026, 3, 26)),  # Nauryz on a weekend, moved behind it
        (dt.date(2026, 12, 11), dt.date(2026, 12, 17)),  # 16 December
    ],
)
def test_the_calendar_cases_of_the_law(
    end: dt.date, due: dt.date, accounts: Any, teacher: Any
) -> None:
    assert due_of(teacher, accounts, end) == due


def test_a_day_the_academy_works_on_by_order_is_no_day_off(accounts: Any, teacher: Any) -> None:
    CalendarException.objects.create(day=dt.date(2026, 5, 11), is_working=True, basis="Бұйрық № 12")
    assert due_of(teacher, accounts, dt.date(2026, 5, 4)) == dt.date(2026, 5, 11)

"""What the planning year and its cases put onto the home page, by role."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext, ngettext

from staff.rules import is_hr
from training_plans.domain import waiting
from training_plans.domain.approval import returned_with
from training_plans.models import Event, Plan, PlanningYear, Request
from training_plans.rules import is_centre

from .case_tasks import case_tasks
from .tasks import Task
from .years import address


def planning_tasks(*, user: Any, on: dt.date) -> list[Task]:
    """Cases first, then the plan; most urgent kinds first: to decide, to send, to make."""
    tasks = case_tasks(user=user, on=on)
    tasks += _decisions(user)
    tasks += [_own_request(own) for own in waiting.own_requests(user=user, on=on)]
    if is_centre(user):
        tasks += _of_the_centre(on)
    if is_hr(user):
        tasks += _of_hr()
    return tasks


def _of_hr() -> list[Task]:
    """Events handed over by the Centre, whose lists HR verifies (3.10)."""
    count = Event.objects.awaiting_hr().count()
    if not count:
        return []
    words = ngettext(
        "%(count)s event waits to be verified", "%(count)s events wait to be verified", count
    )
    return [
        Task(
            what=words % {"count": count},
            about=gettext("The attendance is handed over: records and certificates come of it"),
            url=f"{address('event_list')}?state=held",
            clause="3.10",
            word=gettext("to verify"),
        )
    ]


def _decisions(user: Any) -> list[Task]:
    tasks = []
    for plan in waiting.plans_to_decide(user).select_related("planning_year"):
        year = plan.planning_year.year
        is_plan = plan.state == Plan.State.IN_AGREEMENT
        name = "plan" if is_plan else "amendment_list"
        what = (
            gettext("The plan of %(year)s")
            if is_plan
            else gettext("Amendment of the plan %(year)s")
        )
        tasks.append(
            Task(
                what=what % {"year": year},
                about=gettext("Submitted, waiting for your decision"),
                url=address(name, year),
                clause="5.5",
                due=plan.planning_year.plan_due if is_plan else None,
                word=gettext("to decide"),
            )
        )
    return tasks


def _own_request(own: waiting.OwnRequest) -> Task:
    year = own.planning_year.year
    if own.request is None:
        about = gettext("The request is not begun")
        url, begin = (
            address("planning_year", year),
            address("request_begin", year, own.unit.pk),
        )
    else:
        returned = own.request.state == Request.State.RETURNED
        about = (
            gettext("Returned by the Centre with remarks")
            if returned
            else gettext("The request is begun, but not sent")
        )
        url, begin = address("request", own.request.pk), ""
    return Task(
        what=gettext("Request for %(year)s: %(unit)s") % {"year": year, "unit": own.unit.name},
        about=about,
        url=url,
        clause="5.4",
        due=own.planning_year.requests_due,
        begin=begin,
    )


def _of_the_centre(on: dt.date) -> list[Task]:
    tasks = []
    by_year: dict[int, int] = {}
    for year in waiting.requests_to_decide().values_list("planning_year__year", flat=True):
        by_year[year] = by_year.get(year, 0) + 1
    for year, count in sorted(by_year.items()):
        words = ngettext(
            "%(count)s request waits for you", "%(count)s requests wait for you", count
        )
        tasks.append(
            Task(
                what=words % {"count": count},
                about=gettext("To be accepted into the plan, or returned with remarks"),
                url=f"{address('request_list', year)}?state=sent",
                clause="5.4",
                word=gettext("to decide"),
            )
        )
    being_planned = waiting.year_being_planned()
    return tasks if being_planned is None else [*tasks, *_of_the_plan(being_planned, on)]


def _of_the_plan(planning_year: PlanningYear, on: dt.date) -> list[Task]:
    year = planning_year.year
    tasks = []
    owing = waiting.units_owing(planning_year=planning_year, on=on)
    if owing:
        words = ngettext(
            "%(count)s unit has not sent its request",
            "%(count)s units have not sent their requests",
            owing,
        )
        tasks.append(
            Task(
                what=words % {"count": owing},
                about=gettext("Planning of %(year)s") % {"year": year},
                url=f"{address('request_list', year)}?state=not_begun&state=draft&state=returned",
                clause="5.4",
                due=planning_year.requests_due,
            )
        )
    tasks.append(
        Task(
            what=gettext("Plan for %(year)s") % {"year": year},
            about=_next_of_the_plan(planning_year),
            url=address("plan", year),
            clause="5.5",
            due=planning_year.plan_due,
        )
    )
    return tasks


def _next_of_the_plan(planning_year: PlanningYear) -> str:
    plan = Plan.objects.filter(planning_year=planning_year).first()
    if plan is not None and (returned := returned_with(plan)) is not None:
        return gettext("Returned with a remark: %(remark)s") % {"remark": returned.reason}
    return gettext("To be built of the requests and submitted for approval")

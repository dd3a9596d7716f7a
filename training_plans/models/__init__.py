"""The planning year: its dates and money, requests, the plan and what changes it, the catalogue."""

from .catalogue import Course, Event, Participant
from .plans import Amendment, AmendmentItem, Plan, PlanGroup, PlanLine, PlanVersion
from .requests import Request, RequestLine, sees_all_planning
from .terms import Funding, Goal, Kind, Precision, Terms
from .years import Budget, PlanningYear, Priority, TrainingWish

__all__ = [
    "Amendment",
    "AmendmentItem",
    "Budget",
    "Course",
    "Event",
    "Funding",
    "Goal",
    "Kind",
    "Participant",
    "Plan",
    "PlanGroup",
    "PlanLine",
    "PlanVersion",
    "PlanningYear",
    "Precision",
    "Priority",
    "Request",
    "RequestLine",
    "Terms",
    "TrainingWish",
    "sees_all_planning",
]

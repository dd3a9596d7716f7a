"""The planning year: its dates and money, requests, the plan and what changes it, the catalogue."""

from .cases import (
    COSTS,
    ROLE_OF_STEP,
    ApplicationGroup,
    Attachment,
    Capacity,
    CaseRules,
    PersonalDataConsent,
    RouteStep,
    TrainingApplication,
    capacities_of,
    sees_all_cases,
)
from .catalogue import Course, Event, Participant
from .documents import RATINGS, Evidence, TraineeReport
from .orders import Contract, Order, OrderLine, Refund
from .plans import Amendment, AmendmentItem, Plan, PlanGroup, PlanLine, PlanVersion
from .requests import Request, RequestLine, sees_all_planning
from .terms import Funding, Goal, Kind, Precision, Terms
from .years import Budget, PlanningYear, Priority, TrainingWish

__all__ = [
    "COSTS",
    "RATINGS",
    "ROLE_OF_STEP",
    "Amendment",
    "AmendmentItem",
    "ApplicationGroup",
    "Attachment",
    "Budget",
    "Capacity",
    "CaseRules",
    "Contract",
    "Course",
    "Event",
    "Evidence",
    "Funding",
    "Goal",
    "Kind",
    "Order",
    "OrderLine",
    "Participant",
    "PersonalDataConsent",
    "Plan",
    "PlanGroup",
    "PlanLine",
    "PlanVersion",
    "PlanningYear",
    "Precision",
    "Priority",
    "Refund",
    "Request",
    "RequestLine",
    "RouteStep",
    "Terms",
    "TraineeReport",
    "TrainingApplication",
    "TrainingWish",
    "capacities_of",
    "sees_all_cases",
    "sees_all_planning",
]

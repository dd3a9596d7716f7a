"""The frozen data of a case's papers: application, order, contract, trainee's report.

As ``papers`` does for the plan: codes stay codes, days are ISO, decimals text; words are given when
a paper is printed, in its language (architecture, idea 6; forms.md §3, 6–8). The full IIN stands in
the contract and nowhere else (law.md §4). Each function asks a constant number of queries and
changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from staff.models import Person, Post, Role, Unit, User
from workflow.models import Decision

from .models import (
    COSTS,
    RATINGS,
    CaseRules,
    Contract,
    Evidence,
    Funding,
    Order,
    OrderLine,
    PersonalDataConsent,
    PlanLine,
    PlanVersion,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from .models.orders import ContractQuerySet  # noqa: F401

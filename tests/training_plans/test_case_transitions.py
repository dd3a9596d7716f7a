"""Every transition of a case × every state × every role, against a table written down here."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from training_plans.domain import applications
from training_plans.models import (
    Contract,
    Evidence,
    Order,
    OrderLine,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from training_plans.transitions import APPLICATION, CONTRACT, EVIDENCE, ORDER, REPORT
from workflow.calendar import DAY

from . import cases

pytestmark = pytest.mark.django_db
ROLES = [
    "teacher",
    "head",
    "secretary",
    "dean",
    "vicerector",
    "rector",
    "hr",
    "centre",
    "methodologist",
    "finance",
    "international",
    "legal",
    "administrator",
    "stranger",
    "stranger_head",
    "researcher",
]
CENTRE = {"centre", "methodologist"}
FILES = {"teacher", "head", "secretary"} | CENTRE
ORDERS = {"hr"} | CENTRE
OFFICES = {"hr", "legal"} | CENTRE
LEGAL, HR = {"legal"}, {"hr"}

# Who may ever do it to the teacher's case; that of the route depends on whose turn it is.
WHO: dict[Any, dict[str, set[str]]] = {
    APPLICATION: {
        "submit": FILES,
        "withdraw": {"teacher"},
        "call_off": ORDERS,
        "order": ORDERS,
        "change_order": ORDERS,
        "cancel": ORDERS,
        "hand_in": {"teacher", "hr"} | CENTRE,
        "return_documents": ORDERS,
        "accept": ORDERS,
        "close": OFFICES,
    },
    ORDER: dict.fromkeys(["issue", "discard", "change", "annul"], ORDERS),
    CONTRACT: {
        **dict.fromkeys(
            ["issue", "rewrite", "sign", "fulfil", "claim", "end", "take_back", "waive"], LEGAL
        ),
        "pay": {"legal", "finance"},
        "drop": {"teacher"} | OFFICES,
    },
    EVIDENCE: {
        "send": {"teacher", "hr"},
        "withdraw": {"teacher", "hr"},
        **dict.fromkeys(["return", "verify", "reopen"], HR),
    },
    REPORT: {"send": {"teacher"}, **dict.fromkeys(["return", "accept"], CENTRE)},
}
BY_STEP = {
    "head": {"head"},
    "centre": CENTRE,
    "finance": {"finance"},
    "international": {"international"},
    "vice_rector": {"vicerector"},
    "rector": {"rector"},
}
ROUTE = ("agree", "endorse", "approve", "return", "reject")


@pytest.fixture
def things(accounts: Any, teacher: Any) -> dict[Any, Any]:
    """The teacher's case with an order, a contract, a document and a report."""
    for name in ROLES:
        accounts[name]
    case = cases.submitted(teacher)
    case.steps.update(state="dropped")
    hr = accounts["hr"]
    order = Order.objects.create(drafted_by=hr, drafted_on=cases.APPLIED_ON)
    OrderLine.objects.create(
        order=order,
        application=case,
        starts_on=cases.START,
        ends_on=cases.END,
        hours=case.hours,
    )
    end = cases.END + DAY
    contract = Contract.objects.create(
        application=case,
        **case.costs,
        obligation_months=12,
        service_from=end,
        service_to=end + dt.timedelta(days=364),
    )
    return {
        APPLICATION: case,
        ORDER: order,
        CONTRACT: contract,
        EVIDENCE: Evidence.objects.create(application=case, person=case.person),
        REPORT: TraineeReport.objects.create(application=case),
    }


def because(table: Any, thing: Any, name: str, actor: Any) -> set[str]:
    found = table.refusals(thing, name, actor=actor, on=cases.APPLIED_ON)
    return {refusal.because for refusal in found}


def test_every_transition_by_every_role_from_every_state(
    things: dict[Any, Any], accounts: Any
) -> None:
    wrong = []
    for table, thing in things.items():
        states = thing._meta.get_field("state").choices
        for name, transition in table.by_name.items():
            if table is APPLICATION and name in ROUTE:
                continue
            for role in ROLES:
                for state, _label in states:
                    thing.state = state
                    found = because(table, thing, name, accounts[role])
                    if role not in WHO[table][name]:
                        good = found == {"permission"}
                    elif state not in transition.sources:
                        good = found == {"state"}
                    else:
                        good = not found & {"permission", "state"}
                    if not good:
                        wrong.append((type(thing).__name__, name, state, role, found))
    assert wrong == []


@pytest.mark.parametrize("kind", list(BY_STEP))
def test_a_step_is_decided_by_whose_turn_it_is(
    things: dict[Any, Any], accounts: Any, kind: str
) -> None:
    case: TrainingApplication = things[APPLICATION]
    unit = {"head": case.unit, "vice_rector": case.unit.parent}.get(kind)
    RouteStep.objects.create(
        application=case, round=2, place=1, kind=kind, unit=unit, state="waiting"
    )
    wrong = []
    for name in ROUTE:
        for role in ROLES:
            for state in TrainingApplication.State.values:
                case.state = state
                found = because(APPLICATION, case, name, accounts[role])
                if role not in BY_STEP[kind]:
                    good = found == {"permission"}
                elif state not in APPLICATION.by_name[name].sources:
                    good = found == {"state"}
                else:
                    good = not found & {"permission", "state"}
                if not good:
                    wrong.append((name, state, role, found))
    assert wrong == []


def test_the_table_names_every_transition() -> None:
    for table, named in WHO.items():
        route = set(ROUTE) if table is APPLICATION else set()
        assert set(table.by_name) == set(named) | route


@pytest.mark.parametrize("kind", list(BY_STEP))
def test_nobody_decides_about_themselves(accounts: Any, kind: str) -> None:
    """Whoever may decide the step may not where the case is their own."""
    for role in ROLES:
        accounts[role]
    for role in BY_STEP[kind]:
        user = accounts[role]
        case = TrainingApplication.objects.create(
            person=user.person,
            post=user.person.posts.get(),
            unit=user.person.posts.get().unit,
            year=2027,
            filed_by=user,
            state="submitted",
        )
        unit = {"head": case.unit, "vice_rector": case.unit}.get(kind)
        RouteStep.objects.create(
            application=case, round=1, place=1, kind=kind, unit=unit, state="waiting"
        )
        for name in ROUTE:
            assert because(APPLICATION, case, name, user) == {"permission"}, (role, name)


def test_hr_and_the_centre_do_not_judge_their_own_documents(accounts: Any) -> None:
    for name in ("hr", "centre"):
        user = accounts[name]
        case = applications.begin(post=user.person.posts.get(), actor=user, on=cases.APPLIED_ON)
        evidence = Evidence.objects.create(application=case, person=case.person)
        report = TraineeReport.objects.create(application=case)
        for table, thing, transition in (
            (EVIDENCE, evidence, "verify"),
            (REPORT, report, "accept"),
            (APPLICATION, case, "accept"),
        ):
            assert because(table, thing, transition, user) == {"permission"}

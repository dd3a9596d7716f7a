"""How requests, the plan, amendments and events move (forms.md §4–5; clauses 3.11, 5.3–5.5)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from training_plans.domain import attendance, changes, checks, request_checks
from training_plans.models import Amendment, Event, Plan, Request
from workflow.transitions import Transition, Transitions

REQUEST = Transitions(
    Request,
    [
        Transition(
            name="send",
            label=_("Send to the Centre"),
            done=_("sent to the Centre"),
            sources=frozenset({"draft", "returned"}),
            target="sent",
            permission="training_plans.file_request",
            guards=(
                request_checks.plan_is_not_approved,
                request_checks.everybody_is_in,
                request_checks.lines_are_complete,
                request_checks.nobody_is_twice_away,
                request_checks.has_minutes,
            ),
            tone="main",
            clause="5.4",
        ),
        Transition(
            name="withdraw",
            label=_("Take back to change"),
            done=_("taken back to be changed"),
            sources=frozenset({"sent"}),
            target="draft",
            permission="training_plans.file_request",
            guards=(request_checks.plan_is_not_approved,),
            clause="5.4",
        ),
        Transition(
            name="accept",
            label=_("Accept"),
            done=_("accepted"),
            sources=frozenset({"sent"}),
            target="accepted",
            permission="training_plans.decide_request",
            tone="main",
            clause="5.4",
        ),
        Transition(
            name="return",
            label=_("Return with remarks"),
            done=_("returned with remarks"),
            sources=frozenset({"sent", "accepted"}),
            target="returned",
            permission="training_plans.decide_request",
            guards=(request_checks.plan_is_not_approved, request_checks.no_line_is_in_the_plan),
            wants_reason=True,
            clause="5.3",
        ),
    ],
)

PLAN = Transitions(
    Plan,
    [
        Transition(
            name="submit",
            label=_("Submit for approval"),
            done=_("submitted for approval"),
            sources=frozenset({"draft"}),
            target="in_agreement",
            permission="training_plans.build_plan",
            guards=(checks.has_lines, checks.nothing_blocks),
            tone="main",
            clause="3.12",
        ),
        Transition(
            name="take_back",
            label=_("Take back to change"),
            done=_("taken back to be changed"),
            sources=frozenset({"in_agreement"}),
            target="draft",
            permission="training_plans.build_plan",
            clause="3.12",
        ),
        Transition(
            name="return",
            label=_("Return with a remark"),
            done=_("returned with a remark"),
            sources=frozenset({"in_agreement"}),
            target="draft",
            permission="training_plans.approve_plan",
            wants_reason=True,
            clause="3.12",
        ),
        Transition(
            name="approve",
            label=_("Approve"),
            done=_("approved"),
            sources=frozenset({"in_agreement"}),
            target="approved",
            permission="training_plans.approve_plan",
            guards=(checks.has_lines, checks.nothing_blocks),
            tone="main",
            clause="5.5",
        ),
        Transition(
            name="close",
            label=_("Close the year"),
            done=_("the year is closed"),
            sources=frozenset({"approved"}),
            target="closed",
            permission="training_plans.build_plan",
            guards=(checks.year_is_over, checks.no_amendment_waits, checks.no_case_is_open),
            clause="5.5",
        ),
    ],
)

AMENDMENT = Transitions(
    Amendment,
    [
        Transition(
            name="submit",
            label=_("Submit for approval"),
            done=_("submitted for approval"),
            sources=frozenset({"draft"}),
            target="in_agreement",
            permission="training_plans.build_plan",
            guards=(
                changes.of_the_plan,
                changes.something_changes,
                changes.every_change_holds,
            ),
            tone="main",
            clause="5.5",
        ),
        Transition(
            name="return",
            label=_("Return with a remark"),
            done=_("returned with a remark"),
            sources=frozenset({"in_agreement"}),
            target="draft",
            permission="training_plans.approve_plan",
            wants_reason=True,
            clause="5.5",
        ),
        Transition(
            name="approve",
            label=_("Approve"),
            done=_("approved"),
            sources=frozenset({"in_agreement"}),
            target="approved",
            permission="training_plans.approve_plan",
            guards=(
                changes.of_the_plan,
                changes.something_changes,
                changes.every_change_holds,
            ),
            tone="main",
            clause="5.5",
        ),
        Transition(
            name="withdraw",
            label=_("Withdraw"),
            done=_("withdrawn"),
            sources=frozenset({"draft", "in_agreement"}),
            target="withdrawn",
            permission="training_plans.build_plan",
            wants_reason=True,
            tone="danger",
            clause="5.5",
        ),
    ],
)

EVENT = Transitions(
    Event,
    [
        Transition(
            name="hold",
            label=_("Hand the attendance to HR"),
            done=_("attendance handed to HR"),
            sources=frozenset({"planned"}),
            target="held",
            permission="training_plans.change_catalogue",
            guards=(
                attendance.is_the_academys_own,
                attendance.has_ended,
                attendance.is_marked,
            ),
            tone="main",
            clause="3.11",
        ),
        Transition(
            name="reopen",
            label=_("Return to the Centre"),
            done=_("returned to the Centre"),
            sources=frozenset({"held"}),
            target="planned",
            permission="training_plans.verify_event",
            wants_reason=True,
            clause="3.10",
        ),
        Transition(
            name="verify",
            label=_("Verify and issue certificates"),
            done=_("verified, certificates issued"),
            sources=frozenset({"held"}),
            target="verified",
            permission="training_plans.verify_event",
            guards=(attendance.is_new_to_the_ledger,),
            tone="main",
            clause="3.10",
        ),
        Transition(
            name="cancel",
            label=_("Cancel the event"),
            done=_("the event is cancelled"),
            sources=frozenset({"planned"}),
            target="cancelled",
            permission="training_plans.change_catalogue",
            guards=(attendance.nobody_attended,),
            wants_reason=True,
            tone="danger",
            clause="3.11",
        ),
    ],
)

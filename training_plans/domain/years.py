"""Opening a planning year and changing it: dates, approver, money, priorities (3.12, 5.4, 5.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from staff.models import Post, Unit, User
from training_plans.models import Budget, Plan, PlanningYear, Priority, Request
from workflow.mail import post_many
from workflow.models import OutgoingMail
from workflow.saving import Values, put, save, signed, take

from .needs import filing_units
from .plan import open_plan

REQUESTS_DUE = (11, 15)
PLAN_DUE = (12, 1)
YEARS_AHEAD = 3
FIELDS = ("requests_due", "plan_due", "approver")
NOT_SENT = (Request.State.DRAFT, Request.State.RETURNED)
Budgets = Mapping[str, Decimal | None]


def usual_dates(year: int) -> dict[str, dt.date]:
    """15 November and 1 December of the year before (readings, «Request deadline»; 5.5)."""
    return {
        "requests_due": dt.date(year - 1, *REQUESTS_DUE),
        "plan_due": dt.date(year - 1, *PLAN_DUE),
    }


@transaction.atomic
def open_year(
    *, values: Values, budgets: Budgets, priorities: Sequence[Values], actor: Any, on: dt.date
) -> PlanningYear:
    """Open the planning of ``values["year"]``; every head of a unit that files gets a letter.

    ``values``: year, requests_due, plan_due, approver; ``budgets``: tenge by funding source, none
    where nothing is set aside; ``priorities``: topic_kk, topic_ru, area. The empty plan is made
    with it. Raises ``ValidationError`` by field.
    """
    year = values.get("year")
    if year is None or not on.year <= year <= on.year + YEARS_AHEAD:
        raise ValidationError(
            {
                "year": _("Choose a year from %(first)s to %(last)s.")
                % {"first": on.year, "last": on.year + YEARS_AHEAD}
            }
        )
    if PlanningYear.objects.filter(year=year).exists():
        raise ValidationError(
            {
                "year": _(
                    "The planning of %(year)s is open already: one plan is made for a year (5.5). "
                    "Change its dates and money on its page."
                )
                % {"year": year}
            }
        )
    planning_year = PlanningYear(opened_on=on, opened_by=actor)
    put(planning_year, {"year": year} | _settings(values))
    _check(planning_year)
    newest = PlanningYear.objects.current()
    if newest is not None and newest.approver != planning_year.approver:
        _check_hands_over(newest, newest.approver, actor)
    save(planning_year, actor=actor)
    _keep_budgets(planning_year, budgets, actor)
    _keep_priorities(planning_year, priorities, actor)
    open_plan(planning_year=planning_year, actor=actor, on=on)
    _write("planning_opened", planning_year, _heads(planning_year, on), on)
    return planning_year


@transaction.atomic
def change_year(
    *,
    planning_year: PlanningYear,
    values: Values,
    budgets: Budgets,
    priorities: Sequence[Values],
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> PlanningYear:
    """Change dates, approver, money and priorities; priorities not among those given go.

    A new day for requests is told to the heads. Raises ``ValidationError`` by field or once the
    year is closed, and ``ChangedMeanwhile`` where ``version`` is not the newest.
    """
    planning_year = take(planning_year, version)
    _check_not_closed(planning_year)
    due_before, approver_before = planning_year.requests_due, planning_year.approver
    put(planning_year, _settings(values))
    _check(planning_year)
    if planning_year.approver != approver_before:
        _check_hands_over(planning_year, approver_before, actor)
        _check_nothing_waits(planning_year)
    save(planning_year, actor=actor)
    _keep_budgets(planning_year, budgets, actor)
    _keep_priorities(planning_year, priorities, actor)
    if planning_year.requests_due != due_before:
        before = due_before.isoformat()
        _write(
            "planning_dates_changed", planning_year, _heads(planning_year, on), on, before=before
        )
    return planning_year


def advice(*, planning_year: PlanningYear, on: dt.date) -> list[str]:
    """What is allowed but worth knowing: a plan after 1 December, a day that has passed."""
    found = []
    year = planning_year.year
    if planning_year.plan_due > dt.date(year - 1, *PLAN_DUE):
        found.append(
            _(
                "The plan is due after 1 December: approved that late it is shown as late (5.5). "
                "On time is not later than 1 December."
            )
        )
    if planning_year.requests_due < on:
        found.append(
            _("The last day for requests has passed: every request sent from now on is late (5.4).")
        )
    return found


def _settings(values: Values) -> dict[str, Any]:
    return {name: values[name] for name in FIELDS if name in values}


def _check(planning_year: PlanningYear) -> None:
    """Both days before the year begins, the requests not after the plan (5.4, 5.5)."""
    errors = {}
    for name in ("requests_due", "plan_due"):
        day = getattr(planning_year, name)
        if day is None:
            errors[name] = _("Give the day.")
        elif day >= planning_year.first_day:
            errors[name] = _(
                "The plan is formed before its year begins, by 1 December (5.5): choose a day "
                "before %(day)s."
            ) % {"day": date_format(planning_year.first_day, "SHORT_DATE_FORMAT")}
        elif day.year < planning_year.year - 1:
            errors[name] = _(
                "Choose a day of %(year)s: requests are made for the next calendar year (5.4)."
            ) % {"year": planning_year.year - 1}
    if not errors and planning_year.plan_due < planning_year.requests_due:
        errors["plan_due"] = _(
            "The plan is made of the requests (5.4): it cannot be due before them. Move one of "
            "the two days."
        )
    if errors:
        raise ValidationError(errors)


def _check_hands_over(planning_year: PlanningYear, before: str, actor: Any) -> None:
    """Nobody takes the decision over: only who approves now gives it to the other (3.12)."""
    plan = Plan.objects.filter(planning_year=planning_year).select_related("planning_year").first()
    if plan is None:
        return
    plan.planning_year.approver = before
    if not actor.has_perm("training_plans.approve_plan", plan):
        raise ValidationError(
            {
                "approver": _(
                    "Only who approves the plan now may hand this over: %(approver)s (3.12). Leave "
                    "it as it was, or ask them."
                )
                % {"approver": PlanningYear.Approver(before).label}
            }
        )


def _check_not_closed(planning_year: PlanningYear) -> None:
    if Plan.objects.filter(planning_year=planning_year, state=Plan.State.CLOSED).exists():
        raise ValidationError(
            _(
                "The year %(year)s is closed: its dates, money and priorities stay as they were "
                "(5.5)."
            )
            % {"year": planning_year.year}
        )


def _check_nothing_waits(planning_year: PlanningYear) -> None:
    """Who decides does not change while something lies before them."""
    if Plan.objects.filter(planning_year=planning_year).awaiting_decision().exists():
        raise ValidationError(
            {
                "approver": _(
                    "The plan or an amendment waits for a decision (5.5). Take it back or let it "
                    "be decided, then change who approves."
                )
            }
        )


def _keep_budgets(planning_year: PlanningYear, budgets: Budgets, actor: Any) -> None:
    """Money is set aside by source; a source without an amount is no longer one (3.7, 8.1)."""
    kept = {row.source: row for row in planning_year.budgets.select_for_update()}
    errors = {}
    for source, amount in budgets.items():
        row = kept.get(source)
        if amount is None:
            if row is not None:
                signed(row, actor=actor).delete()
            continue
        row = row or Budget(planning_year=planning_year, source=source)
        if not put(row, {"amount": amount}) and row.pk:
            continue
        try:
            save(row, actor=actor)
        except ValidationError as error:
            errors[f"budget_{source}"] = error.messages
    if errors:
        raise ValidationError(errors)


def _keep_priorities(planning_year: PlanningYear, given: Sequence[Values], actor: Any) -> None:
    """Those with a ``pk`` are changed, the others are new, what is missing goes (history stays)."""
    kept = {row.pk: row for row in planning_year.priorities.select_for_update()}
    for values in given:
        fields = {name: values.get(name) or "" for name in ("topic_kk", "topic_ru", "area")}
        row = kept.pop(values.get("pk") or 0, None) or Priority(planning_year=planning_year)
        if put(row, fields):
            save(row, actor=actor)
    for row in kept.values():
        signed(row, actor=actor).delete()


# --- who files, and letters to them -----------------------------------------------------------
def units_that_file(*, planning_year: PlanningYear, on: dt.date) -> set[int]:
    """Keys of the units that owe a request: people file through them, or one was begun (5.4)."""
    filing = filing_units(on=on)
    peopled = Post.objects.not_over(on).order_by().values_list("unit_id", flat=True).distinct()
    begun = planning_year.requests.order_by().values_list("unit_id", flat=True)
    return {key for unit in peopled if (key := filing.get(unit))} | set(begun)


def _heads(planning_year: PlanningYear, on: dt.date) -> dict[int, User]:
    """By unit that files, its head's account, where there is one that letters reach."""
    heads = dict(
        Unit.objects.filter(pk__in=units_that_file(planning_year=planning_year, on=on))
        .order_by("sort_key", "pk")
        .values_list("pk", "head_id")
    )
    accounts = {
        user.person_id: user
        for user in User.objects.filter(person_id__in=heads.values(), is_active=True).exclude(
            email=""
        )
    }
    return {unit: accounts[head] for unit, head in heads.items() if head in accounts}


def not_sent(*, planning_year: PlanningYear, on: dt.date) -> set[int]:
    """Keys of the units whose request has not come, or was returned to them."""
    came = planning_year.requests.exclude(state__in=NOT_SENT).values_list("unit_id", flat=True)
    return units_that_file(planning_year=planning_year, on=on) - set(came)


@transaction.atomic
def remind(*, planning_year: PlanningYear, actor: Any, on: dt.date) -> int:
    """A letter to every head whose unit has not sent; once a day a unit. How many were written.

    Raises ``ValidationError`` where everybody has sent, and after the plan was submitted.
    """
    take(planning_year)
    if Plan.objects.filter(planning_year=planning_year).exclude(state=Plan.State.DRAFT).exists():
        raise ValidationError(
            _("The plan is no longer being made: what is missing now is an amendment (5.5).")
        )
    waiting = not_sent(planning_year=planning_year, on=on)
    if not waiting:
        raise ValidationError(_("Every unit has sent its request; there is nobody to remind."))
    today = OutgoingMail.objects.filter(
        kind="planning_reminder", context__year=planning_year.year, context__on=on.isoformat()
    )
    contexts = today.values_list("context", flat=True)
    reminded = {unit for context in contexts for unit in context["units"]}
    heads = _heads(planning_year, on)
    chosen = {unit: head for unit, head in heads.items() if unit in waiting - reminded}
    return _write("planning_reminder", planning_year, chosen, on)


def _write(
    kind: str, planning_year: PlanningYear, heads: dict[int, User], on: dt.date, **more: Any
) -> int:
    """One letter a head, however many units are theirs. How many letters there are."""
    receivers = list({user.pk: user for user in heads.values()}.values())
    context = {"year": planning_year.year, "on": on.isoformat(), "units": sorted(heads), **more}
    post_many(kind=kind, receivers=receivers, context=context)
    return len(receivers)

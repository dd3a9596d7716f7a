"""A unit's request for a year: begun filled in, changed line by line, sent, decided (5.3, 5.4).

Everybody of the unit who falls due is on it, with a training where one fits; who is left out stays
visible with the reason. Verbs refuse with ``ValidationError``: what is wrong, the rule, the next
step.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from interface.text import squeeze
from staff.models import Area, Person, Post, Unit, User
from training_plans.models import Funding, PlanningYear, Precision, Request, RequestLine
from training_plans.models.terms import TERMS, Importance
from training_plans.request_paper import request_data
from training_plans.transitions import REQUEST
from workflow import mail, papers
from workflow.calendar import DAY, add_months, last_day_to_apply, month_start
from workflow.models import IssuedPaper
from workflow.saving import ChangedMeanwhile, put, save, take
from workflow.transitions import Refusal, Refused

from .needs import Need, filing_units, people_of
from .request_checks import (
    after_approval,
    codes_of_norms,
    needs_of,
    plan_is_not_approved,
)
from .suggestions import Known, Suggestion, Wanted, gather
from .terms import month_days, quarter_days, settled

USUAL_HOURS = Decimal(36)  # where one training of any volume is enough
PAPER = "department_request"


# --- beginning --------------------------------------------------------------------------------
@transaction.atomic
def begin(*, planning_year: PlanningYear, unit: Unit, actor: Any, on: dt.date) -> Request:
    """The request of ``unit`` for the year, filled in with everybody who falls due.

    Raises ``ValidationError``: the unit does not file, is not led by ``actor``, has a request
    already, or the plan is approved (5.5).
    """
    _check_may_begin(planning_year, unit, actor, on)
    request = Request(planning_year=planning_year, unit=unit)
    if any(plan_is_not_approved(request, on)):
        raise ValidationError(after_approval(planning_year.year))
    save(request, actor=actor)
    _enter(request, needs_of(request=request, on=on), actor, on)
    return request


def _check_may_begin(planning_year: PlanningYear, unit: Unit, actor: Any, on: dt.date) -> None:
    files = filing_units(on=on).get(unit.pk)
    if files is None:
        raise ValidationError(
            _("A request is filed by a unit that has a head (5.4). Name the head first.")
        )
    if files != unit.pk:
        raise ValidationError(
            _("The people of this unit belong into the request of another one (5.4): %(unit)s.")
            % {"unit": Unit.objects.get(pk=files)}
        )
    if not actor.has_perm("training_plans.begin_request", unit):
        raise ValidationError(
            _("The head or the secretary of the unit files its request (5.4), nobody else.")
        )
    if planning_year.requests.filter(unit=unit).exists():
        raise ValidationError(
            _("%(unit)s: there is a request for %(year)s already, one a year (5.4). Open it.")
            % {"unit": unit, "year": planning_year.year},
            code="exists",
        )


def _enter(request: Request, needs: Sequence[Need], actor: Any, on: dt.date) -> list[RequestLine]:
    """Lines for ``needs``, each with the training that fits best; a constant number of queries."""
    people = {need.person_id for need in needs}
    if not people:
        return []
    known = gather(planning_year=request.planning_year, unit=request.unit, people=people, on=on)
    lines = [_line_for(request, need, known, on) for need in needs]
    bulk_create_with_history(lines, RequestLine, default_user=actor)
    return lines


def _line_for(request: Request, need: Need, known: Known, on: dt.date) -> RequestLine:
    year = request.planning_year.year
    wanted = Wanted(need.person_id, need.areas, need.missing_hours)
    start, end = month_days(year, month_before(year=year, due_on=need.due_on, on=on))
    values: dict[str, Any] = {
        "area": need.areas[0] if need.areas else Area.PROFILE,
        "hours": need.missing_hours or USUAL_HOURS,
        "funding": Funding.EMPLOYER,
        "importance": Importance.OBLIGATORY,
        "precision": Precision.MONTH,
        "starts_on": start,
        "ends_on": end,
    }
    best = next((s for s in known.fitting(wanted) if s.is_sure), None)
    if best is not None:
        values |= best.values
    return RequestLine(
        request=request,
        person_id=need.person_id,
        post_id=need.post_id,
        requirement_id=need.requirement_id,
        due_on=need.due_on,
        missing_hours=need.missing_hours,
        is_suggested=True,
        **values,
    )


def month_before(*, year: int, due_on: dt.date | None, on: dt.date) -> int:
    """The last month of ``year`` that is over when the norm falls due, as a number 1–12.

    Where none is, the earliest for which an application is still in time on ``on`` (7.1).
    """
    earliest = 1
    if last_day_to_apply(dt.date(year, 1, 1)) < on:
        soonest = month_start(on + (dt.date(year, 1, 1) - last_day_to_apply(dt.date(year, 1, 1))))
        while last_day_to_apply(soonest) < on:
            soonest = add_months(soonest, 1)
        earliest = soonest.month if soonest.year == year else 12
    if due_on is None or due_on < dt.date(year, 1, 31):
        return earliest
    if due_on >= dt.date(year, 12, 31):
        return 12
    whole = month_start(due_on + DAY) - DAY
    return max(whole.month, earliest)


# --- keeping up with the norm -----------------------------------------------------------------
@transaction.atomic
def refresh(*, request: Request, actor: Any, on: dt.date) -> list[RequestLine]:
    """Add who has come to fall due since; say of the others when and what is missing now.

    Nobody is taken off. Returns the lines added. Raises ``ValidationError``.
    """
    request = _open(request, actor)
    codes = codes_of_norms()
    lines = list(request.lines.select_related("requirement"))
    by_need = {(line.person_id, line.requirement.code): line for line in lines if line.requirement}
    free = {line.person_id: line for line in lines if not line.requirement and not line.left_out}
    new = []
    for need in needs_of(request=request, on=on):
        line = by_need.get((need.person_id, codes[need.requirement_id]))
        line = line or free.pop(need.person_id, None)
        if line is None:
            new.append(need)
        elif put(line, _norm_of(need)):
            save(line, actor=actor)
    return _enter(request, new, actor, on)


def _norm_of(need: Need) -> dict[str, Any]:
    return {
        "requirement_id": need.requirement_id,
        "post_id": need.post_id,
        "due_on": need.due_on,
        "missing_hours": need.missing_hours,
        "is_suggested": True,
    }


# --- lines ------------------------------------------------------------------------------------
@transaction.atomic
def change_line(
    *,
    line: RequestLine,
    values: Mapping[str, Any],
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> RequestLine:
    """The terms of one line. ``values`` as ``terms.settled`` takes them.

    Raises ``ValidationError`` by field, and ``ChangedMeanwhile`` where ``version`` is not the
    newest.
    """
    request = _open(line.request, actor)
    line = take(line, version)
    if put(line, settled(values, year=request.planning_year.year)):
        save(line, actor=actor)
    return line


@transaction.atomic
def take_suggestion(
    *, line: RequestLine, key: str, actor: Any, on: dt.date, version: int | None = None
) -> RequestLine:
    """Fill a line with one of the trainings suggested for it; the time stays.

    Raises ``ValidationError`` where it is not offered any more.
    """
    request = _open(line.request, actor)
    line = take(line, version)
    suggestion = _suggested(request, line, key, on)
    values = dict(suggestion.values)
    if line.starts_on is None:
        year = request.planning_year.year
        month = month_before(year=year, due_on=line.due_on, on=on)
        values |= {"precision": Precision.MONTH, "month": month}
    if put(line, _over(line, values, request.planning_year.year)):
        save(line, actor=actor)
    return line


def wanted_by(line: RequestLine) -> Wanted:
    """What a training must satisfy to count for the norm ``line`` is there for."""
    if line.requirement is None:
        return Wanted(line.person_id)
    return Wanted(line.person_id, tuple(line.requirement.areas), line.missing_hours)


def _suggested(request: Request, line: RequestLine, key: str, on: dt.date) -> Suggestion:
    known = gather(
        planning_year=request.planning_year, unit=request.unit, people=[line.person_id], on=on
    )
    for suggestion in known.fitting(wanted_by(line)):
        if suggestion.key == key:
            return suggestion
    raise ValidationError(
        _("This training is not suggested any more. Choose another one, or fill in the line.")
    )


def _over(line: RequestLine, given: Mapping[str, Any], year: int) -> dict[str, Any]:
    """What ``line`` becomes when some terms are given: those that hang on them follow."""
    if given.get("hours") is not None and given.get("credits") is None:
        given = {**given, "credits": None}
    elif given.get("credits") is not None and given.get("hours") is None:
        given = {**given, "hours": None}
    if given.get("funding") == Funding.FREE and given.get("cost") is None:
        given = {**given, "cost": Decimal(0)}
    return settled({**line.terms, **given}, year=year)


@transaction.atomic
def set_for_many(
    *,
    request: Request,
    lines: Collection[int],
    values: Mapping[str, Any],
    actor: Any,
    on: dt.date,
    version: int | None = None,
) -> int:
    """The same training for several lines; what is empty in ``values`` stays as it is on each.

    ``lines`` are keys. Returns how many were changed. Raises ``ValidationError``, and
    ``ChangedMeanwhile`` where one of the lines was changed after ``version``.
    """
    request = _open(request, actor)
    given = {name: value for name, value in values.items() if value not in (None, "")}
    if not given.keys() & {"quarter", "month", "starts_on"}:
        given = {name: value for name, value in given.items() if name != "precision"}
    chosen = request.lines.filter(pk__in=lines, left_out=False).select_for_update()
    if not chosen:
        raise ValidationError(_("Choose the lines that get the same training."))
    if not given:
        raise ValidationError(_("Fill in what the chosen lines are to have in common."))
    if version is not None and newest_change(line.pk for line in chosen) > version:
        raise ChangedMeanwhile
    changed = 0
    for line in chosen:
        if put(line, _over(line, given, request.planning_year.year)):
            save(line, actor=actor)
            changed += 1
    return changed


def newest_change(lines: Iterable[int]) -> int:
    """The number of the last change of any of ``lines`` (keys); a form about many carries it."""
    rows = RequestLine.history.filter(id__in=list(lines))
    return rows.aggregate(newest=Max("history_id"))["newest"] or 0


def newest_changes(lines: Iterable[int], *, upto: int) -> dict[int, int]:
    """By line the number of its last change that is not after ``upto``."""
    rows = RequestLine.history.filter(id__in=list(lines), history_id__lte=upto)
    newest = rows.order_by().values("id").annotate(newest=Max("history_id"))
    return dict(newest.values_list("id", "newest"))


@transaction.atomic
def add_person(
    *, request: Request, person: Person, because: str, actor: Any, on: dt.date
) -> RequestLine:
    """Somebody who does not fall due, with the reason (5.4).

    Raises ``ValidationError`` by field: not of the units that file here, no reason, there already.
    """
    request = _open(request, actor)
    because = squeeze(because)
    errors = {}
    if not people_of(request.unit_id, on=on).filter(pk=person.pk).exists():
        errors["person"] = _(
            "%(person)s works in another unit: the request names the people of one's own (5.4). "
            "The head of that unit can add them."
        ) % {"person": person.short_name}
    elif words := _there_already(request, person):
        errors["person"] = words
    if not because:
        errors["because"] = _("Say why: the norm does not ask for this training.")
    if errors:
        raise ValidationError(errors)
    line = RequestLine(
        request=request,
        person=person,
        post=_post_in(request.unit_id, person, on),
        added_because=because,
        funding=Funding.EMPLOYER,
        importance=Importance.MEDIUM,
    )
    save(line, actor=actor)
    return line


def _there_already(request: Request, person: Person) -> str:
    """Why another line of the person makes no sense; a second training of theirs does."""
    for line in request.lines.filter(person=person):
        if line.left_out:
            return _("%(person)s is among those left out: take them back in there.") % {
                "person": person.short_name
            }
        if not line.topic:
            return _("%(person)s has a line without a topic already: fill in that one.") % {
                "person": person.short_name
            }
    return ""


def _post_in(unit_id: int, person: Person, on: dt.date) -> Post:
    units = [key for key, files in filing_units(on=on).items() if files == unit_id]
    post = Post.objects.not_over(on).filter(person=person, unit_id__in=units).first()
    if post is None:
        raise Post.DoesNotExist  # people_of has just found one
    return post


@transaction.atomic
def leave_out(
    *, line: RequestLine, reason: str, actor: Any, on: dt.date, version: int | None = None
) -> RequestLine:
    """Take somebody out; the line stays, with the reason, for the Centre and HR to see (5.4)."""
    _open(line.request, actor)
    line = take(line, version)
    reason = squeeze(reason)
    if not reason:
        raise ValidationError(
            {"reason": _("Say why: the Centre and HR see who is left out and the reason (5.4).")}
        )
    if put(line, {"left_out": True, "left_out_because": reason}):
        save(line, actor=actor, reason=reason)
    return line


@transaction.atomic
def take_back_in(*, line: RequestLine, actor: Any, on: dt.date) -> RequestLine:
    """Undo ``leave_out``: the line is as it was."""
    _open(line.request, actor)
    line = take(line)
    if put(line, {"left_out": False, "left_out_because": ""}):
        save(line, actor=actor)
    return line


@transaction.atomic
def copy_last_year(*, request: Request, actor: Any, on: dt.date) -> int:
    """The terms each person's line had last year, in the same months; returns how many lines.

    Lines somebody has changed since they were filled in stay as they are. Raises
    ``ValidationError`` where there is nothing to copy.
    """
    request = _open(request, actor)
    year = request.planning_year.year
    before = _by_person(lines_of_last_year(request))
    codes = codes_of_norms()
    lines = list(request.lines.filter(left_out=False, person_id__in=before).select_for_update())
    touched = set(
        RequestLine.history.filter(
            id__in=[line.pk for line in lines], history_type="~"
        ).values_list("id", flat=True)
    )
    copied = 0
    for line in lines:
        trainings = before[line.person_id]
        norm = codes.get(line.requirement_id or 0, "")
        training = trainings.get(norm) or next(iter(trainings.values()))
        if line.pk not in touched and put(line, _as_last_year(line, training, year)):
            save(line, actor=actor)
            copied += 1
    if not copied:
        raise ValidationError(
            _(
                "Nothing was copied: last year's request names nobody whose line is still as it "
                "was filled in."
            )
        )
    return copied


def _by_person(lines: Iterable[RequestLine]) -> dict[int, dict[str, RequestLine]]:
    """By person and code of the norm, empty where there is none; the first of several."""
    codes = codes_of_norms()
    found: defaultdict[int, dict[str, RequestLine]] = defaultdict(dict)
    for line in lines:
        found[line.person_id].setdefault(codes.get(line.requirement_id or 0, ""), line)
    return dict(found)


def lines_of_last_year(request: Request) -> Any:
    """What the same unit asked for a year before."""
    lines = RequestLine.objects.filter(
        request__unit_id=request.unit_id,
        request__planning_year__year=request.planning_year.year - 1,
        left_out=False,
    )
    return lines.exclude(topic="").select_related("course", "provider")


def _as_last_year(line: RequestLine, before: RequestLine, year: int) -> dict[str, Any]:
    values = {name: getattr(before, name) for name in TERMS if name != "importance"}
    start = before.starts_on
    if start is None:
        days = None
    elif before.precision == Precision.QUARTER:
        days = quarter_days(year, (start.month + 2) // 3)
    else:  # days of last year are known to the month only
        days = month_days(year, start.month)
        values["precision"] = Precision.MONTH
    if days is None or (line.due_on and days[1] > line.due_on and line.starts_on):
        for name in ("precision", "starts_on", "ends_on"):
            values[name] = getattr(line, name)
    else:
        values["starts_on"], values["ends_on"] = days
    return values


# --- the meeting, sending, deciding -----------------------------------------------------------
@transaction.atomic
def set_minutes(
    *, request: Request, number: str, date: dt.date | None, actor: Any, on: dt.date
) -> Request:
    """Number and date of the minutes of the department's meeting (forms.md §5)."""
    request = _open(request, actor)
    if date is not None and date > on:
        raise ValidationError(
            {
                "minutes_date": _(
                    "%(day)s is still to come: the minutes are those of a meeting that was held."
                )
                % {"day": date_format(date, "SHORT_DATE_FORMAT")}
            }
        )
    if put(request, {"minutes_number": squeeze(number), "minutes_date": date}):
        save(request, actor=actor)
    return request


@transaction.atomic
def send(*, request: Request, actor: Any, on: dt.date, nobody: bool = False) -> Request:
    """Send to the Centre: numbered the first time, marked when late, its paper issued.

    ``nobody`` states that nobody is to be trained; a request without lines needs it. Raises
    ``Refused`` with every reason.
    """

    def sent(case: Request) -> None:
        if not nobody and not case.lines.filter(left_out=False).exists():
            raise Refused([Refusal(_nobody_to_train(case), "5.4")])
        year = case.planning_year.year
        if case.number is None:
            case.number = papers.next_number(register=f"request-{year}", year=year)
            case.first_sent_on = on
            case.is_late = on > case.planning_year.requests_due
        case.sent_on, case.sent_by = on, actor

    request = REQUEST.apply(request, "send", actor=actor, on=on, effect=sent)
    _issue(request, actor, on)
    return request


def _nobody_to_train(request: Request) -> str:
    return _(
        "Nobody is on this request. Add somebody, or state that nobody is to be trained in "
        "%(year)s."
    ) % {"year": request.planning_year.year}


def paper_number(request: Request) -> str:
    """«2027-14»: the register begins anew each year."""
    return f"{request.planning_year.year}-{request.number}"


def _issue(request: Request, actor: Any, on: dt.date) -> None:
    number = paper_number(request)
    version = 1 + IssuedPaper.objects.filter(kind=PAPER, number=number).count()
    papers.issue(
        kind=PAPER,
        number=number,
        version=version,
        data=request_data(request, version=version, actor=actor, on=on),
        subject=request,
        actor=actor,
        on=on,
    )


def withdraw(*, request: Request, actor: Any, on: dt.date) -> Request:
    """Take a sent request back to change it, as long as the Centre has not decided."""
    return REQUEST.apply(request, "withdraw", actor=actor, on=on)


def accept(*, request: Request, actor: Any, on: dt.date) -> Request:
    """The Centre accepts: with that the terms of teachers are agreed (5.3)."""
    return REQUEST.apply(request, "accept", actor=actor, on=on)


@transaction.atomic
def remark(*, line: RequestLine, words: str, actor: Any, on: dt.date) -> RequestLine:
    """What the Centre has to say of a line; the unit reads it when the request is returned.

    Raises ``ValidationError`` where the request does not lie before the Centre.
    """
    request = take(line.request)
    refusals = REQUEST.refusals(request, "return", actor=actor, on=on)
    if refusals:
        raise Refused(refusals)
    line = take(line)
    if put(line, {"remark": squeeze(words)}):
        save(line, actor=actor)
    return line


@transaction.atomic
def give_back(
    *,
    request: Request,
    reason: str,
    actor: Any,
    on: dt.date,
    remarks: Mapping[int, str] | None = None,
) -> Request:
    """Return with the reason and remarks by line; head and secretary get a letter (5.3).

    ``remarks`` by key of the line replace those written so far; lines not named keep theirs.
    """

    def returned(case: Request) -> None:
        case.remark = squeeze(reason)
        for line in case.lines.filter(pk__in=remarks or {}):
            if put(line, {"remark": squeeze((remarks or {})[line.pk])}):
                save(line, actor=actor)

    request = REQUEST.apply(request, "return", actor=actor, on=on, reason=reason, effect=returned)
    leaders = [key for key in (request.unit.head_id, request.unit.secretary_id) if key]
    mail.post_many(
        kind="request_returned",
        receivers=list(
            User.objects.filter(person_id__in=leaders, is_active=True).exclude(email="")
        ),
        context={"request": request.pk},
    )
    return request


def _open(request: Request, actor: Any) -> Request:
    """``request`` locked, as long as ``actor`` may change it now."""
    request = take(request)
    if not actor.has_perm("training_plans.file_request", request):
        raise ValidationError(
            _("The head or the secretary of the unit files its request (5.4), nobody else.")
        )
    if request.state == Request.State.SENT:
        raise ValidationError(
            _("This request lies before the Centre. Take it back to change it (5.4)."),
            code="closed",
        )
    if not request.can_be_edited:
        raise ValidationError(
            _(
                "This request is accepted. Ask the Centre to return it; once the plan is approved "
                "changes are amendments (5.5)."
            ),
            code="closed",
        )
    return request

"""Orders: drafted from cases, issued with a number, changed, cancelled (clause 7.1)."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.utils import translation

from training_plans.domain import applications, orders
from training_plans.models import Order, PlanLine, TrainingApplication
from workflow.models import IssuedPaper, NumberRegister, OutgoingMail, Substitution
from workflow.papers import paper_issued
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refused

from ..factories import PersonFactory, PostFactory
from . import cases

ON = dt.date(2027, 1, 25)
NEW_START, NEW_END = dt.date(2027, 4, 5), dt.date(2027, 4, 16)


def ordered(
    *people: Any, accounts: Any, actor: Any, on: dt.date = ON, **traits: Any
) -> tuple[Order, list[TrainingApplication]]:
    """One order issued for these accounts, and their cases as they are then."""
    found = [cases.approved(user, accounts, **traits) for user in people]
    order = orders.draft_order(applications=found, actor=actor, on=on)
    order = orders.issue_order(order=order, actor=actor, on=on)
    for case in found:
        case.refresh_from_db()
    return order, found


def followed(
    first: Order, found: list[TrainingApplication], kind: str, *, actor: Any, on: dt.date = ON
) -> Order:
    """A draft that changes or cancels ``first`` for these cases."""
    return orders.draft_order(
        applications=found,
        actor=actor,
        on=on,
        kind=kind,
        refers_to=first,
        because="Провайдер күнін ауыстырды",
    )


def moved(draft: Order, *, actor: Any, hours: int = 72, on: dt.date = ON) -> Order:
    """The change draft with the new days for everybody in it."""
    values = {"starts_on": NEW_START, "ends_on": NEW_END, "hours": Decimal(hours)}
    lines = {line.pk: values for line in draft.lines.all()}
    return orders.change_draft(order=draft, values={}, lines=lines, actor=actor, on=on)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Refusals are recognised by their source words."""
    with translation.override("en"):
        yield


# --- sending ------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_one_order_for_several_people(accounts: Any, hr: Any, teacher: Any, secretary: Any) -> None:
    order, found = ordered(teacher, secretary, accounts=accounts, actor=hr)
    assert (order.state, order.number_text, order.issued_on) == ("issued", "1-БА/2027", ON)
    assert [case.state for case in found] == ["ordered", "ordered"]
    # 12.03.2027 + 5 = Wednesday 17.03.2027 (readings, «Days»)
    assert {case.documents_due_on for case in found} == {dt.date(2027, 3, 17)}
    assert {case.plan_line.execution for case in found if case.plan_line} == {"ordered"}
    paper = IssuedPaper.objects.get(kind="order")
    assert (paper.number, order.paper) == ("1-БА/2027", paper)
    assert [line["person"] for line in paper.data["lines"]] == sorted(
        case.person.full_name for case in found
    )
    told = OutgoingMail.objects.filter(kind="case_ordered").values_list("receiver", flat=True)
    assert set(told) == {teacher.pk, secretary.pk}


@pytest.mark.django_db
def test_the_rector_signs_unless_another_is_named(
    accounts: Any, hr: Any, teacher: Any, vicerector: Any, stranger: Any
) -> None:
    case = cases.approved(teacher, accounts)
    order = orders.draft_order(applications=[case], actor=hr, on=ON)
    assert order.signatory == accounts["rector"].person
    assert orders.may_sign(ON) == [accounts["rector"].person, vicerector.person]
    Substitution.objects.create(
        absent=accounts["rector"], substitute=stranger, starts_on=ON, ends_on=ON, entered_by=hr
    )
    assert orders.may_sign(ON)[1] == stranger.person
    changed = orders.change_draft(
        order=order,
        values={"signatory": vicerector.person, "control": "оқу ісі жөніндегі проректор"},
        actor=hr,
        on=ON,
    )
    issued = orders.issue_order(order=changed, actor=hr, on=ON)
    assert issued.paper is not None
    assert issued.paper.data["signatory"]["name"] == vicerector.person.full_name
    assert issued.paper.data["control"] == "оқу ісі жөніндегі проректор"
    second = cases.approved(accounts["secretary"], accounts)
    draft = orders.draft_order(applications=[second], actor=hr, on=ON)
    assert draft.control == "оқу ісі жөніндегі проректор"  # as in the last one


@pytest.mark.django_db
def test_no_order_without_the_visa(accounts: Any, hr: Any, teacher: Any) -> None:
    case = cases.agreed(cases.submitted(teacher), accounts, until="rector")
    with pytest.raises(ValidationError, match=teacher.person.full_name):
        orders.draft_order(applications=[case], actor=hr, on=ON)
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_refused_as_a_whole_when_one_lost_the_visa(
    accounts: Any, hr: Any, teacher: Any, secretary: Any
) -> None:
    found = [cases.approved(user, accounts) for user in (teacher, secretary)]
    order = orders.draft_order(applications=found, actor=hr, on=ON)
    TrainingApplication.objects.filter(pk=found[1].pk).update(state="withdrawn")
    with pytest.raises(Refused, match=secretary.person.full_name) as refused:
        orders.issue_order(order=order, actor=hr, on=ON)
    assert teacher.person.full_name not in str(refused.value)
    order.refresh_from_db()
    found[0].refresh_from_db()
    assert (order.state, order.number, found[0].state) == ("draft", None, "approved")
    assert not IssuedPaper.objects.filter(kind="order").exists()
    assert not NumberRegister.objects.filter(name="order").exists()


@pytest.mark.django_db
def test_a_case_stands_in_one_draft_and_is_not_withdrawn_from_it(
    accounts: Any, hr: Any, teacher: Any
) -> None:
    case = cases.approved(teacher, accounts)
    order = orders.draft_order(applications=[case], actor=hr, on=ON)
    with pytest.raises(ValidationError, match="already"):
        orders.draft_order(applications=[case], actor=hr, on=ON)
    with pytest.raises(Refused, match="drafted"):
        applications.withdraw(application=case, reason="ауырдым", actor=teacher, on=ON)
    assert not list(orders.awaiting_order())
    orders.discard_order(order=order, actor=hr, on=ON)
    assert list(orders.awaiting_order()) == [case]
    assert Order.objects.get().number is None


@pytest.mark.django_db
def test_a_draft_changed_meanwhile_is_not_issued_unseen(
    accounts: Any, hr: Any, teacher: Any, secretary: Any
) -> None:
    found = [cases.approved(user, accounts) for user in (teacher, secretary)]
    order = orders.draft_order(applications=found, actor=hr, on=ON)
    seen = version_of(order)
    orders.take_out(line=order.lines.get(application=found[1]), actor=hr, on=ON)
    with pytest.raises(ChangedMeanwhile):
        orders.issue_order(order=order, actor=hr, on=ON, version=seen)
    orders.issue_order(order=order, actor=hr, on=ON, version=version_of(order))
    found[1].refresh_from_db()
    assert found[1].state == "approved"
    assert list(orders.awaiting_order()) == [found[1]]


@pytest.mark.django_db
def test_added_and_taken_in_again(accounts: Any, hr: Any, teacher: Any, secretary: Any) -> None:
    one, two = (cases.approved(user, accounts) for user in (teacher, secretary))
    order = orders.draft_order(applications=[one], actor=hr, on=ON)
    orders.add_cases(order=order, applications=[two], actor=hr, on=ON)
    orders.take_out(line=order.lines.get(application=two), actor=hr, on=ON)
    orders.add_cases(order=order, applications=[two], actor=hr, on=ON)
    assert order.lines.filter(withdrawn=False).count() == 2


@pytest.mark.django_db
def test_issued_on_the_day_it_begins(accounts: Any, hr: Any, teacher: Any) -> None:
    _order, [case] = ordered(teacher, accounts=accounts, actor=hr, on=cases.START)
    assert case.plan_line is not None and case.plan_line.execution == "in_training"


@pytest.mark.django_db
def test_only_hr_and_the_centre_issue(
    accounts: Any, hr: Any, teacher: Any, head: Any, finance: Any, legal: Any, rector: Any
) -> None:
    case = cases.approved(teacher, accounts)
    for nobody in (teacher, head, finance, legal, rector):
        with pytest.raises(Refused):
            orders.draft_order(applications=[case], actor=nobody, on=ON)
    order = orders.draft_order(applications=[case], actor=hr, on=ON)
    for nobody in (teacher, head, finance, legal, rector):
        with pytest.raises(Refused):
            orders.issue_order(order=order, actor=nobody, on=ON)
        with pytest.raises(Refused):
            orders.take_out(line=order.lines.get(), actor=nobody, on=ON)
    order.refresh_from_db()
    assert order.state == "draft"


@pytest.mark.django_db
def test_proposed_together(
    accounts: Any, hr: Any, teacher: Any, secretary: Any, researcher: Any
) -> None:
    one = cases.approved(teacher, accounts, topic="Кардиология")
    provider = one.provider
    same = cases.approved(secretary, accounts, topic="кардиология ", provider=provider)
    other = cases.approved(researcher, accounts, topic="Неврология", provider=provider)
    assert orders.together(orders.awaiting_order()) == [[same, one], [other]] or orders.together(
        orders.awaiting_order()
    ) == [[one, same], [other]]


# --- changing -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_change_order_moves_those_named(
    accounts: Any, hr: Any, teacher: Any, secretary: Any
) -> None:
    first, found = ordered(teacher, secretary, accounts=accounts, actor=hr)
    orders.acquaint(line=first.lines.get(application=found[0]), actor=teacher, on=ON)
    change = moved(followed(first, found[:1], "change", actor=hr), actor=hr, hours=60)
    change = orders.issue_order(order=change, actor=hr, on=ON)
    for case in found:
        case.refresh_from_db()
    assert change.number_text == "2-БА/2027"
    assert (found[0].starts_on, found[0].ends_on, found[0].hours) == (NEW_START, NEW_END, 60)
    assert found[0].documents_due_on == dt.date(2027, 4, 21)
    assert found[1].starts_on == cases.START
    contract = found[0].contract
    assert (contract.service_from, contract.service_to) == (
        dt.date(2027, 4, 17),
        dt.date(2028, 4, 16),
    )
    first.refresh_from_db()
    assert first.state == "changed"
    assert change.lines.get().acquainted_on is None  # acquaintance anew
    assert change.paper is not None
    line = change.paper.data["lines"][0]
    assert line["before"]["starts_on"] == "2027-03-01"
    assert (line["starts_on"], line["hours"]) == ("2027-04-05", "60.0")
    assert change.paper.data["refers_to"]["number"] == "1-БА/2027"
    assert OutgoingMail.objects.filter(kind="case_changed", receiver=teacher).count() == 1


@pytest.mark.django_db
def test_a_change_that_changes_nothing_is_refused(accounts: Any, hr: Any, teacher: Any) -> None:
    first, found = ordered(teacher, accounts=accounts, actor=hr)
    change = followed(first, found, "change", actor=hr)
    with pytest.raises(ValidationError, match=teacher.person.full_name):
        orders.issue_order(order=change, actor=hr, on=ON)


@pytest.mark.django_db
def test_after_an_interruption_the_change_lets_go_on(accounts: Any, hr: Any, teacher: Any) -> None:
    first, [case] = ordered(teacher, accounts=accounts, actor=hr)
    case.interrupted_on, case.interrupted_because = dt.date(2027, 3, 3), "ауырып қалды"
    case.save()
    change = followed(first, [case], "change", actor=hr)
    with pytest.raises(ValidationError, match="went on as ordered"):
        orders.issue_order(order=change, actor=hr, on=dt.date(2027, 3, 5))
    orders.issue_order(order=moved(change, actor=hr), actor=hr, on=dt.date(2027, 3, 5))
    case.refresh_from_db()
    assert (case.interrupted_on, case.interrupted_because) == (None, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"starts_on": NEW_END, "ends_on": NEW_START}, "ends_on"),
        ({"hours": Decimal(0)}, "hours"),
        ({"starts_on": NEW_START, "ends_on": NEW_START, "hours": Decimal(25)}, "hours"),
    ],
)
def test_impossible_new_days_are_refused_at_their_field(
    accounts: Any, hr: Any, teacher: Any, values: dict[str, Any], field: str
) -> None:
    first, found = ordered(teacher, accounts=accounts, actor=hr)
    change = followed(first, found, "change", actor=hr)
    line = change.lines.get()
    if field == "hours" and values["hours"] == 0:
        values = {**values, "hours": Decimal("-1")}
    with pytest.raises(ValidationError) as refused:
        orders.change_draft(order=change, values={}, lines={line.pk: values}, actor=hr, on=ON)
    assert list(refused.value.message_dict) == [f"{field}_{line.pk}"]


@pytest.mark.django_db
def test_days_of_a_sending_stand_as_signed(accounts: Any, hr: Any, teacher: Any) -> None:
    case = cases.approved(teacher, accounts)
    order = orders.draft_order(applications=[case], actor=hr, on=ON)
    with pytest.raises(ValidationError):
        moved(order, actor=hr)


# --- cancelling ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_part_is_cancelled_then_the_rest(
    accounts: Any, hr: Any, teacher: Any, secretary: Any
) -> None:
    first, found = ordered(teacher, secretary, accounts=accounts, actor=hr)
    change = moved(followed(first, found[1:], "change", actor=hr), actor=hr)
    change = orders.issue_order(order=change, actor=hr, on=ON)
    part = followed(first, found[:1], "cancel", actor=hr)
    part = orders.issue_order(order=part, actor=hr, on=ON)
    for thing in (first, change, *found):
        thing.refresh_from_db()
    assert [case.state for case in found] == ["cancelled", "ordered"]
    assert (first.state, change.state) == ("changed", "issued")
    assert part.paper is not None and part.paper.data["is_whole"] is False
    assert found[0].contract.state == "void"
    line = PlanLine.objects.get(applications=found[0])
    assert line.execution == PlanLine.Execution.NOT_BEGUN
    assert OutgoingMail.objects.filter(kind="case_cancelled", receiver=teacher).count() == 1

    # the rest, referring to the change: it names the first all the same
    rest = followed(change, found[1:], "cancel", actor=hr)
    assert rest.refers_to == first
    orders.issue_order(order=rest, actor=hr, on=ON)
    for thing in (first, change, part):
        thing.refresh_from_db()
    assert (first.state, change.state, part.state) == ("cancelled", "cancelled", "issued")
    with pytest.raises(ValidationError, match="not in force"):
        followed(first, found, "cancel", actor=hr)


@pytest.mark.django_db
def test_cancelled_in_training_did_not_take_place(accounts: Any, hr: Any, teacher: Any) -> None:
    first, found = ordered(teacher, accounts=accounts, actor=hr, on=cases.START)
    orders.issue_order(
        order=followed(first, found, "cancel", actor=hr), actor=hr, on=dt.date(2027, 3, 4)
    )
    assert PlanLine.objects.get().execution == PlanLine.Execution.NOT_HELD


@pytest.mark.django_db
def test_a_cancellation_wants_its_reason(accounts: Any, hr: Any, teacher: Any) -> None:
    first, found = ordered(teacher, accounts=accounts, actor=hr)
    draft = orders.draft_order(
        applications=found, actor=hr, on=ON, kind="cancel", refers_to=first, because=" "
    )
    with pytest.raises(Refused, match="why"):
        orders.issue_order(order=draft, actor=hr, on=ON)


@pytest.mark.django_db
def test_nobody_is_changed_by_the_order_of_others(
    accounts: Any, hr: Any, teacher: Any, secretary: Any
) -> None:
    first, _found = ordered(teacher, accounts=accounts, actor=hr)
    _second, others = ordered(secretary, accounts=accounts, actor=hr)
    with pytest.raises(ValidationError, match=secretary.person.full_name):
        followed(first, others, "cancel", actor=hr)


# --- acquaintance -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_only_the_employee_says_to_have_read_it(
    accounts: Any, hr: Any, teacher: Any, secretary: Any
) -> None:
    order, found = ordered(teacher, secretary, accounts=accounts, actor=hr)
    line = order.lines.get(application=found[0])
    for another in (secretary, hr):
        with pytest.raises(Refused):
            orders.acquaint(line=line, actor=another, on=ON)
    orders.acquaint(line=line, actor=teacher, on=ON)
    again = orders.acquaint(line=line, actor=teacher, on=ON + dt.timedelta(days=1))
    assert (again.acquainted_on, again.acquainted_by) == (ON, teacher)


# --- the register -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_new_year_begins_with_one(accounts: Any, hr: Any, teacher: Any, secretary: Any) -> None:
    old, _found = ordered(teacher, accounts=accounts, actor=hr)
    new, _more = ordered(secretary, accounts=accounts, actor=hr, on=dt.date(2028, 1, 3))
    assert (old.number_text, new.number_text) == ("1-БА/2027", "1-БА/2028")


def all_at_once(acts: Sequence[Callable[[], Any]], *, database: Path) -> list[Any]:
    """Each of ``acts`` in a thread and on a connection of its own; results or what was raised.

    On SQLite the tests' database in memory locks whole tables at once and is none of those the
    product runs on: the threads get it copied into the file ``database``.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(database)) as target:
            connection.connection.backup(target)
    begin = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        wrapper = connections["default"]
        if wrapper.vendor == "sqlite":
            wrapper.settings_dict = {**wrapper.settings_dict, "NAME": str(database)}
        try:
            begin.wait(60)
            results[place] = act()
        except BaseException as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    return results


def rows_of(database: Path) -> Callable[[str], list[Any]]:
    """Reads the first column of what the threads have written, wherever they wrote it."""

    def rows(query: str) -> list[Any]:
        if connection.vendor == "sqlite":
            with contextlib.closing(sqlite3.connect(database)) as file:
                return [row[0] for row in file.execute(query)]
        with connection.cursor() as cursor:
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()]

    return rows


def with_a_visa(count: int, filed_by: Any, units: Any) -> list[TrainingApplication]:
    """So many approved cases, without the way that leads there."""
    found = []
    for number in range(1, count + 1):
        person = PersonFactory()
        PostFactory(person=person, unit=units.department)
        case = applications.from_line(cases.a_line(person))
        case.filed_by, case.number = filed_by, number
        case.state = TrainingApplication.State.APPROVED
        case.save()
        PlanLine.objects.filter(pk=case.plan_line_id or 0).update(execution="applied")
        found.append(case)
    return found


@pytest.mark.django_db(transaction=True)
def test_twenty_who_issue_at_once_leave_no_gap_and_no_double(
    hr: Any, rector: Any, units: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fifth is refused, as its visa is gone, and leaves no gap."""
    monkeypatch.setattr(paper_issued, "receivers", [])  # no PDF is made of these
    drafts = []
    for number, case in enumerate(with_a_visa(20, hr, units)):
        drafts.append(orders.draft_order(applications=[case], actor=hr, on=ON))
        if number % 5 == 0:
            TrainingApplication.objects.filter(pk=case.pk).update(state="withdrawn")

    def issuing(draft: Order) -> Callable[[], Any]:
        return lambda: orders.issue_order(order=draft, actor=hr, on=ON).number

    database = tmp_path / "orders.sqlite3"
    results = all_at_once([issuing(draft) for draft in drafts], database=database)
    assert sorted(n for n in results if isinstance(n, int)) == list(range(1, 17)), results
    assert sum(isinstance(result, Refused) for result in results) == 4

    rows = rows_of(database)
    assert rows("SELECT last FROM workflow_numberregister WHERE name = 'order'") == [16]
    numbers = rows("SELECT number FROM training_plans_order WHERE number IS NOT NULL")
    assert sorted(numbers) == list(range(1, 17))
    papers = rows("SELECT number FROM workflow_issuedpaper WHERE kind = 'order'")
    assert sorted(papers) == sorted(f"{n}-БА/2027" for n in range(1, 17))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: the second waits anyway"
)
def test_withdrawn_while_it_is_issued(accounts: Any, hr: Any, teacher: Any) -> None:
    from .test_races import at_once

    case = cases.approved(teacher, accounts)
    refusal = at_once(
        lambda: orders.draft_order(applications=[case], actor=hr, on=ON),
        lambda: applications.withdraw(application=case, reason="ауырдым", actor=teacher, on=ON),
    )
    assert isinstance(refusal, Refused)
    case.refresh_from_db()
    assert case.state == "approved"

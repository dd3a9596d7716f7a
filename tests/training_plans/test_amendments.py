"""Amendments: what may be written, who moves them, what approval makes of the plan (5.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import override

from training_plans.domain import amendments
from training_plans.domain.changes import guards_lines, refusals_of_line
from training_plans.models import (
    Amendment,
    AmendmentItem,
    Funding,
    Plan,
    PlanLine,
    PlanningYear,
    PlanVersion,
    Precision,
)
from training_plans.transitions import AMENDMENT
from workflow.models import Decision, StoredFile
from workflow.papers import is_whole
from workflow.saving import ChangedMeanwhile
from workflow.transitions import Refusal, Refused

from ..conftest import ROLES_WITH_ACCOUNTS
from ..factories import (
    PersonFactory,
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    ProviderFactory,
)
from .approved_plans import in_force

pytestmark = pytest.mark.django_db
Change = AmendmentItem.Change
MARCH = (dt.date(2027, 3, 1), dt.date(2027, 3, 31))
BECAUSE = "Семестр кестесі өзгерді"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def plan(centre: Any) -> Plan:
    """Two lines, approved as version 1."""
    plan = PlanFactory()
    PlanLineFactory(plan=plan, topic="Клиникалық хаттамалар")
    PlanLineFactory(plan=plan, topic="Дәлелді медицина")
    return in_force(plan, by=centre)


@pytest.fixture
def paper(centre: Any) -> StoredFile:
    return StoredFile.keep(
        ContentFile(b"%PDF-1.7", name="memo.pdf"),
        name="memo.pdf",
        content_type="application/pdf",
        by=centre,
    )


@pytest.fixture
def line(plan: Plan) -> PlanLine:
    return plan.lines.order_by("pk")[0]


@pytest.fixture
def draft(plan: Plan, centre: Any, today: dt.date) -> Amendment:
    return amendments.open_amendment(plan=plan, actor=centre, on=today)


@pytest.fixture
def write(draft: Amendment, paper: StoredFile, centre: Any, today: dt.date) -> Any:
    """``write(change, line=…)``: one change with reason and paper."""

    def add(change: str, **more: Any) -> AmendmentItem:
        values = {"values": {}, "because": BECAUSE, "paper": paper} | more
        return amendments.add_item(amendment=draft, change=change, actor=centre, on=today, **values)

    return add


def to_may() -> dict[str, Any]:
    return {"precision": Precision.MONTH, "month": 5}


def whole_terms(**more: Any) -> dict[str, Any]:
    return {
        "topic": "Симуляциялық оқыту",
        "area": "profile",
        "form": "course",
        "kind": "course",
        "provider": ProviderFactory(),
        "precision": Precision.DAYS,
        "starts_on": dt.date(2027, 4, 5),
        "ends_on": dt.date(2027, 4, 16),
        "hours": Decimal(72),
        "funding": Funding.EMPLOYER,
        "cost": Decimal(80_000),
    } | more


def refusal(verb: Any, **arguments: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        verb(**arguments)
    error = caught.value
    return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}


def approved(amendment: Amendment, *, by: Any, on: dt.date) -> PlanVersion:
    seen = amendments.seen_now(Amendment.objects.get(pk=amendment.pk))
    return amendments.approve(
        amendment=Amendment.objects.get(pk=amendment.pk), actor=by, on=on, seen=seen
    )


def next_version(draft: Amendment, *, by: Any, on: dt.date) -> PlanVersion:
    amendments.submit(amendment=draft, actor=by, on=on)
    return approved(draft, by=by, on=on)


# --- writing ------------------------------------------------------------------------------------
def test_the_draft_is_opened_once_and_numbered_within_the_plan(plan, centre, today):
    first = amendments.open_amendment(plan=plan, actor=centre, on=today)
    again = amendments.open_amendment(plan=plan, actor=centre, on=today)
    amendments.withdraw(amendment=first, reason="Қажет емес", actor=centre, on=today)
    second = amendments.open_amendment(plan=plan, actor=centre, on=today)
    assert (first.number, again.pk, second.number) == (1, first.pk, 2)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (Plan.State.DRAFT, "not approved yet"),
        (Plan.State.IN_AGREEMENT, "not approved yet"),
        (Plan.State.CLOSED, "closed"),
    ],
)
def test_only_a_plan_in_force_is_amended(plan, centre, today, state, words):
    Plan.objects.update(state=state)
    said = refusal(amendments.open_amendment, plan=plan, actor=centre, on=today)
    assert words in said[""][0]
    assert Amendment.objects.count() == 0


def test_a_change_without_production_reason_is_refused(write, line):
    assert list(refusal(write, change=Change.MOVE, line=line, values=to_may(), because=" ")) == [
        "because"
    ]


@pytest.mark.parametrize("change", [Change.REPLACE, Change.MOVE, Change.TAKE_OUT])
def test_a_change_of_no_line_is_refused(write, change):
    assert "Choose the line" in refusal(write, change=change)["__all__"][0]


def test_a_line_of_another_plan_is_refused(write):
    other = PlanLineFactory(plan=PlanFactory(planning_year=PlanningYearFactory(year=2028)))
    said = refusal(write, change=Change.TAKE_OUT, line=other)
    assert "another year" in said["__all__"][0]


def test_a_line_is_changed_once_in_open_amendments(write, line, draft, centre, paper, today):
    write(Change.MOVE, line=line, values=to_may())
    said = refusal(write, change=Change.TAKE_OUT, line=line)
    assert said == {
        "__all__": ["Amendment No. 1 changes this line already. Change or withdraw that change."]
    }
    amendments.submit(amendment=draft, actor=centre, on=today)
    second = amendments.open_amendment(plan=draft.plan, actor=centre, on=today)
    said = refusal(
        amendments.add_item,
        amendment=second,
        change=Change.TAKE_OUT,
        line=line,
        values={},
        because=BECAUSE,
        paper=paper,
        actor=centre,
        on=today,
    )
    assert list(said) == ["__all__"]


def test_a_withdrawn_change_frees_its_line(write, line, centre, today):
    item = write(Change.MOVE, line=line, values=to_may())
    amendments.withdraw_item(item=item, actor=centre, on=today)
    again = write(Change.TAKE_OUT, line=line)
    assert (again.line, again.topic) == (line, line.topic)


@pytest.mark.parametrize("change", [Change.REPLACE, Change.MOVE, Change.TAKE_OUT])
@pytest.mark.parametrize("state", PlanLine.Execution)
def test_what_is_done_stays_and_what_has_begun_is_ended_first(write, line, change, state):
    PlanLine.objects.filter(pk=line.pk).update(execution=state)
    free = {"not_begun", "postponed", "not_held"}
    values = to_may() if change == Change.MOVE else {"topic": "Басқа тақырып"}
    if state.value in free:
        assert write(change, line=line, values=values).line_id == line.pk
    else:
        said = refusal(write, change=change, line=line, values=values)["__all__"][0]
        assert ("is done" if state == "done" else "Cancel the application first") in said


def test_a_line_taken_out_is_not_changed(write, line):
    PlanLine.objects.filter(pk=line.pk).update(taken_out=True, taken_out_because="Кетті")
    said = refusal(write, change=Change.MOVE, line=line, values=to_may())
    assert "no longer in the plan" in said["__all__"][0]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (to_may() | {"month": 3}, "month"),
        (to_may() | {"month": None}, "month"),
        ({"precision": Precision.QUARTER, "quarter": None}, "quarter"),
        ({"precision": Precision.DAYS}, "starts_on"),
        (
            {
                "precision": Precision.DAYS,
                "starts_on": dt.date(2028, 1, 10),
                "ends_on": dt.date(2028, 1, 14),
            },
            "starts_on",
        ),
        (
            {
                "precision": Precision.DAYS,
                "starts_on": dt.date(2027, 5, 10),
                "ends_on": dt.date(2027, 5, 3),
            },
            "ends_on",
        ),
    ],
)
def test_a_move_needs_another_time_of_the_year(write, line, values, field):
    assert field in refusal(write, change=Change.MOVE, line=line, values=values)


def test_a_move_changes_nothing_but_the_time(write, line):
    item = write(Change.MOVE, line=line, values=whole_terms(cost=Decimal(1)) | to_may())
    assert (item.starts_on, item.ends_on) == (dt.date(2027, 5, 1), dt.date(2027, 5, 31))
    assert (item.topic, item.cost, item.person) == (line.topic, line.cost, line.person)


def test_a_replacement_that_replaces_nothing_is_refused(write, line):
    said = refusal(write, change=Change.REPLACE, line=line, values={})
    assert said == {
        "__all__": ["Nothing differs from the line as it is. Change the person or the training."]
    }


def test_who_comes_into_the_plan_holds_a_post(write):
    said = refusal(write, change=Change.ADD, person=PersonFactory(), values=whole_terms())
    assert "holds no post" in said["person"][0]
    assert list(refusal(write, change=Change.ADD, values=whole_terms())) == ["person"]


def test_a_post_of_somebody_else_is_refused(write):
    said = refusal(
        write,
        change=Change.ADD,
        person=PostFactory().person,
        post=PostFactory(),
        values=whole_terms(),
    )
    assert list(said) == ["person"]


def test_everything_wrong_is_said_at_once(write):
    said = refusal(
        write,
        change=Change.ADD,
        values=whole_terms(cost=Decimal(-1), starts_on=dt.date(2028, 4, 5)),
        because="",
    )
    assert set(said) == {"because", "person", "cost", "starts_on"}
    assert AmendmentItem.objects.count() == 0


def test_a_change_is_corrected_as_long_as_its_amendment_is_a_draft(
    write, line, draft, centre, today
):
    item = write(Change.MOVE, line=line, values=to_may())
    changed = amendments.change_item(
        item=item,
        values={"precision": Precision.QUARTER, "quarter": 4},
        because="Жетекшінің хаты",
        paper=None,
        actor=centre,
        on=today,
    )
    assert (changed.starts_on, changed.paper) == (dt.date(2027, 10, 1), item.paper)
    amendments.submit(amendment=draft, actor=centre, on=today)
    for verb, more in (
        (amendments.withdraw_item, {}),
        (amendments.change_item, {"values": {}, "because": "x", "paper": None}),
    ):
        said = refusal(verb, item=item, actor=centre, on=today, **more)
        assert "no draft any more" in said[""][0]


def test_a_stale_form_of_a_change_is_told(write, line, centre, today):
    item = write(Change.TAKE_OUT, line=line)
    with pytest.raises(ChangedMeanwhile):
        amendments.change_item(
            item=item,
            values={},
            because="Басқа себеп",
            paper=None,
            actor=centre,
            on=today,
            version=0,
        )


def test_training_outside_the_plan_becomes_an_addition_in_the_draft(plan, draft, centre, today):
    item = amendments.propose_addition(
        plan=plan,
        person=PostFactory().person,
        values=whole_terms(),
        because=BECAUSE,
        actor=centre,
        on=today,
    )
    assert (item.amendment, item.change, item.line) == (draft, Change.ADD, None)


def test_whoever_uses_a_line_may_forbid_its_change(write, line, monkeypatch):
    monkeypatch.setattr("training_plans.domain.changes._line_guards", [])
    guards_lines(lambda line, change: [Refusal(f"№ 7 {change}")])
    assert [str(refusal) for refusal in refusals_of_line(line, "move")] == ["№ 7 move"]
    assert refusal(write, change=Change.TAKE_OUT, line=line) == {"__all__": ["№ 7 take_out"]}


# --- moving -------------------------------------------------------------------------------------
def test_an_empty_amendment_is_not_submitted(draft, centre, today):
    with pytest.raises(Refused) as caught:
        amendments.submit(amendment=draft, actor=centre, on=today)
    assert caught.value.messages == ["Nothing is changed yet. Write at least one change."]


def test_an_unfinished_change_is_not_submitted(write, draft, centre, today):
    person = PostFactory().person
    write(Change.ADD, person=person, values={"topic": "Тақырып"}, paper=None)
    with pytest.raises(Refused) as caught:
        amendments.submit(amendment=draft, actor=centre, on=today)
    paper, fields = caught.value.messages
    assert paper.startswith(f"{person.full_name}: the paper is missing")
    assert fields == (
        f"{person.full_name}: still to be filled in: area, provider, start, volume, hours, "
        "funding source."
    )


def test_who_returns_says_why_and_the_draft_carries_the_remark(write, line, draft, centre, today):
    write(Change.TAKE_OUT, line=line)
    amendments.submit(amendment=draft, actor=centre, on=today)
    with pytest.raises(Refused):
        amendments.give_back(amendment=draft, reason=" ", actor=centre, on=today)
    back = amendments.give_back(amendment=draft, reason="Хат жоқ", actor=centre, on=today)
    assert (back.state, back.remark) == (Amendment.State.DRAFT, "Хат жоқ")
    again = amendments.submit(amendment=back, actor=centre, on=today)
    assert (again.state, again.remark) == (Amendment.State.IN_AGREEMENT, "")


WHO = {
    "submit": {"centre", "methodologist"},
    "withdraw": {"centre", "methodologist"},
    "return": {"centre"},
    "approve": {"centre"},
}
FROM = {
    "submit": {"draft"},
    "withdraw": {"draft", "in_agreement"},
    "return": {"in_agreement"},
    "approve": {"in_agreement"},
}


@pytest.mark.parametrize("name", AMENDMENT.by_name)
@pytest.mark.parametrize("state", Amendment.State.values)
def test_transitions_by_state_and_role(name, state, write, line, draft, accounts, today):
    """Who may, and from where: the head of the Centre approves, a methodologist does not."""
    write(Change.TAKE_OUT, line=line)
    Amendment.objects.update(state=state)
    draft.refresh_from_db()
    open_to = {
        role
        for role in ROLES_WITH_ACCOUNTS
        if not AMENDMENT.refusals(draft, name, actor=accounts[role], on=today)
    }
    assert open_to == (WHO[name] if state in FROM[name] else set())


def test_the_rector_approves_where_the_year_says_so(write, line, draft, accounts, today):
    write(Change.TAKE_OUT, line=line)
    PlanningYear.objects.update(approver=PlanningYear.Approver.RECTOR)
    Amendment.objects.update(state=Amendment.State.IN_AGREEMENT)
    draft = Amendment.objects.get()
    may = {
        role
        for role in ("centre", "methodologist", "rector", "vicerector", "stranger_head")
        if not AMENDMENT.refusals(draft, "approve", actor=accounts[role], on=today)
    }
    assert may == {"rector"}


# --- approving ----------------------------------------------------------------------------------
def test_approval_makes_the_next_version_with_its_papers(write, plan, line, draft, centre, today):
    other = plan.lines.order_by("pk")[1]
    new, instead = PostFactory(), PostFactory()
    write(Change.MOVE, line=line, values=to_may())
    write(Change.REPLACE, line=other, person=instead.person, values=whole_terms())
    write(Change.ADD, person=new.person, values=whole_terms(topic="Көшбасшылық"))
    version = next_version(draft, by=centre, on=today)

    plan.refresh_from_db()
    assert (plan.version, version.number, version.amendment, version.is_late) == (
        2,
        2,
        draft,
        False,
    )
    assert is_whole(version.paper) and is_whole(version.change_sheet)
    assert (version.paper.number, version.paper.version) == ("БАЖ-2027", 2)
    assert (version.change_sheet.kind, version.change_sheet.number) == ("plan_changes", "2027-1")

    line.refresh_from_db()
    other.refresh_from_db()
    assert (line.starts_on, line.execution) == (dt.date(2027, 5, 1), "postponed")
    assert (other.taken_out, other.taken_out_because) == (True, BECAUSE)
    added = {row.person_id: row for row in plan.lines.filter(since_version=2)}
    assert set(added) == {new.person_id, instead.person_id}
    assert added[new.person_id].topic == "Көшбасшылық"
    assert added[instead.person_id].unit == instead.unit
    assert all(row.is_unplanned for row in added.values())
    frozen = {row["person"]: row for row in version.paper.data["lines"]}
    assert set(frozen) == {p.full_name for p in (line.person, new.person, instead.person)}


def test_the_change_sheet_says_what_was_and_what_is(write, line, draft, centre, today):
    write(Change.MOVE, line=line, values=to_may())
    withdrawn = write(Change.ADD, person=PostFactory().person, values=whole_terms())
    amendments.withdraw_item(item=withdrawn, actor=centre, on=today)
    version = next_version(draft, by=centre, on=today)
    (row,) = version.change_sheet.data["changes"]
    assert (row["number"], row["date"], row["change"]) == ("1.1", "2026-11-22", "move")
    assert (row["person"], row["topic"]) == (line.person.full_name, line.topic)
    assert (row["because"], row["paper"]) == (BECAUSE, "memo.pdf")
    assert row["approved_by"] == centre.person.full_name
    assert (row["before"]["starts_on"], row["after"]["starts_on"]) == ("2027-03-01", "2027-05-01")
    differing = {name for name, value in row["before"].items() if row["after"][name] != value}
    assert differing == {"starts_on", "ends_on"}
    assert version.paper.data["changes"] == [row]


def test_a_later_version_tells_the_changes_of_all_amendments(write, plan, draft, centre, today):
    first, second = plan.lines.order_by("pk")
    write(Change.TAKE_OUT, line=first)
    next_version(draft, by=centre, on=today)
    following = amendments.open_amendment(plan=plan, actor=centre, on=today)
    amendments.add_item(
        amendment=following,
        change=Change.TAKE_OUT,
        line=second,
        values={},
        because=BECAUSE,
        paper=AmendmentItem.objects.get().paper,
        actor=centre,
        on=today,
    )
    version = next_version(following, by=centre, on=today)
    rows = version.paper.data["changes"]
    assert version.number == 3
    assert [(row["number"], row["after"]) for row in rows] == [("1.1", None), ("2.1", None)]
    assert [row["line"] for row in rows] == [first.pk, second.pk]


@pytest.mark.parametrize(
    ("before", "month", "after"),
    [
        ("not_begun", 5, "postponed"),
        ("not_held", 5, "postponed"),
        ("postponed", 5, "postponed"),
        ("not_begun", 2, "not_begun"),
        ("postponed", 2, "not_begun"),
    ],
)
def test_a_line_moved_later_is_postponed(write, line, draft, centre, today, before, month, after):
    PlanLine.objects.filter(pk=line.pk).update(execution=before)
    write(Change.MOVE, line=line, values=to_may() | {"month": month})
    next_version(draft, by=centre, on=today)
    line.refresh_from_db()
    assert line.execution == after


def test_what_was_seen_is_what_is_approved(write, line, draft, centre, today):
    """Returned, changed and submitted again since the approver opened the page: told, not done."""
    item = write(Change.MOVE, line=line, values=to_may())
    submitted = amendments.submit(amendment=draft, actor=centre, on=today)
    seen = amendments.seen_now(submitted)
    back = amendments.give_back(amendment=submitted, reason="Ай?", actor=centre, on=today)
    amendments.change_item(
        item=item,
        values=to_may() | {"month": 6},
        because=BECAUSE,
        paper=None,
        actor=centre,
        on=today,
    )
    again = amendments.submit(amendment=back, actor=centre, on=today)
    with pytest.raises(ChangedMeanwhile):
        amendments.approve(amendment=again, actor=centre, on=today, seen=seen)
    assert PlanVersion.objects.count() == 1


def test_a_plan_that_got_another_version_meanwhile_is_told(write, plan, draft, centre, today):
    first, second = plan.lines.order_by("pk")
    write(Change.TAKE_OUT, line=first)
    submitted = amendments.submit(amendment=draft, actor=centre, on=today)
    seen = amendments.seen_now(submitted)
    other = amendments.open_amendment(plan=plan, actor=centre, on=today)
    amendments.add_item(
        amendment=other,
        change=Change.TAKE_OUT,
        line=second,
        values={},
        because=BECAUSE,
        paper=AmendmentItem.objects.get().paper,
        actor=centre,
        on=today,
    )
    next_version(other, by=centre, on=today)
    said = refusal(amendments.approve, amendment=draft, actor=centre, on=today, seen=seen)
    assert "Newer versions: 2." in said[""][0]
    first.refresh_from_db()
    assert first.taken_out is False
    assert approved(draft, by=centre, on=today).number == 3


def test_a_line_begun_since_it_was_submitted_stops_the_approval(write, line, draft, centre, today):
    write(Change.TAKE_OUT, line=line)
    amendments.submit(amendment=draft, actor=centre, on=today)
    PlanLine.objects.filter(pk=line.pk).update(execution="applied")
    with pytest.raises(Refused) as caught:
        approved(draft, by=centre, on=today)
    assert "Cancel the application first" in caught.value.messages[0]
    assert (PlanVersion.objects.count(), Decision.objects.count()) == (1, 1)


def test_who_may_not_approve_leaves_everything_as_it_was(
    write, line, draft, centre, methodologist, today
):
    write(Change.TAKE_OUT, line=line)
    amendments.submit(amendment=draft, actor=centre, on=today)
    with pytest.raises(Refused):
        approved(draft, by=methodologist, on=today)
    line.refresh_from_db()
    assert (line.taken_out, line.plan.version) == (False, 1)


def test_a_withdrawn_amendment_changes_nothing_and_keeps_what_was_written(
    write, line, draft, centre, today
):
    write(Change.TAKE_OUT, line=line)
    gone = amendments.withdraw(amendment=draft, reason="Қажеті жоқ", actor=centre, on=today)
    line.refresh_from_db()
    assert (gone.state, gone.items.standing().count()) == (Amendment.State.WITHDRAWN, 1)
    assert line.taken_out is False

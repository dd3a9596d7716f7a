"""Training contracts: drawn up, signed, served out or refunded (clause 3.8; law.md §2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import translation

from staff.models import DeadlineExtension
from training_plans.domain import applications, contracts, orders
from training_plans.domain.case_closing import close_if_complete
from training_plans.models import Contract, Refund, TrainingApplication
from workflow.models import IssuedPaper, StoredFile
from workflow.papers import paper_issued
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refused

from . import cases
from .test_orders import ON, all_at_once, followed, moved, ordered, rows_of, with_a_visa

pytestmark = pytest.mark.django_db

REQUISITES = {
    "identity_document": "№ 012345678, 01.02.2020, ҚР ІІМ",
    "address": "Шымкент қ., Әл-Фараби алаңы, 1",
    "signatory": "ректор М. Рысбеков",
    "authority": "Жарғы",
}
IIN = "890315100013"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Refusals are recognised by their source words."""
    with translation.override("en"):
        yield


def a_scan(user: Any) -> StoredFile:
    file = ContentFile(b"%PDF-1.7 signed", name="signed.pdf")
    return StoredFile.keep(file, name="signed.pdf", content_type="application/pdf", by=user)


def to_draw_up(user: Any, accounts: Any, **traits: Any) -> Contract:
    """The contract of an approved case, nothing filled in."""
    if user.username == "teacher":
        user.person.iin = IIN
        user.person.save()
    found: Contract = cases.approved(user, accounts, **traits).contract
    return found


def issued(user: Any, accounts: Any, **traits: Any) -> Contract:
    legal = accounts["legal"]
    contract = contracts.change_contract(
        contract=to_draw_up(user, accounts, **traits), values=REQUISITES, actor=legal, on=ON
    )
    return contracts.issue_contract(contract=contract, actor=legal, on=ON)


def signed(user: Any, accounts: Any, **traits: Any) -> Contract:
    legal = accounts["legal"]
    return contracts.sign_contract(
        contract=issued(user, accounts, **traits),
        signed_on=ON,
        scan=a_scan(legal),
        actor=legal,
        on=ON,
    )


def with_the_example(user: Any, accounts: Any) -> Contract:
    """240 000 ₸ and an obligation of 365 days, in force (law.md §2)."""
    contract = signed(user, accounts, cost=Decimal(240_000))
    assert contract.cost_base == 240_000
    assert (contract.service_to - contract.service_from).days + 1 == 366  # over 29.02.2028
    contract.service_to = contract.service_from + dt.timedelta(days=364)
    contract.save()
    return contract


def test_drawn_up_with_a_number_and_frozen(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = issued(teacher, accounts)
    assert (contract.state, contract.number_text) == ("issued", "1-ОШ/2027")
    assert (contract.service_from, contract.service_to) == (
        dt.date(2027, 3, 13),
        dt.date(2028, 3, 12),
    )
    paper = contract.paper
    assert paper is not None
    assert (paper.data["iin"], paper.data["address"]) == (IIN, REQUISITES["address"])
    with pytest.raises(ValidationError, match="drawn up"):
        contracts.change_contract(contract=contract, values={"address": "…"}, actor=legal, on=ON)


def test_what_is_missing_is_named(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = to_draw_up(teacher, accounts)
    teacher.person.iin = None
    teacher.person.save()
    with pytest.raises(Refused, match="IIN"):
        contracts.issue_contract(contract=contract, actor=legal, on=ON)
    contract.refresh_from_db()
    assert (contract.state, contract.number) == ("draft", None)


def test_requisites_begin_as_in_the_last_one(
    accounts: Any, teacher: Any, secretary: Any, legal: Any
) -> None:
    issued(teacher, accounts)
    again = to_draw_up(
        teacher, accounts, starts_on=dt.date(2027, 5, 3), ends_on=dt.date(2027, 5, 7)
    )
    assert contracts.proposed(again) == REQUISITES
    another = to_draw_up(secretary, accounts)
    assert contracts.proposed(another) == REQUISITES | {"identity_document": "", "address": ""}


def test_the_obligation_follows_its_months_and_sums_what_was_approved(
    accounts: Any, teacher: Any, legal: Any
) -> None:
    contract = to_draw_up(teacher, accounts, cost=Decimal(60_000))
    changed = contracts.change_contract(
        contract=contract,
        values={"obligation_months": 24, "cost_tuition": Decimal("50000.50")},
        actor=legal,
        on=ON,
        version=version_of(contract),
    )
    assert (changed.service_to, changed.cost_base) == (dt.date(2029, 3, 12), Decimal("50000.50"))
    with pytest.raises(ValidationError) as refused:
        contracts.change_contract(
            contract=contract, values={"cost_tuition": Decimal(60_001)}, actor=legal, on=ON
        )
    assert list(refused.value.message_dict) == ["cost_tuition"]
    with pytest.raises(ChangedMeanwhile):
        contracts.change_contract(contract=contract, values={}, actor=legal, on=ON, version=1)


def test_taken_back_it_keeps_its_number(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = issued(teacher, accounts)
    contract = contracts.rewrite_contract(contract=contract, reason="мекенжай", actor=legal, on=ON)
    contracts.change_contract(
        contract=contract, values={"address": "Түркістан"}, actor=legal, on=ON
    )
    contract = contracts.issue_contract(contract=contract, actor=legal, on=ON)
    assert contract.number_text == "1-ОШ/2027"
    papers = IssuedPaper.objects.filter(kind="contract").order_by("version")
    assert [(p.version, p.data["address"]) for p in papers] == [
        (1, REQUISITES["address"]),
        (2, "Түркістан"),
    ]


# --- signing ------------------------------------------------------------------------------------
def test_signed_with_the_copy_and_the_day(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = issued(teacher, accounts)
    scan = a_scan(legal)
    for day in (ON + dt.timedelta(days=1), ON - dt.timedelta(days=1)):
        with pytest.raises(ValidationError) as refused:
            contracts.sign_contract(contract=contract, signed_on=day, scan=scan, actor=legal, on=ON)
        assert list(refused.value.message_dict) == ["signed_on"]
    contract.refresh_from_db()
    assert (contract.state, contract.scan) == ("issued", None)
    contract = contracts.sign_contract(
        contract=contract, signed_on=ON, scan=scan, actor=legal, on=ON
    )
    assert (contract.state, contract.signed_on, contract.scan) == ("signed", ON, scan)


def test_a_draft_is_not_signed(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = to_draw_up(teacher, accounts)
    with pytest.raises(Refused):
        contracts.sign_contract(
            contract=contract, signed_on=ON, scan=a_scan(legal), actor=legal, on=ON
        )
    contract.refresh_from_db()
    assert (contract.state, contract.scan) == ("draft", None)


def test_the_last_signature_closes_the_case(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = issued(teacher, accounts)
    case = contract.application
    TrainingApplication.objects.filter(pk=case.pk).update(state="accepted")
    assert not close_if_complete(case, actor=accounts["hr"], on=ON)
    contracts.sign_contract(contract=contract, signed_on=ON, scan=a_scan(legal), actor=legal, on=ON)
    case.refresh_from_db()
    assert (case.state, case.closed_on) == ("closed", ON)
    assert not close_if_complete(case, actor=legal, on=ON)


def test_the_case_stays_open_before_the_documents(accounts: Any, teacher: Any) -> None:
    case = signed(teacher, accounts).application
    case.refresh_from_db()
    assert (case.state, case.closed_on) == ("approved", None)


def test_moved_after_it_was_drawn_up_it_is_written_anew(
    accounts: Any, teacher: Any, legal: Any, hr: Any
) -> None:
    first, found = ordered(teacher, accounts=accounts, actor=hr)
    teacher.person.iin = IIN
    teacher.person.save()
    contract = contracts.change_contract(
        contract=found[0].contract, values=REQUISITES, actor=legal, on=ON
    )
    contract = contracts.issue_contract(contract=contract, actor=legal, on=ON)
    assert not contracts.is_outdated(contract)
    change = moved(followed(first, found, "change", actor=hr), actor=hr)
    orders.issue_order(order=change, actor=hr, on=ON)
    contract.refresh_from_db()
    assert contracts.is_outdated(contract)
    with pytest.raises(ValidationError, match="anew"):
        contracts.sign_contract(
            contract=contract, signed_on=ON, scan=a_scan(legal), actor=legal, on=ON
        )


def test_only_legal_keeps_contracts(
    accounts: Any, teacher: Any, hr: Any, finance: Any, centre: Any, head: Any
) -> None:
    contract = issued(teacher, accounts)
    for nobody in (teacher, hr, finance, centre, head):
        with pytest.raises(Refused):
            contracts.rewrite_contract(contract=contract, reason="…", actor=nobody, on=ON)
        with pytest.raises(Refused):
            contracts.sign_contract(
                contract=contract, signed_on=ON, scan=a_scan(hr), actor=nobody, on=ON
            )
    contract.refresh_from_db()
    assert contract.state == "issued"


# --- leaving ------------------------------------------------------------------------------------
def leave(contract: Contract, legal: Any, **changes: Any) -> Refund:
    values: dict[str, Any] = {
        "terminated_on": contract.service_from + dt.timedelta(days=199),
        "ground": "own_wish",
        "applies": True,
        "because": "",
    }
    return contracts.settle_leaving(contract=contract, actor=legal, on=ON, **values | changes)


def test_the_example_of_the_law_to_the_tiyn(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = with_the_example(teacher, accounts)
    refund = leave(contract, legal)
    assert (refund.total_days, refund.served_days, refund.unserved_days) == (365, 200, 165)
    assert refund.amount == Decimal("108493.15")
    # 28.09.2027 + 30 days = Thursday 28.10.2027
    assert (refund.terminated_on, refund.due_on) == (dt.date(2027, 9, 28), dt.date(2027, 10, 28))
    contract.refresh_from_db()
    assert contract.state == "refund_due"
    assert not refund.is_overdue(dt.date(2027, 10, 28))
    assert refund.is_overdue(dt.date(2027, 10, 29))


def test_paid_by_a_day_off_means_the_next_working_day(
    accounts: Any, teacher: Any, legal: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    refund = leave(contract, legal, terminated_on=dt.date(2027, 4, 1))
    assert refund.due_on == dt.date(2027, 5, 4)  # 1.05 is a holiday, Saturday; 3.05 is free for it


def test_before_the_end_of_the_training_all_of_it(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = with_the_example(teacher, accounts)
    assert leave(contract, legal, terminated_on=dt.date(2027, 3, 5)).amount == 240_000


def test_no_refund_without_fault_but_with_a_reason(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = with_the_example(teacher, accounts)
    values = {"ground": "redundancy", "applies": False}
    with pytest.raises(ValidationError) as refused:
        leave(contract, legal, **values)
    assert list(refused.value.message_dict) == ["because"]
    refund = leave(contract, legal, **values, because="штат қысқарды")
    contract.refresh_from_db()
    assert (contract.state, refund.amount, refund.applies) == ("terminated", 0, False)
    assert refund.due_on is None


@pytest.mark.parametrize(("ground", "applies"), [("own_wish", False), ("health", True)])
def test_other_than_the_ground_says_wants_a_reason(
    accounts: Any, teacher: Any, legal: Any, ground: str, applies: bool
) -> None:
    contract = with_the_example(teacher, accounts)
    with pytest.raises(ValidationError) as refused:
        leave(contract, legal, ground=ground, applies=applies)
    assert list(refused.value.message_dict) == ["because"]
    assert not Refund.objects.exists()
    refund = leave(contract, legal, ground=ground, applies=applies, because="тараптардың келісімі")
    assert bool(refund.amount) is applies


def test_leave_counts_unless_the_contract_says_otherwise(
    accounts: Any, teacher: Any, legal: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    start = contract.service_from
    DeadlineExtension.objects.create(
        person=teacher.person,
        reason="parental",
        starts_on=start + dt.timedelta(days=100),
        ends_on=start + dt.timedelta(days=149),
        basis="№ 5",
    )
    DeadlineExtension.objects.create(  # a sick leave is served all the same
        person=teacher.person,
        reason="sick",
        starts_on=start,
        ends_on=start + dt.timedelta(days=90),
        basis="№ 6",
    )
    day = start + dt.timedelta(days=199)
    assert contracts.compute(contract, terminated_on=day, applies=True).served_days == 200
    contract.leave_does_not_count = True
    assert contracts.compute(contract, terminated_on=day, applies=True).served_days == 150


def test_served_to_the_end_there_is_nothing_to_settle(
    accounts: Any, teacher: Any, legal: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    with pytest.raises(ValidationError) as refused:
        leave(contract, legal, terminated_on=contract.service_to)
    assert list(refused.value.message_dict) == ["terminated_on"]


def test_paid_by_finance_waived_by_legal_alone(
    accounts: Any, teacher: Any, legal: Any, finance: Any, hr: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    leave(contract, legal)
    for nobody in (hr, teacher):
        with pytest.raises(Refused):
            contracts.pay_refund(contract=contract, paid_on=ON, document="№ 1", actor=nobody, on=ON)
    with pytest.raises(Refused):
        contracts.waive_refund(contract=contract, reason="…", actor=finance, on=ON)
    with pytest.raises(Refused, match="why"):
        contracts.waive_refund(contract=contract, reason=" ", actor=legal, on=ON)
    refund = contracts.pay_refund(
        contract=contract, paid_on=ON, document="№ 17, касса", actor=finance, on=ON
    )
    contract.refresh_from_db()
    assert (contract.state, refund.state, refund.paid_on) == ("terminated", "paid", ON)
    with pytest.raises(Refused):
        contracts.pay_refund(contract=contract, paid_on=ON, document="№ 18", actor=finance, on=ON)


def test_waived_with_a_reason(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = with_the_example(teacher, accounts)
    leave(contract, legal)
    refund = contracts.waive_refund(
        contract=contract, reason="ректордың шешімі", actor=legal, on=ON
    )
    assert (refund.state, refund.waived_because) == ("waived", "ректордың шешімі")


def test_a_wrong_claim_is_taken_back(
    accounts: Any, teacher: Any, legal: Any, finance: Any, hr: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    wrong = leave(contract, legal)
    for nobody in (finance, hr, teacher):
        with pytest.raises(Refused):
            contracts.take_back_claim(contract=contract, reason="Қате", actor=nobody, on=ON)
    with pytest.raises(Refused, match="why"):
        contracts.take_back_claim(contract=contract, reason=" ", actor=legal, on=ON)
    refund = contracts.take_back_claim(
        contract=contract, reason="Жұмыста қалды", actor=legal, on=ON
    )
    assert (refund.state, refund.due_on) == ("recalled", None)
    assert not refund.is_overdue(dt.date(2030, 1, 1))
    contract = Contract.objects.get(pk=contract.pk)
    assert (contract.state, contract.standing_refund) == ("signed", None)
    with pytest.raises(Refused):
        contracts.pay_refund(contract=contract, paid_on=ON, document="№ 1", actor=finance, on=ON)
    # Who really leaves later pays what is computed then; the first computation is in the history.
    later = leave(contract, legal, terminated_on=wrong.terminated_on + dt.timedelta(days=1))
    assert (later.pk, later.state, later.unserved_days) == (wrong.pk, "due", 164)
    amounts = set(later.history.values_list("amount", flat=True))
    assert amounts == {wrong.amount, later.amount}


def test_who_filed_for_the_employee_withdraws_although_a_contract_is_begun(
    accounts: Any, teacher: Any, head: Any
) -> None:
    """The contract goes with the case, whoever may withdraw that (3.8)."""
    for name in ("centre", "finance", "vicerector", "rector"):
        accounts[name]
    applications.give_consent(person=teacher.person, actor=teacher, on=cases.APPLIED_ON)
    case = applications.begin(line=cases.a_line(teacher.person), actor=head, on=cases.APPLIED_ON)
    case = applications.submit(application=case, actor=head, on=cases.APPLIED_ON)
    case = cases.agreed(case, accounts)
    assert case.contract.state == "draft"
    case = applications.withdraw(application=case, reason="Қажет емес", actor=head, on=ON)
    assert case.state == "withdrawn"
    assert Contract.objects.get().state == "void"


def test_fulfilled_when_it_is_over(accounts: Any, teacher: Any, legal: Any) -> None:
    contract = signed(teacher, accounts)
    with pytest.raises(Refused):
        contracts.fulfil_contract(contract=contract, actor=legal, on=contract.service_to)
    after = contract.service_to + dt.timedelta(days=1)
    teacher.person.left_on = contract.service_to - dt.timedelta(days=1)
    teacher.person.save()
    with pytest.raises(ValidationError, match="refund"):
        contracts.fulfil_contract(contract=contract, actor=legal, on=after)
    teacher.person.left_on = None
    teacher.person.save()
    assert contracts.fulfil_contract(contract=contract, actor=legal, on=after).state == "fulfilled"


# --- the register -------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_twenty_who_draw_up_at_once_leave_no_gap_and_no_double(
    hr: Any, legal: Any, units: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fifth is refused, as a requisite is missing, and leaves no gap."""
    monkeypatch.setattr(paper_issued, "receivers", [])  # no PDF is made of these
    drafts = []
    for number, case in enumerate(with_a_visa(20, hr, units)):
        contract = applications.open_contract(case, actor=hr)
        values = REQUISITES | ({"address": ""} if number % 5 == 0 else {})
        drafts.append(
            contracts.change_contract(contract=contract, values=values, actor=legal, on=ON)
        )

    def issuing(draft: Contract) -> Callable[[], Any]:
        return lambda: contracts.issue_contract(contract=draft, actor=legal, on=ON).number

    database = tmp_path / "contracts.sqlite3"
    results = all_at_once([issuing(draft) for draft in drafts], database=database)
    assert sorted(n for n in results if isinstance(n, int)) == list(range(1, 17)), results
    assert sum(isinstance(result, Refused) for result in results) == 4
    rows = rows_of(database)
    assert rows("SELECT last FROM workflow_numberregister WHERE name = 'contract'") == [16]
    numbers = rows("SELECT number FROM training_plans_contract WHERE number IS NOT NULL")
    assert sorted(numbers) == list(range(1, 17))

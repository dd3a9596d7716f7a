"""The pages of training contracts: the queue, one contract, the refund (3.8; law.md §2)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from training_plans.domain import contracts
from training_plans.models import Contract, Refund
from workflow.papers import paper_issued
from workflow.saving import version_of

from ..scan_files import photo, upload
from . import cases
from .test_contracts import IIN, REQUISITES, issued, leave, signed, to_draw_up, with_the_example
from .test_orders import ON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _that_day(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The day of the contracts; PDFs are made elsewhere."""
    monkeypatch.setattr(paper_issued, "receivers", [])
    with time_machine.travel(dt.datetime(2027, 1, 25, 7, tzinfo=dt.UTC), tick=True):
        yield


def said(response: Any) -> str:
    return str(response.content.decode())


def at(name: str, contract: Contract) -> str:
    return reverse(name, args=[contract.pk])


def posted(client: Client, name: str, contract: Contract, data: Any = None) -> Any:
    return client.post(at(name, contract), data or {}, follow=True)


def requisites(contract: Contract, **changes: Any) -> dict[str, Any]:
    """What the form of a contract posts."""
    return {
        **REQUISITES,
        **{name: str(getattr(contract, name)) for name in contract.application.costs},
        "obligation_months": "12",
        "refund_days": "30",
        "version": version_of(contract),
        **changes,
    }


def test_drawn_up_signed_and_in_force(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = to_draw_up(teacher, accounts, cost=Decimal(240_000))
    client = signed_in(legal)
    page = client.get(at("contract", contract))
    assert page.context["offers"]["issue"].refusals  # the requisites are missing
    assert "Екі жүз қырық мың теңге 00 тиын" in said(page)
    assert "Двести сорок тысяч тенге 00 тиын" in said(page)
    posted(client, "contract_edit", contract, requisites(contract))
    page = posted(client, "contract_issue", contract, {"version": version_of(contract)})
    assert "1-ОШ/2027" in said(page)
    values = {"signed_on": ON.isoformat(), "scan": upload(photo(), "шарт.jpg")}
    posted(client, "contract_sign", contract, values)
    contract.refresh_from_db()
    assert (contract.state, contract.signed_on) == ("signed", ON)
    served = client.get(at("contract_scan_file", contract))
    assert b"".join(served.streaming_content).startswith(b"%PDF")


def test_a_wrong_day_does_not_lose_the_scan(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = issued(teacher, accounts)
    client = signed_in(legal)
    tomorrow = (ON + dt.timedelta(days=1)).isoformat()
    page = posted(
        client, "contract_sign", contract, {"signed_on": tomorrow, "scan": upload(photo(), "ш.jpg")}
    )
    assert page.status_code == 422
    kept = page.context["form"].fields["scan"].widget
    token = kept.get_context("scan", None, {})["widget"]["kept_token"]
    posted(client, "contract_sign", contract, {"signed_on": ON.isoformat(), "kept_scan": token})
    contract.refresh_from_db()
    assert contract.state == "signed"


def test_a_stale_form_shows_the_difference_and_keeps_what_was_typed(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = to_draw_up(teacher, accounts)
    stale = requisites(contract, address="Түркістан қ.")
    posted(signed_in(legal), "contract_edit", contract, requisites(contract))
    page = posted(signed_in(legal), "contract_edit", contract, stale)
    assert page.status_code == 409
    assert "Түркістан қ." in said(page)
    contract.refresh_from_db()
    assert contract.address == REQUISITES["address"]


def test_more_than_approved_is_refused_at_its_field(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = to_draw_up(teacher, accounts)
    wrong = requisites(contract, cost_travel="1")
    page = posted(signed_in(legal), "contract_edit", contract, wrong)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["cost_travel"])


def test_taken_back_with_a_reason(accounts: Any, teacher: Any, legal: Any, signed_in: Any) -> None:
    contract = issued(teacher, accounts)
    assert posted(signed_in(legal), "contract_rewrite", contract).status_code == 422
    posted(signed_in(legal), "contract_rewrite", contract, {"reason": "мекенжай қате"})
    contract.refresh_from_db()
    assert contract.state == "draft"


# --- the refund on the screen -------------------------------------------------------------------
LEAVING = {"terminated_on": "2027-09-28", "ground": "own_wish", "applies": "", "because": ""}


def test_the_example_of_the_law_on_the_screen(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    legal.language = "kk"
    legal.save()
    client = signed_in(legal)
    shown = client.post(at("contract_leave_sum", contract), LEAVING)
    figures = said(shown).replace("\xa0", " ")
    assert "240 000,00 × 165 ÷ 365 = 108 493,15 ₸" in figures
    assert "200" in figures and "165" in figures
    assert not Refund.objects.exists()
    seen = shown.context["seen"]
    page = posted(client, "contract_leave", contract, LEAVING | {"settle": "1", "seen": seen})
    assert "108 493,15" in said(page).replace("\xa0", " ")
    assert Refund.objects.get().amount == Decimal("108493.15")
    contract.refresh_from_db()
    assert contract.state == "refund_due"


def test_a_sum_nobody_looked_at_is_not_claimed(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    client = signed_in(legal)
    seen = client.post(at("contract_leave_sum", contract), LEAVING).context["seen"]
    changed = LEAVING | {"terminated_on": "2027-05-03", "settle": "1", "seen": seen}
    page = posted(client, "contract_leave", contract, changed)
    assert page.status_code == 422
    assert not Refund.objects.exists()
    # the page shows what it comes to now, and that may be claimed
    again = changed | {"seen": page.context["seen"]}
    posted(client, "contract_leave", contract, again)
    assert Refund.objects.get().terminated_on == dt.date(2027, 5, 3)


def test_without_a_script_the_button_computes(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    page = posted(signed_in(legal), "contract_leave", contract, LEAVING)
    assert page.context["found"].amount == Decimal("108493.15")
    assert not Refund.objects.exists()


def test_the_last_day_is_that_of_the_registry(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    teacher.person.left_on = dt.date(2027, 9, 28)
    teacher.person.save()
    page = signed_in(legal).get(at("contract_leave", contract))
    assert page.context["found"].amount == Decimal("108493.15")
    assert signed_in(legal).get(at("contract", contract)).context["left_within"]


def test_ended_without_a_refund_wants_the_reason(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    client = signed_in(legal)
    values = LEAVING | {"ground": "health"}
    shown = client.post(at("contract_leave_sum", contract), values)
    assert not shown.context["claims"]
    values |= {"settle": "1", "seen": shown.context["seen"]}
    page = posted(client, "contract_leave", contract, values)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["because"])
    posted(client, "contract_leave", contract, values | {"because": "дәрігерлік қорытынды"})
    contract.refresh_from_db()
    assert contract.state == "terminated"


def test_nothing_readable_computes_nothing(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    page = signed_in(legal).post(at("contract_leave_sum", contract), {"terminated_on": "32.13"})
    assert page.status_code == 200
    assert page.context["found"] is None


def test_the_payment_by_finance_who_reads_nothing_else(
    accounts: Any, teacher: Any, legal: Any, finance: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    client = signed_in(finance)
    assert client.get(at("contract_paid", contract)).status_code == 404  # no refund yet
    assert contract not in listed(client)
    leave(contract, legal)
    assert listed(client) == {contract}
    page = client.get(at("contract_paid", contract))
    assert "108 493,15" in said(page).replace("\xa0", " ")
    for secret in (IIN, REQUISITES["identity_document"], REQUISITES["address"], teacher.person.iin):
        assert secret not in said(page)
    paper = contract.paper
    assert paper is not None
    forbidden = [
        at("contract", contract),
        at("contract_draft", contract),
        at("contract_scan_file", contract),
        at("contract_edit", contract),
        at("contract_leave", contract),
        at("contract_waive", contract),
        reverse("paper", args=[paper.token]),
    ]
    assert {client.get(address).status_code for address in forbidden} == {403}
    wrong = posted(client, "contract_paid", contract, {"paid_on": "2027-01-26"})
    assert wrong.status_code == 422
    values = {"paid_on": "2027-01-25", "paid_by_document": "№ 17, ПКО"}
    posted(client, "contract_paid", contract, values)
    contract.refresh_from_db()
    assert (contract.state, contract.refund.paid_by_document) == ("terminated", "№ 17, ПКО")
    again = posted(client, "contract_paid", contract, values)
    assert again.status_code == 422


def test_waived_by_legal_with_a_reason(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    leave(contract, legal)
    assert posted(signed_in(legal), "contract_waive", contract).status_code == 422
    posted(signed_in(legal), "contract_waive", contract, {"reason": "ректордың шешімі"})
    contract.refresh_from_db()
    assert (contract.state, contract.refund.state) == ("terminated", "waived")


def test_a_claim_taken_back_by_its_button(
    accounts: Any, teacher: Any, legal: Any, finance: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    leave(contract, legal)
    client = signed_in(legal)
    url = at("contract_take_back", contract)
    assert url in client.get(at("contract", contract)).content.decode()
    assert posted(client, "contract_take_back", contract).status_code == 422
    page = posted(client, "contract_take_back", contract, {"reason": "Жұмыста қалды"})
    contract.refresh_from_db()
    assert contract.state == "signed"
    assert (page.status_code, page.context["refund"], page.context["steps"]) == (200, None, [])
    assert url not in page.content.decode()
    # Finance has nothing to follow any more.
    other = signed_in(finance)
    assert other.get(at("contract_paid", contract)).status_code == 404
    assert contract.number_text not in other.get(reverse("contract_list")).content.decode()


# --- who may ------------------------------------------------------------------------------------
def test_who_reads_a_contract(accounts: Any, teacher: Any, secretary: Any, signed_in: Any) -> None:
    contract = issued(teacher, accounts)
    expected = {
        "legal": 200,
        "hr": 200,
        "teacher": 200,
        "finance": 403,
        "centre": 403,
        "head": 403,
        "rector": 403,
        "secretary": 403,
        "stranger": 404,
        "stranger_head": 404,
    }
    codes = {
        name: signed_in(accounts[name]).get(at("contract", contract)).status_code
        for name in expected
    }
    assert codes == expected


@pytest.mark.parametrize(
    "name", ["contract_edit", "contract_rewrite", "contract_sign", "contract_leave"]
)
def test_only_legal_writes(accounts: Any, teacher: Any, signed_in: Any, name: str) -> None:
    contract = issued(teacher, accounts)
    for who in ("hr", "teacher", "finance", "centre", "head", "rector"):
        assert signed_in(accounts[who]).get(at(name, contract)).status_code == 403, who
    assert signed_in(accounts["stranger"]).get(at(name, contract)).status_code == 404
    assert signed_in(accounts["legal"]).get(at(name, contract)).status_code == 200
    for button in ("contract_issue", "contract_fulfil"):
        assert signed_in(accounts["hr"]).post(at(button, contract)).status_code == 403


# --- the queue ----------------------------------------------------------------------------------
def listed(client: Client, **query: Any) -> set[Contract]:
    page = client.get(reverse("contract_list"), query)
    return {row.record for row in page.context["table"].rows}


def test_the_piles_of_the_legal_queue(
    accounts: Any, legal: Any, teacher: Any, secretary: Any, researcher: Any, head: Any,
    stranger: Any, signed_in: Any,
) -> None:  # fmt: skip
    refund = with_the_example(teacher, accounts)
    leave(refund, legal, terminated_on=refund.service_from)
    draft = to_draw_up(secretary, accounts)
    sign = issued(researcher, accounts)
    left, over = signed(stranger, accounts), signed(accounts["stranger_head"], accounts)
    stranger.person.left_on = left.service_from
    stranger.person.save()
    client = signed_in(legal)
    piles = {
        name: listed(client, queue=name)
        for name in ("draft", "sign", "refund", "overdue", "left", "over")
    }
    assert piles == {
        "draft": {draft},
        "sign": {sign},
        "refund": {refund},
        "overdue": set(),
        "left": {left},
        "over": set(),
    }
    with time_machine.travel(dt.datetime(2028, 4, 3, 7, tzinfo=dt.UTC)):
        client = signed_in(legal)
        assert listed(client, queue="overdue") == {refund}
        assert listed(client, queue="over") == {over}
        page = client.get(reverse("contract_list"))
        counts = [tile["count"] for tile in page.context["tiles"]]
        assert counts == [1, 1, 1, 1, 1, 1]
        posted(client, "contract_fulfil", over)
        assert listed(client, state="fulfilled") == {over}


def test_everybody_else_finds_their_own(
    accounts: Any, teacher: Any, secretary: Any, signed_in: Any
) -> None:
    mine = issued(teacher, accounts)
    other = to_draw_up(secretary, accounts)
    assert listed(signed_in(teacher)) == {mine}
    assert listed(signed_in(secretary)) == {other}
    assert listed(signed_in(accounts["head"])) == set()
    assert listed(signed_in(accounts["hr"])) == {mine, other}


def test_found_by_number_and_name(
    accounts: Any, legal: Any, teacher: Any, secretary: Any, signed_in: Any
) -> None:
    mine, other = issued(teacher, accounts), to_draw_up(secretary, accounts)
    client = signed_in(legal)
    assert listed(client, q="1-ОШ/2027") == {mine}
    assert listed(client, q=secretary.person.last_name) == {other}


def test_a_constant_number_of_queries(
    accounts: Any, legal: Any, teacher: Any, signed_in: Any
) -> None:
    client = signed_in(legal)

    def asked() -> int:
        client.get(reverse("contract_list"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("contract_list"))
        return len(queries)

    leave(with_the_example(teacher, accounts), legal)
    few = asked()
    for name in ("secretary", "researcher", "stranger"):
        assert cases.approved(accounts[name], accounts).contract
    assert asked() <= few


def test_the_leaves_that_do_not_count_are_shown(
    accounts: Any, legal: Any, teacher: Any, signed_in: Any
) -> None:
    from staff.models import DeadlineExtension

    contract = with_the_example(teacher, accounts)
    Contract.objects.filter(pk=contract.pk).update(leave_does_not_count=True)
    leave_row = DeadlineExtension.objects.create(
        person=teacher.person,
        reason="maternity",
        starts_on=contract.service_from,
        ends_on=contract.service_from + dt.timedelta(days=99),
        basis="№ 5",
    )
    page = posted(signed_in(legal), "contract_leave", contract, LEAVING)
    assert page.context["leaves"] == [leave_row]
    assert (page.context["found"].served_days, page.context["found"].away_days) == (100, 100)
    values = LEAVING | {"settle": "1", "seen": page.context["seen"]}
    shown = posted(signed_in(legal), "contract_leave", contract, values)
    with translation.override("en"):
        assert shown.context["steps"] == page.context["found"].steps  # recorded as computed
    assert (
        contracts.compute(
            Contract.objects.get(), terminated_on=dt.date(2027, 9, 28), applies=True
        ).amount
        == Refund.objects.get().amount
    )


def test_sums_are_numbers_in_the_workbook_and_a_settled_refund_has_no_last_day(
    accounts: Any, teacher: Any, legal: Any, signed_in: Any
) -> None:
    contract = with_the_example(teacher, accounts)
    leave(contract, legal)
    contracts.waive_refund(contract=contract, reason="Ректордың шешімі", actor=legal, on=ON)
    browser = signed_in(legal)
    page = said(browser.get(reverse("contract_list")))
    refund = Refund.objects.get()
    assert "waived" in page
    assert f"{refund.due_on:%d.%m.%Y}" not in page
    answer = browser.get(reverse("contract_list"), {"export": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert contract.cost_base in {
        cell.value for row in book.worksheets[0].iter_rows() for cell in row
    }

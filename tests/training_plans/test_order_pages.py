"""The pages of orders: choosing, one order, the register, acquaintance on the phone (7.1)."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import orders
from training_plans.models import Order, OrderLine, TrainingApplication
from workflow.papers import paper_issued
from workflow.saving import version_of

from ..scan_files import photo, upload
from . import cases
from .test_orders import NEW_END, NEW_START, ON, followed, ordered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _that_day(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The day of the orders; PDFs are made elsewhere."""
    monkeypatch.setattr(paper_issued, "receivers", [])
    with time_machine.travel(dt.datetime(2027, 1, 25, 7, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def people(accounts: Any, teacher: Any, secretary: Any) -> SimpleNamespace:
    """Two approved cases of one course."""
    one = cases.approved(teacher, accounts, topic="Кардиология")
    two = cases.approved(secretary, accounts, topic="Кардиология", provider=one.provider)
    return SimpleNamespace(one=one, two=two, both=[one, two])


def said(response: Any) -> str:
    """What the page shows, or where it led to shows."""
    return str(response.content.decode())


def posted(client: Client, name: str, thing: Any, data: Any = None) -> Any:
    return client.post(reverse(name, args=[thing.pk]), data or {}, follow=True)


# --- choosing and drafting ----------------------------------------------------------------------
def test_from_the_visa_to_the_number_in_two_clicks(
    people: SimpleNamespace, hr: Any, signed_in: Any
) -> None:
    client = signed_in(hr)
    page = client.get(reverse("order_new"))
    [(group, keys)] = page.context["groups"]
    assert {case.pk for case in group} == {case.pk for case in people.both}
    drafted = client.post(reverse("order_new"), {"group": keys}, follow=True)
    order = Order.objects.get()
    assert drafted.redirect_chain[-1][0] == reverse("order", args=[order.pk])
    assert order.lines.count() == 2
    page = posted(client, "order_issue", order, {"version": drafted.context["version"]})
    order.refresh_from_db()
    assert order.number_text in said(page)
    assert (order.state, order.issued_on) == ("issued", ON)


def test_only_the_chosen_are_drafted(people: SimpleNamespace, hr: Any, signed_in: Any) -> None:
    page = signed_in(hr).get(reverse("order_new"), {"case": people.two.pk})
    assert page.context["chosen"] == {people.two.pk}
    signed_in(hr).post(reverse("order_new"), {"ids": [people.two.pk]})
    assert [line.application for line in OrderLine.objects.all()] == [people.two]


def test_nothing_chosen_and_what_does_not_fit_any_more_is_said(
    people: SimpleNamespace, hr: Any, signed_in: Any
) -> None:
    client = signed_in(hr)
    assert client.post(reverse("order_new"), {}).status_code == 422
    TrainingApplication.objects.filter(pk=people.two.pk).update(state="withdrawn")
    keys = [case.pk for case in people.both]
    page = client.post(reverse("order_new"), {"ids": keys})
    assert page.status_code == 422
    assert people.two.person.full_name in " ".join(page.context["refusals"])
    assert people.one.pk in page.context["chosen"]  # nothing chosen is lost
    assert not Order.objects.exists()


def test_refused_as_a_whole_on_the_page(people: SimpleNamespace, hr: Any, signed_in: Any) -> None:
    order = orders.draft_order(applications=people.both, actor=hr, on=ON)
    TrainingApplication.objects.filter(pk=people.two.pk).update(state="withdrawn")
    page = posted(signed_in(hr), "order_issue", order, {"version": version_of(order)})
    assert people.two.person.full_name in said(page)
    order.refresh_from_db()
    people.one.refresh_from_db()
    assert (order.number, people.one.state) == (None, "approved")


def test_a_draft_changed_meanwhile_is_looked_at_again(
    people: SimpleNamespace, hr: Any, centre: Any, signed_in: Any
) -> None:
    order = orders.draft_order(applications=people.both, actor=hr, on=ON)
    seen = version_of(order)
    line = order.lines.get(application=people.two)
    posted(signed_in(centre), "order_take_out", line)
    posted(signed_in(hr), "order_issue", order, {"version": seen})
    order.refresh_from_db()
    assert order.state == "draft"
    posted(signed_in(hr), "order_issue", order)  # without any version neither
    order.refresh_from_db()
    assert order.state == "draft"


def test_issued_twice_by_a_double_click_it_has_one_number(
    people: SimpleNamespace, hr: Any, signed_in: Any
) -> None:
    order = orders.draft_order(applications=people.both, actor=hr, on=ON)
    version = version_of(order)
    for _click in range(2):
        posted(signed_in(hr), "order_issue", order, {"version": version})
    assert list(Order.objects.values_list("number", flat=True)) == [1]


def test_added_taken_out_edited_discarded(
    people: SimpleNamespace, hr: Any, vicerector: Any, signed_in: Any
) -> None:
    client = signed_in(hr)
    order = orders.draft_order(applications=[people.one], actor=hr, on=ON)
    posted(client, "order_add_case", order, {"ids": [people.two.pk]})
    assert order.lines.filter(withdrawn=False).count() == 2
    values = {
        "signatory": vicerector.person.pk,
        "control": "проректор",
        "because": "",
        "version": version_of(order),
    }
    posted(client, "order_edit", order, values)
    order.refresh_from_db()
    assert (order.signatory, order.control) == (vicerector.person, "проректор")
    stale = client.post(reverse("order_edit", args=[order.pk]), values | {"control": "басқа"})
    assert stale.status_code == 409
    assert "басқа" in said(stale)
    assert client.post(
        reverse("order_edit", args=[order.pk]), values | {"signatory": people.one.person.pk}
    ).status_code in (409, 422)
    posted(client, "order_discard", order)
    order.refresh_from_db()
    assert order.state == "discarded"


def test_the_draft_as_a_paper(people: SimpleNamespace, hr: Any, head: Any, signed_in: Any) -> None:
    order = orders.draft_order(applications=people.both, actor=hr, on=ON)
    address = reverse("order_draft", args=[order.pk])
    assert signed_in(hr).get(address).status_code in (200, 202)
    assert signed_in(head).get(address).status_code == 403


# --- changing and cancelling --------------------------------------------------------------------
def test_a_change_through_the_pages(
    accounts: Any, hr: Any, teacher: Any, secretary: Any, signed_in: Any
) -> None:
    first, found = ordered(teacher, secretary, accounts=accounts, actor=hr)
    client = signed_in(hr)
    values = {"people": [found[0].pk], "because": "Провайдер күнін ауыстырды"}
    page = posted(client, "order_change", first, values)
    change = Order.objects.get(kind="change")
    assert page.redirect_chain[-1][0] == reverse("order_edit", args=[change.pk])
    line = change.lines.get()
    form = page.context["form"]
    assert form[f"starts_on_{line.pk}"].initial == cases.START
    days = {
        "signatory": change.signatory_id,
        "control": "",
        "because": change.because,
        "version": version_of(change),
        f"starts_on_{line.pk}": NEW_END.isoformat(),
        f"ends_on_{line.pk}": NEW_START.isoformat(),
        f"hours_{line.pk}": "72",
    }
    wrong = client.post(reverse("order_edit", args=[change.pk]), days)
    assert wrong.status_code == 422
    assert list(wrong.context["form"].errors) == [f"ends_on_{line.pk}"]
    days |= {
        f"starts_on_{line.pk}": NEW_START.isoformat(),
        f"ends_on_{line.pk}": NEW_END.isoformat(),
    }
    posted(client, "order_edit", change, days)
    posted(client, "order_issue", change, {"version": version_of(change)})
    found[0].refresh_from_db()
    assert (found[0].starts_on, found[0].ends_on) == (NEW_START, NEW_END)


def test_the_reason_of_an_interruption_is_there_already(
    accounts: Any, hr: Any, teacher: Any, signed_in: Any
) -> None:
    first, [case] = ordered(teacher, accounts=accounts, actor=hr)
    case.interrupted_on, case.interrupted_because = dt.date(2027, 3, 3), "ауырып қалды"
    case.save()
    form = signed_in(hr).get(reverse("order_change", args=[first.pk])).context["form"]
    assert form.initial == {"because": "ауырып қалды", "people": [case.pk]}


def test_a_cancellation_through_the_pages(
    accounts: Any, hr: Any, teacher: Any, signed_in: Any
) -> None:
    first, [case] = ordered(teacher, accounts=accounts, actor=hr)
    client = signed_in(hr)
    assert posted(client, "order_cancel", first, {"because": "…"}).status_code == 422
    posted(client, "order_cancel", first, {"people": [case.pk], "because": "курс өтпейді"})
    cancel = Order.objects.get(kind="cancel")
    case.refresh_from_db()
    assert case.state == "ordered"  # nothing is cancelled before it is issued
    posted(client, "order_issue", cancel, {"version": version_of(cancel)})
    first.refresh_from_db()
    case.refresh_from_db()
    assert (first.state, case.state) == ("cancelled", "cancelled")
    assert client.get(reverse("order_cancel", args=[first.pk])).context["nobody"]


# --- the scan, acquaintance ---------------------------------------------------------------------
def test_the_signed_scan_becomes_a_pdf(
    accounts: Any, hr: Any, teacher: Any, stranger: Any, signed_in: Any
) -> None:
    order, _found = ordered(teacher, accounts=accounts, actor=hr)
    assert signed_in(hr).get(reverse("order_scan_file", args=[order.pk])).status_code == 404
    posted(signed_in(hr), "order_scan", order, {"scan": upload(photo(), "бұйрық.jpg")})
    served = signed_in(teacher).get(reverse("order_scan_file", args=[order.pk]))
    assert served["Content-Type"] == "application/pdf"
    assert b"".join(served.streaming_content).startswith(b"%PDF")
    assert signed_in(stranger).get(reverse("order_scan_file", args=[order.pk])).status_code == 404
    page = posted(signed_in(hr), "order_scan", order, {"scan": upload(b"MZ\x90", "бұйрық.pdf")})
    assert page.status_code == 422


def test_acquainted_by_one_click_and_by_nobody_else(
    accounts: Any, hr: Any, teacher: Any, secretary: Any, stranger: Any, signed_in: Any
) -> None:
    order, found = ordered(teacher, secretary, accounts=accounts, actor=hr)
    mine, other = (order.lines.get(application=case) for case in found)
    page = signed_in(teacher).get(reverse("order", args=[order.pk]))
    assert reverse("order_acquaint", args=[mine.pk]) in said(page)
    assert reverse("order_acquaint", args=[other.pk]) not in said(page)
    # a colleague of the same order, HR, and who is not in it at all
    assert posted(signed_in(teacher), "order_acquaint", other).status_code == 403
    assert posted(signed_in(hr), "order_acquaint", mine).status_code == 403
    assert posted(signed_in(stranger), "order_acquaint", mine).status_code == 404
    assert not OrderLine.objects.filter(acquainted_on__isnull=False).exists()
    posted(signed_in(teacher), "order_acquaint", mine)
    mine.refresh_from_db()
    assert (mine.acquainted_on, mine.acquainted_by) == (ON, teacher)
    page = signed_in(hr).get(reverse("order", args=[order.pk]))
    assert (page.context["read"], page.context["of"]) == (1, 2)


def test_the_employee_sees_themselves_alone(
    accounts: Any, hr: Any, head: Any, teacher: Any, secretary: Any, signed_in: Any
) -> None:
    order, _found = ordered(teacher, secretary, accounts=accounts, actor=hr)
    names = {secretary.person.full_name, secretary.person.short_name}
    for address in (reverse("order", args=[order.pk]), reverse("order_list")):
        page = said(signed_in(teacher).get(address))
        assert not any(name in page for name in names)
        assert secretary.person.short_name in said(signed_in(head).get(address)) or (
            secretary.person.full_name in said(signed_in(head).get(address))
        )


# --- who may ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["order_edit", "order_add_case", "order_scan", "order_change", "order_cancel"]
)
def test_nobody_but_hr_and_the_centre_writes(
    accounts: Any, hr: Any, teacher: Any, signed_in: Any, name: str
) -> None:
    order, _found = ordered(teacher, accounts=accounts, actor=hr)
    address = reverse(name, args=[order.pk])
    for who in ("head", "finance", "legal", "rector", "teacher"):
        assert signed_in(accounts[who]).get(address).status_code == 403, who
    assert signed_in(accounts["stranger_head"]).get(address).status_code == 404
    for who in ("hr", "centre"):
        assert signed_in(accounts[who]).get(address).status_code == 200, who


def test_the_head_cannot_issue_nor_see_a_draft(
    people: SimpleNamespace, hr: Any, head: Any, finance: Any, signed_in: Any
) -> None:
    order = orders.draft_order(applications=people.both, actor=hr, on=ON)
    version = {"version": version_of(order)}
    assert posted(signed_in(head), "order_issue", order, version).status_code == 404
    assert posted(signed_in(finance), "order_issue", order, version).status_code == 403
    assert posted(signed_in(finance), "order_discard", order).status_code == 403
    assert signed_in(head).get(reverse("order_new")).status_code == 403
    order.refresh_from_db()
    assert order.state == "draft"


# --- the register -------------------------------------------------------------------------------
def test_the_register_of_the_year_has_every_number(
    accounts: Any, hr: Any, teacher: Any, secretary: Any, signed_in: Any
) -> None:
    first, found = ordered(teacher, accounts=accounts, actor=hr)
    ordered(secretary, accounts=accounts, actor=hr)
    orders.issue_order(order=followed(first, found, "cancel", actor=hr), actor=hr, on=ON)
    case = cases.approved(accounts["researcher"], accounts)
    orders.draft_order(applications=[case], actor=hr, on=ON)
    client = signed_in(hr)
    page = client.get(reverse("order_list"))
    response = client.get(page.context["register_url"])
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0] and "БА" in str(row[0])]
    assert [row[0] for row in rows] == ["1-БА/2027", "2-БА/2027", "3-БА/2027"]
    assert teacher.person.full_name in rows[0]


def test_filters(accounts: Any, hr: Any, teacher: Any, secretary: Any, signed_in: Any) -> None:
    one, _found = ordered(teacher, accounts=accounts, actor=hr, topic="Кардиология")
    two, _more = ordered(secretary, accounts=accounts, actor=hr, topic="Неврология")
    orders.acquaint(line=two.lines.get(), actor=secretary, on=ON)

    def found(**query: Any) -> set[Order]:
        page = signed_in(hr).get(reverse("order_list"), query)
        return {row.record for row in page.context["table"].rows}

    assert found() == {one, two}
    assert found(q="2-БА/2027") == {two}
    assert found(q="кардио") == {one}
    assert found(q=secretary.person.last_name) == {two}
    assert found(read="no") == {one}
    assert found(read="yes") == {two}
    assert found(year=2026) == set()
    assert found(kind="cancel") == set()
    assert found(issued_to="2027-01-24") == set()


def test_a_constant_number_of_queries(
    accounts: Any, hr: Any, units: Any, teacher: Any, secretary: Any, signed_in: Any
) -> None:
    client = signed_in(hr)

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address)
        return len(queries)

    order, _found = ordered(teacher, accounts=accounts, actor=hr)
    few = asked(reverse("order_list")), asked(reverse("order", args=[order.pk]))
    others = [accounts[name] for name in ("secretary", "researcher", "head", "stranger")]
    many, _found = ordered(*others, accounts=accounts, actor=hr)
    assert asked(reverse("order_list")) <= few[0]
    assert asked(reverse("order", args=[many.pk])) <= few[1]

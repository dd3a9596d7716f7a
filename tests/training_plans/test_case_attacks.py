"""What somebody may try against a case: the clock, other people's files, sums, oneself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from training_plans.domain import (
    applications,
    contracts,
    handing_in,
    interruptions,
    orders,
    route,
    verification,
)
from training_plans.models import Contract, Order, TrainingApplication
from workflow.mail import deliver
from workflow.models import StoredFile
from workflow.saving import version_of
from workflow.transitions import Refused

from ..factories import ProviderFactory
from . import cases, handed_in

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def page(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return str(body.decode())


# --- the clock of 7.1 ---------------------------------------------------------------------------
def _returned(user: Any, accounts: Any) -> TrainingApplication:
    accounts["head"]
    case = cases.submitted(user)
    return route.decide(
        step=cases.step_of(case),
        answer="return",
        actor=accounts["head"],
        on=cases.APPLIED_ON + DAY,
        reason="Күндерін қараңыз",
    )


def test_a_returned_application_is_not_moved_nearer_past_the_clock(
    accounts: Any, teacher: Any
) -> None:
    """First sent 49 days ahead, returned, three weeks later moved to the week after: late."""
    case = _returned(teacher, accounts)
    on = dt.date(2027, 2, 1)
    near = {"starts_on": on + 7 * DAY, "ends_on": on + 18 * DAY}
    case = applications.change(application=case, values=near, actor=teacher, on=on)
    with pytest.raises(Refused, match="20"):
        applications.submit(application=case, actor=teacher, on=on)


def test_a_returned_application_keeps_its_first_day_where_it_is_not_moved_nearer(
    accounts: Any, teacher: Any
) -> None:
    case = _returned(teacher, accounts)
    late = cases.START - 5 * DAY
    later = {"starts_on": cases.START + DAY, "ends_on": cases.END + DAY}
    case = applications.change(application=case, values=later, actor=teacher, on=late)
    case = applications.submit(application=case, actor=teacher, on=late)
    assert not case.is_late
    assert case.applied_on == cases.APPLIED_ON


def test_an_admission_is_not_carried_to_a_nearer_start_by_way_of_no_start(
    accounts: Any, teacher: Any, centre: Any
) -> None:
    on = cases.START - 10 * DAY
    case = cases.drafted(teacher)
    case = applications.ask_to_admit(application=case, reason="Кеш", actor=teacher, on=on)
    case = applications.admit(
        application=case, reason="Болсын", paper=handed_in.a_file(by=centre), actor=centre, on=on
    )
    empty = {"starts_on": None, "ends_on": None}
    case = applications.change(application=case, values=empty, actor=teacher, on=on)
    near = {"starts_on": on + DAY, "ends_on": on + 12 * DAY}
    case = applications.change(application=case, values=near, actor=teacher, on=on)
    with pytest.raises(Refused, match="20"):
        applications.submit(application=case, actor=teacher, on=on)


# --- who sees what ------------------------------------------------------------------------------
def test_a_draft_given_up_stays_its_makers_alone(accounts: Any, teacher: Any) -> None:
    case = cases.drafted(teacher)
    applications.withdraw(
        application=case, reason="Ойланып қалдым", actor=teacher, on=cases.APPLIED_ON
    )
    for name in ("head", "hr", "finance"):
        seen = TrainingApplication.objects.visible_to(accounts[name])
        assert not seen.filter(pk=case.pk).exists(), name
    assert TrainingApplication.objects.visible_to(teacher).filter(pk=case.pk).exists()


def test_who_was_taken_out_of_a_draft_does_not_read_the_order(
    signed_in: Any, accounts: Any, teacher: Any, researcher: Any, hr: Any
) -> None:
    first = cases.approved(teacher, accounts)
    other = cases.approved(researcher, accounts)
    on = cases.APPLIED_ON
    order = orders.draft_order(applications=[first, other], actor=hr, on=on)
    line = order.lines.get(application=first)
    orders.take_out(line=line, actor=hr, on=on)
    order = orders.issue_order(order=order, actor=hr, on=on)
    assert Order.objects.visible_to(researcher).filter(pk=order.pk).exists()
    assert not Order.objects.visible_to(teacher).filter(pk=order.pk).exists()
    assert order.paper is not None
    client = signed_in(teacher)
    assert client.get(reverse("order", args=[order.pk])).status_code == 404
    assert client.get(reverse("paper", args=[order.paper.token])).status_code == 403


@pytest.mark.parametrize("name", ["finance", "international", "legal", "head"])
def test_the_sick_note_is_not_everybodys(
    signed_in: Any, accounts: Any, teacher: Any, name: str
) -> None:
    """The paper of an interruption is medical: the employee's, HR's and the Centre's (law §4)."""
    case = handed_in.ordered(teacher, accounts)
    case = interruptions.interrupt(
        application=case,
        interrupted_on=handed_in.START + DAY,
        reason="Сырқат",
        paper=handed_in.a_file(by=teacher),
        actor=teacher,
        on=handed_in.START + DAY,
    )
    note = case.attachments.get(kind="interruption")
    url = reverse("application_attachment", args=[note.pk])
    assert signed_in(accounts[name]).get(url).status_code == 404
    assert url not in page(signed_in(accounts[name]).get(reverse("case", args=[case.pk])))
    for reader in (teacher, accounts["hr"], accounts["centre"]):
        response = signed_in(reader).get(url)
        b"".join(response.streaming_content)
        assert response.status_code == 200
        assert url in page(signed_in(reader).get(reverse("case", args=[case.pk])))


def test_a_draft_is_not_read_by_way_of_its_course(
    signed_in: Any, accounts: Any, teacher: Any
) -> None:
    case = cases.drafted(teacher)
    url = reverse("course_call_off_one", args=[case.pk])
    assert signed_in(accounts["hr"]).get(url).status_code == 404


# --- about oneself ------------------------------------------------------------------------------
def _to_refund(user: Any, accounts: Any) -> Contract:
    case = cases.approved(user, accounts)
    return Contract.objects.get(application=case)


@pytest.mark.parametrize("name", ["keep_contract", "account_refund"])
def test_nobody_keeps_or_settles_an_own_contract(accounts: Any, name: str) -> None:
    """A lawyer waives no own refund, and finance books none of their own as paid."""
    user = accounts["legal" if name == "keep_contract" else "finance"]
    own, other = (
        applications.open_contract(application=cases.drafted(whose), actor=user)
        for whose in (user, accounts["teacher"])
    )
    assert not user.has_perm(f"training_plans.{name}", own)
    assert user.has_perm(f"training_plans.{name}", other)


def test_a_lawyer_does_not_lower_an_own_contract(accounts: Any, signed_in: Any) -> None:
    legal = accounts["legal"]
    contract = _to_refund(legal, accounts)
    with pytest.raises(ValidationError):
        contracts.change_contract(
            contract=contract,
            values={"cost_tuition": Decimal("0.01")},
            actor=legal,
            on=cases.APPLIED_ON,
        )
    with pytest.raises(ValidationError):
        contracts.settle_leaving(
            contract=contract,
            terminated_on=cases.END + DAY,
            ground="own_wish",
            applies=False,
            because="Маған керек емес",
            actor=legal,
            on=cases.APPLIED_ON,
        )
    assert signed_in(legal).get(reverse("contract", args=[contract.pk])).status_code == 200
    assert signed_in(legal).get(reverse("contract_edit", args=[contract.pk])).status_code == 403


@pytest.mark.parametrize("kind", ["send", "change"])
def test_nobody_issues_an_order_about_themselves(accounts: Any, hr: Any, kind: str) -> None:
    on = cases.APPLIED_ON
    case = cases.approved(hr, accounts)
    order = orders.draft_order(applications=[case], actor=hr, on=on)
    centre = accounts["centre"]
    if kind == "change":
        order = orders.issue_order(order=order, actor=centre, on=on)
        order = orders.draft_order(
            applications=[case], kind="change", refers_to=order, because="Ауысты", actor=hr, on=on
        )
        line = order.lines.get()
        values = {"hours": line.hours + 20, "starts_on": line.starts_on, "ends_on": line.ends_on}
        order = orders.change_draft(
            order=order, values={}, lines={line.pk: values}, actor=hr, on=on
        )
    with pytest.raises(Refused):
        orders.issue_order(order=order, actor=hr, on=on)
    assert orders.issue_order(order=order, actor=centre, on=on).number


# --- sums ---------------------------------------------------------------------------------------
HUGE = {
    name: Decimal("9999999999.99")
    for name in ("cost_tuition", "cost_travel", "cost_lodging", "cost_daily")
}


def test_sums_that_do_not_fit_together_are_refused_with_a_sentence(teacher: Any) -> None:
    case = cases.drafted(teacher)
    with pytest.raises(ValidationError):
        applications.change(application=case, values=HUGE, actor=teacher, on=cases.APPLIED_ON)


def test_huge_sums_in_the_form(signed_in: Any, teacher: Any) -> None:
    case = cases.drafted(teacher)
    client: Client = signed_in(teacher)
    hint = client.get(
        reverse("application_hint"), {"case": case.pk} | {k: str(v) for k, v in HUGE.items()}
    )
    assert hint.status_code == 200
    url = reverse("application_edit", args=[case.pk])
    form = client.get(url).context["form"]
    typed = {
        name: form[name].value() or ""
        for name in form.fields
        if name not in ("invitation", "programme")
    }
    typed |= {k: str(v) for k, v in HUGE.items()}
    typed |= {"do": "keep", "version": 0}
    typed["version"] = version_of(case)
    response = client.post(url, typed)
    assert response.status_code == 422


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1e400", "9" * 40])
def test_money_that_is_none(signed_in: Any, teacher: Any, value: str) -> None:
    case = cases.drafted(teacher)
    hint = signed_in(teacher).get(
        reverse("application_hint"),
        {"case": case.pk, "cost_tuition": value, "hours": value, "starts_on": "2027-03-01"},
    )
    assert hint.status_code == 200


@pytest.mark.parametrize(
    "values", [{"obligation_months": 200_000}, {"refund_days": 10**9}, {"obligation_months": 0}]
)
def test_impossible_terms_of_a_contract(accounts: Any, teacher: Any, values: Any) -> None:
    contract = _to_refund(teacher, accounts)
    with pytest.raises(ValidationError):
        contracts.change_contract(
            contract=contract, values=values, actor=accounts["legal"], on=cases.APPLIED_ON
        )


# --- letters ------------------------------------------------------------------------------------
def test_letters_about_returned_documents_go_out(
    accounts: Any, teacher: Any, mailoutbox: Any
) -> None:
    case = handed_in.handed_in(teacher, accounts)
    on = handed_in.SENT_ON
    verification.return_evidence(
        evidence=case.evidence, reason="Анық емес сурет", actor=accounts["hr"], on=on
    )
    verification.return_report(
        report=case.report, reason="Мақсатын жазыңыз", actor=accounts["centre"], on=on
    )
    mailoutbox.clear()
    deliver(now=timezone.now() + DAY)
    texts = [letter.body for letter in mailoutbox]
    assert any("Анық емес сурет" in text for text in texts)
    assert any("Мақсатын жазыңыз" in text for text in texts)


# --- after a cancelled order --------------------------------------------------------------------
def test_after_a_cancelled_order_the_training_can_be_handed_in_as_ones_own(
    accounts: Any, teacher: Any
) -> None:
    """A document sent before the order was cancelled does not shut the other way for ever."""
    case = handed_in.ordered(teacher, accounts)
    evidence = handed_in.certificate(case, teacher)
    hr, on = accounts["hr"], handed_in.SENT_ON
    order = Order.objects.get()
    cancelling = orders.draft_order(
        applications=[case], kind="cancel", refers_to=order, because="Қате", actor=hr, on=on
    )
    orders.issue_order(order=cancelling, actor=hr, on=on)
    with pytest.raises(ValidationError):
        verification.verify_evidence(evidence=evidence, ticked=[], reasons={}, actor=hr, on=on)
    names = ("topic", "area", "form", "provider", "starts_on", "ends_on", "hours")
    values = {name: getattr(evidence, name) for name in names} | {
        "document_number": evidence.document_number,
        "document_date": evidence.document_date,
    }
    own = handing_in.hand_in_own(
        person=teacher.person, values=values, file=evidence.file, actor=teacher, on=on
    )
    assert own.state == "sent"


# --- words --------------------------------------------------------------------------------------
EVIL = '"><img src=x onerror=alert(1)>'


def test_nothing_typed_runs(signed_in: Any, accounts: Any, teacher: Any) -> None:
    """Whatever is typed into a case, a file's name included, is text on every page."""
    case = handed_in.ordered(teacher, accounts, topic=EVIL, provider=ProviderFactory(name=EVIL))
    order = Order.objects.get()
    on = handed_in.SENT_ON
    file = StoredFile.keep(
        ContentFile(b"%PDF-1.4"), name=EVIL, content_type="application/pdf", by=teacher
    )
    applications.attach(application=case, kind="other", file=file, actor=teacher, on=on)
    evidence = handing_in.begin_evidence(application=case, actor=teacher, on=on)
    typed: dict[str, Any] = dict.fromkeys(("topic", "document_number", "document_issuer"), EVIL)
    typed["document_date"] = handed_in.END
    evidence = handing_in.save_evidence(
        evidence=evidence, values=typed, file=file, actor=teacher, on=on
    )
    handing_in.send_evidence(evidence=evidence, actor=teacher, on=on)
    written = handed_in.WRITTEN | {
        "goals": EVIL,
        "modules": [{"topic": EVIL, "hours": "36", "content": EVIL}],
        "materials": [{"name": EVIL}],
    }
    report = handing_in.save_report(application=case, values=written, actor=teacher, on=on)
    report = handing_in.send_report(report=report, actor=teacher, on=on)
    seen_by = {
        "teacher": ["case", "hand_in", "application_draft_paper"],
        "hr": ["case", "application_call_off"],
        "centre": ["case"],
    }
    urls = [(name, reverse(url, args=[case.pk])) for name, all_ in seen_by.items() for url in all_]
    urls += [
        ("teacher", reverse("own_training_list")),
        ("teacher", reverse("order", args=[order.pk])),
        ("hr", reverse("case_list")),
        ("hr", reverse("order_list")),
        ("hr", reverse("order_cancel", args=[order.pk])),
        ("hr", reverse("evidence_queue")),
        ("hr", reverse("evidence", args=[evidence.pk])),
        ("centre", reverse("report_queue")),
        ("centre", reverse("trainee_report", args=[report.pk])),
        ("centre", reverse("course_call_off")),
    ]
    for name, url in urls:
        response = signed_in(accounts[name]).get(url)
        assert response.status_code in (200, 202), url
        assert "<img src=x" not in page(response), url


def test_a_form_of_another_page_decides_nothing(accounts: Any, teacher: Any) -> None:
    head = accounts["head"]
    case = cases.submitted(teacher)
    client = Client(enforce_csrf_checks=True)
    client.force_login(head, backend="staff.backends.PasswordBackend")
    answer = client.post(reverse("case_decide", args=[case.pk, "agree"]))
    assert answer.status_code == 403
    assert cases.step_of(case).kind == "head"


# --- the same training twice --------------------------------------------------------------------
def test_the_same_days_under_another_number_need_a_reason(accounts: Any, teacher: Any) -> None:
    """The course is handed in as one's own first, then by its case, photographed anew."""
    case = handed_in.ordered(teacher, accounts)
    own = handed_in.on_ones_own(
        teacher, starts_on=handed_in.START, ends_on=handed_in.END, document_date=handed_in.END
    )
    hr, on = accounts["hr"], handed_in.SENT_ON
    ticked = list(verification.Check)
    reasons: dict[str, str] = {}
    verified: dict[str, Any] = {"ticked": ticked, "compared_on": on, "actor": hr, "on": on}
    verification.verify_evidence(evidence=own, reasons=reasons, **verified)
    evidence = handed_in.certificate(case, teacher)
    with pytest.raises(ValidationError) as refusal:
        verification.verify_evidence(evidence=evidence, reasons=reasons, **verified)
    assert set(refusal.value.message_dict) == {"reason_dates"}
    reasons = {"dates": "Екі бөлек қашықтан курс"}
    evidence = verification.verify_evidence(evidence=evidence, reasons=reasons, **verified)
    assert evidence.record is not None


def test_what_hr_has_verified_is_not_moved_by_an_order(accounts: Any, teacher: Any) -> None:
    case = handed_in.ordered(teacher, accounts)
    hr, on = accounts["hr"], handed_in.SENT_ON
    evidence = handed_in.certificate(case, teacher)
    verification.verify_evidence(
        evidence=evidence,
        ticked=list(verification.Check),
        reasons={},
        compared_on=on,
        actor=hr,
        on=on,
    )
    order = orders.draft_order(
        applications=[case],
        kind="change",
        refers_to=Order.objects.get(),
        because="Ауысты",
        actor=hr,
        on=on,
    )
    line = order.lines.get()
    values = {"starts_on": line.starts_on, "ends_on": line.ends_on + 30 * DAY, "hours": 300}
    order = orders.change_draft(order=order, values={}, lines={line.pk: values}, actor=hr, on=on)
    with pytest.raises(Refused):
        orders.issue_order(order=order, actor=hr, on=on)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "java\tscript:alert(1)"]
)
def test_a_verification_link_leads_to_the_web_alone(
    signed_in: Any, accounts: Any, teacher: Any, url: str
) -> None:
    case = handed_in.ordered(teacher, accounts)
    edit = reverse("evidence_edit", args=[case.pk])
    response = signed_in(teacher).post(
        edit, {"topic": "x", "verify_url": url, "version": 0, "document_type": "certificate"}
    )
    assert response.status_code == 422
    assert "verify_url" in response.context["form"].errors


@pytest.mark.parametrize(
    "place", ["http://evil.example", "//evil.example", "javascript:alert(1)", "https:evil.example"]
)
def test_nobody_is_led_away(signed_in: Any, accounts: Any, teacher: Any, place: str) -> None:
    accounts["head"]
    case = cases.submitted(teacher)
    client = signed_in(accounts["head"])
    answer = client.post(reverse("case_decide", args=[case.pk, "agree"]), {"next": place})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("case", args=[case.pk])
    shown = page(
        client.get(reverse("case_decide", args=[case.pk, "return"]), {"next": place}, follow=True)
    )
    assert f'href="{place}"' not in shown


def test_a_table_of_a_report_with_a_very_long_number(
    signed_in: Any, accounts: Any, teacher: Any
) -> None:
    case = handed_in.ordered(teacher, accounts)
    url = reverse("report_edit", args=[case.pk])
    answer = signed_in(teacher).post(url, {"remove": "modules-" + "9" * 5000, "version": 0})
    assert answer.status_code in (200, 302, 422)


def test_a_name_of_a_file_breaks_no_header(signed_in: Any, accounts: Any, teacher: Any) -> None:
    case = handed_in.ordered(teacher, accounts)
    evidence = handed_in.certificate(
        case, teacher, document_number='1"\r\nSet-Cookie: a=b; ../../etc/passwd'
    )
    response = signed_in(teacher).get(reverse("evidence_file", args=[evidence.pk]))
    b"".join(response.streaming_content)
    how = response["Content-Disposition"]
    assert "\n" not in how and "/etc" not in how and how.count('"') == 2


# --- not stuck, not broken ----------------------------------------------------------------------
def test_who_filed_it_withdraws_it_with_its_contract(accounts: Any, teacher: Any) -> None:
    """A head who filed for somebody and takes it back before the order is not stuck."""
    for name in ("finance", "vicerector", "rector", "centre"):
        accounts[name]
    head = accounts["head"]
    case = cases.drafted(teacher)
    case.filed_by = head
    case.save()
    case = applications.submit(application=case, actor=head, on=cases.APPLIED_ON)
    case = cases.agreed(case, accounts)
    assert Contract.objects.get(application=case).state == "draft"
    applications.withdraw(
        application=case, reason="Қажет емес", actor=head, on=cases.APPLIED_ON + DAY
    )
    assert Contract.objects.get(application=case).state == "void"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_last_day_of_work_at_the_end_of_time(
    signed_in: Any, accounts: Any, teacher: Any, day: str
) -> None:
    case = cases.drafted(teacher)
    contract = applications.open_contract(application=case, actor=teacher)
    applications.submit(application=case, actor=teacher, on=cases.APPLIED_ON)
    url = reverse("contract_leave_sum", args=[contract.pk])
    answer = signed_in(accounts["legal"]).post(url, {"terminated_on": day, "ground": "own_wish"})
    assert answer.status_code == 200


def test_an_order_is_not_moved_to_the_end_of_time(accounts: Any, teacher: Any, hr: Any) -> None:
    on = cases.APPLIED_ON
    case = cases.approved(teacher, accounts)
    order = orders.draft_order(applications=[case], actor=hr, on=on)
    order = orders.issue_order(order=order, actor=hr, on=on)
    order = orders.draft_order(
        applications=[case], kind="change", refers_to=order, because="Ауысты", actor=hr, on=on
    )
    line = order.lines.get()
    values = {"starts_on": line.starts_on, "ends_on": dt.date(9999, 12, 31), "hours": line.hours}
    with pytest.raises(ValidationError):
        orders.change_draft(order=order, values={}, lines={line.pk: values}, actor=hr, on=on)

"""Who gets to which address of a case: the table, and the teacher's cases it is about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from staff.models import Provider
from training_plans.models import (
    ApplicationGroup,
    Attachment,
    Contract,
    Evidence,
    Order,
    OrderLine,
    Plan,
    Refund,
    TraineeReport,
    TrainingApplication,
)
from workflow.calendar import DAY
from workflow.models import StoredFile, Substitution

from .conftest import ROLES_WITH_ACCOUNTS
from .factories import PersonFactory, PlanLineFactory, ProviderFactory, UserFactory

EVERYBODY = set(ROLES_WITH_ACCOUNTS)
CENTRE = {"centre", "methodologist"}
ALL_SEEING = CENTRE | {"hr", "rector", "administrator"}
HEADS = {"vicerector", "dean", "head", "secretary"}
OFFICES = {"finance", "international", "legal"}
SEE_CASE = ALL_SEEING | HEADS | OFFICES | {"teacher"}
SEE_DOCUMENT = ALL_SEEING | HEADS | {"teacher"}
FILE = {"teacher", "head", "secretary"} | CENTRE
ORDERS = {"hr"} | CENTRE
LEADERS = {"head", "secretary", "dean", "stranger_head"}
LEGAL = {"legal"}


def _each(names: str, who: set[str]) -> dict[str, set[str]]:
    return dict.fromkeys(names.split(), who)


TABLE: dict[str, set[str]] = {
    **_each(
        "application_providers case_list case_queue case_decide_many order_list contract_list "
        "own_training_list own_training_providers substitutes substitute_add substitute_people",
        EVERYBODY,
    ),
    **_each("application_new own_training_new", EVERYBODY - {"administrator"}),
    **_each("application_group", LEADERS | CENTRE),
    # Says something only of a line, a post or a case that is named in the question.
    **_each("application_hint", set()),
    **_each("case case_decide application_attachment application_draft_paper", SEE_CASE),
    **_each("order order_scan_file", SEE_CASE),
    **_each(
        "application_begin application_new_for application_edit application_send "
        "application_attach application_detach application_ask_late",
        FILE,
    ),
    **_each("application_group_new", FILE - {"teacher"}),
    **_each("application_consent application_withdraw report_edit report_preview", {"teacher"}),
    **_each("application_group_done", SEE_CASE),
    **_each("application_admit", CENTRE),
    **_each("application_call_off course_call_off course_call_off_one", ORDERS),
    **_each("case_slow", ORDERS | {"rector"}),
    **_each("case_interrupt", {"teacher", "head", "secretary", "hr"}),
    **_each("case_close", ORDERS | LEGAL),
    **_each("case_rules", {"hr", "administrator"}),
    **_each(
        "order_new order_edit order_issue order_discard order_add_case order_scan order_change "
        "order_cancel order_take_out order_draft",
        ORDERS,
    ),
    **_each("order_acquaint", {"teacher"}),
    **_each("contract contract_scan_file contract_draft", {"teacher", "legal", "hr"}),
    **_each(
        "contract_edit contract_issue contract_rewrite contract_sign contract_leave "
        "contract_leave_sum contract_waive contract_take_back contract_fulfil",
        LEGAL,
    ),
    **_each("contract_paid", LEGAL | {"finance"}),
    **_each("hand_in evidence_edit", {"teacher", "hr"}),
    **_each("evidence_file evidence_photo", SEE_DOCUMENT),
    **_each("own_training", ALL_SEEING | {"teacher"}),
    **_each("own_training_edit own_training_withdraw", {"teacher", "hr"}),
    **_each(
        "evidence_queue evidence evidence_picture evidence_correct evidence_verify evidence_return",
        {"hr"},
    ),
    **_each(
        "report_queue trainee_report trainee_report_accept trainee_report_return",
        CENTRE,
    ),
    **_each("substitute_list", {"administrator"}),
    **_each("substitute_end", {"teacher", "administrator"}),
}


def addresses_of_cases(teacher: Any, file: StoredFile, on: dt.date) -> dict[str, list[Any]]:
    """A case being written, one that is ordered with all its papers, and an own training."""
    post = teacher.person.posts.get()
    plan = Plan.objects.get()
    line = PlanLineFactory(plan=plan, post=post, topic="Кардиология")
    group = ApplicationGroup.objects.create(name="Кардиология", filed_by=teacher, filed_on=on)
    provider: Provider = ProviderFactory()

    def case(state: str, **traits: Any) -> TrainingApplication:
        return TrainingApplication.objects.create(
            person=teacher.person,
            post=post,
            unit=post.unit,
            filed_by=teacher,
            state=state,
            year=2027,
            topic="Кардиология",
            area="profile",
            provider=provider,
            starts_on=on - 20 * DAY,
            ends_on=on - 10 * DAY,
            hours=72,
            funding="employer",
            cost_tuition=60_000,
            precision="days",
            **traits,
        )

    draft = case("draft", late_asked_on=on, group=group)
    ordered = case("ordered", number=1, documents_due_on=on - 5 * DAY)
    attachment = Attachment.objects.create(
        application=draft, kind="programme", file=file, added_by=teacher, added_on=on
    )
    sent = Order.objects.create(
        state="issued",
        year=2026,
        number=900,
        issued_on=on,
        drafted_by=teacher,
        drafted_on=on,
        scan=file,
    )
    begun = Order.objects.create(drafted_by=teacher, drafted_on=on)
    lines = [
        OrderLine.objects.create(
            order=order,
            application=ordered,
            starts_on=ordered.starts_on,
            ends_on=ordered.ends_on,
            hours=72,
        )
        for order in (sent, begun)
    ]
    contract = Contract.objects.create(
        application=ordered,
        **ordered.costs,
        state="signed",
        obligation_months=12,
        service_from=on,
        service_to=on + 364 * DAY,
        scan=file,
    )
    left = case("accepted", number=2)
    owing = Contract.objects.create(
        application=left,
        **left.costs,
        state="refund_due",
        obligation_months=12,
        service_from=on - 30 * DAY,
        service_to=on + 334 * DAY,
    )
    Refund.objects.create(
        contract=owing,
        terminated_on=on,
        ground="own_wish",
        cost_base=60_000,
        total_days=365,
        served_days=31,
        unserved_days=334,
        amount=54_904,
    )
    evidence = Evidence.objects.create(
        application=ordered, person=teacher.person, state="sent", sent_on=on, file=file
    )
    own = Evidence.objects.create(
        person=teacher.person, state="sent", sent_on=on, topic="Ғылыми деректер базалары", file=file
    )
    report = TraineeReport.objects.create(application=ordered, state="sent", sent_on=on)
    away = Substitution.objects.create(
        absent=teacher,
        substitute=UserFactory(
            username="орынбасар", person=PersonFactory(last_name="Орынбасарова")
        ),
        starts_on=on + 100 * DAY,
        ends_on=on + 101 * DAY,
        entered_by=teacher,
    )
    of_ordered = "case case_interrupt case_close application_draft_paper hand_in evidence_edit"
    found: dict[str, list[Any]] = {
        **{name: [draft.pk] for name in TABLE if name.startswith("application_")},
        **{name: [ordered.pk] for name in f"{of_ordered} report_edit report_preview".split()},
        **{name: [begun.pk] for name in TABLE if name.startswith("order_")},
        **{
            name: [sent.pk] for name in ["order", "order_scan_file", "order_change", "order_cancel"]
        },
        **{name: [contract.pk] for name in TABLE if name.startswith("contract")},
        **{name: [evidence.pk] for name in TABLE if name.startswith("evidence")},
        **{name: [report.pk] for name in TABLE if name.startswith("trainee_report")},
        **{name: [own.pk] for name in TABLE if name.startswith("own_training")},
        "case_decide": [ordered.pk, "agree"],
        "contract_paid": [owing.pk],
        "application_begin": [line.pk],
        "application_group_new": [line.pk],
        "application_group_done": [group.pk],
        "application_new_for": [post.pk],
        "application_attachment": [attachment.pk],
        "application_detach": [attachment.pk],
        "application_call_off": [draft.pk],
        "course_call_off_one": [ordered.pk],
        "order_scan": [sent.pk],
        "order_take_out": [lines[1].pk],
        "order_acquaint": [lines[0].pk],
        "evidence_edit": [ordered.pk],
        "substitute_end": [away.pk],
    }
    without = (
        "application_new application_hint application_providers application_group order_list "
        "order_new contract_list evidence_queue own_training_list own_training_new "
        "own_training_providers"
    )
    for name in without.split():
        found.pop(name, None)
    return found

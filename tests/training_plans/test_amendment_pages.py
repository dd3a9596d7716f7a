"""Pages of amendments and versions: the road through them, who sees what, what is refused (5.5)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from training_plans.domain import amendments
from training_plans.models import Amendment, AmendmentItem, Plan, PlanLine
from workflow.models import StoredFile

from .. import scan_files
from ..factories import PlanFactory, PlanLineFactory, PostFactory
from .approved_plans import in_force

pytestmark = pytest.mark.django_db
PDF = scan_files.pdf()
PROGRAM = b"MZ\x90\x00" + b"\x00" * 64
BECAUSE = "Семестр кестесі өзгерді"


@pytest.fixture
def plan(centre: Any, teacher: Any, stranger: Any) -> Plan:
    """A line of the teacher's and one of the stranger's, approved as version 1."""
    plan = PlanFactory()
    for user in (teacher, stranger):
        PlanLineFactory(plan=plan, post=user.person.posts.get())
    return in_force(plan, by=centre)


@pytest.fixture
def line(plan: Plan, teacher: Any) -> PlanLine:
    return plan.lines.get(person=teacher.person)


@pytest.fixture
def paper(centre: Any) -> StoredFile:
    return StoredFile.keep(
        ContentFile(PDF, name="memo.pdf"),
        name="memo.pdf",
        content_type="application/pdf",
        by=centre,
    )


@pytest.fixture
def write(plan: Plan, paper: StoredFile, centre: Any, today: dt.date) -> Any:
    def take_out(line: PlanLine) -> AmendmentItem:
        return amendments.add_item(
            amendment=amendments.open_amendment(plan=plan, actor=centre, on=today),
            change="take_out",
            line=line,
            values={},
            because=BECAUSE,
            paper=paper,
            actor=centre,
            on=today,
        )

    return take_out


def upload(content: bytes = PDF, name: str = "хат.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def change_url(line: PlanLine | None = None, change: str = "add") -> str:
    url = reverse("amendment_item", args=[2027])
    return f"{url}?change={change}" + (f"&line={line.pk}" if line else "")


def move(**more: Any) -> dict[str, Any]:
    return {"precision": "month", "month": "5", "because": BECAUSE} | more


def said(response: Any) -> str:
    return response.content.decode()


# --- the road -----------------------------------------------------------------------------------
def test_from_a_change_to_the_next_version(signed_in, centre, plan, line):
    browser = signed_in(centre)
    found = browser.get(reverse("amendment_add", args=[2027]), {"q": line.person.last_name})
    assert change_url(line, "move").split("?")[0] in said(found)
    response = browser.post(change_url(line, "move"), move(scan=upload()))
    draft = Amendment.objects.get()
    url = reverse("amendment", args=[draft.pk])
    assert (response.status_code, response["Location"]) == (302, url)
    assert (draft.items.get().starts_on, draft.items.get().because) == (
        dt.date(2027, 5, 1),
        BECAUSE,
    )
    assert draft.items.get().paper.original_name == "хат.pdf"

    browser.post(reverse("amendment_submit", args=[draft.pk]))
    approve = reverse("amendment_approve", args=[draft.pk])
    form = browser.get(approve).context["form"]
    response = browser.post(approve, form.initial)
    assert (response.status_code, response["Location"]) == (302, url)
    plan.refresh_from_db()
    line.refresh_from_db()
    assert (plan.version, line.starts_on) == (2, dt.date(2027, 5, 1))
    page = browser.get(url)
    assert "March 2027" in said(page)  # as it was frozen, though the line says May now
    assert [tile.number for tile in page.context["counts"]] == [1]


@pytest.mark.parametrize("asked", ["teacherова", "КЛИНИКАЛЫК", "терапия клиникалық", "астана"])
def test_a_line_is_found_by_person_topic_unit_or_provider(signed_in, centre, line, asked):
    """Whatever case and keyboard; SQLite folds ASCII only."""
    page = signed_in(centre).get(reverse("amendment_add", args=[2027]), {"q": asked})
    assert line in [found for found, _refusals in page.context["rows"]]
    assert page.context["more"] is False
    nothing = signed_in(centre).get(reverse("amendment_add", args=[2027]), {"q": f"{asked} ыыы"})
    assert nothing.context["rows"] == []


def test_somebody_is_added(signed_in, centre, plan):
    post = PostFactory()
    response = signed_in(centre).post(
        change_url(),
        move(
            person=f"{post.person.personnel_number} · {post.person.full_name}",
            topic="Симуляциялық оқыту",
            area="profile",
            form="course",
            kind="course",
            provider_name="Жаңа орталық",
            hours="72",
            funding="employer",
            cost="80000",
            scan=upload(),
        ),
    )
    assert response.status_code == 302
    item = AmendmentItem.objects.get()
    assert (item.person, item.post, item.provider.name) == (post.person, post, "Жаңа орталық")


@pytest.mark.parametrize("change", ["replace", "move", "take_out"])
def test_the_form_of_a_change_is_filled_with_the_line(signed_in, centre, line, change):
    form = signed_in(centre).get(change_url(line, change)).context["form"]
    fields = {
        "replace": {"person", "topic", "month", "because", "scan"},
        "move": {"precision", "quarter", "month", "starts_on", "ends_on", "because", "scan"},
        "take_out": {"because", "scan"},
    }[change]
    assert fields <= set(form.fields)
    if change != "replace":
        assert set(form.fields) == fields
    else:
        assert form["topic"].value() == line.topic
        assert line.person.full_name in form["person"].value()
    if change != "take_out":
        assert form["month"].value() == "3"


@pytest.mark.parametrize(
    "query", ["change=move", "change=move&line=0", "change=x", "change=move&line=99999999"]
)
def test_a_change_of_no_line_is_not_found(signed_in, centre, plan, query):
    assert (
        signed_in(centre).get(reverse("amendment_item", args=[2027]) + f"?{query}").status_code
        == 404
    )


def test_a_change_is_corrected_and_withdrawn(signed_in, centre, line, write):
    item = write(line)
    browser = signed_in(centre)
    url = reverse("amendment_item_change", args=[item.pk])
    version = dict(browser.get(url).context["hidden"])["version"]
    browser.post(url, {"because": "Басқа себеп", "version": version})
    item.refresh_from_db()
    assert (item.because, item.paper.original_name) == ("Басқа себеп", "memo.pdf")
    stale = browser.post(url, {"because": "Тағы", "version": version})
    assert (stale.status_code, "Басқа себеп" in said(stale)) == (409, True)
    browser.post(reverse("amendment_item_withdraw", args=[item.pk]))
    item.refresh_from_db()
    assert item.withdrawn


# --- papers -------------------------------------------------------------------------------------
def test_a_paper_is_judged_by_its_content(signed_in, centre, line):
    response = signed_in(centre).post(
        change_url(line, "move"), move(scan=upload(PROGRAM, "хат.pdf"))
    )
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["scan"]
    assert (StoredFile.objects.count(), Amendment.objects.count()) == (0, 0)
    assert BECAUSE in said(response)


def test_a_change_without_paper_is_refused(signed_in, centre, line):
    response = signed_in(centre).post(change_url(line, "move"), move())
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["scan"])
    assert Amendment.objects.count() == 0


def test_a_good_scan_is_kept_while_the_rest_is_put_right(signed_in, centre, line):
    browser = signed_in(centre)
    refused = browser.post(change_url(line, "move"), move(month="3", scan=upload()))
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["month"])
    (kept,) = re.findall(r'name="kept_scan" value="([^"]+)"', refused.content.decode())
    response = browser.post(change_url(line, "move"), move(kept_scan=kept))
    assert response.status_code == 302
    assert AmendmentItem.objects.get().paper.original_name == "хат.pdf"


def test_one_paper_serves_several_changes_of_an_amendment(signed_in, centre, plan, line, write):
    first = write(plan.lines.exclude(pk=line.pk).get())
    response = signed_in(centre).post(
        change_url(line, "move"), move(same_paper=str(first.paper_id))
    )
    assert response.status_code == 302
    assert set(AmendmentItem.objects.values_list("paper_id", flat=True)) == {first.paper_id}


def test_a_paper_of_another_thing_cannot_be_named(signed_in, centre, line):
    foreign = StoredFile.keep(
        ContentFile(PDF, name="x"), name="x", content_type="application/pdf", by=None
    )
    response = signed_in(centre).post(change_url(line, "move"), move(same_paper=str(foreign.pk)))
    assert response.status_code == 422


def test_the_paper_goes_to_who_may_see_the_change(signed_in, accounts, line, write):
    url = reverse("amendment_item_paper", args=[write(line).pk])
    response = signed_in(accounts["head"]).get(url)
    assert b"".join(response) == PDF
    assert response["X-Content-Type-Options"] == "nosniff"
    assert signed_in(accounts["stranger_head"]).get(url).status_code == 404
    assert signed_in(accounts["teacher"]).get(url).status_code == 403


# --- what one sees and may do -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "seen"),
    [("centre", 2), ("hr", 2), ("finance", 2), ("dean", 2), ("head", 1), ("stranger_head", 1)],
)
def test_a_head_sees_the_changes_of_the_unit(signed_in, accounts, plan, write, role, seen):
    items = [write(line) for line in plan.lines.order_by("pk")]
    page = signed_in(accounts[role]).get(reverse("amendment", args=[items[0].amendment_id]))
    assert len(page.context["cards"]) == seen
    assert page.context["more_than_seen"] is (seen == 1)
    version = signed_in(accounts[role]).get(reverse("plan_version", args=[2027, 1]))
    assert version.context["of"] == seen


def test_who_may_not_write_finds_no_button(signed_in, accounts, line, write):
    url = reverse("amendment", args=[write(line).amendment_id])
    for role in ("head", "hr", "rector"):
        page = signed_in(accounts[role]).get(url)
        assert (page.context["offers"], page.context["may_write"]) == ([], False)


def test_a_refused_button_says_why(signed_in, centre, line, write):
    item = write(line)
    AmendmentItem.objects.update(paper=None)
    page = signed_in(centre).get(reverse("amendment", args=[item.amendment_id]))
    submit = page.context["offers"][0]
    assert (submit.transition.name, submit.is_open) == ("submit", False)
    assert "the paper is missing" in said(page)
    browser = signed_in(centre)
    back = browser.post(reverse("amendment_submit", args=[item.amendment_id]), follow=True)
    assert "the paper is missing" in said(back)
    assert Amendment.objects.get().state == "draft"


def test_the_methodologist_submits_and_the_head_of_the_centre_returns(
    signed_in, accounts, line, write
):
    pk = write(line).amendment_id
    signed_in(accounts["methodologist"]).post(reverse("amendment_submit", args=[pk]))
    url = reverse("amendment_return", args=[pk])
    assert signed_in(accounts["methodologist"]).post(url, {"reason": "x"}).status_code == 403
    assert signed_in(accounts["centre"]).post(url, {"reason": ""}).status_code == 422
    signed_in(accounts["centre"]).post(url, {"reason": "Хат жоқ"})
    amendment = Amendment.objects.get()
    assert (amendment.state, amendment.remark) == ("draft", "Хат жоқ")
    page = signed_in(accounts["methodologist"]).get(reverse("amendment", args=[pk]))
    assert "Хат жоқ" in said(page)


def test_an_amendment_is_withdrawn_with_its_reason(signed_in, centre, line, write):
    pk = write(line).amendment_id
    signed_in(centre).post(reverse("amendment_withdraw", args=[pk]), {"reason": "Қажеті жоқ"})
    assert Amendment.objects.get().state == "withdrawn"
    assert "Қажеті жоқ" in said(signed_in(centre).get(reverse("amendment", args=[pk])))


def test_approving_what_changed_meanwhile_shows_what_is_so_now(
    signed_in, centre, plan, line, write, today
):
    """The second press approves what was seen the second time."""
    draft = write(line).amendment
    amendments.submit(amendment=draft, actor=centre, on=today)
    url, browser = reverse("amendment_approve", args=[draft.pk]), signed_in(centre)
    before = browser.get(url).context["form"].initial
    other = write(plan.lines.exclude(pk=line.pk).get()).amendment
    submitted = amendments.submit(amendment=other, actor=centre, on=today)
    amendments.approve(
        amendment=submitted, actor=centre, on=today, seen=amendments.seen_now(submitted)
    )
    refused = browser.post(url, before)
    assert (refused.status_code, "Newer versions: 2." in said(refused)) == (422, True)
    assert browser.post(url, refused.context["form"].initial).status_code == 302
    assert sorted(plan.versions.values_list("number", flat=True)) == [1, 2, 3]


def test_a_plan_not_yet_approved_is_not_amended(signed_in, centre, db):
    PlanFactory()
    browser = signed_in(centre)
    for name in ("amendment_list", "amendment_add"):
        assert "not approved yet" in said(browser.get(reverse(name, args=[2027])))
    response = browser.post(reverse("amendment_open", args=[2027]), follow=True)
    assert "not approved yet" in said(response)
    assert browser.get(reverse("plan_versions", args=[2027])).context["versions"] == []
    assert browser.get(reverse("plan_compare", args=[2027])).context["difference"] is None
    assert browser.get(reverse("amendment_list", args=[2031])).status_code == 404


# --- versions -----------------------------------------------------------------------------------
@pytest.fixture
def second_version(centre: Any, line: PlanLine, write: Any, today: dt.date) -> Amendment:
    draft = amendments.submit(amendment=write(line).amendment, actor=centre, on=today)
    seen = amendments.seen_now(draft)
    amendments.approve(amendment=draft, actor=centre, on=today, seen=seen)
    return draft


def test_versions_are_compared_line_by_line(signed_in, centre, plan, line, second_version):
    browser = signed_in(centre)
    url = reverse("plan_compare", args=[2027])
    there = browser.get(url).context["difference"]
    assert [row["id"] for row in there.taken_out] == [line.pk]
    assert (there.added, there.changed, there.same) == ((), (), 1)
    back = browser.get(url, {"from": "2", "to": "1"}).context["difference"]
    assert [row["id"] for row in back.added] == [line.pk]
    assert browser.get(url, {"from": "2", "to": "9"}).status_code == 404
    listed = browser.get(reverse("plan_versions", args=[2027])).context["versions"]
    assert [version.number for version in listed] == [2, 1]


def test_a_version_is_shown_as_it_was_frozen(signed_in, centre, plan, line, second_version):
    PlanLine.objects.update(topic="Кейін өзгерді")
    browser = signed_in(centre)
    url = reverse("plan_version", args=[2027, 1])
    page = browser.get(url)
    assert (page.context["count"], "Кейін өзгерді" in said(page)) == (2, False)
    found = browser.get(url, {"q": line.person.last_name.upper()})
    assert (found.context["count"], found.context["of"]) == (1, 2)
    assert browser.get(url, {"q": "жоқ нәрсе"}).context["count"] == 0
    assert browser.get(reverse("plan_version", args=[2027, 9])).status_code == 404


# --- queries ------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["centre", "dean"])
def test_pages_ask_as_often_for_many_changes_as_for_one(
    signed_in, accounts, plan, units, write, role
):
    lines = list(plan.lines.order_by("pk"))
    draft = write(lines[0]).amendment
    browser = signed_in(accounts[role])
    urls = [
        reverse("amendment", args=[draft.pk]),
        reverse("amendment_list", args=[2027]),
        reverse("plan_version", args=[2027, 1]),
        *([reverse("amendment_add", args=[2027]) + "?q=клиник"] if role == "centre" else []),
    ]

    def asked() -> list[int]:
        counts = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(url).status_code == 200
            counts.append(len(queries))
        return counts

    asked()  # what is asked once a process is asked before
    few = asked()
    write(lines[1])
    for post in (PostFactory(unit=units.department), PostFactory(unit=units.other_department)):
        write(PlanLineFactory(plan=plan, post=post))
    assert asked() == few

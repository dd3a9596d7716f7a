"""The pages of the plan: figures equal to their lists, nothing lost, constant queries."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from training_plans.domain.approval import seen_of
from training_plans.domain.group_courses import merge
from training_plans.domain.plan import newest_change
from training_plans.models import Plan, PlanLine, PlanVersion, Request
from workflow.saving import version_of

from ..factories import CourseFactory, PlanLineFactory, PostFactory, RequestLineFactory
from .autumn import the_autumn

pytestmark = pytest.mark.django_db
SECTIONS = [
    "plan",
    "plan_waiting",
    "plan_coverage",
    "plan_load",
    "plan_money",
    "plan_checks",
    "plan_forecast",
    "plan_submit",
]


@pytest.fixture
def autumn(units: SimpleNamespace, centre: Any, today: dt.date) -> SimpleNamespace:
    found = the_autumn(units, today)
    Request.objects.filter(pk=found.sent.pk).update(state="accepted", number=5)
    return found


def at(name: str, *arguments: Any) -> str:
    return reverse(name, args=arguments or [2027])


def tiles(response: Any) -> dict[str, Any]:
    with override("en"):  # labels are said when they are asked for
        return {str(tile["label"]): tile for tile in response.context["tiles"]}


def count_of(client: Client, url: str) -> int:
    return int(client.get(url).context["count"])


# --- figures are those of their lists -------------------------------------------------------------
def test_the_figures_open_what_they_count(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    client = signed_in(centre)
    PlanLineFactory(plan=autumn.plan, post=autumn.missed.posts.get(), hours=Decimal(36))
    page = client.get(at("plan"))
    found = tiles(page)
    lines = found["Lines of the plan"]
    assert (lines["figure"], count_of(client, lines["url"])) == (2, 2)
    covered = found["Falling due, covered"]
    assert (covered["figure"], covered["of"]) == (1, 7)  # with the head of the Centre
    assert count_of(client, covered["url"].split("#")[0]) == covered["figure"]
    assert count_of(client, covered["note_url"].split("#")[0]) == covered["of"] - 1
    checks = client.get(found["Stand in the way"]["url"]).context["groups"]
    sizes = {group["severity"]: len(group["findings"]) for group in checks}
    assert found["Stand in the way"]["figure"] == sizes.get("blocking", 0)
    assert found["Employer's funds"]["money"] == Decimal(60_000)


def test_money_and_load_lead_to_as_many_lines_as_they_say(
    autumn: SimpleNamespace, centre: Any, signed_in: Any, units: SimpleNamespace
) -> None:
    client = signed_in(centre)
    plan = autumn.plan
    quarter = {"precision": "quarter", "starts_on": dt.date(2027, 4, 1)}
    for unit in (units.department, units.section, units.other_department):
        PlanLineFactory(plan=plan, post=PostFactory(unit=unit), funding="")
        PlanLineFactory(plan=plan, post=PostFactory(unit=unit), **quarter,
                        ends_on=dt.date(2027, 6, 30))  # fmt: skip
    pages = [client.get(at("plan_load")), client.get(at("plan_money"))]
    links = 0
    for page in pages:
        text = page.content.decode()
        for url, figure in re.findall(
            r'href="(/planning/2027/plan/\?[^"]+)"[^>]*>(?:<b>)?(\d+)', text
        ):
            links += 1
            assert count_of(client, url.replace("&amp;", "&")) == int(figure), url
    assert links > 10


# --- who sees what --------------------------------------------------------------------------------
def test_a_head_sees_the_lines_and_figures_of_the_unit(
    autumn: SimpleNamespace, head: Any, stranger_head: Any, signed_in: Any
) -> None:
    PlanLineFactory(plan=autumn.plan, post=autumn.begun.posts.get(), topic="Бөтен")
    page = signed_in(head).get(at("plan"))
    assert tiles(page)["Lines of the plan"]["figure"] == 1
    assert tiles(page)["Falling due, covered"]["of"] == 4
    assert "Бөтен" not in page.content.decode()
    assert "Stand in the way" not in tiles(page)
    assert page.context["may_build"] is False
    other = signed_in(stranger_head).get(at("plan"))
    assert tiles(other)["Lines of the plan"]["figure"] == 1
    assert "Бөтен" in other.content.decode()


def test_finance_sees_all_lines_and_builds_nothing(
    autumn: SimpleNamespace, finance: Any, signed_in: Any
) -> None:
    client = signed_in(finance)
    page = client.get(at("plan"))
    assert tiles(page)["Lines of the plan"]["figure"] == 1
    line = autumn.plan.lines.get()
    assert client.get(at("plan_line", line.pk)).status_code == 200
    assert client.get(at("plan_line_edit", line.pk)).status_code == 403
    assert client.post(reverse("plan_take_out"), {"ids": [line.pk]}).status_code == 403


def test_a_year_without_a_plan_is_begun_by_the_centre(
    autumn: SimpleNamespace, centre: Any, head: Any, signed_in: Any
) -> None:
    PlanLine.objects.all().delete()
    Plan.objects.all().delete()
    assert "Begin the plan" in signed_in(centre).get(at("plan")).content.decode()
    assert "Begin the plan" not in signed_in(head).get(at("plan")).content.decode()
    assert signed_in(head).post(at("plan_begin")).status_code == 403
    assert signed_in(centre).get(at("plan_load"))["Location"] == at("plan")
    signed_in(centre).post(at("plan_begin"))
    assert Plan.objects.get().state == "draft"


# --- taking in, covering --------------------------------------------------------------------------
def test_lines_are_taken_in_and_left_aside(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    client = signed_in(centre)
    waiting = client.get(at("plan_waiting"))
    assert waiting.context["waiting_count"] == 1
    asked = autumn.lines.asked
    page = client.post(at("plan_leave_aside"), {"ids": [asked.pk]})
    assert (page.status_code, page.context["lines"]) == (200, [asked])
    empty = client.post(at("plan_leave_aside"), {"ids": [asked.pk], "confirmed": "1", "reason": ""})
    assert empty.status_code == 422
    client.post(
        at("plan_leave_aside"), {"ids": [asked.pk], "confirmed": "1", "reason": "Қаражат жоқ"}
    )
    aside = client.get(at("plan_waiting") + "?show=aside")
    assert "Қаражат жоқ" in aside.content.decode()
    client.post(at("plan_take_in"), {"ids": [asked.pk]})
    assert PlanLine.objects.filter(request_line=asked).count() == 1


def test_who_is_not_covered_is_added_by_one_click(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    CourseFactory()
    client = signed_in(centre)
    norm = autumn.plan.lines.get().requirement
    keys = {"person": autumn.missed.pk, "requirement": norm.pk}
    page = client.post(at("plan_cover"), keys | {"next": at("plan_coverage")}, follow=True)
    assert autumn.missed.full_name in page.content.decode()
    assert PlanLine.objects.get(person=autumn.missed).hours == Decimal(72)
    stranger = client.post(at("plan_cover"), {"person": autumn.fine.pk, "requirement": norm.pk})
    assert stranger.status_code == 302
    assert not PlanLine.objects.filter(person=autumn.fine).exists()


# --- editing --------------------------------------------------------------------------------------
def form_of(line: PlanLine, **changed: Any) -> dict[str, Any]:
    given = {
        "topic": line.topic,
        "area": line.area,
        "form": line.form,
        "kind": line.kind,
        "mode": line.mode,
        "precision": "month",
        "month": "3",
        "hours": "72",
        "provider_name": line.provider.name,
        "funding": line.funding,
        "cost": "60000",
        "importance": "obligatory",
        "version": version_of(line),
    }
    return given | changed


def test_the_second_of_two_is_told_and_shown_the_difference(
    autumn: SimpleNamespace, centre: Any, methodologist: Any, signed_in: Any
) -> None:
    line = autumn.plan.lines.get()
    url = at("plan_line_edit", line.pk)
    mine = form_of(line, topic="Менікі")
    theirs = form_of(line, topic="Олардікі")
    assert signed_in(centre).post(url, theirs).status_code == 302
    page = signed_in(methodologist).post(url, mine)
    text = page.content.decode()
    assert page.status_code == 409
    assert "Олардікі" in text
    assert 'value="Менікі"' in text
    line.refresh_from_db()
    assert line.topic == "Олардікі"
    again = mine | {"version": version_of(line)}
    assert signed_in(methodologist).post(url, again).status_code == 302
    line.refresh_from_db()
    assert line.topic == "Менікі"


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    line = autumn.plan.lines.get()
    wrong = form_of(
        line, precision="days", month="", starts_on="2028-01-05", ends_on="2027-01-05", cost="-5"
    )
    page = signed_in(centre).post(at("plan_line_edit", line.pk), wrong)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"starts_on", "cost"}
    assert 'value="2028-01-05"' in page.content.decode()


def test_of_those_who_do_not_teach_only_the_note_is_offered(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    asked = RequestLineFactory(request=autumn.sent, post=PostFactory(researcher=True))
    client = signed_in(centre)
    client.post(at("plan_take_in"), {"ids": [asked.pk]})
    line = PlanLine.objects.get(request_line=asked)
    page = client.get(at("plan_line_edit", line.pk))
    assert list(page.context["form"].fields) == ["note"]
    assert "5.3" in page.content.decode()
    client.post(at("plan_line_edit", line.pk), {"note": "Келісілді", "version": version_of(line)})
    line.refresh_from_db()
    assert line.note == "Келісілді"


def test_many_lines_at_once(autumn: SimpleNamespace, centre: Any, signed_in: Any) -> None:
    client = signed_in(centre)
    lines = [autumn.plan.lines.get(), PlanLineFactory(plan=autumn.plan)]
    keys = {"ids": [line.pk for line in lines], "next": at("plan") + "?sort=topic"}
    for name in ("plan_move", "plan_provider", "plan_merge", "plan_take_out"):
        page = client.post(reverse(name), keys)
        assert (page.status_code, len(page.context["lines"])) == (200, 2)
    sure = keys | {"confirmed": "1"}

    def now() -> dict[str, int]:
        return {"version": newest_change(lines)}

    moved = client.post(reverse("plan_move"), sure | now() | {"time": "quarter-2"})
    assert moved["Location"] == keys["next"]
    client.post(reverse("plan_provider"), sure | now() | {"provider_name": "Жаңа ұйым"})
    shared = {"name": "Топ", "topic": "Ортақ", "form": "course", "kind": "course"}
    shared |= {"area": "profile", "precision": "month", "month": "5", "hours": "36", "cost": "10"}
    client.post(reverse("plan_merge"), sure | now() | shared | {"provider_name": "Жаңа ұйым"})
    said = set(
        autumn.plan.lines.values_list(
            "topic", "provider__name", "starts_on", "hours", "group__name"
        )
    )
    assert said == {("Ортақ", "Жаңа ұйым", dt.date(2027, 5, 1), Decimal(36), "Топ")}
    client.post(reverse("plan_take_out"), sure | {"reason": "Қаражат жоқ"})
    assert autumn.plan.lines.planned().count() == 0
    nothing = client.post(reverse("plan_move"), sure | {"time": "month-1"}, follow=True)
    assert "Nothing was chosen" in nothing.content.decode()


def test_who_changes_many_lines_after_somebody_else_is_shown_the_difference(
    autumn: SimpleNamespace, centre: Any, methodologist: Any, signed_in: Any
) -> None:
    lines = [autumn.plan.lines.get(), PlanLineFactory(plan=autumn.plan)]
    keys = {"ids": [line.pk for line in lines]}
    opened = signed_in(methodologist).post(reverse("plan_move"), keys).context["version"]
    signed_in(centre).post(at("plan_line_edit", lines[0].pk), form_of(lines[0], topic="Олардікі"))
    mine = keys | {"confirmed": "1", "time": "month-9", "version": opened}
    page = signed_in(methodologist).post(reverse("plan_move"), mine)
    assert (page.status_code, [c.kind for c in page.context["changes"]]) == (409, ["changed"])
    assert "Олардікі" in page.content.decode()
    assert not autumn.plan.lines.filter(starts_on__month=9).exists()
    again = mine | {"version": page.context["version"]}
    assert signed_in(methodologist).post(reverse("plan_move"), again).status_code == 302
    assert autumn.plan.lines.filter(starts_on__month=9, topic="Олардікі").count() == 1


def test_who_changes_a_group_after_somebody_else_is_shown_the_difference(
    autumn: SimpleNamespace, centre: Any, methodologist: Any, signed_in: Any, today: dt.date
) -> None:
    lines = [autumn.plan.lines.get(), PlanLineFactory(plan=autumn.plan)]
    group = merge(plan=autumn.plan, lines=lines, name="Топ", values={}, actor=centre, on=today)
    url = at("plan_group", group.pk)
    opened = dict(signed_in(methodologist).get(url).context["hidden"])
    line = PlanLine.objects.get(pk=lines[0].pk)
    signed_in(centre).post(at("plan_line_edit", line.pk), form_of(line, topic="Олардікі"))
    mine = {"name": "Топ", "topic": "Менікі", "form": "course", "kind": "course"}
    mine |= {"area": "profile", "precision": "month", "month": "5", "hours": "36", "cost": "10"}
    page = signed_in(methodologist).post(url, mine | opened)
    assert page.status_code == 409
    assert "Олардікі" in page.content.decode()
    shown = dict(page.context["hidden"])
    assert signed_in(methodologist).post(url, mine | shown).status_code == 302
    assert set(autumn.plan.lines.values_list("topic", flat=True)) == {"Менікі"}


def test_somebody_is_added_by_number(autumn: SimpleNamespace, centre: Any, signed_in: Any) -> None:
    client = signed_in(centre)
    offered = client.get(at("plan_add") + f"?person={autumn.missed.pk}")
    assert autumn.missed.full_name in offered.content.decode()
    typed = form_of(autumn.plan.lines.get()) | {"because": "Керек"}
    wrong = client.post(at("plan_add"), typed | {"person": "жоқ адам"})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"person"})
    client.post(at("plan_add"), typed | {"person": autumn.missed.personnel_number})
    assert PlanLine.objects.get(person=autumn.missed).added_because == "Керек"


# --- approving ------------------------------------------------------------------------------------
def test_the_approver_reads_and_approves_and_is_told_of_changes(
    autumn: SimpleNamespace, centre: Any, methodologist: Any, signed_in: Any
) -> None:
    client = signed_in(centre)
    assert client.post(at("plan_submit")).status_code == 302
    read = client.get(at("plan_approve"))
    seen = read.context["seen"]
    other = signed_in(methodologist)
    assert other.get(at("plan_approve")).status_code == 403
    other.post(at("plan_take_back"))
    line = autumn.plan.lines.get()
    other.post(at("plan_line_edit", line.pk), form_of(line, topic="Ауыстырылған"))
    other.post(at("plan_submit"))
    refused = client.post(at("plan_approve"), {"seen": seen})
    assert refused.status_code == 409
    assert "Ауыстырылған" in refused.content.decode()
    assert PlanVersion.objects.count() == 0
    assert refused.context["seen"] == seen_of(autumn.plan)
    client.post(at("plan_approve"), {"seen": refused.context["seen"]})
    assert PlanVersion.objects.get().number == 1
    page = client.get(at("plan"))
    assert (page.context["may_build"], page.context["bulk_actions"]) == (False, [])


def test_a_plan_with_obstacles_shows_them_and_stays(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    PlanLineFactory(plan=autumn.plan, topic="", hours=None)
    client = signed_in(centre)
    page = client.get(at("plan_submit"))
    assert "still missing" in page.content.decode()
    assert client.post(at("plan_submit")).status_code == 422
    assert Plan.objects.get().state == "draft"


def test_the_approver_returns_it_with_a_remark(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    client = signed_in(centre)
    client.post(at("plan_submit"))
    assert client.post(at("plan_return"), {"reason": ""}).status_code == 422
    client.post(at("plan_return"), {"reason": "Қаржы артық"})
    assert Plan.objects.get().state == "draft"
    for name in ("plan", "plan_checks"):  # whoever changes it reads why, until it goes up again
        page = client.get(at(name)).content.decode()
        assert "Returned with a remark" in page
        assert "Қаржы артық" in page
    client.post(at("plan_submit"))
    client.post(at("plan_take_back"))
    assert "Қаржы артық" not in client.get(at("plan")).content.decode()


def test_a_step_leads_back_to_the_plan_by_its_name(
    autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    page = signed_in(centre).get(at("plan_submit"))
    assert ("Plan of 2027", at("plan")) in page.context["crumbs"]


# --- what it costs --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SECTIONS)
def test_a_page_asks_the_same_number_of_questions(
    name: str, autumn: SimpleNamespace, centre: Any, signed_in: Any, units: SimpleNamespace
) -> None:
    client = signed_in(centre)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(at(name)).status_code == 200
        return len(asked)

    def grow(count: int) -> None:
        PlanLineFactory.create_batch(count, plan=autumn.plan, post__unit=units.other_department)
        RequestLineFactory.create_batch(count, request=autumn.sent)

    grow(5)
    questions()  # caches of content types and the like
    few = questions()
    grow(45)
    assert questions() == few


def test_many_lines_cost_no_more_questions_than_few(
    autumn: SimpleNamespace, centre: Any, signed_in: Any, today: dt.date
) -> None:
    client = signed_in(centre)

    def questions(count: int) -> tuple[int, int]:
        lines = PlanLineFactory.create_batch(count, plan=autumn.plan)
        group = merge(
            plan=autumn.plan, lines=lines, name=str(count), values={}, actor=centre, on=today
        )
        with CaptureQueriesContext(connection) as of_bulk:
            client.post(reverse("plan_move"), {"ids": [line.pk for line in lines]})
        with CaptureQueriesContext(connection) as of_group:
            client.get(at("plan_group", group.pk))
        return len(of_bulk), len(of_group)

    questions(2)  # caches of content types and the like
    assert questions(3) == questions(9)


FILTERS = (
    "covered=open problem=any month=3 group=any quarter=1&funding=grant origin=centre q=медицина "
    "standing=out provider=астана export=xlsx"
)


@pytest.mark.parametrize("query", FILTERS.split())
def test_the_list_is_narrowed_down(
    query: str, autumn: SimpleNamespace, centre: Any, signed_in: Any
) -> None:
    response = signed_in(centre).get(at("plan") + "?" + query)
    assert response.status_code == 200
    if response.streaming:
        assert b"".join(response)

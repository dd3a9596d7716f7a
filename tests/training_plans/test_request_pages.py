"""The pages of requests: the list, one request, its lines in place (clauses 5.3, 5.4)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from staff.domain import standings
from staff.models import Provider
from training_plans.domain import requests
from training_plans.models import PlanningYear, Request, RequestLine
from workflow.saving import version_of

from ..factories import (
    CourseFactory,
    PlanningYearFactory,
    PostFactory,
    RequestFactory,
    RequestLineFactory,
    TrainingRecordFactory,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def year(db: None) -> PlanningYear:
    return PlanningYearFactory()


@pytest.fixture
def request_of(year: PlanningYear, units: SimpleNamespace, head: Any, today: dt.date) -> Request:
    """The department's request: two who fall due, each with a course that fits."""
    TrainingRecordFactory(person=head.person)
    for name in ("Бірінші", "Екінші"):
        person = PostFactory(unit=units.department, person__last_name=name).person
        TrainingRecordFactory(person=person, ends_on=dt.date(2024, 3, 14))
    CourseFactory(title="Терапия: жаңа хаттамалар", hours=72)
    standings.restate_everybody(on=today)
    return requests.begin(planning_year=year, unit=units.department, actor=head, on=today)


@pytest.fixture
def line(request_of: Request) -> RequestLine:
    return request_of.lines.order_by("pk").first()  # type: ignore[return-value]


def url(name: str, thing: Any) -> str:
    return reverse(name, args=[thing.pk])


def terms_of(line: RequestLine, **changes: Any) -> dict[str, Any]:
    """What the form of a line posts."""
    return {
        "topic": line.topic,
        "area": line.area,
        "form": line.form,
        "kind": line.kind,
        "precision": "month",
        "month": "2",
        "hours": "72",
        "provider_name": "Астана медицина университеті",
        "funding": "employer",
        "cost": "60000",
        "importance": "obligatory",
        "version": version_of(line),
    } | changes


# --- the list -----------------------------------------------------------------------------------
def test_the_list_has_every_unit_that_files_also_those_not_begun(
    request_of: Request, units: SimpleNamespace, signed_in: Any, centre: Any, stranger_head: Any
) -> None:
    address = reverse("request_list", args=[2027])
    page = signed_in(centre).get(address)
    rows = {row.record.unit: row.record for row in page.context["table"].rows}
    assert set(rows) >= {units.department, units.other_department}
    mine = rows[units.department]
    assert (mine.state, mine.falling, mine.in_request, mine.money) == ("draft", 2, 2, 120_000)
    assert rows[units.other_department].state == "not_begun"
    page = signed_in(centre).get(address, {"state": "not_begun"})
    assert units.department not in {row.record.unit for row in page.context["table"].rows}
    page = signed_in(centre).get(address, {"late": "yes"})
    assert list(page.context["table"].rows) == []


def test_each_sees_the_units_they_are_in_charge_of_and_the_sum(
    request_of: Request, units: SimpleNamespace, signed_in: Any, head: Any, dean: Any,
    stranger_head: Any,
) -> None:  # fmt: skip
    address = reverse("request_list", args=[2027])
    shown = {
        user.username: {
            row.record.unit for row in signed_in(user).get(address).context["table"].rows
        }
        for user in (head, dean, stranger_head)
    }
    assert shown == {
        "head": {units.department},
        "dean": {units.faculty, units.department, units.other_department},
        "stranger_head": {units.other_department},
    }
    total = signed_in(dean).get(address).context["sum"]
    assert (total["units"], total["money"]) == (3, 120_000)


def test_the_list_as_a_workbook(request_of: Request, signed_in: Any, head: Any) -> None:
    response = signed_in(head).get(reverse("request_list", args=[2027]), {"export": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response))).active
    cells = [value for row in sheet.iter_rows(values_only=True) for value in row]
    assert request_of.unit.name_en in cells
    assert 120_000 in cells


def test_begun_with_one_click_and_led_to_the_one_there_is(
    year: PlanningYear, units: SimpleNamespace, signed_in: Any, head: Any, stranger_head: Any
) -> None:
    address = reverse("request_begin", args=[2027, units.department.pk])
    assert signed_in(stranger_head).post(address).status_code == 403
    first = signed_in(head).post(address)
    second = signed_in(head).post(address)
    assert first["Location"] == second["Location"] == url("request", Request.objects.get())


# --- one request --------------------------------------------------------------------------------
def test_25_people_go_in_four_clicks(
    year: PlanningYear, units: SimpleNamespace, signed_in: Any, head: Any, today: dt.date
) -> None:
    TrainingRecordFactory(person=head.person)
    for _number in range(25):
        person = PostFactory(unit=units.department).person
        TrainingRecordFactory(person=person, ends_on=dt.date(2024, 3, 14))
    CourseFactory(title="Терапия: жаңа хаттамалар", hours=72)
    standings.restate_everybody(on=today)
    client = signed_in(head)
    # «Begin», the number, the date, «Send»: the rest is filled in.
    begun = client.post(reverse("request_begin", args=[2027, units.department.pk]))
    request = Request.objects.get()
    assert begun["Location"] == url("request", request)
    page = client.get(begun["Location"])
    assert (page.context["sheet"].complete, page.context["refusals"]) == (25, [])
    client.post(url("request_send", request), {"minutes_number": "5", "minutes_date": "2026-11-20"})
    request.refresh_from_db()
    assert (request.state, request.number, request.lines.count()) == ("sent", 1, 25)


def test_sending_twice_says_kindly_that_it_was_sent(
    request_of: Request, signed_in: Any, head: Any
) -> None:
    client = signed_in(head)
    typed = {"minutes_number": "5", "minutes_date": "2026-11-20"}
    client.post(url("request_send", request_of), typed)
    page = client.post(url("request_send", request_of), typed, follow=True)
    assert [str(message) for message in page.context["messages"]][-1:] == [
        "This request was sent already: No. 1, 22.11.2026. Nothing is lost."
    ]


def test_what_stands_in_the_way_is_listed_with_links_and_the_button_is_locked(
    request_of: Request, line: RequestLine, signed_in: Any, head: Any
) -> None:
    requests.change_line(line=line, values={"topic": ""}, actor=head, on=dt.date(2026, 11, 22))
    page = signed_in(head).get(url("request", request_of))
    html = page.content.decode()
    assert (
        f'<a href="#line-{line.pk}">{line.person.short_name}: still to be filled in: topic.' in html
    )
    assert 'disabled aria-describedby="request-refusals"' in html


@pytest.mark.parametrize(
    ("role", "sees", "edits", "remarks"),
    [
        ("head", True, True, False),
        ("secretary", True, True, False),
        ("dean", True, False, False),
        ("vicerector", True, False, False),
        ("centre", True, False, True),
        ("methodologist", True, False, True),
        ("hr", True, False, False),
        ("finance", True, False, False),
        ("teacher", False, False, False),
        ("stranger_head", False, False, False),
    ],
)
def test_who_reads_who_changes_who_remarks(
    request_of: Request, signed_in: Any, accounts: Any, role: str, sees: bool, edits: bool,
    remarks: bool,
) -> None:  # fmt: skip
    client = signed_in(accounts[role])
    page = client.get(url("request", request_of))
    assert (page.status_code == 200) == sees
    if not sees:
        return
    assert page.context["may_edit"] == edits
    Request.objects.filter(pk=request_of.pk).update(state="sent", sent_on=dt.date(2026, 11, 10))
    page = client.get(url("request", request_of))
    assert (page.context["may_edit"], page.context["may_remark"]) == (False, remarks)


def test_the_page_costs_the_same_for_3_lines_and_for_25(
    year: PlanningYear, units: SimpleNamespace, signed_in: Any, head: Any
) -> None:
    request = RequestFactory(planning_year=year, unit=units.department)
    client, counts = signed_in(head), []
    client.get(url("request", request))
    for people in (3, 22):
        for _number in range(people):
            RequestLineFactory(request=request, post__unit=units.department)
        with CaptureQueriesContext(connection) as queries:
            client.get(url("request", request))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_whoever_decides_is_led_to_the_next_request_that_waits(
    request_of: Request, year: PlanningYear, units: SimpleNamespace, signed_in: Any, centre: Any
) -> None:
    waiting = RequestFactory(
        planning_year=year,
        unit=units.other_department,
        state="sent",
        sent_on=dt.date(2026, 11, 1),
    )
    page = signed_in(centre).get(url("request", request_of))
    assert page.context["next_waiting"] == waiting


def test_accepted_and_returned_from_the_page(
    request_of: Request, line: RequestLine, signed_in: Any, head: Any, centre: Any
) -> None:
    filer, decider = signed_in(head), signed_in(centre)
    filer.post(
        url("request_send", request_of), {"minutes_number": "5", "minutes_date": "2026-11-20"}
    )
    assert filer.post(url("request_accept", request_of)).status_code == 403
    decider.post(url("request_line_remark", line), {"remark": "Айы кеш"})
    page = decider.get(url("request_return", request_of))
    assert page.context["form"][f"remark-{line.pk}"].value() == "Айы кеш"
    wrong = decider.post(url("request_return", request_of), {"reason": ""})
    assert wrong.status_code == 422
    decider.post(
        url("request_return", request_of),
        {"reason": "Нақтылаңыз", f"remark-{line.pk}": "Айын ауыстырыңыз"},
    )
    html = filer.get(url("request", request_of)).content.decode()
    assert "Нақтылаңыз" in html
    assert html.count("Айын ауыстырыңыз") == 2
    filer.post(url("request_send", request_of))
    decider.post(url("request_accept", request_of))
    request_of.refresh_from_db()
    assert request_of.state == "accepted"
    assert "Айын ауыстырыңыз" not in filer.get(url("request", request_of)).content.decode()


# --- lines --------------------------------------------------------------------------------------
def test_a_line_opens_in_place_and_as_a_page(line: RequestLine, signed_in: Any, head: Any) -> None:
    client = signed_in(head)
    part = client.get(url("request_line", line), headers=HTMX).content.decode()
    assert part.lstrip().startswith(f'<li id="line-{line.pk}" class="line is-open')
    assert "<html" not in part
    assert "<html" in client.get(url("request_line", line)).content.decode()
    closed = client.get(url("request_line", line), {"closed": "1"}, headers=HTMX)
    assert 'name="topic"' not in closed.content.decode()


def test_a_change_is_kept_at_once_and_the_sums_follow(
    line: RequestLine, signed_in: Any, head: Any
) -> None:
    response = signed_in(head).post(
        url("request_line", line), terms_of(line, cost="45000"), headers=HTMX
    )
    html = response.content.decode()
    assert (response.status_code, response["HX-Reswap"]) == (200, "none")
    line.refresh_from_db()
    assert line.cost == 45_000
    assert f'value="{version_of(line)}" id="line-{line.pk}-version"' in html
    assert "105\u00a0000\u00a0₸" in html
    assert 'id="request-summary" hx-swap-oob="true"' in html


def test_what_is_wrong_is_said_beside_the_form_which_is_not_sent_back(
    line: RequestLine, signed_in: Any, head: Any
) -> None:
    response = signed_in(head).post(
        url("request_line", line),
        terms_of(line, cost="-5", provider_name="Жаңа орын"),
        headers=HTMX,
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert 'data-wrong="cost "' in html
    assert "Money cannot be negative. 0 is free." in html
    assert "<form" not in html
    assert not Provider.objects.filter(name="Жаңа орын").exists()


def test_a_stale_line_shows_the_difference_and_lets_one_save_over_it(
    line: RequestLine, signed_in: Any, head: Any
) -> None:
    client, mine = signed_in(head), terms_of(line, topic="Менікі")
    requests.change_line(
        line=line, values={"topic": "Әріптестікі"}, actor=head, on=dt.date(2026, 11, 22)
    )
    response = client.post(url("request_line", line), mine, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Әріптестікі" in html
    newest = version_of(line)
    assert f'name="over" value="{newest}"' in html
    assert client.post(url("request_line", line), mine, headers=HTMX).status_code == 409
    client.post(url("request_line", line), mine | {"over": newest}, headers=HTMX)
    line.refresh_from_db()
    assert line.topic == "Менікі"


def test_without_scripts_a_line_is_saved_by_its_button(
    line: RequestLine, signed_in: Any, head: Any
) -> None:
    client = signed_in(head)
    response = client.post(url("request_line", line), terms_of(line, topic="Басқа"))
    assert response["Location"] == f"{url('request', line.request)}#line-{line.pk}"
    stale = client.post(url("request_line", line), terms_of(line, topic="Үшінші", version=1))
    assert stale.status_code == 409
    assert "Басқа" in stale.content.decode()


def test_a_suggestion_fills_the_line_with_one_click(
    line: RequestLine, signed_in: Any, head: Any
) -> None:
    course = CourseFactory(title="Терапия әліппесі", price=0)
    client = signed_in(head)
    part = client.get(url("request_line", line), headers=HTMX).content.decode()
    assert f'value="course-{course.pk}"' in part
    taken = client.post(
        url("request_line_suggestion", line),
        {"key": f"course-{course.pk}", "version": version_of(line), "open": "1"},
        headers=HTMX,
    )
    assert 'name="topic"' in taken.content.decode()
    line.refresh_from_db()
    assert (line.course, line.cost) == (course, 0)
    gone = client.post(
        url("request_line_suggestion", line),
        {"key": "course-0", "version": version_of(line)},
        headers=HTMX,
    )
    assert gone.status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "request_line",
        "request_line_suggestion",
        "request_line_leave_out",
        "request_line_take_in",
        "request_line_remark",
    ],
)
@pytest.mark.parametrize("role", ["stranger_head", "dean", "hr"])
def test_lines_are_changed_by_nobody_else(
    line: RequestLine, signed_in: Any, accounts: Any, role: str, name: str
) -> None:
    response = signed_in(accounts[role]).post(url(name, line), {"topic": "X", "remark": "X"})
    assert response.status_code == (404 if role == "stranger_head" else 403)
    line.refresh_from_db()
    assert (line.topic, line.remark) == ("Терапия: жаңа хаттамалар", "")


def test_left_out_with_a_reason_seen_by_the_centre_and_back_again(
    line: RequestLine, signed_in: Any, head: Any, hr: Any, centre: Any
) -> None:
    client = signed_in(head)
    assert client.post(url("request_line_leave_out", line), {"reason": ""}).status_code == 422
    client.post(url("request_line_leave_out", line), {"reason": "Зейнетке шығады"})
    for reader in (centre, hr):
        html = signed_in(reader).get(url("request", line.request)).content.decode()
        assert "Зейнетке шығады" in html
    client.post(url("request_line_take_in", line))
    line.refresh_from_db()
    assert line.left_out is False


def test_a_colleague_is_found_and_a_stranger_is_not(
    request_of: Request, units: SimpleNamespace, signed_in: Any, head: Any
) -> None:
    colleague = PostFactory(unit=units.section, person__last_name="Табылғанова").person
    stranger = PostFactory(unit=units.other_department, person__last_name="Бөтенова").person
    client = signed_in(head)
    offered = client.get(url("request_people", request_of), {"person": "ова"}).content.decode()
    assert colleague.full_name in offered
    assert stranger.full_name not in offered
    wrong = client.post(
        url("request_person_add", request_of),
        {"person": stranger.personnel_number, "because": "Керек"},
    )
    assert "Nobody of your unit is found by" in wrong.content.decode()
    client.post(
        url("request_person_add", request_of),
        {"person": f"{colleague.personnel_number} · {colleague.full_name}", "because": "Жаңа пән"},
    )
    assert request_of.lines.filter(person=colleague).get().added_because == "Жаңа пән"
    assert request_of.lines.filter(person=stranger).count() == 0


def version_of_page(page: Any) -> str:
    """What a form about several lines carries."""
    return str(dict(page.context["hidden"])["version"])


def test_one_training_for_several(request_of: Request, signed_in: Any, head: Any) -> None:
    client = signed_in(head)
    course = CourseFactory(title="Терапия әліппесі", price=0)
    keys = list(request_of.lines.values_list("pk", flat=True))
    address = url("request_many", request_of)
    page = client.get(address, {"ids": keys})
    assert [(s.key, count) for s, count in page.context["offered"]][-1][1] == 2
    client.post(
        address, {"ids": keys, "key": f"course-{course.pk}", "version": version_of_page(page)}
    )
    assert set(request_of.lines.values_list("topic", "cost")) == {("Терапия әліппесі", Decimal(0))}
    typed = {"topic": "Ортақ тақырып", "cost": "500", "funding": "grant"}
    chosen = {"form": "course", "kind": "course", "precision": "month"}
    again = client.get(address, {"ids": keys})
    client.post(address, {"ids": keys, "version": version_of_page(again)} | typed | chosen)
    assert set(request_of.lines.values_list("topic", "cost", "funding")) == {
        ("Ортақ тақырып", Decimal(500), "grant")
    }
    assert client.get(address).status_code == 302


def test_minutes_are_kept_as_they_are_typed(request_of: Request, signed_in: Any, head: Any) -> None:
    client: Client = signed_in(head)
    kept = client.post(
        url("request_minutes", request_of),
        {"minutes_number": "7", "minutes_date": "2026-11-20"},
        headers=HTMX,
    )
    assert kept.status_code == 200
    wrong = client.post(
        url("request_minutes", request_of),
        {"minutes_number": "7", "minutes_date": "2026-12-20"},
        headers=HTMX,
    )
    assert wrong.status_code == 422
    assert "still to come" in wrong.content.decode()
    request_of.refresh_from_db()
    assert (request_of.minutes_number, request_of.minutes_date) == ("7", dt.date(2026, 11, 20))


def test_newcomers_are_named_and_added_by_a_button(
    request_of: Request, units: SimpleNamespace, signed_in: Any, head: Any, today: dt.date
) -> None:
    person = PostFactory(unit=units.department, person__last_name="Кешіккенова").person
    TrainingRecordFactory(person=person, ends_on=dt.date(2024, 5, 31))
    standings.restate_everybody(on=today)
    client = signed_in(head)
    assert person.short_name in client.get(url("request", request_of)).content.decode()
    client.post(url("request_refresh", request_of))
    assert request_of.lines.filter(person=person).count() == 1


def test_an_empty_request_is_sent_with_the_statement(
    year: PlanningYear, units: SimpleNamespace, signed_in: Any, head: Any, today: dt.date
) -> None:
    TrainingRecordFactory(person=head.person)
    standings.restate_everybody(on=today)
    client = signed_in(head)
    client.post(reverse("request_begin", args=[2027, units.department.pk]))
    request = Request.objects.get()
    typed = {"minutes_number": "5", "minutes_date": "2026-11-20"}
    page = client.get(url("request", request)).content.decode()
    assert "Nobody is to be trained in 2027" in page
    client.post(url("request_send", request), typed)
    request.refresh_from_db()
    assert (request.state, request.minutes_number) == ("draft", "5")
    client.post(url("request_send", request), typed | {"nobody": "1"})
    request.refresh_from_db()
    assert request.state == "sent"


def test_a_suggestion_can_be_taken_after_the_open_line_was_kept(
    line: RequestLine, signed_in: Any, head: Any
) -> None:
    """The suggestions beside the form get the new version with the form's answer."""
    CourseFactory(title="Терапия: тағы бір курс", hours=72)
    page = signed_in(head)
    opened = page.get(url("request_line", line), headers=HTMX).content.decode()
    typed = terms_of(line, justification="Жаңа пән", offered="1")
    kept = page.post(url("request_line", line), typed, headers=HTMX).content.decode()

    line.refresh_from_db()
    place = f'value="{version_of(line)}" id="line-{line.pk}-version-2"'
    assert 'name="offered"' in opened
    assert (place in opened, place in kept) == (False, True)


def test_the_open_line_shows_whole_amounts(line: RequestLine, signed_in: Any, head: Any) -> None:
    RequestLine.objects.filter(pk=line.pk).update(hours=Decimal("72.0"), cost=Decimal("60000.00"))
    form = signed_in(head).get(url("request_line", line), headers=HTMX).context["form"]
    assert (form["hours"].value(), form["cost"].value()) == (72, 60000)

"""The lists of people, units, records: who is found, in what order, at what cost, as a file."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from staff.domain import standings
from staff.models import Person, Post

from ..factories import (
    DeadlineExtensionFactory,
    PersonFactory,
    PostFactory,
    TrainingRecordFactory,
    UnitFactory,
)

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db


def names(response: Any) -> list[str]:
    return [row.record.last_name for row in response.context["table"].rows]


def listed(client: Client, url_name: str = "person_list", **query: Any) -> Any:
    response = client.get(reverse(url_name), query)
    assert response.status_code == 200
    return response


def workbook_of(response: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active


def header_row(sheet: Any) -> int:
    return int(sheet.freeze_panes[1:]) - 1


def employ(unit: Any, *last_names: str, **post: Any) -> list[Person]:
    people = []
    for last_name in last_names:
        person = PersonFactory(last_name=last_name)
        PostFactory(person=person, unit=unit, **post)
        people.append(person)
    return people


def restate(today: dt.date) -> None:
    standings.restate_everybody(on=today)


# --- finding ----------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["әлиева", "ӘЛИЕВА", "алиева", "Aлиева", "  Әлиева ", "лиев"])
def test_a_name_is_found_however_it_is_typed(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, typed: str
) -> None:
    employ(units.department, "Әлиева", "Бекова")

    assert names(listed(signed_in(hr), q=typed)) == ["Әлиева"]


def test_words_may_stand_in_any_order_and_numbers_are_found(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    person = PersonFactory(last_name="Әлиева", first_name="Мәдина", personnel_number="10777")
    PostFactory(person=person, unit=units.department)
    client = signed_in(hr)

    assert names(listed(client, q="мадина алиева")) == ["Әлиева"]
    assert names(listed(client, q="10777")) == ["Әлиева"]
    assert names(listed(client, q="алиева бакыт")) == []


def test_people_stand_in_kazakh_order(signed_in: SignIn, hr: Any, units: SimpleNamespace) -> None:
    alphabetical = ["Абаева", "Әбенова", "Бекова", "Ғалиева", "Досова", "Қасымова", "Өмірова"]
    employ(units.department, *reversed(alphabetical))
    client = signed_in(hr)

    found = names(listed(client, unit="D-001"))
    assert found == alphabetical
    assert names(listed(client, unit="D-001", sort="-name")) == alphabetical[::-1]


def test_a_unit_means_everything_below_it_and_may_be_named_by_key(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    employ(units.department, "Бекова")
    employ(units.section, "Досова")
    employ(units.other_department, "Ғалиева")
    client = signed_in(hr)

    assert names(listed(client, unit="D-001")) == ["Бекова", "Досова"]
    assert names(listed(client, unit=units.section.pk)) == ["Досова"]
    assert names(listed(client, unit="F-001")) == ["Бекова", "Ғалиева", "Досова"]


def test_unit_and_category_speak_of_one_post(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    (person,) = employ(units.department, "Бекова")
    PostFactory(person=person, unit=units.other_department, researcher=True, second=True)
    client = signed_in(hr)

    assert names(listed(client, unit="D-001", category="researcher")) == []
    assert names(listed(client, unit="D-002", category="researcher")) == ["Бекова"]


def test_who_is_employed_today_unless_asked_otherwise(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    employ(units.department, "Бекова")
    gone = PersonFactory(last_name="Ғалиева", left=True)
    PostFactory(person=gone, unit=units.department, ended=True)
    PersonFactory(last_name="Досова")
    client = signed_in(hr)

    assert "Ғалиева" not in names(listed(client))
    assert names(listed(client, unit="D-001")) == ["Бекова"]
    assert names(listed(client, employed="left")) == ["Ғалиева"]
    assert names(listed(client, employed="without_post")) == ["Досова"]
    assert names(listed(client, unit="D-001", employed="all")) == ["Бекова", "Ғалиева"]


def test_state_requirement_and_due_date_speak_of_one_standing(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, today: dt.date
) -> None:
    (overdue,) = employ(units.department, "Бекова")
    (fine,) = employ(units.department, "Ғалиева")
    TrainingRecordFactory(person=fine)
    (exempt,) = employ(units.department, "Досова")
    DeadlineExtensionFactory(person=exempt, running=True)
    restate(today)
    client = signed_in(hr)

    assert names(listed(client, unit="D-001", state="overdue")) == ["Бекова"]
    assert names(listed(client, unit="D-001", state=["overdue", "exempt"])) == ["Бекова", "Досова"]
    assert names(listed(client, unit="D-001", state="overdue", requirement="general")) == []
    assert names(listed(client, unit="D-001", due_from="2027-01-01")) == ["Ғалиева"]
    assert overdue.pk != exempt.pk


def test_leaders_and_health_care(signed_in: SignIn, hr: Any, units: SimpleNamespace) -> None:
    employ(units.department, "Бекова", health_care=True)
    employ(units.department, "Ғалиева", leader=True)
    client = signed_in(hr)

    assert names(listed(client, unit="D-001", leader="yes")) == ["Ғалиева"]
    assert names(listed(client, unit="D-001", leader="no")) == ["Бекова"]
    assert names(listed(client, unit="D-001", health_care="yes")) == ["Бекова"]


def test_a_date_that_is_none_restricts_nothing_and_is_reported(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    employ(units.department, "Бекова")
    response = listed(signed_in(hr), unit="D-001", due_from="yesterday")

    assert names(response) == ["Бекова"]
    assert "due_from" in response.context["filter"].form.errors
    assert response.context["filter"].more_wrong is True


def test_nothing_found_says_so_and_leads_out(signed_in: SignIn, hr: Any) -> None:
    response = listed(signed_in(hr), q="Жоқадам")

    assert response.context["count"] == 0
    assert "Nothing fits these filters." in response.content.decode()
    assert f'href="{reverse("person_list")}"' in response.content.decode()


def test_what_restricts_the_list_stands_above_it_and_can_be_taken_away(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    employ(units.department, "Бекова")
    response = listed(signed_in(hr), q="бек", unit="D-001", sort="-name")
    restrictions = {r.name: r for r in response.context["restrictions"]}

    assert set(restrictions) == {"q", "unit"}
    assert restrictions["q"].words == "«бек»"
    assert restrictions["unit"].words == units.department.name_en
    assert restrictions["q"].url_without == "/people/?unit=D-001&sort=-name"


# --- pages, columns ---------------------------------------------------------------------------
def test_pages_have_fifty_rows_or_as_many_as_chosen(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    for number in range(59):
        employ(units.department, f"Бекова{number:02d}")
    client = signed_in(hr)

    assert len(names(listed(client))) == 50
    assert len(names(listed(client, page=2))) == 10
    assert len(names(listed(client, per_page=25))) == 25
    assert len(names(listed(client, per_page=7))) == 50
    assert names(listed(client, page=99)) == names(listed(client, page=2))
    assert listed(client).context["count_in_words"] == "60 found"
    everybody = names(listed(client)) + names(listed(client, page=2))
    assert len(set(everybody)) == 60


def test_columns_are_chosen_in_the_url_and_remembered(signed_in: SignIn, hr: Any) -> None:
    client = signed_in(hr)
    usual = list(listed(client).context["table"].columns.names())
    chosen = listed(client, columns=["name", "phone"])

    assert list(chosen.context["table"].columns.names()) == ["name", "phone"]
    assert list(listed(client).context["table"].columns.names()) == ["name", "phone"]
    assert list(listed(client, columns="due_on").context["table"].columns.names()) == [
        "name",
        "due_on",
    ]
    assert list(listed(client, columns="default").context["table"].columns.names()) == usual
    assert list(listed(client).context["table"].columns.names()) == usual


def test_the_iin_is_a_column_for_hr_alone(
    signed_in: SignIn, hr: Any, head: Any, units: SimpleNamespace
) -> None:
    (person,) = employ(units.department, "Бекова")
    for_hr = listed(signed_in(hr), columns="iin")
    for_head = listed(signed_in(head), columns="iin")

    assert person.iin in for_hr.content.decode()
    assert person.iin not in for_head.content.decode()
    assert "iin" not in for_head.context["table"].columns.names()
    exported = signed_in(head).get(reverse("person_list"), {"columns": "iin", "export": "xlsx"})
    cells = [cell for row in workbook_of(exported).iter_rows(values_only=True) for cell in row]
    assert person.iin not in cells


def test_an_unknown_column_or_order_is_ignored(signed_in: SignIn, hr: Any) -> None:
    response = listed(signed_in(hr), columns="password", sort="password")

    assert list(response.context["table"].columns.names()) == ["name"]


# --- cost -------------------------------------------------------------------------------------
def cost(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


LISTS = [
    "/people/",
    "/people/?sort=unit",
    "/people/?sort=-due_on",
    "/people/?state=overdue&requirement=university_teacher&q=а",
    "/units/",
    "/units/?sort=-overdue",
    "/records/",
    "/records/?q=а&sort=person",
    "/compliance/list/",
    "/compliance/list/?sort=-decisive&state=overdue",
]


@pytest.mark.parametrize("url", LISTS)
def test_a_list_costs_the_same_with_one_row_and_with_more(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, today: dt.date, url: str
) -> None:
    def more(*last_names: str) -> None:
        for person in employ(units.department, *last_names):
            PostFactory(person=person, unit=units.section, second=True, college_teacher=True)
            TrainingRecordFactory(person=person, short=True)
        restate(today)

    more("Абаева")
    client = signed_in(hr)
    client.get(url)
    before = cost(client, url)
    more("Бекова", "Ғалиева", "Досова")

    assert cost(client, url) == before
    assert before <= 15


@pytest.mark.parametrize("url", LISTS)
def test_a_head_of_unit_pays_little_more(
    signed_in: SignIn, head: Any, units: SimpleNamespace, today: dt.date, url: str
) -> None:
    employ(units.department, "Абаева", "Бекова")
    restate(today)
    client = signed_in(head)
    client.get(url)

    assert cost(client, url) <= 15


# --- who sees whom ----------------------------------------------------------------------------
def test_a_head_sees_the_unit_and_below_and_nobody_else(
    signed_in: SignIn, head: Any, stranger_head: Any, units: SimpleNamespace
) -> None:
    employ(units.department, "Бекова")
    employ(units.section, "Досова")
    employ(units.other_department, "Ғалиева")

    assert {"Бекова", "Досова"} <= set(names(listed(signed_in(head))))
    assert "Ғалиева" not in names(listed(signed_in(head)))
    assert "Бекова" not in names(listed(signed_in(stranger_head)))
    assert "Ғалиева" in names(listed(signed_in(stranger_head)))
    # Naming the unit in the URL opens nothing.
    assert names(listed(signed_in(stranger_head), unit="D-001")) == names(
        listed(signed_in(stranger_head))
    )


@pytest.mark.parametrize("url_name", ["person_list", "unit_list", "record_list", "compliance_list"])
def test_lists_are_not_for_those_who_watch_nobody(
    signed_in: SignIn, teacher: Any, stranger: Any, url_name: str
) -> None:
    for user in (teacher, stranger):
        assert signed_in(user).get(reverse(url_name)).status_code == 403
        assert signed_in(user).get(reverse(url_name), {"export": "xlsx"}).status_code == 403
    assert signed_in(None).get(reverse(url_name)).status_code == 302


# --- workbooks --------------------------------------------------------------------------------
def test_the_whole_filtered_list_goes_into_the_workbook(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, today: dt.date
) -> None:
    for number in range(55):
        employ(units.department, f"Бекова{number:02d}")
    (dangerous,) = employ(units.department, '=HYPERLINK("http://example.kz")')
    restate(today)
    client = signed_in(hr)

    response = client.get(
        reverse("person_list"),
        {"unit": "D-001", "export": "xlsx", "columns": "personnel_number,due_on,hired_on,state"},
    )
    sheet = workbook_of(response)
    head = header_row(sheet)
    rows = list(sheet.iter_rows(min_row=head + 1, values_only=True))

    assert response["Content-Type"].startswith("application/vnd.openxmlformats")
    assert 'filename="person_list-2026-11-22.xlsx"' in response["Content-Disposition"]
    assert "filename*=UTF-8''Employees%202026-11-22.xlsx" in response["Content-Disposition"]
    assert [cell.value for cell in sheet[head]] == [
        "Employee",
        "Personnel number",
        "State",
        "Due",
        "Hired on",
    ]
    lines = [sheet.cell(row, 1).value for row in range(1, head)]
    assert lines[0] == "Employees"
    assert "Unit: " + units.department.name_en in lines
    assert "Employed: today" in lines
    assert len(rows) == 56
    first = next(row for row in rows if row[0].startswith("Бекова00"))
    assert first[2:] == ("overdue", dt.datetime(2023, 9, 1), dt.datetime(2020, 9, 1))
    place = next(r for r in range(head, sheet.max_row + 1) if str(sheet.cell(r, 1).value)[0] == "=")
    assert sheet.cell(place, 1).data_type == "s"
    assert dangerous.personnel_number == sheet.cell(place, 2).value


def test_the_workbook_speaks_the_language_of_the_page(signed_in: SignIn, hr: Any) -> None:
    hr.language = "ru"
    hr.save()
    sheet = workbook_of(signed_in(hr).get(reverse("person_list"), {"export": "xlsx"}))

    with translation.override("ru"):
        assert sheet.title == gettext("Employees")
        assert sheet.cell(header_row(sheet), 2).value == gettext("Personnel number")


def test_chosen_rows_alone_can_be_exported(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, stranger_head: Any
) -> None:
    first, second, third = employ(units.department, "Абаева", "Бекова", "Ғалиева")
    chosen = {"export": "chosen", "ids": [first.pk, third.pk, "x"]}
    sheet = workbook_of(signed_in(hr).post(reverse("person_list"), chosen))
    found = [
        row[0].split()[0]
        for row in sheet.iter_rows(min_row=header_row(sheet) + 1, values_only=True)
    ]

    assert found == ["Абаева", "Ғалиева"]
    # A head of another unit gets nothing by naming keys.
    sheet = workbook_of(signed_in(stranger_head).post(reverse("person_list"), chosen))
    assert sheet.max_row == header_row(sheet)
    assert second.pk not in (first.pk, third.pk)


def test_the_workbook_is_bounded(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interface.lists.EXPORT_MAX_ROWS", 2)
    employ(units.department, "Абаева", "Бекова", "Ғалиева")
    sheet = workbook_of(signed_in(hr).get(reverse("person_list"), {"export": "xlsx"}))

    assert sheet.max_row == header_row(sheet) + 4
    assert "2" in str(sheet.cell(sheet.max_row, 1).value)


def test_export_costs_a_constant_number_of_queries_a_chunk(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, today: dt.date
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(reverse("compliance_list"), {"export": "xlsx"})
            b"".join(response.streaming_content)
        return len(queries)

    client = signed_in(hr)
    employ(units.department, "Абаева")
    restate(today)
    count()
    before = count()
    employ(units.department, "Бекова", "Ғалиева")
    restate(today)

    assert count() == before


def test_print_shows_all_rows_without_pages(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        employ(units.department, f"Бекова{number:02d}")
    client = signed_in(hr)

    assert len(names(listed(client, view="print"))) == 61
    monkeypatch.setattr("interface.lists.PRINT_MAX_ROWS", 10)
    cut = listed(client, view="print")
    assert len(names(cut)) == 10
    assert cut.context["was_cut"] is True


# --- bulk -------------------------------------------------------------------------------------
def test_health_care_is_set_for_the_chosen(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    first, second = employ(units.department, "Абаева", "Бекова")
    client = signed_in(hr)
    url = reverse("people_health_care")
    back = reverse("person_list") + "?unit=D-001"

    response = client.post(url, {"ids": [first.pk], "value": "1", "next": back})

    assert response["Location"] == back
    assert list(Post.objects.filter(health_care=True).values_list("person", flat=True)) == [
        first.pk
    ]
    assert Post.history.filter(health_care=True).get().history_user == hr
    client.post(url, {"ids": [first.pk, second.pk], "value": "0", "next": "https://evil.example/"})
    assert Post.objects.filter(health_care=True).count() == 0


def test_only_hr_may_and_only_by_post(
    signed_in: SignIn, hr: Any, head: Any, units: SimpleNamespace
) -> None:
    (person,) = employ(units.department, "Абаева")
    url = reverse("people_health_care")

    assert signed_in(head).post(url, {"ids": [person.pk], "value": "1"}).status_code == 403
    assert signed_in(hr).get(url).headers["Location"] == "/"
    assert Post.objects.filter(health_care=True).exists() is False


# --- units and records ------------------------------------------------------------------------
def unit_rows(response: Any) -> list[tuple[str, int, int]]:
    return [
        (row.record.code, row.record.headcount, row.record.overdue)
        for row in response.context["table"].rows
    ]


def test_units_stand_as_a_tree_with_the_figures_of_everything_below(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, today: dt.date
) -> None:
    (both,) = employ(units.department, "Абаева")
    PostFactory(person=both, unit=units.other_department, second=True, college_teacher=True)
    PostFactory(person=both, unit=units.department, second=True, position="Ассистент")
    employ(units.section, "Бекова")
    restate(today)

    # HR's own person works in the directorate; one person in two departments counts once above.
    assert unit_rows(listed(signed_in(hr), "unit_list")) == [
        ("A-001", 3, 4),
        ("B-001", 1, 1),
        ("F-001", 2, 3),
        ("D-001", 2, 2),
        ("S-001", 1, 1),
        ("D-002", 1, 1),
    ]


def test_a_head_sees_the_own_part_of_the_tree(
    signed_in: SignIn, head: Any, units: SimpleNamespace
) -> None:
    codes = [row[0] for row in unit_rows(listed(signed_in(head), "unit_list"))]

    assert codes == ["D-001", "S-001"]


def test_closed_units_are_listed_when_asked_for(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    UnitFactory(code="X-001", parent=units.academy, closed=True)
    client = signed_in(hr)

    assert "X-001" not in [row[0] for row in unit_rows(listed(client, "unit_list"))]
    assert [row[0] for row in unit_rows(listed(client, "unit_list", status="closed"))] == ["X-001"]


def test_units_sort_by_what_is_chosen(
    signed_in: SignIn, hr: Any, units: SimpleNamespace, today: dt.date
) -> None:
    employ(units.section, "Бекова", "Досова")
    restate(today)

    first = unit_rows(listed(signed_in(hr), "unit_list", sort="-headcount"))[0]
    assert first[:2] == ("A-001", 3)
    by_head = listed(signed_in(hr), "unit_list", sort="head")
    assert len(unit_rows(by_head)) == 6


def titles(response: Any) -> list[str]:
    return [row.record.title for row in response.context["table"].rows]


def test_records_are_found_by_person_topic_and_document(
    signed_in: SignIn, hr: Any, units: SimpleNamespace
) -> None:
    (person,) = employ(units.department, "Әлиева")
    wanted = TrainingRecordFactory(person=person, title="Дәлелді медицина", document_number="№ 77")
    other = PersonFactory(last_name="Бекова")
    TrainingRecordFactory(person=other, title="Басқа тақырып", ends_on=dt.date(2026, 7, 1))
    client = signed_in(hr)

    for typed in ("алиева", "далелді", "дәлелді алиева", "77"):
        assert titles(listed(client, "record_list", q=typed)) == [wanted.title]
    assert titles(listed(client, "record_list", unit="D-001")) == [wanted.title]
    assert titles(listed(client, "record_list", ended_from="2026-07-01")) == ["Басқа тақырып"]
    assert titles(listed(client, "record_list", ended_to="2026-06-30")) == [wanted.title]
    assert titles(listed(client, "record_list", document="yes")) == []
    assert len(titles(listed(client, "record_list", document="no"))) == 2
    assert titles(listed(client, "record_list", area="digital")) == []


def test_records_of_others_are_not_listed(
    signed_in: SignIn, head: Any, stranger_head: Any, units: SimpleNamespace
) -> None:
    (person,) = employ(units.section, "Әлиева")
    record = TrainingRecordFactory(person=person)

    assert titles(listed(signed_in(head), "record_list")) == [record.title]
    assert titles(listed(signed_in(stranger_head), "record_list")) == []

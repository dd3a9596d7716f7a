"""The registry from Excel: every rule of contracts.md, «Staff workbook»."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from staff.models import ImportRun, Person, Post, Standing, Unit

from ..commands import Answer, run
from ..conftest import TODAY
from ..factories import PersonFactory, PostFactory, UnitFactory, made_iin
from ..workbooks import written

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)

HEADINGS = {
    "number": "Табельдік №",
    "iin": "ЖСН",
    "last": "Тегі",
    "first": "Аты",
    "patronymic": "Әкесінің аты",
    "unit": "Бөлімше",
    "position": "Лауазымы",
    "category": "Санаты",
    "leader": "Басшы",
    "hired": "Жұмысқа қабылданған күні",
    "left": "Босатылған күні",
    "code": "Бөлімше коды",
    "appointed": "Тағайындалған күні",
    "share": "Ставка",
    "kind": "Жұмыс түрі",
    "email": "E-mail",
    "phone": "Телефон",
    "degree": "Ғылыми дәрежесі",
    "title": "Ғылыми атағы",
    "born": "Туған күні",
}
USUAL = {
    "number": "1001",
    "iin": made_iin(1),
    "last": "Әлиева",
    "first": "Айгүл",
    "patronymic": "Серікқызы",
    "unit": "Терапия кафедрасы",
    "position": "доцент",
    "category": "ПОҚ",
    "leader": "",
    "hired": "01.09.2020",
    "left": "",
}


def person_row(which: int = 1, /, **changes: Any) -> dict[str, Any]:
    """A right row of one of several people."""
    return USUAL | {"number": f"{1000 + which}", "iin": made_iin(which)} | changes


Bring = Callable[..., Answer]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """``bring({...}, {...}, options=["--dry-run"])`` imports rows given as dictionaries."""

    def bring_rows(*rows: dict[str, Any], options: tuple[str, ...] = ()) -> Answer:
        columns = [name for name in HEADINGS if any(name in row for row in rows)]
        path = written(
            tmp_path,
            [HEADINGS[name] for name in columns],
            [[row.get(name, "") for name in columns] for row in rows],
            "staff.xlsx",
        )
        return run("import_staff", path, *options)

    return bring_rows


def counts(answer: Answer) -> tuple[int, int, int, int]:
    """new, changed, unchanged, rejected"""
    [line] = [line for line in answer.out.splitlines() if line.startswith("new: ")]
    return tuple(int(part.split(": ")[1]) for part in line.split(", "))  # type: ignore[return-value]


def notices(answer: Answer) -> list[str]:
    return [line for line in answer.out.splitlines() if "notice: " in line]


# --- somebody new -------------------------------------------------------------------------------
def test_a_new_person_with_unit_and_post(bring):
    answer = bring(
        person_row(
            share="0,5",
            email=" Aliya@Example.KZ ",
            phone="+7 701 000 00 00",
            degree="м.ғ.к.",
            title="доцент",
        )
    )
    assert (answer.code, counts(answer)) == (0, (1, 0, 0, 0))
    person = Person.objects.get()
    assert (person.personnel_number, person.iin) == ("1001", made_iin(1))
    assert person.full_name == "Әлиева Айгүл Серікқызы"
    assert (person.email, person.phone) == ("aliya@example.kz", "+7 701 000 00 00")
    assert (person.degree, person.academic_title) == ("м.ғ.к.", "доцент")
    assert (person.hired_on, person.left_on) == (dt.date(2020, 9, 1), None)
    post = Post.objects.get()
    assert (post.person, post.position, post.category) == (person, "доцент", "university_teacher")
    assert (post.starts_on, post.ends_on, post.is_leader) == (dt.date(2020, 9, 1), None, False)
    assert (post.share, post.kind) == (Decimal("0.50"), "main")
    assert Person.objects.matching("алиева").get() == person
    assert Standing.objects.on(TODAY).get().state == "overdue"


def test_history_says_that_an_import_did_it(bring):
    bring(person_row())
    for model in (Person, Post, Unit):
        [entry] = model.history.all()
        assert entry.history_type == "+"
        assert entry.history_change_reason == f"import {ImportRun.objects.get().pk}"


def test_a_post_imported_for_the_first_time_begins_on_the_day_of_hiring(bring):
    bring(person_row(appointed="01.02.2024"))
    assert Post.objects.get().starts_on == dt.date(2020, 9, 1)


def test_who_left_comes_in_with_an_ended_post(bring):
    bring(person_row(left="30.06.2026"))
    assert Person.objects.get().left_on == dt.date(2026, 6, 30)
    assert Post.objects.get().ends_on == dt.date(2026, 6, 30)
    assert Standing.objects.on(TODAY).count() == 0


@pytest.mark.parametrize("column", ["number", "iin"])
def test_a_personnel_number_or_an_iin_is_enough(bring, column):
    row = person_row()
    row[column] = ""
    answer = bring(row)
    assert answer.code == 0
    assert bring(row).out.splitlines()[-1] == "new: 0, changed: 0, unchanged: 1, rejected: 0"
    assert Person.objects.count() == 1


def test_neither_number_nor_iin_is_an_error(bring):
    answer = bring(person_row(number="", iin=""))
    assert (answer.code, answer.rows_with_errors) == (1, [2])


def test_a_number_known_by_iin_so_far_is_taken_from_the_file(bring):
    bring(person_row(number=""))
    answer = bring(person_row())
    assert counts(answer) == (0, 1, 0, 0)
    assert Person.objects.get().personnel_number == "1001"


# --- names, numbers, flags ----------------------------------------------------------------------
def test_look_alikes_capitals_and_spaces_are_mended(bring):
    bring(person_row(last="  ӘЛИЕВA ", first="Aйгүл", patronymic="сepікқызы"))
    assert Person.objects.get().full_name == "Әлиева Айгүл Серікқызы"


def test_an_iin_with_lost_zeros(bring):
    full = "000629340544"
    bring(person_row(iin=629340544))
    assert Person.objects.get().iin == full


def test_headings_may_be_russian_or_english_in_any_order(tmp_path):
    header = ["Hired on", "Ф.И.О.", "Category", "Подразделение", "Position", "Personnel number"]
    row = ["2020-09-01", "ӘЛИЕВА АЙГҮЛ СЕРІКҚЫЗЫ", "teacher", "Кафедра терапии", "docent", 1001.0]
    assert run("import_staff", written(tmp_path, header, [row])).code == 0
    person = Person.objects.get()
    assert (person.full_name, person.personnel_number) == ("Әлиева Айгүл Серікқызы", "1001")


def test_unknown_columns_are_named_and_ignored(tmp_path):
    header = [*(HEADINGS[name] for name in USUAL), "Туған жері"]
    answer = run("import_staff", written(tmp_path, header, [[*USUAL.values(), "Шымкент"]]))
    assert answer.code == 0
    assert any("Туған жері" in line for line in answer.out.splitlines())


@pytest.mark.parametrize("word", ["иә", "да", "yes", "+", 1])
def test_the_leader_flag(bring, word):
    bring(person_row(category="ӘБП", leader=word))
    assert Post.objects.get().is_leader is True
    assert Unit.objects.get().head is None
    assert [row.requirement.code for row in Standing.objects.on(TODAY)] == ["administrative_leader"]


def test_a_persons_name_in_the_leader_column_is_no_flag_but_a_notice(bring):
    answer = bring(person_row(leader="Сейітов Б.К."))
    assert answer.code == 0
    assert Post.objects.get().is_leader is False
    assert [line.startswith("row 2, Басшы, «Сейітов Б.К.»") for line in notices(answer)] == [True]


# --- errors and notices -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("last", ""),
        ("first", ""),
        ("unit", ""),
        ("position", ""),
        ("category", ""),
        ("category", "космонавт"),
        ("hired", ""),
        ("hired", "болашақта"),
        ("hired", "31.02.2024"),
        ("left", "31.08.2020"),
        ("left", "кеше"),
        ("iin", "123456789012"),
        ("iin", "12345"),
        ("iin", "жоқ"),
        ("appointed", "32.01.2026"),
        ("share", "көп"),
        ("kind", "кейде"),
        ("email", "пошта"),
        ("last", "Ә" * 81),
        ("position", "д" * 201),
        ("number", "1" * 21),
    ],
)
def test_errors_name_row_column_and_value_and_nothing_is_written(bring, column, value):
    answer = bring(person_row(1), person_row(2, **{column: value}))
    assert (answer.code, answer.rows_with_errors) == (1, [3])
    assert f"row 3, {HEADINGS[column]}, «{value}"[:60] in answer.out
    assert (Person.objects.count(), Unit.objects.count()) == (0, 0)


def test_the_same_number_with_another_iin_is_an_error_on_the_later_row(bring):
    answer = bring(person_row(1), person_row(2), person_row(1, iin=made_iin(3)))
    assert (answer.code, answer.rows_with_errors) == (1, [4])


def test_an_iin_of_two_numbers_is_an_error_on_the_later_row(bring):
    answer = bring(person_row(1), person_row(2, iin=made_iin(1)))
    assert (answer.code, answer.rows_with_errors) == (1, [3])


def test_an_iin_that_is_somebody_elses_in_the_registry_is_an_error(bring):
    PersonFactory(personnel_number="9", iin=made_iin(1))
    answer = bring(person_row(1))
    assert (answer.code, answer.rows_with_errors) == (1, [2])


def test_an_iin_that_would_be_taken_over_by_number_is_an_error_not_a_crash(bring):
    """1001 is in the registry; the row brings the IIN of somebody known by IIN alone."""
    PersonFactory(personnel_number="1001", iin=made_iin(7))
    PersonFactory(personnel_number=None, iin=made_iin(1))
    answer = bring(person_row(1))
    assert (answer.code, answer.rows_with_errors) == (1, [2])


def test_a_person_named_by_number_and_iin_and_again_by_iin_alone_is_one(bring):
    """One row by number with an IIN, another by that IIN alone: one person, the same post."""
    answer = bring(person_row(1), person_row(1, number=""))
    assert (answer.code, len(notices(answer))) == (0, 1)
    assert (Person.objects.count(), Post.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"hired": "01.12.2026"}, "hired"),
        ({"iin": "000629340544", "patronymic": "Серікұлы", "born": "30.06.1900"}, "iin"),
        ({"iin": "840317480062", "patronymic": "Серікұлы"}, "iin"),
        ({"iin": "000629340544"}, "iin"),
    ],
)
def test_oddities_are_only_notices(bring, changes, column):
    answer = bring(person_row(**changes))
    assert (answer.code, counts(answer)) == (0, (1, 0, 0, 0))
    assert any(line.startswith(f"row 2, {HEADINGS[column]}, ") for line in notices(answer))


def test_hired_in_the_future_has_no_standing_yet(bring):
    bring(person_row(hired="01.12.2026"))
    assert Standing.objects.on(TODAY).count() == 0
    assert Standing.objects.on(dt.date(2026, 12, 1)).count() == 1


def test_skip_invalid_brings_the_others(bring, tmp_path):
    answer = bring(
        person_row(1), person_row(2, category="?"), person_row(3), options=("--skip-invalid",)
    )
    assert (answer.code, counts(answer)) == (0, (2, 0, 0, 1))
    assert (tmp_path / "staff.rejected.xlsx").exists()
    numbers = sorted(Person.objects.values_list("personnel_number", flat=True))
    assert numbers == ["1001", "1003"]


# --- units --------------------------------------------------------------------------------------
def test_unknown_units_are_made_with_codes_by_their_kind_and_listed(bring):
    answer = bring(
        person_row(1, unit="Терапия кафедрасы"),
        person_row(2, unit="Хирургия кафедрасы"),
        person_row(3, unit="Кадрлық қызмет бөлімі"),
        person_row(4, unit="терапия  КАФЕДРАСЫ"),
        person_row(5, unit="Отдел закупок"),
    )
    codes = dict(Unit.objects.values_list("code", "name_kk"))
    assert codes == {
        "D-001": "Терапия кафедрасы",
        "D-002": "Хирургия кафедрасы",
        "V-001": "Кадрлық қызмет бөлімі",
        "V-002": "Отдел закупок",
    }
    assert all(code in answer.out for code in codes)


def test_codes_go_on_from_those_there_are_and_stay(bring):
    UnitFactory(code="D-017", name_kk="Анатомия кафедрасы")
    bring(person_row(1))
    assert Unit.objects.get(name_kk="Терапия кафедрасы").code == "D-018"
    bring(person_row(2, unit="Физиология кафедрасы"))
    assert Unit.objects.get(name_kk="Терапия кафедрасы").code == "D-018"
    assert Unit.objects.get(name_kk="Физиология кафедрасы").code == "D-019"


def test_a_unit_is_known_by_its_name_in_any_language(bring):
    unit = UnitFactory(
        name_kk="Терапия кафедрасы", name_ru="Кафедра терапии", name_en="Department of Therapy"
    )
    bring(
        person_row(1, unit="кафедра терапии"),
        person_row(2, unit="Department of therapy"),
        person_row(3, unit="Tерапия кафедрасы"),
    )
    assert list(Unit.objects.all()) == [unit]
    assert unit.posts.count() == 3


def test_a_unit_code_given_is_the_unit(bring):
    unit = UnitFactory(code="ТЕР-1", name_kk="Терапия кафедрасы")
    bring(person_row(1, code="ТЕР-1", unit="Терапия каф."))
    assert Post.objects.get().unit == unit


def test_a_unit_code_given_with_an_unknown_name_makes_the_unit_with_that_code(bring):
    bring(person_row(1, code="ХИР-7", unit="Хирургия кафедрасы"))
    assert list(Unit.objects.values_list("code", "name_kk")) == [("ХИР-7", "Хирургия кафедрасы")]


def test_an_unknown_unit_code_without_a_name_is_an_error(bring):
    answer = bring(person_row(1, code="ЖОҚ-1", unit=""))
    assert (answer.code, answer.rows_with_errors) == (1, [2])


def test_new_units_stand_below_the_only_academy(bring):
    academy = UnitFactory(academy=True)
    bring(person_row())
    unit = Unit.objects.exclude(pk=academy.pk).get()
    assert (unit.parent, unit.path) == (academy, f"{academy.path}{unit.pk}/")


# --- the same file, changes ---------------------------------------------------------------------
def test_the_same_file_twice_changes_nothing(bring):
    rows = [person_row(1, share="0,5"), person_row(2, left="30.06.2026"), person_row(3)]
    bring(*rows)
    before = list(Post.history.values()), list(Person.history.values())
    assert counts(bring(*rows)) == (0, 0, 3, 0)
    assert (list(Post.history.values()), list(Person.history.values())) == before


def test_edits_change_the_person_and_no_post(bring):
    bring(person_row())
    answer = bring(person_row(last="Қасымова", email="a@b.kz", degree="PhD"))
    assert counts(answer) == (0, 1, 0, 0)
    person = Person.objects.get()
    assert (person.last_name, person.email, person.degree) == ("Қасымова", "a@b.kz", "PhD")
    assert Person.objects.matching("касымова").exists()
    assert Post.objects.count() == 1
    assert Person.history.count() == 2


def test_an_empty_cell_takes_nothing_away(bring):
    bring(person_row(email="a@b.kz", phone="1"))
    answer = bring(person_row(email="", phone="", patronymic=""))
    assert counts(answer) == (0, 0, 1, 0)
    assert Person.objects.get().email == "a@b.kz"


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "Хирургия кафедрасы"},
        {"position": "профессор"},
        {"category": "колледж ПОҚ"},
        {"leader": "иә"},
    ],
)
def test_a_changed_post_ends_the_day_before_today_and_a_new_one_begins(bring, change):
    bring(person_row())
    answer = bring(person_row(**change))
    assert counts(answer) == (0, 1, 0, 0)
    old, new = Post.objects.order_by("starts_on")
    assert (old.starts_on, old.ends_on) == (dt.date(2020, 9, 1), TODAY - DAY)
    assert (new.starts_on, new.ends_on, new.kind) == (TODAY, None, "main")


def test_a_changed_post_begins_on_the_date_of_appointment_where_the_file_has_one(bring):
    bring(person_row())
    bring(person_row(unit="Хирургия кафедрасы", appointed="01.09.2025"))
    old, new = Post.objects.order_by("starts_on")
    assert (old.ends_on, new.starts_on) == (dt.date(2025, 8, 31), dt.date(2025, 9, 1))
    assert new.unit.name_kk == "Хирургия кафедрасы"
    again = bring(person_row(unit="Хирургия кафедрасы", appointed="01.09.2025"))
    assert counts(again) == (0, 0, 1, 0)


def test_a_changed_unit_keeps_the_run_and_a_changed_category_begins_a_new_one(bring):
    """Standing after the change: base of the first post, or of the new one."""
    bring(person_row())
    bring(person_row(unit="Хирургия кафедрасы"))
    assert Standing.objects.on(TODAY).get().due_on == dt.date(2023, 9, 1)
    bring(person_row(unit="Хирургия кафедрасы", category="колледж ПОҚ", appointed="01.10.2026"))
    row = Standing.objects.on(TODAY).get()
    assert (row.requirement.code, row.state) == ("college_teacher", "pending")


def test_a_changed_share_edits_the_post(bring):
    bring(person_row(share="1"))
    assert counts(bring(person_row(share="0,5"))) == (0, 1, 0, 0)
    assert Post.objects.get().share == Decimal("0.50")


def test_a_changed_day_of_hiring_edits_person_and_first_post(bring):
    bring(person_row())
    bring(person_row(hired="15.09.2020"))
    assert Person.objects.get().hired_on == dt.date(2020, 9, 15)
    assert Post.objects.get().starts_on == dt.date(2020, 9, 15)


def test_a_day_of_leaving_ends_the_posts(bring):
    bring(person_row())
    answer = bring(person_row(left="30.11.2026"))
    assert counts(answer) == (0, 1, 0, 0)
    assert Person.objects.get().left_on == dt.date(2026, 11, 30)
    assert Post.objects.get().ends_on == dt.date(2026, 11, 30)
    assert Standing.objects.on(dt.date(2026, 11, 30)).count() == 1
    assert Standing.objects.on(dt.date(2026, 12, 1)).count() == 0


def test_a_day_of_leaving_ends_every_post_of_the_person(bring):
    """The file names one of two posts: who has left holds none."""
    bring(person_row(), person_row(unit="Хирургия кафедрасы", position="ассистент", share="0,5"))
    bring(person_row(left="30.06.2026"))
    assert [post.ends_on for post in Post.objects.all()] == [dt.date(2026, 6, 30)] * 2
    assert Standing.objects.on(TODAY).count() == 0


def test_who_has_left_stays_so_where_the_file_says_nothing(bring):
    bring(person_row(left="30.06.2026"))
    answer = bring(person_row())
    assert counts(answer) == (0, 0, 1, 0)
    assert Person.objects.get().left_on == dt.date(2026, 6, 30)
    assert Post.objects.get().ends_on == dt.date(2026, 6, 30)
    assert len(notices(answer)) == 1


def test_who_is_hired_again_has_a_new_post(bring):
    bring(person_row(left="30.06.2026"))
    bring(person_row(hired="01.09.2026"))
    person = Person.objects.get()
    assert (person.hired_on, person.left_on) == (dt.date(2026, 9, 1), None)
    assert list(person.posts.order_by("starts_on").values_list("starts_on", "ends_on")) == [
        (dt.date(2020, 9, 1), dt.date(2026, 6, 30)),
        (dt.date(2026, 9, 1), None),
    ]
    assert counts(bring(person_row(hired="01.09.2026"))) == (0, 0, 1, 0)


def test_an_appointment_in_the_future_waits_for_its_day(bring):
    bring(person_row())
    change = person_row(position="профессор", appointed="01.12.2026")
    bring(change)
    old, new = Post.objects.order_by("starts_on")
    assert (old.ends_on, new.starts_on) == (dt.date(2026, 11, 30), dt.date(2026, 12, 1))
    assert counts(bring(change)) == (0, 0, 1, 0)


def test_a_change_of_a_change_of_the_same_day_leaves_no_post_of_no_days(bring):
    bring(person_row())
    bring(person_row(unit="Хирургия кафедрасы"))
    bring(person_row(unit="Анатомия кафедрасы"))
    units = Post.objects.order_by("starts_on").values_list("unit__name_kk", "starts_on", "ends_on")
    assert list(units) == [
        ("Терапия кафедрасы", dt.date(2020, 9, 1), TODAY - DAY),
        ("Анатомия кафедрасы", TODAY, None),
    ]


# --- several posts ------------------------------------------------------------------------------
def test_the_same_person_with_another_position_is_a_second_post(bring):
    rows = [person_row(), person_row(unit="Хирургия кафедрасы", position="ассистент", share="0,5")]
    assert counts(bring(*rows))[0] == 2
    main, second = Post.objects.order_by("pk")
    assert (Person.objects.count(), main.kind, second.kind) == (1, "main", "second")
    assert second.share == Decimal("0.50")
    assert counts(bring(*rows)) == (0, 0, 2, 0)


def test_the_kind_of_job_is_taken_from_the_file(bring):
    bring(
        person_row(kind="қоса атқарушы"),
        person_row(unit="Хирургия кафедрасы", kind="негізгі жұмыс"),
    )
    kinds = dict(Post.objects.values_list("unit__name_kk", "kind"))
    assert kinds == {"Терапия кафедрасы": "second", "Хирургия кафедрасы": "main"}


def test_a_second_post_in_a_later_file_is_added_to_the_first(bring):
    bring(person_row())
    bring(person_row(), person_row(position="ассистент", share="0,5", appointed="01.02.2026"))
    assert Post.objects.filter(ends_on=None).count() == 2
    assert Post.objects.get(position="доцент").starts_on == dt.date(2020, 9, 1)


def test_one_of_two_posts_changes(bring):
    second = {"position": "ассистент", "share": "0,5"}
    bring(person_row(), person_row(unit="Хирургия кафедрасы", **second))
    bring(person_row(), person_row(unit="Анатомия кафедрасы", **second))
    held = Post.objects.filter(ends_on=None).values_list("unit__name_kk", flat=True)
    assert sorted(held) == ["Анатомия кафедрасы", "Терапия кафедрасы"]
    ended = Post.objects.get(ends_on=TODAY - DAY)
    assert ended.unit.name_kk == "Хирургия кафедрасы"


def test_a_row_that_says_the_same_twice_is_a_notice(bring):
    answer = bring(person_row(), person_row())
    assert (answer.code, Post.objects.count(), len(notices(answer))) == (0, 1, 1)


def test_a_post_the_file_does_not_name_stays(bring):
    bring(person_row(), person_row(unit="Хирургия кафедрасы", position="ассистент"))
    assert counts(bring(person_row())) == (0, 0, 1, 0)
    assert Post.objects.filter(ends_on=None).count() == 2


# --- who is missing -----------------------------------------------------------------------------
def test_people_missing_from_the_file_stay_and_are_listed(bring):
    missing = PostFactory(person__last_name="Жоқова", person__personnel_number="77").person
    left = PostFactory(ended=True, person__last_name="Кетті").person
    answer = bring(person_row())
    assert "Жоқова" in answer.out and "(77)" in answer.out
    assert "Кетті" not in answer.out
    assert (missing.history.count(), left.history.count()) == (1, 1)
    assert missing.posts.get().ends_on is None


def test_importing_does_not_touch_health_care_photo_or_disciplines(bring):
    bring(person_row())
    Person.objects.update(disciplines="Терапия")
    Post.objects.update(health_care=True)
    bring(person_row(unit="Хирургия кафедрасы"))
    assert Person.objects.get().disciplines == "Терапия"
    assert Post.objects.get(ends_on=None).health_care is True


# --- cost ---------------------------------------------------------------------------------------
def test_queries_do_not_grow_with_rows(bring, django_assert_max_num_queries):
    rows = [person_row(number, unit=f"Кафедра {number % 3}") for number in range(1, 120)]
    with django_assert_max_num_queries(60):
        bring(*rows)
    with django_assert_max_num_queries(30):
        bring(*rows)

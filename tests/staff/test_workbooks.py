"""How headings and cells of personnel departments' workbooks are understood."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from staff.domain import workbooks as cells
from staff.domain.workbooks import CellError, NoHeader, open_workbook

from ..workbooks import written


def reason_of(reader, *arguments) -> str:
    with pytest.raises(CellError) as refused:
        reader(*arguments)
    return refused.value.reason


# --- headings -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Табельдік №", "number"),
        ("Таб. №", "number"),
        ("ТАБЕЛЬНЫЙ НОМЕР", "number"),
        ("Personnel number", "number"),
        ("ЖСН", "iin"),
        ("ИИН", "iin"),
        ("IIN", "iin"),
        ("Тегі", "last_name"),
        ("Фамилия", "last_name"),
        ("Last name", "last_name"),
        ("Аты", "first_name"),
        ("Имя", "first_name"),
        ("Әкесінің аты", "patronymic"),
        ("Отчество", "patronymic"),
        ("Т.А.Ә.", "full_name"),
        ("Ф.И.О.", "full_name"),
        ("ФИО", "full_name"),
        ("Тегі, аты, әкесінің аты", "full_name"),
        ("Full name", "full_name"),
        ("Бөлімше", "unit"),
        ("Структурное\nподразделение", "unit"),
        ("Кафедра / подразделение", "unit"),
        ("Unit", "unit"),
        ("Бөлімше коды", "unit_code"),
        ("Код подразделения", "unit_code"),
        ("Лауазымы", "position"),
        ("Должность", "position"),
        ("Position", "position"),
        ("Санаты", "category"),
        ("Категория", "category"),
        ("Category", "category"),
        ("Басшы", "leader"),
        ("Руководитель", "leader"),
        ("Leader", "leader"),
        ("Жұмысқа қабылданған күні", "hired_on"),
        ("Дата приёма", "hired_on"),
        ("Дата приема на работу", "hired_on"),
        ("Hired on", "hired_on"),
        ("Босатылған күні", "left_on"),
        ("Дата увольнения", "left_on"),
        ("Left on", "left_on"),
        ("Тағайындалған күні", "appointed_on"),
        ("Дата назначения", "appointed_on"),
        ("Date of appointment", "appointed_on"),
        ("Ставка", "share"),
        ("Share", "share"),
        ("E-mail", "email"),
        ("Эл. пошта", "email"),
        ("Телефон", "phone"),
        ("Ғылыми дәрежесі", "degree"),
        ("Ученая степень", "degree"),
        ("Ғылыми атағы", "academic_title"),
        ("Вид занятости", "kind"),
        ("  дата   ПРИЁМА  ", "hired_on"),
        ("Лayaзымы", "position"),
    ],
)
def test_headings_of_the_staff_list(heading, field):
    assert cells.HEADINGS["staff"][cells.heading_key(heading)] == field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Табельный №", "number"),
        ("ФИО", "full_name"),
        ("Тақырыбы", "title"),
        ("Тема", "title"),
        ("Title", "title"),
        ("Нысаны", "form"),
        ("Форма", "form"),
        ("Form", "form"),
        ("Бағыты", "area"),
        ("Направление", "area"),
        ("Area", "area"),
        ("Көлемі", "volume"),
        ("Объём", "volume"),
        ("Volume", "volume"),
        ("Сағат", "volume"),
        ("Часы", "volume"),
        ("Hours", "volume"),
        ("Кредит", "credits"),
        ("Басталу күні", "starts_on"),
        ("Дата начала", "starts_on"),
        ("Start", "starts_on"),
        ("Аяқталу күні", "ends_on"),
        ("Дата окончания", "ends_on"),
        ("End", "ends_on"),
        ("Ұйым", "provider"),
        ("Организация", "provider"),
        ("Provider", "provider"),
        ("Құжат №", "document_number"),
        ("№ документа", "document_number"),
        ("Document number", "document_number"),
        ("Құжат күні", "document_date"),
        ("Дата документа", "document_date"),
        ("Ел", "country"),
        ("Стоимость", "cost"),
        ("Оқыту нысаны", "mode"),
        ("Форма обучения", "mode"),
    ],
)
def test_headings_of_the_journal(heading, field):
    assert cells.HEADINGS["training"][cells.heading_key(heading)] == field


HEADER = ["Табельдік №", "Т.А.Ә.", "Бөлімше", "Лауазымы", "Санаты", "Жұмысқа қабылданған күні"]
ROW = ["1001", "Әлиева Айгүл", "Терапия кафедрасы", "доцент", "ПОҚ", "01.09.2020"]


def test_the_header_stands_below_title_rows(tmp_path):
    rows = [["22.11.2026"], [], HEADER, ROW, []]
    book = open_workbook(written(tmp_path, ["«ОҚМА» АҚ қызметкерлерінің тізімі"], rows), "staff")
    assert book.header_row == 4
    [(number, row)] = book.rows
    assert (number, book.cell(row, "position")) == (5, "доцент")


def test_total_rows_and_empty_rows_are_no_data(tmp_path):
    rows = [
        ROW,
        ["", "", "", "", "", ""],
        ["Барлығы / Итого:", 1],
        ["", "Всего", "", 1],
        ["Жиыны", ""],
        ["TOTAL: 1"],
    ]
    book = open_workbook(written(tmp_path, HEADER, rows), "staff")
    assert [number for number, _row in book.rows] == [2]


def test_a_person_whose_name_begins_like_a_total_is_no_total(tmp_path):
    row = ["1002", "Всеволодова Анна", "Терапия кафедрасы", "доцент", "ПОҚ", "01.09.2020"]
    book = open_workbook(written(tmp_path, HEADER, [row]), "staff")
    assert len(book.rows) == 1


def test_columns_may_come_in_any_order_and_unknown_ones_are_named(tmp_path):
    header = ["№", "Телефон нөмірі ішкі", *reversed(HEADER), "Туған жері"]
    row = [1, "12-34", *reversed(ROW), "Шымкент"]
    book = open_workbook(written(tmp_path, header, [row]), "staff")
    assert book.cell(row, "number") == "1001"
    assert book.cell(row, "hired_on") == "01.09.2020"
    assert book.unknown == ["Телефон нөмірі ішкі", "Туған жері"]


def test_data_on_the_second_sheet_is_found(tmp_path):
    from openpyxl import Workbook

    from ..workbooks import saved

    book = Workbook()
    book.active.append(["Түсініктеме", "бұл парақта тізім жоқ"])
    second = book.create_sheet("Тізім")
    second.append(HEADER)
    second.append(ROW)
    found = open_workbook(saved(book, tmp_path), "staff")
    assert (found.sheet, len(found.rows)) == ("Тізім", 1)


def test_missing_columns_are_named(tmp_path):
    path = written(tmp_path, ["Табельдік №", "Т.А.Ә.", "Лауазымы"], [["1", "Ә", "x"]])
    with pytest.raises(NoHeader) as refused:
        open_workbook(path, "staff")
    assert set(refused.value.missing) == {"unit", "category", "hired_on"}


def test_a_journal_is_no_staff_list(tmp_path):
    path = written(
        tmp_path, ["Таб. №", "ФИО", "Тема", "Форма", "Направление", "Объём"], [["1"] * 6]
    )
    with pytest.raises(NoHeader):
        open_workbook(path, "staff")


# --- days ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-01",
        "01.03.2026",
        "1.3.2026",
        "01/03/2026",
        "01-03-2026",
        "01.03.26",
        "2026.03.01",
        "2026-03-01 00:00:00",
        "2026-03-01T00:00:00",
        "01.03.2026 ж.",
        "01.03.2026 г.",
        "01.03.2026ж",
        "01.03.2026 года",
        "01.03.2026 жылы",
        " 01.03.2026 ",
        "1 наурыз 2026",
        "2026 жылғы 1 наурыз",
        "2026 ж. 1 наурыз",
        "1 марта 2026 г.",
        "1 March 2026",
        "March 1, 2026",
        46082,
        46082.0,
        46082.5,
        "46082",
    ],
)
def test_a_day_in_the_shapes_files_hold(cell):
    assert cells.date(cell) == dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("month", "kazakh", "russian"),
    [
        (1, "қаңтар", "января"),
        (2, "ақпан", "февраля"),
        (3, "наурыз", "марта"),
        (4, "сәуір", "апреля"),
        (5, "мамыр", "мая"),
        (6, "маусым", "июня"),
        (7, "шілде", "июля"),
        (8, "тамыз", "августа"),
        (9, "қыркүйек", "сентября"),
        (10, "қазан", "октября"),
        (11, "қараша", "ноября"),
        (12, "желтоқсан", "декабря"),
    ],
)
def test_every_month_by_name_in_three_languages(month, kazakh, russian):
    day = dt.date(2026, month, 22)
    for text in (
        f"2026 жылғы 22 {kazakh}",
        f"22 {russian} 2026 г.",
        f"22 {russian.upper()} 2026",
        f"22 {day:%B} 2026",
        f"22 {day:%b} 2026",
    ):
        assert cells.date(text) == day, text


@pytest.mark.parametrize("cell", ["", None, "  "])
def test_an_empty_cell_is_no_day(cell):
    assert cells.date(cell) is None


@pytest.mark.parametrize("cell", ["31.02.2024", "2023-02-29", "00.01.2026", "32 наурыз 2026"])
def test_days_the_calendar_does_not_have(cell):
    assert reason_of(cells.date, cell) == "no_such_date"


@pytest.mark.parametrize("cell", ["болашақта", "2026", "наурыз", 5, True, "1.2.3.4", "12.2026"])
def test_what_is_no_day(cell):
    assert reason_of(cells.date, cell) == "not_a_date"


def test_29_february():
    assert cells.date("29.02.2024") == dt.date(2024, 2, 29)


# --- volumes ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        (72, "72"),
        (72.0, "72"),
        ("72", "72"),
        ("72 сағ", "72"),
        ("72 сағат", "72"),
        ("72 ч.", "72"),
        ("72 часов", "72"),
        ("72 hours", "72"),
        ("72 ак. часа", "72"),
        ("72,0", "72"),
        ("35,5", "35.5"),
        ("35.5 ч", "35.5"),
        ("72 академических часа", "72"),
        ("72ч", "72"),
        (" 72 ", "72"),
        ("1 080", "1080"),
    ],
)
def test_hours_with_words(cell, hours):
    assert cells.volume(cell) == (Decimal(hours), None)


@pytest.mark.parametrize(
    ("cell", "hours", "credits"),
    [
        ("3 кредит", "90", "3"),
        ("2 кредита", "60", "2"),
        ("4 credits", "120", "4"),
        ("1,5 кр.", "45", "1.5"),
    ],
)
def test_credits_are_thirty_hours(cell, hours, credits):
    assert cells.volume(cell) == (Decimal(hours), Decimal(credits))


def test_credits_in_a_column_of_their_own():
    assert cells.volume("", 3.0) == (Decimal(90), Decimal(3))
    assert cells.volume(72, 3.0)[0] == Decimal(72)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("көп", "not_a_number"),
        ("сағ 72", "not_a_number"),
        (True, "not_a_number"),
        ("-5", "not_positive"),
        ("0", "not_positive"),
        (-5.0, "not_positive"),
        ("10000", "too_many_hours"),
        ("400 кредит", "too_many_hours"),
    ],
)
def test_what_is_no_volume(cell, reason):
    assert reason_of(cells.volume, cell) == reason


@pytest.mark.parametrize("cell", ["0,01", 0.04])
def test_a_volume_that_rounds_to_nothing_is_not_positive(cell):
    assert reason_of(cells.volume, cell) == "not_positive"


# --- numbers and names --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "iin"),
    [
        ("000629340544", "000629340544"),
        (405366827.0, "000405366827"),
        (40708338360.0, "040708338360"),
        ("40708338360", "040708338360"),
        ("840317 480062", "840317480062"),
        ("840317-480062", "840317480062"),
        ("", ""),
        ("ЖСН жоқ", "ЖСНжоқ"),
    ],
)
def test_an_iin_gets_its_lost_zeros_back(cell, iin):
    assert cells.digits(cell) == iin


@pytest.mark.parametrize(
    ("cell", "text"),
    [(1001.0, "1001"), ("1001", "1001"), ("007", "007"), (" A-12 ", "A-12"), (None, "")],
)
def test_a_personnel_number_is_text(cell, text):
    assert cells.text(cell) == text


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Әлиева Айгүл Серікқызы", ("Әлиева", "Айгүл", "Серікқызы")),
        ("ӘЛИЕВА АЙГҮЛ", ("Әлиева", "Айгүл", "")),
        ("Ғaлиeв  Ерлан Мақсат ұлы", ("Ғалиев", "Ерлан", "Мақсат ұлы")),
        ("Әлиева", ("Әлиева", "", "")),
        ("", ("", "", "")),
    ],
)
def test_a_full_name_in_one_column(cell, name):
    assert cells.full_name(cell) == name


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("иә", (True, False)),
        ("ДА", (True, False)),
        ("Yes", (True, False)),
        ("+", (True, False)),
        (1.0, (True, False)),
        ("", (False, False)),
        ("жоқ", (False, False)),
        ("нет", (False, False)),
        (0.0, (False, False)),
        ("Сейітов Б.К.", (False, True)),
    ],
)
def test_a_leader_is_a_flag_and_a_name_is_none(cell, answer):
    assert cells.leader(cell) == answer


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("ПОҚ", "university_teacher"),
        ("ппс", "university_teacher"),
        ("teacher", "university_teacher"),
        ("колледж ПОҚ", "college_teacher"),
        ("ППС колледжа", "college_teacher"),
        ("ӘБП", "administrative"),
        ("АУП", "administrative"),
        ("AУП", "administrative"),
        ("ғылыми қызметкер", "researcher"),
        ("Научный сотрудник", "researcher"),
    ],
)
def test_categories(word, category):
    assert cells.choice(word, cells.CATEGORIES, "x") == category


def test_an_unknown_word_is_refused():
    assert reason_of(cells.choice, "космонавт", cells.CATEGORIES, "unknown_category") == (
        "unknown_category"
    )


@pytest.mark.parametrize(
    ("word", "area"),
    [
        ("бейіндік", "profile"),
        ("профильное", "profile"),
        ("педагогика", "pedagogical"),
        ("цифровые навыки", "digital"),
        ("менеджмент", "management"),
        ("управление", "management"),
        ("ғылыми-зерттеу", "research"),
        ("тілдік", "language"),
        ("клиникалық", "clinical"),
        ("басқа", "other"),
    ],
)
def test_areas(word, area):
    assert cells.choice(word, cells.AREAS, "x") == area


@pytest.mark.parametrize(
    ("word", "form"), [("курс", "course"), ("курсы", "course"), ("тағылымдама", "internship")]
)
def test_forms(word, form):
    assert cells.choice(word, cells.FORMS, "x") == form


@pytest.mark.parametrize(
    ("cell", "share"), [(0.5, "0.50"), ("0,25", "0.25"), ("1", "1"), ("1,5 ставка", "1.5")]
)
def test_shares(cell, share):
    assert cells.share(cell) == Decimal(share)


@pytest.mark.parametrize("cell", ["0", "3", -1.0])
def test_a_share_is_between_a_twentieth_and_two(cell):
    assert reason_of(cells.share, cell) == "share_out_of_range"

"""Workbooks to fill in: the columns the import knows, drop-downs, explanations, no rows.

Headings and drop-down values are data in three languages, not translations of the interface: the
import recognises these very words (``workbooks.py``), whoever fills them in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO

from django.utils.translation import get_language
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from interface.workbook import (
    DATE_STYLE,
    HEAD_ALIGNMENT,
    HEAD_BORDER,
    HEAD_FILL,
    HEAD_FONT,
    TITLE_FONT,
    sheet_title,
)
from staff.domain.unit_tree import in_tree_order
from staff.models import Unit

ROWS = 5_000
OBLIGATORY_FONT = Font(bold=True, color="A8221B")
Words = dict[str, str]


def _words(kk: str, ru: str, en: str) -> Words:
    return {"kk": kk, "ru": ru, "en": en}


@dataclass(frozen=True)
class TemplateColumn:
    """A column to fill in. ``kind``: text, code (digits kept as typed), date, number or unit."""

    heading: Words
    note: Words
    example: Words
    kind: str = "text"
    obligatory: bool = False
    choices: tuple[Words, ...] = field(default=())
    width: int = 18


_SAME = {"kk": "", "ru": "", "en": ""}
_YES_NO = (_words("иә", "да", "yes"), _words("жоқ", "нет", "no"))
CATEGORIES = (
    _words("ПОҚ", "ППС", "teacher"),
    _words("колледж ПОҚ", "ППС колледжа", "college teacher"),
    _words("ӘБП", "АУП", "administrative staff"),
    _words("ғылыми қызметкер", "научный сотрудник", "researcher"),
)
KINDS = (
    _words("негізгі жұмыс", "основная работа", "main job"),
    _words("қоса атқарушылық", "совместительство", "second job"),
)
FORMS = (
    _words("курс", "курс", "course"),
    _words("тағылымдама", "стажировка", "internship"),
)
AREAS = (
    _words("бейіндік", "профильное", "profile"),
    _words("педагогикалық", "педагогическое", "pedagogical"),
    _words("цифрлық", "цифровое", "digital"),
    _words("менеджмент", "менеджмент", "management"),
    _words("ғылыми-зерттеу", "научно-исследовательское", "research"),
    _words("тілдік", "языковое", "language"),
    _words("клиникалық", "клиническое", "clinical"),
    _words("басқа", "другое", "other"),
)
MODES = (
    _words("күндізгі", "очно", "on site"),
    _words("қашықтан", "дистанционно", "distance"),
    _words("аралас", "смешанно", "blended"),
)
_NUMBER = TemplateColumn(
    _words("Таб. №", "Табельный номер", "Personnel number"),
    _words(
        "Таб. № немесе ЖСН міндетті: қызметкер солар бойынша танылады.",
        "Табельный номер или ИИН обязателен: по ним узнаётся работник.",
        "Personnel number or IIN is obligatory: the employee is known by them.",
    ),
    _words("1187", "1187", "1187"),
    kind="code",
    obligatory=True,
    width=12,
)
_IIN = TemplateColumn(
    _words("ЖСН", "ИИН", "IIN"),
    _words(
        "12 цифр. Алдыңғы нөлдер сақталады.",
        "12 цифр. Начальные нули сохраняются.",
        "12 digits. Leading zeros are kept.",
    ),
    _words("890315100013", "890315100013", "890315100013"),
    kind="code",
    width=15,
)
_DAY = _words("Күні: 31.12.2026.", "Дата: 31.12.2026.", "A date: 31.12.2026.")

STAFF = (
    _NUMBER,
    _IIN,
    TemplateColumn(
        _words("Тегі", "Фамилия", "Last name"),
        _SAME,
        _words("Әлиева", "Алиева", "Aliyeva"),
        obligatory=True,
    ),
    TemplateColumn(
        _words("Аты", "Имя", "First name"),
        _SAME,
        _words("Әсел", "Асель", "Assel"),
        obligatory=True,
    ),
    TemplateColumn(
        _words("Әкесінің аты", "Отчество", "Patronymic"),
        _words("Болған жағдайда.", "При наличии.", "Where there is one."),
        _words("Серікқызы", "Сериковна", ""),
    ),
    TemplateColumn(
        _words("Бөлімше", "Подразделение", "Unit"),
        _words(
            "Тізімнен таңдаңыз. Тізімде жоқ бөлімше жаңадан құрылады.",
            "Выберите из списка. Подразделение, которого в нём нет, будет создано.",
            "Choose from the list. A unit that is not there will be created.",
        ),
        _words("Терапия кафедрасы", "Кафедра терапии", "Department of Therapy"),
        kind="unit",
        obligatory=True,
        width=44,
    ),
    TemplateColumn(
        _words("Лауазымы", "Должность", "Position"),
        _SAME,
        _words("аға оқытушы", "старший преподаватель", "senior lecturer"),
        obligatory=True,
        width=28,
    ),
    TemplateColumn(
        _words("Санаты", "Категория", "Category"),
        _words("Тізімнен таңдаңыз.", "Выберите из списка.", "Choose from the list."),
        CATEGORIES[0],
        obligatory=True,
        choices=CATEGORIES,
        width=22,
    ),
    TemplateColumn(
        _words("Басшы", "Руководитель", "Leader"),
        _words(
            "ӘБП басшысы немесе оның орынбасары (4.5-тармақ). Бос болса: жоқ.",
            "Руководитель АУП или его заместитель (п. 4.5). Пусто: нет.",
            "Head in the administration or deputy (clause 4.5). Empty: no.",
        ),
        _YES_NO[1],
        choices=_YES_NO,
        width=12,
    ),
    TemplateColumn(
        _words("Жұмысқа қабылданған күні", "Дата приёма", "Hired on"),
        _DAY,
        _words("01.09.2014", "01.09.2014", "01.09.2014"),
        kind="date",
        obligatory=True,
        width=16,
    ),
    TemplateColumn(
        _words("Босатылған күні", "Дата увольнения", "Left on"),
        _words(
            "Соңғы жұмыс күні. Жұмыс істеп жүрсе, бос қалдырыңыз.",
            "Последний день работы. Если работает, оставьте пустым.",
            "The last day of work. Leave empty for those who work.",
        ),
        _SAME,
        kind="date",
        width=16,
    ),
    TemplateColumn(
        _words("Бөлімше коды", "Код подразделения", "Unit code"),
        _words(
            "Бағдарлама берген код, мысалы D-017. Бос қалдыруға болады.",
            "Код, данный программой, например D-017. Можно не заполнять.",
            "The code the program gave, such as D-017. May be left empty.",
        ),
        _words("D-017", "D-017", "D-017"),
        kind="code",
        width=12,
    ),
    TemplateColumn(
        _words("Эл. пошта", "Эл. почта", "E-mail"),
        _SAME,
        _words("aliyeva@example.kz", "aliyeva@example.kz", "aliyeva@example.kz"),
        width=26,
    ),
    TemplateColumn(
        _words("Телефон", "Телефон", "Phone"),
        _SAME,
        _words("+7 700 000 00 00", "+7 700 000 00 00", "+7 700 000 00 00"),
        kind="code",
    ),
    TemplateColumn(
        _words("Ставкасы", "Ставка", "Share"),
        _words(
            "0,05-тен 2-ге дейін. Бос болса: 1.", "От 0,05 до 2. Пусто: 1.", "0.05 to 2. Empty: 1."
        ),
        _words("1", "1", "1"),
        kind="number",
        width=10,
    ),
    TemplateColumn(
        _words("Жұмыс түрі", "Вид работы", "Main or second job"),
        _words("Бос болса: негізгі жұмыс.", "Пусто: основная работа.", "Empty: main job."),
        KINDS[0],
        choices=KINDS,
    ),
    TemplateColumn(
        _words("Тағайындалған күні", "Дата назначения", "Date of appointment"),
        _words(
            "Осы лауазымға. Бос болса, алғашқы импортта: қабылданған күні.",
            "На эту должность. Пусто при первом импорте: дата приёма.",
            "To this position. Empty at the first import: the day of hiring.",
        ),
        _words("01.09.2019", "01.09.2019", "01.09.2019"),
        kind="date",
        width=16,
    ),
    TemplateColumn(
        _words("Ғылыми дәрежесі", "Учёная степень", "Degree"),
        _SAME,
        _words("PhD", "PhD", "PhD"),
    ),
    TemplateColumn(
        _words("Ғылыми атағы", "Учёное звание", "Academic title"),
        _SAME,
        _words("қауымдастырылған профессор", "ассоциированный профессор", "associate professor"),
        width=26,
    ),
)

TRAINING = (
    _NUMBER,
    _IIN,
    TemplateColumn(
        _words("Т.А.Ә.", "ФИО", "Full name"),
        _words(
            "Өзіңіз үшін: қызметкер нөмірі бойынша танылады.",
            "Для себя: работник узнаётся по номеру.",
            "For yourself: the employee is known by the number.",
        ),
        _words("Әлиева Әсел Серікқызы", "Алиева Асель Сериковна", "Aliyeva Assel"),
        width=34,
    ),
    TemplateColumn(
        _words("Тақырыбы", "Тема", "Topic"),
        _SAME,
        _words(
            "Дәлелді медицина негіздері", "Основы доказательной медицины", "Evidence-based medicine"
        ),
        obligatory=True,
        width=44,
    ),
    TemplateColumn(
        _words("Нысаны", "Форма", "Form"),
        _words(
            "Тізімнен таңдаңыз (6.1).", "Выберите из списка (6.1).", "Choose from the list (6.1)."
        ),
        FORMS[0],
        obligatory=True,
        choices=FORMS,
        width=16,
    ),
    TemplateColumn(
        _words("Бағыты", "Направление", "Area"),
        _words(
            "Норма осы бағыт бойынша есептеледі (4.3–4.5).",
            "По направлению считается норматив (4.3–4.5).",
            "The norm is counted by the area (4.3–4.5).",
        ),
        AREAS[0],
        obligatory=True,
        choices=AREAS,
        width=22,
    ),
    TemplateColumn(
        _words("Көлемі (сағат)", "Объём (часов)", "Volume (hours)"),
        _words(
            "Академиялық сағат. Кредитпен де жазуға болады: «2 кредит» (1 = 30 сағат).",
            "Академические часы. Можно и кредитами: «2 кредита» (1 = 30 часов).",
            "Academic hours. Credits are read too: «2 credits» (1 = 30 hours).",
        ),
        _words("72", "72", "72"),
        kind="number",
        obligatory=True,
        width=12,
    ),
    TemplateColumn(
        _words("Басталу күні", "Дата начала", "Start date"),
        _DAY,
        _words("01.03.2026", "01.03.2026", "01.03.2026"),
        kind="date",
        obligatory=True,
        width=14,
    ),
    TemplateColumn(
        _words("Аяқталу күні", "Дата окончания", "End date"),
        _words(
            "Аяқталған оқу ғана жазылады. Үш жыл осы күннен саналады.",
            "Записывается только завершённое обучение. Три года считаются с этого дня.",
            "Only completed training is recorded. The three years are counted from this day.",
        ),
        _words("14.03.2026", "14.03.2026", "14.03.2026"),
        kind="date",
        obligatory=True,
        width=14,
    ),
    TemplateColumn(
        _words("Ұйым", "Организация", "Provider"),
        _SAME,
        _words(
            "Астана медицина университеті",
            "Медицинский университет Астана",
            "Astana Medical University",
        ),
        obligatory=True,
        width=36,
    ),
    TemplateColumn(
        _words("Құжат №", "№ документа", "Document number"),
        _words(
            "Сертификаттың, куәліктің нөмірі.",
            "Номер сертификата, свидетельства.",
            "Number of the certificate.",
        ),
        _words("048213", "048213", "048213"),
        kind="code",
        width=16,
    ),
    TemplateColumn(
        _words("Құжат күні", "Дата документа", "Document date"),
        _DAY,
        _words("16.03.2026", "16.03.2026", "16.03.2026"),
        kind="date",
        width=14,
    ),
    TemplateColumn(
        _words("Оқыту нысаны", "Формат обучения", "Mode"),
        _words(
            "Тізімнен таңдаңыз (6.2).", "Выберите из списка (6.2).", "Choose from the list (6.2)."
        ),
        MODES[0],
        choices=MODES,
        width=16,
    ),
    TemplateColumn(
        _words("Ел", "Страна", "Country"),
        _SAME,
        _words("Қазақстан", "Казахстан", "Kazakhstan"),
        width=16,
    ),
    TemplateColumn(
        _words("Құны", "Стоимость", "Cost"),
        _words("Теңгемен.", "В тенге.", "In tenge."),
        _words("60000", "60000", "60000"),
        kind="number",
        width=12,
    ),
)

_TEXTS = {
    "staff": _words("Қызметкерлер", "Работники", "Staff"),
    "training": _words("Біліктілікті арттыру", "Повышение квалификации", "Training"),
    "how": _words("Нұсқаулық", "Инструкция", "How to fill in"),
    "units": _words("Бөлімшелер", "Подразделения", "Units"),
    "column": _words("Баған", "Столбец", "Column"),
    "obligatory": _words("Міндетті", "Обязательно", "Obligatory"),
    "meaning": _words("Түсіндірме", "Пояснение", "What it means"),
    "example": _words("Мысал", "Пример", "Example"),
    "values": _words("Мәндері", "Значения", "Values"),
    "yes": _words("иә", "да", "yes"),
    "bad_choice": _words(
        "Тізімдегі мәндердің бірін таңдаңыз.",
        "Выберите одно из значений списка.",
        "Choose one of the values of the list.",
    ),
    "bad_date": _words(
        "Бұл күн емес. 31.12.2026 түрінде жазыңыз.",
        "Это не дата. Напишите как 31.12.2026.",
        "This is not a date. Write it as 31.12.2026.",
    ),
}
_INTRODUCTION = {
    "kk": [
        "Бірінші парақты толтырыңыз: бір жолға бір қызметкер немесе бір оқу.",
        "Қызыл атаулы бағандар міндетті. Бағандардың орнын ауыстыруға, керексізін алып тастауға "
        "болады.",
        "Сол файлды қайта жүктесеңіз, ештеңе қайталанбайды: өзгергені ғана өзгереді.",
    ],
    "ru": [
        "Заполните первый лист: одна строка на работника или на одно обучение.",
        "Столбцы с красным названием обязательны. Столбцы можно переставлять, ненужные удалять.",
        "При повторной загрузке того же файла ничего не удвоится: изменится только изменённое.",
    ],
    "en": [
        "Fill in the first sheet: one row an employee, or one row a training.",
        "Columns with a red heading are obligatory. Columns may be moved; others may be removed.",
        "Bringing in the same file again doubles nothing: only what differs is changed.",
    ],
}


def staff_template(target: IO[bytes], language: str | None = None) -> None:
    """The registry of staff to fill in, with the academy's units in the drop-down."""
    _template(target, "staff", STAFF, language)


def training_template(target: IO[bytes], language: str | None = None) -> None:
    """The journal of training to fill in."""
    _template(target, "training", TRAINING, language)


def _template(
    target: IO[bytes], kind: str, columns: tuple[TemplateColumn, ...], language: str | None
) -> None:
    """``language``: kk, ru or en; that of the page where none is given."""
    asked = (language or get_language() or "kk")[:2]
    speech = asked if asked in _INTRODUCTION else "kk"
    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    sheet.title = sheet_title(_TEXTS[kind][speech])
    _explain(book.create_sheet(sheet_title(_TEXTS["how"][speech])), columns, speech)
    units = _list_units(book, speech) if any(c.kind == "unit" for c in columns) else 0
    for place, column in enumerate(columns, start=1):
        _head(sheet, place, column, speech)
        _restrict(sheet, place, column, speech, units)
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 32
    book.save(target)


def _head(sheet: Worksheet, place: int, column: TemplateColumn, speech: str) -> None:
    cell = sheet.cell(1, place, column.heading[speech])
    cell.font = OBLIGATORY_FONT if column.obligatory else HEAD_FONT
    cell.fill, cell.border, cell.alignment = HEAD_FILL, HEAD_BORDER, HEAD_ALIGNMENT
    lines = [column.note[speech]]
    if column.example[speech]:
        lines.append(f"{_TEXTS['example'][speech]}: {column.example[speech]}")
    text = "\n".join(filter(None, lines))
    if text:
        cell.comment = Comment(text, "", height=110, width=280)
    dimension = sheet.column_dimensions[get_column_letter(place)]
    dimension.width = column.width
    # Whole columns: digits stay as typed, days look like days.
    dimension.number_format = {"code": "@", "date": DATE_STYLE}.get(column.kind, "General")


def _restrict(
    sheet: Worksheet, place: int, column: TemplateColumn, speech: str, units: int
) -> None:
    rule = None
    if column.choices:
        values = ",".join(words[speech] for words in column.choices)
        rule = DataValidation(type="list", formula1=f'"{values}"', allow_blank=True)
        rule.error = _TEXTS["bad_choice"][speech]
    elif column.kind == "unit" and units:
        # Another unit may be typed: it will be created.
        name = sheet_title(_TEXTS["units"][speech])
        rule = DataValidation(
            type="list", formula1=f"'{name}'!$B$2:$B${units + 1}", allow_blank=True
        )
        rule.showErrorMessage = False
    elif column.kind == "date":
        rule = DataValidation(
            type="date", operator="greaterThan", formula1="14611", allow_blank=True
        )
        rule.error = _TEXTS["bad_date"][speech]
        rule.errorStyle = "warning"
    if rule is not None:
        letter = get_column_letter(place)
        rule.add(f"{letter}2:{letter}{ROWS}")
        if rule.error:
            rule.showErrorMessage = True
        sheet.add_data_validation(rule)


def _explain(sheet: Worksheet, columns: tuple[TemplateColumn, ...], speech: str) -> None:
    """The instruction: one row a column, so that it is never taken for a header itself."""
    wrap = Alignment(wrap_text=True, vertical="top")
    sheet.append([_TEXTS["how"][speech]])
    sheet["A1"].font = TITLE_FONT
    for line in _INTRODUCTION[speech]:
        sheet.append([line])
    sheet.append([])
    names = ("column", "obligatory", "meaning", "example", "values")
    sheet.append([_TEXTS[name][speech] for name in names])
    for cell in sheet[sheet.max_row]:
        cell.font, cell.fill, cell.border = HEAD_FONT, HEAD_FILL, HEAD_BORDER
    for column in columns:
        sheet.append(
            [
                column.heading[speech],
                _TEXTS["yes"][speech] if column.obligatory else "",
                column.note[speech],
                column.example[speech],
                ", ".join(words[speech] for words in column.choices),
            ]
        )
        for cell in sheet[sheet.max_row]:
            cell.alignment = wrap
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for letter, width in zip("ABCDE", (28, 13, 60, 32, 48), strict=True):
        sheet.column_dimensions[letter].width = width


def _list_units(book: Workbook, speech: str) -> int:
    """The academy's open units on a sheet of their own; how many there are."""
    units = in_tree_order(Unit.objects.open())
    if not units:
        return 0
    sheet = book.create_sheet(sheet_title(_TEXTS["units"][speech]))
    code, name = STAFF[11].heading[speech], STAFF[5].heading[speech]
    sheet.append([code, name])
    for unit in units:
        sheet.append([unit.code, getattr(unit, f"name_{speech}") or unit.name_kk])
    for cell in sheet[1]:
        cell.font, cell.fill, cell.border = HEAD_FONT, HEAD_FILL, HEAD_BORDER
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 12, 60
    return len(units)

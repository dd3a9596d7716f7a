"""Papers as they are printed: words and numbers, the PDF and what an archive asks of it."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from django.utils import translation

from reports.documents import kind_of, preview, rendering, words
from reports.documents.certificate import ON_THE_FACE
from reports.documents.rendering import PaperNotMade, PapersNeedPango, html_of, pdf_of
from reports.views.papers import workbook_of
from training_plans.papers import plan_data
from workflow.models import IssuedPaper
from workflow.papers import issue

from ..factories import PlanFactory, PlanLineFactory
from .papers_data import (
    ALL,
    CERTIFICATE,
    LETTERS,
    LINE,
    LONG_TOPIC,
    NAME,
    REQUEST,
    needs_pango,
    plan,
)

DAY = dt.date(2026, 11, 25)
TOTALS = ("by_category", "by_unit", "by_quarter", "by_form", "by_funding")
needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed here"
)


# --- words --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "long", "quarter", "month"),
    [
        ("kk", "2026 жылғы 5 желтоқсан", "2027 ж. I тоқсан", "2027 ж. наурыз"),
        ("ru", "5 декабря 2026 г.", "I квартал 2027 г.", "март 2027 г."),
        ("en", "5 December 2026", "I quarter 2027", "March 2027"),
    ],
)
def test_days_and_periods(language: str, long: str, quarter: str, month: str) -> None:
    with translation.override(language):
        assert words.long_day("2026-12-05").replace("\u00a0", " ") == long
        assert words.period(LINE | {"precision": "quarter"}) == quarter
        assert words.period(LINE) == month
        assert words.period(LINE | {"precision": "days"}) == "01.03.2027 – 31.03.2027"
        assert words.period(LINE | {"starts_on": None, "ends_on": None}) == ""


@pytest.mark.parametrize(
    ("value", "number", "money"),
    [
        ("60000.00", "60 000", "60 000 ₸"),
        ("60500.50", "60 500,5", "60 500,50 ₸"),
        ("0.00", "0", "0 ₸"),
        ("7200000", "7 200 000", "7 200 000 ₸"),
        (None, "", ""),
    ],
)
def test_numbers_and_money(value: str | None, number: str, money: str) -> None:
    with translation.override("kk"):
        assert words.number(value).replace("\u00a0", " ") == number
        assert words.money(value).replace("\u00a0", " ") == money


def test_a_code_unknown_today_is_printed_as_it_was_frozen() -> None:
    assert words.label("mode", "by_pigeon") == "by_pigeon"
    assert words.label("mode", "") == ""


def test_the_unit_stands_above_its_lines_where_they_stand_together() -> None:
    other = LINE | {"unit_kk": "Хирургия кафедрасы"}
    context = kind_of("annual_plan").context
    apart = context(plan() | {"lines": [LINE, other, LINE]})["bands"]
    together = context(plan() | {"lines": [LINE, LINE, other]})["bands"]
    with translation.override("kk"):
        assert [band["unit"] for band in apart] == [""]
        assert "Терапия кафедрасы" in apart[0]["rows"][0]["post"]
        assert [(band["unit"], len(band["rows"])) for band in together] == [
            ("Терапия кафедрасы", 2),
            ("Хирургия кафедрасы", 1),
        ]


def test_long_outcomes_go_onto_a_second_page() -> None:
    context = kind_of("certificate").context
    short = context(CERTIFICATE)
    long = context(CERTIFICATE | {"outcomes": "ө" * (ON_THE_FACE + 1)})
    assert (short["outcomes"], short["supplement"]) == (CERTIFICATE["outcomes"], "")
    assert (long["outcomes"], long["supplement"]) == ("", "ө" * (ON_THE_FACE + 1))


# --- HTML ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("kind", list(ALL))
def test_a_draft_says_so_and_leads_nowhere(kind: str, language: str) -> None:
    html = html_of(kind_of(kind), ALL[kind], language, paper=None)
    assert f'<html lang="{language}">' in html
    assert f'<body class="{language}-draft"' in html
    assert "/verify/" not in html


def test_the_plan_the_program_freezes_is_the_plan_that_is_printed(db: None) -> None:
    """The shape of the data is agreed between two floors: here they meet."""
    line = PlanLineFactory(topic=LONG_TOPIC)
    signed = {"name": NAME, "position": "ректор"}
    data = plan_data(line.plan, version=1, on=DAY, approved_by=signed, is_late=False)
    html = html_of(kind_of("annual_plan"), data, "kk", paper=None)
    for word in (
        LONG_TOPIC,
        line.person.full_name,
        line.unit.name_kk,
        "2027 ж. наурыз",
        "60\u00a0000",
    ):
        assert word in html


def test_what_people_typed_is_no_markup() -> None:
    html = html_of(kind_of("certificate"), CERTIFICATE | {"topic": "<img src=x>"}, "kk", paper=None)
    assert "<img src=x>" not in html
    assert "&lt;img src=x&gt;" in html


# --- PDF ----------------------------------------------------------------------------------------
@pytest.fixture
def paper(centre: Any) -> IssuedPaper:
    return issue(
        kind="annual_plan",
        number="БАЖ-2027",
        data=plan(40),
        subject=PlanFactory(),
        actor=centre,
        on=DAY,
    )


def text_of(path: Path) -> str:
    command = ["pdftotext", "-layout", str(path), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@needs_pango
@needs_pdftotext
@pytest.mark.parametrize("kind", list(ALL))
def test_every_letter_arrives_on_paper(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "draft.pdf"
    path.write_bytes(preview(kind, ALL[kind], "kk"))
    text = text_of(path)
    assert [letter for letter in LETTERS if letter not in text] == []
    assert NAME.split("-")[0] in text
    with pikepdf.open(path) as pdf:
        fonts = {
            str(font.BaseFont)
            for page in pdf.pages
            for font in page.Resources.get("/Font", {}).values()
        }
        assert all("PT-Serif" in name or "PTSerif" in name or "DejaVu" in name for name in fonts)


@needs_pango
@needs_pdftotext
@pytest.mark.parametrize(
    ("language", "page", "word"),
    [
        ("kk", "{1} беттің {0}-беті", "БЕКІТЕМІН"),
        ("ru", "Стр. {0} из {1}", "УТВЕРЖДАЮ"),
        ("en", "Page {0} of {1}", "APPROVED BY"),
    ],
)
def test_the_plan_is_a_paper_for_the_archive(
    paper: IssuedPaper, tmp_path: Path, language: str, page: str, word: str
) -> None:
    path = tmp_path / "plan.pdf"
    steps: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        steps.append((done, total))

    html = html_of(kind_of(paper.kind), paper.data, language, paper=paper)
    pdf_of(html, path, identifier=paper.fingerprint, progress=progress)
    assert (steps[0], steps[-1]) == ((1, 8), (7, 8))
    text = text_of(path)
    with pikepdf.open(path) as pdf, pdf.open_metadata() as described:
        count = len(pdf.pages)
        assert described["pdfaid:part"] == "2"
        assert described["pdfaid:conformance"] == "A"
        assert str(pdf.Root.Lang) == language
        assert bool(pdf.Root.MarkInfo.Marked) is True
        assert len(pdf.Root.StructTreeRoot.K) == 1
        assert "2027" in str(described["dc:title"])
    assert count >= 4
    assert text.count("СТ 012-2025") == count
    assert page.format(1, count) in text
    assert page.format(count, count) in text
    for part in (word, "БАЖ-2027", paper.fingerprint[:4].upper()):
        assert part in text
    assert f"/verify/{paper.token}/" in "".join(text.split())


@needs_pango
def test_the_same_paper_is_the_same_file(paper: IssuedPaper, tmp_path: Path) -> None:
    html = html_of(kind_of("plan_changes"), ALL["plan_changes"], "kk", paper=paper)
    for name in ("one", "two"):
        pdf_of(html, tmp_path / name, identifier=paper.fingerprint)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@needs_pango
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.kz/x.png",
        "file:///etc/passwd",
        "css/../../../etc/passwd",
        "ftp://example.kz/x",
    ],
)
def test_a_paper_reaches_for_nothing_but_its_own_files(tmp_path: Path, address: str) -> None:
    html = f'<html lang="kk"><title>x</title><img src="{address}" alt="x"></html>'
    with pytest.raises(PaperNotMade, match="exit code 4"):
        pdf_of(html, tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


@needs_pango
def test_the_child_has_ended_and_knows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SECRET_KEY", "secret")
    pdf_of('<html lang="kk"><title>x</title><p>x</p></html>', tmp_path / "x.pdf")
    assert "DJANGO_SECRET_KEY" not in rendering._SURROUNDINGS
    of_ours = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    if of_ours.exists():
        alive = [
            pid
            for pid in of_ours.read_text().split()
            if "child.py" in Path(f"/proc/{pid}/cmdline").read_text()
        ]
        assert alive == []


@needs_pango
def test_a_child_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "TIMEOUT", 0.1)
    with pytest.raises(PaperNotMade, match="exit code -9"):
        pdf_of('<html lang="kk"><title>x</title><p>x</p></html>', tmp_path / "x.pdf")


@needs_pango
def test_a_machine_without_pango_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that cannot be read stands for one that is not there."""
    for name in ("libpango-1.0.so.0", "libpango-1.0-0", "pango-1.0"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    with pytest.raises(PapersNeedPango):
        pdf_of("<html></html>", tmp_path / "x.pdf")


# --- workbooks ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("kk", ("Т.А.Ә.", "Норма бойынша мерзімі", "Болжамды құны, теңге")),
        ("ru", ("Ф.И.О.", "Срок по нормативу", "Плановая стоимость, тенге")),
        ("en", ("Name", "Due by the norm", "Planned cost, tenge")),
    ],
)
@pytest.mark.parametrize(
    ("kind", "data"), [("annual_plan", plan(3)), ("department_request", REQUEST)]
)
def test_a_workbook_can_be_reckoned_with(
    kind: str, data: dict[str, Any], language: str, headings: tuple[str, ...]
) -> None:
    response = workbook_of(kind_of(kind), data, language, name="x")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(place for place, row in enumerate(rows) if headings[0] in row)
    first = dict(zip(rows[head], rows[head + 1], strict=True))
    assert len(rows) == head + 1 + len(data["lines"])
    assert first[headings[0]] == NAME
    assert first[headings[1]] == dt.datetime(2027, 3, 31)
    assert Decimal(str(first[headings[2]])) == Decimal("60500.5")
    assert None not in rows[head]


def test_the_workbook_of_a_draft_does_not_say_it_was_approved() -> None:
    said = {}
    for name in ("", NAME):
        data = plan(1) | {"approved_by": {"name": name, "position": ""}}
        response = workbook_of(kind_of("annual_plan"), data, "en", name="x")
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        said[name] = [str(row[0].value) for row in sheet.iter_rows(max_row=3)]
    assert "Draft: not approved" in said[""]
    assert not any(words.startswith("Approved:") for words in said[""])
    assert any(words.startswith("Approved:") and NAME in words for words in said[NAME])


@pytest.mark.parametrize(
    ("language", "sheet_name", "heading"),
    [("kk", "Жиыны", "Сағат саны"), ("ru", "Итоги", "Часов"), ("en", "Totals", "Hours")],
)
def test_the_workbook_of_the_plan_has_its_totals_on_a_sheet_of_their_own(
    language: str, sheet_name: str, heading: str
) -> None:
    data = plan(3)
    response = workbook_of(kind_of("annual_plan"), data, language, name="x")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames[1:] == [sheet_name]
    head, *rows = ([cell.value for cell in row] for row in book[sheet_name].iter_rows())
    assert heading in head
    given = [row for name in TOTALS for row in data["totals"].get(name, [])]
    assert sorted(row[2:] for row in rows) == sorted(
        [row["people"], float(row["hours"]), float(row["cost"])] for row in given
    )
    assert rows
    assert None not in [row[1] for row in rows]

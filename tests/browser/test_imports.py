"""HR brings in the staff list and the training records, and takes an import back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Download, Page, expect

from staff.models import ImportRun, Person, Role, TrainingRecord

from ..factories import UserFactory
from ..test_samples import SAMPLES
from .words import enter, field, go, heading, kk, link, press

pytestmark = pytest.mark.browser
FOLDER = SAMPLES / "kk"


@pytest.fixture
def inspector(db: None) -> Any:
    """HR in an academy about which nothing is known yet."""
    return UserFactory(username="hr", language="kk", roles=[Role.HR])


def expected() -> dict[str, Any]:
    return json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


def sheet_of(download: Download, folder: Path) -> list[tuple[Any, ...]]:
    path = folder / download.suggested_filename
    download.save_as(path)
    book = openpyxl.load_workbook(path)
    rows = list(book.active.iter_rows(values_only=True))
    book.close()
    return rows


def bring(page: Page, kind: ImportRun.Kind, name: str) -> None:
    """From the list of imports to the preview."""
    go(page, "Imports")
    link(page, kk("Bring in a file")).first.click()
    field(page, str(kk_of(kind))).check()
    field(page, kk("Excel file")).set_input_files(FOLDER / name)
    press(page, kk("Check the file"))
    expect(heading(page)).to_contain_text(name)


def kk_of(kind: ImportRun.Kind) -> str:
    from django.utils import translation

    with translation.override("kk"):
        return str(kind.label)


def tile(page: Page, label: str) -> int:
    """The figure of the tile that begins with this word."""
    pattern = re.compile(rf"^{re.escape(label)}\s+(\d+)", re.IGNORECASE)
    text = page.get_by_role("main").get_by_role("link", name=pattern).inner_text()
    found = pattern.match(" ".join(text.split()))
    assert found
    return int(found.group(1))


def figures(page: Page) -> dict[str, int]:
    go(page, "Compliance")
    return {
        word: tile(page, kk(word))
        for word in ("satisfied", "falls due soon", "first three years", "overdue")
    }


def test_from_two_workbooks_to_the_person_who_is_overdue_and_back(
    page: Page, inspector: Any, tmp_path: Path
) -> None:
    enter(page, "hr")
    bring(page, ImportRun.Kind.STAFF, "staff.xlsx")
    assert tile(page, kk("New")) == expected()["people"]
    assert not Person.objects.exists()
    press(page, kk("Bring it in"))
    expect(link(page, kk("Undo"))).to_be_visible()
    before = figures(page)

    bring(page, ImportRun.Kind.TRAINING, "training.xlsx")
    assert tile(page, kk("New")) == expected()["records"]
    press(page, kk("Bring it in"))
    expect(link(page, kk("Undo"))).to_be_visible()

    states = [line["state"] for line in expected()["statuses"]]
    assert figures(page) == {
        "satisfied": states.count("compliant"),
        "falls due soon": states.count("expiring"),
        "first three years": states.count("pending"),
        "overdue": states.count("overdue"),
    }

    # The red tile → the list behind it → one of those people.
    page.get_by_role("main").get_by_role("link", name=re.compile("^Мерзімі өтті")).click()
    overdue = [line for line in expected()["statuses"] if line["state"] == "overdue"]
    expect(page.get_by_role("status").filter(has_text=str(len(overdue)))).to_be_visible()
    with page.expect_download() as coming:
        link(page, "XLSX").click()
    rows = sheet_of(coming.value, tmp_path)
    known = {f"{person.full_name}" for person in Person.objects.all()}
    assert sum(1 for row in rows if known & {str(cell) for cell in row}) == len(overdue)

    line = next(line for line in overdue if line["counted_hours"])
    person = Person.objects.get(personnel_number=line["personnel_number"])
    link(page, person.full_name).first.click()
    expect(heading(page)).to_contain_text(person.full_name)
    expect(page.get_by_role("main").get_by_role("img").first).to_be_visible()
    year, month, day = line["due_on"].split("-")
    sentence = page.get_by_text(re.compile(rf"{day}\.{month}\.{year}.*{line['counted_hours']}"))
    expect(sentence.first).to_be_visible()

    record = person.records.counting().first()
    link(page, record.title).first.click()
    expect(heading(page)).to_contain_text(record.title)
    link(page, kk("History")).click()
    expect(heading(page)).to_contain_text(kk("History"))
    expect(page.get_by_role("listitem").filter(has_text=kk("entered")).first).to_be_visible()

    # The training records are taken back: what the staff list alone said stands again.
    go(page, "Imports")
    link(page, "training.xlsx").click()
    link(page, kk("Undo")).click()
    press(page, kk("Undo the import"))
    expect(heading(page)).to_contain_text("training.xlsx")
    assert not TrainingRecord.objects.exists()
    assert figures(page) == before


def test_rows_with_errors_are_shown_left_out_and_given_back(
    page: Page, inspector: Any, tmp_path: Path
) -> None:
    wrong = json.loads((FOLDER / "bad.json").read_text(encoding="utf-8"))["staff"]
    enter(page, "hr")
    bring(page, ImportRun.Kind.STAFF, "bad_staff.xlsx")
    assert tile(page, kk("Rejected")) == len(wrong)
    for entry in wrong:
        row = page.get_by_role("row", name=re.compile(rf"^{entry['row']} "))
        expect(row).to_contain_text(kk("error"))
    expect(page.get_by_role("button", name=kk("Bring it in"), exact=True)).to_have_count(0)

    with page.expect_download() as coming:
        link(page, kk("Rejected rows (XLSX)")).click()
    rows = sheet_of(coming.value, tmp_path)
    assert len(rows) == 1 + len(wrong)
    assert kk("Reason for rejection") in rows[0]
    assert all(row[-1] for row in rows[1:])
    assert not Person.objects.exists()

    press(page, kk("Bring in the good rows only"))
    expect(link(page, kk("Undo"))).to_be_visible()
    assert Person.objects.count() == 30 - len(wrong)

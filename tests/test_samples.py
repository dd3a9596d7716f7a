"""The workbooks personnel departments really keep, with what must come of them.

``tests/samples/<language>/``: a pair that is right, with the standings that follow from it, and a
pair with errors in known rows.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from staff.models import ImportRun, Person, Post, Provider, Standing, TrainingRecord, Unit
from workflow.models import StoredFile

from .commands import run

SAMPLES = Path(__file__).parent / "samples"
KINDS = ("staff", "training")
LANGUAGES = ("kk", "ru")

pytestmark = pytest.mark.django_db


@pytest.fixture(params=LANGUAGES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of one language's files: imports write beside them."""
    target = tmp_path / request.param
    shutil.copytree(SAMPLES / request.param, target)
    return target


@pytest.fixture
def imported(folder: Path) -> Path:
    for kind in KINDS:
        assert run(f"import_{kind}", folder / f"{kind}.xlsx").code == 0
    return folder


def bad_rows(folder: Path, kind: str) -> list[int]:
    listed = json.loads((folder / "bad.json").read_text(encoding="utf-8"))
    return [entry["row"] for entry in listed[kind]]


def everything() -> dict[str, Any]:
    """Registry, ledger, standings and histories, row by row."""
    tables = (Unit, Person, Post, Provider, TrainingRecord, Standing)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in tables} | {
        f"history of {model.__name__}": model.history.count()
        for model in tables
        if model is not Standing
    }


def compliance(*options: str) -> dict[str, Any]:
    answer = run("check_compliance", "--on", "2026-11-22", "--format", "json", *options)
    assert (answer.code, answer.err) == (0, "")
    return json.loads(answer.out)


def test_standings_are_as_expected_and_a_second_time_nothing_changes(imported):
    expected = json.loads((imported / "expected.json").read_text(encoding="utf-8"))
    assert Person.objects.count() == expected["people"]
    assert TrainingRecord.objects.count() == expected["records"]
    told = compliance()
    assert told == {"on": expected["on"], "statuses": expected["statuses"]}
    stored = {
        (row.person.personnel_number, row.requirement.code): (row.state, row.due_on.isoformat())
        for row in Standing.objects.on(row_day()).select_related("person", "requirement")
    }
    assert stored == {
        (line["personnel_number"], line["requirement"]): (line["state"], line["due_on"])
        for line in expected["statuses"]
    }

    before = everything()
    for kind in KINDS:
        again = run(f"import_{kind}", imported / f"{kind}.xlsx")
        assert again.code == 0
        assert again.out.splitlines()[-1].startswith("new: 0, changed: 0, unchanged: ")
    assert everything() == before


def row_day() -> Any:
    from workflow.calendar import today

    return today()


def test_names_are_stored_as_names_are_written(imported):
    """Look-alikes mended, stray spaces gone, capitals lowered, lost zeros back."""
    for person in Person.objects.all():
        for name in (person.last_name, person.first_name, person.patronymic):
            assert name == " ".join(name.split())
            assert not any("a" <= letter <= "z" for letter in name.casefold())
            assert len(name) < 2 or not name.isupper()
        assert person.iin is None or len(person.iin) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_errors_is_refused_whole(folder, kind):
    if kind == "training":
        run("import_staff", folder / "staff.xlsx")
    before, runs = everything(), ImportRun.objects.count()
    answer = run(f"import_{kind}", folder / f"bad_{kind}.xlsx")
    assert answer.code == 1
    assert answer.rows_with_errors == bad_rows(folder, kind)
    assert everything() == before
    assert (ImportRun.objects.count(), StoredFile.objects.count()) == (runs, runs)
    assert not list(folder.glob("*.rejected.xlsx"))


@pytest.mark.parametrize("kind", KINDS)
def test_good_rows_come_in_and_bad_ones_come_back(folder, kind):
    if kind == "training":
        run("import_staff", folder / "staff.xlsx")
    answer = run(f"import_{kind}", folder / f"bad_{kind}.xlsx", "--skip-invalid")
    assert answer.code == 0
    assert answer.rows_with_errors == bad_rows(folder, kind)
    assert f"rejected: {len(bad_rows(folder, kind))}" in answer.out
    written = Person.objects.count() if kind == "staff" else TrainingRecord.objects.count()
    assert written == 30 - len(bad_rows(folder, kind))

    sheet = rows_of(folder / f"bad_{kind}.rejected.xlsx")
    original = rows_of(folder / f"bad_{kind}.xlsx")
    assert [cell for cell in sheet[0] if cell][-1] == "Reason for rejection"
    assert len(sheet) - 1 == len(bad_rows(folder, kind))
    for returned, number in zip(sheet[1:], bad_rows(folder, kind), strict=True):
        came = original[number - 1]
        assert [text(cell) for cell in returned[: len(came)]] == [text(cell) for cell in came]
        assert returned[len(came)]


def rows_of(path: Path) -> list[list[Any]]:
    book = load_workbook(path)
    rows = [list(row) for row in book.active.iter_rows(values_only=True)]
    book.close()
    return rows


def text(cell: Any) -> str:
    """A cell as text: dates as ISO, whole numbers without a point."""
    if cell is None:
        return ""
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10]
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


@pytest.mark.parametrize("name", ["staff", "bad_staff"])
def test_a_dry_run_writes_nothing(folder, name):
    before = everything()
    answer = run("import_staff", folder / f"{name}.xlsx", "--dry-run")
    assert answer.code == (0 if name == "staff" else 1)
    assert everything() == before
    assert (ImportRun.objects.count(), StoredFile.objects.count()) == (0, 0)
    with_skip = run("import_staff", folder / f"{name}.xlsx", "--dry-run", "--skip-invalid")
    assert with_skip.code == answer.code
    assert everything() == before
    assert not list(folder.glob("*.rejected.xlsx"))


def test_rejected_rows_go_where_they_are_told_to(folder, tmp_path):
    target = tmp_path / "elsewhere.xlsx"
    run("import_staff", folder / "bad_staff.xlsx", "--skip-invalid", "--rejected", target)
    assert len(rows_of(target)) == 1 + len(bad_rows(folder, "staff"))
    assert not list(folder.glob("*.rejected.xlsx"))


def test_mended_rejected_rows_can_be_brought_in(folder):
    """The workbook of rejected rows is a workbook that can be read."""
    run("import_staff", folder / "bad_staff.xlsx", "--skip-invalid")
    again = run("import_staff", folder / "bad_staff.rejected.xlsx", "--dry-run")
    assert again.code == 1
    assert again.rows_with_errors[:4] == [2, 3, 4, 5]


# --- check_compliance -------------------------------------------------------------------------
@pytest.mark.parametrize("folder", ["ru"], indirect=True)
def test_formats_say_the_same(imported):
    listed = compliance()["statuses"]
    as_csv = run("check_compliance", "--on", "2026-11-22", "--format", "csv")
    read = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert read == [{key: str(value) for key, value in line.items()} for line in listed]
    table = run("check_compliance", "--on", "2026-11-22").out.splitlines()
    assert len(table) == len(listed)
    for line, shown in zip(listed, table, strict=True):
        assert shown.split() == [
            line["personnel_number"],
            line["requirement"],
            line["state"],
            line["due_on"],
            str(line["counted_hours"]),
            "/",
            str(line["required_hours"]),
        ]


@pytest.mark.parametrize("folder", ["ru"], indirect=True)
def test_a_unit_includes_everything_below_it(imported):
    whole = compliance()["statuses"]
    parts: list[dict[str, Any]] = []
    for unit in Unit.objects.all():
        numbers = set(unit.posts.values_list("person__personnel_number", flat=True))
        told = compliance("--unit", unit.code)["statuses"]
        assert told == [line for line in whole if line["personnel_number"] in numbers]
        parts += told
    assert len(parts) >= len(whole)
    lower, upper = Unit.objects.filter(kind="department")[:2]
    lower.parent = upper
    lower.save()
    numbers = set(Post.objects.filter(unit__in=[lower, upper]).values_list("person_id", flat=True))
    told = compliance("--unit", upper.code)["statuses"]
    assert {line["personnel_number"] for line in told} == set(
        Person.objects.filter(pk__in=numbers).values_list("personnel_number", flat=True)
    )


@pytest.mark.parametrize(
    "options",
    [["--unit", "D-999"], ["--on", "22.11.2026"], ["--on", "2026-02-30"], ["--format", "xml"]],
)
def test_wrong_usage_is_exit_code_2(options: list[str], program: Callable[..., int]):
    assert program("check_compliance", *options) == 2


@pytest.mark.parametrize(
    "arguments", [["import_staff"], ["import_training"], ["import_staff", "a.xlsx", "--what"]]
)
def test_imports_called_wrongly_are_exit_code_2(arguments: list[str], program: Callable[..., int]):
    assert program(*arguments) == 2


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Callable[..., int]:
    """``manage.py`` as a shell calls it: exit codes of the argument parser included."""
    from django.core.management import ManagementUtility

    def call(*arguments: str) -> int:
        try:
            ManagementUtility(["manage.py", *arguments]).execute()
        except SystemExit as stopped:
            return int(stopped.code or 0)
        return 0

    return call


def test_whatever_it_finds_the_exit_code_is_0(program, capsys):
    assert program("check_compliance", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"on": "2026-11-22", "statuses": []}

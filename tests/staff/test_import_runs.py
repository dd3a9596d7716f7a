"""Imports in the browser: check, preview, confirm, bring in, undo as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from staff.domain import imports, standings
from staff.models import (
    ImportEntry,
    ImportRun,
    Person,
    Post,
    Provider,
    Standing,
    TrainingRecord,
    Unit,
)
from workflow.models import StoredFile

from ..conftest import TODAY
from ..factories import PostFactory, TrainingRecordFactory
from ..workbooks import written
from .test_import_staff import HEADINGS, person_row
from .test_import_training import HEADINGS as TRAINING_HEADINGS
from .test_import_training import USUAL as TRAINING

pytestmark = pytest.mark.django_db

Start = Callable[..., ImportRun]


@pytest.fixture
def start(tmp_path: Path, hr: Any) -> Start:
    """``start("staff", {...}, {...})``: an upload by HR, not checked yet."""

    def start_run(kind: str, *rows: dict[str, Any], content: bytes = b"") -> ImportRun:
        headings = HEADINGS if kind == "staff" else TRAINING_HEADINGS
        if not content:
            columns = [name for name in headings if any(name in row for row in rows)]
            path = written(
                tmp_path,
                [headings[name] for name in columns],
                [[row.get(name, "") for name in columns] for row in rows],
            )
            content = path.read_bytes()
        file = StoredFile.keep(ContentFile(content), name="staff.xlsx", content_type="x", by=hr)
        return imports.start_run(kind=kind, actor=hr, file=file, file_name="staff.xlsx")

    return start_run


def everything() -> dict[str, Any]:
    """Registry, ledger and standings without keys of rows that come and go."""
    return {
        "units": sorted(Unit.objects.values_list("code", "name_kk")),
        "people": sorted(map(str, Person.objects.order_by("pk").values())),
        "posts": sorted(map(str, Post.objects.order_by("pk").values())),
        "records": sorted(map(str, TrainingRecord.objects.order_by("pk").values())),
        "providers": sorted(Provider.objects.values_list("name")),
        "standings": sorted(
            map(
                str,
                Standing.objects.values_list(
                    "person", "requirement", "post", "holds_from", "holds_until", "decisive",
                    "reached_until", "base_on", "due_on", "plain_due_on",
                ),
            )
        ),
    }  # fmt: skip


def brought_in(run: ImportRun, actor: Any, *, skip_invalid: bool = False) -> ImportRun:
    imports.check(run=run, on=TODAY)
    assert imports.confirm(run=run, skip_invalid=skip_invalid, actor=actor)
    imports.apply(run=run, on=TODAY)
    run.refresh_from_db()
    return run


def undone(run: ImportRun, actor: Any) -> ImportRun:
    assert imports.ask_undo(run=run, actor=actor)
    imports.undo(run=run, on=TODAY)
    run.refresh_from_db()
    return run


# --- check and confirm --------------------------------------------------------------------------
def test_a_check_previews_every_row_and_writes_nothing(start, hr):
    brought_in(start("staff", person_row(1), person_row(2)), hr)
    before = everything()
    run = start(
        "staff",
        person_row(1),
        person_row(2, position="профессор"),
        person_row(3),
        person_row(4, category="?"),
        person_row(5, hired="01.12.2026"),
    )
    imports.check(run=run, on=TODAY)
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKED
    assert (run.count_new, run.count_changed, run.count_unchanged, run.count_rejected) == (
        2,
        1,
        1,
        1,
    )
    entries = [(e.row, e.outcome, e.label, len(e.problems)) for e in run.entries.all()]
    assert entries == [
        (3, "changed", "Әлиева Айгүл Серікқызы", 0),
        (4, "new", "Әлиева Айгүл Серікқызы", 0),
        (5, "rejected", "Әлиева Айгүл Серікқызы", 1),
        (6, "new", "Әлиева Айгүл Серікқызы", 1),
    ]
    [problem] = run.entries.get(row=5).problems
    assert (problem["column"], problem["value"], problem["reason"]) == (
        "Санаты",
        "?",
        "unknown_category",
    )
    assert everything() == before


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(start):
    run = start("staff", content=b"%PDF-1.7")
    imports.check(run=run, on=TODAY)
    run.refresh_from_db()
    assert (run.state, run.problem["reason"]) == ("refused", "not_excel")
    assert run.entries.count() == 0


def test_errors_must_be_left_out_knowingly(start, hr):
    run = start("staff", person_row(1), person_row(2, category="?"))
    imports.check(run=run, on=TODAY)
    assert imports.confirm(run=run, skip_invalid=False, actor=hr) is False
    run.refresh_from_db()
    assert run.state == "checked"
    assert imports.confirm(run=run, skip_invalid=True, actor=hr) is True
    imports.apply(run=run, on=TODAY)
    run.refresh_from_db()
    assert (
        run.state,
        run.skip_invalid,
        Person.objects.filter(iin=person_row(1)["iin"]).count(),
    ) == (
        "done",
        True,
        1,
    )


def test_yes_can_be_said_only_once_and_only_after_the_check(start, hr):
    run = start("staff", person_row(1))
    assert imports.confirm(run=run, skip_invalid=False, actor=hr) is False
    imports.check(run=run, on=TODAY)
    assert imports.confirm(run=run, skip_invalid=False, actor=hr) is True
    assert imports.confirm(run=ImportRun.objects.get(pk=run.pk), skip_invalid=False, actor=hr) is (
        False
    )


def test_nothing_is_brought_in_without_a_yes(start):
    run = start("staff", person_row(1))
    imports.apply(run=run, on=TODAY)
    imports.check(run=run, on=TODAY)
    imports.apply(run=run, on=TODAY)
    assert run.state == "checked"
    assert Person.objects.filter(iin=person_row(1)["iin"]).count() == 0


def test_what_is_brought_in_fits_the_registry_of_that_moment(start, hr):
    """Between check and yes somebody entered the person by hand."""
    run = start("staff", person_row(1))
    imports.check(run=run, on=TODAY)
    PostFactory(person__personnel_number="1001", person__iin=person_row(1)["iin"])
    imports.confirm(run=run, skip_invalid=False, actor=hr)
    imports.apply(run=run, on=TODAY)
    run.refresh_from_db()
    assert (run.state, run.count_new) == ("done", 0)
    assert Person.objects.filter(personnel_number="1001").count() == 1


def test_an_import_says_who_brought_it_and_how_far_it_is(start, hr):
    run = start("staff", person_row(1))
    imports.check(run=run, on=TODAY)
    imports.confirm(run=run, skip_invalid=False, actor=hr)
    told: list[tuple[int, int]] = []
    imports.apply(run=run, on=TODAY, progress=lambda done, of: told.append((done, of)))
    run.refresh_from_db()
    assert (run.state, run.created_by, run.finished_at is None) == ("done", hr, False)
    assert [done for done, _of in told] == list(range(1, len(told) + 1))
    assert told[-1] == (told[-1][1], told[-1][1])
    entry = Person.history.get(personnel_number="1001")
    assert (entry.history_user, entry.history_change_reason) == (hr, f"import {run.pk}")


def test_an_apply_that_died_can_be_run_again(start, hr):
    run = start("staff", person_row(1))
    imports.check(run=run, on=TODAY)
    imports.confirm(run=run, skip_invalid=False, actor=hr)
    ImportRun.objects.filter(pk=run.pk).update(state="applying")
    imports.apply(run=ImportRun.objects.get(pk=run.pk), on=TODAY)
    run.refresh_from_db()
    assert (run.state, run.count_new) == ("done", 1)
    imports.apply(run=run, on=TODAY)
    assert Person.objects.filter(personnel_number="1001").count() == 1


# --- undo ---------------------------------------------------------------------------------------
def test_undoing_takes_everything_new_back(start, hr):
    before = everything()
    run = brought_in(start("staff", person_row(1), person_row(2, share="0,5")), hr)
    assert everything() != before
    run = undone(run, hr)
    assert (run.state, run.undone_by, run.problem) == ("undone", hr, None)
    assert everything() == before
    gone = Person.history.filter(personnel_number="1001").latest("history_date")
    assert gone.history_type == "-"


def test_undoing_gives_changed_values_and_posts_back(start, hr):
    standings.restate_everybody(on=TODAY)
    brought_in(start("staff", person_row(1), person_row(2), person_row(3)), hr)
    before = everything()
    run = brought_in(
        start(
            "staff",
            person_row(1, last="Қасымова", email="a@b.kz"),
            person_row(2, unit="Хирургия кафедрасы", appointed="01.10.2026"),
            person_row(3, left="30.06.2026"),
            person_row(4),
        ),
        hr,
    )
    assert (run.count_new, run.count_changed) == (1, 3)
    run = undone(run, hr)
    assert run.state == "undone"
    assert everything() == before
    assert Person.objects.matching("қасымова").count() == 0
    assert standings.restate_everybody(on=TODAY).total == 0


def test_undoing_a_journal_gives_records_and_standings_back(start, hr):
    person = PostFactory(person__personnel_number="1001").person
    TrainingRecordFactory(
        person=person,
        title="Ескі тақырып",
        starts_on=dt.date(2025, 6, 1),
        ends_on=dt.date(2025, 6, 12),
        document_number="№ 1",
        provider__name="Coursera",
    )
    standings.restate(people=[person.pk], on=TODAY)
    before = everything()
    run = brought_in(
        start(
            "training",
            TRAINING,
            TRAINING
            | {
                "title": "Ескі тақырып",
                "start": "01.06.2025",
                "end": "12.06.2025",
                "document": "№ 1",
                "volume": "40",
            },
        ),
        hr,
    )
    assert (run.count_new, run.count_changed) == (1, 1)
    assert everything() != before
    assert undone(run, hr).state == "undone"
    assert everything() == before


def test_what_was_changed_since_cannot_be_undone(start, hr):
    run = brought_in(start("staff", person_row(1), person_row(2)), hr)
    person = Person.objects.get(personnel_number="1001")
    person.email = "new@example.kz"
    person.save()
    before = everything()
    run = undone(run, hr)
    assert (run.state, run.problem) == (
        "done",
        {"reason": "changed_since", "params": {"count": 1}},
    )
    assert everything() == before


def test_a_later_import_of_the_same_people_must_be_undone_first(start, hr):
    first = brought_in(start("staff", person_row(1)), hr)
    between = everything()
    second = brought_in(start("staff", person_row(1, email="a@b.kz")), hr)
    assert undone(first, hr).problem["reason"] == "changed_since"
    assert undone(second, hr).state == "undone"
    assert everything() == between


def test_people_with_records_since_cannot_be_taken_back(start, hr):
    run = brought_in(start("staff", person_row(1)), hr)
    TrainingRecordFactory(person=Person.objects.get(personnel_number="1001"))
    before = everything()
    assert undone(run, hr).problem["reason"] == "changed_since"
    assert everything() == before


def test_a_unit_used_by_others_since_cannot_be_taken_back(start, hr):
    run = brought_in(start("staff", person_row(1, unit="Неврология кафедрасы")), hr)
    PostFactory(unit=Unit.objects.get(name_kk="Неврология кафедрасы"))
    before = everything()
    assert undone(run, hr).problem["reason"] == "changed_since"
    assert everything() == before


def test_a_provider_used_by_others_since_stays(start, hr):
    person = PostFactory(person__personnel_number="1001").person
    run = brought_in(start("training", TRAINING), hr)
    other = TrainingRecordFactory(provider=Provider.objects.get(name="«ОҚМА» АҚ"))
    assert undone(run, hr).state == "undone"
    assert list(TrainingRecord.objects.all()) == [other]
    assert Provider.objects.filter(name="«ОҚМА» АҚ").count() == 1
    assert person.records.count() == 0


def test_undoing_is_asked_once_and_for_what_is_done(start, hr):
    run = start("staff", person_row(1))
    assert imports.ask_undo(run=run, actor=hr) is False
    brought_in(run, hr)
    assert imports.ask_undo(run=run, actor=hr) is True
    assert imports.ask_undo(run=ImportRun.objects.get(pk=run.pk), actor=hr) is False
    imports.undo(run=run, on=TODAY)
    assert imports.ask_undo(run=ImportRun.objects.get(pk=run.pk), actor=hr) is False


def test_a_file_undone_can_be_brought_in_again(start, hr):
    run = undone(brought_in(start("staff", person_row(1)), hr), hr)
    assert run.state == "undone"
    again = brought_in(start("staff", person_row(1)), hr)
    assert (again.state, again.count_new) == ("done", 1)


def test_entries_keep_what_they_did_after_undoing(start, hr):
    run = undone(brought_in(start("staff", person_row(1)), hr), hr)
    assert [entry.outcome for entry in run.entries.all()] == [ImportEntry.Outcome.NEW]

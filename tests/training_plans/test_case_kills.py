"""The process is killed at every point of the upload and of the verification (7.2, 3.10, 7.14).

The real verb or page runs in a child process that kills itself (SIGKILL) at that point, against the
database the tests have: a file on SQLite, else the server. Whatever the point, either all of it is
there or nothing; no file counts as evidence that nobody handed in, and the next attempt succeeds.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import sqlite3
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from staff.domain import registry
from staff.models import TrainingRecord
from training_plans.domain import handing_in, verification
from training_plans.models import Evidence, PlanLine, TraineeReport, TrainingApplication
from workflow.files import sweep
from workflow.models import Decision, IssuedPaper, NumberRegister, OutgoingMail, StoredFile
from workflow.papers import paper_issued
from workflow.saving import version_of
from workflow.tasks import deliver_letters

from ..scan_files import photo, upload
from . import handed_in
from .test_handing_in_pages import form_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ON = handed_in.SENT_ON + dt.timedelta(days=1)
Act = Callable[[], Any]
_parents_connections: list[Any] = []  # closing one would end the parent's session on the server


# --- dying --------------------------------------------------------------------------------------
def die(*_arguments: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(thing: Any, name: str) -> Act:
    """Where ``name`` of ``thing`` would begin. To be called in the child alone."""
    return lambda: setattr(thing, name, die)


def after(thing: Any, name: str) -> Act:
    """Where ``name`` of ``thing`` has just ended."""
    real = getattr(thing, name)

    def then_die(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        die()

    return lambda: setattr(thing, name, then_die)


class Place:
    """The database child and parent share; on SQLite a file the tests' own is copied into."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self) -> None:
        """From now on ``path`` is the database; nothing more is written to the tests' own."""
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            with contextlib.closing(sqlite3.connect(self.path)) as target:
                connection.connection.backup(target)

    def _use(self) -> None:
        wrapper = connections["default"]
        if wrapper.vendor == "sqlite":
            wrapper.settings_dict = {**wrapper.settings_dict, "NAME": str(self.path)}

    def kill(self, act: Act, *, at: Act) -> None:
        """``act`` in a child process that dies ``at`` a point, which it has to reach."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # forks beside threads, Python 3.12
            child = os.fork()
        if child == 0:
            try:
                wrapper = connections["default"]
                _parents_connections.append(wrapper.connection)
                wrapper.connection = None
                self._use()
                at()
                act()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        _child, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the point was not reached: {status}"
        assert os.WTERMSIG(status) == signal.SIGKILL

    def ask(self, act: Act) -> Any:
        """What ``act`` gives, on a connection of its own to the database the child used."""
        given: list[Any] = []
        broken: list[BaseException] = []

        def run() -> None:
            self._use()
            try:
                given.append(act())
            except BaseException as error:
                broken.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(120)
        if broken:
            raise broken[0]
        return given[0]


@pytest.fixture
def place(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Place:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(paper_issued, "receivers", [])
    return Place(tmp_path / "cases.sqlite3")


def files_on_disk(place: Place) -> int:
    media = place.path.parent / "media"
    return sum(path.is_file() for path in media.rglob("*")) if media.exists() else 0


def swept_later() -> Any:
    """The sweep, three days from now."""
    return sweep(now=timezone.now() + dt.timedelta(days=3))


def aged(place: Place) -> None:
    """Files on disk say when they were written by the machine's clock, not by the tests'."""
    for path in (place.path.parent / "media").rglob("*"):
        os.utime(path, (timezone.now().timestamp(),) * 2)


# --- the upload -----------------------------------------------------------------------------------
def sending(case: TrainingApplication, user: Any) -> Act:
    """The page of the certificate, filled in with a photo and sent."""

    def send() -> int:
        client = Client()
        client.force_login(user, backend="staff.backends.PasswordBackend")
        evidence = Evidence.objects.filter(application=case).first()
        typed = {
            "topic": "Кардиология",
            "starts_on": "2026-10-12",
            "ends_on": "2026-10-23",
            "document_date": "2026-10-23",
            "late_because": "Сертификат кеш берілді",
            "send": "1",
        }
        form = form_of(evidence, **typed) | {"scan": upload(photo(), "a.jpg")}
        return client.post(reverse("evidence_edit", args=[case.pk]), form).status_code

    return send


def handed(case: TrainingApplication) -> tuple[Any, ...]:
    """State of the case, of its certificate if there is one, whether that has a file; decisions."""
    fresh = TrainingApplication.objects.get(pk=case.pk)
    evidence = Evidence.objects.filter(application=case).first()
    sent = Decision.objects.filter(transition__in=["send", "hand_in"]).count()
    if evidence is None:
        return fresh.state, None, None, sent
    return fresh.state, evidence.state, evidence.file_id is not None, sent


NOTHING = ("ordered", None, None, 0)
DRAFT = ("ordered", "draft", True, 0)
# Point, what is there afterwards, rows of files nobody refers to, files on disk without a row.
UPLOADS = {
    "the file is written, its row is not": (before(StoredFile, "save"), NOTHING, 0, 1),
    "the file is kept": (after(StoredFile, "save"), NOTHING, 1, 0),
    "before the document": (before(handing_in, "save_evidence"), NOTHING, 1, 0),
    "the document is written, not committed": (after(handing_in, "save"), NOTHING, 1, 0),
    "the draft is kept, nothing is sent": (before(handing_in, "send_evidence"), DRAFT, 0, 0),
    "it is sent, not committed": (before(handing_in, "_hand_in"), DRAFT, 0, 0),
    "all is done, not committed": (after(handing_in, "_hand_in"), DRAFT, 0, 0),
}


@pytest.mark.parametrize("point", UPLOADS)
def test_killed_during_the_upload(point: str, accounts: Any, teacher: Any, place: Place) -> None:
    at, expected, rows, strays = UPLOADS[point]
    case = handed_in.ordered(teacher, accounts)
    place.begin()
    before_it = files_on_disk(place)
    place.kill(sending(case, teacher), at=at)

    assert place.ask(lambda: handed(case)) == expected
    assert place.ask(StoredFile.objects.count) == rows + (expected == DRAFT)
    assert files_on_disk(place) == before_it + rows + strays + (expected == DRAFT)
    aged(place)
    assert tuple(place.ask(swept_later)) == (rows, strays)
    assert files_on_disk(place) == before_it + (expected == DRAFT)

    assert place.ask(sending(case, teacher)) == 302
    assert place.ask(lambda: handed(case)) == ("ordered", "sent", True, 1)


def test_killed_between_both_parts_neither_is_sent(
    accounts: Any, teacher: Any, place: Place
) -> None:
    case = handed_in.ordered(teacher, accounts)
    evidence = handing_in.begin_evidence(application=case, actor=teacher, on=ON)
    typed = {"document_number": "KZ-1", "document_date": handed_in.END}
    file = handed_in.a_file(by=teacher)
    handing_in.save_evidence(evidence=evidence, values=typed, file=file, actor=teacher, on=ON)
    handing_in.save_report(application=case, values=handed_in.WRITTEN, actor=teacher, on=ON)
    place.begin()

    def send() -> Any:
        return handing_in.send_both(application=case, actor=teacher, on=ON)

    place.kill(send, at=before(handing_in, "send_report"))
    assert place.ask(lambda: handed(case)) == DRAFT
    place.ask(send)
    assert place.ask(lambda: handed(case)) == ("documents_submitted", "sent", True, 3)


# --- the verification -----------------------------------------------------------------------------
def verifying(case: TrainingApplication, hr: Any) -> Act:
    def verify() -> Any:
        evidence = Evidence.objects.get(application=case)
        return verification.verify_evidence(
            evidence=evidence,
            values={"hours": 36},
            version=version_of(evidence),
            ticked=list(verification.Check),
            reasons={},
            compared_on=ON,
            actor=hr,
            on=ON,
        )

    return verify


def verified(case: TrainingApplication) -> tuple[Any, ...]:
    """Everything the verification writes, wherever it writes it."""
    fresh = TrainingApplication.objects.get(pk=case.pk)
    evidence = Evidence.objects.get(application=case)
    records = TrainingRecord.objects.filter(person=case.person_id, source="case")
    decided = Decision.objects.filter(transition__in=["verify", "accept", "close"])
    return (
        (fresh.state, evidence.state, evidence.hours == 36, evidence.record_id is not None),
        records.count(),
        PlanLine.objects.get(applications=case).execution,
        decided.exclude(target="accepted", source="sent").count(),
        OutgoingMail.objects.filter(kind="case_accepted").count(),
    )


UNTOUCHED = (("documents_submitted", "sent", False, False), 0, "documents_due", 0, 0)
DONE = (("closed", "verified", True, True), 1, "done", 3, 1)
VERIFICATIONS = {
    "the typing is corrected": (before(verification, "_check_list"), UNTOUCHED),
    "before the record": (before(registry, "enter_record"), UNTOUCHED),
    "the record is written": (after(registry, "enter_record"), UNTOUCHED),
    "the document is verified": (before(verification, "_prove_line"), UNTOUCHED),
    "the line is done": (after(verification, "_prove_line"), UNTOUCHED),
    "all is done, not committed": (after(verification, "_settle"), UNTOUCHED),
    "committed, no letter is on its way": (before(deliver_letters, "delay"), DONE),
}


@pytest.mark.parametrize("point", VERIFICATIONS)
def test_killed_during_the_verification(
    point: str, accounts: Any, hr: Any, centre: Any, teacher: Any, place: Place
) -> None:
    at, expected = VERIFICATIONS[point]
    case = handed_in.handed_in(teacher, accounts)
    verification.accept_report(report=case.report, actor=centre, on=ON)
    place.begin()
    place.kill(verifying(case, hr), at=at)

    assert place.ask(lambda: verified(case)) == expected
    files = place.ask(StoredFile.objects.count)
    aged(place)
    assert tuple(place.ask(swept_later)) == (0, 0)  # the certificate is the case's
    assert place.ask(StoredFile.objects.count) == files
    if expected == UNTOUCHED:
        place.ask(verifying(case, hr))
        assert place.ask(lambda: verified(case)) == DONE


@pytest.mark.parametrize("point", [before(verification, "_settle"), after(verification, "issue")])
def test_killed_while_the_report_is_accepted(
    point: Act, accounts: Any, centre: Any, teacher: Any, place: Place
) -> None:
    case = handed_in.handed_in(teacher, accounts)
    place.begin()

    def accept() -> Any:
        report = TraineeReport.objects.get(application=case)
        return verification.accept_report(report=report, actor=centre, on=ON)

    def papers() -> tuple[Any, ...]:
        report = TraineeReport.objects.get(application=case)
        register = NumberRegister.objects.filter(name=verification.REGISTER)
        issued = IssuedPaper.objects.filter(kind="trainee_report").values_list("number", flat=True)
        return report.state, list(issued), list(register.values_list("last", flat=True))

    place.kill(accept, at=point)
    assert place.ask(papers) == ("sent", [], [])
    place.ask(accept)
    assert place.ask(papers) == ("accepted", ["1-ТЕ/2026"], [1])

"""The field for scans, what is kept of an unfinished form, how files go out, the daily sweep."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.files.base import ContentFile
from django.db import connection, models, transaction
from django.test import RequestFactory
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from staff.views.files import served
from workflow import files
from workflow.files import ScansField, keep_scans, sweep
from workflow.models import Decision, IssuedPaper, RenderedPaper, StoredFile

from .. import scan_files as given
from ..factories import PersonFactory, TrainingRecordFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=3)


class PaperForm(forms.Form):
    title = forms.CharField()
    paper = ScansField(required=False)
    proof = ScansField(required=True)


def sent(data: dict[str, str], **uploads: list[Any]) -> PaperForm:
    return PaperForm(data, MultiValueDict(uploads))


def token_in(form: PaperForm, name: str) -> str:
    (token,) = re.findall(rf'name="kept_{name}" value="([^"]+)"', str(form[name]))
    return str(token)


# --- the field ----------------------------------------------------------------------------------
def test_several_files_become_one_stored_pdf() -> None:
    user = UserFactory()
    uploads = [given.upload(given.photo(), "1 бет.JPG"), given.upload(given.pdf(2), "2.pdf")]
    form = sent({"title": "x"}, proof=uploads)

    assert form.is_valid() and StoredFile.objects.exists() is False
    kept = keep_scans(form, by=user)
    keep_scans(form, by=user)

    stored = StoredFile.objects.get()
    assert kept == {"proof": stored}
    assert form.cleaned_data["proof"].stored == stored
    assert (stored.original_name, stored.content_type) == ("1 бет.pdf", "application/pdf")
    assert stored.uploaded_by == user
    assert form.cleaned_data["paper"] is None


def test_a_good_file_is_kept_while_the_rest_is_put_right() -> None:
    user = UserFactory()
    wrong = sent({"title": ""}, proof=[given.upload(given.pdf())], paper=[given.upload(b"MZ")])
    keep_scans(wrong, by=user)
    assert set(wrong.errors) == {"title", "paper"}
    assert "kept_paper" not in str(wrong["paper"])
    token = token_in(wrong, "proof")

    again = sent({"title": "x", "kept_proof": token})
    kept = keep_scans(again, by=user)

    assert again.is_valid() and kept["proof"] == StoredFile.objects.get()


def test_a_new_file_takes_the_place_of_the_kept_one() -> None:
    user = UserFactory()
    first = sent({"title": ""}, proof=[given.upload(given.pdf(1))])
    keep_scans(first, by=user)
    second = sent(
        {"title": "x", "kept_proof": token_in(first, "proof")}, proof=[given.upload(given.pdf(2))]
    )
    assert keep_scans(second, by=user)["proof"] == StoredFile.objects.latest("pk")
    assert StoredFile.objects.count() == 2


@pytest.mark.parametrize("whose", ["another's", "forged", "of another purpose", "too old", "gone"])
def test_only_ones_own_fresh_file_is_taken_up_again(whose: str, time_machine: Any) -> None:
    user = UserFactory()
    form = sent({"title": ""}, proof=[given.upload(given.pdf())])
    keep_scans(form, by=UserFactory() if whose == "another's" else user)
    token = token_in(form, "proof")
    pk = StoredFile.objects.get().pk
    if whose == "forged":
        token = f"{pk}:nonsense"
    elif whose == "of another purpose":
        token = signing.dumps(pk, salt="something else")
    elif whose == "too old":
        time_machine.shift(dt.timedelta(hours=13))
    elif whose == "gone":
        StoredFile.objects.all().delete()

    again = sent({"title": "x", "kept_proof": token, "kept_paper": token})
    assert keep_scans(again, by=user) == {}
    assert set(again.errors) == {"proof"}
    assert again.cleaned_data.get("paper") is None


def test_nothing_chosen_is_refused_only_where_it_must_be() -> None:
    form = sent({"title": "x"})
    assert set(form.errors) == {"proof"}
    assert keep_scans(PaperForm(), by=UserFactory()) == {}


def test_the_field_takes_photos_from_the_camera_and_several_files() -> None:
    drawn = str(PaperForm()["proof"])
    assert drawn.count('type="file"') == 2
    assert 'capture="environment"' in drawn and " multiple" in drawn
    assert "kept_proof" not in drawn and PaperForm().is_multipart()


# --- how files go out ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "inline"),
    [
        ("application/pdf", True),
        ("image/png", True),
        ("text/html", False),
        ("image/svg+xml", False),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", False),
    ],
)
def test_only_pdf_and_pictures_are_shown_and_nothing_runs(kind: str, inline: bool) -> None:
    stored = keep(kind=kind)
    response = served(RequestFactory().get("/"), stored, name="Куәлік № 1", inline=True)

    assert b"".join(response.streaming_content) == b"content"
    response.close()
    how, policy = response["Content-Disposition"], response["Content-Security-Policy"]
    assert how.startswith("inline; " if inline else "attachment; ")
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"].startswith("private")
    assert response["X-Frame-Options"] == ("SAMEORIGIN" if inline else "DENY")
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert ("sandbox" in policy) is (kind != "application/pdf")


def test_what_is_saved_is_sandboxed_whatever_it_is() -> None:
    response = served(RequestFactory().get("/"), keep(), name="x")
    response.close()
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


# --- the sweep ----------------------------------------------------------------------------------
def keep(*, at: dt.datetime = LONG_AGO, kind: str = "application/pdf") -> StoredFile:
    stored = StoredFile.keep(ContentFile(b"content"), name="x", content_type=kind, by=None)
    StoredFile.objects.filter(pk=stored.pk).update(uploaded_at=at)
    os.utime(stored.content.path, (at.timestamp(), at.timestamp()))
    return stored


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW)


def swept() -> files.Swept:
    return sweep(now=timezone.now())


def left() -> set[int]:
    return set(StoredFile.objects.values_list("pk", flat=True))


def test_what_nobody_refers_to_goes_row_and_file(own_folder: Path) -> None:
    old, fresh = keep(), keep(at=NOW - dt.timedelta(days=1))

    assert swept() == (1, 0)
    assert left() == {fresh.pk}
    assert not Path(old.content.path).exists() and Path(fresh.content.path).exists()
    assert swept() == (0, 0)


def test_what_a_case_refers_to_stays() -> None:
    by_record = keep()
    TrainingRecordFactory(document=by_record)
    by_paper = keep()
    paper = IssuedPaper.objects.create(
        kind="order",
        number="1",
        issued_on=NOW.date(),
        data={},
        fingerprint="0" * 64,
        subject=PersonFactory(),
        issued_by=UserFactory(),
    )
    RenderedPaper.objects.create(paper=paper, language="kk", file=by_paper)

    assert swept() == (0, 0)
    assert left() == {by_record.pk, by_paper.pk}
    assert Path(by_paper.content.path).exists()


def test_what_a_history_remembers_stays() -> None:
    first, second = keep(), keep()
    record = TrainingRecordFactory(document=first)
    record.document = second
    record.save()

    assert record.history.filter(document=first).exists()
    assert swept() == (0, 0)


def test_what_a_generic_reference_names_stays() -> None:
    named, other = keep(), keep()
    Decision.objects.create(
        subject=named,
        transition="x",
        source="a",
        target="b",
        actor=UserFactory(),
        decided_on=NOW.date(),
    )
    # The same number of another kind of thing is another thing.
    Decision.objects.create(
        subject_type=ContentType.objects.get_for_model(IssuedPaper),
        subject_id=other.pk,
        transition="x",
        source="a",
        target="b",
        actor=UserFactory(),
        decided_on=NOW.date(),
    )
    swept()
    assert left() == {named.pk}


@pytest.fixture
def new_model() -> Iterator[type[models.Model]]:
    """A model that came after the sweep was written: one foreign key, many to many another."""

    class Later(models.Model):
        file = models.ForeignKey(
            StoredFile, on_delete=models.CASCADE, related_name="+", db_constraint=False
        )
        others = models.ManyToManyField(StoredFile, related_name="+", db_table="later_others")

        class Meta:
            app_label = "workflow"
            db_table = "later"

        def __str__(self) -> str:
            return "later"

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id bigint PRIMARY KEY, file_id bigint)")
        cursor.execute(
            "CREATE TABLE later_others "
            "(id bigint PRIMARY KEY, later_id bigint, storedfile_id bigint)"
        )
    yield Later
    for name in ("later", "later_others"):
        del apps.all_models["workflow"][name]
    apps.clear_cache()


def test_a_model_added_later_is_honoured(new_model: Any) -> None:
    by_key, by_many, by_nobody = keep(), keep(), keep()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO later VALUES (1, %s)", [by_key.pk])
        cursor.execute("INSERT INTO later_others VALUES (1, 1, %s)", [by_many.pk])

    assert swept() == (1, 0)
    assert left() == {by_key.pk, by_many.pk}
    assert by_nobody.pk not in left()


def test_a_file_whose_row_was_never_written_goes(own_folder: Path) -> None:
    class KilledError(Exception):
        pass

    with pytest.raises(KilledError), transaction.atomic():
        lost = keep()
        raise KilledError
    path = Path(lost.content.path)
    assert path.exists()
    fresh = own_folder / "ab" / ("ab" + "0" * 30)
    fresh.parent.mkdir(exist_ok=True)
    fresh.write_bytes(b"being written")
    foreign = own_folder / "ab" / "readme.txt"
    elsewhere = own_folder / "backup" / ("ab" + "0" * 30)
    elsewhere.parent.mkdir()
    os.utime(fresh, (NOW.timestamp(), NOW.timestamp()))
    for file in (foreign, elsewhere):
        file.write_bytes(b"not ours")
        os.utime(file, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))

    assert swept() == (0, 1)
    assert not path.exists()
    assert all(file.exists() for file in (fresh, foreign, elsewhere))


def test_another_database_does_not_empty_the_folder(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(files, "MANY_STRAY_FILES", 2)
    paths = [Path(keep().content.path) for _ in range(3)]
    StoredFile.objects.all().delete()

    assert swept() == (0, 0)
    assert all(path.exists() for path in paths)
    assert "MEDIA_ROOT" in caplog.text


def test_an_empty_installation_has_nothing_to_sweep(settings: Any) -> None:
    settings.MEDIA_ROOT = Path(settings.MEDIA_ROOT) / "not there yet"
    assert swept() == (0, 0)


def test_the_sweep_runs_every_day(settings: Any) -> None:
    tasks = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert "workflow.tasks.sweep_files" in tasks

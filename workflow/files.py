"""Uploads that become stored files: the form field, what is kept of an unfinished form, the sweep.

A form has a ``ScansField``; its page calls ``keep_scans(form, by=user)`` once the form was judged,
valid or not, and gives ``form.cleaned_data[name].stored`` to its verb.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.storage import Storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.scans import PDF, CleanPdf, clean_pdf
from interface.uploads import SCANS

from .models import StoredFile

log = logging.getLogger(__name__)
KEPT_SALT = "kept scan"
KEPT_HOURS = 12
LEFT_OVER = dt.timedelta(days=2)  # longer than anything is kept for a form
MANY_STRAY_FILES = 50
_OUR_NAME = re.compile(r"[0-9a-f]{32}(_\w+)?")


# --- the field ----------------------------------------------------------------------------------
class Scans:
    """What a ``ScansField`` cleans to: one clean PDF made of the files chosen, or one kept before.

    Nothing is in the database until ``make``. ``stored`` is what ``make`` kept.
    """

    def __init__(
        self, *, clean: CleanPdf | None = None, name: str = "", kept: int | None = None
    ) -> None:
        self.clean = clean
        self.name = name
        self.stored: StoredFile | None = None
        self._kept = kept

    def make(self, *, by: Any) -> StoredFile | None:
        """Store it, once; ``None`` where the one kept before is not theirs or is gone."""
        if self.stored is None and self.clean is not None:
            self.stored = StoredFile.keep(self.clean.file, name=self.name, content_type=PDF, by=by)
        elif self.stored is None and self._kept is not None:
            self.stored = StoredFile.objects.filter(pk=self._kept, uploaded_by=by).first()
        return self.stored


class Chosen(NamedTuple):
    """What a form sends for a ``ScansField``: files, and the token of one kept before."""

    files: Sequence[UploadedFile[bytes]] = ()
    token: str = ""


class ScansInput(forms.Widget):
    """``templates/components/scan_field.html``; the page takes css/scan.css and js/scan.js in."""

    template_name = "components/scan_field.html"
    needs_multipart_form = True
    kept: StoredFile | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Chosen:
        chosen = files.getlist(name) if hasattr(files, "getlist") else files.get(name) or []
        if not isinstance(chosen, list | tuple):
            chosen = [chosen]
        return Chosen(chosen, str(data.get(f"kept_{name}", "")))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and f"kept_{name}" not in data

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # one may be kept from before

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        kept = self.kept
        context["widget"] |= {
            "accept": ",".join(["image/*", *SCANS, ".heic", ".heif"]),
            "kept": kept,
            "kept_token": signing.dumps(kept.pk, salt=KEPT_SALT) if kept else "",
            "described_by": context["widget"]["attrs"].get("aria-describedby", ""),
            "max_mb": settings.UPLOAD_MAX_MB,
            "max_bytes": int(settings.UPLOAD_MAX_MB * 1024 * 1024),
            "max_pages": settings.UPLOAD_MAX_PAGES,
        }
        return context


class ScansField(forms.Field):
    """One or several photos or PDFs that become one clean PDF. Cleans to ``Scans`` or ``None``."""

    widget = ScansInput
    default_error_messages = {
        "required": _("Attach the document: a photo of each page, or a PDF."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text",
            _("Photos of its pages, or PDF; JPEG, PNG and HEIC are taken. They become one PDF."),
        )
        super().__init__(**kwargs)

    def clean(self, value: Chosen) -> Scans | None:
        if value.files:
            first = Path(value.files[0].name or "").stem or "scan"
            return Scans(clean=clean_pdf(value.files), name=f"{first}.pdf")
        kept = _pk_in(value.token)
        if kept is not None:
            return Scans(kept=kept)
        if self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return None

    def has_changed(self, initial: Any, data: Chosen | None) -> bool:
        return bool(data and (data.files or data.token))


def _pk_in(token: str) -> int | None:
    if not token:
        return None
    try:
        return int(signing.loads(token, salt=KEPT_SALT, max_age=KEPT_HOURS * 3600))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def keep_scans(form: forms.BaseForm, *, by: Any) -> dict[str, StoredFile]:
    """Store every good scan of a bound form, so that nothing is lost whatever else is wrong in it.

    Call it outside the verb's transaction, once the form was judged. The form shown again says
    what is kept and carries it on. Returns the stored files by field.
    """
    kept: dict[str, StoredFile] = {}
    if not form.is_bound:
        return kept
    form.is_valid()
    for name, field in form.fields.items():
        scans = form.cleaned_data.get(name) if isinstance(field, ScansField) else None
        if not isinstance(scans, Scans):
            continue
        stored = scans.make(by=by)
        if stored is not None:
            kept[name] = stored
            field.widget.kept = stored
            continue
        form.cleaned_data[name] = None
        if field.required:
            form.add_error(name, gettext("The file is not kept any more. Choose it again."))
    return kept


class KeepsScans:
    """For pages made of a form (``staff.views.editing.EditPage``): every form keeps its scans.

    ``self.kept`` has the stored files by field once a form was sent.
    """

    actor: Any
    kept: dict[str, StoredFile]

    def make_form(self, data: Any = None, files: Any = None) -> Any:
        form = super().make_form(data, files)  # type: ignore[misc]
        self.kept = keep_scans(form, by=self.actor)
        return form


# --- the sweep ----------------------------------------------------------------------------------
class Swept(NamedTuple):
    """How many rows nobody refers to and how many files without a row went away."""

    rows: int
    files: int


def sweep(*, now: dt.datetime) -> Swept:
    """Take away what no case came to refer to: left by an abandoned form or a killed process.

    Nothing younger than two days, nothing that any model, history or generic reference names.
    """
    before = now - LEFT_OVER
    rows = sum(_remove(pk) for pk in list(unreferenced(before=before).values_list("pk", flat=True)))
    return Swept(rows, _remove_stray_files(before))


def unreferenced(*, before: dt.datetime) -> models.QuerySet[StoredFile]:
    """Stored files uploaded before ``before`` that no row of any model refers to."""
    rows = StoredFile.objects.filter(uploaded_at__lt=before)
    for references in _references():
        rows = rows.exclude(Exists(references))
    return rows


def _references() -> Iterator[models.QuerySet[Any]]:
    """Rows that refer to the stored file of the outer query, model by model: histories too."""
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.many_to_many:
            continue  # the rows between two models of a many-to-many have a foreign key themselves
        model = relation.related_model
        if isinstance(model, type) and relation.field.concrete:
            yield model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
    kind = ContentType.objects.get_for_model(StoredFile)
    for model in apps.get_models():
        for field in model._meta.private_fields:
            if isinstance(field, GenericForeignKey):
                yield model._base_manager.filter(
                    Q(**{field.ct_field: kind}), **{field.fk_field: OuterRef("pk")}
                )


def _remove(pk: int) -> int:
    """Remove the row, unless somebody refers to it by now, then its file; how many went."""
    with transaction.atomic(durable=True):
        rows = unreferenced(before=dt.datetime.max.replace(tzinfo=dt.UTC)).filter(pk=pk)
        stored = StoredFile.objects.select_for_update().filter(pk=pk).first()
        if stored is None or not rows.exists():
            return 0
        storage, name = stored.content.storage, str(stored.content.name)
        stored.delete()
    storage.delete(name)
    return 1


def _remove_stray_files(before: dt.datetime) -> int:
    storage = StoredFile._meta.get_field("content").storage
    stray = list(_stray_files(storage, before))
    if len(stray) > max(MANY_STRAY_FILES, StoredFile.objects.count()):
        # Rather another database than so many killed processes: nothing is touched.
        log.error("%s files without a row; is this the MEDIA_ROOT of this database?", len(stray))
        return 0
    for name in stray:
        storage.delete(name)
    return len(stray)


def _stray_files(storage: Storage, before: dt.datetime) -> Iterator[str]:
    """Files of our own naming that have no row, written before ``before``."""
    try:
        folders, _files = storage.listdir("")
    except FileNotFoundError:
        return
    for folder in folders:
        if not re.fullmatch("[0-9a-f]{2}", folder):
            continue
        known = set(
            StoredFile.objects.filter(content__startswith=f"{folder}/").values_list(
                "content", flat=True
            )
        )
        for file in storage.listdir(folder)[1]:
            name = f"{folder}/{file}"
            if name in known or not _OUR_NAME.fullmatch(file):
                continue
            if storage.get_modified_time(name) < before:
                yield name

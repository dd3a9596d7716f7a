"""Photos and PDFs become one clean PDF: upright, of A4, without metadata and without anything
that runs. The work is done by a child process that ends (``scans_child.py``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from .uploads import SCANS, judged

MAX_PIXELS = 80_000_000  # A3 at 600 dpi
MEMORY = 1536 * 1024 * 1024
CPU_SECONDS = 45
SECONDS = 60
PDF = "application/pdf"
_CHILD = Path(__file__).with_name("scans_child.py")  # never imported: it needs much memory
_AT_A_TIME = threading.BoundedSemaphore(2)  # children of one web process
# What the child finds of its surroundings: no setting, no secret.
_SURROUNDINGS = ("PATH", "TMPDIR", "LD_LIBRARY_PATH")


class CleanPdf(NamedTuple):
    """``pages`` is how many pages ``file`` has."""

    file: ContentFile[bytes]
    pages: int


def clean_pdf(uploads: Sequence[UploadedFile[bytes]]) -> CleanPdf:
    """The files, in their order, as one clean PDF; PDF, JPEG, PNG and HEIC, judged by content.

    The same files give the same bytes, and so the same SHA-256. Raises ``ValidationError`` with
    what is wrong, the rule and the next step; its code says which: ``empty``, ``too_big``,
    ``wrong_kind``, ``infected``, ``not_scanned``, ``encrypted``, ``damaged_pdf``,
    ``damaged_picture``, ``too_many_points``, ``too_many_pages``, ``too_complex``.
    """
    limit = settings.UPLOAD_MAX_MB
    if sum(upload.size or 0 for upload in uploads) > limit * 1024 * 1024 and len(uploads) > 1:
        raise ValidationError(
            _(
                "The files together are larger than %(limit)s MB. Scan them with a lower "
                "resolution, or choose fewer pages."
            ),
            code="too_big",
            params={"limit": limit},
        )
    if len(uploads) > settings.UPLOAD_MAX_PAGES:
        raise _refusal("too_many_pages", None)
    kinds = []
    for upload in uploads:
        try:
            kinds.append(judged(upload, SCANS))
        except ValidationError as refusal:
            if refusal.code == "wrong_kind":
                raise _refusal("wrong_kind", upload if len(uploads) > 1 else None) from None
            raise _naming(refusal, upload if len(uploads) > 1 else None) from refusal
    with tempfile.TemporaryDirectory() as folder:
        return _made(uploads, kinds, Path(folder))


def _made(uploads: Sequence[UploadedFile[bytes]], kinds: list[str], folder: Path) -> CleanPdf:
    files = []
    for index, (upload, kind) in enumerate(zip(uploads, kinds, strict=True)):
        path = folder / str(index)
        upload.seek(0)
        with path.open("wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        upload.seek(0)
        files.append((str(path), kind))
    target = folder / "clean.pdf"
    answer = _child(files, target)
    if "problem" in answer:
        which = answer.get("file")
        several = isinstance(which, int) and len(uploads) > 1
        raise _refusal(str(answer["problem"]), uploads[int(str(which))] if several else None)
    return CleanPdf(ContentFile(target.read_bytes(), name="scan.pdf"), int(str(answer["pages"])))


def _child(files: list[tuple[str, str]], target: Path) -> dict[str, object]:
    """What the child says; a child that was stopped met something too big for its bounds."""
    asked = {
        "files": files,
        "max_pages": settings.UPLOAD_MAX_PAGES,
        "max_pixels": MAX_PIXELS,
        "memory": MEMORY,
        "seconds": CPU_SECONDS,
    }
    with _AT_A_TIME:
        try:
            child = subprocess.run(  # noqa: S603  # our own script, no shell
                [sys.executable, "-I", "-X", "utf8", str(_CHILD), str(target)],
                input=json.dumps(asked).encode(),
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={name: os.environ[name] for name in _SURROUNDINGS if name in os.environ},
            )
        except subprocess.TimeoutExpired:
            return {"problem": "too_complex"}
    if child.returncode < 0 or b"MemoryError" in child.stderr or b"bad_alloc" in child.stderr:
        return {"problem": "too_complex"}
    if child.returncode != 0:
        return {"problem": "damaged_pdf"}
    answer: dict[str, object] = json.loads(child.stdout)
    return answer


def _refusal(problem: str, upload: UploadedFile[bytes] | None) -> ValidationError:
    pages = settings.UPLOAD_MAX_PAGES
    sentences = {
        "wrong_kind": _(
            "This is neither a PDF nor a photo, whatever its name says. PDF, JPEG, PNG and HEIC "
            "are taken: photograph the paper, or save it as PDF."
        ),
        "encrypted": _(
            "The PDF is protected by a password, so nobody could check it. Save it without "
            "protection, or photograph the paper."
        ),
        "damaged_pdf": _(
            "The PDF cannot be read: it is damaged or incomplete. Open it on your device, save or "
            "print it anew as PDF, or photograph the paper."
        ),
        "damaged_picture": _(
            "The picture cannot be read: it is damaged or incomplete. Take the photo again."
        ),
        "too_many_points": _(
            "The picture has more than %(millions)s million points. Save it smaller, or scan it "
            "with at most 300 dpi."
        )
        % {"millions": MAX_PIXELS // 1_000_000},
        "too_many_pages": _(
            "A document may have %(pages)s pages at most. Leave out what does not belong to it."
        )
        % {"pages": pages},
        "too_complex": _(
            "The PDF unpacks to more than is taken, as harmful files do. Print it anew as PDF, or "
            "photograph the paper."
        ),
    }
    return _naming(ValidationError(sentences[problem], code=problem), upload)


def _naming(refusal: ValidationError, upload: UploadedFile[bytes] | None) -> ValidationError:
    """The refusal with the name of the file it is about, where there are several."""
    if upload is None:
        return refusal
    return ValidationError(
        _("«%(name)s»: %(sentence)s"),
        code=refusal.code,
        params={"name": Path(upload.name or "").name, "sentence": refusal.messages[0]},
    )

"""What comes in as a file is judged by its content: the name and the browser's word say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

import filetype
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from .antivirus import refuse_infected

HEAD_BYTES = 8192
DOCUMENTS = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
}
PHOTOS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/heic": "HEIC",
}
SCANS = DOCUMENTS | PHOTOS  # what ``scans.clean_pdf`` makes one PDF of


def kind_of(file: IO[bytes]) -> str:
    """The content type the first bytes tell; empty where they tell none."""
    file.seek(0)
    guess = filetype.guess(file.read(HEAD_BYTES))
    file.seek(0)
    return guess.mime if guess else ""


def judged(file: UploadedFile[bytes], allowed: Mapping[str, str]) -> str:
    """The content type of an upload; ``ValidationError`` if it is too big or none of ``allowed``.

    ``allowed`` maps content types to what people call them. Where there is a virus scanner, it
    is asked too.
    """
    if (file.size or 0) > settings.UPLOAD_MAX_MB * 1024 * 1024:
        raise ValidationError(
            _("The file is larger than %(limit)s MB. Scan it with a lower resolution."),
            code="too_big",
            params={"limit": settings.UPLOAD_MAX_MB},
        )
    if not file.size:
        raise ValidationError(_("The file is empty. Choose it again."), code="empty")
    kind = kind_of(file)
    if kind not in allowed:
        raise ValidationError(
            _("This is not a file of the kind expected here: %(kinds)s."),
            code="wrong_kind",
            params={"kinds": ", ".join(allowed.values())},
        )
    refuse_infected(file)
    return kind

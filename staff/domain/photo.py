"""A person's photo: whatever came from a phone becomes a small square JPEG without metadata."""

from __future__ import annotations

import io
from typing import IO

import pillow_heif
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE = 480
MAX_PIXELS = 25_000_000
_BACKGROUND = (255, 255, 255)

pillow_heif.register_heif_opener()


def square_jpeg(file: IO[bytes]) -> ContentFile[bytes]:
    """``file`` turned upright, cut to a square of 480 px, as JPEG; where and when is forgotten.

    Raises ``ValidationError`` for what is no picture or has more than 25 million points.
    """
    try:
        file.seek(0)
        with Image.open(file) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValidationError(
                    _("The picture has too many points. Save it smaller and choose it again.")
                )
            picture.draft("RGB", (SIDE * 2, SIDE * 2))
            picture.thumbnail((SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except Image.DecompressionBombError as error:
        raise ValidationError(
            _("The picture has too many points. Save it smaller and choose it again.")
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ValidationError(
            _("The picture cannot be read. Save it as JPEG and choose it again.")
        ) from error
    square = ImageOps.fit(upright, (SIDE, SIDE), method=Image.Resampling.LANCZOS)
    flat = Image.new("RGB", square.size, _BACKGROUND)
    flat.paste(square, mask=square.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85, optimize=True)
    return ContentFile(out.getvalue(), name="photo.jpg")

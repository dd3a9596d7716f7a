"""Uploads are judged by content, whatever they are called."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from interface.uploads import DOCUMENTS, PHOTOS, judged
from staff.domain.photo import SIDE, square_jpeg

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 300), **saved: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **saved)
    return out.getvalue()


def test_content_decides_not_the_name() -> None:
    assert judged(SimpleUploadedFile("a.exe", PDF, "text/html"), DOCUMENTS) == "application/pdf"
    assert judged(SimpleUploadedFile("a", picture()), DOCUMENTS) == "image/png"


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script>", b"MZ\x90\x00", b"hello", b"PK\x03\x04" + b"\x00" * 40],
)
def test_anything_else_is_refused_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(ValidationError) as refusal:
        judged(SimpleUploadedFile("scan.pdf", content, "application/pdf"), DOCUMENTS)
    assert refusal.value.code == "wrong_kind"


def test_a_pdf_is_no_photo() -> None:
    with pytest.raises(ValidationError):
        judged(SimpleUploadedFile("me.jpg", PDF, "image/jpeg"), PHOTOS)


def test_empty_and_too_big_are_refused(settings: object) -> None:
    settings.UPLOAD_MAX_MB = 0.00001  # type: ignore[attr-defined]
    with pytest.raises(ValidationError) as big:
        judged(SimpleUploadedFile("a.pdf", PDF * 10), DOCUMENTS)
    with pytest.raises(ValidationError) as empty:
        judged(SimpleUploadedFile("a.pdf", b""), DOCUMENTS)

    assert (big.value.code, empty.value.code) == ("too_big", "empty")


def test_a_photo_becomes_a_small_square_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    source = picture("JPEG", (1200, 800), exif=exif)
    with Image.open(io.BytesIO(source)) as before:
        assert before.getexif()

    result = square_jpeg(io.BytesIO(source))

    with Image.open(io.BytesIO(result.read())) as photo:
        assert (photo.format, photo.size) == ("JPEG", (SIDE, SIDE))
        assert not photo.getexif()


def test_a_photo_lying_on_its_side_is_turned_upright() -> None:
    lying = Image.new("RGB", (400, 200), (255, 255, 255))
    lying.paste((200, 0, 0), (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=exif)

    with Image.open(square_jpeg(io.BytesIO(out.getvalue()))) as photo:
        top, bottom = photo.getpixel((240, 30)), photo.getpixel((240, 450))
    assert top[1] < 60 and bottom[1] > 200


def test_a_broken_picture_is_refused_in_words() -> None:
    with pytest.raises(ValidationError):
        square_jpeg(io.BytesIO(picture()[:60]))


def test_a_picture_of_too_many_points_is_not_even_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("staff.domain.photo.MAX_PIXELS", 1000)
    with pytest.raises(ValidationError):
        square_jpeg(io.BytesIO(picture()))

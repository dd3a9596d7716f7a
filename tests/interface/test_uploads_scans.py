"""Photos and PDFs become one clean PDF; what cannot is refused with a sentence."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from interface import scans_child
from interface.scans import clean_pdf

from .. import scan_files as given


def clean(*contents: bytes) -> bytes:
    return clean_pdf([given.upload(content) for content in contents]).file.read()


def refused(*contents: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as refusal:
        clean_pdf([given.upload(content) for content in contents])
    return refusal.value


def in_plain(content: bytes) -> bytes:
    """The PDF with everything in it unpacked, for looking into it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(
            out,
            qdf=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()


# --- photos -------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
def test_a_photo_stands_upright_and_forgets_where_it_was_taken(kind: str) -> None:
    content = given.photo(kind, exif=given.exif(orientation=6), quality=95)
    assert given.SECRET.encode() in content

    result = clean(content)

    (page,) = given.page_images(result)
    assert page.size == (300, 600)
    red, white = page.getpixel((150, 40)), page.getpixel((150, 560))
    assert red[0] > 150 > red[1] and min(white) > 240
    for trace in (given.SECRET.encode(), b"Exif", b"GPS"):
        assert trace not in in_plain(result)


def test_pages_are_a4_as_the_photo_lies_and_small_photos_stay_small() -> None:
    result = clean(given.photo(size=(3200, 2400)), given.photo(size=(2400, 3200)))

    with pikepdf.open(io.BytesIO(result)) as document:
        boxes = [[round(float(side)) for side in page.mediabox] for page in document.pages]
    assert boxes == [[0, 0, 842, 595], [0, 0, 595, 842]]
    assert [max(picture.size) for picture in given.page_images(result)] == [2400, 2400]
    with pikepdf.open(io.BytesIO(clean(given.photo(size=(100, 100))))) as document:
        assert b"72.00 0 0 72.00" in document.pages[0].Contents.read_bytes()


@pytest.mark.parametrize(
    ("content", "mode", "colour"),
    [
        (given.photo(mode="CMYK", quality=95), "RGB", (255, 255, 255)),
        (given.photo(mode="L", quality=95), "L", 255),
        (given.photo("PNG", mode="P"), "RGB", (255, 255, 255)),
        (given.photo("PNG", mode="LA"), "RGB", (255, 255, 255)),
        (given.png_of(4, 4, bits=16, rows=(b"\0" + b"\xff\xff" * 4) * 4), "L", 255),
        (given.png_of(4, 4, bits=16, rows=(b"\0" + b"\x80\x80" * 4) * 4), "L", 128),
    ],
)
def test_whatever_the_colours_they_come_out_right(content: bytes, mode: str, colour: Any) -> None:
    (page,) = given.page_images(clean(content))

    got = page.getpixel((page.width - 1, page.height - 1))
    assert page.mode == mode
    assert all(
        abs(one - other) < 6
        for one, other in zip(
            got if isinstance(got, tuple) else (got,),
            colour if isinstance(colour, tuple) else (colour,),
            strict=True,
        )
    )


def test_what_shows_through_a_picture_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(out, "PNG")

    (page,) = given.page_images(clean(out.getvalue()))
    assert min(page.convert("RGB").getpixel((100, 100))) > 250


# --- PDFs ---------------------------------------------------------------------------------------
def test_the_pages_follow_the_order_of_the_files() -> None:
    result = clean_pdf(
        [given.upload(given.pdf(2)), given.upload(given.photo()), given.upload(given.pdf(1))]
    )

    assert result.pages == 4
    with pikepdf.open(result.file) as document:
        drawn = [page.Contents.read_bytes() for page in document.pages]
    assert b"0 0 m 1 9 l" in drawn[0] and b"0 0 m 2 9 l" in drawn[1]
    assert b"/Photo Do" in drawn[2] and b"0 0 m 1 9 l" in drawn[3]


def test_the_same_files_give_the_same_bytes() -> None:
    content = given.photo(), given.armed_pdf()
    assert clean(*content) == clean(*content)


def test_nothing_in_a_pdf_runs_leads_away_or_tells_of_its_maker() -> None:
    armed = given.armed_pdf()
    traces = [b"JavaScript", b"app.alert", b"OpenAction", b"/AA", b"EmbeddedFile", b"harmful"]
    traces += [b"Launch", b"cmd.exe", b"/URI", b"evil.invalid", b"XFA", b"xfa form"]
    traces += [b"PieceInfo", b"piece of", b"AcroForm", given.SECRET.encode(), b"Exif"]
    for trace in traces:
        assert trace in in_plain(armed), trace

    plain = in_plain(clean(armed))

    assert [trace for trace in traces if trace in plain] == []


def test_what_is_filled_in_and_the_pictures_stay() -> None:
    result = clean(given.armed_pdf())

    assert b"(Filled in name) Tj" in in_plain(result)
    with pikepdf.open(io.BytesIO(result)) as document:
        pictures = list(document.pages[0].get_images().values())
        assert pikepdf.PdfImage(pictures[0]).as_pil_image().size == (600, 300)


def test_a_jpeg_within_a_pdf_loses_its_notes_alone() -> None:
    noted = given.photo(exif=given.exif(), comment=b"by whom")
    bare = scans_child.without_notes(noted)

    assert b"Exif" not in bare and b"by whom" not in bare
    with Image.open(io.BytesIO(noted)) as one, Image.open(io.BytesIO(bare)) as other:
        assert one.tobytes() == other.tobytes()
    assert scans_child.without_notes(noted[:30]) == noted[:30]


# --- what is refused ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00" + b"\0" * 300, "wrong_kind"),
        (b"<html><script>alert(1)</script>", "wrong_kind"),
        (b"", "empty"),
        (given.encrypted_pdf(user="secret"), "encrypted"),
        (given.encrypted_pdf(user=""), "encrypted"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "damaged_pdf"),
        (given.photo(size=(1200, 900))[:3000], "damaged_picture"),
        (given.photo("HEIF")[:300], "damaged_picture"),
        (given.png_of(50_000, 50_000, rows=b"\0" * 1000), "too_many_points"),
        (given.png_of(9_000, 9_000, rows=b"\0" * 1000), "too_many_points"),
        (given.pdf(31), "too_many_pages"),
        (given.flate_bomb(1000), "too_complex"),
        (given.nested_forms(10, 10), "too_complex"),
        (given.form_that_draws_itself(), "too_complex"),
        (given.deep_arrays(300), "too_complex"),
        (given.many_objects(60_000), "too_complex"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(content: bytes, code: str) -> None:
    refusal = refused(content)

    assert refusal.code == code
    assert refusal.messages[0].endswith(".")


def test_a_bomb_in_the_table_of_objects_is_refused() -> None:
    """The table is unpacked by whoever opens the file: the limit of memory holds."""
    refusal = refused(given.table_bomb(2500))
    assert refusal.code in ("too_complex", "damaged_pdf")


def test_among_several_files_the_bad_one_is_named() -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_pdf([given.upload(given.photo(), "бет 1.jpg"), given.upload(b"MZ" * 9, "бет 2.jpg")])
    assert "бет 2.jpg" in refusal.value.messages[0]

    with pytest.raises(ValidationError) as refusal:
        clean_pdf(
            [given.upload(given.pdf(), "1.pdf"), given.upload(given.encrypted_pdf(user="x"), "2")]
        )
    assert refusal.value.code == "encrypted" and "«2»" in refusal.value.messages[0]


def test_size_counts_for_each_file_and_for_all(settings: Any) -> None:
    content = given.photo(size=(1000, 1000))
    settings.UPLOAD_MAX_MB = 1.5 * len(content) / 1024 / 1024

    assert clean(content)
    assert refused(content, content).code == "too_big"
    settings.UPLOAD_MAX_MB = 0.5 * len(content) / 1024 / 1024
    assert refused(content).code == "too_big"


def test_pages_count_over_all_files(settings: Any) -> None:
    settings.UPLOAD_MAX_PAGES = 3
    assert clean(given.pdf(2), given.photo())
    assert refused(given.pdf(2), given.photo(), given.photo()).code == "too_many_pages"
    assert refused(*[given.photo(size=(9, 9))] * 4).code == "too_many_pages"

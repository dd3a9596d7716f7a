"""Files as people and attackers send them: photos, PDFs, bombs. Made here, none is stored."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pikepdf
import pillow_heif
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

pillow_heif.register_heif_opener()
SECRET = "a secret place"


def upload(content: bytes, name: str = "скан.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def exif(orientation: int = 1) -> Image.Exif:
    """A description, an orientation and a place on earth."""
    notes = Image.Exif()
    notes[0x010E] = SECRET
    notes[0x0112] = orientation
    notes.get_ifd(0x8825)[1] = "N"
    notes.get_ifd(0x8825)[2] = (42.0, 19.0, 1.0)
    return notes


def photo(
    kind: str = "JPEG", size: tuple[int, int] = (600, 300), mode: str = "RGB", **saved: Any
) -> bytes:
    """Red on the left, the rest white. A HEIC is turned as phones do it, by a box of its own."""
    picture = Image.new("RGB", size, (255, 255, 255))
    picture.paste((200, 0, 0), (0, 0, size[0] // 3, size[1]))
    picture = picture.convert(mode)
    if kind == "HEIF" and "exif" in saved:
        picture.info["exif"] = saved.pop("exif").tobytes()
    out = io.BytesIO()
    picture.save(out, kind, **saved)
    return out.getvalue()


def png_of(width: int, height: int, *, bits: int = 8, rows: bytes = b"") -> bytes:
    """A PNG that says it has so many points; ``rows`` is what is packed into it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def pdf(pages: int = 1, **saved: Any) -> bytes:
    document = pikepdf.new()
    for number in range(pages):
        page = document.add_blank_page(page_size=(595, 842))
        page.Contents = document.make_stream(b"0 0 m %d 9 l S" % (number + 1))
    return written(document, **saved)


def written(document: pikepdf.Pdf, **saved: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, **saved)
    return out.getvalue()


def encrypted_pdf(*, user: str) -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner", user=user))


def armed_pdf() -> bytes:
    """Scripts, actions, links, an embedded file, a filled form with XFA, metadata."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    name, dictionary, array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array
    script = dictionary(S=name.JavaScript, JS=pikepdf.String("app.alert('run')"))
    document.Root.OpenAction = script
    document.Root.AA = dictionary(WC=script)
    document.Root.Names = dictionary(
        JavaScript=dictionary(Names=array([pikepdf.String("x"), document.make_indirect(script)]))
    )
    document.attachments["harm.exe"] = b"MZ harmful program"
    picture = pikepdf.Stream(
        document,
        photo(exif=exif()),
        Type=name.XObject,
        Subtype=name.Image,
        Width=600,
        Height=300,
        ColorSpace=name.DeviceRGB,
        BitsPerComponent=8,
        Filter=name.DCTDecode,
    )
    look = document.make_stream(b"BT /Helv 12 Tf (Filled in name) Tj ET")
    look.Type, look.Subtype = name.XObject, name.Form
    look.BBox = array([0, 0, 200, 20])
    field = document.make_indirect(
        dictionary(
            Type=name.Annot,
            Subtype=name.Widget,
            FT=name.Tx,
            T=pikepdf.String("who"),
            V=pikepdf.String("Filled in name"),
            Rect=array([50, 50, 250, 70]),
            F=4,
            AP=dictionary(N=look),
        )
    )
    document.Root.AcroForm = dictionary(
        Fields=array([field]), XFA=document.make_stream(b"<xdp>xfa form</xdp>")
    )
    page.obj.AA = dictionary(O=script)
    page.obj.Annots = array(
        [
            field,
            dictionary(
                Type=name.Annot,
                Subtype=name.Link,
                Rect=array([0, 0, 9, 9]),
                A=dictionary(S=name.URI, URI=pikepdf.String("https://evil.invalid/")),
            ),
            dictionary(
                Type=name.Annot,
                Subtype=name.Link,
                Rect=array([0, 0, 9, 9]),
                A=dictionary(S=name.Launch, F=pikepdf.String("cmd.exe")),
            ),
        ]
    )
    page.obj.PieceInfo = dictionary(Hidden=document.make_stream(b"piece of information"))
    page.obj.Resources = dictionary(
        XObject=dictionary(Im=picture),
        Properties=dictionary(P=dictionary(A=script, EF=dictionary(F=look))),
    )
    page.obj.Contents = document.make_stream(b"q 300 0 0 150 0 0 cm /Im Do Q")
    with document.open_metadata() as metadata:
        metadata["dc:creator"] = [SECRET]
    document.docinfo["/Author"] = SECRET
    return written(
        document,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=False,
    )


def flate_bomb(megabytes: int) -> bytes:
    """A content stream that unpacks to so much; the file itself is a thousandth."""
    packing = zlib.compressobj(9)
    block = b" " * (1024 * 1024)
    packed = b"".join(packing.compress(block) for _ in range(megabytes)) + packing.flush()
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    page.Contents = pikepdf.Stream(document, packed, Filter=pikepdf.Name.FlateDecode)
    return written(document, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def nested_forms(levels: int, each: int) -> bytes:
    """Forms that draw the next form ``each`` times: each^levels drawings of a few bytes."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    inner: Any = None
    for _level in range(levels):
        form = document.make_stream(b"/F Do " * each if inner is not None else b"0 0 1 1 re f ")
        form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        form.BBox = pikepdf.Array([0, 0, 9, 9])
        form.Resources = pikepdf.Dictionary(
            XObject=pikepdf.Dictionary(F=inner) if inner is not None else pikepdf.Dictionary()
        )
        inner = form
    page.Contents = document.make_stream(b"/F Do")
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
    return written(document)


def form_that_draws_itself() -> bytes:
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    form = document.make_indirect(document.make_stream(b"/F Do /F Do"))
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = pikepdf.Array([0, 0, 9, 9])
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
    page.Contents = document.make_stream(b"/F Do")
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
    return written(document)


def deep_arrays(levels: int) -> bytes:
    """Arrays within arrays, in the resources of a page."""
    nested = b"[" * levels + b"]" * levels
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</ExtGState<</G 4 0 R>>>>>>",
        b"<</Deep " + nested + b">>",
    ]
    return _plain(parts)


def many_objects(count: int) -> bytes:
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    parts.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>")
    return _plain(parts + [b"(x)"] * count)


def _plain(parts: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start)
    return bytes(out)


def page_images(content: bytes) -> list[Image.Image]:
    """The one picture of each page, as a reader would draw it."""
    with pikepdf.open(io.BytesIO(content)) as document:
        found = []
        for page in document.pages:
            (image,) = page.get_images().values()
            found.append(pikepdf.PdfImage(image).as_pil_image().copy())
        return found


def table_bomb(megabytes: int) -> bytes:
    """The cross-reference stream itself unpacks to so much."""
    packing = zlib.compressobj(9)
    block = b"\0" * (1024 * 1024)
    packed = b"".join(packing.compress(block) for _ in range(megabytes)) + packing.flush()
    out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    start = len(out)
    out += b"3 0 obj\n<</Type/XRef/Size 4/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>" % len(
        packed
    )
    return out + b"\nstream\n" + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start

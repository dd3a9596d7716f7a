"""Photos and PDFs in, one clean PDF out, in a process of its own that ends: it knows no Django.

An upload is somebody else's file: a PDF that unpacks to gigabytes, forms drawn within forms, a
picture of a billion points must not take the program down. So this is run as a script with
bounded memory and time (``interface/scans.py`` starts it).

Standard input: JSON with ``files`` (pairs of path and content type, in the order of the pages),
``max_pages``, ``max_pixels``, ``memory`` (bytes), ``seconds``. The one argument is where the PDF
goes. Standard output: JSON with ``pages``, or with ``problem`` (a word) and ``file`` (its index).
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zlib
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

LONGEST_SIDE = 2400  # points of a photo: A4 at about 200 dpi
QUALITY = 80
A4 = (595.28, 841.89)  # points of 1/72 inch
SMALLEST_DPI = 100  # a small picture is not blown up beyond this
MAX_OBJECTS = 50_000
MAX_STREAM = (
    192 * 1024 * 1024
)  # bytes a stream may unpack to; a page of 600 dpi in colour is 105 MB
MAX_UNPACKED = 768 * 1024 * 1024  # all streams together
MAX_DRAWN = 256 * 1024 * 1024  # bytes of drawing, forms counted as often as they are drawn
MAX_DEPTH = 40  # arrays and dictionaries within each other
MAX_FORMS = 12  # forms drawn within forms
_WHITE: dict[str, Any] = {"L": 255, "RGB": (255, 255, 255)}
_FORMATS = {"image/jpeg": ("JPEG", "MPO"), "image/png": ("PNG",), "image/heic": ("HEIF",)}
# What of a page is taken over. Everything else (links, actions, comments, metadata) is left behind.
_PAGE_KEYS = frozenset(
    {"/Type", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group"}
)
_RESOURCES = frozenset(
    {"/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/ProcSet", "/Shading", "/XObject"}
)
# What a stream may say beside its own picture or drawing and nobody has to know.
_STREAM_KEYS = [
    *("/AF", "/Alternates", "/F", "/FDecodeParms", "/FFilter", "/LastModified", "/Metadata"),
    *("/OC", "/OPI", "/PieceInfo", "/Ref", "/StructParent", "/StructParents"),
]
_ACTIONS = frozenset(
    {
        *("/GoToE", "/GoToR", "/ImportData", "/JavaScript", "/Launch", "/Movie", "/Rendition"),
        *("/RichMediaExecute", "/Sound", "/SubmitForm", "/Thread", "/URI"),
    }
)
_PICTURE_CODECS = frozenset({"/DCTDecode", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode", "/DCT"})
_FLATE = frozenset({"/FlateDecode", "/Fl"})
_DRAWS = re.compile(rb"/([^\s/\[\]<>(){}%]+)\s+Do\b")


class Unfit(Exception):  # noqa: N818 (it is the file that fails, not we)
    """The file cannot be taken; ``problem`` says why in one word."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


# --- photos -------------------------------------------------------------------------------------
def upright(path: str, kind: str, max_pixels: int) -> Image.Image:
    """The photo as it is looked at, on white, in RGB or grey, without what the camera noted."""
    try:
        with Image.open(path, formats=_FORMATS[kind]) as picture:
            if picture.width * picture.height > max_pixels:
                raise Unfit("too_many_points")
            picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
            picture.load()
            turned = ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError:
        raise Unfit("too_many_points") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise Unfit("damaged_picture") from None
    flat = _flat(turned)
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return flat


def _flat(picture: Image.Image) -> Image.Image:
    """A new picture: nothing of the old one but its points."""
    if picture.mode.startswith("I"):  # 16 bits of grey
        picture = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        mask: Any = picture.getchannel("A")
    else:
        mask = None
    mode = "L" if picture.mode in ("1", "L") else "RGB"
    flat = Image.new(mode, picture.size, _WHITE[mode])
    flat.paste(picture.convert(mode), mask=mask)
    return flat


def add_photo(target: pikepdf.Pdf, photo: Image.Image) -> None:
    """A page of A4, upright or lying as the photo is, with the photo in the middle."""
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=QUALITY, optimize=True)
    width, height = A4 if photo.height >= photo.width else A4[::-1]
    scale = min(width / photo.width, height / photo.height, 72 / SMALLEST_DPI)
    w, h = photo.width * scale, photo.height * scale
    image = pikepdf.Stream(
        target,
        out.getvalue(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=photo.width,
        Height=photo.height,
        ColorSpace=pikepdf.Name.DeviceGray if photo.mode == "L" else pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    place = f"q {w:.2f} 0 0 {h:.2f} {(width - w) / 2:.2f} {(height - h) / 2:.2f} cm /Photo Do Q"
    page = target.add_blank_page(page_size=(width, height))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=image))
    page.Contents = target.make_stream(place.encode())


# --- PDFs ---------------------------------------------------------------------------------------
def add_pdf(target: pikepdf.Pdf, path: str, max_pages: int, max_pixels: int) -> None:
    """The pages of the PDF, with their drawing alone."""
    try:
        with pikepdf.open(path) as source:
            if source.is_encrypted:
                raise Unfit("encrypted")
            if len(source.objects) > MAX_OBJECTS:
                raise Unfit("too_complex")
            if len(source.pages) + len(target.pages) > max_pages:
                raise Unfit("too_many_pages")
            if not len(source.pages):
                raise Unfit("damaged_pdf")
            _check_streams(source, max_pixels)
            _draw_annotations(source)
            for page in source.pages:
                _strip_page(page)
                target.pages.append(page)
    except pikepdf.PasswordError:
        raise Unfit("encrypted") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise Unfit("damaged_pdf") from None
    except RecursionError:
        raise Unfit("too_complex") from None


def _draw_annotations(source: pikepdf.Pdf) -> None:
    """What was filled in or stamped becomes part of the drawing: the name on a certificate."""
    if "/AcroForm" in source.Root and "/XFA" in source.Root.AcroForm:
        del source.Root.AcroForm["/XFA"]
    try:
        source.generate_appearance_streams()
        source.flatten_annotations(mode="screen")
    except (pikepdf.PdfError, RuntimeError, ValueError):
        return  # a form that is broken is left out; the page below it stays


def _strip_page(page: pikepdf.Page) -> None:
    resources = page.resources if "/Resources" in page.obj or "/Parent" in page.obj else None
    for key in set(page.obj.keys()) - _PAGE_KEYS - {"/Parent"}:
        del page.obj[key]
    if isinstance(resources, pikepdf.Dictionary):
        for key in set(resources.keys()) - _RESOURCES:
            del resources[key]


def _check_streams(source: pikepdf.Pdf, max_pixels: int) -> None:
    """Unpack every stream as far as it may go, before anything else looks into it."""
    total = 0
    for item in source.objects:
        if not isinstance(item, pikepdf.Stream):
            continue
        if item.get("/Subtype") == "/Image":
            points = int(item.get("/Width", 0)) * int(item.get("/Height", 0))
            if points > max_pixels:
                raise Unfit("too_many_points")
        total += len(unpacked(item, max_pixels))
        if total > MAX_UNPACKED:
            raise Unfit("too_complex")


def unpacked(stream: Any, max_pixels: int) -> bytes:
    """The content of a stream, as far as the picture codec; ``Unfit`` where it swells too much."""
    data: bytes = stream.read_raw_bytes()
    named = stream.get("/Filter", pikepdf.Array())
    filters = [str(name) for name in (named if isinstance(named, pikepdf.Array) else [named])]
    for place, name in enumerate(filters):
        if name in _FLATE:
            data = _inflated(data)
        elif name in _PICTURE_CODECS:
            _check_picture(data, name, max_pixels)
            return data
        elif place == 0:  # old codecs swell little, or run into the limit of memory
            try:
                data = stream.read_bytes()
            except pikepdf.PdfError:
                return b""
            break
        else:
            break
        if len(data) > MAX_STREAM:
            raise Unfit("too_complex")
    if len(data) > MAX_STREAM:
        raise Unfit("too_complex")
    return data


def _inflated(data: bytes) -> bytes:
    unpack = zlib.decompressobj()
    try:
        out = unpack.decompress(data, MAX_STREAM)
    except zlib.error:
        return b""  # damaged: readers show what they can
    if len(out) >= MAX_STREAM and unpack.unconsumed_tail:
        raise Unfit("too_complex")
    return out


def _check_picture(data: bytes, codec: str, max_pixels: int) -> None:
    """What the picture itself says of its size; the dictionary around it may lie."""
    if codec not in ("/DCTDecode", "/DCT", "/JPXDecode"):
        return
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO", "JPEG2000")) as picture:
            if picture.width * picture.height > max_pixels:
                raise Unfit("too_many_points")
    except Image.DecompressionBombError:
        raise Unfit("too_many_points") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return


# --- what came over -----------------------------------------------------------------------------
def purge(target: pikepdf.Pdf, max_pixels: int) -> None:
    """Take out what may hide in the objects of the pages: actions, files, metadata of pictures."""
    for item in list(target.objects):
        _purge_within(item, 0)
        if not isinstance(item, pikepdf.Stream):
            continue
        if item.get("/Type") == "/EmbeddedFile" or item.get("/Subtype") in ("/PS", "/XML"):
            item.write(b"")
            continue
        for key in _STREAM_KEYS:
            if key in item:
                del item[key]
        inner = item.get("/Resources")
        if isinstance(inner, pikepdf.Dictionary):
            for key in set(inner.keys()) - _RESOURCES:
                del inner[key]
        if item.get("/Subtype") == "/Image" and item.get("/Filter") == "/DCTDecode":
            item.write(without_notes(item.read_raw_bytes()), filter=pikepdf.Name.DCTDecode)
    _check_drawing(target, max_pixels)


def _purge_within(item: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unfit("too_complex")
    if isinstance(item, pikepdf.Array):
        for inner in item:
            if not getattr(inner, "is_indirect", False):
                _purge_within(inner, depth + 1)
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        if item.get("/S") in _ACTIONS or "/EF" in item or item.get("/Type") == "/Action":
            for key in list(item.keys()):
                if key not in ("/Length", "/Filter", "/DecodeParms"):
                    del item[key]
            return
        for key in list(item.keys()):
            value = item.get(key)
            if not getattr(value, "is_indirect", False):
                _purge_within(value, depth + 1)


def without_notes(jpeg: bytes) -> bytes:
    """The JPEG without EXIF, XMP, IPTC and comments; as it is where its parts cannot be read."""
    if not jpeg.startswith(b"\xff\xd8"):
        return jpeg
    kept, place = [b"\xff\xd8"], 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF:
        mark = jpeg[place + 1]
        if mark == 0xDA:
            break
        if mark == 0xFF:
            place += 1
            continue
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if mark not in (0xE1, 0xED, 0xFE):
            kept.append(jpeg[place:end])
        place = end
    if jpeg[place : place + 2] != b"\xff\xda":
        return jpeg
    return b"".join([*kept, jpeg[place:]])


def _check_drawing(target: pikepdf.Pdf, max_pixels: int) -> None:
    """Forms that draw forms that draw forms: counted without drawing them."""
    known: dict[tuple[int, int], int] = {}

    def weight(drawing: bytes, resources: Any, depth: int) -> int:
        if depth > MAX_FORMS:
            raise Unfit("too_complex")
        total = len(drawing)
        forms = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
        if not isinstance(forms, pikepdf.Dictionary):
            return total
        for name in _DRAWS.findall(drawing):
            form = forms.get("/" + name.decode("latin-1"))
            if not isinstance(form, pikepdf.Stream) or form.get("/Subtype") != "/Form":
                continue
            if form.objgen not in known:
                inner = unpacked(form, max_pixels)
                known[form.objgen] = weight(inner, form.get("/Resources", resources), depth + 1)
            total += known[form.objgen]
            if total > MAX_DRAWN:
                raise Unfit("too_complex")
        return total

    total = 0
    for page in target.pages:
        contents = page.obj.get("/Contents", pikepdf.Array())
        parts = contents if isinstance(contents, pikepdf.Array) else [contents]
        drawing = b"\n".join(
            unpacked(part, max_pixels) for part in parts if isinstance(part, pikepdf.Stream)
        )
        total += weight(drawing, page.resources, 0)
        if total > MAX_DRAWN:
            raise Unfit("too_complex")


# --- the process --------------------------------------------------------------------------------
def make(asked: dict[str, Any], target_path: str) -> dict[str, Any]:
    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = asked["max_pixels"]
    target = pikepdf.new()
    for index, (path, kind) in enumerate(asked["files"]):
        try:
            if kind == "application/pdf":
                add_pdf(target, path, asked["max_pages"], asked["max_pixels"])
            elif len(target.pages) >= asked["max_pages"]:
                raise Unfit("too_many_pages")
            else:
                add_photo(target, upright(path, kind, asked["max_pixels"]))
        except Unfit as unfit:
            return {"problem": unfit.problem, "file": index}
        except MemoryError:
            return {"problem": "too_complex", "file": index}
    try:
        purge(target, asked["max_pixels"])
        target.remove_unreferenced_resources()
        target.save(
            target_path,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,  # the same upload gives the same file, and so the same SHA-256
        )
    except Unfit as unfit:
        return {"problem": unfit.problem, "file": None}
    except (MemoryError, RecursionError):
        return {"problem": "too_complex", "file": None}
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError):
        return {"problem": "damaged_pdf", "file": None}
    return {"pages": len(target.pages)}


def main(target_path: str) -> None:
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(make(asked, target_path), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])

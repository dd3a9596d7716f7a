"""HTML in, PDF out, in a process of its own that ends: run as a script, it knows no Django.

Standard input: JSON with ``html``, ``files`` (address → path of the few files a paper may use) and
``options`` of WeasyPrint. The one argument is where the PDF goes. Each step is a line on standard
output. Exit codes: 0 made, 3 WeasyPrint or Pango is missing, 4 the paper asked for something else
than its files.
"""

from __future__ import annotations

import gc
import json
import logging
import mimetypes
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MISSING = 3
REFUSED = 4
ADDRESS = "https://paper.invalid/"  # of nowhere: what stands there comes from ``files``


class _Steps(logging.Handler):
    """Writes each step WeasyPrint takes, for whoever waits."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), flush=True)


# What of a style decides how its text is broken and measured.
_OF_TEXT = (
    *("lang", "direction", "white_space", "overflow_wrap", "word_break", "hyphens"),
    *("hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone", "tab_size"),
    *("letter_spacing", "word_spacing", "text_decoration_line", "font_kerning"),
)


def _remembering(split: Any, key_of_font: Any) -> Any:
    """``split_first_line`` that shapes the same words in the same width and style once.

    Most cells of a long table say what others say.
    """
    known: dict[Any, Any] = {}

    def split_once(
        text: str, style: Any, context: Any, width: Any, justification: Any, **how: Any
    ) -> Any:
        try:
            look = style.look_of_text
        except AttributeError:
            rest = tuple(str(style[name]) for name in _OF_TEXT)
            look = style.look_of_text = key_of_font(style, include_size=True), rest
        key = (text, look, width, justification, *how.items())
        found = known.get(key)
        if found is None:
            found = known[key] = split(text, style, context, width, justification, **how)
        return found

    return split_once


def _page_references(pdf: Any) -> tuple[bytes, ...]:
    """As pydyf makes them, once and not for every cell that is tagged."""
    if len(pdf.references) < pdf.pages["Count"]:
        numbers = pdf.pages["Kids"][::3]
        pdf.references = tuple(f"{number} 0 R".encode("ascii") for number in numbers)
    return pdf.references


def _written(_document: Any, pdf: Any) -> None:
    """Every object as it will stand in the file: for the identifier it would be made again."""
    import pydyf

    class Written(pydyf.Object):  # type: ignore[misc]
        data = b""
        compressible = False

    for place, item in enumerate(pdf.objects):
        if item.free == "n":
            written = pdf.objects[place] = Written()
            written.number, written.data = item.number, item.data
            written.compressible = item.compressible


def main(target: str) -> int:
    gc.disable()  # two fifths of a long table's time; the process ends anyway
    asked = json.load(sys.stdin)
    try:
        import pydyf
        import weasyprint
        from weasyprint.layout import inline
        from weasyprint.text import line_break
        from weasyprint.urls import FatalURLFetchingError, URLFetcherResponse
    except (ImportError, OSError) as error:
        print(error, file=sys.stderr)
        return MISSING
    # A third of the writing was the last hundredth of the size.
    pydyf.zlib = SimpleNamespace(compressobj=lambda level: zlib.compressobj(min(level, 6)))
    inline.split_first_line = _remembering(
        line_break.split_first_line, line_break._font_style_cache_key
    )
    pydyf.PDF.references = ()
    pydyf.PDF.page_references = property(_page_references)
    progress = logging.getLogger("weasyprint.progress")
    progress.setLevel(logging.INFO)
    progress.addHandler(_Steps())
    progress.propagate = False
    logging.getLogger("weasyprint").addHandler(logging.StreamHandler(sys.stderr))
    files: dict[str, str] = asked["files"]

    class OwnFiles(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        """Files of the paper and data within it; nothing else, least of all the network."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            path = files.get(url.removeprefix(ADDRESS))
            if path is None or not url.startswith(ADDRESS):
                raise FatalURLFetchingError(f"not a file of this paper: {url[:200]}")
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return URLFetcherResponse(url, Path(path).read_bytes(), {"Content-Type": kind})

    paper = weasyprint.HTML(
        string=asked["html"], base_url=ADDRESS, url_fetcher=OwnFiles(allowed_protocols=["data"])
    )
    try:
        paper.write_pdf(target, finisher=_written, **asked["options"])
    except FatalURLFetchingError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

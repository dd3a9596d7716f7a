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
from pathlib import Path
from typing import Any

MISSING = 3
REFUSED = 4
ADDRESS = "https://paper.invalid/"  # of nowhere: what stands there comes from ``files``


class _Steps(logging.Handler):
    """Writes each step WeasyPrint takes, for whoever waits."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), flush=True)


def main(target: str) -> int:
    gc.disable()  # two fifths of a long table's time; the process ends anyway
    asked = json.load(sys.stdin)
    try:
        import weasyprint
        from weasyprint.urls import FatalURLFetchingError, URLFetcherResponse
    except (ImportError, OSError) as error:
        print(error, file=sys.stderr)
        return MISSING
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
        paper.write_pdf(target, **asked["options"])
    except FatalURLFetchingError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

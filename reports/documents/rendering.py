"""Frozen data → HTML → PDF/A. The PDF is made by a child process, whose memory ends with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import fontpkg_pt_serif
import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from workflow.models import IssuedPaper

from . import child
from .kinds import Data, Kind

TIMEOUT = 600  # seconds; 800 lines of a plan take about ten
STEPS = 8
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
_FILES = (
    *(f"css/papers{part}.css" for part in ("", "-portrait", "-landscape", "-certificate", "-case")),
    *(f"img/draft-{language}.svg" for language in LANGUAGES),
    *(f"fonts/pt-serif/{font.name}" for font in (fontpkg_pt_serif.ROOT / "files").glob("*.ttf")),
)
_CHILD = Path(child.__file__)
# What the child finds of its surroundings: where programs, fonts and scratch space are; no secret.
_SURROUNDINGS = ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "FONTCONFIG_FILE")
Progress = Callable[[int, int], None]


class PapersNeedPango(Exception):  # noqa: N818
    """WeasyPrint or the libraries it draws with are missing on this machine."""


class PaperNotMade(Exception):  # noqa: N818
    """The child process did not end with a paper."""


def _files() -> dict[str, str]:
    """What a paper may use: our own stylesheets, drawings and fonts, by their static names."""
    return {name: str(finders.find(name)) for name in _FILES}


def html_of(kind: Kind, data: Data, language: str, *, paper: IssuedPaper | None) -> str:
    """The paper as HTML in ``language``; without ``paper`` it is a draft and says so."""
    with translation.override(language):
        return render_to_string(
            kind.template,
            {
                "kind": kind,
                "language": language,
                "paper": paper,
                "page": language if paper else f"{language}-draft",
                "seal": _seal(paper) if paper else None,
                "data": data,
            }
            | kind.context(data),
        )


def _seal(paper: IssuedPaper) -> dict[str, str]:
    """What leads from the printed paper back to the page that verifies it."""
    address = f"{settings.SITE_URL}{reverse('verification', args=[paper.token])}"
    code = segno.make(address, error="m", micro=False)
    mark = paper.fingerprint[:16].upper()
    return {
        "address": address,
        "picture": code.svg_data_uri(border=0, scale=4),
        "mark": " ".join(mark[place : place + 4] for place in range(0, len(mark), 4)),
    }


def pdf_of(
    html: str, target: Path, *, identifier: str = "", progress: Progress | None = None
) -> None:
    """Write ``html`` as PDF/A-2a to ``target``; ``identifier`` makes the same paper the same file.

    Raises ``PapersNeedPango`` and ``PaperNotMade``.
    """
    options: dict[str, Any] = {"pdf_variant": "pdf/a-2a"}
    if identifier:
        options["pdf_identifier"] = identifier
    with _scratch() as given, _scratch() as said:
        json.dump({"html": html, "files": _files(), "options": options}, given)
        given.seek(0)
        code = _run(target, given, said, progress)
        said.seek(0)
        words = said.read()[-2000:]
    if code == child.MISSING:
        raise PapersNeedPango(words)
    if code:
        raise PaperNotMade(f"exit code {code}: {words}")


def _scratch() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


def _run(target: Path, given: IO[str], said: IO[str], progress: Progress | None) -> int:
    """Start the child, tell how far it is, see it end whatever happens; its exit code."""
    command = [sys.executable, "-I", "-X", "utf8", str(_CHILD), str(target)]
    surroundings = {name: os.environ[name] for name in _SURROUNDINGS if name in os.environ}
    with subprocess.Popen(  # noqa: S603  # our own script, no shell
        command, stdin=given, stdout=subprocess.PIPE, stderr=said, text=True, env=surroundings
    ) as process:
        alarm = threading.Timer(TIMEOUT, process.kill)
        alarm.start()
        try:
            for line in process.stdout or ():
                if progress and line.startswith("Step "):
                    progress(int(line[5]), STEPS)
            return process.wait()
        finally:
            alarm.cancel()
            process.kill()

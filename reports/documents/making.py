"""Making papers in the background: an issued one once and for ever, a draft for some minutes."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import translation

from workflow import jobs, papers
from workflow.models import IssuedPaper, JobRun, RenderedPaper, StoredFile
from workflow.tasks import run_job

from .kinds import Data, kind_of
from .rendering import LANGUAGES, Progress, html_of, pdf_of

PAPER = "paper"
DRAFT = "draft paper"
DRAFT_SECONDS = 900


def rendered(paper: IssuedPaper, language: str) -> RenderedPaper | None:
    return paper.rendered.filter(language=language).select_related("file").first()


def ask(paper: IssuedPaper, language: str) -> RenderedPaper | JobRun:
    """``paper`` as a PDF in ``language`` (kk, ru, en), or the job that makes it, queued if new."""
    if language not in LANGUAGES:
        raise ValueError(f"papers are made in {LANGUAGES}, not in {language!r}")
    return rendered(paper, language) or _job(PAPER, f"{paper.pk}:{language}")


def so_far(paper: IssuedPaper, language: str) -> RenderedPaper | JobRun | None:
    """The same without asking: a job that failed is not begun again by looking at it."""
    jobs_of_it = JobRun.objects.filter(name=PAPER, key=f"{paper.pk}:{language}")
    return rendered(paper, language) or jobs_of_it.order_by("-pk").first()


def ask_draft(kind: str, data: Data, language: str, *, reader: str) -> bytes | JobRun:
    """The PDF of what is not issued yet, with a watermark, or the job that makes it.

    The same data in the same language are made once and kept for a quarter of an hour.
    ``reader`` says who looks at what: a draft the same reader asked for before and that is still
    waiting is not made any more, so that changing and looking does not fill the queue.
    """
    key = _draft_key(kind, data, language)
    made: bytes | None = cache.get(f"draft-pdf-{key}")
    if made is not None:
        return made
    place = f"draft-of-{reader}-{language}"
    before = cache.get(place)
    if before not in (None, key):
        cache.delete(f"draft-data-{before}")
    cache.set(place, key, DRAFT_SECONDS)
    asked = {"kind": kind, "language": language, "data": data}
    cache.set(f"draft-data-{key}", asked, DRAFT_SECONDS)
    return _job(DRAFT, key)


def draft_so_far(kind: str, data: Data, language: str) -> bytes | JobRun | None:
    """The same without asking: a job that failed is not begun again by looking at it."""
    key = _draft_key(kind, data, language)
    made: bytes | None = cache.get(f"draft-pdf-{key}")
    return made or JobRun.objects.filter(name=DRAFT, key=key).order_by("-pk").first()


def _draft_key(kind: str, data: Data, language: str) -> str:
    said = papers.canonical({"kind": kind, "language": language, "data": data})
    return hashlib.sha256(said.encode()).hexdigest()[:48]


def preview(kind: str, data: Data, language: str) -> bytes:
    """A draft at once, for commands and tests: the caller waits until it is made."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "draft.pdf"
        pdf_of(html_of(kind_of(kind), data, language, paper=None), target)
        return target.read_bytes()


def _job(name: str, key: str) -> JobRun:
    job, made = jobs.ask(name=name, key=key)
    if made:
        transaction.on_commit(lambda: run_job.delay(job.pk))
    return job


def make(key: str, progress: Progress) -> dict[str, Any]:
    """The work of a job «paper»: the PDF, kept with its SHA-256; nothing half made is ever seen."""
    pk, _colon, language = key.partition(":")
    paper = IssuedPaper.objects.get(pk=pk)
    if rendered(paper, language):
        return {}
    kind = kind_of(paper.kind)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "paper.pdf"
        html = html_of(kind, paper.data, language, paper=paper)
        pdf_of(html, target, identifier=paper.fingerprint, progress=progress)
        with target.open("rb") as made:
            kept = StoredFile.keep(
                File(made, name=target.name),
                name=f"{name_of(paper, language)}.pdf",
                content_type="application/pdf",
                by=None,
            )
    try:
        with transaction.atomic():
            RenderedPaper.objects.create(paper=paper, language=language, file=kept)
    except IntegrityError:  # made twice in the same moment: the first stays
        kept.content.delete(save=False)
        kept.delete()
    return {"sha256": kept.sha256, "bytes": kept.size}


def make_draft(key: str, progress: Progress) -> dict[str, Any]:
    """The work of a job «draft paper»: its data wait in the cache, its PDF goes there too."""
    asked = cache.get(f"draft-data-{key}")
    if asked is None:  # nobody waits any more: taken up too late, or asked for anew since
        return {}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "draft.pdf"
        html = html_of(kind_of(asked["kind"]), asked["data"], asked["language"], paper=None)
        pdf_of(html, target, progress=progress)
        cache.set(f"draft-pdf-{key}", target.read_bytes(), DRAFT_SECONDS)
    return {}


def name_of(paper: IssuedPaper, language: str) -> str:
    """What a file of the paper is called: its kind and number, in its language."""
    with translation.override(language):
        return f"{kind_of(paper.kind).title} {paper.number.replace('/', '-')}"

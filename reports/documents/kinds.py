"""Which kinds of papers there are; each is registered by its own module, once (idea 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from interface.trilingual import Said
from interface.workbook import Heading, Sheet
from workflow import papers
from workflow.models import IssuedPaper

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Book:
    """A paper as a sheet of a workbook, and what stands on sheets behind it."""

    title: str
    headings: Sequence[Heading]
    rows: Iterator[Sequence[Any]]
    lines: Sequence[str] = ()
    more: Sequence[Sheet] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of paper: how it is called, laid out, and who may see it.

    ``context`` and ``workbook`` get the frozen data while the paper's language is the current
    one. ``code`` is the code of the form, ``issuer`` the unit that issues. ``permission`` is asked
    about ``subject(paper)``.
    """

    name: str
    title: Said
    issuer: Said
    template: str
    context: Callable[[Data], dict[str, Any]]
    permission: str
    subject: Callable[[IssuedPaper], Any]
    code: str = ""
    edition: int = 1
    orientation: Literal["portrait", "landscape"] = "portrait"
    workbook: Callable[[Data], Book] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make ``kind`` known here, and its name to the public verification."""
    _kinds[kind.name] = kind
    papers.names[kind.name] = kind.title


def kind_of(name: str) -> Kind:
    """The kind called ``name``; ``KeyError`` where nobody registered it."""
    return _kinds[name]

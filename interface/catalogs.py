"""Translation catalogues: where they lie, compiling them without gettext, what is wrong with them.

``locale/`` holds our own words, ``locale/libraries/`` those our libraries lack in Kazakh or
Russian (Django's Kazakh is thin).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polib

LANGUAGES = ("kk", "ru")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
_HTML = re.compile(r"</?[a-z]+>")


def catalogues(base: Path) -> Iterator[Path]:
    for folder in (base, base / "libraries"):
        for language in LANGUAGES:
            path = folder / language / "LC_MESSAGES" / "django.po"
            if path.exists():
                yield path


def compile_catalogues(base: Path) -> int:
    """Make the ``.mo`` beside each ``.po`` that is newer; how many were made."""
    made = 0
    for path in catalogues(base):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            polib.pofile(str(path)).save_as_mofile(str(target))
            made += 1
    return made


def mistakes(path: Path) -> Iterator[str]:
    """What is untranslated, fuzzy, or has other placeholders than the English."""
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            continue
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not all(texts):
            yield f"untranslated: {entry.msgid}"
        elif entry.fuzzy:
            yield f"fuzzy: {entry.msgid}"
        else:
            yield from _different_marks(entry, texts)


def _different_marks(entry: polib.POEntry, texts: list[str]) -> Iterator[str]:
    wanted = set(_PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    tags = sorted(_HTML.findall(entry.msgid))
    for text in texts:
        if set(_PLACEHOLDER.findall(text)) != wanted:
            yield f"other placeholders: {entry.msgid}"
        if sorted(_HTML.findall(text)) != tags and not entry.msgid_plural:
            yield f"other marks: {entry.msgid}"


def keys(path: Path) -> set[tuple[str, str]]:
    """Context and English of every entry in use."""
    return {(e.msgctxt or "", e.msgid) for e in polib.pofile(str(path)) if not e.obsolete}

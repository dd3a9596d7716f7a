"""Demanded of every page: WCAG 2.2 AA, one first heading, its language, no sideways scroll."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 760}

AXE = Axe()
AXE_OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    # Axe leaves this one out unless it is asked for.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
SHAPE = """() => ({
    language: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    title: document.title.trim(),
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


def faults(
    page: Page, language: str = "kk", sizes: tuple[dict[str, int], ...] = (WIDE,)
) -> list[str]:
    """What is wrong with the page as it stands, at each of ``sizes``; empty if nothing is."""
    found = []
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        where = f"{page.url} at {size['width']}"
        found += [f"{where}: {fault}" for fault in _faults(page, language)]
    return found


def _faults(page: Page, language: str) -> list[str]:
    shape: dict[str, Any] = page.evaluate(SHAPE)
    found = []
    if shape["language"] != language:
        found.append(f"the language is said to be {shape['language']!r}")
    if shape["headings"] != 1:
        found.append(f"{shape['headings']} first headings")
    if not shape["title"] or shape["title"].startswith("·"):
        found.append("no title")
    if shape["sideways"] > 0:
        found.append(f"{shape['sideways']} px too wide")
    for violation in AXE.run(page, options=AXE_OPTIONS).response["violations"]:
        for node in violation["nodes"]:
            found.append(f"{violation['id']}: {' '.join(node['target'])} {node['html'][:200]}")
    return found

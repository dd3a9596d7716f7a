"""The academy's numbered certificate of its own course (clauses 3.10, 3.11)."""

from __future__ import annotations

from typing import Any

from interface.trilingual import Said

from . import words
from .approval import CENTRE
from .kinds import Data, Kind, register

LONG_TITLE = 90
LONG_NAME = 34
ON_THE_FACE = 260


def context(data: Data) -> dict[str, Any]:
    """What the certificate says; learning outcomes of many words go onto a second page."""
    outcomes = str(data.get("outcomes") or "").strip()
    name, title = str(data["person"]), str(data["topic"])
    return {
        "name": name,
        "name_size": "long" if len(name) > LONG_NAME else "",
        "course": title,
        "course_size": "long" if len(title) > LONG_TITLE else "",
        "volume": words.volume(data),
        "first": words.day(data.get("starts_on")),
        "last": words.day(data.get("ends_on")),
        "area": words.label("area", data.get("area")),
        "outcomes": outcomes if len(outcomes) <= ON_THE_FACE else "",
        "supplement": outcomes if len(outcomes) > ON_THE_FACE else "",
    }


register(
    Kind(
        name="certificate",
        title=Said("Сертификат", "Сертификат", "Certificate"),
        issuer=CENTRE,
        template="papers/certificate.html",
        orientation="landscape",
        context=context,
        permission="staff.view_person",
        subject=lambda paper: paper.subject.person,  # type: ignore[union-attr]
    )
)

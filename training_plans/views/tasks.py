"""What a task on the home page is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: what, about what, by when (or a word), and where. ``begin``: by a button."""

    what: str
    about: str
    url: str
    clause: str
    due: dt.date | None = None
    word: str = ""
    begin: str = ""

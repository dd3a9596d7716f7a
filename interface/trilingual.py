"""A text that stands in its three languages side by side: official wordings, names of papers.

Words of pages go through the catalogues; the wording of a paper is somebody's to correct in one
place, where the three can be compared.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import get_language


class Said(NamedTuple):
    """One text in Kazakh, Russian and English; as a string it is that of the current language."""

    kk: str
    ru: str
    en: str

    def __str__(self) -> str:
        language = (get_language() or "kk")[:2]
        return {"ru": self.ru, "en": self.en}.get(language, self.kk)

"""What the templates of papers write with; the words themselves stand in the templates."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import template

from interface.trilingual import Said
from reports.documents import words

register = template.Library()


@register.simple_tag
def said(kk: str, ru: str, en: str) -> str:
    """A wording in the paper's language: Kazakh, Russian and English stand side by side."""
    return str(Said(kk, ru, en))


@register.filter
def long_day(day: dt.date) -> str:
    return words.long_day(day.isoformat())


@register.filter
def amount(value: Any) -> str:
    return words.number(value)


@register.filter
def tenge(value: Any) -> str:
    return words.money(value)


@register.filter
def sum_of_money(value: Any) -> str:
    return words.sum_of_money(value)


# No box with ``nowrap`` instead: before one, WeasyPrint 70 breaks an indented line far too early.
_BEFORE_A_NUMBER = re.compile(r"([ҮЕ№]) (?=\d)")


@register.filter
def unbroken(text: str) -> str:
    """``text`` with «Ү 464-002-2025» and «№ 12» kept on one line."""
    return _BEFORE_A_NUMBER.sub(rf"\g<1>{words.NARROW}", text)

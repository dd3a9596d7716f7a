"""The individual identification number (ЖСН/ИИН): 12 digits, the last of them a check digit.

Only length, digits and check digit decide (law.md §7). Birth date and sex can be read out of
most numbers, but since 2013 the digits are not tied to them: a disagreement is a notice only.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

_FIRST_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


def check_digit_of(first_eleven: str) -> int | None:
    """The twelfth digit that belongs to eleven; ``None`` where no such number is issued."""
    digits = [int(digit) for digit in first_eleven]
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        rest = sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11
        if rest < 10:
            return rest
    return None


def iin_is_valid(iin: str) -> bool:
    """Whether ``iin`` is twelve digits with a right check digit. Spaces are not forgiven here."""
    return (
        len(iin) == 12
        and iin.isascii()
        and iin.isdigit()
        and check_digit_of(iin[:11]) == int(iin[11])
    )


def birth_date_of(iin: str) -> dt.date | None:
    """The birth date the number tells; ``None`` where it tells none (7th digit 0, no such day)."""
    century = _CENTURIES.get(iin[6:7])
    if century is None:
        return None
    try:
        return dt.date(century + int(iin[:2]), int(iin[2:4]), int(iin[4:6]))
    except ValueError:
        return None


def sex_of(iin: str) -> Literal["male", "female"] | None:
    """The sex the 7th digit tells: odd male, even female; ``None`` where it tells none."""
    if iin[6:7] not in _CENTURIES:
        return None
    return "male" if int(iin[6]) % 2 else "female"

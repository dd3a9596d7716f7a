"""Numbers and sums of money in words, as contracts write them: Kazakh, Russian, English.

Kazakh words follow each other undeclined and the noun stays singular; Russian counts thousands in
the feminine and declines millions and billions after 1, 2–4 and 5. (No library: num2words needs
one that is not published as a wheel, and the image is built of wheels alone.)
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

LIMIT = 10**12  # the first number that is not written

_UNITS_KK = ("", "бір", "екі", "үш", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз")
_TENS_KK = ("", "он", "жиырма", "отыз", "қырық", "елу", "алпыс", "жетпіс", "сексен", "тоқсан")
_SCALE_KK = ("", "мың", "миллион", "миллиард")

_UNITS_RU = (
    *("", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"),
    *("десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать"),
    *("шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"),
)
_FEMININE_RU = {1: "одна", 2: "две"}
_TENS_RU = (
    *("", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят"),
    *("восемьдесят", "девяносто"),
)
_HUNDREDS_RU = (
    *("", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот"),
    *("восемьсот", "девятьсот"),
)
_SCALE_RU = (
    ("", "", ""),
    ("тысяча", "тысячи", "тысяч"),
    ("миллион", "миллиона", "миллионов"),
    ("миллиард", "миллиарда", "миллиардов"),
)
_THOUSANDS = 1

_UNITS_EN = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS_EN = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALE_EN = ("", "thousand", "million", "billion")

_ZERO = {"kk": "нөл", "ru": "ноль", "en": "zero"}
_TENGE = {"kk": ("теңге", "тиын"), "ru": ("тенге", "тиын"), "en": ("tenge", "tiyn")}


def russian_form(count: int, one: str, few: str, many: str) -> str:
    """Which Russian form stands after ``count``: 1, 2–4, the rest; 11–14 are of the rest."""
    if 11 <= count % 100 <= 14:
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(count % 10, many)


def _group_kk(group: int, power: int) -> list[str]:
    hundreds, tens, units = group // 100, group // 10 % 10, group % 10
    said = [_UNITS_KK[hundreds] if hundreds > 1 else "", "жүз" if hundreds else ""]
    return [*said, _TENS_KK[tens], _UNITS_KK[units], _SCALE_KK[power]]


def _group_ru(group: int, power: int) -> list[str]:
    rest = group % 100
    tens, units = (0, rest) if rest < 20 else (rest // 10, rest % 10)
    unit = _FEMININE_RU.get(units) if power == _THOUSANDS else None
    scale = russian_form(group, *_SCALE_RU[power])
    return [_HUNDREDS_RU[group // 100], _TENS_RU[tens], unit or _UNITS_RU[units], scale]


def _group_en(group: int, power: int) -> list[str]:
    hundreds, rest = divmod(group, 100)
    tens, units = (0, rest) if rest < 20 else divmod(rest, 10)
    below = "-".join(filter(None, [_TENS_EN[tens], _UNITS_EN[units]]))
    return [f"{_UNITS_EN[hundreds]} hundred" if hundreds else "", below, _SCALE_EN[power]]


_GROUPS: dict[str, Callable[[int, int], list[str]]] = {
    "kk": _group_kk,
    "ru": _group_ru,
    "en": _group_en,
}


def in_words(number: int, language: str) -> str:
    """«екі жүз қырық мың», «двести сорок тысяч», «two hundred forty thousand».

    Raises ``ValueError`` for a negative number, one of 10¹² or more, and another language.
    """
    if not 0 <= number < LIMIT:
        raise ValueError(f"only 0 to {LIMIT - 1} are written in words, not {number}")
    if language not in _GROUPS:
        raise ValueError(f"numbers are written in {sorted(_GROUPS)}, not in {language!r}")
    said: list[str] = []
    for power in (3, 2, 1, 0):
        group = number // 1000**power % 1000
        if group:
            said += _GROUPS[language](group, power)
    return " ".join(filter(None, said)) or _ZERO[language]


def tenge_in_words(amount: Decimal, language: str) -> str:
    """«екі жүз қырық мың теңге 00 тиын», «двести сорок тысяч тенге 00 тиын».

    The tiyn stand in figures, undeclined, as banks write them. Raises ``ValueError`` for what is
    no whole number of tiyn, and as ``in_words`` does.
    """
    tiyn = amount * 100
    if tiyn != tiyn.to_integral_value():
        raise ValueError(f"{amount} is no whole number of tiyn")
    whole, rest = divmod(int(tiyn), 100)
    words = in_words(whole, language)
    tenge, tiyns = _TENGE[language]
    return f"{words} {tenge} {rest:02d} {tiyns}"

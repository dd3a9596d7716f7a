"""Numbers and sums in words: exact wordings, and a reader that turns the words back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from interface.sums import LIMIT, in_words, tenge_in_words

from ..conftest import examples

WORDS = [
    (0, "нөл", "ноль", "zero"),
    (1, "бір", "один", "one"),
    (2, "екі", "два", "two"),
    (9, "тоғыз", "девять", "nine"),
    (10, "он", "десять", "ten"),
    (11, "он бір", "одиннадцать", "eleven"),
    (14, "он төрт", "четырнадцать", "fourteen"),
    (20, "жиырма", "двадцать", "twenty"),
    (36, "отыз алты", "тридцать шесть", "thirty-six"),
    (40, "қырық", "сорок", "forty"),
    (72, "жетпіс екі", "семьдесят два", "seventy-two"),
    (90, "тоқсан", "девяносто", "ninety"),
    (100, "жүз", "сто", "one hundred"),
    (101, "жүз бір", "сто один", "one hundred one"),
    (212, "екі жүз он екі", "двести двенадцать", "two hundred twelve"),
    (365, "үш жүз алпыс бес", "триста шестьдесят пять", "three hundred sixty-five"),
    (999, "тоғыз жүз тоқсан тоғыз", "девятьсот девяносто девять", "nine hundred ninety-nine"),
    (1_000, "бір мың", "одна тысяча", "one thousand"),
    (1_001, "бір мың бір", "одна тысяча один", "one thousand one"),
    (2_000, "екі мың", "две тысячи", "two thousand"),
    (2_002, "екі мың екі", "две тысячи два", "two thousand two"),
    (5_000, "бес мың", "пять тысяч", "five thousand"),
    (11_000, "он бір мың", "одиннадцать тысяч", "eleven thousand"),
    (12_000, "он екі мың", "двенадцать тысяч", "twelve thousand"),
    (21_000, "жиырма бір мың", "двадцать одна тысяча", "twenty-one thousand"),
    (
        *(111_000, "жүз он бір мың", "сто одиннадцать тысяч"),
        "one hundred eleven thousand",
    ),
    (240_000, "екі жүз қырық мың", "двести сорок тысяч", "two hundred forty thousand"),
    (1_000_000, "бір миллион", "один миллион", "one million"),
    (2_000_000, "екі миллион", "два миллиона", "two million"),
    (3_000_000_000, "үш миллиард", "три миллиарда", "three billion"),
    (11_000_000, "он бір миллион", "одиннадцать миллионов", "eleven million"),
    (
        1_001_001,
        "бір миллион бір мың бір",
        "один миллион одна тысяча один",
        "one million one thousand one",
    ),
    (
        108_493,
        "жүз сегіз мың төрт жүз тоқсан үш",
        "сто восемь тысяч четыреста девяносто три",
        "one hundred eight thousand four hundred ninety-three",
    ),
    (
        999_999_999_999,
        "тоғыз жүз тоқсан тоғыз миллиард тоғыз жүз тоқсан тоғыз миллион "
        "тоғыз жүз тоқсан тоғыз мың тоғыз жүз тоқсан тоғыз",
        "девятьсот девяносто девять миллиардов девятьсот девяносто девять миллионов "
        "девятьсот девяносто девять тысяч девятьсот девяносто девять",
        "nine hundred ninety-nine billion nine hundred ninety-nine million "
        "nine hundred ninety-nine thousand nine hundred ninety-nine",
    ),
]


@pytest.mark.parametrize(("number", "kk", "ru", "en"), WORDS)
def test_numbers_in_words(number: int, kk: str, ru: str, en: str) -> None:
    assert in_words(number, "kk") == kk
    assert in_words(number, "ru") == ru
    assert in_words(number, "en") == en


@pytest.mark.parametrize(
    ("amount", "language", "words"),
    [
        ("240000", "kk", "екі жүз қырық мың теңге 00 тиын"),
        ("240000.00", "ru", "двести сорок тысяч тенге 00 тиын"),
        ("240000.00", "en", "two hundred forty thousand tenge 00 tiyn"),
        ("108493.15", "kk", "жүз сегіз мың төрт жүз тоқсан үш теңге 15 тиын"),
        ("108493.15", "ru", "сто восемь тысяч четыреста девяносто три тенге 15 тиын"),
        ("0.05", "kk", "нөл теңге 05 тиын"),
        ("1.01", "ru", "один тенге 01 тиын"),
        ("1000.50", "ru", "одна тысяча тенге 50 тиын"),
        ("60500.5", "kk", "алпыс мың бес жүз теңге 50 тиын"),
    ],
)
def test_tenge_in_words(amount: str, language: str, words: str) -> None:
    assert tenge_in_words(Decimal(amount), language) == words


@pytest.mark.parametrize(
    ("number", "language"), [(-1, "kk"), (LIMIT, "ru"), (1, "de"), (10**15, "en")]
)
def test_what_cannot_be_written_is_refused(number: int, language: str) -> None:
    with pytest.raises(ValueError, match="written in"):
        in_words(number, language)


@pytest.mark.parametrize("amount", ["0.001", "-0.01", "1000000000000.00", "12.345"])
def test_sums_that_are_none_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"tiyn|written in"):
        tenge_in_words(Decimal(amount), "kk")


# --- a reader, written the other way round ------------------------------------------------------
SMALL = {
    "kk": (
        "нөл бір екі үш төрт бес алты жеті сегіз тоғыз",
        "он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан",
    ),
    "ru": (
        "ноль один два три четыре пять шесть семь восемь девять",
        "десять двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    ),
    "en": (
        "zero one two three four five six seven eight nine",
        "ten twenty thirty forty fifty sixty seventy eighty ninety",
    ),
}
TEENS = {
    "kk": "",
    "ru": "одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать "
    "восемнадцать девятнадцать",
    "en": "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
}
WHOLE_HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"
SCALES = {"мың": 3, "миллион": 6, "миллиард": 9, "thousand": 3, "million": 6, "billion": 9} | {
    word: power
    for power, words in {
        3: "тысяча тысячи тысяч",
        6: "миллион миллиона миллионов",
        9: "миллиард миллиарда миллиардов",
    }.items()
    for word in words.split()
}


def _values(language: str) -> dict[str, int]:
    units, tens = SMALL[language]
    found = {word: value for value, word in enumerate(units.split())}
    found |= {word: 10 * value for value, word in enumerate(tens.split(), start=1)}
    found |= {word: value for value, word in enumerate(TEENS[language].split(), start=11)}
    if language == "ru":
        hundreds = enumerate(WHOLE_HUNDREDS.split(), start=1)
        found |= {"одна": 1, "две": 2} | {word: 100 * value for value, word in hundreds}
    return found


def read(words: str, language: str) -> int:
    """The number the words say."""
    values, total, group = _values(language), 0, 0
    for word in words.replace("-", " ").split():
        if word in ("жүз", "hundred"):
            group = max(group, 1) * 100
        elif word in SCALES:
            total, group = total + group * 10 ** SCALES[word], 0
        else:
            group += values[word]
    return total + group


NUMBERS = st.integers(0, LIMIT - 1) | st.integers(0, 12).flatmap(
    lambda digits: st.integers(0, 10**digits - 1)
)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@hypothesis_settings(max_examples=examples(400))
@given(number=NUMBERS)
def test_the_words_say_the_number(language: str, number: int) -> None:
    assert read(in_words(number, language), language) == number


@hypothesis_settings(max_examples=examples(300))
@given(number=NUMBERS)
def test_russian_thousands_agree_with_their_number(number: int) -> None:
    """«одна тысяча», «две тысячи», «пять тысяч»: never another word before that form."""
    said = in_words(number, "ru").split()
    before = dict(zip(said[1:], said, strict=False))
    if "тысяча" in said:
        assert before["тысяча"] == "одна"
    if "тысячи" in said:
        assert before["тысячи"] in {"две", "три", "четыре"}
    if "тысяч" in said:
        assert before["тысяч"] not in {"одна", "один", "две", "два", "три", "четыре"}

"""The IIN: check digit decides, birth date and sex are only read (law.md §7)."""

from __future__ import annotations

import datetime as dt

import pytest

from staff.domain.iin import birth_date_of, check_digit_of, iin_is_valid, sex_of


@pytest.mark.parametrize(
    "iin",
    [
        "061211600012",
        "890315100406",  # the second weights
        "890315100013",
        "921127200029",
        "870701100038",
        "950408200049",
        "991231100050",
        "900228200061",
    ],
)
def test_known_numbers_are_valid(iin: str) -> None:
    assert iin_is_valid(iin) is True


@pytest.mark.parametrize(
    "iin",
    [
        "061211600013",  # another last digit
        "061211600021",  # two digits changed places
        "890315100420",  # ten with both weights: no such number is issued
        "06121160001",
        "0612116000123",
        "06121160001a",
        "",
        "٠٦١٢١١٦٠٠٠١٢",  # digits, but not these
        "0612 1160 0012",
    ],
)
def test_others_are_not(iin: str) -> None:
    assert iin_is_valid(iin) is False


def test_one_last_digit_alone_is_right() -> None:
    assert [d for d in "0123456789" if iin_is_valid(f"06121160001{d}")] == ["2"]


def test_no_check_digit_where_both_weights_give_ten() -> None:
    assert check_digit_of("89031510042") is None


def test_birth_date_and_sex_are_read_by_century() -> None:
    assert birth_date_of("890315100013") == dt.date(1889, 3, 15)
    assert birth_date_of("061211600012") == dt.date(2006, 12, 11)
    assert birth_date_of("850810329612") == dt.date(1985, 8, 10)
    assert sex_of("850810329612") == "male"
    assert sex_of("061211600012") == "female"


def test_what_cannot_be_read_is_nothing_rather_than_wrong() -> None:
    assert birth_date_of("850810029612") is None
    assert sex_of("850810029612") is None
    assert birth_date_of("859910329612") is None

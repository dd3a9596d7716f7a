"""The parts of the list machinery that need no list; lists: tests/staff and tests/reports."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.utils import translation

from interface.figures import in_figures
from interface.lists import attachment, chosen_ids


@pytest.mark.parametrize(
    ("value", "kk", "en"),
    [
        (1412, "1\u00a0412", "1,412"),
        (Decimal("72.0"), "72", "72"),
        (Decimal("4.50"), "4,5", "4.5"),
        (0, "0", "0"),
        (-123, "-123", "-123"),
    ],
)
def test_figures_are_grouped_and_have_no_idle_zeros(value: int | Decimal, kk: str, en: str) -> None:
    with translation.override("kk"):
        assert in_figures(value) == kk
    with translation.override("en"):
        assert in_figures(value) == en


def test_a_file_name_is_plain_and_true_at_once() -> None:
    header = attachment('Қызметкерлер "1".xlsx', "person_list-2026-11-22.xlsx")

    assert header == (
        "attachment; filename=\"person_list-2026-11-22.xlsx\"; filename*=UTF-8''"
        "%D2%9A%D1%8B%D0%B7%D0%BC%D0%B5%D1%82%D0%BA%D0%B5%D1%80%D0%BB%D0%B5%D1%80%20%221%22.xlsx"
    )


def test_no_name_breaks_out_of_the_header() -> None:
    header = attachment('a"\r\nSet-Cookie: x=1.pdf', 'b"\r\nX: 1.pdf')

    assert "\r" not in header and "\n" not in header
    assert header.count('"') == 2


def test_keys_that_are_no_numbers_are_left_out() -> None:
    request = RequestFactory().post("/", {"ids": ["1", "x", "-2", "3", "9" * 30, "4 or 1=1"]})

    assert chosen_ids(request) == [1, 3]

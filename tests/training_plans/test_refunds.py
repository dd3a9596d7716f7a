"""The refund of who leaves within the obligation, to the tiyn (law.md §2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from training_plans.domain.refunds import RefundSum, refund_of

from ..conftest import examples

FIRST = dt.date(2026, 1, 1)
DAY = dt.timedelta(days=1)
LAST = FIRST + 364 * DAY


def refund(
    terminated_on: dt.date,
    *,
    cost: str = "240000",
    applies: bool = True,
    away: tuple[tuple[dt.date, dt.date], ...] = (),
    to: dt.date = LAST,
) -> RefundSum:
    return refund_of(
        cost_base=Decimal(cost),
        service_from=FIRST,
        service_to=to,
        terminated_on=terminated_on,
        applies=applies,
        away=away,
    )


def test_the_example_to_the_tiyn() -> None:
    found = refund(FIRST + 199 * DAY)
    assert (found.total_days, found.served_days, found.unserved_days) == (365, 200, 165)
    assert str(found.amount) == "108493.15"


@pytest.mark.parametrize(
    ("terminated_on", "served", "amount"),
    [
        (FIRST - 40 * DAY, 0, "240000.00"),  # before the end of the training
        (FIRST - DAY, 0, "240000.00"),  # on its last day
        (FIRST, 1, "239342.47"),
        (LAST - DAY, 364, "657.53"),
        (LAST, 365, "0.00"),
        (LAST + DAY, 365, "0.00"),
        (LAST + 4000 * DAY, 365, "0.00"),
    ],
)
def test_the_edges(terminated_on: dt.date, served: int, amount: str) -> None:
    found = refund(terminated_on)
    assert (found.served_days, str(found.amount)) == (served, amount)


def test_half_a_tiyn_is_rounded_up() -> None:
    """One day of two not served: 0.005, 0.015 and 0.025 all go up, the even ones too."""
    two_days = FIRST + DAY
    assert str(refund(FIRST, cost="0.01", to=two_days).amount) == "0.01"
    assert str(refund(FIRST, cost="0.03", to=two_days).amount) == "0.02"
    assert str(refund(FIRST, cost="0.05", to=two_days).amount) == "0.03"


def test_on_a_ground_without_refund_the_days_are_shown_and_nothing_is_due() -> None:
    found = refund(FIRST + 199 * DAY, applies=False)
    assert (found.unserved_days, str(found.amount)) == (165, "0.00")
    with translation.override("en"):
        assert "none is due" in found.steps[-1]


def test_leave_that_does_not_count_is_not_served() -> None:
    """Ten days twice over, and leave outside the days of work, count once and not at all."""
    ten = (FIRST + 10 * DAY, FIRST + 19 * DAY)
    before = (FIRST - 30 * DAY, FIRST - DAY)
    after = (FIRST + 200 * DAY, FIRST + 300 * DAY)
    found = refund(FIRST + 199 * DAY, away=(after, ten, before, ten))
    assert (found.served_days, found.away_days, found.unserved_days) == (190, 10, 175)
    assert str(found.amount) == "115068.49"


def test_who_works_to_the_last_day_owes_nothing_whatever_leave_there_was() -> None:
    found = refund(LAST, away=((FIRST, FIRST + 100 * DAY),))
    assert (found.served_days, str(found.amount)) == (365, "0.00")


def test_the_steps_show_every_figure_of_the_sum() -> None:
    found = refund(FIRST + 199 * DAY, away=((FIRST, FIRST),))
    with translation.override("ru"):
        lines = [line.replace("\u00a0", " ") for line in found.steps]
    assert len(lines) == 6
    for figures, line in zip(
        (["240 000,00"], ["01.01.2026", "31.12.2026", "365"], ["19.07.2026"], ["1"]),
        lines,
        strict=False,
    ):
        assert [figure for figure in figures if figure not in line] == []
    assert "199" in lines[4]
    assert "240 000,00 × 166 ÷ 365 = 109 150,68" in lines[5]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        refund(FIRST, to=FIRST - DAY)
    with pytest.raises(ValueError, match="cannot cost"):
        refund(FIRST, cost="-1")
    with pytest.raises(ValueError, match="a leave ends"):
        refund(FIRST + DAY, away=((LAST, FIRST),))


def day_by_day(
    cost: Decimal,
    to: dt.date,
    terminated_on: dt.date,
    away: list[tuple[dt.date, dt.date]],
) -> tuple[int, int, Decimal]:
    """Total and unserved days and the sum, found by walking over the days."""
    total = unserved = 0
    day = FIRST
    while day <= to:
        total += 1
        on_leave = any(begins <= day <= ends for begins, ends in away)
        if terminated_on < to and (day > terminated_on or on_leave):
            unserved += 1
        day += DAY
    exact = Fraction(cost) * unserved / total
    tiyn = int(exact * 100 + Fraction(1, 2))  # half up: nothing here is negative
    return total, unserved, Decimal(tiyn) / 100


DAYS = st.integers(-60, 900).map(lambda count: FIRST + count * DAY)
SPANS = st.lists(st.tuples(DAYS, st.integers(0, 200)), max_size=4).map(
    lambda spans: [(begins, begins + length * DAY) for begins, length in spans]
)


@hypothesis_settings(max_examples=examples(300))
@given(
    cost=st.decimals(0, 10**10, places=2),
    length=st.integers(0, 800),
    terminated_on=DAYS,
    away=SPANS,
)
def test_it_is_what_counting_day_by_day_gives(
    cost: Decimal, length: int, terminated_on: dt.date, away: list[tuple[dt.date, dt.date]]
) -> None:
    to = FIRST + length * DAY
    found = refund(terminated_on, cost=str(cost), to=to, away=tuple(away))
    expected = day_by_day(cost, to, terminated_on, away)
    assert (found.total_days, found.unserved_days, found.amount) == expected
    assert 0 <= found.amount <= cost
    assert str(found.amount)[-3] == "."

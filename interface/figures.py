"""Numbers and money as people read them, in the language of the moment."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format

NO_BREAK = "\u00a0"


def in_figures(value: int | float | Decimal) -> str:
    """``value`` grouped by thousands; 72.0 is 72."""
    number = Decimal(str(value))
    if number == number.to_integral_value():
        return number_format(int(number), force_grouping=True)
    return number_format(number.normalize(), force_grouping=True)


def plainly(value: Decimal) -> str:
    """«72», «4.5»: for what is kept or typed and not read, so of no language; no idle zeros."""
    return f"{value.normalize():f}"


def in_tenge(amount: Decimal | int) -> str:
    """Money with its sign: «1 250 000 ₸», tiyn only where there are any."""
    exact = Decimal(amount)
    figures = f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"
    return figures.replace(",", NO_BREAK).replace(".", ",") + f"{NO_BREAK}₸"


def to_the_tiyn(amount: Decimal) -> str:
    """A sum that was computed, both digits always there: «108 493,15», without its sign."""
    return number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)

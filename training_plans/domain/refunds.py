"""What an employee who leaves within the obligation pays back (clause 3.8; law.md §2).

    amount = cost × days not served ÷ days of the obligation

Calendar days; the last day of work is served. Leave that by the contract does not count
(``away``) is not served, and does not move the end of the obligation: that is the day the contract
names, and who works until it owes nothing. Pure: no database, no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interface.figures import to_the_tiyn

TIYN = Decimal("0.01")
DAY = dt.timedelta(days=1)
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class RefundSum:
    """The sum and the way to it. Money in tenge, days are calendar days, both ends inclusive.

    ``away_days`` are those of the days not served that were leave.
    """

    cost_base: Decimal
    service_from: dt.date
    service_to: dt.date
    terminated_on: dt.date
    applies: bool
    total_days: int
    served_days: int
    away_days: int
    amount: Decimal

    @property
    def unserved_days(self) -> int:
        return self.total_days - self.served_days

    @property
    def steps(self) -> list[str]:
        """The lines of the computation, in the language of the moment, ending with the sum."""
        lines = [
            _("Cost of the training: %(sum)s ₸.") % {"sum": to_the_tiyn(self.cost_base)},
            _("Obligation: %(first)s to %(last)s, %(days)s days.")
            % {
                "first": _day(self.service_from),
                "last": _day(self.service_to),
                "days": self.total_days,
            },
            _("Last day of work: %(day)s.") % {"day": _day(self.terminated_on)},
        ]
        if self.away_days:
            lines.append(
                _("Leave that does not count as served by the contract: %(days)s days.")
                % {"days": self.away_days}
            )
        lines.append(
            _("Served: %(served)s days. Not served: %(unserved)s days.")
            % {"served": self.served_days, "unserved": self.unserved_days}
        )
        return [*lines, self._result()]

    def _result(self) -> str:
        if not self.applies:
            return _("No refund: on this ground of termination none is due. 0.00 ₸.")
        if not self.unserved_days:
            return _("No refund: the obligation was served to its end. 0.00 ₸.")
        words = {
            "cost": to_the_tiyn(self.cost_base),
            "unserved": self.unserved_days,
            "total": self.total_days,
            "sum": to_the_tiyn(self.amount),
        }
        if self.terminated_on < self.service_from:
            return (
                _(
                    "Refund: %(cost)s × %(unserved)s ÷ %(total)s = %(sum)s ₸, all of it, because "
                    "the obligation had not begun."
                )
                % words
            )
        return _("Refund: %(cost)s × %(unserved)s ÷ %(total)s = %(sum)s ₸.") % words


def refund_of(
    *,
    cost_base: Decimal,
    service_from: dt.date,
    service_to: dt.date,
    terminated_on: dt.date,
    applies: bool,
    away: Iterable[Span] = (),
) -> RefundSum:
    """The refund of who worked for the last time on ``terminated_on``.

    ``service_from`` is the day after the end of the training; ``applies`` says whether the ground
    of termination asks for a refund. ``away``: spans of leave, both days inclusive, that do not
    count as served; they may overlap. Raises ``ValueError`` for a reversed obligation or span and
    a negative cost.
    """
    if service_to < service_from:
        raise ValueError(f"the obligation ends on {service_to}, before it begins")
    if cost_base < 0:
        raise ValueError(f"the training cannot cost {cost_base}")
    total = (service_to - service_from).days + 1
    last = min(terminated_on, service_to)
    present = max(0, (last - service_from).days + 1)
    missed = 0 if last == service_to else _days_within(away, service_from, last)
    served = present - missed
    due = (cost_base * (total - served) / total).quantize(TIYN, ROUND_HALF_UP)
    return RefundSum(
        cost_base=cost_base,
        service_from=service_from,
        service_to=service_to,
        terminated_on=terminated_on,
        applies=applies,
        total_days=total,
        served_days=served,
        away_days=missed,
        amount=min(due, cost_base) if applies else Decimal("0.00"),
    )


def _days_within(spans: Iterable[Span], first: dt.date, last: dt.date) -> int:
    """How many days from ``first`` to ``last`` lie in any of ``spans``, each counted once."""
    days, counted_to = 0, first - DAY
    for begins, ends in sorted(spans):
        if ends < begins:
            raise ValueError(f"a leave ends on {ends}, before it begins")
        begins, ends = max(begins, counted_to + DAY), min(ends, last)
        if begins <= ends:
            days += (ends - begins).days + 1
            counted_to = ends
    return days


def _day(day: dt.date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")

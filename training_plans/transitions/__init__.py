"""The tables of transitions: of the planning year, and of the case."""

from .cases import APPLICATION, CONTRACT, EVIDENCE, ORDER, REPORT
from .planning import AMENDMENT, EVENT, PLAN, REQUEST

__all__ = [
    "AMENDMENT",
    "APPLICATION",
    "CONTRACT",
    "EVENT",
    "EVIDENCE",
    "ORDER",
    "PLAN",
    "REPORT",
    "REQUEST",
]

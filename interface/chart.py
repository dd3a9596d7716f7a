"""Geometry of the drawings: stacked columns and bars. Templates draw them as SVG, by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

HEIGHT = 168
GRID_LEFT = 34
TOP = 20
FOOT = 26
_UNITS = [n * 10**power for power in range(6) for n in (1, 2, 5)]


class Part(NamedTuple):
    """One piece of a column or bar: its place among the pieces, its size, where it lies."""

    place: int
    size: int
    start: float
    extent: float


@dataclass(frozen=True, slots=True)
class Column:
    """A column in the coordinates of its drawing; ``parts`` from the ground up, none empty."""

    x: float
    width: float
    y: float
    parts: list[Part]
    total: int

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """``lines`` are those of the grid: the figure and its height."""

    width: int
    height: int
    ground: int
    columns: list[Column]
    lines: list[tuple[int, float]]


def columns(counts: Sequence[Sequence[int]], *, width: int = 460) -> Chart:
    """A column for each of ``counts``, which are the sizes of its parts.

    A whole grid above the largest, gaps a third of a step.
    """
    top = max((sum(parts) for parts in counts), default=0)
    unit = next(n for n in _UNITS if n * 5 >= top)
    ceiling = unit * max(-(-top // unit), 1)
    step = (width - GRID_LEFT) / max(len(counts), 1)
    drawn = []
    for place, sizes in enumerate(counts):
        parts, floor = [], float(HEIGHT + TOP)
        for number, size in enumerate(sizes):
            extent = HEIGHT * size / ceiling
            floor -= extent
            if size:
                parts.append(Part(number, size, round(floor, 1), round(extent, 1)))
        drawn.append(
            Column(
                round(GRID_LEFT + place * step + step / 6, 1),
                round(step * 2 / 3, 1),
                round(floor, 1),
                parts,
                sum(sizes),
            )
        )
    lines = [
        (value, round(HEIGHT - HEIGHT * value / ceiling + TOP, 1))
        for value in range(0, ceiling + 1, unit)
    ]
    return Chart(width, HEIGHT + TOP + FOOT, HEIGHT + TOP, drawn, lines)


def bar(sizes: Sequence[int], *, of: int) -> list[Part]:
    """Parts of a bar side by side, in hundredths of a length that stands for ``of``."""
    parts, start = [], 0.0
    for place, size in enumerate(sizes):
        extent = 100 * size / max(of, 1)
        if size:
            parts.append(Part(place, size, round(start, 3), round(extent, 3)))
        start += extent
    return parts

"""Geometry of the drawings: everything within the frame, parts on each other without gaps."""

from __future__ import annotations

import pytest

from interface.chart import HEIGHT, TOP, bar, columns


@pytest.mark.parametrize(
    "counts",
    [[], [[0, 0, 0]], [[1, 0, 0]], [[3, 17, 5], [0, 0, 1]], [[100_000, 99_999, 1]] * 13],
)
def test_columns_stay_within_the_drawing_and_stand_on_the_ground(counts: list[list[int]]) -> None:
    chart = columns(counts)
    assert len(chart.columns) == len(counts)
    for column, sizes in zip(chart.columns, counts, strict=True):
        assert 0 <= column.x <= column.x + column.width <= chart.width
        assert column.total == sum(sizes)
        assert [(part.place, part.size) for part in column.parts] == [
            (place, size) for place, size in enumerate(sizes) if size
        ]
        floor = float(HEIGHT + TOP)
        for part in column.parts:
            assert part.start + part.extent == pytest.approx(floor, abs=0.2)
            assert part.start >= TOP - 0.1
            floor = part.start
        assert column.y == pytest.approx(floor, abs=0.2)


def test_the_grid_reaches_above_the_largest() -> None:
    assert [value for value, _y in columns([[17]]).lines] == [0, 5, 10, 15, 20]
    assert [value for value, _y in columns([[0]]).lines] == [0, 1]


def test_bars_are_to_scale_and_empty_parts_take_no_room() -> None:
    parts = bar([1, 0, 3], of=8)
    assert [(p.place, p.size, p.start, p.extent) for p in parts] == [
        (0, 1, 0.0, 12.5),
        (2, 3, 12.5, 37.5),
    ]
    assert bar([0, 0], of=0) == []

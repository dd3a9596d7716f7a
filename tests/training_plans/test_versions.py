"""Two frozen versions compared: what leads from one to the other, against brute force (5.5)."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from training_plans.domain.versions import MOVING, Difference, compare

from ..conftest import examples

FIELDS = ("person", "topic", "starts_on", "cost", "no", "execution", "due_on")
_values = st.sampled_from(["", "а", "ә", "б"])
_lines = st.dictionaries(
    st.integers(1, 6), st.fixed_dictionaries(dict.fromkeys(FIELDS, _values)), max_size=6
)


def version(lines: dict[int, dict[str, Any]]) -> dict[str, Any]:
    return {"lines": [{"id": key} | line for key, line in lines.items()]}


def said(lines: Any) -> dict[int, dict[str, Any]]:
    """Lines by their key, without what moves by itself."""
    return {
        line["id"]: {name: value for name, value in line.items() if name not in MOVING}
        for line in lines
    }


def applied(difference: Difference, older: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """``older`` with the difference carried out, by hand."""
    lines = said(older["lines"])
    for line in difference.taken_out:
        del lines[line["id"]]
    for pair in difference.changed:
        lines[pair.before["id"]] |= {name: pair.after[name] for name in pair.fields}
    return lines | said(difference.added)


@given(_lines, _lines)
@settings(max_examples=examples(200))
def test_the_difference_leads_from_one_version_to_the_other(older, newer):
    before, after = version(older), version(newer)
    assert applied(compare(older=before, newer=after), before) == said(after["lines"])


@given(_lines, _lines)
@settings(max_examples=examples(200))
def test_the_way_back_is_the_way_turned_round(older, newer):
    there = compare(older=version(older), newer=version(newer))
    back = compare(older=version(newer), newer=version(older))
    assert sorted(there.added, key=_key) == sorted(back.taken_out, key=_key)
    assert sorted(there.taken_out, key=_key) == sorted(back.added, key=_key)
    assert {(p.before["id"], frozenset(p.fields)) for p in there.changed} == {
        (p.before["id"], frozenset(p.fields)) for p in back.changed
    }
    assert there.same == back.same


@given(_lines, _lines)
@settings(max_examples=examples(200))
def test_it_finds_what_looking_at_every_pair_finds(older, newer):
    found = compare(older=version(older), newer=version(newer))
    pairs = [(a, b) for a in older for b in newer if a == b]
    differing = {
        a: {name for name in FIELDS if name not in MOVING and older[a][name] != newer[b][name]}
        for a, b in pairs
    }
    assert {p.after["id"]: set(p.fields) for p in found.changed} == {
        key: names for key, names in differing.items() if names
    }
    assert found.same == sum(1 for names in differing.values() if not names)
    assert [line["id"] for line in found.added] == [key for key in newer if key not in older]
    assert [line["id"] for line in found.taken_out] == [key for key in older if key not in newer]


@given(_lines)
@settings(max_examples=examples(50))
def test_a_version_does_not_differ_from_itself(lines):
    found = compare(older=version(lines), newer=version(lines))
    assert found.is_empty
    assert found.same == len(lines)


def test_row_numbers_and_execution_are_no_change_of_the_plan():
    line = dict.fromkeys(FIELDS, "а")
    moved = line | {"no": "9", "execution": "done", "due_on": "б"}
    assert compare(older=version({1: line}), newer=version({1: moved})).is_empty


def _key(line: Any) -> int:
    return int(line["id"])

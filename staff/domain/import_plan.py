"""What bringing a workbook in would do: rows as read, objects not saved yet, what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from staff.models import ImportEntry

from .workbooks import CellError, Workbook

Outcome = ImportEntry.Outcome


class ImportRefused(Exception):  # noqa: N818
    """The file as a whole is refused; ``problem`` is a key of ``import_messages.FILE``."""

    def __init__(self, reason: str, *, plan: Plan | None = None, **params: Any) -> None:
        super().__init__(reason)
        self.plan = plan
        self.problem: dict[str, Any] = {"reason": reason, "params": params}


@dataclass(slots=True)
class Row:
    """One row of the sheet on its way: what it holds, what is wrong, what will come of it."""

    number: int
    cells: list[Any]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = Outcome.UNCHANGED
    label: str = ""
    touched: list[models.Model] = field(default_factory=list)
    differences: list[list[str]] = field(default_factory=list)

    @property
    def is_bad(self) -> bool:
        return any(not entry.get("notice") for entry in self.problems)

    def refuse(self, column: str, value: Any, reason: str, /, **params: Any) -> None:
        self._note(column, value, reason, params, notice=False)

    def notice(self, column: str, value: Any, reason: str, /, **params: Any) -> None:
        self._note(column, value, reason, params, notice=True)

    def _note(
        self, column: str, value: Any, reason: str, params: dict[str, Any], *, notice: bool
    ) -> None:
        shown = int(value) if isinstance(value, float) and value.is_integer() else value
        self.problems.append(
            {
                "column": column,
                "value": "" if shown is None else str(shown)[:120],
                "reason": reason,
                "params": params,
                "notice": notice,
            }
        )


class RowReader:
    """Reads the cells of one row by field, noting what cannot be read."""

    def __init__(self, workbook: Workbook, row: Row) -> None:
        self.workbook, self.row = workbook, row

    def cell(self, name: str) -> Any:
        return self.workbook.cell(self.row.cells, name)

    def refuse(self, field: str, reason: str, /, **params: Any) -> None:
        self.row.refuse(self.workbook.heading(field), self.cell(field), reason, **params)

    def notice(self, field: str, reason: str, /, **params: Any) -> None:
        self.row.notice(self.workbook.heading(field), self.cell(field), reason, **params)

    def read(
        self,
        name: str,
        reader: Callable[..., Any],
        *args: Any,
        limit: int = 0,
        needed: bool = False,
    ) -> Any:
        """The value of a cell through ``reader``; ``None`` (noted) where it cannot be read."""
        try:
            value = reader(self.cell(name), *args)
        except CellError as error:
            self.refuse(name, error.reason, **error.params)
            return None
        if needed and value in ("", None):
            self.refuse(name, "missing_value")
        elif limit and isinstance(value, str) and len(value) > limit:
            self.refuse(name, "too_long", limit=limit)
        return value


@dataclass(slots=True)
class Plan:
    """What bringing a workbook in would do. Objects in it are not saved yet.

    ``new`` and ``changed`` go by model in the order they must be written; ``before`` holds the
    old values of changed objects by (model label, key).
    """

    workbook: Workbook
    rows: list[Row]
    new: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    changed: dict[type[models.Model], dict[Any, Any]] = field(default_factory=dict)
    before: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    people: set[int] = field(default_factory=set)
    new_people: list[Any] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)

    def note(self, reason: str, /, **params: Any) -> None:
        self.notices.append({"reason": reason, "params": params})

    def add(self, obj: models.Model, row: Row) -> None:
        self.new.setdefault(type(obj), []).append(obj)
        row.touched.append(obj)

    def change(self, obj: models.Model, values: dict[str, Any], row: Row) -> bool:
        """Note the ``values`` that differ on ``obj``; whether there were any."""
        differing = {name: value for name, value in values.items() if getattr(obj, name) != value}
        if not differing:
            return False
        if obj.pk is not None:
            key = (obj._meta.label, obj.pk)
            old = self.before.setdefault(key, {})
            for name, value in differing.items():
                old.setdefault(name, getattr(obj, name))
                row.differences.append(
                    [f"{obj._meta.label}.{name}", _shown(obj, name), _shown(obj, name, value)]
                )
            self.changed.setdefault(type(obj), {})[obj.pk] = obj
            row.touched.append(obj)
        for name, value in differing.items():
            setattr(obj, name, value)
        return True


_UNSET = object()


def _shown(obj: models.Model, name: str, value: Any = _UNSET) -> str:
    """A value as the preview shows it: days in figures, everything else as text."""
    value = getattr(obj, name) if value is _UNSET else value
    if value is None:
        return ""
    return f"{value:%d.%m.%Y}" if isinstance(value, dt.date) else str(value)[:200]


def derived_columns(model: type[models.Model]) -> set[str]:
    """Columns renewed with the others, because bulk writing does not call ``save``."""
    return {"search_key", "sort_key", "title_key", "document_key"} & {
        column.name for column in model._meta.concrete_fields
    }

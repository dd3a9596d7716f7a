"""Taking an import back as a whole; refused where anything it touched was changed since."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models
from simple_history.utils import bulk_update_with_history

from staff.models import ImportRun, Provider
from workflow.saving import signed

from .import_plan import ImportRefused, derived_columns

BATCH = 1_000
# In the order in which nothing that is still referred to is deleted.
DELETED = ("staff.TrainingRecord", "staff.Post", "staff.Person", "staff.Unit")


def take_back(*, run: ImportRun) -> set[int]:
    """Undo what ``run`` wrote; keys of the people whose standing it touched.

    Raises ``ImportRefused``; runs in the caller's transaction.
    """
    created: dict[str, list[int]] = {}
    changed: dict[str, dict[int, dict[str, Any]]] = {}
    for changes in run.entries.order_by("-row", "-pk").values_list("changes", flat=True):
        for label, key, before in changes:
            if before is None:
                created.setdefault(label, []).append(key)
            else:
                changed.setdefault(label, {})[key] = before
    touched = {
        label: {*created.get(label, ()), *changed.get(label, ())} for label in {*created, *changed}
    }
    _refuse_if_changed_since(run, touched)
    people = _people_of(touched)
    reason = f"import {run.pk} undone"
    for label, objects in changed.items():
        model = apps.get_model(label)
        rows = []
        for obj in model._default_manager.filter(pk__in=objects):
            for name, value in objects[obj.pk].items():
                column = model._meta.get_field(name)
                setattr(obj, column.attname, column.to_python(value))
            if hasattr(obj, "set_keys"):
                obj.set_keys()
            rows.append(obj)
        names = sorted({n for before in objects.values() for n in before} | derived_columns(model))
        bulk_update_with_history(
            rows,
            model,
            names,
            batch_size=BATCH,
            default_user=run.undone_by,
            default_change_reason=reason,
        )
    gone: set[int] = set()
    for label in DELETED:
        keys = created.get(label, [])
        if label == "staff.Person":
            gone = set(keys)
        try:
            for start in range(0, len(keys), BATCH):
                rows = apps.get_model(label)._default_manager
                for thing in rows.filter(pk__in=keys[start : start + BATCH]):
                    signed(thing, actor=run.undone_by, reason=reason).delete()
        except models.ProtectedError as error:
            raise ImportRefused("changed_since", count=len(error.protected_objects)) from None
    Provider.objects.filter(pk__in=created.get("staff.Provider", []), records__isnull=True).delete()
    return people - gone


def _refuse_if_changed_since(run: ImportRun, touched: dict[str, set[int]]) -> None:
    """A later row of history of anything the import touched means somebody worked on it."""
    changed = 0
    for label, keys in touched.items():
        history = apps.get_model(label).history.filter(history_date__gt=run.finished_at)
        listed = sorted(keys)
        for start in range(0, len(listed), BATCH):
            changed += (
                history.filter(id__in=listed[start : start + BATCH]).values("id").distinct().count()
            )
    if changed:
        raise ImportRefused("changed_since", count=changed)


def _people_of(touched: dict[str, set[int]]) -> set[int]:
    people = set(touched.get("staff.Person", ()))
    for label in ("staff.Post", "staff.TrainingRecord"):
        keys = sorted(touched.get(label, ()))
        for start in range(0, len(keys), BATCH):
            people |= set(
                apps.get_model(label)
                ._default_manager.filter(pk__in=keys[start : start + BATCH])
                .values_list("person_id", flat=True)
            )
    return people

"""Training records from Excel (contracts.md, «Training workbook»). What HR brings is verified."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from interface.text import search_key
from staff.models import Person, Provider, TrainingRecord

from . import workbooks as cells
from .iin import iin_is_valid
from .import_plan import Outcome, Plan, Row, RowReader
from .workbooks import Workbook

State = TrainingRecord.State
HOURS_A_DAY = 10


class _Registry:
    """People by number and IIN, the ledger of those in the file, providers by name."""

    def __init__(self) -> None:
        self.by_number: dict[str, Person] = {}
        self.by_iin: dict[str, Person] = {}
        for person in Person.objects.only(
            "personnel_number", "iin", "last_name", "first_name", "patronymic"
        ):
            if person.personnel_number:
                self.by_number[person.personnel_number] = person
            if person.iin:
                self.by_iin[person.iin] = person
        self.providers = {provider.search_key: provider for provider in Provider.objects.all()}
        self.ledger: defaultdict[int, list[TrainingRecord]] = defaultdict(list)

    def load_ledger(self, people: set[int]) -> None:
        keys = sorted(people)
        for start in range(0, len(keys), 5_000):
            for record in TrainingRecord.objects.filter(
                person_id__in=keys[start : start + 5_000]
            ).order_by("pk"):
                self.ledger[record.person_id].append(record)


def plan_training(workbook: Workbook, on: dt.date) -> Plan:
    """What the workbook would do to the ledger on that day. Writes nothing."""
    registry = _Registry()
    plan = Plan(workbook, [Row(number, row) for number, row in workbook.rows])
    for row in plan.rows:
        _read(workbook, row, registry, on)
    registry.load_ledger({row.values["person"].pk for row in plan.rows if row.values["person"]})
    seen: dict[tuple[Any, ...], Row] = {}
    for row in plan.rows:
        if not row.is_bad:
            _plan_record(plan, row, registry, seen)
        if row.is_bad:
            row.outcome = Outcome.REJECTED
    plan.new = {m: plan.new[m] for m in (Provider, TrainingRecord) if m in plan.new}
    return plan


def _read(workbook: Workbook, row: Row, registry: _Registry, on: dt.date) -> None:
    reader = RowReader(workbook, row)
    person = _person(reader, registry)
    values = row.values = {
        "person": person,
        "title": reader.read("title", cells.text, limit=300, needed=True),
        "form": reader.read("form", cells.choice, cells.FORMS, "unknown_form"),
        "area": reader.read("area", cells.choice, cells.AREAS, "unknown_area"),
        "starts_on": reader.read("starts_on", cells.date, needed=True),
        "ends_on": reader.read("ends_on", cells.date, needed=True),
        "provider": reader.read("provider", cells.text, limit=250, needed=True),
        "document_number": reader.read("document_number", cells.text, limit=80) or "",
        "document_date": reader.read("document_date", cells.date),
        "country": reader.read("country", cells.text, limit=80) or "",
        "cost": reader.read("cost", cells.money),
        "mode": "",
    }
    row.label = person.full_name if person else cells.text(reader.cell("full_name"))
    if cells.text(reader.cell("mode")):
        values["mode"] = reader.read("mode", cells.choice, cells.MODES, "unknown_mode") or ""
    volume = "volume" if "volume" in workbook.columns else "credits"
    if cells.text(reader.cell("volume")) == "" and cells.text(reader.cell("credits")) == "":
        reader.refuse(volume, "missing_value")
        values["hours"] = values["credits"] = None
    else:
        both = reader.cell("volume"), reader.cell("credits")
        read = reader.read(volume, lambda _cell: cells.volume(*both))
        values["hours"], values["credits"] = read or (None, None)
    start, end = values["starts_on"], values["ends_on"]
    if start and end and end < start:
        reader.refuse("ends_on", "ends_before_start")
    elif end and end > on:
        reader.refuse("ends_on", "ends_in_future")
    elif start and end and (values["hours"] or 0) > HOURS_A_DAY * ((end - start).days + 1):
        reader.notice(volume, "many_hours_a_day")


def _person(reader: RowReader, registry: _Registry) -> Person | None:
    number = cells.text(reader.cell("number"))
    iin = cells.digits(reader.cell("iin"))
    person = registry.by_number.get(number) if number else registry.by_iin.get(iin)
    if person is None:
        field = "number" if number or "iin" not in reader.workbook.columns else "iin"
        if not number and not iin:
            reader.refuse(field, "missing_number")
        elif not number and not iin_is_valid(iin):
            reader.refuse("iin", "wrong_iin")
        else:
            reader.refuse(field, "unknown_person")
        return None
    last = cells.full_name(reader.cell("full_name"))[0]
    if last and search_key(last) != search_key(person.last_name):
        reader.notice("full_name", "name_differs", name=person.short_name)
    return person


def _identity(person: Person, values: dict[str, Any]) -> tuple[Any, ...]:
    """Person, topic, end and document number: numbers repeat between issuers (contracts.md)."""
    return (
        person.pk,
        search_key(values["title"])[:300],
        values["ends_on"],
        search_key(values["document_number"])[:80],
    )


_COLUMNS = ("title", "form", "area", "hours", "credits", "starts_on", "ends_on", "document_number")
_OPTIONAL = ("mode", "country", "cost", "document_date")


def _plan_record(
    plan: Plan, row: Row, registry: _Registry, seen: dict[tuple[Any, ...], Row]
) -> None:
    values, person = row.values, row.values["person"]
    identity = _identity(person, values)
    if earlier := seen.get(identity):
        if _sameness(earlier.values) == _sameness(values):
            row.notice("", "", "duplicate_row", row=earlier.number)
        else:
            row.refuse("", values["title"], "twice_with_difference", row=earlier.number)
        return
    seen[identity] = row
    ledger = registry.ledger[person.pk]
    same = [
        record
        for record in ledger
        if (record.person_id, record.title_key, record.ends_on, record.document_key) == identity
    ]
    live = next((record for record in same if record.state != State.REVOKED), None)
    if live is None and same:
        row.notice("", values["title"], "revoked_before")
        return
    provider = _provider(plan, row, registry)
    if live is not None:
        _change(plan, live, row, provider)
        return
    overlapping = (
        r.starts_on <= values["ends_on"] and r.ends_on >= values["starts_on"]
        for r in ledger
        if r.state != State.REVOKED
    )
    if any(overlapping):
        row.notice("", values["title"], "overlaps")
    record = TrainingRecord(
        person=person,
        provider=provider,
        source=TrainingRecord.Source.IMPORT,
        state=State.VERIFIED,
        **{name: values[name] for name in (*_COLUMNS, *_OPTIONAL)},
    )
    record.set_keys()
    ledger.append(record)
    plan.add(record, row)
    plan.people.add(person.pk)
    row.outcome = Outcome.NEW


def _sameness(values: dict[str, Any]) -> tuple[Any, ...]:
    shared = tuple(values[name] for name in ("form", "area", "hours", "starts_on", *_OPTIONAL))
    return (*shared, search_key(values["provider"]))


def _provider(plan: Plan, row: Row, registry: _Registry) -> Provider:
    key = search_key(row.values["provider"])[:300]
    provider = registry.providers.get(key)
    if provider is None:
        provider = Provider(name=row.values["provider"])
        registry.providers[key] = provider
        plan.add(provider, row)
    return provider


def _change(plan: Plan, record: TrainingRecord, row: Row, provider: Provider) -> None:
    values = row.values
    wanted = {name: values[name] for name in ("form", "area", "starts_on")}
    wanted["hours"] = Decimal(values["hours"])
    wanted |= {name: values[name] for name in (*_OPTIONAL, "credits") if values[name]}
    if record.state == State.PENDING:
        wanted["state"] = State.VERIFIED
    if record.provider_id != provider.pk or provider.pk is None:
        wanted["provider"] = provider
    if plan.change(record, wanted, row):
        plan.people.add(record.person_id)
        row.outcome = Outcome.CHANGED

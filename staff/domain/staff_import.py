"""The registry from Excel: who is new, whose post changed, which rows contradict each other.

Rules of contracts.md, «Staff workbook». Planning reads the registry in a handful of queries and
writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from interface.text import search_key
from staff.models import Person, Post, Unit
from workflow.calendar import DAY

from .import_plan import Outcome, Plan, Row
from .staff_rows import StaffRows, UnitBook
from .workbooks import Workbook


def plan_staff(workbook: Workbook, on: dt.date) -> Plan:
    """What the workbook would do to the registry on that day. Writes nothing."""
    units = UnitBook()
    reader = StaffRows(workbook, units, on)
    plan = Plan(workbook, [Row(number, row) for number, row in workbook.rows])
    for row in plan.rows:
        reader.read(row)
    registry = _Registry()
    _refuse_conflicts(workbook, plan.rows, registry)
    groups: dict[str, list[Row]] = {}
    for row in plan.rows:
        if row.is_bad:
            row.outcome = Outcome.REJECTED
        else:
            key = row.values["number"] or f"iin {row.values['iin']}"
            groups.setdefault(key, []).append(row)
    for rows in groups.values():
        _plan_person(plan, rows, registry, units, on)
    plan.new = {model: plan.new[model] for model in (Unit, Person, Post) if model in plan.new}
    if units.made:
        plan.note("units_created", names=", ".join(f"{u.name_kk} ({u.code})" for u in units.made))
    _list_missing(plan, registry, on)
    return plan


LISTED = 100


def _list_missing(plan: Plan, registry: _Registry, on: dt.date) -> None:
    """People the file does not name stay as they are and are listed (contracts.md)."""
    missing = registry.employed_keys(on) - plan.people
    if not missing:
        return
    people = sorted(
        (person for person in registry.people if person.pk in missing),
        key=lambda person: person.sort_key,
    )
    names = ", ".join(f"{p.short_name} ({p.personnel_number or '–'})" for p in people[:LISTED])
    plan.note("not_in_file", count=len(missing), people=names + (" …" if people[LISTED:] else ""))


class _Registry:
    """The people of the registry by number and IIN, with their posts."""

    def __init__(self) -> None:
        self.people = list(Person.objects.all())
        self.by_number = {p.personnel_number: p for p in self.people if p.personnel_number}
        self.by_iin = {p.iin: p for p in self.people if p.iin}
        self.posts: defaultdict[int, list[Post]] = defaultdict(list)
        for post in Post.objects.order_by("kind", "-share", "starts_on", "pk"):
            self.posts[post.person_id].append(post)

    def find(self, values: dict[str, Any]) -> Person | None:
        if values["number"]:
            return self.by_number.get(values["number"])
        return self.by_iin.get(values["iin"])

    def employed_keys(self, on: dt.date) -> set[int]:
        return {key for key, posts in self.posts.items() if any(p.is_held(on) for p in posts)}


def _refuse_conflicts(workbook: Workbook, rows: list[Row], registry: _Registry) -> None:
    """One number with two IINs, one IIN with two numbers, an IIN that is somebody else's."""
    heading = workbook.heading("iin")
    first_of_number: dict[str, Row] = {}
    first_of_iin: dict[str, Row] = {}
    for row in rows:
        number, iin = row.values["number"], row.values["iin"]
        if not iin:
            continue
        same = first_of_iin.setdefault(iin, row)
        if not number:
            continue
        if not same.values["number"]:
            first_of_iin[iin] = row
        elif same.values["number"] != number:
            row.refuse(heading, iin, "iin_of_another", number=same.values["number"])
            continue
        same = first_of_number.setdefault(number, row)
        if same.values["iin"] != iin:
            row.refuse(heading, iin, "iin_twice", row=same.number)
            continue
        owner, meant = registry.by_iin.get(iin), registry.by_number.get(number)
        if owner is not None and owner is not meant:
            taken = owner.personnel_number is not None or meant is not None
            if taken:
                row.refuse(heading, iin, "iin_of_another", number=owner.personnel_number or "–")
    for row in rows:
        # A row without a number is the person another row names by both.
        if not row.values["number"] and row.values["iin"]:
            row.values["number"] = first_of_iin[row.values["iin"]].values["number"]


_PERSON_COLUMNS = (
    "last_name",
    "first_name",
    "patronymic",
    "email",
    "phone",
    "degree",
    "academic_title",
    "hired_on",
)


def _plan_person(
    plan: Plan, rows: list[Row], registry: _Registry, units: UnitBook, on: dt.date
) -> None:
    first = rows[0]
    person = registry.find(first.values)
    if person is None and first.values["iin"]:
        # Known by IIN alone until now: the file brings the personnel number.
        person = registry.by_iin.get(first.values["iin"])
    leaving = _day_of_leaving(rows)
    if person is None:
        person = Person(
            personnel_number=first.values["number"] or None,
            iin=first.values["iin"] or None,
            left_on=leaving,
            **{name: first.values[name] for name in _PERSON_COLUMNS},
        )
        person.set_keys()
        plan.add(person, first)
        plan.new_people.append(person)
        first.outcome = Outcome.NEW
        present: list[Post] = []
        old_hired = None
    else:
        plan.people.add(person.pk)
        old_hired = person.hired_on
        returned = _has_returned(person, first.values)
        present = [
            post
            for post in registry.posts[person.pk]
            if post.ends_on is None
            or post.ends_on >= on
            or (post.ends_on == person.left_on and not returned)
        ]
        if _left_before_post(plan.workbook, rows, present, units, leaving):
            return
        _change_person(plan, person, first, leaving)
    _plan_posts(plan, person, rows, present, units, on, old_hired)


def _day_of_leaving(rows: list[Row]) -> dt.date | None:
    """The last of the days of leaving; ``None`` where one of the person's jobs goes on."""
    days = [row.values["left_on"] for row in rows]
    return max(days) if all(days) else None


def _left_before_post(
    workbook: Workbook,
    rows: list[Row],
    present: list[Post],
    units: UnitBook,
    leaving: dt.date | None,
) -> bool:
    """Refuse a day of leaving before the post it ends began; whether there was one."""
    found = False
    for row in rows:
        left = row.values["left_on"]
        if left is None:
            continue
        unit = units.find(row.values["unit_code"], row.values["unit_name"])
        for post in present:
            meant = leaving is not None or (unit and _same_post(post, unit, row.values))
            if meant and post.starts_on > left and post.ends_on is None:
                heading, begun = workbook.heading("left_on"), f"{post.starts_on:%d.%m.%Y}"
                row.refuse(heading, f"{left:%d.%m.%Y}", "left_before_post", day=begun)
                row.outcome, found = Outcome.REJECTED, True
                break
    return found


def _has_returned(person: Person, values: dict[str, Any]) -> bool:
    """Hired again after leaving: the posts of the first time stay as they are."""
    return person.left_on is not None and values["hired_on"] > person.left_on


def _change_person(plan: Plan, person: Person, row: Row, leaving: dt.date | None) -> None:
    values = row.values
    wanted = {name: values[name] for name in _PERSON_COLUMNS if values[name]}
    if values["number"]:
        wanted["personnel_number"] = values["number"]
    if values["iin"]:
        if person.iin and person.iin != values["iin"]:
            row.notice("iin", values["iin"], "iin_changed")
        wanted["iin"] = values["iin"]
    if leaving:
        wanted["left_on"] = leaving
    elif _has_returned(person, values):
        wanted["left_on"] = None
    elif person.left_on and not values["left_on"]:
        row.notice("", person.left_on.isoformat(), "registry_says_left")
        wanted.pop("hired_on", None)
    if plan.change(person, wanted, row):
        person.set_keys()
        row.outcome = Outcome.CHANGED


def _same_post(post: Post, unit: Unit, values: dict[str, Any]) -> bool:
    return (
        post.unit_id == unit.pk
        and unit.pk is not None
        and search_key(post.position) == search_key(values["position"])
        and post.category == values["category"]
        and post.is_leader == values["is_leader"]
    )


def _plan_posts(
    plan: Plan,
    person: Person,
    rows: list[Row],
    present: list[Post],
    units: UnitBook,
    on: dt.date,
    old_hired: dt.date | None,
) -> None:
    """Match the file's posts with those held: the same stay, changed ones are ended and follow."""
    unmatched = list(present)
    pending: list[tuple[Row, Unit]] = []
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        values = row.values
        unit = units.find(values["unit_code"], values["unit_name"])
        if unit is None:
            unit = units.make(values["unit_code"], values["unit_name"])
            plan.add(unit, row)
        key = (id(unit), search_key(values["position"]))
        if key in seen:
            row.notice("", "", "duplicate_row", row=seen[key].number)
            continue
        seen[key] = row
        match = next((post for post in unmatched if _same_post(post, unit, values)), None)
        if match is None:
            pending.append((row, unit))
        else:
            unmatched.remove(match)
            _edit_post(plan, match, row, old_hired)
    left = person.left_on
    if left is not None:
        # The day of leaving is the person's: it ends every post that is still open after it.
        for post in unmatched:
            if post.starts_on <= left and (post.ends_on is None or post.ends_on > left):
                plan.change(post, {"ends_on": left}, rows[0])
    holds_one = bool(present)
    for row, unit in pending:
        open_posts = [post for post in unmatched if post.ends_on is None or post.ends_on >= on]
        if open_posts and left is None:
            present_post = open_posts[0]
            unmatched.remove(present_post)
            _replace_post(plan, person, present_post, row, unit, on)
        elif left is not None and present:
            continue  # who has left keeps the posts the registry knows
        else:
            kind = Post.Kind.SECOND if holds_one else Post.Kind.MAIN
            _open_post(plan, person, row, unit, row.values["hired_on"], kind=kind)
            holds_one = True


def _edit_post(plan: Plan, post: Post, row: Row, old_hired: dt.date | None) -> None:
    values = row.values
    wanted = {name: values[name] for name in ("share", "kind") if values[name]}
    if values["left_on"]:
        wanted["ends_on"] = values["left_on"]
    if old_hired and values["hired_on"] != old_hired and post.starts_on == old_hired:
        wanted["starts_on"] = values["hired_on"]
    if plan.change(post, wanted, row) and row.outcome == Outcome.UNCHANGED:
        row.outcome = Outcome.CHANGED


def _replace_post(
    plan: Plan, person: Person, present: Post, row: Row, unit: Unit, on: dt.date
) -> None:
    """End the present post on the day before the appointment and open the new one (contracts)."""
    starts_on = row.values["appointed_on"] or on
    if starts_on <= present.starts_on:
        # Nothing was held before the appointment: the present post itself was wrong.
        wanted = {
            "unit": unit,
            "position": row.values["position"],
            "category": row.values["category"],
            "is_leader": row.values["is_leader"],
        }
        plan.change(present, wanted, row)
    else:
        plan.change(present, {"ends_on": starts_on - DAY}, row)
        _open_post(plan, person, row, unit, starts_on, kind=present.kind, after=present)
    if row.outcome == Outcome.UNCHANGED:
        row.outcome = Outcome.CHANGED


def _open_post(
    plan: Plan,
    person: Person,
    row: Row,
    unit: Unit,
    starts_on: dt.date,
    *,
    kind: str,
    after: Post | None = None,
) -> None:
    values = row.values
    post = Post(
        person=person,
        unit=unit,
        position=values["position"],
        category=values["category"],
        is_leader=values["is_leader"],
        kind=values["kind"] or kind,
        starts_on=starts_on,
        ends_on=values["left_on"],
        health_care=after.health_care if after else False,
    )
    if values["share"]:
        post.share = values["share"]
    plan.add(post, row)
    if row.outcome == Outcome.UNCHANGED:
        row.outcome = Outcome.CHANGED if person.pk is not None else Outcome.NEW

"""Who may (architecture, idea 2). Roles are groups; everything else is a fact of the registry.

Whatever has no rule here is denied.
"""

from __future__ import annotations

from typing import Any

import rules

from .models import Person, Role, TrainingRecord, Unit


def has_role(*roles: str) -> Any:
    return rules.predicate(lambda user: user.has_role(*roles), name=f"has_role({','.join(roles)})")


is_administrator = has_role(Role.ADMINISTRATOR)
is_hr = has_role(Role.HR)
is_centre = has_role(Role.TRAINING_CENTRE)


@rules.predicate
def sees_everybody(user: Any) -> bool:
    return user.sees_everybody


@rules.predicate
def watches_others(user: Any) -> bool:
    return user.watches_others


@rules.predicate
def may_see_person(user: Any, person: Person | None) -> bool:
    return person is not None and Person.objects.visible_to(user).filter(pk=person.pk).exists()


@rules.predicate
def may_see_unit(user: Any, unit: Unit | None) -> bool:
    return unit is not None and Unit.objects.visible_to(user).filter(pk=unit.pk).exists()


@rules.predicate
def may_see_record(user: Any, record: TrainingRecord | None) -> bool:
    return record is not None and may_see_person(user, record.person)


rules.add_perm("staff.view_person", may_see_person)
rules.add_perm("staff.view_record", may_see_record)
rules.add_perm("staff.view_unit", may_see_unit)
rules.add_perm("staff.watch_others", watches_others)
rules.add_perm("staff.change_person", is_hr)
rules.add_perm("staff.view_iin", is_hr)
rules.add_perm("staff.change_post", is_hr)
rules.add_perm("staff.change_extension", is_hr)
rules.add_perm("staff.change_unit", is_hr)
rules.add_perm("staff.change_record", is_hr)
rules.add_perm("staff.change_requirement", is_hr)
rules.add_perm("staff.view_requirement", rules.is_authenticated)
rules.add_perm("staff.import", is_hr)
rules.add_perm("staff.invite", is_hr | is_administrator)
rules.add_perm("staff.manage_accounts", is_administrator)
rules.add_perm("staff.view_jobs", is_administrator | is_hr)
rules.add_perm("staff.change_calendar", is_hr | is_administrator)
rules.add_perm("reports.view_compliance", watches_others)
rules.add_perm("reports.view_proposals", is_hr | is_centre)

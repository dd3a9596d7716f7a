"""Why a row or a file was refused, and what was only noticed, in the reader's language.

Imports keep keys and values; the words are put together when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

ROW = {
    "missing_value": _("This value is obligatory and is missing. Fill it in."),
    "missing_number": _("Neither personnel number nor IIN is given. Fill in one of them."),
    "not_a_date": _("This is not a date. Write it as 31.12.2026."),
    "no_such_date": _("There is no such day in the calendar. Check day and month."),
    "not_a_number": _("This is not a number. Write hours as 72, or credits as 2 credits."),
    "not_positive": _("The number must be greater than zero."),
    "too_many_hours": _("The volume is improbably large. Check the number."),
    "share_out_of_range": _("A share of a post is between 0.05 and 2. Write it as 0.5."),
    "not_an_email": _("This is not an e-mail address."),
    "wrong_iin": _("The IIN is not valid: 12 digits with a right check digit are needed."),
    "iin_twice": _("The same personnel number stands in row %(row)s with another IIN."),
    "iin_of_another": _(
        "This IIN belongs to another employee (personnel number %(number)s). Check both."
    ),
    "unknown_category": _(
        "Unknown staff category. Known are: teacher, college teacher, administrative staff, "
        "researcher."
    ),
    "unknown_kind": _("Unknown kind of employment. Write main job or second job."),
    "unknown_unit_code": _(
        "No unit has this code. Give the unit's name beside it, or check the code."
    ),
    "left_before_hired": _("The day of leaving is before the day of hiring."),
    "appointed_after_left": _("The date of appointment is after the day of leaving."),
    "left_before_post": _(
        "The day of leaving is before the present post began (%(day)s). Correct one of the two."
    ),
    "closed_unit": _("This unit was closed on %(day)s. Give the unit that took its place."),
    "appointed_before_hired": _("The date of appointment is before the day of hiring."),
    "unknown_person": _(
        "Nobody with this number is in the registry. Bring in the staff list first."
    ),
    "unknown_form": _("Unknown form. Write course or internship (6.1)."),
    "unknown_area": _(
        "Unknown area. Known are: profile, pedagogical, digital, management, research, languages, "
        "clinical, other."
    ),
    "unknown_mode": _("Unknown mode. Write on site, distance or blended (6.2)."),
    "ends_before_start": _("The training ends before it begins."),
    "ends_in_future": _("The training has not ended yet. Only completed training is recorded."),
    "twice_with_difference": _(
        "The same training stands in row %(row)s with other values. Leave one of the two."
    ),
    "too_long": _("The text is too long: at most %(limit)s characters."),
}

NOTICES = {
    "unknown_columns": _("Columns not known were ignored: %(names)s."),
    "units_created": _(
        "Units new to the registry: %(names)s. Give them their names in the other languages."
    ),
    "not_in_file": _(
        "%(count)s employees of the registry are not in the file and stay as they are: %(people)s"
    ),
    "leader_not_a_flag": _(
        "The leader column holds something other than yes or no; it was taken as no."
    ),
    "iin_sex": _("The IIN tells another sex than the name or the file."),
    "iin_birth_date": _("The IIN tells another birth date than the file."),
    "unlikely_age": _("By the IIN the age is %(age)s years."),
    "hired_in_future": _("The day of hiring lies in the future."),
    "duplicate_row": _("The row says the same as row %(row)s and was passed over."),
    "registry_says_left": _(
        "The registry says this employee has left; the file has no day of leaving. Nothing changed."
    ),
    "iin_changed": _("The IIN differs from the registry's and is replaced."),
    "name_differs": _("The name in the file differs from the registry's: %(name)s."),
    "many_hours_a_day": _("More than ten hours a day. Check hours and dates."),
    "overlaps": _("Overlaps with another training of the same employee."),
    "revoked_before": _("This training was revoked earlier; it stays revoked."),
}

FILE = {
    "not_excel": _("This is not an Excel file. Save it as .xlsx and try again."),
    "damaged": _("The file is damaged and cannot be read. Save it anew in Excel and try again."),
    "encrypted": _("The file is protected by a password. Save it without one and try again."),
    "too_large": _(
        "The workbook is too large to be read safely. Leave one sheet with the list in it."
    ),
    "too_many_rows": _(
        "The sheet has more than %(limit)s rows. Delete empty rows below the list, or split it."
    ),
    "no_columns": _(
        "The columns needed were not found. Missing: %(names)s. Take the template to fill in."
    ),
    "empty": _("The sheet has a heading but no rows below it."),
    "rows_refused": _(
        "%(count)s rows have errors, so nothing was brought in. Correct them, or leave them out."
    ),
    "not_found": _("There is no such file, or it may not be read."),
    "interrupted": _("The work was interrupted. Start it again."),
    "changed_since": _(
        "Cannot be undone: %(count)s of the entries were changed since, or have something "
        "attached, for example training records. Undo later imports first."
    ),
}

FIELDS = {
    "number": _("personnel number"),
    "iin": _("IIN"),
    "last_name": _("last name"),
    "first_name": _("first name"),
    "patronymic": _("patronymic"),
    "full_name": _("full name"),
    "unit": _("unit"),
    "unit_code": _("unit code"),
    "position": _("position"),
    "category": _("staff category"),
    "leader": _("leader"),
    "hired_on": _("hired on"),
    "left_on": _("left on"),
    "appointed_on": _("date of appointment"),
    "share": _("share of a full post"),
    "kind": _("main or second job"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "degree": _("degree"),
    "academic_title": _("academic title"),
    "title": _("topic"),
    "form": _("form"),
    "area": _("area"),
    "volume": _("volume"),
    "credits": _("credits"),
    "starts_on": _("start"),
    "ends_on": _("end"),
    "provider": _("provider"),
    "document_number": _("document number"),
    "document_date": _("document date"),
    "mode": _("mode"),
    "country": _("country"),
    "cost": _("cost"),
}


def heading(column: str) -> str:
    """A column as people know it: its heading in the file, or our own word for the field."""
    return str(FIELDS.get(column, column))


def _worded(table: Mapping[str, Any], key: str, params: Mapping[str, Any]) -> str:
    if "fields" in params:
        names = ", ".join(str(FIELDS[field]) for field in params["fields"])
        params = {**params, "names": names}
    return str(table[key]) % params if params else str(table[key])


def problem(entry: Mapping[str, Any]) -> str:
    """One problem or notice of a row, as ``ImportEntry.problems`` keeps it, in words."""
    table = NOTICES if entry.get("notice") else ROW
    return _worded(table, entry["reason"], entry.get("params", {}))


def notice(entry: Mapping[str, Any]) -> str:
    """One notice about the file as a whole."""
    return _worded(NOTICES, entry["reason"], entry.get("params", {}))


def refusal(entry: Mapping[str, Any]) -> str:
    """Why a whole file was refused."""
    return _worded(FILE, entry["reason"], entry.get("params", {}))

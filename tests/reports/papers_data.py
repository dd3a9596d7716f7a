"""Frozen data of papers as they were issued once, with every Kazakh letter and long words."""

from __future__ import annotations

import ctypes.util
from typing import Any

import pytest

LETTERS = "ӘҒҚҢӨҰҮҺІ"
NAME = "Құрманғалиева-Төлегенова Үмітжан Әлімжанқызы"
LONG_TOPIC = (
    "Жедел коронарлық синдромы бар науқастарды жүргізудің заманауи клиникалық хаттамалары және "
    "оларды симуляциялық орталықта оқытудың әдістемесі: ӘҒҚҢӨҰҮҺІ әәғғққңңөөұұүүһһіі"
)
LINE: dict[str, Any] = {
    "id": 1,
    "no": 1,
    "person": NAME,
    "personnel_number": "0017",
    "position": "доцент",
    "unit_kk": "Терапия кафедрасы",
    "unit_ru": "Кафедра терапии",
    "unit_en": "Department of Therapy",
    "category": "university_teacher",
    "last_training": {"ended_on": "2024-03-31", "hours": "72.0", "document": "KZ-125"},
    "due_on": "2027-03-31",
    "topic": LONG_TOPIC,
    "area": "profile",
    "form": "course",
    "kind": "course",
    "provider": "Астана медицина университеті",
    "country": "Қазақстан",
    "city": "Астана",
    "precision": "month",
    "starts_on": "2027-03-01",
    "ends_on": "2027-03-31",
    "hours": "72.0",
    "credits": "2.4",
    "mode": "on_site",
    "funding": "employer",
    "cost": "60500.50",
    "request_number": 12,
    "execution": "not_begun",
    "note": "",
    "group": "",
}
CHANGE: dict[str, Any] = {
    "number": "1.1",
    "date": "2027-02-10",
    "change": "move",
    "because": "Қабылдаушы ұйымның кестесі өзгерді",
    "approved_by": "Сейтқазиева Ә.Ө.",
    "person": NAME,
    "before": LINE,
    "after": LINE | {"starts_on": "2027-05-01", "ends_on": "2027-05-31"},
}
APPROVAL = {
    "approved_on": "2026-11-25",
    "approver": "centre_head",
    "approved_by": {"name": "Сейтқазиева Әсем", "position": "Орталық басшысы"},
}


def plan(lines: int = 1) -> dict[str, Any]:
    total = {"key": "x", "label_kk": "Терапия", "label_ru": "Терапия", "people": 1}
    row = total | {"hours": "72.0", "cost": "60500.50"}
    return APPROVAL | {
        "year": 2027,
        "version": 1,
        "is_late": True,
        "lines": [LINE | {"no": number} for number in range(1, lines + 1)],
        "totals": {"by_unit": [row], "by_category": [row]},
        "changes": [],
    }


CHANGES = APPROVAL | {"year": 2027, "version": 2, "changes": [CHANGE]}
REQUEST: dict[str, Any] = {
    "year": 2027,
    "number": 14,
    "sent_on": "2026-11-16",
    "is_late": True,
    "unit_kk": "Терапия кафедрасы",
    "unit_ru": "Кафедра терапии",
    "unit_en": "Department of Therapy",
    "head": "Ұзақбаев Бақытжан",
    "sent_by": {"name": "Ұзақбаев Бақытжан", "position": "Кафедра меңгерушісі"},
    "minutes_number": "4",
    "minutes_date": "2026-11-03",
    "lines": [
        LINE
        | {
            "disciplines": "Ішкі аурулар",
            "importance": "obligatory",
            "justification": "Норма мерзімі",
        }
    ],
    "left_out": [
        {
            "person": "Ғалымжанұлы Нұрдәулет",
            "position": "ассистент",
            "due_on": "2027-05-01",
            "because": "Бала күтімі демалысында",
        }
    ],
}
CERTIFICATE: dict[str, Any] = {
    "person": NAME,
    "topic": LONG_TOPIC,
    "area": "profile",
    "provider": "ОҚМА",
    "starts_on": "2026-11-02",
    "ends_on": "2026-11-13",
    "hours": "72",
    "credits": "2.4",
    "outcomes": "Дәлелді медицина қағидаттарын қолданады.",
}
ALL = {
    "annual_plan": plan(),
    "plan_changes": CHANGES,
    "department_request": REQUEST,
    "certificate": CERTIFICATE,
}

needs_pango = pytest.mark.skipif(
    ctypes.util.find_library("pango-1.0") is None, reason="Pango is not installed here"
)

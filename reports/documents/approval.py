"""Who approves the plan and its changes, as the approval block shows it (3.12, 5.5)."""

from __future__ import annotations

from typing import Any

from interface.trilingual import Said

from . import words
from .kinds import Data

CENTRE = Said(
    "Құзыреттілік және қосымша кәсіби білім беру орталығы",
    "Центр компетенций и дополнительного профессионального образования",
    "Centre for Competence and Additional Professional Education",
)
_APPROVERS = {
    "centre_head": Said("ҚжҚКББ орталығының басшысы", "Руководитель ЦКиДПО", "Head of the Centre"),
    "rector": Said("Ректор", "Ректор", "Rector"),
}


def approval(data: Data) -> dict[str, Any]:
    """Who approved and when, as the approval block shows it."""
    by = data.get("approved_by") or {}
    default = _APPROVERS.get(str(data.get("approver")), _APPROVERS["centre_head"])
    return {
        "approver": by.get("position") or str(default),
        "approver_name": by.get("name") or "",
        "approved_on": words.long_day(data.get("approved_on")),
        "approved_short": words.day(data.get("approved_on")),
    }

"""Every official paper: a module a kind, one machinery (architecture, idea 6).

``ask`` gives an issued paper as a PDF in a language, or the job that makes it. Drafts of what is
not issued yet go through ``ask_draft``.
"""

from . import (
    annual_plan,
    application,
    certificate,
    contract,
    department_request,
    order,
    plan_changes,
    trainee_report,
)  # (they register themselves)
from .kinds import Kind, kind_of
from .making import ask, ask_draft, preview

__all__ = [
    "Kind",
    "annual_plan",
    "application",
    "ask",
    "ask_draft",
    "certificate",
    "contract",
    "department_request",
    "kind_of",
    "order",
    "plan_changes",
    "preview",
    "trainee_report",
]

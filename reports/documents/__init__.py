"""Every official paper: a module a kind, one machinery (architecture, idea 6).

``ask`` gives an issued paper as a PDF in a language, or the job that makes it. Drafts of what is
not issued yet go through ``ask_draft``.
"""

from . import (
    annual_plan,
    certificate,
    department_request,
    plan_changes,
)  # (they register themselves)
from .kinds import Kind, kind_of
from .making import ask, ask_draft, preview

__all__ = [
    "Kind",
    "annual_plan",
    "ask",
    "ask_draft",
    "certificate",
    "department_request",
    "kind_of",
    "plan_changes",
    "preview",
]

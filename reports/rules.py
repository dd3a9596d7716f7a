"""Who may see a paper: each kind names the permission, and whom or what it is about (idea 2)."""

from __future__ import annotations

from typing import Any

import rules

from workflow.models import IssuedPaper

from .documents import kind_of


@rules.predicate
def may_see_paper(user: Any, paper: IssuedPaper | None) -> bool:
    if paper is None:
        return False
    kind = kind_of(paper.kind)
    return bool(user.has_perm(kind.permission, kind.subject(paper)))


rules.add_perm("reports.view_paper", may_see_paper)

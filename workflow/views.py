"""The public page that says whether a paper is what it claims to be. Nothing personal is on it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from django.views.generic import View

from . import papers
from .models import IssuedPaper


@method_decorator([login_not_required, require_safe], name="dispatch")
class VerificationView(View):
    """Where the QR of a paper leads: kind, number, day, version, fingerprint, still whole or not.

    For whoever holds the paper, without an account; no name and no line of the paper is shown.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        paper = IssuedPaper.objects.filter(token=token).first()
        if paper is None:
            return self._answer(request, "workflow/verification_unknown.html", {}, status=404)
        newest = papers.newest(paper)
        return self._answer(
            request,
            "workflow/verification.html",
            {
                "paper": paper,
                "kind": papers.names.get(paper.kind, paper.kind),
                "is_whole": papers.is_whole(paper),
                "newest": newest if newest.version > paper.version else None,
                "fingerprint": _in_fours(paper.fingerprint),
            },
        )

    @staticmethod
    def _answer(
        request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        response = render(request, template, context, status=status)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response


def _in_fours(fingerprint: str) -> list[str]:
    """A fingerprint as people compare it with the printed one."""
    mark = fingerprint.upper()
    return [mark[place : place + 4] for place in range(0, len(mark), 4)]

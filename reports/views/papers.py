"""Issued papers: on the screen, as PDF, as a workbook; and drafts of what is not issued yet."""

from __future__ import annotations

import io
from typing import Any, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.views.generic import TemplateView, View

from interface.lists import attachment
from interface.pages import Page
from interface.workbook import XLSX, write_workbook
from reports.documents import Kind, ask, ask_draft, kind_of
from reports.documents.kinds import Data
from reports.documents.making import draft_so_far, name_of, rendered, so_far
from reports.documents.rendering import PapersNeedPango
from staff.views.files import served
from training_plans.models import Plan, PlanningYear, Request
from training_plans.papers import plan_data
from training_plans.request_paper import request_data
from workflow.calendar import today
from workflow.models import IssuedPaper, JobRun, RenderedPaper
from workflow.papers import newest

# A viewer of the browser's own draws the PDF inside our page, and nothing else may.
VIEWED = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def language_of(request: HttpRequest) -> str:
    """The language asked for; Kazakh unless another is named."""
    asked = request.GET.get("language", "kk")
    return asked if asked in dict(settings.LANGUAGES) else "kk"


Answer = TypeVar("Answer", bound=HttpResponseBase)


def shown_inside(response: Answer) -> Answer:
    response["Content-Security-Policy"] = VIEWED
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


class PaperPage(Page):
    """What every page about one issued paper shares: who may see it is its kind's to say."""

    permission = "reports.view_paper"

    def get_permission_object(self) -> IssuedPaper:
        return self.paper

    @cached_property
    def paper(self) -> IssuedPaper:
        papers = IssuedPaper.objects.defer("data")
        return get_object_or_404(papers, token=self.kwargs["token"])

    @cached_property
    def kind(self) -> Kind:
        return kind_of(self.paper.kind)

    @property
    def language(self) -> str:
        return language_of(self.request)

    def address(self, name: str) -> str:
        return f"{reverse(name, args=[self.paper.token])}?language={self.language}"


class PaperView(PaperPage, TemplateView):
    """The paper as it was issued; while its PDF is being made, how far that is."""

    template_name = "reports/paper.html"

    def get_title(self) -> str:
        return f"{self.kind.title} № {self.paper.number}"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = ask(self.paper, self.language)
        if isinstance(found, JobRun):
            found.refresh_from_db()  # without a queue it has run already
            found = rendered(self.paper, self.language) or found
        context = self.get_context_data(**kwargs) | _shown(found, self.address("paper_progress"))
        return self.render_to_response(context, status=202 if context["job"] else 200)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        later = newest(self.paper)
        return super().get_context_data(**kwargs) | {
            "paper": self.paper,
            "kind": self.kind,
            "language": self.language,
            "languages": settings.LANGUAGES,
            "file_url": self.address("paper_file"),
            "workbook_url": self.address("paper_workbook") if self.kind.workbook else "",
            "later": later if later.version > self.paper.version else None,
            "verification_url": reverse("verification", args=[self.paper.token]),
        }


Found = RenderedPaper | JobRun | bytes


def _shown(found: Found, poll: str) -> dict[str, Any]:
    """The paper, or its job and why that may have failed."""
    if not isinstance(found, JobRun):
        return {"made": found, "job": None}
    return {
        "made": None,
        "job": found,
        "poll": poll,
        "needs_pango": found.error == PapersNeedPango.__name__,
    }


def progress_of(request: HttpRequest, found: Found | None, poll: str) -> HttpResponse:
    """What is polled while something is made; the browser comes again when it is there."""
    if isinstance(found, JobRun) and found.state != JobRun.State.DONE:
        return render(request, "reports/_paper_progress.html", _shown(found, poll))
    return HttpResponse(headers={"HX-Refresh": "true"})


class PaperProgressView(PaperPage, View):
    """Polled while a paper is made; tells the browser to come again when it is there."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return progress_of(
            request, so_far(self.paper, self.language), self.address("paper_progress")
        )


class PaperFileView(PaperPage, View):
    """The PDF itself: to keep, or with ``?view`` to be drawn inside the page."""

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        made = rendered(self.paper, self.language)
        if made is None:
            return redirect(self.address("paper"))
        inline = "view" in request.GET
        name = name_of(self.paper, self.language)
        response = served(request, made.file, name=name, inline=inline)
        return shown_inside(response) if inline else response


class PaperWorkbookView(PaperPage, View):
    """The same data as a workbook: numbers and days one can reckon with."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        if self.kind.workbook is None:
            raise Http404
        name = name_of(self.paper, self.language)
        return workbook_of(self.kind, self.paper.data, self.language, name=name)


def workbook_of(kind: Kind, data: Data, language: str, *, name: str) -> HttpResponse:
    target = io.BytesIO()
    with translation.override(language):
        book = kind.workbook(data)  # type: ignore[misc]
        write_workbook(
            target=target,
            title=book.title,
            headings=book.headings,
            rows=book.rows,
            lines=book.lines,
            sheet_name=str(kind.title),
            more=book.more,
        )
    response = HttpResponse(target.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = attachment(f"{name}.xlsx", f"{kind.name}.xlsx")
    response["Cache-Control"] = "private, no-store"
    return response


# --- drafts -------------------------------------------------------------------------------------
class DraftPage(Page, TemplateView):
    """A paper before it is issued, with a watermark: the data as they stand now.

    ``?pdf`` is the PDF alone, which the page draws inside itself.
    """

    kind_name: str
    template_name = "reports/draft.html"

    def data(self) -> Data:
        raise NotImplementedError

    def get_title(self) -> str:
        return str(kind_of(self.kind_name).title)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = language_of(request)
        kind, data = kind_of(self.kind_name), self.data()
        here = f"{request.path}?language={language}"
        if "workbook" in request.GET and kind.workbook:
            return workbook_of(kind, data, language, name=str(kind.title))
        if "progress" in request.GET:
            found = draft_so_far(self.kind_name, data, language)
            return progress_of(request, found, f"{here}&progress")
        found = self._made(data, language)
        if "pdf" in request.GET and isinstance(found, bytes):
            response = HttpResponse(found, content_type="application/pdf")
            response["Content-Disposition"] = "inline"
            response["Cache-Control"] = "private, no-store"
            return shown_inside(response)
        context = self.get_context_data(**kwargs) | _shown(found, f"{here}&progress")
        context |= {
            "language": language,
            "languages": settings.LANGUAGES,
            "file_url": f"{here}&pdf",
            "workbook_url": f"{here}&workbook" if kind.workbook else "",
        }
        return self.render_to_response(context, status=202 if context["job"] else 200)

    def _made(self, data: Data, language: str) -> bytes | JobRun:
        user: Any = self.request.user
        reader = f"{user.pk}{self.request.path}"
        found = ask_draft(self.kind_name, data, language, reader=reader)
        if isinstance(found, JobRun):
            found.refresh_from_db()  # without a queue it has run already
            if found.state == JobRun.State.DONE:
                return ask_draft(self.kind_name, data, language, reader=reader)
        return found


class PlanDraftView(DraftPage):
    """For those whose figures are the whole plan's; others have the lines of their own people."""

    permission = "training_plans.view_whole_plan"
    kind_name = "annual_plan"
    clause = "3.12"

    def data(self) -> Data:
        year = get_object_or_404(PlanningYear, year=self.kwargs["year"])
        plan = get_object_or_404(Plan.objects.select_related("planning_year"), planning_year=year)
        nobody = {"name": "", "position": ""}
        return plan_data(plan, version=plan.version + 1, on=today(), approved_by=nobody)


class RequestDraftView(DraftPage):
    permission = "training_plans.view_request"
    kind_name = "department_request"
    clause = "5.4"

    def get_permission_object(self) -> Request:
        return self.case

    @cached_property
    def case(self) -> Request:
        requests = Request.objects.select_related("planning_year", "unit__head")
        return get_object_or_404(requests, pk=self.kwargs["pk"])

    def data(self) -> Data:
        return request_data(self.case, version=1, actor=self.request.user, on=today())

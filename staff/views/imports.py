"""Excel in, in the browser: upload → check → preview → confirm → progress → result, undo."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from interface.lists import attachment
from interface.pages import Page
from interface.workbook import XLSX
from staff import tasks
from staff.domain import import_messages, imports
from staff.domain.import_rejects import write_rejected
from staff.domain.workbooks import open_workbook
from staff.forms.imports import ImportForm
from staff.models import ImportEntry, ImportRun
from workflow.models import StoredFile

PER_PAGE = 50


class ImportPage(Page):
    permission = "staff.import"
    clause = "3.10"

    def run(self) -> ImportRun:
        return get_object_or_404(
            ImportRun.objects.select_related("created_by__person", "undone_by__person", "file"),
            pk=self.kwargs["pk"],
        )


class ImportListView(ImportPage, TemplateView):
    template_name = "staff/import_list.html"
    title = gettext_lazy("Imports")
    help_text = gettext_lazy(
        "Bring the staff list first, then the training records. Every file is checked and shown "
        "before anything changes, and each import can be taken back as a whole as long as nobody "
        "worked on what it brought."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        runs = ImportRun.objects.select_related("created_by__person").order_by("-created_at", "-pk")
        page = Paginator(runs, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {"page": page}


class ImportNewView(ImportPage, FormView):
    template_name = "staff/import_new.html"
    title = gettext_lazy("Bring in an Excel file")
    form_class = ImportForm

    def get_initial(self) -> dict[str, Any]:
        kind = self.request.GET.get("kind")
        return {"kind": kind} if kind in ImportRun.Kind.values else {}

    def form_valid(self, form: ImportForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        with transaction.atomic():
            kept = StoredFile.keep(file, name=file.name, content_type=XLSX, by=self.request.user)
            run = imports.start_run(
                kind=form.cleaned_data["kind"],
                actor=self.request.user,
                file=kept,
                file_name=file.name,
            )
        tasks.check_import.delay(run.pk)
        return redirect("import", run.pk)


class _Job:
    """An import as the progress bar wants it."""

    def __init__(self, run: ImportRun) -> None:
        self.pk = run.pk
        waiting = {ImportRun.State.QUEUED, ImportRun.State.CONFIRMED}
        self.state = "queued" if run.state in waiting else "running" if run.is_working else "done"
        self.percent = tasks.import_progress(run.pk)
        self.progress_done = self.progress_total = 0
        self.error = ""


class ImportView(ImportPage, TemplateView):
    template_name = "staff/import.html"

    def get_title(self) -> str:
        self.import_run = self.run()
        return self.import_run.file_name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        run = self.import_run
        outcome = self.request.GET.get("show", "")
        if outcome not in ImportEntry.Outcome.values:
            outcome = (
                "rejected" if run.count_rejected else "changed" if run.count_changed else "new"
            )
        entries = run.entries.filter(outcome=outcome).only(
            "row", "outcome", "label", "problems", "differences"
        )
        page = Paginator(entries, PER_PAGE).get_page(self.request.GET.get("page"))
        return context | {
            "crumbs": [(_("Imports"), reverse("import_list"))],
            "run": run,
            "job": _Job(run),
            "outcome": outcome,
            "page": page,
            "lines": [(entry, _problems(entry), _differences(entry)) for entry in page],
            "problem": import_messages.refusal(run.problem) if run.problem else "",
            "notices": [import_messages.notice(entry) for entry in run.notices],
        }


def _problems(entry: ImportEntry) -> list[dict[str, Any]]:
    return [
        {
            "column": import_messages.heading(problem["column"]),
            "value": problem["value"],
            "reason": import_messages.problem(problem),
            "is_notice": problem.get("notice"),
        }
        for problem in entry.problems
    ]


def _differences(entry: ImportEntry) -> list[tuple[str, str, str]]:
    shown = []
    for path, before, after in entry.differences:
        label, _dot, name = path.rpartition(".")
        column = apps.get_model(label)._meta.get_field(name)
        words = dict(column.flatchoices or ())
        shown.append(
            (str(column.verbose_name), str(words.get(before, before)), str(words.get(after, after)))
        )
    return shown


class ImportProgressView(ImportPage, View):
    """Polled while the worker is at it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self.run()
        if not run.is_working:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"job": _Job(run), "poll": request.path}
        return render(request, "staff/_import_progress.html", context)


class ImportConfirmView(ImportPage, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self.run()
        skip = request.POST.get("skip_invalid") == "1"
        if imports.confirm(run=run, skip_invalid=skip, actor=request.user):
            tasks.apply_import.delay(run.pk)
        else:
            messages.warning(
                request, _("This import was decided already, or has rows with errors.")
            )
        return redirect("import", pk)


class ImportDiscardView(ImportPage, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if imports.discard(run=self.run()):
            messages.success(request, _("The import was discarded; nothing changed."))
        return redirect("import_list")


class ImportUndoView(ImportPage, TemplateView):
    template_name = "components/confirm.html"
    title = gettext_lazy("Undo the import")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run()
        return super().get_context_data(**kwargs) | {
            "crumbs": [(_("Imports"), reverse("import_list"))],
            "sentence": _("Everything %(file)s brought in will be taken back as a whole.")
            % {"file": run.file_name},
            "consequences": [
                _("New entries: %(count)s") % {"count": run.count_new},
                _("Changed entries get their old values back: %(count)s")
                % {"count": run.count_changed},
                _("If anything of it was changed since, nothing is undone and you are told."),
            ],
            "submit": _("Undo the import"),
            "cancel_url": reverse("import", args=[run.pk]),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self.run()
        if imports.ask_undo(run=run, actor=request.user):
            tasks.undo_import.delay(run.pk)
        else:
            messages.warning(request, _("This import cannot be undone in its present state."))
        return redirect("import", pk)


class ImportRejectedView(ImportPage, View):
    """The rejected rows as a workbook with a column of reasons."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self.run()
        problems = dict(
            run.entries.filter(outcome=ImportEntry.Outcome.REJECTED).values_list("row", "problems")
        )
        target = io.BytesIO()
        if not problems:
            raise Http404
        write_rejected(
            workbook=open_workbook(run.path, run.kind),
            problems=problems,
            target=target,
            reason_heading=_("Reason for rejection"),
        )
        name = f"{Path(run.file_name).stem}.rejected.xlsx"
        return HttpResponse(
            target.getvalue(),
            content_type=XLSX,
            headers={"Content-Disposition": attachment(name, f"import-{run.pk}.rejected.xlsx")},
        )


class ImportTemplateView(ImportPage, View):
    """A workbook to fill in, in the language of the page."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        from staff.domain.template_workbooks import staff_template, training_template

        target = io.BytesIO()
        make = {"staff": staff_template, "training": training_template}[kind]
        make(target)
        return HttpResponse(
            target.getvalue(),
            content_type=XLSX,
            headers={"Content-Disposition": attachment(f"{kind}.xlsx", f"{kind}.xlsx")},
        )

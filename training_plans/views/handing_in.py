"""After the end: the certificate and the report of a case, on a phone (clauses 7.2, 7.14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.pages import Page
from staff.domain.history import Change, changes_since
from staff.models import TrainingRecord
from staff.views.editing import EditPage, put_into
from staff.views.files import served
from training_plans.case_papers import trainee_report_data
from training_plans.document_pictures import first_photo
from training_plans.domain import case_guards, handing_in
from training_plans.forms.documents import (
    TABLES,
    CertificateForm,
    ReportForm,
    rearranged,
)
from training_plans.models import Evidence, TraineeReport, TrainingApplication
from training_plans.transitions import EVIDENCE, REPORT
from workflow.calendar import today
from workflow.files import KeepsScans
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refusal

from .case_links import link

# How a part looks: tone and icon of its badge, by state.
LOOKS = {
    "new": ("wait", "circle"),
    "draft": ("wait", "pencil"),
    "sent": ("info", "send"),
    "returned": ("bad", "arrow-counterclockwise"),
    "verified": ("ok", "check-circle-fill"),
    "accepted": ("ok", "check-circle-fill"),
    "withdrawn": ("wait", "x-circle"),
}


def find_case(user: Any, pk: int) -> TrainingApplication:
    rows = TrainingApplication.objects.visible_to(user).select_related(
        "person", "post", "unit", "provider", "course", "plan_line"
    )
    return get_object_or_404(rows, pk=pk)


def crumbs_of(application: TrainingApplication) -> list[tuple[Any, str]]:
    return [
        (_("Cases"), link("case_list")),
        (application.number_text or application.topic, link("case", application.pk)),
    ]


def twin_url(errors: Any) -> str:
    """Where the same document is that was found in the ledger or on its way; empty if none."""
    for error in errors:
        params = getattr(error, "params", None) or {}
        if getattr(error, "code", "") != "twin":
            continue
        if "record" in params:
            return reverse("record", args=[params["record"]])
        return url_of(Evidence.objects.get(pk=params["evidence"]))
    return ""


def url_of(evidence: Evidence) -> str:
    """The page on which its employee finds a document."""
    if evidence.application_id:
        return reverse("hand_in", args=[evidence.application_id])
    return reverse("own_training", args=[evidence.pk])


def alike(evidence: Evidence) -> list[dict[str, str]]:
    """Where else the same file, number or training stands, to be looked at before sending."""
    return [
        {
            "topic": twin.title if isinstance(twin, TrainingRecord) else twin.topic,
            "url": (
                reverse("record", args=[twin.pk])
                if isinstance(twin, TrainingRecord)
                else url_of(twin)
            ),
        }
        for twin in handing_in.twins(evidence)
    ]


# --- the page of both parts ---------------------------------------------------------------------
class HandInPage(TemplateResponseMixin, Page):
    """The clock, the certificate, the report; each sent on its own, or both with one button.

    HR comes here too, for who brings paper; the report is the employee's alone.
    """

    template_name = "training_plans/hand_in.html"
    permission = "training_plans.hand_in_document"
    title = _("Certificate and report")
    clause = "7.2"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.on = today()
        self.wrong: list[str] = []
        self.late_because = ""
        return super().dispatch(request, *args, **kwargs)

    def get_permission_object(self) -> TrainingApplication:
        self.thing = find_case(self.request.user, self.kwargs["pk"])
        return self.thing

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.late_because = request.POST.get("late_because", "").strip()[:500]
        try:
            self._send(request.POST.get("part", ""))
        except ValidationError as refusal:
            self.wrong = list(refusal.messages)
            self.thing = find_case(request.user, pk)
            return self.render_to_response(self.get_context_data(), status=422)
        return HttpResponseRedirect(reverse("hand_in", args=[pk]))

    def _send(self, part: str) -> None:
        evidence, report = case_guards.parts_of(self.thing)
        how: dict[str, Any] = {
            "actor": self.request.user,
            "on": self.on,
            "because": self.late_because,
        }
        if part == "certificate" and evidence is not None:
            handing_in.send_evidence(evidence=evidence, **how)
            messages.success(self.request, gettext("The certificate is sent to HR."))
        elif part == "report" and report is not None:
            handing_in.send_report(report=report, **how)
            messages.success(self.request, gettext("The report is sent to the Centre."))
        else:
            handing_in.send_both(application=self.thing, **how)
            messages.success(
                self.request,
                gettext("Handed in: HR verifies the certificate, the Centre reads the report."),
            )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case, user = self.thing, self.request.user
        evidence, report = case_guards.parts_of(case)
        is_mine = user.has_perm("training_plans.write_report", case)
        has_order = case.state in TrainingApplication.AFTER_ORDER
        shown = evidence or handing_in.proposed_evidence(case)
        written = report or handing_in.proposed_report(case)
        written.application = case
        shown.application = case
        last_day = shown.ends_on or case.ends_on
        opens = (
            evidence is not None
            and evidence.file_id is not None
            and user.has_perm("training_plans.view_evidence", evidence)
        )
        waits = has_order and case.documents_sent_on is None
        return super().get_context_data(**kwargs) | {
            "case": case,
            "crumbs": crumbs_of(case),
            "on": self.on,
            "is_mine": is_mine,
            "has_order": has_order,
            "last_day": last_day,
            "is_over": last_day is not None and last_day <= self.on,
            "waits": waits,
            "returned": has_order
            and any(part is not None and part.state == "returned" for part in (evidence, report)),
            "late": waits and handing_in.is_late(case, self.on),
            "late_because": self.late_because or case.documents_late_because,
            "wrong": self.wrong,
            "evidence": evidence,
            "evidence_look": _look(evidence),
            "evidence_lacks": self._lacks(EVIDENCE, shown),
            "evidence_open": has_order and shown.can_be_edited,
            "may_open_file": opens,
            "is_photo": opens and first_photo(shown.file) is not None,
            "differences": [_in_words(found) for found in handing_in.differences(shown)]
            if evidence
            else [],
            "alike": alike(evidence) if evidence and evidence.can_be_edited else [],
            "report": report,
            "report_look": _look(report),
            "report_lacks": self._lacks(REPORT, written) if is_mine else [],
            "report_open": has_order and is_mine and written.can_be_edited,
            "progress": handing_in.progress_of(written),
            "draft_url": link("report_preview", case.pk) if report is not None and is_mine else "",
        }

    def _lacks(self, table: Any, part: Any) -> list[Refusal]:
        """What stands in the way of sending a part; empty where nothing does or it is sent."""
        if not part.can_be_edited:
            return []
        found = table.refusals(part, "send", actor=self.request.user, on=self.on)
        return [refusal for refusal in found if refusal.because == "guard"]


def _look(part: Evidence | TraineeReport | None) -> dict[str, str]:
    tone, icon = LOOKS[part.state if part is not None else "new"]
    word = part.get_state_display() if part is not None else gettext("not begun")
    return {"word": word, "tone": tone, "icon_name": icon}


def _in_words(found: handing_in.Difference) -> dict[str, Any]:
    """A difference from the order, both values as people write them."""
    kind = "text"
    if found.name in ("starts_on", "ends_on"):
        kind = "day"
    elif found.name == "hours":
        kind = "hours"
    ordered, actual = found.ordered, found.actual
    if found.name == "area":
        labels = dict(Evidence._meta.get_field("area").flatchoices)  # type: ignore[union-attr]
        ordered, actual = labels[ordered], labels[actual]
    return {"label": found.label, "kind": kind, "ordered": ordered, "actual": actual}


# --- the certificate ----------------------------------------------------------------------------
class CertificatePage(KeepsScans, EditPage):
    """A certificate being prepared: kept as a draft, or kept and sent.

    What sending refuses leaves the draft kept; the form says what is to be put right.
    """

    template_name = "training_plans/evidence_edit.html"
    permission = "training_plans.hand_in_document"
    form_class: type[forms.BaseForm] = CertificateForm
    clause = "7.14"
    submit = _("Keep and send to HR")
    watches_version = True
    kept_version: int | None = None

    def evidence(self) -> Evidence:
        """The document as it stands; one not kept yet where there is none."""
        raise NotImplementedError

    @property
    def asked_version(self) -> int | None:
        return super().asked_version if self.kept_version is None else self.kept_version

    def newest_version(self) -> int:
        evidence = self.evidence()
        return version_of(evidence) if evidence.pk else 0

    def changes_after(self, version: int) -> list[Any]:
        evidence = self.evidence()
        if evidence.pk is None:
            return []
        return changes_since(evidence, version=version, reader=self.actor)

    def verb(self, form: Any) -> Evidence:
        evidence = self.keep(form)
        if "send" not in self.request.POST:
            self.done = gettext("Kept. It is not sent yet.")
            return evidence
        self.kept_version = version_of(evidence)
        because = self.request.POST.get("late_because", "")
        handing_in.send_evidence(evidence=evidence, actor=self.actor, on=self.on, because=because)
        self.done = gettext("The certificate is sent to HR.")
        return evidence

    def keep(self, form: Any) -> Evidence:
        with transaction.atomic():
            return handing_in.save_evidence(
                evidence=self.evidence(),
                values=form.evidence(self.actor),
                file=self.kept.get("scan"),
                actor=self.actor,
                on=self.on,
                version=self.asked_version,
            )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        evidence = self.evidence()
        opens = bool(evidence.pk and evidence.file_id) and self.request.user.has_perm(
            "training_plans.view_evidence", evidence
        )
        errors = context["form"].non_field_errors().as_data() if context["form"].is_bound else []
        return context | {
            "evidence": evidence,
            "may_open_file": opens,
            "is_photo": opens and first_photo(evidence.file) is not None,
            "twin_url": twin_url(errors),
            "late": False,
            "late_because": self.request.POST.get("late_because", ""),
        }


class EvidenceEditPage(CertificatePage):
    """The certificate of a case."""

    title = _("The certificate")
    thing: TrainingApplication

    def find(self) -> TrainingApplication:
        return find_case(self.request.user, self.kwargs["pk"])

    def evidence(self) -> Evidence:
        found = Evidence.objects.filter(application=self.thing).select_related("provider", "file")
        evidence = found.first() or handing_in.proposed_evidence(self.thing)
        evidence.application = self.thing
        return evidence

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        has_order = self.thing.state in TrainingApplication.AFTER_ORDER
        if not has_order or not self.evidence().can_be_edited:
            return HttpResponseRedirect(self.after(None))
        return super().get(request, *args, **kwargs)

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.evidence(), "ordered": self.thing}

    def after(self, result: Any) -> str:
        return reverse("hand_in", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [*crumbs_of(self.thing), (_("Certificate and report"), self.after(None))]
        return super().get_context_data(**kwargs) | {
            "case": self.thing,
            "crumbs": crumbs,
            "late": handing_in.is_late(self.thing, self.on),
            "late_because": self.request.POST.get("late_because", "")
            or self.thing.documents_late_because,
        }


class EvidenceFilePage(Page, View):
    """The document itself: to keep, or with ``?view`` to be shown."""

    permission = "training_plans.view_evidence"

    def get_permission_object(self) -> Evidence:
        rows = Evidence.objects.visible_to(self.request.user).select_related("file", "person")
        self.thing: Evidence = get_object_or_404(rows, pk=self.kwargs["pk"])
        return self.thing

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if self.thing.file is None:
            raise Http404
        name = f"{self.thing.person.short_name} {self.thing.document_number}".strip()
        return served(request, self.thing.file, name=name, inline="view" in request.GET)


class EvidencePhotoPage(EvidenceFilePage):
    """The photo of its first page; there is none where a PDF was attached."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        photo = first_photo(self.thing.file)
        if photo is None:
            raise Http404
        return HttpResponse(
            photo,
            content_type="image/jpeg",
            headers={
                "Cache-Control": "private, max-age=0, must-revalidate",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cross-Origin-Resource-Policy": "same-origin",
            },
        )


# --- the report ---------------------------------------------------------------------------------
def _tables_in_a_word(changes: list[Change]) -> list[Change]:
    """``changes`` without the insides of the tables of a report: only that they were changed."""
    names = ("modules", "materials", "proposals")
    tables = {
        str(TraineeReport._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in names
    }
    for change in changes:
        change.lines = [
            replace(line, before="…", after=gettext("changed")) if line.label in tables else line
            for line in change.lines
        ]
    return changes


class ReportEditPage(TemplateResponseMixin, Page):
    """The trainee's report Ү 464-002-2025, kept with every change; without scripts by its buttons.

    For htmx it answers with the parts that changed: the mark «saved», the version, the sums, and
    the table a row was added to or taken from.
    """

    template_name = "training_plans/report_edit.html"
    permission = "training_plans.write_report"
    title = _("Report Ү 464-002-2025")
    clause = "7.2"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.on = today()
        self.changes: list[Any] = []
        self.stale = False
        return super().dispatch(request, *args, **kwargs)

    def get_permission_object(self) -> TrainingApplication:
        self.thing = find_case(self.request.user, self.kwargs["pk"])
        return self.thing

    def report(self) -> TraineeReport:
        """The report as it stands; one not kept yet where there is none."""
        found = TraineeReport.objects.filter(application=self.thing).first()
        report = found or handing_in.proposed_report(self.thing)
        report.application = self.thing
        return report

    @property
    def url(self) -> str:
        return reverse("hand_in", args=[self.thing.pk])

    @property
    def is_htmx(self) -> bool:
        return bool(self.request.htmx)  # type: ignore[attr-defined]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = self.report()
        has_order = self.thing.state in TrainingApplication.AFTER_ORDER
        if not has_order or not report.can_be_edited:
            return HttpResponseRedirect(self.url)
        return self.show(ReportForm(report=report))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        add, remove = request.POST.get("add", ""), request.POST.get("remove", "")
        data = rearranged(request.POST, add=add, remove=remove)
        report = self.report()
        form = ReportForm(data, report=report)
        if form.is_valid():
            self._keep(form)
        if not form.errors and "send" in request.POST:
            self._send(form)
        status = 200
        if form.errors:
            status = 409 if self.stale else 422
        elif not add and not remove and ("send" in request.POST or "done" in request.POST):
            return self._leave()
        if self.is_htmx:
            return self.answer(form, (add or remove).partition("-")[0], status)
        return self.show(form, status)

    def _keep(self, form: ReportForm) -> None:
        try:
            handing_in.save_report(
                application=self.thing,
                values=form.values,
                actor=self.request.user,
                on=self.on,
                version=self.asked_version,
            )
        except ChangedMeanwhile as refusal:
            self.stale = True
            form.add_error(None, refusal)
            self.changes = _tables_in_a_word(
                changes_since(self.report(), version=self.asked_version, reader=self.request.user)
            )
        except ValidationError as refusal:
            put_into(form, refusal)

    def _send(self, form: ReportForm) -> None:
        try:
            handing_in.send_report(
                report=self.report(),
                actor=self.request.user,
                on=self.on,
                because=self.request.POST.get("late_because", ""),
            )
        except ValidationError as refusal:
            put_into(form, refusal)

    def _leave(self) -> HttpResponse:
        words = (
            gettext("The report is sent to the Centre.")
            if "send" in self.request.POST
            else gettext("The report is kept. It is not sent yet.")
        )
        messages.success(self.request, words)
        if self.is_htmx:
            return HttpResponse(headers={"HX-Redirect": self.url})
        return HttpResponseRedirect(self.url)

    @property
    def asked_version(self) -> int:
        """The version the form was opened on; the one seen since, where it is to be overwritten."""
        given = self.request.POST.get("over") or self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 19 else 0

    def version_to_carry(self, form: ReportForm) -> int:
        """The newest where it was kept; else the one the form was opened on."""
        if self.request.method == "POST" and self.stale:
            return self.asked_version
        report = self.report()
        return version_of(report) if report.pk else 0

    def answer(self, form: ReportForm, table: str, status: int) -> HttpResponse:
        """Parts for htmx; each says itself where it belongs."""
        context = self.get_context_data(form=form) | {
            "table": table if table in TABLES else "",
            "rows": form.table(table) if table in TABLES else [],
        }
        response = self.response_class(
            request=self.request,
            template=["training_plans/_report_edit_parts.html"],
            context=context,
            status=status,
        )
        response["HX-Reswap"] = "none"
        return response

    def show(self, form: ReportForm, status: int = 200) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form: ReportForm = kwargs["form"]
        report = self.report()
        newest = version_of(report) if report.pk else 0
        context = super().get_context_data(**kwargs) | {
            "case": self.thing,
            "report": report,
            "version": self.version_to_carry(form),
            "newest": newest,
            "changes": self.changes,
            "stale": self.stale,
            "progress": handing_in.progress_of(report),
            "module_hours": handing_in.hours_of_modules(report),
            "on": self.on,
            "late": handing_in.is_late(self.thing, self.on),
            "late_because": self.request.POST.get("late_because", "")
            or self.thing.documents_late_because,
            "draft_url": link("report_preview", self.thing.pk),
            "table": "",
        }
        evidence = Evidence.objects.filter(application=self.thing).first()
        hours = evidence.hours if evidence is not None else None
        context["document_hours"] = hours or self.thing.hours
        if self.is_htmx and self.request.method == "POST":
            return context
        return context | {
            "known": trainee_report_data(report, on=self.on),
            "evidence": evidence,
            "crumbs": [*crumbs_of(self.thing), (_("Certificate and report"), self.url)],
        }

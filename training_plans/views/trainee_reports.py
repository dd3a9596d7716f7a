"""The Centre and the trainees' reports, Ү 464-002-2025: the queue, and one to read (7.2, 7.14)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Avg, Count, F, FloatField, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin

from interface.figures import in_figures
from interface.lists import (
    ChoicesFilter,
    Column,
    DateColumn,
    DateFilter,
    ListPage,
    ListTable,
    NumberColumn,
    YesNoFilter,
)
from interface.pages import Page
from interface.templatetags.interface import badge_markup
from interface.text import search_words
from staff.filters import UnitScope
from staff.views.editing import put_into
from training_plans.domain import verification
from training_plans.forms.verification import ReportForm
from training_plans.models import (
    RATINGS,
    Evidence,
    Order,
    TraineeReport,
    TrainingApplication,
)
from training_plans.transitions import REPORT
from workflow.calendar import today
from workflow.saving import ChangedMeanwhile, version_of

from .evidence import TONES as DOCUMENT_TONES
from .evidence import late_mark

TONES = {
    TraineeReport.State.DRAFT: ("wait", "pencil"),
    TraineeReport.State.SENT: ("warn", "hourglass-split"),
    TraineeReport.State.RETURNED: ("bad", "arrow-return-left"),
    TraineeReport.State.ACCEPTED: ("ok", "check-circle-fill"),
}
BEST_RATING = 5


# --- the queue ------------------------------------------------------------------------------------
class ReportTable(ListTable):
    person = Column(
        _("Employee"), accessor="application__person", order_by="application__person__sort_key",
        fixed=True, width=36,
    )  # fmt: skip
    unit = Column(
        _("Unit"), accessor="application__unit__name", orderable=False, width=36, classes="roomy"
    )
    topic = Column(_("Topic"), accessor="application__topic", width=44, classes="roomy")
    ends_on = DateColumn(_("Ended"), accessor="application__ends_on")
    sent_on = DateColumn(_("Sent on"))
    late = Column(_("Late"), accessor="late_days", order_by="late_days", empty_values=(), width=16)
    rating = NumberColumn(_("Rating"), accessor="rating", initial_sort_descending=True)
    document = Column(_("Document"), accessor="application", orderable=False, width=20)
    case = Column(
        _("Case"), accessor="application", order_by="application__number", hidden=True, width=16
    )
    state = Column(_("State"), hidden=True, width=20)
    provider = Column(
        _("Provider"), accessor="application__provider", hidden=True, orderable=False, width=36
    )

    class Meta(ListTable.Meta):
        pass

    def render_person(self, record: TraineeReport, value: Any) -> SafeString:
        if record.is_my_own:  # type: ignore[attr-defined]
            own = badge_markup(gettext("yours: a colleague"), "info", "person")
            return format_html("{} {}", value.full_name, own)
        url = reverse("trainee_report", args=[record.pk])
        return format_html('<a href="{}">{}</a>', url, value.full_name)

    def value_person(self, value: Any) -> str:
        return str(value.full_name)

    def render_late(self, value: int) -> Any:
        return late_mark(value) or "–"

    def value_late(self, value: int) -> int:
        return value

    def render_rating(self, value: float) -> str:
        return in_figures(round(value, 1))

    def render_document(self, record: TraineeReport) -> Any:
        evidence = record.document  # type: ignore[attr-defined]
        if evidence is None:
            return badge_markup(pgettext("a paper", "missing"), "bad", "x-lg")
        tone, icon = DOCUMENT_TONES[Evidence.State(evidence.state)]
        return badge_markup(str(evidence.get_state_display()), tone, icon)

    def value_document(self, record: TraineeReport) -> str:
        evidence = record.document  # type: ignore[attr-defined]
        return evidence.get_state_display() if evidence else pgettext("a paper", "missing")

    def render_case(self, value: TrainingApplication) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("case", args=[value.pk]), value)

    def value_case(self, value: TrainingApplication) -> str:
        return str(value)

    def render_state(self, record: TraineeReport, value: str) -> SafeString:
        tone, icon = TONES[TraineeReport.State(record.state)]
        return badge_markup(str(value), tone, icon)

    def value_state(self, value: str) -> str:
        return str(value)


class ReportFilter(UnitScope):
    q = django_filters.CharFilter(label=_("Name or topic"), method="matching")
    state = ChoicesFilter(
        label=_("State"),
        choices=[(s.value, s.label) for s in TraineeReport.State if s != "draft"],
    )
    late = YesNoFilter(label=_("Late"), method="being_late")
    sent_from = DateFilter(label=_("Sent from"), field_name="sent_on", lookup_expr="gte")
    sent_to = DateFilter(label=_("Sent until"), field_name="sent_on", lookup_expr="lte")
    unit_path = "application__unit__"
    first = ("q", "unit", "late")

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        for word in search_words(text):
            queryset = queryset.filter(
                Q(application__person__search_key__contains=word)
                | Q(application__search_key__contains=word)
            )
        return queryset

    def being_late(self, queryset: QuerySet[Any], name: str, late: bool) -> QuerySet[Any]:
        return queryset.filter(late_days__gt=0) if late else queryset.filter(late_days=0)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Where no state is asked for: what waits."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("state"):
            return found
        return found.filter(pk__in=verification.reports_to_accept(self.request.user).values("pk"))


class ReportQueuePage(ListPage):
    """What waits for the Centre: the latest first, then the oldest."""

    name = "report_queue"
    template_name = "training_plans/trainee_report_queue.html"
    permission = "training_plans.judge_report"
    title = _("Reports to accept")
    clause = "7.2"
    help_text = _(
        "A case is accepted when the Centre has accepted the report and HR has verified the "
        "document. Those handed in late come first, then the oldest."
    )
    table_class = ReportTable
    filter_class = ReportFilter
    nothing_yet = _("No report waits. Everything handed in has been read.")

    def get_queryset(self) -> QuerySet[TraineeReport]:
        rows = visible_reports(self.request.user)
        total = sum((F(name) for name in RATINGS[1:]), F(RATINGS[0]))
        rows = rows.annotate(rating=total * 1.0 / len(RATINGS))
        return verification.with_late_days(rows).order_by("-late_days", "sent_on", "pk")

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related(
            "application__person", "application__unit", "application__provider"
        )

    def prepare(self, rows: list[Any]) -> None:
        user: Any = self.request.user
        documents = Evidence.objects.filter(application__in=[row.application_id for row in rows])
        of_case = {evidence.application_id: evidence for evidence in documents}
        for row in rows:
            row.document = of_case.get(row.application_id)
            row.is_my_own = row.application.person_id == user.person_id

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = verification.reports_to_accept(self.request.user).order_by()
        figures = waiting.aggregate(
            waiting=Count("pk"),
            late=Count("pk", filter=Q(late_days__gt=0)),
            oldest=Min("sent_on"),
            content=Avg("rating_content", output_field=FloatField()),
        )
        oldest = figures["oldest"]
        return super().get_context_data(**kwargs) | {
            "figures": figures,
            "waited": (today() - oldest).days if oldest else 0,
            "first": next_for(self.request.user, 0),
            "late_url": self.url(late="yes"),
        }


def visible_reports(user: Any) -> QuerySet[TraineeReport]:
    """Reports that were sent, of the cases one may see."""
    cases = TrainingApplication.objects.visible_to(user)
    rows = TraineeReport.objects.filter(application__in=cases)
    return rows.exclude(state=TraineeReport.State.DRAFT)


def next_for(user: Any, pk: int) -> int | None:
    """The report that follows ``pk`` in the reader's queue; never one's own."""
    waiting = verification.reports_to_accept(user)
    if user.person_id:
        waiting = waiting.exclude(~Q(pk=pk), application__person=user.person_id)
    return verification.next_after(waiting, pk)


# --- one report -----------------------------------------------------------------------------------
class TraineeReportPage(TemplateResponseMixin, Page):
    """The report laid out like the paper, beside the document and the order."""

    permission = "training_plans.judge_report"
    template_name = "training_plans/trainee_report.html"
    request: HttpRequest
    kwargs: dict[str, Any]

    def get_permission_object(self) -> TrainingApplication:
        self.thing: TraineeReport = get_object_or_404(
            visible_reports(self.request.user).select_related(
                "application__person",
                "application__post",
                "application__unit",
                "application__provider",
                "application__plan_line__plan__planning_year",
                "accepted_by__person",
                "paper",
            ),
            pk=self.kwargs["pk"],
        )
        return self.thing.application

    def get_title(self) -> str:
        return self.thing.application.person.full_name

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=ReportForm()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report, user = self.thing, self.request.user
        case, on = report.application, today()
        evidence = Evidence.objects.filter(application=case).select_related("provider").first()
        waits = report.state == TraineeReport.State.SENT
        tone, icon = TONES[TraineeReport.State(report.state)]
        form = kwargs["form"]
        return super().get_context_data(**kwargs) | {
            "thing": report,
            "case": case,
            "evidence": evidence,
            "evidence_state": _state_of(evidence),
            "order_line": case.order_lines.filter(
                withdrawn=False, order__kind=Order.Kind.SEND, order__number__isnull=False
            )
            .select_related("order")
            .last(),
            "late": late_mark(case.documents_late_days),
            "state": badge_markup(str(report.get_state_display()), tone, icon),
            "ratings": ratings_of(report),
            "hints": dict(form.hint_fields()),
            "crumbs": [(_("Reports to accept"), reverse("report_queue"))],
            "page_clause": "7.2",
            "waits": waits,
            "refusals": REPORT.refusals(report, "accept", actor=user, on=on) if waits else [],
            "version": version_of(report),
            "skip": next_for(user, report.pk) if waits else None,
            "decisions": REPORT.decisions(report),
            "on": on,
        }

    # -- what the buttons share
    def back(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("trainee_report", args=[self.thing.pk]))

    def verb(self, form: ReportForm) -> TraineeReport:
        raise NotImplementedError

    def send(self, request: HttpRequest, done: Any) -> HttpResponse:
        if self.thing.state != TraineeReport.State.SENT:
            messages.warning(request, gettext("This report has been decided on already."))
            return self.back()
        form = ReportForm(request.POST)
        if form.is_valid():
            try:
                result = self.verb(form)
            except ValidationError as refusal:
                put_into(form, refusal)
                stale = isinstance(refusal, ChangedMeanwhile)
                self.get_permission_object()
                context = self.get_context_data(form=form)
                return self.render_to_response(context, status=409 if stale else 422)
            messages.success(request, done % {"person": result.application.person.full_name})
            following = next_for(request.user, result.pk)
            if following is None:
                return HttpResponseRedirect(reverse("report_queue"))
            return HttpResponseRedirect(reverse("trainee_report", args=[following]))
        return self.render_to_response(self.get_context_data(form=form), status=422)

    @property
    def asked_version(self) -> int:
        given = self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 19 else 0


def _state_of(evidence: Evidence | None) -> SafeString | str:
    if evidence is None:
        return ""
    tone, icon = DOCUMENT_TONES[Evidence.State(evidence.state)]
    return badge_markup(str(evidence.get_state_display()), tone, icon)


def ratings_of(report: TraineeReport) -> list[tuple[str, int | None, list[bool]]]:
    """Label, rating 1–5 and which of the five marks are filled."""
    found = []
    for name in RATINGS:
        given: int | None = getattr(report, name)
        label = str(TraineeReport._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        found.append((label, given, [(given or 0) > n for n in range(BEST_RATING)]))
    return found


class AcceptPage(TraineeReportPage):
    """Accepted and frozen as a paper, then the next report."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.back()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.send(request, _("The report of %(person)s is accepted."))

    def verb(self, form: ReportForm) -> TraineeReport:
        if form.hints or form.cleaned_data.get("reason", "").strip():
            raise ValidationError(
                gettext("Remarks are typed below: return the report with them, or clear them.")
            )
        return verification.accept_report(
            report=self.thing, actor=self.request.user, on=today(), version=self.asked_version
        )


class ReturnPage(TraineeReportPage):
    """Back to the employee with a reason and hints, then the next report."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.back()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.send(
            request, _("Returned to %(person)s; a letter with the reason is on its way.")
        )

    def verb(self, form: ReportForm) -> TraineeReport:
        return verification.return_report(
            report=self.thing,
            reason=form.cleaned_data.get("reason", ""),
            hints=form.hints,
            actor=self.request.user,
            on=today(),
            version=self.asked_version,
        )

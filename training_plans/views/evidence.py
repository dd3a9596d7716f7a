"""HR and the documents handed in: the queue, and one document beside its checklist (3.10, 7.14)."""

from __future__ import annotations

from typing import Any, NamedTuple

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext
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
from interface.scans import PDF
from interface.templatetags.interface import badge_markup
from interface.text import search_words
from staff.domain.history import changes_since
from staff.filters import UnitScope
from staff.models import Post
from staff.views.editing import put_into
from staff.views.files import served
from staff.views.records import twin_url
from training_plans.domain import verification
from training_plans.domain.verification import Check
from training_plans.forms.verification import EvidenceForm, ReturnEvidenceForm
from training_plans.models import Evidence, TrainingApplication
from training_plans.transitions import EVIDENCE
from workflow.calendar import today
from workflow.saving import ChangedMeanwhile, version_of

LATE_WAIT_DAYS = 5
TONES = {
    Evidence.State.DRAFT: ("wait", "pencil"),
    Evidence.State.SENT: ("warn", "hourglass-split"),
    Evidence.State.RETURNED: ("bad", "arrow-return-left"),
    Evidence.State.VERIFIED: ("ok", "check-circle-fill"),
    Evidence.State.WITHDRAWN: ("wait", "x-circle"),
}


def late_mark(days: int) -> SafeString | str:
    """«3 days late» as a mark; empty in time."""
    if not days:
        return ""
    words = ngettext("%(count)s day late", "%(count)s days late", days) % {"count": days}
    return badge_markup(words, "bad", "clock-history")


# --- the queue ------------------------------------------------------------------------------------
class EvidenceTable(ListTable):
    person = Column(_("Employee"), order_by="person__sort_key", fixed=True, width=36)
    unit = Column(_("Unit"), orderable=False, empty_values=(), width=36, classes="roomy")
    topic = Column(_("Topic"), width=44, classes="roomy")
    hours = NumberColumn(_("Hours"))
    ends_on = DateColumn(_("Ended"))
    sent_on = DateColumn(_("Sent on"))
    late = Column(_("Late"), accessor="late_days", order_by="late_days", empty_values=(), width=16)
    case = Column(_("Case"), accessor="application", order_by="application__number", width=16,
                  empty_values=())  # fmt: skip
    state = Column(_("State"), hidden=True, width=20)
    provider = Column(_("Provider"), order_by="provider__search_key", hidden=True, width=36)
    number = Column(_("Document number"), accessor="document_number", hidden=True, width=18)
    starts_on = DateColumn(_("Began"), hidden=True)

    class Meta(ListTable.Meta):
        pass

    def render_person(self, record: Evidence) -> SafeString:
        name = record.person.full_name
        if record.is_my_own:  # type: ignore[attr-defined]
            own = badge_markup(gettext("yours: another inspector"), "info", "person")
            return format_html("{} {}", name, own)
        url = reverse("evidence", args=[record.pk])
        return format_html('<a href="{}">{}</a>', url, name)

    def value_person(self, record: Evidence) -> str:
        return record.person.full_name

    def render_unit(self, record: Evidence) -> str:
        return record.unit_name  # type: ignore[attr-defined,no-any-return]

    def value_unit(self, record: Evidence) -> str:
        return record.unit_name  # type: ignore[attr-defined,no-any-return]

    def render_hours(self, record: Evidence, value: Any) -> Any:
        case = record.application
        if case is None or case.hours is None or case.hours == value:
            return in_figures(value)
        ordered = gettext("ordered: %(hours)s") % {"hours": in_figures(case.hours)}
        return format_html('{} <small class="text-warn">{}</small>', in_figures(value), ordered)

    def value_hours(self, value: Any) -> Any:
        return value

    def render_late(self, value: int) -> Any:
        return late_mark(value) or "–"

    def value_late(self, value: int) -> int:
        return value

    def render_case(self, record: Evidence) -> Any:
        case = record.application
        if case is None:
            return badge_markup(gettext("on one's own"), "wait", "person-workspace")
        return format_html('<a href="{}">{}</a>', reverse("case", args=[case.pk]), case)

    def value_case(self, record: Evidence) -> str:
        return str(record.application or gettext("on one's own"))

    def render_state(self, record: Evidence, value: str) -> SafeString:
        tone, icon = TONES[Evidence.State(record.state)]
        return badge_markup(str(value), tone, icon)

    def value_state(self, value: str) -> str:
        return str(value)


class EvidenceFilter(UnitScope):
    q = django_filters.CharFilter(label=_("Name, topic or document number"), method="matching")
    state = ChoicesFilter(
        label=_("State"),
        choices=[(s.value, s.label) for s in Evidence.State if s != Evidence.State.DRAFT],
    )
    late = YesNoFilter(label=_("Late"), method="being_late")
    own = YesNoFilter(label=_("On one's own"), method="without_a_case")
    sent_from = DateFilter(label=_("Sent from"), field_name="sent_on", lookup_expr="gte")
    sent_to = DateFilter(label=_("Sent until"), field_name="sent_on", lookup_expr="lte")
    first = ("q", "unit", "late", "own")

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        """The unit of the case; on one's own that of a post held today."""
        path = self.by_code[code].path
        here = Post.objects.held(today()).filter(unit__path__startswith=path)
        return queryset.filter(
            Q(application__unit__path__startswith=path)
            | Q(application__isnull=True, person__in=here.values("person"))
        )

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        for word in search_words(text):
            queryset = queryset.filter(
                Q(person__search_key__contains=word)
                | Q(document_key__contains=word)
                | Q(application__search_key__contains=word)
                | Q(topic__icontains=word)
            )
        return queryset

    def being_late(self, queryset: QuerySet[Any], name: str, late: bool) -> QuerySet[Any]:
        return queryset.filter(late_days__gt=0) if late else queryset.filter(late_days=0)

    def without_a_case(self, queryset: QuerySet[Any], name: str, own: bool) -> QuerySet[Any]:
        return queryset.filter(application__isnull=own)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Where no state is asked for: what waits."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("state"):
            return found
        return found.filter(pk__in=verification.evidence_to_verify(self.request.user).values("pk"))


class EvidenceQueuePage(ListPage):
    """What waits for HR: the latest first, then the oldest."""

    name = "evidence_queue"
    template_name = "training_plans/evidence_queue.html"
    permission = "training_plans.verify_evidence"
    title = _("Documents to verify")
    clause = "3.10"
    help_text = _(
        "Hours enter the ledger when the document has been verified. Those handed in late come "
        "first, then the oldest. Your own document is verified by another inspector."
    )
    table_class = EvidenceTable
    filter_class = EvidenceFilter
    nothing_yet = _("No document waits. Everything handed in has been verified.")

    def get_queryset(self) -> QuerySet[Evidence]:
        rows = Evidence.objects.visible_to(self.request.user)
        rows = rows.exclude(state=Evidence.State.DRAFT)
        return verification.with_late_days(rows).order_by("-late_days", "sent_on", "pk")

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("person", "provider", "application__unit")

    def prepare(self, rows: list[Any]) -> None:
        user: Any = self.request.user
        without = [row.person_id for row in rows if row.application is None]
        posts = Post.objects.held(today()).filter(person__in=without).select_related("unit")
        units: dict[int, str] = {}
        for post in posts:
            units.setdefault(post.person_id, post.unit.name)
        for row in rows:
            case = row.application
            row.unit_name = case.unit.name if case else units.get(row.person_id, "–")
            row.is_my_own = row.person_id == user.person_id

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = verification.evidence_to_verify(self.request.user).order_by()
        figures = waiting.aggregate(
            waiting=Count("pk"),
            late=Count("pk", filter=Q(late_days__gt=0)),
            own=Count("pk", filter=Q(application__isnull=True)),
            oldest=Min("sent_on"),
        )
        oldest = figures["oldest"]
        return super().get_context_data(**kwargs) | {
            "figures": figures,
            "waited": (today() - oldest).days if oldest else 0,
            "long_wait": LATE_WAIT_DAYS,
            "first": next_for(self.request.user, 0),
            "late_url": self.url(late="yes"),
            "own_url": self.url(own="yes"),
        }


def next_for(user: Any, pk: int) -> int | None:
    """The document that follows ``pk`` in the reader's queue; never one's own."""
    waiting = verification.evidence_to_verify(user)
    if user.person_id:
        waiting = waiting.exclude(~Q(pk=pk), person=user.person_id)
    return verification.next_after(waiting, pk)


# --- one document ---------------------------------------------------------------------------------
class OfEvidence(Page):
    """A page or a button of one document; ``self.thing``."""

    permission = "training_plans.verify_evidence"
    request: HttpRequest
    kwargs: dict[str, Any]

    def get_permission_object(self) -> Evidence:
        rows = Evidence.objects.visible_to(self.request.user).exclude(state=Evidence.State.DRAFT)
        self.thing: Evidence = get_object_or_404(
            rows.select_related(
                "person",
                "provider",
                "file",
                "record",
                "compared_by__person",
                "application__person",
                "application__unit",
                "application__provider",
                "application__plan_line__plan__planning_year",
            ),
            pk=self.kwargs["pk"],
        )
        return self.thing


class Line(NamedTuple):
    """A line of the checklist: what was ordered, what is typed, what strikes one about it."""

    check: str
    label: str
    ordered: list[tuple[str, Any]]
    fields: list[forms.BoundField]
    tick: forms.BoundField
    reason: forms.BoundField
    findings: list[verification.Finding]

    @property
    def wants_why(self) -> bool:
        return any(finding.wants_why for finding in self.findings)


def checklist(form: EvidenceForm, evidence: Evidence) -> list[Line]:
    found = verification.findings(evidence, on=today())
    said = _as_ordered(evidence)
    return [
        Line(
            check=check.value,
            label=str(check.label),
            ordered=said.get(check, []),
            fields=[form[name] for name in form.inside[check]],
            tick=form[f"tick_{check}"],
            reason=form[f"reason_{check}"],
            findings=[finding for finding in found if finding.check == check],
        )
        for check in Check
    ]


def is_web(url: str) -> bool:
    """Only such addresses become links; what else was typed stays text."""
    return url.startswith(("https://", "http://"))


def _as_ordered(evidence: Evidence) -> dict[Check, list[tuple[str, Any]]]:
    """What the order says, in pieces of kind and text; nothing on one's own."""
    case = evidence.application
    if case is None:
        return {}
    place = ", ".join(filter(None, [case.provider.name if case.provider else "", case.country]))
    return {
        Check.TOPIC: [("text", case.topic), ("text", case.get_area_display())],
        Check.HOURS: [("hours", case.hours)],
        Check.DATES: [("day", case.starts_on), ("day", case.ends_on)],
        Check.PROVIDER: [("text", place)],
    }


class EvidencePage(TemplateResponseMixin, OfEvidence):
    """The picture of the document beside the checklist; what was decided once it is decided."""

    template_name = "training_plans/evidence.html"
    form_class: type[EvidenceForm] = EvidenceForm
    done: Any = ""
    is_return = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=self.make_form()))

    def make_form(self, data: Any = None) -> EvidenceForm:
        return self.form_class(data, instance=self.thing, initial={"compared_on": today()})

    def get_title(self) -> str:
        return self.thing.person.full_name

    # -- what the buttons share
    def verb(self, form: EvidenceForm) -> Evidence:
        raise NotImplementedError

    def send(self, request: HttpRequest) -> HttpResponse:
        self.meanwhile: list[Any] = []
        if self.thing.state != Evidence.State.SENT:
            messages.warning(request, gettext("This document has been decided on already."))
            return self.back()
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.again(form, 422)
        try:
            with transaction.atomic():
                result = self.verb(form)
        except ChangedMeanwhile as refusal:
            asked = self.asked_version
            self.get_permission_object()
            self.meanwhile = changes_since(self.thing, version=asked, reader=request.user)
            form.add_error(None, refusal)
            return self.again(form, 409)
        except ValidationError as refusal:
            put_into(form, refusal)
            return self.again(form, 422)
        return self.onward(result)

    def again(self, form: EvidenceForm, status: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def back(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("evidence", args=[self.thing.pk]))

    def onward(self, result: Evidence) -> HttpResponse:
        """To the next document of the queue; to the queue where none waits."""
        messages.success(self.request, self.done % {"person": result.person.full_name})
        following = next_for(self.request.user, result.pk)
        if following is None:
            return HttpResponseRedirect(reverse("evidence_queue"))
        return HttpResponseRedirect(reverse("evidence", args=[following]))

    @property
    def asked_version(self) -> int:
        given = self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 19 else 0

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        evidence, user = self.thing, self.request.user
        form = kwargs["form"]
        waits = evidence.state == Evidence.State.SENT
        meanwhile = getattr(self, "meanwhile", [])
        case = evidence.application
        keep = form.is_bound and not meanwhile and self.asked_version
        post = Post.objects.held(today()).filter(person=evidence.person).select_related("unit")
        tone, icon = TONES[Evidence.State(evidence.state)]
        return super().get_context_data(**kwargs) | {
            "thing": evidence,
            "case": case,
            "post": post.first(),
            "late": late_mark(case.documents_late_days) if case else "",
            "state": badge_markup(str(evidence.get_state_display()), tone, icon),
            "waits": waits,
            "page_clause": "3.10",
            "crumbs": [(_("Documents to verify"), reverse("evidence_queue"))],
            "lines": checklist(form, evidence) if waits else [],
            "version": self.asked_version if keep else version_of(evidence),
            "meanwhile": meanwhile,
            "twin_url": twin_url(form) if form.is_bound else "",
            "is_return": self.is_return,
            "issuer_url": evidence.verify_url if is_web(evidence.verify_url) else "",
            "is_pdf": evidence.file is not None and evidence.file.content_type == PDF,
            "hint_url": reverse("record_hint", args=[evidence.person_id]),
            "skip": next_for(user, evidence.pk) if waits else None,
            "decisions": EVIDENCE.decisions(evidence),
            "cancelled": case is not None and case.state not in TrainingApplication.AFTER_ORDER,
            "on": today(),
        }


class CorrectPage(EvidencePage):
    """Keeps what HR put right without deciding yet."""

    done = _("Corrected: %(person)s. The document still waits to be verified.")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.back()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.send(request)

    def verb(self, form: EvidenceForm) -> Evidence:
        return verification.correct_evidence(
            evidence=self.thing,
            values=form.values_with_provider(self.request.user),
            actor=self.request.user,
            on=today(),
            version=self.asked_version,
        )

    def onward(self, result: Evidence) -> HttpResponse:
        messages.success(self.request, self.done % {"person": result.person.full_name})
        return self.back()


class VerifyPage(EvidencePage):
    """Into the ledger, then the next document."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.back()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.send(request)

    def verb(self, form: EvidenceForm) -> Evidence:
        return verification.verify_evidence(
            evidence=self.thing,
            values=form.values_with_provider(self.request.user),
            ticked=form.ticked,
            reasons=form.reasons,
            compared_on=form.cleaned_data.get("compared_on"),
            kept_at=form.cleaned_data.get("kept_at", ""),
            actor=self.request.user,
            on=today(),
            version=self.asked_version,
        )

    def onward(self, result: Evidence) -> HttpResponse:
        self.done = format_html(
            '{} <a href="{}">{}</a>',
            gettext("In the ledger: %(person)s.") % {"person": result.person.full_name},
            reverse("record", args=[result.record_id]),
            gettext("The training record"),
        )
        messages.success(self.request, self.done)
        following = next_for(self.request.user, result.pk)
        where = reverse("evidence", args=[following]) if following else reverse("evidence_queue")
        return HttpResponseRedirect(where)


class ReturnPage(EvidencePage):
    """Back to the employee with a reason, then the next document."""

    form_class = ReturnEvidenceForm
    done = _("Returned to %(person)s; a letter with the reason is on its way.")
    is_return = True

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.back()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.send(request)

    def verb(self, form: EvidenceForm) -> Evidence:
        return verification.return_evidence(
            evidence=self.thing,
            reason=form.return_reason,
            actor=self.request.user,
            on=today(),
            version=self.asked_version,
        )


class EvidencePicture(OfEvidence):
    """The document itself, drawn into the page or opened beside it; for who verifies it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        evidence = self.thing
        if evidence.file is None:
            raise Http404
        number = slugify(evidence.document_number, allow_unicode=True)
        name = " ".join(filter(None, [evidence.person.short_name, number]))
        return served(request, evidence.file, name=name, inline="save" not in request.GET)

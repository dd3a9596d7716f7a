"""The page of a case: where it stands, clocks, papers, history, and what is mine to do (7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin

from interface.pages import Page
from staff.models import Person
from staff.views.editing import EditPage, is_safe
from training_plans.domain import route
from training_plans.domain.application_checks import applies_late, overlaps
from training_plans.domain.case_file import CaseFile, Paper, counted, milestones, papers_of, read
from training_plans.domain.clocks import clocks_of
from training_plans.forms.cases import DecisionForm
from training_plans.models import (
    CaseRules,
    Contract,
    Evidence,
    Order,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from training_plans.transitions import APPLICATION
from workflow.calendar import today
from workflow.models import CalendarException
from workflow.transitions import Refusal

from .case_links import link

State = TrainingApplication.State


def visible_case(request: HttpRequest, pk: int) -> TrainingApplication:
    """The case with what its page says of it, as far as the account may see it; else 404."""
    rows = TrainingApplication.objects.visible_to(request.user).select_related(
        "person",
        "post",
        "unit",
        "provider",
        "plan_line__plan__planning_year",
        "amendment_item__amendment",
        "group",
        "replaced_by",
        "filed_by__person",
        "late_admitted_by__person",
    )
    return get_object_or_404(rows, pk=pk)


class CasePage(TemplateResponseMixin, Page):
    """A case is one page."""

    permission = "training_plans.view_case"
    template_name = "training_plans/case.html"

    def get_permission_object(self) -> TrainingApplication:
        self.case = visible_case(self.request, self.kwargs["pk"])
        return self.case

    def get_title(self) -> str:
        return self.case.topic

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case, user, on = self.case, self.request.user, today()
        file = read(case)
        papers = papers_of(file, on)
        there, owed = counted(papers)
        acts = list(Acts(file, user, on))
        return super().get_context_data(**kwargs) | {
            "case": case,
            "file": file,
            "milestones": milestones(file, on),
            "papers": [(paper, _paper_url(paper, file, user)) for paper in papers],
            "papers_there": there,
            "papers_owed": owed,
            "clocks": clocks_of(
                file,
                rules=CaseRules.in_force(),
                calendar=CalendarException.as_mapping(),
                on=on,
            ),
            "main_acts": [act for act in acts if act.is_main],
            "other_acts": [act for act in acts if not act.is_main],
            "turn": turn_of(file),
            "for_whom": self._for_whom(file),
            "costs": [
                (capfirst(case._meta.get_field(name).verbose_name), amount)  # type: ignore[union-attr, arg-type]
                for name, amount in case.costs.items()
                if amount
            ],
            "overlaps": overlaps(case) if case.state in TrainingApplication.BEFORE_ORDER else [],
            "remark": self._remark(),
            "decisions": self.decisions,
            "on": on,
            "crumbs": [(_("Cases"), reverse("case_list")), (case.number_text or _("draft"), "")],
        }

    @property
    def decisions(self) -> list[Any]:
        if not hasattr(self, "_decisions"):
            self._decisions = APPLICATION.decisions(self.case)
        return self._decisions

    def _remark(self) -> str:
        """Why it was returned or refused, in the words of who did so."""
        if self.case.state not in (State.RETURNED, State.REJECTED):
            return ""
        names = ("return", "reject")
        return next((d.reason for d in self.decisions if d.transition in names), "")

    def _for_whom(self, file: CaseFile) -> Any:
        """Whom the reader would sign for, where a substitute."""
        if file.waiting is None:
            return None
        file.waiting.application = self.case
        capacity = route.capacity_for(file.waiting, actor=self.request.user, on=today())
        return capacity.on_behalf_of if capacity else None


def turn_of(file: CaseFile) -> str:
    """Whose turn it is, in a sentence; empty where nobody else's."""
    step = file.waiting
    if step is None:
        return _turn_after_the_visas(file)
    office = capfirst(step.get_kind_display())
    leader: Person | None = None
    if step.unit is not None:
        is_head = step.kind == RouteStep.Kind.HEAD
        leader = step.unit.head if is_head else step.unit.supervising_vice_rector
    who = f"{office} ({leader.short_name})" if leader else office
    return gettext("It is the turn of: %(who)s.") % {"who": who}


def _turn_after_the_visas(file: CaseFile) -> str:
    """Who has what was handed in; empty where nothing lies with anybody."""
    evidence, report = file.evidence, file.report
    if evidence is not None and evidence.state == Evidence.State.SENT:
        if report is not None and report.state == TraineeReport.State.SENT:
            return gettext("HR verifies the certificate, the Centre reads the report.")
        return gettext("HR verifies the certificate.")
    if report is not None and report.state == TraineeReport.State.SENT:
        return gettext("The Centre reads the report.")
    return ""


def _paper_url(paper: Paper, file: CaseFile, user: Any) -> str:
    """Where a paper is read; empty where there is nothing to open, or not for this reader."""
    case, of = file.application, paper.of
    if paper.name == "application":
        return link("paper", of.token) if of else link("application_draft_paper", case.pk)
    if of is None:
        return ""
    if paper.name == "attachment":
        return link("application_attachment", of.pk) if of.may_be_read_by(user) else ""
    if paper.name == "amendment":
        return link("amendment", of.pk)
    if paper.name == "order":
        is_draft = of.state == Order.State.DRAFT
        may = not is_draft or user.has_perm("training_plans.issue_order")
        return link("order", of.pk) if may else ""
    if paper.name == "contract":
        may = user.has_perm("training_plans.view_contract", of)
        return link("contract", of.pk) if may else ""
    if paper.name == "certificate":
        return _evidence_url(of, case, user)
    if paper.name == "report":
        return _report_url(of, case, user)
    return link("record", of.pk) if user.has_perm("staff.view_record", of) else ""


def _evidence_url(evidence: Evidence, case: TrainingApplication, user: Any) -> str:
    if evidence.person_id == user.person_id and evidence.can_be_edited:
        return link("hand_in", case.pk)
    if user.has_perm("training_plans.verify_evidence", evidence):
        return link("evidence", evidence.pk)
    may = evidence.file_id and user.has_perm("training_plans.view_evidence", evidence)
    return link("evidence_file", evidence.pk) if may else ""


def _report_url(report: TraineeReport, case: TrainingApplication, user: Any) -> str:
    if case.person_id == user.person_id and report.can_be_edited:
        return link("hand_in", case.pk)
    if user.has_perm("training_plans.judge_report", report):
        return link("trainee_report", report.pk)
    return link("paper", report.paper.token) if report.paper else ""


# --- what is mine to do ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Act:
    """A button. ``post``: pressed at once; else a page. With ``reasons`` it is shown disabled."""

    label: Any
    url: str
    tone: str = "plain"
    post: bool = False
    reasons: tuple[str, ...] = ()
    icon: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    words: str = ""

    @property
    def is_main(self) -> bool:
        return self.tone == "main"


class Acts:
    """The buttons a reader has on a case now, or could have: what is mine first."""

    def __init__(self, file: CaseFile, user: Any, on: Any) -> None:
        self.file, self.user, self.on = file, user, on
        self.case = file.application
        self.is_mine = user.person_id is not None and user.person_id == self.case.person_id

    def __iter__(self) -> Iterator[Act]:
        found = [
            *self._visa(),
            *self._writing(),
            *self._ordering(),
            *self._contract(),
            *self._documents(),
            *self._ending(),
        ]
        return iter(act for act in found if act.url)

    def _may(self, permission: str, thing: Any = None) -> bool:
        return bool(self.user.has_perm(f"training_plans.{permission}", thing or self.case))

    def _reasons(self, name: str) -> list[Refusal] | None:
        """What stands in the way; ``None`` where the button is none of this reader's now."""
        if self.case.state not in APPLICATION.by_name[name].sources:
            return None
        refusals = APPLICATION.refusals(self.case, name, actor=self.user, on=self.on)
        if any(refusal.because == "permission" for refusal in refusals):
            return None
        return refusals

    def _visa(self) -> Iterator[Act]:
        step = self.file.waiting
        if step is None or not self._may("decide_step"):
            return
        step.application = self.case
        name = route.transition_of(step, "agree")
        refusals = self._reasons(name) or []
        fields = (("step", str(step.pk)),)
        yield Act(
            APPLICATION.by_name[name].label,
            link("case_decide", self.case.pk, "agree"),
            "main",
            post=True,
            reasons=tuple(map(str, refusals)),
            icon="check-lg",
            fields=fields,
        )
        yield Act(
            APPLICATION.by_name["return"].label,
            link("case_decide", self.case.pk, "return", step=step.pk),
            icon="arrow-return-left",
        )
        yield Act(
            APPLICATION.by_name["reject"].label,
            link("case_decide", self.case.pk, "reject", step=step.pk),
            "danger",
        )

    def _writing(self) -> Iterator[Act]:
        """While it is written: complete, consent, send; late ones ask, the Centre admits."""
        case = self.case
        if case.state not in TrainingApplication.EDITABLE:
            return
        if self.is_mine and self.file.consent is None:
            yield Act(
                _("I agree to the use of my personal data"),
                link("application_consent", case.pk),
                "main",
                post=True,
                icon="shield-check",
                words=gettext(
                    "Collection and use of the data this training needs; given once, it can be "
                    "withdrawn."
                ),
            )
        refusals = self._reasons("submit")
        is_returned = case.state == State.RETURNED  # first corrected, then sent
        if refusals is not None:
            yield Act(
                _("Send the application"),
                link("application_send", case.pk),
                "plain" if is_returned else "main",
                post=True,
                reasons=tuple(map(str, refusals)),
                icon="send",
            )
            late = applies_late(case, self.on) and case.late_admitted_on is None
            if late and case.late_asked_on is None and case.starts_on and case.starts_on > self.on:
                yield Act(
                    _("Ask the Centre to admit it late"), link("application_ask_late", case.pk)
                )
            yield Act(
                _("Change the application"),
                link("application_edit", case.pk),
                "main" if is_returned else "plain",
                icon="pencil",
            )
            yield Act(_("Add a paper"), link("application_attach", case.pk), icon="paperclip")
        asked = case.late_asked_on is not None and case.late_admitted_on is None
        if asked and self._may("admit_late"):
            yield Act(
                _("Admit the late application"),
                link("application_admit", case.pk),
                "main",
                icon="door-open",
                words=case.late_reason,
            )

    def _ordering(self) -> Iterator[Act]:
        """Order, acquaintance, change, cancellation, interruption."""
        case, file = self.case, self.file
        for line in file.issued:
            due = line.order.kind != Order.Kind.CANCEL and line.acquainted_on is None
            if due and self.is_mine and line.order.is_in_force:
                yield Act(
                    gettext("I have read order № %(number)s") % {"number": line.order.number_text},
                    link("order_acquaint", line.pk),
                    "main",
                    post=True,
                    icon="check2-square",
                )
        may_order = self.user.has_perm("training_plans.issue_order")
        if may_order and case.state in (State.SUBMITTED, State.ENDORSED, State.APPROVED):
            if file.draft is not None:
                yield Act(
                    _("The order being drafted"),
                    link("order", file.draft.order_id),
                    "main",
                    icon="file-earmark-text",
                )
            else:
                ready = case.state == State.APPROVED
                yield Act(
                    _("Draft the order"),
                    link("order_new", case=case.pk),
                    "main" if ready else "plain",
                    reasons=() if ready else (gettext("The rector's visa is missing (7.1)."),),
                    icon="file-earmark-plus",
                )
        if case.state != State.ORDERED:
            return
        sent = file.order
        if may_order and sent is not None and file.draft is None:
            tone = "main" if case.interrupted_on else "plain"
            yield Act(_("Change the order"), link("order_change", sent.order_id), tone)
            yield Act(_("Cancel the order"), link("order_cancel", sent.order_id), "danger")
        elif may_order and file.draft is not None:
            yield Act(_("The order being drafted"), link("order", file.draft.order_id), "main")
        running = case.interrupted_on is None and not (case.ends_on and case.ends_on < self.on)
        if running and self._may("interrupt"):
            yield Act(_("The training was interrupted"), link("case_interrupt", case.pk), "danger")

    def _contract(self) -> Iterator[Act]:
        contract = self.file.contract
        if contract is None or not self._may("keep_contract", contract):
            return
        labels = {
            Contract.State.DRAFT: _("Draw up the contract"),
            Contract.State.ISSUED: _("Enter the signed contract"),
            Contract.State.REFUND_DUE: _("Follow the refund"),
        }
        label = labels.get(Contract.State(contract.state))
        if label is not None:
            yield Act(label, link("contract", contract.pk), "main", icon="pen")

    def _documents(self) -> Iterator[Act]:
        case, file = self.case, self.file
        evidence, report = file.evidence, file.report
        if case.state == State.ORDERED and self.is_mine:
            reasons = []
            if case.interrupted_on is not None:
                reasons.append(gettext("The training is interrupted: HR changes the order first."))
            elif case.ends_on is not None and case.ends_on > self.on:
                reasons.append(
                    gettext("The training ends on %(day)s; hand them in after that (7.2).")
                    % {"day": date_format(case.ends_on, "SHORT_DATE_FORMAT")}
                )
            if reasons:  # the page itself is open: one may begin the report earlier
                yield Act(
                    _("Certificate and report"),
                    link("hand_in", case.pk),
                    words=" ".join(reasons),
                    icon="journal-text",
                )
            else:
                remarks = [
                    part.remark
                    for part in (evidence, report)
                    if part is not None and part.state == "returned"
                ]
                yield Act(
                    _("Your documents were returned: correct them")
                    if remarks
                    else _("Hand in the certificate and the report"),
                    link("hand_in", case.pk),
                    "main",
                    icon="camera",
                    words=" ".join(remarks),
                )
        elif (
            case.state == State.ORDERED
            and case.documents_due_on is not None
            and case.documents_due_on < self.on
            and case.interrupted_on is None
            and self._may("hand_in_document", case)
        ):  # somebody brought the paper itself to HR
            yield Act(_("Hand in for the employee"), link("hand_in", case.pk), icon="camera")
        waits = evidence is not None and evidence.state == Evidence.State.SENT
        if evidence is not None and waits and self._may("verify_evidence", evidence):
            yield Act(
                _("Verify the certificate"),
                link("evidence", evidence.pk),
                "main",
                icon="patch-check",
            )
        waits = report is not None and report.state == TraineeReport.State.SENT
        if report is not None and waits and self._may("judge_report", report):
            yield Act(
                _("Read and accept the report"),
                link("trainee_report", report.pk),
                "main",
                icon="journal-check",
            )

    def _ending(self) -> Iterator[Act]:
        """Close; or withdraw and call off before the order."""
        refusals = self._reasons("close")
        if refusals is not None:
            yield Act(
                APPLICATION.by_name["close"].label,
                link("case_close", self.case.pk),
                "main",
                post=True,
                reasons=tuple(map(str, refusals)),
                icon="check-circle",
            )
        pages = {"withdraw": "application_withdraw", "call_off": "application_call_off"}
        for name, page in pages.items():
            refusals = self._reasons(name)
            if refusals is not None:
                yield Act(
                    APPLICATION.by_name[name].label,
                    link(page, self.case.pk),
                    "danger",
                    reasons=tuple(map(str, refusals)),
                )


# --- deciding -------------------------------------------------------------------------------------
DONE = {
    "agree": _("Agreed."),
    "return": _("Returned to the employee with your reason."),
    "reject": _("Refused."),
}


class CaseDecidePage(EditPage):
    """One answer of one step. Agreeing is one click; the others want a reason.

    ``step`` travels with the button, so a second click never decides the step after it.
    """

    permission = "training_plans.view_case"
    template_name = "components/confirm.html"
    form_class = DecisionForm
    clause = "7.1"
    thing: Any

    def find(self) -> TrainingApplication:
        if self.kwargs["answer"] not in DONE:
            raise Http404
        return visible_case(self.request, self.kwargs["pk"])

    @property
    def answer(self) -> Any:
        return self.kwargs["answer"]

    def get_title(self) -> Any:
        return {
            "agree": _("Agree"),
            "return": _("Return with a reason"),
            "reject": _("Refuse the application"),
        }[self.answer]

    def step(self) -> RouteStep | None:
        """The step the button was made for; else the one that waits."""
        asked = self.request.POST.get("step") or self.request.GET.get("step") or ""
        if asked.isdecimal() and len(asked) < 19:
            found: RouteStep | None = self.thing.steps.filter(pk=int(asked)).first()
            return found
        return route.current(self.thing)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        step = self.step()
        if self.answer == "agree" or step is None:
            return HttpResponseRedirect(self.after(None))
        refusals = route.refusals_of(step, self.answer, actor=self.actor, on=self.on)
        if refusals:
            for refusal in refusals:
                messages.error(request, str(refusal))
            return HttpResponseRedirect(self.after(None))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.answer != "agree":
            return super().post(request, *args, **kwargs)
        try:
            self._decide("")
        except ValidationError as refusal:
            for sentence in refusal.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, self.done)
        return HttpResponseRedirect(self.next_url(None))

    def verb(self, form: forms.Form) -> TrainingApplication:
        return self._decide(form.cleaned_data["reason"])

    def _decide(self, reason: str) -> TrainingApplication:
        step = self.step()
        if step is None:
            raise ValidationError(
                _("Nothing waits to be decided here any more. Open the case again and look.")
            )
        self.done = DONE[self.answer]
        return route.decide(
            step=step, answer=self.answer, actor=self.actor, on=self.on, reason=reason
        )

    def after(self, result: Any) -> str:
        """The case, as long as one may see it; a substitute may not any more."""
        rows = TrainingApplication.objects.visible_to(self.request.user)
        if rows.filter(pk=self.thing.pk).exists():
            return reverse("case", args=[self.thing.pk])
        return reverse("case_queue")

    def next_url(self, result: Any) -> str:
        asked = self.request.POST.get("next") or self.request.GET.get("next") or ""
        return asked if is_safe(self.request, asked) else self.after(result)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case = self.thing
        consequences = (
            [
                gettext("The employee reads your reason, corrects the application and sends it."),
                gettext("All visas begin anew then."),
            ]
            if self.answer == "return"
            else [
                gettext("The application ends here; the line of the plan is free again."),
                gettext("The employee reads your reason. It stays in the case."),
            ]
        )
        return super().get_context_data(**kwargs) | {
            "sentence": f"{case.person.full_name}: «{case.topic}»",
            "consequences": consequences,
            "harmless": self.answer == "return",
            # «Cancel» and «Refuse» are one word in Kazakh: the buttons say what each does.
            "submit": _("Return with a reason")
            if self.answer == "return"
            else _("Refuse the application"),
            "cancel": _("Go back"),
            "crumbs": [
                (_("Cases"), reverse("case_list")),
                (case.number_text, reverse("case", args=[case.pk])),
            ],
        }


class CaseClosePage(Page):
    """One click on the case's page, where both have accepted and the contract is signed."""

    permission = "training_plans.close_case"
    http_method_names = ["post"]

    def get_permission_object(self) -> TrainingApplication:
        self.case = visible_case(self.request, self.kwargs["pk"])
        return self.case

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        on = today()

        def note_the_day(case: TrainingApplication) -> None:
            case.closed_on = on

        try:
            APPLICATION.apply(self.case, "close", actor=request.user, on=on, effect=note_the_day)
        except ValidationError as refusal:
            for sentence in refusal.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, _("The case is closed."))
        return HttpResponseRedirect(reverse("case", args=[pk]))

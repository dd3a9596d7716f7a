"""Amendments: written by the Centre, approved by the approver, read by who sees the plan (5.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import Page
from interface.text import search_key
from staff.views.editing import EditPage
from staff.views.files import served
from training_plans.domain import amendments
from training_plans.domain.changes import refusals_of_line, refusals_of_plan
from training_plans.domain.versions import Line, before_and_after
from training_plans.forms.amendments import AmendmentItemForm, ReasonForm
from training_plans.models import (
    Amendment,
    AmendmentItem,
    Plan,
    PlanLine,
    PlanVersion,
    sees_all_planning,
)
from training_plans.transitions import AMENDMENT
from workflow.calendar import today
from workflow.files import KeepsScans
from workflow.models import Decision, StoredFile
from workflow.transitions import Refusal

from .versions import (
    CHANGE_LOOKS,
    OfPlan,
    Told,
    changes_by_amendment,
    counted_changes,
    in_rows,
    plan_of,
    told,
)

Change = AmendmentItem.Change
LINES_FOUND = 25
TONES = {
    Amendment.State.DRAFT: ("wait", "pencil"),
    Amendment.State.IN_AGREEMENT: ("info", "hourglass-split"),
    Amendment.State.APPROVED: ("ok", "check-circle-fill"),
    Amendment.State.WITHDRAWN: ("wait", "x-circle"),
}


# --- the list -----------------------------------------------------------------------------------
class AmendmentListPage(OfPlan):
    title = _("Amendments of the plan")
    clause = "5.5"
    template_name = "training_plans/amendment_list.html"
    help_text = _(
        "After approval the plan changes by amendments only: each change with its production "
        "reason and paper. An approved amendment gives the next version of the plan."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = list(
            Amendment.objects.filter(plan=self.plan).select_related("version").order_by("-number")
        )
        counts = changes_by_amendment(self.plan)
        decided = _last_decisions(rows)
        for row in rows:
            row.changes = counted_changes(counts.get(row.pk, {}))
            row.tone, row.icon = TONES[Amendment.State(row.state)]
            row.decision = decided.get(row.pk)
        return super().get_context_data(**kwargs) | {
            "amendments": rows,
            "may_build": self.user.has_perm("training_plans.build_plan"),
            "refusals": refusals_of_plan(self.plan),
        }


def _last_decisions(rows: list[Amendment]) -> dict[int, Decision]:
    found = Decision.objects.filter(
        subject_type__app_label="training_plans",
        subject_type__model="amendment",
        subject_id__in=[row.pk for row in rows],
    ).select_related("actor__person")
    return {decision.subject_id: decision for decision in found.order_by("pk")}


class AmendmentOpenPage(Page):
    """One click: the draft amendment of the year, opened where there is none."""

    permission = "training_plans.build_plan"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, year: int) -> HttpResponse:
        try:
            found = amendments.open_amendment(plan=plan_of(year), actor=request.user, on=today())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return HttpResponseRedirect(reverse("amendment_list", args=[year]))
        return HttpResponseRedirect(reverse("amendment", args=[found.pk]))


# --- one amendment ------------------------------------------------------------------------------
@dataclass
class Card:
    """One change as the page shows it."""

    item: AmendmentItem
    tone: str
    icon: str
    before: Line | None
    after: Line | None
    told: list[Told] = field(default_factory=list)
    whole: dict[str, Any] | None = None
    refusals: list[Refusal] = field(default_factory=list)


def cards_of(amendment: Amendment, items: list[AmendmentItem]) -> list[Card]:
    """What each change says; of an approved amendment as it was frozen in the change sheet."""
    frozen = _frozen(amendment)
    cards = []
    for item in items:
        before, after = frozen[item.pk] if item.pk in frozen else before_and_after(item)
        card = Card(item, *CHANGE_LOOKS[Change(item.change)], before, after)
        if before and after:
            card.told = told(before, after)
        elif line := after or before:
            card.whole = in_rows(line)
        if item.line and amendment.state in (Amendment.State.DRAFT, Amendment.State.IN_AGREEMENT):
            card.refusals = refusals_of_line(item.line, item.change)
        cards.append(card)
    return cards


def _frozen(amendment: Amendment) -> dict[int, tuple[Line | None, Line | None]]:
    version = PlanVersion.objects.filter(amendment=amendment).select_related("change_sheet").first()
    if version is None or version.change_sheet is None:
        return {}
    rows = version.change_sheet.data["changes"]
    return {row["item"]: (row["before"], row["after"]) for row in rows}


def cost_difference(cards: list[Card]) -> Decimal:
    """Tenge the plan gets dearer by (less than nothing: cheaper), all sources together."""
    total = Decimal(0)
    for card in cards:
        total += Decimal((card.after or {}).get("cost") or 0)
        total -= Decimal((card.before or {}).get("cost") or 0)
    return total


class OfAmendment(Page):
    """A page about one amendment of a plan one may see."""

    permission = "training_plans.view_plan"
    request: HttpRequest
    kwargs: dict[str, Any]
    thing: Any

    def get_permission_object(self) -> Amendment:
        rows = Amendment.objects.select_related("plan__planning_year")
        self.thing = self.amendment = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.user: Any = self.request.user
        return self.amendment

    @property
    def year(self) -> int:
        return self.amendment.plan.planning_year.year

    def crumbs(self, *, with_itself: bool = True) -> list[tuple[Any, str]]:
        found = [
            (_("Planning"), reverse("planning")),
            (str(self.year), reverse("planning_year", args=[self.year])),
            (_("Amendments of the plan"), reverse("amendment_list", args=[self.year])),
        ]
        if with_itself:
            found.append((self.name, reverse("amendment", args=[self.amendment.pk])))
        return found

    @property
    def name(self) -> str:
        words = {"number": self.amendment.number, "year": self.year}
        return gettext("Amendment No. %(number)s to the plan of %(year)s") % words


class AmendmentPage(OfAmendment, TemplateView):
    """Where it stands, what it changes, what it rests on, and what I may do with it."""

    clause = "5.5"
    template_name = "training_plans/amendment.html"

    def get_title(self) -> str:
        return self.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        amendment, on = self.amendment, today()
        everything = amendment.items.standing().with_related()
        items = list(everything.visible_to(self.user))
        cards = cards_of(amendment, items)
        offers = AMENDMENT.offers(amendment, actor=self.user, on=on)
        may_build = self.user.has_perm("training_plans.build_plan")
        sees_all = sees_all_planning(self.user)
        decisions = AMENDMENT.decisions(amendment)
        tone, icon = TONES[Amendment.State(amendment.state)]
        return super().get_context_data(**kwargs) | {
            "amendment": amendment,
            "year": self.year,
            "crumbs": self.crumbs(with_itself=False),
            "tone": tone,
            "icon": icon,
            "cards": cards,
            "sees_all": sees_all,
            "more_than_seen": not sees_all and everything.count() > len(items),
            "cost": cost_difference(cards),
            "counts": counted_changes(changes_by_amendment(amendment.plan).get(amendment.pk, {})),
            "offers": offers,
            "may_write": may_build and amendment.state == Amendment.State.DRAFT,
            "decisions": decisions,
            "version": PlanVersion.objects.filter(amendment=amendment)
            .select_related("paper", "change_sheet")
            .defer("paper__data")
            .first(),
            "newer": self._newer(decisions),
            "withdrawn_items": amendment.items.filter(withdrawn=True).count() if may_build else 0,
        }

    def _newer(self, decisions: list[Decision]) -> list[int]:
        """Versions of the plan approved since this amendment was last submitted."""
        if self.amendment.state != Amendment.State.IN_AGREEMENT:
            return []
        submitted = next((d for d in decisions if d.transition == "submit"), None)
        if submitted is None:
            return []
        newer = self.amendment.plan.versions.filter(paper__created_at__gt=submitted.decided_at)
        return sorted(newer.values_list("number", flat=True))


class AmendmentSubmitPage(OfAmendment):
    """One click on the amendment's page; a refusal is said there."""

    permission = "training_plans.build_plan"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            amendments.submit(amendment=self.amendment, actor=request.user, on=today())
        except ValidationError as refusal:
            for sentence in refusal.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, _("The amendment is submitted for approval."))
        return HttpResponseRedirect(reverse("amendment", args=[pk]))


class _Decide(OfAmendment, EditPage):
    """A decision that wants its reason."""

    template_name = "components/confirm.html"
    form_class: type[forms.BaseForm] = ReasonForm
    clause = "5.5"
    thing: Any

    def after(self, result: Any) -> str:
        return reverse("amendment", args=[self.amendment.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": self.crumbs(),
            "sentence": self.name,
        }


class AmendmentReturnPage(_Decide):
    permission = "training_plans.approve_plan"
    title = _("Return the amendment with a remark")
    submit = _("Return")
    done = _("The amendment is returned to the Centre.")

    def verb(self, form: forms.Form) -> Amendment:
        return amendments.give_back(
            amendment=self.amendment,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "harmless": True,
            "consequences": [gettext("It becomes a draft again; the Centre reads your remark.")],
        }


class AmendmentWithdrawPage(_Decide):
    permission = "training_plans.build_plan"
    title = _("Withdraw the amendment")
    submit = _("Withdraw")
    done = _("The amendment is withdrawn.")

    def verb(self, form: forms.Form) -> Amendment:
        return amendments.withdraw(
            amendment=self.amendment,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "consequences": [
                gettext("The plan stays as it is."),
                gettext("What was written stays readable under its number, with your reason."),
            ],
        }


class SeenForm(forms.Form):
    """What the approver looked at travels with the button."""

    amendment = forms.IntegerField(widget=forms.HiddenInput())
    plan = forms.IntegerField(widget=forms.HiddenInput())


class AmendmentApprovePage(_Decide):
    permission = "training_plans.approve_plan"
    template_name = "training_plans/amendment_approve.html"
    title = _("Approve the amendment")
    submit = _("Approve")
    form_class = SeenForm

    def form_arguments(self) -> dict[str, Any]:
        seen = amendments.seen_now(self.amendment)
        return {"initial": {"amendment": seen.amendment, "plan": seen.plan}}

    def verb(self, form: forms.Form) -> PlanVersion:
        seen = amendments.Seen(form.cleaned_data["amendment"], form.cleaned_data["plan"])
        version = amendments.approve(
            amendment=self.amendment, actor=self.actor, on=self.on, seen=seen
        )
        self.done = gettext("Approved: version %(number)s of the plan is in force.") % {
            "number": version.number
        }
        return version

    def show(self, form: Any, status: int = 200) -> HttpResponse:
        """After a refusal the page shows what is so now; pressing again approves that."""
        if status != 200:
            self.refused = [error for errors in form.errors.values() for error in errors]
            self.get_permission_object()
            form = self.make_form()
        return super().show(form, status)

    refused: list[str] = []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        items = list(self.amendment.items.standing().with_related())
        cards = cards_of(self.amendment, items)
        stands = AMENDMENT.refusals(self.amendment, "approve", actor=self.user, on=self.on)
        return super().get_context_data(**kwargs) | {
            "amendment": self.amendment,
            "cards": cards,
            "cost": cost_difference(cards),
            "next_version": self.amendment.plan.version + 1,
            "refused": self.refused,
            "stands_in_the_way": stands,
        }


# --- writing changes ----------------------------------------------------------------------------
class AmendmentAddPage(OfPlan):
    """What is to change: somebody added, or a line looked for and chosen."""

    permission = "training_plans.build_plan"
    title = _("Write a change of the plan")
    clause = "5.5"
    template_name = "training_plans/amendment_add.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("q", "")
        found = list(self._lines(asked)[: LINES_FOUND + 1]) if search_key(asked) else []
        rows = [(line, refusals_of_line(line, Change.REPLACE)) for line in found[:LINES_FOUND]]
        return super().get_context_data(**kwargs) | {
            "q": asked,
            "rows": rows,
            "more": len(found) > LINES_FOUND,
            "refusals": refusals_of_plan(self.plan),
            "crumbs": [
                *self.crumbs(),
                (_("Amendments of the plan"), reverse("amendment_list", args=[self.year])),
            ],
        }

    def _lines(self, asked: str) -> QuerySet[PlanLine]:
        lines = self.plan.lines.planned().matching(asked)
        return lines.select_related("person", "unit", "provider").order_by("person__sort_key", "pk")


class _Write(KeepsScans, EditPage):
    """The form of one change; a scan judged good is kept while the rest is put right."""

    permission = "training_plans.build_plan"
    template_name = "training_plans/amendment_item.html"
    form_class = AmendmentItemForm
    clause = "5.5"
    plan: Plan
    change: str
    line: PlanLine | None
    thing: Any
    item: AmendmentItem | None = None

    @property
    def year(self) -> int:
        return self.plan.planning_year.year

    def get_title(self) -> str:
        titles = {
            Change.ADD: gettext("Add to the plan"),
            Change.REPLACE: gettext("Replace a line of the plan"),
            Change.MOVE: gettext("Move to another time"),
            Change.TAKE_OUT: gettext("Take out of the plan"),
        }
        return titles[Change(self.change)]

    def draft(self) -> Amendment | None:
        return self.plan.amendments.filter(state=Amendment.State.DRAFT).first()

    def form_arguments(self) -> dict[str, Any]:
        used = AmendmentItem.objects.standing().filter(
            amendment__plan=self.plan, amendment__state=Amendment.State.DRAFT, paper__isnull=False
        )
        papers = StoredFile.objects.filter(pk__in=used.values("paper_id")).order_by("-pk")
        return {
            "change": self.change,
            "papers": papers,
            "instance": self.item or self.line,
            "initial": {"because": self.item.because} if self.item else {},
        }

    def paper(self, form: Any) -> StoredFile | None:
        """The file sent now or kept from before, else another change's paper."""
        return self.kept.get("scan") or form.cleaned_data.get("same_paper")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "year": self.year,
            "line": self.line,
            "change": self.change,
            "has_paper": self.item.paper if self.item else None,
            "draft": self.draft(),
            "crumbs": [
                (_("Planning"), reverse("planning")),
                (str(self.year), reverse("planning_year", args=[self.year])),
                (_("Amendments of the plan"), reverse("amendment_list", args=[self.year])),
            ],
        }


class AmendmentItemPage(_Write):
    """A new change, of the line and kind the address names: ``?line=…&change=…``."""

    submit = _("Write the change")
    done = _("The change is written into the amendment.")

    def find(self) -> Plan:
        self.plan = plan_of(self.kwargs["year"])
        self.change = self.request.GET.get("change", Change.ADD)
        if self.change not in Change.values:
            raise Http404
        self.line = None
        if self.change != Change.ADD:
            key = self.request.GET.get("line", "")
            rows = self.plan.lines.select_related("person", "post", "unit", "provider")
            if not key.isdecimal() or len(key) > 18:
                raise Http404
            self.line = get_object_or_404(rows, pk=key)
        return self.plan

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.line is None and self.change != Change.ADD:
            return HttpResponseRedirect(reverse("amendment_add", args=[self.year]))
        return super().get(request, *args, **kwargs)

    def verb(self, form: Any) -> AmendmentItem:
        paper = self.paper(form)
        if paper is None:
            raise ValidationError({"scan": _NO_PAPER})
        with transaction.atomic():
            return amendments.add_item(
                amendment=amendments.open_amendment(plan=self.plan, actor=self.actor, on=self.on),
                change=self.change,
                line=self.line,
                person=form.cleaned_data.get("person"),
                values=form.terms(self.actor),
                because=form.cleaned_data["because"],
                paper=paper,
                actor=self.actor,
                on=self.on,
            )

    def after(self, result: Any) -> str:
        if isinstance(result, AmendmentItem):
            return reverse("amendment", args=[result.amendment_id])
        return reverse("amendment_list", args=[self.year])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refusals = refusals_of_plan(self.plan)
        if self.line is not None:
            refusals += refusals_of_line(self.line, self.change)
        return super().get_context_data(**kwargs) | {"refusals": refusals}


_NO_PAPER = _("Attach the paper the change rests on, or choose one of this amendment (5.5).")


def visible_item(request: HttpRequest, pk: int) -> AmendmentItem:
    rows = AmendmentItem.objects.visible_to(request.user).with_related()
    return get_object_or_404(rows.select_related("amendment__plan__planning_year"), pk=pk)


class AmendmentItemChangePage(_Write):
    watches_version = True
    done = _("The change is saved.")

    def find(self) -> AmendmentItem:
        self.item = visible_item(self.request, self.kwargs["pk"])
        self.plan = self.item.amendment.plan
        self.change, self.line = self.item.change, self.item.line
        return self.item

    def verb(self, form: Any) -> AmendmentItem:
        with transaction.atomic():
            return amendments.change_item(
                item=self.thing,
                person=form.cleaned_data.get("person"),
                values=form.terms(self.actor),
                because=form.cleaned_data["because"],
                paper=self.paper(form),
                actor=self.actor,
                on=self.on,
                version=self.asked_version,
            )

    def after(self, result: Any) -> str:
        return reverse("amendment", args=[self.thing.amendment_id])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"refusals": []}


class AmendmentItemWithdrawPage(Page):
    """One click on the amendment's page; the change stays in the history."""

    permission = "training_plans.build_plan"
    http_method_names = ["post"]

    def get_permission_object(self) -> AmendmentItem:
        self.item = visible_item(self.request, self.kwargs["pk"])
        return self.item

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            amendments.withdraw_item(item=self.item, actor=request.user, on=today())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("The change is withdrawn from the amendment."))
        return HttpResponseRedirect(reverse("amendment", args=[self.item.amendment_id]))


class AmendmentItemPaperPage(Page):
    """The paper a change rests on, for whoever may see the change."""

    permission = "training_plans.view_plan"

    def get_permission_object(self) -> AmendmentItem:
        self.item = visible_item(self.request, self.kwargs["pk"])
        return self.item

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if self.item.paper is None:
            raise Http404
        words = {"amendment": self.item.amendment.number, "person": self.item.person.short_name}
        name = gettext("amendment %(amendment)s %(person)s") % words
        return served(request, self.item.paper, name=name)

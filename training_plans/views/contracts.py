"""Training contracts: the legal queue, one contract, who leaves early and the refund (3.8)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.lists import Column, DateColumn, ListFilter, ListPage, ListTable, NumberColumn
from interface.pages import Page
from interface.sums import tenge_in_words
from interface.templatetags.interface import badge_markup, deadline_chip
from interface.text import search_words
from staff.models import DeadlineExtension
from staff.views.editing import ButtonPress, EditPage
from staff.views.files import served
from training_plans.domain import contracts
from training_plans.domain.refunds import RefundSum
from training_plans.forms.contracts import (
    ContractForm,
    ContractReasonForm,
    ContractSignForm,
    LeaveForm,
    PaidForm,
)
from training_plans.models import COSTS, Contract, Refund
from training_plans.templatetags.planning import tenge
from training_plans.transitions import CONTRACT
from workflow.calendar import today
from workflow.files import KeepsScans
from workflow.saving import version_of

State = Contract.State
LOOKS: dict[str, tuple[str, str]] = {
    State.DRAFT: ("warn", "pencil"),
    State.ISSUED: ("warn", "pen"),
    State.SIGNED: ("ok", "check-circle-fill"),
    State.FULFILLED: ("ok", "flag-fill"),
    State.REFUND_DUE: ("bad", "cash-coin"),
    State.TERMINATED: ("wait", "x-circle"),
    State.VOID: ("wait", "slash-circle"),
}
# The piles of the legal queue, in the order in which they press.
QUEUES: dict[str, tuple[Any, str]] = {
    "left": (_("left within the obligation"), "bad"),
    "overdue": (_("refund overdue"), "bad"),
    "refund": (_("refund due"), "warn"),
    "draft": (_("to draw up"), "warn"),
    "sign": (_("to sign"), "warn"),
    "over": (_("obligation over"), "info"),
}


def pile(name: str, on: dt.date) -> Q:
    """The contracts of one pile of the queue, as a condition."""
    person = "application__person__left_on"
    left = Q(**{f"{person}__lt": F("service_to")})
    return {
        "left": Q(state=State.SIGNED) & left,
        "overdue": Q(state=State.REFUND_DUE, refund__due_on__lt=on),
        "refund": Q(state=State.REFUND_DUE),
        "draft": Q(state=State.DRAFT),
        "sign": Q(state=State.ISSUED),
        "over": Q(state=State.SIGNED, service_to__lt=on)
        & (Q(**{f"{person}__isnull": True}) | Q(**{f"{person}__gte": F("service_to")})),
    }[name]


def readable_by(user: Any) -> QuerySet[Contract]:
    """Legal and HR all; finance those with a refund; everybody else their own."""
    found = Contract.objects.visible_to(user)
    if user.has_perm("training_plans.view_contract"):
        return found
    own = Q(application__person=user.person_id) if user.person_id else Q(pk__in=[])
    if user.has_perm("training_plans.account_refund"):
        claimed = Q(refund__isnull=False) & ~Q(refund__state=Refund.State.RECALLED)
        return found.filter(own | claimed)
    return found.filter(own)


def reads_text(user: Any, contract: Contract) -> bool:
    """Whether the contract itself, and not the refund alone, is theirs to read."""
    mine = user.person_id and contract.application.person_id == user.person_id
    return bool(mine or user.has_perm("training_plans.view_contract"))


# --- the list -----------------------------------------------------------------------------------
class ContractTable(ListTable):
    person = Column(
        _("Employee"),
        accessor="application__person",
        order_by="application__person__sort_key",
        fixed=True,
        width=34,
    )
    number = Column(_("Contract"), order_by=("year", "number"), width=14, empty_values=())
    topic = Column(_("Topic"), accessor="application__topic", width=44)
    unit = Column(_("Unit"), accessor="application__unit__name", orderable=False, hidden=True)
    begins = DateColumn(_("Training begins"), accessor="application__starts_on")
    cost = NumberColumn(_("Cost, tenge"), accessor="cost_base", orderable=False, width=16)
    service_to = DateColumn(_("Obligation to"))
    left_on = DateColumn(_("Left on"), accessor="application__person__left_on", hidden=True)
    refund = NumberColumn(_("Refund, tenge"), accessor="refund__amount", width=16)
    due_on = Column(_("To be paid by"), accessor="refund__due_on", width=18)
    state = Column(_("State"), width=24)

    class Meta(ListTable.Meta):
        pass

    def render_person(self, record: Contract, value: Any) -> Any:
        return format_html('<a href="{}">{}</a>', record.leads_to, value.full_name)  # type: ignore[attr-defined]

    def value_person(self, value: Any) -> str:
        return str(value.full_name)

    def render_number(self, record: Contract) -> str:
        return record.number_text or "—"

    def value_number(self, record: Contract) -> str:
        return record.number_text

    def render_cost(self, value: Decimal) -> str:
        return tenge(value)

    def value_cost(self, value: Decimal) -> Decimal:
        return value

    def render_refund(self, record: Contract, value: Decimal) -> str:
        return tenge(value if record.standing_refund else None)

    def value_refund(self, record: Contract, value: Decimal) -> Decimal | None:
        return value if record.standing_refund else None

    def render_due_on(self, record: Contract, value: dt.date) -> Any:
        on, refund = today(), record.refund
        if refund.state != Refund.State.DUE:  # nobody waits for this day any more
            return str(refund.get_state_display())
        if refund.is_overdue(on):
            look = deadline_chip(value, on)
            words = f"{value:%d.%m.%Y} · {look['words']}"
            return badge_markup(words, look["tone"], look["icon_name"])
        return f"{value:%d.%m.%Y}"

    def value_due_on(self, value: dt.date) -> dt.date:
        return value

    def render_state(self, record: Contract) -> Any:
        left = record.application.person.left_on
        if record.state == State.SIGNED and left is not None and left < record.service_to:
            return badge_markup(gettext("left within the obligation"), "bad", "door-open")
        return badge_markup(str(record.get_state_display()), *LOOKS[record.state])

    def value_state(self, record: Contract) -> str:
        return str(record.get_state_display())


class ContractFilter(ListFilter):
    q = django_filters.CharFilter(label=_("Employee, topic or number"), method="matching")
    queue = django_filters.ChoiceFilter(
        label=_("Waits"),
        choices=[(name, look[0]) for name, look in QUEUES.items()],
        method="waiting",
        empty_label=_("all"),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=State.choices, empty_label=_("all")
    )
    year = django_filters.NumberFilter(label=_("Year of the register"), min_value=2000)
    first = ("q", "queue", "state")

    def matching(self, queryset: QuerySet[Contract], name: str, text: str) -> QuerySet[Contract]:
        number = text.strip().partition("-")[0]
        if number.isascii() and number.isdigit() and len(number) < 7:
            return queryset.filter(number=int(number))
        for word in search_words(text):
            queryset = queryset.filter(
                Q(application__person__search_key__contains=word)
                | Q(application__search_key__contains=word)
            )
        return queryset

    def waiting(self, queryset: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        return queryset.filter(pile(value, today()))


class ContractListPage(ListPage):
    """The legal queue in piles, and every contract; who else comes here finds what is theirs."""

    name = "contract_list"
    permission = "training_plans.view_cases"
    template_name = "training_plans/contract_list.html"
    title = _("Training contracts")
    clause = "3.8"
    table_class = ContractTable
    filter_class = ContractFilter
    nothing_yet = _("No contract is here: one is made where the employer pays.")

    def get_queryset(self) -> QuerySet[Contract]:
        return readable_by(self.request.user)

    def with_related(self, queryset: QuerySet[Contract]) -> QuerySet[Contract]:
        return queryset.select_related("application__person", "application__unit", "refund")

    def prepare(self, rows: list[Any]) -> None:
        user: Any = self.request.user
        reads_all = user.has_perm("training_plans.view_contract")
        for row in rows:
            mine = user.person_id and row.application.person_id == user.person_id
            name = "contract" if reads_all or mine else "contract_paid"
            row.leads_to = reverse(name, args=[row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        on = today()
        names = list(QUEUES)
        if not user.has_perm("training_plans.view_contract"):
            names = ["overdue", "refund"] if user.has_perm("training_plans.account_refund") else []
        counts = (
            self.get_queryset().aggregate(
                **{name: Count("pk", filter=pile(name, on), distinct=True) for name in names}
            )
            if names
            else {}
        )
        return super().get_context_data(**kwargs) | {
            "tiles": [
                {
                    "label": QUEUES[name][0],
                    "tone": QUEUES[name][1] if counts[name] else "wait",
                    "count": counts[name],
                    "url": f"{reverse('contract_list')}?queue={name}",
                    "current": self.request.GET.get("queue") == name,
                }
                for name in names
            ]
        }


# --- one contract -------------------------------------------------------------------------------
class OfContract(Page):
    """A page or a button of one contract; ``self.thing``."""

    permission = "training_plans.view_contract"
    clause = "3.8"
    request: HttpRequest
    kwargs: dict[str, Any]

    def find(self) -> Contract:
        rows = Contract.objects.visible_to(self.request.user).select_related(
            "application__person",
            "application__post",
            "application__unit",
            "application__provider",
            "paper",
            "scan",
            "refund",
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        self.thing = self.find()
        return self.thing

    @property
    def url(self) -> str:
        return reverse("contract", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs: list[tuple[Any, str]] = [(_("Training contracts"), reverse("contract_list"))]
        if reads_text(self.request.user, self.thing) and not isinstance(self, ContractPage):
            crumbs.append((named(self.thing), self.url))
        return super().get_context_data(**kwargs) | {"crumbs": crumbs, "contract": self.thing}


def named(contract: Contract) -> str:
    if contract.number_text:
        return gettext("Contract %(number)s") % {"number": contract.number_text}
    return gettext("Contract to be drawn up")


def steps_of(contract: Contract) -> RefundSum | None:
    """The computation behind the refund recorded, step by step."""
    refund = contract.standing_refund
    if refund is None:
        return None
    return RefundSum(
        cost_base=refund.cost_base,
        service_from=contract.service_from,
        service_to=contract.service_to,
        terminated_on=refund.terminated_on,
        applies=refund.applies,
        total_days=refund.total_days,
        served_days=refund.served_days,
        away_days=_away_days(contract, refund),
        amount=refund.amount,
    )


def _away_days(contract: Contract, refund: Refund) -> int:
    """What was leave among the days not served, as recorded: neither served nor after the end."""
    present = (min(refund.terminated_on, contract.service_to) - contract.service_from).days + 1
    return max(0, max(0, present) - refund.served_days)


class ContractPage(OfContract, TemplateResponseMixin, View):
    """Everything about one contract: sums, obligation, requisites, what is to be done next."""

    template_name = "training_plans/contract.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_title(self) -> str:
        return named(self.thing)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        contract, user, on = self.thing, self.request.user, today()
        offers = CONTRACT.offers(contract, actor=user, on=on)
        refund = contract.standing_refund
        left = contract.application.person.left_on
        total = (contract.service_to - contract.service_from).days + 1
        served = min(max((on - contract.service_from).days + 1, 0), total)
        return super().get_context_data(**kwargs) | {
            "page_clause": "3.8",
            "on": on,
            "tone": LOOKS[contract.state][0],
            "icon": LOOKS[contract.state][1],
            "case": contract.application,
            "costs": [
                (Contract._meta.get_field(name).verbose_name, getattr(contract, name))  # type: ignore[union-attr]
                for name in COSTS
            ],
            "in_words": [
                (language, tenge_in_words(contract.cost_base, language))
                for language in ("kk", "ru")
            ],
            "total_days": total,
            "served_days": served,
            "offers": {offer.transition.name: offer for offer in offers},
            "may_keep": user.has_perm("training_plans.keep_contract", contract),
            "outdated": contract.state in (State.ISSUED, State.SIGNED)
            and contracts.is_outdated(contract),
            "left_within": contract.state == State.SIGNED
            and left is not None
            and left < contract.service_to,
            "refund": refund,
            "refund_overdue": refund is not None and refund.is_overdue(on),
            "steps": found.steps if (found := steps_of(contract)) else [],
            "version": version_of(contract),
            "decisions": CONTRACT.decisions(contract),
            "runs": contract.state == State.SIGNED,
        }


class ContractEditPage(OfContract, EditPage):
    permission = "training_plans.keep_contract"
    template_name = "training_plans/contract_edit.html"
    form_class = ContractForm
    title = _("Draw up the contract")
    watches_version = True
    done = _("The contract is saved.")
    thing: Contract

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing, "initial": contracts.proposed(self.thing)}

    def verb(self, form: ContractForm) -> Contract:
        return contracts.change_contract(
            contract=self.thing,
            values=form.values,
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )

    def after(self, result: Any) -> str:
        return self.url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filled = [name for name in contracts.REQUISITES if not getattr(self.thing, name)] and any(
            contracts.proposed(self.thing).values()
        )
        return super().get_context_data(**kwargs) | {
            "prefilled": bool(filled) and self.request.method == "GET",
            "closed": self.thing.state != State.DRAFT,
        }


class _Button(OfContract, ButtonPress):
    permission = "training_plans.keep_contract"


class ContractIssuePage(_Button):
    """Freezes what was looked at: the button carries the version of the draft."""

    def press(self, request: HttpRequest) -> str:
        given = request.POST.get("version", "")
        version = int(given) if given.isdecimal() and len(given) < 19 else 0
        issued = contracts.issue_contract(
            contract=self.thing, actor=request.user, on=today(), version=version
        )
        return gettext("Contract %(number)s is drawn up: print it and have it signed.") % {
            "number": issued.number_text
        }


class ContractFulfilPage(_Button):
    def press(self, request: HttpRequest) -> str:
        contracts.fulfil_contract(contract=self.thing, actor=request.user, on=today())
        return gettext("The obligation is fulfilled.")


class _Decide(OfContract, EditPage):
    """A decision that wants its reason."""

    permission = "training_plans.keep_contract"
    template_name = "components/confirm.html"
    form_class: Any = ContractReasonForm
    thing: Contract

    def after(self, result: Any) -> str:
        return self.url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = self.thing.application.person.full_name
        return super().get_context_data(**kwargs) | {"sentence": f"{named(self.thing)}: {person}"}


class ContractRewritePage(_Decide):
    title = _("Take the contract back to the draft")
    submit = _("Take back")
    done = _("The contract is a draft again.")

    def verb(self, form: Any) -> Contract:
        return contracts.rewrite_contract(
            contract=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "harmless": True,
            "consequences": [
                gettext("It keeps its number; issued again, its paper becomes the next version."),
            ],
        }


class ContractWaivePage(_Decide):
    title = _("Waive the refund")
    submit = _("Waive")
    done = _("The refund is waived.")

    def verb(self, form: Any) -> Refund:
        return contracts.waive_refund(
            contract=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refund = self.thing.standing_refund
        return super().get_context_data(**kwargs) | {
            "consequences": [
                gettext("The academy gives up %(sum)s; this is not taken back.")
                % {"sum": tenge(refund.amount if refund else Decimal(0))},
                gettext("The contract ends with it."),
            ],
        }


class ContractTakeBackPage(_Decide):
    title = _("Take the claim back")
    submit = _("Take back")
    done = _("The claim is taken back: the contract is in force again.")

    def verb(self, form: Any) -> Refund:
        return contracts.take_back_claim(
            contract=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "harmless": True,
            "consequences": [
                gettext("The obligation runs on; what was computed stays in the history."),
            ],
        }


class ContractSignPage(KeepsScans, OfContract, EditPage):
    permission = "training_plans.keep_contract"
    template_name = "training_plans/contract_sign.html"
    form_class = ContractSignForm
    title = _("The contract is signed")
    submit = _("Put in force")
    done = _("The contract is in force.")
    thing: Contract

    def verb(self, form: ContractSignForm) -> Contract:
        return contracts.sign_contract(
            contract=self.thing,
            signed_on=form.cleaned_data["signed_on"],
            scan=form.cleaned_data["scan"].stored,
            actor=self.actor,
            on=self.on,
        )

    def after(self, result: Any) -> str:
        return self.url


class ContractScanFile(OfContract, View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if self.thing.scan is None:
            raise Http404
        name = f"{gettext('contract')} {self.thing.number_text}".replace("/", "-")
        return served(request, self.thing.scan, name=name, inline="view" in request.GET)


# --- leaving ------------------------------------------------------------------------------------
class _Leaving(OfContract):
    permission = "training_plans.keep_contract"
    thing: Any

    def computed(self, form: LeaveForm) -> dict[str, Any]:
        """What the form as it is would come to; nothing where it cannot be read."""
        if form.is_bound:
            form.is_valid()
            day, ground = form.cleaned_data.get("terminated_on"), form.cleaned_data.get("ground")
            applies = form.applies_on(ground, contracts.OWED_ON) if ground else False
        else:
            day, ground = form.initial["terminated_on"], form.initial["ground"]
            applies = ground in contracts.OWED_ON
        if not day or not ground:
            return {"found": None, "contract": self.thing}
        found = contracts.compute(self.thing, terminated_on=day, applies=applies)
        return {
            "found": found,
            "contract": self.thing,
            "claims": found.applies and found.amount > 0,
            "pays_by": contracts.pays_by(self.thing, day) if day < self.thing.service_to else None,
            "seen": _seal(found),
            "served_out": day >= self.thing.service_to,
        }


def _seal(found: RefundSum) -> str:
    """What the button carries, so that nobody claims a sum they have not looked at."""
    return f"{found.terminated_on:%Y%m%d}-{int(found.applies)}-{found.amount}"


class ContractLeavePage(_Leaving, EditPage):
    """Somebody leaves within the obligation: the sum step by step, then the claim or the end."""

    template_name = "training_plans/contract_leave.html"
    form_class = LeaveForm
    title = _("The employee leaves")

    def form_arguments(self) -> dict[str, Any]:
        left = self.thing.application.person.left_on
        return {
            "initial": {"terminated_on": left or self.on, "ground": Refund.Ground.OWN_WISH.value}
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST, request.FILES)
        if "settle" not in request.POST:  # the button «Compute», where no script does it
            form.is_valid()
            return self.show(form)
        seen = self.computed(form).get("seen")
        if form.is_valid() and request.POST.get("seen") != seen:
            form.add_error(
                None, _("What was typed has changed the sum. Look at the computation again.")
            )
            return self.show(form, status=422)
        return super().post(request, *args, **kwargs)

    def verb(self, form: LeaveForm) -> Refund:
        ground = form.cleaned_data["ground"]
        refund = contracts.settle_leaving(
            contract=self.thing,
            terminated_on=form.cleaned_data["terminated_on"],
            ground=ground,
            applies=form.applies_on(ground, contracts.OWED_ON),
            because=form.cleaned_data["because"],
            actor=self.actor,
            on=self.on,
        )
        self.done = (
            gettext("The refund of %(sum)s is claimed.") % {"sum": tenge(refund.amount)}
            if refund.state == Refund.State.DUE
            else gettext("The contract ends without a refund.")
        )
        return refund

    def after(self, result: Any) -> str:
        return self.url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        leaves = DeadlineExtension.objects.filter(
            person=self.thing.application.person_id,
            reason__in=contracts.LEAVES,
            starts_on__lte=self.thing.service_to,
            ends_on__gte=self.thing.service_from,
        )
        return (
            context
            | self.computed(context["form"])
            | {
                "leaves": list(leaves),
                "left_on": self.thing.application.person.left_on,
                "refusals": CONTRACT.refusals(self.thing, "claim", actor=self.actor, on=self.on),
            }
        )


class ContractSumPage(_Leaving, View):
    """The computation alone, renewed while the form is filled in; nothing is kept."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        context = self.computed(LeaveForm(request.POST))
        return render(request, "training_plans/_contract_sum.html", context)


class ContractPaidPage(OfContract, EditPage):
    """The refund and nothing else of the contract: for finance, which records the payment."""

    permission = "training_plans.account_refund"
    template_name = "training_plans/contract_paid.html"
    form_class = PaidForm
    title = _("Refund of training costs")
    submit = _("The refund is paid")
    done = _("The payment is recorded; the contract has ended.")
    thing: Contract

    def find(self) -> Contract:
        contract = super().find()
        if contract.standing_refund is None:
            raise Http404
        return contract

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"paid_on": self.on}}

    def verb(self, form: PaidForm) -> Refund:
        return contracts.pay_refund(
            contract=self.thing, actor=self.actor, on=self.on, **form.values()
        )

    def after(self, result: Any) -> str:
        if reads_text(self.actor, self.thing):
            return self.url
        return reverse("contract_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refund = self.thing.standing_refund
        found = steps_of(self.thing)
        return super().get_context_data(**kwargs) | {
            "refund": refund,
            "steps": found.steps if found else [],
            "is_due": self.thing.state == State.REFUND_DUE,
            "overdue": refund is not None and refund.is_overdue(self.on),
        }

"""Orders: the register, one order, from the chosen cases to the acquaintance of all (7.1)."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.lists import (
    ChoicesFilter,
    Column,
    DateColumn,
    DateFilter,
    ListFilter,
    ListPage,
    ListTable,
    YesNoFilter,
    chosen_ids,
)
from interface.pages import Page
from interface.templatetags.interface import badge_markup
from interface.text import search_words
from staff.views.editing import ButtonPress, EditPage
from staff.views.files import served
from training_plans.domain import orders
from training_plans.forms.orders import FollowForm, OrderForm, OrderScanForm
from training_plans.models import Order, OrderLine, TrainingApplication, sees_all_cases
from training_plans.transitions import ORDER
from workflow.calendar import today
from workflow.files import KeepsScans
from workflow.saving import version_of

LOOKS: dict[str, tuple[str, str]] = {
    Order.State.DRAFT: ("wait", "pencil"),
    Order.State.ISSUED: ("ok", "check-circle-fill"),
    Order.State.CHANGED: ("info", "arrow-repeat"),
    Order.State.CANCELLED: ("bad", "x-circle"),
    Order.State.DISCARDED: ("wait", "trash"),
}
PEOPLE_SHOWN = 3


def standing_lines(user: Any) -> QuerySet[OrderLine]:
    """People of orders as far as the reader may see their cases; one query with the orders'."""
    lines = OrderLine.objects.filter(withdrawn=False)
    if not sees_all_cases(user):
        lines = lines.filter(application__in=TrainingApplication.objects.visible_to(user))
    return lines.select_related(
        "application__person",
        "application__post",
        "application__unit",
        "application__provider",
        "application__contract",
    ).order_by("application__person__sort_key", "pk")


# --- the list -----------------------------------------------------------------------------------
class OrderTable(ListTable):
    number = Column(_("Number"), order_by=("year", "number"), fixed=True, width=14, empty_values=())
    issued_on = DateColumn(_("Date"))
    kind = Column(_("Kind of order"), width=26)
    topics = Column(_("Topic"), orderable=False, width=50, empty_values=())
    people = Column(_("Employees"), orderable=False, width=50, empty_values=())
    refers_to = Column(_("Refers to"), order_by=("refers_to__year", "refers_to__number"), width=14)
    signatory = Column(_("Who signs"), order_by="signatory__sort_key", hidden=True, width=30)
    because = Column(_("Reason"), hidden=True, width=40)
    acquainted = Column(_("Acquainted"), orderable=False, width=14, empty_values=())
    scan = Column(_("Signed scan"), orderable=False, hidden=True, empty_values=())
    state = Column(_("State"), width=20)

    class Meta(ListTable.Meta):
        pass

    def render_number(self, record: Order) -> Any:
        word = record.number_text or gettext("draft of %(day)s") % {
            "day": f"{record.drafted_on:%d.%m.%Y}"
        }
        url = reverse("order", args=[record.pk])
        return format_html('<a class="nowrap" href="{}">{}</a>', url, word)

    def value_number(self, record: Order) -> str:
        return record.number_text

    def render_topics(self, record: Order) -> str:
        return "; ".join(dict.fromkeys(line.application.topic for line in record.people))  # type: ignore[attr-defined]

    def value_people(self, record: Order) -> str:
        return "; ".join(line.application.person.full_name for line in record.people)  # type: ignore[attr-defined]

    def render_people(self, record: Order) -> str:
        names = [line.application.person.short_name for line in record.people]  # type: ignore[attr-defined]
        more = len(names) - PEOPLE_SHOWN
        shown = ", ".join(names[:PEOPLE_SHOWN])
        return f"{shown} +{more}" if more > 0 else shown

    def render_refers_to(self, value: Order) -> Any:
        url = reverse("order", args=[value.pk])
        return format_html('<a class="nowrap" href="{}">{}</a>', url, value.number_text)

    def value_refers_to(self, value: Order) -> str:
        return value.number_text

    def render_signatory(self, value: Any) -> str:
        return str(value.full_name)

    def value_acquainted(self, record: Order) -> str:
        if record.number is None:
            return ""
        done, of = _read(record.people)  # type: ignore[attr-defined]
        return gettext("%(done)s of %(of)s") % {"done": done, "of": of}

    def render_acquainted(self, record: Order) -> Any:
        words = self.value_acquainted(record)
        if not words:
            return "—"
        done, of = _read(record.people)  # type: ignore[attr-defined]
        return badge_markup(words, "ok" if done == of else "warn", "check-lg" if done == of else "")

    def render_scan(self, record: Order) -> str:
        return gettext("yes") if record.scan_id else gettext("no")

    def render_state(self, record: Order) -> Any:
        return badge_markup(str(record.get_state_display()), *LOOKS[record.state])

    def value_state(self, record: Order) -> str:
        return str(record.get_state_display())


def _read(lines: list[OrderLine]) -> tuple[int, int]:
    return sum(line.acquainted_on is not None for line in lines), len(lines)


class OrderFilter(ListFilter):
    q = django_filters.CharFilter(label=_("Number, employee or topic"), method="matching")
    kind = ChoicesFilter(label=_("Kind of order"), choices=Order.Kind.choices)
    state = ChoicesFilter(label=_("State"), choices=Order.State.choices)
    year = django_filters.NumberFilter(label=_("Year of the register"), min_value=2000)
    registered = YesNoFilter(label=_("Registered"), method="being_registered")
    read = YesNoFilter(label=_("Everybody acquainted"), method="being_read")
    issued_from = DateFilter(label=_("Issued from"), field_name="issued_on", lookup_expr="gte")
    issued_to = DateFilter(label=_("Issued to"), field_name="issued_on", lookup_expr="lte")
    first = ("q", "year", "read")

    def matching(self, queryset: QuerySet[Order], name: str, text: str) -> QuerySet[Order]:
        numbered = re.fullmatch(r"\s*№?\s*(\d{1,6})(?:\s*-\s*\w+\s*(?:/\s*(\d{4}))?)?\s*", text)
        if numbered:
            found = queryset.filter(number=int(numbered[1]))
            return found.filter(year=int(numbered[2])) if numbered[2] else found
        lines = standing_lines(self.request.user)
        for word in search_words(text):
            lines = lines.filter(
                Q(application__person__search_key__contains=word)
                | Q(application__search_key__contains=word)
            )
        return queryset.filter(pk__in=lines.order_by().values("order"))

    def being_registered(self, queryset: QuerySet[Order], name: str, yes: bool) -> QuerySet[Order]:
        return queryset.filter(number__isnull=not yes)

    def being_read(self, queryset: QuerySet[Order], name: str, yes: bool) -> QuerySet[Order]:
        waiting = OrderLine.objects.filter(
            withdrawn=False, acquainted_on__isnull=True, order__number__isnull=False
        ).values("order")
        if yes:
            return queryset.filter(number__isnull=False).exclude(pk__in=waiting)
        return queryset.filter(pk__in=waiting)


class OrderListPage(ListPage):
    """The register of orders. Everybody finds those about their own cases."""

    name = "order_list"
    permission = "training_plans.view_cases"
    template_name = "training_plans/order_list.html"
    title = _("Orders")
    clause = "7.1"
    table_class = OrderTable
    filter_class = OrderFilter
    nothing_yet = _("No order was issued yet.")

    def get_queryset(self) -> QuerySet[Order]:
        found = Order.objects.visible_to(self.request.user)
        asked = self.request.GET.getlist("state")
        return found if asked else found.exclude(state=Order.State.DISCARDED)

    def with_related(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        lines = standing_lines(self.request.user)
        return queryset.select_related("refers_to", "signatory").prefetch_related(
            Prefetch("lines", lines, to_attr="people")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        may_issue = user.has_perm("training_plans.issue_order")
        year = self.request.GET.get("year", "")
        register = int(year) if re.fullmatch(r"\d{4}", year) else today().year
        return super().get_context_data(**kwargs) | {
            "may_issue": may_issue,
            "waiting": orders.awaiting_order().count() if may_issue else 0,
            "register_year": register if sees_all_cases(user) else 0,
            "register_url": f"{reverse('order_list')}?year={register}&registered=yes"
            "&sort=number&export=xlsx",
        }


# --- one order ----------------------------------------------------------------------------------
class OfOrder(Page):
    """A page or a button of one order; ``self.thing``."""

    permission = "training_plans.view_order"
    request: HttpRequest
    kwargs: dict[str, Any]

    def find(self) -> Order:
        rows = Order.objects.visible_to(self.request.user).select_related(
            "refers_to", "signatory", "paper", "scan", "drafted_by__person"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        self.thing = self.find()
        return self.thing

    @property
    def url(self) -> str:
        return reverse("order", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs: list[tuple[Any, str]] = [(_("Orders"), reverse("order_list"))]
        if not isinstance(self, OrderPage):
            crumbs.append((named(self.thing), self.url))
        return super().get_context_data(**kwargs) | {"crumbs": crumbs, "order": self.thing}


def named(order: Order) -> str:
    """«Order 12-БА/2027», «Draft: change of an order»."""
    if order.number_text:
        return gettext("Order %(number)s") % {"number": order.number_text}
    return gettext("Draft: %(kind)s") % {"kind": order.get_kind_display()}


class OrderPage(OfOrder, TemplateResponseMixin, View):
    """Everything about one order; the employee reads it and says so."""

    template_name = "training_plans/order.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_title(self) -> str:
        return named(self.thing)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        order, user, on = self.thing, self.request.user, today()
        lines = list(standing_lines(user).filter(order=order))
        me: int | None = user.person_id  # type: ignore[union-attr]
        may_issue = user.has_perm("training_plans.issue_order")
        offers = ORDER.offers(order, actor=user, on=on) if may_issue else []
        done, of = _read(lines)
        return super().get_context_data(**kwargs) | {
            "page_clause": "7.1",
            "on": on,
            "tone": LOOKS[order.state][0],
            "icon": LOOKS[order.state][1],
            "lines": lines,
            "mine": [line for line in lines if me and line.application.person_id == me],
            "read": done,
            "of": of,
            "sees_acquaintance": sees_all_cases(user),
            "may_issue": may_issue,
            "is_draft": order.state == Order.State.DRAFT,
            "version": version_of(order),
            "offers": {offer.transition.name: offer for offer in offers},
            "begun": [line for line in lines if line.starts_on <= on] if may_issue else [],
            "may_follow": may_issue and order.is_in_force and order.kind != Order.Kind.CANCEL,
            "may_change": may_issue and any(_is_open(line, Order.Kind.CHANGE) for line in lines),
            "may_cancel": may_issue and any(_is_open(line, Order.Kind.CANCEL) for line in lines),
            "followers": list(
                Order.objects.visible_to(user)
                .filter(refers_to=order)
                .exclude(state=Order.State.DISCARDED)
                .order_by("pk")
            ),
            "decisions": ORDER.decisions(order) if may_issue else [],
        }


def _is_open(line: OrderLine, kind: str) -> bool:
    return line.application.state in orders.SOURCES[kind]


class OrderEditPage(OfOrder, EditPage):
    permission = "training_plans.issue_order"
    template_name = "training_plans/order_edit.html"
    form_class = OrderForm
    title = _("Edit the draft")
    clause = "7.1"
    watches_version = True
    done = _("The draft is saved.")
    thing: Order

    def form_arguments(self) -> dict[str, Any]:
        return {
            "order": self.thing,
            "lines": list(standing_lines(self.actor).filter(order=self.thing)),
            "signatories": orders.may_sign(self.on),
        }

    def verb(self, form: OrderForm) -> Order:
        return orders.change_draft(
            order=self.thing,
            values=form.values,
            lines=form.values_of_lines,
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )

    def after(self, result: Any) -> str:
        return self.url


class _Button(OfOrder, ButtonPress):
    permission = "training_plans.issue_order"


class OrderIssuePage(_Button):
    """Issues what was looked at: the button carries the version of the draft."""

    def press(self, request: HttpRequest) -> str:
        given = request.POST.get("version", "")
        version = int(given) if given.isdecimal() and len(given) < 19 else 0
        issued = orders.issue_order(
            order=self.thing, actor=request.user, on=today(), version=version
        )
        return gettext("Order %(number)s is issued; the employees are told.") % {
            "number": issued.number_text
        }


class OrderDiscardPage(_Button):
    def press(self, request: HttpRequest) -> str:
        orders.discard_order(order=self.thing, actor=request.user, on=today())
        return gettext("The draft is given up; its cases wait for an order again.")


class _OfLine(_Button):
    """A button of one person of an order; ``self.line``."""

    def find(self) -> Order:
        rows = OrderLine.objects.filter(
            withdrawn=False, order__in=Order.objects.visible_to(self.request.user)
        )
        self.line = get_object_or_404(
            rows.select_related("order", "application__person"), pk=self.kwargs["pk"]
        )
        return self.line.order


class LineTakeOutPage(_OfLine):
    def press(self, request: HttpRequest) -> str:
        orders.take_out(line=self.line, actor=request.user, on=today())
        return gettext("Taken out of the draft: the case waits for an order again.")


class AcquaintPage(_OfLine):
    """«Бұйрықпен таныстым»: one click of the employee."""

    permission = "training_plans.acquaint"

    def get_permission_object(self) -> OrderLine:
        super().get_permission_object()
        return self.line

    def press(self, request: HttpRequest) -> str:
        orders.acquaint(line=self.line, actor=request.user, on=today())
        return gettext("Noted: you are acquainted with the order.")


# --- choosing cases -----------------------------------------------------------------------------
class _Choose(TemplateResponseMixin, Page):
    """Cases to choose from, those that belong together in one card."""

    permission = "training_plans.issue_order"
    template_name = "training_plans/order_choose.html"
    clause = "7.1"
    request: HttpRequest
    kwargs: dict[str, Any]
    submit: Any = ""

    def cases(self) -> list[TrainingApplication]:
        raise NotImplementedError

    def verb(self, chosen: list[TrainingApplication]) -> Order:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show({int(key) for key in request.GET.getlist("case") if _is_key(key)})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        keys = set(chosen_ids(request))
        group = request.POST.get("group", "")
        if group:
            keys = {int(key) for key in group.split(",") if _is_key(key)}
        # whatever was chosen is asked for, so that what does not fit any more is named
        chosen = list(
            TrainingApplication.objects.visible_to(request.user)
            .filter(pk__in=keys)
            .select_related("person")
        )
        try:
            order = self.verb(chosen)
        except ValidationError as refusal:
            return self._show(keys, refusal.messages)
        return HttpResponseRedirect(reverse("order", args=[order.pk]))

    def _show(self, chosen: set[int], refusals: list[str] | None = None) -> HttpResponse:
        cases = self.cases()
        context = self.get_context_data(
            groups=[
                (group, ",".join(str(case.pk) for case in group))
                for group in orders.together(cases)
            ],
            chosen=chosen,
            refusals=refusals or [],
            submit=self.submit,
            count=len(cases),
            on=today(),
        )
        return self.render_to_response(context, status=422 if refusals else 200)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


class OrderNewPage(_Choose):
    """The cases with the rector's visa; one order for one or several."""

    title = _("New order")
    submit = _("Draft an order for the chosen")

    def cases(self) -> list[TrainingApplication]:
        return list(orders.awaiting_order())

    def verb(self, chosen: list[TrainingApplication]) -> Order:
        return orders.draft_order(applications=chosen, actor=self.request.user, on=today())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": [(_("Orders"), reverse("order_list"))],
            "cancel_url": reverse("order_list"),
            "drafts": list(
                Order.objects.filter(state=Order.State.DRAFT)
                .prefetch_related(
                    Prefetch("lines", standing_lines(self.request.user), to_attr="people")
                )
                .order_by("-pk")
            ),
        }


class OrderAddPage(OfOrder, _Choose):
    """More people into a draft."""

    permission = "training_plans.issue_order"
    title = _("Add to the draft")
    submit = _("Add the chosen")

    def cases(self) -> list[TrainingApplication]:
        if self.thing.kind == Order.Kind.SEND:
            return list(orders.awaiting_order())
        return orders.open_to_change(self.thing, self.thing.kind)

    def verb(self, chosen: list[TrainingApplication]) -> Order:
        return orders.add_cases(
            order=self.thing, applications=chosen, actor=self.request.user, on=today()
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"cancel_url": self.url, "drafts": []}


# --- changing and cancelling --------------------------------------------------------------------
class _Follow(OfOrder, EditPage):
    """A draft that refers to the first order, for the people chosen."""

    permission = "training_plans.issue_order"
    template_name = "training_plans/order_follow.html"
    form_class = FollowForm
    submit = _("Make the draft")
    done = _("The draft is made. Look at it, then issue it.")
    clause = "7.1"
    kind = ""
    thing: Order

    def form_arguments(self) -> dict[str, Any]:
        self.cases = orders.open_to_change(self.thing, self.kind)
        asked = self.request.GET.get("case", "")
        if _is_key(asked):
            self.cases = [case for case in self.cases if case.pk == int(asked)] or self.cases
        reasons = list(dict.fromkeys(case.interrupted_because for case in self.cases))
        return {"cases": self.cases, "because": reasons[0] if len(reasons) == 1 else ""}

    def verb(self, form: FollowForm) -> Order:
        return orders.draft_order(
            applications=form.cleaned_data["people"],
            actor=self.actor,
            on=self.on,
            kind=self.kind,
            refers_to=self.thing,
            because=form.cleaned_data["because"],
        )

    def after(self, result: Order) -> str:
        if result.pk != self.thing.pk and result.kind == Order.Kind.CHANGE:
            return reverse("order_edit", args=[result.pk])
        return reverse("order", args=[result.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "nobody": not self.cases,
            "consequences": self.consequences,
            "is_cancelling": self.kind == Order.Kind.CANCEL,
        }

    consequences: list[Any] = []


class OrderChangePage(_Follow):
    title = _("Change the order")
    kind = Order.Kind.CHANGE
    consequences = [
        _("A draft is made that refers to this order; you give the new days and hours next."),
        _("It gets a number of its own; the employees acquaint themselves with it anew."),
        _("The term of documents and the obligation of the contract move along."),
    ]


class OrderCancelPage(_Follow):
    title = _("Cancel the order")
    kind = Order.Kind.CANCEL
    consequences = [
        _("A draft is made that refers to this order; nothing is cancelled before it is issued."),
        _("Then the cases of the people named end, their lines of the plan are free again."),
        _("Contracts of theirs are no longer needed."),
    ]


# --- the signed scan ----------------------------------------------------------------------------
class OrderScanPage(KeepsScans, OfOrder, EditPage):
    permission = "training_plans.issue_order"
    template_name = "training_plans/order_scan.html"
    form_class = OrderScanForm
    title = _("Signed scan of the order")
    submit = _("Keep the scan")
    done = _("The signed scan is kept.")
    clause = "7.1"
    thing: Order

    def verb(self, form: OrderScanForm) -> Order:
        stored = form.cleaned_data["scan"].stored
        return orders.keep_scan(order=self.thing, file=stored, actor=self.actor, on=self.on)

    def after(self, result: Any) -> str:
        return self.url


class OrderScanFile(OfOrder, View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if self.thing.scan is None:
            raise Http404
        name = f"{gettext('order')} {self.thing.number_text}".replace("/", "-")
        return served(request, self.thing.scan, name=name, inline="view" in request.GET)

"""The requests of a year, and the page of one: filled in, sent, decided (5.3, 5.4)."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import django_filters
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.lists import (
    ChoicesFilter,
    Column,
    DateColumn,
    ListTable,
    NumberColumn,
    YesNoFilter,
)
from interface.pages import Page
from interface.templatetags.interface import badge, day
from interface.text import search_words
from staff.filters import UnitScope
from staff.models import Unit
from staff.views.editing import EditPage
from training_plans.domain import requests
from training_plans.domain.analysis import NOT_BEGUN, YearFigures, year_figures
from training_plans.domain.request_checks import LineRefusal, MinutesRefusal
from training_plans.domain.request_sheet import Sheet, sheet
from training_plans.domain.requests import lines_of_last_year, paper_number
from training_plans.forms.requests import MinutesForm, ReturnForm
from training_plans.models import PlanningYear, Request, RequestLine
from training_plans.transitions import REQUEST
from workflow.calendar import today
from workflow.models import IssuedPaper
from workflow.transitions import Refusal

from .needs_lists import ListOfYear
from .years import STATES, address


def look_of(state: str) -> dict[str, Any]:
    """How the state of a request is shown."""
    word, tone, icon = STATES[state]
    return badge(word, tone, icon)


# --- the list ---------------------------------------------------------------------------------
class Filing(NamedTuple):
    """A unit that files and how its request stands; people falling due are counted as needs."""

    unit: Unit
    request: Request | None
    state: str
    falling: int
    in_request: int
    left_out: int
    lines: int
    money: Decimal

    @property
    def missing(self) -> int:
        """Who falls due and is neither asked for nor left out with a reason."""
        return self.falling - self.in_request - self.left_out


class RequestTable(ListTable):
    unit = Column(_("Unit"), accessor="unit__name", order_by="unit__sort_key", fixed=True, width=50)
    head = Column(_("Head of unit"), accessor="unit__head", hidden=True, width=30, orderable=False)
    state = Column(_("State"), width=24)
    sent_on = DateColumn(_("Sent on"), accessor="request__sent_on")
    number = NumberColumn(_("Number"), accessor="request__number", hidden=True)
    falling = NumberColumn(_("Fall due"), initial_sort_descending=True)
    in_request = NumberColumn(_("In the request"), initial_sort_descending=True)
    left_out = NumberColumn(_("Left out"), initial_sort_descending=True)
    missing = NumberColumn(_("Missing"), initial_sort_descending=True)
    lines = NumberColumn(_("Lines"), hidden=True)
    money = NumberColumn(_("Cost, tenge"), initial_sort_descending=True, width=16)

    class Meta(ListTable.Meta):
        pass

    def render_unit(self, record: Filing, value: str) -> Any:
        if record.request is None:
            return value
        url = reverse("request", args=[record.request.pk])
        return format_html('<a href="{}">{}</a>', url, value)

    def value_unit(self, value: str) -> str:
        return value

    def render_state(self, record: Filing) -> SafeString:
        shown = render_to_string("components/badge.html", look_of(record.state))
        if record.request is not None and record.request.is_late:
            late = render_to_string(
                "components/badge.html", badge(gettext("late"), "bad", "clock-history")
            )
            return format_html('<span class="state-line">{} {}</span>', shown, late)
        return shown

    def value_state(self, record: Filing) -> str:
        word = str(STATES[record.state][0])
        is_late = record.request is not None and record.request.is_late
        return f"{word}, {gettext('late')}" if is_late else word

    def render_missing(self, value: int) -> Any:
        return format_html('<b class="text-bad">{}</b>', value) if value else value

    def value_missing(self, value: int) -> int:
        return value

    def value_head(self, value: Any) -> str:
        return str(value.full_name)


class RequestFilter(UnitScope):
    q = django_filters.CharFilter(label=_("Name or code of the unit"), method="matching")
    state = ChoicesFilter(
        label=_("State"),
        choices=[(state, look[0]) for state, look in STATES.items()],
        method="in_state",
    )
    late = YesNoFilter(label=_("Late"), method="being_late")
    first = ("q", "unit", "late")

    def matching(self, queryset: QuerySet[Unit], name: str, text: str) -> QuerySet[Unit]:
        for word in search_words(text):
            queryset = queryset.filter(search_key__contains=word)
        return queryset

    @property
    def _requests(self) -> QuerySet[Request]:
        year = self.request.planning_year
        return Request.objects.filter(planning_year=year, unit=OuterRef("pk"))

    def in_state(self, queryset: QuerySet[Unit], name: str, states: list[str]) -> QuerySet[Unit]:
        fits = Q(Exists(self._requests.filter(state__in=states)))
        if NOT_BEGUN in states:
            fits |= ~Q(Exists(self._requests))
        return queryset.filter(fits)

    def being_late(self, queryset: QuerySet[Unit], name: str, late: bool) -> QuerySet[Unit]:
        return queryset.filter(Exists(self._requests.filter(is_late=late)))


class RequestListPage(ListOfYear):
    """One row for each unit that files, whether it has begun or not."""

    name = "request_list"
    template_name = "training_plans/request_list.html"
    clause = "5.4"
    help_text = _(
        "A request is filed by the unit that has a head and people; whoever works below a unit "
        "without a head is named in the request above. Faculties and the academy see the sum."
    )
    table_class = RequestTable
    filter_class = RequestFilter
    nothing_yet = _("No unit that files a request is in your charge.")

    @cached_property
    def figures(self) -> YearFigures:
        return year_figures(planning_year=self.planning_year, user=self.request.user, on=today())

    @cached_property
    def whole(self) -> list[Filing]:
        """The units whose request is the reader's to see."""
        return [
            Filing(
                unit=line.unit,
                request=line.request,
                state=line.state,
                falling=line.falling,
                in_request=line.in_request,
                left_out=line.left_out,
                lines=line.lines,
                money=line.money,
            )
            for line in self.figures.units
            if line.is_whole and line.unit is not None
        ]

    def get_title(self) -> str:
        return gettext("Requests for %(year)s") % {"year": self.planning_year.year}

    def get_queryset(self) -> QuerySet[Unit]:
        return Unit.objects.filter(pk__in=[line.unit.pk for line in self.whole])

    def arrange(self, queryset: QuerySet[Any]) -> list[Filing]:
        """As many as there are units, with figures the database alone cannot give."""
        keys = set(queryset.order_by().values_list("pk", flat=True))
        self.shown = [line for line in self.whole if line.unit.pk in keys]
        return self.shown

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        led = Unit.objects.led_by(user.person_id or 0).values_list("pk", flat=True)
        mine = set(led)
        return super().get_context_data(**kwargs) | {
            "states": [
                (look_of(state), self.url(state=state), self.figures.states[state])
                for state in STATES
            ],
            "sum": _summed(self.shown),
            "may_begin": [
                row.unit for row in self.whole if not row.request and row.unit.pk in mine
            ],
            "nobody": self.figures.nobody,
            "on": today(),
        }


def _summed(lines: list[Filing]) -> dict[str, Any]:
    """The sum of the rows: what the levels above see (5.4)."""
    return {
        "units": len(lines),
        "came": sum(line.state in (Request.State.SENT, Request.State.ACCEPTED) for line in lines),
        "falling": sum(line.falling for line in lines),
        "in_request": sum(line.in_request for line in lines),
        "left_out": sum(line.left_out for line in lines),
        "missing": sum(line.missing for line in lines),
        "money": sum(line.money for line in lines),
    }


class RequestBeginPage(Page, View):
    """The button «Begin»; where there is a request already, leads to it."""

    permission = "training_plans.begin_request"
    request: HttpRequest
    kwargs: dict[str, Any]

    def get_permission_object(self) -> Unit:
        self.unit: Unit = get_object_or_404(Unit, pk=self.kwargs["unit"])
        return self.unit

    def post(self, request: HttpRequest, year: int, unit: int) -> HttpResponse:
        planning_year = get_object_or_404(PlanningYear, year=year)
        try:
            begun = requests.begin(
                planning_year=planning_year, unit=self.unit, actor=request.user, on=today()
            )
        except ValidationError as refusal:
            messages.warning(request, " ".join(refusal.messages))
            found = planning_year.requests.filter(unit=self.unit).first()
            if found is None:
                return HttpResponseRedirect(reverse("request_list", args=[year]))
            return HttpResponseRedirect(reverse("request", args=[found.pk]))
        return HttpResponseRedirect(reverse("request", args=[begun.pk]))


# --- the page of one --------------------------------------------------------------------------
class OfRequest(Page):
    """A page or a button of one request; ``self.thing``."""

    permission = "training_plans.view_request"
    request: HttpRequest
    kwargs: dict[str, Any]

    def get_permission_object(self) -> Request:
        self.thing: Request = find(self.request.user, self.kwargs["pk"])
        return self.thing

    @property
    def url(self) -> str:
        return reverse("request", args=[self.thing.pk])


def find(user: Any, pk: int) -> Request:
    rows = Request.objects.visible_to(user).select_related(
        "planning_year", "unit__head", "unit__secretary", "sent_by__person"
    )
    return get_object_or_404(rows, pk=pk)


class RequestPage(OfRequest, TemplateResponseMixin, View):
    """Everything about one request; the filer fills it in, the Centre decides, others read."""

    template_name = "training_plans/request.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_title(self) -> str:
        return gettext("Request for %(year)s") % {"year": self.thing.planning_year.year}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = self.thing.planning_year.year
        crumbs = [
            (
                gettext("Planning of %(year)s") % {"year": year},
                reverse("planning_year", args=[year]),
            ),
            (
                gettext("Requests for %(year)s") % {"year": year},
                reverse("request_list", args=[year]),
            ),
        ]
        return (
            super().get_context_data(**kwargs)
            | page_context(self.thing, self.request.user)
            | {
                "crumbs": crumbs,
                "page_clause": "5.4",
                "decisions": REQUEST.decisions(self.thing),
                "paper": (paper := self._paper()),
                "paper_url": address("paper", paper.token) if paper else "",
                "draft_url": address("request_draft", self.thing.pk),
                "has_last_year": lines_of_last_year(self.thing).exists(),
                "next_waiting": self._next_waiting(),
            }
        )

    def _paper(self) -> IssuedPaper | None:
        """The request as it was sent last."""
        if self.thing.number is None:
            return None
        number = paper_number(self.thing)
        return (
            IssuedPaper.objects.filter(kind=requests.PAPER, number=number)
            .order_by("-version")
            .first()
        )

    def _next_waiting(self) -> Request | None:
        """For the Centre: the request that has waited longest after this one."""
        if not self.request.user.has_perm("training_plans.decide_request", self.thing):
            return None
        waiting = self.thing.planning_year.requests.filter(state=Request.State.SENT)
        return waiting.exclude(pk=self.thing.pk).order_by("sent_on", "pk").first()


def page_context(
    request: Request, user: Any, *, only: RequestLine | None = None, suggesting: bool = True
) -> dict[str, Any]:
    """What the page and the parts of it that are renewed need to know.

    Suggestions are made for ``only`` that line, or for all.
    """
    on = today()
    may_edit = request.can_be_edited and user.has_perm("training_plans.file_request", request)
    may_decide = user.has_perm("training_plans.decide_request", request)
    offers = {o.transition.name: o for o in REQUEST.offers(request, actor=user, on=on)}
    whole = sheet(request=request, on=on, only=only, suggesting=may_edit and suggesting)
    return {
        "thing": request,
        "sheet": whole,
        "state": look_of(request.state),
        "on": on,
        "may_edit": may_edit,
        "may_remark": may_decide and request.state == Request.State.SENT,
        "sees_remarks": may_decide or request.state == Request.State.RETURNED,
        "minutes": MinutesForm(
            initial={
                "minutes_number": request.minutes_number,
                "minutes_date": request.minutes_date,
            }
        ),
        **_decisions(offers, whole),
    }


def _decisions(offers: dict[str, Any], whole: Sheet) -> dict[str, Any]:
    """The buttons, and what stands in the way of sending. What is typed beside the button is no
    reason to lock it.
    """
    send = offers.get("send")
    refusals: list[Refusal] = list(send.refusals) if send else []
    return {
        "offers": offers,
        "refusals": [
            (refusal, refusal.line_id if isinstance(refusal, LineRefusal) else 0)
            for refusal in refusals
            if not isinstance(refusal, MinutesRefusal)
        ],
        "wants_minutes": any(isinstance(refusal, MinutesRefusal) for refusal in refusals),
        "wants_statement": bool(send) and not whole.lines,
    }


# --- buttons ----------------------------------------------------------------------------------
class RequestAction(OfRequest, View):
    """A button: calls a verb, says what came of it, leads back."""

    def verb(self) -> str:
        """Do it and say it; may raise ``ValidationError``."""
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            messages.success(request, self.verb())
        except ValidationError as refusal:
            for words in refusal.messages:
                messages.error(request, words)
        return HttpResponseRedirect(self.url)


class RequestRefreshPage(RequestAction):
    permission = "training_plans.file_request"

    def verb(self) -> str:
        added = requests.refresh(request=self.thing, actor=self.request.user, on=today())
        return gettext("Added: %(count)s.") % {"count": len(added)}


class RequestCopyPage(RequestAction):
    permission = "training_plans.file_request"

    def verb(self) -> str:
        count = requests.copy_last_year(request=self.thing, actor=self.request.user, on=today())
        return gettext(
            "Copied from last year: %(count)s. Lines changed by hand stay as they are."
        ) % {"count": count}


class RequestSendPage(RequestAction):
    """Keeps the minutes typed beside the button, then sends."""

    permission = "training_plans.file_request"

    def verb(self) -> str:
        if self.thing.state == Request.State.SENT:
            raise ValidationError(
                gettext("This request was sent already: No. %(number)s, %(day)s. Nothing is lost.")
                % {
                    "number": self.thing.number,
                    "day": day(self.thing.sent_on),
                }
            )
        if "minutes_number" in self.request.POST:
            self._keep_minutes()
        sent = requests.send(
            request=self.thing,
            actor=self.request.user,
            on=today(),
            nobody="nobody" in self.request.POST,
        )
        return gettext("Sent to the Centre under No. %(number)s.") % {"number": sent.number}

    def _keep_minutes(self) -> None:
        """Kept even where sending is refused: what was typed is not lost."""
        form = MinutesForm(self.request.POST)
        if not form.is_valid():
            raise ValidationError([e for errors in form.errors.values() for e in errors])
        requests.set_minutes(
            request=self.thing,
            number=form.cleaned_data["minutes_number"],
            date=form.cleaned_data["minutes_date"],
            actor=self.request.user,
            on=today(),
        )


class RequestWithdrawPage(RequestAction):
    permission = "training_plans.file_request"

    def verb(self) -> str:
        requests.withdraw(request=self.thing, actor=self.request.user, on=today())
        return gettext("The request is yours to change again. Send it when it is ready.")


class RequestAcceptPage(RequestAction):
    permission = "training_plans.decide_request"

    def verb(self) -> str:
        requests.accept(request=self.thing, actor=self.request.user, on=today())
        return gettext("Accepted: %(unit)s.") % {"unit": self.thing.unit}


class RequestMinutesPage(OfRequest, TemplateResponseMixin, View):
    """The minutes, kept as they are typed; answers with the state of the fields."""

    permission = "training_plans.file_request"
    template_name = "training_plans/_request_minutes.html"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = MinutesForm(request.POST)
        wrong: list[str] = []
        if form.is_valid():
            try:
                self.thing = requests.set_minutes(
                    request=self.thing,
                    number=form.cleaned_data["minutes_number"],
                    date=form.cleaned_data["minutes_date"],
                    actor=request.user,
                    on=today(),
                )
            except ValidationError as refusal:
                wrong = list(refusal.messages)
        else:
            wrong = [str(e) for errors in form.errors.values() for e in errors]
        context = page_context(self.thing, request.user, suggesting=False) | {"wrong": wrong}
        return self.render_to_response(context, status=422 if wrong else 200)


class RequestReturnPage(EditPage):
    """The reason, and remarks by line."""

    permission = "training_plans.decide_request"
    template_name = "training_plans/request_return.html"
    title = _("Return with remarks")
    clause = "5.3"
    submit = _("Return with remarks")
    done = _("Returned; the head of the unit has been written to.")
    thing: Request

    def find(self) -> Request:
        return find(self.request.user, self.kwargs["pk"])

    def make_form(self, data: Any = None, files: Any = None) -> ReturnForm:
        lines = self.thing.lines.filter(left_out=False).select_related("person")
        return ReturnForm(data, lines=list(lines.order_by("person__sort_key", "pk")))

    def verb(self, form: ReturnForm) -> Request:
        return requests.give_back(
            request=self.thing,
            reason=form.cleaned_data["reason"],
            remarks=form.remarks,
            actor=self.actor,
            on=self.on,
        )

    def after(self, result: Any) -> str:
        return reverse("request", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refusals = REQUEST.refusals(self.thing, "return", actor=self.actor, on=self.on)
        return super().get_context_data(**kwargs) | {"refusals": refusals}

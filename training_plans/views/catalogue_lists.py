"""The lists of the catalogue: courses, and the dated events held of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from interface.figures import in_figures
from interface.lists import (
    Action,
    ChoicesFilter,
    Column,
    DateColumn,
    DateFilter,
    ListFilter,
    ListPage,
    ListTable,
    NumberColumn,
    YesNoFilter,
)
from interface.templatetags.interface import badge
from interface.text import search_words
from staff.models import Area, Provider, TrainingRecord
from training_plans.models import Course, Event, Kind, Participant
from training_plans.models.terms import Language
from workflow.calendar import today

OWN = [("own", _("the academy's own")), ("other", _("other providers'"))]
PARTICIPANT_TONES = {
    Participant.State.ENROLLED: ("info", "person-check"),
    Participant.State.ATTENDED: ("ok", "check-lg"),
    Participant.State.ABSENT: ("bad", "x-lg"),
    Participant.State.WITHDRAWN: ("wait", "arrow-return-left"),
}


# --- cells ------------------------------------------------------------------------------------
def look_of(event: Event, on: dt.date) -> dict[str, Any]:
    """How the state of an event is shown: a planned one also says where it stands in time."""
    state = event.state
    if state == Event.State.PLANNED and event.ends_on < on:
        if event.course.is_own:
            return badge(gettext("to be handed to HR"), "warn", "exclamation-triangle-fill")
        return badge(gettext("over"), "wait", "check2")
    if state == Event.State.PLANNED and event.starts_on <= on:
        return badge(gettext("running"), "ok", "play-circle")
    tone, icon = {
        Event.State.PLANNED: ("info", "calendar-event"),
        Event.State.HELD: ("warn", "hourglass-split"),
        Event.State.VERIFIED: ("ok", "check-circle-fill"),
        Event.State.CANCELLED: ("bad", "x-circle"),
    }[Event.State(state)]
    return badge(event.get_state_display(), tone, icon)


def state_cell(event: Event, on: dt.date) -> SafeString:
    return render_to_string("components/badge.html", look_of(event, on))


def price_in_words(price: Decimal | None) -> str:
    """«21 000», «free»; a dash where nobody has said."""
    if price is None:
        return "—"
    return in_figures(price) if price else pgettext("price", "free")


def places_cell(event: Any) -> SafeString:
    """Places given away of all; as long as it is planned, how many are left."""
    taken = format_html("{}\u00a0/\u00a0{}", event.taken, event.places)
    if event.state != Event.State.PLANNED:
        return taken
    left = event.places - event.taken
    words = ngettext("%(count)s free", "%(count)s free", left) % {"count": left}
    return format_html(
        '{} <small class="{}">{}</small>',
        taken,
        "places-left" if left > 0 else "places-none",
        words if left > 0 else gettext("no place left"),
    )


# --- courses ----------------------------------------------------------------------------------
class CourseTable(ListTable):
    title = Column(_("Topic"), fixed=True, width=50)
    provider = Column(_("Provider"), order_by="provider__search_key", width=36, classes="roomy")
    kind = Column(_("Kind"), width=22)
    area = Column(_("Area"), width=20)
    hours = NumberColumn(_("Hours"))
    credits = NumberColumn(_("Credits"), hidden=True)
    mode = Column(_("Mode"), width=14)
    language = Column(_("Language"), width=12)
    price = NumberColumn(_("Price, tenge"), empty_values=())
    next_on = DateColumn(_("Next date"))
    form = Column(_("Form"), hidden=True, width=14)
    country = Column(_("Country"), hidden=True, width=16)
    city = Column(_("City"), hidden=True, width=16)
    outcomes = Column(_("What is learnt"), hidden=True, orderable=False, width=50)
    is_offered = Column(_("Offered"), hidden=True, width=12)

    class Meta(ListTable.Meta):
        order_by = ("title",)

    def render_title(self, record: Course, value: str) -> SafeString:
        link = format_html('<a href="{}">{}</a>', reverse("course", args=[record.pk]), value)
        if record.is_offered:
            return link
        return format_html("{} <small>{}</small>", link, gettext("not offered any more"))

    def value_title(self, value: str) -> str:
        return value

    def render_provider(self, value: Provider) -> Any:
        if value.kind != Provider.Kind.ACADEMY:
            return value.name
        return format_html("{} <small>{}</small>", value.name, gettext("the academy itself"))

    def value_provider(self, value: Provider) -> str:
        return value.name

    def render_price(self, value: Decimal | None) -> str:
        return price_in_words(value)

    def value_price(self, value: Decimal | None) -> Decimal | None:
        return value

    def render_is_offered(self, value: bool) -> str:
        return gettext("yes") if value else gettext("no")


class CourseFilter(ListFilter):
    """Courses by topic or provider, by what they are, how long, in what language, for how much."""

    class Offered:
        YES, NO, ALL = "yes", "no", "all"

    q = django_filters.CharFilter(label=_("Topic or provider"), method="matching")
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=Kind.choices, empty_label=_("all kinds")
    )
    whose = django_filters.ChoiceFilter(
        label=_("Held by"), choices=OWN, empty_label=_("all providers"), method="by_provider"
    )
    area = ChoicesFilter(label=_("Area"), choices=Area.choices)
    form = django_filters.ChoiceFilter(label=_("Form"), choices=TrainingRecord.Form.choices)
    mode = django_filters.ChoiceFilter(label=_("Mode"), choices=TrainingRecord.Mode.choices)
    language = django_filters.ChoiceFilter(label=_("Language"), choices=Language.choices)
    hours_from = django_filters.NumberFilter(
        label=_("Hours from"), field_name="hours", lookup_expr="gte", min_value=0
    )
    hours_to = django_filters.NumberFilter(
        label=_("Hours up to"), field_name="hours", lookup_expr="lte", min_value=0
    )
    free = YesNoFilter(label=_("Free of charge"), method="being_free")
    price_from = django_filters.NumberFilter(
        label=_("Price from, tenge"), field_name="price", lookup_expr="gte", min_value=0
    )
    price_to = django_filters.NumberFilter(
        label=_("Price up to, tenge"), field_name="price", lookup_expr="lte", min_value=0
    )
    offered = django_filters.ChoiceFilter(
        label=_("Offered"),
        choices=[(Offered.YES, _("yes")), (Offered.NO, _("no")), (Offered.ALL, _("all"))],
        empty_label=None,
        method="being_offered",
    )
    first = ("q", "kind", "whose")
    defaults = {"offered": Offered.YES}

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[Course]:
        return queryset.matching(text)

    def by_provider(self, queryset: Any, name: str, whose: str) -> QuerySet[Course]:
        own = Q(provider__kind=Provider.Kind.ACADEMY)
        return queryset.filter(own if whose == "own" else ~own)

    def being_free(self, queryset: Any, name: str, value: bool) -> QuerySet[Course]:
        return queryset.filter(price=0) if value else queryset.filter(price__gt=0)

    def being_offered(self, queryset: Any, name: str, value: str) -> QuerySet[Course]:
        if value == self.Offered.ALL:
            return queryset
        return queryset.filter(is_offered=value == self.Offered.YES)


class CourseListPage(ListPage):
    name = "course_list"
    permission = "training_plans.view_catalogue"
    title = _("Course catalogue")
    clause = "3.11"
    help_text = _(
        "Courses and internships one may be sent to: the academy's own and others'. Heads and the "
        "Centre choose from here when they plan; ask your head to put a course into the request."
    )
    table_class = CourseTable
    filter_class = CourseFilter
    template_name = "training_plans/course_list.html"
    nothing_yet = _("No course is in the catalogue yet. The training centre adds them.")
    actions = (Action(_("Add course"), "course_add", "training_plans.change_catalogue", True),)

    def get_queryset(self) -> QuerySet[Course]:
        return Course.objects.all()

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        coming = (
            Event.objects.filter(course=OuterRef("pk"), state=Event.State.PLANNED)
            .filter(starts_on__gte=today())
            .order_by()
            .values("course")
            .annotate(first=Min("starts_on"))
            .values("first")
        )
        return queryset.select_related("provider").annotate(next_on=Subquery(coming))


# --- events -----------------------------------------------------------------------------------
class EventTable(ListTable):
    title = Column(_("Event"), accessor="course__title", fixed=True, width=50)
    group = Column(_("Group"), hidden=True, width=16)
    starts_on = DateColumn(_("Start"))
    ends_on = DateColumn(_("End"))
    place = Column(_("Place"), width=28)
    provider = Column(
        _("Provider"),
        accessor="course__provider",
        order_by="course__provider__search_key",
        width=36,
        hidden=True,
    )
    hours = NumberColumn(_("Hours"), accessor="course__hours")
    mode = Column(_("Mode"), accessor="course__get_mode_display", order_by="course__mode", width=14)
    trainer = Column(_("Trainer"), width=28, hidden=True)
    taken = Column(_("Places taken"), order_by="taken", width=14, classes="nowrap")
    places = NumberColumn(_("Places"), hidden=True)
    state = Column(_("State"), width=20)

    class Meta(ListTable.Meta):
        order_by = ("starts_on",)

    def render_title(self, record: Any, value: str) -> SafeString:
        link = format_html('<a href="{}">{}</a>', reverse("event", args=[record.pk]), value)
        remarks = [record.group] if record.group else []
        if record.mine:
            remarks.append(record.mine)
        if not remarks:
            return link
        return format_html("{} <small>{}</small>", link, " · ".join(remarks))

    def value_title(self, value: str) -> str:
        return value

    def render_taken(self, record: Any) -> SafeString:
        return places_cell(record)

    def value_taken(self, value: int) -> int:
        return value

    def render_state(self, record: Event) -> SafeString:
        return state_cell(record, today())

    def value_state(self, record: Event) -> str:
        return record.get_state_display()


class EventFilter(ListFilter):
    """Events by topic, when, whose, in what state, with a place left."""

    class When:
        OPEN, PAST, ALL = "open", "past", "all"

    q = django_filters.CharFilter(label=_("Topic or provider"), method="matching")
    when = django_filters.ChoiceFilter(
        label=_("When"),
        choices=[
            (When.OPEN, _("coming, and not settled yet")),
            (When.PAST, _("past")),
            (When.ALL, _("all")),
        ],
        empty_label=None,
        method="in_time",
    )
    whose = django_filters.ChoiceFilter(
        label=_("Held by"), choices=OWN, empty_label=_("all providers"), method="by_provider"
    )
    state = ChoicesFilter(label=_("State"), choices=Event.State.choices)
    free = YesNoFilter(label=_("With a place left"), method="with_free_places")
    mine = django_filters.ChoiceFilter(
        label=_("I take part"), choices=[("yes", _("yes"))], method="with_me"
    )
    area = ChoicesFilter(label=_("Area"), field_name="course__area", choices=Area.choices)
    date_from = DateFilter(label=_("From"), field_name="ends_on", lookup_expr="gte")
    date_to = DateFilter(label=_("Until"), field_name="starts_on", lookup_expr="lte")
    first = ("q", "when", "whose")
    defaults = {"when": When.OPEN}

    def __init__(
        self, data: QueryDict | None, queryset: QuerySet[Any], *, request: HttpRequest
    ) -> None:
        """Who asks for a state or for days means them whenever they are."""
        if data and not data.get("when") and {"state", "date_from", "date_to"} & set(data):
            data = data.copy()
            data["when"] = self.When.ALL
            self.defaults = {"when": self.When.ALL}
        super().__init__(data, queryset, request=request)

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[Event]:
        for word in search_words(text):
            queryset = queryset.filter(course__search_key__contains=word)
        return queryset

    def in_time(self, queryset: Any, name: str, value: str) -> QuerySet[Event]:
        on = today()
        if value == self.When.PAST:
            return queryset.filter(ends_on__lt=on)
        if value == self.When.ALL:
            return queryset
        own = Q(course__provider__kind=Provider.Kind.ACADEMY)
        unsettled = Q(state=Event.State.HELD) | Q(own, state=Event.State.PLANNED)
        return queryset.filter(Q(ends_on__gte=on) | unsettled)

    def by_provider(self, queryset: Any, name: str, whose: str) -> QuerySet[Event]:
        own = Q(course__provider__kind=Provider.Kind.ACADEMY)
        return queryset.filter(own if whose == "own" else ~own)

    def with_free_places(self, queryset: Any, name: str, value: bool) -> QuerySet[Event]:
        left = Q(taken__lt=F("places"))
        return queryset.filter(left if value else ~left)

    def with_me(self, queryset: Any, name: str, value: str) -> QuerySet[Event]:
        user: Any = self.request.user
        mine = Participant.objects.on_the_list().filter(person_id=user.person_id or 0)
        return queryset.filter(pk__in=mine.values("event_id"))


class EventListPage(ListPage):
    name = "event_list"
    permission = "training_plans.view_catalogue"
    title = _("Events")
    clause = "3.11"
    help_text = _(
        "Courses with their dates. Whoever attended an event of the academy's own gets, once HR "
        "has verified the list, a training record and a certificate."
    )
    table_class = EventTable
    filter_class = EventFilter
    template_name = "training_plans/event_list.html"
    nothing_yet = _("No event is coming up. The Centre plans one from the page of a course.")

    def get_queryset(self) -> QuerySet[Event]:
        return Event.objects.with_places()

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("course__provider")

    def prepare(self, rows: list[Any]) -> None:
        user: Any = self.request.user
        places = Participant.objects.on_the_list().filter(
            person_id=user.person_id or 0, event__in=rows
        )
        mine = {place.event_id: place.get_state_display() for place in places}
        for event in rows:
            state = mine.get(event.pk)
            event.mine = gettext("you: %(state)s") % {"state": state} if state else ""

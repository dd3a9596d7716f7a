"""What the lists of the registry and the ledger show."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from interface.lists import Column, DateColumn, ListTable, NumberColumn
from interface.templatetags.interface import STATES, badge_markup, days_in_words
from staff.models import Person, Post, Standing, TrainingRecord, Unit
from staff.models.standing import State
from workflow.calendar import today

WORST_FIRST = [State.OVERDUE, State.EXPIRING, State.PENDING, State.EXEMPT, State.COMPLIANT]
_BY_SEVERITY = {state.value: place for place, state in enumerate(WORST_FIRST)}
Ordered = tuple[QuerySet[Any], bool]

RECORD_TONES = {
    TrainingRecord.State.PENDING: ("warn", "hourglass-split"),
    TrainingRecord.State.VERIFIED: ("ok", "check-lg"),
    TrainingRecord.State.REVOKED: ("bad", "x-lg"),
}


def badge_of(state: str) -> SafeString:
    look = STATES[state]
    return badge_markup(str(look.word), look.tone, look.icon)


def record_badge(record: TrainingRecord) -> SafeString:
    tone, icon = RECORD_TONES[TrainingRecord.State(record.state)]
    return badge_markup(str(record.get_state_display()), tone, icon)


def due_cell(day: dt.date, on: dt.date) -> SafeString:
    """A due date as lists show it: quiet, the state beside it has the colour."""
    words = days_in_words((day - on).days)
    return format_html("{} <small>{}</small>", date_format(day, "SHORT_DATE_FORMAT"), words)


def worst_first(standings: list[Standing]) -> list[Standing]:
    """Standings with their ``state``, those that need something first."""
    return sorted(standings, key=lambda s: (_BY_SEVERITY[s.state], s.due_on))  # type: ignore[attr-defined]


def sorted_by(queryset: QuerySet[Any], *fields: str, descending: bool) -> Ordered:
    """``queryset`` by fields, what is empty last whichever way it is sorted."""
    order = [
        F(field).desc(nulls_last=True) if descending else F(field).asc(nulls_last=True)
        for field in fields
    ]
    return queryset.order_by(*order), True


class PersonTable(ListTable):
    """People with today's post and standings; both come prefetched (``PersonListPage``)."""

    name = Column(_("Employee"), accessor="full_name", fixed=True, width=36, order_by="sort_key")
    personnel_number = Column(_("Personnel number"), width=12, classes="nowrap")
    unit = Column(_("Unit"), empty_values=(), width=40)
    position = Column(_("Position"), empty_values=(), orderable=False, width=28)
    category = Column(_("Staff category"), empty_values=(), hidden=True, width=22)
    state = Column(_("State"), empty_values=(), orderable=False, width=24)
    due_on = DateColumn(_("Due"), empty_values=())
    hired_on = DateColumn(_("Hired on"), hidden=True)
    left_on = DateColumn(_("Left on"), hidden=True)
    degree = Column(_("Degree"), hidden=True)
    academic_title = Column(_("Academic title"), hidden=True)
    disciplines = Column(_("Disciplines taught"), hidden=True, orderable=False, width=40)
    health_care = Column(_("Health care (4.3)"), empty_values=(), hidden=True, orderable=False)
    phone = Column(_("Phone"), hidden=True, orderable=False)
    email = Column(_("E-mail"), hidden=True, orderable=False)
    iin = Column(_("IIN"), hidden=True, orderable=False, permission="staff.view_iin", width=14)

    class Meta(ListTable.Meta):
        order_by = ("name",)

    # -- cells
    def render_name(self, record: Person, value: str) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("person", args=[record.pk]), value)

    def value_name(self, value: str) -> str:
        return value

    @staticmethod
    def _post(person: Person) -> Post | None:
        return person.current_posts[0] if person.current_posts else None  # type: ignore[attr-defined]

    def render_unit(self, record: Person) -> Any:
        posts: list[Post] = record.current_posts  # type: ignore[attr-defined]
        if not posts:
            return self.default
        others = len({post.unit_id for post in posts} - {posts[0].unit_id})
        if not others:
            return posts[0].unit.name
        more = _("and %(count)s more") % {"count": others}
        return format_html("{} <small>{}</small>", posts[0].unit.name, more)

    def value_unit(self, record: Person) -> str:
        return "; ".join(dict.fromkeys(p.unit.name for p in record.current_posts))  # type: ignore[attr-defined]

    def render_position(self, record: Person) -> Any:
        return (post.position if (post := self._post(record)) else "") or self.default

    def value_position(self, record: Person) -> str:
        return "; ".join(dict.fromkeys(p.position for p in record.current_posts))  # type: ignore[attr-defined]

    def render_category(self, record: Person) -> Any:
        return post.get_category_display() if (post := self._post(record)) else self.default

    def value_category(self, record: Person) -> str:
        return "; ".join(
            dict.fromkeys(p.get_category_display() for p in record.current_posts)  # type: ignore[attr-defined]
        )

    def render_state(self, record: Person) -> Any:
        standings = worst_first(record.current_standings)  # type: ignore[attr-defined]
        if not standings:
            return self.default
        several = len(standings) > 1
        return format_html_join(
            "",
            '<div class="state-line">{}{}</div>',
            (
                (
                    badge_of(s.state),
                    format_html("<small>{}</small>", s.requirement.get_code_display())
                    if several
                    else "",
                )
                for s in standings
            ),
        )

    def value_state(self, record: Person) -> str:
        standings = worst_first(record.current_standings)  # type: ignore[attr-defined]
        if len(standings) == 1:
            return str(State(standings[0].state).label)
        return "; ".join(
            f"{s.requirement.get_code_display()}: {State(s.state).label}" for s in standings
        )

    def render_due_on(self, record: Person) -> Any:
        return due_cell(due, today()) if (due := self.value_due_on(record)) else self.default

    def value_due_on(self, record: Person) -> dt.date | None:
        return min((s.due_on for s in record.current_standings), default=None)  # type: ignore[attr-defined]

    def render_health_care(self, record: Person) -> Any:
        return self.value_health_care(record) or self.default

    def value_health_care(self, record: Person) -> Any:
        return _("yes") if any(p.health_care for p in record.current_posts) else ""  # type: ignore[attr-defined]

    # -- order
    def _by_post(self, queryset: QuerySet[Any], field: str, descending: bool) -> Ordered:
        first = Post.objects.held(today()).filter(person=OuterRef("pk"))
        first = first.order_by("kind", "-share", "starts_on", "pk").values(field)[:1]
        queryset = queryset.annotate(post_field=Subquery(first))
        return sorted_by(queryset, "post_field", "sort_key", descending=descending)

    def order_unit(self, queryset: QuerySet[Any], is_descending: bool) -> Ordered:
        return self._by_post(queryset, "unit__sort_key", is_descending)

    def order_category(self, queryset: QuerySet[Any], is_descending: bool) -> Ordered:
        return self._by_post(queryset, "category", is_descending)

    def order_due_on(self, queryset: QuerySet[Any], is_descending: bool) -> Ordered:
        earliest = (
            Standing.objects.on(today())
            .filter(person=OuterRef("pk"))
            .order_by("due_on")
            .values("due_on")[:1]
        )
        queryset = queryset.annotate(earliest_due=Subquery(earliest))
        return sorted_by(queryset, "earliest_due", "sort_key", descending=is_descending)

    def order_hired_on(self, queryset: QuerySet[Any], is_descending: bool) -> Ordered:
        return sorted_by(queryset, "hired_on", "sort_key", descending=is_descending)

    def order_left_on(self, queryset: QuerySet[Any], is_descending: bool) -> Ordered:
        return sorted_by(queryset, "left_on", "sort_key", descending=is_descending)


class UnitTable(ListTable):
    """Units as a tree, or in any other order once a column is chosen to sort by."""

    name = Column(_("Unit"), fixed=True, width=50, order_by="sort_key")
    code = Column(_("Unit code"), width=10, classes="nowrap")
    kind = Column(_("Kind of unit"), accessor="get_kind_display", width=18)
    head = Column(_("Head of unit"), order_by="head__sort_key", width=30)
    secretary = Column(
        _("Department secretary"), order_by="secretary__sort_key", hidden=True, width=30
    )
    supervising_vice_rector = Column(
        _("Supervising vice-rector"),
        order_by="supervising_vice_rector__sort_key",
        hidden=True,
        width=30,
    )
    headcount = NumberColumn(_("People, with everything below"), initial_sort_descending=True)
    overdue = NumberColumn(_("Overdue, with everything below"), initial_sort_descending=True)
    closed_on = DateColumn(_("Closed on"), hidden=True)

    def render_name(self, record: Unit, value: str) -> SafeString:
        depth = 0 if self.order_by else min(getattr(record, "depth", 0), 6)
        return format_html(
            '<a class="depth-{}" href="{}">{}</a>', depth, reverse("unit", args=[record.pk]), value
        )

    def value_name(self, record: Unit, value: str) -> str:
        return ("   " * getattr(record, "depth", 0) + value) if not self.order_by else value

    def _person(self, value: Person) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("person", args=[value.pk]), value.short_name
        )

    def render_head(self, value: Person) -> SafeString:
        return self._person(value)

    def value_head(self, value: Person) -> str:
        return value.full_name

    def render_secretary(self, value: Person) -> SafeString:
        return self._person(value)

    def value_secretary(self, value: Person) -> str:
        return value.full_name

    def render_supervising_vice_rector(self, value: Person) -> SafeString:
        return self._person(value)

    def value_supervising_vice_rector(self, value: Person) -> str:
        return value.full_name

    def render_headcount(self, record: Unit, value: int) -> Any:
        url = f"{reverse('person_list')}?unit={record.code}"
        return format_html('<a href="{}">{}</a>', url, value) if value else value

    def value_headcount(self, value: int) -> int:
        return value

    def value_overdue(self, value: int) -> int:
        return value

    def render_overdue(self, record: Unit, value: int) -> Any:
        url = f"{reverse('compliance_list')}?unit={record.code}&state=overdue"
        return format_html('<a class="text-bad" href="{}">{}</a>', url, value) if value else value


class RecordTable(ListTable):
    """Training records, the newest first."""

    title = Column(_("Topic"), fixed=True, order_by="title_key", width=50)
    person = Column(_("Employee"), order_by=("person__sort_key", "person_id"), width=36)
    ends_on = DateColumn(_("End"), initial_sort_descending=True)
    form = Column(_("Form"), hidden=True, width=14)
    area = Column(_("Area"), width=20)
    hours = NumberColumn(_("Hours"))
    credits = NumberColumn(_("Credits"), hidden=True)
    starts_on = DateColumn(_("Start"), hidden=True)
    provider = Column(_("Provider"), order_by="provider__search_key", width=36, classes="roomy")
    mode = Column(_("Mode"), hidden=True, width=14)
    country = Column(_("Country"), hidden=True, width=16)
    cost = NumberColumn(_("Cost, tenge"), hidden=True)
    document_number = Column(_("Document number"), orderable=False, width=18)
    document_date = DateColumn(_("Document date"), hidden=True)
    source = Column(_("Source"), hidden=True, width=20)
    state = Column(_("Verification"), width=18)

    class Meta(ListTable.Meta):
        order_by = ("-ends_on",)

    def render_title(self, record: TrainingRecord, value: str) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("record", args=[record.pk]), value)

    def value_title(self, value: str) -> str:
        return value

    def render_person(self, value: Person) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("person", args=[value.pk]), value.full_name
        )

    def value_person(self, value: Person) -> str:
        return value.full_name

    def render_state(self, record: TrainingRecord) -> SafeString:
        return record_badge(record)

    def value_state(self, record: TrainingRecord) -> str:
        return record.get_state_display()

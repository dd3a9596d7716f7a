"""The lists of the registry and the ledger: people, units, training records."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from interface.lists import Action, BulkAction, ListPage
from staff.domain.unit_tree import headcounts, in_tree_order, overdue
from staff.filters import PersonFilter, RecordFilter, UnitFilter
from staff.models import Person, Post, Standing, TrainingRecord, Unit
from staff.tables import PersonTable, RecordTable, UnitTable
from workflow.calendar import today


class PersonListPage(ListPage):
    name = "person_list"
    permission = "staff.watch_others"
    title = _("Employees")
    help_text = _(
        "Found by name or personnel number, whatever keyboard it is typed with. Everything the "
        "list is narrowed down by stands in the address: it can be sent to a colleague."
    )
    table_class = PersonTable
    filter_class = PersonFilter
    filled_by_import = True
    nothing_yet = _("Nobody is in the registry yet. HR brings in the staff list from Excel.")
    actions = (Action(_("Add employee"), "person_create", "staff.change_person", is_main=True),)
    bulk = (
        BulkAction(_("Health-care direction: set"), "people_health_care", "staff.change_post", "1"),
        BulkAction(
            _("Health-care direction: unset"), "people_health_care", "staff.change_post", "0"
        ),
        BulkAction(_("Invite"), "invite", "staff.invite"),
    )

    def get_queryset(self) -> QuerySet[Person]:
        return Person.objects.visible_to(self.request.user)

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        on = today()
        return queryset.prefetch_related(
            Prefetch(
                "posts",
                Post.objects.held(on).select_related("unit"),
                to_attr="current_posts",
            ),
            Prefetch(
                "standings",
                Standing.objects.on(on).select_related("requirement"),
                to_attr="current_standings",
            ),
        )


class UnitListPage(ListPage):
    name = "unit_list"
    permission = "staff.watch_others"
    title = _("Units")
    help_text = _(
        "The tree of the academy: what belongs to a unit stands below it. Figures of a unit "
        "include everything below."
    )
    table_class = UnitTable
    filter_class = UnitFilter
    filled_by_import = True
    nothing_yet = _("There are no units yet.")
    actions = (Action(_("Add unit"), "unit_create", "staff.change_unit", is_main=True),)

    def get_queryset(self) -> QuerySet[Unit]:
        return Unit.objects.visible_to(self.request.user)

    def arrange(self, queryset: QuerySet[Any]) -> list[Unit]:
        """Units fit into memory; their order as a tree is no database's."""
        units = in_tree_order(
            queryset.select_related("head", "secretary", "supervising_vice_rector")
        )
        on = today()
        everywhere = self.filter.units
        people, late = headcounts(everywhere, on=on), overdue(everywhere, on=on)
        for unit in units:
            unit.headcount = people.get(unit.pk, 0)
            unit.overdue = late.get(unit.pk, 0)
        return units


class RecordListPage(ListPage):
    name = "record_list"
    permission = "staff.watch_others"
    title = _("Training records")
    clause = "3.10"
    help_text = _(
        "The ledger of completed training with its documents. Only verified records count "
        "towards the norm."
    )
    table_class = RecordTable
    filter_class = RecordFilter
    filled_by_import = True
    nothing_yet = _("No training is recorded yet. HR brings in the journal from Excel.")

    def get_queryset(self) -> QuerySet[TrainingRecord]:
        return TrainingRecord.objects.visible_to(self.request.user)

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("person", "provider")

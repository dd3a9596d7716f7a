"""Wishes: what employees would like to be trained in, and who reads it (clause 3.15)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from interface.lists import Column, ListFilter, ListPage, ListTable
from interface.pages import EVERYBODY, Page
from interface.text import search_key, search_words
from staff.filters import UnitScope
from staff.models import Area, Post
from staff.views.editing import EditPage
from training_plans.domain import wishes
from training_plans.forms.years import WishForm
from training_plans.models import PlanningYear, TrainingWish
from workflow.calendar import today


def years_to_wish_for() -> list[int]:
    """The year being planned first, then the others that are not over."""
    year, newest = today().year, PlanningYear.objects.current()
    first = newest.year if newest and newest.year >= year else year + 1
    return [first, *(y for y in range(year, year + wishes.YEARS_AHEAD + 1) if y != first)]


class WishFilter(UnitScope):
    q = django_filters.CharFilter(label=_("Employee or topic"), method="matching")
    year = django_filters.NumberFilter(label=_("Year"))
    area = django_filters.ChoiceFilter(label=_("Area"), choices=Area.choices)
    topic = django_filters.CharFilter(label=_("Exactly this topic"), method="of_topic")
    first = ("q", "unit", "year")

    def matching(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        """By the person's name, or by topic; topics have no search column, there are few."""
        words = search_words(text)
        keys = [
            key
            for key, topic, person in queryset.values_list("pk", "topic", "person__search_key")
            if all(word in person or word in search_key(topic) for word in words)
        ]
        return queryset.filter(pk__in=keys)

    def of_topic(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        key = search_key(text)
        topics = queryset.values_list("pk", "topic")
        return queryset.filter(pk__in=[pk for pk, topic in topics if search_key(topic) == key])

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        held = Post.objects.filter(unit__path__startswith=self.by_code[code].path).held(today())
        return queryset.filter(person__in=held.values("person_id"))


class WishTable(ListTable):
    person = Column(_("Employee"), fixed=True, width=36, order_by=("person__sort_key", "person_id"))
    unit = Column(_("Unit"), empty_values=(), orderable=False, width=40)
    topic = Column(_("Topic"), width=44)
    area = Column(_("Area"), width=22)
    year = Column(_("Year"), classes="nowrap")

    class Meta(ListTable.Meta):
        order_by = ("-year", "person")

    def render_person(self, record: TrainingWish) -> SafeString:
        url = reverse("person", args=[record.person_id])
        return format_html('<a href="{}">{}</a>', url, record.person.full_name)

    def value_person(self, record: TrainingWish) -> str:
        return record.person.full_name

    def render_unit(self, record: TrainingWish) -> str:
        posts = record.person.held_posts
        return posts[0].unit.name if posts else str(self.default)

    def render_area(self, record: TrainingWish) -> str:
        return record.get_area_display() if record.area else str(self.default)


class WishListPage(ListPage):
    """One's own wishes above; below, for who watches others, those of their people."""

    name = "wishes"
    permission = EVERYBODY
    template_name = "training_plans/wishes.html"
    title = _("Wishes for training")
    clause = "3.15"
    help_text = _(
        "Name what you would like to be trained in. Your head and the training centre see it when "
        "they choose topics; a wish is no application."
    )
    table_class = WishTable
    filter_class: type[ListFilter] = WishFilter
    nothing_yet = _("Nobody has named a wish yet.")

    def get_queryset(self) -> QuerySet[TrainingWish]:
        return TrainingWish.objects.visible_to(self.request.user).filter(withdrawn=False)

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        held = Post.objects.held(today()).select_related("unit").order_by("kind", "-share", "pk")
        return queryset.select_related("person").prefetch_related(
            Prefetch("person__posts", held, to_attr="held_posts")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = []
        if self.user.person_id:
            own = list(TrainingWish.objects.filter(person_id=self.user.person_id, withdrawn=False))
        return super().get_context_data(**kwargs) | {
            "own": own,
            "form": WishForm(years=years_to_wish_for()) if self.user.person_id else None,
            "watches": self.user.watches_others,
        }


class AddWishPage(EditPage):
    permission = "training_plans.change_wish"
    form_class = WishForm
    title = _("A topic I would like to be trained in")
    clause = "3.15"
    submit = _("Add the wish")
    done = _("The wish is noted. Your head and the training centre see it.")

    def find(self) -> Any:
        return None

    def form_arguments(self) -> dict[str, Any]:
        return {"years": years_to_wish_for()}

    def verb(self, form: Any) -> TrainingWish:
        return wishes.add_wish(values=form.values, actor=self.actor, on=self.on)

    def after(self, result: Any) -> str:
        return reverse("wishes")


class WithdrawWishView(Page, View):
    permission = "training_plans.change_wish"

    def get_permission_object(self) -> TrainingWish:
        user: Any = self.request.user
        own = TrainingWish.objects.filter(person_id=user.person_id or 0)
        self.wish: TrainingWish = get_object_or_404(own, pk=self.kwargs["pk"])
        return self.wish

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        wishes.withdraw_wish(wish=self.wish, actor=request.user)
        messages.success(request, _("The wish is withdrawn."))
        return HttpResponseRedirect(reverse("wishes"))

"""Units: what belongs to one, who works there, how they stand; set up, change, move, close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import Page
from staff.domain import registry
from staff.domain.unit_tree import above, headcounts, in_tree_order, with_everything_below
from staff.forms.registry import ReasonForm, UnitClosingForm, UnitForm, open_units
from staff.models import Person, Post, Standing, Unit
from staff.models.standing import State
from staff.tables import worst_first
from workflow.calendar import today

from .editing import EditPage

PEOPLE_SHOWN = 100


def _states(numbers: Iterable[dict[str, int]]) -> dict[str, int]:
    """``numbers`` of several units added up, those states that occur, in their order."""
    total: Counter[str] = Counter()
    for states in numbers:
        total.update(states)
    return {state: total[state] for state in State.values if total[state]}


def visible_unit(request: HttpRequest, pk: int) -> Unit:
    rows = Unit.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("head", "secretary", "supervising_vice_rector"), pk=pk
    )


class UnitPage(Page, TemplateView):
    permission = "staff.view_unit"
    template_name = "staff/unit.html"

    def get_permission_object(self) -> Unit:
        self.unit = visible_unit(self.request, self.kwargs["pk"])
        return self.unit

    def get_title(self) -> str:
        return self.unit.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        unit, on = self.unit, today()
        around = list(
            Unit.objects.filter(models.Q(path__startswith=unit.path) | models.Q(pk__in=above(unit)))
        )
        by_key = {each.pk: each for each in around}
        subtree = [each for each in around if each.path.startswith(unit.path)]
        watches = user.watches_others
        visible = Unit.objects.visible_to(user) if not user.sees_everybody else None
        seen = set(visible.values_list("pk", flat=True)) if visible is not None else set(by_key)
        crumbs: list[tuple[Any, str]] = [(_("Units"), reverse("unit_list") if watches else "")]
        for key in above(unit)[:-1]:
            if key in by_key:
                url = reverse("unit", args=[key]) if key in seen else ""
                crumbs.append((by_key[key].name, url))
        people = headcounts(subtree, on=on, below=True)
        standing = self._standings([each.pk for each in subtree]) if watches else {}
        late = with_everything_below(
            subtree, Counter({key: states[State.OVERDUE] for key, states in standing.items()})
        )
        below = in_tree_order(each for each in subtree if each.pk != unit.pk and not each.closed_on)
        for each in below:
            each.headcount = people.get(each.pk, 0)
            each.overdue = late.get(each.pk, 0)
        return super().get_context_data(**kwargs) | {
            "unit": unit,
            "crumbs": crumbs,
            "on": on,
            "below": below,
            "headcount": people.get(unit.pk, 0),
            "states": _states(standing[each.pk] for each in subtree if self._sees(each, standing)),
            "posts": self._posts(),
            "people_shown": PEOPLE_SHOWN,
            "watches": watches,
            "may_change": user.has_perm("staff.change_unit"),
        }

    @staticmethod
    def _standings(units: list[int]) -> dict[int, dict[str, int]]:
        """How the standings of each unit stand, as the dashboard counts them."""
        on = today()
        rows = Standing.objects.on(on).filter(unit_id__in=units)
        return {key: states for (key,), states in rows.numbers("unit_id", on=on).items()}

    def _sees(self, unit: Unit, standing: dict[int, dict[str, int]]) -> bool:
        """Whether there are figures of ``unit`` that are the user's to add up."""
        user: Any = self.request.user
        in_charge = any(unit.path.startswith(path) for path in user.charge_paths)
        return unit.pk in standing and (user.sees_everybody or in_charge)

    def _posts(self) -> list[Post]:
        """Posts held in the unit itself, those the user may see, by name, with the standings."""
        on, user = today(), self.request.user
        posts = Post.objects.held(on).filter(unit=self.unit)
        posts = posts.filter(person__in=Person.objects.visible_to(user))
        posts = posts.select_related("person").prefetch_related(
            models.Prefetch(
                "person__standings", Standing.objects.on(on), to_attr="current_standings"
            )
        )
        shown = list(posts.order_by("person__sort_key", "pk")[:PEOPLE_SHOWN])
        for post in shown:
            standings = worst_first(post.person.current_standings)  # type: ignore[attr-defined]
            post.worst = standings[0] if standings else None  # type: ignore[attr-defined]
        return shown


class AboutUnit(EditPage):
    """A page on which HR changes one unit."""

    permission = "staff.change_unit"
    thing: Unit

    def find(self) -> models.Model:
        return visible_unit(self.request, self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return reverse("unit", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [(_("Units"), reverse("unit_list")), (self.thing.name, self.after(None))]
        return super().get_context_data(**kwargs) | {"crumbs": crumbs, "unit": self.thing}


class UnitCreatePage(EditPage):
    permission = "staff.change_unit"
    title = _("New unit")
    submit = _("Add unit")
    done = _("The unit has been added.")
    form_class = UnitForm

    def find(self) -> Any:
        return None

    def form_arguments(self) -> dict[str, Any]:
        return {
            "units": open_units(),
            "is_new": True,
            "initial": {"parent": self.request.GET.get("parent", "")},
        }

    def verb(self, form: Any) -> Unit:
        return registry.create_unit(values=form.values, actor=self.actor, on=self.on)

    def after(self, result: Any) -> str:
        return reverse("unit", args=[result.pk]) if result else reverse("unit_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [(_("Units"), reverse("unit_list"))]
        return super().get_context_data(**kwargs) | {"crumbs": crumbs}


class UnitEditPage(AboutUnit):
    title = _("Change unit")
    help_text = _(
        "A unit that belongs to another one moves with everything below it. Its head and "
        "secretary see the unit and everything below."
    )
    form_class = UnitForm
    watches_version = True

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing, "units": open_units(but=self.thing)}

    def verb(self, form: Any) -> Unit:
        return registry.change_unit(
            unit=self.thing,
            values=form.values,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


class UnitClosePage(AboutUnit):
    template_name = "staff/unit_close.html"
    title = _("Close unit")
    submit = _("Close unit")
    done = _("The unit has been closed.")
    form_class = UnitClosingForm

    def form_arguments(self) -> dict[str, Any]:
        return {"on": self.on}

    def verb(self, form: forms.Form) -> Unit:
        return registry.close_unit(
            unit=self.thing,
            last_day=form.cleaned_data["last_day"],
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "reasons": registry.reasons_not_to_close(self.thing, last_day=self.on),
            "sentence": gettext("«%(unit)s» will be closed: nobody can be given a post there then.")
            % {"unit": self.thing.name},
        }


class UnitReopenPage(AboutUnit):
    """Takes a closing back; asks for the reason."""

    template_name = "components/confirm.html"
    title = _("Open the unit again")
    submit = _("Open again")
    done = _("The unit is open again.")
    form_class = ReasonForm

    def verb(self, form: forms.Form) -> Unit:
        return registry.reopen_unit(
            unit=self.thing,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": gettext("«%(unit)s» will be open again.") % {"unit": self.thing.name},
            "harmless": True,
        }

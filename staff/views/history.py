"""The history of a thing, for everybody who may see the thing itself (clause 3.10)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import EVERYBODY, Page
from staff.domain.history import changes_of
from staff.models import (
    DeadlineExtension,
    Person,
    Post,
    TrainingRecord,
    TrainingRequirement,
    Unit,
)


def _visible(name: str, user: Any) -> models.QuerySet[Any]:
    """Things of that name the user may see; what is not here has no history page."""
    if name == "person":
        return Person.objects.visible_to(user)
    if name == "record":
        return TrainingRecord.objects.visible_to(user).select_related("person")
    if name == "unit":
        return Unit.objects.visible_to(user)
    if name == "requirement" and user.has_perm("staff.view_requirement"):
        return TrainingRequirement.objects.all()
    if name in ("post", "extension"):
        model = Post if name == "post" else DeadlineExtension
        return model._default_manager.filter(
            person__in=Person.objects.visible_to(user)
        ).select_related("person")
    raise Http404


class HistoryPage(Page, TemplateView):
    permission = EVERYBODY
    template_name = "staff/history.html"
    title = _("History")
    clause = "3.10"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        name = self.kwargs["model"]
        thing = get_object_or_404(_visible(name, user), pk=self.kwargs["pk"])
        changes, more = changes_of(thing, reader=user)
        return super().get_context_data(**kwargs) | {
            "thing": thing,
            "changes": changes,
            "more": more,
            "crumbs": _crumbs(name, thing),
        }


def _crumbs(name: str, thing: Any) -> list[tuple[str, str]]:
    if name == "requirement":
        return [(str(thing), "")]
    if name == "unit":
        return [(thing.name, reverse("unit", args=[thing.pk]))]
    person = thing if name == "person" else thing.person
    crumbs = [(person.full_name, reverse("person", args=[person.pk]))]
    if name == "record":
        crumbs.append((thing.title, reverse("record", args=[thing.pk])))
    elif name != "person":
        crumbs.append((str(thing), ""))
    return crumbs

"""Who signs for whom: one's own substitutes; everybody's for the administrator (forms.md §6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin, View

from interface.pages import Page
from staff.forms.registry import called
from staff.models import Person
from staff.views.editing import EditPage
from training_plans.domain import substitution as verbs
from training_plans.forms.substitutes import SubstituteForm
from workflow.calendar import today
from workflow.models import Substitution

SUGGESTED = 10
HELP = _(
    "While you are away, somebody signs for you: the paper says «for» and names you. A substitute "
    "has your right, not more, and cannot pass it on; nobody decides about themselves. It ends by "
    "itself after the last day, or sooner when you end it."
)


def rows_with_people() -> Any:
    return Substitution.objects.select_related(
        "absent__person", "substitute__person", "entered_by__person"
    )


def described(rows: Any, on: dt.date) -> list[dict[str, Any]]:
    """Rows as the pages show them: what is signed, how it stands, whether it can be ended."""
    found = []
    for row in rows:
        if row.ended:
            look = (gettext("ended"), "wait", "slash-circle")
        elif row.ends_on < on:
            look = (gettext("over"), "wait", "check-lg")
        elif row.starts_on > on:
            look = (gettext("to come"), "info", "calendar-event")
        else:
            look = (gettext("in force today"), "ok", "play-fill")
        is_open = not row.ended and row.ends_on >= on
        found.append(
            {"row": row, "what": verbs.words_of(row.capacities), "look": look, "is_open": is_open}
        )
    return found


class OwnSubstitutesPage(TemplateResponseMixin, Page, View):
    """Who stands in for me, and for whom I do; old ones stay in the list."""

    permission = "training_plans.name_substitute"
    template_name = "training_plans/substitutes.html"
    title = _("Substitutes")
    help_text = HELP

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        on = today()
        rows = rows_with_people()
        return self.render_to_response(
            self.get_context_data(
                mine=described(rows.filter(absent=user), on),
                for_others=described(rows.filter(substitute=user), on),
                lends=verbs.capacities_to_lend(user, on),
                signs=verbs.words_of(verbs.capacities_to_lend(user, on)),
                crumbs=[(_("My account"), reverse("profile")), (_("Substitutes"), "")],
                on=on,
            )
        )


class SubstituteListPage(TemplateResponseMixin, Page, View):
    """All of them, the newest first."""

    permission = "training_plans.manage_substitutes"
    template_name = "training_plans/substitute_list.html"
    title = _("Substitutes")
    help_text = HELP

    def get(self, request: HttpRequest) -> HttpResponse:
        on = today()
        which = request.GET.get("which", "open")
        rows = rows_with_people()
        if which != "all":
            rows = rows.filter(ended=False, ends_on__gte=on)
        page = Paginator(rows, 50).get_page(request.GET.get("page"))
        return self.render_to_response(
            self.get_context_data(
                page=page, rows=described(page.object_list, on), shows_all=which == "all", on=on
            )
        )


class SubstituteAddPage(EditPage):
    """Named by who is away, or by the administrator for anybody (``?for=other``)."""

    permission = "training_plans.name_substitute"
    title = _("Name a substitute")
    form_class = SubstituteForm
    submit = _("Name the substitute")
    help_text = HELP
    thing: Any

    def find(self) -> Any:
        return self.request.user

    @property
    def for_others(self) -> bool:
        asked = self.request.GET.get("for") == "other"
        return asked and self.request.user.has_perm("training_plans.manage_substitutes")

    def form_arguments(self) -> dict[str, Any]:
        lends = None if self.for_others else verbs.capacities_to_lend(self.actor, self.on)
        return {"lends": lends, "initial": {"starts_on": self.on}}

    def verb(self, form: Any) -> Substitution:
        data = form.cleaned_data
        absent = data["absent"] if self.for_others else self.actor
        made = verbs.name_substitute(
            absent=absent,
            substitute=data["substitute"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            capacities=data.get("capacities") or [],
            because=data["because"],
            actor=self.actor,
            on=self.on,
        )
        self.done = gettext("%(person)s signs for %(absent)s in these days.") % {
            "person": made.substitute.display_name,
            "absent": made.absent.display_name,
        }
        for row in verbs.left_alone(
            absent=absent, starts_on=made.starts_on, ends_on=made.ends_on, on=self.on
        ):
            messages.warning(
                self.request,
                gettext(
                    "%(person)s was to stand in for %(other)s in these days and cannot pass it "
                    "on: %(other)s needs another substitute."
                )
                % {"person": absent.display_name, "other": row.absent.display_name},
            )
        return made

    def after(self, result: Any) -> str:
        return reverse("substitute_list" if self.for_others else "substitutes")


class SubstituteEndPage(Page):
    """One click in the list: ended today, or cancelled before it began."""

    permission = "training_plans.name_substitute"
    http_method_names = ["post"]

    def get_permission_object(self) -> Substitution:
        rows = rows_with_people()
        if not self.request.user.has_perm("training_plans.manage_substitutes"):
            rows = rows.filter(absent=self.request.user)
        self.substitution = get_object_or_404(rows, pk=self.kwargs["pk"])
        return self.substitution

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            verbs.end_substitution(substitution=self.substitution, actor=request.user, on=today())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("The substitution is ended; what was signed stays."))
        own = self.substitution.absent_id == request.user.pk
        return HttpResponseRedirect(reverse("substitutes" if own else "substitute_list"))


class SubstitutePeoplePage(Page, View):
    """People with an account, while one types; for who signs something, and the administrator."""

    permission = "training_plans.name_substitute"

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        signs = bool(verbs.capacities_to_lend(user, today()))
        typed = str(next(iter(request.GET.values()), "")).replace("·", " ")
        found: list[Person] = []
        may = signs or user.has_perm("training_plans.manage_substitutes")
        if may and len(typed.strip()) > 1:
            found = list(Person.objects.filter(account__is_active=True).matching(typed)[:SUGGESTED])
        return HttpResponse(
            "".join(format_html('<option value="{}"></option>', called(p)) for p in found)
        )

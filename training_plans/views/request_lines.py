"""The lines of a request: opened in place, kept as they are typed, one by one or many (5.3, 5.4).

Everything works as plain pages too; htmx only spares the way there and back.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import View

from staff.domain.history import changes_since
from staff.forms.registry import called
from staff.views.editing import EditPage, put_into
from training_plans.domain import requests
from training_plans.domain.needs import people_of
from training_plans.domain.request_sheet import SheetLine, sheet
from training_plans.forms.requests import (
    LeaveOutForm,
    LineForm,
    ManyForm,
    PersonAddForm,
    RemarkForm,
)
from training_plans.models import Request, RequestLine
from workflow.calendar import today
from workflow.saving import ChangedMeanwhile, version_of

from .requests import OfRequest, find, page_context

SUGGESTIONS = 12


def find_line(user: Any, pk: int) -> RequestLine:
    lines = RequestLine.objects.filter(request__in=Request.objects.visible_to(user).order_by())
    return get_object_or_404(
        lines.select_related(
            "request__planning_year",
            "request__unit",
            "person",
            "post",
            "requirement",
            "provider",
            "course__provider",
        ),
        pk=pk,
    )


def row_url(line: RequestLine) -> str:
    """The line on the page of its request."""
    return f"{reverse('request', args=[line.request_id])}#line-{line.pk}"


class LinePart(EditPage):
    """A page about one line. For htmx it answers with the line's row and what depends on it."""

    permission = "training_plans.file_request"
    form_class: type[forms.BaseForm] = LineForm
    thing: RequestLine

    def get_permission_object(self) -> Request:
        self.thing = self.find()
        return self.thing.request

    def find(self) -> RequestLine:
        return find_line(self.request.user, self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return row_url(self.thing)

    @property
    def is_htmx(self) -> bool:
        return bool(self.request.htmx)  # type: ignore[attr-defined]

    def renewed(
        self, template: str, *, status: int = 200, suggesting: bool = False, **more: Any
    ) -> HttpResponse:
        """``template`` with the row as it stands now, and the page's sums and buttons."""
        line = find_line(self.request.user, self.thing.pk)
        context = page_context(line.request, self.request.user, only=line, suggesting=suggesting)
        response = self.response_class(
            request=self.request,
            template=[template],
            context=context
            | {"row": context["sheet"].row(line.pk), "renewing": self.request.method == "POST"}
            | more,
            status=status,
        )
        if self.request.method == "POST":
            response["HX-Reswap"] = "none"  # every part says itself where it belongs
        return response


class LinePage(LinePart):
    """The terms of one line: opened with GET, kept with POST, on every change or at once."""

    title = _("Change the line")
    template_name = "training_plans/request_line.html"
    watches_version = True

    def make_form(self, data: Any = None, files: Any = None) -> LineForm:
        return LineForm(data, instance=self.thing)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.is_htmx:
            return super().get(request, *args, **kwargs)
        if "closed" in request.GET:
            return self.renewed("training_plans/_request_line.html", suggesting=True)
        return self.renewed(
            "training_plans/_request_line.html", form=self.make_form(), suggesting=True
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.is_htmx:
            return super().post(request, *args, **kwargs)
        form = self.make_form(request.POST)
        changes: Any = []
        if form.is_valid():
            try:
                self.thing = self.verb(form)
            except ChangedMeanwhile as refusal:
                form.add_error(None, refusal)
                changes = changes_since(
                    self.thing, version=self.asked_version or 0, reader=self.actor
                )
            except ValidationError as refusal:
                put_into(form, refusal)
        if form.errors:
            status = 409 if changes else 422
            return self.renewed(
                "training_plans/_request_line_wrong.html",
                status=status,
                form=form,
                changes=changes,
                newest=version_of(self.thing),
            )
        if "done" in request.POST:
            return self.renewed("training_plans/_request_line.html", suggesting=True)
        return self.renewed("training_plans/_request_line_kept.html")

    @transaction.atomic
    def verb(self, form: LineForm) -> RequestLine:
        """In one transaction with the provider that may be made for it."""
        return requests.change_line(
            line=self.thing,
            values=form.terms(self.actor),
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )

    @property
    def asked_version(self) -> int | None:
        """The version the form was opened on; the one seen since, where it is to be overwritten."""
        over = self.request.POST.get("over", "")
        return int(over) if over.isdecimal() and len(over) < 19 else super().asked_version

    def get_title(self) -> str:
        return self.thing.person.full_name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        whole = sheet(request=self.thing.request, on=self.on, only=self.thing)
        return super().get_context_data(**kwargs) | {
            "row": whole.row(self.thing.pk),
            "crumbs": crumbs_of(self.thing.request),
        }


def crumbs_of(request: Request) -> list[tuple[Any, str]]:
    year = request.planning_year.year
    return [
        (gettext("Requests for %(year)s") % {"year": year}, reverse("request_list", args=[year])),
        (request.unit.name, reverse("request", args=[request.pk])),
    ]


class LineAction(LinePart, View):
    """A button of one line."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(self.after(None))

    def act(self) -> None:
        """Do it; may raise ``ValidationError``."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wrong: list[str] = []
        try:
            self.act()
        except ValidationError as refusal:
            wrong = list(refusal.messages)
        if self.is_htmx:
            return self.answer(wrong)
        for words in wrong:
            messages.error(request, words)
        return HttpResponseRedirect(self.after(None))

    def answer(self, wrong: list[str]) -> HttpResponse:
        is_open = {"form": LineForm(instance=find_line(self.actor, self.thing.pk))}
        return self.renewed(
            "training_plans/_request_line.html",
            status=422 if wrong else 200,
            suggesting=True,
            wrong=wrong,
            **(is_open if "open" in self.request.POST else {}),
        )


class LineSuggestionPage(LineAction):
    """A training suggested for the line, taken with one click."""

    watches_version = True

    def act(self) -> None:
        requests.take_suggestion(
            line=self.thing,
            key=self.request.POST.get("key", ""),
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


class LineTakeInPage(LineAction):
    """Back among those to be trained."""

    def act(self) -> None:
        requests.take_back_in(line=self.thing, actor=self.actor, on=self.on)


class LineRemarkPage(LineAction):
    """What the Centre says of a line, kept as it is typed."""

    permission = "training_plans.decide_request"

    def act(self) -> None:
        form = RemarkForm(self.request.POST)
        if not form.is_valid():
            raise ValidationError([str(e) for errors in form.errors.values() for e in errors])
        requests.remark(
            line=self.thing, words=form.cleaned_data["remark"], actor=self.actor, on=self.on
        )

    def answer(self, wrong: list[str]) -> HttpResponse:
        return self.renewed(
            "training_plans/_request_remark_kept.html", status=422 if wrong else 200, wrong=wrong
        )


class LineLeaveOutPage(LinePart):
    """Asks why, then takes somebody out; the line stays among those left out."""

    template_name = "training_plans/request_leave_out.html"
    form_class = LeaveOutForm
    submit = _("Leave out")
    done = _("Left out; the Centre and HR see the reason.")
    clause = "5.4"

    def get_title(self) -> str:
        return gettext("Leave out of the request: %(person)s") % {
            "person": self.thing.person.short_name
        }

    def verb(self, form: LeaveOutForm) -> RequestLine:
        return requests.leave_out(
            line=self.thing, reason=form.cleaned_data["reason"], actor=self.actor, on=self.on
        )

    def after(self, result: Any) -> str:
        return f"{reverse('request', args=[self.thing.request_id])}#left-out"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": crumbs_of(self.thing.request),
            "cancel_url": row_url(self.thing),
        }


class OfRequestForm(EditPage):
    """A form about a whole request."""

    permission = "training_plans.file_request"
    thing: Request

    def find(self) -> Request:
        return find(self.request.user, self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return reverse("request", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"crumbs": crumbs_of(self.thing)}


class RequestPersonAddPage(OfRequestForm):
    """Somebody whose norm does not fall due."""

    title = _("Add somebody to the request")
    clause = "5.4"
    submit = _("Add")
    done = _("Added; the training remains to be filled in.")
    template_name = "training_plans/request_person.html"

    def make_form(self, data: Any = None, files: Any = None) -> PersonAddForm:
        return PersonAddForm(data, request=self.thing, on=self.on)

    def verb(self, form: PersonAddForm) -> RequestLine:
        return requests.add_person(
            request=self.thing,
            person=form.cleaned_data["person"],
            because=form.cleaned_data["because"],
            actor=self.actor,
            on=self.on,
        )

    def next_url(self, result: Any) -> str:
        return row_url(result)


class RequestPeoplePage(OfRequest, View):
    """What the field for a colleague offers while one types: people of the unit alone."""

    permission = "training_plans.file_request"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        typed = str(next(iter(request.GET.values()), "")).replace("·", " ")
        people = people_of(self.thing.unit_id, on=today()).matching(typed)[:SUGGESTIONS]
        return HttpResponse(
            format_html_join("", '<option value="{}"></option>', ((called(p),) for p in people))
        )


def changed_in_words(count: int) -> str:
    return ngettext("%(count)s line changed.", "%(count)s lines changed.", count) % {"count": count}


class RequestManyPage(OfRequestForm):
    """One training for the chosen lines: a course with one click, or terms typed."""

    title = _("The same training for several")
    submit = _("Apply to all chosen")
    template_name = "training_plans/request_many.html"
    watches_version = True

    @property
    def keys(self) -> list[int]:
        given = self.request.POST if self.request.method == "POST" else self.request.GET
        return [int(key) for key in given.getlist("ids") if key.isdecimal() and len(key) < 19]

    def rows(self) -> list[SheetLine]:
        if not hasattr(self, "_rows"):
            chosen = set(self.keys)
            whole = sheet(request=self.thing, on=self.on)
            self._rows = [row for row in whole.lines if row.pk in chosen]
        return self._rows

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.rows():
            messages.warning(request, gettext("Choose the lines that get the same training."))
            return HttpResponseRedirect(self.after(None))
        return super().get(request, *args, **kwargs)

    def offered(self) -> list[Any]:
        """Suggestions, those that fit most of the chosen first."""
        count: dict[str, int] = {}
        found: dict[str, Any] = {}
        for row in self.rows():
            for suggestion in row.suggestions:
                if suggestion.values.get("course") is None:
                    continue
                found.setdefault(suggestion.key, suggestion)
                count[suggestion.key] = count.get(suggestion.key, 0) + 1
        keys = sorted(found, key=lambda key: (-count[key], -found[key].score, key))
        return [(found[key], count[key]) for key in keys[:6]]

    def make_form(self, data: Any = None, files: Any = None) -> ManyForm:
        return ManyForm(data)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.POST.get("key", "")
        suggestion = next((s for s, _count in self.offered() if s.key == key), None)
        if suggestion is None:
            return super().post(request, *args, **kwargs)
        return self._apply(dict(suggestion.values))

    def _apply(self, values: dict[str, Any]) -> HttpResponse:
        try:
            messages.success(self.request, changed_in_words(self._set(values)))
        except ChangedMeanwhile as refusal:
            self.meanwhile = self.changes_after(self.asked_version or 0)
            messages.error(self.request, " ".join(refusal.messages))
            return self.show(self.make_form(), status=409)
        except ValidationError as refusal:
            for words in refusal.messages:
                messages.error(self.request, words)
        return HttpResponseRedirect(self.after(None))

    def _set(self, values: dict[str, Any]) -> int:
        return requests.set_for_many(
            request=self.thing,
            lines=self.keys,
            values=values,
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )

    def newest_version(self) -> int:
        return requests.newest_change(row.pk for row in self.rows())

    def changes_after(self, version: int) -> list[Any]:
        """Of all the chosen lines; each is titled with its person."""
        seen = requests.newest_changes((row.pk for row in self.rows()), upto=version)
        found = []
        for row in self.rows():
            before = seen.get(row.pk, 0)
            for change in changes_since(row.line, version=before, reader=self.actor):
                change.title = row.line.person.short_name
                found.append(change)
        return found

    @transaction.atomic
    def verb(self, form: ManyForm) -> int:
        count = self._set(form.terms(self.actor))
        self.done = changed_in_words(count)
        return count

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "rows": self.rows(),
            "offered": self.offered(),
            "hidden": [*context["hidden"], *(("ids", str(key)) for key in self.keys)],
        }

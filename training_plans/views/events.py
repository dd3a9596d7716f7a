"""Events: planned, filled, marked, handed to HR, verified in bulk (clauses 3.10, 3.11)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.lists import chosen_ids
from interface.pages import Page
from staff.forms.registry import called
from staff.models import Person, Post
from staff.views.editing import EditPage
from training_plans.domain import events
from training_plans.domain.attendance import clashes
from training_plans.forms.catalogue import EnrolForm, EventForm, ReasonForm
from training_plans.models import Course, Event, Participant, PlanLine
from training_plans.transitions import EVENT
from workflow.calendar import today
from workflow.models import Decision
from workflow.saving import ChangedMeanwhile, version_of

from .catalogue import course_of
from .catalogue_lists import PARTICIPANT_TONES, look_of

SUGGESTIONS = 15
PAGES_OF = {
    "hold": "event_hold",
    "cancel": "event_cancel",
    "reopen": "event_reopen",
    "verify": "event_verify",
}


def event_of(pk: int) -> Any:
    """When what is held is everybody's to look at; who takes part is not."""
    rows = Event.objects.with_places().select_related("course__provider")
    return get_object_or_404(rows, pk=pk)


def with_posts(participants: Any, event: Event) -> list[Any]:
    """Participants, each with ``post``: the one held on the first day of ``event``."""
    held = Post.objects.held(event.starts_on).select_related("unit")
    rows = list(
        participants.select_related("person", "certificate").prefetch_related(
            Prefetch("person__posts", held, to_attr="posts_then")
        )
    )
    for row in rows:
        row.post = next(iter(row.person.posts_then), None)
        row.called = called(row.person)
        row.tone, row.icon = PARTICIPANT_TONES[Participant.State(row.state)]
    return rows


def back_to(event: Event) -> HttpResponse:
    return HttpResponseRedirect(reverse("event", args=[event.pk]))


def crumbs_of(event: Event, *, inside: bool = False) -> list[tuple[Any, str]]:
    crumbs: list[tuple[Any, str]] = [(_("Events"), reverse("event_list"))]
    if inside:
        crumbs.append((event.course.title, reverse("event", args=[event.pk])))
    return crumbs


class EventPage(Page, TemplateView):
    """One event: its days, its places, who takes part as far as one may see them."""

    permission = "training_plans.view_catalogue"
    template_name = "training_plans/event.html"

    def get_permission_object(self) -> Event:
        self.event = event_of(self.kwargs["pk"])
        return self.event

    def get_title(self) -> str:
        return self.event.course.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        on, event = today(), self.event
        fills = event.state == Event.State.PLANNED and user.has_perm(
            "training_plans.change_catalogue"
        )
        participants = with_posts(event.participants.visible_to(user), event)
        decisions = EVENT.decisions(event)
        defaults = {"enrol_form": EnrolForm(), "refusals": []}
        return (
            defaults
            | super().get_context_data(**kwargs)
            | {
                "event": event,
                "course": event.course,
                "outcomes": event.course.outcomes.splitlines(),
                "crumbs": crumbs_of(event),
                "on": on,
                "look": look_of(event, on),
                "filled": min(100, 100 * event.taken // event.places),
                "left": max(event.places - event.taken, 0),
                "has_begun": event.starts_on <= on,
                "participants": participants,
                "mine": next((p for p in participants if p.person_id == user.person_id), None),
                "watches": user.watches_others,
                "sees_all": user.sees_everybody,
                "fills": fills,
                "may_print": user.has_perm("training_plans.print_event"),
                "lines": events.fitting_lines(event) if fills else [],
                "offers": [
                    (offer, reverse(PAGES_OF[offer.transition.name], args=[event.pk]))
                    for offer in EVENT.offers(event, actor=user, on=on)
                ],
                "decisions": decisions,
                "returned": _newest(decisions, "reopen") if event.state == "planned" else None,
                "cancelled": _newest(decisions, "cancel") if event.state == "cancelled" else None,
            }
        )


def _newest(decisions: list[Decision], transition: str) -> Decision | None:
    """The last decision, where it is this transition."""
    last = decisions[0] if decisions else None
    return last if last and last.transition == transition else None


# --- planned, changed, cancelled --------------------------------------------------------------
class EventAddPage(EditPage):
    permission = "training_plans.change_catalogue"
    template_name = "training_plans/event_form.html"
    title = _("New event")
    clause = "3.11"
    submit = _("Plan event")
    done = _("The event is planned. Now enrol the participants.")
    form_class = EventForm
    thing: Course

    def find(self) -> Course:
        return course_of(self.kwargs["pk"])

    def verb(self, form: Any) -> Event:
        return events.plan_event(
            course=self.thing, values=form.values, actor=self.actor, on=self.on
        )

    def after(self, result: Any) -> str:
        if isinstance(result, Event):
            return reverse("event", args=[result.pk])
        return reverse("course", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [
            (_("Course catalogue"), reverse("course_list")),
            (self.thing.title, self.after(None)),
        ]
        return super().get_context_data(**kwargs) | {"crumbs": crumbs, "course": self.thing}


class AboutEvent(EditPage):
    """A page on which something is done with one event."""

    thing: Any

    def find(self) -> Event:
        return event_of(self.kwargs["pk"])

    def after(self, result: Any) -> str:
        return reverse("event", args=[self.thing.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": crumbs_of(self.thing, inside=True),
            "event": self.thing,
            "course": self.thing.course,
        }


class EventEditPage(AboutEvent):
    permission = "training_plans.change_catalogue"
    template_name = "training_plans/event_form.html"
    title = _("Change event")
    clause = "3.11"
    form_class = EventForm
    watches_version = True

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing}

    def verb(self, form: Any) -> Event:
        return events.change_event(
            event=self.thing,
            values=form.values,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )


class EventCancelPage(AboutEvent):
    permission = "training_plans.change_catalogue"
    template_name = "components/confirm.html"
    title = _("Cancel event")
    clause = "3.11"
    submit = _("Cancel the event")
    done = _("The event is cancelled.")
    form_class = ReasonForm

    def verb(self, form: forms.Form) -> Event:
        return events.cancel(
            event=self.thing, reason=form.cleaned_data["reason"], actor=self.actor, on=self.on
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": gettext("«%(course)s» will not be held in these days.")
            % {"course": self.thing.course.title},
            "consequences": [
                gettext("Places given away: %(count)s. Those people see the reason.")
                % {"count": self.thing.taken},
                gettext("Their lines of the plan wait for another event."),
            ],
        }


# --- the list ---------------------------------------------------------------------------------
class EventEnrolPage(EventPage):
    """Enrols one employee; what is refused stands at the field."""

    permission = "training_plans.change_catalogue"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = EnrolForm(request.POST)
        if form.is_valid():
            person = form.cleaned_data["person"]
            try:
                events.enrol(event=self.event, people=[person], actor=request.user, on=today())
            except ValidationError as refusal:
                form.add_error("person", refusal.messages)
            else:
                messages.success(
                    request, gettext("Enrolled: %(person)s.") % {"person": person.full_name}
                )
                return back_to(self.event)
        return self.render_to_response(self.get_context_data(enrol_form=form), status=422)


class EventTakeInPage(EventPage):
    """Enrols those chosen from the lines of the approved plan, in one click."""

    permission = "training_plans.change_catalogue"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        lines = PlanLine.objects.filter(pk__in=chosen_ids(request)).select_related("person")
        try:
            taken = events.take_in(
                event=self.event, lines=list(lines), actor=request.user, on=today()
            )
        except ValidationError as refusal:
            context = self.get_context_data(refusals=refusal.messages)
            return self.render_to_response(context, status=422)
        messages.success(
            request,
            ngettext("Enrolled: %(count)s person.", "Enrolled: %(count)s people.", len(taken))
            % {"count": len(taken)},
        )
        return back_to(self.event)


class ParticipantWithdrawPage(Page):
    """Takes one participant off the list; they can be enrolled again."""

    permission = "training_plans.change_catalogue"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        participant = get_object_or_404(
            Participant.objects.select_related("person", "event"), pk=pk
        )
        try:
            events.withdraw_participant(participant=participant, actor=request.user, on=today())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(
                request,
                gettext("Withdrawn: %(person)s. The place is free.")
                % {"person": participant.person.full_name},
            )
        return back_to(participant.event)


class EventPeoplePage(Page):
    """What the field that enrols offers while one types: who works at the academy."""

    permission = "training_plans.change_catalogue"

    def get(self, request: HttpRequest) -> HttpResponse:
        typed = str(next(iter(request.GET.values()), "")).replace("·", " ")
        people = (
            Person.objects.visible_to(request.user).employed(today()).matching(typed)[:SUGGESTIONS]
            if len(typed.strip()) > 1
            else []
        )
        return HttpResponse(
            "".join(format_html('<option value="{}"></option>', called(p)) for p in people)
        )


class EventSheetPage(Page, TemplateView):
    """The list of participants on paper, to be signed on the day."""

    permission = "training_plans.print_event"
    template_name = "training_plans/event_sheet.html"
    title = _("Attendance sheet")
    clause = "3.11"

    def get_permission_object(self) -> Event:
        self.event = event_of(self.kwargs["pk"])
        return self.event

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "event": self.event,
            "course": self.event.course,
            "crumbs": crumbs_of(self.event, inside=True),
            "participants": with_posts(self.event.participants.on_the_list(), self.event),
        }


class EventAttendancePage(Page, TemplateView):
    """Who came: everybody at once, or one by one; made for a phone in the lecture room."""

    permission = "training_plans.change_catalogue"
    template_name = "training_plans/event_attendance.html"
    title = _("Attendance")
    clause = "3.11"

    def get_permission_object(self) -> Event:
        self.event = event_of(self.kwargs["pk"])
        return self.event

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.event.state != Event.State.PLANNED:
            return back_to(self.event)
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        marks = self._marks(request)
        version = request.POST.get("version", "")
        try:
            changed = events.mark_attendance(
                event=self.event,
                marks=marks,
                actor=request.user,
                on=today(),
                version=int(version) if version.isdecimal() and len(version) < 19 else 0,
            )
        except ChangedMeanwhile as refusal:
            context = self.get_context_data(typed=marks, refusals=refusal.messages)
            return self.render_to_response(context, status=409)
        except ValidationError as refusal:
            context = self.get_context_data(typed=marks, refusals=refusal.messages)
            return self.render_to_response(context, status=422)
        messages.success(
            request, gettext("Attendance saved. Marks changed: %(count)s.") % {"count": changed}
        )
        return back_to(self.event)

    @staticmethod
    def _marks(request: HttpRequest) -> dict[int, str]:
        """What was pressed, by the participant's key; «rest» marks whoever is not marked yet."""
        marks = {
            int(found[1]): str(value)
            for name, value in request.POST.items()
            if (found := re.fullmatch(r"mark-(\d{1,18})", name))
        }
        if "rest" in request.POST:
            unmarked, attended = Participant.State.ENROLLED.value, Participant.State.ATTENDED.value
            marks = {k: attended if v == unmarked else v for k, v in marks.items()}
        return marks

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on, typed = today(), kwargs.pop("typed", {})
        rows = with_posts(self.event.participants.on_the_list(), self.event)
        for row in rows:
            row.shown = typed.get(row.pk, row.state)
            row.differs = row.shown != row.state
        return (
            {"refusals": []}
            | super().get_context_data(**kwargs)
            | {
                "event": self.event,
                "course": self.event.course,
                "crumbs": crumbs_of(self.event, inside=True),
                "participants": rows,
                "choices": [
                    (Participant.State.ATTENDED, gettext("attended"), "check-lg"),
                    (Participant.State.ABSENT, gettext("absent"), "x-lg"),
                    (Participant.State.ENROLLED, gettext("not marked"), "dash-lg"),
                ],
                "too_early": on < self.event.starts_on,
                "version": events.list_version(self.event),
            }
        )


# --- to HR and back ---------------------------------------------------------------------------
class EventHoldPage(Page):
    """Hands the attendance to HR; a refusal is said on the event's page."""

    permission = "training_plans.change_catalogue"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        event = event_of(pk)
        try:
            events.hold(event=event, actor=request.user, on=today())
        except ValidationError as refusal:
            for message in refusal.messages:
                messages.error(request, message)
        else:
            messages.success(request, _("The attendance is with HR now."))
        return back_to(event)


class EventReopenPage(AboutEvent):
    permission = "training_plans.verify_event"
    template_name = "components/confirm.html"
    title = _("Return to the Centre")
    clause = "3.10"
    submit = _("Return")
    done = _("The event is with the Centre again.")
    form_class = ReasonForm

    def verb(self, form: forms.Form) -> Event:
        return events.reopen(
            event=self.thing, reason=form.cleaned_data["reason"], actor=self.actor, on=self.on
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": gettext("The list of «%(course)s» goes back to the Centre.")
            % {"course": self.thing.course.title},
            "consequences": [
                gettext("The Centre reads your reason, puts the list right and hands it over anew.")
            ],
            "harmless": True,
        }


class EventVerifyPage(AboutEvent):
    """HR checks the list, then makes all records and certificates at once."""

    permission = "training_plans.verify_event"
    template_name = "training_plans/event_verify.html"
    title = _("Verify attendance")
    clause = "3.10"
    submit = _("Verify and issue certificates")
    form_class = forms.Form
    watches_version = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.thing.state != Event.State.HELD:
            return back_to(self.thing)
        return super().get(request, *args, **kwargs)

    @property
    def done(self) -> str:
        count = self.thing.participants.attended().count()
        return gettext("Records and certificates made: %(count)s.") % {"count": count}

    def verb(self, form: forms.Form) -> Event:
        return events.verify(
            event=self.thing, actor=self.actor, on=self.on, version=self.asked_version
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        event = self.thing
        rows = with_posts(event.participants.on_the_list(), event)
        found = {clash.participant.pk: clash for clash in clashes(event)}
        for row in rows:
            row.clash = found.get(row.pk)
        attended = [row for row in rows if row.state == Participant.State.ATTENDED]
        return super().get_context_data(**kwargs) | {
            "attended": attended,
            "absent": [row for row in rows if row.state == Participant.State.ABSENT],
            "is_stopped": any(clash.is_same for clash in found.values()),
            "version": version_of(event),
        }

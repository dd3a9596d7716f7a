"""The application being written: of a plan line in two clicks, or outside the plan (7.1, 5.5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import Page
from staff.domain.history import changes_since
from staff.models import Person, Post, Unit
from staff.rules import is_centre
from staff.views.records import ProviderSuggestionsPage
from training_plans.domain import applications
from training_plans.domain.application_outlook import outlook_of
from training_plans.forms.applications import ApplicationHintForm
from training_plans.models import PlanLine, Precision, TrainingApplication
from workflow.calendar import today

from .application_form import THERE_IS_ONE, ApplicationFormPage, case_url, visible_case

PEOPLE_SHOWN = 50


def line_to_apply(request: HttpRequest, pk: int) -> PlanLine:
    rows = PlanLine.objects.visible_to(request.user).select_related(
        "person", "post", "unit", "provider", "course", "plan__planning_year"
    )
    return get_object_or_404(rows, pk=pk)


class ApplicationBeginPage(ApplicationFormPage):
    """Of a line of the plan, everything filled in."""

    permission = "training_plans.apply"
    title = _("Application")

    def find(self) -> PlanLine:
        return line_to_apply(self.request, self.kwargs["line"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A line applied for already shows its case: a draft opens where it was left."""
        twin = (
            TrainingApplication.objects.visible_to(self.actor)
            .filter(plan_line=self.thing)
            .filter(state__in=[*TrainingApplication.OPEN, "closed"])
            .first()
        )
        if twin is None:
            return super().get(request, *args, **kwargs)
        may_write = twin.can_be_edited and self.actor.has_perm("training_plans.file_case", twin)
        return HttpResponseRedirect(
            reverse("application_edit", args=[twin.pk]) if may_write else case_url(twin)
        )

    def sketch(self) -> TrainingApplication:
        return applications.proposal(self.thing, self.on)

    def keep(self, values: dict[str, Any]) -> TrainingApplication:
        return applications.begin(line=self.thing, values=values, actor=self.actor, on=self.on)

    @property
    def hint_about(self) -> str:  # type: ignore[override]
        return f"line={self.thing.pk}"

    @property
    def back_url(self) -> str:
        return reverse("plan_line", args=[self.thing.pk])


def files_for_others(user: Any) -> bool:
    """Whether the account files for people: the Centre, a head or a secretary."""
    if is_centre(user):
        return True
    return user.person_id is not None and Unit.objects.led_by(user.person_id).exists()


# --- outside the plan ---------------------------------------------------------------------------
def posts_to_apply_for(user: Any) -> Any:
    """Posts held today the account may apply for: one's own, of units led; the Centre everybody."""
    posts = Post.objects.held(today()).select_related("person", "unit")
    if is_centre(user):
        return posts
    if user.person_id is None:
        return posts.none()
    led = Unit.objects.led_by(user.person_id)
    return posts.filter(person_id=user.person_id) | posts.filter(unit__in=led)


class ApplicationNewPage(Page, TemplateView):
    """Outside the plan: for whom. Where there is one's own post alone, the form opens at once."""

    permission = "training_plans.view_cases"
    title = _("Application outside the plan")
    clause = "5.5"
    template_name = "training_plans/application_new.html"
    help_text = _(
        "What stands in the plan is applied for from its line. Anything else needs an amendment "
        "of the plan first: the application proposes it, and waits at the Centre until the "
        "amendment is approved."
    )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user
        posts = posts_to_apply_for(user)
        if not posts.exists():
            raise PermissionDenied
        own = list(posts[:2])
        if len(own) == 1 and own[0].person_id == user.person_id:
            return HttpResponseRedirect(reverse("application_new_for", args=[own[0].pk]))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        asked = self.request.GET.get("q", "").strip()
        posts = posts_to_apply_for(user)
        if asked:
            people = Person.objects.matching(asked)
            posts = posts.filter(person__in=people.values("pk"))
        rows = list(posts.order_by("person__sort_key", "pk")[: PEOPLE_SHOWN + 1])
        rows.sort(key=lambda post: post.person_id != user.person_id)  # oneself first
        return super().get_context_data(**kwargs) | {
            "posts": rows[:PEOPLE_SHOWN],
            "more": len(rows) > PEOPLE_SHOWN,
            "asked": asked,
            "files_for_others": files_for_others(user),
            "calls_off": user.has_perm("training_plans.call_off"),
            "crumbs": [(_("Cases"), reverse("case_list"))],
        }


class ApplicationNewForPage(ApplicationFormPage):
    """Outside the plan, for who holds a post."""

    permission = "training_plans.apply"
    title = _("Application outside the plan")

    def find(self) -> Post:
        rows = Post.objects.held(today()).select_related("person", "unit")
        people = Person.objects.visible_to(self.request.user)
        rows = rows.filter(person__in=people.values("pk"))
        return get_object_or_404(rows, pk=self.kwargs["post"])

    def sketch(self) -> TrainingApplication:
        post: Any = self.thing
        return TrainingApplication(
            person=post.person,
            post=post,
            unit=post.unit,
            year=self.on.year,
            precision=Precision.DAYS,
        )

    def keep(self, values: dict[str, Any]) -> TrainingApplication:
        return applications.begin(post=self.thing, values=values, actor=self.actor, on=self.on)

    @property
    def hint_about(self) -> str:  # type: ignore[override]
        return f"post={self.thing.pk}"


# --- what was kept ------------------------------------------------------------------------------
class ApplicationEditPage(ApplicationFormPage):
    """A draft, or what was returned."""

    permission = "training_plans.file_case"
    watches_version = True

    def get_title(self) -> str:
        return (
            gettext("Application outside the plan")
            if self._is_unplanned
            else gettext("Application")
        )

    @property
    def _is_unplanned(self) -> bool:
        return self.thing.plan_line_id is None

    def find(self) -> TrainingApplication:
        return visible_case(self.request, self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.thing.can_be_edited:
            return HttpResponseRedirect(case_url(self.thing))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A second click finds the application sent: here is its case."""
        if not self.thing.can_be_edited and self._says_the_same():
            messages.info(request, THERE_IS_ONE)
            return HttpResponseRedirect(case_url(self.thing))
        return super().post(request, *args, **kwargs)

    def _says_the_same(self) -> bool:
        """Whether what was typed is what is kept: nothing would be lost by turning away."""
        form = self.make_form(self.request.POST, None)
        if not form.is_valid():
            return False
        kept: Any = self.thing
        name = kept.provider.name if kept.provider else ""
        return form.cleaned_data["provider_name"] == name and all(
            getattr(kept, field) == value for field, value in form.values.items()
        )

    def sketch(self) -> TrainingApplication:
        return visible_case(self.request, self.thing.pk)

    def keep(self, values: dict[str, Any]) -> TrainingApplication:
        kept = applications.change(
            application=self.thing,
            values=values,
            actor=self.actor,
            on=self.on,
            version=self.asked_version,
        )
        return visible_case(self.request, kept.pk)

    def changes_after(self, version: int) -> list[Any]:
        return changes_since(self.thing, version=version, reader=self.actor)

    @property
    def hint_about(self) -> str:  # type: ignore[override]
        return f"case={self.thing.pk}"

    @property
    def back_url(self) -> str:
        return case_url(self.thing)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        kept: Any = self.thing
        crumbs = [*context["crumbs"], (kept.number_text or kept.topic, case_url(kept))]
        return context | {"crumbs": crumbs}


class ApplicationSendPage(Page):
    """One click: send a draft as it is. What is refused is said on the case."""

    permission = "training_plans.file_case"
    http_method_names = ["post"]

    def get_permission_object(self) -> TrainingApplication:
        self.application = visible_case(self.request, self.kwargs["pk"])
        return self.application

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.application.state in TrainingApplication.ON_THE_ROUTE:
            messages.info(request, THERE_IS_ONE)
            return HttpResponseRedirect(case_url(self.application))
        try:
            applications.submit(application=self.application, actor=request.user, on=today())
        except ValidationError as refusal:
            for sentence in refusal.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, _("The application is sent."))
        return HttpResponseRedirect(case_url(self.application))


class ApplicationConsentPage(Page):
    """The employee agrees to the use of personal data; then back to where they came from."""

    permission = "training_plans.give_consent"
    http_method_names = ["post"]

    def get_permission_object(self) -> TrainingApplication:
        self.application = visible_case(self.request, self.kwargs["pk"])
        return self.application

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self.application.person
        applications.give_consent(person=person, actor=request.user, on=today())
        messages.success(request, _("Your consent is recorded."))
        return HttpResponseRedirect(case_url(self.application))


# --- while one types ----------------------------------------------------------------------------
class ApplicationHintPage(Page, TemplateView):
    """What is being typed means: last day to apply, load, overlaps, money, contract, route."""

    permission = "training_plans.apply"
    template_name = "training_plans/_application_hint.html"

    def get_permission_object(self) -> Any:
        about = {name: self.request.GET.get(name, "") for name in ("line", "post", "case")}
        keys = {name: int(key) for name, key in about.items() if key.isdecimal() and len(key) < 19}
        if "line" in keys:
            line = line_to_apply(self.request, keys["line"])
            self.sketch = applications.from_line(line)
            return line
        if "post" in keys:
            posts = posts_to_apply_for(self.request.user)
            post = get_object_or_404(posts, pk=keys["post"])
            self.sketch = TrainingApplication(
                person=post.person, post=post, unit=post.unit, year=today().year
            )
            return post
        if "case" in keys:
            self.sketch = visible_case(self.request, keys["case"])
            return self.sketch
        raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ApplicationHintForm(self.request.GET).put_onto(self.sketch)
        return super().get_context_data(**kwargs) | {
            "outlook": outlook_of(self.sketch, today()),
            "application": self.sketch,
            "is_group": bool(self.request.GET.get("group")),
            "on": today(),
        }


class ApplicationProvidersPage(ProviderSuggestionsPage):
    """Names of providers while one types; no secret to anybody signed in."""

    permission = "training_plans.view_cases"

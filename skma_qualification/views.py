"""Pages that belong to no floor: home, the language, health, and what is said when things fail."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from interface.pages import EVERYBODY, Page
from interface.templatetags.interface import STATES
from reports.domain import compliance
from reports.views.compliance import hr_tasks
from staff.models import Person, Role, User
from staff.models.standing import State
from staff.tasks import NIGHTLY_CHECK, NIGHTLY_CHECK_AGE
from staff.views.person import judgements_of
from training_plans.domain.waiting import own_plan_lines
from training_plans.views.home import planning_tasks
from workflow.calendar import today
from workflow.models import JobRun

log = logging.getLogger(__name__)
URGENT_DAYS = 90
URGENT_SHOWN = 8
YEAR_SECONDS = 365 * 24 * 3600


class HomeView(Page, TemplateView):
    """Where everybody lands: what concerns them."""

    permission = EVERYBODY
    title = _("Home")
    template_name = "home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        on = today()
        context = super().get_context_data(**kwargs) | {"on": on, "on_iso": on.isoformat()}
        if user.person:
            records = list(user.person.records.select_related("provider"))
            posts = list(user.person.posts.select_related("unit"))
            context["judgements"] = judgements_of(user.person, records, posts, on)
        if user.watches_others:
            context |= self._others(compliance.visible(user=user, on=on), on)
        late = context.get("counts", {}).get(State.OVERDUE, 0)
        tasks = [{"kind": "overdue", "count": late}] if late else []
        context["tasks"] = tasks + (hr_tasks() if user.has_role(Role.HR) else [])
        return context | {
            "planning_tasks": planning_tasks(user=user, on=on),
            "plan_lines": own_plan_lines(user=user, on=on),
        }

    @staticmethod
    def _others(rows: Any, on: dt.date) -> dict[str, Any]:
        """How the people one watches stand, and who falls due next."""
        counts: Counter[str] = Counter()
        for numbers in rows.numbers("unit_id", on=on).values():
            counts.update(numbers)
        last = on + dt.timedelta(days=URGENT_DAYS)
        urgent = (
            rows.filter(due_on__gte=on, due_on__lte=last)
            .exclude(state=State.EXEMPT)
            .select_related("person", "unit", "requirement")
            .order_by("due_on", "person__sort_key")
        )
        return {
            "counts": counts,
            "states": [
                ({"value": s.value, "label": s.label, "count": counts.get(s, 0)}, STATES[s].tone)
                for s in compliance.STATES
            ],
            "urgent": list(urgent[:URGENT_SHOWN]),
            "urgent_to": last.isoformat(),
        }


# --- language -------------------------------------------------------------------------------


@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language for this browser, and for the account of who is signed in."""
    came_from = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        came_from = reverse("home")
    response = HttpResponseRedirect(came_from)
    code = request.POST.get("language", "")
    if request.method != "POST" or code not in User.Language.values:
        return response
    if isinstance(request.user, User) and request.user.language != code:
        request.user.language = code
        request.user.save(update_fields=["language"])
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it by this name whatever the page says."""
    return HttpResponseRedirect(static("img/mark.svg"))


# --- health ---------------------------------------------------------------------------------


@login_not_required
@require_safe
def health_live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def health_ready(request: HttpRequest) -> HttpResponse:
    """Whether work can be done here: database, migrations, last night's check."""
    report = {"database": "ok", "migrations": "ok", "nightly_check": "ok"}
    try:
        if _unapplied_migrations():
            report |= {"migrations": "not applied", "nightly_check": "unknown"}
        else:
            report["nightly_check"] = _nightly_check(timezone.now())
    except DatabaseError:
        report = dict.fromkeys(report, "unknown") | {"database": "unreachable"}
    ready = set(report.values()) <= {"ok", "not needed yet"}
    return JsonResponse(report, status=200 if ready else 503)


def _unapplied_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _nightly_check(now: dt.datetime) -> str:
    """``not needed yet`` while the registry is empty."""
    last = JobRun.objects.last_finished(NIGHTLY_CHECK)
    if last is None or last.finished_at is None:
        return "never" if Person.objects.exists() else "not needed yet"
    return "ok" if now - last.finished_at <= NIGHTLY_CHECK_AGE else "older than a day"


# --- when things fail -----------------------------------------------------------------------


def _failure(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    context["number"] = getattr(request, "number", "")
    return render(request, template, context, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _failure(request, "400.html", 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``exception`` may carry a sentence for the reader."""
    return _failure(request, "403.html", 403, sentence=str(exception or ""))


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _failure(request, "404.html", 404)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _failure(request, "403_csrf.html", 403)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Asks neither the database nor a context processor: they may be what has failed."""
    number = getattr(request, "number", "")
    log.error("request %s failed", number)
    try:
        page = loader.get_template("500.html").render({"number": number})
    except Exception:  # the page itself cannot be drawn: a line of plain text is left
        return HttpResponse(f"500 · {number}", content_type="text/plain", status=500)
    return HttpResponse(page, status=500)

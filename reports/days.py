"""Any day can be asked: today and later at once, a past day computed first (interface.md)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from staff.domain import standings
from staff.models import PastDay, Person
from staff.tasks import PAST_DAY
from workflow import jobs
from workflow.calendar import today
from workflow.days import day_asked
from workflow.tasks import run_job


class DayMixin:
    """A page about one day, ``?on=YYYY-MM-DD``. Mixed into views; sets ``self.on``."""

    on: dt.date
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.on, self.day_form = day_asked(request.GET)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        job = self._missing_day()
        if job is not None:
            context = {
                "page_title": _("The day is being computed"),
                "job": job,
                "on": self.on,
                "poll": f"{reverse('day_progress', args=[job.pk])}",
            }
            return render(request, "reports/computing.html", context, status=202)
        return super().get(request, *args, **kwargs)  # type: ignore[misc]

    def _missing_day(self) -> Any:
        """The job that computes a past day, where it is not there yet; else ``None``."""
        if self.on >= today():
            return None
        if PastDay.objects.filter(day=self.on, complete=True, stale=False).exists():
            return None
        job, made = jobs.ask(name=PAST_DAY, key=self.on.isoformat())
        if not made:
            return job
        if Person.objects.count() > standings.AT_ONCE:
            run_job.delay(job.pk)
            return job
        run_job(job.pk)
        job.refresh_from_db()
        return None if job.state == job.State.DONE else job

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # type: ignore[misc]
        context.setdefault("on", self.on)
        context.setdefault("on_iso", self.on.isoformat())
        context.setdefault("day_form", self.day_form)
        context.setdefault("is_today", self.on == today())
        return context

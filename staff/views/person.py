"""One person as one picture: standing with its reasons, records, posts, extensions (3.6, 3.13)."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from interface.pages import Page
from staff.domain import standings
from staff.domain.standing import Explained, Stretch, Verdict
from staff.models import Person, Post, TrainingRecord, TrainingRequirement
from staff.picture import Picture, picture
from workflow.calendar import today
from workflow.days import day_asked


class Judgement(NamedTuple):
    """A verdict as the page shows it: hours are decimal, the sentence is a key of the template."""

    requirement: TrainingRequirement
    post: Post
    verdict: Verdict
    state: str
    sentence: str
    counted: float
    largest: float
    required: float
    shortfall: float
    left_after: float
    short_after: float
    dropping: float
    wide: Picture
    narrow: Picture

    @property
    def ring(self) -> tuple[float, float]:
        """Filled and whole length of the ring that shows hours against the norm."""
        whole = 220.0
        if not self.required:
            return (whole if self.state in ("compliant", "expiring") else 0.0, whole)
        return (round(whole * min(self.counted / self.required, 1), 1), whole)


class RecordLine(NamedTuple):
    """A record and what each requirement makes of it."""

    record: TrainingRecord
    readings: list[tuple[TrainingRequirement, Explained | None]]
    counts: bool


def _sentence(verdict: Verdict) -> str:
    """Which sentence explains the standing: its state, and whether the norm has hours."""
    kind = "hours" if verdict.norm.centihours else "any"
    state = verdict.state
    if state in ("compliant", "expiring"):
        return f"reached_{kind}"
    return f"{state}_{kind}" if state != "exempt" else "exempt"


class PersonView(Page, TemplateView):
    permission = "staff.view_person"
    template_name = "staff/person.html"
    help_text = _(
        "The picture shows 36 months back from the day and what lies ahead. A bar begins on the "
        "last day of a training and ends on the last day it counts. Grey bars do not count; the "
        "table says why. Only verified records count."
    )

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.on, self.day_form = day_asked(request.GET)

    def get_permission_object(self) -> Person:
        self.person = get_object_or_404(
            Person.objects.visible_to(self.request.user).select_related("photo"),
            pk=self.kwargs["pk"],
        )
        return self.person

    def get_title(self) -> str:
        return self.person.full_name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        person = self.person
        user: Any = self.request.user
        records = list(person.records.select_related("provider", "document"))
        posts = list(person.posts.select_related("unit"))
        judgements = judgements_of(person, records, posts, self.on)
        return context | {
            "person": person,
            "on": self.on,
            "is_today": self.on == today(),
            "day_form": self.day_form,
            "judgements": judgements,
            "lines": _lines(records, judgements),
            "posts": posts,
            "present_posts": [post for post in posts if post.is_held(self.on)],
            "extensions": list(person.extensions.all()),
            "may_edit": user.has_perm("staff.change_person"),
            "may_see_iin": user.has_perm("staff.view_iin"),
            "is_self": user.person_id == person.pk,
            "pending": sum(r.state == TrainingRecord.State.PENDING for r in records),
        }


def judgements_of(
    person: Person, records: list[TrainingRecord], posts: list[Post], on: dt.date
) -> list[Judgement]:
    """Everything that judges a person on a day, ready to be shown."""
    known = {record.pk: record for record in records}
    found = standings.verdicts(person=person, on=on)
    requirements = TrainingRequirement.objects.in_bulk([s.norm.key for s, _v in found])
    by_key = {post.pk: post for post in posts}
    return [_judgement(stretch, verdict, requirements, by_key, known) for stretch, verdict in found]


def _judgement(
    stretch: Stretch,
    verdict: Verdict,
    requirements: dict[int, TrainingRequirement],
    posts: dict[int, Post],
    records: dict[int, TrainingRecord],
) -> Judgement:
    after = verdict.counted_after_lapse
    return Judgement(
        requirement=requirements[stretch.norm.key],
        post=posts[stretch.post.key],
        verdict=verdict,
        state=verdict.state,
        sentence=_sentence(verdict),
        counted=verdict.counted / 100,
        largest=verdict.largest_single / 100,
        required=verdict.norm.centihours / 100,
        shortfall=verdict.shortfall / 100,
        left_after=after / 100,
        short_after=max(verdict.norm.centihours - after, 0) / 100,
        dropping=(verdict.counted - after) / 100,
        wide=picture(verdict, records),
        narrow=picture(verdict, records, narrow=True),
    )


def _lines(records: list[TrainingRecord], judgements: list[Judgement]) -> list[RecordLine]:
    lines = []
    for record in records:
        readings = [
            (
                judgement.requirement,
                next((e for e in judgement.verdict.records if e.record.key == record.pk), None),
            )
            for judgement in judgements
        ]
        lines.append(
            RecordLine(record, readings, any(e is not None and e.counts for _r, e in readings))
        )
    return lines

"""Which training would fit somebody who must be trained (clauses 3.15, 5.4).

Courses of the catalogue whose area and volume satisfy the norm, what the person wished, what was
planned for them and not held, the priorities of the year. What is known is gathered once for a
whole request, so its cost does not grow with the people.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from interface.text import search_key
from staff.models import Area, Person, TrainingRecord, Unit
from training_plans.models import (
    Course,
    Funding,
    PlanLine,
    PlanningYear,
    Priority,
    RequestLine,
    TrainingWish,
)
from workflow.calendar import add_months

MOST = 4
LOOK_BACK_MONTHS = 36
# What makes one course better than another; all that holds is added up.
WISHED, NOT_HELD, BY_COLLEAGUES, OF_THE_PROFILE, PRIORITY, OWN, ASKED_BEFORE, FREE = (
    60, 55, 30, 25, 20, 15, 10, 8,
)  # fmt: skip
ATTENDED_ALREADY = -40
PRICE_UNKNOWN = -20

TRAINING = (
    "topic",
    "area",
    "form",
    "kind",
    "course",
    "provider",
    "country",
    "city",
    "mode",
    "language",
    "hours",
    "credits",
    "funding",
    "cost",
)
_WORD = re.compile(r"[^\W\d_]{5,}")
_STEM = 6


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One training that would fit. ``key`` names it («course-12»), ``values`` are terms it sets.

    ``why``: short reasons, the strongest first. ``is_sure``: complete, accepted by the norm and
    related to the person's work, so it may be filled in unasked.
    """

    key: str
    values: Mapping[str, Any]
    why: tuple[str, ...]
    score: int
    is_sure: bool

    @property
    def topic(self) -> str:
        return str(self.values["topic"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a training must satisfy: accepted areas (none: any) and hours (``None``: any)."""

    person_id: int
    areas: tuple[str, ...] = ()
    hours: Decimal | None = None

    def accepts(self, area: str) -> bool:
        return not self.areas or area in self.areas


def _cut(*texts: str) -> frozenset[str]:
    """The long words of ``texts``, cut to their stems: endings differ in Kazakh and Russian."""
    return frozenset(word[:_STEM] for word in _WORD.findall(search_key(*texts)))


_SAID_EVERYWHERE = _cut(
    "кафедра факультет бөлімі басқармасы орталығы секторы колледж медицина академия оқыту оқытудың "
    "білім пәнін негіздері заманауи әдістері технологиялары қолдану ұйымдастыру жұмыс даму жалпы "
    "обучение преподавание основы современные методы технологии department faculty medical "
    "medicine teaching training methods modern"
)


def _stems(*texts: str) -> frozenset[str]:
    """What ``texts`` are about: stems without the words said everywhere."""
    return _cut(*texts) - _SAID_EVERYWHERE


def training_of(course: Course) -> dict[str, Any]:
    """The terms a course of the catalogue gives; who pays is the employer unless it is free."""
    is_free = course.price == 0
    return {
        "topic": course.title,
        "area": course.area,
        "form": course.form,
        "kind": course.kind,
        "course": course,
        "provider": course.provider,
        "country": course.country or course.provider.country,
        "city": course.city,
        "mode": course.mode,
        "language": course.language,
        "hours": course.hours,
        "credits": course.credits,
        "funding": Funding.FREE if is_free else Funding.EMPLOYER,
        "cost": course.price,
    }


@dataclass
class Known:
    """Everything suggestions are made of, for the people of one unit and one year."""

    courses: Sequence[Course]
    # Topics (as search keys) → people who attended them lately.
    attended: Mapping[str, frozenset[int]]
    wishes: Mapping[int, Sequence[TrainingWish]]
    priorities: Sequence[Priority]
    not_held: Mapping[int, Sequence[PlanLine]]
    asked_before: frozenset[str]
    unit_words: frozenset[str]
    words_of: Mapping[int, frozenset[str]]
    _keys: dict[int, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for course in self.courses:
            self._keys[course.pk] = (search_key(course.title), _stems(course.title))

    def fitting(self, wanted: Wanted) -> list[Suggestion]:
        """The few best for somebody, the best first; each topic once."""
        found = [*self._of_catalogue(wanted), *self._not_held(wanted), *self._ideas(wanted)]
        found.sort(key=lambda s: (-s.score, s.values.get("cost") or 0, s.topic, s.key))
        best: dict[str, Suggestion] = {}
        for suggestion in found:
            best.setdefault(search_key(suggestion.topic), suggestion)
        return list(best.values())[:MOST]

    def _of_catalogue(self, wanted: Wanted) -> Iterable[Suggestion]:
        for course in self.courses:
            if not wanted.accepts(course.area):
                continue
            if wanted.hours is not None and course.hours < wanted.hours:
                continue
            yield self._judged(course, wanted)

    def _judged(self, course: Course, wanted: Wanted) -> Suggestion:
        topic, words = self._keys[course.pk]
        learners = self.attended.get(topic, frozenset())
        own_words = self.unit_words | self.words_of.get(wanted.person_id, frozenset())
        wishes = self.wishes.get(wanted.person_id, ())
        related = [
            (WISHED, _("wished for"), any(_same_topic(wish.topic, words) for wish in wishes)),
            (BY_COLLEAGUES, _("colleagues attended it"), bool(learners - {wanted.person_id})),
            (OF_THE_PROFILE, _("fits the profile"), bool(words & own_words)),
            (PRIORITY, _("priority of the year"), self._is_priority(words)),
            (ASKED_BEFORE, _("asked for last year"), topic in self.asked_before),
        ]
        pleasant = [
            (OWN, _("held by the academy"), course.is_own),
            (FREE, _("free of charge"), course.price == 0),
        ]
        holding = [item for item in [*related, *pleasant] if item[2]]
        score = sum(weight for weight, _words, _holds in holding)
        attended = wanted.person_id in learners
        score += ATTENDED_ALREADY * attended + PRICE_UNKNOWN * (course.price is None)
        close = any(holds for _weight, _words, holds in related) or course.is_own
        needs_profile = not wanted.areas or Area.PROFILE in wanted.areas
        return Suggestion(
            key=f"course-{course.pk}",
            values=training_of(course),
            why=tuple(words for _weight, words, _holds in holding[:2]),
            score=score,
            is_sure=course.price is not None and not attended and (close or not needs_profile),
        )

    def _is_priority(self, words: frozenset[str]) -> bool:
        return any(_same_topic(row.topic_kk, words) for row in self.priorities)

    def _not_held(self, wanted: Wanted) -> Iterable[Suggestion]:
        """What stood in last year's plan for the person and was not held."""
        for line in self.not_held.get(wanted.person_id, ()):
            enough = wanted.hours is None or (line.hours or 0) >= wanted.hours
            accepted = wanted.accepts(line.area)
            if accepted and enough:
                yield Suggestion(
                    key=f"plan-{line.pk}",
                    values={name: getattr(line, name) for name in TRAINING},
                    why=(_("planned last year, not held"),),
                    score=NOT_HELD,
                    is_sure=True,
                )

    def _ideas(self, wanted: Wanted) -> Iterable[Suggestion]:
        """Topics without a course behind them: provider, volume and cost remain to be found."""
        ideas = [
            (f"wish-{wish.pk}", wish.topic, wish.area, _("wished for"), WISHED // 2)
            for wish in self.wishes.get(wanted.person_id, ())
        ]
        ideas += [
            (f"priority-{row.pk}", row.topic_kk, row.area, _("priority of the year"), 0)
            for row in self.priorities
        ]
        for key, topic, area, why, score in ideas:
            if area and not wanted.accepts(area):
                continue
            values = {"topic": topic} | ({"area": area} if area else {})
            yield Suggestion(key=key, values=values, why=(why,), score=score, is_sure=False)


def _same_topic(text: str, words: frozenset[str]) -> bool:
    """Whether at least half of the words that matter in ``text`` are among ``words``."""
    own = _stems(text)
    return bool(own) and 2 * len(own & words) >= len(own)


def gather(
    *, planning_year: PlanningYear, unit: Unit, people: Collection[int], on: dt.date
) -> Known:
    """What is known for suggesting to ``people`` of ``unit``. A constant number of queries."""
    year = planning_year.year
    wishes: defaultdict[int, list[TrainingWish]] = defaultdict(list)
    for wish in TrainingWish.objects.filter(year=year, withdrawn=False, person_id__in=people):
        wishes[wish.person_id].append(wish)
    return Known(
        courses=list(Course.objects.offered().select_related("provider")),
        attended=_attended(people, on),
        wishes=wishes,
        priorities=list(planning_year.priorities.all()),
        not_held=_not_held(people, year - 1),
        asked_before=_asked_before(unit, year - 1),
        unit_words=_stems(unit.name_kk, unit.name_ru),
        words_of={
            key: _stems(disciplines)
            for key, disciplines in Person.objects.filter(pk__in=people)
            .exclude(disciplines="")
            .values_list("pk", "disciplines")
        },
    )


def _attended(people: Collection[int], on: dt.date) -> dict[str, frozenset[int]]:
    lately = TrainingRecord.objects.counting().filter(
        person_id__in=people, ends_on__gt=add_months(on, -LOOK_BACK_MONTHS)
    )
    found: defaultdict[str, set[int]] = defaultdict(set)
    for title, person_id in lately.order_by().values_list("title", "person_id"):
        found[search_key(title)].add(person_id)
    return {topic: frozenset(learners) for topic, learners in found.items()}


def _not_held(people: Collection[int], year: int) -> dict[int, list[PlanLine]]:
    waiting = PlanLine.objects.planned().filter(
        plan__planning_year__year=year,
        person_id__in=people,
        execution__in=[PlanLine.Execution.POSTPONED, PlanLine.Execution.NOT_HELD],
    )
    found: defaultdict[int, list[PlanLine]] = defaultdict(list)
    for line in waiting.exclude(topic="").select_related("provider", "course"):
        found[line.person_id].append(line)
    return found


def _asked_before(unit: Unit, year: int) -> frozenset[str]:
    lines = RequestLine.objects.filter(
        request__unit=unit, request__planning_year__year=year, left_out=False
    )
    return frozenset(
        search_key(topic) for topic in lines.order_by().values_list("topic", flat=True)
    )

"""Writes what ``standing`` computes: the rows for today and later, and those of a past day.

Every verb that changes a record, a post, an extension or a requirement calls ``restate`` in its
own transaction; the nightly check calls it for everybody and reports what differed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import CharField, ExpressionWrapper, F, Func, Q, QuerySet
from django.db.models.functions import Cast

from staff.models import (
    DeadlineExtension,
    PastDay,
    Person,
    Post,
    Standing,
    TrainingRecord,
    TrainingRequirement,
)
from workflow.jobs import collector_off
from workflow.pouring import pour

from .standing import (
    Completed,
    Held,
    Norm,
    Span,
    Stretch,
    Timetable,
    Verdict,
    as_held,
    dated,
    decisive_record,
    explain,
    leaves_of,
    simple_stretches,
    stretches,
    timetable,
)

CHUNK = 10_000
# So many people take a fraction of a second; more are left to the worker, with progress.
AT_ONCE = 5_000
Progress = Callable[[int, int], None]
Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]
_Row = tuple[Any, ...]


class Difference(NamedTuple):
    """How many stored rows a recomputation had to add, mend and remove."""

    added: int
    mended: int
    removed: int

    @property
    def total(self) -> int:
        return self.added + self.mended + self.removed


def norm_of(row: TrainingRequirement) -> Norm:
    return Norm(
        key=row.pk,
        code=row.code,
        months=row.months,
        centihours=row.hours * 100,
        areas=frozenset(row.areas),
        single=row.counting == TrainingRequirement.Counting.SINGLE,
        categories=frozenset(row.categories),
        leaders_only=row.leaders_only,
        residual=row.residual,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def norms() -> list[Norm]:
    """Every version of every requirement, as the calculation wants them."""
    return [norm_of(row) for row in TrainingRequirement.objects.order_by("pk")]


class _Days(dict[str, dt.date]):
    """ISO text to date, each once: dates travel as text because SQLite keeps them so."""

    def __missing__(self, text: str) -> dt.date:
        self[text] = day = dt.date.fromisoformat(text)
        return day


_DAYS = _Days()


class _Texts(dict[dt.date | None, str | None]):
    """Date to ISO text, each once: as text a computed row is held against a stored one."""

    def __missing__(self, day: dt.date | None) -> str | None:
        self[day] = text = day.isoformat() if day else None
        return text


_TEXTS = _Texts()
_PERSON = itemgetter(4)


def _completed(row: _Row) -> Completed:
    key, ends_on, centihours, area, _person = row
    return Completed(key, _DAYS[ends_on], centihours, area)


class Facts:
    """What standing is computed from, for one person.

    ``rows``: the counting records as the database gave them, newest first; they begin like
    ``Completed``, with the day as text.
    """

    __slots__ = ("_made", "leaves", "posts", "rows")

    def __init__(self, posts: list[Held], rows: Sequence[_Row], leaves: Sequence[Span]) -> None:
        self.posts = posts
        self.leaves = leaves
        self.rows = rows
        self._made: list[Completed] | None = None

    @property
    def newest_first(self) -> list[Completed]:
        """The counting records, made when they are asked for: most never are."""
        if self._made is None:
            self._made = [_completed(row) for row in self.rows]
        return self._made


def _hundredths(field: str) -> Func:
    """A decimal column × 100 as a whole number.

    Declared as text so that Django converts nothing: both drivers give an ``int``, and half a
    million conversions are a third of the time.
    """
    template = "CAST(ROUND(%(expressions)s * 100) AS INTEGER)"
    return Func(field, template=template, output_field=CharField())


def _bare(field: str) -> ExpressionWrapper[F]:
    """A column as the driver gives it: a flag is 0 or 1, or a boolean."""
    return ExpressionWrapper(F(field), output_field=CharField())


def _text(field: str) -> Cast:
    return Cast(field, CharField())


def facts(people: Narrow) -> dict[int, Facts]:
    """Posts, counting records (newest first) and merged leaves of some people, in three queries.

    ``people`` narrows a queryset that has ``person_id`` to those meant.
    """
    days, second = _DAYS, Post.Kind.SECOND.value
    posts: defaultdict[int, list[Held]] = defaultdict(list)
    for person, key, unit, category, leader, start, end, kind, share in (
        people(Post.objects.all())
        .order_by()
        .values_list(
            "person_id",
            "pk",
            "unit_id",
            "category",
            _bare("is_leader"),
            _text("starts_on"),
            _text("ends_on"),
            "kind",
            _hundredths("share"),
        )
    ):
        last = days[end] if end else None
        posts[person].append(
            as_held((key, unit, category, leader, days[start], last, kind == second, share))
        )
    leaves: defaultdict[int, list[Span]] = defaultdict(list)
    for person, first, last in people(DeadlineExtension.objects.order_by()).values_list(
        "person_id", "starts_on", "ends_on"
    ):
        leaves[person].append((first, last))
    newest_first = (
        people(TrainingRecord.objects.counting())
        .order_by("person_id", "-ends_on", "-pk")
        .values_list("pk", _text("ends_on"), _hundredths("hours"), "area", "person_id")
    )
    records = {person: list(rows) for person, rows in groupby(newest_first, _PERSON)}
    merged = {person: leaves_of(spans) for person, spans in leaves.items()}
    return {
        person: Facts(held, records.get(person, ()), merged.get(person, ()))
        for person, held in posts.items()
    }


def times_of(all_norms: Sequence[Norm]) -> Timetable:
    return timetable(all_norms, Post.Category.values)


def stretches_of(
    posts: Sequence[Held], all_norms: Sequence[Norm], times: Timetable, since: dt.date
) -> list[Stretch]:
    """``stretches``, the short way where there is one post; ``times`` are ``times_of`` norms."""
    if len(posts) == 1:
        return simple_stretches(posts[0], times, since=since)
    return stretches(posts, all_norms, since=since)


# The columns of a row as it is computed, stored and poured; the first three are its key.
_KEY = ("person_id", "requirement_id", "holds_from")
_COLUMNS = (
    "post_id",
    "unit_id",
    "category",
    "holds_until",
    "decisive_id",
    "reached_until",
    "base_on",
    "due_on",
    "plain_due_on",
)
_DATES = {"holds_from", "holds_until", "reached_until", "base_on", "due_on", "plain_due_on"}


def _wanted(
    person: int,
    known: Facts,
    all_norms: Sequence[Norm],
    times: Timetable,
    on: dt.date,
) -> Iterator[_Row]:
    """Every row that answers for ``on`` and later: ``_KEY`` and ``_COLUMNS``, days as text."""
    days, texts, on_text = _DAYS, _TEXTS, on.isoformat()
    for norm, post, held_since, holds_from, holds_until in stretches_of(
        known.posts, all_norms, times, on
    ):
        row = decisive_record(norm, known.rows, on_text)
        ended_on = days[row[1]] if row else None
        reached, base, due, plain = dated(norm, ended_on, held_since, known.leaves)
        yield (
            person,
            norm.key,
            texts[holds_from],
            post.key,
            post.unit,
            post.category,
            texts[holds_until],
            row[0] if row else None,
            texts[reached],
            texts[base],
            texts[due],
            texts[plain],
        )


def _stored(rows: QuerySet[Standing]) -> defaultdict[int, list[_Row]]:
    """By person: key of each row, then ``_KEY`` and ``_COLUMNS``."""
    names = [_text(name) if name in _DATES else name for name in (*_KEY, *_COLUMNS)]
    found: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in rows.order_by().values_list("pk", *names):
        found[row[1]].append(row)
    return found


# The columns of a new row, as ``pour`` takes them.
_NEW = ("past_day_id", *_KEY, *_COLUMNS)
_COPY = f"COPY {Standing._meta.db_table} ({', '.join(_NEW)}) FROM STDIN WITH (NULL 'None')"
_LINE = "\t".join(["%s"] * len(_NEW)) + "\n"


class _Lines:
    """Rows as a file to copy from: computed while the database writes those it has."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._lines = map(_LINE.__mod__, rows)

    def read(self, _size: int = -1) -> str:
        return "".join(islice(self._lines, 100))


def _fill(rows: Iterable[_Row]) -> int:
    """``pour`` of new rows, which are keys, codes and days; how many there were."""
    if connection.vendor != "postgresql":
        new = list(rows)
        pour(Standing, _NEW, new)
        return len(new)
    with connection.cursor() as cursor:
        cursor.copy_expert(_COPY, _Lines(rows))
        return int(cursor.rowcount)


def _all_wanted(
    people: Narrow,
    past_day: int | None,
    all_norms: Sequence[Norm],
    times: Timetable,
    on: dt.date,
) -> Iterator[_Row]:
    """Every new row of some people: read now, computed as the rows are taken."""
    known_people = facts(people)
    return (
        (past_day, *row)
        for person, known in known_people.items()
        for row in _wanted(person, known, all_norms, times, on)
    )


class _Changes(NamedTuple):
    """What must be written so that the stored rows of some people are what they should be."""

    added: list[_Row]
    mended: list[Standing]
    gone: list[tuple[int, int]]  # person, row

    def people(self) -> set[int]:
        return (
            {row[1] for row in self.added}
            | {row.person_id for row in self.mended}
            | {person for person, _pk in self.gone}
        )


def _compare(people: Narrow, all_norms: Sequence[Norm], times: Timetable, on: dt.date) -> _Changes:
    """Recompute some people and hold the result against their stored rows. Writes nothing."""
    alive = Q(holds_until__isnull=True) | Q(holds_until__gte=on)
    stored = _stored(people(Standing.objects.filter(alive, past_day__isnull=True)))
    added: list[_Row] = []
    mended: list[Standing] = []
    gone: list[_Row] = []
    for person, known in facts(people).items():
        wanted = list(_wanted(person, known, all_norms, times, on))
        if wanted == [row[1:] for row in stored[person]]:
            del stored[person]
            continue
        by_key = {row[1:4]: row for row in stored.pop(person)}
        for row in wanted:
            present = by_key.pop(row[:3], None)
            if present is None:
                added.append((None, *row))
            elif present[1:] != row:
                columns = dict(zip(_COLUMNS, row[3:], strict=True))
                mended.append(Standing(pk=present[0], person_id=person, **columns))
        gone += by_key.values()
    gone += chain.from_iterable(stored.values())
    return _Changes(added, mended, [(row[1], row[0]) for row in gone])


def _settle(people: Narrow, all_norms: Sequence[Norm], times: Timetable, on: dt.date) -> Difference:
    """Write what ``_compare`` found; the people are held by the caller.

    Rows whose days are over answer for nothing any more; they go without being counted.
    """
    people(Standing.objects.filter(past_day__isnull=True, holds_until__lt=on)).delete()
    changes = _compare(people, all_norms, times, on)
    gone = [pk for _person, pk in changes.gone]
    for start in range(0, len(gone), 500):
        Standing.objects.filter(pk__in=gone[start : start + 500]).delete()
    if changes.mended:
        Standing.objects.bulk_update(changes.mended, _COLUMNS, batch_size=500)
    if changes.added:
        _fill(changes.added)
    return Difference(len(changes.added), len(changes.mended), len(gone))


@transaction.atomic
def restate(*, people: Sequence[int], on: dt.date) -> Difference:
    """Rewrite the standings of these people (keys), in the caller's transaction."""
    _past_days_changed()
    all_norms = norms()
    times = times_of(all_norms)
    total = Difference(0, 0, 0)
    for start in range(0, len(people), 5_000):
        some = list(people[start : start + 5_000])
        hold(Person.objects.filter(pk__in=some))
        part = _settle(lambda rows: rows.filter(person_id__in=some), all_norms, times, on)  # noqa: B023
        total = Difference(*(a + b for a, b in zip(total, part, strict=True)))
    return total


@collector_off()
def restate_everybody(*, on: dt.date, progress: Progress | None = None) -> Difference:
    """Recompute all standings, chunk by chunk; memory does not grow with their number.

    First everybody is only looked at; whoever differs is held and settled, as in ``restate``. So
    a night in which nothing differed locks nobody.
    """
    all_norms = norms()
    times = times_of(all_norms)
    total = Difference(0, 0, 0)
    Standing.objects.filter(past_day__isnull=True, holds_until__lt=on).delete()
    any_stored = Standing.objects.filter(past_day__isnull=True).exists()
    for low, high, done, of in person_ranges():

        def within(rows: QuerySet[Any], low: int = low, high: int = high) -> QuerySet[Any]:
            return rows.filter(person_id__gte=low, person_id__lte=high)

        if any_stored:
            differing = sorted(_compare(within, all_norms, times, on).people())
            part = restate(people=differing, on=on) if differing else Difference(0, 0, 0)
        else:
            with transaction.atomic():
                hold(Person.objects.filter(pk__gte=low, pk__lte=high))
                if within(Standing.objects.filter(past_day__isnull=True)).exists():
                    part = _settle(within, all_norms, times, on)
                else:
                    new = _all_wanted(within, None, all_norms, times, on)
                    part = Difference(_fill(new), 0, 0)
        total = Difference(*(a + b for a, b in zip(total, part, strict=True)))
        if progress:
            progress(done, of)
    _past_days_changed()
    return total


def person_ranges() -> Iterator[tuple[int, int, int, int]]:
    """Everybody in chunks: first and last key, how many are done with it, how many there are."""
    keys = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        yield chunk[0], chunk[-1], start + len(chunk), len(keys)


@collector_off()
def past_day(*, day: dt.date, progress: Progress | None = None) -> PastDay:
    """Standings as of a past day, from the ledger and posts of that day; kept until data change.

    Built beside the rows there are, which it replaces at the end: readers never see half a day.
    """
    asked = PastDay.objects.create(day=day)
    all_norms = norms()
    times = times_of(all_norms)
    for low, high, done, of in person_ranges():
        rows = _all_wanted(
            lambda rows: rows.filter(person_id__gte=low, person_id__lte=high),  # noqa: B023
            asked.pk,
            all_norms,
            times,
            day,
        )
        _fill(row for row in rows if row[3] <= day.isoformat())
        if progress:
            progress(done, of)
    with transaction.atomic():
        PastDay.objects.filter(day=day).exclude(pk=asked.pk).delete()
        PastDay.objects.filter(pk=asked.pk).update(complete=True)
    asked.complete = True
    return asked


def _past_days_changed() -> None:
    """Past days rest on other facts now. Marked after the commit, when everybody sees those."""
    transaction.on_commit(lambda: PastDay.objects.filter(stale=False).update(stale=True))


def forget_stale_days() -> None:
    """Remove past days that no longer hold; they are computed anew when somebody asks."""
    PastDay.objects.filter(stale=True).delete()


def hold(people: QuerySet[Person]) -> None:
    """Hold people until the transaction ends, so two changes never compute past each other.

    SQLite has one writer anyway and ignores it.
    """
    list(people.select_for_update().order_by("pk").values_list("pk", flat=True))


def verdicts(*, person: Person, on: dt.date) -> list[tuple[Stretch, Verdict]]:
    """Everything that judges one person on ``on``, with its reasons, straight from the ledger."""
    known = facts(lambda rows: rows.filter(person_id=person.pk)).get(person.pk)
    if known is None:
        return []
    all_norms = norms()
    return [
        (
            stretch,
            explain(
                norm=stretch.norm,
                records=known.newest_first,
                held_since=stretch.held_since,
                leaves=known.leaves,
                on=on,
            ),
        )
        for stretch in stretches(known.posts, all_norms, since=on)
        if stretch.holds_from <= on
    ]


class Status(NamedTuple):
    """One line of ``check_compliance``."""

    person_id: int
    stretch: Stretch
    verdict: Verdict


def statuses(*, on: dt.date) -> Iterator[Status]:
    """Everybody's standing on any day, recomputed, chunk by chunk in the order of the keys."""
    all_norms = norms()
    times = times_of(all_norms)
    for low, high, _done, _of in person_ranges():
        for person, known in facts(
            lambda rows: rows.filter(person_id__gte=low, person_id__lte=high)  # noqa: B023
        ).items():
            for stretch in stretches_of(known.posts, all_norms, times, on):
                if stretch.holds_from <= on:
                    yield Status(
                        person,
                        stretch,
                        explain(
                            norm=stretch.norm,
                            records=known.newest_first,
                            held_since=stretch.held_since,
                            leaves=known.leaves,
                            on=on,
                        ),
                    )

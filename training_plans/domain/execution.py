"""Plan against fact: how far each line is, and the figures of report 001 §1 (3.14, 5.5).

Every figure is defined once, here: for one line by ``outcome_of``, for a query by ``having``.
Lines taken out before the first approval were never planned and are in no figure.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interface.text import search_key
from staff.domain.unit_tree import above
from staff.models import TrainingRecord, Unit
from training_plans.models import AmendmentItem, Plan, PlanLine, PlanningYear
from training_plans.models.plans import PlanLineQuerySet
from workflow.saving import put, save, take

Execution = PlanLine.Execution
IN_PROGRESS = (
    Execution.APPLIED,
    Execution.ORDERED,
    Execution.IN_TRAINING,
    Execution.DOCUMENTS_DUE,
)
# What may follow. A line may be done from anywhere: a verified record proves it. Cases go along the
# first four; the Centre itself marks what was postponed or not held, and takes such a mark back.
NEXT: dict[str, frozenset[str]] = {
    Execution.NOT_BEGUN: frozenset({Execution.APPLIED, Execution.POSTPONED, Execution.NOT_HELD}),
    Execution.APPLIED: frozenset(
        {Execution.ORDERED, Execution.NOT_BEGUN, Execution.POSTPONED, Execution.NOT_HELD}
    ),
    Execution.ORDERED: frozenset(
        {
            Execution.IN_TRAINING,
            Execution.DOCUMENTS_DUE,
            Execution.NOT_BEGUN,
            Execution.POSTPONED,
            Execution.NOT_HELD,
        }
    ),
    Execution.IN_TRAINING: frozenset(
        {Execution.ORDERED, Execution.DOCUMENTS_DUE, Execution.NOT_HELD}
    ),
    Execution.DOCUMENTS_DUE: frozenset(
        {Execution.ORDERED, Execution.IN_TRAINING, Execution.NOT_HELD}
    ),
    Execution.DONE: frozenset({Execution.NOT_BEGUN, Execution.DOCUMENTS_DUE}),
    Execution.POSTPONED: frozenset({Execution.NOT_BEGUN, Execution.APPLIED, Execution.NOT_HELD}),
    Execution.NOT_HELD: frozenset({Execution.NOT_BEGUN, Execution.POSTPONED}),
}
WANTS_NOTE = frozenset({Execution.POSTPONED, Execution.NOT_HELD})


class Outcome(models.TextChoices):
    """Where a line stands, as the columns of report 001 §1 say it (forms.md §2)."""

    COMPLETED = "completed", gettext_lazy("carried out")
    IN_PROGRESS = "in_progress", gettext_lazy("being carried out")
    POSTPONED = "postponed", gettext_lazy("postponed")
    CANCELLED = "cancelled", gettext_lazy("did not take place")
    NOT_BEGUN = "not_begun", gettext_lazy("not begun")


_OUTCOMES: dict[str, str] = {
    Execution.NOT_BEGUN.value: Outcome.NOT_BEGUN.value,
    Execution.DONE.value: Outcome.COMPLETED.value,
    Execution.POSTPONED.value: Outcome.POSTPONED.value,
    Execution.NOT_HELD.value: Outcome.CANCELLED.value,
    **{state.value: Outcome.IN_PROGRESS.value for state in IN_PROGRESS},
}


def outcome_of(*, execution: str, taken_out: bool) -> str:
    """The ``Outcome`` of a line. What an amendment took out did not take place."""
    return Outcome.CANCELLED if taken_out else _OUTCOMES[execution]


def having(outcome: str) -> Q:
    """Lines of that outcome: ``outcome_of`` as a condition."""
    states = [state for state, found in _OUTCOMES.items() if found == outcome]
    standing = Q(taken_out=False, execution__in=states)
    return standing | Q(taken_out=True) if outcome == Outcome.CANCELLED else standing


def lines_of(plan: Plan) -> PlanLineQuerySet:
    """Lines that stand in a version of the plan or stood in one: what every figure counts."""
    by_amendment = AmendmentItem.objects.filter(
        withdrawn=False,
        amendment__state="approved",
        change__in=[AmendmentItem.Change.TAKE_OUT, AmendmentItem.Change.REPLACE],
        line__plan=plan,
    )
    found: PlanLineQuerySet = plan.lines.filter(
        Q(taken_out=False) | Q(pk__in=by_amendment.values("line_id"))
    )
    return found


def nothing_known(on: dt.date) -> Q:
    """Late: the time has passed, and neither application nor record nor mark says anything.

    A line postponed counts again once its new time has passed. Derived, never stored.
    """
    silent = [Execution.NOT_BEGUN, Execution.POSTPONED]
    return Q(taken_out=False, execution__in=silent, ends_on__lt=on)


def unproved() -> Q:
    """Done by a record that was revoked meanwhile, or is waiting again."""
    return Q(execution=Execution.DONE) & ~Q(record__state=TrainingRecord.State.VERIFIED)


# --- changing it --------------------------------------------------------------------------------
@transaction.atomic
def set_execution(
    *,
    line: PlanLine,
    state: str,
    actor: Any,
    on: dt.date,
    record: TrainingRecord | None = None,
    note: str = "",
    version: int | None = None,
) -> PlanLine:
    """Say how far the training of ``line`` is: for the cases of higher floors, and the Centre.

    ``NEXT`` says what may follow what. Done wants a verified ``record`` of the same person that
    proves no other line; postponed and not held want a ``note``: the reason, which goes with the
    mark. Raises ``ValidationError``, ``ChangedMeanwhile``.
    """
    line = take(line, version)
    note = note.strip()
    _check_step(line, state)
    if state == Execution.DONE:
        # Held, so that two who name the same record for two lines come one after the other.
        record = take(record) if record is not None else None
        _check_record(line, record)
    else:
        record = None
        if state in WANTS_NOTE and not note:
            raise ValidationError(
                {"note": _("Say why: the reason stands in the plan beside the mark (3.14).")}
            )
    mark(line=line, state=state, actor=actor, record=record, note=note)
    return line


def mark(
    *,
    line: PlanLine,
    state: str,
    actor: Any,
    record: TrainingRecord | None = None,
    note: str = "",
) -> bool:
    """Write it down on a line the caller has taken, unasked: what a case or a record says is so.

    The note of «postponed» or «not held» goes with its mark. Returns whether the line changed.
    """
    leaves_mark = line.execution in WANTS_NOTE and state not in WANTS_NOTE
    note_after = note if leaves_mark else note or line.note
    changed = put(line, {"execution": state, "record": record, "note": note_after})
    if changed:
        save(line, actor=actor, reason=note)
    return changed


def is_proved(line: PlanLine) -> bool:
    """Done by a record that is verified still."""
    record = line.record if line.execution == Execution.DONE else None
    return record is not None and record.state == TrainingRecord.State.VERIFIED


def _check_step(line: PlanLine, state: str) -> None:
    if line.plan.state == Plan.State.CLOSED:
        raise ValidationError(year_is_closed())
    if line.plan.state != Plan.State.APPROVED:
        raise ValidationError(_("Only an approved plan of an open year is carried out (5.5)."))
    if line.taken_out:
        raise ValidationError(_("This line is no longer in the plan: nothing is carried out."))
    if state not in (line.execution, Execution.DONE) and state not in NEXT[line.execution]:
        words = {"before": line.get_execution_display(), "after": Execution(state).label}
        raise ValidationError(
            {
                "state": _("From «%(before)s» a line does not come to «%(after)s». Choose another.")
                % words
            }
        )


def year_is_closed() -> str:
    return _("The year is closed: how its plan was carried out stays as it is (5.5).")


def _check_record(line: PlanLine, record: TrainingRecord | None) -> None:
    if record is None or record.person_id != line.person_id:
        raise ValidationError(
            {"record": _("Choose a training record of this employee: done is what it proves.")}
        )
    if record.state != TrainingRecord.State.VERIFIED:
        raise ValidationError(
            {"record": _("HR has not verified this record; only a verified one proves (3.10).")}
        )
    year = line.plan.planning_year
    if not year.first_day <= record.ends_on <= year.last_day:
        words = {"day": date_format(record.ends_on, "SHORT_DATE_FORMAT"), "year": year.year}
        raise ValidationError(
            {
                "record": _(
                    "This training ended on %(day)s: it is not training of %(year)s. Choose one "
                    "that ended in that year."
                )
                % words
            }
        )
    if PlanLine.objects.planned().filter(record=record).exclude(pk=line.pk).exists():
        raise ValidationError(
            {"record": _("This record proves another line of the plan already. Choose another.")}
        )


# --- figures ------------------------------------------------------------------------------------
@dataclass
class Figures:
    """Plan against fact of some lines. Counts are persons, a person once a line.

    ``planned`` are lines of version 1, whatever became of them; they are ``completed``,
    ``in_progress``, ``postponed``, ``cancelled`` or ``not_begun``. ``unplanned`` came in by
    amendments, ``unplanned_completed`` of them are done. Money in tenge: ``planned_cost`` of what
    stands in the plan now, ``actual_cost`` from the records of what is done.
    """

    planned: int = 0
    by_outcome: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Outcome.values, 0))
    unplanned: int = 0
    unplanned_completed: int = 0
    late: int = 0
    planned_cost: Decimal = Decimal(0)
    actual_cost: Decimal = Decimal(0)
    done_without_cost: int = 0

    @property
    def completed(self) -> int:
        return self.by_outcome[Outcome.COMPLETED]

    @property
    def percent(self) -> Decimal | None:
        """% done = completed ÷ planned, to one decimal; ``None`` where nothing was planned."""
        if not self.planned:
            return None
        return (Decimal(100) * self.completed / self.planned).quantize(Decimal("0.1"))

    def count(self, line: Row) -> None:
        outcome = outcome_of(execution=line.execution, taken_out=line.taken_out)
        done = outcome == Outcome.COMPLETED
        if line.since_version == 1:
            self.planned += 1
            self.by_outcome[outcome] += 1
        elif not line.taken_out:
            self.unplanned += 1
            self.unplanned_completed += done
        self.late += line.is_late
        if not line.taken_out:
            self.planned_cost += line.cost or 0
        if done:
            self.actual_cost += line.record_cost or 0
            self.done_without_cost += line.record_cost is None


@dataclass(frozen=True, slots=True)
class Row:
    """The little of a line that figures look at."""

    unit_path: str
    since_version: int
    taken_out: bool
    execution: str
    starts_on: dt.date | None
    funding: str
    cost: Decimal | None
    record_cost: Decimal | None
    is_late: bool

    @property
    def quarter(self) -> int | None:
        """The quarter the line is planned to begin in, 1–4, as the plan says now."""
        return (self.starts_on.month + 2) // 3 if self.starts_on else None


def rows_of(*, lines: Any, on: dt.date) -> list[Row]:
    """What figures look at of ``lines`` (a query of ``PlanLine``). One query."""
    late = models.Case(
        models.When(nothing_known(on), then=True), default=False, output_field=models.BooleanField()
    )
    found = lines.order_by().values_list(
        "unit__path",
        "since_version",
        "taken_out",
        "execution",
        "starts_on",
        "funding",
        "cost",
        "record__cost",
        late,
    )
    return [Row(*values) for values in found]


def figures_of(rows: Iterable[Row]) -> Figures:
    figures = Figures()
    for row in rows:
        figures.count(row)
    return figures


def figures_by(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, Figures]:
    """Figures by what ``key`` says of a line, such as its quarter or funding."""
    found: defaultdict[Any, Figures] = defaultdict(Figures)
    for row in rows:
        found[key(row)].count(row)
    return dict(found)


def figures_by_unit(rows: Iterable[Row]) -> dict[int, Figures]:
    """By the key of every unit that has lines in itself or below: what is below counts along."""
    found: defaultdict[int, Figures] = defaultdict(Figures)
    for row in rows:
        for key in above(Unit(path=row.unit_path)):
            found[key].count(row)
    return dict(found)


# --- records that fit ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fit:
    """A verified record that may be what ``line`` planned, and by what one sees it."""

    line: PlanLine
    record: TrainingRecord
    same_topic: bool
    same_time: bool


def fitting(*, plan: Plan, lines: Any, limit: int = 200) -> list[Fit]:
    """Verified records of the year that fit an open line of the same person, surest first.

    They fit by topic or by time (their days overlap). A record and a line are proposed once, a
    record that proves a line not at all. ``lines`` is a query. Two queries.
    """
    year: PlanningYear = plan.planning_year
    waiting = lines.filter(plan=plan, taken_out=False).exclude(execution=Execution.DONE)
    open_lines = list(
        waiting.select_related("person", "unit", "provider").order_by("starts_on", "pk")
    )
    records = (
        TrainingRecord.objects.counting()
        .filter(
            person_id__in=waiting.order_by().values("person_id"),
            ends_on__range=(year.first_day, year.last_day),
        )
        .exclude(pk__in=PlanLine.objects.planned().filter(record__isnull=False).values("record_id"))
        .select_related("provider")
        .order_by("ends_on", "pk")
    )
    of_person: defaultdict[int, list[TrainingRecord]] = defaultdict(list)
    for record in records:
        of_person[record.person_id].append(record)
    fits = [
        fit
        for line in open_lines
        for record in of_person[line.person_id]
        if (fit := _fit(line, record))
    ]
    fits.sort(key=lambda fit: (not fit.same_topic, not fit.same_time))
    return _each_once(fits)[:limit]


def _fit(line: PlanLine, record: TrainingRecord) -> Fit | None:
    same_topic = bool(record.title_key) and record.title_key == search_key(line.topic)[:300]
    same_time = (
        line.period is not None
        and line.area == record.area
        and record.starts_on <= line.period[1]
        and line.period[0] <= record.ends_on
    )
    return Fit(line, record, same_topic, same_time) if same_topic or same_time else None


def _each_once(fits: list[Fit]) -> list[Fit]:
    lines: set[int] = set()
    records: set[int] = set()
    chosen = []
    for fit in fits:
        if fit.line.pk not in lines and fit.record.pk not in records:
            chosen.append(fit)
            lines.add(fit.line.pk)
            records.add(fit.record.pk)
    return chosen


def records_for(line: PlanLine) -> models.QuerySet[TrainingRecord]:
    """Records that may prove ``line``: verified, its person's, of its year, proving nothing yet."""
    year = line.plan.planning_year
    proving = PlanLine.objects.planned().filter(record__isnull=False).exclude(pk=line.pk)
    return (
        TrainingRecord.objects.counting()
        .filter(person=line.person_id, ends_on__range=(year.first_day, year.last_day))
        .exclude(pk__in=proving.values("record_id"))
        .order_by("-ends_on", "-pk")
    )

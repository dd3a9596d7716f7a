"""A unit's request: begun filled in, changed, sent, decided (clauses 5.3, 5.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from staff.domain import standings
from staff.models import Person, Unit
from training_plans.domain import requests
from training_plans.domain.request_checks import LineRefusal, needs_of
from training_plans.domain.request_sheet import sheet
from training_plans.domain.terms import month_days
from training_plans.models import (
    Funding,
    Plan,
    PlanLine,
    PlanningYear,
    Precision,
    Request,
    RequestLine,
    TrainingWish,
)
from training_plans.transitions import REQUEST
from workflow import mail
from workflow.models import Decision, IssuedPaper
from workflow.saving import ChangedMeanwhile, version_of
from workflow.transitions import Refused

from ..conftest import ROLES_WITH_ACCOUNTS, examples
from ..factories import (
    CourseFactory,
    PersonFactory,
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    RequestFactory,
    RequestLineFactory,
    TrainingRecordFactory,
)

ON = dt.date(2026, 11, 10)
LATE = dt.date(2026, 11, 22)
MARCH = dt.date(2027, 3, 14)


def due(unit: Unit, ends_on: dt.date = dt.date(2024, 3, 14), **record: Any) -> Person:
    """A teacher of ``unit`` whose 72 hours drop out on 14 March 2027, unless told otherwise."""
    person: Person = PostFactory(unit=unit).person
    record = {"title": f"Ескі курс {person.pk}"} | record
    TrainingRecordFactory(person=person, ends_on=ends_on, **record)
    return person


def restated() -> None:
    standings.restate(people=list(Person.objects.values_list("pk", flat=True)), on=ON)


def satisfied(*people: Any) -> None:
    """The accounts' own people do not fall due."""
    for person in people:
        TrainingRecordFactory(person=person, ends_on=dt.date(2026, 6, 30))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def year(db: None) -> PlanningYear:
    return PlanningYearFactory()


@pytest.fixture
def unit(units: SimpleNamespace, head: Any) -> Unit:
    satisfied(head.person)
    return units.department


def begun(year: PlanningYear, unit: Unit, head: Any, on: dt.date = ON) -> Request:
    restated()
    return requests.begin(planning_year=year, unit=unit, actor=head, on=on)


def ready(year: PlanningYear, unit: Unit, head: Any) -> Request:
    """A request of one complete line with the minutes of the meeting."""
    due(unit)
    CourseFactory(title="Терапия: жаңа хаттамалар", hours=72)
    request = begun(year, unit, head)
    return requests.set_minutes(
        request=request, number="5", date=dt.date(2026, 11, 3), actor=head, on=ON
    )


def days(start: dt.date, end: dt.date) -> dict[str, Any]:
    return {"precision": "days", "starts_on": start, "ends_on": end}


def said(refusal: pytest.ExceptionInfo[ValidationError]) -> str:
    return " ".join(refusal.value.messages)


# --- beginning --------------------------------------------------------------------------------
def test_it_is_begun_with_everybody_who_falls_due_the_most_urgent_first(
    year: PlanningYear, unit: Unit, head: Any, units: SimpleNamespace
) -> None:
    later = due(unit, dt.date(2024, 8, 31))
    sooner = due(units.section)
    due(units.other_department)
    satisfied(PostFactory(unit=unit).person)
    course = CourseFactory(title="Терапия: жаңа хаттамалар", hours=72, price=60_000)
    request = begun(year, unit, head)
    lines = [row.line for row in sheet(request=request, on=ON).lines]
    assert [line.person for line in lines] == [sooner, later]
    line = lines[0]
    assert (line.due_on, line.missing_hours, line.is_suggested) == (MARCH, 72, True)
    assert (line.topic, line.course, line.hours, line.cost) == (course.title, course, 72, 60_000)
    assert (line.area, line.funding, line.importance) == ("profile", "employer", "obligatory")
    assert (line.starts_on, line.ends_on) == month_days(2027, 2)
    assert [row.lacks for row in sheet(request=request, on=ON).lines] == [[], []]
    assert line.history.get().history_user == head


def test_where_nothing_fits_the_training_stays_open(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    due(unit)
    CourseFactory(hours=36)
    CourseFactory(hours=72, area="digital")
    line = begun(year, unit, head).lines.get()
    assert (line.topic, line.hours, line.area) == ("", 72, "profile")
    assert sheet(request=line.request, on=ON).lines[0].lacks == [
        "topic",
        "provider",
        "planned cost, tenge",
    ]


def test_only_head_and_secretary_of_the_unit_begin_it(
    year: PlanningYear, unit: Unit, accounts: Any
) -> None:
    restated()
    for name in ("stranger_head", "dean", "teacher", "centre", "hr", "administrator"):
        with pytest.raises(ValidationError):
            requests.begin(planning_year=year, unit=unit, actor=accounts[name], on=ON)
    assert Request.objects.count() == 0
    assert (
        requests.begin(planning_year=year, unit=unit, actor=accounts["secretary"], on=ON).unit
        == unit
    )


def test_a_unit_that_does_not_file_is_told_who_does(
    year: PlanningYear, unit: Unit, head: Any, units: SimpleNamespace
) -> None:
    with pytest.raises(ValidationError) as refusal:
        requests.begin(planning_year=year, unit=units.section, actor=head, on=ON)
    assert said(refusal) == (
        f"The people of this unit belong into the request of another one (5.4): {unit.name}."
    )


def test_a_second_request_is_refused(year: PlanningYear, unit: Unit, head: Any) -> None:
    begun(year, unit, head)
    with pytest.raises(ValidationError) as refusal:
        begun(year, unit, head)
    assert said(refusal) == (
        f"{unit.name}: there is a request for 2027 already, one a year (5.4). Open it."
    )


def test_none_is_begun_once_the_plan_is_approved(year: PlanningYear, unit: Unit, head: Any) -> None:
    PlanFactory(planning_year=year, state=Plan.State.APPROVED)
    with pytest.raises(ValidationError) as refusal:
        begun(year, unit, head)
    assert "by amendment (5.5)" in said(refusal)


@hypothesis_settings(max_examples=examples(200))
@given(
    due_on=st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31)),
    on=st.dates(dt.date(2026, 9, 1), dt.date(2027, 12, 31)),
)
def test_the_month_proposed_ends_before_the_norm_falls_due_if_any_does(
    due_on: dt.date, on: dt.date
) -> None:
    month = requests.month_before(year=2027, due_on=due_on, on=on)
    in_time = [
        n
        for n in range(1, 13)
        if month_days(2027, n)[0] - dt.timedelta(days=20) >= on and month_days(2027, n)[1] <= due_on
    ]
    possible = [n for n in range(1, 13) if month_days(2027, n)[0] - dt.timedelta(days=20) >= on]
    assert month == max(in_time) if in_time else month == min(possible, default=12)


# --- suggestions --------------------------------------------------------------------------------
def test_what_was_wished_for_comes_before_what_colleagues_attended_before_the_cheapest(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    person, colleague = due(unit), due(unit, dt.date(2024, 8, 31))
    TrainingRecordFactory(person=colleague, title="Кардиохирургия", hours=8, area="clinical")
    free = CourseFactory(title="Фармакогнозия", price=0)
    attended = CourseFactory(title="Кардиохирургия", price=50_000)
    wished = CourseFactory(title="Эхокардиография", price=90_000)
    TrainingWish.objects.create(person=person, year=2027, topic="Эхокардиография")
    TrainingWish.objects.create(person=person, year=2027, topic="Ангиология", area="digital")
    row = sheet(request=begun(year, unit, head), on=ON).lines[0]
    assert row.line.course == wished
    assert [s.values["course"] for s in row.suggestions] == [wished, attended, free]
    assert row.suggestions[0].why == ("wished for",)
    assert row.suggestions[2].is_sure is False


def test_what_one_attended_oneself_is_not_filled_in_again(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    due(unit, title="Терапия: жаңа хаттамалар")
    CourseFactory(title="Терапия: жаңа хаттамалар")
    assert begun(year, unit, head).lines.get().topic == ""


def test_what_was_planned_last_year_and_not_held_is_filled_in(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    person = due(unit)
    PlanLineFactory(
        plan__planning_year__year=2026,
        person=person,
        post=person.posts.get(),
        topic="Кейінге қалған курс",
        execution=PlanLine.Execution.NOT_HELD,
    )
    assert begun(year, unit, head).lines.get().topic == "Кейінге қалған курс"


def test_a_suggestion_is_taken_with_its_key_the_time_stays(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    request = ready(year, unit, head)
    other = CourseFactory(title="Терапия әліппесі", price=0)
    line = request.lines.get()
    taken = requests.take_suggestion(line=line, key=f"course-{other.pk}", actor=head, on=ON)
    assert (taken.course, taken.cost, taken.funding) == (other, 0, Funding.FREE)
    assert (taken.starts_on, taken.precision) == (line.starts_on, Precision.MONTH)
    other.is_offered = False
    other.save()
    with pytest.raises(ValidationError) as refusal:
        requests.take_suggestion(line=line, key=f"course-{other.pk}", actor=head, on=ON)
    assert "not suggested any more" in said(refusal)


# --- keeping up with the norm -------------------------------------------------------------------
def test_who_comes_to_fall_due_later_is_asked_for_before_sending_and_added(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    request = ready(year, unit, head)
    late = due(unit, dt.date(2024, 5, 31))
    restated()
    assert sheet(request=request, on=ON).newcomers == [late]
    with pytest.raises(Refused) as refusal:
        requests.send(request=request, actor=head, on=ON)
    assert said(refusal) == (
        f"Falls due too and is not in the request yet: {late.short_name}. Press «Add them»."
    )
    [line] = requests.refresh(request=request, actor=head, on=ON)
    assert (line.person, line.due_on) == (late, dt.date(2027, 5, 31))
    assert requests.refresh(request=request, actor=head, on=ON) == []


def test_who_falls_due_no_more_stays_and_the_line_says_so(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    request = ready(year, unit, head)
    satisfied(request.lines.get().person)
    restated()
    assert requests.refresh(request=request, actor=head, on=ON) == []
    [row] = sheet(request=request, on=ON).lines
    assert row.is_due_no_more is True


def test_somebody_added_who_then_falls_due_keeps_the_line(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    person = PostFactory(unit=unit).person
    record = TrainingRecordFactory(person=person)
    request = begun(year, unit, head)
    requests.add_person(request=request, person=person, because="Жаңа пән", actor=head, on=ON)
    record.ends_on, record.starts_on = dt.date(2024, 3, 14), dt.date(2024, 3, 1)
    record.save()
    restated()
    assert requests.refresh(request=request, actor=head, on=ON) == []
    line = request.lines.get()
    assert (line.is_suggested, line.due_on, line.added_because) == (True, MARCH, "Жаңа пән")


# --- lines --------------------------------------------------------------------------------------
def test_a_line_is_changed_and_its_history_says_who(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    line = ready(year, unit, head).lines.get()
    requests.change_line(
        line=line,
        values={"topic": "Жүрек ырғағы", "precision": "quarter", "quarter": 2},
        actor=head,
        on=ON,
        version=version_of(line),
    )
    line.refresh_from_db()
    assert (line.topic, line.starts_on, line.ends_on) == (
        "Жүрек ырғағы",
        dt.date(2027, 4, 1),
        dt.date(2027, 6, 30),
    )
    assert line.history.first().history_user == head


def test_a_stale_version_is_told_and_writes_nothing(
    year: PlanningYear, unit: Unit, head: Any, secretary: Any
) -> None:
    satisfied(secretary.person)
    line = ready(year, unit, head).lines.get()
    opened = version_of(line)
    requests.change_line(line=line, values={"topic": "Біріншісі"}, actor=head, on=ON)
    with pytest.raises(ChangedMeanwhile):
        requests.change_line(
            line=line, values={"topic": "Екіншісі"}, actor=secretary, on=ON, version=opened
        )
    line.refresh_from_db()
    assert line.topic == "Біріншісі"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (days(dt.date(2028, 1, 10), dt.date(2028, 1, 20)), "starts_on"),
        (days(dt.date(2027, 5, 10), dt.date(2027, 5, 1)), "ends_on"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"hours": Decimal(0)}, "hours"),
    ],
)
def test_bad_terms_are_refused_by_field(
    year: PlanningYear, unit: Unit, head: Any, values: dict[str, Any], field: str
) -> None:
    line = ready(year, unit, head).lines.get()
    with pytest.raises(ValidationError) as refusal:
        requests.change_line(line=line, values=values, actor=head, on=ON)
    assert field in refusal.value.message_dict
    assert RequestLine.history.filter(id=line.pk).count() == 1


@pytest.mark.parametrize("name", ["stranger_head", "dean", "teacher", "centre", "hr"])
def test_nobody_else_changes_a_line(
    year: PlanningYear, unit: Unit, head: Any, accounts: Any, name: str
) -> None:
    request = ready(year, unit, head)
    with pytest.raises(ValidationError) as refusal:
        requests.change_line(
            line=request.lines.get(), values={"topic": "Басқа"}, actor=accounts[name], on=ON
        )
    assert said(refusal) == (
        "The head or the secretary of the unit files its request (5.4), nobody else."
    )


def test_one_training_for_several_leaves_alone_what_is_not_given(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    for _number in range(3):
        due(unit)
    request = begun(year, unit, head)
    first, second, third = request.lines.order_by("pk")
    course = CourseFactory(price=0)
    values = {"topic": "Бір тақырып", "provider": course.provider, "funding": "free", "credits": 3}
    changed = requests.set_for_many(
        request=request, lines=[first.pk, second.pk], values=values, actor=head, on=ON
    )
    assert changed == 2
    for line in (first, second):
        line.refresh_from_db()
        assert (line.topic, line.hours, line.cost) == ("Бір тақырып", 90, 0)
        assert (line.starts_on, line.area) == (dt.date(2027, 2, 1), "profile")
    third.refresh_from_db()
    assert third.topic == ""


def test_many_never_reaches_into_another_request(
    year: PlanningYear, unit: Unit, head: Any, units: SimpleNamespace
) -> None:
    foreign = RequestLineFactory(request__unit=units.other_department, topic="Өзгенікі")
    request = begun(year, unit, head)
    with pytest.raises(ValidationError):
        requests.set_for_many(
            request=request, lines=[foreign.pk], values={"topic": "Менікі"}, actor=head, on=ON
        )
    foreign.refresh_from_db()
    assert foreign.topic == "Өзгенікі"


def test_a_colleague_is_added_with_a_reason(year: PlanningYear, unit: Unit, head: Any) -> None:
    person = PostFactory(unit=unit, new=True).person
    satisfied(person)
    request = begun(year, unit, head)
    line = requests.add_person(
        request=request, person=person, because=" Жаңа  пән ", actor=head, on=ON
    )
    assert (line.added_because, line.is_suggested, line.post) == (
        "Жаңа пән",
        False,
        person.posts.get(),
    )
    for because, words in [
        ("", "Say why: the norm does not ask for this training."),
        ("Тағы", f"{person.short_name} has a line without a topic already: fill in that one."),
    ]:
        with pytest.raises(ValidationError) as refusal:
            requests.add_person(request=request, person=person, because=because, actor=head, on=ON)
        assert words in said(refusal)


def test_a_foreign_units_person_is_refused(
    year: PlanningYear, unit: Unit, head: Any, units: SimpleNamespace
) -> None:
    foreign = PostFactory(unit=units.other_department).person
    request = begun(year, unit, head)
    with pytest.raises(ValidationError) as refusal:
        requests.add_person(request=request, person=foreign, because="Керек", actor=head, on=ON)
    assert refusal.value.message_dict == {
        "person": [
            f"{foreign.short_name} works in another unit: the request names the people of one's "
            "own (5.4). The head of that unit can add them."
        ]
    }


def test_who_is_left_out_stays_with_the_reason_and_comes_back(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    request = ready(year, unit, head)
    line = request.lines.get()
    with pytest.raises(ValidationError) as refusal:
        requests.leave_out(line=line, reason="  ", actor=head, on=ON)
    assert "reason" in refusal.value.message_dict
    requests.leave_out(line=line, reason="Зейнетке шығады", actor=head, on=ON)
    shown = sheet(request=request, on=ON)
    assert [row.line.left_out_because for row in shown.left_out] == ["Зейнетке шығады"]
    assert (shown.lines, shown.due_left_out, shown.newcomers) == ([], 1, [])
    requests.take_back_in(line=line, actor=head, on=ON)
    assert sheet(request=request, on=ON).left_out == []


def test_last_years_terms_are_copied_where_nobody_has_changed_the_line(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    people = [due(unit), due(unit), due(unit, dt.date(2024, 8, 31))]
    before = RequestFactory(planning_year__year=2026, unit=unit)
    for person in people[:2]:
        RequestLineFactory(
            request=before,
            person=person,
            post=person.posts.get(),
            topic="Былтырғы курс",
            precision=Precision.DAYS,
            starts_on=dt.date(2026, 1, 12),
            ends_on=dt.date(2026, 1, 23),
        )
    request = begun(year, unit, head)
    first, second, third = request.lines.order_by("due_on", "pk")
    requests.change_line(line=second, values={"topic": "Қолмен"}, actor=head, on=ON)
    assert requests.copy_last_year(request=request, actor=head, on=ON) == 1
    topics = {line.pk: line.topic for line in request.lines.all()}
    assert topics == {first.pk: "Былтырғы курс", second.pk: "Қолмен", third.pk: ""}
    first.refresh_from_db()
    assert (first.precision, first.starts_on, first.ends_on) == ("month", *month_days(2027, 1))
    with pytest.raises(ValidationError):
        requests.copy_last_year(request=request, actor=head, on=ON)


# --- sending ------------------------------------------------------------------------------------
def test_it_is_sent_with_a_number_and_its_paper(year: PlanningYear, unit: Unit, head: Any) -> None:
    request = requests.send(request=ready(year, unit, head), actor=head, on=ON)
    assert (request.state, request.number, request.is_late) == ("sent", 1, False)
    assert (request.sent_on, request.first_sent_on, request.sent_by) == (ON, ON, head)
    paper = IssuedPaper.objects.get()
    assert (paper.kind, paper.number, paper.version) == ("department_request", "2027-1", 1)
    assert (paper.data["unit_kk"], paper.data["minutes_number"]) == (unit.name_kk, "5")
    [line] = paper.data["lines"]
    assert (line["due_on"], line["hours"], line["is_teacher"]) == ("2027-03-14", "72.0", True)
    assert paper.data["totals"] == {
        "people": 1,
        "hours": "72.0",
        "cost": "60000.00",
        "by_funding": [{"key": "employer", "cost": "60000.00"}],
    }
    assert Decision.objects.about(request).get().transition == "send"


def test_sent_in_time_and_returned_it_is_not_late_later(
    year: PlanningYear, unit: Unit, head: Any, centre: Any
) -> None:
    request = requests.send(request=ready(year, unit, head), actor=head, on=ON)
    requests.give_back(request=request, reason="Нақтылаңыз", actor=centre, on=LATE)
    again = requests.send(request=request, actor=head, on=LATE)
    assert (again.number, again.is_late, again.first_sent_on, again.sent_on) == (1, False, ON, LATE)
    assert [p.version for p in IssuedPaper.objects.order_by("version")] == [1, 2]


def test_sent_after_its_day_it_is_late(year: PlanningYear, unit: Unit, head: Any) -> None:
    assert requests.send(request=ready(year, unit, head), actor=head, on=LATE).is_late is True


def test_sent_twice_it_is_sent_once(year: PlanningYear, unit: Unit, head: Any) -> None:
    request = ready(year, unit, head)
    requests.send(request=request, actor=head, on=ON)
    with pytest.raises(Refused) as refusal:
        requests.send(request=request, actor=head, on=ON)
    assert [r.because for r in refusal.value.refusals] == ["state"]
    assert (IssuedPaper.objects.count(), Decision.objects.count()) == (1, 1)


def test_what_lies_before_the_centre_is_not_changed(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    request = ready(year, unit, head)
    line = request.lines.get()
    requests.send(request=request, actor=head, on=ON)
    with pytest.raises(ValidationError) as refusal:
        requests.change_line(line=line, values={"topic": "Кеш"}, actor=head, on=ON)
    assert said(refusal) == (
        "This request lies before the Centre. Take it back to change it (5.4)."
    )
    requests.withdraw(request=request, actor=head, on=ON)
    changed = requests.change_line(line=line, values={"topic": "Кеш"}, actor=head, on=ON)
    assert changed.topic == "Кеш"


def test_incomplete_lines_overlapping_days_and_missing_minutes_are_all_said(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    due(unit)
    request = begun(year, unit, head)
    line = request.lines.get()
    values = {"topic": "А"} | days(dt.date(2027, 2, 1), dt.date(2027, 2, 12))
    requests.change_line(line=line, values=values, actor=head, on=ON)
    second = requests.add_person(
        request=request, person=line.person, because="Тілі", actor=head, on=ON
    )
    requests.change_line(
        line=second, values=values | {"starts_on": dt.date(2027, 2, 12)}, actor=head, on=ON
    )
    with pytest.raises(Refused) as refusal:
        requests.send(request=request, actor=head, on=ON)
    name = line.person.short_name
    assert refusal.value.messages == [
        f"{name}: still to be filled in: provider, planned cost, tenge.",
        f"{name}: still to be filled in: area, provider, volume, hours, planned cost, tenge.",
        f"{name} is in two trainings at once, from 12.02.2027 on. Move one of them.",
        "The request of a department rests on its meeting: give the number and the date of the "
        "minutes.",
    ]
    lines = [r.line_id for r in refusal.value.refusals if isinstance(r, LineRefusal)]
    assert lines == [line.pk, second.pk, second.pk]
    request.refresh_from_db()
    assert (request.state, request.number) == ("draft", None)


def test_other_units_need_no_minutes(year: PlanningYear, units: SimpleNamespace, dean: Any) -> None:
    TrainingRecordFactory(person=dean.person, management=True)
    restated()
    request = requests.begin(planning_year=year, unit=units.faculty, actor=dean, on=ON)
    with pytest.raises(Refused) as refusal:
        requests.send(request=request, actor=dean, on=ON)
    assert "Nobody is on this request" in said(refusal)
    assert requests.send(request=request, actor=dean, on=ON, nobody=True).state == "sent"


def test_after_the_approval_it_is_sent_no_more(year: PlanningYear, unit: Unit, head: Any) -> None:
    request = ready(year, unit, head)
    PlanFactory(planning_year=year, state=Plan.State.APPROVED)
    with pytest.raises(Refused) as refusal:
        requests.send(request=request, actor=head, on=ON)
    assert said(refusal) == (
        "The plan of 2027 is approved. What is missing is added to it by amendment (5.5): tell "
        "the Centre the reason."
    )


def test_minutes_are_of_a_meeting_that_was_held(year: PlanningYear, unit: Unit, head: Any) -> None:
    request = begun(year, unit, head)
    with pytest.raises(ValidationError) as refusal:
        requests.set_minutes(
            request=request, number="6", date=ON + dt.timedelta(days=1), actor=head, on=ON
        )
    assert "minutes_date" in refusal.value.message_dict


# --- advice -------------------------------------------------------------------------------------
def test_what_will_not_satisfy_the_norm_is_said_but_not_refused(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    request = ready(year, unit, head)
    line = request.lines.get()
    change = {"precision": "month", "month": 5, "hours": Decimal(40)}
    requests.change_line(line=line, values=change, actor=head, on=ON)
    row = sheet(request=request, on=ON).lines[0]
    assert row.advice == [
        "72 h are missing, 40 h are asked for: the norm is not reached.",
        "It ends after the norm falls due: from 15.03.2027 on the norm is not satisfied.",
    ]
    requests.change_line(line=line, values={"area": "digital"}, actor=head, on=ON)
    row = sheet(request=request, on=ON).lines[0]
    assert row.advice[0] == "The area «digital» does not count towards the norm (4.3)."
    assert requests.send(request=request, actor=head, on=ON).state == "sent"


def test_two_lines_of_one_person_reach_the_norm_together(
    year: PlanningYear, unit: Unit, head: Any
) -> None:
    request = ready(year, unit, head)
    line = request.lines.get()
    requests.change_line(line=line, values={"hours": Decimal(40)}, actor=head, on=ON)
    second = requests.add_person(
        request=request, person=line.person, because="Қалған сағаты", actor=head, on=ON
    )
    requests.change_line(
        line=second,
        values={"topic": "Екінші", "area": "profile", "hours": Decimal(32)},
        actor=head,
        on=ON,
    )
    rows = sheet(request=request, on=ON).lines
    assert [row.advice for row in rows] == [[], []]


# --- deciding -----------------------------------------------------------------------------------
def test_it_is_returned_with_remarks_and_a_letter_to_head_and_secretary(
    year: PlanningYear, unit: Unit, head: Any, secretary: Any, centre: Any
) -> None:
    satisfied(secretary.person)
    unit.refresh_from_db()
    request = ready(year, unit, head)
    line = request.lines.get()
    requests.send(request=request, actor=head, on=ON)
    requests.remark(line=line, words=" Сағаты  аз ", actor=centre, on=ON)
    with pytest.raises(Refused):
        requests.give_back(request=request, reason=" ", actor=centre, on=ON)
    returned = requests.give_back(request=request, reason="Нақтылаңыз", actor=centre, on=ON)
    line.refresh_from_db()
    assert (returned.state, returned.remark, line.remark) == ("returned", "Нақтылаңыз", "Сағаты аз")
    mail.deliver(now=timezone.now())
    assert {letter.to[0] for letter in django_mail.outbox} == {head.email, secretary.email}
    body = django_mail.outbox[0].body
    assert "Нақтылаңыз" in body
    assert f"{line.person.short_name}: Сағаты аз" in body


def test_remarks_given_with_the_return_replace_those_written_so_far(
    year: PlanningYear, unit: Unit, head: Any, centre: Any
) -> None:
    request = ready(year, unit, head)
    line = request.lines.get()
    requests.send(request=request, actor=head, on=ON)
    requests.give_back(
        request=request, reason="Қараңыз", remarks={line.pk: "Басқа ай"}, actor=centre, on=ON
    )
    line.refresh_from_db()
    assert line.remark == "Басқа ай"


def test_what_stands_in_the_plan_is_not_returned(
    year: PlanningYear, unit: Unit, head: Any, centre: Any
) -> None:
    request = ready(year, unit, head)
    requests.send(request=request, actor=head, on=ON)
    requests.accept(request=request, actor=centre, on=ON)
    line = request.lines.get()
    PlanLineFactory(plan__planning_year=year, person=line.person, post=line.post, request_line=line)
    with pytest.raises(Refused) as refusal:
        requests.give_back(request=request, reason="Кеш", actor=centre, on=ON)
    assert said(refusal) == (
        "Lines of this request stand in the plan already: 1. Take them out of the plan first, or "
        "change them there."
    )


FILERS, CENTRE = {"head", "secretary"}, {"centre", "methodologist"}
# Transition → the states it starts from and who may.
ALLOWED = {
    "send": ({"draft", "returned"}, FILERS),
    "withdraw": ({"sent"}, FILERS),
    "accept": ({"sent"}, CENTRE),
    "return": ({"sent", "accepted"}, CENTRE),
}


@pytest.mark.parametrize("role", ROLES_WITH_ACCOUNTS)
def test_transitions_by_state_and_role(
    role: str, year: PlanningYear, units: SimpleNamespace, accounts: Any
) -> None:
    actor = accounts[role]
    if actor.person is not None:
        satisfied(actor.person)
    restated()
    request = RequestFactory(
        planning_year=year, unit=units.department, minutes_number="1", minutes_date=ON
    )
    found = {}
    for state in Request.State.values:
        request.state = state
        for name in REQUEST.by_name:
            refusals = REQUEST.refusals(request, name, actor=actor, on=ON)
            because = {refusal.because for refusal in refusals} & {"permission", "state"}
            found[state, name] = because
    assert found == {
        (state, name): (
            {"permission"} if role not in who else {"state"} if state not in states else set()
        )
        for state in Request.State.values
        for name, (states, who) in ALLOWED.items()
    }


# --- cost ---------------------------------------------------------------------------------------
def test_a_request_of_25_costs_no_more_queries_than_one_of_3(
    year: PlanningYear, unit: Unit, head: Any, units: SimpleNamespace, stranger_head: Any
) -> None:
    satisfied(stranger_head.person)
    course = CourseFactory(title="Терапия мен хирургия: жаңа хаттамалар", hours=72)
    for place, people in ((unit, 3), (units.other_department, 25)):
        for _number in range(people):
            TrainingWish.objects.create(person=due(place), year=2027, topic=course.title)
    restated()
    counts, lines = [], []
    for place, filer in ((unit, head), (units.other_department, stranger_head)):
        with CaptureQueriesContext(connection) as beginning:
            request = requests.begin(planning_year=year, unit=place, actor=filer, on=ON)
        with CaptureQueriesContext(connection) as looking:
            shown = sheet(request=request, on=ON)
        counts.append((len(beginning), len(looking)))
        lines.append((len(shown.lines), shown.complete))
    assert lines == [(3, 3), (25, 25)]
    assert counts[0] == counts[1]


def test_needs_of_a_request_are_those_of_the_units_that_file_through_it(
    year: PlanningYear, unit: Unit, head: Any, units: SimpleNamespace
) -> None:
    own, below, foreign = due(unit), due(units.section), due(units.other_department)
    request = begun(year, unit, head)
    found = {need.person_id for need in needs_of(request=request, on=ON)}
    assert found == {own.pk, below.pk}
    assert foreign.pk not in found
    assert PersonFactory().pk not in found


@pytest.mark.parametrize("name", ["withdraw", "return"])
def test_after_the_approval_a_sent_request_stays_where_it_is(
    name: str, head: Any, centre: Any, units: SimpleNamespace, today: dt.date
) -> None:
    """Once taken back it could not be sent any more: changes are amendments then (5.5)."""
    request = RequestFactory(unit=units.department, state=Request.State.SENT)
    actor = head if name == "withdraw" else centre
    assert REQUEST.refusals(request, name, actor=actor, on=today) == []
    PlanFactory(planning_year=request.planning_year, state=Plan.State.APPROVED)
    [refusal] = REQUEST.refusals(request, name, actor=actor, on=today)
    assert refusal.clause == "5.5"

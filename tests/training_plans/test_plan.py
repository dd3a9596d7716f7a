"""Building the plan: what may be done to its lines, by whom it is refused and why (3.12, 5.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from staff.domain import standings
from staff.models import Area
from training_plans.domain import group_courses, intake
from training_plans.domain import plan as building
from training_plans.domain.checks import waiting_lines
from training_plans.domain.needs import falling_due
from training_plans.models import Plan, PlanLine, Precision, Request
from workflow.saving import ChangedMeanwhile, version_of

from ..factories import (
    CourseFactory,
    PersonFactory,
    PlanFactory,
    PlanLineFactory,
    PlanningYearFactory,
    PostFactory,
    ProviderFactory,
    RequestFactory,
    RequestLineFactory,
)
from .autumn import teacher_of

pytestmark = pytest.mark.django_db
MAY = (dt.date(2027, 5, 1), dt.date(2027, 5, 31))


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def plan(centre: Any) -> Plan:
    return PlanFactory()


@pytest.fixture
def request_(plan: Plan, units: SimpleNamespace) -> Request:
    return RequestFactory(
        planning_year=plan.planning_year, unit=units.department, state="accepted", number=7
    )


def by(user: Any, on: dt.date) -> dict[str, Any]:
    return {"actor": user, "on": on}


def words(refusal: Any) -> str:
    return " ".join(refusal.value.messages)


# --- opening --------------------------------------------------------------------------------------
def test_the_plan_of_a_year_is_opened_once(centre: Any, today: dt.date) -> None:
    year = PlanningYearFactory()
    first = building.open_plan(planning_year=year, **by(centre, today))
    again = building.open_plan(planning_year=year, **by(centre, today))
    assert (first.pk, first.state, first.version) == (again.pk, "draft", 0)
    assert Plan.objects.count() == 1


# --- from the requests ----------------------------------------------------------------------------
def test_a_line_comes_in_with_terms_basis_and_norm(
    plan: Plan, request_: Request, units: SimpleNamespace, centre: Any, today: dt.date
) -> None:
    asked = RequestLineFactory(
        request=request_,
        post=PostFactory(unit=units.department),
        due_on=dt.date(2027, 6, 30),
        missing_hours=Decimal(72),
        importance="obligatory",
    )
    [line] = intake.take_in(plan=plan, lines=[asked], **by(centre, today))
    line.refresh_from_db()
    assert line.terms == asked.terms
    assert (line.person, line.post, line.unit) == (asked.person, asked.post, units.department)
    assert (line.due_on, line.missing_hours) == (asked.due_on, asked.missing_hours)
    assert (line.request_line, line.since_version) == (asked, 1)
    assert line.history.get().history_user == centre


def test_all_that_waits_comes_in_once(
    plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    RequestLineFactory.create_batch(3, request=request_)
    RequestLineFactory(request=request_, left_out=True, left_out_because="Демалыс")
    RequestLineFactory(request__planning_year=plan.planning_year, request__state="sent")
    assert len(intake.take_in_everything(plan=plan, **by(centre, today))) == 3
    assert intake.take_in_everything(plan=plan, **by(centre, today)) == []
    assert plan.lines.count() == 3


@pytest.mark.parametrize("state", ["draft", "sent", "returned"])
def test_a_request_that_is_not_accepted_stays_out(
    state: str, plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    good = RequestLineFactory(request=request_)
    bad = RequestLineFactory(request=RequestFactory(planning_year=plan.planning_year, state=state))
    with pytest.raises(ValidationError) as refusal:
        intake.take_in(plan=plan, lines=[good, bad], **by(centre, today))
    assert "not accepted" in words(refusal)
    assert plan.lines.count() == 0


def test_who_was_left_out_or_asked_for_another_year_stays_out(
    plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    left = RequestLineFactory(request=request_, left_out=True, left_out_because="Демалыс")
    other = RequestLineFactory(request__planning_year__year=2028, request__state="accepted")
    for line, sentence in ((left, "left this employee out"), (other, "another year")):
        with pytest.raises(ValidationError) as refusal:
            intake.take_in(plan=plan, lines=[line], **by(centre, today))
        assert sentence in words(refusal)


def test_what_is_left_aside_keeps_its_reason_and_may_come_in_after_all(
    plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    asked = RequestLineFactory(request=request_)
    aside = {"plan": plan, "lines": [asked], **by(centre, today)}
    with pytest.raises(ValidationError) as refusal:
        intake.leave_aside(reason="  ", **aside)
    assert set(refusal.value.error_dict) == {"reason"}
    assert intake.leave_aside(reason="Қаражат жоқ", **aside) == 1
    asked.refresh_from_db()
    assert asked.not_planned_because == "Қаражат жоқ"
    assert list(waiting_lines(plan)) == []
    intake.take_in(**aside)
    asked.refresh_from_db()
    assert asked.not_planned_because == ""


def test_what_stands_in_the_plan_is_taken_over_from_the_request_only_when_asked(
    plan: Plan, request_: Request, centre: Any, methodologist: Any, today: dt.date
) -> None:
    asked = RequestLineFactory(request=request_, topic="Сұралған")
    taking = {"plan": plan, "lines": [asked]}
    [line] = intake.take_in(**taking, **by(centre, today))
    building.change_line(line=line, values={"topic": "Келісілген"}, **by(centre, today))
    assert intake.take_in(**taking, **by(methodologist, today)) == []  # from a page left open
    line.refresh_from_db()
    assert line.topic == "Келісілген"
    intake.take_over(line=line, **by(methodologist, today))
    line.refresh_from_db()
    assert (line.topic, line.history.first().history_user) == ("Сұралған", methodologist)


def test_a_line_without_accepted_request_takes_nothing_over(
    plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    asked = RequestLineFactory(request=request_)
    [line] = intake.take_in(plan=plan, lines=[asked], **by(centre, today))
    Request.objects.filter(pk=request_.pk).update(state="returned")
    for one, sentence in ((line, "not accepted"), (PlanLineFactory(plan=plan), "no request")):
        with pytest.raises(ValidationError) as refusal:
            intake.take_over(line=one, **by(centre, today))
        assert sentence in words(refusal)


# --- added, covered -------------------------------------------------------------------------------
def test_somebody_no_request_names_is_added_with_a_reason(
    plan: Plan, units: SimpleNamespace, centre: Any, today: dt.date
) -> None:
    person = teacher_of(units.department, "Сұранысыз", ended=dt.date(2024, 5, 20))
    standings.restate_everybody(on=today)
    terms = {"topic": "Биостатистика", "precision": "month", "month": 4, "hours": Decimal(72)}
    adding = {"plan": plan, "person": person, "values": terms, **by(centre, today)}
    with pytest.raises(ValidationError) as refusal:
        intake.add(because=" ", **adding)
    assert set(refusal.value.error_dict) == {"because"}
    line = intake.add(because="Кафедра ұмытып кетті", **adding)
    assert (line.unit, line.due_on) == (units.department, dt.date(2027, 5, 20))
    assert (line.missing_hours, line.added_because) == (Decimal(72), "Кафедра ұмытып кетті")
    assert (line.starts_on, line.ends_on) == (dt.date(2027, 4, 1), dt.date(2027, 4, 30))


def test_nobody_is_added_who_is_asked_for_or_works_nowhere(
    plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    asked = RequestLineFactory(request=request_)
    gone = PostFactory(ended=True).person
    for person, sentence in ((asked.person, "accepted request"), (gone, "holds no post")):
        with pytest.raises(ValidationError) as refusal:
            intake.add(plan=plan, person=person, values={}, because="Керек", **by(centre, today))
        assert set(refusal.value.error_dict) == {"person"}
        assert sentence in words(refusal)


def test_the_same_training_is_not_added_twice(
    plan: Plan, units: SimpleNamespace, centre: Any, today: dt.date
) -> None:
    person = PostFactory(unit=units.department).person
    terms = {"topic": "Биостатистика", "precision": "month", "month": 4, "hours": Decimal(72)}
    adding = {"plan": plan, "person": person, "because": "Керек", **by(centre, today)}
    intake.add(values=terms, **adding)
    with pytest.raises(ValidationError) as refusal:
        intake.add(values=terms | {"topic": "биостатистика "}, **adding)
    assert set(refusal.value.error_dict) == {"topic"}
    intake.add(values=terms | {"month": 5}, **adding)
    assert plan.lines.count() == 2


def test_one_click_covers_with_what_fits_and_a_second_adds_nothing(
    plan: Plan, units: SimpleNamespace, centre: Any, today: dt.date
) -> None:
    person = teacher_of(units.department, "Сұранысыз", ended=dt.date(2024, 5, 20))
    standings.restate_everybody(on=today)
    CourseFactory(title="Цифрлық құралдар", area=Area.DIGITAL)
    course = CourseFactory()
    [need] = falling_due(year=2027, on=today, people=[person.pk])
    covering = {"plan": plan, "need": need, "because": "Мерзімі келді", **by(centre, today)}
    line = intake.cover(**covering)
    assert (line.course, line.area, line.hours) == (course, "profile", Decimal(72))
    assert line.ends_on == dt.date(2027, 4, 30)  # the last whole month before 20 May
    assert intake.cover(**covering) == line
    assert plan.lines.count() == 1


def test_one_click_prefers_what_the_unit_asked_for(
    plan: Plan, request_: Request, units: SimpleNamespace, centre: Any, today: dt.date
) -> None:
    person = teacher_of(units.department, "Сұралған", ended=dt.date(2024, 5, 20))
    standings.restate_everybody(on=today)
    asked = RequestLineFactory(request=request_, post=person.posts.get())
    [need] = falling_due(year=2027, on=today, people=[person.pk])
    line = intake.cover(plan=plan, need=need, because="Мерзімі келді", **by(centre, today))
    assert line.request_line == asked


# --- changing -------------------------------------------------------------------------------------
def test_two_of_the_centre_do_not_overwrite_each_other(
    plan: Plan, centre: Any, methodologist: Any, today: dt.date
) -> None:
    line = PlanLineFactory(plan=plan)
    opened = version_of(line)
    building.change_line(
        line=line, values={"topic": "Біріншісі"}, version=opened, **by(centre, today)
    )
    with pytest.raises(ChangedMeanwhile):
        building.change_line(
            line=line, values={"topic": "Екіншісі"}, version=opened, **by(methodologist, today)
        )
    line.refresh_from_db()
    assert line.topic == "Біріншісі"


def test_many_lines_changed_meanwhile_are_not_overwritten(
    plan: Plan, centre: Any, methodologist: Any, today: dt.date
) -> None:
    lines = PlanLineFactory.create_batch(2, plan=plan)
    group = group_courses.merge(plan=plan, lines=lines, name="Топ", values={}, **by(centre, today))
    opened = building.newest_change(lines)
    building.change_line(line=lines[1], values={"cost": Decimal(5)}, **by(methodologist, today))
    late = {"version": opened, **by(centre, today)}
    terms = {"topic": "Ортақ", "cost": Decimal(9)}
    tries = [
        lambda: building.move(
            plan=plan, lines=lines, values={"precision": "month", "month": 9}, **late
        ),
        lambda: building.set_provider(plan=plan, lines=lines, provider=ProviderFactory(), **late),
        lambda: group_courses.merge(plan=plan, lines=lines, name="Топ", values=terms, **late),
        lambda: group_courses.change_group(group=group, name="Топ", values=terms, **late),
    ]
    before = building.newest_change(lines)
    for attempt in tries:
        with pytest.raises(ChangedMeanwhile):
            attempt()
    assert building.newest_change(lines) == before
    late["version"] = before
    group_courses.change_group(group=group, name="Топ", values=terms, **late)
    assert set(plan.lines.values_list("topic", "cost")) == {("Ортақ", Decimal(9))}


def test_a_group_with_another_topic_is_not_the_course_of_the_catalogue_any_more(
    plan: Plan, centre: Any, today: dt.date
) -> None:
    course = CourseFactory(title="Биостатистика")
    lines = PlanLineFactory.create_batch(2, plan=plan, course=course, topic=course.title)
    merging = {"plan": plan, "lines": lines, "name": "Топ", **by(centre, today)}
    group_courses.merge(values={"topic": "биостатистика"}, **merging)
    assert set(plan.lines.values_list("course", flat=True)) == {course.pk}
    group_courses.merge(values={"topic": "Дәлелді медицина"}, **merging)
    assert set(plan.lines.values_list("course", flat=True)) == {None}


def test_terms_are_judged_and_told_by_field(plan: Plan, centre: Any, today: dt.date) -> None:
    line = PlanLineFactory(plan=plan)
    values = {
        "precision": Precision.DAYS,
        "starts_on": dt.date(2028, 3, 5),
        "ends_on": dt.date(2027, 3, 1),
        "cost": Decimal(-1),
    }
    with pytest.raises(ValidationError) as refusal:
        building.change_line(line=line, values=values, **by(centre, today))
    assert set(refusal.value.error_dict) == {"starts_on", "cost"}


@pytest.fixture
def of_the_head(plan: Plan, request_: Request, centre: Any, today: dt.date) -> PlanLine:
    """A researcher's line, whose terms the head of the unit sets alone (5.3)."""
    asked = RequestLineFactory(request=request_, post=PostFactory(researcher=True))
    return intake.take_in(plan=plan, lines=[asked], actor=centre, on=today)[0]


def test_terms_of_those_who_do_not_teach_are_their_heads(
    plan: Plan, of_the_head: PlanLine, centre: Any, today: dt.date
) -> None:
    teacher = PlanLineFactory(plan=plan)
    lines = [of_the_head, teacher]
    tries = [
        lambda: building.change_line(
            line=of_the_head, values={"topic": "Басқа"}, **by(centre, today)
        ),
        lambda: building.move(
            plan=plan, lines=lines, values={"precision": "month", "month": 9}, **by(centre, today)
        ),
        lambda: building.set_provider(
            plan=plan, lines=lines, provider=ProviderFactory(name="Басқа"), **by(centre, today)
        ),
        lambda: group_courses.merge(
            plan=plan, lines=lines, name="Топ", values={"topic": "Басқа"}, **by(centre, today)
        ),
    ]
    for attempt in tries:
        with pytest.raises(ValidationError) as refusal:
            attempt()
        assert of_the_head.person.full_name in words(refusal)
        assert "5.3" in words(refusal)
    teacher.refresh_from_db()
    assert (teacher.starts_on, teacher.group) == (dt.date(2027, 3, 1), None)


def test_a_note_or_a_merge_that_changes_nothing_is_no_change_of_terms(
    plan: Plan, of_the_head: PlanLine, centre: Any, today: dt.date
) -> None:
    building.change_line(line=of_the_head, values={"note": "Келісілді"}, **by(centre, today))
    other = PlanLineFactory(plan=plan)
    group = group_courses.merge(
        plan=plan,
        lines=[of_the_head, other],
        name="Топ",
        values={"precision": "month", "month": 3},
        **by(centre, today),
    )
    of_the_head.refresh_from_db()
    assert (of_the_head.note, of_the_head.group) == ("Келісілді", group)


def test_lines_move_together_with_their_group(plan: Plan, centre: Any, today: dt.date) -> None:
    lines = PlanLineFactory.create_batch(3, plan=plan)
    group_courses.merge(plan=plan, lines=lines[:2], name="Топ", values={}, **by(centre, today))
    values = {"precision": Precision.MONTH, "month": 5}
    moved = building.move(plan=plan, lines=[lines[0]], values=values, **by(centre, today))
    days = list(plan.lines.values_list("starts_on", "ends_on"))
    assert (moved, days) == (2, [MAY, MAY, (dt.date(2027, 3, 1), dt.date(2027, 3, 31))])


def test_merging_gives_one_set_of_terms_and_splitting_leaves_them(
    plan: Plan, centre: Any, today: dt.date
) -> None:
    one, two, three = PlanLineFactory.create_batch(3, plan=plan)
    provider = ProviderFactory(name="ҚазҰМУ")
    values = {"topic": "Ортақ", "provider": provider, "hours": Decimal(36), "cost": Decimal(9)}
    making = {"plan": plan, "name": "Топ", **by(centre, today)}
    with pytest.raises(ValidationError) as refusal:
        group_courses.merge(lines=[one], values=values, **making)
    assert "at least two" in words(refusal)
    group = group_courses.merge(lines=[one, two], values=values, **making)
    again = group_courses.merge(lines=[three], values=values | {"topic": "Жаңа"}, **making)
    assert (again, group.lines.count()) == (group, 3)
    said = set(plan.lines.values_list("topic", "provider", "hours", "cost", "group"))
    assert said == {("Жаңа", provider.pk, Decimal(36), Decimal(9), group.pk)}
    group_courses.split(line=one, **by(centre, today))
    group_courses.split(line=two, **by(centre, today))
    assert set(plan.lines.values_list("group", "topic")) == {(None, "Жаңа")}


def test_a_line_taken_out_keeps_the_reason_and_can_be_put_back(
    plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    asked = RequestLineFactory(request=request_)
    [line] = intake.take_in(plan=plan, lines=[asked], **by(centre, today))
    out = {"plan": plan, "lines": [line], **by(centre, today)}
    with pytest.raises(ValidationError):
        building.take_out(reason="", **out)
    assert building.take_out(reason="Қаражат жоқ", **out) == 1
    line.refresh_from_db()
    asked.refresh_from_db()
    assert (line.taken_out, line.taken_out_because) == (True, "Қаражат жоқ")
    assert asked.not_planned_because == "Қаражат жоқ"
    back = intake.put_back(line=line, **by(centre, today))
    asked.refresh_from_db()
    assert (back.pk, back.taken_out, asked.not_planned_because) == (line.pk, False, "")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [("in_agreement", "Take it back"), ("approved", "amendment"), ("closed", "amendment")],
)
def test_nothing_is_built_any_more(
    state: str, sentence: str, plan: Plan, request_: Request, centre: Any, today: dt.date
) -> None:
    line, two = PlanLineFactory.create_batch(2, plan=plan)
    asked = RequestLineFactory(request=request_)
    Plan.objects.update(state=state)
    acting = {"plan": plan, **by(centre, today)}
    month = {"precision": "month", "month": 5}
    tries = [
        lambda: intake.take_in(lines=[asked], **acting),
        lambda: intake.leave_aside(lines=[asked], reason="Жоқ", **acting),
        lambda: intake.add(person=PersonFactory(), values={}, because="Керек", **acting),
        lambda: building.change_line(line=line, values={"note": "x"}, **by(centre, today)),
        lambda: building.move(lines=[line], values=month, **acting),
        lambda: building.set_provider(lines=[line], provider=ProviderFactory(), **acting),
        lambda: group_courses.merge(lines=[line, two], name="Топ", values={}, **acting),
        lambda: group_courses.split(line=line, **by(centre, today)),
        lambda: building.take_out(lines=[line], reason="Жоқ", **acting),
        lambda: intake.put_back(line=line, **by(centre, today)),
    ]
    before = list(PlanLine.history.values_list("history_id", flat=True))
    for attempt in tries:
        with pytest.raises(ValidationError) as refusal:
            attempt()
        assert sentence in words(refusal)
    assert list(PlanLine.history.values_list("history_id", flat=True)) == before

"""The ledger from Excel: every rule of contracts.md, «Training workbook»."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from staff.models import Person, Provider, Standing, TrainingRecord

from ..commands import Answer, run
from ..conftest import TODAY
from ..factories import PostFactory, TrainingRecordFactory, made_iin
from ..workbooks import written

pytestmark = pytest.mark.django_db

HEADINGS = {
    "number": "Табельный №",
    "iin": "ИИН",
    "name": "ФИО",
    "title": "Тема",
    "form": "Форма",
    "area": "Направление",
    "volume": "Объём",
    "credits": "Кредиты",
    "start": "Дата начала",
    "end": "Дата окончания",
    "provider": "Организация",
    "document": "№ документа",
    "issued": "Дата документа",
    "mode": "Форма обучения",
    "country": "Страна",
    "cost": "Стоимость",
}
USUAL = {
    "number": "1001",
    "title": "Клиникалық ойлау",
    "form": "курс",
    "area": "профильное",
    "volume": "72 часа",
    "start": "01.06.2026",
    "end": "12.06.2026",
    "provider": "«ОҚМА» АҚ",
    "document": "№ 123",
}


@pytest.fixture
def person(db: None) -> Person:
    post = PostFactory(
        person__personnel_number="1001",
        person__iin=made_iin(1),
        person__last_name="Әлиева",
        person__first_name="Айгүл",
        starts_on=dt.date(2025, 9, 1),
    )
    return post.person


Bring = Callable[..., Answer]


@pytest.fixture
def bring(tmp_path: Path, person: Person) -> Bring:
    """``bring({...}, {...})`` imports rows given as changes of a right one."""

    def bring_rows(*changes: dict[str, Any], options: tuple[str, ...] = ()) -> Answer:
        rows = [USUAL | change for change in changes]
        columns = [name for name in HEADINGS if any(name in row for row in rows)]
        path = written(
            tmp_path,
            [HEADINGS[name] for name in columns],
            [[row.get(name, "") for name in columns] for row in rows],
            "training.xlsx",
        )
        return run("import_training", path, *options)

    return bring_rows


def counts(answer: Answer) -> tuple[int, int, int, int]:
    """new, changed, unchanged, rejected"""
    [line] = [line for line in answer.out.splitlines() if line.startswith("new: ")]
    return tuple(int(part.split(": ")[1]) for part in line.split(", "))  # type: ignore[return-value]


def notices(answer: Answer) -> list[str]:
    return [line for line in answer.out.splitlines() if "notice: " in line]


def test_a_record_comes_in_verified_and_standing_follows(bring, person):
    answer = bring(
        {
            "issued": "15.06.2026",
            "mode": "дистанционно",
            "country": "Казахстан",
            "cost": "45 000,50",
        }
    )
    assert (answer.code, counts(answer)) == (0, (1, 0, 0, 0))
    record = TrainingRecord.objects.get()
    assert (record.person, record.title) == (person, "Клиникалық ойлау")
    assert (record.form, record.area, record.hours) == ("course", "profile", Decimal(72))
    assert (record.starts_on, record.ends_on) == (dt.date(2026, 6, 1), dt.date(2026, 6, 12))
    assert (record.provider.name, record.document_number) == ("«ОҚМА» АҚ", "№ 123")
    assert (record.document_date, record.mode) == (dt.date(2026, 6, 15), "distance")
    assert (record.country, record.cost) == ("Казахстан", Decimal("45000.50"))
    assert (record.source, record.state) == ("import", "verified")
    standing = Standing.objects.on(TODAY).get()
    assert (standing.state, standing.decisive) == ("compliant", record)


def test_credits_are_thirty_hours_each(bring):
    bring({"volume": "3 кредит"})
    record = TrainingRecord.objects.get()
    assert (record.hours, record.credits) == (Decimal(90), Decimal(3))


def test_credits_with_more_digits_than_are_kept_stay_the_same_the_second_time(bring):
    bring({"volume": "1,55 кредита"})
    assert TrainingRecord.objects.get().hours == Decimal("46.5")
    assert counts(bring({"volume": "1,55 кредита"})) == (0, 0, 1, 0)


def test_hours_with_more_digits_than_are_kept_stay_the_same_the_second_time(bring):
    bring({"volume": 36.66})
    assert TrainingRecord.objects.get().hours == Decimal("36.7")
    assert counts(bring({"volume": 36.66})) == (0, 0, 1, 0)


def test_the_person_may_be_named_by_iin(bring, person):
    bring({"number": "", "iin": made_iin(1)})
    assert TrainingRecord.objects.get().person == person


def test_another_name_beside_the_number_is_a_notice(bring):
    answer = bring({"name": "Қасымова Динара"})
    assert (answer.code, counts(answer)) == (0, (1, 0, 0, 0))
    assert any("Әлиева" in line for line in notices(answer))
    assert notices(bring({"name": "ӘЛИЕВА АЙГҮЛ"})) == []


def test_training_before_hiring_counts(bring, person):
    answer = bring({"start": "01.06.2025", "end": "12.06.2025"})
    assert (answer.code, notices(answer)) == (0, [])
    assert Standing.objects.on(TODAY).get().state == "compliant"


# --- errors -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", "999"),
        ("number", ""),
        ("title", ""),
        ("form", ""),
        ("form", "экскурсия"),
        ("area", ""),
        ("area", "астрология"),
        ("volume", ""),
        ("volume", "көп"),
        ("volume", "-5"),
        ("volume", 0),
        ("volume", "20000"),
        ("start", ""),
        ("start", "31.02.2026"),
        ("end", "когда-нибудь"),
        ("end", "31.05.2026"),
        ("end", "23.11.2026"),
        ("provider", ""),
        ("mode", "во сне"),
        ("title", "т" * 301),
        ("cost", "дорого"),
    ],
)
def test_errors_name_row_column_and_value_and_nothing_is_written(bring, column, value):
    answer = bring({}, {column: value, "document": "2"})
    assert (answer.code, answer.rows_with_errors) == (1, [3])
    assert f"row 3, {HEADINGS[column]}, «{value}"[:60] in answer.out
    assert (TrainingRecord.objects.count(), Provider.objects.count()) == (0, 0)


def test_training_that_ends_today_has_ended(bring):
    assert bring({"end": "22.11.2026", "start": "20.10.2026"}).code == 0


def test_skip_invalid_brings_the_others(bring, tmp_path):
    answer = bring({}, {"area": "астрология", "document": "2"}, options=("--skip-invalid",))
    assert (answer.code, counts(answer)) == (0, (1, 0, 0, 1))
    assert (tmp_path / "training.rejected.xlsx").exists()


# --- notices ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("hours", "noticed"), [("20", 0), ("21", 1)])
def test_more_than_ten_hours_a_day_is_a_notice(bring, hours, noticed):
    answer = bring({"start": "01.06.2026", "end": "02.06.2026", "volume": hours})
    assert (answer.code, len(notices(answer))) == (0, noticed)


@pytest.mark.parametrize(
    ("start", "end", "noticed"),
    [
        ("12.06.2026", "30.06.2026", 1),
        ("13.06.2026", "30.06.2026", 0),
        ("01.05.2026", "01.06.2026", 1),
        ("01.05.2026", "31.05.2026", 0),
    ],
)
def test_overlap_with_another_record_is_a_notice(bring, start, end, noticed):
    bring({})
    answer = bring({"start": start, "end": end, "title": "Басқа тақырып"})
    assert (answer.code, counts(answer)[0], len(notices(answer))) == (0, 1, noticed)


def test_overlap_within_the_file_is_a_notice_and_another_persons_record_is_none(bring, person):
    PostFactory(person__personnel_number="1002")
    answer = bring({}, {"title": "Екінші"}, {"number": "1002"})
    assert [line.split(",")[0] for line in notices(answer)] == ["row 3"]


# --- identity -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"title": "Басқа тақырып"},
        {"end": "13.06.2026"},
        {"document": "№ 124"},
        {"number": "1002"},
    ],
)
def test_another_topic_end_document_or_person_is_another_record(bring, change):
    PostFactory(person__personnel_number="1002")
    answer = bring({}, change)
    assert (answer.code, counts(answer)) == (0, (2, 0, 0, 0))


def test_document_numbers_repeat_between_issuers(bring):
    bring({}, {"title": "Басқа тақырып", "provider": "Coursera"})
    assert set(TrainingRecord.objects.values_list("document_number", flat=True)) == {"№ 123"}


def test_the_same_file_twice_changes_nothing(bring):
    rows = [{}, {"title": "Екінші", "volume": "2 кредит"}, {"title": "Үшінші", "volume": "35,5"}]
    bring(*rows)
    history = TrainingRecord.history.count()
    assert counts(bring(*rows)) == (0, 0, 3, 0)
    assert TrainingRecord.history.count() == history


@pytest.mark.parametrize(
    "spelled",
    [
        {"title": "  клиникалық   ОЙЛАУ "},
        {"title": "Kлиникaлық oйлaу"},
        {"document": " №  123 "},
        {"provider": "«ОҚМА»  АҚ"},
        {"provider": '"ОҚМА" АҚ'},
    ],
)
def test_the_same_training_spelled_otherwise_is_the_same(bring, spelled):
    bring({})
    answer = bring(spelled)
    assert counts(answer) == (0, 0, 1, 0)
    assert (TrainingRecord.objects.count(), Provider.objects.count()) == (1, 1)


def test_a_correction_changes_the_record_and_keeps_the_old_values(bring):
    bring({})
    answer = bring({"volume": "36", "area": "педагогика", "provider": "Coursera"})
    assert counts(answer) == (0, 1, 0, 0)
    record = TrainingRecord.objects.get()
    assert (record.hours, record.area, record.provider.name) == (36, "pedagogical", "Coursera")
    assert list(record.history.values_list("hours", flat=True)) == [36, 72]
    assert Standing.objects.on(TODAY).get().state == "pending"


def test_a_row_that_says_the_same_twice_is_a_notice(bring):
    answer = bring({}, {})
    assert (answer.code, TrainingRecord.objects.count(), len(notices(answer))) == (0, 1, 1)


def test_the_same_training_with_other_values_in_one_file_is_an_error(bring):
    answer = bring({}, {"volume": "36"})
    assert (answer.code, answer.rows_with_errors) == (1, [3])


def test_a_provider_is_made_once(bring):
    bring({}, {"title": "Екінші"}, {"title": "Үшінші", "provider": "ОҚМА АҚ"})
    assert Provider.objects.count() == 1
    bring({"title": "Төртінші"})
    assert Provider.objects.count() == 1


def test_a_revoked_record_stays_revoked(bring, person):
    bring({})
    TrainingRecord.objects.update(state="revoked")
    answer = bring({})
    assert (answer.code, counts(answer), len(notices(answer))) == (0, (0, 0, 1, 0), 1)
    assert TrainingRecord.objects.get().state == "revoked"


def test_a_record_waiting_for_verification_becomes_verified(bring, person):
    TrainingRecordFactory(
        person=person,
        pending=True,
        title="Клиникалық ойлау",
        starts_on=dt.date(2026, 6, 1),
        ends_on=dt.date(2026, 6, 12),
        document_number="№ 123",
        provider__name="«ОҚМА» АҚ",
    )
    assert counts(bring({})) == (0, 1, 0, 0)
    assert TrainingRecord.objects.get().state == "verified"
    assert Standing.objects.on(TODAY).get().state == "compliant"


def test_many_records_cost_few_queries(bring, django_assert_max_num_queries):
    rows = [{"title": f"Тақырып {number}"} for number in range(150)]
    with django_assert_max_num_queries(50):
        bring(*rows)

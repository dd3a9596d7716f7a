"""``seed_demo``: into an empty database only, the same every time, never outside DEBUG."""

from __future__ import annotations

import datetime as dt
import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from skma_qualification.demo.accounts import ACCOUNTS
from skma_qualification.demo.names import patronymic, synthetic_iin
from skma_qualification.demo.roster import apportioned
from skma_qualification.demo.seeding import NotSeeded, seed
from staff.domain.iin import iin_is_valid
from staff.models import Person, Standing, TrainingRecord, Unit, User
from staff.models.standing import State

ON = dt.date(2026, 11, 22)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine, settings):
    time_machine.move_to(dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC), tick=False)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.mark.parametrize("day", [dt.date(2028, 2, 29), dt.date(2027, 1, 1), dt.date(2026, 8, 31)])
def test_it_works_on_other_days(day, time_machine):
    time_machine.move_to(dt.datetime.combine(day, dt.time(7), tzinfo=dt.UTC), tick=False)
    seed(people=120, seed_number=1, on=day)
    states = set(Standing.objects.on(day).values_list("state", flat=True))
    assert states == set(State.values)


def _picture() -> tuple[list[object], ...]:
    people = Person.objects.order_by("personnel_number")
    return (
        list(people.values_list("personnel_number", "iin", "last_name", "hired_on")),
        list(
            TrainingRecord.objects.order_by(
                "person__personnel_number", "ends_on", "title", "hours", "document_number"
            ).values_list("title", "ends_on", "hours", "document_number", "cost")
        ),
    )


def _seeded_and_taken_back(number: int) -> tuple[list[object], ...]:
    with transaction.atomic():
        seed(people=120, seed_number=number, on=ON)
        picture = _picture()
        transaction.set_rollback(True)
    return picture


def test_the_same_seed_makes_the_same_academy():
    first = _seeded_and_taken_back(5)
    assert _seeded_and_taken_back(5) == first
    assert _seeded_and_taken_back(6) != first


# --- the command ------------------------------------------------------------------------------


def test_outside_debug_nothing_is_seeded(settings):
    settings.DEMO_ACCOUNTS_ALLOWED = False
    for options in ({}, {"if_empty": True}):
        with pytest.raises(CommandError, match="outside DEBUG"):
            call_command("seed_demo", people=120, **options)
    assert not Person.objects.exists()
    assert not User.objects.exists()


def test_the_command_prints_the_accounts():
    out = StringIO()
    call_command("seed_demo", people=120, stdout=out)
    assert "120 people" in out.getvalue()
    for account in ACCOUNTS:
        assert account.username in out.getvalue()
    assert "Қоңыратбаева Әсел Серікқызы" in out.getvalue()


def test_a_database_with_people_in_it_is_refused():
    Person.objects.create(personnel_number="1", last_name="Әлиева", first_name="Әсел")
    with pytest.raises(CommandError, match="There are people in this database") as refused:
        call_command("seed_demo")
    assert refused.value.returncode == 1
    assert Person.objects.count() == 1


def test_if_empty_prints_no_accounts_where_there_are_none():
    Person.objects.create(personnel_number="1", last_name="Әлиева", first_name="Әсел")
    User.objects.create_user("hr")
    out = StringIO()
    call_command("seed_demo", if_empty=True, stdout=out)
    assert "password" not in out.getvalue()


def test_an_account_of_the_same_name_is_not_overwritten():
    User.objects.create_superuser("admin", password="my own one")
    with pytest.raises(CommandError, match="admin"):
        call_command("seed_demo", people=120)
    assert not Person.objects.exists()


def test_too_few_people_are_refused():
    with pytest.raises(NotSeeded):
        seed(people=99, seed_number=1, on=ON)
    assert not Unit.objects.exists()


# --- the parts --------------------------------------------------------------------------------


def test_parts_add_up():
    assert apportioned(10, [0.7, 0.2, 0.1]) == [7, 2, 1]
    assert apportioned(1, [0.4, 0.6]) == [0, 1]
    assert sum(apportioned(97, [1, 2, 3, 5.5])) == 97


def test_an_iin_is_valid_whatever_its_serial():
    born = dt.date(1889, 3, 15)
    for serial in range(40):
        assert iin_is_valid(synthetic_iin(born, is_woman=bool(serial % 2), serial=serial))


def test_patronymics_are_of_the_right_sex():
    chance = random.Random(1)
    for _ in range(200):
        assert patronymic(chance, is_woman=True).endswith(("қызы", "овна", ""))
        assert not patronymic(chance, is_woman=False).endswith(("қызы", "овна"))

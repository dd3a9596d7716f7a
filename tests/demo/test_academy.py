"""What the demo academy shows: every state, every case, harmless accounts. Seeded once."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from io import StringIO

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from skma_qualification.demo.academy import UNITS
from skma_qualification.demo.accounts import ACCOUNTS, USERNAMES, no_demo_accounts_in_production
from skma_qualification.demo.seeding import seed
from staff.domain.iin import iin_is_valid
from staff.domain.registry import next_unit_code
from staff.domain.standings import restate_everybody, verdicts
from staff.models import (
    DeadlineExtension,
    Person,
    Post,
    Provider,
    Standing,
    TrainingRecord,
    Unit,
    User,
)
from staff.models.standing import State
from workflow.models import JobRun

ON = dt.date(2026, 11, 22)
BACKENDS = [
    "skma_qualification.demo.accounts.RefuseDemoPassword",
    "staff.backends.PasswordBackend",
]


@pytest.fixture(scope="module", autouse=True)
def academy(django_db_setup, django_db_blocker) -> Iterator[None]:
    """300 people, seeded once for this file; every test works in a transaction inside this one."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    noon = time_machine.travel(dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC), tick=False)
    with quick, noon, django_db_blocker.unblock(), transaction.atomic():
        seed(people=300, seed_number=464, on=ON)
        yield
        transaction.set_rollback(True)


pytestmark = pytest.mark.django_db


def test_every_state_shows_in_every_category():
    shown = defaultdict(Counter)
    for category, state in Standing.objects.on(ON).values_list("category", "state"):
        shown[category][state] += 1
    assert set(shown) == set(Post.Category.values)
    for states in shown.values():
        assert set(states) == set(State.values)
        assert states["compliant"] / states.total() > 0.5


def test_the_shares_of_the_states_are_plausible():
    states = Counter(Standing.objects.on(ON).values_list("state", flat=True))
    parts = {state: count / states.total() for state, count in states.items()}
    assert 0.68 < parts["compliant"] < 0.78
    assert 0.07 < parts["expiring"] < 0.12
    assert 0.07 < parts["pending"] < 0.13
    assert 0.05 < parts["overdue"] < 0.10
    assert 0.01 < parts["exempt"] < 0.04


def test_units_are_of_every_kind_and_named_in_three_languages():
    assert set(Unit.objects.values_list("kind", flat=True)) == set(Unit.Kind.values)
    assert Unit.objects.count() == len(UNITS) >= 40
    assert not Unit.objects.filter(name_ru="").exists()
    assert not Unit.objects.filter(name_en="").exists()
    assert not Unit.objects.exclude(kind=Unit.Kind.ACADEMY).filter(parent=None).exists()
    assert not Unit.objects.filter(head=None).exists()
    assert not Unit.objects.filter(kind=Unit.Kind.DEPARTMENT, secretary=None).exists()
    departments = Unit.objects.filter(kind=Unit.Kind.DEPARTMENT).count()
    assert next_unit_code(Unit.Kind.DEPARTMENT) == f"D-{departments + 1:03d}"


def test_the_registry_has_its_cases():
    assert Person.objects.count() == 300
    assert Person.objects.filter(left_on__lt=ON).exists()
    assert Person.objects.filter(hired_on__gt=ON).exists()
    assert Person.objects.filter(hired_on__year=ON.year).exists()
    assert Person.objects.filter(patronymic="").exists()
    assert Post.objects.filter(kind=Post.Kind.SECOND).exists()
    assert Post.objects.filter(ends_on__lt=ON, person__left_on=None).exists()
    assert Post.objects.filter(health_care=True).exists()
    assert Post.objects.filter(is_leader=True, category="university_teacher").exists()
    leaves = DeadlineExtension.objects
    assert leaves.filter(ends_on__lt=ON).exists()
    assert leaves.filter(starts_on__lte=ON, ends_on__gte=ON).exists()
    assert set(TrainingRecord.objects.values_list("state", flat=True)) == {
        "verified",
        "pending",
        "revoked",
    }
    assert Provider.objects.exclude(country="Қазақстан").exists()
    both = Counter(Standing.objects.on(ON).values_list("person_id", flat=True))
    assert max(both.values()) == 2


def test_nobody_could_be_alive_with_such_an_iin():
    iins = list(Person.objects.exclude(iin=None).values_list("iin", flat=True))
    assert all(iin_is_valid(iin) for iin in iins)
    assert {iin[6] for iin in iins} == {"1", "2"}
    for first, father in Person.objects.exclude(iin=None).values_list("iin", "patronymic"):
        if father:
            assert father.endswith(("қызы", "овна")) == (first[6] == "2")


def test_the_teacher_falls_due_in_112_days():
    teacher = User.objects.get(username="teacher").person
    ((_stretch, verdict),) = verdicts(person=teacher, on=ON)
    assert (verdict.state, verdict.counted) == ("expiring", 9000)
    assert verdict.judged.due_on == ON + dt.timedelta(days=112)
    assert verdict.counted_after_lapse == 3600
    assert {item.why_not for item in verdict.records} == {"", "area", "dropped_out"}
    assert teacher.records.filter(state="pending").count() == 1


def test_the_check_of_the_night_is_recorded_and_finds_nothing():
    run = JobRun.objects.last_finished("nightly check")
    assert run.key == ON.isoformat()
    assert run.result == {"added": 0, "mended": 0, "removed": 0}
    assert restate_everybody(on=ON).total == 0


def test_everything_has_its_history():
    for model in (Person, Unit, Post, DeadlineExtension, Provider, TrainingRecord, User):
        entered = model.history.filter(history_type="+").count()
        assert entered == model.objects.count(), model
    assert TrainingRecord.history.filter(history_type="~").exists()
    assert Post.history.filter(history_type="~").exists()
    # The last line of history says what stands there now.
    for record in TrainingRecord.objects.filter(state="revoked"):
        assert record.history.first().state == "revoked"
        assert record.history.last().state == "verified"


# --- accounts ---------------------------------------------------------------------------------


def test_each_account_has_its_person_and_role():
    assert set(USERNAMES) < set(User.objects.values_list("username", flat=True))
    for user in User.objects.exclude(username__in=USERNAMES):  # not invited yet
        person = user.person
        assert person.heads.exists() or person.supervises.exists() or person.applications.exists()
        assert not user.has_usable_password()
    for account in ACCOUNTS:
        user = User.objects.get(username=account.username)
        assert user.roles == ({account.role} if account.role else frozenset())
        assert user.person.posts.held(ON).exists()
        assert not user.is_superuser
        assert not user.is_staff
    therapy = Unit.objects.get(name_kk="Терапия және кардиология кафедрасы")
    users = {user.username: user.person for user in User.objects.all()}
    assert therapy.head == users["head"]
    assert therapy.secretary == users["secretary"]
    assert users["teacher"].posts.get().unit == therapy
    assert User.objects.get(username="vicerector").charge_paths
    assert not User.objects.get(username="researcher").watches_others


def test_sign_in_with_the_demo_password(settings):
    settings.AUTHENTICATION_BACKENDS = BACKENDS
    for name in USERNAMES:
        assert authenticate(username=name, password="demo") is not None
    assert authenticate(username="hr", password="Demo") is None


def test_outside_debug_the_demo_password_opens_nothing(settings):
    settings.AUTHENTICATION_BACKENDS = BACKENDS
    settings.DEMO_ACCOUNTS_ALLOWED = False
    changed = User.objects.get(username="hr")
    changed.set_password("something longer")
    changed.save()
    other = User.objects.create_user("somebody", password="demo")
    for name in USERNAMES:
        assert authenticate(username=name, password="demo") is None
    assert authenticate(username=other.username, password="demo") is None
    assert authenticate(username="hr", password="something longer") == changed


def test_outside_debug_the_check_names_what_was_left(settings):
    assert no_demo_accounts_in_production(databases=["default"]) == []
    settings.DEMO_ACCOUNTS_ALLOWED = False
    User.objects.filter(username="hr").update(password="!")
    User.objects.filter(username="rector").update(is_active=False)
    found = [m for m in run_checks(databases=["default"], tags=["database"]) if m.id == "demo.C001"]
    assert "admin" in found[0].msg
    assert "hr" not in found[0].msg.split()
    assert "rector" not in found[0].msg.replace("vicerector", "").split()


def test_if_empty_says_so_and_goes_on():
    out = StringIO()
    call_command("seed_demo", if_empty=True, stdout=out)
    assert "There are people in this database" in out.getvalue()
    assert "researcher" in out.getvalue()
    assert Person.objects.count() == 300

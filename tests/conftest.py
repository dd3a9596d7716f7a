"""The ground all tests stand on: settings, the day, undefined variables, the accounts.

Units: academy > (faculty > (department > section), other_department), directorate. Accounts, one
fixture each: hr, centre, rector, vicerector (supervises the faculty), dean (heads the faculty),
head and secretary of the department, teacher (of the department), researcher (of the section),
stranger_head and stranger (of other_department), international, finance, legal, administrator
(not an employee). ``accounts["hr"]`` asks for them by name.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.template.base import Node
from django.test import Client
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings

TODAY = dt.date(2026, 11, 22)
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Asia/Almaty"))

ROLES_WITH_ACCOUNTS = (
    "hr",
    "centre",
    "methodologist",
    "rector",
    "vicerector",
    "dean",
    "head",
    "secretary",
    "teacher",
    "researcher",
    "international",
    "finance",
    "legal",
    "administrator",
    "stranger_head",
    "stranger",
)

# --- hypothesis -------------------------------------------------------------------------------
# «ci» tries the same examples each time, so a run never fails by chance, and does not spend minutes
# on making a failing one small; «search» looks for new ones and does:
# HYPOTHESIS_PROFILE=search HYPOTHESIS_TIMES=20 pytest tests/staff -k standing
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
hypothesis_settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    suppress_health_check=_QUIET,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
hypothesis_settings.register_profile(
    "search", deadline=None, suppress_health_check=_QUIET, print_blob=True
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def examples(count: int) -> int:
    """How many examples a property is tried with."""
    return count * int(os.environ.get("HYPOTHESIS_TIMES", "1"))


# --- settings ---------------------------------------------------------------------------------
class UndefinedVariable(str):
    """Stands for a variable a template does not know: an error in our own templates.

    Templates of libraries rely on undefined variables being empty, so theirs may.
    """

    __slots__ = ()

    def __contains__(self, text: object) -> bool:
        return text == "%s"

    def __mod__(self, variable: object) -> str:
        origin = self._template()
        path = Path(origin)
        if path.is_relative_to(settings.BASE_DIR) and ".venv" not in path.parts:
            name = path.relative_to(settings.BASE_DIR)
            pytest.fail(f"{name}: the variable «{variable}» is not defined")
        return ""

    @staticmethod
    def _template() -> str:
        frame = sys._getframe(2)
        while frame is not None:
            node = frame.f_locals.get("self")
            if isinstance(node, Node) and getattr(node, "origin", None) is not None:
                return str(node.origin.name)
            frame = frame.f_back
        return ""


def pytest_configure(config: pytest.Config) -> None:
    """Settings of the tests; the settings file itself was read before this one."""
    var_root = Path(tempfile.mkdtemp(prefix="skma-tests-"))
    config.stash[_VAR_ROOT] = var_root
    settings.VAR_ROOT = var_root
    settings.MEDIA_ROOT = var_root / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = var_root / "static"
    # Found when asked for: reading all static files for every Client() takes seconds.
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    settings.CELERY_TASK_ALWAYS_EAGER = True
    settings.CELERY_TASK_EAGER_PROPAGATES = True
    if settings.REDIS_URL:
        cache = settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}
    else:
        cache = {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": uuid.uuid4().hex,
        }
    settings.CACHES = {"default": cache}
    for engine in settings.TEMPLATES:
        engine["OPTIONS"]["string_if_invalid"] = UndefinedVariable("undefined")
    # Playwright's own event loop runs in the thread the tests run in.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


_VAR_ROOT = pytest.StashKey[Path]()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash.get(_VAR_ROOT, Path("nowhere")), ignore_errors=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's chromium, not one of Playwright's own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    return browser_type_launch_args | {
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


# --- the day ----------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def today() -> Iterator[dt.date]:
    """22 November 2026, from noon on; the clock goes on ticking."""
    with time_machine.travel(NOON, tick=True):
        yield TODAY


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    yield
    if settings.REDIS_URL:
        caches["default"].key_prefix = uuid.uuid4().hex
    else:
        caches["default"].clear()


@pytest.fixture(autouse=True)
def _what_migrate_brings(request: pytest.FixtureRequest) -> None:
    """Roles and the four requirements, which a test with real transactions leaves flushed."""
    marker = request.node.get_closest_marker("django_db")
    names = set(request.fixturenames)
    if names & {"live_server", "transactional_db"} or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        if not apps.get_model("staff", "TrainingRequirement").objects.exists():
            import_module("staff.migrations.0003_roles_and_requirements").forwards(apps, None)


@contextlib.contextmanager
def taken_back() -> Iterator[None]:
    """What is written inside is rolled back: for each example of hypothesis a clean database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- units and accounts -----------------------------------------------------------------------
@pytest.fixture
def units(db: None) -> SimpleNamespace:
    """``units.academy``, ``.faculty``, ``.department``, ``.section``, ``.other_department``,
    ``.directorate``.
    """
    from .factories import UnitFactory

    academy = UnitFactory(academy=True, code="A-001")
    faculty = UnitFactory(faculty=True, code="F-001", parent=academy, name_kk="Медицина факультеті")
    department = UnitFactory(code="D-001", parent=faculty, name_kk="Терапия кафедрасы")
    return SimpleNamespace(
        academy=academy,
        faculty=faculty,
        department=department,
        section=UnitFactory(
            code="S-001", parent=department, kind="sector", name_kk="Кардиология секторы"
        ),
        other_department=UnitFactory(code="D-002", parent=faculty, name_kk="Хирургия кафедрасы"),
        directorate=UnitFactory(
            directorate=True, code="B-001", parent=academy, name_kk="Кадр басқармасы"
        ),
    )


def _account(username: str, unit: Any, *roles: str, post: str = "administrative") -> Any:
    from .factories import PersonFactory, PostFactory, UserFactory

    person = PersonFactory(last_name=f"{username.title()}ова", with_email=True)
    PostFactory(person=person, unit=unit, **({post: True} if post else {}))
    return UserFactory(username=username, person=person, roles=list(roles))


def _set(unit: Any, **people: Any) -> None:
    for name, person in people.items():
        setattr(unit, name, person)
    unit.save()


@pytest.fixture
def hr(units: SimpleNamespace) -> Any:
    return _account("hr", units.directorate, "hr")


@pytest.fixture
def centre(units: SimpleNamespace) -> Any:
    """The head of the training centre, who approves the plan unless the rector does."""
    from .factories import UnitFactory

    unit = UnitFactory(code="C-001", kind="centre", parent=units.academy, name_kk="ҚжҚКББ орталығы")
    user = _account("centre", unit, "training_centre")
    _set(unit, head=user.person)
    return user


@pytest.fixture
def methodologist(units: SimpleNamespace) -> Any:
    """The near-miss of the one above: the role, but not the head."""
    return _account("methodologist", units.directorate, "training_centre")


@pytest.fixture
def rector(units: SimpleNamespace) -> Any:
    return _account("rector", units.academy, "rector", post="leader")


@pytest.fixture
def vicerector(units: SimpleNamespace) -> Any:
    user = _account("vicerector", units.academy, "vice_rector", post="leader")
    _set(units.faculty, supervising_vice_rector=user.person)
    return user


@pytest.fixture
def dean(units: SimpleNamespace) -> Any:
    user = _account("dean", units.faculty, post="leader")
    _set(units.faculty, head=user.person)
    return user


@pytest.fixture
def head(units: SimpleNamespace) -> Any:
    user = _account("head", units.department, post="")
    _set(units.department, head=user.person)
    return user


@pytest.fixture
def secretary(units: SimpleNamespace) -> Any:
    user = _account("secretary", units.department, post="")
    _set(units.department, secretary=user.person)
    return user


@pytest.fixture
def teacher(units: SimpleNamespace) -> Any:
    return _account("teacher", units.department, post="")


@pytest.fixture
def researcher(units: SimpleNamespace) -> Any:
    return _account("researcher", units.section, post="researcher")


@pytest.fixture
def international(units: SimpleNamespace) -> Any:
    return _account("international", units.directorate, "international")


@pytest.fixture
def finance(units: SimpleNamespace) -> Any:
    return _account("finance", units.directorate, "finance")


@pytest.fixture
def legal(units: SimpleNamespace) -> Any:
    return _account("legal", units.directorate, "legal")


@pytest.fixture
def administrator(db: None) -> Any:
    from .factories import UserFactory

    return UserFactory(username="administrator", roles=["administrator"])


@pytest.fixture
def stranger_head(units: SimpleNamespace) -> Any:
    """The near-miss: head of another department of the same faculty."""
    user = _account("stranger_head", units.other_department, post="")
    _set(units.other_department, head=user.person)
    return user


@pytest.fixture
def stranger(units: SimpleNamespace) -> Any:
    """The near-miss: a teacher of another department."""
    return _account("stranger", units.other_department, post="")


class _Accounts:
    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __getitem__(self, name: str) -> Any:
        if name not in ROLES_WITH_ACCOUNTS:
            raise KeyError(name)
        return self._request.getfixturevalue(name)

    def __iter__(self) -> Iterator[str]:
        return iter(ROLES_WITH_ACCOUNTS)


@pytest.fixture
def accounts(request: pytest.FixtureRequest) -> _Accounts:
    """Accounts by name, each made when first asked for: ``accounts["hr"]``."""
    return _Accounts(request)


@pytest.fixture
def signed_in(db: None) -> Callable[[Any], Client]:
    """``signed_in(user)`` is a browser that user is signed in with; ``None``: nobody is."""

    def sign_in(user: Any) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="staff.backends.PasswordBackend")
        return client

    return sign_in

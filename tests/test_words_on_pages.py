"""No English on Kazakh and Russian pages, no Russian on Kazakh ones, and the other way round.

Read is what a person may read or hear: texts, and the attributes that are spoken or shown.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from skma_qualification.checks import is_public, patterns
from staff.domain import standings
from staff.models import User
from workflow.models import IssuedPaper

from .conftest import ROLES_WITH_ACCOUNTS
from .factories import DeadlineExtensionFactory, PersonFactory, PostFactory, TrainingRecordFactory
from .test_access import TABLE, addresses  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db

SPOKEN = {"alt", "aria-label", "placeholder", "title", "data-label"}
SILENT = {"script", "style", "code"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
LATIN = re.compile(r"\b[A-Za-z]{3,}\b")
# Addresses, and names of files and of image kinds, are the same in every language.
NAMES = re.compile(r"\S+@\S+|\S+\.(xlsx|jpg|pdf)\b")
ALLOWED = {
    *("Excel", "XLSX", "JPEG", "PNG", "PDF", "HEIC", "SKMA", "PhD"),
    *("III", "SHA"),
    *("Aegis", "Authenticator", "FreeOTP", "Google", "Microsoft"),
    *ROLES_WITH_ACCOUNTS,
}


class Reader(HTMLParser):
    """Collects what stands on a page, leaving out what says it is in another language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    @property
    def _is_quiet(self) -> bool:
        return any(quiet for _tag, quiet in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        quiet = tag in SILENT or given.get("lang", self.language) != self.language
        if not quiet and not self._is_quiet:
            self.texts += [value for name, value in attrs if name in SPOKEN and value]
            if tag == "input" and given.get("type") in ("submit", "button"):
                self.texts.append(given.get("value") or "")
        if tag not in VOID:
            self._open.append((tag, quiet))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_quiet:
            self.texts.append(" ".join(data.split()))


# Languages are called as they call themselves; a file's headings stand as the file has them.
AS_THEY_ARE = {*dict(settings.LANGUAGES).values(), "Санаты", "Қабылданған күні"}


def read(response: Any, language: str) -> list[str]:
    reader = Reader(language)
    reader.feed(response.content.decode())
    return [text for text in reader.texts if text not in AS_THEY_ARE]


def catalogue(language: str) -> dict[Any, str]:
    return gettext.translation(
        "django", localedir=settings.LOCALE_PATHS[0], languages=[language]
    )._catalog  # type: ignore[attr-defined,no-any-return]


def only_in(language: str, other: str) -> set[str]:
    """Whole texts of ``language`` that mean nothing in ``other``."""
    return set(catalogue(language).values()) - set(catalogue(other).values()) - {""}


def answers(client: Client, arguments: dict[str, list[Any]], names: list[str]) -> Iterator[Any]:
    """Pages of these addresses, and what they say of an empty form."""
    for name in names:
        url = reverse(name, args=arguments.get(name, []))
        for response in (client.get(url), client.post(url) if name in ASKED else None):
            if response is None:
                continue
            kind = response.headers.get("Content-Type", "")
            if not response.streaming and kind.startswith("text/html"):
                yield name, response
            if response.streaming:
                list(response)  # read to the end, which closes the file


# Pages that answer an empty form with what is wrong with it, and change nothing.
ASKED = {
    "person_create",
    "person_edit",
    "person_photo_change",
    "post_add",
    "post_change",
    "post_correct",
    "post_end",
    "extension_add",
    "extension_edit",
    "extension_delete",
    "record_add",
    "record_correct",
    "record_revoke",
    "unit_create",
    "unit_edit",
    "unit_close",
    "unit_reopen",
    "import_new",
    "requirement_change",
    "requirement_withdraw",
    "calendar_list",
    "password_change",
    "profile",
    "second_factor_setup",
    "account_new",
    "login",
    "password_reset",
}


@pytest.fixture
def full(
    addresses: dict[str, list[Any]],  # noqa: F811
    teacher: Any,
    units: Any,
    today: Any,
) -> dict[str, list[Any]]:
    """Each state of a standing and each way a record may count."""
    for traits in ({"short": True}, {"digital": True}, {"old": True}, {"revoked": True}):
        TrainingRecordFactory(person=teacher.person, **traits)
    for traits in ({"expiring": True}, {"old": True}):
        TrainingRecordFactory(person=PostFactory(unit=units.department).person, **traits)
    PostFactory(unit=units.department, new=True, person=PersonFactory(hired_on=today))
    leave = DeadlineExtensionFactory(running=True)
    PostFactory(person=leave.person, unit=units.section)
    standings.restate_everybody(on=today)
    return addresses


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("role", ["hr", "centre", "administrator", "head", "teacher", None])
def test_a_page_speaks_one_language(
    language: str, role: str | None, client: Client, accounts: Any, full: dict[str, list[Any]]
) -> None:
    if role is None:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        names = [str(pattern.name) for pattern in patterns() if is_public(pattern)]
        names = [name for name in names if name not in ("set_language", "password_reset_confirm")]
        full = full | {"verification": [IssuedPaper.objects.values_list("token")[0][0]]}
    else:
        user = accounts[role]
        client.force_login(user, backend="staff.backends.PasswordBackend")
        names = [name for name, allowed in TABLE.items() if role in allowed and name != "logout"]
    User.objects.update(language=language)
    foreign = only_in("ru", "kk") if language == "kk" else only_in("kk", "ru")
    refusals = [(url, client.get(url)) for url in ("/no/such/page/", "/imports/", "/roles/")]
    leaks = set()
    for name, response in [*refusals, *answers(client, full, names)]:
        for text in read(response, language):
            words = set(LATIN.findall(NAMES.sub("", text))) - ALLOWED
            if words or text in foreign:
                leaks.add((name, text))
    assert not leaks, sorted(leaks)

"""Letters: rows first, sent once, tried again with pauses, in the receiver's language."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.translation import get_language

from workflow import mail
from workflow.models import OutgoingMail

from ..factories import UserFactory

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


class NoServer(BaseEmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("no such server")


@pytest.fixture
def languages(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Languages invitations were put into words in; their link needs no page here."""
    heard: list[str | None] = []

    def invitation(receiver: Any, _context: dict[str, object]) -> dict[str, object]:
        heard.append(get_language())
        if receiver.username == "broken":
            raise LookupError
        return {"link": "https://example.kz/x", "days": 3}

    monkeypatch.setitem(mail._builders, "invitation", invitation)
    return heard


@pytest.fixture
def a_letter(languages: list[str | None]) -> OutgoingMail:
    return mail.post(kind="invitation", receiver=UserFactory(username="aliya"))


def test_a_letter_waits_as_a_row_and_goes_out_once(a_letter):
    assert django_mail.outbox == []
    assert mail.deliver(now=timezone.now()) == 1
    assert mail.deliver(now=timezone.now() + dt.timedelta(days=9)) == 0
    [sent] = django_mail.outbox
    assert sent.to == ["aliya@example.kz"]
    assert "\n" not in sent.subject
    assert "https://example.kz/x" in sent.body
    [(html, kind)] = sent.alternatives
    assert ("https://example.kz/x" in html, kind) == (True, "text/html")
    a_letter.refresh_from_db()
    assert (a_letter.attempts, a_letter.next_attempt_at) == (1, None)


def test_a_letter_goes_out_after_the_commit(languages, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        mail.post(kind="invitation", receiver=UserFactory())
        assert django_mail.outbox == []
    assert len(django_mail.outbox) == 1


def test_a_failure_is_kept_and_tried_again_with_growing_pauses(a_letter, settings):
    settings.EMAIL_BACKEND = f"{__name__}.NoServer"
    now, pauses = timezone.now(), []
    for _ in mail.PAUSES:
        assert mail.deliver(now=now) == 0
        a_letter.refresh_from_db()
        if a_letter.next_attempt_at:
            pauses.append(a_letter.next_attempt_at - now)
            mail.deliver(now=a_letter.next_attempt_at - SECOND)
            now = a_letter.next_attempt_at
    assert pauses == mail.PAUSES[:-1]
    assert (a_letter.attempts, a_letter.next_attempt_at) == (len(mail.PAUSES), None)
    assert (a_letter.last_error, a_letter.sent_at) == ("ConnectionRefusedError", None)


def test_when_the_server_is_back_the_letter_goes_out(a_letter, settings):
    usual, now = settings.EMAIL_BACKEND, timezone.now()
    settings.EMAIL_BACKEND = f"{__name__}.NoServer"
    mail.deliver(now=now)
    settings.EMAIL_BACKEND = usual
    assert mail.deliver(now=now + mail.PAUSES[0]) == 1
    a_letter.refresh_from_db()
    assert (a_letter.attempts, a_letter.last_error) == (2, "")


def test_one_letter_that_fails_does_not_hold_up_the_others(languages):
    for name in ("broken", "bolat"):
        mail.post(kind="invitation", receiver=UserFactory(username=name))
    assert mail.deliver(now=timezone.now()) == 1
    assert [m.to for m in django_mail.outbox] == [["bolat@example.kz"]]


def test_a_letter_speaks_the_receivers_language(languages):
    for language in ("kk", "ru", "en"):
        mail.post(kind="invitation", receiver=UserFactory(language=language))
    mail.deliver(now=timezone.now())
    assert languages == ["kk", "ru", "en"]

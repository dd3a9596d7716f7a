"""A body too large is answered before it is read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as ours
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client, RequestFactory
from django.urls import reverse

TWO_GB = 2 * 1024**3


class Body(io.RawIOBase):
    """The body of a request, empty; it knows whether anybody looked at it."""

    read_by_somebody = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.read_by_somebody = True
        return 0


def ask(client: Client | None = None, **environ: Any) -> tuple[int, dict[str, str], str]:
    """POST to the program as a server would; status, headers and text of the answer.

    A refusal for the length must leave the body unread, any other answer must have read it.
    """
    given = client.cookies.values() if client else []
    cookies = "; ".join([f"csrftoken={'a' * 32}", *(f"{m.key}={m.value}" for m in given)])
    request = RequestFactory().post(reverse("set_language"), HTTP_COOKIE=cookies)
    body = Body()
    kind = "multipart/form-data; boundary=b"
    asked = request.environ | {"wsgi.input": body, "CONTENT_TYPE": kind}
    answer: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer.update(status=int(status[:3]), headers=dict(headers))

    response = get_wsgi_application()(asked | environ, start)
    text = b"".join(response).decode()
    response.close()
    assert body.read_by_somebody is (answer["status"] not in (411, 413))
    return answer["status"], answer["headers"], text


@pytest.fixture(autouse=True)
def _connection_stays() -> Iterator[None]:
    """A server closes old connections around each request; the test's own must stay open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def reader(signed_in: Any, head: Any) -> Client:
    head.language = "ru"
    head.save()
    client: Client = signed_in(head)
    return client


def test_two_gigabytes_are_refused_unread_with_a_page(reader: Client) -> None:
    status, headers, page = ask(reader, CONTENT_LENGTH=str(TWO_GB))

    assert status == 413
    assert '<html lang="ru">' in page and f"{ours.UPLOAD_MAX_MB}" in page
    assert headers["X-Request-Number"] in page


def test_htmx_gets_the_sentence_alone(reader: Client) -> None:
    status, _headers, text = ask(reader, CONTENT_LENGTH=str(TWO_GB), HTTP_HX_REQUEST="true")
    assert (status, "<" in text) == (413, False)


@pytest.mark.django_db
@pytest.mark.parametrize("length", [str(TWO_GB), "9" * 30, "-5", "many", str(6 * 1024**2)])
def test_who_is_not_signed_in_sends_forms_alone(length: str) -> None:
    status, _headers, page = ask(CONTENT_LENGTH=length)
    assert status == 413
    assert f'<html lang="{ours.LANGUAGE_CODE}">' in page


def test_a_body_of_a_length_nobody_tells_is_refused_too(reader: Client) -> None:
    status, _headers, _page = ask(reader, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert status == 411


def test_up_to_the_limit_the_body_is_read(reader: Client) -> None:
    limit = ours.BODY_MAX_MB * 1024 * 1024
    assert ask(reader, CONTENT_LENGTH=str(limit + 1))[0] == 413
    assert ask(reader, CONTENT_LENGTH=str(limit))[0] not in (411, 413)

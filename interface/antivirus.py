"""What comes in as a file is shown to ClamAV, where the academy has one (setting ``CLAMAV``)."""

from __future__ import annotations

import logging
import socket
import struct
import time
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)
SECONDS = 30  # for one file, from the first byte to the answer
CHUNK = 64 * 1024
MAX_ANSWER = 4096


def refuse_infected(file: IO[bytes]) -> None:
    """Nothing where no scanner is set or it finds nothing; else ``ValidationError``.

    A scanner that does not answer lets nothing through. The log gets the kind of failure, never a
    name of a file or a person.
    """
    if not settings.CLAMAV:
        return
    try:
        answer = _ask(settings.CLAMAV, file)
    except (OSError, ValueError) as error:
        log.error("the virus scanner does not answer: %s", type(error).__name__)
        answer = ""
    if answer.endswith(" FOUND"):
        log.warning("the virus scanner refused a file: %s", answer[:100])
        raise ValidationError(
            _(
                "The virus scanner found something harmful in this file, so it is not taken. "
                "Check the device it comes from and choose another file."
            ),
            code="infected",
        )
    if not answer.endswith(" OK"):
        if answer:
            log.error("the virus scanner could not check a file: %s", answer[:100])
        raise ValidationError(
            _(
                "Every file is checked for viruses first, and the scanner does not answer now. "
                "Try again in a few minutes; if it stays so, tell the administrator."
            ),
            code="not_scanned",
        )


def _ask(address: str, file: IO[bytes]) -> str:
    """What clamd answers to INSTREAM: «stream: OK», «stream: NAME FOUND», or an error of its own.

    ``address``: ``host:port`` or the path of a socket. Raises ``OSError``, ``ValueError``.
    """
    until = time.monotonic() + SECONDS
    file.seek(0)
    with _connected(address) as line:
        line.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            line.settimeout(_left(until))
            line.sendall(struct.pack("!I", len(chunk)) + chunk)
        line.sendall(struct.pack("!I", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < MAX_ANSWER:
            line.settimeout(_left(until))
            part = line.recv(MAX_ANSWER)
            if not part:
                break
            answer += part
    file.seek(0)
    return answer.split(b"\0")[0].decode("utf-8", "replace").strip()


def _connected(address: str) -> socket.socket:
    if "/" in address:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        try:
            line.connect(address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left

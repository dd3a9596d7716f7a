"""ClamAV, where there is one: a scanner on a socket that answers as told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from interface import antivirus
from interface.scans import clean_pdf
from interface.uploads import DOCUMENTS, judged

from .. import scan_files as given


class Scanner:
    """Listens once; ``received`` is the file it was sent, ``answer`` what it says (or nothing)."""

    def __init__(self, listening: socket.socket, answer: bytes | None) -> None:
        self.received = b""
        self.answer = answer
        self.listening = listening
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        try:
            line, _address = self.listening.accept()
        except OSError:
            return
        with line, line.makefile("rb") as incoming:
            assert incoming.read(10) == b"zINSTREAM\0"
            while length := struct.unpack("!I", incoming.read(4))[0]:
                self.received += incoming.read(length)
            if self.answer is None:
                self.done.wait(10)
            else:
                line.sendall(self.answer)

    def stop(self) -> None:
        self.done.set()
        self.listening.close()
        self.thread.join(10)


Listen = Callable[..., Scanner]


@pytest.fixture
def scanner(settings: Any, tmp_path: Path) -> Iterator[Listen]:
    """``scanner(answer)`` listens and is set as ours; ``path=True``: on a socket of the machine."""
    started: list[Scanner] = []

    def start(answer: bytes | None, *, path: bool = False) -> Scanner:
        if path:
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(str(tmp_path / "s"))
            settings.CLAMAV = str(tmp_path / "s")
        else:
            listening = socket.socket()
            listening.bind(("127.0.0.1", 0))
            settings.CLAMAV = f"127.0.0.1:{listening.getsockname()[1]}"
        listening.listen(1)
        started.append(Scanner(listening, answer))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.mark.parametrize("path", [False, True])
def test_a_clean_file_is_sent_whole_and_taken(scanner: Listen, path: bool) -> None:
    content = given.photo(size=(900, 900), quality=100) + b"\0" * 200_000
    listening = scanner(b"stream: OK\0", path=path)

    assert clean_pdf([given.upload(content)]).pages == 1
    listening.stop()
    assert listening.received == content


def test_an_infected_file_is_refused(scanner: Listen) -> None:
    scanner(b"stream: Eicar-Test-Signature FOUND\0")
    with pytest.raises(ValidationError) as refusal:
        judged(given.upload(given.pdf()), DOCUMENTS)
    assert refusal.value.code == "infected"


@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OKAY\0", b"FOUND\0"]
)
def test_what_the_scanner_does_not_call_clean_is_refused(scanner: Listen, answer: bytes) -> None:
    scanner(answer)
    with pytest.raises(ValidationError) as refusal:
        clean_pdf([given.upload(given.pdf(), "Асан Үсенов.pdf")])
    assert refusal.value.code == "not_scanned"


def test_a_silent_scanner_is_waited_for_only_so_long(
    scanner: Listen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(antivirus, "SECONDS", 0.3)
    scanner(None)
    with pytest.raises(ValidationError) as refusal:
        clean_pdf([given.upload(given.pdf(), "Асан Үсенов.pdf")])

    assert refusal.value.code == "not_scanned"
    assert "TimeoutError" in caplog.text and "Асан" not in caplog.text


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock", "nonsense"])
def test_without_its_scanner_nothing_is_taken(settings: Any, address: str) -> None:
    settings.CLAMAV = address
    with pytest.raises(ValidationError) as refusal:
        clean_pdf([given.upload(given.pdf())])
    assert refusal.value.code == "not_scanned"


def test_where_no_scanner_is_set_nobody_is_asked(settings: Any) -> None:
    assert settings.CLAMAV == ""
    assert clean_pdf([given.upload(given.pdf())]).pages == 1

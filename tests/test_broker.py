"""Messages through a folder: a worker never takes one that is not written whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from kombu import Connection

from skma_qualification.broker import Transport
from skma_qualification.celery import app


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    for folder in ("queue", "processed", "control"):
        (tmp_path / folder).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "processed_folder": str(tmp_path / "processed"),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection(
        "filesystem://localhost", transport=Transport, transport_options=options
    ) as found:
        yield found


def test_what_is_put_is_got_once(connection: Any) -> None:
    queue = connection.SimpleQueue("papers")
    queue.put({"task": "a paper"})
    message = queue.get(timeout=1)
    assert message.payload == {"task": "a paper"}
    message.ack()
    with pytest.raises(queue.Empty):
        queue.get(block=False)


def test_a_message_appears_under_its_name_only_when_it_is_whole(
    connection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    rename = Path.rename

    def watched(source: Path, target: Path) -> Path:
        seen.append(sorted(path.suffix for path in (tmp_path / "queue").iterdir()))
        json.loads(source.read_bytes())
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", watched)
    connection.SimpleQueue("letters").put({"task": "a letter"})
    assert seen == [[".part"]]
    assert [path.suffix for path in (tmp_path / "queue").iterdir()] == [".msg"]


@pytest.mark.skipif(bool(settings.REDIS_URL), reason="messages travel through Redis")
def test_the_worker_without_redis_takes_its_messages_so() -> None:
    assert type(app.connection_for_write().transport) is Transport

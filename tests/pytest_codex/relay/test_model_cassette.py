"""
The file of a recorded model: written whole or not at all, and kept when nothing changed.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay.conversation import reduce
from pytest_codex.relay.model_cassette import Exchange, ModelCassette
from pytest_codex.relay.wording import Wording
from tests.pytest_codex.relay.upstreams import request

if TYPE_CHECKING:
    from pathlib import Path


def exchange(text: str, headers: dict[str, Any] | None = None) -> Exchange:
    """
    A call with an answer.
    """
    said = reduce(request(text), "/responses", {}, Wording(Places(), Redactor()))
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": headers or {},
        "body": {"string": "data: {}\n"},
    }
    return Exchange(said, response, "t", {"authorization": "Bearer x", "x-other": "y"})


def test_a_file_is_written_when_it_changed(tmp_path: Path) -> None:
    """
    The same recording leaves the file alone, with the permissions a new file has.
    """
    path = tmp_path / "deep" / "a.model.yaml"
    cassette = ModelCassette(path)

    assert cassette.save([exchange("hi")])
    before = path.stat()
    assert not cassette.save([exchange("hi")])
    assert (before.st_mtime_ns, before.st_ino) == (path.stat().st_mtime_ns, path.stat().st_ino)
    assert cassette.save([exchange("other")])

    umask = os.umask(0o22)
    os.umask(umask)
    assert 0o666 & ~umask == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())
    assert "hi" not in path.read_text()


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A disk that is full does not cost the recording that was there.
    """
    path = tmp_path / "a.model.yaml"
    cassette = ModelCassette(path)
    cassette.save([exchange("hi")])
    before = path.read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        cassette.save([exchange("other")])

    assert before == path.read_text()
    assert [path] == list(tmp_path.iterdir())


def test_few_headers_are_kept(tmp_path: Path) -> None:
    """
    Kind, waiting times and limits are kept; no header of a request is.
    """
    path = tmp_path / "a.model.json"
    given = {
        "content-type": "text/event-stream",
        "retry-after": ["3"],
        "x-codex-primary-used-percent": ["12.5"],
        "x-codex-primary-reset-at": ["1795264084"],
        "x-codex-primary-reset-after-seconds": ["77"],
        "x-codex-turn-state": ["opaque"],
        "date": ["today"],
        "set-cookie": ["a=b"],
    }
    ModelCassette(path).save([exchange("hi", given)])
    loaded = ModelCassette(path)
    loaded.load()

    response = loaded.play(exchange("hi").said)

    assert response is not None
    assert {
        "content-type": ["text/event-stream"],
        "retry-after": ["3"],
        "x-codex-primary-reset-after-seconds": ["0"],
        "x-codex-primary-reset-at": ["1700000000"],
        "x-codex-primary-used-percent": ["12.5"],
    } == response["headers"]
    text = path.read_text()
    assert not [word for word in ("Bearer", "x-other", "opaque", "a=b", "today") if word in text]


def test_another_model_gets_the_same_answer(tmp_path: Path) -> None:
    """
    The name of the model is kept for the reader, and not matched.
    """
    path = tmp_path / "a.model.yaml"
    ModelCassette(path).save([exchange("hi")])
    loaded = ModelCassette(path)
    loaded.load()
    other = exchange("hi").said._replace(model="gpt-7")

    assert "model: gpt-5.5" in path.read_text()
    assert loaded.play(other) is not None
    assert loaded.play(other) is None

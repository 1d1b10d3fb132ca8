"""
Recording a check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_server.transcript import Transcript
from pytest_codex.conformance.judging import ServerJudge

from .small import check, target

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.conformance.server import Server


def talks(server: Server) -> None:
    """
    Two processes, the second of which sorts before the first, and a path.
    """
    server.connect(experimental=True).call("b", {"text": str(server.directory / "other")})
    server.connect(experimental=False).call("a")


def test_connections_keep_the_order_of_the_check(tmp_path: Path) -> None:
    """
    And directories of the check have placeholders, so that another run gives the same file.
    """
    record = ServerJudge(target(), record=tmp_path)
    path = tmp_path / "area" / "one.codex.jsonl"

    record(check(talks))

    events = Transcript.load(path).events
    asked = [event.body for event in events if event.kind == "client" and "params" in event.body]
    assert [body["method"] for body in asked] == ["initialize", "b", "initialize", "a"]
    assert asked[1]["params"] == {"text": "{tmp_path}/other"}
    assert str(tmp_path) not in path.read_text()
    assert "codex-conformance-" not in path.read_text()


def test_what_was_recorded_before_and_did_not_change_stays(tmp_path: Path) -> None:
    """
    A new recording of the same touches no file; one that cannot be read is replaced.
    """
    record = ServerJudge(target(), record=tmp_path)
    path = tmp_path / "area" / "one.codex.jsonl"
    record(check(talks))
    before = path.stat().st_ino

    record(check(talks))
    assert path.stat().st_ino == before

    path.write_text("broken\n")
    record(check(talks))
    assert Transcript.load(path).events

"""
Starting a session's command again.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from fake_server import again
from fake_server.errors import StalledError
from fake_server.overheard import ANOTHER


class BecameError(Exception):
    """
    What would have replaced this process.
    """


@pytest.fixture(autouse=True)
def _stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def become(command: list[str]) -> None:
        raise BecameError(command)

    monkeypatch.setattr(again, "_become", become)


@pytest.fixture
def wire(tmp_path: Path) -> str:
    """
    The pipe of a command.
    """
    path = tmp_path / "1.wire"
    os.mkfifo(path)
    return str(path)


def test_the_first_process_goes_on(wire: str) -> None:
    """
    It asks nobody.
    """
    again.become_another(wire, [])

    assert sorted(path.name for path in Path(wire).parent.iterdir()) == ["1.wire", "1.wire.taken"]


def test_the_next_becomes_what_it_is_told(wire: str) -> None:
    """
    With what the client appended; many lines in an argument, or many arguments, are no matter.
    """
    again.become_another(wire, [])
    source = os.open(wire, os.O_RDWR | os.O_NONBLOCK)
    os.set_blocking(source, True)
    told = ["python", "-c", "one\ntwo", *("x" * 1000 for _ in range(100))]

    def answer() -> None:
        line = os.read(source, 10_000).decode()
        assert line.startswith(ANOTHER), line
        with Path(line[1:].rstrip()).open("w") as sink:
            sink.write(json.dumps(told) + "\n")

    session = threading.Thread(target=answer)
    session.start()

    with pytest.raises(BecameError) as became:
        again.become_another(wire, ["app-server"])

    session.join()
    os.close(source)
    assert became.value.args[0] == [*told, "app-server"]
    assert sorted(path.name for path in Path(wire).parent.iterdir()) == ["1.wire", "1.wire.taken"]


def test_a_session_that_is_over_does_not_answer(wire: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The process says so, and does not wait for ever.
    """
    monkeypatch.setattr(again, "DEADLINE", 0.05)
    again.become_another(wire, [])

    with pytest.raises(StalledError, match=r"started before.*has its test ended\?"):
        again.become_another(wire, [])


def test_a_session_that_is_gone_matters_no_more(tmp_path: Path) -> None:
    """
    Without its directory there is nobody to get in the way of.
    """
    again.become_another(str(tmp_path / "gone" / "1.wire"), [])

    assert list(tmp_path.iterdir()) == []

"""
Servers that start at the same time in a home nobody has used.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pytest_codex.recording import first_start
from pytest_codex.recording.first_start import FirstStart
from tests import waiting


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """
    A fresh home.
    """
    path = tmp_path / "root" / "codex"
    path.mkdir(parents=True)
    return path


def waiter(home: Path) -> threading.Thread:
    """
    One more server, which waits for its turn.
    """
    thread = threading.Thread(target=FirstStart(home).wait, daemon=True)
    thread.start()
    return thread


def test_the_others_wait_until_the_first_has_spoken(home: Path) -> None:
    """
    All of them start then, and nobody waits any more.
    """
    first = FirstStart(home)
    first.wait()
    others = [waiter(home) for _ in range(3)]
    others[0].join(0.1)
    assert all(other.is_alive() for other in others)

    first.over(spoken=True)

    waiting.until(lambda: not any(other.is_alive() for other in others), seconds=10)
    assert list(home.iterdir()) == []


def test_a_first_one_that_dies_leaves_the_turn_to_another(home: Path) -> None:
    """
    One at a time: the home is not set up yet.
    """
    first, second = FirstStart(home), FirstStart(home)
    first.wait()
    first.over(spoken=False)

    second.wait()

    other = waiter(home)
    other.join(0.1)
    assert other.is_alive()
    second.over(spoken=True)
    other.join(10)
    assert not other.is_alive()


def test_nobody_waits_for_ever(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A client that does not talk to the first server does not hold up the second.
    """
    monkeypatch.setattr(first_start, "PATIENCE", 0.05)
    first, second = FirstStart(home), FirstStart(home)
    first.wait()

    second.wait()

    second.over(spoken=True)
    first.over(spoken=True)
    assert not list(home.iterdir())

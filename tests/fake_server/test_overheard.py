"""
What passes is told to whoever listens, and nobody waits for those who do not.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from fake_server.overheard import CLIENT, SERVER, Telling

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """
    A named pipe.
    """
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_lines_are_told_with_who_said_them(pipe: Path) -> None:
    """
    One line each, whatever ended it.
    """
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    telling = Telling(str(pipe))

    telling.tell(CLIENT, '{"id": 1}\n')
    telling.tell(SERVER, "größer")

    assert os.read(reader, 100).decode() == 'c{"id": 1}\nsgrößer\n'


def test_a_line_larger_than_the_pipe_is_told_whole(pipe: Path) -> None:
    """
    The writer waits for a slow reader, and loses nothing.
    """
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    telling = Telling(str(pipe))
    os.set_blocking(reader, True)
    big = "x" * 1_000_000
    writing = threading.Thread(target=telling.tell, args=(SERVER, big))
    writing.start()

    found = b""
    while not found.endswith(b"\n"):
        found += os.read(reader, 1 << 16)

    writing.join(20)
    assert found.decode() == f"s{big}\n"


def test_lines_of_several_threads_stay_apart(pipe: Path) -> None:
    """
    A pipe mixes what is longer than a page; a proxy has a thread for each direction.
    """
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    telling = Telling(str(pipe))
    os.set_blocking(reader, True)

    def say(sender: str) -> None:
        for _ in range(50):
            telling.tell(sender, sender * 50_000)

    threads = [threading.Thread(target=say, args=(sender,)) for sender in (CLIENT, SERVER)]
    for thread in threads:
        thread.start()
    found = b""
    while found.count(b"\n") < 100:
        found += os.read(reader, 1 << 16)

    assert {len(set(line)) for line in found.decode().splitlines()} == {1}


def test_nobody_listens(pipe: Path, tmp_path: Path) -> None:
    """
    Where nobody reads, or there is no pipe, nothing is told and nothing waits.
    """
    for path in (pipe, tmp_path / "none"):
        telling = Telling(str(path))
        telling.tell(CLIENT, "x" * 1_000_000)

    assert sorted(tmp_path.iterdir()) == [pipe]  # no file was made in place of a pipe


def test_who_listened_has_gone(pipe: Path) -> None:
    """
    A session that is over does not stop a process that goes on.
    """
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    telling = Telling(str(pipe))
    telling.tell(CLIENT, "one")
    os.close(reader)

    telling.tell(CLIENT, "two")
    telling.tell(CLIENT, "x" * 1_000_000)

    listening_again = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    telling.tell(CLIENT, "three")
    assert os.read(listening_again, 100) == b""  # who has gone is told nothing any more

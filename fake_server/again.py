"""
Starting a session's command once more: that process needs a connection of its own.
"""

from __future__ import annotations

import json
import os
import select

from .errors import StalledError
from .overheard import ANOTHER, Telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

DEADLINE = 30.0
"""Seconds until the session has said which command to become."""

_CHUNK = 1 << 16


def become_another(wire: str, args: list[str]) -> None:
    """
    Come back in the first process of a command; in each later one become a command of its own.

    Args:
        wire: The pipe of the command, by which its processes know each other.
        args: What the client appended.

    Raises:
        StalledError: The session did not answer in time.
    """
    if _is_first(wire):
        return
    path = f"{wire}.{os.getpid()}"
    os.mkfifo(path, 0o600)
    # Able to write as well, it is not at its end before the session has opened it.
    source = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        Telling(wire).tell(ANOTHER, path)
        command = json.loads(_read(source))
    finally:
        os.close(source)
        os.unlink(path)
    _become([*command, *args])


def _is_first(wire: str) -> bool:
    """
    Whether nobody was here before; or the session is over, and nobody cares.
    """
    try:
        os.close(os.open(f"{wire}.taken", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError:
        return True
    return True


def _read(source: int) -> str:
    answer = b""
    while not answer.endswith(b"\n"):
        if not select.select([source], [], [], DEADLINE)[0]:
            raise StalledError(
                "this command of codex_session was started before, and the session did not say "
                f"within {DEADLINE:g} s which connection this process is: has its test ended?"
            )
        answer += os.read(source, _CHUNK)
    return answer[:-1].decode("utf-8")


def _become(command: list[str]) -> NoReturn:
    os.execv(command[0], command)

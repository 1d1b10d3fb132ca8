"""
One scripted answer of the model, and the gate a test can hold it at.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from fake_server.errors import StalledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_codex.model.calls import ModelCall

HOLD_SECONDS = 60.0


class Gate:
    """
    A place inside an answer where the model waits for the test.

    Args:
        deadline: Seconds after which the model goes on by itself, so that a test that
            forgets :meth:`release` ends.
        opened: Never holds anything: what a test gets where no model runs.
    """

    def __init__(self, deadline: float = HOLD_SECONDS, *, opened: bool = False) -> None:
        self.deadline = deadline
        self._reached = threading.Event()
        self._released = threading.Event()
        if opened:
            self._reached.set()
            self._released.set()

    def wait(self, timeout: float = 10.0) -> None:
        """
        Wait until the model has sent everything that stands before the gate.

        Raises:
            StalledError: The agent did not ask for this answer in time.
        """
        if not self._reached.wait(timeout):
            raise StalledError(
                f"the scripted model did not reach hold() within {timeout:g} s: "
                "the agent has not asked for that answer yet. Start the turn first, or "
                "script the answers in the order in which the agent asks for them."
            )

    def release(self) -> None:
        """
        Let the model send the rest of the answer.
        """
        self._released.set()

    @property
    def reached(self) -> bool:
        """
        Whether the model stands at the gate, or has passed it.
        """
        return self._reached.is_set()

    def hold(self, client_is_gone: Callable[[], bool]) -> bool:
        """
        The model's side: block until released, and say whether anyone still listens.
        """
        self._reached.set()
        waited = 0.0
        while not self._released.wait(0.02):
            waited += 0.02
            if client_is_gone():
                return False
            if waited >= self.deadline:
                break
        return True


class Reply(NamedTuple):
    """
    What goes over HTTP for one call.

    Args:
        body: Pieces to send in order; at a :class:`Gate` the model waits.
        status: HTTP status.
        headers: Extra HTTP headers.
        cut: Drop the connection after the last piece instead of ending it properly.
    """

    body: Sequence[bytes | Gate]
    status: int = 200
    headers: Mapping[str, str] = {}
    cut: bool = False


class Step(NamedTuple):
    """
    One answer the test has scripted.

    Args:
        label: The verb as the test wrote it, for messages.
        reply: Makes what the agent gets, from what it asked.
        endless: It answers every call from now on.
    """

    label: str
    reply: Callable[[ModelCall], Reply]
    endless: bool = False


class Ids:
    """
    Ids in the order in which the verbs were called, the same in every run.

    Args:
        prefix: Stands before each.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def next(self, kind: str) -> str:
        """
        ``msg_1``, ``msg_2``, ``call_1``...
        """
        with self._lock:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            return f"{self._prefix}{kind}_{self._counts[kind]}"

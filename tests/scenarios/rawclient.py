"""
A bare JSON-RPC client over a process's pipes, for what no SDK would send.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self

DEADLINE = 30.0
"""Seconds after which an awaited message counts as missing."""


class RawClient:
    """
    Speaks to one app-server, in whatever order and shape the test wants.

    Args:
        command: What starts the server.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.seen: list[dict[str, Any]] = []
        self._read = 0
        self._arrived: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._pump, daemon=True)
        self._reader.start()

    def _pump(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._arrived.put(json.loads(line))
        self._arrived.put(None)

    def send(self, *messages: Mapping[str, Any]) -> None:
        """
        Send messages in one write, without waiting for anything.
        """
        assert self._process.stdin is not None
        self._process.stdin.write("".join(json.dumps(each) + "\n" for each in messages))
        self._process.stdin.flush()

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """
        The first message that is wanted, among those that came and those that will.
        """
        for message in self.seen:
            if wanted(message):
                return message
        while True:
            message = self._next()
            if wanted(message):
                return message

    def _next(self) -> dict[str, Any]:
        try:
            message = self._arrived.get(timeout=DEADLINE)
        except queue.Empty:
            raise AssertionError(f"nothing came within {DEADLINE:g} s") from None
        assert message is not None, f"the server ended; it had said {self.seen}"
        self.seen.append(message)
        return message

    def answer_to(self, request_id: int | str) -> dict[str, Any]:
        """
        The result or error of one request.
        """
        answer = self.wait(lambda each: each.get("id") == request_id and "method" not in each)
        sandbox = answer.get("result", {}).get("sandbox")
        if sandbox is not None:
            # What a process of one's own is told the session's boundary does not see.
            assert (sandbox["type"], sandbox["networkAccess"]) == ("workspaceWrite", False)
        return answer

    def request(
        self, request_id: int | str, method: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """
        Send one request and wait for its answer.
        """
        self.send(request(request_id, method, params))
        return self.answer_to(request_id)

    def notification(self, method: str, **params: Any) -> dict[str, Any]:
        """
        The first notification, or request of the server, with this method and these params.
        """
        return self.wait(
            lambda each: (
                each.get("method") == method and params.items() <= each.get("params", {}).items()
            )
        )

    def initialize(self) -> dict[str, Any]:
        """
        Shake hands as the SDK does.
        """
        answer = self.request("hello", "initialize", HELLO)
        self.send({"method": "initialized"})
        return answer

    def close(self) -> None:
        """
        Say goodbye and wait for the server to leave.
        """
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(DEADLINE)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(DEADLINE)
            assert self._process.stdout is not None
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


HELLO = {
    "clientInfo": {"name": "raw_client", "title": None, "version": "1.0"},
    "capabilities": {"experimentalApi": True},
}


def request(
    request_id: int | str, method: str, params: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """
    One request as it goes over the wire.
    """
    message: dict[str, Any] = {"id": request_id, "method": method}
    if params is not None:
        message["params"] = params
    return message

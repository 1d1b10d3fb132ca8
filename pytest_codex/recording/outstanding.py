"""
What a client is waiting for, read off the lines that pass.
"""

from __future__ import annotations

import json
from typing import Any


class Outstanding:
    """
    What the client is waiting for: requests without an answer, and turns under way.
    """

    def __init__(self) -> None:
        self._requests: dict[str, str] = {}
        self._turns: set[str] = set()
        self._asked: set[str] = set()

    def from_client(self, line: str) -> None:
        """
        Note what the client asked or answered.
        """
        message = _parse(line)
        if "id" not in message:
            return
        if "method" in message:
            self._requests[json.dumps(message["id"])] = str(message["method"])
        else:
            self._asked.discard(json.dumps(message["id"]))

    def from_server(self, line: str) -> None:
        """
        Note what the server answered, asked or began.
        """
        message = _parse(line)
        method = message.get("method")
        if method is None:
            self._requests.pop(json.dumps(message.get("id")), None)
        elif "id" in message:
            self._asked.add(json.dumps(message["id"]))
        elif method in ("turn/started", "turn/completed"):
            thread = str((message.get("params") or {}).get("threadId"))
            (self._turns.add if method == "turn/started" else self._turns.discard)(thread)

    @property
    def client_owes(self) -> bool:
        """
        Whether the server waits for the client's answer.
        """
        return bool(self._asked)

    def describe(self) -> str | None:
        """
        One sentence about what is awaited from the server, None when it is nothing.
        """
        if self._requests:
            return f"the client waits for the answer to {', '.join(self._requests.values())}"
        if self._turns:
            return f"the client waits for the end of {len(self._turns)} turn(s)"
        return None


def _parse(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}

"""
The least that can play a cassette: no engine, no matching, no diagnosis.
"""

from __future__ import annotations

import json
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = "@live-id@"


def read_groups(path: str, workspace: str) -> list[list[str]]:
    """
    Read a cassette as the lines owed after each line of the client.

    Returns:
        One list per client message, ids of responses replaced by a mark.
    """
    groups: list[list[str]] = []
    with open(path, encoding="utf-8") as file:
        events = [json.loads(line) for line in file.read().splitlines()[1:]]
    for event in events:
        if "client" in event:
            groups.append([])
        elif "server" in event:
            message = event["server"]
            if "method" not in message:
                message["id"] = ID
            line = json.dumps(message).replace("{workspace}", workspace)
            groups[-1].append(line + "\n")
    return groups


class Player:
    """
    Stands in for ``Popen`` and for its three pipes.
    """

    pid = 0
    returncode = 0

    def __init__(self, groups: list[list[str]]) -> None:
        self.stdin = self.stdout = self
        self.stderr: list[str] = []
        self._groups = iter(groups)
        self._lines: SimpleQueue[str] = SimpleQueue()

    def write(self, line: str) -> None:
        """
        Answer one line of the client with the lines that followed it.
        """
        live = json.dumps(json.loads(line).get("id"))
        for owed in next(self._groups, []):
            self._lines.put(owed.replace(f'"{ID}"', live, 1))

    def readline(self) -> str:
        """
        The next line, or the end once closed.
        """
        return self._lines.get()

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def flush(self) -> None:
        """
        Nothing is held back.
        """

    def close(self) -> None:
        """
        End the stream of lines.
        """
        self._lines.put("")

    terminate = kill = flush

    def poll(self) -> int:
        """
        Always ended well.
        """
        return 0

    def wait(self, timeout: float | None = None) -> int:
        """
        Nothing to wait for.
        """
        del timeout
        return 0

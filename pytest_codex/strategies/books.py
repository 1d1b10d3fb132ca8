"""
What there is while a session is made: threads, connections and files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .steps import Action, Step

MOST_CONNECTIONS = 3
MOST_THREADS = 4


@dataclass
class Thread:
    """
    What is known of a thread: ``idle``, ``held``, ``cold`` (in no process) or ``archived``.
    """

    connection: int
    state: str = "idle"
    turns: int = 0
    careful: bool = False
    forked: bool = False


@dataclass
class Books:
    """
    The threads, connections and files there are.
    """

    threads: dict[str, Thread] = field(default_factory=dict)
    open: list[int] = field(default_factory=list)
    connections: int = 0
    files: set[str] = field(default_factory=set)

    def connect(self) -> Step:
        self.connections += 1
        self.open.append(self.connections)
        return Step("connect", self.connections)

    def start(self, connection: int, *, careful: bool = False) -> Step:
        action: Action = "start careful" if careful else "start"
        return Step(action, connection, self.add(connection, careful=careful))

    def add(self, connection: int, turns: int = 0, *, careful: bool = False) -> str:
        name = "ABCD"[len(self.threads)]
        self.threads[name] = Thread(connection, turns=turns, careful=careful)
        return name

    def pick(
        self, number: int, *states: str, turns: int = 0, room: bool = False
    ) -> tuple[str, Thread] | None:
        """
        One of the threads in one of these states, None when there is none (or no room for more).
        """
        found = [
            (name, thread)
            for name, thread in self.threads.items()
            if thread.state in states and thread.turns >= turns
        ]
        if not found or (room and len(self.threads) >= MOST_THREADS):
            return None
        return found[number % len(found)]

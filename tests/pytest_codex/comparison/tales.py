"""
Short sessions to compare: messages of one thread, put one after the other.
"""

from __future__ import annotations

from typing import Any

from fake_server.transcript import Event, Transcript

THREAD = "00000001-0000-7000-8000-000000000000"


def turn_id(number: int) -> str:
    """
    The id of a turn of the thread.
    """
    return f"00000001-{number:04d}-7000-8000-000000000000"


class Tale:
    """
    Tells a session; every method returns the tale, so that it reads as one.
    """

    def __init__(self, codex: str = "0.163.0") -> None:
        self.transcript = Transcript({"codex": codex})
        self._ids = 0

    def event(self, kind: str, body: Any, conn: int = 1) -> Tale:
        """
        Any event.
        """
        self.transcript.events.append(Event(conn, kind, body))
        return self

    def said(self, method: str, **params: Any) -> Tale:
        """
        A notification of the server.
        """
        return self.event("server", {"method": method, "params": params})

    def asked(self, method: str, params: Any, **answer: Any) -> Tale:
        """
        A request of the client, with its answer unless there is none.
        """
        self._ids += 1
        self.event("client", {"id": self._ids, "method": method, "params": params})
        return self.event("server", {"id": self._ids, **answer}) if answer else self

    def approval(self, params: dict[str, Any], method: str, **answer: Any) -> Tale:
        """
        A request of the server in the first turn, with its answer unless there is none.
        """
        about = {"threadId": THREAD, "turnId": turn_id(1), "itemId": "call_1", **params}
        self.event("server", {"id": 0, "method": method, "params": about})
        return self.event("client", {"id": 0, **answer}) if answer else self

    def began(self, kind: str, turn: int = 1, **values: Any) -> Tale:
        """
        An item began.
        """
        item = {"type": kind, "id": values.pop("id", "item"), **values}
        return self.said("item/started", threadId=THREAD, turnId=turn_id(turn), item=item)

    def item(self, kind: str, turn: int = 1, **values: Any) -> Tale:
        """
        An item ended.
        """
        item = {"type": kind, "id": values.pop("id", "item"), **values}
        return self.said("item/completed", threadId=THREAD, turnId=turn_id(turn), item=item)

    def command(self, command: str = "pytest", turn: int = 1, **values: Any) -> Tale:
        """
        A command ended.
        """
        usual = {"status": "completed", "exitCode": 0, "aggregatedOutput": "", "cwd": "{workspace}"}
        return self.item("commandExecution", turn, command=command, **{**usual, **values})

    def message(self, text: str, turn: int = 1) -> Tale:
        """
        The agent said something.
        """
        return self.item("agentMessage", turn, text=text, phase=None)

    def end(self, turn: int = 1, status: str = "completed", error: Any = None) -> Tale:
        """
        A turn ended.
        """
        told = {"id": turn_id(turn), "status": status, "error": error}
        return self.said("turn/completed", threadId=THREAD, turn=told)

"""
The threads and turns of a scene: what the server says about them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from . import acts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .scene import Scene

VERSION = "0.163.0"
NOW = 1_700_000_000
CWD = "/workspace"


class Thread:
    """
    One thread of a scene.

    Attributes:
        id: Its id.
    """

    def __init__(self, scene: Scene, number: int) -> None:
        self.scene = scene
        self.number = number
        self.id = f"{number:08d}-0000-7000-8000-000000000000"
        self._turns = itertools.count(1)

    def described(self, turns: tuple[Any, ...] = ()) -> dict[str, Any]:
        """
        The thread as answers and notifications describe it.
        """
        return {
            "id": self.id,
            "sessionId": self.id,
            "preview": "",
            "ephemeral": False,
            "projectId": "none",
            "modelProvider": "conformance",
            "createdAt": NOW,
            "updatedAt": NOW,
            "status": {"type": "idle"},
            "path": f"/codex-home/sessions/{self.id}.jsonl",
            "cwd": CWD,
            "cliVersion": VERSION,
            "source": "appServer",
            "turns": list(turns),
        }

    def opened(self) -> dict[str, Any]:
        """
        The answer to a request that starts, forks or resumes it.
        """
        return {
            "thread": self.described(),
            "model": "conformance-model",
            "modelProvider": "conformance",
            "cwd": CWD,
            "approvalPolicy": "on-request",
            "approvalsReviewer": "user",
            "sandbox": {"type": "readOnly", "networkAccess": False},
        }

    def notify(self, method: str, **params: Any) -> None:
        """
        Send a notification about this thread.
        """
        self.scene.notify(method, threadId=self.id, **params)

    def status(self, kind: str) -> None:
        """
        Tell what it is doing.
        """
        flags: dict[str, Any] = {"activeFlags": []} if kind == "active" else {}
        self.notify("thread/status/changed", status={"type": kind, **flags})

    def turn(self, extra: Mapping[str, Any] | None = None, *, rest: bool = True) -> Turn:
        """
        The client starts a turn, which begins.

        Args:
            extra: Members to add to the answer's turn, or to put in the place of others.
            rest: Whether a moment passes before it begins, as it does at the real server.
        """
        number = self.scene.asked("turn/start", threadId=self.id)
        turn = self.new_turn()
        self.scene.answer(number, {"turn": {**turn.described("inProgress"), **(extra or {})}})
        if rest:
            self.scene.act(acts.REST, self.id)
        return turn.begin()

    def new_turn(self) -> Turn:
        """
        A turn that nobody has been told of.
        """
        return Turn(self, next(self._turns))


class Turn:
    """
    One turn of a scene.

    Attributes:
        id: Its id.
    """

    def __init__(self, thread: Thread, number: int) -> None:
        self.thread = thread
        self.scene = thread.scene
        self.id = f"{thread.number:08d}-{number:04d}-7000-8000-000000000000"
        self._items = itertools.count(1)

    def described(self, status: str, error: Any = None) -> dict[str, Any]:
        """
        The turn as answers and notifications describe it.
        """
        return {"id": self.id, "items": [], "status": status, "error": error}

    def notify(self, method: str, **params: Any) -> None:
        """
        Send a notification about this turn.
        """
        self.thread.notify(method, turnId=self.id, **params)

    def begin(self) -> Turn:
        """
        Tell that it runs.
        """
        self.thread.status("active")
        self.thread.notify("turn/started", turn=self.described("inProgress"))
        return self

    def item(self, item: Mapping[str, Any], *, done: bool = True, begun: bool = True) -> str:
        """
        Tell of an item.

        Returns:
            Its id.
        """
        given = {"id": f"{self.id}-item{next(self._items)}", **item}
        if begun:
            self.notify("item/started", item=given, startedAtMs=NOW * 1000)
        if done:
            self.notify("item/completed", item=given, completedAtMs=NOW * 1000)
        return str(given["id"])

    def message(self, text: str, *, deltas: bool = True, **extra: Any) -> None:
        """
        The agent says something, word by word and then as a whole.
        """
        item = f"{self.id}-item{next(self._items)}"
        empty = {"type": "agentMessage", "id": item, "text": "", **extra}
        self.notify("item/started", item=empty, startedAtMs=NOW * 1000)
        for index, piece in enumerate(text.split(" ") if deltas else ()):
            self.delta(item, f" {piece}" if index else piece)
        self.notify("item/completed", item={**empty, "text": text}, completedAtMs=NOW * 1000)

    def open_message(self) -> str:
        """
        The agent begins to say something.
        """
        return self.item({"type": "agentMessage", "text": ""}, done=False)

    def delta(self, item: str, text: str) -> None:
        """
        The agent says a little more.
        """
        self.notify("item/agentMessage/delta", itemId=item, delta=text)

    def end(self, status: str = "completed", error: Any = None) -> None:
        """
        Tell that it is over.
        """
        self.thread.status("systemError" if status == "failed" else "idle")
        self.completed(status, error)

    def completed(self, status: str = "completed", error: Any = None) -> None:
        """
        Tell it by ``turn/completed`` alone.
        """
        self.thread.notify("turn/completed", turn=self.described(status, error))

    def ask(self, method: str, params: Any, number: object = None) -> object:
        """
        Ask the client something, and go on when it has answered.
        """
        number = self.scene.request(method, params, number)
        self.scene.answered(number, self.thread.id)
        return number

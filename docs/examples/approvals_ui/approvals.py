"""
Asks the user before the agent does what its sandbox does not allow.

Rules answer what is always or never right; the rest is shown to the user. Everything that was asked
is kept with its answer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from openai_codex import CodexConfig, Thread
from openai_codex.client import CodexClient
from openai_codex.models import ItemStartedNotification, TurnCompletedNotification

if TYPE_CHECKING:
    from openai_codex.models import JsonObject
    from typing_extensions import Self

COMMAND = "item/commandExecution/requestApproval"
FILES = "item/fileChange/requestApproval"
DETAILS_DEADLINE = 10.0


class Decision(Enum):
    """
    What may be answered.
    """

    ACCEPT = "accept"
    ACCEPT_FOR_SESSION = "acceptForSession"
    DECLINE = "decline"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Question:
    """
    What the user is shown.

    Attributes:
        kind: ``command`` or ``files``.
        text: The command, or the diffs of the files.
        files: The files, for an edit.
        reason: Why the agent asks.
    """

    kind: str
    text: str
    files: tuple[str, ...] = ()
    reason: str = ""


@dataclass
class Desk:
    """
    Where questions are answered.

    Attributes:
        ask: Shows a question to the user and returns the answer. An error counts as no.
        rules: Answers by regular expression of the text; the first that is found decides.
        log: Every question with its answer and who gave it.
    """

    ask: Callable[[Question], Decision]
    rules: Mapping[str, Decision] = field(default_factory=dict)
    log: list[tuple[Question, Decision, str]] = field(default_factory=list)

    def decide(self, question: Question) -> Decision:
        """
        Answer by rule, else by the user.
        """
        decision, who = self._answer(question)
        self.log.append((question, decision, who))
        return decision

    def _answer(self, question: Question) -> tuple[Decision, str]:
        for pattern, decision in self.rules.items():
            if re.search(pattern, question.text):
                return decision, "rule"
        try:
            return self.ask(question), "user"
        except Exception:  # noqa: BLE001 - whatever goes wrong, nobody has said yes
            return Decision.DECLINE, "error"


class Assistant:
    """
    An agent that may look, and asks for everything else.
    """

    def __init__(self, desk: Desk, config: CodexConfig | None = None) -> None:
        self._desk = desk
        self._edits: dict[str, Any] = {}
        self._told = threading.Condition()
        self._client = CodexClient(config, approval_handler=self._asked)
        self._client.start()
        self._client.initialize()
        params: JsonObject = {
            "sandbox": "read-only",
            "approvalPolicy": "on-request",
            "approvalsReviewer": "user",
        }
        self._thread = Thread(self._client, self._client.thread_start(params).thread.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def work(self, task: str) -> str:
        """
        Work on a task and tell how the turn ended.
        """
        for event in self._thread.turn(task).stream():
            if isinstance(event.payload, ItemStartedNotification):
                item = event.payload.item.root
                if item.type == "fileChange":
                    with self._told:
                        self._edits[item.id] = item
                        self._told.notify_all()
            elif isinstance(event.payload, TurnCompletedNotification):
                return event.payload.turn.status.value
        return "lost"

    def _asked(self, method: str, params: dict[str, Any] | None) -> dict[str, Any]:
        if method not in (COMMAND, FILES):
            return {}
        question = self._command(params or {}) if method == COMMAND else self._files(params or {})
        return {"decision": self._desk.decide(question).value}

    def _command(self, params: dict[str, Any]) -> Question:
        return Question("command", params["command"], reason=params.get("reason") or "")

    def _files(self, params: dict[str, Any]) -> Question:
        # The question names the item only; what it holds was told just before, to the stream.
        name = params["itemId"]
        with self._told:
            self._told.wait_for(lambda: name in self._edits, DETAILS_DEADLINE)
            item = self._edits[name]
        return Question(
            "files",
            "\n".join(change.diff for change in item.changes),
            files=tuple(change.path for change in item.changes),
            reason=params.get("reason") or "",
        )

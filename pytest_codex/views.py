"""
What the agent did, read off the messages of a session.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_codex.wire import Message, Wire


@dataclass(frozen=True, slots=True)
class Command:
    """
    A shell command the agent ran, or was not allowed to run.
    """

    command: str
    status: str
    exit_code: int | None
    output: str
    cwd: str | None


@dataclass(frozen=True, slots=True)
class FileChange:
    """
    A change of one file that the agent reported.

    Attributes:
        path: The file, as the server named it.
        kind: ``add``, ``update`` or ``delete``.
        diff: The server's diff; the whole content of an added or deleted file.
        moved_to: The new path of a renamed file.
        status: ``completed``, ``declined`` or ``failed``.
    """

    path: str
    kind: str
    diff: str
    moved_to: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Approval:
    """
    A question the server asked the client, with the client's answer.

    Attributes:
        method: The server request, for example ``item/commandExecution/requestApproval``.
        params: What it asked.
        answer: The client's result; None when it answered with an error or not at all.
    """

    method: str
    params: dict[str, Any]
    answer: dict[str, Any] | None

    @property
    def decision(self) -> Any:
        """
        The decision given, for requests that want one.
        """
        return None if self.answer is None else self.answer.get("decision")


class SessionTranscript:
    """
    A view that follows the session: each property reads what has passed until now.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def messages(self) -> list[Message]:
        """
        All messages of all connections in the order they passed.
        """
        return self._wire.messages

    @property
    def final_responses(self) -> list[str | None]:
        """
        For each completed turn its final response, None when the agent said nothing.
        """
        said: dict[str, list[dict[str, Any]]] = {}
        responses = []
        for method, params in self._notified("item/completed", "turn/completed"):
            if method == "item/completed":
                said.setdefault(str(params.get("turnId")), []).append(params.get("item") or {})
            else:
                turn = str((params.get("turn") or {}).get("id"))
                responses.append(final_response(said.pop(turn, [])))
        return responses

    @property
    def commands(self) -> list[Command]:
        """
        The commands that came to an end, in the order they ended.
        """
        return [
            Command(
                command=str(item.get("command", "")),
                status=str(item.get("status", "")),
                exit_code=item.get("exitCode"),
                output=item.get("aggregatedOutput") or "",
                cwd=item.get("cwd"),
            )
            for item in self._items("commandExecution")
        ]

    @property
    def file_changes(self) -> list[FileChange]:
        """
        The file changes the agent reported; what a shell command edits is not among them.
        """
        return [
            _file_change(change, str(item.get("status", "")))
            for item in self._items("fileChange")
            for change in item.get("changes") or ()
        ]

    @property
    def reported_paths(self) -> list[str]:
        """
        Every file that a completed change told of, under its old and its new name.
        """
        done = [change for change in self.file_changes if change.status == "completed"]
        return [path for change in done for path in (change.path, change.moved_to) if path]

    @property
    def approvals(self) -> list[Approval]:
        """
        What the client was asked to approve, and what it answered.
        """
        found: list[Approval] = []
        waiting: dict[tuple[int, object], int] = {}
        for connection, sender, body in self._objects():
            key = (connection, body.get("id"))
            method = body.get("method")
            if sender == "server" and isinstance(method, str):
                if "id" in body and method.endswith("requestApproval"):
                    waiting[key] = len(found)
                    found.append(Approval(method, body.get("params") or {}, None))
            elif sender == "client" and method is None and key in waiting:
                place = waiting.pop(key)
                found[place] = replace(found[place], answer=body.get("result"))
        return found

    def _objects(self) -> Iterator[Message]:
        return (message for message in self._wire.messages if isinstance(message.body, dict))

    def _notified(self, *methods: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for _, sender, body in self._objects():
            if sender == "server" and body.get("method") in methods:
                yield body["method"], body.get("params") or {}

    def _items(self, kind: str) -> Iterator[dict[str, Any]]:
        for _, params in self._notified("item/completed"):
            item = params.get("item") or {}
            if item.get("type") == kind:
                yield item


def final_response(items: Sequence[dict[str, Any]]) -> str | None:
    """
    The final response among a turn's completed items, chosen as the official SDK chooses it.

    The last message in phase ``final_answer`` wins, else the last one without a phase.
    """
    messages = [item for item in items if item.get("type") == "agentMessage"]
    for wanted in ("final_answer", None):
        for item in reversed(messages):
            if item.get("phase") == wanted:
                return str(item.get("text", ""))
    return None


def _file_change(change: dict[str, Any], status: str) -> FileChange:
    kind = change.get("kind")
    facts = kind if isinstance(kind, dict) else {"type": kind}
    return FileChange(
        path=str(change.get("path", "")),
        kind=str(facts.get("type", "")),
        diff=change.get("diff") or "",
        moved_to=facts.get("move_path") or facts.get("movePath"),
        status=status,
    )

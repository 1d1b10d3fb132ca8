"""
What the checks of turns share: settings, edits, and the story that messages tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pytest_codex.conformance.outcomes import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_codex.conformance.client import Client, Message

Found = TypeVar("Found")

MODEL = ("model",)
"""What a check needs in which the model says something."""

ASK_USER = {
    "approvalPolicy": "on-request",
    "approvalsReviewer": "user",
    "sandbox": "workspace-write",
}
"""A thread whose client is asked about what leaves the sandbox."""

READ_ONLY = {**ASK_USER, "sandbox": "read-only"}
"""A thread whose client is asked about every edit."""

ESCALATED = "echo escalated > escalated.txt"
NO_TURN = "01a1fcaa-0000-7000-8000-000000000000"
COMMAND_APPROVAL = "item/commandExecution/requestApproval"
FILE_APPROVAL = "item/fileChange/requestApproval"
ADD_NOTE = "*** Add File: note.txt\n+one\n"

NOISE = frozenset(
    {
        *("account/rateLimits/updated", "configWarning", "remoteControl/status/changed"),
        *("mcpServer/startupStatus/updated", "thread/readState/changed", "warning"),
        *("thread/settings/updated", "deprecationNotice", "thread/goal/cleared"),
    }
)
"""Notifications whose place is nobody's promise."""


def text_input(text: str) -> list[Message]:
    """
    The input of a turn that is one text.
    """
    return [{"type": "text", "text": text}]


def word(message: Message) -> str:
    """
    A message in a word or two: its method, and what it is about.
    """
    method = message.get("method")
    if method is None:
        return f"answer {message.get('id')}"
    params = message.get("params") or {}
    if "item" in params:
        return f"{method} {params['item'].get('type')}"
    if method == "thread/status/changed":
        status = params.get("status") or {}
        return " ".join([method, str(status.get("type")), *status.get("activeFlags", [])])
    if method == "turn/completed":
        return f"{method} {params['turn'].get('status')}"
    return str(method)


def thread_of(message: Message) -> str | None:
    """
    The thread that a message names.
    """
    params = message.get("params") or {}
    found = params.get("threadId") or (params.get("thread") or {}).get("id")
    return None if found is None else str(found)


def story(client: Client, thread: str, since: int = 0) -> list[str]:
    """
    What was said about one thread, in words, without noise.
    """
    return [
        word(message)
        for message in client.messages[since:]
        if thread_of(message) == thread and message.get("method") not in NOISE
    ]


def follow(words: Sequence[str], *expected: str) -> None:
    """
    Require that each of these words came, and each after the one before.

    Raises:
        ConformanceError: One is missing or came too early; all words are told.
    """
    place = -1
    for index, each in enumerate(expected):
        require(each in words, f"{each!r} did not come; there came {list(words)}")
        found = words.index(each)
        if found <= place:
            before = expected[index - 1]
            require(False, f"{each!r} came before {before!r}: {list(words)}")
        place = found


def same(what: str, came: object, expected: object) -> None:
    """
    Require a value.

    Raises:
        ConformanceError: There came another; both are told.
    """
    require(came == expected, f"{what} is {came!r}, not {expected!r}")


def has(what: str, came: Mapping[str, Any], **expected: Any) -> None:
    """
    Require some members of an object.

    Raises:
        ConformanceError: One is missing or another; it is told.
    """
    for key, value in expected.items():
        same(f"{key} of {what}", came.get(key), value)


def only(what: str, found: Iterable[Found]) -> Found:
    """
    The only one.

    Raises:
        ConformanceError: There are none, or several.
    """
    all_found = list(found)
    count = len(all_found)
    require(count == 1, f"there came {count} of {what}, not one: {all_found}")
    return all_found[0]


def item(client: Client, kind: str) -> Message:
    """
    The only completed item of a type.
    """
    return only(f"item/completed with {kind}", client.items(kind))


def ended(turn: Message, status: str = "completed") -> None:
    """
    Require how a turn ended.
    """
    same("the status of the turn", turn.get("status"), status)


def texts(client: Client) -> list[str]:
    """
    The completed messages of the agent, as texts.
    """
    return [str(each.get("text")) for each in client.items("agentMessage")]


def usable(client: Client, thread: str, text: str = "And now?") -> None:
    """
    Require that a thread takes another turn; the model has to have an answer for it.
    """
    ended(client.turn(thread, text))

"""
Where messages come from: a running session, a cassette, or objects of the SDK.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from fake_server.transcript import Transcript
from pytest_codex.wire import Message, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Source(Protocol):
    """
    A list of messages that may grow at its end.
    """

    def since(self, seen: int) -> Sequence[Message]:
        """
        The messages after the first ``seen``.
        """


class WireSource:
    """
    The lines of a session, each parsed once.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._parsed: list[Message] = []

    def since(self, seen: int) -> Sequence[Message]:
        """
        The messages after the first ``seen``.
        """
        if len(self._wire) > len(self._parsed):
            self._parsed += self._wire.messages_since(len(self._parsed))
        return self._parsed[seen:]


class ListSource:
    """
    Messages that are all there already.
    """

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = list(messages)

    def since(self, seen: int) -> Sequence[Message]:
        """
        The messages after the first ``seen``.
        """
        return self._messages[seen:]


def source_of(told: Any) -> Source:
    """
    The messages of a wire, a cassette (its path, too), or what the SDK gave.

    Args:
        told: A ``Wire``, a path, a ``Transcript``, a ``TurnResult``, a ``Notification``, a
            thread or turn with its items, a message, or an iterable of those. A mapping is
            a message of the server.

    Raises:
        TypeError: It is nothing of these.
        CassetteError: The cassette cannot be read.
    """
    if isinstance(told, Wire):
        return WireSource(told)
    if isinstance(told, (str, os.PathLike)):
        told = Transcript.load(told)
    if isinstance(told, Transcript):
        return ListSource(
            Message(event.conn, event.kind, event.body)
            for event in told.events
            if event.kind in ("client", "server")
        )
    several = isinstance(told, Iterable) and not isinstance(told, (Message, Mapping))
    if several and not hasattr(told, "model_dump"):
        return ListSource(message for one in told for message in _messages(one))
    return ListSource(_messages(told))


def _messages(told: Any) -> Iterator[Message]:
    if isinstance(told, Message):
        yield told
    elif isinstance(told, Mapping):
        yield Message(1, "server", dict(told))
    elif hasattr(told, "method") and hasattr(told, "payload"):
        payload = told.payload
        yield _notification(told.method, getattr(payload, "params", None) or plain(payload))
    elif hasattr(told, "items") and hasattr(told, "final_response"):
        yield from _turn(_of_result(told), "")
    elif hasattr(told, "model_dump"):
        yield from _of_model(told)
    else:
        raise TypeError(
            f"there is no transcript in a {type(told).__name__}; give a cassette's path, a "
            "TurnResult, notifications, a thread with turns, or messages"
        )


def plain(value: Any) -> Any:
    """
    An object of the SDK as the JSON value it was sent as.
    """
    value = getattr(value, "root", value)
    if hasattr(value, "model_dump"):
        # The SDK's own defaults are not all of the declared type; that is nobody's news here.
        return value.model_dump(mode="json", by_alias=True, warnings=False)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return getattr(value, "value", value)


def _of_result(result: Any) -> dict[str, Any]:
    usage = plain(result.usage) or {}
    return {
        "id": result.id,
        "status": plain(result.status),
        "error": plain(result.error),
        "durationMs": result.duration_ms,
        "items": plain(result.items),
        # All that the SDK tells: the thread's tokens until now.
        "usage": usage.get("total"),
    }


def _of_model(model: Any) -> Iterator[Message]:
    """
    A response that holds a thread, a thread with its turns, or a turn.
    """
    body = plain(model)
    thread = body.get("thread", body) if isinstance(body, dict) else {}
    turns = thread.get("turns") if isinstance(thread, dict) else None
    if isinstance(turns, list):
        yield _notification("thread/started", {"thread": thread})
        for turn in turns:
            yield from _turn(turn, thread.get("id", ""))
    elif isinstance(body, dict) and isinstance(body.get("turn", body).get("items"), list):
        yield from _turn(body.get("turn", body), "")
    else:
        raise TypeError(f"there is no transcript in a {type(model).__name__}")


def _turn(turn: dict[str, Any], thread: str) -> Iterator[Message]:
    about = {"threadId": thread, "turnId": turn.get("id")}
    yield _notification("turn/started", {"threadId": thread, "turn": {**turn, "items": []}})
    for item in turn["items"]:
        done = item.get("status") != "inProgress"
        method = "item/completed" if done else "item/started"
        yield _notification(method, {**about, "item": item})
    if turn.get("usage"):
        usage = {"tokenUsage": {"last": turn["usage"]}}
        yield _notification("thread/tokenUsage/updated", {**about, **usage})
    if turn.get("status") != "inProgress":
        yield _notification("turn/completed", {"threadId": thread, "turn": turn})


def _notification(method: str, params: Any) -> Message:
    return Message(1, "server", {"method": method, "params": params})

"""
Secrets and directories cut in two by a stream are taken out all the same.

A model streams in tokens: no delta of ``sk-``, ``proj-``, ``q7R``... looks like a key. So
deltas are held back until what follows them is known, and masked as one text; where that
changes nothing, which is nearly always, every delta stays what it was.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_server.messages import Message

_FIELDS = {
    **dict.fromkeys(
        (
            "item/agentMessage/delta",
            "item/plan/delta",
            "item/reasoning/summaryTextDelta",
            "item/reasoning/textDelta",
            "item/commandExecution/outputDelta",
            "item/fileChange/outputDelta",
        ),
        "delta",
    ),
    "command/exec/outputDelta": "deltaBase64",
    "process/outputDelta": "deltaBase64",
}
"""Notifications that carry a piece of a stream, and where."""

_STREAM = (
    *("threadId", "itemId", "summaryIndex", "contentIndex"),
    *("processId", "processHandle", "stream"),
)
"""Parameters that tell streams apart."""


class Deltas:
    """
    The deltas of one connection that are held back, in the order they came.

    Args:
        mask: Takes secrets and directories out of a message.
    """

    def __init__(self, mask: Callable[[Message], Message]) -> None:
        self._mask = mask
        self._held: list[Message] = []

    def hold(self, message: Message) -> bool:
        """
        Take a message of the server's if it is a delta, and say whether it was.
        """
        field = _FIELDS.get(str(message.get("method")))
        if field is None or not isinstance((message.get("params") or {}).get(field), str):
            return False
        self._held.append(message)
        return True

    def release(self, following: Message | None) -> list[Message]:
        """
        The deltas to tell before another message, masked.

        Args:
            following: A stream goes on after another thread's message, or the client's: the
                word it is in the middle of stays back. None at the end of the connection.
        """
        if not self._held:
            return []
        streams: dict[tuple[object, ...], list[Message]] = {}
        for delta in self._held:
            streams.setdefault(_stream(delta), []).append(delta)
        told: dict[int, Message] = {}
        kept: set[int] = set()
        for deltas in streams.values():
            whole = len(deltas) if _ends(deltas[0], following) else _whole_words(deltas)
            kept.update(id(delta) for delta in deltas[whole:])
            told.update(self._masked(deltas[:whole]))
        released = [told[id(delta)] for delta in self._held if id(delta) in told]
        self._held = [delta for delta in self._held if id(delta) in kept]
        return released

    def _masked(self, deltas: list[Message]) -> dict[int, Message]:
        """
        What is told of each delta, by its identity; some may have to be told with others.
        """
        each = [self._mask(delta) for delta in deltas]
        if len(deltas) > 1:
            whole = self._mask(_with(deltas[0], _joined(deltas)))
            if _joined(each) != _joined([whole]):
                return _told_apart(deltas, each, whole)
        return {id(delta): masked for delta, masked in zip(deltas, each, strict=True)}


def _told_apart(deltas: list[Message], each: list[Message], whole: Message) -> dict[int, Message]:
    """
    Keep the deltas around the place where masking the whole differs, and join those there.
    """
    text = _text(whole)
    if _field(whole) != "delta":
        return {id(deltas[0]): whole}
    first, begin = 0, 0
    while first < len(each) and text.startswith(_text(each[first]), begin):
        begin += len(_text(each[first]))
        first += 1
    last, end = len(each), len(text)
    while last > first + 1 and text.endswith(_text(each[last - 1]), begin, end):
        last -= 1
        end -= len(_text(each[last]))
    told = {id(deltas[i]): each[i] for i in (*range(first), *range(last, len(each)))}
    if begin < end and first < len(each):
        told[id(deltas[first])] = _with(each[first], text[begin:end])
    return told


def _stream(delta: Message) -> tuple[object, ...]:
    return (delta["method"], *(delta["params"].get(name) for name in _STREAM))


def _ends(delta: Message, following: Message | None) -> bool:
    """
    Whether nothing more is to come of a stream, or at least not at once.
    """
    if following is None:
        return True
    params = following.get("params")
    thread = delta["params"].get("threadId")
    if thread is None:
        return "method" not in following  # it may be the answer to what runs the process
    return isinstance(params, dict) and params.get("threadId") == thread


def _whole_words(deltas: list[Message]) -> int:
    """
    How many of the deltas end where no word is cut.
    """
    texts = [_joined([delta]) for delta in deltas]
    for count in range(len(texts), 0, -1):
        after = texts[count] if count < len(texts) else ""
        if texts[count - 1][-1:].isspace() or after[:1].isspace():
            return count
    return 0


def _field(delta: Message) -> str:
    return _FIELDS[delta["method"]]


def _text(delta: Message) -> str:
    return str(delta["params"][_field(delta)])


def _joined(deltas: list[Message]) -> str:
    """
    The texts in a row; bytes as characters of the same number.
    """
    if _field(deltas[0]) == "delta":
        return "".join(map(_text, deltas))
    try:
        data = b"".join(base64.b64decode(_text(each), validate=True) for each in deltas)
        return data.decode("latin-1")
    except ValueError:
        return "".join(map(_text, deltas))  # written as text, because it names a directory


def _with(delta: Message, text: str) -> Message:
    field = _field(delta)
    if field != "delta":
        text = base64.b64encode(text.encode("latin-1")).decode("ascii")
    params: dict[str, Any] = {**delta["params"], field: text}
    return {**delta, "params": params}

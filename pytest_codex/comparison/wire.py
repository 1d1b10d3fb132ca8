"""
What two transcripts say differently on the wire: fields, messages and their order.

It is summed up per kind of message, because one new field in a message that is sent
a hundred times is one change of the protocol.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fake_server.transcript import Event, Transcript

WAYS = ("new", "gone", "differs")
"""How a field of a message may differ; a whole message has the field ``""``."""

ORDER = "order"
"""Stands where a kind of message would, when the same messages come in another order."""


@dataclass(frozen=True, slots=True)
class Example:
    """
    The first place where something differs.

    Attributes:
        old: The recorded value.
        new: The value now.
        line: Where it was recorded; 0 when it was not.
        new_line: Where it is now; 0 when it is not.
    """

    old: Any
    new: Any
    line: int
    new_line: int


@dataclass(slots=True)
class WireDifference:
    """
    Attributes:
        counts: How often, by kind of message, way and field.
        examples: The first of each.
    """

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], Example] = field(default_factory=dict)

    def note(self, kind: str, way: str, path: str, example: Example) -> None:
        """
        Count one difference.
        """
        self.counts[kind, way, path] += 1
        self.examples.setdefault((kind, way, path), example)


def wire(old: Transcript, new: Transcript) -> WireDifference:
    """
    Compare message by message, those of one kind in their order.
    """
    found = WireDifference()
    ours, theirs = list(_messages(old)), list(_messages(new))
    by_kind = _by_kind(ours), _by_kind(theirs)
    for kind in [*by_kind[0], *(kind for kind in by_kind[1] if kind not in by_kind[0])]:
        mine, other = by_kind[0].get(kind, []), by_kind[1].get(kind, [])
        for (line, body), (new_line, new_body) in zip(mine, other, strict=False):
            for way, path, one, two in _fields(body, new_body, ""):
                found.note(kind, way, path, Example(one, two, line, new_line))
        for line, body in mine[len(other) :]:
            found.note(kind, "gone", "", Example(body, None, line, 0))
        for line, body in other[len(mine) :]:
            found.note(kind, "new", "", Example(None, body, 0, line))
    _note_order(found, ours, theirs)
    return found


def _note_order(
    found: WireDifference,
    ours: list[tuple[str, int, Any]],
    theirs: list[tuple[str, int, Any]],
) -> None:
    """
    Tell of messages that come elsewhere, when there are as many of each kind as before.
    """
    kinds = [kind for kind, _, _ in ours], [kind for kind, _, _ in theirs]
    if kinds[0] == kinds[1] or Counter(kinds[0]) != Counter(kinds[1]):
        return
    opcodes = SequenceMatcher(None, *kinds).get_opcodes()
    left = [n for tag, n, end, _, _ in opcodes if tag != "equal" for n in range(n, end)]
    come = [n for tag, _, _, n, end in opcodes if tag != "equal" for n in range(n, end)]
    for here in left:
        kind = kinds[0][here]
        there = next(n for n in come if kinds[1][n] == kind)
        come.remove(there)
        places = _after(kinds[0], here), _after(kinds[1], there)
        found.note(ORDER, "differs", kind, Example(*places, ours[here][1], theirs[there][1]))


def _after(kinds: list[str], place: int) -> str:
    return f"after {kinds[place - 1]}" if place else "first"


def _by_kind(messages: Iterable[tuple[str, int, Any]]) -> dict[str, list[tuple[int, Any]]]:
    kinds: dict[str, list[tuple[int, Any]]] = {}
    for kind, line, body in messages:
        kinds.setdefault(kind, []).append((line, body))
    return kinds


def _messages(transcript: Transcript) -> Iterator[tuple[str, int, Any]]:
    """
    Each event as its kind, its line and its body without the version that wrote it.
    """
    version = str(transcript.header.get("codex") or "")
    asked: dict[tuple[int, str, str], str] = {}
    for number, event in enumerate(transcript.events, 2):
        body = _versionless(event.body, version) if version else event.body
        yield _kind(event, asked), event.line or number, body


def _kind(event: Event, asked: dict[tuple[int, str, str], str]) -> str:
    """
    What a reader would call a kind of message: by its method, or by what it answers.
    """
    body = event.body
    if not isinstance(body, dict) or event.kind in ("workspace", "spawn"):
        return "line" if event.kind == "client" else event.kind
    method = body.get("method")
    other = "client" if event.kind == "server" else "server"
    if method is None:
        request = asked.pop((event.conn, other, repr(body.get("id"))), "answer")
        return f"{request} {'error' if 'error' in body else 'result'}"
    params = body.get("params")
    item = params.get("item") if isinstance(params, dict) else None
    if isinstance(item, dict):
        return f"{method} ({item.get('type')})"
    if "id" in body:
        asked[event.conn, event.kind, repr(body["id"])] = str(method)
        return f"{method} request"
    return str(method)


def _fields(old: Any, new: Any, path: str) -> Iterator[tuple[str, str, Any, Any]]:
    """
    The outermost places at which two values part; entries of a list share one path.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            # What every message is wrapped in tells nobody anything.
            inner = path if path == "" and key in _WRAPPING else f"{path}.{key}".lstrip(".")
            if key not in old:
                yield "new", inner, None, new[key]
            elif key not in new:
                yield "gone", inner, old[key], None
            else:
                yield from _fields(old[key], new[key], inner)
    elif isinstance(old, list) and isinstance(new, list):
        for one, other in zip(old, new, strict=False):
            yield from _fields(one, other, f"{path}[]")
        for one in old[len(new) :]:
            yield "gone", f"{path}[]", one, None
        for other in new[len(old) :]:
            yield "new", f"{path}[]", None, other
    elif old != new or type(old) is not type(new):
        yield "differs", path, old, new


_WRAPPING = frozenset({"params", "result", "error"})


def _versionless(value: Any, version: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _versionless(one, version, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_versionless(one, version, key) for one in value]
    if key == "cliVersion" and value == version:
        return "{version}"
    if key == "userAgent" and isinstance(value, str):
        return value.replace(f"/{version} ", "/{version} ", 1)
    return value

"""
Why no recorded call answers one of the agent: the first item that differs, in words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_codex.relay.conversation import Said

    Recorded = tuple[int, bool, str, dict[str, Any]]
    """Number, whether it was played, path, and what was said."""

WIDTH = 160


def explain(
    said: Said, recorded: Sequence[Recorded], number: int, name: str, how_to_record: str
) -> str:
    """
    The whole message.

    Args:
        number: Of the call, counted from 1.
        name: Of the cassette.
        how_to_record: The command that records it anew.
    """
    played = sum(one[1] for one in recorded)
    same_kind = [one for one in recorded if one[2] == said.path and one[3]["kind"] == said.kind]
    if not same_kind:
        reason = f"no call of kind {said.kind} at {said.path} was recorded"
        facts = [f"received  {short((said.conversation or [{}])[-1])}"]
    else:
        reason, facts = _difference(said, same_kind)
    lines = [
        f"model call {number} matches no recording: {reason}",
        *(f"  {fact}" for fact in facts),
        f"  cassette  {len(recorded)} calls recorded, {played} played     {name}",
        "How to fix:",
        f"  * changed on purpose   {how_to_record}",
    ]
    return "\n".join(lines)


def short(item: dict[str, Any]) -> str:
    """
    An item of a conversation in one line.
    """
    text = ", ".join(f"{key} {_json(value)}" for key, value in item.items())
    return (text or "nothing") if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def _difference(said: Said, recorded: Sequence[Recorded]) -> tuple[str, list[str]]:
    """
    How a call differs from the nearest recorded one, unplayed ones first.
    """
    nearest = max(recorded, key=lambda one: (_shared(said, one), not one[1], -one[0]))
    number, used, _, body = nearest
    where = f"call {number}"
    ours, theirs = said.conversation, body["conversation"]
    index = _common(ours, theirs)
    if index < len(ours) and index < len(theirs):
        path, received, expected = _inside(ours[index], theirs[index], "")
        kind = next(iter(ours[index]), "item")
        return f"conversation[{index}] ({kind}) differs", [
            f"received  {_around(path, received, expected)}",
            f"recorded  {_around(path, expected, received)}     {where}",
        ]
    if index < len(ours):
        return f"conversation[{index}] was not recorded", [
            f"received  {short(ours[index])}",
            f"recorded  nothing more     {where}",
        ]
    if index < len(theirs):
        return f"conversation[{index}] is missing", [
            "received  nothing more",
            f"recorded  {short(theirs[index])}     {where}",
        ]
    if said.schema != body.get("schema"):
        return "the schema of the answer differs", [
            f"received  {_json(said.schema)[:WIDTH]}",
            f"recorded  {_json(body.get('schema'))[:WIDTH]}     {where}",
        ]
    last = short((ours or [{}])[-1])
    word = "was" if used else "cannot be"
    return f"the same call {word} answered already", [
        f"received  {last}",
        f"recorded  once less     {where}",
    ]


def _shared(said: Said, one: Recorded) -> int:
    return _common(said.conversation, one[3]["conversation"])


def _common(ours: Sequence[Any], theirs: Sequence[Any]) -> int:
    shorter = min(len(ours), len(theirs))
    return next((index for index in range(shorter) if ours[index] != theirs[index]), shorter)


def _inside(ours: Any, theirs: Any, path: str) -> tuple[str, Any, Any]:
    """
    The first field in which two items differ.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            if ours.get(key) != theirs.get(key):
                inner = f"{path}.{key}" if path else key
                return _inside(ours.get(key), theirs.get(key), inner)
    if isinstance(ours, list) and isinstance(theirs, list):
        index = _common(ours, theirs)
        if index < min(len(ours), len(theirs)):
            return _inside(ours[index], theirs[index], f"{path}[{index}]")
    return path, ours, theirs


def _around(path: str, value: Any, other: Any) -> str:
    """
    A value, from shortly before where it differs when it is long.
    """
    text, against = _json(value), _json(other)
    if len(text) > WIDTH:
        begin = max(0, _common(text, against) - 40)
        text = ("…" if begin else "") + text[begin : begin + WIDTH]
    return f"{path} {text}"


def _json(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)

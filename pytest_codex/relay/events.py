"""
Server-sent events as a model cassette keeps them: reviewable, and the same in every recording.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_codex.relay.wording import Wording

ENDINGS = ("response.completed", "response.failed", "response.incomplete", "error")
"""Events after which a stream has said all it had to say."""

_VOLATILE = (
    *("created_at", "completed_at", "instructions", "tools", "prompt_cache_key", "user"),
    *("safety_identifier", "client_metadata", "previous_response_id"),
)
"""Fields of a response object that tell of time and account, or repeat the request."""

_STREAM = ("type", "item_id", "output_index", "content_index", "summary_index", "call_id")
_ID = re.compile(
    r'"(?P<key>id|item_id|call_id|response_id|encrypted_content)":"(?P<value>[^"\\]{3,})"'
)
_SHAPE = re.compile(r"(?P<prefix>[A-Za-z]+)[_-](?=.*\d)\S+$|[0-9a-f-]{16,}$")
_BEYOND = re.compile("[^\\u0000-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd]")
_OPAQUE = 40

USAGE = ("input", "cached", "output", "reasoning")


def events_of(text: str, wanted: str = "") -> Iterator[tuple[str, Any]]:
    """
    The ``data:`` lines of a stream: each as it stands, and its JSON value, None when it is none.

    Args:
        wanted: Only lines with this in them: most need not be parsed.
    """
    for line in text.splitlines():
        if line.startswith("data:") and wanted in line:
            source = line[5:].strip()
            try:
                yield source, json.loads(source)
            except ValueError:
                yield source, None


def stored(text: str, wording: Wording) -> str:
    """
    What is kept of a stream: masked, without times, padding and what repeats the request.

    Where a secret or a directory crossed deltas, they are joined to one.
    """
    blocks = [_parsed(block) for block in _blocks(text)]
    streams: dict[tuple[Any, ...], list[int]] = {}
    for number, (_, event) in enumerate(blocks):
        if _is_delta(event):
            stream = tuple(event.get(key) for key in _STREAM)
            streams.setdefault(stream, []).append(number)
    deltas: dict[int, str | None] = {}
    for numbers in streams.values():
        pieces = [blocks[number][1]["delta"] for number in numbers]
        deltas.update(zip(numbers, masked_pieces(pieces, wording.answer_text), strict=True))
    kept = []
    for number, (lines, event) in enumerate(blocks):
        delta = deltas.get(number, "")
        if delta is not None:
            kept.append(_block(lines, event, delta, wording))
    return "\n\n".join(kept) + "\n" if kept else ""


def masked_pieces(pieces: list[str], mask: Callable[[str], str]) -> list[str | None]:
    """
    Mask a text that comes in pieces; those that had to be joined with one before are None.
    """
    each: list[str | None] = [mask(piece) for piece in pieces]
    whole = mask("".join(pieces))
    if whole == "".join(str(piece) for piece in each):
        return each
    first, begin = 0, 0
    while first < len(each) and whole.startswith(str(each[first]), begin):
        begin += len(str(each[first]))
        first += 1
    first = min(first, len(each) - 1)
    begin = sum(len(str(piece)) for piece in each[:first])
    last, end = len(each), len(whole)
    while last > first + 1 and whole.endswith(str(each[last - 1]), begin, end):
        last -= 1
        end -= len(str(each[last]))
    return [*each[:first], whole[begin:end] or None, *[None] * (last - first - 1), *each[last:]]


def filled(text: str, wording: Wording) -> str:
    """
    A recorded stream with the values of this run.
    """
    lines = text.split("\n")
    return "\n".join(
        wording.fill(line) if line.startswith("data:") else line for line in lines
    ) + "\n" * bool(text)


def rename_ids(text: str, names: dict[str, str]) -> str:
    """
    Count the ids a model gave: they are others in every recording.

    Args:
        text: What ``stored`` made.
        names: The ids met so far, by what they were; shared by all answers of a cassette.
    """

    def renamed(found: re.Match[str]) -> str:
        key, value = found["key"], found["value"]
        if value not in names:
            prefix = _prefix(key, value)
            if prefix is None:
                return found[0]
            taken = sum(name.rpartition("_")[0] == prefix for name in names.values())
            names[value] = f"{prefix}_{taken + 1}"
        return f'"{key}":"{names[value]}"'

    return _ID.sub(renamed, text)


def token_usage(text: str) -> dict[str, int]:
    """
    The tokens an answer says it cost: ``input``, ``cached``, ``output``, ``reasoning``.
    """
    found = dict.fromkeys(USAGE, 0)
    values = [value for _, value in events_of(text, '"usage"')]
    if not text.lstrip().startswith(("event:", "data:")):
        try:
            values = [{"response": json.loads(text)}]
        except ValueError:
            values = []
    for value in values:
        response = value.get("response") if isinstance(value, dict) else None
        usage = response.get("usage") if isinstance(response, dict) else None
        if isinstance(usage, dict):
            found = {
                "input": _count(usage, "input_tokens"),
                "cached": _count(usage.get("input_tokens_details"), "cached_tokens"),
                "output": _count(usage, "output_tokens"),
                "reasoning": _count(usage.get("output_tokens_details"), "reasoning_tokens"),
            }
    return found


def unfinished(text: str) -> str | None:
    """
    What is wrong with a stream that ended: None when it came to one of its ends.
    """
    for ending in ENDINGS:
        for _, value in events_of(text, f'"{ending}"'):
            if isinstance(value, dict) and value.get("type") == ending:
                return None
    broken = [source for source, value in events_of(text) if value is None and source != "[DONE]"]
    if not broken:
        return "ended without response.completed"
    return (
        f"ended without response.completed; {len(broken)} of its events were no JSON, "
        f"the first: {broken[0][:80]!r}"
    )


def _blocks(text: str) -> list[str]:
    """
    The events that are whole: one that was cut off says nothing.
    """
    *whole, _rest = re.split(r"\n\n", text.replace("\r\n", "\n"))
    return [block.strip("\n") for block in whole if block.strip("\n")]


def _parsed(block: str) -> tuple[list[str], Any]:
    """
    The lines of an event, and its JSON value; None when it has none, or several data lines.
    """
    lines = block.split("\n")
    data = [line for line in lines if line.startswith("data:")]
    if len(data) != 1:
        return lines, None
    try:
        return lines, json.loads(data[0][5:])
    except ValueError:
        return lines, None


def _is_delta(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and str(event.get("type", "")).endswith(".delta")
        and isinstance(event.get("delta"), str)
    )


def _block(lines: list[str], event: Any, delta: str, wording: Wording) -> str:
    if event is None:
        return "\n".join(wording.answer_text(line) for line in lines)
    if isinstance(event, dict):
        event = {key: value for key, value in event.items() if key != "obfuscation"}
        response = event.get("response")
        if isinstance(response, dict):
            event["response"] = {
                key: value for key, value in response.items() if key not in _VOLATILE
            }
    clean = wording.answer(event)
    if _is_delta(event):
        clean["delta"] = delta
    source = json.dumps(clean, ensure_ascii=False, separators=(",", ":"))
    # YAML shows a text with such a character in it as one long line of escapes.
    source = _BEYOND.sub(lambda found: json.dumps(found[0])[1:-1], source)
    return "\n".join(f"data: {source}" if line.startswith("data:") else line for line in lines)


def _prefix(key: str, value: str) -> str | None:
    if key == "encrypted_content":
        return "encrypted" if len(value) >= _OPAQUE and " " not in value else None
    shape = _SHAPE.match(value)
    return None if shape is None else (shape["prefix"] or "id")


def _count(usage: Any, name: str) -> int:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0

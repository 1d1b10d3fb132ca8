"""
A comparison in words: behaviour first, the wire second.
"""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from pytest_codex.comparison.changes import Change
    from pytest_codex.comparison.facts import Fact
    from pytest_codex.comparison.wire import WireDifference

SHORT = 60
"""Values up to this length stand in one line, the old one before the new one."""

LONG = 300
"""How much of a longer value is shown."""

DIFF_LINES = 20
"""How many lines of the difference between two longer texts are shown."""

FIELDS = 5
"""How many fields of one kind of message are told when not all are asked for."""

NAMES = {"prompt": "text", "message": "text", "error": "text", "warning": "text"}
"""What the name of a fact is called when it is the name that differs."""


def tell_changes(changes: list[Change], limit: int | None = None) -> Iterator[str]:
    """
    Changes of behaviour, under the place where they happened.

    Args:
        changes: What to tell.
        limit: How many of them to tell; all when it is None.
    """
    place = None
    for change in changes[:limit]:
        if change.fact.place != place:
            place = change.fact.place
            yield f"  {place}"
        yield from (f"    {line}" for line in _tell_change(change))
    if limit is not None and len(changes) > limit:
        yield f"  … and {len(changes) - limit} more"


def tell_kinds(counts: Counter[tuple[str, str, str]], limit: int | None = None) -> Iterator[str]:
    """
    Differences on the wire, a line per kind of message, those met most often first.

    Args:
        counts: How often, by kind of message, way and field.
        limit: How many kinds to tell; all when it is None.
    """
    kinds: dict[str, list[str]] = {}
    for (kind, way, path), count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        times = f" ({count} times)" if count > 1 else ""
        kinds.setdefault(kind, []).append(f"{way} {path or 'message'}{times}")
    for kind, words in [*kinds.items()][:limit]:
        more = len(words) - FIELDS
        if limit is not None and more > 0:
            words[FIELDS:] = [f"… and {more} fields more"]
        yield f"  {kind}: {', '.join(words)}"
    if limit is not None and len(kinds) > limit:
        yield f"  … and {len(kinds) - limit} more kinds of message"


def tell_examples(found: WireDifference) -> Iterator[str]:
    """
    Each difference on the wire with the first place where it was met.
    """
    kind = None
    for key, example in sorted(found.examples.items(), key=lambda pair: pair[0]):
        if key[0] != kind:
            kind = key[0]
            yield f"  {kind}"
        count = found.counts[key]
        times = f", {count} times" if count > 1 else ""
        lines = _lines_of(example.line, example.new_line)
        yield f"    {key[1]} {key[2] or 'message'}{times}{lines}"
        if key[1] != "new":
            yield f"      - {_clip(_json(example.old))}"
        if key[1] != "gone":
            yield f"      + {_clip(_json(example.new))}"


def _tell_change(change: Change) -> Iterator[str]:
    old, new = change.old, change.new
    if old is None or new is None:
        fact = change.fact
        yield f"{'new ' if old is None else 'gone'} {_called(fact)}{_said(fact)}, line {fact.line}"
        return
    moved = ", moved" if change.moved else ""
    yield f"{_called(old)}{moved}{_lines_of(old.line, new.line)}"
    short = []
    for name, one, other in change.fields:
        label = name or NAMES.get(old.kind, "name")
        texts = _json(one), _json(other)
        if all(len(text) <= SHORT for text in texts):
            short.append(f"{label} {texts[0]} -> {texts[1]}")
        else:
            yield f"  {label}"
            yield from (f"    {line}" for line in _both(one, other))
    yield from (f"  {line}" for line in short)


def _called(fact: Fact) -> str:
    if not fact.name:
        return fact.kind
    return f"{fact.kind} {_clip(_json(fact.name), SHORT)}"


def _said(fact: Fact) -> str:
    """
    What matters most of a fact that stands alone.
    """
    said = [
        f"{key} {_json(fact.values[key])}"
        for key in ("status", "exit code", "answer", "final response", "error")
        if fact.values.get(key) not in (None, 0, "completed", "ok")
    ]
    return f" ({_clip('; '.join(said))})" if said else ""


def _lines_of(old: int, new: int) -> str:
    if old and new:
        return f", line {old} -> {new}" if old != new else f", line {old}"
    return f", line {old or new}"


def _both(old: Any, new: Any) -> Iterator[str]:
    """
    Two long values: entries or lines that one of them lacks, or both from where they part.
    """
    if isinstance(old, list) and isinstance(new, list):
        lines = [f"- {_clip(_json(one))}" for one in old if one not in new]
        lines += [f"+ {_clip(_json(one))}" for one in new if one not in old]
        if lines:
            yield from lines
            return
    if isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        lines = list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]
        lines = [_clip(line) for line in lines if not line.startswith("@@")]
        if lines:  # else they differ in how a line ends
            yield from lines[:DIFF_LINES]
            if len(lines) > DIFF_LINES:
                yield f"… and {len(lines) - DIFF_LINES} lines more"
            return
    one, other = _json(old), _json(new)
    apart = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, apart - SHORT) if apart > LONG - SHORT else 0
    yield f"- {_clip(one, start=start)}"
    yield f"+ {_clip(other, start=start)}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _clip(text: str, width: int = LONG, start: int = 0) -> str:
    before, after = "…" if start else "", "…" if len(text) > start + width else ""
    return f"{before}{text[start : start + width]}{after}"

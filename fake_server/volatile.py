"""
Values that differ from run to run though nothing changed: times, durations, ports.

The same rules run on what is recorded and on what a live client sends, so that both
sides of a match speak alike. The list is measured: 307 pairs of method and field really
differ between runs, and they reduce to these keys and texts.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SECONDS = 1_700_000_000
"""What stands for every time in seconds; a thousand times as much for milliseconds."""

_SECONDS = frozenset(
    "createdAt updatedAt recencyAt startedAt completedAt resetsAt sectionEnteredAt".split()
)
_MILLISECONDS = frozenset(
    "startedAtMs completedAtMs createdAtMs modifiedAtMs emittedAtMs updatedAtMs".split()
)
_DURATIONS = frozenset("durationMs elapsedMs timeUsedSeconds residentMemoryBytes".split())
_OPAQUE = frozenset("arguments structuredContent outputSchema content contentItems input".split())
"""Keys under which users keep data of their own: a ``createdAt`` there is not Codex's."""

_TEXTS = (
    (("rollout-",), r"rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-", "rollout-0000-00-00T00-00-00-"),
    (("/sessions/",), r"/sessions/\d{4}/\d\d/\d\d/", "/sessions/0000/00/00/"),
    (
        ("127.0.0.1:", "localhost:", "[::1]:"),
        r"(?:\b(127\.0\.0\.1|localhost)|(\[::1\])):\d{2,5}\b",
        r"\1\2:0",
    ),
    (("/dev/pts/",), r"/dev/pts/\d+", "/dev/pts/0"),
    (("codex-arg0",), r"codex-arg0[A-Za-z0-9]{6}\b", "codex-arg0000000"),
    ((" AM", " PM"), r"\bat \d{1,2}:\d\d [AP]M\b", "at 0:00 AM"),
)
"""Hints that a text may need the change, the pattern, and what stands instead.

The hints keep patterns that no text needs from being compiled: that is a part of the start.
"""
_AGENT = r"^(\S+/\S+) \([^)]*\) \S+ "
_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
_SHELL = r"^/(?:\w+/)*(?:bash|zsh|sh) -lc "
_BLOBS = r"(?m)^index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})"
_QUOTED = r"'(\{\w+\}[\w./+-]*)'"
_VERSIONS = ("version", "expectedVersion")
"""What a file was when it was read, and what the client expects it to be still."""
_HASH = r"sha256:[0-9a-f]{64}"


_HINTS = (
    *(hint for hints, _, _ in _TEXTS for hint in hints),
    *(f'"{key}"' for key in sorted(_SECONDS | _MILLISECONDS | _DURATIONS)),
    *(
        'Cursor"',
        '"cursor"',
        '"userAgent"',
        '"gitInfo"',
        '"process"',
        "sha256:",
        " -lc ",
        "'{",
        "\\",
    ),
)


def is_settled(source: str) -> bool:
    """
    Whether a JSON text has nothing that ``constant`` would change; much quicker than trying.
    """
    for hint in _HINTS:  # noqa: SIM110 - a generator costs more than all the looking
        if hint in source:
            return False
    return True


def constant(value: Any, hashes: dict[str, str] | None = None, key: str = "") -> Any:
    """
    A JSON value with every volatile part replaced by a constant.

    Args:
        value: The value.
        hashes: Hashes of volatile files met so far; each keeps a number of its own.
        key: The key the value stands under.
    """
    if isinstance(value, dict):
        if key == "gitInfo" and value.get("sha"):
            value = {**value, "sha": "0" * 40}
        if key == "last" and value.get("totalTokens") and sum(map(bool, value.values())) == 1:
            # No model counted these: they are estimated from the prompt, its paths included.
            value = {**value, "totalTokens": 0}
        if key in _OPAQUE:
            return {name: constant_text(one, hashes) for name, one in value.items()}
        return {
            constant_string(name): (
                0 if key == "process" and name == "id" else constant(one, hashes, name)
            )
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [constant(one, hashes, key) for one in value]
    if isinstance(value, str):
        if key == "userAgent":
            return re.sub(_AGENT, r"\1 (os) terminal ", value)
        if key in _VERSIONS and hashes is not None and re.fullmatch(_HASH, value):
            return hashes.setdefault(value, f"sha256:{len(hashes) + 1:064d}")
        if key == "command" and "'{" in value:
            # Codex quotes a path where its directory has a space; where it is must not show.
            value = re.sub(_QUOTED, r"\1", value)
        if key == "command" and " -lc " in value:
            # The login shell of whoever recorded; what the agent meant comes after it.
            value = re.sub(_SHELL, "/bin/bash -lc ", value)
        if key == "diff" and "index " in value:
            value = re.sub(_BLOBS, _constant_blobs, value)
        if key.endswith(("Cursor", "cursor")):
            value = re.sub(_INSTANT, "2023-11-14T22:13:20.000Z", value)
        return constant_string(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _constant_number(value, key)
    return value


def constant_text(value: Any, hashes: dict[str, str] | None = None) -> Any:
    """
    Like ``constant`` for users' data: texts only, no number is touched.
    """
    if isinstance(value, dict):
        return {name: constant_text(one, hashes) for name, one in value.items()}
    if isinstance(value, list):
        return [constant_text(one, hashes) for one in value]
    return constant_string(value) if isinstance(value, str) else value


def constant_string(text: str) -> str:
    """
    A text without ports of this run, dated file names and clock times.
    """
    for hints, pattern, instead in _TEXTS:
        for hint in hints:
            if hint in text:
                text = re.sub(pattern, instead, text)
                break
    return text


def _constant_blobs(found: re.Match[str]) -> str:
    """
    What git calls a file's content, which may hold directories and secrets; none stays none.
    """
    return "index " + "..".join(
        name if not name.strip("0") else "1" * len(name) for name in found.groups()
    )


def _constant_number(value: float, key: str) -> float:
    if key in _SECONDS:
        return SECONDS
    if key in _MILLISECONDS:
        return SECONDS * 1000
    if key in _DURATIONS:
        return 0
    return value

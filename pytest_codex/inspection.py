"""
Looking into cassettes: what is in them, whether they are sound, how two differ, and
accepting an edit.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fake_server.errors import CassetteFormatError
from fake_server.plan import make_plans
from fake_server.transcript import Event, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WIDTH = 120
KINDS = 12
"""How many kinds of message are told of what differs on the wire."""


def validate(file: Path, *, sealed: bool = True) -> Transcript:
    """
    Read a cassette and check that it can be played.

    Args:
        file: The cassette.
        sealed: Whether its checksum must hold.

    Raises:
        CassetteError: It is missing, too new, damaged, or holds what makes no sense.
    """
    from pytest_codex.cassette_format import fault

    transcript = Transcript.load(file, sealed=sealed)
    for event in transcript.events:
        found = fault(event.conn, event.kind, event.body)
        if found:
            raise CassetteFormatError(str(file), event.line, found)
    make_plans(transcript)
    return transcript


def seal(file: Path) -> bool:
    """
    Accept a deliberate edit: check the cassette, then give it a checksum that fits.

    Returns:
        Whether anything had to be done.

    Raises:
        CassetteError: The edited cassette could not be played.
        SecretError: It looks as if a secret had been written into it.
    """
    from pytest_codex.scrub import assert_clean

    transcript = validate(file, sealed=False)
    text = transcript.dumps()
    if file.read_bytes() == text.encode("utf-8"):
        return False
    assert_clean(text, str(file))
    transcript.save(file)
    return True


def tell(transcript: Transcript) -> Iterator[str]:
    """
    Tell a transcript line by line: who said what, and what changed on disk.
    """
    facts = (f"{key} {value}" for key, value in transcript.header.items() if key != "sha256")
    yield f"{transcript.path}: {', '.join(facts)}"
    marks = {"client": ">", "server": "<", "workspace": "*", "spawn": "$"}
    for event in transcript.events:
        line = f"{event.line:5} {event.conn} {marks[event.kind]} {_summary(event)}"
        yield line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


def tell_difference(old: Path, new: Path, *, wire: bool = False) -> Iterator[str]:
    """
    Tell how two cassettes differ, behaviour first; nothing when they do not.

    Args:
        old: What is compared with.
        new: What is compared.
        wire: Whether to tell all that differs on the wire, not only a summary.

    Raises:
        CassetteError: One of them cannot be read.
    """
    from pytest_codex.comparison import compare
    from pytest_codex.comparison.telling import tell_changes, tell_examples, tell_kinds

    comparison = compare(Transcript.load(old), Transcript.load(new))
    if comparison.outcome == "unchanged":
        return
    yield f"--- {old} (Codex {comparison.old})"
    yield f"+++ {new} (Codex {comparison.new})"
    if comparison.changes:
        yield "behaviour:"
        yield from tell_changes(comparison.changes)
    else:
        yield "behaviour: the same"
    yield "wire:"
    if wire:
        yield from tell_examples(comparison.wire)
    else:
        yield from tell_kinds(comparison.wire.counts, KINDS)


def _summary(event: Event) -> str:
    body = event.body
    if not isinstance(body, dict):
        return f"not JSON: {body!r}"
    if event.kind == "spawn":
        return f"{' '.join(map(str, body.get('args', [])))} in {body.get('cwd', '?')}".strip()
    if event.kind == "workspace":
        parts = [f"write {path}" for path in body.get("write", {})]
        parts += [f"delete {path}" for path in body.get("delete", [])]
        parts += [f"mkdir {path}" for path in body.get("mkdir", [])]
        for one in body.get("commits", []):
            subject = str(one.get("message", "")).split("\n", 1)[0]
            parts.append(f"commit {subject!r} by {one.get('author', {}).get('name')}")
        parts += [f"move {ref}" for ref in body.get("refs", {})]
        return ", ".join(parts)
    method = body.get("method")
    number = f" #{body['id']}" if "id" in body else ""
    if method is not None:
        return f"{method}{number} {_json(body.get('params'))}"
    kind = "error" if "error" in body else "result"
    return f"{kind}{number} {_json(body.get(kind))}"


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)

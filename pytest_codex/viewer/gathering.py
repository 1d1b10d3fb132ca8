"""
From a session's messages to what a page shows of it: plain values, masked, and bounded.

Messages are masked before they are read, so nothing on the page comes from an unmasked one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.views.records import turns_of
from pytest_codex.views.sources import ListSource
from pytest_codex.views.transcript import SessionTranscript
from pytest_codex.wire import Message

from .entries import entries_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fake_server.redaction import Redactor
    from fake_server.transcript import Transcript
    from pytest_codex.session import CodexSession
    from pytest_codex.views.records import ThreadRecord

TEXT = 20_000
"""Most characters of one text: an output, a diff, a failure."""

STORY = 400_000
"""Most characters of one test's story."""

WIRE = 300
"""Most raw messages of one test, and of each :data:`LINE` characters."""

LINE = 2_000


class Clipper:
    """
    Masks and shortens texts, until the story of the test is long enough.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._left = STORY

    @property
    def full(self) -> bool:
        """
        Whether nothing more has room.
        """
        return self._left <= 0

    def __call__(self, text: str, most: int = TEXT) -> str:
        """
        The text as it is shown.
        """
        shown = clipped(self._redactor.text(text), most)
        self._left -= len(shown)
        return shown


def clipped(text: str, most: int = TEXT) -> str:
    """
    The beginning and the end of a long text.
    """
    if len(text) <= most:
        return text
    head, tail = most // 2, most - most // 2
    left = len(text) - head - tail
    return f"{text[:head]}\n... {left:,} characters left out ...\n{text[-tail:]}"


def gather_session(session: CodexSession) -> dict[str, Any]:
    """
    What the page shows of a test's session.
    """
    page = gather(session.wire.messages, session.redactor)
    clip = Clipper(session.redactor)
    page["problems"] = [
        [problem.kind, clip(f"{problem.text}\n\n{problem.detail}".rstrip())]
        for problem in session.problems
    ]
    page["size"] = len(json.dumps(page))
    return page


def gather_cassette(transcript: Transcript, redactor: Redactor) -> dict[str, Any]:
    """
    What the page shows of a cassette; what changed on disk is told among the raw messages.
    """
    return gather(
        (Message(each.conn, each.kind, each.body) for each in transcript.events), redactor
    )


def gather(messages: Iterable[Message], redactor: Redactor) -> dict[str, Any]:
    """
    Lanes of threads, what happened outside of them, and the raw wire.
    """
    masked = [_masked(message, redactor) for message in messages]
    spoken = [message for message in masked if message.sender in ("client", "server")]
    transcript = SessionTranscript.of(ListSource(spoken))
    clip = Clipper(redactor)
    reader = transcript._reader()
    reader.refresh()
    numbers = {thread.id: thread.number for thread in reader.threads.values()}
    return {
        "headline": transcript.headline,
        "problems": [],
        "loose": _entries(reader.loose, clip),
        "lanes": [_lane(each, numbers, clip) for each in reader.threads.values()],
        "wire": _wire(masked),
    }


def _masked(message: Message, redactor: Redactor) -> Message:
    body = message.body
    clean = redactor.message(body) if isinstance(body, dict) else redactor.text(str(body))
    return message._replace(body=clean)


def _lane(thread: ThreadRecord, numbers: dict[str, int], clip: Clipper) -> dict[str, Any]:
    parent = numbers.get(thread.parent or "")
    about = [f"sub-agent of thread {parent}"] if parent else []
    about += [clip(str(part)) for part in (thread.body.get("model"), thread.cwd) if part]
    turns = []
    for turn in turns_of(thread):
        spent = turn.body.get("durationMs")
        seconds = spent / 1000 if isinstance(spent, (int, float)) and spent else None
        turns.append(
            {
                "number": turn.number,
                "status": "unfinished" if turn.status == "inProgress" else clip(turn.status),
                "tokens": turn.usage.total,
                "seconds": seconds,
                "entries": _entries(turn.log, clip),
            }
        )
    return {
        "number": thread.number,
        "about": ", ".join(about),
        "entries": _entries(thread.log, clip),
        "turns": turns,
    }


def _entries(log: Iterable[Any], clip: Clipper) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for thing in log:
        if clip.full:
            shown.append(
                {"kind": "cut", "title": f"the rest is left out after {STORY:,} characters"}
            )
            break
        for entry in entries_of(thing):
            for part in ("title", "note", "body"):
                if part in entry:
                    entry[part] = clip(entry[part])
            shown.append(entry)
    return shown


def _wire(messages: list[Message]) -> dict[str, Any]:
    """
    The first and the last raw messages; pieces of texts are only counted.

    What was said in pieces is said again as a whole, and a secret that is cut in pieces is
    not known for one.
    """
    whole = [(n, message) for n, message in enumerate(messages, 1) if not _is_piece(message.body)]
    half = WIRE // 2
    kept = whole if len(whole) <= WIRE else [*whole[:half], *whole[-half:]]
    lines = [
        [number, each.connection, each.sender, clipped(_line(each.body), LINE), _is_error(each)]
        for number, each in kept
    ]
    return {"lines": lines, "total": len(messages), "pieces": len(messages) - len(whole)}


def _is_piece(body: Any) -> bool:
    return isinstance(body, dict) and str(body.get("method", "")).lower().endswith("delta")


def _is_error(message: Message) -> bool:
    return isinstance(message.body, dict) and "error" in message.body


def _line(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)

"""
Undo the canonical form: give a cassette back the accidents of one particular recording.

Ids, times and process numbers become random, deltas are cut anew, and messages that no
guarantee keeps apart change places. The canonical form must take all of it out again.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from typing import Any

from fake_server.lanes import find_lanes
from fake_server.methods import HANDSHAKE, created_thread, is_read, thread_of
from fake_server.transcript import Event, Transcript
from pytest_codex.recording.tape import Entry

_ID = re.compile(r"(?<!\d)\d{8}-\d{4}-7000-8000-\d{12}(?!\d)")
_PAIRED = ("thread/tokenUsage/updated", "account/rateLimits/updated", "deprecationNotice")


class Piece:
    """
    One message with the changes on disk before it.
    """

    def __init__(self, event: Event, lane: str, effects: list[Event]) -> None:
        self.event = event
        self.lane = lane
        self.effects = effects

    @property
    def method(self) -> str:
        """
        Its method, empty for a response.
        """
        body = self.event.body
        return str(body.get("method", "")) if isinstance(body, dict) else ""

    @property
    def thread(self) -> str | None:
        """
        The thread it names.
        """
        return thread_of(self.event.body) or self.lane.partition("thread ")[2] or None


def scramble(transcript: Transcript, seed: int, *, main: bool) -> list[Entry]:
    """
    A tape that an unlucky recording of the same behaviour could have made.

    Args:
        transcript: A canonical transcript.
        seed: Decides the accidents.
        main: Whether one thread of the process sent every request, so that their order holds.
    """
    random_ = random.Random(seed)
    pieces = _pieces(transcript)
    for _ in range(8 * len(pieces)):
        at = random_.randrange(len(pieces) - 1)
        if _may_swap(pieces, at, main=main):
            pieces[at], pieces[at + 1] = pieces[at + 1], pieces[at]
    known: dict[str, str] = {}

    def accident(found: re.Match[str]) -> str:
        if found.group() not in known:
            known[found.group()] = str(uuid.UUID(int=random_.getrandbits(128), version=4))
        return known[found.group()]

    entries = []
    for piece in pieces:
        for event in (*piece.effects, piece.event):
            body = json.loads(_ID.sub(accident, json.dumps(event.body)))
            _shift_times(body, random_)
            entries.append(Entry(event.conn, event.kind, body, main and event.kind == "client"))
    return _renumber(entries, random_)


def _pieces(transcript: Transcript) -> list[Piece]:
    lanes: dict[int, str] = {}
    for conn in {event.conn for event in transcript.events}:
        told = [e for e in transcript.events if e.conn == conn and e.kind in ("client", "server")]
        names = find_lanes([(event.kind == "client", event.body) for event in told])
        lanes.update(zip(map(id, told), names, strict=True))
    pieces: list[Piece] = []
    effects: list[Event] = []
    for event in transcript.events:
        if event.kind == "workspace":
            effects.append(event)
        else:
            pieces.append(Piece(event, lanes.get(id(event), ""), effects))
            effects = []
    if effects:
        pieces.append(Piece(effects.pop(), "", effects))
    return pieces


def _may_swap(pieces: list[Piece], at: int, *, main: bool) -> bool:
    one, other = pieces[at], pieces[at + 1]
    kinds = {one.event.kind, other.event.kind}
    if one.event.conn != other.event.conn or not kinds <= {"client", "server"}:
        return False
    if (
        one.lane == other.lane
        or HANDSHAKE in (one.lane, other.lane)
        or one.effects
        or other.effects
    ):
        return _late_start(one, other) or _early_usage(one, other)
    if kinds == {"client"} and (main or one.thread == other.thread):
        return False
    if one.method in _PAIRED or other.method in _PAIRED:
        return False
    for read in (one, other):
        if is_read(read.method) or read.lane.startswith("read"):
            return False
    born = created_thread(one.event.body) if isinstance(one.event.body, dict) else None
    return not (born and born in json.dumps(other.event.body)) and not _spawns(one, other)


def _late_start(one: Piece, other: Piece) -> bool:
    """
    A client that starts a turn the moment it knows the thread is ahead of ``thread/started``.
    """
    return (
        one.lane == other.lane and one.method == "thread/started" and other.method == "turn/start"
    )


def _early_usage(one: Piece, other: Piece) -> bool:
    """
    What a model call cost may be told before the commands it asked for have ended.
    """
    if one.lane != other.lane or other.method not in _PAIRED[:2]:
        return False
    params = one.event.body.get("params") or {} if isinstance(one.event.body, dict) else {}
    ends = one.method == "item/completed" and params["item"]["type"] == "commandExecution"
    return ends or one.method == "item/commandExecution/outputDelta"


def _spawns(one: Piece, other: Piece) -> bool:
    thread = other.thread
    return thread is not None and f'"{thread}"' in json.dumps(one.event.body)


def _shift_times(value: Any, random_: random.Random) -> None:
    if isinstance(value, dict):
        for key, one in value.items():
            if one == 1_700_000_000 or one == 1_700_000_000_000:
                value[key] = one + random_.randrange(1, 10**6)
            elif key == "durationMs" and one == 0:
                value[key] = random_.randrange(1, 10**4)
            else:
                _shift_times(one, random_)
    elif isinstance(value, list):
        for one in value:
            _shift_times(one, random_)


def _renumber(entries: list[Entry], random_: random.Random) -> list[Entry]:
    """
    Clients choose request ids as they like: here UUIDs.
    """
    ids: dict[tuple[int, Any], list[str]] = {}
    for entry in entries:
        body = entry.body
        if not isinstance(body, dict) or "id" not in body:
            continue
        if entry.kind == "client" and "method" in body:
            chosen = str(uuid.UUID(int=random_.getrandbits(128), version=4))
            ids.setdefault((entry.conn, body["id"]), []).append(chosen)
            body["id"] = chosen
        elif entry.kind == "server" and "method" not in body:
            body["id"] = ids[entry.conn, body["id"]].pop(0)
    return entries

"""
Canonical form: a re-recording of unchanged behaviour changes no byte.

A pipeline of small steps over the tape: ``streams`` joins what was cut at random,
``order`` gives every lane one order, ``merge`` tells the lanes as one story, ``ids``
names what was born where, ``fake_server.volatile`` makes times and machine facts constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fake_server.transcript import Event, Transcript
    from pytest_codex.recording.tape import Entry

    from .items import Item

__all__ = ["canonical"]


def canonical(entries: Iterable[Entry], header: dict[str, Any] | None = None) -> Transcript:
    """
    Turn a tape into the one transcript that any recording of the same behaviour gives.

    Args:
        entries: A tape's entries, already redacted and with placeholders.
        header: Facts to put into the cassette's first line beside those found here.
    """
    from fake_server.transcript import Transcript

    from .ids import name_ids
    from .items import collect
    from .merge import merge

    items = merge(collect(entries))
    events = _events(name_ids(items))
    return Transcript(header={**_facts(items), **(header or {})}, events=events)


def _events(items: Iterable[Item]) -> list[Event]:
    """
    Items as events, their effects before them, with constant values.
    """
    from fake_server.transcript import Event
    from fake_server.volatile import constant

    events: list[Event] = []
    hashes: dict[str, str] = {}
    for item in items:
        events += [Event(item.conn, "workspace", effect) for effect in item.effects]
        if item.kind != "end":
            events.append(Event(item.conn, item.kind, constant(item.body, hashes)))
    return events


def _facts(items: Iterable[Item]) -> dict[str, Any]:
    """
    What the recording itself says of its server and client.
    """
    facts: dict[str, Any] = {}
    for item in items:
        body = item.body
        if not isinstance(body, dict):
            continue
        result = body.get("result")
        if item.kind == "server" and isinstance(result, dict) and "userAgent" in result:
            agent = str(result["userAgent"]).partition("/")[2]
            facts.setdefault("codex", agent.split(" ")[0])
            facts.setdefault("platform", result.get("platformOs"))
        if item.kind == "client" and body.get("method") == "initialize":
            params = body.get("params")
            info = params.get("clientInfo") if isinstance(params, dict) else None
            if isinstance(info, dict):
                facts.setdefault("client", f"{info.get('name')}/{info.get('version')}")
    return facts

"""
What of the protocol a recording uses, as marks that changes are looked up by.

=====================  ==============================================
mark                   the recording holds
=====================  ==============================================
``role method``        such a message
``place``              something at this place
``place.name``         an object there with this member
``place-name``         an object there without this member
``place=value``        this value of a closed list
``place:type``         a value of this JSON type
=====================  ==============================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_codex.schema import said
from pytest_codex.schema.walking import walk

from .comparing import PAYLOAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fake_server.transcript import Transcript
    from pytest_codex.schema import Bundle
    from pytest_codex.schema.walking import Spot

    from .changes import Change

_ABSENCE = re.compile(r"(.+)-(\w+)")


def used_by(changes: Sequence[Change], bundle: Bundle, transcript: Transcript) -> list[Change]:
    """
    The changes that concern a recording.

    Args:
        changes: What changed.
        bundle: The version they changed from.
        transcript: The recording.
    """
    found = marks(bundle, transcript, _absences(changes))
    return [change for change in changes if not found.isdisjoint(change.marks)]


def marks(
    bundle: Bundle, transcript: Transcript, absences: Mapping[str, Iterable[str]]
) -> set[str]:
    """
    The marks of everything that a recording uses.

    Args:
        bundle: The version it was made with.
        transcript: The recording.
        absences: Members to look for by place, so that objects without them are marked.
    """
    found: set[str] = set()
    for one in said(transcript):
        name = f"{one.role} {one.method}"
        found.add(name)
        schema = bundle.messages[one.role].get(one.method)
        member = PAYLOAD.get(one.role, "params")
        if schema is None or one.refused or member not in one.message:
            continue
        found.add(f"{name}.{member}")
        payload = schema["properties"].get(member, True)
        for spot in walk(bundle, payload, one.message[member], place=f"{name}.{member}"):
            found.update(_marks(spot, absences))
    return found


def _absences(changes: Iterable[Change]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for mark in (mark for change in changes for mark in change.marks):
        if match := _ABSENCE.fullmatch(mark):
            found.setdefault(match[1], set()).add(match[2])
    return found


def _marks(spot: Spot, absences: Mapping[str, Iterable[str]]) -> Iterator[str]:
    place = spot.place
    yield place
    yield f"{place}:{_type(spot.value)}"
    if spot.described is not None:
        yield from (f"{place}.{name}" for name in spot.value)
        yield from (f"{place}-{name}" for name in absences.get(place, ()) if name not in spot.value)
    elif isinstance(spot.value, str) and spot.value in spot.shape.values:
        yield f"{place}={spot.value}"


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"

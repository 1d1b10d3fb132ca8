"""
Messages that are almost valid: one thing is wrong with each, and it is known which.

What a server or client must refuse is more telling when it is nearly right.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_codex.schema.faults import Fault, show, show_path
from pytest_codex.schema.shapes import is_of, shape_of
from pytest_codex.schema.walking import walk

from .messages import messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from pytest_codex.schema import Checker, Role
    from pytest_codex.schema.faults import Path
    from pytest_codex.schema.shapes import Shape
    from pytest_codex.schema.walking import Spot

PAYLOADS = ("params", "result")
"""Defects are made in here; without ``id`` or ``method`` a message is another message."""

_STRANGER = "noSuchThing"
_SAMPLES: tuple[Any, ...] = (None, True, 7, "text", [], {})


class NearMiss(NamedTuple):
    """
    A message with one defect.

    Attributes:
        message: The message.
        defect: Where and what.
        valid: The message without the defect.
    """

    message: Any
    defect: Fault
    valid: Any


class _Change(NamedTuple):
    """
    One way to spoil a message: what to put at a path, or that nothing shall be there.
    """

    path: Path
    reason: str
    value: Any = None
    gone: bool = False


def near_misses(checker: Checker, role: Role, method: str) -> SearchStrategy[NearMiss]:
    """
    Messages of a method that are valid but for one defect.

    Args:
        checker: The version's schema; it confirms that every one is refused.
        role: Who says it, and what it is.
        method: The method; for answers that of the request.
    """
    from hypothesis import strategies as st

    def spoil(message: Any) -> SearchStrategy[NearMiss | None]:
        found = _all_changes(checker, role, method, message)
        if not found:
            return st.nothing()
        one = st.sampled_from(found)
        return one.map(lambda change: _miss(checker, role, method, message, change))

    whole = messages(checker.bundle, role, method)
    spoilt: SearchStrategy[Any] = whole.flatmap(spoil).filter(lambda miss: miss is not None)
    return spoilt


def defects(checker: Checker, role: Role, method: str, message: Any) -> Iterator[NearMiss]:
    """
    Every way known here to spoil a valid message in one place.
    """
    for change in _all_changes(checker, role, method, message):
        miss = _miss(checker, role, method, message, change)
        if miss is not None:
            yield miss


def _all_changes(checker: Checker, role: Role, method: str, message: Any) -> list[_Change]:
    """
    Every change to try, those of what is always there first: so that the number of a change
    stays its number while the rest of a message is shrunk away.
    """
    schema = checker.bundle.messages[role][method]
    needed: set[Path] = {()}
    found = []
    for spot in walk(checker.bundle, schema, message):
        if spot.described is not None and spot.path in needed:
            needed.update((*spot.path, name) for name in spot.described.get("required", ()))
        found += [one for one in _changes(spot) if one.path and one.path[0] in PAYLOADS]
    return sorted(found, key=lambda one: (one.path not in needed, len(one.path)))


def _miss(
    checker: Checker, role: Role, method: str, message: Any, change: _Change
) -> NearMiss | None:
    """
    The message with that change; None when another alternative allows it, so that it is valid.
    """
    spoilt = _spoilt(message, change)
    if checker.is_valid(role, method, spoilt):
        return None
    return NearMiss(spoilt, Fault(show_path(change.path), change.reason), message)


def _changes(spot: Spot) -> Iterator[_Change]:
    if spot.path:
        yield from _replacements(spot.path, spot.shape, spot.value)
    if spot.described is None:
        return
    properties = spot.described.get("properties", {})
    for name in spot.described.get("required", ()):
        if name in spot.value:
            yield _Change((*spot.path, name), "is missing", gone=True)
    if spot.described.get("additionalProperties") is False:
        yield _Change((*spot.path, _STRANGER), "is not allowed here", True)
    for name in sorted(properties.keys() - spot.value.keys()):
        shape = shape_of(properties[name])
        yield from _replacements((*spot.path, name), shape, None)


def _replacements(path: Path, shape: Shape, value: Any) -> Iterator[_Change]:
    """
    Values that do not belong at a place: of another type, out of bounds, of no list.
    """
    if shape.anything:
        return
    for sample in _SAMPLES:
        wrong = not any(is_of(kind, sample) for kind in shape.scalars)
        if wrong and type(sample) is not type(value):
            yield _Change(path, f"is {show(sample)}, which is of another type", sample)
    if shape.values:
        yield _Change(path, f'is "{_STRANGER}", which is no value of the list', _STRANGER)
    for kind, limits in shape.scalars.items():
        if "maximum" in limits:
            yield _Change(path, f"is above {limits['maximum']}", int(limits["maximum"]) + 1)
        if "minimum" in limits and kind == "integer":
            yield _Change(path, f"is below {limits['minimum']}", int(limits["minimum"]) - 1)
        if limits.get("minLength"):
            yield _Change(path, "is shorter than it may be", "")


def _spoilt(message: Any, change: _Change) -> Any:
    spoilt = copy.deepcopy(message)
    holder = spoilt
    for part in change.path[:-1]:
        holder = holder[part]
    if change.gone:
        del holder[change.path[-1]]
    else:
        holder[change.path[-1]] = change.value
    return spoilt

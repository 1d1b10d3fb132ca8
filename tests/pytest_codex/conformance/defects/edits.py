"""
Edits of one message, by a path such as ``params.turn.items.0.text``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .behaviour import Message, Selector, says

Edit = Callable[[Message], Any]


def _parent(message: Message, path: str) -> tuple[Any, Any]:
    """
    What holds the value at a path, and its key there; nothing when the way is not there.
    """
    place: Any = message
    *way, last = path.split(".")
    for step in way:
        if isinstance(place, list) and step.isdigit() and int(step) < len(place):
            place = place[int(step)]
        elif isinstance(place, dict) and step in place:
            place = place[step]
        else:
            return {}, last
    if isinstance(place, list):
        return (place, int(last)) if last.isdigit() else ({}, last)
    return (place, last) if isinstance(place, dict) else ({}, last)


def get(message: Message, path: str) -> Any:
    """
    The value at a path, None when there is none.
    """
    place, key = _parent(message, path)
    if isinstance(place, list):
        return place[key] if key < len(place) else None
    return place.get(key) if isinstance(place, dict) else None


def put(path: str, value: Any) -> Edit:
    """
    Put a value there.
    """
    return rewrite(path, lambda _: value)


def rewrite(path: str, make: Callable[[Any], Any]) -> Edit:
    """
    Put there what a function makes of the value that is there.
    """

    def edit(message: Message) -> None:
        place, key = _parent(message, path)
        place[key] = make(get(message, path))

    return edit


def lose(path: str) -> Edit:
    """
    Leave out what is there.
    """

    def edit(message: Message) -> None:
        place, key = _parent(message, path)
        if isinstance(place, dict):
            place.pop(key, None)

    return edit


def at(path: str, *values: Any) -> Callable[[Message], bool]:
    """
    Whether one of these values stands there; without values, whether anything does.
    """
    return lambda message: (
        get(message, path) in values if values else get(message, path) is not None
    )


def begun(*kinds: str) -> Selector:
    """
    ``item/started`` of items of these types.
    """
    return says("item/started").where(at("params.item.type", *kinds))


def done(*kinds: str) -> Selector:
    """
    ``item/completed`` of items of these types.
    """
    return says("item/completed").where(at("params.item.type", *kinds))


def turned(*statuses: str) -> Selector:
    """
    ``turn/completed`` with one of these statuses.
    """
    return says("turn/completed").where(at("params.turn.status", *statuses))


def became(*statuses: str) -> Selector:
    """
    ``thread/status/changed`` to one of these statuses.
    """
    return says("thread/status/changed").where(at("params.status.type", *statuses))

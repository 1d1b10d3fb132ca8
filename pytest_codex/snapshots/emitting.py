"""
The same text as syrupy's serializer writes, made in one go.

Most asserts filter nothing, and then nobody has to be asked at each part of an object. What is
neither plain nor known here is handed to syrupy's serializer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shapes import PRETTY, Shape, known_shaper, pretty

if TYPE_CHECKING:
    from collections.abc import Callable

    Fallback = Callable[[Any, int], str]

DEEPEST = 60
"""Deeper data, which may have a cycle, is left to syrupy."""

_PLAIN = (int, float, bool, type(None))


class TooDeepError(Exception):
    """
    The data goes deeper than this module does.
    """


def emit(value: Any, fallback: Fallback, depth: int = 0) -> str:
    """
    The text of a value, its first line without indentation.

    Args:
        value: Anything.
        fallback: Writes what is not known here, at a depth.
        depth: How deep the value lies.

    Raises:
        TooDeepError: Let syrupy write the whole.
    """
    kind = type(value)
    if kind is str:
        return _text(value, depth)
    if kind in _PLAIN:
        return repr(value)
    if depth > DEEPEST:
        raise TooDeepError
    inner = depth + 1
    pad = "  " * inner
    if kind is Shape:
        parts = [f"{pad}{key}={emit(one, fallback, inner)}," for key, one in value.parts.items()]
        return _lines(f"{value.name}(", parts, f"{'  ' * depth})")
    if kind is list:
        items = [f"{pad}{emit(one, fallback, inner)}," for one in value]
        return _lines("list([", items, f"{'  ' * depth}])")
    if kind is dict and all(map(_is_plain_key, value)):
        entries = [f"{pad}{key!r}: {emit(value[key], fallback, inner)}," for key in sorted(value)]
        return _lines("dict({", entries, f"{'  ' * depth}}})")
    shaper = known_shaper(kind)
    if shaper is None:
        return fallback(value, depth).lstrip(" ")
    return emit(shaper(value), fallback, depth)


def _text(text: str, depth: int) -> str:
    if text[:1] in PRETTY:
        text = pretty(text)
    if "\n" not in text and "\r" not in text:
        return repr(text)
    pad = "  " * (depth + 1) if depth else ""
    body = "".join([pad + line for line in text.splitlines(keepends=True)])
    return f"'''\n{body}\n{'  ' * depth}'''"


def _lines(head: str, lines: list[str], tail: str) -> str:
    return "\n".join([head, *lines, tail])


def _is_plain_key(key: object) -> bool:
    return type(key) is str and "\n" not in key and "\r" not in key and key[:1] not in ("{", "[")

"""
Just enough TOML to write a Codex configuration and to merge the user's into it.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Mapping


def loads(text: str, what: str = "the Codex configuration of this test") -> dict[str, Any]:
    """
    Read TOML.

    Args:
        what: What it is, for the message.

    Raises:
        HarnessError: It is not TOML; the message names the place.
    """
    # pytest brings tomli along where the standard library has no reader yet.
    reader = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        loaded: dict[str, Any] = reader.loads(text)
    except ValueError as error:
        raise HarnessError(f"{what} is not TOML: {error}") from error
    return loaded


def merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    """
    Put ``other`` over ``into``, table by table.
    """
    for key, value in other.items():
        mine = into.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            merge(mine, value)
        else:
            into[key] = value


def dumps(config: Mapping[str, Any]) -> str:
    """
    Write TOML, one dotted key per line.
    """
    return "".join(f"{key} = {_value(value)}\n" for key, value in _flat(config, ""))


def _flat(config: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """
    Dotted keys and their values; an empty table stays a value.
    """
    lines: list[tuple[str, Any]] = []
    for key, value in config.items():
        name = prefix + _key(key)
        if isinstance(value, dict) and value:
            lines += _flat(value, name + ".")
        else:
            lines.append((name, value))
    return lines


def _key(key: str) -> str:
    """
    A quoted key.
    """
    return json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    """
    One value; JSON's strings, numbers and booleans are TOML's too.
    """
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, (str, int, float)):
        return json.dumps(value, ensure_ascii=False)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise HarnessError(f"a Codex configuration cannot hold {value!r}")

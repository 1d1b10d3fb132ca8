"""
Whether a cassette is older than the Codex it is replayed for.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata

_NUMBERS = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def is_older(recorded: object, current: str) -> bool:
    """
    Whether a recording was made with an older Codex; what is no version is never older.

    Args:
        recorded: ``codex`` in the cassette's header.
        current: The version to compare with.
    """
    one = _NUMBERS.match(str(recorded))
    other = _NUMBERS.match(current)
    if one is None or other is None:
        return False
    return tuple(map(int, one.groups())) < tuple(map(int, other.groups()))


@cache
def installed() -> str | None:
    """
    The installed Codex, by what pip knows: no process is started to find out.
    """
    for name in ("openai-codex-cli-bin", "openai-codex"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None

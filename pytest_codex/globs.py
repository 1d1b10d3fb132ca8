"""
Patterns for paths, as people write them in ``.gitignore`` and in ``Path.glob``.
"""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=512)
def compiled(glob: str) -> re.Pattern[str]:
    """
    A pattern for whole relative paths: ``**`` crosses directories, ``*`` and ``?`` do not.

    Args:
        glob: Such as ``src/**``, ``*.md`` (top level only), ``**/*.py`` or ``docs/``.
    """
    return re.compile(_expression(glob))


def matches(name: str, globs: tuple[str, ...] | list[str]) -> bool:
    """
    Whether any of the patterns matches a relative path.
    """
    return any(compiled(glob).fullmatch(name) for glob in globs)


def fault(glob: str) -> str | None:
    """
    What is wrong with a pattern, None when it can match something below the workspace.
    """
    if not glob:
        return "is empty"
    if glob.startswith(("/", "~")) or re.match(r"[A-Za-z]:[\\/]", glob):
        return "is not relative to the workspace"
    if ".." in glob.split("/"):
        return "leaves the workspace"
    return None


OUTSIDE = ("../", "~/")
"""How a pattern for something beside the workspace, or in the agent's home, begins."""


def fault_outside(glob: str) -> str | None:
    """
    The same for a pattern that may also name what lies outside.
    """
    return fault(re.sub(r"^(?:(?:\.\./){1,2}|~/)", "", glob))


def _expression(glob: str) -> str:
    if glob.endswith("/"):
        glob += "**"
    parts = []
    for token in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", glob, re.DOTALL):
        if token == "**/":
            parts.append(r"(?:[^/]+/)*")
        elif token == "**":
            parts.append(r".*")
        elif token == "*":
            parts.append(r"[^/]*")
        elif token == "?":
            parts.append(r"[^/]")
        elif token.startswith("[") and len(token) > 1:
            parts.append("[^" + token[2:] if token[1] == "!" else token)
        else:
            parts.append(re.escape(token))
    return "(?s:" + "".join(parts) + ")"

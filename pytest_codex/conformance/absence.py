"""
Whether a server says that it does not have a method at all.

Many servers speak only a part of the protocol: what is not there is skipped, not failed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .outcomes import SkippedError

if TYPE_CHECKING:
    from collections.abc import Mapping

CORE = frozenset(("initialize", "thread/start", "thread/resume", "turn/start", "turn/interrupt"))
"""What every app-server has: to know nothing of one of these is a failure."""

_METHOD_NOT_FOUND = -32601
_UNKNOWN = re.compile(
    r"unknown (?:variant|method)\b|method not found|no such method", re.IGNORECASE
)


def skip_if_absent(method: str, answer: Mapping[str, Any]) -> None:
    """
    End a check whose method the server does not have.

    The real server says ``unknown variant `x/y` `` with code -32600 (measured); JSON-RPC has
    a code of its own for it.

    Args:
        method: What was asked.
        answer: The whole answer.

    Raises:
        SkippedError: It is not there, and need not be.
    """
    if method not in CORE and _is_absent(method, answer.get("error")):
        raise SkippedError(f"the server does not know {method}")


def _is_absent(method: str, error: object) -> bool:
    if not isinstance(error, dict):
        return False
    if error.get("code") == _METHOD_NOT_FOUND:
        return True
    text = str(error.get("message"))
    # An enum's value in the params can be an unknown variant, too: the method must be named.
    return bool(_UNKNOWN.search(text)) and method in text.partition(", expected")[0]

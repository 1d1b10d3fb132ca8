"""
The marker's ``scrub``: parts of texts that change from run to run, put into constant words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Rule = tuple[str, str]
"""A regular expression and what stands for its matches, as ``re.sub`` takes them."""

_SPOKEN = ("params", "result", "error")
"""What of a message is its content; method and id are how the engine finds its way."""


def fault(rule: Any) -> str | None:
    """
    What is wrong with a rule, None when it can be applied.
    """
    if not isinstance(rule, (list, tuple)) or [type(part) for part in rule] != [str, str]:
        return f"{rule!r} is not a pair (regular expression, replacement)"
    expression, replacement = rule
    try:
        compiled = re.compile(expression)
    except re.error as reason:
        return f"the regular expression {expression!r} is wrong: {reason}"
    try:
        compiled.sub(replacement, "")  # a template is parsed even if nothing matches
    except (re.error, IndexError) as reason:
        return f"the replacement {replacement!r} is wrong: {reason}"
    return None


def substituted(message: Any, rules: Sequence[Rule]) -> Any:
    """
    A message with every text of its content put into other words, rule after rule.
    """
    if not isinstance(message, dict):
        return message
    return {key: _walk(value, rules) if key in _SPOKEN else value for key, value in message.items()}


def _walk(value: Any, rules: Sequence[Rule]) -> Any:
    if isinstance(value, str):
        for expression, replacement in rules:
            value = re.sub(expression, replacement, value)
        return value
    if isinstance(value, dict):
        return {key: _walk(item, rules) for key, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, rules) for item in value]
    return value

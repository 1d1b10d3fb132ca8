"""
Notifications beside turns and items that say something about behaviour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.comparison.facts import Fact, flatten, lasting

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDED = {
    "mcpServer/startupStatus/updated": ("MCP server", "name"),
    "thread/goal/updated": ("goal", "objective"),
}
"""Only the last word of these counts; how many there are, and where, is chance."""

_MARKS = frozenset(
    "thread/name/updated thread/archived thread/unarchived thread/deleted thread/closed "
    "thread/compacted thread/goal/cleared account/login/completed account/updated fs/changed "
    "turn/moderationMetadata".split()
)


class Notices:
    """
    Turns notifications into facts.

    Args:
        facts: Where facts go.
    """

    def __init__(self, facts: list[Fact]) -> None:
        self._facts = facts
        self._last: dict[tuple[str, str, str], Fact] = {}

    def heard(self, method: str, params: dict[str, Any], place: str, line: int) -> None:
        """
        A notification that is about no turn as a whole and no item.
        """
        if method in _FOLDED:
            self._fold(method, params, place, line)
        elif method in _READERS:
            kind, name, values = _READERS[method](params)
            self._facts.append(Fact(place, kind, name, values, line=line))
        elif method in _MARKS:
            self._facts.append(Fact(place, "notice", method, {}, flatten(lasting(params)), line))

    def _fold(self, method: str, params: dict[str, Any], place: str, line: int) -> None:
        kind, key = _FOLDED[method]
        told = params.get("goal") if method == "thread/goal/updated" else params
        told = told if isinstance(told, dict) else {}
        name = str(told.get(key, ""))
        fact = self._last.get((place, kind, name))
        if fact is None:
            fact = self._last[place, kind, name] = Fact(place, kind, name)
            self._facts.append(fact)
        fact.values = {key: told.get(key) for key in ("status", "error")}
        fact.line = line


def _warning(params: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    text = params.get("message") or params.get("summary") or ""
    return "warning", str(text), {"details": params.get("details")}


def _error(params: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    error = params.get("error")
    error = error if isinstance(error, dict) else {}
    return (
        "error",
        str(error.get("message", "")),
        {
            **flatten({"details": error.get("additionalDetails")}),
            **flatten({"code": error.get("codexErrorInfo")}),
            "will retry": params.get("willRetry"),
        },
    )


def _plan(params: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    steps = [one for one in params.get("plan") or () if isinstance(one, dict)]
    lines = [f"{one.get('status')}: {one.get('step')}" for one in steps]
    return "plan update", "\n".join(lines), {"explanation": params.get("explanation")}


def _review(params: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    return "automatic review", "", flatten(lasting({"review": params.get("review")}))


_READERS: dict[str, Callable[[dict[str, Any]], tuple[str, str, dict[str, Any]]]] = {
    "warning": _warning,
    "guardianWarning": _warning,
    "configWarning": _warning,
    "deprecationNotice": _warning,
    "error": _error,
    "turn/plan/updated": _plan,
    "item/autoApprovalReview/completed": _review,
}

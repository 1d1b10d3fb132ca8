"""
How the service tells what is left of an account's rate limits: in headers of each answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Window: TypeAlias = Mapping[str, float]

_WINDOWS = ("primary", "secondary")
_NAMES = {
    "used_percent": "used-percent",
    "window_minutes": "window-minutes",
    "resets_at": "reset-at",
}


def limit_headers(limits: Mapping[str, float | Window] | None) -> dict[str, str]:
    """
    The headers for these windows.

    Args:
        limits: ``primary`` and ``secondary``, each per cent used or a mapping of
            ``used_percent``, ``window_minutes`` and ``resets_at`` (seconds since 1970).

    Raises:
        ValueError: A name is not one of these.
    """
    headers: dict[str, str] = {}
    for window, told in (limits or {}).items():
        _known(window, _WINDOWS, "rate_limits")
        values: Any = {"used_percent": told} if isinstance(told, (int, float)) else told
        for name, value in values.items():
            _known(name, _NAMES, f"rate_limits[{window!r}]")
            headers[f"x-codex-{window}-{_NAMES[name]}"] = f"{value:.15g}"
    return headers


def _known(name: str, names: Any, where: str) -> None:
    if name not in names:
        raise ValueError(f"{where} has no {name}; it knows {', '.join(names)}")

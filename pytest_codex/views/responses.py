"""
The final response of a turn, chosen as the official SDK chooses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .records import ItemRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import TurnRecord


def response_of(turn: TurnRecord) -> str | None:
    """
    The final response of a turn, read off its completed items as the official SDK does.
    """
    records = [entry for entry in turn.log if isinstance(entry, ItemRecord) and entry.finished]
    return final_response([record.raw for record in records])


def final_response(items: Sequence[dict[str, Any]]) -> str | None:
    """
    The final response among a turn's completed items, chosen as the official SDK chooses it.

    The last message in phase ``final_answer`` wins, else the last one without a phase.
    """
    messages = [item for item in items if item.get("type") == "agentMessage"]
    for wanted in ("final_answer", None):
        for item in reversed(messages):
            if item.get("phase") == wanted:
                return str(item.get("text", ""))
    return None

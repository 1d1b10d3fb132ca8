"""
One order and one set of ids for the calls of a recording, whatever raced.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_codex.relay.events import rename_ids

if TYPE_CHECKING:
    from pytest_codex.relay.model_cassette import Exchange

_KINDS = ("turn", "compaction", "review")


def settle(exchanges: list[Exchange]) -> tuple[list[Exchange], dict[str, str]]:
    """
    Put calls in the order of a cassette, and count the ids in their answers.

    The calls of one thread stay in order and together. Threads are ordered by what begins
    them, so that threads that run at once stand the same in every recording; those that
    begin alike stay in the order in which they came.

    Returns:
        The calls, and the new name of each id the model gave.
    """
    threads: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        # Reads belong to nobody, and a second one says nothing new.
        thread = exchange.thread if exchange.said.method == "POST" else f"GET {exchange.said.path}"
        if exchange.said.method == "POST" or thread not in threads:
            threads.setdefault(thread, []).append(exchange)
    ordered = sorted(threads.values(), key=lambda calls: _begin(calls[0]))
    names: dict[str, str] = {}
    settled = [
        exchange._replace(response=_renamed(exchange.response, names))
        for calls in ordered
        for exchange in calls
    ]
    return settled, names


def _begin(exchange: Exchange) -> tuple[bool, int, str]:
    said = exchange.said
    rank = _KINDS.index(said.kind) if said.kind in _KINDS else len(_KINDS)
    first = json.dumps(said.conversation, sort_keys=True, ensure_ascii=False)
    return said.method == "GET", rank, first


def _renamed(response: dict[str, object], names: dict[str, str]) -> dict[str, object]:
    body = response["body"]
    assert isinstance(body, dict)
    return {**response, "body": {"string": rename_ids(str(body["string"]), names)}}

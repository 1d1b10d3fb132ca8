"""
One order for every lane.

Most of a lane's order is guaranteed by the server; what races is put in one place here:
status changes around approvals, read state, MCP start-up, and above all the client's own
messages, whose place among what the server sends meanwhile says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_server.methods import HANDSHAKE, IN_TURN

from .parallel import place_parallel
from .spending import place_usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from .items import Item

_STATUS = "thread/status/changed"
_READ_STATE = "thread/readState/changed"
_STARTUP = "mcpServer/startupStatus/updated"

_SETTINGS = "thread/settings/updated"

_UNDER_WAY = frozenset(
    ["turn/steer", *(f"command/exec/{verb}" for verb in ("write", "resize", "terminate"))]
)
"""Requests to a turn or process that runs; their result races what it says meanwhile."""

_BEFORE_RESULT = frozenset({"warning", "deprecationNotice", _SETTINGS})
"""Notifications that a request may cause before its own answer (measured)."""

_CAUSED_BEFORE_RESULT = {
    "thread/archive": frozenset({_STATUS, "thread/closed"}),
    "thread/delete": frozenset({_STATUS, "thread/closed"}),
    "thread/unsubscribe": frozenset({_STATUS, "thread/closed"}),
    "thread/resume": frozenset({_STATUS}),
    "thread/fork": frozenset({_STATUS}),
    "thread/unarchive": frozenset({_STATUS}),
    "thread/goal/set": frozenset({"thread/goal/updated"}),
    "thread/goal/clear": frozenset({"thread/goal/cleared"}),
    "command/exec": frozenset({"command/exec/outputDelta"}),
    "account/login/start": frozenset({"account/login/completed"}),
}


def order_lane(items: list[Item]) -> list[Item]:
    """
    Put the messages of one lane into their canonical order.
    """
    from_server = _drop_repeats([item for item in items if item.kind == "server"])
    from_client = [item for item in items if item.kind != "server"]
    if items and items[0].lane == HANDSHAKE:
        return _order_handshake(items)
    from_server = place_parallel(place_usage(from_server), from_client)
    from_server = _place_start(from_server)
    from_server = _place_startup(_place_read_state(_place_status(from_server)))
    from_server = _place_settings(_place_turns(from_server, from_client), from_client)
    from_server = _place_results(from_server, from_client)
    return _weave(from_server, from_client)


def _order_handshake(items: list[Item]) -> list[Item]:
    """
    Requests with their answers first, then ``initialized``, then the server's greetings.
    """

    def rank(item: Item) -> int:
        if item.kind == "client":
            return 0 if isinstance(item.body, dict) and "id" in item.body else 1
        return 0 if item.is_response else 2

    return sorted(items, key=lambda item: (rank(item), item.method if rank(item) == 2 else ""))


def _drop_repeats(items: list[Item]) -> list[Item]:
    """
    A status is told once: archiving tells the same one twice when its two causes race.
    """
    told: list[Item] = []
    status: object = None
    for item in items:
        if item.method == _STATUS:
            if item.params.get("status") == status and not item.effects:
                continue
            status = item.params.get("status")
        told.append(item)
    return told


def _place_status(items: list[Item]) -> list[Item]:
    """
    A thread waits just before it asks, and is active again just after it was answered.
    """
    ordered = list(items)
    waiting = False
    for status in [item for item in items if item.method == _STATUS]:
        state = status.params.get("status") or {}
        flags = state.get("activeFlags")
        if state.get("type") != "active" or flags is None:
            waiting = False
            continue
        if flags:
            waiting = True
            _move_before(ordered, status, lambda item: bool(item.method) and "id" in item.body)
        elif waiting:
            waiting = False
            _move_after_resolved(ordered, status)
    return ordered


def _move_before(ordered: list[Item], item: Item, wanted: Callable[[Item], bool]) -> None:
    at = ordered.index(item)
    target = next((other for other in ordered[at + 1 :] if wanted(other)), None)
    if target is not None:
        ordered.remove(item)
        ordered.insert(ordered.index(target), item)


def _move_after_resolved(ordered: list[Item], item: Item) -> None:
    at = ordered.index(item)
    places = [i for i, other in enumerate(ordered) if other.method == "serverRequest/resolved"]
    if not places:
        return
    nearest = min(places, key=lambda place: abs(ordered[place].raw - item.raw))
    target = ordered[nearest]
    if at != nearest + 1:
        ordered.remove(item)
        ordered.insert(ordered.index(target) + 1, item)


def _place_read_state(items: list[Item]) -> list[Item]:
    """
    Read state changes just before the turn ends.
    """
    ordered = [item for item in items if item.method != _READ_STATE]
    ends = [item for item in ordered if item.method == "turn/completed"]
    if not ends:
        return items
    for state in [item for item in items if item.method == _READ_STATE]:
        end = min(ends, key=lambda item: abs(item.raw - state.raw))
        at = ordered.index(end)
        if at and ordered[at - 1].method == _STATUS:
            at -= 1
        ordered.insert(at, state)
    return ordered


def _place_start(items: list[Item]) -> list[Item]:
    """
    A thread has started before anything is said of its turns.

    0.147.0 may tell it after the answer to a client that goes on at once.
    """
    started = next((item for item in items if item.method == "thread/started"), None)
    if started is None:
        return items
    made = [i for i, item in enumerate(items[: items.index(started)]) if item.is_response]
    if len(made) < 2:
        return items
    ordered = [item for item in items if item is not started]
    ordered.insert(made[1], started)
    return ordered


def _place_startup(items: list[Item]) -> list[Item]:
    """
    MCP servers start at any time around the first turn; told right after the thread began.
    """
    startup = [item for item in items if item.method == _STARTUP]
    if not startup:
        return items
    ordered = [item for item in items if item.method != _STARTUP]
    begun = next((i for i, item in enumerate(ordered) if item.method == "thread/started"), None)
    if begun is None:
        begun = next((i for i, item in enumerate(ordered) if item.is_response), -1)
    startup.sort(key=lambda item: str(item.params.get("name")))
    return ordered[: begun + 1] + startup + ordered[begun + 1 :]


def _place_turns(items: list[Item], asked: list[Item]) -> list[Item]:
    """
    A turn may begin before its request is answered; told after, as a client needs it.
    """
    ordered = list(items)
    for request in asked:
        result = _result_of(request, ordered) if request.method == "turn/start" else None
        turn = _turn_id(result.body.get("result")) if result is not None else None
        if result is None or turn is None:
            continue
        for at, item in enumerate(ordered[: ordered.index(result)]):
            begun = item.method == "turn/started" and item.raw > request.raw
            if begun and _turn_id(item.params) == turn:
                ordered.remove(result)
                ordered.insert(at - 1 if at and ordered[at - 1].method == _STATUS else at, result)
                break
    return ordered


def _turn_id(holder: object) -> object:
    turn = holder.get("turn") if isinstance(holder, dict) else None
    return turn.get("id") if isinstance(turn, dict) else None


def _place_settings(items: list[Item], asked: list[Item]) -> list[Item]:
    """
    A turn that changes its thread's settings tells so around its result; told just before.
    """
    ordered = list(items)
    for settings in [item for item in items if item.method == _SETTINGS]:
        cause = next((item for item in reversed(asked) if item.raw < settings.raw), None)
        if cause is None or cause.method != "turn/start":
            continue
        result = _result_of(cause, ordered)
        if result is not None and ordered.index(result) < ordered.index(settings):
            ordered.remove(settings)
            ordered.insert(ordered.index(result), settings)
    return ordered


def _place_results(items: list[Item], asked: list[Item]) -> list[Item]:
    """
    What was told to a running turn or process is confirmed at once, before it goes on.
    """
    ordered = list(items)
    for request in asked:
        result = _result_of(request, ordered)
        if result is not None and (request.method in _UNDER_WAY or _joins(request, result, items)):
            first = next(item for item in ordered if item.raw > request.raw)
            if first is not result:
                ordered.remove(result)
                ordered.insert(ordered.index(first), result)
    return ordered


def _joins(request: Item, result: Item, items: list[Item]) -> bool:
    """
    Whether a request for a turn joined the one that was already under way.
    """
    turn = _turn_id(result.body.get("result")) if request.method == "turn/start" else None
    return turn is not None and any(
        item.method == "turn/started" and item.raw < request.raw and _turn_id(item.params) == turn
        for item in items
    )


def _result_of(request: Item, from_server: list[Item]) -> Item | None:
    return next(
        (
            item
            for item in from_server
            if item.is_response and item.raw > request.raw and item.body["id"] == request.body["id"]
        ),
        None,
    )


def _weave(from_server: list[Item], from_client: list[Item]) -> list[Item]:
    """
    Put each client message as late as its first consequence allows, in the client's order.
    """
    places = [_latest_place(item, from_server) for item in from_client]
    for i in range(len(places) - 2, -1, -1):
        places[i] = min(places[i], places[i + 1])
    woven: list[Item] = []
    done = 0
    for item, place in zip(from_client, places, strict=True):
        woven += from_server[done:place]
        woven.append(item)
        done = max(done, place)
    return woven + from_server[done:]


def _latest_place(item: Item, from_server: list[Item]) -> int:
    if item.is_response:
        return _place_of_answer(item, from_server)
    after = next((i for i, other in enumerate(from_server) if other.raw > item.raw), None)
    if after is None:
        return len(from_server)
    request_id = item.body.get("id") if isinstance(item.body, dict) else None
    own = [
        i
        for i, other in enumerate(from_server)
        if other.is_response and other.raw > item.raw and other.body["id"] == request_id
    ]
    if not own:
        return after
    if item.method in IN_TURN:
        return own[0]
    causes = _BEFORE_RESULT | _CAUSED_BEFORE_RESULT.get(item.method, frozenset())
    early = [
        i
        for i, other in enumerate(from_server[: own[0]])
        if other.raw > item.raw and other.method in causes
    ]
    return min(early + own[:1])


def _place_of_answer(item: Item, from_server: list[Item]) -> int:
    request = next(
        (
            other
            for other in reversed(from_server)
            if other.method and other.body.get("id") == item.body["id"] and other.raw < item.raw
        ),
        None,
    )
    after = [i for i, other in enumerate(from_server) if other.raw > item.raw]
    for i in after:
        other = from_server[i]
        if other.method == "serverRequest/resolved":
            if other.params.get("requestId") == item.body["id"]:
                return i
        elif request is not None and other.method == "item/completed":
            described = other.params.get("item") or {}
            wanted = request.params.get("itemId") or request.params.get("callId")
            if described.get("id") == wanted:
                return i
    return after[0] if after else len(from_server)

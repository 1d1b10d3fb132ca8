"""
Which lane each message of one connection belongs to.

A lane is a list of messages whose order among themselves is guaranteed: one per thread,
one per process, one per family of methods, one for the handshake. The canonical form
writes lane by lane and the engine plays lane by lane; both ask this module, so they agree.

The rules are measured on 0.133.0 to 0.163.0: ``docs/protocol-facts.md`` tells how.
"""

from __future__ import annotations

from .messages import is_request, is_response
from .methods import CREATING, HANDSHAKE, created_thread, family, is_read, thread_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .messages import Message

READ = "read"
"""Prefix of the lane of one read and its answer."""

_CONNECTION_NOISE = frozenset({"configWarning", "remoteControl/status/changed"})
_HYDRATING = frozenset({"thread/fork", "thread/resume", "thread/read", "thread/unarchive"})


class LaneFinder:
    """
    Feed it one connection's messages in order; it names the lane of each.

    Args:
        created: For each id of a ``thread/start`` or ``thread/fork`` request, in order of
            use, the thread its answer created, or None when it failed.
    """

    def __init__(self, created: dict[object, list[str | None]]) -> None:
        self._created = created
        self._asked: dict[object, list[str]] = {}
        self._asking: dict[object, str] = {}
        self._hydrating: list[tuple[object, str]] = []
        self._usage: list[str] = []
        self._active: set[object] = set()
        self._initialize: object = None
        self._ready = False
        self._last = HANDSHAKE
        self._reads = 0

    def client(self, message: Message | str) -> str:
        """
        The lane of a message the client sent.
        """
        if isinstance(message, str):
            return self._last if self._ready else HANDSHAKE
        if is_response(message):
            return self._asking.get(message["id"], "stray")
        if not is_request(message):
            return HANDSHAKE
        lane = self._of_request(message)
        self._asked.setdefault(_key(message["id"]), []).append(lane)
        if message["method"] in _HYDRATING:
            self._hydrating.append((message["id"], lane))
        return lane

    def _of_request(self, message: Message) -> str:
        method = message["method"]
        if not self._ready and self._initialize is None:
            if method == "initialize":
                self._initialize = message["id"]
            return HANDSHAKE
        # A client may write ahead: what follows `initialize` is served once that is answered.
        if is_read(method):
            self._reads += 1
            return f"{READ} {self._reads}"
        if method in CREATING:
            waiting = self._created.get(_key(message["id"]))
            thread = waiting.pop(0) if waiting else None
            return f"thread {thread}" if thread else f"{method} {_key(message['id'])}"
        thread = thread_of(message)
        return f"thread {thread}" if thread is not None else family(message)

    def server(self, message: Message) -> str:
        """
        The lane of a message the server sent.
        """
        if is_response(message):
            return self._of_response(message)
        lane = self._of_push(message)
        if "id" in message:
            self._asking[message["id"]] = lane
        if lane != HANDSHAKE:
            self._last = lane
        return lane

    def _of_response(self, message: Message) -> str:
        request_id = message["id"]
        waiting = self._asked.get(_key(request_id))
        lane = waiting.pop(0) if waiting else self._last
        self._hydrating = [pair for pair in self._hydrating if pair[0] != request_id]
        if not self._ready and request_id == self._initialize:
            self._ready = "result" in message
            if not self._ready:
                self._initialize = None
        if not lane.startswith(READ):
            self._last = lane
        return lane

    def _of_push(self, message: Message) -> str:
        method = message["method"]
        thread = thread_of(message)
        if thread is not None:
            self._follow(message, f"thread {thread}")
            return f"thread {thread}"
        if method in _CONNECTION_NOISE:
            return HANDSHAKE
        if method == "account/rateLimits/updated":
            # It names no thread, but each follows the token usage of its own model call.
            return self._usage.pop(0) if self._usage else self._last
        if method == "deprecationNotice":
            return self._hydrating[0][1] if self._hydrating else self._last
        if method.startswith(("account/", "command/exec", "fs/", "config/")):
            return family(message)
        return self._last

    def _follow(self, message: Message, lane: str) -> None:
        """
        Keep whose model call the next rate limits belong to.

        After a fork or a resume the usage of an old turn is told, without rate limits.
        """
        method, params = message["method"], message["params"]
        if method == "thread/tokenUsage/updated" and params.get("turnId") in self._active:
            self._usage.append(lane)
        elif method in ("turn/started", "turn/completed"):
            turn = params.get("turn")
            turn_id = turn.get("id") if isinstance(turn, dict) else None
            if method == "turn/started":
                self._active.add(turn_id)
            else:
                self._active.discard(turn_id)


def find_lanes(messages: Sequence[tuple[bool, Message | str]]) -> list[str]:
    """
    Name the lane of each message of one connection.

    Args:
        messages: Pairs of "the client sent it" and the message, in order.
    """
    finder = LaneFinder(_creations(messages))
    return [
        finder.client(message) if by_client else finder.server(message)  # type: ignore[arg-type]
        for by_client, message in messages
    ]


def _creations(
    messages: Iterable[tuple[bool, Message | str]],
) -> dict[object, list[str | None]]:
    waiting: dict[object, int] = {}
    created: dict[object, list[str | None]] = {}
    for by_client, message in messages:
        if isinstance(message, str):
            continue
        if by_client and message.get("method") in CREATING and "id" in message:
            waiting[_key(message["id"])] = waiting.get(_key(message["id"]), 0) + 1
        elif not by_client and is_response(message) and waiting.get(_key(message["id"])):
            waiting[_key(message["id"])] -= 1
            created.setdefault(_key(message["id"]), []).append(created_thread(message))
    return created


def _key(request_id: object) -> object:
    """
    A hashable form of an id: clients may send anything, and 1 is not "1" is not true.
    """
    return (type(request_id).__name__, str(request_id))

"""
Whether what a client sent is what was recorded.
"""

from __future__ import annotations

from .matching import MISSING, Bindings, Difference, compare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .engine import ReplayEngine
    from .messages import Message
    from .transcript import Event


class Agreement:
    """
    Compares live messages with recorded ones; names the client chose are bound as they agree.

    Args:
        engine: Knows the options, and the names bound so far.
    """

    def __init__(self, engine: ReplayEngine) -> None:
        self._engine = engine

    def request(self, message: Message, event: Event, keep: bool = True) -> Difference | None:
        """
        The first difference from a recorded request.

        Args:
            keep: Bind what agrees.
        """
        recorded = event.body
        method = message["method"]
        if method != recorded["method"]:
            return Difference("method", method, recorded["method"])
        options = self._engine.options
        bindings = self._engine.bindings.copy()
        found = None
        if "params" in options.match_on:
            path = "params" if method != "initialize" else "initialize.params"
            ours, theirs = message.get("params", MISSING), recorded.get("params", MISSING)
            if not (ours in (None, MISSING) and theirs in (None, MISSING)):
                found = self._compare(ours, theirs, bindings, path)
        for name in options.match_on:
            matcher = options.matchers.get(name)
            if found is None and matcher is not None and not matcher(message, recorded):
                found = Difference(
                    f"(matcher {name})", message.get("params"), recorded.get("params")
                )
        if found is None and keep and len(bindings.live) > len(self._engine.bindings.live):
            self._engine.bindings = bindings
            self._engine.bind_roots()
        return found

    def answer(self, message: Message, event: Event) -> Difference | None:
        """
        The first difference from the recorded answer to a request of the server; what agrees
        is bound.
        """
        ours = {key: value for key, value in message.items() if key not in ("id", "jsonrpc")}
        theirs = {key: value for key, value in event.body.items() if key != "id"}
        bindings = self._engine.bindings.copy()
        found = self._compare(ours, theirs, bindings, "answer")
        if found is not None and self._engine.options.approvals != "any":
            found.path = found.path.removeprefix("answer.")
            return found
        self._engine.bindings = bindings
        return None

    def same(self, message: Message, recorded: Message) -> bool:
        """
        Whether two messages agree as a whole, their ids perhaps under other names.
        """
        return self._compare(message, recorded, self._engine.bindings.copy(), "answer") is None

    def _compare(self, ours: Any, theirs: Any, bindings: Bindings, path: str) -> Difference | None:
        if not bindings.live and ours == theirs:
            return None
        ignored = self._engine.ignored
        found = compare(ours, theirs, bindings, ignored, path)
        if found is None:
            return None
        # This machine may take more for secret than the recording one: its host name, say.
        masked = self._engine.redactor.message(theirs) if isinstance(theirs, dict) else theirs
        return found if masked == theirs else compare(ours, masked, bindings, ignored, path)

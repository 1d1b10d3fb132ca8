"""
What can go wrong in a replay, as facts; ``mismatch`` turns them into sentences.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .engine import ReplayEngine
    from .matching import Difference
    from .transcript import Event


class Problem:
    """
    One thing the live client did that the recording does not hold.

    Attributes:
        kind: ``mismatch``, ``client`` (it broke the protocol) or ``stalled``.
        reason: ``differs``, ``unexpected``, ``nothing_similar``, ``answer_differs``,
            ``not_asked``, ``forbidden``, ``spawn_differs``, ``not_json`` or ``stalled``.
        message: What was received.
        ordinal: Which request of its method it was, from 1.
        nearest: The recorded message it was compared with.
        difference: The first field that differs from it.
        detail: One more sentence.
    """

    __slots__ = (
        "detail",
        "difference",
        "engine",
        "kind",
        "message",
        "nearest",
        "ordinal",
        "reason",
    )

    def __init__(
        self,
        engine: ReplayEngine,
        kind: str,
        reason: str,
        message: Any = None,
        *,
        ordinal: int = 0,
        nearest: Event | None = None,
        difference: Difference | None = None,
        detail: str = "",
    ) -> None:
        self.engine = engine
        self.kind = kind
        self.reason = reason
        self.message = message
        self.ordinal = ordinal
        self.nearest = nearest
        self.difference = difference
        self.detail = detail

    def text(self) -> str:
        """
        The whole report of this problem.
        """
        from .mismatch import describe

        return describe(self)


class Leftover:
    """
    One recorded client message that was not played.
    """

    __slots__ = ("engine", "event", "reason")

    def __init__(self, engine: ReplayEngine, event: Event, reason: str) -> None:
        self.engine = engine
        self.event = event
        self.reason = reason

    @property
    def line(self) -> int:
        """
        Its line in the cassette.
        """
        return self.event.line

    def text(self) -> str:
        """
        One line that names it.
        """
        from .mismatch import describe_leftover

        return describe_leftover(self)


class Complaints:
    """
    What one connection has to complain of, for the whole session.

    Args:
        engine: Keeps the problems of all connections.
    """

    def __init__(self, engine: ReplayEngine) -> None:
        self._engine = engine
        self._asked: dict[str, int] = {}

    def count(self, method: str) -> None:
        """
        Count a request, to say which of its method it was.
        """
        self._asked[method] = self._asked.get(method, 0) + 1

    def add(
        self,
        kind: str,
        reason: str,
        message: Any = None,
        *,
        nearest: Event | None = None,
        difference: Difference | None = None,
        detail: str = "",
    ) -> Problem:
        """
        Note a problem; the arguments are its attributes.
        """
        ordinal = 0
        if isinstance(message, dict):
            ordinal = self._asked.get(str(message.get("method")), 0)
        problem = Problem(
            self._engine,
            kind,
            reason,
            message,
            ordinal=ordinal,
            nearest=nearest,
            difference=difference,
            detail=detail,
        )
        self._engine.problems.append(problem)
        return problem

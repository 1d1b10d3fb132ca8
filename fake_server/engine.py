"""
The replay engine: messages in, messages out. No clock, no threads, no I/O.

Make one engine per session and call ``connect`` once per connection. After
``Connection.receive`` carry out every action it returns, in order. The engine is not
thread-safe: with several connections, hold one lock around every call.
"""

from __future__ import annotations

from .connection import Connection
from .matching import Bindings, Ignored
from .placeholders import Places
from .plan import GATE, make_plans
from .problems import Leftover, Problem
from .quiet import NoCollection
from .spawning import launch_options
from .swapping import Threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from .claims import Claims
    from .plan import ConnectionPlan, Read
    from .redaction import Redactor
    from .transcript import Event, Transcript

_ALWAYS_IGNORED = ("initialize.params.clientInfo.version",)
"""The client's own version says nothing about its behaviour."""


class ReplayOptions:
    """
    How strictly a recording is replayed.

    Args:
        match_on: What must agree: ``"method"``, ``"params"``, or the name of a matcher.
        ignore: Paths left out of the comparison, such as ``params.input[*].text``.
        approvals: ``"declared"``: answers must be the recorded ones; ``"any"``: whatever the
            client answers is taken; ``"forbid"``: an approval that is asked fails the test.
        optional: Methods whose recorded requests need not be sent.
        rerecord: The command that records anew, for messages.
        mode: The record mode, for messages.
        matchers: Matchers by name; each takes the received and the recorded message and
            says whether they agree.
    """

    __slots__ = ("approvals", "ignore", "match_on", "matchers", "mode", "optional", "rerecord")

    def __init__(
        self,
        match_on: Iterable[str] = ("method", "params"),
        ignore: Iterable[str] = (),
        approvals: str = "declared",
        optional: Iterable[str] = (),
        rerecord: str = "pytest --codex-record-mode=rewrite",
        mode: str = "none",
        matchers: dict[str, Callable[[Any, Any], bool]] | None = None,
    ) -> None:
        self.match_on = tuple(match_on)
        self.ignore = tuple(ignore)
        self.approvals = approvals
        self.optional = tuple(optional)
        self.rerecord = rerecord
        self.mode = mode
        self.matchers = matchers or {}


class ReplayEngine:
    """
    Plays one transcript to the clients of one session.

    Args:
        transcript: What was recorded.
        places: Directories by name; new working directories are learnt into it.
        redactor: Masks live requests as the recorded ones were masked.
        options: How strictly to match.

    Attributes:
        problems: What went wrong, in order.
        played: How many recorded client messages were met.
        sent: How many server messages were sent.
        claims: What other processes of the session play; None when there are none.
    """

    def __init__(
        self,
        transcript: Transcript,
        places: Places,
        redactor: Redactor,
        options: ReplayOptions | None = None,
    ) -> None:
        self.transcript = transcript
        self.places = places
        self.redactor = redactor
        self.options = options or ReplayOptions()
        self.ignored = Ignored((*self.options.ignore, *_ALWAYS_IGNORED))
        with NoCollection():
            self.plans = make_plans(transcript)
        self.bindings = Bindings()
        self.threads = Threads()
        self.problems: list[Problem] = []
        self.played = 0
        self.sent = 0
        self.claims: Claims | None = None
        self.fill = Places()
        for name, path in places.paths.items():
            self.fill.bind(name, path)

    @property
    def total(self) -> int:
        """
        How many client messages that want a counterpart were recorded.
        """
        return sum(1 for _ in self._expected())

    def connect(
        self, args: Sequence[str] = (), cwd: str | None = None, number: int | None = None
    ) -> Connection:
        """
        Begin the next connection.

        Args:
            args: The command line the client used, without the program.
            cwd: The working directory it chose, None when it did not say.
            number: The recorded connection to play; None takes the next one.
        """
        return Connection(self, launch_options(args), cwd, number)

    def to_live(self, text: str) -> str:
        """
        A recorded message's JSON text as the live client is to see it.
        """
        text = self.fill.fill_json_text(text)
        if self.threads.live:
            text = self.threads.to_live(text)
        return self.bindings.to_live(text)

    def bind_roots(self) -> None:
        """
        Let recorded directories stand for the live ones they were bound to.
        """
        for name, path in self.places.paths.items():
            if name not in self.fill.paths:
                self.fill.bind(name, path)
        for recorded, live in self.bindings.live.items():
            if recorded.startswith("{cwd"):
                path = self.places.paths.get(live.strip("{}"), "")
                if path and self.fill.paths.get(recorded.strip("{}")) != path:
                    self.fill.bind(recorded.strip("{}"), path)

    def is_free(self, plan: ConnectionPlan) -> bool:
        """
        Whether no other process of the session plays a connection.
        """
        return self.claims is None or self.claims.is_free(plan.number)

    def is_kept(self, plan: ConnectionPlan) -> bool:
        """
        Whether other processes of the session are kept from playing a connection.
        """
        return self.claims is None or self.claims.is_mine(plan.number)

    def take(self, plan: ConnectionPlan) -> bool:
        """
        Keep other processes from playing a connection; False when one does already.
        """
        return self.claims is None or self.claims.take(plan.number)

    def release(self, plan: ConnectionPlan) -> None:
        """
        Let others play a connection again.
        """
        if self.claims is not None:
            self.claims.release(plan.number)

    def share(self, claims: Claims) -> None:
        """
        Play beside other processes from now on; what is decided here is taken.
        """
        self.claims = claims
        for plan in self.plans:
            if plan.player is not None and plan.player.settled:
                claims.take(plan.number)

    def leftovers(self) -> list[Leftover]:
        """
        What was recorded and not played, in file order.
        """
        found = [
            Leftover(self, event, "the client never sent it")
            for event, met in self._expected()
            if not met and str(event.body.get("method", "answer")) not in self.options.optional
        ]
        return sorted(found, key=lambda leftover: leftover.line)

    def _expected(self) -> Iterator[tuple[Event, bool]]:
        for plan in self.plans:
            for lane in plan.lanes.values():
                for step in lane.steps:
                    if step.kind == GATE:
                        yield step.event, step.met
            yield from ((read.event, self._seen(plan, read)) for read in plan.reads)

    def _seen(self, plan: ConnectionPlan, read: Read) -> bool:
        """
        A read that was not played counts as played when an equal one gave the same answer.
        """
        return read.played or any(
            other.played
            and other.event.body.get("params") == read.event.body.get("params")
            and other.event.body["method"] == read.event.body["method"]
            and other.answer is not None
            and read.answer is not None
            and {**other.answer.body, "id": 0} == {**read.answer.body, "id": 0}
            for other in plan.reads
        )

    def nearest(self, plan: ConnectionPlan, method: str) -> Event | None:
        """
        The next recorded request of a method that was not played, for a report.
        """
        wanted = [
            event
            for event, met in self._expected()
            if not met and event.conn == plan.number and event.body.get("method") == method
        ]
        return wanted[0] if wanted else None

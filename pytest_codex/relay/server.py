"""
The relay between the real agent and a real model, and the recorded model in its place.

Bytes go to the agent as they arrive; what is kept of them is worked out afterwards.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fake_server.errors import CassetteNotFoundError, HarnessError, StalledError
from pytest_codex.model.loopback import Loopback
from pytest_codex.relay import events
from pytest_codex.relay.model_cassette import ModelCassette
from pytest_codex.relay.relaying import RelayHandler
from pytest_codex.relay.upstream import CONNECT_SECONDS, IDLE_SECONDS, Upstream
from pytest_codex.relay.wording import Wording

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from typing_extensions import Self

    from fake_server.placeholders import Places
    from fake_server.redaction import Redactor
    from pytest_codex.model.calls import ModelCall
    from pytest_codex.relay.model_cassette import Exchange

MODES = ("none", "once", "rewrite")
_SETTLE_SECONDS = 10.0
_RECORD = "record the model anew: --codex-tier=live --codex-record-mode=rewrite"


class Usage(NamedTuple):
    """
    Tokens, as the answers of the model counted them.
    """

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0


def open_relay(
    path: str | os.PathLike[str] | None,
    mode: str,
    upstream: str | None,
    *,
    places: Places,
    redactor: Redactor,
    name: str | None = None,
    clean: Callable[[str], str] | None = None,
    how_to_record: str = _RECORD,
    connect: float = CONNECT_SECONDS,
    idle: float = IDLE_SECONDS,
) -> Relay:
    """
    Start a relay, or the recorded model in its place.

    Args:
        path: The model cassette; None forwards and keeps nothing.
        mode: ``none`` answers from the cassette, ``rewrite`` records it, ``once`` records
            it when it is missing.
        upstream: Base URL of the real model; not used where the cassette answers.
        places: Directories by placeholder; may learn more while the relay runs.
        redactor: Takes secrets out.
        name: What errors call the cassette.
        clean: A change of what tools gave back, before it is matched or kept.
        how_to_record: The hint of an error, best a command.
        connect: Seconds until a connection to the real model must be there.
        idle: Seconds the real model may be silent.

    Raises:
        CassetteNotFoundError: Nothing is recorded, and it was not to be recorded.
        CassetteError: The cassette is damaged or too new.
        HarnessError: There is no such mode, or no upstream to record from.
    """
    if mode not in MODES:
        raise HarnessError(f"there is no record mode {mode!r} for a model; {', '.join(MODES)} are")
    cassette = None if path is None else ModelCassette(Path(path), name)
    replays = cassette is not None and (
        mode == "none" or (mode == "once" and cassette.path.exists())
    )
    if cassette is not None and replays:
        try:
            cassette.load()
        except CassetteNotFoundError as error:
            raise CassetteNotFoundError(f"{error}\nHow to fix:\n  * {how_to_record}") from None
    if not replays and upstream is None:
        raise HarnessError("a real model has no base URL here: nothing can be asked or recorded")
    real = None if replays or upstream is None else Upstream(upstream, connect=connect, idle=idle)
    return Relay(real, cassette, lambda: Wording(places, redactor, clean), how_to_record)


class Relay:
    """
    What the agent takes for its model.

    Args:
        upstream: The real model; None answers from the cassette.
        cassette: What is recorded into, or answered from; None keeps nothing.
        wording: Makes the masks for one request.
        how_to_record: The hint of an error.

    Attributes:
        url: What the agent's ``base_url`` must be.
        calls: What the agent asked, in order; headers with credentials are masked.
        problems: What went wrong, in sentences; each must fail the test.
        ids: The new name of each id the model gave, once ``conclude`` has saved. Whoever
            records the wire, too, puts them there, so that both recordings speak of the same.
    """

    def __init__(
        self,
        upstream: Upstream | None,
        cassette: ModelCassette | None,
        wording: Callable[[], Wording],
        how_to_record: str = _RECORD,
    ) -> None:
        self.upstream = upstream
        self.cassette = cassette
        self.wording = wording
        self.how_to_record = how_to_record
        self.calls: list[ModelCall] = []
        self.problems: list[str] = []
        self.ids: dict[str, str] = {}
        self.playing = threading.Lock()
        self._changed = threading.Condition()
        self._begun = 0
        self._under_way = 0
        self._exchanges: dict[int, Callable[[], Exchange]] = {}
        self._counts = dict.fromkeys(events.USAGE, 0)
        self._closing = False

        class Bound(RelayHandler):
            relay = self

        self._http = Loopback(Bound, "model-relay")
        self.path = upstream.path if upstream is not None else "/v1"
        self.url = self._http.origin + self.path

    @property
    def usage(self) -> Usage:
        """
        The tokens of all answers so far, recorded ones included.
        """
        with self._changed:
            return Usage(**self._counts)

    @property
    def leftovers(self) -> list[str]:
        """
        Recorded calls nobody asked for; none while recording.
        """
        if self.upstream is not None or self.cassette is None:
            return []
        return self.cassette.leftovers

    def conclude(self, timeout: float = _SETTLE_SECONDS) -> bool:
        """
        Save what was recorded, unless something went wrong, and say whether the file changed.

        Args:
            timeout: Seconds an answer that is still under way may take.

        Raises:
            SecretError: It looks as if a secret were in it; nothing was written.
            StalledError: An answer is still under way.
        """
        from pytest_codex.relay.recording_order import settle

        with self._changed:
            if not self._changed.wait_for(lambda: self._under_way == 0, timeout):
                raise StalledError(
                    f"the model was still answering {timeout:g} s after the test had ended: "
                    "complete or interrupt the turn before the test ends"
                )
            recorded = [self._exchanges[number] for number in sorted(self._exchanges)]
        if self.upstream is None or self.cassette is None or self.problems:
            return False
        settled, self.ids = settle([exchange() for exchange in recorded])
        return self.cassette.save(settled)

    def close(self) -> None:
        """
        Stop at once; answers that are under way are cut off.
        """
        self._closing = True
        self._http.close()
        if self.upstream is not None:
            self.upstream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def begin(self, call: ModelCall | None) -> int:
        """
        Note a request; every number goes to ``end`` once.
        """
        with self._changed:
            self._begun += 1
            self._under_way += 1
            if call is not None:
                self.calls.append(call)
            return self._begun

    def end(self, number: int, exchange: Callable[[], Exchange] | None, answer: str) -> None:
        """
        Note what became of a request.

        Args:
            exchange: Works out what to keep of it, when it is saved; None for nothing.
            answer: What the model said, for its count of tokens.
        """
        counts = events.token_usage(answer)
        with self._changed:
            self._under_way -= 1
            if exchange is not None:
                self._exchanges[number] = exchange
            for name, count in counts.items():
                self._counts[name] += count
            self._changed.notify_all()

    def complain(self, problem: str) -> str:
        """
        Note a problem, and hand it back.
        """
        with self._changed:
            if not self._closing:  # what closing cuts off is nobody's fault
                self.problems.append(problem)
        return problem

"""
What the relay does with one request: pass it on and keep the answer, or answer from a cassette.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_codex.model.calls import ModelCall
from pytest_codex.model.loopback import Handler
from pytest_codex.relay import events
from pytest_codex.relay.answers import EVENTS, Heard, is_stream, kept
from pytest_codex.relay.conversation import reduce
from pytest_codex.relay.encodings import Decoder, UndecodableError
from pytest_codex.relay.hanging_up import Watch, is_gone, wait
from pytest_codex.relay.model_cassette import Exchange
from pytest_codex.relay.upstream import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.relay.conversation import Said
    from pytest_codex.relay.server import Relay
    from pytest_codex.relay.upstream import UpstreamAnswer

HOLD_SECONDS = 60.0
"""How long an answer that was interrupted when it was recorded keeps the agent waiting."""

_NO_WEBSOCKETS = "no websockets here; HTTP works"


class Asked(NamedTuple):
    """
    A request of the agent.
    """

    number: int
    said: Callable[[], Said]
    headers: dict[str, str]
    raw: bytes
    thread: str


class RelayHandler(Handler):
    """
    One connection of the agent; a subclass knows the relay.
    """

    relay: Relay

    def do_GET(self) -> None:  # noqa: N802
        """
        The list of models, mostly.
        """
        if self.headers.get("upgrade"):
            # Codex takes this status for: never try again in this session.
            self.plain(426, _NO_WEBSOCKETS)
            return
        self._serve(None)

    def do_POST(self) -> None:  # noqa: N802
        """
        A call of the model.
        """
        raw = self.body()
        try:
            plain = Decoder(self.headers.get("content-encoding", "")).decode(raw)
            body = json.loads(plain) if plain else None
        except (UndecodableError, ValueError) as error:
            self.plain(400, self.relay.complain(f"the agent's request cannot be read: {error}"))
            return
        self._serve(body, raw)

    def _serve(self, body: Any, raw: bytes = b"") -> None:
        path = self.path.partition("?")[0]
        if not path.startswith(self.relay.path):
            self.plain(404, f"there is nothing at {path}; the model is at {self.relay.path}")
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        posted = self.command == "POST"
        given = body if isinstance(body, dict) else {}
        number = self.relay.begin(ModelCall(given, headers, self.path) if posted else None)
        exchange: Callable[[], Exchange] | None = None
        answer = ""
        try:
            below = path[len(self.relay.path) :]

            def said() -> Said:
                return reduce(body, below, headers, self.relay.wording(), self.command)

            if self.relay.upstream is None:
                answer = self._replay(said())
            else:
                # What it says is worked out after the test: that takes a while.
                asked = Asked(number, said, headers, raw, _thread(headers, given))
                answer, exchange = self._forward(asked)
        except OSError:  # the agent hung up: a turn was interrupted or steered
            self.close_connection = True
        except Exception as error:  # noqa: BLE001 - or it would end a thread nobody looks at
            self.relay.complain(f"the relay failed at call {number}: {error!r}")
            self.drop()
        finally:
            self.relay.end(number, exchange, answer)

    def _replay(self, said: Said) -> str:
        """
        Answer from the cassette.
        """
        cassette = self.relay.cassette
        assert cassette is not None
        with self.relay.playing:
            response = cassette.play(said)
            if response is None and said.method == "POST":
                problem = cassette.explain(said, len(self.relay.calls), self.relay.how_to_record)
        if response is None:
            if said.method == "GET":  # the agent then uses the list it brought along
                self.whole(200, {"content-type": "application/json"}, b'{"models":[]}')
            else:
                # 400 in plain text: the agent passes it on word for word and does not try again.
                self.plain(400, self.relay.complain(problem))
            return ""
        recorded = response["body"]["string"]
        text = recorded.decode() if isinstance(recorded, bytes) else str(recorded)
        headers = {name: values[0] for name, values in response["headers"].items()}
        if is_stream(headers, text):
            text = events.filled(text, said.wording)
        else:
            text = said.wording.fill(text)
        status = response["status"]["code"]
        if not response.get("interrupted"):
            self.whole(status, headers, text.encode())
            return text
        self.head(status, {**headers, "transfer-encoding": "chunked"})
        if text:
            self._chunk(text.encode())
        self.wfile.flush()
        wait(lambda: is_gone(self.connection), HOLD_SECONDS)
        self.drop()
        return text

    def _forward(self, asked: Asked) -> tuple[str, Callable[[], Exchange] | None]:
        """
        Pass a request on, its answer back, and say what is to be kept.
        """
        upstream = self.relay.upstream
        assert upstream is not None
        watch = Watch(self.connection)
        try:
            answer = upstream.send(
                self.command, self.path, asked.headers, asked.raw, watch.connected
            )
            try:
                heard = self._tee(answer, watch)
            finally:
                watch.stop()
                answer.close()
        except UpstreamError as error:
            if not watch.gone:
                # Not 502, which it deserves: the agent would try again, and hide the text.
                self.plain(400, self.relay.complain(f"model call {asked.number}: {error}"))
                return "", None
            heard = Heard(200, "OK", {"content-type": EVENTS}, "", True, str(error))
        finally:
            watch.stop()
        if heard.fault is not None and not heard.gone:
            self.relay.complain(f"model call {asked.number}: {heard.fault}")
            return heard.text, None
        if self.relay.cassette is None:
            return heard.text, None

        def exchange() -> Exchange:
            said = asked.said()
            return Exchange(said, kept(heard, said), asked.thread, asked.headers)

        return heard.text, exchange

    def _tee(self, answer: UpstreamAnswer, watch: Watch) -> Heard:
        """
        Send the agent what arrives, as soon as it does.
        """
        chunked = answer.length is None
        size = {"transfer-encoding": "chunked"} if chunked else {"content-length": answer.length}
        self.head(
            answer.status,
            {**answer.headers, **{name: str(value) for name, value in size.items()}},
            answer.reason,
        )
        self.wfile.flush()
        pieces: list[bytes] = []
        fault = None
        try:
            while piece := answer.read():
                pieces.append(piece)
                self._chunk(piece) if chunked else self._piece(piece)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
                self.wfile.flush()
        except UpstreamError as error:
            fault = str(error)
            watch.stop()  # that the agent closes its end of what we drop is not why it ended
            self.drop()
        except OSError:
            watch.gone = True
            self.close_connection = True
        text = b"".join(pieces).decode("utf-8", "replace")
        if fault is None and answer.status == 200 and is_stream(answer.headers, text):
            fault = events.unfinished(text)
            fault = fault and f"the answer of {answer.origin} {fault}"
        elif watch.gone and fault is None:
            fault = "the agent hung up"
        return Heard(answer.status, answer.reason, answer.headers, text, watch.gone, fault)

    def _chunk(self, piece: bytes) -> None:
        self._piece(b"%x\r\n%s\r\n" % (len(piece), piece))

    def _piece(self, piece: bytes) -> None:
        self.wfile.write(piece)
        self.wfile.flush()


def _thread(headers: dict[str, str], body: dict[str, Any]) -> str:
    """
    The Codex thread that asks.
    """
    client = body.get("client_metadata")
    described = client.get("thread_id") if isinstance(client, dict) else None
    return str(headers.get("thread-id") or described or headers.get("session-id") or "")

"""
What the relay does with one request: pass it on and keep the answer, or answer from a cassette.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_codex.model import events
from pytest_codex.model.calls import ModelCall
from pytest_codex.model.conversation import reduce
from pytest_codex.model.encodings import Decoder, UndecodableError
from pytest_codex.model.loopback import Handler
from pytest_codex.model.model_cassette import Exchange
from pytest_codex.model.upstream import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.model.conversation import Said
    from pytest_codex.model.relay import Relay
    from pytest_codex.model.upstream import UpstreamAnswer

HOLD_SECONDS = 60.0
"""How long an answer that was interrupted when it was recorded keeps the agent waiting."""

_LOOK_SECONDS = 0.05
_EVENTS = "text/event-stream"
_NO_WEBSOCKETS = "no websockets here; HTTP works"


class Asked(NamedTuple):
    """
    A request of the agent.
    """

    number: int
    said: Said
    headers: dict[str, str]
    raw: bytes
    thread: str


class Heard(NamedTuple):
    """
    What came of a real model's answer.

    Args:
        status: The HTTP status.
        reason: Its words.
        headers: Names in lower case.
        text: The body.
        gone: Whether the agent hung up before its end.
        fault: Why it came to no end; None when it did.
    """

    status: int
    reason: str
    headers: dict[str, str]
    text: str
    gone: bool
    fault: str | None


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
        exchange: Exchange | None = None
        answer = ""
        try:
            below = path[len(self.relay.path) :]
            said = reduce(body, below, headers, self.relay.wording(), self.command)
            asked = Asked(number, said, headers, raw, _thread(headers, given))
            if self.relay.upstream is None:
                answer = self._replay(said)
            else:
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
        if _is_stream(headers, text):
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
        _wait(lambda: _is_gone(self.connection), HOLD_SECONDS)
        self.drop()
        return text

    def _forward(self, asked: Asked) -> tuple[str, Exchange | None]:
        """
        Pass a request on, its answer back, and say what is to be kept.
        """
        upstream = self.relay.upstream
        assert upstream is not None
        watch = _Watch(self.connection)
        try:
            answer = upstream.send(
                self.command, self.path, asked.headers, asked.raw, watch.connected
            )
            try:
                heard = self._tee(answer, watch)
            finally:
                answer.close()
        except UpstreamError as error:
            if not watch.gone:
                # Not 502, which it deserves: the agent would try again, and hide the text.
                self.plain(400, self.relay.complain(f"model call {asked.number}: {error}"))
                return "", None
            heard = Heard(200, "OK", {"content-type": _EVENTS}, "", True, str(error))
        finally:
            watch.stop()
        if heard.fault is not None and not heard.gone:
            self.relay.complain(f"model call {asked.number}: {heard.fault}")
            return heard.text, None
        if self.relay.cassette is None:
            return heard.text, None
        kept = _kept(heard, asked.said)
        return heard.text, Exchange(asked.said, kept, asked.thread, asked.headers)

    def _tee(self, answer: UpstreamAnswer, watch: _Watch) -> Heard:
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
            self.drop()
        except OSError:
            watch.gone = True
            self.close_connection = True
        text = b"".join(pieces).decode("utf-8", "replace")
        if fault is None and answer.status == 200 and _is_stream(answer.headers, text):
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


class _Watch:
    """
    Ends an answer nobody listens to any more, while its next piece is awaited.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.gone = False
        self._connection = connection
        self._upstream: socket.socket | None = None
        self._done = threading.Event()
        threading.Thread(target=self._look, name="model-relay-watch", daemon=True).start()

    def _look(self) -> None:
        while not self._done.wait(_LOOK_SECONDS):
            if _is_gone(self._connection):
                self.gone = True
                if self._upstream is not None:
                    with suppress(OSError):
                        self._upstream.shutdown(socket.SHUT_RDWR)
                return

    def connected(self, upstream: socket.socket) -> None:
        """
        This is the connection to end.
        """
        self._upstream = upstream

    def stop(self) -> None:
        """
        The answer has ended.
        """
        self._done.set()


def _is_gone(connection: socket.socket) -> bool:
    """
    Whether the agent closed its end.
    """
    try:
        if not select.select([connection], [], [], 0)[0]:
            return False
        return not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True


def _wait(happened: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)


def _kept(heard: Heard, said: Said) -> dict[str, Any]:
    """
    An answer as vcrpy keeps it.
    """
    if _is_stream(heard.headers, heard.text):
        body = events.stored(heard.text, said.wording)
    else:
        body = _masked_body(heard.text, said)
    kept = {
        "status": {"code": heard.status, "message": heard.reason},
        "headers": {name: [said.wording.answer_text(v)] for name, v in heard.headers.items()},
        "body": {"string": body},
    }
    # As long as it was until the agent had enough; played again, it must not end either.
    return {**kept, "interrupted": True} if heard.fault is not None else kept


def _masked_body(text: str, said: Said) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return said.wording.answer_text(text)
    return json.dumps(said.wording.answer(value), ensure_ascii=False, separators=(",", ":"))


def _is_stream(headers: dict[str, str], text: str) -> bool:
    return _EVENTS in headers.get("content-type", "") or text.startswith(("event:", "data:"))


def _thread(headers: dict[str, str], body: dict[str, Any]) -> str:
    """
    The Codex thread that asks.
    """
    client = body.get("client_metadata")
    described = client.get("thread_id") if isinstance(client, dict) else None
    return str(headers.get("thread-id") or described or headers.get("session-id") or "")

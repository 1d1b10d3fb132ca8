"""
What the relay costs between agent and model: the delay of the first event, and of each.

The model sends an event only after the agent has the one before, so nothing can be held
back unseen: a relay that buffered would never come to an end.
"""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.model.loopback import Handler, Loopback
from pytest_codex.relay.server import open_relay

from .measure import Result, milliseconds, paired

EVENTS = 500
ROUNDS = 20
FIRST_LIMIT = 5.0
EACH_LIMIT = 1.0
_ASKED = json.dumps({"model": "m", "input": [{"role": "user", "content": "go"}]})


class Model(Handler):
    """
    Streams events, each after the one before was seen.
    """

    seen: threading.Semaphore
    events = EVENTS

    def do_POST(self) -> None:  # noqa: N802
        """
        Answer a call.
        """
        self.body()
        self.head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        for number in range(EVENTS):
            event = {"type": "response.output_text.delta", "item_id": "msg_1", "delta": str(number)}
            self._send(b"data: " + json.dumps(event).encode() + b"\n\n")
            if not self.seen.acquire(timeout=10):
                return
        self._send(b'data: {"type":"response.completed"}\n\n')
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _send(self, event: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.flush()


class Stream:
    """
    The time one answer takes on its way to the agent.

    Attributes:
        pieces: How many events came one by one.
    """

    def __init__(self, url: str, seen: threading.Semaphore) -> None:
        parts = urlsplit(url)
        self._address = str(parts.hostname), parts.port
        self._seen = seen
        self.pieces = 0

    def first(self) -> float:
        """
        Seconds until the first event is there.
        """
        return self._ask()[0]

    def each(self) -> float:
        """
        Seconds from one event to the next, on average.
        """
        first, whole = self._ask()
        return (whole - first) / (EVENTS - 1)

    def _ask(self) -> tuple[float, float]:
        link = http.client.HTTPConnection(*self._address, timeout=20)
        begin = time.perf_counter()
        link.request("POST", "/v1/responses", _ASKED, {"content-type": "application/json"})
        answer = link.getresponse()
        first = 0.0
        self.pieces = 0
        for _ in range(EVENTS):
            assert answer.read1(), "the stream ended early"
            first = first or time.perf_counter() - begin
            self.pieces += 1
            self._seen.release()
        whole = time.perf_counter() - begin
        assert b"completed" in answer.read()
        link.close()
        return first, whole


def measure() -> list[Result]:
    """
    Ask the same model directly and through a relay that records.
    """
    seen = threading.Semaphore(0)
    Bound = type("Bound", (Model,), {"seen": seen})  # noqa: N806 - it is a class
    upstream = Loopback(Bound, "bench-model")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a.model.yaml"
        url = f"{upstream.origin}/v1"
        relay = open_relay(path, "rewrite", url, places=Places(), redactor=Redactor())
        with relay:
            direct, through = Stream(url, seen), Stream(relay.url, seen)
            late, early = paired(through.first, direct.first, ROUNDS)
            slow, fast = paired(through.each, direct.each, ROUNDS)
            pieces = through.pieces
        upstream.close()
    return [
        Result(
            "relay: first event later by",
            (late - early) * 1000,
            FIRST_LIMIT,
            unit="ms",
            detail=f"{milliseconds(late)} / {milliseconds(early)}",
        ),
        Result(
            "relay: each event later by",
            (slow - fast) * 1000,
            EACH_LIMIT,
            unit="ms",
            detail=f"{milliseconds(slow)} / {milliseconds(fast)}",
        ),
        Result("relay: events that came one by one", pieces, EVENTS, at_least=True, unit=""),
    ]

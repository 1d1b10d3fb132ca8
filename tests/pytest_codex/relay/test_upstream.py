"""
Upstreams that fail: each ends inside its deadline, with a sentence for the agent and the test.
"""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay import relaying
from pytest_codex.relay.hanging_up import Watch, wait
from pytest_codex.relay.relaying import RelayHandler
from pytest_codex.relay.server import Relay, open_relay
from pytest_codex.relay.upstream import Upstream as Real
from pytest_codex.relay.upstream import UpstreamError
from tests.pytest_codex.relay.upstreams import (
    Conversing,
    Upstream,
    answers,
    completed,
    event,
    message,
    request,
    says,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pytest_codex.relay.upstreams import Behaviour

DEADLINE = 5.0
IDLE = 0.5


def ask(url: str, path: Path, **how: Any) -> tuple[int, bytes, Relay, float]:
    """
    One call through a relay that records: status, body, the relay, seconds.
    """
    relay = open_relay(
        path,
        "rewrite",
        url,
        places=Places(),
        redactor=Redactor(),
        connect=how.pop("connect", 1.0),
        idle=how.pop("idle", IDLE),
    )
    parts = urlsplit(relay.url)
    begin = time.monotonic()
    with (
        relay,
        closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)) as to,
    ):
        to.request("POST", "/v1/responses", json.dumps(request("hi")))
        answer = to.getresponse()
        try:
            body = answer.read()
        except http.client.IncompleteRead as error:
            body = error.partial + b"<cut>"
        took = time.monotonic() - begin
        relay.conclude()
    return answer.status, body, relay, took


def cut(to: Conversing) -> None:
    """
    Drop the connection in the middle of an event.
    """
    to.begin()
    to.send(message("one"), b'event: response.output_text.delta\ndata: {"type":"resp')
    to.drop()


def kill(to: Conversing) -> None:
    """
    Die before an answer.
    """
    to.drop()


def stop_talking(to: Conversing) -> None:
    """
    Send a part and nothing more.
    """
    to.begin()
    to.send(message("one"))
    to.connection.settimeout(20)
    to.connection.recv(1)


def say_nothing(to: Conversing) -> None:
    """
    Never answer.
    """
    to.connection.settimeout(20)
    to.connection.recv(1)


def too_short(to: Conversing) -> None:
    """
    Promise more bytes than come.
    """
    to.head(200, {"content-type": "text/event-stream", "content-length": "100000"})
    to.wfile.write(message("one"))
    to.drop()


def damaged(to: Conversing) -> None:
    """
    Say it is gzip, and send something else.
    """
    to.begin({"content-encoding": "gzip"})
    to.send(b"no gzip at all")
    to.end()


FAILING: dict[str, tuple[Behaviour, str]] = {
    "cut": (cut, "hung up in the middle of an answer"),
    "killed": (kill, "hung up before it answered"),
    "silent": (stop_talking, "sent nothing for 0.5 s in the middle of an answer"),
    "dumb": (say_nothing, "did not answer within 0.5 s"),
    "short": (too_short, "hung up in the middle of an answer"),
    "damaged": (damaged, "sent a damaged answer: the body is no gzip"),
    "brotli": (answers(200, {"content-encoding": "br"}, b"x"), "compressed its answer unasked"),
    "unfinished": (says(message("one")), "ended without response.completed"),
    "malformed": (
        says(b"data: {not json}\n\n", b"data: junk\n\n"),
        "ended without response.completed; 2 of its events were no JSON, the first: '{not json}'",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_upstream_is_a_problem(name: str, tmp_path: Path) -> None:
    """
    What the upstream did wrong is told in time, the agent gets an answer, nothing is kept.
    """
    behave, expected = FAILING[name]
    path = tmp_path / "a.model.yaml"

    with Upstream(behave) as upstream:
        status, body, relay, took = ask(upstream.url, path)

    (problem,) = relay.problems
    assert expected in problem
    assert problem.startswith("model call 1: ")
    assert took < DEADLINE
    assert not path.exists()
    if status == 200:
        assert body.endswith(b"<cut>") == (name not in ("unfinished", "malformed"))
    else:
        assert (400, problem) == (status, body.decode())


def test_an_agent_that_hangs_up_on_a_failure_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whoever sees its answer cut off closes its end, too: that is not why the answer ended.
    """
    watches: list[Watch] = []

    def watch(connection: socket.socket) -> Watch:
        watches.append(Watch(connection))
        return watches[-1]

    def drop(handler: RelayHandler) -> None:
        dropped(handler)
        wait(lambda: watches[0].gone, IDLE)

    dropped = RelayHandler.drop
    monkeypatch.setattr(relaying, "Watch", watch)
    monkeypatch.setattr(RelayHandler, "drop", drop)
    with Upstream(cut) as upstream:
        _, _, relay, _ = ask(upstream.url, tmp_path / "a.model.yaml")

    (problem,) = relay.problems
    assert "hung up in the middle of an answer" in problem


def test_nobody_listens(tmp_path: Path) -> None:
    """
    A refused connection is told at once.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]

    status, body, relay, took = ask(f"http://127.0.0.1:{port}/v1", tmp_path / "a.model.yaml")

    assert 400 == status
    assert f"http://127.0.0.1:{port} cannot be reached" in body.decode()
    assert [body.decode()] == relay.problems
    assert took < DEADLINE


def test_nobody_accepts(tmp_path: Path) -> None:
    """
    A connection that never comes about ends at its own deadline.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        # A full queue: the kernel drops what else wants to connect.
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        url = f"http://127.0.0.1:{address[1]}/v1"
        status, body, _, took = ask(url, tmp_path / "a.model.yaml", connect=0.3)
        for each in waiting:
            each.close()

    assert 400 == status
    assert "did not accept a connection within 0.3 s" in body.decode()
    assert took < DEADLINE


def test_malformed_events_pass(tmp_path: Path) -> None:
    """
    A stream that comes to its end is passed on byte by byte, whatever else is in it, and kept.
    """
    path = tmp_path / "a.model.yaml"
    pieces = [
        b": hello\n\n",
        b"data: {not json}\n\n",
        event("odd"),
        completed(),
        b"data: [DONE]\n\n",
    ]

    with Upstream(says(*pieces)) as upstream:
        status, body, relay, _ = ask(upstream.url, path)

    assert (200, b"".join(pieces)) == (status, body)
    assert [] == relay.problems
    kept = path.read_text()
    assert all(part in kept for part in (": hello", "{not json}", '"type":"odd"', "[DONE]"))


def test_a_large_answer(tmp_path: Path) -> None:
    """
    Twenty megabytes pass whole and are kept whole.
    """
    path = tmp_path / "a.model.yaml"
    delta = event("response.output_text.delta", item_id="msg_1a", delta="lorem ipsum " * 850)
    deltas = [delta] * 2000

    with Upstream(says(*deltas, completed())) as upstream:
        status, body, relay, took = ask(upstream.url, path, idle=30.0)

    assert (200, []) == (status, relay.problems)
    assert len(body) > 20_000_000
    assert b"".join([*deltas, completed()]) == body
    assert took < 20
    assert path.stat().st_size > 19_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_compressed_answer_is_unpacked(encoding: str, tmp_path: Path) -> None:
    """
    An upstream that compresses though nobody asked for it is understood all the same.
    """
    plain = message("hello") + completed()
    packers: dict[str, Callable[[bytes], bytes]]
    packers = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": _zstd}
    packed = packers[encoding](plain)

    def behave(to: Conversing) -> None:
        to.begin({"content-encoding": encoding})
        for at in range(0, len(packed), 50):
            to.send(packed[at : at + 50])
        to.end()

    with Upstream(behave) as upstream:
        status, body, relay, _ = ask(upstream.url, tmp_path / "a.model.yaml")

    assert (200, plain, []) == (status, body, relay.problems)


def _zstd(data: bytes) -> bytes:
    from importlib import import_module

    packed: bytes = import_module("backports.zstd").compress(data)
    return packed


def test_other_threads_are_left_alone(tmp_path: Path) -> None:
    """
    While a model is recorded, requests and httpx of other threads stream as they always do.
    """
    import httpx
    import requests

    steps = threading.Semaphore(0)
    results: dict[str, list[bytes]] = {"requests": [], "httpx": []}

    def slowly(to: Conversing) -> None:
        to.begin({"content-type": "text/plain"})
        for number in range(3):
            to.send(b"%d" % number)
            assert steps.acquire(timeout=10)
        to.end()

    def with_requests(url: str) -> None:
        with requests.get(url, stream=True, timeout=10) as answer:
            for piece in answer.raw.stream(decode_content=False):
                results["requests"].append(piece)
                steps.release()

    def with_httpx(url: str) -> None:
        with httpx.stream("GET", url, timeout=10) as answer:
            for piece in answer.iter_raw():
                results["httpx"].append(piece)
                steps.release()

    before = http.client.HTTPConnection.connect
    answering, done = threading.Event(), threading.Event()
    with Upstream(slowly) as other, Upstream(slow_model(answering, done)) as upstream:
        threads = [
            threading.Thread(target=work, args=(f"{other.url}/other",))
            for work in (with_requests, with_httpx)
        ]

        def begin() -> None:
            assert answering.wait(10)
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            done.set()

        recording = threading.Thread(target=begin)
        recording.start()
        status, _, relay, _ = ask(upstream.url, tmp_path / "a.model.yaml", idle=20.0)
        recording.join(20)

    assert {"requests": [b"0", b"1", b"2"], "httpx": [b"0", b"1", b"2"]} == results
    assert (200, []) == (status, relay.problems)
    assert before is http.client.HTTPConnection.connect
    assert "/other" not in (tmp_path / "a.model.yaml").read_text()


def slow_model(answering: threading.Event, done: threading.Event) -> Behaviour:
    """
    A model that has begun when the other threads ask, and ends when they have their answers.
    """

    def behave(to: Conversing) -> None:
        to.begin()
        to.send(message("one"))
        answering.set()
        assert done.wait(20)
        to.send(completed())
        to.end()

    return behave


def test_an_upstream_without_tls(tmp_path: Path) -> None:
    """
    An https upstream that speaks no TLS is an error that says so.
    """
    with Upstream(says(completed())) as upstream:
        url = upstream.url.replace("http:", "https:")
        with pytest.raises(UpstreamError, match=r"cannot be reached: .*SSL"):
            Real(url, connect=2).send("POST", "/v1/responses", {}, b"{}")


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An https upstream is asked for through the proxy the environment names.
    """
    asked: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as proxy:

        def refuse() -> None:
            peer, _ = proxy.accept()
            with peer:
                asked.append(peer.recv(1000).split(b"\r\n")[0])
                peer.sendall(b"HTTP/1.1 403 no\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        with pytest.raises(UpstreamError, match=r"api\.example\.com cannot be reached: .*403"):
            Real("https://api.example.com/v1", connect=5).send("GET", "/v1/models", {}, b"")
        thread.join(5)

    assert [b"CONNECT api.example.com:443 HTTP/1.1"] == [
        line.replace(b"HTTP/1.0", b"HTTP/1.1") for line in asked
    ]


def connections(behaviour: Behaviour, calls: int) -> tuple[int, Relay]:
    """
    Over how many connections an upstream was asked several times, each answered well.
    """
    peers: list[object] = []

    def behave(to: Conversing) -> None:
        peers.append(to.client_address)
        behaviour(to)

    with Upstream(behave) as upstream:
        relay = plain_relay(upstream.url)
        parts = urlsplit(relay.url)
        with (
            relay,
            closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)) as to,
        ):
            for _ in range(calls):
                to.request("POST", "/v1/responses", json.dumps(request("hi")))
                answer = to.getresponse()
                assert b"completed" in answer.read()
    assert calls == len(peers)
    return len(set(peers)), relay


def test_a_connection_is_used_again() -> None:
    """
    The next request does not wait for another connection to be made.
    """
    count, relay = connections(says(completed()), 4)

    assert (1, []) == (count, relay.problems)


def test_a_connection_that_ended_is_not(tmp_path: Path) -> None:
    """
    An upstream that hangs up after each answer, without having said so, is asked anew.
    """

    def behave(to: Conversing) -> None:
        says(message("one"), completed())(to)
        to.drop()

    count, relay = connections(behave, 4)

    assert (4, []) == (count, relay.problems)


def test_a_connection_that_ends_under_a_request_is_not(tmp_path: Path) -> None:
    """
    A kept connection that ends before a byte of the answer came is the upstream's right.
    """
    answered: list[object] = []
    calls = 0

    def behave(to: Conversing) -> None:
        if to.client_address in answered:
            asked_again.append(to.client_address)
            to.drop()
            return
        answered.append(to.client_address)
        says(completed())(to)

    asked_again: list[object] = []
    with Upstream(behave) as upstream, plain_relay(upstream.url) as relay:
        # A connection is kept a moment after its answer went out; who asks at once gets a new one.
        while calls < 50 and len(asked_again) < 2:
            calls += 1
            assert 200 == status_of(relay)

    assert (calls, 2, []) == (len(answered), len(asked_again), relay.problems)


def plain_relay(url: str) -> Relay:
    """
    A relay that keeps nothing.
    """
    return open_relay(None, "none", url, places=Places(), redactor=Redactor(), idle=5.0)


def status_of(relay: Relay) -> int:
    """
    The status of one call.
    """
    parts = urlsplit(relay.url)
    with closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)) as to:
        to.request("POST", "/v1/responses", json.dumps(request("hi")))
        answer = to.getresponse()
        answer.read()
        return answer.status

"""
The scripted model over HTTP.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pytest_codex.model import ModelServer, ScriptedModel
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = json.dumps({"model": "gpt-5.5", "input": [{"role": "user", "content": "go"}]})


DEADLINE = 20.0


@pytest.fixture
def model() -> ScriptedModel:
    """
    A model to script.
    """
    return ScriptedModel()


@pytest.fixture
def server(model: ScriptedModel) -> Iterator[ModelServer]:
    """
    Its server.
    """
    with ModelServer(model) as made:
        yield made


def connect(server: ModelServer) -> closing[http.client.HTTPConnection]:
    """
    A connection to the server.
    """
    parts = urlsplit(server.url)
    return closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10))


def post(link: http.client.HTTPConnection, body: str = BODY) -> tuple[int, str]:
    """
    One model call: status and text.
    """
    link.request("POST", "/v1/responses", body, {"content-type": "application/json"})
    answer = link.getresponse()
    return answer.status, answer.read().decode()


def test_an_answer_is_a_stream_of_events(server: ModelServer, model: ScriptedModel) -> None:
    """
    An answer begins with created, ends with completed, and has an event line for each.
    """
    model.say("hello")

    with connect(server) as link:
        status, text = post(link)

    events = [line.removeprefix("event: ") for line in text.splitlines() if "event: " in line]
    data = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert 200 == status
    assert events == [event["type"] for event in data]
    assert [
        "response.created",
        "response.output_item.added",
        "response.output_text.delta",
        "response.output_item.done",
        "response.completed",
    ] == events


def test_many_calls_share_a_connection_without_delay(
    server: ModelServer, model: ScriptedModel
) -> None:
    """
    The connection is kept, and no answer waits for a delayed acknowledgement.
    """
    model.say("one").say("two").say("three")

    with connect(server) as link:
        ends = []
        for _ in range(3):
            post(link)
            ends.append(link.sock.getsockname())
        (accepted,) = server._http._open
        undelayed = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert 1 == len(set(ends))
    assert undelayed
    model.assert_complete()


def test_a_held_answer_comes_in_two_parts(server: ModelServer, model: ScriptedModel) -> None:
    """
    What stands before the gate is on the wire while the model waits.
    """
    gate = model.hold("first", rest=" second")

    with connect(server) as link:
        link.request("POST", "/v1/responses", BODY)
        answer = link.getresponse()
        begun = answer.read1().decode()
        gate.wait()
        gate.release()
        rest = answer.read().decode()
        model.say("again")
        assert 200 == post(link)[0]

    assert '"delta":"first"' in begun
    assert "completed" not in begun
    assert '"delta":" second"' in rest
    assert "response.completed" in rest


def test_a_cut_answer_ends_in_the_middle(server: ModelServer, model: ScriptedModel) -> None:
    """
    A cut is not a proper end of the response.
    """
    model.cut("par")

    with connect(server) as link:
        link.request("POST", "/v1/responses", BODY)
        answer = link.getresponse()
        with pytest.raises(http.client.IncompleteRead) as caught:
            answer.read()

    assert b'"delta":"par"' in caught.value.partial


def test_a_failure_has_its_headers(server: ModelServer, model: ScriptedModel) -> None:
    """
    An HTTP error carries status, code and the time to wait.
    """
    model.fail(429, code="slow", message="later", retry_after=1.5)

    with connect(server) as link:
        link.request("POST", "/v1/responses", BODY)
        answer = link.getresponse()
        error = json.loads(answer.read())

    assert (429, "1.5") == (answer.status, answer.headers["retry-after"])
    assert {"error": {"message": "later", "type": "slow", "code": "slow"}} == error


def test_other_requests_get_an_answer_too(server: ModelServer, model: ScriptedModel) -> None:
    """
    The list of models is empty; what is no call of the model is an error, and no call.
    """
    with connect(server) as link:
        link.request("GET", "/v1/models")
        assert {"models": []} == json.loads(link.getresponse().read())
        link.request("POST", "/v1/elsewhere", BODY)
        assert 404 == link.getresponse().status
    with connect(server) as link:
        status, text = post(link, "no json")

    assert 400 == status
    assert "not JSON" in text
    assert [] == model.calls
    assert [] == model.unexpected


def test_the_proxy_refuses_and_remembers(server: ModelServer) -> None:
    """
    As a proxy the server lets nothing through and says what was wanted.
    """
    with connect(server) as link:
        link.request("GET", "http://example.com/x")
        assert 403 == link.getresponse().status
    with connect(server) as link:
        link.request("POST", "http://example.com/v1/responses", BODY)
        assert 403 == link.getresponse().status
    with connect(server) as link:
        link.set_tunnel("example.com", 443)
        with pytest.raises(OSError, match="403"):
            link.connect()

    assert [
        "GET http://example.com/x",
        "POST http://example.com/v1/responses",
        "CONNECT example.com:443",
    ] == server.refused


def test_closing_waits_for_nobody(model: ScriptedModel) -> None:
    """
    Held answers and idle connections do not keep the server open, and no thread remains.
    """
    model.hold("wait", deadline=600)
    model.say("x")
    server = ModelServer(model)
    closing_it = threading.Thread(target=server.close, daemon=True)
    with connect(server) as idle, connect(server) as held:
        held.request("POST", "/v1/responses", BODY)
        held.getresponse()
        post(idle)

        closing_it.start()
        closing_it.join(DEADLINE)
        # Nobody has released the answer, and no client has hung up.
        assert not closing_it.is_alive()
        for link in (idle, held):
            link.sock.settimeout(DEADLINE)
            while link.sock.recv(65536):
                pass
    until(lambda: not any("process_request_thread" in one.name for one in threading.enumerate()))


def test_a_client_that_hangs_up_says_nothing(
    server: ModelServer, model: ScriptedModel, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    A connection reset in the middle of a request prints no traceback.
    """
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=5) as raw:
        raw.sendall(b"POST /v1/responses HTTP/1.1\r\ncontent-length: 100\r\n\r\n{")
    model.say("hello")

    with connect(server) as link:
        assert 200 == post(link)[0]

    assert ("", "") == capfd.readouterr()

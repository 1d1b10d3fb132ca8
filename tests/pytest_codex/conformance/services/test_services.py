"""
The services on loopback, seen by an independent client.
"""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from pytest_codex.conformance.services.authorization import AuthorizationService
from pytest_codex.conformance.services.environment import EnvironmentService
from pytest_codex.conformance.services.voice import ANSWER, VoiceService

DEADLINE = 10.0


def ask(method: str, url: str, body: str = "") -> tuple[int, str, dict[str, str]]:
    """
    One HTTP request: status, body, headers.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.netloc), timeout=DEADLINE)
    try:
        connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body)
        response = connection.getresponse()
        return response.status, response.read().decode(), dict(response.getheaders())
    finally:
        connection.close()


def receive(socket: Any) -> Any:
    """
    The next message of a WebSocket.
    """
    return json.loads(socket.recv(timeout=DEADLINE))


@pytest.mark.parametrize("size", [1, 125, 126, 70_000])
def test_voice_answers_messages_of_any_size(size: int) -> None:
    """
    What is said depends on the type of the message, whatever its length; the rest is not heard.
    """
    replies = {"one": [{"type": "a"}, {"text": "é" * 200}]}
    with VoiceService(replies) as voice, connect(voice.websocket_url) as socket:
        socket.send(json.dumps({"type": "nobody knows me"}))
        socket.send(json.dumps({"type": "one", "text": "x" * size}))

        assert {"type": "a"} == receive(socket)
        assert {"text": "é" * 200} == receive(socket)


def test_voice_takes_calls() -> None:
    """
    A call gets an answer to its offer, and a place that ends with its id.
    """
    with VoiceService({}) as voice:
        status, body, headers = ask("POST", f"{voice.url}/v1/realtime/calls?a=b", "v=offer")

    assert (200, ANSWER) == (status, body)
    assert "/v1/realtime/calls/rtc_1" == headers["Location"]


def test_a_request_that_is_no_websocket_is_refused() -> None:
    """
    Somebody who does not speak WebSocket is told so.
    """
    with VoiceService({}) as voice:
        status, body, _ = ask("GET", voice.url)

    assert (400, "this is a WebSocket") == (status, body)


def test_environment_shakes_hands_and_can_do_nothing() -> None:
    """
    The handshake is answered, anything else refused; a notification gets no answer.
    """
    with EnvironmentService() as service, connect(service.websocket_url) as socket:
        socket.send(json.dumps({"method": "initialized"}))
        socket.send(json.dumps({"id": 1, "method": "initialize"}))
        socket.send(json.dumps({"id": 2, "method": "fs/readFile"}))

        assert "sessionId" in receive(socket)["result"]
        assert {"id": 2, "error": -32601} == {
            **(answer := receive(socket)),
            "error": answer["error"]["code"],
        }


def test_environment_loses_connections_and_takes_new_ones() -> None:
    """
    After a loss the connection is gone, and the next one works.
    """
    with EnvironmentService() as service:
        with connect(service.websocket_url) as socket:
            socket.send(json.dumps({"id": 1, "method": "environment/info"}))
            receive(socket)
            service.lose()
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=DEADLINE)
        with connect(service.websocket_url) as again:
            again.send(json.dumps({"id": 1, "method": "environment/info"}))

            assert {"id": 1, "result": {}} == receive(again)


def test_authorization_tells_where_and_gives_a_token() -> None:
    """
    Its description names its own addresses; a code is worth a token; its MCP server is closed.
    """
    with AuthorizationService() as service:
        place = f"{service.url}/.well-known/oauth-authorization-server/mcp"
        _, described, _ = ask("GET", place)
        _, token, _ = ask("POST", json.loads(described)["token_endpoint"], "code=c")

        assert "conformance" == json.loads(token)["access_token"]
        assert 401 == ask("POST", service.mcp_url)[0]
        assert 404 == ask("GET", f"{service.url}/anything")[0]
        assert service.url in service.gateway["authorization_url"]

"""
Requests of clients, read off the wire.
"""

from __future__ import annotations

from pytest_codex.views import Request

from .storyteller import Storyteller


def test_a_request_has_its_answer() -> None:
    """
    Answers go to their requests, whatever the order and whichever connection has the same id.
    """
    told = Storyteller()
    told.client({"id": 1, "method": "model/list"}).client({"method": "initialized"})
    told.client({"id": 1, "method": "turn/start", "params": {"threadId": "t1"}}, conn=2)
    told.server({"id": 1, "method": "item/tool/call", "params": {}})
    told.client({"id": 1, "result": {"mine": True}})
    told.server({"id": 1, "error": {"code": -32600, "message": "no"}}, conn=2)
    told.server({"id": 1, "result": {"data": []}})

    assert told.transcript.requests() == [
        Request("model/list", {}, {"data": []}, connection=1),
        Request(
            "turn/start",
            {"threadId": "t1"},
            error={"code": -32600, "message": "no"},
            connection=2,
        ),
    ]


def test_requests_of_one_method() -> None:
    """
    One that was not answered is there, without result and error; an id may be used again.
    """
    told = Storyteller().start()
    told.client({"id": 1, "method": "turn/steer", "params": {"input": []}})
    told.client({"id": 2, "method": "turn/start", "params": {}})

    (steer,) = told.transcript.requests("turn/steer")
    assert (steer.params, steer.result, steer.error) == ({"input": []}, None, None)
    assert [one.method for one in told.transcript.requests("thread/start")] == ["thread/start"]
    assert told.transcript.requests("thread/archive") == []

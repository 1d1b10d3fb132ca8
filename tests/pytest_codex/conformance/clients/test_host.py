"""
The host: the replay engine on a scene, with what engines cannot do.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_codex import schema
from pytest_codex.conformance.clients import acts, asking, plain
from pytest_codex.conformance.clients.host import COURTESY, Host
from pytest_codex.conformance.clients.scene import Scene

HELLO = {"clientInfo": {"name": "test", "version": "1"}}


class Talk:
    """
    A client that writes to a host and keeps what it says.
    """

    def __init__(self, scene: Scene) -> None:
        self.host = Host(scene.transcript())

    def send(self, number: object, method: str, **params: Any) -> list[Any]:
        """
        Send a request.
        """
        message = {"id": number, "method": method, "params": params}
        return [json.loads(line) for line in self.host.receive(json.dumps(message))]

    def answer(self, number: object) -> list[Any]:
        """
        Answer a request of the host.
        """
        line = json.dumps({"id": number, "result": {"decision": "accept"}})
        return [json.loads(said) for said in self.host.receive(line)]


def methods(said: list[Any]) -> list[str]:
    """
    The methods of what was said; of an answer whether it went well.
    """
    return [one.get("method") or ("result" if "result" in one else "error") for one in said]


def test_a_turn_is_played_as_it_was_composed() -> None:
    """
    Requests are answered under the client's own ids, whatever their params.
    """
    talk = Talk(plain.run())

    assert talk.send("a", "initialize", **HELLO)[0]["id"] == "a"
    assert methods(talk.send("b", "thread/start", model="x")) == ["result", "thread/started"]
    said = talk.send("c", "turn/start", threadId="00000001-0000-7000-8000-000000000000")
    assert methods(said)[0] == "result"
    assert methods(said)[-1] == "turn/completed"


def test_until_holds_the_rest_back() -> None:
    """
    What follows `until` comes when the second request has come, in that place.
    """
    scene = Scene()
    threads = [scene.thread(), scene.thread()]
    first = threads[0].turn()
    scene.until("turn/start", 2, threads[0].id)
    first.end()
    threads[1].turn().end()
    talk = Talk(scene)
    talk.send(0, "initialize", **HELLO)
    talk.send(1, "thread/start")
    talk.send(2, "thread/start")

    assert "turn/completed" not in methods(talk.send(3, "turn/start", threadId=threads[0].id))
    done = [one for one in talk.send(4, "turn/start", threadId=threads[1].id)
            if one.get("method") == "turn/completed"]  # fmt: skip
    assert [one["params"]["threadId"] for one in done] == [threads[1].id, threads[0].id]


def test_threads_speak_in_turns() -> None:
    """
    A pause lets what was held go on, up to its own pause.
    """
    scene = Scene()
    threads = [scene.thread(), scene.thread()]
    for thread in threads:
        number = scene.asked("turn/start", threadId=thread.id)
        scene.answer(number, {"turn": thread.new_turn().described("inProgress")})
        scene.until("turn/start", 2, thread.id)
        for word in ("one", "two", "three"):
            thread.notify("warning", message=word)
            scene.pause(thread.id)
    talk = Talk(scene)
    talk.send(0, "initialize", **HELLO)
    talk.send(1, "thread/start")
    talk.send(2, "thread/start")
    talk.send(3, "turn/start", threadId=threads[0].id)
    said = talk.send(4, "turn/start", threadId=threads[1].id)

    words = [one["params"]["message"] for one in said if one.get("method") == "warning"]
    assert words == ["one", "one", "two", "two", "three", "three"]


def test_a_request_may_take_the_id_of_the_clients_own() -> None:
    """
    The answer to a request under a borrowed id is the answer to that request.
    """
    scene = Scene()
    thread = scene.thread()
    number = scene.asked("turn/start", threadId=thread.id)
    turn = thread.new_turn()
    asked = scene.request(asking.TIME, {"threadId": thread.id}, f"{acts.CLIENT_ID}turn/start")
    scene.answered(asked, thread.id)
    scene.answer(number, {"turn": turn.described("inProgress")})
    talk = Talk(scene)
    talk.send(0, "initialize", **HELLO)
    talk.send(1, "thread/start")

    assert [(one["id"], one["method"]) for one in talk.send(77, "turn/start", threadId=thread.id)]
    assert methods(talk.answer(77)) == ["result"]


@pytest.mark.parametrize("method", [asking.COMMAND, asking.REFRESH, asking.TIME])
def test_a_turn_waits_for_the_answer(method: str) -> None:
    """
    A request that names no thread holds its turn up as well.
    """
    scene, number = asking.asks(method)
    talk = Talk(scene)
    talk.send("i", "initialize", **HELLO)
    talk.send("t", "thread/start")
    said = talk.send("u", "turn/start", threadId="00000001-0000-7000-8000-000000000000")

    assert methods(said)[-1] == method
    assert methods(talk.answer(number))[-1] == "turn/completed"


def test_before_initialize_everything_is_refused() -> None:
    """
    As the real server does.
    """
    talk = Talk(plain.run())

    assert talk.send(1, "thread/start")[0]["error"]["message"] == "Not initialized"
    assert methods(talk.send(2, "initialize", **HELLO))[0] == "result"
    assert talk.send(3, "initialize", **HELLO)[0]["error"]["message"] == "Already initialized"


def test_what_the_scene_does_not_know_is_answered_or_refused() -> None:
    """
    Clients ask for more than their task; nothing stays without an answer.
    """
    talk = Talk(plain.run())
    talk.send(1, "initialize", **HELLO)

    assert talk.send(2, "account/read")[0]["result"] == COURTESY["account/read"]
    assert "does not expect fs/remove" in talk.send(3, "fs/remove")[0]["error"]["message"]
    assert methods(talk.send(4, "thread/start")) == ["result", "thread/started"]


@pytest.mark.parametrize("method", COURTESY)
def test_courtesy_is_valid(method: str) -> None:
    """
    What is answered beside a scene is what the schema says.
    """
    checker = schema.Checker(schema.find().bundle)

    assert checker.fault("server response", method, {"id": 1, "result": COURTESY[method]}) is None

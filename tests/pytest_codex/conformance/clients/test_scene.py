"""
What is composed in fair weather is what a real server could say.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fake_server.transcript import Transcript
from pytest_codex import schema
from pytest_codex.conformance.clients import acts, asking, plain
from pytest_codex.conformance.clients.scene import Scene

ROOT = Path(__file__).parents[4]

PLAIN: dict[str, Callable[[], Scene]] = {
    "hello": plain.hello,
    "run": plain.run,
    "turns": plain.turns,
    "two-threads": plain.two_threads,
    "resume": lambda: plain.resume()[0],
    "fork": lambda: plain.fork()[0],
    "read": lambda: plain.read()[0],
    "list": lambda: plain.listed()[0],
    "models": plain.models,
    "login": plain.login,
    "login-chatgpt": lambda: plain.login_chatgpt(True),
    "quiet": plain.quiet,
    "interrupted": asking.interrupted,
    "steered": asking.steered,
}


def compose(name: str) -> Scene:
    """
    A plain scene, or the one in which a request is asked.
    """
    return PLAIN[name]() if name in PLAIN else asking.asks(name)[0]


@pytest.mark.parametrize("name", [*PLAIN, *asking.PARAMS])
def test_the_server_says_what_the_schema_allows(name: str) -> None:
    """
    Every message of the server in a plain scene is valid.
    """
    checker = schema.Checker(schema.find().bundle)
    scene = compose(name).transcript()
    spoken = [one for one in schema.said(scene) if one.role.startswith("server")]
    real = [one for one in spoken if not one.method.startswith(acts.MARK)]

    assert real
    for one in real:
        fault = checker.fault(one.role, one.method, one.message)
        assert fault is None, f"{one.method}: {fault}"


def test_a_turn_is_told_as_the_real_server_tells_it() -> None:
    """
    The plain turn has the real server's messages in the real server's order.
    """
    real = Transcript.load(ROOT / "cassettes/test_turns/test_run.codex.jsonl")
    noise = {"thread/readState/changed", "item/agentMessage/delta"}

    def told(transcript: Transcript) -> list[str]:
        spoken = [one for one in schema.said(transcript) if one.role == "server notification"]
        said = [one.method for one in spoken if not one.method.startswith(acts.MARK)]
        return [method for method in said if method not in noise]

    assert told(real) == told(plain.run().transcript())


def test_pieces_add_up() -> None:
    """
    The pieces of a message are the message.
    """
    scene = Scene()
    scene.thread().turn().message("a  b c")
    pieces = [
        one.body["params"]["delta"]
        for one in scene.events
        if one.body.get("method") == "item/agentMessage/delta"
    ]

    assert "".join(pieces) == "a  b c"

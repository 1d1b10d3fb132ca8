"""
Everything the client says is valid by the schema of the installed Codex.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fake_server.messages import encode, is_request, is_response
from pytest_codex.conformance.clients import asking, plain
from pytest_codex.conformance.outcomes import require, skip
from pytest_codex.errors import HarnessError

from .suite import FACTS, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.conformance.clients.client import Client
    from pytest_codex.conformance.clients.scene import Scene
    from pytest_codex.conformance.clients.seen import Seen
    from pytest_codex.schema import Checker


@lru_cache(maxsize=1)
def checker() -> Checker | str:
    """
    Checks against the installed Codex; why not, when there is none.
    """
    from pytest_codex import schema

    try:
        return schema.Checker(schema.find().bundle)
    except HarnessError as error:
        return str(error)


def faults(seen: Seen) -> list[str]:
    """
    What is not valid of what the client said.
    """
    found = checker()
    if isinstance(found, str):
        skip(found)
    assert not isinstance(found, str)
    asked: dict[str, str] = {}
    wrong = []
    for line in seen.lines:
        message: dict[str, Any] = line.message
        if line.sender == "server" and is_request(message):
            asked[encode(message["id"])] = str(message["method"])
        if line.sender != "client":
            continue
        if is_response(message):
            method = asked.get(encode(message["id"]), "")
            fault = method and found.fault("client answer", method, message)
            method = f"the answer to {method}"
        elif is_request(message):
            method = str(message["method"])
            fault = found.fault("client request", method, message)
        elif isinstance(message.get("method"), str):
            method = message["method"]
            fault = found.fault("client notification", method, message)
        else:
            method, fault = "a line", "is no JSON object with a method or an id"
        if fault:
            wrong.append(f"{method}: {fault}")
    return wrong


SCENES: dict[str, Callable[[], tuple[Scene, dict[str, str]]]] = {
    "run": lambda: (plain.run(), {}),
    "stream": lambda: (plain.run(), {}),
    "turns": lambda: (plain.turns(), {}),
    "two-threads": lambda: (plain.two_threads(), {}),
    "resume": lambda: _told(plain.resume()),
    "fork": lambda: _told(plain.fork()[:2]),
    "read": lambda: _told(plain.read()),
    "list": lambda: (plain.listed()[0], {}),
    "models": lambda: (plain.models(), {}),
    "login": lambda: (plain.login(), {}),
    "login-chatgpt": lambda: (plain.login_chatgpt(True), {}),
    "interrupt": lambda: (asking.interrupted(), {}),
    "steer": lambda: (asking.steered(), {}),
    "approve": lambda: (asking.command(), {}),
    "decline": lambda: (asking.command(), {}),
    "user-input": lambda: (asking.question(), {}),
    "opt-out": lambda: (plain.quiet(), {}),
}


def _told(pair: tuple[Scene, str]) -> tuple[Scene, dict[str, str]]:
    return pair[0], {"thread": pair[1]}


def _validity(task: str) -> None:
    @check(f"schema/{task}", f"All that the client says to {task} is valid.", FACTS)
    def validity(client: Client) -> None:
        scene, told = SCENES[task]()
        seen = client.perform(task, scene, **told).ended()
        wrong = faults(seen)
        require(not wrong, "not valid: " + "; ".join(wrong[:3]))


for _one in SCENES:
    _validity(_one)

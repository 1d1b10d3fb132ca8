"""
Everything the client says is valid by the schema of the installed Codex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_server.messages import encode, is_request, is_response
from pytest_codex.conformance.clients import asking, plain
from pytest_codex.conformance.outcomes import SkippedError, require

from .suite import FACTS, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.conformance.clients.client import Client
    from pytest_codex.conformance.clients.scene import Scene
    from pytest_codex.conformance.clients.seen import Seen
    from pytest_codex.schema import Role


def faults(client: Client, seen: Seen, only: Role | None = None) -> list[str]:
    """
    What is not valid of what the client said.

    Args:
        client: Knows the schema.
        seen: The run.
        only: Look only at messages of this role.

    Raises:
        SkippedError: There is no schema to hold it against.
    """
    found = client.held and client.held.checker
    if found is None:
        raise SkippedError(client.held.why if client.held else "no schema was chosen")
    asked: dict[str, str] = {}
    wrong = []
    for line in seen.lines:
        message: dict[str, Any] = line.message
        if line.sender == "server" and is_request(message):
            asked[encode(message["id"])] = str(message["method"])
        if line.sender != "client":
            continue
        if is_response(message):
            role: Role = "client answer"
            method = asked.get(encode(message["id"]), "")
        else:
            role = "client request" if is_request(message) else "client notification"
            method = str(message.get("method", ""))
        fault = found.fault(role, method, message) if only in (None, role) else None
        if fault:
            wrong.append(f"{role} {method}: {fault}")
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


def _taken_up(seen: Seen, scene: Scene) -> None:
    """
    Require that the client began with the task: who said nothing has said nothing that is valid.
    """
    bodies = (event.body for event in scene.events if event.kind == "client")
    asked = [str(body["method"]) for body in bodies if "method" in body]
    wanted = [method for method in asked if method != "initialize"]
    # Not every client takes every step: a thread may be read without being resumed.
    if not any(seen.requests(method) for method in wanted):
        seen.reached(wanted[0])


def _validity(task: str) -> None:
    @check(f"schema/{task}", f"All that the client says to {task} is valid.", FACTS)
    def validity(client: Client) -> None:
        scene, told = SCENES[task]()
        seen = client.perform(task, scene, **told).ended()
        _taken_up(seen, scene)
        wrong = faults(client, seen)
        require(not wrong, "not valid: " + "; ".join(wrong[:3]))


for _one in SCENES:
    _validity(_one)

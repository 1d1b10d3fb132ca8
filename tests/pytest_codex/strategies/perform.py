"""
Performing a generated session with the real agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.pytest_codex.model.conftest import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.model.steps import Gate
    from pytest_codex.strategies import Session, Step
    from tests.pytest_codex.model.conftest import Message, World

NOBODY = "00000000-0000-7000-8000-000000000000"
APPROVAL = "item/commandExecution/requestApproval"


class Performer:
    """
    A client that does what a session says; every step ends before the next one begins.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._runtime = world.runtime()
        self._wires: dict[int, Wire] = {}
        self._threads: dict[str, str] = {}
        self._held: dict[str, tuple[str, Gate]] = {}
        self.ends: list[tuple[str, str]] = []

    def perform(self, session: Session) -> list[tuple[str, str]]:
        """
        Do every step; afterwards all processes are gone.

        Returns:
            For each turn that ended its thread and status, for each step that was refused the
            thread and "refused".
        """
        try:
            for step in session.steps:
                method: Callable[[Step], None] = getattr(self, "_" + step.action.replace(" ", "_"))
                method(step)
        finally:
            for wire in self._wires.values():
                wire.close()
        return self.ends

    def _connect(self, step: Step) -> None:
        self._wires[step.connection] = Wire(self._runtime, self._world.workspace)

    def _close(self, step: Step) -> None:
        assert 0 == self._wires.pop(step.connection).close()

    def _start(self, step: Step) -> None:
        asked = {"approvalPolicy": "on-request", "sandbox": "workspace-write"}
        self._threads[step.thread] = self._wires[step.connection].thread(**asked)

    def _turn(self, step: Step) -> None:
        wire, model = self._wires[step.connection], self._world.model
        gate = None
        if step.answer == "hold":
            gate = model.hold("held", rest=" on")
        elif step.answer == "fail":
            model.fail(400)
        elif step.answer == "run":
            model.run("echo hello").say("ran")
        elif step.answer == "say":
            model.say("said")
        else:
            model.run("echo asked", escalate=True, justification="May I?")
            wire.answers[APPROVAL] = lambda _params: {"decision": step.answer}
            if step.answer != "cancel":
                model.say("answered")
        seen = len(wire.messages)
        turn = wire.start(self._threads[step.thread], step.text)
        if gate is None:
            self._end(step, turn)
            return
        wire.wait(lambda m: m.get("method") == "item/agentMessage/delta", seen)
        self._held[step.thread] = (turn, gate)

    def _steer(self, step: Step) -> None:
        turn, gate = self._held.pop(step.thread)
        self._world.model.say("steered")
        text = [{"type": "text", "text": step.text}]
        asked = {"threadId": self._threads[step.thread], "expectedTurnId": turn, "input": text}
        self._wires[step.connection].request("turn/steer", asked)
        gate.release()
        self._end(step, turn)

    def _interrupt(self, step: Step) -> None:
        turn, gate = self._held.pop(step.thread)
        asked = {"threadId": self._threads[step.thread], "turnId": turn}
        self._wires[step.connection].request("turn/interrupt", asked)
        self._end(step, turn)
        gate.release()

    def _release(self, step: Step) -> None:
        turn, gate = self._held.pop(step.thread)
        gate.release()
        self._end(step, turn)

    def _fork(self, step: Step) -> None:
        asked = {"threadId": self._threads[step.source]}
        forked = self._wires[step.connection].request("thread/fork", asked)
        self._threads[step.thread] = forked["thread"]["id"]

    def _resume(self, step: Step) -> None:
        self._ask(step, "thread/resume")

    def _read(self, step: Step) -> None:
        self._ask(step, "thread/read", includeTurns=True)

    def _name(self, step: Step) -> None:
        self._ask(step, "thread/name/set", name=step.text)

    def _archive(self, step: Step) -> None:
        self._ask(step, "thread/archive")

    def _unarchive(self, step: Step) -> None:
        self._ask(step, "thread/unarchive")

    def _steer_idle(self, step: Step) -> None:
        text = [{"type": "text", "text": step.text}]
        asked = {"threadId": self._threads[step.thread], "expectedTurnId": NOBODY, "input": text}
        self._refused(step, "turn/steer", asked)

    def _unknown_thread(self, step: Step) -> None:
        text = [{"type": "text", "text": step.text}]
        self._refused(step, "turn/start", {"threadId": NOBODY, "input": text})

    def _ask(self, step: Step, method: str, **params: Any) -> None:
        asked = {"threadId": self._threads[step.thread], **params}
        self._wires[step.connection].request(method, asked)

    def _refused(self, step: Step, method: str, params: Message) -> None:
        assert "error" in self._wires[step.connection].call(method, params)
        self.ends.append((step.thread, "refused"))

    def _end(self, step: Step, turn: str) -> None:
        ended = self._wires[step.connection].completed(turn)
        self.ends.append((step.thread, ended["status"]))

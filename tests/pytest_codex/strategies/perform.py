"""
Performing a generated session, with the real agent or with whatever stands in for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.model import parts
from tests.pytest_codex.model.conftest import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_codex.model import ScriptedModel
    from pytest_codex.model.steps import Gate
    from pytest_codex.strategies import Session, Step
    from tests.pytest_codex.model.conftest import Message

NOBODY = "00000000-0000-7000-8000-000000000000"
COMMAND = "item/commandExecution/requestApproval"
EDIT = "item/fileChange/requestApproval"


class Performer:
    """
    A client that does what a session says; every step ends before the next one begins.

    Args:
        model: What the agent's model is told to do; idle where there is no agent.
        workspace: Where the agent works.
        connect: Starts a client's server.

    Attributes:
        ends: For each turn that ended its thread and status, for each step that was refused
            the thread and "refused".
        story: What the client saw of each step, and what lay in the workspace after it.
    """

    def __init__(
        self, model: ScriptedModel, workspace: Path, connect: Callable[[], Client]
    ) -> None:
        self._model = model
        self._workspace = workspace
        self._connect_to = connect
        self._clients: dict[int, Client] = {}
        self._threads: dict[str, str] = {}
        self._careful: set[str] = set()
        self._held: dict[str, tuple[str, Gate]] = {}
        self._turns = 0
        self.ends: list[tuple[str, str]] = []
        self.story: list[str] = []

    def perform(self, session: Session) -> list[tuple[str, str]]:
        """
        Do every step; afterwards all processes are gone.

        Returns:
            How turns ended, see ``ends``.
        """
        try:
            for step in session.steps:
                self.story.append(str(step))
                method: Callable[[Step], None] = getattr(self, "_" + step.action.replace(" ", "_"))
                method(step)
                if not self._held:
                    # A replay holds no turn: what follows a gate may be on disk already.
                    self._look("then")
        finally:
            for gate in (gate for _, gate in self._held.values()):
                gate.release()
            for client in self._clients.values():
                client.close()
        return self.ends

    def _look(self, when: str) -> None:
        """
        Tell of the files there are.
        """
        found = {
            str(path.relative_to(self._workspace)): path.read_text()
            for path in sorted(self._workspace.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }
        self.story.append(f"  {when}: {found}")

    # -- connections and threads -------------------------------------------------

    def _connect(self, step: Step) -> None:
        self._clients[step.connection] = self._connect_to()

    def _close(self, step: Step) -> None:
        code = self._clients.pop(step.connection).close()
        assert code == 0, f"connection {step.connection} ended with exit code {code}"

    def _start(self, step: Step) -> None:
        self._threads[step.thread] = self._clients[step.connection].thread(**self._asked(step))

    def _start_careful(self, step: Step) -> None:
        self._careful.add(step.thread)
        self._start(step)

    def _fork(self, step: Step) -> None:
        if step.source in self._careful:
            self._careful.add(step.thread)
        asked = {"threadId": self._threads[step.source], **self._asked(step)}
        forked = self._clients[step.connection].request("thread/fork", asked)
        self._threads[step.thread] = forked["thread"]["id"]

    def _resume(self, step: Step) -> None:
        self._ask(step, "thread/resume", **self._asked(step))

    def _asked(self, step: Step) -> dict[str, str]:
        sandbox = "read-only" if step.thread in self._careful else "workspace-write"
        return {"approvalPolicy": "on-request", "sandbox": sandbox}

    def _read(self, step: Step) -> None:
        self._ask(step, "thread/read", includeTurns=True)

    def _list(self, step: Step) -> None:
        self._clients[step.connection].request("thread/list")

    def _exec(self, step: Step) -> None:
        self._turns += 1
        command = ["/bin/sh", "-c", _writing(step.file, self._turns)]
        done = self._clients[step.connection].request("command/exec", {"command": command})
        self.story.append(f"  {json.dumps(done, sort_keys=True)}")

    def _delete(self, step: Step) -> None:
        self._ask(step, "thread/delete")

    def _name(self, step: Step) -> None:
        self._ask(step, "thread/name/set", name=step.text)

    def _archive(self, step: Step) -> None:
        self._ask(step, "thread/archive")

    def _unarchive(self, step: Step) -> None:
        self._ask(step, "thread/unarchive")

    def _ask(self, step: Step, method: str, **params: Any) -> None:
        asked = {"threadId": self._threads[step.thread], **params}
        self._clients[step.connection].request(method, asked)

    # -- turns -------------------------------------------------------------------

    def _turn(self, step: Step) -> None:
        self._turns += 1
        client = self._clients[step.connection]
        self._decide(client, step)
        gate = self._model.hold("held", rest=" on") if step.answer == "hold" else None
        if gate is None:
            self._script(step)
        seen = len(client.messages)
        turn = client.start(self._threads[step.thread], step.text)
        if gate is None:
            self._end(step, turn)
            return
        thread = self._threads[step.thread]
        client.wait(
            lambda m: (
                m.get("method") == "item/agentMessage/delta" and m["params"]["threadId"] == thread
            ),
            seen,
        )
        self._held[step.thread] = (turn, gate)

    def _decide(self, client: Client, step: Step) -> None:
        """
        Let the client answer what it is asked in the turn.
        """

        def answer(params: Message) -> Message:
            self._look(f"asked {params.get('reason')!r}")
            return {"decision": str(step.answer).partition(" ")[0]}

        client.answers = {COMMAND: answer, EDIT: answer}

    def _script(self, step: Step) -> None:
        """
        Let the model do what the turn is about.
        """
        model, answer = self._model, step.answer
        if answer == "fail":
            model.fail(400)
        elif answer == "cut":
            model.cut("It began well, but")
        elif answer == "run":
            model.run("echo hello").say("ran")
        elif answer == "say":
            model.say("said")
        elif answer == "think":
            model.reason("Let me see.", parts.stream("I have seen it all."))
        elif answer == "write":
            model.run(_writing(step.file, self._turns)).say("written")
        elif answer in ("edit", "remove", "accept edit", "decline edit", "cancel edit"):
            model.patch(self._patch(step))
            if answer != "cancel edit":
                model.say("edited")
        else:
            model.run(_writing(step.file, self._turns), escalate=True, justification="May I?")
            if answer != "cancel":
                model.say("answered")

    def _patch(self, step: Step) -> str:
        """
        A patch that fits the file as it is now.
        """
        path = self._workspace / step.file
        if step.answer == "remove":
            return f"*** Delete File: {step.file}\n"
        if not path.exists():
            return f"*** Add File: {step.file}\n+edit {self._turns}\n"
        first = path.read_text().splitlines()[0]
        return f"*** Update File: {step.file}\n@@\n-{first}\n+edit {self._turns}\n"

    def _steer(self, step: Step) -> None:
        turn, gate = self._held.pop(step.thread)
        self._model.say("steered")
        text = [{"type": "text", "text": step.text}]
        asked = {"threadId": self._threads[step.thread], "expectedTurnId": turn, "input": text}
        self._clients[step.connection].request("turn/steer", asked)
        gate.release()
        self._end(step, turn)

    def _interject(self, step: Step) -> None:
        turn, gate = self._held.pop(step.thread)
        self._model.say("steered")
        # It joins the turn that runs, though 0.147.0 answers with an id of its own.
        self._clients[step.connection].start(self._threads[step.thread], step.text)
        gate.release()
        self._end(step, turn)

    def _interrupt(self, step: Step) -> None:
        turn, gate = self._held.pop(step.thread)
        asked = {"threadId": self._threads[step.thread], "turnId": turn}
        self._clients[step.connection].request("turn/interrupt", asked)
        self._end(step, turn)
        gate.release()

    def _release(self, step: Step) -> None:
        turn, gate = self._held.pop(step.thread)
        gate.release()
        self._end(step, turn)

    def _end(self, step: Step, turn: str) -> None:
        client = self._clients[step.connection]
        ended = client.completed(turn)
        self.ends.append((step.thread, ended["status"]))
        self.story.append(f"  {ended['status']}")
        for message in client.messages:
            params = message.get("params") or {}
            if message.get("method") == "item/completed" and params.get("turnId") == turn:
                self.story.append(f"  {_told(params['item'], self._workspace)}")

    # -- what is refused ---------------------------------------------------------

    def _steer_idle(self, step: Step) -> None:
        text = [{"type": "text", "text": step.text}]
        asked = {"threadId": self._threads[step.thread], "expectedTurnId": NOBODY, "input": text}
        self._refused(step, "turn/steer", asked)

    def _unknown_thread(self, step: Step) -> None:
        text = [{"type": "text", "text": step.text}]
        self._refused(step, "turn/start", {"threadId": NOBODY, "input": text})

    def _refused(self, step: Step, method: str, params: Message) -> None:
        answer = self._clients[step.connection].call(method, params)
        assert "error" in answer, f"not refused: {answer}"
        self.ends.append((step.thread, "refused"))
        self.story.append(f"  refused: {answer['error']['code']} {answer['error']['message']}")


def _writing(file: str, number: int) -> str:
    return f"mkdir -p notes; echo line {number} >> {file}; wc -l < {file}"


def _told(item: Message, workspace: Path) -> str:
    """
    What matters of an item that was done.
    """
    keys = ("type", "status", "text", "command", "aggregatedOutput", "exitCode", "changes")
    told = {key: item[key] for key in keys if item.get(key) is not None}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return text.replace(str(workspace), "{workspace}")

"""
A recorded session of the real agent on some model: its wire as a canonical cassette.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex import repository
from pytest_codex.canonical import canonical
from pytest_codex.canonical.ids import replace_strings
from pytest_codex.recording.recorder import Recorder
from pytest_codex.recording.tape import Tape
from pytest_codex.relay.server import Relay, open_relay
from pytest_codex.runtime import Runtime
from tests.pytest_codex.model.conftest import Wire
from tests.pytest_codex.relay.upstreams import completed, event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pytest_codex.relay.upstreams import Behaviour, Conversing

    Act = Callable[["Session"], None]
    Plan = Callable[[dict[str, Any], int], list[dict[str, Any]]]


class TapedWire(Wire):
    """
    A client whose wire is recorded.
    """

    def __init__(self, runtime: Runtime, cwd: Path, recorder: Recorder) -> None:
        self.taping = recorder.connection(["app-server"], str(cwd))
        super().__init__(runtime, cwd)

    def send(self, message: dict[str, Any]) -> None:
        """
        Tape a message and send it.
        """
        self.taping.from_client(json.dumps(message))
        super().send(message)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.taping.from_server(line)
            self._lines.put(line)
        self._lines.put(None)


class Session:
    """
    One run of the real agent, its model behind a relay.

    Attributes:
        wire: The client.
        workspace: Where the agent works.
        relay: Between agent and model.
    """

    def __init__(
        self, base: Path, binary: Path, cassette: Path, upstream: str | None, **how: Any
    ) -> None:
        self.workspace = base / "ws"
        self.workspace.mkdir(parents=True)
        # Without one, diffs start at whatever repository is found above: a sandbox that runs
        # at the same time makes an empty one for a moment, of the temporary directory.
        repository.create(self.workspace)
        (self.workspace / "hello.py").write_text("print('hi')\n")
        places = Places()
        places.bind("workspace", self.workspace)
        redactor = Redactor.for_environment(os.environ)
        mode = "none" if upstream is None else "rewrite"
        self.relay: Relay = open_relay(
            cassette, mode, upstream, places=places, redactor=redactor, name="a.model.yaml"
        )
        configure = how.get("configure")
        self.runtime = Runtime(
            binary,
            workspace=self.workspace,
            model_url=self.relay.url,
            config=configure(self.relay.url) if configure else how.get("config"),
        )
        if "prepare" in how:
            how["prepare"](self.runtime)
        places.bind("home", self.runtime.user_home)
        places.bind("codex_home", self.runtime.home)
        places.bind("codex_bin", binary.parent)
        self.tape = Tape()
        self._recorder = Recorder(self.tape, places, redactor)
        self.wire = TapedWire(self.runtime, self.workspace, self._recorder)

    def close(self) -> None:
        """
        End client, agent and relay.
        """
        try:
            self.wire.close()
        finally:
            self.runtime.close()
            self.relay.close()

    def transcript(self) -> str:
        """
        The wire in canonical form, without the header; call it after ``conclude``.
        """
        self.wire.taping.closed(0)
        ids = self.relay.ids
        entries = [
            replace(each, body=replace_strings(each.body, lambda text: str(ids.get(text, text))))
            for each in self.tape.entries
        ]
        return "\n".join(canonical(entries).dumps().splitlines()[1:])


def run(
    base: Path,
    binary: Path,
    cassette: Path,
    act: Act,
    upstream: str | None = None,
    *,
    problems: tuple[str, ...] = (),
    **how: Any,
) -> tuple[str, Session]:
    """
    A whole session: the canonical wire, and what is left to ask.
    """
    session = Session(base, binary, cassette, upstream, **how)
    try:
        act(session)
    finally:
        # In this order, as at the end of a test: Codex up to 0.155 leaves the answer of a turn
        # that was interrupted running until its process ends.
        session.close()
    session.relay.conclude()
    wire = session.transcript()
    assert list(problems) == session.relay.problems, session.relay.problems
    return wire, session


def odd(kind: str) -> str:
    """
    An id as a real model gives it: another one each time.
    """
    return f"{kind}_{uuid.uuid4().hex}"


def shell(cmd: str, **args: Any) -> dict[str, Any]:
    """
    A shell command.
    """
    return call("exec_command", {"cmd": cmd, **args})


def call(name: str, args: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """
    A call of a tool.
    """
    return {
        "type": "function_call",
        "id": odd("fc"),
        "call_id": odd("call"),
        "name": name,
        "arguments": json.dumps(args),
        **fields,
    }


def patch(text: str) -> dict[str, Any]:
    """
    An edit.
    """
    return {
        "type": "custom_tool_call",
        "id": odd("ctc"),
        "call_id": odd("call"),
        "name": "apply_patch",
        "input": text,
    }


def text(said: str) -> dict[str, Any]:
    """
    A message.
    """
    content = [{"type": "output_text", "text": said}]
    return {"type": "message", "role": "assistant", "id": odd("msg"), "content": content}


def thinking(summary: str) -> dict[str, Any]:
    """
    A reasoning summary with its secret part.
    """
    return {
        "type": "reasoning",
        "id": odd("rs"),
        "summary": [{"type": "summary_text", "text": summary}],
        "encrypted_content": "gAAAA" + uuid.uuid4().hex * 4,
    }


def model(plan: Plan) -> Behaviour:
    """
    A model that looks at the conversation, and gives ids of its own to what it says.

    Messages are streamed in deltas of three characters, so that nothing is in one piece.
    """

    def behave(to: Conversing) -> None:
        body = json.loads(to.raw)
        answered = sum(item["type"].endswith("_output") for item in body["input"])
        response = odd("resp")
        to.begin({"x-request-id": response})
        to.send(event("response.created", response={"id": response, "created_at": 12345}))
        for item in plan(body, answered):
            if item["type"] == "message":
                said = item["content"][0]["text"]
                empty = {**item, "content": [{"type": "output_text", "text": ""}]}
                to.send(event("response.output_item.added", item=empty))
                for at in range(0, len(said), 3):
                    piece = said[at : at + 3]
                    to.send(event("response.output_text.delta", item_id=item["id"], delta=piece))
            to.send(event("response.output_item.done", item=item))
        to.send(completed(response))
        to.end()

    return behave


def last_user_text(body: dict[str, Any]) -> str:
    """
    The newest words of the user.
    """
    said = [item for item in body["input"] if item["type"] == "message" and item["role"] == "user"]
    return str(said[-1]["content"][-1]["text"])

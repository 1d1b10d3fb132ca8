"""
Commands outside of any thread: command/exec and what belongs to it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from pytest_codex.conformance.outcomes import require

from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Commands outside of threads"
_DELTA = "command/exec/outputDelta"


def _shell(text: str, **more: Any) -> Message:
    return {"command": ["/bin/sh", "-c", text], **more}


def _output(client: Client, process: str, stream: str = "stdout") -> bytes:
    return b"".join(
        base64.b64decode(delta["params"]["deltaBase64"])
        for delta in client.said(_DELTA)
        if delta["params"]["processId"] == process and delta["params"]["stream"] == stream
    )


def _wait_for_output(client: Client, process: str, text: bytes) -> None:
    client.wait(
        lambda m: m.get("method") == _DELTA and text in _output(client, process),
        f"the output {text!r} of a command",
    )


def _write(client: Client, process: str, text: bytes = b"", *, close: bool = False) -> None:
    given: Message = {"processId": process}
    if text:
        given["deltaBase64"] = base64.b64encode(text).decode()
    if close:
        given["closeStdin"] = True
    client.request("command/exec/write", given)


def _code(client: Client, number: int) -> int:
    answer = client.answer(number, "command/exec")
    require("result" in answer, f"command/exec was refused: {answer.get('error')}")
    return int(answer["result"]["exitCode"])


@check(
    "exec/result",
    "The result of command/exec tells exit code, output and errors.",
    _FACTS,
    methods=["command/exec"],
)
def result(server: Server) -> None:
    client = server.connect()
    found = client.request("command/exec", _shell("echo out; echo err >&2; exit 3"))
    wanted = {"exitCode": 3, "stdout": "out\n", "stderr": "err\n"}
    require(found == wanted, f"the result is {found}, not {wanted}")


@check(
    "exec/surroundings",
    "A command runs in the directory and with the environment it is given.",
    _FACTS,
    methods=["command/exec"],
)
def surroundings(server: Server) -> None:
    client = server.connect()
    place = server.workspace / "sub"
    place.mkdir()
    given = {"cwd": str(place), "env": {"GREETING": "hello"}}
    found = client.request("command/exec", _shell('pwd; echo "$GREETING"', **given))["stdout"]
    wanted = f"{place}\nhello\n"
    require(found == wanted, f"the command saw {found!r}, not {wanted!r}")


@check(
    "exec/output-comes-first",
    "With streamStdoutStderr all output comes as deltas, before the result, which then has none.",
    _FACTS,
    methods=["command/exec"],
    notifications=[_DELTA],
)
def output_first(server: Server) -> None:
    client = server.connect()
    asked = _shell("echo one; echo two >&2; echo three", processId="p", streamStdoutStderr=True)
    answer = client.call("command/exec", asked)
    wanted = {"exitCode": 0, "stdout": "", "stderr": ""}
    require(answer.get("result") == wanted, f"the answer is {answer}, not {wanted}")
    client.settle()
    late = [
        m for m in client.messages[client.messages.index(answer) :] if m.get("method") == _DELTA
    ]
    require(not late, "output came after the result")
    found = _output(client, "p"), _output(client, "p", "stderr")
    require(found == (b"one\nthree\n", b"two\n"), f"the deltas tell {found}")


@check(
    "exec/write",
    "command/exec/write feeds a command's input until closeStdin ends it.",
    _FACTS,
    methods=["command/exec", "command/exec/write"],
    notifications=[_DELTA],
)
def write(server: Server) -> None:
    client = server.connect()
    asked = {"command": ["/bin/cat"], "streamStdin": True, "streamStdoutStderr": True}
    number = client.ask("command/exec", {**asked, "processId": "cat"})
    for text in (b"first\n", b"\xff second\n"):
        _write(client, "cat", text)
        _wait_for_output(client, "cat", text)
    _write(client, "cat", close=True)
    require(_code(client, number) == 0, "cat did not end with 0 after its input ended")


@check(
    "exec/terminate",
    "command/exec/terminate ends a command; its result comes with the code of a killed process.",
    _FACTS,
    methods=["command/exec", "command/exec/terminate"],
)
def terminate(server: Server) -> None:
    client = server.connect()
    asked = _shell("echo ready; sleep 600", processId="sleep", streamStdoutStderr=True)
    number = client.ask("command/exec", asked)
    _wait_for_output(client, "sleep", b"ready\n")
    client.request("command/exec/terminate", {"processId": "sleep"})
    code = _code(client, number)
    require(code != 0, "a command that was ended has exit code 0")


@check(
    "exec/terminal",
    "With tty a command has a terminal of the given size, and resize changes it.",
    _FACTS,
    methods=["command/exec", "command/exec/resize", "command/exec/write"],
    notifications=[_DELTA],
)
def terminal(server: Server) -> None:
    client = server.connect()
    size = {"rows": 20, "cols": 70}
    script = "test -t 0 && stty size; read line; stty size"
    number = client.ask("command/exec", _shell(script, processId="tty", tty=True, size=size))
    _wait_for_output(client, "tty", b"20 70")
    given = {"processId": "tty", "size": {"rows": 30, "cols": 90}}
    client.request("command/exec/resize", given)
    _write(client, "tty", b"\n")
    _wait_for_output(client, "tty", b"30 90")
    require(_code(client, number) == 0, "the command failed")


@check(
    "exec/timeout",
    "A command that takes longer than timeoutMs ends with exit code 124.",
    _FACTS,
    methods=["command/exec"],
)
def timeout(server: Server) -> None:
    client = server.connect()
    asked = {"command": ["/bin/sleep", "600"], "timeoutMs": 100}
    code = client.request("command/exec", asked)["exitCode"]
    require(code == 124, f"the exit code is {code}, not 124")


@check(
    "exec/output-cap",
    "outputBytesCap bounds what is told of a command's output.",
    _FACTS,
    methods=["command/exec"],
)
def output_cap(server: Server) -> None:
    client = server.connect()
    asked = _shell("printf 'x%.0s' $(seq 1 500)", outputBytesCap=100)
    found = client.request("command/exec", asked)["stdout"]
    require(len(found) == 100, f"{len(found)} characters were told, the cap is 100")


@check(
    "exec/refusals",
    "No command, an unknown process, or an id that is in use are refused.",
    _FACTS,
    methods=["command/exec", "command/exec/write", "command/exec/terminate"],
)
def refusals(server: Server) -> None:
    client = server.connect()
    asked = _shell("echo ready; sleep 600", processId="used", streamStdoutStderr=True)
    number = client.ask("command/exec", asked)
    _wait_for_output(client, "used", b"ready\n")
    wrong: list[tuple[str, Message, int]] = [
        ("command/exec", {"command": []}, -32600),
        ("command/exec", asked, -32600),
        ("command/exec/terminate", {"processId": "none"}, -32600),
        ("command/exec/write", {"processId": "none", "closeStdin": True}, -32600),
        ("command/exec/write", {"processId": "used"}, -32602),
        ("command/exec/resize", {"processId": "none", "size": {"rows": 1, "cols": 1}}, -32600),
    ]
    for method, params, code in wrong:
        found = client.refused(method, params).get("code")
        require(found == code, f"{method} {params}: code {found}, not {code}")
    client.request("command/exec/terminate", {"processId": "used"})
    _code(client, number)


@check(
    "exec/sandbox",
    "A command may not write where its sandbox does not allow it.",
    _FACTS,
    methods=["command/exec"],
)
def sandbox(server: Server) -> None:
    client = server.connect()
    path = server.workspace / "forbidden.txt"
    policy = {"type": "readOnly", "networkAccess": False}
    asked = _shell("echo x > forbidden.txt", sandboxPolicy=policy)
    code = client.request("command/exec", asked)["exitCode"]
    require(code != 0, "a command wrote in a read-only sandbox and says it succeeded")
    require(not path.exists(), "a command wrote in a read-only sandbox")
    allowed = _shell("echo x > forbidden.txt", sandboxPolicy={"type": "dangerFullAccess"})
    code = client.request("command/exec", allowed)["exitCode"]
    require(code == 0 and path.exists(), "a command could not write where all is allowed")


@check(
    "exec/side-by-side",
    "Commands run side by side: a short one is answered while a long one runs.",
    _FACTS,
    methods=["command/exec", "command/exec/terminate"],
)
def side_by_side(server: Server) -> None:
    client = server.connect()
    asked = _shell("echo ready; sleep 600", processId="long", streamStdoutStderr=True)
    number = client.ask("command/exec", asked)
    _wait_for_output(client, "long", b"ready\n")
    found = client.request("command/exec", _shell("echo short"))["stdout"]
    require(found == "short\n", f"the short command said {found!r}")
    client.request("command/exec/terminate", {"processId": "long"})
    _code(client, number)

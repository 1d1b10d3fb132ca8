"""
Broken commands.
"""

from __future__ import annotations

import base64

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    Message,
    accepts,
    at,
    change,
    drop,
    error,
    get,
    hears,
    late,
    lose,
    put,
    refuses,
    result,
    rewrite,
    says,
)

_EXEC = "command/exec"
_DELTA = "command/exec/outputDelta"


def _asks_exec(message: Message, *path_and_value: object) -> bool:
    path, *value = path_and_value
    found = get(message, str(path))
    return message.get("method") == _EXEC and (found == value[0] if value else found is not None)


def _with_old_size(data: str) -> str:
    text = base64.b64decode(data).replace(b"30 90", b"20 70")
    return base64.b64encode(text).decode()


DEFECTS = (
    Defect(
        "every-command-succeeds",
        "Exit codes are always 0.",
        change(result(_EXEC), put("result.exitCode", 0)),
        fails={"exec/result", "exec/terminate", "exec/timeout", "exec/sandbox"},
    ),
    Defect(
        "errors-are-output",
        "Standard error is told as output.",
        change(
            result(_EXEC).where(at("result.stderr", "err\n")),
            lambda m: m["result"].update(stdout="out\nerr\n", stderr=""),
        ),
        fails={"exec/result"},
    ),
    Defect(
        "forgets-the-environment",
        "A command does not get the environment it was given.",
        change(
            result(_EXEC).where(lambda m: "hello" in m["result"]["stdout"]),
            rewrite("result.stdout", lambda text: text.replace("hello", "")),
        ),
        fails={"exec/surroundings"},
    ),
    Defect(
        "output-comes-late",
        "Output comes after the result.",
        late(says(_DELTA), result(_EXEC)),
        fails={"exec/output-comes-first"},
    ),
    Defect(
        "output-comes-twice",
        "Output that was streamed is told in the result, too.",
        change(
            result(_EXEC).where(at("result.stdout", "")),
            put("result.stdout", "one\nthree\n"),
        ),
        fails={"exec/output-comes-first"},
    ),
    Defect(
        "streams-are-mixed",
        "All output is told as that of stdout.",
        change(says(_DELTA), put("params.stream", "stdout")),
        fails={"exec/output-comes-first"},
    ),
    Defect(
        "input-goes-nowhere",
        "What comes back from a command is not what it was fed.",
        drop(says(_DELTA).where(at("params.processId", "cat"))),
        fails={"exec/write"},
    ),
    Defect(
        "resizes-nothing",
        "A terminal keeps its size.",
        change(
            says(_DELTA).where(at("params.processId", "tty")),
            rewrite("params.deltaBase64", _with_old_size),
        ),
        fails={"exec/terminal"},
    ),
    Defect(
        "terminates-politely",
        "A command that was ended tells exit code 0.",
        change(
            result(_EXEC).where(lambda m: m["result"]["exitCode"] > 125),
            put("result.exitCode", 0),
        ),
        fails={"exec/terminate"},
    ),
    Defect(
        "times-out-as-killed",
        "A command that takes too long tells the code of a killed process.",
        change(result(_EXEC).where(at("result.exitCode", 124)), put("result.exitCode", 137)),
        fails={"exec/timeout"},
    ),
    Defect(
        "ignores-the-cap",
        "outputBytesCap is ignored.",
        change(
            result(_EXEC).where(lambda m: len(m["result"]["stdout"]) == 100),
            rewrite("result.stdout", lambda text: text * 5),
        ),
        fails={"exec/output-cap"},
    ),
    Defect(
        "runs-nothing-gladly",
        "An empty command is accepted.",
        accepts(
            error(_EXEC).where(lambda m: "empty" in m["error"]["message"]),
            {"exitCode": 0, "stdout": "", "stderr": ""},
        ),
        fails={"exec/refusals"},
    ),
    Defect(
        "writes-to-nobody",
        "Writing to a process that does not exist is accepted.",
        accepts(error("command/exec/write")),
        fails={"exec/refusals"},
    ),
    Defect(
        "sandbox-is-open",
        "A command writes although its sandbox is read-only.",
        hears(
            lambda m: _asks_exec(m, "params.sandboxPolicy.type", "readOnly"),
            lambda m: (
                {**m, "params": {**m["params"], "sandboxPolicy": {"type": "dangerFullAccess"}}},
            ),
        ),
        fails={"exec/sandbox"},
        live=True,
    ),
    Defect(
        "one-command-at-a-time",
        "No command is run while another one runs.",
        refuses(lambda m: _asks_exec(m, "params.command.2", "echo short"), text="busy"),
        fails={"exec/side-by-side"},
    ),
    Defect(
        "runs-anywhere",
        "A command runs in the server's directory, whatever it was given.",
        hears(lambda m: _asks_exec(m, "params.cwd"), lambda m: (_without_cwd(m),)),
        fails={"exec/surroundings"},
        live=True,
    ),
)


def _without_cwd(message: Message) -> Message:
    lose("params.cwd")(message)
    return message

"""
Parts in which the model calls a tool.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_codex.model import responses_api as api
from pytest_codex.model.conversation import running_session
from pytest_codex.model.pieces import Late, Part, one_item, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.pieces import Piece
    from pytest_codex.model.steps import Ids

# How long a command that is talked to may keep the model waiting at its start.
SESSION_YIELD_MS = 250

_NAME = re.compile(r"[a-z0-9_]+")


def run(
    cmd: str,
    *,
    escalate: bool = False,
    justification: str | None = None,
    prefix_rule: Sequence[str] | None = None,
    yield_ms: int | None = None,
    tty: bool | None = None,
    session: str | None = None,
    workdir: object = None,
) -> Part:
    """
    A shell command, through whichever shell tool the agent offers.

    Args:
        escalate: Ask to run outside the sandbox, which asks for approval.
        justification: The reason shown with that question.
        prefix_rule: The rule the user may save to allow such commands from then on.
        yield_ms: How long the agent waits before it lets the command run on behind.
        tty: Give it a terminal; without one its standard input is closed.
        session: A name by which :func:`write_stdin` talks to it later. The command then
            has a terminal and runs on behind after 250 ms, unless said otherwise.
        workdir: Where it runs; the turn's directory by default.
    """
    if session is not None:
        tty = True if tty is None else tty
        yield_ms = SESSION_YIELD_MS if yield_ms is None else yield_ms
    given: dict[str, Any] = {
        "sandbox_permissions": "require_escalated" if escalate else None,
        "justification": justification,
        "prefix_rule": None if prefix_rule is None else list(prefix_rule),
        "workdir": None if workdir is None else str(workdir),
    }
    args = {name: value for name, value in given.items() if value is not None}
    running = {"tty": tty, "yield_time_ms": yield_ms}
    behind = {name: value for name, value in running.items() if value is not None}

    def pieces(ids: Ids) -> list[Piece]:
        item = named_call(ids, session)

        def events(call: ModelCall) -> list[api.Event]:
            # Before 0.155 that is what there is when unified_exec is switched off.
            if "shell_command" in call.tools:
                shell = api.function_call(item, "shell_command", {"command": cmd, **args})
            else:
                shell = api.function_call(item, "exec_command", {"cmd": cmd, **args, **behind})
            return [api.item_done(shell)]

        return [Late(events)]

    return Part(quoted("run", cmd), pieces)


def write_stdin(
    chars: str = "", *, session: str | None = None, yield_ms: int | None = None
) -> Part:
    r"""
    Text for the standard input of a command that runs behind; nothing just looks at it.

    Args:
        chars: What to type, with ``"\n"`` where Enter is pressed and ``"\x03"`` for Ctrl-C.
        session: The name given to :func:`run`; by default the newest that still runs.
        yield_ms: How long the agent waits for output.
    """

    def make(item: str) -> list[Piece]:
        def events(call: ModelCall) -> list[api.Event]:
            args: dict[str, Any] = {"session_id": running_session(call, session), "chars": chars}
            if yield_ms is not None:
                args["yield_time_ms"] = yield_ms
            return [api.item_done(api.function_call(item, "write_stdin", args))]

        return [Late(events)]

    return one_item(quoted("write_stdin", chars), "call", make)


def patch(text: str) -> Part:
    """
    An edit of files in the ``*** Begin Patch`` format; the two frame lines may be left out.
    """
    framed = text if text.endswith("\n") else text + "\n"
    if not framed.startswith("*** Begin Patch"):
        framed = f"*** Begin Patch\n{framed}*** End Patch\n"
    return _custom(quoted("patch", text), "apply_patch", framed)


def code(script: str) -> Part:
    """
    A script in JavaScript for models that work in code mode, as the gpt-6 family does.

    It calls tools as ``await tools.exec_command({cmd: "ls"})`` and tells the model what it
    found with ``text(...)``.
    """
    return _custom(quoted("code", script), "exec", script)


def call(name: str, args: Mapping[str, Any] | None = None, *, namespace: str | None = None) -> Part:
    """
    A call of any tool by its name, for example a dynamic tool of the client.
    """
    given = dict(args or {})
    return one_item(
        quoted("call", name),
        "call",
        lambda item: [api.item_done(api.function_call(item, name, given, namespace))],
    )


def call_tool(server: str, tool: str, args: Mapping[str, Any] | None = None) -> Part:
    """
    A call of a tool of an MCP server.
    """
    made = call(tool, args, namespace=f"mcp__{server}")
    return made._replace(label=quoted("call_tool", f"{server}.{tool}"))


def ask_user(questions: Sequence[Mapping[str, Any]]) -> Part:
    """
    Questions to the user, each ``{"id", "header", "question", "options"}``.
    """
    made = call("request_user_input", {"questions": [dict(each) for each in questions]})
    return made._replace(label=f"ask_user({len(questions)} questions)")


def plan(steps: Iterable[str | tuple[str, str]], explanation: str | None = None) -> Part:
    """
    The agent's to-do list: texts, or pairs of text and status.
    """
    rows = [(each, "pending") if isinstance(each, str) else each for each in steps]
    args: dict[str, Any] = {"plan": [{"step": step, "status": status} for step, status in rows]}
    if explanation is not None:
        args["explanation"] = explanation
    return call("update_plan", args)._replace(label=f"plan({len(rows)} steps)")


def view_image(path: object) -> Part:
    """
    A look at an image file.
    """
    return call("view_image", {"path": str(path)})._replace(label=quoted("view_image", str(path)))


def search(query: str, answer: str = "") -> Part:
    """
    A web search the service ran by itself, and what the model says after it.
    """
    from pytest_codex.model.texts import say

    label = quoted("search", query)
    found = one_item(label, "ws", lambda item: [*api.web_search(item, query)])
    if not answer:
        return found
    return Part(label, lambda ids: found.pieces(ids) + say(answer).pieces(ids))


def search_tools(query: str) -> Part:
    """
    A search among the tools the agent has but did not list, which gives them to the model.
    """
    return one_item(
        quoted("search_tools", query),
        "call",
        lambda item: [api.item_done(api.tool_search(item, query))],
    )


def named_call(ids: Ids, name: str | None) -> str:
    """
    The id of a call; a name becomes part of it, so that later calls find its result.

    Raises:
        ValueError: The name has other characters than lower-case letters, digits and ``_``.
    """
    if name is None:
        return ids.next("call")
    if not _NAME.fullmatch(name):
        raise ValueError(f"the name {name!r} may only have lower-case letters, digits and '_'")
    return f"{ids.next('call')}_{name}"


def _custom(label: str, tool: str, text: str) -> Part:
    """
    A call of a tool that takes free text.
    """
    return one_item(label, "call", lambda item: [api.item_done(api.custom_call(item, tool, text))])

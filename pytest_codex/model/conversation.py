"""
What the model can read in a conversation: ids the agent chose after the script was written.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from fake_server.errors import HarnessError

if TYPE_CHECKING:
    from pytest_codex.model.calls import ModelCall

# How the agent heads the output of a command that goes on behind, and of one that ended.
_RUNNING = re.compile(r"^Process running with session ID (\d+)$", re.MULTILINE)
_EXITED = re.compile(r"^Process exited with code ", re.MULTILINE)

LAST_WORDS = 200
"""How much is quoted of what a command printed, in characters."""

V2 = "collaboration"
"""Namespace of the newer tools for sub-agents; those who do not see it have the older ones."""

V1 = "multi_agent_v1"


def running_session(call: ModelCall, name: str | None = None) -> int:
    """
    The id of a command that runs behind.

    Args:
        name: The ``session`` its ``run`` was given; the newest that still runs by default.

    Raises:
        HarnessError: The conversation knows of none.
    """
    outputs = call.outputs
    wanted = f"run(..., session={name!r})" if name else "run(..., session='name')"
    running: dict[int, str] = {}
    for made in call.tool_calls:
        call_id, output = str(made.get("call_id")), outputs.get(str(made.get("call_id")), "")
        started = _RUNNING.search(output)
        if started and made.get("name") != "write_stdin":
            running[int(started[1])] = call_id
        elif made.get("name") == "write_stdin" and _EXITED.search(output):
            ended = _object(made.get("arguments")).get("session_id")
            running = {number: made_by for number, made_by in running.items() if number != ended}
    fitting = [number for number, made in running.items() if not name or is_named(made, name)]
    if not fitting:
        state = f"{len(running)} others run" if running else "no command runs behind"
        told = [outputs[made] for made in outputs if not name or is_named(made, name)]
        last = f" The last command said: {told[-1][-LAST_WORDS:]!r}." if told else ""
        raise HarnessError(
            f"there is nothing to write to: {state} in this conversation. Start it with "
            f"{wanted}, and mind that a command which has ended takes no input.{last}"
        )
    return fitting[-1]


def agent_target(call: ModelCall, name: str | None) -> str:
    """
    What the agent's tools call a sub-agent: its name with the newer ones, else its thread id.

    Args:
        name: The name given to ``spawn_agent``; the newest sub-agent by default.

    Raises:
        HarnessError: The conversation has spawned none of that name.
    """
    found = [target for made, target in _agents(call) if not name or is_named(made, name)]
    if found:
        return found[-1]
    if name and _has_v2(call):
        return name  # a sub-agent of another conversation has a name here, too
    raise HarnessError(
        f"this conversation has no sub-agent{f' {name!r}' if name else ''}: "
        f"script .spawn_agent(..., name={name or 'name'!r}) before it."
    )


def agent_targets(call: ModelCall) -> list[str]:
    """
    All sub-agents this conversation has spawned, oldest first.
    """
    return [target for _, target in _agents(call)]


def agent_namespace(call: ModelCall, tool: str, known: tuple[str, ...]) -> str:
    """
    The namespace of a tool for sub-agents in this conversation.

    Args:
        known: The namespaces that have it.

    Raises:
        HarnessError: The agent offers tools for sub-agents, and this is not among them.
    """
    offered = V2 if _has_v2(call) else V1
    if offered not in known:
        raise HarnessError(
            f"the agent offers no {tool} here: its tools for sub-agents are {offered!r}, and "
            f"{tool} belongs to {known[0]!r}. Which of them there are follows from the model "
            "and from the feature multi_agent_v2 in Codex's configuration."
        )
    return offered


def is_named(call_id: str, name: str) -> bool:
    """
    Whether a call was made with this name.
    """
    return re.fullmatch(rf"(?:.*_)?call_\d+_{re.escape(name)}", call_id) is not None


def _has_v2(call: ModelCall) -> bool:
    return f"{V2}.spawn_agent" in call.tools


def _agents(call: ModelCall) -> list[tuple[str, str]]:
    """
    The calls that spawned a sub-agent, each with what the tools call it.
    """
    found = []
    for made in call.tool_calls:
        if made.get("name") != "spawn_agent":
            continue
        call_id = str(made.get("call_id"))
        result = _object(call.outputs.get(call_id))
        target = result.get("agent_id") or result.get("task_name")
        if isinstance(target, str):
            found.append((call_id, target))
    return found


def _object(text: object) -> dict[str, object]:
    """
    A JSON object; nothing when the text is none.
    """
    try:
        value = json.loads(str(text))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

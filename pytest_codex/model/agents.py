"""
Parts in which the model deals with sub-agents.

Codex has two sets of tools for them. The older one (``multi_agent_v1``) knows a sub-agent by
the id of its thread, the newer one (``collaboration``) by a name. Here it is always the name
that :func:`spawn_agent` was given; ids are taken from the conversation when the agent asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.model import responses_api as api
from pytest_codex.model.conversation import (
    V1,
    V2,
    agent_namespace,
    agent_target,
    agent_targets,
)
from pytest_codex.model.pieces import Late, Part, one_item, quoted
from pytest_codex.model.tools import named_call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.pieces import Piece
    from pytest_codex.model.steps import Ids


def spawn_agent(
    message: str,
    *,
    name: str | None = None,
    fork: bool = False,
    model: str | None = None,
    effort: str | None = None,
) -> Part:
    """
    A sub-agent with a task of its own; script what it says with ``script(message)``.

    Args:
        name: What it is called from now on: lower-case letters, digits and ``_``.
        fork: Whether it gets to see this conversation.
        model: Another model than its parent's.
        effort: Another reasoning effort than its parent's.
    """
    given = {"message": message, "model": model, "reasoning_effort": effort}
    args = {key: value for key, value in given.items() if value is not None}

    def pieces(ids: Ids) -> list[Piece]:
        called = name or ids.next("agent")
        item = named_call(ids, called)

        def events(call: ModelCall) -> list[api.Event]:
            namespace = agent_namespace(call, "spawn_agent", (V1, V2))
            if namespace == V1:
                more: dict[str, Any] = {"fork_context": fork}
            else:
                more = {"task_name": called, "fork_turns": "all" if fork else "none"}
            made = api.function_call(item, "spawn_agent", {**args, **more}, namespace)
            return [api.item_done(made)]

        return [Late(events)]

    return Part(quoted("spawn_agent", message), pieces)


def wait_agent(*names: str, timeout_ms: int = 10_000) -> Part:
    """
    A pause until sub-agents have news.

    Args:
        names: For whom; all this conversation has spawned by default. The newer tools wait
            for whoever is first, whatever is said here.
        timeout_ms: After how long the agent gives up; Codex raises less than 10 s to that.
    """

    def args(call: ModelCall, namespace: str) -> Mapping[str, Any]:
        if namespace == V2:
            return {"timeout_ms": timeout_ms}
        named = [agent_target(call, name) for name in names]
        return {"targets": named or agent_targets(call), "timeout_ms": timeout_ms}

    return _managing("wait_agent", ", ".join(names), (V1, V2), args)


def send_input(message: str, name: str | None = None, *, interrupt: bool = False) -> Part:
    """
    More input for a sub-agent (older tools).

    Args:
        interrupt: Whether it drops what it is doing.
    """
    return _managing(
        "send_input",
        message,
        (V1,),
        lambda call, _: {
            "target": agent_target(call, name),
            "message": message,
            "interrupt": interrupt,
        },
    )


def close_agent(name: str | None = None) -> Part:
    """
    The end of a sub-agent (older tools).
    """
    return _managing(
        "close_agent", name or "", (V1,), lambda call, _: {"target": agent_target(call, name)}
    )


def resume_agent(name: str | None = None) -> Part:
    """
    The return of a sub-agent that was closed (older tools).
    """
    return _managing(
        "resume_agent", name or "", (V1,), lambda call, _: {"id": agent_target(call, name)}
    )


def send_message(message: str, name: str | None = None) -> Part:
    """
    A message to a sub-agent, which starts no turn (newer tools).
    """
    return _managing("send_message", message, (V2,), _message(message, name))


def followup_task(message: str, name: str | None = None) -> Part:
    """
    Another task for a sub-agent (newer tools).
    """
    return _managing("followup_task", message, (V2,), _message(message, name))


def interrupt_agent(name: str | None = None) -> Part:
    """
    The end of what a sub-agent is doing (newer tools).
    """
    return _managing(
        "interrupt_agent", name or "", (V2,), lambda call, _: {"target": agent_target(call, name)}
    )


def list_agents() -> Part:
    """
    A look at who there is (newer tools).
    """
    return _managing("list_agents", "", (V2,), lambda _call, _namespace: {})


def _message(message: str, name: str | None) -> Callable[[ModelCall, str], Mapping[str, Any]]:
    return lambda call, _: {"target": agent_target(call, name), "message": message}


def _managing(
    tool: str,
    said: str,
    known: tuple[str, ...],
    args: Callable[[ModelCall, str], Mapping[str, Any]],
) -> Part:
    """
    A call of a tool for sub-agents, made when it is known who they are.
    """

    def make(item: str) -> list[Piece]:
        def events(call: ModelCall) -> list[api.Event]:
            namespace = agent_namespace(call, tool, known)
            made = api.function_call(item, tool, args(call, namespace), namespace)
            return [api.item_done(made)]

        return [Late(events)]

    return one_item(quoted(tool, said) if said else f"{tool}()", "call", make)

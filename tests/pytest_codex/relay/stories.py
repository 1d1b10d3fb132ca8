"""
What models and clients do in the tests of a recorded model: one story each.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.pytest_codex.relay.recorded import (
    Session,
    call,
    last_user_text,
    patch,
    shell,
    text,
    thinking,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pytest_codex.relay.recorded import Act, Plan

EDIT = "*** Begin Patch\n*** Update File: hello.py\n@@\n-print('hi')\n+print('ho')\n*** End Patch\n"


class Story(NamedTuple):
    """
    What happens in a session.

    Args:
        plan: What the model answers to a request with so many outputs of tools in it.
        act: What the client does.
        kept: What must be in the model cassette.
        config: What the agent is configured with.
        everywhere: Whether every supported version can do it.
    """

    plan: Plan
    act: Act
    kept: tuple[str, ...] = ()
    config: Mapping[str, Any] = {}
    everywhere: bool = True


def tools(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
    """
    A model that looks, edits, runs, and talks about where it is.
    """
    where = re.search(r"<cwd>(.*?)</cwd>", json.dumps(body))
    assert where
    if last_user_text(body) == "again":
        return [text("Nothing left to do.")]
    return [
        [thinking("Look first."), shell("pwd; cat hello.py; echo took 1.5s")],
        [patch(EDIT)],
        [text("And now."), shell(f"cd {where[1]}; echo one")],
        [text(f"Look at {where[1]}/hello.py, please. Done.")],
    ][answered]


def two_turns(session: Session) -> None:
    """
    Two turns of one thread.
    """
    thread = session.wire.thread()
    assert "completed" == session.wire.turn(thread, "do it")["status"]
    assert "completed" == session.wire.turn(thread, "again")["status"]
    assert "print('ho')\n" == (session.workspace / "hello.py").read_text()


def typing(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
    """
    A model that types into a command that is running, by its number.
    """
    if answered == 0:
        return [shell("cat", yield_time_ms=250, tty=True)]
    if answered == 1:
        found = re.search(r"session ID (\d+)", json.dumps(body))
        assert found
        keys = {"session_id": int(found[1]), "chars": "hello\n\x04", "yield_time_ms": 3000}
        return [call("write_stdin", keys)]
    return [text("Said hello.")]


def one_turn(session: Session) -> None:
    """
    One turn.
    """
    ended = session.wire.turn(session.wire.thread(), "go")
    assert "completed" == ended["status"], ended["error"]


def typed(session: Session) -> None:
    """
    One turn in which the command gets what was typed.
    """
    one_turn(session)
    (item,) = session.wire.items("commandExecution")
    assert "hello" in item["aggregatedOutput"]


def reviewing(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
    """
    A model that wants out of the sandbox, and a reviewer that lets it.
    """
    if body["model"] == "codex-auto-review":
        verdict = {"outcome": "allow", "risk_level": "low", "user_authorization": "high"}
        return [text(json.dumps({**verdict, "rationale": "fine"}))]
    if answered == 0:
        extra = {"sandbox_permissions": "require_escalated", "justification": "need"}
        return [shell("echo out > out.txt", **extra)]
    return [text("Done.")]


def reviewed(session: Session) -> None:
    """
    One turn whose approvals are reviewed.
    """
    how = {"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"}
    assert "completed" == session.wire.turn(session.wire.thread(**how), "go")["status"]
    assert (session.workspace / "out.txt").exists()


def hearing(body: dict[str, Any], _answered: int) -> list[dict[str, Any]]:
    """
    A model that repeats, and can summarize.
    """
    said = last_user_text(body)
    return [text("SUMMARY" if "COMPACTION" in said else f"Heard {said}.")]


def compacted(session: Session) -> None:
    """
    A turn, a summary, and another turn.
    """
    wire = session.wire
    thread = wire.thread()
    wire.turn(thread, "one")
    seen = len(wire.messages)
    wire.request("thread/compact/start", {"threadId": thread})
    wire.wait(lambda m: m.get("method") == "turn/completed", since=seen)
    assert "completed" == wire.turn(thread, "two")["status"]


def echoing(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
    """
    A model that runs what it was told.
    """
    said = last_user_text(body)
    # Codex 0.147 may lose what a command says right after its start, or right before its end.
    slowly = f"sleep 0.5; echo {said}; sleep 0.2"
    return [shell(slowly)] if answered == 0 else [text(f"{said} is done")]


def three_threads(session: Session) -> None:
    """
    Three threads that run at the same time.
    """
    wire = session.wire
    threads = {name: wire.thread() for name in ("cat", "ant", "bee")}
    turns = {name: wire.start(threads[name], name) for name in threads}
    ends = {name: wire.completed(turn)["items"][-1]["text"] for name, turn in turns.items()}
    assert {name: f"{name} is done" for name in threads} == ends


def delegating(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
    """
    A model that hands the work to another agent and waits for it, by its id.
    """
    if last_user_text(body) == "count to three":
        return [text("One, two, three.")]
    if answered == 0:
        return [call("spawn_agent", {"message": "count to three"}, namespace="multi_agent_v1")]
    if answered == 1:
        child = re.search(r'agent_id\\*": ?\\*"([0-9a-f-]{36})', json.dumps(body["input"]))
        assert child
        wanted = {"targets": [child[1]], "timeout_ms": 20000}
        return [call("wait_agent", wanted, namespace="multi_agent_v1")]
    return [text("It counted.")]


def coding(_body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
    """
    A model of the family that writes JavaScript to call its tools.
    """
    source = 'text(JSON.stringify(await tools.exec_command({cmd: "pwd; cat hello.py"})));'
    return [{**patch(source), "name": "exec"}] if answered == 0 else [text("Done.")]


STORIES = {
    "tools": Story(
        tools, two_turns, ("call_1", "msg_1", "cd {workspace}; echo one", "pwd; cat hello.py")
    ),
    "typing": Story(typing, typed, ("running as session ID 1",)),
    "review": Story(reviewing, reviewed, ("kind: review", "echo out > out.txt")),
    "compaction": Story(hearing, compacted, ("kind: compaction", "summary: SUMMARY")),
    "threads": Story(echoing, three_threads, ("user: ant", "user: bee", "user: cat")),
    "sub-agent": Story(
        delegating,
        one_turn,
        ("user: count to three", "One, two, three."),
        {"features": {"multi_agent": True}},
    ),
    "code mode": Story(
        coding, one_turn, ('"output":"{workspace}',), {"model": "gpt-6-luna"}, everywhere=False
    ),
}

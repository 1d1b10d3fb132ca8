"""
Sub-agents: threads that an agent begins, told on its own connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import MODEL, ended, follow, only, same, story, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Turns the server begins"


@check(
    "subagents/life-of-a-helper",
    "A sub-agent is spawned, awaited and closed: an item for each, and a turn of its own.",
    _FACTS,
    notifications=["turn/started", "item/completed", "turn/completed"],
    needs=MODEL,
)
def life(server: Server) -> None:
    server.model.spawn_agent("Count the tests.", name="counter")
    server.model.wait_agent("counter").close_agent("counter").say("There are 41.")
    server.model.script("Count the tests.").say("41")
    client = server.connect()
    thread = client.thread()
    ended(client.turn(thread, "How many?"))
    child = _spawned(client)
    calls = client.items("collabAgentToolCall")
    tools = [(each["tool"], each["status"], each["receiverThreadIds"]) for each in calls]
    expected = [(tool, "completed", [child]) for tool in ("spawnAgent", "wait", "closeAgent")]
    same("the items", tools, expected)
    follow(
        story(client, child),
        *("turn/started", "item/completed agentMessage", "turn/completed completed"),
    )
    require(child != thread, "the sub-agent has its parent's thread")


def _spawned(client: Client) -> str:
    """
    The thread of the only sub-agent, as the item of its birth names it.
    """
    made = [each for each in client.items("collabAgentToolCall") if each["tool"] == "spawnAgent"]
    return str(only("the threads", only("spawnAgent", made)["receiverThreadIds"]))


@check(
    "subagents/activity",
    "With the newer tools an agent's helpers are told as activities, with a path and a thread.",
    _FACTS,
    notifications=["item/completed"],
    needs=MODEL,
)
def activity(server: Server) -> None:
    server.configure({"features": {"multi_agent_v2": True}})
    server.model.spawn_agent("Count the tests.", name="counter").say("It counts.")
    gate = server.model.script("Count the tests.").hold("4", rest="1")
    client = server.connect()
    thread = client.thread()
    ended(client.turn(thread, "How many?"))
    started = [each for each in client.items("subAgentActivity") if each.get("kind") == "started"]
    found = only("subAgentActivity of kind started", started)
    same("its path", found.get("agentPath"), "/root/counter")
    child = found.get("agentThreadId")
    require(child and child != thread, f"its thread is {child}")
    gate.release()
    client.wait(
        lambda m: word(m) == "turn/completed completed" and m["params"]["threadId"] == child,
        "the end of the sub-agent's turn",
    )


@check(
    "subagents/outlive-the-turn",
    "A sub-agent nobody waits for goes on when the turn that made it has ended.",
    _FACTS,
    notifications=["turn/completed"],
    needs=MODEL,
)
def outlives(server: Server) -> None:
    server.model.spawn_agent("Count the tests.", name="counter").say("It counts.")
    gate = server.model.script("Count the tests.").hold("4", rest="1")
    client = server.connect()
    thread = client.thread()
    ended(client.turn(thread, "How many?"))
    gate.release()
    end = client.wait(
        lambda m: word(m) == "turn/completed completed" and m["params"]["threadId"] != thread,
        "the end of the sub-agent's turn",
    )
    same("the thread of that end", end["params"]["threadId"], _spawned(client))

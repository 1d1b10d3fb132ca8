"""
Turns that the server begins by itself, on request or not: compaction, review, goals.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require
from pytest_codex.model import parts

from .kit import MODEL, ended, follow, has, item, same, story, texts, word
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client, Message
    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Turns the server begins"


def _next_end(client: Client, since: int) -> Message:
    """
    The end of the next turn, whoever began it.
    """
    return dict(client.notice("turn/completed", since)["params"]["turn"])


@check(
    "compact/turn-of-its-own",
    "A compaction is a turn with an item of its own, and the thread goes on with the summary.",
    _FACTS,
    methods=["thread/compact/start"],
    notifications=["turn/started", "item/completed", "turn/completed"],
    needs=MODEL,
)
def compact(server: Server) -> None:
    server.model.say("A long story.").say("SUMMARY")
    server.model.decide(lambda call: str("SUMMARY" in json.dumps(call.input)))
    client = server.connect()
    thread = client.thread()
    first = client.turn(thread)
    since = len(client.messages)
    client.request("thread/compact/start", {"threadId": thread})
    turn = _next_end(client, since)
    ended(turn)
    require(turn["id"] != first["id"], "the compaction belongs to the turn before")
    follow(
        story(client, thread, since),
        *("turn/started", "item/started contextCompaction", "item/completed contextCompaction"),
        "turn/completed completed",
    )
    require(item(client, "contextCompaction").get("id"), "the item has no id")
    client.turn(thread, "Go on.")
    same("whether the model got the summary", texts(client)[-1], "True")


@check(
    "compact/failure-is-told",
    "A compaction whose model fails is a failed turn, and the thread goes on.",
    _FACTS,
    methods=["thread/compact/start"],
    notifications=["error", "turn/completed"],
    needs=MODEL,
)
def compact_fails(server: Server) -> None:
    server.model.say("A long story.").fail(400, message="No summary.").say("Still here.")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    since = len(client.messages)
    client.request("thread/compact/start", {"threadId": thread})
    ended(_next_end(client, since), "failed")
    require(client.said("error"), "no error was told")
    ended(client.turn(thread))
    same("the last message", texts(client)[-1], "Still here.")


def _review(server: Server) -> str:
    """
    What the model says after a review, about one line of a file.
    """
    path = server.workspace / "hello.py"
    path.write_text("print('changed')\n", encoding="utf-8")
    place = {"absolute_file_path": str(path), "line_range": {"start": 1, "end": 1}}
    finding = {
        "title": "[P1] Greets nobody",
        "body": "It used to greet.",
        "confidence_score": 0.9,
        "priority": 1,
        "code_location": place,
    }
    return json.dumps(
        {
            "findings": [finding],
            "overall_correctness": "patch is incorrect",
            "overall_explanation": "The greeting is gone.",
            "overall_confidence_score": 0.8,
        }
    )


@check(
    "review/enters-and-exits",
    "A review is a turn that enters review mode and leaves it with the findings as text.",
    _FACTS,
    methods=["review/start"],
    notifications=["item/started", "item/completed", "turn/completed"],
    needs=MODEL,
)
def review(server: Server) -> None:
    server.model.say(_review(server))
    client = server.connect()
    thread = client.thread()
    params = {"threadId": thread, "target": {"type": "uncommittedChanges"}}
    begun = client.request("review/start", params)
    same("reviewThreadId", begun.get("reviewThreadId"), thread)
    ended(client.completed(begun["turn"]["id"]))
    follow(
        story(client, thread),
        *("item/started enteredReviewMode", "item/completed exitedReviewMode"),
        "turn/completed completed",
    )
    found = item(client, "exitedReviewMode").get("review") or ""
    require("Greets nobody" in found, f"the review says {found!r}")


@check(
    "review/can-be-interrupted",
    "A review can be interrupted; its turn ends as interrupted.",
    _FACTS,
    methods=["review/start", "turn/interrupt"],
    notifications=["turn/completed"],
    needs=MODEL,
)
def review_interrupted(server: Server) -> None:
    gate = server.model.hold("Looking")
    client = server.connect()
    thread = client.thread()
    target = {"type": "custom", "instructions": "Look at it."}
    begun = client.request("review/start", {"threadId": thread, "target": target})
    turn = begun["turn"]["id"]
    active = client.notice("turn/started")["params"]["turn"]["id"]
    answer = client.call("turn/interrupt", {"threadId": thread, "turnId": turn})
    if "error" in answer:
        server.warn("a review is not interrupted by its turn's id, but by that of turn/started")
        client.request("turn/interrupt", {"threadId": thread, "turnId": active})
    ended(client.completed(turn), "interrupted")
    gate.release()


@check(
    "goals/works-until-it-is-reached",
    "A goal makes the server begin turns by itself, until the agent says that it is reached.",
    _FACTS,
    methods=["thread/goal/set", "thread/goal/get"],
    notifications=["thread/goal/updated", "turn/started", "turn/completed"],
    needs=MODEL,
)
def goal(server: Server) -> None:
    server.model.say("Ready.").say("Half of it is done.")
    done = parts.call("update_goal", {"status": "complete"})
    server.model.respond(done, usage={"input": 0, "output": 0}).say("All done.")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    since = len(client.messages)
    goal = {"threadId": thread, "objective": "Do all of it.", "status": "active"}
    set_to = client.request("thread/goal/set", goal)["goal"]
    has("the goal", set_to, objective="Do all of it.", status="active", threadId=thread)
    client.wait(
        lambda m: (
            m.get("method") == "thread/goal/updated" and m["params"]["goal"]["status"] == "complete"
        ),
        "thread/goal/updated with the status complete",
        since,
    )
    client.wait(
        lambda m: word(m) == "turn/completed completed" and texts(client)[-1:] == ["All done."],
        "the end of the goal's last turn",
        since,
    )
    begun = [word(each) for each in client.messages[since:]].count("turn/started")
    require(begun == 2, f"the server began {begun} turns, not 2")
    same("the messages", texts(client), ["Ready.", "Half of it is done.", "All done."])
    kept = client.request("thread/goal/get", {"threadId": thread})["goal"]
    same("the status of the goal", kept.get("status"), "complete")


@check(
    "goals/cleared",
    "A goal that is cleared is told as cleared, and is gone.",
    _FACTS,
    methods=["thread/goal/set", "thread/goal/clear", "thread/goal/get"],
    notifications=["thread/goal/updated", "thread/goal/cleared"],
    needs=MODEL,
)
def cleared(server: Server) -> None:
    server.model.say("Ready.")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    goal = {"threadId": thread, "objective": "Rest.", "status": "paused"}
    client.request("thread/goal/set", goal)
    client.notice("thread/goal/updated", threadId=thread)
    since = len(client.messages)
    client.request("thread/goal/clear", {"threadId": thread})
    client.notice("thread/goal/cleared", since, threadId=thread)
    left = client.request("thread/goal/get", {"threadId": thread}).get("goal")
    same("the goal that is left", left, None)


@check(
    "own-turns/shell-command",
    "A command of the user's own is a turn without the model, and runs outside the sandbox.",
    _FACTS,
    methods=["thread/shellCommand"],
    notifications=["turn/started", "item/completed", "turn/completed"],
)
def shell_command(server: Server) -> None:
    client = server.connect()
    thread = client.thread(sandbox="read-only")
    client.settle()
    since = len(client.messages)
    client.request("thread/shellCommand", {"threadId": thread, "command": "echo mine > mine.txt"})
    ended(_next_end(client, since))
    has("the command", item(client, "commandExecution"), status="completed", exitCode=0)
    same("what it wrote", (server.workspace / "mine.txt").read_text(), "mine\n")

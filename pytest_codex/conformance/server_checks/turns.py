"""
A turn from its request to its end: what is said, in which order, and with what in it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import MODEL, ended, follow, has, item, same, story, texts
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_BASE = "protocol-facts: The base sequence"


@check(
    "turns/base-sequence",
    "A turn in which the agent says one thing has exactly the messages of the base sequence.",
    _BASE,
    methods=["thread/start", "turn/start"],
    notifications=[
        *("thread/started", "thread/status/changed", "turn/started", "turn/completed"),
        *("item/started", "item/completed", "item/agentMessage/delta"),
        "thread/tokenUsage/updated",
    ],
    needs=MODEL,
)
def base_sequence(server: Server) -> None:
    server.model.say("Hello.")
    client = server.connect()
    thread = client.thread()
    client.turn(thread)
    client.settle()
    expected = [
        "thread/started",
        "thread/status/changed active",
        "turn/started",
        "item/started userMessage",
        "item/completed userMessage",
        "item/started agentMessage",
        "item/agentMessage/delta",
        "item/completed agentMessage",
        "thread/tokenUsage/updated",
        "thread/status/changed idle",
        "turn/completed completed",
    ]
    same("the story of the turn", story(client, thread), expected)


@check(
    "turns/answer-is-in-progress",
    "The answer to turn/start is a turn with an id that is in progress and has no items yet.",
    _BASE,
    methods=["turn/start"],
    needs=MODEL,
)
def in_progress(server: Server) -> None:
    server.model.say("Hello.")
    client = server.connect()
    begin = {"threadId": client.thread(), "input": [{"type": "text", "text": "go"}]}
    turn = client.request("turn/start", begin)["turn"]
    require(turn.get("id"), f"the turn has no id: {turn}")
    has("the turn", turn, status="inProgress", items=[], error=None)
    started = client.notice("turn/started")["params"]["turn"]
    same("the id in turn/started", started.get("id"), turn["id"])
    same("the id in turn/completed", client.completed(turn["id"])["id"], turn["id"])


@check(
    "turns/final-message",
    "The agent's message is completed with its whole text, and the turn ends without an error.",
    _BASE,
    notifications=["item/completed", "turn/completed"],
    needs=MODEL,
)
def final_message(server: Server) -> None:
    server.model.say("It is done.", phase="final_answer")
    client = server.connect()
    turn = client.turn(client.thread())
    has("the agentMessage", item(client, "agentMessage"), text="It is done.", phase="final_answer")
    has("the turn", turn, status="completed", error=None)


@check(
    "turns/deltas-make-the-text",
    "The deltas of a message are those of the model, none merged, and join to its text.",
    _BASE,
    notifications=["item/agentMessage/delta"],
    needs=MODEL,
)
def deltas(server: Server) -> None:
    chunks = ["One, ", "two, ", "", "thrée ", "🎉", "\n\tend."]
    server.model.stream(chunks)
    client = server.connect()
    client.turn(client.thread())
    came = [each["params"]["delta"] for each in client.said("item/agentMessage/delta")]
    same("the list of deltas", came, [chunk for chunk in chunks if chunk])
    same("the text of the item", texts(client), ["".join(chunks)])


@check(
    "turns/input-reaches-the-model",
    "What the user says is an item as it was said, and the model gets to read it.",
    _BASE,
    methods=["turn/start"],
    notifications=["item/started", "item/completed"],
    needs=MODEL,
)
def input_reaches(server: Server) -> None:
    said = 'Grüße,\n"quoted" \\ 🎉'
    server.model.decide(lambda call: call.user_texts[-1])
    client = server.connect()
    client.turn(client.thread(), said)
    content = item(client, "userMessage")["content"]
    same("the text of the userMessage", [part.get("text") for part in content], [said])
    same("the text the model got", texts(client), [said])


@check(
    "turns/conversation-goes-on",
    "The turns of a thread have ids of their own, and the model reads all that was said before.",
    _BASE,
    methods=["turn/start"],
    needs=MODEL,
)
def conversation(server: Server) -> None:
    server.model.decide(lambda call: " ".join(call.user_texts[-2:]))
    server.model.decide(lambda call: " ".join(call.user_texts[-2:]))
    client = server.connect()
    thread = client.thread()
    turns = [client.turn(thread, text)["id"] for text in ("one", "two")]
    require(turns[0] != turns[1], f"both turns have the id {turns[0]}")
    require(
        texts(client)[-1] == "one two",
        f"in the second turn the model read {texts(client)[-1]!r} and not 'one two'",
    )


@check(
    "turns/output-schema-reaches-the-model",
    "The schema that a turn asks for goes to the model, and only in that turn.",
    _BASE,
    methods=["turn/start"],
    needs=MODEL,
)
def output_schema(server: Server) -> None:
    schema = {
        "type": "object",
        "properties": {"passed": {"type": "integer"}},
        "required": ["passed"],
        "additionalProperties": False,
    }
    for _ in range(2):
        server.model.decide(lambda call: json.dumps(call.schema))
    client = server.connect()
    thread = client.thread()
    client.turn(thread, outputSchema=schema)
    client.turn(thread)
    same("the schemas that the model got", [json.loads(t) for t in texts(client)], [schema, None])


@check(
    "turns/summary-items",
    "turn/completed tells how much of its items it holds; a summary holds the last message.",
    _BASE,
    notifications=["turn/completed"],
    needs=MODEL,
)
def summary_items(server: Server) -> None:
    server.model.respond("I am looking.").say("Found it.")
    client = server.connect()
    turn = client.turn(client.thread())
    if "itemsView" not in turn:
        same("the items of the turn", turn.get("items"), [])
        return
    view, kinds = turn["itemsView"], [each["type"] for each in turn["items"]]
    require(view in {"summary", "notLoaded", "full"}, f"itemsView is {view!r}")
    if view == "summary":
        same("the items of a summary", kinds, ["agentMessage"])
        same("its message", turn["items"][0]["text"], texts(client)[-1])
    if view == "notLoaded":
        same("the items of a view that is not loaded", kinds, [])


@check(
    "turns/refusal-completes",
    "A model that refuses is no failure: the turn completes without an error.",
    "protocol-facts: When the model fails",
    needs=MODEL,
)
def refusal(server: Server) -> None:
    server.model.refuse("I cannot help with that.").say("With this I can.")
    client = server.connect()
    thread = client.thread()
    has("the turn", client.turn(thread), status="completed", error=None)
    require(not client.said("error"), f"there came an error: {client.said('error')}")
    ended(client.turn(thread))
    follow(texts(client), "With this I can.")

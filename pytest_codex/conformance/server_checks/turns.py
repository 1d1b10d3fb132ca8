"""
A turn from its request to its end: what is said, in which order, and with what in it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import MODEL, ended, follow, has, item, only, same, story, texts
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
    "turns/usage-adds-up",
    "Token usage tells the last call and the sum of all calls of the thread.",
    _BASE,
    notifications=["thread/tokenUsage/updated"],
    needs=MODEL,
)
def usage(server: Server) -> None:
    server.model.say("One.", usage={"input": 100, "cached": 40, "output": 10, "reasoning": 3})
    server.model.say("Two.", usage={"input": 200, "output": 20})
    client = server.connect()
    thread = client.thread()
    turns = [client.turn(thread)["id"] for _ in range(2)]
    told = [each["params"] for each in client.said("thread/tokenUsage/updated")]
    same("the turns of the updates", [each["turnId"] for each in told], turns)
    last, total = told[-1]["tokenUsage"]["last"], told[-1]["tokenUsage"]["total"]
    has("the last call", last, inputTokens=200, outputTokens=20, totalTokens=220)
    has("the total", total, inputTokens=300, cachedInputTokens=40, outputTokens=30)
    has("the total", total, reasoningOutputTokens=3, totalTokens=330)


@check(
    "turns/rate-limits-are-told",
    "What the model's service says of its limits is told after the call.",
    _BASE,
    notifications=["account/rateLimits/updated"],
    needs=MODEL,
)
def rate_limits(server: Server) -> None:
    server.model.say("Hello.", rate_limits={"primary": 42, "secondary": 7})
    client = server.connect()
    client.turn(client.thread())
    limits = client.notice("account/rateLimits/updated")["params"]["rateLimits"]
    used = {name: (limits.get(name) or {}).get("usedPercent") for name in ("primary", "secondary")}
    same("usedPercent", used, {"primary": 42, "secondary": 7})


@check(
    "turns/diff-is-cumulative",
    "The turn's diff holds all edits of the turn so far, with paths relative to the repository.",
    _BASE,
    notifications=["turn/diff/updated"],
    needs=MODEL,
)
def diff(server: Server) -> None:
    server.model.patch("*** Add File: one.txt\n+1\n").patch("*** Add File: two.txt\n+2\n")
    server.model.say("Done.")
    client = server.connect()
    turn = client.turn(client.thread())
    told = [each["params"] for each in client.said("turn/diff/updated")]
    require(told, "there came no turn/diff/updated")
    same("the turns of the diffs", {each["turnId"] for each in told}, {turn["id"]})
    first, last = told[0]["diff"], told[-1]["diff"]
    require("+++ b/one.txt" in first, f"the first diff has no b/one.txt: {first!r}")
    for name in ("one.txt", "two.txt"):
        require(f"+++ b/{name}" in last, f"the last diff has no b/{name}: {last!r}")


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
    "turns/times-are-told",
    "A completed turn tells when it began and ended, and how long it took.",
    _BASE,
    notifications=["turn/started", "turn/completed"],
    needs=MODEL,
)
def times(server: Server) -> None:
    server.model.say("Hello.")
    client = server.connect()
    turn = client.turn(client.thread())
    started = client.notice("turn/started")["params"]["turn"]
    begun, end, took = (turn.get(key) for key in ("startedAt", "completedAt", "durationMs"))
    require(begun is not None and end is not None, f"startedAt is {begun}, completedAt {end}")
    require(begun <= end, f"the turn began at {begun} and ended at {end}")
    require(took is not None and took >= 0, f"durationMs is {took}")
    same("startedAt of turn/started", started.get("startedAt"), begun)


@check(
    "turns/settings-of-a-turn",
    "A model chosen for a turn is the one that is asked, and the thread's new settings are told.",
    _BASE,
    methods=["turn/start"],
    notifications=["thread/settings/updated"],
    needs=MODEL,
)
def settings(server: Server) -> None:
    server.model.decide(lambda call: call.model)
    client = server.connect()
    thread = client.thread()
    client.turn(thread, model="gpt-5.4")
    same("the model that was asked", texts(client), ["gpt-5.4"])
    told = only("thread/settings/updated", client.said("thread/settings/updated"))["params"]
    same("the thread of the settings", told.get("threadId"), thread)
    same("the model of the settings", told["threadSettings"].get("model"), "gpt-5.4")


@check(
    "turns/unknown-model-warns",
    "A model without an entry in the catalogue is used, with a warning.",
    _BASE,
    methods=["thread/start"],
    notifications=["warning"],
    needs=MODEL,
)
def unknown_model(server: Server) -> None:
    server.model.say("Hello.")
    client = server.connect()
    thread = client.thread(model="nobody-knows-me")
    ended(client.turn(thread))
    warnings = [each["params"]["message"] for each in client.said("warning")]
    require(
        any("nobody-knows-me" in text for text in warnings),
        f"no warning names the model: {warnings}",
    )


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

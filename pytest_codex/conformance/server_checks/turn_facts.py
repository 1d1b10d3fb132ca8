"""
What a turn tells beside its items: what it cost, what it changed, how long it took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.outcomes import require

from .kit import MODEL, ended, has, only, same, texts
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.server import Server

_BASE = "protocol-facts: The base sequence"


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
    told = f"startedAt is {begun}, completedAt {end}, durationMs {took}"
    require(begun is not None and end is not None and begun <= end, told)
    require(took is not None and took >= 0, told)
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

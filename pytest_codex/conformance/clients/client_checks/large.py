"""
Much, and in pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import acts
from pytest_codex.conformance.clients.plain import TEXT
from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client

MESSAGE = 8_000_000
DELTAS = 10_000
PROMPT = 100_000


@check("large/message", "A message of 8 MB, in one line, arrives whole.", FACTS)
def message(client: Client) -> None:
    text = "0123456789abcdef" * (MESSAGE // 16)
    scene = Scene()
    turn = scene.thread().turn()
    turn.message(text, deltas=False)
    turn.end()
    client.perform("run", scene).said(text)


@check("large/deltas", "10,000 pieces of a message arrive in order.", FACTS)
def deltas(client: Client) -> None:
    pieces = [f"{number} " for number in range(DELTAS)]
    text = "".join(pieces)
    scene = Scene()
    turn = scene.thread().turn()
    item = turn.open_message()
    for piece in pieces:
        turn.delta(item, piece)
    turn.item({"type": "agentMessage", "id": item, "text": text}, begun=False)
    turn.end()
    got = client.perform("stream", scene).said(text).result().get("deltas")
    require(got == text, "the pieces the driver reports are not those that were sent, in order")


@check("large/many-messages", "2,000 items of a turn are no trouble.", FACTS)
def many(client: Client) -> None:
    scene = Scene()
    turn = scene.thread().turn()
    for _ in range(2_000):
        turn.item({"type": "reasoning", "summary": ["Hm."], "content": []})
    turn.message(TEXT)
    turn.end()
    client.perform("run", scene).said(TEXT)


@check("large/prompt", "A prompt of 100,000 characters arrives whole.", FACTS)
def prompt(client: Client) -> None:
    text = "word " * (PROMPT // 5)
    scene = Scene()
    turn = scene.thread().turn()
    turn.message(TEXT)
    turn.end()
    seen = client.perform("run", scene, prompt=text).said(TEXT)
    got = [one["params"]["input"] for one in seen.requests("turn/start")]
    require(got and got[0] and got[0][0].get("text") == text, "the prompt arrived changed")


@check("large/split-lines", "A line may come in pieces, cut inside a character.", FACTS)
def split(client: Client) -> None:
    text = "Ünïcödé ✓ 😀 " * 20
    scene = Scene()
    thread = scene.thread()
    scene.act(acts.CHUNKS, thread.id, size=7)
    turn = thread.turn()
    turn.message(text)
    turn.end()
    client.perform("run", scene).said(text)

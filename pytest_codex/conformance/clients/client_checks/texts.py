"""
Every character arrives as it was sent, in both directions.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_codex.conformance.clients.scene import Scene
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client

TEXTS = {
    "letters": "Größe, naïve, Ελληνικά, русский, 日本語, العربية",
    "emoji": "😀 👩‍👩‍👧 🏳️‍🌈",
    "separators": "one\u2028two\u2029three\u0085four\x0bfive\x0csix",
    "controls": "tab\tnewline\nreturn\rbell\x07escape\x1b[31m",
    "json": '{"id": 1, "method": "turn/completed"}\n{"id": 2}\n',
    "quotes": "\"quoted\" \\back\\slash\\ 'single' $HOME `id` %s {0}",
}


def _answer(name: str) -> None:
    text = TEXTS[name]

    @check(f"texts/answer-{name}", f"An answer with {name} arrives as it was sent.", FACTS)
    def answer(client: Client) -> None:
        scene = Scene()
        turn = scene.thread().turn()
        turn.message(text)
        turn.end()
        client.perform("run", scene).said(text)

    @check(f"texts/prompt-{name}", f"A prompt with {name} arrives as it was given.", FACTS)
    def prompt(client: Client) -> None:
        scene = Scene()
        turn = scene.thread().turn()
        turn.message("Thanks.")
        turn.end()
        seen = client.perform("run", scene, prompt=text).said("Thanks.")
        got = [one["params"]["input"][0].get("text") for one in seen.requests("turn/start")]
        require(got == [text], f"the prompt was {text!r}; what arrived was {got!r}")


for _one in TEXTS:
    _answer(_one)


@check("texts/escaped", "A character may come as an escape, in two halves if it is large.", FACTS)
def escaped(client: Client) -> None:
    text = "ü 😀 \x00 end"
    scene = Scene()
    turn = scene.thread().turn()
    ids = {"threadId": turn.thread.id, "turnId": turn.id}
    item = {"type": "agentMessage", "id": "escaped", "text": text}
    params = {**ids, "item": item, "completedAtMs": 0}
    line = json.dumps({"method": "item/completed", "params": params}, ensure_ascii=True)
    scene.raw(line.encode() + b"\n", turn.thread.id)
    turn.end()
    client.perform("run", scene).said(text)

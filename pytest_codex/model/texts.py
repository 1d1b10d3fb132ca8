"""
Parts in which the model says something.
"""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError
from pytest_codex.model import responses_api as api
from pytest_codex.model.pieces import Late, Part, one_item, quoted
from pytest_codex.model.schema import misfit
from pytest_codex.model.steps import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.pieces import Piece


def say(text: str, *, phase: str | None = None) -> Part:
    """
    A message, sent in one piece.

    Args:
        phase: ``"commentary"`` for a remark on the way, ``"final_answer"`` for the end.
    """
    return _message(quoted("say", text), [text], phase)


def stream(text: str | Iterable[str], *, phase: str | None = None) -> Part:
    """
    A message sent in many deltas: a text word by word, or the chunks given.
    """
    chunks = _chunks(text)
    return _message(quoted("stream", "".join(chunks)), chunks, phase)


def slow(text: str | Iterable[str], *, seconds: float = 0.1, phase: str | None = None) -> Part:
    """
    A streamed message with a delay of so many seconds before each delta.
    """
    chunks = _chunks(text)
    # A gate nobody releases opens after its deadline.
    spaced = [piece for chunk in chunks for piece in (Gate(seconds), chunk)]
    return _message(quoted("slow", "".join(chunks)), spaced, phase)


def hold(gate: Gate, text: str = "", *, rest: str = "", phase: str | None = None) -> Part:
    """
    A message that stops after ``text`` until the gate opens, then goes on with ``rest``.
    """
    return _message(quoted("hold", text), [text, gate, rest], phase)


def beginning(text: str) -> Part:
    """
    A message that begins and never ends.
    """
    whole = _message(quoted("beginning", text), [text], None)
    return whole._replace(pieces=lambda ids: whole.pieces(ids)[:-1])


def answer(value: object) -> Part:
    """
    A message that is data: the answer to a turn with an output schema.

    Args:
        value: An instance of a pydantic model or a dataclass, or plain JSON data. It must
            fit the schema the agent asks for; otherwise turn and test fail and tell why.

    Raises:
        TypeError: It cannot be written as JSON.
    """
    text = json.dumps(_plain(value), ensure_ascii=False)
    label = quoted("answer", text)

    def make(item: str) -> list[Piece]:
        def events(call: ModelCall) -> list[api.Event]:
            problem = call.schema and misfit(json.loads(text), call.schema)
            if problem:
                raise HarnessError(
                    f"{label} does not fit the schema the agent asked for: {problem}. "
                    "Change the answer, or script it with .say(...) to send it as it is."
                )
            return [event for event in _events(item, [text], None) if isinstance(event, dict)]

        return [Late(events)]

    return one_item(label, "msg", make)


def reason(text: str) -> Part:
    """
    A reasoning summary.
    """
    return one_item(quoted("reason", text), "rs", lambda item: [*api.reasoning(item, text)])


def refuse(text: str) -> Part:
    """
    A refusal instead of a message.
    """
    return one_item(quoted("refuse", text), "msg", lambda item: [*api.refusal(item, text)])


def _message(label: str, chunks: Sequence[str | Gate], phase: str | None) -> Part:
    """
    A message in deltas, with a gate wherever one stands between the chunks.
    """
    return one_item(label, "msg", lambda item: _events(item, chunks, phase))


def _events(item: str, chunks: Sequence[str | Gate], phase: str | None) -> list[Piece]:
    text = "".join(chunk for chunk in chunks if isinstance(chunk, str))
    pieces: list[Piece] = [api.item_added(api.message(item, "", phase))]
    for chunk in chunks:
        if isinstance(chunk, Gate):
            pieces.append(chunk)
        elif chunk:
            pieces.append(api.text_delta(item, chunk))
    return [*pieces, api.item_done(api.message(item, text, phase))]


def _chunks(text: str | Iterable[str]) -> list[str]:
    """
    The chunks given; of a text its words, each with the space before it.
    """
    if not isinstance(text, str):
        return list(text)
    head, *tail = text.split(" ")
    return [head, *(f" {word}" for word in tail)]


def _plain(value: object) -> Any:
    """
    Data as JSON knows it.
    """
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):  # pydantic, without importing it
        return dump(mode="json", by_alias=True)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value

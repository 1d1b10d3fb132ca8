"""
From parts to one answer over HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pytest_codex.model import responses_api as api
from pytest_codex.model.pieces import Fault, Late, Part
from pytest_codex.model.rate_limits import limit_headers
from pytest_codex.model.steps import Gate, Reply, Step
from pytest_codex.model.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.pieces import Piece
    from pytest_codex.model.rate_limits import Window
    from pytest_codex.model.steps import Ids

    # What an answer may be made of: parts, texts to say, or one fault.
    Item: TypeAlias = Part | Fault | str


class Answering(TypedDict, total=False):
    """
    What every verb can say about its answer.

    Attributes:
        usage: Tokens: any of ``input``, ``cached``, ``output``, ``reasoning``.
        rate_limits: Windows ``primary`` and ``secondary``: per cent used, or a mapping of
            ``used_percent``, ``window_minutes`` and ``resets_at`` (seconds since 1970).
        headers: More HTTP headers.
    """

    usage: Mapping[str, int] | None
    rate_limits: Mapping[str, float | Window] | None
    headers: Mapping[str, str] | None


def build(ids: Ids, items: Sequence[Item], how: Answering) -> Step:
    """
    The answer made of these items.

    Raises:
        TypeError: An item is neither text nor part.
        ValueError: A fault is not alone, or ``how`` has a name that does not exist.
    """
    usage = how.get("usage")
    api.token_usage(usage)  # wrong names are told where the test wrote them
    headers = {**limit_headers(how.get("rate_limits")), **(how.get("headers") or {})}
    for item in items:
        if isinstance(item, Fault):
            if len(items) > 1:
                raise ValueError(f"{item.label} is a whole answer: nothing can stand beside it")
            if usage is not None:
                raise ValueError(f"{item.label} goes wrong: it tells no usage")
            made = item.step(ids)
            return made._replace(reply=_with_headers(made.reply, headers))
    return answering(
        ids, items, lambda response_id: [api.completed(response_id, usage)], headers=headers
    )


def answering(
    ids: Ids,
    items: Sequence[Item],
    end: Callable[[str], list[api.Event]],
    *,
    headers: Mapping[str, str] | None = None,
    after: int | None = None,
    cut: bool = False,
) -> Step:
    """
    An answer that ends in its own way.

    Args:
        end: Makes the last events, given the id of the response.
        after: Nothing is sent after so many events.
        cut: The connection is lost at the end.
    """
    parts = [_part(item) for item in items]
    response_id = ids.next("resp")
    pieces: list[Piece] = [api.created(response_id)]
    for part in parts:
        pieces += part.pieces(ids)
    # Encoded now: what cannot be written as JSON is told where the test wrote it.
    ready = [_encoded(piece) for piece in [*pieces, *end(response_id)]]

    def reply(call: ModelCall) -> Reply:
        body: list[bytes | Gate] = []
        for piece in ready:
            body += map(api.encode, piece.events(call)) if isinstance(piece, Late) else [piece]
        return Reply(_joined(_first(body, after)), headers=headers or {}, cut=cut)

    return Step(" + ".join(part.label for part in parts) or "an answer", reply)


def _part(item: Item) -> Part:
    if isinstance(item, str):
        return say(item)
    if isinstance(item, Part):
        return item
    raise TypeError(
        f"an answer is made of texts and of parts such as parts.run('ls'), not of {item!r}"
    )


def _encoded(piece: Piece) -> bytes | Gate | Late:
    return piece if isinstance(piece, (Gate, Late)) else api.encode(piece)


def _first(body: list[bytes | Gate], count: int | None) -> list[bytes | Gate]:
    """
    The body up to an event; places to wait at do not count.
    """
    if count is None:
        return body
    kept: list[bytes | Gate] = []
    for piece in body:
        if not isinstance(piece, Gate):
            if count == 0:
                break
            count -= 1
        kept.append(piece)
    return kept


def _joined(body: Sequence[bytes | Gate]) -> list[bytes | Gate]:
    """
    As few pieces as the gates allow.
    """
    out: list[bytes | Gate] = []
    run: list[bytes] = []
    for piece in body:
        if isinstance(piece, Gate):
            out += [b"".join(run), piece]
            run = []
        else:
            run.append(piece)
    return [*out, b"".join(run)]


def _with_headers(
    reply: Callable[[ModelCall], Reply], headers: Mapping[str, str]
) -> Callable[[ModelCall], Reply]:
    def more(call: ModelCall) -> Reply:
        made = reply(call)
        return made._replace(headers={**headers, **made.headers})

    return more

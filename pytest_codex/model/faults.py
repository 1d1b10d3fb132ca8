"""
Answers that go wrong, each a whole answer of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.model import responses_api as api
from pytest_codex.model.answers import answering
from pytest_codex.model.pieces import Fault
from pytest_codex.model.steps import Reply, Step
from pytest_codex.model.texts import beginning, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_codex.model.answers import Item
    from pytest_codex.model.steps import Ids


def fail(
    status: int = 500,
    code: str | None = None,
    message: str | None = None,
    retry_after: float | None = None,
) -> Fault:
    """
    An HTTP error.

    Args:
        status: The HTTP status.
        code: The service's own word, for example ``rate_limit_exceeded``.
        message: Its sentence.
        retry_after: Seconds after which it asks to be tried again; Codex reads whole ones.
    """
    error: dict[str, Any] = {"message": message or f"scripted failure {status}"}
    if code:
        error.update(type=code, code=code)
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    body = json.dumps({"error": error}).encode()
    return _whole(f"fail(status={status})", lambda _: Reply([body], status, headers))


def failed(code: str, message: str = "The model failed.") -> Fault:
    """
    An answer that begins and then reports a failure, e.g. ``context_length_exceeded``.
    """
    return _begun(
        f"failed({code!r})", (), lambda response_id: [api.failed(response_id, code, message)]
    )


def incomplete(text: str = "", reason: str = "max_output_tokens") -> Fault:
    """
    A stop in the middle, as of a model that ran out of tokens.
    """
    items = [beginning(text)] if text else []
    return _begun(
        f"incomplete({reason!r})",
        items,
        lambda response_id: [api.incomplete(response_id, reason, None)],
    )


def cut(*items: Item, after: int | None = None) -> Fault:
    """
    A connection that is lost.

    Args:
        items: The answer that was begun: a text, of which nothing but the end is missing,
            or parts.
        after: Lose the connection after so many events of the whole answer instead, a text
            being streamed word by word. ``0`` sends none at all.

    Raises:
        ValueError: ``after`` is negative.
    """
    if after is not None and after < 0:
        raise ValueError(f"cut(after={after}): a number of events is not negative")
    shown = ", ".join(repr(item) if isinstance(item, str) else item.label for item in items)
    told = "" if after is None else f"{', ' if shown else ''}after={after}"
    begin = beginning if after is None else stream
    parts = [begin(item) if isinstance(item, str) else item for item in items if item != ""]

    def end(response_id: str) -> list[api.Event]:
        return [] if after is None else [api.completed(response_id, None)]

    return _begun(f"cut({shown}{told})", parts, end, after=after, cut=True)


def malformed() -> Fault:
    """
    Lines that are no events, and an end without completing the answer.
    """
    junk = b"event: response.output_item.done\ndata: {not json}\n\ndata: garbage\n\n"
    return _whole(
        "malformed()", lambda ids: Reply([api.encode(api.created(ids.next("resp"))) + junk])
    )


def _whole(label: str, make: Callable[[Ids], Reply]) -> Fault:
    """
    A fault whose bytes are known.
    """

    def step(ids: Ids) -> Step:
        reply = make(ids)
        return Step(label, lambda _: reply)

    return Fault(label, step)


def _begun(
    label: str,
    items: Sequence[Item],
    end: Callable[[str], list[api.Event]],
    *,
    after: int | None = None,
    cut: bool = False,
) -> Fault:
    """
    A fault in an answer that was begun.
    """
    return Fault(
        label,
        lambda ids: answering(ids, items, end, after=after, cut=cut)._replace(label=label),
    )

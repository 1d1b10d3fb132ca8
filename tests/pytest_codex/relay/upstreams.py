"""
A local upstream that does exactly what a test says, byte by byte.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from pytest_codex.model.loopback import Handler, Loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

    Behaviour = Callable[["Conversing"], None]

EVENTS = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 40},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 107,
}


def event(type_: str, **fields: Any) -> bytes:
    """
    One server-sent event.
    """
    return f"event: {type_}\ndata: {json.dumps({'type': type_, **fields})}\n\n".encode()


def completed(id_: str = "resp_0a1b") -> bytes:
    """
    The end of an answer.
    """
    return event("response.completed", response={"id": id_, "usage": USAGE})


def message(text: str, id_: str = "msg_0a1b") -> bytes:
    """
    A whole message.
    """
    content = [{"type": "output_text", "text": text}]
    item = {"type": "message", "role": "assistant", "id": id_, "content": content}
    return event("response.output_item.done", item=item)


class Conversing(Handler):
    """
    One connection; the test's behaviour answers.
    """

    upstream: Upstream

    def do_POST(self) -> None:  # noqa: N802
        """
        Note the request and behave.
        """
        self.raw = self.body()
        self.upstream.seen.append((dict(self.headers.items()), self.raw, self.path))
        with self.upstream.guard:
            behaviours = self.upstream.behaviours
            behave = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
        behave(self)

    do_GET = do_POST  # noqa: N815

    def begin(self, headers: dict[str, str] | None = None) -> None:
        """
        Begin a stream.
        """
        self.head(200, {**EVENTS, **(headers or {})})
        self.wfile.flush()

    def send(self, *pieces: bytes) -> None:
        """
        Send pieces of a stream, each as a chunk of its own.
        """
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()

    def end(self) -> None:
        """
        End a stream properly.
        """
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


class Upstream:
    """
    Serves the behaviours in their order; the last one for ever.

    Attributes:
        seen: Headers, body and path of each request.
    """

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)
        self.seen: list[tuple[dict[str, str], bytes, str]] = []
        self.guard = threading.Lock()
        upstream = self

        class Bound(Conversing):
            pass

        Bound.upstream = upstream
        self._http = Loopback(Bound, "test-upstream")
        self.url = f"{self._http.origin}/v1"

    def close(self) -> None:
        """
        Stop, whoever is connected.
        """
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def says(*pieces: bytes) -> Behaviour:
    """
    A stream of these pieces that ends properly.
    """

    def behave(to: Conversing) -> None:
        to.begin()
        to.send(*pieces)
        to.end()

    return behave


def answers(status: int, headers: dict[str, str], body: bytes) -> Behaviour:
    """
    An answer that is no stream.
    """
    return lambda to: to.whole(status, headers, body)


def request(*texts: str, **fields: Any) -> dict[str, Any]:
    """
    The body of a request in which user and model spoke in turns.
    """
    roles = ["user", "assistant"]
    said: Sequence[dict[str, Any]] = [
        {"type": "message", "role": roles[n % 2], "content": [{"type": "input_text", "text": text}]}
        for n, text in enumerate(texts)
    ]
    return {"model": "gpt-5.5", "input": list(said), **fields}

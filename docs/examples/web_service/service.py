"""
A web service on Codex, as a plain ASGI application: any ASGI server runs it.

``POST /ask`` answers with JSON; ``POST /stream`` streams the words as server-sent events. One Codex
process serves all requests, each in a thread of its own. A client that goes away stops its agent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from openai_codex import ApprovalMode, AsyncCodex, AsyncTurnHandle, InvalidRequestError, Sandbox
from openai_codex.models import AgentMessageDeltaNotification, TurnCompletedNotification

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Service:
    """
    The application; one instance per process.

    Args:
        at_once: How many agents may work at the same time; who comes later is told to try again.
    """

    def __init__(self, at_once: int = 4) -> None:
        self._free = at_once
        self._codex: AsyncCodex | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["method"] != "POST" or scope["path"] not in ("/ask", "/stream"):
            await reply(send, 404, {"error": "there is POST /ask and POST /stream"})
        elif self._free == 0:
            await reply(send, 503, {"error": "all agents are busy"})
        else:
            self._free -= 1
            try:
                await self._serve(scope["path"], receive, send)
            finally:
                self._free += 1

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        async with AsyncCodex() as self._codex:
            await send({"type": "lifespan.startup.complete"})
            await receive()  # lifespan.shutdown
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, path: str, receive: Receive, send: Send) -> None:
        try:
            question = json.loads(await body_of(receive))["question"]
        except (ValueError, KeyError, TypeError):
            await reply(send, 400, {"error": "send JSON with a question"})
            return
        assert self._codex is not None, "the server has not started the application"
        thread = await self._codex.thread_start(
            sandbox=Sandbox.read_only, approval_mode=ApprovalMode.deny_all
        )
        turn = await thread.turn(question)
        if path == "/stream":
            await self._stream(turn, receive, send)
        else:
            await self._answer(turn, send)

    async def _answer(self, turn: AsyncTurnHandle, send: Send) -> None:
        try:
            result = await turn.run()
        except RuntimeError as error:
            await reply(send, 502, {"error": str(error)})
        else:
            await reply(send, 200, {"answer": result.final_response})

    async def _stream(self, turn: AsyncTurnHandle, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        watch = asyncio.create_task(stop_when_gone(turn, receive))
        try:
            async for name, data in events_of(turn):
                text = f"event: {name}\ndata: {json.dumps(data)}\n\n"
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            watch.cancel()


async def events_of(turn: AsyncTurnHandle) -> AsyncIterator[tuple[str, str]]:
    """
    What a listener hears: words, and how it ended.
    """
    async for event in turn.stream():
        payload = event.payload
        if isinstance(payload, AgentMessageDeltaNotification):
            yield "text", payload.delta
        elif isinstance(payload, TurnCompletedNotification):
            error = payload.turn.error
            yield ("error", error.message) if error else ("end", payload.turn.status.value)


async def stop_when_gone(turn: AsyncTurnHandle, receive: Receive) -> None:
    """
    Interrupt the agent when the client closes the connection.
    """
    while (await receive())["type"] != "http.disconnect":
        pass
    try:
        await turn.interrupt()
    except InvalidRequestError:
        return  # it ended in this moment


async def body_of(receive: Receive) -> bytes:
    """
    The whole body of a request.
    """
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def reply(send: Send, status: int, content: dict[str, Any]) -> None:
    """
    Answer with JSON.
    """
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})


app = Service()

"""
An ASGI server as small as can be, in the event loop of the test.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from service import Service

DEADLINE = 30


class Response:
    """What came back so far, and the way to go away before it is over."""

    def __init__(self):
        self.task = None
        self.status = 0
        self.text = ""
        self.gone = asyncio.Event()
        self._changed = asyncio.Condition()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def events(self):
        """Server-sent events as pairs of name and data."""
        lines = [block.splitlines() for block in self.text.split("\n\n") if block]
        return [
            (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
            for name, data in lines
        ]

    async def take(self, message):
        async with self._changed:
            self.status = message.get("status", self.status)
            self.text += message.get("body", b"").decode()
            self._changed.notify_all()

    async def complete(self):
        """Wait for the end, and give the response back."""
        await asyncio.wait_for(self.task, DEADLINE)
        return self

    async def has(self, text):
        """Wait until a text has arrived."""
        async with self._changed:
            await asyncio.wait_for(
                self._changed.wait_for(lambda: text in self.text), timeout=DEADLINE
            )


class Client:
    """Sends requests to an application that has been started."""

    def __init__(self, app):
        self._app = app

    async def post(self, path, content):
        """The response, when it is complete."""
        return await self.begin(path, content).complete()

    def begin(self, path, content):
        """The response, as it comes."""
        response = Response()
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        messages = [{"type": "http.request", "body": body}]

        async def receive():
            if messages:
                return messages.pop()
            await response.gone.wait()
            return {"type": "http.disconnect"}

        scope = {"type": "http", "method": "POST", "path": path}
        response.task = asyncio.create_task(self._app(scope, receive, response.take))
        return response


@asynccontextmanager
async def served(app):
    """The application between its start and its end."""
    inbox, outbox = asyncio.Queue(), asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, inbox.get, outbox.put))
    try:
        for event in ("startup", "shutdown"):
            await inbox.put({"type": f"lifespan.{event}"})
            told = asyncio.create_task(outbox.get())
            await asyncio.wait({told, life}, timeout=DEADLINE, return_when="FIRST_COMPLETED")
            assert told.done(), f"no answer to {event}"
            assert told.result() == {"type": f"lifespan.{event}.complete"}
            if event == "startup":
                yield Client(app)
    finally:
        await asyncio.wait_for(life, DEADLINE)


@pytest.fixture
def anyio_backend():
    """The SDK is made for asyncio."""
    return "asyncio"


@pytest.fixture
async def client(codex_session):
    """A client of a service that runs."""
    async with served(Service(at_once=2)) as client:
        yield client

"""
Build small transcripts and play them: the tests of the kernel speak in these words.
"""

from __future__ import annotations

import json
from typing import Any

from fake_server.connection import Connection
from fake_server.engine import ReplayEngine, ReplayOptions
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from fake_server.transcript import Event, Transcript


def thread_id(number: int) -> str:
    """
    The canonical id of a thread.
    """
    return f"{number:08d}-0000-7000-8000-000000000000"


def turn_id(thread: int, number: int = 1) -> str:
    """
    The canonical id of a turn.
    """
    return f"{thread:08d}-{number:04d}-7000-8000-000000000000"


class Script:
    """
    Writes a transcript line by line, as a recording of a small session would read.
    """

    def __init__(self, conn: int = 1) -> None:
        self.events: list[Event] = []
        self.conn = conn
        self._ids = 0

    def ask(self, method: str, params: Any = None, *, result: Any = None) -> Script:
        """
        A client request, and its answer when there is one.
        """
        self._ids += 1
        body: dict[str, Any] = {"id": self._ids, "method": method}
        if params is not None:
            body["params"] = params
        self.client(body)
        if result is not None:
            self.server({"id": self._ids, "result": result})
        return self

    def client(self, body: Any) -> Script:
        """
        Any client message.
        """
        self.events.append(Event(self.conn, "client", body))
        return self

    def server(self, body: Any) -> Script:
        """
        Any server message.
        """
        self.events.append(Event(self.conn, "server", body))
        return self

    def tell(self, method: str, **params: Any) -> Script:
        """
        A notification of the server's.
        """
        return self.server({"method": method, "params": params})

    def effect(self, **body: Any) -> Script:
        """
        A change on disk.
        """
        self.events.append(Event(self.conn, "workspace", body))
        return self

    def hello(self) -> Script:
        """
        The handshake.
        """
        self.ask("initialize", {"clientInfo": {"name": "t", "version": "1"}}, result=AGENT)
        return self.client({"method": "initialized"})

    def thread(self, number: int, **params: Any) -> Script:
        """
        A ``thread/start`` with its answer and ``thread/started``.
        """
        thread = {"id": thread_id(number)}
        self.ask("thread/start", params, result={"thread": thread})
        return self.tell("thread/started", thread=thread)

    def turn(self, thread: int, text: str, reply: str, number: int = 1) -> Script:
        """
        A whole turn of one message.
        """
        self.begin(thread, text, number)
        return self.end(thread, reply, number)

    def begin(self, thread: int, text: str, number: int = 1) -> Script:
        """
        A turn up to ``turn/started``.
        """
        turn = {"id": turn_id(thread, number), "status": "inProgress"}
        params = {"threadId": thread_id(thread), "input": [{"type": "text", "text": text}]}
        self.ask("turn/start", params, result={"turn": turn})
        return self.tell("turn/started", threadId=thread_id(thread), turn=turn)

    def end(self, thread: int, reply: str, number: int = 1) -> Script:
        """
        The rest of a turn.
        """
        where = {"threadId": thread_id(thread)}
        item = {"type": "agentMessage", "id": "msg_1", "text": reply}
        self.tell("item/completed", turnId=turn_id(thread, number), item=item, **where)
        return self.tell("turn/completed", turn={"id": turn_id(thread, number)}, **where)

    def transcript(self, *others: Script) -> Transcript:
        """
        The whole as a transcript that was read from a file.
        """
        events = [event for script in (self, *others) for event in script.events]
        return Transcript.parse(Transcript({}, events).dumps(), "cassettes/test.codex.jsonl")


AGENT = {"userAgent": "t/0.163.0 (os) terminal", "codexHome": "{codex_home}"}


class Client:
    """
    A live client: sends, and keeps what the engine answered.
    """

    def __init__(self, engine: ReplayEngine, cwd: str | None = None, args: Any = ()) -> None:
        self.engine = engine
        self.connection: Connection = engine.connect(args, cwd)
        self.actions: list[Any] = []
        self._ids = 100

    def send(self, body: Any) -> list[Any]:
        """
        Send any message; returns the messages that came back at once.
        """
        line = body if isinstance(body, str) else json.dumps(body)
        actions = self.connection.receive(line)
        self.actions += actions
        return [json.loads(what) for kind, what in actions if kind == "send"]

    def ask(self, method: str, params: Any = None) -> list[Any]:
        """
        Send a request; returns the messages that came back at once.
        """
        self._ids += 1
        body = {"id": f"live-{self._ids}", "method": method}
        return self.send(body if params is None else {**body, "params": params})

    def hello(self) -> Client:
        """
        Shake hands.
        """
        self.ask("initialize", {"clientInfo": {"name": "t", "version": "2"}})
        self.send({"method": "initialized"})
        return self

    def thread(self, **params: Any) -> str:
        """
        Start a thread; returns its id.
        """
        replies = self.ask("thread/start", params)
        found: str = next(m for m in replies if "id" in m)["result"]["thread"]["id"]
        return found

    def turn(self, thread: str, text: str) -> list[Any]:
        """
        Start a turn; returns what came back.
        """
        params = {"input": [{"text": text, "type": "text"}], "threadId": thread}
        return self.ask("turn/start", params)


def engine_of(transcript: Transcript, **options: Any) -> ReplayEngine:
    """
    An engine with a workspace and a Codex home.
    """
    places = Places()
    places.bind("workspace", "/live/workspace")
    places.bind("codex_home", "/live/codex-home")
    return ReplayEngine(transcript, places, Redactor(), ReplayOptions(**options))


def methods(messages: list[Any]) -> list[str]:
    """
    What came back, in short: methods, ``result`` and ``error``.
    """
    return [m.get("method") or ("error" if "error" in m else "result") for m in messages]

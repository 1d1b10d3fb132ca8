"""
Composing what the server does in one check: a transcript, made in Python.

The replay engine plays it, so what is composed keeps its lanes, its gates and its rules: a
thread's messages come in the order written here, and stop where the client is to speak.
"""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING, Any

from fake_server.transcript import Event, Transcript

from . import acts
from .threads import NOW, VERSION, Thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fake_server.messages import Message

AGENT = f"codex_conformance/{VERSION} (Linux; x86_64) unknown (conformance; 1)"


class Scene:
    """
    One session, from the handshake on.

    Args:
        agent: The ``userAgent`` of the answer to ``initialize``; None writes no handshake.
        extra: Members to add to that answer.
    """

    def __init__(self, agent: str | None = AGENT, extra: Mapping[str, Any] | None = None) -> None:
        self.events: list[Event] = []
        self._client_ids = itertools.count(1)
        self._server_ids = itertools.count()
        self._threads = itertools.count(1)
        if agent is not None:
            number = self.asked("initialize")
            result = {"userAgent": agent, "codexHome": "/codex-home", "platformFamily": "unix"}
            self.answer(number, {**result, "platformOs": "linux", **(extra or {})})

    # -- what the client sends ---------------------------------------------------

    def asked(self, method: str, **params: Any) -> int:
        """
        The client sends a request; what follows in its lane waits for that.

        Returns:
            The number to answer it by.
        """
        number = next(self._client_ids)
        self.events.append(
            Event(1, "client", {"id": number, "method": method, "params": {**params}})
        )
        return number

    def answered(self, number: object, thread: str | None = None) -> None:
        """
        The client answers a request of the server, with whatever it likes.
        """
        self.events.append(Event(1, "client", {"id": number, "result": {}}))
        self.act(acts.UNTIL, thread, answer=number)

    # -- what the server says ----------------------------------------------------

    def say(self, message: Message) -> None:
        """
        Send a message as it is.
        """
        self.events.append(Event(1, "server", message))

    def answer(self, number: int, result: Any) -> None:
        """
        Answer a request.
        """
        self.say({"id": number, "result": result})

    def refuse(self, number: int, code: int, text: str, data: Any = None) -> None:
        """
        Answer a request with an error.
        """
        error = {"code": code, "message": text}
        self.say({"id": number, "error": error if data is None else {**error, "data": data}})

    def notify(self, method: str, **params: Any) -> None:
        """
        Send a notification.
        """
        self.say({"method": method, "params": params, "emittedAtMs": NOW * 1000})

    def request(self, method: str, params: Any, number: object = None) -> object:
        """
        Send a request to the client, and do not wait.

        Args:
            method: What is asked.
            params: Its params.
            number: Its id; None counts on.

        Returns:
            Its id.
        """
        number = next(self._server_ids) if number is None else number
        self.say({"id": number, "method": method, "params": params})
        return number

    # -- what else the server does -----------------------------------------------

    def act(self, act: str, thread: str | None = None, **params: Any) -> None:
        """
        Do something that is no message; see `acts`.
        """
        place = {} if thread is None else {"threadId": thread}
        self.say({"method": act, "params": {**place, **params}})

    def until(self, method: str, count: int = 1, thread: str | None = None) -> None:
        """
        Hold the rest until the client has sent a request so many times.
        """
        self.act(acts.UNTIL, thread, method=method, count=count)

    def pause(self, thread: str) -> None:
        """
        Let other threads speak before this one goes on.
        """
        self.act(acts.UNTIL, thread)

    def raw(self, data: bytes, thread: str | None = None) -> None:
        """
        Write bytes as they are.
        """
        self.act(acts.RAW, thread, base64=base64.b64encode(data).decode())

    def exit(self, code: int = 0, text: str = "", thread: str | None = None) -> None:
        """
        End the process; -9 is a kill.
        """
        self.act(acts.EXIT, thread, code=code, text=text)

    # -- threads -----------------------------------------------------------------

    def thread(self, extra: Mapping[str, Any] | None = None, before: Any = None) -> Thread:
        """
        The client starts a thread.

        Args:
            extra: Members to add to the answer, or to put in the place of others.
            before: Called with the thread before the request is answered.
        """
        thread = Thread(self, next(self._threads))
        number = self.asked("thread/start")
        if before is not None:
            before(thread)
        self.answer(number, {**thread.opened(), **(extra or {})})
        self.notify("thread/started", thread=thread.described())
        return thread

    def stranger(self) -> Thread:
        """
        A thread that no answer names.
        """
        return Thread(self, next(self._threads))

    def transcript(self) -> Transcript:
        """
        What the engine plays.
        """
        header = {"codex": VERSION, "client": "composed", "platform": "any"}
        return Transcript(header, list(self.events))

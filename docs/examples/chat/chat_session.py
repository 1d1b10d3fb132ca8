"""
What a chat window needs of Codex: send, stream, steer, stop.

The window calls :meth:`ChatSession.send` and :meth:`ChatSession.stop` and draws the events it takes
from the queue. Nothing here blocks it but starting and steering, which take one round trip.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass

from openai_codex import Codex, InvalidRequestError, Sandbox, TurnHandle
from openai_codex.models import (
    AgentMessageDeltaNotification,
    ItemStartedNotification,
    TurnCompletedNotification,
)


@dataclass(frozen=True)
class Event:
    """
    Something to draw.

    Attributes:
        kind: ``user``, ``text``, ``busy``, ``done``, ``stopped`` or ``error``.
        text: What goes with it.
    """

    kind: str
    text: str = ""


class ChatSession:
    """
    One conversation.

    Attributes:
        events: What the window has to draw, in order.
    """

    def __init__(self, codex: Codex) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        self._thread = codex.thread_start(sandbox=Sandbox.read_only)
        self._turn: TurnHandle | None = None
        self._pump: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """
        Whether the agent is at work.
        """
        with self._lock:
            return self._turn is not None

    def send(self, text: str) -> None:
        """
        Say something: it starts a turn, or steers the one that runs.
        """
        self.events.put(Event("user", text))
        with self._lock:
            turn = self._turn
        if turn is not None and self._steer(turn, text):
            return
        self._settle()
        turn = self._thread.turn(text)
        with self._lock:
            self._turn = turn
        self._pump = threading.Thread(target=self._draw, args=(turn,), daemon=True)
        self._pump.start()

    def stop(self) -> None:
        """
        Stop the agent; nothing happens when it is not at work.
        """
        with self._lock:
            turn = self._turn
        if turn is not None:
            try:
                turn.interrupt()
            except InvalidRequestError:
                return  # it ended in this moment

    def close(self, timeout: float = 10.0) -> None:
        """
        Stop and wait for the end, at most ``timeout`` seconds.
        """
        self.stop()
        self._settle(timeout)

    def _steer(self, turn: TurnHandle, text: str) -> bool:
        try:
            turn.steer(text)
        except InvalidRequestError:
            return False  # it ended in this moment
        return True

    def _settle(self, timeout: float | None = None) -> None:
        if self._pump is not None:
            self._pump.join(timeout)

    def _draw(self, turn: TurnHandle) -> None:
        end = Event("error", "the connection was lost")
        try:
            for event in turn.stream():
                payload = event.payload
                if isinstance(payload, AgentMessageDeltaNotification):
                    self.events.put(Event("text", payload.delta))
                elif isinstance(payload, ItemStartedNotification):
                    if payload.item.root.type == "commandExecution":
                        self.events.put(Event("busy", payload.item.root.command))
                elif isinstance(payload, TurnCompletedNotification):
                    end = _ending(payload)
        finally:
            with self._lock:
                self._turn = None
            self.events.put(end)


def _ending(payload: TurnCompletedNotification) -> Event:
    turn = payload.turn
    if turn.error is not None:
        return Event("error", turn.error.message)
    return Event("stopped" if turn.status.value == "interrupted" else "done")

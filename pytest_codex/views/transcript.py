"""
The whole transcript, its threads and its turns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .reader import Reader
from .records import turns_of
from .requests import requests_of
from .responses import response_of
from .sources import WireSource, source_of
from .story import tell_threads, tell_turn
from .view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_codex.wire import Message, Wire

    from .records import ThreadRecord, TurnRecord
    from .requests import Request
    from .sources import Source


class SessionTranscript(View):
    """
    All that clients and servers of a session said, told as what the agent did.

    It follows the session: each property reads what has passed until now.
    """

    def __init__(self, wire: Wire) -> None:
        self._read = Reader(WireSource(wire))

    @classmethod
    def of(cls, source: Source) -> SessionTranscript:
        """
        The transcript of any list of messages.
        """
        made = cls.__new__(cls)
        made._read = Reader(source)
        return made

    @property
    def wire(self) -> list[Message]:
        """
        The raw messages of all connections in the order they passed.
        """
        return self._read.messages()

    @property
    def threads(self) -> list[Thread]:
        """
        The threads in the order in which they were first told of; a resumed one is the same.
        """
        return self._once(
            "threads", lambda: [Thread(self, each) for each in self._read.threads.values()]
        )

    @property
    def turns(self) -> list[Turn]:
        """
        The turns of all threads, thread by thread.
        """
        return [turn for thread in self.threads for turn in thread.turns]

    def thread(self, prompt: str) -> Thread:
        """
        The thread that began with this prompt, or with the only one that contains it.

        Raises:
            LookupError: No thread did, or several; it names the prompts there are.
        """
        prompts = [(thread, thread.prompt) for thread in self.threads]
        found = [thread for thread, told in prompts if told == prompt]
        found = found or [thread for thread, told in prompts if told and prompt in told]
        if len(found) != 1:
            many = f"{len(found)} threads" if found else "no thread"
            told = ", ".join(repr(told) for _, told in prompts)
            raise LookupError(f"{many} began with {prompt!r}; prompts: {told or 'none'}")
        return found[0]

    def requests(self, method: str | None = None) -> list[Request]:
        """
        What clients requested, in order, each with its answer.

        Args:
            method: Such as ``turn/start``; None for all.
        """
        return requests_of(self.wire, method)

    @property
    def reported_paths(self) -> list[str]:
        """
        Every file that a completed change told of, under its old and its new name.
        """
        done = [change for change in self.file_changes if change.status == "completed"]
        return [path for change in done for path in (change.path, change.moved_to) if path]

    def _reader(self) -> Reader:
        return self._read

    def _turns(self) -> Sequence[TurnRecord]:
        self._read.refresh()
        return self._read.turns

    def _log(self) -> list[Any]:
        self._read.refresh()
        found = list(self._read.loose)
        for thread in self._read.threads.values():
            found += _log_of(thread)
        return found

    def _tell(self) -> Iterator[str]:
        return tell_threads(self._read.threads.values(), self._read.loose)


class Thread(View):
    """
    One thread of a transcript.
    """

    def __init__(self, transcript: SessionTranscript, record: ThreadRecord) -> None:
        self._transcript = transcript
        self._record = record

    @property
    def id(self) -> str:
        """
        The server's id; empty where nobody told it, as in a ``TurnResult``.
        """
        return self._record.id

    @property
    def number(self) -> int:
        """
        Its number in the transcript, from 1.
        """
        return self._record.number

    @property
    def cwd(self) -> str:
        """
        The directory it works in; empty where nobody told it.
        """
        return self._record.cwd

    @property
    def raw(self) -> dict[str, Any]:
        """
        The thread as the server told it.
        """
        return self._record.body

    @property
    def prompt(self) -> str | None:
        """
        What its first turn was asked; None where nobody told it.
        """
        return next((turn.prompt for turn in self.turns if turn.prompt is not None), None)

    @property
    def forked_from(self) -> Thread | None:
        """
        The thread it was forked from; None for one that was not, or from one not told of.
        """
        self._reader().refresh()
        source = self._record.body.get("forkedFromId")
        return next((t for t in self._transcript.threads if source and t.id == source), None)

    @property
    def parent(self) -> Thread | None:
        """
        The thread whose agent started this one; None for a thread that a client started.
        """
        return next((t for t in self._transcript.threads if t.id == self._record.parent), None)

    @property
    def children(self) -> list[Thread]:
        """
        The threads of the sub-agents that this thread's agent started.
        """
        return [t for t in self._transcript.threads if t._record.parent == self.id]

    @property
    def turns(self) -> list[Turn]:
        """
        Its turns in the order in which they began.
        """
        return self._once(
            "turns", lambda: [Turn(self._transcript, each) for each in turns_of(self._record)]
        )

    def _reader(self) -> Reader:
        return self._transcript._read

    def _turns(self) -> Sequence[TurnRecord]:
        self._reader().refresh()
        return turns_of(self._record)

    def _log(self) -> list[Any]:
        self._reader().refresh()
        return _log_of(self._record)

    def _tell(self) -> Iterator[str]:
        return tell_threads([self._record], [])


class Turn(View):
    """
    One turn of a transcript.
    """

    def __init__(self, transcript: SessionTranscript, record: TurnRecord) -> None:
        self._transcript = transcript
        self._record = record

    @property
    def id(self) -> str:
        """
        The server's id.
        """
        return self._record.id

    @property
    def number(self) -> int:
        """
        Its number in its thread, from 1.
        """
        return self._record.number

    @property
    def thread(self) -> Thread:
        """
        The thread it belongs to.
        """
        return next(t for t in self._transcript.threads if t._record is self._record.thread)

    @property
    def status(self) -> str:
        """
        ``completed``, ``failed``, ``interrupted``, or ``inProgress`` while it has not ended.
        """
        self._reader().refresh()
        return self._record.status

    @property
    def finished(self) -> bool:
        """
        Whether it has ended.
        """
        return self.status != "inProgress"

    @property
    def prompt(self) -> str | None:
        """
        What it was asked: the user's first message; None where there is none.
        """
        return next((one.text for one in self.messages if one.role == "user"), None)

    @property
    def duration(self) -> float | None:
        """
        Seconds it took; 0 in a replay, None while it has not ended.
        """
        self._reader().refresh()
        spent = self._record.body.get("durationMs")
        return spent / 1000 if isinstance(spent, (int, float)) else None

    @property
    def raw(self) -> dict[str, Any]:
        """
        The turn as the server told it last; its items are in ``items``.
        """
        self._reader().refresh()
        return self._record.body

    @property
    def final_response(self) -> str | None:
        """
        The final response, as the SDK's ``TurnResult`` has it; None where the agent gave none.
        """
        self._reader().refresh()
        return response_of(self._record)

    def _reader(self) -> Reader:
        return self._transcript._read

    def _turns(self) -> Sequence[TurnRecord]:
        self._reader().refresh()
        return [self._record]

    def _log(self) -> list[Any]:
        self._reader().refresh()
        return self._record.log

    def _tell(self) -> Iterator[str]:
        return tell_turn(self._record)


def transcript_of(told: Any) -> SessionTranscript:
    """
    The transcript of a cassette, or of what the SDK gave.

    Args:
        told: A cassette's path or its ``Transcript``, a session, a ``TurnResult``, a
            ``Notification``, a thread or turn with its items, or an iterable of those.

    Raises:
        TypeError: There is no transcript in it.
        CassetteError: The cassette cannot be read.
    """
    known = getattr(told, "transcript", told)
    if isinstance(known, SessionTranscript):
        return known
    return SessionTranscript.of(source_of(told))


def _log_of(thread: ThreadRecord) -> list[Any]:
    return [*thread.log, *(entry for turn in turns_of(thread) for entry in turn.log)]

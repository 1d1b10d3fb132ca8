"""
What was seen of a client in one run: its report, its end, and what went over the wire.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_server.messages import encode, is_request, is_response
from pytest_codex.conformance.outcomes import ConformanceError, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fake_server.messages import Message

BOTH = 2
_SHOWN = 300


@dataclass(frozen=True)
class Line:
    """
    One line of the log.

    Attributes:
        pid: The server process.
        sender: ``client``, ``server`` or ``event``.
        text: The message as it went over the wire (the server's cut to a length), or the event.
    """

    pid: int
    sender: str
    text: str

    @property
    def message(self) -> Message:
        """
        The message; empty when the line is none.
        """
        try:
            message = json.loads(self.text)
        except ValueError:
            return {}
        return message if isinstance(message, dict) else {}


@dataclass(frozen=True)
class Seen:
    """
    One run of the driver.

    Attributes:
        task: What the driver was told to do.
        deadline: Seconds it was given.
        status: Its exit status; None when it had to be killed.
        report: The object it printed; None when it printed none.
        stderr: Its standard error.
        lines: What went over the wire, in order.
        orphans: Server processes that were still running after it had gone.
    """

    task: str
    deadline: float
    status: int | None
    report: dict[str, Any] | None
    stderr: str
    lines: tuple[Line, ...]
    orphans: tuple[int, ...]

    # -- the wire ----------------------------------------------------------------

    @property
    def sent(self) -> list[Message]:
        """
        The client's messages, in order.
        """
        return [line.message for line in self.lines if line.sender == "client"]

    def requests(self, method: str) -> list[Message]:
        """
        The client's requests of one method.
        """
        return [one for one in self.sent if is_request(one) and one["method"] == method]

    def answers(self, number: object) -> list[Message]:
        """
        The client's answers to one request of the server.
        """
        return [one for one in self.sent if is_response(one) and _same(one["id"], number)]

    def events(self) -> list[str]:
        """
        What happened to the server: ``start``, ``eof``, ``sigterm``, ``exit``.
        """
        return [line.text for line in self.lines if line.sender == "event"]

    def waiting(self) -> str:
        """
        What was not answered, as the end of a sentence.
        """
        open_requests: dict[tuple[str, str], str] = {}
        for line in self.lines:
            message = line.message
            if line.sender not in ("client", "server") or "id" not in message:
                continue
            peer = "server" if line.sender == "client" else "client"
            if "method" in message:
                open_requests[line.sender, encode(message["id"])] = str(message["method"])
            else:
                open_requests.pop((peer, encode(message["id"])), None)
        owed = [f"the client did not answer {m}" for (who, _), m in open_requests.items()
                if who == "server"]  # fmt: skip
        owed += [f"{m} was never answered" for (who, _), m in open_requests.items()
                 if who == "client"]  # fmt: skip
        return "; ".join(owed) or "every request had been answered"

    # -- judging -----------------------------------------------------------------

    def ended(self) -> Seen:
        """
        Require that the client came to an end by itself.

        Raises:
            ConformanceError: It had to be killed.
        """
        require(
            self.status is not None,
            f"the client did not end within {self.deadline:g} s and was killed: {self.waiting()}",
        )
        return self

    def reached(self, method: str) -> Seen:
        """
        Require that the client came so far: else an early error would look like the right one.
        """
        require(
            self.requests(method),
            f"the client never sent {method}, and ended with: {_short(self.trouble or 'no error')}",
        )
        return self

    @property
    def trouble(self) -> str | None:
        """
        The error that the driver reported, or ended with; None when all went well.
        """
        if self.status not in (0, None):
            return self.stderr.strip()[-2000:] or f"exit status {self.status}"
        if self.report is None:
            return None
        error = self.report.get("error")
        if error:
            return encode(error)
        if self.report.get("status") == "failed":
            return "the turn failed, without an error"
        return None

    def result(self) -> dict[str, Any]:
        """
        The report of a run that has to go well.

        Raises:
            ConformanceError: The client did not end, or met an error.
        """
        trouble = self.ended().trouble
        text = f"{self.task} has to go well and ended with: {_short(trouble or '')}"
        require(trouble is None, text)
        assert self.report is not None
        return self.report

    def turns(self) -> list[dict[str, Any]]:
        """
        The reports of both turns: every task that has several has two.

        Raises:
            ConformanceError: There are fewer or more. A list that is too short claims nothing
                that could be wrong.
        """
        turns = self.result().get("turns")
        if not isinstance(turns, list) or not all(isinstance(one, dict) for one in turns):
            raise ConformanceError(f'the report of {self.task} has no list "turns" of objects')
        require(len(turns) == BOTH, f"{self.task} has two turns; the driver reports {len(turns)}")
        return turns

    def said(self, text: str, report: dict[str, Any] | None = None) -> Seen:
        """
        Require the agent's final response, in a turn that was completed.
        """
        report = self.result() if report is None else report
        status, got = report.get("status"), report.get("final_response")
        require(status == "completed", f"the turn was completed; the driver reports {status!r}")
        require(
            got == text, f"the final response is {_cut(text)!r}; the driver reports {_cut(got)!r}"
        )
        return self

    def failed(self, text: str = "") -> Seen:
        """
        Require that an error reached the client's user, with the text that tells why.
        """
        trouble = self.ended().trouble
        require(
            trouble is not None,
            f"{self.task} has to end with an error; the driver reports {_cut(self.report)}",
        )
        told = str(trouble)
        require(text in told, f"the error does not say {text!r}; it says {_short(told)}")
        return self

    def alone(self) -> Seen:
        """
        Require that no server process was left behind.
        """
        require(
            not self.orphans,
            f"{len(self.orphans)} server process was still running after the client had ended",
        )
        return self

    def tail(self) -> Iterator[str]:
        """
        The last lines of the wire, to be read.
        """
        arrows = {"client": ">", "server": "<", "event": "#"}
        for line in self.lines[-12:]:
            yield f"{arrows[line.sender]} {_cut(line.text)}"


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _short(trouble: str) -> str:
    """
    An error in one line: of a stack trace the last one.
    """
    lines = trouble.splitlines() or [""]
    return _cut(lines[-1] if "Traceback" in lines[0] else trouble)


def _cut(value: object) -> str:
    text = value if isinstance(value, str) else encode(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"

"""
Sessions as plain data: what a client does, step by step, and what the model answers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Action = Literal[
    "connect", "start", "start careful", "turn", "steer", "interrupt", "release", "fork",
    "resume", "read", "list", "name", "archive", "unarchive", "delete", "close", "exec",
    "interject", "steer idle", "unknown thread",
]  # fmt: skip
"""What a client does. A careful thread's sandbox may only read, so that its edits are asked about.
``exec`` is a command that the client itself has run, ``interject`` a turn that is started while
another is held. The last two are refused by every server."""

Answer = Literal[
    "say", "run", "accept", "decline", "cancel", "fail", "hold", "think", "write", "edit",
    "remove", "cut", "accept edit", "decline edit", "cancel edit",
]  # fmt: skip
"""What the model does in a turn: say a text, run a command, ask for approval of one that writes a
file (and the client's decision), fail for good, stop in the middle until it is told to go on,
think aloud and say its text in pieces, write a file by a command, edit or remove one by a patch,
lose the connection in the middle. The last three are edits that are asked about, with the
decision: those of careful threads."""

ANYWHERE: tuple[Answer, ...] = (
    "say", "run", "accept", "decline", "cancel", "fail", "hold", "think", "cut",
)  # fmt: skip
FREELY: tuple[Answer, ...] = (*ANYWHERE, "write", "edit", "remove")
CAREFULLY: tuple[Answer, ...] = (*ANYWHERE, "accept edit", "decline edit", "cancel edit")
ANSWERS: tuple[Answer, ...] = (*FREELY, "accept edit", "decline edit", "cancel edit")

FILES = ("a.txt", "b.txt", "notes/c.txt")
WORDS = ("one", "two", "three", "Ünï ✓", 'a "quoted" word', "two\nlines")


@dataclass(frozen=True)
class Step:
    """
    One thing that a client does.

    Attributes:
        action: What.
        connection: On which connection, from 1; each is a process of its own, all with one home.
        thread: On which thread, by a name of ours: ``A``, ``B`` ...
        text: The prompt, the text to steer with, or the new name.
        answer: What the model does, for turns; ``say`` when a held turn goes on.
        source: The thread that was forked.
        file: What is written, edited or removed; it need not be there before it is edited.
    """

    action: Action
    connection: int
    thread: str = ""
    text: str = ""
    answer: Answer | None = None
    source: str = ""
    file: str = ""

    def __str__(self) -> str:
        words = [f"{self.connection}: {self.action}", self.thread]
        words += [f"of {self.source}"] if self.source else []
        words += [repr(self.text)] if self.text else []
        words += ["->"] if self.answer else []
        words += [self.answer or "", self.file]
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Session:
    """
    The steps of a session, in the order in which a client takes them.

    Each step is over before the next one: a turn has ended, unless the model holds it.
    """

    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        return "\n".join(["Session:", *(f"  {step}" for step in self.steps)])

    def data(self) -> list[dict[str, Any]]:
        """
        The steps as JSON, without what is empty.
        """
        return [{key: value for key, value in asdict(step).items() if value} for step in self.steps]

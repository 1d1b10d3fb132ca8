"""
What an agent's items are to a reader: commands, file changes, messages, tool calls.

Each keeps the server's own words in ``raw``, and two are equal when their contents are:
ids, times and the thread they belong to do not count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DONE = "completed"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Item:
    """
    An item of a turn; of a kind this version does not know, it is shown as the server sent it.

    Attributes:
        type: The server's name of its kind, for example ``imageView``.
        id: The server's id.
        thread: The id of its thread; empty when nobody said.
        turn: The id of its turn; empty when nobody said.
        finished: Whether ``item/completed`` came; an interrupt, for one, leaves items open.
        raw: The item as the server last told it.
    """

    type: str = field(default="", compare=False, repr=False)
    finished: bool = True
    id: str = field(default="", compare=False, repr=False)
    thread: str = field(default="", compare=False, repr=False)
    turn: str = field(default="", compare=False, repr=False)
    raw: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self.finished, _content(self.raw)) == (other.finished, _content(other.raw))

    def __repr__(self) -> str:
        return f"Item({self.raw!r}{'' if self.finished else ', finished=False'})"


@dataclass(frozen=True, slots=True)
class Command(Item):
    """
    A shell command the agent ran, or was not allowed to run.

    Attributes:
        command: What the agent meant: without the ``bash -lc`` that the server puts around it.
        status: ``completed``, ``failed``, ``declined``, or ``inProgress`` while it is unfinished.
        exit_code: None when it never ran or has not ended.
        output: Standard output and standard error together.
        cwd: The directory it ran in.
        duration: Seconds it took; 0 in a replay.
    """

    command: str
    status: str = DONE
    exit_code: int | None = None
    output: str = ""
    cwd: str | None = None
    duration: float | None = field(default=None, compare=False, kw_only=True)

    @property
    def ok(self) -> bool | None:
        """
        Whether it succeeded; None while nobody knows.
        """
        if not self.finished:
            return None
        return self.status == DONE and self.exit_code in (0, None)

    @property
    def started(self) -> bool:
        """
        Whether it ran at all: not when it was declined, or nobody has allowed it yet.
        """
        if self.status == "declined":
            return False
        # A process id comes with the start, an exit code with the end.
        return bool(self.exit_code is not None or self.raw.get("processId") or self.output)


@dataclass(frozen=True, slots=True)
class FileChange(Item):
    """
    A change of one file that the agent reported.

    Attributes:
        path: The file, as the server named it.
        kind: ``add``, ``update`` or ``delete``.
        diff: The server's diff; the whole content of an added or deleted file.
        moved_to: The new path of a renamed file.
        status: ``completed``, ``declined``, ``failed``, or ``inProgress``.
        base: The directory its thread works in; ``name`` is relative to it.
    """

    path: str
    kind: str = "update"
    diff: str = ""
    moved_to: str | None = None
    status: str = DONE
    base: str = field(default="", compare=False, repr=False, kw_only=True)

    @property
    def name(self) -> str:
        """
        The path relative to the directory its thread works in.
        """
        return relative(self.path, self.base)

    @property
    def names(self) -> list[str]:
        """
        The relative path, then that of the renamed file.
        """
        moved = [] if self.moved_to is None else [relative(self.moved_to, self.base)]
        return [self.name, *moved]


@dataclass(frozen=True, slots=True)
class ChatMessage(Item):
    """
    Something the user or the agent said.

    Attributes:
        role: ``user`` or ``agent``.
        text: What was said; an image or a file of the user's stands there in brackets.
        phase: ``commentary``, ``final_answer``, or None when the agent did not say.
    """

    role: str
    text: str
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class Reasoning(Item):
    """
    What the agent thought, as far as it showed.

    Attributes:
        text: The summary.
        content: The thoughts themselves, where the model gives them.
    """

    text: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall(Item):
    """
    A call of a tool: of an MCP server, or of the client (a dynamic tool).

    Attributes:
        server: The MCP server, or the namespace of a dynamic tool.
        tool: The tool's name.
        arguments: What it was called with.
        result: What it gave: the structured content if there is any, else the text.
        error: Why it failed, in its own words.
        status: ``completed``, ``failed`` or ``inProgress``.
        duration: Seconds it took; 0 in a replay.
    """

    server: str | None
    tool: str
    arguments: Any = None
    result: Any = None
    error: str | None = None
    status: str = DONE
    duration: float | None = field(default=None, compare=False, kw_only=True)

    @property
    def ok(self) -> bool | None:
        """
        Whether it succeeded; None while nobody knows.
        """
        return self.status == DONE if self.finished else None


@dataclass(frozen=True, slots=True)
class Search(Item):
    """
    A search of the web.

    Attributes:
        query: What was looked for, or the page that was opened.
        action: ``search``, ``openPage``, ``findInPage``, as the server says.
        results: What was found, where the server tells.
    """

    query: str
    action: str | None = None
    results: Any = None


def relative(path: str, base: str) -> str:
    """
    A path without the directory it lies in, if it lies there.
    """
    start = base.rstrip("/\\")
    if start and path.startswith(start) and path[len(start) : len(start) + 1] in ("/", "\\"):
        return path[len(start) + 1 :]
    return path


def _content(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != "id"}

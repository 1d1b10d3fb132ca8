"""
What can be asked of a session, a thread and a turn alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from . import diffs
from .items import ChatMessage, Command, FileChange, Reasoning, Search, ToolCall
from .making import asked_of, plan_of, views_of
from .matches import Matches, is_explained
from .notes import Approval, Failure, Notice, Plan, Question, Usage
from .records import AskRecord, ItemRecord
from .responses import response_of
from .searching import changes_of, is_like, is_named
from .story import line_of, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .reader import Reader
    from .records import TurnRecord

T = TypeVar("T")


class View:
    """
    A part of a transcript; each property reads what has passed until now.

    Lists are in the order in which things began. An item that never came to its end is in
    them all the same, with ``finished`` false.
    """

    _memory: tuple[int, dict[str, Any]] = (-1, {})

    # -- what a kind of view has to know -----------------------------------------

    def _reader(self) -> Reader:
        raise NotImplementedError

    def _turns(self) -> Sequence[TurnRecord]:
        """
        The turns it covers.
        """
        raise NotImplementedError

    def _log(self) -> Iterable[Any]:
        """
        Everything that happened in it, in order.
        """
        raise NotImplementedError

    def _tell(self) -> Iterator[str]:
        """
        Its story, line by line.
        """
        raise NotImplementedError

    # -- items -------------------------------------------------------------------

    @property
    def items(self) -> list[Any]:
        """
        Every item; those of a kind this version does not know as the server sent them.
        """
        return self._once(
            "items", lambda: [v for r in self._records(ItemRecord) for v in views_of(r)]
        )

    @property
    def commands(self) -> list[Command]:
        """
        The shell commands, as the agent meant them.
        """
        return self._of(Command)

    @property
    def file_changes(self) -> list[FileChange]:
        """
        The file changes the agent reported; what a shell command edits is not among them.
        """
        return self._of(FileChange)

    @property
    def messages(self) -> list[ChatMessage]:
        """
        What the user and the agent said.
        """
        return self._of(ChatMessage)

    @property
    def reasoning(self) -> list[Reasoning]:
        """
        What the agent thought, as far as it showed.
        """
        return self._of(Reasoning)

    @property
    def tool_calls(self) -> list[ToolCall]:
        """
        Calls of MCP tools and of the client's own (dynamic) tools.
        """
        return self._of(ToolCall)

    @property
    def searches(self) -> list[Search]:
        """
        Searches of the web.
        """
        return self._of(Search)

    # -- answers -----------------------------------------------------------------

    @property
    def final_responses(self) -> list[str | None]:
        """
        For each turn that ended its final response, None where the agent gave none.

        In the order in which the turns ended.
        """
        ended = sorted((turn for turn in self._turns() if turn.place), key=lambda turn: turn.place)
        return [response_of(turn) for turn in ended]

    @property
    def final_response(self) -> str | None:
        """
        The final response of the turn that ended last; sub-agents' turns do not count.
        """
        ended = [turn for turn in self._turns() if turn.place]
        own = [turn for turn in ended if turn.thread.parent is None] or ended
        return response_of(max(own, key=lambda turn: turn.place)) if own else None

    # -- what was told beside the items ------------------------------------------

    @property
    def approvals(self) -> list[Approval]:
        """
        What the client was asked to approve, and how it decided.
        """
        return [one for one in self._asked() if not one.method.endswith("Review")]

    @property
    def reviews(self) -> list[Approval]:
        """
        What the automatic reviewer decided in the client's place.
        """
        return [one for one in self._asked() if one.method.endswith("Review")]

    @property
    def questions(self) -> list[Question]:
        """
        What else the client was asked: input of the user, forms of MCP servers.
        """
        asked = [asked_of(record) for record in self._records(AskRecord)]
        return [one for one in asked if isinstance(one, Question)]

    @property
    def plan(self) -> Plan | None:
        """
        The agent's plan as it was told last.
        """
        for entry in reversed(list(self._log())):
            if isinstance(entry, Plan):
                return entry
            if isinstance(entry, ItemRecord) and entry.raw.get("type") == "plan":
                return plan_of(entry)
        return None

    @property
    def usage(self) -> Usage:
        """
        The tokens that turns spent, sub-agents' turns included.
        """
        return sum((turn.usage for turn in self._turns()), Usage())

    @property
    def errors(self) -> list[Failure]:
        """
        The errors the server told of: failed turns, retries, refused requests.
        """
        return list(self._records(Failure))

    @property
    def warnings(self) -> list[Notice]:
        """
        The warnings the server told of, also of servers of tools that did not start.
        """
        return list(self._records(Notice))

    @property
    def diff(self) -> str:
        """
        What the agent's edits changed, as a unified diff; the turns' diffs one after the other.

        Edits by shell commands are not in it: ``codex_workspace.diff()`` looks at the disk.
        """
        return diffs.joined(
            diffs.of_changes(changes_of(turn)) if turn.diff is None else diffs.settled(turn.diff)
            for turn in self._turns()
        )

    # -- questions a test asks ---------------------------------------------------

    def ran(self, pattern: str | re.Pattern[str], *, ok: bool | None = None) -> Matches[Command]:
        """
        The commands that ran and match; true when there are any.

        Args:
            pattern: Words that the command contains, or a compiled regular expression.
                ``"rm"`` is found in ``rm -r x`` and not in ``format``.
            ok: Only those that succeeded, or only those that failed.
        """
        how = {None: "", True: " that succeeded", False: " that failed"}[ok]
        shown = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
        ran = [command for command in self.commands if command.started]
        found = [
            command
            for command in ran
            if is_like(pattern, command.command) and (ok is None or command.ok is ok)
        ]
        return self._found(found, f"command {shown!r}{how}", self.commands)

    def changed(self, glob: str) -> Matches[FileChange]:
        """
        The file changes that were made and match; true when there are any.

        Args:
            glob: Such as ``src/**``, ``*.md`` (top level only) or ``**/*.py``, relative to the
                directory the thread works in; a renamed file matches by either name. Where
                nobody told the directory (a ``TurnResult``), any may be meant.
        """
        found = [
            change
            for change in self.file_changes
            if change.status == "completed" and is_named(glob, change)
        ]
        return self._found(found, f"change of {glob!r}", self.file_changes)

    def called(self, server: str | None = None, tool: str | None = None) -> Matches[ToolCall]:
        """
        The tool calls that match; true when there are any.

        Args:
            server: The MCP server, or the namespace of a dynamic tool; None for any.
            tool: The tool; None for any.
        """
        found = [
            call
            for call in self.tool_calls
            if (server is None or call.server == server) and (tool is None or call.tool == tool)
        ]
        wanted = f"call of {'.'.join((server or '*', tool or '*'))}"
        return self._found(found, wanted, self.tool_calls)

    @property
    def story(self) -> str:
        """
        The compact transcript: a line for each thing that happened.
        """
        self._reader().refresh()
        return shortened(list(self._tell()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.headline}>" if is_explained() else self.story

    @property
    def headline(self) -> str:
        """
        What there is in it, in one line.
        """
        counts = {
            "turn": len(self._turns()),
            "command": len(self.commands),
            "file change": len(self.file_changes),
            "tool call": len(self.tool_calls),
            "error": len(self.errors),
        }
        shown = [f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items() if n]
        return ", ".join(shown) or "nothing happened"

    # -- how ---------------------------------------------------------------------

    def _once(self, name: str, make: Callable[[], list[T]]) -> list[T]:
        """
        Make a list anew only when messages have come since.
        """
        seen = self._reader().refresh()
        if self._memory[0] != seen:
            self._memory = (seen, {})
        known = self._memory[1]
        if name not in known:
            known[name] = make()
        return list(known[name])

    def _records(self, kind: type[T]) -> list[T]:
        return [entry for entry in self._log() if isinstance(entry, kind)]

    def _of(self, kind: type[T]) -> list[T]:
        return self._once(
            kind.__name__, lambda: [item for item in self.items if isinstance(item, kind)]
        )

    def _asked(self) -> list[Approval]:
        asked = [asked_of(record) for record in self._records(AskRecord)]
        return [one for one in asked if isinstance(one, Approval)]

    def _found(self, found: list[T], wanted: str, others: list[T]) -> Matches[T]:
        return Matches(found, wanted, others, self, line_of)

"""
How much of its budgets a session has used, read off the messages that pass.

Turns of every thread count, those of sub-agents and those that Codex starts by itself
(goals, compaction) included: a budget is there for the agent that does more than one thinks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.settings import BUDGETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_codex.settings import Settings

REFUSED = "BudgetError: "
"""How the answer to a turn begins that was refused because a budget was used up."""

PROMPT_WIDTH = 100


def limits_of(settings: Settings) -> dict[str, int]:
    """
    The budgets that are set.
    """
    found = {name: getattr(settings, name) for name in BUDGETS}
    return {name: limit for name, limit in found.items() if limit is not None}


class Meter:
    """
    Counts turns, commands and tokens of a session.

    Args:
        limits: The budgets by name; reaching one is allowed, exceeding it is not.

    Attributes:
        breach: What exceeded a budget first, in one sentence; None when nothing did.
        open: The turns under way: the id of each by its thread.
    """

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.limits = limits
        self.breach: str | None = None
        self.open: dict[str, str] = {}
        self._turns: set[tuple[str, str]] = set()
        self._commands: set[tuple[str, str]] = set()
        self._totals: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._prompts: dict[str, str] = {}
        self._last_turn = ""
        self._last_command = ""

    @property
    def turns(self) -> int:
        """
        Turns that were started.
        """
        return len(self._turns)

    @property
    def commands(self) -> int:
        """
        Shell commands the agent started.
        """
        return len(self._commands)

    @property
    def tokens(self) -> int:
        """
        Tokens of all threads, without those a resumed or forked thread brought along.
        """
        return sum(total - self._before.get(thread, 0) for thread, total in self._totals.items())

    def note(self, sender: str, message: Any) -> None:
        """
        Count a message.

        Args:
            sender: ``client`` or ``server``.
        """
        if not isinstance(message, dict):
            return
        method, params = message.get("method"), message.get("params") or {}
        if sender == "client":
            if method == "turn/start" and self.breach is None:
                self._prompts[str(params.get("threadId"))] = _text(params.get("input"))
        elif method is None:
            said = str((message.get("error") or {}).get("message"))
            if said.startswith(REFUSED):
                self.exceed(said[len(REFUSED) :])
        elif "id" not in message:
            self._notified(method, params)
            self._compare()

    def note_all(self, messages: Iterable[tuple[str, Any]]) -> None:
        """
        Count the messages of a whole session, as ``(sender, message)``.
        """
        for sender, message in messages:
            self.note(sender, message)

    def _notified(self, method: str, params: Mapping[str, Any]) -> None:
        thread = str(params.get("threadId"))
        if method == "turn/started":
            turn = str((params.get("turn") or {}).get("id"))
            self.open[thread] = turn
            self._turns.add((thread, turn))
            self._last_turn = thread
        elif method == "turn/completed":
            self.open.pop(thread, None)
        elif method == "item/started":
            item = params.get("item") or {}
            if item.get("type") == "commandExecution":
                self._last_command = str(item.get("command", ""))
                self._commands.add((thread, str(item.get("id"))))
        elif method == "thread/tokenUsage/updated":
            total = ((params.get("tokenUsage") or {}).get("total") or {}).get("totalTokens", 0)
            mine = (thread, str(params.get("turnId"))) in self._turns
            if not mine and thread not in self._totals:
                self._before[thread] = total  # what a resumed or forked thread had before
            self._totals[thread] = max(total, self._totals.get(thread, 0))

    def _compare(self) -> None:
        used = {"max_turns": self.turns, "max_commands": self.commands, "max_tokens": self.tokens}
        for name, limit in self.limits.items():
            if used[name] > limit:
                thing = name.removeprefix("max_")
                self.exceed(f"{name}={limit} was exceeded: {used[name]:,} {thing}")

    def exceed(self, breach: str) -> None:
        """
        Note that a budget was exceeded; the first time is what is told.
        """
        self.breach = self.breach or breach

    def explain(self) -> str:
        """
        The breach with what led to it.
        """
        counts = {"turn": self.turns, "command": self.commands, "token": self.tokens}
        used = ", ".join(f"{count:,} {word}{'s'[: count != 1]}" for word, count in counts.items())
        name = str(self.breach).partition("=")[0]
        lines = [
            str(self.breach),
            f"  used           {used}",
            f"  last turn      {self._prompts.get(self._last_turn) or 'one the agent started'}",
            f"  last command   {self._last_command or 'none'}",
            "How to fix:",
            f"  * the task needs more   @pytest.mark.codex({name}=...)",
            "  * it needs less         see in the wire tail what the agent did with it",
        ]
        return "\n".join(lines)


def _text(given: Any) -> str:
    """
    What the user wrote, short.
    """
    parts = [part for part in given or () if isinstance(part, dict)]
    text = " ".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
    text = " ".join(text.split())
    return text if len(text) <= PROMPT_WIDTH else text[:PROMPT_WIDTH] + "…"

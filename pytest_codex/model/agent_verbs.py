"""
Verbs for dealing with sub-agents.

Which tools there are follows from the model and from the feature ``multi_agent_v2`` in
Codex's configuration. Sub-agents are known by the name given to ``spawn_agent``; without a
name the newest is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.model import agents
from pytest_codex.model.queueing import Queueing

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from pytest_codex.model.answers import Answering


class AgentVerbs(Queueing):
    """
    Each queues one call of a tool for sub-agents.
    """

    def spawn_agent(
        self,
        message: str,
        *,
        name: str | None = None,
        fork: bool = False,
        model: str | None = None,
        effort: str | None = None,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Start a sub-agent; what it says is scripted with ``script(message)``.

        Args:
            message: Its task.
            name: What it is called from now on: lower-case letters, digits and ``_``.
            fork: Whether it gets to see this conversation.
            model: Another model than its parent's.
            effort: Another reasoning effort than its parent's.
        """
        made = agents.spawn_agent(message, name=name, fork=fork, model=model, effort=effort)
        return self.respond(made, **how)

    def wait_agent(self, *names: str, timeout_ms: int = 10_000, **how: Unpack[Answering]) -> Self:
        """
        Wait until sub-agents have news.

        Args:
            names: For whom; all of this conversation by default. The newer tools wait for
                whoever is first.
            timeout_ms: After how long the agent gives up.
        """
        return self.respond(agents.wait_agent(*names, timeout_ms=timeout_ms), **how)

    def send_input(
        self,
        message: str,
        name: str | None = None,
        *,
        interrupt: bool = False,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Give a sub-agent more input (older tools).
        """
        return self.respond(agents.send_input(message, name, interrupt=interrupt), **how)

    def close_agent(self, name: str | None = None, **how: Unpack[Answering]) -> Self:
        """
        End a sub-agent (older tools).
        """
        return self.respond(agents.close_agent(name), **how)

    def resume_agent(self, name: str | None = None, **how: Unpack[Answering]) -> Self:
        """
        Bring a closed sub-agent back (older tools).
        """
        return self.respond(agents.resume_agent(name), **how)

    def send_message(self, message: str, name: str | None = None, **how: Unpack[Answering]) -> Self:
        """
        Tell a sub-agent something without starting a turn (newer tools).
        """
        return self.respond(agents.send_message(message, name), **how)

    def followup_task(
        self, message: str, name: str | None = None, **how: Unpack[Answering]
    ) -> Self:
        """
        Give a sub-agent another task (newer tools).
        """
        return self.respond(agents.followup_task(message, name), **how)

    def interrupt_agent(self, name: str | None = None, **how: Unpack[Answering]) -> Self:
        """
        Stop what a sub-agent is doing (newer tools).
        """
        return self.respond(agents.interrupt_agent(name), **how)

    def list_agents(self, **how: Unpack[Answering]) -> Self:
        """
        Look who there is (newer tools).
        """
        return self.respond(agents.list_agents(), **how)

"""
The words in which a test scripts the model.

Each verb queues exactly one answer: the agent calls the model once, gets it, does what it
says and calls again with the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.model import parts
from pytest_codex.model.agent_verbs import AgentVerbs
from pytest_codex.model.deciding import deciding
from pytest_codex.model.fault_verbs import FaultVerbs
from pytest_codex.model.steps import HOLD_SECONDS, Gate
from pytest_codex.model.tool_verbs import ToolVerbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from typing_extensions import Self, Unpack

    from pytest_codex.model.answers import Answering, Item
    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.parts import Part


class Verbs(ToolVerbs, AgentVerbs, FaultVerbs):
    """
    Scripting verbs; what becomes of the answers is the subclass's business.
    """

    def say(self, text: str, *, phase: str | None = None, **how: Unpack[Answering]) -> Self:
        """
        Say a text; without a tool call in the same answer this ends the turn.
        """
        return self.respond(parts.say(text, phase=phase), **how)

    def answer(self, value: object, **how: Unpack[Answering]) -> Self:
        """
        Say data, as a turn with an output schema wants it.

        Args:
            value: An instance of a pydantic model or a dataclass, or plain JSON data. It
                must fit the schema the agent asks for; otherwise turn and test fail.
        """
        return self.respond(parts.answer(value), **how)

    def stream(
        self, text: str | Iterable[str], *, phase: str | None = None, **how: Unpack[Answering]
    ) -> Self:
        """
        Say a text in many deltas: word by word, or in the chunks given.
        """
        return self.respond(parts.stream(text, phase=phase), **how)

    def slow(
        self,
        text: str | Iterable[str],
        *,
        seconds: float = 0.1,
        phase: str | None = None,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Say a text in many deltas, with a delay of so many seconds before each.
        """
        return self.respond(parts.slow(text, seconds=seconds, phase=phase), **how)

    def hold(
        self,
        text: str = "",
        *,
        rest: str = "",
        deadline: float = HOLD_SECONDS,
        **how: Unpack[Answering],
    ) -> Gate:
        """
        Stream ``text``, wait for ``gate.release()``, then stream ``rest`` and end.

        Returns:
            The gate, to wait for and to release.
        """
        gate = self.gate(deadline)
        self.respond(parts.hold(gate, text, rest=rest), **how)
        return gate

    def reason(self, text: str, then: Part | str | None = None, **how: Unpack[Answering]) -> Self:
        """
        Think aloud, then do something else in the same answer.
        """
        return self.respond(parts.reason(text), *([] if then is None else [then]), **how)

    def refuse(self, text: str, **how: Unpack[Answering]) -> Self:
        """
        Decline to answer.
        """
        return self.respond(parts.refuse(text), **how)

    def decide(
        self,
        choose: Callable[[ModelCall], Item | Sequence[Item]],
        *,
        repeat: bool = False,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Let a callable choose the answer when the agent asks.

        Args:
            choose: Gets the call and returns a text, a part of :mod:`pytest_codex.model.parts`
                or several. It runs in another thread than the test; an exception in it fails
                the turn and the test.
            repeat: It answers every call from now on, instead of one.
        """
        self._queue(deciding(self._ids, choose, how, repeat=repeat))
        return self

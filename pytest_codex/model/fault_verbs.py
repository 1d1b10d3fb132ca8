"""
Verbs for a model that fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.model import faults
from pytest_codex.model.queueing import Queueing

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from pytest_codex.model.answers import Answering, Item


class FaultVerbs(Queueing):
    """
    Each queues one answer that goes wrong.
    """

    def fail(
        self,
        status: int = 500,
        code: str | None = None,
        message: str | None = None,
        retry_after: float | None = None,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Answer with an HTTP error.

        Args:
            status: The HTTP status.
            code: The service's own word, for example ``rate_limit_exceeded``.
            message: Its sentence.
            retry_after: Seconds after which it asks to be tried again; Codex reads whole ones.
        """
        return self.respond(faults.fail(status, code, message, retry_after), **how)

    def failed(self, code: str, message: str = "The model failed.") -> Self:
        """
        Begin an answer and then report a failure, e.g. ``context_length_exceeded``.
        """
        return self.respond(faults.failed(code, message))

    def incomplete(self, text: str = "", reason: str = "max_output_tokens") -> Self:
        """
        Stop in the middle, as a model does that ran out of tokens.
        """
        return self.respond(faults.incomplete(text, reason))

    def cut(self, *items: Item, after: int | None = None) -> Self:
        """
        Lose the connection after a text, or after so many events of an answer.

        Args:
            items: The answer that was begun; see :func:`pytest_codex.model.faults.cut`.
            after: The number of events that arrive, the first being ``response.created``.
        """
        return self.respond(faults.cut(*items, after=after))

    def malformed(self) -> Self:
        """
        Send lines that are no events, and end without completing the answer.
        """
        return self.respond(faults.malformed())

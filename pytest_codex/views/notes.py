"""
What is told of a turn beside its items: approvals, plans, tokens, errors, warnings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_YES = ("accept", "approve", "allow", "yes")


@dataclass(frozen=True, slots=True)
class Approval:
    """
    A question whether something may be done, and how it was decided.

    Attributes:
        method: The server request, for example ``item/commandExecution/requestApproval``;
            ``item/autoApprovalReview`` where the automatic reviewer decided.
        params: What it asked.
        answer: The client's result, or the reviewer's review; None when there is none.
        error: The error the client answered with.
        command: The command it is about, without shell wrapper.
        files: The files it is about.
        thread: The id of its thread.
        turn: The id of its turn.
    """

    method: str
    params: dict[str, Any]
    answer: dict[str, Any] | None = None
    error: dict[str, Any] | None = field(default=None, kw_only=True)
    command: str | None = field(default=None, kw_only=True)
    files: tuple[str, ...] = field(default=(), kw_only=True)
    thread: str = field(default="", compare=False, repr=False, kw_only=True)
    turn: str = field(default="", compare=False, repr=False, kw_only=True)

    @property
    def decision(self) -> Any:
        """
        The decision given: ``accept``, ``decline``, ``cancel`` ... or an object that says more.
        """
        if self.answer is None:
            return None
        for key in ("decision", "action", "status"):
            if key in self.answer:
                return self.answer[key]
        return None

    @property
    def answered(self) -> bool:
        """
        Whether anybody answered.
        """
        return self.answer is not None or self.error is not None

    @property
    def accepted(self) -> bool:
        """
        Whether the decision allows what was asked, once or for longer.
        """
        said = self.decision
        name = next(iter(said), "") if isinstance(said, dict) else said
        return isinstance(name, str) and name.startswith(_YES)

    @property
    def reason(self) -> str | None:
        """
        Why the agent asks, in its own words.
        """
        said = self.params.get("reason") or self.params.get("message")
        return None if said is None else str(said)

    @property
    def subject(self) -> str:
        """
        What it is about, in one line.
        """
        if self.command is not None:
            return f"command: {self.command}"
        if self.files:
            return f"files: {', '.join(self.files)}"
        return self.reason or self.method


@dataclass(frozen=True, slots=True)
class Question:
    """
    Something else the server asked the client: input of the user, or a form of an MCP server.

    Attributes:
        method: The server request.
        params: What it asked.
        answer: The client's result; None when it answered with an error or not at all.
        error: The error the client answered with.
    """

    method: str
    params: dict[str, Any]
    answer: dict[str, Any] | None = None
    error: dict[str, Any] | None = field(default=None, kw_only=True)

    @property
    def text(self) -> str:
        """
        The question itself.
        """
        asked = self.params.get("questions")
        if isinstance(asked, list):
            each = [str(one.get("question", "")) for one in asked if isinstance(one, dict)]
            return " ".join(each)
        return str(self.params.get("message", self.method))


@dataclass(frozen=True, slots=True)
class PlanStep:
    """
    One step of a plan, with its status: ``pending``, ``inProgress`` or ``completed``.
    """

    step: str
    status: str


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What the agent says it is going to do.

    Attributes:
        steps: The steps of its to-do list.
        explanation: Why the list changed.
        text: The plan as text, where it was proposed in plan mode.
    """

    steps: tuple[PlanStep, ...] = ()
    explanation: str | None = None
    text: str | None = None

    @classmethod
    def of(cls, params: dict[str, Any]) -> Plan:
        """
        Read what the server tells of a to-do list.
        """
        steps = params.get("plan")
        listed = steps if isinstance(steps, list) else []
        told = [each if isinstance(each, dict) else {} for each in listed]
        explanation = params.get("explanation")
        return cls(
            tuple(PlanStep(str(each.get("step")), str(each.get("status"))) for each in told),
            None if explanation is None else str(explanation),
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """
    Tokens spent, and the number of model calls that spent them.
    """

    input: int = 0
    cached_input: int = 0
    output: int = 0
    reasoning: int = 0
    calls: int = 0

    @property
    def total(self) -> int:
        """
        Input and output together.
        """
        return self.input + self.output

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.cached_input + other.cached_input,
            self.output + other.output,
            self.reasoning + other.reasoning,
            self.calls + other.calls,
        )

    @classmethod
    def of(cls, tokens: Any, calls: int = 1) -> Usage:
        """
        Read the server's ``TokenUsageBreakdown``.
        """
        tokens = tokens if isinstance(tokens, dict) else {}
        counts = {
            "input": int(tokens.get("inputTokens") or 0),
            "cached_input": int(tokens.get("cachedInputTokens") or 0),
            "output": int(tokens.get("outputTokens") or 0),
            "reasoning": int(tokens.get("reasoningOutputTokens") or 0),
        }
        # A total without parts was estimated from the prompt: no model counted it.
        return cls(**counts, calls=calls) if any(counts.values()) else cls()


@dataclass(frozen=True, slots=True)
class Failure:
    """
    An error the server told of.

    Attributes:
        message: What went wrong.
        method: ``error`` for a turn's error, else the request that was refused.
        will_retry: Whether the server goes on trying.
        details: More, as the server sent it: ``codexErrorInfo``, or the code of a refusal.
    """

    message: str
    method: str = "error"
    will_retry: bool = False
    details: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """
    A warning the server told of.

    Attributes:
        message: What it warns of.
        method: ``warning``, ``guardianWarning``, ``deprecationNotice`` or ``configWarning``.
    """

    message: str
    method: str = "warning"

"""
Sorts bug reports: Codex answers as JSON, pydantic checks the answer.

An answer that does not fit is given back with what is wrong with it, a few times at most.
"""

from __future__ import annotations

from typing import Any, Literal

from openai_codex import ApprovalMode, Codex, Sandbox
from pydantic import BaseModel, ConfigDict, Field, ValidationError

TASK = "Triage this bug report. Look at the code if you have to.\n\n{report}"
AGAIN = "Your answer cannot be used. Answer again.\n\n{problems}"


class Triage(BaseModel):
    """
    Where a bug report belongs, and how much it hurts.
    """

    model_config = ConfigDict(extra="forbid")

    severity: Literal["low", "medium", "high"]
    component: str
    summary: str
    confidence: float = Field(ge=0, le=1)


class UnusableAnswerError(Exception):
    """
    The agent never gave an answer that fits.
    """


def answer_schema() -> dict[str, Any]:
    """
    What the model is told to answer. It takes no limits of numbers: pydantic checks those.
    """
    schema = Triage.model_json_schema()
    for field in schema["properties"].values():
        for limit in ("minimum", "maximum", "title"):
            field.pop(limit, None)
    return schema


def triage(report: str, attempts: int = 3) -> Triage:
    """
    Sort one bug report.

    Raises:
        UnusableAnswerError: No attempt gave an answer that fits.
    """
    with Codex() as codex:
        thread = codex.thread_start(
            sandbox=Sandbox.read_only, approval_mode=ApprovalMode.deny_all, ephemeral=True
        )
        prompt = TASK.format(report=report)
        for _ in range(attempts):
            result = thread.run(prompt, output_schema=answer_schema())
            try:
                return Triage.model_validate_json(result.final_response or "")
            except ValidationError as error:
                problems = explain(error)
            prompt = AGAIN.format(problems=problems)
    raise UnusableAnswerError(problems)


def explain(error: ValidationError) -> str:
    """
    What is wrong, one line per field.
    """
    return "\n".join(
        f"{'.'.join(map(str, each['loc'])) or 'answer'}: {each['type']}"
        for each in error.errors(include_url=False)
    )

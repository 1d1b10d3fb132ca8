"""
Reviews a batch of pull requests, each in a fork of one thread that knows the project.

Reading the project is paid for once; the forks run side by side and do not hear of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from openai_codex import ApprovalMode, Codex, CodexConfig, Sandbox

PREPARE = "Read this repository and its CONTRIBUTING.md. You will review pull requests to it."
REVIEW = "Review pull request #{number}, {title}. Answer with one line.\n\n{diff}"


@dataclass(frozen=True)
class PullRequest:
    """
    A change somebody proposes.
    """

    number: int
    title: str
    diff: str


@dataclass(frozen=True)
class Review:
    """
    What the agent thinks of one pull request.

    Attributes:
        number: The pull request.
        text: The review; empty when there is none.
        error: Why there is none; empty when there is one.
    """

    number: int
    text: str = ""
    error: str = ""


class Reviewer:
    """
    A reviewer that has read the project.

    Args:
        codex: A client in the project's directory.
    """

    def __init__(self, codex: Codex) -> None:
        self._codex = codex
        base = codex.thread_start(sandbox=Sandbox.read_only, approval_mode=ApprovalMode.deny_all)
        self.rules = base.run(PREPARE).final_response
        self._base = base.id

    def review(self, pull: PullRequest) -> Review:
        """
        Review one pull request; a failure of the agent is part of the answer.
        """
        prompt = REVIEW.format(number=pull.number, title=pull.title, diff=pull.diff)
        try:
            thread = self._codex.thread_fork(self._base, sandbox=Sandbox.read_only)
            result = thread.run(prompt)
        except RuntimeError as error:
            return Review(pull.number, error=str(error))
        if not result.final_response:
            return Review(pull.number, error="the agent said nothing")
        return Review(pull.number, text=result.final_response)


def review_batch(project: str, pulls: Sequence[PullRequest], at_once: int = 4) -> list[Review]:
    """
    Review pull requests, several at once, and give the reviews in their order.
    """
    with Codex(CodexConfig(cwd=project)) as codex, ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(Reviewer(codex).review, pulls))

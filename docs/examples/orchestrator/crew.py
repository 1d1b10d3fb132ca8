"""
A crew of agents for one task: a scout that may only look, a builder that may change the project,
and a packer that may write anywhere. They work at once; a lead agent merges what they report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from openai_codex import ApprovalMode, AsyncCodex, CodexConfig, Sandbox

MERGE = "Merge the reports of your crew into one answer to: {task}\n\n{reports}"


@dataclass(frozen=True)
class Role:
    """
    One member of the crew.

    Attributes:
        name: What the others call it.
        duty: What it is told to do; the task is put in.
        sandbox: How far its hands reach.
    """

    name: str
    duty: str
    sandbox: Sandbox


CREW = (
    Role("scout", "You are the scout. Find out what is there for: {task}", Sandbox.read_only),
    Role("builder", "You are the builder. Change the project: {task}", Sandbox.workspace_write),
    Role("packer", "You are the packer. Pack and deliver for: {task}", Sandbox.full_access),
)


@dataclass
class Outcome:
    """
    What the crew achieved.

    Attributes:
        answer: The lead's merged answer.
        reports: What each member said, by name.
        failures: Why a member said nothing, by name.
    """

    answer: str = ""
    reports: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


async def work(task: str, project: str, crew: Sequence[Role] = CREW) -> Outcome:
    """
    Let the whole crew work on a task at once and merge what they say.
    """
    outcome = Outcome()
    async with AsyncCodex(CodexConfig(cwd=project)) as codex:
        said = await asyncio.gather(
            *(_send(codex, role, task) for role in crew), return_exceptions=True
        )
        for role, report in zip(crew, said, strict=True):
            if isinstance(report, str):
                outcome.reports[role.name] = report
            elif isinstance(report, Exception):
                outcome.failures[role.name] = str(report)
            else:
                raise report
        outcome.answer = await _merge(codex, task, outcome)
    return outcome


async def _send(codex: AsyncCodex, role: Role, task: str) -> str:
    thread = await codex.thread_start(
        sandbox=role.sandbox, approval_mode=ApprovalMode.deny_all, ephemeral=True
    )
    result = await thread.run(role.duty.format(task=task))
    return result.final_response or "(nothing to report)"


async def _merge(codex: AsyncCodex, task: str, outcome: Outcome) -> str:
    lines = [f"{name}: {report}" for name, report in outcome.reports.items()]
    lines += [f"{name} failed: {failure}" for name, failure in outcome.failures.items()]
    lead = await codex.thread_start(
        sandbox=Sandbox.read_only, approval_mode=ApprovalMode.deny_all, ephemeral=True
    )
    result = await lead.run(MERGE.format(task=task, reports="\n".join(lines)))
    return result.final_response or ""

"""
What one answer of the model can be made of.

Every verb of :class:`~pytest_codex.model.script.Script` has its part here under the same
name; ``model.respond("Both:", parts.run("ls"), parts.run("pwd"))`` puts several into one
answer, and a callable given to ``decide`` returns them.
"""

from __future__ import annotations

from pytest_codex.model.agents import (
    close_agent,
    followup_task,
    interrupt_agent,
    list_agents,
    resume_agent,
    send_input,
    send_message,
    spawn_agent,
    wait_agent,
)
from pytest_codex.model.faults import cut, fail, failed, incomplete, malformed
from pytest_codex.model.pieces import Fault, Part
from pytest_codex.model.texts import answer, beginning, hold, reason, refuse, say, slow, stream
from pytest_codex.model.tools import (
    ask_user,
    call,
    call_tool,
    code,
    patch,
    plan,
    run,
    search,
    search_tools,
    view_image,
    write_stdin,
)

__all__ = [
    "Fault",
    "Part",
    "answer",
    "ask_user",
    "beginning",
    "call",
    "call_tool",
    "close_agent",
    "code",
    "cut",
    "fail",
    "failed",
    "followup_task",
    "hold",
    "incomplete",
    "interrupt_agent",
    "list_agents",
    "malformed",
    "patch",
    "plan",
    "reason",
    "refuse",
    "resume_agent",
    "run",
    "say",
    "search",
    "search_tools",
    "send_input",
    "send_message",
    "slow",
    "spawn_agent",
    "stream",
    "view_image",
    "wait_agent",
    "write_stdin",
]

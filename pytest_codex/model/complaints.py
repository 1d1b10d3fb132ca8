"""
What a test is told when script and agent do not meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_codex.model.calls import ModelCall

TASK_HEAD = "Payload:\n"

SHOWN = 5
"""How many scripted answers a sentence names."""


def nothing_scripted(
    call: ModelCall, where: str, *, others: Sequence[str] = (), left: Sequence[str] = ()
) -> str:
    """
    What to say when the script is at its end.

    Args:
        where: The script that was asked, as the test wrote it.
        others: What the scripts that were not asked look for.
        left: The answers that are scripted elsewhere.
    """
    last = (call.prompts or [""])[-1]
    if call.subagent:  # its task comes under a head that Codex wrote
        last = last.rpartition(TASK_HEAD)[2].strip()
    who, what = ("a sub-agent", "task") if call.subagent else ("the agent", "user's last text")
    results = list(call.outputs)[-1:]
    after = f" with the result of {results[0]}" if results else ""
    unmatched = f", which belongs to none of {', '.join(others)}" if others else ""
    return (
        f"{who} called the model{after}, but {where} has no answer left; the {what} "
        f"is {last[:80]!r}{unmatched}. {held(left)}"
        "Script one more answer, for example .say('Done.')."
    )


def no_verdict(left: Sequence[str]) -> str:
    """
    What to say when an approval came up for review and no verdict was scripted.
    """
    return (
        "the approval reviewer asked for a verdict; script it with .guardian(allow=...). "
        f"{held(left)}"
    ).strip()


def held(left: Sequence[str]) -> str:
    """
    A sentence about what is scripted and was not asked for; nothing when that is nothing.
    """
    if not left:
        return ""
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    return f"Still scripted: {', '.join(left[:SHOWN])}{more}. "


def unconsumed(left: Sequence[str]) -> str:
    """
    What to say about answers nobody asked for.
    """
    lines = "\n".join(f"  * {each}" for each in left)
    return (
        f"the agent never asked for {len(left)} of the scripted answers:\n{lines}\n"
        "Remove them, or let the test go on until the agent has asked for them."
    )

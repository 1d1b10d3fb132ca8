"""
The code under test: it asks Codex to mend a failing check. It knows nothing of tests.
"""

from __future__ import annotations

from openai_codex import Codex


def mend(task: str) -> str | None:
    """
    Let the agent work on the task; return its last word.
    """
    with Codex() as codex:
        return codex.thread_start().run(task).final_response

"""
The failures that a document shows, and no document can bring about: they are what the code says.

All others are run by ``test_documents.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex import login
from pytest_codex.errors import HarnessError
from pytest_codex.login import Login
from pytest_codex.relay.conversation import Said
from pytest_codex.relay.misses import explain
from pytest_codex.relay.wording import Wording

DOCS = Path(__file__).parents[2] / "docs"


def shown(document: str, begins: str) -> str:
    """
    The block of a document that begins so.
    """
    text = (DOCS / document).read_text(encoding="utf-8")
    (block,) = re.findall(
        rf"^```text\n({re.escape(begins)}.*?)\n```$", text, re.DOTALL | re.MULTILINE
    )
    return str(block)


def test_a_login_that_is_due() -> None:
    """
    A login that would be refreshed in the middle of a test.
    """
    due = Login("chatgpt", {}, due=1240.0)

    with pytest.raises(HarnessError) as raised:
        login.check_fresh(due, 1000.0, 600.0)

    assert shown("live.md", "LoginError: ") == f"LoginError: {raised.value}"


def test_a_prompt_that_was_not_recorded() -> None:
    """
    A prompt that was changed since the model was recorded.
    """

    def kept(*conversation: dict[str, Any]) -> dict[str, Any]:
        return {"kind": "turn", "conversation": list(conversation)}

    before: list[dict[str, Any]] = [{"user": "hi"}, {"assistant": "ok"}]
    known = [
        (1, True, "/responses", kept(before[0])),
        (2, False, "/responses", kept(*before, {"user": "edit the file"})),
        (3, False, "/responses", kept({"user": "something else"})),
    ]
    wording = Wording(Places(), Redactor())
    conversation = [*before, {"user": "Edit the file."}]
    said = Said("/responses", "POST", "turn", "gpt-5.5", None, conversation, wording)
    name = "tests/cassettes/test_bot/test_note.model.yaml"
    command = "pytest --codex-tier=live --codex-record-mode=rewrite ..."

    told = explain(said, known, 1, name, command)

    assert shown("recorded-model.md", "model call 1 matches no recording") == told

"""
A miss is told by the nearest recording and the first thing that differs.
"""

from __future__ import annotations

from typing import Any

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay.conversation import Said
from pytest_codex.relay.misses import explain, short
from pytest_codex.relay.wording import Wording

WORDING = Wording(Places(), Redactor())
HI, OK = {"user": "hi"}, {"assistant": "ok"}
RAN = {"call": "exec_command", "arguments": {"cmd": ["ls", "-l"]}, "output": "exit code 0"}


def told(
    conversation: list[Any], *recorded: Any, kind: str = "turn", schema: Any = None
) -> list[str]:
    """
    The lines of the message; each recording is a conversation, or one with more about it.
    """
    said = Said("/responses", "POST", kind, "m", schema, conversation, WORDING)
    known = []
    for number, one in enumerate(recorded, 1):
        talk, used = one if isinstance(one, tuple) else (one, False)
        known.append((number, used, "/responses", {"kind": "turn", "conversation": talk}))
    return explain(said, known, 3, "a.model.yaml", "make record").splitlines()


@pytest.mark.parametrize(
    ("received", "recorded", "reason", "ours", "theirs"),
    [
        (
            [HI, OK, {**RAN, "arguments": {"cmd": ["ls", "-a"]}}],
            [HI, OK, RAN],
            "conversation[2] (call) differs",
            'arguments.cmd[1] "-a"',
            'arguments.cmd[1] "-l"',
        ),
        (
            [HI, {**RAN, "output": "exit code 1"}],
            [HI, RAN],
            "conversation[1] (call) differs",
            'output "exit code 1"',
            'output "exit code 0"',
        ),
        ([HI, OK], [HI], "conversation[1] was not recorded", 'assistant "ok"', "nothing more"),
        ([HI], [HI, OK], "conversation[1] is missing", "nothing more", 'assistant "ok"'),
        ([OK], [HI], "conversation[0] (assistant) differs", 'assistant "ok"', "assistant nothing"),
    ],
)
def test_the_first_difference(
    received: list[Any], recorded: list[Any], reason: str, ours: str, theirs: str
) -> None:
    """
    Place, kind and both values of the first difference, down to the field.
    """
    assert [
        f"model call 3 matches no recording: {reason}",
        f"  received  {ours}",
        f"  recorded  {theirs}     call 1",
        "  cassette  1 calls recorded, 0 played     a.model.yaml",
        "How to fix:",
        "  * changed on purpose   make record",
    ] == told(received, recorded)


def test_the_nearest_is_shown() -> None:
    """
    The one that has most in common, and of equals one that was not played yet.
    """
    talks = [{"user": "no"}], ([HI, OK], True), [HI, OK], [HI]

    lines = told([HI, OK, HI], *talks)

    assert "  recorded  nothing more     call 3" in lines
    assert "  cassette  4 calls recorded, 1 played     a.model.yaml" in lines


def test_other_reasons() -> None:
    """
    A kind that was never recorded, another schema, and a call that comes once too often.
    """
    assert "no call of kind review at /responses was recorded" in told([HI], [HI], kind="review")[0]
    assert "the schema of the answer differs" in told([HI], [HI], schema={"a": 1})[0]
    assert "the same call was answered already" in told([HI], ([HI], True))[0]


def test_long_texts_are_shown_where_they_differ() -> None:
    """
    Of a long text only the neighbourhood of the difference is shown.
    """
    lines = told([{"user": "a" * 5000 + "X" + "b" * 5000}], [{"user": "a" * 5000 + "Y"}])

    assert all(len(line) < 260 for line in lines)
    assert "aaaX" in lines[1]
    assert "aaaY" in lines[2]
    assert len(short({"user": "a" * 5000})) <= 160

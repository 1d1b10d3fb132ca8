"""
Answers that fit are parsed; answers that do not are sent back.
"""

from __future__ import annotations

import json

import pytest

from triage import Triage, UnusableAnswerError, triage

# Who triages looks and changes nothing.
pytestmark = pytest.mark.codex(sandbox="read-only", allow=[])

REPORT = "The login button does nothing."
GOOD = {
    "severity": "high",
    "component": "login",
    "summary": "The button has no handler.",
    "confidence": 0.9,
}


def test_answer_is_parsed(codex_model, codex_session, codex_workspace):
    """The agent looks at the code and answers as the schema says."""
    codex_workspace.write({"login.js": "button.onclick = null\n"})
    codex_model.run("cat login.js").say(json.dumps(GOOD))

    found = triage(REPORT)

    assert found == Triage(**GOOD)
    assert codex_session.ran("cat login.js", ok=True)
    assert codex_session.errors == []


def test_schema_is_asked_for(codex_model, codex_session):
    """Every turn carries the schema, with nothing the model's API would refuse."""
    codex_model.say(json.dumps(GOOD))

    triage(REPORT)

    [schema] = [
        message.body["params"]["outputSchema"]
        for message in codex_session.transcript.wire
        if message.body.get("method") == "turn/start"
    ]
    assert schema["required"] == ["severity", "component", "summary", "confidence"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["confidence"] == {"type": "number"}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param("The button is broken.", "answer: json_invalid", id="prose"),
        pytest.param(
            json.dumps({**GOOD, "severity": "urgent"}), "severity: literal_error", id="bad-word"
        ),
        pytest.param(
            json.dumps({**GOOD, "confidence": 90}), "confidence: less_than_equal", id="bad-number"
        ),
    ],
)
def test_bad_answer_is_sent_back(codex_model, codex_session, answer, problem):
    """The agent is told what is wrong, in the same thread, and may answer again."""
    codex_model.say(answer).say(json.dumps(GOOD))

    assert triage(REPORT) == Triage(**GOOD)

    [thread] = codex_session.transcript.threads
    first, second = thread.turns
    assert first.final_response == answer
    assert problem in second.messages[0].text


def test_no_answer_fits(codex_model, codex_session):
    """After the last attempt the caller learns what was wrong with it."""
    codex_model.say("No idea.").refuse("I cannot help with that.")

    with pytest.raises(UnusableAnswerError, match="json_invalid"):
        triage(REPORT, attempts=2)

    assert len(codex_session.transcript.turns) == 2

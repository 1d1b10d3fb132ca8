"""
What in cassettes is no longer valid.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from fake_server.transcript import Event, Transcript
from pytest_codex.drift import validate
from tests.protocols import NEWEST, VERSIONS, checker, needs_recorded

CASSETTES = Path(__file__).parents[3] / "cassettes"
KNOWN_BREACHES = {
    "client answer item/commandExecution/requestApproval: result.decision: is required",
    "client notification unknown/notification: method: is not in this version",
}
"""What two of the project's recordings do on purpose: their clients break the protocol."""


def steer(number: int, line: int, **params: Any) -> Event:
    """
    A request to steer, at a line of the file.
    """
    about = {"threadId": "t", "expectedTurnId": "u", "input": []}
    message = {"id": number, "method": "turn/steer", "params": {**about, **params}}
    return Event(1, "client", message, line)


def test_findings_are_told_once() -> None:
    """
    The same fault in the same cassette is one finding, at its first line, with a count.
    """
    one = Transcript(
        {},
        [steer(1, 2), steer(2, 3, threadId=7), steer(3, 4, threadId=7), steer(4, 5, input=None)],
        "a.codex.jsonl",
    )
    other = Transcript({}, [steer(1, 2, threadId=7)], "b.codex.jsonl")

    found = validate([one, other], checker(NEWEST), "Codex 1.2.3")

    assert [str(finding) for finding in found.findings] == [
        "a.codex.jsonl:3: client request turn/steer: params.threadId: 7 is not string (2 times)",
        "a.codex.jsonl:5: client request turn/steer: params.input: null is not array",
        "b.codex.jsonl:2: client request turn/steer: params.threadId: 7 is not string",
    ]
    assert list(found.summary()) == [
        "2 cassettes, 5 messages against Codex 1.2.3: 2 not valid",
        "    2  client request turn/steer: params.threadId: 7 is not string",
        "    1  client request turn/steer: params.input: null is not array",
    ]


def test_what_was_refused_is_not_held_against_a_cassette() -> None:
    """
    A request the server refused when it was recorded is no finding.
    """
    refusal = Event(1, "server", {"id": 1, "error": {"code": -32600, "message": "no"}})

    found = validate(
        [Transcript({}, [steer(1, 2, threadId=7), refusal])], checker(NEWEST), "Codex 1.2.3"
    )

    assert [] == found.findings
    assert ["1 cassette, 2 messages against Codex 1.2.3: all valid"] == list(found.summary())


@pytest.fixture(scope="module")
def project() -> list[Transcript]:
    """
    The project's own recordings, without those in which the conformance suite breaks the rules.
    """
    return [
        Transcript.load(path)
        for path in sorted(CASSETTES.rglob("*.codex.jsonl"))
        if "conformance" not in path.parts
    ]


@needs_recorded
def test_the_projects_cassettes_are_valid(project: list[Transcript]) -> None:
    """
    What the real server was recorded to say is valid by its own schema, placeholders filled in.
    """
    found = validate(project, checker(NEWEST), "the newest")

    assert len(project) > 100
    assert KNOWN_BREACHES == {finding.text for finding in found.findings}


@pytest.mark.parametrize("version", VERSIONS)
def test_validating_takes_seconds(project: list[Transcript], version: str) -> None:
    """
    All of the project's cassettes against one version: far less than the promised seconds.
    """
    judge = checker(version)
    started = time.process_time()

    validate(project, judge, version)

    assert time.process_time() - started < 5


@needs_recorded
def test_older_versions_did_not_know_what_was_recorded(project: list[Transcript]) -> None:
    """
    Against the oldest version the recordings show what was added since.
    """
    found = validate(project, checker("0.147.0"), "0.147.0")

    texts = {finding.text for finding in found.findings} - KNOWN_BREACHES
    item = [f"server notification item/{when}: params.item" for when in ("started", "completed")]
    kinds = '"completed" is not one of started, interacted, interrupted'
    assert texts == {
        "server notification thread/readState/changed: method: is not in this version",
        *(f'{one}.type: "functionCallOutput" is not known here' for one in item),
        *(f"{one}.kind: {kinds}" for one in item),
    }

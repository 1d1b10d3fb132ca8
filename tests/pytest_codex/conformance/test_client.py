"""
The suite's own client tells what a server said before it says that the server has gone.
"""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from pytest_codex.conformance.client import Client
from pytest_codex.conformance.outcomes import ConformanceError


def gone(output: str) -> Client:
    """
    The client of a server that has said something and has ended since.
    """
    process = subprocess.Popen(
        ["printf", "%s", output],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.wait(20)
    return Client(process, deadline=20.0, note=lambda _who, _line: None)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("hello\n", r"a line that is no JSON: 'hello"),
        ('{"method": "warning"}\n[]\n', r"what is no object: '\[\]"),
        ('{"method": "warning"}\n', r"the server has gone \(the server ended with code 0\)"),
        ("", r"the server has gone \(the server ended with code 0\)"),
    ],
)
def test_what_a_server_said_last_is_told_when_nothing_can_be_sent(output: str, text: str) -> None:
    """
    A program that is no server often prints something and ends before the first request.
    """
    client = gone(output)

    with pytest.raises(ConformanceError, match=text):
        client.send({"id": 1, "method": "initialize"})

    client.kill()


def test_a_flood_is_no_end_of_the_output() -> None:
    """
    Who waits for the end of what never ends has to be told so.
    """
    process = subprocess.Popen(
        ["yes", "{}"],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    client = Client(process, deadline=20.0, note=lambda _who, _line: None)

    with pytest.raises(ConformanceError, match=r"end of the output did not come: the server said"):
        client.drain()

    client.kill()


def test_what_outlives_the_server_leaves_no_pipe_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A process that a wrapper left behind holds its pipes: they are closed when it goes, too.
    """
    monkeypatch.setattr("pytest_codex.conformance.channel._GRACE", 0.2)
    process = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; read line"],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    left_behind = int(process.stdout.readline())
    client = Client(process, deadline=20.0, note=lambda _who, _line: None)

    client.kill()
    assert [False, False] == [pipe.closed for pipe in (process.stdout, process.stderr)]
    os.kill(left_behind, signal.SIGKILL)

    for thread in client.threads:
        thread.join(20)
    assert [True, True] == [pipe.closed for pipe in (process.stdout, process.stderr)]

"""
The log of a session's lines.
"""

from __future__ import annotations

from pytest_codex.wire import STDERR_LINES, Message, Wire


def test_lines_become_messages() -> None:
    """
    Messages keep their order, connection and sender.
    """
    wire = Wire()
    wire.add(1, "client", '{"id": 1, "method": "x"}')
    wire.add(2, "server", '{"id": 1, "result": null}\n')

    assert wire.messages == [
        Message(1, "client", {"id": 1, "method": "x"}),
        Message(2, "server", {"id": 1, "result": None}),
    ]
    assert len(wire) == 2


def test_what_is_not_json_is_kept_as_text() -> None:
    """
    A broken line is shown as it was.
    """
    wire = Wire()
    wire.add(1, "client", "{broken\n")

    assert wire.messages == [Message(1, "client", "{broken")]


def test_the_tail_is_the_newest() -> None:
    """
    A report shows the last lines only.
    """
    wire = Wire()
    for number in range(5):
        wire.add(1, "client", str(number))

    assert [line for _, _, line in wire.tail(2)] == ["3", "4"]


def test_standard_error_is_bound() -> None:
    """
    A chatty server does not fill the memory.
    """
    wire = Wire()
    for number in range(STDERR_LINES + 5):
        wire.add_stderr(f"{number}\n")

    assert wire.stderr_tail(1) == [str(STDERR_LINES + 4)]
    assert len(wire.stderr_tail(9999)) == STDERR_LINES

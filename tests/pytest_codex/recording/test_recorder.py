"""
The recorder: what becomes of the lines it is given.
"""

from __future__ import annotations

import threading

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.recording.recorder import Recorder
from pytest_codex.recording.tape import Tape


@pytest.mark.parametrize(
    "line",
    ['{"id": 1, "method": 5}', '{"method": null}', "[]", "no JSON", '{"a":' * 100_000],
    ids=["number", "null", "list", "text", "deep"],
)
def test_a_line_that_is_no_message_is_kept_as_it_is(line: str) -> None:
    """
    Clients that break the protocol on purpose are recorded, too.
    """
    tape = Tape()
    recorder = Recorder(tape, Places(), Redactor()).connection([], None)

    recorder.from_client(line)

    assert [entry.body for entry in tape.entries if entry.kind == "client"] == [line]


def test_the_teller_is_whose_order_counts() -> None:
    """
    A recorder that is used outside the main thread can be told whose order is the program's.
    """
    tapes = {"main": Tape(), "teller": Tape()}

    def record() -> None:
        for name, teller in (("main", None), ("teller", threading.current_thread())):
            recorder = Recorder(tapes[name], Places(), Redactor(), teller=teller)
            recorder.connection([], None).from_client('{"method": "initialized"}')

    thread = threading.Thread(target=record)
    thread.start()
    thread.join(10)

    assert [tapes[name].entries[-1].main for name in ("main", "teller")] == [False, True]

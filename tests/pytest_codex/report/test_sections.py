"""
What a report tells about a session.
"""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_codex.report.facts import FACTS
from pytest_codex.report.sections import LINE_WIDTH, WIRE_LINES, annotate, sections
from pytest_codex.report.sections import thread_stacks as stacks
from pytest_codex.surroundings import Problem
from pytest_codex.views import SessionTranscript
from pytest_codex.wire import Wire

CONFIG: Any = SimpleNamespace(getoption=lambda _name, default=None: default, stash={})


def session_with(**facts: Any) -> Any:
    """
    Something with the parts of a session that a report reads.
    """
    wire = Wire()
    usual: dict[str, Any] = {
        "problems": [],
        "notes": [],
        "wire": wire,
        "transcript": SessionTranscript(wire),
        "mask": lambda text: text.replace("hunter2", "***"),
        "kept": [],
        "facts": {"tier": "replay", "cassette": "c", "messages": 5},
        "model": SimpleNamespace(remaining_steps=[]),
        "passed": None,
        "failed": False,
        "look_back": list,
    }
    return SimpleNamespace(**{**usual, **facts})


def report_of(when: str, outcome: Any, longrepr: Any = None) -> pytest.TestReport:
    """
    A report of one phase.
    """
    return pytest.TestReport("test_it", ("test.py", 1, "test_it"), {}, outcome, longrepr, when)  # type: ignore[arg-type]


def test_a_quiet_session_has_no_sections() -> None:
    """
    Nothing is shown where nothing happened.
    """
    assert sections(session_with()) == []


def test_sections_are_masked_and_short() -> None:
    """
    Only the last lines are shown, without secrets, and none is endless.
    """
    session = session_with(notes=["POST / was answered with 500", "and again"])
    for number in range(WIRE_LINES + 5):
        session.wire.add(1, "client", f"{number} hunter2")
    session.wire.add(2, "server", "x" * (LINE_WIDTH + 1))
    session.wire.add_stderr("said hunter2")

    shown = dict(sections(session))

    lines = shown["wire tail"].splitlines()
    assert lines[0].startswith(f"last {WIRE_LINES} of {WIRE_LINES + 6} messages")
    assert lines[-2] == f"1 > {WIRE_LINES + 4} ***"
    assert lines[-1] == f"2 < {'x' * LINE_WIDTH}… ({LINE_WIDTH + 1} characters)"
    assert shown["stderr tail"] == "said ***"
    assert shown["model"] == "POST / was answered with 500\nand again"


def test_the_wire_tail_leaves_out_what_no_failure_is_about() -> None:
    """
    Remarks on machine and account push no telling line out; how many there were is said.
    """
    session = session_with()
    session.wire.add(1, "client", '{"id": 1, "method": "account/rateLimits/read"}')
    noise = ("configWarning", "remoteControl/status/changed", "account/rateLimits/updated")
    for method in noise * WIRE_LINES:
        session.wire.add(1, "server", f'{{"method":"{method}","params":{{}}}}')

    head, line = dict(sections(session))["wire tail"].splitlines()

    assert line == '1 > {"id": 1, "method": "account/rateLimits/read"}'
    assert head.startswith(f"last 1 of {len(session.wire)} messages, ")
    assert f"left out: {len(session.wire) - 1} on configuration" in head


def test_standard_error_is_shown_without_colours() -> None:
    """
    What a terminal would colour is plain text in a report.
    """
    session = session_with()
    session.wire.add_stderr("\x1b[2m12:00\x1b[0m \x1b[31mERROR\x1b[0m no \x1b[1;4mway")

    assert dict(sections(session))["stderr tail"] == "12:00 ERROR no way"


def test_a_stall_shows_the_threads() -> None:
    """
    A problem's details have a section of their own.
    """
    session = session_with(problems=[Problem("stalled", "nobody spoke", "thread MainThread")])

    assert sections(session) == [("stalled", "nobody spoke"), ("threads", "thread MainThread")]


def test_what_is_shown_already_is_not_repeated() -> None:
    """
    A failure that is the problem itself needs no section about it.
    """
    session = session_with(problems=[Problem("mismatch", "differs"), Problem("client", "other")])
    report = report_of("call", "failed", "MismatchError: differs")

    annotate(report, session, CONFIG)

    assert report.sections == [("codex client", "other")]


def test_a_rehearsal_tells_what_came_before_the_failure() -> None:
    """
    What another version did otherwise stands first among the sections of the test itself.
    """
    session = session_with(look_back=lambda: [("behaviour", "otherwise")])
    call, teardown = report_of("call", "failed", "no"), report_of("teardown", "failed", "no")

    annotate(call, session, CONFIG)
    annotate(teardown, session, CONFIG)

    assert call.sections == [("codex behaviour", "otherwise")]
    assert teardown.sections == []


def test_a_passed_phase_has_no_sections() -> None:
    """
    Passing is noted and not commented.
    """
    session = session_with(problems=[Problem("mismatch", "differs")])
    report = report_of("call", "passed")

    annotate(report, session, CONFIG)

    assert session.passed is True
    assert report.sections == []


def test_facts_travel_with_the_teardown() -> None:
    """
    Facts survive the way from a worker to the controller.
    """
    facts = {"tier": "live", "cassette": "c", "messages": 7, "real": {"calls": 1}}
    report = report_of("teardown", "passed")
    annotate(report, session_with(facts=facts), CONFIG)

    arrived = pytest.TestReport._from_json(report._to_json())

    assert getattr(arrived, FACTS) == facts
    assert dict(arrived.user_properties) == {
        "codex_tier": "live",
        "codex_cassette": "c",
        "codex_messages": 7,
    }


def test_steps_nobody_asked_for_are_told() -> None:
    """
    A scripted test that fails early says what the model would have done next.
    """
    session = session_with(model=SimpleNamespace(remaining_steps=["run", "say"]))

    told = sections(session)

    assert told == [("model script", "the agent did not ask for 2 scripted steps: run, say")]


def test_stacks_name_every_other_thread() -> None:
    """
    Asked from a thread, the main thread comes first, with the line where it stands.
    """
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append(stacks()), name="asking")
    thread.start()
    thread.join(10)

    assert told[0].startswith("thread MainThread\n")
    assert "thread.join(10)" in told[0] or "thread.start()" in told[0]
    assert "thread asking" not in told[0]

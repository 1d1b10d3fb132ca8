"""
Generated sessions can be performed, and read.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from pytest_codex.errors import HarnessError
from pytest_codex.strategies import Session, Step, sessions
from pytest_codex.strategies.books import MOST_CONNECTIONS, MOST_THREADS
from pytest_codex.strategies.steps import ANSWERS, FREELY
from tests.pytest_codex.model.conftest import Wire, World
from tests.pytest_codex.strategies.drawing import PLAINEST
from tests.pytest_codex.strategies.perform import Performer

QUICK = settings(max_examples=200, deadline=None, database=None, derandomize=True)


@QUICK
@given(sessions(most_steps=30))
def test_sessions_make_sense(session: Session) -> None:
    """
    No step names a thread or a connection that is not there, and held turns are let go.
    """
    open_: set[int] = set()
    threads: dict[str, str] = {}
    forked = {step.source for step in session.steps}
    for step in session.steps:
        if step.action == "connect":
            open_.add(step.connection)
        assert step.connection in open_
        if step.action == "close":
            open_.remove(step.connection)
        if step.action in ("start", "start careful", "fork"):
            assert step.thread not in threads
            assert not step.source or threads[step.source] == "idle"
            threads[step.thread] = "idle"
        elif step.action == "turn":
            assert threads[step.thread] == "idle"
            threads[step.thread] = "held" if step.answer == "hold" else "idle"
        elif step.action in ("steer", "interrupt", "release", "interject"):
            assert threads[step.thread] == "held"
            threads[step.thread] = "idle"
        elif step.thread:
            assert threads[step.thread] == "idle"
            assert step.action != "delete" or step.thread not in forked
    assert "held" not in threads.values()
    assert len(threads) <= MOST_THREADS
    assert max(step.connection for step in session.steps) <= MOST_CONNECTIONS


def test_everything_is_drawn() -> None:
    """
    A few hundred sessions hold every action and every answer of the model.
    """
    drawn: Counter[str] = Counter()

    @settings(QUICK, max_examples=400, phases=[Phase.generate])
    @given(sessions(most_steps=30))
    def draw(session: Session) -> None:
        drawn.update(step.action for step in session.steps)
        drawn.update(step.answer for step in session.steps if step.answer)

    draw()

    actions = "connect start turn steer interrupt release fork resume read name archive unarchive"
    actions += " close list exec interject delete"
    more = {"start careful", "steer idle", "unknown thread"}
    assert {*actions.split(), *more, *ANSWERS} == drawn.keys()


def test_shrinking_ends_at_something_to_read() -> None:
    """
    A session that fails for its fork is shrunk to the steps that a fork needs.
    """
    found = find(
        sessions(),
        lambda session: any(step.action == "fork" for step in session.steps),
        settings=PLAINEST,
    )

    assert repr(found) == (
        "Session:\n  1: connect\n  1: start A\n  1: turn A 'one' -> say\n  1: fork B of A"
    )


def test_sessions_are_plain_data() -> None:
    """
    A session is JSON, and comes back from it.
    """
    session = Session((Step("connect", 1), Step("turn", 1, "A", "one", "hold")))

    data = json.loads(json.dumps(session.data()))

    assert data[0] == {"action": "connect", "connection": 1}
    assert session == Session(tuple(Step(**step) for step in data))


def test_chosen_actions() -> None:
    """
    A session can be asked to hold nothing but some actions.
    """

    @QUICK
    @given(sessions(actions=["turn", "steer"]))
    def draw(session: Session) -> None:
        used = {step.action for step in session.steps}
        assert used <= {"connect", "start", "turn", "steer", "release"}

    draw()


EVERYTHING = Session(
    (
        Step("connect", 1),
        Step("start", 1, "A"),
        *(
            Step("turn", 1, "A", f"do {answer}", answer, file="a.txt")
            for answer in sorted(FREELY, key="hold".__eq__)
        ),
        Step("start", 1, "B"),
        Step("turn", 1, "B", "meanwhile", "say"),
        Step("steer", 1, "A", "this way", "say"),
        Step("turn", 1, "A", "again", "hold"),
        Step("interrupt", 1, "A"),
        Step("steer idle", 1, "A", "too late"),
        Step("unknown thread", 1, text="nobody"),
        Step("fork", 1, "C", source="A"),
        Step("read", 1, "C"),
        Step("name", 1, "C", "third"),
        Step("archive", 1, "B"),
        Step("connect", 2),
        Step("close", 1),
        Step("resume", 2, "A"),
        Step("turn", 2, "A", "more", "say"),
        Step("unarchive", 2, "B"),
        Step("resume", 2, "B"),
        Step("turn", 2, "B", "more", "hold"),
        Step("release", 2, "B"),
        Step("start careful", 2, "D"),
        Step("turn", 2, "D", "carefully", "decline edit", file="a.txt"),
        Step("turn", 2, "D", "carefully", "accept edit", file="a.txt"),
        Step("turn", 2, "D", "carefully", "cancel edit", file="a.txt"),
        Step("exec", 2, file="a.txt"),
        Step("turn", 2, "A", "once more", "hold"),
        Step("interject", 2, "A", "by the way", "say"),
        Step("delete", 2, "B"),
        Step("list", 2),
    )
)
"""Every action and every answer of the model, once or twice."""


def performer(world: World) -> Performer:
    """
    Who performs sessions in a world, all connections with one home.
    """
    runtime = world.runtime()
    return Performer(world.model, world.workspace, lambda: Wire(runtime, world.workspace))


def test_the_real_agent_does_all_of_it(world: World) -> None:
    """
    Every action means to the real server what it is called here.
    """
    ends = performer(world).perform(EVERYTHING)

    assert ends == [
        ("A", "completed"),
        ("A", "completed"),
        ("A", "completed"),
        ("A", "completed"),
        ("A", "interrupted"),
        ("A", "failed"),
        ("A", "completed"),
        ("A", "failed"),
        ("A", "completed"),
        ("A", "completed"),
        ("A", "completed"),
        ("B", "completed"),
        ("A", "completed"),
        ("A", "interrupted"),
        ("A", "refused"),
        ("", "refused"),
        ("A", "completed"),
        ("B", "completed"),
        ("D", "completed"),
        ("D", "completed"),
        ("D", "interrupted"),
        ("A", "completed"),
    ]
    world.model.assert_complete()


@given(st.data())
@settings(QUICK, max_examples=20)
def test_no_step_is_longer_than_a_line(data: st.DataObject) -> None:
    """
    Each step of the story is one line, whatever its text.
    """
    session = data.draw(sessions())

    assert len(repr(session).splitlines()) == len(session.steps) + 1


def test_an_action_that_does_not_exist_is_told() -> None:
    """
    When the strategy is made, with those there are; not when a session is drawn.
    """
    with pytest.raises(HarnessError, match="there is no action 'forc'; say some of turn, start"):
        sessions(actions=["turn", "forc"])  # type: ignore[list-item]

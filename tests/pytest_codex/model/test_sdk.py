"""
The official client against the real agent and the scripted model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pytest_codex.model.conftest import World

# The client leaves the pipes of its process to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def codex(world: World) -> Iterator[Any]:
    """
    A client as its users make it, pointed at our home.
    """
    import openai_codex

    env = world.runtime().environment()
    config = openai_codex.CodexConfig(
        codex_bin=str(world.binary), env=env, cwd=str(world.workspace)
    )
    with openai_codex.Codex(config) as client:
        yield client


def test_run(world: World, codex: Any) -> None:
    """
    A turn that runs a command, edits a file and answers.
    """
    world.model.run("echo out > out.txt").patch("*** Add File: new.txt\n+new\n").say("All done.")

    result = codex.thread_start().run("work")

    assert "All done." == result.final_response
    assert {"hello.py", "new.txt", "out.txt"} == {p.name for p in world.workspace.iterdir()}
    assert 45 == result.usage.total.total_tokens
    world.model.assert_complete()


def test_several_turns_and_usage(world: World, codex: Any) -> None:
    """
    The conversation goes on, and the model sees what was said before.
    """
    world.model.say("One.").say("Two.", usage={"input": 1000})
    thread = codex.thread_start()

    first, second = thread.run("first"), thread.run("second")

    assert ("One.", "Two.") == (first.final_response, second.final_response)
    assert ["first", "second"] == world.model.calls[-1].user_texts
    assert 1000 == second.usage.last.input_tokens


def test_the_default_approval_is_the_guardian(world: World, codex: Any) -> None:
    """
    The official client lets the reviewer decide, so its verdict has to be scripted.
    """
    world.model.run("echo out", escalate=True, justification="need").say("Done.").guardian(True)

    result = codex.thread_start().run("work")

    assert "Done." == result.final_response
    world.model.assert_complete()


def test_a_failure_is_an_error_of_the_client(world: World, codex: Any) -> None:
    """
    An unscripted call reaches the test as the turn's error.
    """
    with pytest.raises(Exception, match="unscripted model call 1"):
        codex.thread_start().run("work")

    assert 1 == len(world.model.unexpected)

"""
The real agent stays in its box, and nothing of it stays behind.
"""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.waiting import until

if TYPE_CHECKING:
    from pytest_codex.runtime import Runtime
    from tests.pytest_codex.model.conftest import World

BACKGROUND = "setsid sleep 600 >/dev/null 2>&1 & sleep 600"


def test_a_turn_reaches_for_nothing_outside(world: World) -> None:
    """
    From start to end the agent tries no host but the model's.
    """
    world.model.run("true").say("Done.")
    wire = world.wire()
    wire.turn(wire.thread())

    wire.close()

    assert [] == world.server.refused


def test_the_network_is_refused_and_told(world: World) -> None:
    """
    What the agent reaches for anyway, here the plugins' servers, is refused and known.
    """
    wire = world.wire({"features": {"plugins": True}})

    wire.thread()

    until(lambda: any("chatgpt.com" in each for each in world.server.refused))


def test_writing_outside_the_workspace_is_denied(world: World) -> None:
    """
    The sandbox is real: inside may be written, outside not.
    """
    outside = world.runtime().home.parent / "outside.txt"
    world.model.run(f"echo in > in.txt; echo out > {outside}").say("Done.")
    wire = world.wire()

    wire.turn(wire.thread(sandbox="workspace-write"))

    # The agent reports no item for a command its sandbox stopped; only the model reads it.
    assert "Read-only file system" in world.model.calls[-1].outputs["call_1"]
    assert (world.workspace / "in.txt").is_file()
    assert not outside.exists()


def test_reading_only_means_it(world: World) -> None:
    """
    Without permission to write not even the workspace is written.
    """
    world.model.run("echo in > in.txt").say("Done.")
    wire = world.wire()

    wire.turn(wire.thread(sandbox="read-only"))

    assert "Read-only file system" in world.model.calls[-1].outputs["call_1"]
    assert not (world.workspace / "in.txt").exists()


def test_a_trusted_workspace_has_the_defaults_of_the_users_own(world: World) -> None:
    """
    A thread without settings may write in the workspace and asks when it wants more.
    """
    wire = world.wire()

    started = wire.request("thread/start")

    assert "workspaceWrite" == started["sandbox"]["type"]
    assert "on-request" == started["approvalPolicy"]
    assert "gpt-5.5" == started["model"]


def test_the_agent_can_commit(world: World) -> None:
    """
    Git works for the agent without the user's configuration.
    """
    world.model.run("git init -q && git add -A && git commit -qm work && git log --format=%ae")
    world.model.say("Done.")
    wire = world.wire()

    wire.turn(wire.thread(sandbox="danger-full-access"))

    assert "user@example.com\n" == wire.items("commandExecution")[0]["aggregatedOutput"]


@pytest.mark.parametrize("ending", ["polite", "killed"])
@pytest.mark.parametrize("sandbox", ["workspace-write", "danger-full-access"])
def test_background_commands_end_with_the_runtime(world: World, ending: str, sandbox: str) -> None:
    """
    Whatever the agent started is dead after close, and its home is gone.
    """
    world.model.run(BACKGROUND, yield_ms=250).say("It runs on.")
    wire = world.wire()
    (runtime,) = world.runtimes
    wire.turn(wire.thread(sandbox=sandbox, approvalPolicy="never"))
    # The sandbox may still be getting ready when the turn is over.
    until(lambda: len(sleepers_of(runtime)) == 2)
    sleepers = sleepers_of(runtime)

    if ending == "killed":
        wire.process.kill()
    wire.close()
    runtime.close()

    assert [] == runtime.leftovers()
    assert not any("sleep" in command_of(pid) for pid in sleepers)
    assert not runtime.home.parent.exists()


def test_closing_under_a_working_agent(world: World) -> None:
    """
    A runtime can be closed in the middle of a turn; server and gate do not hold it up.
    """
    gate = world.model.hold("first")
    wire = world.wire()
    wire.start(wire.thread())
    gate.wait()
    (runtime,) = world.runtimes

    begin = time.monotonic()
    runtime.close()
    world.server.close()

    assert time.monotonic() - begin < 3
    assert wire.process.wait(5) < 0
    assert not runtime.home.exists()


def test_helper_binaries_are_made(world: World) -> None:
    """
    Codex trusts the place of the home: it makes its helper binaries there.
    """
    world.model.run("ls $CODEX_HOME/tmp/*/*").say("Done.")
    wire = world.wire()

    wire.turn(wire.thread(sandbox="danger-full-access"))

    assert "apply_patch" in wire.items("commandExecution")[0]["aggregatedOutput"]


def sleepers_of(runtime: Runtime) -> list[int]:
    """
    The background commands of a runtime that are under way.
    """
    return [pid for pid in runtime.leftovers() if "sleep" in command_of(pid)]


def command_of(pid: int) -> str:
    """
    The program a living process runs; empty when there is no such process.
    """
    done = subprocess.run(
        ["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, name = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else name.strip()

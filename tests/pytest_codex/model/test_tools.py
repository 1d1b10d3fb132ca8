"""
Tool calls that need to know what the agent chose, and several at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_codex.model import ScriptedModel, parts
from pytest_codex.runtime import binary_version
from tests.older import BOTH

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import World


SWITCH = '"tools"."update_plan"."enabled" = true'

# The agent comes back as soon as the command is over.
WHILE_IT_RUNS = 20_000

# Ends well only while its counterpart runs at the same time.
MEETING = "touch {me}; for i in $(seq 500); do [ -e {other} ] && exit 0; sleep 0.02; done; exit 1"


@BOTH
def test_write_stdin(world: World) -> None:
    """
    What is typed reaches the command that runs behind, and the client is told.
    """
    world.model.run("read a; echo got $a; read b; echo bye $b", session="chat")
    world.model.write_stdin("one\n").write_stdin("two\n", yield_ms=WHILE_IT_RUNS).say("Done.")
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "completed" == ended["status"], ended["error"]
    typed = wire.said("item/commandExecution/terminalInteraction")
    assert ["one\n", "two\n"] == [params["stdin"] for params in typed]
    assert {"call_1_chat"} == {params["itemId"] for params in typed}
    (item,) = wire.items("commandExecution")
    assert ("call_1_chat", "completed", 0) == (item["id"], item["status"], item["exitCode"])
    outputs = world.model.calls[-1].outputs
    assert "Process running with session ID" in outputs["call_1_chat"]
    # Under load the shell's answer may come later than the 250 ms the agent waits for it.
    assert "got one" in outputs["call_2"] + outputs["call_3"]
    assert "bye two" in outputs["call_3"]
    world.model.assert_complete()


@BOTH
def test_write_stdin_to_one_of_several(world: World) -> None:
    """
    Sessions are told apart by name; without one the newest that still runs is meant.
    """
    world.model.respond(
        parts.run("read a; echo first $a", session="first"),
        parts.run("read a; echo second $a", session="second"),
    )
    world.model.write_stdin("x\n", session="first", yield_ms=WHILE_IT_RUNS)
    world.model.write_stdin("y\n", yield_ms=WHILE_IT_RUNS).say("Done.")
    wire = world.wire()

    wire.turn(wire.thread())

    outputs = world.model.calls[-1].outputs
    assert "first x" in outputs["call_3"]
    assert "second y" in outputs["call_4"]
    world.model.assert_complete()


@BOTH
def test_write_stdin_with_nothing_to_write_to(world: World) -> None:
    """
    Without a command that runs behind, turn and test are told so.
    """
    world.model.run("true").write_stdin("x\n")
    wire = world.wire()

    ended = wire.turn(wire.thread())

    assert "failed" == ended["status"]
    assert [ended["error"]["message"]] == world.model.unexpected
    assert "no command runs behind in this conversation" in ended["error"]["message"]


@BOTH
def test_commands_of_one_answer_run_at_the_same_time(world: World) -> None:
    """
    Each of two commands waits for the other, and both end well.
    """
    world.model.respond(
        parts.run(MEETING.format(me="a", other="b")), parts.run(MEETING.format(me="b", other="a"))
    )
    world.model.say("Done.")
    wire = world.wire()

    wire.turn(wire.thread())

    assert [0, 0] == [item["exitCode"] for item in wire.items("commandExecution")]
    assert 2 == len(world.model.calls)


@BOTH
def test_search_tools(world: World) -> None:
    """
    The agent gives the model the tools it had not listed.
    """
    world.model.search_tools("spawn agents").say("Done.")
    wire = world.wire()

    wire.turn(wire.thread())

    (found,) = [i for i in world.model.calls[-1].input if i.get("type") == "tool_search_output"]
    assert ["multi_agent_v1"] == [tool["name"] for tool in found["tools"]]


@BOTH
def test_models_in_code_mode(world: World) -> None:
    """
    Such models run scripts, and the tools a test scripts work for them all the same.
    """
    world.model.code('const r = await tools.exec_command({cmd: "echo nested"}); text(r.output);')
    world.model.run("echo plain").patch("*** Add File: new.txt\n+new").say("Done.")
    wire = world.wire({"model": "gpt-5.6-sol"})

    wire.turn(wire.thread())

    commands = [item["command"] for item in wire.items("commandExecution")]
    assert [True, True] == ["nested" in commands[0], "plain" in commands[1]]
    assert "new\n" == (world.workspace / "new.txt").read_text()
    outputs = world.model.calls[-1].outputs
    assert "nested" in outputs["call_1"]
    assert "plain" in outputs["call_2"]


@BOTH
def test_run_uses_the_shell_tool_there_is(world: World) -> None:
    """
    Without unified exec older versions offer another shell tool; newer ones keep it.
    """
    world.model.run("echo shell", workdir=world.workspace).say("Done.")
    wire = world.wire({"features": {"unified_exec": False}})

    wire.turn(wire.thread())

    old = binary_version(world.binary) < "0.155"
    assert old == ("shell_command" in world.model.calls[0].tools)
    assert "shell" in world.model.calls[-1].outputs["call_1"]


@BOTH
def test_the_to_do_list_has_to_be_switched_on(world: World) -> None:
    """
    Newer versions offer it only when their configuration asks for it, as that of tests does.
    """
    world.model.say("Done.")
    runtime = world.runtime()
    path = runtime.home / "config.toml"
    switched_on = path.read_text()
    assert SWITCH in switched_on
    path.write_text(switched_on.replace(SWITCH, ""))
    wire = world.wire(runtime=runtime)

    wire.turn(wire.thread())

    old = binary_version(world.binary) < "0.155"
    assert old == ("update_plan" in world.model.calls[0].tools)


def test_names_are_checked_where_the_test_writes_them() -> None:
    """
    A name the agent could not take is an error of the verb, in every tier.
    """
    with pytest.raises(ValueError, match="'My Session' may only have lower-case"):
        ScriptedModel.idle().run("cat", session="My Session")
    with pytest.raises(ValueError, match="'a-b'"):
        ScriptedModel.idle().spawn_agent("task", name="a-b")

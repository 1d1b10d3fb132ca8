"""
Turns as most programs run them: one prompt in, events and a final response out.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import openai_codex
import pytest
from openai_codex import ApprovalMode, ImageInput, LocalImageInput, Sandbox, TextInput
from openai_codex.models import AgentMessageDeltaNotification
from openai_codex.types import ReasoningEffort, TurnStatus

if TYPE_CHECKING:
    from openai_codex import AsyncCodex, Codex
    from openai_codex.types import JsonObject

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

POEM = "Green tests in the morning, green tests at night, " * 8
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_run(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A run returns what the agent said and what it cost.
    """
    codex_model.say("All tests pass now.", usage={"input": 120, "cached": 20, "output": 7})

    result = codex.thread_start().run("Fix the tests.")

    assert result.status is TurnStatus.completed
    assert result.final_response == "All tests pass now."
    assert result.usage is not None
    assert result.usage.total.total_tokens == 127
    assert result.usage.total.cached_input_tokens == 20


@pytest.mark.asyncio
async def test_run_async(async_codex: AsyncCodex, codex_model: ScriptedModel) -> None:
    """
    The asynchronous client runs a turn as the synchronous one does.
    """
    codex_model.say("All tests pass now.")

    async with async_codex as codex:
        thread = await codex.thread_start()
        result = await thread.run("Fix the tests.")

    assert result.final_response == "All tests pass now."


def test_stream(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    Every delta of the model arrives, in order, and they make up the final response.
    """
    codex_model.stream(POEM)

    turn = codex.thread_start().turn("Write a poem about tests.")
    events = list(turn.stream())

    deltas = [
        e.payload.delta for e in events if isinstance(e.payload, AgentMessageDeltaNotification)
    ]
    assert len(deltas) == len(POEM.split(" "))
    assert "".join(deltas) == POEM
    assert events[0].method == "turn/started"
    assert events[-1].method == "turn/completed"


@pytest.mark.asyncio
async def test_stream_async(async_codex: AsyncCodex, codex_model: ScriptedModel) -> None:
    """
    An asynchronous stream gives the same deltas.
    """
    codex_model.stream(POEM)

    async with async_codex as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("Write a poem about tests.")
        deltas = [
            event.payload.delta
            async for event in turn.stream()
            if isinstance(event.payload, AgentMessageDeltaNotification)
        ]

    assert "".join(deltas) == POEM


def test_stream_with_reasoning(
    codex: Codex, codex_model: ScriptedModel, codex_session: CodexSession
) -> None:
    """
    A reasoning summary streams before the answer and is no part of it.
    """
    codex_model.reason("The user greets me.", then="Hello!", usage={"output": 30, "reasoning": 21})

    thread = codex.thread_start(config={"model_reasoning_summary": "auto"})
    result = thread.run("Hello?")

    assert result.final_response == "Hello!"
    assert [item.root.type for item in result.items][-2:] == ["reasoning", "agentMessage"]
    assert result.usage is not None
    assert result.usage.last.reasoning_output_tokens == 21
    methods = [m.body.get("method") for m in codex_session.transcript.wire if m.body]
    assert "item/reasoning/summaryTextDelta" in methods


def test_no_final_response(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A turn that ends with a remark only has no final response.
    """
    codex_model.say("I am looking around.", phase="commentary")

    result = codex.thread_start().run("Do nothing.")

    assert result.status is TurnStatus.completed
    assert result.final_response is None
    assert [item.root.type for item in result.items] == ["userMessage", "agentMessage"]


def test_many_turns(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A thread carries many turns, and its history tells all of them.
    """
    for number in range(1, 6):
        codex_model.say(f"Answer {number}", usage={"input": 100, "output": number})

    thread = codex.thread_start()
    results = [thread.run(f"Question {number}") for number in range(1, 6)]

    assert [result.final_response for result in results] == [f"Answer {n}" for n in range(1, 6)]
    assert len({result.id for result in results}) == 5
    usage = results[-1].usage
    assert usage is not None
    assert usage.total.total_tokens == 515
    assert usage.last.total_tokens == 105
    history = thread.read(include_turns=True).thread.turns
    assert [turn.id for turn in history] == [result.id for result in results]


def test_output_schema(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A final response asked for as JSON arrives as JSON.
    """
    schema: JsonObject = {
        "type": "object",
        "properties": {"passed": {"type": "integer"}, "failed": {"type": "integer"}},
        "required": ["passed", "failed"],
        "additionalProperties": False,
    }
    codex_model.say('{"passed": 41, "failed": 1}')

    result = codex.thread_start().run("Count the tests.", output_schema=schema)

    assert json.loads(result.final_response or "") == {"passed": 41, "failed": 1}


def test_images(codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace) -> None:
    """
    An image from memory and one from disk go along with the text; the path is this machine's.
    """
    codex_workspace.write({"dot.png": DOT})
    data = "data:image/png;base64," + base64.b64encode(DOT).decode()
    path = str(codex_workspace.path / "dot.png")
    codex_model.say("Two red dots.")

    result = codex.thread_start().run(
        [TextInput("What is on these?"), ImageInput(data), LocalImageInput(path)]
    )

    assert result.final_response == "Two red dots."
    asked = result.items[0].root.model_dump(mode="json", by_alias=True)
    assert [part["type"] for part in asked["content"]] == ["text", "image", "localImage"]
    assert asked["content"][1]["url"] == data
    assert asked["content"][2]["path"] == path


def test_image_that_the_agent_looks_at(
    codex: Codex, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    The agent opens an image of the workspace by itself and reports which one.
    """
    codex_workspace.write({"dot.png": DOT})
    path = codex_workspace.path / "dot.png"
    codex_model.view_image(path).say("A red dot.")

    result = codex.thread_start().run("Look at dot.png.")

    views = [item.root for item in result.items if item.root.type == "imageView"]
    assert [view.model_dump(mode="json")["path"] for view in views] == [str(path)]
    assert result.final_response == "A red dot."


@pytest.mark.skipif(
    not hasattr(openai_codex, "ExternalMessage"), reason="this SDK has no external messages"
)
def test_external_message(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A message of another program starts a turn, though nobody's user wrote it.
    """
    from openai_codex import ExternalMessage

    codex_model.say("The build is broken; I will look at it.")

    result = codex.thread_start().run(
        ExternalMessage(tool_name="ci", content="Build 17 failed."), source="ci"
    )

    assert result.final_response == "The build is broken; I will look at it."
    assert "userMessage" not in [item.root.type for item in result.items]


def test_sandbox_of_one_turn(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
) -> None:
    """
    What a read-only thread may not write, a turn with a wider sandbox may.
    """
    write = "touch note.txt 2>&-"
    codex_model.run(write).say("I may not write.").run(write).say("Written.")

    thread = codex.thread_start(sandbox=Sandbox.read_only, approval_mode=ApprovalMode.deny_all)
    thread.run("Write a note.")
    after_first = codex_workspace.changes()
    thread.run("Write it now.", sandbox=Sandbox.workspace_write)

    assert [command.exit_code for command in codex_session.commands] == [1, 0]
    assert after_first == {}
    assert codex_workspace.changes() == {"note.txt": "added"}


def test_settings_of_one_turn(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A turn may have a model and an effort of its own, in a thread that nobody keeps.
    """
    codex_model.say("Quick answer.")

    thread = codex.thread_start(ephemeral=True, developer_instructions="Be short.")
    result = thread.run("Question", model="gpt-5.5", effort=ReasoningEffort.low)

    assert result.final_response == "Quick answer."
    assert thread.read().thread.ephemeral
    assert codex.thread_list().data == []

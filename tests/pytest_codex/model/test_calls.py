"""
Asking questions about what the agent sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.model import ModelCall
from tests.older import BOTH

if TYPE_CHECKING:
    from tests.pytest_codex.model.conftest import World

HEADERS = {"Authorization": "Bearer sk-secret", "X-Api-Key": "k", "User-Agent": "codex"}


def test_headers_that_carry_credentials_are_masked() -> None:
    """
    A call never shows a credential.
    """
    call = ModelCall({}, HEADERS, "/v1/responses")

    assert {"authorization": "***", "x-api-key": "***", "user-agent": "codex"} == call.headers


def test_an_odd_body_answers_every_question() -> None:
    """
    A body that is not as expected gives empty answers, no errors.
    """
    call = ModelCall({"input": "text", "tools": None}, {}, "/v1/responses")

    assert [] == call.input
    assert [] == call.messages()
    assert [] == call.tools
    assert [] == call.images
    assert {} == call.outputs
    assert "" == call.model
    assert "" == call.instructions
    assert "" == call.thread == call.parent_thread == call.subagent
    assert [] == call.tool_calls
    assert call.schema is None
    assert "items=0" in repr(call)


def test_tools_of_namespaces_have_its_name_in_front() -> None:
    """
    Tools are found in the body and in the conversation, by their full names.
    """
    inner = {
        "type": "namespace",
        "name": "functions",
        "tools": [{"type": "custom", "name": "exec"}],
    }
    body = {
        "tools": [{"type": "function", "name": "run"}, {"type": "web_search"}],
        "input": [{"type": "additional_tools", "tools": [inner]}],
    }

    assert ["run", "web_search", "functions.exec"] == ModelCall(body, {}, "").tools


def test_texts_and_outputs_in_either_shape() -> None:
    """
    Contents and results may be plain texts or lists of parts.
    """
    parts = [{"type": "input_text", "text": "b"}, {"type": "input_image", "image_url": "data:x"}]
    body = {
        "input": [
            {"role": "user", "content": "a"},
            {"type": "message", "role": "user", "content": parts},
            {"type": "function_call_output", "call_id": "c1", "output": "one"},
            {"type": "custom_tool_call_output", "call_id": "c2", "output": parts},
        ]
    }
    call = ModelCall(body, {}, "")

    assert ["a", "b"] == call.messages("user")
    assert {"c1": "one", "c2": "b"} == call.outputs
    assert ["data:x", "data:x"] == call.images


@BOTH
def test_a_real_call(world: World) -> None:
    """
    The real agent's call has the user's text, the tools, instructions and results.
    """
    world.model.run("echo out").say("Done.")
    wire = world.wire()

    thread = wire.thread(developerInstructions="Be brief.")
    wire.turn(thread, "please")

    first, second = world.model.calls
    assert "gpt-5.5" == first.model
    assert ["please"] == first.user_texts
    assert {"exec_command", "apply_patch", "update_plan"} <= set(first.tools)
    assert any("Be brief." in text for text in first.messages("developer"))
    assert {} == first.outputs
    assert thread == first.thread == second.thread
    assert ["exec_command"] == [made["name"] for made in second.tool_calls]
    assert "out" in second.outputs["call_1"]

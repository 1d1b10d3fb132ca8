"""
Tools: of an MCP server, of the client, and those by which the agent talks to its user.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex.model import parts

from .users import User, client_asking, events_of, items_of, start_thread

if TYPE_CHECKING:
    from openai_codex import Codex, CodexConfig
    from openai_codex.client import CodexClient

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

PLAN_MODE: Any = {
    "mode": "plan",
    "settings": {"model": "gpt-5.5", "reasoning_effort": None, "developer_instructions": None},
}
LOOK_UP = {
    "type": "function",
    "name": "look_up",
    "description": "Look a word up.",
    "inputSchema": {
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
    },
}
QUESTION = {
    "id": "colour",
    "header": "Colour",
    "question": "Which colour?",
    "options": [
        {"label": "Red (Recommended)", "description": "Like a rose."},
        {"label": "Blue", "description": "Like the sky."},
    ],
}


@pytest.fixture
def config(codex_session: CodexSession, codex_workspace: Workspace) -> CodexConfig:
    """
    A configuration with our MCP server, whose program lies in the workspace.
    """
    program = Path(__file__).with_name("mcp_server.py").read_text(encoding="utf-8")
    codex_workspace.write({"mcp_server.py": program})
    codex_workspace.commit("Add the MCP server")
    return replace(
        codex_session.config,
        config_overrides=(
            'mcp_servers.words.command="python3"',
            'mcp_servers.words.args=["mcp_server.py"]',
        ),
    )


def test_mcp_tool_answers(config: CodexConfig, codex_model: ScriptedModel) -> None:
    """
    A tool of an MCP server is called with the model's arguments; its answer is an item.
    """
    from openai_codex import Codex

    codex_model.call_tool("words", "look_up", {"word": "cassette"}).say("A recording.")

    with Codex(config) as codex:
        result = codex.thread_start().run("What is a cassette?")

    [call] = items_of(result, "mcpToolCall")
    assert (call.server, call.tool, call.arguments) == ("words", "look_up", {"word": "cassette"})
    assert call.status.value == "completed"
    assert call.result.content == [{"type": "text", "text": "a recording"}]
    assert result.final_response == "A recording."


def test_mcp_tool_that_fails(config: CodexConfig, codex_model: ScriptedModel) -> None:
    """
    A tool that reports an error is an item that failed, and the turn goes on.
    """
    from openai_codex import Codex

    codex_model.call_tool("words", "look_up", {"word": "vinyl"}).say("I do not know.")

    with Codex(config) as codex:
        result = codex.thread_start().run("What is vinyl?")

    [call] = items_of(result, "mcpToolCall")
    assert call.status.value == "failed"
    assert result.final_response == "I do not know."


@pytest.mark.parametrize(
    ("action", "content", "greeting"),
    [
        pytest.param("accept", {"name": "Ada"}, "Hello, Ada.", id="accept"),
        pytest.param("decline", None, "Hello, whoever you are.", id="decline"),
    ],
)
def test_mcp_tool_asks_the_user(
    config: CodexConfig,
    codex_model: ScriptedModel,
    action: str,
    content: dict[str, str] | None,
    greeting: str,
) -> None:
    """
    A tool may ask the user through the client, and works with what it is told.
    """
    codex_model.call_tool("words", "ask_name").say("Greeted.")
    user = User(lambda *_: {"action": action, "content": content, "_meta": None})

    with client_asking(config, user) as client:
        result = start_thread(client, approvalPolicy="on-request").run("Greet me.")

    [(method, params)] = user.asked
    assert method == "mcpServer/elicitation/request"
    assert params["message"] == "What is your name?"
    [call] = items_of(result, "mcpToolCall")
    assert call.result.content == [{"type": "text", "text": greeting}]


def test_mcp_tool_that_writes_needs_approval(
    config: CodexConfig, codex_model: ScriptedModel, codex_workspace: Workspace
) -> None:
    """
    A destructive tool runs after the user's approval; what it writes is nobody's report.
    """
    codex_model.call_tool("words", "write_down", {"word": "tape"}).say("Written.")
    user = User(lambda *_: {"action": "accept", "content": {}, "_meta": None})

    with client_asking(config, user) as client:
        thread = start_thread(client, approvalPolicy="on-request", approvalsReviewer="user")
        result = thread.run("Write it down.")

    assert user.questions == ["mcpServer/elicitation/request"]
    [call] = items_of(result, "mcpToolCall")
    assert call.status.value == "completed"
    assert codex_workspace.read("words.txt") == "tape\n"
    assert codex_workspace.changes() == {"words.txt": "added"}


@pytest.mark.parametrize("success", [pytest.param(True, id="ok"), pytest.param(False, id="failed")])
def test_dynamic_tool_runs_in_the_client(
    codex_session: CodexSession, codex_model: ScriptedModel, success: bool
) -> None:
    """
    A tool the client declared is run by the client, and its result goes to the model.
    """
    codex_model.call("look_up", {"word": "cassette"}).say("I looked.")
    content = [{"type": "inputText", "text": "a recording"}]
    user = User(lambda *_: {"contentItems": content, "success": success})

    with client_asking(codex_session.config, user) as client:
        result = start_thread(client, dynamicTools=[LOOK_UP]).run("What is a cassette?")

    [(method, params)] = user.asked
    assert (method, params["tool"]) == ("item/tool/call", "look_up")
    assert params["arguments"] == {"word": "cassette"}
    [call] = items_of(result, "dynamicToolCall")
    assert (call.status.value, call.success) == ("completed" if success else "failed", success)
    assert result.final_response == "I looked."


def events_in_plan_mode(client: CodexClient, text: str) -> list[Any]:
    """
    Everything that one turn in plan mode tells.
    """
    thread = start_thread(client)
    turn = client.turn_start(thread.id, text, {"collaborationMode": PLAN_MODE}).turn
    events: list[Any] = []
    while not events or events[-1].method != "turn/completed":
        events.append(client.next_turn_notification(turn.id))
    return events


def completed_items(events: list[Any], kind: str) -> list[Any]:
    """
    The items of one kind that were completed.
    """
    items = [each.payload.item.root for each in events if each.method == "item/completed"]
    return [item for item in items if item.type == kind]


def test_agent_asks_the_user(codex_session: CodexSession, codex_model: ScriptedModel) -> None:
    """
    In plan mode the agent may ask the user to choose, and goes on with the choice.
    """
    codex_model.ask_user([QUESTION]).say("Blue it is.")
    user = User(lambda *_: {"answers": {"colour": {"answers": ["Blue"]}}})

    with client_asking(codex_session.config, user) as client:
        events = events_in_plan_mode(client, "Paint it.")

    [(method, params)] = user.asked
    assert method == "item/tool/requestUserInput"
    assert [option["label"] for option in params["questions"][0]["options"]] == [
        "Red (Recommended)",
        "Blue",
    ]
    assert [each.text for each in completed_items(events, "agentMessage")] == ["Blue it is."]


def test_plan_updates(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    Each update of the to-do list is told to the client as a whole.
    """
    codex_model.plan([("Look", "in_progress"), "Leap"], "Careful.")
    codex_model.plan([("Look", "completed"), ("Leap", "in_progress")])
    codex_model.say("Leaping.")

    events = events_of(codex.thread_start().turn("Jump."))

    plans = [each.payload for each in events if each.method == "turn/plan/updated"]
    assert [[(row.step, row.status.value) for row in plan.plan] for plan in plans] == [
        [("Look", "inProgress"), ("Leap", "pending")],
        [("Look", "completed"), ("Leap", "inProgress")],
    ]
    assert [plan.explanation for plan in plans] == ["Careful.", None]


def test_plan_mode_proposes_a_plan(codex_session: CodexSession, codex_model: ScriptedModel) -> None:
    """
    In plan mode the proposed plan is an item of its own, apart from the message around it.
    """
    plan = "# Plan\n- Look\n- Leap\n"
    codex_model.stream(f"Here it is.\n<proposed_plan>\n{plan}</proposed_plan>\n")

    with client_asking(codex_session.config, User(lambda *_: {})) as client:
        events = events_in_plan_mode(client, "Plan it.")

    [proposed] = completed_items(events, "plan")
    assert proposed.text == plan
    assert proposed.id == f"{events[-1].payload.turn.id}-plan"
    [message] = completed_items(events, "agentMessage")
    assert message.text.strip() == "Here it is."


def test_web_search_is_an_item(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    A search the model's service ran shows what was searched for.
    """
    codex_model.search("cassette tape", "It was invented in 1963.")

    result = codex.thread_start().run("When was it invented?")

    [search] = items_of(result, "webSearch")
    assert search.query == "cassette tape"
    assert result.final_response == "It was invented in 1963."


def test_commands_side_by_side(codex: Codex, codex_model: ScriptedModel) -> None:
    """
    Commands of one answer run at the same time; each meets the other or never ends.
    """
    meet = "touch {0}; until [ -e {1} ]; do sleep 0.01; done; echo {0} met {1}"
    left, right = meet.format("left", "right"), meet.format("right", "left")
    codex_model.respond(parts.run(left), parts.run(right), parts.run("true")).say("They met.")

    result = codex.thread_start().run("Run them at once.")

    commands = [item.root for item in result.items if item.root.type == "commandExecution"]
    # Which ends first is chance.
    assert {command.aggregated_output for command in commands} == {
        "left met right\n",
        "right met left\n",
        None,
    }
    assert result.final_response == "They met."

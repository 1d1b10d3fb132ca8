"""
What is left of a request: the same for every run and version, different when others speak.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from pytest_codex.relay.conversation import Said, reduce
from pytest_codex.relay.wording import Wording


def said(*items: dict[str, Any], headers: dict[str, str] | None = None, **body: Any) -> Said:
    """
    A reduced request whose workspace is ``/tmp/x/ws``.
    """
    places = Places()
    places.bind("workspace", "/tmp/x/ws")
    wording = Wording(places, Redactor(), body.pop("clean", None))
    given = {"model": "gpt-5.5", "input": list(items), **body}
    return reduce(given, "/responses", headers or {}, wording)


def spoken(*items: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """
    The conversation alone.
    """
    return said(*items, **more).conversation


def message(role: str, *texts: str, **fields: Any) -> dict[str, Any]:
    """
    A message in parts.
    """
    parts = [{"type": "input_text", "text": text} for text in texts]
    return {"type": "message", "role": role, "content": parts, **fields}


def called(call_id: str, args: Any, name: str = "exec_command") -> dict[str, Any]:
    """
    A call of a tool.
    """
    written = args if isinstance(args, str) else json.dumps(args)
    return {"type": "function_call", "name": name, "arguments": written, "call_id": call_id}


def gave(call_id: str, output: Any) -> dict[str, Any]:
    """
    What a tool gave back.
    """
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def test_what_codex_adds_is_left_out() -> None:
    """
    Instructions, environment, tools, reasoning and ids are no part of the conversation.
    """
    found = said(
        {"type": "additional_tools", "tools": []},
        message("developer", "You are Codex."),
        message("user", "# AGENTS.md instructions for /x", "<environment_context>\n</e>"),
        message("user", "do it", id="msg_1"),
        {"type": "reasoning", "id": "rs_1", "encrypted_content": "x", "summary": []},
        message("assistant", "Done.", id="msg_2"),
        message("user", "<turn_aborted>\nby the user"),
        message("user", "<subagent_notification>\n{}"),
        instructions="long",
        tools=[{"name": "shell"}],
        prompt_cache_key="abc",
        client_metadata={"thread_id": "abc"},
    )

    assert [{"user": "do it"}, {"assistant": "Done."}] == found.conversation
    assert {"kind": "turn", "model": "gpt-5.5"} == {
        key: value for key, value in found.body().items() if key != "conversation"
    }


def test_outputs_are_with_their_calls() -> None:
    """
    The order in which parallel calls end decides nothing.
    """
    calls = called("a", {"cmd": "one"}), called("b", {"cmd": "two"})
    outputs = gave("a", "1"), gave("b", "2")

    assert [
        {"call": "exec_command", "arguments": {"cmd": "one"}, "output": "1"},
        {"call": "exec_command", "arguments": {"cmd": "two"}, "output": "2"},
    ] == spoken(*calls, *outputs)
    assert (
        spoken(*calls, *outputs)
        == spoken(calls[0], *outputs[::-1], calls[1])[:1] + spoken(*calls, *outputs[::-1])[1:]
    )
    assert [{"output": "lost"}] == spoken(gave("nobody", "lost"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            (
                "Chunk ID: 3ea7e2\nWall time: 0.0512 seconds\nProcess exited with code 1\n"
                "Original token count: 8\nOutput:\n/tmp/x/ws\nin 0.12s\n"
            ),
            "Exit code: 1\nWall time: 9 seconds\nOutput:\n/tmp/x/ws\nin 3.45s\n",
        ),
        ("aborted by user after 0.2s", "Wall time: 0.4 seconds\naborted by user"),
        (
            '{"chunk_id":"a1","wall_time_seconds":0.03,"exit_code":0,"output":"x"}',
            '{"chunk_id":"b2","wall_time_seconds":1.5,"exit_code":0,"output":"x"}',
        ),
        (
            "Process running with session ID 4711\nOutput:\n",
            "Chunk ID: 12\nProcess running with session ID 93\nOutput:\n",
        ),
        (
            '{"agent_id":"01a1fe1b-c458-7b90-a499-034ff297f4a0","nickname":"Volta"}',
            '{"agent_id":"01a1fe1b-c70d-7e32-8c04-7af65336ad0a","nickname":"Euler"}',
        ),
        ("ran at 127.0.0.1:4711 in 12 ms", "ran at 127.0.0.1:5000 in 1.5 ms"),
        (
            [{"type": "input_text", "text": "Script completed\nWall time 0.2 seconds\nOutput:\n"}],
            "Script completed\nWall time 1.3 seconds\nOutput:\n",
        ),
    ],
)
def test_outputs_of_two_runs_are_equal(one: Any, other: Any) -> None:
    """
    Times, chunk and session numbers, ids and nicknames of one run are not in an output.
    """
    assert spoken(called("a", {}), gave("a", one)) == spoken(called("a", {}), gave("a", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Exit code: 0\nOutput:\nx", "Exit code: 1\nOutput:\nx"),
        ("Exit code: 0\nOutput:\nx", "Exit code: 0\nOutput:\ny"),
        ("Chunk ID: 12", "nothing"),
        ("took 3 s", "took 4 s"),
        ("v1.2.3", "v1.2.4"),
        ("Output:\nx", "x"),
    ],
)
def test_other_outputs_are_not_equal(one: str, other: str) -> None:
    """
    How a command ended and what it printed counts.
    """
    assert spoken(called("a", {}), gave("a", one)) != spoken(called("a", {}), gave("a", other))


def test_the_users_own_cleaning() -> None:
    """
    What only the user knows to change in each run can be taken out.
    """
    cleaned = spoken(called("a", {}), gave("a", "seed 4711"), clean=lambda text: text[:4])

    assert "seed" == cleaned[0]["output"]


def test_directories_and_secrets() -> None:
    """
    Directories have placeholders, secrets masks, in texts, arguments and their names.
    """
    key = "sk-proj-" + "Zq81LmP0vXw93KdR" * 2

    found = spoken(
        message("user", f"in /tmp/x/ws/a with {key}"),
        called("a", {"cmd": "ls /tmp/x/ws", "/tmp/x/ws": {"api_key": "hunter2-9931"}}),
        called("b", "no json /tmp/x/ws"),
    )

    assert "in {workspace}/a with sk-REDACTED" == found[0]["user"]
    assert "ls {workspace}" == found[1]["arguments"]["cmd"]
    assert "hunter2" not in json.dumps(found)
    assert "{workspace}" in found[1]["arguments"]
    assert {"call": "exec_command", "arguments": "no json {workspace}"} == found[2]


def test_kinds() -> None:
    """
    A review and a compaction are told by model and metadata, in header or body.
    """
    facts = json.dumps({"request_kind": "compaction"})

    assert "review" == said(message("user", "x"), model="codex-auto-review").kind
    assert "review" == said(headers={"x-openai-subagent": "guardian"}).kind
    assert "compaction" == said(headers={"x-codex-turn-metadata": facts}).kind
    assert "compaction" == said(client_metadata={"x-codex-turn-metadata": facts}).kind
    assert "turn" == said(headers={"x-codex-turn-metadata": "{junk"}).kind
    assert "other" == reduce({"query": 1}, "/search", {}, said().wording).kind


def test_a_compaction() -> None:
    """
    Codex's own words around a summary are left out on both sides of it.
    """
    facts = {"x-codex-turn-metadata": '{"request_kind":"compaction"}'}
    asks = spoken(message("user", "one"), message("user", "Summarize now!"), headers=facts)
    heading = "Another language model started to solve this problem and so on:\n"

    assert [{"user": "one"}] == asks
    assert [{"summary": "We did it."}] == spoken(message("user", heading + "We did it."))


def test_a_review_is_its_planned_action() -> None:
    """
    The words around the action, and what a later version adds to it, do not count.
    """
    action = {"command": ["bash", "-lc", "ls"], "cwd": "/tmp/x/ws", "tool": "exec_command"}
    model = "codex-auto-review"

    old = spoken(
        message("user", "You judge", "Planned action JSON:\n", json.dumps(action)), model=model
    )
    added = {**action, "environment_id": "local"}
    new = spoken(
        message("user", "Now", "{x}", "Planned action JSON:\n", json.dumps(added), "END"),
        model=model,
    )
    other = spoken(message("user", "Planned action JSON:\n", '{"command":["rm"]}'), model=model)

    assert [{"review": {**action, "cwd": "{workspace}"}}] == old == new
    assert old != other
    assert [{"review": "Planned action JSON: {junk"}] == spoken(
        message("user", "Planned action JSON: {junk"), model=model
    )


def test_the_schema_of_an_answer_counts() -> None:
    """
    Asking for another structure is asking for something else.
    """
    wanted = {"type": "object", "properties": {"a": {"type": "string"}}}

    found = said(message("user", "x"), text={"format": {"type": "json_schema", "schema": wanted}})

    assert wanted == found.body()["schema"]
    assert "schema" not in said(message("user", "x"), text={"verbosity": "low"}).body()


def test_other_items() -> None:
    """
    Images are fingerprints, agents' messages texts, and what is unknown is kept without ids.
    """
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    user = {"type": "message", "role": "user", "content": [picture]}
    secret = "x" * 50
    found = spoken(
        user,
        called("a", {}, "view_image"),
        gave("a", [picture]),
        {"type": "agent_message", "content": [{"encrypted_content": "do this"}]},
        {"type": "agent_message", "content": [{"encrypted_content": secret}]},
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "q"}},
        {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "text"},
        {"type": "odd", "id": "o_1", "value": 1},
        {"role": "user", "content": "plain"},
    )

    image = found[0]["images"][0]
    assert image["image"].startswith("data:image/png sha256 ")
    assert image == found[1]["output"]
    assert [
        {"agent": "do this"},
        {"agent": "(encrypted)"},
        {"call": "web_search", "action": {"query": "q"}},
        {"call": "apply_patch", "input": "text"},
        {"item": "odd", "value": 1},
        {"user": "plain"},
    ] == found[2:]


def test_a_shell_command_of_the_user() -> None:
    """
    What the user ran himself is said, but for how long it took.
    """
    ran = "<user_shell_command>\n<command>\nls\n</command>\nDuration: {} seconds\n"

    assert spoken(message("user", ran.format("0.05"))) == spoken(message("user", ran.format("1.5")))

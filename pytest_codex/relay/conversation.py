"""
What a request of the agent says, without what Codex adds to it by itself.

A request is about 40 kB for a prompt of one word: instructions, tools, facts about the
machine, ids. None of it is the conversation, and all of it changes with the Codex version.
What is left is who said what, which tools were called, and what they gave back.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_codex.relay.wording import Wording, strip_call_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    Item = dict[str, Any]

GUARDIAN_MODEL = "codex-auto-review"

INJECTED = (
    "<environment_context",
    "<user_instructions",
    "# AGENTS.md instructions",
    "<turn_aborted",
    "<subagent_notification",
)
"""How the parts of user messages begin that Codex writes itself."""

_SKIPPED = ("reasoning", "additional_tools", "compaction_trigger")
_SHELL_COMMAND = "<user_shell_command"
_SUMMARY = "Another language model started to solve this problem"
_PLANNED = "Planned action JSON:"
_PLUMBING = (
    "id",
    "type",
    "call_id",
    "status",
    "encrypted_content",
    "internal_chat_message_metadata",
)
# The reviewer of 0.163 is told of it, the one of 0.147 was not.
_NEW_IN_REVIEWS = ("environment_id",)
_LONG = 40


class Said(NamedTuple):
    """
    What one request says.

    Args:
        path: Path below the base URL, e.g. ``/responses``.
        method: HTTP method.
        kind: ``turn``, ``compaction``, ``review`` (of an approval), or what Codex calls it.
        model: The model asked for; recordings are not matched on it.
        schema: The JSON Schema the answer must have, None for free text.
        conversation: One mapping per message or tool call, masked.
        wording: How the texts of this request, and of its answer, are masked and filled.
    """

    path: str
    method: str
    kind: str
    model: str
    schema: Any
    conversation: list[Item]
    wording: Wording

    def body(self) -> Item:
        """
        As it is kept in a model cassette.
        """
        found: Item = {"kind": self.kind}
        if self.model:
            found["model"] = self.model
        if self.schema is not None:
            found["schema"] = self.schema
        return {**found, "conversation": self.conversation}


def reduce(
    body: Any, path: str, headers: Mapping[str, str], wording: Wording, method: str = "POST"
) -> Said:
    """
    Reduce a request to what it says.

    Args:
        body: The JSON body; None when there is none, or it is no JSON.
        path: The path below the base URL, without a query.
        headers: The HTTP headers, names in lower case.
        wording: New for each request: it learns the ids of this one.
    """
    given = body if isinstance(body, dict) else {}
    if not isinstance(given.get("input"), list):
        rest = [] if body is None else [{"body": wording.value(body)}]
        return Said(path, method, "other", "", None, rest, wording)
    model = str(given.get("model", ""))
    kind = _kind(given, headers, model)
    items = _items(given["input"], kind, wording)
    schema = None
    if kind == "turn":  # the reviewer's changes with the Codex version
        schema = _schema(given.get("text"))
    return Said(path, method, kind, model, wording.value(schema), items, wording)


def _kind(body: Item, headers: Mapping[str, str], model: str) -> str:
    if model == GUARDIAN_MODEL or headers.get("x-openai-subagent") == "guardian":
        return "review"
    client = body.get("client_metadata")
    described = headers.get("x-codex-turn-metadata") or (
        client.get("x-codex-turn-metadata") if isinstance(client, dict) else None
    )
    try:
        facts = json.loads(described or "{}")
    except ValueError:
        return "turn"
    return str(facts.get("request_kind") or "turn") if isinstance(facts, dict) else "turn"


def _schema(text: Any) -> Any:
    wanted = text.get("format") if isinstance(text, dict) else None
    return wanted.get("schema") if isinstance(wanted, dict) else None


def _items(given: list[Any], kind: str, wording: Wording) -> list[Item]:
    """
    Messages and calls in order, each output with its call: outputs of parallel calls race.
    """
    said: list[Item] = []
    calls: dict[str, Item] = {}
    for item in given:
        if not isinstance(item, dict):
            continue
        type_ = str(item.get("type", "message"))
        if type_ == "message":
            said += _message(item, kind, wording)
        elif type_ in _SKIPPED:
            continue
        elif type_.endswith("_output"):
            call = calls.get(str(item.get("call_id")))
            output = _output(item.get("output", item.get("tools")), wording)
            if call is None:
                said.append({"output": output})
            else:
                call["output"] = output
        elif type_.endswith("_call"):
            said.append(_call(item, type_, wording))
            calls[str(item.get("call_id"))] = said[-1]
        elif type_ == "agent_message":
            said.append({"agent": wording.text(_text_of(_parts(item)))})
        else:
            rest = {key: value for key, value in item.items() if key not in _PLUMBING}
            said.append({"item": type_, **wording.value(rest)})
    if kind == "compaction" and said and "user" in said[-1]:
        said.pop()  # the request for a summary, in Codex's words
    return said


def _message(item: Item, kind: str, wording: Wording) -> list[Item]:
    role = str(item.get("role", "user"))
    if role in ("developer", "system"):
        return []
    parts = [part for part in _parts(item) if not _readable(part).startswith(INJECTED)]
    if not parts:
        return []
    text = _text_of(parts)
    if role == "user" and kind == "review" and _PLANNED in text:
        return [{"review": wording.value(_planned(text))}]
    if role == "user" and text.startswith(_SUMMARY):
        return [{"summary": wording.text(text.partition("\n")[2])}]
    if text.startswith(_SHELL_COMMAND):
        return [{role: wording.output(text)}]
    pictures = [_picture(part) for part in parts if part.get("type") == "input_image"]
    found: Item = {role: wording.text(text)}
    return [{**found, "images": pictures} if pictures else found]


def _planned(text: str) -> Any:
    """
    The action the reviewer judges; the words around it change with the Codex version.
    """
    begin = text.find("{", text.index(_PLANNED))
    try:
        action, _ = json.JSONDecoder().raw_decode(text, begin)
    except ValueError:
        return text
    return {key: value for key, value in action.items() if key not in _NEW_IN_REVIEWS}


def _call(item: Item, type_: str, wording: Wording) -> Item:
    name = str(item.get("name") or type_.removesuffix("_call"))
    if item.get("namespace"):
        name = f"{item['namespace']}.{name}"
    if "arguments" in item:
        given = item["arguments"]
        with suppress(ValueError):  # what the model wrote is no JSON; then it is a text
            given = json.loads(given) if isinstance(given, str) else given
        return {"call": name, "arguments": wording.value(given)}
    if "input" in item:
        return {"call": name, "input": wording.text(str(item["input"]))}
    rest = {key: value for key, value in item.items() if key not in (*_PLUMBING, "name")}
    return {"call": name, **wording.value(rest)}


def _output(output: Any, wording: Wording) -> Any:
    if isinstance(output, str):
        return wording.output(strip_call_head(output))
    if isinstance(output, list):
        found: list[Any] = []
        for part in output:
            if isinstance(part, dict) and part.get("type") == "input_image":
                found.append(_picture(part))
            elif isinstance(part, dict) and isinstance(part.get("text"), str):
                found.append(wording.output(strip_call_head(part["text"])))
            else:
                found.append(wording.value(part))
        return found[0] if len(found) == 1 else found
    return wording.value(output)


def _picture(part: Item) -> Item:
    """
    An image by its fingerprint: nobody reviews base64.
    """
    url = str(part.get("image_url") or "")
    if not url.startswith("data:"):
        return {"image": url}
    digest = hashlib.sha256(url.encode()).hexdigest()
    return {"image": f"{url.partition(';')[0]} sha256 {digest[:16]}"}


def _parts(item: Item) -> list[Item]:
    content = item.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _readable(part: Item) -> str:
    if isinstance(part.get("text"), str):
        return str(part["text"])
    hidden = str(part.get("encrypted_content") or part.get("refusal") or "")
    # Really encrypted text is another one in every recording.
    return "(encrypted)" if "encrypted_content" in part and _is_opaque(hidden) else hidden


def _is_opaque(text: str) -> bool:
    return text.startswith("encrypted_") or (len(text) >= _LONG and not any(map(str.isspace, text)))


def _text_of(parts: list[Item]) -> str:
    return "\n".join(_readable(part) for part in parts if part.get("type") != "input_image")

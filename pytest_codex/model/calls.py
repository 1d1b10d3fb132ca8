"""
What the agent sent to the model, in a form tests can ask questions about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRET_HEADERS = ("authorization", "chatgpt-account-id", "cookie", "api-key")

# Codex puts these into user messages itself; they are not what the user wrote.
_INJECTED = (
    "<environment_context",
    "# AGENTS.md instructions",
    "<turn_aborted",
    "<subagent_notification",
)

# How Codex heads what one agent wants of another; its text comes as "encrypted" content.
_NEW_TASK = "Message Type: NEW_TASK"


class ModelCall:
    """
    One request of the agent to the model.

    Args:
        body: The JSON body.
        headers: The HTTP headers; those that carry credentials are masked here.
        path: The path of the request.
    """

    def __init__(self, body: dict[str, Any], headers: Mapping[str, str], path: str) -> None:
        self.body = body
        self.path = path
        self.headers = {
            name.lower(): "***" if _is_secret(name) else value for name, value in headers.items()
        }

    @property
    def model(self) -> str:
        """
        The model asked for.
        """
        return str(self.body.get("model", ""))

    @property
    def instructions(self) -> str:
        """
        The base instructions.
        """
        return str(self.body.get("instructions") or "")

    @property
    def input(self) -> list[dict[str, Any]]:
        """
        The conversation so far, item by item.
        """
        items = self.body.get("input")
        return items if isinstance(items, list) else []

    def messages(self, role: str = "user") -> list[str]:
        """
        The texts of one role, one per message, oldest first.
        """
        return [
            "\n".join(part["text"] for part in _content(item) if isinstance(part.get("text"), str))
            for item in self.input
            if item.get("type", "message") == "message" and item.get("role") == role
        ]

    @property
    def user_texts(self) -> list[str]:
        """
        What the user wrote, without the context Codex adds by itself.
        """
        return [text for text in self.messages("user") if not text.startswith(_INJECTED)]

    @property
    def prompts(self) -> list[str]:
        """
        What set the agent to work, oldest first: the user's texts, and tasks of other agents.
        """
        found: list[str] = []
        for item in self.input:
            given = item.get("role") == "user" and item.get("type", "message") == "message"
            text = "\n".join(_readable(part) for part in _content(item))
            if item.get("type") == "agent_message":
                given = _NEW_TASK in text  # and not an answer, which quotes nobody's task
            if given and not text.startswith(_INJECTED):
                found.append(text)
        return found

    @property
    def tools(self) -> list[str]:
        """
        Names of the tools the agent offers; those of a namespace as ``namespace.tool``.
        """
        found: list[str] = []
        # Some models get their tools as an item of the conversation.
        listed = [item for item in self.input if item.get("type") == "additional_tools"]
        for source in (self.body, *listed):
            found += _tool_names(source.get("tools"), "")
        return found

    @property
    def outputs(self) -> dict[str, str]:
        """
        Results of tool calls as the model reads them, by call id.
        """
        return {
            str(item.get("call_id")): _text(item.get("output"))
            for item in self.input
            if str(item.get("type", "")).endswith("_call_output")
        }

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """
        The tool calls of the conversation so far, as the model made them.
        """
        wanted = ("function_call", "custom_tool_call")
        return [item for item in self.input if item.get("type") in wanted]

    @property
    def schema(self) -> dict[str, Any] | None:
        """
        The JSON Schema the answer must follow, None when any text will do.
        """
        text = self.body.get("text")
        form = text.get("format") if isinstance(text, dict) else None
        schema = form.get("schema") if isinstance(form, dict) else None
        return schema if isinstance(schema, dict) else None

    @property
    def thread(self) -> str:
        """
        The id of the thread that asks; sub-agents and reviewers have one of their own.
        """
        told = self.body.get("client_metadata")
        metadata = told if isinstance(told, dict) else {}
        return str(self.headers.get("thread-id") or metadata.get("thread_id") or "")

    @property
    def parent_thread(self) -> str:
        """
        The id of the thread for which a sub-agent or a reviewer works, else empty.
        """
        return self.headers.get("x-codex-parent-thread-id", "")

    @property
    def subagent(self) -> str:
        """
        What Codex calls a helper of its own, e.g. ``collab_spawn`` or ``guardian``, else empty.
        """
        return self.headers.get("x-openai-subagent", "")

    @property
    def images(self) -> list[str]:
        """
        Every image in the conversation, as its URL (mostly ``data:``).
        """
        return [
            str(part["image_url"])
            for item in self.input
            for part in (*_content(item), *_parts(item.get("output")))
            if part.get("type") == "input_image" and part.get("image_url")
        ]

    def __repr__(self) -> str:
        last = self.user_texts[-1:] or [""]
        return f"<ModelCall model={self.model!r} user={last[0][:60]!r} items={len(self.input)}>"


def _tool_names(tools: object, prefix: str) -> list[str]:
    """
    Names of tools, those of namespaces with the namespace in front.
    """
    names: list[str] = []
    for tool in _parts(tools):
        name = prefix + str(tool.get("name") or tool.get("type"))
        if tool.get("type") == "namespace":
            names += _tool_names(tool.get("tools"), f"{name}.")
        else:
            names.append(name)
    return names


def _is_secret(name: str) -> bool:
    """
    Whether a header carries a credential.
    """
    lower = name.lower()
    return any(word in lower for word in _SECRET_HEADERS)


def _parts(value: object) -> list[dict[str, Any]]:
    """
    Content parts, whatever the value is.
    """
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _content(item: dict[str, Any]) -> list[dict[str, Any]]:
    """
    The content parts of an item; a plain string counts as one part.
    """
    content = item.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else _parts(content)


def _readable(part: dict[str, Any]) -> str:
    """
    The text of a content part; a scripted model encrypts nothing.
    """
    return str(part.get("text") or part.get("encrypted_content") or "")


def _text(output: object) -> str:
    """
    A tool result as text.
    """
    if isinstance(output, str):
        return output
    return "\n".join(str(part["text"]) for part in _parts(output) if "text" in part)

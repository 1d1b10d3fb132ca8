"""
What one answer of the model can be made of.

Every verb of :class:`~pytest_codex.model.script.Script` has its part here under the same
name; ``model.respond(parts.say("Both:"), parts.run("ls"), parts.run("pwd"))`` puts several
into one answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_codex.model import responses_api as api
from pytest_codex.model.steps import Gate, Ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    # What is sent: an event, or a place to wait at.
    Piece: TypeAlias = api.Event | Gate
    # Name and type of each tool the agent offers with the call that is being answered.
    Tools: TypeAlias = Mapping[str, str]
    Events: TypeAlias = Callable[[Tools], Sequence[Piece]]


class Part(NamedTuple):
    """
    One output item of an answer, or a few that belong together.

    Args:
        label: The call that made it, for messages.
        bind: Takes its ids at once and gives the function that makes its events when
            the agent's tools are known.
    """

    label: str
    bind: Callable[[Ids], Events]


def say(text: str, *, phase: str | None = None) -> Part:
    """
    A message, sent in one piece.

    Args:
        phase: ``"commentary"`` for a remark on the way, ``"final_answer"`` for the end.
    """
    return stream([text], phase=phase)._replace(label=_label("say", text))


def stream(text: str | Iterable[str], *, phase: str | None = None) -> Part:
    """
    A message sent in many deltas: a text word by word, or the chunks given.
    """
    chunks = _words(text) if isinstance(text, str) else list(text)

    def bind(ids: Ids) -> Events:
        item = ids.next("msg")
        events: list[Piece] = [api.item_added(api.message(item, "", phase))]
        events += [api.text_delta(item, chunk) for chunk in chunks if chunk]
        events.append(api.item_done(api.message(item, "".join(chunks), phase)))
        return lambda _tools: events

    return Part(_label("stream", "".join(chunks)), bind)


def hold(gate: Gate, text: str = "", *, rest: str = "", phase: str | None = None) -> Part:
    """
    A message that stops after ``text`` until the gate opens, then goes on with ``rest``.
    """

    def bind(ids: Ids) -> Events:
        item = ids.next("msg")
        events: list[Piece] = [api.item_added(api.message(item, "", phase))]
        events += [api.text_delta(item, text)] if text else []
        events.append(gate)
        events += [api.text_delta(item, rest)] if rest else []
        events.append(api.item_done(api.message(item, text + rest, phase)))
        return lambda _tools: events

    return Part(_label("hold", text), bind)


def beginning(text: str) -> Part:
    """
    A message that begins and never ends.
    """

    def bind(ids: Ids) -> Events:
        item = ids.next("msg")
        events: list[Piece] = [
            api.item_added(api.message(item, "")),
            api.text_delta(item, text),
        ]
        return lambda _tools: events

    return Part(_label("beginning", text), bind)


def reason(text: str) -> Part:
    """
    A reasoning summary.
    """

    def bind(ids: Ids) -> Events:
        events = api.reasoning(ids.next("rs"), text)
        return lambda _tools: events

    return Part(_label("reason", text), bind)


def refuse(text: str) -> Part:
    """
    A refusal instead of a message.
    """

    def bind(ids: Ids) -> Events:
        item = ids.next("msg")
        events: list[Piece] = [
            api.item_added(api.message(item, "")),
            {"type": "response.refusal.delta", "item_id": item, "delta": text},
            api.item_done(api.refusal(item, text)),
        ]
        return lambda _tools: events

    return Part(_label("refuse", text), bind)


def search(query: str, answer: str = "") -> Part:
    """
    A web search the service ran by itself, and what the model says after it.
    """

    def bind(ids: Ids) -> Events:
        events: list[Piece] = [*api.web_search(ids.next("ws"), query)]
        after = say(answer).bind(ids) if answer else None
        return lambda tools: events + (list(after(tools)) if after else [])

    return Part(_label("search", query), bind)


def run(
    cmd: str,
    *,
    escalate: bool = False,
    justification: str | None = None,
    prefix_rule: Sequence[str] | None = None,
    yield_ms: int | None = None,
) -> Part:
    """
    A shell command, through whichever shell tool the agent offers.

    Args:
        escalate: Ask to run outside the sandbox, which asks for approval.
        justification: The reason shown with that question.
        prefix_rule: The rule the user may save to allow such commands from then on.
        yield_ms: How long the agent waits before it lets the command run on behind.
    """
    args: dict[str, Any] = {"cmd": cmd}
    if escalate:
        args["sandbox_permissions"] = "require_escalated"
    optional = {
        "justification": justification,
        "prefix_rule": list(prefix_rule) if prefix_rule else None,
        "yield_time_ms": yield_ms,
    }
    args.update({name: value for name, value in optional.items() if value is not None})

    def events(call_id: str, tools: Tools) -> Sequence[Piece]:
        if "exec_command" not in tools and "shell_command" in tools:
            named = {("command" if k == "cmd" else k): v for k, v in args.items()}
            named.pop("yield_time_ms", None)
            return [api.item_done(api.function_call(call_id, "shell_command", named))]
        return [api.item_done(api.function_call(call_id, "exec_command", args))]

    return _calling(_label("run", cmd), events)


def patch(text: str) -> Part:
    """
    An edit of files in the ``*** Begin Patch`` format; the two frame lines may be left out.
    """
    framed = text if text.endswith("\n") else text + "\n"
    if not framed.startswith("*** Begin Patch"):
        framed = f"*** Begin Patch\n{framed}*** End Patch\n"

    def events(call_id: str, _tools: Tools) -> Sequence[Piece]:
        return [api.item_done(api.custom_call(call_id, "apply_patch", framed))]

    return _calling(_label("patch", text), events)


def call(name: str, args: Mapping[str, Any] | None = None, *, namespace: str | None = None) -> Part:
    """
    A call of any tool by its name, for example a dynamic tool of the client.
    """
    given = dict(args or {})

    def events(call_id: str, _tools: Tools) -> Sequence[Piece]:
        return [api.item_done(api.function_call(call_id, name, given, namespace))]

    return _calling(_label("call", name), events)


def call_tool(server: str, tool: str, args: Mapping[str, Any] | None = None) -> Part:
    """
    A call of a tool of an MCP server.
    """
    given, space = dict(args or {}), f"mcp__{server}"

    def events(call_id: str, tools: Tools) -> Sequence[Piece]:
        flat = f"{space}__{tool}"
        if flat in tools:
            return [api.item_done(api.function_call(call_id, flat, given))]
        return [api.item_done(api.function_call(call_id, tool, given, space))]

    return _calling(_label("call_tool", f"{server}.{tool}"), events)


def ask_user(questions: Sequence[Mapping[str, Any]]) -> Part:
    """
    Questions to the user, each ``{"id", "header", "question", "options"}``.
    """
    made = call("request_user_input", {"questions": [dict(each) for each in questions]})
    return made._replace(label=f"ask_user({len(questions)} questions)")


def plan(steps: Iterable[str | tuple[str, str]], explanation: str | None = None) -> Part:
    """
    The agent's to-do list: texts, or pairs of text and status.
    """
    rows = [(each, "pending") if isinstance(each, str) else each for each in steps]
    args: dict[str, Any] = {"plan": [{"step": step, "status": status} for step, status in rows]}
    if explanation is not None:
        args["explanation"] = explanation
    return call("update_plan", args)._replace(label=f"plan({len(rows)} steps)")


def view_image(path: object) -> Part:
    """
    A look at an image file.
    """
    return call("view_image", {"path": str(path)})._replace(label=_label("view_image", str(path)))


def _calling(label: str, events: Callable[[str, Tools], Sequence[Piece]]) -> Part:
    """
    A part that is one tool call.
    """

    def bind(ids: Ids) -> Events:
        call_id = ids.next("call")
        return lambda tools: events(call_id, tools)

    return Part(label, bind)


def _words(text: str) -> list[str]:
    """
    Words, each with the space before it.
    """
    head, *tail = text.split(" ")
    return [head, *(f" {word}" for word in tail)]


def _label(verb: str, text: str) -> str:
    """
    A verb with the beginning of its argument, as messages quote it.
    """
    short = text if len(text) <= 40 else text[:37] + "..."
    return f"{verb}({short!r})"

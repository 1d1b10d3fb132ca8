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


class Part(NamedTuple):
    """
    One output item of an answer, or a few that belong together.

    Args:
        label: The call that made it, for messages.
        pieces: Makes its events, with ids of its own.
    """

    label: str
    pieces: Callable[[Ids], list[Piece]]


def say(text: str, *, phase: str | None = None) -> Part:
    """
    A message, sent in one piece.

    Args:
        phase: ``"commentary"`` for a remark on the way, ``"final_answer"`` for the end.
    """
    return _message(_label("say", text), [text], phase)


def stream(text: str | Iterable[str], *, phase: str | None = None) -> Part:
    """
    A message sent in many deltas: a text word by word, or the chunks given.
    """
    chunks = _words(text) if isinstance(text, str) else list(text)
    return _message(_label("stream", "".join(chunks)), chunks, phase)


def hold(gate: Gate, text: str = "", *, rest: str = "", phase: str | None = None) -> Part:
    """
    A message that stops after ``text`` until the gate opens, then goes on with ``rest``.
    """
    return _message(_label("hold", text), [text, gate, rest], phase)


def beginning(text: str) -> Part:
    """
    A message that begins and never ends.
    """
    whole = _message(_label("beginning", text), [text], None)
    return whole._replace(pieces=lambda ids: whole.pieces(ids)[:-1])


def reason(text: str) -> Part:
    """
    A reasoning summary.
    """
    return _part(_label("reason", text), "rs", lambda item: [*api.reasoning(item, text)])


def refuse(text: str) -> Part:
    """
    A refusal instead of a message.
    """
    return _part(_label("refuse", text), "msg", lambda item: [*api.refusal(item, text)])


def search(query: str, answer: str = "") -> Part:
    """
    A web search the service ran by itself, and what the model says after it.
    """
    label = _label("search", query)
    found = _part(label, "ws", lambda item: [*api.web_search(item, query)])
    if not answer:
        return found
    return Part(label, lambda ids: found.pieces(ids) + say(answer).pieces(ids))


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
    if justification is not None:
        args["justification"] = justification
    if prefix_rule is not None:
        args["prefix_rule"] = list(prefix_rule)
    if yield_ms is not None:
        args["yield_time_ms"] = yield_ms
    return call("exec_command", args)._replace(label=_label("run", cmd))


def patch(text: str) -> Part:
    """
    An edit of files in the ``*** Begin Patch`` format; the two frame lines may be left out.
    """
    framed = text if text.endswith("\n") else text + "\n"
    if not framed.startswith("*** Begin Patch"):
        framed = f"*** Begin Patch\n{framed}*** End Patch\n"
    label = _label("patch", text)
    return _part(
        label, "call", lambda item: [api.item_done(api.custom_call(item, "apply_patch", framed))]
    )


def call(name: str, args: Mapping[str, Any] | None = None, *, namespace: str | None = None) -> Part:
    """
    A call of any tool by its name, for example a dynamic tool of the client.
    """
    given = dict(args or {})
    return _part(
        _label("call", name),
        "call",
        lambda item: [api.item_done(api.function_call(item, name, given, namespace))],
    )


def call_tool(server: str, tool: str, args: Mapping[str, Any] | None = None) -> Part:
    """
    A call of a tool of an MCP server.
    """
    made = call(tool, args, namespace=f"mcp__{server}")
    return made._replace(label=_label("call_tool", f"{server}.{tool}"))


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


def _part(label: str, kind: str, make: Callable[[str], list[Piece]]) -> Part:
    """
    A part that needs one id.
    """
    return Part(label, lambda ids: make(ids.next(kind)))


def _message(label: str, chunks: Sequence[str | Gate], phase: str | None) -> Part:
    """
    A message in deltas, with a gate wherever one stands between the chunks.
    """
    text = "".join(chunk for chunk in chunks if isinstance(chunk, str))

    def make(item: str) -> list[Piece]:
        pieces: list[Piece] = [api.item_added(api.message(item, "", phase))]
        for chunk in chunks:
            if isinstance(chunk, Gate):
                pieces.append(chunk)
            elif chunk:
                pieces.append(api.text_delta(item, chunk))
        return [*pieces, api.item_done(api.message(item, text, phase))]

    return _part(label, "msg", make)


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

"""
The words in which a test scripts the model.

Each verb queues exactly one answer: the agent calls the model once, gets it, does what it
says and calls again with the result.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_codex.model import parts
from pytest_codex.model import responses_api as api
from pytest_codex.model.steps import HOLD_SECONDS, Gate, Ids, Reply, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from typing_extensions import Self

    from pytest_codex.model.parts import Part, Piece


class Verbs:
    """
    Scripting verbs; what becomes of the answers is the subclass's business.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def _queue(self, step: Step) -> None:
        raise NotImplementedError

    def _new_gate(self, deadline: float) -> Gate:
        return Gate(deadline)

    def respond(self, *items: Part, usage: Mapping[str, int] | None = None) -> Self:
        """
        One answer made of several parts of :mod:`pytest_codex.model.parts`.
        """
        self._queue(self._completing(items, usage))
        return self

    def say(
        self, text: str, *, usage: Mapping[str, int] | None = None, phase: str | None = None
    ) -> Self:
        """
        Say a text; without another call in the same answer this ends the turn.
        """
        return self.respond(parts.say(text, phase=phase), usage=usage)

    def stream(self, text: str | Iterable[str], *, usage: Mapping[str, int] | None = None) -> Self:
        """
        Say a text in many deltas: word by word, or in the chunks given.
        """
        return self.respond(parts.stream(text), usage=usage)

    def reason(
        self,
        text: str,
        then: Part | str | None = None,
        *,
        usage: Mapping[str, int] | None = None,
    ) -> Self:
        """
        Think aloud, then do something else in the same answer.
        """
        after = parts.say(then) if isinstance(then, str) else then
        both = [parts.reason(text), *([after] if after else [])]
        return self.respond(*both, usage=usage)

    def run(
        self,
        cmd: str,
        *,
        escalate: bool = False,
        justification: str | None = None,
        prefix_rule: Sequence[str] | None = None,
        yield_ms: int | None = None,
    ) -> Self:
        """
        Run a shell command.

        Args:
            escalate: Ask to run outside the sandbox, which asks for approval.
            justification: The reason shown with that question.
            prefix_rule: The rule the user may save to allow such commands from then on.
            yield_ms: How long the agent waits before it lets the command run on behind.
        """
        made = parts.run(
            cmd,
            escalate=escalate,
            justification=justification,
            prefix_rule=prefix_rule,
            yield_ms=yield_ms,
        )
        return self.respond(made)

    def patch(self, text: str) -> Self:
        """
        Edit files with an ``apply_patch`` text.
        """
        return self.respond(parts.patch(text))

    def call_tool(self, server: str, tool: str, args: Mapping[str, Any] | None = None) -> Self:
        """
        Call a tool of an MCP server.
        """
        return self.respond(parts.call_tool(server, tool, args))

    def call(
        self, name: str, args: Mapping[str, Any] | None = None, *, namespace: str | None = None
    ) -> Self:
        """
        Call any tool by name, for example a dynamic tool of the client.
        """
        return self.respond(parts.call(name, args, namespace=namespace))

    def search(self, query: str, answer: str = "") -> Self:
        """
        Search the web (no search happens) and say the answer.
        """
        return self.respond(parts.search(query, answer))

    def ask_user(self, questions: Sequence[Mapping[str, Any]]) -> Self:
        """
        Ask the user; see :func:`pytest_codex.model.parts.ask_user` for the shape.

        Codex allows it in plan mode, and elsewhere with its feature
        ``default_mode_request_user_input``.
        """
        return self.respond(parts.ask_user(questions))

    def plan(self, steps: Iterable[str | tuple[str, str]], explanation: str | None = None) -> Self:
        """
        Update the to-do list.
        """
        return self.respond(parts.plan(steps, explanation))

    def view_image(self, path: object) -> Self:
        """
        Look at an image file.
        """
        return self.respond(parts.view_image(path))

    def refuse(self, text: str) -> Self:
        """
        Decline to answer.
        """
        return self.respond(parts.refuse(text))

    def hold(self, text: str = "", *, rest: str = "", deadline: float = HOLD_SECONDS) -> Gate:
        """
        Stream ``text``, wait for ``gate.release()``, then stream ``rest`` and end.

        Returns:
            The gate, to wait for and to release.
        """
        gate = self._new_gate(deadline)
        self.respond(parts.hold(gate, text, rest=rest))
        return gate

    def incomplete(self, text: str = "", reason: str = "max_output_tokens") -> Self:
        """
        Stop in the middle, as a model does that ran out of tokens.
        """
        step = self._step(_begun(text), lambda rid: [api.incomplete(rid, reason, None)])
        self._queue(step._replace(label=f"incomplete({reason!r})"))
        return self

    def failed(self, code: str, message: str = "The model failed.") -> Self:
        """
        Begin an answer and then report a failure, e.g. ``context_length_exceeded``.
        """
        step = self._step((), lambda rid: [api.failed(rid, code, message)])
        self._queue(step._replace(label=f"failed({code!r})"))
        return self

    def cut(self, text: str = "") -> Self:
        """
        Lose the connection after ``text``.
        """
        step = self._step(_begun(text), lambda _id: [], cut=True)
        self._queue(step._replace(label=f"cut({text!r})"))
        return self

    def malformed(self) -> Self:
        """
        Send lines that are no events, and end without completing the answer.
        """
        junk = b"event: response.output_item.done\ndata: {not json}\n\ndata: garbage\n\n"
        created = api.encode(api.created(self._ids.next("resp")))
        self._queue(Step("malformed()", Reply([created + junk])))
        return self

    def fail(
        self,
        status: int = 500,
        code: str | None = None,
        message: str | None = None,
        retry_after: float | None = None,
    ) -> Self:
        """
        Answer with an HTTP error.
        """
        error: dict[str, Any] = {"message": message or f"scripted failure {status}"}
        if code:
            error.update(type=code, code=code)
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        reply = Reply([json.dumps({"error": error}).encode()], status, headers)
        self._queue(Step(f"fail(status={status})", reply))
        return self

    def _completing(self, items: Sequence[Part], usage: Mapping[str, int] | None = None) -> Step:
        api.token_usage(usage)
        return self._step(items, lambda response_id: [api.completed(response_id, usage)])

    def _step(
        self, items: Sequence[Part], end: Callable[[str], list[api.Event]], *, cut: bool = False
    ) -> Step:
        response_id = self._ids.next("resp")
        pieces: list[Piece] = [api.created(response_id)]
        for item in items:
            pieces += item.pieces(self._ids)
        reply = Reply(_joined([*pieces, *end(response_id)]), cut=cut)
        return Step(" + ".join(item.label for item in items) or "an answer", reply)


def _begun(text: str) -> tuple[Part, ...]:
    """
    A message of which only the beginning arrives.
    """
    return (parts.beginning(text),) if text else ()


def _joined(pieces: Sequence[Piece]) -> list[bytes | Gate]:
    """
    Events as bytes, as few pieces as the gates allow.
    """
    out: list[bytes | Gate] = []
    run: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, Gate):
            out += [b"".join(run), piece]
            run = []
        else:
            run.append(api.encode(piece))
    return [*out, b"".join(run)]

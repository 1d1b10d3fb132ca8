"""
Verbs for calling tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_codex.model import tools
from pytest_codex.model.queueing import Queueing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from typing_extensions import Self, Unpack

    from pytest_codex.model.answers import Answering


class ToolVerbs(Queueing):
    """
    Each queues one answer with a tool call in it.
    """

    def run(
        self,
        cmd: str,
        *,
        escalate: bool = False,
        justification: str | None = None,
        prefix_rule: Sequence[str] | None = None,
        yield_ms: int | None = None,
        tty: bool | None = None,
        session: str | None = None,
        workdir: object = None,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Run a shell command.

        Args:
            escalate: Ask to run outside the sandbox, which asks for approval.
            justification: The reason shown with that question.
            prefix_rule: The rule the user may save to allow such commands from then on.
            yield_ms: How long the agent waits before it lets the command run on behind.
            tty: Give it a terminal; without one its standard input is closed.
            session: A name by which :meth:`write_stdin` talks to it later. The command then
                has a terminal and runs on behind after 250 ms, unless said otherwise.
            workdir: Where it runs; the turn's directory by default.
        """
        made = tools.run(
            cmd,
            escalate=escalate,
            justification=justification,
            prefix_rule=prefix_rule,
            yield_ms=yield_ms,
            tty=tty,
            session=session,
            workdir=workdir,
        )
        return self.respond(made, **how)

    def write_stdin(
        self,
        chars: str = "",
        *,
        session: str | None = None,
        yield_ms: int | None = None,
        **how: Unpack[Answering],
    ) -> Self:
        r"""
        Type into a command that runs behind; without text, look what it has printed.

        Args:
            chars: What to type, with ``"\n"`` where Enter is pressed.
            session: The name given to :meth:`run`; by default the newest that still runs.
            yield_ms: How long the agent waits for output.
        """
        made = tools.write_stdin(chars, session=session, yield_ms=yield_ms)
        return self.respond(made, **how)

    def patch(self, text: str, **how: Unpack[Answering]) -> Self:
        """
        Edit files with an ``apply_patch`` text.
        """
        return self.respond(tools.patch(text), **how)

    def code(self, script: str, **how: Unpack[Answering]) -> Self:
        """
        Run a JavaScript, as models in code mode do; see :func:`pytest_codex.model.tools.code`.
        """
        return self.respond(tools.code(script), **how)

    def call_tool(
        self,
        server: str,
        tool: str,
        args: Mapping[str, Any] | None = None,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Call a tool of an MCP server.
        """
        return self.respond(tools.call_tool(server, tool, args), **how)

    def call(
        self,
        name: str,
        args: Mapping[str, Any] | None = None,
        *,
        namespace: str | None = None,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Call any tool by name, for example a dynamic tool of the client.
        """
        return self.respond(tools.call(name, args, namespace=namespace), **how)

    def search(self, query: str, answer: str = "", **how: Unpack[Answering]) -> Self:
        """
        Search the web (no search happens) and say the answer.
        """
        return self.respond(tools.search(query, answer), **how)

    def search_tools(self, query: str, **how: Unpack[Answering]) -> Self:
        """
        Search the tools that the agent has but did not list.
        """
        return self.respond(tools.search_tools(query), **how)

    def ask_user(self, questions: Sequence[Mapping[str, Any]], **how: Unpack[Answering]) -> Self:
        """
        Ask the user; see :func:`pytest_codex.model.tools.ask_user` for the shape.

        Codex allows it in plan mode, and elsewhere with its feature
        ``default_mode_request_user_input``.
        """
        return self.respond(tools.ask_user(questions), **how)

    def plan(
        self,
        steps: Iterable[str | tuple[str, str]],
        explanation: str | None = None,
        **how: Unpack[Answering],
    ) -> Self:
        """
        Update the to-do list.
        """
        return self.respond(tools.plan(steps, explanation), **how)

    def view_image(self, path: object, **how: Unpack[Answering]) -> Self:
        """
        Look at an image file.
        """
        return self.respond(tools.view_image(path), **how)

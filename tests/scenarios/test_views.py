"""
Transcript views say the same in every tier, whoever built the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openai_codex import Codex, CodexConfig

from .users import client_asking, deciding, start_thread

if TYPE_CHECKING:
    from openai_codex import AsyncCodex

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

EDIT = (
    "*** Update File: hello.py\n@@\n-print('hi')\n+print('hello')\n"
    "*** Add File: docs/new.txt\n+new\n"
)
DIFF = """\
diff --git a/docs/new.txt b/docs/new.txt
new file mode 100644
--- /dev/null
+++ b/docs/new.txt
@@ -0,0 +1 @@
+new
diff --git a/hello.py b/hello.py
--- a/hello.py
+++ b/hello.py
@@ -1 +1 @@
-print('hi')
+print('hello')
"""
STORY = """\
thread 1, gpt-5.5, {workspace}
  turn 1, completed, 60 tokens
    user: Tidy up.
    $ python3 hello.py -> exit 0
    $ echo oops; exit 3 -> exit 3
        oops
    * add docs/new.txt
    * update hello.py (+1 -1)
    agent: Tidied up."""


def script(model: ScriptedModel, workspace: Workspace) -> None:
    """
    An agent that looks, fails, edits and reports.
    """
    workspace.write({"hello.py": "print('hi')\n"})
    workspace.commit()
    model.run("python3 hello.py").run("echo oops; exit 3").patch(EDIT).say("Tidied up.")


def check(session: CodexSession) -> None:
    """
    The views of a session in which the script was played.
    """
    assert session.ran("python3 hello.py", ok=True)
    assert session.ran("exit 3", ok=False)
    assert not session.ran("rm")
    assert [(each.command, each.exit_code, each.output) for each in session.commands] == [
        ("python3 hello.py", 0, "hi\n"),
        ("echo oops; exit 3", 3, "oops\n"),
    ]
    assert session.changed("docs/**")
    assert session.changed("*.py")
    assert not session.changed("src/**")
    assert session.diff == DIFF
    assert [message.role for message in session.messages] == ["user", "agent"]
    assert session.final_response == "Tidied up."
    assert (session.usage.calls, session.usage.total) == (4, 60)
    assert session.errors == []
    story = session.story.replace(str(session.workspace.path), "{workspace}")
    assert story == STORY
    assert session.transcript.threads[0].cwd == str(session.workspace.path)


def test_views(
    codex: Codex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
) -> None:
    """
    The synchronous client of the fixture.
    """
    script(codex_model, codex_workspace)

    codex.thread_start().run("Tidy up.")

    check(codex_session)


@pytest.mark.asyncio
async def test_views_async(
    async_codex: AsyncCodex,
    codex_model: ScriptedModel,
    codex_session: CodexSession,
    codex_workspace: Workspace,
) -> None:
    """
    The asynchronous client of the fixture.
    """
    script(codex_model, codex_workspace)

    async with async_codex:
        thread = await async_codex.thread_start()
        await thread.run("Tidy up.")

    check(codex_session)


def test_views_of_an_application(
    codex_model: ScriptedModel, codex_session: CodexSession, codex_workspace: Workspace
) -> None:
    """
    A client that the code under test built.
    """
    script(codex_model, codex_workspace)

    with Codex(CodexConfig(cwd=str(codex_workspace.path))) as client:
        client.thread_start().run("Tidy up.")

    check(codex_session)


def test_views_of_a_refusal(
    codex_model: ScriptedModel, codex_session: CodexSession, codex_workspace: Workspace
) -> None:
    """
    What was asked, about which command, how it was decided; what was declined did not run.
    """
    codex_model.run("echo x > x.txt", escalate=True, justification="It must be there.")
    codex_model.say("Then not.")

    with client_asking(codex_session.config, deciding("decline")) as client:
        start_thread(
            client,
            approvalPolicy="on-request",
            approvalsReviewer="user",
            sandbox="workspace-write",
        ).run("Write the file.")

    (approval,) = codex_session.approvals
    assert (approval.command, approval.decision) == ("echo x > x.txt", "decline")
    assert approval.reason == "It must be there."
    assert not approval.accepted
    assert not codex_session.ran("echo")
    assert [command.status for command in codex_session.commands] == ["declined"]
    assert "? asked about command: echo x > x.txt -> decline" in codex_session.story

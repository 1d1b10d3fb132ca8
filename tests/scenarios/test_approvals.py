"""
Approvals: what the agent may do only when the user, or the reviewer, says so.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from .rawclient import RawClient
from .users import User, client_asking, deciding, events_of, items_of, start_thread

if TYPE_CHECKING:
    from openai_codex import Codex

    from pytest_codex.model import ScriptedModel
    from pytest_codex.session import CodexSession
    from pytest_codex.workspace import Workspace

COMMAND = "echo escalated > escalated.txt"
EDIT = "*** Update File: hello.py\n@@\n-print('hi')\n+print('hello')\n*** Add File: new.txt\n+new\n"
EDIT_AGAIN = "*** Update File: hello.py\n@@\n-print('hello')\n+print('bye')\n"
DEADLINE = 30.0


ASK_USER = {"approvalPolicy": "on-request", "approvalsReviewer": "user"}
OUTSIDE = {**ASK_USER, "sandbox": "workspace-write"}
READ_ONLY = {**ASK_USER, "sandbox": "read-only"}


def test_accepted_command_runs(codex_session: CodexSession, codex_model: ScriptedModel) -> None:
    """
    A command the user accepts runs outside the sandbox and leaves its file.
    """
    codex_model.run(COMMAND, escalate=True, justification="It must be there.").say("It is there.")
    user = deciding("accept")

    with client_asking(codex_session.config, user) as client:
        result = start_thread(client, **OUTSIDE).run("Write the file.")

    assert result.final_response == "It is there."
    [(method, params)] = user.asked
    assert method == "item/commandExecution/requestApproval"
    assert params["reason"] == "It must be there."
    assert COMMAND in params["command"]
    [command] = items_of(result, "commandExecution")
    assert (command.status.value, command.exit_code) == ("completed", 0)
    assert codex_session.workspace.read("escalated.txt") == "escalated\n"


def test_declined_command_does_not_run(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    A command the user declines leaves nothing behind, and the turn goes on without it.
    """
    codex_model.run(COMMAND, escalate=True).say("Then not.")
    user = deciding("decline")

    with client_asking(codex_session.config, user) as client:
        result = start_thread(client, **OUTSIDE).run("Write the file.")

    assert result.final_response == "Then not."
    [command] = items_of(result, "commandExecution")
    assert (command.status.value, command.exit_code) == ("declined", None)
    assert codex_session.workspace.changes() == {}


def test_cancelled_command_ends_the_turn(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    Cancelling instead of declining interrupts the turn; the thread can be used again.
    """
    codex_model.run(COMMAND, escalate=True).say("Something else, then.")
    user = deciding("cancel")

    with client_asking(codex_session.config, user) as client:
        thread = start_thread(client, **OUTSIDE)
        cancelled = thread.run("Write the file.")
        next_one = thread.run("Do something else.")

    assert cancelled.status.value == "interrupted"
    assert cancelled.final_response is None
    assert next_one.final_response == "Something else, then."
    assert codex_session.workspace.changes() == {}


def test_command_accepted_for_the_session_is_asked_once(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    After "accept for this session" the same command runs again without a question.
    """
    append = "echo once more >> log.txt"
    codex_model.run(append, escalate=True).run(append, escalate=True).say("Twice.")
    user = deciding("acceptForSession")

    with client_asking(codex_session.config, user) as client:
        result = start_thread(client, **OUTSIDE).run("Write it twice.")

    assert user.questions == ["item/commandExecution/requestApproval"]
    assert [each.exit_code for each in items_of(result, "commandExecution")] == [0, 0]
    assert codex_session.workspace.read("log.txt") == "once more\nonce more\n"


def test_answer_without_decision_fails_the_command(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    An answer in the wrong shape counts as no: the command fails and never runs.
    """
    codex_model.run(COMMAND, escalate=True).say("It failed.")

    with client_asking(codex_session.config, User(lambda *_: {})) as client:
        result = start_thread(client, **OUTSIDE).run("Write the file.")

    [command] = items_of(result, "commandExecution")
    assert command.status.value == "failed"
    assert result.final_response == "It failed."
    assert codex_session.workspace.changes() == {}


@pytest.fixture
def project(codex_workspace: Workspace) -> Workspace:
    """
    A workspace with one committed file to edit.
    """
    codex_workspace.write({"hello.py": "print('hi')\n"})
    codex_workspace.commit("Say hi")
    return codex_workspace


def test_accepted_file_change_is_made(
    project: Workspace, codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    In a read-only sandbox an edit waits for the user, and is made once accepted.
    """
    codex_model.patch(EDIT).say("Edited.")
    user = deciding("accept")

    with client_asking(codex_session.config, user) as client:
        result = start_thread(client, **READ_ONLY).run("Edit the file.")

    assert user.questions == ["item/fileChange/requestApproval"]
    [change] = items_of(result, "fileChange")
    assert change.status.value == "completed"
    assert [each.path.rsplit("/", 1)[-1] for each in change.changes] == ["hello.py", "new.txt"]
    assert project.read("hello.py") == "print('hello')\n"
    assert project.changes() == {"hello.py": "modified", "new.txt": "added"}


def test_declined_file_change_is_not_made(
    project: Workspace, codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    A declined edit is reported as declined and touches no file.
    """
    codex_model.patch(EDIT).say("Then not.")
    user = deciding("decline")

    with client_asking(codex_session.config, user) as client:
        result = start_thread(client, **READ_ONLY).run("Edit the file.")

    [change] = items_of(result, "fileChange")
    assert change.status.value == "declined"
    assert result.final_response == "Then not."
    assert project.changes() == {}


def test_cancelled_file_change_ends_the_turn(
    project: Workspace, codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    Cancelling an edit interrupts the turn and touches no file.
    """
    codex_model.patch(EDIT).say("Something else, then.")
    user = deciding("cancel")

    with client_asking(codex_session.config, user) as client:
        thread = start_thread(client, **READ_ONLY)
        cancelled = thread.run("Edit the file.")
        next_one = thread.run("Do something else.")

    assert cancelled.status.value == "interrupted"
    assert next_one.final_response == "Something else, then."
    assert project.changes() == {}


def test_file_change_accepted_for_the_session_is_asked_once(
    project: Workspace, codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    After "accept for this session" a second edit of the same file needs no question.
    """
    codex_model.patch(EDIT).patch(EDIT_AGAIN).say("Edited twice.")
    user = deciding("acceptForSession")

    with client_asking(codex_session.config, user) as client:
        result = start_thread(client, **READ_ONLY).run("Edit the file twice.")

    assert user.questions == ["item/fileChange/requestApproval"]
    assert [each.status.value for each in items_of(result, "fileChange")] == ["completed"] * 2
    assert project.read("hello.py") == "print('bye')\n"


def test_two_threads_get_their_own_decisions(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    Two threads ask on one connection, in whichever order; each gets the answer meant for it.
    """
    for name in ("left", "right"):
        script = codex_model.script(f"Go {name}.")
        script.run(f"echo {name} > {name}.txt", escalate=True).say(f"Went {name}.")
    user = deciding(lambda params: "accept" if "left.txt" in params["command"] else "decline")
    results: dict[str, Any] = {}

    with client_asking(codex_session.config, user) as client:
        threads = {name: start_thread(client, **OUTSIDE) for name in ("left", "right")}
        handles = {name: thread.turn(f"Go {name}.") for name, thread in threads.items()}
        runners = [
            threading.Thread(target=lambda n=name, h=handle: results.update({n: h.run()}))
            for name, handle in handles.items()
        ]
        for runner in runners:
            runner.start()
        for runner in runners:
            runner.join(DEADLINE)

    status = {
        name: items_of(result, "commandExecution")[0].status.value
        for name, result in results.items()
    }
    assert status == {"left": "completed", "right": "declined"}
    assert results["right"].final_response == "Went right."
    assert codex_session.workspace.changes() == {"left.txt": "added"}


def test_two_questions_open_at_once_answered_in_reverse(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    Both threads wait for the user at the same time; the second question is answered first.
    """
    for name in ("first", "second"):
        script = codex_model.script(f"The {name}.")
        script.run(f"echo {name} > {name}.txt", escalate=True).say(f"The {name} is done.")
    question = "item/commandExecution/requestApproval"

    with RawClient(codex_session.command) as client:
        client.initialize()
        ids = [
            client.request(number, "thread/start", ASK_USER)["result"]["thread"]["id"]
            for number in (1, 2)
        ]
        client.request(3, "turn/start", turn(ids[0], "The first."))
        client.request(4, "turn/start", turn(ids[1], "The second."))
        questions = [client.notification(question, threadId=each) for each in ids]
        for each in reversed(questions):
            client.send({"id": each["id"], "result": {"decision": "accept"}})
        ends = [client.notification("turn/completed", threadId=each) for each in ids]

    assert {each["id"] for each in questions} == {0, 1}
    assert [end["params"]["turn"]["status"] for end in ends] == ["completed"] * 2
    assert codex_session.workspace.changes() == {"first.txt": "added", "second.txt": "added"}


def turn(thread_id: str, text: str) -> dict[str, Any]:
    """
    The parameters of ``turn/start`` for one text.
    """
    return {"threadId": thread_id, "input": [{"type": "text", "text": text}]}


def test_interrupt_while_the_user_thinks(
    codex_session: CodexSession, codex_model: ScriptedModel
) -> None:
    """
    A turn interrupted at an open question ends, and the question with it; nothing runs.
    """
    codex_model.run(COMMAND, escalate=True)

    with RawClient(codex_session.command) as client:
        client.initialize()
        thread = client.request(1, "thread/start", ASK_USER)["result"]["thread"]["id"]
        turn_id = client.request(2, "turn/start", turn(thread, "Go."))["result"]["turn"]["id"]
        question = client.notification("item/commandExecution/requestApproval")
        client.request(3, "turn/interrupt", {"threadId": thread, "turnId": turn_id})
        end = client.notification("turn/completed")
        resolved = client.notification("serverRequest/resolved")

    assert end["params"]["turn"]["status"] == "interrupted"
    assert resolved["params"]["requestId"] == question["id"]
    assert codex_session.workspace.changes() == {}


@pytest.mark.parametrize(
    ("allow", "status"), [pytest.param(True, "approved"), pytest.param(False, "denied")]
)
def test_automatic_reviewer_decides(
    codex: Codex, codex_session: CodexSession, codex_model: ScriptedModel, allow: bool, status: str
) -> None:
    """
    The SDK's default reviewer asks a model, not the user; its verdict is carried out.
    """
    codex_model.run(COMMAND, escalate=True, justification="Please.").say("Reviewed.")
    codex_model.guardian(allow=allow, rationale="As scripted.")

    handle = codex.thread_start().turn("Write the file.")
    events = events_of(handle)

    reviews = [each.payload for each in events if "autoApprovalReview" in each.method]
    assert [each.review.status.value for each in reviews] == ["inProgress", status]
    assert reviews[-1].review.rationale == "As scripted."
    assert events[-1].payload.turn.status.value == "completed"
    written = {"escalated.txt": "added"} if allow else {}
    assert codex_session.workspace.changes() == written

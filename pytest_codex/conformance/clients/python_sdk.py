"""
The driver of the official Python SDK: does each task with ``openai_codex``, as its users do.

``pytest-codex conformance --client "python -m pytest_codex.conformance.clients.python_sdk"``
tests the SDK of the Python that runs it, in any version from 0.147 on.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from openai_codex import Codex, CodexConfig, Thread, retry_on_overload
from openai_codex.client import CodexClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openai_codex import TurnHandle

    Report = dict[str, Any]
    Task = Callable[[], Report]

UNKNOWN_TASK = 77


def told(name: str) -> str:
    """
    What the suite tells this driver.
    """
    return os.environ[f"CODEX_CONFORMANCE_{name}"]


def config() -> CodexConfig:
    """
    A configuration that starts the suite's server.
    """
    return CodexConfig(codex_bin=told("CODEX"))


@contextmanager
def answering(handler: Callable[[str, Any], Any]) -> Iterator[CodexClient]:
    """
    A connected client that asks a function for its answers to the server's requests.
    """
    client = CodexClient(config(), handler)
    client.start()
    try:
        client.initialize()
        yield client
    finally:
        client.close()


def report(result: Any) -> Report:
    """
    What the suite wants to know of a turn.
    """
    kinds = [getattr(item.root, "type", None) for item in result.items]
    return {
        "status": result.status.value,
        "final_response": result.final_response,
        "items": kinds,
    }


def collect(turn: TurnHandle, at_first_delta: Callable[[], object] | None = None) -> Report:
    """
    Follow a turn event by event, as front ends do.
    """
    deltas: list[str] = []
    kinds: list[str] = []
    final, status, error = None, None, None
    for event in turn.stream():
        payload: Any = event.payload
        if event.method == "item/agentMessage/delta":
            deltas.append(payload.delta)
            if at_first_delta is not None and len(deltas) == 1:
                at_first_delta()
        elif event.method == "item/completed" and hasattr(payload, "item"):
            item = payload.item.root
            kinds.append(item.type)
            final = item.text if item.type == "agentMessage" else final
        elif event.method == "turn/completed":
            status, error = payload.turn.status.value, payload.turn.error
    found: Report = {"status": status, "final_response": final, "items": kinds}
    if error is not None:
        found["error"] = {"message": error.message}
    return {**found, "deltas": "".join(deltas)}


def hello() -> Report:
    """
    Connect, and say goodbye.
    """
    with Codex(config()) as codex:
        return {"user_agent": codex.metadata.userAgent}


def run() -> Report:
    """
    One turn.
    """
    with Codex(config()) as codex:
        return report(codex.thread_start().run(told("PROMPT")))


def stream() -> Report:
    """
    One turn, word by word.
    """
    with Codex(config()) as codex:
        return collect(codex.thread_start().turn(told("PROMPT")))


def turns() -> Report:
    """
    Two turns of one thread, one after the other.
    """
    with Codex(config()) as codex:
        thread = codex.thread_start()
        return {"turns": [report(thread.run(told("PROMPT"))) for _ in range(2)]}


def two_threads() -> Report:
    """
    A turn in each of two threads, both under way at once.
    """
    with Codex(config()) as codex:
        threads = [codex.thread_start(), codex.thread_start()]
        handles = [thread.turn(told("PROMPT")) for thread in threads]
        return {"turns": [report(handle.run()) for handle in handles]}


def decline() -> Report:
    """
    One turn; whatever needs an approval is declined.
    """
    legacy = ("execCommandApproval", "applyPatchApproval")

    def answer(method: str, _params: Any) -> Report:
        return {"decision": "denied" if method in legacy else "decline"}

    with answering(answer) as client:
        return report(new_thread(client).run(told("PROMPT")))


def user_input() -> Report:
    """
    One turn; each question of the agent is answered with its first option.
    """

    def answer(_method: str, params: Any) -> Report:
        first = {one["id"]: one["options"][0]["label"] for one in params["questions"]}
        return {"answers": {name: {"answers": [label]} for name, label in first.items()}}

    with answering(answer) as client:
        return report(new_thread(client).run(told("PROMPT")))


def new_thread(client: CodexClient) -> Thread:
    """
    A thread of a client that was made by hand.
    """
    return Thread(client, client.thread_start().thread.id)


def interrupt() -> Report:
    """
    One turn, interrupted at its first word.
    """
    with Codex(config()) as codex:
        turn = codex.thread_start().turn(told("PROMPT"))
        return collect(turn, turn.interrupt)


def steer() -> Report:
    """
    One turn, told more at its first word.
    """
    with Codex(config()) as codex:
        turn = codex.thread_start().turn(told("PROMPT"))
        return collect(turn, lambda: turn.steer(told("PROMPT")))


def resume() -> Report:
    """
    One turn of a thread that exists.
    """
    with Codex(config()) as codex:
        return report(codex.thread_resume(told("THREAD")).run(told("PROMPT")))


def fork() -> Report:
    """
    One turn of a fork of a thread that exists.
    """
    with Codex(config()) as codex:
        return report(codex.thread_fork(told("THREAD")).run(told("PROMPT")))


def read() -> Report:
    """
    Look at a thread with its turns.
    """
    with Codex(config()) as codex:
        thread = codex.thread_resume(told("THREAD")).read(include_turns=True).thread
        return {"thread": thread.id, "turns": len(thread.turns)}


def list_threads() -> Report:
    """
    The ids of the threads that are kept.
    """
    with Codex(config()) as codex:
        return {"threads": [thread.id for thread in codex.thread_list().data]}


def models() -> Report:
    """
    The ids of the models.
    """
    with Codex(config()) as codex:
        return {"models": [model.id for model in codex.models().data]}


def login() -> Report:
    """
    Log in with an API key.
    """
    with Codex(config()) as codex:
        codex.login_api_key("sk-conformance")
        return {"success": True}


def login_chatgpt() -> Report:
    """
    Log in with a browser, and wait until that is over.
    """
    with Codex(config()) as codex:
        handle = codex.login_chatgpt()
        return {"success": handle.wait().success}


def retry() -> Report:
    """
    One turn of a thread that is asked for again while the server is overloaded.
    """
    with Codex(config()) as codex:
        return report(retry_on_overload(codex.thread_start).run(told("PROMPT")))


TASKS: Mapping[str, Task] = {
    "hello": hello,
    "run": run,
    "approve": run,  # The SDK accepts what nobody else answers.
    "stream": stream,
    "turns": turns,
    "two-threads": two_threads,
    "decline": decline,
    "user-input": user_input,
    "interrupt": interrupt,
    "steer": steer,
    "resume": resume,
    "fork": fork,
    "read": read,
    "list": list_threads,
    "models": models,
    "login": login,
    "login-chatgpt": login_chatgpt,
    "retry": retry,
}


def main() -> int:
    """
    Do the task, and print one line of JSON.
    """
    task = TASKS.get(told("TASK"))
    if task is None:
        return UNKNOWN_TASK
    try:
        found = task()
    except Exception as error:  # noqa: BLE001 - whatever reaches the SDK's user is reported
        found = {"error": {"kind": type(error).__name__, "message": str(error)}}
        found["error"]["code"] = getattr(error, "code", None)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

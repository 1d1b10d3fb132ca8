"""
The driver around the raw client; ``raw_driver.py DEFECT`` makes it one that is broken.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from tests.pytest_codex.conformance.clients.broken_clients import DEFECTS
from tests.pytest_codex.conformance.clients.raw_client import Client, Message, RefusedError, Turn

UNKNOWN_TASK = 77
QUIET = ("item/agentMessage/delta",)


def told(name: str) -> str:
    """
    What the suite tells this driver.
    """
    return os.environ[f"CODEX_CONFORMANCE_{name}"]


def run(client: Client, opened: str = "thread/start", **params: Any) -> Message:
    """
    One turn.
    """
    return client.finish(client.turn(client.thread(opened, **params), told("PROMPT")))


def turns(client: Client) -> Message:
    """
    Two turns of one thread.
    """
    thread = client.thread()
    return {"turns": [client.finish(client.turn(thread, told("PROMPT"))) for _ in range(2)]}


def two_threads(client: Client) -> Message:
    """
    A turn in each of two threads.
    """
    threads = [client.thread(), client.thread()]
    under_way = [client.turn(thread, told("PROMPT")) for thread in threads]
    return {"turns": [client.finish(turn) for turn in under_way]}


def interrupt(client: Client) -> Message:
    """
    One turn, interrupted at its first word; whether that was answered does not matter.
    """

    def at_delta(turn: Turn) -> None:
        client.ask("turn/interrupt", {"threadId": turn.thread, "turnId": turn.id})

    client.on_delta = at_delta
    return run(client)


def steer(client: Client) -> Message:
    """
    One turn, told more at its first word.
    """
    asked: list[int] = []

    def at_delta(turn: Turn) -> None:
        given = [{"type": "text", "text": told("PROMPT")}]
        params = {"threadId": turn.thread, "expectedTurnId": turn.id, "input": given}
        asked.append(client.ask("turn/steer", params))

    client.on_delta = at_delta
    found = run(client)
    answer = client.answers.get(asked[0], {})
    if "error" in answer:
        client.refused(answer["error"])
    return found


def read(client: Client) -> Message:
    """
    Look at a thread.
    """
    thread = client.request("thread/read", threadId=told("THREAD"), includeTurns=True)["thread"]
    return {"thread": thread["id"], "turns": len(thread["turns"])}


def login_chatgpt(client: Client) -> Message:
    """
    Log in with a browser.
    """
    login = client.request("account/login/start", type="chatgpt")["loginId"]
    while login not in client.logins:
        client.step()
    return {"success": client.logins[login]}


TASKS: dict[str, Callable[[Client], Message]] = {
    "hello": lambda _client: {},
    "run": run,
    "stream": run,
    "approve": run,
    "decline": run,
    "user-input": run,
    "opt-out": run,
    "retry": run,
    "turns": turns,
    "two-threads": two_threads,
    "interrupt": interrupt,
    "steer": steer,
    "resume": lambda client: run(client, "thread/resume", threadId=told("THREAD")),
    "fork": lambda client: run(client, "thread/fork", threadId=told("THREAD")),
    "read": read,
    "list": lambda client: {
        "threads": [thread["id"] for thread in client.request("thread/list")["data"]]
    },
    "models": lambda client: {
        "models": [model["id"] for model in client.request("model/list")["data"]]
    },
    "login": lambda client: {
        "success": client.request("account/login/start", type="apiKey", apiKey="sk-1") is not None
    },
    "login-chatgpt": login_chatgpt,
}


def main(kind: type[Client]) -> int:
    """
    Do the task, and print one line of JSON.
    """
    task = TASKS.get(told("TASK"))
    if task is None:
        return UNKNOWN_TASK
    client = kind(
        told("CODEX"),
        decline=told("TASK") == "decline",
        opt_out=QUIET if told("TASK") == "opt-out" else (),
    )
    try:
        client.hello()
        found = task(client)
    except RefusedError as error:
        found = {"error": error.error}
    except (OSError, ConnectionError) as error:
        found = {"error": {"message": str(error)}}
    finally:
        client.close()
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(DEFECTS[sys.argv[1]] if len(sys.argv) > 1 else Client))

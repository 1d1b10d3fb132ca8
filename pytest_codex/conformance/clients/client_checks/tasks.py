"""
Every task in fair weather: what the other areas disturb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_codex.conformance.clients import plain
from pytest_codex.conformance.outcomes import require

from .suite import FACTS, check

if TYPE_CHECKING:
    from pytest_codex.conformance.clients.client import Client


@check("tasks/hello", "The client connects and leaves.", FACTS, methods=["initialize"])
def hello(client: Client) -> None:
    client.perform("hello", plain.hello()).reached("initialize").result()


@check("tasks/run", "A turn ends with what the agent said last.", FACTS, methods=["turn/start"])
def run(client: Client) -> None:
    client.perform("run", plain.run()).said(plain.TEXT)


@check("tasks/stream", "The pieces of a message add up to it.", FACTS, methods=["turn/start"])
def stream(client: Client) -> None:
    seen = client.perform("stream", plain.run()).said(plain.TEXT)
    deltas = seen.result().get("deltas")
    require(deltas == plain.TEXT, f"the pieces are {plain.TEXT!r} together, not {deltas!r}")


@check("tasks/turns", "Two turns of a thread have their own answers.", FACTS)
def turns(client: Client) -> None:
    seen = client.perform("turns", plain.turns())
    for text, report in zip(plain.TEXTS, seen.turns(), strict=False):
        seen.said(text, report)


@check("tasks/two-threads", "Two threads at once have their own answers.", FACTS)
def two_threads(client: Client) -> None:
    seen = client.perform("two-threads", plain.two_threads())
    for text, report in zip(plain.TEXTS, seen.turns(), strict=False):
        seen.said(text, report)


@check("tasks/resume", "A thread is resumed by its id.", FACTS, methods=["thread/resume"])
def resume(client: Client) -> None:
    scene, thread = plain.resume()
    seen = client.perform("resume", scene, thread=thread).said(plain.TEXT)
    asked = [one["params"]["threadId"] for one in seen.requests("thread/resume")]
    require(asked == [thread], f"thread/resume is for {thread}, not {asked}")


@check("tasks/fork", "A turn in a fork goes to the new thread.", FACTS, methods=["thread/fork"])
def fork(client: Client) -> None:
    scene, thread, forked = plain.fork()
    seen = client.perform("fork", scene, thread=thread).said(plain.TEXT)
    asked = [one["params"]["threadId"] for one in seen.requests("turn/start")]
    require(asked == [forked], f"turn/start is for the fork {forked}, not {asked}")


@check("tasks/read", "A thread is read with its turns.", FACTS, methods=["thread/read"])
def read(client: Client) -> None:
    scene, thread = plain.read()
    found = client.perform("read", scene, thread=thread).result()
    want = {"thread": thread, "turns": 1}
    require({**found, **want} == found, f"the driver reports {found}, not {want}")


@check("tasks/list", "The threads that are kept are listed.", FACTS, methods=["thread/list"])
def list_threads(client: Client) -> None:
    scene, thread = plain.listed()
    found = client.perform("list", scene).result().get("threads")
    require(found == [thread], f"the list is {[thread]}; the driver reports {found}")


@check("tasks/models", "The models are listed.", FACTS, methods=["model/list"])
def models(client: Client) -> None:
    found = client.perform("models", plain.models()).result().get("models")
    require(found == ["conformance-model"], f"there is one model; the driver reports {found}")


@check(
    "tasks/login", "A login with an API key goes through.", FACTS, methods=["account/login/start"]
)
def login(client: Client) -> None:
    seen = client.perform("login", plain.login())
    require(seen.result().get("success") is True, "the login succeeded")
    kinds = [one["params"].get("type") for one in seen.requests("account/login/start")]
    require(kinds == ["apiKey"], f"account/login/start is of type apiKey, not {kinds}")


@check(
    "tasks/login-chatgpt",
    "A login in the browser is over when account/login/completed says so.",
    FACTS,
    methods=["account/login/start"],
    notifications=["account/login/completed"],
)
def login_chatgpt(client: Client) -> None:
    for success in (True, False):
        found = client.perform("login-chatgpt", plain.login_chatgpt(success)).result()
        got = found.get("success")
        require(got is success, f"success is {success}; the driver reports {got}")

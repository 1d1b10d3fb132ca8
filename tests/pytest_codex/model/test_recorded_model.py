"""
The real agent on a recorded model: what was recorded through the relay is the same on the wire.
"""

from __future__ import annotations

import base64
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.older import OLDEST, older_binary
from tests.pytest_codex.model.recorded import (
    Session,
    call,
    last_user_text,
    model,
    patch,
    run,
    shell,
    text,
    thinking,
)
from tests.pytest_codex.model.upstreams import Upstream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_codex.runtime import Runtime

EDIT = "*** Begin Patch\n*** Update File: hello.py\n@@\n-print('hi')\n+print('ho')\n*** End Patch\n"


def tools(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
    """
    A model that looks, edits, does two things at once, and talks about where it is.
    """
    where = re.search(r"<cwd>(.*?)</cwd>", json.dumps(body))
    assert where
    if last_user_text(body) == "again":
        return [text("Nothing left to do.")]
    return [
        [thinking("Look first."), shell("pwd; cat hello.py; echo took 1.5s")],
        [patch(EDIT)],
        [text("And now."), shell(f"cd {where[1]}; echo one")],
        [text(f"Look at {where[1]}/hello.py, please. Done.")],
    ][answered]


def two_turns(session: Session) -> None:
    """
    Two turns of one thread.
    """
    thread = session.wire.thread()
    assert "completed" == session.wire.turn(thread, "do it")["status"]
    assert "completed" == session.wire.turn(thread, "again")["status"]


def record_and_replay(
    base: Path, binary: Path, act: Callable[[Session], None], plan: Any, **how: Any
) -> tuple[str, str, str]:
    """
    Record twice and replay with the upstream gone.

    Returns:
        The wire of the second recording, that of the replay, and the model cassette.
    """
    path = base / "a.model.yaml"
    with Upstream(model(plan)) as upstream:
        run(base / "one", binary, path, act, upstream.url, **how)
        first = path.read_text()
        recorded, _ = run(base / "two", binary, path, act, upstream.url, **how)
    assert first == path.read_text(), "recorded twice, and not the same"
    replayed, session = run(base / "three", binary, path, act, **how)
    assert [] == session.relay.leftovers
    return recorded, replayed, first


def test_the_wire_is_the_same(tmp_path: Path, binary: Path) -> None:
    """
    Commands, an edit, parallel calls and a streamed text with a path in it: all the same.
    """
    recorded, replayed, kept = record_and_replay(tmp_path, binary, two_turns, tools)

    assert recorded == replayed
    assert "{workspace}/hello.py" in recorded
    for part in ("call_1", "msg_1", "cd {workspace}; echo one", "pwd; cat hello.py"):
        assert part in kept
    assert str(tmp_path) not in kept
    assert not re.search(r"_[0-9a-f]{32}|gAAAA|created_at|Wall time|Chunk ID", kept)


def test_a_session_goes_on(tmp_path: Path, binary: Path) -> None:
    """
    The number of a running command is another one in each run; the recorded model still hits it.
    """

    def plan(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
        found = re.search(r"session ID (\d+)", json.dumps(body))
        if answered == 0:
            return [shell("cat", yield_time_ms=250, tty=True)]
        if answered == 1:
            assert found
            keys = {"session_id": int(found[1]), "chars": "hello\n\x04", "yield_time_ms": 3000}
            return [call("write_stdin", keys)]
        return [text("Said hello.")]

    def act(session: Session) -> None:
        assert "completed" == session.wire.turn(session.wire.thread(), "go")["status"]

    recorded, replayed, kept = record_and_replay(tmp_path, binary, act, plan)

    assert recorded == replayed
    assert "running as session ID 1" in kept
    (item,) = _items(replayed)
    assert "hello" in item["aggregatedOutput"]


def until(happened: Callable[[], bool]) -> None:
    """
    Wait for something.
    """
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def _items(wire: str) -> list[dict[str, Any]]:
    messages = [json.loads(line).get("server", {}) for line in wire.splitlines()]
    done = [each["params"]["item"] for each in messages if each.get("method") == "item/completed"]
    return [item for item in done if item["type"] == "commandExecution"]


def test_the_reviewer_is_recorded_too(tmp_path: Path, binary: Path) -> None:
    """
    The call of the approval reviewer, on a model of its own, is matched by the planned action.
    """

    def plan(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
        if body["model"] == "codex-auto-review":
            verdict = {"outcome": "allow", "risk_level": "low", "user_authorization": "high"}
            return [text(json.dumps({**verdict, "rationale": "fine"}))]
        if answered == 0:
            extra = {"sandbox_permissions": "require_escalated", "justification": "need"}
            return [shell("echo out > out.txt", **extra)]
        return [text("Done.")]

    def act(session: Session) -> None:
        reviewed = {"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"}
        ended = session.wire.turn(session.wire.thread(**reviewed), "go")
        assert "completed" == ended["status"]
        assert (session.workspace / "out.txt").exists()

    recorded, replayed, kept = record_and_replay(tmp_path, binary, act, plan)

    assert recorded == replayed
    assert "kind: review" in kept
    assert "echo out > out.txt" in kept


def test_compaction_is_recorded_too(tmp_path: Path, binary: Path) -> None:
    """
    The summary of a thread is a call of its own, and the thread goes on after it.
    """

    def plan(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
        said = last_user_text(body)
        return [text("SUMMARY" if "COMPACTION" in said else f"Heard {said}.")]

    def act(session: Session) -> None:
        wire = session.wire
        thread = wire.thread()
        wire.turn(thread, "one")
        seen = len(wire.messages)
        wire.request("thread/compact/start", {"threadId": thread})
        wire.wait(lambda m: m.get("method") == "turn/completed", since=seen)
        assert "completed" == wire.turn(thread, "two")["status"]

    recorded, replayed, kept = record_and_replay(tmp_path, binary, act, plan)

    assert recorded == replayed
    assert "kind: compaction" in kept
    assert "summary: SUMMARY" in kept


def test_threads_at_once(tmp_path: Path, binary: Path) -> None:
    """
    Three threads that run at the same time each get their own recorded answers.
    """

    def plan(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
        said = last_user_text(body)
        return [shell(f"echo {said}")] if answered == 0 else [text(f"{said} is done")]

    def act(session: Session) -> None:
        wire = session.wire
        threads = {name: wire.thread() for name in ("cat", "ant", "bee")}
        turns = {name: wire.start(threads[name], name) for name in threads}
        ends = {name: wire.completed(turn)["items"][-1]["text"] for name, turn in turns.items()}
        assert {name: f"{name} is done" for name in threads} == ends

    recorded, replayed, kept = record_and_replay(tmp_path, binary, act, plan)

    assert recorded == replayed
    assert kept.index("user: ant") < kept.index("user: bee") < kept.index("user: cat")


def test_a_sub_agent_is_recorded_too(tmp_path: Path, binary: Path) -> None:
    """
    A sub-agent has an id and a nickname of its own in each run; the recorded parent finds it.
    """

    def plan(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
        said = json.dumps(body["input"])
        if last_user_text(body) == "count to three":
            return [text("One, two, three.")]
        if answered == 0:
            order = {"message": "count to three"}
            return [call("spawn_agent", order, namespace="multi_agent_v1")]
        if answered == 1:
            child = re.search(r'agent_id\\\\*": ?\\*"([0-9a-f-]{36})', said)
            assert child, said
            wanted = {"targets": [child[1]], "timeout_ms": 20000}
            return [call("wait_agent", wanted, namespace="multi_agent_v1")]
        return [text("It counted.")]

    def act(session: Session) -> None:
        ended = session.wire.turn(session.wire.thread(), "go")
        assert "completed" == ended["status"], ended

    config = {"features": {"multi_agent": True}}
    recorded, replayed, kept = record_and_replay(tmp_path, binary, act, plan, config=config)

    assert recorded == replayed
    assert "user: count to three" in kept
    assert "One, two, three." in kept.split("wait_agent")[-1]


@pytest.mark.parametrize("begins", [True, False])
def test_an_interrupted_turn(tmp_path: Path, binary: Path, begins: bool) -> None:
    """
    What the test interrupted when it recorded, it interrupts at replay.
    """

    def hang(to: Any) -> None:
        if last_user_text(json.loads(to.raw)) != "first":
            model(lambda *_: [text("Here I am.")])(to)
            return
        if begins:
            to.begin()
        to.connection.settimeout(20)
        to.connection.recv(1)
        to.drop()

    def act(session: Session) -> None:
        wire = session.wire
        thread = wire.thread()
        turn = wire.start(thread, "first")
        until(lambda: bool(session.relay.calls))
        wire.request("turn/interrupt", {"threadId": thread, "turnId": turn})
        assert "interrupted" == wire.completed(turn)["status"]
        assert "completed" == wire.turn(thread, "second")["status"]

    path = tmp_path / "a.model.yaml"
    with Upstream(hang) as upstream:
        run(tmp_path / "one", binary, path, act, upstream.url)
    _, session = run(tmp_path / "two", binary, path, act)

    assert "interrupted: true" in path.read_text()
    assert [] == session.relay.leftovers


def test_a_changed_prompt_fails_the_turn(tmp_path: Path, binary: Path) -> None:
    """
    The real agent passes on what differs, word for word, and does not try again.
    """
    path = tmp_path / "a.model.yaml"
    with Upstream(model(tools)) as upstream:
        run(tmp_path / "one", binary, path, two_turns, upstream.url)
    ends: list[dict[str, Any]] = []

    def act(session: Session) -> None:
        ends.append(session.wire.turn(session.wire.thread(), "do it now"))

    with pytest.raises(AssertionError, match="matches no recording"):
        run(tmp_path / "two", binary, path, act)

    (end,) = ends
    assert "failed" == end["status"]
    told = end["error"]["message"]
    assert "conversation[0] (user) differs" in told
    assert 'received  user "do it now"' in told


def test_parallel_calls(tmp_path: Path, binary: Path) -> None:
    """
    The outputs of calls that run at once race; the recorded model is found all the same.
    """

    def plan(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
        if answered:
            return [text("Both.")]
        return [shell("sleep 0.1; echo one"), shell("echo two"), patch(EDIT)]

    def act(session: Session) -> None:
        assert "completed" == session.wire.turn(session.wire.thread(), "go")["status"]

    path = tmp_path / "a.model.yaml"
    with Upstream(model(plan)) as upstream:
        run(tmp_path / "one", binary, path, act, upstream.url)
    for number in range(3):
        _, session = run(tmp_path / str(number), binary, path, act)
        assert [] == session.relay.leftovers


def test_another_version_is_answered(tmp_path: Path, binary: Path) -> None:
    """
    What the oldest version recorded answers the newest: the conversation is the same.
    """
    path = tmp_path / "a.model.yaml"
    with Upstream(model(tools)) as upstream:
        run(tmp_path / "one", older_binary(OLDEST), path, two_turns, upstream.url)
    _, session = run(tmp_path / "two", binary, path, two_turns)

    assert [] == session.relay.leftovers
    assert "print('ho')\n" == (session.workspace / "hello.py").read_text()


def test_the_review_of_another_version_is_answered(tmp_path: Path, binary: Path) -> None:
    """
    The reviewer is told in other words by each version; the planned action is the same.
    """

    def plan(body: dict[str, Any], answered: int) -> list[dict[str, Any]]:
        if body["model"] == "codex-auto-review":
            return [text('{"outcome":"allow","risk_level":"low","user_authorization":"high"}')]
        extra = {"sandbox_permissions": "require_escalated", "justification": "need"}
        return [text("Done.")] if answered else [shell("echo out > out.txt", **extra)]

    def act(session: Session) -> None:
        reviewed = {"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"}
        session.wire.turn(session.wire.thread(**reviewed), "go")
        assert (session.workspace / "out.txt").exists()

    path = tmp_path / "a.model.yaml"
    with Upstream(model(plan)) as upstream:
        run(tmp_path / "one", older_binary(OLDEST), path, act, upstream.url)
    _, session = run(tmp_path / "two", binary, path, act)

    assert [] == session.relay.leftovers


def _token(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def test_a_login_is_passed_on_and_never_kept(tmp_path: Path, binary: Path) -> None:
    """
    With a ChatGPT login Codex compresses its requests with zstd and tries websockets first.
    """
    account = "6f1d0c7e-3b52-4c41-9b7e-2a8d5e9f4c10"
    claims = {"chatgpt_account_id": account, "chatgpt_plan_type": "pro"}
    facts = {"exp": 4102444800, "https://api.openai.com/auth": claims}
    token = f"{_token({'alg': 'RS256'})}.{_token(facts)}.c2lnbmF0dXJlLW9mLW5vYm9keQ"

    def prepare(runtime: Runtime) -> None:
        tokens = {"id_token": token, "access_token": token, "refresh_token": "rt-9Zk2LqP0"}
        login = {"auth_mode": "chatgpt", "tokens": {**tokens, "account_id": account}}
        whole = {"OPENAI_API_KEY": None, "last_refresh": "2099-01-01T00:00:00Z", **login}
        (runtime.home / "auth.json").write_text(json.dumps(whole))

    def configure(url: str) -> dict[str, Any]:
        like = {"requires_openai_auth": True, "supports_websockets": True}
        provider = {"base_url": url, "name": "OpenAI", **like}
        unreachable = "http://127.0.0.1:9/"
        return {"chatgpt_base_url": unreachable, "model_providers": {"scripted": provider}}

    def act(session: Session) -> None:
        session.wire.turn(session.wire.thread(), "go")

    def answer(to: Any) -> None:
        if not to.raw:
            to.whole(200, {"content-type": "application/json"}, b'{"models":[]}')
            return
        to.raw = _zstd(to.raw)
        model(lambda *_: [text(f"Your token is {token}.")])(to)

    path = tmp_path / "a.model.yaml"
    with Upstream(answer) as upstream:
        how: dict[str, Any] = {"configure": configure, "prepare": prepare}
        _, session = run(tmp_path / "one", binary, path, act, upstream.url, **how)

    sent = [({k.lower(): v for k, v in h.items()}, raw) for h, raw, _ in upstream.seen if raw]
    assert [("zstd", f"Bearer {token}", account)] == [
        (h["content-encoding"], h["authorization"], h["chatgpt-account-id"]) for h, _ in sent
    ]
    assert ["***"] == [each.headers["authorization"] for each in session.relay.calls]
    kept = path.read_text()
    for secret in (token, token[:40], token[-20:], account, "rt-9Zk2LqP0"):
        assert secret not in kept
    _, session = run(tmp_path / "two", binary, path, act)
    assert 1 == len(session.relay.calls)


def _zstd(data: bytes) -> bytes:
    from importlib import import_module

    plain: bytes = import_module("backports.zstd").decompress(data)
    return plain

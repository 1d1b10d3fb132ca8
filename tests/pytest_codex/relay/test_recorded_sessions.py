"""
Sessions on a recorded model that do not run smoothly: interrupted, changed, parallel, logged in.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.pytest_codex.relay.recorded import (
    Session,
    last_user_text,
    model,
    patch,
    run,
    shell,
    text,
)
from tests.pytest_codex.relay.stories import EDIT, tools, two_turns
from tests.pytest_codex.relay.upstreams import Upstream
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_codex.runtime import Runtime


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

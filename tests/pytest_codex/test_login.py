"""
What a private home may hold of a login, and when a login is too old for that.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from fake_server.errors import LoginError
from pytest_codex import login

from .local_model import chatgpt_login

NOW = 1_800_000_000.0
DAY = 86400.0


def stored(home: Path, content: Any) -> login.Login | None:
    """
    Read a login after writing it.
    """
    text = content if isinstance(content, str) else json.dumps(content)
    (home / "auth.json").write_text(text, encoding="utf-8")
    return login.read(home)


@pytest.mark.parametrize("mode", [{"auth_mode": "apikey"}, {}])
def test_an_api_key_is_taken_and_nothing_else(tmp_path: Path, mode: dict[str, str]) -> None:
    """
    A key never ends; old files do not name the mode.
    """
    found = stored(tmp_path, {**mode, "OPENAI_API_KEY": "sk-1", "tokens": {"refresh_token": "rt"}})

    key = {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-1"}
    assert found == login.Login("apikey", key, due=None)


def test_a_chatgpt_login_is_taken_without_what_refreshes_it(tmp_path: Path) -> None:
    """
    The copy cannot be refreshed, so the user's own stays valid.
    """
    found = stored(tmp_path, chatgpt_login(NOW))

    assert found is not None
    assert found.private["tokens"]["refresh_token"] == ""
    assert found.private["tokens"]["access_token"]
    assert found.mode == "chatgpt"


@pytest.mark.parametrize(
    ("auth", "due"),
    [
        (chatgpt_login(NOW, "2026-11-21T12:00:00Z"), NOW - 300),
        (chatgpt_login(None, "2026-11-21T12:00:00.123456789Z"), 1_795_262_400 + 8 * DAY),
        (chatgpt_login(None, "some day"), None),
    ],
)
def test_when_codex_would_refresh(tmp_path: Path, auth: Any, due: float | None) -> None:
    """
    Five minutes before the token ends; else eight days after the last time.
    """
    found = stored(tmp_path, auth)

    assert found is not None
    assert found.due == due


@pytest.mark.parametrize(
    ("ends", "refused"), [(901, None), (900, "in 10 min"), (301, "now"), (-5, "now")]
)
def test_a_login_that_is_due_is_refused(tmp_path: Path, ends: int, refused: str | None) -> None:
    """
    What would be refreshed while the test runs is refused, with the way to refresh it.
    """
    found = stored(tmp_path, chatgpt_login(NOW + ends))
    assert found is not None
    if refused is None:
        login.check_fresh(found, NOW, 600)
        return

    with pytest.raises(LoginError, match=rf"due for a refresh {refused}, .*\n(.*\n)*.*codex exec"):
        login.check_fresh(found, NOW, 600)


@pytest.mark.parametrize("content", [{"auth_mode": "apikey"}, {"auth_mode": "chatgpt"}, {}, []])
def test_a_file_without_a_login(tmp_path: Path, content: Any) -> None:
    """
    A file that holds none is as good as no file.
    """
    assert login.read(tmp_path / "nowhere") is None
    assert stored(tmp_path, content) is None


def test_a_damaged_file_is_named_and_not_quoted(tmp_path: Path) -> None:
    """
    The message must not show what may be a secret.
    """
    with pytest.raises(LoginError, match=r"auth.json cannot be read: it is not JSON.*codex login"):
        stored(tmp_path, '{"OPENAI_API_KEY": sk-1')


def test_other_kinds_of_login_are_refused(tmp_path: Path) -> None:
    """
    What was never tried is not pretended to work.
    """
    with pytest.raises(LoginError, match=r"of the kind 'agentIdentity'.*OPENAI_API_KEY"):
        stored(tmp_path, {"auth_mode": "agentIdentity", "agent_identity": "x"})


def test_a_refresh_is_refused_in_words() -> None:
    """
    Codex gets a sentence instead of a token, and it is known that it asked.
    """
    refusal = login.Refusal()
    try:
        assert not refusal.asked
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(refusal.url, data=b"{}", timeout=10)
        with error.value as answer:
            assert (answer.code, answer.read().decode()) == (403, login.NEVER)
        assert refusal.asked
    finally:
        refusal.close()

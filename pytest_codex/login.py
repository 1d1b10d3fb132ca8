"""
The user's Codex login, as a private home may hold it.

A ChatGPT login is refreshed by Codex itself, and each refresh makes the token it used worthless.
A copy that is thrown away must therefore never refresh, or the user's own login would be gone.
When Codex refreshes was measured on 0.147, 0.155 and 0.163: five minutes before the access token
ends; eight days after the last time when the token does not say when it ends; and whenever the
model's provider answers 401.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from fake_server.errors import LoginError
from pytest_codex.model.loopback import Handler, Loopback

if TYPE_CHECKING:
    from pathlib import Path

FILE = "auth.json"

MARGIN = 300.0
"""Seconds before the end of its access token at which Codex refreshes a login."""

INTERVAL = 8 * 86400.0
"""Seconds after which Codex refreshes a login whose token does not say when it ends."""

NEVER = "the live tier never refreshes a login, for that would invalidate your own"

RENEW = "Log in anew: codex login"


@dataclass(frozen=True, slots=True)
class Login:
    """
    A login on this machine.

    Attributes:
        mode: ``apikey`` or ``chatgpt``.
        private: What a private home may hold of it; nothing that could be refreshed.
        due: When Codex would refresh it, in seconds since 1970; None for never.
    """

    mode: str
    private: dict[str, Any]
    due: float | None = None


def read(home: Path) -> Login | None:
    """
    The login kept in a Codex home, None when there is none.

    Raises:
        LoginError: The file cannot be read, or holds a login that is of no use here.
    """
    path = home / FILE
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LoginError(f"{path} cannot be read: {_cause(error)}. {RENEW}") from None
    key, tokens = _field(stored, "OPENAI_API_KEY"), _field(stored, "tokens")
    mode = _field(stored, "auth_mode") or ("apikey" if key else "chatgpt")
    if mode == "apikey" and isinstance(key, str) and key:
        return Login(mode, {"auth_mode": mode, "OPENAI_API_KEY": key})
    if mode == "chatgpt" and isinstance(tokens, dict) and tokens.get("access_token"):
        # An empty token is the guarantee: with it nobody can refresh anything.
        private = {**stored, "auth_mode": mode, "tokens": {**tokens, "refresh_token": ""}}
        return Login(mode, private, _due(tokens["access_token"], stored.get("last_refresh")))
    if mode in ("apikey", "chatgpt"):
        return None
    raise LoginError(
        f"{path} holds a login of the kind {mode!r}, which the live tier cannot use. "
        "Set OPENAI_API_KEY, or name a home with another login in CODEX_HOME."
    )


def check_fresh(login: Login, now: float, lasting: float) -> None:
    """
    Refuse a login that Codex would refresh while the test runs.

    Args:
        now: Seconds since 1970.
        lasting: Seconds the test may take.

    Raises:
        LoginError: It is due.
    """
    if login.due is not None and login.due <= now + lasting:
        minutes = max(0, int((login.due - now) / 60))
        when = f"in {minutes} min" if minutes else "now"
        raise LoginError(
            f"your ChatGPT login is due for a refresh {when}, and {NEVER}\n"
            "How to fix:\n"
            "  * refresh it             run any codex command first, for example: codex exec hi\n"
            f"  * the test is shorter    @pytest.mark.codex(timeout=...), now {lasting:g} s"
        )


class Refusal:
    """
    Stands where Codex would refresh a login, and says why it cannot.

    Attributes:
        url: For ``CODEX_REFRESH_TOKEN_URL_OVERRIDE``.
        asked: Whether Codex has tried, which it does when the provider refuses the login.
    """

    def __init__(self) -> None:
        self.asked = False
        refusal = self

        class Refuse(Handler):
            def do_POST(self) -> None:  # noqa: N802
                refusal.asked = True
                self.body()
                self.plain(403, NEVER)  # Codex passes this status's text on word for word

        self._http = Loopback(Refuse, "login-refusal")
        self.url = f"{self._http.origin}/oauth/token"

    def close(self) -> None:
        """
        Stop listening.
        """
        self._http.close()


def _due(access_token: str, last_refresh: object) -> float | None:
    ends = _end_of(access_token)
    if ends is not None:
        return ends - MARGIN
    try:
        # Codex writes nanoseconds, which older Pythons do not read.
        last = datetime.fromisoformat(str(last_refresh)[:19]).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return last.timestamp() + INTERVAL


def _end_of(token: str) -> float | None:
    """
    When a JSON web token ends; None when it does not say or is none.
    """
    try:
        claims = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return float(found["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _field(stored: object, name: str) -> Any:
    return stored.get(name) if isinstance(stored, dict) else None


def _cause(error: Exception) -> str:
    # A parser's message may quote what it read.
    return "it is not JSON" if isinstance(error, ValueError) else str(error)

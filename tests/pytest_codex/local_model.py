"""
A model on loopback that answers as a script says, and knows what really reached it.
"""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_codex.model.calls import ModelCall
from pytest_codex.model.loopback import Handler, Loopback
from pytest_codex.model.script import ScriptedModel
from pytest_codex.model.steps import Gate
from pytest_codex.relay.encodings import Decoder

if TYPE_CHECKING:
    from typing_extensions import Self

KEY = "sk-proj-" + "hV7kQ2mX9tLpR4wZ8nBcY3sD6fGj1"
BEARER = "opaque-" + "w8Ry3Lk6Tn1Vb5Xz9Qm2"


class LocalModel:
    """
    An upstream for the live tier.

    Attributes:
        script: What it says.
        url: Its base URL.
        seen: Headers of each request, nothing masked, with the path under ``path``.
        trouble: What is wrong with it: a status, ``silent`` or ``cut``; None when nothing is.
    """

    def __init__(self) -> None:
        self.script = ScriptedModel()
        self.seen: list[dict[str, str]] = []
        self.trouble: int | str | None = None
        model = self

        class Bound(_Handler):
            upstream = model

        self._http = Loopback(Bound, "local-model")
        self.url = f"{self._http.origin}/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()


class _Handler(Handler):
    upstream: LocalModel

    def do_GET(self) -> None:  # noqa: N802
        self._note()
        self.whole(200, {"content-type": "application/json"}, b'{"models":[]}')

    def do_POST(self) -> None:  # noqa: N802
        headers = self._note()
        body = Decoder(headers.get("content-encoding", "")).decode(self.body())
        trouble = self.upstream.trouble
        if trouble == "silent":
            time.sleep(30)
            self.drop()
        elif isinstance(trouble, int):
            error = {"error": {"message": f"no, says the upstream with {trouble}", "code": "no"}}
            self.whole(trouble, {"content-type": "application/json"}, json.dumps(error).encode())
        else:
            reply = self.upstream.script.reply_to(ModelCall(json.loads(body), headers, self.path))
            said = b"".join(piece for piece in reply.body if not isinstance(piece, Gate))
            # A real model's ids are no small numbers.
            said = re.sub(rb'"(msg|call|resp)_(\d+)"', rb'"\1_68f0a3c5\2"', said)
            if trouble == "cut":
                stream = {"content-type": "text/event-stream", "content-length": str(len(said))}
                self.head(200, stream)
                self.wfile.write(said[:-60])
                self.drop()
            else:
                self.whole(reply.status, {"content-type": "text/event-stream"}, said)

    def _note(self) -> dict[str, str]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.upstream.seen.append({**headers, "path": self.path})
        return headers


def token(ends: float | None) -> str:
    """
    A JSON web token that ends at a time, or does not say.
    """
    auth = {"chatgpt_plan_type": "pro", "chatgpt_user_id": "u-1", "chatgpt_account_id": "acc-1"}
    claims = {"email": "grace@planted.example.org", "https://api.openai.com/auth": auth}
    if ends is not None:
        claims["exp"] = int(ends)  # type: ignore[assignment]
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(part.rstrip("=") for part in coded), "c2ln"])


def chatgpt_login(ends: float | None, last_refresh: str = "2020-01-01T00:00:00.123456789Z") -> Any:
    """
    The file of a ChatGPT login.
    """
    tokens = {"id_token": token(ends), "access_token": token(ends), "account_id": "acc-1"}
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": {**tokens, "refresh_token": "rt_" + KEY[8:]},
        "last_refresh": last_refresh,
    }


def make_home(path: Path, config: str, auth: Any = None) -> Path:
    """
    A user's Codex home, with things in it that concern nobody.
    """
    path.mkdir(parents=True)
    (path / "config.toml").write_text(config, encoding="utf-8")
    if auth is not None:
        (path / "auth.json").write_text(json.dumps(auth), encoding="utf-8")
    (path / "history.jsonl").write_text('{"text": "private"}\n', encoding="utf-8")
    (path / "AGENTS.md").write_text("Always speak of whales.\n", encoding="utf-8")
    (path / "sessions").mkdir()
    (path / "sessions" / "old.jsonl").write_text("{}\n", encoding="utf-8")
    return path

"""
What a real model answered, kept by vcrpy: its cassette, record modes, matchers and filters.

Never its patches: they would hold back a stream until it ends, and take over the requests
of every other thread of the test's process.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_server.errors import CassetteFormatError, CassetteNotFoundError
from pytest_codex.relay.cassette_text import Serializer
from pytest_codex.relay.misses import explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_codex.relay.conversation import Said

SUFFIX = ".model.yaml"

_KEPT_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")
_RATE_LIMITS = "x-codex-"
# A token that belongs to one session; whoever replays has none.
_NOT_KEPT = ("x-codex-turn-state", "x-models-etag")
_NEVER_KEPT = ("authorization", "proxy-authorization", "cookie", "chatgpt-account-id", "api-key")


class Exchange(NamedTuple):
    """
    One call and its answer, on the way into a cassette.

    Args:
        said: What the agent said.
        response: As vcrpy keeps it: ``status``, ``headers``, ``body``.
        thread: The Codex thread that asked; its calls are in order.
        headers: Those of the request, before they are filtered.
    """

    said: Said
    response: dict[str, Any]
    thread: str
    headers: Mapping[str, str]


class Persister:
    """
    Reads and writes whole files only, in the interface vcrpy wants.

    Args:
        name: What the file is called in errors.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.changed = False

    def load_cassette(self, path: str, serializer: Serializer) -> Any:
        """
        The requests and the responses of a file.

        Raises:
            CassetteFormatError: It is not a whole model cassette.
        """
        from vcr.serialize import deserialize

        try:
            text = Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise CassetteFormatError(self._name, 0, f"it is not UTF-8: {error}") from None
        return deserialize(text, serializer)

    def save_cassette(self, path: str, content: dict[str, Any], serializer: Serializer) -> None:
        """
        Write a file, unless a secret may be in it, or nothing has changed.

        Raises:
            SecretError: It looks as if a secret were in it; nothing was written.
        """
        from vcr.serialize import serialize

        from pytest_codex.scrub import assert_clean

        self.changed = False
        text = serialize(content, serializer)
        # Line by line as in the file, but an event as the JSON it is: what JSON escapes is
        # not what patterns expect.
        assert_clean(re.sub(r"(?m)^\s*data: ?", "", serializer.reviewed(text)), self._name)
        target = Path(path)
        with suppress(OSError, UnicodeDecodeError):
            if target.read_text(encoding="utf-8") == text:
                return
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
        try:
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(name, 0o666 & ~umask)
            os.replace(name, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
        self.changed = True


class ModelCassette:
    """
    The recorded calls of one test.

    Args:
        path: The file; JSON when it ends so, YAML otherwise.
        name: What it is called in errors; its path when not given.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path = path
        self.name = name or str(path)
        self._serializer = Serializer(self.name, as_json=path.suffix == ".json")
        self._persister = Persister(self.name)
        self._loaded: Any = None

    def load(self) -> None:
        """
        Read the file, to answer from it.

        Raises:
            CassetteNotFoundError: There is none.
            CassetteFormatError: It is not a whole model cassette.
            CassetteVersionError: It is too new.
        """
        from vcr.cassette import Cassette
        from vcr.record_mode import RecordMode

        if not self.path.exists():
            raise CassetteNotFoundError(f"no recorded model at {self.name}")
        self._loaded = Cassette.load(**self._arguments(RecordMode.NONE))

    def play(self, said: Said) -> dict[str, Any] | None:
        """
        The recorded answer to a call: the k-th of equal calls gets the k-th; None if none is left.
        """
        request = _request(said, {})
        if said.method == "GET":
            return dict(self._loaded.responses_of(request)[0]) if self._knows(request) else None
        if not self._loaded.can_play_response_for(request):
            return None
        return dict(self._loaded.play_response(request))

    def explain(self, said: Said, number: int, how_to_record: str) -> str:
        """
        Why no recording answers a call.
        """
        recorded = [
            (index + 1, self._loaded.play_counts[index] > 0, request.uri, json.loads(request.body))
            for index, request in enumerate(self._loaded.requests)
            if request.method == "POST"
        ]
        return explain(said, recorded, number, self.name, how_to_record)

    @property
    def leftovers(self) -> list[str]:
        """
        Calls that were recorded and not asked for, each in one line.
        """
        from pytest_codex.relay.misses import short

        found = []
        for index, (request, response) in enumerate(self._loaded.data if self._loaded else ()):
            played = self._loaded.play_counts[index] > 0
            # Whether a turn that is interrupted comes to a call is a race.
            if request.method == "POST" and not played and not response.get("interrupted"):
                said = json.loads(request.body)
                last = said["conversation"][-1:] or [{}]
                found.append(
                    f"call {index + 1} of {self.name} ({said['kind']}), after {short(last[0])}"
                )
        return found

    def save(self, exchanges: list[Exchange]) -> bool:
        """
        Write what was recorded, and say whether the file changed.

        Raises:
            SecretError: It looks as if a secret were in it; nothing was written.
        """
        from vcr.cassette import Cassette
        from vcr.record_mode import RecordMode

        made = Cassette(**self._arguments(RecordMode.ALL))
        for exchange in exchanges:
            request = _request(exchange.said, exchange.headers)
            made.append(request, exchange.response)
        content = {"requests": made.requests, "responses": made.responses}
        self._persister.save_cassette(str(self.path), content, self._serializer)
        return self._persister.changed

    def _knows(self, request: Any) -> bool:
        from vcr.matchers import requests_match

        matchers = self._arguments(None)["match_on"]
        return any(requests_match(request, one, matchers) for one in self._loaded.requests)

    def _arguments(self, mode: Any) -> dict[str, Any]:
        from vcr.matchers import method, uri

        return {
            "path": str(self.path),
            "serializer": self._serializer,
            "persister": self._persister,
            "record_mode": mode,
            "match_on": (method, uri, conversation),
            "before_record_request": _without_headers,
            "before_record_response": _with_few_headers,
        }


def conversation(received: Any, recorded: Any) -> None:
    """
    A matcher for vcrpy: two requests say the same.
    """
    assert _key(received.body) == _key(recorded.body), "the conversations differ"


def equal_part(body: Mapping[str, Any]) -> str:
    """
    What must be equal in two calls, as one text; the name of the model need not be.
    """
    return json.dumps(
        {key: value for key, value in body.items() if key != "model"},
        sort_keys=True,
        ensure_ascii=False,
    )


@lru_cache(maxsize=4096)
def _key(body: bytes) -> str:
    return equal_part(json.loads(body))


def _request(said: Said, headers: Mapping[str, str]) -> Any:
    from vcr.request import Request

    body = json.dumps(said.body(), ensure_ascii=False)
    return Request(said.method, said.path, body, dict(headers))


def _without_headers(request: Any) -> Any:
    """
    Credentials by vcrpy's own filter, then everything else: nothing of it is matched.
    """
    from vcr.filters import remove_headers

    request = remove_headers(request, _NEVER_KEPT)
    return remove_headers(request, list(request.headers))


def _with_few_headers(response: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, list[str]] = {}
    for name, values in sorted(response["headers"].items()):
        if name in _KEPT_HEADERS or (name.startswith(_RATE_LIMITS) and name not in _NOT_KEPT):
            values = [values] if isinstance(values, str) else list(values)
            if name.endswith(("-reset-at", "-reset-after-seconds")):
                values = ["1700000000" if name.endswith("-at") else "0"]
            kept[name] = values
    return {**response, "headers": kept}

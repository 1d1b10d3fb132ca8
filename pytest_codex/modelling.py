"""
The recorded model of a test: where it lies, and how it stands in when nothing is scripted.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_codex import runtime, toml
from pytest_codex.cassettes import SUFFIX as WIRE_SUFFIX
from pytest_codex.model.server import ModelServer
from pytest_codex.provider import RELAY, without_choice
from pytest_codex.relay.model_cassette import SUFFIX, ModelCassette
from pytest_codex.relay.server import Relay
from pytest_codex.relay.upstream import Upstream
from pytest_codex.surroundings import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.script import ScriptedModel
    from pytest_codex.recording.tape import Entry
    from pytest_codex.relay.wording import Wording
    from pytest_codex.surroundings import Surroundings

HEADER = "settings"
"""In the first line of a wire cassette: how Codex was configured when a model was recorded."""


def path_of(wire: Path) -> Path:
    """
    Where the model is recorded: beside the wire cassette.
    """
    return wire.with_name(wire.name.removesuffix(WIRE_SUFFIX) + SUFFIX)


def with_names(entries: Iterable[Entry], ids: Mapping[str, str]) -> list[Entry]:
    """
    The entries of a tape with the ids of the model as its recording calls them.
    """
    if not ids:
        return list(entries)
    return [replace(entry, body=_named(entry.body, ids)) for entry in entries]


def _named(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, list):
        return [_named(each, ids) for each in value]
    if isinstance(value, dict):
        return {ids.get(key, key): _named(each, ids) for key, each in value.items()}
    return value


class ModelFile:
    """
    The model cassette that a session writes.

    Attributes:
        name: What messages call it.
        target: What to write; not the file itself while a repeated test has no verdict yet.
    """

    def __init__(self, around: Surroundings) -> None:
        self._path = path_of(around.plan.path)
        self._stage = around.stage
        self._before = _text(self._path)
        self.name = str(path_of(around.plan.path.__class__(around.plan.name)))
        self.target = self._path
        if around.stage is not None:
            self.target = around.directory / self._path.name

    def settle(self) -> str | None:
        """
        Put what was written in its place, or have it put there later; its name if it changed.
        """
        after = _text(self.target)
        if after is None or after == self._before:
            return None
        if self._stage is not None:
            self._stage.hold(self._place)
        return self.name

    def _place(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f".{self._path.name}")
        shutil.copy(self.target, beside)
        os.replace(beside, self._path)


class _Either(Relay):
    """
    The scripted model if the test scripts one, else the recorded one; the first call decides.
    """

    def __init__(
        self, model: ScriptedModel, scripted: str, cassette: ModelCassette, wording: Any, how: str
    ) -> None:
        super().__init__(Upstream(scripted), cassette, wording, how)
        self._model = model
        self._decided = False

    def begin(self, call: ModelCall | None) -> int:
        if call is not None and not self._decided:
            self._decided = True
            if self._model.remaining_steps:
                self.cassette = None
            else:
                self.upstream = None
        return super().begin(call)


class Recorded:
    """
    The real agent with the recorded model of its test.

    Args:
        around: What the session's parts share.
        binary: The Codex binary.
        model: What the test scripts; it wins.
        wording: Makes the masks for a request to the model.

    Attributes:
        runtime: The real app-server in a home of its own.
        settings: How Codex was configured when the model was recorded.
        ids: Renamed ids of the model: none.
        notes: What the model refused: nothing.

    Raises:
        CassetteError: The recording cannot be read.
    """

    def __init__(
        self,
        around: Surroundings,
        binary: Path,
        model: ScriptedModel,
        wording: Callable[[], Wording],
    ) -> None:
        path = path_of(around.plan.path)
        cassette = ModelCassette(path, str(path_of(around.plan.path.__class__(around.plan.name))))
        cassette.load()
        how = f"{around.plan.rerecord} --codex-tier=live"
        self.ids: dict[str, str] = {}
        self.notes: list[str] = []
        self.settings = _settings(around.plan.path)
        self._server = ModelServer(model)
        self._relay = _Either(model, self._server.url, cassette, wording, how)
        config = _config(self.settings, self._relay.url)
        toml.merge(config, without_choice(around.config))
        try:
            self.runtime = runtime.Runtime(
                binary,
                workspace=around.workspace,
                model_url=self._relay.url,
                proxy_url=self._server.proxy_url,
                config=config,
            )
        except BaseException:
            self._close_servers()
            raise

    def problems(self) -> list[Problem]:
        """
        Calls of the agent that were not recorded.
        """
        return [Problem("model", text) for text in list(self._relay.problems)]

    def counts(self, _wire: object) -> None:
        """
        No model was real.
        """

    def conclude(self) -> str | None:
        """
        Nothing is saved: the model was recorded before.
        """
        return None

    def close(self) -> None:
        """
        Remove the home, and stop.
        """
        self.runtime.close()
        self._close_servers()

    def _close_servers(self) -> None:
        self._relay.close()
        self._server.close()


def _config(settings: dict[str, Any], url: str) -> dict[str, Any]:
    """
    The configuration under which the recorded model gives the recorded session.
    """
    table = {"name": RELAY, **settings.get("provider", {})}
    table = {**table, "base_url": url, "wire_api": "responses", "supports_websockets": False}
    chosen = {key: value for key, value in settings.items() if key != "provider"}
    return {**chosen, "model_provider": RELAY, "model_providers": {RELAY: table}}


def _settings(wire: Path) -> dict[str, Any]:
    """
    What the wire cassette's first line says of the configuration.
    """
    text = _text(wire) or ""
    try:
        found = json.loads(text.partition("\n")[0]).get(HEADER)
    except (ValueError, AttributeError):
        found = None
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None

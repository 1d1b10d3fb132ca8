"""
What a Codex home and its provider hold that must not be written down.

The redactor knows secrets by the names of their variables; these here may have any name, or
none, so they are given ones that tell.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fake_server.secret_names import is_secret_name
from pytest_codex import toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

SHORTEST = 8
"""What is shorter is no key, and would be masked in every other word."""


def known(home: Path, variables: Collection[str], environ: Mapping[str, str]) -> dict[str, str]:
    """
    An environment as it is, and the secrets of a home under names that tell.

    Args:
        home: A private Codex home.
        variables: Environment variables that its provider reads.
        environ: The environment.
    """
    found = [*_stored(home / "auth.json"), *_configured(home / "config.toml")]
    found += [environ.get(name, "") for name in variables]
    kept = [secret for secret in found if len(secret) >= SHORTEST]
    return {**environ, **{f"LIVE_{number}_API_KEY": secret for number, secret in enumerate(kept)}}


def _stored(path: Path) -> Iterator[str]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    yield str(stored.get("OPENAI_API_KEY") or "")
    yield from map(str, (stored.get("tokens") or {}).values())


def _configured(path: Path) -> Iterator[str]:
    try:
        config = toml.loads(path.read_text(encoding="utf-8"), str(path))
    except OSError:
        return
    for table in (config.get("model_providers") or {}).values():
        yield str(table.get("experimental_bearer_token") or "")
        for part in ("http_headers", "query_params"):
            yield from _named(table.get(part) or {})


def _named(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if is_secret_name(name) or name.lower() in ("authorization", "cookie"):
            yield str(value)
            yield str(value).rpartition(" ")[2]  # what follows Bearer

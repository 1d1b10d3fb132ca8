"""
Where schemas come from, and how they are kept.
"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.errors import HarnessError
from pytest_codex.runtime import binary_version, find_binary
from pytest_codex.schema import source

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT: dict[str, Any] = {"definitions": {"ClientRequest": {"oneOf": []}, "v2": {}}}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def fake_binary(path: Path, version: str = "9.9.9", status: int = 0, note: str = "") -> Path:
    """
    A program that says its version and writes a small schema, counting how often.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "#!/bin/sh\n"
        f"# {note}\n"
        f'echo "$*" >> {path}.calls\n'
        f'test "$1" = --version && echo "codex-cli {version}" && exit\n'
        'for last; do :; done; mkdir -p "$last"\n'
        f"echo '{json.dumps(DOCUMENT)}' > \"$last/{source.DOCUMENT}\"\n"
        f"echo 'no luck' >&2; exit {status}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def calls(binary: Path) -> int:
    """
    How often a fake binary was started.
    """
    return len((binary.parent / f"{binary.name}.calls").read_text().splitlines())


def test_a_binary_is_asked_once(tmp_path: Path) -> None:
    """
    The schema of a binary is kept: the second time nothing is started.
    """
    binary = fake_binary(tmp_path / "codex")

    first = source.of_binary(binary)
    asked = calls(binary)
    second = source.of_binary(binary)

    assert first == second
    assert (first.version, asked) == ("9.9.9", 3)
    assert asked == calls(binary)


def test_another_binary_of_the_same_version_is_asked(tmp_path: Path) -> None:
    """
    Schemas are kept by content, not by version alone; the version then finds the latest.
    """
    one = fake_binary(tmp_path / "one" / "codex", note="a")
    other = fake_binary(tmp_path / "other" / "codex", note="b")

    source.of_binary(one)
    source.of_binary(other)

    assert 3 == calls(other)
    assert "9.9.9" == source.find("9.9.9").version


def test_a_kept_version_needs_no_binary(tmp_path: Path) -> None:
    """
    A version that was met once is found by its name when its binary is gone.
    """
    binary = fake_binary(tmp_path / "codex")
    source.find(binary=str(binary))
    binary.unlink()

    assert DOCUMENT == source.find("9.9.9").experimental


OTHER_FORM = json.dumps({"format": 0, "version": "9.9.9", "stable": {}, "experimental": {}})


@pytest.mark.parametrize("text", ["", "{", "[]", OTHER_FORM])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, text: str) -> None:
    """
    What cannot be read of the cache, or is of another form, is as if it were not there.
    """
    binary = fake_binary(tmp_path / "codex")
    source.of_binary(binary)
    (kept,) = source.directory().iterdir()
    kept.write_text(text)

    assert DOCUMENT == source.of_binary(binary).stable
    assert DOCUMENT == json.loads(kept.read_text())["stable"]


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a place to keep schemas the binary is asked every time.
    """
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert "9.9.9" == source.of_binary(fake_binary(tmp_path / "codex")).version


def test_folders(tmp_path: Path) -> None:
    """
    A folder is one of schemas, or one that pip installed a binary into.
    """
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / source.DOCUMENT).write_text(json.dumps(DOCUMENT))
    fake_binary(tmp_path / "pip" / "codex_cli_bin" / "bin" / "codex")

    assert str(tmp_path / "schemas") == source.find(str(tmp_path / "schemas")).version
    assert "9.9.9" == source.find(str(tmp_path / "pip")).version


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("0.1.2", "pip install --no-deps --target codex-0.1.2 openai-codex-cli-bin==0.1.2"),
        ("latest", "'latest' is no version, no folder and no binary"),
        (".", "holds neither codex_app_server_protocol.schemas.json nor a binary"),
    ],
)
def test_what_is_not_there(
    wanted: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What cannot be found is told with the way to get it.
    """
    monkeypatch.chdir(tmp_path)

    with pytest.raises(HarnessError) as caught:
        source.find(wanted)

    assert told in str(caught.value)


def test_a_binary_that_writes_no_schema(tmp_path: Path) -> None:
    """
    What the binary says is told.
    """
    with pytest.raises(HarnessError, match=r"exit status 3.*no luck"):
        source.of_binary(fake_binary(tmp_path / "codex", status=3))


@pytest.mark.parametrize("text", ["{", "[]", '{"definitions": {}}'])
def test_a_folder_of_something_else(tmp_path: Path, text: str) -> None:
    """
    A file of that name that is no schema is told.
    """
    (tmp_path / source.DOCUMENT).write_text(text)

    with pytest.raises(HarnessError, match="is not the schema of an app-server"):
        source.find(str(tmp_path))


def test_the_real_binary(tmp_path: Path) -> None:
    """
    The installed binary writes its schema without a home of the user's, and leaves nothing.
    """
    binary = find_binary()
    before = set(os.listdir(tmp_path))

    found = source.find()

    assert binary_version(binary) == found.version
    assert "thread/start" in found.bundle.messages["client request"]
    assert found == source.find(found.version)
    assert {"cache"} == set(os.listdir(tmp_path)) - before
    assert ["schemas"] == os.listdir(tmp_path / "cache" / "pytest-codex")


def test_hashes_tell_every_part(tmp_path: Path) -> None:
    """
    Binaries that differ in size, or in a sampled place, have different fingerprints.
    """
    path = tmp_path / "binary"

    def mark(content: bytes) -> Any:
        path.write_bytes(content)
        return source._fingerprint(path)

    marks = {mark(b"a" * 10), mark(b"a" * 11), mark(b"a" * 9 + b"b"), mark(b"")}

    assert 4 == len(marks)
    assert mark(b"a" * 10) in marks


def test_hashes_tell_the_size(tmp_path: Path) -> None:
    """
    Binaries too large to be read as a whole differ by their size alone.
    """
    path = tmp_path / "binary"
    marks = set()
    for megabytes in (10, 11):
        with path.open("wb") as file:
            file.truncate(megabytes * 2**20)
        marks.add(source._fingerprint(path))

    assert 2 == len(marks)

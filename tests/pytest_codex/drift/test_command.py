"""
The commands ``validate`` and ``drift``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.errors import HarnessError
from fake_server.transcript import Event, Transcript
from pytest_codex import schema
from pytest_codex.cli import main
from pytest_codex.schema import source
from tests.older import older_binary
from tests.protocols import needs_recorded

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("codex_cli_bin", reason="these tests ask the real binary")
pytest.importorskip("jsonschema_rs")

NEWEST = schema.find().version
OLDER = "0.155.1"


@pytest.fixture
def recording(tmp_path: Path) -> Callable[..., Path]:
    """
    A writer of small cassettes.
    """

    def write(*events: Event, codex: str = NEWEST, name: str = "one") -> Path:
        path = tmp_path / "cassettes" / f"{name}.codex.jsonl"
        path.parent.mkdir(exist_ok=True)
        Transcript({"codex": codex}, [Event(1, "spawn", {"args": []}), *events]).save(path)
        return path

    return write


def steer(**params: Any) -> Event:
    """
    A request to steer.
    """
    about = {"threadId": "t", "expectedTurnId": "u", "input": []}
    return Event(1, "client", {"id": 1, "method": "turn/steer", "params": {**about, **params}})


READ = Event(
    1,
    "server",
    {"method": "thread/readState/changed", "params": {"threadId": "t", "readState": {}}},
)


def test_a_good_cassette(
    recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Without a version nothing is said of good cassettes; with one it is said that they are.
    """
    path = recording(steer())

    assert 0 == main(["validate", str(path)])
    assert ("", "") == capsys.readouterr()
    assert 0 == main(["validate", "--against", NEWEST, str(path.parent)])
    told = f"1 cassette, 1 messages against Codex {NEWEST}: all valid\n"
    assert (told, "") == capsys.readouterr()


def test_several_versions(
    recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Of each version the summary is told, and one that refuses is enough for the exit status.
    """
    schema.of_binary(older_binary(OLDER))
    path = recording(READ)

    assert 1 == main(["validate", "--against", OLDER, "--against", NEWEST, str(path)])

    told = capsys.readouterr().out.splitlines()
    assert f"1 cassette, 1 messages against Codex {OLDER}: 1 not valid" == told[0]
    assert told[1].endswith("thread/readState/changed: method: is not in this version")
    assert f"1 cassette, 1 messages against Codex {NEWEST}: 1 not valid" == told[2]
    assert not any(line.startswith(str(path)) for line in told)


def test_all_versions_that_are_here(
    recording: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    What was asked for once is asked again, by number, from old to new.
    """
    newest = schema.find(NEWEST)
    monkeypatch.setattr(source, "directory", lambda: tmp_path / "schemas")
    for version in ("0.99.0", "0.100.0", "0.9.1-alpha.1"):
        protocol = replace(newest, version=version)
        source._keep(protocol, source.directory() / f"{version}-0123.json")

    assert ["0.9.1-alpha.1", "0.99.0", "0.100.0"] == schema.kept()
    assert 0 == main(["validate", "--against", "kept", str(recording(steer()))])

    told = capsys.readouterr().out.splitlines()
    assert ["0.9.1-alpha.1: all valid", "0.99.0: all valid", "0.100.0: all valid"] == [
        line.rpartition("Codex ")[2] for line in told
    ]


def test_kept_schemas_go_with_others_and_have_to_be_there(
    recording: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Where none is kept, nothing was checked: silence would read as "all valid".
    """
    newest = schema.find(NEWEST)
    path = str(recording(steer()))
    monkeypatch.setattr(source, "directory", lambda: tmp_path / "schemas")

    assert 1 == main(["validate", "--against", "kept", path])
    assert "--against kept: no schema is kept yet" in capsys.readouterr().err

    source._keep(replace(newest, version="0.99.0"), source.directory() / "0.99.0-0123.json")
    assert 0 == main(["validate", "--against", "kept", "--against", "0.99.0", path])
    assert "Codex 0.99.0: all valid" in capsys.readouterr().out


def test_a_bad_cassette(recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """
    Both the schema and the SDK are asked, and each says what it cannot read, and where.
    """
    path = recording(steer(threadId=7))

    assert 1 == main(["validate", str(path)])

    lines = capsys.readouterr().out.splitlines()
    assert f"{path}:3: client request turn/steer: params.threadId: 7 is not string" == lines[0]
    assert f"1 cassette, 1 messages against Codex {NEWEST}: 1 not valid" == lines[1]
    assert lines[3].endswith("params.threadId: 7: input should be a valid string")
    assert lines[4].startswith("1 cassette, 1 messages against the SDK ")


@needs_recorded
@pytest.mark.parametrize("how", ["--against", "--codex-bin"])
def test_against_another_version(
    how: str, recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Only the version asked for is asked, not the SDK that happens to be installed.
    """
    path = recording(READ)

    assert 1 == main(["validate", how, str(older_binary(OLDER)), str(path)])

    out, err = capsys.readouterr()
    assert f"against Codex {OLDER}: 1 not valid" in out
    assert "SDK" not in out + err


def test_known_findings(recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """
    A finding that is known is ignored, others are not.
    """
    path = recording(steer(threadId=7), steer(input=None))
    words = ["validate", "--against", NEWEST, "--ignore", "*one.codex.jsonl*threadId*"]

    assert 1 == main([*words, str(path)])
    assert "threadId" not in capsys.readouterr().out
    assert 0 == main([*words, "--ignore", "*params.input:*", str(path)])


@needs_recorded
def test_an_older_recording(
    recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A cassette of an older Codex is told in one line, and refused only when that is asked for.
    """
    schema.of_binary(older_binary(OLDER))
    paths = [str(recording(steer(), codex=OLDER, name=name)) for name in ("a", "b")]
    paths.append(str(recording(steer())))

    assert 0 == main(["validate", "--against", NEWEST, *paths])
    told = capsys.readouterr().err
    assert 1 == main(["validate", "--against", NEWEST, "--strict", *paths])
    assert 0 == main(["validate", "--against", OLDER, "--strict", paths[0]])

    assert told == (
        f"2 of 3 cassettes were recorded with a Codex older than {NEWEST} ({OLDER}); "
        "record them anew with --codex-record-mode=rewrite\n"
    )


def test_without_a_binary(
    recording: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Without the binary the SDK's models are asked, and it is said that nobody else was.
    """

    def none(*_args: object) -> Path:
        raise HarnessError("none is installed")

    monkeypatch.setattr("pytest_codex.schema.source.find_binary", none)
    good, bad = recording(steer(), name="good"), recording(steer(threadId=7), name="bad")

    assert 0 == main(["validate", str(good)])
    assert capsys.readouterr() == (
        "",
        "checked against the SDK's models only: none is installed\n",
    )
    assert 1 == main(["validate", str(bad)])
    assert "against the SDK" in capsys.readouterr().out


def test_without_the_extra(
    recording: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Without jsonschema-rs the SDK's models are asked; a version asked for is an error.
    """
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    path = str(recording(steer()))

    assert 0 == main(["validate", path])
    assert "pip install 'pytest-codex-harness[conformance]'" in capsys.readouterr().err
    assert 1 == main(["validate", "--against", NEWEST, path])
    assert "pip install 'pytest-codex-harness[conformance]'" in capsys.readouterr().err


def test_a_version_nobody_has(
    recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The command that gets a version is told; nothing is fetched.
    """
    assert 1 == main(["validate", "--against", "0.0.1", str(recording(steer()))])

    assert "pip install --no-deps --target codex-0.0.1 openai-codex-cli-bin==0.0.1" in (
        capsys.readouterr().err
    )


def test_no_cassettes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A directory without cassettes is an error: nothing was checked.
    """
    assert 1 == main(["validate", str(tmp_path)])

    assert f"no cassette (*.codex.jsonl) below {tmp_path}" in capsys.readouterr().err


def test_two_versions_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A version and a binary cannot both be meant.
    """
    with pytest.raises(SystemExit) as caught:
        main(["validate", "--against", "1.2.3", "--codex-bin", "codex", str(tmp_path)])

    assert 2 == caught.value.code
    assert "not allowed with argument" in capsys.readouterr().err


@needs_recorded
def test_drift(recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """
    Changes are told with whom they break, and the cassettes that use them.
    """
    path = recording(READ)
    older = str(older_binary(OLDER))

    assert 0 == main(["drift", NEWEST, older, "--cassettes", str(path.parent)])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"Codex {NEWEST} to {OLDER}: ")
    where = lines.index("  server notification thread/readState/changed: removed")
    assert str(path) == lines[where + 1].strip()
    assert lines.index("breaks clients:") < where < lines.index("harmless:")
    assert "1 of 1 cassette concerned" == lines[-1]


@needs_recorded
def test_drift_names_a_few_cassettes(
    recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Of many cassettes the first are named and the rest counted; JSON names all.
    """
    paths = [str(recording(READ, name=name)) for name in "abcde"]
    words = ["drift", NEWEST, str(older_binary(OLDER)), "--cassettes", str(Path(paths[0]).parent)]

    main(words)
    told = capsys.readouterr().out
    main([*words, "--json"])
    data = json.loads(capsys.readouterr().out)

    assert "      and 2 more\n" in told
    (change,) = (one for one in data["changes"] if one["place"].endswith("readState/changed"))
    assert change == {
        "place": "server notification thread/readState/changed",
        "change": "removed",
        "breaks": ["client"],
        "experimental": False,
        "cassettes": paths,
    }


def test_drift_with_a_damaged_cassette(
    recording: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A cassette that cannot be read is told, the rest is done.
    """
    path = recording(READ)
    (path.parent / "bad.codex.jsonl").write_text("{}\n")

    assert 1 == main(["drift", NEWEST, NEWEST, "--cassettes", str(path.parent)])

    out, err = capsys.readouterr()
    assert f"Codex {NEWEST} to {NEWEST}: 0 changes" in out
    assert "bad.codex.jsonl:1" in err


def test_no_process_is_started_twice(
    recording: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A version that was asked once is answered from the cache: its binary is not run again.
    """
    path = str(recording(steer()))
    main(["validate", path])

    monkeypatch.setattr(subprocess, "run", None)

    assert 0 == main(["validate", path])

"""
The commands around cassettes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_codex.cli import main
from tests.protocols import needs_recorded
from tests.pytest_codex.comparison.tales import Tale

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDING = Path(__file__).parents[2] / "cassettes" / "test_turns" / "test_run.codex.jsonl"


def test_show(cassette: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``show`` prints the story.
    """
    assert main(["show", str(cassette())]) == 0

    assert "> initialize #1" in capsys.readouterr().out


@needs_recorded
def test_validate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``validate`` is silent about good files, and names every bad one.
    """
    good = tmp_path / "good.codex.jsonl"
    good.write_bytes(RECORDING.read_bytes())
    assert main(["validate", str(good)]) == 0
    assert capsys.readouterr() == ("", "")

    bad = good.with_name("bad.codex.jsonl")
    bad.write_text("{}\n")
    missing = good.with_name("missing.codex.jsonl")

    assert main(["validate", str(bad), str(good), str(missing)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert told[0].startswith(f"{bad}:1: is no cassette")
    assert told[1] == f"no cassette at {missing}"


def test_seal(cassette: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``seal`` says whether there was anything to do.
    """
    path = cassette()

    assert main(["seal", str(path)]) == 0

    assert capsys.readouterr().out == f"{path}: was sealed already\n"


def test_diff(
    cassette: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    ``diff`` says nothing of equal cassettes, and ends with 1 for others, as such tools do.
    """
    one = cassette()
    other = tmp_path / "other.codex.jsonl"
    Tale("0.164.0").said("warning", message="careful").transcript.save(other)

    assert main(["diff", str(one), str(one)]) == 0
    assert capsys.readouterr() == ("", "")

    assert main(["diff", str(one), str(other)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"--- {one} (Codex 0.163.0)", f"+++ {other} (Codex 0.164.0)"]
    assert '    new  warning "careful", line 2' in lines
    assert "  warning: new message" in lines

    assert main(["diff", "--wire", str(one), str(other)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "    new message, line 2" in lines
    assert '      + {"method": "warning", "params": {"message": "careful"}}' in lines


def test_diff_of_what_cannot_be_read(
    cassette: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Trouble is no difference: it has a status of its own.
    """
    assert main(["diff", str(cassette()), str(tmp_path / "none")]) == 2

    assert capsys.readouterr().err == f"pytest-codex diff: no cassette at {tmp_path / 'none'}\n"


def test_a_missing_file_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """
    An error is told in one line, without a traceback.
    """
    assert main(["show", str(tmp_path / "none")]) == 1

    assert capsys.readouterr().err == f"pytest-codex: no cassette at {tmp_path / 'none'}\n"


@pytest.mark.parametrize("words", [[], ["unknown"], ["record"], ["show"], ["diff", "one"]])
def test_wrong_arguments(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    Wrong arguments end with status 2 and the usage.
    """
    with pytest.raises(SystemExit) as caught:
        main(words)

    assert caught.value.code == 2
    assert "usage: pytest-codex" in capsys.readouterr().err


def test_record_without_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``record`` says where the command belongs.
    """
    assert main(["record", "--cassette", str(tmp_path / "one")]) == 2

    assert "write it after --" in capsys.readouterr().err


def test_recover_without_a_tape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``record --recover`` says which tape it looked for.
    """
    cassette = tmp_path / "one.codex.jsonl"

    assert main(["record", "--recover", "--cassette", str(cassette)]) == 1

    assert f"there is no tape {cassette}.tape" in capsys.readouterr().err

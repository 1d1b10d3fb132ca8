"""
Commands without the shell around them.
"""

from __future__ import annotations

import shlex

import pytest

from pytest_codex.views.shells import unwrapped


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        ("/bin/bash -lc 'pytest -q'", "pytest -q"),
        ("/bin/zsh -lc ls", "ls"),
        ("bash -c 'echo a; echo b'", "echo a; echo b"),
        ("/usr/local/bin/fish -c 'ls'", "ls"),
        ("bash -l -c 'ls'", "ls"),
        ('sh -c "it\'s"', "it's"),
        ("/bin/bash -lc ''", ""),
        ("bash -lc 'echo \"x\"' extra", "bash -lc 'echo \"x\"' extra"),
        ("bash script.sh", "bash script.sh"),
        ("bash -lc 'unbalanced", "bash -lc 'unbalanced"),
        ("'/opt/my tools/bash' -lc ls", "ls"),
        ("mybash -lc ls", "mybash -lc ls"),
        ("pytest -c 'x.ini'", "pytest -c 'x.ini'"),
        ("powershell.exe -NoProfile -Command 'Get-Item x'", "Get-Item x"),
        ("cmd.exe /c dir x", "dir x"),
        ("", ""),
    ],
)
def test_unwrapped(command: str, meant: str) -> None:
    """
    Only a shell that was started for one script goes away.
    """
    assert unwrapped(command) == meant


@pytest.mark.parametrize(
    "script", ["a 'b' c", 'say "hi"', "x\ny", "cat <<'EOF'\n$HOME\nEOF", "echo \\'", "a"]
)
def test_quoting_is_undone(script: str) -> None:
    """
    However the server had to quote the script, it comes back as it was.
    """
    assert unwrapped(shlex.join(["/bin/bash", "-lc", script])) == script

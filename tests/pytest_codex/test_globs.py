from __future__ import annotations

import pytest

from pytest_codex.globs import fault, fault_outside, matches


@pytest.mark.parametrize(
    ("glob", "inside", "outside"),
    [
        ("src/**", True, True),
        ("", False, False),
        ("/etc/passwd", False, False),
        ("C:/x", False, False),
        ("~/x", False, True),
        ("../x", False, True),
        ("../../x", False, True),
        ("../../../x", False, False),
        ("a/../../x", False, False),
        ("~", False, False),
        ("..", False, False),
    ],
)
def test_patterns_that_can_never_match(glob: str, inside: bool, outside: bool) -> None:
    """
    A pattern that leaves the workspace is told, unless it may name what lies outside.
    """
    assert (fault(glob) is None, fault_outside(glob) is None) == (inside, outside)


def test_any_pattern_will_do() -> None:
    """
    One pattern that matches is enough, none matches nothing.
    """
    assert matches("a/b.py", ["*.md", "**/*.py"])
    assert not matches("a/b.py", ["*.py"])
    assert not matches("a/b.py", [])

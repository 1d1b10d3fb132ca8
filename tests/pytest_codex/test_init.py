"""
What can be imported from the package itself.
"""

from __future__ import annotations

from importlib import import_module

import pytest


def test_the_package_gives_its_public_names() -> None:
    """
    Every public name can be imported from the package, and an unknown one cannot.
    """
    package = import_module("pytest_codex")

    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018

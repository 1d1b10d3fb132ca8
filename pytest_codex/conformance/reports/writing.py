"""
Reports that are files.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fake_server.transcript import write_atomically
from pytest_codex.errors import HarnessError

from . import as_json, badge, junit, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_codex.conformance.runs import Run

FORMATS: Mapping[str, Callable[[Run], str]] = {
    "json": as_json.render,
    "junit": junit.render,
    "html": page.render,
    "badge": badge.render,
    "badge-endpoint": badge.render_endpoint,
}
"""The reports by the name of their option."""


def prepare(files: Mapping[str, Path]) -> None:
    """
    See that reports can be written, before a run that takes a while.

    Args:
        files: Where to write which of `FORMATS`.

    Raises:
        HarnessError: A file cannot be written.
    """
    for name, file in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HarnessError(f"--{name}: {file} cannot be written: {error}") from error
        if file.is_dir() or not os.access(file.parent, os.W_OK):
            what = "is a directory" if file.is_dir() else f"{file.parent} may not be written to"
            raise HarnessError(f"--{name}: {file} cannot be written: {what}")


def write(run: Run, files: Mapping[str, Path]) -> None:
    """
    Write reports.

    Args:
        run: What was found.
        files: Where to write which of `FORMATS`.

    Raises:
        HarnessError: A file cannot be written.
    """
    for name, file in files.items():
        try:
            write_atomically(file, FORMATS[name](run))
        except OSError as error:
            raise HarnessError(f"--{name}: {file} cannot be written: {error}") from error

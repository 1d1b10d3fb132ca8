"""
Snapshots of what the agent did, kept by syrupy.

``shapes`` says what of an object belongs into a snapshot, ``settling`` takes out of its text
what differs from run to run, ``extension`` is what syrupy sees. Importing this package loads
syrupy, so nothing does before a test asks for a snapshot.
"""

from __future__ import annotations

from .extension import (
    BesideSnapshotExtension,
    CodexSnapshot,
    CodexSnapshotExtension,
    make_snapshot,
)

__all__ = [
    "BesideSnapshotExtension",
    "CodexSnapshot",
    "CodexSnapshotExtension",
    "make_snapshot",
]

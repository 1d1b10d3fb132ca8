"""
Show the story of a transcript in the report of the test that asserted on it.

pytest explains a failing assert with one short line per value; a story needs more room. The
values are where pytest's rewriting of asserts keeps them: in the local variables of the frame
that failed.
"""

from __future__ import annotations

import os
from types import MethodType
from typing import TYPE_CHECKING, Any

from .matches import Matches
from .view import View

if TYPE_CHECKING:
    import pytest

    from .reader import Reader

SECTION = "codex transcript"


def annotate_views(
    report: pytest.TestReport, failure: pytest.ExceptionInfo[BaseException], session: View | None
) -> None:
    """
    Add the story of each transcript that the failing frame looked at.

    Args:
        report: The report of the phase that failed.
        failure: Why it failed.
        session: The test's own session, whose story the report has already.
    """
    from fake_server.redaction import Redactor

    told: list[Reader] = [] if session is None else [session._reader()]
    for view in _views(failure.traceback[-1].frame.f_locals):
        reader = view._reader()
        if reader not in told:
            told.append(reader)
            masked = Redactor.for_environment(os.environ).text(view.story)
            report.sections.append((SECTION, masked))


def _views(variables: dict[str, Any]) -> list[View]:
    """
    The views among local variables, those of the failed assert itself first.
    """
    asserted = sorted(variables, key=lambda name: not name.startswith("@py_"))
    values = [variables[name] for name in asserted]
    owners = [one.__self__ if isinstance(one, MethodType) else one for one in values]
    views = [one.view if isinstance(one, Matches) else one for one in owners]
    return [one for one in views if isinstance(one, View)]

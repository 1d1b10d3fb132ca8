"""
The pytest hooks, and nothing else: each hands over to the module that knows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_codex import fixtures, hookspecs, settings
from pytest_codex.conformance import options

if TYPE_CHECKING:
    from collections.abc import Generator

RIVAL = "pytest-codex"
"""A distribution on PyPI that owns a package of our name; two wheels would overwrite each other."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Declare the options.
    """
    settings.add_options(parser)
    options.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """
    Declare our own hooks.
    """
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """
    Check what holds for the whole run, and bring in fixtures and summary.
    """
    _refuse_rival()
    config.addinivalue_line("markers", settings.MARKER_HELP)
    run = settings.resolve(config)
    config.pluginmanager.register(fixtures, "codex_harness_fixtures")
    from pytest_codex.report.summary import Summary

    config.pluginmanager.register(Summary(), "codex_harness_summary")
    if run.orphans:
        from pytest_codex.report.orphans import Orphans

        config.pluginmanager.register(Orphans(config), "codex_harness_orphans")
    if run.html is not None:
        from pytest_codex.report.facts import PAGE_ASKED
        from pytest_codex.viewer.plugin import Viewer

        config.stash[PAGE_ASKED] = True
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Viewer(run.html), "codex_harness_viewer")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Attach a session to every test that has the marker or uses one of the fixtures.

    The session comes first in set-up and last in teardown, so that clients built by other
    fixtures belong to it, too.
    """
    attached = []
    for item in items:
        names: list[str] | None = getattr(item, "fixturenames", None)
        marked = settings.marker_keywords(item) or item.get_closest_marker("codex")
        # Ours all need codex_session; a user's own fixture called codex does not.
        if names is None or not (marked or "codex_session" in names):
            continue
        if "codex_session" in names:
            names.remove("codex_session")
        names.insert(0, "codex_session")
        attached.append(item)
    if attached:
        from pytest_codex.cassettes import find_collisions

        clash = find_collisions((item, settings.resolve(item.config, item)) for item in attached)
        if clash:
            raise pytest.UsageError(clash)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """
    Run a test several times if its marker says so.
    """
    if "runs" not in settings.marker_keywords(item):
        return None
    from pytest_codex import attempts

    attempts.run(item, nextitem, settings.resolve(item.config, item))
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """
    Fail a test whose client parted from the recording, even when nobody noticed.
    """
    result = yield
    session = item.stash.get(fixtures.SESSION, None)
    if session is not None:
        session.check()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """
    Let the report of a failed phase tell what passed over the wire.
    """
    report = yield
    session = item.stash.get(fixtures.SESSION, None)
    if session is not None:
        from pytest_codex.report.sections import annotate

        annotate(report, session, item.config)
    if report.failed and call.excinfo is not None and "pytest_codex.views" in sys.modules:
        from pytest_codex.views.telling import annotate_views

        annotate_views(report, call.excinfo, session)
    return report


def _refuse_rival() -> None:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution(RIVAL)
    except PackageNotFoundError:
        return
    raise pytest.UsageError(
        f"the distributions {RIVAL!r} and 'pytest-codex-harness' are both installed and own the "
        f"same package 'pytest_codex': remove one of them, for example with pip uninstall {RIVAL}"
    )

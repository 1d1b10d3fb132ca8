"""
The arguments of ``pytest-codex conformance``, handed over to the command.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from .command import Options

_MANY: dict[str, Any] = {"action": "append", "default": [], "metavar": "PATTERN"}

REPORTS = ("json", "junit", "html", "badge", "badge-endpoint")


def add(parser: argparse.ArgumentParser) -> None:
    """
    Declare the arguments.
    """
    option = parser.add_argument
    side = parser.add_mutually_exclusive_group()
    side.add_argument("--server", metavar="CMD", help="the server to test, as a shell reads it")
    side.add_argument("--client", metavar="CMD", nargs="?", const="", help="the driver to test")
    option("--only", **_MANY, help="run only these checks: ids with *, or areas")
    option("--skip", **_MANY, help="leave these out")
    option("--list", action="store_true", help="print the checks, run none")
    option("--workers", type=_positive, metavar="N", help="checks at once (default: one per core)")
    option(
        "--timeout",
        type=_seconds,
        metavar="S",
        help="longest of any one wait (default: 15), or of one run of a driver (default: 20)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--against", metavar="VERSION", help="the schema, if the server tells none")
    where.add_argument("--codex-bin", metavar="PATH", help="the same, as a binary")
    option("--without", action="append", default=[], choices=["model"], help="skip what needs it")
    option("--record", type=Path, metavar="DIR", help="write a cassette of each check")
    option("--expected-failures", type=Path, metavar="FILE", help="failures that are known")
    for name in REPORTS:
        option(f"--{name}", type=Path, metavar="FILE", help="write a report")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """
    Do what the arguments say.
    """
    from . import command
    from .concluding import WRONG

    if arguments.client is not None:
        return _run_client(arguments)
    if arguments.list:
        return command.list_checks(_options(arguments))
    if arguments.server is None:
        text = "say what to test: --server CMD or --client CMD"
        print(f"pytest-codex conformance: {text}", file=sys.stderr)
        return WRONG
    return command.run_server(_options(arguments))


def _run_client(arguments: argparse.Namespace) -> int:
    from .clients import command
    from .clients.client import ClientTarget
    from .concluding import WRONG

    for name in ("without", "record"):
        if getattr(arguments, name):
            print(f"pytest-codex conformance: --{name} is for servers", file=sys.stderr)
            return WRONG
    options = command.ClientOptions(
        client=arguments.client,
        only=arguments.only,
        skip=arguments.skip,
        workers=arguments.workers,
        timeout=arguments.timeout or ClientTarget.deadline,
        against=arguments.against,
        binary=arguments.codex_bin,
        expected=arguments.expected_failures,
        reports=_reports(arguments),
    )
    return command.list_checks(options) if arguments.list else command.run_client(options)


def _options(arguments: argparse.Namespace) -> Options:
    from .command import Options
    from .target import Target

    return Options(
        server=arguments.server or "",
        only=arguments.only,
        skip=arguments.skip,
        workers=arguments.workers,
        timeout=arguments.timeout or Target.deadline,
        against=arguments.against,
        binary=arguments.codex_bin,
        without=arguments.without,
        record=arguments.record,
        expected=arguments.expected_failures,
        reports=_reports(arguments),
    )


def _reports(arguments: argparse.Namespace) -> dict[str, Path]:
    given = {name: getattr(arguments, name.replace("-", "_")) for name in REPORTS}
    return {name: file for name, file in given.items() if file is not None}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < threading.TIMEOUT_MAX / 10:  # a check takes a few times that
        raise ValueError
    return number

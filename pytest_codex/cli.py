"""
``pytest-codex``: the commands around cassettes. Here they are parsed and handed over.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Verbs: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Returns:
        0 when all is well, 1 when a file is not what it should be, 2 for wrong arguments,
        and for ``record`` what the server returned. ``diff`` returns, as such tools do, 0 when
        nothing differs, 1 when something does, and 2 when it cannot tell.
    """
    arguments = _parser().parse_args(sys.argv[1:] if argv is None else argv)
    try:
        code: int = arguments.run(arguments)
        return code
    except HarnessError as error:
        print(f"pytest-codex: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Somebody reads only the head of the output; leave quietly, as other tools do.
        sys.stderr.close()
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pytest-codex", description="Cassettes of Codex.")
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)

    record = verbs.add_parser("record", help="stand between a client and a real server")
    record.add_argument("--cassette", type=Path, required=True, metavar="FILE")
    record.add_argument(
        "--recover", action="store_true", help="make it from the tape a killed recorder left"
    )
    record.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CODEX_COMMAND…")
    record.set_defaults(run=_record)

    _add_validate(verbs)
    _add_drift(verbs)
    _add_conformance(verbs)
    for name, run, text in (
        ("show", _show, "tell what is in a cassette"),
        ("seal", _seal, "accept a deliberate edit"),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("files", nargs="+", type=Path, metavar="FILE")
        verb.set_defaults(run=run)
        if name == "show":
            verb.add_argument("--html", type=Path, metavar="OUT", help="write a page instead")

    diff = verbs.add_parser("diff", help="tell how two cassettes differ, behaviour first")
    diff.add_argument("old", type=Path, metavar="A")
    diff.add_argument("new", type=Path, metavar="B")
    diff.add_argument("--wire", action="store_true", help="tell all that differs on the wire")
    diff.set_defaults(run=_diff)
    mutate = verbs.add_parser(
        "mutate", help="flip every approval and widen every sandbox: does any test notice?"
    )
    mutate.add_argument("tests", nargs=argparse.REMAINDER, metavar="TESTS…")
    mutate.set_defaults(run=_mutate)
    return parser


def _record(arguments: argparse.Namespace) -> int:
    from pytest_codex.recording.command import record, recover

    command = arguments.command
    if command[:1] == ["--"]:
        command = command[1:]
    if arguments.recover:
        recover(arguments.cassette)
        return 0
    if not command:
        print("pytest-codex record: no command; write it after --", file=sys.stderr)
        return 2
    return record(arguments.cassette, command)


def _show(arguments: argparse.Namespace) -> int:
    from fake_server.transcript import Transcript
    from pytest_codex.inspection import tell

    if arguments.html is not None:
        from pytest_codex.viewer.cassettes import write_page

        write_page(arguments.html, arguments.files)
        return 0
    for file in arguments.files:
        for line in tell(Transcript.load(file)):
            print(line)
    return 0


def _add_validate(verbs: Verbs) -> None:
    verb = verbs.add_parser("validate", help="check that cassettes are whole, and valid Codex")
    where = verb.add_mutually_exclusive_group()
    where.add_argument("--against", action="append", default=[], metavar="VERSION",
                       help="a version, or a folder with a binary; may be repeated; "
                            "'kept' is every version whose schema is here")  # fmt: skip
    where.add_argument("--codex-bin", metavar="PATH", help="the binary to check against")
    verb.add_argument("--ignore", action="append", default=[], metavar="PATTERN",
                      help="a finding that is known; * stands for anything")  # fmt: skip
    verb.add_argument("--strict", action="store_true", help="refuse cassettes of an older Codex")
    verb.add_argument("files", nargs="+", type=Path, metavar="CASSETTE_OR_DIRECTORY")
    verb.set_defaults(run=_validate)


def _add_drift(verbs: Verbs) -> None:
    verb = verbs.add_parser("drift", help="tell what changed between two versions of Codex")
    verb.add_argument("old", metavar="A", help="a version, a folder or a binary")
    verb.add_argument("new", metavar="B", help="another one")
    verb.add_argument("--cassettes", action="append", default=[], type=Path, metavar="DIR",
                      help="tell which of these use what changed")  # fmt: skip
    verb.add_argument("--json", action="store_true", help="print JSON")
    verb.set_defaults(run=_drift)


def _add_conformance(verbs: Verbs) -> None:
    from pytest_codex.conformance.arguments import add

    add(verbs.add_parser("conformance", help="check that a server, or a client, speaks Codex"))


def _validate(arguments: argparse.Namespace) -> int:
    from pytest_codex.drift.command import run_validate

    return run_validate(
        arguments.files,
        against=arguments.against,
        binary=arguments.codex_bin,
        ignore=arguments.ignore,
        strict=arguments.strict,
    )


def _drift(arguments: argparse.Namespace) -> int:
    from pytest_codex.drift.command import run_drift

    return run_drift(
        arguments.old, arguments.new, cassettes=arguments.cassettes, as_json=arguments.json
    )


def _diff(arguments: argparse.Namespace) -> int:
    from pytest_codex.inspection import tell_difference

    try:
        lines = list(tell_difference(arguments.old, arguments.new, wire=arguments.wire))
    except HarnessError as error:
        print(f"pytest-codex diff: {error}", file=sys.stderr)
        return 2
    for line in lines:
        print(line)
    return min(len(lines), 1)


def _seal(arguments: argparse.Namespace) -> int:
    from pytest_codex.inspection import seal

    for file in arguments.files:
        print(f"{file}: {'sealed' if seal(file) else 'was sealed already'}")
    return 0


def _mutate(arguments: argparse.Namespace) -> int:
    from pytest_codex.mutation.running import mutate

    outcome = mutate(arguments.tests, lambda line: print(line, file=sys.stderr, flush=True))
    left = outcome.survivors
    for one in left:
        print(f"nobody noticed: {os.path.relpath(one.cassette)}: {one.flip}")
        for test in one.tests:
            print(f"  played by {test}")
    noticed = outcome.flips - len(left)
    print(f"{noticed} of {outcome.flips} flips in {outcome.cassettes} cassettes were noticed")
    if left:
        print(
            "How to fix:\n"
            '  * a decision   approvals="declared" in the marker, or assert what came of it\n'
            '  * a sandbox    @pytest.mark.codex(sandbox="workspace-write"): the widest that may be'
        )
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())

"""
Try defects by hand: ``python -m tests.pytest_codex.conformance.defects ...``.

``NAME [PART_OF_ID]`` runs the checks that a defect is meant for, or those whose id contains the
part, against the installed Codex behind the defect. ``--measure [NAME...]`` plays the whole suite
on its recordings behind each defect, tells what the table says otherwise, and writes
``companions.txt`` anew; ``--controls`` does so with the checks that ``make test`` tries.
``--live [NAME...]`` does so for the defects that only the installed Codex shows.
``--unproven`` lists the checks that no defect fails.
"""

from __future__ import annotations

import sys

from pytest_codex.conformance import server_checks
from pytest_codex.conformance.judging import judge_server
from pytest_codex.conformance.outcomes import Outcome

from .catalogue import all_defects
from .proving import (
    CONTROLS,
    broken_target,
    companions,
    exposed,
    failing,
    meant,
    sweep,
    write_companions,
)


def try_live(name: str, part: str | None) -> int:
    """
    Print a line for each check; 1 when one ended otherwise than the table says.
    """
    server_checks.load()
    defect = all_defects()[name]
    wanted = meant(defect, server_checks.SUITE)
    chosen = [c for c in server_checks.SUITE if (c.id in wanted if part is None else part in c.id)]
    wrong = 0
    for check in chosen:
        result = judge_server(check, broken_target(defect))
        as_told = (result.outcome is Outcome.FAILED) == (check.id in wanted)
        wrong += not as_told
        print("ok " if as_told else "NOT", result.outcome.value, check.id, result.text)
    return min(wrong, 1)


def measure(names: list[str], controls: bool = False) -> int:
    """
    Find what fails behind each defect, and write down what was not meant.
    """
    played = sweep()
    table = all_defects()
    found = companions() if names else {}
    wrong = 0
    for name in names or table:
        defect = table[name]
        if defect.live:
            continue
        wanted = meant(defect, server_checks.SUITE) & set(played.checks)
        changed = played.changed(defect, {*wanted, *CONTROLS} if controls else None)
        if not wanted:
            print(f"{name}: no check that it is meant for has a recording")
        for check in sorted(wanted - set(changed)):
            wrong += 1
            print(f"{name}: {check} does not notice")
        for check, (after, _) in changed.items():
            if check in wanted and after.outcome is not Outcome.FAILED:
                wrong += 1
                print(f"{name}: {check} ends as {after.outcome.value}: {after.text}")
        found[name] = set(changed) - wanted
    played.close()
    write_companions(found)
    return min(wrong, 1)


def measure_live(names: list[str]) -> int:
    """
    Find what fails on the installed Codex behind live defects; write down what was not meant.
    """
    played = sweep()
    table = all_defects()
    found = companions()
    wrong = 0
    for name in names or [name for name, defect in table.items() if defect.live]:
        defect = table[name]
        wanted = meant(defect, server_checks.SUITE)
        passed = wanted - failing(defect, wanted)
        wrong += len(passed)
        for check in sorted(passed):
            print(f"{name}: {check} does not notice")
        found[name] = failing(defect, exposed(defect, played))
        print(f"{name}: beside it fail {sorted(found[name])}", flush=True)
        write_companions(found)
    played.close()
    return min(wrong, 1)


def unproven() -> int:
    """
    Print the checks that no defect fails.
    """
    server_checks.load()
    table, beside = all_defects(), companions()
    proven = {
        check
        for defect in table.values()
        for check in meant(defect, server_checks.SUITE) | beside.get(defect.name, set())
    }
    left = [check.id for check in server_checks.SUITE if check.id not in proven]
    print("\n".join(left))
    return min(len(left), 1)


def main(arguments: list[str]) -> int:
    """
    Do what the arguments say.
    """
    if arguments[:1] == ["--measure"]:
        return measure(arguments[1:])
    if arguments[:1] == ["--live"]:
        return measure_live(arguments[1:])
    if arguments == ["--controls"]:
        return measure([], controls=True)
    if arguments == ["--unproven"]:
        return unproven()
    return try_live(arguments[0], arguments[1] if len(arguments) > 1 else None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

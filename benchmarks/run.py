"""
Print every figure with its limit; the exit code tells whether all keep theirs.
"""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = ("start", "load", "scale", "turns", "plugin", "relay", "snapshots", "workspace")


def main() -> int:
    """
    Run the benchmarks named on the command line, all of them when none is.
    """
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    chosen = parser.parse_args().names or NAMES
    unknown = sorted(set(chosen) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    over = 0
    for name in chosen:
        for result in importlib.import_module(f"benchmarks.{name}").measure():
            print(result, flush=True)
            over += not result.good
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

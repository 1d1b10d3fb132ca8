"""
Where two lists of lines part, for whoever has to mend it.
"""

from __future__ import annotations

AROUND = 3
"""How many equal lines are shown before the first that differs."""

WIDTH = 160
"""How much of a line is shown around the place where it differs."""


def first_difference(what: str, real: list[str], fake: list[str]) -> str:
    """
    The first line that differs, with those before it; empty when none does.

    Args:
        what: What is compared, in words.
        real: The lines of the real server.
        fake: The lines of the fake.
    """
    if real == fake:
        return ""
    at = next(
        (n for n, (one, other) in enumerate(zip(real, fake, strict=False)) if one != other),
        min(len(real), len(fake)),
    )
    before = [f"    {clip(line)}" for line in real[max(0, at - AROUND) : at]]
    one = real[at] if at < len(real) else "(nothing more)"
    other = fake[at] if at < len(fake) else "(nothing more)"
    apart = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, apart - WIDTH // 2)
    told = [f"  - {clip(one, start)}", f"  + {clip(other, start)}"]
    return "\n".join([f"{what} differs in line {at + 1}: - server, + fake", *before, *told])


def clip(line: str, start: int = 0) -> str:
    """
    A part of a line, with dots where it goes on.
    """
    part = line[start : start + WIDTH]
    return ("…" if start else "") + part + ("…" if len(line) > start + WIDTH else "")

"""
A command as the agent meant it: ``pytest -q``, not ``/bin/bash -lc 'pytest -q'``.
"""

from __future__ import annotations

import re
import shlex

_WRAPPED = re.compile(
    r"\A(?:\"[^\"]*?|'[^']*?|[^\s'\"]*?)"
    r"(?:\b(?:bash|zsh|sh|dash|ksh|fish)(?:\.exe)?[\"']?(?P<posix>(?:\s+-\w+)*\s+-\w*c\s+)"
    r"|\b(?:pwsh|powershell)(?:\.exe)?[\"']?(?:\s+-(?!c)\w+)*\s+-c\w*\s+"
    r"|\bcmd(?:\.exe)?[\"']?\s+/c\s+)",
    re.IGNORECASE,
)


def unwrapped(command: str) -> str:
    """
    The script that a shell was started for; any other command as it is.
    """
    found = _WRAPPED.match(command)
    if found is None:
        return command
    script = command[found.end() :].strip()
    if script[:1] == "'" == script[-1:] and "'" not in script[1:-1] and len(script) > 1:
        return script[1:-1]
    if found["posix"] is None and script[:1] not in "'\"":
        return script
    try:
        words = shlex.split(script)
    except ValueError:
        return command
    # More words would be the script's own arguments: then the whole is what was meant.
    return words[0] if len(words) == 1 else command

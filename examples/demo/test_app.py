"""
The demo of `make demo`: recorded with the real agent once, replayed without it for ever.
"""

from __future__ import annotations

import time
from typing import Any

from app import mend

BROKEN = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "check.py": "from calc import add\n\nassert add(2, 2) == 4, add(2, 2)\nprint('all well')\n",
}
FIX = """\
*** Begin Patch
*** Update File: calc.py
@@
-    return a - b
+    return a + b
*** End Patch
"""


def test_the_agent_mends_the_sum(codex_model: Any, codex_workspace: Any) -> None:
    """
    The agent runs the check, edits one file, runs the check again, and reports.
    """
    codex_workspace.write(BROKEN)
    codex_workspace.commit()
    codex_model.run("python3 -B check.py")
    codex_model.patch(FIX)
    codex_model.run("python3 -B check.py && echo checked > report.txt")
    codex_model.say("add() subtracted. It adds now, and the check passes.")

    start = time.perf_counter()
    answer = mend("check.py fails. Find out why and mend it.")
    spent = time.perf_counter() - start

    print(f"final response  {answer}")
    print(f"time            {spent * 1000:.0f} ms")
    print(codex_workspace.diff())
    codex_workspace.assert_only_changed("calc.py", "report.txt")
    assert "return a + b" in codex_workspace.read("calc.py")

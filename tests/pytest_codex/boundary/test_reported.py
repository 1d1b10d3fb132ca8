"""
What the server's diffs tell of.
"""

from __future__ import annotations

import json

from pytest_codex.boundary.reported import paths_in_turn_diffs
from pytest_codex.wire import Wire

DIFF = """\
diff --git a/hello world.py b/hello world.py
index 1111111..2222222 100644
--- a/hello world.py\t
+++ b/hello world.py\t
@@ -1 +1 @@
-print('hi')
+print('hello')
diff --git a/new.txt b/new.txt
new file mode 100644
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
++++ b/not a header
diff --git a/old b/moved
rename from old
rename to moved
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
"""


def test_every_name_in_a_diff_is_told() -> None:
    """
    Edited, new, renamed and re-moded files, once each; other messages tell nothing.
    """
    wire = Wire()
    told = {"method": "turn/diff/updated", "params": {"diff": DIFF}}
    wire.add(1, "server", json.dumps(told))
    wire.add(1, "server", json.dumps(told))
    wire.add(1, "client", json.dumps({"method": "turn/diff/updated", "params": {"diff": "no"}}))

    found = paths_in_turn_diffs(wire)

    assert ["hello world.py", "new.txt", "old", "moved", "run.sh"] == found

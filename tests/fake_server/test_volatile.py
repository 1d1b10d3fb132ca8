"""
Values that differ from run to run become constants, everything else stays.
"""

from __future__ import annotations

from typing import Any

import pytest

from fake_server.volatile import SECONDS, constant


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"createdAt": 5}, {"createdAt": SECONDS}),
        ({"createdAt": None}, {"createdAt": None}),
        ({"startedAtMs": 5}, {"startedAtMs": SECONDS * 1000}),
        ({"durationMs": 5, "exitCode": 3}, {"durationMs": 0, "exitCode": 3}),
        ({"arguments": {"createdAt": 5}}, {"arguments": {"createdAt": 5}}),
        ({"u": "http://127.0.0.1:4711/v1"}, {"u": "http://127.0.0.1:0/v1"}),
        ({"u": "http://[::1]:4711/"}, {"u": "http://[::1]:0/"}),
        ({"u": "127.0.0.1"}, {"u": "127.0.0.1"}),
        ({"t": "try again at 5:03 PM."}, {"t": "try again at 0:00 AM."}),
        ({"t": "on /dev/pts/12"}, {"t": "on /dev/pts/0"}),
        (
            {"p": "/h/sessions/2026/11/21/rollout-2026-11-21T07-45-12-x.jsonl"},
            {"p": "/h/sessions/0000/00/00/rollout-0000-00-00T00-00-00-x.jsonl"},
        ),
        ({"nextCursor": "2026-11-21T05:59:30.713Z"}, {"nextCursor": "2023-11-14T22:13:20.000Z"}),
        ({"cursor": "2026-11-21T05:59:30Z"}, {"cursor": "2023-11-14T22:13:20.000Z"}),
        ({"text": "2026-11-21T05:59:30.713Z"}, {"text": "2026-11-21T05:59:30.713Z"}),
        ({"userAgent": "a/1 (Mac; arm) vt (a; 1)"}, {"userAgent": "a/1 (os) terminal (a; 1)"}),
        ({"gitInfo": {"sha": "abc", "branch": "b"}}, {"gitInfo": {"sha": "0" * 40, "branch": "b"}}),
        ({"command": "/usr/bin/zsh -lc 'ls'"}, {"command": "/bin/bash -lc 'ls'"}),
        ({"command": "cat '{tmp_path}/a.txt'"}, {"command": "cat {tmp_path}/a.txt"}),
        ({"command": "cat '{tmp_path}/a b'"}, {"command": "cat '{tmp_path}/a b'"}),
        ({"text": "cat '{tmp_path}/a'"}, {"text": "cat '{tmp_path}/a'"}),
        ({"command": ["/bin/zsh", "-lc", "ls"]}, {"command": ["/bin/zsh", "-lc", "ls"]}),
        ({"t": "PATH=/c/codex-arg0s47Lco:/bin"}, {"t": "PATH=/c/codex-arg0000000:/bin"}),
        (
            {"diff": f"index {'0' * 40}..{'a1' * 20}\n+index 1234567..89abcde"},
            {"diff": f"index {'0' * 40}..{'1' * 40}\n+index 1234567..89abcde"},
        ),
        ({"diff": "index 1234567..89abcde 100644"}, {"diff": "index 1111111..1111111 100644"}),
        ({"text": "index 1234567..89abcde"}, {"text": "index 1234567..89abcde"}),
        ({"process": {"id": 4711}}, {"process": {"id": 0}}),
        (
            {"last": {"totalTokens": 7952, "inputTokens": 0}},
            {"last": {"totalTokens": 0, "inputTokens": 0}},
        ),
        (
            {"last": {"totalTokens": 7, "inputTokens": 7}},
            {"last": {"totalTokens": 7, "inputTokens": 7}},
        ),
        ([True, 1.5, None, "x"], [True, 1.5, None, "x"]),
    ],
)
def test_only_what_is_volatile_changes(value: Any, expected: Any) -> None:
    """
    Each measured rule, and its nearest value that must not change.
    """
    assert constant(value) == expected
    assert constant(constant(value)) == expected


def test_hashes_of_volatile_files_keep_apart() -> None:
    """
    Two versions of a file stay two, the same one stays the same.
    """
    one, other = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    hashes: dict[str, str] = {}

    told = [constant({"version": v}, hashes)["version"] for v in (one, other, one)]

    assert told[0] == told[2] != told[1]
    assert constant({"expectedVersion": other}, hashes) == {"expectedVersion": told[1]}
    assert constant({"version": "0.163.0"}, hashes) == {"version": "0.163.0"}

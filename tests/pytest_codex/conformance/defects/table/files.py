"""
Broken files.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    accepts,
    asks,
    at,
    change,
    drop,
    error,
    get,
    hears,
    lose,
    put,
    refuses,
    result,
    rewrite,
    says,
)


def _recursive(method: str) -> object:
    return lambda m: m.get("method") == method and get(m, "params.recursive") is True


DEFECTS = (
    Defect(
        "reads-other-bytes",
        "What is read is not what was written.",
        change(result("fs/readFile"), put("result.dataBase64", "bm90aGluZw==")),
        fails={"fs/write-and-read", "fs/copy-and-remove"},
    ),
    Defect(
        "takes-any-base64",
        "Content that is no base64 is accepted.",
        accepts(error("fs/writeFile")),
        fails={"fs/no-base64"},
    ),
    Defect(
        "everything-is-a-file",
        "Directories are told as files.",
        change(
            result("fs/getMetadata").where(at("result.isDirectory", True)),
            put("result.isFile", True),
        ),
        fails={"fs/metadata"},
    ),
    Defect(
        "knows-no-time",
        "The time of a file's change is not told.",
        change(result("fs/getMetadata"), lose("result.modifiedAtMs")),
        fails={"fs/metadata"},
    ),
    Defect(
        "lists-half-a-directory",
        "The last entry of a directory is not listed.",
        change(
            result("fs/readDirectory"),
            rewrite("result.entries", lambda entries: entries[:-1]),
        ),
        fails={"fs/directories", "fs/copy-and-remove"},
    ),
    Defect(
        "makes-parents-always",
        "Directories are made with their parents though nobody asked.",
        accepts(error("fs/createDirectory")),
        fails={"fs/directories"},
    ),
    Defect(
        "copies-directories-always",
        "Directories are copied without recursive.",
        accepts(error("fs/copy")),
        fails={"fs/copy-and-remove"},
    ),
    Defect(
        "never-copies-directories",
        "Directories are not copied, even with recursive.",
        refuses(_recursive("fs/copy")),  # type: ignore[arg-type]
        fails={"fs/copy-and-remove"},
    ),
    Defect(
        "removes-what-is-not-there",
        "Removing what is not there is accepted without force.",
        accepts(error("fs/remove").where(lambda m: "os error" in m["error"]["message"])),
        fails={"fs/remove-nothing"},
    ),
    Defect(
        "force-is-ignored",
        "Removing what is not there is refused, even with force.",
        refuses(
            lambda m: m.get("method") == "fs/remove" and get(m, "params.force") is True, -32603
        ),
        fails={"fs/remove-nothing"},
    ),
    Defect(
        "watches-in-silence",
        "fs/changed is never sent.",
        drop(says("fs/changed")),
        fails={"fs/watch"},
    ),
    Defect(
        "changes-under-another-name",
        "fs/changed tells another watch.",
        change(says("fs/changed"), put("params.watchId", "another")),
        fails={"fs/watch"},
    ),
    Defect(
        "watches-twice",
        "A watchId that is in use is accepted.",
        accepts(error("fs/watch"), {"path": "/"}),
        fails={"fs/watch-twice"},
    ),
    Defect(
        "never-stops-watching",
        "A watch cannot be taken back.",
        hears(asks("fs/unwatch"), lambda m: ({**m, "method": "thread/loaded/list", "params": {}},)),
        fails={"fs/watch-twice"},
        live=True,
    ),
)

"""
Broken extensions: marketplaces, plugins, MCP servers, processes.
"""

from __future__ import annotations

import base64

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    accepts,
    at,
    change,
    drop,
    error,
    put,
    result,
    rewrite,
    says,
)


def _with_old_size(data: str) -> str:
    text = base64.b64decode(data).replace(b"30 90", b"20 70")
    return base64.b64encode(text).decode()


DEFECTS = (
    Defect(
        "adds-what-is-there",
        "A marketplace that is known is told as new.",
        change(result("marketplace/add"), put("result.alreadyAdded", False)),
        fails={"methods/marketplaces"},
    ),
    Defect(
        "any-marketplace-will-do",
        "A source that is no marketplace is accepted.",
        accepts(error("marketplace/add"), {"marketplaceName": "x", "alreadyAdded": True}),
        fails={"methods/marketplaces"},
    ),
    Defect(
        "installs-nothing",
        "A plugin that was installed is not told.",
        change(result("plugin/installed"), put("result.marketplaces", [])),
        fails={"methods/plugins"},
    ),
    Defect(
        "shares-with-everyone",
        "Plugins are shared without an account.",
        accepts(error("plugin/share/save")),
        fails={"methods/remote-plugins"},
    ),
    Defect(
        "calls-nobody",
        "A tool of an MCP server that does not exist is called.",
        accepts(error("mcpServer/tool/call"), {"content": []}),
        fails={"methods/mcp"},
    ),
    Defect(
        "names-no-server",
        "The refusal of an unknown MCP server does not name it.",
        change(error("mcpServer/resource/read"), put("error.message", "unknown MCP server")),
        fails={"methods/mcp"},
    ),
    Defect(
        "processes-never-end",
        "process/exited is never sent.",
        drop(says("process/exited")),
        fails={"methods/processes", "methods/terminals"},
    ),
    Defect(
        "processes-fail",
        "process/exited tells another exit code.",
        change(
            says("process/exited"),
            rewrite("params.exitCode", lambda code: 0 if code else 1),
        ),
        fails={"methods/processes", "methods/terminals"},
    ),
    Defect(
        "two-processes-one-handle",
        "A handle that is in use is accepted.",
        accepts(error("process/spawn")),
        fails={"methods/terminals", "gating/params-are-looked-at-first"},
    ),
    Defect(
        "terminals-keep-their-size",
        "process/resizePty has no effect.",
        change(
            says("process/outputDelta").where(at("params.processHandle", "t")),
            rewrite("params.deltaBase64", _with_old_size),
        ),
        fails={"methods/terminals"},
    ),
)

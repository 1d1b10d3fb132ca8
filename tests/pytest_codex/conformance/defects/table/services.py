"""
Servers that lack a part: a method out of order, a notification that is never sent.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import Defect, asks, drop, refuses, says

_OUT_OF_ORDER = {
    "account/usage/read": {"methods/account"},
    "account/bedrock/discover": {"methods/providers"},
    "hooks/list": {"methods/catalogues", "hooks/run-is-told"},
    "environment/add": {"methods/environments", "notices/environments"},
    "externalAgentConfig/detect": {"methods/other-agents", "notices/import"},
    "fuzzyFileSearch": {"methods/file-search"},
    "fuzzyFileSearch/sessionStart": {"notices/fuzzy-search", "methods/file-search"},
    "skills/extraRoots/set": {"methods/skills", "notices/skills"},
    "remoteControl/status/read": {"methods/remote-control"},
    "windowsSandbox/setupStart": {"methods/system", "notices/windows-sandbox"},
    "thread/compact/start": {"compact/turn-of-its-own", "compact/failure-is-told"},
    "thread/shellCommand": {"own-turns/shell-command"},
    "review/start": {"review/enters-and-exits", "review/can-be-interrupted"},
    "thread/goal/set": {"goals/works-until-it-is-reached", "goals/cleared", "methods/goal"},
    "thread/goal/clear": {"goals/cleared", "methods/goal"},
    "marketplace/add": {"methods/marketplaces"},
    "plugin/installed": {"methods/plugins"},
    "plugin/search": {"methods/remote-plugins"},
    "mcpServer/tool/call": {"methods/mcp"},
    "process/spawn": {"methods/processes", "methods/terminals", "notices/process"},
    "project/create": {"methods/projects", "notices/project"},
    "threadSection/create": {"methods/sections"},
    "thread/attachment/add": {"methods/attachments", "notices/attachment"},
    "thread/queue/add": {"methods/queue", "methods/queue-goes-on", "notices/queue"},
    "thread/turns/list": {"threads/turns-list", "methods/history", "notices/thread-reverted"},
    "thread/readState/update": {"methods/read-state"},
    "thread/settings/update": {"methods/settings"},
    "thread/inject_items": {"methods/thread-extras"},
    "thread/realtime/listVoices": {"methods/realtime"},
    "thread/realtime/start": {
        *("realtime/conversation", "realtime/items", "realtime/connection-of-ones-own"),
    },
    "mcpServer/oauth/login": {"methods/mcp", "notices/mcp-login"},
    "account/gatewayOAuth/read": {"methods/providers", "notices/gateway-login"},
    "account/logout": {"account/logout", "notices/login"},
    "account/login/start": {
        *("account/api-key", "account/logout", "account/unknown-login", "account/chatgpt"),
        *("account/device-code", "notices/login", "server-requests/account-tokens"),
        "server-requests/attestation",
    },
    "account/login/cancel": {"account/cancel-nothing", "account/chatgpt"},
    "config/read": {"config/read", "config/write", "config/batch-write"},
    "config/value/write": {
        *("config/write", "config/write-is-validated", "config/write-conflicts"),
        "config/only-the-users-file",
    },
    "config/batchWrite": {"config/batch-write"},
    "model/list": {"config/models", "config/wrong-cursor", "methods/catalogues"},
    "fs/writeFile": {"fs/write-and-read", "fs/no-base64", "fs/metadata", "fs/watch"},
    "fs/createDirectory": {"fs/directories", "fs/metadata"},
    "fs/getMetadata": {"fs/metadata"},
    "fs/copy": {"fs/copy-and-remove"},
    "fs/remove": {"fs/copy-and-remove", "fs/remove-nothing"},
    "fs/watch": {"fs/watch", "fs/watch-twice", "notices/watched-files"},
    "command/exec": {"exec/*", "notices/command-output"},
    "thread/start": {
        *("threads/start", "threads/started-follows-the-answer", "threads/ids-are-unique"),
        *("threads/settings-are-honoured", "config/overrides", "notices/deprecation"),
        *("notices/thread-named", "notices/read-state", "subagents/*", "guardian/*"),
        *("items/raw-reasoning", "items/edit-as-it-is-written", "notices/moderation-metadata"),
        *("notices/model-rerouted", "notices/model-verification", "notices/safety-buffering"),
        *("server-requests/permissions", "server-requests/current-time"),
    },
    "thread/read": {"threads/read", "threads/name", "threads/metadata", "threads/delete"},
    "thread/list": {
        *("threads/listed-from-their-first-turn-on", "threads/pages", "threads/search"),
        *("threads/ephemeral", "threads/archive", "threads/unarchive"),
    },
    "thread/fork": {"threads/fork", "threads/fork-earlier"},
    "thread/revert": {"threads/revert", "notices/thread-reverted"},
    "thread/resume": {
        *("threads/resume-in-a-new-process", "threads/resume-without-turns"),
        "threads/one-writer",
    },
    "thread/unsubscribe": {"threads/unsubscribe"},
    "thread/archive": {"threads/archive", "notices/thread-archived-and-back"},
}
"""Methods, and the checks that have to notice when they are out of order."""

_NEVER_SAID = {
    "externalAgentConfig/import/completed": {"notices/import", "methods/other-agents"},
    "fuzzyFileSearch/sessionCompleted": {"notices/fuzzy-search", "methods/file-search"},
    "skills/changed": {"notices/skills", "methods/skills"},
    "windowsSandbox/setupCompleted": {"notices/windows-sandbox", "methods/system"},
    "item/permissions/requestApproval": {"server-requests/permissions"},
    "currentTime/read": {"server-requests/current-time"},
    "thread/goal/updated": {"goals/works-until-it-is-reached", "methods/goal"},
    "thread/goal/cleared": {"goals/cleared", "methods/goal"},
    "item/autoApprovalReview/started": {"guardian/allows", "guardian/denies"},
    "guardianWarning": {"guardian/denies"},
    "hook/started": {"hooks/run-is-told"},
    "model/rerouted": {"notices/model-rerouted"},
    "model/verification": {"notices/model-verification"},
    "turn/moderationMetadata": {"notices/moderation-metadata"},
    "model/safetyBuffering/updated": {"notices/safety-buffering"},
    "item/reasoning/textDelta": {"items/raw-reasoning"},
    "item/fileChange/patchUpdated": {"items/edit-as-it-is-written"},
    "thread/name/updated": {"notices/thread-named", "threads/name"},
    "thread/archived": {"notices/thread-archived-and-back", "threads/archive"},
    "thread/unarchived": {"notices/thread-archived-and-back", "threads/unarchive"},
    "thread/deleted": {"notices/thread-archived-and-back", "threads/delete"},
    "thread/reverted": {"notices/thread-reverted"},
    "thread/readState/changed": {"notices/read-state", "methods/read-state"},
    "thread/queue/changed": {"notices/queue", "methods/queue"},
    "thread/attachment/updated": {"notices/attachment", "methods/attachments"},
    "project/changed": {"notices/project", "methods/projects"},
    "deprecationNotice": {"notices/deprecation"},
    "thread/environment/disconnected": {"notices/environments"},
    "command/exec/outputDelta": {
        *("notices/command-output", "exec/output-comes-first", "exec/write", "exec/terminal"),
    },
    "process/exited": {"notices/process", "methods/processes", "methods/terminals"},
    "fs/changed": {"notices/watched-files", "fs/watch"},
    "account/login/completed": {"notices/login", "account/api-key", "account/chatgpt"},
    "account/updated": {"notices/login", "account/api-key", "account/logout"},
    "configWarning": {"notices/configuration"},
    "thread/realtime/closed": {"realtime/conversation", "realtime/connection-of-ones-own"},
    "thread/realtime/item/completed": {"realtime/items"},
    "mcpServer/oauthLogin/completed": {"notices/mcp-login"},
    "account/gatewayOAuth/changed": {"notices/gateway-login"},
    "account/chatgptAuthTokens/refresh": {"server-requests/account-tokens"},
    "attestation/generate": {"server-requests/attestation"},
}
"""Notifications and server requests, and the checks that have to miss them."""

DEFECTS = (
    *(
        Defect(
            f"refuses {method}",
            f"{method} is refused, whatever is asked.",
            refuses(asks(method), code=-32603, text="Out of order."),
            fails=checks,
        )
        for method, checks in _OUT_OF_ORDER.items()
    ),
    *(
        Defect(
            f"never says {method}",
            f"{method} is never sent.",
            drop(says(method)),
            fails=checks,
        )
        for method, checks in _NEVER_SAID.items()
    ),
)

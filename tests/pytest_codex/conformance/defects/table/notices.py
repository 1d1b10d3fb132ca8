"""
Broken words that nobody has asked for: of the model's service, of threads, files, accounts.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    at,
    change,
    done,
    drop,
    late,
    lose,
    put,
    result,
    says,
)

_EXITED = says("process/exited")


def _never(method: str, *checks: str) -> Defect:
    """
    A server that never sends a notification.
    """
    name = method.replace("/", "-")
    return Defect(f"never-{name}", f"{method} is never sent.", drop(says(method)), fails={*checks})


DEFECTS = (
    Defect(
        "rerouted-to-itself",
        "model/rerouted names the model that was asked as the one that answers.",
        change(says("model/rerouted"), put("params.toModel", "gpt-5.5")),
        fails={"notices/model-rerouted"},
    ),
    Defect(
        "verification-without-a-word",
        "model/verification does not tell what is recommended.",
        change(says("model/verification"), put("params.verifications", [])),
        fails={"notices/model-verification"},
    ),
    Defect(
        "moderation-is-emptied",
        "turn/moderationMetadata has lost the metadata.",
        change(says("turn/moderationMetadata"), put("params.metadata", {})),
        fails={"notices/moderation-metadata"},
    ),
    Defect(
        "buffering-without-a-reason",
        "model/safetyBuffering/updated gives no reason.",
        change(says("model/safetyBuffering/updated"), put("params.reasons", [])),
        fails={"notices/safety-buffering"},
    ),
    Defect(
        "raw-reasoning-is-hidden",
        "Raw reasoning is not in its item.",
        change(
            done("reasoning").where(at("params.item.content", ["Hm."])),
            put("params.item.content", []),
        ),
        fails={"items/raw-reasoning"},
    ),
    Defect(
        "raw-reasoning-of-another-item",
        "Deltas of raw reasoning name another item.",
        change(says("item/reasoning/textDelta"), put("params.itemId", "another")),
        fails={"items/raw-reasoning"},
    ),
    Defect(
        "streamed-edit-is-empty",
        "While an edit is written, its changes have no text.",
        change(says("item/fileChange/patchUpdated"), put("params.changes.0.diff", "")),
        fails={"items/edit-as-it-is-written"},
    ),
    Defect(
        "names-in-capitals",
        "A thread's new name is told in capitals.",
        change(says("thread/name/updated"), put("params.threadName", "CAFÉ")),
        fails={"notices/thread-named"},
    ),
    _never("thread/archived", "notices/thread-archived-and-back"),
    _never("thread/unarchived", "notices/thread-archived-and-back"),
    _never("thread/deleted", "notices/thread-archived-and-back"),
    _never("thread/reverted", "notices/thread-reverted"),
    Defect(
        "unread-turn-is-not-named",
        "thread/readState/changed does not tell which turn is unread.",
        change(says("thread/readState/changed"), put("params.readState.firstUnread", None)),
        fails={"notices/read-state"},
    ),
    _never("thread/queue/changed", "notices/queue"),
    Defect(
        "queue-loses-the-text",
        "What was queued has no text any more.",
        change(result("thread/queue/add"), put("result.queuedSubmission.input.0.text", "")),
        fails={"notices/queue"},
    ),
    Defect(
        "attachments-are-always-removed",
        "A new attachment is told as removed.",
        change(says("thread/attachment/updated"), put("params.operation", "removed")),
        fails={"notices/attachment"},
    ),
    _never("thread/project/updated", "notices/project"),
    _never("project/changed", "notices/project"),
    _never("deprecationNotice", "notices/deprecation"),
    _never("thread/environment/connected", "notices/environments"),
    _never("thread/environment/disconnected", "notices/environments"),
    Defect(
        "output-after-the-answer",
        "What a command of the client prints is told after its end.",
        late(says("command/exec/outputDelta"), until=result("command/exec")),
        fails={"notices/command-output"},
    ),
    Defect(
        "processes-always-succeed",
        "Every process ends with 0.",
        change(_EXITED, put("params.exitCode", 0)),
        fails={"notices/process"},
    ),
    Defect(
        "output-after-the-end",
        "What a process prints is told after its end.",
        late(says("process/outputDelta"), until=_EXITED),
        fails={"notices/process"},
    ),
    _never("fuzzyFileSearch/sessionCompleted", "notices/fuzzy-search", "methods/file-search"),
    Defect(
        "search-finds-nothing",
        "A search session tells of no file.",
        change(says("fuzzyFileSearch/sessionUpdated"), put("params.files", [])),
        fails={"notices/fuzzy-search"},
    ),
    Defect(
        "watcher-names-no-file",
        "A watcher is not told which file has changed.",
        change(says("fs/changed"), put("params.changedPaths", [])),
        fails={"notices/watched-files"},
    ),
    _never("skills/changed", "notices/skills", "methods/skills"),
    Defect(
        "logins-always-fail",
        "Every login is told as failed.",
        change(says("account/login/completed"), put("params.success", False)),
        fails={"notices/login", "account/api-key"},
    ),
    _never("account/updated", "notices/login", "account/api-key", "account/logout"),
    Defect(
        "import-of-another",
        "The end of an import names another import.",
        change(says("externalAgentConfig/import/completed"), put("params.importId", "another")),
        fails={"notices/import", "methods/other-agents"},
    ),
    Defect(
        "fails-without-a-reason",
        "The set-up of the sandbox fails and gives no reason.",
        change(says("windowsSandbox/setupCompleted"), lose("params.error")),
        fails={"notices/windows-sandbox"},
    ),
    Defect(
        "warnings-without-a-word",
        "A warning of the configuration says nothing.",
        change(says("configWarning"), put("params.summary", "")),
        fails={"notices/configuration"},
    ),
    Defect(
        "always-remote-controlled",
        "Remote control is told as connected.",
        change(says("remoteControl/status/changed"), put("params.status", "connected")),
        fails={"notices/configuration"},
    ),
)

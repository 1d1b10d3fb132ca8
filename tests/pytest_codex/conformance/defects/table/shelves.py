"""
Broken order of threads, and broken looks into them.
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
    put,
    refuses,
    result,
    rewrite,
    says,
)

_NOBODY = "01a1fcaa-0000-7000-8000-000000000009"


DEFECTS = (
    Defect(
        "keys-mean-nothing",
        "The same key makes another project.",
        change(
            result("project/create").where(at("result.project.name", "One")),
            put("result.project.id", _NOBODY),
            times=1,
        ),
        fails={"methods/projects"},
    ),
    Defect(
        "projects-stay-put",
        "project/move has no effect.",
        change(result("project/list"), rewrite("result.data", lambda data: data[::-1])),
        fails={"methods/projects"},
    ),
    Defect(
        "projects-change-in-silence",
        "project/changed is never sent.",
        drop(says("project/changed")),
        fails={"methods/projects"},
    ),
    Defect(
        "threads-keep-their-project",
        "thread/project/updated is never sent.",
        drop(says("thread/project/updated")),
        fails={"methods/projects"},
    ),
    Defect(
        "sections-keep-their-name",
        "A section that was renamed has its old name.",
        change(
            result("threadSection/list"),
            lambda m: [one.update(name="One") for one in m["result"]["data"]],
        ),
        fails={"methods/sections"},
    ),
    Defect(
        "sections-hold-everything",
        "A thread is listed in a section it has left.",
        hears(
            lambda m: get(m, "params.sectionId") is not None and m["method"] == "thread/list",
            lambda m: ({**m, "params": {}},),
        ),
        fails={"methods/sections"},
        live=True,
    ),
    Defect(
        "attaches-in-silence",
        "thread/attachment/updated is never sent.",
        drop(says("thread/attachment/updated")),
        fails={"methods/attachments"},
    ),
    Defect(
        "owns-nothing",
        "Nobody owns an attachment.",
        change(result("thread/attachmentOwner/list"), put("result.data", [])),
        fails={"methods/attachments"},
    ),
    Defect(
        "queues-in-silence",
        "thread/queue/changed is never sent.",
        drop(says("thread/queue/changed")),
        fails={"methods/queue"},
    ),
    Defect(
        "queue-keeps-its-order",
        "thread/queue/reorder has no effect.",
        change(result("thread/queue/list"), rewrite("result.data", lambda data: data[::-1])),
        fails={"methods/queue"},
    ),
    Defect(
        "queue-is-forgotten",
        "What was queued never becomes a turn.",
        drop(says("turn/completed").where(at("params.turn.items.0.text", "the second answer"))),
        fails={"methods/queue-goes-on"},
    ),
    Defect(
        "history-without-items",
        "thread/items/list tells only half of a turn.",
        change(
            result("thread/items/list").where(at("result.data.1")),
            rewrite("result.data", lambda data: data[:1]),
        ),
        fails={"methods/history"},
    ),
    Defect(
        "needle-in-no-haystack",
        "thread/search finds nothing.",
        change(result("thread/search"), put("result.data", [])),
        fails={"methods/history"},
    ),
    Defect(
        "timeline-without-items",
        "The timeline of a thread has no items.",
        change(
            result("thread/timeline/list"),
            rewrite("result.data", lambda data: [one for one in data if one["type"] != "item"]),
        ),
        fails={"methods/timeline"},
    ),
    Defect(
        "reads-stale-revisions",
        "A stale revision of the read state is accepted.",
        accepts(error("thread/readState/update"), {"readState": {"firstUnread": None}}),
        fails={"methods/read-state"},
    ),
    Defect(
        "reads-in-silence",
        "thread/readState/changed is not sent after reading.",
        drop(says("thread/readState/changed").where(at("params.readState.firstUnread", None))),
        fails={"methods/read-state"},
    ),
    Defect(
        "settings-change-in-silence",
        "thread/settings/updated is never sent.",
        drop(says("thread/settings/updated")),
        fails={"methods/settings"},
    ),
    Defect(
        "counts-no-questions",
        "thread/increment_elicitation counts nothing.",
        change(result("thread/increment_elicitation"), put("result.count", 0)),
        fails={"methods/thread-extras"},
    ),
    Defect(
        "ends-terminals-of-nobody",
        "Ending a terminal that does not exist is told as done.",
        change(result("thread/backgroundTerminals/terminate"), put("result.terminated", True)),
        fails={"methods/thread-extras"},
    ),
    Defect(
        "paused-goals-run",
        "A goal that was set as paused is active.",
        change(result("thread/goal/set"), put("result.goal.status", "active")),
        fails={"methods/goal"},
    ),
    Defect(
        "goals-end-in-silence",
        "thread/goal/cleared is never sent.",
        drop(says("thread/goal/cleared")),
        fails={"methods/goal"},
    ),
    Defect(
        "voices-are-secret",
        "The voices are not told.",
        refuses(asks("thread/realtime/listVoices")),
        fails={"methods/realtime"},
    ),
    Defect(
        "voice-fails-oddly",
        "A conversation by voice is refused with a text that is empty.",
        refuses(asks("thread/realtime/appendText"), text=""),
        fails={"methods/realtime"},
    ),
)
